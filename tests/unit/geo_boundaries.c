/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading boundaries: codes, names in every encoding, coordinate systems, dirty geometry. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <cpl_vsi.h>

#include "failing_memory.h"
#include "geo_shapefile.h"
#include "mirti/geo.h"

static const char official_prj[] =
    "PROJCS[\"Mexico ITRF2008 / LCC\",GEOGCS[\"Mexico ITRF2008\",DATUM[\"Mexico_ITRF2008\","
    "SPHEROID[\"GRS 1980\",6378137,298.257222101],TOWGS84[0,0,0,0,0,0,0]],PRIMEM[\"Greenwich\",0],"
    "UNIT[\"degree\",0.0174532925199433]],PROJECTION[\"Lambert_Conformal_Conic_2SP\"],"
    "PARAMETER[\"standard_parallel_1\",17.5],PARAMETER[\"standard_parallel_2\",29.5],"
    "PARAMETER[\"latitude_of_origin\",12],PARAMETER[\"central_meridian\",-102],"
    "PARAMETER[\"false_easting\",2500000],PARAMETER[\"false_northing\",0],UNIT[\"metre\",1],"
    "AUTHORITY[\"EPSG\",\"6372\"]]";
/* How INEGI's own software names the same thing. */
#define INEGI_PRJ(projection, datum, first_parallel, second_parallel)                              \
    "PROJCS[\"" projection "\",GEOGCS[\"GCS_ITRF_2008\",DATUM[\"" datum                            \
    "\",SPHEROID[\"GRS_1980\",6378137.0,298.257222101]],PRIMEM[\"Greenwich\",0.0],"                \
    "UNIT[\"Degree\",0.0174532925199433]],PROJECTION[\"Lambert_Conformal_Conic\"],"                \
    "PARAMETER[\"False_Easting\",2500000.0],PARAMETER[\"False_Northing\",0.0],"                    \
    "PARAMETER[\"Central_Meridian\",-102.0],PARAMETER[\"Standard_Parallel_1\"," first_parallel     \
    "],PARAMETER[\"Standard_Parallel_2\"," second_parallel                                         \
    "],PARAMETER[\"Latitude_Of_Origin\",12.0],UNIT[\"Meter\",1.0]]"

#define SQUARE(x, y)                                                                               \
    4, {                                                                                           \
        {2500000 + (x), 800000 + (y)}, {2500000 + (x), 801000 + (y)},                              \
            {2501000 + (x), 801000 + (y)}, {2501000 + (x), 800000 + (y)},                          \
    }

static const mirti_boundary_input usual = {.code = (char[]){"CVEGEO"}, .name = (char[]){"NOMGEO"}};

static mirti_boundaries *read_ok(const char *name, int width, mirti_boundaries_info *info) {
    mirti_boundaries *boundaries = NULL;
    mirti_error err = {0};
    mirti_status status =
        mirti_boundaries_read(path_in(name), &usual, width, &boundaries, info, &err);
    if (status != MIRTI_OK) print_message("%s\n", err.message);
    assert_int_equal(status, MIRTI_OK);
    return boundaries;
}

/* ---------------------------------------------------------------------------------- encoding -- */

