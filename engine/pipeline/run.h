/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the pipeline room share. */
#ifndef PIPELINE_RUN_H
#define PIPELINE_RUN_H

#include "mirti/pipeline.h"

/** Seconds of a steady clock. */
double mirti_run_clock(void);
/** Fills run->input with every file the run reads, its size and checksum. */
mirti_status mirti_run_list_inputs(mirti_run *run, mirti_error *err);
/** Opens the project's census as a table. */
mirti_status mirti_run_open_source(const mirti_run *run, const mirti_input *input,
                                   mirti_source **out, mirti_error *err);
/** Joins to it the tables that the model asks for; mirti_run_open_source does. */
mirti_status mirti_run_join_tables(const mirti_run *run, const mirti_input *input,
                                   mirti_source *source, mirti_error *err);
/** An error (INPUT) unless the project has a survey to learn from. */
mirti_status mirti_run_needs_survey(const mirti_run *run, mirti_error *err);
/** An error (INPUT) unless the project learns from the persons of a survey, not from areas. */
mirti_status mirti_run_needs_persons(const mirti_run *run, mirti_error *err);
/** Reads the survey into run->sample, with further expressions of every row. */
mirti_status mirti_run_read_survey(mirti_run *run, const mirti_sample_extra *extra, int extras,
                                   mirti_error *err);
/** Keeps what a source and its expressions (`notes`, nullable) noticed. */
mirti_status mirti_run_reading_keep(mirti_run_reading *reading, const mirti_source *source,
                                    const mirti_recode_notes *notes, mirti_error *err);
void mirti_run_reading_reset(mirti_run_reading *reading);
/** Says what was noticed in an input (nullable), and which rows are not used. */
void mirti_run_tell_reading(const mirti_run *run, const mirti_run_reading *reading,
                            const mirti_row_count *count, const char *role);
/** The same for run.json: keys `read` and `noticed` of the object at hand. */
void mirti_run_reading_json(const mirti_run_reading *reading, mirti_json *json);
/** One line for the summary: rows read, used, outside and dropped, and below it why. */
void mirti_run_tell_count(const mirti_run *run, const mirti_row_count *count, mirti_text *out);
/** Reads the one layer of a census of persons. */
mirti_status mirti_run_read_persons(mirti_run *run, mirti_run_layer *layer, mirti_error *err);
/** Areas of a census of persons have codes only: gives them the names of their boundaries. */
mirti_status mirti_run_name_areas(mirti_run_layer *layer, mirti_error *err);
/** How a layer is predicted: the logit, or the mixed logit with the effects of areas. `model`
 * borrows from the run. Zero-initialise; reset when the layer is done. */
typedef struct mirti_run_predictor {
    mirti_model model;
    mirti_logit logit;
    mirti_area_effects effects;
    double *covariance; ///< own
} mirti_run_predictor;
/** Fits the mixed logit on the run's sample (fills run->mixed or run->nested). */
mirti_status mirti_run_fit_effects(mirti_run *run, mirti_error *err);
/** Draws and refits the replicates that the project asks for (fills run->replicates). */
mirti_status mirti_run_replicate(mirti_run *run, mirti_error *err);
mirti_status mirti_run_predictor_make(const mirti_run *run, mirti_run_predictor *out,
                                      mirti_error *err);
void mirti_run_predictor_reset(mirti_run_predictor *predictor);
/** Whether the project's predictions have effects of areas. */
bool mirti_run_has_effects(const mirti_run *run);
/** Warns where the effects of larger areas reach no area of a layer: their codes do not meet. */
void mirti_run_warn_of_effects(const mirti_run *run, const mirti_results *results);
/** What was fitted, into the object `area_effects` of run.json; needs effects, as the next. */
void mirti_run_effects_json(const mirti_run *run, mirti_json *json);
/** What the level of the effects is called in the run's language. */
const char *mirti_run_effects_level(const mirti_run *run);
/** The same for the summary, in its language, and below the table of coefficients. */
void mirti_run_tell_effects(const mirti_run *run, mirti_text *out);
void mirti_run_effects_table(const mirti_run *run, mirti_text *out);
/** Benchmarks a layer just predicted: to an earlier layer if its parent areas are there, else to
 * the survey's direct estimates. Fills layer->benchmark. */
