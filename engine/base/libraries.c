/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The third parties of this room and their versions, as they run, for `mirti version` and the
 * manifest. */
#include "mirti/base.h"

#include <nettle/version.h>
#include <stdio.h>
#include <utf8proc.h>

int mirti_base_libraries(mirti_library *library) {
    library[0] = (mirti_library){.name = "utf8proc"};
    snprintf(library[0].version, sizeof library[0].version, "%s", utf8proc_version());
    library[1] = (mirti_library){.name = "nettle"};
    snprintf(library[1].version, sizeof library[1].version, "%d.%d", nettle_version_major(),
             nettle_version_minor());
    return 2;
}
