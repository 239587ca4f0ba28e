/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * model.json, read back. Nothing is believed: every member is looked at for presence, type and
 * range, terms are built again from the predictors and must give the columns that the table of
 * coefficients lists. Messages name the file and the member (`fit.rows`, `predictors[3].levels`).
 */
#include "mirti/fit.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "model_json.h"

typedef struct reader {
    const char *path;
    mirti_error *err;
} reader;

/* A place in the document, for messages: the member `key` (or the element `index`) of `above`. */
typedef struct place {
    const struct place *above;
    const char *key;
    size_t index;
} place;

static void add_place(mirti_text *text, const place *at) {
    if (at->above) add_place(text, at->above);
    if (!at->key) {
        mirti_text_printf(text, "[%zu]", at->index);
    } else {
        if (text->size > 0) mirti_text_puts(text, ".");
        mirti_text_puts(text, at->key);
    }
}

static mirti_status refuse(const reader *in, const place *at, const char *format, ...)
    MIRTI_PRINTF(3, 4);

static mirti_status refuse(const reader *in, const place *at, const char *format, ...) {
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    mirti_text where = {0};
    add_place(&where, at);
    mirti_status status = mirti_fail(in->err, MIRTI_ERROR_INPUT, "'%s' %s",
                                     where.failed ? "a member" : where.data, what);
    mirti_fail_remedy(in->err, "Fit the model again; the file is not meant to be edited.");
    mirti_fail_at(in->err, in->path, 0, 0, where.failed ? NULL : where.data, NULL);
    mirti_text_reset(&where);
    return status;
}

static mirti_status no_memory(const reader *in) {
    return mirti_fail_memory(in->err, "a fitted model");
}

/* Member `key` of `object`, which has to be there. */
static mirti_status member(const reader *in, const json_t *object, const place *at,
                           const json_t **out) {
    *out = json_object_get(object, at->key);
    return *out ? MIRTI_OK : refuse(in, at, "is missing");
}

static mirti_status as_string(const reader *in, const json_t *value, const place *at, char **out) {
    if (!json_is_string(value)) return refuse(in, at, "is not a text");
    *out = mirti_strdup(json_string_value(value));
    return *out ? MIRTI_OK : no_memory(in);
}

static mirti_status get_string(const reader *in, const json_t *object, const char *key,
                               char **out) {
    place at = {NULL, key, 0};
    const json_t *value;
    MIRTI_TRY(member(in, object, &at, &value));
    return as_string(in, value, &at, out);
}

/* `null` is a number that is not there. */
static mirti_status as_number(const reader *in, const json_t *value, const place *at, bool missing,
                              double *out) {
    if (missing && json_is_null(value)) {
        *out = (double)NAN;
        return MIRTI_OK;
    }
    if (!json_is_number(value)) return refuse(in, at, "is not a number");
    *out = json_number_value(value);
    return MIRTI_OK;
}

static mirti_status get_number(const reader *in, const json_t *object, const place *above,
                               const char *key, bool missing, double *out) {
    place at = {above, key, 0};
    const json_t *value;
    MIRTI_TRY(member(in, object, &at, &value));
    return as_number(in, value, &at, missing, out);
}

static mirti_status get_integer(const reader *in, const json_t *object, const place *above,
                                const char *key, int64_t *out) {
    place at = {above, key, 0};
    const json_t *value;
    MIRTI_TRY(member(in, object, &at, &value));
    if (!json_is_integer(value)) return refuse(in, &at, "is not a whole number");
    *out = json_integer_value(value);
    return MIRTI_OK;
}

static mirti_status get_small(const reader *in, const json_t *object, const place *above,
                              const char *key, int32_t *out) {
    int64_t value;
    MIRTI_TRY(get_integer(in, object, above, key, &value));
    place at = {above, key, 0};
    if (value < INT32_MIN || value > INT32_MAX) return refuse(in, &at, "is out of range");
    *out = (int32_t)value;
    return MIRTI_OK;
}

/* An array or object member; `*count` elements. */
static mirti_status get_container(const reader *in, const json_t *object, const place *at,
                                  json_type type, const json_t **out, size_t *count) {
    MIRTI_TRY(member(in, object, at, out));
    if (json_typeof(*out) != type)
        return refuse(in, at, type == JSON_ARRAY ? "is not a list" : "is not an object");
    if (count) *count = type == JSON_ARRAY ? json_array_size(*out) : json_object_size(*out);
    return MIRTI_OK;
}

