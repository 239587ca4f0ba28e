/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Households: what other persons have, and batches that never cut one; read one after the other,
 * and by threads side by side.
 */
#include "recode_harness.h"

#include "failing_memory.h"

#include <pthread.h>
#include <stdlib.h>

/* Household 1: head 1 (40, 9 years of school), spouse 2 (38, unknown), children 3 and 4, the mother
 * of both is 2, the father of 4 only is 1. Household 2: a head alone. Household 3: no head; 4: two
 * heads. A person without a household. */
static const char persons[] = "hh,num,rel,age,school,mother,father\n"
                              "1,01,101,40,9,,\n"
                              "1,02,201,38,,,\n"
                              "1,03,301,14,8,2,96\n"
                              "1,04,301,3,N/D,2,1\n"
                              "2,01,101,70,0,,\n"
                              "3,01,301,10,4,,\n"
                              "3,02,301,,2,,\n"
                              "4,01,101,20,12,,\n"
                              "4,02,101,21,13,,\n"
                              ",01,101,50,6,,\n";

static char head_code[] = "101", spouse_code[] = "201", other_spouse[] = "202";

static mirti_household household(void) {
    static char *head[] = {head_code}, *spouse[] = {spouse_code, other_spouse};
    return (mirti_household){
        .key = {.text = "hh"},
        .relationship = {.text = "rel"},
        .heads = 1,
        .head = head,
        .spouses = 2,
        .spouse = spouse,
        .person = {.text = "num"},
        .mother = {.text = "mother"},
        .father = {.text = "father"},
    };
}

/** Source, scope and the reader over them. */
typedef struct persons_file {
    mirti_source *source;
    mirti_scope *scope;
    mirti_household_reader *reader;
} persons_file;

/** 0: batch by batch; else mirti_household_reader_each. All tests run with both. */
static int threads;

/** NULL text: the files persons_a.csv and persons_b.csv. */
static mirti_status open_persons(const char *text, int64_t batch_rows, persons_file *file,
                                 mirti_error *err) {
    static const char *const second[] = {"persons_b.csv"};
    mirti_source_options options = {.path = "persons.csv", .batch_rows = batch_rows};
    const mirti_household h = household();
    int fields = 0;
    *file = (persons_file){0};
    if (text) {
        MIRTI_TRY(mirti_source_open_text(mirti_str_of(text), &options, &file->source, err));
    } else {
        options.path = "persons_a.csv";
        options.more = second;
        options.more_count = 1;
        MIRTI_TRY(mirti_source_open(&options, &file->source, err));
    }
    const mirti_field *field = mirti_source_fields(file->source, &fields);
    MIRTI_TRY(mirti_scope_new(field, fields, &file->scope, err));
    MIRTI_TRY(mirti_scope_household(file->scope, &h, err));
    return mirti_household_reader_new(file->source, file->scope, &file->reader, err);
}

static void close_persons(persons_file *file) {
    mirti_household_reader_free(file->reader);
    mirti_scope_free(file->scope);
    mirti_source_close(file->source);
}

/** What each batch gives, by number. */
typedef struct results {
    mirti_expr *expr;
    pthread_mutex_t lock;
    mirti_text *batch;
    int64_t count;
    mirti_recode_notes *notes;
} results;

static mirti_status evaluate_batch(mirti_batch *batch, int64_t number, int worker, void *context,
                                   mirti_error *err) {
    results *r = context;
    mirti_arena arena = {0};
    mirti_column value = {0};
    char print[64];
    (void)worker;
    pthread_mutex_lock(&r->lock);
    mirti_status status = mirti_expr_eval(r->expr, batch, &arena, &value, r->notes, err);
    if (number >= r->count) {
        mirti_text *grown = realloc(r->batch, (size_t)(number + 1) * sizeof *grown);
        if (!grown) abort();
        memset(grown + r->count, 0, (size_t)(number + 1 - r->count) * sizeof *grown);
        r->batch = grown;
        r->count = number + 1;
    }
    for (int64_t i = 0; status == MIRTI_OK && i < batch->rows; i++) {
        harness_print(&value, i, print, sizeof print);
        mirti_text_printf(&r->batch[number], " %s", print);
    }
    pthread_mutex_unlock(&r->lock);
    mirti_arena_reset(&arena);
    return status;
}

