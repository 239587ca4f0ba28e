/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one place where time goes: a pass over all rows that adds up the log-likelihood, its gradient
 * and the information matrix. Rows are cut into chunks by their number alone; each chunk adds up
 * its own sums, in row order, and the chunks' sums are added in order. So any number of threads
 * gives the same bits. Within a chunk rows go through in blocks that stay in the cache:
 * standardised, linear predictor, derivatives, then the information four rows at a time, where the
 * innermost loop runs over columns and vectorises without reordering any sum.
 *
 * Exponential and logarithm are the engine's exact ones: the same bits on every machine, too.
 */
#include "problem.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 64, SMALLEST_CHUNK = 2048, MOST_CHUNKS = 128 };

typedef struct pass_job {
    const mirti_fit_problem *problem;
    const double *b;
    double *residual; /* [design rows] or NULL */
    int64_t chunk;    /* rows in one */
    size_t stride;    /* doubles in one chunk's part: 1 + p + p² */
    double *part;     /* [chunks × stride] */
} pass_job;

/* Rows first .. first+count−1 of the subpopulation, standardised, into z [count × p]. */
static void gather(const pass_job *job, int64_t first, int count, double *z) {
    const mirti_fit_problem *problem = job->problem;
    size_t p = (size_t)problem->p;
    for (int i = 0; i < count; i++) {
        const double *x = problem->x + (size_t)mirti_fit_problem_row(problem, first + i) * p;
        double *row = z + (size_t)i * p;
        for (size_t j = 0; j < p; j++)
            row[j] = (x[j] - problem->centre[j]) * problem->scale[j];
    }
}

/* Bernoulli log-likelihood of a logit at η; u its derivative y − p, h = p(1 − p). */
static double logit_at(double eta, double y, double *u, double *h) {
    double e = mirti_exact_exp(-fabs(eta));
    double small = e / (1 + e); /* the smaller of p and 1 − p */
    bool likely = (eta >= 0) == (y == 1);
    *u = y == 1 ? (likely ? small : 1 - small) : (likely ? -small : small - 1);
    *h = small * (1 / (1 + e));
    return -mirti_exact_log(1 + e) - (likely ? 0 : fabs(eta));
}

/* log Φ(η) far out, where Φ itself is zero: −η²/2 − log(−η√2π), and one more term. */
static double log_normal_tail(double eta) {
    return -0.5 * eta * eta - mirti_exact_log(-eta * 2.5066282746310002) - 1 / (eta * eta);
}

/* The same for a probit; u = ±φ/Φ(±η), h = φ²/(Φ(1−Φ)). */
static double probit_at(double eta, double y, double *u, double *h) {
    double side = y == 1 ? eta : -eta, density = mirti_normal_density(eta);
    double here = mirti_normal_cdf(side), there = mirti_normal_cdf(-side);
    bool far = side < -37;
    double ratio = far ? -side + -1 / side : density / here;
    *u = y == 1 ? ratio : -ratio;
    *h = here > 0 && there > 0 ? density * density / (here * there) : 0;
    return far ? log_normal_tail(side) : mirti_exact_log(here);
}

/* The same for the complementary log-log: 1 − p = exp(−t), t = exp(η). */
static double cloglog_at(double eta, double y, double *u, double *h) {
    double t = mirti_exact_exp(fmin(eta, 30)), p = mirti_link_inverse(MIRTI_LINK_CLOGLOG, eta);
    double ratio = t * mirti_exact_exp(-t) / p; /* t/(e^t − 1) */
    *h = ratio * t;
    *u = y == 1 ? ratio : -t;
    return y == 1 ? mirti_exact_log(p) : -t;
}

/* Adds Σ s z zᵀ of `count` rows to the upper triangle; sz holds s·z. */
static void add_products(const double *z, const double *sz, int count, size_t p, double *into) {
    int i = 0;
    for (; i + 4 <= count; i += 4) {
        const double *z0 = z + (size_t)i * p, *z1 = z0 + p, *z2 = z1 + p, *z3 = z2 + p;
        const double *s0 = sz + (size_t)i * p, *s1 = s0 + p, *s2 = s1 + p, *s3 = s2 + p;
        for (size_t j = 0; j < p; j++) {
            double a = s0[j], b = s1[j], c = s2[j], d = s3[j];
            double *restrict row = into + j * p;
            for (size_t k = j; k < p; k++)
                row[k] += (a * z0[k] + b * z1[k]) + (c * z2[k] + d * z3[k]);
        }
    }
    for (; i < count; i++) {
        const double *z0 = z + (size_t)i * p, *s0 = sz + (size_t)i * p;
        for (size_t j = 0; j < p; j++)
            for (size_t k = j; k < p; k++)
                into[j * p + k] += s0[j] * z0[k];
    }
}

