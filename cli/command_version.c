/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mirti version: the program's version and those of the libraries underneath. */
#include "command.h"

#include <stdio.h>

static int run_version(const cli_arguments *arguments) {
    (void)arguments;
    printf("mirti %s\n", mirti_version());
    mirti_library library[MIRTI_LIBRARIES_MAX];
    int count = mirti_libraries(library);
    for (int i = 0; i < count; i++)
        printf("  %-10s %s\n", library[i].name, library[i].version);
    return 0;
}

static const cli_option *const options[] = {NULL};
const cli_command cli_command_version = {
    "version",   "About", "", "tell the version of mirti and of the libraries underneath",
    NULL,        0,       0,  options,
    run_version,
};
