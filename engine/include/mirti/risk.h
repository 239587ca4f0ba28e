/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file risk.h
 * From risks to levels and ranks: classing methods, their breaks and goodness of fit.
 */
#ifndef MIRTI_RISK_H
#define MIRTI_RISK_H

#include "mirti/base.h"
#include "mirti/predict.h"
#include "mirti/spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Breaks of a classification of n values into k classes. Class j holds break[j−1] < v ≤ break[j]
 * (closed on the right, the lowest class also on the left); equal values never part. */
typedef struct mirti_breaks {
    mirti_class_method method;
    int levels;        ///< k; may be fewer than asked for when there are fewer distinct values
    double limit[10];  ///< [levels + 1] minimum, inner breaks, maximum
    int64_t count[9];  ///< [levels] values in each class
    double weight[9];  ///< [levels] their weights (counts when unweighted)
    double gvf;        ///< goodness of variance fit, 1 − SS_within / SS_total
} mirti_breaks;

/** Computes breaks of `value` (NaN ignored) with optional weights. Values need not be sorted. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_breaks_find(const mirti_class_options *options, const double *value, const double *weight, int64_t count, mirti_breaks *out, mirti_error *err);
/** Class of a value: 0 .. levels−1; −1 for NaN; values outside the limits belong to the end classes. */
MIRTI_API int mirti_breaks_class(const mirti_breaks *breaks, double value);

/** Breaks of one classed group: the whole country, or a parent area. */
typedef struct mirti_class_report {
    int groups;
    char **parent_code; ///< [groups] NULL entry = the whole
    mirti_breaks *breaks; ///< [groups]
} mirti_class_report;

/** Fills level and level_name of the results as the project asks. `language` chooses names of levels. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_results_classify(mirti_results *results, const mirti_class_options *options, const char *language, mirti_class_report **report, mirti_error *err);
MIRTI_API void mirti_class_report_free(mirti_class_report *report);

/** Fills rank: 1 = highest risk; ties share the smallest rank; areas without risk have none. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_results_rank(mirti_results *results, mirti_error *err);

#ifdef __cplusplus
}
#endif
#endif
