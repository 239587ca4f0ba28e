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
    char **missing_column; ///< [count] name of the figure that is missing, NULL where complete
} mirti_areas;

/** Rows read = rows used + rows outside + rows dropped by reason; kept for run.json. */
typedef struct mirti_row_count {
    int64_t read, used;
    int64_t outside; ///< not selected by the rule's `where` or the block's `filter`
    int64_t dropped; ///< sum of the reasons below
    int reasons;
    struct mirti_drop_reason {
        char text[160];
        int64_t rows;
        int64_t first_row; ///< record number in the file; the header is row 1
        char first_value[128];
    } reason[16]; ///< what comes after the fifteenth reason is counted under the last
} mirti_row_count;
/** Counts one row dropped for the reason `text`, keeping the first case of each reason. */
MIRTI_API void mirti_row_count_drop(mirti_row_count *count, const char *text, int64_t row,
                                    mirti_str value);

/** The scope in which a block's expressions are compiled: the columns of the file, the codes that
 * mean missing, the block's named helper expressions. Shared by surveys, aggregates and cubes. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_source_block_scope(const mirti_model_spec *spec,
                                                               const mirti_source_block *block,
                                                               const mirti_field *field, int fields,
                                                               mirti_scope **out, mirti_error *err);

/**
 * Reads one kind of area from an aggregates source. Shares beyond [0, 1] by rounding are clamped,
 * by more are an error that names row and value; a code twice is an error; a code whose width
 * differs from the declared one is repaired with leading zeros if it is numeric and shorter, and
 * counted.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_areas_read(
    const mirti_model_spec *spec, const mirti_source_block *block, const mirti_area_rule *rule,
    const mirti_terms *terms, mirti_source *source, const mirti_listener *listener,
    mirti_areas **out, mirti_row_count *rows, mirti_error *err);
MIRTI_API void mirti_areas_free(mirti_areas *areas);

#ifdef __cplusplus
}
#endif
#endif
