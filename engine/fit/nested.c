/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Areas within parents fitted: municipalities that differ within states that differ. The search
 * starts from the plain logit with a Hessian taken by differences there. Where one of the two
 * standard deviations goes to zero, the model with it held there is fitted, and taken if it is as
 * likely: that a level does not matter is a result.
 */
#include "nested.h"

#include <math.h>
#include <string.h>

#include "linear.h"

enum { MOST_STEPS = 300 };

static const double most_sigma = 30, near_zero = 0.05;

typedef struct search {
    mirti_nested_problem problem;
    const mirti_listener *listener;
    mirti_ascent a;
    double *hessian; /* [k × k] and [k × k] to work in */
} search;

static mirti_status value_and_gradient(void *context, const double *at, double *gradient,
                                       double *value, mirti_error *err) {
    mirti_nested_out out = {0};
    out.gradient = gradient;
    return mirti_nested_evaluate(context, at, &out, value, err);
}

/* The inverse of minus the Hessian at a->at into a->inverse; false, and it stays, if that is no
 * maximum nearby. */
static mirti_status take_hessian(search *s, bool *definite, mirti_error *err) {
    size_t f = s->a.free;
    MIRTI_TRY(mirti_ascent_hessian(&s->a, s->hessian, err));
    memcpy(s->hessian + f * f, s->hessian, f * f * sizeof *s->hessian);
    *definite = mirti_fit_cholesky(s->hessian + f * f, (int)f, 1e-12) < 0;
    if (*definite) mirti_fit_cholesky_inverse(s->hessian + f * f, (int)f, s->a.inverse);
    return MIRTI_OK;
}

static mirti_status maximise(search *s, mirti_error *err) {
    size_t f = s->a.free, p = (size_t)s->problem.data->p;
    memset(s->a.inverse, 0, f * f * sizeof *s->a.inverse);
    for (size_t j = 0; j < f; j++) /* to begin with: widths for the differences */
        s->a.inverse[j * f + j] = j < p ? 10.0 / (double)s->problem.data->rows : 0.01;
    bool definite;
    MIRTI_TRY(take_hessian(s, &definite, err));
    MIRTI_TRY(value_and_gradient(&s->problem, s->a.at, s->a.gradient, &s->a.value, err));
    for (int k = 0; k < MOST_STEPS; k++) {
        double gain;
        MIRTI_TRY(mirti_progress(s->listener, "nested logit", s->a.steps, 0, err));
        MIRTI_TRY(mirti_ascent_step(&s->a, &gain, err));
        if (gain < 1e-14) return MIRTI_OK;
        if (fabs(s->a.at[p]) > most_sigma || fabs(s->a.at[p + 1]) > most_sigma) break;
    }
    mirti_status status = mirti_fail(err, MIRTI_ERROR_MODEL,
                                     "the nested logit did not settle: areas tell the outcome "
                                     "almost without error, or the data determine too little");
    mirti_fail_remedy(err, "Use larger areas, or fewer terms.");
    return status;
}

/* Holds the last θ at zero if the likelihood is as high there. */
static mirti_status try_without_last(search *s, bool *accepted, mirti_error *err) {
    size_t k = s->a.size, last = s->a.free - 1;
    double best = s->a.value, *top = mirti_new(k, sizeof *top);
    if (!top) return mirti_fail_memory(err, "the search for the nested logit");
    memcpy(top, s->a.at, k * sizeof *top);
    s->a.at[last] = 0;
    s->a.free = last;
    mirti_status status = maximise(s, err);
    *accepted = status == MIRTI_OK && s->a.value >= best - 1e-8;
    if (status == MIRTI_OK && !*accepted) {
        s->a.free = last + 1;
        memcpy(s->a.at, top, k * sizeof *top);
        status = maximise(s, err);
    }
    mirti_free(top);
    return status;
}

