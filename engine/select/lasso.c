/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lasso path and its cross-validation. One path over the whole sample and one without each part
 * of the PSUs, all on the λ of the whole sample, run side by side; each starts where the λ before
 * it ended. What a path writes is its own, and what comes of the parts is added in their order, so
 * any number of threads gives the same bits.
 */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "internal.h"

enum { DEFAULT_LAMBDAS = 100, MOST_LAMBDAS = 10000 };

static const double default_ratio = 1e-4;
/* The conditions of the minimum hold to this share of λ_max: of the smallest λ of a default path it
 * is a hundred-thousandth. What a fold predicts needs fewer digits than coefficients that people
 * read. */
static const double tolerance_share = 1e-9, fold_tolerance_share = 1e-7;

typedef struct path_job {
    const mirti_patterns *patterns;
    const int *group;
    const uint8_t *free;
    const mirti_lasso_options *options;
    mirti_penalised *whole; /* at λ_max */
    mirti_lasso *lasso;
    double *part_deviance; /* [folds × lambdas] per unit of weight */
    double *part_weight;   /* [folds] */
    atomic_int_least64_t done;
} path_job;

static mirti_status tell_progress(path_job *job, mirti_error *err) {
    int64_t done = atomic_fetch_add(&job->done, 1) + 1;
    double total = (double)job->lasso->lambdas * (job->patterns->data->folds + 1);
    return mirti_progress(job->options->listener, "lasso", (double)done, total, err);
}

/* The coefficients in standardised columns say which groups are in: exactly zero is out. */
static void note_active(const mirti_penalised *fit, uint8_t *active) {
    for (int g = 1; g < fit->groups; g++) {
        active[g - 1] = 0;
        for (int k = fit->start[g]; k < fit->start[g + 1]; k++)
            if (fit->theta[k] != 0) active[g - 1] = 1;
    }
}

static mirti_status follow_whole(path_job *job, mirti_error *err) {
    mirti_lasso *lasso = job->lasso;
    double tolerance = tolerance_share * lasso->lambda_max;
    for (int l = 0; l < lasso->lambdas; l++) {
        MIRTI_TRY(mirti_penalised_solve(job->whole, lasso->lambda[l], tolerance, err));
        mirti_penalised_beta(job->whole, lasso->beta + (size_t)l * (size_t)lasso->columns);
        note_active(job->whole, lasso->active + (size_t)l * (size_t)lasso->groups);
        lasso->deviance[l] = 2 * mirti_penalised_loss(job->whole);
        lasso->kkt[l] = job->whole->miss / lasso->lambda_max;
        MIRTI_TRY(tell_progress(job, err));
    }
    return MIRTI_OK;
}

static mirti_status follow_without(path_job *job, int fold, mirti_error *err) {
    mirti_lasso *lasso = job->lasso;
    size_t count = (size_t)job->patterns->count, p = (size_t)lasso->columns;
    double *weight = mirti_new(2 * count + p, sizeof *weight);
    double tolerance = fold_tolerance_share * lasso->lambda_max;
    mirti_penalised *fit = NULL;
    mirti_status status;
    if (!weight) return mirti_fail_memory(err, "the weights of a fold");
    double *ones = weight + count, *beta = weight + 2 * count;
    mirti_patterns_weigh(job->patterns, MIRTI_PART_ONLY, fold, weight, ones);
    MIRTI_TRY_GOTO(status,
                   mirti_penalised_open(job->patterns, MIRTI_PART_WITHOUT, fold, job->group,
                                        lasso->groups, job->free, lasso->group_df, &fit, err),
                   done);
    for (int l = 0; l < lasso->lambdas; l++) {
        double sum = 0;
        MIRTI_TRY_GOTO(status, mirti_penalised_solve(fit, lasso->lambda[l], tolerance, err), done);
        mirti_penalised_beta(fit, beta);
        double deviance = mirti_patterns_deviance(job->patterns, weight, ones, beta, &sum);
        job->part_weight[fold] = sum;
        job->part_deviance[(size_t)fold * (size_t)lasso->lambdas + (size_t)l] = deviance / sum;
        MIRTI_TRY_GOTO(status, tell_progress(job, err), done);
    }
done:
    mirti_penalised_close(fit);
    mirti_free(weight);
    return status;
}

static mirti_status follow(int64_t first, int64_t last, void *context, mirti_error *err) {
    path_job *job = context;
    for (int64_t k = first; k < last; k++)
        MIRTI_TRY(k == 0 ? follow_whole(job, err) : follow_without(job, (int)k - 1, err));
    return MIRTI_OK;
}

