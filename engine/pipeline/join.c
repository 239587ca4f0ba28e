/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results meet boundaries: the join by code, scores carried to areas that were split off since the
 * census, hot spots among neighbours – and, for `mirti check`, what the join doctor has to say. */
#include "run.h"

#include <math.h>

/* The kind of areas in messages: by its name in Spanish, as the project has it in English. */
static const char *called(const mirti_run *run, const mirti_run_layer *layer) {
    const char *kind = layer->rule->kind;
    return mirti_language_is_spanish(run->language) ? mirti_run_noun(run->language, kind, 2) : kind;
}

/* What was noticed when the boundaries were read. */
static void tell_boundaries(const mirti_run *run, const mirti_run_layer *layer) {
    const mirti_boundaries_info *info = &layer->boundaries_info;
    const mirti_listener *listener = run->options.listener;
    const bool es = mirti_language_is_spanish(run->language);
    const char *kind = called(run, layer);
    const struct {
        int64_t count;
        mirti_log_level level;
        const char *es, *en;
    } noticed[] = {
        {info->repaired, MIRTI_LOG_INFO, "polígonos de %s: %lld geometrías inválidas, reparadas",
         "boundaries of %s: %lld invalid geometries repaired"},
        {info->duplicate_codes, MIRTI_LOG_INFO,
         "polígonos de %s: %lld repiten una clave; sus partes se juntaron",
         "boundaries of %s: %lld features repeat a code; their parts were put together"},
        {info->padded_codes, MIRTI_LOG_INFO,
         "polígonos de %s: %lld claves habían perdido los ceros a la izquierda",
         "boundaries of %s: %lld codes had lost their leading zeros"},
        {info->without_code, MIRTI_LOG_WARNING, "polígonos de %s: %lld no tienen clave",
         "boundaries of %s: %lld features have no code"},
        {info->without_geometry, MIRTI_LOG_WARNING, "polígonos de %s: %lld no tienen geometría",
         "boundaries of %s: %lld features have no geometry"},
    };
    if (info->crs_note[0])
        mirti_log(listener, MIRTI_LOG_WARNING, es ? "polígonos de %s: %s" : "boundaries of %s: %s",
                  kind, info->crs_note);
    if (info->crs_contradicts)
        mirti_log(
            listener, MIRTI_LOG_WARNING,
            es ? "polígonos de %s: el archivo nombra un código EPSG, pero describe otro "
                 "sistema; se tomó el que describe"
               : "boundaries of %s: the file names an EPSG code but describes another system; "
                 "what it describes was taken",
            kind);
    for (size_t i = 0; i < sizeof noticed / sizeof *noticed; i++)
        if (noticed[i].count > 0)
            mirti_log(listener, noticed[i].level, es ? noticed[i].es : noticed[i].en, kind,
                      (long long)noticed[i].count);
}

/* Areas without a boundary: those with a place are points on the map. */
static void tell_alone(const mirti_run *run, const mirti_run_layer *layer) {
    const mirti_join *join = layer->join;
    const bool es = mirti_language_is_spanish(run->language);
    int64_t points = 0, nowhere = 0, first = -1;
    for (int64_t i = 0; i < join->unmatched_results; i++) {
        const int64_t r = join->unmatched_result[i];
        const bool point = layer->results->longitude && isfinite(layer->results->longitude[r]);
        if (!point && nowhere == 0) first = r;
        points += point;
        nowhere += !point;
    }
    if (points > 0)
        mirti_log(run->options.listener, MIRTI_LOG_INFO,
                  es ? "%s: %lld áreas no tienen polígono y son puntos en el mapa"
                     : "%s: %lld areas have no boundary and are points on the map",
                  called(run, layer), (long long)points);
    if (nowhere > 0)
        mirti_log(run->options.listener, MIRTI_LOG_WARNING,
                  es ? "%s: %lld áreas del censo no tienen polígono (la primera: %s %s)"
                     : "%s: %lld areas of the census have no boundary (first: %s %s)",
                  called(run, layer), (long long)nowhere, layer->results->code[first],
                  layer->results->name[first] ? layer->results->name[first] : "");
}

static void tell_join(const mirti_run *run, const mirti_run_layer *layer) {
    const mirti_join *join = layer->join;
    const bool es = mirti_language_is_spanish(run->language);
    if (!join) return;
    tell_boundaries(run, layer);
    mirti_log(run->options.listener, MIRTI_LOG_INFO,
              es ? "%s: %lld de %lld áreas unidas a un polígono"
                 : "%s: %lld of %lld areas joined to a boundary",
              called(run, layer), (long long)join->joined, (long long)layer->results->count);
    if (join->elsewhere > 0)
        mirti_log(
            run->options.listener, MIRTI_LOG_INFO,
            es ? "%s: %lld polígonos están en áreas que este archivo del censo no abarca, y no "
                 "van en el mapa"
               : "%s: %lld boundaries lie under areas that this census file does not cover, "
                 "and are not on the map",
            called(run, layer), (long long)join->elsewhere);
    tell_alone(run, layer);
    if (join->unmatched_features > 0) {
        const int64_t first = join->unmatched_feature[0];
        mirti_log(run->options.listener, MIRTI_LOG_WARNING,
                  es ? "%s: %lld polígonos no tienen área en el censo (el primero: %s %s)"
                     : "%s: %lld boundaries have no area in the census (first: %s %s)",
                  called(run, layer), (long long)join->unmatched_features,
                  mirti_boundaries_code(layer->boundaries, first),
                  mirti_boundaries_name(layer->boundaries, first));
    }
}

