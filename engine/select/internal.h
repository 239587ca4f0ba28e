/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the select room share: the search for a model, and how a model is judged. */
#ifndef MIRTI_SELECT_INTERNAL_H
#define MIRTI_SELECT_INTERNAL_H

#include "penalised.h"

/* As mirti_lasso_fit, on rows gathered already. */
mirti_status mirti_lasso_path(const mirti_patterns *patterns, const int *group, int groups,
                              const uint8_t *free, const mirti_lasso_options *options,
                              mirti_lasso **out, mirti_error *err);

/* USAGE unless every part of the cross-validation has rows and every PSU a part. */
mirti_status mirti_select_check_folds(const mirti_patterns *patterns, mirti_error *err);

/* Mean of value[k · stride] over folds, weighted, and its standard error as in cv.glmnet. */
void mirti_select_over_folds(const double *value, const double *weight, int folds, size_t stride,
                             double *mean, double *se);

typedef struct mirti_search {
    const mirti_select_data *data;
    const mirti_terms *terms;
    mirti_select_options options; /* defaults filled in */
    mirti_patterns patterns;
    mirti_choice *choice;
    bool *in; /* [terms] the model at hand */
} mirti_search;

/* Whether term a is a lower-order part of term b: its predictors are some of b's. */
bool mirti_search_is_part(const mirti_search *search, int a, int b);
/* Adds to `in` the lower-order parts of its terms that were not set aside; marks them in `brought`
 * (nullable). */
void mirti_search_close(const mirti_search *search, bool *in, bool *brought);

/* The columns of a model, with the intercept; returns how many. `column` [columns of the data]. */
int mirti_search_columns(const mirti_search *search, const bool *in, int *column);

/* A model of some of the data's columns, with a copy of them. */
typedef struct mirti_submodel {
    int columns;
    int *column; /* [columns] */
    char **name; /* [columns] borrowed */
    double *x;   /* [rows × columns] */
    mirti_logit *fit;
} mirti_submodel;
mirti_status mirti_submodel_fit(const mirti_search *search, const bool *in, int threads,
                                mirti_submodel *out, mirti_error *err);
void mirti_submodel_reset(mirti_submodel *model);

/* dAIC or cross-validated deviance of a model, by the criterion asked for. MODEL: it cannot be
 * fitted. */
mirti_status mirti_search_judge(const mirti_search *search, const bool *in, double *value,
                                double *se, mirti_error *err);
/* Wald's test of a term in a fitted model. */
mirti_status mirti_search_wald(const mirti_search *search, const mirti_submodel *model, int term,
                               mirti_wald *out, mirti_error *err);

/* Steps until none is good enough; search->in is where it begins and ends. */
mirti_status mirti_search_stepwise(mirti_search *search, mirti_error *err);

/* MIRTI_OK with a copy of the message in *problem where `status` is MIRTI_ERROR_MODEL; else
 * `status` itself. */
mirti_status mirti_search_problem(mirti_status status, const mirti_error *trouble, char **problem,
                                  mirti_error *err);

#endif
