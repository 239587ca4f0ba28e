/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What areas share of their errors. The effect of a state is not known better in one municipality
 * than in another, nor that of a municipality in its localities: where such an error moves one of
 * them, it moves them all. Given the sample the effect of an area is that of its parent and its
 * own, u = m + a z_parent + b z, with z standard normal and independent: exactly so by Laplace's
 * method, whose Hessian is an arrow, so that given the parent's effect areas are independent
 * (engine/fit/nested_likelihood.c). The variance of the risk over u is divided as that of u is,
 * a² to b².
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

/* Part of the variance of an area's effect that is its parent's. */
static double part_of_parent(const mirti_area_effects *effects,
                             const mirti_predict_effect *effect) {
    if (effect->level < 0) return effects->of_parent;
    const mirti_effect_level *level = &effects->level[effect->level];
    return level->of_parent ? level->of_parent[effect->at] : effect->level > 0;
}

void mirti_predict_shared_split(const mirti_area_effects *effects,
                                const mirti_predict_effect *effect, mirti_results *results,
                                int64_t i, double variance, double sampling) {
    double parent = 0, area = 0;
    if (results->shared[MIRTI_SHARED_PARENT][i] >= 0)
        parent = part_of_parent(effects, effect) * variance;
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
