/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The likelihood of two nested random intercepts, by Laplace's method. */
#ifndef MIRTI_FIT_NESTED_H
#define MIRTI_FIT_NESTED_H

#include "ascent.h"
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
    double *gradient; /* [p + 2] */
    double *information; /* [(p + 2) × (p + 2)] a rough one, to start a search with: that of β, V⁻¹
                            being the working covariance of linear models; of each θ its expected
                            one there; nothing between them */
    double *score;       /* [parents × (p + 2)] gradients by parent */
    double *effect;      /* [areas] mode of u_area + u_parent */
    double *sd;          /* [areas] of it */
    double *own_sd;      /* [areas] of it where u_parent is given */
    double *parent_sd; /* [parents] of u_parent */
} mirti_nested_out;

/* Of all rows and both levels; `data` must outlive it. */
mirti_nested_problem mirti_nested_problem_of(mirti_mixed_data *data);

mirti_status mirti_nested_evaluate(const mirti_nested_problem *problem, const double *parameter,
                                   const mirti_nested_out *out, double *loglik, mirti_error *err);

/* A search for the maximum of this likelihood, of all parameters (areas first) or with both θ held
 * (a.free = p). */
typedef struct mirti_nested_search {
    mirti_nested_problem problem;
    mirti_ascent a;
    double *information, *work; /* [k × k], k = p + 2 */
} mirti_nested_search;

mirti_status mirti_nested_search_open(mirti_nested_search *s, mirti_mixed_data *data,
                                      mirti_error *err);
void mirti_nested_search_reset(mirti_nested_search *s);
/* Value, gradient and the inverse of the rough information of what is free at s->a.at, to start
 * from. `log_determinant` (nullable) receives that of the information of β. */
mirti_status mirti_nested_search_prepare(mirti_nested_search *s, double *log_determinant,
                                         mirti_error *err);

#endif
