/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plain boundary files, as an office would publish them: shapefiles in Latin-1 and GeoPackages,
 * from coordinates and text. What a file says of the day of its making is fixed, so that the same
 * boundaries give the same bytes.
 */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <stdio.h>
#include <string.h>

#include "crs.h"
#include "gdal_scope.h"
#include "mirti/geo.h"

#define FIXED_DAY "2000-01-01"

static mirti_status fail_output(const mirti_geo_gdal *gdal, const mirti_shape_file *file,
                                mirti_error *err) {
    return mirti_geo_gdal_fail(gdal, err, MIRTI_ERROR_OUTPUT, file->path,
                               "the boundaries could not be written");
}

static void begin(mirti_geo_gdal *gdal) {
    mirti_geo_gdal_begin(gdal);
    CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", FIXED_DAY "T00:00:00.000Z");
    CPLSetThreadLocalConfigOption("OGR_SQLITE_JOURNAL", "MEMORY");
    CPLSetThreadLocalConfigOption("OGR_SQLITE_SYNCHRONOUS", "OFF");
    CPLSetThreadLocalConfigOption("OGR_GPKG_ALLOW_THREADED_RTREE", "NO");
}

mirti_status mirti_shape_file_open(mirti_shape_file *file, const char *path, mirti_error *err) {
    *file = (mirti_shape_file){0};
    size_t length = strlen(path);
    if (length >= sizeof file->path)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "the path of a file of boundaries is too long");
    memcpy(file->path, path, length + 1);
    file->shapefile = length > 4 && strcmp(path + length - 4, ".shp") == 0;
    FILE *there = fopen(path, "rb");
    if (there != NULL) {
        fclose(there);
        mirti_fail(err, MIRTI_ERROR_OUTPUT, "the file is there already");
        mirti_fail_at(err, path, 0, 0, NULL, NULL);
        return MIRTI_ERROR_OUTPUT;
    }
    mirti_geo_gdal gdal;
    begin(&gdal);
    GDALDriverH driver = GDALGetDriverByName(file->shapefile ? "ESRI Shapefile" : "GPKG");
    mirti_status status = MIRTI_OK;
    if (driver != NULL) file->dataset = GDALCreate(driver, path, 0, 0, 0, GDT_Unknown, NULL);
    if (file->dataset == NULL) status = fail_output(&gdal, file, err);
    /* One transaction for the whole file: without it each feature is synced. */
    if (status == MIRTI_OK && !file->shapefile &&
        GDALDatasetStartTransaction(file->dataset, FALSE) != OGRERR_NONE)
        status = fail_output(&gdal, file, err);
    mirti_geo_gdal_end(&gdal);
    return status;
}

static mirti_status make_fields(mirti_shape_file *file, const mirti_geo_gdal *gdal,
                                const mirti_shape_field *field, int fields, mirti_error *err) {
    for (int i = 0; i < fields; i++) {
        OGRFieldDefnH definition = OGR_Fld_Create(field[i].name, OFTString);
        OGR_Fld_SetWidth(definition, field[i].width);
        OGRErr failed = OGR_L_CreateField(file->layer, definition, FALSE);
        OGR_Fld_Destroy(definition);
        if (failed != OGRERR_NONE) return fail_output(gdal, file, err);
    }
    return MIRTI_OK;
}

mirti_status mirti_shape_layer_begin(mirti_shape_file *file, const char *name, const char *title,
                                     mirti_shape_kind kind, int epsg,
                                     const mirti_shape_field *field, int fields, mirti_error *err) {
    mirti_geo_gdal gdal;
    begin(&gdal);
    OGRSpatialReferenceH crs = mirti_geo_crs_official(epsg);
    if (crs == NULL) {
        mirti_geo_gdal_end(&gdal);
        return mirti_fail(err, MIRTI_ERROR_OUTPUT,
                          "PROJ's database does not know the reference system EPSG:%d", epsg);
    }
    char **options = NULL;
    if (file->shapefile) {
        options = CSLSetNameValue(options, "ENCODING", "ISO-8859-1");
        options = CSLSetNameValue(options, "DBF_DATE_LAST_UPDATE", FIXED_DAY);
    } else {
        options = CSLSetNameValue(options, "IDENTIFIER", title);
        options = CSLSetNameValue(options, "GEOMETRY_NAME", "geom");
    }
    file->layer = GDALDatasetCreateLayer(
        file->dataset, name, crs, kind == MIRTI_SHAPE_POINTS ? wkbPoint : wkbPolygon, options);
    CSLDestroy(options);
    OSRDestroySpatialReference(crs);
    mirti_status status = file->layer == NULL ? fail_output(&gdal, file, err)
                                              : make_fields(file, &gdal, field, fields, err);
    mirti_geo_gdal_end(&gdal);
    return status;
}

