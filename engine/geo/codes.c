/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sorted codes. Sorting is O(n log n) once, it needs no hash function whose order could leak into
 * a result, and the lists that come out of it read well.
 */
#include "codes.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) {
    const mirti_geo_coded *x = a, *y = b;
    int order = strcmp(x->code, y->code);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

mirti_geo_coded *mirti_geo_codes_sort(const char *const *code, int64_t count) {
    mirti_geo_coded *key = mirti_new((size_t)count, sizeof *key);
    for (int64_t i = 0; key && i < count; i++)
        key[i] = (mirti_geo_coded){code[i] ? code[i] : "", i};
    if (key) qsort(key, (size_t)count, sizeof *key, compare);
    return key;
}

int64_t mirti_geo_codes_find(const mirti_geo_coded *sorted, int64_t count, const char *code) {
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (strcmp(sorted[middle].code, code) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && strcmp(sorted[low].code, code) == 0 ? sorted[low].index : -1;
}
