/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files where they lie: many as one, compressed, in archives, through GDAL; DBF written here byte
 * by byte, spreadsheets and databases written by GDAL.
 */
#include <gdal.h>
#include <ogr_api.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <cpl_vsi.h>

#include "failing_memory.h"
#include "table/internal.h"
#include "table_support.h"

static char folder[] = "table_files.XXXXXX";

static int set_up(void **state) {
    (void)state;
    GDALAllRegister();
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return chdir("..") == 0 && system(command) == 0 ? 0 : -1;
}

/* Through GDAL, so that "/vsigzip/x.gz" and "/vsizip/x.zip/member" can be written too. */
static void write_bytes(const char *path, const void *data, size_t size) {
    VSILFILE *file = VSIFOpenL(path, "wb");
    assert_non_null(file);
    assert_int_equal(VSIFWriteL(data, 1, size, file), size);
    assert_int_equal(VSIFCloseL(file), 0);
}

static void write_file(const char *path, const char *text) {
    write_bytes(path, text, strlen(text));
}

static void assert_table(const mirti_source_options *options, const char *expected) {
    mirti_text out = {0};
    mirti_error err = {0};
    if (dump_table(options, &out, NULL, &err) != MIRTI_OK)
        fail_msg("%s: %s", options->path, err.message);
    assert_string_equal(out.data, expected);
    mirti_text_reset(&out);
}

static void assert_path(const char *path, const char *expected) {
    assert_table(&(mirti_source_options){.path = path}, expected);
}

/* Fails as an input error of that file, with a message that holds `part`. */
static void assert_fails(const mirti_source_options *options, const char *file, const char *part) {
    mirti_text out = {0};
    mirti_error err = {0};
    assert_int_equal(dump_table(options, &out, NULL, &err), MIRTI_ERROR_INPUT);
    if (strstr(err.message, part) == NULL) fail_msg("%s: %s", options->path, err.message);
    assert_string_equal(err.file, file);
    mirti_text_reset(&out);
}

/* ------------------------------------------------------------------------------- many as one -- */

