/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parametric bootstrap of a mixed logit (González-Manteiga, Lombardía, Molina, Morales and
 * Santamaría 2007). Replicate b takes a σ_b that the data allow and the β that goes with it, draws
 * an effect for every area, u*_a = σ_b z_ab, and an outcome for every child of the survey, and is
 * fitted as the sample was: same weights, same scaling, same rule. What a replicate's fit says of
 * areas can be held against what is known of them.
 *
 * The σ_b are the quantiles (b + ½)/B of the distribution of σ given the sample (mixed_profile.c),
 * not B times σ̂: how wrong σ̂ may be is most of what the error of an area without a sample has
 * beside σ̂ itself (Laird and Louis 1987; Carlin and Gelfand 1990).
 *
 * A refit starts at the truth of its replicate, with the rough covariance there: three or four
 * evaluations bring it within a hundredth of a standard error of its top. That is far below what
 * the bootstrap can see: it adds 10⁻⁴ to the squared distance of estimates to truth, which is
 * about p, and B = 200 replicates know a mean square to ±10 %.
 *
 * Draws are keyed by the codes of areas and the number of the replicate. One thread does a
 * replicate from end to end, so that results do not depend on the number of threads.
 */
#include "replicates.h"

#include "mixed_profile.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { PURPOSE_OUTCOME = 0x424f5554, MOST_STEPS = 60 };
static const double most_sigma = 30;

typedef struct bootstrap {
    const mirti_fit_problem *problem;
    const mirti_mixed *fit;
    const mirti_mixed_data *data;
    mirti_mixed_data
        rule; /* only its nodes: of the averages over v, where those of the fit are few */
    mirti_mixed_profile profile;
    const mirti_replicate_options *options;
    mirti_mixed_replicates *out;
    atomic_int done;
} bootstrap;

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *code) {
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (; *code; code++)
        h = (h ^ (unsigned char)*code) * UINT64_C(0x100000001b3);
    return h;
}

double mirti_replicate_normal(uint64_t seed, uint32_t purpose, const char *code, int b) {
    mirti_rng rng = mirti_rng_at(seed, purpose, hash(code));
    rng.counter = (uint64_t)b; /* a normal takes one block */
    return mirti_rng_normal(&rng);
}

double mirti_mixed_replicate_effect(const mirti_mixed_replicates *replicates, const char *code,
                                    int b) {
    return replicates->true_sigma[b] *
           mirti_replicate_normal(replicates->seed, MIRTI_PURPOSE_EFFECT, code, b);
}

mirti_rng mirti_replicate_outcomes(uint64_t seed, const char *code, int b) {
    uint64_t stream = hash(code) + (uint64_t)b * UINT64_C(0x9e3779b97f4a7c15);
    return mirti_rng_at(seed, PURPOSE_OUTCOME, stream);
}

double mirti_replicate_outcome(mirti_rng *rng, const double *row, const double *beta, int p,
                               double u) {
    double eta = u;
    for (int j = 0; j < p; j++)
        eta += beta[j] * row[j];
    return mirti_rng_uniform(rng) < mirti_logistic(eta);
}

/* Outcomes of the survey's children, and a first guess of the areas' modes. */
static void draw_outcomes(const bootstrap *t, int b, const double *truth, double *y, double *mode) {
    const mirti_mixed_data *data = t->data;
    int p = data->p;
    for (int32_t a = 0; a < data->areas; a++) {
        double u = mirti_mixed_replicate_effect(t->out, t->fit->area[a], b);
        mirti_rng rng = mirti_replicate_outcomes(t->out->seed, t->fit->area[a], b);
        mode[a] = truth[p] > 0 ? u / truth[p] : 0;
        for (int64_t i = data->start[a]; i < data->start[a + 1]; i++)
            y[i] = mirti_replicate_outcome(&rng, data->z + i * p, truth, p, u);
    }
}

static int compare_codes(const void *key, const void *element) {
    return mirti_str_compare(*(const mirti_str *)key, mirti_str_of(*(char *const *)element));
}

mirti_status mirti_mixed_replicate_outcomes(const mirti_mixed_replicates *replicates,
                                            const mirti_mixed *fit, int b, const double *x,
                                            const uint8_t *in, const mirti_str *area, int64_t rows,
                                            double *y, mirti_error *err) {
    int p = replicates->columns;
    mirti_rng *rng = mirti_new((size_t)fit->areas, sizeof *rng);
    if (!rng) return mirti_fail_memory(err, "the outcomes of a replicate");
    for (int32_t a = 0; a < fit->areas; a++)
        rng[a] = mirti_replicate_outcomes(replicates->seed, fit->area[a], b);
    for (int64_t i = 0; i < rows; i++) {
        if (in && !in[i]) continue;
        char *const *found =
            bsearch(&area[i], fit->area, (size_t)fit->areas, sizeof *fit->area, compare_codes);
        if (!found) continue;
        y[i] = mirti_replicate_outcome(&rng[found - fit->area], x + i * p,
                                       replicates->true_beta + (int64_t)b * p, p,
                                       mirti_mixed_replicate_effect(replicates, *found, b));
    }
    mirti_free(rng);
    return MIRTI_OK;
}