mirti_status mirti_run_benchmark_layer(const mirti_run *run, const mirti_model *model,
                                       mirti_run_layer *layer, const mirti_predict_options *options,
                                       mirti_error *err);
void mirti_run_benchmark_free(mirti_run_benchmark *benchmark);
/** model.json of an index: what it is made of, and how it came about in each layer. */
mirti_status mirti_run_index_json(const mirti_run *run, mirti_text *out, mirti_error *err);
/** What a run found of an index in one layer, for the summary. */
void mirti_run_tell_index(const mirti_run *run, const mirti_run_layer *layer, mirti_text *out);
/** What a run found of a layer's support, for the summary; nothing where all is well. */
void mirti_run_tell_support(const mirti_run *run, const mirti_run_layer *layer, mirti_text *out);
/** One area of an index on one screen; as mirti_run_explain. */
mirti_status mirti_run_explain_index(const mirti_run *run, const char *code, bool as_json,
                                     mirti_text *out, mirti_error *err);
/** What an index is not, as the last word of the summary. */
const char *mirti_run_index_caution(const char *language);
/** What a kind of area is called in a language: "municipio", "localidades". */
const char *mirti_run_noun(const char *language, const char *kind, int64_t count);

/** Reads direct estimates by area, or makes them of the survey's persons, into run->direct. */
mirti_status mirti_run_read_direct(mirti_run *run, mirti_error *err);
/** Fits the area-level model, once direct estimates and census are read. */
mirti_status mirti_run_fit_areas(mirti_run *run, mirti_error *err);
/** Results of the area-level model, with levels, ranks and factors. */
mirti_status mirti_run_compute_area_level(mirti_run *run, mirti_run_layer *layer, mirti_error *err);
/** For the summary: what was learned from. */
void mirti_run_tell_area_model(const mirti_run *run, mirti_text *out);
/** For the screen of one area: its direct estimate and what it weighs. */
void mirti_run_tell_direct(const mirti_run *run, int64_t area, mirti_text *out);
/** `area_model` of run.json. */
void mirti_run_area_model_json(const mirti_run *run, mirti_json *json);

/** Joins a layer's results to its boundaries, carries scores to split areas, finds hot spots. */
mirti_status mirti_run_join_layer(const mirti_run *run, mirti_run_layer *layer, mirti_error *err);
/** A whole number with commas, as both Mexican Spanish and English write it. */
typedef struct mirti_run_number {
    char text[32];
} mirti_run_number;
mirti_run_number mirti_run_thousands(double value);
/** `text` in a column of `width` characters (not bytes). */
void mirti_run_column(mirti_text *out, const char *text, int width);

/** Reads the areas of all layers from the census. */
mirti_status mirti_run_read_census(mirti_run *run, mirti_error *err);

enum { MIRTI_RUN_FILES_MAX = 32 };
/** Names of result files that reach their folder together. Zero-initialise. */
typedef struct mirti_run_files {
    char name[MIRTI_RUN_FILES_MAX][96];
    int count;
} mirti_run_files;
/** Adds a file and returns its name. */
const char *mirti_run_files_add(mirti_run_files *files, const char *name, const char *ending);
/** Whether the folder may take them: USAGE when one is there and the run may not overwrite. */
mirti_status mirti_run_files_writable(const mirti_run *run, const char *directory,
                                      const mirti_run_files *files, mirti_error *err);
/** Writes all of them to the folder `stage`. */
typedef mirti_status (*mirti_run_writer)(const mirti_run *run, const char *stage, mirti_error *err);
/** Lets `write` make the files and moves them into place: all of them or, on an error, none. */
mirti_status mirti_run_files_place(const mirti_run *run, const char *directory,
                                   const mirti_run_files *files, mirti_run_writer write,
                                   mirti_error *err);
/** directory/name, to be freed. */
mirti_status mirti_run_path(const char *directory, const char *name, char **out, mirti_error *err);
/** Writes a file of the stage. */
mirti_status mirti_run_write_text(const char *directory, const char *name, const mirti_text *text,
                                  mirti_error *err);

#endif
