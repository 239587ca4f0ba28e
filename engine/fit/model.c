/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fitted model as a whole: terms, coefficients with their covariance, and what prediction needs
 * to know of the survey beside them.
 */
#include "mirti/fit.h"

#include <math.h>

/* What every model has before it is fitted. */
static mirti_status begin(const mirti_model_spec *spec, const mirti_source_block *survey,
                          mirti_model *model, mirti_error *err) {
    model->name = mirti_strdup(spec->name);
    model->outcome = mirti_strdup(spec->outcome);
    model->survey_source = mirti_strdup(survey->name);
    if (!model->name || !model->outcome || !model->survey_source)
        return mirti_fail_memory(err, "the model");
    MIRTI_TRY(mirti_terms_new(spec, &model->terms, err));
    size_t p = (size_t)model->terms->columns;
    model->column_mean = mirti_new(p, sizeof *model->column_mean);
    model->column_correlation = mirti_new(p * p, sizeof *model->column_correlation);
    return model->column_mean && model->column_correlation ? MIRTI_OK
                                                           : mirti_fail_memory(err, "the model");
}

static mirti_status fill(const mirti_model_spec *spec, const mirti_source_block *survey,
                         const mirti_survey_design *design, const double *x, const double *y,
                         const uint8_t *in, const mirti_model_options *how, mirti_model *model,
                         mirti_error *err) {
    model->lonely = design->lonely;
    MIRTI_TRY(begin(spec, survey, model, err));
    size_t p = (size_t)model->terms->columns;
    const mirti_logit_options options = {.link = spec->fit.link,
                                         .penalty = spec->fit.penalty,
                                         .ridge = spec->fit.ridge,
                                         .replicates = how->replicates,
                                         .threads = how->threads,
                                         .listener = how->listener};
    MIRTI_TRY(mirti_logit_fit_with(design, x, (int)p, y, in, model->terms->name, &options,
                                   &model->logit, err));
    MIRTI_TRY(mirti_survey_mean_with(design, how->replicates, y, in, 0.95, &model->mean, err));
    return mirti_columns_moments(design, x, (int)p, in, model->column_mean,
                                 model->column_correlation, err);
}

static mirti_status blank(const mirti_model_spec *spec, const mirti_source_block *survey,
                          mirti_model *model, mirti_error *err) {
    MIRTI_TRY(begin(spec, survey, model, err));
    size_t p = (size_t)model->terms->columns;
    mirti_logit *logit = model->logit = mirti_new(1, sizeof *model->logit);
    if (!logit) return mirti_fail_memory(err, "the model");
    logit->columns = (int)p;
    logit->beta = mirti_new(p, sizeof *logit->beta);
    logit->covariance = mirti_new(p * p, sizeof *logit->covariance);
    model->mean.value = model->mean.se = (double)NAN;
    return logit->beta && logit->covariance ? MIRTI_OK : mirti_fail_memory(err, "the model");
}

mirti_status mirti_model_blank(const mirti_model_spec *spec, const mirti_source_block *survey,
                               mirti_model **out, mirti_error *err) {
    *out = NULL;
    mirti_model *model = mirti_new(1, sizeof *model);
    if (!model) return mirti_fail_memory(err, "the model");
    mirti_status status = blank(spec, survey, model, err);
    if (status != MIRTI_OK) {
        mirti_model_free(model);
        return status;
    }
    *out = model;
    return MIRTI_OK;
}

mirti_status mirti_model_fit(const mirti_model_spec *spec, const mirti_source_block *survey,
                             const mirti_survey_design *design, const double *x, const double *y,
                             const uint8_t *in, const mirti_model_options *options,
                             mirti_model **out, mirti_error *err) {
    *out = NULL;
    const mirti_model_options how = options ? *options : (mirti_model_options){0};
    mirti_model *model = mirti_new(1, sizeof *model);
    if (!model) return mirti_fail_memory(err, "the model");
    mirti_status status = fill(spec, survey, design, x, y, in, &how, model, err);
    if (status != MIRTI_OK) {
        mirti_model_free(model);
        return status;
    }
    *out = model;
    return MIRTI_OK;
}

void mirti_model_free(mirti_model *model) {
    if (!model) return;
    mirti_free(model->name);
    mirti_free(model->outcome);
    mirti_free(model->survey_source);
    mirti_terms_free(model->terms);
    mirti_logit_free(model->logit);
    mirti_free(model->column_mean);
    mirti_free(model->column_correlation);
    mirti_free(model);
}
