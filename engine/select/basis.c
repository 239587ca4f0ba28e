/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the columns of a data set to orthonormal columns for the penalised logit: each group by
 * itself, by Gram and Schmidt's method under the weights (twice, which is enough for rounding:
 * Giraud et al. 2005). A column that tells nothing beyond those before it in its group gives none.
 */
#include "penalised.h"

#include <math.h>
#include <string.h>

enum { LANES = 8 };

double mirti_select_dot(const double *a, const double *b, int64_t count) {
    double lane[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (int k = 0; k < LANES; k++)
            lane[k] += a[i + k] * b[i + k];
    for (int k = 0; i < count; i++, k++)
        lane[k] += a[i] * b[i];
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
           ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

static mirti_status take_rows(mirti_penalised *fit, mirti_patterns_part part, int fold,
                              mirti_error *err) {
    const mirti_patterns *patterns = fit->patterns;
    size_t most = (size_t)patterns->count;
    fit->pattern = mirti_new(most, sizeof *fit->pattern);
    fit->weight = mirti_new(most, sizeof(double));
    fit->ones = mirti_new(most, sizeof(double));
    if (!fit->pattern || !fit->weight || !fit->ones)
        return mirti_fail_memory(err, "the weights of a fit");
    mirti_patterns_weigh(patterns, part, fold, fit->weight, fit->ones);
    mirti_sum sum = {0}, ones = {0};
    for (int64_t k = 0; k < patterns->count; k++) {
        if (fit->weight[k] == 0) continue;
        fit->pattern[fit->count] = k;
        fit->weight[fit->count] = fit->weight[k];
        fit->ones[fit->count++] = fit->ones[k];
    }
    for (int64_t k = 0; k < fit->count; k++) {
        mirti_sum_add(&sum, fit->weight[k]);
        mirti_sum_add(&ones, fit->ones[k]);
    }
    bool varies = false;
    for (int64_t k = 0; k < fit->count; k++) {
        varies = varies || (fit->ones[k] > 0 && mirti_sum_value(&ones) < mirti_sum_value(&sum));
        fit->weight[k] /= mirti_sum_value(&sum);
        fit->ones[k] /= mirti_sum_value(&sum);
    }
    fit->rate = mirti_sum_value(&ones) / mirti_sum_value(&sum);
    if (varies) return MIRTI_OK;
    mirti_status status = mirti_fail(
        err, MIRTI_ERROR_MODEL, "without the PSUs of part %d the outcome does not vary", fold + 1);
    mirti_fail_remedy(err, "Use fewer folds, or another seed.");
    return status;
}

/* Members by group: group 0 has none, for the intercept is no column of the data's. */
static mirti_status list_members(mirti_penalised *fit, const int *group, mirti_error *err) {
    int columns = fit->patterns->data->columns;
    fit->member_start = mirti_new((size_t)fit->groups + 1, sizeof(int));
    fit->member = mirti_new((size_t)columns, sizeof(int));
    fit->centre = mirti_new((size_t)columns, sizeof(double));
    if (!fit->member_start || !fit->member || !fit->centre)
        return mirti_fail_memory(err, "the groups of columns");
    int at = 0;
    for (int g = 1; g < fit->groups; g++) {
        fit->member_start[g] = at;
        for (int j = 1; j < columns; j++)
            if (group[j] == g - 1) fit->member[at++] = j;
    }
    fit->member_start[fit->groups] = at;
    return MIRTI_OK;
}

static mirti_status make_room(mirti_penalised *fit, mirti_error *err) {
    int members = fit->member_start[fit->groups];
    size_t most = (size_t)members + 1, count = (size_t)fit->count, turns = 0;
    for (int g = 1; g < fit->groups; g++) {
        size_t width = (size_t)(fit->member_start[g + 1] - fit->member_start[g]);
        turns += width * width;
    }
    fit->start = mirti_new((size_t)fit->groups + 1, sizeof(int));
    fit->factor = mirti_new((size_t)fit->groups, sizeof(double));
    fit->in_work = mirti_new((size_t)fit->groups, 1);
    fit->z = mirti_new(most * count, sizeof(double));
    fit->turn_start = mirti_new(most, sizeof *fit->turn_start);
    fit->turn = mirti_new(turns, sizeof(double));
    fit->theta = mirti_new(4 * most, sizeof(double));
    fit->hessian = mirti_new(most * most, sizeof(double));
    fit->work = mirti_new(most, sizeof(int));
    fit->eta = mirti_new(5 * count, sizeof(double));
    if (!fit->start || !fit->factor || !fit->in_work || !fit->z || !fit->turn_start || !fit->turn ||
        !fit->theta || !fit->hessian || !fit->work || !fit->eta)
        return mirti_fail_memory(err, "the columns of a fit");
    fit->gradient = fit->theta + most;
    fit->delta = fit->theta + 2 * most;
    fit->slope = fit->theta + 3 * most;
    fit->residual = fit->eta + count;
    fit->curvature = fit->eta + 2 * count;
    fit->step = fit->eta + 3 * count;
    fit->trial_eta = fit->eta + 4 * count;
    return MIRTI_OK;
}

/* Column j of the data into v: around its weighted mean, over its weighted standard deviation;
 * false if it does not vary. */
static bool standardise(const mirti_penalised *fit, int j, double *v, double *centre,
                        double *scale) {
    double origin = mirti_patterns_x(fit->patterns, fit->pattern[0])[j], sum = 0, low = 0, high = 0;
    for (int64_t i = 0; i < fit->count; i++) {
        v[i] = mirti_patterns_x(fit->patterns, fit->pattern[i])[j] - origin;
        sum += fit->weight[i] * v[i];
        low = fmin(low, v[i]);
        high = fmax(high, v[i]);
    }
    double square = 0;
    for (int64_t i = 0; i < fit->count; i++) {
        v[i] -= sum;
        square += fit->weight[i] * v[i] * v[i];
    }
    *centre = origin + sum;
    *scale = 1 / sqrt(square);
    if (!(low < high) || !(sqrt(square) > 1e-9 * (high - low))) return false;
    for (int64_t i = 0; i < fit->count; i++)
        v[i] *= *scale;
    return true;
}

/* Takes from v, and from its make-up, what the columns of the group before it hold. `scratch`
 * [count]. */
static void make_orthogonal(const mirti_penalised *fit, int first, int column, size_t width,
                            double *v, double *turn, double *scratch) {
    for (int round = 0; round < 2; round++)
        for (int k = first; k < column; k++) {
            const double *z = fit->z + (size_t)k * (size_t)fit->count;
            const double *other = fit->turn + fit->turn_start[k];
            for (int64_t i = 0; i < fit->count; i++)
                scratch[i] = fit->weight[i] * z[i];
            double share = mirti_select_dot(scratch, v, fit->count);
            for (int64_t i = 0; i < fit->count; i++)
                v[i] -= share * z[i];
            for (size_t m = 0; m < width; m++)
                turn[m] -= share * other[m];
        }
}

/* The share of a column's variance that those before it in the group leave, under which it counts
 * as a combination of them: as in the rank check of the fit room. */
static const double least_left = 1e-10;

static void add_group(mirti_penalised *fit, int g, size_t *turns) {
    size_t first_member = (size_t)fit->member_start[g];
    size_t width = (size_t)fit->member_start[g + 1] - first_member;
    double *scratch = fit->trial_eta;
    fit->start[g] = fit->columns;
    for (size_t m = 0; m < width; m++) {
        double *v = fit->z + (size_t)fit->columns * (size_t)fit->count, scale, length = 0;
        double *turn = fit->turn + *turns;
        if (!standardise(fit, fit->member[first_member + m], v, &fit->centre[first_member + m],
                         &scale))
            continue;
        memset(turn, 0, width * sizeof *turn);
        turn[m] = scale;
        make_orthogonal(fit, fit->start[g], fit->columns, width, v, turn, scratch);
        for (int64_t i = 0; i < fit->count; i++)
            length += fit->weight[i] * v[i] * v[i];
        if (!(length > least_left)) continue;
        for (int64_t i = 0; i < fit->count; i++)
            v[i] /= sqrt(length);
        for (size_t k = 0; k < width; k++)
            turn[k] /= sqrt(length);
        fit->turn_start[fit->columns++] = *turns;
        *turns += width;
    }
}

static void make_columns(mirti_penalised *fit, const uint8_t *free, const double *group_df) {
    for (int64_t i = 0; i < fit->count; i++)
        fit->z[i] = 1;
    fit->columns = 1; /* the intercept, which needs no turn */
    size_t turns = 0;
    for (int g = 1; g < fit->groups; g++) {
        add_group(fit, g, &turns);
        int df = fit->columns - fit->start[g];
        bool is_free = free && free[g - 1];
        double width = group_df ? group_df[g - 1] : (double)df;
        fit->factor[g] = is_free ? 0 : sqrt(fmax(1, width));
    }
    fit->start[fit->groups] = fit->columns;
}

static mirti_status fill(mirti_penalised *fit, mirti_patterns_part part, int fold, const int *group,
                         const uint8_t *free, const double *group_df, mirti_error *err) {
    MIRTI_TRY(take_rows(fit, part, fold, err));
    MIRTI_TRY(list_members(fit, group, err));
    MIRTI_TRY(make_room(fit, err));
    make_columns(fit, free, group_df);
    fit->theta[0] = mirti_logit_of(fit->rate);
    return MIRTI_OK;
}

mirti_status mirti_penalised_open(const mirti_patterns *patterns, mirti_patterns_part part,
                                  int fold, const int *group, int groups, const uint8_t *free,
                                  const double *group_df, mirti_penalised **out, mirti_error *err) {
    *out = NULL;
    mirti_penalised *fit = mirti_new(1, sizeof *fit);
    if (!fit) return mirti_fail_memory(err, "a fit");
    fit->patterns = patterns;
    fit->groups = groups + 1;
    mirti_status status = fill(fit, part, fold, group, free, group_df, err);
    if (status == MIRTI_OK)
        *out = fit;
    else
        mirti_penalised_close(fit);
    return status;
}

void mirti_penalised_close(mirti_penalised *fit) {
    if (!fit) return;
    void *blocks[] = {fit->pattern, fit->weight, fit->ones,         fit->start,  fit->factor,
                      fit->z,       fit->member, fit->member_start, fit->centre, fit->turn_start,
                      fit->turn,    fit->theta,  fit->hessian,      fit->work,   fit->in_work,
                      fit->eta,     fit};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
}

void mirti_penalised_beta(const mirti_penalised *fit, double *beta) {
    memset(beta, 0, (size_t)fit->patterns->data->columns * sizeof *beta);
    beta[0] = fit->theta[0];
    for (int g = 1; g < fit->groups; g++)
        for (int k = fit->start[g]; k < fit->start[g + 1]; k++) {
            const double *turn = fit->turn + fit->turn_start[k];
            for (int m = fit->member_start[g]; m < fit->member_start[g + 1]; m++)
                beta[fit->member[m]] += fit->theta[k] * turn[m - fit->member_start[g]];
        }
    for (int m = 0; m < fit->member_start[fit->groups]; m++)
        beta[0] -= beta[fit->member[m]] * fit->centre[m];
}
