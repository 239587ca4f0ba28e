/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One area on one screen: its risk and how sure it is, its place, what raises and what lowers it
 * against its state and the whole, the areas most like it, and the areas within it. Contributions
 * are on the scale of the linear predictor, where they add up to the difference (method.md, "Why
 * here"). */
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIKE = 5, INSIDE = 12 };

/* What is told about one predictor. */
typedef struct driver {
    const mirti_predictor *predictor;
    int column; ///< of the main effect shown, −1 when only interactions have it
    double here, parent, whole, low; ///< means of that column; `low`: in areas of the lowest level
    double from_parent, from_whole;  ///< contributions to the difference
} driver;

/* Everything that is told, found once and then written as text or JSON. */
typedef struct explanation {
    const mirti_run *run;
    const mirti_run_layer *layer;
    const mirti_results *results;
    int64_t area;
    int64_t scored, parent_rank, parent_scored; ///< areas with a risk; place within the parent
    double *here, *parent, *whole, *low; ///< [columns] mean design rows; one block, begun by `here`
    int drivers;
    driver *driver;
    int alike;
    int64_t alike_area[ALIKE];
    double alike_distance[ALIKE];
    const mirti_results *inside; ///< areas within this one, of another layer; NULL: none
    int64_t inside_areas, inside_scored, inside_high, inside_listed;
    int64_t inside_area[INSIDE];
    double inside_children, inside_high_children;
} explanation;

static mirti_status find_area(explanation *e, const char *code, mirti_error *err) {
    for (int l = 0; l < e->run->layers; l++) {
        const mirti_run_layer *layer = &e->run->layer[l];
        for (int64_t i = 0; i < layer->results->count; i++) {
            if (strcmp(layer->results->code[i], code) != 0) continue;
            e->layer = layer;
            e->results = layer->results;
            e->area = i;
            return MIRTI_OK;
        }
    }
    mirti_status status = mirti_fail(
        err, MIRTI_ERROR_USAGE, "the census of this project has no area with the code '%s'", code);
    mirti_fail_remedy(
        err, "codes are text with their leading zeros, such as 01001 for a municipality and "
             "010010001 for a locality");
    return status;
}

static bool same_parent(const mirti_results *results, int64_t a, int64_t b) {
    const char *x = results->parent_code[a], *y = results->parent_code[b];
    return x && y && strcmp(x, y) == 0;
}

static void find_place(explanation *e) {
    const mirti_results *r = e->results;
    e->parent_rank = 1;
    for (int64_t i = 0; i < r->count; i++) {
        if (isnan(r->risk[i])) continue;
        e->scored++;
        if (!same_parent(r, i, e->area)) continue;
        e->parent_scored++;
        e->parent_rank += r->risk[i] > r->risk[e->area];
    }
}

static int by_weight(const void *a, const void *b) {
    double x = fabs(((const driver *)a)->from_whole), y = fabs(((const driver *)b)->from_whole);
    return (x < y) - (x > y);
}

/* The main-effect column that stands for a predictor: of a category, its first level but the
 * reference. */
static int main_column(const mirti_terms *terms, int predictor) {
    for (int j = 0; j < terms->columns; j++) {
        if (terms->factor[j].count == 1 && terms->factor[j].predictor[0] == predictor) return j;
    }
    return -1;
}

