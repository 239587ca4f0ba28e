/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Evaluation over many rows: chunks, chosen rows, several expressions at once, notes, and memory
 * that runs out.
 */
#include "recode_harness.h"

#include "failing_memory.h"

/** More than two chunks and no multiple of one. */
enum { ROWS = 2500, COLUMNS = 3 };

/** id: 0, 1, 2 ...; group: id mod 4 as 'a'..'d', blank for 'd'; amount: id, but 'N/D' in every
 * 100th row. */
typedef struct table {
    char text[COLUMNS][ROWS][8];
    mirti_str value[COLUMNS][ROWS];
    uint8_t valid[COLUMNS][ROWS];
    int64_t number[ROWS];
    mirti_column column[COLUMNS];
    mirti_batch batch;
    mirti_field field[COLUMNS];
    mirti_scope *scope;
    mirti_arena arena;
} table;

static table t;

static int set_up(void **state) {
    static char names[COLUMNS][8] = {"id", "group", "amount"};
    (void)state;
    t = (table){0};
    for (int i = 0; i < ROWS; i++) {
        snprintf(t.text[0][i], 8, "%d", i);
        snprintf(t.text[1][i], 8, "%s", i % 4 == 3 ? "" : (const char *[]){"a", "b", "c"}[i % 4]);
        snprintf(t.text[2][i], 8, i % 100 == 0 ? "N/D" : "%d", i);
        for (int c = 0; c < COLUMNS; c++) {
            t.value[c][i] = mirti_str_of(t.text[c][i]);
            t.valid[c][i] = t.text[c][i][0] != '\0';
        }
    }
    for (int c = 0; c < COLUMNS; c++) {
        t.field[c] = (mirti_field){.name = names[c], .type = MIRTI_TYPE_RAW};
        t.column[c] = (mirti_column){
            .type = MIRTI_TYPE_RAW, .rows = ROWS, .valid = t.valid[c], .text = t.value[c]};
    }
    t.batch = (mirti_batch){
        .first_row = 2, .rows = ROWS, .columns = COLUMNS, .column = t.column, .file = "many.csv"};
    return mirti_scope_new(t.field, COLUMNS, &t.scope, NULL) == MIRTI_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    mirti_scope_free(t.scope);
    mirti_arena_reset(&t.arena);
    return 0;
}

static mirti_expr *compile(const char *text, mirti_type want) {
    mirti_expr *expr = NULL;
    mirti_error err = {0};
    if (mirti_expr_compile(t.scope, text, want, NULL, &expr, &err) != MIRTI_OK)
        fail_msg("%s: %s", text, err.message);
    return expr;
}

static void test_chunks(void **state) {
    (void)state;
    mirti_expr *expr =
        compile("CASE WHEN \"group\" = 'b' THEN id * 2 ELSE id + 1 END", MIRTI_TYPE_NUMBER);
    mirti_column out = {0};
    assert_int_equal(mirti_expr_eval(expr, &t.batch, &t.arena, &out, NULL, NULL), MIRTI_OK);
    assert_int_equal(out.rows, ROWS);
    for (int i = 0; i < ROWS; i++) {
        assert_int_equal(out.valid[i], 1);
        assert_true(out.number[i] == (i % 4 == 1 ? 2 * i : i + 1));
    }
    mirti_expr_free(expr);
}

