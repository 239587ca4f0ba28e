/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Areas that differ beyond their traits: the mixed logit fitted on the survey's areas, on their
 * parents, or on areas within parents, and how it takes the logit's place in prediction.
 */
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rows of the fit that say in which area and parent they are; others cannot tell areas apart. */
typedef struct placed {
    mirti_str *area, *parent; /* [rows]; NULL where the level has no part for it */
    uint8_t *in;              /* [rows] */
    int64_t lost;             /* children without one */
} placed;

static void forget(placed *rows) {
    mirti_free(rows->area);
    mirti_free(rows->parent);
    mirti_free(rows->in);
}

/* The codes of one level, and out with the rows that have none. */
static mirti_status take_codes(const mirti_sample *s, char *const *code, uint8_t *in,
                               mirti_str **out, mirti_error *err) {
    *out = mirti_new((size_t)s->rows, sizeof **out);
    if (!*out) return mirti_fail_memory(err, "the effects of areas");
    for (int64_t i = 0; i < s->rows; i++) {
        (*out)[i] = mirti_str_of(code[i]);
        in[i] = in[i] && (*out)[i].size > 0;
    }
    return MIRTI_OK;
}

static mirti_status take_rows(const mirti_run *run, placed *out, mirti_error *err) {
    const mirti_sample *s = run->sample;
    mirti_effects_level level = run->project->area_effects.level;
    out->in = mirti_new((size_t)s->rows, 1);
    if (!out->in) return mirti_fail_memory(err, "the effects of areas");
    memcpy(out->in, s->in, (size_t)s->rows);
    if (level != MIRTI_EFFECTS_PARENT) MIRTI_TRY(take_codes(s, s->area, out->in, &out->area, err));
    if (level != MIRTI_EFFECTS_AREA)
        MIRTI_TRY(take_codes(s, s->parent_area, out->in, &out->parent, err));
    for (int64_t i = 0; i < s->rows; i++)
        out->lost += s->in[i] && !out->in[i];
    return MIRTI_OK;
}

static mirti_status place(const mirti_run *run, placed *out, mirti_error *err) {
    *out = (placed){0};
    mirti_status status = take_rows(run, out, err);
    if (status != MIRTI_OK) forget(out);
    return status;
}

static mirti_status fit(mirti_run *run, const placed *rows, mirti_error *err) {
    const mirti_sample *s = run->sample;
    const mirti_effects_choice *choice = &run->project->area_effects;
    if (rows->lost > 0)
        mirti_log(run->options.listener, MIRTI_LOG_WARNING,
                  mirti_language_is_spanish(run->language)
                      ? "%lld niñas, niños y adolescentes de la encuesta no están en un área "
                        "conocida, y no dicen nada de cómo difieren las áreas"
                      : "%lld children of the survey are in no known area, and say nothing of how "
                        "areas differ",
                  (long long)rows->lost);
    const mirti_mixed_options options = {.quadrature = choice->quadrature,
                                         .scaling = choice->scaling,
                                         .threads = run->options.threads,
                                         .listener = run->options.listener};
    if (choice->level == MIRTI_EFFECTS_NESTED)
        return mirti_nested_fit(s->design, s->x, s->columns, s->y, rows->in, rows->area,
                                rows->parent, run->terms->name, &options, &run->nested, err);
    return mirti_mixed_fit(s->design, s->x, s->columns, s->y, rows->in,
                           rows->area ? rows->area : rows->parent, run->terms->name, &options,
                           &run->mixed, err);
}

mirti_status mirti_run_fit_effects(mirti_run *run, mirti_error *err) {
    placed rows;
    MIRTI_TRY(place(run, &rows, err));
    mirti_status status = fit(run, &rows, err);
    forget(&rows);
    MIRTI_TRY(status);
    const mirti_nested *nested = run->nested;
    if (nested ? nested->area_boundary && nested->parent_boundary : run->mixed->boundary)
        mirti_log(run->options.listener, MIRTI_LOG_INFO,
                  mirti_language_is_spanish(run->language)
                      ? "las áreas no difieren más allá de sus rasgos, hasta donde la encuesta lo "
                        "dice"
                      : "areas do not differ beyond their traits, as far as the survey can tell");
    return MIRTI_OK;
}

