/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A regression of a 0/1 outcome as the solver sees it: the rows of the subpopulation, weights
 * scaled to mean 1, and columns standardised on the fly, z_j = (x_j − centre_j) · scale_j, so that
 * a predictor measured in years and one measured in pesos trouble the arithmetic alike little. What
 * comes out is transformed back (mirti_fit_restore).
 */
#ifndef MIRTI_FIT_PROBLEM_H
#define MIRTI_FIT_PROBLEM_H

#include "mirti/fit.h"

typedef struct mirti_fit_problem {
    const mirti_survey_design *design;
    const double *x; /* [design->rows × p] */
    int p;
    const double *y;
    char *const *name; /* [p] */
    int threads;
    mirti_link link;
    mirti_penalty penalty;
    double ridge;         /* λ */
    const double *weight; /* [design->rows]; NULL before mirti_fit_problem_prepare: the design's */
    int64_t rows;         /* of the subpopulation */
    int64_t *index;       /* [rows] of the design; NULL: all, in order */
    double mean_weight, rate; /* weighted share of y = 1 */
    int intercept;            /* the column that is constant, −1: none */
    double *centre, *scale;   /* [p] */
    double *range;            /* [4 × p] smallest and largest value among y = 0, and among y = 1 */
} mirti_fit_problem;

/* Takes in the data and checks them one column at a time: a value that is no number, an outcome
 * that is not 0/1 or does not vary, a column that does not vary. Zero-initialised `problem` with
 * the members up to `weight` filled as far as needed. */
mirti_status mirti_fit_problem_prepare(mirti_fit_problem *problem, const uint8_t *in,
                                       mirti_error *err);
void mirti_fit_problem_reset(mirti_fit_problem *problem);

/* Row of the design at position i of the subpopulation. */
static inline int64_t mirti_fit_problem_row(const mirti_fit_problem *problem, int64_t i) {
    return problem->index ? problem->index[i] : i;
}

/* The log-likelihood and its derivatives at b, of the standardised columns. */
typedef struct mirti_fit_sums {
    double loglik;
    double *gradient;    /* [p] Σ w u z, u = ∂ℓ/∂η */
    double *information; /* [p × p] Σ w h z zᵀ, h expected, both triangles */
} mirti_fit_sums;

/* One pass over the data. `residual` (nullable) [rows] receives w·u, with scaled weights. */
mirti_status mirti_fit_pass(const mirti_fit_problem *problem, const double *b, double *residual,
                            mirti_fit_sums *sums, mirti_error *err);

/* `information` at equal fitted probabilities tells which columns are combinations of those before
 * them: an error (MODEL) that names them. */
mirti_status mirti_fit_check_rank(const mirti_fit_problem *problem, const double *information,
                                  mirti_error *err);

/* Columns that by themselves tell the outcome without error: an error (MODEL) that names them. */
mirti_status mirti_fit_check_columns(const mirti_fit_problem *problem, mirti_error *err);

/* MIRTI_OK unless the likelihood never falls along `direction` [p] (standardised columns): then the
 * coefficients have no finite estimate, and the error (MODEL) says which, and in which rows. */
mirti_status mirti_fit_check_direction(const mirti_fit_problem *problem, const double *direction,
                                       mirti_error *err);

/* Adds what Firth's penalty ½ log|A| adds to the gradient, h_i (½ − p_i) z_i over the rows, h_i the
 * leverage w p(1−p) zᵀA⁻¹z. `inverse` [p × p] is A⁻¹. Logit only. */
void mirti_fit_add_firth(const mirti_fit_problem *problem, const double *b, const double *inverse,
                         double *gradient);

/* The maximum of the plain likelihood, by Newton's method, into b [p] (standardised columns).
 * Separation and rank deficiency are found here. */
mirti_status mirti_fit_solve(const mirti_fit_problem *problem, double *b, int *iterations,
                             mirti_error *err);

/* Parameters and covariance (either nullable) of standardised columns to those of the columns as
 * given, in place. `size` >= p; parameters after the first p are not touched. */
mirti_status mirti_fit_restore(const mirti_fit_problem *problem, int size, double *b,
                               double *covariance, mirti_error *err);
/* And back: coefficients [p] of the columns as given to those of the standardised ones. */
void mirti_fit_standardise(const mirti_fit_problem *problem, const double *beta, double *b);

#endif
