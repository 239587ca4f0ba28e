/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of a design that are alike, found by a hash of their bytes: see patterns.h. */
#include "patterns.h"

#include <string.h>

static uint64_t hash_row(const double *x, size_t p, double y) {
    uint64_t hash = UINT64_C(0x9E3779B97F4A7C15), bits;
    for (size_t j = 0; j <= p; j++) {
        memcpy(&bits, j < p ? &x[j] : &y, sizeof bits);
        hash = (hash ^ bits) * UINT64_C(0xFF51AFD7ED558CCD);
        hash ^= hash >> 32;
    }
    return hash;
}

static bool same_row(const double *a, const double *b, size_t p) {
    for (size_t j = 0; j < p; j++)
        if (a[j] != b[j]) return false;
    return true;
}

/* The pattern of a row: one that is there, or a new one. Slots hold patterns + 1. */
static int64_t pattern_of(mirti_fit_patterns *patterns, int64_t *slot, uint64_t slots,
                          const double *x, size_t p, double y) {
    for (uint64_t at = hash_row(x, p, y) & (slots - 1);; at = (at + 1) & (slots - 1)) {
        int64_t k = slot[at] - 1;
        if (k >= 0) {
            if (patterns->y[k] == y && same_row(patterns->x + (size_t)k * p, x, p)) return k;
            continue;
        }
        k = patterns->count++;
        slot[at] = k + 1;
        memcpy(patterns->x + (size_t)k * p, x, p * sizeof *x);
        patterns->y[k] = y;
        return k;
    }
}

mirti_status mirti_fit_patterns_make(const mirti_fit_problem *problem, mirti_fit_patterns *patterns,
                                     mirti_error *err) {
    size_t p = (size_t)problem->p, rows = (size_t)problem->rows;
    uint64_t slots = 16;
    while (slots < 2 * (uint64_t)rows)
        slots *= 2;
    *patterns = (mirti_fit_patterns){0};
    patterns->x = mirti_new(rows * p, sizeof *patterns->x);
    patterns->y = mirti_new(rows, sizeof *patterns->y);
    patterns->of_row = mirti_new(rows, sizeof *patterns->of_row);
    int64_t *slot = mirti_new((size_t)slots, sizeof *slot);
    if (!patterns->x || !patterns->y || !patterns->of_row || !slot) {
        mirti_free(slot);
        mirti_fit_patterns_reset(patterns);
        return mirti_fail_memory(err, "the patterns of rows");
    }
    for (int64_t i = 0; i < problem->rows; i++) {
        int64_t row = mirti_fit_problem_row(problem, i);
        patterns->of_row[i] =
            pattern_of(patterns, slot, slots, problem->x + (size_t)row * p, p, problem->y[row]);
    }
    mirti_free(slot);
    return MIRTI_OK;
}

void mirti_fit_patterns_reset(mirti_fit_patterns *patterns) {
    mirti_free(patterns->x);
    mirti_free(patterns->y);
    mirti_free(patterns->of_row);
    *patterns = (mirti_fit_patterns){0};
}

void mirti_fit_patterns_weigh(const mirti_fit_patterns *patterns, const mirti_fit_problem *problem,
                              const double *weight, double *total) {
    memset(total, 0, (size_t)patterns->count * sizeof *total);
    for (int64_t i = 0; i < problem->rows; i++)
        total[patterns->of_row[i]] += weight[mirti_fit_problem_row(problem, i)];
}

mirti_fit_problem mirti_fit_patterns_problem(const mirti_fit_patterns *patterns,
                                             const mirti_fit_problem *problem,
                                             const double *total) {
    mirti_fit_problem gathered = *problem;
    gathered.x = patterns->x;
    gathered.y = patterns->y;
    gathered.weight = total;
    gathered.rows = patterns->count;
    gathered.index = NULL;
    return gathered;
}