static void test_chosen_rows(void **state) {
    (void)state;
    int64_t rows[ROWS], chosen = 0;
    for (int i = 0; i < ROWS; i++)
        if (i % 7 == 3) rows[chosen++] = i;
    mirti_expr *expr[] = {compile("id", MIRTI_TYPE_NUMBER), compile("\"group\"", MIRTI_TYPE_RAW),
                          compile("id % 2 = 0 AND \"group\" IS NOT NULL", MIRTI_TYPE_TRUTH),
                          compile("'x'", MIRTI_TYPE_TEXT)};
    mirti_column out[4];
    assert_int_equal(mirti_expr_eval_many((const mirti_expr *const *)expr, 4, &t.batch, rows,
                                          chosen, &t.arena, out, NULL, NULL),
                     MIRTI_OK);
    for (int64_t k = 0; k < chosen; k++) {
        int i = (int)rows[k];
        assert_true(out[0].number[k] == i);
        assert_int_equal(out[1].valid[k], i % 4 != 3);
        assert_true(mirti_str_is(out[1].text[k], t.text[1][i]));
        assert_int_equal(out[2].truth[k], i % 2 == 0 && i % 4 != 3);
        assert_true(mirti_str_is(out[3].text[k], "x"));
    }
    for (int c = 0; c < 4; c++) {
        assert_int_equal(out[c].rows, chosen);
        mirti_expr_free(expr[c]);
    }
    assert_int_equal(mirti_expr_eval_many(NULL, 0, &t.batch, NULL, 0, &t.arena, out, NULL, NULL),
                     MIRTI_OK);
}

static void test_no_rows(void **state) {
    (void)state;
    mirti_expr *expr = compile("id || 'x'", MIRTI_TYPE_RAW);
    mirti_column out = {0};
    assert_int_equal(mirti_expr_eval_many((const mirti_expr *const *)&expr, 1, &t.batch,
                                          (int64_t[]){0}, 0, &t.arena, &out, NULL, NULL),
                     MIRTI_OK);
    assert_int_equal(out.rows, 0);
    mirti_expr_free(expr);
}

static void notes_of(const char *text, mirti_type want, mirti_recode_notes *notes) {
    mirti_expr *expr = compile(text, want);
    mirti_column out = {0};
    *notes = (mirti_recode_notes){0};
    assert_int_equal(mirti_expr_eval(expr, &t.batch, &t.arena, &out, notes, NULL), MIRTI_OK);
    mirti_expr_free(expr);
}

