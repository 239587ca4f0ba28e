/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a census file to its cube, in one pass: rows of the population are recoded to the model's
 * predictors, and every person is added to the cell of his area and pattern. */
#include "cube.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PART_AREA, PART_PARENT, PART_WEIGHT, PART_STRATUM, PART_PSU, PARTS };

typedef struct plan {
    const mirti_model_spec *spec;
    const mirti_source_block *block;
    mirti_scope *scope;
    mirti_expr *filter;
    int count;         /* expressions of the rows that the filter leaves */
    mirti_expr **expr; /* [count] */
    int part[PARTS];   /* which of them; −1 = not given */
    int *predictor;    /* [variables] which of them */
    int variables;
    int *variable; /* [variables] index of the predictor */
} plan;

typedef struct builder {
    plan plan;
    mirti_cube_builder cube;
    double *value; /* [variables] of one person */
    mirti_arena arena;
    mirti_recode_notes notes;
    mirti_error *err;
} builder;

static mirti_status compile(plan *p, const char *name, const mirti_expression_text *text,
                            mirti_type want, int *place, mirti_error *err) {
    *place = -1;
    if (!text->text) return MIRTI_OK;
    const mirti_expression_origin origin = {p->spec->path, text->place.line, text->place.column,
                                            name};
    mirti_expr *expr;
    MIRTI_TRY(mirti_expr_compile(p->scope, text->text, want, &origin, &expr, err));
    *place = p->count;
    p->expr[p->count++] = expr;
    return MIRTI_OK;
}

static mirti_type type_of(const mirti_predictor *predictor) {
    if (predictor->kind == MIRTI_PREDICTOR_CATEGORY) return MIRTI_TYPE_TEXT;
    return predictor->kind == MIRTI_PREDICTOR_BINARY ? MIRTI_TYPE_TRUTH : MIRTI_TYPE_NUMBER;
}

static mirti_status compile_parts(plan *p, bool design, mirti_error *err) {
    const mirti_source_block *block = p->block;
    const mirti_expression_text none = {0};
    MIRTI_TRY(compile(p, "area", &block->area, MIRTI_TYPE_TEXT, &p->part[PART_AREA], err));
    MIRTI_TRY(compile(p, "parent_area", &block->parent_area, MIRTI_TYPE_TEXT, &p->part[PART_PARENT],
                      err));
    MIRTI_TRY(compile(p, "weight", &block->weight, MIRTI_TYPE_NUMBER, &p->part[PART_WEIGHT], err));
    MIRTI_TRY(compile(p, "stratum", design ? &block->stratum : &none, MIRTI_TYPE_TEXT,
                      &p->part[PART_STRATUM], err));
    MIRTI_TRY(
        compile(p, "psu", design ? &block->psu : &none, MIRTI_TYPE_TEXT, &p->part[PART_PSU], err));
    if (p->part[PART_AREA] < 0)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "source '%s' does not say where a person lives",
                          block->name);
    return MIRTI_OK;
}

static mirti_status plan_make(plan *p, const mirti_terms *terms, const mirti_field *field,
                              int fields, bool design, mirti_error *err) {
    size_t predictors = (size_t)terms->predictors;
    MIRTI_TRY(mirti_source_block_scope(p->spec, p->block, field, fields, &p->scope, err));
    p->expr = mirti_new(PARTS + predictors, sizeof(mirti_expr *));
    p->predictor = mirti_new(predictors, sizeof *p->predictor);
    p->variable = mirti_new(predictors, sizeof *p->variable);
    if (!p->expr || !p->predictor || !p->variable)
        return mirti_fail_memory(err, "the census's expressions");
    if (p->block->filter.text) {
        const mirti_place *place = &p->block->filter.place;
        const mirti_expression_origin origin = {p->spec->path, place->line, place->column,
                                                "filter"};
        MIRTI_TRY(mirti_expr_compile(p->scope, p->block->filter.text, MIRTI_TYPE_TRUTH, &origin,
                                     &p->filter, err));
    }
    MIRTI_TRY(compile_parts(p, design, err));
    for (int k = 0; k < terms->predictors; k++) {
        if (!mirti_cube_uses(terms, k)) continue;
        const mirti_predictor *predictor = &p->spec->predictor[k];
        p->variable[p->variables] = k;
        MIRTI_TRY(compile(p, predictor->name, &p->block->predictor[k], type_of(predictor),
                          &p->predictor[p->variables], err));
        p->variables++;
    }
    return MIRTI_OK;
}

static void plan_reset(plan *p) {
    mirti_expr_free(p->filter);
    for (int i = 0; i < p->count; i++)
        mirti_expr_free(p->expr[i]);
    mirti_free(p->expr);
    mirti_free(p->predictor);
    mirti_free(p->variable);
    mirti_scope_free(p->scope);
}

