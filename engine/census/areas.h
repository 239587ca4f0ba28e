/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the readers of published aggregates share: the compiled figures of a source, and how one row
 * of the file becomes one area. */
#ifndef MIRTI_CENSUS_AREAS_H
#define MIRTI_CENSUS_AREAS_H

#include "mirti/census.h"

/** A number that the source publishes, or that an expression makes of such. */
typedef struct mirti_census_figure {
    mirti_expr *expr;
    const char *name; ///< "children" or the predictor's name, for messages
    mirti_place place;
} mirti_census_figure;

/** The expressions of one kind of area, compiled against the columns of the file. Indices of
 * figures are −1 where there is none. */
typedef struct mirti_census_figures {
    const mirti_model_spec *spec;
    const mirti_source_block *block;
    const mirti_area_rule *rule;
    const mirti_terms *terms;
    const mirti_field *field; ///< columns of the file, borrowed from the source
    mirti_scope *scope;
    mirti_expr *filter, *where;  ///< truth; NULL where not given
    mirti_expr *label[6];        ///< code, name, parent code, parent name, longitude, latitude
    int count;                   ///< of figures
    mirti_census_figure *figure; ///< [count]
    const mirti_expr **expr;     ///< [count] the same expressions, as evaluation wants them
    int *children;               ///< [cells] figure of the cell's number of children
    int *own;                    ///< [cells × predictors] figure of the cell's own share
    int *common;                 ///< [S] figure of the share that holds for all cells
    bool *used;                  ///< [predictors] whether a term uses it
} mirti_census_figures;

enum { LABEL_CODE, LABEL_NAME, LABEL_PARENT_CODE, LABEL_PARENT_NAME, LABEL_LON, LABEL_LAT, LABELS };

MIRTI_MUST_USE mirti_status mirti_census_figures_compile(
    const mirti_model_spec *spec, const mirti_source_block *block, const mirti_area_rule *rule,
    const mirti_terms *terms, mirti_source *source, mirti_census_figures *out, mirti_error *err);
void mirti_census_figures_reset(mirti_census_figures *figures);

/** Figures of the rows of a batch that are areas of the kind. */
typedef struct mirti_census_values {
    const mirti_batch *batch;
    const int64_t *row;         ///< [n] row of the batch
    const mirti_column *figure; ///< [figures] numbers, [n] each
} mirti_census_values;

/** Fills children [cells] and share [cells × S] of one area from the i-th of the values; where a
 * figure is missing, `*reason` and `*column` (borrowed) say why. */
MIRTI_MUST_USE mirti_status mirti_census_area_fill(const mirti_census_figures *figures,
                                                   const mirti_census_values *values, int64_t i,
                                                   double *children, double *share,
                                                   mirti_area_missing *reason, const char **column,
                                                   mirti_error *err);

/** Why figure `f` is missing in the i-th of the values. */
mirti_area_missing mirti_census_why_missing(const mirti_census_figures *figures, int f,
                                            const mirti_census_values *values, int64_t i,
                                            const char **column);

#endif
