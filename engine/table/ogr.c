/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whatever OGR reads: DBF, XLSX, ODS, XLS, GeoPackage, SQLite, PostgreSQL. Values become raw text:
 * whole numbers as they are, reals by the shortest decimal that reads back the same, spreadsheet
 * cells as the text that the file has. GDAL's messages go into our error object, never to a screen.
 *
 * Text of DBF files is decoded here and not by GDAL, which does not know every spelling found in
 * `.cpg` files and replaces what it cannot decode.
 */
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>
#include <ogr_api.h>
#include <string.h>

#include "internal.h"

typedef struct ogr_reader {
    mirti_table_reader base;
    GDALDatasetH dataset;
    OGRLayerH layer;
    bool by_query; /* the layer is the result of a query and must be released */
    bool is_dbf;   /* text is in the file's encoding; record numbers are ids */
    int columns;   /* fields of the layer */
    int id_column; /* where the layer's id is delivered, or −1 */
    int64_t row;   /* record number of the former row */
    bool chosen;   /* the layer knows which columns are wanted */
    mirti_table_decoder decoder;
    OGRFieldType *type; /* [columns] */
    char message[512];  /* last error of GDAL */
} ogr_reader;

/* --------------------------------------------------------------------------- GDAL's messages -- */

static void CPL_STDCALL keep_message(CPLErr severity, CPLErrorNum number, const char *message) {
    (void)number;
    char *kept = CPLGetErrorHandlerUserData();
    if (severity >= CE_Failure || kept[0] == '\0') snprintf(kept, 512, "%s", message);
}

static void begin_listening(ogr_reader *ogr) {
    ogr->message[0] = '\0';
    CPLErrorReset();
    CPLPushErrorHandlerEx(keep_message, ogr->message);
}

static void end_listening(void) {
    CPLPopErrorHandler();
}

static mirti_status fail_gdal(const ogr_reader *ogr, const char *what, mirti_error *err) {
    mirti_fail(err, MIRTI_ERROR_INPUT, "%s%s%s", what, ogr->message[0] != '\0' ? ": " : "",
               ogr->message);
    mirti_fail_at(err, ogr->base.shown, 0, 0, NULL, NULL);
    return MIRTI_ERROR_INPUT;
}

/* -------------------------------------------------------------------------------------- values -- */

static mirti_status put_text(ogr_reader *ogr, mirti_table_builder *builder, int column,
                             const char *text, mirti_error *err) {
    size_t size = strlen(text);
    mirti_table_decoder *decoder = ogr->is_dbf ? &ogr->decoder : NULL;
    bool utf8 = decoder != NULL && decoder->encoding != NULL &&
                mirti_table_encoding_is_utf8(decoder->encoding);
    size_t bad = 0;
    if (utf8 && !mirti_utf8_valid((mirti_str){text, size}, &bad) && size - bad < 4 &&
        strcmp(mirti_encoding_guess((mirti_str){text, size}), "UTF-8") == 0) {
        /* The fixed width of the field cut the last character in two. */
        mirti_table_note(ogr->base.context, MIRTI_LOG_WARNING, "cut-character", ogr->base.shown,
                         ogr->row, ogr->base.field[column].name, text,
                         "the field is too narrow for its text; half a character was dropped");
        size = bad;
    }
    return mirti_table_put(builder, decoder, column, text, size, err);
}

static mirti_status put_time(ogr_reader *ogr, mirti_table_builder *builder, OGRFeatureH feature,
                             int column, mirti_error *err) {
    int year, month, day, hour, minute, zone;
    float second;
    if (!OGR_F_GetFieldAsDateTimeEx(feature, column, &year, &month, &day, &hour, &minute, &second,
                                    &zone))
        return put_text(ogr, builder, column, OGR_F_GetFieldAsString(feature, column), err);
    char text[64];
    if (ogr->type[column] == OFTDate) {
        snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
    } else if (ogr->type[column] == OFTTime) {
        snprintf(text, sizeof text, "%02d:%02d:%02d", hour, minute, (int)second);
    } else {
        snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, hour, minute,
                 (int)second);
    }
    return mirti_table_put(builder, NULL, column, text, strlen(text), err);
}

static mirti_status put_value(ogr_reader *ogr, mirti_table_builder *builder, OGRFeatureH feature,
                              int column, mirti_error *err) {
    if (!OGR_F_IsFieldSetAndNotNull(feature, column))
        return mirti_table_put(builder, NULL, column, "", 0, err);
    switch (ogr->type[column]) {
    case OFTReal:
        return mirti_table_put_number(builder, column, OGR_F_GetFieldAsDouble(feature, column),
                                      err);
    case OFTDate:
    case OFTTime:
    case OFTDateTime: return put_time(ogr, builder, feature, column, err);
    default: return put_text(ogr, builder, column, OGR_F_GetFieldAsString(feature, column), err);
    }
}

