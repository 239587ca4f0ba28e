/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A penalised logit on gathered rows: minimise over θ
 *
 *     F(θ) = −Σ w_i log L_i / Σ w_i + λ Σ_g f_g ‖θ_g‖
 *
 * where the columns z of a group are orthonormal under the weights and orthogonal to the intercept,
 * so that ‖θ_g‖ is the weighted standard deviation of what the group adds to the linear predictor.
 * The intercept is group 0, whose one column is 1. f_g = 0: not penalised. With every f_g = 0 it is
 * the ordinary logit.
 */
#ifndef MIRTI_SELECT_PENALISED_H
#define MIRTI_SELECT_PENALISED_H

#include "patterns.h"

typedef struct mirti_penalised {
    const mirti_patterns *patterns;
    int64_t count;    /* patterns with weight */
    int64_t *pattern; /* [count] */
    double *weight,
        *ones;      /* [count], of all rows and of those with the outcome; weights add up to 1 */
    double rate;    /* Σ ones */
    int groups;     /* G, with the intercept */
    int columns;    /* q, of all groups */
    int *start;     /* [G + 1] first column of a group */
    double *factor; /* [G] f */
    double *z;      /* [q × count], a column at a time */
    /* Back to the columns as given: β_member = Σ_k θ_k turn_k, the intercept takes −Σ β centre. */
    int *member_start;  /* [G + 1] */
    int *member;        /* columns of the data, by group */
    double *centre;     /* of members */
    size_t *turn_start; /* [q] into turn: as many numbers as the group has members */
    double *turn;
    /* The search. */
    double *theta, *gradient, *delta, *slope; /* [q] */
    double *hessian;                          /* [q × q], of the working columns */
    int *work;                                /* [q] working columns, by group */
    int working;
    uint8_t *in_work;                   /* [G] */
    double *eta, *residual, *curvature; /* [count] */
    double *step, *trial_eta;           /* [count] */
    bool begun;                         /* residuals and gradient are those at theta */
    bool stale;                         /* the Hessian is of a point too far away */
    double miss;                        /* by how much the conditions of the minimum are missed */
} mirti_penalised;

/* Gathers the rows of `part`, and makes the columns orthonormal. `group` [columns of the data] as
 * in mirti_lasso_fit; `free` nullable: all are penalised; `group_df` [groups] (nullable) gives d in
 * f = √d, else it is the number of columns that tell something here. MODEL when the outcome does
 * not vary. */
mirti_status mirti_penalised_open(const mirti_patterns *patterns, mirti_patterns_part part,
                                  int fold, const int *group, int groups, const uint8_t *free,
                                  const double *group_df, mirti_penalised **out, mirti_error *err);
void mirti_penalised_close(mirti_penalised *fit);

/* From where the search is, to the minimum for this λ (infinite: penalised groups stay out), until
 * the conditions hold to `tolerance`. MODEL when there is no finite minimum. */
mirti_status mirti_penalised_solve(mirti_penalised *fit, double lambda, double tolerance,
                                   mirti_error *err);

/* −Σ w log L where the search is; weights add up to 1. */
double mirti_penalised_loss(const mirti_penalised *fit);

/* Smallest λ that keeps penalised groups out which are out: max ‖gradient_g‖ / f_g. */
double mirti_penalised_lambda_max(mirti_penalised *fit);

/* Coefficients of the data's columns, [columns]. */
void mirti_penalised_beta(const mirti_penalised *fit, double *beta);

/* −2 Σ w log L of patterns with weights [count of patterns], at coefficients beta; `sum` receives
 * the sum of weights. */
double mirti_patterns_deviance(const mirti_patterns *patterns, const double *weight,
                               const double *ones, const double *beta, double *sum);

/* Σ a_i b_i in eight sums side by side, for the vector units of any processor to the same bits. */
double mirti_select_dot(const double *a, const double *b, int64_t count);

#endif
