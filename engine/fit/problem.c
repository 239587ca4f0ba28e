/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Takes in the data of a regression: which rows, how weights and columns are scaled, and whether
 * every column by itself makes sense. The scaling never shows in the results; it is undone in
 * mirti_fit_restore.
 */
#include "problem.h"

#include <math.h>
#include <string.h>

#include "linear.h"

static mirti_status choose_rows(mirti_fit_problem *problem, const uint8_t *in, mirti_error *err) {
    int64_t total = problem->design->rows;
    if (!in) {
        problem->rows = total;
        return MIRTI_OK;
    }
    int64_t count = 0;
    for (int64_t i = 0; i < total; i++)
        count += in[i] != 0;
    problem->index = mirti_new((size_t)count, sizeof *problem->index);
    if (!problem->index) return mirti_fail_memory(err, "the rows of the subpopulation");
    for (int64_t i = 0; i < total; i++)
        if (in[i]) problem->index[problem->rows++] = i;
    return MIRTI_OK;
}

static mirti_status bad_number(const mirti_fit_problem *problem, int64_t row, int column,
                               double value, mirti_error *err) {
    char text[32] = "not a number";
    if (!isnan(value)) mirti_number_print(value, text);
    const char *name = column < 0 ? "the outcome" : problem->name[column];
    mirti_status status =
        mirti_fail(err, MIRTI_ERROR_INPUT, "row %lld of the sample has %s in %s%s",
                   (long long)row + 1, text, column < 0 ? "" : "column ", name);
    mirti_fail_remedy(err, column < 0 ? "An outcome is 0 or 1; rows without one are left out of "
                                        "the subpopulation."
                                      : "Rows in which a predictor is missing are left out of the "
                                        "subpopulation.");
    mirti_fail_at(err, NULL, 0, 0, name, text);
    return status;
}

/* One pass: sums around the first row, and the range of every column by outcome. */
static mirti_status scan(mirti_fit_problem *problem, double *sum, double *square,
                         mirti_error *err) {
    size_t p = (size_t)problem->p;
    double *lowest = problem->range, *highest = problem->range + p;
    const double *origin = problem->x + (size_t)mirti_fit_problem_row(problem, 0) * p;
    mirti_sum weight = {0}, ones = {0};
    for (size_t j = 0; j < p; j++) {
        lowest[j] = lowest[j + 2 * p] = (double)INFINITY;
        highest[j] = highest[j + 2 * p] = -(double)INFINITY;
    }
    for (int64_t i = 0; i < problem->rows; i++) {
        int64_t row = mirti_fit_problem_row(problem, i);
        const double *x = problem->x + (size_t)row * p;
        double w = problem->weight[row], y = problem->y[row];
        if (y != 0 && y != 1) return bad_number(problem, row, -1, y, err);
        mirti_sum_add(&weight, w);
        if (y == 1) mirti_sum_add(&ones, w);
        double *low = y == 1 ? lowest + 2 * p : lowest, *high = y == 1 ? highest + 2 * p : highest;
        for (size_t j = 0; j < p; j++) {
            double d = x[j] - origin[j];
            sum[j] += w * d;
            square[j] += w * d * d;
            if (x[j] < low[j]) low[j] = x[j];
            if (x[j] > high[j]) high[j] = x[j];
        }
    }
    problem->mean_weight = mirti_sum_value(&weight) / (double)problem->rows;
    problem->rate = mirti_sum_value(&ones) / mirti_sum_value(&weight);
    for (size_t j = 0; j < p; j++) {
        if (isfinite(square[j])) continue; /* NaN and infinity stay in the sum */
        for (int64_t i = 0; i < problem->rows; i++) {
            int64_t row = mirti_fit_problem_row(problem, i);
            double value = problem->x[(size_t)row * p + j];
            if (!isfinite(value)) return bad_number(problem, row, (int)j, value, err);
        }
        return mirti_fail(err, MIRTI_ERROR_INPUT, "the values of column %s are too large",
                          problem->name[j]);
    }
    return MIRTI_OK;
}

static mirti_status check_outcome(const mirti_fit_problem *problem, mirti_error *err) {
    if (problem->rate > 0 && problem->rate < 1) return MIRTI_OK;
    mirti_status status = mirti_fail(
        err, MIRTI_ERROR_MODEL,
        "the outcome is %d in all %lld rows of the population in the survey, so there is nothing "
        "to explain",
        problem->rate > 0 ? 1 : 0, (long long)problem->rows);
    mirti_fail_remedy(err, "Look at the outcome's expression and at the filter.");
    return status;
}

