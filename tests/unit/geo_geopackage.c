/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The join by code, and the GeoPackage: complete, the same twice, or not there. What QGIS and the
 * format's own rules say of it is in tests/qgis. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "geo_results.h"
#include "geo_shapefile.h"
#include "mirti/geo.h"
#include "mirti/table.h"

static const char prj[] =
    "PROJCS[\"Mexico ITRF2008 / LCC\",GEOGCS[\"Mexico ITRF2008\",DATUM[\"Mexico_ITRF2008\","
    "SPHEROID[\"GRS 1980\",6378137,298.257222101]],PRIMEM[\"Greenwich\",0],"
    "UNIT[\"degree\",0.0174532925199433]],PROJECTION[\"Lambert_Conformal_Conic_2SP\"],"
    "PARAMETER[\"standard_parallel_1\",17.5],PARAMETER[\"standard_parallel_2\",29.5],"
    "PARAMETER[\"latitude_of_origin\",12],PARAMETER[\"central_meridian\",-102],"
    "PARAMETER[\"false_easting\",2500000],PARAMETER[\"false_northing\",0],UNIT[\"metre\",1]]";

#define SQUARE(x)                                                                                  \
    4, {                                                                                           \
        {2500000 + (x), 800000}, {2500000 + (x), 801000}, {2501000 + (x), 801000},                 \
            {2501000 + (x), 800000},                                                               \
    }

static const mirti_boundary_input usual = {.code = (char[]){"CVEGEO"}, .name = (char[]){"NOMGEO"}};

/* Four boundaries, four results, three of them common. */
typedef struct country {
    mirti_boundaries *boundaries;
    mirti_results *results;
    mirti_join *join;
    mirti_layer layer;
} country;

static country make_country(void) {
    const shape shapes[] = {{"09003", "Coyoac\xC3\xA1n", SQUARE(0)},
                            {"09002", "Azcapotzalco", SQUARE(1000)},
                            {"09099", "Nueva", SQUARE(2000)},
                            {"09004", "Cuajimalpa", 0, {{0}}}};
    mirti_error err = {0};
    country c;
    write_shapefile(path_in("four"), &(shapefile){prj, "UTF-8", 0, 'C', 4, shapes});
    assert_int_equal(
        mirti_boundaries_read(path_in("four.shp"), &usual, 5, &c.boundaries, NULL, &err), MIRTI_OK);
    c.results = made_results(4);
    made_area(c.results, 0, "09002", "Azcapotzalco", 0.10, 0);
    made_area(c.results, 1, "09003", "Coyoacán", 0.20, 1);
    made_area(c.results, 2, "09004", "Cuajimalpa", 0.30, 2);
    made_area(c.results, 3, "9002", "Sin ceros", 0.31, 2);
    assert_int_equal(mirti_join_by_code(c.results, c.boundaries, &c.join, &err), MIRTI_OK);
    c.layer = (mirti_layer){c.results, c.boundaries, c.join, "Riesgo", "Tres niveles", NULL};
    return c;
}

static void free_country(country *c) {
    mirti_join_free(c->join);
    mirti_boundaries_free(c->boundaries);
    free_results(c->results);
}

static void test_codes_join_as_text_and_the_rest_is_listed(void **state) {
    (void)state;
    country c = make_country();
    const int64_t expected[] = {1, 0, 3, -1};
    assert_int_equal(c.join->joined, 3);
    assert_memory_equal(c.join->feature, expected, sizeof expected);
    assert_int_equal(c.join->unmatched_results, 1);
    assert_int_equal(c.join->unmatched_result[0], 3);
    assert_int_equal(c.join->unmatched_features, 1);
    assert_int_equal(c.join->unmatched_feature[0], 2);
    free_country(&c);
}

static void write_ok(const country *c, const char *name) {
    mirti_error err = {0};
    mirti_status status = mirti_geopackage_write(path_in(name), false, &c->layer, 1, "es", &err);
    if (status != MIRTI_OK) print_message("%s\n", err.message);
    assert_int_equal(status, MIRTI_OK);
}

