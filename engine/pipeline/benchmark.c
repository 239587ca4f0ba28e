/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * To what results are benchmarked. Municipalities: to the survey's direct estimate of their state
 * where its coefficient of variation is within the project's limit. States whose estimate is less
 * precise are taken together and share the survey's estimate for all of them, so that the country
 * as a whole agrees with the survey too. Localities: to the risk of their municipality, once that
 * is benchmarked itself.
 */
#include "run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void mirti_run_benchmark_free(mirti_run_benchmark *benchmark) {
    if (!benchmark) return;
    mirti_free(benchmark->group);
    mirti_arena_reset(&benchmark->codes);
    mirti_free(benchmark);
}

static mirti_status benchmark_new(int64_t most, mirti_run_benchmark **out, mirti_error *err) {
    *out = mirti_new(1, sizeof **out);
    if (!*out) return mirti_fail_memory(err, "the benchmark");
    (*out)->group = mirti_new((size_t)most, sizeof *(*out)->group);
    return (*out)->group ? MIRTI_OK : mirti_fail_memory(err, "the benchmark");
}

/* ------------------------------------------------------------------------------ codes by place -- */

typedef struct coded {
    const char *code;
    int64_t place;
} coded;

static int compare(const void *a, const void *b) {
    const coded *left = a, *right = b;
    int order = strcmp(left->code, right->code);
    return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

/* Codes with their places, sorted; NULL codes are left out. NULL when memory runs out. */
static coded *sorted_codes(char *const *code, int64_t count, int64_t *found) {
    coded *list = mirti_new((size_t)count, sizeof *list);
    *found = 0;
    for (int64_t i = 0; list && i < count; i++)
        if (code[i]) list[(*found)++] = (coded){code[i], i};
    if (list) qsort(list, (size_t)*found, sizeof *list, compare);
    return list;
}

static int64_t place_of(const coded *list, int64_t count, const char *code) {
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (strcmp(list[middle].code, code) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && strcmp(list[low].code, code) == 0 ? list[low].place : -1;
}

/* ---------------------------------------------------------------------- to the larger areas -- */

/* The earlier layer of which this one's areas are parts; NULL if there is none. */
static const mirti_run_layer *layer_above(const mirti_run *run, const mirti_run_layer *layer) {
    const mirti_results *r = layer->results;
    for (const mirti_run_layer *above = run->layer; above < layer; above++)
        for (int64_t i = 0; i < above->results->count; i++)
            if (r->count > 0 && r->parent_code[0] &&
                strcmp(above->results->code[i], r->parent_code[0]) == 0)
                return above;
    return NULL;
}

static mirti_status to_layer(const mirti_model *model, mirti_run_layer *layer,
                             const mirti_results *above, int32_t *group_of,
                             const mirti_predict_options *options, mirti_error *err) {
    mirti_run_benchmark *benchmark = layer->benchmark;
    mirti_results *r = layer->results;
    int64_t found;
    coded *list = sorted_codes(above->code, above->count, &found);
    if (!list) return mirti_fail_memory(err, "the benchmark");
    for (int64_t i = 0; i < r->count; i++)
        group_of[i] = r->parent_code[i] ? (int32_t)place_of(list, found, r->parent_code[i]) : -1;
    mirti_free(list);
    benchmark->groups = (int32_t)above->count;
    for (int32_t g = 0; g < benchmark->groups; g++)
        benchmark->group[g] = (mirti_benchmark_group){
            .code = above->code[g],
            .rate = above->risk[g],
            .gradient = above->gradient + (int64_t)g * above->columns,
            .shared = above->shared[MIRTI_SHARED_BENCHMARK][g],
            .shared_se = above->shared_se[MIRTI_SHARED_BENCHMARK][g],
        };
    return mirti_results_benchmark(r, model, layer->areas, group_of, benchmark->group,
                                   benchmark->groups, options, err);
}

/* ------------------------------------------------------------------------------ to the survey -- */

typedef struct direct {
    const mirti_run *run;
    const mirti_model *model;
    mirti_run_benchmark *benchmark;
    uint8_t *domain, *rest; /* [rows] of the sample */
    int64_t rest_rows;
} direct;

/* Whether the survey's estimate can stand by itself. */
static bool precise(const direct *d, const mirti_survey_estimate *e) {
    return e->value > 0 && e->value < 1 && e->se > 0 && e->df > 0 &&
           e->cv <= d->run->project->benchmark_cv;
}

/* Marks the sample's children of the larger area; returns their number. */
static int64_t mark(const direct *d, const char *code) {
    const mirti_sample *sample = d->run->sample;
    int64_t rows = 0;
    for (int64_t i = 0; i < sample->rows; i++) {
        const char *here = sample->parent_area[i];
        d->domain[i] = sample->in[i] && here && strcmp(here, code) == 0;
        rows += d->domain[i];
    }
    return rows;
}

/* Gives the larger area a group of its own, or a place among the rest (−1). */
static mirti_status choose(direct *d, const char *code, int32_t *group, mirti_error *err) {
    const mirti_sample *sample = d->run->sample;
    mirti_run_benchmark *benchmark = d->benchmark;
    int64_t rows = mark(d, code);
    *group = -1;
    if (rows > 0) {
        mirti_survey_estimate e;
        MIRTI_TRY(mirti_survey_mean_with(sample->design, sample->replicates, sample->y, d->domain,
                                         d->run->project->confidence, &e, err));
        if (precise(d, &e)) {
            *group = benchmark->groups++;
            benchmark->group[*group] =
                (mirti_benchmark_group){.rate = e.value, .rate_se = e.se, .shared = -1};
            benchmark->group[*group].code = mirti_arena_copy(&benchmark->codes, code, strlen(code));
            return benchmark->group[*group].code ? MIRTI_OK
                                                 : mirti_fail_memory(err, "the benchmark");
        }
    }
    for (int64_t i = 0; i < sample->rows; i++)
        d->rest[i] |= d->domain[i];
    d->rest_rows += rows;
    benchmark->pooled++;
    return MIRTI_OK;
}

/* The group of all that have none of their own; without a precise estimate it stays as it is. */
static mirti_status pool(direct *d, mirti_error *err) {
    mirti_run_benchmark *benchmark = d->benchmark;
    if (benchmark->pooled == 0) return MIRTI_OK;
    mirti_benchmark_group group = {.code = "other", .rate = NAN, .shared = -1};
    if (d->rest_rows > 0) {
        mirti_survey_estimate e;
        const mirti_sample *sample = d->run->sample;
        MIRTI_TRY(mirti_survey_mean_with(sample->design, sample->replicates, sample->y, d->rest,
                                         d->run->project->confidence, &e, err));
        if (precise(d, &e)) {
            group.rate = e.value;
            group.rate_se = e.se;
        }
    }
    benchmark->group[benchmark->groups++] = group;
    return MIRTI_OK;
}

static mirti_status to_survey(direct *d, mirti_run_layer *layer, int32_t *group_of,
                              const mirti_predict_options *options, mirti_error *err) {
    mirti_results *r = layer->results;
    int64_t found;
    coded *list = sorted_codes(r->parent_code, r->count, &found);
    if (!list) return mirti_fail_memory(err, "the benchmark");
    mirti_status status = MIRTI_OK;
    int32_t group = -1;
    for (int64_t i = 0; i < r->count; i++)
        group_of[i] = -1;
    for (int64_t k = 0; k < found && status == MIRTI_OK; k++) {
        if (k == 0 || strcmp(list[k].code, list[k - 1].code) != 0)
            status = choose(d, list[k].code, &group, err);
        group_of[list[k].place] = group;
    }
    int32_t own = d->benchmark->groups;
    if (status == MIRTI_OK && own == 0 && d->rest_rows == 0)
        status = mirti_fail(err, MIRTI_ERROR_INPUT,
                            "there is nothing to benchmark to: no child of the survey lives in any "
                            "of the larger areas of the census (such as '%s')",
                            found > 0 ? list[0].code : "");
    if (status == MIRTI_OK) status = pool(d, err);
    for (int64_t k = 0; k < found; k++)
        if (group_of[list[k].place] < 0 && d->benchmark->groups > own)
            group_of[list[k].place] = own;
    mirti_free(list);
    MIRTI_TRY(status);
    return mirti_results_benchmark(r, d->model, layer->areas, group_of, d->benchmark->group,
                                   d->benchmark->groups, options, err);
}

static mirti_status benchmark_to_survey(const mirti_run *run, const mirti_model *model,
                                        mirti_run_layer *layer, int32_t *group_of,
                                        const mirti_predict_options *options, mirti_error *err) {
    if (!run->sample || !run->sample->parent_area) {
        mirti_status status = mirti_fail(
            err, MIRTI_ERROR_INPUT,
            "there is nothing to benchmark to: the survey's source does not say in which larger "
            "area a child lives");
        mirti_fail_at(err, run->project->path, 0, 0, "benchmark", NULL);
        mirti_fail_remedy(err, "Give `parent_area` in the model's source of the survey, or set "
                               "`benchmark: false`.");
        return status;
    }
    direct d = {.run = run,
                .model = model,
                .benchmark = layer->benchmark,
                .domain = mirti_new((size_t)run->sample->rows, 1),
                .rest = mirti_new((size_t)run->sample->rows, 1)};
    layer->benchmark->direct = true;
    mirti_status status = d.domain && d.rest ? to_survey(&d, layer, group_of, options, err)
                                             : mirti_fail_memory(err, "the benchmark");
    mirti_free(d.domain);
    mirti_free(d.rest);
    return status;
}

mirti_status mirti_run_benchmark_layer(const mirti_run *run, const mirti_model *model,
                                       mirti_run_layer *layer, const mirti_predict_options *options,
                                       mirti_error *err) {
    const mirti_run_layer *above = layer_above(run, layer);
    int64_t most = above ? above->results->count : layer->results->count + 1;
    int32_t *group_of = mirti_new((size_t)layer->results->count, sizeof *group_of);
    mirti_status status = group_of ? benchmark_new(most, &layer->benchmark, err)
                                   : mirti_fail_memory(err, "the benchmark");
    if (status == MIRTI_OK)
        status = above ? to_layer(model, layer, above->results, group_of, options, err)
                       : benchmark_to_survey(run, model, layer, group_of, options, err);
    mirti_free(group_of);
    return status;
}
