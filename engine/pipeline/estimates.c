/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source of kind estimates: one row for each area, with a direct estimate that somebody else made
 * and its error. An area without an estimate may be left out or left empty; what cannot be – a rate
 * beyond 0 and 1, an error below 0, an area twice – is an error that names the row. */
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AREA, ESTIMATE, ERROR, ROWS, PARTS };

typedef struct reader {
    const mirti_model_spec *spec;
    const mirti_source_block *block;
    mirti_scope *scope;
    mirti_expr *filter, *part[PARTS]; /* NULL: not given */
    mirti_arena arena;                /* of one batch */
    mirti_direct *direct;
    int64_t room;
} reader;

static mirti_status no_memory(mirti_error *err) {
    return mirti_fail_memory(err, "the direct estimates");
}

/* The one of the three that the block gives: its error, in which form. */
static const mirti_expression_text *error_of(const mirti_estimates_rule *rule) {
    return rule->se.text ? &rule->se : rule->variance.text ? &rule->variance : &rule->cv;
}

static const char *error_name(const mirti_estimates_rule *rule) {
    return rule->se.text ? "se" : rule->variance.text ? "variance" : "cv";
}

static mirti_status compile(reader *r, const char *name, const mirti_expression_text *text,
                            mirti_type type, mirti_expr **out, mirti_error *err) {
    if (!text->text) return MIRTI_OK;
    const mirti_expression_origin origin = {r->spec->path, text->place.line, text->place.column,
                                            name};
    return mirti_expr_compile(r->scope, text->text, type, &origin, out, err);
}

static mirti_status compile_all(reader *r, mirti_error *err) {
    const mirti_estimates_rule *rule = &r->block->estimates;
    MIRTI_TRY(compile(r, "filter", &r->block->filter, MIRTI_TYPE_TRUTH, &r->filter, err));
    MIRTI_TRY(compile(r, "area", &r->block->area, MIRTI_TYPE_TEXT, &r->part[AREA], err));
    MIRTI_TRY(compile(r, "estimate", &rule->value, MIRTI_TYPE_NUMBER, &r->part[ESTIMATE], err));
    MIRTI_TRY(
        compile(r, error_name(rule), error_of(rule), MIRTI_TYPE_NUMBER, &r->part[ERROR], err));
    return compile(r, "rows", &rule->rows, MIRTI_TYPE_NUMBER, &r->part[ROWS], err);
}

static mirti_status select_columns(reader *r, mirti_source *source, mirti_error *err) {
    int fields = 0;
    mirti_source_fields(source, &fields);
    int *columns = mirti_new((size_t)fields + 1, sizeof *columns), count = fields;
    if (!columns) return no_memory(err);
    mirti_scope_columns(r->scope, columns, &count);
    mirti_status status = mirti_source_select(source, columns, count, err);
    mirti_free(columns);
    return status;
}

/* ------------------------------------------------------------------------------------- one row -- */

static mirti_status bad(const mirti_batch *batch, int64_t i, const char *what,
                        const char *expression, double value, mirti_error *err) {
    char text[352] = "";
    if (!isnan(value)) mirti_number_print(value, text);
    mirti_status status = mirti_fail(err, MIRTI_ERROR_INPUT, "%s", what);
    mirti_fail_at(err, batch->file, mirti_batch_row(batch, i), 0, expression, text);
    return status;
}

static double number_at(const mirti_column *column, int64_t i) {
    return column && column->valid[i] ? column->number[i] : (double)NAN;
}

static double variance_of(const mirti_estimates_rule *rule, double estimate, double error) {
    if (rule->variance.text) return error;
    double se = rule->se.text ? error : error * estimate;
    return se * se;
}

static mirti_status grow(reader *r, mirti_error *err) {
    mirti_direct *d = r->direct;
    if (d->areas < r->room) return MIRTI_OK;
    int64_t room = r->room ? 2 * r->room : 512;
    double **numbers[] = {&d->estimate, &d->variance, &d->rows};
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        double *grown = mirti_resize(*numbers[k], (size_t)room, sizeof *grown);
        if (!grown) return no_memory(err);
        *numbers[k] = grown;
    }
    char **code = mirti_resize(d->code, (size_t)room, sizeof *code);
    if (!code) return no_memory(err);
    d->code = code;
    r->room = room;
    return MIRTI_OK;
}

static mirti_status add_row(reader *r, const mirti_batch *batch, const mirti_column *const *part,
                            int64_t i, mirti_error *err) {
    const mirti_estimates_rule *rule = &r->block->estimates;
    mirti_direct *d = r->direct;
    double estimate = number_at(part[ESTIMATE], i), error = number_at(part[ERROR], i);
    if (!part[AREA]->valid[i] || part[AREA]->text[i].size == 0)
        return bad(batch, i, "an estimate of no area: its code is not known", r->block->area.text,
                   NAN, err);
    if (estimate < 0 || estimate > 1) {
        mirti_status status = bad(batch, i, "an estimate must be a rate from 0 to 1",
                                  rule->value.text, estimate, err);
        mirti_fail_remedy(err, "22 per cent are 0.22: divide `estimate` and its error by 100.");
        return status;
    }
    if (error < 0 || isinf(error))
        return bad(batch, i, "the error of an estimate must be a number from 0",
                   error_of(rule)->text, error, err);
    MIRTI_TRY(grow(r, err));
    d->code[d->areas] =
        mirti_arena_copy(&d->texts, part[AREA]->text[i].data, part[AREA]->text[i].size);
    if (!d->code[d->areas]) return no_memory(err);
    d->estimate[d->areas] = estimate;
    d->variance[d->areas] = variance_of(rule, estimate, error);
    d->rows[d->areas] = number_at(part[ROWS], i);
    d->areas++;
    if (isnan(estimate))
        mirti_row_count_drop(&d->count, MIRTI_REASON_NO_ESTIMATE, NULL, batch->file,
                             mirti_batch_row(batch, i), part[AREA]->text[i]);
    else
        d->count.used++;
    return MIRTI_OK;
}

