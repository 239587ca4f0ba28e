/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file spec.h
 * Model files, index files and project files: YAML read into checked structs.
 *
 * A *model file* (`models/`) says what is modelled – outcome, population, predictors, terms – and,
 * for every source (a survey wave, a census), one expression per variable: harmonisation is data,
 * not code. A *project file* (`mirti.yaml`) says which model, which files, which boundaries, which
 * outputs. Reading checks keys, types, ranges, cross-references and the syntax of expressions;
 * these are compiled later, against the columns of the file they are meant for, and their errors
 * point back here through mirti_place. An *index file* takes the place of a model file where there
 * is no survey to fit: indicators instead of predictors, weights instead of coefficients. Full
 * reference with examples: docs/model-file.md, docs/index-file.md and docs/project-file.md.
 */
#ifndef MIRTI_SPEC_H
#define MIRTI_SPEC_H

#include "mirti/base.h"
#include "mirti/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Where a text stands in its YAML file, 1-based; the position of its first character (code points;
 * inside the quotes of a quoted text, on the first line of a block text). 0, 0: not in the file. */
typedef struct mirti_place {
    int64_t line, column;
} mirti_place;

/** An expression of the recode language as written, and where. `text` NULL: not given. Over several
 * lines it is as it stands in the file, line breaks ('\n') and indentation included, so that a
 * place within it is a place in the file; only in quotes YAML has joined the lines. */
typedef struct mirti_expression_text {
    char *text;
    mirti_place place;
} mirti_expression_text;

/** A text in several languages, as under `title:` or `label:`; a plain text has language "". */
typedef struct mirti_localized {
    int count;
    char **language; ///< "es", "en", ...; "" for a plain scalar
    char **text;
} mirti_localized;
/** The text in `language`, else the plain one, else "en", else the first, else `fallback`. */
MIRTI_API const char *mirti_localized_get(const mirti_localized *text, const char *language,
                                          const char *fallback);

/* ------------------------------------------------------------------------------------- model -- */

typedef enum mirti_predictor_kind {
    MIRTI_PREDICTOR_CATEGORY, ///< one of named levels; expands to levels − 1 columns
    MIRTI_PREDICTOR_BINARY,   ///< true or false, 1 or 0
    MIRTI_PREDICTOR_NUMBER    ///< any number
} mirti_predictor_kind;

typedef struct mirti_predictor {
    char *name; ///< identifier: letters, digits, underscore
    mirti_localized label;
    mirti_localized factor; ///< as an official names it where much of it raises the risk
    mirti_localized lack;   ///< the same where little of it does; both may be empty
    mirti_predictor_kind kind;
    int levels;                   ///< categories only
    char **level;                 ///< [levels] names as the expressions return them
    mirti_localized *level_label; ///< [levels] as people read them; NULL: by their names
    int reference;                ///< index of the reference level (default 0)
    bool actionable;              ///< a lever of policy (sex and age are not)
    mirti_place place;
} mirti_predictor;

/** A level of a category as people read it in a language: its label, or its name without one. The
 * text belongs to the predictor. */
MIRTI_API const char *mirti_predictor_level(const mirti_predictor *predictor, int level,
                                            const char *language);

/** A term of the linear predictor: a predictor, or the interaction of several. */
typedef struct mirti_term {
    int order;        ///< 1 = main effect
    int predictor[4]; ///< indices into the model's predictors, in the order written
    mirti_place place;
} mirti_term;

typedef enum mirti_source_kind {
    MIRTI_SOURCE_SURVEY,     ///< persons with outcome, predictors and design
    MIRTI_SOURCE_CENSUS,     ///< persons with predictors, area and weight
    MIRTI_SOURCE_AGGREGATES, ///< published counts and shares by area
    MIRTI_SOURCE_ESTIMATES   ///< direct estimates by area, made elsewhere, with their errors
} mirti_source_kind;

typedef struct mirti_named_expression {
    char *name;
    mirti_place name_place;
    mirti_expression_text expression;
} mirti_named_expression;

/** What a source block says of a column of its file: codes that mean "missing". */
typedef struct mirti_missing_rule {
    char *column; ///< NULL: every column
    int codes;
    char **code;
    mirti_localized reason; ///< why, as shown to the user: "suppressed"; may be empty
    mirti_place place;
} mirti_missing_rule;