static void test_names_are_utf8_whatever_the_file_says(void **state) {
    (void)state;
    static const struct {
        const char *bytes, *cpg, *name, *encoding;
        unsigned char driver;
    } cases[] = {
        {"Le\xF3n", "ISO 88591", "León", "ISO-8859-1 (.cpg says «ISO 88591»)", 0},
        {"Le\xF3n", "ISO-8859-1\r\n", "León", "ISO-8859-1 (as .cpg says)", 0},
        {"Le\xC3\xB3n", "UTF-8", "León", "UTF-8 (as .cpg says)", 0},
        {"Le\xC3\xB3n", "ISO 88591", "León", "UTF-8 (.cpg says «ISO 88591»)", 0},
        {"Le\xF3n", "UTF-8", "León", "ISO-8859-1 (.cpg says «UTF-8»)", 0},
        {"Le\xF3n", NULL, "León", "ISO-8859-1 (no .cpg)", 0},
        {"Le\xC3\xB3n", NULL, "León", "UTF-8 (no .cpg)", 0},
        {"Le\xF3n", NULL, "León", "WINDOWS-1252 (no .cpg)", 0x57},
        {"Le\xA2n", NULL, "León", "CP850 (no .cpg)", 0x02},
        {"Pe\xA4\xA2n \xA1", NULL, "Peñón í", "CP850 (no .cpg)", 0x57},
        {"Pe\xA4\xA2n", "1252", "Peñón", "CP850 (.cpg says «1252»)", 0},
        {"D\x92Oro \xF3", "88591", "D’Oro ó", "WINDOWS-1252 (.cpg says «88591»)", 0},
        {"Le\xF3n", "none of your business", "León",
         "ISO-8859-1 (.cpg says «none of your business»)", 0},
        {"Leon", "ISO 88591", "Leon", "ISO-8859-1 (.cpg says «ISO 88591»)", 0},
        {"Leon", NULL, "Leon", "US-ASCII (no accents at all)", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const shape shapes[] = {{"09002", cases[i].bytes, SQUARE(0, 0)}};
        char name[32];
        snprintf(name, sizeof name, "encoding%zu", i);
        write_shapefile(path_in(name),
                        &(shapefile){official_prj, cases[i].cpg, cases[i].driver, 'C', 1, shapes});
        strcat(name, ".shp");
        mirti_boundaries_info info;
        mirti_boundaries *boundaries = read_ok(name, 5, &info);
        assert_string_equal(mirti_boundaries_name(boundaries, 0), cases[i].name);
        assert_string_equal(info.encoding, cases[i].encoding);
        mirti_boundaries_free(boundaries);
    }
}

static void test_the_project_has_the_last_word_on_the_encoding(void **state) {
    (void)state;
    const shape shapes[] = {{"09002", "Le\xF3n", SQUARE(0, 0)}};
    write_shapefile(path_in("declared"), &(shapefile){official_prj, "UTF-8", 0, 'C', 1, shapes});
    mirti_boundary_input input = usual;
    mirti_boundaries *boundaries;
    mirti_boundaries_info info;
    mirti_error err = {0};
    input.file.encoding = (char[]){"cp850"};
    assert_int_equal(
        mirti_boundaries_read(path_in("declared.shp"), &input, 5, &boundaries, &info, &err),
        MIRTI_OK);
    assert_string_equal(mirti_boundaries_name(boundaries, 0), "Le¾n");
    assert_string_equal(info.encoding, "CP850 (as the project says)");
    mirti_boundaries_free(boundaries);
    input.file.encoding = (char[]){"klingon"};
    assert_int_equal(
        mirti_boundaries_read(path_in("declared.shp"), &input, 5, &boundaries, &info, &err),
        MIRTI_ERROR_INPUT);
    assert_null(boundaries);
    assert_string_equal(err.value, "klingon");
    assert_non_null(strstr(err.file, "declared.shp"));
}

/* -------------------------------------------------------------------------------------- crs -- */

static void test_a_system_is_known_by_what_it_computes(void **state) {
    (void)state;
    static const struct {
        const char *prj, *crs;
        bool contradicts;
    } cases[] = {
        {official_prj, "EPSG:6372", false},
        {INEGI_PRJ("MEXICO_ITRF_2008_LCC", "D_ITRF_2008", "17.5", "29.5"), "EPSG:6372", false},
        {INEGI_PRJ("Lambert_Conformal_Conic", "D_ITRF_2008", "17.5", "29.5"), "EPSG:6372", false},
        {INEGI_PRJ("Mexico_ITRF2008_LCC", "D_Mexico_ITRF2008", "29.5", "17.5"), "EPSG:6372", false},
        /* Another parallel, another projection: no number is better than a wrong one. */
        {INEGI_PRJ("MEXICO_ITRF_2008_LCC", "D_ITRF_2008", "17.5", "29.0"), "", false},
        {NULL, "", false},
    };
    const shape shapes[] = {{"09002", "A", SQUARE(0, 0)}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char name[32];
        snprintf(name, sizeof name, "crs%zu", i);
        write_shapefile(path_in(name), &(shapefile){cases[i].prj, "UTF-8", 0, 'C', 1, shapes});
        strcat(name, ".shp");
        mirti_boundaries_info info;
        mirti_boundaries *boundaries = read_ok(name, 5, &info);
        assert_string_equal(info.crs, cases[i].crs);
        assert_int_equal(info.crs_contradicts, cases[i].contradicts);
        if (cases[i].crs[0]) assert_string_equal(info.crs_name, "Mexico ITRF2008 / LCC");
        mirti_boundaries_free(boundaries);
    }
}

static void test_a_claimed_number_that_is_not_true_is_not_believed(void **state) {
    (void)state;
    char prj[sizeof official_prj + 8];
    memcpy(prj, official_prj, sizeof official_prj);
    char *parallel = strstr(prj, "17.5");
    memcpy(parallel, "18.5", 4);
    const shape shapes[] = {{"09002", "A", SQUARE(0, 0)}};
    write_shapefile(path_in("liar"), &(shapefile){prj, "UTF-8", 0, 'C', 1, shapes});
    mirti_boundaries_info info;
    mirti_boundaries *boundaries = read_ok("liar.shp", 5, &info);
    assert_true(info.crs_contradicts);
    assert_string_equal(info.crs, "");
    mirti_boundaries_free(boundaries);
}

static void test_the_project_has_the_last_word_on_the_system(void **state) {
    (void)state;
    const shape shapes[] = {{"09002", "A", SQUARE(0, 0)}};
    write_shapefile(path_in("given"), &(shapefile){NULL, NULL, 0, 'C', 1, shapes});
    mirti_boundary_input input = usual;
    mirti_boundaries *boundaries;
    mirti_boundaries_info info;
    mirti_error err = {0};
    input.crs = (char[]){"EPSG:6372"};
    assert_int_equal(
        mirti_boundaries_read(path_in("given.shp"), &input, 5, &boundaries, &info, &err), MIRTI_OK);
    assert_string_equal(info.crs, "EPSG:6372");
    mirti_boundaries_free(boundaries);
    input.crs = (char[]){"EPSG:999999"};
    assert_int_equal(
        mirti_boundaries_read(path_in("given.shp"), &input, 5, &boundaries, &info, &err),
        MIRTI_ERROR_INPUT);
    assert_string_equal(err.value, "EPSG:999999");
}

/* Reads one area; `km2` (nullable) receives its area. */
static mirti_status read_with(const char *prj, const shape *shapes, mirti_boundaries_info *info,
                              double *km2, mirti_error *err) {
    mirti_boundaries *boundaries;
    unlink(path_in("placed.prj"));
    write_shapefile(path_in("placed"), &(shapefile){prj, "UTF-8", 0, 'C', 1, shapes});
    mirti_status status =
        mirti_boundaries_read(path_in("placed.shp"), &usual, 5, &boundaries, info, err);
    if (status == MIRTI_OK && km2) status = mirti_boundaries_total_area(boundaries, km2, err);
    mirti_boundaries_free(boundaries);
    return status;
}

static const char degrees_prj[] =
    "GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,"
    "298.257223563]],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]";

static void test_coordinates_that_cannot_be_are_refused_or_doubted(void **state) {
    (void)state;
    const shape metres[] = {{"09002", "A", SQUARE(0, 0)}};
    const shape degrees[] = {{"09002", "A", 3, {{-99.5, 19}, {-99, 20}, {-98.5, 19}}}};
    const shape far_away[] = {{"09002", "A", 3, {{-2e7, 8e5}, {-1.9e7, 9e5}, {-1.8e7, 8e5}}}};
    mirti_boundaries_info info;
    double km2;
    mirti_error err = {0};
    assert_int_equal(read_with(degrees_prj, metres, &info, &km2, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "has degrees, but the file has coordinates such as"));
    assert_int_equal(read_with(official_prj, degrees, &info, &km2, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "look like degrees"));
    assert_int_equal(read_with(official_prj, metres, &info, &km2, &err), MIRTI_OK);
    assert_string_equal(info.crs_note, "");
    assert_int_equal(read_with(degrees_prj, degrees, &info, &km2, &err), MIRTI_OK);
    assert_string_equal(info.crs, "EPSG:4326");
    assert_string_equal(info.crs_note, "");
    assert_int_equal(read_with(official_prj, far_away, &info, &km2, &err), MIRTI_OK);
    assert_non_null(strstr(info.crs_note, "outside the area for which"));
    assert_int_equal(read_with(NULL, degrees, &info, &km2, &err), MIRTI_OK);
    assert_string_equal(info.crs_note,
                        "the file does not say in which coordinate system it is; its "
                        "coordinates look like degrees");
    assert_true(isnan(km2));
}

static void test_areas_are_those_of_the_ellipsoid(void **state) {
    (void)state;
    /* An eighth of the globe: its sides are geodesics, its area an eighth of the ellipsoid's,
     * 4πa² · ½(1 + (1−e²)/e · artanh e) = 510,065,621.72 km² for WGS 84. */
    const shape octant[] = {{"09002", "A", 3, {{0, 0}, {0, 90}, {90, 0}}}};
    mirti_boundaries_info info;
    double km2;
    mirti_error err = {0};
    assert_int_equal(read_with(degrees_prj, octant, &info, &km2, &err), MIRTI_OK);
    assert_true(fabs(km2 - 510065621.724 / 8.0) < 0.01);
    /* A square kilometre of the map where the cone cuts the ellipsoid (17.5° N) is one on the
     * ground to a few parts in ten thousand. */
    const shape on_the_cut[] = {{"09002", "A", SQUARE(0, -195000)}};
    assert_int_equal(read_with(official_prj, on_the_cut, &info, &km2, &err), MIRTI_OK);
    assert_true(fabs(km2 - 1.0) < 5e-4);
}

/* ------------------------------------------------------------------------ codes and geometry -- */

static void test_codes_keep_or_regain_their_zeros(void **state) {
    (void)state;
    const shape shapes[] = {{"09002", "A", SQUARE(0, 0)},
                            {"1001", "B", SQUARE(2000, 0)},
                            {"X1", "C", SQUARE(4000, 0)},
                            {"", "D", SQUARE(6000, 0)}};
    write_shapefile(path_in("codes"), &(shapefile){official_prj, "UTF-8", 0, 'C', 4, shapes});
    mirti_boundaries_info info;
    mirti_boundaries *boundaries = read_ok("codes.shp", 5, &info);
    assert_string_equal(mirti_boundaries_code(boundaries, 0), "09002");
    assert_string_equal(mirti_boundaries_code(boundaries, 1), "01001");
    assert_string_equal(mirti_boundaries_code(boundaries, 2), "X1");
    assert_string_equal(mirti_boundaries_code(boundaries, 3), "");
    assert_int_equal(info.padded_codes, 1);
    assert_int_equal(info.without_code, 1);
    mirti_boundaries_free(boundaries);

    const shape numbers[] = {{"     9002", "A", SQUARE(0, 0)}};
    write_shapefile(path_in("numbers"), &(shapefile){official_prj, "UTF-8", 0, 'N', 1, numbers});
    boundaries = read_ok("numbers.shp", 5, &info);
    assert_string_equal(mirti_boundaries_code(boundaries, 0), "09002");
    mirti_boundaries_free(boundaries);
    boundaries = read_ok("numbers.shp", 0, &info);
    assert_string_equal(mirti_boundaries_code(boundaries, 0), "9002");
    mirti_boundaries_free(boundaries);
}

static void test_crossing_rings_are_repaired_and_counted(void **state) {
    (void)state;
    /* A bow tie: two triangles that touch in the middle. */
    const shape shapes[] = {
        {"09002",
         "A",
         4,
         {{2500000, 800000}, {2502000, 802000}, {2502000, 800000}, {2500000, 802000}}},
        {"09003", "B", SQUARE(4000, 0)},
        {"09004", "C", 0, {{0}}},
        /* Out and back again: no area at all. */
        {"09005", "D", 3, {{2500000, 800000}, {2502000, 800000}, {2501000, 800000}}}};
    write_shapefile(path_in("dirty"), &(shapefile){official_prj, "UTF-8", 0, 'C', 4, shapes});
    mirti_boundaries_info info;
    mirti_boundaries *boundaries = read_ok("dirty.shp", 5, &info);
    assert_int_equal(info.features, 4);
    assert_int_equal(info.repaired, 2);
    assert_int_equal(info.without_geometry, 2);
    mirti_boundaries_free(boundaries);
}

static void test_parts_of_one_place_are_put_together(void **state) {
    (void)state;
    const shape shapes[] = {{"09002", "A", SQUARE(0, 0)},
                            {"09003", "B", SQUARE(2000, 0)},
                            {"09002", "A", SQUARE(4000, 0)},
                            {"", "none", SQUARE(6000, 0)},
                            {"", "none", SQUARE(8000, 0)}};
    write_shapefile(path_in("parts"), &(shapefile){official_prj, "UTF-8", 0, 'C', 5, shapes});
    mirti_boundaries_info info;
    mirti_boundaries *boundaries = read_ok("parts.shp", 5, &info);
    assert_int_equal(info.features, 5);
    assert_int_equal(info.duplicate_codes, 1);
    assert_int_equal(mirti_boundaries_count(boundaries), 4);
    assert_string_equal(mirti_boundaries_code(boundaries, 0), "09002");
    assert_string_equal(mirti_boundaries_code(boundaries, 1), "09003");
    mirti_boundaries_free(boundaries);
}

/* Archives, and formats with kinds of geometry that a shapefile cannot hold. */
static void test_shapefiles_are_read_inside_archives(void **state) {
    (void)state;
    const shape shapes[] = {{"09002", "Le\xF3n", SQUARE(0, 0)}};
    mirti_boundaries_info info;
    write_shapefile(path_in("00mun"), &(shapefile){official_prj, "ISO 88591", 0, 'C', 1, shapes});
    for (int i = 0; i < 5; i++) {
        static const char *const endings[] = {"shp", "shx", "dbf", "prj", "cpg"};
        char name[32], member[512];
        char *data;
        size_t size;
        snprintf(name, sizeof name, "00mun.%s", endings[i]);
        snprintf(member, sizeof member, "/vsizip/%s/conjunto/%s", path_in("mg.zip"), name);
        assert_int_equal(mirti_file_read(path_in(name), &data, &size, NULL), MIRTI_OK);
        VSILFILE *packed = VSIFOpenL(member, "wb");
        assert_non_null(packed);
        assert_int_equal(VSIFWriteL(data, 1, size, packed), size);
        assert_int_equal(VSIFCloseL(packed), 0);
        mirti_free(data);
    }
    mirti_boundaries *boundaries = read_ok("mg.zip/conjunto/00mun.shp", 5, &info);
    assert_string_equal(mirti_boundaries_name(boundaries, 0), "León");
    assert_string_equal(info.encoding, "ISO-8859-1 (.cpg says «ISO 88591»)");
    assert_string_equal(info.crs, "EPSG:6372");
    mirti_boundaries_free(boundaries);
}

static void test_a_hole_is_no_area(void **state) {
    (void)state;
    put_text_file(path_in("hole"), ".geojson",
                  "{\"type\":\"FeatureCollection\",\"features\":["
                  "{\"type\":\"Feature\",\"properties\":{\"cvegeo\":\"1\"},\"geometry\":{\"type\":"
                  "\"Polygon\",\"coordinates\":[[[-90,20],[-89,20],[-89,21],[-90,21],[-90,20]],"
                  "[[-89.7,20.3],[-89.3,20.3],[-89.3,20.7],[-89.7,20.7],[-89.7,20.3]]]}},"
                  "{\"type\":\"Feature\",\"properties\":{\"cvegeo\":\"2\"},\"geometry\":{\"type\":"
                  "\"Polygon\",\"coordinates\":[[[-90,20],[-89,20],[-89,21],[-90,21],[-90,20]]]}},"
                  "{\"type\":\"Feature\",\"properties\":{\"cvegeo\":\"3\"},\"geometry\":{\"type\":"
                  "\"Polygon\",\"coordinates\":[[[-89.7,20.3],[-89.3,20.3],[-89.3,20.7],"
                  "[-89.7,20.7],[-89.7,20.3]]]}}]}");
    mirti_boundaries_info info;
    mirti_boundaries *boundaries = read_ok("hole.geojson", 0, &info);
    double km2[3];
    assert_int_equal(mirti_boundaries_areas(boundaries, km2, NULL), MIRTI_OK);
    assert_true(fabs(km2[0] + km2[2] - km2[1]) < 1e-6);
    assert_true(km2[2] > 1000);
    mirti_boundaries_free(boundaries);
}

static void test_heights_nulls_and_two_kinds_of_one_place(void **state) {
    (void)state;
    put_text_file(
        path_in("mixed"), ".geojson",
        "{\"type\":\"FeatureCollection\",\"features\":["
        "{\"type\":\"Feature\",\"properties\":{\"cvegeo\":\"310010001\",\"nomgeo\":\"Abalá\"},"
        "\"geometry\":{\"type\":\"Point\",\"coordinates\":[-89.68,20.64,12]}},"
        "{\"type\":\"Feature\",\"properties\":{\"cvegeo\":\"310010001\",\"nomgeo\":\"Abalá\"},"
        "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[-89.7,20.6,9],[-89.6,20.6,9],"
        "[-89.6,20.7,9],[-89.7,20.6,9]]]}},"
        "{\"type\":\"Feature\",\"properties\":{\"cvegeo\":310010003,\"nomgeo\":null},"
        "\"geometry\":null},"
        "{\"type\":\"Feature\",\"properties\":{\"cvegeo\":null,\"nomgeo\":\"x\"},"
        "\"geometry\":{\"type\":\"GeometryCollection\",\"geometries\":["
        "{\"type\":\"LineString\",\"coordinates\":[[-89,20],[-88,20]]},"
        "{\"type\":\"Polygon\",\"coordinates\":[[[-89,20],[-88,20],[-88,21],[-89,20]]]}]}}]}");
    mirti_boundaries_info info;
    mirti_boundaries *boundaries = read_ok("mixed.geojson", 9, &info);
    assert_int_equal(info.features, 4);
    assert_int_equal(mirti_boundaries_count(boundaries), 3);
    assert_int_equal(info.duplicate_codes, 1);
    assert_int_equal(info.without_code, 1);
    assert_int_equal(info.without_geometry, 1);
    assert_string_equal(info.crs, "EPSG:4326");
    double km2[3];
    assert_int_equal(mirti_boundaries_areas(boundaries, km2, NULL), MIRTI_OK);
    assert_true(km2[0] > 50 && km2[0] < 70); /* the polygon, not the point */
    assert_true(isnan(km2[1]));
    assert_true(km2[2] > 5000); /* what is a polygon of the collection */
    mirti_boundaries_free(boundaries);
}

/* ------------------------------------------------------------------------------------ errors -- */

static void test_what_is_wrong_is_said_with_the_place(void **state) {
    (void)state;
    const shape shapes[] = {{"09002", "A", SQUARE(0, 0)}};
    write_shapefile(path_in("errors"), &(shapefile){official_prj, "UTF-8", 0, 'C', 1, shapes});
    mirti_boundaries *boundaries;
    mirti_boundary_input input = usual;
    mirti_error err = {0};
    assert_int_equal(
        mirti_boundaries_read(path_in("nothing.shp"), &input, 5, &boundaries, NULL, &err),
        MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.file, "nothing.shp"));
    assert_non_null(strstr(err.message, "No such file"));
    input.code = (char[]){"CLAVE"};
    assert_int_equal(
        mirti_boundaries_read(path_in("errors.shp"), &input, 5, &boundaries, NULL, &err),
        MIRTI_ERROR_INPUT);
    assert_string_equal(err.field, "CLAVE");
    assert_non_null(strstr(err.message, "CVEGEO, NOMGEO"));
    input = usual;
    input.name = (char[]){"NOMBRE"};
    assert_int_equal(
        mirti_boundaries_read(path_in("errors.shp"), &input, 5, &boundaries, NULL, &err),
        MIRTI_ERROR_INPUT);
    assert_string_equal(err.field, "NOMBRE");
    input = usual;
    input.file.layer = (char[]){"other"};
    assert_int_equal(
        mirti_boundaries_read(path_in("errors.shp"), &input, 5, &boundaries, NULL, &err),
        MIRTI_ERROR_INPUT);
    assert_string_equal(err.value, "other");
    assert_non_null(strstr(err.message, "errors"));
    assert_int_equal(
        mirti_boundaries_read(path_in("nothing.shp"), &usual, 5, &boundaries, NULL, NULL),
        MIRTI_ERROR_INPUT);
}

