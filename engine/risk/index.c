/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A vulnerability index: indicators of different units are made comparable, turned so that more is
 * worse, weighted within their dimension, and the dimensions weighted together (OECD and JRC,
 * Handbook on Constructing Composite Indicators, 2008, steps 5 and 6).
 *
 *     z_ak   indicator k of area a, normalised and turned
 *     I_a  = Σ_d W_d Σ_{k in d} w_k z_ak,   Σ_d W_d = 1,   Σ_{k in d} w_k = 1 in each dimension
 *
 * Of min-max and ranks, z lies between 0 and 1 and the index is 100 I: 0 is an area that is best in
 * everything, 100 one that is worst in everything. z-scores have no ends; there 0 is the best of
 * the areas and 100 the worst. Everything is relative to the areas that are put in: an index
 * compares places, it does not measure. All weights are positive, so an area that gets worse in one
 * indicator never gets a lower index.
 */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is below this against the largest loading counts as nothing: rounding, not a direction. */
static const double tiny = 1e-9;

typedef struct work {
    const mirti_model_spec *spec;
    mirti_index *index;
    int64_t n;      /* areas with all indicators */
    int64_t *area;  /* [n] which they are */
    double *column; /* [n] one indicator */
    double *other;  /* [n] another, or its ranks */
    mirti_error *err;
} work;

void mirti_index_free(mirti_index *index) {
    if (!index) return;
    double *array[] = {index->least,     index->most,   index->mean,   index->sd,   index->weight,
                       index->explained, index->centre, index->scaled, index->value};
    for (size_t i = 0; i < sizeof array / sizeof *array; i++)
        mirti_free(array[i]);
    mirti_free(index);
}

static mirti_index *make(int64_t count, int indicators, int dimensions) {
    mirti_index *index = mirti_new(1, sizeof *index);
    if (!index) return NULL;
    index->count = count;
    index->indicators = indicators;
    index->dimensions = dimensions;
    size_t k = (size_t)indicators;
    index->least = mirti_new(k, sizeof(double));
    index->most = mirti_new(k, sizeof(double));
    index->mean = mirti_new(k, sizeof(double));
    index->sd = mirti_new(k, sizeof(double));
    index->weight = mirti_new(k, sizeof(double));
    index->centre = mirti_new(k, sizeof(double));
    index->explained = mirti_new((size_t)dimensions, sizeof(double));
    index->scaled = mirti_new((size_t)count * k, sizeof(double));
    index->value = mirti_new((size_t)count, sizeof(double));
    if (index->least && index->most && index->mean && index->sd && index->weight && index->centre &&
        index->explained && index->scaled && index->value)
        return index;
    mirti_index_free(index);
    return NULL;
}

/* Areas that lack an indicator have no index and count in no statistic. */
static void find_complete(work *w, const double *value) {
    int k = w->index->indicators;
    for (int64_t i = 0; i < w->index->count; i++) {
        bool complete = true;
        for (int j = 0; j < k; j++)
            complete = complete && isfinite(value[i * k + j]);
        if (complete) w->area[w->n++] = i;
        for (int j = 0; j < k; j++)
            w->index->scaled[i * k + j] = NAN;
        w->index->value[i] = NAN;
    }
    w->index->areas = w->n;
}

/* ------------------------------------------------------------------------------ normalisation -- */

static double mean_of(const double *x, int64_t n) {
    mirti_sum sum = {0};
    for (int64_t i = 0; i < n; i++)
        mirti_sum_add(&sum, x[i]);
    return mirti_sum_value(&sum) / (double)n;
}

static void describe(const work *w, int k) {
    double least = INFINITY, most = -INFINITY, mean = mean_of(w->column, w->n);
    mirti_sum squares = {0};
    for (int64_t i = 0; i < w->n; i++) {
        least = fmin(least, w->column[i]);
        most = fmax(most, w->column[i]);
        mirti_sum_add(&squares, (w->column[i] - mean) * (w->column[i] - mean));
    }
    w->index->least[k] = least;
    w->index->most[k] = most;
    w->index->mean[k] = mean;
    w->index->sd[k] = sqrt(mirti_sum_value(&squares) / (double)(w->n - 1));
}

