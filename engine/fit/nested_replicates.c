/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parametric bootstrap of a nested logit, as mixed_replicates.c has it of one level. Replicate
 * b takes a pair (σ_area, σ_parent) that the data allow and the β that goes with it: the points
 * ((b + ½)/B, φ(b)) of Hammersley's sequence, φ the bits of b mirrored at the binary point, carried
 * to the pairs by the distribution of σ_area and by that of σ_parent given σ_area
 * (nested_profile.c), so that B of them are spread evenly over it (Niederreiter 1992, ch. 3).
 */
#include "replicates.h"

#include "nested_profile.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { MOST_STEPS = 60 };
static const double most_sigma = 30;

typedef struct bootstrap {
    const mirti_fit_problem *problem;
    const mirti_nested *fit;
    const mirti_mixed_data *data;
    mirti_nested_profile profile;
    const mirti_replicate_options *options;
    mirti_mixed_replicates *out;
    atomic_int done;
} bootstrap;

double mirti_nested_replicate_effect(const mirti_mixed_replicates *replicates, const char *area,
                                     const char *parent, int b) {
    uint64_t seed = replicates->seed;
    return replicates->true_sigma[b] * mirti_replicate_normal(seed, MIRTI_PURPOSE_EFFECT, area, b) +
           replicates->true_sigma_parent[b] *
               mirti_replicate_normal(seed, MIRTI_PURPOSE_PARENT, parent, b);
}

/* The bits of b mirrored at the binary point, in the middle of the finest stretch that B have. */
static double mirrored(int b, int count) {
    double value = 0, place = 0.5;
    for (int left = b, rest = count - 1; rest > 0; rest >>= 1, left >>= 1) {
        value += (left & 1) * place;
        place /= 2;
    }
    return value + place;
}

/* ------------------------------------------------------------------------------ one replicate -- */

/* Outcomes of the survey's children. The search for modes starts at zero. */
static void draw_outcomes(const bootstrap *t, int b, const double *truth, mirti_mixed_data *data) {
    for (int32_t a = 0; a < data->areas; a++) {
        const char *area = t->fit->area[a], *parent = t->fit->parent[t->fit->area_parent[a]];
        double u = mirti_nested_replicate_effect(t->out, area, parent, b);
        mirti_rng rng = mirti_replicate_outcomes(t->out->seed, area, b);
        data->mode[a] = 0;
        for (int64_t i = data->start[a]; i < data->start[a + 1]; i++)
            data->y[i] = mirti_replicate_outcome(&rng, data->z + i * data->p, truth, data->p, u);
    }
    memset(data->parent_mode, 0, (size_t)data->parents * sizeof *data->parent_mode);
}

/* From the truth to the top of the replicate's likelihood. `*found` is false where it has none. */
static mirti_status climb(mirti_nested_search *s, int64_t *evaluations, bool *found,
                          mirti_error *err) {
    mirti_ascent *a = &s->a;
    size_t p = a->size - 2;
    *found = false;
    MIRTI_TRY(mirti_nested_search_prepare(s, NULL, err));
    for (int step = 0; step < MOST_STEPS; step++) {
        double gain = mirti_ascent_promise(a);
        *evaluations = step + 1;
        if (!isfinite(gain) || fabs(a->at[p]) > most_sigma || fabs(a->at[p + 1]) > most_sigma)
            return MIRTI_OK;
        if (gain < mirti_refit_promise) {
            *found = true;
            return MIRTI_OK;
        }
        MIRTI_TRY(mirti_ascent_step(a, &gain, err));
    }
    return MIRTI_OK;
}