/* The lineage table is part of the project, as the model is: relative to the project file. */
static mirti_status carry_scores(const mirti_run *run, mirti_run_layer *layer, mirti_error *err) {
    if (!layer->boundary->lineage || layer->join->unmatched_features == 0) return MIRTI_OK;
    const mirti_input input = {.path = layer->boundary->lineage, .place = layer->boundary->place};
    char *path = NULL;
    mirti_lineage *lineage = NULL;
    MIRTI_TRY(mirti_project_input_path(run->project, NULL, &input, &path, err));
    mirti_status status = mirti_lineage_read(path, &lineage, err);
    if (status == MIRTI_OK) {
        status = mirti_join_carry(layer->join, layer->results, layer->boundaries, lineage, err);
    }
    mirti_lineage_free(lineage);
    mirti_free(path);
    return status;
}

/* Areas that are points only, of which the boundaries know nothing, have no neighbours on the map.
 */
static bool has_places(const mirti_run_layer *layer) {
    const mirti_results *r = layer->results;
    for (int64_t i = 0; i < layer->join->unmatched_results && r->longitude; i++)
        if (isfinite(r->longitude[layer->join->unmatched_result[i]])) return true;
    return false;
}

static mirti_status find_hotspots(const mirti_run *run, mirti_run_layer *layer, mirti_error *err) {
    const mirti_hotspot_choice *choice = &run->project->hotspots;
    const mirti_hotspot_options options = {.permutations = choice->permutations,
                                           .false_discovery = choice->false_discovery,
                                           .seed = run->seed,
                                           .threads = run->options.threads};
    if (has_places(layer)) {
        mirti_log(run->options.listener, MIRTI_LOG_INFO,
                  mirti_language_is_spanish(run->language)
                      ? "%s: sin puntos calientes, pues algunas áreas se conocen sólo como puntos"
                      : "%s: no hot spots, since some areas are known as points only",
                  called(run, layer));
        return MIRTI_OK;
    }
    int64_t count = mirti_boundaries_count(layer->boundaries);
    double *risk = mirti_new((size_t)count, sizeof *risk);
    if (!risk) return mirti_fail_memory(err, "the hot spots");
    for (int64_t f = 0; f < count; f++)
        risk[f] = NAN;
    for (int64_t i = 0; i < layer->results->count; i++)
        if (layer->join->feature[i] >= 0)
            risk[layer->join->feature[i]] = mirti_results_score(layer->results, i);
    mirti_status status = mirti_neighbours_find(layer->boundaries, choice->neighbours,
                                                choice->nearest, -1.0, &layer->neighbours, err);
    if (status == MIRTI_OK)
        status = mirti_hotspots_find(layer->neighbours, risk, &options, &layer->hotspots, err);
    mirti_free(risk);
    return status;
}

mirti_status mirti_run_join_layer(const mirti_run *run, mirti_run_layer *layer, mirti_error *err) {
    MIRTI_TRY(mirti_join_by_code(layer->results, layer->boundaries, &layer->join, err));
    MIRTI_TRY(carry_scores(run, layer, err));
    tell_join(run, layer);
    return run->project->hotspots.wanted ? find_hotspots(run, layer, err) : MIRTI_OK;
}

/* ------------------------------------------------------------------------------ the doctor */

mirti_status mirti_run_diagnose(const mirti_run *run, int index, mirti_diagnosis **out,
                                mirti_error *err) {
    const mirti_run_layer *layer = &run->layer[index];
    const mirti_results *r = layer->results;
    const int64_t features = mirti_boundaries_count(layer->boundaries);
    const char **code = mirti_new(2 * (size_t)features, sizeof *code), **name = code + features;
    mirti_lineage *lineage = NULL;
    mirti_status status = code ? MIRTI_OK : mirti_fail_memory(err, "the join doctor");
    char *path = NULL;
    const mirti_input input = {.path = layer->boundary->lineage, .place = layer->boundary->place};
    if (status == MIRTI_OK && input.path) {
        status = mirti_project_input_path(run->project, NULL, &input, &path, err);
        if (status == MIRTI_OK) status = mirti_lineage_read(path, &lineage, err);
    }
    if (status == MIRTI_OK) {
        for (int64_t f = 0; f < features; f++) {
            code[f] = mirti_boundaries_code(layer->boundaries, f);
            name[f] = mirti_boundaries_name(layer->boundaries, f);
        }
        const mirti_roster left = {.label = run->project->census.path,
                                   .count = r->count,
                                   .code = (const char *const *)r->code,
                                   .name = (const char *const *)r->name,
                                   .parent_code = (const char *const *)r->parent_code,
                                   .parent_name = (const char *const *)r->parent_name};
        const mirti_roster right = {
            .label = layer->boundary->file.path, .count = features, .code = code, .name = name};
        const mirti_diagnosis_options options = {.code_width = layer->rule->code_width,
                                                 .lineage = lineage};
        status = mirti_diagnose(&left, &right, &options, out, err);
    }
    if (status == MIRTI_OK)
        (*out)->owned = code; /* what is told of the diagnosis looks there */
    else
        mirti_free(code);
    mirti_lineage_free(lineage);
    mirti_free(path);
    return status;
}
