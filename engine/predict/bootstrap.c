/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The error of risks predicted with effects of areas, by a parametric bootstrap (González-Manteiga,
 * Lombardía, Molina, Morales and Santamaría 2007; Molina and Rao 2010, for empirical best
 * predictors). In replicate b an area's true risk is that of its children at the β and the effect
 * u*_a that the replicate was drawn from,
 *
 *     p*_a = Σ_k N_k σ(x_kᵀβ_b + u*_a) / Σ_k N_k,
 *
 * a mean of probabilities, as the risk is that is published; p̂*_a is predicted from the replicate's
 * own fit, as the published risk was from the sample. Then MSE_a = mean of (p̂*_a − p*_a)².
 *
 * Intervals come from the errors e* = logit p*_a − logit p̂*_a. Their mean and standard deviation
 * are those of the area; their shape – the tails that uncertainty about σ gives them – would be
 * seen too dimly in the replicates of one area, and is much the same in areas of one class. So the
 * errors are studentised, each by the mean and standard deviation of the others of its area, and
 * the quantiles of all of a class (areas with a sample, areas without) are taken together:
 *
 *     logit p̂_a + mean_a + q · sd_a √(1 + 1/B),  q of (e* − mean of others)/(their sd √(1 +
 * 1/(B−1))).
 *
 * Oracle: tests/oracle/effects.R does all of it again.
 *
 * An area's sums run over replicates in their order on one thread: the same bits for any number of
 * threads.
 */
#include "atoms.h"

#include <math.h>
#include <stdatomic.h>

enum {
    AREAS_IN_CHUNK = 8,
    PATTERNS_IN_CHUNK = 64,
    MOST_IN_BLOCK = 256,
    BINS = 1 << 14, /* of studentised errors, from −32 to 32 */
    BINS_IN_UNIT = 256
};
static const int64_t most_odds = INT64_C(4) << 20;   /* 32 MiB */
static const int64_t most_errors = INT64_C(8) << 20; /* 64 MiB */

/* Sums over replicates of an area. */
typedef struct sums {
    double square;        /* Σ (p̂* − p*)² */
    double error, error2; /* Σ e*, Σ e*² */
} sums;

typedef struct bootstrap {
    const mirti_predict_base *base;
    const mirti_mixed_replicates *replicates;
    const mirti_listener *listener;
    mirti_results *results;
    mirti_predict_effect *effect; /* [areas] */
    sums *sum;                    /* [areas] */
    double confidence;
    int64_t stride;  /* of every stride-th area the errors are kept */
    double *error;   /* [kept areas × B] */
    size_t most;     /* kinds of children in any area */
    int first, last; /* replicates of the block at work */
    double *odds;    /* [block × 2 × patterns] at the truth and at the fit; NULL of aggregates */
    double point[MIRTI_PREDICT_EFFECTS], weight[MIRTI_PREDICT_EFFECTS];
    double cell_point[MIRTI_ATOMS_POINTS], cell_weight[MIRTI_ATOMS_POINTS];
    atomic_int_least64_t done; /* areas of this block */
} bootstrap;

static bool has_fit(const bootstrap *t, int b) {
    return !isnan(t->replicates->sigma[b]);
}

/* ----------------------------------------------------------------------------- one replicate -- */

static void odds_of_pattern(const bootstrap *t, int64_t pattern) {
    const mirti_predict_persons *persons = &t->base->persons;
    size_t p = (size_t)persons->columns, patterns = (size_t)persons->cube->patterns;
    const double *row = persons->row + (size_t)pattern * p;
    for (int b = t->first; b < t->last; b++) {
        double *odds = t->odds + 2 * (size_t)(b - t->first) * patterns + (size_t)pattern;
        const double *beta[] = {t->replicates->true_beta + (size_t)b * p,
                                t->replicates->beta + (size_t)b * p};
        for (int which = 0; which < 2 && has_fit(t, b); which++) {
            double mean = 0;
            for (size_t j = 0; j < p; j++)
                mean += row[j] * beta[which][j];
            odds[(size_t)which * patterns] = mirti_exact_exp(-mean);
        }
    }
}

