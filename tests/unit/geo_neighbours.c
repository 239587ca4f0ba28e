/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Neighbours from geometries: corners, edges, slivers, vertices of one side only, the nearest. What
 * R's spdep finds on whole maps is in tests/oracle. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "geo_shapefile.h"
#include "mirti/geo.h"

static const mirti_boundary_input usual = {.code = (char[]){"CVEGEO"}, .name = (char[]){"NOMGEO"}};

#define BOX(x, y, w, h)                                                                            \
    4, {                                                                                           \
        {(x), (y)}, {(x), (y) + (h)}, {(x) + (w), (y) + (h)}, {(x) + (w), (y)},                    \
    }

static mirti_boundaries *read_shapes(const char *name, int count, const shape *shapes) {
    char path[64];
    mirti_boundaries *boundaries;
    mirti_error err = {0};
    write_shapefile(path_in(name), &(shapefile){NULL, "UTF-8", 0, 'C', count, shapes});
    snprintf(path, sizeof path, "%s.shp", name);
    assert_int_equal(mirti_boundaries_read(path_in(path), &usual, 5, &boundaries, NULL, &err),
                     MIRTI_OK);
    return boundaries;
}

/* The neighbours of feature i as text: «1 3». */
static const char *row_of(const mirti_neighbours *n, int64_t i) {
    static char text[4][128];
    static int next;
    next = (next + 1) % 4;
    text[next][0] = '\0';
    for (int64_t e = n->first[i]; e < n->first[i + 1]; e++) {
        size_t used = strlen(text[next]);
        snprintf(text[next] + used, sizeof text[next] - used, "%s%lld", used ? " " : "",
                 (long long)n->neighbour[e]);
    }
    return text[next];
}

static mirti_neighbours *find(const mirti_boundaries *b, mirti_neighbours_kind kind, int k,
                              double tolerance) {
    mirti_neighbours *n;
    mirti_error err = {0};
    assert_int_equal(mirti_neighbours_find(b, kind, k, tolerance, &n, &err), MIRTI_OK);
    return n;
}

static void test_corners_edges_and_vertices_of_one_side(void **state) {
    (void)state;
    const shape shapes[] = {
        {"00001", "lower left", BOX(0, 0, 10, 10)},
        {"00002", "lower right", BOX(10, 0, 10, 10)},
        {"00003", "upper right: touches 1 in a corner", BOX(10, 10, 10, 10)},
        {"00004", "long side: its corners are no vertices of 2 or 3", BOX(20, 2, 5, 16)},
        {"00005", "far away", BOX(80, 80, 5, 5)},
        {"00006", "a sliver beyond 4", BOX(25.001, 2, 5, 5)},
    };
    mirti_boundaries *b = read_shapes("six", 6, shapes);
    mirti_neighbours *queen = find(b, MIRTI_NEIGHBOURS_QUEEN, 0, 0.0);
    assert_string_equal(row_of(queen, 0), "1 2");
    assert_string_equal(row_of(queen, 1), "0 2 3");
    assert_string_equal(row_of(queen, 2), "0 1 3");
    assert_string_equal(row_of(queen, 3), "1 2");
    assert_string_equal(row_of(queen, 4), "");
    assert_string_equal(row_of(queen, 5), "");
    assert_int_equal(queen->islands, 2);
    mirti_neighbours_free(queen);
    mirti_neighbours *rook = find(b, MIRTI_NEIGHBOURS_ROOK, 0, 0.0);
    assert_string_equal(row_of(rook, 0), "1");
    assert_string_equal(row_of(rook, 1), "0 2 3");
    assert_string_equal(row_of(rook, 2), "1 3");
    mirti_neighbours_free(rook);
    mirti_neighbours *tolerant = find(b, MIRTI_NEIGHBOURS_ROOK, 0, 0.01);
    assert_string_equal(row_of(tolerant, 3), "1 2 5");
    assert_string_equal(row_of(tolerant, 5), "3");
    mirti_neighbours_free(tolerant);
    mirti_neighbours *by_extent = find(b, MIRTI_NEIGHBOURS_QUEEN, 0, -1.0);
    assert_true(fabs(by_extent->tolerance - 85e-7) < 1e-12);
    mirti_neighbours_free(by_extent);
    mirti_boundaries_free(b);
}

/* A tree over many places against looking at all of them; equally near ones abound in a grid. */
static void test_the_nearest_are_the_nearest(void **state) {
    (void)state;
    enum { SIDE = 9, COUNT = SIDE * SIDE, K = 6 };
    static shape shapes[COUNT];
    static char code[COUNT][8];
    for (int i = 0; i < COUNT; i++) {
        int x = i % SIDE, y = (i * 7) % COUNT / SIDE;
        snprintf(code[i], sizeof code[i], "%05d", i);
        const shape one = {code[i], "", BOX(10 * x, 10 * y, 4 + (i % 3), 4)};
        shapes[i] = one;
    }
    mirti_boundaries *b = read_shapes("many", COUNT, shapes);
    mirti_neighbours *n = find(b, MIRTI_NEIGHBOURS_NEAREST, K, 0.0);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(n->first[i + 1] - n->first[i], K);
        bool taken[COUNT] = {false};
        for (int k = 0; k < K; k++) {
            int best = -1;
            double least = INFINITY;
            for (int j = 0; j < COUNT; j++) {
                double dx = shapes[i].ring[0][0] + (4 + i % 3) / 2.0 - shapes[j].ring[0][0] -
                            (4 + j % 3) / 2.0;
                double dy = shapes[i].ring[0][1] - shapes[j].ring[0][1];
                if (j == i || taken[j] || dx * dx + dy * dy >= least) continue;
                least = dx * dx + dy * dy;
                best = j;
            }
            taken[best] = true;
        }
        for (int64_t e = n->first[i]; e < n->first[i + 1]; e++)
            assert_true(taken[n->neighbour[e]]);
    }
    mirti_neighbours_free(n);
    n = find(b, MIRTI_NEIGHBOURS_NEAREST, 200, 0.0);
    assert_int_equal(n->first[1], COUNT - 1);
    mirti_neighbours_free(n);
    mirti_boundaries_free(b);
}

static void test_what_cannot_be_asked(void **state) {
    (void)state;
    const shape shapes[] = {{"00001", "", BOX(0, 0, 1, 1)}};
    mirti_boundaries *b = read_shapes("one", 1, shapes);
    mirti_neighbours *n;
    mirti_error err = {0};
    assert_int_equal(mirti_neighbours_find(b, MIRTI_NEIGHBOURS_NEAREST, 0, 0, &n, &err),
                     MIRTI_ERROR_USAGE);
    n = find(b, MIRTI_NEIGHBOURS_QUEEN, 0, -1.0);
    assert_int_equal(n->islands, 1);
    mirti_neighbours_free(n);
    mirti_boundaries_free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_corners_edges_and_vertices_of_one_side),
        cmocka_unit_test(test_the_nearest_are_the_nearest),
        cmocka_unit_test(test_what_cannot_be_asked),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
