/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Children unlike any of the survey, area by area.
 *
 * A combination of levels and yes/no traits is kept as a row of small numbers; those of the survey
 * are sorted, and looked up for each pattern of a cube. Numbers are compared with the survey's
 * range instead: hardly two children share a number, and a model goes straight between those it has
 * seen. Of published aggregates the cells are known, and what all children of a cell have in
 * common.
 */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --------------------------------------------------------------------- combinations of traits -- */

/* Levels of the predictors that are not numbers; −1: any. */
typedef struct combination {
    const int *level;
    int width;
} combination;

static int compare_combinations(const void *a, const void *b) {
    const combination *x = a, *y = b;
    for (int k = 0; k < x->width; k++)
        if (x->level[k] != y->level[k]) return x->level[k] < y->level[k] ? -1 : 1;
    return 0;
}

typedef struct seen {
    int width;      /* the predictors that are not numbers */
    int *predictor; /* [width] which of those that terms use */
    int *level;     /* [rows × width] of the survey */
    combination *list;
    int64_t count; /* different ones, sorted */
} seen;

static void seen_reset(seen *s) {
    mirti_free(s->predictor);
    mirti_free(s->level);
    mirti_free(s->list);
}

static mirti_status seen_make(seen *s, const mirti_support_layout *layout,
                              const mirti_support_sample *sample, mirti_error *err) {
    const mirti_terms *terms = layout->terms;
    const int64_t rows = sample->design->rows;
    *s = (seen){.predictor = mirti_new((size_t)layout->predictors, sizeof *s->predictor)};
    for (int v = 0; s->predictor && v < layout->predictors; v++)
        if (terms->predictor[layout->predictor[v]].kind != MIRTI_PREDICTOR_NUMBER)
            s->predictor[s->width++] = v;
    s->level = mirti_new((size_t)rows * (size_t)s->width, sizeof *s->level);
    s->list = mirti_new((size_t)rows, sizeof *s->list);
    if (!s->predictor || !s->level || !s->list)
        return mirti_fail_memory(err, "the patterns of the survey");
    int64_t all = 0;
    for (int64_t i = 0; i < rows; i++) {
        if (!sample->in[i]) continue;
        int *level = s->level + all * s->width;
        for (int k = 0; k < s->width; k++)
            level[k] =
                (int)sample->value[i * terms->predictors + layout->predictor[s->predictor[k]]];
        s->list[all++] = (combination){level, s->width};
    }
    qsort(s->list, (size_t)all, sizeof *s->list, compare_combinations);
    for (int64_t i = 0; i < all; i++)
        if (i == 0 || compare_combinations(&s->list[i], &s->list[s->count - 1]) != 0)
            s->list[s->count++] = s->list[i];
    return MIRTI_OK;
}

static bool seen_has(const seen *s, const int *level) {
    const combination key = {level, s->width};
    return bsearch(&key, s->list, (size_t)s->count, sizeof *s->list, compare_combinations) != NULL;
}

/* Whether some combination of the survey has these levels, where they are known. */
static bool seen_has_part(const seen *s, const int *level) {
    for (int64_t i = 0; i < s->count; i++) {
        bool same = true;
        for (int k = 0; k < s->width && same; k++)
            same = level[k] < 0 || level[k] == s->list[i].level[k];
        if (same) return true;
    }
    return s->count > 0 && s->width == 0;
}

/* --------------------------------------------------------------------------- unseen children -- */

/* Whether a pattern of the cube is unlike all rows of the survey. */
static bool is_unseen(const seen *s, const mirti_support_layout *layout,
                      const mirti_support *support, const double *value, int *level) {
    for (int v = 0; v < layout->predictors; v++) {
        const mirti_support_spread *range = &support->predictor[v].survey;
        if (value[v] < range->least || value[v] > range->most) return true; /* NaN: no number */
    }
    for (int k = 0; k < s->width; k++)
        level[k] = (int)value[s->predictor[k]];
    return !seen_has(s, level);
}

static void unseen_of_cube(const mirti_cube *cube, const mirti_support_reader *reader,
                           const uint8_t *unseen, mirti_support *support) {
    for (int64_t a = 0; a < support->areas; a++) {
        int64_t all = 0, apart = 0; /* weights of cubes add up exactly */
        for (int64_t c = reader->first[a]; c < reader->first[a + 1]; c++) {
            all += cube->cell[c].weight;
            if (unseen[cube->cell[c].pattern]) apart += cube->cell[c].weight;
        }
        support->unseen[a] = all > 0 ? (double)apart / (double)all : NAN;
    }
}