/* «Nueva» was split from a part of 09003 that was itself split off; 09098 is of two parents. */
static void test_a_split_area_carries_the_scores_of_its_origin(void **state) {
    (void)state;
    country c = make_country();
    char path[512];
    snprintf(path, sizeof path, "%s", path_in("lineage.csv"));
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs("code,from_code\n09099,09050\n09050,09003\n09098,09002\n09098,09003\n", file);
    assert_int_equal(fclose(file), 0);
    mirti_lineage *lineage;
    mirti_error err = {0};
    assert_int_equal(mirti_lineage_read(path, &lineage, &err), MIRTI_OK);
    assert_int_equal(mirti_join_carry(c.join, c.results, c.boundaries, lineage, &err), MIRTI_OK);
    assert_int_equal(c.join->carried, 1);
    assert_int_equal(c.join->carries[0], 1);
    mirti_lineage_free(lineage);
    write_ok(&c, "carried.gpkg");
    mirti_source *source = NULL;
    mirti_batch batch = {0};
    const mirti_source_options options = {.path = path_in("carried.gpkg"), .layer = "municipality"};
    assert_int_equal(mirti_source_open(&options, &source, &err), MIRTI_OK);
    assert_int_equal(mirti_source_next(source, &batch, &err), MIRTI_OK);
    const struct {
        const char *column, *value;
    } expected[] = {
        {"code", "09099"}, {"name", "Nueva"}, {"risk", "0.2"},    {"children", ""},
        {"at_risk", ""},   {"rank", ""},      {"level", "medio"}, {"quality", "carried: 09003"}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        int column = mirti_source_find(source, expected[i].column);
        assert_true(column >= 0);
        assert_true(mirti_str_is(batch.column[column].text[4], expected[i].value));
    }
    mirti_batch_reset(&batch);
    mirti_source_close(source);
    free_country(&c);
}

/* In a run for one state the rest of the country is neither joined nor missing. */
static void test_other_states_are_elsewhere(void **state) {
    (void)state;
    const shape shapes[] = {{"09002", "Azcapotzalco", SQUARE(0)},
                            {"09099", "Nueva", SQUARE(1000)},
                            {"15114", "Villa Victoria", SQUARE(2000)}};
    mirti_boundaries *boundaries;
    mirti_join *join;
    mirti_error err = {0};
    write_shapefile(path_in("states"), &(shapefile){prj, "UTF-8", 0, 'C', 3, shapes});
    assert_int_equal(
        mirti_boundaries_read(path_in("states.shp"), &usual, 5, &boundaries, NULL, &err), MIRTI_OK);
    mirti_results *results = made_results(1);
    made_area(results, 0, "09002", "Azcapotzalco", 0.1, 0);
    assert_string_equal(results->parent_code[0], "09");
    assert_int_equal(mirti_join_by_code(results, boundaries, &join, &err), MIRTI_OK);
    assert_int_equal(join->joined, 1);
    assert_int_equal(join->elsewhere, 1);
    assert_int_equal(join->unmatched_features, 1);
    assert_int_equal(join->unmatched_feature[0], 1);
    mirti_join_free(join);
    mirti_boundaries_free(boundaries);
    free_results(results);
}

static void test_areas_without_a_code_join_nothing(void **state) {
    (void)state;
    const shape shapes[] = {{"", "A", SQUARE(0)}, {"09002", "B", SQUARE(1000)}};
    mirti_boundaries *boundaries;
    mirti_join *join;
    mirti_error err = {0};
    write_shapefile(path_in("codeless"), &(shapefile){prj, "UTF-8", 0, 'C', 2, shapes});
    assert_int_equal(
        mirti_boundaries_read(path_in("codeless.shp"), &usual, 5, &boundaries, NULL, &err),
        MIRTI_OK);
    mirti_results *results = made_results(2);
    made_area(results, 0, "", "A", 0.1, 0);
    assert_int_equal(mirti_join_by_code(results, boundaries, &join, &err), MIRTI_OK);
    assert_int_equal(join->joined, 0);
    assert_int_equal(join->unmatched_results, 2);
    assert_int_equal(join->unmatched_features, 2);
    mirti_join_free(join);
    mirti_boundaries_free(boundaries);
    free_results(results);
}

