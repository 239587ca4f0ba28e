/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map of a simulated country: projection against PROJ, regions that tile to the centimetre,
 * places inside their municipality, neighbours that are alike. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "simulate/country.h"
#include "simulate/outline.h"

static mirti_simulate_country country;

static int set_up(void **state) {
    (void)state;
    const mirti_country_options options = {
        .directory = "unused", .states = 5, .municipalities = 60, .persons = 20000, .seed = 11};
    return mirti_simulate_plan(&options, &country, NULL) == MIRTI_OK ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    mirti_simulate_country_reset(&country);
    return 0;
}

/* gdaltransform -s_srs EPSG:6365 -t_srs EPSG:6372 (PROJ 9.1.1), metres. */
static void test_projection_agrees_with_proj(void **state) {
    (void)state;
    static const double known[][4] = {
        {-113.4, 17.4, 1289722.06769684, 649535.667922895},
        {-102.0, 12.0, 2500000.0, 0.0},
        {-110.123456, 25.5, 1687698.7964735, 1517721.55865664},
        {-95.5, 14.25, 3206409.86205623, 267613.28029383},
        {-118.0, 20.0, 835079.260011597, 981631.192374148},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double x, y, longitude, latitude;
        mirti_simulate_project(known[i][0], known[i][1], &x, &y);
        /* A hundredth of a millimetre: what 15 digits of the oracle leave of metres. */
        assert_true(fabs(x / 100.0 - known[i][2]) <= 1e-5);
        assert_true(fabs(y / 100.0 - known[i][3]) <= 1e-5);
        mirti_simulate_unproject(x, y, &longitude, &latitude);
        assert_true(fabs(longitude - known[i][0]) <= 1e-11);
        assert_true(fabs(latitude - known[i][1]) <= 1e-11);
    }
}

/* ------------------------------------------------------------------------------------- tiling -- */

typedef struct segment {
    mirti_simulate_point low, high;
    int direction;
} segment;

static int compare_points(mirti_simulate_point a, mirti_simulate_point b) {
    if (a.x != b.x) return a.x < b.x ? -1 : 1;
    return a.y < b.y ? -1 : a.y > b.y;
}

static int compare_segments(const void *a, const void *b) {
    const segment *left = a, *right = b;
    int order = compare_points(left->low, right->low);
    return order != 0 ? order : compare_points(left->high, right->high);
}

/* Outlines of all regions; their segments; the sum of their doubled areas. */
static segment *collect(const int32_t *label, int32_t labels, int64_t *count,
                        mirti_simulate_wide *area2) {
    mirti_simulate_outliner outliner;
    mirti_simulate_outline outline = {0};
    segment *all = NULL;
    *count = 0;
    *area2 = 0;
    assert_int_equal(mirti_simulate_outliner_make(&country.land, label, labels, &outliner, NULL),
                     MIRTI_OK);
    for (int32_t i = 0; i < labels; i++) {
        assert_int_equal(mirti_simulate_outline_trace(&outliner, i, &outline, NULL), MIRTI_OK);
        mirti_simulate_wide own = mirti_simulate_outline_area2(&outline);
        assert_true(own > 0);
        *area2 += own;
        all = realloc(all, (size_t)(*count + outline.points) * sizeof *all);
        assert_non_null(all);
        int64_t first = 0;
        for (int r = 0; r < outline.rings; r++) {
            for (int64_t k = first; k < outline.ring_end[r]; k++) {
                mirti_simulate_point a = outline.point[k];
                mirti_simulate_point b = outline.point[k + 1 < outline.ring_end[r] ? k + 1 : first];
                bool forward = compare_points(a, b) < 0;
                assert_true(compare_points(a, b) != 0);
                all[(*count)++] = forward ? (segment){a, b, 1} : (segment){b, a, -1};
            }
            first = outline.ring_end[r];
        }
    }
    mirti_simulate_outline_reset(&outline);
    mirti_simulate_outliner_reset(&outliner);
    qsort(all, (size_t)*count, sizeof *all, compare_segments);
    return all;
}