static mirti_status replicate(mirti_run *run, const placed *rows, mirti_error *err) {
    const mirti_sample *s = run->sample;
    const mirti_replicate_options options = {.replicates = (int)run->project->bootstrap,
                                             .seed = run->seed,
                                             .threads = run->options.threads,
                                             .listener = run->options.listener};
    if (run->nested)
        return mirti_nested_replicate(s->design, s->x, s->y, rows->in, rows->area, rows->parent,
                                      run->terms->name, run->nested, &options, &run->replicates,
                                      err);
    return mirti_mixed_replicate(s->design, s->x, s->y, rows->in,
                                 rows->area ? rows->area : rows->parent, run->terms->name,
                                 run->mixed, &options, &run->replicates, err);
}

mirti_status mirti_run_replicate(mirti_run *run, mirti_error *err) {
    placed rows;
    MIRTI_TRY(place(run, &rows, err));
    mirti_status status = replicate(run, &rows, err);
    forget(&rows);
    if (status == MIRTI_OK && run->replicates->failed > 0)
        mirti_log(run->options.listener, MIRTI_LOG_WARNING,
                  mirti_language_is_spanish(run->language)
                      ? "%d de %d réplicas del bootstrap no se pueden ajustar y se dejan fuera"
                      : "%d of %d bootstrap replicates have no fit and are left out",
                  run->replicates->failed, run->replicates->count);
    return status;
}

/* ---------------------------------------------------------------------------------- prediction */

bool mirti_run_has_effects(const mirti_run *run) {
    return run->mixed || run->nested;
}

/* Coefficients of the mixed logit and their part of its covariance [size × size]. */
static mirti_status take_coefficients(mirti_run_predictor *out, int columns, int size, double *beta,
                                      const double *covariance, mirti_error *err) {
    size_t p = (size_t)columns, k = (size_t)size;
    out->covariance = mirti_new(p * p, sizeof *out->covariance);
    if (!out->covariance) return mirti_fail_memory(err, "the effects of areas");
    for (size_t j = 0; j < p; j++)
        memcpy(out->covariance + j * p, covariance + j * k, p * sizeof(double));
    out->logit.beta = beta;
    out->logit.covariance = out->covariance;
    return MIRTI_OK;
}

/* Areas of the kind that the survey's are of, in which those of a layer may lie. */
static const mirti_areas *find_larger(const mirti_run *run) {
    for (int i = 0; i < run->layers; i++)
        if (strcmp(run->layer[i].rule->kind, run->survey_block->area_kind) == 0)
            return run->layer[i].areas;
    return NULL;
}

static mirti_status take_effects(const mirti_run *run, mirti_run_predictor *out, mirti_error *err) {
    const mirti_mixed *mixed = run->mixed;
    const mirti_nested *nested = run->nested;
    if (mixed) {
        MIRTI_TRY(take_coefficients(out, mixed->columns, mixed->columns + 1, mixed->beta,
                                    mixed->covariance, err));
        mirti_area_effects_of_mixed(mixed, run->project->area_effects.level == MIRTI_EFFECTS_PARENT,
                                    &out->effects);
    } else {
        MIRTI_TRY(take_coefficients(out, nested->columns, nested->columns + 2, nested->beta,
                                    nested->covariance, err));
        MIRTI_TRY(mirti_area_effects_of_nested(nested, &out->effects, err));
    }
    out->effects.kind = run->survey_block->area_kind;
    out->effects.larger = find_larger(run);
    return MIRTI_OK;
}

mirti_status mirti_run_predictor_make(const mirti_run *run, mirti_run_predictor *out,
                                      mirti_error *err) {
    *out = (mirti_run_predictor){.model = *run->model, .logit = *run->model->logit};
    if (!mirti_run_has_effects(run)) return MIRTI_OK;
    out->model.logit = &out->logit;
    mirti_status status = take_effects(run, out, err);
    if (status != MIRTI_OK) mirti_run_predictor_reset(out);
    return status;
}

void mirti_run_predictor_reset(mirti_run_predictor *predictor) {
    mirti_area_effects_reset(&predictor->effects);
    mirti_free(predictor->covariance);
    predictor->covariance = NULL;
}

