/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names: named expressions and maps, circles, constants, missing codes; and the columns that are
 * needed.
 */
#include "recode_harness.h"

#define ROW "edad=15;sexo=1;asiste= 3 ;ingreso=99;x=*"

typedef struct fixture {
    harness_row row;
    mirti_scope *scope;
    mirti_error err;
    char got[256];
} fixture;

static int set_up(void **state) {
    static fixture f;
    f = (fixture){0};
    harness_row_set(&f.row, ROW);
    assert_int_equal(mirti_scope_new(f.row.field, f.row.columns, &f.scope, &f.err), MIRTI_OK);
    *state = &f;
    return 0;
}

static int tear_down(void **state) {
    mirti_scope_free(((fixture *)*state)->scope);
    return 0;
}

static void define(fixture *f, const char *name, const char *text) {
    assert_int_equal(mirti_scope_define(f->scope, name, text, NULL, &f->err), MIRTI_OK);
}

static void expect(fixture *f, const char *text, const char *want) {
    mirti_status status = harness_eval_in(f->scope, &f->row, text, MIRTI_TYPE_RAW, f->got,
                                          sizeof f->got, NULL, &f->err);
    if (status != MIRTI_OK) fail_msg("%s: %s", text, f->err.message);
    if (strcmp(f->got, want) != 0) fail_msg("%s gives %s, not %s", text, f->got, want);
}

static void refuse(fixture *f, const char *text, const char *message, const char *name) {
    mirti_status status = harness_eval_in(f->scope, &f->row, text, MIRTI_TYPE_RAW, f->got,
                                          sizeof f->got, NULL, &f->err);
    assert_int_equal(status, MIRTI_ERROR_INPUT);
    assert_string_equal(f->err.message, message);
    assert_string_equal(f->err.field, name);
}

static void test_definitions(void **state) {
    fixture *f = *state;
    define(f, "teenager", "child AND NOT infant");
    define(f, "child", "edad < limit");
    define(f, "infant", "edad < 3");
    define(f, "limit", "17 + 1");
    expect(f, "teenager", "TRUE");
    expect(f, "TEENAGER", "TRUE");
    expect(f, "limit + 1", "19");
    /* Its own name is the column; other definitions see the definition. */
    define(f, "edad", "edad + 1");
    expect(f, "edad", "16");
    define(f, "older", "edad + 1");
    expect(f, "older", "17");
    expect(f, "EDAD", "16");
}

static void test_circles(void **state) {
    fixture *f = *state;
    define(f, "a", "b + 1");
    define(f, "b", "c + 1");
    define(f, "c", "a + 1");
    define(f, "own", "own + 1");
    define(f, "good", "edad + 1");
    refuse(f, "a", "the definitions go in a circle: a -> b -> c -> a", "c");
    refuse(f, "1 + b", "the definitions go in a circle: b -> c -> a -> b", "a");
    refuse(f, "own", "the definitions go in a circle: own -> own", "own");
    expect(f, "good", "16");
    assert_int_equal(mirti_scope_define(f->scope, "a", "1", NULL, &f->err), MIRTI_ERROR_INPUT);
    assert_string_equal(f->err.message, "'a' is defined twice");
    assert_int_equal(mirti_scope_define(f->scope, "", "1", NULL, NULL), MIRTI_ERROR_USAGE);
    assert_int_equal(mirti_scope_constant(f->scope, "b", "1", NULL), MIRTI_ERROR_INPUT);
}

/** The place of an error inside a named expression is that expression's, not the one that uses it.
 */
static void test_error_inside(void **state) {
    fixture *f = *state;
    const mirti_expression_origin origin = {"model.yaml", 7, 11, NULL};
    assert_int_equal(mirti_scope_define(f->scope, "helper", "edad > edda", &origin, &f->err),
                     MIRTI_OK);
    for (int i = 0; i < 2; i++) {
        refuse(f, "helper OR edad > 3", "there is no column or name 'edda'", "helper");
        assert_int_equal(f->err.line, 7);
        assert_int_equal(f->err.column, 18);
        assert_string_equal(f->err.file, "model.yaml");
    }
}

/** Doubling by name is linear in the graph, and its text is bounded. */
static void test_doubling(void **state) {
    fixture *f = *state;
    char name[16], text[64];
    define(f, "d0", "edad * 1");
    define(f, "t0", "sexo");
    for (int i = 1; i < 60; i++) {
        snprintf(name, sizeof name, "d%d", i);
        snprintf(text, sizeof text, "d%d + d%d", i - 1, i - 1);
        define(f, name, text);
        name[0] = 't';
        snprintf(text, sizeof text, "t%d || t%d", i - 1, i - 1);
        define(f, name, text);
    }
    expect(f, "d59 / 576460752303423488", "15");
    assert_int_equal(harness_eval_in(f->scope, &f->row, "LENGTH(t59)", MIRTI_TYPE_RAW, f->got,
                                     sizeof f->got, NULL, &f->err),
                     MIRTI_ERROR_MEMORY);
    for (int i = 60; i < 80; i++) {
        snprintf(name, sizeof name, "d%d", i);
        snprintf(text, sizeof text, "d%d + d%d", i - 1, i - 1);
        define(f, name, text);
    }
    assert_int_equal(harness_eval_in(f->scope, &f->row, "d79", MIRTI_TYPE_RAW, f->got,
                                     sizeof f->got, NULL, &f->err),
                     MIRTI_OK);
}

