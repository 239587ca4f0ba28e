/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All measures of one fitted model, in order. What each of them is stands in its own file. */
#include "judged.h"

#include <stdlib.h>

enum { DEFAULT_GROUPS = 10, DEFAULT_FOLDS = 10 };

typedef struct task {
    const mirti_survey_design *design;
    const mirti_model *model;
    const double *x, *y;
    const uint8_t *in;
    char *const *area;
    const mirti_validate_options *options;
    mirti_validation *v;
} task;

static mirti_status predict(const task *t, mirti_error *err) {
    const size_t rows = (size_t)t->design->rows;
    const int columns = t->model->logit->columns;
    mirti_validation *v = t->v;
    v->effects = t->options->effects != NULL;
    v->p = mirti_new(rows, sizeof *v->p);
    v->traits = v->effects ? mirti_new(rows, sizeof *v->traits) : NULL;
    if (!v->p || (v->effects && !v->traits))
        return mirti_fail_memory(err, "the predicted probabilities");
    mirti_validate_judged judged = {0};
    mirti_status status = mirti_validate_judged_given(t->model, t->options->effects, &judged, err);
    for (int64_t i = 0; i < t->design->rows && status == MIRTI_OK; i++) {
        const double *x = t->x + i * columns;
        const bool counts = mirti_validate_counts(t->in, i);
        v->p[i] = counts ? mirti_validate_judged_probability(&judged, i, x, NULL) : (double)NAN;
        if (v->traits)
            v->traits[i] = counts ? mirti_validate_judged_traits(&judged, x) : (double)NAN;
    }
    mirti_validate_judged_reset(&judged);
    return status;
}

