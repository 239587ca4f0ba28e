/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Areas whose shares and means are beyond those of every place of the survey: there the model is
 * stretched, even if each of their children is like one that it knows. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row of the survey and what it is grouped by. */
typedef struct member {
    const char *area; /* NULL: by number */
    int32_t psu;
    int64_t row;
} member;

static int compare_members(const void *a, const void *b) {
    const member *x = a, *y = b;
    int order = x->area ? strcmp(x->area, y->area) : (x->psu > y->psu) - (x->psu < y->psu);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static bool same_group(const member *x, const member *y) {
    return x->area ? strcmp(x->area, y->area) == 0 : x->psu == y->psu;
}

typedef struct range {
    double *least, *most; /* [lines] */
    double *value, *line; /* scratch */
    mirti_sum *sum;       /* [lines] scratch */
} range;

static mirti_status range_make(range *r, const mirti_support_layout *layout, mirti_error *err) {
    const size_t lines = (size_t)layout->lines;
    *r = (range){mirti_new(lines, sizeof(double)), mirti_new(lines, sizeof(double)),
                 mirti_new((size_t)layout->predictors, sizeof(double)),
                 mirti_new(lines, sizeof(double)), mirti_new(lines, sizeof(mirti_sum))};
    if (!r->least || !r->most || !r->value || !r->line || !r->sum)
        return mirti_fail_memory(err, "the places of the survey");
    for (int l = 0; l < layout->lines; l++) {
        r->least[l] = INFINITY;
        r->most[l] = -INFINITY;
    }
    return MIRTI_OK;
}

static void range_reset(range *r) {
    mirti_free(r->least);
    mirti_free(r->most);
    mirti_free(r->value);
    mirti_free(r->line);
    mirti_free(r->sum);
}

/* Widens the range by the means of one group of rows. */
static void add_group(range *r, const mirti_support_layout *layout,
                      const mirti_support_sample *sample, const member *group, int64_t count) {
    mirti_sum weight = {0};
    memset(r->sum, 0, (size_t)layout->lines * sizeof *r->sum);
    for (int64_t i = 0; i < count; i++) {
        const double *row = sample->value + group[i].row * layout->terms->predictors;
        const double w = sample->design->weight[group[i].row];
        for (int v = 0; v < layout->predictors; v++)
            r->value[v] = row[layout->predictor[v]];
        mirti_support_lines(layout, r->value, r->line);
        mirti_sum_add(&weight, w);
        for (int l = 0; l < layout->lines; l++)
            mirti_sum_add(&r->sum[l], w * r->line[l]);
    }
    for (int l = 0; l < layout->lines; l++) {
        const double mean = mirti_sum_value(&r->sum[l]) / mirti_sum_value(&weight);
        r->least[l] = fmin(r->least[l], mean);
        r->most[l] = fmax(r->most[l], mean);
    }
}

/* The range of means over the survey's areas, or its PSUs where it knows no areas. */
static mirti_status find_range(range *r, const mirti_support_layout *layout,
                               const mirti_support_sample *sample, mirti_support *support,
                               mirti_error *err) {
    const int64_t rows = sample->design->rows;
    member *list = mirti_new((size_t)rows, sizeof *list);
    if (!list) return mirti_fail_memory(err, "the places of the survey");
    int64_t count = 0;
    for (int64_t i = 0; i < rows; i++) {
        if (!sample->in[i] || (sample->area && !sample->area[i])) continue;
        list[count++] = (member){sample->area ? sample->area[i] : NULL, sample->design->psu[i], i};
    }
    qsort(list, (size_t)count, sizeof *list, compare_members);
    for (int64_t first = 0, next; first < count; first = next) {
        for (next = first + 1; next < count && same_group(&list[first], &list[next]);)
            next++;
        if (next - first < MIRTI_SUPPORT_CHILDREN) continue;
        add_group(r, layout, sample, list + first, next - first);
        support->groups++;
    }
    support->groups_are_areas = sample->area != NULL;
    mirti_free(list);
    return MIRTI_OK;
}

static void look_beyond(const range *r, const mirti_support_reader *reader,
                        mirti_support *support) {
    const mirti_support_layout *layout = reader->layout;
    const double rounding = 1e-9; /* of a share that was divided in another order */
    if (support->groups == 0) return;
    for (int64_t a = 0; a < support->areas; a++) {
        if (reader->areas->missing[a] != MIRTI_AREA_COMPLETE) continue;
        if (mirti_support_area_size(reader, a) < MIRTI_SUPPORT_CHILDREN) continue;
        memset(r->sum, 0, (size_t)layout->lines * sizeof *r->sum);
        const double all = mirti_support_add_area(reader, a, r->sum);
        for (int v = 0; v < layout->predictors; v++) {
            bool beyond = false;
            for (int l = layout->first[v]; l < layout->first[v + 1]; l++) {
                const double mean = mirti_sum_value(&r->sum[l]) / all;
                beyond = beyond || mean < r->least[l] - rounding || mean > r->most[l] + rounding;
            }
            support->beyond[a * layout->predictors + v] = beyond;
            support->predictor[v].beyond += beyond;
        }
    }
}

mirti_status mirti_support_beyond(const mirti_support_layout *layout,
                                  const mirti_support_sample *sample,
                                  const mirti_support_reader *reader, mirti_support *support,
                                  mirti_error *err) {
    range r;
    mirti_status status = range_make(&r, layout, err);
    if (status == MIRTI_OK) status = find_range(&r, layout, sample, support, err);
    if (status == MIRTI_OK) look_beyond(&r, reader, support);
    range_reset(&r);
    return status;
}
