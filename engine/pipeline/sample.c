/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a survey file to the rows of a fit: every variable of the model is one expression of the
 * source block, evaluated batch by batch; a category becomes the index of its level, a row of
 * values becomes a row of the design matrix. Rows outside the population stay in the sample,
 * because the design needs their PSUs (a subpopulation keeps the whole design); what is unknown is
 * counted. */
#include "sample.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Expressions of a source block that every row needs, in the order of `recode_plan.all`. */
enum { FILTER, WEIGHT, STRATUM, PSU, FPC, SSU, SSU_FPC, AREA, PARENT_AREA, DESIGN_PARTS };

/* The compiled expressions, in two groups that are each evaluated together: the design of all rows,
 * and the outcome (first) and predictors of the rows that the filter leaves. What the block does
 * not give is absent: `place` says where a part stands in its group, −1 for nowhere. */
typedef struct recode_plan {
    mirti_expr **all, **chosen;
    int all_count, chosen_count;
    int place[DESIGN_PARTS];
    int *predictor_place; ///< [predictors]
} recode_plan;

/* One batch after evaluation. */
typedef struct recoded {
    mirti_column *all;    ///< over all rows of the batch
    mirti_column *chosen; ///< over the rows that the filter leaves
    int64_t *rows;        ///< those rows
    int64_t selected;
} recoded;

/* Growing columns of the sample. Codes are kept once per distinct run of equal values in the arena.
 */
typedef struct builder {
    mirti_sample *sample;
    int64_t room;
    double *weight, *fpc, *ssu_fpc;
    mirti_str *stratum, *psu, *ssu;
    mirti_sample_replicates replicates; ///< that the survey brings along; last among all rows'
    mirti_sample_where where;
} builder;

static mirti_type predictor_type(const mirti_predictor *predictor) {
    switch (predictor->kind) {
    case MIRTI_PREDICTOR_CATEGORY: return MIRTI_TYPE_TEXT;
    case MIRTI_PREDICTOR_BINARY: return MIRTI_TYPE_TRUTH;
    case MIRTI_PREDICTOR_NUMBER: break;
    }
    return MIRTI_TYPE_NUMBER;
}

/* Compiles an expression into the next place of a group; −1 when the block does not give it. */
static mirti_status compile(mirti_scope *scope, const char *file, const char *name,
                            const mirti_expression_text *text, mirti_type type, mirti_expr **group,
                            int *count, int *place, mirti_error *err) {
    *place = -1;
    if (!text->text) return MIRTI_OK;
    const mirti_expression_origin origin = {file, text->place.line, text->place.column, name};
    mirti_expr *expr = NULL;
    MIRTI_TRY(mirti_expr_compile(scope, text->text, type, &origin, &expr, err));
    *place = (*count)++;
    group[*place] = expr;
    return MIRTI_OK;
}

static mirti_status plan_compile(recode_plan *plan, const mirti_model_spec *spec,
                                 const mirti_source_block *block, mirti_sample *sample,
                                 mirti_sample_replicates *replicates, mirti_scope *scope,
                                 mirti_error *err) {
    const struct {
        const char *name;
        const mirti_expression_text *text;
        mirti_type type;
    } part[DESIGN_PARTS] = {
        {"filter", &block->filter, MIRTI_TYPE_TRUTH},
        {"weight", &block->weight, MIRTI_TYPE_NUMBER},
        {"stratum", &block->stratum, MIRTI_TYPE_TEXT},
        {"psu", &block->psu, MIRTI_TYPE_TEXT},
        {"fpc", &block->fpc, MIRTI_TYPE_NUMBER},
        {"ssu", &block->ssu, MIRTI_TYPE_TEXT},
        {"ssu_fpc", &block->ssu_fpc, MIRTI_TYPE_NUMBER},
        {"area", &block->area, MIRTI_TYPE_TEXT},
        {"parent_area", &block->parent_area, MIRTI_TYPE_TEXT},
    };
    plan->all = mirti_new((size_t)(DESIGN_PARTS + replicates->count), sizeof(mirti_expr *));
    plan->chosen =
        mirti_new((size_t)spec->predictors + 1 + (size_t)sample->extras, sizeof(mirti_expr *));
    plan->predictor_place = mirti_new((size_t)spec->predictors + 1, sizeof(int));
    if (!plan->all || !plan->chosen || !plan->predictor_place) {
        return mirti_fail_memory(err, "the survey's expressions");
    }
    for (int i = 0; i < DESIGN_PARTS; i++) {
        MIRTI_TRY(compile(scope, spec->path, part[i].name, part[i].text, part[i].type, plan->all,
                          &plan->all_count, &plan->place[i], err));
    }
    replicates->first = plan->all_count;
    for (int r = 0, place; r < replicates->count; r++)
        MIRTI_TRY(compile(scope, spec->path, "replicates", &replicates->expression[r],
                          MIRTI_TYPE_NUMBER, plan->all, &plan->all_count, &place, err));
    int outcome;
    MIRTI_TRY(compile(scope, spec->path, spec->outcome, &block->outcome, MIRTI_TYPE_TRUTH,
                      plan->chosen, &plan->chosen_count, &outcome, err));
    for (int k = 0; k < spec->predictors; k++) {
        const mirti_predictor *predictor = &spec->predictor[k];
        MIRTI_TRY(compile(scope, spec->path, predictor->name, &block->predictor[k],
                          predictor_type(predictor), plan->chosen, &plan->chosen_count,
                          &plan->predictor_place[k], err));
    }
    return mirti_sample_extras_compile(sample, scope, plan->chosen, &plan->chosen_count, err);
}

