/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where an area is, given the sample: the normal distribution that it has at a known A, averaged
 * over what the sample says of A. An interval that takes the estimate Â for A is too short, and
 * where Â is 0 it holds nothing of how areas differ. So A is integrated out (Morris 1983, JASA 78):
 *
 *     p(θ_a | y) = ∫ N(θ_a; c_a(A), v_a(A)) p(A | y) dA,   p(A | y) ∝ restricted likelihood,
 *     c_a = z_aᵀβ(A) + γ_a (y_a − z_aᵀβ(A)),  v_a = γ_a ψ_a + (1 − γ_a)² z_aᵀQz_a,
 *
 * γ_a = A/(A + ψ_a), and v_a = A + z_aᵀQz_a for an area without an estimate. That is the posterior
 * under priors flat in β and in A. With equal ψ the flat prior is the one for which the posterior
 * variance has the mean squared error for its expectation, up to terms of smaller order (Datta, Rao
 * and Smith 2005, Biometrika 92). Its mean and variance are finite from p + 5 areas on.
 *
 * The integral is a sum over Gauss–Legendre nodes in t = log(A + min ψ), where the density has
 * neither poles nor kinks near by, between the ends where it has fallen to e^−35 of its highest (or
 * A = 0): right to about 1e-10. Oracles: closed forms with equal ψ (tests/unit/fit_fay_herriot.c),
 * Simpson's rule over dense matrices in R (tests/oracle/fay_herriot_dense.R).
 */
#include "fay_herriot.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <string.h>

#include "mixed.h"

enum { NODES = 64, HERMITE = 15, MOST_STEPS = 200 };
static const double least_density = -35; /* of its logarithm, beside the highest */

/* The distribution of A, and the regression at each of its nodes; columns as given. */
typedef struct posterior {
    mirti_fay_herriot_areas *data;
    double offset; /* min ψ */
    double a[NODES], weight[NODES];
    double *beta, *q; /* [NODES × p], [NODES × p × p] */
    double node[HERMITE], hermite[HERMITE];
} posterior;

/* The mixture of an area. */
typedef struct mixture {
    double centre[NODES], sd[NODES];
    const double *weight;
} mixture;

/* ------------------------------------------------------------------------ the distribution of A */

static double variance_at(const posterior *d, double t) {
    return fmax(mirti_exact_exp(t) - d->offset, 0);
}

/* Logarithm of the density of t, up to a constant. */
static double density_at(posterior *d, double t) {
    if (mirti_fay_herriot_evaluate(d->data, variance_at(d, t)) >= 0) return -INFINITY;
    return d->data->loglik + t;
}

/* From t in growing steps to where the density is gone, or to `end`. */
static double follow(posterior *d, double t, double step, double end, double *highest) {
    for (int k = 0; k < MOST_STEPS; k++) {
        t += step;
        if (step < 0 && t <= end) return end;
        double density = density_at(d, t);
        *highest = fmax(*highest, density);
        if (density < *highest + least_density) break;
        step *= 1.2;
    }
    return t;
}