static mirti_status evaluate_side_by_side(mirti_household_reader *reader, mirti_expr *expr,
                                          mirti_text *out, mirti_recode_notes *notes,
                                          mirti_error *err) {
    results r = {.expr = expr, .notes = notes};
    pthread_mutex_init(&r.lock, NULL);
    mirti_status status = mirti_household_reader_each(reader, threads, evaluate_batch, &r, err);
    for (int64_t i = 0; i < r.count; i++) {
        mirti_str text = {r.batch[i].data, r.batch[i].size};
        if (out->size == 0 && text.size > 0) text = (mirti_str){text.data + 1, text.size - 1};
        mirti_text_add(out, text.data, text.size);
        if (r.batch[i].failed) out->failed = true;
        mirti_text_reset(&r.batch[i]);
    }
    free(r.batch);
    pthread_mutex_destroy(&r.lock);
    return status;
}

/** Evaluates on the whole file, results joined by blanks. */
static mirti_status evaluate(const char *text, int64_t batch_rows, const char *expression,
                             mirti_text *out, mirti_recode_notes *notes,
                             mirti_recode_notes *reader_notes, mirti_error *err) {
    persons_file file = {0};
    mirti_expr *expr = NULL;
    mirti_arena arena = {0};
    mirti_batch batch = {0};
    int columns[16], count = 16;
    mirti_status status = open_persons(text, batch_rows, &file, err);
    if (status == MIRTI_OK)
        status = mirti_expr_compile(file.scope, expression, MIRTI_TYPE_RAW, NULL, &expr, err);
    if (status == MIRTI_OK) {
        mirti_scope_columns(file.scope, columns, &count);
        status = mirti_source_select(file.source, columns, count, err);
    }
    if (status == MIRTI_OK && threads > 0)
        status = evaluate_side_by_side(file.reader, expr, out, notes, err);
    while (status == MIRTI_OK && threads == 0) {
        mirti_column value = {0};
        char print[64];
        status = mirti_household_reader_next(file.reader, &batch, err);
        if (status != MIRTI_OK || batch.rows == 0) break;
        mirti_arena_rewind(&arena);
        status = mirti_expr_eval(expr, &batch, &arena, &value, notes, err);
        for (int64_t i = 0; status == MIRTI_OK && i < batch.rows; i++) {
            harness_print(&value, i, print, sizeof print);
            if (out->size > 0) mirti_text_puts(out, " ");
            mirti_text_puts(out, print);
        }
    }
    if (out->failed && status == MIRTI_OK) status = mirti_fail_memory(err, "results");
    if (file.reader && reader_notes) *reader_notes = *mirti_household_reader_notes(file.reader);
    mirti_batch_reset(&batch);
    mirti_arena_reset(&arena);
    mirti_expr_free(expr);
    close_persons(&file);
    return status;
}

static void expect(const char *expression, const char *want) {
    /* Whatever the size of the source's batches, the result is the same. */
    for (int64_t batch_rows = 1; batch_rows <= 11; batch_rows++) {
        mirti_text got = {0};
        mirti_error err = {0};
        if (evaluate(persons, batch_rows, expression, &got, NULL, NULL, &err) != MIRTI_OK)
            fail_msg("%s: %s", expression, err.message);
        if (strcmp(got.data, want) != 0)
            fail_msg("%s by %d rows gives\n%s, not\n%s", expression, (int)batch_rows, got.data,
                     want);
        mirti_text_reset(&got);
    }
}

