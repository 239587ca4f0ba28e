/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file predict.h
 * The risk of every area and how sure it is: the table of results that classes, maps and CSVs
 * share.
 */
#ifndef MIRTI_PREDICT_H
#define MIRTI_PREDICT_H

#include "mirti/base.h"
#include "mirti/census.h"
#include "mirti/fit.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mirti_method {
    MIRTI_METHOD_NONE,
    MIRTI_METHOD_DIRECT,
    MIRTI_METHOD_EB,
    MIRTI_METHOD_SYNTHETIC,
    MIRTI_METHOD_AGGREGATE,
    MIRTI_METHOD_INDEX ///< no risk, but a vulnerability index
} mirti_method;

/** Errors that some areas have in common, and that therefore move these together. */
typedef enum mirti_shared_error {
    MIRTI_SHARED_BENCHMARK, ///< of the uncertain total to which areas were benchmarked
    MIRTI_SHARED_PARENT,    ///< of the effect of their larger area (state)
    MIRTI_SHARED_AREA,      ///< of that of the area of which they are parts (localities)
    MIRTI_SHARED_ERRORS
} mirti_shared_error;

/** What is known of a census that is itself a sample, from all its areas together (method.md §2).
 */
typedef struct mirti_census_sample {
    bool design;     ///< its PSUs are known; else the census counts as complete, and the rest is 0
    bool corrected;  ///< weights say how many children each stands for, so that PSUs whose children
                     ///< stand for themselves have no error (finite-population correction)
    double fraction; ///< children seen, of those they stand for
    int64_t areas;   ///< that have an error from it
    int64_t df;      ///< degrees of freedom of all areas: PSUs − strata
    double rho;      ///< correlation of the children of a PSU
    double spread;   ///< φ₀, variance of children's logits within an area
    double prior_df; ///< d₀, how many degrees of freedom that is worth for a single area
} mirti_census_sample;

/** Results of one kind of area, the columns of the output contract. Missing numbers are NaN,
 * missing ranks and levels as stated. Everything is owned by the struct. */
typedef struct mirti_results {
    char *kind;
    int64_t count;
    char **code, **name, **parent_code, **parent_name;    ///< [count]; NULL = empty
    double *longitude, *latitude;                         ///< [count] degrees, or NULL
    double *children;                                     ///< [count] NaN where not published
    double *risk, *risk_se, *risk_lo, *risk_hi, *risk_cv; ///< [count] 0..1
    double *at_risk, *at_risk_lo, *at_risk_hi;            ///< [count] children
    double *index; ///< [count] 0..100 of a vulnerability index, which then takes the place of the
                   ///< risk in levels and ranks; NULL: these are risks
    int *level;    ///< [count] 0 = lowest, −1 = none
    double *level_prob; ///< [count] NaN until simulated
    double *top_prob;   ///< [count] probability of a rank of at most `top`; NaN until simulated
    int64_t top;
    int64_t *rank;              ///< [count] 1 = highest risk; 0 = none
    int64_t *rank_lo, *rank_hi; ///< [count] 0 until simulated
    char **factor[3];           ///< each [count]; NULL = none; in the user's language
    mirti_method *method;
    mirti_area_missing *missing;
    char **missing_column; ///< [count] what is missing; NULL where complete
    int levels;
    char **level_name; ///< [levels] in the user's language
    double *own_se;    ///< [count] error of the risk that no other area shares: of the census's own
                       ///< sample and of the area's own effect; 0 where there is none
    mirti_census_sample sample;
    double *sample_se; ///< [count] standard error of the risk's logit from the census's own sample,
                       ///< a part of own_se; 0 where all were counted
    double *sample_df; ///< [count] its degrees of freedom
    double *reach_lo, *reach_hi; ///< [count] from a bootstrap: where the interval ends, in standard
                                 ///< errors of the logit from its centre; NULL or NaN: ∓t
    int columns;                 ///< p of the model
    int32_t *shared[MIRTI_SHARED_ERRORS]; ///< each [count]: which one of these errors the area has;
                                          ///< areas with the same number share it; −1 = none
    double *shared_se[MIRTI_SHARED_ERRORS]; ///< each [count]: by how much its standard deviation
                                            ///< moves the risk; negative: downwards
    double *gradient; ///< [count × p] of the risk by β; zero where there is no risk. How errors of
                      ///< β move all areas together
} mirti_results;

