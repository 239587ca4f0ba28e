/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file census.h
 * What the census says of every area: **areas**, published aggregates such as INEGI's ITER, with
 * the children of each published cell and the shares of each predictor. (The person-level cube
 * lives here too.)
 */
#ifndef MIRTI_CENSUS_H
#define MIRTI_CENSUS_H

#include "mirti/base.h"
#include "mirti/fit.h"
#include "mirti/recode.h"
#include "mirti/spec.h"
#include "mirti/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Why an area cannot be scored. */
typedef enum mirti_area_missing {
    MIRTI_AREA_COMPLETE = 0,
    MIRTI_AREA_SUPPRESSED,    ///< a needed figure is suppressed (ITER `*`)
    MIRTI_AREA_NOT_AVAILABLE, ///< a needed figure is not available (ITER `N/D`) or blank
    MIRTI_AREA_NO_CHILDREN,   ///< no child of the population lives there
    MIRTI_AREA_NOT_IN_CENSUS  ///< known to the boundaries only
} mirti_area_missing;

/** Areas of one kind, in the order of the file. Arrays are owned by the struct. */
typedef struct mirti_areas {
    char *kind; ///< "municipality", ...
    int64_t count;
    int cells;  ///< C enumerated cells
    int shares; ///< S = mirti_terms_share_offset(terms, predictors)
    char **code, **name, **parent_code, **parent_name; ///< [count] UTF-8; name parts may be NULL
    double *longitude, *latitude; ///< [count] degrees, NaN unknown; NULL if the source has none
    double *children;             ///< [count × C] children in each cell
    double *share; ///< [count × C × S] shares as mirti_terms_expected_row wants them
    mirti_area_missing *missing; ///< [count]
    struct mirti_cube *cube; ///< owned: the persons themselves, where the areas come from a cube;
                             ///< they then have one cell with all children and no shares. Else NULL
    char **missing_column; ///< [count] column of the file whose figure is missing, or the figure's
                           ///< name where no single column is to blame; NULL where complete
} mirti_areas;

/** Why a row is not used (until `OTHER`), or what was put right in one that is. */
typedef enum mirti_reason {
    MIRTI_REASON_WEIGHT_ZERO,
    MIRTI_REASON_AREA_UNKNOWN,
    MIRTI_REASON_NO_ESTIMATE,
    MIRTI_REASON_OUTCOME_MISSING,    ///< with the name of the outcome
    MIRTI_REASON_PREDICTOR_MISSING,  ///< with the name of the predictor, as the next two
    MIRTI_REASON_PREDICTOR_LEVEL,    ///< a category that is none of its levels
    MIRTI_REASON_PREDICTOR_INFINITE, ///< a number that is not finite
    MIRTI_REASON_OTHER,              ///< what there was no room for
    MIRTI_REASON_ZEROS,              ///< a code lost its leading zeros; with the name of the column
    MIRTI_REASON_COORDINATE,         ///< a coordinate that cannot be read
    MIRTI_REASONS
} mirti_reason;
enum { MIRTI_REASON_TEXT = 160, MIRTI_REASON_WORDS = 256 };
/** The reason as files hold it, in English. `name`: of what it is about; NULL where it is about the
 * row. A longer text is cut. */
MIRTI_API void mirti_reason_text(mirti_reason reason, const char *name,
                                 char out[MIRTI_REASON_TEXT]);
/** Such a text as people are told it in their language; one that is none of them as it is. */
MIRTI_API void mirti_reason_words(const char *text, const char *language,
                                  char out[MIRTI_REASON_WORDS]);

/** A kind of thing noticed in a file: how often, and the first case. */
typedef struct mirti_drop_reason {
    char text[MIRTI_REASON_TEXT]; ///< in English: mirti_reason_words
    int64_t rows;
    char first_file[128]; ///< its name without folders; "" where unknown
    int64_t first_row;    ///< record number in the file; the header is row 1
    char first_value[128];
} mirti_drop_reason;

