/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file survey.h
 * Complex sample designs – weights, strata, primary sampling units – and the linearised variance of
 * totals, from which every standard error of the fit follows (Binder 1983).
 *
 * A subpopulation keeps the whole design: rows outside it stay, with zero scores, so that PSUs with no
 * member still count. Numbers agree with R package `survey` (tests/oracle).
 */
#ifndef MIRTI_SURVEY_H
#define MIRTI_SURVEY_H

#include "mirti/base.h"
#include "mirti/spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A one-stage or ultimate-cluster design over `rows` rows. Built by mirti_survey_design_new. */
typedef struct mirti_survey_design {
    int64_t rows;
    double *weight;   ///< [rows] > 0
    int32_t *psu;     ///< [rows] index of the PSU, 0 .. psus−1; PSUs are ordered by stratum
    int32_t *psu_stratum; ///< [psus] index of its stratum
    double *fpc;      ///< [strata] sampling fraction f_h in [0, 1), or NULL: with replacement
    int32_t strata, psus;
    char **stratum_name; ///< [strata] as in the file
    char **psu_name;     ///< [psus]
    int32_t *stratum_psus; ///< [strata] n_h
    mirti_lonely_psu lonely;
    int32_t lonely_strata; ///< strata with one PSU
} mirti_survey_design;

/**
 * Builds a design from columns of the sample. `stratum` NULL: one stratum; `psu` NULL: every row its
 * own. PSU labels count within their stratum unless `psu_nested` is false, when the same label in two
 * strata is an error that names them. `fpc` (nullable, [rows]): values ≤ 1 are sampling fractions,
 * others population numbers of PSUs; constant within a stratum. Weights must be positive and finite.
 * Errors name the row. With policy `fail`, a lonely PSU is MIRTI_ERROR_MODEL naming the strata and the policies.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_survey_design_new(int64_t rows, const double *weight, const mirti_str *stratum, const mirti_str *psu, bool psu_nested, const double *fpc, mirti_lonely_psu lonely, mirti_survey_design **out, mirti_error *err);
MIRTI_API void mirti_survey_design_free(mirti_survey_design *design);
/** PSUs minus strata: the degrees of freedom of t intervals. */
MIRTI_API int32_t mirti_survey_design_df(const mirti_survey_design *design);

/**
 * Covariance matrix of the totals Σ_i z_i of p variables: B = Σ_h (1−f_h) n_h/(n_h−1) Σ_c (z_hc − z̄_h)(…)ᵀ.
 * `scores` is [rows × p] row-major and already holds the weight (z_i = w_i·…); rows outside the
 * subpopulation are zero. `covariance` receives [p × p], symmetric. Sums run in row order, then PSU order,
 * compensated: the same bits for any number of threads.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_survey_total_covariance(const mirti_survey_design *design, const double *scores, int p, double *covariance, mirti_error *err);

/** A direct estimate with its design-based error. */
typedef struct mirti_survey_estimate {
    double value, se;
    double lo, hi;  ///< interval at the asked confidence; proportions on the logit scale
    double cv;      ///< se / value
    double deff;    ///< design effect against simple random sampling with replacement
    int64_t rows;   ///< sample rows in the domain
    int32_t psus;   ///< PSUs with a member in the domain
    double weight;  ///< sum of weights in the domain
    int32_t df;
} mirti_survey_estimate;

/** Weighted mean (proportion when `y` is 0/1) of `y` over rows where `domain` is non-zero (NULL: all). */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_survey_mean(const mirti_survey_design *design, const double *y, const uint8_t *domain, double confidence, mirti_survey_estimate *out, mirti_error *err);

#ifdef __cplusplus
}
#endif
#endif