/** A column of official codes and their full width: where a file lost the leading zeros they are
 * put back (digits only), counted and said. */
typedef struct mirti_code_column {
    char *column;
    int width;
    mirti_place place;
} mirti_code_column;

/** How the persons of a file form households, for `head(x)`, `spouse(x)`, `hh_count(cond)` ... */
typedef struct mirti_household_rule {
    mirti_expression_text key;          ///< same value = same household; text NULL: block not given
    mirti_expression_text relationship; ///< to the head, as a code
    int heads;
    char **head; ///< codes of `relationship` that mean the head
    int spouses;
    char **spouse;                        ///< codes that mean the head's partner
    mirti_expression_text person;         ///< the person's identifier within the household
    mirti_expression_text mother, father; ///< identifier of the mother and of the father
    mirti_place place;
} mirti_household_rule;

/** One kind of area that an area source describes (municipality, locality). */
typedef struct mirti_area_rule {
    char *kind; ///< "municipality", "locality", ...: becomes layer and file name
    mirti_expression_text where, code, name, parent_code, parent_name;
    mirti_expression_text longitude, latitude; ///< optional, degrees
    int code_width;                            ///< characters of an official code; 0 = not declared
    mirti_place place;
} mirti_area_rule;

/** One cell of children whose number is published: levels of some predictors fixed, a count.
 * Checked on reading: the cells of a source neither overlap nor leave a combination of the levels
 * they name out, and every predictor that a term uses is fixed by the cell, or has a share in it or
 * in the source. */
typedef struct mirti_cell {
    mirti_expression_text children; ///< expression for the number of children in the cell
    int *level; ///< [predictors] level (category) or 0/1 (binary) fixed by the cell, −1 if not
    mirti_expression_text *share; ///< [predictors] the cell's own share (binary) or mean (number),
                                  ///< which goes before the source's; text NULL where not given
    mirti_place place;
} mirti_cell;

/** A predictor's published share or mean for all cells of an area. A category has one entry per
 * level that is given: all of them, or all but one, which then is what the others leave of 1. */
typedef struct mirti_share {
    int predictor;
    int level; ///< category: the level the share is of; −1 otherwise
    mirti_expression_text expression;
} mirti_share;

/** A column made of the rows of a joined table, such as "has a row in trabajos". */
typedef struct mirti_table_value {
    char *name;
    mirti_reduction how;
    char *column; ///< of the joined table: what is summed or compared; NULL if nothing
    mirti_expression_text where; ///< over the joined table: which of its rows count; text NULL: all
    mirti_place place;
} mirti_table_value;

/** Another table whose rows belong to those of the source: the dwelling of a person, a person's
 * jobs. The project says which file it is (mirti_input.table). */
typedef struct mirti_table_rule {
    char *name;
    int keys;
    char **key; ///< [keys] columns of the source
    int other_keys;
    char **other_key; ///< [other_keys] columns of the other table, as many; none: the same names
    int values;       ///< 0: at most one row is promised, and its columns are added
    mirti_table_value *value;
    mirti_place place;
} mirti_table_rule;

typedef enum mirti_indicator_statistic {
    MIRTI_INDICATOR_MEAN, ///< of a condition: a proportion; with `per` a ratio
    MIRTI_INDICATOR_TOTAL
} mirti_indicator_statistic;

/** A number of its own that a survey is asked for, such as a rate of its yearbook. */
typedef struct mirti_indicator_rule {
    char *name;
    mirti_localized label;
    mirti_expression_text value; ///< a condition or a number
    mirti_expression_text among; ///< of whom it is told; text NULL: of all that `filter` leaves
    mirti_expression_text per;   ///< the denominator of a ratio; text NULL: none
    mirti_indicator_statistic statistic;
    mirti_place place;
} mirti_indicator_rule;

/** Replicate weights that a survey brings along as columns, and how their estimates add up to a
 * variance: what its producer states, and R's `svrepdesign` asks for. */
typedef struct mirti_replicate_columns {
    int columns;   ///< 0: the source brings none
    char **column; ///< [columns] names; one with `*` stands for all columns that fit, in the order
                   ///< of the file
    double scale;
    int rscales;    ///< 0: all are 1
    double *rscale; ///< [rscales]
    bool mse;       ///< deviations from the full sample's estimate instead of from the mean
    bool factors;   ///< the columns are what weights are multiplied with, not weights themselves
    mirti_place place, rscales_place;
} mirti_replicate_columns;

