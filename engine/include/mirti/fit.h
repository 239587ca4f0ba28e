/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file fit.h
 * From a recoded survey to a fitted model: terms and design matrix, the design-weighted logit, and
 * the fitted-model file (`model.json`) that every later stage reads.
 */
#ifndef MIRTI_FIT_H
#define MIRTI_FIT_H

#include "mirti/base.h"
#include "mirti/spec.h"
#include "mirti/survey.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -------------------------------------------------------------------------------------- terms -- */

/** What a column of the design matrix is made of: the product of `count` factors, each a
 * predictor's value or (level ≥ 0) whether a category has that level. No factor: the intercept. */
typedef struct mirti_terms_factor {
    int count;
    int predictor[4];
    int level[4];
} mirti_terms_factor;

/**
 * How values of predictors become columns of a design matrix. Treatment contrasts: a category of L
 * levels gives L − 1 columns against its reference. Column 0 is the intercept; names are
 * `(intercept)`, `age[15-17]`, `dirt_floor`, `age[15-17]:sex[man]`.
 */
typedef struct mirti_terms {
    int columns; ///< p, with the intercept
    char **name; ///< [columns]
    int predictors;
    mirti_predictor *predictor; ///< own copies (names, levels, labels, factors)
    int *term_of;               ///< [columns] index of the term; −1 for the intercept
    int terms;
    mirti_term *term;
    mirti_terms_factor *factor; ///< [columns] which predictors and levels multiply into the column
} mirti_terms;

MIRTI_API MIRTI_MUST_USE mirti_status mirti_terms_new(const mirti_model_spec *spec,
                                                      mirti_terms **out, mirti_error *err);
MIRTI_API void mirti_terms_free(mirti_terms *terms);

/** Whether a term uses a predictor; the others are known to the model file only. */
MIRTI_API bool mirti_terms_use(const mirti_terms *terms, int predictor);

/** One design row from predictor values: a category's value is its level index, a binary's 0 or 1.
 */
MIRTI_API void mirti_terms_row(const mirti_terms *terms, const double *value, double *row);

/**
 * Expected design row of a cell in which only shares are known. `share` is [predictors][levels]:
 * for a category the share of every level, for binary and number element 0 is share or mean (see
 * mirti_terms_share_offset). Products of shares in interactions suppose independence within the
 * cell; where one side is fixed (share 0 or 1) they are exact.
 */
MIRTI_API void mirti_terms_expected_row(const mirti_terms *terms, const double *share, double *row);
/** Where predictor k's shares begin in that array, and (k = predictors) its length. */
MIRTI_API int mirti_terms_share_offset(const mirti_terms *terms, int predictor);

/* -------------------------------------------------------------------------------------- logit -- */

/** A probability and how it moves with the linear predictor η. */
typedef struct mirti_link_value {
    double prob;         ///< p(η), the inverse of the link
    double slope, curve; ///< p′(η), p″(η)
} mirti_link_value;
/** At any finite η. Relative error below 1e-13 but where curve crosses zero; the same bits
 * everywhere. Oracles: R binomial(link)$linkinv and $mu.eta (tests/oracle/links.R); difference
 * quotients (tests/unit/fit_link.c). */
MIRTI_API mirti_link_value mirti_link_at(mirti_link link, double eta);
/** The mean of that over linear predictors mean + deviation · Z by a rule for Z: points and weights
 * that sum to 1. */
MIRTI_API mirti_link_value mirti_link_mean(mirti_link link, double mean, double deviation,
                                           int points, const double *point, const double *weight);
/** The probability alone. */
MIRTI_API double mirti_link_inverse(mirti_link link, double eta);
/** η of a probability; ±infinity at 1 and 0. */
MIRTI_API double mirti_link_of(mirti_link link, double p);

/** A fitted design-weighted regression of a 0/1 outcome; a logit unless another link was asked for.
 */
