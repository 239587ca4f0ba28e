/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engine as a library: a survey design, a direct estimate and a design-weighted logit, printed.
 * oracle.R makes the same numbers with R's package survey. See CMakeLists.txt for how to link.
 */
#include "children.h"

#include <mirti/base.h>
#include <mirti/fit.h>
#include <mirti/survey.h>

#include <math.h>
#include <stdio.h>

enum { ROWS = sizeof children / sizeof children[0], COLUMNS = 3 };

static mirti_status estimate(mirti_error *err) {
    double weight[ROWS], outcome[ROWS], x[ROWS * COLUMNS];
    mirti_str stratum[ROWS], psu[ROWS];
    for (int i = 0; i < ROWS; i++) {
        weight[i] = children[i].weight;
        stratum[i] = mirti_str_of(children[i].stratum);
        psu[i] = mirti_str_of(children[i].psu);
        outcome[i] = children[i].working;
        x[COLUMNS * i] = 1;
        x[COLUMNS * i + 1] = children[i].age;
        x[COLUMNS * i + 2] = children[i].farm;
    }
    char *const name[COLUMNS] = {"(intercept)", "age", "farm"};

    mirti_survey_design *design = NULL;
    mirti_logit *fit = NULL;
    mirti_survey_estimate rate;
    mirti_status status = mirti_survey_design_new(ROWS, weight, stratum, psu, true, NULL,
                                                  MIRTI_LONELY_FAIL, &design, err);
    if (status == MIRTI_OK) status = mirti_survey_mean(design, outcome, NULL, 0.95, &rate, err);
    if (status == MIRTI_OK)
        status = mirti_logit_fit(design, x, COLUMNS, outcome, NULL, name, &fit, err);
    if (status == MIRTI_OK) {
        printf("working: %.1f %% (standard error %.1f)\n", 100 * rate.value, 100 * rate.se);
        for (int j = 0; j < COLUMNS; j++)
            printf("%-12s %9.6f %9.6f\n", name[j], fit->beta[j],
                   sqrt(fit->covariance[j * COLUMNS + j]));
    }
    mirti_logit_free(fit);
    mirti_survey_design_free(design);
    return status;
}

int main(void) {
    mirti_error err = {0};
    mirti_status status = estimate(&err);
    if (status != MIRTI_OK) {
        char text[2048];
        mirti_error_format(&err, text, sizeof text);
        fprintf(stderr, "%s\n", text);
    }
    return mirti_status_exit(status);
}