static int ascending(const void *a, const void *b) {
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* Round figures that anybody may choose, the overall rate, and Youden's point. */
static mirti_status thresholds(const task *t, const double *p, const uint8_t *in,
                               const mirti_roc *roc, mirti_thresholds *out, mirti_error *err) {
    double at[] = {
        0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, t->v->rate.value, roc->threshold[roc->youden]};
    const int count = sizeof at / sizeof at[0];
    out->youden = roc->threshold[roc->youden];
    qsort(at, (size_t)count, sizeof at[0], ascending);
    out->at = mirti_new((size_t)count, sizeof *out->at);
    if (!out->at) return mirti_fail_memory(err, "the thresholds");
    for (int k = 0; k < count; k++)
        if (k == 0 || at[k] != at[out->count - 1]) at[out->count++] = at[k];
    return mirti_thresholds_estimate(t->design, p, t->y, in, t->v->confidence, at, out->count,
                                     out->at, err);
}

/* What traits tell by themselves, where the model knows more. */
static mirti_status measure_traits(const task *t, mirti_error *err) {
    mirti_validation *v = t->v;
    const mirti_survey_design *d = t->design;
    if (!v->traits) return MIRTI_OK;
    MIRTI_TRY(mirti_auc_estimate(d, v->traits, t->y, t->in, v->confidence, &v->traits_auc, err));
    MIRTI_TRY(
        mirti_brier_estimate(d, v->traits, t->y, t->in, v->confidence, &v->traits_brier, err));
    return mirti_calibration_estimate(d, v->traits, t->y, t->in, v->confidence,
                                      &v->traits_calibration, err);
}

static mirti_status measure(const task *t, int groups, mirti_error *err) {
    mirti_validation *v = t->v;
    const mirti_survey_design *d = t->design;
    MIRTI_TRY(mirti_survey_design_reach(d, t->in, &v->reach, err));
    MIRTI_TRY(mirti_survey_mean(d, t->y, t->in, v->confidence, &v->rate, err));
    MIRTI_TRY(mirti_auc_estimate(d, v->p, t->y, t->in, v->confidence, &v->auc, err));
    MIRTI_TRY(mirti_roc_new(d, v->p, t->y, t->in, &v->roc, err));
    MIRTI_TRY(thresholds(t, v->p, t->in, v->roc, &v->thresholds, err));
    MIRTI_TRY(measure_traits(t, err));
    MIRTI_TRY(mirti_brier_estimate(d, v->p, t->y, t->in, v->confidence, &v->brier, err));
    MIRTI_TRY(
        mirti_calibration_estimate(d, v->p, t->y, t->in, v->confidence, &v->calibration, err));
    MIRTI_TRY(mirti_goodness_test(d, v->p, t->y, t->in, groups, v->confidence, &v->goodness, err));
    v->terms = t->model->terms->terms;
    v->inflation = mirti_new((size_t)v->terms, sizeof *v->inflation);
    if (!v->inflation) return mirti_fail_memory(err, "the collinearity");
    return mirti_inflation_factors(d, t->model->terms, t->x, t->in, v->inflation, err);
}

/* Of the probabilities out of sample. */
static mirti_status measure_unseen(const task *t, int groups, mirti_error *err) {
    mirti_validation *v = t->v;
    const mirti_cross_validation *unseen = v->by_psu;
    if (unseen->auc.positive > 0 && unseen->auc.negative > 0) {
        MIRTI_TRY(mirti_roc_new(t->design, unseen->p, t->y, unseen->in, &v->by_psu_roc, err));
        MIRTI_TRY(thresholds(t, unseen->p, unseen->in, v->by_psu_roc, &v->by_psu_thresholds, err));
    }
    return mirti_goodness_test(t->design, unseen->p, t->y, unseen->in, groups, v->confidence,
                               &v->by_psu_goodness, err);
}

static mirti_status leave_psus_out(const task *t, int groups, mirti_error *err) {
    const mirti_validate_options *o = t->options;
    const mirti_survey_design *d = t->design;
    int32_t folds = o->folds > 0 ? o->folds : DEFAULT_FOLDS;
    int32_t *psu_fold = mirti_new((size_t)d->psus + (size_t)d->rows, sizeof *psu_fold);
    if (!psu_fold) return mirti_fail_memory(err, "the folds of cross-validation");
    int32_t *fold_of = psu_fold + d->psus;
    mirti_status status = mirti_survey_folds(d, t->in, folds, o->seed, psu_fold, err);
    for (int64_t i = 0; i < d->rows && status == MIRTI_OK; i++)
        fold_of[i] = psu_fold[d->psu[i]];
    if (status == MIRTI_OK)
        status = mirti_cross_validate(d, t->model, t->x, t->y, t->in, fold_of, folds, o,
                                      &t->v->by_psu, err);
    mirti_free(psu_fold);
    MIRTI_TRY(status);
    return measure_unseen(t, groups, err);
}

/* The larger areas, with what the model says that has not seen them. */
static mirti_status check_areas(const task *t, mirti_error *err) {
    mirti_validation *v = t->v;
    MIRTI_TRY(mirti_area_checks_new(t->design, v->p, t->y, t->in, t->area, v->confidence, &v->areas,
                                    err));
    mirti_area_checks *a = v->areas;
    if (a->areas < 2) return MIRTI_OK;
    MIRTI_TRY(mirti_cross_validate(t->design, t->model, t->x, t->y, t->in, a->area_of, a->areas,
                                   t->options, &v->by_area, err));
    for (int32_t k = 0; k < a->areas; k++) {
        a->area[k].left_out = v->by_area->fold[k].predicted;
        a->left_out_within += a->area[k].left_out >= a->area[k].direct.lo &&
                              a->area[k].left_out <= a->area[k].direct.hi;
    }
    return MIRTI_OK;
}

static mirti_status validate(const task *t, mirti_error *err) {
    int groups = t->options->groups > 0 ? t->options->groups : DEFAULT_GROUPS;
    MIRTI_TRY(predict(t, err));
    MIRTI_TRY(measure(t, groups, err));
    MIRTI_TRY(leave_psus_out(t, groups, err));
    return t->area ? check_areas(t, err) : MIRTI_OK;
}

mirti_status mirti_validate(const mirti_survey_design *design, const mirti_model *model,
                            const double *x, const double *y, const uint8_t *in, char *const *area,
                            const mirti_validate_options *options, mirti_validation **out,
                            mirti_error *err) {
    *out = NULL;
    mirti_validation *v = mirti_new(1, sizeof *v);
    if (!v) return mirti_fail_memory(err, "the validation");
    v->confidence = options->confidence;
    v->seed = options->seed;
    const task t = {design, model, x, y, in, area, options, v};
    mirti_status status = validate(&t, err);
    if (status != MIRTI_OK) {
        mirti_validation_free(v);
        return status;
    }
    *out = v;
    return MIRTI_OK;
}

void mirti_validation_free(mirti_validation *validation) {
    if (!validation) return;
    mirti_free(validation->p);
    mirti_roc_free(validation->roc);
    mirti_free(validation->traits);
    mirti_free(validation->thresholds.at);
    mirti_free(validation->by_psu_thresholds.at);
    mirti_goodness_reset(&validation->goodness);
    mirti_free(validation->inflation);
    mirti_cross_validation_free(validation->by_psu);
    mirti_goodness_reset(&validation->by_psu_goodness);
    mirti_roc_free(validation->by_psu_roc);
    mirti_cross_validation_free(validation->by_area);
    mirti_area_checks_free(validation->areas);
    mirti_free(validation);
}
