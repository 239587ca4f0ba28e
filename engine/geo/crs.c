/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a .prj says and what the EPSG database says of the same system are seldom the same words:
 * «MEXICO_ITRF_2008_LCC», «ITRF2008 / LCC» and «Mexico ITRF2008 / LCC» are one projection, and an
 * extra TOWGS84 of zeros makes GDAL doubt even a file that names EPSG:6372 itself. Here a system is
 * recognised by what it does: ellipsoid, prime meridian, projection, parameters and units must be
 * equal in number; names only decide between systems that compute the same.
 */
#include "crs.h"

#include <cpl_conv.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_ROOM = 128 };

/* Official parameters are short decimals and files repeat them; a tolerance is only there for
 * degrees that went through radians and back. */
static bool same(double a, double b) {
    return fabs(a - b) <= 1e-9 * fmax(1.0, fmax(fabs(a), fabs(b)));
}

static bool same_parameter(OGRSpatialReferenceH a, OGRSpatialReferenceH b, const char *name,
                           double absent) {
    return same(OSRGetNormProjParm(a, name, absent, NULL),
                OSRGetNormProjParm(b, name, absent, NULL));
}

static bool same_ellipsoid(OGRSpatialReferenceH a, OGRSpatialReferenceH b) {
    return same(OSRGetSemiMajor(a, NULL), OSRGetSemiMajor(b, NULL)) &&
           fabs(OSRGetInvFlattening(a, NULL) - OSRGetInvFlattening(b, NULL)) < 1e-6 &&
           same(OSRGetPrimeMeridian(a, NULL), OSRGetPrimeMeridian(b, NULL));
}

/* A Lambert cone is the same whichever of its parallels is called the first. */
static bool same_parallels(OGRSpatialReferenceH a, OGRSpatialReferenceH b) {
    double a1 = OSRGetNormProjParm(a, SRS_PP_STANDARD_PARALLEL_1, 0.0, NULL);
    double a2 = OSRGetNormProjParm(a, SRS_PP_STANDARD_PARALLEL_2, 0.0, NULL);
    double b1 = OSRGetNormProjParm(b, SRS_PP_STANDARD_PARALLEL_1, 0.0, NULL);
    double b2 = OSRGetNormProjParm(b, SRS_PP_STANDARD_PARALLEL_2, 0.0, NULL);
    return (same(a1, b1) && same(a2, b2)) || (same(a1, b2) && same(a2, b1));
}

/* True when both systems turn the same longitude and latitude into the same coordinates. */
static bool computes_the_same(OGRSpatialReferenceH a, OGRSpatialReferenceH b) {
    if (OSRIsGeographic(a) != OSRIsGeographic(b) || OSRIsProjected(a) != OSRIsProjected(b))
        return false;
    if (!same_ellipsoid(a, b) || !same(OSRGetAngularUnits(a, NULL), OSRGetAngularUnits(b, NULL)))
        return false;
    if (!OSRIsProjected(a)) return true;
    const char *method_a = OSRGetAttrValue(a, "PROJECTION", 0);
    const char *method_b = OSRGetAttrValue(b, "PROJECTION", 0);
    if (!method_a || !method_b || strcmp(method_a, method_b) != 0) return false;
    static const char *const parameters[] = {SRS_PP_CENTRAL_MERIDIAN,
                                             SRS_PP_LATITUDE_OF_ORIGIN,
                                             SRS_PP_LONGITUDE_OF_CENTER,
                                             SRS_PP_LATITUDE_OF_CENTER,
                                             SRS_PP_FALSE_EASTING,
                                             SRS_PP_FALSE_NORTHING,
                                             SRS_PP_AZIMUTH};
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        if (!same_parameter(a, b, parameters[i], 0.0)) return false;
    return same_parallels(a, b) && same_parameter(a, b, SRS_PP_SCALE_FACTOR, 1.0) &&
           same(OSRGetLinearUnits(a, NULL), OSRGetLinearUnits(b, NULL));
}

/* «D_ITRF_2008» and «International Terrestrial Reference Frame 2008» → «itrf2008»,
 * «Mexico_ITRF2008» → «mexicoitrf2008». */
