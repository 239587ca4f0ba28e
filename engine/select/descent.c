/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The minimum of the penalised logit, by proximal Newton steps (Friedman, Hastie and Tibshirani
 * 2010; Lee, Sun and Saunders 2014): the loss is replaced by its quadratic expansion, whose
 * penalised minimum is found by block coordinate descent within the Hessian alone, without touching
 * the data; then a search along the line to it. Only groups that are in, or have been, take part;
 * when they are done the others are asked whether they would come in.
 *
 * The Hessian is the expensive part and changes little from one λ to the next, so it is kept as
 * long as steps with it bring the conditions of the minimum much closer. They alone say when to
 * stop, so a kept Hessian costs no accuracy.
 */
#include "penalised.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 256, MOST_STEPS = 300, MOST_HALVINGS = 40, MOST_SWEEPS = 3000 };

/* Linear predictors so far out are a probability of 0 or 1 in every digit that matters: with no
 * penalty to hold them, they are on their way to infinity. */
static const double far_out = 35;

/* --------------------------------------------------------------------------- loss and gradient -- */

/* Residuals y − p and curvatures p(1 − p) at linear predictors `eta`, with weights. */
static void evaluate(mirti_penalised *fit, const double *eta) {
    for (int64_t i = 0; i < fit->count; i++) {
        double e = mirti_exact_exp(-fabs(eta[i])), small = e / (1 + e);
        double w = fit->weight[i], p = eta[i] >= 0 ? 1 - small : small;
        fit->residual[i] = fit->ones[i] - w * p;
        fit->curvature[i] = w * small * (1 - small);
    }
}

/* −Σ w log L at linear predictors `eta`. */
static double loss_at(const mirti_penalised *fit, const double *eta) {
    double loss = 0;
    for (int64_t i = 0; i < fit->count; i++) {
        double size = fabs(eta[i]), rest = mirti_exact_log(1 + mirti_exact_exp(-size));
        loss += fit->weight[i] * (rest + (eta[i] > 0 ? size : 0)) - fit->ones[i] * eta[i];
    }
    return loss;
}

double mirti_penalised_loss(const mirti_penalised *fit) {
    return loss_at(fit, fit->eta);
}

static const double *column(const mirti_penalised *fit, int k) {
    return fit->z + (size_t)k * (size_t)fit->count;
}

static void find_gradient(mirti_penalised *fit, int g) {
    for (int k = fit->start[g]; k < fit->start[g + 1]; k++)
        fit->gradient[k] = -mirti_select_dot(column(fit, k), fit->residual, fit->count);
}

static void find_working_gradient(mirti_penalised *fit) {
    for (int g = 0; g < fit->groups; g++)
        if (fit->in_work[g]) find_gradient(fit, g);
}

static double norm(const double *v, int first, int last) {
    double sum = 0;
    for (int k = first; k < last; k++)
        sum += v[k] * v[k];
    return sqrt(sum);
}

/* By how much group g misses its condition of the minimum, at coefficients `theta` with the loss's
 * gradient `slope`: the length of slope + λ f θ/‖θ‖, or, at θ = 0, what ‖slope‖ exceeds λ f by. */
static double group_miss(const mirti_penalised *fit, int g, double lambda, const double *theta,
                         const double *slope) {
    int first = fit->start[g], last = fit->start[g + 1];
    double length = norm(slope, first, last), size = norm(theta, first, last), sum = 0;
    if (fit->factor[g] == 0) return length;
    if (size == 0) return fmax(0, length - lambda * fit->factor[g]);
    for (int k = first; k < last; k++) {
        double part = slope[k] + lambda * fit->factor[g] * theta[k] / size;
        sum += part * part;
    }
    return sqrt(sum);
}

static double working_miss(const mirti_penalised *fit, double lambda, const double *theta,
                           const double *slope) {
    double worst = 0;
    for (int g = 0; g < fit->groups; g++)
        if (fit->in_work[g]) worst = fmax(worst, group_miss(fit, g, lambda, theta, slope));
    return worst;
}

