/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An area-level model as a project uses it: which direct estimates can be used, what sampling
 * variance each is given, and the fit of Fay and Herriot (fay_herriot.c) on them.
 *
 * The variance that the sample gives of a small area is itself an estimate, a poor one, and tied to
 * the estimate: a rate that happens to be low seems precise. So variances can be smoothed over
 * areas (a generalised variance function of the simplest kind): with n_a rows and the design effect
 * that areas have on average,
 *
 *     d̄ = Σ n_a d_a / Σ n_a,  d_a = V_a n_a / (p_a (1 − p_a)),
 *
 * an estimate is a share of n_a/d̄ children, its effective sample size m_a. Its sampling variance is
 * 1/(4 m_a) on the arcsine scale, where it does not depend on the rate, and 1/(m_a p̄ (1 − p̄)) on
 * the logit scale, with p̄ the rate of all areas.
 *
 * A transform bends: the mean of asin √p̂ over samples is less than asin √p where p < ½, by
 * (1 − 2p)/(8 m √(p(1 − p))) and more where mp is small; that of logit p̂ by
 * (1 − 2p)/(2 m p(1 − p)). Small areas of low risk would come out too low, and teach the regression
 * so. Estimates are therefore drawn towards ½, by c children with the outcome and c without,
 *
 *     p̃ = (m p̂ + c) / (m + 2c),
 *
 * which moves the transform's mean by as much the other way, up to terms of m⁻², with c = ¼ for the
 * arcsine (Brown, Cai and Zhou 2010, Annals of Statistics 38: mean-matching) and ½ for the logit
 * (Haldane 1956, Annals of Human Genetics 20). 0 and 1 are then estimates like others. Variances of
 * the estimates' own are taken with estimates as they are.
 */
#include "mirti/fit.h"

#include <math.h>
#include <string.h>

#include "linear.h"

static mirti_status no_memory(mirti_error *err) {
    return mirti_fail_memory(err, "the area-level model");
}

void mirti_area_model_free(mirti_area_model *model) {
    if (!model) return;
    mirti_free(model->name);
    mirti_free(model->outcome);
    mirti_free(model->survey_source);
    mirti_terms_free(model->terms);
    mirti_fay_herriot_free(model->fit);
    mirti_free(model->code);
    mirti_free(model->estimate);
    mirti_free(model->se);
    mirti_free(model->rows);
    mirti_free(model->sampling);
    mirti_free(model->column_mean);
    mirti_arena_reset(&model->texts);
    mirti_free(model);
}

static mirti_status copy_numbers(const double *from, size_t count, double **out, mirti_error *err) {
    *out = mirti_new(count, sizeof **out);
    if (!*out) return no_memory(err);
    memcpy(*out, from, count * sizeof **out);
    return MIRTI_OK;
}

static mirti_status copy_data(const mirti_area_data *data, mirti_area_model *model,
                              mirti_error *err) {
    size_t n = (size_t)data->areas;
    model->areas = data->areas;
    model->code = mirti_new(n, sizeof *model->code);
    if (!model->code) return no_memory(err);
    for (size_t a = 0; a < n; a++) {
        model->code[a] = mirti_arena_copy(&model->texts, data->code[a], strlen(data->code[a]));
        if (!model->code[a]) return no_memory(err);
    }
    MIRTI_TRY(copy_numbers(data->estimate, n, &model->estimate, err));
    MIRTI_TRY(copy_numbers(data->variance, n, &model->se, err));
    MIRTI_TRY(copy_numbers(data->rows, n, &model->rows, err));
    for (size_t a = 0; a < n; a++)
        model->se[a] = sqrt(model->se[a]);
    size_t p = (size_t)model->terms->columns;
    model->column_mean = mirti_new(p, sizeof *model->column_mean);
    model->sampling = mirti_new(n, sizeof *model->sampling);
    return model->column_mean && model->sampling ? MIRTI_OK : no_memory(err);
}

static bool inside(double p) {
    return p > 0 && p < 1;
}

/* Whether the survey says enough of an area for its estimate to be used. */
static bool enough(const mirti_area_model *model, int64_t a) {
    return !isnan(model->estimate[a]) && !(model->rows[a] < model->options.least_rows);
}

