/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules for means over the standard normal. Gauss–Hermite: its points are the zeros of the Hermite
 * polynomial He_n, found by bisection where the sign changes along a fine grid, its weights 1/(n
 * h²) with h the orthonormal polynomial of degree n − 1 there (Golub and Welsch 1969). */
#include "internal.h"

#include <math.h>

/* The orthonormal polynomials of degree n and n − 1 at x. */
static double hermite(int n, double x, double *below) {
    double before = 0, value = 1;
    for (int k = 0; k < n; k++) {
        double next = (x * value - sqrt(k) * before) / sqrt(k + 1);
        before = value;
        value = next;
    }
    *below = before;
    return value;
}

static double bisect(int n, double low, double high) {
    double below;
    bool rising = hermite(n, low, &below) < 0;
    for (int step = 0; step < 80; step++) {
        double middle = low + (high - low) / 2;
        if ((hermite(n, middle, &below) < 0) == rising)
            low = middle;
        else
            high = middle;
    }
    return high;
}

void mirti_predict_normal_rule(int n, double *point, double *weight) {
    enum { GRID = 4096 }; /* far finer than the distance of zeros, which is at least 1/√n */
    double reach = 2 * sqrt(n), below;
    int upper = n - 1, lower = 0;
    if (n % 2 == 1) {
        point[n / 2] = 0;
        (void)hermite(n, 0, &below);
        weight[n / 2] = 1 / (n * below * below);
    }
    /* From the outermost zero inwards; the other half is its mirror image. */
    for (int g = GRID; g > 0 && upper > lower; g--) {
        double high = reach * g / GRID, low = g == 1 ? reach * 1e-9 : reach * (g - 1) / GRID;
        if ((hermite(n, low, &below) < 0) == (hermite(n, high, &below) < 0)) continue;
        double zero = bisect(n, low, high);
        (void)hermite(n, zero, &below);
        point[upper] = zero;
        point[lower] = -zero;
        weight[upper] = weight[lower] = 1 / (n * below * below);
        upper--;
        lower++;
    }
}

void mirti_predict_normal_grid(int n, double *point, double *weight) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        point[i] = 8.25 * (2 * i - (n - 1)) / (n - 1);
        weight[i] = mirti_normal_density(point[i]);
        sum += weight[i];
    }
    for (int i = 0; i < n; i++)
        weight[i] /= sum;
}
