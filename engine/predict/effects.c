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

/* One area at the look-up. */
typedef struct sought {
    const char *chain[MIRTI_EFFECT_CODES];
    bool of_the_kind; /* it is of the kind that the first level is of */
    bool part;        /* it is a part of such an area, which is its parent */
} sought;

/* Of an area of another kind than the first level's, found by code c of its chain. */
static mirti_predict_effect find_part(const mirti_effect_level *level, int l, int64_t at, int c,
                                      const sought *s) {
    if (l == 0)
        return (mirti_predict_effect){l, at, c > 0 ? s->chain[c] : NULL,
                                      level->parent ? level->parent[at] : NULL};
    return (mirti_predict_effect){l, at, c > 1 ? s->chain[1] : NULL, s->chain[c]};
}

/* In areas of the kind that the first level is of, a code belongs to one level: municipality 09
 * does not take the effect of state 09. Of other kinds that is not known, and all codes are tried.
 */
static mirti_predict_effect find_effect(const mirti_area_effects *effects, const sought *s) {
    for (int l = 0; l < MIRTI_EFFECT_LEVELS; l++) {
        int first = s->of_the_kind ? l : 0, last = s->of_the_kind ? l : MIRTI_EFFECT_CODES - 1;
        for (int c = first; c <= last; c++) {
            int64_t found = find(&effects->level[l], s->chain[c]);
            if (found < 0) continue;
            if (!s->of_the_kind) return find_part(&effects->level[l], l, found, c, s);
            const mirti_effect_level *level = &effects->level[l];
            return (mirti_predict_effect){l, found, NULL,
                                          level->parent ? level->parent[found] : s->chain[1]};
        }
    }
    if (s->of_the_kind) return (mirti_predict_effect){-1, -1, NULL, s->chain[1]};
    return (mirti_predict_effect){-1, -1, s->part ? s->chain[1] : NULL, s->chain[2]};
}