static mirti_status select_columns(const plan *p, mirti_source *source, mirti_error *err) {
    int count = 0;
    mirti_scope_columns(p->scope, NULL, &count);
    int *column = mirti_new((size_t)count, sizeof *column);
    if (!column) return mirti_fail_memory(err, "the columns of the census");
    mirti_scope_columns(p->scope, column, &count);
    mirti_status status = mirti_source_select(source, column, count, err);
    mirti_free(column);
    return status;
}

/* Names and variables of the cube to be. */
static mirti_status describe(builder *b, const mirti_terms *terms, bool design) {
    MIRTI_TRY(mirti_cube_builder_make(&b->cube, b->err));
    mirti_cube *cube = b->cube.cube;
    const plan *p = &b->plan;
    const char *kind = p->block->area_kind ? p->block->area_kind : "municipality";
    cube->design = design;
    cube->kind = mirti_arena_copy(&cube->texts, kind, strlen(kind));
    cube->model = mirti_arena_copy(&cube->texts, p->spec->name, strlen(p->spec->name));
    cube->source = mirti_arena_copy(&cube->texts, p->block->name, strlen(p->block->name));
    cube->variable = mirti_new((size_t)p->variables, sizeof *cube->variable);
    b->value = mirti_new((size_t)p->variables, sizeof *b->value);
    bool ok = cube->kind && cube->model && cube->source && cube->variable && b->value;
    for (int v = 0; ok && v < p->variables; v++) {
        cube->variable[v] = mirti_cube_variable(&terms->predictor[p->variable[v]], &cube->texts);
        ok = cube->variable[v] != NULL;
        cube->variables = v + 1;
    }
    return ok ? MIRTI_OK : mirti_fail_memory(b->err, "the cube");
}

/* --------------------------------------------------------------------------------- one person -- */

/* The value of a predictor; false, counted, when it is not known. */
static bool take_value(builder *b, const mirti_predictor *predictor, const mirti_column *column,
                       int64_t i, int64_t row, double *value) {
    char text[160];
    mirti_str offending = {0};
    const char *reason = "is missing";
    if (column->valid[i]) {
        switch (predictor->kind) {
        case MIRTI_PREDICTOR_BINARY: *value = column->truth[i]; return true;
        case MIRTI_PREDICTOR_NUMBER: *value = column->number[i] + 0.0; return true; /* −0 is 0 */
        case MIRTI_PREDICTOR_CATEGORY:
            for (int l = 0; l < predictor->levels; l++)
                if (mirti_str_is(column->text[i], predictor->level[l])) {
                    *value = l;
                    return true;
                }
            reason = "is none of its levels";
            offending = column->text[i];
            break;
        }
    }
    snprintf(text, sizeof text, "predictor %s %s", predictor->name, reason);
    mirti_row_count_drop(&b->cube.cube->rows, text, row, offending);
    return false;
}

static mirti_status bad_weight(const builder *b, const mirti_batch *batch, int64_t row,
                               const char *what, const char *value) {
    mirti_status status = mirti_fail(b->err, MIRTI_ERROR_INPUT, "a person's weight %s", what);
    mirti_fail_at(b->err, batch->file, row, 0, b->plan.block->weight.text, value);
    mirti_fail_remedy(b->err, "Look at `weight` of source '%s' in %s, and at the row.",
                      b->plan.block->name, b->plan.spec->path);
    return status;
}

/* Weight in millionths; 1 where none is given. */
static mirti_status take_weight(const builder *b, const mirti_column *column,
                                const mirti_batch *batch, int64_t i, int64_t row, int64_t *weight) {
    *weight = 1000000;
    if (!column) return MIRTI_OK;
    if (!column->valid[i]) return bad_weight(b, batch, row, "is missing", NULL);
    double w = column->number[i];
    char text[32];
    mirti_number_print(w, text);
    if (w < 0) return bad_weight(b, batch, row, "cannot be negative", text);
    if (w > 1e9) return bad_weight(b, batch, row, "is beyond all bounds", text);
    *weight = (int64_t)floor(w * 1e6 + 0.5);
    return MIRTI_OK;
}

static mirti_str text_at(const builder *b, const mirti_column *column, int part, int64_t i) {
    int at = b->plan.part[part];
    if (at < 0 || !column[at].valid[i]) return (mirti_str){"", 0};
    return mirti_str_trim(column[at].text[i]);
}