/** Rows read = rows used + rows outside + rows dropped by reason; kept for run.json. */
typedef struct mirti_row_count {
    int64_t read, used;
    int64_t outside; ///< not selected by the rule's `where` or the block's `filter`
    int64_t dropped; ///< sum of the reasons below
    int reasons;
    mirti_drop_reason
        reason[16]; ///< what comes after the fifteenth reason is counted under the last
    int notes;
    mirti_drop_reason note[8]; ///< rows that are used, but in which something was put right or left
                               ///< out, such as a code without its leading zeros
} mirti_row_count;
/** Counts one row of `file` (NULL: unknown) dropped for a reason, keeping the first case of each;
 * `name` as in mirti_reason_text. */
MIRTI_API void mirti_row_count_drop(mirti_row_count *count, mirti_reason reason, const char *name,
                                    const char *file, int64_t row, mirti_str value);
/** Counts something noticed in a row that is used, in the same way. */
MIRTI_API void mirti_row_count_note(mirti_row_count *count, mirti_reason reason, const char *name,
                                    const char *file, int64_t row, mirti_str value);

/** The scope in which a block's expressions are compiled: the columns of the file, the codes that
 * mean missing, the block's named helper expressions. Shared by surveys, aggregates and cubes. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_source_block_scope(const mirti_model_spec *spec,
                                                               const mirti_source_block *block,
                                                               const mirti_field *field, int fields,
                                                               mirti_scope **out, mirti_error *err);
/** Checks that the columns of `code_widths` exist; INPUT with the place in the model file. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_source_block_codes(const mirti_model_spec *spec,
                                                               const mirti_source_block *block,
                                                               const mirti_source *source,
                                                               mirti_error *err);
/** Puts back the leading zeros that codes lost, in place: where the block declares the width of a
 * column (`code_widths`), values of digits only that are shorter get them and are noted in `count`.
 * Call it on every batch before anything is evaluated. MEMORY is its only error. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_source_block_repair(const mirti_source_block *block,
                                                                const mirti_source *source,
                                                                mirti_batch *batch,
                                                                mirti_row_count *count,
                                                                mirti_error *err);

/** Degrees from a coordinate as offices write it: `-89.681`, `89°40'51.191" W`, `21° 8' N`, `89.68
 * O` (oeste). False when it is nothing of the kind, or beyond `limit` (180 or 90) degrees. */
MIRTI_API bool mirti_coordinate_parse(mirti_str text, double limit, double *degrees);

/**
 * Reads one kind of area from an aggregates source.
 *
 * A figure that is missing (blank, a declared code, a quotient of nothing) makes the area missing,
 * with the reason and the column; a declared code counts as *suppressed* when it is made of
 * asterisks or its reason in the model file says so (suppressed, suprimido, confidencial), and as
 * *not available* otherwise. A cell without children needs no shares. What is no number where one
 * is needed, a negative number of children, a share beyond [0, 1] by more than rounding, shares of
 * a category that do not add up to 1 within 0.005, a code that is missing, of another length than
 * declared or there twice: each is an error (INPUT) that names file, row and value. A coordinate
 * that cannot be read is noted and left out.
 *
 * Statuses: INPUT, MEMORY, CANCELLED. `*rows` is filled as far as reading came, also on error.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_areas_read(
    const mirti_model_spec *spec, const mirti_source_block *block, const mirti_area_rule *rule,
    const mirti_terms *terms, mirti_source *source, const mirti_listener *listener,
    mirti_areas **out, mirti_row_count *rows, mirti_error *err);
MIRTI_API void mirti_areas_free(mirti_areas *areas);
/** "complete", "suppressed", "not available", "no children", "not in census". */
MIRTI_API const char *mirti_area_missing_name(mirti_area_missing missing);

/* ---------------------------------------------------------------------------------- the cube -- */

