/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Elementary functions of many numbers at once. The same IEEE operations in the same order as one
 * at a time would take, without a branch, so that a compiler may do several side by side: the bits
 * do not depend on how many it does. Made like mirti_exact_exp and mirti_exact_log, for arguments
 * that need no special case; relative error of e^x and absolute error of log x below 1e-14 and
 * 1e-15.
 */
#ifndef MIRTI_FIT_MANY_H
#define MIRTI_FIT_MANY_H

#include <stddef.h>

/* e^x, |x| <= 700. */
void mirti_fit_exp(const double *x, size_t count, double *out);

/* log x, 1 <= x < 1e308. */
void mirti_fit_log(const double *x, size_t count, double *out);

/* Σ a b, in four lanes that are added at the end. */
double mirti_fit_dot(const double *a, const double *b, size_t count);

#endif