/** How deep named expressions may use one another is bounded; each by itself is not the matter. */
static void test_long_chain(void **state) {
    fixture *f = *state;
    char name[16], text[64];
    define(f, "c0", "edad");
    for (int i = 1; i < 100; i++) {
        snprintf(name, sizeof name, "c%d", i);
        snprintf(text, sizeof text, "c%d + 1", i - 1);
        define(f, name, text);
    }
    refuse(f, "c99", "named expressions use one another more than 64 deep", "c36");
    expect(f, "c50", "65");
    expect(f, "c99", "114");
    const mirti_expression_origin origin = {"model.yaml", 9, 3, "c1"};
    assert_int_equal(mirti_scope_define(f->scope, "c1", "1", &origin, &f->err), MIRTI_ERROR_INPUT);
    assert_int_equal(f->err.line, 9);
    assert_int_equal(mirti_scope_define(f->scope, "new", NULL, &origin, &f->err),
                     MIRTI_ERROR_USAGE);
}

/** The three nearest names are offered, the nearest first. */
static void test_suggestions(void **state) {
    fixture *f = *state;
    char *codes[] = {(char[]){"9"}};
    mirti_field field[] = {{.name = (char[]){"Upm"}}, {.name = (char[]){"UPM"}}};
    mirti_scope *scope = NULL;
    define(f, "edades", "1");
    define(f, "edad_1", "1");
    define(f, "edad_12", "1");
    refuse(f, "edad_2 > 1", "there is no column or name 'edad_2'", "");
    assert_string_equal(f->err.remedy, "did you mean edad_1, edad_12 or edades?");
    assert_int_equal(mirti_scope_new(field, 2, &scope, NULL), MIRTI_OK);
    assert_int_equal(mirti_scope_missing(scope, "upm", codes, 1, &f->err), MIRTI_ERROR_INPUT);
    assert_string_equal(f->err.message,
                        "missing codes are declared for 'upm', which fits several columns");
    assert_int_equal(mirti_scope_missing(scope, "UPM", codes, 1, &f->err), MIRTI_OK);
    mirti_scope_free(scope);
}

static void test_named_maps(void **state) {
    fixture *f = *state;
    define(f, "yes_no", "MAP(1 -> 'yes', 3 -> 'no', 9 -> NULL)");
    define(f, "sex", "MAP(sexo, '1' -> 'man', '3' -> 'woman')");
    expect(f, "yes_no(asiste)", "'no'");
    expect(f, "YES_NO(sexo)", "'yes'");
    expect(f, "yes_no(sexo + 2) = 'no'", "TRUE");
    expect(f, "sex", "'man'");
    refuse(f, "yes_no", "'yes_no' is a map and needs a value", "");
    refuse(f, "yes_no()", "a map takes one value, not 0", "");
    refuse(f, "sex(sexo)", "there is no function 'sex'", "");
    define(f, "wrong", "MAP(1 -> 'a', 1 -> 'b')");
    refuse(f, "wrong(edad)", "this key stands twice in the map", "wrong");
}

static void test_constants(void **state) {
    fixture *f = *state;
    define(f, "is_man", "level = 'man'");
    assert_int_equal(mirti_scope_constant(f->scope, "level", "man", &f->err), MIRTI_OK);
    assert_int_equal(mirti_scope_constant(f->scope, "one", "1", &f->err), MIRTI_OK);
    assert_int_equal(mirti_scope_constant(f->scope, "none", NULL, &f->err), MIRTI_OK);
    expect(f, "is_man", "TRUE");
    expect(f, "one + 1", "2");
    expect(f, "one = '1'", "TRUE");
    expect(f, "sexo = one", "TRUE");
    expect(f, "none", "NULL");
    expect(f, "none IS NULL", "TRUE");
    mirti_expr *before = NULL;
    assert_int_equal(mirti_expr_compile(f->scope, "is_man", MIRTI_TYPE_TRUTH, NULL, &before, NULL),
                     MIRTI_OK);
    assert_int_equal(mirti_scope_constant(f->scope, "level", "woman", &f->err), MIRTI_OK);
    expect(f, "is_man", "FALSE");
    mirti_arena arena = {0};
    mirti_column out = {0};
    assert_int_equal(mirti_expr_eval(before, &f->row.batch, &arena, &out, NULL, NULL), MIRTI_OK);
    assert_int_equal(out.truth[0], 1);
    mirti_arena_reset(&arena);
    mirti_expr_free(before);
}