/* What the fit says of areas and parents, as the sample's does. */
static mirti_status keep_effects(const bootstrap *t, int b, mirti_nested_search *s,
                                 mirti_error *err) {
    mirti_mixed_replicates *out = t->out;
    size_t areas = (size_t)b * (size_t)out->areas, parents = (size_t)b * (size_t)out->parents;
    const mirti_nested_out keep = {.effect = out->effect + areas,
                                   .sd = out->effect_sd + areas,
                                   .own_sd = out->effect_own_sd + areas,
                                   .parent_sd = out->parent_effect_sd + parents};
    double value, of_parent = s->a.at[s->a.size - 1];
    MIRTI_TRY(mirti_nested_evaluate(&s->problem, s->a.at, &keep, &value, err));
    for (int32_t g = 0; g < out->parents; g++)
        out->parent_effect[parents + (size_t)g] = of_parent * s->problem.data->parent_mode[g];
    return MIRTI_OK;
}

static mirti_status refit(const bootstrap *t, int b, mirti_nested_search *s, mirti_error *err) {
    mirti_mixed_replicates *out = t->out;
    size_t p = (size_t)t->data->p, at = (size_t)b * p;
    mirti_nested_profile_at(&t->profile, (b + 0.5) / out->count, mirrored(b, out->count), s->a.at);
    out->true_sigma[b] = s->a.at[p];
    out->true_sigma_parent[b] = s->a.at[p + 1];
    MIRTI_TRY(mirti_replicate_beta(t->problem, s->a.at, out->true_beta + at, err));
    draw_outcomes(t, b, s->a.at, s->problem.data);
    bool found;
    MIRTI_TRY(climb(s, &out->evaluations[b], &found, err));
    out->sigma[b] = found ? fabs(s->a.at[p]) : (double)NAN;
    out->sigma_parent[b] = found ? fabs(s->a.at[p + 1]) : (double)NAN;
    MIRTI_TRY(mirti_replicate_beta(t->problem, s->a.at, out->beta + at, err));
    return keep_effects(t, b, s, err);
}

static mirti_status replicate_range(bootstrap *t, int64_t first, int64_t last,
                                    mirti_mixed_data *data, mirti_error *err) {
    mirti_nested_search s = {0};
    mirti_status status = mirti_nested_search_open(&s, data, err);
    for (int64_t b = first; b < last && status == MIRTI_OK; b++) {
        status = refit(t, (int)b, &s, err);
        if (status == MIRTI_OK)
            status = mirti_progress(t->options->listener, "bootstrap, refits",
                                    atomic_fetch_add(&t->done, 1) + 1, t->out->count, err);
    }
    mirti_nested_search_reset(&s);
    return status;
}

static mirti_status replicate(int64_t first, int64_t last, void *context, mirti_error *err) {
    bootstrap *t = context;
    mirti_mixed_data data = *t->data; /* all but the outcomes and the modes is shared */
    data.threads = 1;
    data.y = mirti_new((size_t)data.rows, sizeof *data.y);
    data.mode = mirti_new((size_t)data.areas, sizeof *data.mode);
    data.parent_mode = mirti_new((size_t)data.parents, sizeof *data.parent_mode);
    mirti_status status = data.y && data.mode && data.parent_mode
                              ? replicate_range(t, first, last, &data, err)
                              : mirti_fail_memory(err, "the outcomes of a replicate");
    mirti_free(data.y);
    mirti_free(data.mode);
    mirti_free(data.parent_mode);
    return status;
}

/* ------------------------------------------------------------------------------------- set-up -- */

static mirti_status make_room(mirti_mixed_replicates *out, const mirti_nested *fit,
                              mirti_error *err) {
    size_t count = (size_t)out->count, p = (size_t)fit->columns;
    size_t areas = count * (size_t)fit->areas, parents = count * (size_t)fit->parents;
    out->columns = fit->columns;
    out->areas = fit->areas;
    out->parents = fit->parents;
    struct {
        double **block;
        size_t size;
    } room[] = {{&out->true_beta, count * p},
                {&out->beta, count * p},
                {&out->true_sigma, count},
                {&out->sigma, count},
                {&out->true_sigma_parent, count},
                {&out->sigma_parent, count},
                {&out->effect, areas},
                {&out->effect_sd, areas},
                {&out->effect_own_sd, areas},
                {&out->parent_effect, parents},
                {&out->parent_effect_sd, parents}};
    bool ok = true;
    for (size_t i = 0; i < sizeof room / sizeof *room; i++) {
        *room[i].block = mirti_new(room[i].size, sizeof(double));
        ok = ok && *room[i].block;
    }
    out->evaluations = mirti_new(count, sizeof *out->evaluations);
    return ok && out->evaluations ? MIRTI_OK
                                  : mirti_fail_memory(err, "the replicates of the bootstrap");
}

