/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a census file to its cube, in one pass: rows of the population are recoded to the model's
 * predictors, and every person is added to the cell of his area and pattern.
 *
 * Threads share the batches of the file, and each adds up a cube of its own; in the end those are
 * added. Sums are whole numbers and the order of a cube does not depend on who came first, so the
 * cube is the same for any number of threads; what is counted on the way is added up in the order
 * of the file (ledger.c).
 */
#include "cube.h"
#include "ledger.h"

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

enum { MOST_WORKERS = 64 };

/* What one thread works with. */
typedef struct worker {
    mirti_cube_builder cube;
    double *value; /* [variables] of one person */
    mirti_arena arena;
} worker;

typedef struct builder {
    plan plan;
    const mirti_source *source;
    mirti_household_reader *households; /* NULL: persons one by one */
    mirti_census_ledger ledger;
    worker *worker; /* [workers] */
    int workers;
} builder;

/* One batch at one worker. */
typedef struct task {
    const plan *plan;
    worker *worker;
    mirti_census_page *page; /* to be filled */
    const mirti_batch *batch;
    int64_t number;
    mirti_error *err;
} task;

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
        if (!mirti_terms_use(terms, k)) continue;
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
static mirti_status describe(mirti_cube *cube, const plan *p, const mirti_terms *terms,
                             mirti_error *err) {
    const char *kind = p->block->area_kind ? p->block->area_kind : "municipality";
    cube->kind = mirti_arena_copy(&cube->texts, kind, strlen(kind));
    cube->model = mirti_arena_copy(&cube->texts, p->spec->name, strlen(p->spec->name));
    cube->source = mirti_arena_copy(&cube->texts, p->block->name, strlen(p->block->name));
    cube->variable = mirti_new((size_t)p->variables, sizeof *cube->variable);
    bool ok = cube->kind && cube->model && cube->source && cube->variable;
    for (int v = 0; ok && v < p->variables; v++) {
        cube->variable[v] = mirti_cube_variable(&terms->predictor[p->variable[v]], &cube->texts);
        ok = cube->variable[v] != NULL;
    }
    return ok ? MIRTI_OK : mirti_fail_memory(err, "the cube");
}

static mirti_status make_workers(builder *b, int threads, bool design, mirti_error *err) {
    if (threads < 1) threads = mirti_threads_available();
    if (threads > MOST_WORKERS) threads = MOST_WORKERS;
    b->worker = mirti_new((size_t)threads, sizeof *b->worker);
    if (!b->worker) return mirti_fail_memory(err, "the cube");
    b->workers = threads;
    for (int k = 0; k < threads; k++) {
        worker *w = &b->worker[k];
        MIRTI_TRY(mirti_cube_builder_make(&w->cube, err));
        w->cube.cube->design = design;
        w->cube.cube->variables = b->plan.variables;
        w->value = mirti_new((size_t)b->plan.variables, sizeof *w->value);
        if (!w->value) return mirti_fail_memory(err, "the cube");
    }
    return MIRTI_OK;
}

/* --------------------------------------------------------------------------------- one person -- */

/* The value of a predictor; false, counted, when it is not known. */
static bool take_value(const task *t, const mirti_predictor *predictor, const mirti_column *column,
                       int64_t i, int64_t row, double *value) {
    mirti_str offending = {0};
    mirti_reason reason = MIRTI_REASON_PREDICTOR_MISSING;
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
            reason = MIRTI_REASON_PREDICTOR_LEVEL;
            offending = column->text[i];
            break;
        }
    }
    mirti_row_count_drop(&t->page->rows, reason, predictor->name, t->batch->file, row, offending);
    return false;
}

static mirti_status bad_weight(const task *t, int64_t row, const char *what, const char *value) {
    const plan *p = t->plan;
    mirti_status status = mirti_fail(t->err, MIRTI_ERROR_INPUT, "a person's weight %s", what);
    mirti_fail_at(t->err, t->batch->file, row, 0, p->block->weight.text, value);
    mirti_fail_remedy(t->err, "Look at `weight` of source '%s' in %s, and at the row.",
                      p->block->name, p->spec->path);
    return status;
}

