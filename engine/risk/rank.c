/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranks: 1 is the highest risk, or index. Equal ones share the smallest of their ranks and the
 * ranks after them are left out (1, 2, 2, 4), as in sports; areas without one have none. */
#include "internal.h"

#include <math.h>
#include <stdlib.h>

typedef struct place {
    double score;
    int64_t area;
} place;

static int compare(const void *a, const void *b) {
    const place *left = a, *right = b;
    int order = mirti_risk_compare(right->score, left->score);
    return order != 0 ? order : (left->area > right->area) - (left->area < right->area);
}

mirti_status mirti_results_rank(mirti_results *results, mirti_error *err) {
    place *list = mirti_new((size_t)results->count, sizeof *list);
    if (!list) return mirti_fail_memory(err, "the ranks of areas");
    int64_t found = 0;
    for (int64_t i = 0; i < results->count; i++) {
        results->rank[i] = 0;
        double score = mirti_results_score(results, i);
        if (!isnan(score)) list[found++] = (place){score, i};
    }
    qsort(list, (size_t)found, sizeof *list, compare);
    for (int64_t k = 0; k < found; k++) {
        bool tie = k > 0 && list[k].score == list[k - 1].score;
        results->rank[list[k].area] = tie ? results->rank[list[k - 1].area] : k + 1;
    }
    mirti_free(list);
    return MIRTI_OK;
}
