/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the predict room share. */
#ifndef MIRTI_PREDICT_INTERNAL_H
#define MIRTI_PREDICT_INTERNAL_H

#include "mirti/predict.h"

/** Points of the Gauss–Hermite rule. With them the mean of the logistic function over a normal of
 * standard deviation 1 is right to 1e-9, of 2 to 2e-6 (tests/unit/predict_aggregate.c). */
enum { MIRTI_PREDICT_POINTS = 24 };

/** Points of the grid that takes the rule's place for the complementary log-log, which is steeper:
 * right to 1e-13 for a standard deviation of 1, to 1e-8 for 2. */
enum { MIRTI_PREDICT_GRID = 67 };

/** Points for the effects of areas, whose σ is smaller: the same precision. */
enum { MIRTI_PREDICT_EFFECTS = 15 };

/** Points z and weights w with Σ w f(z) ≈ E f(Z), Z standard normal; exact for polynomials up to
 * degree 2n − 1. Symmetric, ascending; made of basic operations, so the same bits everywhere. */
void mirti_predict_normal_rule(int n, double *point, double *weight);
/** The same with equal distances between −8.25 and 8.25: the trapezoidal rule, whose error falls
 * exponentially for functions that are smooth in a strip around the real line (Trefethen and
 * Weideman 2014). n is odd and large. */
void mirti_predict_normal_grid(int n, double *point, double *weight);

/** Prediction for children of whom only shares are known. Read-only once made: threads share it. */
typedef struct mirti_predict_cells {
    const mirti_model *model;
    bool dispersion;
    int columns;
    int *alone;      ///< [p × 16] column made of those factors that a mask leaves; −1 if none
    bool *exclusive; ///< [p × p] both cannot be 1 in a child: different levels of one category
    int points;      ///< of the rule that the link asks for
    double point[MIRTI_PREDICT_GRID], weight[MIRTI_PREDICT_GRID];
} mirti_predict_cells;

/** Work space of one thread. */
typedef struct mirti_predict_scratch {
    double *row;       ///< [p] expected design row
    double *deviation; ///< [p] standard deviation of each column
    double *spread;    ///< [p] covariance of the columns times β
    int *stands_for;   ///< [p] column whose correlations a column has in this cell
    double *beta;      ///< [p] moved by the effect of an area
} mirti_predict_scratch;

MIRTI_MUST_USE mirti_status mirti_predict_cells_make(mirti_predict_cells *cells,
                                                     const mirti_model *model, bool dispersion,
                                                     mirti_error *err);
void mirti_predict_cells_reset(mirti_predict_cells *cells);
MIRTI_MUST_USE mirti_status mirti_predict_scratch_make(mirti_predict_scratch *scratch, int columns,
                                                       mirti_error *err);
void mirti_predict_scratch_reset(mirti_predict_scratch *scratch);

/** Mean probability of the children of a cell with these shares; adds `times` its gradient by β to
 * `gradient` [p] unless that is NULL. */
double mirti_predict_cell(const mirti_predict_cells *cells, mirti_predict_scratch *scratch,
                          const double *share, const double *beta, double times, double *gradient);

/** Mean [p] of a cell's design rows, and the upper triangle of their covariance, row by row
 * [p (p + 1) / 2]; zero without dispersion. */
void mirti_predict_cell_moments(const mirti_predict_cells *cells, mirti_predict_scratch *scratch,
                                const double *share, double *row, double *triangle);

/** The persons of a cube as design rows. */
typedef struct mirti_predict_persons {
    const mirti_cube *cube;
    mirti_link link;
    int columns;
    double *row;          ///< [patterns × p]
    int64_t *first;       ///< [areas + 1] where each area begins among the cells
    double *beta;         ///< [p] those of the fit, at which nearly all is asked for
    mirti_link_value *at; ///< [patterns] at these
} mirti_predict_persons;

MIRTI_MUST_USE mirti_status mirti_predict_persons_make(mirti_predict_persons *persons,
                                                       const mirti_model *model,
                                                       const mirti_cube *cube, mirti_error *err);
void mirti_predict_persons_reset(mirti_predict_persons *persons);
/** Risk of area i; adds `times` its gradient to `gradient` (nullable). */
double mirti_predict_persons_area(const mirti_predict_persons *persons, int64_t i,
                                  const double *beta, double times, double *gradient);
