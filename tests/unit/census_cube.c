/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cube: what it counts, that parts add up to the whole to the last byte, and that a file that
 * is not one is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/census.h"

static const char model_text[] =
    "mirti-model: 1\n"
    "name: small\n"
    "outcome: {name: works}\n"
    "predictors:\n"
    "  age: {kind: category, levels: [young, old], reference: young}\n"
    "  out: {kind: binary}\n"
    "  rooms: {kind: number}\n"
    "  unused: {kind: binary}\n"
    "terms: [age, out, rooms]\n"
    "sources:\n"
    "  persons:\n"
    "    kind: census\n"
    "    filter: AGE BETWEEN 5 AND 17\n"
    "    missing: [{columns: [ROOMS], codes: ['99']}]\n"
    "    code_widths: {STATE: 2, TOWN: 3}\n"
    "    weight: W\n"
    "    stratum: H\n"
    "    psu: U\n"
    "    area: STATE || TOWN\n"
    "    parent_area: STATE\n"
    "    predictors:\n"
    "      age: CASE WHEN AGE < 12 THEN 'young' WHEN AGE < 17 THEN 'old' ELSE 'ancient' END\n"
    "      out: OUT = '1'\n"
    "      rooms: ROOMS\n";

#define HEADER "STATE,TOWN,AGE,OUT,ROOMS,W,H,U\n"
#define ONE    "02,001,9,1,3,10,a,1\n02,001,9,1,3,2.5,a,2\n01,002,14,0,-0,4,b,1\n01,002,40,0,1,4,b,1\n"
#define TWO                                                                                        \
    "1,2,14,0,0,6,b,1\n1,2,17,0,1,5,b,1\n1,2,8,,1,5,b,1\n1,2,8,1,99,5,b,1\n1,2,8,1,1,0,b,1\n"
#define THREE "02,001,9,1,3,1,a,1\n03,001,5,0,1.5,7,c,9\n,,5,0,1.5,7,c,9\n"

static mirti_status build_with(int threads, const char *csv, bool design, mirti_cube **out,
                               mirti_error *err) {
    mirti_model_spec *spec = NULL;
    mirti_terms *terms = NULL;
    mirti_source *source = NULL;
    mirti_status status;
    *out = NULL;
    const mirti_source_options options = {.path = "persons.csv", .delimiter = ','};
    const mirti_cube_options cube = {.design = design, .threads = threads};
    MIRTI_TRY_GOTO(
        status, mirti_model_spec_parse(model_text, sizeof model_text - 1, "small.yaml", &spec, err),
        done);
    MIRTI_TRY_GOTO(status, mirti_terms_new(spec, &terms, err), done);
    MIRTI_TRY_GOTO(status, mirti_source_open_text(mirti_str_of(csv), &options, &source, err), done);
    MIRTI_TRY_GOTO(
        status,
        mirti_cube_build(spec, &spec->source[0], terms, source, &cube, NULL, out, NULL, err), done);
    status = mirti_cube_check(*out, terms, err);
done:
    mirti_source_close(source);
    mirti_terms_free(terms);
    mirti_model_spec_free(spec);
    return status;
}

static mirti_status build(const char *csv, bool design, mirti_cube **out, mirti_error *err) {
    return build_with(0, csv, design, out, err);
}

static mirti_cube *cube_of(const char *csv, bool design) {
    mirti_cube *cube;
    mirti_error err = {0};
    if (build(csv, design, &cube, &err) != MIRTI_OK) fail_msg("%s", err.message);
    return cube;
}

static mirti_text bytes_of(const mirti_cube *cube) {
    mirti_text text = {0};
    assert_int_equal(mirti_cube_print(cube, &text, NULL), MIRTI_OK);
    return text;
}

static void assert_same(const mirti_cube *a, const mirti_cube *b) {
    mirti_text left = bytes_of(a), right = bytes_of(b);
    assert_int_equal(left.size, right.size);
    assert_memory_equal(left.data, right.data, left.size);
    mirti_text_reset(&left);
    mirti_text_reset(&right);
}