static mirti_status put_row(ogr_reader *ogr, mirti_table_builder *builder, OGRFeatureH feature,
                            mirti_error *err) {
    for (int i = 0; i < ogr->base.fields; i++) {
        if (i >= builder->slots || builder->slot[i] < 0) continue;
        mirti_status status;
        if (i == ogr->id_column) {
            char text[32];
            int size = snprintf(text, sizeof text, "%lld", (long long)OGR_F_GetFID(feature));
            status = mirti_table_put(builder, NULL, i, text, (size_t)size, err);
        } else {
            status = put_value(ogr, builder, feature, i, err);
        }
        if (status != MIRTI_OK) {
            mirti_fail_at(err, ogr->base.shown, ogr->row, 0, ogr->base.field[i].name, NULL);
            return status;
        }
    }
    return mirti_table_end_row(builder, ogr->row, err);
}

/* Tells the layer what is not needed; drivers that cannot leave anything out deliver all. */
static mirti_status choose_columns(ogr_reader *ogr, const mirti_table_builder *builder,
                                   mirti_error *err) {
    ogr->chosen = true;
    if (ogr->by_query || !OGR_L_TestCapability(ogr->layer, OLCIgnoreFields)) return MIRTI_OK;
    const char **ignored = mirti_new((size_t)ogr->columns + 3, sizeof *ignored);
    if (ignored == NULL) return mirti_fail_memory(err, "the columns of a table");
    int count = 0;
    ignored[count++] = "OGR_GEOMETRY";
    ignored[count++] = "OGR_STYLE";
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(ogr->layer);
    for (int i = 0; i < ogr->columns; i++)
        if (i >= builder->slots || builder->slot[i] < 0)
            ignored[count++] = OGR_Fld_GetNameRef(OGR_FD_GetFieldDefn(definition, i));
    begin_listening(ogr);
    (void)OGR_L_SetIgnoredFields(ogr->layer, ignored);
    end_listening();
    mirti_free(ignored);
    return MIRTI_OK;
}

static mirti_status read_rows(mirti_table_reader *reader, mirti_table_builder *builder, bool *ended,
                              mirti_error *err) {
    ogr_reader *ogr = (ogr_reader *)reader;
    if (!ogr->chosen) MIRTI_TRY(choose_columns(ogr, builder, err));
    mirti_status status = MIRTI_OK;
    begin_listening(ogr);
    while (status == MIRTI_OK && !mirti_table_builder_full(builder)) {
        OGRFeatureH feature = OGR_L_GetNextFeature(ogr->layer);
        if (feature == NULL) {
            *ended = true;
            break;
        }
        ogr->row = ogr->is_dbf ? (int64_t)OGR_F_GetFID(feature) + 1 : ogr->row + 1;
        status = put_row(ogr, builder, feature, err);
        OGR_F_Destroy(feature);
    }
    if (status == MIRTI_OK && CPLGetLastErrorType() >= CE_Failure) {
        status = fail_gdal(ogr, "the table cannot be read to its end", err);
        mirti_fail_at(err, NULL, ogr->row, 0, NULL, NULL);
    }
    end_listening();
    return status;
}

static void close_reader(mirti_table_reader *reader) {
    ogr_reader *ogr = (ogr_reader *)reader;
    begin_listening(ogr);
    if (ogr->by_query) GDALDatasetReleaseResultSet(ogr->dataset, ogr->layer);
    if (ogr->dataset != NULL) GDALClose(ogr->dataset);
    end_listening();
    mirti_table_decoder_reset(&ogr->decoder);
    mirti_arena_reset(&ogr->base.arena);
    mirti_free(ogr);
}

/* -------------------------------------------------------------------------------------- opening -- */

/* Tables in which databases keep accounts of themselves: nobody's data. */
static bool is_bookkeeping(const char *name) {
    static const char *const known[] = {
        "geometry_columns", "spatial_ref_sys", "geography_columns",     "raster_columns",
        "raster_overviews", "layer_styles",    "geometry_columns_auth", "views_geometry_columns"};
    if (strncmp(name, "sqlite_", 7) == 0 || strncmp(name, "gpkg_", 5) == 0) return true;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (mirti_table_same_name(name, known[i])) return true;
    return false;
}

/* The layer's name if it holds data, else NULL. */
static const char *data_layer(const ogr_reader *ogr, int i) {
    const char *name = OGR_L_GetName(GDALDatasetGetLayer(ogr->dataset, i));
    return is_bookkeeping(name) ? NULL : name;
}