typedef struct mirti_logit {
    mirti_link link;
    mirti_penalty penalty;
    double ridge;                   ///< λ
    mirti_variance_method variance; ///< where the covariance comes from
    int32_t replicates;             ///< of how many replicates; 0: linearised
    int columns;                    ///< p
    double *beta;                   ///< [p]
    double *covariance;             ///< [p × p]
    int64_t rows;                   ///< rows used
    double sum_weights;
    int32_t strata, psus;  ///< with a member of the subpopulation
    int32_t lonely_strata; ///< of the whole design
    int32_t df;          ///< PSUs − strata with a member, as R's degf of a subset; by replicates,
                         ///< those of mirti_survey_replicates_df
    int32_t df_residual; ///< df − (p − 1): of the t tests of coefficients, as in svyglm
    double deviance,
        null_deviance; ///< −2 Σ w log L with weights scaled to mean 1 over the rows used
    int iterations;
} mirti_logit;

/**
 * Solves Σ w_i x_i (y_i − σ(x_iᵀβ)) = 0 by Newton steps and computes V = A⁻¹BA⁻¹ (Binder 1983).
 * `x` is [rows × p] row-major with rows of `design` in order; `y` 0/1; `in` (nullable) marks the
 * subpopulation: of other rows neither x nor y is read. Values that are no numbers are
 * MIRTI_ERROR_INPUT naming the row. Rank deficiency and separation are MIRTI_ERROR_MODEL naming the
 * columns (`name` [p], for messages); so is an outcome or a column that does not vary. The same
 * bits on any machine and any number of threads. Oracle: R survey::svyglm(family = quasibinomial,
 * epsilon = 1e-12), 1e-8 relative.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_logit_fit(const mirti_survey_design *design,
                                                      const double *x, int p, const double *y,
                                                      const uint8_t *in, char *const *name,
                                                      mirti_logit **out, mirti_error *err);
MIRTI_API void mirti_logit_free(mirti_logit *fit);

typedef struct mirti_logit_options {
    mirti_link link;
    mirti_penalty penalty;
    double ridge; ///< λ > 0, for MIRTI_PENALTY_RIDGE
    /** Variance from refits with replicate weights instead of linearisation; NULL: linearised. */
    const mirti_survey_replicates *replicates;
    int threads;                    ///< 0: as many as there are processors
    const mirti_listener *listener; ///< nullable; told of every replicate, and may cancel there
} mirti_logit_options;

/**
 * The same with another link, a penalty, or replicate weights; options NULL: mirti_logit_fit. With
 * a penalty, separation is no error. A replicate that cannot be fitted is MIRTI_ERROR_MODEL naming
 * it; the listener may cancel after each. Oracles: svyglm with family quasibinomial(link) and on
 * svrepdesign objects; for penalties the
 * penalised likelihood maximised in R (tests/oracle/links.R).
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_logit_fit_with(const mirti_survey_design *design,
                                                           const double *x, int p, const double *y,
                                                           const uint8_t *in, char *const *name,
                                                           const mirti_logit_options *options,
                                                           mirti_logit **out, mirti_error *err);

/** A Wald test that some coefficients are all zero: F = bᵀV⁻¹b / q with q and df_residual degrees
 * of freedom (Korn and Graubard 1990 without their correction; R regTermTest(method = "Wald")). */
typedef struct mirti_wald {
    double f;   ///< NaN if V of these coefficients is singular
    int q;      ///< coefficients tested
    int32_t df; ///< df_residual
    double p;   ///< P(F(q, df) > f); NaN if df < 1
} mirti_wald;
/** Tests the coefficients where `chosen` [p] is true. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_logit_wald(const mirti_logit *fit, const bool *chosen,
                                                       mirti_wald *out, mirti_error *err);

/* ------------------------------------------------------------------------------- mixed logit -- */