static void test_it_can_be_read_back(void **state) {
    (void)state;
    country c = make_country();
    write_ok(&c, "back.gpkg");
    mirti_boundary_input input = {.code = (char[]){"code"}, .name = (char[]){"name"}};
    mirti_boundaries *back;
    mirti_boundaries_info info;
    mirti_error err = {0};
    assert_int_equal(mirti_boundaries_read(path_in("back.gpkg"), &input, 5, &back, &info, &err),
                     MIRTI_OK);
    /* Results in their order, with or without a boundary, then what only the boundaries know; the
     * two spellings of 09002 become one when zeros are put back, which is why they must not here.
     */
    assert_int_equal(info.features, 5);
    assert_int_equal(info.padded_codes, 1);
    assert_int_equal(info.duplicate_codes, 1);
    assert_int_equal(info.without_geometry, 2);
    assert_string_equal(info.crs, "EPSG:6372");
    assert_string_equal(info.encoding, "UTF-8");
    assert_string_equal(mirti_boundaries_code(back, 0), "09002");
    assert_string_equal(mirti_boundaries_name(back, 1), "Coyoacán");
    assert_string_equal(mirti_boundaries_code(back, 3), "09099");
    mirti_boundaries_free(back);
    free_country(&c);
}

static void test_places_without_a_boundary_become_points(void **state) {
    (void)state;
    country c = make_country();
    c.results->longitude = missing_numbers(4);
    c.results->latitude = missing_numbers(4);
    for (int i = 0; i < 4; i++) {
        c.results->longitude[i] = -102.0;
        c.results->latitude[i] = 20.0;
    }
    write_ok(&c, "points.gpkg");
    mirti_boundary_input input = {.code = (char[]){"code"}, .name = (char[]){"name"}};
    mirti_boundaries *back;
    mirti_boundaries_info info;
    mirti_error err = {0};
    assert_int_equal(mirti_boundaries_read(path_in("points.gpkg"), &input, 0, &back, &info, &err),
                     MIRTI_OK);
    /* Four results and one boundary of its own; one boundary has no geometry, and its result, which
     * joins it, is not doubled by a point. */
    assert_int_equal(info.features, 5);
    assert_int_equal(info.without_geometry, 1);
    assert_int_equal(info.duplicate_codes, 0);
    /* A file of areas and points is none that has contiguity. */
    mirti_neighbours *neighbours;
    assert_int_equal(mirti_neighbours_find(back, MIRTI_NEIGHBOURS_QUEEN, 0, 0.0, &neighbours, &err),
                     MIRTI_ERROR_USAGE);
    mirti_boundaries_free(back);
    free(c.results->longitude);
    free(c.results->latitude);
    free_country(&c);
}

static void test_two_layers_of_one_title(void **state) {
    (void)state;
    country c = make_country(), d = make_country();
    mirti_error err = {0};
    free(d.results->kind);
    d.results->kind = strdup("locality");
    const mirti_layer layers[] = {c.layer, d.layer};
    assert_int_equal(
        mirti_geopackage_write(path_in("two-layers.gpkg"), false, layers, 2, "es", &err), MIRTI_OK);
    free_country(&c);
    free_country(&d);
}

