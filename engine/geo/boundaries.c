/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading boundaries: any vector format that OGR knows, each feature with its code as text, its
 * name in UTF-8 and a clean geometry, under a coordinate system with its EPSG number. Everything
 * that had to be decided or repaired on the way is reported, because official files are full of it:
 * a .cpg that says «ISO 88591», a .prj with a name of its own, rings that cross themselves, a
 * municipality in two records.
 */
#include "boundaries.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codes.h"
#include "crs.h"
#include "encoding.h"

/* One reading in progress. */
typedef struct reading {
    const char *path;
    const mirti_boundary_input *input;
    int code_width;
    GDALDatasetH dataset;
    OGRLayerH layer;
    int code_field, name_field; ///< indices in the layer; name −1 = none
    bool shapefile;             ///< text comes as raw bytes
    mirti_geo_bytes bytes;      ///< of the names
    mirti_boundaries *boundaries;
    mirti_boundaries_info *info;
    mirti_geo_gdal gdal;
} reading;

static mirti_status fail_input(reading *r, mirti_error *err, const char *sentence,
                               const char *remedy) {
    mirti_geo_gdal_fail(&r->gdal, err, MIRTI_ERROR_INPUT, r->path, sentence);
    mirti_fail_remedy(err, "%s", remedy);
    return MIRTI_ERROR_INPUT;
}

/* ------------------------------------------------------------------------------- the layer -- */

/* Offices publish boundaries in archives: `mg2020.zip/conjunto/00mun.shp` is read in place, and so
 * is an archive with nothing but one layer. GDAL wants to be told by a prefix. */
static char *path_for_gdal(reading *r) {
    const char *zip = strstr(r->path, ".zip");
    if (!zip) zip = strstr(r->path, ".ZIP");
    bool archive = zip && (zip[4] == '/' || zip[4] == '\0') && strncmp(r->path, "/vsi", 4) != 0;
    mirti_text text = {0};
    mirti_text_printf(&text, "%s%s", archive ? "/vsizip/" : "", r->path);
    char *path = text.failed ? NULL : mirti_arena_copy(&r->boundaries->arena, text.data, text.size);
    mirti_text_reset(&text);
    return path;
}

static mirti_status open_dataset(reading *r, mirti_error *err) {
    /* An empty ENCODING keeps the driver from guessing: the bytes are ours to judge. */
    const char *const raw[] = {"ENCODING=", NULL};
    const char *path = path_for_gdal(r);
    if (!path) return mirti_fail_memory(err, "a path");
    GDALDriverH driver = GDALIdentifyDriverEx(path, GDAL_OF_VECTOR, NULL, NULL);
    r->shapefile = driver && strcmp(GDALGetDriverShortName(driver), "ESRI Shapefile") == 0;
    r->dataset = GDALOpenEx(path, GDAL_OF_VECTOR | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR, NULL,
                            r->shapefile ? raw : NULL, NULL);
    if (!r->dataset)
        return fail_input(r, err, "the boundaries could not be opened",
                          "Look at the path; of a shapefile, .shp, .shx and .dbf belong together.");
    return MIRTI_OK;
}

/* Names of all layers with geometries, for a message. */
static void list_layers(GDALDatasetH dataset, mirti_text *text) {
    for (int i = 0; i < GDALDatasetGetLayerCount(dataset); i++) {
        OGRLayerH layer = GDALDatasetGetLayer(dataset, i);
        if (OGR_L_GetGeomType(layer) == wkbNone) continue;
        mirti_text_printf(text, "%s%s", text->size ? ", " : "", OGR_L_GetName(layer));
    }
}

static mirti_status find_layer(reading *r, mirti_error *err) {
    const char *wanted = r->input->file.layer;
    int candidates = 0;
    if (wanted) {
        r->layer = GDALDatasetGetLayerByName(r->dataset, wanted);
        candidates = r->layer != NULL;
    } else {
        for (int i = 0; i < GDALDatasetGetLayerCount(r->dataset); i++) {
            OGRLayerH layer = GDALDatasetGetLayer(r->dataset, i);
            if (OGR_L_GetGeomType(layer) == wkbNone) continue;
            if (candidates++ == 0) r->layer = layer;
        }
    }
    if (candidates == 1) return MIRTI_OK;
    mirti_text names = {0};
    list_layers(r->dataset, &names);
    const char *list = names.data ? names.data : "none";
    if (wanted)
        mirti_fail(err, MIRTI_ERROR_INPUT, "the file has no such layer; it has: %s", list);
    else if (candidates == 0)
        mirti_fail(err, MIRTI_ERROR_INPUT, "the file has no layer with geometries");
    else
        mirti_fail(err, MIRTI_ERROR_INPUT, "the file has several layers: %s", list);
    mirti_fail_at(err, r->path, 0, 0, "layer", wanted);
    if (candidates > 1) mirti_fail_remedy(err, "Name the one that is meant with «layer:».");
    mirti_text_reset(&names);
    return MIRTI_ERROR_INPUT;
}

