/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One-row evaluation of expressions for tests: values are given as `name=text;name=text`, results
 * come back as the text of a literal: NULL, TRUE, FALSE, 12.5, 'text'.
 *
 * Given values are raw, as every reader delivers them; `name=` is blank, that is missing. A name
 * ending in `#` makes a numeric column, one in `?` a truth column.
 */
#ifndef MIRTI_TESTS_RECODE_HARNESS_H
#define MIRTI_TESTS_RECODE_HARNESS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "mirti/recode.h"

enum { HARNESS_COLUMNS = 16 };

/** A table of one row. */
typedef struct harness_row {
    char text[1024];
    int columns;
    mirti_field field[HARNESS_COLUMNS];
    mirti_column column[HARNESS_COLUMNS];
    uint8_t valid[HARNESS_COLUMNS];
    mirti_str value[HARNESS_COLUMNS];
    double number[HARNESS_COLUMNS];
    uint8_t truth[HARNESS_COLUMNS];
    mirti_batch batch;
} harness_row;

static inline void harness_row_set(harness_row *row, const char *given) {
    *row = (harness_row){0};
    snprintf(row->text, sizeof row->text, "%s", given);
    for (char *at = row->text; *at;) {
        char *end = strchr(at, ';'), *equal = strchr(at, '=');
        if (end) *end = '\0';
        assert_non_null(equal);
        assert_true(row->columns < HARNESS_COLUMNS);
        int i = row->columns++;
        mirti_type type = MIRTI_TYPE_RAW;
        *equal = '\0';
        if (equal > at && equal[-1] == '#') type = MIRTI_TYPE_NUMBER, equal[-1] = '\0';
        if (equal > at && equal[-1] == '?') type = MIRTI_TYPE_TRUTH, equal[-1] = '\0';
        row->field[i] = (mirti_field){.name = at, .type = type};
        row->value[i] = mirti_str_of(equal + 1);
        row->valid[i] = equal[1] != '\0';
        mirti_column *column = &row->column[i];
        *column = (mirti_column){.type = type, .rows = 1, .valid = &row->valid[i]};
        if (type == MIRTI_TYPE_RAW) column->text = &row->value[i];
        if (type == MIRTI_TYPE_NUMBER) column->number = &row->number[i];
        if (type == MIRTI_TYPE_TRUTH) column->truth = &row->truth[i];
        if (row->valid[i] && type != MIRTI_TYPE_RAW)
            assert_true(mirti_number_parse(row->value[i], &row->number[i]));
        row->truth[i] = row->number[i] != 0;
        at = end ? end + 1 : equal + 1 + strlen(equal + 1);
    }
    row->batch = (mirti_batch){.first_row = 2,
                               .rows = 1,
                               .columns = row->columns,
                               .column = row->column,
                               .file = "test.csv"};
}

/** The value in row `i` as a literal. */
static inline void harness_print(const mirti_column *column, int64_t i, char *out, size_t room) {
    char digits[32];
    if (!column->valid[i]) {
        snprintf(out, room, "NULL");
        return;
    }
    switch (column->type) {
    case MIRTI_TYPE_NUMBER:
        mirti_number_print(column->number[i], digits);
        snprintf(out, room, "%s", digits);
        break;
    case MIRTI_TYPE_TRUTH: snprintf(out, room, "%s", column->truth[i] ? "TRUE" : "FALSE"); break;
    case MIRTI_TYPE_RAW:
    case MIRTI_TYPE_TEXT:
        snprintf(out, room, "'%.*s'", (int)column->text[i].size, column->text[i].data);
        break;
    }
}

/** Compiles and evaluates in a scope made for the row. */
static inline mirti_status harness_eval_in(mirti_scope *scope, const harness_row *row,
                                           const char *text, mirti_type want, char *out,
                                           size_t room, mirti_recode_notes *notes,
                                           mirti_error *err) {
    mirti_expr *expr = NULL;
    mirti_arena arena = {0};
    mirti_column result = {0};
    mirti_status status = mirti_expr_compile(scope, text, want, NULL, &expr, err);
    if (status == MIRTI_OK)
        status = mirti_expr_eval(expr, &row->batch, &arena, &result, notes, err);
    if (status == MIRTI_OK) {
        assert_int_equal(result.type, mirti_expr_type(expr));
        assert_int_equal(result.rows, row->batch.rows);
        harness_print(&result, 0, out, room);
    }
    mirti_expr_free(expr);
    mirti_arena_reset(&arena);
    return status;
}

static inline mirti_status harness_eval(const char *given, const char *text, char *out, size_t room,
                                        mirti_recode_notes *notes, mirti_error *err) {
    harness_row row;
    mirti_scope *scope = NULL;
    harness_row_set(&row, given);
    mirti_status status = mirti_scope_new(row.field, row.columns, &scope, err);
    if (status == MIRTI_OK)
        status = harness_eval_in(scope, &row, text, MIRTI_TYPE_RAW, out, room, notes, err);
    mirti_scope_free(scope);
    return status;
}

/** Fails the test unless `text` on `given` gives `want`. */
static inline void harness_expect(const char *given, const char *text, const char *want) {
    char got[512];
    mirti_error err = {0};
    if (harness_eval(given, text, got, sizeof got, NULL, &err) != MIRTI_OK) {
        char message[2048];
        mirti_error_format(&err, message, sizeof message);
        fail_msg("%s\non %s\n%s", text, given, message);
    }
    if (strcmp(got, want) != 0) fail_msg("%s\non %s\ngives %s, not %s", text, given, got, want);
}

/** Fails the test unless `text` is refused at column `column` with a message that contains `part`.
 */
static inline void harness_refuse(const char *given, const char *text, int64_t column,
                                  const char *part) {
    char got[512], message[2048];
    mirti_error err = {0};
    if (harness_eval(given, text, got, sizeof got, NULL, &err) == MIRTI_OK)
        fail_msg("%s\nis not refused but gives %s", text, got);
    mirti_error_format(&err, message, sizeof message);
    if (err.status != MIRTI_ERROR_INPUT || err.column != column || !strstr(message, part))
        fail_msg("%s\nis refused at column %lld with\n%s\nnot at %lld with \"%s\"", text,
                 (long long)err.column, message, (long long)column, part);
}

#endif
