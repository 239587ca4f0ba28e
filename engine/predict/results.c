/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of results: one row per area of the census, whatever could be said of it. */
#include "internal.h"

#include <math.h>
#include <string.h>

static bool copy_texts(char *const *from, int64_t count, char ***out) {
    *out = mirti_new((size_t)count, sizeof **out);
    if (!*out) return false;
    for (int64_t i = 0; i < count; i++)
        if (from && from[i] && !((*out)[i] = mirti_strdup(from[i]))) return false;
    return true;
}

static bool make_numbers(int64_t count, const double *from, double **out) {
    *out = mirti_new((size_t)count, sizeof **out);
    if (!*out) return false;
    for (int64_t i = 0; i < count; i++)
        (*out)[i] = from ? from[i] : NAN;
    return true;
}

static bool make_all(const mirti_areas *areas, mirti_results *r) {
    int64_t n = areas->count;
    size_t room = (size_t)n;
    r->kind = mirti_strdup(areas->kind);
    bool ok = r->kind && copy_texts(areas->code, n, &r->code) &&
              copy_texts(areas->name, n, &r->name) &&
              copy_texts(areas->parent_code, n, &r->parent_code) &&
              copy_texts(areas->parent_name, n, &r->parent_name) &&
              copy_texts(areas->missing_column, n, &r->missing_column);
    if (areas->longitude && areas->latitude)
        ok = ok && make_numbers(n, areas->longitude, &r->longitude) &&
             make_numbers(n, areas->latitude, &r->latitude);
    double **number[] = {&r->children,   &r->risk,       &r->risk_se, &r->risk_lo,
                         &r->risk_hi,    &r->risk_cv,    &r->at_risk, &r->at_risk_lo,
                         &r->at_risk_hi, &r->level_prob, &r->top_prob};
    for (size_t k = 0; k < sizeof number / sizeof *number; k++)
        ok = ok && make_numbers(n, NULL, number[k]);
    for (int f = 0; f < 3; f++)
        ok = ok && copy_texts(NULL, n, &r->factor[f]);
    if (!ok) return false;
    r->level = mirti_new(room, sizeof *r->level);
    r->rank = mirti_new(room, sizeof *r->rank);
    r->rank_lo = mirti_new(room, sizeof *r->rank_lo);
    r->rank_hi = mirti_new(room, sizeof *r->rank_hi);
    r->method = mirti_new(room, sizeof *r->method);
    r->missing = mirti_new(room, sizeof *r->missing);
    r->own_se = mirti_new(room, sizeof *r->own_se);
    for (int e = 0; e < MIRTI_SHARED_ERRORS; e++) {
        r->shared[e] = mirti_new(room, sizeof *r->shared[e]);
        r->shared_se[e] = mirti_new(room, sizeof *r->shared_se[e]);
        ok = ok && r->shared[e] && r->shared_se[e];
    }
    r->sample_se = mirti_new(room, sizeof *r->sample_se);
    r->sample_df = mirti_new(room, sizeof *r->sample_df);
    return ok && r->own_se && r->sample_se && r->sample_df && r->level && r->rank && r->rank_lo &&
           r->rank_hi && r->method && r->missing;
}

mirti_status mirti_results_new(const mirti_areas *areas, mirti_results **out, mirti_error *err) {
    *out = NULL;
    mirti_results *r = mirti_new(1, sizeof *r);
    if (!r) return mirti_fail_memory(err, "the results");
    r->count = areas->count;
    if (!make_all(areas, r)) {
        mirti_results_free(r);
        return mirti_fail_memory(err, "the results");
    }
    for (int64_t i = 0; i < areas->count; i++) {
        mirti_sum children = {0};
        for (int c = 0; c < areas->cells; c++)
            mirti_sum_add(&children, areas->children[i * areas->cells + c]);
        r->children[i] = mirti_sum_value(&children);
        r->missing[i] = areas->missing[i];
        r->level[i] = -1;
        for (int e = 0; e < MIRTI_SHARED_ERRORS; e++)
            r->shared[e][i] = -1;
    }
    *out = r;
    return MIRTI_OK;
}

