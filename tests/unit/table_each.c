/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches worked on side by side. Also run under the thread sanitizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "table_support.h"

enum { ROWS = 5000, BATCH = 100, MOST_THREADS = 8 };

static mirti_text csv;

static int set_up(void **state) {
    (void)state;
    mirti_text_puts(&csv, "n,text\n");
    for (int i = 1; i <= ROWS; i++)
        mirti_text_printf(&csv, "%d,\"ñ %d\"\n", i, i);
    return csv.failed ? -1 : 0;
}

static int tear_down(void **state) {
    (void)state;
    mirti_text_reset(&csv);
    return 0;
}

typedef struct tally {
    int64_t sum[MOST_THREADS]; /* by worker: no lock is needed */
    atomic_int seen[ROWS / BATCH];
    int64_t fail_at; /* number of the first batch whose work fails; −1: none */
} tally;

static mirti_status add_up(mirti_batch *batch, int64_t number, int worker, void *context,
                           mirti_error *err) {
    tally *t = context;
    assert_true(worker >= 0 && worker < MOST_THREADS);
    assert_int_equal(mirti_batch_row(batch, 0), 2 + number * BATCH);
    for (int64_t i = 0; i < batch->rows; i++) {
        int64_t n = 0;
        char expected[32];
        assert_true(mirti_integer_parse(batch->column[0].text[i], &n));
        snprintf(expected, sizeof expected, "ñ %lld", (long long)n);
        assert_true(mirti_str_is(batch->column[1].text[i], expected));
        t->sum[worker] += n;
    }
    atomic_fetch_add(&t->seen[number], 1);
    if (t->fail_at >= 0 && number >= t->fail_at)
        return mirti_fail(err, MIRTI_ERROR_MODEL, "batch %lld", (long long)number);
    return MIRTI_OK;
}

static mirti_source *open_rows(const char *text, size_t size) {
    mirti_source *source = NULL;
    mirti_source_options options = {.path = "rows.csv", .batch_rows = BATCH};
    assert_int_equal(mirti_source_open_text((mirti_str){text, size}, &options, &source, NULL),
                     MIRTI_OK);
    return source;
}

static void test_every_batch_once(void **state) {
    (void)state;
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        tally t = {.fail_at = -1};
        mirti_source *source = open_rows(csv.data, csv.size);
        assert_int_equal(mirti_source_each(source, threads, add_up, &t, NULL), MIRTI_OK);
        int64_t sum = 0;
        for (int i = 0; i < MOST_THREADS; i++)
            sum += t.sum[i];
        assert_int_equal(sum, (int64_t)ROWS * (ROWS + 1) / 2);
        for (int i = 0; i < ROWS / BATCH; i++)
            assert_int_equal(atomic_load(&t.seen[i]), 1);
        mirti_source_close(source);
    }
}

static void test_lowest_error(void **state) {
    (void)state;
    for (int round = 0; round < 100; round++) {
        tally t = {.fail_at = 17};
        mirti_error err = {0};
        mirti_source *source = open_rows(csv.data, csv.size);
        assert_int_equal(mirti_source_each(source, 1 + round % 5, add_up, &t, &err),
                         MIRTI_ERROR_MODEL);
        assert_string_equal(err.message, "batch 17");
        for (int i = 0; i < 17; i++)
            assert_int_equal(atomic_load(&t.seen[i]), 1);
        mirti_source_close(source);
    }
}

/* A bad row in batch 20: what fails before it in the work wins, what fails after it does not. */
static void test_error_of_reading(void **state) {
    (void)state;
    mirti_text bad = {0};
    const char *place = strstr(csv.data, "\n2050,");
    mirti_text_add(&bad, csv.data, (size_t)(place - csv.data));
    mirti_text_puts(&bad, "\nbad");
    mirti_text_puts(&bad, place);
    for (int round = 0; round < 60; round++) {
        tally t = {.fail_at = round % 2 == 0 ? 10 : 30};
        mirti_error err = {0};
        mirti_source *source = open_rows(bad.data, bad.size);
        mirti_status status = mirti_source_each(source, 1 + round % 4, add_up, &t, &err);
        assert_int_equal(status, round % 2 == 0 ? MIRTI_ERROR_MODEL : MIRTI_ERROR_INPUT);
        if (round % 2 == 1) assert_int_equal(err.line, 2051);
        mirti_source_close(source);
    }
    mirti_text_reset(&bad);
}

static mirti_status nothing(mirti_batch *batch, int64_t number, int worker, void *context,
                            mirti_error *err) {
    (void)batch, (void)number, (void)worker, (void)context, (void)err;
    return MIRTI_OK;
}

static mirti_status each_on_one_thread(mirti_error *err) {
    mirti_source *source = NULL;
    mirti_status status = mirti_source_open_text(mirti_str_of("a\n1\n2\n"), NULL, &source, err);
    if (status == MIRTI_OK) status = mirti_source_each(source, 1, nothing, NULL, err);
    mirti_source_close(source);
    return status;
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(each_on_one_thread) > 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_batch_once),
        cmocka_unit_test(test_lowest_error),
        cmocka_unit_test(test_error_of_reading),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests_name("table: batches side by side", tests, set_up, tear_down);
}