/** What a source of kind estimates says of an area; one of the three errors is given. */
typedef struct mirti_estimates_rule {
    mirti_expression_text value;            ///< the direct estimate, from 0 to 1
    mirti_expression_text se, variance, cv; ///< its error
    mirti_expression_text rows;             ///< sample rows it rests on; text NULL: not known
} mirti_estimates_rule;

/** One source: how one file family is read as the model's variables. */
typedef struct mirti_source_block {
    char *name;
    mirti_source_kind kind;
    mirti_localized title;
    int missing_rules, code_columns;
    mirti_missing_rule *missing;
    mirti_code_column *code_column;
    int tables, helpers;
    mirti_table_rule *table;
    mirti_named_expression *helper; ///< named expressions that others of the block may use
    mirti_expression_text filter;   ///< rows of the population; others count as "outside"
    /* survey and census */
    mirti_expression_text outcome;    ///< survey only
    mirti_expression_text *predictor; ///< [predictors]; text NULL only where no term uses it
    mirti_expression_text weight, stratum, psu, fpc;
    mirti_expression_text ssu, ssu_fpc;      ///< survey only: the second stage of its sample
    mirti_expression_text area, parent_area; ///< the child's area and, say, state
    char *area_kind; ///< what `area` is the code of, as in mirti_area_rule (default "municipality")
    mirti_household_rule household;
    mirti_estimates_rule estimates;
    bool psu_nested; ///< PSUs are numbered anew in each stratum (else one label is one PSU)
    mirti_replicate_columns replicates; ///< survey only
    int indicators;                     ///< survey only
    mirti_indicator_rule *indicator;
    /* aggregates */
    int areas;
    mirti_area_rule *area_rule;
    int cells;
    mirti_cell *cell;
    int shares;
    mirti_share *share;
    mirti_place place;
} mirti_source_block;

/* ------------------------------------------------------------------------------------- index -- */

typedef enum mirti_index_scale { ///< how indicators of different units become comparable
    MIRTI_INDEX_MIN_MAX,         ///< (x − least) / (most − least)
    MIRTI_INDEX_Z,               ///< (x − mean) / standard deviation
    MIRTI_INDEX_RANK             ///< (mid-rank − 1) / (areas − 1)
} mirti_index_scale;

typedef enum mirti_index_weights { ///< of the indicators within their dimension
    MIRTI_INDEX_EQUAL,
    MIRTI_INDEX_GIVEN,
    MIRTI_INDEX_FIRST_COMPONENT ///< loadings of the first principal component
} mirti_index_weights;

typedef struct mirti_index_dimension {
    char *name; ///< "" when the file has no dimensions: then there is one
    mirti_localized label;
    double weight; ///< > 0, default 1
    mirti_place place;
} mirti_index_dimension;

/** What an indicator has beyond its name, label and words, which stand in the predictor. */
typedef struct mirti_index_indicator {
    bool more_is_better; ///< a high value means less vulnerability
    int dimension;
    double weight; ///< > 0; 1 unless weights are given
} mirti_index_indicator;

/** A vulnerability index: how the indicators are made one number between 0 and 100. */
typedef struct mirti_index_spec {
    mirti_index_scale scale;
    mirti_index_weights weights;
    int dimensions; ///< ≥ 1
    mirti_index_dimension *dimension;
    mirti_index_indicator *indicator; ///< [predictors of the model]
} mirti_index_spec;

/** From probability to linear predictor. */
typedef enum mirti_link {
    MIRTI_LINK_LOGIT,
    MIRTI_LINK_PROBIT,
    MIRTI_LINK_CLOGLOG ///< log(−log(1 − p))
} mirti_link;

/** What keeps coefficients finite where the data do not. Never used unless asked for. */
typedef enum mirti_penalty {
    MIRTI_PENALTY_NONE,
    MIRTI_PENALTY_FIRTH, ///< ½ log |A(β)| (Firth 1993), weights scaled to mean 1; logit only
    MIRTI_PENALTY_RIDGE ///< −½ λ Σ b_j², b per standard deviation of a column; not the intercept
} mirti_penalty;

