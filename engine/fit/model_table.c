/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of coefficients as people know it from their statistics package: estimate, odds ratio,
 * standard error, t, p and interval; below it the design and the sample. */
#include "mirti/fit.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

static size_t widest_name(const mirti_terms *terms) {
    size_t widest = 0;
    for (int j = 0; j < terms->columns; j++) {
        if (strlen(terms->name[j]) > widest) widest = strlen(terms->name[j]);
    }
    return widest;
}

mirti_status mirti_model_table(const mirti_model *model, double confidence, mirti_text *out,
                               mirti_error *err) {
    const mirti_logit *fit = model->logit;
    const int width = (int)widest_name(model->terms);
    const double df = fit->df_residual > 0 ? fit->df_residual : 1;
    const double quantile = gsl_cdf_tdist_Pinv(0.5 + confidence / 2, df);
    mirti_text_printf(out, "%-*s %10s %10s %10s %8s %8s %22s\n", width, "", "coef.", "odds ratio",
                      "std. err.", "t", "p", "interval of odds ratio");
    for (int j = 0; j < fit->columns; j++) {
        double beta = fit->beta[j];
        double se = sqrt(fit->covariance[j * fit->columns + j]);
        double t = beta / se;
        double p = 2 * gsl_cdf_tdist_Q(fabs(t), df);
        mirti_text_printf(out, "%-*s %10.5f %10.4f %10.5f %8.2f %8.4f %10.4f – %9.4f\n", width,
                          model->terms->name[j], beta, exp(beta), se, t, p,
                          exp(beta - quantile * se), exp(beta + quantile * se));
    }
    mirti_text_printf(
        out,
        "\n%lld children, sum of weights %.0f; %d strata (%d with one PSU), %d PSUs, %d "
        "degrees of freedom\nrate in the survey %.2f %% (se %.2f); %d Newton steps\n",
        (long long)fit->rows, fit->sum_weights, (int)fit->strata, (int)fit->lonely_strata,
        (int)fit->psus, (int)fit->df, 100 * model->mean.value, 100 * model->mean.se,
        fit->iterations);
    return out->failed ? mirti_fail_memory(err, "the table of coefficients") : MIRTI_OK;
}
