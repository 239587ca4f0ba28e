/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Published aggregates: the kinds of area in the file, the cells of children whose number is
 * published (boys aged 12 to 14 ...), and the shares that are published for an area as a whole.
 * What they must be together is checked in cells_check.c.
 */
#include <string.h>

#include "model.h"

/* ------------------------------------------------------------------------------------- areas -- */

#define AREA(member) offsetof(mirti_area_rule, member)
#define EXPRESSION(key, member, text)                                                              \
    { .name = (key), .type = MIRTI_KEY_EXPRESSION, .at = AREA(member), .meaning = (text) }
static const mirti_spec_key area_keys[] = {
    EXPRESSION("where", where, "which rows are areas of this kind; without it, all"),
    {.name = "code",
     .type = MIRTI_KEY_EXPRESSION,
     .required = true,
     .at = AREA(code),
     .meaning = "the official code, as the boundaries have it"},
    {.name = "code_width",
     .type = MIRTI_KEY_INTEGER,
     .low = 1,
     .high = 64,
     .at = AREA(code_width),
     .meaning = "how many characters a code has"},
    EXPRESSION("name", name, "the name of the area"),
    EXPRESSION("parent_code", parent_code, "the code of the area it lies in"),
    EXPRESSION("parent_name", parent_name, "the name of the area it lies in"),
    EXPRESSION("longitude", longitude, "degrees, or degrees, minutes and seconds"),
    EXPRESSION("latitude", latitude, "degrees, or degrees, minutes and seconds"),
};
MIRTI_SPEC_TABLE(mirti_spec_area_table, "a kind of area", area_keys);

