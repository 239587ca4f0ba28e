/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * areas.gpkg: the results with their geometries and the style that makes a map of them.
 *
 * Written through GDAL alone. Everything goes into one transaction under a temporary name without
 * a journal file (a half-written file is thrown away, so there is nothing to roll back) and is
 * synced and renamed at the end. Dates are fixed and the spatial index is built on this thread: the
 * same results give the same bytes on any day. The file is left in SQLite's DELETE journal mode,
 * so opening it does not change it and leaves no -wal beside it.
 */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "boundaries.h"
#include "style.h"

/* A date that is visibly none. */
static const char FIXED_DATE[] = "1970-01-01T00:00:00.000Z";
static const char GEOMETRY_COLUMN[] = "geom";

/* One writing in progress. */
typedef struct writing {
    const char *path; ///< as the user gave it
    const char *language;
    const mirti_layer *layer;
    int layers;
    GDALDatasetH dataset;
    mirti_geo_gdal gdal;
} writing;

static mirti_status fail_output(writing *w, mirti_error *err) {
    mirti_geo_gdal_fail(&w->gdal, err, MIRTI_ERROR_OUTPUT, w->path,
                        "the GeoPackage could not be written");
    if (strstr(w->gdal.failure, "full") || strstr(w->gdal.failure, "I/O"))
        mirti_fail_remedy(err, "Make room on the disk; nothing was left half-written.");
    return MIRTI_ERROR_OUTPUT;
}

/* ------------------------------------------------------------------------- rows of a layer -- */

/* A result that no boundary joins but whose place is known. */
static bool is_point(const mirti_layer *layer, int64_t i) {
    const mirti_results *r = layer->results;
    return layer->join->feature[i] < 0 && r->longitude && r->latitude &&
           isfinite(r->longitude[i]) && isfinite(r->latitude[i]);
}

static bool has_points(const mirti_layer *layer) {
    for (int64_t i = 0; i < layer->results->count; i++)
        if (is_point(layer, i)) return true;
    return layer->boundaries->points;
}

/* The one type of all geometries, or wkbUnknown when they differ. */
static OGRwkbGeometryType geometry_type(const mirti_layer *layer) {
    const mirti_boundaries *b = layer->boundaries;
    OGRwkbGeometryType type = has_points(layer) && !b->points ? wkbPoint : wkbUnknown;
    for (int64_t i = 0; i < b->count; i++) {
        if (!b->geometry[i]) continue;
        OGRwkbGeometryType own = wkbFlatten(OGR_G_GetGeometryType(b->geometry[i]));
        if (type != wkbUnknown && own != type) return wkbUnknown;
        type = own;
    }
    return type;
}

/* Identifiers must differ within the file: layers of one title get their kind behind it. */
static void identifier_of(const writing *w, const mirti_layer *layer, char out[256]) {
    const char *title = layer->title ? layer->title : layer->results->kind;
    int same = 0;
    for (int i = 0; i < w->layers; i++)
        same += w->layer[i].title && strcmp(w->layer[i].title, title) == 0;
    if (same > 1)
        snprintf(out, 256, "%.180s (%.60s)", title, layer->results->kind);
    else
        snprintf(out, 256, "%.250s", title);
}

/* A table with its options; GDAL's older headers want the options writable. */
static OGRLayerH create_table(writing *w, const char *name, OGRSpatialReferenceH crs,
                              OGRwkbGeometryType type, const char *fid, const char *title,
                              const char *description) {
    char **options = CSLSetNameValue(NULL, "FID", fid);
    if (type != wkbNone) {
        options = CSLSetNameValue(options, "GEOMETRY_NAME", GEOMETRY_COLUMN);
        options = CSLSetNameValue(options, "SPATIAL_INDEX", "YES");
        options = CSLSetNameValue(options, "IDENTIFIER", title);
        if (description) options = CSLSetNameValue(options, "DESCRIPTION", description);
    }
    OGRLayerH table = GDALDatasetCreateLayer(w->dataset, name, crs, type, options);
    CSLDestroy(options);
    return table;
}

static bool add_field(OGRLayerH table, const char *name, OGRFieldType type) {
    OGRFieldDefnH field = OGR_Fld_Create(name, type);
    OGRErr failed = OGR_L_CreateField(table, field, TRUE);
    OGR_Fld_Destroy(field);
    return failed == OGRERR_NONE;
}

