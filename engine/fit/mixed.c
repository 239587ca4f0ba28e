/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The mixed logit fitted: a quasi-Newton search (ascent.h) that starts from the plain logit and
 * from a good guess of the information matrix, so that it needs a dozen evaluations; then the
 * Hessian, and the sandwich variance over areas.
 *
 * Where areas do not differ more than chance, the likelihood is highest at σ = 0. That is a result:
 * the coefficients are then those of the plain pseudo-likelihood.
 */
#include "mixed_search.h"

#include <math.h>
#include <string.h>

#include "linear.h"

enum { MOST_NODES = 31 };
static const double least_gain = 1e-14; /* 1e-7 standard errors to go */

/* A first θ: what the sums of residuals by area vary beyond chance. Without an area effect their
 * squares are about Σ w μ(1−μ). */
static double guess_theta(const mirti_mixed_data *data, const double *b) {
    double excess = 0, scale = 0;
    for (int32_t a = 0; a < data->areas; a++) {
        double first = 0, second = 0;
        for (int64_t i = data->start[a]; i < data->start[a + 1]; i++) {
            double eta = 0;
            for (int j = 0; j < data->p; j++)
                eta += b[j] * data->z[i * data->p + j];
            double mu = mirti_logistic(eta);
            first += data->weight[i] * (data->y[i] - mu);
            second += data->weight[i] * mu * (1 - mu);
        }
        excess += data->area_weight[a] * (first * first - second);
        scale += data->area_weight[a] * second * second;
    }
    return sqrt(fmin(4, fmax(0.04, excess / scale)));
}

static mirti_status climb(mirti_mixed_search *s, mirti_error *err) {
    MIRTI_TRY(mirti_mixed_search_prepare(s, err));
    return mirti_mixed_search_maximise(s, least_gain, err);
}

static mirti_status search_it(mirti_mixed_search *s, const double *start, bool *boundary,
                              mirti_error *err) {
    size_t p = s->a.size - 1;
    memcpy(s->a.at, start, p * sizeof *start);
    s->a.at[p] = guess_theta(s->data, start);
    MIRTI_TRY(climb(s, err));
    *boundary = false;
    if (fabs(s->a.at[p]) < 0.05) {
        /* Near zero the likelihood is flat in θ: is it higher at zero itself? */
        double *top = mirti_new(s->a.size, sizeof *top), best = s->a.value;
        if (!top) return mirti_fail_memory(err, "the search for the mixed logit");
        memcpy(top, s->a.at, s->a.size * sizeof *top);
        s->a.at[p] = 0;
        s->a.free = p;
        mirti_status status = climb(s, err);
        *boundary = status == MIRTI_OK && s->a.value >= best - 1e-8;
        if (!*boundary) {
            s->a.free = s->a.size;
            memcpy(s->a.at, top, s->a.size * sizeof *top);
            if (status == MIRTI_OK) status = mirti_mixed_search_prepare(s, err);
        }
        mirti_free(top);
        MIRTI_TRY(status);
    }
    return mirti_mixed_search_hessian(s, err);
}

/* ------------------------------------------------------------------------------------ results -- */

/* A matrix of the free parameters as one of all, NaN for θ where it was held. */
static void spread(const mirti_mixed_search *s, const double *matrix, double *out) {
    for (size_t i = 0; i < s->a.size; i++)
        for (size_t j = 0; j < s->a.size; j++)
            out[i * s->a.size + j] = i < s->a.free && j < s->a.free ? matrix[i * s->a.free + j] : 0;
}

/* NaN where there is no variance to speak of: σ on its boundary. */
static void void_sigma(const mirti_mixed_search *s, double *covariance) {
    for (size_t i = 0; s->a.free < s->a.size && i < s->a.size; i++)
        covariance[i * s->a.size + s->a.size - 1] = covariance[(s->a.size - 1) * s->a.size + i] =
            (double)NAN;
}