static void test_matching(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {
        {"*", "", true},
        {"*", "abc", true},
        {"a*c", "abbbc", true},
        {"a*c", "abcd", false},
        {"*.csv", "x.csv", true},
        {"*.csv", "x.CSV", false},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"[0-9][0-9]*", "31a", true},
        {"[0-9]", "a", false},
        {"[!0-9]", "a", true},
        {"[]a]", "]", true},
        {"[", "[", true},
        {"a[", "a[", true},
        {"*a*b*", "xxaxxbxx", true},
        {"*a*b*", "xxbxxa", false},
        {"", "", true},
        {"", "a", false},
        {"*aab", "aaaaaab", true},
        {"P*[A-Z]V", "Personas01.CSV", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (mirti_table_matches(cases[i].pattern, cases[i].text) != cases[i].matches)
            fail_msg("%s %s", cases[i].pattern, cases[i].text);
}

static void test_many_files(void **state) {
    (void)state;
    write_file("p10.csv", "a,b\nten,1\n");
    write_file("p09.csv", "B,x,A\n2,extra,nine\n");
    write_file("p11.csv", "a,b\n");
    write_file("p12.csv", "a,b\ntwelve,\n");
    /* Columns by name, whatever their order and case; files in byte order; rows as in their file.
     */
    mirti_source_options options = {
        .path = "p1?.csv", .more = (const char *[]){"p09.csv"}, .more_count = 1};
    mirti_text out = {0};
    mirti_source_report report;
    assert_int_equal(dump_table(&options, &out, &report, NULL), MIRTI_OK);
    assert_string_equal(out.data, "a,b\n2:ten|1\n2:twelve|~\n2:nine|2\n");
    assert_int_equal(report.files, 4);
    assert_int_equal(report.rows, 3);
    assert_int_equal(report.bytes, report.total_bytes);
    mirti_text_reset(&out);
    /* A column that is used must be everywhere; one that is not need not. */
    write_file("p13.csv", "a,c\nthirteen,3\n");
    assert_fails(&(mirti_source_options){.path = "p1?.csv"}, "p13.csv", "p10.csv has it");
    mirti_source *source = NULL;
    assert_int_equal(mirti_source_open(&(mirti_source_options){.path = "p1?.csv"}, &source, NULL),
                     MIRTI_OK);
    assert_int_equal(mirti_source_select(source, (int[]){0}, 1, NULL), MIRTI_OK);
    assert_int_equal(dump_rows(source, &out, NULL), MIRTI_OK);
    assert_string_equal(out.data, "2:ten\n2:twelve\n2:thirteen\n");
    mirti_text_reset(&out);
    mirti_source_close(source);
    assert_fails(&(mirti_source_options){.path = "q*.csv"}, "q*.csv", "no file matches");
    /* A file may be called like a pattern. */
    write_file("[a].csv", "a\n1\n");
    write_file("a.csv", "a\n2\n");
    assert_path("[a].csv", "a\n2:1\n");
    assert_path("[ab].csv", "a\n2:2\n");
}

static mirti_status write_down(const char *file, const char *shown, void *context,
                               mirti_error *err) {
    (void)err;
    mirti_text_printf(context, "%s=%s;", file ? file : "-", shown);
    return MIRTI_OK;
}

/* The files of a path, for whoever wants their bytes: no member of an archive, no password. */
static void test_files_of_a_path(void **state) {
    (void)state;
    write_file("of_b.csv", "x\n");
    write_file("of_a.csv", "x\n");
    static const char *const cases[][2] = {
        {"of_a.csv", "of_a.csv=of_a.csv;"},
        {"of_?.csv", "of_a.csv=of_a.csv;of_b.csv=of_b.csv;"},
        {"nowhere.zip/Personas*.csv", "nowhere.zip=nowhere.zip;"},
        {"/vsigzip/x.gz", "-=/vsigzip/x.gz;"},
        {"PG:host=h password=secret dbname=d", "-=PG:host=h password=*** dbname=d;"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mirti_text seen = {0};
        assert_int_equal(mirti_source_files(cases[i][0], write_down, &seen, NULL), MIRTI_OK);
        assert_string_equal(seen.data, cases[i][1]);
        mirti_text_reset(&seen);
    }
    mirti_error err = {0};
    assert_int_equal(mirti_source_files("nothing_*.csv", write_down, NULL, &err),
                     MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "matches"));
}

static void test_batch_names_its_file(void **state) {
    (void)state;
    write_file("f1.csv", "a\n1\n");
    write_file("f2.csv", "a\n2\n");
    mirti_source *source = NULL;
    mirti_batch batch = {0};
    assert_int_equal(mirti_source_open(&(mirti_source_options){.path = "f?.csv"}, &source, NULL),
                     MIRTI_OK);
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(mirti_source_next(source, &batch, NULL), MIRTI_OK);
        assert_int_equal(batch.rows, 1); /* never two files in one batch */
        assert_string_equal(batch.file, i == 1 ? "f1.csv" : "f2.csv");
    }
    for (int i = 0; i < 2; i++) { /* the end stays the end */
        assert_int_equal(mirti_source_next(source, &batch, NULL), MIRTI_OK);
        assert_int_equal(batch.rows, 0);
    }
    mirti_batch_reset(&batch);
    mirti_source_close(source);
}