static OGRLayerH create_layer(writing *w, const mirti_layer *layer) {
    const char *kind = layer->results->kind;
    char identifier[256];
    identifier_of(w, layer, identifier);
    OGRLayerH target = create_table(w, kind, layer->boundaries->crs, geometry_type(layer), "fid",
                                    identifier, layer->description);
    if (!target) return NULL;
    static const OGRFieldType types[] = {[MIRTI_OUTPUT_TEXT] = OFTString,
                                         [MIRTI_OUTPUT_REAL] = OFTReal,
                                         [MIRTI_OUTPUT_INTEGER] = OFTInteger64};
    int count;
    const mirti_output_column *column = mirti_results_columns(layer->results, &count);
    for (int i = 0; i < count; i++)
        if (!add_field(target, column[i].name, types[column[i].type])) return NULL;
    const mirti_output_column *more = mirti_geo_hotspot_columns(&count);
    for (int i = 0; layer->hotspots && i < count; i++)
        if (!add_field(target, more[i].name, types[more[i].type])) return NULL;
    return target;
}

static void fill_result(OGRFeatureH row, const mirti_results *results, int64_t i) {
    int count;
    const mirti_output_column *column = mirti_results_columns(results, &count);
    for (int c = 0; c < count; c++) {
        const char *text = NULL;
        double number = NAN;
        mirti_output_cell(results, i, c, &text, &number);
        if (column[c].type == MIRTI_OUTPUT_TEXT) {
            if (text) OGR_F_SetFieldString(row, c, text);
        } else if (isfinite(number) && column[c].type == MIRTI_OUTPUT_INTEGER) {
            OGR_F_SetFieldInteger64(row, c, (GIntBig)llround(number));
        } else if (isfinite(number)) {
            OGR_F_SetFieldDouble(row, c, number);
        }
    }
}

/* What stands together, in the columns behind those of the contract. */
static void fill_hotspot(OGRFeatureH row, const mirti_hotspots *h, int64_t f,
                         const char *language) {
    const char *name = mirti_geo_cluster_name(h->cluster[f], language);
    const double number[] = {h->q[f], h->gi[f], h->moran[f]};
    int first = OGR_F_GetFieldIndex(row, "hotspot");
    if (name) OGR_F_SetFieldString(row, first, name);
    for (int k = 0; k < 3; k++)
        if (isfinite(number[k])) OGR_F_SetFieldDouble(row, first + 1 + k, number[k]);
}

/* A place that only the boundaries know; `carries` is the result whose scores it carries, or −1.
 * What was counted of the old area as a whole is not true of a part of it. */
static void fill_feature(OGRFeatureH row, const mirti_layer *layer, int64_t f, int64_t carries) {
    static const char *const of_the_whole[] = {"name",       "children", "at_risk", "at_risk_lo",
                                               "at_risk_hi", "rank",     "rank_lo", "rank_hi"};
    const mirti_boundaries *b = layer->boundaries;
    char quality[64] = "missing: not in census";
    if (carries >= 0) {
        fill_result(row, layer->results, carries);
        for (size_t i = 0; i < sizeof of_the_whole / sizeof *of_the_whole; i++)
            OGR_F_UnsetField(row, OGR_F_GetFieldIndex(row, of_the_whole[i]));
        snprintf(quality, sizeof quality, "carried: %.40s", layer->results->code[carries]);
    }
    OGR_F_SetFieldString(row, OGR_F_GetFieldIndex(row, "code"), b->code[f]);
    if (b->name[f][0]) OGR_F_SetFieldString(row, OGR_F_GetFieldIndex(row, "name"), b->name[f]);
    OGR_F_SetFieldString(row, OGR_F_GetFieldIndex(row, "quality"), quality);
}

/* Degrees to the layer's own system; NULL where it needs none, or has no system at all. Degrees are
 * taken as those of the system's own datum: official coordinates and boundaries share theirs. */
static OGRCoordinateTransformationH from_degrees(OGRSpatialReferenceH crs) {
    if (!crs || OSRIsGeographic(crs)) return NULL;
    OGRSpatialReferenceH degrees = OSRCloneGeogCS(crs);
    if (!degrees) return NULL;
    OSRSetAxisMappingStrategy(degrees, OAMS_TRADITIONAL_GIS_ORDER);
    OGRCoordinateTransformationH to = OCTNewCoordinateTransformation(degrees, crs);
    OSRDestroySpatialReference(degrees);
    return to;
}

static OGRGeometryH point_at(double x, double y, OGRCoordinateTransformationH to) {
    if (to && !OCTTransform(to, 1, &x, &y, NULL)) return NULL;
    OGRGeometryH point = OGR_G_CreateGeometry(wkbPoint);
    if (point) OGR_G_SetPoint_2D(point, 0, x, y);
    return point;
}

/* `result`, `feature` and `carries` (the result whose scores a feature without one carries) are −1
 * where there is none. */