static void plan_free(recode_plan *plan) {
    for (int i = 0; i < plan->all_count; i++)
        mirti_expr_free(plan->all[i]);
    for (int i = 0; i < plan->chosen_count; i++)
        mirti_expr_free(plan->chosen[i]);
    mirti_free(plan->all);
    mirti_free(plan->chosen);
    mirti_free(plan->predictor_place);
}

/* Evaluates a batch: first what every row needs, then the variables of the rows the filter leaves.
 */
static mirti_status plan_eval(const recode_plan *plan, const mirti_batch *batch, mirti_arena *arena,
                              recoded *out, mirti_recode_notes *notes, mirti_error *err) {
    out->rows = mirti_arena_new(arena, (size_t)batch->rows * sizeof *out->rows);
    if (!out->rows) return mirti_fail_memory(err, "the survey");
    MIRTI_TRY(mirti_expr_eval_many((const mirti_expr *const *)plan->all, plan->all_count, batch,
                                   NULL, 0, arena, out->all, notes, err));
    const mirti_column *filter = plan->place[FILTER] < 0 ? NULL : &out->all[plan->place[FILTER]];
    out->selected = 0;
    for (int64_t i = 0; i < batch->rows; i++) {
        if (!filter || (filter->valid[i] && filter->truth[i])) out->rows[out->selected++] = i;
    }
    return mirti_expr_eval_many((const mirti_expr *const *)plan->chosen, plan->chosen_count, batch,
                                out->rows, out->selected, arena, out->chosen, notes, err);
}

/* A part of the design, or NULL when the block does not give it. */
static const mirti_column *design_part(const recode_plan *plan, const recoded *c, int part) {
    return plan->place[part] < 0 ? NULL : &c->all[plan->place[part]];
}

static mirti_status grow(builder *b, int64_t rows, const recode_plan *plan, mirti_error *err) {
    mirti_sample *s = b->sample;
    if (rows <= b->room) return MIRTI_OK;
    int64_t room = b->room ? b->room : 8192;
    while (room < rows)
        room *= 2;
    const size_t n = (size_t)room;
#define GROW(array, width)                                                                         \
    do {                                                                                           \
        void *grown = mirti_resize((array), n * (size_t)(width), sizeof *(array));                 \
        if (!grown) return mirti_fail_memory(err, "the survey");                                   \
        (array) = grown;                                                                           \
    } while (0)
    GROW(s->x, s->columns);
    GROW(s->value, s->predictors);
    GROW(s->y, 1);
    GROW(s->in, 1);
    GROW(s->population, 1);
    GROW(b->weight, 1);
    if (plan->place[STRATUM] >= 0) GROW(b->stratum, 1);
    if (plan->place[PSU] >= 0) GROW(b->psu, 1);
    if (plan->place[FPC] >= 0) GROW(b->fpc, 1);
    if (plan->place[SSU] >= 0) GROW(b->ssu, 1);
    if (b->replicates.count > 0) GROW(b->replicates.weight, b->replicates.count);
    if (plan->place[SSU_FPC] >= 0) GROW(b->ssu_fpc, 1);
    if (plan->place[AREA] >= 0) GROW(s->area, 1);
    if (plan->place[PARENT_AREA] >= 0) GROW(s->parent_area, 1);
#undef GROW
    b->room = room;
    return mirti_sample_extras_grow(s, room, err);
}

