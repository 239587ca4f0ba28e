/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A project that learns from direct estimates by area: they come from a file (a source of kind
 * estimates) or are made of the survey's persons, are joined by code to what the census knows of
 * every area – the means of the model's columns over its children – and fitted (fit/area_model.c).
 * An area of the census that lacks a figure is in neither fit nor results; one that only the survey
 * knows has no traits to learn from, and is counted.
 */
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A variance of its own that rests on fewer rows is not to be trusted. */
enum { USUAL_LEAST_ROWS = 15 };

static mirti_status no_memory(mirti_error *err) {
    return mirti_fail_memory(err, "the area-level model");
}

/* ---------------------------------------------------------------------------- direct estimates -- */

static mirti_status take_estimates(const mirti_indicators *all, mirti_direct *d, mirti_error *err) {
    size_t n = (size_t)all->domains;
    d->code = mirti_new(n, sizeof *d->code);
    d->estimate = mirti_new(n, sizeof *d->estimate);
    d->variance = mirti_new(n, sizeof *d->variance);
    d->rows = mirti_new(n, sizeof *d->rows);
    if (!d->code || !d->estimate || !d->variance || !d->rows) return no_memory(err);
    for (size_t a = 0; a < n; a++) {
        const mirti_survey_estimate *e = &all->estimate[a];
        d->code[a] = mirti_arena_copy(&d->texts, all->domain[a], strlen(all->domain[a]));
        if (!d->code[a]) return no_memory(err);
        d->estimate[a] = e->value;
        /* One PSU tells nothing of the variance between PSUs. */
        d->variance[a] = e->df > 0 ? e->se * e->se : (double)NAN;
        d->rows[a] = (double)e->rows;
    }
    d->areas = all->domains;
    return MIRTI_OK;
}

/* From persons: the rate of the outcome in each area of the survey. */
static mirti_status estimate_persons(mirti_run *run, mirti_direct *d, mirti_error *err) {
    const mirti_indicators_options asked = {.of = run->spec->outcome, .by = "area"};
    mirti_indicators *all = NULL;
    MIRTI_TRY(mirti_run_indicators(run, &asked, &all, err));
    mirti_status status = take_estimates(all, d, err);
    mirti_indicators_free(all);
    return status;
}

static mirti_status read_estimates(mirti_run *run, mirti_error *err) {
    mirti_source *source = NULL;
    MIRTI_TRY(mirti_run_open_source(run, &run->project->survey, &source, err));
    mirti_status status =
        mirti_direct_read(run->spec, run->survey_block, source, &run->direct, err);
    if (status != MIRTI_OK && err && !err->file[0])
        mirti_fail_at(err, run->project->survey.path, 0, 0, NULL, NULL);
    if (status == MIRTI_OK)
        status = mirti_run_reading_keep(&run->survey_reading, source, &run->direct->notes, err);
    if (status == MIRTI_OK)
        mirti_run_tell_reading(run, &run->survey_reading, &run->direct->count, "survey");
    mirti_source_close(source);
    return status;
}

mirti_status mirti_run_read_direct(mirti_run *run, mirti_error *err) {
    MIRTI_TRY(mirti_run_needs_survey(run, err));
    if (run->survey_block->kind == MIRTI_SOURCE_ESTIMATES) return read_estimates(run, err);
    run->direct = mirti_new(1, sizeof *run->direct);
    return run->direct ? estimate_persons(run, run->direct, err) : no_memory(err);
}

/* ---------------------------------------------------------------------------------- the joined -- */

/* Complete areas of the census, with what the survey says of them. */
typedef struct joined {
    int64_t areas;
    char **code;
    double *estimate, *variance, *rows; /* [areas] */
    double *z;                          /* [areas × p] */
} joined;

static void forget(joined *j) {
    mirti_free(j->code);
    mirti_free(j->estimate);
    mirti_free(j->variance);
    mirti_free(j->rows);
    mirti_free(j->z);
}

