/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads published aggregates: a table with one row per area and totals among them, of which a rule
 * selects the areas of one kind. Batch by batch: codes get their zeros back, rows are selected, all
 * figures of the selected rows are evaluated at once, and each row becomes one area.
 */
#include "areas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    mirti_census_figures figures;
    mirti_areas *areas;
    int64_t room;        /* areas that the arrays can hold */
    int64_t *row_number; /* [room] of each area in its file */
    mirti_row_count *rows;
    mirti_arena arena; /* of the batch */
    char file[256];    /* of the last batch */
    mirti_error *err;
} reader;

const char *mirti_area_missing_name(mirti_area_missing missing) {
    static const char *const name[] = {"complete", "suppressed", "not available", "no children",
                                       "not in census"};
    return (unsigned)missing < sizeof name / sizeof *name ? name[missing] : "";
}

/* --------------------------------------------------------------------------------- the arrays -- */

/* `slot` is the address of the pointer to the array, of whatever type. */
static bool grow_one(void *slot, int64_t count, size_t size) {
    void *array;
    memcpy(&array, slot, sizeof array);
    array = mirti_resize(array, (size_t)count, size);
    if (array) memcpy(slot, &array, sizeof array);
    return array != NULL;
}

static mirti_status grow(reader *r) {
    mirti_areas *a = r->areas;
    if (a->count < r->room) return MIRTI_OK;
    int64_t room = r->room > 0 ? 2 * r->room : 256;
    size_t cells = (size_t)a->cells, shares = (size_t)a->shares;
    bool ok = grow_one(&a->code, room, sizeof *a->code) &&
              grow_one(&a->name, room, sizeof *a->name) &&
              grow_one(&a->parent_code, room, sizeof *a->parent_code) &&
              grow_one(&a->parent_name, room, sizeof *a->parent_name) &&
              grow_one(&a->children, room, cells * sizeof *a->children) &&
              grow_one(&a->share, room, cells * shares * sizeof *a->share) &&
              grow_one(&a->missing, room, sizeof *a->missing) &&
              grow_one(&a->missing_column, room, sizeof *a->missing_column) &&
              grow_one(&r->row_number, room, sizeof *r->row_number);
    if (ok && a->longitude)
        ok = grow_one(&a->longitude, room, sizeof *a->longitude) &&
             grow_one(&a->latitude, room, sizeof *a->latitude);
    if (!ok) return mirti_fail_memory(r->err, "the areas of the census");
    r->room = room;
    return MIRTI_OK;
}

static void free_texts(char **text, int64_t count) {
    for (int64_t i = 0; text && i < count; i++)
        mirti_free(text[i]);
    mirti_free(text);
}

void mirti_areas_free(mirti_areas *areas) {
    if (!areas) return;
    free_texts(areas->code, areas->count);
    free_texts(areas->name, areas->count);
    free_texts(areas->parent_code, areas->count);
    free_texts(areas->parent_name, areas->count);
    free_texts(areas->missing_column, areas->count);
    mirti_free(areas->kind);
    mirti_free(areas->longitude);
    mirti_free(areas->latitude);
    mirti_free(areas->children);
    mirti_free(areas->share);
    mirti_free(areas->missing);
    mirti_cube_free(areas->cube);
    mirti_free(areas);
}

/* ------------------------------------------------------------------------------------ one row -- */

/* A label of the i-th row as an own copy; NULL stays NULL. */
static bool copy_label(const mirti_column *label, int64_t i, char **out) {
    *out = NULL;
    if (!label->text || !label->valid[i]) return true;
    mirti_str text = mirti_str_trim(label->text[i]);
    if (text.size == 0) return true;
    *out = mirti_new(text.size + 1, 1);
    if (*out) memcpy(*out, text.data, text.size);
    return *out != NULL;
}

static double coordinate(reader *r, const mirti_column *label, const char *file, int64_t i,
                         int64_t row, double limit) {
    double degrees;
    if (!label->text || !label->valid[i]) return NAN;
    if (mirti_coordinate_parse(label->text[i], limit, &degrees)) return degrees;
    if (mirti_str_trim(label->text[i]).size > 0)
        mirti_row_count_note(r->rows, MIRTI_REASON_COORDINATE, NULL, file, row, label->text[i]);
    return NAN;
}

static mirti_status check_code(const reader *r, const mirti_batch *batch, int64_t row,
                               const char *code) {
    const mirti_area_rule *rule = r->figures.rule;
    size_t length = code ? mirti_utf8_length(mirti_str_of(code)) : 0;
    if (code && (rule->code_width == 0 || length == (size_t)rule->code_width)) return MIRTI_OK;
    mirti_status status =
        code ? mirti_fail(r->err, MIRTI_ERROR_INPUT,
                          "the code of this %s has %zu characters; %d are declared", rule->kind,
                          length, rule->code_width)
             : mirti_fail(r->err, MIRTI_ERROR_INPUT, "this %s has no code", rule->kind);
    mirti_fail_at(r->err, batch->file, mirti_batch_row(batch, row), 0, "code", code);
    mirti_fail_remedy(r->err,
                      "If the file lost leading zeros, declare the width of its code columns under "
                      "`code_widths` of source '%s' in %s.",
                      r->figures.block->name, r->figures.spec->path);
    return status;
}