/* A code kept beyond its batch; NULL when memory runs out. */
static char *keep(mirti_sample *sample, mirti_str code) {
    return mirti_arena_copy(&sample->arena, code.data, code.size);
}

mirti_status mirti_sample_design_unknown(const mirti_batch *batch, int64_t i, const char *what,
                                         const char *expression, mirti_error *err) {
    mirti_status status = mirti_fail(
        err, MIRTI_ERROR_INPUT,
        "the survey's %s is not known in this row, and no estimate can do without it", what);
    mirti_fail_at(err, batch->file, mirti_batch_row(batch, i), 0, expression, NULL);
    mirti_fail_remedy(err,
                      "complete the row or the `%s` expression of the model file; rows of other "
                      "populations belong out of the file or under `filter`",
                      what);
    return status;
}

/* A finite-population value of row i, which must be known. */
static mirti_status add_fpc(const mirti_column *column, const mirti_batch *batch, int64_t i,
                            const char *what, const char *expression, double *out,
                            mirti_error *err) {
    if (!column) return MIRTI_OK;
    if (!column->valid[i]) return mirti_sample_design_unknown(batch, i, what, expression, err);
    *out = column->number[i];
    return MIRTI_OK;
}

/* Weight of row i: known, and not negative. A weight of zero keeps the row's PSU in the design and
 * the row out of the fit, as in R. */
static mirti_status add_weight(builder *b, const mirti_source_block *block, const recode_plan *plan,
                               const recoded *c, const mirti_batch *batch, int64_t i, int64_t row,
                               mirti_error *err) {
    const mirti_column *weight = design_part(plan, c, WEIGHT);
    if (weight && !weight->valid[i])
        return mirti_sample_design_unknown(batch, i, "weight", block->weight.text, err);
    b->weight[row] = weight ? weight->number[i] : 1;
    if (!(b->weight[row] >= 0)) {
        char value[32];
        mirti_number_print(b->weight[row], value);
        mirti_status status = mirti_fail(err, MIRTI_ERROR_INPUT,
                                         "a survey weight cannot be negative: it says how many "
                                         "children the row stands for");
        mirti_fail_at(err, batch->file, mirti_batch_row(batch, i), 0, block->weight.text, value);
        mirti_fail_remedy(err,
                          "check the weight column; a row that stands for nobody has the weight 0");
        return status;
    }
    return MIRTI_OK;
}

/* Stratum or PSU of row i, kept beyond its batch. */
static mirti_status add_code(builder *b, const mirti_column *column, const mirti_batch *batch,
                             int64_t i, const char *what, const char *expression, mirti_str *out,
                             mirti_error *err) {
    if (!column) return MIRTI_OK;
    if (!column->valid[i]) return mirti_sample_design_unknown(batch, i, what, expression, err);
    char *code = keep(b->sample, column->text[i]);
    if (!code) return mirti_fail_memory(err, "the survey");
    *out = (mirti_str){code, column->text[i].size};
    return MIRTI_OK;
}

/* Area of row i; not every survey says it of every child. */
static mirti_status add_area(builder *b, const mirti_column *column, int64_t i, char **out,
                             mirti_error *err) {
    *out = NULL;
    if (!column->valid[i]) return MIRTI_OK;
    *out = keep(b->sample, column->text[i]);
    return *out ? MIRTI_OK : mirti_fail_memory(err, "the survey");
}

static mirti_status add_design(builder *b, const mirti_source_block *block, const recode_plan *plan,
                               const recoded *c, const mirti_batch *batch, int64_t i, int64_t row,
                               mirti_error *err) {
    mirti_sample *s = b->sample;
    MIRTI_TRY(add_weight(b, block, plan, c, batch, i, row, err));
    MIRTI_TRY(add_fpc(design_part(plan, c, FPC), batch, i, "fpc", block->fpc.text,
                      b->fpc ? &b->fpc[row] : NULL, err));
    MIRTI_TRY(add_fpc(design_part(plan, c, SSU_FPC), batch, i, "ssu_fpc", block->ssu_fpc.text,
                      b->ssu_fpc ? &b->ssu_fpc[row] : NULL, err));
    MIRTI_TRY(add_code(b, design_part(plan, c, STRATUM), batch, i, "stratum", block->stratum.text,
                       b->stratum ? &b->stratum[row] : NULL, err));
    MIRTI_TRY(add_code(b, design_part(plan, c, SSU), batch, i, "ssu", block->ssu.text,
                       b->ssu ? &b->ssu[row] : NULL, err));
    MIRTI_TRY(add_code(b, design_part(plan, c, PSU), batch, i, "psu", block->psu.text,
                       b->psu ? &b->psu[row] : NULL, err));
    if (b->replicates.count > 0)
        MIRTI_TRY(mirti_sample_replicates_add(&b->replicates, block, c->all, batch, i, row,
                                              b->weight[row], err));
    if (s->area) MIRTI_TRY(add_area(b, design_part(plan, c, AREA), i, &s->area[row], err));
    if (s->parent_area) {
        MIRTI_TRY(add_area(b, design_part(plan, c, PARENT_AREA), i, &s->parent_area[row], err));
    }
    return MIRTI_OK;
}