/* Index of a text member among `names`. */
static mirti_status get_choice(const reader *in, const json_t *object, const place *above,
                               const char *key, const char *const *names, int count, int *out) {
    place at = {above, key, 0};
    const json_t *value;
    MIRTI_TRY(member(in, object, &at, &value));
    const char *text = json_string_value(value);
    for (*out = 0; text && *out < count; ++*out)
        if (strcmp(names[*out], text) == 0) return MIRTI_OK;
    return refuse(in, &at, "has the unknown value '%s'", text ? text : "(not a text)");
}

/* ------------------------------------------------------------------------------------- terms -- */

static mirti_status read_texts(const reader *in, const json_t *texts, const place *at,
                               mirti_localized *out) {
    if (!json_is_object(texts)) return refuse(in, at, "is not an object");
    size_t count = json_object_size(texts);
    if (count == 0) return MIRTI_OK;
    out->language = mirti_new(count, sizeof *out->language);
    out->text = mirti_new(count, sizeof *out->text);
    if (!out->language || !out->text) return no_memory(in);
    const char *language;
    json_t *text;
    json_object_foreach((json_t *)(uintptr_t)texts, language, text) {
        place of_text = {at, language, 0};
        int k = out->count++;
        out->language[k] = mirti_strdup(language);
        if (!out->language[k]) return no_memory(in);
        MIRTI_TRY(as_string(in, text, &of_text, &out->text[k]));
    }
    return MIRTI_OK;
}

static mirti_status read_localized(const reader *in, const json_t *object, const place *above,
                                   const char *key, mirti_localized *out) {
    place at = {above, key, 0};
    const json_t *texts = json_object_get(object, key);
    return texts ? read_texts(in, texts, &at, out) : MIRTI_OK;
}

static mirti_status read_level_labels(const reader *in, const json_t *object, const place *above,
                                      mirti_predictor *out) {
    place at = {above, "level_labels", 0};
    if (!json_object_get(object, "level_labels")) return MIRTI_OK;
    const json_t *labels;
    size_t count;
    MIRTI_TRY(get_container(in, object, &at, JSON_ARRAY, &labels, &count));
    if (count != (size_t)out->levels) return refuse(in, &at, "does not have one label a level");
    out->level_label = mirti_new(count, sizeof *out->level_label);
    if (!out->level_label) return no_memory(in);
    for (size_t l = 0; l < count; l++) {
        place of_label = {&at, NULL, l};
        MIRTI_TRY(read_texts(in, json_array_get(labels, l), &of_label, &out->level_label[l]));
    }
    return MIRTI_OK;
}

static mirti_status read_levels(const reader *in, const json_t *object, const place *above,
                                mirti_predictor *out) {
    place at = {above, "levels", 0};
    const json_t *levels;
    size_t count;
    MIRTI_TRY(get_container(in, object, &at, JSON_ARRAY, &levels, &count));
    if (count < 2 || count > 10000) return refuse(in, &at, "has %zu levels", count);
    out->level = mirti_new(count, sizeof *out->level);
    if (!out->level) return no_memory(in);
    for (size_t l = 0; l < count; l++) {
        place of_level = {&at, NULL, l};
        out->levels++;
        MIRTI_TRY(as_string(in, json_array_get(levels, l), &of_level, &out->level[l]));
    }
    MIRTI_TRY(read_level_labels(in, object, above, out));
    return get_choice(in, object, above, "reference", (const char *const *)out->level, out->levels,
                      &out->reference);
}

static mirti_status read_predictor(const reader *in, const json_t *object, const place *at,
                                   mirti_predictor *out) {
    if (!json_is_object(object)) return refuse(in, at, "is not an object");
    place of_name = {at, "name", 0}, of_lever = {at, "actionable", 0};
    const json_t *value;
    int kind;
    MIRTI_TRY(member(in, object, &of_name, &value));
    MIRTI_TRY(as_string(in, value, &of_name, &out->name));
    MIRTI_TRY(get_choice(in, object, at, "kind", mirti_fit_kind_name, 3, &kind));
    out->kind = (mirti_predictor_kind)kind;
    if (out->kind == MIRTI_PREDICTOR_CATEGORY) MIRTI_TRY(read_levels(in, object, at, out));
    MIRTI_TRY(member(in, object, &of_lever, &value));
    if (!json_is_boolean(value)) return refuse(in, &of_lever, "is neither true nor false");
    out->actionable = json_is_true(value);
    MIRTI_TRY(read_localized(in, object, at, "label", &out->label));
    MIRTI_TRY(read_localized(in, object, at, "factor", &out->factor));
    return read_localized(in, object, at, "lack", &out->lack);
}

