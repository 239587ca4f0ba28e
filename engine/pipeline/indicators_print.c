/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Direct estimates for people, for programs and for spreadsheets: a table in the language of the
 * project, JSON, CSV. Proportions are shown to people in per cent; JSON and CSV have every number
 * as it is, in the shortest form that reads back as the same double. */
#include "mirti/publish.h"
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const statistic_name[] = {
    [MIRTI_SURVEY_MEAN] = "mean", [MIRTI_SURVEY_TOTAL] = "total", [MIRTI_SURVEY_RATIO] = "ratio"};

static const char *statistic_of(const mirti_indicator *indicator) {
    return indicator->proportion ? "proportion" : statistic_name[indicator->statistic];
}

static const mirti_survey_estimate *estimate_of(const mirti_indicators *all, int indicator,
                                                int32_t domain) {
    return &all->estimate[(size_t)indicator * (size_t)all->domains + (size_t)domain];
}

/* ------------------------------------------------------------------------------------ the table -- */

typedef struct wording {
    const char *language;
    const char *design, *second, *population, *unknown, *elsewhere;
    const char *head[9]; ///< of the columns after the first
    const char *proportion, *mean, *total, *ratio;
    const char *quality[5]; ///< good, fair, poor, no sample, zero denominator
} wording;

static const wording words[] = {
    {.language = "es",
     .design = "%s: %s filas, %s estratos (%s con una UPM), %s UPM, %s grados de libertad\n",
     .second = "Con la segunda etapa de la muestra en la varianza.\n",
     .population = "Población: %s.\n",
     .unknown = "  filas sin dato: %s\n",
     .elsewhere = "\n%s filas no están en ningún dominio: falta el dato que las asigna.\n",
     .head = {"estimación", "error est.", "intervalo de %.0f %%", "CV", "efecto dis.", "filas",
              "UPM", "gl", "calidad"},
     .proportion = "proporción",
     .mean = "media",
     .total = "total",
     .ratio = "razón",
     .quality = {"buena", "regular", "deficiente", "sin muestra", "denominador cero"}},
    {.language = "en",
     .design = "%s: %s rows, %s strata (%s with one PSU), %s PSUs, %s degrees of freedom\n",
     .second = "With the second stage of the sample in the variance.\n",
     .population = "Population: %s.\n",
     .unknown = "  rows without a value: %s\n",
     .elsewhere = "\n%s rows are in no domain: what assigns them is not known.\n",
     .head = {"estimate", "std. error", "%.0f %% interval", "CV", "design eff.", "rows", "PSUs",
              "df", "quality"},
     .proportion = "proportion",
     .mean = "mean",
     .total = "total",
     .ratio = "ratio",
     .quality = {"good", "fair", "poor", "no sample", "zero denominator"}},
};

static const wording *find_words(const char *language) {
    return strcmp(language, "en") == 0 ? &words[1] : &words[0];
}

static const char *kind_in_words(const wording *w, const mirti_indicator *indicator) {
    if (indicator->proportion) return w->proportion;
    switch (indicator->statistic) {
    case MIRTI_SURVEY_MEAN: return w->mean;
    case MIRTI_SURVEY_TOTAL: return w->total;
    case MIRTI_SURVEY_RATIO: break;
    }
    return w->ratio;
}

static const char *quality_in_words(const wording *w, const mirti_survey_estimate *e) {
    static const char *const names[] = {"good", "fair", "poor", "missing: no sample"};
    const char *quality = mirti_indicators_quality(e);
    for (int i = 0; i < 4; i++)
        if (strcmp(quality, names[i]) == 0) return w->quality[i];
    return w->quality[4];
}

/* printf pads by bytes; people see letters. Negative widths pad on the right. */
static void put(mirti_text *out, const char *text, int width) {
    int room = (width < 0 ? -width : width) - (int)mirti_utf8_length(mirti_str_of(text));
    if (room < 0) room = 0;
    mirti_text_printf(out, "%*s%s%*s", width < 0 ? 0 : room, "", text, width < 0 ? room : 0, "");
}

