/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exponentials, logarithms and dot products of many numbers: see many.h. */
#include "many.h"

#include <stdint.h>
#include <string.h>

/* ln 2 in two parts; the first has 32 trailing zero bits, so k × ln2_high is exact. */
static const double ln2_high = 6.93147180369123816490e-01;
static const double ln2_low = 1.90821492927058770002e-10;

static inline uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double double_of(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

void mirti_fit_exp(const double *x, size_t count, double *out) {
    /* Added to a number below 2⁵¹ it rounds that to a whole, which its last bits then are. */
    const double magic = 6755399441055744.0; /* 1.5 · 2⁵² */
    for (size_t i = 0; i < count; i++) {
        double shifted = x[i] * 1.4426950408889634 + magic, k = shifted - magic;
        double r = (x[i] - k * ln2_high) - k * ln2_low; /* |r| <= ln 2 / 2 */
        /* Σ rⁿ/n! up to n = 13; the rest is below 1e-17. */
        double sum = 1.0 / 6227020800.0;
        sum = sum * r + 1.0 / 479001600.0;
        sum = sum * r + 1.0 / 39916800.0;
        sum = sum * r + 1.0 / 3628800.0;
        sum = sum * r + 1.0 / 362880.0;
        sum = sum * r + 1.0 / 40320.0;
        sum = sum * r + 1.0 / 5040.0;
        sum = sum * r + 1.0 / 720.0;
        sum = sum * r + 1.0 / 120.0;
        sum = sum * r + 1.0 / 24.0;
        sum = sum * r + 1.0 / 6.0;
        sum = sum * r + 1.0 / 2.0;
        sum = sum * r + 1.0;
        out[i] = (1.0 + r * sum) * double_of((bits_of(shifted) + 1023) << 52);
    }
}

void mirti_fit_log(const double *x, size_t count, double *out) {
    const uint64_t root_half = UINT64_C(0x3FE6A09E667F3BCD); /* the bits of √½ */
    for (size_t i = 0; i < count; i++) {
        /* x = 2^k m with √½ <= m < √2; k >= 0 is made a double by its bits. */
        uint64_t bits = bits_of(x[i]), whole = (bits - root_half) >> 52;
        double m = double_of(bits - (whole << 52));
        double k = double_of(whole | UINT64_C(0x4330000000000000)) - 4503599627370496.0;
        /* ln m = 2 artanh s, s = (m−1)/(m+1), |s| <= 0.1716: Σ s^(2n+1)/(2n+1) up to n = 10. */
        double s = (m - 1.0) / (m + 1.0), square = s * s;
        double sum = 1.0 / 21.0;
        sum = sum * square + 1.0 / 19.0;
        sum = sum * square + 1.0 / 17.0;
        sum = sum * square + 1.0 / 15.0;
        sum = sum * square + 1.0 / 13.0;
        sum = sum * square + 1.0 / 11.0;
        sum = sum * square + 1.0 / 9.0;
        sum = sum * square + 1.0 / 7.0;
        sum = sum * square + 1.0 / 5.0;
        sum = sum * square + 1.0 / 3.0;
        double log_m = 2.0 * s + 2.0 * s * (square * sum);
        out[i] = k * ln2_high + (k * ln2_low + log_m);
    }
}

double mirti_fit_dot(const double *a, const double *b, size_t count) {
    enum { LANES = 4 };
    double lane[LANES] = {0}, rest = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += a[i + l] * b[i + l];
    for (; i < count; i++)
        rest += a[i] * b[i];
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + rest;
}
