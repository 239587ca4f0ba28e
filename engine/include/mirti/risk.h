/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file risk.h
 * From risks to levels and ranks: classing methods, their breaks and goodness of fit. The
 * vulnerability index, which takes the place of a risk where there is no survey to learn from.
 */
#ifndef MIRTI_RISK_H
#define MIRTI_RISK_H

#include "mirti/base.h"
#include "mirti/predict.h"
#include "mirti/spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Breaks of a classification of n values into k classes. Class j holds limit[j] < v ≤ limit[j+1]
 * (closed on the right, the lowest class also on the left); equal values never part.
 *
 * - `fisher-jenks`: the partition with the least sum of squares within classes, exactly; breaks are
 *   the largest values of the classes. Of equally good ones the one whose upper classes begin
 * lowest.
 * - `dalenius-hodges`: cumulative √f over `bins` (0: 100) bins of equal width; breaks are ends of
 *   bins. No class is empty; ties as engine/risk/dalenius.c says.
 * - `quantile`: R's type 7; classes that would be empty because many values are equal are left out.
 * - `equal`: intervals of equal width, which may be empty.
 * - `std-dev`: steps of one standard deviation, symmetric around the mean; the end classes may be
 *   empty.
 * - `fixed`: the breaks given; classes may be empty.
 *
 * With weights an area counts as if its value were listed once for every child.
 */
typedef struct mirti_breaks {
    mirti_class_method method;
    int levels;       ///< k; fewer than asked for when there are fewer distinct values
    double limit[10]; ///< [levels + 1] ascending: minimum, inner breaks, maximum. A break beyond
                      ///< the values is its own limit
    int64_t count[9]; ///< [levels] values in each class
    double weight[9]; ///< [levels] their weights (counts when unweighted)
    double gvf;       ///< goodness of variance fit, 1 − SS_within / SS_total, 0..1
} mirti_breaks;

/** Computes breaks of `value` (NaN ignored) with optional weights ≥ 0; of `options` it uses method,
 * levels (2..9), bins and breaks. Values need not be sorted, and their order does not change a bit
 * of the result. USAGE for infinite values, bad weights, or nothing to class. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_breaks_find(const mirti_class_options *options,
                                                        const double *value, const double *weight,
                                                        int64_t count, mirti_breaks *out,
                                                        mirti_error *err);
/** Class of a value: 0 .. levels−1; −1 for NaN; values outside the limits belong to the end
 * classes. */
MIRTI_API int mirti_breaks_class(const mirti_breaks *breaks, double value);

/** Level, on a scale of `levels`, of class `class` of these breaks: the same, unless the breaks
 * have fewer classes than the scale, which are then spread over it: two are the lowest and the
 * highest, a single one is the middle. */
MIRTI_API int mirti_breaks_level(const mirti_breaks *breaks, int levels, int class_index);

/** Breaks of the groups that were classed: the whole country, or each parent area. */
typedef struct mirti_class_report {
    int groups;           ///< those with at least one value
    char **parent_code;   ///< [groups] in byte order; a NULL entry is the whole
    mirti_breaks *breaks; ///< [groups]
} mirti_class_report;

/**
 * Fills level, levels and level_name of the results as the project asks. `language` ("es", "en")
 * chooses the names of levels that the project does not name: low to high, numbers beyond five.
 * A group with fewer classes than levels spreads them over the scale (mirti_breaks_level). Areas
 * without a value keep level −1. The caller frees
 * `*report`.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_results_classify(mirti_results *results,
                                                             const mirti_class_options *options,
                                                             const char *language,
                                                             mirti_class_report **report,
                                                             mirti_error *err);
MIRTI_API void mirti_class_report_free(mirti_class_report *report);

/** Fills rank: 1 = highest risk, or index; ties share the smallest rank; areas without risk have
 * none. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_results_rank(mirti_results *results, mirti_error *err);

/* ---------------------------------------------------------------------------- how sure it is -- */

