/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiles what a model file says of a published table – which rows are areas, their codes and
 * names, the children of each cell, the shares of each predictor – against the columns of the file
 * at hand, and asks the source for just the columns that are needed. */
#include "areas.h"

#include <string.h>

static mirti_status compile(const mirti_census_figures *f, const mirti_expression_text *text,
                            const char *name, mirti_type want, mirti_expr **out, mirti_error *err) {
    *out = NULL;
    if (!text->text) return MIRTI_OK;
    const mirti_expression_origin origin = {f->spec->path, text->place.line, text->place.column,
                                            name};
    return mirti_expr_compile(f->scope, text->text, want, &origin, out, err);
}

static mirti_status add_figure(mirti_census_figures *f, const mirti_expression_text *text,
                               const char *name, int *index, mirti_error *err) {
    *index = -1;
    if (!text->text) return MIRTI_OK;
    mirti_expr *expr;
    MIRTI_TRY(compile(f, text, name, MIRTI_TYPE_NUMBER, &expr, err));
    f->figure[f->count] = (mirti_census_figure){expr, name, text->place};
    f->expr[f->count] = expr;
    *index = f->count++;
    return MIRTI_OK;
}

static mirti_status compile_labels(mirti_census_figures *f, mirti_error *err) {
    const mirti_area_rule *rule = f->rule;
    const struct {
        const mirti_expression_text *text;
        const char *name;
        mirti_type want;
    } label[LABELS] = {
        [LABEL_CODE] = {&rule->code, "code", MIRTI_TYPE_TEXT},
        [LABEL_NAME] = {&rule->name, "name", MIRTI_TYPE_TEXT},
        [LABEL_PARENT_CODE] = {&rule->parent_code, "parent_code", MIRTI_TYPE_TEXT},
        [LABEL_PARENT_NAME] = {&rule->parent_name, "parent_name", MIRTI_TYPE_TEXT},
        [LABEL_LON] = {&rule->longitude, "longitude", MIRTI_TYPE_TEXT},
        [LABEL_LAT] = {&rule->latitude, "latitude", MIRTI_TYPE_TEXT},
    };
    MIRTI_TRY(compile(f, &f->block->filter, "filter", MIRTI_TYPE_TRUTH, &f->filter, err));
    MIRTI_TRY(compile(f, &rule->where, "where", MIRTI_TYPE_TRUTH, &f->where, err));
    for (int l = 0; l < LABELS; l++)
        MIRTI_TRY(compile(f, label[l].text, label[l].name, label[l].want, &f->label[l], err));
    if (!f->label[LABEL_CODE])
        return mirti_fail(err, MIRTI_ERROR_USAGE, "areas of kind '%s' have no code expression",
                          rule->kind);
    return MIRTI_OK;
}

static mirti_status compile_figures(mirti_census_figures *f, mirti_error *err) {
    const mirti_source_block *block = f->block;
    int predictors = f->terms->predictors;
    for (int c = 0; c < block->cells; c++) {
        const mirti_cell *cell = &block->cell[c];
        MIRTI_TRY(add_figure(f, &cell->children, "children", &f->children[c], err));
        if (f->children[c] < 0)
            return mirti_fail(err, MIRTI_ERROR_USAGE, "a cell has no number of children");
        for (int k = 0; k < predictors; k++)
            MIRTI_TRY(add_figure(f, &cell->share[k], f->terms->predictor[k].name,
                                 &f->own[c * predictors + k], err));
    }
    int length = mirti_terms_share_offset(f->terms, predictors);
    for (int s = 0; s < length; s++)
        f->common[s] = -1;
    for (int i = 0; i < block->shares; i++) {
        const mirti_share *share = &block->share[i];
        int at = mirti_terms_share_offset(f->terms, share->predictor);
        MIRTI_TRY(add_figure(f, &share->expression, f->terms->predictor[share->predictor].name,
                             &f->common[share->level < 0 ? at : at + share->level], err));
    }
    return MIRTI_OK;
}

static mirti_status select_columns(const mirti_census_figures *f, mirti_source *source,
                                   mirti_error *err) {
    int count = 0;
    mirti_scope_columns(f->scope, NULL, &count);
    int *column = mirti_new((size_t)count, sizeof *column);
    if (!column) return mirti_fail_memory(err, "the columns of areas");
    mirti_scope_columns(f->scope, column, &count);
    mirti_status status = mirti_source_select(source, column, count, err);
    mirti_free(column);
    return status;
}

mirti_status mirti_census_figures_compile(const mirti_model_spec *spec,
                                          const mirti_source_block *block,
                                          const mirti_area_rule *rule, const mirti_terms *terms,
                                          mirti_source *source, mirti_census_figures *out,
                                          mirti_error *err) {
    *out = (mirti_census_figures){.spec = spec, .block = block, .rule = rule, .terms = terms};
    size_t cells = (size_t)block->cells, predictors = (size_t)terms->predictors;
    size_t length = (size_t)mirti_terms_share_offset(terms, terms->predictors);
    size_t most = cells * (1 + predictors) + (size_t)block->shares;
    int fields;
    mirti_status status;
    const mirti_field *field = mirti_source_fields(source, &fields);
    out->field = field;
    MIRTI_TRY_GOTO(status, mirti_source_block_codes(spec, block, source, err), done);
    MIRTI_TRY_GOTO(status, mirti_source_block_scope(spec, block, field, fields, &out->scope, err),
                   done);
    out->figure = mirti_new(most, sizeof *out->figure);
    out->expr = mirti_new(most, sizeof *out->expr);
    out->children = mirti_new(cells, sizeof *out->children);
    out->own = mirti_new(cells * predictors, sizeof *out->own);
    out->common = mirti_new(length, sizeof *out->common);
    out->used = mirti_new(predictors, sizeof *out->used);
    if (!out->figure || !out->expr || !out->children || !out->own || !out->common || !out->used) {
        status = mirti_fail_memory(err, "the figures of areas");
        goto done;
    }
    for (int t = 0; t < terms->terms; t++)
        for (int f = 0; f < terms->term[t].order; f++)
            out->used[terms->term[t].predictor[f]] = true;
    MIRTI_TRY_GOTO(status, compile_labels(out, err), done);
    MIRTI_TRY_GOTO(status, compile_figures(out, err), done);
    status = select_columns(out, source, err);
done:
    if (status != MIRTI_OK) mirti_census_figures_reset(out);
    return status;
}

void mirti_census_figures_reset(mirti_census_figures *f) {
    mirti_expr_free(f->filter);
    mirti_expr_free(f->where);
    for (int l = 0; l < LABELS; l++)
        mirti_expr_free(f->label[l]);
    for (int i = 0; i < f->count; i++)
        mirti_expr_free(f->figure[i].expr);
    mirti_scope_free(f->scope);
    mirti_free(f->figure);
    mirti_free(f->expr);
    mirti_free(f->children);
    mirti_free(f->own);
    mirti_free(f->common);
    mirti_free(f->used);
    *f = (mirti_census_figures){0};
}
