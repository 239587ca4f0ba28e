/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gauss–Hermite nodes by Newton's method on the orthonormal Hermite polynomials, whose three-term
 * recurrence neither over- nor underflows for the orders of use here (Press et al., Numerical
 * Recipes, sec. 4.6, for the idea of the starting values: each root is sought between its
 * neighbours' spacing).
 */
#include "mixed.h"

#include <math.h>

enum { MOST_STEPS = 100 };

/* Orthonormal H_n(t) and H_{n−1}(t). */
static double polynomial(int n, double t, double *before) {
    double last = 0, value = 0.75112554446494248286; /* π^(−1/4) */
    for (int k = 0; k < n; k++) {
        double next = t * sqrt(2.0 / (k + 1)) * value - sqrt((double)k / (k + 1)) * last;
        last = value;
        value = next;
    }
    *before = last;
    return value;
}

mirti_status mirti_fit_hermite(int count, double *node, double *weight, mirti_error *err) {
    /* Roots are simple and symmetric; between two neighbours the polynomial changes its sign once.
     * They are bracketed from the outermost inwards by a step well below the smallest spacing. */
    double edge = sqrt(2.0 * count + 1) + 1, step = 0.5 / sqrt((double)count + 1);
    double before, right = edge;
    double at_right = polynomial(count, right, &before);
    for (int found = 0; found < (count + 1) / 2;) {
        double left = right - step, at_left = polynomial(count, left, &before);
        bool middle = count % 2 == 1 && found == count / 2;
        if (!middle && (at_left > 0) == (at_right > 0)) {
            right = left;
            at_right = at_left;
            if (right < -edge)
                return mirti_fail(err, MIRTI_ERROR_INTERNAL, "no %d Gauss–Hermite nodes", count);
            continue;
        }
        double t = middle ? 0 : (left + right) / 2, low = left, high = right;
        for (int k = 0; k < MOST_STEPS && !middle; k++) {
            double value = polynomial(count, t, &before);
            if ((value > 0) == (at_right > 0))
                high = t;
            else
                low = t;
            double next = t - value / (sqrt(2.0 * count) * before);
            if (!(next > low && next < high)) next = (low + high) / 2;
            if (fabs(next - t) <= 1e-16 * fabs(t)) break;
            t = next;
        }
        polynomial(count, t, &before);
        node[count - 1 - found] = t;
        node[found] = -t;
        weight[count - 1 - found] = weight[found] = 1 / ((double)count * before * before);
        found++;
        right = left;
        at_right = at_left;
    }
    return MIRTI_OK;
}
