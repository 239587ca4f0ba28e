/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run says of a vulnerability index: its description in model.json, and its part of the
 * summary, in words that do not make a probability of it. */
#include "run.h"

#include <math.h>
#include <string.h>

static const char *const scales[] = {"min-max", "z", "rank"};
static const char *const weights[] = {"equal", "given", "first-component"};

/* --------------------------------------------------------------------------------- model.json -- */

static void add_text(mirti_json *json, const char *key, const mirti_localized *text) {
    if (text->count == 0) return;
    mirti_json_object(json, key);
    for (int i = 0; i < text->count; i++)
        mirti_json_string(json, text->language[i], text->text[i]);
    mirti_json_end(json);
}

static void add_spec(mirti_json *json, const mirti_model_spec *spec) {
    mirti_json_string(json, "normalise", scales[spec->index->scale]);
    mirti_json_string(json, "weights", weights[spec->index->weights]);
    mirti_json_array(json, "indicators");
    for (int k = 0; k < spec->predictors; k++) {
        const mirti_index_indicator *indicator = &spec->index->indicator[k];
        const char *dimension = spec->index->dimension[indicator->dimension].name;
        mirti_json_object(json, NULL);
        mirti_json_string(json, "name", spec->predictor[k].name);
        if (dimension[0]) mirti_json_string(json, "dimension", dimension);
        mirti_json_string(json, "more_is", indicator->more_is_better ? "better" : "worse");
        mirti_json_boolean(json, "actionable", spec->predictor[k].actionable);
        add_text(json, "label", &spec->predictor[k].label);
        add_text(json, "factor", &spec->predictor[k].factor);
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

static void add_layer(mirti_json *json, const mirti_model_spec *spec,
                      const mirti_run_layer *layer) {
    const mirti_index *index = layer->index;
    mirti_json_object(json, NULL);
    mirti_json_string(json, "layer", layer->rule->kind);
    mirti_json_integer(json, "areas", index->areas);
    mirti_json_array(json, "indicators");
    for (int k = 0; k < index->indicators; k++) {
        mirti_json_object(json, NULL);
        mirti_json_string(json, "name", spec->predictor[k].name);
        mirti_json_number(json, "least", index->least[k]);
        mirti_json_number(json, "most", index->most[k]);
        mirti_json_number(json, "mean", index->mean[k]);
        mirti_json_number(json, "sd", index->sd[k]);
        mirti_json_number(json, "mean_normalised", index->centre[k]);
        mirti_json_number(json, "weight", index->weight[k]);
        mirti_json_number(json, "points", index->points * index->weight[k]);
        mirti_json_end(json);
    }
    mirti_json_end(json);
    mirti_json_array(json, "dimensions");
    for (int d = 0; d < index->dimensions; d++) {
        mirti_json_object(json, NULL);
        mirti_json_string(json, "name", spec->index->dimension[d].name);
        add_text(json, "label", &spec->index->dimension[d].label);
        mirti_json_number(json, "given_weight", spec->index->dimension[d].weight);
        mirti_json_number(json, "variance_explained", index->explained[d]);
        mirti_json_end(json);
    }
    mirti_json_end(json);
    mirti_json_end(json);
}

mirti_status mirti_run_index_json(const mirti_run *run, mirti_text *out, mirti_error *err) {
    mirti_json json = {0};
    mirti_json_object(&json, NULL);
    mirti_json_integer(&json, "mirti-index", 1);
    mirti_json_string(&json, "program", mirti_version());
    mirti_json_string(&json, "name", run->spec->name);
    add_spec(&json, run->spec);
    mirti_json_array(&json, "layers");
    for (int i = 0; i < run->layers; i++)
        if (run->layer[i].index) add_layer(&json, run->spec, &run->layer[i]);
    mirti_json_end(&json);
    mirti_json_end(&json);
    mirti_status status = mirti_json_finish(&json, err);
    if (status == MIRTI_OK) {
        mirti_text_add(out, json.text.data, json.text.size);
        if (out->failed) status = mirti_fail_memory(err, "the description of the index");
    }
    mirti_json_reset(&json);
    return status;
}

/* -------------------------------------------------------------------------------- the summary -- */

enum { LISTED = 10 }; /* first places of the ranking that are told */

typedef struct wording {
    const char *language, *level, *top, *caution;
} wording;

static const wording words[] = {
    {"es", "  nivel %-*s %7s %s   índice de %5.1f a %5.1f   %10s de la población (%.0f %%)\n",
     "\nMayor vulnerabilidad (índice de 0 a 100):\n",
     "\nUn índice ordena lugares por sus carencias. No es una probabilidad ni cuenta a nadie: no "
     "dice cuántas niñas y niños trabajan.\n"},
    {"en", "  level %-*s %7s %s   index from %5.1f to %5.1f   %10s of the population (%.0f %%)\n",
     "\nHighest vulnerability (index from 0 to 100):\n",
     "\nAn index orders places by what they lack. It is no probability and counts nobody: it does "
     "not say how many children work.\n"},
};

static const wording *find_words(const char *language) {
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].language, language) == 0) return &words[i];
    return &words[0];
}

const char *mirti_run_index_caution(const char *language) {
    return find_words(language)->caution;
}

static void tell_level(const mirti_run *run, const mirti_results *r, int level, int widest,
                       double everybody, mirti_text *out) {
    double least = INFINITY, most = -INFINITY;
    mirti_sum children = {0};
    int64_t areas = 0;
    for (int64_t i = 0; i < r->count; i++) {
        if (r->level[i] != level) continue;
        areas++;
        mirti_sum_add(&children, r->children[i]);
        least = fmin(least, r->index[i]);
        most = fmax(most, r->index[i]);
    }
    if (areas == 0) return;
    const char *name = r->level_name[level];
    /* printf pads by bytes: letters of two bytes need one more */
    int pad = widest + (int)(strlen(name) - mirti_utf8_length(mirti_str_of(name)));
    double there = mirti_sum_value(&children);
    mirti_text_printf(out, find_words(run->language)->level, pad, name,
                      mirti_run_thousands((double)areas).text,
                      mirti_run_noun(run->language, r->kind, areas), least, most,
                      mirti_run_thousands(there).text, 100 * there / everybody);
}

void mirti_run_tell_index(const mirti_run *run, const mirti_run_layer *layer, mirti_text *out) {
    const mirti_results *r = layer->results;
    mirti_sum children = {0};
    for (int64_t i = 0; i < r->count; i++)
        if (!isnan(r->index[i])) mirti_sum_add(&children, r->children[i]);
    int widest = 0;
    for (int l = 0; l < r->levels; l++) {
        int width = (int)mirti_utf8_length(mirti_str_of(r->level_name[l]));
        if (width > widest) widest = width;
    }
    for (int l = r->levels - 1; l >= 0; l--)
        tell_level(run, r, l, widest, mirti_sum_value(&children), out);
    mirti_text_puts(out, find_words(run->language)->top);
    for (int64_t rank = 1; rank <= LISTED; rank++) {
        for (int64_t i = 0; i < r->count; i++) {
            if (r->rank[i] != rank) continue;
            mirti_text_printf(out, "  %3lld  %s  %5.1f  %s%s%s\n", (long long)rank, r->code[i],
                              r->index[i], r->name[i] ? r->name[i] : "",
                              r->parent_name[i] ? ", " : "",
                              r->parent_name[i] ? r->parent_name[i] : "");
        }
    }
    mirti_text_puts(out, "\n");
}