static void test_open_fails(void **state) {
    (void)state;
    write_file("x.pdf", "a\n1\n");
    mirti_error err = {0};
    mirti_source *source = NULL;
    assert_int_equal(mirti_source_open(&(mirti_source_options){0}, &source, &err),
                     MIRTI_ERROR_USAGE);
    assert_fails(&(mirti_source_options){.path = "absent.csv"}, "absent.csv", "no such file");
    assert_fails(&(mirti_source_options){.path = "absent.dbf"}, "absent.dbf", "cannot be opened");
    assert_fails(&(mirti_source_options){.path = "absent.zip"}, "absent.zip", "not a zip archive");
    assert_fails(&(mirti_source_options){.path = "absent.csv.gz"}, "absent.csv.gz",
                 "cannot be opened");
    assert_fails(&(mirti_source_options){.path = "x.pdf"}, "x.pdf", "not known by its ending");
    assert_fails(&(mirti_source_options){.path = ".", .format = "csv"}, ".", "folder");
    assert_fails(&(mirti_source_options){.path = "a.csv", .format = "punchcard"}, "a.csv",
                 "not known");
    write_file("x.gpkg", "this is not SQLite");
    assert_fails(&(mirti_source_options){.path = "x.gpkg"}, "x.gpkg", "cannot be opened");
    assert_table(&(mirti_source_options){.path = "x.pdf", .format = "CSV"}, "a\n2:1\n");
}

/* -------------------------------------------------------------------------------- compressed -- */

static void test_compressed(void **state) {
    (void)state;
    write_file("/vsigzip/t.csv.gz", "a,b\n01,ñ\n");
    mirti_text out = {0};
    mirti_source_report report;
    mirti_source_options gzip = {.path = "t.csv.gz"};
    assert_int_equal(dump_table(&gzip, &out, &report, NULL), MIRTI_OK);
    assert_string_equal(out.data, "a,b\n2:01|ñ\n");
    assert_int_equal(report.bytes, report.total_bytes); /* both of the compressed file */
    mirti_text_reset(&out);
    assert_int_not_equal(access("t.csv.gz.properties", F_OK), 0); /* GDAL leaves nothing behind */
    write_file("/vsizip/one.zip/t.csv", "a,b\n02,x\n");
    write_file("/vsizip/one.zip/readme.md", "nothing");
    assert_path("one.zip", "a,b\n2:02|x\n");
    write_file("/vsizip/two.zip/in/Personas01.CSV", "a\n1\n");
    write_file("/vsizip/two.zip/in/Personas02.CSV", "a\n2\n");
    write_file("/vsizip/two.zip/in/Viviendas01.CSV", "v\n3\n");
    assert_path("two.zip/in/Personas02.CSV", "a\n2:2\n");
    assert_path("two.zip/Personas*.CSV", "a\n2:1\n2:2\n");
    assert_path("two.zip/in/P*", "a\n2:1\n2:2\n");
    assert_fails(&(mirti_source_options){.path = "two.zip"}, "two.zip", "several tables");
    assert_fails(&(mirti_source_options){.path = "two.zip/x.csv"}, "two.zip", "Viviendas01.CSV");
    write_file("/vsizip/only.zip/readme.md", "nothing");
    assert_fails(&(mirti_source_options){.path = "only.zip"}, "only.zip", "no table");
    /* Archives by pattern: one per state. */
    write_file("/vsizip/e1.zip/p.csv", "a\n1\n");
    write_file("/vsizip/e2.zip/p.csv", "a\nbad,row\n");
    assert_fails(&(mirti_source_options){.path = "e?.zip"}, "e2.zip/p.csv", "2 fields");
    assert_path("/vsizip/{e1.zip}/p.csv", "a\n2:1\n");
    write_file("broken.zip", "PK\003\004 but nothing more");
    assert_fails(&(mirti_source_options){.path = "broken.zip"}, "broken.zip", "not a zip archive");
}

static void test_damaged_gzip(void **state) {
    (void)state;
    mirti_text csv = {0};
    mirti_text_puts(&csv, "a\n");
    for (int i = 0; i < 200000; i++)
        mirti_text_printf(&csv, "%d\n", i * 7919);
    write_file("/vsigzip/cut.csv.gz", csv.data);
    mirti_text_reset(&csv);
    assert_int_equal(system("head -c 200000 cut.csv.gz > half.csv.gz"), 0);
    mirti_text out = {0};
    mirti_error err = {0};
    assert_int_equal(dump_table(&(mirti_source_options){.path = "half.csv.gz"}, &out, NULL, &err),
                     MIRTI_ERROR_INPUT);
    assert_string_equal(err.file, "half.csv.gz");
    mirti_text_reset(&out);
}

