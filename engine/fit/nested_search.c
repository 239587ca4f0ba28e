/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Up the likelihood of nested intercepts from a good guess of its information: for its bootstrap,
 * which does it again and again from where the answer must be near. */
#include "nested.h"

#include <string.h>

#include "linear.h"

static mirti_status value_and_gradient(void *context, const double *at, double *gradient,
                                       double *value, mirti_error *err) {
    mirti_nested_out out = {0};
    out.gradient = gradient;
    return mirti_nested_evaluate(context, at, &out, value, err);
}

mirti_status mirti_nested_search_open(mirti_nested_search *s, mirti_mixed_data *data,
                                      mirti_error *err) {
    size_t k = (size_t)data->p + 2;
    *s = (mirti_nested_search){.problem = mirti_nested_problem_of(data)};
    s->information = mirti_new(2 * k * k, sizeof *s->information);
    if (!s->information) return mirti_fail_memory(err, "the search for the nested logit");
    s->work = s->information + k * k;
    return mirti_ascent_open(&s->a, value_and_gradient, &s->problem, k, err);
}

void mirti_nested_search_reset(mirti_nested_search *s) {
    mirti_free(s->information);
    mirti_ascent_reset(&s->a);
}

mirti_status mirti_nested_search_prepare(mirti_nested_search *s, double *log_determinant,
                                         mirti_error *err) {
    size_t k = s->a.size, f = s->a.free;
    const mirti_nested_out out = {.gradient = s->a.gradient, .information = s->information};
    MIRTI_TRY(mirti_nested_evaluate(&s->problem, s->a.at, &out, &s->a.value, err));
    for (size_t i = 0; i < f; i++) {
        memcpy(s->work + i * f, s->information + i * k, f * sizeof *s->work);
        s->work[i * f + i] += 1e-9 * s->information[0] + 1e-12;
    }
    if (mirti_fit_cholesky(s->work, (int)f, 0) >= 0)
        return mirti_fail(err, MIRTI_ERROR_MODEL,
                          "the data do not determine the coefficients of the nested logit");
    mirti_fit_cholesky_inverse(s->work, (int)f, s->a.inverse);
    if (!log_determinant) return MIRTI_OK;
    *log_determinant = 0;
    for (size_t i = 0; i < k - 2; i++)
        *log_determinant += 2 * mirti_exact_log(s->work[i * f + i]);
    return MIRTI_OK;
}
