/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The third parties of this room and their versions, as they run, for `mirti version` and the
 * manifest. */
#include "mirti/table.h"

#include <csv.h>
#include <gdal.h>
#include <stdio.h>

int mirti_table_libraries(mirti_library *library) {
    library[0] = (mirti_library){.name = "libcsv"};
    snprintf(library[0].version, sizeof library[0].version, "%d.%d.%d", CSV_MAJOR, CSV_MINOR,
             CSV_RELEASE);
    library[1] = (mirti_library){.name = "GDAL"};
    snprintf(library[1].version, sizeof library[1].version, "%s", GDALVersionInfo("RELEASE_NAME"));
    return 2;
}
