/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file survey.h
 * Complex sample designs – weights, strata, primary sampling units – and the linearised variance of
 * totals, from which every standard error of the fit follows (Binder 1983).
 *
 * A subpopulation keeps the whole design: its rows are marked, all others stay, and PSUs without a
 * member of it still count with a total of zero. Numbers agree with R package `survey`
 * (tests/oracle).
 */
#ifndef MIRTI_SURVEY_H
#define MIRTI_SURVEY_H

#include "mirti/base.h"
#include "mirti/spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------ design -- */

/** A sample design over `rows` rows. Built by mirti_survey_design_new; the arrays are for reading.
 */
typedef struct mirti_survey_design {
    int64_t rows;
    double *weight; ///< [rows] ≥ 0
    int32_t strata, psus;
    int32_t *psu;          ///< [rows] index of the PSU, 0 .. psus−1; PSUs are ordered by stratum
    int32_t *psu_stratum;  ///< [psus] index of its stratum
    int32_t *stratum_psus; ///< [strata] n_h, PSUs in the sample
    double *fpc;           ///< [strata] sampling fraction f_h in [0, 1]; NULL: with replacement
    char **stratum_name;   ///< [strata] as in the file, in byte order; NULL without strata
    char **psu_name;       ///< [psus] in byte order within a stratum; NULL when each row is its own
    mirti_lonely_psu lonely;
    int32_t lonely_strata; ///< strata with one PSU that was not taken with certainty (f_h < 1)
    /* Second stage (mirti_survey_design_second_stage); 0 and NULL in one-stage designs. */
    int32_t ssus;
    int32_t *ssu;      ///< [rows] index of the second-stage unit, ordered by PSU
    int32_t *ssu_psu;  ///< [ssus] index of its PSU
    int32_t *psu_ssus; ///< [psus] m_hc, second-stage units in the sample
    double *fpc2;      ///< [psus] sampling fraction within the PSU, in [0, 1]
    mirti_arena names; ///< owns the names
} mirti_survey_design;

/**
 * Builds a design from columns of the sample. `stratum` NULL: one stratum; `psu` NULL: every row
 * its own. PSU labels count within their stratum unless `psu_nested` is false, when the same label
 * in two strata is an error that names them. `fpc` (nullable, [rows]) is constant within a stratum;
 * if no value exceeds 1 they are sampling fractions, otherwise numbers of PSUs in the population.
 * Weights must be finite and not negative: a row of weight 0 counts for nothing, while its PSU
 * stays. Errors (INPUT) name the row, counted from 1, also as their line, and the value; the file
 * and its own count of rows are for the caller to put in place. With policy `fail`, a lonely PSU is
 * MIRTI_ERROR_MODEL naming the strata and the policies; a stratum whose only PSU was taken with
 * certainty is not lonely.
 */
MIRTI_API MIRTI_MUST_USE mirti_status
mirti_survey_design_new(int64_t rows, const double *weight, const mirti_str *stratum,
                        const mirti_str *psu, bool psu_nested, const double *fpc,
                        mirti_lonely_psu lonely, mirti_survey_design **out, mirti_error *err);

/**
 * Adds the second stage of a two-stage design: units within PSUs (`ssu` NULL: every row its own)
 * and their finite-population correction `fpc` [rows], constant within a PSU, as in
 * mirti_survey_design_new. The variance gets the second-stage term Σ f_h (1−f_hc) m/(m−1) Σ(…)²
 * (Särndal, Swensson and Wretman 1992, ch. 4), which needs the first stage's fpc: without it the
 * call is MIRTI_ERROR_USAGE, for the ultimate-cluster variance would ignore the second stage.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_survey_design_second_stage(mirti_survey_design *design,
                                                                       const mirti_str *ssu,
                                                                       const double *fpc,
                                                                       mirti_error *err);

MIRTI_API void mirti_survey_design_free(mirti_survey_design *design);

/** PSUs minus strata: the degrees of freedom of t intervals. */
MIRTI_API int32_t mirti_survey_design_df(const mirti_survey_design *design);

/** What of a design a subpopulation touches. */
typedef struct mirti_survey_reach {
    int64_t rows;
    int32_t strata, psus;
    int32_t df; ///< PSUs − strata, counting those with a member only (as R `degf` of a subset)
    double weight;
} mirti_survey_reach;

/** Counts the rows where `in` is non-zero (NULL: all) and the weight is not, and the strata and
 * PSUs they are in. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_survey_design_reach(const mirti_survey_design *design,
                                                                const uint8_t *in,
                                                                mirti_survey_reach *out,
                                                                mirti_error *err);

/* ---------------------------------------------------------------------------------- variance -- */