static mirti_status find_drivers(explanation *e, mirti_error *err) {
    const mirti_model *model = e->run->model;
    const mirti_contributions *c = e->layer->contributions;
    const int predictors = model->terms->predictors;
    uint8_t *in = mirti_new((size_t)e->results->count, sizeof *in);
    double *from_parent = mirti_new((size_t)predictors, sizeof *from_parent);
    double *from_whole = mirti_new((size_t)predictors, sizeof *from_whole);
    e->driver = mirti_new((size_t)predictors, sizeof *e->driver);
    mirti_status status = MIRTI_OK;
    if (!in || !from_parent || !from_whole || !e->driver) {
        status = mirti_fail_memory(err, "the explanation");
        goto done;
    }
    for (int64_t i = 0; i < e->results->count; i++)
        in[i] = same_parent(e->results, i, e->area);
    memcpy(e->here, c->mean + e->area * c->columns, (size_t)c->columns * sizeof *e->here);
    memcpy(e->whole, c->reference, (size_t)c->columns * sizeof *e->whole);
    mirti_contributions_mean(c, e->layer->areas, e->parent_scored > 0 ? in : NULL, e->parent);
    for (int64_t i = 0; i < e->results->count; i++)
        in[i] = e->results->level[i] == 0;
    mirti_contributions_mean(c, e->layer->areas, in, e->low);
    mirti_contributions_between(model, e->here, e->parent, from_parent);
    mirti_contributions_between(model, e->here, e->whole, from_whole);
    for (int k = 0; k < predictors; k++) {
        const int j = main_column(model->terms, k);
        e->driver[e->drivers++] = (driver){
            .predictor = &model->terms->predictor[k],
            .column = j,
            .here = j < 0 ? NAN : e->here[j],
            .parent = j < 0 ? NAN : e->parent[j],
            .whole = j < 0 ? NAN : e->whole[j],
            .low = j < 0 ? NAN : e->low[j],
            .from_parent = from_parent[k],
            .from_whole = from_whole[k],
        };
    }
    qsort(e->driver, (size_t)e->drivers, sizeof *e->driver, by_weight);
done:
    mirti_free(in);
    mirti_free(from_parent);
    mirti_free(from_whole);
    return status;
}

/* Areas whose predictors pull on the risk in the same way: least Euclidean distance of β_j x̄_j. */
static void find_alike(explanation *e) {
    const mirti_contributions *c = e->layer->contributions;
    const double *beta = e->run->model->logit->beta;
    for (int64_t i = 0; i < c->count; i++) {
        if (i == e->area || isnan(e->results->risk[i])) continue;
        double distance = 0;
        for (int j = 1; j < c->columns; j++) {
            double gap = beta[j] * (c->mean[i * c->columns + j] - e->here[j]);
            distance += gap * gap;
        }
        int at = e->alike;
        while (at > 0 && distance < e->alike_distance[at - 1])
            at--;
        if (at == ALIKE) continue;
        if (e->alike < ALIKE) e->alike++;
        for (int k = e->alike - 1; k > at; k--) {
            e->alike_area[k] = e->alike_area[k - 1];
            e->alike_distance[k] = e->alike_distance[k - 1];
        }
        e->alike_area[at] = i;
        e->alike_distance[at] = distance;
    }
}

/* The areas within this one: those of another layer whose parent it is. Those of highest risk are
 * listed. */
static void find_inside(explanation *e) {
    const char *code = e->results->code[e->area];
    for (int l = 0; l < e->run->layers; l++) {
        const mirti_results *r = e->run->layer[l].results;
        if (r == e->results) continue;
        for (int64_t i = 0; i < r->count; i++) {
            if (!r->parent_code[i] || strcmp(r->parent_code[i], code) != 0) continue;
            e->inside = r;
            e->inside_areas++;
            if (isnan(r->risk[i])) continue;
            e->inside_scored++;
            e->inside_children += r->children[i];
            bool high = r->level[i] == r->levels - 1;
            e->inside_high += high;
            if (high) e->inside_high_children += r->children[i];
            int64_t at = e->inside_listed;
            while (at > 0 && r->risk[i] > r->risk[e->inside_area[at - 1]])
                at--;
            if (at == INSIDE) continue;
            if (e->inside_listed < INSIDE) e->inside_listed++;
            for (int64_t k = e->inside_listed - 1; k > at; k--)
                e->inside_area[k] = e->inside_area[k - 1];
            e->inside_area[at] = i;
        }
    }
}

/* ------------------------------------------------------------------------------------- words */

typedef struct wording {
    const char *language;
    const char *no_result, *risk, *level, *place, *place_parent, *top, *children, *why, *why_areas,
        *head, *sum, *alike;
    const char *inside, *inside_high, *inside_share, *state, *municipality, *whole, *here, *low,
        *ratio;
} wording;

