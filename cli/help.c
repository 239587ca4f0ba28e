/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Help, made from the declarations of commands and options so that it cannot disagree with them. */
#include "command.h"

#include <stdio.h>
#include <string.h>

void cli_help_overview(FILE *stream) {
    fprintf(stream,
            "mirti %s: the risk of child labour, from survey to map\n\n"
            "usage: mirti COMMAND [ARGUMENT ...] [--OPTION ...]\n",
            mirti_version());
    const char *group = "";
    for (const cli_command *const *c = cli_commands; *c; c++) {
        if (strcmp(group, (*c)->group) != 0) {
            group = (*c)->group;
            fprintf(stream, "\n%s\n", group);
        }
        fprintf(stream, "  %-10s %s\n", (*c)->name, (*c)->summary);
    }
    fprintf(stream, "\n'mirti help COMMAND' tells the options of a command.\n");
}

/* Prints text in lines of at most 90 columns after `indent` blanks. */
static void print_wrapped(const char *text, int indent) {
    int column = indent;
    while (*text) {
        size_t word = strcspn(text, " \n");
        if (column > indent && column + 1 + (int)word > 90) {
            printf("\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        }
        fwrite(text, 1, word, stdout);
        column += (int)word;
        text += word;
        while (*text == ' ')
            text++;
        if (*text == '\n') {
            printf("\n%*s", indent, "");
            column = indent;
            text++;
        }
    }
    putchar('\n');
}

void cli_help_command(const cli_command *command) {
    printf("usage: mirti %s", command->name);
    if (command->arguments[0]) printf(" %s", command->arguments);
    if (command->options[0]) printf(" [--OPTION ...]");
    printf("\n\n");
    print_wrapped(command->summary, 0);
    if (command->options[0]) printf("\n");
    for (const cli_option *const *o = command->options; *o; o++) {
        char head[48];
        snprintf(head, sizeof head, "--%s%s%s", (*o)->name, (*o)->argument ? " " : "",
                 (*o)->argument ? (*o)->argument : "");
        printf("  %-22s ", head);
        print_wrapped((*o)->help, 25);
    }
    if (command->details) {
        printf("\n");
        print_wrapped(command->details, 0);
    }
}

static int run_help(const cli_arguments *arguments) {
    if (arguments->positionals == 0) {
        cli_help_overview(stdout);
        return 0;
    }
    const cli_command *command = cli_command_find(arguments->positional[0]);
    if (!command) {
        fprintf(stderr, "mirti help: there is no command '%s'\nTry 'mirti help'.\n",
                arguments->positional[0]);
        return mirti_status_exit(MIRTI_ERROR_USAGE);
    }
    cli_help_command(command);
    return 0;
}

static const cli_option *const no_options[] = {NULL};
const cli_command cli_command_help = {
    "help", "About",    "[COMMAND]", "tell what a command does and its options", NULL, 0,
    1,      no_options, run_help,
};

/* Edit distance (insert, delete, replace, swap of neighbours) of two short words; 99 when long. */
static int distance(const char *a, const char *b) {
    enum { LONGEST = 40 };
    size_t n = strlen(a), m = strlen(b);
    if (n >= LONGEST || m >= LONGEST) return 99;
    int d[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= n; i++)
        d[i][0] = (int)i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        for (size_t j = 1; j <= m; j++) {
            int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && d[i - 2][j - 2] + 1 < best) best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    }
    return d[n][m];
}

const char *cli_nearest(const char *typed, const char *(*name)(int i, const void *context),
                        const void *context) {
    const char *nearest = NULL;
    int best = 1 + (int)strlen(typed) / 3;
    for (int i = 0; name(i, context); i++) {
        int d = distance(typed, name(i, context));
        if (d <= best && (!nearest || d < best)) {
            best = d;
            nearest = name(i, context);
        }
    }
    return nearest;
}
