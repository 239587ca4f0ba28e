/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of the mixed logit share. Parameters are (b, θ): coefficients of standardised
 * columns and the standard deviation of the random intercept, which enters as θ·v with v ~ N(0, 1).
 * The likelihood is even in θ, so θ may go through zero; σ is its absolute value.
 */
#ifndef MIRTI_FIT_MIXED_H
#define MIRTI_FIT_MIXED_H

#include "problem.h"

/* Nodes and weights of ∫ f(t) e^{−t²} dt, ascending; exact for polynomials of degree 2n − 1. */
mirti_status mirti_fit_hermite(int count, double *node, double *weight, mirti_error *err);

/* The rows of the subpopulation sorted by area, with columns standardised and weights scaled. */
typedef struct mirti_mixed_data {
    int p, threads, quadrature;
    int32_t areas;
    int64_t rows;
    int64_t *start;      /* [areas + 1] first row of each area */
    int64_t *source;     /* [rows] row of the design */
    double *z;           /* [rows × p] */
    double *weight, *y;  /* [rows] */
    double *area_weight; /* [areas] */
    double *mode;        /* [areas] where v̂ was last: the next search starts there */
    int32_t parents;
    int32_t *parent_start;     /* [parents + 1] first area of each parent */
    double *parent_mode;       /* [parents] where the parent's v̂ was last */
    int64_t most_rows;         /* of any area */
    double *node, *log_weight; /* [Q] √2·t, and log(w e^{t²} / √π) */
} mirti_mixed_data;

/* `parent` NULL: one level, all areas in one parent. */
mirti_status mirti_mixed_data_open(const mirti_fit_problem *problem, const mirti_str *parent,
                                   const mirti_str *area, const mirti_mixed_options *options,
                                   mirti_mixed_data *data, mirti_error *err);
/* Changes the rule to one of `quadrature` nodes. */
mirti_status mirti_mixed_data_set_rule(mirti_mixed_data *data, int quadrature, mirti_error *err);
void mirti_mixed_data_reset(mirti_mixed_data *data);

/* What an evaluation leaves; any member may be NULL. k = p + 1. */
typedef struct mirti_mixed_out {
    double *gradient;            /* [k] */
    double *information;         /* [k × k] a rough one, to start a search with, or */
    bool hessian;                /* minus the Hessian */
    double *score;               /* [areas × k] gradients by area */
    double *point, *probability; /* [areas × Q] of u given the area's rows */
} mirti_mixed_out;

/* The pseudo-log-likelihood at `parameter` [p + 1], by adaptive quadrature. */
mirti_status mirti_mixed_evaluate(mirti_mixed_data *data, const double *parameter,
                                  const mirti_mixed_out *out, double *loglik, mirti_error *err);

#endif
