/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The k nearest neighbours of each feature, by centroid: a k-d tree over the centroids, in the
 * plane of a projected system, or over points of the unit sphere where coordinates are degrees (the
 * straight line through the globe grows with the way along it, so the order is the same). Of
 * equally near features the one that comes first is taken, so the result is defined.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "boundaries.h"
#include "contact.h"

typedef struct site {
    double at[3];
    int64_t feature;
} site;

/* The few best found so far, nearest first. */
typedef struct few {
    int k, found, dimensions;
    int64_t self;
    int64_t *feature;
    double *distance;
} few;

/* The order by which the tree is split: coordinate, then feature, so that it is always the same. */
static bool before(const site *a, const site *b, int axis) {
    if (a->at[axis] != b->at[axis]) return a->at[axis] < b->at[axis];
    return a->feature < b->feature;
}

/* Quickselect: puts the element of rank `middle` in its place, smaller ones before it. */
static void select_middle(site *s, int64_t count, int64_t middle, int axis) {
    int64_t low = 0, high = count - 1;
    while (low < high) {
        site pivot = s[low + (high - low) / 2];
        int64_t i = low, j = high;
        while (i <= j) {
            while (before(&s[i], &pivot, axis))
                i++;
            while (before(&pivot, &s[j], axis))
                j--;
            if (i > j) break;
            site swap = s[i];
            s[i++] = s[j];
            s[j--] = swap;
        }
        if (middle <= j)
            high = j;
        else if (middle >= i)
            low = i;
        else
            return;
    }
}

/* The tree lies in the array itself: the middle element splits, its halves are the branches. */
static void build(site *s, int64_t count, int axis, int dimensions) {
    while (count > 1) {
        int64_t middle = count / 2;
        select_middle(s, count, middle, axis);
        axis = (axis + 1) % dimensions;
        build(s, middle, axis, dimensions);
        s += middle + 1;
        count -= middle + 1;
    }
}

static void consider(few *best, const site *one, const double at[3]) {
    double distance = 0.0;
    if (one->feature == best->self) return;
    for (int d = 0; d < 3; d++)
        distance += (one->at[d] - at[d]) * (one->at[d] - at[d]);
    int place = best->found;
    while (place > 0 &&
           (distance < best->distance[place - 1] ||
            (distance == best->distance[place - 1] && one->feature < best->feature[place - 1])))
        place--;
    if (place >= best->k) return;
    if (best->found < best->k) best->found++;
    for (int i = best->found - 1; i > place; i--) {
        best->distance[i] = best->distance[i - 1];
        best->feature[i] = best->feature[i - 1];
    }
    best->distance[place] = distance;
    best->feature[place] = one->feature;
}

static void look(const site *s, int64_t count, int axis, const double at[3], few *best) {
    while (count > 0) {
        int64_t middle = count / 2;
        const site *one = &s[middle];
        consider(best, one, at);
        double side = at[axis] - one->at[axis];
        const site *near = side < 0.0 ? s : s + middle + 1;
        const site *far = side < 0.0 ? s + middle + 1 : s;
        int64_t near_count = side < 0.0 ? middle : count - middle - 1;
        int64_t far_count = count - 1 - near_count;
        axis = (axis + 1) % best->dimensions;
        look(near, near_count, axis, at, best);
        /* Equally near ones may still come first by their number: hence not «less than». */
        if (best->found == best->k && side * side > best->distance[best->k - 1]) return;
        s = far;
        count = far_count;
    }
}

static bool place_of(const mirti_boundaries *b, int64_t i, OGRGeometryH centroid, site *out) {
    if (!b->geometry[i] || OGR_G_Centroid(b->geometry[i], centroid) != OGRERR_NONE ||
        OGR_G_IsEmpty(centroid))
        return false;
    double x = OGR_G_GetX(centroid, 0), y = OGR_G_GetY(centroid, 0);
    *out = (site){{x, y, 0.0}, i};
    if (b->crs && OSRIsGeographic(b->crs)) {
        double unit = OSRGetAngularUnits(b->crs, NULL);
        out->at[0] = cos(y * unit) * cos(x * unit);
        out->at[1] = cos(y * unit) * sin(x * unit);
        out->at[2] = sin(y * unit);
    }
    return true;
}

