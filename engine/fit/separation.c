/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What has no finite answer, found and named. Two things can be wrong with the columns of a model:
 *
 * - one is a combination of others, so that their effects cannot be told apart (rank deficiency);
 * - some combination tells the outcome without error in some rows and says nothing in the others
 *   (separation; Albert and Anderson 1984, Biometrika 71). Then the likelihood keeps rising along
 *   that direction for ever, and coefficients have no finite maximum-likelihood estimate.
 *
 * A direction δ separates if x_iᵀδ ≥ 0 wherever y_i = 1 and ≤ 0 wherever y_i = 0, not zero in all
 * rows. Single columns are tried before the fit. For combinations the fit is its own detector:
 * Newton's steps turn into such a direction, for each of them lengthens the linear predictor of the
 * separated rows by about one and leaves the others where they are; so the steps are put to this
 * test when they fail to become small.
 */
#include "problem.h"

#include <math.h>
#include <string.h>

#include "linear.h"

enum { MOST_NAMED = 6 };

/* "a, b and c"; past the limit "... and 4 more". */
static void add_names(mirti_text *text, const mirti_fit_problem *problem, const bool *chosen) {
    int count = 0, done = 0;
    for (int j = 0; j < problem->p; j++)
        count += chosen[j];
    for (int j = 0; j < problem->p && done < MOST_NAMED; j++) {
        if (!chosen[j]) continue;
        bool last = done + 1 == count;
        mirti_text_puts(text, done == 0 ? "" : last ? " and " : ", ");
        mirti_text_puts(text, problem->name[j]);
        done++;
    }
    if (done < count) mirti_text_printf(text, " and %d more", count - done);
}

static mirti_status fail_with(mirti_text *text, const char *field, const char *remedy,
                              mirti_error *err) {
    mirti_status status = text->failed ? mirti_fail_memory(err, "a message")
                                       : mirti_fail(err, MIRTI_ERROR_MODEL, "%s", text->data);
    if (status == MIRTI_ERROR_MODEL) {
        mirti_fail_remedy(err, "%s", remedy);
        mirti_fail_at(err, NULL, 0, 0, field, NULL);
    }
    mirti_text_reset(text);
    return status;
}

/* ---------------------------------------------------------------------------- rank deficiency -- */

/* Which columns before `column` it is made of: solves L₁₁ᵀ c = l₂₁ with the factor of the
 * correlations of those before it. `l` holds the factor, with row `column` begun. */
static void find_makers(const double *l, int p, int column, double *c, bool *chosen) {
    size_t n = (size_t)p, m = (size_t)column;
    memcpy(c, l + m * n, m * sizeof *c);
    for (size_t i = m; i-- > 0;) {
        for (size_t k = i + 1; k < m; k++)
            c[i] -= l[k * n + i] * c[k];
        c[i] /= l[i * n + i];
    }
    for (size_t k = 0; k < m; k++)
        chosen[k] = fabs(c[k]) > 1e-4;
}

mirti_status mirti_fit_check_rank(const mirti_fit_problem *problem, const double *information,
                                  mirti_error *err) {
    size_t p = (size_t)problem->p;
    double *correlation = mirti_new(p * p + p, sizeof *correlation);
    bool *chosen = mirti_new(p, sizeof *chosen);
    mirti_status status = MIRTI_OK;
    if (!correlation || !chosen) {
        status = mirti_fail_memory(err, "the correlations of columns");
        goto done;
    }
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < p; k++)
            correlation[j * p + k] =
                information[j * p + k] / sqrt(information[j * p + j] * information[k * p + k]);
    /* 1 − R² of a column on those before it, where rounding leaves some 1e-13. */
    int column = mirti_fit_cholesky(correlation, problem->p, 1e-10);
    if (column < 0) goto done;
    find_makers(correlation, problem->p, column, correlation + p * p, chosen);
    int makers = 0;
    if (problem->intercept >= 0) chosen[problem->intercept] = false;
    for (size_t j = 0; j < p; j++)
        makers += chosen[j];
    mirti_text text = {0};
    mirti_text_printf(&text, "among the %lld rows of the population in the survey, %s ",
                      (long long)problem->rows, problem->name[column]);
    mirti_text_puts(&text, makers == 1 ? "is determined by " : "is an exact combination of ");
    add_names(&text, problem, chosen);
    mirti_text_puts(&text, ", so their effects cannot be told apart");
    status = fail_with(&text, problem->name[column],
                       "Leave one of them out of the terms, or merge levels.", err);
done:
    mirti_free(correlation);
    mirti_free(chosen);
    return status;
}

/* --------------------------------------------------------------------------------- separation -- */

static const char separation_remedy[] = "Merge such levels with others, or leave the term out.";

typedef struct separated {
    const mirti_fit_problem *problem;
    const double *direction; /* [p], of standardised columns */
    double offset;           /* added to zᵀδ */
    double limit;            /* |zᵀδ| below it counts as zero */
} separated;

/* +1, −1 or 0: the side on which a row lies. */
static int side_of(const separated *s, int64_t row, double *value) {
    const mirti_fit_problem *problem = s->problem;
    size_t p = (size_t)problem->p;
    const double *x = problem->x + (size_t)row * p;
    double sum = s->offset;
    for (size_t j = 0; j < p; j++)
        sum += s->direction[j] * (x[j] - problem->centre[j]) * problem->scale[j];
    *value = sum;
    return sum > s->limit ? 1 : sum < -s->limit ? -1 : 0;
}

/* Says in which rows the outcome is told without error, and by what. `chosen` are the columns with
 * a part in it. */
