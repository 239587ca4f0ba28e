/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compensated summation. Neumaier's variant of Kahan's sum keeps what rounding loses in a second
 * number, and is right also when a term exceeds the sum so far (A. Neumaier 1974, ZAMM 54:39-51).
 */
#include "mirti/base.h"

#include <math.h>

void mirti_sum_add(mirti_sum *sum, double value) {
    double total = sum->high + value;
    if (fabs(sum->high) >= fabs(value)) {
        sum->low += (sum->high - total) + value;
    } else {
        sum->low += (value - total) + sum->high;
    }
    sum->high = total;
}

double mirti_sum_value(const mirti_sum *sum) {
    /* With an infinity among the terms the correction is not a number and says nothing. */
    return isfinite(sum->high) ? sum->high + sum->low : sum->high;
}
