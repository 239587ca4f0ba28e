/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is known of areas beyond their children's traits: where an area's effect is looked up, and
 * what a mixed or a nested logit says of it. An area has a chain of codes – its own, its parent's,
 * that one's parent's – and effects have levels, finest first: those of areas, those of parents.
 * The finest level that knows one of the codes tells the effect.
 */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ----------------------------------------------------------------------------------- look-up -- */

typedef struct coded {
    const char *code, *parent;
} coded;

static int by_code(const void *a, const void *b) {
    return strcmp(((const coded *)a)->code, ((const coded *)b)->code);
}

/* The larger areas in the order of their codes, to find the parents of parents. */
static mirti_status sort_larger(const mirti_areas *larger, coded **out, mirti_error *err) {
    *out = NULL;
    if (!larger) return MIRTI_OK;
    *out = mirti_new((size_t)larger->count, sizeof **out);
    if (!*out) return mirti_fail_memory(err, "the parents of areas");
    for (int64_t i = 0; i < larger->count; i++)
        (*out)[i] = (coded){larger->code[i], larger->parent_code[i]};
    qsort(*out, (size_t)larger->count, sizeof **out, by_code);
    return MIRTI_OK;
}

static int compare_codes(const void *key, const void *element) {
    return strcmp(key, *(char *const *)element);
}

static int64_t find(const mirti_effect_level *level, const char *code) {
    if (!code || level->count == 0) return -1;
    char *const *found =
        bsearch(code, level->code, (size_t)level->count, sizeof *level->code, compare_codes);
    return found ? found - level->code : -1;
}

/* In areas of the kind that the first level is of, a code belongs to one level: municipality 09
 * does not take the effect of state 09. Of other kinds that is not known, and all codes are tried.
 */
static mirti_predict_effect find_effect(const mirti_area_effects *effects, bool of_the_kind,
                                        const char *const chain[MIRTI_EFFECT_CODES]) {
    for (int l = 0; l < MIRTI_EFFECT_LEVELS; l++) {
        int first = of_the_kind ? l : 0, last = of_the_kind ? l : MIRTI_EFFECT_CODES - 1;
        for (int c = first; c <= last; c++) {
            int64_t found = find(&effects->level[l], chain[c]);
            if (found >= 0) return (mirti_predict_effect){l, found};
        }
    }
    return (mirti_predict_effect){-1, -1};
}

mirti_status mirti_predict_effects_find(const mirti_area_effects *effects, const mirti_areas *areas,
                                        mirti_predict_effect *found, mirti_error *err) {
    const mirti_areas *larger = effects->larger == areas ? NULL : effects->larger;
    bool of_the_kind = effects->kind && areas->kind && strcmp(effects->kind, areas->kind) == 0;
    coded *sorted;
    MIRTI_TRY(sort_larger(larger, &sorted, err));
    for (int64_t i = 0; i < areas->count; i++) {
        const char *chain[MIRTI_EFFECT_CODES] = {areas->code[i], areas->parent_code[i], NULL};
        const coded key = {chain[1], NULL}, *parent = NULL;
        if (sorted && key.code)
            parent = bsearch(&key, sorted, (size_t)larger->count, sizeof *sorted, by_code);
        if (parent) chain[2] = parent->parent;
        found[i] = find_effect(effects, of_the_kind, chain);
    }
    mirti_free(sorted);
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------ of the models -- */

void mirti_area_effects_of_mixed(const mirti_mixed *mixed, bool of_parents,
                                 mirti_area_effects *out) {
    *out = (mirti_area_effects){.sigma = mixed->sigma};
    out->level[of_parents ? 1 : 0] = (mirti_effect_level){.count = mixed->areas,
                                                          .code = mixed->area,
                                                          .points = mixed->points,
                                                          .point = mixed->point,
                                                          .probability = mixed->probability};
}

typedef struct normal_effect {
    char *code;
    double mean, sd;
} normal_effect;

static int by_effect_code(const void *a, const void *b) {
    return strcmp(((const normal_effect *)a)->code, ((const normal_effect *)b)->code);
}

/* A level of normal posteriors as points of the normal rule. Sorts the effects. */
static mirti_status make_level(normal_effect *effect, int32_t count, mirti_effect_level *level,
                               mirti_error *err) {
    enum { POINTS = MIRTI_PREDICT_EFFECTS };
    size_t n = (size_t)count;
    char **code = mirti_new(n, sizeof *code);
    double *points = mirti_new(2 * n * POINTS, sizeof *points), z[POINTS], weight[POINTS];
    *level = (mirti_effect_level){.count = count,
                                  .code = code,
                                  .points = POINTS,
                                  .point = points,
                                  .probability = points + n * POINTS,
                                  .own_code = code,
                                  .own_points = points};
    if (!code || !points) return mirti_fail_memory(err, "the effects of areas");
    qsort(effect, n, sizeof *effect, by_effect_code);
    mirti_predict_normal_rule(POINTS, z, weight);
    for (size_t i = 0; i < n; i++) {
        code[i] = effect[i].code;
        for (size_t q = 0; q < POINTS; q++) {
            points[i * POINTS + q] = effect[i].mean + effect[i].sd * z[q];
            points[(n + i) * POINTS + q] = weight[q];
        }
    }
    return MIRTI_OK;
}

/* An area's code is all that the census says of it, so it must tell the area. */
static mirti_status check_codes(const mirti_effect_level *areas, mirti_error *err) {
    for (int64_t i = 1; i < areas->count; i++) {
        if (strcmp(areas->code[i], areas->code[i - 1]) != 0) continue;
        mirti_status status = mirti_fail(
            err, MIRTI_ERROR_INPUT, "the survey has area '%s' in two larger areas", areas->code[i]);
        mirti_fail_remedy(err, "Give areas codes of their own, such as those of state and "
                               "municipality together, in `area` of the survey's source.");
        return status;
    }
    return MIRTI_OK;
}

static mirti_status make_levels(const mirti_nested *nested, normal_effect *effect,
                                mirti_area_effects *out, mirti_error *err) {
    for (int32_t a = 0; a < nested->areas; a++)
        effect[a] = (normal_effect){nested->area[a], nested->effect[a], nested->effect_sd[a]};
    MIRTI_TRY(make_level(effect, nested->areas, &out->level[0], err));
    MIRTI_TRY(check_codes(&out->level[0], err));
    for (int32_t g = 0; g < nested->parents; g++)
        effect[g] = (normal_effect){nested->parent[g], nested->parent_effect[g],
                                    hypot(nested->parent_effect_sd[g], nested->sigma_area)};
    return make_level(effect, nested->parents, &out->level[1], err);
}

mirti_status mirti_area_effects_of_nested(const mirti_nested *nested, mirti_area_effects *out,
                                          mirti_error *err) {
    *out = (mirti_area_effects){.sigma = hypot(nested->sigma_area, nested->sigma_parent)};
    normal_effect *effect = mirti_new((size_t)nested->areas, sizeof *effect); /* areas >= parents */
    if (!effect) return mirti_fail_memory(err, "the effects of areas");
    mirti_status status = make_levels(nested, effect, out, err);
    mirti_free(effect);
    if (status != MIRTI_OK) mirti_area_effects_reset(out);
    return status;
}

void mirti_area_effects_reset(mirti_area_effects *effects) {
    for (int l = 0; l < MIRTI_EFFECT_LEVELS; l++) {
        mirti_free(effects->level[l].own_code);
        mirti_free(effects->level[l].own_points);
    }
    *effects = (mirti_area_effects){0};
}
