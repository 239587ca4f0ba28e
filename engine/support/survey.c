/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The survey's side: weighted shares and means of the rows that the model learns from, with the
 * covariance that their design gives them. The mean m = Σwy/Σw has linearised scores w (y − m)/Σw
 * (Binder 1983), as everywhere. Oracle: R svymean. */
#include "internal.h"

#include <math.h>

/* The values of the predictors that terms use, of row i. */
static void values_of(const mirti_support_layout *layout, const mirti_support_sample *sample,
                      int64_t i, double *value) {
    const double *row = sample->value + i * layout->terms->predictors;
    for (int v = 0; v < layout->predictors; v++)
        value[v] = row[layout->predictor[v]];
}

/* Means of the lines; returns the sum of weights. */
static double take_means(const mirti_support_layout *layout, const mirti_support_sample *sample,
                         double *value, double *line, mirti_sum *sum, double *mean) {
    mirti_sum weight = {0};
    for (int64_t i = 0; i < sample->design->rows; i++) {
        if (!sample->in[i]) continue;
        const double w = sample->design->weight[i];
        values_of(layout, sample, i, value);
        mirti_support_lines(layout, value, line);
        mirti_sum_add(&weight, w);
        for (int l = 0; l < layout->lines; l++)
            mirti_sum_add(&sum[l], w * line[l]);
    }
    for (int l = 0; l < layout->lines; l++)
        mean[l] = mirti_sum_value(&sum[l]) / mirti_sum_value(&weight);
    return mirti_sum_value(&weight);
}

/* Linearised scores of the means. */
static void take_scores(const mirti_support_layout *layout, const mirti_support_sample *sample,
                        double all, double *value, const double *mean, double *score) {
    for (int64_t i = 0; i < sample->design->rows; i++) {
        if (!sample->in[i]) continue;
        double *at = score + i * layout->lines;
        values_of(layout, sample, i, value);
        mirti_support_lines(layout, value, at);
        for (int l = 0; l < layout->lines; l++)
            at[l] = sample->design->weight[i] * (at[l] - mean[l]) / all;
    }
}

static void put_lines(const mirti_support_layout *layout, const double *mean,
                      const double *covariance, mirti_support *support) {
    for (int v = 0; v < layout->predictors; v++) {
        mirti_support_predictor *p = &support->predictor[v];
        for (int l = 0; l < p->lines; l++) {
            const int at = layout->first[v] + l;
            p->line[l].survey = mean[at];
            p->line[l].survey_se = sqrt(fmax(0, covariance[at * layout->lines + at]));
        }
    }
}

/* Spreads of the numbers. */
static mirti_status put_spreads(const mirti_support_layout *layout,
                                const mirti_support_sample *sample, mirti_support *support,
                                mirti_error *err) {
    const mirti_survey_design *design = sample->design;
    mirti_support_point *point = mirti_new((size_t)design->rows, sizeof *point);
    if (!point) return mirti_fail_memory(err, "the comparison of survey and census");
    for (int v = 0; v < layout->predictors; v++) {
        const int k = layout->predictor[v];
        if (layout->terms->predictor[k].kind != MIRTI_PREDICTOR_NUMBER) continue;
        int64_t count = 0;
        for (int64_t i = 0; i < design->rows; i++)
            if (sample->in[i])
                point[count++] = (mirti_support_point){
                    sample->value[i * layout->terms->predictors + k], design->weight[i]};
        support->predictor[v].survey = mirti_support_spread_of(point, count);
    }
    mirti_free(point);
    return MIRTI_OK;
}

mirti_status mirti_support_survey(const mirti_support_layout *layout,
                                  const mirti_support_sample *sample, mirti_support *support,
                                  double **covariance, mirti_error *err) {
    const size_t lines = (size_t)layout->lines;
    const size_t rows = (size_t)sample->design->rows;
    double *value = mirti_new((size_t)layout->predictors, sizeof *value);
    double *line = mirti_new(2 * lines, sizeof *line);
    double *score = mirti_new(rows * lines, sizeof *score);
    mirti_sum *sum = mirti_new(lines, sizeof *sum);
    *covariance = mirti_new(lines * lines, sizeof **covariance);
    mirti_status status = MIRTI_OK;
    if (!value || !line || !score || !sum || !*covariance) {
        status = mirti_fail_memory(err, "the comparison of survey and census");
    } else {
        double *mean = line + lines;
        double all = take_means(layout, sample, value, line, sum, mean);
        take_scores(layout, sample, all, value, mean, score);
        status = mirti_survey_total_covariance(sample->design, score, layout->lines, sample->in,
                                               *covariance, err);
        if (status == MIRTI_OK) put_lines(layout, mean, *covariance, support);
        if (status == MIRTI_OK) status = put_spreads(layout, sample, support, err);
    }
    mirti_free(value);
    mirti_free(line);
    mirti_free(score);
    mirti_free(sum);
    return status;
}