static mirti_status add_area(reader *r, const mirti_census_values *values,
                             const mirti_column *label, int64_t i) {
    mirti_areas *a = r->areas;
    MIRTI_TRY(grow(r));
    int64_t at = a->count, row = values->row[i], number = mirti_batch_row(values->batch, row);
    bool ok = copy_label(&label[LABEL_CODE], i, &a->code[at]);
    ok &= copy_label(&label[LABEL_NAME], i, &a->name[at]);
    ok &= copy_label(&label[LABEL_PARENT_CODE], i, &a->parent_code[at]);
    ok &= copy_label(&label[LABEL_PARENT_NAME], i, &a->parent_name[at]);
    a->missing_column[at] = NULL;
    r->row_number[at] = number;
    a->count++; /* from here on mirti_areas_free looks after it */
    if (!ok) return mirti_fail_memory(r->err, "the areas of the census");
    MIRTI_TRY(check_code(r, values->batch, row, a->code[at]));
    if (a->longitude) {
        a->longitude[at] = coordinate(r, &label[LABEL_LON], values->batch->file, i, number, 180);
        a->latitude[at] = coordinate(r, &label[LABEL_LAT], values->batch->file, i, number, 90);
    }
    const char *column;
    size_t cells = (size_t)a->cells, shares = (size_t)a->shares;
    MIRTI_TRY(mirti_census_area_fill(&r->figures, values, i, a->children + (size_t)at * cells,
                                     a->share + (size_t)at * cells * shares, &a->missing[at],
                                     &column, r->err));
    if (column && !(a->missing_column[at] = mirti_strdup(column)))
        return mirti_fail_memory(r->err, "the areas of the census");
    r->rows->used++;
    return MIRTI_OK;
}

/* ---------------------------------------------------------------------------------- one batch -- */

/* Text where a number, a condition or a key of a map was asked for: not a matter of missing data
 * but of a wrong column, a wrong expression or a spoiled file. */
static mirti_status check_notes(const mirti_recode_notes *notes, mirti_error *err) {
    const struct {
        const mirti_recode_note *note;
        const char *what;
    } kind[] = {{&notes->not_a_number, "a number is needed here"},
                {&notes->not_a_truth, "a condition, 1 or 0, is needed here"},
                {&notes->outside_map, "this code is in no entry of the map it is looked up in"}};
    for (size_t k = 0; k < sizeof kind / sizeof *kind; k++) {
        const mirti_recode_note *note = kind[k].note;
        if (note->count == 0) continue;
        mirti_status status = mirti_fail(err, MIRTI_ERROR_INPUT, "%s (%lld such values)",
                                         kind[k].what, (long long)note->count);
        mirti_fail_at(err, note->first_file, note->first_row, 0, note->first_column,
                      note->first_value);
        mirti_fail_remedy(err, "If it means that the figure is missing, list it under `missing` of "
                               "the source in the model file.");
        return status;
    }
    return MIRTI_OK;
}

static mirti_status select_rows(reader *r, const mirti_batch *batch, int64_t *row, int64_t *count) {
    const mirti_expr *given[2];
    mirti_column truth[2];
    mirti_recode_notes notes = {0};
    int conditions = 0;
    if (r->figures.filter) given[conditions++] = r->figures.filter;
    if (r->figures.where) given[conditions++] = r->figures.where;
    if (conditions > 0)
        MIRTI_TRY(mirti_expr_eval_many(given, conditions, batch, NULL, 0, &r->arena, truth, &notes,
                                       r->err));
    MIRTI_TRY(check_notes(&notes, r->err));
    *count = 0;
    for (int64_t i = 0; i < batch->rows; i++) {
        bool in = true;
        for (int c = 0; c < conditions; c++)
            in = in && truth[c].valid[i] && truth[c].truth[i];
        if (in) row[(*count)++] = i;
    }
    return MIRTI_OK;
}

