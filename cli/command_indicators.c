/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mirti indicators: what the survey says by itself, by domain. */
#include "command.h"

#include <stdio.h>

static mirti_status write_csv(const mirti_indicators *indicators, const cli_arguments *arguments,
                              mirti_error *err) {
    mirti_text text = {0};
    mirti_status status = mirti_indicators_csv(indicators, &text, err);
    if (status == MIRTI_OK)
        status = cli_write_file(&text, arguments->output, arguments->overwrite, err);
    mirti_text_reset(&text);
    return status;
}

static mirti_status print(const mirti_run *run, const mirti_indicators *indicators, bool json,
                          mirti_error *err) {
    mirti_text text = {0};
    mirti_status status = json ? mirti_indicators_json(indicators, &text, err)
                               : mirti_indicators_table(indicators, run->language, &text, err);
    if (status == MIRTI_OK) fwrite(text.data, 1, text.size, stdout);
    mirti_text_reset(&text);
    return status;
}

static int run_indicators(const cli_arguments *arguments) {
    cli_terminal terminal;
    const mirti_listener listener = cli_terminal_listener(&terminal, arguments);
    const mirti_run_options options = cli_run_options(arguments, &listener);
    const mirti_indicators_options asked = {.of = arguments->of,
                                            .predictors = arguments->predictors,
                                            .among = arguments->among,
                                            .per = arguments->per,
                                            .total = arguments->total,
                                            .by = arguments->by};
    mirti_error err = {0};
    mirti_run *run = NULL;
    mirti_indicators *indicators = NULL;
    mirti_status status = cli_run_open(&options, &terminal, &run, &err);
    if (status == MIRTI_OK) status = mirti_run_indicators(run, &asked, &indicators, &err);
    cli_terminal_finish(&terminal);
    if (status == MIRTI_OK && arguments->output) status = write_csv(indicators, arguments, &err);
    if (status == MIRTI_OK && (arguments->json || !arguments->quiet))
        status = print(run, indicators, arguments->json, &err);
    mirti_indicators_free(indicators);
    mirti_run_free(run);
    return status == MIRTI_OK ? 0 : cli_fail(&err);
}

static const cli_option *const options[] = {
    &cli_option_of,        &cli_option_predictors,
    &cli_option_by,        &cli_option_among,
    &cli_option_per,       &cli_option_total,
    &cli_option_data,      &cli_option_output,
    &cli_option_overwrite, &cli_option_language,
    &cli_option_json,      &cli_option_quiet,
    &cli_option_verbose,   NULL,
};
const cli_command cli_command_indicators = {
    "indicators",
    "Understand",
    "PROJECT.yaml [--of LIST] [--by LIST] [--output FILE.csv]",
    "estimate from the survey alone: rates, means, totals, ratios by domain",
    "Direct estimates with the error that the sample design gives them: standard error, interval, "
    "coefficient of variation, design effect, rows and PSUs they rest on, and quality. Without "
    "--of, of the outcome and of the indicators that the model file names. Lists are separated by "
    "commas: names of indicators or predictors, and expressions over the columns of the survey; "
    "--by takes area and parent_area besides. --output writes them all as CSV.",
    1,
    1,
    options,
    run_indicators,
};