typedef struct mirti_mixed_options {
    int quadrature; ///< nodes Q of the adaptive Gauss–Hermite rule, 1 (Laplace) to 31; 0: 7
    mirti_weight_scaling scaling; ///< default (0): size
    const double *area_weight;    ///< [rows] weight of the row's area, constant within it; NULL: 1
    int threads;                  ///< 0: as many as there are processors
    const mirti_listener *listener; ///< nullable
} mirti_mixed_options;

/** A fitted logit with a random intercept by area: logit p = xᵀβ + u_a, u_a ~ N(0, σ²). */
typedef struct mirti_mixed {
    int columns;        ///< p
    double *beta;       ///< [p]
    double sigma;       ///< standard deviation of u between areas; 0 when the data show none
    bool boundary;      ///< σ = 0 is the estimate: a result, not a failure
    double *covariance; ///< [(p+1) × (p+1)] of β and σ, sandwich over areas; σ's is NaN at 0
    double *model_covariance; ///< [(p+1) × (p+1)] inverse of minus the Hessian
    double loglik;            ///< (pseudo-)log-likelihood at the estimate, by the same quadrature
    int quadrature;
    mirti_weight_scaling scaling;
    int64_t rows;
    int32_t areas;
    int32_t uniform_areas; ///< areas in whose rows the outcome is always 0 or always 1
    char **area;           ///< [areas] codes, in byte order
    int32_t *area_rows;    ///< [areas]
    /** What the area's rows say of u, as points and their probabilities, [areas × points] each: the
     * mean of any f(u) given the data is Σ_q probability_q f(point_q). */
    int points; ///< Q, but at least 7
    double *point, *probability;
    double *mean, *sd; ///< [areas] of u given the area's rows
    int iterations;
    mirti_arena names;
} mirti_mixed;

/**
 * Maximises Σ_a log ∫ exp(Σ_i w_i ℓ_i(β, u)) φ(u; σ²) du by adaptive Gauss–Hermite quadrature
 * (Pinheiro and Chao 2006) with the exact gradient of the approximation, so that the estimate is
 * its maximum for every Q. Arguments as in mirti_logit_fit; `area` [rows] are codes (rows with `in`
 * need one). Oracle with unit weights: lme4::glmer(nAGQ = Q); with weights: tests/oracle/mixed.R.
 * Separation of the fixed part is MIRTI_ERROR_MODEL as in the logit; areas with only one outcome
 * are fine, and counted. The same bits for any number of threads.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_mixed_fit(const mirti_survey_design *design,
                                                      const double *x, int p, const double *y,
                                                      const uint8_t *in, const mirti_str *area,
                                                      char *const *name,
                                                      const mirti_mixed_options *options,
                                                      mirti_mixed **out, mirti_error *err);
MIRTI_API void mirti_mixed_free(mirti_mixed *fit);

/**
 * The parametric bootstrap of a mixed or a nested logit: B samples drawn from the model and fitted
 * again, the fits as columns to be held against the truths they were drawn from.
 */
typedef struct mirti_mixed_replicates {
    int count;                   ///< B
    uint64_t seed;               ///< of the draws
    int columns;                 ///< p
    int32_t areas;               ///< of the survey, in the order of the fit
    int points;                  ///< as in mirti_mixed; 0 of a nested logit
    double *true_beta;           ///< [B × p] what a replicate was drawn from
    double *true_sigma;          ///< [B] > 0: what the sample allows, not B times its estimate
    double *beta;                ///< [B × p] what came out
    double *sigma;               ///< [B] NaN: the replicate has no fit, and is to be left out
    double *point, *probability; ///< [B × areas × points] of u given the replicate's outcomes
    int32_t parents; ///< of a nested logit, to which all that follows belongs; else 0 and NULL
    double *true_sigma_parent, *sigma_parent;   ///< [B] beside those of areas; a pair has no order
    double *effect, *effect_sd, *effect_own_sd; ///< [B × areas] as in mirti_nested
    double *parent_effect, *parent_effect_sd;   ///< [B × parents]
    int64_t *evaluations;                       ///< [B] of likelihood and gradient
    int failed;                                 ///< replicates without a fit, at most a tenth
} mirti_mixed_replicates;

