/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Up the likelihood of a mixed logit: the quasi-Newton search of ascent.h, started with a good
 * guess of the information matrix, so that it needs a dozen evaluations. */
#include "mixed_search.h"

#include <math.h>
#include <string.h>

#include "linear.h"

enum { MOST_STEPS = 300 };

static const double most_sigma = 30; /* on the logit scale: beyond it areas are all or nothing */

static mirti_status value_and_gradient(void *context, const double *at, double *gradient,
                                       double *value, mirti_error *err) {
    const mirti_mixed_search *s = context;
    mirti_mixed_out out = s->out;
    out.gradient = gradient;
    return mirti_mixed_evaluate(s->data, at, &out, value, err);
}

mirti_status mirti_mixed_search_open(mirti_mixed_search *s, mirti_mixed_data *data,
                                     const mirti_listener *listener, mirti_error *err) {
    size_t k = (size_t)data->p + 1;
    *s = (mirti_mixed_search){.data = data, .listener = listener};
    s->information = mirti_new(2 * k * k, sizeof *s->information);
    if (!s->information) return mirti_fail_memory(err, "the search for the mixed logit");
    s->work = s->information + k * k;
    return mirti_ascent_open(&s->a, value_and_gradient, s, k, err);
}

void mirti_mixed_search_reset(mirti_mixed_search *s) {
    mirti_free(s->information);
    mirti_ascent_reset(&s->a);
}

mirti_status mirti_mixed_search_prepare(mirti_mixed_search *s, mirti_error *err) {
    mirti_mixed_out out = {.gradient = s->a.gradient, .information = s->information};
    MIRTI_TRY(mirti_mixed_evaluate(s->data, s->a.at, &out, &s->a.value, err));
    size_t k = s->a.size, f = s->a.free;
    for (size_t i = 0; i < f; i++)
        memcpy(s->work + i * f, s->information + i * k, f * sizeof *s->work);
    for (size_t i = 0; i < f; i++) /* a floor for what the data say next to nothing of */
        s->work[i * f + i] += 1e-9 * s->information[0] + 1e-12;
    if (mirti_fit_cholesky(s->work, (int)f, 0) >= 0)
        return mirti_fail(err, MIRTI_ERROR_MODEL,
                          "the data do not determine the coefficients of the mixed logit");
    mirti_fit_cholesky_inverse(s->work, (int)f, s->a.inverse);
    return MIRTI_OK;
}

mirti_status mirti_mixed_search_maximise(mirti_mixed_search *s, double least, mirti_error *err) {
    for (int k = 0; k < MOST_STEPS; k++) {
        double gain;
        MIRTI_TRY(mirti_progress(s->listener, "mixed logit", s->a.steps, 0, err));
        MIRTI_TRY(mirti_ascent_step(&s->a, &gain, err));
        if (gain < least) return MIRTI_OK;
        if (s->a.free == s->a.size && fabs(s->a.at[s->a.size - 1]) > most_sigma) {
            mirti_status status =
                mirti_fail(err, MIRTI_ERROR_MODEL,
                           "areas tell the outcome almost without error: the standard deviation "
                           "between them grows beyond %g on the logit scale",
                           most_sigma);
            mirti_fail_remedy(err, "Use larger areas, so that both outcomes occur within them.");
            return status;
        }
    }
    mirti_status status = mirti_fail(err, MIRTI_ERROR_MODEL,
                                     "the mixed logit did not settle in %d steps", MOST_STEPS);
    mirti_fail_remedy(err, "Use fewer terms, or larger areas.");
    return status;
}

/* For the averages over v in the Hessian Laplace's one point is too few. */
mirti_status mirti_mixed_search_hessian(mirti_mixed_search *s, mirti_error *err) {
    size_t f = s->a.free, k = s->a.size;
    mirti_mixed_data *data = s->data;
    int quadrature = data->quadrature;
    double value;
    if (s->a.at[k - 1] < 0) { /* the mirror image is the same model */
        s->a.at[k - 1] = -s->a.at[k - 1];
        for (int32_t a = 0; a < data->areas; a++)
            data->mode[a] = -data->mode[a];
    }
    if (quadrature < MIRTI_MIXED_NODES)
        MIRTI_TRY(mirti_mixed_data_set_rule(data, MIRTI_MIXED_NODES, err));
    mirti_mixed_out out = {.information = s->work, .hessian = true};
    MIRTI_TRY(mirti_mixed_evaluate(data, s->a.at, &out, &value, err));
    if (quadrature < MIRTI_MIXED_NODES) MIRTI_TRY(mirti_mixed_data_set_rule(data, quadrature, err));
    for (size_t i = 0; i < f; i++)
        memcpy(s->information + i * f, s->work + i * k, f * sizeof *s->work);
    memcpy(s->work, s->information, f * f * sizeof *s->work);
    if (mirti_fit_cholesky(s->work, (int)f, 0) >= 0) {
        mirti_status status = mirti_fail(err, MIRTI_ERROR_MODEL,
                                         "the likelihood of the mixed logit is flat at its top: "
                                         "the data do not determine all parameters");
        mirti_fail_remedy(err, "Use fewer terms, or larger areas.");
        return status;
    }
    mirti_fit_cholesky_inverse(s->work, (int)f, s->a.inverse);
    return MIRTI_OK;
}
