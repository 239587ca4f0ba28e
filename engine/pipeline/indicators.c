/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the survey says by itself: direct estimates of indicators by domain, with the error that the
 * design gives them (survey.h). Domains are all combinations of the values of what they are made
 * by; those that the sample missed are there, without a number.
 */
#include "indicators.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The values of one thing that domains are made by, and which of them a row has. */
typedef struct values {
    int32_t count;
    const char **code, **label; ///< [count]
    int32_t *of;                ///< [rows] place of the row's value, −1 where unknown
} values;

static mirti_status no_memory(mirti_error *err) {
    return mirti_fail_memory(err, "the indicators");
}

static void forget_values(values *v) {
    mirti_free(v->code);
    mirti_free(v->label);
    mirti_free(v->of);
}

static mirti_status make_values(values *v, int32_t count, int64_t rows, mirti_error *err) {
    v->code = mirti_new((size_t)count, sizeof *v->code);
    v->label = mirti_new((size_t)count, sizeof *v->label);
    v->of = mirti_new((size_t)rows, sizeof *v->of);
    return v->code && v->label && v->of ? MIRTI_OK : no_memory(err);
}

/* ----------------------------------------------------------------------- values of categories -- */

static int level_of(const mirti_predictor *predictor, const char *code) {
    for (int l = 0; code && l < predictor->levels; l++)
        if (strcmp(predictor->level[l], code) == 0) return l;
    return -1;
}

static mirti_status take_levels(const mirti_run *run, const indicators_by *by, values *v,
                                mirti_error *err) {
    static const char *const code[] = {"0", "1"}, *const yes[] = {"no", "sí", "yes"};
    const mirti_predictor *predictor = &run->spec->predictor[by->predictor];
    const mirti_sample_extra *extra = &run->sample->extra[by->extra];
    bool category = predictor->kind == MIRTI_PREDICTOR_CATEGORY;
    v->count = category ? predictor->levels : 2;
    MIRTI_TRY(make_values(v, v->count, run->sample->rows, err));
    for (int32_t k = 0; k < v->count; k++) {
        v->code[k] = category ? predictor->level[k] : code[k];
        v->label[k] = category ? mirti_predictor_level(predictor, k, run->language)
                      : k == 1 && strcmp(run->language, "en") == 0 ? yes[2]
                                                                   : yes[k];
    }
    for (int64_t i = 0; i < run->sample->rows; i++)
        v->of[i] = category                  ? level_of(predictor, extra->code[i])
                   : isnan(extra->number[i]) ? -1
                                             : (int32_t)extra->number[i];
    return MIRTI_OK;
}

/* --------------------------------------------------------------------- values that are found -- */

typedef struct found {
    double number;
    const char *code;
    int64_t row;
} found;

static int compare_found(const void *a, const void *b) {
    const found *x = a, *y = b;
    if (x->code) return strcmp(x->code, y->code);
    return (x->number > y->number) - (x->number < y->number);
}

/* Numbers the values of the rows where there is one, in their order. */
static mirti_status take_found(mirti_indicators *out, const mirti_sample *sample,
                               const double *number, char *const *code, values *v,
                               mirti_error *err) {
    found *list = mirti_new((size_t)sample->rows, sizeof *list);
    if (!list) return no_memory(err);
    int64_t n = 0;
    for (int64_t i = 0; i < sample->rows; i++)
        if (code ? code[i] != NULL : !isnan(number[i]))
            list[n++] = (found){number ? number[i] : 0, code ? code[i] : NULL, i};
    qsort(list, (size_t)n, sizeof *list, compare_found);
    for (int64_t k = 0; k < n; k++)
        v->count += k == 0 || compare_found(&list[k], &list[k - 1]) != 0;
    mirti_status status = make_values(v, v->count, sample->rows, err);
    for (int64_t i = 0; status == MIRTI_OK && i < sample->rows; i++)
        v->of[i] = -1;
    int32_t place = -1;
    for (int64_t k = 0; status == MIRTI_OK && k < n; k++) {
        if (k == 0 || compare_found(&list[k], &list[k - 1]) != 0) {
            char text[32];
            if (number) mirti_number_print(list[k].number, text);
            const char *shown = number ? text : list[k].code;
            v->code[++place] = mirti_arena_copy(&out->texts, shown, strlen(shown));
            v->label[place] = v->code[place];
            if (!v->code[place]) status = no_memory(err);
        }
        v->of[list[k].row] = place;
    }
    mirti_free(list);
    return status;
}

