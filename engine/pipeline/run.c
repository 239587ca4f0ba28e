/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A project from end to end, in order: specs, then survey, census, boundaries and checksums side by
 * side, then prediction (or the index), levels, ranks and the join. What each step does stands in
 * its room. */
#include "run.h"

#include <math.h>
#include <string.h>
#include <time.h>

double mirti_run_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ------------------------------------------------------------------------------------- opening */

static const mirti_source_block *find_block(const mirti_model_spec *spec, const char *name) {
    int i = name ? mirti_model_spec_source(spec, name) : -1;
    return i < 0 ? NULL : &spec->source[i];
}

static const mirti_boundary_input *find_boundary(const mirti_project *project, const char *kind) {
    for (int i = 0; i < project->boundaries; i++) {
        if (strcmp(project->boundary[i].kind, kind) == 0) return &project->boundary[i];
    }
    return NULL;
}

/* The kinds of area a run produces: those the project has boundaries for, or, without any
 * boundaries, all that the census source describes. */
static mirti_status open_layers(mirti_run *run, mirti_error *err) {
    const mirti_source_block *block = run->census_block;
    if (!block || block->kind == MIRTI_SOURCE_SURVEY) return MIRTI_OK;
    run->layer = mirti_new((size_t)block->areas + 1, sizeof *run->layer);
    if (!run->layer) return mirti_fail_memory(err, "the layers");
    if (block->kind == MIRTI_SOURCE_CENSUS) {
        run->persons_rule = (mirti_area_rule){.kind = block->area_kind, .code = block->area};
        run->layer[run->layers++] = (mirti_run_layer){
            .rule = &run->persons_rule, .boundary = find_boundary(run->project, block->area_kind)};
        return MIRTI_OK;
    }
    for (int i = 0; i < block->areas; i++) {
        const mirti_area_rule *rule = &block->area_rule[i];
        const mirti_boundary_input *boundary = find_boundary(run->project, rule->kind);
        if (run->project->area_model.wanted &&
            strcmp(rule->kind, run->survey_block->area_kind) != 0)
            continue; /* of which there are no direct estimates */
        if (!boundary && !run->project->area_model.wanted && run->project->boundaries > 0) continue;
        run->layer[run->layers++] = (mirti_run_layer){.rule = rule, .boundary = boundary};
    }
    return MIRTI_OK;
}

static mirti_status open_specs(mirti_run *run, mirti_error *err) {
    MIRTI_TRY(mirti_project_read(run->options.project, &run->project, err));
    char *model_path = NULL;
    MIRTI_TRY(mirti_project_model_path(run->project, &model_path, err));
    mirti_status status = mirti_model_spec_read(model_path, &run->spec, err);
    mirti_free(model_path);
    MIRTI_TRY(status);
    MIRTI_TRY(mirti_project_check(run->project, run->spec, err));
    run->survey_block = find_block(run->spec, run->project->survey.source);
    run->census_block = find_block(run->spec, run->project->census.source);
    if (run->survey_block && run->survey_block->kind == MIRTI_SOURCE_ESTIMATES)
        run->project->area_model.wanted = true;
    run->seed = run->options.seed_given ? run->options.seed : run->project->seed;
    run->language = run->options.language ? run->options.language : run->project->language;
    MIRTI_TRY(mirti_terms_new(run->spec, &run->terms, err));
    return open_layers(run, err);
}

mirti_status mirti_run_open(const mirti_run_options *options, mirti_run **out, mirti_error *err) {
    *out = NULL;
    double begun = mirti_run_clock();
    mirti_run *run = mirti_new(1, sizeof *run);
    if (!run) return mirti_fail_memory(err, "the run");
    run->options = *options;
    if (run->options.threads <= 0) run->options.threads = mirti_threads_available();
    mirti_status status = open_specs(run, err);
    if (status != MIRTI_OK) {
        mirti_run_free(run);
        return status;
    }
    run->times.specs = mirti_run_clock() - begun;
    *out = run;
    return MIRTI_OK;
}

