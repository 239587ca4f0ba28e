/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links: from linear predictor to probability and back. Whoever predicts asks here, so that a new
 * link is a new case in this file (and in pass.c, which needs the likelihood) and nowhere else. All
 * is made of the engine's exact functions: the same bits on every machine.
 */
#include "mirti/fit.h"

#include <math.h>

/* 1 − e^−t without cancellation: e^−t is far from 1 for large t, and a series for small. */
static double complement(double t) {
    if (t > 0.5) return 1 - mirti_exact_exp(-t);
    double sum = 1; /* t (1 − t/2 (1 − t/3 (1 − ...))); 16 terms leave less than 1e-19 */
    for (int n = 16; n >= 2; n--)
        sum = 1 - t / n * sum;
    return t * sum;
}

/* Inline, since the mean over a rule is where prediction spends its time. */
static inline mirti_link_value value_at(mirti_link link, double eta) {
    if (link == MIRTI_LINK_LOGIT) {
        double p = mirti_logistic(eta), slope = p * (1 - p);
        return (mirti_link_value){p, slope, slope * (1 - 2 * p)};
    }
    if (link == MIRTI_LINK_PROBIT) {
        double density = mirti_normal_density(eta);
        return (mirti_link_value){mirti_normal_cdf(eta), density, -eta * density};
    }
    double t = mirti_exact_exp(fmin(eta, 30)); /* beyond, e^−t is 0 already at 7 */
    double slope = t * mirti_exact_exp(-t);
    return (mirti_link_value){complement(t), slope, slope * (1 - t)};
}

mirti_link_value mirti_link_at(mirti_link link, double eta) {
    return value_at(link, eta);
}

mirti_link_value mirti_link_mean(mirti_link link, double mean, double deviation, int points,
                                 const double *point, const double *weight) {
    mirti_link_value sum = {0, 0, 0};
    for (int q = 0; q < points; q++) {
        mirti_link_value at = value_at(link, mean + deviation * point[q]);
        sum.prob += weight[q] * at.prob;
        sum.slope += weight[q] * at.slope;
        sum.curve += weight[q] * at.curve;
    }
    return sum;
}

const char *mirti_link_ratio(mirti_link link) {
    if (link == MIRTI_LINK_LOGIT) return "odds ratio";
    return link == MIRTI_LINK_CLOGLOG ? "hazard ratio" : NULL;
}

double mirti_link_inverse(mirti_link link, double eta) {
    return link == MIRTI_LINK_LOGIT ? mirti_logistic(eta) : mirti_link_at(link, eta).prob;
}

double mirti_link_of(mirti_link link, double p) {
    if (link == MIRTI_LINK_LOGIT) return mirti_logit_of(p);
    if (link == MIRTI_LINK_PROBIT) return mirti_normal_quantile(p);
    /* −log(1 − p); near 0 by its series, of which the next term is p⁴/4. */
    double t = p < 1e-4 ? p * (1 + p * (0.5 + p / 3)) : -mirti_exact_log(1 - p);
    return mirti_exact_log(t);
}