static int level_index(const mirti_predictor *predictor, mirti_str name) {
    for (int l = 0; l < predictor->levels; l++) {
        if (mirti_str_is(name, predictor->level[l])) return l;
    }
    return -1;
}

/* Value of a predictor in row i; false (with a reason) when it is not known. */
static bool predictor_value(const mirti_predictor *predictor, const mirti_column *column, int64_t i,
                            double *value, mirti_reason *reason, mirti_str *offending) {
    *offending = (mirti_str){0};
    if (!column->valid[i]) {
        *reason = MIRTI_REASON_PREDICTOR_MISSING;
        return false;
    }
    switch (predictor->kind) {
    case MIRTI_PREDICTOR_CATEGORY: {
        int level = level_index(predictor, column->text[i]);
        *value = level;
        *reason = MIRTI_REASON_PREDICTOR_LEVEL;
        *offending = column->text[i];
        return level >= 0;
    }
    case MIRTI_PREDICTOR_BINARY: *value = column->truth[i]; return true;
    case MIRTI_PREDICTOR_NUMBER: *value = column->number[i]; break;
    }
    *reason = MIRTI_REASON_PREDICTOR_INFINITE;
    return isfinite(*value);
}

/* Outcome and predictors of a row of the population (place j among the chosen): fills y and x, or
 * counts why the row cannot be used. */
static void add_variables(builder *b, const mirti_model_spec *spec, const mirti_terms *terms,
                          const recode_plan *plan, const recoded *c, int64_t j, const char *file,
                          int64_t file_row, int64_t row) {
    mirti_sample *s = b->sample;
    const mirti_column *outcome = &c->chosen[0];
    if (b->weight[row] == 0) {
        mirti_row_count_drop(&s->count, MIRTI_REASON_WEIGHT_ZERO, NULL, file, file_row,
                             (mirti_str){0});
        return;
    }
    if (!outcome->valid[j]) {
        mirti_row_count_drop(&s->count, MIRTI_REASON_OUTCOME_MISSING, spec->outcome, file, file_row,
                             (mirti_str){0});
        return;
    }
    double *value = s->value + row * s->predictors;
    for (int k = 0; k < spec->predictors; k++) {
        value[k] = 0; /* of a predictor that no term uses: the spec room has checked that */
        if (plan->predictor_place[k] < 0) continue;
        mirti_reason reason = MIRTI_REASON_OTHER;
        mirti_str offending;
        if (!predictor_value(&spec->predictor[k], &c->chosen[plan->predictor_place[k]], j,
                             &value[k], &reason, &offending)) {
            mirti_row_count_drop(&s->count, reason, spec->predictor[k].name, file, file_row,
                                 offending);
            return;
        }
    }
    s->y[row] = outcome->truth[j];
    s->in[row] = 1;
    s->count.used++;
    mirti_terms_row(terms, value, s->x + row * s->columns);
}

/* Adds to an error about row i the text that stands where a number is asked for, if that is why a
 * part of the design is not known: the row is evaluated once more, with notes of its own. */
static void tell_value(const recode_plan *plan, const mirti_batch *batch, int64_t i, int columns,
                       mirti_error *err) {
    mirti_arena arena = {0};
    mirti_recode_notes notes = {0};
    mirti_column *all = mirti_new((size_t)columns, sizeof *all);
    if (all &&
        mirti_expr_eval_many((const mirti_expr *const *)plan->all, plan->all_count, batch, &i, 1,
                             &arena, all, &notes, NULL) == MIRTI_OK &&
        notes.not_a_number.count > 0)
        mirti_fail_at(err, NULL, 0, 0, notes.not_a_number.first_column,
                      notes.not_a_number.first_value);
    mirti_free(all);
    mirti_arena_reset(&arena);
}

