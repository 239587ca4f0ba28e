/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fast reader. A part of the buffer is indexed (csv_index.c); then, row by row, the next line
 * end gives the row, a count of bits tells whether it has as many fields as the header, and the
 * wanted fields are reached by counting bits, without looking at those in between.
 *
 * It reads only rows about which there is no doubt: complete, with exactly the header's number of
 * fields, every quote where it belongs. Any other row is left to libcsv, one row at a time;
 * afterwards the fast reader goes on. What both deliver is the same, byte for byte:
 * tests/fuzz/csv.c compares them.
 */
#include <string.h>

#include "csv_reader.h"

/* Walks over the delimiters of a row. */
typedef struct cursor {
    const mirti_table_index *index;
    size_t block;
    uint64_t bits;    /* delimiters of the block that are still ahead */
    uint32_t ordinal; /* number of the first of them, counted from 0 through the whole index */
} cursor;

/* Position of the delimiter number `ordinal`, which lies ahead; the cursor goes behind it. */
static inline size_t advance(cursor *c, uint32_t ordinal) {
    const mirti_table_index *index = c->index;
    if (index->before[c->block + 1] <= ordinal) {
        do {
            c->block++;
        } while (index->before[c->block + 1] <= ordinal);
        c->bits = index->delimiter[c->block];
        c->ordinal = index->before[c->block];
    }
    for (; c->ordinal < ordinal; c->ordinal++)
        c->bits &= c->bits - 1;
    size_t at = 64 * c->block + (size_t)__builtin_ctzll(c->bits);
    c->bits &= c->bits - 1;
    c->ordinal++;
    return at;
}

/* The next line end at or after `at`, or `size`. */
static inline size_t find_line_end(const mirti_table_index *index, size_t at) {
    size_t block = at / 64;
    if (at >= index->size) return index->size;
    uint64_t bits = index->line_end[block] & ~(uint64_t)0 << at % 64;
    while (bits == 0) {
        block++;
        if (64 * block >= index->size) return index->size;
        bits = index->line_end[block];
    }
    return 64 * block + (size_t)__builtin_ctzll(bits);
}

/* Delimiters before `at`. */
static inline uint32_t delimiters_before(const mirti_table_index *index, size_t at) {
    size_t block = at / 64;
    if (64 * block >= index->size) return index->before[block];
    uint64_t bits = index->delimiter[block] & (((uint64_t)1 << at % 64) - 1);
    return index->before[block] + (uint32_t)__builtin_popcountll(bits);
}

static inline bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* A quoted value in which quotes are doubled. */
static mirti_status put_unquoted(mirti_table_csv *csv, int column, const char *text, size_t size) {
    char small[256] = "";
    char *copy = size <= sizeof small ? small : mirti_new(size, 1);
    if (copy == NULL) return mirti_fail_memory(csv->err, "text of a table");
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        copy[used++] = text[i];
        if (text[i] == '"') i++; /* its double */
    }
    mirti_status status =
        mirti_table_put(csv->builder, &csv->decoder, column, copy, used, csv->err);
    if (copy != small) mirti_free(copy);
    return status;
}

/* Puts the field text[0..size). */
static inline mirti_status put_field(mirti_table_csv *csv, int column, const char *text,
                                     size_t size) {
    mirti_table_builder *builder = csv->builder;
    if (size > 0 && text[0] == '"') {
        text++;
        size -= 2;
        if (memchr(text, '"', size) != NULL) return put_unquoted(csv, column, text, size);
        if (size > 0 && is_blank(text[0])) /* kept between quotes, unless it is all there is */
            return mirti_table_put(builder, &csv->decoder, column, text, size, csv->err);
    } else {
        while (size > 0 && is_blank(text[0])) {
            text++;
            size--;
        }
        while (size > 0 && is_blank(text[size - 1]))
            size--;
    }
    if (size > 16 || !csv->index->ascii)
        return mirti_table_put(builder, &csv->decoder, column, text, size, csv->err);

    /* Short and plain, as nearly all values of a census are: sixteen bytes are copied whatever the
     * size, which is quicker than asking. */
    mirti_column *target = &builder->batch->column[builder->slot[column]];
    size_t row = (size_t)builder->batch->rows;
    if (size == 0) {
        target->text[row] = (mirti_str){"", 0};
        target->valid[row] = 0;
        return MIRTI_OK;
    }
    char *copy = mirti_table_pool(builder, 16);
    if (copy == NULL) return mirti_fail_memory(csv->err, "text of a table");
    memcpy(copy, text, 16);
    builder->pool -= 16 - size; /* what was not needed is given back */
    builder->pool_left += 16 - size;
    target->text[row] = (mirti_str){copy, size};
    target->valid[row] = 1;
    return MIRTI_OK;
}

