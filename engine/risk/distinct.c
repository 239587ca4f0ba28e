/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Before anything is classed, values are sorted and equal ones merged: equal values never part, and
 * every method works on the distinct values and their weights. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>

typedef struct weighted {
    double value, weight;
} weighted;

int mirti_risk_compare(double a, double b) {
    return (a > b) - (a < b);
}

/* Weights break ties, so that their sum does not depend on the order of the input. */
static int compare(const void *a, const void *b) {
    const weighted *left = a, *right = b;
    int order = mirti_risk_compare(left->value, right->value);
    return order != 0 ? order : mirti_risk_compare(left->weight, right->weight);
}

static mirti_status collect(weighted *list, int64_t *found, const double *value,
                            const double *weight, int64_t count, mirti_error *err) {
    *found = 0;
    for (int64_t i = 0; i < count; i++) {
        if (isnan(value[i])) continue;
        double w = weight ? weight[i] : 1;
        if (isinf(value[i]))
            return mirti_fail(err, MIRTI_ERROR_USAGE, "value %lld to be classed is infinite",
                              (long long)i + 1);
        if (!(w >= 0) || isinf(w))
            return mirti_fail(err, MIRTI_ERROR_USAGE,
                              "the weight of value %lld to be classed is %g", (long long)i + 1, w);
        list[(*found)++] = (weighted){value[i] == 0 ? 0 : value[i], w}; /* −0 is 0 */
    }
    if (*found == 0) return mirti_fail(err, MIRTI_ERROR_USAGE, "there is no value to be classed");
    return MIRTI_OK;
}

mirti_status mirti_risk_values_make(mirti_risk_values *values, const double *value,
                                    const double *weight, int64_t count, mirti_error *err) {
    *values = (mirti_risk_values){0};
    mirti_status status;
    int64_t found;
    size_t room = (size_t)count;
    weighted *list = mirti_new(room, sizeof *list);
    values->value = mirti_new(room, sizeof *values->value);
    values->weight = mirti_new(room, sizeof *values->weight);
    values->times = mirti_new(room, sizeof *values->times);
    if (!list || !values->value || !values->weight || !values->times) {
        status = mirti_fail_memory(err, "the values to be classed");
        goto done;
    }
    MIRTI_TRY_GOTO(status, collect(list, &found, value, weight, count, err), done);
    qsort(list, (size_t)found, sizeof *list, compare);
    mirti_sum total = {0};
    for (int64_t i = 0; i < found; i++) {
        int64_t last = values->count - 1;
        if (last < 0 || values->value[last] != list[i].value) {
            last = values->count++;
            values->value[last] = list[i].value;
        }
        values->weight[last] += list[i].weight;
        values->times[last]++;
        mirti_sum_add(&total, list[i].weight);
    }
    values->total_weight = mirti_sum_value(&total);
    if (!(values->total_weight > 0))
        status = mirti_fail(err, MIRTI_ERROR_USAGE,
                            "the values to be classed have no weight: all weights are zero");
done:
    mirti_free(list);
    if (status != MIRTI_OK) mirti_risk_values_reset(values);
    return status;
}

void mirti_risk_values_reset(mirti_risk_values *values) {
    mirti_free(values->value);
    mirti_free(values->weight);
    mirti_free(values->times);
    *values = (mirti_risk_values){0};
}
