/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Model and project files from anybody: whatever the bytes, the readers answer with a spec or with
 * an error that says where, and a spec keeps the promises of its header.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mirti/spec.h"
#include "spec/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert, but in every build. */
static void must(bool holds) {
    if (!holds) abort();
}

static void check_error(mirti_status status, const mirti_error *err) {
    must(status == MIRTI_ERROR_INPUT);
    must(err->status == status);
    must(err->message[0] != '\0');
    must(strcmp(err->file, "fuzz.yaml") == 0);
    must(mirti_utf8_valid(mirti_str_of(err->message), NULL));
    must(mirti_utf8_valid(mirti_str_of(err->remedy), NULL));
}

static void check_expression(const mirti_expression_text *expression, bool required) {
    must(!required || expression->text != NULL);
    if (expression->text == NULL) return;
    must(expression->text[0] != '\0');
    must(mirti_utf8_valid(mirti_str_of(expression->text), NULL));
    must(expression->place.line > 0 && expression->place.column > 0);
}

static void check_localized(const mirti_localized *text) {
    for (int i = 0; i < text->count; i++)
        must(strlen(text->language[i]) <= 12 && text->text[i][0] != '\0');
    must(mirti_localized_get(text, "es", "fallback")[0] != '\0');
}

static void check_aggregates(const mirti_model_spec *model, const mirti_source_block *source) {
    must(source->areas > 0 && source->cells > 0);
    for (int i = 0; i < source->areas; i++)
        check_expression(&source->area_rule[i].code, true);
    for (int i = 0; i < source->cells; i++) {
        check_expression(&source->cell[i].children, true);
        for (int k = 0; k < model->predictors; k++) {
            int level = source->cell[i].level[k];
            const mirti_predictor *predictor = &model->predictor[k];
            must(level >= -1);
            must(level < (predictor->kind == MIRTI_PREDICTOR_CATEGORY ? predictor->levels : 2));
            must(level < 0 || source->cell[i].share[k].text == NULL);
            check_expression(&source->cell[i].share[k], false);
        }
    }
    for (int i = 0; i < source->shares; i++) {
        must(source->share[i].predictor >= 0 && source->share[i].predictor < model->predictors);
        must(source->share[i].level < model->predictor[source->share[i].predictor].levels);
        check_expression(&source->share[i].expression, true);
    }
}

static void check_index(const mirti_model_spec *model) {
    const mirti_index_spec *index = model->index;
    must(index->dimensions > 0 && model->terms == model->predictors && model->outcome == NULL);
    for (int d = 0; d < index->dimensions; d++)
        must(index->dimension[d].name != NULL && index->dimension[d].weight > 0);
    for (int k = 0; k < model->predictors; k++) {
        must(model->predictor[k].kind == MIRTI_PREDICTOR_NUMBER);
        must(index->indicator[k].weight > 0);
        must(index->indicator[k].dimension >= 0);
        must(index->indicator[k].dimension < index->dimensions);
    }
    for (int i = 0; i < model->sources; i++) {
        must(model->source[i].kind == MIRTI_SOURCE_AGGREGATES && model->source[i].cells == 1);
        must(model->source[i].shares == model->predictors);
    }
}