/* The sample prepared as for the fit, and what it says of the two σ. */
static mirti_status prepare(bootstrap *t, mirti_mixed_data *data, mirti_error *err) {
    size_t p = (size_t)t->fit->columns;
    if (data->areas != t->fit->areas || data->parents != t->fit->parents ||
        data->rows != t->fit->rows)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "the nested logit was not fitted to this sample: it has %lld rows in %d "
                          "areas",
                          (long long)t->fit->rows, (int)t->fit->areas);
    double *top = mirti_new(p + 2, sizeof *top);
    if (!top) return mirti_fail_memory(err, "the coefficients");
    mirti_fit_standardise(t->problem, t->fit->beta, top);
    top[p] = t->fit->sigma_area;
    top[p + 1] = t->fit->sigma_parent;
    mirti_status status =
        mirti_nested_profile_open(data, top, t->options->listener, &t->profile, err);
    mirti_free(top);
    return status;
}

static mirti_status bootstrap_data(bootstrap *t, mirti_mixed_data *data, mirti_error *err) {
    t->data = data;
    mirti_status status = prepare(t, data, err);
    if (status == MIRTI_OK) status = make_room(t->out, t->fit, err);
    if (status == MIRTI_OK)
        status = mirti_parallel_range(t->out->count, 1, t->options->threads, replicate, t, err);
    if (status == MIRTI_OK) status = mirti_replicates_count_failures(t->out, err);
    mirti_nested_profile_reset(&t->profile);
    return status;
}

mirti_status mirti_nested_replicate(const mirti_survey_design *design, const double *x,
                                    const double *y, const uint8_t *in, const mirti_str *area,
                                    const mirti_str *parent, char *const *name,
                                    const mirti_nested *fit, const mirti_replicate_options *options,
                                    mirti_mixed_replicates **out, mirti_error *err) {
    *out = NULL;
    if (options->replicates < 2 || options->area_weight)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "a bootstrap of nested effects needs at least 2 replicates, not %d, and "
                          "no weights of areas",
                          options->replicates);
    mirti_fit_problem problem = {.design = design,
                                 .x = x,
                                 .p = fit->columns,
                                 .y = y,
                                 .name = name,
                                 .threads = options->threads};
    const mirti_mixed_options of_fit = {
        .quadrature = 1, .scaling = fit->scaling, .threads = options->threads};
    mirti_mixed_data data = {0};
    mirti_mixed_replicates *replicates = mirti_new(1, sizeof *replicates);
    if (!replicates) return mirti_fail_memory(err, "the replicates of the bootstrap");
    replicates->count = options->replicates;
    replicates->seed = options->seed;
    bootstrap t = {.problem = &problem, .fit = fit, .options = options, .out = replicates};
    mirti_status status;
    MIRTI_TRY_GOTO(status, mirti_fit_problem_prepare(&problem, in, err), done);
    MIRTI_TRY_GOTO(status, mirti_mixed_data_open(&problem, parent, area, &of_fit, &data, err),
                   done);
    status = bootstrap_data(&t, &data, err);
done:
    mirti_mixed_data_reset(&data);
    mirti_fit_problem_reset(&problem);
    if (status == MIRTI_OK)
        *out = replicates;
    else
        mirti_mixed_replicates_free(replicates);
    return status;
}