static OGRGeometryH make_geometry(const mirti_shape *shape, bool point) {
    if (point) {
        OGRGeometryH geometry = OGR_G_CreateGeometry(wkbPoint);
        if (geometry != NULL) OGR_G_SetPoint_2D(geometry, 0, shape->xy[0], shape->xy[1]);
        return geometry;
    }
    OGRGeometryH polygon = OGR_G_CreateGeometry(wkbPolygon);
    int64_t at = 0;
    for (int r = 0; polygon != NULL && r < shape->rings; r++) {
        OGRGeometryH ring = OGR_G_CreateGeometry(wkbLinearRing);
        int count = (int)(shape->ring_end[r] - at);
        OGR_G_SetPointCount(ring, count + 1);
        for (int i = 0; i <= count; i++) {
            const double *pair = shape->xy + 2 * (at + i % count);
            OGR_G_SetPoint_2D(ring, i, pair[0], pair[1]);
        }
        OGR_G_AddGeometryDirectly(polygon, ring);
        at = shape->ring_end[r];
    }
    return polygon;
}

mirti_status mirti_shape_add(mirti_shape_file *file, const char *const *value,
                             const mirti_shape *shape, mirti_error *err) {
    mirti_geo_gdal gdal;
    mirti_geo_gdal_listen(&gdal);
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(file->layer);
    OGRFeatureH feature = OGR_F_Create(definition);
    OGRGeometryH geometry = make_geometry(shape, OGR_FD_GetGeomType(definition) == wkbPoint);
    bool done = feature != NULL && geometry != NULL;
    if (done) {
        for (int i = 0; i < OGR_FD_GetFieldCount(definition); i++)
            if (value[i] != NULL) OGR_F_SetFieldString(feature, i, value[i]);
        OGR_F_SetGeometryDirectly(feature, geometry);
        geometry = NULL;
        done = OGR_L_CreateFeature(file->layer, feature) == OGRERR_NONE && gdal.failures == 0;
    }
    mirti_status status = done ? MIRTI_OK : fail_output(&gdal, file, err);
    if (geometry != NULL) OGR_G_DestroyGeometry(geometry);
    if (feature != NULL) OGR_F_Destroy(feature);
    mirti_geo_gdal_end(&gdal);
    return status;
}

static mirti_status write_cpg(const mirti_shape_file *file, const char *cpg, mirti_error *err) {
    char path[sizeof file->path];
    memcpy(path, file->path, sizeof path);
    memcpy(path + strlen(path) - 4, ".cpg", 5);
    FILE *stream = fopen(path, "wb");
    bool done = stream != NULL && fputs(cpg, stream) >= 0;
    if (stream != NULL && fclose(stream) != 0) done = false;
    if (done) return MIRTI_OK;
    mirti_fail(err, MIRTI_ERROR_OUTPUT, "the encoding of a shapefile could not be written");
    mirti_fail_at(err, path, 0, 0, NULL, NULL);
    return MIRTI_ERROR_OUTPUT;
}

mirti_status mirti_shape_file_close(mirti_shape_file *file, const char *cpg, mirti_error *err) {
    if (file->dataset == NULL) return MIRTI_OK;
    mirti_geo_gdal gdal;
    begin(&gdal);
    mirti_status status = MIRTI_OK;
    if (!file->shapefile && GDALDatasetCommitTransaction(file->dataset) != OGRERR_NONE)
        status = fail_output(&gdal, file, err);
    /* Closing writes too: indices, extents, the rest of the buffers. */
    GDALClose(file->dataset);
    if (status == MIRTI_OK && gdal.failures > 0) status = fail_output(&gdal, file, err);
    mirti_geo_gdal_end(&gdal);
    file->dataset = file->layer = NULL;
    if (status == MIRTI_OK && file->shapefile && cpg != NULL) status = write_cpg(file, cpg, err);
    return status;
}