static void test_persons(void **state) {
    (void)state;
    expect("head(age)", "'40' '40' '40' '40' '70' NULL NULL '20' '20' NULL");
    expect("head(age + 0)", "40 40 40 40 70 NULL NULL 20 20 NULL");
    expect("HEAD(school)", "'9' '9' '9' '9' '0' NULL NULL '12' '12' NULL");
    expect("spouse(age)", "'38' '38' '38' '38' NULL NULL NULL NULL NULL NULL");
    expect("spouse(school)", "NULL NULL NULL NULL NULL NULL NULL NULL NULL NULL");
    expect("spouse(age > 30)", "TRUE TRUE TRUE TRUE NULL NULL NULL NULL NULL NULL");
    expect("mother(age)", "NULL NULL '38' '38' NULL NULL NULL NULL NULL NULL");
    expect("father(age)", "NULL NULL NULL '40' NULL NULL NULL NULL NULL NULL");
    expect("father(num) IS NULL", "TRUE TRUE TRUE FALSE TRUE TRUE TRUE TRUE TRUE TRUE");
    expect("head(NULL)", "NULL NULL NULL NULL NULL NULL NULL NULL NULL NULL");
    expect("head('x')", "'x' 'x' 'x' 'x' 'x' NULL NULL 'x' 'x' NULL");
}

static void test_sums(void **state) {
    (void)state;
    expect("hh_count()", "4 4 4 4 1 2 2 2 2 NULL");
    expect("hh_count(age < 5)", "1 1 1 1 0 0 0 0 0 NULL");
    expect("hh_sum(school)", "17 17 17 17 0 6 6 25 25 NULL");
    expect("hh_mean(school)", "8.5 8.5 8.5 8.5 0 3 3 12.5 12.5 NULL");
    expect("hh_min(age)", "3 3 3 3 70 10 10 20 20 NULL");
    expect("hh_max(age)", "40 40 40 40 70 10 10 21 21 NULL");
    expect("hh_sum(NULL)", "NULL NULL NULL NULL NULL NULL NULL NULL NULL NULL");
    expect("hh_sum(age > 30)", "2 2 2 2 1 0 0 0 0 NULL");
    expect("hh_any(age < 5)", "TRUE TRUE TRUE TRUE FALSE NULL NULL FALSE FALSE NULL");
    expect("hh_any(age = 10)", "FALSE FALSE FALSE FALSE FALSE TRUE TRUE FALSE FALSE NULL");
    expect("hh_all(age > 2)", "TRUE TRUE TRUE TRUE TRUE NULL NULL TRUE TRUE NULL");
    expect("hh_all(age > 10)", "FALSE FALSE FALSE FALSE TRUE FALSE FALSE TRUE TRUE NULL");
    expect("hh_max(1e308) * 2", "NULL NULL NULL NULL NULL NULL NULL NULL NULL NULL");
    expect("hh_sum(1e308)", "NULL NULL NULL NULL 1e+308 NULL NULL NULL NULL NULL");
}

/** Identifiers that are no numbers, and more households than the first room of the set. */
static void test_many(void **state) {
    (void)state;
    mirti_text text = {0}, got = {0}, want = {0};
    mirti_recode_notes reader = {0};
    mirti_text_puts(&text, "hh,num,rel,age,school,mother,father\n");
    for (int i = 0; i < 15000; i++) { /* several pieces of a file */
        mirti_text_printf(&text, "h%d,a,101,30,,,\nh%d,b,301,5,,a,zz\n", i, i);
        mirti_text_puts(&want, i ? " NULL '30'" : "NULL '30'");
    }
    mirti_text_puts(&text, "h17,a,101,30,,,\n");
    mirti_text_puts(&want, " NULL");
    assert_int_equal(evaluate(text.data, 1000, "mother(age)", &got, NULL, &reader, NULL), MIRTI_OK);
    assert_string_equal(got.data, want.data);
    assert_int_equal(reader.split_household.count, 1);
    assert_string_equal(reader.split_household.first_value, "h17");
    mirti_text_reset(&text);
    mirti_text_reset(&got);
    mirti_text_reset(&want);
}

