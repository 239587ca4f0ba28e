/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stepwise search over terms. A step lists what may be done – terms that may come in, since their
 * lower-order parts are there, and terms that may leave, since nothing there is built on them –
 * tries every one, side by side, and carries out the best if it is good enough. All that was tried
 * stays in the record, with what came of it.
 */
#include <math.h>
#include <string.h>

#include "internal.h"

/* Rules by p value may turn in circles; no sensible search takes this many steps per term. */
enum { STEPS_PER_TERM = 10 };

static bool may_add(const mirti_search *search, int t) {
    if (search->in[t] || search->choice->set_aside[t]) return false;
    for (int a = 0; a < search->terms->terms; a++)
        if (mirti_search_is_part(search, a, t) && !search->in[a] && !search->choice->set_aside[a])
            return false;
    return true;
}

static bool may_drop(const mirti_search *search, int t) {
    if (!search->in[t] || search->choice->keep[t]) return false;
    for (int b = 0; b < search->terms->terms; b++)
        if (search->in[b] && mirti_search_is_part(search, t, b)) return false;
    return true;
}

/* Opens a step with its trials listed; NULL when memory runs out. */
static mirti_select_step *open_step(mirti_search *search, bool adds, bool drops) {
    mirti_choice *choice = search->choice;
    mirti_select_step *grown =
        mirti_resize(choice->step, (size_t)choice->steps + 1, sizeof *choice->step);
    if (!grown) return NULL;
    choice->step = grown;
    mirti_select_step *step = &choice->step[choice->steps++];
    *step = (mirti_select_step){.value = (double)NAN, .chosen = -1};
    step->trial = mirti_new((size_t)choice->terms, sizeof *step->trial);
    if (!step->trial) return NULL;
    for (int t = 0; t < choice->terms; t++) {
        bool add = adds && may_add(search, t);
        if (!add && !(drops && may_drop(search, t))) continue;
        step->trial[step->trials++] = (mirti_select_trial){.term = t,
                                                           .add = add,
                                                           .f = (double)NAN,
                                                           .p = (double)NAN,
                                                           .value = (double)NAN,
                                                           .se = (double)NAN};
    }
    return step;
}

/* ------------------------------------------------------------------------------------- trials -- */

typedef struct try_job {
    const mirti_search *search;
    mirti_select_step *step;
} try_job;

static mirti_status note_wald(const mirti_search *search, const mirti_submodel *model,
                              mirti_select_trial *trial, mirti_error *err) {
    mirti_wald wald;
    MIRTI_TRY(mirti_search_wald(search, model, trial->term, &wald, err));
    trial->f = wald.f;
    trial->p = wald.p;
    trial->df = wald.q;
    return MIRTI_OK;
}

static mirti_status try_model(const mirti_search *search, const bool *in, mirti_select_trial *trial,
                              mirti_error *err) {
    if (search->options.criterion != MIRTI_SELECT_P)
        return mirti_search_judge(search, in, &trial->value, &trial->se, err);
    mirti_submodel model;
    mirti_status status = mirti_submodel_fit(search, in, 1, &model, err);
    if (status == MIRTI_OK) status = note_wald(search, &model, trial, err);
    mirti_submodel_reset(&model);
    return status;
}

static mirti_status try_one(int64_t first, int64_t last, void *context, mirti_error *err) {
    const try_job *job = context;
    size_t terms = (size_t)job->search->terms->terms;
    bool *in = mirti_new(terms, sizeof *in);
    if (!in) return mirti_fail_memory(err, "a trial");
    mirti_status status = MIRTI_OK;
    for (int64_t k = first; k < last && status == MIRTI_OK; k++) {
        mirti_select_trial *trial = &job->step->trial[k];
        mirti_error trouble = {0};
        memcpy(in, job->search->in, terms * sizeof *in);
        in[trial->term] = trial->add;
        for (size_t j = 0; j < (size_t)job->search->data->columns; j++)
            trial->df += job->search->terms->term_of[j] == trial->term;
        status = mirti_search_problem(try_model(job->search, in, trial, &trouble), &trouble,
                                      &trial->problem, err);
    }
    mirti_free(in);
    return status;
}