static mirti_status add_designs(builder *b, const mirti_source_block *block,
                                const recode_plan *plan, const recoded *c, const mirti_batch *batch,
                                mirti_error *err) {
    for (int64_t i = 0; i < batch->rows; i++) {
        mirti_status status = add_design(b, block, plan, c, batch, i, b->sample->rows + i, err);
        if (status == MIRTI_OK) continue;
        if (status == MIRTI_ERROR_INPUT && err && !err->value[0])
            tell_value(plan, batch, i, DESIGN_PARTS + b->replicates.count, err);
        return status;
    }
    return MIRTI_OK;
}

static mirti_status add_batch(builder *b, const mirti_model_spec *spec,
                              const mirti_source_block *block, const mirti_terms *terms,
                              const recode_plan *plan, const recoded *c, const mirti_batch *batch,
                              mirti_error *err) {
    mirti_sample *s = b->sample;
    MIRTI_TRY(mirti_sample_where_add(&b->where, batch, s->rows, err));
    MIRTI_TRY(add_designs(b, block, plan, c, batch, err));
    const size_t n = (size_t)batch->rows;
    memset(s->x + s->rows * s->columns, 0, n * (size_t)s->columns * sizeof *s->x);
    memset(s->y + s->rows, 0, n * sizeof *s->y);
    memset(s->in + s->rows, 0, n * sizeof *s->in);
    memset(s->population + s->rows, 0, n * sizeof *s->population);
    for (int64_t j = 0; j < c->selected; j++) {
        const int64_t i = c->rows[j];
        s->population[s->rows + i] = 1;
        add_variables(b, spec, terms, plan, c, j, batch->file, mirti_batch_row(batch, i),
                      s->rows + i);
    }
    MIRTI_TRY(
        mirti_sample_extras_fill(s, c->chosen, c->rows, c->selected, s->rows, batch->rows, err));
    s->rows += batch->rows;
    s->count.read += batch->rows;
    s->count.outside += batch->rows - c->selected;
    return MIRTI_OK;
}

/* Tells the source which columns the expressions use; the others are never even copied. */
static mirti_status select_columns(mirti_scope *scope, mirti_source *source, int fields,
                                   mirti_error *err) {
    int *columns = mirti_new((size_t)fields + 1, sizeof *columns);
    if (!columns) return mirti_fail_memory(err, "the columns of the survey");
    int count = fields;
    mirti_scope_columns(scope, columns, &count);
    mirti_status status = mirti_source_select(source, columns, count, err);
    mirti_free(columns);
    return status;
}

/* The next rows; in whole households where the block says how persons form one. */
static mirti_status next_batch(mirti_source *source, mirti_household_reader *households,
                               mirti_batch *batch, mirti_error *err) {
    return households ? mirti_household_reader_next(households, batch, err)
                      : mirti_source_next(source, batch, err);
}

static mirti_status read_all(builder *b, const mirti_model_spec *spec,
                             const mirti_source_block *block, const mirti_terms *terms,
                             const recode_plan *plan, mirti_source *source,
                             mirti_household_reader *households, const mirti_listener *listener,
                             mirti_error *err) {
    mirti_sample *s = b->sample;
    mirti_arena arena = {0};
    mirti_batch batch = {0};
    recoded columns = {
        .all = mirti_new((size_t)(DESIGN_PARTS + b->replicates.count), sizeof(mirti_column)),
        .chosen = mirti_new((size_t)plan->chosen_count, sizeof(mirti_column))};
    mirti_status status = MIRTI_OK;
    if (!columns.all || !columns.chosen) status = mirti_fail_memory(err, "the survey");
    while (status == MIRTI_OK) {
        mirti_arena_rewind(&arena);
        MIRTI_TRY_GOTO(status, next_batch(source, households, &batch, err), done);
        if (batch.rows == 0) break;
        MIRTI_TRY_GOTO(status, mirti_source_block_repair(block, source, &batch, &s->count, err),
                       done);
        MIRTI_TRY_GOTO(status, grow(b, s->rows + batch.rows, plan, err), done);
        MIRTI_TRY_GOTO(status, plan_eval(plan, &batch, &arena, &columns, &s->notes, err), done);
        MIRTI_TRY_GOTO(status, add_batch(b, spec, block, terms, plan, &columns, &batch, err), done);
        MIRTI_TRY_GOTO(status, mirti_progress(listener, "survey", (double)s->rows, 0, err), done);
    }
    if (status == MIRTI_OK && households)
        mirti_recode_notes_merge(&s->notes, mirti_household_reader_notes(households));
done:
    mirti_batch_reset(&batch);
    mirti_arena_reset(&arena);
    mirti_free(columns.all);
    mirti_free(columns.chosen);
    return status;
}