/* ---------------------------------------------------------------------------------------- DBF -- */

typedef struct dbf_field {
    const char *name;
    char type;
    int width, decimals;
} dbf_field;

/* dBASE III by its description: header of 32 bytes, 32 per field, 0x0D, then records of fixed
 * width. */
static void write_dbf(const char *path, unsigned char language, const dbf_field *field, int fields,
                      const char *const *value, int rows, int deleted) {
    unsigned char bytes[8192] = {3, 126, 11, 24};
    int record = 1, header = 32 + 32 * fields + 1;
    for (int i = 0; i < fields; i++)
        record += field[i].width;
    bytes[4] = (unsigned char)rows;
    bytes[8] = (unsigned char)header;
    bytes[9] = (unsigned char)(header >> 8);
    bytes[10] = (unsigned char)record;
    bytes[29] = language;
    for (int i = 0; i < fields; i++) {
        unsigned char *d = bytes + 32 + 32 * i;
        memcpy(d, field[i].name, strlen(field[i].name));
        d[11] = (unsigned char)field[i].type;
        d[16] = (unsigned char)field[i].width;
        d[17] = (unsigned char)field[i].decimals;
    }
    bytes[header - 1] = 0x0D;
    unsigned char *p = bytes + header;
    for (int r = 0; r < rows; r++) {
        *p++ = r == deleted ? '*' : ' ';
        for (int i = 0; i < fields; i++) {
            const char *text = value[r * fields + i];
            int size = (int)strlen(text), pad = field[i].width - size;
            assert_true(pad >= 0);
            memset(p, ' ', (size_t)field[i].width);
            memcpy(field[i].type == 'C' ? p : p + pad, text, (size_t)size);
            p += field[i].width;
        }
    }
    *p++ = 0x1A;
    write_bytes(path, bytes, (size_t)(p - bytes));
}

static const dbf_field dbf_fields[] = {
    {"CVE", 'C', 5, 0}, {"NOM", 'C', 10, 0}, {"EDAD", 'N', 3, 0}, {"FAC", 'N', 8, 3}};

static void test_dbf(void **state) {
    (void)state;
    static const char *const rows[] = {"01001", "Le\xF3n", "7",  "12.500", "00031", "",
                                       "",      "0.125",   "09", "x",      "120",   "-3"};
    write_dbf("t.dbf", 0, dbf_fields, 4, rows, 3, -1);
    const char *expected =
        "CVE,NOM,EDAD,FAC\n1:01001|León|7|12.5\n2:00031|~|~|0.125\n3:09|x|120|-3\n";
    assert_path("t.dbf", expected);
    write_file("t.cpg", "ISO 88591\r\n");
    assert_path("t.dbf", expected);
    write_dbf("d.dbf", 0, dbf_fields, 4, rows, 3,
              1); /* a deleted record is no row, and keeps its number */
    assert_path("d.dbf", "CVE,NOM,EDAD,FAC\n1:01001|León|7|12.5\n3:09|x|120|-3\n");
    mirti_source *source = NULL;
    assert_int_equal(mirti_source_open(&(mirti_source_options){.path = "t.dbf"}, &source, NULL),
                     MIRTI_OK);
    assert_true(mirti_source_meaning(source, 2)->numeric);
    assert_int_equal(mirti_source_meaning(source, 2)->width, 3);
    assert_int_equal(mirti_source_meaning(source, 3)->decimals, 3);
    assert_false(mirti_source_meaning(source, 0)->numeric);
    assert_int_equal(mirti_source_select(source, (int[]){3, 0}, 2, NULL), MIRTI_OK);
    mirti_text out = {0};
    assert_int_equal(dump_rows(source, &out, NULL), MIRTI_OK);
    assert_string_equal(out.data, "1:01001|12.5\n2:00031|0.125\n3:09|-3\n");
    mirti_text_reset(&out);
    mirti_source_close(source);
}

