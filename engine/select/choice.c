/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A choice from beginning to end: which terms can be candidates at all, the search or the path,
 * what interactions bring along, and the chosen terms fitted as any model is.
 */
#include <math.h>
#include <string.h>

#include "internal.h"

/* ------------------------------------------------------------------------------------ candidates -- */

/* Terms are screened side by side, each beside the kept ones alone. */
typedef struct screen_job {
    const mirti_search *search;
    char **problem; /* [terms] */
} screen_job;

static mirti_status screen(int64_t first, int64_t last, void *context, mirti_error *err) {
    const screen_job *job = context;
    const mirti_search *search = job->search;
    size_t terms = (size_t)search->terms->terms;
    bool *in = mirti_new(terms, sizeof *in);
    if (!in) return mirti_fail_memory(err, "a trial");
    mirti_status status = MIRTI_OK;
    for (int64_t t = first; t < last && status == MIRTI_OK; t++) {
        if (search->choice->keep[t]) continue;
        mirti_submodel model;
        mirti_error trouble = {0};
        memcpy(in, search->choice->keep, terms * sizeof *in);
        in[t] = true;
        mirti_search_close(search, in, NULL);
        status = mirti_search_problem(mirti_submodel_fit(search, in, 1, &model, &trouble), &trouble,
                                      &job->problem[t], err);
        mirti_submodel_reset(&model);
    }
    mirti_free(in);
    return status;
}

/* Sets aside what cannot be fitted even beside the kept terms alone. */
static mirti_status set_aside(mirti_search *search, mirti_error *err) {
    mirti_submodel model;
    mirti_status status = mirti_submodel_fit(search, search->choice->keep,
                                             search->options.lasso.threads, &model, err);
    mirti_submodel_reset(&model);
    MIRTI_TRY(status);
    int terms = search->terms->terms;
    screen_job job = {search, mirti_new((size_t)terms, sizeof(char *))};
    if (!job.problem) return mirti_fail_memory(err, "the candidates");
    status = mirti_parallel_range(terms, 1, search->options.lasso.threads, screen, &job, err);
    memcpy(search->choice->set_aside, job.problem, (size_t)terms * sizeof *job.problem);
    mirti_free(job.problem);
    return status;
}

static mirti_status can_be_fitted(const mirti_search *search, char **problem, mirti_error *err) {
    mirti_submodel model;
    mirti_error trouble = {0};
    mirti_status status =
        mirti_submodel_fit(search, search->in, search->options.lasso.threads, &model, &trouble);
    mirti_submodel_reset(&model);
    return mirti_search_problem(status, &trouble, problem, err);
}

/* Where a backward search begins: all candidates, or, when they cannot be fitted together, those
 * that can be fitted beside the ones before them. */
static mirti_status begin_with_all(mirti_search *search, mirti_error *err) {
    mirti_choice *choice = search->choice;
    char *problem = NULL;
    for (int t = 0; t < choice->terms; t++)
        search->in[t] = !choice->set_aside[t];
    MIRTI_TRY(can_be_fitted(search, &problem, err));
    if (!problem) return MIRTI_OK;
    mirti_free(problem);
    for (int t = 0; t < choice->terms; t++)
        search->in[t] = choice->keep[t];
    for (int t = 0; t < choice->terms; t++) {
        if (search->in[t] || choice->set_aside[t]) continue;
        search->in[t] = true;
        MIRTI_TRY(can_be_fitted(search, &choice->set_aside[t], err));
        if (choice->set_aside[t]) search->in[t] = false;
    }
    return MIRTI_OK;
}

/* ----------------------------------------------------------------------------------------- lasso -- */

/* Whether there is a term to choose: one that is neither kept nor set aside. */
static bool has_candidates(const mirti_choice *choice) {
    for (int t = 0; t < choice->terms; t++)
        if (!choice->keep[t] && !choice->set_aside[t]) return true;
    return false;
}