static mirti_status look_in_cube(const seen *s, const mirti_support_reader *reader, int *level,
                                 mirti_support *support, mirti_error *err) {
    const mirti_cube *cube = reader->areas->cube;
    uint8_t *unseen = mirti_new((size_t)cube->patterns, sizeof *unseen);
    if (!unseen) return mirti_fail_memory(err, "the patterns of the census");
    for (int64_t p = 0; p < cube->patterns; p++)
        unseen[p] = is_unseen(s, reader->layout, support, cube->value + p * cube->variables, level);
    unseen_of_cube(cube, reader, unseen, support);
    mirti_free(unseen);
    return MIRTI_OK;
}

/* The level that all children of cell c have, in every area, of the k-th combined predictor; −1. */
static int fixed_level(const mirti_support_reader *reader, const seen *s, int c, int k) {
    const mirti_areas *areas = reader->areas;
    const mirti_support_layout *layout = reader->layout;
    const int v = s->predictor[k];
    const mirti_predictor *predictor = &layout->terms->predictor[layout->predictor[v]];
    const int offset = mirti_terms_share_offset(layout->terms, layout->predictor[v]);
    int fixed = -1;
    for (int64_t a = 0; a < areas->count; a++) {
        const int64_t at = a * areas->cells + c;
        if (areas->missing[a] != MIRTI_AREA_COMPLETE || !(areas->children[at] > 0)) continue;
        const double *share = areas->share + at * areas->shares + offset;
        int level = -1;
        if (predictor->kind == MIRTI_PREDICTOR_BINARY && (share[0] == 0 || share[0] == 1))
            level = share[0] == 1;
        for (int l = 0; predictor->kind == MIRTI_PREDICTOR_CATEGORY && l < predictor->levels; l++)
            if (share[l] == 1) level = l;
        if (level < 0 || (fixed >= 0 && level != fixed)) return -1;
        fixed = level;
    }
    return fixed;
}

static mirti_status look_in_cells(const seen *s, const mirti_support_reader *reader, int *level,
                                  mirti_support *support, mirti_error *err) {
    const mirti_areas *areas = reader->areas;
    uint8_t *unseen = mirti_new((size_t)areas->cells, sizeof *unseen);
    if (!unseen) return mirti_fail_memory(err, "the cells of the census");
    for (int c = 0; c < areas->cells; c++) {
        for (int k = 0; k < s->width; k++)
            level[k] = fixed_level(reader, s, c, k);
        unseen[c] = !seen_has_part(s, level);
    }
    for (int64_t a = 0; a < areas->count; a++) {
        support->unseen[a] = NAN;
        if (areas->missing[a] != MIRTI_AREA_COMPLETE) continue;
        mirti_sum all = {0}, apart = {0};
        for (int c = 0; c < areas->cells; c++) {
            mirti_sum_add(&all, areas->children[a * areas->cells + c]);
            if (unseen[c]) mirti_sum_add(&apart, areas->children[a * areas->cells + c]);
        }
        if (mirti_sum_value(&all) > 0)
            support->unseen[a] = mirti_sum_value(&apart) / mirti_sum_value(&all);
    }
    mirti_free(unseen);
    return MIRTI_OK;
}

/* Over all areas. */
static void add_up(const mirti_support_reader *reader, mirti_sum *sum, mirti_support *support) {
    mirti_sum all = {0}, apart = {0};
    for (int64_t a = 0; a < support->areas; a++) {
        if (isnan(support->unseen[a])) continue;
        const double children = mirti_support_add_area(reader, a, sum);
        mirti_sum_add(&all, children);
        mirti_sum_add(&apart, children * support->unseen[a]);
        support->unseen_areas += support->unseen[a] > support->options.unseen;
    }
    support->unseen_share = mirti_sum_value(&apart) / mirti_sum_value(&all);
}

mirti_status mirti_support_unseen(const mirti_support_layout *layout,
                                  const mirti_support_sample *sample,
                                  const mirti_support_reader *reader, mirti_support *support,
                                  mirti_error *err) {
    seen s;
    int *level = mirti_new((size_t)layout->predictors, sizeof *level);
    mirti_sum *sum = mirti_new((size_t)layout->lines, sizeof *sum);
    mirti_status status = seen_make(&s, layout, sample, err);
    if (status == MIRTI_OK && (!level || !sum))
        status = mirti_fail_memory(err, "the patterns of the census");
    if (status == MIRTI_OK)
        status = reader->areas->cube ? look_in_cube(&s, reader, level, support, err)
                                     : look_in_cells(&s, reader, level, support, err);
    if (status == MIRTI_OK) add_up(reader, sum, support);
    seen_reset(&s);
    mirti_free(level);
    mirti_free(sum);
    return status;
}
