/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV by libcsv: streaming, in constant memory, tolerant where RFC 4180 is silent (blanks around an
 * unquoted value are dropped, blank lines are skipped and counted, any of LF, CR and CRLF ends a
 * row) and strict where tolerance would lose data: a row with the wrong number of fields, a quote
 * that is never closed, a NUL byte are errors that name the row.
 *
 * libcsv pushes fields at callbacks and cannot be stopped inside a buffer, so it is fed up to as
 * many line ends as the batch still has room for; where that overshoots (CR alone) the batch grows.
 */
#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum {
    BUFFER_SIZE = 64 * 1024,
    LONGEST_FIELD = 1024 * 1024 /* longer is a quote that was never closed */
};

typedef struct csv_reader {
    mirti_table_reader base;
    mirti_table_input *input;
    struct csv_parser parser;
    bool parser_ready;
    mirti_table_decoder decoder;
    mirti_encoding *converted; /* what the input converts from, or NULL */
    char *buffer;              /* [BUFFER_SIZE] */
    size_t from, to;           /* what of the buffer is still to be parsed */
    bool input_ended, finished;

    /* the row being read */
    int64_t row;  /* its record number, 1 = the header */
    int fields;   /* so far */
    bool surplus; /* a field beyond the header's holds something */
    int last_end; /* character that ended the former row, −1 if a field came since */
    mirti_table_builder *builder; /* NULL while the header is read */
    mirti_status status;
    mirti_error *err;

    /* the header */
    bool header_done;
    mirti_text names; /* of the columns, one after the other, as bytes of the file */
    size_t *name_end; /* [name_room] */
    size_t name_room;
} csv_reader;

/* libcsv takes plain malloc and free: these are ours, so that tests can count and fail them. */
static void *csv_allocate(void *block, size_t bytes) {
    return mirti_resize(block, bytes, 1);
}

static void csv_release(void *block) {
    mirti_free(block);
}

/* ---------------------------------------------------------------------------------- callbacks --
 */

static const char *field_name(const csv_reader *csv, int column) {
    return column < csv->base.fields ? csv->base.field[column].name : NULL;
}

static mirti_status fail_here(csv_reader *csv, int column) {
    csv->status =
        csv->err != NULL && csv->err->status != MIRTI_OK ? csv->err->status : MIRTI_ERROR_INPUT;
    mirti_fail_at(csv->err, csv->base.shown, csv->row, 0, field_name(csv, column), NULL);
    return csv->status;
}

static void take_name(csv_reader *csv, const char *data, size_t size) {
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
    csv_reader *csv = context;
    if (csv->status != MIRTI_OK) return;
    csv->last_end = -1;
    if (csv->builder == NULL) {
        take_name(csv, data, size);
        if (csv->names.failed) csv->status = mirti_fail_memory(csv->err, "a header");
    } else if (csv->fields < csv->base.fields) {
        mirti_status status =
            mirti_table_put(csv->builder, &csv->decoder, csv->fields, data, size, csv->err);
        if (status != MIRTI_OK) {
            csv->status = status;
            mirti_fail_at(csv->err, csv->base.shown, csv->row, 0, field_name(csv, csv->fields),
                          NULL);
        }
    } else if (size > 0) {
        csv->surplus = true;
    }
    csv->fields++;
}