static mirti_status choose_by_lasso(mirti_search *search, mirti_error *err) {
    const mirti_select_data *data = search->data;
    mirti_choice *choice = search->choice;
    if (!has_candidates(choice)) return MIRTI_OK;
    int *group = mirti_new((size_t)data->columns, sizeof *group);
    uint8_t *free = mirti_new((size_t)choice->terms, 1);
    mirti_status status = MIRTI_OK;
    if (group && free) {
        for (int j = 0; j < data->columns; j++) {
            int term = search->terms->term_of[j];
            group[j] = term >= 0 && !choice->set_aside[term] ? term : -1;
        }
        for (int t = 0; t < choice->terms; t++)
            free[t] = choice->keep[t];
        status = mirti_lasso_path(&search->patterns, group, choice->terms, free,
                                  &search->options.lasso, &choice->lasso, err);
    } else {
        status = mirti_fail_memory(err, "the groups of columns");
    }
    mirti_free(group);
    mirti_free(free);
    MIRTI_TRY(status);
    choice->at = choice->best ? choice->lasso->best : choice->lasso->sparse;
    const uint8_t *active = choice->lasso->active + (size_t)choice->at * (size_t)choice->terms;
    for (int t = 0; t < choice->terms; t++)
        search->in[t] = active[t] || choice->keep[t];
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------- the whole -- */

static char *term_name(const mirti_terms *terms, int t) {
    mirti_text text = {0};
    for (int f = 0; f < terms->term[t].order; f++) {
        if (f > 0) mirti_text_puts(&text, ":");
        mirti_text_puts(&text, terms->predictor[terms->term[t].predictor[f]].name);
    }
    if (!text.failed) return text.data;
    mirti_text_reset(&text);
    return NULL;
}

static mirti_status open_choice(mirti_search *search, mirti_error *err) {
    const mirti_select_options *options = &search->options;
    mirti_choice *choice = search->choice;
    size_t terms = (size_t)search->terms->terms;
    choice->method = options->method;
    choice->criterion = options->criterion;
    choice->p_enter = options->p_enter;
    choice->p_remove = options->p_remove;
    choice->best = options->best;
    choice->folds = options->criterion == MIRTI_SELECT_CV ? search->data->folds : 0;
    choice->at = -1;
    choice->term = mirti_new(terms, sizeof *choice->term);
    choice->keep = mirti_new(terms, sizeof *choice->keep);
    choice->set_aside = mirti_new(terms, sizeof *choice->set_aside);
    choice->chosen = mirti_new(terms, sizeof *choice->chosen);
    choice->brought = mirti_new(terms, sizeof *choice->brought);
    search->in = mirti_new(terms, sizeof *search->in);
    bool ok = choice->term && choice->keep && choice->set_aside && choice->chosen &&
              choice->brought && search->in;
    for (; ok && choice->terms < search->terms->terms; choice->terms++)
        if (!(choice->term[choice->terms] = term_name(search->terms, choice->terms))) ok = false;
    if (!ok) return mirti_fail_memory(err, "the choice of terms");
    for (int t = 0; t < choice->terms; t++)
        choice->keep[t] = options->keep && options->keep[t];
    mirti_search_close(search, choice->keep, NULL);
    return MIRTI_OK;
}

/* The chosen terms as any model is fitted; when they cannot be, the reason is part of the choice.
 */
static mirti_status refit(mirti_search *search, mirti_error *err) {
    mirti_choice *choice = search->choice;
    mirti_submodel model;
    mirti_error trouble = {0};
    mirti_status status =
        mirti_submodel_fit(search, choice->chosen, search->options.lasso.threads, &model, &trouble);
    status = mirti_search_problem(status, &trouble, &choice->fit_problem, err);
    if (status == MIRTI_OK) {
        choice->fit = model.fit;
        model.fit = NULL;
        choice->columns = model.columns;
        choice->column = mirti_new((size_t)model.columns, sizeof *choice->column);
        choice->column_term = mirti_new((size_t)model.columns, sizeof *choice->column_term);
        choice->name = mirti_new((size_t)model.columns, sizeof *choice->name);
        bool ok = choice->column && choice->column_term && choice->name;
        for (int k = 0; ok && k < model.columns; k++) {
            choice->column[k] = model.column[k];
            choice->column_term[k] = search->terms->term_of[model.column[k]];
            choice->name[k] = mirti_strdup(model.name[k]);
            ok = choice->name[k] != NULL;
        }
        if (!ok) status = mirti_fail_memory(err, "the chosen columns");
    }
    mirti_submodel_reset(&model);
    return status;
}

static mirti_status choose(mirti_search *search, mirti_error *err) {
    const mirti_select_options *options = &search->options;
    mirti_choice *choice = search->choice;
    MIRTI_TRY(open_choice(search, err));
    MIRTI_TRY(mirti_patterns_make(search->data, &search->patterns, err));
    if (options->criterion == MIRTI_SELECT_CV)
        MIRTI_TRY(mirti_select_check_folds(&search->patterns, err));
    MIRTI_TRY(set_aside(search, err));
    memcpy(search->in, choice->keep, (size_t)choice->terms * sizeof *search->in);
    if (options->method == MIRTI_SELECT_LASSO) {
        MIRTI_TRY(choose_by_lasso(search, err));
    } else {
        if (options->method == MIRTI_SELECT_BACKWARD) MIRTI_TRY(begin_with_all(search, err));
        MIRTI_TRY(mirti_search_stepwise(search, err));
    }
    memcpy(choice->chosen, search->in, (size_t)choice->terms * sizeof *search->in);
    mirti_search_close(search, choice->chosen, choice->brought);
    return refit(search, err);
}

static mirti_status fill_options(const mirti_select_data *data, const mirti_terms *terms,
                                 const mirti_select_options *given, mirti_select_options *out,
                                 mirti_error *err) {
    *out = *given;
    if (out->p_enter == 0) out->p_enter = 0.05;
    if (out->p_remove == 0) out->p_remove = fmax(0.10, out->p_enter);
    if (out->method == MIRTI_SELECT_LASSO) out->criterion = MIRTI_SELECT_CV;
    if (out->lasso.threads <= 0) out->lasso.threads = mirti_threads_available();
    if (!(out->p_enter > 0 && out->p_enter <= out->p_remove && out->p_remove < 1))
        return mirti_fail(
            err, MIRTI_ERROR_USAGE,
            "a term enters with p below %g and leaves with p above %g: these are to be "
            "between 0 and 1, and the first not above the second",
            out->p_enter, out->p_remove);
    if (data->columns != terms->columns)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "%d columns are not the %d of the terms",
                          data->columns, terms->columns);
    if (out->criterion == MIRTI_SELECT_CV && !data->fold)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a cross-validation needs the parts of the PSUs");
    return MIRTI_OK;
}