static void test_dbf_encodings(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        const char *cpg;        /* NULL: none */
        unsigned char language; /* byte of the header */
        const char *declared;
        const char *encoding;
        const char *note;
    } cases[] = {
        {"Pe\xF1on", NULL, 0, NULL, "Windows-1252", "encoding"},
        {"Pe\xC3\xB1on", NULL, 0, NULL, "UTF-8", "encoding"},
        {"Pe\xF1on", "ISO 88591", 0, NULL, "ISO-8859-1", NULL},
        {"Pe\xF1on", "ISO-8859-1", 0, NULL, "ISO-8859-1", NULL},
        {"Pe\xC3\xB1on", "UTF-8", 0, NULL, "UTF-8", NULL},
        {"Pe\xF1on", "UTF-8", 0, NULL, "Windows-1252", "lying-encoding"},
        {"Pe\xC3\xB1on", "ISO-8859-1", 0, NULL, "UTF-8", "lying-encoding"},
        {"Pe\xA4on", NULL, 2, NULL, "CP850", NULL},
        {"Pe\xF1on", NULL, 3, NULL, "Windows-1252", NULL},
        {"Pe\xF1on", NULL, 0x57, NULL, "Windows-1252", "encoding"},
        {"Pe\xA4on", "nonsense", 0, "CP850", "CP850", NULL},
        {"Pe\xF1on", "nonsense", 0, NULL, "Windows-1252", "unknown-encoding"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *rows[] = {"01", cases[i].bytes, "1", "1"};
        write_dbf("e.dbf", cases[i].language, dbf_fields, 4, rows, 1, -1);
        unlink("e.cpg");
        if (cases[i].cpg != NULL) write_file("e.cpg", cases[i].cpg);
        mirti_source *source = NULL;
        mirti_source_options options = {.path = "e.dbf", .encoding = cases[i].declared};
        assert_int_equal(mirti_source_open(&options, &source, NULL), MIRTI_OK);
        mirti_text out = {0};
        assert_int_equal(dump_rows(source, &out, NULL), MIRTI_OK);
        if (strcmp(out.data, "1:01|Peñon|1|1\n") != 0) fail_msg("%d: %s", (int)i, out.data);
        assert_string_equal(mirti_source_report_get(source)->encoding, cases[i].encoding);
        if (cases[i].note != NULL) assert_non_null(find_note(source, cases[i].note));
        if (cases[i].note == NULL) assert_null(find_note(source, "encoding"));
        mirti_text_reset(&out);
        mirti_source_close(source);
    }
    /* UTF-8 in a field too narrow for it: the half letter goes, and it is said. */
    const char *rows[] = {"01", "\xC3\xB1\xC3\xB1\xC3\xB1\xC3\xB1x\xC3", "1", "1"};
    write_dbf("e.dbf", 0, dbf_fields, 4, rows, 1, -1);
    write_file("e.cpg", "UTF-8");
    mirti_source *source = NULL;
    mirti_text out = {0};
    assert_int_equal(mirti_source_open(&(mirti_source_options){.path = "e.dbf"}, &source, NULL),
                     MIRTI_OK);
    assert_int_equal(dump_rows(source, &out, NULL), MIRTI_OK);
    assert_string_equal(out.data, "1:01|ññññx|1|1\n");
    assert_int_equal(find_note(source, "cut-character")->first_row, 1);
    mirti_text_reset(&out);
    mirti_source_close(source);
    /* Declared wrongly: an error that names the place. */
    const char *latin[] = {"01", "Pe\xF1on", "1", "1"};
    write_dbf("e.dbf", 0, dbf_fields, 4, latin, 1, -1);
    assert_fails(&(mirti_source_options){.path = "e.dbf", .encoding = "UTF-8"}, "e.dbf",
                 "not valid UTF-8");
}

