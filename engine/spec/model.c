/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Model files: the outcome, the population, the predictors and the terms; the sources are read in
 * source.c. Everything that can be wrong without having seen any data is found here, so that nobody
 * waits for a census to be read to learn of a mistyped name.
 */
#include "model.h"

#include <string.h>

/* What is handed out: the spec first, so that a pointer to it is a pointer to the whole. */
typedef struct owned_model {
    mirti_model_spec spec;
    mirti_arena arena;
} owned_model;

int mirti_model_spec_predictor(const mirti_model_spec *spec, const char *name) {
    for (int i = 0; i < spec->predictors; i++)
        if (strcmp(spec->predictor[i].name, name) == 0) return i;
    return -1;
}

int mirti_model_spec_source(const mirti_model_spec *spec, const char *name) {
    for (int i = 0; i < spec->sources; i++)
        if (strcmp(spec->source[i].name, name) == 0) return i;
    return -1;
}

int mirti_spec_level(const mirti_predictor *predictor, const char *name) {
    for (int i = 0; i < predictor->levels; i++)
        if (strcmp(predictor->level[i], name) == 0) return i;
    return -1;
}

const char *mirti_predictor_level(const mirti_predictor *predictor, int level,
                                  const char *language) {
    const char *name = predictor->level[level];
    return predictor->level_label
               ? mirti_localized_get(&predictor->level_label[level], language, name)
               : name;
}

bool mirti_spec_is_used(const mirti_model_spec *model, int predictor) {
    for (int i = 0; i < model->terms; i++)
        for (int k = 0; k < model->term[i].order; k++)
            if (model->term[i].predictor[k] == predictor) return true;
    return false;
}

const char *mirti_spec_predictor_noun(const mirti_spec_reader *r) {
    return r->model->index != NULL ? "indicator" : "predictor";
}

mirti_status mirti_spec_fail_predictor(mirti_spec_reader *r, mirti_place at, const char *written) {
    const char *names[MIRTI_SPEC_MAX_PREDICTORS];
    for (int i = 0; i < r->model->predictors; i++)
        names[i] = r->model->predictor[i].name;
    mirti_spec_fail(r, at, "the %s has no %s '%.80s'", r->model->index != NULL ? "index" : "model",
                    mirti_spec_predictor_noun(r), written);
    mirti_spec_suggest(r, written, names, r->model->predictors);
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_spec_fail_level(mirti_spec_reader *r, mirti_place at,
                                   const mirti_predictor *predictor, const char *written) {
    mirti_spec_fail(r, at, "predictor '%s' has no level '%.80s'", predictor->name, written);
    mirti_spec_suggest(r, written, (const char *const *)predictor->level, predictor->levels);
    return MIRTI_ERROR_INPUT;
}

/* ------------------------------------------------------------------------------- the outcome -- */

static const mirti_spec_key outcome_keys[] = {
    {.name = "name",
     .type = MIRTI_KEY_NAME,
     .required = true,
     .at = offsetof(mirti_model_spec, outcome),
     .meaning = "a short name of the outcome, such as works"},
    {.name = "label",
     .type = MIRTI_KEY_LOCALIZED,
     .at = offsetof(mirti_model_spec, outcome_label),
     .meaning = "the outcome as people read it"},
};
static MIRTI_SPEC_TABLE(outcome_table, "the outcome", outcome_keys);

static mirti_status read_outcome(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    return mirti_spec_read_keys(r, &outcome_table, node, object);
}

/* ---------------------------------------------------------------------------- the predictors -- */

static const char *const predictor_kinds[] = {[MIRTI_PREDICTOR_CATEGORY] = "category",
                                              [MIRTI_PREDICTOR_BINARY] = "binary",
                                              [MIRTI_PREDICTOR_NUMBER] = "number",
                                              NULL};

static mirti_status read_reference(mirti_spec_reader *r, const mirti_spec_node *node,
                                   void *object) {
    mirti_predictor *predictor = object;
    char *name;
    MIRTI_TRY(mirti_spec_text(r, node, "reference", &name));
    if (predictor->kind != MIRTI_PREDICTOR_CATEGORY) return MIRTI_OK; /* refused by its place */
    predictor->reference = mirti_spec_level(predictor, name);
    if (predictor->reference >= 0) return MIRTI_OK;
    return mirti_spec_fail_level(r, node->text_place, predictor, name);
}

static mirti_status read_level_labels(mirti_spec_reader *r, const mirti_spec_node *node,
                                      void *object) {
    mirti_predictor *predictor = object;
    MIRTI_TRY(mirti_spec_list(r, node, "level_labels"));
    if (predictor->kind != MIRTI_PREDICTOR_CATEGORY) return MIRTI_OK; /* refused by its place */
    if (node->count != predictor->levels) {
        mirti_spec_fail(r, node->place, "predictor '%s' has %d levels and %d level_labels",
                        predictor->name, predictor->levels, node->count);
        mirti_fail_remedy(r->err, "Write one label for each level, in the order of 'levels'.");
        return MIRTI_ERROR_INPUT;
    }
    predictor->level_label = mirti_spec_new(r, (size_t)node->count, sizeof *predictor->level_label);
    if (predictor->level_label == NULL) return mirti_spec_fail_memory(r);
    int i = 0;
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next, i++)
        MIRTI_TRY(mirti_spec_localized(r, e->value, "level_labels", &predictor->level_label[i]));
    return MIRTI_OK;
}