mirti_status mirti_select(const mirti_select_data *data, const mirti_terms *terms,
                          const mirti_select_options *options, mirti_choice **out,
                          mirti_error *err) {
    *out = NULL;
    mirti_search search = {.data = data, .terms = terms};
    MIRTI_TRY(fill_options(data, terms, options, &search.options, err));
    search.choice = mirti_new(1, sizeof *search.choice);
    if (!search.choice) return mirti_fail_memory(err, "the choice of terms");
    mirti_status status = choose(&search, err);
    mirti_patterns_reset(&search.patterns);
    mirti_free(search.in);
    if (status == MIRTI_OK)
        *out = search.choice;
    else
        mirti_choice_free(search.choice);
    return status;
}

static void free_texts(char **text, int count) {
    for (int k = 0; text && k < count; k++)
        mirti_free(text[k]);
    mirti_free(text);
}

void mirti_choice_free(mirti_choice *choice) {
    if (!choice) return;
    for (int s = 0; s < choice->steps; s++) {
        for (int k = 0; k < choice->step[s].trials; k++)
            mirti_free(choice->step[s].trial[k].problem);
        mirti_free(choice->step[s].trial);
    }
    free_texts(choice->term, choice->terms);
    free_texts(choice->set_aside, choice->terms);
    free_texts(choice->name, choice->columns);
    mirti_lasso_free(choice->lasso);
    mirti_logit_free(choice->fit);
    void *blocks[] = {choice->step,   choice->keep,        choice->chosen,      choice->brought,
                      choice->column, choice->column_term, choice->fit_problem, choice};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
}
