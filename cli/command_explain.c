/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mirti explain: one area on one screen. */
#include "command.h"

#include <stdio.h>

static int run_explain(const cli_arguments *arguments) {
    const bool given = arguments->positionals == 2;
    cli_terminal terminal;
    const mirti_listener listener = cli_terminal_listener(&terminal, arguments);
    mirti_run_options options = cli_run_options(arguments, &listener);
    if (!given) options.project = "mirti.yaml";
    mirti_error err = {0};
    mirti_run *run = NULL;
    mirti_text text = {0};
    mirti_status status = cli_run_open(&options, &terminal, &run, &err);
    if (status == MIRTI_OK) status = mirti_run_read(run, &err);
    if (status == MIRTI_OK) status = mirti_run_compute(run, &err);
    if (status == MIRTI_OK) {
        status = mirti_run_explain(run, arguments->positional[given], arguments->json, &text, &err);
    }
    cli_terminal_finish(&terminal);
    if (status == MIRTI_OK) fwrite(text.data, 1, text.size, stdout);
    mirti_text_reset(&text);
    mirti_run_free(run);
    return status == MIRTI_OK ? 0 : cli_fail(&err);
}

static const cli_option *const options[] = {
    &cli_option_data,
    &cli_option_language,
    &cli_option_threads,
    &cli_option_json,
    &cli_option_quiet,
    &cli_option_verbose,
    NULL,
};
const cli_command cli_command_explain = {
    "explain",
    "Understand",
    "[PROJECT.yaml] CODE",
    "tell of one area why its risk is what it is",
    "On one screen: the risk and its interval, the place in the ranking, what raises and what "
    "lowers the risk "
    "against the state and the whole (the contributions add up), the areas most like it, and the "
    "areas within "
    "it. Without PROJECT.yaml, mirti.yaml of this folder. Nothing is written.",
    1,
    2,
    options,
    run_explain,
};