/* Weight in millionths; 1 where none is given. */
static mirti_status take_weight(const task *t, const mirti_column *column, int64_t i, int64_t row,
                                int64_t *weight) {
    *weight = 1000000;
    if (!column) return MIRTI_OK;
    if (!column->valid[i]) return bad_weight(t, row, "is missing", NULL);
    double w = column->number[i];
    if (w < 0 || w > 1e9) {
        char text[32];
        mirti_number_print(w, text);
        return bad_weight(t, row, w < 0 ? "cannot be negative" : "is beyond all bounds", text);
    }
    *weight = (int64_t)floor(w * 1e6 + 0.5);
    return MIRTI_OK;
}

static mirti_str text_at(const plan *p, const mirti_column *column, int part, int64_t i) {
    int at = p->part[part];
    if (at < 0 || !column[at].valid[i]) return (mirti_str){"", 0};
    return mirti_str_trim(column[at].text[i]);
}

static mirti_status add_person(const task *t, const mirti_column *column, int64_t i, int64_t row) {
    const plan *p = t->plan;
    worker *w = t->worker;
    mirti_row_count *rows = &t->page->rows;
    const mirti_cube_where where = {text_at(p, column, PART_AREA, i),
                                    text_at(p, column, PART_PARENT, i),
                                    text_at(p, column, PART_STRATUM, i),
                                    text_at(p, column, PART_PSU, i),
                                    {t->number, row, t->batch->file}};
    if (where.code.size == 0) {
        mirti_row_count_drop(rows, MIRTI_REASON_AREA_UNKNOWN, NULL, t->batch->file, row,
                             (mirti_str){0});
        return MIRTI_OK;
    }
    int64_t weight;
    int at = p->part[PART_WEIGHT];
    MIRTI_TRY(take_weight(t, at < 0 ? NULL : &column[at], i, row, &weight));
    if (weight == 0) {
        mirti_row_count_drop(rows, MIRTI_REASON_WEIGHT_ZERO, NULL, t->batch->file, row,
                             (mirti_str){0});
        return MIRTI_OK;
    }
    for (int v = 0; v < p->variables; v++)
        if (!take_value(t, &p->spec->predictor[p->variable[v]], &column[p->predictor[v]], i, row,
                        &w->value[v]))
            return MIRTI_OK;
    mirti_status status = mirti_cube_builder_add(&w->cube, &where, w->value, 1, weight, t->err);
    if (status == MIRTI_ERROR_INPUT)
        mirti_fail_at(t->err, t->batch->file, row, 0, p->block->area.text, NULL);
    rows->used++;
    return status;
}

static mirti_status add_persons(const task *t) {
    const plan *p = t->plan;
    const mirti_batch *batch = t->batch;
    mirti_arena *arena = &t->worker->arena;
    mirti_column filter = {0};
    mirti_row_count *rows = &t->page->rows;
    int64_t *row = mirti_arena_new(arena, (size_t)batch->rows * sizeof *row), count = 0;
    mirti_column *column = mirti_arena_new(arena, (size_t)p->count * sizeof *column);
    if (!row || !column) return mirti_fail_memory(t->err, "a batch of the census");
    if (p->filter)
        MIRTI_TRY(mirti_expr_eval(p->filter, batch, arena, &filter, &t->page->notes, t->err));
    for (int64_t i = 0; i < batch->rows; i++)
        if (!p->filter || (filter.valid[i] && filter.truth[i])) row[count++] = i;
    rows->read += batch->rows;
    rows->outside += batch->rows - count;
    if (count == 0) return MIRTI_OK;
    MIRTI_TRY(mirti_expr_eval_many((const mirti_expr *const *)p->expr, p->count, batch, row, count,
                                   arena, column, &t->page->notes, t->err));
    for (int64_t i = 0; i < count; i++)
        MIRTI_TRY(add_person(t, column, i, mirti_batch_row(batch, row[i])));
    return MIRTI_OK;
}

