/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sources of a model file: for each survey wave and each census, one expression per variable.
 * A source is of one of three kinds, and each kind has its own keys: persons with an outcome
 * (survey), persons without (census), published counts and shares by area (aggregates, whose areas,
 * cells and shares are read in cells.c).
 */
#include <string.h>

#include "model.h"

static const char *const source_kinds[] = {[MIRTI_SOURCE_SURVEY] = "survey",
                                           [MIRTI_SOURCE_CENSUS] = "census",
                                           [MIRTI_SOURCE_AGGREGATES] = "aggregates",
                                           [MIRTI_SOURCE_ESTIMATES] = "estimates",
                                           NULL};

/* ----------------------------------------------------------------------------- missing codes -- */

/* One item of `missing:` as written; it becomes one rule per column. */
typedef struct missing_item {
    int columns, codes;
    char **column, **code;
    mirti_localized reason;
} missing_item;

static const mirti_spec_key missing_keys[] = {
    {.name = "codes",
     .type = MIRTI_KEY_TEXTS,
     .required = true,
     .at = offsetof(missing_item, code),
     .count_at = offsetof(missing_item, codes),
     .meaning = "the codes that mean missing, such as ['*', N/D]"},
    {.name = "columns",
     .type = MIRTI_KEY_TEXTS,
     .at = offsetof(missing_item, column),
     .count_at = offsetof(missing_item, columns),
     .meaning = "the columns in which they do; without it, all"},
    {.name = "reason",
     .type = MIRTI_KEY_LOCALIZED,
     .at = offsetof(missing_item, reason),
     .meaning = "why the value is missing, as people read it"},
};
MIRTI_SPEC_TABLE(mirti_spec_missing_table, "an item of 'missing'", missing_keys);

static mirti_status read_missing(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_source_block *source = object;
    MIRTI_TRY(mirti_spec_list(r, node, "missing"));
    missing_item *items = mirti_spec_new(r, (size_t)node->count, sizeof *items);
    if (items == NULL) return mirti_spec_fail_memory(r);
    size_t rules = 0;
    int i = 0;
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next, i++) {
        MIRTI_TRY(mirti_spec_read_keys(r, &mirti_spec_missing_table, e->value, &items[i]));
        rules += items[i].columns > 0 ? (size_t)items[i].columns : 1;
    }
    source->missing = mirti_spec_new(r, rules, sizeof *source->missing);
    if (source->missing == NULL) return mirti_spec_fail_memory(r);
    i = 0;
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next, i++) {
        int columns = items[i].columns > 0 ? items[i].columns : 1;
        for (int k = 0; k < columns; k++)
            source->missing[source->missing_rules++] =
                (mirti_missing_rule){.column = items[i].columns > 0 ? items[i].column[k] : NULL,
                                     .codes = items[i].codes,
                                     .code = items[i].code,
                                     .reason = items[i].reason,
                                     .place = e->value->place};
    }
    return MIRTI_OK;
}

