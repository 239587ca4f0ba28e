/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published aggregates: a small table with everything that real ones have, and everything that can
 * be wrong with one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/census.h"

/* Four cells (age × sex), one share of the cell's own, one of the area, a category of three levels
 * of which two are published, a mean. */
static const char model_text[] =
    "mirti-model: 1\n"
    "name: small\n"
    "outcome: {name: works}\n"
    "predictors:\n"
    "  age: {kind: category, levels: [young, old], reference: young}\n"
    "  sex: {kind: category, levels: [woman, man], reference: woman}\n"
    "  out: {kind: binary, actionable: true}\n"
    "  floor: {kind: binary, actionable: true}\n"
    "  water: {kind: category, levels: [inside, plot, none], reference: inside}\n"
    "  rooms: {kind: number}\n"
    "terms: [age, sex, 'age:sex', out, floor, water, rooms]\n"
    "sources:\n"
    "  table:\n"
    "    kind: aggregates\n"
    "    code_widths: {STATE: 2, TOWN: 3}\n"
    "    missing:\n"
    "      - {codes: ['*']}\n"
    "      - {codes: [N/D], reason: {en: not available}}\n"
    "      - {columns: [EARTH], codes: ['-8'], reason: {es: suprimido}}\n"
    "    filter: KIND <> 'total'\n"
    "    areas:\n"
    "      town:\n"
    "        where: TOWN <> '000'\n"
    "        code: STATE || TOWN\n"
    "        code_width: 5\n"
    "        name: NAME\n"
    "        parent_code: STATE\n"
    "        longitude: LON\n"
    "        latitude: LAT\n"
    "    cells:\n"
    "      - {age: young, sex: woman, children: YF, out: NYF / YF}\n"
    "      - {age: young, sex: man, children: YM, out: NYM / YM}\n"
    "      - {age: old, sex: woman, children: OF, out: 1 - AOF / OF}\n"
    "      - {age: old, sex: man, children: OM, out: 1 - AOM / OM}\n"
    "    shares:\n"
    "      floor: EARTH / HOMES\n"
    "      water: {plot: PLOT / HOMES, none: DRY / HOMES}\n"
    "      rooms: ROOMS\n";

#define HEADER                                                                                     \
    "KIND,STATE,TOWN,NAME,LON,LAT,YF,YM,OF,OM,NYF,NYM,AOF,AOM,HOMES,EARTH,PLOT,DRY,ROOMS\n"
#define GOOD "town,01,002,Peñón,89°40'51.191\" W,21°0'0\" N,10,20,30,0,1,5,24,*,100,25,30,10,2.5\n"

typedef struct reading {
    mirti_model_spec *spec;
    mirti_terms *terms;
    mirti_areas *areas;
    mirti_row_count rows;
} reading;

static mirti_status read_text(const char *csv, reading *r, mirti_error *err) {
    memset(r, 0, sizeof *r);
    mirti_source *source = NULL;
    mirti_status status;
    const mirti_source_options options = {.path = "table.csv", .delimiter = ','};
    MIRTI_TRY_GOTO(
        status,
        mirti_model_spec_parse(model_text, sizeof model_text - 1, "small.yaml", &r->spec, err),
        done);
    MIRTI_TRY_GOTO(status, mirti_terms_new(r->spec, &r->terms, err), done);
    MIRTI_TRY_GOTO(status, mirti_source_open_text(mirti_str_of(csv), &options, &source, err), done);
    const mirti_source_block *block = &r->spec->source[0];
    status = mirti_areas_read(r->spec, block, &block->area_rule[0], r->terms, source, NULL,
                              &r->areas, &r->rows, err);
done:
    mirti_source_close(source);
    return status;
}

static void forget(reading *r) {
    mirti_areas_free(r->areas);
    mirti_terms_free(r->terms);
    mirti_model_spec_free(r->spec);
}

static reading read_well(const char *csv) {
    reading r;
    mirti_error err = {0};
    if (read_text(csv, &r, &err) != MIRTI_OK) {
        char text[2048];
        mirti_error_format(&err, text, sizeof text);
        fail_msg("%s", text);
    }
    return r;
}

