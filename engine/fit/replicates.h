/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the bootstraps of mixed and nested logits share: draws keyed by codes, coefficients,
 * failures. */
#ifndef MIRTI_FIT_REPLICATES_H
#define MIRTI_FIT_REPLICATES_H

#include "problem.h"

/* Effects of areas and of their parents. */
enum { MIRTI_PURPOSE_EFFECT = 0x42454646, MIRTI_PURPOSE_PARENT = 0x42454650 };

/* A refit may end where a quadratic promises less: a hundredth of a standard error to go. */
static const double mirti_refit_promise = 5e-5;

/* A standard normal of replicate b for the area `code`. */
double mirti_replicate_normal(uint64_t seed, uint32_t purpose, const char *code, int b);
/* The generator of an area's outcomes in replicate b: one number for each of its children, in the
 * order of the sample. */
mirti_rng mirti_replicate_outcomes(uint64_t seed, const char *code, int b);
/* One child's outcome, 0 or 1; `u` is the effect. */
double mirti_replicate_outcome(mirti_rng *rng, const double *row, const double *beta, int p,
                               double u);
/* Coefficients b [p] of standardised columns as those of the columns as given, into `beta` [p]. */
mirti_status mirti_replicate_beta(const mirti_fit_problem *problem, const double *b, double *beta,
                                  mirti_error *err);
/* Counts the replicates without a fit; MODEL if they are more than a tenth. */
mirti_status mirti_replicates_count_failures(mirti_mixed_replicates *out, mirti_error *err);

#endif
