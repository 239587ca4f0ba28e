/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run found, told to the person who will use it: how many areas in each level, how many
 * children, the first places of the ranking with their intervals, what is missing, which file to
 * open. In the language of the project; the sentences of every language stand side by side in one
 * table. */
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LISTED = 10 }; /* first places of the ranking that are told */

/* Every sentence of the summary, once per language. */
typedef struct wording {
    const char *language;
    const char *municipality[2], *locality[2], *area[2]; ///< one, several
    const char *population, *survey, *scored, *total, *level, *top, *missing, *reason[5], *join,
        *caution;
    const char *open, *map, *table, *manifest;
} wording;

static const wording words[] = {
    {
        .language = "es",
        .municipality = {"municipio", "municipios"},
        .locality = {"localidad", "localidades"},
        .area = {"área", "áreas"},
        .population = "Población: %s.\n",
        .survey = "Aprendido de %s: %s casos, tasa de %.1f %% en la encuesta.\n",
        .scored = "\n%s %s con resultado (de %s).\n",
        .total = "Se estiman %s en riesgo de %s, el %.1f %%.\n",
        .level = "  nivel %-*s %7s %s   riesgo de %4.1f a %4.1f %%   %10s en riesgo (%.0f %% del "
                 "total)\n",
        .top = "\nMayor riesgo (entre paréntesis, el intervalo de %.0f %%):\n",
        .missing = "Sin resultado: %s %s (%s).\n",
        .reason = {"", "cifras suprimidas por confidencialidad", "cifras no disponibles",
                   "sin población de esa edad", "no está en el censo"},
        .join = "Con polígono en el mapa: %s de %s %s.\n",
        .caution =
            "\nSon estimaciones de un modelo, no un conteo: léase cada una con su intervalo.\n",
        .open = "\nQué abrir:\n",
        .map = "el mapa, en QGIS: abre ya con los colores de cada nivel",
        .table = "la lista ordenada, en Excel u otra hoja de cálculo",
        .manifest = "cómo se hizo: archivos, versiones, recuentos",
    },
    {
        .language = "en",
        .municipality = {"municipality", "municipalities"},
        .locality = {"locality", "localities"},
        .area = {"area", "areas"},
        .population = "Population: %s.\n",
        .survey = "Learned from %s: %s cases, a rate of %.1f %% in the survey.\n",
        .scored = "\n%s %s with a result (of %s).\n",
        .total = "An estimated %s at risk of %s, %.1f %%.\n",
        .level =
            "  level %-*s %7s %s   risk from %4.1f to %4.1f %%   %10s at risk (%.0f %% of all)\n",
        .top = "\nHighest risk (in brackets, the %.0f %% interval):\n",
        .missing = "Without a result: %s %s (%s).\n",
        .reason = {"", "figures suppressed for confidentiality", "figures not available",
                   "nobody of that age", "not in the census"},
        .join = "With a polygon on the map: %s of %s %s.\n",
        .caution = "\nThese are estimates of a model, not a count: read each with its interval.\n",
        .open = "\nWhat to open:\n",
        .map = "the map, in QGIS: it opens with the colours of the levels",
        .table = "the ranked list, in Excel or any spreadsheet",
        .manifest = "how it was made: files, versions, counts",
    },
};

static const wording *find_words(const char *language) {
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].language, language) == 0) return &words[i];
    }
    return &words[0];
}

static const char *noun(const wording *w, const char *kind, int64_t count) {
    if (strcmp(kind, "municipality") == 0) return w->municipality[count != 1];
    if (strcmp(kind, "locality") == 0) return w->locality[count != 1];
    return w->area[count != 1];
}

const char *mirti_run_noun(const char *language, const char *kind, int64_t count) {
    return noun(find_words(language), kind, count);
}

mirti_run_number mirti_run_thousands(double value) {
    char digits[32];
    snprintf(digits, sizeof digits, "%.0f", value);
    mirti_run_number out = {{0}};
    size_t n = strlen(digits), j = 0;
    for (size_t i = 0; i < n && j + 2 < sizeof out.text; i++) {
        out.text[j++] = digits[i];
        size_t left = n - 1 - i;
        if (left > 0 && left % 3 == 0 && digits[i] != '-') out.text[j++] = ',';
    }
    return out;
}

void mirti_run_column(mirti_text *out, const char *text, int width) {
    int length = (int)mirti_utf8_length(mirti_str_of(text));
    mirti_text_printf(out, "%s%*s", text, width > length ? width - length : 0, "");
}

static bool has_score(const mirti_results *results, int64_t i) {
    return !isnan(mirti_results_score(results, i));
}

/* Children, children at risk and areas of one level (−1: of all that have a result). */
typedef struct tally {
    int64_t areas;
    mirti_sum children, at_risk;
    double least, most;
} tally;

static tally count_level(const mirti_results *results, int level) {
    tally t = {.least = INFINITY, .most = -INFINITY};
    for (int64_t i = 0; i < results->count; i++) {
        if (!has_score(results, i) || (level >= 0 && results->level[i] != level)) continue;
        t.areas++;
        mirti_sum_add(&t.children, results->children[i]);
        mirti_sum_add(&t.at_risk, results->at_risk[i]);
        t.least = fmin(t.least, results->risk[i]);
        t.most = fmax(t.most, results->risk[i]);
    }
    return t;
}