/* From the truth to the top of the replicate's likelihood. `*found` is false where it has none. */
static mirti_status climb(mirti_mixed_search *s, int64_t *evaluations, bool *found,
                          mirti_error *err) {
    mirti_ascent *a = &s->a;
    size_t p = a->size - 1;
    *found = false;
    MIRTI_TRY(a->function(a->context, a->at, a->gradient, &a->value, err));
    for (int step = 0; step < MOST_STEPS; step++) {
        double gain = mirti_ascent_promise(a);
        *evaluations = step + 1;
        if (!isfinite(gain) || fabs(a->at[p]) > most_sigma) return MIRTI_OK;
        if (gain < mirti_refit_promise) {
            *found = true;
            return MIRTI_OK;
        }
        MIRTI_TRY(mirti_ascent_step(a, &gain, err));
    }
    return MIRTI_OK;
}

mirti_status mirti_replicate_beta(const mirti_fit_problem *problem, const double *b, double *beta,
                                  mirti_error *err) {
    memcpy(beta, b, (size_t)problem->p * sizeof *beta);
    return mirti_fit_restore(problem, problem->p, beta, NULL, err);
}

static mirti_status refit(const bootstrap *t, int b, mirti_mixed_search *s, mirti_error *err) {
    mirti_mixed_replicates *out = t->out;
    size_t k = t->profile.size, p = k - 1;
    size_t each = (size_t)out->areas * (size_t)out->points, at = (size_t)b;
    mirti_mixed_data *data = s->data;
    double share = (b + 0.5) / out->count;
    int node = mirti_mixed_profile_quantile(&t->profile, share, s->a.at);
    memcpy(s->a.inverse, t->profile.inverse + (size_t)node * k * k, k * k * sizeof(double));
    out->true_sigma[b] = s->a.at[p];
    MIRTI_TRY(mirti_replicate_beta(t->problem, s->a.at, out->true_beta + at * p, err));
    draw_outcomes(t, b, s->a.at, data->y, data->mode);
    mirti_mixed_out posterior = {.point = out->point + at * each,
                                 .probability = out->probability + at * each};
    if (!t->rule.node) s->out = posterior;
    bool found;
    MIRTI_TRY(climb(s, &out->evaluations[b], &found, err));
    out->sigma[b] = found ? fabs(s->a.at[p]) : (double)NAN;
    MIRTI_TRY(mirti_replicate_beta(t->problem, s->a.at, out->beta + at * p, err));
    if (!t->rule.node) return MIRTI_OK;
    mirti_mixed_data other = *data; /* the same outcomes by the rule for averages */
    other.quadrature = t->rule.quadrature;
    other.node = t->rule.node;
    other.log_weight = t->rule.log_weight;
    double value;
    return mirti_mixed_evaluate(&other, s->a.at, &posterior, &value, err);
}

static mirti_status replicate(int64_t first, int64_t last, void *context, mirti_error *err) {
    bootstrap *t = context;
    const mirti_replicate_options *options = t->options;
    mirti_mixed_data data = *t->data; /* all but the outcomes and the modes is shared */
    data.threads = 1;
    data.y = mirti_new((size_t)data.rows, sizeof *data.y);
    data.mode = mirti_new((size_t)data.areas, sizeof *data.mode);
    mirti_mixed_search s = {0};
    mirti_status status = MIRTI_ERROR_MEMORY;
    if (!data.y || !data.mode)
        (void)mirti_fail_memory(err, "the outcomes of a replicate");
    else
        status = mirti_mixed_search_open(&s, &data, NULL, err);
    for (int64_t b = first; b < last && status == MIRTI_OK; b++) {
        status = refit(t, (int)b, &s, err);
        if (status == MIRTI_OK)
            status = mirti_progress(options->listener, "bootstrap, refits",
                                    atomic_fetch_add(&t->done, 1) + 1, t->out->count, err);
    }
    mirti_mixed_search_reset(&s);
    mirti_free(data.y);
    mirti_free(data.mode);
    return status;
}

static mirti_status make_room(mirti_mixed_replicates *out, const mirti_mixed *fit, int points,
                              mirti_error *err) {
    size_t count = (size_t)out->count, p = (size_t)fit->columns;
    size_t each = (size_t)fit->areas * (size_t)points;
    out->columns = fit->columns;
    out->areas = fit->areas;
    out->points = points;
    out->true_beta = mirti_new(count * p, sizeof(double));
    out->true_sigma = mirti_new(count, sizeof(double));
    out->beta = mirti_new(count * p, sizeof(double));
    out->sigma = mirti_new(count, sizeof(double));
    out->point = mirti_new(count * each, sizeof(double));
    out->probability = mirti_new(count * each, sizeof(double));
    out->evaluations = mirti_new(count, sizeof *out->evaluations);
    if (out->true_beta && out->true_sigma && out->beta && out->sigma && out->point &&
        out->probability && out->evaluations)
        return MIRTI_OK;
    return mirti_fail_memory(err, "the replicates of the bootstrap");
}

