/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An index in the table of results, so that levels, ranks, maps and lists are made of it as of a
 * risk. What an index cannot say stays empty: it is no probability, so there is no risk and no
 * number of children at risk, and it comes from no sample, so there is no interval. An empty column
 * is honest; an index divided by a hundred in the column of a probability would be read as one.
 */
#include "internal.h"

#include <math.h>

/* Strongest first, those that raise the index above its mean, each once. */
static int strongest(const mirti_index *index, const mirti_model_spec *spec, int64_t area,
                     const int *taken, int count) {
    int best = -1;
    double most = 0;
    for (int k = 0; k < index->indicators; k++) {
        double points = mirti_index_contribution(index, area, k);
        bool again = false;
        for (int t = 0; t < count; t++)
            again = again || taken[t] == k;
        if (again || !spec->predictor[k].actionable || !(points > most)) continue;
        best = k;
        most = points;
    }
    return best;
}

static mirti_status name_factors(mirti_results *results, const mirti_index *index,
                                 const mirti_model_spec *spec, const char *language, int64_t area,
                                 mirti_error *err) {
    int taken[3];
    for (int f = 0; f < 3; f++) {
        taken[f] = strongest(index, spec, area, taken, f);
        if (taken[f] < 0) return MIRTI_OK;
        const mirti_predictor *indicator = &spec->predictor[taken[f]];
        const char *label = mirti_localized_get(&indicator->label, language, indicator->name);
        const char *factor = mirti_localized_get(&indicator->factor, language, label);
        mirti_free(results->factor[f][area]);
        results->factor[f][area] = mirti_strdup(factor);
        if (!results->factor[f][area]) return mirti_fail_memory(err, "the factors of an index");
    }
    return MIRTI_OK;
}

/* Indicators of the areas that have all their figures. */
static double *values_of(const mirti_areas *areas, int indicators) {
    double *value = mirti_new((size_t)areas->count * (size_t)indicators, sizeof *value);
    for (int64_t i = 0; value && i < areas->count; i++)
        for (int k = 0; k < indicators; k++)
            value[i * indicators + k] =
                areas->missing[i] == MIRTI_AREA_COMPLETE ? areas->share[i * indicators + k] : NAN;
    return value;
}

static mirti_status fill(mirti_results *results, const mirti_model_spec *spec,
                         const mirti_index *index, const char *language, mirti_error *err) {
    results->index = mirti_new((size_t)results->count, sizeof *results->index);
    if (!results->index) return mirti_fail_memory(err, "the index");
    for (int64_t i = 0; i < results->count; i++) {
        results->index[i] = index->value[i];
        if (isnan(index->value[i])) continue;
        results->method[i] = MIRTI_METHOD_INDEX;
        MIRTI_TRY(name_factors(results, index, spec, language, i, err));
    }
    return MIRTI_OK;
}

mirti_status mirti_results_of_index(const mirti_model_spec *spec, const mirti_areas *areas,
                                    const char *language, mirti_results **out, mirti_index **index,
                                    mirti_error *err) {
    *out = NULL;
    *index = NULL;
    if (!spec->index || areas->cells != 1 || areas->shares != spec->predictors)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "the areas were not read for this index");
    double *value = values_of(areas, spec->predictors);
    mirti_status status = value ? mirti_index_compute(spec, value, areas->count, index, err)
                                : mirti_fail_memory(err, "the index");
    mirti_free(value);
    if (status == MIRTI_OK) status = mirti_results_new(areas, out, err);
    if (status == MIRTI_OK) status = fill(*out, spec, *index, language, err);
    if (status == MIRTI_OK) return MIRTI_OK;
    mirti_results_free(*out);
    mirti_index_free(*index);
    *out = NULL;
    *index = NULL;
    return status;
}