static const wording words[] = {
    {"es",
     "Sin resultado: %s%s%s.\n",
     "Riesgo: %.1f %% (intervalo de %.0f %%: %.1f a %.1f).",
     " Nivel %s",
     ".\nLugar %s de %s",
     "; %s de %s en %s",
     "Probabilidad de estar entre los %s de mayor riesgo: %.0f %%.\n",
     "%s niñas, niños y adolescentes; se esperan %s en riesgo (%s a %s).\n",
     "\nQué sube (+) y qué baja (-) el riesgo, en unidades del logit (bajo: media de las áreas de "
     "riesgo "
     "bajo;\nrazón: aquí entre bajo):\n",
     "\nQué sube (+) y qué baja (-) el riesgo, en la escala del modelo de áreas (bajo: media de "
     "las "
     "áreas de riesgo bajo;\nrazón: aquí entre bajo):\n",
     "frente a",
     "suma",
     "\nLos más parecidos: ",
     "\nSus %s: %s, con información %s",
     "; en riesgo alto %s",
     ", donde vive el %.0f %% de %s.\n",
     "su estado",
     "su municipio",
     "todo",
     "aquí",
     "bajo",
     "razón"},
    {"en",
     "No result: %s%s%s.\n",
     "Risk: %.1f %% (%.0f %% interval: %.1f to %.1f).",
     " Level %s",
     ".\nRank %s of %s",
     "; %s of %s in %s",
     "Probability of being among the %s of highest risk: %.0f %%.\n",
     "%s children; %s expected at risk (%s to %s).\n",
     "\nWhat raises (+) and what lowers (-) the risk, in units of the logit (low: mean of the "
     "areas of low "
     "risk;\nratio: here by low):\n",
     "\nWhat raises (+) and what lowers (-) the risk, on the scale of the area model (low: mean of "
     "the areas of low risk;\nratio: here by low):\n",
     "against",
     "sum",
     "\nMost alike: ",
     "\nIts %s: %s, with information %s",
     "; at high risk %s",
     ", home to %.0f %% of %s.\n",
     "its state",
     "its municipality",
     "all",
     "here",
     "low",
     "ratio"},
};

static const wording *find_words(const char *language) {
    return strcmp(language, words[1].language) == 0 ? &words[1] : &words[0];
}

static void tell_head(const explanation *e, const wording *w, mirti_text *out) {
    const mirti_results *r = e->results;
    const int64_t i = e->area;
    mirti_text_printf(out, "%s%s%s (%s)\n", r->name[i] ? r->name[i] : "",
                      r->parent_name[i] ? ", " : "", r->parent_name[i] ? r->parent_name[i] : "",
                      r->code[i]);
    if (isnan(r->risk[i])) {
        const char *column = r->missing_column[i];
        mirti_text_printf(out, w->no_result, mirti_results_quality(r, i), column ? ", " : "",
                          column ? column : "");
        return;
    }
    mirti_text_printf(out, w->risk, 100 * r->risk[i], 100 * e->run->project->confidence,
                      100 * r->risk_lo[i], 100 * r->risk_hi[i]);
    mirti_text_printf(out, w->level, r->level_name[r->level[i]]);
    if (!isnan(r->level_prob[i])) mirti_text_printf(out, " (%.0f %%)", 100 * r->level_prob[i]);
    mirti_text_printf(out, w->place, mirti_run_thousands((double)r->rank[i]).text,
                      mirti_run_thousands((double)e->scored).text);
    if (r->rank_lo[i] > 0) {
        mirti_text_printf(out, " (%s–%s)", mirti_run_thousands((double)r->rank_lo[i]).text,
                          mirti_run_thousands((double)r->rank_hi[i]).text);
    }
    if (e->parent_scored > 1 && r->parent_name[i]) {
        mirti_text_printf(out, w->place_parent, mirti_run_thousands((double)e->parent_rank).text,
                          mirti_run_thousands((double)e->parent_scored).text, r->parent_name[i]);
    }
    mirti_text_puts(out, ".\n");
    if (!isnan(r->top_prob[i])) {
        mirti_text_printf(out, w->top, mirti_run_thousands((double)r->top).text,
                          100 * r->top_prob[i]);
    }
    mirti_text_printf(out, w->children, mirti_run_thousands(r->children[i]).text,
                      mirti_run_thousands(r->at_risk[i]).text,
                      mirti_run_thousands(r->at_risk_lo[i]).text,
                      mirti_run_thousands(r->at_risk_hi[i]).text);
    if (e->run->area_model) mirti_run_tell_direct(e->run, i, out);
}