static void check_model(const mirti_model_spec *model) {
    must(model->predictors > 0 && model->terms > 0 && model->sources > 0);
    check_localized(&model->title);
    if (model->index != NULL) check_index(model);
    for (int i = 0; i < model->predictors; i++) {
        const mirti_predictor *predictor = &model->predictor[i];
        must(mirti_model_spec_predictor(model, predictor->name) == i);
        must((predictor->kind == MIRTI_PREDICTOR_CATEGORY) == (predictor->levels >= 2));
        must(predictor->reference >= 0);
        must(predictor->levels == 0 || predictor->reference < predictor->levels);
        check_localized(&predictor->label);
        check_localized(&predictor->lack);
    }
    for (int i = 0; i < model->terms; i++) {
        must(model->term[i].order >= 1 && model->term[i].order <= 4);
        for (int k = 0; k < model->term[i].order; k++)
            must(model->term[i].predictor[k] >= 0 &&
                 model->term[i].predictor[k] < model->predictors);
    }
    for (int i = 0; i < model->sources; i++) {
        const mirti_source_block *source = &model->source[i];
        must(mirti_model_spec_source(model, source->name) == i);
        for (int k = 0; k < source->missing_rules; k++)
            must(source->missing[k].codes > 0 && source->missing[k].code[0] != NULL);
        if (source->kind == MIRTI_SOURCE_AGGREGATES) {
            check_aggregates(model, source);
            continue;
        }
        if (source->kind == MIRTI_SOURCE_ESTIMATES) continue; /* of areas: no outcome, no persons */
        check_expression(&source->outcome, source->kind == MIRTI_SOURCE_SURVEY);
        check_expression(&source->area, source->kind == MIRTI_SOURCE_CENSUS);
        for (int t = 0; t < model->terms; t++)
            for (int k = 0; k < model->term[t].order; k++)
                check_expression(&source->predictor[model->term[t].predictor[k]], true);
    }
}

static void check_project(const mirti_project *project) {
    must(project->model[0] != '\0' && project->language[0] != '\0');
    must(project->survey.path == NULL || project->survey.path[0] != '\0');
    must((project->survey.path == NULL) == (project->survey.source == NULL));
    must(project->census.path == NULL || project->census.path[0] != '\0');
    must((project->census.path == NULL) == (project->census.source == NULL));
    must(project->classes.levels >= 2 && project->classes.levels <= 9);
    must((project->classes.method == MIRTI_CLASS_FIXED) == (project->classes.breaks != NULL));
    for (int i = 0; project->classes.breaks != NULL && i < project->classes.levels - 1; i++)
        must(i == 0 || project->classes.breaks[i] > project->classes.breaks[i - 1]);
    for (int i = 0; project->classes.label != NULL && i < project->classes.levels; i++)
        check_localized(&project->classes.label[i]);
    must(project->confidence >= 0.5 && project->confidence < 1);
    for (int i = 0; i < project->boundaries; i++)
        must(project->boundary[i].file.path[0] != '\0' && project->boundary[i].code[0] != '\0');
}

static const char *skip_blanks(const char *p) {
    return p + strspn(p, " \t\n");
}

/* What is kept of the file for a text over several lines is that text, but for blanks. (NEL and the
 * like are line breaks to YAML, which may keep them in the text.) */
static void check_source(const mirti_spec_node *node) {
    if (node->source == NULL || strpbrk(node->text, "\xC2\xE2\r") != NULL) return;
    const char *source = skip_blanks(node->source);
    const char *text = skip_blanks(node->text);
    while (*text != '\0') {
        must(*source == *text);
        source = skip_blanks(source + 1);
        text = skip_blanks(text + 1);
    }
    must(*source == '\0');
}

static void check_nodes(const mirti_spec_node *node) {
    must(node->complete && node->place.line > 0 && node->place.column > 0);
    if (node->kind == MIRTI_NODE_TEXT) {
        check_source(node);
        return;
    }
    int count = 0;
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next, count++) {
        must((node->kind == MIRTI_NODE_MAP) == (e->key != NULL));
        check_nodes(e->value);
    }
    must(count == node->count);
}

static void check_document(const char *text, size_t size) {
    mirti_arena arena = {0};
    const mirti_spec_node *root;
    if (mirti_spec_document_parse(text, size, "fuzz.yaml", &arena, &root, NULL) == MIRTI_OK)
        check_nodes(root);
    mirti_arena_reset(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    check_document((const char *)data, size);
    mirti_model_spec *model;
    mirti_project *project;
    mirti_error err = {0};
    mirti_status status =
        mirti_model_spec_parse((const char *)data, size, "fuzz.yaml", &model, &err);
    if (status == MIRTI_OK)
        check_model(model);
    else
        check_error(status, &err);
    mirti_model_spec_free(model);

    status = mirti_project_parse((const char *)data, size, "fuzz.yaml", &project, &err);
    if (status == MIRTI_OK)
        check_project(project);
    else
        check_error(status, &err);
    mirti_project_free(project);
    return 0;
}
