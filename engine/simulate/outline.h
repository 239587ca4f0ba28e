/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Polygons of regions: sets of cells that carry the same label. */
#ifndef MIRTI_SIMULATE_OUTLINE_H
#define MIRTI_SIMULATE_OUTLINE_H

#include "country.h"

/* The closed curves of one region, one after the other. The first is the outer one, against the
 * clock; the others are holes, with the clock. */
typedef struct mirti_simulate_outline {
    int rings;
    int64_t *ring_end; /* [rings] index of the point after the last; a ring's first point
                          is not repeated at its end */
    mirti_simulate_point *point;
    int64_t points, point_room;
    int ring_room;
} mirti_simulate_outline;

/* All regions of a labelling at once; opaque but small enough to show. */
typedef struct mirti_simulate_outliner {
    const mirti_simulate_land *land;
    int64_t sides;
    struct mirti_simulate_side *side; /* by label and first corner */
    int64_t *first;                   /* [labels + 1] */
    int32_t labels;
} mirti_simulate_outliner;

/* `label[cell]` in 0 … labels−1, or negative for no region. */
mirti_status mirti_simulate_outliner_make(const mirti_simulate_land *land, const int32_t *label,
                                          int32_t labels, mirti_simulate_outliner *out,
                                          mirti_error *err);
/* The outline of one region; `out` keeps its memory from call to call. */
mirti_status mirti_simulate_outline_trace(mirti_simulate_outliner *outliner, int32_t label,
                                          mirti_simulate_outline *out, mirti_error *err);
void mirti_simulate_outliner_reset(mirti_simulate_outliner *outliner);
void mirti_simulate_outline_reset(mirti_simulate_outline *outline);

/* A town of its own within one cell: a ragged ring around `centre`, about `radius_cm` wide. */
mirti_status mirti_simulate_outline_town(uint64_t seed, uint64_t town, mirti_simulate_point centre,
                                         int64_t radius_cm, mirti_simulate_outline *out,
                                         mirti_error *err);
/* Twice the area, exact; holes count negative. */
__extension__ typedef __int128 mirti_simulate_wide;
mirti_simulate_wide mirti_simulate_outline_area2(const mirti_simulate_outline *outline);

#endif