static void test_wide_number(void **state) {
    (void)state;
    static const dbf_field wide[] = {{"ID", 'N', 20, 0}};
    const char *rows[] = {"32055000012800002"};
    write_dbf("w.dbf", 0, wide, 1, rows, 1, -1);
    mirti_source *source = NULL;
    assert_int_equal(mirti_source_open(&(mirti_source_options){.path = "w.dbf"}, &source, NULL),
                     MIRTI_OK);
    assert_non_null(find_note(source, "wide-number"));
    mirti_source_close(source);
}

/* ------------------------------------------------------------------ spreadsheets and databases -- */

static void add_layer(GDALDatasetH dataset, const char *name, bool with_number) {
    OGRLayerH layer = GDALDatasetCreateLayer(dataset, name, NULL, wkbNone, NULL);
    assert_non_null(layer);
    static const struct {
        const char *name;
        OGRFieldType type;
    } fields[] = {{"cve", OFTString},
                  {"edad", OFTInteger},
                  {"id", OFTInteger64},
                  {"fac", OFTReal},
                  {"dia", OFTDate}};
    for (int i = 0; i < (with_number ? 5 : 1); i++) {
        OGRFieldDefnH field = OGR_Fld_Create(fields[i].name, fields[i].type);
        assert_int_equal(OGR_L_CreateField(layer, field, 1), OGRERR_NONE);
        OGR_Fld_Destroy(field);
    }
    for (int row = 0; row < 2; row++) {
        OGRFeatureH feature = OGR_F_Create(OGR_L_GetLayerDefn(layer));
        OGR_F_SetFieldString(feature, 0, row == 0 ? "007" : "Peñón");
        if (with_number && row == 0) {
            OGR_F_SetFieldInteger(feature, 1, 12);
            OGR_F_SetFieldInteger64(feature, 2, 32055000012800002);
            OGR_F_SetFieldDouble(feature, 3, 0.1 + 0.2);
            OGR_F_SetFieldDateTime(feature, 4, 2020, 3, 15, 0, 0, 0, 0);
        }
        assert_int_equal(OGR_L_CreateFeature(layer, feature), OGRERR_NONE);
        OGR_F_Destroy(feature);
    }
}

static void write_ogr(const char *driver, const char *path, int layers, bool with_number) {
    GDALDatasetH dataset =
        GDALCreate(GDALGetDriverByName(driver), path, 0, 0, 0, GDT_Unknown, NULL);
    assert_non_null(dataset);
    add_layer(dataset, "uno", with_number);
    if (layers > 1) add_layer(dataset, "dos", false);
    GDALClose(dataset);
}

static void test_databases(void **state) {
    (void)state;
    write_ogr("GPKG", "t.gpkg", 1, true);
    assert_path("t.gpkg", "cve,edad,id,fac,dia,fid\n"
                          "1:007|12|32055000012800002|0.30000000000000004|2020-03-15|1\n"
                          "2:Peñón|~|~|~|~|2\n");
    write_ogr("SQLite", "t.sqlite", 2, true);
    assert_fails(&(mirti_source_options){.path = "t.sqlite"}, "t.sqlite", "dos, uno");
    assert_fails(&(mirti_source_options){.path = "t.sqlite", .layer = "tres"}, "t.sqlite",
                 "no such layer");
    assert_table(&(mirti_source_options){.path = "t.sqlite", .layer = "dos"},
                 "cve,ogc_fid\n1:007|1\n2:Peñón|2\n");
    assert_table(
        &(mirti_source_options){.path = "t.sqlite",
                                .layer =
                                    "SELECT cve AS clave, fac + 1 AS mas FROM uno WHERE edad = 12"},
        "clave,mas\n1:007|1.3\n");
    assert_fails(&(mirti_source_options){.path = "t.sqlite", .layer = "select nonsense from uno"},
                 "t.sqlite", "no such column");
}

