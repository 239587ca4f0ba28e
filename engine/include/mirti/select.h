/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file select.h
 * Choosing predictors, with the choice written down: stepwise search and a lasso path over the
 * terms of a model, judged by Wald tests, by the design-based AIC, or by cross-validation that
 * leaves out whole PSUs.
 *
 * A choice made by looking at the data makes the tests and intervals of the chosen model too sure
 * of themselves: they are those of a model that had been fixed beforehand. Nothing here repairs
 * that; all that prints a choice says so.
 */
#ifndef MIRTI_SELECT_H
#define MIRTI_SELECT_H

#include "mirti/base.h"
#include "mirti/fit.h"
#include "mirti/survey.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A recoded survey, and how its PSUs are dealt to the parts of a cross-validation. */
typedef struct mirti_select_data {
    const mirti_survey_design *design;
    const double *x;   ///< [rows × columns] row-major; column 0 is the intercept, 1 in every row
    int columns;       ///< p
    const double *y;   ///< [rows] 0 or 1
    const uint8_t *in; ///< [rows] the subpopulation; NULL: all. Other rows are not read
    char *const *name; ///< [columns] for messages
    /** [PSUs of the design] 0 .. folds−1: the part with which a PSU is left out; negative: none.
     * As mirti_survey_folds gives it. NULL: no cross-validation. */
    const int32_t *fold;
    int folds;
} mirti_select_data;

/* -------------------------------------------------------------------------------- lasso path -- */

typedef struct mirti_lasso_options {
    int lambdas;                    ///< points of the path; 0: 100
    double ratio;                   ///< smallest λ as a share of the largest; 0: 1e-4
    const double *lambda;           ///< [lambdas] decreasing, > 0, in place of those two; nullable
    int threads;                    ///< 0: as many as there are processors
    const mirti_listener *listener; ///< nullable
} mirti_lasso_options;

/** The solutions of a group lasso along λ, and how well each predicts PSUs that it has not seen. */
typedef struct mirti_lasso {
    int columns, groups, lambdas;
    double *lambda;    ///< [lambdas] decreasing. Of the first of a path of its own nothing is in
    double *beta;      ///< [lambdas × columns] coefficients of the columns as given
    uint8_t *active;   ///< [lambdas × groups] whether the group has a coefficient that is not zero
    double *deviance;  ///< [lambdas] −2 Σ w log L / Σ w in the sample
    double *group_df;  ///< [groups] d, columns that tell something of their own; 0: it is constant
    double lambda_max; ///< smallest λ at which no penalised group is in
    double *kkt; ///< [lambdas] by how much the conditions of the minimum are missed, over λ_max
    /* Cross-validation; NULL and −1 without folds. */
    double *cv_deviance; ///< [lambdas] the same of rows left out, weighted over folds
    double *cv_se;       ///< [lambdas] standard error over folds
    int best;            ///< smallest cv_deviance
    int sparse;          ///< largest λ whose cv_deviance is within one cv_se of the best
} mirti_lasso;

/**
 * Minimises, for every λ of a path,
 *
 *     −Σ w_i log L_i(β) / Σ w_i  +  λ Σ_g √d_g (β_gᵀ S_g β_g)^½
 *
 * over β, with S_g the weighted covariance matrix of the columns of group g: columns are
 * standardised by their weighted standard deviation and made orthonormal within the group (Simon
 * and Tibshirani 2012), so that it does not matter which level of a category is the reference. What
 * is penalised is the weighted standard deviation of what the group adds to the linear predictor.
 * With one column in each group it is the ordinary lasso, and λ is that of R's glmnet.
 *
 * `group` [columns] is a column's group, 0 .. groups−1, or negative for a column that is left out;
 * column 0, the intercept, is always in, and its entry is not read. `free` [groups] (nullable)
 * marks groups that are not penalised. Cross-validation fits every path without one fold,
 * standardising anew, on the λ of the whole sample, and takes the deviance of the rows left out
 * (Iparragirre, Lumley, Barrio and Arostegui 2023); its standard error is over folds, as in
 * cv.glmnet.
 *
 * Identical design rows are gathered first. Proximal Newton steps by block coordinate descent,
 * until the conditions of the minimum hold to 1e-9 of λ_max, in folds to 1e-7. Paths of folds run
 * side by side; the same bits for any number of threads.
 *
 * Errors: INPUT for an outcome that is not 0/1 or a value that is not finite (row and column),
 * MODEL for an outcome that does not vary or free groups without a finite estimate, USAGE for
 * options and groups that make no sense, CANCELLED. Oracles: R glmnet and cv.glmnet (coefficients
 * to 1e-6); the conditions of the minimum by plain sums (tests/unit/select_lasso.c).
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_lasso_fit(const mirti_select_data *data,
                                                      const int *group, int groups,
                                                      const uint8_t *free,
                                                      const mirti_lasso_options *options,
                                                      mirti_lasso **out, mirti_error *err);
MIRTI_API void mirti_lasso_free(mirti_lasso *lasso);

/* ------------------------------------------------------------------------------ choice of terms -- */

typedef enum mirti_select_method {
    MIRTI_SELECT_LASSO,
    MIRTI_SELECT_FORWARD,  ///< begin with nothing, add one term at a time
    MIRTI_SELECT_BACKWARD, ///< begin with everything, leave out one at a time
    MIRTI_SELECT_BOTH      ///< begin with nothing; a term that came in may leave again
} mirti_select_method;