void mirti_run_free(mirti_run *run) {
    if (!run) return;
    for (int i = 0; i < run->layers; i++) {
        mirti_run_layer *layer = &run->layer[i];
        mirti_hotspots_free(layer->hotspots);
        mirti_neighbours_free(layer->neighbours);
        mirti_join_free(layer->join);
        mirti_boundaries_free(layer->boundaries);
        mirti_contributions_free(layer->contributions);
        mirti_support_free(layer->support);
        mirti_index_free(layer->index);
        mirti_class_report_free(layer->classes);
        mirti_run_benchmark_free(layer->benchmark);
        mirti_results_free(layer->results);
        mirti_areas_free(layer->areas);
    }
    mirti_free(run->layer);
    for (int i = 0; i < run->inputs; i++) {
        mirti_free(run->input[i].role);
        mirti_free(run->input[i].name);
    }
    mirti_free(run->input);
    mirti_validation_free(run->validation);
    mirti_mixed_replicates_free(run->replicates);
    mirti_run_reading_reset(&run->survey_reading);
    mirti_run_reading_reset(&run->census_reading);
    mirti_mixed_free(run->mixed);
    mirti_nested_free(run->nested);
    mirti_area_model_free(run->area_model);
    mirti_direct_free(run->direct);
    mirti_free(run->area_place);
    mirti_model_free(run->model);
    mirti_sample_free(run->sample);
    mirti_terms_free(run->terms);
    mirti_model_spec_free(run->spec);
    mirti_project_free(run->project);
    mirti_free(run);
}

/* ------------------------------------------------------------------------------------- reading */

mirti_status mirti_run_open_source(const mirti_run *run, const mirti_input *input,
                                   mirti_source **out, mirti_error *err) {
    char *path = NULL;
    MIRTI_TRY(mirti_project_input_path(run->project, run->options.data, input, &path, err));
    const mirti_source_options options = {
        .path = path,
        .encoding = input->encoding,
        .delimiter = input->delimiter ? input->delimiter[0] : '\0',
        .layer = input->layer,
        .listener = run->options.listener,
    };
    mirti_status status = mirti_source_open(&options, out, err);
    mirti_free(path);
    if (status == MIRTI_OK) status = mirti_run_join_tables(run, input, *out, err);
    if (status != MIRTI_OK) {
        mirti_source_close(*out);
        *out = NULL;
    }
    return status;
}

mirti_status mirti_run_read_survey(mirti_run *run, const mirti_sample_extra *extra, int extras,
                                   mirti_error *err) {
    mirti_source *source = NULL;
    MIRTI_TRY(mirti_run_open_source(run, &run->project->survey, &source, err));
    const mirti_sample_options options = {.lonely = run->project->lonely_psu,
                                          .variance = run->project->variance,
                                          .seed = run->seed,
                                          .project = run->project->path,
                                          .extra = extra,
                                          .extras = extras};
    mirti_status status = mirti_sample_read(run->spec, run->survey_block, run->terms, source,
                                            &options, run->options.listener, &run->sample, err);
    if (status == MIRTI_OK)
        status = mirti_run_reading_keep(&run->survey_reading, source, &run->sample->notes, err);
    if (status == MIRTI_OK)
        mirti_run_tell_reading(run, &run->survey_reading, &run->sample->count, "survey");
    mirti_source_close(source);
    return status;
}

mirti_status mirti_run_needs_survey(const mirti_run *run, mirti_error *err) {
    if (run->spec->index) {
        mirti_status status = mirti_fail(
            err, MIRTI_ERROR_INPUT, "the project's model file is an index, which is not fitted");
        mirti_fail_at(err, run->spec->path, 0, 0, "mirti-index", NULL);
        mirti_fail_remedy(err,
                          "`mirti run` makes the index; only a model is learned from a survey");
        return status;
    }
    if (!run->survey_block) {
        mirti_status status = mirti_fail(
            err, MIRTI_ERROR_INPUT, "the project names no survey, so there is no model to fit");
        mirti_fail_at(err, run->project->path, 0, 0, "survey", NULL);
        mirti_fail_remedy(err, "add a `survey:` block with `file` and `source`");
        return status;
    }
    return MIRTI_OK;
}

mirti_status mirti_run_needs_persons(const mirti_run *run, mirti_error *err) {
    MIRTI_TRY(mirti_run_needs_survey(run, err));
    if (!run->project->area_model.wanted) return MIRTI_OK;
    bool persons = run->survey_block->kind == MIRTI_SOURCE_SURVEY;
    mirti_status status =
        mirti_fail(err, MIRTI_ERROR_INPUT,
                   "the project learns from areas, and this is about a model of persons");
    mirti_fail_at(err, run->project->path, run->project->survey.source_place.line,
                  run->project->survey.source_place.column, NULL, NULL);
    mirti_fail_remedy(err, persons ? "Leave `area_model` out to learn from the survey's persons."
                                   : "It needs a survey of persons: a source of kind survey.");
    return status;
}

