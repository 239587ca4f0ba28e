/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes a whole table as text, so that a test can state what it expects in one string: the names
 * of the columns, then for every row its record number and its values; `~` before a missing value.
 *
 *     a,b
 *     2:x|~
 */
#ifndef MIRTI_TEST_TABLE_SUPPORT_H
#define MIRTI_TEST_TABLE_SUPPORT_H

#include "mirti/table.h"

static inline void dump_value(mirti_text *out, const mirti_column *column, int64_t row) {
    assert_int_equal(column->type, MIRTI_TYPE_RAW);
    assert_non_null(column->text[row].data);
    assert_true(mirti_utf8_valid(column->text[row], NULL));
    if (!column->valid[row]) mirti_text_puts(out, "~");
    mirti_text_add(out, column->text[row].data, column->text[row].size);
}

/* Reads to the end. Columns that were not selected are left out. */
static inline mirti_status dump_rows(mirti_source *source, mirti_text *out, mirti_error *err) {
    mirti_batch batch = {0};
    mirti_status status;
    while ((status = mirti_source_next(source, &batch, err)) == MIRTI_OK && batch.rows > 0) {
        for (int64_t row = 0; row < batch.rows; row++) {
            mirti_text_printf(out, "%lld:", (long long)mirti_batch_row(&batch, row));
            bool first = true;
            for (int i = 0; i < batch.columns; i++) {
                if (batch.column[i].rows == 0) continue;
                assert_int_equal(batch.column[i].rows, batch.rows);
                if (!first) mirti_text_puts(out, "|");
                first = false;
                dump_value(out, &batch.column[i], row);
            }
            mirti_text_puts(out, "\n");
        }
    }
    mirti_batch_reset(&batch);
    return status;
}

static inline void dump_names(const mirti_source *source, mirti_text *out) {
    int count = 0;
    const mirti_field *field = mirti_source_fields(source, &count);
    for (int i = 0; i < count; i++)
        mirti_text_printf(out, "%s%s", i > 0 ? "," : "", field[i].name);
    mirti_text_puts(out, "\n");
}

/* Opens, dumps, closes; `report` (nullable) gets the counters, its notes excepted. */
static inline mirti_status dump_table(const mirti_source_options *options, mirti_text *out,
                                      mirti_source_report *report, mirti_error *err) {
    mirti_source *source = NULL;
    mirti_status status = mirti_source_open(options, &source, err);
    if (status == MIRTI_OK) {
        dump_names(source, out);
        status = dump_rows(source, out, err);
    }
    if (report != NULL && source != NULL) {
        *report = *mirti_source_report_get(source);
        report->note = NULL;
    }
    mirti_source_close(source);
    return status;
}

/* The note of that id, or NULL. */
static inline const mirti_source_note *find_note(const mirti_source *source, const char *id) {
    const mirti_source_report *report = mirti_source_report_get(source);
    for (int i = 0; i < report->notes; i++)
        if (strcmp(report->note[i].id, id) == 0) return &report->note[i];
    return NULL;
}

#endif
