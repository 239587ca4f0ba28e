/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Joining results to boundaries. Codes are compared as text, byte for byte: «09002» is not 9002.
 * Both sides are sorted once and walked together, so nothing is missed and whatever stays alone,
 * on either side, is listed.
 */
#include <stdlib.h>
#include <string.h>

#include "boundaries.h"
#include "codes.h"

static int compare_index(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Characters of a code that are its parent's, when every code begins with its parent's code and all
 * of these are of one length (as official codes are built); else 0. */
static size_t parent_length(const mirti_results *results) {
    size_t length = 0;
    for (int64_t i = 0; i < results->count; i++) {
        const char *code = results->code[i], *parent = results->parent_code[i];
        size_t own = parent ? strlen(parent) : 0;
        if (own == 0 || (length > 0 && own != length)) return 0;
        if (!code || strncmp(code, parent, own) != 0) return 0;
        length = own;
    }
    return length;
}

/* Whether some result begins as `code` does, in the first `length` characters. */
static bool parent_is_there(const mirti_geo_coded *result, int64_t results, const char *code,
                            size_t length) {
    int64_t low = 0, high = results;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (strncmp(result[middle].code, code, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < results && strncmp(result[low].code, code, length) == 0;
}

/* Walks both sorted sides; areas without a code join nothing. */
static void walk(const mirti_geo_coded *result, int64_t results, const mirti_geo_coded *feature,
                 int64_t features, size_t parent, mirti_join *join) {
    int64_t r = 0, f = 0;
    while (r < results || f < features) {
        int order = r == results ? 1 : f == features ? -1 : strcmp(result[r].code, feature[f].code);
        if (order == 0 && result[r].code[0] != '\0') {
            join->feature[result[r++].index] = feature[f++].index;
            join->joined++;
        } else if (order <= 0) {
            join->unmatched_result[join->unmatched_results++] = result[r++].index;
        } else if (parent > 0 && feature[f].code[0] != '\0' &&
                   !parent_is_there(result, results, feature[f].code, parent)) {
            join->elsewhere++;
            f++;
        } else {
            join->unmatched_feature[join->unmatched_features++] = feature[f++].index;
        }
    }
}

mirti_status mirti_join_by_code(const mirti_results *results, const mirti_boundaries *boundaries,
                                mirti_join **out, mirti_error *err) {
    *out = NULL;
    mirti_geo_coded *result =
        mirti_geo_codes_sort((const char *const *)results->code, results->count);
    mirti_geo_coded *feature =
        mirti_geo_codes_sort((const char *const *)boundaries->code, boundaries->count);
    mirti_join *join = mirti_new(1, sizeof *join);
    if (join) {
        join->feature = mirti_new((size_t)results->count, sizeof *join->feature);
        join->unmatched_result = mirti_new((size_t)results->count, sizeof *join->unmatched_result);
        join->unmatched_feature =
            mirti_new((size_t)boundaries->count, sizeof *join->unmatched_feature);
    }
    if (!result || !feature || !join || !join->feature || !join->unmatched_result ||
        !join->unmatched_feature) {
        mirti_free(result);
        mirti_free(feature);
        mirti_join_free(join);
        return mirti_fail_memory(err, "the join of results and boundaries");
    }
    for (int64_t i = 0; i < results->count; i++)
        join->feature[i] = -1;
    walk(result, results->count, feature, boundaries->count, parent_length(results), join);
    /* Listed in the order of their files, as a reader would look for them. */
    qsort(join->unmatched_result, (size_t)join->unmatched_results, sizeof(int64_t), compare_index);
    qsort(join->unmatched_feature, (size_t)join->unmatched_features, sizeof(int64_t),
          compare_index);
    mirti_free(result);
    mirti_free(feature);
    *out = join;
    return MIRTI_OK;
}

/* The one result that `code` was split from; −1 when there is none or there are several. Each step
 * goes from an area to those it was made from; the depth is bounded by lineages read without
 * circles. */
static int64_t ancestor(const mirti_geo_coded *result, int64_t results,
                        const mirti_lineage *lineage, const char *code) {
    enum { PARENTS = 8 };
    const char *parent[PARENTS];
    if (mirti_lineage_parents(lineage, code, parent, PARENTS) != 1) return -1;
    int64_t low = 0, high = results;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (strcmp(result[middle].code, parent[0]) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < results && strcmp(result[low].code, parent[0]) == 0) return result[low].index;
    return ancestor(result, results, lineage, parent[0]);
}

mirti_status mirti_join_carry(mirti_join *join, const mirti_results *results,
                              const mirti_boundaries *boundaries, const mirti_lineage *lineage,
                              mirti_error *err) {
    mirti_geo_coded *result =
        mirti_geo_codes_sort((const char *const *)results->code, results->count);
    join->carries = mirti_new((size_t)join->unmatched_features, sizeof *join->carries);
    if (!result || !join->carries) {
        mirti_free(result);
        return mirti_fail_memory(err, "the join of results and boundaries");
    }
    for (int64_t i = 0; i < join->unmatched_features; i++) {
        const char *code = boundaries->code[join->unmatched_feature[i]];
        join->carries[i] = ancestor(result, results->count, lineage, code);
        join->carried += join->carries[i] >= 0;
    }
    mirti_free(result);
    return MIRTI_OK;
}

void mirti_join_free(mirti_join *join) {
    if (!join) return;
    mirti_free(join->feature);
    mirti_free(join->unmatched_result);
    mirti_free(join->unmatched_feature);
    mirti_free(join->carries);
    mirti_free(join);
}