/** A table of areas with their names, children and reasons, and nothing else yet. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_results_new(const mirti_areas *areas,
                                                        mirti_results **out, mirti_error *err);
MIRTI_API void mirti_results_free(mirti_results *results);

/** What areas are ranked and classed by: the risk or, of an index, the index. NaN if none. */
MIRTI_API double mirti_results_score(const mirti_results *results, int64_t i);

/** Quality band of a result: "good" (CV < 15 %), "fair" (< 30 %), "poor", or "missing: suppressed",
 * "missing: not available", "missing: no children", "missing: not in census". NULL for an index,
 * which has no error to judge it by. */
MIRTI_API const char *mirti_results_quality(const mirti_results *results, int64_t i);

/** What is known of the effects u of some areas, as points and their probabilities. */
typedef struct mirti_effect_level {
    int64_t count;
    char *const *code; ///< [count] in byte order
    int points;
    const double *point, *probability; ///< [count × points] of u given the sample
    char *const *parent;               ///< [count] codes of their parents; NULL: not told
    const double *of_parent; ///< [count] part of the variance of u, 0..1, that is the parent's and
                             ///< shared by its areas; NULL: none of areas, all of parents
    const int32_t *place;    ///< [count] among those of the fit; NULL: the same
    char **own_code;         ///< NULL: the arrays above are views; else they are ours
    double *own_points;
    int32_t *own_place;
} mirti_effect_level;

enum {
    MIRTI_EFFECT_LEVELS = 2, ///< of areas, and of their parents
    MIRTI_EFFECT_CODES = 3   ///< by which an area is looked up: its own, its parent's, that one's
};

/**
 * What is known of areas beyond their children's traits: random intercepts u of a mixed logit. An
 * area's effect is the one that the finest level knows by a code of the area: of areas of the kind
 * `kind` the first level is asked for their own code and the second for their parent's; of others
 * (localities; all where `kind` is NULL) each is asked for the own code, the parent's and the code
 * of the parent's parent, as far as `larger` tells it. What no level knows is N(0, σ²). The model
 * that goes with it must have the mixed logit's β.
 */
typedef struct mirti_area_effects {
    double sigma;     ///< of an area of which nothing is known; 0: areas do not differ
    double of_parent; ///< part of σ², 0..1, that is the parent's and shared by its areas
    mirti_effect_level level[MIRTI_EFFECT_LEVELS]; ///< finest first; either may be empty
    const char *kind;                              ///< of areas whose codes the first level has
    const mirti_areas *larger; ///< nullable: areas whose parts are predicted, with their parents
} mirti_area_effects;

/** Those of a mixed logit of areas, or of parents. Views: the fit must outlive them. */
MIRTI_API void mirti_area_effects_of_mixed(const mirti_mixed *mixed, bool of_parents,
                                           mirti_area_effects *out);
/**
 * Those of a nested logit, normal by Laplace's method: of an area with a sample u_area + u_parent
 * given the sample; of an area without one in a parent that has u_parent given the sample and
 * N(0, σ_area²) around it; elsewhere N(0, σ_area² + σ_parent²). Codes are views of the fit. INPUT
 * when an area's code is in two parents, so that it does not tell the area; MEMORY.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_area_effects_of_nested(const mirti_nested *nested,
                                                                   mirti_area_effects *out,
                                                                   mirti_error *err);
MIRTI_API void mirti_area_effects_reset(mirti_area_effects *effects);

enum { MIRTI_EFFECT_POINTS = 31 };
/** What is known of the effect u of one place: the mean of any f(u) is Σ_q probability_q
 * f(point_q). */
typedef struct mirti_effect_points {
    int points;
    bool known; ///< the sample says something of it
    double point[MIRTI_EFFECT_POINTS], probability[MIRTI_EFFECT_POINTS];
} mirti_effect_points;
/** Of a place of which nothing is known: N(0, σ²). */
MIRTI_API void mirti_area_effects_unknown(const mirti_area_effects *effects,
                                          mirti_effect_points *out);
/** Of the place where a child of the survey lives: by the code of its area or, where that tells
 * nothing, of its larger area (NULL: not known). False, and `out` as it was, where neither does. */
MIRTI_API bool mirti_area_effects_at(const mirti_area_effects *effects, const char *area,
                                     const char *parent, mirti_effect_points *out);

typedef struct mirti_predict_options {
    double confidence; ///< of intervals, such as 0.95
    bool dispersion;   ///< correct for the spread of predictors within a cell (method.md §2)
    int threads;       ///< the numbers are the same for any
    const mirti_area_effects *effects; ///< NULL: all areas with the same traits are alike
} mirti_predict_options;

