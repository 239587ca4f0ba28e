/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What prediction from published shares needs to know of the survey: the weighted means of the
 * design columns, and how the columns vary together among children of the same PSU. Neighbours
 * resemble each other less within a place than across the country, so the correlations are taken of
 * deviations from the PSU's own weighted mean.
 */
#include "mirti/fit.h"

#include <math.h>
#include <string.h>

static bool counts(const uint8_t *in, int64_t row) {
    return !in || in[row];
}

/* Weighted means by PSU [psus × p], and over all in `mean`. */
static void take_means(const mirti_survey_design *design, const double *x, size_t p,
                       const uint8_t *in, double *psu_mean, double *psu_weight, double *mean) {
    double weight = 0;
    for (int64_t i = 0; i < design->rows; i++) {
        if (!counts(in, i)) continue;
        double w = design->weight[i];
        double *into = psu_mean + (size_t)design->psu[i] * p;
        psu_weight[design->psu[i]] += w;
        weight += w;
        for (size_t j = 0; j < p; j++)
            into[j] += w * x[(size_t)i * p + j];
    }
    for (int32_t c = 0; c < design->psus; c++)
        for (size_t j = 0; j < p; j++) {
            mean[j] += psu_mean[(size_t)c * p + j] / weight;
            if (psu_weight[c] > 0) psu_mean[(size_t)c * p + j] /= psu_weight[c];
        }
}

mirti_status mirti_columns_moments(const mirti_survey_design *design, const double *x, int columns,
                                   const uint8_t *in, double *mean, double *correlation,
                                   mirti_error *err) {
    size_t p = (size_t)columns;
    double *psu_mean = mirti_new((size_t)design->psus * p, sizeof *psu_mean);
    double *psu_weight = mirti_new((size_t)design->psus, sizeof *psu_weight);
    double *deviation = mirti_new(2 * p, sizeof *deviation);
    if (!psu_mean || !psu_weight || !deviation) {
        mirti_free(psu_mean);
        mirti_free(psu_weight);
        mirti_free(deviation);
        return mirti_fail_memory(err, "the means of PSUs");
    }
    memset(mean, 0, p * sizeof *mean);
    memset(correlation, 0, p * p * sizeof *correlation);
    double *square = deviation + p; /* Σ w x², against which nothing is told from zero */
    take_means(design, x, p, in, psu_mean, psu_weight, mean);
    for (int64_t i = 0; i < design->rows; i++) {
        if (!counts(in, i)) continue;
        const double *centre = psu_mean + (size_t)design->psu[i] * p;
        for (size_t j = 0; j < p; j++)
            deviation[j] = x[(size_t)i * p + j] - centre[j];
        for (size_t j = 0; j < p; j++)
            square[j] += design->weight[i] * x[(size_t)i * p + j] * x[(size_t)i * p + j];
        for (size_t j = 0; j < p; j++) {
            double left = design->weight[i] * deviation[j];
            for (size_t k = j; k < p; k++)
                correlation[j * p + k] += left * deviation[k];
        }
    }
    for (size_t j = 0; j < p; j++)
        deviation[j] =
            correlation[j * p + j] > 1e-24 * square[j] ? sqrt(correlation[j * p + j]) : 0;
    for (size_t j = 0; j < p; j++)
        for (size_t k = j; k < p; k++) {
            double scale = deviation[j] * deviation[k];
            double r = j == k ? 1 : scale > 0 ? correlation[j * p + k] / scale : 0;
            correlation[j * p + k] = correlation[k * p + j] = r;
        }
    mirti_free(psu_mean);
    mirti_free(psu_weight);
    mirti_free(deviation);
    return MIRTI_OK;
}