static void add_right(mirti_text *out, const char *text, int width) {
    int length = (int)mirti_utf8_length(mirti_str_of(text));
    mirti_text_printf(out, " %*s%s", width > length ? width - length : 0, "", text);
}

static void add_mean(mirti_text *out, const driver *d, double mean) {
    if (isnan(mean))
        mirti_text_printf(out, " %9s", "");
    else if (d->predictor->kind == MIRTI_PREDICTOR_NUMBER)
        mirti_text_printf(out, " %9.2f", mean);
    else
        mirti_text_printf(out, " %7.1f %%", 100 * mean);
}

static void tell_drivers(const explanation *e, const wording *w, const char *language,
                         mirti_text *out) {
    enum { NAME = 44 };
    char against[2][40];
    const bool locality = strcmp(e->results->kind, "locality") == 0;
    const char *parent = locality ? w->municipality : w->state;
    snprintf(against[0], sizeof against[0], "%s %s", w->head, parent);
    snprintf(against[1], sizeof against[1], "%s %s", w->head, w->whole);
    mirti_text_puts(out, e->run->area_model ? w->why_areas : w->why);
    mirti_run_column(out, "", NAME + 2);
    add_right(out, w->here, 9);
    add_right(out, parent, 14);
    add_right(out, w->low, 9);
    add_right(out, w->ratio, 7);
    add_right(out, against[0], 22);
    add_right(out, against[1], 14);
    mirti_text_puts(out, "\n");
    double sum_parent = 0, sum_whole = 0;
    for (int k = 0; k < e->drivers; k++) {
        const driver *d = &e->driver[k];
        char name[200];
        const char *label = mirti_localized_get(&d->predictor->label, language, d->predictor->name);
        if (d->predictor->levels > 0)
            snprintf(name, sizeof name, "%s (%s)", label,
                     mirti_predictor_level(d->predictor, d->predictor->reference == 0 ? 1 : 0,
                                           language));
        else
            snprintf(name, sizeof name, "%s", label);
        mirti_text_puts(out, "  ");
        mirti_run_column(out, name, NAME);
        add_mean(out, d, d->here);
        mirti_text_puts(out, "     ");
        add_mean(out, d, d->parent);
        add_mean(out, d, d->low);
        if (d->here > 0 && d->low > 0)
            mirti_text_printf(out, " %7.1f", d->here / d->low);
        else
            mirti_text_printf(out, " %7s", "");
        mirti_text_printf(out, " %+22.3f %+14.3f\n", d->from_parent, d->from_whole);
        sum_parent += d->from_parent;
        sum_whole += d->from_whole;
    }
    mirti_text_puts(out, "  ");
    mirti_run_column(out, w->sum, NAME + 43);
    mirti_text_printf(out, " %+22.3f %+14.3f\n", sum_parent, sum_whole);
}

static void tell_alike(const explanation *e, const wording *w, mirti_text *out) {
    const mirti_results *r = e->results;
    if (e->alike == 0) return;
    mirti_text_puts(out, w->alike);
    for (int k = 0; k < e->alike; k++) {
        int64_t i = e->alike_area[k];
        mirti_text_printf(out, "%s%s%s%s (%s) %.1f %%", k ? "; " : "", r->name[i] ? r->name[i] : "",
                          r->parent_name[i] ? ", " : "", r->parent_name[i] ? r->parent_name[i] : "",
                          r->code[i], 100 * r->risk[i]);
    }
    mirti_text_puts(out, ".\n");
}

static void tell_inside(const explanation *e, const wording *w, const char *language,
                        mirti_text *out) {
    if (!e->inside) return;
    mirti_text_printf(out, w->inside, mirti_run_noun(language, e->inside->kind, 2),
                      mirti_run_thousands((double)e->inside_areas).text,
                      mirti_run_thousands((double)e->inside_scored).text);
    mirti_text_printf(out, w->inside_high, mirti_run_thousands((double)e->inside_high).text);
    mirti_text_printf(out, w->inside_share,
                      e->results->children[e->area] > 0
                          ? 100 * e->inside_high_children / e->results->children[e->area]
                          : 0,
                      mirti_run_thousands(e->results->children[e->area]).text);
    for (int64_t k = 0; k < e->inside_listed; k++) {
        int64_t i = e->inside_area[k];
        mirti_text_printf(out, "  %s  %5.1f %%  (%.1f–%.1f)  %s  %s: %s\n", e->inside->code[i],
                          100 * e->inside->risk[i], 100 * e->inside->risk_lo[i],
                          100 * e->inside->risk_hi[i], e->inside->level_name[e->inside->level[i]],
                          e->inside->name[i] ? e->inside->name[i] : "",
                          mirti_run_thousands(e->inside->children[i]).text);
    }
}

