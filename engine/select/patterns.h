/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rows of a subpopulation with identical ones gathered. Predictors are few and mostly
 * categorical, so tens of thousands of children have a few thousand different design rows, and all
 * that a likelihood wants to know of those who share one is the sum of their weights, and of the
 * weights of those with the outcome.
 */
#ifndef MIRTI_SELECT_PATTERNS_H
#define MIRTI_SELECT_PATTERNS_H

#include "mirti/select.h"

typedef struct mirti_patterns {
    const mirti_select_data *data;
    int64_t rows;   /* of the subpopulation */
    int64_t *row;   /* [rows] of the design */
    int64_t *of;    /* [rows] pattern */
    int64_t count;  /* different design rows, in the order in which they come */
    int64_t *first; /* [count] row of the design that shows it */
} mirti_patterns;

/* Gathers and checks the data. Zero-initialised `out`; reset it also after an error. */
mirti_status mirti_patterns_make(const mirti_select_data *data, mirti_patterns *out,
                                 mirti_error *err);
void mirti_patterns_reset(mirti_patterns *patterns);

/* Design row of a pattern, [columns]. */
static inline const double *mirti_patterns_x(const mirti_patterns *patterns, int64_t pattern) {
    return patterns->data->x + (size_t)patterns->first[pattern] * (size_t)patterns->data->columns;
}

/* Which rows add up: all, or, with a fold ≥ 0, those outside it or those in it. */
typedef enum mirti_patterns_part {
    MIRTI_PART_ALL,
    MIRTI_PART_WITHOUT,
    MIRTI_PART_ONLY
} mirti_patterns_part;

/* Sums of weights and of weights with the outcome by pattern, [count] each, in row order. */
void mirti_patterns_weigh(const mirti_patterns *patterns, mirti_patterns_part part, int fold,
                          double *weight, double *ones);

#endif