static mirti_status read_term(const reader *in, const json_t *list, const place *at,
                              const mirti_terms *terms, mirti_term *out) {
    size_t order = json_array_size(list);
    if (order < 1 || order > 4) return refuse(in, at, "is not a list of one to four predictors");
    out->order = (int)order;
    for (size_t f = 0; f < order; f++) {
        const char *name = json_string_value(json_array_get(list, f));
        int k = 0;
        while (name && k < terms->predictors && strcmp(terms->predictor[k].name, name) != 0)
            k++;
        if (!name || k == terms->predictors)
            return refuse(in, at, "names '%s', which is no predictor", name ? name : "(no text)");
        out->predictor[f] = k;
    }
    return MIRTI_OK;
}

/* Predictors and terms as they stand in the file, with nothing expanded yet. */
static mirti_status read_terms(const reader *in, const json_t *root, mirti_terms *terms) {
    place of_predictors = {NULL, "predictors", 0}, of_terms = {NULL, "terms", 0};
    const json_t *list;
    size_t count;
    MIRTI_TRY(get_container(in, root, &of_predictors, JSON_ARRAY, &list, &count));
    if (count > 10000) return refuse(in, &of_predictors, "has %zu elements", count);
    terms->predictor = mirti_new(count, sizeof *terms->predictor);
    if (!terms->predictor) return no_memory(in);
    for (size_t k = 0; k < count; k++) {
        place at = {&of_predictors, NULL, k};
        terms->predictors++;
        MIRTI_TRY(read_predictor(in, json_array_get(list, k), &at, &terms->predictor[k]));
    }
    MIRTI_TRY(get_container(in, root, &of_terms, JSON_ARRAY, &list, &count));
    if (count > 10000) return refuse(in, &of_terms, "has %zu elements", count);
    terms->term = mirti_new(count, sizeof *terms->term);
    if (!terms->term) return no_memory(in);
    for (size_t t = 0; t < count; t++) {
        place at = {&of_terms, NULL, t};
        MIRTI_TRY(read_term(in, json_array_get(list, t), &at, terms, &terms->term[t]));
        terms->terms++;
    }
    return MIRTI_OK;
}

static mirti_status expand_terms(const reader *in, const json_t *root, mirti_terms **out) {
    mirti_terms *plain = mirti_new(1, sizeof *plain);
    if (!plain) return no_memory(in);
    mirti_status status = read_terms(in, root, plain);
    if (status == MIRTI_OK) {
        mirti_model_spec spec = {.predictors = plain->predictors,
                                 .predictor = plain->predictor,
                                 .terms = plain->terms,
                                 .term = plain->term};
        mirti_error why = {0};
        place of_terms = {NULL, "terms", 0};
        status = mirti_terms_new(&spec, out, &why);
        if (status == MIRTI_ERROR_MEMORY)
            status = no_memory(in);
        else if (status != MIRTI_OK)
            status = refuse(in, &of_terms, "cannot be: %s", why.message);
    }
    mirti_terms_free(plain);
    return status;
}

/* ----------------------------------------------------------------------------------- numbers -- */

static mirti_status read_estimate(const reader *in, const json_t *root, const char *key,
                                  mirti_survey_estimate *out) {
    place at = {NULL, key, 0};
    const json_t *object;
    MIRTI_TRY(get_container(in, root, &at, JSON_OBJECT, &object, NULL));
    MIRTI_TRY(get_number(in, object, &at, "value", false, &out->value));
    MIRTI_TRY(get_number(in, object, &at, "se", false, &out->se));
    MIRTI_TRY(get_number(in, object, &at, "lo", true, &out->lo));
    MIRTI_TRY(get_number(in, object, &at, "hi", true, &out->hi));
    MIRTI_TRY(get_number(in, object, &at, "cv", true, &out->cv));
    MIRTI_TRY(get_number(in, object, &at, "deff", true, &out->deff));
    MIRTI_TRY(get_number(in, object, &at, "weight", false, &out->weight));
    MIRTI_TRY(get_integer(in, object, &at, "rows", &out->rows));
    MIRTI_TRY(get_small(in, object, &at, "psus", &out->psus));
    return get_small(in, object, &at, "df", &out->df);
}

