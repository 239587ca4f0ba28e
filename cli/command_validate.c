/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mirti validate: how far the model can be trusted, in numbers, words and pictures. */
#include "command.h"

#include <limits.h>
#include <stdio.h>

static mirti_status print_answer(const mirti_run *run, const cli_arguments *arguments,
                                 mirti_error *err) {
    mirti_text text = {0};
    mirti_status status = arguments->json ? mirti_run_validation_json(run, &text, err)
                                          : mirti_run_validation_text(run, &text, err);
    if (status == MIRTI_OK) fwrite(text.data, 1, text.size, stdout);
    mirti_text_reset(&text);
    return status;
}

static int run_validate(const cli_arguments *arguments) {
    cli_terminal terminal;
    const mirti_listener listener = cli_terminal_listener(&terminal, arguments);
    const mirti_run_options options = cli_run_options(arguments, &listener);
    const mirti_run_validate_options how = {
        .folds = (int)(arguments->folds > INT_MAX ? INT_MAX : arguments->folds),
        .survey_only = arguments->survey_only};
    mirti_error err = {0};
    mirti_run *run = NULL;
    mirti_status status = cli_run_open(&options, &terminal, &run, &err);
    if (status == MIRTI_OK && arguments->output)
        status = mirti_run_validation_writable(run, arguments->output, &err);
    if (status == MIRTI_OK) status = mirti_run_validate(run, &how, &err);
    if (status == MIRTI_OK && arguments->output)
        status = mirti_run_validation_write(run, arguments->output, &err);
    cli_terminal_finish(&terminal);
    if (status == MIRTI_OK && !arguments->quiet) status = print_answer(run, arguments, &err);
    mirti_run_free(run);
    return status == MIRTI_OK ? 0 : cli_fail(&err);
}

static const cli_option *const options[] = {
    &cli_option_data,  &cli_option_output,      &cli_option_overwrite, &cli_option_language,
    &cli_option_folds, &cli_option_survey_only, &cli_option_threads,   &cli_option_seed,
    &cli_option_json,  &cli_option_quiet,       &cli_option_verbose,   NULL,
};
const cli_command cli_command_validate = {
    "validate",
    "Understand",
    "PROJECT.yaml [--output DIR]",
    "tell how far the model can be trusted",
    "By the survey's design, in the sample and out of it (leaving whole PSUs out, and whole "
    "states): "
    "does the model tell who has the outcome (AUC), are its probabilities true (calibration, "
    "Brier), "
    "does it fit (Archer and Lemeshow), what if those above some risk are flagged, are the traits "
    "in "
    "each other's way, and does it agree with the survey state by state? Judged is the model that "
    "run uses, effects of areas included. --output writes "
    "validation.txt, validation.json and the pictures roc, calibration, states and coefficients, "
    "as "
    ".png and .svg.",
    1,
    1,
    options,
    run_validate,
};
