/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How far survey and census lie apart, in units that do not depend on what is measured nor on how
 * large the survey is: the standardised difference √(dᵀS⁻¹d) (Austin 2009 for shares and means;
 * Yang and Dalton 2012 for categories). And whether chance alone would do it: the Wald statistic
 * dᵀV⁻¹d with V the survey's design-based covariance, F = it / q on q and PSUs − strata degrees of
 * freedom.
 *
 * S and V may be singular: a level that nobody has, a trait that all have. What S⁻¹ means then is
 * seen by elimination with pivots: a direction without spread counts nothing when both sides agree
 * in it, and is infinitely far when they do not.
 */
#include "internal.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

/* dᵀS⁻¹d for a positive semidefinite S [k × k], which is destroyed, as d is; `*rank` receives how
 * many directions there are. */
static double quadratic(double *s, double *d, int k, int *rank) {
    double total = 0, largest = 0;
    *rank = 0;
    for (int j = 0; j < k; j++)
        largest = fmax(largest, s[j * k + j]);
    for (int step = 0; step < k; step++) {
        int best = 0;
        for (int j = 1; j < k; j++)
            if (s[j * k + j] > s[best * k + best]) best = j;
        const double pivot = s[best * k + best];
        if (!(pivot > 1e-12 * largest)) break; /* what is left are roundings */
        (*rank)++;
        const double away = d[best];
        total += away * away / pivot;
        for (int i = 0; i < k; i++) {
            if (i == best) continue;
            const double factor = s[i * k + best] / pivot;
            d[i] -= factor * away;
            for (int j = 0; j < k; j++)
                if (j != best) s[i * k + j] -= factor * s[best * k + j];
        }
        for (int j = 0; j < k; j++)
            s[best * k + j] = s[j * k + best] = 0;
        d[best] = 0;
    }
    for (int j = 0; j < k; j++)
        if (fabs(d[j]) > 1e-9) return INFINITY;
    return total;
}

/* Covariance of one child's indicators of a category. */
static double multinomial(double p, double q, bool same) {
    return same ? p * (1 - p) : -p * q;
}

/* Mean of both sides' covariances of the lines a and b of a predictor. */
static double spread(const mirti_support_predictor *p, bool number, int a, int b) {
    const mirti_support_line *x = &p->line[a], *y = &p->line[b];
    if (number) {
        const double survey = p->survey.sd * p->survey.sd, census = p->census.sd * p->census.sd;
        return isnan(census) ? survey : (survey + census) / 2;
    }
    return (multinomial(x->survey, y->survey, a == b) + multinomial(x->census, y->census, a == b)) /
           2;
}

/* Shares of a category add up to one: the last level says nothing new. */
static int free_lines(const mirti_support_predictor *p) {
    return p->line[0].level < 0 ? 1 : p->lines - 1;
}

static void test_chance(mirti_support_predictor *p, double wald, int rank, int32_t df) {
    if (isinf(wald)) {
        p->f = INFINITY;
        p->p = 0;
        return;
    }
    p->f = rank > 0 ? wald / rank : 0;
    p->p = rank == 0 ? 1 : df < 1 ? NAN : gsl_cdf_fdist_Q(p->f, rank, df);
}

void mirti_support_compare(const mirti_support_layout *layout, const double *covariance, int32_t df,
                           mirti_support *support, double *scratch) {
    for (int v = 0; v < layout->predictors; v++) {
        mirti_support_predictor *p = &support->predictor[v];
        const bool number = layout->terms->predictor[p->predictor].kind == MIRTI_PREDICTOR_NUMBER;
        const int k = free_lines(p), first = layout->first[v];
        double *d = scratch + (size_t)k * (size_t)k;
        int rank;
        for (int a = 0; a < k; a++) {
            d[a] = p->line[a].census - p->line[a].survey;
            for (int b = 0; b < k; b++)
                scratch[a * k + b] = spread(p, number, a, b);
        }
        p->difference = sqrt(quadratic(scratch, d, k, &rank));
        for (int a = 0; a < k; a++) {
            d[a] = p->line[a].census - p->line[a].survey;
            for (int b = 0; b < k; b++)
                scratch[a * k + b] = covariance[(first + a) * layout->lines + first + b];
        }
        const double wald = quadratic(scratch, d, k, &rank);
        test_chance(p, wald, rank, df);
        p->flagged =
            p->difference > support->options.limit && !(p->p > 1 - support->options.confidence);
    }
}
