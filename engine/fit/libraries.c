/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The third parties of this room and their versions, as they run, for `mirti version` and the
 * manifest. */
#include "mirti/fit.h"

#include <gsl/gsl_version.h>
#include <jansson.h>
#include <stdio.h>

int mirti_fit_libraries(mirti_library *library) {
    library[0] = (mirti_library){.name = "GSL"};
    snprintf(library[0].version, sizeof library[0].version, "%s", gsl_version);
    library[1] = (mirti_library){.name = "jansson"};
    snprintf(library[1].version, sizeof library[1].version, "%s", JANSSON_VERSION);
    return 2;
}
