/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mirti cube: collapses a census of persons to its cube, or tells what a cube holds. mirti merge:
 * adds cubes of the parts of a census. */
#include "command.h"
#include "mirti/census.h"
#include "mirti/pipeline.h"

#include <stdio.h>

typedef struct wording {
    const char *what, *persons, *patterns, *cells, *psus, *rows;
} wording;

static const wording words[2] = {
    {"model: %s\nsource: %s\nareas: %lld of kind %s\n", "persons: %lld, standing for %s\n",
     "patterns: %lld of", "\ncells: %lld\n", "PSUs: %lld, with their strata\n",
     "rows: %lld read, %lld used, %lld outside, %lld dropped\n"},
    {"modelo: %s\nfuente: %s\náreas: %lld, de tipo %s\n", "personas: %lld, que representan a %s\n",
     "patrones: %lld de", "\nceldas: %lld\n", "UPM: %lld, con sus estratos\n",
     "filas: %lld leídas, %lld usadas, %lld fuera, %lld sin usar\n"},
};

static void print_rows(const char *language, const mirti_row_count *rows) {
    printf(words[mirti_language_is_spanish(language)].rows, (long long)rows->read,
           (long long)rows->used, (long long)rows->outside, (long long)rows->dropped);
    for (int r = 0; r < rows->reasons; r++) {
        char why[MIRTI_REASON_WORDS];
        mirti_reason_words(rows->reason[r].text, language, why);
        printf("  %lld: %s\n", (long long)rows->reason[r].rows, why);
    }
}

static void totals(const mirti_cube *cube, long long *persons, double *weight) {
    int64_t sum = 0;
    *persons = 0;
    for (int64_t c = 0; c < cube->cells; c++) {
        *persons += cube->cell[c].persons;
        sum += cube->cell[c].weight;
    }
    *weight = (double)sum / 1e6;
}

static void print_text(const mirti_cube *cube, const char *language) {
    const wording *w = &words[mirti_language_is_spanish(language)];
    long long persons;
    double weight;
    char number[32];
    totals(cube, &persons, &weight);
    mirti_number_print(weight, number);
    printf(w->what, cube->model, cube->source, (long long)cube->areas, cube->kind);
    printf(w->persons, persons, number);
    printf(w->patterns, (long long)cube->patterns);
    for (int v = 0; v < cube->variables; v++)
        printf(" %s", cube->variable[v]);
    printf(w->cells, (long long)cube->cells);
    if (cube->design) printf(w->psus, (long long)cube->places);
    print_rows(language, &cube->rows);
}

static void print_json(const mirti_cube *cube) {
    long long persons;
    double weight;
    totals(cube, &persons, &weight);
    mirti_json json = {0};
    mirti_json_object(&json, NULL);
    mirti_json_string(&json, "model", cube->model);
    mirti_json_string(&json, "source", cube->source);
    mirti_json_string(&json, "kind", cube->kind);
    mirti_json_integer(&json, "areas", cube->areas);
    mirti_json_integer(&json, "persons", persons);
    mirti_json_number(&json, "weight", weight);
    mirti_json_integer(&json, "patterns", cube->patterns);
    mirti_json_integer(&json, "cells", cube->cells);
    mirti_json_boolean(&json, "design", cube->design);
    mirti_json_integer(&json, "places", cube->places);
    mirti_json_array(&json, "variables");
    for (int v = 0; v < cube->variables; v++)
        mirti_json_string(&json, NULL, cube->variable[v]);
    mirti_json_end(&json);
    mirti_json_object(&json, "rows");
    mirti_json_integer(&json, "read", cube->rows.read);
    mirti_json_integer(&json, "used", cube->rows.used);
    mirti_json_integer(&json, "outside", cube->rows.outside);
    mirti_json_object(&json, "dropped");
    for (int r = 0; r < cube->rows.reasons; r++)
        mirti_json_integer(&json, cube->rows.reason[r].text, cube->rows.reason[r].rows);
    mirti_json_end(&json);
    mirti_json_end(&json);
    mirti_json_end(&json);
    if (mirti_json_finish(&json, NULL) == MIRTI_OK)
        fwrite(json.text.data, 1, json.text.size, stdout);
    mirti_json_reset(&json);
}

static void print_cube(const mirti_cube *cube, const char *language,
                       const cli_arguments *arguments) {
    if (arguments->json)
        print_json(cube);
    else if (!arguments->quiet)
        print_text(cube, language);
}

