/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Aggregate mode: the risk of an area of which the census publishes counts and shares.
 *
 * p_a = Σ_c N_ac p_ac / Σ_c N_ac over the enumerated cells (sex × age, say), p_ac from the shares
 * of the cell (cells.c). Its standard error is gᵀVg with g the gradient of p_a by β and V the
 * linearised covariance of the fit: it tells how sure the coefficients make us, not how well the
 * model fits an area. Intervals are computed on the logit scale, so that they stay within 0 and 1.
 * With effects of areas the risk is averaged over what is known of the area's own, and varies with
 * it. Oracles: R predict(svyglm) with its covariance (tests/oracle); difference quotients
 * (tests/unit).
 */
#include "sampling.h"

#include <math.h>
#include <string.h>

typedef struct run {
    const mirti_predict_base *base;
    mirti_results *results;
    mirti_predict_quantile quantile;
} run;

double mirti_predict_standard_error(const mirti_logit *fit, const double *g, double own) {
    double variance = own * own;
    int p = fit->columns;
    for (int j = 0; j < p; j++) {
        double part = 0;
        for (int l = 0; l < p; l++)
            part += fit->covariance[j * p + l] * g[l];
        variance += g[j] * part;
    }
    return variance > 0 ? sqrt(variance) : 0;
}

/* ------------------------------------------------------------------------ effects of areas -- */

static mirti_status find_effects(mirti_predict_base *base, const mirti_area_effects *effects,
                                 mirti_error *err) {
    const mirti_areas *areas = base->areas;
    if (!effects || !(effects->sigma > 0)) return MIRTI_OK; /* no effects: all areas are alike */
    base->effect = mirti_new((size_t)areas->count, sizeof *base->effect);
    if (!base->effect) return mirti_fail_memory(err, "the effects of areas");
    base->effects = effects;
    MIRTI_TRY(mirti_predict_effects_find(effects, areas, base->effect, err));
    mirti_predict_normal_rule(MIRTI_PREDICT_EFFECTS, base->point, base->weight);
    for (int q = 0; q < MIRTI_PREDICT_EFFECTS; q++)
        base->point[q] *= effects->sigma;
    return MIRTI_OK;
}

/* --------------------------------------------------------------------------------- one area -- */

mirti_status mirti_predict_base_make(mirti_predict_base *base, const mirti_model *model,
                                     const mirti_areas *areas, const mirti_predict_options *options,
                                     mirti_error *err) {
    *base = (mirti_predict_base){.model = model, .areas = areas};
    mirti_status status;
    if (areas->cube)
        status = mirti_predict_persons_make(&base->persons, model, areas->cube, err);
    else if (areas->shares != mirti_terms_share_offset(model->terms, model->terms->predictors))
        status = mirti_fail(err, MIRTI_ERROR_MODEL,
                            "the areas were read for another model: they have %d shares in a cell",
                            areas->shares);
    else
        status = mirti_predict_cells_make(&base->cells, model, options->dispersion, err);
    if (status == MIRTI_OK) status = find_effects(base, options->effects, err);
    if (status != MIRTI_OK) mirti_predict_base_reset(base);
    return status;
}

void mirti_predict_base_reset(mirti_predict_base *base) {
    mirti_predict_cells_reset(&base->cells);
    mirti_predict_persons_reset(&base->persons);
    mirti_free(base->effect);
    base->effect = NULL;
}

/* Risk when all that makes it up is in β; adds `times` the gradient. */
static double area_at(const mirti_predict_base *base, mirti_predict_scratch *scratch, int64_t i,
                      const double *beta, double times, double *gradient) {
    const mirti_areas *areas = base->areas;
    if (areas->cube) return mirti_predict_persons_area(&base->persons, i, beta, times, gradient);
    mirti_sum risk = {0}, all = {0};
    for (int c = 0; c < areas->cells; c++)
        mirti_sum_add(&all, areas->children[i * areas->cells + c]);
    for (int c = 0; c < areas->cells; c++) {
        int64_t at = i * areas->cells + c;
        double part = areas->children[at] / mirti_sum_value(&all);
        if (!(part > 0)) continue;
        mirti_sum_add(&risk, part * mirti_predict_cell(&base->cells, scratch,
                                                       areas->share + at * areas->shares, beta,
                                                       times * part, gradient));
    }
    return mirti_sum_value(&risk);
}