/** The names they have in files: "probit", "firth". */
MIRTI_API const char *mirti_link_name(mirti_link link);
MIRTI_API const char *mirti_penalty_name(mirti_penalty penalty);

/** How the coefficients are estimated; zeros: a logit without a penalty. */
typedef struct mirti_fit_choice {
    mirti_link link;
    mirti_penalty penalty;
    double ridge; ///< λ > 0, for MIRTI_PENALTY_RIDGE
    mirti_place place;
} mirti_fit_choice;

typedef struct mirti_model_spec {
    char *path;
    char *name;
    mirti_localized title, description;
    char *outcome; ///< name of the outcome variable
    mirti_localized outcome_label;
    mirti_localized population;
    int predictors;
    mirti_predictor *predictor;
    int terms;
    mirti_term *term; ///< without the intercept, which is always there
    mirti_fit_choice fit;
    int sources;
    mirti_source_block *source;
    mirti_index_spec *index; ///< NULL: a model. Otherwise the file is one of an index: its
                             ///< indicators are the predictors, all numbers, and its sources are
                             ///< aggregates with one cell, in which every indicator has a mean;
                             ///< there is no outcome
} mirti_model_spec;

/**
 * Reads and checks a model file, or an index file, which its first key tells. On success the caller
 * owns `*out` (mirti_model_spec_free), which owns all that it points to; nothing in it changes
 * afterwards, so that threads may share it. On failure `*out` is NULL and `err` has file, line and
 * column. Statuses: MIRTI_ERROR_INPUT, MIRTI_ERROR_MEMORY.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_model_spec_read(const char *path,
                                                            mirti_model_spec **out,
                                                            mirti_error *err);
/** The same from `size` bytes in memory; `path` (not opened) is what messages call the file. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_model_spec_parse(const char *text, size_t size,
                                                             const char *path,
                                                             mirti_model_spec **out,
                                                             mirti_error *err);
MIRTI_API void mirti_model_spec_free(mirti_model_spec *spec);
/** Index of a predictor or source by name; −1 when there is none. */
MIRTI_API int mirti_model_spec_predictor(const mirti_model_spec *spec, const char *name);
MIRTI_API int mirti_model_spec_source(const mirti_model_spec *spec, const char *name);

/* ----------------------------------------------------------------------------------- project -- */

/** The file of a table that the model joins to a source. */
typedef struct mirti_input_table {
    char *name; ///< as the model calls it
    char *path; ///< as written, as in mirti_input
    mirti_place name_place, place;
} mirti_input_table;

/** A data file and how to read it. */
typedef struct mirti_input {
    char *path;      ///< as written: relative to the project file or to --data; NULL = not given
    char *source;    ///< name of the model's source block; NULL for boundaries
    char *encoding;  ///< NULL: by the file, or detected
    char *layer;     ///< NULL: the only one
    char *delimiter; ///< NULL: detected
    int tables;
    mirti_input_table *table;        ///< [tables] joined to it; read in the same encoding
    mirti_place place, source_place; ///< of `path` and of `source`
} mirti_input;

typedef enum mirti_lonely_psu { ///< what a stratum with one PSU contributes; as in R `survey`
    MIRTI_LONELY_FAIL,          ///< an error that names the strata (default)
    MIRTI_LONELY_REMOVE,        ///< nothing
    MIRTI_LONELY_ADJUST,        ///< its deviation from the grand mean of PSU totals
    MIRTI_LONELY_AVERAGE,       ///< the average contribution of the other strata
    MIRTI_LONELY_CERTAINTY      ///< nothing, as a PSU taken with certainty
} mirti_lonely_psu;

/** Where the variance of survey estimates comes from. */
typedef enum mirti_variance_method {
    MIRTI_VARIANCE_LINEARISED,
    MIRTI_VARIANCE_JK1, ///< replicate weights, made as in survey.h; here and below in the same
                        ///< order
    MIRTI_VARIANCE_JKN,
    MIRTI_VARIANCE_BRR,
    MIRTI_VARIANCE_FAY,
    MIRTI_VARIANCE_BOOTSTRAP,
    MIRTI_VARIANCE_GIVEN ///< the replicate weights that the source brings along
} mirti_variance_method;

/** The name it has in files: "linearised", "jkn". */
MIRTI_API const char *mirti_variance_name(mirti_variance_method method);