mirti_status mirti_predict_effects_find(const mirti_area_effects *effects, const mirti_areas *areas,
                                        mirti_predict_effect *found, mirti_error *err) {
    const mirti_areas *larger = effects->larger == areas ? NULL : effects->larger;
    bool of_the_kind = effects->kind && areas->kind && strcmp(effects->kind, areas->kind) == 0;
    coded *sorted;
    MIRTI_TRY(sort_larger(larger, &sorted, err));
    for (int64_t i = 0; i < areas->count; i++) {
        sought s = {.chain = {areas->code[i], areas->parent_code[i], NULL},
                    .of_the_kind = of_the_kind};
        const coded key = {s.chain[1], NULL}, *parent = NULL;
        if (sorted && key.code)
            parent = bsearch(&key, sorted, (size_t)larger->count, sizeof *sorted, by_code);
        if (parent) s.chain[2] = parent->parent;
        s.part = parent || effects->kind;
        found[i] = find_effect(effects, &s);
    }
    mirti_free(sorted);
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------ of the models -- */

void mirti_area_effects_of_mixed(const mirti_mixed *mixed, bool of_parents,
                                 mirti_area_effects *out) {
    *out = (mirti_area_effects){.sigma = mixed->sigma, .of_parent = of_parents};
    out->level[of_parents ? 1 : 0] = (mirti_effect_level){.count = mixed->areas,
                                                          .code = mixed->area,
                                                          .points = mixed->points,
                                                          .point = mixed->point,
                                                          .probability = mixed->probability};
}

typedef struct normal_effect {
    char *code, *parent;
    double mean, parent_sd, own_sd; /* the parent's part of the error and the rest */
    int32_t place;
} normal_effect;

static int by_effect_code(const void *a, const void *b) {
    return strcmp(((const normal_effect *)a)->code, ((const normal_effect *)b)->code);
}

/* A level of normal posteriors as points of the normal rule. Sorts the effects. */
static mirti_status make_level(normal_effect *effect, int32_t count, mirti_effect_level *level,
                               mirti_error *err) {
    enum { POINTS = MIRTI_PREDICT_EFFECTS };
    size_t n = (size_t)count;
    char **code = mirti_new(2 * n, sizeof *code);
    double *points = mirti_new((2 * POINTS + 1) * n, sizeof *points), z[POINTS], weight[POINTS];
    double *of_parent = points ? points + 2 * n * POINTS : NULL;
    int32_t *place = mirti_new(n, sizeof *place);
    *level = (mirti_effect_level){.count = count,
                                  .code = code,
                                  .points = POINTS,
                                  .point = points,
                                  .probability = points + n * POINTS,
                                  .parent = code ? code + n : NULL,
                                  .of_parent = of_parent,
                                  .place = place,
                                  .own_code = code,
                                  .own_points = points,
                                  .own_place = place};
    if (!code || !points || !place) return mirti_fail_memory(err, "the effects of areas");
    qsort(effect, n, sizeof *effect, by_effect_code);
    mirti_predict_normal_rule(POINTS, z, weight);
    for (size_t i = 0; i < n; i++) {
        const normal_effect *e = &effect[i];
        double sd = hypot(e->parent_sd, e->own_sd);
        code[i] = e->code;
        code[n + i] = e->parent;
        place[i] = e->place;
        of_parent[i] = sd > 0 ? e->parent_sd / sd * (e->parent_sd / sd) : 0;
        for (size_t q = 0; q < POINTS; q++) {
            points[i * POINTS + q] = e->mean + sd * z[q];
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
    for (int32_t a = 0; a < nested->areas; a++) {
        double sd = nested->effect_sd[a], own = fmin(nested->effect_own_sd[a], sd);
        effect[a] = (normal_effect){nested->area[a],
                                    nested->parent[nested->area_parent[a]],
                                    nested->effect[a],
                                    sqrt((sd - own) * (sd + own)),
                                    own,
                                    a};
    }
    MIRTI_TRY(make_level(effect, nested->areas, &out->level[0], err));
    MIRTI_TRY(check_codes(&out->level[0], err));
    for (int32_t g = 0; g < nested->parents; g++)
        effect[g] = (normal_effect){nested->parent[g],        nested->parent[g],
                                    nested->parent_effect[g], nested->parent_effect_sd[g],
                                    nested->sigma_area,       g};
    return make_level(effect, nested->parents, &out->level[1], err);
}

mirti_status mirti_area_effects_of_nested(const mirti_nested *nested, mirti_area_effects *out,
                                          mirti_error *err) {
    *out = (mirti_area_effects){.sigma = hypot(nested->sigma_area, nested->sigma_parent)};
    if (out->sigma > 0) {
        double part = nested->sigma_parent / out->sigma;
        out->of_parent = part * part;
    }
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
        mirti_free(effects->level[l].own_place);
    }
    *effects = (mirti_area_effects){0};
}

/* --------------------------------------------------------------------------------- of one place */

void mirti_area_effects_unknown(const mirti_area_effects *effects, mirti_effect_points *out) {
    enum { POINTS = MIRTI_PREDICT_EFFECTS };
    *out = (mirti_effect_points){.points = 1, .probability = {1}};
    if (!(effects->sigma > 0)) return; /* areas do not differ */
    out->points = POINTS;
    mirti_predict_normal_rule(POINTS, out->point, out->probability);
    for (int q = 0; q < POINTS; q++)
        out->point[q] *= effects->sigma;
}

bool mirti_area_effects_at(const mirti_area_effects *effects, const char *area, const char *parent,
                           mirti_effect_points *out) {
    const char *const code[MIRTI_EFFECT_LEVELS] = {area, parent};
    for (int l = 0; l < MIRTI_EFFECT_LEVELS; l++) {
        const mirti_effect_level *level = &effects->level[l];
        int64_t found = find(level, code[l]);
        if (found < 0) continue;
        size_t first = (size_t)found * (size_t)level->points, size = (size_t)level->points;
        out->points = level->points;
        out->known = true;
        memcpy(out->point, level->point + first, size * sizeof *out->point);
        memcpy(out->probability, level->probability + first, size * sizeof *out->probability);
        return true;
    }
    return false;
}
