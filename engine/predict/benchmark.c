/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Benchmarking: risks of small areas that add up to what is known of the larger one.
 *
 * In each group all linear predictors are moved by the same δ, found by Newton's method within a
 * bracket (the group's rate rises with δ). A shift on the logit scale, and not a factor, keeps
 * probabilities below 1 and moves areas by as much as they can move.
 *
 * How sure the result is: with r(β, δ) the group's rate and t its target, r(β, δ(β, t)) = t gives
 * dδ = (dt − Gᵀdβ)/D, where G = ∂r/∂β and D = ∂r/∂δ. An area with ∂p/∂β = g and ∂p/∂δ = s therefore
 * has
 *
 *     dp = (g − (s/D) G)ᵀ dβ + (s/D) dt,
 *
 * and dt is the error of a direct estimate, or follows β again when the target is of this model.
 * What is not known of the effects of areas and parents stays, though δ takes back what these move
 * in common: where the σ between a state's areas is estimated as zero, nothing would be left.
 */
#include "internal.h"

#include <math.h>

typedef struct run {
    const mirti_predict_base *base;
    mirti_results *results;
    mirti_benchmark_group *group;
    const int64_t *first; /* [groups + 1] where the group begins in `member` */
    const int64_t *member;
    mirti_predict_quantile quantile;
} run;

typedef struct work {
    mirti_predict_scratch scratch;
    double *beta;     /* [p] shifted */
    double *gradient; /* [p] of one area */
    double *total;    /* [p] G */
} work;

static mirti_status work_make(work *w, int columns, mirti_error *err) {
    size_t p = (size_t)columns;
    *w = (work){.beta = mirti_new(p, sizeof(double)),
                .gradient = mirti_new(p, sizeof(double)),
                .total = mirti_new(p, sizeof(double))};
    if (!w->beta || !w->gradient || !w->total)
        return mirti_fail_memory(err, "the benchmark of areas");
    return mirti_predict_scratch_make(&w->scratch, columns, err);
}

static void work_reset(work *w) {
    mirti_predict_scratch_reset(&w->scratch);
    mirti_free(w->beta);
    mirti_free(w->gradient);
    mirti_free(w->total);
}

/* Rate of a group at the shift δ; fills w->total with its gradient by β, whose first element, that
 * of the intercept, is its derivative by δ. */
static double rate_at(const run *r, work *w, int64_t g, double shift) {
    int p = r->base->model->logit->columns;
    const double *beta = r->base->model->logit->beta;
    for (int j = 0; j < p; j++) {
        w->beta[j] = beta[j] + (j == 0 ? shift : 0);
        w->total[j] = 0;
    }
    mirti_sum rate = {0};
    for (int64_t k = r->first[g]; k < r->first[g + 1]; k++) {
        int64_t i = r->member[k];
        double part = r->results->children[i] / r->group[g].children;
        mirti_sum_add(
            &rate, part * mirti_predict_area(r->base, &w->scratch, i, w->beta, w->gradient, NULL));
        for (int j = 0; j < p; j++)
            w->total[j] += part * w->gradient[j];
    }
    return mirti_sum_value(&rate);
}

static double solve(const run *r, work *w, int64_t g) {
    const mirti_benchmark_group *group = &r->group[g];
    double low = -INFINITY, high = INFINITY;
    mirti_link link = r->base->model->logit->link;
    double shift = mirti_link_of(link, group->rate) - mirti_link_of(link, group->before);
    for (int step = 0; step < 100; step++) {
        double gap = rate_at(r, w, g, shift) - group->rate;
        if (fabs(gap) <= 1e-15) return shift;
        if (gap < 0)
            low = shift;
        else
            high = shift;
        double next = shift - gap / w->total[0];
        if (!(next > low && next < high)) /* out of the bracket: halve it, or widen it */
            next = isinf(low) ? high - 1 : isinf(high) ? low + 1 : low + (high - low) / 2;
        if (fabs(next - shift) <= 1e-15 * fmax(1, fabs(shift))) return next;
        shift = next;
    }
    return shift;
}

static void apply(const run *r, work *w, int64_t g) {
    mirti_benchmark_group *group = &r->group[g];
    mirti_results *results = r->results;
    int p = r->base->model->logit->columns;
    (void)rate_at(r, w, g, group->shift);
    double slope = w->total[0];
    for (int64_t k = r->first[g]; k < r->first[g + 1]; k++) {
        int64_t i = r->member[k];
        double *gradient = results->gradient + i * p;
        results->risk[i] = mirti_predict_area(r->base, &w->scratch, i, w->beta, gradient, NULL);
        double part = gradient[0] / slope; /* s/D */
        for (int j = 0; j < p; j++)
            gradient[j] += part * ((group->gradient ? group->gradient[j] : 0) - w->total[j]);
        bool own = group->rate_se > 0;
        double shared_se = part * (own ? group->rate_se : group->shared_se);
        results->shared[MIRTI_SHARED_BENCHMARK][i] = !(shared_se > 0) ? -1
                                                     : own            ? (int32_t)g
                                                                      : group->shared;
        results->shared_se[MIRTI_SHARED_BENCHMARK][i] = shared_se;
        double other = mirti_predict_other_error(results, i); /* than β's */
        mirti_predict_finish(results, i,
                             mirti_predict_standard_error(r->base->model->logit, gradient, other),
                             r->quantile);
    }
}

static mirti_status benchmark_range(int64_t first, int64_t last, void *context, mirti_error *err) {
    const run *r = context;
    work w;
    mirti_status status = work_make(&w, r->base->model->logit->columns, err);
    for (int64_t g = first; g < last && status == MIRTI_OK; g++) {
        mirti_benchmark_group *group = &r->group[g];
        if (isnan(group->rate) || !(group->children > 0)) continue;
        group->shift = solve(r, &w, g);
        apply(r, &w, g);
    }
    work_reset(&w);
    return status;
}

/* Members of each group, in the order of the areas; fills areas, children and before. */
static mirti_status collect(run *r, const int32_t *group_of, int32_t groups, int64_t *first,
                            int64_t *member, mirti_error *err) {
    const mirti_results *results = r->results;
    for (int32_t g = 0; g < groups; g++) {
        mirti_benchmark_group *group = &r->group[g];
        group->areas = 0;
        group->shift = 0;
        group->children = group->before = 0;
        if (!isnan(group->rate) && !(group->rate > 0 && group->rate < 1))
            return mirti_fail(err, MIRTI_ERROR_USAGE,
                              "the rate of '%s' is %g; areas cannot be shifted to it",
                              group->code ? group->code : "", group->rate);
    }
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t i = 0; i < results->count; i++) {
            int32_t g = group_of[i];
            if (g < 0 || g >= groups || isnan(results->risk[i])) continue;
            if (pass == 0) {
                r->group[g].areas++;
                r->group[g].children += results->children[i];
                r->group[g].before += results->at_risk[i];
            } else {
                member[first[g]++] = i;
            }
        }
        for (int32_t g = 0; g < groups && pass == 0; g++)
            first[g + 1] = first[g] + r->group[g].areas;
    }
    for (int32_t g = groups; g > 0; g--) /* each was moved to the end of its group */
        first[g] = first[g - 1];
    first[0] = 0;
    for (int32_t g = 0; g < groups; g++)
        r->group[g].before =
            r->group[g].children > 0 ? r->group[g].before / r->group[g].children : NAN;
    return MIRTI_OK;
}

mirti_status mirti_results_benchmark(mirti_results *results, const mirti_model *model,
                                     const mirti_areas *areas, const int32_t *group_of,
                                     mirti_benchmark_group *group, int32_t groups,
                                     const mirti_predict_options *options, mirti_error *err) {
    if (results->count != areas->count || !results->gradient ||
        results->columns != model->logit->columns)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "these results are of other areas or models");
    mirti_predict_base base;
    mirti_status status;
    MIRTI_TRY(mirti_predict_base_make(&base, model, areas, options, err));
    int64_t *first = mirti_new((size_t)groups + 1, sizeof *first);
    int64_t *member = mirti_new((size_t)results->count, sizeof *member);
    run r = {&base, results, group,
             first, member,  mirti_predict_quantile_of(model->logit, options->confidence)};
    if (!first || !member) {
        status = mirti_fail_memory(err, "the benchmark of areas");
        goto done;
    }
    MIRTI_TRY_GOTO(status, collect(&r, group_of, groups, first, member, err), done);
    status = mirti_parallel_range(groups, 1, options->threads, benchmark_range, &r, err);
done:
    mirti_free(first);
    mirti_free(member);
    mirti_predict_base_reset(&base);
    return status;
}
