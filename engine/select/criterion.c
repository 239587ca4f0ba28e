/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How good a model of some of the terms is: by the Wald test of one of them, by the AIC that knows
 * of the design, or by the deviance of PSUs that it has not seen.
 *
 * The ordinary AIC counts coefficients, for in a simple random sample each of them lowers the
 * deviance by one on average although it tells nothing. Under a complex design a useless
 * coefficient lowers it by the factor by which the design inflates its variance; Lumley and Scott
 * (2015, J. Surv. Stat. Methodol. 3) therefore count tr(A V).
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

bool mirti_search_is_part(const mirti_search *search, int a, int b) {
    const mirti_term *part = &search->terms->term[a], *whole = &search->terms->term[b];
    if (part->order >= whole->order) return false;
    for (int f = 0; f < part->order; f++) {
        bool found = false;
        for (int k = 0; k < whole->order; k++)
            found = found || whole->predictor[k] == part->predictor[f];
        if (!found) return false;
    }
    return true;
}

void mirti_search_close(const mirti_search *search, bool *in, bool *brought) {
    int terms = search->terms->terms;
    for (int b = 0; b < terms; b++) {
        if (!in[b]) continue;
        for (int a = 0; a < terms; a++) {
            if (in[a] || search->choice->set_aside[a] || !mirti_search_is_part(search, a, b))
                continue;
            in[a] = true;
            if (brought) brought[a] = true;
        }
    }
}

int mirti_search_columns(const mirti_search *search, const bool *in, int *column) {
    int count = 0;
    for (int j = 0; j < search->data->columns; j++) {
        int term = search->terms->term_of[j];
        if (term < 0 || in[term]) column[count++] = j;
    }
    return count;
}

mirti_status mirti_search_problem(mirti_status status, const mirti_error *trouble, char **problem,
                                  mirti_error *err) {
    if (status == MIRTI_OK) return MIRTI_OK;
    if (status != MIRTI_ERROR_MODEL) {
        if (err) *err = *trouble;
        return status;
    }
    *problem = mirti_strdup(trouble->message);
    return *problem ? MIRTI_OK : mirti_fail_memory(err, "a message");
}

/* --------------------------------------------------------------------------- whole-sample fits -- */

mirti_status mirti_submodel_fit(const mirti_search *search, const bool *in, int threads,
                                mirti_submodel *out, mirti_error *err) {
    const mirti_select_data *data = search->data;
    size_t p = (size_t)data->columns, rows = (size_t)data->design->rows;
    *out = (mirti_submodel){.column = mirti_new(p, sizeof(int))};
    if (!out->column) return mirti_fail_memory(err, "the columns of a model");
    out->columns = mirti_search_columns(search, in, out->column);
    size_t q = (size_t)out->columns;
    out->name = mirti_new(q, sizeof *out->name);
    out->x = mirti_new(rows * q, sizeof *out->x);
    if (!out->name || !out->x) return mirti_fail_memory(err, "the columns of a model");
    for (size_t k = 0; k < q; k++)
        out->name[k] = data->name[out->column[k]];
    for (int64_t i = 0; i < search->patterns.rows; i++) {
        size_t row = (size_t)search->patterns.row[i];
        for (size_t k = 0; k < q; k++)
            out->x[row * q + k] = data->x[row * p + (size_t)out->column[k]];
    }
    const mirti_logit_options options = {.threads = threads};
    return mirti_logit_fit_with(data->design, out->x, out->columns, data->y, data->in, out->name,
                                &options, &out->fit, err);
}

void mirti_submodel_reset(mirti_submodel *model) {
    mirti_free(model->column);
    mirti_free(model->name);
    mirti_free(model->x);
    mirti_logit_free(model->fit);
    *model = (mirti_submodel){0};
}

mirti_status mirti_search_wald(const mirti_search *search, const mirti_submodel *model, int term,
                               mirti_wald *out, mirti_error *err) {
    bool *chosen = mirti_new((size_t)model->columns, sizeof *chosen);
    if (!chosen) return mirti_fail_memory(err, "a Wald test");
    for (int k = 0; k < model->columns; k++)
        chosen[k] = search->terms->term_of[model->column[k]] == term;
    mirti_status status = mirti_logit_wald(model->fit, chosen, out, err);
    mirti_free(chosen);
    return status;
}

/* ---------------------------------------------------------------------------------------- dAIC -- */

/* Information [p × p] of weights scaled to mean 1, upper triangle, around the means under the
 * working weights: what the intercept knows is taken out of the others. In row order. */
static void centred_information(const mirti_logit *fit, const mirti_survey_design *design,
                                const double *x, const uint8_t *in, double *sum, double *out) {
    size_t p = (size_t)fit->columns;
    double total = 0, mean_weight = fit->sum_weights / (double)fit->rows;
    for (int64_t i = 0; i < design->rows; i++) {
        if (in && !in[i]) continue;
        const double *row = x + (size_t)i * p;
        double eta = 0;
        for (size_t j = 0; j < p; j++)
            eta += fit->beta[j] * row[j];
        double probability = mirti_logistic(eta);
        double h = design->weight[i] / mean_weight * probability * (1 - probability);
        total += h;
        for (size_t j = 0; j < p; j++) {
            sum[j] += h * row[j];
            for (size_t k = j; k < p; k++)
                out[j * p + k] += h * row[j] * row[k];
        }
    }
    for (size_t j = 0; j < p; j++)
        for (size_t k = j; k < p; k++)
            out[j * p + k] -= sum[j] * sum[k] / total;
}

