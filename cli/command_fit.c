/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mirti fit: learns the model from the survey, shows its coefficients, writes model.json. */
#include "command.h"
#include "mirti/pipeline.h"

#include <stdio.h>

static mirti_status write_model(const mirti_run *run, const cli_arguments *arguments,
                                mirti_error *err) {
    mirti_text text = {0};
    mirti_status status = mirti_run_model_json(run, &text, err);
    if (status == MIRTI_OK && arguments->json) fwrite(text.data, 1, text.size, stdout);
    if (status == MIRTI_OK && arguments->output)
        status = cli_write_file(&text, arguments->output, arguments->overwrite, err);
    mirti_text_reset(&text);
    return status;
}

static mirti_status print_table(const mirti_run *run, mirti_error *err) {
    mirti_text text = {0};
    mirti_status status = mirti_run_model_table(run, &text, err);
    if (status == MIRTI_OK) fwrite(text.data, 1, text.size, stdout);
    mirti_text_reset(&text);
    if (status != MIRTI_OK) return status;
    if (run->sample) {
        printf("\n");
        cli_print_rows(run->language, "survey", &run->sample->count);
        cli_print_notices(run->language, &run->survey_reading);
    } else if (run->direct) {
        printf("\n");
        cli_print_rows(run->language, "estimates", &run->direct->count);
    }
    return MIRTI_OK;
}

static int run_fit(const cli_arguments *arguments) {
    cli_terminal terminal;
    const mirti_listener listener = cli_terminal_listener(&terminal, arguments);
    const mirti_run_options options = cli_run_options(arguments, &listener);
    mirti_error err = {0};
    mirti_run *run = NULL;
    mirti_status status = cli_run_open(&options, &terminal, &run, &err);
    if (status == MIRTI_OK) status = mirti_run_fit(run, &err);
    cli_terminal_finish(&terminal);
    if (status == MIRTI_OK) status = write_model(run, arguments, &err);
    if (status == MIRTI_OK && !arguments->quiet && !arguments->json)
        status = print_table(run, &err);
    mirti_run_free(run);
    return status == MIRTI_OK ? 0 : cli_fail(&err);
}

static const cli_option *const options[] = {
    &cli_option_data,     &cli_option_output,  &cli_option_overwrite,
    &cli_option_language, &cli_option_threads, &cli_option_json,
    &cli_option_quiet,    &cli_option_verbose, NULL,
};
const cli_command cli_command_fit = {
    "fit",
    "Step by step",
    "PROJECT.yaml [--output MODEL.json]",
    "learn the model from the survey and show its coefficients",
    "Prints coefficient, odds ratio (of a complementary log-log hazard ratio, of a probit none), "
    "standard error, t, p and interval of every column, a Wald test of every term, and how it was "
    "estimated: link and penalty as the model file says (fit:), standard errors as the project "
    "does "
    "(survey: variance:). Where the project asks for effects of areas (area_effects:), how much "
    "areas differ; last, what became of the rows of the survey. --output writes the fitted model "
    "for later steps.",
    1,
    1,
    options,
    run_fit,
};
