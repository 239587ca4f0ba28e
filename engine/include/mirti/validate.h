/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file validate.h
 * How well a fitted model tells children apart and how true its probabilities are, all weighted by
 * the survey's design: discrimination, accuracy, calibration, goodness of fit, collinearity,
 * cross-validation that leaves out whole PSUs and whole larger areas, and the modelled rates of
 * larger areas beside the survey's own.
 *
 * Most measures need only the probabilities `p` [rows] that the model gives, the outcome `y` [rows]
 * (0/1), the design, and `in` [rows] (nullable: all), the subpopulation: of other rows neither p
 * nor y is read. Errors in common: a probability or outcome that is no number is INPUT naming the
 * row; MEMORY. Standard errors take the probabilities as given: that β was estimated from the same
 * sample does not enter. What is not defined (a measure of one class only) is NaN, not a failure.
 * Oracle of all: R package `survey` (tests/oracle/validate.R).
 */
#ifndef MIRTI_VALIDATE_H
#define MIRTI_VALIDATE_H

#include "mirti/base.h"
#include "mirti/fit.h"
#include "mirti/predict.h"
#include "mirti/survey.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A measure with its design-based error. */
typedef struct mirti_measure {
    double value, se;
    double lo, hi; ///< t interval at the asked confidence; NaN where there is none
} mirti_measure;

/* ------------------------------------------------------------------------------ discrimination -- */

/** The area under the ROC curve: the chance that of two children, one with the outcome and one
 * without, the one with it has the higher probability (a tie counts one half). */
typedef struct mirti_auc {
    mirti_measure auc;          ///< interval on the logit scale
    int64_t positive, negative; ///< rows with y = 1 and with y = 0
} mirti_auc;

/** Weighted concordance and its linearised error through strata and PSUs; O(n log n). `score` need
 * not be a probability. NaN when all rows are of one class. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_auc_estimate(const mirti_survey_design *design,
                                                         const double *score, const double *y,
                                                         const uint8_t *in, double confidence,
                                                         mirti_auc *out, mirti_error *err);

/** The whole ROC curve: one point for every distinct probability, from (0, 0) to (1, 1). */
typedef struct mirti_roc {
    int64_t points;
    double *threshold;   ///< [points] a child is flagged when p ≥ threshold; ∞ at (0, 0)
    double *sensitivity; ///< [points] weighted share flagged of the children with the outcome
    double *false_alarm; ///< [points] 1 − specificity: flagged of those without
    double *flagged;     ///< [points] weighted share of all children that is flagged
    int64_t youden;      ///< the point of largest sensitivity + specificity − 1 (Youden 1950)
} mirti_roc;

/** MODEL when all rows are of one class. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_roc_new(const mirti_survey_design *design,
                                                    const double *p, const double *y,
                                                    const uint8_t *in, mirti_roc **out,
                                                    mirti_error *err);
MIRTI_API void mirti_roc_free(mirti_roc *roc);
/** Weighted share of the children with the outcome who are among the `share` (0 to 1) of all
 * children with the highest probabilities; where a tie is cut, in proportion. */
MIRTI_API double mirti_roc_captured(const mirti_roc *roc, double share);

/** What flagging the children with p ≥ threshold means. Proportions with their intervals; NaN where
 * nobody is flagged, or all are. */
typedef struct mirti_threshold {
    double threshold;
    double flagged;                            ///< weighted share of all children
    mirti_survey_estimate sensitivity;         ///< flagged, of the children with the outcome
    mirti_survey_estimate specificity;         ///< not flagged, of those without
    mirti_survey_estimate positive_predictive; ///< with the outcome, of the flagged
    mirti_survey_estimate negative_predictive; ///< without it, of those not flagged
} mirti_threshold;

/** Thresholds, ascending: round figures, the overall rate, and Youden's point of a curve. */
typedef struct mirti_thresholds {
    int count;
    mirti_threshold *at; ///< [count]
    double youden;       ///< which of them is Youden's point
} mirti_thresholds;

/** `out` receives one entry for each of `count` thresholds. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_thresholds_estimate(
    const mirti_survey_design *design, const double *p, const double *y, const uint8_t *in,
    double confidence, const double *threshold, int count, mirti_threshold *out, mirti_error *err);

/* ------------------------------------------------------------------------ accuracy, calibration -- */

/** Brier's (1950) score, the weighted mean of (y − p)²: 0 is perfect. */
typedef struct mirti_brier {
    mirti_measure brier;
    mirti_measure scaled; ///< 1 − score / (ȳ(1 − ȳ)): 0 says no more than the overall rate, 1 all.
                          ///< NaN when all rows are of one class
} mirti_brier;

MIRTI_API MIRTI_MUST_USE mirti_status mirti_brier_estimate(const mirti_survey_design *design,
                                                           const double *p, const double *y,
                                                           const uint8_t *in, double confidence,
                                                           mirti_brier *out, mirti_error *err);