/* Puts the other level's θ last. */
static void swap_levels(search *s) {
    size_t p = (size_t)s->problem.data->p;
    double first = s->a.at[p];
    s->a.at[p] = s->a.at[p + 1];
    s->a.at[p + 1] = first;
    s->problem.parent_first = !s->problem.parent_first;
}

static mirti_status search_it(search *s, const double *start, mirti_error *err) {
    size_t p = (size_t)s->problem.data->p;
    bool accepted = false;
    memcpy(s->a.at, start, p * sizeof *start);
    s->a.at[p] = s->a.at[p + 1] = 0.5;
    MIRTI_TRY(maximise(s, err));
    if (fabs(s->a.at[p]) < fabs(s->a.at[p + 1])) swap_levels(s);
    if (fabs(s->a.at[p + 1]) < near_zero) MIRTI_TRY(try_without_last(s, &accepted, err));
    if (accepted && fabs(s->a.at[p]) < near_zero) MIRTI_TRY(try_without_last(s, &accepted, err));

    mirti_mixed_data *data = s->problem.data; /* the mirror images are the same model */
    bool flip_first = s->a.at[p] < 0, flip_last = s->a.at[p + 1] < 0;
    bool flip_parents = s->problem.parent_first ? flip_first : flip_last;
    bool flip_areas = s->problem.parent_first ? flip_last : flip_first;
    s->a.at[p] = fabs(s->a.at[p]);
    s->a.at[p + 1] = fabs(s->a.at[p + 1]);
    for (int32_t a = 0; flip_areas && a < data->areas; a++)
        data->mode[a] = -data->mode[a];
    for (int32_t g = 0; flip_parents && g < data->parents; g++)
        data->parent_mode[g] = -data->parent_mode[g];
    bool definite;
    MIRTI_TRY(take_hessian(s, &definite, err));
    if (definite) return MIRTI_OK;
    mirti_status status = mirti_fail(err, MIRTI_ERROR_MODEL,
                                     "the likelihood of the nested logit is flat at its top: the "
                                     "data do not determine all parameters");
    mirti_fail_remedy(err, "Use fewer terms, or one level of areas.");
    return status;
}

/* ------------------------------------------------------------------------------------ results -- */

/* A matrix of the free parameters as one of all, in the order β, σ_area, σ_parent. */
static void spread(const search *s, const double *matrix, double *out) {
    size_t k = s->a.size, f = s->a.free, p = k - 2;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            size_t from_i = i < p || !s->problem.parent_first ? i : 2 * p + 1 - i;
            size_t from_j = j < p || !s->problem.parent_first ? j : 2 * p + 1 - j;
            out[i * k + j] = from_i < f && from_j < f ? matrix[from_i * f + from_j] : 0;
        }
}

static void void_sigmas(const mirti_nested *fit, double *covariance) {
    size_t k = (size_t)fit->columns + 2;
    for (size_t i = 0; i < k; i++) {
        if (fit->area_boundary)
            covariance[i * k + k - 2] = covariance[(k - 2) * k + i] = (double)NAN;
        if (fit->parent_boundary)
            covariance[i * k + k - 1] = covariance[(k - 1) * k + i] = (double)NAN;
    }
}

/* Sandwich over parents, and the effects. */
static mirti_status tell(search *s, mirti_nested *fit, mirti_error *err) {
    size_t k = s->a.size, f = s->a.free, parents = (size_t)s->problem.data->parents;
    double *score = mirti_new(parents * k, sizeof *score);
    double *middle = mirti_new(2 * f * f, sizeof *middle), value;
    mirti_status status;
    if (!score || !middle) {
        status = mirti_fail_memory(err, "the scores of parents");
        goto done;
    }
    mirti_nested_out out = {.score = score,
                            .effect = fit->effect,
                            .sd = fit->effect_sd,
                            .own_sd = fit->effect_own_sd,
                            .parent_sd = fit->parent_effect_sd};
    MIRTI_TRY_GOTO(status, mirti_nested_evaluate(&s->problem, s->a.at, &out, &value, err), done);
    double factor = (double)parents / (double)(parents - 1);
    for (size_t g = 0; g < parents; g++)
        for (size_t i = 0; i < f; i++)
            for (size_t j = 0; j < f; j++)
                middle[i * f + j] += factor * score[g * k + i] * score[g * k + j];
    mirti_fit_congruence(s->a.inverse, middle, (int)f, s->hessian, middle + f * f);
    spread(s, s->hessian, fit->covariance);
    for (size_t g = 0; g < parents; g++)
        fit->parent_effect[g] = fit->sigma_parent * s->problem.data->parent_mode[g];
done:
    mirti_free(score);
    mirti_free(middle);
    return status;
}

