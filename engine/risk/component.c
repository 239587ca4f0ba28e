/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The first principal component of a correlation matrix: its largest eigenvalue and the vector that
 * belongs to it, by Jacobi's cyclic rotations (Golub and Van Loan, Matrix Computations, §8.5). The
 * matrices are small, a row for each indicator, so the plainest method that is exact to the last
 * digits will do. It is our own because GSL's aborts when memory runs out unless a handler is set
 * for the whole process, and because of rotations alone (basic operations and roots) bits are the
 * same on every machine. Oracle: R's `prcomp`.
 */
#include "internal.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST_SWEEPS = 60 }; /* quadratic convergence: ten are many */

/* Makes a[p][q] zero by turning rows and columns p and q, and turns the vectors with them. */
static void rotate(double *a, double *vector, int n, int p, int q) {
    double off = a[p * n + q];
    if (off == 0) return;
    double theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
    double t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
    double c = 1 / sqrt(t * t + 1), s = t * c;
    for (int k = 0; k < n; k++) {
        double kp = a[k * n + p], kq = a[k * n + q];
        a[k * n + p] = c * kp - s * kq;
        a[k * n + q] = s * kp + c * kq;
    }
    for (int k = 0; k < n; k++) {
        double pk = a[p * n + k], qk = a[q * n + k];
        a[p * n + k] = c * pk - s * qk;
        a[q * n + k] = s * pk + c * qk;
    }
    for (int k = 0; k < n; k++) {
        double kp = vector[k * n + p], kq = vector[k * n + q];
        vector[k * n + p] = c * kp - s * kq;
        vector[k * n + q] = s * kp + c * kq;
    }
}

static double off_diagonal(const double *a, int n) {
    double sum = 0;
    for (int p = 0; p < n; p++)
        for (int q = p + 1; q < n; q++)
            sum += a[p * n + q] * a[p * n + q];
    return sqrt(sum);
}

mirti_status mirti_risk_first_component(const double *correlation, int n, double *loading,
                                        double *largest, double *second, mirti_error *err) {
    size_t size = (size_t)n * (size_t)n;
    double *a = mirti_new(2 * size, sizeof *a);
    if (!a) return mirti_fail_memory(err, "principal components");
    double *vector = a + size;
    memcpy(a, correlation, size * sizeof *a);
    for (int i = 0; i < n; i++)
        vector[i * n + i] = 1;
    for (int sweep = 0; sweep < MOST_SWEEPS && off_diagonal(a, n) > DBL_EPSILON * n; sweep++)
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++)
                rotate(a, vector, n, p, q);
    int first = 0;
    for (int i = 1; i < n; i++)
        if (a[i * n + i] > a[first * n + first]) first = i;
    *largest = a[first * n + first];
    *second = 0;
    for (int i = 0; i < n; i++)
        if (i != first) *second = fmax(*second, a[i * n + i]);
    double sum = 0; /* an eigenvector has no sign of its own: most of it shall be positive */
    for (int i = 0; i < n; i++)
        sum += vector[i * n + first];
    for (int i = 0; i < n; i++)
        loading[i] = sum < 0 ? -vector[i * n + first] : vector[i * n + first];
    mirti_free(a);
    return MIRTI_OK;
}
