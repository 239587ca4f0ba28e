/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The design-weighted logit: β̂ solves Σ w x (y − σ(xᵀβ)) = 0, and its variance under the design is
 * A⁻¹BA⁻¹, with A = Σ w p(1−p) x xᵀ and B the variance of the total of the scores w (y − p) x
 * (Binder 1983). Newton's method with halved steps where the likelihood would fall; at the solution
 * the steps shrink quadratically, so stopping late costs one pass and buys all digits.
 * Oracle: R survey::svyglm, epsilon = 1e-12 (tests/oracle).
 */
#include "mirti/fit.h"

#include <math.h>
#include <string.h>

#include "linear.h"
#include "problem.h"

enum { MOST_STEPS = 100, MOST_HALVINGS = 30, FIRST_LOOK = 8, LOOK_EVERY = 4 };

/* Newton's steps are of linear predictors per standard deviation of a column. After a step this
 * small what is left to go is its square. */
static const double small_step = 1e-8;

typedef struct newton {
    const mirti_fit_problem *problem;
    mirti_fit_sums sums;
    double *b, *step, *trial, *factor; /* [p], [p], [p], [p × p] */
    double *memory;                    /* all of the above */
    int iterations;
} newton;

static mirti_status solver_open(newton *solver, const mirti_fit_problem *problem,
                                mirti_error *err) {
    size_t p = (size_t)problem->p;
    *solver = (struct newton){.problem = problem};
    double *memory = mirti_new(4 * p + 2 * p * p, sizeof *memory);
    if (!memory) return mirti_fail_memory(err, "the solver");
    solver->memory = memory;
    solver->b = memory;
    solver->step = memory + p;
    solver->trial = memory + 2 * p;
    solver->sums.gradient = memory + 3 * p;
    solver->sums.information = memory + 4 * p;
    solver->factor = memory + 4 * p + p * p;
    return MIRTI_OK;
}

static mirti_status no_convergence(const newton *solver, mirti_error *err) {
    mirti_status status = mirti_fit_check_direction(solver->problem, solver->step, err);
    if (status != MIRTI_OK) return status;
    status = mirti_fail(err, MIRTI_ERROR_MODEL,
                        "the fit did not settle in %d steps; the data hardly determine some "
                        "coefficient",
                        solver->iterations);
    mirti_fail_remedy(err, "Use fewer terms, or merge levels with few rows.");
    return status;
}

/* The Newton step at the current point, and its length. */
static mirti_status find_step(newton *solver, double *length, mirti_error *err) {
    size_t p = (size_t)solver->problem->p;
    memcpy(solver->factor, solver->sums.information, p * p * sizeof *solver->factor);
    if (mirti_fit_cholesky(solver->factor, (int)p, 0) >= 0) return no_convergence(solver, err);
    memcpy(solver->step, solver->sums.gradient, p * sizeof *solver->step);
    mirti_fit_cholesky_solve(solver->factor, (int)p, solver->step);
    *length = 0;
    for (size_t j = 0; j < p; j++)
        *length = fmax(*length, fabs(solver->step[j]));
    return isfinite(*length) ? MIRTI_OK : no_convergence(solver, err);
}

/* Goes along the step, halving it while the likelihood falls by more than rounding. */
static mirti_status take_step(newton *solver, mirti_error *err) {
    size_t p = (size_t)solver->problem->p;
    double before = solver->sums.loglik, share = 1;
    for (int halving = 0; halving <= MOST_HALVINGS; halving++) {
        for (size_t j = 0; j < p; j++)
            solver->trial[j] = solver->b[j] + share * solver->step[j];
        MIRTI_TRY(mirti_fit_pass(solver->problem, solver->trial, NULL, &solver->sums, err));
        if (solver->sums.loglik >= before - 1e-10 * fabs(before)) break;
        share /= 2;
    }
    memcpy(solver->b, solver->trial, p * sizeof *solver->b);
    return MIRTI_OK;
}

static mirti_status solve(newton *solver, mirti_error *err) {
    const mirti_fit_problem *problem = solver->problem;
    if (problem->intercept >= 0) solver->b[problem->intercept] = mirti_logit_of(problem->rate);
    MIRTI_TRY(mirti_fit_pass(problem, solver->b, NULL, &solver->sums, err));
    MIRTI_TRY(mirti_fit_check_rank(problem, solver->sums.information, err));
    while (solver->iterations < MOST_STEPS) {
        double length = 0;
        MIRTI_TRY(find_step(solver, &length, err));
        solver->iterations++;
        if (length < small_step) {
            for (int j = 0; j < problem->p; j++)
                solver->b[j] += solver->step[j];
            return MIRTI_OK;
        }
        if (solver->iterations >= FIRST_LOOK && solver->iterations % LOOK_EVERY == 0)
            MIRTI_TRY(mirti_fit_check_direction(problem, solver->step, err));
        MIRTI_TRY(take_step(solver, err));
    }
    return no_convergence(solver, err);
}

