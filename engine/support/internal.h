/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the support room share. */
#ifndef SUPPORT_INTERNAL_H
#define SUPPORT_INTERNAL_H

#include "mirti/support.h"

/** Lines of all predictors, one after the other. */
typedef struct mirti_support_layout {
    const mirti_terms *terms;
    int predictors, *predictor; ///< [predictors] those that terms use
    int *first;                 ///< [predictors + 1] first line of each
    int lines;
} mirti_support_layout;

mirti_status mirti_support_layout_make(mirti_support_layout *layout, const mirti_terms *terms,
                                       mirti_error *err);
void mirti_support_layout_reset(mirti_support_layout *layout);
/** Values of a child's predictors (`value` by number of predictor among those used) as lines. */
void mirti_support_lines(const mirti_support_layout *layout, const double *value, double *line);

/** Fills the survey's side: shares, means, spreads; `covariance` receives that of the lines. */
mirti_status mirti_support_survey(const mirti_support_layout *layout,
                                  const mirti_support_sample *sample, mirti_support *support,
                                  double **covariance, mirti_error *err);
/** Differences, tests and flags, once both sides are there. */
void mirti_support_compare(const mirti_support_layout *layout, const double *covariance, int32_t df,
                           mirti_support *support, double *scratch);
/** A value and how many children stand behind it. */
typedef struct mirti_support_point {
    double value, weight;
} mirti_support_point;
/** Spread of weighted values; sorts them. A quantile is the least value up to which that share of
 * the weight lies. */
mirti_support_spread mirti_support_spread_of(mirti_support_point *point, int64_t count);

/** The mean of an area's children in line l: Σ_c N_c x_cl / Σ_c N_c; of a cube from its cells. */
typedef struct mirti_support_reader {
    const mirti_support_layout *layout;
    const mirti_areas *areas;
    double *pattern; ///< [patterns × lines] of a cube
    int64_t *first;  ///< [areas + 1] of a cube, the cells of each area
} mirti_support_reader;
mirti_status mirti_support_reader_make(mirti_support_reader *reader,
                                       const mirti_support_layout *layout, const mirti_areas *areas,
                                       mirti_error *err);
void mirti_support_reader_reset(mirti_support_reader *reader);
/** Adds an area's weighted lines to `sum` [lines]; returns its children. */
double mirti_support_add_area(const mirti_support_reader *reader, int64_t area, mirti_sum *sum);
/** How many persons, or published children, an area's mean comes from. */
double mirti_support_area_size(const mirti_support_reader *reader, int64_t area);

/** Fills the census's side from all complete areas. */
mirti_status mirti_support_census(const mirti_support_reader *reader, mirti_support *support,
                                  mirti_error *err);
/** Fills the share of unseen children of every area and of all. */
mirti_status mirti_support_unseen(const mirti_support_layout *layout,
                                  const mirti_support_sample *sample,
                                  const mirti_support_reader *reader, mirti_support *support,
                                  mirti_error *err);
/** Marks areas beyond the survey's groups. */
mirti_status mirti_support_beyond(const mirti_support_layout *layout,
                                  const mirti_support_sample *sample,
                                  const mirti_support_reader *reader, mirti_support *support,
                                  mirti_error *err);

#endif
