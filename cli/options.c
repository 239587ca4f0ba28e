/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options: declared once here, listed by the commands that take them, read by one loop. An unknown
 * option names the nearest known one; a value of the wrong kind says what was expected. */
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTION(member) offsetof(cli_arguments, member)

const cli_option cli_option_data = {
    "data", "DIR", "look for the input files below DIR instead of beside the project", CLI_TEXT,
    OPTION(data)};
const cli_option cli_option_output = {"output", "PATH", "where to write the results", CLI_TEXT,
                                      OPTION(output)};
const cli_option cli_option_overwrite = {
    "overwrite", NULL, "replace results that are already there", CLI_FLAG, OPTION(overwrite)};
const cli_option cli_option_threads = {
    "threads", "N", "use N threads (default: all processors; the results are the same)", CLI_COUNT,
    OPTION(threads)};
const cli_option cli_option_seed = {"seed", "S",
                                    "seed of everything random (default: the project's, or 1)",
                                    CLI_SEED, OPTION(seed)};
const cli_option cli_option_quiet = {"quiet", NULL, "say nothing but errors", CLI_FLAG,
                                     OPTION(quiet)};
const cli_option cli_option_verbose = {
    "verbose", NULL, "say more: each file, each step and its time", CLI_FLAG, OPTION(verbose)};
const cli_option cli_option_json = {"json", NULL, "answer in JSON on stdout", CLI_FLAG,
                                    OPTION(json)};
const cli_option cli_option_language = {"language", "es|en",
                                        "language of the answer (default: the project's; without "
                                        "a project, English)",
                                        CLI_TEXT, OPTION(language)};
const cli_option cli_option_lineage = {"lineage", "FILE",
                                       "table of areas that were split (see shapefiles/README.md)",
                                       CLI_TEXT, OPTION(lineage)};
const cli_option cli_option_left = {"left", "COLUMNS", "columns of the first file", CLI_TEXT,
                                    OPTION(left)};
const cli_option cli_option_right = {"right", "COLUMNS", "columns of the second file", CLI_TEXT,
                                     OPTION(right)};
const cli_option cli_option_rows = {"rows", "N", "show at most N rows of each kind (default: 20)",
                                    CLI_COUNT, OPTION(rows)};
const cli_option cli_option_states = {"states", "N", "number of states", CLI_COUNT, OPTION(states)};
const cli_option cli_option_municipalities = {"municipalities", "N", "number of municipalities",
                                              CLI_COUNT, OPTION(municipalities)};
const cli_option cli_option_persons = {"persons", "N", "rows of the person file, about", CLI_COUNT,
                                       OPTION(persons)};
const cli_option cli_option_survey_dwellings = {"survey-dwellings", "N",
                                                "dwellings that the survey visits, about",
                                                CLI_COUNT, OPTION(survey_dwellings)};
const cli_option cli_option_truth = {"truth", "NAME=VALUE,...",
                                     "change the true model, such as sigma_municipality=0.6,car=0",
                                     CLI_TEXT, OPTION(truth)};
const cli_option cli_option_informative = {
    "informative", NULL, "the survey prefers dwellings where a child works, and its weights say so",
    CLI_FLAG, OPTION(informative)};
const cli_option cli_option_full_count = {"full-count", NULL,
                                          "the person file holds everybody instead of a sample",
                                          CLI_FLAG, OPTION(full_count)};

const cli_option cli_option_method = {"method", "METHOD",
                                      "how to search: lasso (default), forward, backward or both",
                                      CLI_TEXT, OPTION(method)};
const cli_option cli_option_criterion = {"criterion", "p|daic|cv",
                                         "what a step is judged by (default: p; the lasso has cv)",
                                         CLI_TEXT, OPTION(criterion)};
const cli_option cli_option_keep = {"keep", "TERM,...", "terms that are always in", CLI_TEXT,
                                    OPTION(keep)};
const cli_option cli_option_lambda = {
    "lambda", "1se|min",
    "of the lasso: the sparsest model within one standard error of the best, or the best", CLI_TEXT,
    OPTION(lambda)};
const cli_option cli_option_info = {"info", NULL, "tell what a cube holds", CLI_FLAG, OPTION(info)};

const cli_option cli_option_of = {"of", "LIST",
                                  "what to estimate: names of indicators, predictors, the "
                                  "outcome; expressions",
                                  CLI_TEXT, OPTION(of)};
const cli_option cli_option_predictors = {
    "predictors", NULL, "estimate every predictor of the model, too", CLI_FLAG, OPTION(predictors)};
const cli_option cli_option_by = {"by", "LIST",
                                  "one estimate for each: area, parent_area, nation, names of "
                                  "predictors; expressions",
                                  CLI_TEXT, OPTION(by)};
const cli_option cli_option_among = {"among", "CONDITION",
                                     "estimate for those of the population where it holds",
                                     CLI_TEXT, OPTION(among)};
const cli_option cli_option_per = {"per", "EXPRESSION", "ratios to the total of this", CLI_TEXT,
                                   OPTION(per)};
const cli_option cli_option_total = {"total", NULL, "totals instead of means", CLI_FLAG,
                                     OPTION(total)};

const cli_option cli_option_folds = {"folds", "K", "leave PSUs out in K parts (default: 10)",
                                     CLI_COUNT, OPTION(folds)};