static void tell_levels(mirti_text *out, const wording *w, const mirti_results *results,
                        const tally *all) {
    size_t widest = 0;
    for (int l = 0; l < results->levels; l++) {
        size_t width = mirti_utf8_length(mirti_str_of(results->level_name[l]));
        if (width > widest) widest = width;
    }
    for (int l = results->levels - 1; l >= 0; l--) {
        const tally t = count_level(results, l);
        if (t.areas == 0) continue;
        const char *name = results->level_name[l];
        /* printf pads by bytes: letters of two bytes need one more */
        int pad = (int)(widest + strlen(name) - mirti_utf8_length(mirti_str_of(name)));
        mirti_text_printf(out, w->level, pad, name, mirti_run_thousands((double)t.areas).text,
                          noun(w, results->kind, t.areas), 100 * t.least, 100 * t.most,
                          mirti_run_thousands(mirti_sum_value(&t.at_risk)).text,
                          100 * mirti_sum_value(&t.at_risk) / mirti_sum_value(&all->at_risk));
    }
}

static void tell_top(mirti_text *out, const wording *w, const mirti_results *results,
                     double confidence) {
    mirti_text_printf(out, w->top, 100 * confidence);
    for (int64_t rank = 1; rank <= LISTED; rank++) {
        for (int64_t i = 0; i < results->count; i++) {
            if (results->rank[i] != rank) continue;
            mirti_text_printf(out, "  %3lld  %s  %4.1f %% (%.1f–%.1f)  %s%s%s\n", (long long)rank,
                              results->code[i], 100 * results->risk[i], 100 * results->risk_lo[i],
                              100 * results->risk_hi[i], results->name[i] ? results->name[i] : "",
                              results->parent_name[i] ? ", " : "",
                              results->parent_name[i] ? results->parent_name[i] : "");
        }
    }
    mirti_text_puts(out, "\n");
}

static void tell_missing(mirti_text *out, const wording *w, const mirti_results *results) {
    for (int reason = MIRTI_AREA_SUPPRESSED; reason <= MIRTI_AREA_NOT_IN_CENSUS; reason++) {
        int64_t count = 0;
        for (int64_t i = 0; i < results->count; i++)
            count += (int)results->missing[i] == reason;
        if (count == 0) continue;
        mirti_text_printf(out, w->missing, mirti_run_thousands((double)count).text,
                          noun(w, results->kind, count), w->reason[reason]);
    }
}

static void tell_layer(mirti_text *out, const mirti_run *run, const mirti_run_layer *layer,
                       const wording *w) {
    const mirti_results *results = layer->results;
    const tally all = count_level(results, -1);
    mirti_text_printf(out, w->scored, mirti_run_thousands((double)all.areas).text,
                      noun(w, results->kind, all.areas),
                      mirti_run_thousands((double)results->count).text);
    mirti_run_tell_count(run, &layer->count, out);
    if (results->index) {
        mirti_run_tell_index(run, layer, out);
    } else if (all.areas > 0) {
        mirti_text_printf(out, w->total, mirti_run_thousands(mirti_sum_value(&all.at_risk)).text,
                          mirti_run_thousands(mirti_sum_value(&all.children)).text,
                          100 * mirti_sum_value(&all.at_risk) / mirti_sum_value(&all.children));
        tell_levels(out, w, results, &all);
        tell_top(out, w, results, run->project->confidence);
    }
    tell_missing(out, w, results);
    mirti_run_tell_support(run, layer, out);
    if (layer->join) {
        mirti_text_printf(out, w->join, mirti_run_thousands((double)layer->join->joined).text,
                          mirti_run_thousands((double)results->count).text,
                          noun(w, results->kind, results->count));
    }
}

static mirti_status tell_files(mirti_text *out, const mirti_run *run, const wording *w,
                               const char *directory, mirti_error *err) {
    mirti_text_puts(out, w->open);
    struct {
        char name[96];
        const char *what;
    } file[3] = {{"areas.gpkg", w->map}, {"", w->table}, {"run.json", w->manifest}};
    snprintf(file[1].name, sizeof file[1].name, "%s.csv", run->layer[0].rule->kind);
    bool map = run->layer[0].boundaries != NULL;
    for (int i = map ? 0 : 1; i < 3; i++) {
        char *path = mirti_path_join(directory, file[i].name);
        if (!path) return mirti_fail_memory(err, "a path");
        mirti_text_printf(out, "  %s\n      %s\n", path, file[i].what);
        mirti_free(path);
    }
    return MIRTI_OK;
}

mirti_status mirti_run_summary(const mirti_run *run, const char *directory, mirti_text *out,
                               mirti_error *err) {
    const wording *w = find_words(run->language);
    mirti_text_printf(out, "%s\n",
                      mirti_localized_get(&run->project->title, run->language, run->project->name));
    mirti_text_printf(out, w->population,
                      mirti_localized_get(&run->spec->population, run->language, run->spec->name));
    if (run->area_model) {
        mirti_run_tell_area_model(run, out);
    } else if (run->sample && run->model) {
        mirti_text_printf(
            out, w->survey,
            mirti_localized_get(&run->survey_block->title, run->language, run->survey_block->name),
            mirti_run_thousands((double)run->sample->count.used).text,
            100 * run->model->mean.value);
        mirti_run_tell_count(run, &run->sample->count, out);
        if (mirti_run_has_effects(run)) mirti_run_tell_effects(run, out);
    }
    for (int i = 0; i < run->layers; i++) {
        if (run->layer[i].results) tell_layer(out, run, &run->layer[i], w);
    }
    mirti_text_puts(out, run->spec->index ? mirti_run_index_caution(run->language) : w->caution);
    if (directory && run->layers > 0) MIRTI_TRY(tell_files(out, run, w, directory, err));
    return out->failed ? mirti_fail_memory(err, "the summary") : MIRTI_OK;
}
