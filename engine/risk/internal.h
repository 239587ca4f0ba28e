/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the risk room share: values made ready for classing, and the two methods that
 * search for their classes. */
#ifndef MIRTI_RISK_INTERNAL_H
#define MIRTI_RISK_INTERNAL_H

#include "mirti/risk.h"

/** The distinct values, ascending, with what each of them stands for. */
typedef struct mirti_risk_values {
    int64_t count;
    double *value;  ///< [count]
    double *weight; ///< [count] sum of the weights; the number of equal values when unweighted
    int64_t *times; ///< [count] how often the value occurs
    double total_weight;
} mirti_risk_values;

/** Sorts, leaves out NaN and merges what is equal. USAGE when a value is infinite, a weight
 * negative or not finite, or nothing is left to class. */
MIRTI_MUST_USE mirti_status mirti_risk_values_make(mirti_risk_values *values, const double *value,
                                                   const double *weight, int64_t count,
                                                   mirti_error *err);
void mirti_risk_values_reset(mirti_risk_values *values);

/** The partition into `levels` ≤ count classes with the least sum of squares within classes;
 * `first` [levels] receives where each class begins. */
MIRTI_MUST_USE mirti_status mirti_risk_fisher(const mirti_risk_values *values, int levels,
                                              int64_t *first, mirti_error *err);

/** Cumulative √f over `bins` bins of equal width; `inner` receives the inner breaks and `*levels`
 * becomes smaller where fewer bins are occupied. */
MIRTI_MUST_USE mirti_status mirti_risk_dalenius(const mirti_risk_values *values, int bins,
                                                int *levels, double *inner, mirti_error *err);

/** Ranks from 1 = smallest, equal values by the mean of theirs; NaN for NaN. */
MIRTI_MUST_USE mirti_status mirti_risk_midranks(const double *value, int64_t count, double *rank,
                                                mirti_error *err);
/** Correlation of n pairs; NaN when one side does not vary. */
double mirti_risk_pearson(const double *x, const double *y, int64_t n);
/** Loadings [n] (unit length, sum not negative) and eigenvalue of the first principal component of
 * a correlation matrix [n × n], and the second largest eigenvalue. */
MIRTI_MUST_USE mirti_status mirti_risk_first_component(const double *correlation, int n,
                                                       double *loading, double *largest,
                                                       double *second, mirti_error *err);

/** Order of doubles without NaN, for qsort. */
int mirti_risk_compare(double a, double b);

#endif