static void datum_key(OGRSpatialReferenceH crs, char key[NAME_ROOM]) {
    static const char long_form[] = "internationalterrestrialreferenceframe";
    const char *name = OSRGetAttrValue(crs, "DATUM", 0);
    size_t n = 0;
    if (name && strncmp(name, "D_", 2) == 0) name += 2;
    for (; name && *name && n + 1 < NAME_ROOM; name++)
        if (isalnum((unsigned char)*name)) key[n++] = (char)tolower((unsigned char)*name);
    key[n] = '\0';
    char *found = strstr(key, long_form);
    if (!found) return;
    char *rest = found + sizeof long_form - 1;
    memcpy(found, "itrf", 4);
    memmove(found + 4, rest, strlen(rest) + 1);
}

/* 2: the same name; 1: one name contains the other, the same realisation with or without its
 * country; 0: unrelated. */
static int related_datum(OGRSpatialReferenceH a, OGRSpatialReferenceH b) {
    char key_a[NAME_ROOM], key_b[NAME_ROOM];
    datum_key(a, key_a);
    datum_key(b, key_b);
    if (!key_a[0] || !key_b[0]) return 0;
    if (strcmp(key_a, key_b) == 0) return 2;
    return strstr(key_a, key_b) || strstr(key_b, key_a) ? 1 : 0;
}

OGRSpatialReferenceH mirti_geo_crs_official(int epsg) {
    OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
    if (!crs) return NULL;
    if (OSRImportFromEPSG(crs, epsg) != OGRERR_NONE) {
        OSRDestroySpatialReference(crs);
        return NULL;
    }
    OSRSetAxisMappingStrategy(crs, OAMS_TRADITIONAL_GIS_ORDER);
    return crs;
}

static int code_number(const char *code) {
    int64_t number;
    bool whole = code && mirti_integer_parse(mirti_str_of(code), &number);
    return whole && number > 0 && number < INT32_MAX ? (int)number : 0;
}

static int epsg_of(OGRSpatialReferenceH crs) {
    const char *authority = OSRGetAuthorityName(crs, NULL);
    const char *code = OSRGetAuthorityCode(crs, NULL);
    return authority && strcmp(authority, "EPSG") == 0 ? code_number(code) : 0;
}

/* -1: the official definition computes something else; else how related the datums' names are. */
static int official_agrees(OGRSpatialReferenceH crs, int epsg) {
    OGRSpatialReferenceH official = mirti_geo_crs_official(epsg);
    if (!official) return -1;
    int agrees = computes_the_same(crs, official) ? related_datum(crs, official) : -1;
    OSRDestroySpatialReference(official);
    return agrees;
}

/* What GDAL recognises by name, once the numbers confirm it. */
static int identify_by_name(OGRSpatialReferenceH crs) {
    int count = 0, found = 0;
    int *confidence = NULL;
    OGRSpatialReferenceH *matches = OSRFindMatches(crs, NULL, &count, &confidence);
    for (int i = 0; i < count && !found; i++) {
        int epsg = epsg_of(matches[i]);
        if (epsg > 0 && confidence[i] >= 60 && official_agrees(crs, epsg) >= 0) found = epsg;
    }
    OSRFreeSRSArray(matches);
    CPLFree(confidence);
    return found;
}

/* Among all systems of the database that are made for this place: the one that computes the same
 * and whose datum has the same name, or a related one; among equals that of the smallest area. */
static int identify_by_numbers(OGRSpatialReferenceH crs, double longitude, double latitude) {
    int count = 0, found = 0, best = 0;
    double best_area = INFINITY;
    OSRCRSType wanted = OSRIsProjected(crs) ? OSR_CRS_TYPE_PROJECTED : OSR_CRS_TYPE_GEOGRAPHIC_2D;
    OSRCRSInfo **list = OSRGetCRSInfoListFromDatabase("EPSG", NULL, &count);
    for (int i = 0; i < count; i++) {
        const OSRCRSInfo *info = list[i];
        if (info->eType != wanted || info->bDeprecated || !info->bBboxValid) continue;
        if (longitude < info->dfWestLongitudeDeg || longitude > info->dfEastLongitudeDeg ||
            latitude < info->dfSouthLatitudeDeg || latitude > info->dfNorthLatitudeDeg)
            continue;
        int agrees = official_agrees(crs, code_number(info->pszCode));
        double area = (info->dfEastLongitudeDeg - info->dfWestLongitudeDeg) *
                      (info->dfNorthLatitudeDeg - info->dfSouthLatitudeDeg);
        if (agrees < 1 || agrees < best || (agrees == best && area >= best_area)) continue;
        best = agrees;
        best_area = area;
        found = code_number(info->pszCode);
    }
    OSRDestroyCRSInfoList(list);
    return found;
}