static mirti_status read_code_widths(mirti_spec_reader *r, const mirti_spec_node *node,
                                     void *object) {
    mirti_source_block *source = object;
    MIRTI_TRY(mirti_spec_map(r, node, "code_widths"));
    source->code_column = mirti_spec_new(r, (size_t)node->count, sizeof *source->code_column);
    if (source->code_column == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        mirti_code_column *column = &source->code_column[source->code_columns++];
        int64_t width;
        MIRTI_TRY(mirti_spec_text(r, e->key, "code_widths", &column->column));
        MIRTI_TRY(mirti_spec_integer(r, e->value, e->key->text, 1, 64, &width));
        column->width = (int)width;
        column->place = e->key->place;
    }
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------- expressions -- */

static mirti_status read_define(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_source_block *source = object;
    MIRTI_TRY(mirti_spec_map(r, node, "define"));
    source->helper = mirti_spec_new(r, (size_t)node->count, sizeof *source->helper);
    if (source->helper == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        mirti_named_expression *helper = &source->helper[source->helpers++];
        if (!mirti_spec_is_identifier(e->key->text)) {
            mirti_spec_fail(r, e->key->place, "'%.80s' cannot be the name of an expression",
                            e->key->text);
            mirti_fail_remedy(r->err, "A name has letters without accents, digits and '_', and "
                                      "begins with a letter.");
            return MIRTI_ERROR_INPUT;
        }
        if (mirti_model_spec_predictor(r->model, e->key->text) >= 0) {
            const char *noun = mirti_spec_predictor_noun(r);
            mirti_spec_fail(r, e->key->place, "'%s' is the name of %s %s", e->key->text,
                            noun[0] == 'i' ? "an" : "a", noun);
            mirti_fail_remedy(r->err, "Write its expression under '%ss', or choose another name.",
                              noun);
            return MIRTI_ERROR_INPUT;
        }
        MIRTI_TRY(mirti_spec_text(r, e->key, "define", &helper->name));
        helper->name_place = e->key->place;
        MIRTI_TRY(mirti_spec_expression(r, e->value, e->key->text, &helper->expression));
    }
    return MIRTI_OK;
}

static mirti_status read_source_predictors(mirti_spec_reader *r, const mirti_spec_node *node,
                                           void *object) {
    mirti_source_block *source = object;
    MIRTI_TRY(mirti_spec_map(r, node, "predictors"));
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        int predictor = mirti_model_spec_predictor(r->model, e->key->text);
        if (predictor < 0) return mirti_spec_fail_predictor(r, e->key->place, e->key->text);
        MIRTI_TRY(mirti_spec_expression(r, e->value, e->key->text, &source->predictor[predictor]));
    }
    for (int i = 0; i < r->model->predictors; i++) {
        if (source->predictor[i].text != NULL || !mirti_spec_is_used(r->model, i)) continue;
        mirti_spec_fail(r, node->place, "source '%s' has no expression for predictor '%s'",
                        source->name, r->model->predictor[i].name);
        mirti_fail_remedy(r->err, "Write '%s: expression' here, or take it out of 'terms'.",
                          r->model->predictor[i].name);
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------- sources of an index -- */

/* An index counts all children of an area in one cell, in which nothing is fixed. */
static mirti_status read_children(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_source_block *source = object;
    size_t indicators = (size_t)r->model->predictors;
    mirti_cell *cell = mirti_spec_new(r, 1, sizeof *cell);
    if (cell == NULL) return mirti_spec_fail_memory(r);
    cell->place = node->place;
    cell->level = mirti_spec_new(r, indicators, sizeof *cell->level);
    cell->share = mirti_spec_new(r, indicators, sizeof *cell->share);
    if (cell->level == NULL || cell->share == NULL) return mirti_spec_fail_memory(r);
    for (size_t k = 0; k < indicators; k++)
        cell->level[k] = -1;
    source->cell = cell;
    source->cells = 1;
    return mirti_spec_expression(r, node, "children", &cell->children);
}

static mirti_status read_source_indicators(mirti_spec_reader *r, const mirti_spec_node *node,
                                           void *object) {
    mirti_source_block *source = object;
    MIRTI_TRY(mirti_spec_map(r, node, "indicators"));
    source->share = mirti_spec_new(r, (size_t)node->count, sizeof *source->share);
    if (source->share == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        int indicator = mirti_model_spec_predictor(r->model, e->key->text);
        if (indicator < 0) return mirti_spec_fail_predictor(r, e->key->place, e->key->text);
        mirti_share *share = &source->share[source->shares++];
        *share = (mirti_share){.predictor = indicator, .level = -1};
        MIRTI_TRY(mirti_spec_expression(r, e->value, e->key->text, &share->expression));
    }
    for (int i = 0; i < r->model->predictors; i++) {
        if (mirti_spec_get(node, r->model->predictor[i].name) != NULL) continue;
        mirti_spec_fail(r, node->place, "source '%s' has no expression for indicator '%s'",
                        source->name, r->model->predictor[i].name);
        mirti_fail_remedy(r->err, "Write '%s: expression' here, or take it out of the index.",
                          r->model->predictor[i].name);
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}

/* -------------------------------------------------------------------------------- households -- */

#define HOUSEHOLD(member) offsetof(mirti_household_rule, member)
static const mirti_spec_key household_keys[] = {
    {.name = "key",
     .type = MIRTI_KEY_EXPRESSION,
     .required = true,
     .at = HOUSEHOLD(key),
     .meaning = "what persons of one household have in common, such as folioviv || foliohog"},
    {.name = "relationship",
     .type = MIRTI_KEY_EXPRESSION,
     .at = HOUSEHOLD(relationship),
     .meaning = "the code of the relationship to the head"},
    {.name = "head",
     .type = MIRTI_KEY_TEXTS,
     .at = HOUSEHOLD(head),
     .count_at = HOUSEHOLD(heads),
     .meaning = "its codes that mean the head"},
    {.name = "spouse",
     .type = MIRTI_KEY_TEXTS,
     .at = HOUSEHOLD(spouse),
     .count_at = HOUSEHOLD(spouses),
     .meaning = "its codes that mean the head's partner"},
    {.name = "person",
     .type = MIRTI_KEY_EXPRESSION,
     .at = HOUSEHOLD(person),
     .meaning = "the person's number within the household"},
    {.name = "mother",
     .type = MIRTI_KEY_EXPRESSION,
     .at = HOUSEHOLD(mother),
     .meaning = "the number of the person's mother"},
    {.name = "father",
     .type = MIRTI_KEY_EXPRESSION,
     .at = HOUSEHOLD(father),
     .meaning = "the number of the person's father"},
};
MIRTI_SPEC_TABLE(mirti_spec_household_table, "a household block", household_keys);

static mirti_status read_household(mirti_spec_reader *r, const mirti_spec_node *node,
                                   void *object) {
    mirti_household_rule *rule = &((mirti_source_block *)object)->household;
    static const struct need {
        const char *key, *needs;
    } needs[] = {{"head", "relationship"},
                 {"spouse", "relationship"},
                 {"relationship", "head"},
                 {"mother", "person"},
                 {"father", "person"}};
    rule->place = node->place;
    MIRTI_TRY(mirti_spec_read_keys(r, &mirti_spec_household_table, node, rule));
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        if (mirti_spec_get(node, needs[i].key) != NULL &&
            mirti_spec_get(node, needs[i].needs) == NULL)
            return mirti_spec_fail(r, mirti_spec_key_place(node, needs[i].key),
                                   "'%s' means nothing without '%s'", needs[i].key, needs[i].needs);
    for (int i = 0; i < rule->heads; i++)
        for (int j = 0; j < rule->spouses; j++)
            if (strcmp(rule->head[i], rule->spouse[j]) == 0)
                return mirti_spec_fail(r, mirti_spec_key_place(node, "spouse"),
                                       "the code '%.80s' means both head and spouse",
                                       rule->head[i]);
    return MIRTI_OK;
}

/* ----------------------------------------------------------------- the three kinds of source -- */

#define SOURCE(member) offsetof(mirti_source_block, member)
#define EXPRESSION(key, member, text)                                                              \
    { .name = (key), .type = MIRTI_KEY_EXPRESSION, .at = SOURCE(member), .meaning = (text) }
#define REQUIRED_EXPRESSION(key, member, text)                                                     \
    {                                                                                              \
        .name = (key), .type = MIRTI_KEY_EXPRESSION, .required = true, .at = SOURCE(member),       \
        .meaning = (text)                                                                          \
    }

/* What every kind has; `define` before whatever may use it. */
#define COMMON_KEYS                                                                                \
    {.name = "kind",                                                                               \
     .type = MIRTI_KEY_CHOICE,                                                                     \
     .required = true,                                                                             \
     .choices = source_kinds,                                                                      \
     .at = SOURCE(kind),                                                                           \
     .meaning = "survey, census, aggregates or estimates"},                                        \
        {.name = "title",                                                                          \
         .type = MIRTI_KEY_LOCALIZED,                                                              \
         .at = SOURCE(title),                                                                      \
         .meaning = "the source as people cite it"},                                               \
        {.name = "missing",                                                                        \
         .type = MIRTI_KEY_OWN,                                                                    \
         .read = read_missing,                                                                     \
         .meaning = "codes that mean a missing value"},                                            \
        {.name = "code_widths",                                                                    \
         .type = MIRTI_KEY_OWN,                                                                    \
         .read = read_code_widths,                                                                 \
         .meaning = "columns of codes and their full width, to put lost leading zeros back"},      \
        {.name = "tables",                                                                         \
         .type = MIRTI_KEY_OWN,                                                                    \
         .read = mirti_spec_read_tables,                                                           \
         .meaning = "other tables whose rows belong to those of the source"},                      \
        {.name = "define",                                                                         \
         .type = MIRTI_KEY_OWN,                                                                    \
         .read = read_define,                                                                      \
         .meaning = "named expressions that others of the source may use"},                        \
        EXPRESSION("filter", filter, "which rows belong to the model's population")

#define PERSON_KEYS                                                                                \
    {.name = "household",                                                                          \
     .type = MIRTI_KEY_OWN,                                                                        \
     .read = read_household,                                                                       \
     .meaning = "how persons form households"},                                                    \
        {.name = "predictors",                                                                     \
         .type = MIRTI_KEY_OWN,                                                                    \
         .required = true,                                                                         \
         .read = read_source_predictors,                                                           \
         .meaning = "one expression per predictor of the model"},                                  \
        EXPRESSION("weight", weight, "the expansion factor"),                                      \
        EXPRESSION("stratum", stratum, "the stratum of the design"),                               \
        EXPRESSION("psu", psu, "the primary sampling unit"),                                       \
        {.name = "psu_nested",                                                                     \
         .type = MIRTI_KEY_FLAG,                                                                   \
         .at = SOURCE(psu_nested),                                                                 \
         .meaning = "whether PSUs are numbered anew in each stratum"},                             \
        EXPRESSION("fpc", fpc, "the population size of the stratum, or its sampling fraction"),    \
        {.name = "area_kind",                                                                      \
         .type = MIRTI_KEY_NAME,                                                                   \
         .at = SOURCE(area_kind),                                                                  \
         .meaning = "the kind of area that 'area' is the code of"},                                \
        EXPRESSION("parent_area", parent_area, "the code of the larger area, such as the state")

static const mirti_spec_key survey_keys[] = {
    COMMON_KEYS,
    PERSON_KEYS,
    REQUIRED_EXPRESSION("outcome", outcome, "true where the child is in the outcome"),
    EXPRESSION("area", area, "the code of the child's area"),
    EXPRESSION("ssu", ssu, "the unit of the second stage, where it is no row"),
    EXPRESSION("ssu_fpc", ssu_fpc, "how many such units the PSU has, or their sampling fraction"),
    {.name = "replicates",
     .type = MIRTI_KEY_OWN,
     .read = mirti_spec_read_replicates,
     .meaning = "the replicate weights that the survey brings along"},
    {.name = "indicators",
     .type = MIRTI_KEY_OWN,
     .read = mirti_spec_read_indicators,
     .meaning = "what else 'mirti indicators' estimates from the survey"},
};
static const mirti_spec_key census_keys[] = {
    COMMON_KEYS,
    PERSON_KEYS,
    REQUIRED_EXPRESSION("area", area, "the code of the child's area"),
};
static const mirti_spec_key aggregates_keys[] = {
    COMMON_KEYS,
    {.name = "areas",
     .type = MIRTI_KEY_OWN,
     .required = true,
     .read = mirti_spec_read_areas,
     .meaning = "the kinds of area in the file, such as municipality"},
    {.name = "cells",
     .type = MIRTI_KEY_OWN,
     .required = true,
     .read = mirti_spec_read_cells,
     .meaning = "the groups of children whose number is published"},
    {.name = "shares",
     .type = MIRTI_KEY_OWN,
     .read = mirti_spec_read_shares,
     .meaning = "the shares of predictors that are published for the area as a whole"},
};
static const mirti_spec_key estimates_keys[] = {
    COMMON_KEYS,
    REQUIRED_EXPRESSION("area", area, "the code of the area"),
    {.name = "area_kind",
     .type = MIRTI_KEY_NAME,
     .at = SOURCE(area_kind),
     .meaning = "the kind of area that 'area' is the code of"},
    REQUIRED_EXPRESSION("estimate", estimates.value, "the direct estimate, from 0 to 1"),
    EXPRESSION("se", estimates.se, "its standard error"),
    EXPRESSION("variance", estimates.variance, "its variance"),
    EXPRESSION("cv", estimates.cv, "its coefficient of variation, such as 0.15"),
    EXPRESSION("rows", estimates.rows, "how many rows of the sample it rests on"),
};
static const mirti_spec_key index_source_keys[] = {
    COMMON_KEYS,
    {.name = "areas",
     .type = MIRTI_KEY_OWN,
     .required = true,
     .read = mirti_spec_read_areas,
     .meaning = "the kinds of area in the file, such as municipality"},
    {.name = "children",
     .type = MIRTI_KEY_OWN,
     .required = true,
     .read = read_children,
     .meaning = "the number of children of the population in the area"},
    {.name = "indicators",
     .type = MIRTI_KEY_OWN,
     .required = true,
     .read = read_source_indicators,
     .meaning = "one expression per indicator of the index"},
};
MIRTI_SPEC_TABLE(mirti_spec_index_source_table, "a source of an index", index_source_keys);
MIRTI_SPEC_TABLE(mirti_spec_survey_table, "a source of kind survey", survey_keys);
MIRTI_SPEC_TABLE(mirti_spec_census_table, "a source of kind census", census_keys);
MIRTI_SPEC_TABLE(mirti_spec_aggregates_table, "a source of kind aggregates", aggregates_keys);
MIRTI_SPEC_TABLE(mirti_spec_estimates_table, "a source of kind estimates", estimates_keys);

static const mirti_spec_table *const source_tables[] = {
    [MIRTI_SOURCE_SURVEY] = &mirti_spec_survey_table,
    [MIRTI_SOURCE_CENSUS] = &mirti_spec_census_table,
    [MIRTI_SOURCE_AGGREGATES] = &mirti_spec_aggregates_table,
    [MIRTI_SOURCE_ESTIMATES] = &mirti_spec_estimates_table};

static bool has_key(const mirti_spec_table *table, const char *name) {
    for (int i = 0; i < table->count; i++)
        if (strcmp(table->key[i].name, name) == 0) return true;
    return false;
}

/* A key of another kind says more about the mistake than a key of none. */
static mirti_status check_kind(mirti_spec_reader *r, const mirti_spec_node *map, int kind) {
    for (const mirti_spec_entry *e = map->first; e != NULL; e = e->next) {
        if (has_key(source_tables[kind], e->key->text)) continue;
        for (int other = 0; source_kinds[other] != NULL; other++) {
            if (!has_key(source_tables[other], e->key->text)) continue;
            mirti_spec_fail(r, e->key->place, "source '%s' is of kind %s, which has no key '%s'",
                            r->source->name, source_kinds[kind], e->key->text);
            mirti_fail_remedy(r->err, "Sources of kind %s have it: is 'kind' right?",
                              source_kinds[other]);
            return MIRTI_ERROR_INPUT;
        }
    }
    return MIRTI_OK;
}

static mirti_status read_index_source(mirti_spec_reader *r, const mirti_spec_node *map,
                                      mirti_source_block *source) {
    MIRTI_TRY(mirti_spec_read_keys(r, &mirti_spec_index_source_table, map, source));
    if (source->kind == MIRTI_SOURCE_AGGREGATES) return MIRTI_OK;
    mirti_spec_fail(r, mirti_spec_get(map, "kind")->text_place,
                    "source '%s' of an index is of kind %s", source->name,
                    source_kinds[source->kind]);
    mirti_fail_remedy(r->err, "An index is made of published figures by area: 'kind: aggregates'.");
    return MIRTI_ERROR_INPUT;
}

/* A second stage has its correction, and is one of a first that has its own. */
static mirti_status check_stages(mirti_spec_reader *r, const mirti_spec_node *map) {
    static const char *const needs[][2] = {{"ssu", "ssu_fpc"}, {"ssu_fpc", "fpc"}};
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
        if (mirti_spec_get(map, needs[i][0]) == NULL || mirti_spec_get(map, needs[i][1]) != NULL)
            continue;
        mirti_spec_fail(r, mirti_spec_key_place(map, needs[i][0]),
                        "'%s' means nothing without '%s'", needs[i][0], needs[i][1]);
        mirti_fail_remedy(r->err, "Without finite-population corrections PSUs alone carry the "
                                  "variance: leave both 'ssu' and 'ssu_fpc' out.");
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}

/* An estimate has one error, given in one of three ways. */
static mirti_status check_error(mirti_spec_reader *r, const mirti_spec_node *map) {
    static const char *const ways[] = {"se", "variance", "cv"};
    int given = 0;
    for (int i = 0; i < 3; i++)
        given += mirti_spec_get(map, ways[i]) != NULL;
    if (given == 1) return MIRTI_OK;
    mirti_spec_fail(r, map->place,
                    given == 0 ? "the estimates have no error"
                               : "the error of the estimates is given %d times",
                    given);
    mirti_fail_remedy(r->err, "Give one of 'se', 'variance' and 'cv'.");
    return MIRTI_ERROR_INPUT;
}

static mirti_status read_source(mirti_spec_reader *r, const mirti_spec_entry *e,
                                mirti_source_block *source) {
    int kind = MIRTI_SOURCE_SURVEY;
    MIRTI_TRY(mirti_spec_name(r, e->key, "sources", &source->name));
    MIRTI_TRY(mirti_spec_map(r, e->value, source->name));
    source->place = e->key->place;
    r->source = source;
    source->predictor = mirti_spec_new(r, (size_t)r->model->predictors, sizeof *source->predictor);
    source->area_kind = mirti_arena_copy(r->arena, "municipality", strlen("municipality"));
    if (source->predictor == NULL || source->area_kind == NULL) return mirti_spec_fail_memory(r);
    if (r->model->index != NULL) return read_index_source(r, e->value, source);
    /* The kind decides which keys there are. */
    const mirti_spec_node *kind_node = mirti_spec_get(e->value, "kind");
    if (kind_node != NULL) {
        MIRTI_TRY(mirti_spec_choice(r, kind_node, "kind", source_kinds, &kind));
        MIRTI_TRY(check_kind(r, e->value, kind));
    }
    MIRTI_TRY(mirti_spec_read_keys(r, source_tables[kind], e->value, source));
    if (source->kind == MIRTI_SOURCE_ESTIMATES) return check_error(r, e->value);
    MIRTI_TRY(check_stages(r, e->value));
    if (source->kind != MIRTI_SOURCE_AGGREGATES) return MIRTI_OK;
    return mirti_spec_check_cells(r, e->value, source);
}

mirti_status mirti_spec_read_sources(mirti_spec_reader *r, const mirti_spec_node *node,
                                     void *object) {
    mirti_model_spec *model = object;
    MIRTI_TRY(mirti_spec_map(r, node, "sources"));
    model->source = mirti_spec_new(r, (size_t)node->count, sizeof *model->source);
    if (model->source == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        MIRTI_TRY(read_source(r, e, &model->source[model->sources]));
        model->sources++;
    }
    return MIRTI_OK;
}
