/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Predicted against observed in groups of risk, and Archer and Lemeshow's (2006, Stata Journal 6)
 * test whether they agree. The children are put in the order of their probabilities and cut into
 * groups of about equal weight (Graubard, Korn and Midthune 1997); equal probabilities stay
 * together, on the side where the middle of their weight lies. M̂ holds the weighted mean residuals
 * of the g groups and V̂ their linearised covariance; with d design degrees of freedom
 *
 *     F = (d − g + 2) / (d g) · M̂ᵀ V̂⁻¹ M̂   ~   F(g − 1, d − g + 2).
 *
 * Oracle: svyby means of residuals of svyglm with their covariances (tests/oracle/validate.R).
 */
#include "internal.h"

#include <gsl/gsl_cdf.h>
#include <string.h>

typedef struct grouping {
    const mirti_survey_design *design;
    const double *p, *y;
    const uint8_t *in;
    int32_t *of; /* [rows] group, −1 outside */
    int groups;
} grouping;

/* Cuts the order into groups; those that get nobody are left out of the numbering. */
static void cut(grouping *g, const int64_t *order, int64_t count, int groups) {
    mirti_sum all = {0, 0}, below = {0, 0};
    for (int64_t k = 0; k < count; k++)
        mirti_sum_add(&all, g->design->weight[order[k]]);
    int last = -1;
    g->groups = 0;
    for (int64_t first = 0, end; first < count; first = end) {
        end = mirti_validate_run_end(g->p, order, count, first);
        double before = mirti_sum_value(&below);
        for (int64_t k = first; k < end; k++)
            mirti_sum_add(&below, g->design->weight[order[k]]);
        double middle = (before + mirti_sum_value(&below)) / 2;
        int place = (int)(groups * (middle / mirti_sum_value(&all)));
        if (place != last) g->groups++;
        last = place;
        for (int64_t k = first; k < end; k++)
            g->of[order[k]] = g->groups - 1;
    }
}

/* What is in each group, and the weighted mean gap between predicted and observed. */
static mirti_status describe(const grouping *g, double confidence, mirti_goodness *out,
                             mirti_error *err) {
    int32_t groups = g->groups;
    mirti_survey_estimate *e = mirti_new(2 * (size_t)groups, sizeof *e);
    if (!e) return mirti_fail_memory(err, "the groups of risk");
    mirti_status status = mirti_survey_estimates(g->design, NULL, MIRTI_SURVEY_MEAN, g->y, NULL,
                                                 g->of, groups, confidence, e, err);
    if (status == MIRTI_OK)
        status = mirti_survey_estimates(g->design, NULL, MIRTI_SURVEY_MEAN, g->p, NULL, g->of,
                                        groups, confidence, e + groups, err);
    double weight = 0, gap = 0;
    for (int32_t k = 0; k < groups && status == MIRTI_OK; k++) {
        out->group[k] =
            (mirti_risk_group){(double)INFINITY, -(double)INFINITY, e[groups + k].value, e[k]};
        weight += e[k].weight;
        gap += e[k].weight * fabs(e[k].value - e[groups + k].value);
    }
    out->gap = gap / weight;
    for (int64_t i = 0; i < g->design->rows && status == MIRTI_OK; i++) {
        if (g->of[i] < 0) continue;
        mirti_risk_group *into = &out->group[g->of[i]];
        into->lowest = fmin(into->lowest, g->p[i]);
        into->highest = fmax(into->highest, g->p[i]);
    }
    mirti_free(e);
    return status;
}

/* Mean residuals (observed minus predicted) by group, and their covariance [groups × groups]. */
static mirti_status residuals(const grouping *g, const mirti_goodness *out, double *mean,
                              double *covariance, mirti_error *err) {
    size_t groups = (size_t)g->groups;
    double *score = mirti_new((size_t)g->design->rows * groups, sizeof *score);
    if (!score) return mirti_fail_memory(err, "the residuals of the groups of risk");
    for (size_t k = 0; k < groups; k++)
        mean[k] = out->group[k].observed.value - out->group[k].predicted;
    for (int64_t i = 0; i < g->design->rows; i++) {
        if (g->of[i] < 0) continue;
        size_t k = (size_t)g->of[i];
        score[(size_t)i * groups + k] =
            g->design->weight[i] / out->group[k].observed.weight * (g->y[i] - g->p[i] - mean[k]);
    }
    mirti_status status =
        mirti_survey_total_covariance(g->design, score, g->groups, g->in, covariance, err);
    mirti_free(score);
    return status;
}

/* M̂ᵀV̂⁻¹M̂ / g is a Wald statistic of g numbers that are to be zero. */
static mirti_status test(const grouping *g, mirti_goodness *out, mirti_error *err) {
    size_t groups = (size_t)g->groups;
    mirti_survey_reach reach;
    MIRTI_TRY(mirti_survey_design_reach(g->design, g->in, &reach, err));
    double *mean = mirti_new(groups + groups * groups, sizeof *mean);
    bool *all = mirti_new(groups, sizeof *all);
    mirti_status status =
        mean && all ? MIRTI_OK : mirti_fail_memory(err, "the test of the groups of risk");
    if (status == MIRTI_OK) status = residuals(g, out, mean, mean + groups, err);
    if (status == MIRTI_OK) {
        memset(all, true, groups);
        const mirti_logit as_fit = {.columns = g->groups,
                                    .beta = mean,
                                    .covariance = mean + groups,
                                    .df_residual = reach.df};
        mirti_wald wald = {0};
        status = mirti_logit_wald(&as_fit, all, &wald, err);
        out->df1 = g->groups - 1;
        out->df2 = reach.df - g->groups + 2;
        out->f = out->df2 / reach.df * wald.f;
    }
    out->p = (double)NAN;
    if (status == MIRTI_OK && out->df1 > 0 && out->df2 > 0 && out->f >= 0)
        out->p = gsl_cdf_fdist_Q(out->f, out->df1, out->df2);
    mirti_free(mean);
    mirti_free(all);
    return status;
}

mirti_status mirti_goodness_test(const mirti_survey_design *design, const double *p,
                                 const double *y, const uint8_t *in, int groups, double confidence,
                                 mirti_goodness *out, mirti_error *err) {
    *out = (mirti_goodness){0};
    if (groups < 2)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a goodness of fit needs two groups or more");
    int64_t *order, count;
    MIRTI_TRY(mirti_validate_order(design, p, y, in, &order, &count, err));
    grouping g = {.design = design, .p = p, .y = y, .in = in};
    g.of = mirti_new((size_t)design->rows, sizeof *g.of);
    out->group = mirti_new((size_t)groups, sizeof *out->group);
    mirti_status status =
        g.of && out->group ? MIRTI_OK : mirti_fail_memory(err, "the groups of risk");
    if (status == MIRTI_OK && count == 0)
        status = mirti_fail(err, MIRTI_ERROR_INPUT, "the subpopulation has no row in the sample");
    if (status == MIRTI_OK) {
        for (int64_t i = 0; i < design->rows; i++)
            g.of[i] = -1;
        cut(&g, order, count, groups);
        out->groups = g.groups;
        status = describe(&g, confidence, out, err);
    }
    if (status == MIRTI_OK) status = test(&g, out, err);
    mirti_free(order);
    mirti_free(g.of);
    if (status != MIRTI_OK) mirti_goodness_reset(out);
    return status;
}

void mirti_goodness_reset(mirti_goodness *goodness) {
    mirti_free(goodness->group);
    *goodness = (mirti_goodness){0};
}
