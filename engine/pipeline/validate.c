/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The validation of a project's model: the survey is read and fitted as a run does, the measures of
 * the validate room are taken, and where the project has a census, each larger area is given the
 * rate that the model predicts for it from the census, before any benchmarking.
 *
 * What is validated is the model that predicts: with effects of areas (`area_effects`), the mixed
 * logit with what the survey says of its areas.
 */
#include "run.h"

#include "mirti/publish.h"

#include <math.h>
#include <string.h>

/* Whether any area of the layer is a part of one of the larger areas of the survey. */
static mirti_area_check *find_area(const mirti_area_checks *checks, const char *code) {
    int32_t low = 0, high = checks->areas;
    while (code && low < high) {
        int32_t middle = low + (high - low) / 2;
        int order = strcmp(checks->area[middle].code, code);
        if (order == 0) return &checks->area[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Sums over the parts of one larger area. */
typedef struct parts {
    double children, expected, own;     /* own: Σ (children × own_se)² */
    double shared[MIRTI_SHARED_ERRORS]; /* Σ children × shared_se: the parts have it in common */
    double *gradient;                   /* [p] */
} parts;

static void add_part(parts *sum, const mirti_results *r, int64_t i) {
    double children = r->children[i];
    sum->children += children;
    sum->expected += children * r->risk[i];
    sum->own += children * r->own_se[i] * (children * r->own_se[i]);
    for (int e = 0; e < MIRTI_SHARED_ERRORS; e++)
        sum->shared[e] += children * r->shared_se[e][i];
    for (int j = 0; j < r->columns; j++)
        sum->gradient[j] += children * r->gradient[i * r->columns + j];
}

static double error_of(const parts *sum, const mirti_logit *fit) {
    double variance = sum->own;
    for (int e = 0; e < MIRTI_SHARED_ERRORS; e++)
        variance += sum->shared[e] * sum->shared[e];
    for (int j = 0; j < fit->columns; j++)
        for (int k = 0; k < fit->columns; k++)
            variance += sum->gradient[j] * fit->covariance[j * fit->columns + k] * sum->gradient[k];
    return sqrt(fmax(variance, 0)) / sum->children;
}

/* The rate of each larger area from its parts in `r`; names where the census knows them. */
static mirti_status rate_parts(const mirti_run *run, const mirti_results *r, const mirti_logit *fit,
                               mirti_error *err) {
    mirti_area_checks *checks = run->validation->areas;
    size_t p = (size_t)r->columns, areas = (size_t)checks->areas;
    double *gradient = mirti_new(areas * p, sizeof *gradient);
    parts *sum = mirti_new(areas, sizeof *sum);
    mirti_status status = gradient && sum ? MIRTI_OK : mirti_fail_memory(err, "the larger areas");
    for (size_t a = 0; a < areas && status == MIRTI_OK; a++)
        sum[a].gradient = gradient + a * p;
    for (int64_t i = 0; i < r->count && status == MIRTI_OK; i++) {
        mirti_area_check *area = find_area(checks, r->parent_code[i]);
        if (!area) continue;
        if (!area->name && r->parent_name[i]) {
            area->name = mirti_strdup(r->parent_name[i]);
            if (!area->name) status = mirti_fail_memory(err, "the larger areas");
        }
        if (!isnan(r->risk[i]) && r->children[i] > 0) add_part(&sum[area - checks->area], r, i);
    }
    for (size_t a = 0; a < areas && status == MIRTI_OK; a++) {
        if (!(sum[a].children > 0)) continue;
        checks->area[a].census = sum[a].expected / sum[a].children;
        checks->area[a].census_se = error_of(&sum[a], fit);
    }
    mirti_free(gradient);
    mirti_free(sum);
    return status;
}

/* The layer whose areas are parts of the survey's larger areas; NULL if there is none. */
static const mirti_run_layer *layer_of_parts(const mirti_run *run) {
    for (int l = 0; l < run->layers; l++) {
        const mirti_areas *a = run->layer[l].areas;
        for (int64_t i = 0; i < a->count; i++)
            if (find_area(run->validation->areas, a->parent_code[i])) return &run->layer[l];
    }
    return NULL;
}

static mirti_status compare_census(mirti_run *run, mirti_error *err) {
    MIRTI_TRY(mirti_run_read_census(run, err));
    const mirti_run_layer *layer = layer_of_parts(run);
    if (!layer) {
        mirti_log(run->options.listener, MIRTI_LOG_INFO,
                  mirti_language_is_spanish(run->language)
                      ? "ninguna área del censo es parte de las áreas mayores de la encuesta: se "
                        "comparan sólo con la encuesta"
                      : "no area of the census is a part of the survey's larger areas: they are "
                        "compared with the survey only");
        return MIRTI_OK;
    }
    mirti_run_predictor predictor;
    mirti_results *results = NULL;
    MIRTI_TRY(mirti_run_predictor_make(run, &predictor, err));
    const mirti_predict_options options = {
        .confidence = run->project->confidence,
        .dispersion = run->project->dispersion,
        .threads = run->options.threads,
        .effects = mirti_run_has_effects(run) ? &predictor.effects : NULL};
    mirti_status status =
        mirti_predict_areas(&predictor.model, layer->areas, &options, &results, err);
    if (status == MIRTI_OK) status = rate_parts(run, results, predictor.model.logit, err);
    mirti_results_free(results);
    mirti_run_predictor_reset(&predictor);
    return status;
}

/* The effects of areas as they were fitted, and how to fit them again. */
static mirti_validate_effects effects_of(const mirti_run *run) {
    const mirti_effects_choice *choice = &run->project->area_effects;
    const mirti_sample *s = run->sample;
    return (mirti_validate_effects){.mixed = run->mixed,
                                    .nested = run->nested,
                                    .area = choice->level == MIRTI_EFFECTS_PARENT ? NULL : s->area,
                                    .parent =
                                        choice->level == MIRTI_EFFECTS_AREA ? NULL : s->parent_area,
                                    .quadrature = choice->quadrature,
                                    .scaling = choice->scaling};
}

mirti_status mirti_run_validate(mirti_run *run, const mirti_run_validate_options *options,
                                mirti_error *err) {
    MIRTI_TRY(mirti_run_needs_persons(run, err));
    MIRTI_TRY(mirti_run_fit(run, err));
    const mirti_sample *s = run->sample;
    const mirti_validate_effects effects = effects_of(run);
    const mirti_validate_options how = {.confidence = run->project->confidence,
                                        .folds = options->folds,
                                        .seed = run->seed,
                                        .threads = run->options.threads,
                                        .listener = run->options.listener,
                                        .effects = mirti_run_has_effects(run) ? &effects : NULL};
    MIRTI_TRY(mirti_validate(s->design, run->model, s->x, s->y, s->in, s->parent_area, &how,
                             &run->validation, err));
    const mirti_area_checks *areas = run->validation->areas;
    if (options->survey_only || !run->census_block || run->layers == 0 || !areas ||
        areas->areas == 0)
        return MIRTI_OK;
    return compare_census(run, err);
}

/* --------------------------------------------------------------------------------- the files -- */

static mirti_figure_input figure_input(const mirti_run *run, const mirti_model *model) {
    const mirti_model_spec *spec = run->spec;
    return (mirti_figure_input){
        .validation = run->validation,
        .model = model,
        .language = run->language,
        .title = mirti_localized_get(&spec->title, run->language, spec->name),
        .source =
            mirti_localized_get(&run->survey_block->title, run->language, run->survey_block->name),
        .outcome = mirti_localized_get(&spec->outcome_label, run->language, spec->outcome),
    };
}

static const char *const ending[] = {[MIRTI_PICTURE_PNG] = ".png", [MIRTI_PICTURE_SVG] = ".svg"};

/* Everything that may be written: whether there is a picture of states is known only later. */
static void list_files(const mirti_run *run, mirti_run_files *files) {
    mirti_run_files_add(files, "validation", ".json");
    mirti_run_files_add(files, "validation", ".txt");
    const mirti_figure_input input =
        run->validation ? figure_input(run, run->model) : (mirti_figure_input){0};
    for (int f = 0; f < MIRTI_FIGURES; f++)
        for (int k = 0; k < 2; k++)
            if (!run->validation || mirti_figure_applies((mirti_figure)f, &input))
                mirti_run_files_add(files, mirti_figure_name((mirti_figure)f), ending[k]);
}

mirti_status mirti_run_validation_writable(const mirti_run *run, const char *directory,
                                           mirti_error *err) {
    mirti_run_files files = {0};
    list_files(run, &files);
    return mirti_run_files_writable(run, directory, &files, err);
}

static mirti_status write_figure(const mirti_figure_input *input, mirti_figure figure,
                                 const char *stage, mirti_error *err) {
    for (int k = 0; k < 2; k++) {
        mirti_text picture = {0};
        char name[64];
        snprintf(name, sizeof name, "%s%s", mirti_figure_name(figure), ending[k]);
        mirti_status status =
            mirti_figure_make(figure, input, (mirti_picture_format)k, &picture, err);
        if (status == MIRTI_OK) status = mirti_run_write_text(stage, name, &picture, err);
        mirti_text_reset(&picture);
        MIRTI_TRY(status);
    }
    return MIRTI_OK;
}

/* Coefficients are those of the model that predicts. */
static mirti_status write_figures(const mirti_run *run, const char *stage, mirti_error *err) {
    mirti_run_predictor predictor;
    MIRTI_TRY(mirti_run_predictor_make(run, &predictor, err));
    const mirti_figure_input input = figure_input(run, &predictor.model);
    mirti_status status = MIRTI_OK;
    for (int f = 0; f < MIRTI_FIGURES && status == MIRTI_OK; f++) {
        if (!mirti_figure_applies((mirti_figure)f, &input)) continue;
        status = mirti_progress(run->options.listener, "draw", f, MIRTI_FIGURES, err);
        if (status == MIRTI_OK) status = write_figure(&input, (mirti_figure)f, stage, err);
    }
    mirti_run_predictor_reset(&predictor);
    return status;
}

static mirti_status write_files(const mirti_run *run, const char *stage, mirti_error *err) {
    mirti_text text = {0};
    mirti_status status = mirti_run_validation_json(run, &text, err);
    if (status == MIRTI_OK) status = mirti_run_write_text(stage, "validation.json", &text, err);
    mirti_text_reset(&text);
    MIRTI_TRY(status);
    status = mirti_run_validation_text(run, &text, err);
    if (status == MIRTI_OK) status = mirti_run_write_text(stage, "validation.txt", &text, err);
    mirti_text_reset(&text);
    MIRTI_TRY(status);
    return write_figures(run, stage, err);
}

mirti_status mirti_run_validation_write(const mirti_run *run, const char *directory,
                                        mirti_error *err) {
    mirti_run_files files = {0};
    list_files(run, &files);
    return mirti_run_files_place(run, directory, &files, write_files, err);
}