typedef struct mirti_variance_choice {
    mirti_variance_method method;
    int replicates; ///< of the bootstrap
    double rho;     ///< of Fay's method, in [0, 1)
    mirti_place place;
} mirti_variance_choice;

typedef enum mirti_class_method {
    MIRTI_CLASS_DALENIUS_HODGES,
    MIRTI_CLASS_FISHER_JENKS,
    MIRTI_CLASS_QUANTILE,
    MIRTI_CLASS_EQUAL,
    MIRTI_CLASS_STD_DEV,
    MIRTI_CLASS_FIXED
} mirti_class_method;

typedef struct mirti_class_options {
    mirti_class_method method;
    int levels;             ///< number of classes, 2..9 (default 3)
    double *breaks;         ///< [levels − 1] for MIRTI_CLASS_FIXED, ascending
    bool by_children;       ///< class the number at risk instead of the risk
    bool by_index;          ///< class an index of 0 to 100, which has no risk
    bool weighted;          ///< areas count by their children
    bool within_parent;     ///< classes within each parent area instead of nationally
    int bins;               ///< Dalenius–Hodges: number of bins (default 100)
    mirti_localized *label; ///< [levels] names of the levels, lowest first; NULL = low/medium/high
} mirti_class_options;

/** Boundaries of one kind of area. */
typedef struct mirti_boundary_input {
    mirti_input file;
    char *kind;    ///< "municipality", "locality": joins results of that kind
    char *code;    ///< column with the area code (default CVEGEO)
    char *name;    ///< column with the name (default NOMGEO)
    char *crs;     ///< overrides the file's, e.g. "EPSG:6372"; NULL = the file's
    char *lineage; ///< table of areas that were split, relative to the project file; NULL = none
    mirti_place place; ///< of `kind`
} mirti_boundary_input;

/** Who counts as a neighbour when hot spots are looked for. */
typedef enum mirti_neighbours_kind {
    MIRTI_NEIGHBOURS_QUEEN,  ///< boundaries touch somewhere
    MIRTI_NEIGHBOURS_ROOK,   ///< boundaries touch in more than one point
    MIRTI_NEIGHBOURS_NEAREST ///< the k nearest by their middle (not symmetric)
} mirti_neighbours_kind;

/** Whether and how clusters of high and low risk are looked for. */
typedef struct mirti_hotspot_choice {
    bool wanted;
    mirti_neighbours_kind neighbours; ///< default queen
    int nearest;                      ///< how many, for the nearest; default 6
    int permutations;                 ///< at most; default 9999
    double false_discovery;           ///< default 0.05
} mirti_hotspot_choice;

/** From where on survey and census count as unlike. */
typedef struct mirti_support_choice {
    double limit;  ///< standardised difference of a predictor, default 0.25
    double unseen; ///< share of an area's children unlike any of the survey, default 0.25
} mirti_support_choice;

/** The scale on which direct estimates by area are modelled. */
typedef enum mirti_area_scale {
    MIRTI_SCALE_LOGIT,   ///< log(p/(1−p)), sampling variance V/(p(1−p))²
    MIRTI_SCALE_ARCSINE, ///< asin √p, sampling variance V/(4p(1−p))
    MIRTI_SCALE_IDENTITY ///< as it is, for what is no proportion; not in project files
} mirti_area_scale;

/** Whether and how a project learns from direct estimates by area instead of from persons. */
typedef struct mirti_area_choice {
    bool wanted;            ///< also where the survey is a source of kind estimates
    mirti_area_scale scale; ///< default arcsine
    int smoothed;           ///< 1: sampling variances are smoothed over areas; 0: the estimates'
                            ///< own; −1 (default): smoothed where estimates are made of persons
    int least_rows; ///< an estimate that is known to rest on fewer is not used; 0, the default:
                    ///< 1 with smoothed variances, 15 with the estimates' own
    mirti_place place;
} mirti_area_choice;

/** What differs beyond its traits: the survey's `area`, its `parent_area`, or both. */
typedef enum mirti_effects_level {
    MIRTI_EFFECTS_AREA,
    MIRTI_EFFECTS_PARENT,
    MIRTI_EFFECTS_NESTED ///< areas within parents
} mirti_effects_level;