const cli_option cli_option_survey_only = {"survey-only", NULL,
                                           "do not read the census to compare its states", CLI_FLAG,
                                           OPTION(survey_only)};

static const char *option_name(int i, const void *context) {
    const cli_option *const *options = ((const cli_command *)context)->options;
    return options[i] ? options[i]->name : NULL;
}

static const cli_option *option_find(const cli_command *command, const char *name, size_t size) {
    for (const cli_option *const *o = command->options; *o; o++) {
        if (strlen((*o)->name) == size && strncmp((*o)->name, name, size) == 0) return *o;
    }
    return NULL;
}

static bool option_unknown(const cli_command *command, const char *name, size_t size) {
    char typed[64];
    snprintf(typed, sizeof typed, "%.*s", (int)(size < 63 ? size : 63), name);
    fprintf(stderr, "mirti %s: there is no option '--%s'", command->name, typed);
    const char *nearest = cli_nearest(typed, option_name, command);
    if (nearest) fprintf(stderr, "; did you mean '--%s'?", nearest);
    fprintf(stderr, "\nTry 'mirti help %s'.\n", command->name);
    return false;
}

static bool whole_number(const char *text, uint64_t *value) {
    if (*text < '0' || *text > '9') return false;
    char *end = NULL;
    errno = 0;
    unsigned long long parsed = strtoull(text, &end, 10);
    *value = parsed;
    return errno == 0 && *end == '\0';
}

static bool option_store(const cli_command *command, const cli_option *option, const char *value,
                         cli_arguments *out) {
    char *place = (char *)out + option->offset;
    uint64_t number = 0;
    switch (option->kind) {
    case CLI_FLAG: *(bool *)(void *)place = true; return true;
    case CLI_TEXT: *(const char **)(void *)place = value; return true;
    case CLI_COUNT:
        if (!whole_number(value, &number) || number == 0 || number > INT64_MAX) {
            fprintf(stderr, "mirti %s: --%s takes a whole number from 1, not '%s'\n", command->name,
                    option->name, value);
            return false;
        }
        *(int64_t *)(void *)place = (int64_t)number;
        return true;
    case CLI_SEED:
        if (!whole_number(value, &number)) {
            fprintf(stderr, "mirti %s: --%s takes a whole number from 0, not '%s'\n", command->name,
                    option->name, value);
            return false;
        }
        *(uint64_t *)(void *)place = number;
        out->seed_given = true;
        return true;
    }
    return false;
}

/* Reads the option at argv[*i], with its value after '=' or in the next argument. */
static bool option_read(const cli_command *command, int argc, char **argv, int *i,
                        cli_arguments *out) {
    const char *name = argv[*i] + 2;
    const char *equals = strchr(name, '=');
    size_t size = equals ? (size_t)(equals - name) : strlen(name);
    const cli_option *option = option_find(command, name, size);
    if (!option) return option_unknown(command, name, size);
    const char *value = equals ? equals + 1 : NULL;
    if (option->kind == CLI_FLAG && value) {
        fprintf(stderr, "mirti %s: --%s takes no value\n", command->name, option->name);
        return false;
    }
    if (option->kind != CLI_FLAG && !value) {
        if (*i + 1 >= argc) {
            fprintf(stderr, "mirti %s: --%s needs a value (%s)\n", command->name, option->name,
                    option->argument);
            return false;
        }
        value = argv[++*i];
    }
    return option_store(command, option, value, out);
}

bool cli_arguments_read(const cli_command *command, int argc, char **argv, cli_arguments *out) {
    *out = (cli_arguments){0};
    bool only_positional = false;
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i];
        if (!only_positional && strcmp(word, "--") == 0) {
            only_positional = true;
        } else if (!only_positional && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
            out->help = true;
            return true;
        } else if (!only_positional && word[0] == '-' && word[1] == '-') {
            if (!option_read(command, argc, argv, &i, out)) return false;
        } else if (!only_positional && word[0] == '-' && word[1] != '\0') {
            return option_unknown(command, word + 1, strlen(word + 1));
        } else if (out->positionals == command->most || out->positionals == CLI_POSITIONAL_MAX) {
            fprintf(stderr, "mirti %s: '%s' is one argument too many\nTry 'mirti help %s'.\n",
                    command->name, word, command->name);
            return false;
        } else {
            out->positional[out->positionals++] = word;
        }
    }
    if (out->positionals < command->least) {
        fprintf(stderr, "mirti %s: needs %s\nTry 'mirti help %s'.\n", command->name,
                command->arguments, command->name);
        return false;
    }
    return true;
}

mirti_run_options cli_run_options(const cli_arguments *arguments, const mirti_listener *listener) {
    return (mirti_run_options){
        .project = arguments->positional[0],
        .data = arguments->data,
        .language = arguments->language,
        .overwrite = arguments->overwrite,
        .seed_given = arguments->seed_given,
        .seed = arguments->seed,
        .threads = (int)(arguments->threads > 1024 ? 1024 : arguments->threads),
        .listener = listener,
    };
}

mirti_status cli_run_open(const mirti_run_options *options, cli_terminal *terminal, mirti_run **out,
                          mirti_error *err) {
    mirti_status status = mirti_run_open(options, out, err);
    terminal->spanish = status == MIRTI_OK && mirti_language_is_spanish((*out)->language);
    return status;
}