void mirti_select_over_folds(const double *value, const double *weight, int folds, size_t stride,
                             double *mean, double *se) {
    double sum = 0, total = 0, square = 0;
    for (int k = 0; k < folds; k++) {
        sum += weight[k] * value[(size_t)k * stride];
        total += weight[k];
    }
    *mean = sum / total;
    for (int k = 0; k < folds; k++) {
        double off = value[(size_t)k * stride] - *mean;
        square += weight[k] * off * off;
    }
    *se = sqrt(square / total / (folds - 1));
}

static void judge(mirti_lasso *lasso, const path_job *job, int folds) {
    for (int l = 0; l < lasso->lambdas; l++)
        mirti_select_over_folds(job->part_deviance + l, job->part_weight, folds,
                                (size_t)lasso->lambdas, &lasso->cv_deviance[l], &lasso->cv_se[l]);
    lasso->best = 0;
    for (int l = 1; l < lasso->lambdas; l++)
        if (lasso->cv_deviance[l] < lasso->cv_deviance[lasso->best]) lasso->best = l;
    double limit = lasso->cv_deviance[lasso->best] + lasso->cv_se[lasso->best];
    lasso->sparse = 0;
    while (!(lasso->cv_deviance[lasso->sparse] <= limit))
        lasso->sparse++;
}

/* λ_max, and the path down from it. */
static mirti_status lay_path(path_job *job, mirti_error *err) {
    mirti_lasso *lasso = job->lasso;
    double spread = sqrt(job->whole->rate * (1 - job->whole->rate));
    MIRTI_TRY(mirti_penalised_solve(job->whole, (double)INFINITY, 1e-12 * spread, err));
    lasso->lambda_max = mirti_penalised_lambda_max(job->whole);
    if (!(lasso->lambda_max > 1e-12 * spread)) {
        return mirti_fail(err, MIRTI_ERROR_MODEL,
                          "no penalised column has anything to do with the outcome");
    }
    double ratio = job->options->ratio > 0 ? job->options->ratio : default_ratio;
    double step = mirti_exact_log(ratio) / fmax(1, lasso->lambdas - 1);
    for (int l = 0; l < lasso->lambdas; l++)
        lasso->lambda[l] = job->options->lambda ? job->options->lambda[l]
                                                : lasso->lambda_max * mirti_exact_exp(step * l);
    return MIRTI_OK;
}

static mirti_status make_room(mirti_lasso *lasso, path_job *job, int folds, mirti_error *err) {
    size_t lambdas = (size_t)lasso->lambdas, groups = (size_t)lasso->groups;
    lasso->lambda = mirti_new(lambdas, sizeof(double));
    lasso->beta = mirti_new(lambdas * (size_t)lasso->columns, sizeof(double));
    lasso->active = mirti_new(lambdas * groups, 1);
    lasso->deviance = mirti_new(lambdas, sizeof(double));
    lasso->kkt = mirti_new(lambdas, sizeof(double));
    lasso->group_df = mirti_new(groups, sizeof(double));
    bool ok = lasso->lambda && lasso->beta && lasso->active && lasso->deviance && lasso->kkt &&
              lasso->group_df;
    if (ok && folds > 0) {
        lasso->cv_deviance = mirti_new(lambdas, sizeof(double));
        lasso->cv_se = mirti_new(lambdas, sizeof(double));
        job->part_deviance = mirti_new(lambdas * (size_t)folds, sizeof(double));
        job->part_weight = mirti_new((size_t)folds, sizeof(double));
        ok = lasso->cv_deviance && lasso->cv_se && job->part_deviance && job->part_weight;
    }
    return ok ? MIRTI_OK : mirti_fail_memory(err, "a lasso path");
}

static mirti_status follow_all(path_job *job, mirti_error *err) {
    mirti_lasso *lasso = job->lasso;
    int folds = job->patterns->data->fold ? job->patterns->data->folds : 0;
    MIRTI_TRY(make_room(lasso, job, folds, err));
    MIRTI_TRY(mirti_penalised_open(job->patterns, MIRTI_PART_ALL, 0, job->group, lasso->groups,
                                   job->free, NULL, &job->whole, err));
    for (int g = 0; g < lasso->groups; g++)
        lasso->group_df[g] = job->whole->start[g + 2] - job->whole->start[g + 1];
    MIRTI_TRY(lay_path(job, err));
    MIRTI_TRY(mirti_parallel_range(folds + 1, 1, job->options->threads, follow, job, err));
    if (folds > 0) judge(lasso, job, folds);
    return MIRTI_OK;
}