static int64_t find(const mirti_direct *d, const char *code) {
    int64_t low = 0, high = d->areas;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (strcmp(d->code[middle], code) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < d->areas && strcmp(d->code[low], code) == 0 ? low : -1;
}

static mirti_status join(mirti_run *run, const mirti_run_layer *layer, joined *j,
                         mirti_error *err) {
    const mirti_areas *areas = layer->areas;
    const mirti_direct *d = run->direct;
    size_t n = (size_t)areas->count, p = (size_t)run->terms->columns;
    int64_t met = 0;
    run->area_place = mirti_new(n, sizeof *run->area_place);
    j->code = mirti_new(n, sizeof *j->code);
    j->estimate = mirti_new(n, sizeof *j->estimate);
    j->variance = mirti_new(n, sizeof *j->variance);
    j->rows = mirti_new(n, sizeof *j->rows);
    j->z = mirti_new(n * p, sizeof *j->z);
    if (!run->area_place || !j->code || !j->estimate || !j->variance || !j->rows || !j->z)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        int64_t from = find(d, areas->code[i]);
        bool known = from >= 0 && !isnan(d->estimate[from]);
        met += known;
        run->area_place[i] = -1;
        if (areas->missing[i] != MIRTI_AREA_COMPLETE) {
            run->area_count.without_traits += known;
            continue;
        }
        size_t at = (size_t)j->areas++;
        run->area_place[i] = (int64_t)at;
        j->code[at] = areas->code[i];
        j->estimate[at] = known ? d->estimate[from] : (double)NAN;
        j->variance[at] = known ? d->variance[from] : (double)NAN;
        j->rows[at] = known ? d->rows[from] : (double)NAN;
        memcpy(j->z + at * p, layer->contributions->mean + i * p, p * sizeof *j->z);
    }
    for (int64_t a = 0; a < d->areas; a++)
        run->area_count.estimates += !isnan(d->estimate[a]);
    run->area_count.not_in_census = run->area_count.estimates - met;
    if (run->area_count.not_in_census > 0)
        mirti_log(run->options.listener, MIRTI_LOG_WARNING,
                  mirti_language_is_spanish(run->language)
                      ? "%lld áreas con estimación directa no están en el censo, y no se aprende "
                        "de ellas"
                      : "%lld areas with a direct estimate are not in the census, and are not "
                        "learned from",
                  (long long)run->area_count.not_in_census);
    if (met > 0) return MIRTI_OK;
    mirti_status status =
        mirti_fail(err, MIRTI_ERROR_INPUT,
                   "no area of the survey (such as '%s') is in the census (such as '%s')",
                   d->areas > 0 ? d->code[0] : "", n > 0 ? areas->code[0] : "");
    mirti_fail_at(err, run->spec->path, run->survey_block->area.place.line,
                  run->survey_block->area.place.column, "area", NULL);
    mirti_fail_remedy(err, "Codes are compared as text: look at leading zeros, and at `area`.");
    return status;
}

/* --------------------------------------------------------------------------------------- the fit -- */

static void take_coefficients(mirti_run *run) {
    const mirti_fay_herriot *fit = run->area_model->fit;
    size_t p = (size_t)fit->columns;
    memcpy(run->model->logit->beta, fit->beta, p * sizeof(double));
    memcpy(run->model->logit->covariance, fit->covariance, p * p * sizeof(double));
    memcpy(run->model->column_mean, run->area_model->column_mean, p * sizeof(double));
}

static mirti_status fit(mirti_run *run, const joined *j, mirti_error *err) {
    const mirti_area_choice *choice = &run->project->area_model;
    const mirti_area_data data = {.areas = j->areas,
                                  .code = j->code,
                                  .estimate = j->estimate,
                                  .variance = j->variance,
                                  .rows = j->rows,
                                  .z = j->z};
    const bool smoothed = choice->smoothed < 0 ? run->sample != NULL : choice->smoothed == 1;
    const mirti_area_options options = {.scale = choice->scale,
                                        .smoothed = smoothed,
                                        .least_rows = choice->least_rows > 0 ? choice->least_rows
                                                      : smoothed             ? 1
                                                                             : USUAL_LEAST_ROWS,
                                        .confidence = run->project->confidence};
    MIRTI_TRY(
        mirti_area_model_fit(run->spec, run->survey_block, &data, &options, &run->area_model, err));
    take_coefficients(run);
    if (run->area_model->fit->boundary)
        mirti_log(run->options.listener, MIRTI_LOG_INFO,
                  mirti_language_is_spanish(run->language)
                      ? "las áreas no difieren más allá de sus rasgos, hasta donde la encuesta lo "
                        "dice"
                      : "areas do not differ beyond their traits, as far as the survey can tell");
    return MIRTI_OK;
}

mirti_status mirti_run_fit_areas(mirti_run *run, mirti_error *err) {
    mirti_run_layer *layer = &run->layer[0];
    joined j = {0};
    /* The linear predictor without coefficients yet: it gives the means of its columns. */
    MIRTI_TRY(mirti_model_blank(run->spec, run->survey_block, &run->model, err));
    mirti_status status =
        mirti_contributions_new(run->model, layer->areas, &layer->contributions, err);
    if (status == MIRTI_OK) status = join(run, layer, &j, err);
    if (status == MIRTI_OK) status = fit(run, &j, err);
    forget(&j);
    return status;
}

/* ----------------------------------------------------------------------------------- the results -- */

