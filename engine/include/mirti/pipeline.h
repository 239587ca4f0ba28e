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
#include "mirti/select.h"
#include "mirti/spec.h"
#include "mirti/support.h"
#include "mirti/survey.h"
#include "mirti/table.h"
#include "mirti/validate.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------ sample -- */

/**
 * An expression over the rows of a survey that the model does not have itself. Of rows outside the
 * population (`filter`) and rows where it is unknown the value is NaN or NULL; so that a row may
 * have values here and not be in the fit.
 */
typedef struct mirti_sample_extra {
    const char *text;               ///< the expression; needed only while reading
    mirti_expression_origin origin; ///< where it was written, for messages
    mirti_type want; ///< NUMBER or TEXT; RAW: as the expression gives it, texts as they are
    /* filled by reading; owned by the sample */
    mirti_type type; ///< what it gives: TEXT, NUMBER or TRUTH (0 or 1 in `number`)
    double *number;  ///< [rows] of NUMBER and TRUTH, else NULL
    char **code;     ///< [rows] of TEXT, else NULL
    int place;       ///< for the reader
} mirti_sample_extra;

/** A survey recoded to the variables of a model: what the fit needs, row by row of the file. */
typedef struct mirti_sample {
    int64_t rows;   ///< of the file; rows outside the population stay, for the design
    int columns;    ///< p
    double *x;      ///< [rows × p] design rows; zeros where `in` is 0
    int predictors; ///< of the model file
    double *value;  ///< [rows × predictors] level, 0 or 1, or number; not filled where `in` is 0
    double *y;      ///< [rows] outcome, 0 or 1
    uint8_t *population; ///< [rows] 1: in the model's population
    uint8_t *in;         ///< [rows] 1: and with every variable of the model known
    mirti_survey_design *design;
    mirti_survey_replicates *replicates; ///< NULL: variances are linearised
    char **area, **parent_area;          ///< [rows] codes as the survey gives them, or NULL arrays
    int extras;
    mirti_sample_extra *extra; ///< [extras]
    mirti_row_count count;
    mirti_recode_notes notes;
    mirti_arena arena; ///< holds codes
} mirti_sample;

/** What a project says of its survey's design; zeros: the defaults of the project file. */
typedef struct mirti_sample_options {
    mirti_lonely_psu lonely;
    mirti_variance_choice variance;
    uint64_t seed;       ///< of the bootstrap
    const char *project; ///< path of the project file, for messages on the variance; nullable
    const mirti_sample_extra *extra; ///< [extras] further expressions of every row; copied
    int extras;
} mirti_sample_options;

/** Reads and recodes a survey source. Unknown weights, strata, PSUs or replicate weights are errors
 * (file, row, column, value); an unknown outcome or predictor drops the row from the fit, counted
 * by reason. `options` NULL: zeros. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_sample_read(
    const mirti_model_spec *spec, const mirti_source_block *block, const mirti_terms *terms,
    mirti_source *source, const mirti_sample_options *options, const mirti_listener *listener,
    mirti_sample **out, mirti_error *err);
MIRTI_API void mirti_sample_free(mirti_sample *sample);

/** Direct estimates by area: what an area-level model learns from. */
typedef struct mirti_direct {
    int64_t areas;
    char **code;           ///< [areas] in byte order
    double *estimate;      ///< [areas] from 0 to 1; NaN: none
    double *variance;      ///< [areas] of the estimate; NaN where unknown
    double *rows;          ///< [areas] of the sample; NaN where unknown
    mirti_row_count count; ///< of a file of estimates
    mirti_recode_notes notes;
    mirti_arena texts; ///< holds the codes
} mirti_direct;

/** Reads a source of kind estimates. A rate beyond 0 and 1, a negative error, a row without a code
 * and an area that is there twice are errors (INPUT, file and row). */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_direct_read(const mirti_model_spec *spec,
                                                        const mirti_source_block *block,
                                                        mirti_source *source, mirti_direct **out,
                                                        mirti_error *err);
MIRTI_API void mirti_direct_free(mirti_direct *direct);

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