/* Every segment belongs to one region on each side of it, or to the coast. */
static int64_t count_coast(const segment *all, int64_t count) {
    int64_t coast = 0;
    for (int64_t i = 0; i < count;) {
        int64_t same = 1;
        while (i + same < count && compare_segments(&all[i], &all[i + same]) == 0)
            same++;
        assert_true(same <= 2);
        if (same == 2)
            assert_int_equal(all[i].direction + all[i + 1].direction, 0);
        else
            coast++;
        i += same;
    }
    return coast;
}

static double moran(void);
static void test_places_lie_in_their_territory(void **state);

static void test_regions_tile(void **state) {
    (void)state;
    const mirti_simulate_land *land = &country.land;
    int32_t *of_state = calloc((size_t)land->cells, sizeof *of_state);
    int32_t *whole = calloc((size_t)land->cells, sizeof *whole);
    assert_non_null(of_state);
    assert_non_null(whole);
    for (int64_t i = 0; i < land->cells; i++) {
        int32_t here = land->municipality[i];
        whole[i] = here < 0 ? -1 : 0;
        of_state[i] = here < 0 ? -1 : country.municipality[here].state;
    }
    const int32_t *label[] = {whole, of_state, land->municipality, land->locality};
    const int32_t labels[] = {1, country.states, country.municipalities, country.localities};
    mirti_simulate_wide total = 0;
    int64_t coast = 0;
    for (int level = 0; level < 4; level++) {
        int64_t count;
        mirti_simulate_wide area2;
        segment *all = collect(label[level], labels[level], &count, &area2);
        int64_t outer = count_coast(all, count);
        /* Nation, states, municipalities and territories have the same coast and the same area. */
        if (level == 0) {
            coast = outer;
            total = area2;
            assert_int_equal(outer, count);
        }
        assert_int_equal(outer, coast);
        assert_true(area2 == total);
        free(all);
    }
    /* The bends move area about, not into or out of the country, but at the coast. */
    double cells =
        (double)total / 2.0 / ((double)MIRTI_SIMULATE_CELL_WIDTH * MIRTI_SIMULATE_CELL_ROW);
    assert_true(fabs(cells / (double)land->land_cells - 1.0) <= 0.02);
    free(of_state);
    free(whole);
}

/* One municipality, states of one municipality each, many: whatever is asked for tiles. */
static void test_other_countries_tile(void **state) {
    static const int64_t asked[][2] = {{1, 1}, {1, 3}, {12, 12}, {3, 90}, {2, 25}, {9, 40}};
    const mirti_simulate_country usual = country;
    double likeness = 0.0;
    int large = 0;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        const mirti_country_options options = {.directory = "unused",
                                               .states = asked[i][0],
                                               .municipalities = asked[i][1],
                                               .persons = 200 * asked[i][1],
                                               .seed = 900 + i};
        assert_int_equal(mirti_simulate_plan(&options, &country, NULL), MIRTI_OK);
        test_regions_tile(state);
        test_places_lie_in_their_territory(state);
        if (asked[i][1] >= 25) {
            likeness += moran();
            large++;
        }
        mirti_simulate_country_reset(&country);
    }
    country = usual;
    assert_true(likeness / large > 0.2);
}

static void test_places_lie_in_their_territory(void **state) {
    (void)state;
    for (int32_t i = 0; i < country.localities; i++) {
        const mirti_simulate_locality *l = &country.locality[i];
        assert_int_equal(country.land.locality[l->cell], i);
        assert_int_equal(country.land.municipality[l->cell], l->municipality);
        mirti_simulate_point centre = mirti_simulate_cell_centre(&country.land, l->cell);
        int64_t dx = l->place.x - centre.x, dy = l->place.y - centre.y;
        /* The corners of a cell keep 0.74 of its radius from the centre, its bent sides 0.5. */
        assert_true(dx * dx + dy * dy <
                    (int64_t)MIRTI_SIMULATE_CELL_RADIUS * MIRTI_SIMULATE_CELL_RADIUS / 100 * 25);
    }
}