/** How survey weights are scaled within an area before they enter the pseudo-likelihood
 * (Rabe-Hesketh and Skrondal 2006, sec. 3.2): without scaling, large weights pretend to be many
 * children and the variance between areas comes out too large. */
typedef enum mirti_weight_scaling {
    MIRTI_SCALING_SIZE,      ///< sum to the area's number of rows (their method 2)
    MIRTI_SCALING_EFFECTIVE, ///< sum to its effective number of rows (Σw)²/Σw² (their method 1)
    MIRTI_SCALING_NONE,      ///< as they are
    MIRTI_SCALING_UNIT       ///< every row counts 1
} mirti_weight_scaling;

/** Whether areas may differ beyond their traits (a mixed logit), and how. */
typedef struct mirti_effects_choice {
    bool wanted;                  ///< default false
    mirti_effects_level level;    ///< default area
    int quadrature;               ///< nodes, 1 to 31; 0 (default): 7, or 1 of nested levels
    mirti_weight_scaling scaling; ///< default effective
    mirti_place place;            ///< of the key
} mirti_effects_choice;
/** "area", "parent", "nested". */
MIRTI_API const char *mirti_effects_level_name(mirti_effects_level level);
/** "size", "effective", "none", "unit". */
MIRTI_API const char *mirti_weight_scaling_name(mirti_weight_scaling scaling);

typedef struct mirti_project {
    char *path;
    char *name;
    mirti_localized title;
    char *language; ///< of names of levels, factors and summary: "es" (default), "en"
    char *model;    ///< path of the model file as written; see mirti_project_model_path
    mirti_place model_place;
    mirti_input survey; ///< path NULL: the project has no survey of its own
    mirti_lonely_psu lonely_psu;
    mirti_variance_choice variance;
    mirti_input census; ///< source of kind census or aggregates
    int boundaries;
    mirti_boundary_input *boundary;
    mirti_class_options classes;
    mirti_hotspot_choice hotspots;
    mirti_support_choice support;
    mirti_area_choice area_model;
    double confidence; ///< of intervals, default 0.95
    uint64_t seed;     ///< default 1
    bool dispersion;   ///< whether published shares are corrected for the spread of traits within
                       ///< cells, default true
    mirti_effects_choice area_effects;
    uint64_t bootstrap;  ///< replicates of the bootstrap of errors, 0: none. Default 200 with
                         ///< area_effects, else 0
    bool benchmark;      ///< whether results are made to agree with direct estimates, default false
    double benchmark_cv; ///< direct estimates of a larger coefficient of variation are pooled,
                         ///< default 0.15
} mirti_project;

/** Reads and checks a project file by itself; owned and reported as mirti_model_spec_read does. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_project_read(const char *path, mirti_project **out,
                                                         mirti_error *err);
/** The same from `size` bytes in memory; `path` (not opened) is what messages call the file. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_project_parse(const char *text, size_t size,
                                                          const char *path, mirti_project **out,
                                                          mirti_error *err);
MIRTI_API void mirti_project_free(mirti_project *project);

/** Checks what a project says of its model: that a model has a survey to learn from and an index
 * has none, that the sources it names are there and of the right kind, that variance and effects of
 * areas are possible with the source's design and the model's fit, that what is classed is what the
 * model or index gives, and that every kind of area with boundaries is one the census describes.
 * MIRTI_ERROR_INPUT with the place in the project file. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_project_check(const mirti_project *project,
                                                          const mirti_model_spec *model,
                                                          mirti_error *err);

/** Path of the model file: relative to the project file's directory. New string (mirti_free). An
 * error of family INPUT, with the place in the project file, when no such file is there. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_project_model_path(const mirti_project *project,
                                                               char **out, mirti_error *err);
/** Path of an input: relative to `data_directory` or, when that is NULL, to the project file's
 * directory. New string (mirti_free). An error as above when no such file is there; what is no
 * plain path is left for its reader to find: GDAL's `/vsi...`, a connection such as `PG:...`, a
 * pattern with `*` or `?`. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_project_input_path(const mirti_project *project,
                                                               const char *data_directory,
                                                               const mirti_input *input, char **out,
                                                               mirti_error *err);

/** Name and version of this room's third parties (libyaml); returns how many entries it filled. */
MIRTI_API int mirti_spec_libraries(mirti_library *library);

#ifdef __cplusplus
}
#endif
#endif