static void write_json(const explanation *e, const char *language, mirti_json *json) {
    const mirti_results *r = e->results;
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
    mirti_json_integer(json, "areas_with_a_risk", e->scored);
    mirti_json_integer(json, "top", r->top);
    mirti_json_number(json, "top_prob", r->top_prob[e->area]);
    mirti_json_integer(json, "rank_in_parent", isnan(r->risk[e->area]) ? 0 : e->parent_rank);
    mirti_json_integer(json, "areas_in_parent", e->parent_scored);
    mirti_json_array(json, "contributions");
    for (int k = 0; k < e->drivers; k++) {
        const driver *d = &e->driver[k];
        mirti_json_object(json, NULL);
        mirti_json_string(json, "predictor", d->predictor->name);
        mirti_json_string(json, "label",
                          mirti_localized_get(&d->predictor->label, language, d->predictor->name));
        mirti_json_boolean(json, "actionable", d->predictor->actionable);
        mirti_json_number(json, "here", d->here);
        mirti_json_number(json, "parent", d->parent);
        mirti_json_number(json, "all", d->whole);
        mirti_json_number(json, "lowest_level", d->low);
        mirti_json_number(json, "against_parent", d->from_parent);
        mirti_json_number(json, "against_all", d->from_whole);
        mirti_json_end(json);
    }
    mirti_json_end(json);
    mirti_json_array(json, "most_alike");
    for (int k = 0; k < e->alike; k++)
        mirti_json_string(json, NULL, r->code[e->alike_area[k]]);
    mirti_json_end(json);
    if (e->inside) {
        mirti_json_object(json, "inside");
        mirti_json_string(json, "kind", e->inside->kind);
        mirti_json_integer(json, "areas", e->inside_areas);
        mirti_json_integer(json, "with_information", e->inside_scored);
        mirti_json_integer(json, "at_high_risk", e->inside_high);
        mirti_json_number(json, "children_with_information", e->inside_children);
        mirti_json_number(json, "children_at_high_risk", e->inside_high_children);
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

static mirti_status explain(explanation *e, const char *code, mirti_error *err) {
    MIRTI_TRY(find_area(e, code, err));
    const size_t columns = (size_t)e->layer->contributions->columns;
    double *rows = mirti_new(4 * columns, sizeof *rows);
    if (!rows) return mirti_fail_memory(err, "the explanation");
    e->here = rows;
    e->parent = rows + columns;
    e->whole = rows + 2 * columns;
    e->low = rows + 3 * columns;
    find_place(e);
    find_inside(e);
    if (isnan(e->results->risk[e->area])) return MIRTI_OK;
    MIRTI_TRY(find_drivers(e, err));
    find_alike(e);
    return MIRTI_OK;
}

mirti_status mirti_run_explain(const mirti_run *run, const char *code, bool as_json,
                               mirti_text *out, mirti_error *err) {
    if (run->spec->index) return mirti_run_explain_index(run, code, as_json, out, err);
    explanation e = {.run = run};
    mirti_json json = {0};
    mirti_status status = explain(&e, code, err);
    if (status == MIRTI_OK && as_json) {
        write_json(&e, run->language, &json);
        status = mirti_json_finish(&json, err);
        if (status == MIRTI_OK) mirti_text_add(out, json.text.data, json.text.size);
    } else if (status == MIRTI_OK) {
        const wording *w = find_words(run->language);
        tell_head(&e, w, out);
        if (e.drivers > 0) tell_drivers(&e, w, run->language, out);
        tell_alike(&e, w, out);
        tell_inside(&e, w, run->language, out);
    }
    if (status == MIRTI_OK && out->failed) status = mirti_fail_memory(err, "the explanation");
    mirti_json_reset(&json);
    mirti_free(e.here);
    mirti_free(e.driver);
    return status;
}
