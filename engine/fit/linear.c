/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cholesky factor, solve, inverse and congruence (Golub and Van Loan, Matrix Computations, sec.
 * 4.2) for matrices of a few dozen rows.
 */
#include "linear.h"

#include <math.h>
#include <stddef.h>

int mirti_fit_cholesky(double *a, int p, double smallest) {
    size_t n = (size_t)p;
    for (size_t j = 0; j < n; j++) {
        double *row = a + j * n;
        double original = row[j], left = original;
        for (size_t k = 0; k < j; k++)
            left -= row[k] * row[k];
        if (!(left > smallest * fabs(original)) || !isfinite(left)) return (int)j;
        row[j] = sqrt(left);
        for (size_t i = j + 1; i < n; i++) {
            double *below = a + i * n;
            double sum = below[j];
            for (size_t k = 0; k < j; k++)
                sum -= below[k] * row[k];
            below[j] = sum / row[j];
        }
    }
    return -1;
}

void mirti_fit_cholesky_solve(const double *l, int p, double *b) {
    size_t n = (size_t)p;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++)
            b[i] -= l[i * n + k] * b[k];
        b[i] /= l[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        for (size_t k = i + 1; k < n; k++)
            b[i] -= l[k * n + i] * b[k];
        b[i] /= l[i * n + i];
    }
}

void mirti_fit_cholesky_inverse(const double *l, int p, double *inverse) {
    size_t n = (size_t)p;
    /* Columns of the identity, each solved within its own row of the result: it is symmetric. */
    for (size_t j = 0; j < n; j++) {
        double *column = inverse + j * n;
        for (size_t i = 0; i < n; i++)
            column[i] = i == j ? 1 : 0;
        mirti_fit_cholesky_solve(l, p, column);
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < j; i++)
            inverse[j * n + i] = inverse[i * n + j];
}

void mirti_fit_congruence(const double *m, const double *b, int p, double *out, double *work) {
    size_t n = (size_t)p;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += m[i * n + k] * b[k * n + j];
            work[i * n + j] = sum;
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += work[i * n + k] * m[j * n + k];
            out[i * n + j] = out[j * n + i] = sum;
        }
}