static mirti_status describe(const mirti_mixed_data *data, const mirti_str *area,
                             const mirti_str *parent, mirti_nested *fit, mirti_error *err) {
    fit->areas = data->areas;
    fit->parents = data->parents;
    size_t areas = (size_t)data->areas, parents = (size_t)data->parents;
    fit->area = mirti_new(areas, sizeof *fit->area);
    fit->parent = mirti_new(parents, sizeof *fit->parent);
    fit->area_parent = mirti_new(areas, sizeof *fit->area_parent);
    fit->area_rows = mirti_new(areas, sizeof *fit->area_rows);
    fit->parent_effect = mirti_new(parents, sizeof(double));
    fit->parent_effect_sd = mirti_new(parents, sizeof(double));
    fit->effect = mirti_new(areas, sizeof(double));
    fit->effect_sd = mirti_new(areas, sizeof(double));
    fit->effect_own_sd = mirti_new(areas, sizeof(double));
    if (!fit->area || !fit->parent || !fit->area_parent || !fit->area_rows || !fit->parent_effect ||
        !fit->parent_effect_sd || !fit->effect || !fit->effect_sd || !fit->effect_own_sd)
        return mirti_fail_memory(err, "the effects of areas");
    for (int32_t g = 0; g < data->parents; g++) {
        for (int32_t a = data->parent_start[g]; a < data->parent_start[g + 1]; a++) {
            mirti_str code = area[data->source[data->start[a]]];
            fit->area[a] = mirti_arena_copy(&fit->names, code.data, code.size);
            if (!fit->area[a]) return mirti_fail_memory(err, "the codes of areas");
            fit->area_parent[a] = g;
            fit->area_rows[a] = (int32_t)(data->start[a + 1] - data->start[a]);
        }
        mirti_str code = parent[data->source[data->start[data->parent_start[g]]]];
        fit->parent[g] = mirti_arena_copy(&fit->names, code.data, code.size);
        if (!fit->parent[g]) return mirti_fail_memory(err, "the codes of parents");
    }
    return MIRTI_OK;
}