/* ------------------------------------------------------------------------------------- real -- */

static void test_the_municipalities_of_2020(void **state) {
    (void)state;
    const char *data = getenv("MIRTI_REAL_DATA");
    if (!data) {
        print_message("MIRTI_REAL_DATA is not set\n");
        skip();
    }
    char path[1024];
    snprintf(path, sizeof path, "%s/boundaries/00mun.shp", data);
    mirti_boundaries *boundaries = NULL;
    mirti_boundaries_info info;
    mirti_error err = {0};
    assert_int_equal(mirti_boundaries_read(path, &usual, 5, &boundaries, &info, &err), MIRTI_OK);
    assert_int_equal(info.features, 2469);
    assert_int_equal(mirti_boundaries_count(boundaries), 2469);
    assert_int_equal(info.without_code + info.without_geometry + info.duplicate_codes, 0);
    assert_string_equal(info.crs, "EPSG:6372");
    assert_string_equal(info.encoding, "ISO-8859-1 (.cpg says «ISO 88591»)");
    /* INEGI gives 1,960,647 km² without the islands, 1,964,375 with them; these are simplified. */
    double km2;
    assert_int_equal(mirti_boundaries_total_area(boundaries, &km2, &err), MIRTI_OK);
    assert_true(km2 > 1.94e6 && km2 < 1.97e6);
    assert_string_equal(info.crs_note, "");
    int found = 0;
    for (int64_t i = 0; i < 2469; i++) {
        if (strcmp(mirti_boundaries_code(boundaries, i), "01008") == 0) {
            assert_string_equal(mirti_boundaries_name(boundaries, i), "San José de Gracia");
            found++;
        }
        assert_true(mirti_utf8_valid(mirti_str_of(mirti_boundaries_name(boundaries, i)), NULL));
        assert_int_equal(strlen(mirti_boundaries_code(boundaries, i)), 5);
    }
    assert_int_equal(found, 1);
    mirti_boundaries_free(boundaries);
}

