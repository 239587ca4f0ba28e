/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program: finds the command by its name, reads its options, runs it, turns the outcome into an
 * exit status. What a command does stands in command_<name>.c. */
#include "command.h"

#include <stdio.h>
#include <string.h>

const cli_command *const cli_commands[] = {
    &cli_command_run,      &cli_command_check,   &cli_command_fit,
    &cli_command_select,   &cli_command_cube,    &cli_command_merge,
    &cli_command_validate, &cli_command_explain, &cli_command_indicators,
    &cli_command_compare,  &cli_command_doctor,  &cli_command_simulate,
    &cli_command_help,     &cli_command_version, NULL,
};

const cli_command *cli_command_find(const char *name) {
    for (const cli_command *const *c = cli_commands; *c; c++) {
        if (strcmp((*c)->name, name) == 0) return *c;
    }
    return NULL;
}

static const char *command_name(int i, const void *context) {
    (void)context;
    return cli_commands[i] ? cli_commands[i]->name : NULL;
}

static int unknown_command(const char *typed) {
    fprintf(stderr, "mirti: there is no command '%s'", typed);
    const char *nearest = cli_nearest(typed, command_name, NULL);
    if (nearest) fprintf(stderr, "; did you mean '%s'?", nearest);
    fprintf(stderr, "\nTry 'mirti help'.\n");
    return mirti_status_exit(MIRTI_ERROR_USAGE);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        cli_help_overview(stderr);
        return cli_finish_stdout(mirti_status_exit(MIRTI_ERROR_USAGE));
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) name = "help";
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) name = "version";
    const cli_command *command = cli_command_find(name);
    if (!command) return unknown_command(name);

    cli_arguments arguments;
    if (!cli_arguments_read(command, argc - 2, argv + 2, &arguments)) {
        return mirti_status_exit(MIRTI_ERROR_USAGE);
    }
    if (arguments.help) {
        cli_help_command(command);
        return cli_finish_stdout(0);
    }
    return cli_finish_stdout(command->run(&arguments));
}
