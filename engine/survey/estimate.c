/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Direct estimates: what the survey says by itself, with the error that its design gives it. Means
 * and ratios are linearised (Särndal, Swensson and Wretman 1992, sec. 5.5-5.7): the variance of
 * their estimate is that of the total of w·u, with u = (y − ȳ)/Σw for a mean, y for a total and
 * (y − Rx)/Σwx for a ratio, over the rows of the domain. Or it comes from replicate weights.
 * Oracle: R survey's svymean, svytotal, svyratio and svyciprop on subsets of designs.
 */
#include "mirti/survey.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

double mirti_survey_t_quantile(double confidence, double df) {
    if (!(df >= 1) || !(confidence > 0 && confidence < 1)) return (double)NAN;
    return gsl_cdf_tdist_Pinv(0.5 + 0.5 * confidence, df);
}

const char *mirti_survey_quality(double cv) {
    return cv < 0.15 ? "good" : cv < 0.30 ? "fair" : "poor";
}

/* What is asked, and of which rows. */
typedef struct question {
    const mirti_survey_design *design;
    mirti_survey_statistic statistic;
    const double *y, *denominator; /* denominator NULL but for ratios */
    const uint8_t *domain;         /* NULL: all rows */
    double confidence;
} question;

static mirti_status check_confidence(double confidence, mirti_error *err) {
    if (confidence > 0 && confidence < 1) return MIRTI_OK;
    return mirti_fail(err, MIRTI_ERROR_USAGE, "a confidence of %g is not between 0 and 1",
                      confidence);
}

static mirti_status bad_value(int64_t index, double y, mirti_error *err) {
    long long row = (long long)index + 1;
    char value[32] = "not a number";
    if (!isnan(y)) mirti_number_print(y, value);
    mirti_status status = mirti_fail(err, MIRTI_ERROR_INPUT,
                                     "row %lld of the sample has the value %s where an estimate is "
                                     "asked for",
                                     row, value);
    mirti_fail_remedy(err, "Leave rows without a value out of the domain.");
    return status;
}

/* The three sums that every statistic is made of. */
typedef struct totals {
    double weight, y, x;
} totals;

static double value_of(mirti_survey_statistic statistic, totals sum) {
    if (statistic == MIRTI_SURVEY_TOTAL) return sum.y;
    double below = statistic == MIRTI_SURVEY_MEAN ? sum.weight : sum.x;
    return below != 0 ? sum.y / below : (double)NAN;
}

static double linearised(const question *q, totals sum, double value, int64_t row) {
    if (q->statistic == MIRTI_SURVEY_TOTAL) return q->y[row];
    if (q->statistic == MIRTI_SURVEY_MEAN) return (q->y[row] - value) / sum.weight;
    return (q->y[row] - value * q->denominator[row]) / sum.x;
}

static mirti_status add_up(const question *q, totals *out, bool *proportion, mirti_error *err) {
    mirti_sum weight = {0}, y = {0}, x = {0};
    *proportion = q->statistic == MIRTI_SURVEY_MEAN;
    for (int64_t i = 0; i < q->design->rows; i++) {
        if (q->domain && !q->domain[i]) continue;
        double w = q->design->weight[i];
        if (!isfinite(q->y[i])) return bad_value(i, q->y[i], err);
        if (q->y[i] != 0 && q->y[i] != 1) *proportion = false;
        mirti_sum_add(&weight, w);
        mirti_sum_add(&y, w * q->y[i]);
        if (!q->denominator) continue;
        if (!isfinite(q->denominator[i])) return bad_value(i, q->denominator[i], err);
        mirti_sum_add(&x, w * q->denominator[i]);
    }
    *out = (totals){mirti_sum_value(&weight), mirti_sum_value(&y), mirti_sum_value(&x)};
    return MIRTI_OK;
}

