/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * model.json, written. The first part says what the model is and what it was fitted on, the table
 * of coefficients and the tests of terms are for people (they are there to be read, and are
 * computed again from the covariance when the file is read back), the matrices are for prediction.
 * Members come in a fixed order and numbers in the shortest form that reads back as the same
 * double. docs/model-json.md describes every member.
 */
#include "mirti/fit.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "model_json.h"

const char *const mirti_fit_kind_name[3] = {"category", "binary", "number"};
const char *const mirti_fit_lonely_name[5] = {"fail", "remove", "adjust", "average", "certainty"};

static void write_texts(mirti_json *json, const mirti_localized *text) {
    for (int i = 0; i < text->count; i++)
        mirti_json_string(json, text->language[i], text->text[i]);
}

static void write_localized(mirti_json *json, const char *key, const mirti_localized *text) {
    if (text->count == 0) return;
    mirti_json_object(json, key);
    write_texts(json, text);
    mirti_json_end(json);
}

/* One object a level, empty where a level has no label. */
static void write_level_labels(mirti_json *json, const mirti_predictor *predictor) {
    if (!predictor->level_label) return;
    mirti_json_array(json, "level_labels");
    for (int l = 0; l < predictor->levels; l++) {
        mirti_json_object(json, NULL);
        write_texts(json, &predictor->level_label[l]);
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

static void write_predictor(mirti_json *json, const mirti_predictor *predictor) {
    mirti_json_object(json, NULL);
    mirti_json_string(json, "name", predictor->name);
    mirti_json_string(json, "kind", mirti_fit_kind_name[predictor->kind]);
    if (predictor->kind == MIRTI_PREDICTOR_CATEGORY) {
        mirti_json_array(json, "levels");
        for (int l = 0; l < predictor->levels; l++)
            mirti_json_string(json, NULL, predictor->level[l]);
        mirti_json_end(json);
        write_level_labels(json, predictor);
        mirti_json_string(json, "reference", predictor->level[predictor->reference]);
    }
    mirti_json_boolean(json, "actionable", predictor->actionable);
    write_localized(json, "label", &predictor->label);
    write_localized(json, "factor", &predictor->factor);
    write_localized(json, "lack", &predictor->lack);
    mirti_json_end(json);
}

void mirti_fit_write_terms(mirti_json *json, const mirti_terms *terms) {
    mirti_json_array(json, "predictors");
    for (int k = 0; k < terms->predictors; k++)
        write_predictor(json, &terms->predictor[k]);
    mirti_json_end(json);
    mirti_json_array(json, "terms");
    for (int t = 0; t < terms->terms; t++) {
        mirti_json_array(json, NULL);
        for (int f = 0; f < terms->term[t].order; f++)
            mirti_json_string(json, NULL, terms->predictor[terms->term[t].predictor[f]].name);
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

static void write_estimate(mirti_json *json, const char *key,
                           const mirti_survey_estimate *estimate) {
    mirti_json_object(json, key);
    mirti_json_number(json, "value", estimate->value);
    mirti_json_number(json, "se", estimate->se);
    mirti_json_number(json, "lo", estimate->lo);
    mirti_json_number(json, "hi", estimate->hi);
    mirti_json_number(json, "cv", estimate->cv);
    mirti_json_number(json, "deff", estimate->deff);
    mirti_json_integer(json, "rows", estimate->rows);
    mirti_json_integer(json, "psus", estimate->psus);
    mirti_json_number(json, "weight", estimate->weight);
    mirti_json_integer(json, "df", estimate->df);
    mirti_json_end(json);
}

static void write_fit(mirti_json *json, const mirti_logit *fit) {
    mirti_json_object(json, "fit");
    mirti_json_string(json, "link", mirti_link_name(fit->link));
    mirti_json_string(json, "penalty", mirti_penalty_name(fit->penalty));
    mirti_json_number(json, "ridge",
                      fit->penalty == MIRTI_PENALTY_RIDGE ? fit->ridge : (double)NAN);
    mirti_json_string(json, "variance", mirti_variance_name(fit->variance));
    mirti_json_integer(json, "replicates", fit->replicates);
    mirti_json_integer(json, "rows", fit->rows);
    mirti_json_number(json, "sum_weights", fit->sum_weights);
    mirti_json_integer(json, "strata", fit->strata);
    mirti_json_integer(json, "psus", fit->psus);
    mirti_json_integer(json, "lonely_strata", fit->lonely_strata);
    mirti_json_integer(json, "df", fit->df);
    mirti_json_integer(json, "df_residual", fit->df_residual);
    mirti_json_number(json, "deviance", fit->deviance);
    mirti_json_number(json, "null_deviance", fit->null_deviance);
    mirti_json_integer(json, "iterations", fit->iterations);
    mirti_json_end(json);
}

/* exp(β) with its interval, by the name that it has with the link. */
static void write_ratio(mirti_json *json, mirti_link link, double beta, double half) {
    static const char *const odds[] = {"odds_ratio", "odds_ratio_lo", "odds_ratio_hi"};
    static const char *const hazard[] = {"hazard_ratio", "hazard_ratio_lo", "hazard_ratio_hi"};
    if (!mirti_link_ratio(link)) return;
    const char *const *name = link == MIRTI_LINK_LOGIT ? odds : hazard;
    mirti_json_number(json, name[0], mirti_exact_exp(beta));
    mirti_json_number(json, name[1], mirti_exact_exp(beta - half));
    mirti_json_number(json, name[2], mirti_exact_exp(beta + half));
}

static void write_coefficients(mirti_json *json, const mirti_model *model) {
    const mirti_logit *fit = model->logit;
    size_t p = (size_t)fit->columns;
    double df = (double)fit->df_residual;
    double quantile = mirti_survey_t_quantile(0.95, fit->df_residual);
    mirti_json_array(json, "coefficients");
    for (size_t j = 0; j < p; j++) {
        double beta = fit->beta[j], se = sqrt(fit->covariance[j * p + j]);
        double t = beta / se, half = quantile * se;
        mirti_json_object(json, NULL);
        mirti_json_string(json, "name", model->terms->name[j]);
        mirti_json_number(json, "estimate", beta);
        mirti_json_number(json, "se", se);
        mirti_json_number(json, "t", t);
        mirti_json_number(json, "p",
                          df >= 1 && isfinite(t) ? 2 * gsl_cdf_tdist_Q(fabs(t), df) : (double)NAN);
        mirti_json_number(json, "lo", beta - half);
        mirti_json_number(json, "hi", beta + half);
        write_ratio(json, fit->link, beta, half);
        mirti_json_number(json, "mean", model->column_mean[j]);
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

static mirti_status write_tests(mirti_json *json, const mirti_model *model, mirti_error *err) {
    const mirti_terms *terms = model->terms;
    mirti_json_array(json, "term_tests");
    for (int t = 0; t < terms->terms; t++) {
        mirti_wald wald;
        MIRTI_TRY(mirti_model_wald(model, t, &wald, err));
        mirti_json_object(json, NULL);
        mirti_json_array(json, "term");
        for (int f = 0; f < terms->term[t].order; f++)
            mirti_json_string(json, NULL, terms->predictor[terms->term[t].predictor[f]].name);
        mirti_json_end(json);
        mirti_json_number(json, "f", wald.f);
        mirti_json_integer(json, "df", wald.q);
        mirti_json_integer(json, "df_residual", wald.df);
        mirti_json_number(json, "p", wald.p);
        mirti_json_end(json);
    }
    mirti_json_end(json);
    return MIRTI_OK;
}

static void write_matrix(mirti_json *json, const char *key, const double *matrix, int p) {
    mirti_json_array(json, key);
    for (int j = 0; j < p; j++)
        mirti_json_numbers(json, NULL, matrix + (size_t)j * (size_t)p, p);
    mirti_json_end(json);
}

mirti_status mirti_model_to_json(const mirti_model *model, mirti_text *out, mirti_error *err) {
    mirti_json json = {0};
    mirti_json_object(&json, NULL);
    mirti_json_integer(&json, "mirti-fitted-model", MIRTI_FIT_MODEL_VERSION);
    mirti_json_string(&json, "program", mirti_version());
    mirti_json_string(&json, "name", model->name);
    mirti_json_string(&json, "outcome", model->outcome);
    mirti_json_string(&json, "survey_source", model->survey_source);
    mirti_json_string(&json, "lonely_psu", mirti_fit_lonely_name[model->lonely]);
    write_estimate(&json, "rate", &model->mean);
    mirti_fit_write_terms(&json, model->terms);
    write_fit(&json, model->logit);
    write_coefficients(&json, model);
    mirti_status status = write_tests(&json, model, err);
    if (status != MIRTI_OK) {
        mirti_json_reset(&json);
        return status;
    }
    write_matrix(&json, "covariance", model->logit->covariance, model->logit->columns);
    write_matrix(&json, "within_psu_correlation", model->column_correlation, model->logit->columns);
    mirti_json_end(&json);
    status = mirti_json_finish(&json, err);
    if (status == MIRTI_OK) {
        mirti_text_add(out, json.text.data, json.text.size);
        if (out->failed) status = mirti_fail_memory(err, "the model file");
    }
    mirti_json_reset(&json);
    return status;
}