static mirti_status write_row(writing *w, OGRLayerH target, const mirti_layer *layer,
                              int64_t result, int64_t feature, int64_t carries,
                              OGRCoordinateTransformationH to, mirti_error *err) {
    const mirti_boundaries *b = layer->boundaries;
    OGRFeatureH row = OGR_F_Create(OGR_L_GetLayerDefn(target));
    if (!row) return mirti_fail_memory(err, "a row of the GeoPackage");
    if (result >= 0)
        fill_result(row, layer->results, result);
    else
        fill_feature(row, layer, feature, carries);
    if (result >= 0 && feature >= 0 && layer->hotspots)
        fill_hotspot(row, layer->hotspots, feature, w->language);
    if (feature >= 0 && b->geometry[feature])
        OGR_F_SetGeometry(row, b->geometry[feature]);
    else if (result >= 0 && is_point(layer, result))
        OGR_F_SetGeometryDirectly(
            row, point_at(layer->results->longitude[result], layer->results->latitude[result], to));
    OGRErr failed = OGR_L_CreateFeature(target, row);
    OGR_F_Destroy(row);
    return failed == OGRERR_NONE ? MIRTI_OK : fail_output(w, err);
}

static mirti_status write_layer(writing *w, const mirti_layer *layer, mirti_error *err) {
    OGRLayerH target = create_layer(w, layer);
    if (!target) return fail_output(w, err);
    OGRCoordinateTransformationH to = from_degrees(layer->boundaries->crs);
    const mirti_join *join = layer->join;
    mirti_status status = MIRTI_OK;
    for (int64_t i = 0; i < layer->results->count && status == MIRTI_OK; i++)
        status = write_row(w, target, layer, i, join->feature[i], -1, to, err);
    for (int64_t i = 0; i < join->unmatched_features && status == MIRTI_OK; i++)
        status = write_row(w, target, layer, -1, join->unmatched_feature[i],
                           join->carries ? join->carries[i] : -1, to, err);
    OCTDestroyCoordinateTransformation(to);
    return status;
}

/* ------------------------------------------------------------------------------- the styles -- */

/* The table in which QGIS keeps styles, column by column as it makes it itself. */
static OGRLayerH create_styles(writing *w) {
    static const struct {
        const char *name;
        OGRFieldType type;
        OGRFieldSubType subtype;
        int width;
    } fields[] = {
        {"f_table_catalog", OFTString, OFSTNone, 256},
        {"f_table_schema", OFTString, OFSTNone, 256},
        {"f_table_name", OFTString, OFSTNone, 256},
        {"f_geometry_column", OFTString, OFSTNone, 256},
        {"styleName", OFTString, OFSTNone, 30},
        {"styleQML", OFTString, OFSTNone, 0},
        {"styleSLD", OFTString, OFSTNone, 0},
        {"useAsDefault", OFTInteger, OFSTBoolean, 0},
        {"description", OFTString, OFSTNone, 0},
        {"owner", OFTString, OFSTNone, 30},
        {"ui", OFTString, OFSTNone, 30},
        {"update_time", OFTDateTime, OFSTNone, 0},
    };
    OGRLayerH styles = create_table(w, "layer_styles", NULL, wkbNone, "id", NULL, NULL);
    for (size_t i = 0; styles && i < sizeof fields / sizeof *fields; i++) {
        OGRFieldDefnH field = OGR_Fld_Create(fields[i].name, fields[i].type);
        OGR_Fld_SetSubType(field, fields[i].subtype);
        OGR_Fld_SetWidth(field, fields[i].width);
        OGRErr failed = OGR_L_CreateField(styles, field, TRUE);
        OGR_Fld_Destroy(field);
        if (failed != OGRERR_NONE) return NULL;
    }
    return styles;
}

static void set_text(OGRFeatureH row, const char *column, const char *value) {
    OGR_F_SetFieldString(row, OGR_F_GetFieldIndex(row, column), value);
}

/* One row of layer_styles; `sld` may be NULL. */
static mirti_status add_style(writing *w, OGRLayerH styles, const mirti_layer *layer,
                              const char *name, bool is_default, const char *qml, const char *sld,
                              mirti_error *err) {
    char title[256];
    OGRFeatureH row = OGR_F_Create(OGR_L_GetLayerDefn(styles));
    if (!row) return mirti_fail_memory(err, "the style of the GeoPackage");
    identifier_of(w, layer, title);
    set_text(row, "f_table_catalog", "");
    set_text(row, "f_table_schema", "");
    set_text(row, "f_table_name", layer->results->kind);
    set_text(row, "f_geometry_column", GEOMETRY_COLUMN);
    set_text(row, "styleName", name);
    set_text(row, "styleQML", qml);
    if (sld) set_text(row, "styleSLD", sld);
    OGR_F_SetFieldInteger(row, OGR_F_GetFieldIndex(row, "useAsDefault"), is_default);
    set_text(row, "description", title);
    set_text(row, "owner", "");
    set_text(row, "update_time", FIXED_DATE);
    OGRErr failed = OGR_L_CreateFeature(styles, row);
    OGR_F_Destroy(row);
    return failed == OGRERR_NONE ? MIRTI_OK : fail_output(w, err);
}