/** Mean design row [p] of an area's children. */
void mirti_predict_persons_mean(const mirti_predict_persons *persons, int64_t i, double *mean);

/** Where an area's effect is told. */
typedef struct mirti_predict_effect {
    int level;          ///< −1: nowhere, N(0, σ²)
    int64_t at;         ///< among those of the level
    const char *area;   ///< code of the area of which it is a part; NULL: of none
    const char *parent; ///< code of the larger area; NULL: not known
} mirti_predict_effect;

/** How areas are predicted: from shares of their cells, or from persons of a cube. Read-only once
 * made: threads share it. */
typedef struct mirti_predict_base {
    const mirti_model *model;
    const mirti_areas *areas;
    mirti_predict_cells cells;
    mirti_predict_persons persons;                                      ///< empty without a cube
    const mirti_area_effects *effects;                                  ///< NULL or with σ > 0
    mirti_predict_effect *effect;                                       ///< [areas]
    double point[MIRTI_PREDICT_EFFECTS], weight[MIRTI_PREDICT_EFFECTS]; ///< of N(0, σ²)
} mirti_predict_base;

MIRTI_MUST_USE mirti_status mirti_predict_base_make(mirti_predict_base *base,
                                                    const mirti_model *model,
                                                    const mirti_areas *areas,
                                                    const mirti_predict_options *options,
                                                    mirti_error *err);
void mirti_predict_base_reset(mirti_predict_base *base);
/** Risk of area i, which is complete, at any β; `gradient` [p] (nullable) receives that by β,
 * `variance` (nullable) the variance over the area's effect. */
double mirti_predict_area(const mirti_predict_base *base, mirti_predict_scratch *scratch, int64_t i,
                          const double *beta, double *gradient, double *variance);

/** Looks up the effects of all areas, into `found` [areas]. */
MIRTI_MUST_USE mirti_status mirti_predict_effects_find(const mirti_area_effects *effects,
                                                       const mirti_areas *areas,
                                                       mirti_predict_effect *found,
                                                       mirti_error *err);

/** Numbers the areas' parents, and the areas of which they are parts, in the order of their codes:
 * results->shared. `effect` [areas] is as looked up. */
MIRTI_MUST_USE mirti_status mirti_predict_shared_find(const mirti_predict_effect *effect,
                                                      mirti_results *results, mirti_error *err);
/** Part of the variance of an area's effect that is its parent's, 0..1: by the fit, and on average
 * by those of the replicates that have a fit (of one level, again by the fit). */
double mirti_predict_part_of_parent(const mirti_area_effects *effects,
                                    const mirti_predict_effect *effect);
double mirti_predict_part_of_replicates(const mirti_area_effects *effects,
                                        const mirti_predict_effect *effect,
                                        const mirti_mixed_replicates *replicates);
/** Divides the variance of area i's risk over its effect into what it shares with areas of its
 * parent, with parts of its area, and with none, beside the census's own `sampling` error. */
void mirti_predict_shared_split(double of_parent, mirti_results *results, int64_t i,
                                double variance, double sampling);
/** Error of area i's risk that does not come from β, of its own and shared. */
double mirti_predict_other_error(const mirti_results *results, int64_t i);

/** √(gᵀVg + own²), 0 where rounding makes it negative. */
double mirti_predict_standard_error(const mirti_logit *fit, const double *gradient, double own);

/** Standard error of an area's risk from the census's own sample. */
double mirti_predict_sampling_error(const mirti_results *results, int64_t i);

/** The t quantiles of intervals. */
typedef struct mirti_predict_quantile {
    double confidence;
    int32_t df; ///< of the fit
    double t;   ///< with these
} mirti_predict_quantile;
mirti_predict_quantile mirti_predict_quantile_of(const mirti_logit *fit, double confidence);

/** Fills se, interval, cv and the numbers at risk from risk and standard error. Where a bootstrap
 * has not found how far intervals reach, a t quantile says so: with the fit's degrees of freedom
 * or, where part of the error is the census's sample, those of Welch (1947) and Satterthwaite
 * (1946). */
void mirti_predict_finish(mirti_results *results, int64_t i, double se,
                          mirti_predict_quantile quantile);

#endif