static mirti_status odds_range(int64_t first, int64_t last, void *context, mirti_error *err) {
    (void)err;
    for (int64_t pattern = first; pattern < last; pattern++)
        odds_of_pattern(context, pattern);
    return MIRTI_OK;
}

/* The kinds of children of area i at the truth (0) or the fit (1) of replicate b. */
static void take_odds(const bootstrap *t, mirti_atoms *atoms, int64_t i, int b, int which) {
    const mirti_mixed_replicates *r = t->replicates;
    size_t p = (size_t)r->columns;
    if (t->odds) {
        size_t patterns = (size_t)t->base->persons.cube->patterns;
        mirti_atoms_of_persons(atoms, &t->base->persons, i,
                               t->odds + (2 * (size_t)(b - t->first) + (size_t)which) * patterns);
        return;
    }
    mirti_atoms_of_cells(atoms, r->columns, (which ? r->beta : r->true_beta) + (size_t)b * p,
                         t->cell_point, t->cell_weight);
}

/* The effect that area i has in replicate b. */
static double true_effect(const bootstrap *t, int64_t i, int b) {
    const char *code = t->base->areas->code[i];
    const mirti_predict_effect effect = t->effect[i];
    if (t->replicates->parents > 0) {
        const char *area = effect.area ? effect.area : code;
        return mirti_nested_replicate_effect(t->replicates, area,
                                             effect.parent ? effect.parent : area, b);
    }
    if (effect.level >= 0) code = t->base->effects->level[effect.level].code[effect.at];
    return mirti_mixed_replicate_effect(t->replicates, code, b);
}

static double true_risk(const bootstrap *t, mirti_atoms *atoms, int64_t i, int b) {
    take_odds(t, atoms, i, b, 0);
    return mirti_atoms_risk(atoms, mirti_exact_exp(-true_effect(t, i, b)));
}

/* Mean of an area's risk over an effect that is normal. */
static double normal_risk(const bootstrap *t, const mirti_atoms *atoms, double mean, double sd) {
    double risk = 0;
    for (int q = 0; q < MIRTI_PREDICT_EFFECTS; q++)
        risk += t->weight[q] * mirti_atoms_risk(atoms, mirti_exact_exp(-mean - sd * t->point[q]));
    return risk;
}

/* What the nested logit of replicate b says of an area of the sample, of one in a parent that has
 * a sample, and of any other. */
static double nested_risk(const bootstrap *t, const mirti_atoms *atoms,
                          const mirti_predict_effect *effect, int b) {
    const mirti_mixed_replicates *r = t->replicates;
    if (effect->level < 0) return normal_risk(t, atoms, 0, hypot(r->sigma[b], r->sigma_parent[b]));
    const int32_t *place = t->base->effects->level[effect->level].place;
    int64_t at = place ? place[effect->at] : effect->at;
    if (effect->level == 0) {
        at += (int64_t)b * r->areas;
        return normal_risk(t, atoms, r->effect[at], r->effect_sd[at]);
    }
    at += (int64_t)b * r->parents;
    return normal_risk(t, atoms, r->parent_effect[at], hypot(r->parent_effect_sd[at], r->sigma[b]));
}

static double predicted_risk(const bootstrap *t, mirti_atoms *atoms, int64_t i, int b) {
    const mirti_mixed_replicates *r = t->replicates;
    take_odds(t, atoms, i, b, 1);
    if (r->parents > 0) return nested_risk(t, atoms, &t->effect[i], b);
    if (t->effect[i].level < 0) return normal_risk(t, atoms, 0, r->sigma[b]);
    double risk = 0;
    size_t at = ((size_t)b * (size_t)r->areas + (size_t)t->effect[i].at) * (size_t)r->points;
    for (size_t q = at; q < at + (size_t)r->points; q++)
        risk += r->probability[q] * mirti_atoms_risk(atoms, mirti_exact_exp(-r->point[q]));
    return risk;
}

