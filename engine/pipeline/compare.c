/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two ranked lists of the same areas side by side: an index and a risk, two years, two models. How
 * far their orders agree (Spearman), how far their scores do (Pearson), and which areas change
 * level. Areas are joined by code; what is in one list only is counted.
 */
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LEVELS = 32 };

/* One area of a list. */
typedef struct entry {
    char *code;
    double score;
    int level; /* in the order in which names were met, −1 = none */
} entry;

typedef struct ranked_list {
    const char *path, *column; /* the file; which of its columns is compared */
    int64_t count, room;
    entry *area;
    int levels;
    char *level[MOST_LEVELS];
    int place[MOST_LEVELS]; /* of each level on the scale, 0 = lowest mean score */
} ranked_list;

static void list_reset(ranked_list *list) {
    for (int64_t i = 0; i < list->count; i++)
        mirti_free(list->area[i].code);
    mirti_free(list->area);
    for (int l = 0; l < list->levels; l++)
        mirti_free(list->level[l]);
}

void mirti_comparison_free(mirti_comparison *comparison) {
    if (!comparison) return;
    for (int side = 0; side < 2; side++) {
        for (int l = 0; comparison->level[side] && l < comparison->levels[side]; l++)
            mirti_free(comparison->level[side][l]);
        mirti_free(comparison->level[side]);
    }
    mirti_free(comparison->cross);
    mirti_free(comparison);
}

/* ------------------------------------------------------------------------------------ reading -- */

static mirti_status bad_value(const ranked_list *list, int64_t row, const char *column,
                              mirti_str value, const char *what, mirti_error *err) {
    char text[80];
    size_t size = value.size < sizeof text - 1 ? value.size : sizeof text - 1;
    if (size > 0) memcpy(text, value.data, size);
    text[size] = '\0';
    mirti_fail(err, MIRTI_ERROR_INPUT, "%s", what);
    mirti_fail_at(err, list->path, row, 0, column, text);
    mirti_fail_remedy(err, "Give lists as `mirti run` writes them: municipality.csv.");
    return MIRTI_ERROR_INPUT;
}

static mirti_status find_level(ranked_list *list, int64_t row, mirti_str name, int *level,
                               mirti_error *err) {
    *level = -1;
    if (name.size == 0) return MIRTI_OK;
    for (int l = 0; l < list->levels; l++)
        if (mirti_str_is(name, list->level[l])) *level = l;
    if (*level >= 0) return MIRTI_OK;
    if (list->levels == MOST_LEVELS)
        return bad_value(list, row, "level", name, "a list has at most 32 levels", err);
    char *copy = mirti_new(name.size + 1, 1);
    if (!copy) return mirti_fail_memory(err, "the levels of a list");
    memcpy(copy, name.data, name.size);
    *level = list->levels++;
    list->level[*level] = copy;
    return MIRTI_OK;
}

static mirti_status take_row(ranked_list *list, const mirti_batch *batch, const int *column,
                             int64_t i, mirti_error *err) {
    mirti_str cell[3];
    int64_t row = mirti_batch_row(batch, i);
    for (int c = 0; c < 3; c++)
        cell[c] = batch->column[column[c]].valid[i]
                      ? mirti_str_trim(batch->column[column[c]].text[i])
                      : (mirti_str){0};
    if (cell[0].size == 0)
        return bad_value(list, row, "code", cell[0], "this area has no code", err);
    if (list->count == list->room) {
        int64_t room = list->room > 0 ? 2 * list->room : 1024;
        entry *grown = mirti_resize(list->area, (size_t)room, sizeof *grown);
        if (!grown) return mirti_fail_memory(err, "a list of areas");
        list->area = grown;
        list->room = room;
    }
    entry *area = &list->area[list->count];
    *area = (entry){.score = NAN, .level = -1};
    area->code = mirti_new(cell[0].size + 1, 1);
    if (!area->code) return mirti_fail_memory(err, "a list of areas");
    memcpy(area->code, cell[0].data, cell[0].size);
    list->count++;
    if (cell[1].size > 0 && !mirti_number_parse(cell[1], &area->score))
        return bad_value(list, row, list->column, cell[1], "a number is needed here", err);
    return find_level(list, row, cell[2], &area->level, err);
}

