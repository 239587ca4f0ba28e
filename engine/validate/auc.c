/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Discrimination. The weighted area under the ROC curve is a two-sample U-statistic,
 *
 *     A = Σ_i Σ_j w_i w_j [1(s_i > s_j) + ½ 1(s_i = s_j)] / (W₁ W₀),   i with y = 1, j with y = 0,
 *
 * (Hanley and McNeil 1982; with survey weights Yao, Li and Graubard 2015). Sorted by score, the
 * inner sums are cumulative weights, so it takes O(n log n) instead of all pairs.
 *
 * Error by linearisation: a child with the outcome contributes w_i (F₀(s_i) − A) / W₁, one without
 * w_j (1 − F₁(s_j) − A) / W₀, where F are weighted distributions of the scores of the other class,
 * ties halved; the variance of the sum of these follows from strata and PSUs. Interval on the logit
 * scale. Oracle: all pairs, and R svyrecvar and the jackknife (tests/oracle/validate.R).
 */
#include "internal.h"

typedef struct classes {
    double weight[2]; /* Σw of y = 0 and of y = 1 */
    int64_t rows[2];
} classes;

static classes add_up(const mirti_survey_design *design, const double *y, const int64_t *order,
                      int64_t count) {
    mirti_sum sum[2] = {{0, 0}, {0, 0}};
    classes all = {{0, 0}, {0, 0}};
    for (int64_t k = 0; k < count; k++) {
        int one = y[order[k]] == 1;
        mirti_sum_add(&sum[one], design->weight[order[k]]);
        all.rows[one]++;
    }
    for (int c = 0; c < 2; c++)
        all.weight[c] = mirti_sum_value(&sum[c]);
    return all;
}

/* The share of the other class that a child is on the right side of, for every row; returns A. */
static double concordance(const mirti_survey_design *design, const double *score, const double *y,
                          const int64_t *order, int64_t count, const classes *all, double *share) {
    mirti_sum below[2] = {{0, 0}, {0, 0}}, area = {0, 0};
    for (int64_t first = 0, end; first < count; first = end) {
        end = mirti_validate_run_end(score, order, count, first);
        double before[2] = {mirti_sum_value(&below[0]), mirti_sum_value(&below[1])};
        for (int64_t k = first; k < end; k++)
            mirti_sum_add(&below[y[order[k]] == 1], design->weight[order[k]]);
        double middle[2]; /* weight below, the ties by half */
        for (int c = 0; c < 2; c++)
            middle[c] = (before[c] + mirti_sum_value(&below[c])) / 2;
        for (int64_t k = first; k < end; k++) {
            int64_t row = order[k];
            if (y[row] == 1) {
                share[row] = middle[0] / all->weight[0];
                mirti_sum_add(&area, design->weight[row] / all->weight[1] * share[row]);
            } else {
                share[row] = (all->weight[1] - middle[1]) / all->weight[1];
            }
        }
    }
    return mirti_sum_value(&area);
}

/* The interval on the logit scale; where the curve is perfect there is none. */
static mirti_measure on_logit_scale(double value, double se, double confidence, int32_t df) {
    mirti_measure m = {value, se, (double)NAN, (double)NAN};
    if (!(value > 0 && value < 1)) return m;
    double centre = mirti_logit_of(value), spread = se / (value * (1 - value));
    double t = mirti_survey_t_quantile(confidence, df);
    m.lo = isnan(t) ? t : mirti_logistic(centre - t * spread);
    m.hi = isnan(t) ? t : mirti_logistic(centre + t * spread);
    return m;
}

static mirti_status estimate(const mirti_survey_design *design, const double *score,
                             const double *y, const uint8_t *in, double confidence,
                             const int64_t *order, int64_t count, double *influence, mirti_auc *out,
                             mirti_error *err) {
    classes all = add_up(design, y, order, count);
    *out = (mirti_auc){mirti_validate_none(), all.rows[1], all.rows[0]};
    if (all.rows[0] == 0 || all.rows[1] == 0) return MIRTI_OK;
    double area = concordance(design, score, y, order, count, &all, influence), se;
    for (int64_t k = 0; k < count; k++) {
        int64_t row = order[k];
        influence[row] = design->weight[row] / all.weight[y[row] == 1] * (influence[row] - area);
    }
    mirti_survey_reach reach;
    MIRTI_TRY(mirti_survey_design_reach(design, in, &reach, err));
    MIRTI_TRY(mirti_validate_error(design, influence, in, &se, err));
    out->auc = on_logit_scale(area, se, confidence, reach.df);
    return MIRTI_OK;
}

mirti_status mirti_auc_estimate(const mirti_survey_design *design, const double *score,
                                const double *y, const uint8_t *in, double confidence,
                                mirti_auc *out, mirti_error *err) {
    int64_t *order, count;
    MIRTI_TRY(mirti_validate_order(design, score, y, in, &order, &count, err));
    double *influence = mirti_new((size_t)design->rows, sizeof *influence);
    mirti_status status =
        influence ? estimate(design, score, y, in, confidence, order, count, influence, out, err)
                  : mirti_fail_memory(err, "the area under the curve");
    mirti_free(influence);
    mirti_free(order);
    return status;
}

mirti_status mirti_validate_auc(const mirti_survey_design *design, const double *score,
                                const double *y, const uint8_t *in, double *auc, mirti_error *err) {
    int64_t *order, count;
    MIRTI_TRY(mirti_validate_order(design, score, y, in, &order, &count, err));
    double *share = mirti_new((size_t)design->rows, sizeof *share);
    classes all = add_up(design, y, order, count);
    *auc = (double)NAN;
    if (share && all.rows[0] > 0 && all.rows[1] > 0)
        *auc = concordance(design, score, y, order, count, &all, share);
    mirti_free(order);
    mirti_status status = share ? MIRTI_OK : mirti_fail_memory(err, "the area under the curve");
    mirti_free(share);
    return status;
}