static mirti_status needs_census(const mirti_run *run, mirti_error *err) {
    if (run->census_block && run->layers > 0) return MIRTI_OK;
    mirti_status status =
        mirti_fail(err, MIRTI_ERROR_INPUT,
                   "the project names no census with areas, so there is nothing to score");
    mirti_fail_at(err, run->project->path, 0, 0, "census", NULL);
    mirti_fail_remedy(err, "add a `census:` block whose source has `areas` and `cells`");
    return status;
}

/* The fit of an area-level model needs to know the areas. */
static mirti_status fit_areas(mirti_run *run, mirti_error *err) {
    MIRTI_TRY(mirti_run_needs_survey(run, err));
    MIRTI_TRY(needs_census(run, err));
    MIRTI_TRY(mirti_run_read_direct(run, err));
    MIRTI_TRY(mirti_run_read_census(run, err));
    return mirti_run_fit_areas(run, err);
}

mirti_status mirti_run_fit(mirti_run *run, mirti_error *err) {
    if (run->project->area_model.wanted) return fit_areas(run, err);
    MIRTI_TRY(mirti_run_needs_survey(run, err));
    double begun = mirti_run_clock();
    MIRTI_TRY(mirti_run_read_survey(run, NULL, 0, err));
    double read = mirti_run_clock();
    const mirti_sample *s = run->sample;
    const mirti_model_options how = {.replicates = s->replicates,
                                     .threads = run->options.threads,
                                     .listener = run->options.listener};
    mirti_status status = mirti_model_fit(run->spec, run->survey_block, s->design, s->x, s->y,
                                          s->in, &how, &run->model, err);
    if (status == MIRTI_OK && run->project->area_effects.wanted)
        status = mirti_run_fit_effects(run, err);
    run->times.survey_read = read - begun;
    run->times.survey_fit = mirti_run_clock() - read;
    return status;
}

mirti_status mirti_run_read_census(mirti_run *run, mirti_error *err) {
    double begun = mirti_run_clock();
    for (int i = 0; i < run->layers; i++) {
        mirti_run_layer *layer = &run->layer[i];
        if (layer->rule == &run->persons_rule) {
            MIRTI_TRY(mirti_run_read_persons(run, layer, err));
            mirti_run_tell_reading(run, &run->census_reading, &layer->count, layer->rule->kind);
            continue;
        }
        mirti_source *source = NULL;
        MIRTI_TRY(mirti_run_open_source(run, &run->project->census, &source, err));
        mirti_status status =
            mirti_areas_read(run->spec, run->census_block, layer->rule, run->terms, source,
                             run->options.listener, &layer->areas, &layer->count, err);
        if (status == MIRTI_OK && i == 0) /* all layers are read from one file */
            status = mirti_run_reading_keep(&run->census_reading, source, NULL, err);
        if (status == MIRTI_OK)
            mirti_run_tell_reading(run, i == 0 ? &run->census_reading : NULL, &layer->count,
                                   layer->rule->kind);
        mirti_source_close(source);
        MIRTI_TRY(status);
    }
    run->times.census_read = mirti_run_clock() - begun;
    return MIRTI_OK;
}

static mirti_status read_boundaries(mirti_run *run, mirti_error *err) {
    double begun = mirti_run_clock();
    for (int i = 0; i < run->layers; i++) {
        mirti_run_layer *layer = &run->layer[i];
        if (!layer->boundary) continue;
        char *path = NULL;
        MIRTI_TRY(mirti_project_input_path(run->project, run->options.data, &layer->boundary->file,
                                           &path, err));
        mirti_status status =
            mirti_boundaries_read(path, layer->boundary, layer->rule->code_width,
                                  &layer->boundaries, &layer->boundaries_info, err);
        mirti_free(path);
        MIRTI_TRY(status);
    }
    run->times.boundaries_read = mirti_run_clock() - begun;
    return MIRTI_OK;
}

static mirti_status task_survey(void *context, mirti_error *err) {
    mirti_run *run = context;
    return run->project->area_model.wanted ? mirti_run_read_direct(run, err)
                                           : mirti_run_fit(run, err);
}
static mirti_status task_census(void *context, mirti_error *err) {
    return mirti_run_read_census(context, err);
}
static mirti_status task_boundaries(void *context, mirti_error *err) {
    return read_boundaries(context, err);
}
static mirti_status task_inputs(void *context, mirti_error *err) {
    mirti_run *run = context;
    double begun = mirti_run_clock();
    mirti_status status = mirti_run_list_inputs(run, err);
    run->times.checksums = mirti_run_clock() - begun;
    return status;
}