/* A number as the statistic wants it read; empty when there is none. */
typedef struct shown {
    char text[48];
} shown;

static shown show(const mirti_indicator *indicator, double value) {
    shown out = {{0}};
    if (isnan(value)) return out;
    if (indicator->proportion)
        snprintf(out.text, sizeof out.text, "%.2f %%", 100 * value);
    else if (indicator->statistic == MIRTI_SURVEY_TOTAL || fabs(value) >= 10000)
        snprintf(out.text, sizeof out.text, "%s", mirti_run_thousands(value).text);
    else
        snprintf(out.text, sizeof out.text, "%.4f", value);
    return out;
}

enum { NUMBER = 12, RANGE = 26, SMALL = 12, COUNT = 9 };

static void put_head(mirti_text *out, const wording *w, const char *first, int width,
                     double confidence) {
    static const int widths[] = {NUMBER, NUMBER, RANGE, SMALL, SMALL, COUNT, COUNT, COUNT};
    char interval[48];
    snprintf(interval, sizeof interval, w->head[2], 100 * confidence);
    put(out, first, -width);
    for (int c = 0; c < 8; c++)
        put(out, c == 2 ? interval : w->head[c], widths[c]);
    mirti_text_printf(out, "  %s\n", w->head[8]);
}

static void put_row(mirti_text *out, const wording *w, const mirti_indicator *indicator,
                    const mirti_survey_estimate *e, const char *first, int width) {
    char text[112] = "";
    put(out, first, -width);
    put(out, show(indicator, e->value).text, NUMBER);
    put(out, show(indicator, e->se).text, NUMBER);
    if (!isnan(e->lo))
        snprintf(text, sizeof text, "%s – %s", show(indicator, e->lo).text,
                 show(indicator, e->hi).text);
    put(out, text, RANGE);
    text[0] = '\0';
    if (!isnan(e->cv)) snprintf(text, sizeof text, "%.1f %%", 100 * e->cv);
    put(out, text, SMALL);
    text[0] = '\0';
    if (!isnan(e->deff)) snprintf(text, sizeof text, "%.2f", e->deff);
    put(out, text, SMALL);
    put(out, mirti_run_thousands((double)e->rows).text, COUNT);
    put(out, mirti_run_thousands(e->psus).text, COUNT);
    put(out, mirti_run_thousands(e->df).text, COUNT);
    mirti_text_printf(out, "  %s\n", quality_in_words(w, e));
}

/* "16, mujer": a domain by the labels of what it is made by. */
static void name_domain(const mirti_indicators *all, int32_t domain, mirti_text *out) {
    out->size = 0;
    mirti_text_puts(out, "  ");
    for (int b = 0; b < all->bys; b++)
        mirti_text_printf(out, "%s%s", b ? ", " : "",
                          all->domain_label[(size_t)domain * (size_t)all->bys + (size_t)b]);
}

static void name_indicator(const mirti_indicators *all, const wording *w, int k, mirti_text *out) {
    const mirti_indicator *indicator = &all->indicator[k];
    out->size = 0;
    mirti_text_printf(out, "%s%s%s (%s)", indicator->label, indicator->level ? ": " : "",
                      indicator->level ? indicator->level : "", kind_in_words(w, indicator));
}

static void name_by(const mirti_indicators *all, mirti_text *out) {
    out->size = 0;
    mirti_text_puts(out, "  ");
    for (int b = 0; b < all->bys; b++)
        mirti_text_printf(out, "%s%s", b ? ", " : "", all->by_label[b]);
}

static int widest(const mirti_indicators *all, const wording *w, mirti_text *name) {
    name_by(all, name);
    size_t most = mirti_utf8_length((mirti_str){name->data, name->size});
    int rows = all->bys ? (int)all->domains : all->indicators;
    for (int k = 0; k < rows; k++) {
        if (all->bys)
            name_domain(all, k, name);
        else
            name_indicator(all, w, k, name);
        size_t length = mirti_utf8_length((mirti_str){name->data, name->size});
        if (length > most) most = length;
    }
    return (int)most;
}