/* An error that names the layers there are. */
static mirti_status fail_layers(ogr_reader *ogr, const char *what, const char *layer,
                                mirti_error *err) {
    enum { MOST_NAMES = 12 };
    mirti_text list = {0};
    int count = GDALDatasetGetLayerCount(ogr->dataset);
    int named = 0;
    for (int i = 0; i < count && named < MOST_NAMES; i++) {
        const char *name = data_layer(ogr, i);
        if (name != NULL) mirti_text_printf(&list, "%s%s", named++ > 0 ? ", " : "", name);
    }
    if (named == MOST_NAMES) mirti_text_puts(&list, ", ...");
    mirti_fail(err, MIRTI_ERROR_INPUT, "%s; there are: %s", what,
               list.failed || list.data == NULL ? "none" : list.data);
    mirti_fail_at(err, ogr->base.shown, 0, 0, layer != NULL ? "layer" : NULL, layer);
    mirti_fail_remedy(err, "Name one of them as the layer.");
    mirti_text_reset(&list);
    return MIRTI_ERROR_INPUT;
}

static bool is_query(const char *layer) {
    static const char word[] = "select ";
    size_t i = 0;
    while (word[i] != '\0' && layer[i] != '\0' && (layer[i] | 0x20) == word[i])
        i++;
    return word[i] == '\0';
}

static mirti_status choose_layer(ogr_reader *ogr, mirti_error *err) {
    const char *wanted = ogr->base.context->layer;
    if (wanted != NULL && is_query(wanted)) {
        ogr->layer = GDALDatasetExecuteSQL(ogr->dataset, wanted, NULL, NULL);
        ogr->by_query = ogr->layer != NULL;
        return ogr->by_query ? MIRTI_OK : fail_gdal(ogr, "the query fails", err);
    }
    if (wanted != NULL) {
        ogr->layer = GDALDatasetGetLayerByName(ogr->dataset, wanted);
        if (ogr->layer != NULL) return MIRTI_OK;
        return fail_layers(ogr, "the file has no such layer", wanted, err);
    }
    for (int i = 0; i < GDALDatasetGetLayerCount(ogr->dataset); i++) {
        if (data_layer(ogr, i) == NULL) continue;
        if (ogr->layer != NULL) return fail_layers(ogr, "the file holds several tables", NULL, err);
        ogr->layer = GDALDatasetGetLayer(ogr->dataset, i);
    }
    return ogr->layer != NULL ? MIRTI_OK : fail_layers(ogr, "the file holds no table", NULL, err);
}

/* Whole numbers of more than 15 digits are not exact as reals: whatever they were, they are lost.
 */
static void warn_of_width(ogr_reader *ogr, int column, int width, int decimals) {
    if (!ogr->is_dbf || ogr->type[column] != OFTReal || decimals > 0 || width <= 15) return;
    mirti_table_note(ogr->base.context, MIRTI_LOG_WARNING, "wide-number", ogr->base.shown, 0,
                     ogr->base.field[column].name, NULL,
                     "a number of %d digits is not read exactly; an id belongs in a text field",
                     width);
}

static mirti_status describe_columns(ogr_reader *ogr, mirti_error *err) {
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(ogr->layer);
    const char *id_name = OGR_L_GetFIDColumn(ogr->layer);
    ogr->columns = OGR_FD_GetFieldCount(definition);
    bool has_id = id_name != NULL && id_name[0] != '\0';
    ogr->id_column = has_id ? ogr->columns : -1;
    int count = ogr->columns + (has_id ? 1 : 0);
    if (count == 0) return fail_gdal(ogr, "the table has no columns", err);
    ogr->type = mirti_arena_new(&ogr->base.arena, (size_t)count * sizeof *ogr->type);
    mirti_text *decoded = mirti_new((size_t)count, sizeof *decoded);
    mirti_str *name = mirti_new((size_t)count, sizeof *name);
    mirti_status status = ogr->type == NULL || decoded == NULL || name == NULL
                              ? mirti_fail_memory(err, "the columns of a table")
                              : MIRTI_OK;
    for (int i = 0; i < count && status == MIRTI_OK; i++) {
        const char *text =
            i == ogr->id_column ? id_name : OGR_Fld_GetNameRef(OGR_FD_GetFieldDefn(definition, i));
        name[i] = mirti_str_of(text);
        ogr->type[i] = i == ogr->id_column ? OFTInteger64
                                           : OGR_Fld_GetType(OGR_FD_GetFieldDefn(definition, i));
        if (!ogr->is_dbf) continue;
        status = mirti_table_decode(&ogr->decoder, ogr->base.context, name[i], &decoded[i], err);
        if (status != MIRTI_OK) mirti_fail_at(err, ogr->base.shown, 0, 0, NULL, NULL);
        name[i] = (mirti_str){decoded[i].data, decoded[i].size};
    }
    if (status == MIRTI_OK) status = mirti_table_name_fields(&ogr->base, name, count, err);
    for (int i = 0; i < ogr->columns && status == MIRTI_OK; i++) {
        OGRFieldDefnH field = OGR_FD_GetFieldDefn(definition, i);
        mirti_field_meaning *meaning = &ogr->base.meaning[i];
        meaning->width = OGR_Fld_GetWidth(field);
        meaning->decimals = OGR_Fld_GetPrecision(field);
        meaning->numeric =
            ogr->type[i] == OFTInteger || ogr->type[i] == OFTInteger64 || ogr->type[i] == OFTReal;
        warn_of_width(ogr, i, meaning->width, meaning->decimals);
    }
    for (int i = 0; decoded != NULL && i < count; i++)
        mirti_text_reset(&decoded[i]);
    mirti_free(decoded);
    mirti_free(name);
    return status;
}

