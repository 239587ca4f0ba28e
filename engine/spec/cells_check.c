/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the cells and shares of an aggregates source must be together.
 *
 * - Cells are groups of children: no child may be in two of them (it would be counted twice) and,
 *   over the predictors that cells name, no combination may be left out (its children would be
 * lost).
 * - Every predictor that a term uses is known in every cell: fixed, or a share in the cell or in
 * the source.
 * - An interaction is known where at most one of its predictors is a share: the share of children
 *   with both of two traits does not follow from the shares of each.
 */
#include <string.h>

#include "model.h"

/* Levels by which a predictor divides children in cells; a number does not. */
static int levels_of(const mirti_predictor *predictor) {
    return predictor->kind == MIRTI_PREDICTOR_CATEGORY ? predictor->levels : 2;
}

static const char *level_name(const mirti_predictor *predictor, int level) {
    if (predictor->kind == MIRTI_PREDICTOR_CATEGORY) return predictor->level[level];
    return level == 1 ? "true" : "false";
}

static bool disjoint(const mirti_model_spec *model, const mirti_cell *a, const mirti_cell *b) {
    for (int i = 0; i < model->predictors; i++)
        if (a->level[i] >= 0 && b->level[i] >= 0 && a->level[i] != b->level[i]) return true;
    return false;
}

static mirti_status check_overlap(mirti_spec_reader *r, const mirti_source_block *source) {
    for (int i = 1; i < source->cells; i++) {
        for (int j = 0; j < i; j++) {
            if (disjoint(r->model, &source->cell[i], &source->cell[j])) continue;
            mirti_spec_fail(r, source->cell[i].place,
                            "this cell and the one at line %lld can hold the same children, who "
                            "would be counted twice",
                            (long long)source->cell[j].place.line);
            mirti_fail_remedy(r->err,
                              "Two cells differ in the level of a category that both name.");
            return MIRTI_ERROR_INPUT;
        }
    }
    return MIRTI_OK;
}

/* Describes a combination: "age 12-14, sex man". */
static void describe(const mirti_model_spec *model, const int *named, const int *level, int count,
                     mirti_text *out) {
    for (int k = 0; k < count; k++) {
        const mirti_predictor *predictor = &model->predictor[named[k]];
        mirti_text_printf(out, "%s%s %s", k > 0 ? ", " : "", predictor->name,
                          level_name(predictor, level[k]));
    }
}

static bool covered(const mirti_source_block *source, const int *named, const int *level,
                    int count) {
    for (int i = 0; i < source->cells; i++) {
        bool inside = true;
        for (int k = 0; k < count && inside; k++) {
            int fixed = source->cell[i].level[named[k]];
            inside = fixed < 0 || fixed == level[k];
        }
        if (inside) return true;
    }
    return false;
}

/* Goes through all combinations of levels of the predictors that cells fix. */
static mirti_status check_gaps(mirti_spec_reader *r, const mirti_spec_node *map,
                               const mirti_source_block *source) {
    enum { MOST_NAMED = 12, MOST_COMBINATIONS = 4096 };
    int named[MOST_NAMED];
    int level[MOST_NAMED] = {0};
    int count = 0;
    int combinations = 1;
    for (int i = 0; i < r->model->predictors; i++) {
        bool fixed = false;
        for (int c = 0; c < source->cells && !fixed; c++)
            fixed = source->cell[c].level[i] >= 0;
        if (!fixed) continue;
        int levels = levels_of(&r->model->predictor[i]);
        if (count == MOST_NAMED || levels > MOST_COMBINATIONS / combinations)
            return mirti_spec_fail(r, mirti_spec_key_place(map, "cells"),
                                   "the cells divide children in more than %d groups",
                                   MOST_COMBINATIONS);
        combinations *= levels;
        named[count++] = i;
    }
    for (int n = 0; n < combinations; n++) {
        if (!covered(source, named, level, count)) {
            mirti_text text = {0};
            describe(r->model, named, level, count, &text);
            mirti_status status =
                text.failed ? mirti_spec_fail_memory(r)
                            : mirti_spec_fail(r, mirti_spec_key_place(map, "cells"),
                                              "no cell holds the children of %.300s", text.data);
            mirti_text_reset(&text);
            if (status == MIRTI_ERROR_INPUT)
                mirti_fail_remedy(r->err, "Add the cell, or their risk would be left out.");
            return status;
        }
        for (int k = count - 1; k >= 0; k--) { /* the next combination, like an odometer */
            if (++level[k] < levels_of(&r->model->predictor[named[k]])) break;
            level[k] = 0;
        }
    }
    return MIRTI_OK;
}

static bool has_share(const mirti_source_block *source, int predictor) {
    for (int i = 0; i < source->shares; i++)
        if (source->share[i].predictor == predictor) return true;
    return false;
}

static mirti_status check_known(mirti_spec_reader *r, const mirti_source_block *source,
                                int predictor) {
    const char *name = r->model->predictor[predictor].name;
    bool shared = has_share(source, predictor);
    bool needed = false;
    for (int i = 0; i < source->cells; i++) {
        const mirti_cell *cell = &source->cell[i];
        if (cell->level[predictor] >= 0 || cell->share[predictor].text != NULL) continue;
        needed = true;
        if (shared || !mirti_spec_is_used(r->model, predictor)) continue;
        mirti_spec_fail(r, cell->place, "nothing says how many children of this cell have '%s'",
                        name);
        mirti_fail_remedy(r->err,
                          "Fix '%s' in the cell, give its share there, or give its share in "
                          "the area under 'shares'.",
                          name);
        return MIRTI_ERROR_INPUT;
    }
    if (!shared || needed) return MIRTI_OK;
    for (int i = 0; i < source->shares; i++) {
        if (source->share[i].predictor != predictor) continue;
        mirti_spec_fail(r, source->share[i].expression.place,
                        "the share of '%s' is never used: every cell says its own", name);
        mirti_fail_remedy(r->err, "Remove it here or in the cells.");
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}

static mirti_status check_term(mirti_spec_reader *r, const mirti_source_block *source,
                               const mirti_term *term) {
    for (int i = 0; i < source->cells; i++) {
        int unknown = 0;
        for (int k = 0; k < term->order; k++)
            if (source->cell[i].level[term->predictor[k]] < 0) unknown++;
        if (unknown < 2) continue;
        mirti_spec_fail(r, term->place,
                        "this interaction cannot be computed from source '%s': two of its "
                        "predictors are only shares there",
                        source->name);
        mirti_fail_remedy(r->err, "How many children have both traits is not published; take the "
                                  "term out, or make the combination a predictor of its own.");
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}

mirti_status mirti_spec_check_cells(mirti_spec_reader *r, const mirti_spec_node *map,
                                    const mirti_source_block *source) {
    MIRTI_TRY(check_overlap(r, source));
    MIRTI_TRY(check_gaps(r, map, source));
    for (int i = 0; i < r->model->predictors; i++)
        MIRTI_TRY(check_known(r, source, i));
    for (int i = 0; i < r->model->terms; i++)
        MIRTI_TRY(check_term(r, source, &r->model->term[i]));
    return MIRTI_OK;
}
