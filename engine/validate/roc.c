/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happens when the children with a probability of at least some threshold are flagged: the
 * whole curve of sensitivity against false alarms, Youden's (1950) point on it, and, at chosen
 * thresholds, the four proportions with their design-based intervals. Sensitivity and its kin are
 * means of 0/1 over a domain, so their errors are those of svyciprop (tests/oracle/validate.R).
 */
#include "internal.h"

static mirti_status roc_room(int64_t points, mirti_roc *roc, mirti_error *err) {
    size_t n = (size_t)points;
    roc->threshold = mirti_new(n, sizeof(double));
    roc->sensitivity = mirti_new(n, sizeof(double));
    roc->false_alarm = mirti_new(n, sizeof(double));
    roc->flagged = mirti_new(n, sizeof(double));
    bool there = roc->threshold && roc->sensitivity && roc->false_alarm && roc->flagged;
    return there ? MIRTI_OK : mirti_fail_memory(err, "the ROC curve");
}

/* From the highest probability down: what was passed so far is flagged. */
static void trace(const mirti_survey_design *design, const double *p, const double *y,
                  const int64_t *order, int64_t count, mirti_roc *roc) {
    mirti_sum flagged[2] = {{0, 0}, {0, 0}};
    roc->points = 1;
    roc->threshold[0] = (double)INFINITY;
    for (int64_t k = count; k > 0;) {
        double threshold = p[order[k - 1]];
        for (; k > 0 && p[order[k - 1]] == threshold; k--)
            mirti_sum_add(&flagged[y[order[k - 1]] == 1], design->weight[order[k - 1]]);
        int64_t at = roc->points++;
        roc->threshold[at] = threshold;
        roc->false_alarm[at] = mirti_sum_value(&flagged[0]);
        roc->sensitivity[at] = mirti_sum_value(&flagged[1]);
    }
}

/* Weights to shares. The last point is (1, 1) exactly: a sum divided by itself. */
static void scale(mirti_roc *roc) {
    double zeros = roc->false_alarm[roc->points - 1], ones = roc->sensitivity[roc->points - 1];
    double best = -1;
    for (int64_t k = 0; k < roc->points; k++) {
        roc->flagged[k] = (roc->false_alarm[k] + roc->sensitivity[k]) / (zeros + ones);
        roc->false_alarm[k] /= zeros;
        roc->sensitivity[k] /= ones;
        double gain = roc->sensitivity[k] - roc->false_alarm[k];
        if (gain <= best) continue;
        best = gain;
        roc->youden = k;
    }
}

mirti_status mirti_roc_new(const mirti_survey_design *design, const double *p, const double *y,
                           const uint8_t *in, mirti_roc **out, mirti_error *err) {
    *out = NULL;
    int64_t *order, count;
    MIRTI_TRY(mirti_validate_order(design, p, y, in, &order, &count, err));
    int64_t positive = 0;
    for (int64_t k = 0; k < count; k++)
        positive += y[order[k]] == 1;
    mirti_status status = MIRTI_OK;
    mirti_roc *roc = mirti_new(1, sizeof *roc);
    if (positive == 0 || positive == count)
        status = mirti_fail(err, MIRTI_ERROR_MODEL,
                            "the outcome does not vary, so there is nothing to tell apart");
    else
        status = roc ? roc_room(count + 1, roc, err) : mirti_fail_memory(err, "the ROC curve");
    if (status == MIRTI_OK) {
        trace(design, p, y, order, count, roc);
        scale(roc);
        *out = roc;
    } else {
        mirti_roc_free(roc);
    }
    mirti_free(order);
    return status;
}

double mirti_roc_captured(const mirti_roc *roc, double share) {
    int64_t k = 1;
    while (k < roc->points - 1 && roc->flagged[k] < share)
        k++;
    double step = roc->flagged[k] - roc->flagged[k - 1];
    double part = step > 0 ? fmin(1, (share - roc->flagged[k - 1]) / step) : 1;
    return roc->sensitivity[k - 1] + part * (roc->sensitivity[k] - roc->sensitivity[k - 1]);
}

void mirti_roc_free(mirti_roc *roc) {
    if (!roc) return;
    mirti_free(roc->threshold);
    mirti_free(roc->sensitivity);
    mirti_free(roc->false_alarm);
    mirti_free(roc->flagged);
    mirti_free(roc);
}

/* Scratch of the thresholds. */
typedef struct marks {
    double *value;  /* [rows] 0/1 */
    int32_t *group; /* [rows] 0 or 1, −1 outside */
} marks;

/* The two proportions of `value` in the groups 1 and 0. */
static mirti_status two_means(const mirti_survey_design *design, const marks *m, double confidence,
                              mirti_survey_estimate *one, mirti_survey_estimate *zero,
                              mirti_error *err) {
    mirti_survey_estimate both[2];
    MIRTI_TRY(mirti_survey_estimates(design, NULL, MIRTI_SURVEY_MEAN, m->value, NULL, m->group, 2,
                                     confidence, both, err));
    *zero = both[0];
    *one = both[1];
    return MIRTI_OK;
}

/* 1 − proportion. */
static mirti_survey_estimate complement(mirti_survey_estimate e) {
    double lo = e.lo;
    e.value = 1 - e.value;
    e.lo = 1 - e.hi;
    e.hi = 1 - lo;
    e.cv = e.value > 0 ? e.se / e.value : (double)NAN;
    return e;
}

static mirti_status at_threshold(const mirti_survey_design *design, const double *p,
                                 const double *y, const uint8_t *in, double confidence,
                                 const marks *m, mirti_threshold *out, mirti_error *err) {
    mirti_sum weight[2] = {{0, 0}, {0, 0}};
    for (int64_t i = 0; i < design->rows; i++) {
        m->group[i] = mirti_validate_counts(in, i) ? y[i] == 1 : -1;
        if (m->group[i] < 0) continue;
        m->value[i] = p[i] >= out->threshold;
        mirti_sum_add(&weight[m->value[i] == 1], design->weight[i]);
    }
    double flagged = mirti_sum_value(&weight[1]);
    out->flagged = flagged / (flagged + mirti_sum_value(&weight[0]));
    MIRTI_TRY(two_means(design, m, confidence, &out->sensitivity, &out->specificity, err));
    out->specificity = complement(out->specificity);
    for (int64_t i = 0; i < design->rows; i++) {
        if (m->group[i] < 0) continue;
        m->group[i] = m->value[i] == 1;
        m->value[i] = y[i];
    }
    MIRTI_TRY(two_means(design, m, confidence, &out->positive_predictive, &out->negative_predictive,
                        err));
    out->negative_predictive = complement(out->negative_predictive);
    return MIRTI_OK;
}

mirti_status mirti_thresholds_estimate(const mirti_survey_design *design, const double *p,
                                       const double *y, const uint8_t *in, double confidence,
                                       const double *threshold, int count, mirti_threshold *out,
                                       mirti_error *err) {
    marks m = {mirti_new((size_t)design->rows, sizeof *m.value),
               mirti_new((size_t)design->rows, sizeof *m.group)};
    mirti_status status = m.value && m.group ? MIRTI_OK : mirti_fail_memory(err, "the thresholds");
    for (int k = 0; k < count && status == MIRTI_OK; k++) {
        out[k] = (mirti_threshold){.threshold = threshold[k]};
        status = at_threshold(design, p, y, in, confidence, &m, &out[k], err);
    }
    mirti_free(m.value);
    mirti_free(m.group);
    return status;
}