/* Spreadsheets: the first row is the header, cells are text as the file has it. These drivers take
 * their options from the configuration; ours is of this thread and lasts for the opening. */
static const char *const spreadsheet_options[][2] = {
    {"OGR_XLSX_HEADERS", "FORCE"}, {"OGR_XLSX_FIELD_TYPES", "STRING"},
    {"OGR_ODS_HEADERS", "FORCE"},  {"OGR_ODS_FIELD_TYPES", "STRING"},
    {"OGR_XLS_HEADERS", "FORCE"},  {"OGR_XLS_FIELD_TYPES", "STRING"},
};

static void set_options(bool on) {
    for (size_t i = 0; i < sizeof spreadsheet_options / sizeof *spreadsheet_options; i++)
        CPLSetThreadLocalConfigOption(spreadsheet_options[i][0],
                                      on ? spreadsheet_options[i][1] : NULL);
}

static mirti_status open_dataset(ogr_reader *ogr, const char *path, mirti_error *err) {
    static const char *const as_it_is[] = {"ENCODING=", NULL};
    static const char *const all_tables[] = {"LIST_ALL_TABLES=YES", NULL}; /* not only maps */
    bool dbf = mirti_table_ends_with(path, ".dbf") || mirti_table_ends_with(path, ".shp");
    bool database = strncmp(path, "PG:", 3) == 0 || mirti_table_ends_with(path, ".sqlite") ||
                    mirti_table_ends_with(path, ".sqlite3") || mirti_table_ends_with(path, ".db");
    ogr->dataset = GDALOpenEx(path, GDAL_OF_VECTOR | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR, NULL,
                              dbf        ? as_it_is
                              : database ? all_tables
                                         : NULL,
                              NULL);
    if (ogr->dataset == NULL) {
        fail_gdal(ogr, "cannot be opened", err);
        mirti_fail_remedy(err, "Check the path, and that the file is what its ending says.");
        return MIRTI_ERROR_INPUT;
    }
    const char *driver = GDALGetDriverShortName(GDALGetDatasetDriver(ogr->dataset));
    snprintf(ogr->base.context->report.format, sizeof ogr->base.context->report.format, "%s",
             driver);
    ogr->is_dbf = strcmp(driver, "ESRI Shapefile") == 0;
    bool sheet =
        strcmp(driver, "XLSX") == 0 || strcmp(driver, "ODS") == 0 || strcmp(driver, "XLS") == 0;
    if (sheet) ogr->row = 1; /* the header */
    MIRTI_TRY(choose_layer(ogr, err));
    ogr->decoder.file = ogr->base.shown;
    if (ogr->is_dbf) return mirti_table_dbf_encoding(ogr->base.context, path, &ogr->decoder, err);
    snprintf(ogr->base.context->report.encoding, sizeof ogr->base.context->report.encoding,
             "UTF-8");
    if (ogr->base.context->encoding != NULL)
        mirti_table_note(ogr->base.context, MIRTI_LOG_WARNING, "encoding-ignored", ogr->base.shown,
                         0, NULL, ogr->base.context->encoding,
                         "files of this kind state their encoding; the one declared was not used");
    return MIRTI_OK;
}

static const mirti_table_reader_class ogr_class = {read_rows, close_reader, NULL};

mirti_status mirti_table_ogr_open(mirti_table_context *context, const char *path, const char *shown,
                                  mirti_table_reader **out, mirti_error *err) {
    *out = NULL;
    ogr_reader *ogr = mirti_new(1, sizeof *ogr);
    if (ogr == NULL) return mirti_fail_memory(err, "a reader");
    ogr->base = (mirti_table_reader){.class = &ogr_class, .context = context, .shown = shown};
    GDALAllRegister();
    begin_listening(ogr);
    set_options(true);
    mirti_status status = open_dataset(ogr, path, err);
    if (status == MIRTI_OK) status = describe_columns(ogr, err);
    set_options(false);
    end_listening();
    if (status != MIRTI_OK) {
        close_reader(&ogr->base);
        return status;
    }
    *out = &ogr->base;
    return MIRTI_OK;
}