static const mirti_spec_key predictor_keys[] = {
    {.name = "kind",
     .type = MIRTI_KEY_CHOICE,
     .required = true,
     .choices = predictor_kinds,
     .at = offsetof(mirti_predictor, kind),
     .meaning = "category, binary or number"},
    {.name = "levels",
     .type = MIRTI_KEY_TEXTS,
     .at = offsetof(mirti_predictor, level),
     .count_at = offsetof(mirti_predictor, levels),
     .meaning = "the levels of a category, as the expressions return them"},
    {.name = "level_labels",
     .type = MIRTI_KEY_OWN,
     .read = read_level_labels,
     .meaning = "the levels as people read them, in the order of 'levels'"},
    {.name = "reference",
     .type = MIRTI_KEY_OWN,
     .read = read_reference,
     .meaning = "the level that the others are compared with"},
    {.name = "actionable",
     .type = MIRTI_KEY_FLAG,
     .at = offsetof(mirti_predictor, actionable),
     .meaning = "whether policy can change it"},
    {.name = "label",
     .type = MIRTI_KEY_LOCALIZED,
     .at = offsetof(mirti_predictor, label),
     .meaning = "the predictor as people read it"},
    {.name = "factor",
     .type = MIRTI_KEY_LOCALIZED,
     .at = offsetof(mirti_predictor, factor),
     .meaning = "its name as a factor of risk, where much of it raises the risk"},
    {.name = "lack",
     .type = MIRTI_KEY_LOCALIZED,
     .at = offsetof(mirti_predictor, lack),
     .meaning = "its name as a factor of risk, where little of it raises the risk"},
};
static MIRTI_SPEC_TABLE(predictor_table, "a predictor", predictor_keys);