/** How an input was read: what its reader and the expressions noticed. */
typedef struct mirti_run_reading {
    mirti_source_report report; ///< its notes are owned here; empty of a cube read from its file
    mirti_recode_notes notes;
} mirti_run_reading;

/** Something noticed, from whichever of the two. Texts are borrowed. */
typedef struct mirti_run_notice {
    const char
        *id; ///< stable: "blank-row", "join-unmatched", "outside-map", "duplicate-person" ...
    const char *message; ///< what it is, in English
    bool odd;            ///< somebody should look at it
    int64_t count;
    const char *file, *column, *value; ///< of the first case; may be ""
    int64_t row;                       ///< 0: it concerns no row
} mirti_run_notice;
enum { MIRTI_RUN_NOTICES_MAX = 80 };
/** Fills `out` [MIRTI_RUN_NOTICES_MAX]; returns how many. */
MIRTI_API int mirti_run_notices(const mirti_run_reading *reading, mirti_run_notice *out);
/** What it is, as people are told it in their language. */
MIRTI_API const char *mirti_run_notice_words(const mirti_run_notice *notice, const char *language);

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
    mirti_bootstrap_report bootstrap; ///< zero: none
    mirti_run_benchmark *benchmark;   ///< NULL: none
    mirti_class_report *classes;
    mirti_support *support;             ///< survey and census beside each other; NULL for an index
    mirti_contributions *contributions; ///< why here; NULL for an index
    mirti_index *index;                 ///< how the index came about; NULL for a model
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
    const mirti_source_block *survey_block, *census_block; ///< NULL: the project has none, as that
                                                           ///< of an index has no survey
    mirti_terms *terms;
    mirti_sample *sample;
    mirti_model *model;
    mirti_mixed *mixed;   ///< NULL unless the project asks for effects of areas, or of parents
    mirti_nested *nested; ///< NULL unless it asks for those of areas within parents
    mirti_mixed_replicates *replicates; ///< NULL unless it asks for a bootstrap of them
    mirti_validation *validation;       ///< NULL before mirti_run_validate
    mirti_direct *direct;         ///< NULL unless the project learns from direct estimates ...
    mirti_area_model *area_model; ///< ... by this model; `model` then is its linear predictor
    int64_t *area_place;          ///< [areas of the layer] place in area_model, −1: none
    struct {
        int64_t estimates;      ///< areas with a direct estimate
        int64_t not_in_census;  ///< of these, areas that the census does not have
        int64_t without_traits; ///< and areas of which it lacks a figure
    } area_count;
    int layers;
    mirti_run_layer *layer;
    int inputs;
    mirti_run_input *input;
    mirti_run_times times;
    uint64_t seed;
    const char *language;
    mirti_run_reading survey_reading, census_reading;
    mirti_area_rule persons_rule; ///< of the one layer of a census of persons
} mirti_run;

/** The cube of a project whose census is of persons: read from the file if it is a cube already,
 * else built from the persons; with strata and PSUs where the source has PSUs. Needs mirti_run_open
 * only. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_cube(const mirti_run *run, mirti_cube **out,
                                                     mirti_error *err);

/** Reads and checks project and model files; touches no data. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_open(const mirti_run_options *options,
                                                     mirti_run **out, mirti_error *err);
/** Reads and fits the survey (fills sample, model); an area-level model needs the census, too,
 * which is read. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_fit(mirti_run *run, mirti_error *err);

/** How mirti_run_select goes about it. */
typedef struct mirti_run_select_options {
    mirti_select_method method;
    mirti_select_criterion criterion; ///< of stepwise methods
    int folds;                        ///< parts of the cross-validation, whole PSUs; 0: 10
    bool best;        ///< lasso: λ of the smallest deviance, not the sparser one within one se
    const char *keep; ///< terms that are always in, as "age,sex,age:sex"; nullable
} mirti_run_select_options;

/** Reads the survey (fills sample) and chooses among the model's terms; parts of the
 * cross-validation are drawn from the run's seed. Fills `model` with the chosen terms fitted as
 * mirti_run_fit would fit them, unless they cannot be (choice->fit_problem). Needs mirti_run_open
 * only; changes no file. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_select(mirti_run *run,
                                                       const mirti_run_select_options *options,
                                                       mirti_choice **out, mirti_error *err);
/** The choice with program, model, survey and seed, as a JSON document (docs/selection.md). */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_choice_json(const mirti_run *run,
                                                            const mirti_choice *choice,
                                                            mirti_text *out, mirti_error *err);