/* A row with too few fields, or with too many that are not just empty. */
static void bad_row(csv_reader *csv) {
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

static void on_row(int end, void *context) {
    csv_reader *csv = context;
    if (csv->status != MIRTI_OK) return;
    if (csv->fields == 0) {
        /* Nothing but a line end: the LF of a CRLF, or a blank line. */
        bool second_half = end == '\n' && csv->last_end == '\r';
        csv->last_end = end;
        if (second_half) return;
        mirti_table_note(csv->base.context, MIRTI_LOG_DEBUG, "blank-row", csv->base.shown, csv->row,
                         NULL, NULL, "a blank line was skipped");
        csv->row++;
        return;
    }
    csv->last_end = end;
    if (csv->builder == NULL) {
        csv->header_done = true;
        csv->base.fields = csv->fields;
    } else if (csv->fields != csv->base.fields &&
               (csv->fields < csv->base.fields || csv->surplus)) {
        bad_row(csv);
    } else {
        if (csv->fields != csv->base.fields)
            mirti_table_note(csv->base.context, MIRTI_LOG_DEBUG, "surplus-blank", csv->base.shown,
                             csv->row, NULL, NULL,
                             "a row has blank fields beyond the header's; they were ignored");
        csv->status = mirti_table_end_row(csv->builder, csv->row, csv->err);
    }
    csv->row++;
    csv->fields = 0;
    csv->surplus = false;
}

/* ------------------------------------------------------------------------------------- feeding --
 */

static mirti_status fill(csv_reader *csv, mirti_error *err) {
    if (csv->from < csv->to || csv->input_ended) return MIRTI_OK;
    size_t got = 0;
    int64_t before = mirti_table_input_tell(csv->input);
    mirti_status status = mirti_table_input_read(csv->input, csv->buffer, BUFFER_SIZE, &got, err);
    if (status != MIRTI_OK) {
        mirti_fail_at(err, NULL, csv->row, 0, NULL, NULL);
        return status;
    }
    csv->from = 0;
    csv->to = got;
    csv->input_ended = got == 0;
    csv->base.context->report.bytes += mirti_table_input_tell(csv->input) - before;
    return MIRTI_OK;
}

/* Length of the part of the buffer that holds at most `rows` line ends, and no NUL byte. */
static size_t portion(const csv_reader *csv, int64_t rows) {
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

static mirti_status fail_nul(csv_reader *csv) {
    csv->status = mirti_fail(csv->err, MIRTI_ERROR_INPUT,
                             "a NUL byte stands in the text, so this is not a sound CSV file");
    fail_here(csv, csv->fields);
    mirti_fail_remedy(csv->err, "The file is damaged, or in UTF-16 without a mark: fetch it again, "
                                "or declare its encoding.");
    return csv->status;
}

static mirti_status fail_quote(csv_reader *csv) {
    csv->status =
        mirti_fail(csv->err, MIRTI_ERROR_INPUT, "a quote is opened in this row and never closed");
    fail_here(csv, csv->fields);
    mirti_fail_remedy(csv->err, "Close the quote, or double it if it belongs to the value.");
    return csv->status;
}

static mirti_status fail_parser(csv_reader *csv) {
    if (csv_error(&csv->parser) == CSV_ENOMEM)
        return csv->status = mirti_fail_memory(csv->err, "a field of a CSV file");
    return fail_quote(csv);
}

/* Gives libcsv one portion; at the end of the input it is told so. */
static mirti_status feed(csv_reader *csv, int64_t rows) {
    MIRTI_TRY(fill(csv, csv->err));
    if (csv->input_ended) {
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

static mirti_status read_rows(mirti_table_reader *reader, mirti_table_builder *builder, bool *ended,
                              mirti_error *err) {
    csv_reader *csv = (csv_reader *)reader;
    csv->builder = builder;
    csv->err = err;
    while (!csv->finished && !mirti_table_builder_full(builder))
        MIRTI_TRY(feed(csv, builder->limit - builder->batch->rows));
    *ended = csv->finished;
    return MIRTI_OK;
}

static void close_reader(mirti_table_reader *reader) {
    csv_reader *csv = (csv_reader *)reader;
    if (csv->parser_ready) csv_free(&csv->parser);
    mirti_table_input_close(csv->input);
    mirti_table_decoder_reset(&csv->decoder);
    mirti_encoding_free(csv->converted);
    mirti_text_reset(&csv->names);
    mirti_free(csv->name_end);
    mirti_free(csv->buffer);
    mirti_arena_reset(&csv->base.arena);
    mirti_free(csv);
}

/* -------------------------------------------------------------------------------------- opening --
 */

/* UTF-16 by its mark, or a multi-byte encoding that was declared: the whole text is converted as it
 * is read, since the bytes of a delimiter may be part of a letter there. */
static mirti_status convert(csv_reader *csv, const char *name, mirti_error *err) {
    mirti_source_report *report = &csv->base.context->report;
    MIRTI_TRY(mirti_encoding_find(name, &csv->converted, err));
    snprintf(report->encoding, sizeof report->encoding, "%s", mirti_encoding_name(csv->converted));
    report->encoding_detected = csv->base.context->encoding == NULL;
    report->bytes -= mirti_table_input_tell(csv->input); /* once more from the beginning */
    csv->from = csv->to = 0;
    MIRTI_TRY(mirti_table_input_convert(csv->input, csv->converted, err));
    return fill(csv, err);
}

/* The name of an encoding that must be converted, or NULL. */
static mirti_status encoding_to_convert(const csv_reader *csv, const char **name,
                                        mirti_error *err) {
    const char *declared = csv->base.context->encoding;
    *name = NULL;
    if (declared != NULL) {
        mirti_encoding *encoding = NULL;
        mirti_status status = mirti_encoding_find(declared, &encoding, err);
        if (status != MIRTI_OK) {
            mirti_fail_at(err, csv->base.shown, 0, 0, NULL, NULL);
            return status;
        }
        if (!mirti_table_encoding_is_plain(encoding)) *name = declared;
        mirti_encoding_free(encoding);
    } else if (csv->to >= 2 && memcmp(csv->buffer, "\xFF\xFE", 2) == 0) {
        *name = "UTF-16LE";
    } else if (csv->to >= 2 && memcmp(csv->buffer, "\xFE\xFF", 2) == 0) {
        *name = "UTF-16BE";
    }
    return MIRTI_OK;
}

/* Looks at the first buffer: byte order mark, encoding, delimiter. */
static mirti_status look(csv_reader *csv, mirti_error *err) {
    mirti_table_context *context = csv->base.context;
    MIRTI_TRY(fill(csv, err));
    if (csv->input_ended) {
        mirti_fail(err, MIRTI_ERROR_INPUT, "the file is empty; not even a header is there");
        mirti_fail_at(err, csv->base.shown, 0, 0, NULL, NULL);
        return MIRTI_ERROR_INPUT;
    }
    const char *foreign = NULL;
    MIRTI_TRY(encoding_to_convert(csv, &foreign, err));
    if (foreign != NULL) MIRTI_TRY(convert(csv, foreign, err));
    bool mark = csv->to >= 3 && memcmp(csv->buffer, "\xEF\xBB\xBF", 3) == 0;
    if (mark) csv->from = 3;
    mirti_str sample = {csv->buffer + csv->from, csv->to - csv->from};
    const char *declared = context->encoding;
    if (declared == NULL && mark) declared = "UTF-8";
    if (foreign != NULL) {
        MIRTI_TRY(mirti_encoding_find("UTF-8", &csv->decoder.encoding, err)); /* by now it is */
    } else if (declared != NULL) {
        MIRTI_TRY(mirti_table_decoder_set(&csv->decoder, context, declared, false, err));
    } else {
        const char *guess = mirti_encoding_guess(sample);
        if (guess[0] != '\0')
            MIRTI_TRY(mirti_table_decoder_set(&csv->decoder, context, guess, true, err));
    }
    char delimiter = context->delimiter;
    if (delimiter == 0) {
        delimiter = mirti_table_sniff_delimiter(sample);
        if (delimiter != ',')
            mirti_table_note(context, MIRTI_LOG_INFO, "delimiter", csv->base.shown, 0, NULL,
                             delimiter == '\t' ? "tab" : (char[]){delimiter, '\0'},
                             "the delimiter was found by looking at the first rows");
    }
    context->report.delimiter = delimiter;
    csv_set_delim(&csv->parser, (unsigned char)delimiter);
    return MIRTI_OK;
}

static mirti_status read_header(csv_reader *csv, mirti_error *err) {
    csv->err = err;
    while (!csv->header_done && !csv->finished)
        MIRTI_TRY(feed(csv, 1));
    if (!csv->header_done) {
        mirti_fail(err, MIRTI_ERROR_INPUT, "the file is empty; not even a header is there");
        mirti_fail_at(err, csv->base.shown, 0, 0, NULL, NULL);
        return MIRTI_ERROR_INPUT;
    }
    int count = csv->base.fields;
    mirti_status status = MIRTI_OK;
    mirti_text *decoded = mirti_new((size_t)count, sizeof *decoded);
    mirti_str *name = mirti_new((size_t)count, sizeof *name);
    if (decoded == NULL || name == NULL) status = mirti_fail_memory(err, "a header");
    for (int i = 0; i < count && status == MIRTI_OK; i++) {
        size_t begin = i == 0 ? 0 : csv->name_end[i - 1];
        mirti_str bytes = {csv->names.data + begin, csv->name_end[i] - begin};
        status = mirti_table_decode(&csv->decoder, csv->base.context, bytes, &decoded[i], err);
        if (status != MIRTI_OK) mirti_fail_at(err, csv->base.shown, 1, 0, NULL, NULL);
        name[i] = (mirti_str){decoded[i].data, decoded[i].size};
    }
    if (status == MIRTI_OK) status = mirti_table_name_fields(&csv->base, name, count, err);
    for (int i = 0; decoded != NULL && i < count; i++)
        mirti_text_reset(&decoded[i]);
    mirti_free(decoded);
    mirti_free(name);
    mirti_text_reset(&csv->names);
    return status;
}

static const mirti_table_reader_class csv_class = {read_rows, close_reader};

mirti_status mirti_table_csv_open(mirti_table_context *context, const char *path, const char *shown,
                                  mirti_table_reader **out, mirti_error *err) {
    *out = NULL;
    csv_reader *csv = mirti_new(1, sizeof *csv);
    if (csv == NULL) return mirti_fail_memory(err, "a reader");
    csv->base = (mirti_table_reader){.class = &csv_class, .context = context, .shown = shown};
    csv->decoder.file = shown;
    csv->row = 1;
    csv->last_end = -1;
    mirti_status status = context->memory.data != NULL
                              ? mirti_table_input_memory(context->memory, shown, &csv->input, err)
                              : mirti_table_input_open(path, shown, &csv->input, err);
    if (status == MIRTI_OK) {
        snprintf(context->report.format, sizeof context->report.format, "CSV");
        csv->base.total_bytes = mirti_table_input_size(csv->input);
        csv->buffer = mirti_new(BUFFER_SIZE, 1);
        if (csv->buffer == NULL || csv_init(&csv->parser, CSV_REPALL_NL) != 0) {
            status = mirti_fail_memory(err, "a reader");
        } else {
            csv->parser_ready = true;
            csv_set_realloc_func(&csv->parser, csv_allocate);
            csv_set_free_func(&csv->parser, csv_release);
        }
    }
    if (status == MIRTI_OK) status = look(csv, err);
    if (status == MIRTI_OK) status = read_header(csv, err);
    if (status != MIRTI_OK) {
        close_reader(&csv->base);
        return status;
    }
    *out = &csv->base;
    return MIRTI_OK;
}
