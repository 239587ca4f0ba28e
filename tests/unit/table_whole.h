/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Everything that a caller can see of a table, as texts to be compared: read in one go, or in
 * pieces of any size by any number of threads. For unit tests and for the fuzzer.
 */
#ifndef MIRTI_TEST_TABLE_WHOLE_H
#define MIRTI_TEST_TABLE_WHOLE_H

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "table/internal.h"

typedef struct whole {
    mirti_text rows;   /* names of columns, record numbers, values; only if nothing failed */
    mirti_text report; /* counters and notes; the same */
    mirti_text error;  /* where something failed */
    bool wrong;        /* the table room broke a promise */
} whole;

static inline void whole_reset(whole *w) {
    mirti_text_reset(&w->rows);
    mirti_text_reset(&w->report);
    mirti_text_reset(&w->error);
}

static inline bool whole_same_text(const mirti_text *a, const mirti_text *b) {
    return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

static inline bool whole_same(const whole *a, const whole *b) {
    return !a->wrong && !b->wrong && whole_same_text(&a->rows, &b->rows) &&
           whole_same_text(&a->report, &b->report) && whole_same_text(&a->error, &b->error);
}

static inline bool whole_add_batch(mirti_text *out, const mirti_batch *batch, int64_t most_rows) {
    bool right = most_rows == 0 || batch->rows <= most_rows;
    for (int64_t row = 0; row < batch->rows; row++) {
        mirti_text_printf(out, "%lld", (long long)mirti_batch_row(batch, row));
        for (int i = 0; i < batch->columns; i++) {
            const mirti_column *column = &batch->column[i];
            if (column->rows == 0) continue;
            if (column->rows != batch->rows || column->text[row].data == NULL ||
                !mirti_utf8_valid(column->text[row], NULL))
                return false;
            mirti_text_puts(out, column->valid[row] ? "\x1f" : "\x1e");
            mirti_text_add(out, column->text[row].data, column->text[row].size);
        }
        mirti_text_puts(out, "\n");
    }
    return right && !out->failed;
}

static inline mirti_status whole_read_next(mirti_source *source, int64_t most_rows, whole *w,
                                           mirti_error *err) {
    mirti_batch batch = {0};
    mirti_status status;
    while ((status = mirti_source_next(source, &batch, err)) == MIRTI_OK && batch.rows > 0)
        if (!whole_add_batch(&w->rows, &batch, most_rows)) w->wrong = true;
    mirti_batch_reset(&batch);
    return status;
}

/* The batches that threads bring in any order. */
typedef struct whole_batches {
    pthread_mutex_t lock;
    mirti_text *batch; /* [count] by number */
    int64_t count, room, most_rows;
    bool wrong;
} whole_batches;

static inline mirti_status whole_take(mirti_batch *batch, int64_t number, int worker, void *context,
                                      mirti_error *err) {
    whole_batches *all = context;
    (void)worker, (void)err;
    pthread_mutex_lock(&all->lock);
    while (number >= all->room) {
        int64_t room = all->room > 0 ? 2 * all->room : 64;
        mirti_text *grown = realloc(all->batch, (size_t)room * sizeof *grown);
        if (grown == NULL) abort();
        memset(grown + all->room, 0, (size_t)(room - all->room) * sizeof *grown);
        all->batch = grown;
        all->room = room;
    }
    if (number >= all->count) all->count = number + 1;
    if (all->batch[number].size > 0 || !whole_add_batch(&all->batch[number], batch, all->most_rows))
        all->wrong = true;
    pthread_mutex_unlock(&all->lock);
    return MIRTI_OK;
}

static inline mirti_status whole_read_pieces(mirti_source *source, int threads, int64_t piece,
                                             int64_t most_rows, whole *w, mirti_error *err) {
    whole_batches all = {.most_rows = most_rows};
    pthread_mutex_init(&all.lock, NULL);
    mirti_status status = mirti_table_each(source, threads, piece, NULL, whole_take, &all, err);
    for (int64_t i = 0; i < all.count; i++) {
        if (status == MIRTI_OK && all.batch[i].size == 0) all.wrong = true;
        mirti_text_add(&w->rows, all.batch[i].data, all.batch[i].size);
        mirti_text_reset(&all.batch[i]);
    }
    w->wrong = w->wrong || all.wrong;
    free(all.batch);
    pthread_mutex_destroy(&all.lock);
    return status;
}

static inline void whole_add_report(const mirti_source *source, mirti_text *out) {
    const mirti_source_report *report = mirti_source_report_get(source);
    mirti_text_printf(out, "%s %d %c %lld %lld %lld\n", report->encoding, report->encoding_detected,
                      report->delimiter, (long long)report->bytes, (long long)report->rows,
                      (long long)report->dropped);
    for (int i = 0; i < report->notes; i++) {
        const mirti_source_note *note = &report->note[i];
        mirti_text_printf(out, "%s %lld %lld %s %s %s\n", note->id, (long long)note->count,
                          (long long)note->first_row, note->field, note->value, note->message);
    }
}

/* piece 0: in one go. `select`: the last column and the middle one only. No `csv.data`: the files
 * that the options name. */
static inline void whole_read(mirti_str csv, const mirti_source_options *options, bool select,
                              int threads, int64_t piece, whole *w) {
    mirti_source *source = NULL;
    mirti_error err = {0};
    *w = (whole){0};
    mirti_status status = csv.data != NULL ? mirti_source_open_text(csv, options, &source, &err)
                                           : mirti_source_open(options, &source, &err);
    if (status == MIRTI_OK) {
        int count = 0;
        const mirti_field *field = mirti_source_fields(source, &count);
        for (int i = 0; i < count; i++)
            mirti_text_printf(&w->rows, "%s\x1f", field[i].name);
        int some[] = {count - 1, count / 2};
        if (select) status = mirti_source_select(source, some, 2, &err);
    }
    if (status == MIRTI_OK)
        status = piece > 0 ? whole_read_pieces(source, threads, piece, options->batch_rows, w, &err)
                           : whole_read_next(source, options->batch_rows, w, &err);
    if (status == MIRTI_OK) {
        whole_add_report(source, &w->report);
    } else {
        /* Which rows were handed over before depends on where batches end: not compared. */
        mirti_text_reset(&w->rows);
        if (status != MIRTI_ERROR_INPUT || err.status != status || err.message[0] == '\0')
            w->wrong = true;
        mirti_text_printf(&w->error, "%lld %s %s %s %s", (long long)err.line, err.field, err.value,
                          err.message, err.remedy);
    }
    if (w->rows.failed || w->report.failed || w->error.failed) w->wrong = true;
    mirti_source_close(source);
}

#endif