static mirti_status fit_data(const mirti_fit_problem *problem, const double *start,
                             mirti_mixed_data *data, const mirti_str *area, const mirti_str *parent,
                             const mirti_mixed_options *options, mirti_nested *fit,
                             mirti_error *err) {
    size_t p = (size_t)problem->p, k = p + 2;
    search s = {.problem = mirti_nested_problem_of(data), .listener = options->listener};
    if (data->parents < 2)
        return mirti_fail(err, MIRTI_ERROR_MODEL,
                          "all rows are of one parent area: use the mixed logit of one level");
    mirti_status status = mirti_ascent_open(&s.a, value_and_gradient, &s.problem, k, err);
    s.hessian = mirti_new(2 * k * k, sizeof *s.hessian);
    fit->beta = mirti_new(k, sizeof *fit->beta);
    fit->covariance = mirti_new(k * k, sizeof *fit->covariance);
    fit->model_covariance = mirti_new(k * k, sizeof *fit->model_covariance);
    if (status != MIRTI_OK || !s.hessian || !fit->beta || !fit->covariance ||
        !fit->model_covariance) {
        if (status == MIRTI_OK) status = mirti_fail_memory(err, "the coefficients");
        goto done;
    }
    MIRTI_TRY_GOTO(status, search_it(&s, start, err), done);
    fit->columns = problem->p;
    fit->rows = data->rows;
    fit->loglik = s.a.value;
    fit->iterations = s.a.steps;
    fit->sigma_area = s.a.at[s.problem.parent_first ? p + 1 : p];
    fit->sigma_parent = s.a.at[s.problem.parent_first ? p : p + 1];
    fit->area_boundary = fit->sigma_area == 0;
    fit->parent_boundary = fit->sigma_parent == 0;
    MIRTI_TRY_GOTO(status, describe(data, area, parent, fit, err), done);
    MIRTI_TRY_GOTO(status, tell(&s, fit, err), done);
    spread(&s, s.a.inverse, fit->model_covariance);
    memcpy(fit->beta, s.a.at, p * sizeof *fit->beta);
    MIRTI_TRY_GOTO(status, mirti_fit_restore(problem, (int)k, fit->beta, fit->covariance, err),
                   done);
    status = mirti_fit_restore(problem, (int)k, NULL, fit->model_covariance, err);
    void_sigmas(fit, fit->covariance);
    void_sigmas(fit, fit->model_covariance);
done:
    mirti_free(s.hessian);
    mirti_ascent_reset(&s.a);
    return status;
}

static mirti_status fit_problem(mirti_fit_problem *problem, const uint8_t *in,
                                const mirti_str *area, const mirti_str *parent,
                                const mirti_mixed_options *options, mirti_nested *fit,
                                mirti_error *err) {
    MIRTI_TRY(mirti_fit_problem_prepare(problem, in, err));
    mirti_mixed_data data;
    MIRTI_TRY(mirti_mixed_data_open(problem, parent, area, options, &data, err));
    double *start = mirti_new((size_t)problem->p, sizeof *start);
    int iterations;
    mirti_status status = start ? mirti_fit_solve(problem, start, &iterations, err)
                                : mirti_fail_memory(err, "the coefficients");
    if (status == MIRTI_OK)
        status = fit_data(problem, start, &data, area, parent, options, fit, err);
    mirti_free(start);
    mirti_mixed_data_reset(&data);
    return status;
}

mirti_status mirti_nested_fit(const mirti_survey_design *design, const double *x, int p,
                              const double *y, const uint8_t *in, const mirti_str *area,
                              const mirti_str *parent, char *const *name,
                              const mirti_mixed_options *options, mirti_nested **out,
                              mirti_error *err) {
    *out = NULL;
    mirti_mixed_options chosen = options ? *options : (mirti_mixed_options){0};
    if (p < 1 || !area || !parent || chosen.quadrature < 0 || chosen.quadrature > 1 ||
        chosen.area_weight)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "a nested logit needs columns, areas and parents; it knows Laplace's "
                          "method only, and no weights of areas");
    chosen.quadrature = 1;
    mirti_nested *fit = mirti_new(1, sizeof *fit);
    if (!fit) return mirti_fail_memory(err, "the fit");
    fit->scaling = chosen.scaling;
    mirti_fit_problem problem = {
        .design = design, .x = x, .p = p, .y = y, .name = name, .threads = chosen.threads};
    mirti_status status = fit_problem(&problem, in, area, parent, &chosen, fit, err);
    mirti_fit_problem_reset(&problem);
    if (status != MIRTI_OK) {
        mirti_nested_free(fit);
        return status;
    }
    *out = fit;
    return MIRTI_OK;
}

void mirti_nested_free(mirti_nested *fit) {
    if (!fit) return;
    void *blocks[] = {fit->beta,   fit->covariance,  fit->model_covariance, fit->parent,
                      fit->area,   fit->area_parent, fit->area_rows,        fit->parent_effect,
                      fit->effect, fit->effect_sd,   fit->effect_own_sd,    fit->parent_effect_sd};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
    mirti_arena_reset(&fit->names);
    mirti_free(fit);
}
