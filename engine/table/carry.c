/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What belongs together stays together: rows at the end of a batch that belong with those of the
 * next are held back, with a copy of their texts, and come before them; never beyond the end of a
 * file. This is done in turn, batch by batch, as little as it is.
 */
#include <string.h>

#include "internal.h"

static mirti_status make_column(mirti_arena *arena, const mirti_column *like, size_t rows,
                                mirti_column *out, mirti_error *err) {
    *out = (mirti_column){.type = like->type, .valid = mirti_arena_new(arena, rows)};
    bool ok = out->valid != NULL;
    if (like->text != NULL)
        ok = (out->text = mirti_arena_new(arena, rows * sizeof *out->text)) && ok;
    if (like->number != NULL)
        ok = (out->number = mirti_arena_new(arena, rows * sizeof *out->number)) && ok;
    if (like->truth != NULL) ok = (out->truth = mirti_arena_new(arena, rows)) && ok;
    return ok ? MIRTI_OK : mirti_fail_memory(err, "rows held back");
}

/* Rows [first, first + n) to row `at`; texts are copied, too. */
static mirti_status copy_rows(mirti_arena *arena, const mirti_column *from, int64_t first,
                              int64_t n, mirti_column *to, int64_t at, mirti_error *err) {
    if (n == 0) return MIRTI_OK;
    memcpy(to->valid + at, from->valid + first, (size_t)n);
    if (to->number != NULL)
        memcpy(to->number + at, from->number + first, (size_t)n * sizeof *to->number);
    if (to->truth != NULL) memcpy(to->truth + at, from->truth + first, (size_t)n);
    size_t size = 0;
    for (int64_t i = 0; to->text != NULL && i < n; i++)
        size += from->text[first + i].size;
    char *pool = mirti_arena_new(arena, size);
    if (pool == NULL) return mirti_fail_memory(err, "rows held back");
    for (int64_t i = 0; to->text != NULL && i < n; i++) {
        mirti_str text = from->text[first + i];
        if (text.size > 0) memcpy(pool, text.data, text.size);
        to->text[at + i] = (mirti_str){pool, text.size};
        pool += text.size;
    }
    return MIRTI_OK;
}

/* As copy_rows, but texts stay where they are. */
static void move_rows(const mirti_column *from, int64_t n, mirti_column *to, int64_t at) {
    if (n == 0) return;
    memcpy(to->valid + at, from->valid, (size_t)n);
    if (to->text != NULL) memcpy(to->text + at, from->text, (size_t)n * sizeof *to->text);
    if (to->number != NULL) memcpy(to->number + at, from->number, (size_t)n * sizeof *to->number);
    if (to->truth != NULL) memcpy(to->truth + at, from->truth, (size_t)n);
}

/* A batch for the rows of `a` and then [first, last) of `b`, without its columns' values. */
static mirti_status make_batch(mirti_arena *arena, const mirti_batch *a, const mirti_batch *b,
                               int64_t first, int64_t last, mirti_batch *out, mirti_error *err) {
    const int64_t rows = a->rows + last - first;
    const size_t columns = (size_t)b->columns;
    *out = (mirti_batch){.rows = rows, .columns = b->columns, .file = b->file};
    out->column = mirti_arena_new(arena, columns * sizeof *out->column);
    out->row_number = mirti_arena_new(arena, (size_t)rows * sizeof *out->row_number);
    if (out->column == NULL || out->row_number == NULL)
        return mirti_fail_memory(err, "rows held back");
    for (int64_t i = 0; i < rows; i++)
        out->row_number[i] =
            i < a->rows ? mirti_batch_row(a, i) : mirti_batch_row(b, first + i - a->rows);
    if (rows > 0) out->first_row = out->row_number[0];
    for (int c = 0; c < b->columns; c++) {
        out->column[c] = (mirti_column){.type = b->column[c].type};
        if (b->column[c].rows == 0 && (a->rows == 0 || a->column[c].rows == 0)) continue;
        MIRTI_TRY(make_column(arena, &b->column[c], (size_t)rows, &out->column[c], err));
        out->column[c].rows = rows;
    }
    return MIRTI_OK;
}

static mirti_status append(mirti_arena *arena, const mirti_batch *to, const mirti_batch *batch,
                           int64_t first, mirti_batch *out, mirti_error *err) {
    const int64_t n = batch->rows - first;
    MIRTI_TRY(make_batch(arena, to, batch, first, batch->rows, out, err));
    for (int c = 0; c < batch->columns; c++) {
        if (out->column[c].rows == 0) continue;
        if (to->rows > 0)
            MIRTI_TRY(copy_rows(arena, &to->column[c], 0, to->rows, &out->column[c], 0, err));
        MIRTI_TRY(copy_rows(arena, &batch->column[c], first, n, &out->column[c], to->rows, err));
    }
    return MIRTI_OK;
}

