/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Index files: indicators, what more of each means, how they are made comparable, weighted and put
 * together in dimensions. An index takes the place of a model where a country has a census but no
 * survey to learn from; so its indicators are read as predictors that are numbers, and its sources
 * as published aggregates, and all that follows – areas, missing figures, maps – is the same.
 */
#include <string.h>

#include "model.h"

enum { MOST_DIMENSIONS = 20 };
/* A weight of nothing would be an indicator that is none. */
static const double least_weight = 1e-6, most_weight = 1e6;

/* -------------------------------------------------------------------------------- dimensions -- */

static const mirti_spec_key dimension_keys[] = {
    {.name = "label",
     .type = MIRTI_KEY_LOCALIZED,
     .at = offsetof(mirti_index_dimension, label),
     .meaning = "the dimension as people read it"},
    {.name = "weight",
     .type = MIRTI_KEY_NUMBER,
     .low = least_weight,
     .high = most_weight,
     .at = offsetof(mirti_index_dimension, weight),
     .meaning = "what it counts in the index; 1 if not given"},
};
static MIRTI_SPEC_TABLE(dimension_table, "a dimension", dimension_keys);

static mirti_status read_dimensions(mirti_spec_reader *r, const mirti_spec_node *node,
                                    void *object) {
    mirti_index_spec *index = ((mirti_model_spec *)object)->index;
    MIRTI_TRY(mirti_spec_map(r, node, "dimensions"));
    if (node->count > MOST_DIMENSIONS)
        return mirti_spec_fail(r, node->place, "an index has at most %d dimensions",
                               MOST_DIMENSIONS);
    index->dimension = mirti_spec_new(r, (size_t)node->count, sizeof *index->dimension);
    if (index->dimension == NULL) return mirti_spec_fail_memory(r);
    index->dimensions = 0;
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        mirti_index_dimension *dimension = &index->dimension[index->dimensions++];
        *dimension = (mirti_index_dimension){.weight = 1, .place = e->key->place};
        MIRTI_TRY(mirti_spec_check_identifier(r, e->key, "dimension"));
        MIRTI_TRY(mirti_spec_text(r, e->key, "dimensions", &dimension->name));
        MIRTI_TRY(mirti_spec_read_keys(r, &dimension_table, e->value, dimension));
    }
    return MIRTI_OK;
}

/* -------------------------------------------------------------------------------- indicators -- */

/* What stands in an indicator's block; it becomes a predictor and its part of the index. */
typedef struct indicator_block {
    mirti_predictor predictor;
    mirti_index_indicator indicator;
} indicator_block;

static const char *const senses[] = {"worse", "better", NULL};

static mirti_status read_sense(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    int choice;
    MIRTI_TRY(mirti_spec_choice(r, node, "more_is", senses, &choice));
    ((indicator_block *)object)->indicator.more_is_better = choice == 1;
    return MIRTI_OK;
}

static mirti_status read_dimension(mirti_spec_reader *r, const mirti_spec_node *node,
                                   void *object) {
    const mirti_index_spec *index = r->model->index;
    const char *names[MOST_DIMENSIONS];
    char *name;
    MIRTI_TRY(mirti_spec_text(r, node, "dimension", &name));
    for (int d = 0; d < index->dimensions; d++) {
        names[d] = index->dimension[d].name;
        if (strcmp(name, names[d]) != 0) continue;
        ((indicator_block *)object)->indicator.dimension = d;
        return MIRTI_OK;
    }
    mirti_spec_fail(r, node->text_place, "the index has no dimension '%.80s'", name);
    if (index->dimension[0].name[0] == '\0')
        mirti_fail_remedy(r->err, "List its dimensions under 'dimensions', or leave this key out.");
    else
        mirti_spec_suggest(r, name, names, index->dimensions);
    return MIRTI_ERROR_INPUT;
}