/* The average design effect and the rate of all areas, both weighted by rows. */
static mirti_status pool(mirti_area_model *model, mirti_error *err) {
    mirti_sum effect = {0}, rate = {0}, with_variance = {0}, rows = {0};
    for (int64_t a = 0; a < model->areas; a++) {
        if (!enough(model, a)) continue;
        double n = model->rows[a], p = model->estimate[a];
        if (!(n > 0)) {
            mirti_status status = mirti_fail(err, MIRTI_ERROR_INPUT,
                                             "variances cannot be smoothed: it is not known how "
                                             "many rows the estimate of area '%s' rests on",
                                             model->code[a]);
            mirti_fail_remedy(err, "Give `rows` in the source of the estimates, or `variance: "
                                   "direct`.");
            return status;
        }
        mirti_sum_add(&rows, n);
        mirti_sum_add(&rate, n * p);
        double variance = model->se[a] * model->se[a];
        if (!(variance > 0) || !isfinite(variance) || !inside(p)) continue;
        mirti_sum_add(&with_variance, n);
        mirti_sum_add(&effect, n * variance * n / (p * (1 - p)));
    }
    model->deff = mirti_sum_value(&effect) / mirti_sum_value(&with_variance);
    model->rate = mirti_sum_value(&rate) / mirti_sum_value(&rows);
    if (model->deff > 0 && inside(model->rate)) return MIRTI_OK;
    return mirti_fail(err, MIRTI_ERROR_MODEL,
                      "variances cannot be smoothed: no area has an estimate between 0 and 1 with "
                      "a variance");
}

static double smoothed(const mirti_area_model *model, double rows) {
    if (model->options.scale == MIRTI_SCALE_ARCSINE) return model->deff / (4 * rows);
    return model->deff / (rows * model->rate * (1 - model->rate));
}

/* What the transform is taken of, so that its mean over samples is the transform of the rate. */
static double matched(const mirti_area_model *model, int64_t a) {
    double size = model->rows[a] / model->deff; /* the effective one */
    double added = model->options.scale == MIRTI_SCALE_ARCSINE ? 0.25 : 0.5;
    return (size * model->estimate[a] + added) / (size + 2 * added);
}

static double delta(const mirti_area_model *model, double p, double se) {
    double slope =
        model->options.scale == MIRTI_SCALE_ARCSINE ? 0.5 / sqrt(p * (1 - p)) : 1 / (p * (1 - p));
    return se * se * slope * slope;
}

/* Sampling variances on the model's scale; NaN where the estimate cannot be used. With smoothed
 * variances, 0 and 1 are estimates like others. */
static mirti_status find_sampling(mirti_area_model *model, mirti_error *err) {
    const mirti_area_options *options = &model->options;
    if (options->smoothed) MIRTI_TRY(pool(model, err));
    for (int64_t a = 0; a < model->areas; a++) {
        double p = model->estimate[a];
        model->sampling[a] = NAN;
        if (isnan(p)) continue;
        if (!enough(model, a)) {
            model->few++;
            continue;
        }
        if (options->smoothed)
            model->sampling[a] = smoothed(model, model->rows[a]);
        else if (inside(p) && model->se[a] > 0)
            model->sampling[a] = delta(model, p, model->se[a]);
        model->unusable += isnan(model->sampling[a]);
    }
    return MIRTI_OK;
}

static void average_columns(const mirti_area_data *data, mirti_area_model *model) {
    int p = model->terms->columns;
    for (int j = 0; j < p; j++) {
        mirti_sum sum = {0};
        for (int64_t a = 0; a < data->areas; a++)
            mirti_sum_add(&sum, data->z[a * p + j]);
        model->column_mean[j] = mirti_sum_value(&sum) / (double)data->areas;
    }
}

static mirti_status fit_sampling(const mirti_area_data *data, mirti_area_model *model,
                                 mirti_error *err) {
    double *estimate = mirti_new((size_t)model->areas, sizeof *estimate);
    if (!estimate) return no_memory(err);
    for (int64_t a = 0; a < model->areas; a++)
        estimate[a] = model->options.smoothed ? matched(model, a) : model->estimate[a];
    mirti_status status = mirti_fay_herriot_fit_sampling(
        model->areas, estimate, model->sampling, data->z, model->terms->columns, model->terms->name,
        model->options.scale, model->options.confidence, &model->fit, err);
    mirti_free(estimate);
    return status;
}

static mirti_status fill(const mirti_model_spec *spec, const mirti_source_block *survey,
                         const mirti_area_data *data, mirti_area_model *model, mirti_error *err) {
    model->name = mirti_strdup(spec->name);
    model->outcome = mirti_strdup(spec->outcome);
    model->survey_source = mirti_strdup(survey->name);
    if (!model->name || !model->outcome || !model->survey_source) return no_memory(err);
    MIRTI_TRY(mirti_terms_new(spec, &model->terms, err));
    MIRTI_TRY(copy_data(data, model, err));
    average_columns(data, model);
    MIRTI_TRY(find_sampling(model, err));
    return fit_sampling(data, model, err);
}

mirti_status mirti_area_model_fit(const mirti_model_spec *spec, const mirti_source_block *survey,
                                  const mirti_area_data *data, const mirti_area_options *options,
                                  mirti_area_model **out, mirti_error *err) {
    *out = NULL;
    mirti_area_model *model = mirti_new(1, sizeof *model);
    if (!model) return no_memory(err);
    model->options = *options;
    model->deff = model->rate = NAN;
    mirti_status status = fill(spec, survey, data, model, err);
    if (status != MIRTI_OK) {
        mirti_area_model_free(model);
        return status;
    }
    *out = model;
    return MIRTI_OK;
}