typedef struct mirti_replicate_options {
    int replicates;            ///< B, at least 2
    uint64_t seed;             ///< the same seed gives the same numbers, on any number of threads
    const double *area_weight; ///< as the fit had it
    int threads;               ///< 0: as many as there are processors
    const mirti_listener *listener; ///< nullable; may cancel between replicates
} mirti_replicate_options;

/**
 * Draws and fits them. Arguments as given to mirti_mixed_fit, with the fit that came of them. The
 * σ of replicates are quantiles of its distribution given the sample (restricted likelihood and a
 * calibrated prior), so that an estimate of zero does not say that areas are alike. MODEL when more
 * than a tenth of the replicates have no fit; USAGE, MEMORY, CANCELLED. Method and sources:
 * engine/fit/mixed_replicates.c. The same bits for any number of threads.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_mixed_replicate(
    const mirti_survey_design *design, const double *x, const double *y, const uint8_t *in,
    const mirti_str *area, char *const *name, const mirti_mixed *fit,
    const mirti_replicate_options *options, mirti_mixed_replicates **out, mirti_error *err);
MIRTI_API void mirti_mixed_replicates_free(mirti_mixed_replicates *replicates);
/** The effect u of the area `code` in replicate b, whether or not the survey was there. */
MIRTI_API double mirti_mixed_replicate_effect(const mirti_mixed_replicates *replicates,
                                              const char *code, int b);

/** Outcomes y [rows] of the children in replicate b, for whoever wants to fit it by other means;
 * `x`, `in` and `area` as the fit had them. Rows that are not `in` are left alone. MEMORY. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_mixed_replicate_outcomes(
    const mirti_mixed_replicates *replicates, const mirti_mixed *fit, int b, const double *x,
    const uint8_t *in, const mirti_str *area, int64_t rows, double *y, mirti_error *err);

/** A fitted logit with random intercepts of areas within parents (municipalities within states):
 * logit p = xᵀβ + u_area + u_parent, independent normals. */
typedef struct mirti_nested {
    int columns;  ///< p
    double *beta; ///< [p]
    double sigma_area, sigma_parent;
    bool area_boundary, parent_boundary; ///< σ = 0 is the estimate
    double *covariance; ///< [(p+2) × (p+2)] of β, σ_area, σ_parent, sandwich over parents; NaN of a
                        ///< σ at 0
    double *model_covariance; ///< [(p+2) × (p+2)] inverse of minus the Hessian
    double loglik;            ///< (pseudo-)log-likelihood by Laplace's method
    mirti_weight_scaling scaling;
    int64_t rows;
    int32_t areas, parents;
    char **parent;            ///< [parents] codes, in byte order
    char **area;              ///< [areas] codes, in byte order within a parent
    int32_t *area_parent;     ///< [areas] index of the parent
    int32_t *area_rows;       ///< [areas]
    double *parent_effect;    ///< [parents] mode of u_parent
    double *parent_effect_sd; ///< [parents] its standard deviation given the data, by Laplace's
                              ///< method: of what areas of the parent without rows have in common
    double *effect;           ///< [areas] mode of u_area + u_parent
    double *effect_sd;     ///< [areas] its standard deviation given the data, by Laplace's method
    double *effect_own_sd; ///< [areas] the same where u_parent is given too: what areas of a parent
                           ///< do not share; the rest of the variance comes from u_parent alone
    int iterations;
    mirti_arena names;
} mirti_nested;