/* Of terms that may leave by p value one fit tells all. */
static mirti_status test_in_place(const mirti_search *search, mirti_select_step *step,
                                  mirti_error *err) {
    mirti_submodel model;
    mirti_status status =
        mirti_submodel_fit(search, search->in, search->options.lasso.threads, &model, err);
    for (int k = 0; k < step->trials && status == MIRTI_OK; k++)
        status = note_wald(search, &model, &step->trial[k], err);
    mirti_submodel_reset(&model);
    return status;
}

/* ------------------------------------------------------------------------------------- choosing -- */

/* Twins – the same column in another unit – differ by rounding only; then the first is to win. */
static const double more_than_rounding = 1e-10;

static bool is_below(double a, double b) {
    return a < b - more_than_rounding * fabs(b);
}

/* The better of two trials by p value: F decides where both p are too small to be told apart. */
static bool is_smaller(const mirti_select_trial *a, const mirti_select_trial *b) {
    return is_below(a->p, b->p) || (!is_below(b->p, a->p) && is_below(b->f, a->f));
}

static int best_by_p(const mirti_search *search, const mirti_select_step *step, bool adds) {
    int best = -1;
    for (int k = 0; k < step->trials; k++) {
        const mirti_select_trial *trial = &step->trial[k];
        if (trial->problem || isnan(trial->p)) continue;
        bool good = adds ? trial->p < search->options.p_enter : trial->p > search->options.p_remove;
        if (!good) continue;
        if (best < 0 ||
            (adds ? is_smaller(trial, &step->trial[best]) : is_smaller(&step->trial[best], trial)))
            best = k;
    }
    return best;
}

static int best_by_value(const mirti_select_step *step) {
    int best = -1;
    double lowest = step->value;
    for (int k = 0; k < step->trials; k++) {
        if (step->trial[k].problem || !is_below(step->trial[k].value, lowest)) continue;
        best = k;
        lowest = step->trial[k].value;
    }
    return best;
}

/* One step; *moved says whether anything was done. `value` is the criterion of the model at hand.
 */
static mirti_status take_step(mirti_search *search, bool adds, bool drops, double *value,
                              bool *moved, mirti_error *err) {
    *moved = false;
    MIRTI_TRY(
        mirti_progress(search->options.lasso.listener, "select", search->choice->steps, 0, err));
    mirti_select_step *step = open_step(search, adds, drops);
    if (!step) return mirti_fail_memory(err, "a step of the search");
    bool by_p = search->options.criterion == MIRTI_SELECT_P;
    step->value = *value;
    if (by_p && drops) {
        MIRTI_TRY(test_in_place(search, step, err));
    } else {
        try_job job = {search, step};
        MIRTI_TRY(mirti_parallel_range(step->trials, 1, search->options.lasso.threads, try_one,
                                       &job, err));
    }
    step->chosen = by_p ? best_by_p(search, step, adds) : best_by_value(step);
    if (step->chosen < 0) return MIRTI_OK;
    const mirti_select_trial *done = &step->trial[step->chosen];
    search->in[done->term] = done->add;
    *value = done->value;
    *moved = true;
    return MIRTI_OK;
}

/* In and out by p value: after each term that came in, all that have become idle leave. */
static mirti_status step_both_by_p(mirti_search *search, double *value, int most,
                                   mirti_error *err) {
    bool moved = true;
    while (moved && search->choice->steps < most) {
        bool left = true;
        MIRTI_TRY(take_step(search, true, false, value, &moved, err));
        while (moved && left && search->choice->steps < most)
            MIRTI_TRY(take_step(search, false, true, value, &left, err));
    }
    return MIRTI_OK;
}

mirti_status mirti_search_stepwise(mirti_search *search, mirti_error *err) {
    const mirti_select_options *options = &search->options;
    double value = (double)NAN, se;
    int most = STEPS_PER_TERM * (search->terms->terms + 1);
    if (options->criterion != MIRTI_SELECT_P)
        MIRTI_TRY(mirti_search_judge(search, search->in, &value, &se, err));
    if (options->method == MIRTI_SELECT_BOTH && options->criterion == MIRTI_SELECT_P)
        return step_both_by_p(search, &value, most, err);
    bool moved = true;
    while (moved && search->choice->steps < most)
        MIRTI_TRY(take_step(search, options->method != MIRTI_SELECT_BACKWARD,
                            options->method != MIRTI_SELECT_FORWARD, &value, &moved, err));
    return MIRTI_OK;
}
