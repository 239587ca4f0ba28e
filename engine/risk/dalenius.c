/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cumulative √f rule (Dalenius and Hodges 1959, JASA 54), by which Mexican agencies class
 * indices such as marginalisation: the range is cut into bins of equal width; the square roots of
 * their frequencies are added up; the classes end where the sum comes closest to 1/k, 2/k, ... of
 * its whole. It approximates the strata that make a stratified mean most precise.
 *
 * What textbooks leave open is settled so:
 *  - A bin holds lower < v ≤ upper, the first also its lower end.
 *  - Classes end at the upper end of an occupied bin, so that none is empty. If two targets would
 * end at the same bin, the later one moves to the next; with fewer occupied bins than classes there
 *    are fewer classes.
 *  - If two ends are equally close, the class ends at the bin with the lower frequency (INEGI, Nota
 *    técnica: Estratificación univariada); if these are equal too, at the lower bin.
 *
 * Oracles: the worked example of Cochran (1977), table 5A.5 (tests/unit); R hist() and cumsum()
 * (tests/oracle).
 */
#include "internal.h"

#include <math.h>

/* Occupied bins only. */
typedef struct bins {
    int count;
    double *upper;     /* upper end */
    double *frequency; /* values in it, or their weights */
    double *sum;       /* √f added up */
} bins;

/* Upper end of bin b: computed in one place, so that bins and breaks agree to the last bit. */
static double upper_end(const mirti_risk_values *values, int b, int count) {
    double low = values->value[0], high = values->value[values->count - 1];
    return b + 1 == count ? high : low + (high - low) * (b + 1) / count;
}

static void fill(const mirti_risk_values *values, int count, bins *out) {
    int64_t i = 0;
    double sum = 0;
    for (int b = 0; b < count; b++) {
        double upper = upper_end(values, b, count), frequency = 0;
        int64_t first = i;
        for (; i < values->count && values->value[i] <= upper; i++)
            frequency += values->weight[i];
        if (i == first) continue;
        sum += sqrt(frequency);
        out->upper[out->count] = upper;
        out->frequency[out->count] = frequency;
        out->sum[out->count] = sum;
        out->count++;
    }
}

/* The bin within from .. to whose sum is closest to the target. */
static int closest(const bins *occupied, int from, int to, double target) {
    double whole = occupied->sum[occupied->count - 1];
    int best = from;
    for (int b = from + 1; b <= to; b++) {
        double nearer = fabs(occupied->sum[best] - target) - fabs(occupied->sum[b] - target);
        bool tie = fabs(nearer) <= 1e-12 * whole; /* what rounding can do to a sum of roots */
        if (tie ? occupied->frequency[b] < occupied->frequency[best] : nearer > 0) best = b;
    }
    return best;
}

mirti_status mirti_risk_dalenius(const mirti_risk_values *values, int count, int *levels,
                                 double *inner, mirti_error *err) {
    mirti_status status = MIRTI_OK;
    size_t room = (size_t)count;
    bins occupied = {0, mirti_new(room, sizeof(double)), mirti_new(room, sizeof(double)),
                     mirti_new(room, sizeof(double))};
    if (!occupied.upper || !occupied.frequency || !occupied.sum) {
        status = mirti_fail_memory(err, "the bins of the cumulative square-root rule");
        goto done;
    }
    fill(values, count, &occupied);
    if (*levels > occupied.count) *levels = occupied.count;
    double whole = occupied.sum[occupied.count - 1];
    int last = -1;
    for (int j = 1; j < *levels; j++) {
        int to = occupied.count - 1 - (*levels - j); /* leave a bin to each of the classes above */
        last = closest(&occupied, last + 1, to, whole * j / *levels);
        inner[j - 1] = occupied.upper[last];
    }
done:
    mirti_free(occupied.upper);
    mirti_free(occupied.frequency);
    mirti_free(occupied.sum);
    return status;
}