void mirti_run_warn_of_effects(const mirti_run *run, const mirti_results *results) {
    if (!mirti_run_has_effects(run) || run->project->area_effects.level == MIRTI_EFFECTS_AREA)
        return;
    int64_t told = 0, all = 0;
    for (int64_t i = 0; i < results->count; i++) {
        told += results->method[i] == MIRTI_METHOD_EB;
        all += results->method[i] != MIRTI_METHOD_NONE;
    }
    bool differ = run->nested ? run->nested->sigma_parent > 0 : run->mixed->sigma > 0;
    if (told == 0 && all > 0 && differ)
        mirti_log(
            run->options.listener, MIRTI_LOG_WARNING,
            mirti_language_is_spanish(run->language)
                ? "%s: de ninguna se sabe que esté en un área mayor de la encuesta, así que "
                  "ninguna tiene su efecto: la fuente del censo ha de decir sus áreas mayores con "
                  "las claves de la encuesta"
                : "no area of kind '%s' is known to lie in a larger area of the survey, so none "
                  "has its effect: the census source must tell their larger areas by the survey's "
                  "codes",
            mirti_language_is_spanish(run->language)
                ? mirti_run_noun(run->language, results->kind, 2)
                : results->kind);
}

/* ------------------------------------------------------------------------------- for the record */

typedef struct one_sigma {
    const char *of;
    double value, variance;
    bool boundary;
} one_sigma;

/* The standard deviations of the effects, finest first; returns how many there are. */
static int list_sigmas(const mirti_run *run, one_sigma sigma[2]) {
    const mirti_mixed *mixed = run->mixed;
    const mirti_nested *nested = run->nested;
    if (mixed) {
        size_t k = (size_t)mixed->columns + 1;
        sigma[0] = (one_sigma){mirti_effects_level_name(run->project->area_effects.level),
                               mixed->sigma, mixed->covariance[k * k - 1], mixed->boundary};
        return 1;
    }
    size_t k = (size_t)nested->columns + 2;
    sigma[0] = (one_sigma){"area", nested->sigma_area, nested->covariance[(k - 1) * k - 2],
                           nested->area_boundary};
    sigma[1] = (one_sigma){"parent", nested->sigma_parent, nested->covariance[k * k - 1],
                           nested->parent_boundary};
    return 2;
}

/* Whether the sigma in place s is that between larger areas. */
static bool is_parents(mirti_effects_level level, int s) {
    return s == 1 || level == MIRTI_EFFECTS_PARENT;
}

void mirti_run_effects_json(const mirti_run *run, mirti_json *json) {
    const mirti_mixed *mixed = run->mixed;
    const mirti_nested *nested = run->nested;
    const mirti_effects_choice *choice = &run->project->area_effects;
    one_sigma sigma[2];
    int sigmas = list_sigmas(run, sigma);
    mirti_json_string(json, "level", mirti_effects_level_name(choice->level));
    for (int s = 0; s < sigmas; s++) {
        char name[3][32];
        const char *of = sigmas > 1 ? sigma[s].of : "";
        const char *joint = sigmas > 1 ? "_" : "";
        snprintf(name[0], sizeof name[0], "sigma%s%s", joint, of);
        snprintf(name[1], sizeof name[1], "sigma%s%s_se", joint, of);
        snprintf(name[2], sizeof name[2], "boundary%s%s", joint, of);
        mirti_json_number(json, name[0], sigma[s].value);
        mirti_json_number(json, name[1], sqrt(sigma[s].variance));
        mirti_json_boolean(json, name[2], sigma[s].boundary);
    }
    mirti_json_integer(json, "areas", mixed ? mixed->areas : nested->areas);
    if (nested) mirti_json_integer(json, "parents", nested->parents);
    mirti_json_integer(json, "rows", mixed ? mixed->rows : nested->rows);
    mirti_json_integer(json, "quadrature", mixed ? mixed->quadrature : 1);
    mirti_json_string(json, "weight_scaling",
                      mirti_weight_scaling_name(mixed ? mixed->scaling : nested->scaling));
    mirti_json_object(json, "coefficients");
    for (int j = 0; j < run->terms->columns; j++)
        mirti_json_number(json, run->terms->name[j], mixed ? mixed->beta[j] : nested->beta[j]);
    mirti_json_end(json);
}

/* The sentences of the table of coefficients and of the summary, once per language. */
typedef struct wording {
    const char *table, *sigma, *sigma_none, *sigma_se, *both, *one_kind, *quadrature, *laplace;
    const char *head, *one, *none, *tail;
    const char *between[2]; ///< areas, parents
    const char *level[3];   ///< by mirti_effects_level
    const char *scaling[4]; ///< by mirti_weight_scaling
} wording;

