/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mirti simulate: a country of one's own, with known truth. */
#include <stdio.h>

#include "command.h"
#include "mirti/simulate.h"

static void print_summary(const char *directory, const mirti_country_summary *made) {
    printf("%s: %lld states, %lld municipalities, %lld localities, %lld people in %lld dwellings\n",
           directory, (long long)made->states, (long long)made->municipalities,
           (long long)made->localities, (long long)made->population, (long long)made->dwellings);
    printf("census: %lld persons in %lld dwellings; survey: %lld children in %lld dwellings\n",
           (long long)made->person_rows, (long long)made->dwelling_rows,
           (long long)made->survey_children, (long long)made->survey_dwellings);
    printf("in truth %lld of %lld children aged 6 to 17 work (%.1f %%)\n", (long long)made->working,
           (long long)made->children,
           made->children > 0 ? 100.0 * (double)made->working / (double)made->children : 0.0);
    printf("next: mirti run %s/mirti.yaml --output results\n", directory);
}

static int run_simulate(const cli_arguments *arguments) {
    cli_terminal terminal;
    const mirti_listener listener = cli_terminal_listener(&terminal, arguments);
    const mirti_country_options options = {
        .directory = arguments->positional[0],
        .states = arguments->states,
        .municipalities = arguments->municipalities,
        .persons = arguments->persons,
        .seed = arguments->seed_given ? arguments->seed : 1,
        .threads = (int)arguments->threads,
        .overwrite = arguments->overwrite,
        .full_count = arguments->full_count,
    };
    mirti_country_summary made = {0};
    mirti_error err = {0};
    mirti_status status = mirti_simulate(&options, &listener, &made, &err);
    cli_terminal_finish(&terminal);
    if (status != MIRTI_OK) return cli_fail(&err);
    if (!arguments->quiet) print_summary(options.directory, &made);
    return 0;
}

static const cli_option *const options[] = {
    &cli_option_states,     &cli_option_municipalities, &cli_option_persons,
    &cli_option_full_count, &cli_option_seed,           &cli_option_threads,
    &cli_option_overwrite,  &cli_option_quiet,          NULL,
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