static void put_rows(const mirti_indicators *all, const wording *w, mirti_text *name,
                     mirti_text *out) {
    int width = widest(all, w, name);
    for (int k = 0; k < all->indicators; k++) {
        if (k == 0 || all->bys) mirti_text_puts(out, "\n");
        name_indicator(all, w, k, name);
        if (all->bys) {
            mirti_text_printf(out, "%s\n", name->data);
            name_by(all, name);
        }
        if (all->bys || k == 0)
            put_head(out, w, all->bys ? name->data : "", width, all->confidence);
        for (int32_t d = 0; d < all->domains; d++) {
            if (all->bys) name_domain(all, d, name);
            if (!all->bys) name_indicator(all, w, k, name);
            put_row(out, w, &all->indicator[k], estimate_of(all, k, d), name->data, width);
        }
        if (all->indicator[k].unknown > 0)
            mirti_text_printf(out, w->unknown,
                              mirti_run_thousands((double)all->indicator[k].unknown).text);
    }
}

mirti_status mirti_indicators_table(const mirti_indicators *all, const char *language,
                                    mirti_text *out, mirti_error *err) {
    const wording *w = find_words(language);
    mirti_text name = {0};
    mirti_text_printf(out, w->design, all->title, mirti_run_thousands((double)all->rows).text,
                      mirti_run_thousands(all->strata).text, mirti_run_thousands(all->lonely).text,
                      mirti_run_thousands(all->psus).text, mirti_run_thousands(all->df).text);
    if (all->second_stage) mirti_text_puts(out, w->second);
    mirti_text_printf(out, w->population, all->population);
    put_rows(all, w, &name, out);
    if (all->elsewhere > 0)
        mirti_text_printf(out, w->elsewhere, mirti_run_thousands((double)all->elsewhere).text);
    bool failed = name.failed || out->failed;
    mirti_text_reset(&name);
    return failed ? mirti_fail_memory(err, "the table of indicators") : MIRTI_OK;
}

/* ----------------------------------------------------------------------------------------- JSON -- */

static void put_estimate(mirti_json *json, const mirti_indicators *all, int k, int32_t d) {
    const mirti_survey_estimate *e = estimate_of(all, k, d);
    mirti_json_object(json, NULL);
    mirti_json_object(json, "domain");
    for (int b = 0; b < all->bys; b++)
        mirti_json_string(json, all->by[b], all->domain[(size_t)d * (size_t)all->bys + (size_t)b]);
    mirti_json_end(json);
    mirti_json_number(json, "estimate", e->value);
    mirti_json_number(json, "se", e->se);
    mirti_json_number(json, "lo", e->lo);
    mirti_json_number(json, "hi", e->hi);
    mirti_json_number(json, "cv", e->cv);
    mirti_json_number(json, "deff", e->deff);
    mirti_json_integer(json, "rows", e->rows);
    mirti_json_integer(json, "psus", e->psus);
    mirti_json_integer(json, "df", e->df);
    mirti_json_number(json, "weight", e->weight);
    mirti_json_string(json, "quality", mirti_indicators_quality(e));
    mirti_json_end(json);
}

static void put_design(mirti_json *json, const mirti_indicators *all) {
    mirti_json_string(json, "source", all->source);
    mirti_json_object(json, "design");
    mirti_json_integer(json, "rows", all->rows);
    mirti_json_integer(json, "strata", all->strata);
    mirti_json_integer(json, "lonely_strata", all->lonely);
    mirti_json_integer(json, "psus", all->psus);
    mirti_json_integer(json, "df", all->df);
    mirti_json_boolean(json, "second_stage", all->second_stage);
    mirti_json_end(json);
    mirti_json_number(json, "confidence", all->confidence);
    mirti_json_array(json, "by");
    for (int b = 0; b < all->bys; b++)
        mirti_json_string(json, NULL, all->by[b]);
    mirti_json_end(json);
    mirti_json_integer(json, "rows_in_no_domain", all->elsewhere);
}

