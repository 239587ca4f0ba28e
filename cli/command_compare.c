/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mirti compare: do two ranked lists of the same areas agree? */
#include "command.h"
#include "mirti/pipeline.h"

#include <stdio.h>

static int run_compare(const cli_arguments *arguments) {
    cli_terminal terminal;
    const mirti_listener listener = cli_terminal_listener(&terminal, arguments);
    mirti_error err = {0};
    mirti_comparison *comparison = NULL;
    mirti_text text = {0};
    mirti_status status = mirti_compare_files(arguments->positional[0], arguments->positional[1],
                                              &listener, &comparison, &err);
    if (status == MIRTI_OK)
        status =
            mirti_comparison_print(comparison, arguments->language, arguments->json, &text, &err);
    cli_terminal_finish(&terminal);
    if (status == MIRTI_OK) fwrite(text.data, 1, text.size, stdout);
    mirti_text_reset(&text);
    mirti_comparison_free(comparison);
    return status == MIRTI_OK ? 0 : cli_fail(&err);
}

static const cli_option *const options[] = {&cli_option_language, &cli_option_json,
                                            &cli_option_quiet, &cli_option_verbose, NULL};
const cli_command cli_command_compare = {
    "compare",
    "Understand",
    "A.csv B.csv",
    "how far two ranked lists agree: rank correlation, changes of level",
    "The lists are those that `mirti run` writes (municipality.csv), of two models, two years, or "
    "a "
    "model and an index; areas are joined by code. Compared is the index of a list where it has "
    "one, else its risk.",
    2,
    2,
    options,
    run_compare,
};
