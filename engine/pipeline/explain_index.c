/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One area on one screen, of an index: its place, and by how many points each indicator lifts it
 * above the mean of all areas or keeps it below; the points add up to the difference. */
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is told about one indicator. */
typedef struct share {
    int indicator;
    double here, mean; ///< in its own unit
    double points;     ///< against the mean of all areas
} share;

typedef struct explanation {
    const mirti_run *run;
    const mirti_run_layer *layer;
    const mirti_results *results;
    int64_t area, scored, parent_rank, parent_scored;
    share *share; ///< [indicators] strongest first; NULL where there is no index
    double difference;
} explanation;

static mirti_status find_area(explanation *e, const char *code, mirti_error *err) {
    for (int l = 0; l < e->run->layers; l++) {
        e->layer = &e->run->layer[l];
        e->results = e->layer->results;
        for (e->area = 0; e->area < e->results->count; e->area++)
            if (strcmp(e->results->code[e->area], code) == 0) return MIRTI_OK;
    }
    mirti_fail(err, MIRTI_ERROR_USAGE, "the census of this project has no area with the code '%s'",
               code);
    mirti_fail_remedy(err, "codes are text with their leading zeros, such as 01001 for a "
                           "municipality and 010010001 for a locality");
    return MIRTI_ERROR_USAGE;
}

static void find_place(explanation *e) {
    const mirti_results *r = e->results;
    const char *parent = r->parent_code[e->area];
    e->parent_rank = 1;
    for (int64_t i = 0; i < r->count; i++) {
        if (isnan(r->index[i])) continue;
        e->scored++;
        if (!parent || !r->parent_code[i] || strcmp(parent, r->parent_code[i]) != 0) continue;
        e->parent_scored++;
        e->parent_rank += r->index[i] > r->index[e->area];
    }
}

static int by_points(const void *a, const void *b) {
    const share *x = a, *y = b;
    double left = fabs(x->points), right = fabs(y->points);
    return left != right ? (left < right) - (left > right) : x->indicator - y->indicator;
}

static mirti_status find_shares(explanation *e, mirti_error *err) {
    const mirti_index *index = e->layer->index;
    e->share = mirti_new((size_t)index->indicators, sizeof *e->share);
    if (!e->share) return mirti_fail_memory(err, "the explanation");
    mirti_sum difference = {0};
    for (int k = 0; k < index->indicators; k++) {
        double points = mirti_index_contribution(index, e->area, k);
        double here = e->layer->areas->share[e->area * index->indicators + k];
        e->share[k] = (share){k, here, index->mean[k], points};
        mirti_sum_add(&difference, points);
    }
    e->difference = mirti_sum_value(&difference);
    qsort(e->share, (size_t)index->indicators, sizeof *e->share, by_points);
    return MIRTI_OK;
}

/* --------------------------------------------------------------------------------- as a text -- */

typedef struct wording {
    const char *language, *none, *index, *place, *place_parent, *children, *points, *columns[4],
        *sum;
} wording;

static const wording words[] = {
    {"es",
     "Sin resultado: %s%s%s.\n",
     "Índice de vulnerabilidad: %.1f de 100. Nivel %s.\n",
     "Lugar %s de %s",
     "; %s de %s en %s",
     "Población: %s niñas, niños y adolescentes.\n",
     "\nQué sube (+) y qué baja (-) el índice frente a la media de todas las áreas, en puntos:\n",
     {"aquí", "media", "peso", "puntos"},
     "suma"},
    {"en",
     "No result: %s%s%s.\n",
     "Vulnerability index: %.1f of 100. Level %s.\n",
     "Rank %s of %s",
     "; %s of %s in %s",
     "Population: %s children.\n",
     "\nWhat raises (+) and what lowers (-) the index against the mean of all areas, in points:\n",
     {"here", "mean", "weight", "points"},
     "sum"},
};

enum { NUMBER = 10 }; /* width of a column */

static void print_label(mirti_text *out, const char *text, int width) {
    int letters = (int)mirti_utf8_length(mirti_str_of(text));
    mirti_text_printf(out, "  %s%*s", text, width > letters ? width - letters : 0, "");
}

