/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cross-validation: the model is fitted without a part of the children and asked about them, part
 * by part, so that no child is judged by a model that has seen it. What is left out together are
 * whole PSUs, since neighbours resemble each other (Wieczorek, Guerin and McMahon 2022), or whole
 * larger areas, which is the harder question: how does the model do in a state without a survey?
 *
 * The fits run side by side; each touches only its own fold, so the numbers are the same for any
 * number of threads. Oracle: the same folds with R svyglm (tests/oracle/validate.R).
 */
#include "judged.h"

#include <stdatomic.h>
#include <string.h>

typedef struct work {
    mirti_validate_task task; /* the model, to be fitted without a fold */
    const mirti_survey_design *design;
    const double *y;
    const uint8_t *in;
    const int32_t *fold_of;
    const mirti_validate_options *options;
    mirti_cross_validation *cross;
    atomic_int done;
} work;

double mirti_model_probability(const mirti_logit *fit, const double *beta, const double *row) {
    double eta = 0;
    for (int j = 0; j < fit->columns; j++)
        eta += beta[j] * row[j];
    return mirti_link_inverse(fit->link, eta);
}

/* What the model without the fold says of its children. */
static void predict(const work *w, int32_t k, mirti_validate_judged *judged) {
    const int columns = judged->fit->columns;
    for (int64_t i = 0; i < w->design->rows; i++) {
        if (!mirti_validate_counts(w->in, i) || w->fold_of[i] != k) continue;
        bool known;
        w->cross->p[i] =
            mirti_validate_judged_probability(judged, i, w->task.x + i * columns, &known);
        w->cross->in[i] = 1;
        w->cross->known[i] = known;
    }
}

/* The children of fold k, and how well they were told: no errors here, for a fold may be all of a
 * state's only PSU. `mask` [rows] is scratch. */
static mirti_status judge(const work *w, int32_t k, uint8_t *mask, mirti_error *err) {
    mirti_fold *fold = &w->cross->fold[k];
    mirti_survey_reach reach;
    for (int64_t i = 0; i < w->design->rows; i++)
        mask[i] = mirti_validate_counts(w->in, i) && w->fold_of[i] == k;
    MIRTI_TRY(mirti_survey_design_reach(w->design, mask, &reach, err));
    fold->rows = reach.rows;
    fold->psus = reach.psus;
    fold->weight = reach.weight;
    fold->auc = fold->brier = fold->slope = fold->predicted = fold->observed = (double)NAN;
    if (fold->rows == 0) return MIRTI_OK;
    mirti_sum observed = {0, 0}, predicted = {0, 0}, square = {0, 0};
    for (int64_t i = 0; i < w->design->rows; i++) {
        if (!mask[i]) continue;
        double weight = w->design->weight[i], p = w->cross->p[i], y = w->y[i];
        mirti_sum_add(&observed, weight * y);
        mirti_sum_add(&predicted, weight * p);
        mirti_sum_add(&square, weight * (y - p) * (y - p));
    }
    fold->observed = mirti_sum_value(&observed) / reach.weight;
    if (fold->failure) return MIRTI_OK;
    fold->predicted = mirti_sum_value(&predicted) / reach.weight;
    fold->brier = mirti_sum_value(&square) / reach.weight;
    MIRTI_TRY(mirti_validate_auc(w->design, w->cross->p, w->y, mask, &fold->auc, err));
    return mirti_validate_slope(w->design, w->cross->p, w->y, mask, &fold->slope, err);
}

/* Fits without fold k and predicts it; a fit that fails leaves its reason with the fold. */
static mirti_status leave_out(const work *w, int32_t k, uint8_t *mask, mirti_error *err) {
    for (int64_t i = 0; i < w->design->rows; i++)
        mask[i] = mirti_validate_counts(w->in, i) && w->fold_of[i] != k;
    mirti_validate_judged judged = {0};
    mirti_error why = {0};
    mirti_status status = mirti_validate_judged_fit(&w->task, mask, &judged, &why);
    if (status == MIRTI_OK) {
        predict(w, k, &judged);
    } else if (status == MIRTI_ERROR_MODEL) {
        w->cross->fold[k].failure = mirti_strdup(why.message);
        status = w->cross->fold[k].failure ? MIRTI_OK : mirti_fail_memory(err, "a fold");
    } else if (err) {
        *err = why;
    }
    mirti_validate_judged_reset(&judged);
    return status;
}

