/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The area-level model of Fay and Herriot (1979, JASA 74) for those who have direct estimates by
 * area and no persons: a regression on what is known of areas, from which an area departs by as
 * much as its own estimate is precise. The variance between areas A is estimated by restricted
 * maximum likelihood with Fisher's scoring: with V = diag(A + ψ) and Q = (ZᵀV⁻¹Z)⁻¹,
 *
 *     score = −½ tr P + ½ |Py|²,  information = ½ tr P²,  P = V⁻¹ − V⁻¹ZQZᵀV⁻¹,
 *
 * all of it sums over areas of p × p matrices. At this estimate of A: the empirical best linear
 * unbiased predictor and its mean squared error g1 + g2 + 2 g3 (Prasad and Rao 1990; Datta and
 * Lahiri 2000), which is what other programs give. Results do not take the estimate for A:
 * fay_herriot_predict.c. Oracle: dense matrices in R (tests/oracle/fay_herriot.R).
 */
#include "fay_herriot.h"

#include <math.h>
#include <string.h>

#include "linear.h"

/* Fewer areas than columns and these leave the variance between areas so uncertain that none of an
 * area is finite: its distribution falls as A^(−(areas − p)/2). */
enum { MOST_STEPS = 200, MORE_AREAS = 5 };

double mirti_fay_herriot_transform(mirti_area_scale scale, double p) {
    if (scale == MIRTI_SCALE_LOGIT) return mirti_logit_of(p);
    return scale == MIRTI_SCALE_ARCSINE ? asin(sqrt(p)) : p;
}

static double slope_of(mirti_area_scale scale, double p) {
    if (scale == MIRTI_SCALE_LOGIT) return 1 / (p * (1 - p));
    return scale == MIRTI_SCALE_ARCSINE ? 0.5 / sqrt(p * (1 - p)) : 1;
}

/* Sampling variance on the model's scale, by the delta method; NaN where there is none. */
static double sampling_of(mirti_area_scale scale, double estimate, double variance) {
    if (!isfinite(estimate) || !isfinite(variance) || !(variance > 0)) return (double)NAN;
    if (scale != MIRTI_SCALE_IDENTITY && !(estimate > 0 && estimate < 1)) return (double)NAN;
    double slope = slope_of(scale, estimate);
    return variance * slope * slope;
}

bool mirti_fay_herriot_usable(mirti_area_scale scale, double estimate, double sampling) {
    return sampling > 0 && isfinite(sampling) &&
           isfinite(mirti_fay_herriot_transform(scale, estimate));
}

static mirti_status take_areas(mirti_fay_herriot_areas *data, int64_t areas, const double *estimate,
                               const double *sampling, const double *z, mirti_area_scale scale,
                               mirti_fay_herriot *fit, mirti_error *err) {
    size_t p = (size_t)data->p, n = (size_t)areas;
    data->y = mirti_new(n, sizeof(double));
    data->psi = mirti_new(n, sizeof(double));
    data->z = mirti_new(n, sizeof *data->z);
    data->scale = mirti_new(p, sizeof(double));
    data->moment = mirti_new(3 * p * p, sizeof(double));
    data->q = mirti_new(p * p, sizeof(double));
    data->b = mirti_new(p, sizeof(double));
    data->work = mirti_new(2 * p * p, sizeof(double));
    if (!data->y || !data->psi || !data->z || !data->scale || !data->moment || !data->q ||
        !data->b || !data->work)
        return mirti_fail_memory(err, "the areas of a model");
    for (size_t a = 0; a < n; a++) {
        for (size_t j = 0; j < p; j++)
            if (!isfinite(z[a * p + j]))
                return mirti_fail(err, MIRTI_ERROR_INPUT,
                                  "area %lld of the area-level model has no value of column %lld",
                                  (long long)a + 1, (long long)j + 1);
        if (!mirti_fay_herriot_usable(scale, estimate[a], sampling[a])) {
            fit->unusable += !isnan(estimate[a]);
            continue;
        }
        size_t at = (size_t)data->areas++;
        data->y[at] = mirti_fay_herriot_transform(scale, estimate[a]);
        data->psi[at] = sampling[a];
        data->z[at] = z + a * p;
        for (size_t j = 0; j < p; j++)
            data->scale[j] += z[a * p + j] * z[a * p + j];
    }
    for (size_t j = 0; j < p; j++)
        data->scale[j] = data->scale[j] > 0 ? 1 / sqrt(data->scale[j]) : 1;
    fit->used = data->areas;
    if (data->areas >= data->p + MORE_AREAS) return MIRTI_OK;
    mirti_status status = mirti_fail(err, MIRTI_ERROR_MODEL,
                                     "%lld areas have a usable direct estimate; %d columns need "
                                     "at least %d",
                                     (long long)data->areas, data->p, data->p + MORE_AREAS);
    mirti_fail_remedy(err, "Use fewer columns, or larger areas.");
    return status;
}

