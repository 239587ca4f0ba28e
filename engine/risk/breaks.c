/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Breaks: where one level ends and the next begins. Two methods search for them (fisher.c,
 * dalenius.c); the simple ones are here.
 *
 * With weights an area counts as if its value were listed once for every child: quantiles are those
 * of the longer list, and so are mean and standard deviation.
 */
#include "internal.h"

#include <math.h>

/* The value at rank r = 0, 1, ... of the list in which every value stands `weight` times; `*i` and
 * `*below`, the weight before it, move on from rank to rank. */
static double value_at(const mirti_risk_values *values, double r, int64_t *i, double *below) {
    while (*i + 1 < values->count && *below + values->weight[*i] <= r)
        *below += values->weight[(*i)++];
    return values->value[*i];
}

/* R's type 7 (Hyndman and Fan 1996, Am. Stat. 50), its default: interpolates between the two values
 * around rank (W − 1) p. */
static void quantile_breaks(const mirti_risk_values *values, int levels, double *inner) {
    int64_t i = 0;
    double below = 0;
    for (int j = 1; j < levels; j++) {
        double rank = fmax(values->total_weight - 1, 0) * j / levels;
        double lower = value_at(values, floor(rank), &i, &below);
        int64_t next = i;
        double before = below;
        double upper = value_at(values, floor(rank) + 1, &next, &before);
        double part = rank - floor(rank);
        inner[j - 1] = part > 0 ? lower + part * (upper - lower) : lower;
    }
}

static void equal_breaks(const mirti_risk_values *values, int levels, double *inner) {
    double low = values->value[0], high = values->value[values->count - 1];
    for (int j = 1; j < levels; j++)
        inner[j - 1] = low + (high - low) * j / levels;
}

/* Mean and sum of squares of the values first .. last−1. */
static double squares(const mirti_risk_values *values, int64_t first, int64_t last, double *mean) {
    mirti_sum sum = {0}, weight = {0}, square = {0};
    for (int64_t i = first; i < last; i++) {
        mirti_sum_add(&sum, values->weight[i] * values->value[i]);
        mirti_sum_add(&weight, values->weight[i]);
    }
    double whole = mirti_sum_value(&weight);
    *mean = whole > 0 ? mirti_sum_value(&sum) / whole : NAN;
    if (!(whole > 0)) return 0;
    for (int64_t i = first; i < last; i++) {
        double deviation = values->value[i] - *mean;
        mirti_sum_add(&square, values->weight[i] * deviation * deviation);
    }
    return mirti_sum_value(&square);
}

/* Steps of one standard deviation, symmetric around the mean: with three levels mean ± s/2, with
 * four mean − s, mean, mean + s. */
static void deviation_breaks(const mirti_risk_values *values, int levels, double *inner) {
    double mean, total = squares(values, 0, values->count, &mean);
    double freedom = values->total_weight > 1 ? values->total_weight - 1 : values->total_weight;
    double deviation = sqrt(total / freedom);
    for (int j = 1; j < levels; j++)
        inner[j - 1] = mean + (j - levels / 2.0) * deviation;
}

static mirti_status fixed_breaks(const mirti_class_options *options, double *inner,
                                 mirti_error *err) {
    if (!options->breaks)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "the method 'fixed' needs its breaks");
    for (int j = 0; j < options->levels - 1; j++) {
        inner[j] = options->breaks[j];
        if (!isfinite(inner[j]) || (j > 0 && inner[j] <= inner[j - 1]))
            return mirti_fail(err, MIRTI_ERROR_USAGE, "fixed breaks must ascend: %g comes after %g",
                              inner[j], j > 0 ? inner[j - 1] : -INFINITY);
    }
    return MIRTI_OK;
}

static mirti_status fisher_breaks(const mirti_risk_values *values, int levels, double *inner,
                                  mirti_error *err) {
    int64_t first[9];
    MIRTI_TRY(mirti_risk_fisher(values, levels, first, err));
    for (int j = 1; j < levels; j++)
        inner[j - 1] = values->value[first[j] - 1];
    return MIRTI_OK;
}

