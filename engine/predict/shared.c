/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What areas share of their errors. The effect of a state is not known better in one municipality
 * than in another, nor that of a municipality in its localities: where such an error moves one of
 * them, it moves them all. Given the sample the effect of an area is that of its parent and its
 * own, u = m + a z_parent + b z, with z standard normal and independent: exactly so by Laplace's
 * method, whose Hessian is an arrow, so that given the parent's effect areas are independent
 * (engine/fit/nested_likelihood.c). The variance of the risk over u is divided as that of u is,
 * a² to b²; by a bootstrap of both levels, as it is in the refits on average, for one estimate may
 * be zero.
 */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct keyed {
    const char *code;
    int64_t area;
} keyed;

static int by_code(const void *a, const void *b) {
    return strcmp(((const keyed *)a)->code, ((const keyed *)b)->code);
}

/* Numbers the codes of a list that has room for all. */
static void number(keyed *list, int64_t count, int32_t *out) {
    qsort(list, (size_t)count, sizeof *list, by_code);
    int32_t last = -1;
    for (int64_t k = 0; k < count; k++) {
        if (k == 0 || strcmp(list[k].code, list[k - 1].code) != 0) last++;
        out[list[k].area] = last;
    }
}

mirti_status mirti_predict_shared_find(const mirti_predict_effect *effect, mirti_results *results,
                                       mirti_error *err) {
    keyed *list = mirti_new((size_t)results->count, sizeof *list);
    if (!list) return mirti_fail_memory(err, "the errors that areas share");
    for (int e = MIRTI_SHARED_PARENT; e <= MIRTI_SHARED_AREA; e++) {
        int64_t count = 0;
        for (int64_t i = 0; i < results->count; i++) {
            const char *code = e == MIRTI_SHARED_PARENT ? effect[i].parent : effect[i].area;
            results->shared[e][i] = -1;
            if (code) list[count++] = (keyed){code, i};
        }
        number(list, count, results->shared[e]);
    }
    mirti_free(list);
    return MIRTI_OK;
}

double mirti_predict_part_of_parent(const mirti_area_effects *effects,
                                    const mirti_predict_effect *effect) {
    if (effect->level < 0) return effects->of_parent;
    const mirti_effect_level *level = &effects->level[effect->level];
    return level->of_parent ? level->of_parent[effect->at] : effect->level > 0;
}

/* a² / (a² + b²), 0 where both are 0. */
static double part(double a, double b) {
    double sum = a * a + b * b;
    return sum > 0 ? a * a / sum : 0;
}

/* The same of replicate b. */
static double part_of_replicate(const mirti_mixed_replicates *r, const mirti_predict_effect *effect,
                                int64_t place, int b) {
    if (effect->level < 0) return part(r->sigma_parent[b], r->sigma[b]);
    if (effect->level > 0)
        return part(r->parent_effect_sd[(int64_t)b * r->parents + place], r->sigma[b]);
    int64_t at = (int64_t)b * r->areas + place;
    double sd = r->effect_sd[at], own = fmin(r->effect_own_sd[at], sd);
    return part(sqrt((sd - own) * (sd + own)), own);
}

double mirti_predict_part_of_replicates(const mirti_area_effects *effects,
                                        const mirti_predict_effect *effect,
                                        const mirti_mixed_replicates *replicates) {
    if (replicates->parents == 0) return mirti_predict_part_of_parent(effects, effect);
    const int32_t *places = effect->level >= 0 ? effects->level[effect->level].place : NULL;
    int64_t place = places ? places[effect->at] : effect->at;
    double sum = 0;
    for (int b = 0; b < replicates->count; b++)
        if (!isnan(replicates->sigma[b])) sum += part_of_replicate(replicates, effect, place, b);
    return sum / (replicates->count - replicates->failed);
}

void mirti_predict_shared_split(double of_parent, mirti_results *results, int64_t i,
                                double variance, double sampling) {
    double parent = 0, area = 0;
    if (results->shared[MIRTI_SHARED_PARENT][i] >= 0) parent = of_parent * variance;
    if (results->shared[MIRTI_SHARED_AREA][i] >= 0) area = variance - parent;
    results->shared_se[MIRTI_SHARED_PARENT][i] = sqrt(parent);
    results->shared_se[MIRTI_SHARED_AREA][i] = sqrt(area);
    results->own_se[i] = hypot(sqrt(variance - parent - area), sampling);
}

double mirti_predict_other_error(const mirti_results *results, int64_t i) {
    double square = results->own_se[i] * results->own_se[i];
    for (int e = 0; e < MIRTI_SHARED_ERRORS; e++)
        square += results->shared_se[e][i] * results->shared_se[e][i];
    return sqrt(square);
}
