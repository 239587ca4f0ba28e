/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The third parties of this room and their versions, as they run, for `mirti version` and the
 * manifest. */
#include "mirti/geo.h"

#include <proj.h>
#include <stdio.h>

int mirti_geo_libraries(mirti_library *library) {
    library[0] = (mirti_library){.name = "PROJ"};
    snprintf(library[0].version, sizeof library[0].version, "%s", proj_info().version);
    return 1;
}
