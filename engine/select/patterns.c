/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gathering identical design rows, by hashing their bytes. Patterns are numbered as they come, and
 * weights are added in row order, so the hash never shows in a result.
 */
#include "patterns.h"

#include <math.h>
#include <string.h>

static mirti_status bad_value(const mirti_select_data *data, int64_t row, int column, double value,
                              mirti_error *err) {
    char text[32] = "not a number";
    if (!isnan(value)) mirti_number_print(value, text);
    const char *name = column < 0 ? "the outcome" : data->name[column];
    mirti_status status = mirti_fail(err, MIRTI_ERROR_INPUT, "row %lld of the sample has %s in %s",
                                     (long long)row + 1, text, name);
    mirti_fail_at(err, NULL, 0, 0, name, text);
    return status;
}

static mirti_status check_row(const mirti_select_data *data, int64_t row, mirti_error *err) {
    const double *x = data->x + (size_t)row * (size_t)data->columns;
    double y = data->y[row];
    if (y != 0 && y != 1) return bad_value(data, row, -1, y, err);
    for (int j = 0; j < data->columns; j++)
        if (!isfinite(x[j])) return bad_value(data, row, j, x[j], err);
    if (x[0] == 1) return MIRTI_OK;
    return mirti_fail(err, MIRTI_ERROR_USAGE,
                      "the first column is to be the intercept, 1 in every "
                      "row");
}

static mirti_status choose_rows(mirti_patterns *out, mirti_error *err) {
    const mirti_select_data *data = out->data;
    int64_t total = data->design->rows;
    out->row = mirti_new((size_t)total, sizeof *out->row);
    if (!out->row) return mirti_fail_memory(err, "the rows of the subpopulation");
    bool seen[2] = {false, false};
    for (int64_t i = 0; i < total; i++) {
        if (data->in && !data->in[i]) continue;
        MIRTI_TRY(check_row(data, i, err));
        seen[data->y[i] == 1] = true;
        out->row[out->rows++] = i;
    }
    if (seen[0] && seen[1]) return MIRTI_OK;
    mirti_status status = mirti_fail(err, MIRTI_ERROR_MODEL,
                                     "the outcome does not vary among the %lld rows of the "
                                     "population in the survey, so there is nothing to explain",
                                     (long long)out->rows);
    mirti_fail_remedy(err, "Look at the outcome's expression and at the filter.");
    return status;
}

/* FNV-1a over the words of a row; −0 counts as 0. */
static uint64_t hash_row(const double *x, int columns) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (int j = 0; j < columns; j++) {
        double value = x[j] + 0.0;
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        hash = (hash ^ bits) * UINT64_C(1099511628211);
        hash ^= hash >> 29;
    }
    return hash;
}

static bool same_row(const double *a, const double *b, int columns) {
    for (int j = 0; j < columns; j++)
        if (a[j] != b[j]) return false;
    return true;
}

static void gather(mirti_patterns *out, int64_t *slot, size_t slots) {
    const mirti_select_data *data = out->data;
    size_t p = (size_t)data->columns;
    for (size_t s = 0; s < slots; s++)
        slot[s] = -1;
    for (int64_t i = 0; i < out->rows; i++) {
        const double *x = data->x + (size_t)out->row[i] * p;
        size_t s = (size_t)hash_row(x, data->columns) & (slots - 1);
        while (slot[s] >= 0 && !same_row(mirti_patterns_x(out, slot[s]), x, data->columns))
            s = (s + 1) & (slots - 1);
        if (slot[s] < 0) {
            out->first[out->count] = out->row[i];
            slot[s] = out->count++;
        }
        out->of[i] = slot[s];
    }
}

mirti_status mirti_patterns_make(const mirti_select_data *data, mirti_patterns *out,
                                 mirti_error *err) {
    out->data = data;
    MIRTI_TRY(choose_rows(out, err));
    size_t rows = (size_t)out->rows, slots = 16;
    while (slots < 2 * rows)
        slots *= 2;
    out->of = mirti_new(rows, sizeof *out->of);
    out->first = mirti_new(rows, sizeof *out->first);
    int64_t *slot = mirti_new(slots, sizeof *slot);
    if (out->of && out->first && slot) gather(out, slot, slots);
    mirti_free(slot);
    return out->of && out->first && slot ? MIRTI_OK
                                         : mirti_fail_memory(err, "the different design rows");
}

void mirti_patterns_reset(mirti_patterns *patterns) {
    mirti_free(patterns->row);
    mirti_free(patterns->of);
    mirti_free(patterns->first);
    *patterns = (mirti_patterns){0};
}

void mirti_patterns_weigh(const mirti_patterns *patterns, mirti_patterns_part part, int fold,
                          double *weight, double *ones) {
    const mirti_select_data *data = patterns->data;
    memset(weight, 0, (size_t)patterns->count * sizeof *weight);
    memset(ones, 0, (size_t)patterns->count * sizeof *ones);
    for (int64_t i = 0; i < patterns->rows; i++) {
        int64_t row = patterns->row[i];
        if (part != MIRTI_PART_ALL) {
            bool in_it = data->fold[data->design->psu[row]] == fold;
            if (in_it != (part == MIRTI_PART_ONLY)) continue;
        }
        double w = data->design->weight[row];
        weight[patterns->of[i]] += w;
        if (data->y[row] == 1) ones[patterns->of[i]] += w;
    }
}