mirti_status mirti_batch_append(mirti_batch *to, const mirti_batch *batch, int64_t first,
                                mirti_error *err) {
    mirti_arena arena = {0};
    mirti_batch made;
    mirti_status status = append(&arena, to, batch, first, &made, err);
    if (status != MIRTI_OK) {
        mirti_arena_reset(&arena);
        return status;
    }
    mirti_arena_reset(&to->arena);
    *to = made;
    to->arena = arena;
    return MIRTI_OK;
}

mirti_status mirti_batch_prepend(mirti_batch *batch, const mirti_batch *before, int64_t last,
                                 mirti_error *err) {
    if (before->rows == 0) {
        batch->rows = last;
        for (int c = 0; c < batch->columns; c++)
            if (batch->column[c].rows > 0) batch->column[c].rows = last;
        return MIRTI_OK;
    }
    mirti_batch made;
    mirti_arena *arena = &batch->arena;
    MIRTI_TRY(make_batch(arena, before, batch, 0, last, &made, err));
    for (int c = 0; c < batch->columns; c++) {
        if (made.column[c].rows == 0) continue;
        MIRTI_TRY(copy_rows(arena, &before->column[c], 0, before->rows, &made.column[c], 0, err));
        move_rows(&batch->column[c], last, &made.column[c], before->rows);
    }
    made.arena = batch->arena;
    *batch = made;
    return MIRTI_OK;
}

/* What is held back becomes a batch of its own, before number `at` of the piece. */
static mirti_status insert_held(mirti_table_carry *carry, mirti_table_piece *piece, int at,
                                mirti_error *err) {
    mirti_batch *free_one;
    MIRTI_TRY(mirti_table_piece_add(piece, &free_one, err));
    mirti_batch_reset(free_one);
    memmove(piece->batch + at + 1, piece->batch + at,
            (size_t)(piece->batches - at) * sizeof *piece->batch);
    piece->batches++;
    piece->batch[at] = carry->held;
    carry->held = (mirti_batch){0};
    return MIRTI_OK;
}

/* A batch of which nothing is delivered gives its place to those after it. */
static void drop_batch(mirti_table_piece *piece, int at) {
    mirti_batch dropped = piece->batch[at];
    piece->batches--;
    memmove(piece->batch + at, piece->batch + at + 1,
            (size_t)(piece->batches - at) * sizeof *piece->batch);
    piece->batch[piece->batches] = dropped;
}

/* Delivers what was held back and rows [0, last); holds the rest back. */
static mirti_status cut_batch(mirti_table_carry *carry, mirti_batch *batch, int64_t last,
                              mirti_error *err) {
    mirti_batch rest = {0};
    mirti_status status = MIRTI_OK;
    if (last < batch->rows) status = mirti_batch_append(&rest, batch, last, err);
    if (status == MIRTI_OK) status = mirti_batch_prepend(batch, &carry->held, last, err);
    if (status != MIRTI_OK) {
        mirti_batch_reset(&rest);
        return status;
    }
    mirti_batch_reset(&carry->held);
    carry->held = rest;
    return MIRTI_OK;
}

mirti_status mirti_table_carry_on(mirti_table_carry *carry, mirti_table_piece *piece,
                                  mirti_error *err) {
    if (piece->batches == 0 && carry->held.rows > 0) /* the end */
        return insert_held(carry, piece, 0, err);
    for (int i = 0; i < piece->batches; i++) {
        const char *file = piece->batch[i].file;
        bool new_file = carry->file == NULL || strcmp(carry->file, file) != 0;
        carry->file = file;
        if (new_file && carry->held.rows > 0) MIRTI_TRY(insert_held(carry, piece, i++, err));
        mirti_batch *batch = &piece->batch[i];
        int64_t last = batch->rows;
        bool continues = false;
        MIRTI_TRY(carry->cut(batch, new_file, &last, &continues, carry->context, err));
        if (last == 0 && (continues || carry->held.rows == 0)) {
            MIRTI_TRY(mirti_batch_append(&carry->held, batch, 0, err));
            drop_batch(piece, i--);
        } else {
            MIRTI_TRY(cut_batch(carry, batch, last, err));
        }
    }
    return MIRTI_OK;
}