static void test_what_it_counts(void **state) {
    (void)state;
    mirti_cube *c = cube_of(HEADER ONE TWO THREE, false);
    assert_string_equal(c->kind, "municipality");
    assert_int_equal(c->variables, 3); /* not the predictor that no term uses */
    assert_string_equal(c->variable[0], "age=young|old");
    assert_string_equal(c->variable[1], "out=0|1");
    assert_string_equal(c->variable[2], "rooms=number");
    assert_int_equal(c->areas, 3);
    assert_string_equal(c->code[0], "01002");
    assert_string_equal(c->code[2], "03001");
    assert_string_equal(c->parent[1], "02");
    assert_int_equal(c->places, 3);
    assert_int_equal(c->patterns, 3);
    const double value[9] = {0, 0, 1.5, 0, 1, 3, 1, 0, 0};
    assert_memory_equal(c->value, value, sizeof value); /* −0 rooms are 0 rooms, bit for bit */
    assert_int_equal(c->cells, 3);
    assert_int_equal(c->cell[0].pattern, 2);
    assert_int_equal(c->cell[0].persons, 2);
    assert_int_equal(c->cell[0].weight, 10000000);
    assert_int_equal(c->cell[1].weight, 13500000); /* 10 + 2.5 + 1 */
    assert_int_equal(c->rows.read, 12);
    assert_int_equal(c->rows.outside, 1);
    assert_int_equal(c->rows.used, 6);
    assert_int_equal(c->rows.dropped, 5);
    assert_int_equal(c->rows.reasons, 5);
    assert_string_equal(c->rows.reason[0].text, "predictor age is none of its levels");
    assert_string_equal(c->rows.reason[4].text, "the weight is zero");
    mirti_cube_free(c);
}

static void test_with_design(void **state) {
    (void)state;
    mirti_cube *c = cube_of(HEADER ONE TWO THREE, true);
    assert_int_equal(c->places, 4); /* two PSUs in 02001 */
    assert_string_equal(c->place[1].stratum, "a");
    assert_string_equal(c->place[1].psu, "1");
    assert_string_equal(c->place[2].psu, "2");
    assert_int_equal(c->cells, 4);
    mirti_cube_free(c);
}

static void test_parts_add_up(void **state) {
    (void)state;
    for (int design = 0; design < 2; design++) {
        mirti_cube *whole = cube_of(HEADER ONE TWO THREE, design);
        mirti_cube *turned = cube_of(HEADER THREE TWO ONE, design);
        mirti_cube *part[3] = {cube_of(HEADER ONE, design), cube_of(HEADER TWO, design),
                               cube_of(HEADER THREE, design)};
        assert_same(whole, turned);
        static const int order[3][3] = {{0, 1, 2}, {2, 0, 1}, {1, 2, 0}};
        for (int k = 0; k < 3; k++) {
            const mirti_cube *some[3] = {part[order[k][0]], part[order[k][1]], part[order[k][2]]};
            mirti_cube *merged, *two;
            assert_int_equal(mirti_cube_merge(some, 3, &merged, NULL), MIRTI_OK);
            assert_same(whole, merged);
            mirti_cube_free(merged);
            assert_int_equal(mirti_cube_merge(some + 1, 2, &two, NULL), MIRTI_OK); /* in steps */
            const mirti_cube *rest[2] = {two, some[0]};
            assert_int_equal(mirti_cube_merge(rest, 2, &merged, NULL), MIRTI_OK);
            assert_same(whole, merged);
            mirti_cube_free(merged);
            mirti_cube_free(two);
        }
        for (int k = 0; k < 3; k++)
            mirti_cube_free(part[k]);
        mirti_cube_free(whole);
        mirti_cube_free(turned);
    }
}

/* A census of several pieces (of 256 KiB): each with all that can be used, dropped and noted; towns
 * that come back; values by which rows can be told from each other. */
static void write_census(mirti_text *csv, int rows) {
    mirti_rng rng = mirti_rng_at(3, 1, 0);
    mirti_text_puts(csv, HEADER);
    for (int row = 0; row < rows; row++) {
        int age = (int)mirti_rng_below(&rng, 20);
        mirti_text_printf(csv, "%d,%d,%d,", 1 + row * 3 / rows, 1 + row / 50 % 40, age);
        mirti_text_printf(csv, "%u,", mirti_rng_below(&rng, 2));
        uint32_t kind = mirti_rng_below(&rng, 100);
        if (kind == 0) mirti_text_puts(csv, ",");
        if (kind == 1) mirti_text_printf(csv, "many%d,", row);
        if (kind > 1) mirti_text_printf(csv, "%u,", kind % 7);
        mirti_text_printf(csv, "%u.%d,%c,%d\n", mirti_rng_below(&rng, 30), row % 10, 'a' + row % 3,
                          row / 20 % 9);
    }
}

static void test_any_number_of_threads(void **state) {
    (void)state;
    mirti_text csv = {0};
    write_census(&csv, 40000);
    assert_false(csv.failed);
    assert_true(csv.size > 3 * 256 * 1024);
    for (int design = 0; design < 2; design++) {
        mirti_cube *one, *more;
        mirti_error err = {0};
        if (build_with(1, csv.data, design, &one, &err) != MIRTI_OK) fail_msg("%s", err.message);
        assert_true(one->rows.reasons >= 3 && one->rows.notes == 2 && one->areas == 120);
        for (int threads = 2; threads <= 6; threads += 2) {
            assert_int_equal(build_with(threads, csv.data, design, &more, &err), MIRTI_OK);
            assert_same(one, more);
            assert_memory_equal(&one->rows, &more->rows, sizeof one->rows); /* first cases too */
            mirti_cube_free(more);
        }
        mirti_cube_free(one);
    }
    mirti_text_reset(&csv);
}

