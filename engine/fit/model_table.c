/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of coefficients as people know it from their statistics package: estimate, odds ratio,
 * standard error, t, p and interval; below it tests of the terms, how it was estimated, the design
 * and the sample. */
#include "mirti/fit.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int widest_name(const mirti_terms *terms) {
    size_t widest = 0;
    for (int j = 0; j < terms->columns; j++) {
        if (strlen(terms->name[j]) > widest) widest = strlen(terms->name[j]);
    }
    return (int)widest;
}

/* A number, or a dash where there is none: without degrees of freedom p and intervals are unknown.
 */
static void add_number(mirti_text *out, int width, int decimals, double value) {
    if (isnan(value))
        mirti_text_printf(out, " %*s", width, "-");
    else
        mirti_text_printf(out, " %*.*f", width, decimals, value);
}

static void add_coefficients(const mirti_model *model, int width, double confidence,
                             mirti_text *out) {
    const mirti_logit *fit = model->logit;
    const char *ratio = mirti_link_ratio(fit->link);
    const int32_t df = fit->df_residual;
    const double quantile = mirti_survey_t_quantile(confidence, df);
    char of[40];
    snprintf(of, sizeof of, "interval of %s", ratio ? ratio : "coefficient");
    mirti_text_printf(out, "%-*s %10s", width, "", "coef.");
    if (ratio) mirti_text_printf(out, " %12s", ratio);
    mirti_text_printf(out, " %10s %8s %8s %24s\n", "std. err.", "t", "p", of);
    for (int j = 0; j < fit->columns; j++) {
        double beta = fit->beta[j];
        double se = sqrt(fit->covariance[j * fit->columns + j]);
        double t = beta / se, lo = beta - quantile * se, hi = beta + quantile * se;
        mirti_text_printf(out, "%-*s %10.5f", width, model->terms->name[j], beta);
        if (ratio) add_number(out, 12, 4, exp(beta));
        add_number(out, 10, 5, se);
        add_number(out, 8, 2, t);
        add_number(out, 8, 4, df > 0 ? 2 * gsl_cdf_tdist_Q(fabs(t), df) : (double)NAN);
        add_number(out, 12, 4, ratio ? exp(lo) : lo);
        mirti_text_puts(out, " –");
        add_number(out, 9, 4, ratio ? exp(hi) : hi);
        mirti_text_puts(out, "\n");
    }
}

static mirti_status add_tests(const mirti_model *model, int width, mirti_text *out,
                              mirti_error *err) {
    const mirti_terms *terms = model->terms;
    mirti_text_printf(out, "\n%-*s %10s %6s %8s\n", width, "Wald tests", "F", "df", "p");
    for (int t = 0; t < terms->terms; t++) {
        mirti_wald wald;
        mirti_text name = {0};
        MIRTI_TRY(mirti_model_wald(model, t, &wald, err));
        for (int f = 0; f < terms->term[t].order; f++)
            mirti_text_printf(&name, "%s%s", f > 0 ? ":" : "",
                              terms->predictor[terms->term[t].predictor[f]].name);
        mirti_text_printf(out, "%-*s", width, name.data ? name.data : "");
        add_number(out, 10, 3, wald.f);
        mirti_text_printf(out, " %6d", wald.q);
        add_number(out, 8, 4, wald.p);
        mirti_text_puts(out, "\n");
        mirti_text_reset(&name);
    }
    return MIRTI_OK;
}

/* Link, penalty and variance, in one line. */
static void add_method(const mirti_logit *fit, mirti_text *out) {
    mirti_text_printf(out, "\n%s", mirti_link_name(fit->link));
    if (fit->penalty == MIRTI_PENALTY_FIRTH) mirti_text_puts(out, ", Firth's penalty");
    if (fit->penalty == MIRTI_PENALTY_RIDGE) mirti_text_printf(out, ", ridge %g", fit->ridge);
    if (fit->variance == MIRTI_VARIANCE_LINEARISED)
        mirti_text_puts(out, "; linearised standard errors\n");
    else
        mirti_text_printf(out, "; standard errors from %d replicates (%s)\n", (int)fit->replicates,
                          mirti_variance_name(fit->variance));
}

mirti_status mirti_model_table(const mirti_model *model, double confidence, mirti_text *out,
                               mirti_error *err) {
    const mirti_logit *fit = model->logit;
    const int width = widest_name(model->terms);
    add_coefficients(model, width, confidence, out);
    MIRTI_TRY(add_tests(model, width, out, err));
    add_method(fit, out);
    mirti_text_printf(
        out,
        "%lld children, sum of weights %.0f; %d strata (%d with one PSU), %d PSUs, %d "
        "degrees of freedom\nrate in the survey %.2f %% (se %.2f); %d Newton steps\n",
        (long long)fit->rows, fit->sum_weights, (int)fit->strata, (int)fit->lonely_strata,
        (int)fit->psus, (int)fit->df, 100 * model->mean.value, 100 * model->mean.se,
        fit->iterations);
    return out->failed ? mirti_fail_memory(err, "the table of coefficients") : MIRTI_OK;
}