static void test_a_row_becomes_an_area(void **state) {
    (void)state;
    reading r = read_well(HEADER GOOD "town,01,000,whole,,,1,1,1,1,1,1,1,1,1,1,1,1,1\n"
                                      "total,01,003,other,,,1,1,1,1,1,1,1,1,1,1,1,1,1\n");
    const mirti_areas *a = r.areas;
    assert_int_equal(a->count, 1);
    assert_int_equal(r.rows.read, 3);
    assert_int_equal(r.rows.used, 1);
    assert_int_equal(r.rows.outside, 2);
    assert_string_equal(a->kind, "town");
    assert_string_equal(a->code[0], "01002");
    assert_string_equal(a->name[0], "Peñón");
    assert_string_equal(a->parent_code[0], "01");
    assert_null(a->parent_name[0]);
    assert_true(fabs(a->longitude[0] + 89.680886389) < 1e-8 && a->latitude[0] == 21);
    assert_int_equal(a->missing[0], MIRTI_AREA_COMPLETE);
    assert_int_equal(a->cells, 4);
    assert_int_equal(a->shares, 2 + 2 + 1 + 1 + 3 + 1);
    const double children[4] = {10, 20, 30, 0};
    /* young old | woman man | out | floor | inside plot none | rooms */
    const double share[4][10] = {{1, 0, 1, 0, .1, .25, .6, .3, .1, 2.5},
                                 {1, 0, 0, 1, .25, .25, .6, .3, .1, 2.5},
                                 {0, 1, 1, 0, .2, .25, .6, .3, .1, 2.5},
                                 {0}}; /* nobody: its suppressed share is not needed */
    for (int c = 0; c < 4; c++) {
        assert_true(a->children[c] == children[c]);
        for (int s = 0; s < 10; s++)
            if (!(fabs(a->share[c * 10 + s] - share[c][s]) < 1e-15)) /* one rounding */
                fail_msg("cell %d, share %d: %g", c, s, a->share[c * 10 + s]);
    }
    double row[9];
    assert_int_equal(r.terms->columns, 9);
    mirti_terms_expected_row(r.terms, a->share + 10, row);
    const double expected[9] = {1, 0, 1, 0, .25, .25, .3, .1, 2.5};
    for (int j = 0; j < 9; j++)
        assert_true(fabs(row[j] - expected[j]) < 1e-15);
    forget(&r);
}

static void test_lost_zeros_come_back(void **state) {
    (void)state;
    reading r = read_well(HEADER "town,1,2,A,,,10,20,30,1,1,5,24,1,100,25,30,10,2\n"
                                 "town,1,0,whole,,,1,1,1,1,1,1,1,1,1,1,1,1,1\n"
                                 "town,12,34,B,,,10,20,30,1,1,5,24,1,100,25,30,10,2\n"
                                 "town,12,345,C,,,10,20,30,1,1,5,24,1,100,25,30,10,2\n");
    assert_int_equal(r.areas->count, 3);
    assert_string_equal(r.areas->code[0], "01002");
    assert_string_equal(r.areas->code[1], "12034");
    assert_string_equal(r.areas->code[2], "12345");
    assert_string_equal(r.areas->parent_code[0], "01");
    assert_int_equal(r.rows.outside, 1); /* MUN 0 is MUN 000 */
    assert_int_equal(r.rows.notes, 2);
    assert_non_null(strstr(r.rows.note[0].text, "STATE"));
    assert_int_equal(r.rows.note[0].rows, 2);
    assert_int_equal(r.rows.note[1].rows, 3);
    assert_int_equal(r.rows.note[1].first_row, 2);
    assert_string_equal(r.rows.note[1].first_value, "2");
    assert_true(isnan(r.areas->longitude[0]));
    forget(&r);
}

static const struct {
    const char *row, *column;
    mirti_area_missing missing;
} incomplete[] = {
    {"town,01,001,A,,,*,20,30,1,1,5,24,1,100,25,30,10,2\n", "YF", MIRTI_AREA_SUPPRESSED},
    {"town,01,001,A,,,10,20,30,1,N/D,5,24,1,100,25,30,10,2\n", "NYF", MIRTI_AREA_NOT_AVAILABLE},
    {"town,01,001,A,,,10,20,30,1,,5,24,1,100,25,30,10,2\n", "NYF", MIRTI_AREA_NOT_AVAILABLE},
    {"town,01,001,A,,,10,20,30,1,1,5,24,1,100,-8,30,10,2\n", "EARTH", MIRTI_AREA_SUPPRESSED},
    /* suppression says more than a blank that comes before it */
    {"town,01,001,A,,,,20,30,1,1,5,24,1,100,25,30,*,2\n", "DRY", MIRTI_AREA_SUPPRESSED},
    {"town,01,001,A,,,10,20,30,1,1,5,24,1,N/D,*,30,10,2\n", "EARTH", MIRTI_AREA_SUPPRESSED},
    {"town,01,001,A,,,10,20,30,1,1,5,24,1,0,0,0,0,2\n", "floor", MIRTI_AREA_NOT_AVAILABLE},
    {"town,01,001,A,,,0,0,0,0,*,*,*,*,*,*,*,*,*\n", NULL, MIRTI_AREA_NO_CHILDREN},
    {"town,01,001,A,,,10,20,30,*,1,5,24,1,100,25,30,10,2\n", "OM", MIRTI_AREA_SUPPRESSED},
};

static void test_why_an_area_is_missing(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof incomplete / sizeof *incomplete; i++) {
        char csv[1024];
        snprintf(csv, sizeof csv, "%s%s", HEADER, incomplete[i].row);
        reading r = read_well(csv);
        assert_int_equal(r.areas->count, 1);
        if (r.areas->missing[0] != incomplete[i].missing)
            fail_msg("%s: %s", incomplete[i].row, mirti_area_missing_name(r.areas->missing[0]));
        if (incomplete[i].column)
            assert_string_equal(r.areas->missing_column[0], incomplete[i].column);
        else
            assert_null(r.areas->missing_column[0]);
        forget(&r);
    }
}

