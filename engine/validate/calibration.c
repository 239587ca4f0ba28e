/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Calibration after Cox (1958): the outcome is regressed, design-weighted, on l = logit p.
 *
 *     in the large:  logit P(y = 1) = a + l          a = 0 where the mean risk is right,
 *     slope:         logit P(y = 1) = c + b l        b = 1 where low and high risks are, too.
 *
 * The first is one unknown, found by Newton steps from Σ w (y − σ(a + l)) = 0, with Binder's (1983)
 * variance: A⁻² times that of the total of the scores. The second is a logit of two columns.
 * Oracle: R svyglm(y ~ offset(l)) and svyglm(y ~ l) (tests/oracle/validate.R).
 */
#include "internal.h"

enum { MOST_STEPS = 100 };

/* logit p, kept finite: a probability of 0 or 1 says more than any model can know. */
static double log_odds(double p) {
    static const double edge = 1e-12;
    return mirti_logit_of(fmin(fmax(p, edge), 1 - edge));
}

/* Score and information of a; `score` (nullable) receives w (y − σ(a + l)) by row. */
static void pass(const mirti_survey_design *design, const double *l, const double *y,
                 const uint8_t *in, double a, double *score, double *total, double *information) {
    mirti_sum scores = {0, 0}, weights = {0, 0};
    for (int64_t i = 0; i < design->rows; i++) {
        if (!mirti_validate_counts(in, i)) continue;
        double p = mirti_logistic(a + l[i]);
        double s = design->weight[i] * (y[i] - p);
        if (score) score[i] = s;
        mirti_sum_add(&scores, s);
        mirti_sum_add(&weights, design->weight[i] * p * (1 - p));
    }
    *total = mirti_sum_value(&scores);
    *information = mirti_sum_value(&weights);
}

/* Newton's steps, never longer than 2: the score is monotone in a, so they arrive. */
static double solve(const mirti_survey_design *design, const double *l, const double *y,
                    const uint8_t *in) {
    double a = 0;
    for (int k = 0; k < MOST_STEPS; k++) {
        double total, information;
        pass(design, l, y, in, a, NULL, &total, &information);
        double step = fmax(-2, fmin(2, total / information));
        a += step;
        if (fabs(step) < 1e-12) break;
    }
    return a;
}

static mirti_status in_the_large(const mirti_survey_design *design, const double *l,
                                 const double *y, const uint8_t *in, double confidence, int32_t df,
                                 mirti_measure *out, mirti_error *err) {
    double *score = mirti_new((size_t)design->rows, sizeof *score);
    if (!score) return mirti_fail_memory(err, "the calibration");
    double a = solve(design, l, y, in), total, information, se;
    pass(design, l, y, in, a, score, &total, &information);
    mirti_status status = mirti_validate_error(design, score, in, &se, err);
    if (status == MIRTI_OK) *out = mirti_validate_measure(a, se / information, confidence, df);
    mirti_free(score);
    return status;
}

/* Where l does not vary or tells the outcome without error there is no slope. */
static mirti_status stretch(const mirti_survey_design *design, const double *l, const double *y,
                            const uint8_t *in, double confidence, mirti_measure *out,
                            mirti_error *err) {
    char intercept[] = "(intercept)", slope[] = "logit p";
    char *const name[] = {intercept, slope};
    double *x = mirti_new(2 * (size_t)design->rows, sizeof *x);
    if (!x) return mirti_fail_memory(err, "the calibration");
    for (int64_t i = 0; i < design->rows; i++) {
        x[2 * i] = 1;
        x[2 * i + 1] = l[i];
    }
    mirti_logit *fit = NULL;
    mirti_error why = {0};
    const mirti_logit_options one_thread = {.threads = 1};
    mirti_status status = mirti_logit_fit_with(design, x, 2, y, in, name, &one_thread, &fit, &why);
    *out = mirti_validate_none();
    if (status == MIRTI_OK)
        *out = mirti_validate_measure(fit->beta[1], sqrt(fit->covariance[3]), confidence,
                                      fit->df_residual);
    else if (status == MIRTI_ERROR_MODEL)
        status = MIRTI_OK;
    else if (err)
        *err = why;
    mirti_logit_free(fit);
    mirti_free(x);
    return status;
}

/* Whether both outcomes are there. */
static bool varies(const mirti_survey_design *design, const double *y, const uint8_t *in) {
    bool seen[2] = {false, false};
    for (int64_t i = 0; i < design->rows; i++)
        if (mirti_validate_counts(in, i)) seen[y[i] == 1] = true;
    return seen[0] && seen[1];
}

/* l [rows] of the probabilities; NULL in `*l` when all rows are of one outcome. */
static mirti_status take_log_odds(const mirti_survey_design *design, const double *p,
                                  const double *y, const uint8_t *in, double **l,
                                  mirti_error *err) {
    *l = NULL;
    if (!varies(design, y, in)) return MIRTI_OK;
    *l = mirti_new((size_t)design->rows, sizeof **l);
    if (!*l) return mirti_fail_memory(err, "the calibration");
    for (int64_t i = 0; i < design->rows; i++) {
        if (!mirti_validate_counts(in, i)) continue;
        if (p[i] >= 0 && p[i] <= 1) {
            (*l)[i] = log_odds(p[i]);
            continue;
        }
        mirti_free(*l);
        *l = NULL;
        return mirti_fail(err, MIRTI_ERROR_INPUT, "row %lld has no predicted probability",
                          (long long)i + 1);
    }
    return MIRTI_OK;
}

mirti_status mirti_calibration_estimate(const mirti_survey_design *design, const double *p,
                                        const double *y, const uint8_t *in, double confidence,
                                        mirti_calibration *out, mirti_error *err) {
    *out = (mirti_calibration){mirti_validate_none(), mirti_validate_none()};
    double *l;
    mirti_survey_reach reach;
    MIRTI_TRY(mirti_survey_design_reach(design, in, &reach, err));
    MIRTI_TRY(take_log_odds(design, p, y, in, &l, err));
    if (!l) return MIRTI_OK;
    mirti_status status =
        in_the_large(design, l, y, in, confidence, reach.df, &out->intercept, err);
    if (status == MIRTI_OK) status = stretch(design, l, y, in, confidence, &out->slope, err);
    mirti_free(l);
    return status;
}

mirti_status mirti_validate_slope(const mirti_survey_design *design, const double *p,
                                  const double *y, const uint8_t *in, double *slope,
                                  mirti_error *err) {
    double *l;
    mirti_measure measure = mirti_validate_none();
    MIRTI_TRY(take_log_odds(design, p, y, in, &l, err));
    mirti_status status = l ? stretch(design, l, y, in, 0.95, &measure, err) : MIRTI_OK;
    *slope = measure.value;
    mirti_free(l);
    return status;
}