static mirti_status find_distribution(posterior *d, double variance, mirti_error *err) {
    mirti_fay_herriot_areas *data = d->data;
    size_t p = (size_t)data->p;
    d->offset = data->psi[0];
    for (int64_t i = 1; i < data->areas; i++)
        d->offset = fmin(d->offset, data->psi[i]);
    double top = mirti_exact_log(variance + d->offset), highest = density_at(d, top);
    double step = fmin(0.5, 0.25 / ((variance + d->offset) * sqrt(data->information)));
    double to = follow(d, top, step, INFINITY, &highest);
    double from = follow(d, top, -step, mirti_exact_log(d->offset), &highest);
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(NODES);
    if (!rule) return mirti_fail_memory(err, "a quadrature rule");
    double sum = 0;
    for (size_t k = 0; k < NODES; k++) {
        double t, share;
        gsl_integration_glfixed_point(from, to, k, &t, &share, rule);
        d->a[k] = variance_at(d, t);
        d->weight[k] = share * mirti_exact_exp(density_at(d, t) - highest);
        sum += d->weight[k];
        for (size_t i = 0; i < p; i++) {
            d->beta[k * p + i] = data->b[i] * data->scale[i];
            for (size_t j = 0; j < p; j++)
                d->q[(k * p + i) * p + j] = data->q[i * p + j] * data->scale[i] * data->scale[j];
        }
    }
    gsl_integration_glfixed_table_free(rule);
    for (size_t k = 0; k < NODES; k++)
        d->weight[k] /= sum;
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------- of one area -- */

/* Fills the mixture; returns the weight of the area's own estimate, which is γ on average. `psi`
 * infinite: none. */
static double mix(const posterior *d, const double *z, double y, double psi, mixture *m) {
    size_t p = (size_t)d->data->p;
    double weight = 0;
    m->weight = d->weight;
    for (size_t k = 0; k < NODES; k++) {
        const double *beta = d->beta + k * p, *q = d->q + k * p * p;
        double a = d->a[k], centre = 0, leverage = 0;
        for (size_t i = 0; i < p; i++) {
            centre += beta[i] * z[i];
            for (size_t j = 0; j < p; j++)
                leverage += z[i] * q[i * p + j] * z[j];
        }
        double share = isinf(psi) ? 0 : a / (a + psi);
        double own = isinf(psi) ? a : share * psi;
        m->centre[k] = share > 0 ? centre + share * (y - centre) : centre;
        m->sd[k] = sqrt(own + (1 - share) * (1 - share) * leverage);
        weight += d->weight[k] * share;
    }
    return weight;
}

static double mean_of(const mixture *m, double *sd) {
    double mean = 0, square = 0;
    for (size_t k = 0; k < NODES; k++)
        mean += m->weight[k] * m->centre[k];
    for (size_t k = 0; k < NODES; k++) {
        double off = m->centre[k] - mean;
        square += m->weight[k] * (m->sd[k] * m->sd[k] + off * off);
    }
    *sd = sqrt(square);
    return mean;
}

/* Newton's method, kept between bounds that hold any distribution with this mean and standard
 * deviation (Chebyshev's inequality). */
static double quantile_of(const mixture *m, double mean, double sd, double share) {
    double reach = sd / sqrt(fmin(share, 1 - share));
    double low = mean - reach, high = mean + reach;
    double t = mean + sd * mirti_normal_quantile(share);
    for (int step = 0; step < MOST_STEPS; step++) {
        double below = 0, density = 0;
        for (size_t k = 0; k < NODES; k++) {
            double x = (t - m->centre[k]) / m->sd[k];
            below += m->weight[k] * mirti_normal_cdf(x);
            density += m->weight[k] * mirti_normal_density(x) / m->sd[k];
        }
        if (below < share)
            low = t;
        else
            high = t;
        double next = t - (below - share) / density;
        if (!(next > low && next < high)) next = (low + high) / 2;
        double moved = fabs(next - t);
        t = next;
        if (moved <= 1e-12 * sd) break;
    }
    return t;
}

/* ---------------------------------------------------------------- back to the estimate's scale */

static double back(mirti_area_scale scale, double t) {
    if (scale == MIRTI_SCALE_LOGIT) return mirti_logistic(t);
    if (scale == MIRTI_SCALE_IDENTITY) return t;
    double kept = fmin(fmax(t, 0), 1.5707963267948966); /* where asin √p can be */
    return sin(kept) * sin(kept);
}

/* dp/dt where the estimate's scale is at p. */
static double along(mirti_area_scale scale, double p) {
    if (scale == MIRTI_SCALE_LOGIT) return p * (1 - p);
    return scale == MIRTI_SCALE_ARCSINE ? 2 * sqrt(p * (1 - p)) : 1;
}

/* The mean of back(t) over t ~ N(centre, sd²). */
static double mean_back(const posterior *d, mirti_area_scale scale, double centre, double sd) {
    if (scale == MIRTI_SCALE_IDENTITY) return centre;
    /* sin² t = (1 − cos 2t)/2, whose mean is known */
    if (scale == MIRTI_SCALE_ARCSINE)
        return 0.5 * (1 - mirti_exact_exp(-2 * sd * sd) *
                              mirti_exact_cos_turn(centre / 3.14159265358979323846));
    double sum = 0, spread = sqrt(2.0) * sd;
    for (int k = 0; k < HERMITE; k++)
        sum += d->hermite[k] * mirti_logistic(centre + spread * d->node[k]);
    return sum / 1.7724538509055160273;
}

static void predict(const posterior *d, const mirti_fay_herriot_wish *wish, int64_t i,
                    mirti_fay_herriot *fit) {
    bool usable = mirti_fay_herriot_usable(fit->scale, wish->estimate[i], wish->sampling[i]);
    double y = usable ? mirti_fay_herriot_transform(fit->scale, wish->estimate[i]) : 0;
    mixture m;
    fit->weight[i] =
        mix(d, wish->z + i * fit->columns, y, usable ? wish->sampling[i] : (double)INFINITY, &m);
    double value = 0, beyond = (1 - wish->confidence) / 2;
    for (size_t k = 0; k < NODES; k++)
        value += m.weight[k] * mean_back(d, fit->scale, m.centre[k], m.sd[k]);
    double mean = mean_of(&m, &fit->sd[i]);
    fit->value[i] = value;
    fit->se[i] = fit->sd[i] * along(fit->scale, value);
    fit->lo[i] = back(fit->scale, quantile_of(&m, mean, fit->sd[i], beyond));
    fit->hi[i] = back(fit->scale, quantile_of(&m, mean, fit->sd[i], 1 - beyond));
}

mirti_status mirti_fay_herriot_predict(mirti_fay_herriot_areas *data,
                                       const mirti_fay_herriot_wish *wish, mirti_fay_herriot *fit,
                                       mirti_error *err) {
    size_t p = (size_t)data->p;
    posterior d = {.data = data,
                   .beta = mirti_new(NODES * p, sizeof(double)),
                   .q = mirti_new(NODES * p * p, sizeof(double))};
    mirti_status status = d.beta && d.q
                              ? mirti_fit_hermite(HERMITE, d.node, d.hermite, err)
                              : mirti_fail_memory(err, "the distribution of the variance of areas");
    if (status == MIRTI_OK) status = find_distribution(&d, fit->variance, err);
    for (int64_t i = 0; i < fit->areas && status == MIRTI_OK; i++)
        predict(&d, wish, i, fit);
    mirti_free(d.beta);
    mirti_free(d.q);
    return status;
}