/**
 * Aggregate mode: p_a = Σ_c N_ac p_ac / Σ_c N_ac over the enumerated cells, with p_ac = σ(x̄_acᵀβ),
 * or its mean over the spread that shares and the survey's correlations imply (`dispersion`;
 * without it risks around a tenth come out too low). Delta-method standard error √(gᵀVg), g =
 * ∂p_a/∂β; interval on the logit scale with t quantiles of the design's degrees of freedom (NaN
 * when it has none). Areas that miss a figure stay, without numbers, with their reason.
 *
 * From persons (areas of a cube): p_a = Σ_k W_ak σ(x_kᵀβ) / Σ_k W_ak over the patterns; where the
 * cube keeps the census's design, its sampling error is added, that of a ratio between PSUs within
 * strata, moderated by what all areas show together (method.md §2; strata are taken as lying within
 * areas). Intervals then have the degrees of freedom of Welch and Satterthwaite.
 *
 * With `effects`, p_a is the mean of the above over u: over what the sample of the area or of its
 * parent says of it (*empirical best*, method `eb`), or over N(0, σ²) (*synthetic*). The spread
 * over u enters the error, so that intervals hold what the traits do not explain; that σ and the
 * points are estimated does not. What areas of a parent, or parts of an area, do not know of it
 * they share (shared, shared_se); the rest is the area's own (own_se).
 *
 * MODEL when `areas` were read for another model, MEMORY.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_predict_areas(const mirti_model *model,
                                                          const mirti_areas *areas,
                                                          const mirti_predict_options *options,
                                                          mirti_results **out, mirti_error *err);

/* --------------------------------------------------------------------------------- bootstrap -- */

/** What a bootstrap found, for the record. */
typedef struct mirti_bootstrap_report {
    int replicates, failed;
    /** Quantiles of the studentised errors that intervals are made of: of areas with a sample and
     * of all others; NaN where there are none. */
    double sampled_lo, sampled_hi, other_lo, other_hi;
} mirti_bootstrap_report;

/**
 * Errors of risks predicted with effects of areas by a parametric bootstrap (González-Manteiga et
 * al. 2007; Molina and Rao 2010): in each replicate the risk p*_a that an area has with its drawn
 * effect is held against p̂*_a, predicted from the replicate's own fit. The mean of (p̂*_a − p*_a)²
 * takes the place of the analytic variance in risk_se; the census's own sampling error is added as
 * before. Intervals reach from logit p̂_a as far as errors of the logit do in the replicates,
 * studentised area by area and taken together for areas with a sample and for those without
 * (method.md §2). own_se and shared_se become what the gradients by β do not account for, in the
 * parts in which the effects are shared.
 *
 * `results` are those of mirti_predict_areas with the same model, areas and options, before any
 * benchmark; options->effects are needed, with σ = 0 too, and of the fit that replicates are of:
 * one level, or both of a nested logit. The same bits for any number of threads. USAGE, MEMORY,
 * CANCELLED.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_results_bootstrap(
    mirti_results *results, const mirti_model *model, const mirti_areas *areas,
    const mirti_mixed_replicates *replicates, const mirti_predict_options *options,
    const mirti_listener *listener, mirti_bootstrap_report *report, mirti_error *err);

/* -------------------------------------------------------------------------------- area level -- */

/**
 * Results of an area-level model: method `eb` where a direct estimate is used, `synthetic`
 * elsewhere. `place` [areas] is an area's place in the model, −1 where it has none and stays
 * without a result; `z` [areas × p] are mean design rows (of others not read). Errors are those of
 * the model (mirti_fay_herriot.mse): the part that comes from β is in `gradient`, the rest in
 * `own_se`.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_results_of_area_model(
    const mirti_area_model *model, const mirti_areas *areas, const int64_t *place, const double *z,
    mirti_results **out, mirti_error *err);

/* --------------------------------------------------------------------------------- benchmark -- */

/**
 * Areas whose children together are to have a given rate: the municipalities of a state and the
 * survey's direct estimate for it; the localities of a municipality and its risk.
 */
typedef struct mirti_benchmark_group {
    const char *code; ///< of the larger area, for messages
    double rate;      ///< in (0, 1); NaN: this group stays as it is
    double rate_se;   ///< error of the rate that is no part of the model: of a direct estimate
    const double *gradient; ///< [p] of the rate by β where it comes from this very model; NULL
    int32_t shared;         ///< benchmark's error that the rate shares (as in mirti_results) ...
    double shared_se;       ///< ... and its standard deviation; 0: none. Not beside rate_se
    /* what came of it */
    int64_t areas;   ///< with a risk
    double children; ///< in them
    double before;   ///< their rate before; NaN if there are none
    double shift;    ///< δ on the scale of the linear predictor
} mirti_benchmark_group;