/* Puts the wanted fields of the row [begin, end); `first` is the number of its first delimiter. */
static mirti_status put_row(mirti_table_csv *csv, size_t begin, size_t end, uint32_t first) {
    const mirti_table_index *index = csv->index;
    const char *text = csv->buffer + csv->indexed;
    cursor at = {.index = index,
                 .block = begin / 64,
                 .bits = index->delimiter[begin / 64] & ~(uint64_t)0 << begin % 64,
                 .ordinal = first};
    int last = csv->base.fields - 1;
    int next = 0;        /* column that begins */
    size_t from = begin; /* here */
    for (int i = 0; i < csv->wanted; i++) {
        int column = csv->want[i];
        if (column != next) from = advance(&at, first + (uint32_t)column - 1) + 1;
        size_t to = column == last ? end : advance(&at, first + (uint32_t)column);
        mirti_status status = put_field(csv, column, text + from, to - from);
        next = column + 1;
        from = to + 1;
        if (status == MIRTI_OK) continue;
        csv->status = status;
        mirti_fail_at(csv->err, csv->base.shown, csv->row, 0, csv->base.field[column].name, NULL);
        return status;
    }
    return MIRTI_OK;
}

/* True when nothing but blanks stands in [begin, end): not a row but a blank line. */
static bool is_blank_line(const char *text, size_t begin, size_t end) {
    while (begin < end && is_blank(text[begin]))
        begin++;
    return begin == end;
}

/* Where in the buffer no further row is begun. */
static size_t stop_of(const mirti_table_csv *csv) {
    if (csv->stop == INT64_MAX) return SIZE_MAX;
    int64_t left = csv->stop - mirti_table_csv_offset(csv);
    return left > 0 ? csv->from + (size_t)left : csv->from;
}

/* Reads the rows of the indexed piece. Stops at its last whole row, at a full batch, at a doubt, or
 * at `stop`. */
static mirti_status scan_index(mirti_table_csv *csv, size_t stop, bool *doubtful) {
    const mirti_table_index *index = csv->index;
    const char *text = csv->buffer + csv->indexed;
    const uint32_t delimiters = (uint32_t)csv->base.fields - 1;
    size_t at = csv->from - csv->indexed;
    while (csv->indexed + at < stop && !mirti_table_builder_full(csv->builder)) {
        size_t end = find_line_end(index, at);
        if (end >= index->doubt) { /* the row is not whole, or not trusted */
            *doubtful = index->doubt < index->size;
            break;
        }
        uint32_t first = delimiters_before(index, at);
        uint32_t found = delimiters_before(index, end) - first;
        if (found == 0 && is_blank_line(text, at, end)) {
            mirti_table_csv_blank_line(csv, (unsigned char)text[end]);
        } else if (found != delimiters) {
            *doubtful = true;
            break;
        } else {
            MIRTI_TRY(put_row(csv, at, end, first));
            MIRTI_TRY(mirti_table_end_row(csv->builder, csv->row, csv->err));
            csv->row++;
            csv->last_end = (unsigned char)text[end];
        }
        at = end + 1;
        /* The rest of a CRLF is no line of its own. */
        if (text[end] == '\r' && at < index->size && text[at] == '\n') {
            csv->last_end = '\n';
            at++;
        }
    }
    csv->from = csv->indexed + at;
    return MIRTI_OK;
}

mirti_status mirti_table_csv_scan(mirti_table_csv *csv, bool *doubtful) {
    enum { AFTER_DOUBT = 1024 };
    *doubtful = false;
    const size_t stop = stop_of(csv);
    while (!mirti_table_builder_full(csv->builder) && csv->from < csv->to && csv->from < stop) {
        size_t before = csv->from;
        /* An index that ends inside a row is made anew from there. */
        if (csv->index->size == 0 || csv->from < csv->indexed ||
            csv->from >= csv->indexed + csv->index->size) {
            size_t size = csv->to - csv->from;
            if (size > csv->ahead) size = csv->ahead;
            mirti_table_index_fill(csv->index, csv->buffer + csv->from, size, csv->delimiter);
            csv->indexed = csv->from;
        }
        MIRTI_TRY(scan_index(csv, stop, doubtful));
        if (*doubtful) {
            csv->ahead = AFTER_DOUBT;
            csv->index->size = 0;
            return MIRTI_OK;
        }
        if (mirti_table_builder_full(csv->builder) || csv->from >= stop) break;
        /* No further whole row in this piece: index from here, as much as there is. */
        bool whole = csv->indexed + csv->index->size == csv->to;
        bool stuck = csv->from == before && csv->indexed == csv->from;
        csv->index->size = 0;
        if (csv->ahead < INDEX_SIZE) {
            csv->ahead *= 2;
        } else if (stuck && !whole) { /* a row longer than an index */
            *doubtful = true;
            return MIRTI_OK;
        }
        if (whole) break;
    }
    return MIRTI_OK;
}