static double penalty(const mirti_penalised *fit, double lambda, const double *theta) {
    double sum = 0;
    for (int g = 1; g < fit->groups; g++) {
        if (!fit->in_work[g] || fit->factor[g] == 0) continue;
        double size = norm(theta, fit->start[g], fit->start[g + 1]);
        if (size > 0) sum += lambda * fit->factor[g] * size;
    }
    return sum;
}

/* Position in fit->hessian of working columns a and b. */
static double *cell(const mirti_penalised *fit, int a, int b) {
    return fit->hessian + (size_t)a * (size_t)fit->columns + (size_t)b;
}

static void find_hessian(mirti_penalised *fit) {
    double scaled[BLOCK];
    for (int a = 0; a < fit->working; a++)
        for (int b = a; b < fit->working; b++)
            *cell(fit, a, b) = 0;
    for (int64_t first = 0; first < fit->count; first += BLOCK) {
        int64_t size = fit->count - first < BLOCK ? fit->count - first : BLOCK;
        for (int a = 0; a < fit->working; a++) {
            const double *za = column(fit, fit->work[a]) + first;
            for (int64_t i = 0; i < size; i++)
                scaled[i] = fit->curvature[first + i] * za[i];
            for (int b = a; b < fit->working; b++)
                *cell(fit, a, b) +=
                    mirti_select_dot(scaled, column(fit, fit->work[b]) + first, size);
        }
    }
    for (int a = 0; a < fit->working; a++)
        for (int b = 0; b < a; b++)
            *cell(fit, a, b) = *cell(fit, b, a);
    fit->stale = false;
}

/* ---------------------------------------------------------------------- the quadratic's minimum -- */

/* Improves the working columns at .. at+width−1, which are group g: the quadratic is bounded from
 * above by one with the same curvature in all directions of the group, whose penalised minimum is a
 * shrunken step (of one column it is the quadratic itself). `fit->slope` follows. */
static void improve_group(mirti_penalised *fit, int g, int at, int width, double lambda,
                          double *target) {
    double bound = 0, size = 0;
    for (int a = 0; a < width; a++) {
        double row = 0;
        for (int b = 0; b < width; b++)
            row += fabs(*cell(fit, at + a, at + b));
        bound = fmax(bound, row);
    }
    if (!(bound > 0)) return;
    const int *k = fit->work + at;
    for (int a = 0; a < width; a++) {
        target[a] = fit->delta[k[a]] + fit->theta[k[a]] - fit->slope[k[a]] / bound;
        size += target[a] * target[a];
    }
    size = sqrt(size);
    double limit = fit->factor[g] == 0 ? 0 : lambda * fit->factor[g] / bound;
    double shrink = size > limit ? 1 - limit / size : 0;
    for (int a = 0; a < width; a++) {
        double change =
            (size > limit ? shrink * target[a] : 0) - fit->theta[k[a]] - fit->delta[k[a]];
        if (change == 0) continue;
        fit->delta[k[a]] += change;
        const double *row = cell(fit, at + a, 0);
        for (int b = 0; b < fit->working; b++)
            fit->slope[fit->work[b]] += change * row[b];
    }
}

/* Fills fit->delta with the way to the minimum of the quadratic; conditions to `tolerance`.
 * `target` and `there` are scratch [q]. */
static void minimise_quadratic(mirti_penalised *fit, double lambda, double tolerance,
                               double *target, double *there) {
    for (int a = 0; a < fit->working; a++) {
        fit->delta[fit->work[a]] = 0;
        fit->slope[fit->work[a]] = fit->gradient[fit->work[a]];
    }
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
        for (int at = 0, g = 0; g < fit->groups; g++) {
            int width = fit->start[g + 1] - fit->start[g];
            if (!fit->in_work[g]) continue;
            improve_group(fit, g, at, width, lambda, target);
            at += width;
        }
        for (int a = 0; a < fit->working; a++)
            there[fit->work[a]] = fit->theta[fit->work[a]] + fit->delta[fit->work[a]];
        if (working_miss(fit, lambda, there, fit->slope) <= tolerance) break;
    }
}