typedef enum mirti_select_criterion {
    MIRTI_SELECT_P,    ///< design-based Wald F test of the term (mirti_logit_wald)
    MIRTI_SELECT_DAIC, ///< deviance + 2 tr(A V), Lumley and Scott 2015
    MIRTI_SELECT_CV    ///< deviance of PSUs left out
} mirti_select_criterion;

typedef struct mirti_select_options {
    mirti_select_method method;
    mirti_select_criterion criterion; ///< of stepwise methods; the lasso is always judged by CV
    double p_enter;                   ///< a term enters with p below it; 0: 0.05
    double p_remove;                  ///< and leaves with p above it; 0: 0.10. Not below p_enter
    bool best;        ///< lasso: take λ of the smallest deviance instead of the sparser one within
                      ///< one standard error of it
    const bool *keep; ///< [terms] always in; NULL: none
    mirti_lasso_options lasso; ///< threads and listener are those of all methods
} mirti_select_options;

/** A term that was tried in a step. */
typedef struct mirti_select_trial {
    int term;
    bool add;      ///< else: leave out
    double f;      ///< Wald's F, by criterion P; else NaN
    double p;      ///< its p value
    int df;        ///< coefficients of the term
    double value;  ///< criterion of the model that comes out (dAIC, deviance); NaN by criterion P
    double se;     ///< standard error of `value` over folds, by criterion CV; else NaN
    char *problem; ///< why the model cannot be fitted; NULL: it can
} mirti_select_trial;

typedef struct mirti_select_step {
    double value; ///< criterion of the model before the step; NaN by criterion P
    int trials;
    mirti_select_trial *trial; ///< [trials]
    int chosen;                ///< trial that was carried out, −1: none was good enough
} mirti_select_step;

/** How a choice was made and what was chosen; owns all it holds. */
typedef struct mirti_choice {
    mirti_select_method method;
    mirti_select_criterion criterion;
    double p_enter, p_remove;
    bool best;
    int folds;
    int terms;
    char **term;      ///< [terms] as written in a model file: "age", "age:sex"
    bool *keep;       ///< [terms]
    char **set_aside; ///< [terms] why a term was never a candidate; NULL: it was
    int steps;
    mirti_select_step *step; ///< [steps] stepwise
    mirti_lasso *lasso;      ///< its groups are the terms; NULL for stepwise
    int at;                  ///< index of the chosen λ
    bool *chosen;            ///< [terms]
    bool *brought;           ///< [terms] chosen only since an interaction needs it
    int columns;             ///< of the chosen terms, with the intercept
    int *column;             ///< [columns] their indices in the data
    char **name;             ///< [columns]
    int *column_term;        ///< [columns] term; −1 for the intercept
    mirti_logit *fit;        ///< the chosen terms, unpenalised, linearised variance; NULL: see next
    char *fit_problem;       ///< why the chosen terms cannot be fitted together
} mirti_choice;

/**
 * Chooses among the terms of a model. The columns of a category enter and leave together, and an
 * interaction is in a model only with those of its lower-order terms that the model has
 * (marginality; the lasso, which knows no such order, gets them added afterwards). Terms that
 * cannot be fitted even beside the kept ones alone – constant columns, separation – are set aside,
 * with the reason; so are, when everything is to be the beginning, terms that cannot be told apart
 * from those before them. The data's columns are those of `terms`.
 *
 * Criterion P: forward, the term with the smallest p enters while it is below p_enter; backward,
 * the one with the largest leaves while it is above p_remove. DAIC and CV: the change that lowers
 * the criterion most is made while there is one. Ties go to the term that is written first.
 *
 * Standard errors of `fit` are those of a model fixed beforehand: they ignore the choice. MODEL if
 * the kept terms themselves cannot be fitted; otherwise errors are as in mirti_lasso_fit. Oracles:
 * R survey regTermTest and AIC on svyglm, glmnet (tests/oracle/select.R).
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_select(const mirti_select_data *data,
                                                   const mirti_terms *terms,
                                                   const mirti_select_options *options,
                                                   mirti_choice **out, mirti_error *err);
MIRTI_API void mirti_choice_free(mirti_choice *choice);

/** dAIC = deviance + 2 tr(A V) of a logit on the data it was fitted on: A the information of
 * weights scaled to mean 1, V the linearised covariance, both without the intercept (Lumley and
 * Scott 2015). `effective` (nullable) receives the trace, the effective number of coefficients.
 * Oracle: R survey AIC. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_logit_daic(const mirti_logit *fit,
                                                       const mirti_survey_design *design,
                                                       const double *x, const uint8_t *in,
                                                       double *daic, double *effective,
                                                       mirti_error *err);

/** What was tried and what was chosen, for people in their language: steps or path, what became of
 * each term, and the line `terms:` for a model file. The table of coefficients is
 * mirti_model_table's. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_choice_table(const mirti_choice *choice,
                                                         const char *language, mirti_text *out,
                                                         mirti_error *err);
/** The same and more as members of an open JSON object (docs/selection.md). */
MIRTI_API void mirti_choice_to_json(const mirti_choice *choice, mirti_json *json);

#ifdef __cplusplus
}
#endif
#endif