/* A⁻¹BA⁻¹ with B = m/(m−1) Σ_a s_a s_aᵀ over the scores of areas. */
static mirti_status sandwich(mirti_mixed_search *s, double *covariance, mirti_error *err) {
    size_t f = s->a.free, k = s->a.size, areas = (size_t)s->data->areas;
    double *score = mirti_new(areas * k, sizeof *score);
    double *middle = mirti_new(2 * f * f, sizeof *middle), value;
    mirti_status status;
    if (!score || !middle) {
        status = mirti_fail_memory(err, "the scores of areas");
        goto done;
    }
    mirti_mixed_out out = {.score = score};
    MIRTI_TRY_GOTO(status, mirti_mixed_evaluate(s->data, s->a.at, &out, &value, err), done);
    double factor = (double)areas / (double)(areas - 1);
    for (size_t a = 0; a < areas; a++)
        for (size_t i = 0; i < f; i++)
            for (size_t j = 0; j < f; j++)
                middle[i * f + j] += factor * score[a * k + i] * score[a * k + j];
    mirti_fit_congruence(s->a.inverse, middle, (int)f, s->work, middle + f * f);
    spread(s, s->work, covariance);
done:
    mirti_free(score);
    mirti_free(middle);
    return status;
}

/* What the rows of every area say of its u. */
static mirti_status find_posterior(mirti_mixed_search *s, mirti_mixed *fit, mirti_error *err) {
    mirti_mixed_data *data = s->data;
    size_t q = (size_t)fit->points, areas = (size_t)data->areas;
    fit->point = mirti_new(areas * q, sizeof *fit->point);
    fit->probability = mirti_new(areas * q, sizeof *fit->probability);
    fit->mean = mirti_new(areas, sizeof *fit->mean);
    fit->sd = mirti_new(areas, sizeof *fit->sd);
    if (!fit->point || !fit->probability || !fit->mean || !fit->sd)
        return mirti_fail_memory(err, "the effects of areas");
    mirti_mixed_out out = {.point = fit->point, .probability = fit->probability};
    double value;
    MIRTI_TRY(mirti_mixed_evaluate(data, s->a.at, &out, &value, err));
    for (size_t a = 0; a < areas; a++) {
        double mean = 0, square = 0;
        for (size_t k = a * q; k < (a + 1) * q; k++)
            mean += fit->probability[k] * fit->point[k];
        for (size_t k = a * q; k < (a + 1) * q; k++)
            square += fit->probability[k] * (fit->point[k] - mean) * (fit->point[k] - mean);
        fit->mean[a] = mean;
        fit->sd[a] = sqrt(square);
    }
    return MIRTI_OK;
}

static mirti_status describe_areas(const mirti_mixed_data *data, const mirti_str *area,
                                   mirti_mixed *fit, mirti_error *err) {
    fit->areas = data->areas;
    fit->area = mirti_new((size_t)data->areas, sizeof *fit->area);
    fit->area_rows = mirti_new((size_t)data->areas, sizeof *fit->area_rows);
    if (!fit->area || !fit->area_rows) return mirti_fail_memory(err, "the codes of areas");
    for (int32_t a = 0; a < data->areas; a++) {
        mirti_str code = area[data->source[data->start[a]]];
        fit->area[a] = mirti_arena_copy(&fit->names, code.data, code.size);
        if (!fit->area[a]) return mirti_fail_memory(err, "the codes of areas");
        fit->area_rows[a] = (int32_t)(data->start[a + 1] - data->start[a]);
        bool uniform = true;
        for (int64_t i = data->start[a]; i < data->start[a + 1]; i++)
            uniform = uniform && data->y[i] == data->y[data->start[a]];
        fit->uniform_areas += uniform;
    }
    return MIRTI_OK;
}

