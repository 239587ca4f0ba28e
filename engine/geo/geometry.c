/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Geometries as they come – with heights, arcs, crossing rings, slivers of lines – made into what
 * a map of areas needs: valid multipolygons in two dimensions, or points. Repair is GEOS's
 * (OGR_G_MakeValid): no vertex of a valid ring is moved.
 */
#include "boundaries.h"

static bool is_polygonal(OGRwkbGeometryType type) {
    return type == wkbPolygon || type == wkbMultiPolygon;
}

/* Moves the polygons of any geometry, however nested, into a multipolygon. */
static void collect_polygons(OGRGeometryH from, OGRGeometryH multipolygon) {
    OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(from));
    if (type == wkbPolygon) {
        if (!OGR_G_IsEmpty(from)) OGR_G_AddGeometry(multipolygon, from);
        return;
    }
    if (type != wkbMultiPolygon && type != wkbGeometryCollection) return;
    for (int i = 0; i < OGR_G_GetGeometryCount(from); i++)
        collect_polygons(OGR_G_GetGeometryRef(from, i), multipolygon);
}

/* Replaces a polygonal or collected geometry by the multipolygon of its polygons. */
static OGRGeometryH as_multipolygon(OGRGeometryH geometry) {
    if (wkbFlatten(OGR_G_GetGeometryType(geometry)) == wkbMultiPolygon &&
        OGR_G_GetGeometryCount(geometry) > 0)
        return geometry;
    OGRGeometryH polygons = OGR_G_CreateGeometry(wkbMultiPolygon);
    if (polygons) {
        OGR_G_AssignSpatialReference(polygons, OGR_G_GetSpatialReference(geometry));
        collect_polygons(geometry, polygons);
    }
    OGR_G_DestroyGeometry(geometry);
    if (polygons && OGR_G_GetGeometryCount(polygons) > 0) return polygons;
    OGR_G_DestroyGeometry(polygons);
    return NULL;
}

OGRGeometryH mirti_geo_clean(OGRGeometryH geometry, int64_t *repaired) {
    if (!geometry) return NULL;
    OGR_G_FlattenTo2D(geometry);
    if (OGR_G_HasCurveGeometry(geometry, FALSE)) {
        OGRGeometryH straight = OGR_G_GetLinearGeometry(geometry, 0.0, NULL);
        OGR_G_DestroyGeometry(geometry);
        geometry = straight;
        if (!geometry) return NULL;
    }
    OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(geometry));
    if (OGR_G_IsEmpty(geometry)) {
        OGR_G_DestroyGeometry(geometry);
        return NULL;
    }
    if (type == wkbPoint || type == wkbMultiPoint) return geometry;
    if (is_polygonal(type) && !OGR_G_IsValid(geometry)) {
        OGRGeometryH valid = OGR_G_MakeValid(geometry);
        if (valid) {
            OGR_G_DestroyGeometry(geometry);
            geometry = valid;
        }
        ++*repaired;
    }
    return as_multipolygon(geometry);
}
