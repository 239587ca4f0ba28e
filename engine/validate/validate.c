/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All measures of one fitted model, in order. What each of them is stands in its own file. */
#include "internal.h"

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
    const mirti_logit *fit = t->model->logit;
    t->v->p = mirti_new((size_t)t->design->rows, sizeof *t->v->p);
    if (!t->v->p) return mirti_fail_memory(err, "the predicted probabilities");
    for (int64_t i = 0; i < t->design->rows; i++)
        t->v->p[i] = mirti_validate_counts(t->in, i)
                         ? mirti_model_probability(fit, fit->beta, t->x + i * fit->columns)
                         : (double)NAN;
    return MIRTI_OK;
}

static int ascending(const void *a, const void *b) {
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* Round figures that anybody may choose, the overall rate, and Youden's point. */
static mirti_status thresholds(const task *t, mirti_error *err) {
    mirti_validation *v = t->v;
    double at[] = {0.05, 0.1, 0.15, 0.2,           0.25,
                   0.3,  0.4, 0.5,  v->rate.value, v->roc->threshold[v->roc->youden]};
    const int count = sizeof at / sizeof at[0];
    qsort(at, (size_t)count, sizeof at[0], ascending);
    v->threshold = mirti_new((size_t)count, sizeof *v->threshold);
    if (!v->threshold) return mirti_fail_memory(err, "the thresholds");
    v->thresholds = 0;
    for (int k = 0; k < count; k++)
        if (k == 0 || at[k] != at[v->thresholds - 1]) at[v->thresholds++] = at[k];
    return mirti_thresholds_estimate(t->design, v->p, t->y, t->in, v->confidence, at, v->thresholds,
                                     v->threshold, err);
}

static mirti_status measure(const task *t, int groups, mirti_error *err) {
    mirti_validation *v = t->v;
    const mirti_survey_design *d = t->design;
    MIRTI_TRY(mirti_survey_design_reach(d, t->in, &v->reach, err));
    MIRTI_TRY(mirti_survey_mean(d, t->y, t->in, v->confidence, &v->rate, err));
    MIRTI_TRY(mirti_auc_estimate(d, v->p, t->y, t->in, v->confidence, &v->auc, err));
    MIRTI_TRY(mirti_roc_new(d, v->p, t->y, t->in, &v->roc, err));
    MIRTI_TRY(thresholds(t, err));
    MIRTI_TRY(mirti_brier_estimate(d, v->p, t->y, t->in, v->confidence, &v->brier, err));
    MIRTI_TRY(
        mirti_calibration_estimate(d, v->p, t->y, t->in, v->confidence, &v->calibration, err));
    MIRTI_TRY(mirti_goodness_test(d, v->p, t->y, t->in, groups, v->confidence, &v->goodness, err));
    v->terms = t->model->terms->terms;
    v->inflation = mirti_new((size_t)v->terms, sizeof *v->inflation);
    if (!v->inflation) return mirti_fail_memory(err, "the collinearity");
    return mirti_inflation_factors(d, t->model->terms, t->x, t->in, v->inflation, err);
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
    const mirti_auc *auc = &t->v->by_psu->auc;
    if (auc->positive > 0 && auc->negative > 0)
        MIRTI_TRY(
            mirti_roc_new(d, t->v->by_psu->p, t->y, t->v->by_psu->in, &t->v->by_psu_roc, err));
    return mirti_goodness_test(d, t->v->by_psu->p, t->y, t->v->by_psu->in, groups, t->v->confidence,
                               &t->v->by_psu_goodness, err);
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
    mirti_free(validation->threshold);
    mirti_goodness_reset(&validation->goodness);
    mirti_free(validation->inflation);
    mirti_cross_validation_free(validation->by_psu);
    mirti_goodness_reset(&validation->by_psu_goodness);
    mirti_roc_free(validation->by_psu_roc);
    mirti_cross_validation_free(validation->by_area);
    mirti_area_checks_free(validation->areas);
    mirti_free(validation);
}
