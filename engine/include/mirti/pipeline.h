/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file pipeline.h
 * A project from end to end: nothing but order. Each step can be run by itself; `mirti_run` does
 * all.
 *
 *     mirti_run *run = NULL;
 *     MIRTI_TRY(mirti_run_open(&options, &run, err));      // model and project read and checked
 *     status = mirti_run_read(run, err);                    // survey, census and boundaries, side
 * by side if (status == MIRTI_OK) status = mirti_run_compute(run, err); if (status == MIRTI_OK)
 * status = mirti_run_write(run, "out", err); mirti_run_free(run);
 */
#ifndef MIRTI_PIPELINE_H
#define MIRTI_PIPELINE_H

#include "mirti/base.h"
#include "mirti/census.h"
#include "mirti/fit.h"
#include "mirti/geo.h"
#include "mirti/predict.h"
#include "mirti/recode.h"
#include "mirti/risk.h"
#include "mirti/spec.h"
#include "mirti/survey.h"
#include "mirti/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------ sample -- */

/** A survey recoded to the variables of a model: what the fit needs, row by row of the file. */
typedef struct mirti_sample {
    int64_t rows; ///< of the file; rows outside the population stay, for the design
    int columns;  ///< p
    double *x;    ///< [rows × p] design rows; zeros where `in` is 0
    double *y;    ///< [rows] outcome, 0 or 1
    uint8_t *in;  ///< [rows] 1: in the model's population with every variable known
    mirti_survey_design *design;
    char **area, **parent_area; ///< [rows] codes as the survey gives them, or NULL arrays
    mirti_row_count count;
    mirti_recode_notes notes;
    mirti_arena arena; ///< holds codes
} mirti_sample;

/** Reads and recodes a survey source. Unknown weights, strata or PSUs are errors (file, row,
 * column, value); an unknown outcome or predictor drops the row from the fit, counted by reason. */
MIRTI_API MIRTI_MUST_USE mirti_status
mirti_sample_read(const mirti_model_spec *spec, const mirti_source_block *block,
                  const mirti_terms *terms, mirti_source *source, mirti_lonely_psu lonely,
                  const mirti_listener *listener, mirti_sample **out, mirti_error *err);
MIRTI_API void mirti_sample_free(mirti_sample *sample);

/* --------------------------------------------------------------------------------------- run -- */

typedef struct mirti_run_options {
    const char *project;  ///< path of mirti.yaml
    const char *data;     ///< NULL: inputs lie beside the project
    const char *language; ///< NULL: the project's
    bool overwrite;
    bool seed_given;
    uint64_t seed;
    int threads; ///< 0: all processors
    const mirti_listener *listener;
} mirti_run_options;

/** An input file of the run, as the manifest records it. Of a shapefile, every part is one. */
typedef struct mirti_run_input {
    char *role; ///< "project", "model", "survey", "census", "boundaries:municipality"
    char *name; ///< path as written in the project
    char sha256[65];
    int64_t bytes;
} mirti_run_input;

/** To what the areas of a layer were benchmarked. */
typedef struct mirti_run_benchmark {
    bool direct; ///< to direct estimates of the survey; else to the areas that they are parts of
    int32_t groups;
    mirti_benchmark_group *group; ///< [groups]; codes are owned here
    int32_t pooled; ///< larger areas that share the last group, "other", since their own
                    ///< estimates are not precise enough
    mirti_arena codes;
} mirti_run_benchmark;

/** One kind of area on its way from census to map. */
typedef struct mirti_run_layer {
    const mirti_area_rule *rule;
    const mirti_boundary_input *boundary; ///< NULL: no map of this kind
    mirti_areas *areas;
    mirti_row_count count;
    mirti_results *results;
    mirti_run_benchmark *benchmark; ///< NULL: none
    mirti_class_report *classes;
    mirti_contributions *contributions; ///< why here
    mirti_boundaries *boundaries;
    mirti_boundaries_info boundaries_info;
    mirti_join *join;
    mirti_neighbours *neighbours; ///< NULL: hot spots were not asked for, or this layer has points
    mirti_hotspots *hotspots;     ///< of the boundaries
} mirti_run_layer;

/** Seconds spent in each part, for --verbose and the benchmark; never written to a result. */
typedef struct mirti_run_times {
    double specs, survey_read, survey_fit, census_read, boundaries_read, checksums, predict, write,
        total;
} mirti_run_times;

typedef struct mirti_run {
    mirti_run_options options;
    mirti_project *project;
    mirti_model_spec *spec;
    const mirti_source_block *survey_block, *census_block; ///< NULL: the project has none
    mirti_terms *terms;
    mirti_sample *sample;
    mirti_model *model;
    int layers;
    mirti_run_layer *layer;
    int inputs;
    mirti_run_input *input;
    mirti_run_times times;
    uint64_t seed;
    const char *language;
} mirti_run;

/** Reads and checks project and model files; touches no data. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_open(const mirti_run_options *options,
                                                     mirti_run **out, mirti_error *err);
/** Reads and fits the survey (fills sample, model). */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_fit(mirti_run *run, mirti_error *err);
/** Reads survey (and fits), census, boundaries and checksums, side by side on the run's threads. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_read(mirti_run *run, mirti_error *err);
/** Predicts, classes, ranks and joins. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_compute(mirti_run *run, mirti_error *err);
/** Whether `directory` may take the results, asked before any work. MIRTI_ERROR_USAGE
 * when results are there and the run may not overwrite them. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_writable(const mirti_run *run,
                                                         const char *directory, mirti_error *err);
/** Writes areas.gpkg, one CSV per kind of area, model.json and run.json to `directory`: all of them
 * or, on an error, none. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_write(mirti_run *run, const char *directory,
                                                      mirti_error *err);
MIRTI_API void mirti_run_free(mirti_run *run);

/** What was found, in words an official understands, in the run's language; names the files of
 * `directory` to open (NULL: nothing was written). */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_summary(const mirti_run *run, const char *directory,
                                                        mirti_text *out, mirti_error *err);
/** One area on one screen, as text in the run's language or as JSON: risk and interval, place, what
 * raises and lowers it against its parent and the whole, areas most alike, areas within it. USAGE
 * when the census has no such code. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_explain(const mirti_run *run, const char *code,
                                                        bool as_json, mirti_text *out,
                                                        mirti_error *err);
/** Joins the areas of a layer to its boundaries as the join doctor does: by code, padded code,
 * lineage and name, with the nearest candidates for those that stay alone. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_diagnose(const mirti_run *run, int layer,
                                                         mirti_diagnosis **out, mirti_error *err);
/** The manifest as JSON: what `run.json` holds. The same inputs, options and seed give the same
 * bytes. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_manifest(const mirti_run *run, mirti_text *out,
                                                         mirti_error *err);
/** Fills `library` with all libraries underneath; returns how many, at most MIRTI_LIBRARIES_MAX. */
enum { MIRTI_LIBRARIES_MAX = 16 };
MIRTI_API int mirti_libraries(mirti_library *library);

#ifdef __cplusplus
}
#endif
#endif
