/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ranked CSV: what a person opens in a spreadsheet and what a program reads. RFC 4180 (comma,
 * CRLF, quotes doubled), UTF-8, dots as decimal points whatever the locale. A byte-order mark is
 * optional: spreadsheets need it to see accents, strict programs do not like it.
 *
 * Codes are plain text in quotes. No reader can be forced to keep their zeros; a quoted field is
 * the most that the format can say.
 */
#include "csv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A field is quoted when it holds a separator, a quote, a line break, or blanks at its ends. */
static bool needs_quotes(const char *text) {
    size_t size = strlen(text);
    return text[strcspn(text, ",\"\r\n")] != '\0' ||
           (size > 0 && (text[0] == ' ' || text[size - 1] == ' '));
}

void mirti_csv_field(mirti_text *line, const char *text, bool always) {
    if (!always && !needs_quotes(text)) {
        mirti_text_puts(line, text);
        return;
    }
    mirti_text_add(line, "\"", 1);
    for (; *text; text++) {
        if (*text == '"') mirti_text_add(line, "\"", 1);
        mirti_text_add(line, text, 1);
    }
    mirti_text_add(line, "\"", 1);
}

static void add_number(mirti_text *line, const mirti_output_column *column, double value) {
    char buffer[352];
    if (!isfinite(value)) return;
    if (column->type == MIRTI_OUTPUT_INTEGER)
        mirti_number_print_fixed(value, 0, buffer);
    else
        mirti_number_print(value, buffer);
    mirti_text_puts(line, buffer);
}

static void add_row(mirti_text *line, const mirti_results *results, int64_t i) {
    int count;
    const mirti_output_column *column = mirti_results_columns(results, &count);
    for (int c = 0; c < count; c++) {
        const char *text = NULL;
        double number = NAN;
        if (c > 0) mirti_text_add(line, ",", 1);
        mirti_output_cell(results, i, c, &text, &number);
        if (column[c].type != MIRTI_OUTPUT_TEXT)
            add_number(line, &column[c], number);
        else if (text)
            mirti_csv_field(line, text, strstr(column[c].name, "code") != NULL);
    }
    mirti_text_add(line, "\r\n", 2);
}

static void add_header(mirti_text *line, const mirti_results *results) {
    int count;
    const mirti_output_column *column = mirti_results_columns(results, &count);
    for (int c = 0; c < count; c++)
        mirti_text_printf(line, "%s%s", c ? "," : "", column[c].name);
    mirti_text_add(line, "\r\n", 2);
}

/* What the rows are sorted by: rank (none = last), code, place in the results. */
typedef struct position {
    int64_t rank, index;
    const char *code;
} position;

static int compare(const void *a, const void *b) {
    const position *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    int order = strcmp(x->code, y->code);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static position *ranked(const mirti_results *results) {
    position *order = mirti_new((size_t)results->count, sizeof *order);
    if (!order) return NULL;
    for (int64_t i = 0; i < results->count; i++) {
        order[i].rank = results->rank[i] > 0 ? results->rank[i] : INT64_MAX;
        order[i].code = results->code[i] ? results->code[i] : "";
        order[i].index = i;
    }
    qsort(order, (size_t)results->count, sizeof *order, compare);
    return order;
}

mirti_status mirti_csv_put(mirti_output *output, mirti_text *line, mirti_error *err) {
    if (line->failed) return mirti_fail_memory(err, "a line of the CSV");
    errno = 0;
    if (fwrite(line->data, 1, line->size, output->stream) != line->size) {
        mirti_fail(err, MIRTI_ERROR_OUTPUT, "a CSV could not be written: %s", strerror(errno));
        mirti_fail_at(err, output->path, 0, 0, NULL, NULL);
        mirti_fail_remedy(err, "Look whether the disk is full; nothing was left half-written.");
        return MIRTI_ERROR_OUTPUT;
    }
    line->size = 0;
    return MIRTI_OK;
}

static mirti_status write_rows(mirti_output *output, bool bom, const mirti_results *results,
                               const position *order, mirti_error *err) {
    mirti_text line = {0};
    if (bom) mirti_text_puts(&line, "\xEF\xBB\xBF");
    add_header(&line, results);
    mirti_status status = mirti_csv_put(output, &line, err);
    for (int64_t i = 0; i < results->count && status == MIRTI_OK; i++) {
        add_row(&line, results, order[i].index);
        status = mirti_csv_put(output, &line, err);
    }
    mirti_text_reset(&line);
    return status;
}

mirti_status mirti_csv_write(const char *path, bool overwrite, bool bom,
                             const mirti_results *results, mirti_error *err) {
    mirti_output output = {0};
    position *order = ranked(results);
    if (!order) return mirti_fail_memory(err, "the order of the ranked CSV");
    mirti_status status = mirti_output_begin(&output, path, overwrite, false, err);
    if (status == MIRTI_OK) {
        status = write_rows(&output, bom, results, order, err);
        if (status == MIRTI_OK)
            status = mirti_output_commit(&output, err);
        else
            mirti_output_discard(&output);
    }
    mirti_free(order);
    return status;
}
