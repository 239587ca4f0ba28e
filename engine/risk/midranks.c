/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranks for statistics, not for lists: 1 is the smallest, and values that are equal share the mean
 * of the ranks they take (R's `rank`). */
#include "internal.h"

#include <math.h>
#include <stdlib.h>

typedef struct place {
    double value;
    int64_t at;
} place;

static int compare(const void *a, const void *b) {
    const place *left = a, *right = b;
    int order = mirti_risk_compare(left->value, right->value);
    return order != 0 ? order : (left->at > right->at) - (left->at < right->at);
}

mirti_status mirti_risk_midranks(const double *value, int64_t count, double *rank,
                                 mirti_error *err) {
    place *list = mirti_new((size_t)count, sizeof *list);
    if (!list) return mirti_fail_memory(err, "ranks");
    int64_t found = 0;
    for (int64_t i = 0; i < count; i++) {
        rank[i] = NAN;
        if (!isnan(value[i])) list[found++] = (place){value[i], i};
    }
    qsort(list, (size_t)found, sizeof *list, compare);
    for (int64_t first = 0, last; first < found; first = last) {
        for (last = first + 1; last < found && list[last].value == list[first].value;)
            last++;
        for (int64_t k = first; k < last; k++)
            rank[list[k].at] = (double)(first + 1 + last) / 2;
    }
    mirti_free(list);
    return MIRTI_OK;
}
