/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the measures have in common: rows in the order of their probabilities, and the step from a
 * linearised estimator to its standard error and interval. */
#include "internal.h"

#include <stdlib.h>

typedef struct scored {
    double score;
    int64_t row;
} scored;

static int ascending(const void *a, const void *b) {
    const scored *left = a, *right = b;
    if (left->score != right->score) return left->score < right->score ? -1 : 1;
    return (left->row > right->row) - (left->row < right->row);
}

static mirti_status check_row(double score, double y, int64_t row, mirti_error *err) {
    if (isnan(score))
        return mirti_fail(err, MIRTI_ERROR_INPUT, "row %lld has no predicted probability",
                          (long long)row + 1);
    if (y != 0 && y != 1)
        return mirti_fail(err, MIRTI_ERROR_INPUT, "the outcome of row %lld is neither 0 nor 1",
                          (long long)row + 1);
    return MIRTI_OK;
}

mirti_status mirti_validate_order(const mirti_survey_design *design, const double *score,
                                  const double *y, const uint8_t *in, int64_t **order,
                                  int64_t *count, mirti_error *err) {
    size_t n = (size_t)design->rows;
    scored *list = mirti_new(n, sizeof *list);
    *order = mirti_new(n, sizeof **order);
    *count = 0;
    mirti_status status =
        list && *order ? MIRTI_OK : mirti_fail_memory(err, "the order of the children");
    for (int64_t i = 0; i < design->rows && status == MIRTI_OK; i++) {
        if (!mirti_validate_counts(in, i)) continue;
        status = check_row(score[i], y[i], i, err);
        list[(*count)++] = (scored){score[i], i};
    }
    if (status == MIRTI_OK) {
        qsort(list, (size_t)*count, sizeof *list, ascending);
        for (int64_t k = 0; k < *count; k++)
            (*order)[k] = list[k].row;
    } else {
        mirti_free(*order);
        *order = NULL;
    }
    mirti_free(list);
    return status;
}

mirti_status mirti_validate_error(const mirti_survey_design *design, const double *influence,
                                  const uint8_t *in, double *se, mirti_error *err) {
    double variance;
    MIRTI_TRY(mirti_survey_total_covariance(design, influence, 1, in, &variance, err));
    *se = sqrt(fmax(variance, 0));
    return MIRTI_OK;
}

mirti_measure mirti_validate_measure(double value, double se, double confidence, int32_t df) {
    double t = mirti_survey_t_quantile(confidence, df);
    return (mirti_measure){value, se, value - t * se, value + t * se};
}