static void test_nested(void **state) {
    (void)state;
    expect("head(hh_count(age < 5))", "1 1 1 1 0 NULL NULL 0 0 NULL");
    expect("hh_max(mother(age) - age)", "35 35 35 35 NULL NULL NULL NULL NULL NULL");
    expect("age = hh_max(age)", "TRUE FALSE FALSE FALSE TRUE TRUE NULL FALSE TRUE NULL");
    expect("hh_count(age = hh_max(age)) + hh_count()", "5 5 5 5 2 3 3 3 3 NULL");
    expect("mother(spouse(head(num)))", "NULL NULL '01' '01' NULL NULL NULL NULL NULL NULL");
    expect("CASE WHEN age < 18 THEN COALESCE(mother(age), head(age)) ELSE age END",
           "'40' '38' '38' '38' '70' NULL NULL '20' '21' '50'");
}

static void test_notes(void **state) {
    (void)state;
    mirti_text got = {0};
    mirti_recode_notes notes = {0}, reader = {0};
    assert_int_equal(
        evaluate(persons, 4, "hh_sum(school) + head(age)", &got, &notes, &reader, NULL), MIRTI_OK);
    assert_int_equal(notes.not_a_number.count, 1);
    assert_int_equal(notes.not_a_number.first_row, 5);
    assert_int_equal(reader.no_household.count, 1);
    assert_int_equal(reader.no_household.first_row, 11);
    assert_int_equal(reader.no_head.count, 1);
    assert_string_equal(reader.no_head.first_value, "3");
    assert_string_equal(reader.no_head.first_column, "hh");
    assert_int_equal(reader.no_head.first_row, 7);
    assert_int_equal(reader.several_heads.count, 1);
    assert_int_equal(reader.several_heads.first_row, 9);
    assert_int_equal(reader.split_household.count, 0);
    mirti_text_reset(&got);
    /* They are counted once, whether an expression looks at heads or not. */
    assert_int_equal(evaluate(persons, 4, "hh_count()", &got, &notes, &reader, NULL), MIRTI_OK);
    assert_int_equal(reader.no_head.count, 1);
    assert_int_equal(reader.no_household.count, 1);
    assert_int_equal(reader.duplicate_person.count, 0);
    mirti_text_reset(&got);
}

/** An identifier that stands twice is noted, and the first is who is meant; '1' and '01' are the
 * same. */
static void test_duplicates(void **state) {
    static const char twice[] =
        "hh,num,rel,age,school,mother,father\n1,3,101,40,,,\n1,1,301,9,,,\n1,01,301,8,,,\n"
        "1,x,301,7,,1,x\n1,x,301,6,,3,\n1,1.0,301,5,,y,\n2,1,101,4,,,\n";
    (void)state;
    for (int64_t rows = 1; rows < 9; rows++) {
        mirti_text got = {0};
        mirti_recode_notes reader = {0};
        assert_int_equal(evaluate(twice, rows,
                                  "COALESCE(mother(age), '-') || COALESCE(father(age), '-')", &got,
                                  NULL, &reader, NULL),
                         MIRTI_OK);
        assert_string_equal(got.data, "'--' '--' '--' '97' '40-' '--' '--'");
        assert_int_equal(reader.duplicate_person.count, 3);
        assert_int_equal(reader.duplicate_person.first_row, 4);
        assert_string_equal(reader.duplicate_person.first_value, "01");
        assert_string_equal(reader.duplicate_person.first_column, "num");
        mirti_text_reset(&got);
    }
}

/** A household that comes again is noted, wherever the batches end. */
static void test_split(void **state) {
    static const char split[] =
        "hh,num,rel,age,school,mother,father\n1,1,101,40,,,\n1,2,301,9,,,\n2,1,101,50,,,\n"
        "1,3,301,8,,,\n3,1,101,33,,,\n2,2,301,5,,,\n2,3,301,4,,,\n";
    (void)state;
    for (int64_t rows = 1; rows < 9; rows++) {
        mirti_text got = {0};
        mirti_recode_notes reader = {0};
        assert_int_equal(evaluate(split, rows, "hh_count()", &got, NULL, &reader, NULL), MIRTI_OK);
        assert_string_equal(got.data, "2 2 1 1 1 2 2");
        assert_int_equal(reader.split_household.count, 2);
        assert_int_equal(reader.split_household.first_row, 5);
        assert_string_equal(reader.split_household.first_value, "1");
        mirti_text_reset(&got);
    }
}

