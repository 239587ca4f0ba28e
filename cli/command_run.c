/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mirti run: a project from its survey to its map. */
#include "command.h"
#include "mirti/pipeline.h"

#include <stdio.h>

static void print_times(const mirti_run_times *t) {
    fprintf(
        stderr,
        "seconds: specs %.3f; side by side: survey %.3f read + %.3f fit, census %.3f, boundaries "
        "%.3f, checksums %.3f; then predict %.3f, write %.3f\n",
        t->specs, t->survey_read, t->survey_fit, t->census_read, t->boundaries_read, t->checksums,
        t->predict, t->write);
}

static mirti_status print_answer(const mirti_run *run, const cli_arguments *arguments,
                                 mirti_error *err) {
    mirti_text text = {0};
    mirti_status status = arguments->json ? mirti_run_manifest(run, &text, err)
                                          : mirti_run_summary(run, arguments->output, &text, err);
    if (status == MIRTI_OK) fwrite(text.data, 1, text.size, stdout);
    mirti_text_reset(&text);
    return status;
}

static int run_run(const cli_arguments *arguments) {
    if (!arguments->output) {
        fprintf(stderr, "mirti run: needs --output DIR, the folder for the results\n");
        return mirti_status_exit(MIRTI_ERROR_USAGE);
    }
    cli_terminal terminal;
    const mirti_listener listener = cli_terminal_listener(&terminal, arguments);
    const mirti_run_options options = cli_run_options(arguments, &listener);
    mirti_error err = {0};
    mirti_run *run = NULL;
    mirti_status status = cli_run_open(&options, &terminal, &run, &err);
    if (status == MIRTI_OK) status = mirti_run_writable(run, arguments->output, &err);
    if (status == MIRTI_OK) status = mirti_run_read(run, &err);
    if (status == MIRTI_OK) status = mirti_run_compute(run, &err);
    if (status == MIRTI_OK) status = mirti_run_write(run, arguments->output, &err);
    cli_terminal_finish(&terminal);
    if (status == MIRTI_OK && arguments->verbose) print_times(&run->times);
    if (status == MIRTI_OK && !arguments->quiet) status = print_answer(run, arguments, &err);
    mirti_run_free(run);
    return status == MIRTI_OK ? 0 : cli_fail(&err);
}

static const cli_option *const options[] = {
    &cli_option_data,      &cli_option_output,
    &cli_option_overwrite, &cli_option_language,
    &cli_option_threads,   &cli_option_seed,
    &cli_option_json,      &cli_option_quiet,
    &cli_option_verbose,   NULL,
};
const cli_command cli_command_run = {
    "run",
    "From survey to map",
    "PROJECT.yaml --output DIR",
    "do everything a project file asks for: fit, score, class, map",
    "Writes DIR/areas.gpkg (the map), DIR/municipality.csv (the ranked list; one file per kind of "
    "area), "
    "DIR/model.json (the fitted model) and DIR/run.json (what was read, used and left out, and "
    "why). Results "
    "appear together when all are complete, or not at all. The same inputs and seed give the same "
    "bytes.",
    1,
    1,
    options,
    run_run,
};
