/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A CSV file: how it begins (byte order mark, encoding, delimiter, header), and who reads which
 * row. The fast reader takes the rows that are beyond doubt, libcsv each of the others.
 */
#include <string.h>

#include "csv_reader.h"

enum { BUFFER_SIZE = 256 * 1024 };

mirti_status mirti_table_csv_refill(mirti_table_csv *csv, mirti_error *err) {
    size_t kept = csv->to - csv->from;
    if (kept > 0) memmove(csv->buffer, csv->buffer + csv->from, kept);
    csv->from = 0;
    csv->to = kept;
    csv->indexed = 0;
    csv->index->size = 0;
    if (csv->input_ended || kept == BUFFER_SIZE) return MIRTI_OK;
    size_t got = 0;
    int64_t before = mirti_table_input_tell(csv->input);
    mirti_status status =
        mirti_table_input_read(csv->input, csv->buffer + kept, BUFFER_SIZE - kept, &got, err);
    if (status != MIRTI_OK) {
        mirti_fail_at(err, NULL, csv->row, 0, NULL, NULL);
        return status;
    }
    csv->to = kept + got;
    csv->input_ended = got == 0;
    csv->base.context->report.bytes += mirti_table_input_tell(csv->input) - before;
    return MIRTI_OK;
}

int64_t mirti_table_csv_offset(const mirti_table_csv *csv) {
    return mirti_table_input_tell(csv->input) - (int64_t)(csv->to - csv->from);
}

/* ------------------------------------------------------------------------------------ reading -- */

/* One row by libcsv, however long: until it says that a row has ended. */
static mirti_status read_doubtful(mirti_table_csv *csv) {
    csv->row_done = false;
    while (!csv->row_done && !csv->finished)
        MIRTI_TRY(mirti_table_csv_feed(csv, 1));
    return MIRTI_OK;
}

mirti_status mirti_table_csv_want(mirti_table_csv *csv, const mirti_table_builder *builder,
                                  mirti_error *err) {
    if (csv->want != NULL) return MIRTI_OK;
    csv->want = mirti_new((size_t)csv->base.fields, sizeof *csv->want);
    if (csv->want == NULL) return mirti_fail_memory(err, "the columns of a table");
    for (int i = 0; i < csv->base.fields && i < builder->slots; i++)
        if (builder->slot[i] >= 0) csv->want[csv->wanted++] = i;
    return MIRTI_OK;
}

static bool is_at_stop(const mirti_table_csv *csv) {
    return csv->stop != INT64_MAX && mirti_table_csv_offset(csv) >= csv->stop;
}

static mirti_status read_rows(mirti_table_reader *reader, mirti_table_builder *builder, bool *ended,
                              mirti_error *err) {
    mirti_table_csv *csv = (mirti_table_csv *)reader;
    csv->builder = builder;
    csv->err = err;
    MIRTI_TRY(mirti_table_csv_want(csv, builder, err));
    while (!csv->finished && !mirti_table_builder_full(builder) && !is_at_stop(csv)) {
        if (csv->only_libcsv) {
            MIRTI_TRY(mirti_table_csv_feed(csv, builder->limit - builder->batch->rows));
            continue;
        }
        bool doubtful = false;
        MIRTI_TRY(mirti_table_csv_scan(csv, &doubtful));
        if (mirti_table_builder_full(builder) || is_at_stop(csv)) break;
        size_t kept = csv->to - csv->from;
        if (!doubtful && !csv->input_ended) MIRTI_TRY(mirti_table_csv_refill(csv, err));
        /* A row that fills the buffer, or the last one without a line end, is libcsv's too. */
        if (doubtful || csv->input_ended || csv->to == kept) MIRTI_TRY(read_doubtful(csv));
    }
    *ended = csv->finished;
    return MIRTI_OK;
}

static void close_reader(mirti_table_reader *reader) {
    mirti_table_csv *csv = (mirti_table_csv *)reader;
    if (csv->parser_ready) csv_free(&csv->parser);
    mirti_table_input_close(csv->input);
    mirti_table_decoder_reset(&csv->decoder);
    mirti_encoding_free(csv->converted);
    mirti_text_reset(&csv->names);
    mirti_free(csv->name_end);
    mirti_free(csv->want);
    mirti_free(csv->index);
    mirti_free(csv->buffer);
    mirti_arena_reset(&csv->base.arena);
    mirti_free(csv);
}

/* ------------------------------------------------------------------------------------- opening -- */

/* UTF-16 by its mark, or a multi-byte encoding that was declared: the whole text is converted as it
 * is read, since the bytes of a delimiter may be part of a letter there. */
static mirti_status convert(mirti_table_csv *csv, const char *name, mirti_error *err) {
    mirti_source_report *report = &csv->base.context->report;
    MIRTI_TRY(mirti_encoding_find(name, &csv->converted, err));
    snprintf(report->encoding, sizeof report->encoding, "%s", mirti_encoding_name(csv->converted));
    report->encoding_detected = csv->base.context->encoding == NULL;
    report->bytes -= mirti_table_input_tell(csv->input); /* once more from the beginning */
    csv->from = csv->to = 0;
    MIRTI_TRY(mirti_table_input_convert(csv->input, csv->converted, err));
    return mirti_table_csv_refill(csv, err);
}

/* The name of an encoding that must be converted, or NULL. */
static mirti_status encoding_to_convert(const mirti_table_csv *csv, const char **name,
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
static mirti_status look(mirti_table_csv *csv, mirti_error *err) {
    mirti_table_context *context = csv->base.context;
    MIRTI_TRY(mirti_table_csv_refill(csv, err));
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
    csv->delimiter = delimiter;
    csv_set_delim(&csv->parser, (unsigned char)delimiter);
    return MIRTI_OK;
}

static mirti_status read_header(mirti_table_csv *csv, mirti_error *err) {
    csv->err = err;
    while (!csv->header_done && !csv->finished)
        MIRTI_TRY(mirti_table_csv_feed(csv, 1));
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

static const mirti_table_reader_class csv_class = {read_rows, close_reader,
                                                   &mirti_table_csv_pieces};

mirti_status mirti_table_csv_open(mirti_table_context *context, const char *path, const char *shown,
                                  mirti_table_reader **out, mirti_error *err) {
    *out = NULL;
    mirti_table_csv *csv = mirti_new(1, sizeof *csv);
    if (csv == NULL) return mirti_fail_memory(err, "a reader");
    csv->base = (mirti_table_reader){.class = &csv_class, .context = context, .shown = shown};
    csv->decoder.file = shown;
    csv->row = 1;
    csv->last_end = -1;
    csv->stop = INT64_MAX;
    mirti_status status = context->memory.data != NULL
                              ? mirti_table_input_memory(context->memory, shown, &csv->input, err)
                              : mirti_table_input_open(path, shown, &csv->input, err);
    if (status == MIRTI_OK) {
        snprintf(context->report.format, sizeof context->report.format, "CSV");
        csv->base.total_bytes = mirti_table_input_size(csv->input);
        csv->only_libcsv =
            context->format != NULL && mirti_table_same_name(context->format, "libcsv");
        csv->ahead = INDEX_SIZE;
        csv->buffer = mirti_new(BUFFER_SIZE + INDEX_PADDING, 1);
        csv->index = mirti_new(1, sizeof *csv->index);
        status = csv->buffer == NULL || csv->index == NULL ? mirti_fail_memory(err, "a reader")
                                                           : mirti_table_csv_start(csv, err);
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