static int usage(const char *command, const char *what) {
    fprintf(stderr, "mirti %s: %s\nTry 'mirti help %s'.\n", command, what, command);
    return mirti_status_exit(MIRTI_ERROR_USAGE);
}

/* `language`: of the project, or as asked for. */
static mirti_status make_cube(const cli_arguments *arguments, mirti_cube **out, char language[8],
                              mirti_error *err) {
    cli_terminal terminal;
    const mirti_listener listener = cli_terminal_listener(&terminal, arguments);
    const mirti_run_options options = cli_run_options(arguments, &listener);
    mirti_run *run = NULL;
    mirti_status status = cli_run_open(&options, &terminal, &run, err);
    if (status == MIRTI_OK) status = mirti_run_cube(run, out, err);
    cli_terminal_finish(&terminal);
    if (run) snprintf(language, 8, "%s", run->language);
    mirti_run_free(run);
    return status;
}

static int run_cube(const cli_arguments *arguments) {
    mirti_error err = {0};
    mirti_cube *cube = NULL;
    char language[8] = "en";
    mirti_status status;
    if (arguments->language) snprintf(language, sizeof language, "%s", arguments->language);
    if (!arguments->info && !arguments->output)
        return usage("cube", "needs --output FILE.cube, or --info to tell what a cube holds");
    if (arguments->info && arguments->output)
        return usage("cube", "--info only tells; it writes no --output");
    if (arguments->info)
        status = mirti_cube_read(arguments->positional[0], &cube, &err);
    else
        status = make_cube(arguments, &cube, language, &err);
    if (status == MIRTI_OK && arguments->output)
        status = mirti_cube_write(cube, arguments->output, arguments->overwrite, &err);
    if (status == MIRTI_OK) print_cube(cube, language, arguments);
    mirti_cube_free(cube);
    return status == MIRTI_OK ? 0 : cli_fail(&err);
}

static int run_merge(const cli_arguments *arguments) {
    mirti_error err = {0};
    mirti_cube *part[CLI_POSITIONAL_MAX] = {0}, *sum = NULL;
    mirti_status status = MIRTI_OK;
    if (!arguments->output) return usage("merge", "needs --output FILE.cube");
    cli_terminal terminal;
    const mirti_listener listener = cli_terminal_listener(&terminal, arguments);
    const int parts = arguments->positionals;
    for (int i = 0; i < parts && status == MIRTI_OK; i++) {
        status = mirti_progress(&listener, "merge", i, parts, &err);
        if (status == MIRTI_OK) status = mirti_cube_read(arguments->positional[i], &part[i], &err);
    }
    cli_terminal_finish(&terminal);
    if (status == MIRTI_OK)
        status =
            mirti_cube_merge((const mirti_cube *const *)part, arguments->positionals, &sum, &err);
    if (status == MIRTI_OK)
        status = mirti_cube_write(sum, arguments->output, arguments->overwrite, &err);
    if (status == MIRTI_OK) print_cube(sum, arguments->language, arguments);
    for (int i = 0; i < arguments->positionals; i++)
        mirti_cube_free(part[i]);
    mirti_cube_free(sum);
    return status == MIRTI_OK ? 0 : cli_fail(&err);
}

static const cli_option *const cube_options[] = {
    &cli_option_data,  &cli_option_output,   &cli_option_overwrite,
    &cli_option_info,  &cli_option_language, &cli_option_json,
    &cli_option_quiet, &cli_option_verbose,  NULL,
};
const cli_command cli_command_cube = {
    "cube",
    "Step by step",
    "PROJECT.yaml --output FILE.cube | --info FILE.cube",
    "collapse a census of persons to the counts that prediction needs",
    "Reads the persons of the project's census once and writes how many have the same traits in "
    "the "
    "same area. A project may name the cube in place of the microdata. --info tells what a cube "
    "holds.",
    1,
    1,
    cube_options,
    run_cube,
};

static const cli_option *const merge_options[] = {
    &cli_option_output, &cli_option_overwrite, &cli_option_language,
    &cli_option_json,   &cli_option_quiet,     NULL,
};
const cli_command cli_command_merge = {
    "merge",
    "Step by step",
    "A.cube B.cube ... --output FILE.cube",
    "add the cubes of the parts of a census",
    "Parts made apart, on any machine and added in any order, give the very bytes of the cube of "
    "the "
    "whole.",
    1,
    CLI_POSITIONAL_MAX,
    merge_options,
    run_merge,
};