/** The last household of a file never goes on in the next, though it has the same key there; nor is
 * it one that comes again. */
static void test_two_files(void **state) {
    (void)state;
    static const char header[] = "hh,num,rel,age,school,mother,father\n";
    FILE *a = fopen("persons_a.csv", "w"), *b = fopen("persons_b.csv", "w");
    assert_true(a && b);
    fprintf(a, "%s1,1,101,40,,,\n2,1,101,50,,,\n2,2,301,5,,,\n", header);
    fprintf(b, "%s2,1,101,60,,,\n2,2,301,6,,,\n2,3,301,7,,,\n3,1,101,70,,,\n1,1,101,8,,,\n",
            header);
    assert_int_equal(fclose(a) | fclose(b), 0);
    for (int64_t rows = 1; rows < 7; rows++) {
        mirti_text got = {0};
        mirti_recode_notes reader = {0};
        assert_int_equal(evaluate(NULL, rows, "hh_count() || head(age)", &got, NULL, &reader, NULL),
                         MIRTI_OK);
        assert_string_equal(got.data, "'140' '250' '250' '360' '360' '360' '170' '18'");
        assert_int_equal(reader.split_household.count, 0);
        mirti_text_reset(&got);
    }
    remove("persons_a.csv");
    remove("persons_b.csv");
}

/** Row numbers stay those of the file when rows move to the next batch. */
static void test_row_numbers(void **state) {
    (void)state;
    for (int64_t rows = 1; rows < 12; rows++) {
        persons_file file = {0};
        mirti_batch batch = {0};
        int64_t next = 2;
        assert_int_equal(open_persons(persons, rows, &file, NULL), MIRTI_OK);
        for (;;) {
            assert_int_equal(mirti_household_reader_next(file.reader, &batch, NULL), MIRTI_OK);
            if (batch.rows == 0) break;
            for (int64_t i = 0; i < batch.rows; i++)
                assert_int_equal(mirti_batch_row(&batch, i), next++);
            assert_string_equal(batch.file, "persons.csv");
        }
        assert_int_equal(next, 12);
        /* The end stays the end. */
        assert_int_equal(mirti_household_reader_next(file.reader, &batch, NULL), MIRTI_OK);
        assert_int_equal(batch.rows, 0);
        mirti_batch_reset(&batch);
        close_persons(&file);
    }
}

static void test_wrong_key(void **state) {
    (void)state;
    mirti_text text = {0}, got = {0};
    mirti_error err = {0};
    mirti_text_puts(&text, "hh,num,rel,age,school,mother,father\n");
    for (int i = 0; i < 60000; i++)
        mirti_text_puts(&text, "7,1,101,40,,,\n");
    assert_int_equal(evaluate(text.data, 4096, "hh_count()", &got, NULL, NULL, &err),
                     MIRTI_ERROR_INPUT);
    assert_string_equal(err.message,
                        "more than 50000 persons in a row have the same household key");
    assert_string_equal(err.field, "hh");
    assert_string_equal(err.value, "7");
    mirti_text_reset(&text);
    mirti_text_reset(&got);
}

static void refuse(mirti_scope *scope, const char *text, const char *message) {
    mirti_expr *expr = NULL;
    mirti_error err = {0};
    assert_int_equal(mirti_expr_compile(scope, text, MIRTI_TYPE_RAW, NULL, &expr, &err),
                     MIRTI_ERROR_INPUT);
    assert_string_equal(err.message, message);
}