/* A logit that is finite for whatever rounding makes of a probability. */
static double finite_logit(double p) {
    return mirti_logit_of(fmin(fmax(p, 1e-12), 1 - 1e-12));
}

static void compare(const bootstrap *t, mirti_atoms *atoms, mirti_predict_scratch *scratch,
                    int64_t i) {
    sums *sum = &t->sum[i];
    double *kept = i % t->stride == 0 ? t->error + i / t->stride * t->replicates->count : NULL;
    mirti_atoms_describe(atoms, t->base, scratch, i);
    for (int b = t->first; b < t->last; b++) {
        if (!has_fit(t, b)) continue;
        double truth = true_risk(t, atoms, i, b), predicted = predicted_risk(t, atoms, i, b);
        double error = finite_logit(truth) - finite_logit(predicted);
        sum->square += (predicted - truth) * (predicted - truth);
        sum->error += error;
        sum->error2 += error * error;
        if (kept) kept[b] = error;
    }
}

static mirti_status compare_range(int64_t first, int64_t last, void *context, mirti_error *err) {
    bootstrap *t = context;
    const mirti_areas *areas = t->base->areas;
    mirti_atoms atoms = {0};
    mirti_predict_scratch scratch;
    MIRTI_TRY(mirti_predict_scratch_make(&scratch, t->replicates->columns, err));
    mirti_status status = mirti_atoms_make(&atoms, t->base, t->most, err);
    for (int64_t i = first; i < last && status == MIRTI_OK; i++)
        if (areas->missing[i] == MIRTI_AREA_COMPLETE) compare(t, &atoms, &scratch, i);
    if (status == MIRTI_OK) {
        double part = (double)(atomic_fetch_add(&t->done, last - first) + last - first);
        double replicates = t->first + part / (double)areas->count * (t->last - t->first);
        status =
            mirti_progress(t->listener, "bootstrap, areas", replicates, t->replicates->count, err);
    }
    mirti_atoms_reset(&atoms);
    mirti_predict_scratch_reset(&scratch);
    return status;
}

static mirti_status compare_all(bootstrap *t, int threads, mirti_error *err) {
    const mirti_cube *cube = t->base->areas->cube;
    int block = MOST_IN_BLOCK, count = t->replicates->count;
    if (cube) {
        int64_t fits = most_odds / (2 * (cube->patterns + 1));
        block = fits < 1 ? 1 : fits < block ? (int)fits : block;
        if (block > count) block = count;
        t->odds = mirti_new(2 * (size_t)block * (size_t)cube->patterns, sizeof *t->odds);
        if (!t->odds) return mirti_fail_memory(err, "the odds of the cube's patterns");
    }
    for (t->first = 0; t->first < count; t->first = t->last) {
        t->last = t->first + block < count ? t->first + block : count;
        atomic_store(&t->done, 0);
        if (cube)
            MIRTI_TRY(mirti_parallel_range(cube->patterns, PATTERNS_IN_CHUNK, threads, odds_range,
                                           t, err));
        MIRTI_TRY(mirti_parallel_range(t->base->areas->count, AREAS_IN_CHUNK, threads,
                                       compare_range, t, err));
    }
    return MIRTI_OK;
}

/* --------------------------------------------------------------------------------- intervals -- */

/* Mean and standard deviation of an area's errors in n replicates. */
static void describe_errors(const sums *sum, double n, double *mean, double *sd) {
    *mean = sum->error / n;
    double rest = sum->error2 - n * *mean * *mean;
    *sd = rest > 0 ? sqrt(rest / (n - 1)) : 0;
}

/* Counts the studentised errors of an area: of each, how far it lies from the mean of the others,
 * in their standard deviations. */
