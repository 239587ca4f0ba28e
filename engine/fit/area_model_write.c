/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An area-level model for people (the table of coefficients) and as a file (model.json of its own
 * shape, which docs/model-json.md describes). */
#include "mirti/fit.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model_json.h"

enum { VERSION = 1 };
static const char *const scale_name[] = {[MIRTI_SCALE_LOGIT] = "logit",
                                         [MIRTI_SCALE_ARCSINE] = "arcsine",
                                         [MIRTI_SCALE_IDENTITY] = "identity"};

const char *mirti_area_scale_name(mirti_area_scale scale) {
    return scale_name[scale];
}

static double se_of(const mirti_fay_herriot *fit, int j) {
    return sqrt(fit->covariance[j * fit->columns + j]);
}

/* Two-sided, normal: the model knows the sampling variances. */
static double p_value(double z) {
    return isfinite(z) ? 2 * gsl_cdf_ugaussian_Q(fabs(z)) : (double)NAN;
}

static void write_fit(mirti_json *json, const mirti_area_model *model) {
    const mirti_fay_herriot *fit = model->fit;
    mirti_json_object(json, "fit");
    mirti_json_string(json, "scale", scale_name[fit->scale]);
    mirti_json_string(json, "variance", model->options.smoothed ? "smoothed" : "direct");
    mirti_json_number(json, "least_rows", model->options.least_rows);
    mirti_json_integer(json, "areas", fit->areas);
    mirti_json_integer(json, "used", fit->used);
    mirti_json_integer(json, "too_few_rows", model->few);
    mirti_json_integer(json, "unusable", model->unusable);
    mirti_json_number(json, "between_areas", fit->variance);
    mirti_json_boolean(json, "boundary", fit->boundary);
    mirti_json_number(json, "loglik", fit->loglik);
    mirti_json_number(json, "design_effect", model->deff);
    mirti_json_number(json, "rate", model->rate);
    mirti_json_integer(json, "iterations", fit->iterations);
    mirti_json_end(json);
}

static void write_coefficients(mirti_json *json, const mirti_area_model *model) {
    const mirti_fay_herriot *fit = model->fit;
    mirti_json_array(json, "coefficients");
    for (int j = 0; j < fit->columns; j++) {
        double se = se_of(fit, j), z = fit->beta[j] / se;
        mirti_json_object(json, NULL);
        mirti_json_string(json, "name", model->terms->name[j]);
        mirti_json_number(json, "estimate", fit->beta[j]);
        mirti_json_number(json, "se", se);
        mirti_json_number(json, "z", z);
        mirti_json_number(json, "p", p_value(z));
        mirti_json_number(json, "mean", model->column_mean[j]);
        mirti_json_end(json);
    }
    mirti_json_end(json);
    mirti_json_array(json, "covariance");
    for (int j = 0; j < fit->columns; j++)
        mirti_json_numbers(json, NULL, fit->covariance + (size_t)j * (size_t)fit->columns,
                           fit->columns);
    mirti_json_end(json);
}