static void test_refusals(void **state) {
    static const char *const names[] = {"hh", "num", "rel", "age", "mother"};
    char copies[5][8];
    mirti_field field[5];
    mirti_scope *scope = NULL;
    mirti_household h = household();
    mirti_household_reader *reader = NULL;
    (void)state;
    for (int i = 0; i < 5; i++) {
        snprintf(copies[i], sizeof copies[i], "%s", names[i]);
        field[i] = (mirti_field){.name = copies[i], .type = MIRTI_TYPE_RAW};
    }
    assert_int_equal(mirti_scope_new(field, 5, &scope, NULL), MIRTI_OK);
    refuse(scope, "head(age)", "head looks at other persons, but nothing is said of households");
    assert_int_equal(mirti_household_reader_new(NULL, scope, &reader, NULL), MIRTI_ERROR_USAGE);
    h.key.text = NULL;
    assert_int_equal(mirti_scope_household(scope, &h, NULL), MIRTI_ERROR_USAGE);
    h.key.text = "hh_id";
    h.father.text = NULL;
    h.spouses = 0;
    h.mother.text = "CAST(head(mother) AS TEXT)";
    assert_int_equal(mirti_scope_household(scope, &h, NULL), MIRTI_OK);
    assert_int_equal(mirti_scope_household(scope, &h, NULL), MIRTI_ERROR_USAGE);
    refuse(scope, "father(age)", "father needs `father` of the household");
    refuse(scope, "spouse(age)", "spouse needs `spouse` of the household");
    refuse(scope, "head(age)", "there is no column or name 'hh_id'");
    assert_int_equal(mirti_scope_define(scope, "hh_id", "hh || num", NULL, NULL), MIRTI_OK);
    refuse(scope, "mother(age)", "the household's own expressions cannot look at other persons");
    refuse(scope, "hh_sum('x')", "a number is needed here, and this is text");
    refuse(scope, "hh_any(age)", "a condition is needed here, and this is a raw value");
    refuse(scope, "hh_sum()", "HH_SUM takes 1 argument, not 0");
    mirti_scope_free(scope);
}

/** An expression uses what stands within a household function, too. */
static void test_uses(void **state) {
    (void)state;
    persons_file file = {0};
    mirti_expr *expr = NULL;
    assert_int_equal(open_persons(persons, 4, &file, NULL), MIRTI_OK);
    assert_int_equal(mirti_expr_compile(file.scope, "head(hh_sum(school)) + age", MIRTI_TYPE_NUMBER,
                                        NULL, &expr, NULL),
                     MIRTI_OK);
    const bool want[7] = {[3] = true, [4] = true};
    for (int c = 0; c < 7; c++)
        assert_int_equal(mirti_expr_uses(expr, c), want[c]);
    assert_false(mirti_expr_uses(expr, 7));
    assert_false(mirti_expr_uses(expr, -1));
    mirti_expr_free(expr);
    close_persons(&file);
}

static mirti_status without_memory(mirti_error *err) {
    mirti_text got = {0};
    mirti_recode_notes notes = {0};
    mirti_status status =
        evaluate(persons, 3, "hh_sum(school) + mother(age) + head(hh_count(age > 3))", &got, &notes,
                 NULL, err);
    mirti_text_reset(&got);
    return status;
}

static void test_memory(void **state) {
    (void)state;
    int before = threads;
    if (threads > 1) threads = 1; /* memory is counted, and made to fail, by one */
    assert_true(assert_survives_without_memory(without_memory) > 20);
    threads = before;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_persons),    cmocka_unit_test(test_sums),
        cmocka_unit_test(test_nested),     cmocka_unit_test(test_many),
        cmocka_unit_test(test_notes),      cmocka_unit_test(test_split),
        cmocka_unit_test(test_duplicates), cmocka_unit_test(test_row_numbers),
        cmocka_unit_test(test_wrong_key),  cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_uses),       cmocka_unit_test(test_memory),
        cmocka_unit_test(test_two_files),
    };
    static const int ways[] = {0, 1, 3};
    int failed = 0;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        threads = ways[i];
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    }
    return failed;
}