int mirti_geo_crs_identify(OGRSpatialReferenceH crs, double longitude, double latitude,
                           bool *contradiction) {
    *contradiction = false;
    int claimed = epsg_of(crs);
    if (claimed > 0) {
        if (official_agrees(crs, claimed) >= 0) return claimed;
        *contradiction = true;
    }
    int found = identify_by_name(crs);
    if (found == 0) found = identify_by_numbers(crs, longitude, latitude);
    return found;
}

/* ------------------------------------------------------------------------------- plausibility -- */

bool mirti_geo_crs_middle(OGRSpatialReferenceH crs, const OGREnvelope *extent, double *longitude,
                          double *latitude) {
    *longitude = (extent->MinX + extent->MaxX) / 2.0;
    *latitude = (extent->MinY + extent->MaxY) / 2.0;
    OGRSpatialReferenceH degrees = mirti_geo_crs_official(4326);
    OGRCoordinateTransformationH to = degrees ? OCTNewCoordinateTransformation(crs, degrees) : NULL;
    bool known = to && OCTTransform(to, 1, longitude, latitude, NULL) && isfinite(*longitude) &&
                 isfinite(*latitude);
    OCTDestroyCoordinateTransformation(to);
    OSRDestroySpatialReference(degrees);
    return known;
}

static bool look_like_degrees(const OGREnvelope *e) {
    return e->MinX >= -180.0 && e->MaxX <= 180.0 && e->MinY >= -90.0 && e->MaxY <= 90.0;
}

/* A degree of tolerance: areas of use are drawn roughly. */
static bool outside_area_of_use(OGRSpatialReferenceH crs, double longitude, double latitude) {
    double west, south, east, north;
    const char *name;
    if (!OSRGetAreaOfUse(crs, &west, &south, &east, &north, &name) || west > east) return false;
    return longitude < west - 1.0 || longitude > east + 1.0 || latitude < south - 1.0 ||
           latitude > north + 1.0;
}

mirti_geo_crs_verdict mirti_geo_crs_judge(OGRSpatialReferenceH crs, const OGREnvelope *extent,
                                          char note[MIRTI_GEO_NOTE_ROOM]) {
    double longitude, latitude;
    note[0] = '\0';
    if (!crs) {
        snprintf(note, MIRTI_GEO_NOTE_ROOM,
                 "the file does not say in which coordinate system it is%s",
                 look_like_degrees(extent) ? "; its coordinates look like degrees" : "");
        return MIRTI_GEO_CRS_DOUBTFUL;
    }
    const char *name = OSRGetName(crs) ? OSRGetName(crs) : "its coordinate system";
    if (OSRIsGeographic(crs) && (fabs(extent->MinX) > 360.0 || fabs(extent->MaxX) > 360.0 ||
                                 fabs(extent->MinY) > 90.0 || fabs(extent->MaxY) > 90.0)) {
        snprintf(note, MIRTI_GEO_NOTE_ROOM,
                 "%.80s has degrees, but the file has coordinates such as %.8g, %.8g", name,
                 extent->MaxX, extent->MaxY);
        return MIRTI_GEO_CRS_IMPOSSIBLE;
    }
    if (OSRIsProjected(crs) && look_like_degrees(extent)) {
        snprintf(note, MIRTI_GEO_NOTE_ROOM,
                 "%.80s has metres, but the coordinates of the file look like degrees", name);
        return MIRTI_GEO_CRS_IMPOSSIBLE;
    }
    if (mirti_geo_crs_middle(crs, extent, &longitude, &latitude) &&
        !outside_area_of_use(crs, longitude, latitude))
        return MIRTI_GEO_CRS_FITS;
    snprintf(note, MIRTI_GEO_NOTE_ROOM, "the data lie outside the area for which %.80s is made",
             name);
    return MIRTI_GEO_CRS_DOUBTFUL;
}