/* An area in two states: the first row where that shows is named, whoever came upon it. */
static void test_area_in_two_areas(void **state) {
    (void)state;
    static const char *const pair[2] = {"A,Bx,9,1,3,1,a,1\n", "AB,x,9,1,3,1,a,1\n"};
    for (int threads = 1; threads <= 4; threads++) {
        mirti_text csv = {0};
        mirti_cube *cube;
        mirti_error err = {0};
        write_census(&csv, 100); /* rows 2 to 101 */
        mirti_text_puts(&csv, pair[0]);
        for (int i = 0; i < 30000; i++)
            mirti_text_puts(&csv, "1,1,9,1,3,1,a,1\n");
        mirti_text_puts(&csv, pair[1]); /* row 30103 */
        for (int i = 0; i < 30000; i++)
            mirti_text_puts(&csv, i % 2 ? pair[0] : "C,Dx,9,1,3,1,a,1\n");
        mirti_text_puts(&csv, "CD,x,9,1,3,1,a,1\n");
        assert_int_equal(build_with(threads, csv.data, false, &cube, &err), MIRTI_ERROR_INPUT);
        assert_string_equal(err.message, "area ABx lies in two larger areas: 'A' and 'AB'");
        assert_int_equal(err.line, 30103);
        assert_string_equal(err.file, "persons.csv");
        mirti_text_reset(&csv);
    }
}

static void test_what_cannot_be_added(void **state) {
    (void)state;
    mirti_error err = {0};
    mirti_cube *plain = cube_of(HEADER ONE, false), *design = cube_of(HEADER ONE, true), *out;
    const mirti_cube *both[2] = {plain, design};
    assert_int_equal(mirti_cube_merge(both, 2, &out, &err), MIRTI_ERROR_INPUT);
    assert_null(out);
    assert_int_equal(mirti_cube_merge(both, 0, &out, &err), MIRTI_ERROR_USAGE);
    mirti_cube *elsewhere = cube_of(HEADER ONE, false);
    elsewhere->parent[0][1] = '9'; /* the same area in another state */
    const mirti_cube *moved[2] = {plain, elsewhere};
    assert_int_equal(mirti_cube_merge(moved, 2, &out, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "two larger areas"));
    elsewhere->parent[0][1] = '1';
    elsewhere->cell[0].weight = INT64_MAX;
    assert_int_equal(mirti_cube_merge(moved, 2, &out, &err), MIRTI_ERROR_INPUT);
    mirti_cube_free(plain);
    mirti_cube_free(design);
    mirti_cube_free(elsewhere);
}

static const struct {
    const char *row;
    const char *message;
} wrong[] = {
    {"01,001,9,1,3,-1,a,1\n", "negative"},
    {"01,001,9,1,3,,a,1\n", "missing"},
    {"01,001,9,1,3,1e12,a,1\n", "bounds"},
};

static void test_weights_that_cannot_be(void **state) {
    (void)state;
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        char csv[256];
        snprintf(csv, sizeof csv, "%s02,001,9,1,3,1,a,1\n%s", HEADER, wrong[k].row);
        mirti_cube *cube;
        mirti_error err = {0};
        assert_int_equal(build(csv, false, &cube, &err), MIRTI_ERROR_INPUT);
        assert_non_null(strstr(err.message, wrong[k].message));
        assert_int_equal(err.line, 3);
        assert_null(cube);
    }
}

static void test_the_file(void **state) {
    (void)state;
    for (int design = 0; design < 2; design++) {
        mirti_cube *cube = cube_of(HEADER ONE TWO THREE, design), *again;
        mirti_error err = {0};
        mirti_text bytes = bytes_of(cube);
        if (mirti_cube_parse(bytes.data, bytes.size, "a.cube", &again, &err) != MIRTI_OK)
            fail_msg("%s", err.message);
        assert_same(cube, again);
        mirti_cube_free(again);
        /* Cut anywhere, or with any bit turned, it is no cube any more. */
        for (size_t size = 0; size < bytes.size; size++)
            assert_int_equal(mirti_cube_parse(bytes.data, size, "a.cube", &again, &err),
                             MIRTI_ERROR_INPUT);
        assert_string_equal(err.file, "a.cube");
        for (size_t at = 0; at < bytes.size; at++) {
            bytes.data[at] ^= 4;
            assert_int_equal(mirti_cube_parse(bytes.data, bytes.size, "a.cube", &again, &err),
                             MIRTI_ERROR_INPUT);
            assert_null(again);
            bytes.data[at] ^= 4;
        }
        mirti_text_reset(&bytes);
        mirti_cube_free(cube);
    }
}