/**
 * Maximises the pseudo-likelihood of two nested random intercepts by Laplace's method, with the
 * exact gradient of the approximation. Arguments as in mirti_mixed_fit; `parent` [rows] are codes,
 * and areas of the same code in two parents are two areas. Of the options `quadrature` must be 0 or
 * 1 and `area_weight` NULL. Oracle with unit weights: lme4::glmer(... + (1 | parent/area), nAGQ =
 * 1).
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_nested_fit(const mirti_survey_design *design,
                                                       const double *x, int p, const double *y,
                                                       const uint8_t *in, const mirti_str *area,
                                                       const mirti_str *parent, char *const *name,
                                                       const mirti_mixed_options *options,
                                                       mirti_nested **out, mirti_error *err);
MIRTI_API void mirti_nested_free(mirti_nested *fit);

/**
 * The bootstrap of a nested logit, as mirti_mixed_replicate: arguments as given to
 * mirti_nested_fit, with the fit that came of them. The pairs (σ_area, σ_parent) of the replicates
 * are spread evenly over their distribution given the sample (restricted likelihood, prior √σ of
 * each). Effects are drawn by the codes of areas, which must not be in two parents. The same bits
 * for any number of threads. MODEL, USAGE, MEMORY, CANCELLED as there.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_nested_replicate(
    const mirti_survey_design *design, const double *x, const double *y, const uint8_t *in,
    const mirti_str *area, const mirti_str *parent, char *const *name, const mirti_nested *fit,
    const mirti_replicate_options *options, mirti_mixed_replicates **out, mirti_error *err);
/** The effect u_area + u_parent in replicate b, whether or not the survey was there. */
MIRTI_API double mirti_nested_replicate_effect(const mirti_mixed_replicates *replicates,
                                               const char *area, const char *parent, int b);

/* ------------------------------------------------------------------------------- Fay-Herriot -- */

/** "logit", "arcsine", "identity". */
MIRTI_API const char *mirti_area_scale_name(mirti_area_scale scale);

/** Results of an area-level model, one per area. */
typedef struct mirti_fay_herriot {
    mirti_area_scale scale;
    int columns;        ///< p
    double *beta;       ///< [p] on the model's scale
    double *covariance; ///< [p × p] (ZᵀV⁻¹Z)⁻¹
    double variance;    ///< A, of areas around the regression; 0 when the data show none
    bool boundary;      ///< A = 0 is the estimate
    double loglik;      ///< restricted log-likelihood
    int64_t areas;
    int64_t used;     ///< areas with a usable direct estimate
    int64_t unusable; ///< areas whose estimate is 0 or 1 or has no variance: predicted like
                      ///< unsampled ones
    /* Taking A for known, on the model's scale: */
    double *eblup;     ///< [areas] zᵀβ + γ(θ̂ − zᵀβ)
    double *mse;       ///< [areas] its g1 + g2 + 2 g3; unsampled: A + zᵀV_βz
    double *shrinkage; ///< [areas] γ = A/(A + ψ); 0 where there is no usable estimate
    /* Over the distribution that A has given the estimates: */
    double *value;   ///< [areas] mean of the predictive distribution on the estimate's scale
    double *sd;      ///< [areas] its standard deviation on the model's scale
    double *se;      ///< [areas] `sd` on the estimate's scale, carried over at `value`
    double *lo, *hi; ///< [areas] its quantiles
    double *weight;  ///< [areas] mean of γ: the share of the direct estimate in the prediction
    int iterations;
} mirti_fay_herriot;

/**
 * Fits θ̂_a = z_aᵀβ + v_a + e_a, v ~ N(0, A), e ~ N(0, ψ_a) to direct estimates (Fay and Herriot
 * 1979) by REML and predicts all areas. `estimate` [areas] is NaN where the survey has none;
 * `variance` [areas] is that of the estimate; `z` [areas × p] row-major is known everywhere. The
 * mean squared error is Prasad and Rao's (1990) in the form for REML (Datta and Lahiri 2000).
 * Values and intervals are those of the predictive distribution with A integrated out under a flat
 * prior (engine/fit/fay_herriot_predict.c); proportions are carried back as its mean, not as the
 * transform of its centre, which would be biased. An area whose z is not a number is an error
 * (INPUT) that names it by position; fewer usable areas than columns + 5 is MODEL, and so are
 * columns that depend on each other. Oracle: dense algebra in R (tests/oracle/fay_herriot.R).
 */
