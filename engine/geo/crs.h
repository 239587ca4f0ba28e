/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Coordinate reference systems under their EPSG number.
 */
#ifndef MIRTI_GEO_CRS_H
#define MIRTI_GEO_CRS_H

#include "gdal_scope.h"

/**
 * Finds the EPSG code of a CRS that a file describes in its own words. `longitude`, `latitude`
 * (degrees) say where the data lie and decide between systems that differ only by their area.
 * Returns 0 when no entry of the database has the same ellipsoid, projection and parameters.
 * `*contradiction` tells that the file claims a code whose official definition differs from what
 * the file itself says.
 */
int mirti_geo_crs_identify(OGRSpatialReferenceH crs, double longitude, double latitude,
                           bool *contradiction);
/** The official definition, x = easting or longitude first; NULL when PROJ does not know the code.
 */
OGRSpatialReferenceH mirti_geo_crs_official(int epsg);

/** Whether coordinates can be what a CRS says they are. */
typedef enum mirti_geo_crs_verdict {
    MIRTI_GEO_CRS_FITS,
    MIRTI_GEO_CRS_DOUBTFUL,  ///< go on, but say so
    MIRTI_GEO_CRS_IMPOSSIBLE ///< degrees beyond the poles, metres that look like degrees
} mirti_geo_crs_verdict;

enum { MIRTI_GEO_NOTE_ROOM = 224 };

/** Judges the extent of some data against their CRS (NULL: the file says none); `note` receives a
 * sentence unless it fits. */
mirti_geo_crs_verdict mirti_geo_crs_judge(OGRSpatialReferenceH crs, const OGREnvelope *extent,
                                          char note[MIRTI_GEO_NOTE_ROOM]);

/** Middle of an extent in degrees; false when it cannot be computed. */
bool mirti_geo_crs_middle(OGRSpatialReferenceH crs, const OGREnvelope *extent, double *longitude,
                          double *latitude);

#endif
