/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From terms of a model to columns of its design matrix, by treatment contrasts: a category gives a
 * column for every level but the reference, an interaction one for every combination of such
 * levels, in which the first factor varies fastest (as in R). Survey, census cube and published
 * shares all go through here, so that a column means the same everywhere.
 */
#include "mirti/fit.h"

#include <string.h>

enum { MOST_COLUMNS = 5000 };

static mirti_status check_terms(const mirti_model_spec *spec, mirti_error *err) {
    for (int k = 0; k < spec->predictors; k++) {
        const mirti_predictor *predictor = &spec->predictor[k];
        if (predictor->kind != MIRTI_PREDICTOR_CATEGORY) continue;
        if (predictor->levels < 2 || predictor->reference < 0 ||
            predictor->reference >= predictor->levels)
            return mirti_fail(err, MIRTI_ERROR_USAGE,
                              "predictor '%s' needs two levels or more, and its reference among "
                              "them",
                              predictor->name);
    }
    for (int t = 0; t < spec->terms; t++) {
        const mirti_term *term = &spec->term[t];
        if (term->order < 1 || term->order > 4)
            return mirti_fail(err, MIRTI_ERROR_USAGE, "term %d is of %d predictors; 1 to 4 can be",
                              t + 1, term->order);
        for (int f = 0; f < term->order; f++)
            if (term->predictor[f] < 0 || term->predictor[f] >= spec->predictors)
                return mirti_fail(err, MIRTI_ERROR_USAGE, "term %d names a predictor that is not",
                                  t + 1);
    }
    return MIRTI_OK;
}

/* Columns that a predictor makes by itself. */
static int width_of(const mirti_predictor *predictor) {
    return predictor->kind == MIRTI_PREDICTOR_CATEGORY ? predictor->levels - 1 : 1;
}

/* Level of the k-th column of a category: the reference has none. */
static int level_at(const mirti_predictor *predictor, int k) {
    if (predictor->kind != MIRTI_PREDICTOR_CATEGORY) return -1;
    return k < predictor->reference ? k : k + 1;
}

static char *name_of(const mirti_terms *terms, const mirti_terms_factor *factor) {
    mirti_text text = {0};
    for (int f = 0; f < factor->count; f++) {
        const mirti_predictor *predictor = &terms->predictor[factor->predictor[f]];
        if (f > 0) mirti_text_puts(&text, ":");
        mirti_text_puts(&text, predictor->name);
        if (factor->level[f] >= 0)
            mirti_text_printf(&text, "[%s]", predictor->level[factor->level[f]]);
    }
    if (factor->count == 0) mirti_text_puts(&text, "(intercept)");
    if (!text.failed) return text.data;
    mirti_text_reset(&text);
    return NULL;
}

/* The columns of term t, from column `at` on; returns the next free one. */
static int expand(mirti_terms *terms, int t, int at) {
    const mirti_term *term = &terms->term[t];
    int combination[4] = {0};
    for (;;) {
        mirti_terms_factor *factor = &terms->factor[at];
        terms->term_of[at] = t;
        factor->count = term->order;
        for (int f = 0; f < term->order; f++) {
            factor->predictor[f] = term->predictor[f];
            factor->level[f] = level_at(&terms->predictor[term->predictor[f]], combination[f]);
        }
        at++;
        int f = 0;
        while (f < term->order &&
               ++combination[f] == width_of(&terms->predictor[term->predictor[f]]))
            combination[f++] = 0;
        if (f == term->order) return at;
    }
}

static bool copy_localized(const mirti_localized *from, mirti_localized *to) {
    if (from->count == 0) return true;
    to->language = mirti_new((size_t)from->count, sizeof *to->language);
    to->text = mirti_new((size_t)from->count, sizeof *to->text);
    if (!to->language || !to->text) return false;
    for (; to->count < from->count; to->count++) {
        to->language[to->count] = mirti_strdup(from->language[to->count]);
        to->text[to->count] = mirti_strdup(from->text[to->count]);
        if (!to->language[to->count] || !to->text[to->count]) {
            to->count++;
            return false;
        }
    }
    return true;
}

static bool copy_level_labels(const mirti_predictor *from, mirti_predictor *to) {
    if (!from->level_label) return true;
    to->level_label = mirti_new((size_t)from->levels, sizeof *to->level_label);
    if (!to->level_label) return false;
    for (int k = 0; k < from->levels; k++)
        if (!copy_localized(&from->level_label[k], &to->level_label[k])) return false;
    return true;
}

static bool copy_predictor(const mirti_predictor *from, mirti_predictor *to) {
    to->kind = from->kind;
    to->reference = from->reference;
    to->actionable = from->actionable;
    to->place = from->place;
    to->name = mirti_strdup(from->name);
    bool ok = to->name && copy_localized(&from->label, &to->label) &&
              copy_localized(&from->factor, &to->factor) && copy_localized(&from->lack, &to->lack);
    if (!ok || from->kind != MIRTI_PREDICTOR_CATEGORY) return ok;
    to->level = mirti_new((size_t)from->levels, sizeof *to->level);
    if (!to->level) return false;
    to->levels = from->levels;
    for (int k = 0; k < from->levels; k++)
        if (!(to->level[k] = mirti_strdup(from->level[k]))) return false;
    return copy_level_labels(from, to);
}

