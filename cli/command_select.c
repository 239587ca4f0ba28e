/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mirti select: chooses among the terms of the model, shows how, and writes the choice down. */
#include "command.h"
#include "mirti/pipeline.h"

#include <stdio.h>
#include <string.h>

/* Place of `given` among `names`; −1, with a message, if it is none of them. */
static int choice_of(const char *option, const char *given, const char *const *names) {
    for (int i = 0; names[i]; i++)
        if (strcmp(given, names[i]) == 0) return i;
    fprintf(stderr, "mirti select: --%s takes ", option);
    for (int i = 0; names[i]; i++)
        fprintf(stderr, "%s%s", i == 0 ? "" : names[i + 1] ? ", " : " or ", names[i]);
    fprintf(stderr, ", not '%s'\n", given);
    return -1;
}

/* In the order of mirti_select_method and mirti_select_criterion. */
static const char *const methods[] = {"lasso", "forward", "backward", "both", NULL};
static const char *const criteria[] = {"p", "daic", "cv", NULL};
static const char *const rules[] = {"1se", "min", NULL};

static bool read_options(const cli_arguments *arguments, mirti_run_select_options *out) {
    int method = arguments->method ? choice_of("method", arguments->method, methods) : 0;
    bool lasso = method == 0;
    int criterion = arguments->criterion ? choice_of("criterion", arguments->criterion, criteria)
                    : lasso              ? 2
                                         : 0;
    int rule = arguments->lambda ? choice_of("lambda", arguments->lambda, rules) : 0;
    if (method < 0 || criterion < 0 || rule < 0) return false;
    if (lasso && criterion != 2) {
        fprintf(stderr, "mirti select: the lasso is judged by cv; --criterion is for steps\n");
        return false;
    }
    if (!lasso && arguments->lambda) {
        fprintf(stderr, "mirti select: --lambda is for the lasso\n");
        return false;
    }
    *out = (mirti_run_select_options){
        .method = (mirti_select_method)method,
        .criterion = (mirti_select_criterion)criterion,
        .folds = (int)(arguments->folds > 1000000 ? 1000000 : arguments->folds),
        .best = rule == 1,
        .keep = arguments->keep,
    };
    return true;
}

static mirti_status write_choice(const mirti_run *run, const mirti_choice *choice,
                                 const cli_arguments *arguments, mirti_error *err) {
    mirti_text text = {0};
    mirti_status status = mirti_run_choice_json(run, choice, &text, err);
    if (status == MIRTI_OK && arguments->json) fwrite(text.data, 1, text.size, stdout);
    if (status == MIRTI_OK && arguments->output) {
        mirti_output output = {0};
        status = mirti_output_begin(&output, arguments->output, arguments->overwrite, false, err);
        if (status == MIRTI_OK) {
            fwrite(text.data, 1, text.size, output.stream);
            status = mirti_output_commit(&output, err);
        }
    }
    mirti_text_reset(&text);
    return status;
}

static mirti_status print_choice(const mirti_run *run, const mirti_choice *choice,
                                 mirti_error *err) {
    mirti_text text = {0};
    mirti_status status = mirti_choice_table(choice, run->language, &text, err);
    if (status == MIRTI_OK && run->model) {
        mirti_text_puts(&text, mirti_language_is_spanish(run->language)
                                   ? "\nLos términos elegidos, ajustados sin penalización:\n\n"
                                   : "\nThe chosen terms, fitted without a penalty:\n\n");
        status = mirti_model_table(run->model, run->project->confidence, run->language, &text, err);
    }
    if (status == MIRTI_OK) fwrite(text.data, 1, text.size, stdout);
    mirti_text_reset(&text);
    return status;
}

static int run_select(const cli_arguments *arguments) {
    mirti_run_select_options how;
    if (!read_options(arguments, &how)) return mirti_status_exit(MIRTI_ERROR_USAGE);
    cli_terminal terminal;
    const mirti_listener listener = cli_terminal_listener(&terminal, arguments);
    const mirti_run_options options = cli_run_options(arguments, &listener);
    mirti_error err = {0};
    mirti_run *run = NULL;
    mirti_choice *choice = NULL;
    mirti_status status = cli_run_open(&options, &terminal, &run, &err);
    if (status == MIRTI_OK) status = mirti_run_select(run, &how, &choice, &err);
    cli_terminal_finish(&terminal);
    if (status == MIRTI_OK) status = write_choice(run, choice, arguments, &err);
    if (status == MIRTI_OK && !arguments->quiet && !arguments->json)
        status = print_choice(run, choice, &err);
    mirti_choice_free(choice);
    mirti_run_free(run);
    return status == MIRTI_OK ? 0 : cli_fail(&err);
}

static const cli_option *const options[] = {
    &cli_option_method,   &cli_option_criterion, &cli_option_lambda,
    &cli_option_keep,     &cli_option_folds,     &cli_option_seed,
    &cli_option_data,     &cli_option_output,    &cli_option_overwrite,
    &cli_option_language, &cli_option_threads,   &cli_option_json,
    &cli_option_quiet,    &cli_option_verbose,   NULL,
};
const cli_command cli_command_select = {
    "select",
    "Step by step",
    "PROJECT.yaml [--output CHOICE.json]",
    "choose among the terms of the model, and write the choice down",
    "Candidates are the terms of the model file. The lasso takes the terms with which the deviance "
    "of "
    "PSUs left out is best or nearly so; forward, backward and both go step by step, by Wald tests "
    "(p), by the AIC for complex designs (daic) or by PSUs left out (cv). An interaction comes "
    "with "
    "its main effects.\n"
    "Prints what was tried, what was chosen, and the line `terms:` for the model file, which is "
    "not "
    "changed. --output writes everything as JSON. Standard errors of the chosen model ignore that "
    "it was chosen: docs/selection.md.",
    1,
    1,
    options,
    run_select,
};