static void free_texts(char **text, int64_t count) {
    for (int64_t i = 0; text && i < count; i++)
        mirti_free(text[i]);
    mirti_free(text);
}

void mirti_results_free(mirti_results *r) {
    if (!r) return;
    mirti_free(r->kind);
    free_texts(r->code, r->count);
    free_texts(r->name, r->count);
    free_texts(r->parent_code, r->count);
    free_texts(r->parent_name, r->count);
    free_texts(r->missing_column, r->count);
    for (int f = 0; f < 3; f++)
        free_texts(r->factor[f], r->count);
    free_texts(r->level_name, r->levels);
    double *number[] = {r->longitude,  r->latitude,   r->children, r->risk,      r->risk_se,
                        r->risk_lo,    r->risk_hi,    r->risk_cv,  r->at_risk,   r->at_risk_lo,
                        r->at_risk_hi, r->level_prob, r->top_prob, r->own_se,    r->gradient,
                        r->index,      r->reach_lo,   r->reach_hi, r->sample_se, r->sample_df};
    for (size_t k = 0; k < sizeof number / sizeof *number; k++)
        mirti_free(number[k]);
    for (int e = 0; e < MIRTI_SHARED_ERRORS; e++) {
        mirti_free(r->shared[e]);
        mirti_free(r->shared_se[e]);
    }
    mirti_free(r->level);
    mirti_free(r->rank);
    mirti_free(r->rank_lo);
    mirti_free(r->rank_hi);
    mirti_free(r->method);
    mirti_free(r->missing);
    mirti_free(r);
}

double mirti_results_score(const mirti_results *results, int64_t i) {
    return results->index ? results->index[i] : results->risk[i];
}

const char *mirti_results_quality(const mirti_results *results, int64_t i) {
    static const char *const missing[] = {"missing: not predicted", "missing: suppressed",
                                          "missing: not available", "missing: no children",
                                          "missing: not in census"};
    if (isnan(mirti_results_score(results, i))) return missing[results->missing[i]];
    if (results->index) return NULL;
    return mirti_survey_quality(results->risk_cv[i]);
}

/* A probability of exactly 0 or 1 has no logit; its interval is itself. */
static double bound(double risk, double distance) {
    if (risk <= 0 || risk >= 1) return risk;
    return mirti_logistic(mirti_logit_of(risk) + distance);
}

double mirti_predict_sampling_error(const mirti_results *r, int64_t i) {
    return r->sample_se[i] * r->risk[i] * (1 - r->risk[i]);
}

mirti_predict_quantile mirti_predict_quantile_of(const mirti_logit *fit, double confidence) {
    return (mirti_predict_quantile){confidence, fit->df,
                                    mirti_survey_t_quantile(confidence, fit->df)};
}

static double quantile_of(const mirti_results *r, int64_t i, double se, mirti_predict_quantile q) {
    double sampling = fmin(mirti_predict_sampling_error(r, i), se) / se,
           square = sampling * sampling;
    if (!(square > 0)) return q.t;
    double rest = 1 - square;
    double df = 1 / (rest * rest / (double)q.df + square * square / r->sample_df[i]);
    return q.df < 1 ? q.t : mirti_survey_t_quantile(q.confidence, df);
}

void mirti_predict_finish(mirti_results *r, int64_t i, double se, mirti_predict_quantile quantile) {
    double risk = r->risk[i];
    double scale = se / (risk * (1 - risk)); /* standard error of the logit */
    bool found = r->reach_lo && !isnan(r->reach_lo[i]);
    double t = found ? 0 : quantile_of(r, i, se, quantile);
    r->risk_se[i] = se;
    r->risk_cv[i] = risk > 0 ? se / risk : NAN;
    r->risk_lo[i] = bound(risk, scale * (found ? r->reach_lo[i] : -t));
    r->risk_hi[i] = bound(risk, scale * (found ? r->reach_hi[i] : t));
    r->at_risk[i] = r->children[i] * risk;
    r->at_risk_lo[i] = r->children[i] * r->risk_lo[i];
    r->at_risk_hi[i] = r->children[i] * r->risk_hi[i];
}
