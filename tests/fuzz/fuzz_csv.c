/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fast CSV reader against libcsv: whatever the bytes, both deliver the same rows, the same
 * notes and the same error in the same place. And the vectorised index against the plain one.
 *
 * The first byte of an input chooses the options, the second how often the rest is repeated, so
 * that rows also fall across the ends of buffers.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "table/csv_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert, but in every build. */
static void must(bool holds) {
    if (!holds) abort();
}

static void add_rows(mirti_text *out, const mirti_batch *batch) {
    for (int64_t row = 0; row < batch->rows; row++) {
        mirti_text_printf(out, "%lld", (long long)mirti_batch_row(batch, row));
        for (int i = 0; i < batch->columns; i++) {
            const mirti_column *column = &batch->column[i];
            if (column->rows == 0) continue;
            must(column->rows == batch->rows && column->text[row].data != NULL);
            must(mirti_utf8_valid(column->text[row], NULL));
            mirti_text_puts(out, column->valid[row] ? "\x1f" : "\x1e");
            mirti_text_add(out, column->text[row].data, column->text[row].size);
        }
        mirti_text_puts(out, "\n");
    }
}

/* Everything that a caller can see of a table, as one text. */
static void read_all(mirti_str csv, const mirti_source_options *options, bool select,
                     mirti_text *out) {
    mirti_source *source = NULL;
    mirti_batch batch = {0};
    mirti_error err = {0};
    mirti_status status = mirti_source_open_text(csv, options, &source, &err);
    if (status == MIRTI_OK) {
        int count = 0;
        const mirti_field *field = mirti_source_fields(source, &count);
        for (int i = 0; i < count; i++)
            mirti_text_printf(out, "%s\x1f", field[i].name);
        int some[] = {count - 1, count / 2};
        if (select) status = mirti_source_select(source, some, 2, &err);
        while (status == MIRTI_OK) {
            status = mirti_source_next(source, &batch, &err);
            if (status != MIRTI_OK || batch.rows == 0) break;
            must(options->batch_rows == 0 || batch.rows <= options->batch_rows);
            add_rows(out, &batch);
        }
        const mirti_source_report *report = mirti_source_report_get(source);
        mirti_text_printf(out, "%s %d %c %lld %lld\n", report->encoding, report->encoding_detected,
                          report->delimiter, (long long)report->rows, (long long)report->dropped);
        for (int i = 0; i < report->notes; i++) {
            const mirti_source_note *note = &report->note[i];
            mirti_text_printf(out, "%s %lld %lld %s %s %s\n", note->id, (long long)note->count,
                              (long long)note->first_row, note->field, note->value, note->message);
        }
    }
    if (status != MIRTI_OK) {
        must(status == MIRTI_ERROR_INPUT && err.status == status && err.message[0] != '\0');
        mirti_text_printf(out, "%lld %s %s %s %s", (long long)err.line, err.field, err.value,
                          err.message, err.remedy);
    }
    mirti_batch_reset(&batch);
    mirti_source_close(source);
    must(!out->failed);
}

static void compare_readers(mirti_str csv, uint8_t choice) {
    static const char delimiters[] = {0, ',', ';', '\t'};
    mirti_source_options options = {.path = "fuzz.csv",
                                    .format = "csv",
                                    .delimiter = delimiters[choice & 3],
                                    .drop_bad_rows = (choice & 4) != 0,
                                    .encoding = (choice & 8) != 0 ? "UTF-8" : NULL,
                                    .batch_rows = choice >> 4 & 7};
    mirti_text fast = {0}, reference = {0};
    read_all(csv, &options, (choice & 128) != 0, &fast);
    options.format = "libcsv";
    read_all(csv, &options, (choice & 128) != 0, &reference);
    /* Rows that precede an error may or may not have been handed over by then: a batch is delivered
     * whole or not at all. The rest must be the same. */
    must(fast.size == reference.size && memcmp(fast.data, reference.data, fast.size) == 0);
    mirti_text_reset(&fast);
    mirti_text_reset(&reference);
}

static void compare_indices(mirti_str csv, char delimiter) {
    mirti_table_index *fast = calloc(2, sizeof *fast);
    char *padded = calloc(csv.size + INDEX_PADDING, 1);
    must(fast != NULL && padded != NULL);
    mirti_table_index *plain = fast + 1;
    if (csv.size > 0) memcpy(padded, csv.data, csv.size);
    memset(padded + csv.size, '"', INDEX_PADDING); /* what lies behind must not matter */
    size_t size = csv.size < INDEX_SIZE ? csv.size : INDEX_SIZE;
    mirti_table_index_fill(fast, padded, size, delimiter);
    mirti_table_index_fill_plainly(plain, padded, size, delimiter);
    must(memcmp(fast, plain, sizeof *fast) == 0);
    must(fast->doubt <= fast->size && fast->size == size);
    free(padded);
    free(fast);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > 20000) return 0;
    mirti_str body = {(const char *)data + 2, size - 2};
    size_t times = data[1] < 200 ? 1 : (size_t)data[1] - 198;
    if (times * body.size > 400000) times = 1;
    mirti_text csv = {0};
    for (size_t i = 0; i < times; i++)
        mirti_text_add(&csv, body.data, body.size);
    must(!csv.failed);
    compare_indices((mirti_str){csv.data, csv.size}, ',');
    compare_readers((mirti_str){csv.data, csv.size}, data[0]);
    mirti_text_reset(&csv);
    return 0;
}
