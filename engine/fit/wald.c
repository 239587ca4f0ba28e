/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Wald tests of several coefficients at once: is all that a term adds to the model noise? F with
 * the design's degrees of freedom. Oracle: R survey::regTermTest(method = "Wald").
 */
#include "mirti/fit.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "linear.h"

mirti_status mirti_logit_wald(const mirti_logit *fit, const bool *chosen, mirti_wald *out,
                              mirti_error *err) {
    size_t p = (size_t)fit->columns, q = 0;
    for (size_t j = 0; j < p; j++)
        q += chosen[j];
    if (q == 0)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a Wald test needs a coefficient to test");
    double *v = mirti_new(q * q + 2 * q, sizeof *v);
    if (!v) return mirti_fail_memory(err, "a Wald test");
    double *b = v + q * q, *solved = b + q;
    for (size_t i = 0, a = 0; i < p; i++) {
        if (!chosen[i]) continue;
        b[a] = solved[a] = fit->beta[i];
        for (size_t j = 0, c = 0; j < p; j++)
            if (chosen[j]) v[a * q + c++] = fit->covariance[i * p + j];
        a++;
    }
    *out = (mirti_wald){.f = (double)NAN, .q = (int)q, .df = fit->df_residual, .p = (double)NAN};
    if (mirti_fit_cholesky(v, (int)q, 1e-14) < 0) {
        mirti_fit_cholesky_solve(v, (int)q, solved);
        double sum = 0;
        for (size_t i = 0; i < q; i++)
            sum += b[i] * solved[i];
        out->f = sum / (double)q;
        if (fit->df_residual > 0)
            out->p = gsl_cdf_fdist_Q(out->f, (double)q, (double)fit->df_residual);
    }
    mirti_free(v);
    return MIRTI_OK;
}

mirti_status mirti_model_wald(const mirti_model *model, int term, mirti_wald *out,
                              mirti_error *err) {
    const mirti_terms *terms = model->terms;
    bool *chosen = mirti_new((size_t)terms->columns, sizeof *chosen);
    if (!chosen) return mirti_fail_memory(err, "a Wald test");
    for (int j = 0; j < terms->columns; j++)
        chosen[j] = terms->term_of[j] == term;
    mirti_status status = mirti_logit_wald(model->logit, chosen, out, err);
    mirti_free(chosen);
    return status;
}