MIRTI_API MIRTI_MUST_USE mirti_status
mirti_fay_herriot_fit(int64_t areas, const double *estimate, const double *variance,
                      const double *z, int p, char *const *name, mirti_area_scale scale,
                      double confidence, mirti_fay_herriot **out, mirti_error *err);
/** The same with sampling variances ψ [areas] on the model's own scale, NaN where an estimate is
 * not to be used; 0 and 1 are then estimates like others on the arcsine scale. */
MIRTI_API MIRTI_MUST_USE mirti_status
mirti_fay_herriot_fit_sampling(int64_t areas, const double *estimate, const double *sampling,
                               const double *z, int p, char *const *name, mirti_area_scale scale,
                               double confidence, mirti_fay_herriot **out, mirti_error *err);
MIRTI_API void mirti_fay_herriot_free(mirti_fay_herriot *fit);

/** Direct estimates of areas and what is known of the areas. */
typedef struct mirti_area_data {
    int64_t areas;
    char *const *code;
    const double *estimate, *variance; ///< [areas] NaN where unknown
    const double *rows;                ///< [areas] of the sample; NaN where unknown
    const double *z;                   ///< [areas × p] mean design rows of the areas' children
} mirti_area_data;

typedef struct mirti_area_options {
    mirti_area_scale scale; ///< logit or arcsine
    bool smoothed;          ///< sampling variances from rows and the areas' average design effect
    double least_rows;      ///< estimates known to rest on fewer are not used
    double confidence;
} mirti_area_options;

/** An area-level model of a project: the contents of its model.json. */
typedef struct mirti_area_model {
    char *name, *outcome, *survey_source;
    mirti_terms *terms;
    mirti_area_options options;
    mirti_fay_herriot *fit;
    int64_t areas;
    char **code;
    double *estimate, *se, *rows; ///< [areas] the direct estimates; NaN where unknown
    double *sampling;    ///< [areas] ψ on the model's scale; NaN: the estimate is not used
    double *column_mean; ///< [p] over areas
    int64_t few;         ///< estimates with too few rows
    int64_t unusable;    ///< estimates of 0 or 1, or without a variance
    double deff, rate;   ///< average design effect and rate of areas; NaN unless smoothed
    mirti_arena texts;
} mirti_area_model;

/**
 * Fits an area-level model (mirti_fay_herriot_fit) with the terms of a model file as columns. With
 * smoothed variances (engine/fit/area_model.c says how) the rows of every estimate must be known
 * (INPUT). Otherwise as mirti_fay_herriot_fit.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_area_model_fit(
    const mirti_model_spec *spec, const mirti_source_block *survey, const mirti_area_data *data,
    const mirti_area_options *options, mirti_area_model **out, mirti_error *err);
MIRTI_API void mirti_area_model_free(mirti_area_model *model);
/** model.json of an area-level model: docs/model-json.md. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_area_model_to_json(const mirti_area_model *model,
                                                               mirti_text *out, mirti_error *err);
/** Coefficients with their errors, and below them what was used and what the areas' own estimates
 * weigh; in the reader's language. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_area_model_table(const mirti_area_model *model,
                                                             double confidence,
                                                             const char *language, mirti_text *out,
                                                             mirti_error *err);
/** Least, median and greatest weight γ of the direct estimates that are used. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_area_model_weights(const mirti_area_model *model,
                                                               double *least, double *median,
                                                               double *most, mirti_error *err);

/* ------------------------------------------------------------------------- fitted-model file -- */