/* The areas with a direct estimate; of the others the ranked list tells all there is. */
static void write_areas(mirti_json *json, const mirti_area_model *model) {
    mirti_json_array(json, "direct_estimates");
    for (int64_t a = 0; a < model->areas; a++) {
        if (isnan(model->estimate[a])) continue;
        mirti_json_object(json, NULL);
        mirti_json_string(json, "code", model->code[a]);
        mirti_json_number(json, "estimate", model->estimate[a]);
        mirti_json_number(json, "se", model->se[a]);
        mirti_json_number(json, "rows", model->rows[a]);
        mirti_json_number(json, "sampling_variance", model->sampling[a]);
        mirti_json_number(json, "weight", model->fit->weight[a]);
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

mirti_status mirti_area_model_to_json(const mirti_area_model *model, mirti_text *out,
                                      mirti_error *err) {
    mirti_json json = {0};
    mirti_json_object(&json, NULL);
    mirti_json_integer(&json, "mirti-area-model", VERSION);
    mirti_json_string(&json, "program", mirti_version());
    mirti_json_string(&json, "name", model->name);
    mirti_json_string(&json, "outcome", model->outcome);
    mirti_json_string(&json, "survey_source", model->survey_source);
    mirti_fit_write_terms(&json, model->terms);
    write_fit(&json, model);
    write_coefficients(&json, model);
    write_areas(&json, model);
    mirti_json_end(&json);
    mirti_status status = mirti_json_finish(&json, err);
    if (status == MIRTI_OK) mirti_text_add(out, json.text.data, json.text.size);
    mirti_json_reset(&json);
    if (status == MIRTI_OK && out->failed) status = mirti_fail_memory(err, "the model file");
    return status;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

mirti_status mirti_area_model_weights(const mirti_area_model *model, double *least, double *median,
                                      double *most, mirti_error *err) {
    const mirti_fay_herriot *fit = model->fit;
    double *list = mirti_new((size_t)fit->used, sizeof *list);
    if (!list) return mirti_fail_memory(err, "the weights of direct estimates");
    int64_t n = 0;
    for (int64_t a = 0; a < fit->areas; a++)
        if (!isnan(model->sampling[a])) list[n++] = fit->weight[a];
    qsort(list, (size_t)n, sizeof *list, compare);
    *least = list[0];
    *median = (list[(n - 1) / 2] + list[n / 2]) / 2;
    *most = list[n - 1];
    mirti_free(list);
    return MIRTI_OK;
}

typedef struct wording {
    const char *error, *interval, *model, *few, *between, *boundary, *weight, *smoothed;
} wording;

static const wording words[2] = {
    {.error = "std. err.",
     .interval = "interval",
     .model = "\narea-level model on the %s scale; %lld areas, %lld with a direct estimate that is "
              "used\n",
     .few = "not used: %lld with too few rows, %lld that are 0 or 1 or have no variance\n",
     .between = "standard deviation between areas %.5f%s\n",
     .boundary = ": areas do not differ beyond their traits, as far as the survey can tell",
     .weight = "weight of an area's own estimate: %.3f to %.3f, median %.3f\n",
     .smoothed = "variances smoothed: design effect %.3f of areas on average\n"},
    {.error = "error est.",
     .interval = "intervalo",
     .model = "\nmodelo de áreas en la escala %s; %lld áreas, %lld con una estimación directa que "
              "se usa\n",
     .few = "sin usar: %lld con muy pocos casos, %lld de 0 o 1 o sin varianza\n",
     .between = "desviación estándar entre áreas %.5f%s\n",
     .boundary = ": las áreas no difieren más allá de sus rasgos, hasta donde la encuesta lo dice",
     .weight = "peso de la estimación propia de un área: de %.3f a %.3f, mediana %.3f\n",
     .smoothed = "varianzas suavizadas: efecto de diseño de %.3f en promedio de las áreas\n"},
};

static const char *scale_in_words(mirti_area_scale scale, bool spanish) {
    if (spanish && scale == MIRTI_SCALE_ARCSINE) return "arcoseno";
    return spanish && scale == MIRTI_SCALE_IDENTITY ? "identidad" : scale_name[scale];
}

static mirti_status add_summary(const mirti_area_model *model, bool spanish, mirti_text *out,
                                mirti_error *err) {
    const wording *w = &words[spanish];
    const mirti_fay_herriot *fit = model->fit;
    double least, median, most;
    MIRTI_TRY(mirti_area_model_weights(model, &least, &median, &most, err));
    mirti_text_printf(out, w->model, scale_in_words(fit->scale, spanish), (long long)fit->areas,
                      (long long)fit->used);
    mirti_text_printf(out, w->few, (long long)model->few, (long long)model->unusable);
    mirti_text_printf(out, w->between, sqrt(fit->variance), fit->boundary ? w->boundary : "");
    mirti_text_printf(out, w->weight, least, most, median);
    if (model->options.smoothed) mirti_text_printf(out, w->smoothed, model->deff);
    return MIRTI_OK;
}

mirti_status mirti_area_model_table(const mirti_area_model *model, double confidence,
                                    const char *language, mirti_text *out, mirti_error *err) {
    const bool spanish = mirti_language_is_spanish(language);
    const mirti_fay_herriot *fit = model->fit;
    double quantile = gsl_cdf_ugaussian_Pinv(0.5 + confidence / 2);
    size_t widest = 0;
    for (int j = 0; j < fit->columns; j++)
        if (strlen(model->terms->name[j]) > widest) widest = strlen(model->terms->name[j]);
    mirti_text_printf(out, "%-*s %10s %10s %8s %8s %23s\n", (int)widest, "", "coef.",
                      words[spanish].error, "z", "p", words[spanish].interval);
    for (int j = 0; j < fit->columns; j++) {
        double se = se_of(fit, j), z = fit->beta[j] / se;
        mirti_text_printf(out, "%-*s %10.5f %10.5f %8.2f %8.4f %11.5f – %9.5f\n", (int)widest,
                          model->terms->name[j], fit->beta[j], se, z, p_value(z),
                          fit->beta[j] - quantile * se, fit->beta[j] + quantile * se);
    }
    MIRTI_TRY(add_summary(model, spanish, out, err));
    return out->failed ? mirti_fail_memory(err, "the table of coefficients") : MIRTI_OK;
}
