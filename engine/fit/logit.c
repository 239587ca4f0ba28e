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
#include <stdatomic.h>
#include <string.h>

#include "linear.h"
#include "patterns.h"
#include "problem.h"

enum { MOST_STEPS = 100, MOST_HALVINGS = 30, FIRST_LOOK = 8, LOOK_EVERY = 4 };

/* Newton's steps are of linear predictors per standard deviation of a column. After a step this
 * small what is left to go is its square. */
static const double small_step = 1e-8;
/* With other links and with Firth's penalty the steps shrink by a factor only. */
static const double small_slow_step = 1e-11;

typedef struct newton {
    const mirti_fit_problem *problem;
    mirti_fit_sums sums;
    double *b, *step, *trial; /* [p] */
    double *factor, *inverse; /* [p × p] */
    double *memory;           /* all of the above */
    double objective;         /* log-likelihood with its penalty */
    int iterations;
} newton;

static mirti_status solver_open(newton *solver, const mirti_fit_problem *problem,
                                mirti_error *err) {
    size_t p = (size_t)problem->p;
    *solver = (struct newton){.problem = problem};
    double *memory = mirti_new(4 * p + 3 * p * p, sizeof *memory);
    if (!memory) return mirti_fail_memory(err, "the solver");
    solver->memory = memory;
    solver->b = memory;
    solver->step = memory + p;
    solver->trial = memory + 2 * p;
    solver->sums.gradient = memory + 3 * p;
    solver->sums.information = memory + 4 * p;
    solver->factor = memory + 4 * p + p * p;
    solver->inverse = memory + 4 * p + 2 * p * p;
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

/* Passes over the data at b, and adds the penalty to value, gradient and information. */
static mirti_status evaluate(newton *solver, const double *b, double *residual, mirti_error *err) {
    const mirti_fit_problem *problem = solver->problem;
    mirti_fit_sums *sums = &solver->sums;
    size_t p = (size_t)problem->p;
    MIRTI_TRY(mirti_fit_pass(problem, b, residual, sums, err));
    solver->objective = sums->loglik;
    if (problem->penalty == MIRTI_PENALTY_NONE) return MIRTI_OK;
    if (problem->penalty == MIRTI_PENALTY_RIDGE) {
        for (size_t j = 0; j < p; j++) {
            if ((int)j == problem->intercept) continue;
            solver->objective -= 0.5 * problem->ridge * b[j] * b[j];
            sums->gradient[j] -= problem->ridge * b[j];
            sums->information[j * p + j] += problem->ridge;
        }
        return MIRTI_OK;
    }
    memcpy(solver->factor, sums->information, p * p * sizeof *solver->factor);
    if (mirti_fit_cholesky(solver->factor, (int)p, 0) >= 0) {
        solver->objective = -(double)INFINITY; /* the penalty itself: |A| = 0 */
        return MIRTI_OK;
    }
    for (size_t j = 0; j < p; j++)
        solver->objective += mirti_exact_log(solver->factor[j * p + j]);
    mirti_fit_cholesky_inverse(solver->factor, (int)p, solver->inverse);
    mirti_fit_add_firth(problem, b, solver->inverse, sums->gradient);
    return MIRTI_OK;
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
    double before = solver->objective, share = 1;
    for (int halving = 0; halving <= MOST_HALVINGS; halving++) {
        for (size_t j = 0; j < p; j++)
            solver->trial[j] = solver->b[j] + share * solver->step[j];
        MIRTI_TRY(evaluate(solver, solver->trial, NULL, err));
        if (solver->objective >= before - 1e-10 * fabs(before)) break;
        share /= 2;
    }
    memcpy(solver->b, solver->trial, p * sizeof *solver->b);
    return MIRTI_OK;
}

/* Newton's method from solver->b, where everything is evaluated already. */
static mirti_status climb(newton *solver, mirti_error *err) {
    const mirti_fit_problem *problem = solver->problem;
    bool plain = problem->link == MIRTI_LINK_LOGIT && problem->penalty != MIRTI_PENALTY_FIRTH;
    while (solver->iterations < MOST_STEPS) {
        double length = 0;
        MIRTI_TRY(find_step(solver, &length, err));
        solver->iterations++;
        if (length < (plain ? small_step : small_slow_step)) {
            for (int j = 0; j < problem->p; j++)
                solver->b[j] += solver->step[j];
            return MIRTI_OK;
        }
        if (problem->penalty == MIRTI_PENALTY_NONE && solver->iterations >= FIRST_LOOK &&
            solver->iterations % LOOK_EVERY == 0)
            MIRTI_TRY(mirti_fit_check_direction(problem, solver->step, err));
        MIRTI_TRY(take_step(solver, err));
    }
    return no_convergence(solver, err);
}

static mirti_status solve(newton *solver, mirti_error *err) {
    const mirti_fit_problem *problem = solver->problem;
    if (problem->intercept >= 0)
        solver->b[problem->intercept] = mirti_link_of(problem->link, problem->rate);
    MIRTI_TRY(evaluate(solver, solver->b, NULL, err));
    if (problem->penalty != MIRTI_PENALTY_RIDGE) /* which tells combinations apart by itself */
        MIRTI_TRY(mirti_fit_check_rank(problem, solver->sums.information, err));
    return climb(solver, err);
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
    MIRTI_TRY_GOTO(status, evaluate(solver, solver->b, residual, err), done);
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

/* ---------------------------------------------------------------------- variance by replicates -- */

_Static_assert((int)MIRTI_VARIANCE_JK1 == (int)MIRTI_REPLICATE_JK1 + 1 &&
                   (int)MIRTI_VARIANCE_GIVEN == (int)MIRTI_REPLICATE_GIVEN + 1,
               "methods and kinds of replicates come in the same order");

typedef struct refits {
    const mirti_fit_problem *problem;
    mirti_fit_patterns patterns;
    const mirti_survey_replicates *replicates;
    const mirti_listener *listener;
    atomic_int done;
    const double *b; /* [p] where the whole sample's search ended */
    double *theta;   /* [R × p] */
} refits;

/* The search of one replicate, from where the whole sample's ended. */
static mirti_status refit_one(refits *all, const mirti_fit_problem *problem, int64_t r,
                              mirti_error *err) {
    size_t p = (size_t)problem->p;
    newton solver;
    MIRTI_TRY(solver_open(&solver, problem, err));
    memcpy(solver.b, all->b, p * sizeof *solver.b);
    mirti_status status = evaluate(&solver, solver.b, NULL, err);
    if (status == MIRTI_OK) status = climb(&solver, err);
    memcpy(all->theta + (size_t)r * p, solver.b, p * sizeof *solver.b);
    mirti_free(solver.memory);
    if (status == MIRTI_ERROR_MODEL) {
        status = mirti_fail(err, MIRTI_ERROR_MODEL,
                            "replicate %lld of the survey's weights has no finite estimate",
                            (long long)r + 1);
        mirti_fail_remedy(err, "Use linearised variances, or fewer terms.");
    }
    return status;
}

static mirti_status refit(int64_t first, int64_t last, void *context, mirti_error *err) {
    refits *all = context;
    double *weight = mirti_new((size_t)all->problem->design->rows, sizeof *weight);
    double *total = mirti_new((size_t)all->patterns.count, sizeof *total);
    mirti_status status = weight && total ? MIRTI_OK : mirti_fail_memory(err, "replicate weights");
    mirti_fit_problem problem = mirti_fit_patterns_problem(&all->patterns, all->problem, total);
    problem.threads = 1;
    for (int64_t r = first; r < last && status == MIRTI_OK; r++) {
        mirti_survey_replicate_weights(problem.design, all->replicates, (int32_t)r, weight);
        mirti_fit_patterns_weigh(&all->patterns, all->problem, weight, total);
        status = refit_one(all, &problem, r, err);
        if (status == MIRTI_OK)
            status =
                mirti_progress(all->listener, "replicates", atomic_fetch_add(&all->done, 1) + 1,
                               all->replicates->count, err);
    }
    mirti_free(weight);
    mirti_free(total);
    return status;
}

/* Replaces the covariance by that of the replicates. `b` is of standardised columns. */
static mirti_status vary_by_replicates(const mirti_fit_problem *problem, const double *b,
                                       const mirti_logit_options *options, mirti_logit *fit,
                                       mirti_error *err) {
    size_t p = (size_t)problem->p;
    const mirti_survey_replicates *replicates = options->replicates;
    refits all = {
        .problem = problem, .replicates = replicates, .listener = options->listener, .b = b};
    MIRTI_TRY(mirti_fit_patterns_make(problem, &all.patterns, err));
    all.theta = mirti_new((size_t)replicates->count * p, sizeof *all.theta);
    mirti_status status =
        all.theta ? mirti_parallel_range(replicates->count, 1, problem->threads, refit, &all, err)
                  : mirti_fail_memory(err, "the coefficients of replicates");
    if (status == MIRTI_OK)
        status = mirti_survey_replicate_covariance(replicates, all.theta, b, (int)p,
                                                   fit->covariance, err);
    if (status == MIRTI_OK) status = mirti_fit_restore(problem, (int)p, NULL, fit->covariance, err);
    mirti_free(all.theta);
    mirti_fit_patterns_reset(&all.patterns);
    return status;
}

static mirti_status fit_problem(mirti_fit_problem *problem, const uint8_t *in,
                                const mirti_logit_options *options, mirti_logit *fit,
                                mirti_error *err) {
    const mirti_survey_replicates *replicates = options->replicates;
    MIRTI_TRY(mirti_fit_problem_prepare(problem, in, err));
    if (problem->penalty == MIRTI_PENALTY_NONE) MIRTI_TRY(mirti_fit_check_columns(problem, err));
    mirti_survey_reach reach;
    MIRTI_TRY(mirti_survey_design_reach(problem->design, in, &reach, err));
    size_t p = (size_t)problem->p;
    fit->link = problem->link;
    fit->penalty = problem->penalty;
    fit->ridge = problem->penalty == MIRTI_PENALTY_RIDGE ? problem->ridge : 0;
    fit->columns = problem->p;
    fit->rows = reach.rows;
    fit->sum_weights = reach.weight;
    fit->strata = reach.strata;
    fit->psus = reach.psus;
    fit->lonely_strata = problem->design->lonely_strata;
    fit->df = reach.df;
    if (replicates) {
        fit->variance = (mirti_variance_method)(replicates->kind + 1); /* the same order */
        fit->replicates = replicates->count;
        MIRTI_TRY(mirti_survey_replicates_df(problem->design, replicates, in, &fit->df, err));
    }
    fit->df_residual = fit->df - (problem->p - 1);
    fit->beta = mirti_new(p, sizeof *fit->beta);
    fit->covariance = mirti_new(p * p, sizeof *fit->covariance);
    if (!fit->beta || !fit->covariance) return mirti_fail_memory(err, "the coefficients");

    newton solver;
    MIRTI_TRY(solver_open(&solver, problem, err));
    mirti_status status = solve(&solver, err);
    if (status == MIRTI_OK) status = finish(&solver, fit, err);
    if (status == MIRTI_OK && replicates)
        status = vary_by_replicates(problem, solver.b, options, fit, err);
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

mirti_status mirti_logit_fit_with(const mirti_survey_design *design, const double *x, int p,
                                  const double *y, const uint8_t *in, char *const *name,
                                  const mirti_logit_options *options, mirti_logit **out,
                                  mirti_error *err) {
    *out = NULL;
    mirti_logit_options chosen = options ? *options : (mirti_logit_options){0};
    if (p < 1) return mirti_fail(err, MIRTI_ERROR_USAGE, "a model needs at least one column");
    if (chosen.penalty == MIRTI_PENALTY_FIRTH && chosen.link != MIRTI_LINK_LOGIT)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "Firth's penalty goes with the logit link only");
    if (chosen.penalty == MIRTI_PENALTY_RIDGE && !(chosen.ridge > 0 && isfinite(chosen.ridge)))
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a ridge of %g is not positive", chosen.ridge);
    mirti_logit *fit = mirti_new(1, sizeof *fit);
    if (!fit) return mirti_fail_memory(err, "the fit");
    mirti_fit_problem problem = {.design = design,
                                 .x = x,
                                 .p = p,
                                 .y = y,
                                 .name = name,
                                 .threads = chosen.threads,
                                 .link = chosen.link,
                                 .penalty = chosen.penalty,
                                 .ridge = chosen.ridge};
    mirti_status status = fit_problem(&problem, in, &chosen, fit, err);
    mirti_fit_problem_reset(&problem);
    if (status != MIRTI_OK) {
        mirti_logit_free(fit);
        return status;
    }
    *out = fit;
    return MIRTI_OK;
}

mirti_status mirti_logit_fit(const mirti_survey_design *design, const double *x, int p,
                             const double *y, const uint8_t *in, char *const *name,
                             mirti_logit **out, mirti_error *err) {
    return mirti_logit_fit_with(design, x, p, y, in, name, NULL, out, err);
}

void mirti_logit_free(mirti_logit *fit) {
    if (!fit) return;
    mirti_free(fit->beta);
    mirti_free(fit->covariance);
    mirti_free(fit);
}