/**
 * A census of persons collapsed to area × covariate pattern: how many persons, and how much weight,
 * have the same values of all predictors in the same area. Predictors are few and mostly
 * categorical, so that fifteen million persons become some hundred thousand cells, from which
 * everything else is computed without reading the census again.
 *
 * Weights are whole millionths, so that sums are exact: cubes of the parts of a census, merged in
 * any order, are the cube of the whole, bit for bit. Everything is in one canonical order.
 */
typedef struct mirti_cube_place {
    int32_t area;
    char *stratum, *psu; ///< "" in a cube without design
} mirti_cube_place;

typedef struct mirti_cube_cell {
    int32_t place, pattern;
    int64_t persons;
    int64_t weight; ///< in millionths
} mirti_cube_cell;

typedef struct mirti_cube {
    char *kind;           ///< of area: "municipality"
    char *model, *source; ///< names of the model file and its source block
    int variables;
    char **variable; ///< [variables] predictors that terms use and what their values mean, such as
                     ///< `age=12-14|15-17`, `floor=0|1`, `rooms=number`
    int64_t areas;
    char **code, **parent; ///< [areas] in byte order of codes; parent "" where unknown
    bool design;           ///< places are PSUs within areas; else there is one place for each area
    int64_t places;
    mirti_cube_place *place; ///< [places] by area, stratum, PSU
    int64_t patterns;
    double *value; ///< [patterns × variables] level index, 0 or 1, or number; in ascending order
    int64_t cells;
    mirti_cube_cell *cell; ///< [cells] by place, then pattern; no pair twice
    mirti_row_count rows;  ///< rows of the census; reasons in byte order
    mirti_arena texts;     ///< owns all texts
} mirti_cube;

typedef struct mirti_cube_options {
    bool design; ///< keep stratum and PSU, for the census's own sampling error
    int threads; ///< below 1: as many as there are processors; the cube is the same
} mirti_cube_options;

/**
 * Builds the cube of a census source, in one pass and memory that grows with the cells only. A
 * person with an unknown predictor, of an unknown area or with weight zero is dropped and counted;
 * a weight that is negative or missing is an error (INPUT, with file and row), as is an area that
 * lies in two larger ones (at the first row where that shows). Threads share the work. Weights are
 * rounded to millionths. `notes` (nullable) tells of values read as missing.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_cube_build(
    const mirti_model_spec *spec, const mirti_source_block *block, const mirti_terms *terms,
    mirti_source *source, const mirti_cube_options *options, const mirti_listener *listener,
    mirti_cube **out, mirti_recode_notes *notes, mirti_error *err);
MIRTI_API void mirti_cube_free(mirti_cube *cube);
/** The sum of cubes of the same model, source and kind. INPUT when they are not. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_cube_merge(const mirti_cube *const *part, int parts,
                                                       mirti_cube **out, mirti_error *err);
/** The bytes of the cube's file (docs/cube-file.md). Equal cubes give equal bytes. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_cube_print(const mirti_cube *cube, mirti_text *out,
                                                       mirti_error *err);
/** Writes the file: complete, or not at all. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_cube_write(const mirti_cube *cube, const char *path,
                                                       bool overwrite, mirti_error *err);
/** Reads a file; INPUT when it is of another version, damaged or cut off. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_cube_read(const char *path, mirti_cube **out,
                                                      mirti_error *err);
/** The same from memory; `path` (not opened) is what messages call it. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_cube_parse(const char *data, size_t size,
                                                       const char *path, mirti_cube **out,
                                                       mirti_error *err);
/** Checks that the patterns mean what a model's terms mean. MODEL, naming the variable. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_cube_check(const mirti_cube *cube,
                                                       const mirti_terms *terms, mirti_error *err);
/** Areas for prediction from persons, in the order of the cube, which they take over (and free,
 * also on failure). Names are not known. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_areas_from_cube(mirti_cube *cube, mirti_areas **out,
                                                            mirti_error *err);

#ifdef __cplusplus
}
#endif
#endif
