/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The batch under construction. A reader puts the values of a row one after another and ends the
 * row; whatever was put into a row that is not ended (a bad one) is overwritten by the next. All
 * text of a batch lies in a few large pieces of its arena; a value costs one copy, and one look at
 * its bytes to see whether anything but ASCII is in it.
 */
#include <string.h>

#include "internal.h"

enum { POOL_PIECE = 64 * 1024 };

/* ----------------------------------------------------------------------------------- decoder -- */

mirti_status mirti_table_decoder_set(mirti_table_decoder *decoder, mirti_table_context *context,
                                     const char *name, bool detected, mirti_error *err) {
    mirti_table_decoder_reset(decoder);
    if (name == NULL) return MIRTI_OK;
    mirti_status status = mirti_encoding_find(name, &decoder->encoding, err);
    if (status != MIRTI_OK) {
        mirti_fail_at(err, decoder->file, 0, 0, NULL, NULL);
        return status;
    }
    decoder->table = mirti_table_encoding_table(decoder->encoding);
    const char *official = mirti_encoding_name(decoder->encoding);
    mirti_source_report *report = &context->report;
    if (report->encoding[0] == '\0') {
        snprintf(report->encoding, sizeof report->encoding, "%s", official);
        report->encoding_detected = detected;
    } else if (strcmp(report->encoding, official) != 0) {
        mirti_table_note(context, MIRTI_LOG_WARNING, "mixed-encodings", decoder->file, 0, NULL,
                         official, "the files of this table are in different encodings");
    }
    if (detected)
        mirti_table_note(context, MIRTI_LOG_INFO, "encoding", decoder->file, 0, NULL, official,
                         "the encoding is not declared; by its bytes the text is %s", official);
    return MIRTI_OK;
}

void mirti_table_decoder_reset(mirti_table_decoder *decoder) {
    mirti_encoding_free(decoder->encoding);
    decoder->encoding = NULL;
    decoder->table = NULL;
}

/* Settles an undecided encoding by the first text that is not ASCII. */
static mirti_status decide(mirti_table_decoder *decoder, mirti_table_context *context,
                           mirti_str bytes, mirti_error *err) {
    if (decoder->encoding != NULL) return MIRTI_OK;
    const char *guess = mirti_utf8_valid(bytes, NULL) ? "UTF-8" : "Windows-1252";
    return mirti_table_decoder_set(decoder, context, guess, true, err);
}

/* Says what can be done about bytes that are not what they should be. */
static mirti_status fail_bytes(const mirti_table_decoder *decoder, mirti_str bytes,
                               mirti_error *err) {
    const char *name = decoder != NULL ? mirti_encoding_name(decoder->encoding) : "UTF-8";
    char value[128];
    size_t size = bytes.size < sizeof value - 1 ? bytes.size : sizeof value - 1;
    memcpy(value, bytes.data, size);
    value[size] = '\0';
    mirti_fail(err, MIRTI_ERROR_INPUT, "the value is not valid %s, so its letters cannot be known",
               name);
    mirti_fail_at(err, NULL, 0, 0, NULL, value);
    if (strcmp(name, "UTF-8") == 0) {
        mirti_fail_remedy(err, "If the file is in another encoding declare it, for example "
                               "encoding: Windows-1252; else the file is damaged here.");
    } else {
        mirti_fail_remedy(err, "Declare the right encoding; with letters of Spanish in an old file "
                               "it may be CP850 or MacRoman.");
    }
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_table_decode(mirti_table_decoder *decoder, mirti_table_context *context,
                                mirti_str bytes, mirti_text *out, mirti_error *err) {
    if (mirti_encoding_guess(bytes)[0] == '\0') { /* ASCII */
        mirti_text_add(out, bytes.data, bytes.size);
        return out->failed ? mirti_fail_memory(err, "a text") : MIRTI_OK;
    }
    MIRTI_TRY(decide(decoder, context, bytes, err));
    mirti_status status = mirti_encoding_decode(decoder->encoding, bytes, out, NULL, err);
    return status == MIRTI_ERROR_INPUT ? fail_bytes(decoder, bytes, err) : status;
}

/* ----------------------------------------------------------------------------------- builder -- */

/* Arrays of `capacity` rows for the wanted columns; what the former ones hold is kept. */
static mirti_status make_room(mirti_table_builder *builder, int64_t capacity, mirti_error *err) {
    mirti_batch *batch = builder->batch;
    size_t rows = (size_t)capacity;
    size_t kept = (size_t)batch->rows + (builder->capacity > 0 ? 1 : 0); /* and the open row */
    if (kept > (size_t)builder->capacity) kept = (size_t)builder->capacity;
    for (int i = 0; i < builder->slots; i++) {
        if (builder->slot[i] < 0) continue;
        mirti_column *column = &batch->column[builder->slot[i]];
        mirti_str *text = mirti_arena_new(&batch->arena, rows * sizeof *text);
        uint8_t *valid = mirti_arena_new(&batch->arena, rows);
        if (text == NULL || valid == NULL) return mirti_fail_memory(err, "rows of a table");
        if (kept > 0) {
            memcpy(text, column->text, kept * sizeof *text);
            memcpy(valid, column->valid, kept);
        }
        column->text = text;
        column->valid = valid;
    }
    int64_t *number = mirti_arena_new(&batch->arena, rows * sizeof *number);
    if (number == NULL) return mirti_fail_memory(err, "rows of a table");
    if (kept > 0) memcpy(number, builder->row_number, kept * sizeof *number);
    builder->row_number = number;
    builder->capacity = capacity;
    return MIRTI_OK;
}

mirti_status mirti_table_builder_begin(mirti_table_builder *builder, mirti_error *err) {
    builder->capacity = 0;
    builder->row_number = NULL;
    builder->gap = false;
    builder->pool = NULL;
    builder->pool_left = 0;
    return make_room(builder, builder->limit, err);
}

bool mirti_table_pool_grow(mirti_table_builder *builder, size_t size) {
    size_t piece = size > POOL_PIECE ? size : POOL_PIECE;
    builder->pool = mirti_arena_new(&builder->batch->arena, piece);
    builder->pool_left = builder->pool != NULL ? piece : 0;
    return builder->pool != NULL;
}

static bool is_blank(const char *data, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (data[i] != ' ' && data[i] != '\t') return false;
    return true;
}

/* Copies and tells whether all is ASCII. */
static bool copy_ascii(char *target, const char *data, size_t size) {
    uint64_t high = 0;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, data + i, 8);
        memcpy(target + i, &word, 8);
        high |= word;
    }
    for (; i < size; i++) {
        target[i] = data[i];
        high |= (unsigned char)data[i];
    }
    return (high & UINT64_C(0x8080808080808080)) == 0;
}