static mirti_status fail_column(reading *r, const char *column, mirti_error *err) {
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(r->layer);
    mirti_text names = {0};
    for (int i = 0; i < OGR_FD_GetFieldCount(definition); i++)
        mirti_text_printf(&names, "%s%s", i ? ", " : "",
                          OGR_Fld_GetNameRef(OGR_FD_GetFieldDefn(definition, i)));
    mirti_fail(err, MIRTI_ERROR_INPUT, "the boundaries have no such column; they have: %s",
               names.data ? names.data : "none");
    mirti_fail_at(err, r->path, 0, 0, column, NULL);
    mirti_fail_remedy(err, "Name the column with the code (or the name) of the area in the "
                           "project, under «boundaries».");
    mirti_text_reset(&names);
    return MIRTI_ERROR_INPUT;
}

static mirti_status find_columns(reading *r, mirti_error *err) {
    static const char usual_code[] = "CVEGEO", usual_name[] = "NOMGEO";
    const char *code = r->input->code ? r->input->code : usual_code;
    const char *name = r->input->name ? r->input->name : usual_name;
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(r->layer);
    r->code_field = OGR_FD_GetFieldIndex(definition, code);
    r->name_field = OGR_FD_GetFieldIndex(definition, name);
    if (r->code_field < 0) return fail_column(r, code, err);
    /* A name is a comfort: the usual one may be absent, one that was asked for may not. */
    if (r->name_field < 0 && strcmp(name, usual_name) != 0) return fail_column(r, name, err);
    OGRFieldType type = OGR_Fld_GetType(OGR_FD_GetFieldDefn(definition, r->code_field));
    if (type != OFTString && type != OFTInteger && type != OFTInteger64 && type != OFTReal) {
        mirti_fail(err, MIRTI_ERROR_INPUT, "a code is text or a whole number, this column is %s",
                   OGR_GetFieldTypeName(type));
        mirti_fail_at(err, r->path, 0, 0, code, NULL);
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}

/* ---------------------------------------------------------------------------- the features -- */

/* The code as text. A number, or digits that lost their leading zeros, is padded to its width. */
static char *read_code(reading *r, OGRFeatureH feature) {
    OGRFieldType type = OGR_Fld_GetType(OGR_F_GetFieldDefnRef(feature, r->code_field));
    char number[48];
    mirti_str text = mirti_str_of("");
    if (OGR_F_IsFieldSetAndNotNull(feature, r->code_field)) {
        if (type == OFTString) {
            text = mirti_str_trim(mirti_str_of(OGR_F_GetFieldAsString(feature, r->code_field)));
        } else if (type == OFTReal) {
            mirti_number_print_fixed(OGR_F_GetFieldAsDouble(feature, r->code_field), 0, number);
            text = mirti_str_of(number);
        } else {
            snprintf(number, sizeof number, "%lld",
                     (long long)OGR_F_GetFieldAsInteger64(feature, r->code_field));
            text = mirti_str_of(number);
        }
    }
    bool digits = text.size > 0;
    for (size_t i = 0; i < text.size; i++)
        digits = digits && isdigit((unsigned char)text.data[i]);
    size_t width = r->code_width > 0 ? (size_t)r->code_width : 0;
    size_t zeros = digits && text.size < width ? width - text.size : 0;
    char *code = mirti_arena_new(&r->boundaries->arena, zeros + text.size + 1);
    if (!code) return NULL;
    memset(code, '0', zeros);
    memcpy(code + zeros, text.data, text.size);
    code[zeros + text.size] = '\0';
    if (zeros > 0) r->info->padded_codes++;
    if (code[0] == '\0') r->info->without_code++;
    return code;
}

static mirti_status grow(mirti_boundaries *b, int64_t *room, mirti_error *err) {
    if (b->count < *room) return MIRTI_OK;
    int64_t wanted = *room ? 2 * *room : 1024;
    void *geometry = mirti_resize(b->geometry, (size_t)wanted, sizeof *b->geometry);
    if (geometry) b->geometry = geometry;
    void *code = mirti_resize(b->code, (size_t)wanted, sizeof *b->code);
    if (code) b->code = code;
    void *name = mirti_resize(b->name, (size_t)wanted, sizeof *b->name);
    if (name) b->name = name;
    if (!geometry || !code || !name) return mirti_fail_memory(err, "the boundaries");
    *room = wanted;
    return MIRTI_OK;
}

static mirti_status read_feature(reading *r, OGRFeatureH feature, mirti_error *err) {
    mirti_boundaries *b = r->boundaries;
    const char *raw = "";
    if (r->name_field >= 0 && OGR_F_IsFieldSetAndNotNull(feature, r->name_field))
        raw = OGR_F_GetFieldAsString(feature, r->name_field);
    char *code = read_code(r, feature);
    char *name = mirti_arena_copy(&b->arena, raw, strlen(raw));
    if (!code || !name) return mirti_fail_memory(err, "the boundaries");
    mirti_geo_bytes_add(&r->bytes, mirti_str_of(raw));
    OGRGeometryH geometry = mirti_geo_clean(OGR_F_StealGeometry(feature), &r->info->repaired);
    if (geometry) {
        OGRwkbGeometryType type = wkbFlatten(OGR_G_GetGeometryType(geometry));
        if (type == wkbMultiPolygon)
            b->polygons = true;
        else
            b->points = true;
    } else {
        r->info->without_geometry++;
    }
    b->code[b->count] = code;
    b->name[b->count] = name;
    b->geometry[b->count++] = geometry;
    return MIRTI_OK;
}

static mirti_status read_features(reading *r, mirti_error *err) {
    mirti_status status = MIRTI_OK;
    int64_t room = 0;
    OGRFeatureH feature;
    mirti_geo_gdal_forget(&r->gdal);
    OGR_L_ResetReading(r->layer);
    while (status == MIRTI_OK && (feature = OGR_L_GetNextFeature(r->layer)) != NULL) {
        status = grow(r->boundaries, &room, err);
        if (status == MIRTI_OK) status = read_feature(r, feature, err);
        OGR_F_Destroy(feature);
    }
    if (status != MIRTI_OK) return status;
    /* GEOS and the drivers warn a lot; a failure is a record that could not be read. */
    if (r->gdal.failures > 0)
        return fail_input(r, err, "the boundaries could not be read to the end",
                          "The file may be damaged or incomplete: fetch it again.");
    if (r->boundaries->count == 0)
        return fail_input(r, err, "the boundaries hold no feature at all", "");
    return MIRTI_OK;
}

/* --------------------------------------------------------------------------- what they mean -- */

static mirti_status decode_names(reading *r, mirti_error *err) {
    mirti_boundaries *b = r->boundaries;
    mirti_geo_encoding encoding;
    const char *companion = NULL, *driver = NULL;
    if (r->shapefile) {
        companion = GDALGetMetadataItem(r->layer, "CPG_VALUE", "SHAPEFILE");
        driver = GDALGetMetadataItem(r->layer, "LDID_VALUE", "SHAPEFILE");
    } else if (r->bytes.utf8 && !r->input->file.encoding) {
        /* Every other driver gives UTF-8. */
        snprintf(r->info->encoding, sizeof r->info->encoding, "UTF-8");
        return MIRTI_OK;
    }
    int64_t number = 0;
    if (driver && !mirti_integer_parse(mirti_str_of(driver), &number)) number = 0;
    mirti_status status = mirti_geo_encoding_choose(r->input->file.encoding, companion, (int)number,
                                                    &r->bytes, &encoding, err);
    if (status != MIRTI_OK) {
        mirti_fail_at(err, r->path, 0, 0, NULL, NULL);
        return status;
    }
    snprintf(r->info->encoding, sizeof r->info->encoding, "%s", encoding.reason);
    iconv_t converter = iconv_open("UTF-8", encoding.charset);
    if (converter == (iconv_t)-1)
        return mirti_fail(err, MIRTI_ERROR_INTERNAL, "no conversion from %s", encoding.charset);
    for (int64_t i = 0; i < b->count && status == MIRTI_OK; i++) {
        b->name[i] = mirti_geo_decode(&b->arena, converter, mirti_str_of(b->name[i]));
        if (!b->name[i]) status = mirti_fail_memory(err, "the names of the boundaries");
    }
    iconv_close(converter);
    return status;
}

/* Extent of all geometries (a file's own idea of it may be stale); false when there are none. */
static bool extent_of(const mirti_boundaries *b, OGREnvelope *all) {
    bool any = false;
    for (int64_t i = 0; i < b->count; i++) {
        OGREnvelope one;
        if (!b->geometry[i]) continue;
        OGR_G_GetEnvelope(b->geometry[i], &one);
        if (!any) *all = one;
        any = true;
        all->MinX = fmin(all->MinX, one.MinX);
        all->MaxX = fmax(all->MaxX, one.MaxX);
        all->MinY = fmin(all->MinY, one.MinY);
        all->MaxY = fmax(all->MaxY, one.MaxY);
    }
    return any;
}

/* Under its EPSG number, if it has one. */
static void name_crs(reading *r, OGRSpatialReferenceH crs, const OGREnvelope *extent) {
    double longitude, latitude;
    OSRSetAxisMappingStrategy(crs, OAMS_TRADITIONAL_GIS_ORDER);
    if (!mirti_geo_crs_middle(crs, extent, &longitude, &latitude)) longitude = latitude = 0.0;
    int epsg = mirti_geo_crs_identify(crs, longitude, latitude, &r->info->crs_contradicts);
    if (epsg > 0) {
        OSRDestroySpatialReference(crs);
        crs = mirti_geo_crs_official(epsg);
        snprintf(r->info->crs, sizeof r->info->crs, "EPSG:%d", epsg);
    }
    r->boundaries->crs = crs;
    const char *name = crs ? OSRGetName(crs) : NULL;
    snprintf(r->info->crs_name, sizeof r->info->crs_name, "%s", name ? name : "");
}

static mirti_status find_crs(reading *r, mirti_error *err) {
    mirti_boundaries *b = r->boundaries;
    OGRSpatialReferenceH own = OGR_L_GetSpatialRef(r->layer);
    OGRSpatialReferenceH crs = NULL;
    if (r->input->crs) {
        crs = OSRNewSpatialReference(NULL);
        if (!crs || OSRSetFromUserInput(crs, r->input->crs) != OGRERR_NONE) {
            OSRDestroySpatialReference(crs);
            mirti_fail(err, MIRTI_ERROR_INPUT, "the coordinate system is none that is known");
            mirti_fail_at(err, r->input->file.path, 0, 0, "crs", r->input->crs);
            mirti_fail_remedy(err, "Write it as EPSG:6372, for example.");
            return MIRTI_ERROR_INPUT;
        }
    } else if (own) {
        crs = OSRClone(own);
    }
    OGREnvelope extent = {0};
    bool any = extent_of(b, &extent);
    if (crs) name_crs(r, crs, &extent);
    if (!any) return MIRTI_OK;
    if (mirti_geo_crs_judge(b->crs, &extent, r->info->crs_note) == MIRTI_GEO_CRS_IMPOSSIBLE) {
        mirti_fail(err, MIRTI_ERROR_INPUT, "%s", r->info->crs_note);
        mirti_fail_at(err, r->path, 0, 0, NULL, NULL);
        mirti_fail_remedy(err,
                          "Find out in which system the coordinates really are, and say so with "
                          "«crs:» in the project.");
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}

/* ----------------------------------------------------------------------- the same code twice -- */

/* Adds the parts of `more` to `*whole`; takes ownership of `more`. */
static void add_parts(OGRGeometryH *whole, OGRGeometryH more) {
    if (!more) return;
    if (!*whole) {
        *whole = more;
        return;
    }
    bool both_polygons = wkbFlatten(OGR_G_GetGeometryType(*whole)) == wkbMultiPolygon &&
                         wkbFlatten(OGR_G_GetGeometryType(more)) == wkbMultiPolygon;
    if (both_polygons) {
        int64_t ignored = 0;
        for (int i = 0; i < OGR_G_GetGeometryCount(more); i++)
            OGR_G_AddGeometry(*whole, OGR_G_GetGeometryRef(more, i));
        *whole = mirti_geo_clean(*whole, &ignored);
    } else if (wkbFlatten(OGR_G_GetGeometryType(more)) == wkbMultiPolygon) {
        /* A point and a polygon for the same place: the polygon says more. */
        OGRGeometryH point = *whole;
        *whole = more;
        more = point;
    }
    OGR_G_DestroyGeometry(more);
}

static mirti_status merge_duplicates(reading *r, mirti_error *err) {
    mirti_boundaries *b = r->boundaries;
    mirti_geo_coded *key = mirti_geo_codes_sort((const char *const *)b->code, b->count);
    bool *gone = mirti_new((size_t)b->count, sizeof *gone);
    if (!key || !gone) {
        mirti_free(key);
        mirti_free(gone);
        return mirti_fail_memory(err, "the boundaries");
    }
    int64_t first = 0;
    for (int64_t i = 1; i < b->count; i++) {
        if (key[i].code[0] == '\0' || strcmp(key[i].code, key[first].code) != 0) {
            first = i;
            continue;
        }
        add_parts(&b->geometry[key[first].index], b->geometry[key[i].index]);
        b->geometry[key[i].index] = NULL;
        gone[key[i].index] = true;
        r->info->duplicate_codes++;
    }
    int64_t kept = 0;
    for (int64_t i = 0; i < b->count; i++) {
        if (gone[i]) continue;
        b->code[kept] = b->code[i];
        b->name[kept] = b->name[i];
        b->geometry[kept++] = b->geometry[i];
    }
    b->count = kept;
    mirti_free(key);
    mirti_free(gone);
    return MIRTI_OK;
}

/* -------------------------------------------------------------------------------- the public -- */

static mirti_status read_all(reading *r, mirti_error *err) {
    MIRTI_TRY(open_dataset(r, err));
    MIRTI_TRY(find_layer(r, err));
    MIRTI_TRY(find_columns(r, err));
    MIRTI_TRY(read_features(r, err));
    r->info->features = r->boundaries->count;
    MIRTI_TRY(decode_names(r, err));
    MIRTI_TRY(find_crs(r, err));
    return merge_duplicates(r, err);
}

mirti_status mirti_boundaries_read(const char *path, const mirti_boundary_input *input,
                                   int code_width, mirti_boundaries **out,
                                   mirti_boundaries_info *info, mirti_error *err) {
    mirti_boundaries_info ignored;
    reading *r = mirti_new(1, sizeof *r);
    *out = NULL;
    if (!r) return mirti_fail_memory(err, "the boundaries");
    r->path = path;
    r->input = input;
    r->code_width = code_width;
    r->bytes.utf8 = true;
    r->info = info ? info : &ignored;
    *r->info = (mirti_boundaries_info){0};
    r->boundaries = mirti_new(1, sizeof *r->boundaries);
    if (!r->boundaries) {
        mirti_free(r);
        return mirti_fail_memory(err, "the boundaries");
    }
    mirti_geo_gdal_begin(&r->gdal);
    mirti_status status = read_all(r, err);
    GDALClose(r->dataset);
    mirti_geo_gdal_end(&r->gdal);
    if (status == MIRTI_OK)
        *out = r->boundaries;
    else
        mirti_boundaries_free(r->boundaries);
    mirti_free(r);
    return status;
}

void mirti_boundaries_free(mirti_boundaries *boundaries) {
    if (!boundaries) return;
    for (int64_t i = 0; i < boundaries->count; i++)
        OGR_G_DestroyGeometry(boundaries->geometry[i]);
    mirti_free(boundaries->geometry);
    mirti_free(boundaries->code);
    mirti_free(boundaries->name);
    OSRDestroySpatialReference(boundaries->crs);
    mirti_arena_reset(&boundaries->arena);
    mirti_free(boundaries);
}

int64_t mirti_boundaries_count(const mirti_boundaries *boundaries) {
    return boundaries->count;
}

const char *mirti_boundaries_code(const mirti_boundaries *boundaries, int64_t feature) {
    return boundaries->code[feature];
}

const char *mirti_boundaries_name(const mirti_boundaries *boundaries, int64_t feature) {
    return boundaries->name[feature];
}
