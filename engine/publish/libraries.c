/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names and versions of the third parties of this room. */
#include "mirti/publish.h"

#include <cairo.h>
#include <pango/pango.h>
#include <stdio.h>

int mirti_publish_libraries(mirti_library *library) {
    library[0].name = "cairo";
    snprintf(library[0].version, sizeof library[0].version, "%s", cairo_version_string());
    library[1].name = "pango";
    snprintf(library[1].version, sizeof library[1].version, "%s", pango_version_string());
    return 2;
}