mirti_status mirti_run_read(mirti_run *run, mirti_error *err) {
    MIRTI_TRY(needs_census(run, err));
    const mirti_task task[] = {
        {task_survey, run}, {task_boundaries, run}, {task_census, run}, {task_inputs, run}};
    int first = run->spec->index ? 1 : 0; /* an index has no survey */
    int tasks = (int)(sizeof task / sizeof task[0]);
    MIRTI_TRY(mirti_parallel_tasks(task + first, tasks - first, run->options.threads, err));
    return run->project->area_model.wanted ? mirti_run_fit_areas(run, err) : MIRTI_OK;
}

/* ----------------------------------------------------------------------------------- computing */

/* Risks, and how sure they are. */
static mirti_status compute_with(const mirti_run *run, const mirti_run_predictor *predictor,
                                 mirti_run_layer *layer, mirti_error *err) {
    bool effects = mirti_run_has_effects(run);
    const mirti_model *model = effects ? &predictor->model : run->model;
    const mirti_predict_options options = {.confidence = run->project->confidence,
                                           .dispersion = run->project->dispersion,
                                           .threads = run->options.threads,
                                           .effects = effects ? &predictor->effects : NULL};
    const mirti_simulate_options simulation = {
        .seed = run->seed, .confidence = run->project->confidence, .threads = run->options.threads};
    MIRTI_TRY(mirti_predict_areas(model, layer->areas, &options, &layer->results, err));
    mirti_run_warn_of_effects(run, layer->results);
    if (run->replicates)
        MIRTI_TRY(mirti_results_bootstrap(layer->results, model, layer->areas, run->replicates,
                                          &options, run->options.listener, &layer->bootstrap, err));
    if (run->project->benchmark)
        MIRTI_TRY(mirti_run_benchmark_layer(run, model, layer, &options, err));
    MIRTI_TRY(mirti_results_classify(layer->results, &run->project->classes, run->language,
                                     &layer->classes, err));
    MIRTI_TRY(mirti_results_rank(layer->results, err));
    MIRTI_TRY(mirti_results_simulate(layer->results, model->logit, &run->project->classes,
                                     layer->classes, &simulation, err));
    MIRTI_TRY(mirti_contributions_new(model, layer->areas, &layer->contributions, err));
    return mirti_results_factors(layer->results, layer->contributions, model, run->language, err);
}

/* Whether the survey has seen what the census asks of it. */
static mirti_status look_at_support(const mirti_run *run, mirti_run_layer *layer,
                                    mirti_error *err) {
    const mirti_sample *s = run->sample;
    const mirti_support_sample sample = {s->design, s->in, s->value, s->area};
    const mirti_support_options options = {.limit = run->project->support.limit,
                                           .unseen = run->project->support.unseen,
                                           .confidence = run->project->confidence};
    return mirti_support_new(run->terms, &sample, layer->areas, &options, &layer->support, err);
}

static mirti_status compute_risks(mirti_run *run, mirti_run_layer *layer, mirti_error *err) {
    if (run->area_model) return mirti_run_compute_area_level(run, layer, err);
    mirti_run_predictor predictor;
    MIRTI_TRY(look_at_support(run, layer, err));
    MIRTI_TRY(mirti_run_predictor_make(run, &predictor, err));
    mirti_status status = compute_with(run, &predictor, layer, err);
    mirti_run_predictor_reset(&predictor);
    return status;
}

static mirti_status compute_index(mirti_run *run, mirti_run_layer *layer, mirti_error *err) {
    MIRTI_TRY(mirti_results_of_index(run->spec, layer->areas, run->language, &layer->results,
                                     &layer->index, err));
    MIRTI_TRY(mirti_results_classify(layer->results, &run->project->classes, run->language,
                                     &layer->classes, err));
    return mirti_results_rank(layer->results, err);
}

static mirti_status compute_layer(mirti_run *run, mirti_run_layer *layer, mirti_error *err) {
    MIRTI_TRY(run->spec->index ? compute_index(run, layer, err) : compute_risks(run, layer, err));
    if (!layer->boundaries) return MIRTI_OK;
    MIRTI_TRY(mirti_run_join_layer(run, layer, err));
    return mirti_run_name_areas(layer, err);
}

mirti_status mirti_run_compute(mirti_run *run, mirti_error *err) {
    double begun = mirti_run_clock();
    if (mirti_run_has_effects(run) && run->project->bootstrap > 0)
        MIRTI_TRY(mirti_run_replicate(run, err));
    for (int i = 0; i < run->layers; i++) {
        MIRTI_TRY(mirti_progress(run->options.listener, "predict", i, run->layers, err));
        MIRTI_TRY(compute_layer(run, &run->layer[i], err));
    }
    run->times.predict = mirti_run_clock() - begun;
    return MIRTI_OK;
}