static void forget_areas(mirti_fay_herriot_areas *data) {
    mirti_free(data->y);
    mirti_free(data->psi);
    mirti_free(data->z);
    mirti_free(data->scale);
    mirti_free(data->moment);
    mirti_free(data->q);
    mirti_free(data->b);
    mirti_free(data->work);
}

/* tr(A B) of symmetric matrices. */
static double trace_of(const double *a, const double *b, size_t p) {
    double sum = 0;
    for (size_t i = 0; i < p * p; i++)
        sum += a[i] * b[i];
    return sum;
}

int mirti_fay_herriot_evaluate(mirti_fay_herriot_areas *data, double a) {
    size_t p = (size_t)data->p, square = p * p;
    double *m1 = data->moment, *m2 = m1 + square, *m3 = m2 + square, *b = data->b;
    memset(data->moment, 0, 3 * square * sizeof *m1);
    memset(b, 0, p * sizeof *b);
    double log_v = 0, v1 = 0, v2 = 0;
    for (int64_t i = 0; i < data->areas; i++) {
        double v = 1 / (a + data->psi[i]);
        log_v -= mirti_exact_log(v);
        v1 += v;
        v2 += v * v;
        for (size_t j = 0; j < p; j++) {
            double left = data->z[i][j] * data->scale[j];
            b[j] += v * left * data->y[i];
            for (size_t k = 0; k < p; k++) {
                double product = left * data->z[i][k] * data->scale[k];
                m1[j * p + k] += v * product;
                m2[j * p + k] += v * v * product;
                m3[j * p + k] += v * v * v * product;
            }
        }
    }
    double *factor = data->work;
    memcpy(factor, m1, square * sizeof *factor);
    int dependent = mirti_fit_cholesky(factor, data->p, 1e-12);
    if (dependent >= 0) return dependent;
    double log_determinant = 0;
    for (size_t j = 0; j < p; j++)
        log_determinant += 2 * mirti_exact_log(factor[j * p + j]);
    mirti_fit_cholesky_solve(factor, data->p, b);
    mirti_fit_cholesky_inverse(factor, data->p, data->q);

    double quadratic = 0, squared = 0; /* yᵀPy and |Py|² */
    for (int64_t i = 0; i < data->areas; i++) {
        double v = 1 / (a + data->psi[i]), rest = data->y[i];
        for (size_t j = 0; j < p; j++)
            rest -= b[j] * data->z[i][j] * data->scale[j];
        quadratic += v * rest * rest;
        squared += v * v * rest * rest;
    }
    /* tr P = Σv − tr(Q M₂), tr P² = Σv² − 2 tr(Q M₃) + tr(Q M₂ Q M₂) */
    double *product = data->work;
    mirti_fit_congruence(data->q, m2, data->p, product, data->work + square); /* Q M₂ Q */
    data->loglik = -0.5 * (log_v + log_determinant + quadratic);
    data->score = -0.5 * (v1 - trace_of(data->q, m2, p)) + 0.5 * squared;
    data->information = 0.5 * (v2 - 2 * trace_of(data->q, m3, p) + trace_of(product, m2, p));
    return -1;
}

/* Fisher's scoring for A on [0, ∞), halved where the likelihood would fall. */
static mirti_status find_variance(mirti_fay_herriot_areas *data, char *const *name,
                                  mirti_fay_herriot *fit, mirti_error *err) {
    double mean_psi = 0;
    for (int64_t i = 0; i < data->areas; i++)
        mean_psi += data->psi[i] / (double)data->areas;
    double a = mean_psi;
    int dependent = mirti_fay_herriot_evaluate(data, a);
    if (dependent >= 0) {
        mirti_status status = mirti_fail(err, MIRTI_ERROR_MODEL,
                                         "column %s is a combination of those before it in the "
                                         "areas with a direct estimate",
                                         name[dependent]);
        mirti_fail_remedy(err, "Leave one of them out.");
        mirti_fail_at(err, NULL, 0, 0, name[dependent], NULL);
        return status;
    }
    for (fit->iterations = 1; fit->iterations < MOST_STEPS; fit->iterations++) {
        double before = data->loglik, step = data->score / data->information, next = a;
        for (int halving = 0; halving < 40; halving++) {
            next = fmax(0, a + step);
            mirti_fay_herriot_evaluate(data, next);
            if (data->loglik >= before - 1e-13 * fabs(before)) break;
            step /= 2;
        }
        double moved = fabs(next - a);
        a = next;
        if (moved <= 1e-12 * (a + mean_psi)) break;
    }
    fit->variance = a;
    fit->boundary = a == 0;
    fit->loglik = data->loglik - 0.5 * (double)(data->areas - data->p) * 1.8378770664093454836;
    for (int j = 0; j < data->p; j++)
        fit->loglik += mirti_exact_log(data->scale[j]); /* of the columns as given */
    return MIRTI_OK;
}

