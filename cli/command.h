/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file command.h
 * What every command of the program shares: how options are declared, how help is made from the
 * declaration, how errors, warnings and progress reach a person.
 *
 * Conventions: inputs first, output last; long kebab-case options; data on stdout, all else on
 * stderr; a progress bar on a terminal and none elsewhere. Exit status: 0 done, 1 a check found
 * something, 2 usage, 3 input, 4 model, 5 output, 70 internal, 130 cancelled.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "mirti/base.h"
#include "mirti/pipeline.h"

#include <stdio.h>

enum { CLI_POSITIONAL_MAX = 16 };

/** Values of all options of all commands; a command reads those it declares. */
typedef struct cli_arguments {
    const char *data;                  ///< --data DIR
    const char *output;                ///< --output PATH
    const char *language;              ///< --language es|en
    const char *area_kind;             ///< --areas KIND
    const char *of, *by, *among, *per; ///< mirti indicators
    bool predictors, total;
    const char *truth;        ///< --truth NAME=VALUE,...
    const char *lineage;      ///< --lineage FILE
    const char *left, *right; ///< --left, --right COLUMNS
    const char *method;       ///< --method NAME
    const char *criterion;    ///< --criterion NAME
    const char *keep;         ///< --keep TERM,...
    const char *lambda;       ///< --lambda RULE
    int64_t rows;             ///< --rows N; 0 = the command's default
    bool overwrite, quiet, verbose, json, help, full_count, informative, info, survey_only;
    int64_t folds;   ///< --folds K; 0 = the command's default
    int64_t threads; ///< --threads N; 0 = as many as there are processors
    uint64_t seed;
    bool seed_given;
    int64_t states, municipalities, persons, survey_dwellings; ///< mirti simulate; 0 = its default
    const char *positional[CLI_POSITIONAL_MAX];
    int positionals;
} cli_arguments;

typedef enum cli_option_kind { CLI_FLAG, CLI_TEXT, CLI_COUNT, CLI_SEED } cli_option_kind;

/** One option, declared once and shared by the commands that list it. */
typedef struct cli_option {
    const char *name;     ///< without the dashes
    const char *argument; ///< how help names its value; NULL for a flag
    const char *help;
    cli_option_kind kind;
    size_t offset; ///< of its value in cli_arguments
} cli_option;

typedef struct cli_command {
    const char *name;
    const char *group;                          ///< heading in the overview
    const char *arguments;                      ///< positional arguments as help shows them
    const char *summary;                        ///< one line
    const char *details;                        ///< paragraphs after the options; may be NULL
    int least, most;                            ///< number of positional arguments
    const cli_option *const *options;           ///< NULL-terminated
    int (*run)(const cli_arguments *arguments); ///< returns the exit status
} cli_command;

extern const cli_option cli_option_data, cli_option_output, cli_option_overwrite,
    cli_option_threads, cli_option_seed, cli_option_quiet, cli_option_verbose, cli_option_json,
    cli_option_language, cli_option_lineage, cli_option_left, cli_option_right, cli_option_rows,
    cli_option_states, cli_option_municipalities, cli_option_persons, cli_option_survey_dwellings,
    cli_option_full_count, cli_option_truth, cli_option_informative, cli_option_info, cli_option_of,
    cli_option_by, cli_option_among, cli_option_per, cli_option_predictors, cli_option_total,
    cli_option_folds, cli_option_survey_only;
/* of mirti select */
extern const cli_option cli_option_method, cli_option_criterion, cli_option_keep, cli_option_lambda;

/** All commands, NULL-terminated, in the order of the overview. */
extern const cli_command *const cli_commands[];
const cli_command *cli_command_find(const char *name);

/** Reads argv[0..argc) (without program and command) by the command's declaration. On a usage error
 * says what is wrong on stderr and returns false. */
bool cli_arguments_read(const cli_command *command, int argc, char **argv, cli_arguments *out);

/** What there is; on stdout when asked for, on stderr when nothing was. */
void cli_help_overview(FILE *stream);
void cli_help_command(const cli_command *command);

/** A name close enough to what was typed to be suggested, or NULL. `name(i)` gives NULL at the end.
 */
const char *cli_nearest(const char *typed, const char *(*name)(int i, const void *context),
                        const void *context);

/** Prints an error on stderr and returns the exit status that belongs to it. */
int cli_fail(const mirti_error *err);
/** A listener that prints warnings (and, when --verbose, more) and draws a progress bar on a
 * terminal. */
typedef struct cli_terminal {
    bool bar, verbose, quiet, drawn;
    bool spanish; ///< warnings are told in Spanish
    double begun; ///< seconds of the steady clock when the stage was first heard of
    double first; ///< how much of it was done then, 0 to 1
    double last;  ///< when the bar was drawn last
    char stage[64];
} cli_terminal;
mirti_listener cli_terminal_listener(cli_terminal *terminal, const cli_arguments *arguments);
/** A text filled up to the width of the first column of such answers, in letters. */
typedef struct cli_padded {
    char text[160];
} cli_padded;
cli_padded cli_column(const char *text);
/** Prints rows read = used + outside + dropped of one input, with the reasons; whether any was
 * dropped or put right. */
int cli_print_rows(const char *language, const char *role, const mirti_row_count *count);
/** Prints what was noticed while an input was read; whether any of it is odd. */
int cli_print_notices(const char *language, const mirti_run_reading *reading);

/** What the arguments say of a run. `listener` must outlive the run. */
mirti_run_options cli_run_options(const cli_arguments *arguments, const mirti_listener *listener);
/** mirti_run_open, after which the terminal knows the run's language. */
mirti_status cli_run_open(const mirti_run_options *options, cli_terminal *terminal, mirti_run **out,
                          mirti_error *err);
/** Writes a text to a file: complete, or not at all. */
mirti_status cli_write_file(const mirti_text *text, const char *path, bool overwrite,
                            mirti_error *err);
/** Removes the bar from the screen. */
void cli_terminal_finish(cli_terminal *terminal);
/** Flushes and closes stdout; a failed write is an error. Returns `status` or the exit status of
 * the failure. */
int cli_finish_stdout(int status);

extern const cli_command cli_command_run, cli_command_check, cli_command_compare, cli_command_cube,
    cli_command_merge, cli_command_doctor, cli_command_explain, cli_command_fit,
    cli_command_indicators, cli_command_select, cli_command_simulate, cli_command_validate,
    cli_command_help, cli_command_version;

#endif