static mirti_status read_fit(const reader *in, const json_t *root, mirti_logit *out) {
    const char *links[3], *penalties[3], *variances[MIRTI_VARIANCE_GIVEN + 1];
    place at = {NULL, "fit", 0};
    const json_t *object;
    int link, penalty, variance;
    for (int i = 0; i < 3; i++) {
        links[i] = mirti_link_name((mirti_link)i);
        penalties[i] = mirti_penalty_name((mirti_penalty)i);
    }
    for (int i = 0; i <= MIRTI_VARIANCE_GIVEN; i++)
        variances[i] = mirti_variance_name((mirti_variance_method)i);
    MIRTI_TRY(get_container(in, root, &at, JSON_OBJECT, &object, NULL));
    MIRTI_TRY(get_choice(in, object, &at, "link", links, 3, &link));
    MIRTI_TRY(get_choice(in, object, &at, "penalty", penalties, 3, &penalty));
    MIRTI_TRY(
        get_choice(in, object, &at, "variance", variances, MIRTI_VARIANCE_GIVEN + 1, &variance));
    out->link = (mirti_link)link;
    out->penalty = (mirti_penalty)penalty;
    out->variance = (mirti_variance_method)variance;
    bool ridge = out->penalty == MIRTI_PENALTY_RIDGE;
    MIRTI_TRY(get_number(in, object, &at, "ridge", !ridge, &out->ridge));
    place of_ridge = {&at, "ridge", 0};
    if (ridge && !(out->ridge > 0)) return refuse(in, &of_ridge, "is not positive");
    if (!ridge) out->ridge = 0; /* which is null in the file */
    MIRTI_TRY(get_small(in, object, &at, "replicates", &out->replicates));
    MIRTI_TRY(get_integer(in, object, &at, "rows", &out->rows));
    MIRTI_TRY(get_number(in, object, &at, "sum_weights", false, &out->sum_weights));
    MIRTI_TRY(get_small(in, object, &at, "strata", &out->strata));
    MIRTI_TRY(get_small(in, object, &at, "psus", &out->psus));
    MIRTI_TRY(get_small(in, object, &at, "lonely_strata", &out->lonely_strata));
    MIRTI_TRY(get_small(in, object, &at, "df", &out->df));
    MIRTI_TRY(get_small(in, object, &at, "df_residual", &out->df_residual));
    MIRTI_TRY(get_number(in, object, &at, "deviance", false, &out->deviance));
    MIRTI_TRY(get_number(in, object, &at, "null_deviance", false, &out->null_deviance));
    int32_t iterations;
    MIRTI_TRY(get_small(in, object, &at, "iterations", &iterations));
    out->iterations = iterations;
    return MIRTI_OK;
}

static mirti_status read_coefficients(const reader *in, const json_t *root, mirti_model *model) {
    place of_list = {NULL, "coefficients", 0};
    const json_t *list, *name;
    size_t count, p = (size_t)model->terms->columns;
    MIRTI_TRY(get_container(in, root, &of_list, JSON_ARRAY, &list, &count));
    if (count != p)
        return refuse(in, &of_list, "has %zu elements, but the terms make %zu columns", count, p);
    model->logit->columns = model->terms->columns;
    model->logit->beta = mirti_new(p, sizeof(double));
    model->column_mean = mirti_new(p, sizeof(double));
    if (!model->logit->beta || !model->column_mean) return no_memory(in);
    for (size_t j = 0; j < p; j++) {
        place at = {&of_list, NULL, j}, of_name = {&at, "name", 0};
        const json_t *object = json_array_get(list, j);
        if (!json_is_object(object)) return refuse(in, &at, "is not an object");
        MIRTI_TRY(member(in, object, &of_name, &name));
        const char *text = json_string_value(name);
        if (!text || strcmp(text, model->terms->name[j]) != 0)
            return refuse(in, &of_name, "is not '%s', as the terms say", model->terms->name[j]);
        MIRTI_TRY(get_number(in, object, &at, "estimate", false, &model->logit->beta[j]));
        MIRTI_TRY(get_number(in, object, &at, "mean", false, &model->column_mean[j]));
    }
    return MIRTI_OK;
}

