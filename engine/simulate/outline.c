/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From labelled cells to polygons. Every side of a cell that parts two labels is a piece of two
 * outlines; it is bent into a small coastline by moving the middle of each part to one side, again
 * and again, by whole centimetres drawn from the side's own stream. Both outlines get the very same
 * points, one of them in reverse, so that polygons share their boundaries to the centimetre.
 */
#include "outline.h"

#include <stdlib.h>

/* A side with its region to the left, running from one corner to the next. */
typedef struct mirti_simulate_side {
    int64_t from, to;
    int32_t label;
    bool coast; /* no region on the other side */
} mirti_simulate_side;

static int compare_sides(const void *a, const void *b) {
    const mirti_simulate_side *left = a, *right = b;
    if (left->label != right->label) return left->label < right->label ? -1 : 1;
    return left->from < right->from ? -1 : left->from > right->from;
}

mirti_status mirti_simulate_outliner_make(const mirti_simulate_land *land, const int32_t *label,
                                          int32_t labels, mirti_simulate_outliner *out,
                                          mirti_error *err) {
    *out = (mirti_simulate_outliner){.land = land, .labels = labels};
    for (int pass = 0; pass < 2; pass++) {
        int64_t count = 0;
        for (int64_t cell = 0; cell < land->cells; cell++) {
            if (label[cell] < 0) continue;
            for (int side = 0; side < MIRTI_SIMULATE_NEIGHBOURS; side++) {
                int64_t next = mirti_simulate_neighbour(land, cell, side);
                int32_t other = next < 0 ? -1 : label[next];
                if (other == label[cell]) continue;
                if (pass == 1) {
                    int64_t from = mirti_simulate_corner(land, cell, side);
                    int64_t to = mirti_simulate_corner(land, cell, (side + 1) % 6);
                    bool coast = next < 0 || land->municipality[next] < 0;
                    out->side[count] = (mirti_simulate_side){from, to, label[cell], coast};
                }
                count++;
            }
        }
        if (pass == 1) break;
        out->sides = count;
        out->side = mirti_new((size_t)count + 1, sizeof *out->side);
        out->first = mirti_new((size_t)labels + 1, sizeof *out->first);
        if (out->side == NULL || out->first == NULL) {
            mirti_simulate_outliner_reset(out);
            return mirti_fail_memory(err, "the boundaries of a simulated country");
        }
    }
    qsort(out->side, (size_t)out->sides, sizeof *out->side, compare_sides);
    int64_t at = 0;
    for (int32_t i = 0; i <= labels; i++) {
        while (at < out->sides && out->side[at].label < i)
            at++;
        out->first[i] = at;
    }
    return MIRTI_OK;
}

void mirti_simulate_outliner_reset(mirti_simulate_outliner *outliner) {
    mirti_free(outliner->side);
    mirti_free(outliner->first);
    *outliner = (mirti_simulate_outliner){0};
}

void mirti_simulate_outline_reset(mirti_simulate_outline *outline) {
    mirti_free(outline->ring_end);
    mirti_free(outline->point);
    *outline = (mirti_simulate_outline){0};
}

/* ------------------------------------------------------------------------------------ points -- */

static mirti_status add_point(mirti_simulate_outline *out, mirti_simulate_point point,
                              mirti_error *err) {
    if (out->points == out->point_room) {
        int64_t room = out->point_room == 0 ? 256 : 2 * out->point_room;
        mirti_simulate_point *grown = mirti_resize(out->point, (size_t)room, sizeof *grown);
        if (grown == NULL) return mirti_fail_memory(err, "the outline of an area");
        out->point = grown;
        out->point_room = room;
    }
    out->point[out->points++] = point;
    return MIRTI_OK;
}

static mirti_status end_ring(mirti_simulate_outline *out, mirti_error *err) {
    if (out->rings == out->ring_room) {
        int room = out->ring_room == 0 ? 8 : 2 * out->ring_room;
        int64_t *grown = mirti_resize(out->ring_end, (size_t)room, sizeof *grown);
        if (grown == NULL) return mirti_fail_memory(err, "the outline of an area");
        out->ring_end = grown;
        out->ring_room = room;
    }
    out->ring_end[out->rings++] = out->points;
    return MIRTI_OK;
}

/* The middle between two points, moved sideways by up to `reach`/1024 of their distance. */
static mirti_simulate_point bend(mirti_rng *rng, mirti_simulate_point a, mirti_simulate_point b,
                                 int64_t reach) {
    int64_t dx = b.x - a.x, dy = b.y - a.y;
    int64_t move = (int64_t)mirti_rng_below(rng, (uint32_t)(2 * reach + 1)) - reach;
    return (mirti_simulate_point){a.x + dx / 2 - dy * move / 1024, a.y + dy / 2 + dx * move / 1024};
}

enum { LEVELS = 3, BENDS = (1 << LEVELS) + 1 };

/* Points of a side from `a` to `b`, both included; the number of parts is 2^levels. The reaches add
 * up to 31 degrees at a corner, less than half the smallest angle there, so that no two cross. */
static void bend_side(uint64_t seed, uint64_t stream, mirti_simulate_point a,
                      mirti_simulate_point b, int levels, mirti_simulate_point *point) {
    static const int64_t reach[LEVELS] = {120, 90, 70};
    mirti_rng rng = mirti_rng_at(seed, MIRTI_SIMULATE_FOR_EDGE, stream);
    int parts = 1 << levels;
    point[0] = a;
    point[parts] = b;
    for (int level = 0, step = parts; level < levels; level++, step /= 2)
        for (int i = 0; i < parts; i += step)
            point[i + step / 2] = bend(&rng, point[i], point[i + step], reach[level]);
}