static mirti_status take_batch(reader *r, const mirti_batch *batch) {
    const mirti_census_figures *f = &r->figures;
    int64_t *row = mirti_arena_new(&r->arena, (size_t)batch->rows * sizeof *row), count;
    mirti_column *figure = mirti_arena_new(&r->arena, (size_t)f->count * sizeof *figure);
    if (!row || !figure) return mirti_fail_memory(r->err, "a batch of areas");
    snprintf(r->file, sizeof r->file, "%s", batch->file ? batch->file : "");
    MIRTI_TRY(select_rows(r, batch, row, &count));
    r->rows->read += batch->rows;
    r->rows->outside += batch->rows - count;
    if (count == 0) return MIRTI_OK;

    mirti_recode_notes notes = {0};
    mirti_column label[LABELS] = {0};
    for (int l = 0; l < LABELS; l++) {
        const mirti_expr *expr = f->label[l];
        if (expr)
            MIRTI_TRY(mirti_expr_eval_many(&expr, 1, batch, row, count, &r->arena, &label[l],
                                           &notes, r->err));
    }
    MIRTI_TRY(mirti_expr_eval_many(f->expr, f->count, batch, row, count, &r->arena, figure, &notes,
                                   r->err));
    MIRTI_TRY(check_notes(&notes, r->err));
    const mirti_census_values values = {batch, row, figure};
    for (int64_t i = 0; i < count; i++)
        MIRTI_TRY(add_area(r, &values, label, i));
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------ the file -- */

typedef struct coded {
    const char *code;
    int64_t area;
} coded;

static int compare(const void *a, const void *b) {
    const coded *left = a, *right = b;
    int order = strcmp(left->code, right->code);
    return order != 0 ? order : (left->area > right->area) - (left->area < right->area);
}

static mirti_status check_unique(const reader *r) {
    const mirti_areas *a = r->areas;
    coded *list = mirti_new((size_t)a->count, sizeof *list);
    if (!list) return mirti_fail_memory(r->err, "the codes of areas");
    for (int64_t i = 0; i < a->count; i++)
        list[i] = (coded){a->code[i], i};
    qsort(list, (size_t)a->count, sizeof *list, compare);
    mirti_status status = MIRTI_OK;
    for (int64_t i = 1; i < a->count && status == MIRTI_OK; i++) {
        if (strcmp(list[i].code, list[i - 1].code) != 0) continue;
        status = mirti_fail(r->err, MIRTI_ERROR_INPUT,
                            "two rows, %lld and %lld, are the same %s; children would count twice",
                            (long long)r->row_number[list[i - 1].area],
                            (long long)r->row_number[list[i].area], a->kind);
        mirti_fail_at(r->err, r->file, r->row_number[list[i].area], 0, "code", list[i].code);
        mirti_fail_remedy(r->err, "Leave out rows of totals by `where` of the areas in %s.",
                          r->figures.spec->path);
    }
    mirti_free(list);
    return status;
}

static mirti_status read_all(reader *r, mirti_source *source) {
    mirti_batch batch = {0};
    mirti_status status;
    for (;;) {
        MIRTI_TRY_GOTO(status, mirti_source_next(source, &batch, r->err), done);
        if (batch.rows == 0) break;
        MIRTI_TRY_GOTO(status,
                       mirti_source_block_repair(r->figures.block, source, &batch, r->rows, r->err),
                       done);
        MIRTI_TRY_GOTO(status, take_batch(r, &batch), done);
        mirti_arena_rewind(&r->arena);
    }
    status = check_unique(r);
done:
    mirti_batch_reset(&batch);
    return status;
}

static mirti_status begin(reader *r) {
    mirti_areas *a = r->areas;
    const mirti_census_figures *f = &r->figures;
    a->kind = mirti_strdup(f->rule->kind);
    if (!a->kind) return mirti_fail_memory(r->err, "the areas of the census");
    a->cells = f->block->cells;
    a->shares = mirti_terms_share_offset(f->terms, f->terms->predictors);
    if (!f->label[LABEL_LON] || !f->label[LABEL_LAT]) return grow(r);
    a->longitude = mirti_new(1, sizeof *a->longitude);
    a->latitude = mirti_new(1, sizeof *a->latitude);
    if (!a->longitude || !a->latitude) return mirti_fail_memory(r->err, "the areas of the census");
    return grow(r);
}

mirti_status mirti_areas_read(const mirti_model_spec *spec, const mirti_source_block *block,
                              const mirti_area_rule *rule, const mirti_terms *terms,
                              mirti_source *source, const mirti_listener *listener,
                              mirti_areas **out, mirti_row_count *rows, mirti_error *err) {
    *out = NULL;
    *rows = (mirti_row_count){0};
    mirti_status status;
    reader r = {.rows = rows, .err = err, .areas = mirti_new(1, sizeof *r.areas)};
    if (!r.areas) return mirti_fail_memory(err, "the areas of the census");
    MIRTI_TRY_GOTO(status,
                   mirti_census_figures_compile(spec, block, rule, terms, source, &r.figures, err),
                   done);
    MIRTI_TRY_GOTO(status, begin(&r), done);
    MIRTI_TRY_GOTO(status, read_all(&r, source), done);
    for (int n = 0; n < rows->notes; n++)
        mirti_log(listener, MIRTI_LOG_INFO, "%s: %lld times %s (first: row %lld, '%s')", rule->kind,
                  (long long)rows->note[n].rows, rows->note[n].text,
                  (long long)rows->note[n].first_row, rows->note[n].first_value);
done:
    if (status == MIRTI_OK)
        *out = r.areas;
    else
        mirti_areas_free(r.areas);
    mirti_census_figures_reset(&r.figures);
    mirti_arena_reset(&r.arena);
    mirti_free(r.row_number);
    return status;
}
