/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Elementary functions made only of operations that IEEE 754 rounds correctly (+ − × ÷, comparison,
 * conversion, floor), evaluated in a fixed order. libm's last bit differs between versions, vendors
 * and processors; these give the same bits wherever doubles are doubles. They are textbook: reduce
 * the argument, then a Taylor series long enough that truncation stays far below rounding.
 */
#include "mirti/base.h"

#include <float.h>
#include <math.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "exact functions need double arithmetic without excess precision (-msse2 -mfpmath=sse)"
#endif

/* ln 2 in two parts; the first has 32 trailing zero bits, so k × ln2_high is exact for |k| < 2048.
 */
static const double ln2_high = 6.93147180369123816490e-01;
static const double ln2_low = 1.90821492927058770002e-10;

/* 2^k for −1022 ≤ k ≤ 1023, by its bits. */
static double power_of_two(int k) {
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

double mirti_exact_exp(double x) {
    if (isnan(x)) return x;
    if (x > 709.782712893384) return (double)INFINITY;
    if (x < -745.1332191019412) return 0.0;
    /* x = k ln 2 + r with |r| ≤ ln 2 / 2. */
    double k = floor(x * 1.4426950408889634 + 0.5);
    double r = (x - k * ln2_high) - k * ln2_low;
    /* Σ rⁿ/n! up to n = 14; the rest is below 1e-19. */
    static const double inverse_factorial[] = {
        1.0 / 87178291200.0, 1.0 / 6227020800.0,
        1.0 / 479001600.0,   1.0 / 39916800.0,
        1.0 / 3628800.0,     1.0 / 362880.0,
        1.0 / 40320.0,       1.0 / 5040.0,
        1.0 / 720.0,         1.0 / 120.0,
        1.0 / 24.0,          1.0 / 6.0,
        1.0 / 2.0,           1.0,
    };
    double sum = 0.0;
    for (size_t n = 0; n < sizeof inverse_factorial / sizeof *inverse_factorial; n++)
        sum = sum * r + inverse_factorial[n];
    double value = 1.0 + r * sum;
    int power = (int)k;
    if (power > 1023) return value * 2.0 * power_of_two(power - 1);
    if (power >= -1022) return value * power_of_two(power);
    return value * power_of_two(power + 1000) * power_of_two(-1000); /* subnormal: rounded once */
}

double mirti_exact_log(double x) {
    if (isnan(x) || x < 0.0) return (double)NAN;
    if (x == 0.0) return -(double)INFINITY;
    if (isinf(x)) return x;
    int k = 0;
    if (x < DBL_MIN) {
        x *= 18014398509481984.0; /* 2^54 */
        k = -54;
    }
    /* x = 2^k m with √½ ≤ m < √2. */
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    k += (int)(bits >> 52) - 1023;
    bits = (bits & UINT64_C(0x000FFFFFFFFFFFFF)) | UINT64_C(0x3FF0000000000000);
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m >= 1.4142135623730951) {
        m *= 0.5;
        k++;
    }
    /* ln m = 2 artanh s, s = (m−1)/(m+1), |s| ≤ 0.1716: Σ s^(2n+1)/(2n+1) up to n = 12. */
    double s = (m - 1.0) / (m + 1.0);
    double square = s * s;
    double sum = 0.0;
    for (int n = 12; n >= 1; n--)
        sum = (sum + 1.0 / (double)(2 * n + 1)) * square;
    double log_m = 2.0 * s + 2.0 * s * sum;
    return (double)k * ln2_high + ((double)k * ln2_low + log_m);
}

/* Taylor series on [0, π/4], where 9 terms leave less than 1e-18. */
static double cos_small(double y) {
    double square = y * y;
    double sum = 0.0;
    for (int n = 18; n >= 2; n -= 2)
        sum = -(sum + 1.0) * square / (double)(n * (n - 1));
    return 1.0 + sum;
}

static double sin_small(double y) {
    double square = y * y;
    double sum = 0.0;
    for (int n = 19; n >= 3; n -= 2)
        sum = -(sum + 1.0) * square / (double)(n * (n - 1));
    return y + y * sum;
}

double mirti_exact_cos_turn(double turns) {
    const double two_pi = 6.283185307179586;
    if (!isfinite(turns)) return (double)NAN;
    /* Every reduction below is exact: the cosine is even, has period 1, and cos(½ − t) = −cos t. */
    double t = fabs(turns);
    t -= floor(t);
    if (t > 0.5) t = 1.0 - t;
    double sign = 1.0;
    if (t > 0.25) {
        t = 0.5 - t;
        sign = -1.0;
    }
    return sign * (t <= 0.125 ? cos_small(two_pi * t) : sin_small(two_pi * (0.25 - t)));
}

double mirti_logistic(double x) {
    /* Each form on the side where nothing cancels and nothing overflows. */
    if (x >= 0.0) return 1.0 / (1.0 + mirti_exact_exp(-x));
    double e = mirti_exact_exp(x);
    return e / (1.0 + e);
}

double mirti_logit_of(double p) {
    return mirti_exact_log(p / (1.0 - p));
}

double mirti_normal_density(double x) {
    return 0.39894228040143267794 * mirti_exact_exp(-0.5 * x * x);
}

double mirti_normal_cdf(double x) {
    double size = fabs(x);
    if (size < 2.5) { /* ½ + φ(x) Σ x^(2n+1)/(1·3·5···(2n+1)); what is left out is below 1e-18 */
        double term = x, sum = x;
        for (int n = 1; n <= 36; n++) {
            term *= x * x / (double)(2 * n + 1);
            sum += term;
        }
        return 0.5 + mirti_normal_density(x) * sum;
    }
    /* The tail is φ(x) / (x + 1/(x + 2/(x + 3/ ...))) (Laplace); at 2.5, 60 steps leave 1e-16. */
    double fraction = size;
    for (int k = 60; k >= 1; k--)
        fraction = size + (double)k / fraction;
    double tail = mirti_normal_density(x) / fraction;
    return x < 0.0 ? tail : 1.0 - tail;
}

double mirti_normal_quantile(double p) {
    if (!(p > 0.0 && p < 1.0)) return p == 0.0 ? -(double)INFINITY : p == 1.0 ? INFINITY : NAN;
    if (p > 0.5) return -mirti_normal_quantile(1.0 - p);
    /* Below zero Φ is convex, so that Newton's steps from there come down to p and never pass it;
     * in the far tail they are as short as 1/x. */
    double x = 0.0;
    for (int step = 0; step < 1000; step++) {
        double next = x - (mirti_normal_cdf(x) - p) / mirti_normal_density(x);
        if (!(next < x)) break;
        x = next;
    }
    return x;
}