/* Linearised variance, and the one that a simple random sample of as many rows would have. */
static mirti_status vary(const question *q, totals sum, mirti_survey_estimate *out,
                         double *variance, double *simple, mirti_error *err) {
    double *score = mirti_new((size_t)q->design->rows, sizeof *score);
    if (!score) return mirti_fail_memory(err, "the scores of an estimate");
    mirti_sum first = {0}, square = {0};
    for (int64_t i = 0; i < q->design->rows; i++) {
        if (q->domain && !q->domain[i]) continue;
        score[i] = q->design->weight[i] * linearised(q, sum, out->value, i);
        mirti_sum_add(&first, score[i]);
    }
    double mean = mirti_sum_value(&first) / sum.weight;
    for (int64_t i = 0; i < q->design->rows; i++) {
        if (q->domain && !q->domain[i]) continue;
        double w = q->design->weight[i], off = score[i] / w - mean;
        mirti_sum_add(&square, w * off * off);
    }
    *simple = sum.weight * mirti_sum_value(&square) / ((double)out->rows - 1);
    mirti_status status =
        mirti_survey_total_covariance(q->design, score, 1, q->domain, variance, err);
    mirti_free(score);
    return status;
}

/* Everything that follows from value, variance and degrees of freedom. Proportions have their
 * interval on the logit scale, where the standard error is se / (p(1−p)). */
static void complete(mirti_survey_estimate *out, double variance, double simple, bool proportion,
                     double confidence) {
    double t = mirti_survey_t_quantile(confidence, out->df);
    out->se = sqrt(variance);
    out->cv = out->value != 0 ? out->se / fabs(out->value) : (double)NAN;
    out->deff = simple > 0 ? variance / simple : (double)NAN;
    out->lo = out->value - t * out->se;
    out->hi = out->value + t * out->se;
    if (!proportion) return;
    double p = out->value, half = t * out->se / (p * (1 - p));
    bool inside = p > 0 && p < 1;
    out->lo = inside ? mirti_logistic(mirti_logit_of(p) - half) : (double)NAN;
    out->hi = inside ? mirti_logistic(mirti_logit_of(p) + half) : (double)NAN;
}

static void void_estimate(mirti_survey_estimate *out) {
    out->value = out->se = out->lo = out->hi = out->cv = out->deff = (double)NAN;
}

/* One domain; without rows all numbers are NaN. `given` (nullable) is its variance by `replicates`.
 */
static mirti_status answer(const question *q, const mirti_survey_replicates *replicates,
                           const double *given, mirti_survey_estimate *out, mirti_error *err) {
    *out = (mirti_survey_estimate){0};
    mirti_survey_reach reach;
    MIRTI_TRY(mirti_survey_design_reach(q->design, q->domain, &reach, err));
    out->rows = reach.rows;
    out->psus = reach.psus;
    out->df = reach.df;
    totals sum = {0};
    bool proportion;
    MIRTI_TRY(add_up(q, &sum, &proportion, err));
    out->weight = sum.weight;
    out->value = value_of(q->statistic, sum);
    if (reach.rows == 0 || isnan(out->value)) {
        void_estimate(out);
        return MIRTI_OK;
    }
    double variance = 0, simple = 0;
    if (replicates)
        MIRTI_TRY(mirti_survey_replicates_df(q->design, replicates, q->domain, &out->df, err));
    MIRTI_TRY(vary(q, sum, out, &variance, &simple, err));
    complete(out, given ? *given : variance, simple, proportion, q->confidence);
    return MIRTI_OK;
}

mirti_status mirti_survey_mean(const mirti_survey_design *design, const double *y,
                               const uint8_t *domain, double confidence, mirti_survey_estimate *out,
                               mirti_error *err) {
    *out = (mirti_survey_estimate){0};
    MIRTI_TRY(check_confidence(confidence, err));
    question q = {design, MIRTI_SURVEY_MEAN, y, NULL, domain, confidence};
    MIRTI_TRY(answer(&q, NULL, NULL, out, err));
    if (out->rows == 0)
        return mirti_fail(err, MIRTI_ERROR_INPUT, "the domain has no row in the sample");
    return MIRTI_OK;
}