static mirti_status describe(const separated *s, const bool *chosen, mirti_error *err) {
    const mirti_fit_problem *problem = s->problem;
    size_t p = (size_t)problem->p;
    double *constant = mirti_new(p, sizeof *constant);
    bool *same = mirti_new(p, sizeof *same);
    if (!constant || !same) {
        mirti_free(constant);
        mirti_free(same);
        return mirti_fail_memory(err, "a message");
    }
    int64_t rows[2] = {0, 0}, total = 0;
    for (int64_t i = 0; i < problem->rows; i++) {
        int64_t row = mirti_fit_problem_row(problem, i);
        double value;
        if (side_of(s, row, &value) == 0) continue;
        const double *x = problem->x + (size_t)row * p;
        for (size_t j = 0; j < p; j++) {
            if (total == 0) constant[j] = x[j];
            same[j] = chosen[j] && (total == 0 || (same[j] && constant[j] == x[j]));
        }
        rows[problem->y[row] == 1]++;
        total++;
    }
    int conditions = 0;
    mirti_text text = {0};
    if (rows[0] == 0 || rows[1] == 0) {
        mirti_text_printf(&text, "the outcome is %d in all %lld rows of the survey", rows[1] > 0,
                          (long long)total);
        for (size_t j = 0; j < p; j++) {
            if (!same[j]) continue;
            char value[32];
            mirti_number_print(constant[j], value);
            mirti_text_printf(&text, "%s%s = %s", conditions > 0 ? " and " : " with ",
                              problem->name[j], value);
            conditions++;
        }
        if (conditions == 0) mirti_text_puts(&text, " that a combination of columns picks out");
    } else {
        mirti_text_printf(&text,
                          "in %lld rows of the survey the columns tell the outcome without "
                          "error",
                          (long long)total);
    }
    mirti_text_puts(&text, ", so there is no finite estimate of the effect of ");
    add_names(&text, problem, chosen);
    mirti_text_puts(&text, " (separation)");
    const char *field = NULL;
    for (size_t j = 0; j < p && !field; j++)
        if (chosen[j]) field = problem->name[j];
    mirti_free(constant);
    mirti_free(same);
    return fail_with(&text, field, separation_remedy, err);
}

mirti_status mirti_fit_check_columns(const mirti_fit_problem *problem, mirti_error *err) {
    size_t p = (size_t)problem->p;
    bool *chosen = mirti_new(p, sizeof *chosen);
    double *direction = mirti_new(p, sizeof *direction);
    mirti_status status = MIRTI_OK;
    if (!chosen || !direction) {
        status = mirti_fail_memory(err, "the search for separation");
        goto done;
    }
    separated s = {.problem = problem, .direction = direction, .limit = 1e-9};
    int found = 0;
    for (size_t j = 0; j < p && problem->intercept >= 0; j++) {
        if ((int)j == problem->intercept) continue;
        const double *range = problem->range + j;
        double low0 = range[0], high0 = range[p], low1 = range[2 * p], high1 = range[3 * p];
        if (high0 > low1 && high1 > low0) continue;
        chosen[j] = true;
        if (found++ > 0) continue;
        double border = high0 <= low1 ? high0 + (low1 - high0) / 2 : high1 + (low0 - high1) / 2;
        direction[j] = high0 <= low1 ? 1 : -1;
        s.offset = -direction[j] * (border - problem->centre[j]) * problem->scale[j];
    }
    if (found > 0) status = describe(&s, chosen, err);
done:
    mirti_free(chosen);
    mirti_free(direction);
    return status;
}

/* Whether the likelihood never falls along the direction; sets the limit. */
static bool separates(separated *s) {
    const mirti_fit_problem *problem = s->problem;
    double longest = 0, value;
    for (int64_t i = 0; i < problem->rows; i++) {
        side_of(s, mirti_fit_problem_row(problem, i), &value);
        longest = fmax(longest, fabs(value));
    }
    s->limit = 1e-3 * longest;
    for (int64_t i = 0; i < problem->rows; i++) {
        int64_t row = mirti_fit_problem_row(problem, i);
        int side = side_of(s, row, &value);
        if (side != 0 && (side > 0) != (problem->y[row] == 1)) return false;
    }
    return longest > 0;
}

/* Leaves out of a separating direction what it can do without, smallest part first. */
static void simplify(separated *s, double *direction, bool *chosen) {
    const mirti_fit_problem *problem = s->problem;
    for (;;) {
        int smallest = -1;
        for (int j = 0; j < problem->p; j++)
            if (j != problem->intercept && direction[j] != 0 && !chosen[j] &&
                (smallest < 0 || fabs(direction[j]) < fabs(direction[smallest])))
                smallest = j;
        if (smallest < 0) break;
        double part = direction[smallest];
        direction[smallest] = 0;
        if (separates(s)) continue;
        direction[smallest] = part;
        chosen[smallest] = true; /* it is needed */
    }
    separates(s);
}

mirti_status mirti_fit_check_direction(const mirti_fit_problem *problem, const double *direction,
                                       mirti_error *err) {
    separated s = {.problem = problem, .direction = direction};
    if (!separates(&s)) return MIRTI_OK;
    size_t p = (size_t)problem->p;
    bool *chosen = mirti_new(p, sizeof *chosen);
    double *simple = mirti_new(p, sizeof *simple);
    mirti_status status;
    if (chosen && simple) {
        memcpy(simple, direction, p * sizeof *simple);
        s.direction = simple;
        simplify(&s, simple, chosen);
        status = describe(&s, chosen, err);
    } else {
        status = mirti_fail_memory(err, "the search for separation");
    }
    mirti_free(chosen);
    mirti_free(simple);
    return status;
}