static mirti_status check_levels(mirti_spec_reader *r, const mirti_spec_node *node,
                                 const mirti_predictor *predictor) {
    bool category = predictor->kind == MIRTI_PREDICTOR_CATEGORY;
    static const char *const only_category[] = {"levels", "level_labels", "reference"};
    for (int i = 0; i < 3 && !category; i++) {
        if (mirti_spec_get(node, only_category[i]) == NULL) continue;
        mirti_spec_fail(r, mirti_spec_key_place(node, only_category[i]),
                        "predictor '%s' is %s and has no '%s'", predictor->name,
                        predictor_kinds[predictor->kind], only_category[i]);
        mirti_fail_remedy(r->err,
                          "Only a category has levels: write 'kind: category' if it is one.");
        return MIRTI_ERROR_INPUT;
    }
    if (!category || predictor->levels >= 2) return MIRTI_OK;
    mirti_spec_fail(r, mirti_spec_key_place(node, "levels"),
                    "predictor '%s' is a category and needs at least two levels", predictor->name);
    mirti_fail_remedy(r->err,
                      "Write 'levels: [one, two]', or 'kind: binary' if it is true or false.");
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_spec_check_identifier(mirti_spec_reader *r, const mirti_spec_node *key,
                                         const char *what) {
    if (mirti_spec_is_identifier(key->text)) return MIRTI_OK;
    mirti_spec_fail(r, key->place, "'%.80s' cannot be the name of %s %s", key->text,
                    what[0] == 'i' ? "an" : "a", what);
    mirti_fail_remedy(r->err, "A name has letters without accents, digits and '_', and begins with "
                              "a letter; what people read goes under 'label'.");
    return MIRTI_ERROR_INPUT;
}

static mirti_status read_predictors(mirti_spec_reader *r, const mirti_spec_node *node,
                                    void *object) {
    mirti_model_spec *model = object;
    MIRTI_TRY(mirti_spec_map(r, node, "predictors"));
    if (node->count > MIRTI_SPEC_MAX_PREDICTORS)
        return mirti_spec_fail(r, node->place, "a model has at most %d predictors",
                               MIRTI_SPEC_MAX_PREDICTORS);
    model->predictor = mirti_spec_new(r, (size_t)node->count, sizeof *model->predictor);
    if (model->predictor == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        mirti_predictor *predictor = &model->predictor[model->predictors];
        MIRTI_TRY(mirti_spec_check_identifier(r, e->key, "predictor"));
        MIRTI_TRY(mirti_spec_text(r, e->key, "predictors", &predictor->name));
        if (model->outcome != NULL && strcmp(predictor->name, model->outcome) == 0)
            return mirti_spec_fail(
                r, e->key->place, "'%s' is the outcome and cannot predict itself", predictor->name);
        predictor->place = e->key->place;
        MIRTI_TRY(mirti_spec_read_keys(r, &predictor_table, e->value, predictor));
        MIRTI_TRY(check_levels(r, e->value, predictor));
        model->predictors++;
    }
    return MIRTI_OK;
}

/* --------------------------------------------------------------------------------- the terms -- */

/* Reads `age:sex`: predictors joined by colons. */
static mirti_status read_term(mirti_spec_reader *r, const mirti_spec_node *node, mirti_term *term) {
    enum { MOST = sizeof term->predictor / sizeof term->predictor[0] };
    char *text;
    if (node->kind == MIRTI_NODE_MAP) {
        mirti_spec_fail(r, node->place,
                        "a term is a predictor, or several with colons between them");
        mirti_fail_remedy(r->err, "Write an interaction without blanks: age:sex.");
        return MIRTI_ERROR_INPUT;
    }
    MIRTI_TRY(mirti_spec_text(r, node, "terms", &text));
    term->place = node->text_place;
    for (char *part = text; part != NULL;) {
        char *colon = strchr(part, ':');
        size_t size = colon != NULL ? (size_t)(colon - part) : strlen(part);
        mirti_str trimmed = mirti_str_trim((mirti_str){.data = part, .size = size});
        mirti_place at = node->text_place;
        at.column += (int64_t)mirti_utf8_length(
            (mirti_str){.data = text, .size = (size_t)(trimmed.data - text)});
        char *name = mirti_arena_copy(r->arena, trimmed.data, trimmed.size);
        if (name == NULL) return mirti_spec_fail_memory(r);
        int predictor = mirti_model_spec_predictor(r->model, name);
        if (predictor < 0) {
            mirti_spec_fail_predictor(r, at, name);
            if (strpbrk(name, "*+") != NULL)
                mirti_fail_remedy(r->err, "Terms are members of a list; an interaction is written "
                                          "with a colon: [age, sex, age:sex].");
            return MIRTI_ERROR_INPUT;
        }
        for (int i = 0; i < term->order; i++)
            if (term->predictor[i] == predictor)
                return mirti_spec_fail(r, at, "the term '%.80s' has '%s' twice", text, name);
        if (term->order == MOST)
            return mirti_spec_fail(r, at, "a term has at most %d predictors", (int)MOST);
        term->predictor[term->order++] = predictor;
        part = colon != NULL ? colon + 1 : NULL;
    }
    return MIRTI_OK;
}

/* The same predictors, in whatever order. */
static bool same_term(const mirti_term *a, const mirti_term *b) {
    if (a->order != b->order) return false;
    for (int i = 0; i < a->order; i++) {
        bool found = false;
        for (int j = 0; j < b->order; j++)
            if (a->predictor[i] == b->predictor[j]) found = true;
        if (!found) return false;
    }
    return true;
}

static mirti_status read_terms(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_model_spec *model = object;
    MIRTI_TRY(mirti_spec_list(r, node, "terms"));
    if (node->count > MIRTI_SPEC_MAX_KEYS)
        return mirti_spec_fail(r, node->place, "a model has at most %d terms", MIRTI_SPEC_MAX_KEYS);
    model->term = mirti_spec_new(r, (size_t)node->count, sizeof *model->term);
    if (model->term == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        mirti_term *term = &model->term[model->terms];
        MIRTI_TRY(read_term(r, e->value, term));
        for (int i = 0; i < model->terms; i++)
            if (same_term(&model->term[i], term))
                return mirti_spec_fail(r, term->place, "the term '%.80s' is here twice",
                                       e->value->text);
        model->terms++;
    }
    return MIRTI_OK;
}

/* --------------------------------------------------------------------------------- the whole -- */

static const mirti_spec_key model_keys[] = {
    {.name = "mirti-model",
     .type = MIRTI_KEY_OWN,
     .required = true, /* read before all else */
     .meaning = "the version of the format: 1"},
    {.name = "name",
     .type = MIRTI_KEY_NAME,
     .required = true,
     .at = offsetof(mirti_model_spec, name),
     .meaning = "a short name of the model"},
    {.name = "title",
     .type = MIRTI_KEY_LOCALIZED,
     .at = offsetof(mirti_model_spec, title),
     .meaning = "the model as people read it"},
    {.name = "description",
     .type = MIRTI_KEY_LOCALIZED,
     .at = offsetof(mirti_model_spec, description),
     .meaning = "what the model is and is not"},
    {.name = "population",
     .type = MIRTI_KEY_LOCALIZED,
     .at = offsetof(mirti_model_spec, population),
     .meaning = "whose risk is modelled"},
    {.name = "outcome",
     .type = MIRTI_KEY_OWN,
     .required = true,
     .read = read_outcome,
     .meaning = "what is predicted"},
    {.name = "predictors",
     .type = MIRTI_KEY_OWN,
     .required = true,
     .read = read_predictors,
     .meaning = "what it is predicted from"},
    {.name = "terms",
     .type = MIRTI_KEY_OWN,
     .required = true,
     .read = read_terms,
     .meaning = "the terms of the linear predictor, such as [age, sex, age:sex]"},
    {.name = "fit",
     .type = MIRTI_KEY_OWN,
     .read = mirti_spec_read_fit,
     .meaning = "how the coefficients are estimated: link and penalty"},
    {.name = "sources",
     .type = MIRTI_KEY_OWN,
     .required = true,
     .read = mirti_spec_read_sources,
     .meaning = "how each survey and census is read as the model's variables"},
};
static MIRTI_SPEC_TABLE(model_table, "a model file", model_keys);

const mirti_spec_table *const *mirti_spec_model_tables(int *count) {
    static const mirti_spec_table *const tables[] = {
        &model_table,
        &outcome_table,
        &predictor_table,
        &mirti_spec_fit_table,
        &mirti_spec_survey_table,
        &mirti_spec_census_table,
        &mirti_spec_aggregates_table,
        &mirti_spec_estimates_table,
        &mirti_spec_missing_table,
        &mirti_spec_household_table,
        &mirti_spec_replicates_table,
        &mirti_spec_area_table,
        &mirti_spec_cell_table,
        &mirti_spec_joined_table,
        &mirti_spec_table_value_table,
        &mirti_spec_survey_indicator_table,
    };
    *count = (int)(sizeof tables / sizeof tables[0]);
    return tables;
}

/* The first key tells a model from an index. */
static mirti_status read_root(mirti_spec_reader *r, mirti_model_spec *model) {
    bool index = mirti_spec_get(r->root, "mirti-index") != NULL;
    MIRTI_TRY(mirti_spec_check_header(r, index ? "mirti-index" : "mirti-model", "mirti-project",
                                      "a project file"));
    return index ? mirti_spec_read_index(r, model)
                 : mirti_spec_read_keys(r, &model_table, r->root, model);
}

mirti_status mirti_model_spec_parse(const char *text, size_t size, const char *path,
                                    mirti_model_spec **out, mirti_error *err) {
    *out = NULL;
    owned_model *owned = mirti_new(1, sizeof *owned);
    if (owned == NULL) return mirti_fail_memory(err, "a model file");
    mirti_model_spec *model = &owned->spec;
    mirti_spec_reader r = {.path = path, .arena = &owned->arena, .err = err, .model = model};
    mirti_status status;
    MIRTI_TRY_GOTO(status, mirti_spec_document_parse(text, size, path, r.arena, &r.root, err), end);
    MIRTI_TRY_GOTO(status, read_root(&r, model), end);
    model->path = mirti_arena_copy(r.arena, path, strlen(path));
    if (model->path == NULL) status = mirti_spec_fail_memory(&r);
end:
    if (status == MIRTI_OK)
        *out = model;
    else
        mirti_model_spec_free(model);
    return status;
}

mirti_status mirti_model_spec_read(const char *path, mirti_model_spec **out, mirti_error *err) {
    char *text;
    size_t size;
    *out = NULL;
    MIRTI_TRY(mirti_spec_document_load(path, &text, &size, err));
    mirti_status status = mirti_model_spec_parse(text, size, path, out, err);
    mirti_free(text);
    return status;
}

void mirti_model_spec_free(mirti_model_spec *spec) {
    if (spec == NULL) return;
    owned_model *owned = (owned_model *)(void *)spec;
    mirti_arena_reset(&owned->arena);
    mirti_free(owned);
}