/**
 * Covariance matrix of the totals Σ_i z_i of p variables:
 * B = Σ_h (1−f_h) n_h/(n_h−1) Σ_c (z_hc − z̄_h)(z_hc − z̄_h)ᵀ.
 * `scores` is [rows × p] row-major and already holds the weight (z_i = w_i·…). `in` (nullable)
 * marks the subpopulation; the scores of other rows are not read. `covariance` receives [p × p],
 * symmetric. Sums run in row order, then PSU order: the same bits for any number of threads.
 *
 * Lonely PSUs contribute by policy: `remove` and `certainty` nothing; `adjust` (1−f_h) z zᵀ, the
 * deviation from the grand mean, which is zero for linearised scores; `average` the mean
 * contribution of the other strata in which the subpopulation has members (MODEL if there is none).
 */
MIRTI_API MIRTI_MUST_USE mirti_status
mirti_survey_total_covariance(const mirti_survey_design *design, const double *scores, int p,
                              const uint8_t *in, double *covariance, mirti_error *err);

/** The units whose totals the variance is made of: second-stage units where there are some, else
 * PSUs. `*unit` receives the index [rows]; returns their number. */
MIRTI_API int32_t mirti_survey_design_units(const mirti_survey_design *design,
                                            const int32_t **unit);

/**
 * The same from totals by unit, [units × p], for callers that have them already; units that the
 * subpopulation misses have zero totals. `present` [strata] (nullable: all) marks the strata in
 * which it has members; only the policy `average` asks.
 */
MIRTI_API MIRTI_MUST_USE mirti_status
mirti_survey_unit_covariance(const mirti_survey_design *design, const double *unit_total, int p,
                             const uint8_t *present, double *covariance, mirti_error *err);

/* --------------------------------------------------------------------------------- estimates -- */

/** A direct estimate with its design-based error. */
typedef struct mirti_survey_estimate {
    double value, se;
    double lo, hi; ///< t interval at the asked confidence; of proportions on the logit scale. NaN
                   ///< where there is none: no degrees of freedom, or a proportion of 0 or 1
    double cv;     ///< se / |value|; NaN when value is 0
    double deff;   ///< design effect against simple random sampling with replacement; NaN if y
                   ///< does not vary
    int64_t rows;  ///< sample rows in the domain
    int32_t psus;  ///< PSUs with a member in the domain
    double weight; ///< sum of weights in the domain
    int32_t df;    ///< PSUs − strata with a member in the domain; by replicates, those of
                   ///< mirti_survey_replicates_df
} mirti_survey_estimate;

/** Weighted mean (proportion when every `y` is 0 or 1) of `y` over rows where `domain` is non-zero
 * (NULL: all). `y` elsewhere is not read. An empty domain or a value that is not finite is an
 * error (INPUT). Oracle: R svymean and svyciprop(method = "xlogit"). */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_survey_mean(const mirti_survey_design *design,
                                                        const double *y, const uint8_t *domain,
                                                        double confidence,
                                                        mirti_survey_estimate *out,
                                                        mirti_error *err);

typedef struct mirti_survey_replicates mirti_survey_replicates;

/** The same with a variance from replicate weights; `replicates` NULL: mirti_survey_mean. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_survey_mean_with(
    const mirti_survey_design *design, const mirti_survey_replicates *replicates, const double *y,
    const uint8_t *domain, double confidence, mirti_survey_estimate *out, mirti_error *err);

/** What is estimated of a variable, or of two. */
typedef enum mirti_survey_statistic {
    MIRTI_SURVEY_MEAN,  ///< Σwy / Σw; a proportion when every y is 0 or 1
    MIRTI_SURVEY_TOTAL, ///< Σwy
    MIRTI_SURVEY_RATIO  ///< Σwy / Σwx
} mirti_survey_statistic;

/**
 * Estimates by domain: `group` [rows] is the domain of a row, 0 .. groups−1, or negative for none
 * (NULL: all rows are in domain 0). `denominator` [rows] is for ratios only. With `replicates`
 * (nullable) the variance comes from them, else by linearisation. `out` receives [groups]. A domain
 * without rows gets NaN and zero counts: an area that the sample missed is a fact, not a failure.
 * Where the denominator of a ratio is zero the estimate is NaN, too. Intervals are symmetric but
 * for proportions. Values that are no numbers are MIRTI_ERROR_INPUT naming the row. Oracle: R
 * svymean, svytotal, svyratio on subsets.
 */
MIRTI_API MIRTI_MUST_USE mirti_status
mirti_survey_estimates(const mirti_survey_design *design, const mirti_survey_replicates *replicates,
                       mirti_survey_statistic statistic, const double *y, const double *denominator,
                       const int32_t *group, int32_t groups, double confidence,
                       mirti_survey_estimate *out, mirti_error *err);

/** "good" (a CV below 15 %), "fair" (below 30 %), "poor" (above, or not a number): how far an
 * estimate can be relied on. */
MIRTI_API const char *mirti_survey_quality(double cv);