/* Replicates without a fit say nothing of errors; too many of them say that the model is not fit
 * for the sample. */
mirti_status mirti_replicates_count_failures(mirti_mixed_replicates *out, mirti_error *err) {
    for (int b = 0; b < out->count; b++)
        out->failed += isnan(out->sigma[b]);
    if (10 * out->failed <= out->count) return MIRTI_OK;
    mirti_status status =
        mirti_fail(err, MIRTI_ERROR_MODEL,
                   "%d of %d bootstrap replicates have no fit: in samples such as this one the "
                   "outcome is often told without error",
                   out->failed, out->count);
    mirti_fail_remedy(err, "Use fewer terms, or larger areas, or write 'bootstrap: 0'.");
    return status;
}

static mirti_status fill(bootstrap *t, mirti_error *err) {
    int points = t->rule.node ? t->rule.quadrature : t->data->quadrature;
    MIRTI_TRY(make_room(t->out, t->fit, points, err));
    MIRTI_TRY(mirti_parallel_range(t->out->count, 1, t->options->threads, replicate, t, err));
    return mirti_replicates_count_failures(t->out, err);
}

/* The sample prepared as for the fit, and what it says of σ. */
static mirti_status prepare(bootstrap *t, mirti_mixed_data *data, mirti_error *err) {
    size_t p = (size_t)t->fit->columns;
    if (data->areas != t->fit->areas || data->rows != t->fit->rows)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "the mixed logit was not fitted to this sample: it has %lld rows in %d "
                          "areas",
                          (long long)t->fit->rows, (int)t->fit->areas);
    double *top = mirti_new(p + 1, sizeof *top);
    if (!top) return mirti_fail_memory(err, "the coefficients");
    mirti_fit_standardise(t->problem, t->fit->beta, top);
    top[p] = t->fit->sigma;
    mirti_status status =
        mirti_mixed_profile_open(data, top, t->options->listener, &t->profile, err);
    mirti_free(top);
    return status;
}

static mirti_status bootstrap_data(bootstrap *t, mirti_mixed_data *data, mirti_error *err) {
    t->data = data;
    mirti_status status = prepare(t, data, err);
    if (status == MIRTI_OK && data->quadrature < MIRTI_MIXED_NODES)
        status = mirti_mixed_data_set_rule(&t->rule, MIRTI_MIXED_NODES, err);
    if (status == MIRTI_OK) status = fill(t, err);
    mirti_mixed_data_reset(&t->rule);
    mirti_mixed_profile_reset(&t->profile);
    return status;
}

mirti_status mirti_mixed_replicate(const mirti_survey_design *design, const double *x,
                                   const double *y, const uint8_t *in, const mirti_str *area,
                                   char *const *name, const mirti_mixed *fit,
                                   const mirti_replicate_options *options,
                                   mirti_mixed_replicates **out, mirti_error *err) {
    *out = NULL;
    if (options->replicates < 2)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a bootstrap needs at least 2 replicates, not %d",
                          options->replicates);
    mirti_fit_problem problem = {.design = design,
                                 .x = x,
                                 .p = fit->columns,
                                 .y = y,
                                 .name = name,
                                 .threads = options->threads};
    const mirti_mixed_options of_fit = {.quadrature = fit->quadrature,
                                        .scaling = fit->scaling,
                                        .area_weight = options->area_weight,
                                        .threads = options->threads};
    mirti_mixed_data data = {0};
    mirti_mixed_replicates *replicates = mirti_new(1, sizeof *replicates);
    if (!replicates) return mirti_fail_memory(err, "the replicates of the bootstrap");
    replicates->count = options->replicates;
    replicates->seed = options->seed;
    bootstrap t = {.problem = &problem, .fit = fit, .options = options, .out = replicates};
    mirti_status status;
    MIRTI_TRY_GOTO(status, mirti_fit_problem_prepare(&problem, in, err), done);
    MIRTI_TRY_GOTO(status, mirti_mixed_data_open(&problem, NULL, area, &of_fit, &data, err), done);
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

void mirti_mixed_replicates_free(mirti_mixed_replicates *replicates) {
    if (!replicates) return;
    mirti_free(replicates->true_beta);
    mirti_free(replicates->true_sigma);
    mirti_free(replicates->true_sigma_parent);
    mirti_free(replicates->sigma_parent);
    mirti_free(replicates->effect);
    mirti_free(replicates->effect_sd);
    mirti_free(replicates->effect_own_sd);
    mirti_free(replicates->parent_effect);
    mirti_free(replicates->parent_effect_sd);
    mirti_free(replicates->beta);
    mirti_free(replicates->sigma);
    mirti_free(replicates->point);
    mirti_free(replicates->probability);
    mirti_free(replicates->evaluations);
    mirti_free(replicates);
}
