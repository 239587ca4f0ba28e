/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV by libcsv: streaming, in constant memory, tolerant where RFC 4180 is silent (blanks around an
 * unquoted value are dropped, blank lines are skipped and counted, any of LF, CR and CRLF ends a
 * row, a stray quote belongs to the value) and strict where tolerance would lose data: a row with
 * the wrong number of fields, a quote that is never closed, a NUL byte are errors that name the
 * row.
 *
 * This is the reference: what the fast reader delivers must be what is delivered here.
 *
 * libcsv pushes fields at callbacks and cannot be stopped inside a buffer, so it is fed only as
 * many line ends as the batch still has room for.
 */
#include <string.h>

#include "csv_reader.h"

enum { LONGEST_FIELD = 1024 * 1024 /* longer is a quote that was never closed */ };

/* libcsv takes plain malloc and free: these are ours, so that tests can count and fail them. */
static void *csv_allocate(void *block, size_t bytes) {
    return mirti_resize(block, bytes, 1);
}

static void csv_release(void *block) {
    mirti_free(block);
}

mirti_status mirti_table_csv_start(mirti_table_csv *csv, mirti_error *err) {
    if (csv_init(&csv->parser, CSV_REPALL_NL) != 0) return mirti_fail_memory(err, "a reader");
    csv->parser_ready = true;
    csv_set_realloc_func(&csv->parser, csv_allocate);
    csv_set_free_func(&csv->parser, csv_release);
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------- errors -- */

static const char *field_name(const mirti_table_csv *csv, int column) {
    return column < csv->base.fields && csv->base.field != NULL ? csv->base.field[column].name
                                                                : NULL;
}

static mirti_status fail_here(mirti_table_csv *csv, mirti_status status) {
    csv->status = status;
    mirti_fail_at(csv->err, csv->base.shown, csv->row, 0, field_name(csv, csv->fields), NULL);
    return status;
}

static mirti_status fail_quote(mirti_table_csv *csv) {
    fail_here(csv, mirti_fail(csv->err, MIRTI_ERROR_INPUT,
                              "a quote is opened in this row and never closed"));
    mirti_fail_remedy(csv->err, "Close the quote, or double it if it belongs to the value.");
    return csv->status;
}

static mirti_status fail_nul(mirti_table_csv *csv) {
    fail_here(csv, mirti_fail(csv->err, MIRTI_ERROR_INPUT,
                              "a NUL byte stands in the text, so this is not a sound CSV file"));
    mirti_fail_remedy(csv->err, "The file is damaged, or in UTF-16 without a mark: fetch it again, "
                                "or declare its encoding.");
    return csv->status;
}

static mirti_status fail_parser(mirti_table_csv *csv) {
    if (csv_error(&csv->parser) != CSV_ENOMEM) return fail_quote(csv);
    return csv->status = mirti_fail_memory(csv->err, "a field of a CSV file");
}

/* A row with too few fields, or with too many that are not just empty. */
static void bad_row(mirti_table_csv *csv) {
    mirti_table_context *context = csv->base.context;
    int expected = csv->base.fields;
    int last = csv->fields < expected ? csv->fields - 1 : expected - 1;
    if (context->drop_bad_rows) {
        context->report.dropped++;
        mirti_table_note(context, MIRTI_LOG_WARNING, "ragged-row", csv->base.shown, csv->row,
                         field_name(csv, last), NULL,
                         "a row has %d fields where the header has %d; it was dropped", csv->fields,
                         expected);
        return;
    }
    csv->status =
        mirti_fail(csv->err, MIRTI_ERROR_INPUT, "the row has %d fields where the header has %d",
                   csv->fields, expected);
    mirti_fail_at(csv->err, csv->base.shown, csv->row, 0, field_name(csv, last), NULL);
    mirti_fail_remedy(csv->err, "A delimiter inside a value needs quotes around the value. Correct "
                                "the row, or ask for bad rows to be dropped (drop_bad_rows).");
}

/* ---------------------------------------------------------------------------------- callbacks -- */

static void take_name(mirti_table_csv *csv, const char *data, size_t size) {
    if ((size_t)csv->fields == csv->name_room) {
        size_t room = csv->name_room == 0 ? 64 : 2 * csv->name_room;
        size_t *grown = mirti_resize(csv->name_end, room, sizeof *grown);
        if (grown == NULL) {
            csv->names.failed = true;
            return;
        }
        csv->name_end = grown;
        csv->name_room = room;
    }
    mirti_text_add(&csv->names, data, size);
    csv->name_end[csv->fields] = csv->names.size;
}

static void on_field(void *data, size_t size, void *context) {
    mirti_table_csv *csv = context;
    if (csv->status != MIRTI_OK) return;
    csv->last_end = -1;
    if (size > LONGEST_FIELD) {
        fail_quote(csv);
    } else if (csv->builder == NULL) {
        take_name(csv, data, size);
        if (csv->names.failed) csv->status = mirti_fail_memory(csv->err, "a header");
    } else if (csv->fields < csv->base.fields) {
        mirti_status status =
            mirti_table_put(csv->builder, &csv->decoder, csv->fields, data, size, csv->err);
        if (status != MIRTI_OK) fail_here(csv, status);
    } else if (size > 0) {
        csv->surplus = true;
    }
    csv->fields++;
}

void mirti_table_csv_blank_line(mirti_table_csv *csv, int end) {
    bool second_half = end == '\n' && csv->last_end == '\r';
    csv->last_end = end;
    if (second_half) return;
    mirti_table_note(csv->base.context, MIRTI_LOG_DEBUG, "blank-row", csv->base.shown, csv->row,
                     NULL, NULL, "a blank line was skipped");
    csv->row++;
}

static void on_row(int end, void *context) {
    mirti_table_csv *csv = context;
    csv->row_done = true;
    if (csv->status != MIRTI_OK) return;
    if (csv->fields == 0) {
        mirti_table_csv_blank_line(csv, end);
        return;
    }
    csv->last_end = end;
    if (csv->builder == NULL) {
        csv->header_done = true;
        csv->base.fields = csv->fields;
    } else if (csv->fields < csv->base.fields || csv->surplus) {
        bad_row(csv);
    } else {
        if (csv->fields > csv->base.fields)
            mirti_table_note(csv->base.context, MIRTI_LOG_DEBUG, "surplus-blank", csv->base.shown,
                             csv->row, NULL, NULL,
                             "a row has blank fields beyond the header's; they were ignored");
        csv->status = mirti_table_end_row(csv->builder, csv->row, csv->err);
    }
    csv->row++;
    csv->fields = 0;
    csv->surplus = false;
}

/* ------------------------------------------------------------------------------------ feeding -- */

/* Length of the part of the buffer that holds at most `rows` line ends, and no NUL byte. */
static size_t portion(const mirti_table_csv *csv, int64_t rows) {
    const char *begin = csv->buffer + csv->from;
    const char *end = csv->buffer + csv->to;
    const char *nul = memchr(begin, '\0', (size_t)(end - begin));
    if (nul != NULL) end = nul;
    const char *p = begin;
    const char *lf = NULL; /* the next of each kind, or `end`; found anew only when passed */
    const char *cr = NULL;
    while (rows > 0 && p < end) {
        if (lf == NULL || lf < p) lf = memchr(p, '\n', (size_t)(end - p));
        if (lf == NULL) lf = end;
        if (cr == NULL || cr < p) cr = memchr(p, '\r', (size_t)(end - p));
        if (cr == NULL) cr = end;
        p = cr + 1 < lf ? cr + 1 : lf + 1; /* the two of CRLF are one */
        rows--;
    }
    return (size_t)((p < end ? p : end) - begin);
}

mirti_status mirti_table_csv_feed(mirti_table_csv *csv, int64_t rows) {
    if (csv->from == csv->to) MIRTI_TRY(mirti_table_csv_refill(csv, csv->err));
    if (csv->from == csv->to) {
        csv->finished = true;
        /* Strict at the very end only, where it means: an open quote is an error. */
        csv_set_opts(&csv->parser, CSV_REPALL_NL | CSV_STRICT | CSV_STRICT_FINI);
        if (csv_fini(&csv->parser, on_field, on_row, csv) != 0 && csv->status == MIRTI_OK)
            return fail_parser(csv);
        return csv->status;
    }
    size_t size = portion(csv, rows);
    if (size == 0) return fail_nul(csv);
    size_t done = csv_parse(&csv->parser, csv->buffer + csv->from, size, on_field, on_row, csv);
    if (csv->status != MIRTI_OK) return csv->status;
    if (done != size) return fail_parser(csv);
    csv->from += size;
    if (csv->parser.entry_pos > LONGEST_FIELD) return fail_quote(csv);
    return MIRTI_OK;
}