static mirti_status make_design(builder *b, const mirti_source_block *block,
                                const mirti_sample_options *options, mirti_error *err) {
    mirti_sample *s = b->sample;
    mirti_status status =
        mirti_survey_design_new(s->rows, b->weight, b->stratum, b->psu, block->psu_nested, b->fpc,
                                options->lonely, &s->design, err);
    if (status == MIRTI_OK && b->ssu_fpc)
        status = mirti_survey_design_second_stage(s->design, b->ssu, b->ssu_fpc, err);
    if (status != MIRTI_OK) {
        mirti_sample_where_tell(&b->where, err);
        return status;
    }
    return mirti_sample_replicates_make(&b->replicates, s, block, options, err);
}

mirti_status mirti_sample_read(const mirti_model_spec *spec, const mirti_source_block *block,
                               const mirti_terms *terms, mirti_source *source,
                               const mirti_sample_options *options, const mirti_listener *listener,
                               mirti_sample **out, mirti_error *err) {
    const mirti_sample_options defaults = {0};
    if (!options) options = &defaults;
    *out = NULL;
    int fields = 0;
    const mirti_field *field = mirti_source_fields(source, &fields);
    recode_plan plan = {0};
    mirti_scope *scope = NULL;
    mirti_household_reader *households = NULL;
    builder b = {.sample = mirti_new(1, sizeof(mirti_sample))};
    mirti_status status = MIRTI_OK;
    if (!b.sample) return mirti_fail_memory(err, "the survey");
    b.sample->columns = terms->columns;
    b.sample->predictors = spec->predictors;

    MIRTI_TRY_GOTO(status, mirti_sample_extras_copy(b.sample, options, err), done);
    if (options->variance.method == MIRTI_VARIANCE_GIVEN)
        MIRTI_TRY_GOTO(status,
                       mirti_sample_replicates_find(&b.replicates, spec, block, field, fields,
                                                    &b.sample->arena, err),
                       done);
    MIRTI_TRY_GOTO(status, mirti_source_block_codes(spec, block, source, err), done);
    MIRTI_TRY_GOTO(status, mirti_source_block_scope(spec, block, field, fields, &scope, err), done);
    MIRTI_TRY_GOTO(status, plan_compile(&plan, spec, block, b.sample, &b.replicates, scope, err),
                   done);
    if (block->household.key.text) {
        MIRTI_TRY_GOTO(status, mirti_household_reader_new(source, scope, &households, err), done);
    }
    MIRTI_TRY_GOTO(status, select_columns(scope, source, fields, err), done);
    MIRTI_TRY_GOTO(
        status, read_all(&b, spec, block, terms, &plan, source, households, listener, err), done);
    if (b.sample->count.used == 0 && options->extras == 0) {
        status = mirti_fail(err, MIRTI_ERROR_MODEL,
                            "of %lld rows read not one belongs to the model's population with all "
                            "variables known, so there is nothing to learn from",
                            (long long)b.sample->rows);
        mirti_fail_remedy(err, "check `filter`, the outcome and the codes of source '%s' in %s",
                          block->name, spec->path);
        goto done;
    }
    MIRTI_TRY_GOTO(status, make_design(&b, block, options, err), done);
    *out = b.sample;
    b.sample = NULL;
done:
    mirti_sample_free(b.sample);
    mirti_sample_where_reset(&b.where);
    mirti_free(b.weight);
    mirti_free(b.fpc);
    mirti_free(b.ssu_fpc);
    mirti_free(b.ssu);
    mirti_free(b.replicates.weight);
    mirti_free(b.stratum);
    mirti_free(b.psu);
    plan_free(&plan);
    mirti_household_reader_free(households);
    mirti_scope_free(scope);
    return status;
}

void mirti_sample_free(mirti_sample *sample) {
    if (!sample) return;
    mirti_free(sample->x);
    mirti_free(sample->value);
    mirti_free(sample->y);
    mirti_free(sample->in);
    mirti_free(sample->population);
    mirti_sample_extras_free(sample);
    mirti_free(sample->area);
    mirti_free(sample->parent_area);
    mirti_survey_replicates_free(sample->replicates);
    mirti_survey_design_free(sample->design);
    mirti_arena_reset(&sample->arena);
    mirti_free(sample);
}