static void test_every_region_is_in_one_piece(void **state) {
    (void)state;
    const mirti_simulate_land *land = &country.land;
    int64_t *queue = calloc((size_t)land->cells, sizeof *queue);
    uint8_t *seen = calloc((size_t)land->cells, 1);
    assert_non_null(queue);
    assert_non_null(seen);
    for (int32_t m = 0; m < country.municipalities; m++) {
        int64_t first = 0, last = 0;
        queue[last++] = country.municipality[m].seat;
        seen[country.municipality[m].seat] = 1;
        assert_int_equal(land->municipality[country.municipality[m].seat], m);
        while (first < last) {
            int64_t cell = queue[first++];
            for (int side = 0; side < MIRTI_SIMULATE_NEIGHBOURS; side++) {
                int64_t next = mirti_simulate_neighbour(land, cell, side);
                if (next < 0 || seen[next] || land->municipality[next] != m) continue;
                seen[next] = 1;
                queue[last++] = next;
            }
        }
        assert_int_equal(last, country.municipality[m].cells);
    }
    free(queue);
    free(seen);
}

/* --------------------------------------------------------------------------- what it is like -- */

/* Moran's I of the municipalities' poverty, with cells that touch across a boundary as weights. */
static double moran(void) {
    const mirti_simulate_land *land = &country.land;
    double mean = 0.0, square = 0.0, cross = 0.0, weights = 0.0;
    for (int32_t i = 0; i < country.municipalities; i++)
        mean += country.municipality[i].poverty / country.municipalities;
    for (int32_t i = 0; i < country.municipalities; i++) {
        double d = country.municipality[i].poverty - mean;
        square += d * d / country.municipalities;
    }
    for (int64_t cell = 0; cell < land->cells; cell++) {
        int32_t here = land->municipality[cell];
        for (int side = 0; here >= 0 && side < MIRTI_SIMULATE_NEIGHBOURS; side++) {
            int64_t next = mirti_simulate_neighbour(land, cell, side);
            int32_t there = next < 0 ? -1 : land->municipality[next];
            if (there < 0 || there == here) continue;
            cross += (country.municipality[here].poverty - mean) *
                     (country.municipality[there].poverty - mean);
            weights += 1.0;
        }
    }
    return cross / weights / square;
}

static void test_neighbours_are_alike(void **state) {
    (void)state;
    assert_true(moran() > 0.2);
}

static void test_names(void **state) {
    (void)state;
    for (int32_t i = 0; i < country.municipalities; i++) {
        const mirti_simulate_municipality *m = &country.municipality[i];
        assert_true(mirti_utf8_valid(mirti_str_of(m->name), NULL));
        char *own = mirti_name_fold(mirti_str_of(m->name));
        for (int32_t k = i + 1;
             k < country.municipalities && country.municipality[k].state == m->state; k++) {
            char *other = mirti_name_fold(mirti_str_of(country.municipality[k].name));
            assert_true(strcmp(own, other) < 0); /* in order, and so never the same */
            mirti_free(other);
            if (k == i + 1) assert_int_equal(country.municipality[k].code, m->code + 1);
        }
        mirti_free(own);
    }
}

static void test_sizes_are_unequal(void **state) {
    (void)state;
    int64_t largest = 0, tiny = 0;
    for (int32_t i = 0; i < country.municipalities; i++)
        if (country.municipality[i].dwellings > largest)
            largest = country.municipality[i].dwellings;
    for (int32_t i = 0; i < country.localities; i++)
        tiny += country.locality[i].dwellings < 3;
    assert_true(largest > 5 * country.dwellings / country.municipalities);
    assert_in_range(100 * tiny / country.localities, 25, 45);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_projection_agrees_with_proj),
        cmocka_unit_test(test_regions_tile),
        cmocka_unit_test(test_other_countries_tile),
        cmocka_unit_test(test_places_lie_in_their_territory),
        cmocka_unit_test(test_every_region_is_in_one_piece),
        cmocka_unit_test(test_neighbours_are_alike),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_sizes_are_unequal),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