/* The empirical best linear unbiased predictor at the estimate of A, and its mean squared error. */
static void predict_at_estimate(const mirti_fay_herriot_areas *data,
                                const mirti_fay_herriot_wish *wish, mirti_fay_herriot *fit) {
    size_t p = (size_t)data->p;
    double a = fit->variance, v2 = 0;
    for (int64_t i = 0; i < data->areas; i++)
        v2 += 1 / ((a + data->psi[i]) * (a + data->psi[i]));
    double variance_of_a = 2 / v2;
    for (size_t i = 0; i < (size_t)fit->areas; i++) {
        const double *z = wish->z + i * p;
        double centre = 0, leverage = 0, psi = wish->sampling[i];
        for (size_t j = 0; j < p; j++) {
            centre += fit->beta[j] * z[j];
            for (size_t k = 0; k < p; k++)
                leverage += z[j] * fit->covariance[j * p + k] * z[k];
        }
        fit->eblup[i] = centre;
        fit->mse[i] = a + leverage;
        if (!mirti_fay_herriot_usable(fit->scale, wish->estimate[i], psi)) continue;
        double share = a / (a + psi), rest = psi / (a + psi);
        double y = mirti_fay_herriot_transform(fit->scale, wish->estimate[i]);
        fit->eblup[i] += share * (y - centre);
        fit->shrinkage[i] = share;
        fit->mse[i] =
            share * psi + rest * rest * leverage + 2 * rest * rest / (a + psi) * variance_of_a;
    }
}

static mirti_status fit_areas(mirti_fay_herriot_areas *data, const mirti_fay_herriot_wish *wish,
                              char *const *name, mirti_fay_herriot *fit, mirti_error *err) {
    size_t n = (size_t)fit->areas, p = (size_t)fit->columns;
    double **arrays[] = {&fit->eblup, &fit->mse, &fit->shrinkage, &fit->value, &fit->sd,
                         &fit->se,    &fit->lo,  &fit->hi,        &fit->weight};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        if (!(*arrays[i] = mirti_new(n, sizeof(double))))
            return mirti_fail_memory(err, "the predictions of areas");
    fit->beta = mirti_new(p, sizeof(double));
    fit->covariance = mirti_new(p * p, sizeof(double));
    if (!fit->beta || !fit->covariance) return mirti_fail_memory(err, "the coefficients");
    MIRTI_TRY(take_areas(data, fit->areas, wish->estimate, wish->sampling, wish->z, fit->scale, fit,
                         err));
    MIRTI_TRY(find_variance(data, name, fit, err));
    for (size_t j = 0; j < p; j++) {
        fit->beta[j] = data->b[j] * data->scale[j];
        for (size_t k = 0; k < p; k++)
            fit->covariance[j * p + k] = data->q[j * p + k] * data->scale[j] * data->scale[k];
    }
    predict_at_estimate(data, wish, fit);
    return mirti_fay_herriot_predict(data, wish, fit, err);
}

mirti_status mirti_fay_herriot_fit(int64_t areas, const double *estimate, const double *variance,
                                   const double *z, int p, char *const *name,
                                   mirti_area_scale scale, double confidence,
                                   mirti_fay_herriot **out, mirti_error *err) {
    *out = NULL;
    if (areas < 1) return mirti_fail(err, MIRTI_ERROR_USAGE, "an area-level model needs areas");
    double *sampling = mirti_new((size_t)areas, sizeof *sampling);
    if (!sampling) return mirti_fail_memory(err, "the areas of a model");
    for (int64_t a = 0; a < areas; a++)
        sampling[a] = sampling_of(scale, estimate[a], variance[a]);
    mirti_status status = mirti_fay_herriot_fit_sampling(areas, estimate, sampling, z, p, name,
                                                         scale, confidence, out, err);
    mirti_free(sampling);
    return status;
}

mirti_status mirti_fay_herriot_fit_sampling(int64_t areas, const double *estimate,
                                            const double *sampling, const double *z, int p,
                                            char *const *name, mirti_area_scale scale,
                                            double confidence, mirti_fay_herriot **out,
                                            mirti_error *err) {
    *out = NULL;
    if (p < 1 || areas < 1 || !(confidence > 0 && confidence < 1))
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "an area-level model needs areas, columns and a confidence between 0 "
                          "and 1");
    mirti_fay_herriot *fit = mirti_new(1, sizeof *fit);
    if (!fit) return mirti_fail_memory(err, "the fit");
    fit->scale = scale;
    fit->columns = p;
    fit->areas = areas;
    mirti_fay_herriot_areas data = {.p = p};
    const mirti_fay_herriot_wish wish = {estimate, sampling, z, confidence};
    mirti_status status = fit_areas(&data, &wish, name, fit, err);
    forget_areas(&data);
    if (status != MIRTI_OK) {
        mirti_fay_herriot_free(fit);
        return status;
    }
    *out = fit;
    return MIRTI_OK;
}

void mirti_fay_herriot_free(mirti_fay_herriot *fit) {
    if (!fit) return;
    double *arrays[] = {fit->beta,      fit->covariance, fit->eblup, fit->mse,
                        fit->shrinkage, fit->value,      fit->sd,    fit->se,
                        fit->lo,        fit->hi,         fit->weight};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        mirti_free(arrays[i]);
    mirti_free(fit);
}