/* The map of the levels. */
static mirti_status write_style(writing *w, OGRLayerH styles, const mirti_layer *layer,
                                mirti_error *err) {
    mirti_geo_legend legend;
    mirti_text qml = {0}, sld = {0};
    const char *kind = layer->results->kind;
    mirti_geo_shape shape = !has_points(layer)            ? MIRTI_GEO_AREAS
                            : layer->boundaries->polygons ? MIRTI_GEO_BOTH
                                                          : MIRTI_GEO_POINTS;
    mirti_geo_legend_make(layer, w->language, &legend);
    mirti_geo_style_qml(&legend, w->language, shape, &qml);
    mirti_geo_style_sld(&legend, kind, layer->title ? layer->title : kind, shape, &sld);
    mirti_status status = qml.failed || sld.failed
                              ? mirti_fail_memory(err, "the style of the GeoPackage")
                              : add_style(w, styles, layer, "level", true, qml.data, sld.data, err);
    mirti_text_reset(&qml);
    mirti_text_reset(&sld);
    return status;
}

/* The map of what stands together, for whoever chooses it. */
static mirti_status write_hotspot_style(writing *w, OGRLayerH styles, const mirti_layer *layer,
                                        mirti_error *err) {
    mirti_geo_legend legend;
    mirti_text qml = {0};
    mirti_geo_hotspot_legend(layer, w->language, &legend);
    mirti_geo_style_qml(&legend, w->language, MIRTI_GEO_AREAS, &qml);
    mirti_status status = qml.failed
                              ? mirti_fail_memory(err, "the style of the GeoPackage")
                              : add_style(w, styles, layer, "hotspots", false, qml.data, NULL, err);
    mirti_text_reset(&qml);
    return status;
}

/* ------------------------------------------------------------------------------- the public -- */

static mirti_status write_all(writing *w, const mirti_layer *layer, int layers, mirti_error *err) {
    if (GDALDatasetStartTransaction(w->dataset, FALSE) != OGRERR_NONE) return fail_output(w, err);
    for (int i = 0; i < layers; i++)
        MIRTI_TRY(write_layer(w, &layer[i], err));
    OGRLayerH styles = create_styles(w);
    if (!styles) return fail_output(w, err);
    for (int i = 0; i < layers; i++) {
        MIRTI_TRY(write_style(w, styles, &layer[i], err));
        if (layer[i].hotspots) MIRTI_TRY(write_hotspot_style(w, styles, &layer[i], err));
    }
    if (GDALDatasetCommitTransaction(w->dataset) != OGRERR_NONE) return fail_output(w, err);
    return MIRTI_OK;
}

static mirti_status write_file(writing *w, const char *temporary, const mirti_layer *layer,
                               int layers, mirti_error *err) {
    CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", FIXED_DATE);
    CPLSetThreadLocalConfigOption("OGR_SQLITE_JOURNAL", "MEMORY");
    CPLSetThreadLocalConfigOption("OGR_SQLITE_SYNCHRONOUS",
                                  "OFF"); /* synced once, before the rename */
    CPLSetThreadLocalConfigOption("OGR_GPKG_ALLOW_THREADED_RTREE", "NO");
    GDALDriverH driver = GDALGetDriverByName("GPKG");
    if (!driver)
        return mirti_fail(err, MIRTI_ERROR_OUTPUT,
                          "this build of GDAL cannot write GeoPackages (driver GPKG)");
    w->dataset = GDALCreate(driver, temporary, 0, 0, 0, GDT_Unknown, NULL);
    if (!w->dataset) return fail_output(w, err);
    mirti_geo_gdal_forget(&w->gdal);
    mirti_status status = write_all(w, layer, layers, err);
    /* Closing writes too: the spatial index and the extents. */
    GDALClose(w->dataset);
    if (status == MIRTI_OK && w->gdal.failures > 0) status = fail_output(w, err);
    return status;
}

mirti_status mirti_geopackage_write(const char *path, bool overwrite, const mirti_layer *layer,
                                    int layers, const char *language, mirti_error *err) {
    writing w = {.path = path, .language = language, .layer = layer, .layers = layers};
    mirti_output output = {0};
    MIRTI_TRY(mirti_output_begin(&output, path, overwrite, true, err));
    mirti_geo_gdal_begin(&w.gdal);
    mirti_status status = write_file(&w, output.temporary, layer, layers, err);
    mirti_geo_gdal_end(&w.gdal);
    if (status != MIRTI_OK) {
        mirti_output_discard(&output);
        return status;
    }
    return mirti_output_commit(&output, err);
}
