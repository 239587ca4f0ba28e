/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A choice as JSON: everything that was tried, with its numbers, and what was chosen.
 * docs/selection.md describes every member. */
#include <math.h>
#include <string.h>

#include "mirti/select.h"

static void write_terms(const mirti_choice *choice, mirti_json *json) {
    mirti_json_array(json, "candidates");
    for (int t = 0; t < choice->terms; t++) {
        mirti_json_object(json, NULL);
        mirti_json_string(json, "term", choice->term[t]);
        mirti_json_boolean(json, "kept", choice->keep[t]);
        mirti_json_boolean(json, "chosen", choice->chosen[t]);
        mirti_json_boolean(json, "brought", choice->brought[t]);
        mirti_json_string(json, "set_aside", choice->set_aside[t]);
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

static void write_trial(const mirti_choice *choice, const mirti_select_trial *trial, bool chosen,
                        mirti_json *json) {
    mirti_json_object(json, NULL);
    mirti_json_string(json, "term", choice->term[trial->term]);
    mirti_json_string(json, "move", trial->add ? "add" : "drop");
    mirti_json_integer(json, "df", trial->df);
    if (choice->criterion == MIRTI_SELECT_P) {
        mirti_json_number(json, "f", trial->f);
        mirti_json_number(json, "p", trial->p);
    } else {
        mirti_json_number(json, "value", trial->value);
        if (choice->criterion == MIRTI_SELECT_CV) mirti_json_number(json, "se", trial->se);
    }
    mirti_json_boolean(json, "taken", chosen);
    mirti_json_string(json, "problem", trial->problem);
    mirti_json_end(json);
}

static void write_steps(const mirti_choice *choice, mirti_json *json) {
    mirti_json_array(json, "steps");
    for (int s = 0; s < choice->steps; s++) {
        const mirti_select_step *step = &choice->step[s];
        mirti_json_object(json, NULL);
        if (choice->criterion != MIRTI_SELECT_P) mirti_json_number(json, "before", step->value);
        mirti_json_array(json, "tried");
        for (int k = 0; k < step->trials; k++)
            write_trial(choice, &step->trial[k], k == step->chosen, json);
        mirti_json_end(json);
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

static void write_point(const mirti_choice *choice, int l, mirti_json *json) {
    const mirti_lasso *lasso = choice->lasso;
    mirti_json_object(json, NULL);
    mirti_json_number(json, "lambda", lasso->lambda[l]);
    mirti_json_number(json, "deviance", lasso->deviance[l]);
    mirti_json_number(json, "left_out", lasso->cv_deviance[l]);
    mirti_json_number(json, "left_out_se", lasso->cv_se[l]);
    mirti_json_number(json, "kkt", lasso->kkt[l]);
    mirti_json_array(json, "terms");
    for (int t = 0; t < choice->terms; t++)
        if (lasso->active[(size_t)l * (size_t)choice->terms + (size_t)t])
            mirti_json_string(json, NULL, choice->term[t]);
    mirti_json_end(json);
    mirti_json_numbers(json, "beta", lasso->beta + (size_t)l * (size_t)lasso->columns,
                       lasso->columns);
    mirti_json_end(json);
}

static void write_path(const mirti_choice *choice, mirti_json *json) {
    const mirti_lasso *lasso = choice->lasso;
    mirti_json_number(json, "lambda", lasso->lambda[choice->at]);
    mirti_json_number(json, "lambda_smallest", lasso->lambda[lasso->best]);
    mirti_json_number(json, "lambda_within_se", lasso->lambda[lasso->sparse]);
    mirti_json_number(json, "lambda_max", lasso->lambda_max);
    mirti_json_array(json, "path");
    for (int l = 0; l < lasso->lambdas; l++)
        write_point(choice, l, json);
    mirti_json_end(json);
}

static void write_fit(const mirti_choice *choice, mirti_json *json) {
    const mirti_logit *fit = choice->fit;
    mirti_json_object(json, "fit");
    mirti_json_integer(json, "rows", fit->rows);
    mirti_json_integer(json, "strata", fit->strata);
    mirti_json_integer(json, "psus", fit->psus);
    mirti_json_integer(json, "df_residual", fit->df_residual);
    mirti_json_number(json, "deviance", fit->deviance);
    mirti_json_number(json, "null_deviance", fit->null_deviance);
    mirti_json_array(json, "coefficients");
    for (int k = 0; k < choice->columns; k++) {
        size_t at = (size_t)k * (size_t)choice->columns + (size_t)k;
        mirti_json_object(json, NULL);
        mirti_json_string(json, "name", choice->name[k]);
        mirti_json_number(json, "estimate", fit->beta[k]);
        mirti_json_number(json, "se", sqrt(fit->covariance[at]));
        mirti_json_end(json);
    }
    mirti_json_end(json);
    mirti_json_end(json);
}

void mirti_choice_to_json(const mirti_choice *choice, mirti_json *json) {
    static const char *const methods[] = {"lasso", "forward", "backward", "both"};
    static const char *const criteria[] = {"p", "daic", "cv"};
    bool stepwise = choice->method != MIRTI_SELECT_LASSO;
    mirti_json_string(json, "method", methods[choice->method]);
    mirti_json_string(json, "criterion", criteria[choice->criterion]);
    if (choice->criterion == MIRTI_SELECT_CV) mirti_json_integer(json, "folds", choice->folds);
    if (stepwise && choice->criterion == MIRTI_SELECT_P) {
        mirti_json_number(json, "p_enter", choice->p_enter);
        mirti_json_number(json, "p_remove", choice->p_remove);
    }
    if (!stepwise) mirti_json_string(json, "lambda_rule", choice->best ? "min" : "1se");
    mirti_json_array(json, "terms");
    for (int t = 0; t < choice->terms; t++)
        if (choice->chosen[t]) mirti_json_string(json, NULL, choice->term[t]);
    mirti_json_end(json);
    write_terms(choice, json);
    if (stepwise) write_steps(choice, json);
    if (choice->lasso) write_path(choice, json);
    mirti_json_string(json, "fit_problem", choice->fit_problem);
    mirti_json_string(json, "caution",
                      "standard errors take the terms as given; they ignore the choice");
    if (choice->fit) write_fit(choice, json);
}
