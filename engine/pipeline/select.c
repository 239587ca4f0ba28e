/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Choosing among the terms of a project's model: the survey is read as for a fit, its PSUs are
 * dealt to the parts of the cross-validation, and what comes out is written down. No file of the
 * project is touched: the chosen terms are for a person to put into the model file.
 */
#include <string.h>

#include "run.h"

enum { DEFAULT_FOLDS = 10 };

/* Whether term t of the model is written as `text`, "age" or "age:sex". */
static bool term_is(const mirti_terms *terms, int t, mirti_str text) {
    const mirti_term *term = &terms->term[t];
    for (int f = 0; f < term->order; f++) {
        const char *name = terms->predictor[term->predictor[f]].name;
        size_t size = strlen(name);
        if (text.size < size || memcmp(text.data, name, size) != 0) return false;
        text = (mirti_str){text.data + size, text.size - size};
        if (f + 1 == term->order) break;
        if (text.size == 0 || text.data[0] != ':') return false;
        text = (mirti_str){text.data + 1, text.size - 1};
    }
    return text.size == 0;
}

static mirti_status keep_one(const mirti_run *run, mirti_str text, bool *keep, mirti_error *err) {
    for (int t = 0; t < run->terms->terms; t++) {
        if (!term_is(run->terms, t, text)) continue;
        keep[t] = true;
        return MIRTI_OK;
    }
    mirti_status status =
        mirti_fail(err, MIRTI_ERROR_USAGE, "'%.*s' is to be kept, but is no term of the model",
                   (int)(text.size < 100 ? text.size : 100), text.data);
    mirti_fail_at(err, run->spec->path, 0, 0, "terms", NULL);
    mirti_fail_remedy(err, "name terms as the model file writes them, with commas between");
    return status;
}

/* "age,sex,age:sex" into marks of terms. */
static mirti_status read_keep(const mirti_run *run, const char *list, bool *keep,
                              mirti_error *err) {
    for (const char *at = list; at && *at;) {
        size_t size = strcspn(at, ",");
        MIRTI_TRY(keep_one(run, mirti_str_trim((mirti_str){at, size}), keep, err));
        at += size + (at[size] == ',');
    }
    return MIRTI_OK;
}

/* The choice is made by logits: what it would mean for another link, or with a penalty, nobody has
 * said. */
static mirti_status check_fit(const mirti_run *run, mirti_error *err) {
    const mirti_fit_choice *fit = &run->spec->fit;
    if (fit->link == MIRTI_LINK_LOGIT && fit->penalty == MIRTI_PENALTY_NONE) return MIRTI_OK;
    mirti_status status =
        mirti_fail(err, MIRTI_ERROR_INPUT,
                   "terms are chosen for a logit without a penalty, but the "
                   "model asks for %s",
                   fit->link == MIRTI_LINK_LOGIT ? mirti_penalty_name(fit->penalty)
                                                 : mirti_link_name(fit->link));
    mirti_fail_at(err, run->spec->path, fit->place.line, fit->place.column, "fit", NULL);
    mirti_fail_remedy(err, "Choose without 'fit', and put it back for the terms that were chosen.");
    return status;
}

/* The chosen terms fitted as mirti_run_fit would if the model file had no others: run->model. */
static mirti_status fit_chosen(mirti_run *run, const mirti_choice *choice, mirti_error *err) {
    const mirti_sample *s = run->sample;
    size_t p = (size_t)s->columns, q = (size_t)choice->columns, rows = (size_t)s->rows;
    mirti_model_spec spec = *run->spec;
    spec.term = mirti_new((size_t)choice->terms, sizeof *spec.term);
    spec.terms = 0;
    double *x = mirti_new(rows * q, sizeof *x);
    mirti_status status = MIRTI_OK;
    if (spec.term && x) {
        for (int t = 0; t < choice->terms; t++)
            if (choice->chosen[t]) spec.term[spec.terms++] = run->spec->term[t];
        for (size_t i = 0; i < rows; i++)
            for (size_t k = 0; k < q; k++)
                x[i * q + k] = s->x[i * p + (size_t)choice->column[k]];
        const mirti_model_options how = {.replicates = s->replicates,
                                         .threads = run->options.threads,
                                         .listener = run->options.listener};
        status = mirti_model_fit(&spec, run->survey_block, s->design, x, s->y, s->in, &how,
                                 &run->model, err);
    } else {
        status = mirti_fail_memory(err, "the chosen columns");
    }
    mirti_free(spec.term);
    mirti_free(x);
    return status;
}

static mirti_status select_by(mirti_run *run, const mirti_run_select_options *options, bool *keep,
                              int32_t *fold, mirti_choice **out, mirti_error *err) {
    const mirti_sample *s = run->sample;
    int folds = options->folds > 0 ? options->folds : DEFAULT_FOLDS;
    bool by_folds = options->method == MIRTI_SELECT_LASSO || options->criterion == MIRTI_SELECT_CV;
    MIRTI_TRY(read_keep(run, options->keep, keep, err));
    if (by_folds) MIRTI_TRY(mirti_survey_folds(s->design, s->in, folds, run->seed, fold, err));
    const mirti_select_data data = {.design = s->design,
                                    .x = s->x,
                                    .columns = s->columns,
                                    .y = s->y,
                                    .in = s->in,
                                    .name = run->terms->name,
                                    .fold = by_folds ? fold : NULL,
                                    .folds = by_folds ? folds : 0};
    const mirti_select_options how = {
        .method = options->method,
        .criterion = options->criterion,
        .best = options->best,
        .keep = keep,
        .lasso = {.threads = run->options.threads, .listener = run->options.listener}};
    MIRTI_TRY(mirti_select(&data, run->terms, &how, out, err));
    return (*out)->fit ? fit_chosen(run, *out, err) : MIRTI_OK;
}

mirti_status mirti_run_select(mirti_run *run, const mirti_run_select_options *options,
                              mirti_choice **out, mirti_error *err) {
    *out = NULL;
    MIRTI_TRY(mirti_run_needs_persons(run, err));
    MIRTI_TRY(check_fit(run, err));
    MIRTI_TRY(mirti_run_read_survey(run, NULL, 0, err));
    bool *keep = mirti_new((size_t)run->terms->terms, sizeof *keep);
    int32_t *fold = mirti_new((size_t)run->sample->design->psus, sizeof *fold);
    mirti_status status = keep && fold ? select_by(run, options, keep, fold, out, err)
                                       : mirti_fail_memory(err, "the choice of terms");
    mirti_free(keep);
    mirti_free(fold);
    if (status == MIRTI_OK) return MIRTI_OK;
    mirti_choice_free(*out);
    *out = NULL;
    return status;
}

mirti_status mirti_run_choice_json(const mirti_run *run, const mirti_choice *choice,
                                   mirti_text *out, mirti_error *err) {
    mirti_json json = {0};
    mirti_json_object(&json, NULL);
    mirti_json_integer(&json, "mirti-choice", 1);
    mirti_json_string(&json, "program", mirti_version());
    mirti_json_string(&json, "model", run->spec->name);
    mirti_json_string(&json, "survey_source", run->survey_block->name);
    if (choice->folds > 0) mirti_json_integer(&json, "seed", (int64_t)run->seed);
    mirti_choice_to_json(choice, &json);
    mirti_json_end(&json);
    mirti_status status = mirti_json_finish(&json, err);
    if (status == MIRTI_OK) {
        mirti_text_add(out, json.text.data, json.text.size);
        if (out->failed) status = mirti_fail_memory(err, "the record of the choice");
    }
    mirti_json_reset(&json);
    return status;
}