/** Only values that decide something are counted. */
static void test_notes(void **state) {
    static const struct {
        const char *text;
        mirti_type want;
        int64_t not_a_number, outside_map, not_a_truth, first_row;
    } cases[] = {
        {"amount + 1", MIRTI_TYPE_NUMBER, 25, 0, 0, 2},
        {"amount + amount > amount", MIRTI_TYPE_TRUTH, 25, 0, 0, 2},
        {"amount = 'N/D'", MIRTI_TYPE_TRUTH, 0, 0, 0, 0},
        {"CASE WHEN amount <> 'N/D' THEN amount + 1 END", MIRTI_TYPE_NUMBER, 0, 0, 0, 0},
        {"CASE WHEN amount = 'N/D' THEN 0 ELSE amount + 1 END", MIRTI_TYPE_NUMBER, 0, 0, 0, 0},
        {"CASE WHEN id > 1000 THEN amount + 1 ELSE 0 END", MIRTI_TYPE_NUMBER, 14, 0, 0, 1102},
        {"id > 1000 AND amount > 3", MIRTI_TYPE_TRUTH, 14, 0, 0, 1102},
        {"id <= 1000 OR amount > 3", MIRTI_TYPE_TRUTH, 14, 0, 0, 1102},
        {"(id > 1000 AND amount > 3) OR amount > 5", MIRTI_TYPE_TRUTH, 25, 0, 0, 2},
        {"COALESCE(id, amount) + COALESCE(amount, id)", MIRTI_TYPE_NUMBER, 25, 0, 0, 2},
        {"COALESCE(id + 0, amount)", MIRTI_TYPE_NUMBER, 0, 0, 0, 0},
        {"MAP(\"group\", 'a' -> 1, 'b' -> 2)", MIRTI_TYPE_NUMBER, 0, 625, 0, 4},
        {"MAP(\"group\", 'a' -> 1, ELSE 2)", MIRTI_TYPE_NUMBER, 0, 0, 0, 0},
        {"MAP(id, 0..2000 -> 1)", MIRTI_TYPE_NUMBER, 0, 499, 0, 2003},
        {"id - 2400", MIRTI_TYPE_TRUTH, 0, 0, 2498, 2},
        {"CAST(amount || '' AS NUMBER)", MIRTI_TYPE_NUMBER, 25, 0, 0, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mirti_recode_notes n;
        notes_of(cases[i].text, cases[i].want, &n);
        int64_t first =
            n.not_a_number.first_row + n.outside_map.first_row + n.not_a_truth.first_row;
        if (n.not_a_number.count != cases[i].not_a_number ||
            n.outside_map.count != cases[i].outside_map ||
            n.not_a_truth.count != cases[i].not_a_truth || first != cases[i].first_row)
            fail_msg("%s: %lld %lld %lld first %lld", cases[i].text,
                     (long long)n.not_a_number.count, (long long)n.outside_map.count,
                     (long long)n.not_a_truth.count, (long long)first);
    }
    mirti_recode_notes n, later;
    notes_of("amount + 1", MIRTI_TYPE_NUMBER, &n);
    assert_string_equal(n.not_a_number.first_column, "amount");
    assert_string_equal(n.not_a_number.first_value, "N/D");
    assert_string_equal(n.not_a_number.first_file, "many.csv");
    notes_of("MAP(id, 0..2000 -> 1)", MIRTI_TYPE_NUMBER, &later);
    assert_string_equal(later.outside_map.first_column, "id");
    assert_string_equal(later.outside_map.first_value, "2001");
    mirti_recode_notes_merge(&n, &later);
    assert_int_equal(n.outside_map.count, 499);
    assert_int_equal(n.not_a_number.count, 25);
    later = n;
    later.not_a_number.first_row = 1;
    mirti_recode_notes_merge(&n, &later);
    assert_int_equal(n.not_a_number.count, 50);
    assert_int_equal(n.not_a_number.first_row, 1);
}

/** Together, what is shared is noted once; row numbers of the file are used where there are any. */
static void test_shared_notes(void **state) {
    (void)state;
    mirti_expr *expr[] = {compile("amount + 1", MIRTI_TYPE_NUMBER),
                          compile("amount > 3", MIRTI_TYPE_TRUTH)};
    mirti_column out[2];
    mirti_recode_notes n = {0};
    for (int i = 0; i < ROWS; i++)
        t.number[i] = 10 * i + 7;
    t.batch.row_number = t.number;
    int64_t rows[] = {5, 100, 101, 200, 2400};
    assert_int_equal(mirti_expr_eval_many((const mirti_expr *const *)expr, 2, &t.batch, rows, 5,
                                          &t.arena, out, &n, NULL),
                     MIRTI_OK);
    assert_int_equal(n.not_a_number.count, 3);
    assert_int_equal(n.not_a_number.first_row, 1007);
    mirti_expr_free(expr[0]);
    mirti_expr_free(expr[1]);
}

static void test_wrong_batches(void **state) {
    (void)state;
    mirti_expr *expr = compile("amount + 1", MIRTI_TYPE_NUMBER);
    mirti_column out = {0};
    mirti_error err = {0};
    t.batch.columns = 2;
    assert_int_equal(mirti_expr_eval(expr, &t.batch, &t.arena, &out, NULL, &err),
                     MIRTI_ERROR_INTERNAL);
    t.batch.columns = 3;
    t.column[2].rows = 0;
    assert_int_equal(mirti_expr_eval(expr, &t.batch, &t.arena, &out, NULL, &err),
                     MIRTI_ERROR_INTERNAL);
    t.column[2].rows = ROWS;
    t.column[2].type = MIRTI_TYPE_NUMBER;
    assert_int_equal(mirti_expr_eval(expr, &t.batch, &t.arena, &out, NULL, &err),
                     MIRTI_ERROR_INTERNAL);
    t.column[2].type = MIRTI_TYPE_RAW;
    mirti_scope *other = NULL;
    mirti_expr *foreign = NULL;
    assert_int_equal(mirti_scope_new(t.field, COLUMNS, &other, NULL), MIRTI_OK);
    assert_int_equal(mirti_expr_compile(other, "id", MIRTI_TYPE_RAW, NULL, &foreign, NULL),
                     MIRTI_OK);
    const mirti_expr *both[] = {expr, foreign};
    mirti_column two[2];
    assert_int_equal(mirti_expr_eval_many(both, 2, &t.batch, NULL, 0, &t.arena, two, NULL, &err),
                     MIRTI_ERROR_INTERNAL);
    mirti_expr_free(foreign);
    mirti_scope_free(other);
    mirti_expr_free(expr);
}

/** One expression, evaluated by several threads at once, each with its own arena and notes. */
typedef struct shared {
    const mirti_expr *expr;
    int64_t wrong[ROWS];
} shared;

static mirti_status evaluate_part(int64_t first, int64_t last, void *context, mirti_error *err) {
    shared *s = context;
    mirti_arena arena = {0};
    mirti_column out = {0};
    mirti_recode_notes notes = {0};
    int64_t rows[ROWS] = {0};
    for (int64_t i = first; i < last; i++)
        rows[i - first] = i;
    mirti_status status =
        mirti_expr_eval_many(&s->expr, 1, &t.batch, rows, last - first, &arena, &out, &notes, err);
    for (int64_t i = first; status == MIRTI_OK && i < last; i++) {
        char want[16];
        snprintf(want, sizeof want, "%06d", (int)i);
        s->wrong[i] = !mirti_str_is(out.text[i - first], want);
    }
    mirti_arena_reset(&arena);
    return status;
}

static void test_threads(void **state) {
    (void)state;
    static shared s;
    mirti_expr *expr = compile(
        "LPAD(CASE WHEN amount <> 'N/D' THEN amount + 0 ELSE id + 0 END, 6, '0')", MIRTI_TYPE_TEXT);
    s.expr = expr;
    assert_int_equal(mirti_parallel_range(ROWS, 50, 4, evaluate_part, &s, NULL), MIRTI_OK);
    for (int i = 0; i < ROWS; i++)
        assert_int_equal(s.wrong[i], 0);
    mirti_expr_free(expr);
}

/* ------------------------------------------------------------------------- memory that runs out -- */

static mirti_status whole_life(mirti_error *err) {
    mirti_scope *scope = NULL;
    mirti_expr *expr = NULL;
    mirti_arena arena = {0};
    mirti_column out = {0};
    mirti_recode_notes notes = {0};
    char *codes[] = {(char[]){"x"}, (char[]){"y"}};
    mirti_status status = mirti_scope_new(t.field, COLUMNS, &scope, err);
    if (status == MIRTI_OK) status = mirti_scope_missing(scope, "id", codes, 2, err);
    if (status == MIRTI_OK)
        status = mirti_scope_define(scope, "m", "MAP(1 -> 'a', 2|3..9 -> 'b')", NULL, err);
    if (status == MIRTI_OK) status = mirti_scope_constant(scope, "k", "5", err);
    if (status == MIRTI_OK)
        status = mirti_expr_compile(
            scope,
            "UPPER(m(amount)) || FOLD(\"group\") || LPAD(id, 5, '0') || "
            "CASE WHEN id IN (1, 2, 3) AND k > 3 THEN 'x' || 'y' ELSE COALESCE(\"group\", '') END",
            MIRTI_TYPE_TEXT, NULL, &expr, err);
    if (status == MIRTI_OK) status = mirti_expr_eval(expr, &t.batch, &arena, &out, &notes, err);
    mirti_expr_free(expr);
    mirti_arena_reset(&arena);
    mirti_scope_free(scope);
    return status;
}

static void test_memory(void **state) {
    (void)state;
    t.batch.rows = 1100;
    for (int c = 0; c < COLUMNS; c++)
        t.column[c].rows = 1100;
    assert_true(assert_survives_without_memory(whole_life) > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_chunks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_chosen_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_notes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_shared_notes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_batches, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_threads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