static void count_errors(const bootstrap *t, int64_t i, double n, int64_t *bin) {
    double mean, sd;
    describe_errors(&t->sum[i], n, &mean, &sd);
    if (!(sd > 0)) return;
    const double *error = t->error + i / t->stride * t->replicates->count;
    for (int b = 0; b < t->replicates->count; b++) {
        if (!has_fit(t, b)) continue;
        double r = error[b] - mean, share = r * r * n / (n - 1) / ((n - 1) * sd * sd);
        double others = sd * sqrt(fmax(1 - share, 1e-12) * (n - 1) / (n - 2));
        double value = r * sqrt(n / (n - 1)) / others;
        double at = floor((value + (double)BINS / BINS_IN_UNIT / 2) * BINS_IN_UNIT);
        bin[(int)fmin(fmax(at, 0), BINS - 1)]++;
    }
}

/* The value below which `share` of what was counted lies; NaN if nothing was. */
static double quantile(const int64_t *bin, double share) {
    int64_t all = 0;
    for (int k = 0; k < BINS; k++)
        all += bin[k];
    double left = share * (double)all;
    for (int k = 0; k < BINS; k++) {
        if (bin[k] > 0 && left <= (double)bin[k])
            return (k + left / (double)bin[k]) / BINS_IN_UNIT - (double)BINS / BINS_IN_UNIT / 2;
        left -= (double)bin[k];
    }
    return (double)NAN;
}

static mirti_status find_quantiles(const bootstrap *t, double n, double confidence,
                                   mirti_bootstrap_report *report, mirti_error *err) {
    int64_t *bin = mirti_new(2 * BINS, sizeof *bin);
    if (!bin) return mirti_fail_memory(err, "the errors of the bootstrap");
    for (int64_t i = 0; i < t->base->areas->count; i += t->stride)
        if (t->base->areas->missing[i] == MIRTI_AREA_COMPLETE)
            count_errors(t, i, n, t->effect[i].level >= 0 ? bin : bin + BINS);
    double tail = (1 - confidence) / 2;
    report->sampled_lo = quantile(bin, tail);
    report->sampled_hi = quantile(bin, 1 - tail);
    report->other_lo = quantile(bin + BINS, tail);
    report->other_hi = quantile(bin + BINS, 1 - tail);
    mirti_free(bin);
    return MIRTI_OK;
}

static double or_else(double value, double otherwise) {
    return isnan(value) ? otherwise : value;
}

/* How far the census's own sample lets the logit be off. */
static double sampling_reach(const bootstrap *t, int64_t i) {
    double se = t->results->sample_se[i];
    return se > 0 ? se * mirti_survey_t_quantile(t->confidence, t->results->sample_df[i]) : 0;
}

static void finish(const bootstrap *t, int64_t i, double n, const mirti_bootstrap_report *report) {
    mirti_results *results = t->results;
    const mirti_logit *fit = t->base->model->logit;
    double risk = results->risk[i], sampling = mirti_predict_sampling_error(results, i);
    double square = t->sum[i].square / n, rmse = sqrt(square);
    double explained = mirti_predict_standard_error(fit, results->gradient + i * fit->columns, 0);
    double of_parent =
        mirti_predict_part_of_replicates(t->base->effects, &t->effect[i], t->replicates);
    mirti_predict_shared_split(of_parent, results, i, fmax(0, square - explained * explained),
                               sampling);
    double mean, sd, low, high;
    describe_errors(&t->sum[i], n, &mean, &sd);
    bool sampled =
        t->effect[i].level >= 0; /* where nothing was kept of a class, that of the other */
    low = sampled ? or_else(report->sampled_lo, report->other_lo)
                  : or_else(report->other_lo, report->sampled_lo);
    high = sampled ? or_else(report->sampled_hi, report->other_hi)
                   : or_else(report->other_hi, report->sampled_hi);
    double se = hypot(rmse, sampling), unit = se / (risk * (1 - risk));
    double spread = sd * sqrt(1 + 1 / n), beside = sampling_reach(t, i);
    results->reach_lo[i] = (mean + copysign(hypot(low * spread, beside), low)) / unit;
    results->reach_hi[i] = (mean + copysign(hypot(high * spread, beside), high)) / unit;
    mirti_predict_finish(results, i, se, (mirti_predict_quantile){0});
}