/* Columns of all terms, without the intercept; beyond MOST_COLUMNS it does not matter how many. */
static int count_columns(const mirti_model_spec *spec) {
    int64_t columns = 0;
    for (int t = 0; t < spec->terms && columns <= MOST_COLUMNS; t++) {
        int64_t width = 1;
        for (int f = 0; f < spec->term[t].order && width <= MOST_COLUMNS; f++)
            width *= width_of(&spec->predictor[spec->term[t].predictor[f]]);
        columns += width;
    }
    return columns <= MOST_COLUMNS ? (int)columns : MOST_COLUMNS + 1;
}

static mirti_status build(const mirti_model_spec *spec, mirti_terms *terms, mirti_error *err) {
    terms->predictor = mirti_new((size_t)spec->predictors, sizeof *terms->predictor);
    terms->term = mirti_new((size_t)spec->terms, sizeof *terms->term);
    if (!terms->predictor || !terms->term) return mirti_fail_memory(err, "the model's terms");
    for (; terms->predictors < spec->predictors; terms->predictors++)
        if (!copy_predictor(&spec->predictor[terms->predictors],
                            &terms->predictor[terms->predictors])) {
            terms->predictors++; /* what there is of it is released */
            return mirti_fail_memory(err, "the model's predictors");
        }
    terms->terms = spec->terms;
    if (spec->terms > 0) memcpy(terms->term, spec->term, (size_t)spec->terms * sizeof *terms->term);
    int columns = 1 + count_columns(spec);
    if (columns > MOST_COLUMNS)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "the terms make more than %d columns; a covariance of so many is of no "
                          "use to anyone",
                          MOST_COLUMNS);
    terms->factor = mirti_new((size_t)columns, sizeof *terms->factor);
    terms->term_of = mirti_new((size_t)columns, sizeof *terms->term_of);
    terms->name = mirti_new((size_t)columns, sizeof *terms->name);
    if (!terms->factor || !terms->term_of || !terms->name)
        return mirti_fail_memory(err, "the model's columns");
    terms->columns = columns;
    terms->term_of[0] = -1;
    for (int t = 0, at = 1; t < spec->terms; t++)
        at = expand(terms, t, at);
    for (int j = 0; j < columns; j++)
        if (!(terms->name[j] = name_of(terms, &terms->factor[j])))
            return mirti_fail_memory(err, "the names of columns");
    return MIRTI_OK;
}

mirti_status mirti_terms_new(const mirti_model_spec *spec, mirti_terms **out, mirti_error *err) {
    *out = NULL;
    MIRTI_TRY(check_terms(spec, err));
    mirti_terms *terms = mirti_new(1, sizeof *terms);
    if (!terms) return mirti_fail_memory(err, "the model's terms");
    mirti_status status = build(spec, terms, err);
    if (status != MIRTI_OK) {
        mirti_terms_free(terms);
        return status;
    }
    *out = terms;
    return MIRTI_OK;
}

static void free_localized(mirti_localized *text) {
    for (int i = 0; i < text->count; i++) {
        mirti_free(text->language[i]);
        mirti_free(text->text[i]);
    }
    mirti_free(text->language);
    mirti_free(text->text);
}

void mirti_terms_free(mirti_terms *terms) {
    if (!terms) return;
    for (int k = 0; k < terms->predictors; k++) {
        mirti_predictor *predictor = &terms->predictor[k];
        mirti_free(predictor->name);
        free_localized(&predictor->label);
        free_localized(&predictor->factor);
        free_localized(&predictor->lack);
        for (int l = 0; l < predictor->levels; l++) {
            mirti_free(predictor->level[l]);
            if (predictor->level_label) free_localized(&predictor->level_label[l]);
        }
        mirti_free(predictor->level_label);
        mirti_free(predictor->level);
    }
    for (int j = 0; j < terms->columns; j++)
        mirti_free(terms->name[j]);
    mirti_free(terms->predictor);
    mirti_free(terms->term);
    mirti_free(terms->factor);
    mirti_free(terms->term_of);
    mirti_free(terms->name);
    mirti_free(terms);
}

void mirti_terms_row(const mirti_terms *terms, const double *value, double *row) {
    for (int j = 0; j < terms->columns; j++) {
        const mirti_terms_factor *factor = &terms->factor[j];
        double product = 1;
        for (int f = 0; f < factor->count; f++) {
            double v = value[factor->predictor[f]];
            product *= factor->level[f] < 0 ? v : (v == (double)factor->level[f] ? 1.0 : 0.0);
        }
        row[j] = product;
    }
}

bool mirti_terms_use(const mirti_terms *terms, int predictor) {
    for (int t = 0; t < terms->terms; t++)
        for (int f = 0; f < terms->term[t].order; f++)
            if (terms->term[t].predictor[f] == predictor) return true;
    return false;
}

int mirti_terms_share_offset(const mirti_terms *terms, int predictor) {
    int offset = 0;
    for (int k = 0; k < predictor; k++)
        offset +=
            terms->predictor[k].kind == MIRTI_PREDICTOR_CATEGORY ? terms->predictor[k].levels : 1;
    return offset;
}

void mirti_terms_expected_row(const mirti_terms *terms, const double *share, double *row) {
    for (int j = 0; j < terms->columns; j++) {
        const mirti_terms_factor *factor = &terms->factor[j];
        double product = 1;
        for (int f = 0; f < factor->count; f++) {
            int at = mirti_terms_share_offset(terms, factor->predictor[f]);
            product *= share[factor->level[f] < 0 ? at : at + factor->level[f]];
        }
        row[j] = product;
    }
}