/** Two-sided t quantile: P(|T| ≤ t) = confidence with `df` degrees of freedom, a whole number or
 * not; NaN if df < 1. */
MIRTI_API double mirti_survey_t_quantile(double confidence, double df);

/* ------------------------------------------------------------------------- replicate weights -- */

typedef enum mirti_replicate_kind {
    MIRTI_REPLICATE_JK1, ///< delete one PSU; designs without strata
    MIRTI_REPLICATE_JKN, ///< delete one PSU of a stratum at a time
    MIRTI_REPLICATE_BRR, ///< balanced half-samples; two PSUs in every stratum
    MIRTI_REPLICATE_FAY, ///< the same, weights perturbed by 1 ± (1 − ρ) instead of doubled and
                         ///< dropped
    MIRTI_REPLICATE_BOOTSTRAP, ///< n_h − 1 PSUs drawn with replacement (Rao, Wu and Yue 1992)
    MIRTI_REPLICATE_GIVEN      ///< columns of the file
} mirti_replicate_kind;

/**
 * Weights of replicates and how their estimates add up to a variance:
 * V = scale · Σ_r rscale_r (θ_r − θ̄)(θ_r − θ̄)ᵀ, with θ̄ their mean or (`mse`) the full sample's
 * estimate.
 */
struct mirti_survey_replicates {
    mirti_replicate_kind kind;
    int32_t count; ///< R
    double scale;
    double *rscale; ///< [R]
    bool mse;       ///< deviations from the full sample's estimate; default false, as in R `survey`
    /* One of these, by kind; mirti_survey_replicate_weights knows which. */
    int32_t *left_out; ///< [R] jackknife: the PSU without which replicate r is
    double
        *factor; ///< [psus × R] half-samples, bootstrap: what a PSU's weights are multiplied with
    double *given; ///< [rows × R] whole weights
};

/**
 * Replicates of a design. `count` and `seed` are for the bootstrap, `rho` in [0, 1) for Fay's
 * method. JK1 and JKN use the fpc, the bootstrap as in Rao, Wu and Yue; BRR and Fay refuse one.
 * Lonely PSUs follow the design's policy in JKN: dropped by `remove` and `certainty`, averaged by
 * `average`, `adjust` as in R `survey`; the bootstrap leaves their weights alone; BRR needs two
 * PSUs everywhere. The balance of BRR is full: the variance of a total equals the linearised one.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_survey_replicates_new(
    const mirti_survey_design *design, mirti_replicate_kind kind, int32_t count, double rho,
    uint64_t seed, mirti_survey_replicates **out, mirti_error *err);
/**
 * Replicate weights that a survey brings along: `weight` [rows × count] row-major, non-negative,
 * with the `scale` and the `rscale` [count] (NULL: all 1) that its producer states. All are copied.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_survey_replicates_given(
    const mirti_survey_design *design, const double *weight, int32_t count, double scale,
    const double *rscale, bool mse, mirti_survey_replicates **out, mirti_error *err);
MIRTI_API void mirti_survey_replicates_free(mirti_survey_replicates *replicates);
/** Weights [rows] of replicate r. */
MIRTI_API void mirti_survey_replicate_weights(const mirti_survey_design *design,
                                              const mirti_survey_replicates *replicates, int32_t r,
                                              double *weight);
/**
 * Degrees of freedom of a variance by replicates, over the rows where `in` is non-zero (NULL: all):
 * of made replicates PSUs − strata with a member, at most R − 1; of given ones the rank of their
 * weights there, less 1, as R's `degf`, since nothing else need be known of their design.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_survey_replicates_df(
    const mirti_survey_design *design, const mirti_survey_replicates *replicates, const uint8_t *in,
    int32_t *df, mirti_error *err);
/** V of p estimates: `theta` [R × p] of the replicates, `full` [p] of the whole sample. */
MIRTI_API MIRTI_MUST_USE mirti_status
mirti_survey_replicate_covariance(const mirti_survey_replicates *replicates, const double *theta,
                                  const double *full, int p, double *covariance, mirti_error *err);

/* ------------------------------------------------------------------------------------- folds -- */

/**
 * Deals PSUs to the folds of a cross-validation: `fold` [psus] receives 0 .. folds−1, or −1 for a
 * PSU without a row where `in` is non-zero (NULL: all rows). Within a stratum, and in the whole,
 * the folds' numbers of PSUs differ by one at most. Drawn from `seed` alone: the same on any
 * machine. A row's fold is fold[design->psu[row]]. USAGE for fewer than two folds, MODEL for more
 * folds than PSUs. Wieczorek, Guerin and McMahon (2022).
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_survey_folds(const mirti_survey_design *design,
                                                         const uint8_t *in, int32_t folds,
                                                         uint64_t seed, int32_t *fold,
                                                         mirti_error *err);

#ifdef __cplusplus
}
#endif
#endif