double mirti_predict_area(const mirti_predict_base *base, mirti_predict_scratch *scratch, int64_t i,
                          const double *beta, double *gradient, double *variance) {
    int p = base->model->logit->columns;
    for (int j = 0; gradient && j < p; j++)
        gradient[j] = 0;
    if (variance) *variance = 0;
    if (!base->effects) return area_at(base, scratch, i, beta, 1, gradient);
    const mirti_predict_effect effect = base->effect[i];
    const double *point = base->point, *weight = base->weight;
    int points = MIRTI_PREDICT_EFFECTS;
    if (effect.level >= 0) {
        const mirti_effect_level *level = &base->effects->level[effect.level];
        points = level->points;
        point = level->point + effect.at * points;
        weight = level->probability + effect.at * points;
    }
    memcpy(scratch->beta, beta, (size_t)p * sizeof *beta);
    double risk = 0, square = 0;
    for (int q = 0; q < points; q++) {
        scratch->beta[0] = beta[0] + point[q]; /* an effect moves the intercept */
        double at = area_at(base, scratch, i, scratch->beta, weight[q], gradient);
        risk += weight[q] * at;
        square += weight[q] * at * at;
    }
    if (variance) *variance = fmax(0, square - risk * risk);
    return risk;
}

static mirti_method method_of(const mirti_predict_base *base, int64_t i) {
    if (base->effects && base->effect[i].level >= 0) return MIRTI_METHOD_EB;
    return base->effects || base->areas->cube ? MIRTI_METHOD_SYNTHETIC : MIRTI_METHOD_AGGREGATE;
}

static void predict_one(const run *r, mirti_predict_scratch *scratch, int64_t i) {
    const mirti_logit *fit = r->base->model->logit;
    const mirti_areas *areas = r->base->areas;
    mirti_results *results = r->results;
    if (areas->missing[i] != MIRTI_AREA_COMPLETE) return;
    double *gradient = results->gradient + i * fit->columns, variance;
    results->risk[i] = mirti_predict_area(r->base, scratch, i, fit->beta, gradient, &variance);
    results->method[i] = method_of(r->base, i);
    double sampling = mirti_predict_sampling_error(results, i);
    results->own_se[i] = sampling;
    if (r->base->effects)
        mirti_predict_shared_split(
            mirti_predict_part_of_parent(r->base->effects, &r->base->effect[i]), results, i,
            variance, sampling);
    double other = hypot(sqrt(variance), sampling);
    mirti_predict_finish(results, i, mirti_predict_standard_error(fit, gradient, other),
                         r->quantile);
}

static mirti_status predict_range(int64_t first, int64_t last, void *context, mirti_error *err) {
    const run *r = context;
    mirti_predict_scratch scratch;
    MIRTI_TRY(mirti_predict_scratch_make(&scratch, r->base->model->logit->columns, err));
    for (int64_t i = first; i < last; i++)
        predict_one(r, &scratch, i);
    mirti_predict_scratch_reset(&scratch);
    return MIRTI_OK;
}

mirti_status mirti_predict_areas(const mirti_model *model, const mirti_areas *areas,
                                 const mirti_predict_options *options, mirti_results **out,
                                 mirti_error *err) {
    *out = NULL;
    mirti_predict_base base;
    mirti_results *results = NULL;
    mirti_status status;
    int columns = model->logit->columns;
    MIRTI_TRY(mirti_predict_base_make(&base, model, areas, options, err));
    MIRTI_TRY_GOTO(status, mirti_results_new(areas, &results, err), done);
    results->columns = columns;
    results->gradient =
        mirti_new((size_t)areas->count * (size_t)columns, sizeof *results->gradient);
    if (!results->gradient) {
        status = mirti_fail_memory(err, "the gradients of areas");
        goto done;
    }
    if (base.effects)
        MIRTI_TRY_GOTO(status, mirti_predict_shared_find(base.effect, results, err), done);
    MIRTI_TRY_GOTO(status, mirti_predict_sample(&base, options->threads, results, err), done);
    run r = {&base, results, mirti_predict_quantile_of(model->logit, options->confidence)};
    status = mirti_parallel_range(areas->count, 256, options->threads, predict_range, &r, err);
done:
    mirti_predict_base_reset(&base);
    if (status == MIRTI_OK)
        *out = results;
    else
        mirti_results_free(results);
    return status;
}