/** Cox's (1958) calibration: how far the logit of p must be moved and stretched to agree with what
 * happened. A plain logit is perfect (0 and 1) in its own sample by construction; what counts is
 * what out-of-sample probabilities give. */
typedef struct mirti_calibration {
    mirti_measure intercept; ///< a of logit P(y) = a + logit p; 0 is perfect, above 0: p is too low
    mirti_measure slope;     ///< b of logit P(y) = c + b logit p; 1 is perfect, below: too extreme
} mirti_calibration;

MIRTI_API MIRTI_MUST_USE mirti_status mirti_calibration_estimate(
    const mirti_survey_design *design, const double *p, const double *y, const uint8_t *in,
    double confidence, mirti_calibration *out, mirti_error *err);

/** Children of similar probability: a tenth of them, say. */
typedef struct mirti_risk_group {
    double lowest, highest;         ///< of p
    double predicted;               ///< weighted mean of p
    mirti_survey_estimate observed; ///< rate of the outcome
} mirti_risk_group;

/** Archer and Lemeshow's (2006) test: are the weighted mean residuals of all groups of risk zero? A
 * small p-value speaks against the model. */
typedef struct mirti_goodness {
    int groups; ///< at most what was asked for: equal probabilities are never parted
    mirti_risk_group *group;
    double f; ///< (d − g + 2)/(d g) · M̂ᵀV̂⁻¹M̂ with d design degrees of freedom and g groups
    double df1, df2; ///< g − 1 and d − g + 2
    double p;        ///< NaN where V̂ is singular or there are no degrees of freedom
    double gap; ///< weighted mean over the groups of |observed − predicted| (expected calibration
                ///< error)
} mirti_goodness;

/** Groups of about equal weight, in order of p. USAGE for fewer than two groups. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_goodness_test(const mirti_survey_design *design,
                                                          const double *p, const double *y,
                                                          const uint8_t *in, int groups,
                                                          double confidence, mirti_goodness *out,
                                                          mirti_error *err);
MIRTI_API void mirti_goodness_reset(mirti_goodness *goodness);

/* -------------------------------------------------------------------------------- collinearity -- */

/** How much the other terms inflate the variance of a term's coefficients. */
typedef struct mirti_inflation {
    int columns; ///< of the term
    double gvif; ///< generalised variance inflation factor (Fox and Monette 1992); ∞ if collinear
    double scaled; ///< gvif^(1/columns): comparable with the usual VIF, whatever the columns
} mirti_inflation;

/** From the weighted correlations of the design columns `x` [rows × p] without the intercept. `out`
 * receives [terms]. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_inflation_factors(const mirti_survey_design *design,
                                                              const mirti_terms *terms,
                                                              const double *x, const uint8_t *in,
                                                              mirti_inflation *out,
                                                              mirti_error *err);

/* ---------------------------------------------------------------------------- cross-validation -- */

/** Children left out together, and how the model of all others did on them. */
typedef struct mirti_fold {
    int64_t rows;
    int32_t psus;
    double weight;
    char *failure;              ///< why the others could not be fitted; NULL: they could
    double auc, brier, slope;   ///< of the children left out; NaN where not defined
    double predicted, observed; ///< weighted rates of the children left out
} mirti_fold;

/**
 * The effects of areas of the model that is judged: the mixed logit that predicts, as it was fitted
 * to the sample, and how, so that it can be fitted to others. A child's probability is then the
 * mean over what the sample says of the effect of its area, else of its larger area (*empirical
 * best*), else over the normal distribution of effects (*synthetic*), as in prediction. Everything
 * is borrowed.
 */
typedef struct mirti_validate_effects {
    const mirti_mixed *mixed;   ///< of areas, or of larger areas; or
    const mirti_nested *nested; ///< of areas within larger areas
    char *const *area;          ///< [rows] codes; NULL: the model has no effects of areas
    char *const *parent;        ///< [rows] codes; NULL: none of larger areas
    int quadrature;             ///< as in mirti_mixed_options, as the next
    mirti_weight_scaling scaling;
} mirti_validate_effects;

typedef struct mirti_cross_validation {
    int32_t folds, failed;
    mirti_fold *fold;   ///< [folds]
    double *p;          ///< [rows] probabilities by the model of the other folds; NaN where none
    uint8_t *in;        ///< [rows] has one
    uint8_t *known;     ///< [rows] the other folds say something of the effect of its area
    double known_share; ///< weighted share of the children with a probability of whom that is so
    mirti_auc auc;      ///< of them all together
    mirti_brier brier;
    mirti_calibration calibration;
} mirti_cross_validation;

