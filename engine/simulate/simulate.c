/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an empty folder to a country: plan, boundaries, survey, people, truth, in this order. */
#include "boundaries.h"
#include "survey.h"
#include "templates.h"
#include "truth.h"

static mirti_status write_text(mirti_simulate_files *files, const char *name, const char *text,
                               size_t size, mirti_error *err) {
    mirti_simulate_stream stream;
    MIRTI_TRY(mirti_simulate_stream_open(&stream, files, name, err));
    mirti_status status = mirti_simulate_stream_write(&stream, text, size, err);
    return mirti_simulate_stream_close(&stream, status, err);
}

static mirti_status write_templates(mirti_simulate_files *files, mirti_error *err) {
    static const struct {
        const char *name, *text;
        size_t size;
    } files_of_all[] = {
        {"model.yaml", template_model, sizeof template_model},
        {"mirti.yaml", template_project, sizeof template_project},
        {"model-persons.yaml", template_persons_model, sizeof template_persons_model},
        {"mirti-persons.yaml", template_persons_project, sizeof template_persons_project},
        {"LEEME.md", template_readme, sizeof template_readme},
    };
    for (size_t i = 0; i < sizeof files_of_all / sizeof *files_of_all; i++)
        MIRTI_TRY(write_text(files, files_of_all[i].name, files_of_all[i].text,
                             files_of_all[i].size, err));
    return MIRTI_OK;
}

static void summarise(const mirti_simulate_country *country,
                      const mirti_simulate_population *population,
                      const mirti_simulate_survey *survey, mirti_country_summary *out) {
    *out = (mirti_country_summary){
        .states = country->states,
        .municipalities = country->municipalities,
        .localities = country->localities,
        .dwellings = country->dwellings,
        .person_rows = population->person_rows,
        .dwelling_rows = population->dwelling_rows,
        .survey_dwellings = survey->dwellings,
        .survey_children = survey->rows,
    };
    for (int32_t i = 0; i < country->municipalities; i++) {
        const mirti_simulate_truth_row *row = &population->municipality[i];
        out->population += row->persons;
        out->children += row->children[CHILDREN_6_11] + row->children[CHILDREN_12_17];
        out->working += row->working[CHILDREN_6_11] + row->working[CHILDREN_12_17];
    }
}

/* What country.json says before its list of files. */
static void describe(const mirti_simulate_country *country, const mirti_country_summary *made,
                     mirti_json *json) {
    char seed[24]; /* as text: JSON's numbers end at 2⁵³ */
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)country->options.seed);
    mirti_json_object(json, NULL);
    mirti_json_string(json, "made_by", "mirti simulate");
    mirti_json_string(json, "version", mirti_version());
    mirti_json_object(json, "options");
    mirti_json_integer(json, "states", country->options.states);
    mirti_json_integer(json, "municipalities", country->options.municipalities);
    mirti_json_integer(json, "persons", country->options.persons);
    mirti_json_integer(json, "survey_dwellings", country->options.survey_dwellings);
    mirti_json_boolean(json, "informative", country->options.informative);
    mirti_json_boolean(json, "full_count", country->options.full_count);
    mirti_json_string(json, "seed", seed);
    mirti_json_end(json);
    mirti_json_object(json, "made");
    mirti_json_integer(json, "localities", made->localities);
    mirti_json_integer(json, "population", made->population);
    mirti_json_integer(json, "dwellings", made->dwellings);
    mirti_json_integer(json, "person_rows", made->person_rows);
    mirti_json_integer(json, "dwelling_rows", made->dwelling_rows);
    mirti_json_integer(json, "survey_dwellings", made->survey_dwellings);
    mirti_json_integer(json, "survey_children", made->survey_children);
    mirti_json_integer(json, "children_6_17", made->children);
    mirti_json_integer(json, "working_6_17", made->working);
    mirti_json_end(json);
    mirti_json_object(json, "truth");
    mirti_simulate_truth_describe(&country->truth, json);
    mirti_json_end(json);
}

static mirti_status write_country(mirti_simulate_country *country, mirti_simulate_files *files,
                                  const mirti_listener *listener, mirti_country_summary *summary,
                                  mirti_error *err) {
    mirti_simulate_population population = {0};
    mirti_simulate_survey survey = {0};
    mirti_json marker = {0};
    mirti_status status = MIRTI_OK;
    mirti_simulate_odds *odds = mirti_new(1, sizeof *odds);
    if (odds == NULL) return mirti_fail_memory(err, "the people of a simulated country");
    mirti_simulate_odds_make(odds);
    MIRTI_TRY_GOTO(status, mirti_simulate_boundaries_write(country, files, listener, err), done);
    MIRTI_TRY_GOTO(status, mirti_simulate_survey_draw(country, &survey, err), done);
    MIRTI_TRY_GOTO(status,
                   mirti_simulate_survey_write(country, odds, files, &survey, listener, err), done);
    MIRTI_TRY_GOTO(
        status, mirti_simulate_population_write(country, odds, files, &population, listener, err),
        done);
    MIRTI_TRY_GOTO(status, mirti_simulate_truth_write(country, &population, files, err), done);
    MIRTI_TRY_GOTO(status, mirti_simulate_programmes_write(country, &population, files, err), done);
    MIRTI_TRY_GOTO(status, write_templates(files, err), done);
    summarise(country, &population, &survey, summary);
    describe(country, summary, &marker);
    status = mirti_simulate_files_finish(files, &marker, err);
done:
    mirti_json_reset(&marker);
    mirti_simulate_survey_reset(&survey);
    mirti_simulate_population_reset(&population);
    mirti_free(odds);
    return status;
}

mirti_status mirti_simulate(const mirti_country_options *options, const mirti_listener *listener,
                            mirti_country_summary *summary, mirti_error *err) {
    mirti_simulate_country country;
    mirti_simulate_files files;
    mirti_country_summary made = {0};
    /* The folder is looked at before the work begins. */
    MIRTI_TRY(mirti_simulate_options_check(options, err));
    mirti_status status =
        mirti_simulate_files_begin(&files, options->directory, options->overwrite, err);
    if (status == MIRTI_OK) status = mirti_simulate_plan(options, &country, err);
    if (status == MIRTI_OK) {
        status = write_country(&country, &files, listener, &made, err);
        mirti_simulate_country_reset(&country);
    }
    mirti_simulate_files_end(&files);
    if (status == MIRTI_OK && summary != NULL) *summary = made;
    return status;
}
