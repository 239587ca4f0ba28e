/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small dense symmetric algebra: matrices of as many rows as a model has columns. Plain loops in a
 * fixed order, so that the same input gives the same bits everywhere. All matrices are row-major
 * [p × p].
 */
#ifndef MIRTI_FIT_LINEAR_H
#define MIRTI_FIT_LINEAR_H

/* Lower Cholesky factor of a symmetric matrix, in place; only the lower triangle is read and
 * written. Returns −1, or the first column whose remaining diagonal is not above `smallest` times
 * the original (it is a combination of those before it, or the matrix is indefinite); columns
 * before it are factored then. */
int mirti_fit_cholesky(double *a, int p, double smallest);

/* Solves L Lᵀ x = b in place. */
void mirti_fit_cholesky_solve(const double *l, int p, double *b);

/* Inverse of L Lᵀ, both triangles. */
void mirti_fit_cholesky_inverse(const double *l, int p, double *inverse);

/* out = M B Mᵀ for symmetric B, both triangles, exactly symmetric; `work` [p × p]. */
void mirti_fit_congruence(const double *m, const double *b, int p, double *out, double *work);

#endif
