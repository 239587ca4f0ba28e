/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far two scores of the same areas agree: Pearson's correlation of the scores, Spearman's of
 * their ranks. Oracle: R's `cor`. */
#include "internal.h"

#include <math.h>

static double mean_of(const double *x, int64_t n) {
    mirti_sum sum = {0};
    for (int64_t i = 0; i < n; i++)
        mirti_sum_add(&sum, x[i]);
    return mirti_sum_value(&sum) / (double)n;
}

double mirti_risk_pearson(const double *x, const double *y, int64_t n) {
    mirti_sum xx = {0}, yy = {0}, xy = {0};
    if (n < 2) return NAN;
    double mean_x = mean_of(x, n), mean_y = mean_of(y, n);
    for (int64_t i = 0; i < n; i++) {
        double dx = x[i] - mean_x, dy = y[i] - mean_y;
        mirti_sum_add(&xx, dx * dx);
        mirti_sum_add(&yy, dy * dy);
        mirti_sum_add(&xy, dx * dy);
    }
    double scale = sqrt(mirti_sum_value(&xx) * mirti_sum_value(&yy));
    if (!(scale > 0)) return NAN; /* one of them is the same everywhere */
    return fmax(-1, fmin(1, mirti_sum_value(&xy) / scale));
}

mirti_status mirti_agreement_find(const double *a, const double *b, int64_t count,
                                  mirti_agreement *out, mirti_error *err) {
    *out = (mirti_agreement){.pearson = NAN, .spearman = NAN};
    double *room = mirti_new(4 * (size_t)count, sizeof *room);
    if (!room) return mirti_fail_memory(err, "a comparison");
    double *x = room, *y = room + count, *rank_x = y + count, *rank_y = rank_x + count;
    for (int64_t i = 0; i < count; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i])) continue;
        x[out->pairs] = a[i];
        y[out->pairs++] = b[i];
    }
    mirti_status status = mirti_risk_midranks(x, out->pairs, rank_x, err);
    if (status == MIRTI_OK) status = mirti_risk_midranks(y, out->pairs, rank_y, err);
    if (status == MIRTI_OK) {
        out->pearson = mirti_risk_pearson(x, y, out->pairs);
        out->spearman = mirti_risk_pearson(rank_x, rank_y, out->pairs);
    }
    mirti_free(room);
    return status;
}