static mirti_status add_batch(reader *r, const mirti_batch *batch, mirti_error *err) {
    mirti_column column[PARTS + 1];
    const mirti_expr *expr[PARTS + 1];
    const mirti_column *part[PARTS] = {0}, *filter = NULL;
    int count = 0;
    for (int k = 0; k < PARTS; k++) {
        if (!r->part[k]) continue;
        part[k] = &column[count];
        expr[count++] = r->part[k];
    }
    if (r->filter) {
        filter = &column[count];
        expr[count++] = r->filter;
    }
    mirti_arena_rewind(&r->arena);
    MIRTI_TRY(mirti_expr_eval_many(expr, count, batch, NULL, 0, &r->arena, column,
                                   &r->direct->notes, err));
    for (int64_t i = 0; i < batch->rows; i++) {
        r->direct->count.read++;
        if (filter && !(filter->valid[i] && filter->truth[i]))
            r->direct->count.outside++;
        else
            MIRTI_TRY(add_row(r, batch, part, i, err));
    }
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------ the whole -- */

typedef struct entry {
    const char *code;
    double estimate, variance, rows;
} entry;

static int compare(const void *a, const void *b) {
    return strcmp(((const entry *)a)->code, ((const entry *)b)->code);
}

/* Puts the areas in byte order of their codes; an area that is there twice is an error. */
static mirti_status sort(mirti_direct *d, mirti_error *err) {
    entry *list = mirti_new((size_t)d->areas, sizeof *list);
    if (!list) return no_memory(err);
    for (int64_t a = 0; a < d->areas; a++)
        list[a] = (entry){d->code[a], d->estimate[a], d->variance[a], d->rows[a]};
    qsort(list, (size_t)d->areas, sizeof *list, compare);
    mirti_status status = MIRTI_OK;
    for (int64_t a = 0; a < d->areas && status == MIRTI_OK; a++) {
        d->code[a] = (char *)list[a].code;
        d->estimate[a] = list[a].estimate;
        d->variance[a] = list[a].variance;
        d->rows[a] = list[a].rows;
        if (a > 0 && strcmp(list[a].code, list[a - 1].code) == 0)
            status = mirti_fail(err, MIRTI_ERROR_INPUT, "area '%s' has two direct estimates",
                                list[a].code);
    }
    mirti_free(list);
    return status;
}

static mirti_status read_all(reader *r, mirti_source *source, mirti_error *err) {
    int fields = 0;
    const mirti_field *field = mirti_source_fields(source, &fields);
    mirti_batch batch = {0};
    MIRTI_TRY(mirti_source_block_codes(r->spec, r->block, source, err));
    MIRTI_TRY(mirti_source_block_scope(r->spec, r->block, field, fields, &r->scope, err));
    MIRTI_TRY(compile_all(r, err));
    MIRTI_TRY(select_columns(r, source, err));
    mirti_status status = MIRTI_OK;
    while (status == MIRTI_OK) {
        status = mirti_source_next(source, &batch, err);
        if (status != MIRTI_OK || batch.rows == 0) break;
        status = mirti_source_block_repair(r->block, source, &batch, &r->direct->count, err);
        if (status == MIRTI_OK) status = add_batch(r, &batch, err);
    }
    mirti_batch_reset(&batch);
    return status == MIRTI_OK ? sort(r->direct, err) : status;
}

mirti_status mirti_direct_read(const mirti_model_spec *spec, const mirti_source_block *block,
                               mirti_source *source, mirti_direct **out, mirti_error *err) {
    *out = NULL;
    reader r = {.spec = spec, .block = block, .direct = mirti_new(1, sizeof *r.direct)};
    if (!r.direct) return no_memory(err);
    mirti_status status = read_all(&r, source, err);
    mirti_expr_free(r.filter);
    for (int k = 0; k < PARTS; k++)
        mirti_expr_free(r.part[k]);
    mirti_scope_free(r.scope);
    mirti_arena_reset(&r.arena);
    if (status == MIRTI_OK)
        *out = r.direct;
    else
        mirti_direct_free(r.direct);
    return status;
}

void mirti_direct_free(mirti_direct *direct) {
    if (!direct) return;
    mirti_free(direct->code);
    mirti_free(direct->estimate);
    mirti_free(direct->variance);
    mirti_free(direct->rows);
    mirti_arena_reset(&direct->texts);
    mirti_free(direct);
}
