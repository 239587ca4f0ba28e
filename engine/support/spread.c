/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How weighted values are spread: standard deviation around their mean, extremes, quartiles. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b) {
    const mirti_support_point *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

mirti_support_spread mirti_support_spread_of(mirti_support_point *point, int64_t count) {
    mirti_support_spread spread = {NAN, NAN, {NAN, NAN, NAN}, NAN};
    mirti_sum weight = {0}, sum = {0}, square = {0}, run = {0};
    qsort(point, (size_t)count, sizeof *point, by_value);
    for (int64_t i = 0; i < count; i++) {
        mirti_sum_add(&weight, point[i].weight);
        mirti_sum_add(&sum, point[i].weight * point[i].value);
    }
    const double all = mirti_sum_value(&weight);
    if (!(all > 0)) return spread;
    const double mean = mirti_sum_value(&sum) / all;
    int next = 0;
    for (int64_t i = 0; i < count; i++) {
        const double away = point[i].value - mean;
        mirti_sum_add(&square, point[i].weight * away * away);
        mirti_sum_add(&run, point[i].weight);
        /* Equal values in another order must not move a quantile: some ulps are no weight. */
        while (next < 3 && mirti_sum_value(&run) >= all * (0.25 * (next + 1) - 1e-12))
            spread.quartile[next++] = point[i].value;
    }
    spread.sd = sqrt(mirti_sum_value(&square) / all);
    spread.least = point[0].value;
    spread.most = point[count - 1].value;
    return spread;
}