#define WORDS(member) offsetof(indicator_block, predictor.member)
static const mirti_spec_key indicator_keys[] = {
    {.name = "more_is",
     .type = MIRTI_KEY_OWN,
     .required = true,
     .choices = senses,
     .read = read_sense,
     .meaning = "what a higher value means: worse (more vulnerable) or better"},
    {.name = "dimension",
     .type = MIRTI_KEY_OWN,
     .read = read_dimension,
     .meaning = "the dimension that it belongs to"},
    {.name = "weight",
     .type = MIRTI_KEY_NUMBER,
     .low = least_weight,
     .high = most_weight,
     .at = offsetof(indicator_block, indicator.weight),
     .meaning = "what it counts within its dimension"},
    {.name = "actionable",
     .type = MIRTI_KEY_FLAG,
     .at = WORDS(actionable),
     .meaning = "whether policy can change it"},
    {.name = "label",
     .type = MIRTI_KEY_LOCALIZED,
     .at = WORDS(label),
     .meaning = "the indicator as people read it"},
    {.name = "factor",
     .type = MIRTI_KEY_LOCALIZED,
     .at = WORDS(factor),
     .meaning = "its name as a factor of vulnerability"},
};
static MIRTI_SPEC_TABLE(indicator_table, "an indicator", indicator_keys);

/* Weights are in the file if, and only if, the index says that they are given. */
static mirti_status check_weight(mirti_spec_reader *r, const mirti_spec_node *node,
                                 const char *name) {
    bool given = r->model->index->weights == MIRTI_INDEX_GIVEN;
    if ((mirti_spec_get(node, "weight") != NULL) == given) return MIRTI_OK;
    mirti_spec_fail(r, mirti_spec_key_place(node, "weight"),
                    given ? "indicator '%s' needs the key 'weight'"
                          : "indicator '%s' has a weight, but weights are not given",
                    name);
    mirti_fail_remedy(r->err, given
                                  ? "Weights are given in this index: 'weights: given'."
                                  : "Write 'weights: given' for the index, and a weight for every "
                                    "indicator.");
    return MIRTI_ERROR_INPUT;
}

static mirti_status check_dimension(mirti_spec_reader *r, const mirti_spec_node *node,
                                    const char *name) {
    bool has_dimensions = r->model->index->dimension[0].name[0] != '\0';
    if (!has_dimensions || mirti_spec_get(node, "dimension") != NULL) return MIRTI_OK;
    mirti_spec_fail(r, node->place, "indicator '%s' needs the key 'dimension'", name);
    mirti_fail_remedy(r->err, "The index has dimensions; every indicator belongs to one of them.");
    return MIRTI_ERROR_INPUT;
}

static mirti_status check_used(mirti_spec_reader *r) {
    const mirti_model_spec *model = r->model;
    for (int d = 0; d < model->index->dimensions; d++) {
        bool used = false;
        for (int k = 0; k < model->predictors; k++)
            used = used || model->index->indicator[k].dimension == d;
        if (used) continue;
        return mirti_spec_fail(r, model->index->dimension[d].place,
                               "no indicator belongs to dimension '%s'",
                               model->index->dimension[d].name);
    }
    return MIRTI_OK;
}

static mirti_status read_indicators(mirti_spec_reader *r, const mirti_spec_node *node,
                                    void *object) {
    mirti_model_spec *model = object;
    MIRTI_TRY(mirti_spec_map(r, node, "indicators"));
    if (node->count > MIRTI_SPEC_MAX_PREDICTORS)
        return mirti_spec_fail(r, node->place, "an index has at most %d indicators",
                               MIRTI_SPEC_MAX_PREDICTORS);
    size_t count = (size_t)node->count;
    model->predictor = mirti_spec_new(r, count, sizeof *model->predictor);
    model->term = mirti_spec_new(r, count, sizeof *model->term);
    model->index->indicator = mirti_spec_new(r, count, sizeof *model->index->indicator);
    if (model->predictor == NULL || model->term == NULL || model->index->indicator == NULL)
        return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        int k = model->predictors;
        indicator_block block = {.predictor = {.kind = MIRTI_PREDICTOR_NUMBER},
                                 .indicator = {.weight = 1}};
        MIRTI_TRY(mirti_spec_check_identifier(r, e->key, "indicator"));
        MIRTI_TRY(mirti_spec_text(r, e->key, "indicators", &block.predictor.name));
        block.predictor.place = e->key->place;
        MIRTI_TRY(mirti_spec_read_keys(r, &indicator_table, e->value, &block));
        MIRTI_TRY(check_weight(r, e->value, block.predictor.name));
        MIRTI_TRY(check_dimension(r, e->value, block.predictor.name));
        model->predictor[k] = block.predictor;
        model->index->indicator[k] = block.indicator;
        model->term[k] = (mirti_term){.order = 1, .predictor = {k}, .place = e->key->place};
        model->predictors = model->terms = k + 1;
    }
    return check_used(r);
}