/**
 * For each group finds the shift δ of all its linear predictors with Σ N_a p_a(δ) = Σ N_a · rate,
 * and replaces risks, errors, intervals and gradients: probabilities stay between 0 and 1, and
 * areas of a group keep their order where their cells are alike. `group_of` [count] is −1 for areas
 * that stay as they are. Errors: δ follows β, so that what β moves in common within a group is
 * gone; the rate's own error comes in and is shared by the group (results->shared). What is not
 * known of the effects of areas and parents stays as it was. Correlation between a direct estimate
 * and β̂, which come from one survey, is left out: errors are a little too large.
 *
 * Call before levels and ranks. USAGE for a rate outside (0, 1), MEMORY.
 */
MIRTI_API MIRTI_MUST_USE mirti_status
mirti_results_benchmark(mirti_results *results, const mirti_model *model, const mirti_areas *areas,
                        const int32_t *group_of, mirti_benchmark_group *group, int32_t groups,
                        const mirti_predict_options *options, mirti_error *err);

/* ---------------------------------------------------------------------------------- why here -- */

/**
 * What makes the linear predictor of an area differ from that of a reference: for each design
 * column c_aj = β_j (x̄_aj − x̄_j,reference), summed by predictor, so that the contributions of an
 * area add up to the difference of the two. An interaction counts for its actionable predictors in
 * equal parts, or for all of its predictors where none is actionable.
 */
typedef struct mirti_contributions {
    int64_t count;
    int columns, predictors;
    double *mean;      ///< [count × p] mean design row of the area's children; NaN where missing
    double *reference; ///< [p] that of the children of all complete areas
    double *contribution; ///< [count × predictors] to the difference from the reference; NaN where
                          ///< missing
} mirti_contributions;

MIRTI_API MIRTI_MUST_USE mirti_status mirti_contributions_new(const mirti_model *model,
                                                              const mirti_areas *areas,
                                                              mirti_contributions **out,
                                                              mirti_error *err);
MIRTI_API void mirti_contributions_free(mirti_contributions *contributions);
/** Contributions [predictors] to the difference between any two mean design rows [p]. */
MIRTI_API void mirti_contributions_between(const mirti_model *model, const double *here,
                                           const double *there, double *contribution);
/**
 * Mean design row [p] of the children of a group of areas: those where `in` is not zero (NULL:
 * all), by children; NaN when it has none. With it the fichas are made: the mean of an indicator
 * here, in the low-risk group, and their ratio.
 */
MIRTI_API void mirti_contributions_mean(const mirti_contributions *contributions,
                                        const mirti_areas *areas, const uint8_t *in, double *mean);
/**
 * Fills factor_1..3 of the results: the actionable predictors whose contribution raises the risk
 * most, strongest first, none that lowers it, in the words of the model file for `language`:
 * `factor` where the area has more of it than the reference, `lack` where it has less, the label
 * where the model file has neither; a predictor with a `factor` only is not named where there is
 * less of it, for its words would be untrue there.
 */
MIRTI_API MIRTI_MUST_USE mirti_status
mirti_results_factors(mirti_results *results, const mirti_contributions *contributions,
                      const mirti_model *model, const char *language, mirti_error *err);

/** The columns of the output contract, in order; shared by CSV and GeoPackage. */
typedef enum mirti_output_type {
    MIRTI_OUTPUT_TEXT,
    MIRTI_OUTPUT_REAL,
    MIRTI_OUTPUT_INTEGER
} mirti_output_type;
typedef struct mirti_output_column {
    const char *name; ///< stable
    mirti_output_type type;
    const char *alias_es, *alias_en; ///< how a person would name it
} mirti_output_column;
/** `*count` receives their number. */
MIRTI_API const mirti_output_column *mirti_output_columns(int *count);
/** The same for these results: behind those of the contract, `index` where they are of an index. */
MIRTI_API const mirti_output_column *mirti_results_columns(const mirti_results *results,
                                                           int *count);
/** A cell: exactly one of text (may be NULL = empty), number (NaN = empty) is filled by the
 * column's type. */
MIRTI_API void mirti_output_cell(const mirti_results *results, int64_t i, int column,
                                 const char **text, double *number);

#ifdef __cplusplus
}
#endif
#endif
