/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work shared among threads, progress and log. Also run under the thread sanitizer. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mirti/base.h"

enum { ITEMS = 10007 };

typedef struct work {
    int seen[ITEMS];
    int64_t first_of[ITEMS]; /* beginning of the chunk that saw it */
    int64_t fail_from;       /* items from here on fail; −1: none */
} work;

static mirti_status visit(int64_t first, int64_t last, void *context, mirti_error *err) {
    work *w = context;
    for (int64_t i = first; i < last; i++) {
        w->seen[i]++;
        w->first_of[i] = first;
        if (w->fail_from >= 0 && i >= w->fail_from)
            return mirti_fail(err, MIRTI_ERROR_MODEL, "item %lld", (long long)i);
    }
    return MIRTI_OK;
}

static void test_every_item_once(void **state) {
    (void)state;
    static const int threads[] = {1, 2, 3, 8, 0, 10000};
    static const int64_t chunks[] = {1, 7, 64, ITEMS, 3 * ITEMS};
    for (size_t t = 0; t < 6; t++) {
        for (size_t c = 0; c < 5; c++) {
            static work w;
            memset(&w, 0, sizeof w);
            w.fail_from = -1;
            assert_int_equal(mirti_parallel_range(ITEMS, chunks[c], threads[t], visit, &w, NULL),
                             MIRTI_OK);
            for (int64_t i = 0; i < ITEMS; i++) {
                assert_int_equal(w.seen[i], 1);
                assert_int_equal(w.first_of[i], i / chunks[c] * chunks[c]);
            }
        }
    }
}

/* Whatever the number of threads, the error is that of the lowest chunk that fails. */
static void test_lowest_error(void **state) {
    (void)state;
    for (int round = 0; round < 200; round++) {
        static work w;
        memset(&w, 0, sizeof w);
        w.fail_from = 4321;
        mirti_error err = {0};
        assert_int_equal(mirti_parallel_range(ITEMS, 10, 1 + round % 5, visit, &w, &err),
                         MIRTI_ERROR_MODEL);
        assert_string_equal(err.message, "item 4321");
        assert_int_equal(err.status, MIRTI_ERROR_MODEL);
        for (int64_t i = 0; i < 4320; i++)
            assert_int_equal(w.seen[i], 1);
    }
    static work w;
    memset(&w, 0, sizeof w);
    assert_int_equal(mirti_parallel_range(ITEMS, 10, 2, visit, &w, NULL), MIRTI_ERROR_MODEL);
}

static void test_edges(void **state) {
    (void)state;
    static work w = {.fail_from = 0};
    assert_int_equal(mirti_parallel_range(0, 10, 4, visit, &w, NULL), MIRTI_OK);
    assert_int_equal(mirti_parallel_range(5, 0, 4, visit, &w, NULL), MIRTI_ERROR_INTERNAL);
    assert_int_equal(mirti_parallel_range(-1, 1, 4, visit, &w, NULL), MIRTI_ERROR_INTERNAL);
    assert_true(mirti_threads_available() >= 1);
}

static mirti_status add_one(void *context, mirti_error *err) {
    (void)err;
    *(int *)context += 1;
    return MIRTI_OK;
}

static mirti_status refuse(void *context, mirti_error *err) {
    return mirti_fail(err, MIRTI_ERROR_INPUT, "task %d", *(int *)context);
}

static void test_tasks(void **state) {
    (void)state;
    int value[20] = {0};
    mirti_task task[20];
    for (int i = 0; i < 20; i++)
        task[i] = (mirti_task){add_one, &value[i]};
    assert_int_equal(mirti_parallel_tasks(task, 20, 3, NULL), MIRTI_OK);
    for (int i = 0; i < 20; i++)
        assert_int_equal(value[i], 1);
    int number[2] = {5, 9};
    task[5] = (mirti_task){refuse, &number[0]};
    task[9] = (mirti_task){refuse, &number[1]};
    mirti_error err = {0};
    assert_int_equal(mirti_parallel_tasks(task, 20, 4, &err), MIRTI_ERROR_INPUT);
    assert_string_equal(err.message, "task 5");
}

/* ----------------------------------------------------------------------------------- listeners -- */

typedef struct heard {
    int inside, calls; /* `inside` is 1 while a call runs: the promise is one at a time */
    bool stop;
    char last[200];
} heard;

static bool on_progress(void *context, const char *stage, double done, double total) {
    heard *h = context;
    assert_int_equal(h->inside++, 0);
    h->calls++;
    snprintf(h->last, sizeof h->last, "%s %g/%g", stage, done, total);
    h->inside--;
    return !h->stop;
}

static void on_log(void *context, mirti_log_level level, const char *message) {
    heard *h = context;
    assert_int_equal(h->inside++, 0);
    h->calls++;
    snprintf(h->last, sizeof h->last, "%d %s", (int)level, message);
    h->inside--;
}

static mirti_status chatter(int64_t first, int64_t last, void *context, mirti_error *err) {
    for (int64_t i = first; i < last; i++) {
        mirti_log(context, MIRTI_LOG_DEBUG, "item %lld", (long long)i);
        MIRTI_TRY(mirti_progress(context, "items", (double)i, ITEMS, err));
    }
    return MIRTI_OK;
}

static void test_listener(void **state) {
    (void)state;
    heard h = {0};
    mirti_listener listener = {on_progress, on_log, &h};
    assert_int_equal(mirti_parallel_range(1000, 5, 4, chatter, &listener, NULL), MIRTI_OK);
    assert_int_equal(h.calls, 2000);
    mirti_log(&listener, MIRTI_LOG_WARNING, "%.1f of %s", 0.5, "it");
    assert_string_equal(h.last, "1 0.5 of it");
    h.stop = true;
    mirti_error err = {0};
    assert_int_equal(mirti_progress(&listener, "fit", 1, 2, &err), MIRTI_ERROR_CANCELLED);
    assert_string_equal(h.last, "fit 1/2");
    assert_non_null(strstr(err.message, "fit"));
    mirti_log(NULL, MIRTI_LOG_ERROR, "no one listens");
    mirti_listener deaf = {0};
    mirti_log(&deaf, MIRTI_LOG_ERROR, "no one listens");
    assert_int_equal(mirti_progress(&deaf, "fit", 1, 2, NULL), MIRTI_OK);
}

/* A stage that is first heard of at 10 % and comes to 30 % in 4 s goes on at 5 % a second. */
static void test_seconds_left_go_by_what_was_seen(void **state) {
    (void)state;
    assert_true(fabs(mirti_seconds_left(4, 0.1, 0.3) - 14) < 1e-12);
    assert_true(fabs(mirti_seconds_left(10, 0, 0.5) - 10) < 1e-12);
    assert_true(mirti_seconds_left(9, 0.2, 1) == 0);
    const double early[][3] = {{0.9, 0, 0.5}, {5, 0.1, 0.11}, {5, 0.5, 0.4}, {5, 0, 0}};
    for (size_t i = 0; i < sizeof early / sizeof *early; i++)
        assert_true(isnan(mirti_seconds_left(early[i][0], early[i][1], early[i][2])));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_item_once),
        cmocka_unit_test(test_lowest_error),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_tasks),
        cmocka_unit_test(test_listener),
        cmocka_unit_test(test_seconds_left_go_by_what_was_seen),
    };
    return cmocka_run_group_tests_name("base: threads", tests, NULL, NULL);
}