/* Cells as the file has them: no dates, no floats made of codes. */
static void test_spreadsheets(void **state) {
    (void)state;
    static const char *const kinds[][2] = {{"XLSX", "t.xlsx"}, {"ODS", "t.ods"}};
    for (size_t i = 0; i < 2; i++) {
        write_ogr(kinds[i][0], kinds[i][1], 2, false);
        assert_fails(&(mirti_source_options){.path = kinds[i][1]}, kinds[i][1], "uno, dos");
        assert_table(&(mirti_source_options){.path = kinds[i][1], .layer = "uno"},
                     "cve\n2:007\n3:Peñón\n");
    }
}

/* ---------------------------------------------------------------------------------- real files -- */

static const char *real(const char *name) {
    static char path[1024];
    const char *data = getenv("MIRTI_REAL_DATA");
    if (data == NULL || data[0] == '\0') {
        print_message("MIRTI_REAL_DATA is not set\n");
        return NULL;
    }
    snprintf(path, sizeof path, "%s%s/%s", data[0] == '/' ? "" : "../", data, name);
    return path;
}

static int64_t count_and_check(const char *path, const char *const *names, int count,
                               void (*check)(const mirti_batch *batch, const int *column,
                                             int64_t row)) {
    mirti_source *source = NULL;
    mirti_error err = {0};
    if (mirti_source_open(&(mirti_source_options){.path = path}, &source, &err) != MIRTI_OK)
        fail_msg("%s: %s", path, err.message);
    int column[8];
    for (int i = 0; i < count; i++) {
        column[i] = mirti_source_find(source, names[i]);
        assert_true(column[i] >= 0);
    }
    assert_int_equal(mirti_source_select(source, column, count, &err), MIRTI_OK);
    mirti_batch batch = {0};
    int64_t rows = 0;
    for (;;) {
        if (mirti_source_next(source, &batch, &err) != MIRTI_OK) fail_msg("%s", err.message);
        if (batch.rows == 0) break;
        for (int64_t row = 0; row < batch.rows; row++)
            check(&batch, column, row);
        rows += batch.rows;
    }
    assert_int_equal(mirti_source_report_get(source)->rows, rows);
    mirti_batch_reset(&batch);
    mirti_source_close(source);
    return rows;
}

static int64_t suppressed, starred, localities, population;

static void check_iter(const mirti_batch *batch, const int *column, int64_t row) {
    const mirti_str *entity = &batch->column[column[0]].text[row];
    const mirti_str *municipality = &batch->column[column[1]].text[row];
    const mirti_str *locality = &batch->column[column[2]].text[row];
    assert_int_equal(entity->size, 2);
    assert_int_equal(municipality->size, 3);
    assert_int_equal(locality->size, 4);
    assert_true(mirti_str_is(*entity, "31"));
    bool listed = !mirti_str_is(*locality, "0000") && !mirti_str_is(*locality, "9998") &&
                  !mirti_str_is(*locality, "9999");
    localities += listed;
    starred += listed && mirti_str_is(batch->column[column[3]].text[row], "*");
    double value;
    if (mirti_str_is(*locality, "0000") && !mirti_str_is(*municipality, "000")) {
        assert_true(mirti_number_parse(batch->column[column[4]].text[row], &value));
        population += (int64_t)value;
    }
    if (mirti_batch_row(batch, row) == 2) {
        assert_true(mirti_str_is(batch->column[column[5]].text[row], "Yucatán"));
        assert_int_equal(batch->column[column[6]].valid[row], 0);
    }
    if (listed) { /* coordinates have quotes within quotes */
        const mirti_str *longitude = &batch->column[column[6]].text[row];
        assert_true(longitude->size > 10);
        assert_memory_equal(longitude->data + longitude->size - 3, "\" W", 3);
    }
}

static void test_iter_yucatan(void **state) {
    (void)state;
    const char *path = real("census/ITER_31CSV20.csv");
    if (path == NULL) skip();
    suppressed = starred = localities = population = 0;
    static const char *const names[] = {"ENTIDAD", "MUN",     "LOC",     "P_6A11",
                                        "POBTOT",  "NOM_ENT", "LONGITUD"};
    assert_int_equal(count_and_check(path, names, 7, check_iter), 2691);
    assert_int_equal(localities, 2434); /* as the description of the file says */
    assert_int_equal(starred, 1604);
    assert_int_equal(population, 2320898);
}