static mirti_status add_batch(mirti_batch *batch, int64_t number, int index, void *context,
                              mirti_error *err) {
    builder *b = context;
    task t = {.plan = &b->plan,
              .worker = &b->worker[index],
              .page = mirti_new(1, sizeof *t.page),
              .batch = batch,
              .number = number,
              .err = err};
    if (!t.page) return mirti_fail_memory(err, "a batch of the census");
    mirti_arena_rewind(&t.worker->arena);
    mirti_status status =
        mirti_source_block_repair(b->plan.block, b->source, batch, &t.page->rows, err);
    if (status == MIRTI_OK) status = add_persons(&t);
    if (status == MIRTI_OK) {
        mirti_census_ledger_enter(&b->ledger, t.page, number);
    } else {
        mirti_free(t.page);
    }
    return status;
}

/* ------------------------------------------------------------------------------------- the file -- */

static mirti_status read_all(builder *b, mirti_source *source, mirti_error *err) {
    if (!b->households) return mirti_source_each(source, b->workers, add_batch, b, err);
    return mirti_household_reader_each(b->households, b->workers, add_batch, b, err);
}

/* All in the first worker's cube. */
static mirti_status add_up(builder *b, mirti_error *err) {
    for (int k = 1; k < b->workers; k++) {
        MIRTI_TRY(mirti_cube_builder_merge(&b->worker[0].cube, &b->worker[k].cube, err));
        mirti_cube_builder_reset(&b->worker[k].cube);
    }
    b->worker[0].cube.cube->rows = b->ledger.sum.rows;
    if (b->households)
        mirti_recode_notes_merge(&b->ledger.sum.notes, mirti_household_reader_notes(b->households));
    return MIRTI_OK;
}

static void free_workers(builder *b) {
    for (int k = 0; k < b->workers; k++) {
        mirti_cube_builder_reset(&b->worker[k].cube);
        mirti_free(b->worker[k].value);
        mirti_arena_reset(&b->worker[k].arena);
    }
    mirti_free(b->worker);
}

static mirti_status build(builder *b, const mirti_terms *terms, mirti_source *source,
                          const mirti_cube_options *options, const mirti_listener *listener,
                          mirti_cube **out, mirti_error *err) {
    int fields;
    const mirti_field *field = mirti_source_fields(source, &fields);
    const mirti_source_block *block = b->plan.block;
    MIRTI_TRY(mirti_source_block_codes(b->plan.spec, block, source, err));
    MIRTI_TRY(plan_make(&b->plan, terms, field, fields, options->design, err));
    MIRTI_TRY(make_workers(b, options->threads, options->design, err));
    MIRTI_TRY(describe(b->worker[0].cube.cube, &b->plan, terms, err));
    if (block->household.key.text)
        MIRTI_TRY(mirti_household_reader_new(source, b->plan.scope, &b->households, err));
    MIRTI_TRY(select_columns(&b->plan, source, err));
    MIRTI_TRY(read_all(b, source, err));
    MIRTI_TRY(add_up(b, err));
    const mirti_row_count *rows = &b->ledger.sum.rows;
    for (int n = 0; n < rows->notes; n++)
        mirti_log(listener, MIRTI_LOG_INFO, "%s: %lld times %s (first: row %lld, '%s')",
                  block->name, (long long)rows->note[n].rows, rows->note[n].text,
                  (long long)rows->note[n].first_row, rows->note[n].first_value);
    mirti_status status = mirti_cube_builder_finish(&b->worker[0].cube, out, err);
    if (status == MIRTI_ERROR_INPUT) mirti_fail_at(err, NULL, 0, 0, block->area.text, NULL);
    return status;
}

mirti_status mirti_cube_build(const mirti_model_spec *spec, const mirti_source_block *block,
                              const mirti_terms *terms, mirti_source *source,
                              const mirti_cube_options *options, const mirti_listener *listener,
                              mirti_cube **out, mirti_recode_notes *notes, mirti_error *err) {
    *out = NULL;
    builder b = {.plan = {.spec = spec, .block = block}, .source = source};
    MIRTI_TRY(mirti_census_ledger_make(&b.ledger, err));
    mirti_status status = build(&b, terms, source, options, listener, out, err);
    if (notes) *notes = b.ledger.sum.notes;
    mirti_household_reader_free(b.households);
    mirti_census_ledger_reset(&b.ledger);
    free_workers(&b);
    plan_reset(&b.plan);
    return status;
}