/* --------------------------------------------------------------------------------- the whole -- */

static const char *const scales[] = {
    [MIRTI_INDEX_MIN_MAX] = "min-max", [MIRTI_INDEX_Z] = "z", [MIRTI_INDEX_RANK] = "rank", NULL};
static const char *const weights[] = {[MIRTI_INDEX_EQUAL] = "equal",
                                      [MIRTI_INDEX_GIVEN] = "given",
                                      [MIRTI_INDEX_FIRST_COMPONENT] = "first-component",
                                      NULL};

static mirti_status read_scale(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    int choice;
    MIRTI_TRY(mirti_spec_choice(r, node, "normalise", scales, &choice));
    ((mirti_model_spec *)object)->index->scale = (mirti_index_scale)choice;
    return MIRTI_OK;
}

static mirti_status read_weights(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    int choice;
    MIRTI_TRY(mirti_spec_choice(r, node, "weights", weights, &choice));
    ((mirti_model_spec *)object)->index->weights = (mirti_index_weights)choice;
    return MIRTI_OK;
}

static const mirti_spec_key index_keys[] = {
    {.name = "mirti-index",
     .type = MIRTI_KEY_OWN,
     .required = true, /* read before all else */
     .meaning = "the version of the format: 1"},
    {.name = "name",
     .type = MIRTI_KEY_NAME,
     .required = true,
     .at = offsetof(mirti_model_spec, name),
     .meaning = "a short name of the index"},
    {.name = "title",
     .type = MIRTI_KEY_LOCALIZED,
     .at = offsetof(mirti_model_spec, title),
     .meaning = "the index as people read it"},
    {.name = "description",
     .type = MIRTI_KEY_LOCALIZED,
     .at = offsetof(mirti_model_spec, description),
     .meaning = "what the index is and is not"},
    {.name = "population",
     .type = MIRTI_KEY_LOCALIZED,
     .at = offsetof(mirti_model_spec, population),
     .meaning = "whose number is given beside the index"},
    {.name = "normalise",
     .type = MIRTI_KEY_OWN,
     .choices = scales,
     .read = read_scale,
     .meaning = "how indicators of different units become comparable: min-max, z or rank"},
    {.name = "weights",
     .type = MIRTI_KEY_OWN,
     .choices = weights,
     .read = read_weights,
     .meaning = "how indicators are weighted: equal, given or first-component"},
    {.name = "dimensions",
     .type = MIRTI_KEY_OWN,
     .read = read_dimensions,
     .meaning = "the groups of indicators"},
    {.name = "indicators",
     .type = MIRTI_KEY_OWN,
     .required = true,
     .read = read_indicators,
     .meaning = "what the index is made of"},
    {.name = "sources",
     .type = MIRTI_KEY_OWN,
     .required = true,
     .read = mirti_spec_read_sources,
     .meaning = "how each census is read as the index's indicators"},
};
static MIRTI_SPEC_TABLE(index_table, "an index file", index_keys);

const mirti_spec_table *const *mirti_spec_index_tables(int *count) {
    static const mirti_spec_table *const tables[] = {
        &index_table,
        &dimension_table,
        &indicator_table,
        &mirti_spec_index_source_table,
    };
    *count = (int)(sizeof tables / sizeof tables[0]);
    return tables;
}

mirti_status mirti_spec_read_index(mirti_spec_reader *r, mirti_model_spec *model) {
    mirti_index_spec *index = mirti_spec_new(r, 1, sizeof *index);
    if (index == NULL) return mirti_spec_fail_memory(r);
    /* Without dimensions there is one, which has no name. */
    index->dimensions = 1;
    index->dimension = mirti_spec_new(r, 1, sizeof *index->dimension);
    if (index->dimension == NULL) return mirti_spec_fail_memory(r);
    index->dimension[0].weight = 1;
    index->dimension[0].name = mirti_arena_copy(r->arena, "", 0);
    if (index->dimension[0].name == NULL) return mirti_spec_fail_memory(r);
    model->index = index;
    return mirti_spec_read_keys(r, &index_table, r->root, model);
}