typedef struct mirti_simulate_options {
    int draws;         ///< 0: 1000
    uint64_t seed;     ///< the same seed gives the same numbers, on any number of threads
    double confidence; ///< of rank_lo .. rank_hi, such as 0.95
    int64_t top;       ///< k of P(rank ≤ k); 0: as many as are of the highest level
    int threads;
} mirti_simulate_options;

/**
 * Simulates how sure levels and ranks are, and fills level_prob, rank_lo, rank_hi and top_prob. A
 * draw of β from N(β̂, V) moves all areas together – on the logit scale, along the gradients that
 * mirti_predict_areas left, as the intervals do – together with what benchmarking adds. Each draw
 * is ranked. Levels keep their published breaks: `level_prob` is the probability that the area's
 * risk (or number at risk) lies between those of its level.
 *
 * Call after mirti_results_rank and mirti_results_classify; `classes` and `report` are theirs.
 * Ranges of ranks come from as many of the draws as fit 256 MiB, at least 100, and always hold the
 * rank itself. MODEL when V is not a covariance matrix, USAGE, MEMORY.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_results_simulate(
    mirti_results *results, const mirti_logit *fit, const mirti_class_options *classes,
    const mirti_class_report *report, const mirti_simulate_options *options, mirti_error *err);

/* ----------------------------------------------------------------------- vulnerability index -- */

/** How an index came about. */
typedef struct mirti_index {
    int64_t count, areas; ///< rows; those with all indicators, to which all is relative
    int indicators, dimensions;
    double *least, *most; ///< [indicators] over these areas
    double *mean, *sd;    ///< [indicators] unweighted; sd with n − 1
    double *weight;       ///< [indicators] > 0, in the whole index: they add up to 1
    double *explained;    ///< [dimensions] share of its indicators' variance that the first
                          ///< component holds; NaN for other weights
    double *scaled;       ///< [count × indicators] normalised, more is worse; NaN
    double *centre;       ///< [indicators] mean of `scaled`
    double points;        ///< of the index for a weighted mean of `scaled` that is 1 higher
    double *value;        ///< [count] 0..100, 100 = most vulnerable; NaN
} mirti_index;

/**
 * The index of `count` areas from their indicators, value [count × predictors of the spec]: NaN is
 * missing, and an area that misses one has no index. Method and formulas: engine/risk/index.c and
 * docs/index-file.md. MODEL when fewer than two areas are complete, when an indicator is the same
 * in all of them, or when a first component would give an indicator no positive weight; USAGE,
 * MEMORY.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_index_compute(const mirti_model_spec *spec,
                                                          const double *value, int64_t count,
                                                          mirti_index **out, mirti_error *err);
MIRTI_API void mirti_index_free(mirti_index *index);
/** Points by which an indicator lifts an area above the mean of all areas; the contributions of an
 * area add up to the difference of its index from theirs. */
MIRTI_API double mirti_index_contribution(const mirti_index *index, int64_t area, int indicator);

/** The same from areas that mirti_areas_read read for the index, as a table of results: `index`,
 * factors (the actionable indicators that lift it most, in `language`) and method are filled; risk,
 * errors, intervals and numbers at risk stay empty. Then class and rank it. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_results_of_index(const mirti_model_spec *spec,
                                                             const mirti_areas *areas,
                                                             const char *language,
                                                             mirti_results **out,
                                                             mirti_index **index, mirti_error *err);

/** How far two scores of the same areas agree. */
typedef struct mirti_agreement {
    int64_t pairs;            ///< with both scores
    double pearson, spearman; ///< NaN when there are fewer than two, or one score does not vary
} mirti_agreement;

/** Correlation of a and b [count]; what is not finite in one of them is left out. MEMORY. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_agreement_find(const double *a, const double *b,
                                                           int64_t count, mirti_agreement *out,
                                                           mirti_error *err);

#ifdef __cplusplus
}
#endif
#endif
