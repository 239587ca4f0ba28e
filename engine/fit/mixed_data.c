/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The data of a mixed logit: rows brought together by area, in the byte order of codes and, within
 * an area, in the order of the sample, so that results do not depend on how the file was sorted.
 * Weights are scaled within areas (Rabe-Hesketh and Skrondal 2006).
 */
#include "mixed.h"

#include <math.h>
#include <stdlib.h>

typedef struct labelled {
    mirti_str parent, area; /* parent empty in models of one level */
    int64_t row;            /* of the design */
} labelled;

static int compare_labelled(const void *left, const void *right) {
    const labelled *a = left, *b = right;
    int order = mirti_str_compare(a->parent, b->parent);
    if (order == 0) order = mirti_str_compare(a->area, b->area);
    if (order != 0) return order;
    return a->row < b->row ? -1 : a->row > b->row;
}

static bool same_area(const labelled *a, const labelled *b) {
    return mirti_str_equal(a->area, b->area) && mirti_str_equal(a->parent, b->parent);
}

static mirti_status sort_rows(const mirti_fit_problem *problem, const mirti_str *parent,
                              const mirti_str *area, labelled *sorted, mirti_error *err) {
    bool in_order = true;
    for (int64_t i = 0; i < problem->rows; i++) {
        int64_t row = mirti_fit_problem_row(problem, i);
        sorted[i] = (labelled){parent ? parent[row] : (mirti_str){0}, area[row], row};
        if (i > 0 && compare_labelled(&sorted[i - 1], &sorted[i]) > 0) in_order = false;
        if (area[row].size > 0 && (!parent || parent[row].size > 0)) continue;
        mirti_status status = mirti_fail(err, MIRTI_ERROR_INPUT,
                                         "row %lld of the sample has no area", (long long)row + 1);
        mirti_fail_remedy(err, "Give the survey source an expression for 'area' that covers all "
                               "rows, or leave such rows out.");
        return status;
    }
    if (!in_order) qsort(sorted, (size_t)problem->rows, sizeof *sorted, compare_labelled);
    return MIRTI_OK;
}

/* Which areas are in which parent. */
static mirti_status take_parents(const labelled *sorted, mirti_mixed_data *data, mirti_error *err) {
    data->parent_start = mirti_new((size_t)data->areas + 1, sizeof *data->parent_start);
    data->parent_mode = mirti_new((size_t)data->areas, sizeof *data->parent_mode);
    if (!data->parent_start || !data->parent_mode)
        return mirti_fail_memory(err, "the parents of areas");
    for (int32_t a = 0; a < data->areas; a++) {
        const labelled *here = &sorted[data->start[a]];
        if (a > 0 && mirti_str_equal(sorted[data->start[a - 1]].parent, here->parent)) continue;
        data->parent_start[data->parents++] = a;
    }
    data->parent_start[data->parents] = data->areas;
    return MIRTI_OK;
}

/* Scales the weights of one area's rows. */
static void scale_weights(mirti_weight_scaling scaling, double *weight, int64_t count) {
    mirti_sum sum = {0}, squares = {0};
    for (int64_t i = 0; i < count; i++) {
        mirti_sum_add(&sum, weight[i]);
        mirti_sum_add(&squares, weight[i] * weight[i]);
    }
    double total = mirti_sum_value(&sum), factor = 1;
    if (scaling == MIRTI_SCALING_SIZE) factor = (double)count / total;
    if (scaling == MIRTI_SCALING_EFFECTIVE) factor = total / mirti_sum_value(&squares);
    for (int64_t i = 0; i < count; i++)
        weight[i] = scaling == MIRTI_SCALING_UNIT ? 1 : weight[i] * factor;
}

static mirti_status take_area_weights(const double *given, mirti_mixed_data *data,
                                      mirti_error *err) {
    for (int32_t a = 0; a < data->areas; a++) {
        data->area_weight[a] = given ? given[data->source[data->start[a]]] : 1;
        for (int64_t i = data->start[a]; given && i < data->start[a + 1]; i++) {
            double weight = given[data->source[i]];
            if (weight == data->area_weight[a] && isfinite(weight) && weight > 0) continue;
            return mirti_fail(err, MIRTI_ERROR_INPUT,
                              "row %lld of the sample has an area weight that is not positive or "
                              "differs within the area",
                              (long long)data->source[i] + 1);
        }
    }
    return MIRTI_OK;
}