static void tell_shares(const explanation *e, const wording *w, mirti_text *out) {
    const mirti_index *index = e->layer->index;
    const mirti_model_spec *spec = e->run->spec;
    const char *language = e->run->language;
    int widest = 0;
    for (int k = 0; k < index->indicators; k++) {
        const mirti_predictor *p = &spec->predictor[k];
        const char *label = mirti_localized_get(&p->label, language, p->name);
        int letters = (int)mirti_utf8_length(mirti_str_of(label));
        if (letters > widest) widest = letters;
    }
    mirti_text_puts(out, w->points);
    print_label(out, "", widest);
    for (int c = 0; c < 4; c++) {
        int letters = (int)mirti_utf8_length(mirti_str_of(w->columns[c]));
        mirti_text_printf(out, "%*s%s", NUMBER - letters, "", w->columns[c]);
    }
    mirti_text_puts(out, "\n");
    for (int k = 0; k < index->indicators; k++) {
        const share *s = &e->share[k];
        const mirti_predictor *p = &spec->predictor[s->indicator];
        print_label(out, mirti_localized_get(&p->label, language, p->name), widest);
        mirti_text_printf(out, "%*.4g%*.4g%*.3f%+*.1f\n", NUMBER, s->here, NUMBER, s->mean, NUMBER,
                          index->weight[s->indicator], NUMBER, s->points);
    }
    print_label(out, w->sum, widest);
    mirti_text_printf(out, "%*s%+*.1f\n", 3 * NUMBER, "", NUMBER, e->difference);
}

static void tell(const explanation *e, mirti_text *out) {
    const mirti_results *r = e->results;
    const int64_t i = e->area;
    const wording *w = strcmp(e->run->language, words[1].language) == 0 ? &words[1] : &words[0];
    mirti_text_printf(out, "%s%s%s (%s)\n", r->name[i] ? r->name[i] : "",
                      r->parent_name[i] ? ", " : "", r->parent_name[i] ? r->parent_name[i] : "",
                      r->code[i]);
    if (!e->share) {
        const char *column = r->missing_column[i];
        mirti_text_printf(out, w->none, mirti_results_quality(r, i), column ? ", " : "",
                          column ? column : "");
        return;
    }
    mirti_text_printf(out, w->index, r->index[i], r->level_name[r->level[i]]);
    mirti_text_printf(out, w->place, mirti_run_thousands((double)r->rank[i]).text,
                      mirti_run_thousands((double)e->scored).text);
    if (e->parent_scored > 1 && r->parent_name[i])
        mirti_text_printf(out, w->place_parent, mirti_run_thousands((double)e->parent_rank).text,
                          mirti_run_thousands((double)e->parent_scored).text, r->parent_name[i]);
    mirti_text_puts(out, ".\n");
    mirti_text_printf(out, w->children, mirti_run_thousands(r->children[i]).text);
    tell_shares(e, w, out);
}

/* ----------------------------------------------------------------------------------- as JSON -- */

static void write_json(const explanation *e, mirti_json *json) {
    const mirti_results *r = e->results;
    const mirti_model_spec *spec = e->run->spec;
    int columns;
    const mirti_output_column *column = mirti_results_columns(r, &columns);
    mirti_json_object(json, NULL);
    mirti_json_string(json, "kind", r->kind);
    for (int c = 0; c < columns; c++) {
        const char *text = NULL;
        double number = NAN;
        mirti_output_cell(r, e->area, c, &text, &number);
        if (column[c].type == MIRTI_OUTPUT_TEXT)
            mirti_json_string(json, column[c].name, text);
        else
            mirti_json_number(json, column[c].name, number);
    }
    mirti_json_integer(json, "areas_with_an_index", e->scored);
    mirti_json_integer(json, "rank_in_parent", e->share ? e->parent_rank : 0);
    mirti_json_integer(json, "areas_in_parent", e->parent_scored);
    mirti_json_array(json, "contributions");
    for (int k = 0; e->share && k < e->layer->index->indicators; k++) {
        const share *s = &e->share[k];
        const mirti_predictor *p = &spec->predictor[s->indicator];
        mirti_json_object(json, NULL);
        mirti_json_string(json, "indicator", p->name);
        mirti_json_string(json, "label", mirti_localized_get(&p->label, e->run->language, p->name));
        mirti_json_boolean(json, "actionable", p->actionable);
        mirti_json_number(json, "here", s->here);
        mirti_json_number(json, "mean", s->mean);
        mirti_json_number(json, "weight", e->layer->index->weight[s->indicator]);
        mirti_json_number(json, "points", s->points);
        mirti_json_end(json);
    }
    mirti_json_end(json);
    mirti_json_end(json);
}

mirti_status mirti_run_explain_index(const mirti_run *run, const char *code, bool as_json,
                                     mirti_text *out, mirti_error *err) {
    explanation e = {.run = run};
    mirti_json json = {0};
    mirti_status status = find_area(&e, code, err);
    if (status == MIRTI_OK) find_place(&e);
    if (status == MIRTI_OK && !isnan(e.results->index[e.area])) status = find_shares(&e, err);
    if (status == MIRTI_OK && as_json) {
        write_json(&e, &json);
        status = mirti_json_finish(&json, err);
        if (status == MIRTI_OK) mirti_text_add(out, json.text.data, json.text.size);
    } else if (status == MIRTI_OK) {
        tell(&e, out);
    }
    if (status == MIRTI_OK && out->failed) status = mirti_fail_memory(err, "the explanation");
    mirti_json_reset(&json);
    mirti_free(e.share);
    return status;
}
