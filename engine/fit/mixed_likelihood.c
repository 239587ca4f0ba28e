/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The likelihood of a mixed logit, area by area. With g(v) = Σ w ℓ(η + θv) − v²/2 the area's part
 * is log ∫ e^{g(v)} dv / √2π. The rule is centred at the mode v̂ of g and scaled by τ = H^{−1/2}, H
 * = −g''(v̂) (Pinheiro and Chao 2006, J. Comput. Graph. Stat. 15):
 *
 *     L = log τ + log Σ_q c_q e^{g(v_q)},   v_q = v̂ + τ s_q.
 *
 * Its gradient is exact, for the rule moves with the parameters: with π_q the terms' shares and a
 * parameter φ,
 *
 *     dL = −dH/2H + Σ π_q [∂g/∂φ(v_q) + g'(v_q)(dv̂ + s_q dτ)],
 *     dv̂ = (∂²g/∂v∂φ)/H,   dτ = −τ dH/2H,   dH = ∂H/∂φ + (∂H/∂v) dv̂.
 *
 * Everything that depends on a row is a number times its columns, so one pass Xᵀa ends an area.
 * Areas are independent and summed in chunks whose size does not depend on the number of threads.
 */
#include "mixed.h"

#include <math.h>
#include <string.h>

#include "many.h"

enum { MOST_STEPS = 200, MOST_CHUNKS = 64, SMALLEST_CHUNK = 4 };

/* Beyond it a probability is 0 or 1, and so is a likelihood; the product of two such exponentials
 * is finite. */
static const double most_eta = 350;

typedef struct evaluation {
    mirti_mixed_data *data;
    const double *b;
    double theta;
    const mirti_mixed_out *out;
    int64_t chunk; /* areas in one */
    size_t stride; /* doubles in one chunk's part: 1 + k + k² */
    double *part;  /* [chunks × stride] */
} evaluation;

/* One area at work, with room for its rows. */
typedef struct area {
    const mirti_mixed_data *data;
    int64_t first, count;
    double theta;
    const double *z, *w, *y;
    double *eta;            /* [count] xᵀβ, within ±most_eta */
    double *odds;           /* [count] e^{−η}: an effect moves all of them by one factor */
    double *residual;       /* [Q × count] y − μ at every node */
    double *h, *third;      /* [count] at the mode: μ(1−μ) and its derivative */
    double *spare, *other;  /* [count] */
    double constant, slope; /* Σ w (y−1) η and Σ w (y−1) */
} area;

/* Σ w (y−μ), Σ w μ(1−μ), Σ w μ(1−μ)(1−2μ) */
typedef struct sums {
    double first, second, third;
} sums;

/* e^{−θv}, the factor of all odds. */
static double factor_at(const area *a, double v) {
    return mirti_exact_exp(fmax(-most_eta, fmin(most_eta, -a->theta * v)));
}

/* Linear predictors and odds of the area's rows at b. */
static void set_out(area *a, const double *b) {
    size_t p = (size_t)a->data->p, count = (size_t)a->count;
    a->constant = a->slope = 0;
    for (size_t i = 0; i < count; i++) {
        double eta = mirti_fit_dot(b, a->z + i * p, p);
        a->eta[i] = fmax(-most_eta, fmin(most_eta, eta));
        a->spare[i] = -a->eta[i];
        double missing = a->w[i] * (a->y[i] - 1);
        a->constant += missing * a->eta[i];
        a->slope += missing;
    }
    mirti_fit_exp(a->spare, count, a->odds);
}

/* The derivatives of Σ w ℓ at v; row by row, the second and third are kept. */
static sums derivatives_at(const area *a, double v) {
    size_t count = (size_t)a->count;
    double factor = factor_at(a, v);
    const double *restrict odds = a->odds, *restrict y = a->y;
    double *restrict r = a->spare, *restrict h = a->h, *restrict third = a->third;
    for (size_t i = 0; i < count; i++) {
        double t = odds[i] * factor, mu = 1 / (1 + t), other = t * mu;
        r[i] = y[i] > 0 ? other : -mu;
        h[i] = mu * other;
        third[i] = h[i] * (other - mu);
    }
    return (sums){mirti_fit_dot(a->w, r, count), mirti_fit_dot(a->w, h, count),
                  mirti_fit_dot(a->w, third, count)};
}

/* g(v), and the residuals there with their sum: ℓ = (y − 1)(η + θv) − log(1 + e^{−η−θv}). */
static double value_at(const area *a, double v, double *residual, double *sum) {
    size_t count = (size_t)a->count;
    double factor = factor_at(a, v);
    const double *restrict odds = a->odds, *restrict y = a->y;
    double *restrict r = residual, *restrict one_more = a->spare;
    for (size_t i = 0; i < count; i++) {
        double t = odds[i] * factor, mu = 1 / (1 + t);
        one_more[i] = 1 + t;
        r[i] = y[i] > 0 ? t * mu : -mu;
    }
    mirti_fit_log(one_more, count, a->other);
    *sum = mirti_fit_dot(a->w, r, count);
    return a->constant + a->slope * a->theta * v - mirti_fit_dot(a->w, a->other, count) - v * v / 2;
}

/*
 * The mode of g, and the derivatives there. g' falls with slope −1 or steeper, so the mode lies
 * between v and v + g'(v): Newton's steps, with that bracket to keep them honest. The search ends
 * where a step would be below 1e-10; L hardly notices, for it is flat in v there.
 */
static double find_mode(const area *a, double v, sums *s) {
    double low = -(double)INFINITY, high = (double)INFINITY;
    for (int k = 0;; k++) {
        *s = derivatives_at(a, v);
        double slope = a->theta * s->first - v;
        double step = slope / (1 + a->theta * a->theta * s->second);
        if (fabs(step) <= 1e-10 || k == MOST_STEPS) return v;
        if (slope > 0) {
            low = v;
            high = fmin(high, v + slope);
        } else {
            high = v;
            low = fmax(low, v + slope);
        }
        double next = v + step;
        v = next >= low && next <= high ? next : (low + high) / 2;
    }
}

/* Adds s z zᵀ to the upper triangle of a matrix of p + 1 columns, and s z to `moment`. */
static void add_product(const double *z, double s, size_t p, double *into, double *moment) {
    for (size_t j = 0; j < p; j++) {
        double left = s * z[j];
        double *restrict row = into + j * (p + 1);
        moment[j] += left;
        for (size_t l = j; l < p; l++)
            row[l] += left * z[l];
    }
}

/* Adds what an area knows of the parameters to a rough information matrix: the one of the joint
 * likelihood with v profiled out. */
static void add_information(const area *a, double area_weight, sums s, double curvature,
                            double *information, double *moment) {
    size_t p = (size_t)a->data->p, k = p + 1;
    memset(moment, 0, p * sizeof *moment);
    for (int64_t i = 0; i < a->count; i++)
        add_product(a->z + (size_t)i * p, area_weight * a->w[i] * a->h[i], p, information, moment);
    double theta2 = a->theta * a->theta;
    for (size_t j = 0; j < p; j++)
        for (size_t l = j; l < p; l++)
            information[j * k + l] -= theta2 / (curvature * area_weight) * moment[j] * moment[l];
    double shrunk = s.second / curvature; /* of log θ an area knows 2λ², λ = θ² shrunk */
    information[p * k + p] += 2 * area_weight * theta2 * shrunk * shrunk;
}

/*
 * Adds an area's part of minus the Hessian, by the missing-information identity (Louis 1982, JRSS B
 * 44): what would be known if v were, less what varies with v. Averages over v are those of the
 * rule; `share` [Q] are its weights.
 */
static void add_hessian(const area *a, double area_weight, double mode, double tau,
                        const double *share, double *hessian, double *scores) {
    const mirti_mixed_data *data = a->data;
    size_t p = (size_t)data->p, k = p + 1, q = (size_t)data->quadrature;
    double *mean = scores + q * k, *cross = mean + k; /* cross: Σ w (mean of v·h) z */
    memset(scores, 0, (q + 2) * k * sizeof *scores);
    double of_theta = 0;
    for (int64_t i = 0; i < a->count; i++) {
        const double *z = a->z + (size_t)i * p;
        double h = 0, vh = 0, vvh = 0;
        for (size_t node = 0; node < q; node++) {
            double v = mode + tau * data->node[node];
            double r = a->residual[node * (size_t)data->most_rows + (size_t)i];
            double spread = fabs(r) * (1 - fabs(r)); /* μ(1−μ) of |y − μ| */
            h += share[node] * spread;
            vh += share[node] * v * spread;
            vvh += share[node] * v * v * spread;
            double wr = a->w[i] * r, *score = scores + node * k;
            for (size_t j = 0; j < p; j++)
                score[j] += wr * z[j];
            score[p] += v * wr;
        }
        add_product(z, area_weight * a->w[i] * h, p, hessian, cross);
        for (size_t j = 0; j < p; j++)
            hessian[j * k + p] += area_weight * a->w[i] * vh * z[j];
        of_theta += area_weight * a->w[i] * vvh;
    }
    hessian[p * k + p] += of_theta;
    for (size_t node = 0; node < q; node++)
        for (size_t j = 0; j < k; j++)
            mean[j] += share[node] * scores[node * k + j];
    for (size_t node = 0; node < q; node++)
        for (size_t j = 0; j < k; j++) {
            double left = area_weight * share[node] * (scores[node * k + j] - mean[j]);
            for (size_t l = j; l < k; l++)
                hessian[j * k + l] -= left * (scores[node * k + l] - mean[l]);
        }
}

/* Everything of one area, at parameters (b, θ). */
static void add_area(const evaluation *e, int32_t number, area *a, double *part, double *moment) {
    mirti_mixed_data *data = e->data;
    const mirti_mixed_out *out = e->out;
    size_t p = (size_t)data->p, k = p + 1, q = (size_t)data->quadrature;
    a->first = data->start[number];
    a->count = data->start[number + 1] - a->first;
    a->z = data->z + (size_t)a->first * p;
    a->w = data->weight + a->first;
    a->y = data->y + a->first;
    set_out(a, e->b);
    double theta = a->theta;
    sums s;
    double mode = data->mode[number] = find_mode(a, data->mode[number], &s);
    double curvature = 1 + theta * theta * s.second, tau = 1 / sqrt(curvature);

    double *term = moment + p, *slope = term + q; /* g then share; g' */
    double largest = -(double)INFINITY;
    for (size_t node = 0; node < q; node++) {
        double v = mode + tau * data->node[node], sum;
        term[node] = data->log_weight[node] +
                     value_at(a, v, a->residual + node * (size_t)data->most_rows, &sum);
        slope[node] = sum; /* Σ w r */
        largest = fmax(largest, term[node]);
    }
    double total = 0;
    for (size_t node = 0; node < q; node++)
        total += term[node] = mirti_exact_exp(term[node] - largest);
    double area_weight = data->area_weight[number];
    part[0] += area_weight * (mirti_exact_log(tau) + largest + mirti_exact_log(total));

    double t1 = 0, t2 = 0, of_theta = 0;
    for (size_t node = 0; node < q; node++) {
        double share = term[node] / total, v = mode + tau * data->node[node];
        double derivative = theta * slope[node] - v;
        t1 += share * derivative;
        t2 += share * derivative * data->node[node];
        of_theta += share * v * slope[node];
        term[node] = share;
        if (out->point) {
            out->point[(size_t)number * q + node] = theta * v;
            out->probability[(size_t)number * q + node] = share;
        }
    }
    if (out->information && out->hessian)
        add_hessian(a, area_weight, mode, tau, term, part + 1 + k, slope + q);
    else if (out->information)
        add_information(a, area_weight, s, curvature, part + 1 + k, moment);
    if (!out->gradient && !out->score) return;

    double kappa = -(1 + t2 * tau) / (2 * curvature);                           /* on dH */
    double lambda = (t1 + kappa * theta * theta * theta * s.third) / curvature; /* on ∂²g/∂v∂φ */
    double *gradient = moment;
    memset(gradient, 0, p * sizeof *gradient);
    for (int64_t i = 0; i < a->count; i++) {
        double c = kappa * theta * theta * a->third[i] - lambda * theta * a->h[i];
        for (size_t node = 0; node < q; node++)
            c += term[node] * a->residual[node * (size_t)data->most_rows + (size_t)i];
        c *= a->w[i] * area_weight;
        const double *z = a->z + (size_t)i * p;
        for (size_t j = 0; j < p; j++)
            gradient[j] += c * z[j];
    }
    of_theta += kappa * (2 * theta * s.second + theta * theta * s.third * mode) +
                lambda * (s.first - theta * mode * s.second);
    for (size_t j = 0; j < p; j++)
        part[1 + j] += gradient[j];
    part[1 + p] += area_weight * of_theta;
    if (out->score) {
        memcpy(out->score + (size_t)number * k, gradient, p * sizeof *gradient);
        out->score[(size_t)number * k + p] = area_weight * of_theta;
    }
}

static mirti_status work(int64_t first, int64_t last, void *context, mirti_error *err) {
    const evaluation *e = context;
    const mirti_mixed_data *data = e->data;
    size_t most = (size_t)data->most_rows, p = (size_t)data->p, q = (size_t)data->quadrature;
    double *memory = mirti_new((6 + q) * most + p + 2 * q + (q + 2) * (p + 1), sizeof *memory);
    if (!memory) return mirti_fail_memory(err, "an area's rows");
    area a = {.data = data, .theta = e->theta};
    a.eta = memory;
    a.odds = a.eta + most;
    a.h = a.odds + most;
    a.third = a.h + most;
    a.spare = a.third + most;
    a.other = a.spare + most;
    a.residual = a.other + most;
    double *part = e->part + (size_t)(first / e->chunk) * e->stride;
    for (int64_t number = first; number < last; number++)
        add_area(e, (int32_t)number, &a, part, a.residual + q * most);
    mirti_free(memory);
    return MIRTI_OK;
}

mirti_status mirti_mixed_evaluate(mirti_mixed_data *data, const double *parameter,
                                  const mirti_mixed_out *out, double *loglik, mirti_error *err) {
    size_t p = (size_t)data->p, k = p + 1;
    evaluation e = {.data = data, .b = parameter, .theta = parameter[p], .out = out};
    e.chunk = (data->areas + MOST_CHUNKS - 1) / MOST_CHUNKS;
    if (e.chunk < SMALLEST_CHUNK) e.chunk = SMALLEST_CHUNK;
    size_t chunks = (size_t)((data->areas + e.chunk - 1) / e.chunk);
    e.stride = 1 + k + (out->information ? k * k : 0);
    e.part = mirti_new(chunks * e.stride, sizeof *e.part);
    if (!e.part) return mirti_fail_memory(err, "the sums of the likelihood");
    mirti_status status = mirti_parallel_range(data->areas, e.chunk, data->threads, work, &e, err);
    if (status == MIRTI_OK) {
        for (size_t c = 1; c < chunks; c++)
            for (size_t j = 0; j < e.stride; j++)
                e.part[j] += e.part[c * e.stride + j];
        *loglik = e.part[0];
        if (out->gradient) memcpy(out->gradient, e.part + 1, k * sizeof(double));
        for (size_t j = 0; out->information && j < k; j++)
            for (size_t l = j; l < k; l++)
                out->information[j * k + l] = out->information[l * k + j] =
                    e.part[1 + k + j * k + l];
    }
    mirti_free(e.part);
    return status;
}