/* ------------------------------------------------------------------------------------ set-up -- */

static mirti_status make_room(bootstrap *t, mirti_error *err) {
    const mirti_areas *areas = t->base->areas;
    size_t count = (size_t)areas->count;
    int64_t all = areas->count * t->replicates->count;
    t->stride = 1 + all / most_errors;
    t->most = mirti_atoms_most(t->base);
    size_t kept = count / (size_t)t->stride + 1;
    t->effect = mirti_new(count, sizeof *t->effect);
    t->sum = mirti_new(count, sizeof *t->sum);
    t->error = mirti_new(kept * (size_t)t->replicates->count, sizeof *t->error);
    mirti_free(t->results->reach_lo);
    mirti_free(t->results->reach_hi);
    t->results->reach_lo = mirti_new(count, sizeof(double));
    t->results->reach_hi = mirti_new(count, sizeof(double));
    if (!t->effect || !t->sum || !t->error || !t->results->reach_lo || !t->results->reach_hi)
        return mirti_fail_memory(err, "the errors of the bootstrap");
    MIRTI_TRY(mirti_predict_effects_find(t->base->effects, areas, t->effect, err));
    MIRTI_TRY(mirti_predict_shared_find(t->effect, t->results, err));
    for (int64_t i = 0; i < areas->count; i++) {
        t->results->reach_lo[i] = t->results->reach_hi[i] = (double)NAN;
    }
    mirti_predict_normal_rule(MIRTI_PREDICT_EFFECTS, t->point, t->weight);
    mirti_predict_normal_rule(MIRTI_ATOMS_POINTS, t->cell_point, t->cell_weight);
    return MIRTI_OK;
}

static mirti_status run(bootstrap *t, const mirti_predict_options *options,
                        mirti_bootstrap_report *report, mirti_error *err) {
    MIRTI_TRY(make_room(t, err));
    MIRTI_TRY(compare_all(t, options->threads, err));
    double n = report->replicates - report->failed;
    MIRTI_TRY(find_quantiles(t, n, options->confidence, report, err));
    for (int64_t i = 0; i < t->base->areas->count; i++)
        if (t->base->areas->missing[i] == MIRTI_AREA_COMPLETE && t->sum[i].square > 0)
            finish(t, i, n, report);
    return MIRTI_OK;
}

/* Whether replicates are of these effects: of both levels, or of the only one that has any. */
static bool are_of(const mirti_mixed_replicates *replicates, const mirti_area_effects *effects) {
    int64_t areas = effects->level[0].count, parents = effects->level[1].count;
    if (replicates->parents > 0)
        return areas == replicates->areas && parents == replicates->parents;
    return (areas == 0 || parents == 0) && areas + parents == replicates->areas;
}

mirti_status mirti_results_bootstrap(mirti_results *results, const mirti_model *model,
                                     const mirti_areas *areas,
                                     const mirti_mixed_replicates *replicates,
                                     const mirti_predict_options *options,
                                     const mirti_listener *listener, mirti_bootstrap_report *report,
                                     mirti_error *err) {
    *report = (mirti_bootstrap_report){replicates->count, replicates->failed, NAN, NAN, NAN, NAN};
    if (!options->effects || !are_of(replicates, options->effects) ||
        model->logit->columns != replicates->columns || model->logit->link != MIRTI_LINK_LOGIT ||
        replicates->count - replicates->failed < 3)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "these replicates are not those of the model and its areas");
    mirti_predict_base base;
    MIRTI_TRY(mirti_predict_base_make(&base, model, areas, options, err));
    base.effects = options->effects; /* at σ = 0 too: replicates are drawn with σ > 0 */
    bootstrap t = {.base = &base,
                   .replicates = replicates,
                   .listener = listener,
                   .results = results,
                   .confidence = options->confidence};
    mirti_status status = run(&t, options, report, err);
    mirti_free(t.effect);
    mirti_free(t.sum);
    mirti_free(t.error);
    mirti_free(t.odds);
    mirti_predict_base_reset(&base);
    return status;
}