/* Adds the points of a side but its last. */
static mirti_status add_side(const mirti_simulate_land *land, const mirti_simulate_side *side,
                             mirti_simulate_outline *out, mirti_error *err) {
    bool forward = side->from < side->to;
    int64_t low = forward ? side->from : side->to, high = forward ? side->to : side->from;
    int levels = side->coast ? LEVELS : LEVELS - 1, parts = 1 << levels;
    mirti_simulate_point point[BENDS];
    /* A corner is the lower end of at most three sides; its number and the row of the other end
     * tell them apart. */
    bend_side(land->seed, (uint64_t)low << 30 ^ (uint64_t)high,
              mirti_simulate_corner_place(land, low), mirti_simulate_corner_place(land, high),
              levels, point);
    for (int i = 0; i < parts; i++)
        MIRTI_TRY(add_point(out, point[forward ? i : parts - i], err));
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------- rings -- */

/* Index of the side of a region that begins at `corner`; there is exactly one. */
static int64_t side_from(const mirti_simulate_outliner *outliner, int32_t label, int64_t corner) {
    int64_t low = outliner->first[label], high = outliner->first[label + 1] - 1;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (outliner->side[middle].from < corner)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static mirti_simulate_wide ring_area2(const mirti_simulate_point *point, int64_t count) {
    mirti_simulate_wide sum = 0;
    for (int64_t i = 0; i < count; i++) {
        const mirti_simulate_point *a = &point[i], *b = &point[(i + 1) % count];
        sum += (mirti_simulate_wide)a->x * b->y - (mirti_simulate_wide)b->x * a->y;
    }
    return sum;
}

mirti_simulate_wide mirti_simulate_outline_area2(const mirti_simulate_outline *outline) {
    mirti_simulate_wide sum = 0;
    int64_t first = 0;
    for (int i = 0; i < outline->rings; i++) {
        sum += ring_area2(outline->point + first, outline->ring_end[i] - first);
        first = outline->ring_end[i];
    }
    return sum;
}

/* Brings the outer ring to the front: rotates the list of points by whole rings. */
static mirti_status outer_first(mirti_simulate_outline *out, mirti_error *err) {
    int64_t first = 0;
    int outer = 0;
    for (int i = 0; i < out->rings; i++) {
        if (ring_area2(out->point + first, out->ring_end[i] - first) > 0) outer = i;
        first = out->ring_end[i];
    }
    if (outer == 0) return MIRTI_OK;
    int64_t begin = out->ring_end[outer - 1], size = out->ring_end[outer] - begin;
    mirti_simulate_point *copy = mirti_new((size_t)size, sizeof *copy);
    if (copy == NULL) return mirti_fail_memory(err, "the outline of an area");
    for (int64_t i = 0; i < size; i++)
        copy[i] = out->point[begin + i];
    for (int64_t i = begin - 1; i >= 0; i--)
        out->point[i + size] = out->point[i];
    for (int64_t i = 0; i < size; i++)
        out->point[i] = copy[i];
    for (int i = outer; i > 0; i--)
        out->ring_end[i] = out->ring_end[i - 1] + size;
    out->ring_end[0] = size;
    mirti_free(copy);
    return MIRTI_OK;
}

mirti_status mirti_simulate_outline_trace(mirti_simulate_outliner *outliner, int32_t label,
                                          mirti_simulate_outline *out, mirti_error *err) {
    out->rings = 0;
    out->points = 0;
    for (int64_t k = outliner->first[label]; k < outliner->first[label + 1]; k++) {
        if (outliner->side[k].to < 0) continue; /* walked before: marked by its complement */
        int64_t at = k;
        while (outliner->side[at].to >= 0) {
            mirti_simulate_side *side = &outliner->side[at];
            MIRTI_TRY(add_side(outliner->land, side, out, err));
            int64_t to = side->to;
            side->to = ~to;
            at = side_from(outliner, label, to);
        }
        MIRTI_TRY(end_ring(out, err));
    }
    for (int64_t k = outliner->first[label]; k < outliner->first[label + 1]; k++)
        outliner->side[k].to = ~outliner->side[k].to;
    return outer_first(out, err);
}

mirti_status mirti_simulate_outline_town(uint64_t seed, uint64_t town, mirti_simulate_point centre,
                                         int64_t radius_cm, mirti_simulate_outline *out,
                                         mirti_error *err) {
    enum { SPOKES = 8 };
    /* Cosines of 0, 45, 90, ... degrees in 1/1000. */
    static const int64_t cosine[SPOKES] = {1000, 707, 0, -707, -1000, -707, 0, 707};
    mirti_simulate_point corner[SPOKES];
    mirti_rng rng = mirti_rng_at(seed, MIRTI_SIMULATE_FOR_TOWN, town);
    for (int i = 0; i < SPOKES; i++) {
        int64_t reach = radius_cm * (600 + (int64_t)mirti_rng_below(&rng, 401)) / 1000;
        corner[i].x = centre.x + reach * cosine[i] / 1000;
        corner[i].y = centre.y + reach * cosine[(i + 6) % SPOKES] / 1000;
    }
    out->rings = 0;
    out->points = 0;
    for (int i = 0; i < SPOKES; i++) {
        mirti_simulate_point point[BENDS];
        uint64_t stream = (UINT64_C(1) << 63) + town * SPOKES + (uint64_t)i;
        bend_side(seed, stream, corner[i], corner[(i + 1) % SPOKES], 2, point);
        for (int k = 0; k < 4; k++)
            MIRTI_TRY(add_point(out, point[k], err));
    }
    return end_ring(out, err);
}
