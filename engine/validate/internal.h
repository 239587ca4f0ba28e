/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the validate room share. */
#ifndef MIRTI_VALIDATE_INTERNAL_H
#define MIRTI_VALIDATE_INTERNAL_H

#include "mirti/validate.h"

#include <math.h>

static inline bool mirti_validate_counts(const uint8_t *in, int64_t row) {
    return !in || in[row];
}

/** Rows of the subpopulation by ascending score, equal scores in the order of rows. INPUT when a
 * score is no number or an outcome neither 0 nor 1. */
MIRTI_MUST_USE mirti_status mirti_validate_order(const mirti_survey_design *design,
                                                 const double *score, const double *y,
                                                 const uint8_t *in, int64_t **order, int64_t *count,
                                                 mirti_error *err);

/** Where the run of equal scores that begins at position `first` of an order ends. */
static inline int64_t mirti_validate_run_end(const double *score, const int64_t *order,
                                             int64_t count, int64_t first) {
    int64_t end = first + 1;
    while (end < count && score[order[end]] == score[order[first]])
        end++;
    return end;
}

/** Standard error of an estimator from its linearised scores [rows], weight included. */
MIRTI_MUST_USE mirti_status mirti_validate_error(const mirti_survey_design *design,
                                                 const double *influence, const uint8_t *in,
                                                 double *se, mirti_error *err);

/** value ± t se with `df` degrees of freedom. */
mirti_measure mirti_validate_measure(double value, double se, double confidence, int32_t df);

/** The AUC alone, without its error; NaN when all rows are of one class. */
MIRTI_MUST_USE mirti_status mirti_validate_auc(const mirti_survey_design *design,
                                               const double *score, const double *y,
                                               const uint8_t *in, double *auc, mirti_error *err);
/** The slope of the calibration alone; NaN where there is none. */
MIRTI_MUST_USE mirti_status mirti_validate_slope(const mirti_survey_design *design, const double *p,
                                                 const double *y, const uint8_t *in, double *slope,
                                                 mirti_error *err);

/** Nothing: all NaN. */
static inline mirti_measure mirti_validate_none(void) {
    return (mirti_measure){(double)NAN, (double)NAN, (double)NAN, (double)NAN};
}

#endif