static void add_block(const pass_job *job, int64_t first, int count, double *z, double *sz,
                      double *part) {
    const mirti_fit_problem *problem = job->problem;
    size_t p = (size_t)problem->p;
    double *gradient = part + 1, *information = gradient + p;
    double (*const at)(double, double, double *, double *) =
        problem->link == MIRTI_LINK_PROBIT    ? probit_at
        : problem->link == MIRTI_LINK_CLOGLOG ? cloglog_at
                                              : logit_at;
    gather(job, first, count, z);
    for (int i = 0; i < count; i++) {
        int64_t row = mirti_fit_problem_row(problem, first + i);
        double w = problem->weight[row] / problem->mean_weight;
        const double *zi = z + (size_t)i * p;
        double eta = 0, u, h;
        for (size_t j = 0; j < p; j++)
            eta += job->b[j] * zi[j];
        part[0] += w * at(eta, problem->y[row], &u, &h);
        if (job->residual) job->residual[row] = w * u;
        double *szi = sz + (size_t)i * p;
        for (size_t j = 0; j < p; j++) {
            gradient[j] += w * u * zi[j];
            szi[j] = w * h * zi[j];
        }
    }
    add_products(z, sz, count, p, information);
}

static mirti_status work(int64_t first, int64_t last, void *context, mirti_error *err) {
    const pass_job *job = context;
    size_t p = (size_t)job->problem->p;
    double *z = mirti_new(2 * BLOCK * p, sizeof *z);
    if (!z) return mirti_fail_memory(err, "a block of rows");
    double *part = job->part + (size_t)(first / job->chunk) * job->stride;
    for (int64_t i = first; i < last; i += BLOCK)
        add_block(job, i, last - i < BLOCK ? (int)(last - i) : BLOCK, z, z + BLOCK * p, part);
    mirti_free(z);
    return MIRTI_OK;
}

mirti_status mirti_fit_pass(const mirti_fit_problem *problem, const double *b, double *residual,
                            mirti_fit_sums *sums, mirti_error *err) {
    size_t p = (size_t)problem->p;
    int64_t rows = problem->rows;
    int64_t chunk = (rows + MOST_CHUNKS - 1) / MOST_CHUNKS;
    if (chunk < SMALLEST_CHUNK) chunk = SMALLEST_CHUNK;
    size_t chunks = (size_t)((rows + chunk - 1) / chunk);
    pass_job job = {.problem = problem, .b = b, .chunk = chunk, .stride = 1 + p + p * p};
    job.residual = residual;
    job.part = mirti_new(chunks * job.stride, sizeof *job.part);
    if (!job.part) return mirti_fail_memory(err, "the sums of the likelihood");
    mirti_status status = mirti_parallel_range(rows, chunk, problem->threads, work, &job, err);
    if (status == MIRTI_OK) {
        for (size_t c = 1; c < chunks; c++)
            for (size_t k = 0; k < job.stride; k++)
                job.part[k] += job.part[c * job.stride + k];
        sums->loglik = job.part[0];
        memcpy(sums->gradient, job.part + 1, p * sizeof(double));
        for (size_t j = 0; j < p; j++)
            for (size_t k = j; k < p; k++)
                sums->information[j * p + k] = sums->information[k * p + j] =
                    job.part[1 + p + j * p + k];
    }
    mirti_free(job.part);
    return status;
}

void mirti_fit_add_firth(const mirti_fit_problem *problem, const double *b, const double *inverse,
                         double *gradient) {
    size_t p = (size_t)problem->p;
    for (int64_t i = 0; i < problem->rows; i++) {
        int64_t row = mirti_fit_problem_row(problem, i);
        const double *x = problem->x + (size_t)row * p;
        double eta = 0, quadratic = 0, u, h;
        for (size_t j = 0; j < p; j++)
            eta += b[j] * (x[j] - problem->centre[j]) * problem->scale[j];
        for (size_t j = 0; j < p; j++) {
            double zj = (x[j] - problem->centre[j]) * problem->scale[j];
            for (size_t k = 0; k < p; k++)
                quadratic +=
                    zj * inverse[j * p + k] * (x[k] - problem->centre[k]) * problem->scale[k];
        }
        logit_at(eta, 0, &u, &h); /* u = −p */
        double leverage = problem->weight[row] / problem->mean_weight * h * quadratic;
        for (size_t j = 0; j < p; j++)
            gradient[j] += leverage * (0.5 + u) * (x[j] - problem->centre[j]) * problem->scale[j];
    }
}