static mirti_status take_values(const mirti_run *run, const indicators_by *by,
                                mirti_indicators *out, values *v, mirti_error *err) {
    const mirti_sample *s = run->sample;
    switch (by->kind) {
    case BY_AREA: return take_found(out, s, NULL, s->area, v, err);
    case BY_PARENT_AREA: return take_found(out, s, NULL, s->parent_area, v, err);
    case BY_PREDICTOR: return take_levels(run, by, v, err);
    case BY_EXPRESSION: break;
    }
    const mirti_sample_extra *extra = &s->extra[by->extra];
    return take_found(out, s, extra->number, extra->code, v, err);
}

/* -------------------------------------------------------------------------------------- domains -- */

/* Codes and labels of all combinations, and the domain [rows] of each row. */
static mirti_status combine(const values *v, int bys, int64_t rows, mirti_indicators *out,
                            int32_t *domain, mirti_error *err) {
    int64_t domains = 1;
    for (int b = 0; b < bys; b++) {
        if (v[b].count == 0)
            return mirti_fail(err, MIRTI_ERROR_INPUT, "no row of the survey has a value of '%s'",
                              out->by[b]);
        domains *= v[b].count;
        if (domains <= MIRTI_INDICATORS_MOST_DOMAINS) continue;
        mirti_status status = mirti_fail(err, MIRTI_ERROR_USAGE, "there are more than %d domains",
                                         MIRTI_INDICATORS_MOST_DOMAINS);
        mirti_fail_remedy(err, "Estimate by fewer things at a time.");
        return status;
    }
    out->domains = (int32_t)domains;
    size_t n = (size_t)domains * (size_t)bys;
    out->domain = mirti_new(n, sizeof *out->domain);
    out->domain_label = mirti_new(n, sizeof *out->domain_label);
    if (!out->domain || !out->domain_label) return no_memory(err);
    for (int32_t d = 0; d < out->domains; d++) {
        int32_t rest = d;
        for (int b = bys - 1; b >= 0; b--) {
            int32_t count = v[b].count > 0 ? v[b].count : 1; /* always: see above */
            int32_t k = rest % count;
            rest /= count;
            const char *label = v[b].label[k];
            out->domain[(size_t)d * (size_t)bys + (size_t)b] =
                mirti_arena_copy(&out->texts, v[b].code[k], strlen(v[b].code[k]));
            out->domain_label[(size_t)d * (size_t)bys + (size_t)b] =
                mirti_arena_copy(&out->texts, label, strlen(label));
        }
    }
    for (size_t k = 0; k < n; k++)
        if (!out->domain[k] || !out->domain_label[k]) return no_memory(err);
    for (int64_t i = 0; i < rows; i++) {
        domain[i] = 0;
        for (int b = 0; b < bys; b++)
            domain[i] = domain[i] < 0 || v[b].of[i] < 0 ? -1 : domain[i] * v[b].count + v[b].of[i];
    }
    return MIRTI_OK;
}

static mirti_status make_domains(const mirti_run *run, const indicators_plan *plan,
                                 mirti_indicators *out, int32_t *domain, mirti_error *err) {
    values v[MIRTI_INDICATORS_BY] = {0};
    mirti_status status = MIRTI_OK;
    for (int b = 0; status == MIRTI_OK && b < plan->bys; b++)
        status = take_values(run, &plan->by[b], out, &v[b], err);
    if (status == MIRTI_OK) status = combine(v, plan->bys, run->sample->rows, out, domain, err);
    for (int b = 0; b < plan->bys; b++)
        forget_values(&v[b]);
    return status;
}

/* ------------------------------------------------------------------------------------ estimates -- */

/* Scratch of one indicator: values, denominators and domains of all rows. */
typedef struct question {
    double *value, *per;
    int32_t *group;
} question;

static double value_at(const mirti_run *run, const indicators_ask *ask, int64_t i) {
    const mirti_sample_extra *extra = &run->sample->extra[ask->value];
    if (ask->predictor < 0) return extra->number[i];
    int level = level_of(&run->spec->predictor[ask->predictor], extra->code[i]);
    return level < 0 ? (double)NAN : level == ask->level;
}

/* A row is in its domain when all that the indicator needs is known; else it is counted. */
static void ask_rows(const mirti_run *run, const indicators_ask *ask, const int32_t *domain,
                     question *q, mirti_indicator *indicator) {
    const mirti_sample *s = run->sample;
    indicator->proportion = indicator->statistic == MIRTI_SURVEY_MEAN;
    for (int64_t i = 0; i < s->rows; i++) {
        q->group[i] = -1;
        if (!s->population[i]) continue;
        double among = ask->among < 0 ? 1 : s->extra[ask->among].number[i];
        if (among == 0) continue;
        q->value[i] = value_at(run, ask, i);
        if (ask->per >= 0) q->per[i] = s->extra[ask->per].number[i];
        if (isnan(among) || !isfinite(q->value[i]) || (ask->per >= 0 && !isfinite(q->per[i]))) {
            indicator->unknown++;
            continue;
        }
        if (q->value[i] != 0 && q->value[i] != 1) indicator->proportion = false;
        q->group[i] = domain[i];
    }
}