/* Totals of the scores w (y − p) z by sampling unit, in row order. */
static mirti_status score_covariance(const mirti_fit_problem *problem, const double *residual,
                                     double *covariance, mirti_error *err) {
    const mirti_survey_design *design = problem->design;
    size_t p = (size_t)problem->p;
    const int32_t *unit;
    int32_t units = mirti_survey_design_units(design, &unit);
    double *total = mirti_new((size_t)units * p, sizeof *total);
    uint8_t *present = mirti_new((size_t)design->strata, 1);
    mirti_status status;
    if (!total || !present) {
        status = mirti_fail_memory(err, "the scores of sampling units");
        goto done;
    }
    for (int64_t i = 0; i < problem->rows; i++) {
        int64_t row = mirti_fit_problem_row(problem, i);
        const double *x = problem->x + (size_t)row * p;
        double *into = total + (size_t)unit[row] * p, r = residual[row];
        for (size_t j = 0; j < p; j++)
            into[j] += r * ((x[j] - problem->centre[j]) * problem->scale[j]);
        present[design->psu_stratum[design->psu[row]]] = 1;
    }
    status = mirti_survey_unit_covariance(design, total, problem->p, present, covariance, err);
done:
    mirti_free(total);
    mirti_free(present);
    return status;
}

/* Linearised variance at the solution, and everything back on the scale of the columns. */
static mirti_status finish(newton *solver, mirti_logit *fit, mirti_error *err) {
    const mirti_fit_problem *problem = solver->problem;
    size_t p = (size_t)problem->p;
    double *residual = mirti_new((size_t)problem->design->rows, sizeof *residual);
    double *work = mirti_new(3 * p * p, sizeof *work);
    mirti_status status;
    if (!residual || !work) {
        status = mirti_fail_memory(err, "the variance of coefficients");
        goto done;
    }
    double *inverse = work, *scores = work + p * p, *product = work + 2 * p * p;
    MIRTI_TRY_GOTO(status, mirti_fit_pass(problem, solver->b, residual, &solver->sums, err), done);
    memcpy(solver->factor, solver->sums.information, p * p * sizeof *solver->factor);
    if (mirti_fit_cholesky(solver->factor, (int)p, 0) >= 0) {
        status = no_convergence(solver, err);
        goto done;
    }
    mirti_fit_cholesky_inverse(solver->factor, (int)p, inverse);
    MIRTI_TRY_GOTO(status, score_covariance(problem, residual, scores, err), done);
    mirti_fit_congruence(inverse, scores, (int)p, fit->covariance, product);
    memcpy(fit->beta, solver->b, p * sizeof *fit->beta);
    status = mirti_fit_restore(problem, (int)p, fit->beta, fit->covariance, err);
    double rate = problem->rate;
    fit->deviance = -2 * solver->sums.loglik;
    fit->null_deviance = -2 * (double)problem->rows *
                         (rate * mirti_exact_log(rate) + (1 - rate) * mirti_exact_log(1 - rate));
done:
    mirti_free(residual);
    mirti_free(work);
    return status;
}

static mirti_status fit_problem(mirti_fit_problem *problem, const uint8_t *in, mirti_logit *fit,
                                mirti_error *err) {
    MIRTI_TRY(mirti_fit_problem_prepare(problem, in, err));
    MIRTI_TRY(mirti_fit_check_columns(problem, err));
    mirti_survey_reach reach;
    MIRTI_TRY(mirti_survey_design_reach(problem->design, in, &reach, err));
    size_t p = (size_t)problem->p;
    fit->columns = problem->p;
    fit->rows = reach.rows;
    fit->sum_weights = reach.weight;
    fit->strata = reach.strata;
    fit->psus = reach.psus;
    fit->lonely_strata = problem->design->lonely_strata;
    fit->df = reach.df;
    fit->df_residual = reach.df - (problem->p - 1);
    fit->beta = mirti_new(p, sizeof *fit->beta);
    fit->covariance = mirti_new(p * p, sizeof *fit->covariance);
    if (!fit->beta || !fit->covariance) return mirti_fail_memory(err, "the coefficients");

    newton solver;
    MIRTI_TRY(solver_open(&solver, problem, err));
    mirti_status status = solve(&solver, err);
    if (status == MIRTI_OK) status = finish(&solver, fit, err);
    fit->iterations = solver.iterations;
    mirti_free(solver.memory);
    return status;
}

mirti_status mirti_fit_solve(const mirti_fit_problem *problem, double *b, int *iterations,
                             mirti_error *err) {
    newton solver;
    MIRTI_TRY(mirti_fit_check_columns(problem, err));
    MIRTI_TRY(solver_open(&solver, problem, err));
    mirti_status status = solve(&solver, err);
    memcpy(b, solver.b, (size_t)problem->p * sizeof *b);
    *iterations = solver.iterations;
    mirti_free(solver.memory);
    return status;
}

mirti_status mirti_logit_fit(const mirti_survey_design *design, const double *x, int p,
                             const double *y, const uint8_t *in, char *const *name,
                             mirti_logit **out, mirti_error *err) {
    *out = NULL;
    if (p < 1) return mirti_fail(err, MIRTI_ERROR_USAGE, "a model needs at least one column");
    mirti_logit *fit = mirti_new(1, sizeof *fit);
    if (!fit) return mirti_fail_memory(err, "the fit");
    mirti_fit_problem problem = {
        .design = design, .x = x, .p = p, .y = y, .name = name, .threads = 0};
    mirti_status status = fit_problem(&problem, in, fit, err);
    mirti_fit_problem_reset(&problem);
    if (status != MIRTI_OK) {
        mirti_logit_free(fit);
        return status;
    }
    *out = fit;
    return MIRTI_OK;
}

void mirti_logit_free(mirti_logit *fit) {
    if (!fit) return;
    mirti_free(fit->beta);
    mirti_free(fit->covariance);
    mirti_free(fit);
}
