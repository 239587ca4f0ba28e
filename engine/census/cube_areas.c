/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cube as areas: one cell with all children of an area, and the persons themselves behind it. */
#include "cube.h"

#include <string.h>

static bool copy_codes(char **from, int64_t count, char ***out) {
    *out = mirti_new((size_t)count, sizeof **out);
    if (!*out) return false;
    for (int64_t i = 0; i < count; i++)
        if (from && from[i][0] && !((*out)[i] = mirti_strdup(from[i]))) return false;
    return true;
}

mirti_status mirti_areas_from_cube(mirti_cube *cube, mirti_areas **out, mirti_error *err) {
    *out = NULL;
    mirti_areas *a = mirti_new(1, sizeof *a);
    if (!a) {
        mirti_cube_free(cube);
        return mirti_fail_memory(err, "the areas of the census");
    }
    a->cube = cube;
    a->count = cube->areas;
    a->cells = 1;
    a->kind = mirti_strdup(cube->kind);
    a->children = mirti_new((size_t)a->count, sizeof *a->children);
    a->missing = mirti_new((size_t)a->count, sizeof *a->missing);
    bool ok = a->kind && a->children && a->missing && copy_codes(cube->code, a->count, &a->code) &&
              copy_codes(NULL, a->count, &a->name) &&
              copy_codes(cube->parent, a->count, &a->parent_code) &&
              copy_codes(NULL, a->count, &a->parent_name) &&
              copy_codes(NULL, a->count, &a->missing_column);
    if (!ok) {
        mirti_areas_free(a);
        return mirti_fail_memory(err, "the areas of the census");
    }
    for (int64_t c = 0; c < cube->cells; c++) /* sums of integers below 2⁵³: exact */
        a->children[cube->place[cube->cell[c].place].area] += (double)cube->cell[c].weight;
    for (int64_t i = 0; i < a->count; i++) {
        a->children[i] /= 1e6;
        if (!(a->children[i] > 0)) a->missing[i] = MIRTI_AREA_NO_CHILDREN;
    }
    *out = a;
    return MIRTI_OK;
}