/* Centres and scales; a constant column is the intercept if it is the first such, else an error. */
static mirti_status standardise(mirti_fit_problem *problem, const double *sum, const double *square,
                                mirti_error *err) {
    size_t p = (size_t)problem->p;
    const double *origin = problem->x + (size_t)mirti_fit_problem_row(problem, 0) * p;
    double weight = problem->mean_weight * (double)problem->rows;
    problem->intercept = -1;
    for (size_t j = 0; j < p; j++) {
        const double *range = problem->range + j;
        double low = fmin(range[0], range[2 * p]), high = fmax(range[p], range[3 * p]);
        if (low < high) continue;
        if (problem->intercept < 0 && low != 0) {
            problem->intercept = (int)j;
            continue;
        }
        char value[32];
        mirti_number_print(low, value);
        mirti_status status = mirti_fail(
            err, MIRTI_ERROR_MODEL,
            "%s is %s in all %lld rows of the population in the survey, so its effect cannot be "
            "estimated",
            problem->name[j], value, (long long)problem->rows);
        mirti_fail_remedy(err, "Leave it out of the terms, or look at its expression and at the "
                               "codes it compares with.");
        mirti_fail_at(err, NULL, 0, 0, problem->name[j], value);
        return status;
    }
    for (size_t j = 0; j < p; j++) {
        double mean = sum[j] / weight;
        double variance = square[j] / weight - mean * mean;
        if (problem->intercept < 0) { /* nothing to move a centre into: scale only */
            mean += origin[j];
            problem->scale[j] = 1 / sqrt(fmax(variance, 0) + mean * mean);
        } else if ((int)j == problem->intercept) {
            problem->scale[j] = 1 / origin[j];
        } else {
            const double *range = problem->range + j;
            double width = fmax(range[p], range[3 * p]) - fmin(range[0], range[2 * p]);
            problem->centre[j] = origin[j] + mean;
            problem->scale[j] = 1 / fmax(sqrt(fmax(variance, 0)), 1e-6 * width);
        }
    }
    return MIRTI_OK;
}

mirti_status mirti_fit_problem_prepare(mirti_fit_problem *problem, const uint8_t *in,
                                       mirti_error *err) {
    size_t p = (size_t)problem->p;
    if (!problem->weight) problem->weight = problem->design->weight;
    MIRTI_TRY(choose_rows(problem, in, err));
    if (problem->rows == 0) {
        mirti_status status =
            mirti_fail(err, MIRTI_ERROR_INPUT,
                       "the survey has no row of the population with everything known");
        mirti_fail_remedy(err,
                          "Look at the filter, and at what each predictor makes of the codes.");
        return status;
    }
    problem->centre = mirti_new(p, sizeof(double));
    problem->scale = mirti_new(p, sizeof(double));
    problem->range = mirti_new(4 * p, sizeof(double));
    double *sum = mirti_new(2 * p, sizeof *sum);
    if (!problem->centre || !problem->scale || !problem->range || !sum) {
        mirti_free(sum);
        return mirti_fail_memory(err, "the columns of the model");
    }
    mirti_status status = scan(problem, sum, sum + p, err);
    if (status == MIRTI_OK) status = check_outcome(problem, err);
    if (status == MIRTI_OK) status = standardise(problem, sum, sum + p, err);
    mirti_free(sum);
    return status;
}

void mirti_fit_problem_reset(mirti_fit_problem *problem) {
    mirti_free(problem->index);
    mirti_free(problem->centre);
    mirti_free(problem->scale);
    mirti_free(problem->range);
    *problem = (mirti_fit_problem){0};
}

/*
 * With z_j = (x_j − m_j) s_j the linear predictor is Σ b_j s_j x_j plus a constant, so β_j = s_j
 * b_j and the intercept takes −Σ β_j m_j. J is that linear map; the covariance is J V Jᵀ.
 * Parameters beyond the coefficients stay as they are.
 */
mirti_status mirti_fit_restore(const mirti_fit_problem *problem, int size, double *b,
                               double *covariance, mirti_error *err) {
    size_t p = (size_t)problem->p, k = (size_t)size;
    double *map = mirti_new(3 * k * k, sizeof *map);
    if (!map) return mirti_fail_memory(err, "the covariance of coefficients");
    double *restored = map + k * k, *work = map + 2 * k * k;
    for (size_t j = 0; j < k; j++)
        map[j * k + j] = j < p ? problem->scale[j] : 1;
    if (problem->intercept >= 0) {
        size_t constant = (size_t)problem->intercept;
        for (size_t j = 0; j < p; j++)
            if (j != constant)
                map[constant * k + j] =
                    -problem->centre[j] * problem->scale[j] * problem->scale[constant];
    }
    for (size_t i = 0; b && i < k; i++) {
        work[i] = 0;
        for (size_t j = 0; j < k; j++)
            work[i] += map[i * k + j] * b[j];
    }
    if (b) memcpy(b, work, k * sizeof *b);
    if (covariance) {
        mirti_fit_congruence(map, covariance, size, restored, work);
        memcpy(covariance, restored, k * k * sizeof *covariance);
    }
    mirti_free(map);
    return MIRTI_OK;
}

void mirti_fit_standardise(const mirti_fit_problem *problem, const double *beta, double *b) {
    int p = problem->p, constant = problem->intercept;
    for (int j = 0; j < p; j++)
        b[j] = beta[j] / problem->scale[j];
    if (constant < 0) return;
    double level = beta[constant];
    for (int j = 0; j < p; j++)
        if (j != constant) level += beta[j] * problem->centre[j];
    b[constant] = level / problem->scale[constant];
}