/* Classes of quantiles that hold nothing, because many values are equal, go. */
static void drop_empty(const mirti_risk_values *values, int *levels, double *inner) {
    int kept = 0;
    double below = -INFINITY;
    int64_t i = 0;
    for (int j = 0; j < *levels - 1; j++) {
        int64_t first = i;
        while (i < values->count && values->value[i] <= inner[j])
            i++;
        if (i == first || i == values->count || inner[j] <= below) continue;
        below = inner[kept++] = inner[j];
    }
    *levels = kept + 1;
}

/* Limits, counts, weights and goodness of fit once the inner breaks are known. */
static void describe(const mirti_risk_values *values, int levels, const double *inner,
                     mirti_breaks *out) {
    double mean, within = 0;
    int64_t i = 0;
    out->levels = levels;
    out->limit[0] = values->value[0];
    out->limit[levels] = values->value[values->count - 1];
    for (int j = 0; j < levels; j++) {
        int64_t first = i;
        while (i < values->count && (j == levels - 1 || values->value[i] <= inner[j])) {
            out->count[j] += values->times[i];
            out->weight[j] += values->weight[i];
            i++;
        }
        within += squares(values, first, i, &mean);
        if (j < levels - 1) out->limit[j + 1] = inner[j];
    }
    if (out->limit[0] > out->limit[1]) out->limit[0] = out->limit[1];
    if (out->limit[levels] < out->limit[levels - 1]) out->limit[levels] = out->limit[levels - 1];
    double total = squares(values, 0, values->count, &mean);
    out->gvf = total > 0 ? fmax(0, 1 - within / total) : 1;
}

static mirti_status find(const mirti_class_options *options, const mirti_risk_values *values,
                         mirti_breaks *out, mirti_error *err) {
    double inner[9] = {0};
    int levels = options->levels;
    bool fixed = options->method == MIRTI_CLASS_FIXED;
    if (!fixed && levels > values->count) levels = (int)values->count;
    switch (options->method) {
    case MIRTI_CLASS_DALENIUS_HODGES:
        MIRTI_TRY(mirti_risk_dalenius(values, options->bins > 0 ? options->bins : 100, &levels,
                                      inner, err));
        break;
    case MIRTI_CLASS_FISHER_JENKS: MIRTI_TRY(fisher_breaks(values, levels, inner, err)); break;
    case MIRTI_CLASS_QUANTILE:
        quantile_breaks(values, options->levels, inner);
        levels = options->levels;
        drop_empty(values, &levels, inner);
        break;
    case MIRTI_CLASS_EQUAL: equal_breaks(values, levels, inner); break;
    case MIRTI_CLASS_STD_DEV: deviation_breaks(values, levels, inner); break;
    case MIRTI_CLASS_FIXED: MIRTI_TRY(fixed_breaks(options, inner, err)); break;
    default:
        return mirti_fail(err, MIRTI_ERROR_USAGE, "unknown classing method %d",
                          (int)options->method);
    }
    describe(values, levels, inner, out);
    return MIRTI_OK;
}

mirti_status mirti_breaks_find(const mirti_class_options *options, const double *value,
                               const double *weight, int64_t count, mirti_breaks *out,
                               mirti_error *err) {
    *out = (mirti_breaks){.method = options->method};
    if (options->levels < 2 || options->levels > 9)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "%d levels were asked for; 2 to 9 are possible",
                          options->levels);
    mirti_risk_values values;
    MIRTI_TRY(mirti_risk_values_make(&values, value, weight, count, err));
    mirti_status status = find(options, &values, out, err);
    mirti_risk_values_reset(&values);
    return status;
}

int mirti_breaks_class(const mirti_breaks *breaks, double value) {
    if (isnan(value)) return -1;
    int level = 0;
    while (level < breaks->levels - 1 && value > breaks->limit[level + 1])
        level++;
    return level;
}