/* ------------------------------------------------------------------------------------ the search -- */

static void list_working(mirti_penalised *fit) {
    fit->working = 0;
    for (int g = 0; g < fit->groups; g++)
        for (int k = fit->start[g]; fit->in_work[g] && k < fit->start[g + 1]; k++)
            fit->work[fit->working++] = k;
    fit->stale = true;
}

/* First call: the intercept and the free groups work. */
static void begin(mirti_penalised *fit) {
    for (int g = 0; g < fit->groups; g++)
        fit->in_work[g] = fit->factor[g] == 0 && fit->start[g + 1] > fit->start[g];
    list_working(fit);
    for (int64_t i = 0; i < fit->count; i++)
        fit->eta[i] = fit->theta[0];
    evaluate(fit, fit->eta);
    find_working_gradient(fit);
    fit->begun = true;
}

/* Groups that would come in begin to work; false if there is none. */
static bool invite(mirti_penalised *fit, double lambda, double tolerance) {
    bool some = false;
    for (int g = 1; g < fit->groups; g++) {
        if (fit->in_work[g] || fit->start[g] == fit->start[g + 1]) continue;
        find_gradient(fit, g);
        double miss = group_miss(fit, g, lambda, fit->theta, fit->gradient);
        fit->miss = fmax(fit->miss, fmin(miss, tolerance));
        if (miss <= tolerance) continue;
        fit->in_work[g] = 1;
        some = true;
    }
    if (some) list_working(fit);
    return some;
}

/* How linear predictors change along fit->delta, into fit->step; returns the largest change. */
static double find_direction(mirti_penalised *fit) {
    double longest = 0;
    memset(fit->step, 0, (size_t)fit->count * sizeof *fit->step);
    for (int a = 0; a < fit->working; a++) {
        const double *z = column(fit, fit->work[a]);
        double change = fit->delta[fit->work[a]];
        for (int64_t i = 0; change != 0 && i < fit->count; i++)
            fit->step[i] += change * z[i];
    }
    for (int64_t i = 0; i < fit->count; i++)
        if (fabs(fit->step[i]) > longest) longest = fabs(fit->step[i]);
    return longest;
}

/* The derivative of the loss along fit->delta. */
static double slope_along(const mirti_penalised *fit) {
    double sum = 0;
    for (int a = 0; a < fit->working; a++)
        sum += fit->gradient[fit->work[a]] * fit->delta[fit->work[a]];
    return sum;
}

/*
 * What the loss can rise by at most between two points whose derivatives along the way are known.
 * The curvature c along the way is their difference, and within a way on which no linear predictor
 * changes by more than m it changes by a factor of e^m at most, since |p″| ≤ p′ of the logistic
 * function; so the trapezoidal rule is wrong by m e^m c/12 at most. It spares the logarithms of the
 * loss itself.
 */
static double most_rise(double slope_before, double slope_after, double longest) {
    if (longest > 1) return (double)INFINITY;
    double curvature = fmax(0, slope_after - slope_before);
    return 0.5 * (slope_before + slope_after) + longest * mirti_exact_exp(longest) / 12 * curvature;
}