/* Whoever computes the checksum anew gets past it; what is behind must hold by itself. */
static void test_the_file_under_attack(void **state) {
    (void)state;
    mirti_cube *cube = cube_of(HEADER ONE TWO THREE, true), *again;
    mirti_text bytes = bytes_of(cube);
    size_t body = bytes.size - 64;
    mirti_rng rng = mirti_rng_at(1, 1, 0);
    for (int round = 0; round < 20000; round++) {
        char *copy = malloc(bytes.size);
        assert_non_null(copy);
        memcpy(copy, bytes.data, bytes.size);
        for (uint32_t k = mirti_rng_below(&rng, 4); k < 4; k++)
            copy[mirti_rng_below(&rng, (uint32_t)body)] =
                (char)(mirti_rng_below(&rng, 3) == 0 ? 255 : mirti_rng_below(&rng, 256));
        char hex[65];
        mirti_sha256(copy, body, hex);
        memcpy(copy + body, hex, 64);
        if (mirti_cube_parse(copy, bytes.size, "a.cube", &again, NULL) == MIRTI_OK) {
            mirti_text print = bytes_of(again); /* what is read is a cube: it prints as it was */
            assert_memory_equal(print.data, copy, bytes.size);
            mirti_text_reset(&print);
            mirti_cube_free(again);
        }
        free(copy);
    }
    mirti_text_reset(&bytes);
    mirti_cube_free(cube);
}

static void test_on_disk(void **state) {
    (void)state;
    mirti_cube *cube = cube_of(HEADER ONE TWO, false), *again;
    mirti_error err = {0};
    const char *path = "census_cube_test.cube";
    remove(path);
    assert_int_equal(mirti_cube_write(cube, path, false, &err), MIRTI_OK);
    assert_int_equal(mirti_cube_write(cube, path, false, &err), MIRTI_ERROR_USAGE);
    assert_int_equal(mirti_cube_write(cube, path, true, &err), MIRTI_OK);
    assert_int_equal(mirti_cube_read(path, &again, &err), MIRTI_OK);
    assert_same(cube, again);
    remove(path);
    mirti_cube_free(again);
    assert_int_equal(mirti_cube_read(path, &again, &err), MIRTI_ERROR_INPUT);
    mirti_cube_free(cube);
}

static void test_areas(void **state) {
    (void)state;
    mirti_areas *areas;
    assert_int_equal(mirti_areas_from_cube(cube_of(HEADER ONE TWO THREE, true), &areas, NULL),
                     MIRTI_OK);
    assert_int_equal(areas->count, 3);
    assert_string_equal(areas->code[1], "02001");
    assert_string_equal(areas->parent_code[1], "02");
    assert_true(areas->children[1] == 13.5);
    assert_int_equal(areas->missing[1], MIRTI_AREA_COMPLETE);
    mirti_areas_free(areas);
}

static mirti_status everything(mirti_error *err) {
    mirti_cube *a = NULL, *b = NULL, *sum = NULL;
    mirti_areas *areas = NULL;
    mirti_text bytes = {0};
    mirti_status status;
    MIRTI_TRY_GOTO(status, build_with(1, HEADER ONE, true, &a, err), done);
    MIRTI_TRY_GOTO(status, mirti_cube_print(a, &bytes, err), done);
    MIRTI_TRY_GOTO(status, mirti_cube_parse(bytes.data, bytes.size, "b", &b, err), done);
    const mirti_cube *both[2] = {a, b};
    MIRTI_TRY_GOTO(status, mirti_cube_merge(both, 2, &sum, err), done);
    status = mirti_areas_from_cube(sum, &areas, err);
done:
    mirti_areas_free(areas);
    mirti_text_reset(&bytes);
    mirti_cube_free(a);
    mirti_cube_free(b);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_without_memory(everything);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_counts),
        cmocka_unit_test(test_with_design),
        cmocka_unit_test(test_parts_add_up),
        cmocka_unit_test(test_any_number_of_threads),
        cmocka_unit_test(test_area_in_two_areas),
        cmocka_unit_test(test_what_cannot_be_added),
        cmocka_unit_test(test_weights_that_cannot_be),
        cmocka_unit_test(test_the_file),
        cmocka_unit_test(test_the_file_under_attack),
        cmocka_unit_test(test_on_disk),
        cmocka_unit_test(test_areas),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
