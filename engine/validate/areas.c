/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The comparison that officials believe: what the survey says of each state by itself, with its
 * interval, beside what the model says of the same children. Their difference is the weighted mean
 * of p − y, whose error follows from strata and PSUs as that of any mean (R svyby, tests/oracle).
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) {
    const char *const *left = a, *const *right = b;
    return strcmp(*left, *right);
}

/* The distinct codes of the rows that count, in byte order; sets their number. */
static mirti_status distinct(const mirti_survey_design *design, const uint8_t *in,
                             char *const *code, const char ***out, int32_t *count,
                             mirti_error *err) {
    const char **list = mirti_new((size_t)design->rows, sizeof *list);
    if (!list) return mirti_fail_memory(err, "the larger areas");
    size_t found = 0;
    const char *last = NULL;
    for (int64_t i = 0; i < design->rows; i++) {
        if (!mirti_validate_counts(in, i) || !code[i]) continue;
        if (last && strcmp(last, code[i]) == 0) continue; /* runs of equal codes are common */
        list[found++] = last = code[i];
    }
    qsort(list, found, sizeof *list, compare);
    *count = 0;
    for (size_t k = 0; k < found; k++)
        if (k == 0 || strcmp(list[k], list[*count - 1]) != 0) list[(*count)++] = list[k];
    *out = list;
    return MIRTI_OK;
}

static mirti_status assign(const mirti_survey_design *design, const uint8_t *in, char *const *code,
                           mirti_area_checks *checks, mirti_error *err) {
    const char **list = NULL;
    int32_t count = 0;
    MIRTI_TRY(distinct(design, in, code, &list, &count, err));
    mirti_status status = MIRTI_OK;
    checks->area_of = mirti_new((size_t)design->rows, sizeof *checks->area_of);
    checks->area = mirti_new((size_t)count, sizeof *checks->area);
    if (!checks->area_of || !checks->area) status = mirti_fail_memory(err, "the larger areas");
    for (int32_t k = 0; k < count && status == MIRTI_OK; k++) {
        checks->area[k].code = mirti_strdup(list[k]);
        checks->areas++;
        if (!checks->area[k].code) status = mirti_fail_memory(err, "the larger areas");
    }
    for (int64_t i = 0; i < design->rows && status == MIRTI_OK; i++) {
        checks->area_of[i] = -1;
        if (!mirti_validate_counts(in, i) || !code[i]) continue;
        const char **place = bsearch(&code[i], list, (size_t)count, sizeof *list, compare);
        checks->area_of[i] = (int32_t)(place - list);
    }
    mirti_free(list);
    return status;
}

static void fill(mirti_area_check *area, const mirti_survey_estimate *direct,
                 const mirti_survey_estimate *modelled, const mirti_survey_estimate *difference,
                 double confidence) {
    area->direct = *direct;
    area->modelled = modelled->value;
    area->difference =
        mirti_validate_measure(difference->value, difference->se, confidence, difference->df);
    area->z = difference->se > 0 ? difference->value / difference->se : (double)NAN;
    area->within = area->modelled >= direct->lo && area->modelled <= direct->hi;
    area->left_out = area->census = area->census_se = (double)NAN;
}

/* Means of y, p and p − y by area. */
static mirti_status estimate(const mirti_survey_design *design, const double *p, const double *y,
                             double confidence, mirti_area_checks *checks, mirti_error *err) {
    size_t areas = (size_t)checks->areas;
    if (areas == 0) return MIRTI_OK;
    mirti_survey_estimate *e = mirti_new(3 * areas, sizeof *e);
    double *gap = mirti_new((size_t)design->rows, sizeof *gap);
    mirti_status status = e && gap ? MIRTI_OK : mirti_fail_memory(err, "the larger areas");
    for (int64_t i = 0; i < design->rows && status == MIRTI_OK; i++)
        if (checks->area_of[i] >= 0) gap[i] = p[i] - y[i];
    const double *const value[] = {y, p, gap};
    for (int k = 0; k < 3 && status == MIRTI_OK; k++)
        status =
            mirti_survey_estimates(design, NULL, MIRTI_SURVEY_MEAN, value[k], NULL, checks->area_of,
                                   checks->areas, confidence, e + (size_t)k * areas, err);
    for (size_t a = 0; a < areas && status == MIRTI_OK; a++) {
        fill(&checks->area[a], &e[a], &e[areas + a], &e[2 * areas + a], confidence);
        checks->compared += !isnan(e[a].lo);
        checks->within += checks->area[a].within;
    }
    mirti_free(e);
    mirti_free(gap);
    return status;
}

mirti_status mirti_area_checks_new(const mirti_survey_design *design, const double *p,
                                   const double *y, const uint8_t *in, char *const *code,
                                   double confidence, mirti_area_checks **out, mirti_error *err) {
    *out = NULL;
    mirti_area_checks *checks = mirti_new(1, sizeof *checks);
    if (!checks) return mirti_fail_memory(err, "the larger areas");
    mirti_status status = assign(design, in, code, checks, err);
    if (status == MIRTI_OK) status = estimate(design, p, y, confidence, checks, err);
    if (status != MIRTI_OK) {
        mirti_area_checks_free(checks);
        return status;
    }
    *out = checks;
    return MIRTI_OK;
}

void mirti_area_checks_free(mirti_area_checks *checks) {
    if (!checks) return;
    for (int32_t k = 0; k < checks->areas; k++) {
        mirti_free(checks->area[k].code);
        mirti_free(checks->area[k].name);
    }
    mirti_free(checks->area);
    mirti_free(checks->area_of);
    mirti_free(checks);
}
