/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is beside whom, from the geometries alone.
 *
 * Contiguity. All boundaries are cut into segments, and the segments are entered into a grid of
 * square cells. Every vertex then looks into its own cell for segments of other features that it
 * lies on, or nearly. Each find is a contact point of two features; one contact makes queen
 * neighbours, two different ones rook neighbours. Looking for vertices on segments instead of
 * equal vertices finds neighbours also where only one side has a vertex, which official boundaries
 * of different origin and generalised ones are full of. The work is proportional to the number of
 * vertices. The result does not depend on any order: contacts are sorted.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "boundaries.h"
#include "contact.h"

/* A million cells each way; more would not make it faster. */
static const double MOST_CELLS = 1048576.0;

typedef struct segment {
    double x[2], y[2];
    int64_t owner;
} segment;

/* A segment as it is entered into a cell. */
typedef struct entry {
    uint64_t cell;
    int64_t segment;
} entry;

typedef struct contact {
    int64_t a, b; ///< a < b
    double x, y;
} contact;

typedef struct search {
    segment *segment;
    int64_t segments, segment_room;
    entry *entry;
    int64_t entries, entry_room;
    contact *contact;
    int64_t contacts, contact_room;
    double tolerance, cell, left, bottom;
} search;

/* Room for one more element; false on no memory. */
static bool room_for(void **array, int64_t count, int64_t *room, size_t size) {
    if (count < *room) return true;
    int64_t wanted = *room ? 2 * *room : 4096;
    void *more = mirti_resize(*array, (size_t)wanted, size);
    if (!more) return false;
    *array = more;
    *room = wanted;
    return true;
}

/* ------------------------------------------------------------------------------- segments -- */

static bool add_ring(search *s, OGRGeometryH ring, int64_t owner) {
    int points = OGR_G_GetPointCount(ring);
    for (int i = 0; i + 1 < points; i++) {
        void *array = s->segment;
        if (!room_for(&array, s->segments, &s->segment_room, sizeof *s->segment)) return false;
        s->segment = array;
        segment *one = &s->segment[s->segments++];
        one->owner = owner;
        for (int k = 0; k < 2; k++) {
            one->x[k] = OGR_G_GetX(ring, i + k);
            one->y[k] = OGR_G_GetY(ring, i + k);
        }
    }
    return true;
}

/* Rings of a polygon, polygons of a multipolygon. */
static bool add_rings(search *s, OGRGeometryH geometry, int64_t owner) {
    int parts = OGR_G_GetGeometryCount(geometry);
    if (parts == 0) return add_ring(s, geometry, owner);
    for (int i = 0; i < parts; i++)
        if (!add_rings(s, OGR_G_GetGeometryRef(geometry, i), owner)) return false;
    return true;
}

/* Cells about twice as wide as a segment is long: a few segments each. */
static void lay_grid(search *s) {
    double right = -INFINITY, top = -INFINITY, length = 0.0;
    s->left = s->bottom = INFINITY;
    for (int64_t i = 0; i < s->segments; i++) {
        const segment *one = &s->segment[i];
        s->left = fmin(s->left, one->x[0]);
        s->bottom = fmin(s->bottom, one->y[0]);
        right = fmax(right, one->x[0]);
        top = fmax(top, one->y[0]);
        length += fabs(one->x[1] - one->x[0]) + fabs(one->y[1] - one->y[0]);
    }
    double extent = fmax(right - s->left, top - s->bottom);
    if (s->tolerance < 0.0) s->tolerance = 1e-7 * extent;
    s->cell = fmax(fmax(2.0 * length / (double)s->segments, 4.0 * s->tolerance),
                   fmax(extent / MOST_CELLS, 1e-300));
}

static uint64_t cell_of(const search *s, double x, double y) {
    double column = floor((x - s->left) / s->cell) + 1.0;
    double row = floor((y - s->bottom) / s->cell) + 1.0;
    column = fmin(fmax(column, 0.0), MOST_CELLS + 1.0);
    row = fmin(fmax(row, 0.0), MOST_CELLS + 1.0);
    return (uint64_t)row << 32 | (uint64_t)column;
}

static bool enter_segments(search *s) {
    for (int64_t i = 0; i < s->segments; i++) {
        const segment *one = &s->segment[i];
        double reach = s->tolerance;
        uint64_t low =
            cell_of(s, fmin(one->x[0], one->x[1]) - reach, fmin(one->y[0], one->y[1]) - reach);
        uint64_t high =
            cell_of(s, fmax(one->x[0], one->x[1]) + reach, fmax(one->y[0], one->y[1]) + reach);
        for (uint64_t row = low >> 32; row <= high >> 32; row++)
            for (uint64_t column = (uint32_t)low; column <= (uint32_t)high; column++) {
                void *array = s->entry;
                if (!room_for(&array, s->entries, &s->entry_room, sizeof *s->entry)) return false;
                s->entry = array;
                s->entry[s->entries++] = (entry){row << 32 | column, i};
            }
    }
    return true;
}

static int compare_entries(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->cell != y->cell) return x->cell < y->cell ? -1 : 1;
    return (x->segment > y->segment) - (x->segment < y->segment);
}

/* ------------------------------------------------------------------------------- contacts -- */