mirti_status mirti_indicators_json(const mirti_indicators *all, mirti_text *out, mirti_error *err) {
    mirti_json json = {0};
    mirti_json_object(&json, NULL);
    put_design(&json, all);
    mirti_json_array(&json, "indicators");
    for (int k = 0; k < all->indicators; k++) {
        const mirti_indicator *indicator = &all->indicator[k];
        mirti_json_object(&json, NULL);
        mirti_json_string(&json, "indicator", indicator->name);
        mirti_json_string(&json, "label", indicator->label);
        if (indicator->level) mirti_json_string(&json, "level", indicator->level);
        mirti_json_string(&json, "statistic", statistic_of(indicator));
        mirti_json_integer(&json, "rows_unknown", indicator->unknown);
        mirti_json_array(&json, "estimates");
        for (int32_t d = 0; d < all->domains; d++)
            put_estimate(&json, all, k, d);
        mirti_json_end(&json);
        mirti_json_end(&json);
    }
    mirti_json_end(&json);
    mirti_json_end(&json);
    mirti_status status = mirti_json_finish(&json, err);
    if (status == MIRTI_OK) mirti_text_add(out, json.text.data, json.text.size);
    mirti_json_reset(&json);
    if (status == MIRTI_OK && out->failed) status = mirti_fail_memory(err, "the indicators");
    return status;
}

/* ------------------------------------------------------------------------------------------ CSV -- */

static void put_number(mirti_text *out, double value) {
    char text[352];
    mirti_text_puts(out, ",");
    if (isnan(value)) return;
    mirti_number_print(value, text);
    mirti_text_puts(out, text);
}

/* `by_sex`; of an expression, whose text is no name, `by_2`. */
static void put_names(mirti_text *out, const mirti_indicators *all) {
    mirti_text_puts(out, "indicator,level,statistic");
    for (int b = 0; b < all->bys; b++) {
        size_t named = strspn(all->by[b], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                          "0123456789");
        if (all->by[b][named] == '\0')
            mirti_text_printf(out, ",by_%s", all->by[b]);
        else
            mirti_text_printf(out, ",by_%d", b + 1);
    }
    mirti_text_puts(out, ",estimate,se,lo,hi,cv,deff,rows,psus,df,weight,quality\r\n");
}

mirti_status mirti_indicators_csv(const mirti_indicators *all, mirti_text *out, mirti_error *err) {
    put_names(out, all);
    for (int k = 0; k < all->indicators; k++) {
        const mirti_indicator *indicator = &all->indicator[k];
        for (int32_t d = 0; d < all->domains; d++) {
            const mirti_survey_estimate *e = estimate_of(all, k, d);
            mirti_csv_field(out, indicator->name, false);
            mirti_text_puts(out, ",");
            if (indicator->level) mirti_csv_field(out, indicator->level, false);
            mirti_text_printf(out, ",%s", statistic_of(indicator));
            for (int b = 0; b < all->bys; b++) {
                mirti_text_puts(out, ",");
                mirti_csv_field(out, all->domain[(size_t)d * (size_t)all->bys + (size_t)b], true);
            }
            const double number[] = {e->value, e->se, e->lo, e->hi, e->cv, e->deff};
            for (size_t i = 0; i < sizeof number / sizeof *number; i++)
                put_number(out, number[i]);
            mirti_text_printf(out, ",%lld,%d,%d", (long long)e->rows, (int)e->psus, (int)e->df);
            put_number(out, e->weight);
            mirti_text_printf(out, ",%s\r\n", mirti_indicators_quality(e));
        }
    }
    return out->failed ? mirti_fail_memory(err, "the indicators") : MIRTI_OK;
}