static mirti_status take_rows(const mirti_fit_problem *problem, const labelled *sorted,
                              const mirti_mixed_options *options, mirti_mixed_data *data,
                              mirti_error *err) {
    size_t n = (size_t)problem->rows, p = (size_t)problem->p;
    data->areas = 0;
    for (size_t i = 0; i < n; i++)
        data->areas += i == 0 || !same_area(&sorted[i - 1], &sorted[i]);
    data->start = mirti_new((size_t)data->areas + 1, sizeof *data->start);
    data->source = mirti_new(n, sizeof *data->source);
    data->z = mirti_new(n * p, sizeof *data->z);
    data->weight = mirti_new(n, sizeof *data->weight);
    data->y = mirti_new(n, sizeof *data->y);
    data->area_weight = mirti_new((size_t)data->areas, sizeof *data->area_weight);
    data->mode = mirti_new((size_t)data->areas, sizeof *data->mode);
    if (!data->start || !data->source || !data->z || !data->weight || !data->y ||
        !data->area_weight || !data->mode)
        return mirti_fail_memory(err, "the rows of the areas");
    int32_t area = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && !same_area(&sorted[i - 1], &sorted[i])) data->start[++area] = (int64_t)i;
        size_t row = (size_t)sorted[i].row;
        data->source[i] = sorted[i].row;
        data->weight[i] = problem->weight[row];
        data->y[i] = problem->y[row];
        for (size_t j = 0; j < p; j++)
            data->z[i * p + j] = (problem->x[row * p + j] - problem->centre[j]) * problem->scale[j];
    }
    data->start[data->areas] = problem->rows;
    for (int32_t a = 0; a < data->areas; a++) {
        int64_t count = data->start[a + 1] - data->start[a];
        if (count > data->most_rows) data->most_rows = count;
        scale_weights(options->scaling, data->weight + data->start[a], count);
    }
    return take_area_weights(options->area_weight, data, err);
}

mirti_status mirti_mixed_data_set_rule(mirti_mixed_data *data, int quadrature, mirti_error *err) {
    size_t q = (size_t)quadrature;
    mirti_free(data->node);
    mirti_free(data->log_weight);
    data->quadrature = quadrature;
    data->node = mirti_new(q, sizeof *data->node);
    data->log_weight = mirti_new(q, sizeof *data->log_weight);
    if (!data->node || !data->log_weight) return mirti_fail_memory(err, "the quadrature rule");
    MIRTI_TRY(mirti_fit_hermite(data->quadrature, data->node, data->log_weight, err));
    const double half_log_pi = 0.57236494292470008707;
    for (size_t k = 0; k < q; k++) {
        double t = data->node[k];
        data->log_weight[k] = mirti_exact_log(data->log_weight[k]) + t * t - half_log_pi;
        data->node[k] = 1.4142135623730951 * t;
    }
    return MIRTI_OK;
}

mirti_status mirti_mixed_data_open(const mirti_fit_problem *problem, const mirti_str *parent,
                                   const mirti_str *area, const mirti_mixed_options *options,
                                   mirti_mixed_data *data, mirti_error *err) {
    *data = (mirti_mixed_data){.p = problem->p, .rows = problem->rows, .threads = options->threads};
    labelled *sorted = mirti_new((size_t)problem->rows, sizeof *sorted);
    if (!sorted) return mirti_fail_memory(err, "the rows of the areas");
    mirti_status status = sort_rows(problem, parent, area, sorted, err);
    if (status == MIRTI_OK) status = take_rows(problem, sorted, options, data, err);
    if (status == MIRTI_OK) status = take_parents(sorted, data, err);
    if (status == MIRTI_OK) status = mirti_mixed_data_set_rule(data, options->quadrature, err);
    mirti_free(sorted);
    if (status == MIRTI_OK && data->areas < 2) {
        status = mirti_fail(err, MIRTI_ERROR_MODEL,
                            "all rows are of one area, so how areas differ cannot be estimated");
        mirti_fail_remedy(err, "Use the plain logit, or a finer area.");
    }
    if (status != MIRTI_OK) mirti_mixed_data_reset(data);
    return status;
}

void mirti_mixed_data_reset(mirti_mixed_data *data) {
    mirti_free(data->start);
    mirti_free(data->source);
    mirti_free(data->z);
    mirti_free(data->weight);
    mirti_free(data->y);
    mirti_free(data->area_weight);
    mirti_free(data->mode);
    mirti_free(data->parent_start);
    mirti_free(data->parent_mode);
    mirti_free(data->node);
    mirti_free(data->log_weight);
    *data = (mirti_mixed_data){0};
}