static mirti_status run_folds(int64_t first, int64_t last, void *context, mirti_error *err) {
    work *w = context;
    uint8_t *mask = mirti_new((size_t)w->design->rows, 1);
    if (!mask) return mirti_fail_memory(err, "a fold of the cross-validation");
    mirti_status status = MIRTI_OK;
    for (int64_t k = first; k < last && status == MIRTI_OK; k++) {
        status = leave_out(w, (int32_t)k, mask, err);
        if (status == MIRTI_OK) status = judge(w, (int32_t)k, mask, err);
        if (status == MIRTI_OK)
            status = mirti_progress(w->options->listener, "cross-validate",
                                    atomic_fetch_add(&w->done, 1) + 1, w->cross->folds, err);
    }
    mirti_free(mask);
    return status;
}

static double share_known(const work *w) {
    mirti_sum known = {0, 0}, all = {0, 0};
    for (int64_t i = 0; i < w->design->rows; i++) {
        if (!w->cross->in[i]) continue;
        mirti_sum_add(&all, w->design->weight[i]);
        if (w->cross->known[i]) mirti_sum_add(&known, w->design->weight[i]);
    }
    return mirti_sum_value(&known) / mirti_sum_value(&all);
}

/* All folds together. */
static mirti_status conclude(const work *w, mirti_error *err) {
    mirti_cross_validation *cross = w->cross;
    const double confidence = w->options->confidence;
    const mirti_fold *first = NULL;
    bool any = false;
    for (int32_t k = 0; k < cross->folds; k++) {
        const mirti_fold *fold = &cross->fold[k];
        cross->failed += fold->failure != NULL;
        any = any || (!fold->failure && fold->rows > 0);
        if (fold->failure && !first) first = fold;
    }
    if (!any) {
        mirti_status status = mirti_fail(err, MIRTI_ERROR_MODEL,
                                         "the model cannot be fitted without any of the %d "
                                         "parts of the survey; of the first: %s",
                                         (int)cross->folds, first ? first->failure : "no children");
        mirti_fail_remedy(err, "Use fewer terms, or merge levels with few rows.");
        return status;
    }
    cross->known_share = share_known(w);
    MIRTI_TRY(
        mirti_auc_estimate(w->design, cross->p, w->y, cross->in, confidence, &cross->auc, err));
    MIRTI_TRY(
        mirti_brier_estimate(w->design, cross->p, w->y, cross->in, confidence, &cross->brier, err));
    return mirti_calibration_estimate(w->design, cross->p, w->y, cross->in, confidence,
                                      &cross->calibration, err);
}

mirti_status mirti_cross_validate(const mirti_survey_design *design, const mirti_model *model,
                                  const double *x, const double *y, const uint8_t *in,
                                  const int32_t *fold_of, int32_t folds,
                                  const mirti_validate_options *options,
                                  mirti_cross_validation **out, mirti_error *err) {
    *out = NULL;
    mirti_cross_validation *cross = mirti_new(1, sizeof *cross);
    if (!cross) return mirti_fail_memory(err, "the cross-validation");
    cross->folds = folds;
    cross->fold = mirti_new((size_t)folds, sizeof *cross->fold);
    cross->p = mirti_new((size_t)design->rows, sizeof *cross->p);
    cross->in = mirti_new((size_t)design->rows, 1);
    cross->known = mirti_new((size_t)design->rows, 1);
    mirti_status status = cross->fold && cross->p && cross->in && cross->known
                              ? MIRTI_OK
                              : mirti_fail_memory(err, "the cross-validation");
    for (int64_t i = 0; i < design->rows && status == MIRTI_OK; i++)
        cross->p[i] = (double)NAN;
    mirti_validate_places places = {0};
    if (status == MIRTI_OK)
        status = mirti_validate_places_make(options->effects, design->rows, &places, err);
    work w = {{design, model, x, y, options->effects, &places},
              design,
              y,
              in,
              fold_of,
              options,
              cross,
              0};
    if (status == MIRTI_OK)
        status = mirti_parallel_range(folds, 1, options->threads, run_folds, &w, err);
    if (status == MIRTI_OK) status = conclude(&w, err);
    mirti_validate_places_reset(&places);
    if (status != MIRTI_OK) {
        mirti_cross_validation_free(cross);
        return status;
    }
    *out = cross;
    return MIRTI_OK;
}

void mirti_cross_validation_free(mirti_cross_validation *cross) {
    if (!cross) return;
    for (int32_t k = 0; cross->fold && k < cross->folds; k++)
        mirti_free(cross->fold[k].failure);
    mirti_free(cross->fold);
    mirti_free(cross->p);
    mirti_free(cross->in);
    mirti_free(cross->known);
    mirti_free(cross);
}