/* Text beyond ASCII: decoded into the pool. */
static mirti_status put_encoded(mirti_table_builder *builder, mirti_table_decoder *decoder,
                                mirti_str bytes, mirti_str *out, mirti_error *err) {
    bool utf8 = decoder == NULL;
    if (!utf8) {
        MIRTI_TRY(decide(decoder, builder->context, bytes, err));
        utf8 = mirti_table_encoding_is_utf8(decoder->encoding);
    }
    if (utf8) {
        if (!mirti_utf8_valid(bytes, NULL)) return fail_bytes(decoder, bytes, err);
        return MIRTI_OK; /* the copy stands */
    }
    mirti_text decoded = {0};
    mirti_status status = mirti_encoding_decode(decoder->encoding, bytes, &decoded, NULL, err);
    if (status == MIRTI_ERROR_INPUT) status = fail_bytes(decoder, bytes, err);
    if (status == MIRTI_OK) {
        char *copy = mirti_table_pool(builder, decoded.size);
        if (copy == NULL) {
            status = mirti_fail_memory(err, "text of a table");
        } else {
            memcpy(copy, decoded.data, decoded.size);
            *out = (mirti_str){copy, decoded.size};
        }
    }
    mirti_text_reset(&decoded);
    return status;
}

mirti_status mirti_table_put(mirti_table_builder *builder, mirti_table_decoder *decoder, int column,
                             const char *data, size_t size, mirti_error *err) {
    if (column >= builder->slots || builder->slot[column] < 0) return MIRTI_OK;
    mirti_batch *batch = builder->batch;
    if (batch->rows == builder->capacity) MIRTI_TRY(make_room(builder, 2 * batch->rows, err));
    mirti_column *target = &batch->column[builder->slot[column]];
    size_t row = (size_t)batch->rows;
    if (size == 0 || ((data[0] == ' ' || data[0] == '\t') && is_blank(data, size))) {
        target->text[row] = (mirti_str){"", 0};
        target->valid[row] = 0;
        return MIRTI_OK;
    }
    char *copy = mirti_table_pool(builder, size);
    if (copy == NULL) return mirti_fail_memory(err, "text of a table");
    target->text[row] = (mirti_str){copy, size};
    target->valid[row] = 1;
    if (copy_ascii(copy, data, size)) return MIRTI_OK;
    return put_encoded(builder, decoder, (mirti_str){data, size}, &target->text[row], err);
}

mirti_status mirti_table_put_missing(mirti_table_builder *builder, int column, const char *data,
                                     size_t size, mirti_error *err) {
    MIRTI_TRY(mirti_table_put(builder, NULL, column, data, size, err));
    if (column < builder->slots && builder->slot[column] >= 0)
        builder->batch->column[builder->slot[column]].valid[builder->batch->rows] = 0;
    return MIRTI_OK;
}

mirti_status mirti_table_put_number(mirti_table_builder *builder, int column, double value,
                                    mirti_error *err) {
    if (column >= builder->slots || builder->slot[column] < 0) return MIRTI_OK;
    char digits[32];
    int size = mirti_number_print(value, digits);
    return mirti_table_put(builder, NULL, column, digits, (size_t)size, err);
}

mirti_status mirti_table_end_row(mirti_table_builder *builder, int64_t row, mirti_error *err) {
    mirti_batch *batch = builder->batch;
    /* Without any wanted column nothing has asked for room yet. */
    if (batch->rows == builder->capacity) MIRTI_TRY(make_room(builder, 2 * batch->rows, err));
    if (batch->rows == 0) batch->first_row = row;
    builder->row_number[batch->rows] = row;
    if (row != batch->first_row + batch->rows) builder->gap = true;
    batch->rows++;
    return MIRTI_OK;
}

void mirti_table_builder_finish(mirti_table_builder *builder) {
    mirti_batch *batch = builder->batch;
    for (int i = 0; i < builder->slots; i++)
        if (builder->slot[i] >= 0) batch->column[builder->slot[i]].rows = batch->rows;
    batch->row_number = builder->gap ? builder->row_number : NULL;
}

void mirti_batch_reset(mirti_batch *batch) {
    mirti_arena_reset(&batch->arena);
    *batch = (mirti_batch){0};
}