static double squared_distance(const segment *s, double x, double y) {
    double dx = s->x[1] - s->x[0], dy = s->y[1] - s->y[0];
    double length = dx * dx + dy * dy;
    double along = length > 0.0 ? ((x - s->x[0]) * dx + (y - s->y[0]) * dy) / length : 0.0;
    along = fmin(fmax(along, 0.0), 1.0);
    double ex = x - (s->x[0] + along * dx), ey = y - (s->y[0] + along * dy);
    return ex * ex + ey * ey;
}

static int64_t first_entry(const search *s, uint64_t cell) {
    int64_t low = 0, high = s->entries;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (s->entry[middle].cell < cell)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool add_contact(search *s, int64_t a, int64_t b, double x, double y) {
    void *array = s->contact;
    if (!room_for(&array, s->contacts, &s->contact_room, sizeof *s->contact)) return false;
    s->contact = array;
    s->contact[s->contacts++] = (contact){a < b ? a : b, a < b ? b : a, x, y};
    return true;
}

static bool find_contacts(search *s) {
    double reach = s->tolerance * s->tolerance;
    for (int64_t i = 0; i < s->segments; i++) {
        const segment *own = &s->segment[i]; /* its first vertex; the ring is closed */
        uint64_t cell = cell_of(s, own->x[0], own->y[0]);
        for (int64_t e = first_entry(s, cell); e < s->entries && s->entry[e].cell == cell; e++) {
            const segment *other = &s->segment[s->entry[e].segment];
            if (other->owner == own->owner || squared_distance(other, own->x[0], own->y[0]) > reach)
                continue;
            if (!add_contact(s, own->owner, other->owner, own->x[0], own->y[0])) return false;
        }
    }
    return true;
}

static int compare_contacts(const void *a, const void *b) {
    const contact *x = a, *y = b;
    if (x->a != y->a) return x->a < y->a ? -1 : 1;
    if (x->b != y->b) return x->b < y->b ? -1 : 1;
    if (x->x != y->x) return x->x < y->x ? -1 : 1;
    return (x->y > y->y) - (x->y < y->y);
}

/* True when the contacts of one pair are not all at one place. */
static bool apart(const contact *one, int64_t count, double tolerance) {
    for (int64_t i = 1; i < count; i++)
        if (hypot(one[i].x - one[0].x, one[i].y - one[0].y) > 2.0 * tolerance) return true;
    return false;
}

/* Pairs of neighbours, in order; `pair` has room for as many as there are contacts. */
static int64_t pairs_of(const search *s, mirti_neighbours_kind kind, mirti_geo_pair *pair) {
    int64_t pairs = 0;
    for (int64_t i = 0; i < s->contacts;) {
        int64_t end = i + 1;
        while (end < s->contacts && s->contact[end].a == s->contact[i].a &&
               s->contact[end].b == s->contact[i].b)
            end++;
        if (kind == MIRTI_NEIGHBOURS_QUEEN || apart(&s->contact[i], end - i, s->tolerance))
            pair[pairs++] = (mirti_geo_pair){s->contact[i].a, s->contact[i].b};
        i = end;
    }
    return pairs;
}

static mirti_status find_contiguity(const mirti_boundaries *b, search *s,
                                    mirti_neighbours_kind kind, mirti_neighbours **out,
                                    mirti_error *err) {
    for (int64_t i = 0; i < b->count; i++)
        if (b->geometry[i] && !add_rings(s, b->geometry[i], i))
            return mirti_fail_memory(err, "the neighbours");
    if (s->segments > 0) lay_grid(s);
    if (!enter_segments(s)) return mirti_fail_memory(err, "the neighbours");
    if (s->entries > 0) qsort(s->entry, (size_t)s->entries, sizeof *s->entry, compare_entries);
    if (!find_contacts(s)) return mirti_fail_memory(err, "the neighbours");
    if (s->contacts > 0)
        qsort(s->contact, (size_t)s->contacts, sizeof *s->contact, compare_contacts);
    mirti_geo_pair *pair = mirti_new((size_t)s->contacts, sizeof *pair);
    if (!pair) return mirti_fail_memory(err, "the neighbours");
    int64_t pairs = pairs_of(s, kind, pair);
    mirti_status status = mirti_geo_neighbours_of_pairs(b->count, pair, pairs, out, err);
    mirti_free(pair);
    if (status == MIRTI_OK) (*out)->tolerance = s->tolerance;
    return status;
}

mirti_status mirti_neighbours_find(const mirti_boundaries *boundaries, mirti_neighbours_kind kind,
                                   int k, double tolerance, mirti_neighbours **out,
                                   mirti_error *err) {
    *out = NULL;
    if (kind == MIRTI_NEIGHBOURS_NEAREST) return mirti_geo_nearest(boundaries, k, out, err);
    if (boundaries->points)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "points do not touch: ask for their nearest neighbours");
    search s = {.tolerance = tolerance};
    mirti_status status = find_contiguity(boundaries, &s, kind, out, err);
    mirti_free(s.segment);
    mirti_free(s.entry);
    mirti_free(s.contact);
    return status;
}

void mirti_neighbours_free(mirti_neighbours *neighbours) {
    if (!neighbours) return;
    mirti_free(neighbours->first);
    mirti_free(neighbours->neighbour);
    mirti_free(neighbours);
}