mirti_status mirti_run_compute_area_level(mirti_run *run, mirti_run_layer *layer,
                                          mirti_error *err) {
    const mirti_simulate_options simulation = {
        .seed = run->seed, .confidence = run->project->confidence, .threads = run->options.threads};
    MIRTI_TRY(mirti_results_of_area_model(run->area_model, layer->areas, run->area_place,
                                          layer->contributions->mean, &layer->results, err));
    mirti_contributions_free(layer->contributions);
    layer->contributions = NULL;
    MIRTI_TRY(mirti_results_classify(layer->results, &run->project->classes, run->language,
                                     &layer->classes, err));
    MIRTI_TRY(mirti_results_rank(layer->results, err));
    MIRTI_TRY(mirti_results_simulate(layer->results, run->model->logit, &run->project->classes,
                                     layer->classes, &simulation, err));
    MIRTI_TRY(mirti_contributions_new(run->model, layer->areas, &layer->contributions, err));
    return mirti_results_factors(layer->results, layer->contributions, run->model, run->language,
                                 err);
}

/* ------------------------------------------------------------------------------ told to people -- */

void mirti_run_tell_area_model(const mirti_run *run, mirti_text *out) {
    bool english = strcmp(run->language, "en") == 0;
    const mirti_area_model *model = run->area_model;
    const char *noun = mirti_run_noun(run->language, run->layer[0].rule->kind, 2);
    mirti_text_printf(
        out,
        english ? "Learned from %s: direct estimates of %s %s, of which %s are used"
                : "Aprendido de %s: estimaciones directas de %s %s, de las que se usan %s",
        mirti_localized_get(&run->survey_block->title, run->language, run->survey_block->name),
        mirti_run_thousands((double)run->area_count.estimates).text, noun,
        mirti_run_thousands((double)model->fit->used).text);
    const struct {
        int64_t count;
        const char *es, *en;
    } why[] = {
        {model->few, "con muy pocos casos", "with too few rows"},
        {model->unusable, "de 0 o 1, o sin varianza", "that are 0 or 1, or have no variance"},
        {run->area_count.without_traits, "sin datos del censo", "without figures in the census"},
        {run->area_count.not_in_census, "que no están en el censo", "not in the census"},
    };
    const char *before = english ? " (not: " : " (no: ";
    for (size_t k = 0; k < sizeof why / sizeof *why; k++) {
        if (why[k].count == 0) continue;
        mirti_text_printf(out, "%s%s %s", before, mirti_run_thousands((double)why[k].count).text,
                          english ? why[k].en : why[k].es);
        before = ", ";
    }
    mirti_text_puts(out, before[0] == ',' ? ").\n" : ".\n");
}

void mirti_run_tell_direct(const mirti_run *run, int64_t area, mirti_text *out) {
    bool english = strcmp(run->language, "en") == 0;
    const mirti_area_model *model = run->area_model;
    int64_t a = run->area_place[area];
    if (a < 0) return;
    if (isnan(model->estimate[a])) {
        mirti_text_puts(out, english ? "The survey has no direct estimate of it.\n"
                                     : "La encuesta no tiene estimación directa de aquí.\n");
        return;
    }
    mirti_text_printf(
        out, english ? "The survey by itself: %.1f %%" : "La encuesta por sí sola: %.1f %%",
        100 * model->estimate[a]);
    if (!isnan(model->se[a]))
        mirti_text_printf(out, english ? " (standard error %.1f)" : " (error estándar %.1f)",
                          100 * model->se[a]);
    if (isnan(model->sampling[a]))
        mirti_text_puts(out, english ? "; not used.\n" : "; no se usa.\n");
    else
        mirti_text_printf(out,
                          english ? "; of the risk, %.0f %% of the weight.\n"
                                  : "; en el riesgo pesa %.0f %%.\n",
                          100 * model->fit->weight[a]);
}

void mirti_run_area_model_json(const mirti_run *run, mirti_json *json) {
    const mirti_area_model *model = run->area_model;
    const mirti_fay_herriot *fit = model->fit;
    mirti_json_object(json, "area_model");
    mirti_json_string(json, "scale", mirti_area_scale_name(fit->scale));
    mirti_json_string(json, "variance", model->options.smoothed ? "smoothed" : "direct");
    mirti_json_number(json, "least_rows", model->options.least_rows);
    mirti_json_integer(json, "direct_estimates", run->area_count.estimates);
    mirti_json_integer(json, "used", fit->used);
    mirti_json_integer(json, "too_few_rows", model->few);
    mirti_json_integer(json, "unusable", model->unusable);
    mirti_json_integer(json, "without_traits", run->area_count.without_traits);
    mirti_json_integer(json, "not_in_census", run->area_count.not_in_census);
    mirti_json_number(json, "between_areas", fit->variance);
    mirti_json_boolean(json, "boundary", fit->boundary);
    mirti_json_number(json, "design_effect", model->deff);
    mirti_json_end(json);
}
