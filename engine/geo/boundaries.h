/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a set of boundaries is made of, for the files of this room.
 */
#ifndef MIRTI_GEO_BOUNDARIES_H
#define MIRTI_GEO_BOUNDARIES_H

#include "gdal_scope.h"
#include "mirti/geo.h"

struct mirti_boundaries {
    int64_t count;
    OGRGeometryH *geometry;   ///< [count] two-dimensional multipolygon or point; NULL = none
    char **code, **name;      ///< [count] UTF-8, never NULL, in `arena`
    OGRSpatialReferenceH crs; ///< NULL = unknown
    bool polygons, points;    ///< which kinds of geometry occur
    mirti_arena arena;
};

/**
 * The geometry as this room keeps it: two-dimensional, straight edges, polygons as a valid
 * multipolygon, points as they are. Takes ownership of `geometry` and returns what replaces it, or
 * NULL when nothing of it has an area or a place. Adds to `*repaired` when it was not valid.
 */
OGRGeometryH mirti_geo_clean(OGRGeometryH geometry, int64_t *repaired);

#endif