/* Goes along fit->delta, halving while the objective rises by more than rounding. */
static void take_step(mirti_penalised *fit, double lambda, double *there) {
    double longest = find_direction(fit), share = 1, before = (double)NAN;
    double penalty_before = penalty(fit, lambda, fit->theta), slope_before = slope_along(fit);
    for (int halving = 0; halving <= MOST_HALVINGS; halving++) {
        for (int64_t i = 0; i < fit->count; i++)
            fit->trial_eta[i] = fit->eta[i] + share * fit->step[i];
        for (int a = 0; a < fit->working; a++) {
            int k = fit->work[a];
            there[k] = fit->theta[k] + share * fit->delta[k];
        }
        evaluate(fit, fit->trial_eta);
        find_working_gradient(fit);
        double more_penalty = penalty(fit, lambda, there) - penalty_before;
        double rise = most_rise(share * slope_before, share * slope_along(fit), share * longest);
        if (rise + more_penalty <= 0) break;
        if (isnan(before)) before = loss_at(fit, fit->eta);
        if (loss_at(fit, fit->trial_eta) + more_penalty <= before + 1e-13 * (1 + fabs(before)))
            break;
        share /= 2;
        fit->stale = true;
    }
    memcpy(fit->eta, fit->trial_eta, (size_t)fit->count * sizeof *fit->eta);
    for (int a = 0; a < fit->working; a++)
        fit->theta[fit->work[a]] = there[fit->work[a]];
}

static bool runs_away(const mirti_penalised *fit) {
    for (int64_t i = 0; i < fit->count; i++)
        if (fabs(fit->eta[i]) > far_out) return true;
    return false;
}

static mirti_status no_minimum(const mirti_penalised *fit, mirti_error *err) {
    mirti_status status = mirti_fail(
        err, MIRTI_ERROR_MODEL,
        runs_away(fit) ? "some coefficients have no finite estimate (separation)"
                       : "the penalised fit did not settle; the data hardly determine some "
                         "coefficient");
    mirti_fail_remedy(err, "Merge levels with few rows, or leave the term out.");
    return status;
}

static mirti_status search(mirti_penalised *fit, double lambda, double tolerance, double *scratch,
                           mirti_error *err) {
    double *there = scratch + fit->columns;
    for (int step = 0; step < MOST_STEPS; step++) {
        fit->miss = working_miss(fit, lambda, fit->theta, fit->gradient);
        if (fit->miss <= tolerance) {
            if (!invite(fit, lambda, tolerance)) return MIRTI_OK;
            continue;
        }
        double before = fit->miss;
        if (fit->stale) find_hessian(fit);
        minimise_quadratic(fit, lambda, fmax(0.01 * before, 0.1 * tolerance), scratch, there);
        take_step(fit, lambda, there);
        /* What a fresh Hessian gains in one step is worth its price unless the kept one did well.
         */
        if (working_miss(fit, lambda, fit->theta, fit->gradient) > 0.2 * before) fit->stale = true;
        if (lambda == 0 && step > 8 && runs_away(fit)) break;
    }
    return no_minimum(fit, err);
}

mirti_status mirti_penalised_solve(mirti_penalised *fit, double lambda, double tolerance,
                                   mirti_error *err) {
    double *scratch = mirti_new(2 * (size_t)fit->columns, sizeof *scratch);
    if (!scratch) return mirti_fail_memory(err, "the search for a minimum");
    if (!fit->begun) begin(fit);
    mirti_status status = search(fit, lambda, tolerance, scratch, err);
    mirti_free(scratch);
    return status;
}

double mirti_penalised_lambda_max(mirti_penalised *fit) {
    double largest = 0;
    for (int g = 1; g < fit->groups; g++) {
        if (fit->factor[g] == 0) continue;
        find_gradient(fit, g);
        largest =
            fmax(largest, norm(fit->gradient, fit->start[g], fit->start[g + 1]) / fit->factor[g]);
    }
    return largest;
}

double mirti_patterns_deviance(const mirti_patterns *patterns, const double *weight,
                               const double *ones, const double *beta, double *sum) {
    double loss = 0;
    *sum = 0;
    for (int64_t k = 0; k < patterns->count; k++) {
        if (weight[k] == 0) continue;
        const double *x = mirti_patterns_x(patterns, k);
        double eta = 0;
        for (int j = 0; j < patterns->data->columns; j++)
            eta += x[j] * beta[j];
        double size = fabs(eta);
        loss += weight[k] * (mirti_exact_log(1 + mirti_exact_exp(-size)) + (eta > 0 ? size : 0)) -
                ones[k] * eta;
        *sum += weight[k];
    }
    return 2 * loss;
}
