/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cube under construction: persons are added one by one or cell by cell, in any order, and at the
 * end everything is brought into canonical order. */
#ifndef MIRTI_CENSUS_CUBE_H
#define MIRTI_CENSUS_CUBE_H

#include "index.h"
#include "mirti/census.h"

/** Where in the census something was met: a batch, and a row of it in its file. */
typedef struct mirti_cube_seen {
    int64_t batch, row;
    const char *file; ///< outlives the builder
} mirti_cube_seen;

static inline bool mirti_cube_seen_before(const mirti_cube_seen *a, const mirti_cube_seen *b) {
    return a->batch != b->batch ? a->batch < b->batch : a->row < b->row;
}

typedef struct mirti_cube_builder {
    mirti_cube *cube; ///< names and variables, filled by the caller; the rest by finish
    mirti_census_index area, pattern, place;
    mirti_cube_seen *seen; ///< [area.count] where each came first
    int64_t seen_room;
    mirti_cube_cell *cell; ///< [cells] with places and patterns as they are numbered here
    int64_t cells, cell_room;
    int32_t *slot; ///< [slots] number of a cell + 1; 0 = free
    int64_t slots; ///< a power of two
} mirti_cube_builder;

/** Where persons live: views that need to live during the call only. */
typedef struct mirti_cube_where {
    mirti_str code, parent, stratum, psu;
    mirti_cube_seen seen;
} mirti_cube_where;

MIRTI_MUST_USE mirti_status mirti_cube_builder_make(mirti_cube_builder *builder, mirti_error *err);
/** Adds persons of one place and pattern. INPUT when a sum leaves 64 bits. */
MIRTI_MUST_USE mirti_status mirti_cube_builder_add(mirti_cube_builder *builder,
                                                   const mirti_cube_where *where,
                                                   const double *value, int64_t persons,
                                                   int64_t weight, mirti_error *err);
/** Adds what another builder has. Its names and variables are the same. */
MIRTI_MUST_USE mirti_status mirti_cube_builder_merge(mirti_cube_builder *into,
                                                     const mirti_cube_builder *from,
                                                     mirti_error *err);
/** Hands over the cube; the builder is reset, also on failure. INPUT, with the place where it
 * shows, when an area lies in two larger ones. */
MIRTI_MUST_USE mirti_status mirti_cube_builder_finish(mirti_cube_builder *builder, mirti_cube **out,
                                                      mirti_error *err);
void mirti_cube_builder_reset(mirti_cube_builder *builder);

/** Adds to a sum of what cannot be negative; false when it leaves 64 bits. */
static inline bool mirti_cube_add(int64_t *sum, int64_t value) {
    if (value < 0 || *sum > INT64_MAX - value) return false;
    *sum += value;
    return true;
}

/** What the values of a variable mean: `name=level|level`, `name=0|1`, `name=number`. In `arena`;
 * NULL when memory runs out. */
char *mirti_cube_variable(const mirti_predictor *predictor, mirti_arena *arena);

#endif
