/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The only door to GDAL's moods: its messages are caught instead of printed, and its options are
 * set for the calling thread only and put back afterwards.
 */
#ifndef MIRTI_GEO_GDAL_SCOPE_H
#define MIRTI_GEO_GDAL_SCOPE_H

#include <cpl_error.h>
#include <gdal.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>

#include "mirti/base.h"

/** What GDAL said between `begin` and `end`, on this thread. */
typedef struct mirti_geo_gdal {
    char failure[384]; ///< first message of class Failure or Fatal; empty if none
    char warning[384]; ///< last warning
    int failures;
    char **options; ///< the thread's options before `begin`
} mirti_geo_gdal;

/** Registers the drivers (the first time) and begins to catch messages. Pair with `end` on the same
 * thread; `gdal` must stay where it is in between. */
void mirti_geo_gdal_begin(mirti_geo_gdal *gdal);
/** The same where the drivers are known to be registered: for what is done for every feature. */
void mirti_geo_gdal_listen(mirti_geo_gdal *gdal);
/** Stops catching and puts the thread's options back. */
void mirti_geo_gdal_end(mirti_geo_gdal *gdal);
/** Forgets what was said so far. */
void mirti_geo_gdal_forget(mirti_geo_gdal *gdal);
/** Fills `err` with our sentence, followed by GDAL's first failure if there was one. */
mirti_status mirti_geo_gdal_fail(const mirti_geo_gdal *gdal, mirti_error *err, mirti_status status,
                                 const char *path, const char *sentence);

#endif