static mirti_status fit_data(const mirti_fit_problem *problem, const double *start,
                             const mirti_str *area, const mirti_mixed_options *options,
                             mirti_mixed *fit, mirti_error *err) {
    mirti_mixed_data data;
    mirti_mixed_search s;
    MIRTI_TRY(mirti_mixed_data_open(problem, NULL, area, options, &data, err));
    mirti_status status = mirti_mixed_search_open(&s, &data, options->listener, err);
    if (status != MIRTI_OK) goto done;
    size_t p = (size_t)problem->p, k = p + 1;
    MIRTI_TRY_GOTO(status, search_it(&s, start, &fit->boundary, err), done);
    fit->beta = mirti_new(k, sizeof *fit->beta);
    fit->covariance = mirti_new(k * k, sizeof *fit->covariance);
    fit->model_covariance = mirti_new(k * k, sizeof *fit->model_covariance);
    if (!fit->beta || !fit->covariance || !fit->model_covariance) {
        status = mirti_fail_memory(err, "the coefficients");
        goto done;
    }
    fit->columns = problem->p;
    fit->rows = data.rows;
    fit->loglik = s.a.value;
    fit->iterations = s.a.steps;
    fit->sigma = s.a.at[p];
    MIRTI_TRY_GOTO(status, sandwich(&s, fit->covariance, err), done);
    spread(&s, s.a.inverse, fit->model_covariance);
    memcpy(fit->beta, s.a.at, k * sizeof *fit->beta);
    MIRTI_TRY_GOTO(status, mirti_fit_restore(problem, (int)k, fit->beta, fit->covariance, err),
                   done);
    MIRTI_TRY_GOTO(status, mirti_fit_restore(problem, (int)k, NULL, fit->model_covariance, err),
                   done);
    void_sigma(&s, fit->covariance);
    void_sigma(&s, fit->model_covariance);
    MIRTI_TRY_GOTO(status, describe_areas(&data, area, fit, err), done);
    if (data.quadrature < MIRTI_MIXED_NODES)
        MIRTI_TRY_GOTO(status, mirti_mixed_data_set_rule(&data, MIRTI_MIXED_NODES, err), done);
    fit->points = data.quadrature;
    status = find_posterior(&s, fit, err);
done:
    mirti_mixed_search_reset(&s);
    mirti_mixed_data_reset(&data);
    return status;
}

static mirti_status fit_problem(mirti_fit_problem *problem, const uint8_t *in,
                                const mirti_str *area, const mirti_mixed_options *options,
                                mirti_mixed *fit, mirti_error *err) {
    MIRTI_TRY(mirti_fit_problem_prepare(problem, in, err));
    double *start = mirti_new((size_t)problem->p, sizeof *start);
    if (!start) return mirti_fail_memory(err, "the coefficients");
    int iterations;
    mirti_status status = mirti_fit_solve(problem, start, &iterations, err);
    if (status == MIRTI_OK) status = fit_data(problem, start, area, options, fit, err);
    mirti_free(start);
    return status;
}

mirti_status mirti_mixed_fit(const mirti_survey_design *design, const double *x, int p,
                             const double *y, const uint8_t *in, const mirti_str *area,
                             char *const *name, const mirti_mixed_options *options,
                             mirti_mixed **out, mirti_error *err) {
    *out = NULL;
    mirti_mixed_options chosen = options ? *options : (mirti_mixed_options){0};
    if (chosen.quadrature == 0) chosen.quadrature = MIRTI_MIXED_NODES;
    if (p < 1 || !area || chosen.quadrature < 1 || chosen.quadrature > MOST_NODES)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "a mixed logit needs columns, areas, and 1 to %d quadrature nodes",
                          MOST_NODES);
    mirti_mixed *fit = mirti_new(1, sizeof *fit);
    if (!fit) return mirti_fail_memory(err, "the fit");
    fit->quadrature = chosen.quadrature;
    fit->scaling = chosen.scaling;
    mirti_fit_problem problem = {
        .design = design, .x = x, .p = p, .y = y, .name = name, .threads = chosen.threads};
    mirti_status status = fit_problem(&problem, in, area, &chosen, fit, err);
    mirti_fit_problem_reset(&problem);
    if (status != MIRTI_OK) {
        mirti_mixed_free(fit);
        return status;
    }
    *out = fit;
    return MIRTI_OK;
}

void mirti_mixed_free(mirti_mixed *fit) {
    if (!fit) return;
    mirti_free(fit->beta);
    mirti_free(fit->covariance);
    mirti_free(fit->model_covariance);
    mirti_free(fit->area);
    mirti_free(fit->area_rows);
    mirti_free(fit->point);
    mirti_free(fit->probability);
    mirti_free(fit->mean);
    mirti_free(fit->sd);
    mirti_arena_reset(&fit->names);
    mirti_free(fit);
}