mirti_status mirti_select_check_folds(const mirti_patterns *patterns, mirti_error *err) {
    const mirti_select_data *data = patterns->data;
    if (data->folds < 2)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a cross-validation needs two parts or more");
    bool *seen = mirti_new((size_t)data->folds, sizeof *seen);
    if (!seen) return mirti_fail_memory(err, "the parts of the cross-validation");
    mirti_status status = MIRTI_OK;
    for (int64_t i = 0; i < patterns->rows && status == MIRTI_OK; i++) {
        int32_t fold = data->fold[data->design->psu[patterns->row[i]]];
        if (fold >= data->folds)
            status = mirti_fail(err, MIRTI_ERROR_USAGE, "a PSU is in part %d of %d", fold + 1,
                                data->folds);
        else if (fold >= 0)
            seen[fold] = true;
    }
    for (int k = 0; k < data->folds && status == MIRTI_OK; k++)
        if (!seen[k])
            status =
                mirti_fail(err, MIRTI_ERROR_USAGE,
                           "part %d of the cross-validation has no row of the population", k + 1);
    mirti_free(seen);
    return status;
}

static mirti_status check(const mirti_select_data *data, const int *group, int groups,
                          const mirti_lasso_options *options, int lambdas, mirti_error *err) {
    if (lambdas > MOST_LAMBDAS || options->ratio < 0 || options->ratio >= 1)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "a path has 1 to %d points, down to a share between 0 and 1 of the first",
                          MOST_LAMBDAS);
    for (int l = 0; options->lambda && l < lambdas; l++)
        if (!(options->lambda[l] > 0) || (l > 0 && !(options->lambda[l] < options->lambda[l - 1])))
            return mirti_fail(err, MIRTI_ERROR_USAGE, "the λ of a path are positive and decrease");
    for (int j = 1; j < data->columns; j++)
        if (group[j] >= groups)
            return mirti_fail(err, MIRTI_ERROR_USAGE, "column %s is in group %d of %d",
                              data->name[j], group[j] + 1, groups);
    return MIRTI_OK;
}

mirti_status mirti_lasso_path(const mirti_patterns *patterns, const int *group, int groups,
                              const uint8_t *free, const mirti_lasso_options *options,
                              mirti_lasso **out, mirti_error *err) {
    *out = NULL;
    mirti_lasso_options chosen = options ? *options : (mirti_lasso_options){0};
    int lambdas = chosen.lambdas > 0 ? chosen.lambdas : DEFAULT_LAMBDAS;
    MIRTI_TRY(check(patterns->data, group, groups, &chosen, lambdas, err));
    if (patterns->data->fold) MIRTI_TRY(mirti_select_check_folds(patterns, err));
    mirti_lasso *lasso = mirti_new(1, sizeof *lasso);
    if (!lasso) return mirti_fail_memory(err, "a lasso path");
    *lasso = (mirti_lasso){.columns = patterns->data->columns,
                           .groups = groups,
                           .lambdas = lambdas,
                           .best = -1,
                           .sparse = -1};
    path_job job = {
        .patterns = patterns, .group = group, .free = free, .options = &chosen, .lasso = lasso};
    atomic_init(&job.done, 0);
    mirti_status status = follow_all(&job, err);
    mirti_penalised_close(job.whole);
    mirti_free(job.part_deviance);
    mirti_free(job.part_weight);
    if (status == MIRTI_OK)
        *out = lasso;
    else
        mirti_lasso_free(lasso);
    return status;
}

mirti_status mirti_lasso_fit(const mirti_select_data *data, const int *group, int groups,
                             const uint8_t *free, const mirti_lasso_options *options,
                             mirti_lasso **out, mirti_error *err) {
    *out = NULL;
    mirti_patterns patterns = {0};
    mirti_status status = mirti_patterns_make(data, &patterns, err);
    if (status == MIRTI_OK)
        status = mirti_lasso_path(&patterns, group, groups, free, options, out, err);
    mirti_patterns_reset(&patterns);
    return status;
}

void mirti_lasso_free(mirti_lasso *lasso) {
    if (!lasso) return;
    mirti_free(lasso->lambda);
    mirti_free(lasso->beta);
    mirti_free(lasso->active);
    mirti_free(lasso->deviance);
    mirti_free(lasso->group_df);
    mirti_free(lasso->kkt);
    mirti_free(lasso->cv_deviance);
    mirti_free(lasso->cv_se);
    mirti_free(lasso);
}
