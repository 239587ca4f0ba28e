/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hot spots: permutations, false discovery, missing values, threads. What R's spdep finds for the
 * statistics themselves is in tests/oracle. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/geo.h"

enum { SIDE = 30, COUNT = SIDE * SIDE };

/* A chessboard with rook neighbours, rows ascending. */
static mirti_neighbours *board(void) {
    static int64_t first[COUNT + 1], neighbour[4 * COUNT];
    static mirti_neighbours n = {COUNT, first, neighbour, 0, 0};
    int64_t total = 0;
    for (int i = 0; i < COUNT; i++) {
        first[i] = total;
        if (i >= SIDE) neighbour[total++] = i - SIDE;
        if (i % SIDE > 0) neighbour[total++] = i - 1;
        if (i % SIDE < SIDE - 1) neighbour[total++] = i + 1;
        if (i + SIDE < COUNT) neighbour[total++] = i + SIDE;
    }
    first[COUNT] = total;
    return &n;
}

static mirti_hotspots *find(const double *value, int permutations, int threads) {
    const mirti_hotspot_options options = {permutations, 0.05, 42, threads};
    mirti_hotspots *h;
    mirti_error err = {0};
    assert_int_equal(mirti_hotspots_find(board(), value, &options, &h, &err), MIRTI_OK);
    return h;
}

static void noise(double *value, uint64_t seed) {
    mirti_rng rng = mirti_rng_at(seed, 1, 0);
    for (int i = 0; i < COUNT; i++)
        value[i] = mirti_rng_normal(&rng);
}

/* Noise with a block of high values in the middle. */
static void noise_with_block(double *value) {
    noise(value, 7);
    for (int i = 0; i < COUNT; i++)
        if (abs(i % SIDE - 15) <= 3 && abs(i / SIDE - 15) <= 3) value[i] += 4.0;
}

static void test_the_block_is_found_and_little_else(void **state) {
    (void)state;
    double value[COUNT];
    noise_with_block(value);
    mirti_hotspots *h = find(value, 9999, 1);
    int inside = 0, outside = 0;
    for (int i = 0; i < COUNT; i++) {
        int far = abs(i % SIDE - 15) > abs(i / SIDE - 15) ? abs(i % SIDE - 15) : abs(i / SIDE - 15);
        if (far <= 2) inside += h->cluster[i] == MIRTI_CLUSTER_HIGH_HIGH;
        if (far > 4) outside += h->cluster[i] != MIRTI_CLUSTER_NONE;
        if (isfinite(h->p[i])) {
            assert_true(h->p[i] >= 2.0 / 10000.0 - 1e-12 && h->p[i] <= 1.0);
            assert_true(h->q[i] >= h->p[i]);
        }
    }
    assert_true(inside >= 24); /* of 25 */
    assert_true(outside <= 4);
    assert_true(h->global.i > 0.2);
    assert_true(h->global.p_permutation < 0.0011);
    mirti_hotspots_free(h);
}

/* Under chance: uniform p (a twentieth below 0.05), and false discovery under control: nearly never
 * a cluster in a whole map. */
static void test_chance_is_called_chance(void **state) {
    (void)state;
    enum { MAPS = 20 };
    double value[COUNT];
    int small = 0, maps_with_clusters = 0;
    double global = 0.0;
    for (int map = 0; map < MAPS; map++) {
        noise(value, 100 + (uint64_t)map);
        mirti_hotspots *h = find(value, 999, 2);
        int clusters = 0;
        for (int i = 0; i < COUNT; i++) {
            small += h->p[i] <= 0.05;
            clusters += h->cluster[i] != MIRTI_CLUSTER_NONE;
        }
        maps_with_clusters += clusters > 0;
        global += h->global.p_permutation / MAPS;
        mirti_hotspots_free(h);
    }
    /* 18,000 tests; neighbours share values, hence the generous 4 standard errors of 1,000 free
     * ones. */
    assert_true(fabs(small / (double)(MAPS * COUNT) - 0.05) < 4.0 * sqrt(0.05 * 0.95 / 1000.0));
    assert_true(maps_with_clusters <= 4);
    assert_true(global > 0.3 && global < 0.7);
}

static void test_the_same_for_any_number_of_threads(void **state) {
    (void)state;
    double value[COUNT];
    noise_with_block(value);
    mirti_hotspots *one = find(value, 199, 1);
    for (int threads = 2; threads <= 5; threads++) {
        mirti_hotspots *more = find(value, 199, threads);
        assert_memory_equal(one->p, more->p, sizeof value);
        assert_memory_equal(one->q, more->q, sizeof value);
        assert_memory_equal(one->gi, more->gi, sizeof value);
        assert_memory_equal(&one->global, &more->global, sizeof one->global);
        mirti_hotspots_free(more);
    }
    mirti_hotspots_free(one);
}

static void test_missing_values_take_no_part(void **state) {
    (void)state;
    double value[COUNT];
    noise(value, 3);
    value[0] = NAN;
    value[1] = NAN;
    value[SIDE] = NAN; /* the corner's both neighbours, and itself */
    value[COUNT - 2] = NAN;
    value[COUNT - 1 - SIDE] = NAN; /* the other corner has a value but nobody beside it */
    mirti_hotspots *h = find(value, 99, 1);
    assert_int_equal(h->global.areas, COUNT - 6);
    assert_true(isnan(h->moran[0]) && isnan(h->p[0]) && isnan(h->q[0]));
    assert_true(isnan(h->moran[COUNT - 1]) && isnan(h->gi[COUNT - 1]));
    assert_int_equal(h->cluster[0], MIRTI_CLUSTER_NONE);
    assert_true(isfinite(h->moran[2]));
    mirti_hotspots_free(h);
}

static void test_nothing_to_say(void **state) {
    (void)state;
    double value[COUNT];
    for (int i = 0; i < COUNT; i++)
        value[i] = 0.25;
    mirti_hotspots *h = find(value, 99, 1);
    assert_true(isnan(h->global.i) && isnan(h->moran[5]) && isnan(h->p[5]));
    mirti_hotspots_free(h);
    for (int i = 0; i < COUNT; i++)
        value[i] = NAN;
    h = find(value, 99, 1);
    assert_int_equal(h->global.areas, 0);
    mirti_hotspots_free(h);
}

static mirti_status work(mirti_error *err) {
    double value[COUNT];
    noise(value, 3);
    const mirti_hotspot_options options = {3, 0.05, 1, 1};
    mirti_hotspots *h;
    mirti_status status = mirti_hotspots_find(board(), value, &options, &h, err);
    if (status == MIRTI_OK) mirti_hotspots_free(h);
    return status;
}

static void test_memory_may_run_out(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(work) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_block_is_found_and_little_else),
        cmocka_unit_test(test_chance_is_called_chance),
        cmocka_unit_test(test_the_same_for_any_number_of_threads),
        cmocka_unit_test(test_missing_values_take_no_part),
        cmocka_unit_test(test_nothing_to_say),
        cmocka_unit_test(test_memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
