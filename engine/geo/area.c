/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How large areas are: on the ellipsoid, not on the map. A conic projection of Mexico stretches
 * some of its states by two per cent; so rings are turned back to degrees, and their area is that
 * of the geodesic polygon (Karney 2013, J. Geodesy 87), which PROJ's geodesic.h computes to a
 * square metre.
 */
#include <geodesic.h>
#include <math.h>

#include "boundaries.h"

typedef struct measuring {
    struct geod_geodesic ellipsoid;
    OGRCoordinateTransformationH to; ///< degrees; NULL: they are degrees already
    double *xy;                      ///< room for the points of one ring
    int room;
    bool no_memory;
} measuring;

/* Square metres within one ring, whichever way it turns; NaN when it cannot be computed. */
static double ring_area(measuring *m, OGRGeometryH ring) {
    struct geod_polygon polygon;
    double area;
    int points = OGR_G_GetPointCount(ring);
    if (points > m->room) {
        double *more = mirti_resize(m->xy, 2 * (size_t)points, sizeof *more);
        if (!more) {
            m->no_memory = true;
            return NAN;
        }
        m->xy = more;
        m->room = points;
    }
    double *x = m->xy, *y = m->xy + points;
    OGR_G_GetPoints(ring, x, sizeof *x, y, sizeof *y, NULL, 0);
    if (m->to && !OCTTransform(m->to, points, x, y, NULL)) return NAN;
    geod_polygon_init(&polygon, 0);
    for (int i = 0; i + 1 < points; i++)
        geod_polygon_addpoint(&m->ellipsoid, &polygon, y[i], x[i]);
    geod_polygon_compute(&m->ellipsoid, &polygon, 0, 1, &area, NULL);
    return fabs(area);
}

static double multipolygon_area(measuring *m, OGRGeometryH multipolygon) {
    mirti_sum sum = {0};
    for (int p = 0; p < OGR_G_GetGeometryCount(multipolygon); p++) {
        OGRGeometryH polygon = OGR_G_GetGeometryRef(multipolygon, p);
        for (int r = 0; r < OGR_G_GetGeometryCount(polygon); r++) {
            double area = ring_area(m, OGR_G_GetGeometryRef(polygon, r));
            mirti_sum_add(&sum, r == 0 ? area : -area); /* all rings but the first are holes */
        }
    }
    return mirti_sum_value(&sum) / 1e6;
}

/* False when the CRS says nothing of the Earth. */
static bool begin(measuring *m, OGRSpatialReferenceH crs) {
    if (!crs || !(OSRIsGeographic(crs) || OSRIsProjected(crs))) return false;
    double flattening = OSRGetInvFlattening(crs, NULL);
    geod_init(&m->ellipsoid, OSRGetSemiMajor(crs, NULL), flattening > 0.0 ? 1.0 / flattening : 0.0);
    if (!OSRIsProjected(crs)) return true;
    OGRSpatialReferenceH degrees = OSRCloneGeogCS(crs);
    if (!degrees) return false;
    OSRSetAxisMappingStrategy(degrees, OAMS_TRADITIONAL_GIS_ORDER);
    m->to = OCTNewCoordinateTransformation(crs, degrees);
    OSRDestroySpatialReference(degrees);
    return m->to != NULL;
}

mirti_status mirti_boundaries_areas(const mirti_boundaries *boundaries, double *km2,
                                    mirti_error *err) {
    mirti_geo_gdal gdal;
    measuring m = {.to = NULL};
    mirti_geo_gdal_begin(&gdal);
    bool known = begin(&m, boundaries->crs);
    for (int64_t i = 0; i < boundaries->count; i++) {
        OGRGeometryH geometry = boundaries->geometry[i];
        bool areal = geometry && wkbFlatten(OGR_G_GetGeometryType(geometry)) == wkbMultiPolygon;
        km2[i] = known && areal ? multipolygon_area(&m, geometry) : NAN;
    }
    OCTDestroyCoordinateTransformation(m.to);
    mirti_free(m.xy);
    mirti_geo_gdal_end(&gdal);
    return m.no_memory ? mirti_fail_memory(err, "the areas of boundaries") : MIRTI_OK;
}

mirti_status mirti_boundaries_total_area(const mirti_boundaries *boundaries, double *km2,
                                         mirti_error *err) {
    double *area = mirti_new((size_t)boundaries->count, sizeof *area);
    if (!area) return mirti_fail_memory(err, "the areas of boundaries");
    mirti_status status = mirti_boundaries_areas(boundaries, area, err);
    mirti_sum sum = {0};
    bool any = false;
    for (int64_t i = 0; i < boundaries->count; i++) {
        if (!isfinite(area[i])) continue;
        mirti_sum_add(&sum, area[i]);
        any = true;
    }
    *km2 = any ? mirti_sum_value(&sum) : NAN;
    mirti_free(area);
    return status;
}