static double scale(const work *w, int k, double value, double rank) {
    const mirti_index *index = w->index;
    bool better = w->spec->index->indicator[k].more_is_better;
    switch (w->spec->index->scale) {
    case MIRTI_INDEX_Z:
        value = (value - index->mean[k]) / index->sd[k];
        return better ? -value : value;
    case MIRTI_INDEX_RANK: value = (rank - 1) / (double)(w->n - 1); break;
    case MIRTI_INDEX_MIN_MAX:
        value = (value - index->least[k]) / (index->most[k] - index->least[k]);
        break;
    }
    return better ? 1 - value : value;
}

static mirti_status normalise(const work *w, const double *value, int k) {
    int indicators = w->index->indicators;
    for (int64_t i = 0; i < w->n; i++)
        w->column[i] = value[w->area[i] * indicators + k];
    describe(w, k);
    if (!(w->index->most[k] > w->index->least[k])) {
        char text[32];
        mirti_number_print(w->index->least[k], text);
        mirti_fail(w->err, MIRTI_ERROR_MODEL, "indicator '%s' is the same in all %lld areas: %s",
                   w->spec->predictor[k].name, (long long)w->n, text);
        mirti_fail_at(w->err, w->spec->path, w->spec->predictor[k].place.line,
                      w->spec->predictor[k].place.column, NULL, NULL);
        mirti_fail_remedy(w->err, "It tells no area from another: look at its expression in the "
                                  "source, or take it out of the index.");
        return MIRTI_ERROR_MODEL;
    }
    MIRTI_TRY(mirti_risk_midranks(w->column, w->n, w->other, w->err));
    for (int64_t i = 0; i < w->n; i++)
        w->index->scaled[w->area[i] * indicators + k] = scale(w, k, w->column[i], w->other[i]);
    for (int64_t i = 0; i < w->n; i++)
        w->other[i] = w->index->scaled[w->area[i] * indicators + k];
    w->index->centre[k] = mean_of(w->other, w->n);
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------ weights -- */

static void take_scaled(const work *w, int k, double *out) {
    for (int64_t i = 0; i < w->n; i++)
        out[i] = w->index->scaled[w->area[i] * w->index->indicators + k];
}

static mirti_status fail_component(const work *w, int k, const char *why, double loading) {
    mirti_fail(w->err, MIRTI_ERROR_MODEL, "%s (indicator '%s', loading %.3f)", why,
               w->spec->predictor[k].name, loading);
    mirti_fail_at(w->err, w->spec->path, w->spec->predictor[k].place.line,
                  w->spec->predictor[k].place.column, NULL, NULL);
    mirti_fail_remedy(w->err, "Look whether its 'more_is' is right; else put it in a dimension of "
                              "its own, or write 'weights: equal' or 'weights: given'.");
    return MIRTI_ERROR_MODEL;
}

/* Loadings of the indicators of one dimension, `member` [n of them]. */
static mirti_status component_weights(const work *w, const int *member, int n, int d) {
    double *correlation = mirti_new((size_t)n * (size_t)n + (size_t)n, sizeof *correlation);
    if (!correlation) return mirti_fail_memory(w->err, "the weights of an index");
    double *loading = correlation + (size_t)n * (size_t)n, largest, second;
    for (int i = 0; i < n; i++) {
        take_scaled(w, member[i], w->column);
        correlation[i * n + i] = 1;
        for (int j = 0; j < i; j++) {
            take_scaled(w, member[j], w->other);
            correlation[i * n + j] = correlation[j * n + i] =
                mirti_risk_pearson(w->column, w->other, w->n);
        }
    }
    mirti_status status =
        mirti_risk_first_component(correlation, n, loading, &largest, &second, w->err);
    for (int i = 0; i < n && status == MIRTI_OK; i++) {
        if (n > 1 && largest - second < tiny * largest)
            status = fail_component(w, member[i],
                                    "the indicators of a dimension have no first "
                                    "component: none of its directions holds more than another",
                                    loading[i]);
        else if (loading[i] < tiny)
            status = fail_component(w, member[i],
                                    "an indicator moves against the others of its "
                                    "dimension, so that the first component gives it no weight",
                                    loading[i]);
        w->index->weight[member[i]] = loading[i];
    }
    w->index->explained[d] = largest / n;
    mirti_free(correlation);
    return status;
}

/* Weights within the dimension, then of the dimension in the index. */
static mirti_status weigh(const work *w, int *member, int d, double total) {
    const mirti_index_spec *spec = w->spec->index;
    int n = 0;
    for (int k = 0; k < w->index->indicators; k++)
        if (spec->indicator[k].dimension == d) member[n++] = k;
    w->index->explained[d] = NAN;
    for (int i = 0; i < n; i++)
        w->index->weight[member[i]] = spec->indicator[member[i]].weight;
    if (spec->weights == MIRTI_INDEX_FIRST_COMPONENT) MIRTI_TRY(component_weights(w, member, n, d));
    mirti_sum within = {0};
    for (int i = 0; i < n; i++)
        mirti_sum_add(&within, w->index->weight[member[i]]);
    for (int i = 0; i < n; i++)
        w->index->weight[member[i]] *= spec->dimension[d].weight / total / mirti_sum_value(&within);
    return MIRTI_OK;
}

static mirti_status weigh_all(const work *w) {
    int *member = mirti_new((size_t)w->index->indicators, sizeof *member);
    if (!member) return mirti_fail_memory(w->err, "the weights of an index");
    mirti_sum total = {0};
    for (int d = 0; d < w->index->dimensions; d++)
        mirti_sum_add(&total, w->spec->index->dimension[d].weight);
    mirti_status status = MIRTI_OK;
    for (int d = 0; d < w->index->dimensions && status == MIRTI_OK; d++)
        status = weigh(w, member, d, mirti_sum_value(&total));
    mirti_free(member);
    return status;
}

/* ---------------------------------------------------------------------------------- the index -- */

static mirti_status put_together(const work *w) {
    mirti_index *index = w->index;
    double least = INFINITY, most = -INFINITY;
    for (int64_t i = 0; i < w->n; i++) {
        const double *scaled = index->scaled + w->area[i] * index->indicators;
        mirti_sum sum = {0};
        for (int k = 0; k < index->indicators; k++)
            mirti_sum_add(&sum, index->weight[k] * scaled[k]);
        double value = mirti_sum_value(&sum);
        index->value[w->area[i]] = value;
        least = fmin(least, value);
        most = fmax(most, value);
    }
    double from = 0, to = 1;
    if (w->spec->index->scale == MIRTI_INDEX_Z) {
        if (!(most > least))
            return mirti_fail(w->err, MIRTI_ERROR_MODEL,
                              "the index is the same in all %lld areas: its indicators cancel out",
                              (long long)w->n);
        from = least;
        to = most;
    }
    index->points = 100 / (to - from);
    for (int64_t i = 0; i < w->n; i++) {
        double *value = &index->value[w->area[i]];
        *value = fmax(0, fmin(100, 100 * ((*value - from) / (to - from))));
    }
    return MIRTI_OK;
}

static mirti_status compute(work *w, const double *value) {
    find_complete(w, value);
    if (w->n < 2) {
        mirti_fail(w->err, MIRTI_ERROR_MODEL,
                   "an index compares areas, and %lld have all their indicators", (long long)w->n);
        mirti_fail_remedy(w->err,
                          "Look why figures are missing: `mirti check` counts the reasons.");
        return MIRTI_ERROR_MODEL;
    }
    for (int k = 0; k < w->index->indicators; k++)
        MIRTI_TRY(normalise(w, value, k));
    MIRTI_TRY(weigh_all(w));
    return put_together(w);
}

mirti_status mirti_index_compute(const mirti_model_spec *spec, const double *value, int64_t count,
                                 mirti_index **out, mirti_error *err) {
    *out = NULL;
    if (!spec->index) return mirti_fail(err, MIRTI_ERROR_USAGE, "'%s' is no index", spec->name);
    work w = {.spec = spec,
              .err = err,
              .index = make(count, spec->predictors, spec->index->dimensions),
              .area = mirti_new((size_t)count, sizeof *w.area),
              .column = mirti_new((size_t)count, sizeof *w.column),
              .other = mirti_new((size_t)count, sizeof *w.other)};
    mirti_status status = w.index && w.area && w.column && w.other
                              ? compute(&w, value)
                              : mirti_fail_memory(err, "the index");
    if (status == MIRTI_OK)
        *out = w.index;
    else
        mirti_index_free(w.index);
    mirti_free(w.area);
    mirti_free(w.column);
    mirti_free(w.other);
    return status;
}

double mirti_index_contribution(const mirti_index *index, int64_t area, int indicator) {
    double here = index->scaled[area * index->indicators + indicator];
    return index->points * index->weight[indicator] * (here - index->centre[indicator]);
}
