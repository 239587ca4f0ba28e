/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The search for the maximum of a mixed logit's likelihood, and its Hessian there. The fit starts
 * it from the plain logit; profiles of σ hold θ; a bootstrap starts it again and again from where
 * the answer must be near.
 */
#ifndef MIRTI_FIT_MIXED_SEARCH_H
#define MIRTI_FIT_MIXED_SEARCH_H

#include "ascent.h"
#include "mixed.h"

enum { MIRTI_MIXED_NODES = 7 }; /* unless asked otherwise, and at least for averages over v */

/* Parameters at work; k = p + 1, of which the last, θ, may be held. */
typedef struct mirti_mixed_search {
    mirti_mixed_data *data;
    const mirti_listener *listener;
    mirti_ascent a;
    double *information, *work; /* [k × k] */
    mirti_mixed_out out;        /* what else every evaluation leaves: those of the last stay */
} mirti_mixed_search;

mirti_status mirti_mixed_search_open(mirti_mixed_search *s, mirti_mixed_data *data,
                                     const mirti_listener *listener, mirti_error *err);
void mirti_mixed_search_reset(mirti_mixed_search *s);

/* Value, gradient and the inverse of the rough information at s->a.at, to start from. */
mirti_status mirti_mixed_search_prepare(mirti_mixed_search *s, mirti_error *err);

/* Upwards until a quadratic promises less than `least` more: √(2·least) standard errors to go. */
mirti_status mirti_mixed_search_maximise(mirti_mixed_search *s, double least, mirti_error *err);

/* Minus the Hessian at the top and its inverse, into s->information and s->a.inverse, as matrices
 * of the free parameters. */
mirti_status mirti_mixed_search_hessian(mirti_mixed_search *s, mirti_error *err);

#endif
