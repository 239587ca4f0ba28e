/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of coefficients as people know it from their statistics package: estimate, odds ratio,
 * standard error, t, p and interval; below it tests of the terms, how it was estimated, the design
 * and the sample. Variables are called as in the model file; all else is in the reader's language.
 */
#include "mirti/fit.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct wording {
    const char *coefficient, *odds, *hazard, *error,
        *interval[3]; ///< of the coefficient, of either
    const char *tests, *df, *firth, *ridge, *linearised, *replicates, *sample;
} wording;

static const wording words[2] = {
    {.coefficient = "coef.",
     .odds = "odds ratio",
     .hazard = "hazard ratio",
     .error = "std. err.",
     .interval = {"interval of coefficient", "interval of odds ratio", "interval of hazard ratio"},
     .tests = "Wald tests",
     .df = "df",
     .firth = ", Firth's penalty",
     .ridge = ", ridge %g",
     .linearised = "; linearised standard errors\n",
     .replicates = "; standard errors from %d replicates (%s)\n",
     .sample = "%lld children, sum of weights %.0f; %d strata (%d with one PSU), %d PSUs, %d "
               "degrees of freedom\nrate in the survey %.2f %% (se %.2f); %d Newton steps\n"},
    {.coefficient = "coef.",
     .odds = "razón de momios",
     .hazard = "razón de tasas",
     .error = "error est.",
     .interval = {"intervalo del coeficiente", "intervalo de la razón", "intervalo de la razón"},
     .tests = "Pruebas de Wald",
     .df = "gl",
     .firth = ", penalización de Firth",
     .ridge = ", penalización ridge de %g",
     .linearised = "; errores estándar linealizados\n",
     .replicates = "; errores estándar de %d réplicas (%s)\n",
     .sample = "%lld niñas, niños y adolescentes, suma de factores de expansión %.0f; %d estratos "
               "(%d con una UPM), %d UPM, %d grados de libertad\ntasa en la encuesta %.2f %% "
               "(e.e. %.2f); %d pasos de Newton\n"},
};

static int letters_of(const char *text) {
    return (int)mirti_utf8_length(mirti_str_of(text));
}

/* printf pads by bytes; people see letters. */
static void add_text(mirti_text *out, int width, const char *text) {
    int letters = letters_of(text);
    mirti_text_printf(out, " %*s%s", width > letters ? width - letters : 0, "", text);
}

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

/* Names of the columns; returns the width of the ratio's. Of a link without one there is none. */
static int add_head(const wording *w, mirti_link link, int width, mirti_text *out) {
    const char *ratio = link == MIRTI_LINK_CLOGLOG ? w->hazard : w->odds;
    const int odds = mirti_link_ratio(link) ? 1 + (link == MIRTI_LINK_CLOGLOG) : 0;
    int wide = letters_of(ratio) > 12 ? letters_of(ratio) : 12;
    mirti_text_printf(out, "%-*s", width, "");
    add_text(out, 10, w->coefficient);
    if (odds > 0) add_text(out, wide, ratio);
    add_text(out, 10, w->error);
    add_text(out, 8, "t");
    add_text(out, 8, "p");
    add_text(out, 24, w->interval[odds]);
    mirti_text_puts(out, "\n");
    return wide;
}

static void add_coefficients(const mirti_model *model, const wording *w, int width,
                             double confidence, mirti_text *out) {
    const mirti_logit *fit = model->logit;
    const bool ratio = mirti_link_ratio(fit->link) != NULL;
    const int32_t df = fit->df_residual;
    const double quantile = mirti_survey_t_quantile(confidence, df);
    const int wide = add_head(w, fit->link, width, out);
    for (int j = 0; j < fit->columns; j++) {
        double beta = fit->beta[j];
        double se = sqrt(fit->covariance[j * fit->columns + j]);
        double t = beta / se, lo = beta - quantile * se, hi = beta + quantile * se;
        mirti_text_printf(out, "%-*s %10.5f", width, model->terms->name[j], beta);
        if (ratio) add_number(out, wide, 4, exp(beta));
        add_number(out, 10, 5, se);
        add_number(out, 8, 2, t);
        add_number(out, 8, 4, df > 0 ? 2 * gsl_cdf_tdist_Q(fabs(t), df) : (double)NAN);
        add_number(out, 12, 4, ratio ? exp(lo) : lo);
        mirti_text_puts(out, " –");
        add_number(out, 9, 4, ratio ? exp(hi) : hi);
        mirti_text_puts(out, "\n");
    }
}

static mirti_status add_tests(const mirti_model *model, const wording *w, int width,
                              mirti_text *out, mirti_error *err) {
    const mirti_terms *terms = model->terms;
    mirti_text_printf(out, "\n%-*s %10s %6s %8s\n", width, w->tests, "F", w->df, "p");
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
static void add_method(const mirti_logit *fit, const wording *w, mirti_text *out) {
    mirti_text_printf(out, "\n%s", mirti_link_name(fit->link));
    if (fit->penalty == MIRTI_PENALTY_FIRTH) mirti_text_puts(out, w->firth);
    if (fit->penalty == MIRTI_PENALTY_RIDGE) mirti_text_printf(out, w->ridge, fit->ridge);
    if (fit->variance == MIRTI_VARIANCE_LINEARISED)
        mirti_text_puts(out, w->linearised);
    else
        mirti_text_printf(out, w->replicates, (int)fit->replicates,
                          mirti_variance_name(fit->variance));
}

mirti_status mirti_model_table(const mirti_model *model, double confidence, const char *language,
                               mirti_text *out, mirti_error *err) {
    const wording *w = &words[mirti_language_is_spanish(language)];
    const mirti_logit *fit = model->logit;
    int width = widest_name(model->terms), tests = (int)strlen(w->tests);
    if (width < tests) width = tests;
    add_coefficients(model, w, width, confidence, out);
    MIRTI_TRY(add_tests(model, w, width, out, err));
    add_method(fit, w, out);
    mirti_text_printf(out, w->sample, (long long)fit->rows, fit->sum_weights, (int)fit->strata,
                      (int)fit->lonely_strata, (int)fit->psus, (int)fit->df,
                      100 * model->mean.value, 100 * model->mean.se, fit->iterations);
    return out->failed ? mirti_fail_memory(err, "the table of coefficients") : MIRTI_OK;
}
