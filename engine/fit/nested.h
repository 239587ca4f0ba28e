/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The likelihood of two nested random intercepts, by Laplace's method. */
#ifndef MIRTI_FIT_NESTED_H
#define MIRTI_FIT_NESTED_H

#include "mixed.h"

/* Parameters are (b, θ, θ'), [p + 2]; which level the first θ is of can be chosen, so that either
 * may be last and be held at zero. */
typedef struct mirti_nested_problem {
    mirti_mixed_data *data;
    bool parent_first; /* θ is of parents, θ' of areas */
    int64_t most_rows; /* of any parent */
    int32_t most_areas;
} mirti_nested_problem;

typedef struct mirti_nested_out {
    double *gradient;  /* [p + 2] */
    double *score;     /* [parents × (p + 2)] gradients by parent */
    double *effect;    /* [areas] mode of u_area + u_parent */
    double *sd;        /* [areas] of it */
    double *own_sd;    /* [areas] of it where u_parent is given */
    double *parent_sd; /* [parents] of u_parent */
} mirti_nested_out;

mirti_status mirti_nested_evaluate(const mirti_nested_problem *problem, const double *parameter,
                                   const mirti_nested_out *out, double *loglik, mirti_error *err);

#endif