static mirti_status estimate_all(const mirti_run *run, const indicators_plan *plan,
                                 const int32_t *domain, question *q, mirti_indicators *out,
                                 mirti_error *err) {
    for (int k = 0; k < out->indicators; k++) {
        MIRTI_TRY(mirti_progress(run->options.listener, "indicators", k, out->indicators, err));
        mirti_indicator *indicator = &out->indicator[k];
        ask_rows(run, &plan->ask[k], domain, q, indicator);
        MIRTI_TRY(mirti_survey_estimates(
            run->sample->design, run->sample->replicates, indicator->statistic, q->value,
            indicator->statistic == MIRTI_SURVEY_RATIO ? q->per : NULL, q->group, out->domains,
            out->confidence, out->estimate + (size_t)k * (size_t)out->domains, err));
    }
    return MIRTI_OK;
}

static void describe(const mirti_run *run, const int32_t *domain, mirti_indicators *out) {
    const mirti_survey_design *design = run->sample->design;
    out->rows = run->sample->rows;
    out->strata = design->strata;
    out->psus = design->psus;
    out->lonely = design->lonely_strata;
    out->df = mirti_survey_design_df(design);
    out->second_stage = design->ssus > 0;
    for (int64_t i = 0; i < out->rows; i++)
        out->elsewhere += run->sample->population[i] && domain[i] < 0;
}

static mirti_status estimate(const mirti_run *run, const indicators_plan *plan,
                             mirti_indicators *out, mirti_error *err) {
    size_t rows = (size_t)run->sample->rows;
    question q = {.value = mirti_new(rows, sizeof *q.value),
                  .per = mirti_new(rows, sizeof *q.per),
                  .group = mirti_new(rows, sizeof *q.group)};
    int32_t *domain = mirti_new(rows, sizeof *domain);
    mirti_status status = q.value && q.per && q.group && domain ? MIRTI_OK : no_memory(err);
    if (status == MIRTI_OK) status = make_domains(run, plan, out, domain, err);
    if (status == MIRTI_OK) {
        describe(run, domain, out);
        out->estimate =
            mirti_new((size_t)out->indicators * (size_t)out->domains, sizeof *out->estimate);
        status = out->estimate ? estimate_all(run, plan, domain, &q, out, err) : no_memory(err);
    }
    mirti_free(q.value);
    mirti_free(q.per);
    mirti_free(q.group);
    mirti_free(domain);
    return status;
}

const char *mirti_indicators_quality(const mirti_survey_estimate *estimate) {
    if (estimate->rows == 0) return "missing: no sample";
    if (isnan(estimate->value)) return "missing: zero denominator";
    return isnan(estimate->lo) ? "poor" : mirti_survey_quality(estimate->cv);
}

mirti_status mirti_run_indicators(mirti_run *run, const mirti_indicators_options *options,
                                  mirti_indicators **out, mirti_error *err) {
    *out = NULL;
    MIRTI_TRY(mirti_run_needs_survey(run, err));
    const mirti_source_block *block = run->survey_block;
    if (block->kind == MIRTI_SOURCE_ESTIMATES) MIRTI_TRY(mirti_run_needs_persons(run, err));
    indicators_plan plan = {0};
    mirti_indicators *made = mirti_new(1, sizeof *made);
    if (!made) return no_memory(err);
    made->confidence = run->project->confidence;
    made->source = block->name;
    made->title = mirti_localized_get(&block->title, run->language, block->name);
    made->population = mirti_localized_get(&run->spec->population, run->language, run->spec->name);
    mirti_status status = mirti_indicators_plan_make(run, options, &plan, made, err);
    if (status == MIRTI_OK) status = mirti_run_read_survey(run, plan.extra, plan.extras, err);
    if (status == MIRTI_OK) status = estimate(run, &plan, made, err);
    mirti_indicators_plan_reset(&plan);
    if (status != MIRTI_OK) {
        mirti_indicators_free(made);
        return status;
    }
    *out = made;
    return MIRTI_OK;
}

void mirti_indicators_free(mirti_indicators *indicators) {
    if (!indicators) return;
    mirti_free(indicators->domain);
    mirti_free(indicators->domain_label);
    mirti_free(indicators->indicator);
    mirti_free(indicators->estimate);
    mirti_arena_reset(&indicators->texts);
    mirti_free(indicators);
}