static int64_t latin;

static void check_mun(const mirti_batch *batch, const int *column, int64_t row) {
    const mirti_str *code = &batch->column[column[0]].text[row];
    assert_int_equal(code->size, 5);
    assert_memory_equal(code->data, batch->column[column[1]].text[row].data, 2);
    assert_memory_equal(code->data + 2, batch->column[column[2]].text[row].data, 3);
    if (mirti_str_is(*code, "01008"))
        assert_true(mirti_str_is(batch->column[column[3]].text[row], "San José de Gracia"));
    latin += mirti_encoding_guess(batch->column[column[3]].text[row])[0] != '\0';
}

static void test_municipalities_dbf(void **state) {
    (void)state;
    const char *path = real("boundaries/00mun.dbf");
    if (path == NULL) skip();
    latin = 0;
    static const char *const names[] = {"CVEGEO", "CVE_ENT", "CVE_MUN", "NOMGEO"};
    assert_int_equal(count_and_check(path, names, 4, check_mun), 2469);
    assert_true(latin > 500);
}

/* The same population from 286 columns at once as from one. */
static void check_population(const mirti_batch *batch, const int *column, int64_t row) {
    double value;
    assert_true(mirti_number_parse(batch->column[column[0]].text[row], &value));
    population += (int64_t)value;
}

static void test_iter_municipalities(void **state) {
    (void)state;
    const char *path = real("census/iter2020_municipios.csv");
    if (path == NULL) skip();
    population = 0;
    static const char *const names[] = {"POBTOT"};
    assert_int_equal(count_and_check(path, names, 1, check_population), 2469);
    assert_int_equal(population, 126014024);
}

static mirti_status read_everything(mirti_error *err) {
    mirti_source *source = NULL;
    mirti_batch batch = {0};
    mirti_source_options options = {
        .path = "o*.dbf", .more = (const char *[]){"two.zip/P*"}, .more_count = 0};
    mirti_status status = mirti_source_open(&options, &source, err);
    do {
        if (status == MIRTI_OK) status = mirti_source_next(source, &batch, err);
    } while (status == MIRTI_OK && batch.rows > 0);
    mirti_batch_reset(&batch);
    mirti_source_close(source);
    if (status != MIRTI_OK) return status;
    options = (mirti_source_options){.path = "two.zip/P*"};
    status = mirti_source_open(&options, &source, err);
    if (status == MIRTI_OK) status = mirti_source_next(source, &batch, err);
    mirti_batch_reset(&batch);
    mirti_source_close(source);
    return status;
}

static void test_without_memory(void **state) {
    (void)state;
    static const char *const rows[] = {"01001", "Le\xF3n", "7", "12.500"};
    write_dbf("o1.dbf", 0, dbf_fields, 4, rows, 1, -1);
    write_dbf("o2.dbf", 0, dbf_fields, 4, rows, 1, -1);
    assert_true(assert_survives_without_memory(read_everything) > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matching),
        cmocka_unit_test(test_many_files),
        cmocka_unit_test(test_files_of_a_path),
        cmocka_unit_test(test_batch_names_its_file),
        cmocka_unit_test(test_open_fails),
        cmocka_unit_test(test_compressed),
        cmocka_unit_test(test_damaged_gzip),
        cmocka_unit_test(test_dbf),
        cmocka_unit_test(test_dbf_encodings),
        cmocka_unit_test(test_wide_number),
        cmocka_unit_test(test_databases),
        cmocka_unit_test(test_spreadsheets),
        cmocka_unit_test(test_iter_yucatan),
        cmocka_unit_test(test_municipalities_dbf),
        cmocka_unit_test(test_iter_municipalities),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests_name("table: files", tests, set_up, tear_down);
}
