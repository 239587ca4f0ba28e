/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run.json, the manifest: what was read, with checksums; what was used, left out and why; how it
 * was classed and joined. Nothing in it depends on the day, the machine's clock, the number of
 * threads or where the files lay, so that two runs on the same bytes give the same manifest. */
#include "run.h"

#include "mirti/publish.h"

static const char *method_name(mirti_class_method method) {
    static const char *const name[] = {"dalenius-hodges", "fisher-jenks", "quantile",
                                       "equal",           "std-dev",      "fixed"};
    return name[method];
}

static const char *lonely_name(mirti_lonely_psu policy) {
    static const char *const name[] = {"fail", "remove", "adjust", "average", "certainty"};
    return name[policy];
}

static void add_inputs(mirti_json *json, const mirti_run *run) {
    mirti_json_array(json, "inputs");
    for (int i = 0; i < run->inputs; i++) {
        const mirti_run_input *input = &run->input[i];
        mirti_json_object(json, NULL);
        mirti_json_string(json, "role", input->role);
        mirti_json_string(json, "file", input->name);
        if (input->bytes >= 0) {
            mirti_json_integer(json, "bytes", input->bytes);
            mirti_json_string(json, "sha256", input->sha256);
        }
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

static void add_reasons(mirti_json *json, const char *key, const mirti_drop_reason *reason,
                        int count) {
    mirti_json_array(json, key);
    for (int i = 0; i < count; i++) {
        mirti_json_object(json, NULL);
        mirti_json_string(json, "reason", reason[i].text);
        mirti_json_integer(json, "rows", reason[i].rows);
        if (reason[i].first_file[0]) mirti_json_string(json, "first_file", reason[i].first_file);
        mirti_json_integer(json, "first_row", reason[i].first_row);
        mirti_json_string(json, "first_value", reason[i].first_value);
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

static void add_rows(mirti_json *json, const mirti_row_count *count) {
    mirti_json_object(json, "rows");
    mirti_json_integer(json, "read", count->read);
    mirti_json_integer(json, "used", count->used);
    mirti_json_integer(json, "outside", count->outside);
    mirti_json_integer(json, "dropped", count->dropped);
    add_reasons(json, "reasons", count->reason, count->reasons);
    add_reasons(json, "notes", count->note, count->notes);
    mirti_json_end(json);
}

/* What was strange about the households of a file of persons. */
static void add_households(mirti_json *json, const mirti_recode_notes *notes) {
    mirti_json_object(json, "households");
    mirti_json_integer(json, "persons_without_key", notes->no_household.count);
    mirti_json_integer(json, "without_head", notes->no_head.count);
    mirti_json_integer(json, "several_heads", notes->several_heads.count);
    mirti_json_integer(json, "duplicate_persons", notes->duplicate_person.count);
    mirti_json_integer(json, "cut_in_two", notes->split_household.count);
    mirti_json_end(json);
}

/* What the model file and the project ask of the fit. */
static void add_estimate(mirti_json *json, const mirti_run *run, const mirti_logit *logit) {
    const mirti_variance_choice *variance = &run->project->variance;
    mirti_json_string(json, "link", mirti_link_name(logit->link));
    mirti_json_string(json, "penalty", mirti_penalty_name(logit->penalty));
    if (logit->penalty == MIRTI_PENALTY_RIDGE) mirti_json_number(json, "ridge", logit->ridge);
    mirti_json_string(json, "variance", mirti_variance_name(variance->method));
    if (variance->method == MIRTI_VARIANCE_FAY) mirti_json_number(json, "rho", variance->rho);
    if (logit->replicates > 0) mirti_json_integer(json, "replicates", logit->replicates);
}

static void add_survey(mirti_json *json, const mirti_run *run) {
    if (!run->sample || !run->model) return;
    const mirti_survey_design *design = run->sample->design;
    const mirti_logit *logit = run->model->logit;
    bool fitted = run->area_model == NULL; /* on persons */
    mirti_json_object(json, "survey");
    mirti_json_string(json, "source", run->survey_block->name);
    add_rows(json, &run->sample->count);
    mirti_run_reading_json(&run->survey_reading, json);
    mirti_json_object(json, "read_as_missing");
    mirti_json_integer(json, "not_a_number", run->sample->notes.not_a_number.count);
    mirti_json_integer(json, "outside_map", run->sample->notes.outside_map.count);
    mirti_json_integer(json, "not_a_truth", run->sample->notes.not_a_truth.count);
    mirti_json_end(json);
    if (run->survey_block->household.key.text) add_households(json, &run->sample->notes);
    mirti_json_integer(json, "strata", fitted ? logit->strata : design->strata);
    mirti_json_integer(json, "psus", fitted ? logit->psus : design->psus);
    mirti_json_integer(json, "lonely_strata", design->lonely_strata);
    mirti_json_string(json, "lonely_psu", lonely_name(run->project->lonely_psu));
    if (!fitted) {
        mirti_json_end(json);
        return;
    }
    add_estimate(json, run, logit);
    mirti_json_number(json, "sum_of_weights", logit->sum_weights);
    mirti_json_number(json, "outcome_rate", run->model->mean.value);
    mirti_json_number(json, "outcome_rate_se", run->model->mean.se);
    mirti_json_integer(json, "iterations", logit->iterations);
    mirti_json_end(json);
}

static void add_missing(mirti_json *json, const mirti_results *results) {
    int64_t count[MIRTI_AREA_NOT_IN_CENSUS + 1] = {0};
    static const char *const name[] = {"complete", "suppressed", "not_available", "no_children",
                                       "not_in_census"};
    for (int64_t i = 0; i < results->count; i++)
        count[results->missing[i]]++;
    mirti_json_object(json, "areas");
    mirti_json_integer(json, "count", results->count);
    for (int m = 0; m < MIRTI_AREA_NOT_IN_CENSUS; m++)
        mirti_json_integer(json, name[m], count[m]);
    mirti_json_end(json);
}

/* The sampling error of a census that is itself a sample, and what it was made of. */
static void add_census_sample(mirti_json *json, const mirti_census_sample *sample) {
    if (!sample->design) return;
    mirti_json_object(json, "census_sample");
    mirti_json_number(json, "fraction", sample->fraction);
    mirti_json_boolean(json, "finite_population_correction", sample->corrected);
    mirti_json_integer(json, "areas_with_error", sample->areas);
    mirti_json_integer(json, "df", sample->df);
    mirti_json_number(json, "within_psu_correlation", sample->rho);
    mirti_json_number(json, "logit_variance", sample->spread);
    mirti_json_number(json, "prior_df", sample->prior_df);
    mirti_json_end(json);
}

static void add_classes(mirti_json *json, const mirti_run *run, const mirti_run_layer *layer) {
    const mirti_class_options *options = &run->project->classes;
    mirti_json_object(json, "classes");
    mirti_json_string(json, "method", method_name(options->method));
    mirti_json_boolean(json, "by_children", options->by_children);
    mirti_json_boolean(json, "weighted", options->weighted);
    mirti_json_boolean(json, "within_parent", options->within_parent);
    mirti_json_array(json, "groups");
    for (int g = 0; layer->classes && g < layer->classes->groups; g++) {
        const mirti_breaks *breaks = &layer->classes->breaks[g];
        mirti_json_object(json, NULL);
        if (layer->classes->parent_code && layer->classes->parent_code[g]) {
            mirti_json_string(json, "parent_code", layer->classes->parent_code[g]);
        }
        mirti_json_array(json, "levels");
        for (int l = 0; l < breaks->levels; l++) {
            mirti_json_object(json, NULL);
            int level = mirti_breaks_level(breaks, layer->results->levels, l);
            mirti_json_string(json, "level", layer->results->level_name[level]);
            mirti_json_number(json, "from", breaks->limit[l]);
            mirti_json_number(json, "to", breaks->limit[l + 1]);
            mirti_json_integer(json, "areas", breaks->count[l]);
            mirti_json_end(json);
        }
        mirti_json_end(json);
        mirti_json_number(json, "goodness_of_variance_fit", breaks->gvf);
        mirti_json_end(json);
    }
    mirti_json_end(json);
    mirti_json_end(json);
}

/* What each group of areas was shifted to; of localities, which are many, only how many groups. */
static void add_benchmark(mirti_json *json, const mirti_run_layer *layer) {
    enum { LISTED = 100 };
    const mirti_run_benchmark *benchmark = layer->benchmark;
    if (!benchmark) return;
    mirti_json_object(json, "benchmark");
    mirti_json_string(json, "to", benchmark->direct ? "survey" : "parent");
    mirti_json_integer(json, "groups", benchmark->groups);
    mirti_json_integer(json, "pooled", benchmark->pooled);
    mirti_json_array(json, "shifts");
    for (int32_t g = 0; g < benchmark->groups && benchmark->groups <= LISTED; g++) {
        const mirti_benchmark_group *group = &benchmark->group[g];
        mirti_json_object(json, NULL);
        mirti_json_string(json, "code", group->code);
        mirti_json_number(json, "rate", group->rate);
        mirti_json_number(json, "rate_se", group->rate_se);
        mirti_json_number(json, "before", group->before);
        mirti_json_number(json, "shift", group->shift);
        mirti_json_integer(json, "areas", group->areas);
        mirti_json_end(json);
    }
    mirti_json_end(json);
    mirti_json_end(json);
}

/* Lists at most 1,000 codes; the counts beside it are complete. */
static void add_join(mirti_json *json, const mirti_run_layer *layer) {
    enum { LISTED = 1000 };
    const mirti_join *join = layer->join;
    if (!join) return;
    mirti_json_object(json, "join");
    mirti_json_integer(json, "boundaries", mirti_boundaries_count(layer->boundaries));
    mirti_json_integer(json, "joined", join->joined);
    mirti_json_integer(json, "areas_without_boundary", join->unmatched_results);
    mirti_json_integer(json, "boundaries_without_area", join->unmatched_features);
    mirti_json_integer(json, "boundaries_elsewhere", join->elsewhere);
    mirti_json_integer(json, "boundaries_with_carried_scores", join->carried);
    mirti_json_array(json, "areas_without_boundary_codes");
    for (int64_t i = 0; i < join->unmatched_results && i < LISTED; i++)
        mirti_json_string(json, NULL, layer->results->code[join->unmatched_result[i]]);
    mirti_json_end(json);
    mirti_json_array(json, "boundaries_without_area_codes");
    for (int64_t i = 0; i < join->unmatched_features && i < LISTED; i++)
        mirti_json_string(json, NULL,
                          mirti_boundaries_code(layer->boundaries, join->unmatched_feature[i]));
    mirti_json_end(json);
    mirti_json_end(json);
    const mirti_boundaries_info *info = &layer->boundaries_info;
    mirti_json_object(json, "boundaries");
    mirti_json_integer(json, "features", info->features);
    mirti_json_string(json, "crs", info->crs);
    mirti_json_string(json, "crs_name", info->crs_name);
    mirti_json_string(json, "crs_note", info->crs_note);
    mirti_json_boolean(json, "crs_contradicts_its_code", info->crs_contradicts);
    mirti_json_string(json, "encoding", info->encoding);
    mirti_json_integer(json, "repaired_geometries", info->repaired);
    mirti_json_integer(json, "without_code", info->without_code);
    mirti_json_integer(json, "padded_codes", info->padded_codes);
    mirti_json_integer(json, "without_geometry", info->without_geometry);
    mirti_json_integer(json, "duplicate_codes", info->duplicate_codes);
    mirti_json_end(json);
}

static void add_hotspots(mirti_json *json, const mirti_run *run, const mirti_run_layer *layer) {
    static const char *const neighbours[] = {[MIRTI_NEIGHBOURS_QUEEN] = "queen",
                                             [MIRTI_NEIGHBOURS_ROOK] = "rook",
                                             [MIRTI_NEIGHBOURS_NEAREST] = "nearest"};
    static const char *const clusters[] = {[MIRTI_CLUSTER_NONE] = "none",
                                           [MIRTI_CLUSTER_HIGH_HIGH] = "high_among_high",
                                           [MIRTI_CLUSTER_LOW_LOW] = "low_among_low",
                                           [MIRTI_CLUSTER_HIGH_LOW] = "high_among_low",
                                           [MIRTI_CLUSTER_LOW_HIGH] = "low_among_high"};
    const mirti_hotspots *h = layer->hotspots;
    if (!h) return;
    int64_t count[sizeof clusters / sizeof *clusters] = {0};
    for (int64_t f = 0; f < h->count; f++)
        count[h->cluster[f]]++;
    mirti_json_object(json, "hotspots");
    mirti_json_string(json, "neighbours", neighbours[run->project->hotspots.neighbours]);
    mirti_json_integer(json, "areas", h->global.areas);
    mirti_json_integer(json, "without_neighbours", layer->neighbours->islands);
    mirti_json_integer(json, "permutations", run->project->hotspots.permutations);
    mirti_json_number(json, "false_discovery", run->project->hotspots.false_discovery);
    mirti_json_number(json, "moran", h->global.i);
    mirti_json_number(json, "moran_expected", h->global.expected);
    mirti_json_number(json, "moran_z", h->global.z);
    mirti_json_number(json, "moran_p", h->global.p_permutation);
    mirti_json_object(json, "clusters");
    for (size_t k = 0; k < sizeof clusters / sizeof *clusters; k++)
        mirti_json_integer(json, clusters[k], count[k]);
    mirti_json_end(json);
    mirti_json_end(json);
}

static void add_layers(mirti_json *json, const mirti_run *run) {
    mirti_json_array(json, "layers");
    for (int i = 0; i < run->layers; i++) {
        const mirti_run_layer *layer = &run->layer[i];
        if (!layer->results) continue;
        mirti_json_object(json, NULL);
        mirti_json_string(json, "layer", layer->rule->kind);
        mirti_json_string(json, "source", run->census_block->name);
        add_rows(json, &layer->count);
        if (i == 0)
            mirti_run_reading_json(&run->census_reading, json); /* one file for all layers */
        add_missing(json, layer->results);
        add_census_sample(json, &layer->results->sample);
        if (layer->support) mirti_support_json(layer->support, run->terms, "support", json);
        add_classes(json, run, layer);
        add_benchmark(json, layer);
        add_join(json, layer);
        add_hotspots(json, run, layer);
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

int mirti_libraries(mirti_library *library) {
    int count = mirti_table_libraries(library);
    count += mirti_geo_libraries(library + count);
    count += mirti_fit_libraries(library + count);
    count += mirti_publish_libraries(library + count);
    count += mirti_spec_libraries(library + count);
    count += mirti_base_libraries(library + count);
    return count;
}

static void add_libraries(mirti_json *json) {
    mirti_library library[MIRTI_LIBRARIES_MAX];
    int count = mirti_libraries(library);
    mirti_json_object(json, "libraries");
    for (int i = 0; i < count; i++)
        mirti_json_string(json, library[i].name, library[i].version);
    mirti_json_end(json);
}

/* The least, middle and largest σ that replicates were drawn from. */
static void add_truths(mirti_json *json, const char *of, const double *sigma, int count) {
    char key[3][32];
    static const char *const what[3] = {"least", "median", "most"};
    double value[3] = {sigma[0], sigma[0], sigma[0]};
    for (int b = 0; b < count; b++) {
        int below = 0; /* those of pairs are in no order */
        for (int c = 0; c < count; c++)
            below += sigma[c] < sigma[b] || (sigma[c] == sigma[b] && c < b);
        if (below == 0) value[0] = sigma[b];
        if (below == count / 2) value[1] = sigma[b];
        if (below == count - 1) value[2] = sigma[b];
    }
    for (int k = 0; k < 3; k++) {
        snprintf(key[k], sizeof key[k], "%s_%s", of, what[k]);
        mirti_json_number(json, key[k], value[k]);
    }
}

/* The bootstrap of its errors: how many replicates, what they were drawn from, what came of it. */
static void add_bootstrap(mirti_json *json, const mirti_run *run) {
    const mirti_mixed_replicates *r = run->replicates;
    if (!r) return;
    int64_t evaluations = 0;
    for (int b = 0; b < r->count; b++)
        evaluations += r->evaluations[b];
    mirti_json_object(json, "bootstrap");
    mirti_json_integer(json, "replicates", r->count);
    mirti_json_integer(json, "seed", (int64_t)r->seed);
    mirti_json_integer(json, "without_fit", r->failed);
    mirti_json_number(json, "evaluations_per_refit", (double)evaluations / r->count);
    add_truths(json, r->parents > 0 ? "sigma_area" : "sigma", r->true_sigma, r->count);
    if (r->parents > 0) add_truths(json, "sigma_parent", r->true_sigma_parent, r->count);
    mirti_json_end(json);
}

/* The mixed logit that predictions came from; its coefficients differ a little from the logit's. */
static void add_effects(mirti_json *json, const mirti_run *run) {
    if (!mirti_run_has_effects(run)) return;
    mirti_json_object(json, "area_effects");
    mirti_run_effects_json(run, json);
    add_bootstrap(json, run);
    mirti_json_end(json);
}

mirti_status mirti_run_manifest(const mirti_run *run, mirti_text *out, mirti_error *err) {
    mirti_json json = {0};
    mirti_json_object(&json, NULL);
    mirti_json_string(&json, "mirti", mirti_version());
    add_libraries(&json);
    mirti_json_string(&json, "project", run->project->name);
    mirti_json_string(&json, run->spec->index ? "index" : "model", run->spec->name);
    mirti_json_string(&json, "language", run->language);
    mirti_json_integer(&json, "seed", (int64_t)run->seed);
    if (!run->spec->index) { /* they say nothing of an index */
        mirti_json_number(&json, "confidence", run->project->confidence);
        mirti_json_boolean(&json, "dispersion", run->project->dispersion);
        mirti_json_boolean(&json, "benchmark", run->project->benchmark);
        mirti_json_number(&json, "benchmark_cv", run->project->benchmark_cv);
    }
    add_inputs(&json, run);
    add_survey(&json, run);
    add_effects(&json, run);
    if (run->area_model) mirti_run_area_model_json(run, &json);
    add_layers(&json, run);
    mirti_json_end(&json);
    mirti_status status = mirti_json_finish(&json, err);
    if (status == MIRTI_OK) {
        *out = json.text;
        json.text = (mirti_text){0};
    }
    mirti_json_reset(&json);
    return status;
}
