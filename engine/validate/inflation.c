/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Collinearity: the generalised variance inflation factor of Fox and Monette (1992, JASA 87). With
 * R the weighted correlations of the design columns, R₁₁ those of a term's own and R₂₂ those of all
 * others, GVIF = |R₁₁| |R₂₂| / |R|; for a term of one column it is the usual VIF. A column of an
 * interaction is high by construction beside its main effects. Oracle: determinants of R cov.wt
 * (tests/oracle/validate.R).
 */
#include "internal.h"

#include <string.h>

/* Weighted correlations [q × q] of the columns 1 .. q of x, each of them 1 on the diagonal. */
static void correlate(const mirti_survey_design *design, const double *x, size_t p,
                      const uint8_t *in, double *mean, double *r) {
    size_t q = p - 1;
    double weight = 0;
    for (int64_t i = 0; i < design->rows; i++) {
        if (!mirti_validate_counts(in, i)) continue;
        weight += design->weight[i];
        for (size_t j = 0; j < q; j++)
            mean[j] += design->weight[i] * x[(size_t)i * p + j + 1];
    }
    for (size_t j = 0; j < q; j++)
        mean[j] /= weight;
    for (int64_t i = 0; i < design->rows; i++) {
        if (!mirti_validate_counts(in, i)) continue;
        const double *row = x + (size_t)i * p + 1;
        for (size_t j = 0; j < q; j++)
            for (size_t k = j; k < q; k++)
                r[j * q + k] += design->weight[i] * (row[j] - mean[j]) * (row[k] - mean[k]);
    }
    for (size_t j = 0; j < q; j++)
        mean[j] = sqrt(r[j * q + j]);
    for (size_t j = 0; j < q; j++)
        for (size_t k = j; k < q; k++)
            r[j * q + k] = r[k * q + j] = j == k ? 1 : r[j * q + k] / (mean[j] * mean[k]);
}

/* Determinant of the part of R whose columns have `chosen`, by Cholesky: the product of squared
 * pivots; 0 when R is singular to rounding. `work` [q × q]. */
static double determinant(const double *r, size_t q, const bool *chosen, bool wanted,
                          double *work) {
    size_t size = 0;
    for (size_t i = 0; i < q; i++) {
        if (chosen[i] != wanted) continue;
        for (size_t j = 0, at = 0; j < q; j++)
            if (chosen[j] == wanted) work[size * q + at++] = r[i * q + j];
        size++;
    }
    double product = 1;
    for (size_t j = 0; j < size; j++) {
        double pivot = work[j * q + j];
        for (size_t k = 0; k < j; k++)
            pivot -= work[j * q + k] * work[j * q + k];
        if (!(pivot > 1e-12)) return 0;
        product *= pivot;
        double root = sqrt(pivot);
        for (size_t i = j + 1; i < size; i++) {
            double sum = work[i * q + j];
            for (size_t k = 0; k < j; k++)
                sum -= work[i * q + k] * work[j * q + k];
            work[i * q + j] = sum / root;
        }
        work[j * q + j] = root;
    }
    return product;
}

mirti_status mirti_inflation_factors(const mirti_survey_design *design, const mirti_terms *terms,
                                     const double *x, const uint8_t *in, mirti_inflation *out,
                                     mirti_error *err) {
    size_t p = (size_t)terms->columns, q = p - 1;
    double *memory = mirti_new(2 * q * q + q, sizeof *memory);
    bool *chosen = mirti_new(q, sizeof *chosen);
    mirti_status status = memory && chosen ? MIRTI_OK : mirti_fail_memory(err, "the collinearity");
    if (status == MIRTI_OK) {
        double *r = memory, *work = memory + q * q;
        correlate(design, x, p, in, memory + 2 * q * q, r);
        memset(chosen, true, q);
        double whole = determinant(r, q, chosen, true, work);
        for (int t = 0; t < terms->terms; t++) {
            int columns = 0;
            for (size_t j = 0; j < q; j++) {
                chosen[j] = terms->term_of[j + 1] == t;
                columns += chosen[j];
            }
            double gvif = determinant(r, q, chosen, true, work) *
                          determinant(r, q, chosen, false, work) / whole;
            if (!(whole > 0)) gvif = (double)INFINITY;
            double scaled = isinf(gvif) ? gvif : mirti_exact_exp(mirti_exact_log(gvif) / columns);
            out[t] = (mirti_inflation){columns, gvif, columns == 1 ? gvif : scaled};
        }
    }
    mirti_free(memory);
    mirti_free(chosen);
    return status;
}