/** Reads survey (and fits), census, boundaries and checksums, side by side on the run's threads.
 * The project of an index has no survey. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_read(mirti_run *run, mirti_error *err);
/** Predicts, or makes the index; then classes, ranks and joins. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_compute(mirti_run *run, mirti_error *err);
/** Whether `directory` may take the results, asked before any work. MIRTI_ERROR_USAGE
 * when results are there and the run may not overwrite them. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_writable(const mirti_run *run,
                                                         const char *directory, mirti_error *err);
/** Writes areas.gpkg, one CSV per kind of area, support.csv (of a model), model.json and run.json
 * to `directory`: all of them or, on an error, none. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_write(mirti_run *run, const char *directory,
                                                      mirti_error *err);
MIRTI_API void mirti_run_free(mirti_run *run);

/** What was found, in words an official understands, in the run's language; names the files of
 * `directory` to open (NULL: nothing was written). */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_summary(const mirti_run *run, const char *directory,
                                                        mirti_text *out, mirti_error *err);
/** Survey and census beside each other, predictor by predictor, in the run's language; and whether
 * something in it should be looked at. Nothing for an index. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_support(const mirti_run *run, mirti_text *out,
                                                        bool *found, mirti_error *err);
/** The fitted model for people: its table of coefficients. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_model_table(const mirti_run *run, mirti_text *out,
                                                            mirti_error *err);
/** model.json of a run. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_model_json(const mirti_run *run, mirti_text *out,
                                                           mirti_error *err);
/** One area on one screen, as text in the run's language or as JSON: risk and interval, place, what
 * raises and lowers it against its parent and the whole, areas most alike, areas within it; of an
 * index the points that each indicator brings. USAGE when the census has no such code. */
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
/* -------------------------------------------------------------------------------- indicators -- */

enum { MIRTI_INDICATORS_BY = 8 }; ///< domains may be made by so many things at most

/** What is asked of a survey. Lists are separated by commas, those within quotes or parentheses
 * apart. */
typedef struct mirti_indicators_options {
    const char *of;    ///< names (indicators of the source, outcome, predictors) and expressions;
                       ///< NULL: the outcome, and every indicator that the source names
    bool predictors;   ///< and every predictor of the model
    const char *among; ///< a condition: estimates are of the rows where it holds; NULL: of all
    const char *per;   ///< ratios to this expression; NULL: means
    bool total;        ///< totals instead of means
    const char *by;    ///< `area`, `parent_area`, names of predictors, expressions; NULL or
                       ///< `nation`: one domain
} mirti_indicators_options;

/** One indicator, of which there is an estimate for every domain. */
typedef struct mirti_indicator {
    const char *name;  ///< of the model file, or the expression
    const char *label; ///< in the run's language
    const char *level; ///< of a category, which has one indicator for each level; else NULL
    mirti_survey_statistic statistic;
    bool proportion; ///< a mean of what is 0 or 1 everywhere
    int64_t unknown; ///< rows of the population where its value is not known: in no estimate
} mirti_indicator;

/** Direct estimates of a survey, by domain. */
typedef struct mirti_indicators {
    const char *source, *title; ///< of the survey
    const char *population;
    int64_t rows;                     ///< of the file
    int32_t strata, psus, lonely, df; ///< of the whole design
    bool second_stage;                ///< the second stage of the sample is in the variance
    double confidence;
    int bys;
    const char *by[MIRTI_INDICATORS_BY];       ///< names of what domains are made by
    const char *by_label[MIRTI_INDICATORS_BY]; ///< in the run's language
    int64_t elsewhere; ///< rows of the population in no domain, since something is unknown
    int32_t domains;
    const char **domain;       ///< [domains × bys] codes, levels or values
    const char **domain_label; ///< [domains × bys] in the run's language
    int indicators;
    mirti_indicator *indicator;
    mirti_survey_estimate *estimate; ///< [indicators × domains]
    mirti_arena texts;
} mirti_indicators;