static mirti_status add_person(builder *b, const mirti_batch *batch, const mirti_column *column,
                               int64_t i, int64_t row) {
    const plan *p = &b->plan;
    mirti_row_count *rows = &b->cube.cube->rows;
    const mirti_cube_where where = {
        text_at(b, column, PART_AREA, i), text_at(b, column, PART_PARENT, i),
        text_at(b, column, PART_STRATUM, i), text_at(b, column, PART_PSU, i)};
    if (where.code.size == 0) {
        mirti_row_count_drop(rows, "the area is not known", row, (mirti_str){0});
        return MIRTI_OK;
    }
    int64_t weight;
    int at = p->part[PART_WEIGHT];
    MIRTI_TRY(take_weight(b, at < 0 ? NULL : &column[at], batch, i, row, &weight));
    if (weight == 0) {
        mirti_row_count_drop(rows, "the weight is zero", row, (mirti_str){0});
        return MIRTI_OK;
    }
    for (int v = 0; v < p->variables; v++)
        if (!take_value(b, &p->spec->predictor[p->variable[v]], &column[p->predictor[v]], i, row,
                        &b->value[v]))
            return MIRTI_OK;
    mirti_status status = mirti_cube_builder_add(&b->cube, &where, b->value, 1, weight, b->err);
    if (status == MIRTI_ERROR_INPUT)
        mirti_fail_at(b->err, batch->file, row, 0, p->block->area.text, NULL);
    rows->used++;
    return status;
}

static mirti_status add_batch(builder *b, const mirti_batch *batch) {
    const plan *p = &b->plan;
    mirti_column filter = {0};
    mirti_row_count *rows = &b->cube.cube->rows;
    int64_t *row = mirti_arena_new(&b->arena, (size_t)batch->rows * sizeof *row), count = 0;
    mirti_column *column = mirti_arena_new(&b->arena, (size_t)p->count * sizeof *column);
    if (!row || !column) return mirti_fail_memory(b->err, "a batch of the census");
    if (p->filter)
        MIRTI_TRY(mirti_expr_eval(p->filter, batch, &b->arena, &filter, &b->notes, b->err));
    for (int64_t i = 0; i < batch->rows; i++)
        if (!p->filter || (filter.valid[i] && filter.truth[i])) row[count++] = i;
    rows->read += batch->rows;
    rows->outside += batch->rows - count;
    if (count == 0) return MIRTI_OK;
    MIRTI_TRY(mirti_expr_eval_many((const mirti_expr *const *)p->expr, p->count, batch, row, count,
                                   &b->arena, column, &b->notes, b->err));
    for (int64_t i = 0; i < count; i++)
        MIRTI_TRY(add_person(b, batch, column, i, mirti_batch_row(batch, row[i])));
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------- the file -- */

static mirti_status read_all(builder *b, mirti_source *source, mirti_household_reader *households) {
    mirti_batch batch = {0};
    mirti_status status;
    for (;;) {
        status = households ? mirti_household_reader_next(households, &batch, b->err)
                            : mirti_source_next(source, &batch, b->err);
        if (status != MIRTI_OK || batch.rows == 0) break;
        status =
            mirti_source_block_repair(b->plan.block, source, &batch, &b->cube.cube->rows, b->err);
        if (status == MIRTI_OK) status = add_batch(b, &batch);
        if (status != MIRTI_OK) break;
        mirti_arena_rewind(&b->arena);
    }
    if (households) mirti_recode_notes_merge(&b->notes, mirti_household_reader_notes(households));
    mirti_batch_reset(&batch);
    return status;
}

mirti_status mirti_cube_build(const mirti_model_spec *spec, const mirti_source_block *block,
                              const mirti_terms *terms, mirti_source *source,
                              const mirti_cube_options *options, const mirti_listener *listener,
                              mirti_cube **out, mirti_recode_notes *notes, mirti_error *err) {
    *out = NULL;
    int fields;
    const mirti_field *field = mirti_source_fields(source, &fields);
    mirti_household_reader *households = NULL;
    builder b = {.plan = {.spec = spec, .block = block}, .err = err};
    mirti_status status;
    MIRTI_TRY_GOTO(status, mirti_source_block_codes(spec, block, source, err), done);
    MIRTI_TRY_GOTO(status, plan_make(&b.plan, terms, field, fields, options->design, err), done);
    MIRTI_TRY_GOTO(status, describe(&b, terms, options->design), done);
    if (block->household.key.text)
        MIRTI_TRY_GOTO(status, mirti_household_reader_new(source, b.plan.scope, &households, err),
                       done);
    MIRTI_TRY_GOTO(status, select_columns(&b.plan, source, err), done);
    MIRTI_TRY_GOTO(status, read_all(&b, source, households), done);
    const mirti_row_count *rows = &b.cube.cube->rows;
    for (int n = 0; n < rows->notes; n++)
        mirti_log(listener, MIRTI_LOG_INFO, "%s: %lld times %s (first: row %lld, '%s')",
                  block->name, (long long)rows->note[n].rows, rows->note[n].text,
                  (long long)rows->note[n].first_row, rows->note[n].first_value);
    status = mirti_cube_builder_finish(&b.cube, out, err);
done:
    if (notes) *notes = b.notes;
    mirti_household_reader_free(households);
    mirti_cube_builder_reset(&b.cube);
    plan_reset(&b.plan);
    mirti_free(b.value);
    mirti_arena_reset(&b.arena);
    return status;
}
