/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cube under construction: persons are added one by one or cell by cell, in any order, and at the
 * end everything is brought into canonical order. */
#ifndef MIRTI_CENSUS_CUBE_H
#define MIRTI_CENSUS_CUBE_H

#include "index.h"
#include "mirti/census.h"

typedef struct mirti_cube_builder {
    mirti_cube *cube; ///< names and variables, filled by the caller; the rest by finish
    mirti_census_index area, pattern, place, cell;
    char **parent;   ///< [area.count] in cube->texts
    int64_t parents; ///< room
    struct mirti_cube_sum {
        int64_t persons, weight;
    } * sum;      ///< [cell.count]
    int64_t sums; ///< room
} mirti_cube_builder;

/** Where persons live: views that need to live during the call only. */
typedef struct mirti_cube_where {
    mirti_str code, parent, stratum, psu;
} mirti_cube_where;

MIRTI_MUST_USE mirti_status mirti_cube_builder_make(mirti_cube_builder *builder, mirti_error *err);
/** Adds persons of one place and pattern. INPUT when the area's parent is not what it was, or a sum
 * leaves 64 bits. */
MIRTI_MUST_USE mirti_status mirti_cube_builder_add(mirti_cube_builder *builder,
                                                   const mirti_cube_where *where,
                                                   const double *value, int64_t persons,
                                                   int64_t weight, mirti_error *err);
/** Hands over the cube; the builder is reset, also on failure. */
MIRTI_MUST_USE mirti_status mirti_cube_builder_finish(mirti_cube_builder *builder, mirti_cube **out,
                                                      mirti_error *err);
void mirti_cube_builder_reset(mirti_cube_builder *builder);

/** What the values of a variable mean: `name=level|level`, `name=0|1`, `name=number`. In `arena`;
 * NULL when memory runs out. */
char *mirti_cube_variable(const mirti_predictor *predictor, mirti_arena *arena);
/** Whether a term uses predictor k. */
bool mirti_cube_uses(const mirti_terms *terms, int k);

#endif