/** Reads the survey of a run just opened and estimates. A domain that the sample missed is there
 * with no rows. USAGE and INPUT when something is asked that the project does not have. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_indicators(mirti_run *run,
                                                           const mirti_indicators_options *options,
                                                           mirti_indicators **out,
                                                           mirti_error *err);
MIRTI_API void mirti_indicators_free(mirti_indicators *indicators);
/** Quality of an estimate: "good", "fair", "poor", by its CV as everywhere; "poor" also without an
 * interval; "missing: no sample" or "missing: zero denominator". */
MIRTI_API const char *mirti_indicators_quality(const mirti_survey_estimate *estimate);
/** As a table for people, in the language. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_indicators_table(const mirti_indicators *indicators,
                                                             const char *language, mirti_text *out,
                                                             mirti_error *err);
MIRTI_API MIRTI_MUST_USE mirti_status mirti_indicators_json(const mirti_indicators *indicators,
                                                            mirti_text *out, mirti_error *err);
/** As CSV (RFC 4180), one line for each indicator and domain; columns: docs/project-file.md. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_indicators_csv(const mirti_indicators *indicators,
                                                           mirti_text *out, mirti_error *err);

/* ---------------------------------------------------------------------------------- validate -- */

typedef struct mirti_run_validate_options {
    int folds;        ///< of PSUs; 0: 10
    bool survey_only; ///< do not read the census
} mirti_run_validate_options;

/** Reads and fits the survey and validates the model (fills run->validation); where the project has
 * a census, the larger areas get the rate that it predicts for them, not benchmarked. Needs
 * mirti_run_open only. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_validate(mirti_run *run,
                                                         const mirti_run_validate_options *options,
                                                         mirti_error *err);
/** What was found, with what it means in plain words, in the run's language. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_validation_text(const mirti_run *run,
                                                                mirti_text *out, mirti_error *err);
/** The same as JSON (docs/validation.md). */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_validation_json(const mirti_run *run,
                                                                mirti_text *out, mirti_error *err);
/** As mirti_run_writable, of the files of a validation. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_validation_writable(const mirti_run *run,
                                                                    const char *directory,
                                                                    mirti_error *err);
/** Writes validation.json, validation.txt and the pictures roc, calibration, states and
 * coefficients, each as .png and .svg: all of them or, on an error, none. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_run_validation_write(const mirti_run *run,
                                                                 const char *directory,
                                                                 mirti_error *err);

/* ----------------------------------------------------------------------------------- compare -- */

/** Two ranked lists of the same areas, joined by code. */
typedef struct mirti_comparison {
    const char *column[2]; ///< what was compared: "risk" or "index", of the first and the second
    int64_t rows[2];       ///< areas in each list
    int64_t joined;        ///< codes in both
    mirti_agreement agreement; ///< of those with a score in both
    int levels[2];
    char **level[2];   ///< names of the levels, the lowest scores first
    int64_t *cross;    ///< [levels[0] × levels[1]] areas with these two levels
    double same_share; ///< of the joined areas with levels that have the same place on both scales;
                       ///< NaN when there are not as many levels in both
} mirti_comparison;

/** Compares two ranked lists as a run writes them (`municipality.csv`): the index of a list where
 * it has one, else its risk. INPUT when a file is no such list, or a code is there twice. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_compare_files(const char *first, const char *second,
                                                          const mirti_listener *listener,
                                                          mirti_comparison **out, mirti_error *err);
/** As lines for people, in their language (NULL: English), or as JSON. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_comparison_print(const mirti_comparison *comparison,
                                                             const char *language, bool as_json,
                                                             mirti_text *out, mirti_error *err);
MIRTI_API void mirti_comparison_free(mirti_comparison *comparison);

/** Fills `library` with all libraries underneath; returns how many, at most MIRTI_LIBRARIES_MAX. */
enum { MIRTI_LIBRARIES_MAX = 20 };
MIRTI_API int mirti_libraries(mirti_library *library);

#ifdef __cplusplus
}
#endif
#endif