static int compare_features(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* `order[feature]` is where it stands in the tree, −1 without a place. */
static void fill(const site *tree, int64_t places, const int64_t *order, few *best,
                 mirti_neighbours *n) {
    int64_t total = 0;
    for (int64_t i = 0; i < n->count; i++) {
        n->first[i] = total;
        if (order[i] >= 0) {
            best->found = 0;
            best->self = i;
            best->feature = &n->neighbour[total];
            look(tree, places, 0, tree[order[i]].at, best);
            qsort(best->feature, (size_t)best->found, sizeof *best->feature, compare_features);
            total += best->found;
        }
        n->islands += n->first[i] == total;
    }
    n->first[n->count] = total;
}

mirti_status mirti_geo_nearest(const mirti_boundaries *b, int k, mirti_neighbours **out,
                               mirti_error *err) {
    if (k < 1)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "at least one nearest neighbour must be asked for");
    int64_t places = 0;
    int dimensions = b->crs && OSRIsGeographic(b->crs) ? 3 : 2;
    site *tree = mirti_new((size_t)b->count, sizeof *tree);
    int64_t *order = mirti_new((size_t)b->count, sizeof *order);
    double *distance = mirti_new((size_t)k, sizeof *distance);
    mirti_neighbours *n = mirti_geo_neighbours_new(b->count, b->count * k);
    OGRGeometryH centroid = OGR_G_CreateGeometry(wkbPoint);
    if (tree && order && distance && n && centroid) {
        mirti_geo_gdal gdal;
        mirti_geo_gdal_begin(&gdal);
        for (int64_t i = 0; i < b->count; i++)
            if (place_of(b, i, centroid, &tree[places])) places++;
        mirti_geo_gdal_end(&gdal);
        build(tree, places, 0, dimensions);
        for (int64_t i = 0; i < b->count; i++)
            order[i] = -1;
        for (int64_t i = 0; i < places; i++)
            order[tree[i].feature] = i;
        few best = {.k = k, .dimensions = dimensions, .distance = distance};
        fill(tree, places, order, &best, n);
        *out = n;
    } else {
        mirti_neighbours_free(n);
        n = NULL;
    }
    OGR_G_DestroyGeometry(centroid);
    mirti_free(tree);
    mirti_free(order);
    mirti_free(distance);
    return n ? MIRTI_OK : mirti_fail_memory(err, "the nearest neighbours");
}

/* ---------------------------------------------------------------------------------- the table -- */

mirti_neighbours *mirti_geo_neighbours_new(int64_t count, int64_t total) {
    mirti_neighbours *n = mirti_new(1, sizeof *n);
    if (!n) return NULL;
    n->count = count;
    n->first = mirti_new((size_t)count + 1, sizeof *n->first);
    n->neighbour = mirti_new((size_t)total, sizeof *n->neighbour);
    if (n->first && n->neighbour) return n;
    mirti_neighbours_free(n);
    return NULL;
}

mirti_status mirti_geo_neighbours_of_pairs(int64_t count, const mirti_geo_pair *pair, int64_t pairs,
                                           mirti_neighbours **out, mirti_error *err) {
    mirti_neighbours *n = mirti_geo_neighbours_new(count, 2 * pairs);
    int64_t *next = mirti_new((size_t)count + 1, sizeof *next);
    if (!n || !next) {
        mirti_neighbours_free(n);
        mirti_free(next);
        return mirti_fail_memory(err, "the neighbours");
    }
    for (int64_t i = 0; i < pairs; i++) {
        n->first[pair[i].a + 1]++;
        n->first[pair[i].b + 1]++;
    }
    for (int64_t i = 0; i < count; i++) {
        n->islands += n->first[i + 1] == 0;
        n->first[i + 1] += n->first[i];
        next[i] = n->first[i];
    }
    /* Pairs come in order of a, then b: first every smaller neighbour, then every larger one. */
    for (int64_t i = 0; i < pairs; i++)
        n->neighbour[next[pair[i].b]++] = pair[i].a;
    for (int64_t i = 0; i < pairs; i++)
        n->neighbour[next[pair[i].a]++] = pair[i].b;
    mirti_free(next);
    *out = n;
    return MIRTI_OK;
}
