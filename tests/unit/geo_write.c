/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain boundary files: written, read back, the same bytes again, and clear words when it fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mirti/geo.h"

static char folder[] = "geo_write.XXXXXX";

static int set_up(void **state) {
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return chdir("..") == 0 && system(command) == 0 ? 0 : -1;
}

static const mirti_shape_field fields[] = {{"CVEGEO", 5}, {"NOMGEO", 80}};
/* A square of ten kilometres with a hole of two. */
static const double with_hole[] = {1e6,         5e5,         1e6 + 10000, 5e5,
                                   1e6 + 10000, 5e5 + 10000, 1e6,         5e5 + 10000,
                                   1e6 + 4000,  5e5 + 4000,  1e6 + 4000,  5e5 + 6000,
                                   1e6 + 6000,  5e5 + 6000,  1e6 + 6000,  5e5 + 4000};
static const int64_t ring_end[] = {4, 8};

static mirti_status write_areas(const char *path, const char *cpg, mirti_error *err) {
    static const char *const first[] = {"01001", "Peñón de los Ángeles"};
    static const char *const second[] = {"01002", NULL};
    mirti_shape ring = {2, ring_end, with_hole}, filling = {1, ring_end, with_hole + 8};
    mirti_shape_file file;
    mirti_status status = mirti_shape_file_open(&file, path, err);
    if (status == MIRTI_OK)
        status = mirti_shape_layer_begin(&file, "areas", "Áreas", MIRTI_SHAPE_POLYGONS, 6372,
                                         fields, 2, err);
    if (status == MIRTI_OK) status = mirti_shape_add(&file, first, &ring, err);
    if (status == MIRTI_OK) status = mirti_shape_add(&file, second, &filling, err);
    mirti_status closed = mirti_shape_file_close(&file, cpg, status == MIRTI_OK ? err : NULL);
    return status != MIRTI_OK ? status : closed;
}

static void check_areas(const char *path, const char *encoding) {
    mirti_boundary_input input = {.kind = (char *)(uintptr_t) "municipality",
                                  .code = (char *)(uintptr_t) "CVEGEO",
                                  .name = (char *)(uintptr_t) "NOMGEO"};
    mirti_boundaries *read = NULL;
    mirti_boundaries_info info;
    assert_int_equal(mirti_boundaries_read(path, &input, 5, &read, &info, NULL), MIRTI_OK);
    assert_int_equal(info.features, 2);
    assert_int_equal(info.repaired, 0);
    assert_string_equal(info.crs, "EPSG:6372");
    assert_non_null(strstr(info.encoding, encoding));
    assert_string_equal(mirti_boundaries_code(read, 0), "01001");
    assert_string_equal(mirti_boundaries_name(read, 0), "Peñón de los Ángeles");
    assert_string_equal(mirti_boundaries_code(read, 1), "01002");
    mirti_boundaries_free(read);
}

static void test_shapefile(void **state) {
    (void)state;
    assert_int_equal(write_areas("areas.shp", "ISO 88591", NULL), MIRTI_OK);
    check_areas("areas.shp", "ISO-8859-1");
    /* Latin-1 in the table, and the office's own spelling beside it. */
    assert_int_equal(system("grep -q \"$(printf 'Pe\\361\\363n')\" areas.dbf"), 0);
    assert_int_equal(system("test \"$(cat areas.cpg)\" = 'ISO 88591'"), 0);
}

static void test_geopackage(void **state) {
    (void)state;
    assert_int_equal(write_areas("areas.gpkg", NULL, NULL), MIRTI_OK);
    check_areas("areas.gpkg", "UTF-8");
    assert_int_equal(system("ls areas.gpkg-* 2>/dev/null"), 512); /* exit status 2: none */
}

static void test_same_bytes_on_any_day(void **state) {
    (void)state;
    assert_int_equal(write_areas("one.shp", NULL, NULL), MIRTI_OK);
    assert_int_equal(write_areas("one.gpkg", NULL, NULL), MIRTI_OK);
    sleep(1); /* a file that held the time would change */
    assert_int_equal(write_areas("two.shp", NULL, NULL), MIRTI_OK);
    assert_int_equal(write_areas("two.gpkg", NULL, NULL), MIRTI_OK);
    assert_int_equal(system("for e in shp shx dbf prj cpg gpkg; do "
                            "cmp one.$e two.$e || exit 1; done"),
                     0);
    /* The table's date of change, bytes 1 to 3. */
    assert_int_equal(system("test \"$(od -An -tu1 -j1 -N3 one.dbf | tr -s ' ')\" = ' 100 1 1'"), 0);
}

static void test_points(void **state) {
    (void)state;
    static const char *const value[] = {"01003", "El Álamo"};
    const double place[] = {1234567.25, 654321.5};
    const int64_t end = 1;
    mirti_shape shape = {1, &end, place};
    mirti_shape_file file;
    assert_int_equal(mirti_shape_file_open(&file, "points.shp", NULL), MIRTI_OK);
    assert_int_equal(
        mirti_shape_layer_begin(&file, "points", NULL, MIRTI_SHAPE_POINTS, 6372, fields, 2, NULL),
        MIRTI_OK);
    assert_int_equal(mirti_shape_add(&file, value, &shape, NULL), MIRTI_OK);
    assert_int_equal(mirti_shape_file_close(&file, NULL, NULL), MIRTI_OK);
    /* Little-endian doubles at byte 112 of a file with one point. */
    FILE *stream = fopen("points.shp", "rb");
    double pair[2];
    assert_non_null(stream);
    assert_int_equal(fseek(stream, 112, SEEK_SET), 0);
    assert_int_equal(fread(pair, sizeof *pair, 2, stream), 2);
    fclose(stream);
    assert_memory_equal(pair, place, sizeof place);
}

static void test_what_cannot_be_written(void **state) {
    (void)state;
    mirti_error err = {0};
    assert_int_equal(write_areas("nowhere/areas.gpkg", NULL, &err), MIRTI_ERROR_OUTPUT);
    assert_string_equal(err.file, "nowhere/areas.gpkg");
    assert_int_equal(system("echo mine >there.gpkg"), 0);
    assert_int_equal(write_areas("there.gpkg", NULL, &err), MIRTI_ERROR_OUTPUT);
    assert_int_equal(system("test \"$(cat there.gpkg)\" = mine"), 0);
    mirti_shape_file file;
    assert_int_equal(mirti_shape_file_open(&file, "crs.gpkg", NULL), MIRTI_OK);
    assert_int_equal(
        mirti_shape_layer_begin(&file, "crs", NULL, MIRTI_SHAPE_POINTS, 999999, fields, 2, &err),
        MIRTI_ERROR_OUTPUT);
    assert_non_null(strstr(err.message, "EPSG:999999"));
    assert_int_equal(mirti_shape_file_close(&file, NULL, NULL), MIRTI_OK);
    /* Never opened: nothing to close. */
    mirti_shape_file none = {0};
    assert_int_equal(mirti_shape_file_close(&none, NULL, NULL), MIRTI_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapefile),
        cmocka_unit_test(test_geopackage),
        cmocka_unit_test(test_same_bytes_on_any_day),
        cmocka_unit_test(test_points),
        cmocka_unit_test(test_what_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
