/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Direct estimates: what the survey says by itself, with the error that its design gives it. A mean
 * is a ratio of two estimated totals, so its linearised score is w_i (y_i − ȳ) / Σw over the
 * domain (Särndal, Swensson and Wretman 1992, sec. 5.7). Oracle: R survey::svymean, svyciprop.
 */
#include "mirti/survey.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

double mirti_survey_t_quantile(double confidence, int32_t df) {
    if (df < 1 || !(confidence > 0 && confidence < 1)) return (double)NAN;
    return gsl_cdf_tdist_Pinv(0.5 + 0.5 * confidence, (double)df);
}

/* Logit-scale interval of a proportion: se on that scale is se / (p(1−p)). */
static void proportion_interval(mirti_survey_estimate *estimate, double t) {
    double p = estimate->value;
    double middle = mirti_logit_of(p), half = t * estimate->se / (p * (1 - p));
    estimate->lo = mirti_logistic(middle - half);
    estimate->hi = mirti_logistic(middle + half);
}

static mirti_status bad_value(int64_t index, double y, mirti_error *err) {
    long long row = (long long)index + 1;
    char value[32] = "not a number";
    if (!isnan(y)) mirti_number_print(y, value);
    mirti_status status = mirti_fail(err, MIRTI_ERROR_INPUT,
                                     "row %lld of the sample has the value %s where a mean is "
                                     "asked for",
                                     row, value);
    mirti_fail_remedy(err, "Leave rows without a value out of the domain.");
    return status;
}

mirti_status mirti_survey_mean(const mirti_survey_design *design, const double *y,
                               const uint8_t *domain, double confidence, mirti_survey_estimate *out,
                               mirti_error *err) {
    *out = (mirti_survey_estimate){0};
    if (!(confidence > 0 && confidence < 1))
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a confidence of %g is not between 0 and 1",
                          confidence);
    mirti_survey_reach reach;
    MIRTI_TRY(mirti_survey_design_reach(design, domain, &reach, err));
    if (reach.rows == 0)
        return mirti_fail(err, MIRTI_ERROR_INPUT, "the domain has no row in the sample");

    mirti_sum total = {0};
    bool proportion = true;
    for (int64_t i = 0; i < design->rows; i++) {
        if (domain && !domain[i]) continue;
        if (!isfinite(y[i])) return bad_value(i, y[i], err);
        if (y[i] != 0 && y[i] != 1) proportion = false;
        mirti_sum_add(&total, design->weight[i] * y[i]);
    }
    out->value = mirti_sum_value(&total) / reach.weight;
    out->rows = reach.rows;
    out->psus = reach.psus;
    out->df = reach.df;
    out->weight = reach.weight;

    double *score = mirti_new((size_t)design->rows, sizeof *score);
    if (!score) return mirti_fail_memory(err, "the scores of a mean");
    mirti_sum square = {0};
    for (int64_t i = 0; i < design->rows; i++) {
        if (domain && !domain[i]) continue;
        double deviation = y[i] - out->value;
        score[i] = design->weight[i] * deviation / reach.weight;
        mirti_sum_add(&square, design->weight[i] * deviation * deviation / reach.weight);
    }
    double variance = 0;
    mirti_status status = mirti_survey_total_covariance(design, score, 1, domain, &variance, err);
    mirti_free(score);
    MIRTI_TRY(status);

    double n = (double)reach.rows;
    double simple = mirti_sum_value(&square) / (n - 1); /* = s²/n, s² with n − 1 */
    double t = mirti_survey_t_quantile(confidence, reach.df);
    out->se = sqrt(variance);
    out->cv = out->value != 0 ? out->se / fabs(out->value) : (double)NAN;
    out->deff = simple > 0 ? variance / simple : (double)NAN;
    if (!proportion) {
        out->lo = out->value - t * out->se;
        out->hi = out->value + t * out->se;
    } else if (out->value > 0 && out->value < 1) {
        proportion_interval(out, t);
    } else {
        out->lo = out->hi = (double)NAN;
    }
    return MIRTI_OK;
}
