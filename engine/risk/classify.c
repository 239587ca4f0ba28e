/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Levels for a table of results: breaks are found for the whole country, or for each parent area by
 * itself, and every area gets its level and the level its name.
 *
 * A group with fewer distinct values than levels cannot fill them. Its classes are then spread over
 * the scale: two are the lowest and the highest, a single one is the middle. Otherwise a state with
 * two municipalities could never have a high one.
 */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Names for as many levels as agencies use; beyond that levels are numbered. */
static const char *const names_es[][5] = {{"bajo", "alto"},
                                          {"bajo", "medio", "alto"},
                                          {"muy bajo", "bajo", "alto", "muy alto"},
                                          {"muy bajo", "bajo", "medio", "alto", "muy alto"}};
static const char *const names_en[][5] = {{"low", "high"},
                                          {"low", "medium", "high"},
                                          {"very low", "low", "high", "very high"},
                                          {"very low", "low", "medium", "high", "very high"}};

static char *name_of(const mirti_class_options *options, const char *language, int level) {
    mirti_text numbered = {0};
    mirti_text_printf(&numbered, "%d", level + 1);
    bool english = language && strncmp(language, "en", 2) == 0;
    const char *name = numbered.data;
    if (options->levels <= 5) name = (english ? names_en : names_es)[options->levels - 2][level];
    if (options->label) name = mirti_localized_get(&options->label[level], language, name);
    char *copy = numbered.failed ? NULL : mirti_strdup(name);
    mirti_text_reset(&numbered);
    return copy;
}

static mirti_status name_levels(mirti_results *results, const mirti_class_options *options,
                                const char *language, mirti_error *err) {
    for (int j = 0; j < results->levels; j++)
        mirti_free(results->level_name[j]);
    mirti_free(results->level_name);
    results->levels = 0;
    results->level_name = mirti_new((size_t)options->levels, sizeof *results->level_name);
    if (!results->level_name) return mirti_fail_memory(err, "the names of levels");
    for (int j = 0; j < options->levels; j++) {
        results->level_name[j] = name_of(options, language, j);
        results->levels = j + 1;
        if (!results->level_name[j]) return mirti_fail_memory(err, "the names of levels");
    }
    return MIRTI_OK;
}

int mirti_breaks_level(const mirti_breaks *breaks, int levels, int class_index) {
    if (class_index < 0 || breaks->levels == levels) return class_index;
    if (breaks->levels == 1) return (levels - 1) / 2;
    int steps = breaks->levels - 1;
    return (2 * class_index * (levels - 1) + steps) / (2 * steps); /* rounded */
}

typedef struct member {
    const char *parent;
    int64_t area;
} member;

static int compare(const void *a, const void *b) {
    const member *left = a, *right = b;
    int order = strcmp(left->parent, right->parent);
    return order != 0 ? order : (left->area > right->area) - (left->area < right->area);
}

typedef struct work {
    const mirti_class_options *options;
    mirti_results *results;
    member *list;           /* areas with a value, those of one parent together */
    double *value, *weight; /* of the group at hand */
    mirti_class_report *report;
} work;

static double value_of(const work *w, int64_t area) {
    return w->options->by_children ? w->results->at_risk[area]
                                   : mirti_results_score(w->results, area);
}

static mirti_status classify_group(const work *w, int64_t first, int64_t last, mirti_error *err) {
    for (int64_t i = first; i < last; i++) {
        w->value[i - first] = value_of(w, w->list[i].area);
        w->weight[i - first] = w->results->children[w->list[i].area];
    }
    mirti_class_report *report = w->report;
    mirti_breaks *breaks = &report->breaks[report->groups];
    MIRTI_TRY(mirti_breaks_find(w->options, w->value, w->options->weighted ? w->weight : NULL,
                                last - first, breaks, err));
    if (w->options->within_parent) {
        char *code = mirti_strdup(w->list[first].parent);
        if (!code) return mirti_fail_memory(err, "the breaks of a parent area");
        report->parent_code[report->groups] = code;
    }
    report->groups++;
    for (int64_t i = first; i < last; i++)
        w->results->level[w->list[i].area] = mirti_breaks_level(
            breaks, w->options->levels, mirti_breaks_class(breaks, w->value[i - first]));
    return MIRTI_OK;
}

static mirti_status classify(const work *w, mirti_error *err) {
    const mirti_results *results = w->results;
    int64_t found = 0;
    for (int64_t i = 0; i < results->count; i++) {
        if (isnan(value_of(w, i))) continue;
        const char *parent = w->options->within_parent ? results->parent_code[i] : NULL;
        w->list[found++] = (member){parent ? parent : "", i};
    }
    qsort(w->list, (size_t)found, sizeof *w->list, compare);
    int64_t first = 0, groups = 0;
    for (int64_t i = 1; i <= found; i++)
        groups += i == found || strcmp(w->list[i].parent, w->list[i - 1].parent) != 0;
    w->report->breaks = mirti_new((size_t)groups, sizeof *w->report->breaks);
    w->report->parent_code = mirti_new((size_t)groups, sizeof *w->report->parent_code);
    if (!w->report->breaks || !w->report->parent_code)
        return mirti_fail_memory(err, "the breaks of levels");
    for (int64_t i = 1; i <= found; i++) {
        if (i < found && strcmp(w->list[i].parent, w->list[i - 1].parent) == 0) continue;
        MIRTI_TRY(classify_group(w, first, i, err));
        first = i;
    }
    return MIRTI_OK;
}

mirti_status mirti_results_classify(mirti_results *results, const mirti_class_options *options,
                                    const char *language, mirti_class_report **report,
                                    mirti_error *err) {
    *report = NULL;
    if (options->levels < 2 || options->levels > 9)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "%d levels were asked for; 2 to 9 are possible",
                          options->levels);
    MIRTI_TRY(name_levels(results, options, language, err));
    for (int64_t i = 0; i < results->count; i++)
        results->level[i] = -1;
    mirti_status status;
    size_t room = (size_t)results->count;
    work w = {.options = options,
              .results = results,
              .list = mirti_new(room, sizeof *w.list),
              .value = mirti_new(room, sizeof *w.value),
              .weight = mirti_new(room, sizeof *w.weight),
              .report = mirti_new(1, sizeof *w.report)};
    if (!w.list || !w.value || !w.weight || !w.report)
        status = mirti_fail_memory(err, "the levels of areas");
    else
        status = classify(&w, err);
    if (status == MIRTI_OK)
        *report = w.report;
    else
        mirti_class_report_free(w.report);
    mirti_free(w.list);
    mirti_free(w.value);
    mirti_free(w.weight);
    return status;
}

void mirti_class_report_free(mirti_class_report *report) {
    if (!report) return;
    for (int g = 0; g < report->groups; g++)
        mirti_free(report->parent_code[g]);
    mirti_free(report->parent_code);
    mirti_free(report->breaks);
    mirti_free(report);
}