static const wording words[2] = {
    {.table = "\neffects of areas (level %s), mixed logit on the same children:\n",
     .sigma = "  sigma between %s %.4f",
     .sigma_none = ": none to be seen, at the boundary\n",
     .sigma_se = " (se %.4f)\n",
     .both = "  %d areas in %d larger areas",
     .one_kind = "  %d %s",
     .quadrature = " in the survey; quadrature of %d%s, weights scaled: %s\n",
     .laplace = " (Laplace)",
     .head = "Effects of areas, beyond their traits (level %s):",
     .one = "%s standard deviation of %.2f between %s",
     .none = " (none to be seen)",
     .tail = "; weights '%s', quadrature of %d.\n",
     .between = {"areas", "larger areas"},
     .level = {"area", "parent", "nested"},
     .scaling = {[MIRTI_SCALING_SIZE] = "size",
                 [MIRTI_SCALING_EFFECTIVE] = "effective",
                 [MIRTI_SCALING_NONE] = "none",
                 [MIRTI_SCALING_UNIT] = "unit"}},
    {.table = "\nefectos de las áreas (nivel %s), logit mixto con las mismas niñas, niños y "
              "adolescentes:\n",
     .sigma = "  sigma entre %s %.4f",
     .sigma_none = ": no se ve que difieran, en el borde\n",
     .sigma_se = " (e.e. %.4f)\n",
     .both = "  %d áreas en %d áreas mayores",
     .one_kind = "  %d %s",
     .quadrature = " en la encuesta; cuadratura de %d%s, factores de expansión escalados: %s\n",
     .laplace = " (Laplace)",
     .head = "Efectos de las áreas, más allá de sus rasgos (nivel %s):",
     .one = "%s desviación de %.2f entre %s",
     .none = " (no se ve que difieran)",
     .tail = "; pesos «%s», cuadratura de %d.\n",
     .between = {"áreas", "áreas mayores"},
     .level = {"área", "área mayor", "anidado"},
     .scaling = {[MIRTI_SCALING_SIZE] = "número de casos",
                 [MIRTI_SCALING_EFFECTIVE] = "tamaño efectivo",
                 [MIRTI_SCALING_NONE] = "sin escalar",
                 [MIRTI_SCALING_UNIT] = "cada caso cuenta 1"}},
};

static const wording *find_words(const mirti_run *run) {
    return &words[mirti_language_is_spanish(run->language)];
}

const char *mirti_run_effects_level(const mirti_run *run) {
    return find_words(run)->level[run->project->area_effects.level];
}

static const char *scaling_in_words(const mirti_run *run, const wording *w) {
    return w->scaling[run->mixed ? run->mixed->scaling : run->nested->scaling];
}

void mirti_run_effects_table(const mirti_run *run, mirti_text *out) {
    const wording *w = find_words(run);
    const mirti_mixed *mixed = run->mixed;
    const mirti_nested *nested = run->nested;
    mirti_effects_level level = run->project->area_effects.level;
    one_sigma sigma[2];
    int sigmas = list_sigmas(run, sigma);
    mirti_text_printf(out, w->table, w->level[level]);
    for (int s = 0; s < sigmas; s++) {
        mirti_text_printf(out, w->sigma, w->between[is_parents(level, s)], sigma[s].value);
        if (sigma[s].boundary)
            mirti_text_puts(out, w->sigma_none);
        else
            mirti_text_printf(out, w->sigma_se, sqrt(sigma[s].variance));
    }
    if (nested)
        mirti_text_printf(out, w->both, (int)nested->areas, (int)nested->parents);
    else
        mirti_text_printf(out, w->one_kind, (int)mixed->areas, w->between[is_parents(level, 0)]);
    int nodes = mixed ? mixed->quadrature : 1;
    mirti_text_printf(out, w->quadrature, nodes, nodes == 1 ? w->laplace : "",
                      scaling_in_words(run, w));
}

void mirti_run_tell_effects(const mirti_run *run, mirti_text *out) {
    const wording *w = find_words(run);
    mirti_effects_level level = run->project->area_effects.level;
    one_sigma sigma[2];
    int sigmas = list_sigmas(run, sigma);
    mirti_text_printf(out, w->head, w->level[level]);
    for (int s = 0; s < sigmas; s++) {
        mirti_text_printf(out, w->one, s > 0 ? "," : "", sigma[s].value,
                          w->between[is_parents(level, s)]);
        if (sigma[s].boundary) mirti_text_puts(out, w->none);
    }
    mirti_text_printf(out, w->tail, scaling_in_words(run, w),
                      run->mixed ? run->mixed->quadrature : 1);
}