mirti_status mirti_logit_daic(const mirti_logit *fit, const mirti_survey_design *design,
                              const double *x, const uint8_t *in, double *daic, double *effective,
                              mirti_error *err) {
    size_t p = (size_t)fit->columns;
    if (fit->link != MIRTI_LINK_LOGIT || fit->penalty != MIRTI_PENALTY_NONE)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "dAIC is of logits without a penalty");
    double *information = mirti_new(p * p + p, sizeof *information);
    if (!information) return mirti_fail_memory(err, "the information of a fit");
    centred_information(fit, design, x, in, information + p * p, information);
    double trace = 0;
    for (size_t j = 1; j < p; j++) {
        trace += information[j * p + j] * fit->covariance[j * p + j];
        for (size_t k = j + 1; k < p; k++)
            trace += 2 * information[j * p + k] * fit->covariance[j * p + k];
    }
    mirti_free(information);
    *daic = fit->deviance + 2 * trace;
    if (effective) *effective = trace;
    return MIRTI_OK;
}

/* ---------------------------------------------------------------------------- cross-validation -- */

/* How close to the minimum the fits of folds go, as a share of the spread of the outcome. */
static const double fold_tolerance = 1e-9;

typedef struct fold_scratch {
    int *group;             /* [columns] */
    uint8_t *free;          /* [terms] */
    double *weight, *ones;  /* [patterns] */
    double *beta;           /* [columns] */
    double *deviance, *sum; /* [folds] */
} fold_scratch;

static mirti_status judge_fold(const mirti_search *search, int fold, fold_scratch *s,
                               mirti_error *err) {
    mirti_penalised *fit = NULL;
    MIRTI_TRY(mirti_penalised_open(&search->patterns, MIRTI_PART_WITHOUT, fold, s->group,
                                   search->terms->terms, s->free, NULL, &fit, err));
    double spread = sqrt(fit->rate * (1 - fit->rate));
    mirti_status status = mirti_penalised_solve(fit, 0, fold_tolerance * spread, err);
    if (status == MIRTI_OK) {
        mirti_penalised_beta(fit, s->beta);
        mirti_patterns_weigh(&search->patterns, MIRTI_PART_ONLY, fold, s->weight, s->ones);
        s->deviance[fold] =
            mirti_patterns_deviance(&search->patterns, s->weight, s->ones, s->beta, &s->sum[fold]);
        s->deviance[fold] /= s->sum[fold];
    } else if (status == MIRTI_ERROR_MODEL && err) {
        char text[sizeof err->message];
        snprintf(text, sizeof text, "%s", err->message);
        mirti_fail(err, MIRTI_ERROR_MODEL, "without the PSUs of part %d %s", fold + 1, text);
    }
    mirti_penalised_close(fit);
    return status;
}

static mirti_status judge_by_folds(const mirti_search *search, const bool *in, double *value,
                                   double *se, mirti_error *err) {
    const mirti_select_data *data = search->data;
    size_t p = (size_t)data->columns, terms = (size_t)search->terms->terms;
    size_t count = (size_t)search->patterns.count, folds = (size_t)data->folds;
    fold_scratch s = {.group = mirti_new(p, sizeof(int)),
                      .free = mirti_new(terms, 1),
                      .weight = mirti_new(2 * count + p + 2 * folds, sizeof(double))};
    mirti_status status = MIRTI_OK;
    if (s.group && s.free && s.weight) {
        s.ones = s.weight + count;
        s.beta = s.ones + count;
        s.deviance = s.beta + p;
        s.sum = s.deviance + folds;
        memset(s.free, 1, terms);
        for (size_t j = 0; j < p; j++) {
            int term = search->terms->term_of[j];
            s.group[j] = term >= 0 && in[term] ? term : -1;
        }
        for (int k = 0; k < data->folds && status == MIRTI_OK; k++)
            status = judge_fold(search, k, &s, err);
        if (status == MIRTI_OK)
            mirti_select_over_folds(s.deviance, s.sum, data->folds, 1, value, se);
    } else {
        status = mirti_fail_memory(err, "a cross-validation");
    }
    mirti_free(s.group);
    mirti_free(s.free);
    mirti_free(s.weight);
    return status;
}

mirti_status mirti_search_judge(const mirti_search *search, const bool *in, double *value,
                                double *se, mirti_error *err) {
    *se = (double)NAN;
    if (search->options.criterion == MIRTI_SELECT_CV)
        return judge_by_folds(search, in, value, se, err);
    mirti_submodel model;
    mirti_status status = mirti_submodel_fit(search, in, 1, &model, err);
    if (status == MIRTI_OK)
        status = mirti_logit_daic(model.fit, search->data->design, model.x, search->data->in, value,
                                  NULL, err);
    mirti_submodel_reset(&model);
    return status;
}