static void test_the_same_bytes_twice_and_no_side_files(void **state) {
    (void)state;
    country c = make_country();
    write_ok(&c, "one.gpkg");
    write_ok(&c, "two.gpkg");
    char *one, *two;
    size_t one_size, two_size;
    assert_int_equal(mirti_file_read(path_in("one.gpkg"), &one, &one_size, NULL), MIRTI_OK);
    assert_int_equal(mirti_file_read(path_in("two.gpkg"), &two, &two_size, NULL), MIRTI_OK);
    assert_int_equal(one_size, two_size);
    assert_memory_equal(one, two, one_size);
    /* Bytes 18 and 19 of a SQLite file: 1 = rollback journal, 2 = write-ahead log. */
    assert_int_equal(one[18], 1);
    assert_int_equal(one[19], 1);
    assert_memory_equal(one + 68, "GPKG", 4);
    mirti_free(one);
    mirti_free(two);
    assert_int_not_equal(access(path_in("one.gpkg-journal"), F_OK), 0);
    assert_int_not_equal(access(path_in("one.gpkg-wal"), F_OK), 0);
    free_country(&c);
}

static void test_nothing_is_overwritten_unasked(void **state) {
    (void)state;
    country c = make_country();
    mirti_error err = {0};
    write_ok(&c, "precious.gpkg");
    assert_int_equal(
        mirti_geopackage_write(path_in("precious.gpkg"), false, &c.layer, 1, "es", &err),
        MIRTI_ERROR_USAGE);
    assert_int_equal(
        mirti_geopackage_write(path_in("precious.gpkg"), true, &c.layer, 1, "es", &err), MIRTI_OK);
    assert_int_equal(
        mirti_geopackage_write(path_in("no/such/folder.gpkg"), false, &c.layer, 1, "es", &err),
        MIRTI_ERROR_OUTPUT);
    free_country(&c);
}

static void test_a_full_disk_leaves_nothing(void **state) {
    (void)state;
    country c = make_country();
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
    for (rlim_t size = 4096; size < 100000; size += 20480) {
        mirti_error err = {0};
        small = before;
        small.rlim_cur = size;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        mirti_status status =
            mirti_geopackage_write(path_in("full.gpkg"), false, &c.layer, 1, "es", &err);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(status, MIRTI_ERROR_OUTPUT);
        assert_non_null(strstr(err.file, "full.gpkg"));
        assert_int_not_equal(access(path_in("full.gpkg"), F_OK), 0);
    }
    signal(SIGXFSZ, old);
    write_ok(&c, "full.gpkg");
    free_country(&c);
}

static country the_country; /* for `write_and_remove`, which takes no argument */

static mirti_status write_and_remove(mirti_error *err) {
    mirti_join *join;
    mirti_status status =
        mirti_join_by_code(the_country.results, the_country.boundaries, &join, err);
    if (status != MIRTI_OK) return status;
    mirti_layer layer = the_country.layer;
    layer.join = join;
    status = mirti_geopackage_write(path_in("memory.gpkg"), true, &layer, 1, "es", err);
    mirti_join_free(join);
    assert_int_equal(access(path_in("memory.gpkg"), F_OK) == 0, status == MIRTI_OK);
    unlink(path_in("memory.gpkg"));
    return status;
}

static void test_memory_may_run_out(void **state) {
    (void)state;
    the_country = make_country();
    assert_true(assert_survives_without_memory(write_and_remove) > 5);
    free_country(&the_country);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_join_as_text_and_the_rest_is_listed),
        cmocka_unit_test(test_areas_without_a_code_join_nothing),
        cmocka_unit_test(test_a_split_area_carries_the_scores_of_its_origin),
        cmocka_unit_test(test_other_states_are_elsewhere),
        cmocka_unit_test(test_it_can_be_read_back),
        cmocka_unit_test(test_places_without_a_boundary_become_points),
        cmocka_unit_test(test_two_layers_of_one_title),
        cmocka_unit_test(test_the_same_bytes_twice_and_no_side_files),
        cmocka_unit_test(test_nothing_is_overwritten_unasked),
        cmocka_unit_test(test_a_full_disk_leaves_nothing),
        cmocka_unit_test(test_memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