static mirti_status read_matrix(const reader *in, const json_t *root, const char *key, size_t p,
                                double **out) {
    place at = {NULL, key, 0};
    const json_t *rows;
    size_t count;
    MIRTI_TRY(get_container(in, root, &at, JSON_ARRAY, &rows, &count));
    if (count != p) return refuse(in, &at, "has %zu rows instead of %zu", count, p);
    *out = mirti_new(p * p, sizeof **out);
    if (!*out) return no_memory(in);
    for (size_t j = 0; j < p; j++) {
        place of_row = {&at, NULL, j};
        const json_t *row = json_array_get(rows, j);
        if (!json_is_array(row) || json_array_size(row) != p)
            return refuse(in, &of_row, "is not a list of %zu numbers", p);
        for (size_t k = 0; k < p; k++) {
            place of_number = {&of_row, NULL, k};
            MIRTI_TRY(as_number(in, json_array_get(row, k), &of_number, false, &(*out)[j * p + k]));
            if (k < j && (*out)[j * p + k] != (*out)[k * p + j])
                return refuse(in, &of_number, "differs from its mirror image");
        }
        if (!((*out)[j * p + j] >= 0)) return refuse(in, &of_row, "has a negative variance");
    }
    return MIRTI_OK;
}

static mirti_status read_model(const reader *in, const json_t *root, mirti_model *model) {
    place of_version = {NULL, "mirti-fitted-model", 0};
    int64_t version;
    MIRTI_TRY(get_integer(in, root, NULL, of_version.key, &version));
    if (version != MIRTI_FIT_MODEL_VERSION)
        return refuse(in, &of_version, "is version %lld of the format; this program reads %d",
                      (long long)version, MIRTI_FIT_MODEL_VERSION);
    int lonely;
    MIRTI_TRY(get_string(in, root, "name", &model->name));
    MIRTI_TRY(get_string(in, root, "outcome", &model->outcome));
    MIRTI_TRY(get_string(in, root, "survey_source", &model->survey_source));
    MIRTI_TRY(get_choice(in, root, NULL, "lonely_psu", mirti_fit_lonely_name, 5, &lonely));
    model->lonely = (mirti_lonely_psu)lonely;
    MIRTI_TRY(read_estimate(in, root, "rate", &model->mean));
    MIRTI_TRY(expand_terms(in, root, &model->terms));
    model->logit = mirti_new(1, sizeof *model->logit);
    if (!model->logit) return no_memory(in);
    MIRTI_TRY(read_fit(in, root, model->logit));
    MIRTI_TRY(read_coefficients(in, root, model));
    size_t p = (size_t)model->terms->columns;
    MIRTI_TRY(read_matrix(in, root, "covariance", p, &model->logit->covariance));
    return read_matrix(in, root, "within_psu_correlation", p, &model->column_correlation);
}

mirti_status mirti_model_parse(const char *text, size_t size, const char *path, mirti_model **out,
                               mirti_error *err) {
    *out = NULL;
    json_error_t problem;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &problem);
    if (!root || !json_is_object(root)) {
        mirti_status status =
            mirti_fail(err, MIRTI_ERROR_INPUT, "the file is not a fitted model: %s",
                       root ? "it is JSON, but not an object" : problem.text);
        mirti_fail_at(err, path, root ? 0 : problem.line, root ? 0 : problem.column, NULL, NULL);
        mirti_fail_remedy(err, "Give the model.json that 'mirti fit' or 'mirti run' wrote.");
        json_decref(root);
        return status;
    }
    reader in = {path, err};
    mirti_model *model = mirti_new(1, sizeof *model);
    mirti_status status = model ? read_model(&in, root, model) : no_memory(&in);
    json_decref(root);
    if (status != MIRTI_OK) {
        mirti_model_free(model);
        return status;
    }
    *out = model;
    return MIRTI_OK;
}

mirti_status mirti_model_read(const char *path, mirti_model **out, mirti_error *err) {
    *out = NULL;
    char *text;
    size_t size;
    MIRTI_TRY(mirti_file_read(path, &text, &size, err));
    mirti_status status = mirti_model_parse(text, size, path, out, err);
    mirti_free(text);
    return status;
}