/* The columns code, index or risk, and level. */
static mirti_status find_columns(ranked_list *list, const mirti_source *source, int column[3],
                                 mirti_error *err) {
    column[1] = mirti_source_find(source, "index");
    list->column = column[1] >= 0 ? "index" : "risk";
    if (column[1] < 0) column[1] = mirti_source_find(source, "risk");
    column[0] = mirti_source_find(source, "code");
    column[2] = mirti_source_find(source, "level");
    int fields;
    const mirti_field *field = mirti_source_fields(source, &fields);
    const char *const name[3] = {"code", list->column, "level"};
    for (int c = 0; c < 3; c++) {
        if (column[c] >= 0 && field[column[c]].type == MIRTI_TYPE_RAW) continue;
        mirti_fail(err, MIRTI_ERROR_INPUT, "the file has no column '%s' as a ranked list has it",
                   name[c]);
        mirti_fail_at(err, list->path, 0, 0, name[c], NULL);
        mirti_fail_remedy(err, "Give lists as `mirti run` writes them: municipality.csv.");
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}

static int compare(const void *a, const void *b) {
    return strcmp(((const entry *)a)->code, ((const entry *)b)->code);
}

static mirti_status read_rows(ranked_list *list, mirti_source *source, mirti_error *err) {
    int column[3];
    MIRTI_TRY(find_columns(list, source, column, err));
    MIRTI_TRY(mirti_source_select(source, column, 3, err));
    mirti_batch batch = {0};
    mirti_status status;
    for (;;) {
        MIRTI_TRY_GOTO(status, mirti_source_next(source, &batch, err), done);
        if (batch.rows == 0) break;
        for (int64_t i = 0; i < batch.rows; i++)
            MIRTI_TRY_GOTO(status, take_row(list, &batch, column, i, err), done);
    }
    if (list->count > 1) qsort(list->area, (size_t)list->count, sizeof *list->area, compare);
    for (int64_t i = 1; i < list->count; i++) {
        if (strcmp(list->area[i].code, list->area[i - 1].code) != 0) continue;
        status = bad_value(list, 0, "code", mirti_str_of(list->area[i].code),
                           "the same code is there twice", err);
        break;
    }
done:
    mirti_batch_reset(&batch);
    return status;
}

/* Names of levels say nothing of their order; the scores in them do. */
static void order_levels(ranked_list *list) {
    double mean[MOST_LEVELS];
    for (int l = 0; l < list->levels; l++) {
        mirti_sum sum = {0};
        int64_t n = 0;
        for (int64_t i = 0; i < list->count; i++) {
            if (list->area[i].level != l || isnan(list->area[i].score)) continue;
            mirti_sum_add(&sum, list->area[i].score);
            n++;
        }
        mean[l] = n > 0 ? mirti_sum_value(&sum) / (double)n : -INFINITY;
    }
    for (int l = 0; l < list->levels; l++)
        for (int m = 0; m < list->levels; m++)
            list->place[l] += mean[m] < mean[l] || (mean[m] == mean[l] && m < l);
}

static mirti_status read_list(const char *path, const mirti_listener *listener, ranked_list *list,
                              mirti_error *err) {
    mirti_source *source = NULL;
    const mirti_source_options options = {.path = path, .listener = listener};
    list->path = path;
    MIRTI_TRY(mirti_source_open(&options, &source, err));
    mirti_status status = read_rows(list, source, err);
    mirti_source_close(source);
    if (status == MIRTI_OK) order_levels(list);
    return status;
}

/* ---------------------------------------------------------------------------------- comparing -- */

static mirti_status copy_levels(mirti_comparison *out, int side, const ranked_list *list,
                                mirti_error *err) {
    out->column[side] = list->column;
    out->rows[side] = list->count;
    out->level[side] = mirti_new((size_t)list->levels, sizeof *out->level[side]);
    if (!out->level[side]) return mirti_fail_memory(err, "a comparison");
    out->levels[side] = list->levels;
    for (int l = 0; l < list->levels; l++) {
        out->level[side][list->place[l]] = mirti_strdup(list->level[l]);
        if (!out->level[side][list->place[l]]) return mirti_fail_memory(err, "a comparison");
    }
    return MIRTI_OK;
}

static void cross_levels(mirti_comparison *out, const ranked_list *list, const entry *a,
                         const entry *b) {
    if (a->level < 0 || b->level < 0) return;
    int first = list[0].place[a->level], second = list[1].place[b->level];
    out->cross[first * out->levels[1] + second]++;
}

/* Both lists are in the order of their codes. */
static void join(mirti_comparison *out, const ranked_list *list, double *a, double *b) {
    for (int64_t i = 0, j = 0; i < list[0].count && j < list[1].count;) {
        int order = strcmp(list[0].area[i].code, list[1].area[j].code);
        if (order == 0) {
            a[out->joined] = list[0].area[i].score;
            b[out->joined++] = list[1].area[j].score;
            cross_levels(out, list, &list[0].area[i], &list[1].area[j]);
        }
        i += order <= 0;
        j += order >= 0;
    }
}

static void find_same(mirti_comparison *out) {
    int64_t same = 0, all = 0;
    out->same_share = NAN;
    if (out->levels[0] != out->levels[1]) return;
    for (int f = 0; f < out->levels[0]; f++) {
        for (int s = 0; s < out->levels[1]; s++)
            all += out->cross[f * out->levels[1] + s];
        same += out->cross[f * out->levels[1] + f];
    }
    if (all > 0) out->same_share = (double)same / (double)all;
}

static mirti_status compare_lists(const ranked_list *list, mirti_comparison *out,
                                  mirti_error *err) {
    MIRTI_TRY(copy_levels(out, 0, &list[0], err));
    MIRTI_TRY(copy_levels(out, 1, &list[1], err));
    size_t cells = (size_t)out->levels[0] * (size_t)out->levels[1];
    out->cross = mirti_new(cells, sizeof *out->cross);
    double *score = mirti_new(2 * (size_t)list[0].count, sizeof *score);
    mirti_status status = MIRTI_OK;
    if (!out->cross || !score) {
        status = mirti_fail_memory(err, "a comparison");
    } else {
        join(out, list, score, score + list[0].count);
        find_same(out);
        status =
            mirti_agreement_find(score, score + list[0].count, out->joined, &out->agreement, err);
    }
    mirti_free(score);
    return status;
}

mirti_status mirti_compare_files(const char *first, const char *second,
                                 const mirti_listener *listener, mirti_comparison **out,
                                 mirti_error *err) {
    ranked_list list[2] = {{0}, {0}};
    *out = NULL;
    mirti_comparison *comparison = mirti_new(1, sizeof *comparison);
    mirti_status status = comparison ? MIRTI_OK : mirti_fail_memory(err, "a comparison");
    if (status == MIRTI_OK) status = read_list(first, listener, &list[0], err);
    if (status == MIRTI_OK) status = read_list(second, listener, &list[1], err);
    if (status == MIRTI_OK) status = compare_lists(list, comparison, err);
    if (status == MIRTI_OK)
        *out = comparison;
    else
        mirti_comparison_free(comparison);
    list_reset(&list[0]);
    list_reset(&list[1]);
    return status;
}

/* ------------------------------------------------------------------------------------ telling -- */

static void print_json(const mirti_comparison *c, mirti_json *json) {
    mirti_json_object(json, NULL);
    for (int side = 0; side < 2; side++) {
        mirti_json_object(json, side == 0 ? "first" : "second");
        mirti_json_string(json, "column", c->column[side]);
        mirti_json_integer(json, "areas", c->rows[side]);
        mirti_json_array(json, "levels");
        for (int l = 0; l < c->levels[side]; l++)
            mirti_json_string(json, NULL, c->level[side][l]);
        mirti_json_end(json);
        mirti_json_end(json);
    }
    mirti_json_integer(json, "joined", c->joined);
    mirti_json_integer(json, "compared", c->agreement.pairs);
    mirti_json_number(json, "spearman", c->agreement.spearman);
    mirti_json_number(json, "pearson", c->agreement.pearson);
    mirti_json_number(json, "same_level", c->same_share);
    mirti_json_array(json, "cross");
    for (int f = 0; f < c->levels[0]; f++) {
        mirti_json_array(json, NULL);
        for (int s = 0; s < c->levels[1]; s++)
            mirti_json_integer(json, NULL, c->cross[f * c->levels[1] + s]);
        mirti_json_end(json);
    }
    mirti_json_end(json);
    mirti_json_end(json);
}

static void print_padded(mirti_text *out, const char *text, int width) {
    int letters = (int)mirti_utf8_length(mirti_str_of(text));
    mirti_text_printf(out, "%*s%s", letters < width ? width - letters : 0, "", text);
}

typedef struct wording {
    const char *joined, *compared, *risk, *index, *alike, *correlation, *same, *cross;
} wording;

static const wording words[2] = {
    {.joined = "Joined by code: %s areas (%s in the first list, %s in the second)\n",
     .compared = "Compared: %s of the first with %s of the second, %s areas\n",
     .risk = "risk",
     .index = "index",
     .alike = "No correlation: too few areas, or all alike\n",
     .correlation = "Spearman's rank correlation: %.3f\nPearson's correlation: %.3f\n",
     .same = "Same level in both: %.1f %%\n",
     .cross = "\nAreas by level (rows: the first list, columns: the second)\n"},
    {.joined = "Unidas por clave: %s áreas (%s en la primera lista, %s en la segunda)\n",
     .compared = "Se comparan: %s de la primera con %s de la segunda, %s áreas\n",
     .risk = "riesgo",
     .index = "índice",
     .alike = "Sin correlación: muy pocas áreas, o todas iguales\n",
     .correlation = "Correlación de rangos de Spearman: %.3f\nCorrelación de Pearson: %.3f\n",
     .same = "Mismo nivel en ambas: %.1f %%\n",
     .cross = "\nÁreas por nivel (filas: la primera lista; columnas: la segunda)\n"},
};

static void print_cross(const mirti_comparison *c, const wording *w, mirti_text *out) {
    enum { WIDTH = 12 };
    mirti_text_puts(out, w->cross);
    print_padded(out, "", WIDTH);
    for (int s = 0; s < c->levels[1]; s++)
        print_padded(out, c->level[1][s], WIDTH);
    mirti_text_puts(out, "\n");
    for (int f = 0; f < c->levels[0]; f++) {
        print_padded(out, c->level[0][f], WIDTH);
        for (int s = 0; s < c->levels[1]; s++)
            mirti_text_printf(out, "%*s", WIDTH,
                              mirti_run_thousands((double)c->cross[f * c->levels[1] + s]).text);
        mirti_text_puts(out, "\n");
    }
}

static const char *column_in_words(const wording *w, const char *column) {
    return strcmp(column, words[0].index) == 0 ? w->index : w->risk;
}

static void print_words(const mirti_comparison *c, const wording *w, mirti_text *out) {
    mirti_text_printf(out, w->joined, mirti_run_thousands((double)c->joined).text,
                      mirti_run_thousands((double)c->rows[0]).text,
                      mirti_run_thousands((double)c->rows[1]).text);
    mirti_text_printf(out, w->compared, column_in_words(w, c->column[0]),
                      column_in_words(w, c->column[1]),
                      mirti_run_thousands((double)c->agreement.pairs).text);
    if (isnan(c->agreement.spearman))
        mirti_text_puts(out, w->alike);
    else
        mirti_text_printf(out, w->correlation, c->agreement.spearman, c->agreement.pearson);
    if (!isnan(c->same_share)) mirti_text_printf(out, w->same, 100 * c->same_share);
    if (c->levels[0] > 0 && c->levels[1] > 0) print_cross(c, w, out);
}

mirti_status mirti_comparison_print(const mirti_comparison *c, const char *language, bool as_json,
                                    mirti_text *out, mirti_error *err) {
    if (as_json) {
        mirti_json json = {0};
        print_json(c, &json);
        mirti_status status = mirti_json_finish(&json, err);
        if (status == MIRTI_OK) mirti_text_add(out, json.text.data, json.text.size);
        mirti_json_reset(&json);
        MIRTI_TRY(status);
    } else {
        print_words(c, &words[mirti_language_is_spanish(language)], out);
    }
    return out->failed ? mirti_fail_memory(err, "a comparison") : MIRTI_OK;
}