typedef struct mirti_validate_options {
    double confidence;                     ///< such as 0.95
    int groups;                            ///< of risk; 0: 10
    int folds;                             ///< of PSUs; 0: 10
    uint64_t seed;                         ///< of the folds
    int threads;                           ///< the numbers are the same for any
    const mirti_listener *listener;        ///< nullable
    const mirti_validate_effects *effects; ///< NULL: the regression alone is judged
} mirti_validate_options;

/**
 * Fits the model without each fold in turn and predicts the fold. `fold_of` [rows] is 0 .. folds−1
 * (negative: always left in, never predicted). The same link and penalty as `model`, whose own
 * coefficients are not used; with effects, the same mixed logit, whose areas then know nothing of
 * the fold. A fold whose complement cannot be fitted (separation, a column that
 * does not vary) keeps the reason and has no predictions; MODEL only when no fold can be.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_cross_validate(
    const mirti_survey_design *design, const mirti_model *model, const double *x, const double *y,
    const uint8_t *in, const int32_t *fold_of, int32_t folds, const mirti_validate_options *options,
    mirti_cross_validation **out, mirti_error *err);
MIRTI_API void mirti_cross_validation_free(mirti_cross_validation *cross);

/* ---------------------------------------------------------------------------------- larger areas -- */

/** A larger area (a state): what the survey says of it by itself, and what the model says. */
typedef struct mirti_area_check {
    char *code;
    char *name;                   ///< NULL until somebody knows it
    mirti_survey_estimate direct; ///< the survey's own estimate of the rate
    double modelled;          ///< weighted mean of the model's p over its children in the survey
    mirti_measure difference; ///< modelled − direct; error of the weighted mean of p − y
    double z;                 ///< difference / se; NaN when se is 0
    bool within;              ///< modelled lies in the interval of direct
    double left_out;          ///< modelled by the fit without this area; NaN where it failed
    double census, census_se; ///< rate predicted from the census, not benchmarked; NaN: no census
} mirti_area_check;

typedef struct mirti_area_checks {
    int32_t areas;
    mirti_area_check *area;  ///< [areas] by code, in byte order
    int32_t *area_of;        ///< [rows] index of the row's area; −1: none known, or outside `in`
    int32_t compared;        ///< areas whose direct estimate has an interval
    int32_t within;          ///< of these, with the modelled rate in it
    int32_t left_out_within; ///< of these, with the rate of the fit without the area in it
} mirti_area_checks;

/** `code` [rows] may hold NULLs. Areas without a child in the subpopulation are not there. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_area_checks_new(
    const mirti_survey_design *design, const double *p, const double *y, const uint8_t *in,
    char *const *code, double confidence, mirti_area_checks **out, mirti_error *err);
MIRTI_API void mirti_area_checks_free(mirti_area_checks *checks);

/* --------------------------------------------------------------------------------------- all -- */

/** Everything above of one fitted model. */
typedef struct mirti_validation {
    bool effects; ///< the model has effects of areas
    double confidence;
    uint64_t seed;
    mirti_survey_reach reach;
    mirti_survey_estimate rate; ///< of the outcome
    double *p; ///< [rows] the model's probabilities; NaN outside `in`. With effects, what the
               ///< child's area says of itself is in them, the child's own outcome with it
    mirti_auc auc;
    mirti_roc *roc;
    mirti_thresholds thresholds; ///< what flagging by `p` means
    mirti_brier brier;
    mirti_calibration calibration;
    mirti_goodness goodness;
    double *traits; ///< [rows] with effects, probabilities by traits alone: the mean over N(0, σ²),
                    ///< as in areas without a sample; else NULL, and the next three are not filled
    mirti_auc traits_auc;
    mirti_brier traits_brier;
    mirti_calibration traits_calibration;
    int terms;
    mirti_inflation *inflation;     ///< [terms]
    mirti_cross_validation *by_psu; ///< leaving PSUs out
    mirti_goodness by_psu_goodness; ///< groups of the out-of-sample probabilities
    mirti_roc *by_psu_roc; ///< of the out-of-sample probabilities; NULL when those are of one class
    mirti_thresholds by_psu_thresholds; ///< by them; empty when there is no curve
    mirti_cross_validation *by_area;    ///< leaving larger areas out; NULL with fewer than two
    mirti_area_checks *areas;           ///< NULL when the survey does not say where a child lives
} mirti_validation;

/** Validates `model` on the sample that it was fitted on; `area` [rows] (nullable) are codes of the
 * larger areas. Cancellable through the listener. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_validate(const mirti_survey_design *design,
                                                     const mirti_model *model, const double *x,
                                                     const double *y, const uint8_t *in,
                                                     char *const *area,
                                                     const mirti_validate_options *options,
                                                     mirti_validation **out, mirti_error *err);
MIRTI_API void mirti_validation_free(mirti_validation *validation);

/** The model's probability for one design row [p], by its link. */
MIRTI_API double mirti_model_probability(const mirti_logit *fit, const double *beta,
                                         const double *row);

#ifdef __cplusplus
}
#endif
#endif