mirti_status mirti_spec_read_areas(mirti_spec_reader *r, const mirti_spec_node *node,
                                   void *object) {
    mirti_source_block *source = object;
    MIRTI_TRY(mirti_spec_map(r, node, "areas"));
    source->area_rule = mirti_spec_new(r, (size_t)node->count, sizeof *source->area_rule);
    if (source->area_rule == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        mirti_area_rule *rule = &source->area_rule[source->areas++];
        MIRTI_TRY(mirti_spec_name(r, e->key, "areas", &rule->kind));
        rule->place = e->key->place;
        MIRTI_TRY(mirti_spec_read_keys(r, &mirti_spec_area_table, e->value, rule));
        if ((rule->longitude.text == NULL) != (rule->latitude.text == NULL))
            return mirti_spec_fail(r, e->value->place,
                                   "'longitude' and 'latitude' must be given together");
    }
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------- cells -- */

/* Beside this key a cell has the names of predictors. */
static const mirti_spec_key cell_keys[] = {
    {.name = "children",
     .type = MIRTI_KEY_EXPRESSION,
     .required = true,
     .at = offsetof(mirti_cell, children),
     .meaning = "the number of children in the cell"},
};
MIRTI_SPEC_TABLE(mirti_spec_cell_table, "a cell", cell_keys);

/* `sex: man` fixes a category, `not_attending: true` a binary predictor; what else stands there for
 * a binary predictor or a number is the expression of its share or mean in the cell. */
static mirti_status read_cell_predictor(mirti_spec_reader *r, const mirti_spec_node *node,
                                        int index, mirti_cell *cell) {
    const mirti_predictor *predictor = &r->model->predictor[index];
    if (predictor->kind == MIRTI_PREDICTOR_CATEGORY) {
        char *level;
        if (node->kind == MIRTI_NODE_MAP) {
            mirti_spec_fail(r, node->place, "a cell fixes one level of the category '%s'",
                            predictor->name);
            mirti_fail_remedy(r->err, "The shares of its levels go under 'shares' of the source.");
            return MIRTI_ERROR_INPUT;
        }
        MIRTI_TRY(mirti_spec_text(r, node, predictor->name, &level));
        cell->level[index] = mirti_spec_level(predictor, level);
        if (cell->level[index] >= 0) return MIRTI_OK;
        return mirti_spec_fail_level(r, node->text_place, predictor, level);
    }
    MIRTI_TRY(mirti_spec_expression(r, node, predictor->name, &cell->share[index]));
    if (predictor->kind == MIRTI_PREDICTOR_NUMBER) return MIRTI_OK;
    static const char *const fixed[] = {"false", "0", "no", "true", "1", "yes"};
    for (int i = 0; i < 6; i++) {
        if (strcmp(cell->share[index].text, fixed[i]) != 0) continue;
        cell->level[index] = i / 3;
        cell->share[index] = (mirti_expression_text){0};
        return MIRTI_OK;
    }
    return MIRTI_OK;
}

static mirti_status fail_cell_key(mirti_spec_reader *r, const mirti_spec_node *key) {
    if (mirti_spec_nearest(key->text, (const char *const[]){"children"}, 1) < 0)
        return mirti_spec_fail_predictor(r, key->place, key->text);
    mirti_spec_fail(r, key->place, "a cell has no key '%.80s'", key->text);
    mirti_fail_remedy(r->err, "Did you mean 'children'?");
    return MIRTI_ERROR_INPUT;
}

static mirti_status read_cell(mirti_spec_reader *r, const mirti_spec_node *node, mirti_cell *cell) {
    size_t predictors = (size_t)r->model->predictors;
    cell->place = node->place;
    cell->level = mirti_spec_new(r, predictors, sizeof *cell->level);
    cell->share = mirti_spec_new(r, predictors, sizeof *cell->share);
    if (cell->level == NULL || cell->share == NULL) return mirti_spec_fail_memory(r);
    for (size_t i = 0; i < predictors; i++)
        cell->level[i] = -1;
    MIRTI_TRY(mirti_spec_map(r, node, "cells"));
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        if (strcmp(e->key->text, "children") == 0) {
            MIRTI_TRY(mirti_spec_expression(r, e->value, "children", &cell->children));
            continue;
        }
        int predictor = mirti_model_spec_predictor(r->model, e->key->text);
        if (predictor < 0) return fail_cell_key(r, e->key);
        MIRTI_TRY(read_cell_predictor(r, e->value, predictor, cell));
    }
    if (cell->children.text != NULL) return MIRTI_OK;
    mirti_spec_fail(r, node->place, "a cell needs the key 'children'");
    mirti_fail_remedy(r->err, "children: %s", cell_keys[0].meaning);
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_spec_read_cells(mirti_spec_reader *r, const mirti_spec_node *node,
                                   void *object) {
    mirti_source_block *source = object;
    MIRTI_TRY(mirti_spec_list(r, node, "cells"));
    if (node->count > MIRTI_SPEC_MAX_KEYS)
        return mirti_spec_fail(r, node->place, "a source has at most %d cells",
                               MIRTI_SPEC_MAX_KEYS);
    source->cell = mirti_spec_new(r, (size_t)node->count, sizeof *source->cell);
    if (source->cell == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next)
        MIRTI_TRY(read_cell(r, e->value, &source->cell[source->cells++]));
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------ shares -- */

static mirti_status read_category_shares(mirti_spec_reader *r, const mirti_spec_entry *e, int index,
                                         mirti_source_block *source) {
    const mirti_predictor *predictor = &r->model->predictor[index];
    if (e->value->kind != MIRTI_NODE_MAP) {
        mirti_spec_fail(r, e->value->place, "'%s' is a category: its share is given by level",
                        predictor->name);
        mirti_fail_remedy(r->err, "Write '%s: {%s: expression, ...}'.", predictor->name,
                          predictor->level[0]);
        return MIRTI_ERROR_INPUT;
    }
    for (const mirti_spec_entry *s = e->value->first; s != NULL; s = s->next) {
        mirti_share *share = &source->share[source->shares];
        share->predictor = index;
        share->level = mirti_spec_level(predictor, s->key->text);
        if (share->level < 0)
            return mirti_spec_fail_level(r, s->key->place, predictor, s->key->text);
        MIRTI_TRY(mirti_spec_expression(r, s->value, s->key->text, &share->expression));
        source->shares++;
    }
    if (e->value->count >= predictor->levels - 1) return MIRTI_OK;
    mirti_spec_fail(r, e->value->place, "'%s' has %d levels, and %d of them have a share",
                    predictor->name, predictor->levels, e->value->count);
    mirti_fail_remedy(r->err, "Give the share of every level, or of all but one.");
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_spec_read_shares(mirti_spec_reader *r, const mirti_spec_node *node,
                                    void *object) {
    mirti_source_block *source = object;
    MIRTI_TRY(mirti_spec_map(r, node, "shares"));
    size_t most = 0; /* one per level at most */
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next)
        most += e->value->kind == MIRTI_NODE_MAP ? (size_t)e->value->count : 1;
    source->share = mirti_spec_new(r, most, sizeof *source->share);
    if (source->share == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        int index = mirti_model_spec_predictor(r->model, e->key->text);
        if (index < 0) return mirti_spec_fail_predictor(r, e->key->place, e->key->text);
        if (r->model->predictor[index].kind == MIRTI_PREDICTOR_CATEGORY) {
            MIRTI_TRY(read_category_shares(r, e, index, source));
            continue;
        }
        mirti_share *share = &source->share[source->shares];
        share->predictor = index;
        share->level = -1;
        MIRTI_TRY(mirti_spec_expression(r, e->value, e->key->text, &share->expression));
        source->shares++;
    }
    return MIRTI_OK;
}