/* Variances [groups] by replicates: the sums of every replicate and domain in one pass each. */
static mirti_status vary_by_replicates(const question *q, const mirti_survey_replicates *replicates,
                                       const int32_t *group, int32_t groups, double *variance,
                                       mirti_error *err) {
    size_t n = (size_t)q->design->rows, count = (size_t)replicates->count, g = (size_t)groups;
    double *weight = mirti_new(n, sizeof *weight);
    double *theta = mirti_new(count * g, sizeof *theta), *full = mirti_new(g, sizeof *full);
    totals *sum = mirti_new(g, sizeof *sum);
    mirti_status status = MIRTI_OK;
    if (!weight || !theta || !full || !sum) {
        status = mirti_fail_memory(err, "the estimates of replicates");
        goto done;
    }
    for (size_t r = 0; r <= count; r++) { /* the last round: the whole sample */
        const double *w = r < count ? weight : q->design->weight;
        if (r < count) mirti_survey_replicate_weights(q->design, replicates, (int32_t)r, weight);
        for (size_t k = 0; k < g; k++)
            sum[k] = (totals){0, 0, 0};
        for (size_t i = 0; i < n; i++) {
            int32_t k = group ? group[i] : 0;
            if (k < 0) continue;
            sum[k].weight += w[i];
            sum[k].y += w[i] * q->y[i];
            if (q->denominator) sum[k].x += w[i] * q->denominator[i];
        }
        for (size_t k = 0; k < g; k++)
            (r < count ? theta + k * count : full + k)[r < count ? r : 0] =
                value_of(q->statistic, sum[k]);
    }
    for (size_t k = 0; k < g && status == MIRTI_OK; k++)
        status = mirti_survey_replicate_covariance(replicates, theta + k * count, full + k, 1,
                                                   variance + k, err);
done:
    mirti_free(weight);
    mirti_free(theta);
    mirti_free(full);
    mirti_free(sum);
    return status;
}

mirti_status mirti_survey_estimates(const mirti_survey_design *design,
                                    const mirti_survey_replicates *replicates,
                                    mirti_survey_statistic statistic, const double *y,
                                    const double *denominator, const int32_t *group, int32_t groups,
                                    double confidence, mirti_survey_estimate *out,
                                    mirti_error *err) {
    MIRTI_TRY(check_confidence(confidence, err));
    if ((statistic == MIRTI_SURVEY_RATIO) != (denominator != NULL) || groups < 1 ||
        (!group && groups != 1))
        return mirti_fail(
            err, MIRTI_ERROR_USAGE,
            "an estimate needs one domain or more, and a ratio, alone, a denominator");
    uint8_t *domain = mirti_new((size_t)design->rows, 1);
    double *variance = mirti_new((size_t)groups, sizeof *variance);
    mirti_status status = MIRTI_OK;
    if (!domain || !variance) {
        status = mirti_fail_memory(err, "the domains of estimates");
        goto done;
    }
    question q = {design, statistic, y, denominator, group ? domain : NULL, confidence};
    if (replicates)
        MIRTI_TRY_GOTO(status, vary_by_replicates(&q, replicates, group, groups, variance, err),
                       done);
    for (int32_t k = 0; k < groups; k++) {
        for (int64_t i = 0; group && i < design->rows; i++)
            domain[i] = group[i] == k;
        MIRTI_TRY_GOTO(
            status, answer(&q, replicates, replicates ? variance + k : NULL, &out[k], err), done);
    }
done:
    mirti_free(domain);
    mirti_free(variance);
    return status;
}

mirti_status mirti_survey_mean_with(const mirti_survey_design *design,
                                    const mirti_survey_replicates *replicates, const double *y,
                                    const uint8_t *domain, double confidence,
                                    mirti_survey_estimate *out, mirti_error *err) {
    if (!replicates) return mirti_survey_mean(design, y, domain, confidence, out, err);
    *out = (mirti_survey_estimate){0};
    int32_t *group = mirti_new((size_t)design->rows, sizeof *group);
    if (!group) return mirti_fail_memory(err, "the domain of an estimate");
    for (int64_t i = 0; i < design->rows; i++)
        group[i] = domain && !domain[i] ? -1 : 0;
    mirti_status status = mirti_survey_estimates(design, replicates, MIRTI_SURVEY_MEAN, y, NULL,
                                                 group, 1, confidence, out, err);
    mirti_free(group);
    if (status == MIRTI_OK && out->rows == 0)
        status = mirti_fail(err, MIRTI_ERROR_INPUT, "the domain has no row in the sample");
    return status;
}
