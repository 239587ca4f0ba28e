/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GDAL prints what it notices and keeps its options per process. Here both are tamed: while a
 * function of this room works, messages go into a struct on its stack, and options are set for its
 * thread alone. GDAL's handlers and thread-local options exist for exactly that; nothing global
 * is changed, so a program that embeds the engine keeps its own handlers and options.
 */
#include "gdal_scope.h"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <stdio.h>
#include <string.h>

/* One line of it; mirti_fail makes UTF-8 of what the cut may leave. */
static void keep(char *place, size_t size, const char *message) {
    snprintf(place, size, "%s", message);
    for (char *c = place; *c; c++)
        if (*c == '\n' || *c == '\r') *c = ' ';
}

static void catch_message(CPLErr class, CPLErrorNum number, const char *message) {
    (void)number;
    mirti_geo_gdal *gdal = CPLGetErrorHandlerUserData();
    if (class == CE_Warning) {
        keep(gdal->warning, sizeof gdal->warning, message);
    } else if (class == CE_Failure || class == CE_Fatal) {
        if (gdal->failures++ == 0) keep(gdal->failure, sizeof gdal->failure, message);
    }
}

void mirti_geo_gdal_begin(mirti_geo_gdal *gdal) {
    /* Locks for itself, and costs little when everything is registered already. */
    GDALAllRegister();
    mirti_geo_gdal_listen(gdal);
}

void mirti_geo_gdal_listen(mirti_geo_gdal *gdal) {
    *gdal = (mirti_geo_gdal){0};
    gdal->options = CPLGetThreadLocalConfigOptions();
    CPLPushErrorHandlerEx(catch_message, gdal);
}

void mirti_geo_gdal_end(mirti_geo_gdal *gdal) {
    CPLErrorReset();
    CPLPopErrorHandler();
    CPLSetThreadLocalConfigOptions((const char *const *)gdal->options);
    CSLDestroy(gdal->options);
    gdal->options = NULL;
}

void mirti_geo_gdal_forget(mirti_geo_gdal *gdal) {
    gdal->failure[0] = gdal->warning[0] = '\0';
    gdal->failures = 0;
    CPLErrorReset();
}

mirti_status mirti_geo_gdal_fail(const mirti_geo_gdal *gdal, mirti_error *err, mirti_status status,
                                 const char *path, const char *sentence) {
    if (gdal->failures > 0)
        mirti_fail(err, status, "%s: %s", sentence, gdal->failure);
    else
        mirti_fail(err, status, "%s", sentence);
    mirti_fail_at(err, path, 0, 0, NULL, NULL);
    return status;
}
