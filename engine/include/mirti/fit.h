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

/** A fitted design-weighted logit. */
typedef struct mirti_logit {
    int columns;        ///< p
    double *beta;       ///< [p]
    double *covariance; ///< [p × p] linearised
    int64_t rows;       ///< rows used
    double sum_weights;
    int32_t strata, psus;  ///< with a member of the subpopulation
    int32_t lonely_strata; ///< of the whole design
    int32_t df;            ///< PSUs − strata with a member, as R's degf of a subset
    int32_t df_residual;   ///< df − (p − 1): of the t tests of coefficients, as in svyglm
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

/**
 * Fits the logit on a recoded survey and puts together what prediction needs. `x` [rows × p], `y`
 * 0/1 and `in` (the rows with everything known) go with the rows of `design`. The model gets its
 * own copies.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_model_fit(const mirti_model_spec *spec,
                                                      const mirti_source_block *survey,
                                                      const mirti_survey_design *design,
                                                      const double *x, const double *y,
                                                      const uint8_t *in, mirti_model **out,
                                                      mirti_error *err);
MIRTI_API void mirti_model_free(mirti_model *model);
/** Writes JSON (stable key order, shortest round-trip numbers) to a text. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_model_to_json(const mirti_model *model, mirti_text *out,
                                                          mirti_error *err);
/** The table of coefficients as people know it: estimate, odds ratio, standard error, t, p and the
 * interval of the odds ratio at `confidence`; below it the design and the sample. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_model_table(const mirti_model *model, double confidence,
                                                        mirti_text *out, mirti_error *err);
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
