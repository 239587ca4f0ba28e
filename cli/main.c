/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line of mirti: finds the command, hands over, turns its status into an exit status. */
#include "mirti/base.h"

#include <stdio.h>

int main(void) {
    printf("mirti %s\n", mirti_version());
    return fclose(stdout) == 0 ? 0 : 5;
}