static void test_missing(void **state) {
    fixture *f = *state;
    char *everywhere[] = {(char[]){"*"}, (char[]){"N/D"}},
         *income[] = {(char[]){" 99 "}, (char[]){"9999"}}, *attend[] = {(char[]){"3"}};
    assert_int_equal(mirti_scope_missing(f->scope, NULL, everywhere, 2, &f->err), MIRTI_OK);
    assert_int_equal(mirti_scope_missing(f->scope, "INGRESO", income, 2, &f->err), MIRTI_OK);
    assert_int_equal(mirti_scope_missing(f->scope, "asiste", attend, 1, &f->err), MIRTI_OK);
    expect(f, "x IS NULL", "TRUE");
    expect(f, "ingreso IS NULL", "TRUE");
    expect(f, "asiste IS NULL", "TRUE");
    expect(f, "edad IS NULL", "FALSE");
    assert_int_equal(mirti_scope_missing(f->scope, "ingres", income, 2, &f->err),
                     MIRTI_ERROR_INPUT);
    assert_string_equal(f->err.message,
                        "missing codes are declared for 'ingres', which is no column");
    assert_string_equal(f->err.remedy, "did you mean ingreso?");
}

static void test_missing_numbers(void **state) {
    (void)state;
    harness_row row;
    mirti_scope *scope = NULL;
    char *codes[] = {(char[]){"99.0"}, (char[]){"x"}}, got[64];
    harness_row_set(&row, "n#=99;m#=98;p?=1");
    assert_int_equal(mirti_scope_new(row.field, row.columns, &scope, NULL), MIRTI_OK);
    assert_int_equal(mirti_scope_missing(scope, NULL, codes, 2, NULL), MIRTI_OK);
    assert_int_equal(harness_eval_in(scope, &row, "n IS NULL AND m = 98 AND p", MIRTI_TYPE_RAW, got,
                                     sizeof got, NULL, NULL),
                     MIRTI_OK);
    assert_string_equal(got, "TRUE");
    mirti_scope_free(scope);
}

static void test_columns(void **state) {
    fixture *f = *state;
    int columns[8], count = 8;
    mirti_scope_columns(f->scope, columns, &count);
    assert_int_equal(count, 0);
    define(f, "unused", "sexo");
    expect(f, "x = '*' OR edad > ingreso + 0", "TRUE");
    count = 8;
    mirti_scope_columns(f->scope, columns, &count);
    assert_int_equal(count, 3);
    assert_int_equal(columns[0], 0);
    assert_int_equal(columns[1], 3);
    assert_int_equal(columns[2], 4);
    count = 1;
    mirti_scope_columns(f->scope, columns, &count);
    assert_int_equal(count, 3);
    mirti_scope_columns(f->scope, NULL, &count);
    assert_int_equal(count, 3);
}

static void test_wanted_types(void **state) {
    static const struct {
        const char *text;
        mirti_type want;
        const char *result;
    } wanted[] = {
        {"edad", MIRTI_TYPE_NUMBER, "15"},     {"edad", MIRTI_TYPE_TEXT, "'15'"},
        {"edad + 0", MIRTI_TYPE_TEXT, "'15'"}, {"edad > 3", MIRTI_TYPE_NUMBER, "1"},
        {"sexo", MIRTI_TYPE_TRUTH, "TRUE"},    {"sexo - 1", MIRTI_TYPE_TRUTH, "FALSE"},
        {"edad", MIRTI_TYPE_TRUTH, "NULL"},    {"NULL", MIRTI_TYPE_TRUTH, "NULL"},
        {"NULL", MIRTI_TYPE_NUMBER, "NULL"},   {"NULL", MIRTI_TYPE_RAW, "NULL"},
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        mirti_recode_notes notes = {0};
        assert_int_equal(harness_eval_in(f->scope, &f->row, wanted[i].text, wanted[i].want, f->got,
                                         sizeof f->got, &notes, NULL),
                         MIRTI_OK);
        assert_string_equal(f->got, wanted[i].result);
        assert_int_equal(notes.not_a_truth.count, i == 6 ? 1 : 0);
        mirti_expr *expr = NULL;
        assert_int_equal(
            mirti_expr_compile(f->scope, wanted[i].text, wanted[i].want, NULL, &expr, NULL),
            MIRTI_OK);
        assert_int_equal(mirti_expr_type(expr), wanted[i].want);
        mirti_expr_free(expr);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_definitions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_circles, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_error_inside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_doubling, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_chain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_suggestions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_named_maps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_constants, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing, set_up, tear_down),
        cmocka_unit_test(test_missing_numbers),
        cmocka_unit_test_setup_teardown(test_columns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wanted_types, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