/**
 * Weighted means [p] of design columns, and their weighted correlations [p × p] within PSUs (of
 * deviations from the PSU's weighted mean), over the rows where `in` is non-zero (NULL: all). A
 * column that does not vary within PSUs has correlation 0 with the others.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_columns_moments(const mirti_survey_design *design,
                                                            const double *x, int columns,
                                                            const uint8_t *in, double *mean,
                                                            double *correlation, mirti_error *err);

/** Everything that prediction needs and a reader wants to know: the contents of `model.json`. */
typedef struct mirti_model {
    char *name; ///< of the model file
    char *outcome;
    char *survey_source; ///< name of the source block it was fitted on
    mirti_terms *terms;
    mirti_logit *logit;
    mirti_survey_estimate mean; ///< weighted rate of the outcome in the survey
    double *column_mean;        ///< [p] weighted means of the design columns in the survey
    double *column_correlation; ///< [p × p] weighted within-PSU correlations of the design columns
    mirti_lonely_psu lonely;
} mirti_model;

typedef struct mirti_model_options {
    const mirti_survey_replicates *replicates; ///< NULL: linearised variances
    int threads;                               ///< 0: as many as there are processors
    const mirti_listener *listener; ///< nullable; told of every replicate, and may cancel there
} mirti_model_options;

/**
 * Fits the regression that the model file asks for (its link and penalty) on a recoded survey, and
 * puts together what prediction needs. `x` [rows × p], `y` 0/1 and `in` (the rows with everything
 * known) go with the rows of `design`; `options` NULL: all zero. The model gets its own copies. The
 * same bits for any number of threads.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_model_fit(
    const mirti_model_spec *spec, const mirti_source_block *survey,
    const mirti_survey_design *design, const double *x, const double *y, const uint8_t *in,
    const mirti_model_options *options, mirti_model **out, mirti_error *err);
/** A model that was not fitted: its terms, and zeros for coefficients and covariance, to be filled
 * by who has them. The rate of the survey is NaN. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_model_blank(const mirti_model_spec *spec,
                                                        const mirti_source_block *survey,
                                                        mirti_model **out, mirti_error *err);
MIRTI_API void mirti_model_free(mirti_model *model);
/** Tests whether all coefficients of term `term` (0 .. terms − 1) are zero: those of a category
 * depend on which level is the reference, and say little one by one. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_model_wald(const mirti_model *model, int term,
                                                       mirti_wald *out, mirti_error *err);
/** What exp(β) is with a link: "odds ratio" (logit), "hazard ratio" (complementary log-log: the
 * ratio of −log(1 − p)); NULL (probit): nothing that people use. */
MIRTI_API const char *mirti_link_ratio(mirti_link link);
/** Writes JSON (stable key order, shortest round-trip numbers) to a text. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_model_to_json(const mirti_model *model, mirti_text *out,
                                                          mirti_error *err);
/** The table of coefficients as people know it: estimate, odds ratio (or what exp(β) is with the
 * link), standard error, t, p and the interval of the ratio (else of the coefficient) at
 * `confidence`; below it Wald tests of the terms, link, penalty, variance, design and sample. In
 * the reader's language; variables are called by their names. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_model_table(const mirti_model *model, double confidence,
                                                        const char *language, mirti_text *out,
                                                        mirti_error *err);
/** Reads what mirti_model_to_json wrote; errors name file and key. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_model_read(const char *path, mirti_model **out,
                                                       mirti_error *err);
/** The same from `size` bytes in memory; `path` (not opened) is what messages call the file. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_model_parse(const char *text, size_t size,
                                                        const char *path, mirti_model **out,
                                                        mirti_error *err);

/** Name and version of this room's third parties (GSL, jansson: 2); returns how many entries it
 * filled. */
MIRTI_API int mirti_fit_libraries(mirti_library *library);

#ifdef __cplusplus
}
#endif
#endif