static const struct {
    const char *rows; /* after the header; the last one is wrong */
    int64_t line;
    const char *field, *value, *message;
} wrong[] = {
    {GOOD "town,01,001,A,,,ten,20,30,1,1,5,24,1,100,25,30,10,2\n", 3, "YF", "ten", "number"},
    {"town,01,001,A,,,10,20,30,1,1,5,24,1,100,125,30,10,2\n", 2, "floor", "1.25",
     "between 0 and 1"},
    {"town,01,001,A,,,10,20,30,1,1,5,31,1,100,25,30,10,2\n", 2, "out", "-0.03", "between 0 and 1"},
    {"town,01,001,A,,,-10,20,30,1,1,5,24,1,100,25,30,10,2\n", 2, "children", "-10", "negative"},
    {"town,01,001,A,,,10,20,30,1,1,5,24,1,100,25,60,50,2\n", 2, "water", "1.1", "add up to more"},
    {GOOD "town,01,002,A,,,10,20,30,1,1,5,24,1,100,25,30,10,2\n", 3, "code", "01002", "2 and 3"},
    {"town,01,0021,A,,,10,20,30,1,1,5,24,1,100,25,30,10,2\n", 2, "code", "010021", "6 characters"},
    {"town,,001,A,,,10,20,30,1,1,5,24,1,100,25,30,10,2\n", 2, "code", "", "no code"},
};

static void test_what_is_wrong_is_named(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char csv[2048];
        snprintf(csv, sizeof csv, "%s%s", HEADER, wrong[i].rows);
        reading r;
        mirti_error err = {0};
        mirti_status status = read_text(csv, &r, &err);
        forget(&r);
        if (status != MIRTI_ERROR_INPUT) fail_msg("%s is accepted", wrong[i].rows);
        if (!strstr(err.message, wrong[i].message)) fail_msg("%s", err.message);
        assert_string_equal(err.field, wrong[i].field);
        assert_int_equal(err.line, wrong[i].line);
        if (strncmp(err.value, wrong[i].value, strlen(wrong[i].value)) != 0)
            fail_msg("'%s' is named, not '%s'", err.value, wrong[i].value);
    }
}

static void test_columns_that_are_not_there(void **state) {
    (void)state;
    reading r;
    mirti_error err = {0};
    assert_int_equal(read_text("STATE,NAME\n01,A\n", &r, &err), MIRTI_ERROR_INPUT);
    assert_string_equal(err.file, "small.yaml");
    assert_true(err.line > 0);
    assert_string_equal(err.value, "TOWN");
    forget(&r);
}

static void test_coordinates_are_not_fatal(void **state) {
    (void)state;
    reading r = read_well(HEADER "town,01,001,A,north,95,10,20,30,1,1,5,24,1,100,25,30,10,2\n");
    assert_true(isnan(r.areas->longitude[0]) && isnan(r.areas->latitude[0]));
    assert_int_equal(r.rows.note[0].rows, 2);
    assert_string_equal(r.rows.note[0].first_value, "north");
    forget(&r);
}

static void test_no_areas(void **state) {
    (void)state;
    reading r = read_well(HEADER "town,01,000,whole,,,1,1,1,1,1,1,1,1,1,1,1,1,1\n");
    assert_int_equal(r.areas->count, 0);
    assert_int_equal(r.rows.used + r.rows.outside + r.rows.dropped, r.rows.read);
    forget(&r);
}

static void test_many_areas_in_batches(void **state) {
    (void)state;
    enum { N = 9000 };
    mirti_text csv = {0};
    mirti_text_puts(&csv, HEADER);
    for (int i = 0; i < N; i++)
        mirti_text_printf(&csv, "town,%02d,%03d,T%d,,,10,20,30,1,1,5,24,1,100,25,30,10,%d\n",
                          i / 900, i % 900 + 1, i, i);
    assert_false(csv.failed);
    reading r = read_well(csv.data);
    assert_int_equal(r.areas->count, N);
    for (int i = 0; i < N; i++) {
        assert_true(r.areas->share[i * 40 + 9] == i);
        char name[16];
        snprintf(name, sizeof name, "T%d", i);
        assert_string_equal(r.areas->name[i], name);
    }
    mirti_text_reset(&csv);
    forget(&r);
}

static mirti_status read_some(mirti_error *err) {
    reading r;
    mirti_status status =
        read_text(HEADER GOOD "town,1,3,B,x,,*,20,30,0,1,5,24,*,0,0,0,0,2\n", &r, err);
    forget(&r);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_without_memory(read_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row_becomes_an_area),
        cmocka_unit_test(test_lost_zeros_come_back),
        cmocka_unit_test(test_why_an_area_is_missing),
        cmocka_unit_test(test_what_is_wrong_is_named),
        cmocka_unit_test(test_columns_that_are_not_there),
        cmocka_unit_test(test_coordinates_are_not_fatal),
        cmocka_unit_test(test_no_areas),
        cmocka_unit_test(test_many_areas_in_batches),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