static mirti_status read_and_free(mirti_error *err) {
    mirti_boundaries *boundaries;
    mirti_boundaries_info info;
    mirti_status status =
        mirti_boundaries_read(path_in("memory.shp"), &usual, 5, &boundaries, &info, err);
    mirti_boundaries_free(boundaries);
    return status;
}

static void test_memory_may_run_out(void **state) {
    (void)state;
    const shape shapes[] = {{"9002", "Le\xF3n", SQUARE(0, 0)},
                            {"09002", "Le\xF3n", SQUARE(0, 9000)}};
    write_shapefile(path_in("memory"), &(shapefile){official_prj, "1252", 0, 'C', 2, shapes});
    assert_true(assert_survives_without_memory(read_and_free) > 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_utf8_whatever_the_file_says),
        cmocka_unit_test(test_the_project_has_the_last_word_on_the_encoding),
        cmocka_unit_test(test_a_system_is_known_by_what_it_computes),
        cmocka_unit_test(test_a_claimed_number_that_is_not_true_is_not_believed),
        cmocka_unit_test(test_the_project_has_the_last_word_on_the_system),
        cmocka_unit_test(test_coordinates_that_cannot_be_are_refused_or_doubted),
        cmocka_unit_test(test_areas_are_those_of_the_ellipsoid),
        cmocka_unit_test(test_codes_keep_or_regain_their_zeros),
        cmocka_unit_test(test_crossing_rings_are_repaired_and_counted),
        cmocka_unit_test(test_parts_of_one_place_are_put_together),
        cmocka_unit_test(test_shapefiles_are_read_inside_archives),
        cmocka_unit_test(test_a_hole_is_no_area),
        cmocka_unit_test(test_heights_nulls_and_two_kinds_of_one_place),
        cmocka_unit_test(test_what_is_wrong_is_said_with_the_place),
        cmocka_unit_test(test_memory_may_run_out),
        cmocka_unit_test(test_the_municipalities_of_2020),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
