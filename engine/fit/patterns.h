/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows that are alike, gathered: children with the same design row and the same outcome enter every
 * sum of the likelihood with one factor, their weights' total. A model of categories has far fewer
 * patterns than rows, which pays where the same rows are fitted thousands of times with other
 * weights.
 */
#ifndef MIRTI_FIT_PATTERNS_H
#define MIRTI_FIT_PATTERNS_H

#include "problem.h"

typedef struct mirti_fit_patterns {
    int64_t count;   /* K, in order of their first row */
    double *x;       /* [K × p] */
    double *y;       /* [K] */
    int64_t *of_row; /* [problem rows] the pattern of a row of the subpopulation */
} mirti_fit_patterns;

/* Gathers the rows of a problem that mirti_fit_problem_prepare went over. */
MIRTI_MUST_USE mirti_status mirti_fit_patterns_make(const mirti_fit_problem *problem,
                                                    mirti_fit_patterns *patterns, mirti_error *err);
void mirti_fit_patterns_reset(mirti_fit_patterns *patterns);

/* Totals [K] of weights [design rows] by pattern. */
void mirti_fit_patterns_weigh(const mirti_fit_patterns *patterns, const mirti_fit_problem *problem,
                              const double *weight, double *total);

/* The same problem in terms of its patterns, with weights `total` [K]. It borrows from both. */
mirti_fit_problem mirti_fit_patterns_problem(const mirti_fit_patterns *patterns,
                                             const mirti_fit_problem *problem, const double *total);

#endif
