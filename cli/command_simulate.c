/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mirti simulate: a country of one's own, with known truth. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "mirti/simulate.h"

static const struct {
    const char *country, *files, *truth, *next;
} words[2] = {
    {"%s: %lld states, %lld municipalities, %lld localities, %lld people in %lld dwellings\n",
     "census: %lld persons in %lld dwellings; survey: %lld children in %lld dwellings\n",
     "in truth %lld of %lld children aged 6 to 17 work (%.1f %%)\n",
     "next: mirti run %s/mirti.yaml --output results\n"},
    {"%s: %lld estados, %lld municipios, %lld localidades, %lld habitantes en %lld viviendas\n",
     "censo: %lld personas en %lld viviendas; encuesta: %lld niñas, niños y adolescentes en %lld "
     "viviendas\n",
     "en verdad trabajan %lld de %lld niñas, niños y adolescentes de 6 a 17 años (%.1f %%)\n",
     "sigue: mirti run %s/mirti.yaml --output resultados\n"},
};

static void print_summary(const char *directory, const mirti_country_summary *made,
                          const char *language) {
    const int l = mirti_language_is_spanish(language);
    printf(words[l].country, directory, (long long)made->states, (long long)made->municipalities,
           (long long)made->localities, (long long)made->population, (long long)made->dwellings);
    printf(words[l].files, (long long)made->person_rows, (long long)made->dwelling_rows,
           (long long)made->survey_children, (long long)made->survey_dwellings);
    printf(words[l].truth, (long long)made->working, (long long)made->children,
           made->children > 0 ? 100.0 * (double)made->working / (double)made->children : 0.0);
    printf(words[l].next, directory);
}

/* NAME=VALUE,NAME=VALUE,... into the truth. */
static mirti_status read_truth(const char *text, mirti_country_truth *truth, mirti_error *err) {
    while (*text != '\0') {
        char name[64];
        double value;
        size_t size = strcspn(text, ","), equals = strcspn(text, "=");
        if (strncmp(text, "link=cloglog", size) == 0 && size == strlen("link=cloglog")) {
            truth->link = MIRTI_COUNTRY_CLOGLOG;
            text += size + (text[size] == ',');
            continue;
        }
        if (equals >= size || equals >= sizeof name ||
            !mirti_number_parse((mirti_str){text + equals + 1, size - equals - 1}, &value)) {
            mirti_fail(err, MIRTI_ERROR_USAGE, "--truth wants NAME=VALUE,..., not '%.*s'",
                       (int)(size < 200 ? size : 200), text);
            mirti_fail_remedy(err, "Write it like --truth sigma_municipality=0.6,car=0.");
            return MIRTI_ERROR_USAGE;
        }
        memcpy(name, text, equals);
        name[equals] = '\0';
        MIRTI_TRY(mirti_country_truth_set(truth, name, value, err));
        text += size;
        text += *text == ',';
    }
    return MIRTI_OK;
}

static int run_simulate(const cli_arguments *arguments) {
    mirti_error err = {0};
    mirti_country_truth truth = mirti_country_truth_default();
    if (arguments->truth && read_truth(arguments->truth, &truth, &err) != MIRTI_OK)
        return cli_fail(&err);
    cli_terminal terminal;
    const mirti_listener listener = cli_terminal_listener(&terminal, arguments);
    const mirti_country_options options = {
        .directory = arguments->positional[0],
        .states = arguments->states,
        .municipalities = arguments->municipalities,
        .persons = arguments->persons,
        .survey_dwellings = arguments->survey_dwellings,
        .seed = arguments->seed_given ? arguments->seed : 1,
        .threads = (int)arguments->threads,
        .overwrite = arguments->overwrite,
        .full_count = arguments->full_count,
        .informative = arguments->informative,
        .truth = &truth,
    };
    mirti_country_summary made = {0};
    mirti_status status = mirti_simulate(&options, &listener, &made, &err);
    cli_terminal_finish(&terminal);
    if (status != MIRTI_OK) return cli_fail(&err);
    if (!arguments->quiet) print_summary(options.directory, &made, arguments->language);
    return 0;
}

static const cli_option *const options[] = {
    &cli_option_states,
    &cli_option_municipalities,
    &cli_option_persons,
    &cli_option_survey_dwellings,
    &cli_option_full_count,
    &cli_option_truth,
    &cli_option_informative,
    &cli_option_seed,
    &cli_option_threads,
    &cli_option_overwrite,
    &cli_option_language,
    &cli_option_quiet,
    NULL,
};
const cli_command cli_command_simulate = {
    "simulate",
    "Around it",
    "DIR",
    "make a synthetic country with known truth, ready to run",
    "Writes into DIR boundaries, census microdata, published results by locality, a household "
    "survey, a list of programmes, the true risk of every area, and a project: 'mirti run "
    "DIR/mirti.yaml --output results'. The same options and seed give the same country on any "
    "machine. Without options: 8 states, 160 municipalities, about 120,000 persons in the census "
    "file, which is a sample of four times as many. With --overwrite the files of a simulated "
    "country that is there already are replaced; a folder with anything else is left alone.",
    1,
    1,
    options,
    run_simulate,
};
