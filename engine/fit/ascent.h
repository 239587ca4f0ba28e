/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Uphill on a smooth function whose gradient is known: the quasi-Newton method of Broyden,
 * Fletcher, Goldfarb and Shanno with a backtracking line search (Nocedal and Wright 2006, ch. 6).
 * It needs few evaluations when it starts with a good guess of the inverse of minus the Hessian.
 */
#ifndef MIRTI_FIT_ASCENT_H
#define MIRTI_FIT_ASCENT_H

#include "mirti/base.h"

/* Value and gradient [size] at a point. */
typedef mirti_status (*mirti_ascent_function)(void *context, const double *at, double *gradient,
                                              double *value, mirti_error *err);

typedef struct mirti_ascent {
    mirti_ascent_function function;
    void *context;
    size_t size, free;     /* parameters; the first `free` may move, the others are held */
    double *at, *gradient; /* [size] */
    double *inverse;       /* [free × free] of minus the Hessian, as far as it is known */
    double value;
    int steps;
    double *step, *trial, *trial_gradient, *fall, *product; /* [size], at work */
    double *memory;                                         /* all of the above */
} mirti_ascent;

mirti_status mirti_ascent_open(mirti_ascent *a, mirti_ascent_function function, void *context,
                               size_t size, mirti_error *err);
void mirti_ascent_reset(mirti_ascent *a);

/* One step from a->at, where value and gradient are known. `*gain` is what a quadratic would have
 * promised: when it is negligible, so is the distance to the top. */
mirti_status mirti_ascent_step(mirti_ascent *a, double *gain, mirti_error *err);

/* What a step from a->at would gain of a quadratic: half the squared distance to its top, in
 * standard errors. */
double mirti_ascent_promise(mirti_ascent *a);

/* Minus the Hessian at a->at, [free × free], by central differences of the gradient a hundredth of
 * a standard error (by `inverse`) wide. */
mirti_status mirti_ascent_hessian(mirti_ascent *a, double *hessian, mirti_error *err);

#endif
