/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breaks: natural breaks against every partition of small sets, the cumulative √f rule against a
 * textbook, and what is promised of ties, weights, order and dirt for all methods. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/risk.h"

static mirti_breaks breaks_of(mirti_class_options options, const double *value,
                              const double *weight, int64_t count) {
    mirti_breaks out;
    mirti_error err = {0};
    if (mirti_breaks_find(&options, value, weight, count, &out, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    return out;
}

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g is not %.17g", value, expected);
}

/* ------------------------------------------------------------------------------ brute force -- */

/* Sum of squares of the values whose class is `class`, in long double: independent of the engine.
 */
static long double within(const double *value, const double *weight, const int *class_of, int n,
                          int class) {
    long double sum = 0, whole = 0, square = 0;
    for (int i = 0; i < n; i++)
        if (class_of[i] == class) {
            sum += (long double)weight[i] * value[i];
            whole += weight[i];
        }
    if (whole == 0) return 0;
    for (int i = 0; i < n; i++)
        if (class_of[i] == class)
            square += weight[i] * (value[i] - sum / whole) * (value[i] - sum / whole);
    return square;
}

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The least sum of squares within k classes over all ways to cut the distinct values (a mask of
 * cuts). Classes need not be used up: fewer cuts are never better. */
static long double best_by_force(const double *value, const double *weight, int n, int levels) {
    double distinct[16];
    int class_of[16], count = 0;
    double sorted[16];
    memcpy(sorted, value, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, compare);
    for (int i = 0; i < n; i++)
        if (count == 0 || distinct[count - 1] != sorted[i]) distinct[count++] = sorted[i];
    long double best = INFINITY;
    for (unsigned mask = 0; mask < 1u << (count - 1); mask++) {
        if (__builtin_popcount(mask) > levels - 1) continue;
        for (int i = 0; i < n; i++) {
            class_of[i] = 0;
            for (int d = 0; d + 1 < count; d++)
                class_of[i] += (mask >> d & 1) && value[i] > distinct[d];
        }
        long double total = 0;
        for (int c = 0; c < levels; c++)
            total += within(value, weight, class_of, n, c);
        if (total < best) best = total;
    }
    return best;
}

static long double within_breaks(const mirti_breaks *breaks, const double *value,
                                 const double *weight, int n) {
    int class_of[16];
    long double total = 0;
    for (int i = 0; i < n; i++)
        class_of[i] = mirti_breaks_class(breaks, value[i]);
    for (int c = 0; c < breaks->levels; c++)
        total += within(value, weight, class_of, n, c);
    return total;
}

static void test_natural_breaks_are_the_optimum(void **state) {
    (void)state;
    mirti_rng rng = mirti_rng_at(7, 1, 0);
    const double ones[12] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    for (int round = 0; round < 2000; round++) {
        double value[12], weight[12];
        int n = 2 + (int)mirti_rng_below(&rng, 11);
        int levels = 2 + (int)mirti_rng_below(&rng, 4);
        uint32_t grid = 2 + mirti_rng_below(&rng, 30); /* coarse: many ties */
        for (int i = 0; i < n; i++) {
            value[i] = mirti_rng_below(&rng, grid) / 7.0;
            if (round % 5 == 0) value[i] = exp(6 * value[i]); /* far values dwarf the others */
            weight[i] = mirti_rng_below(&rng, 4) == 0 ? 0.25 : mirti_rng_below(&rng, 500);
        }
        weight[0] = 1;
        mirti_class_options options = {.method = MIRTI_CLASS_FISHER_JENKS, .levels = levels};
        const double *weights[2] = {ones, weight};
        for (int k = 0; k < 2; k++) {
            mirti_breaks breaks = breaks_of(options, value, k ? weight : NULL, n);
            long double best = best_by_force(value, weights[k], n, levels);
            long double ours = within_breaks(&breaks, value, weights[k], n);
            /* Long double here, pairs of doubles there: about 19 and 32 digits. */
            long double slack = 1e-12L * best;
            if (ours > best + slack)
                fail_msg("round %d: %Lg within, %Lg is possible", round, ours, best);
        }
    }
}

static void test_a_far_value_does_not_blind(void **state) {
    (void)state;
    /* In doubles alone 1e15 would swallow the difference between the cuts among the small ones. */
    const double value[] = {1, 2, 1.5, 101, 102, 101.5, 1e15};
    mirti_class_options options = {.method = MIRTI_CLASS_FISHER_JENKS, .levels = 3};
    mirti_breaks breaks = breaks_of(options, value, NULL, 7);
    assert_int_equal(breaks.levels, 3);
    assert_true(breaks.limit[1] == 2 && breaks.limit[2] == 102);
    assert_int_equal(breaks.count[0], 3);
    assert_int_equal(breaks.count[1], 3);
    assert_int_equal(breaks.count[2], 1);
}

static void test_equally_good_partitions(void **state) {
    (void)state;
    const double value[] = {1, 2, 3};
    mirti_class_options options = {.method = MIRTI_CLASS_FISHER_JENKS, .levels = 2};
    mirti_breaks breaks = breaks_of(options, value, NULL, 3);
    assert_true(breaks.limit[1] == 1); /* {1} {2 3} */
}

static void test_many_values(void **state) {
    (void)state;
    /* 200,000 values on a grid of 5 heaps: the heaps are the classes. */
    enum { N = 200000 };
    double *value = malloc(N * sizeof *value);
    assert_non_null(value);
    mirti_rng rng = mirti_rng_at(3, 1, 0);
    for (int i = 0; i < N; i++)
        value[i] = 10 * (i % 5) + mirti_rng_uniform(&rng);
    mirti_class_options options = {.method = MIRTI_CLASS_FISHER_JENKS, .levels = 5};
    mirti_breaks breaks = breaks_of(options, value, NULL, N);
    for (int j = 0; j < 5; j++) {
        assert_int_equal(breaks.count[j], N / 5);
        assert_true(breaks.limit[j + 1] < 10 * j + 1);
    }
    assert_true(breaks.gvf > 0.999);
    free(value);
}

/* -------------------------------------------------------------------------- Dalenius–Hodges -- */

/* Cochran, Sampling Techniques (3rd ed. 1977), table 5A.5: industrial loans of 13,435 banks in per
 * cent of all loans, in steps of 5. Five strata end at 5, 15, 25 and 45 per cent. */
static const int cochran[20] = {3464, 2516, 2157, 1581, 1142, 746, 512, 376, 265, 207,
                                126,  107,  82,   50,   39,   25,  16,  19,  2,   3};

static void test_the_textbook(void **state) {
    (void)state;
    double value[21] = {0}, weight[21] = {1};
    for (int b = 0; b < 20; b++) {
        value[b + 1] = 5 * (b + 1);
        weight[b + 1] = cochran[b] - (b == 0);
    }
    mirti_class_options options = {
        .method = MIRTI_CLASS_DALENIUS_HODGES, .levels = 5, .bins = 20, .weighted = true};
    mirti_breaks breaks = breaks_of(options, value, weight, 21);
    const double expected[6] = {0, 5, 15, 25, 45, 100};
    const double banks[5] = {3464, 2516 + 2157, 1581 + 1142, 746 + 512 + 376 + 265,
                             207 + 126 + 107 + 82 + 50 + 39 + 25 + 16 + 19 + 2 + 3};
    assert_int_equal(breaks.levels, 5);
    for (int j = 0; j <= 5; j++)
        assert_near(breaks.limit[j], expected[j], 1e-12);
    for (int j = 0; j < 5; j++)
        assert_near(breaks.weight[j], banks[j], 0);
    assert_int_equal(breaks.count[0], 2);

    /* The same banks one by one, unweighted. */
    double *one = malloc(13435 * sizeof *one);
    assert_non_null(one);
    int64_t n = 0;
    for (int b = 0; b < 20; b++)
        for (int i = 0; i < cochran[b]; i++)
            one[n++] = b == 0 && i == 0 ? 0 : 5 * (b + 1);
    assert_int_equal(n, 13435);
    options.weighted = false;
    mirti_breaks same = breaks_of(options, one, NULL, n);
    for (int j = 0; j <= 5; j++)
        assert_near(same.limit[j], expected[j], 1e-12);
    assert_near(same.gvf, breaks.gvf, 1e-12);
    free(one);
}

static void test_equally_close_bins(void **state) {
    (void)state;
    /* √f = 5, 2, 5 in three bins: half of it, 6, is as far from 5 as from 7. The second bin has the
     * lower frequency. With √f = 4, 4, 4 both have the same, and the lower bin is taken. */
    mirti_class_options options = {
        .method = MIRTI_CLASS_DALENIUS_HODGES, .levels = 2, .bins = 3, .weighted = true};
    const double value[] = {0, 1, 2, 3};
    const double uneven[] = {0, 25, 4, 25}, even[] = {0, 16, 16, 16};
    assert_near(breaks_of(options, value, uneven, 4).limit[1], 2, 0);
    assert_near(breaks_of(options, value, even, 4).limit[1], 1, 0);
}

static void test_no_class_is_empty(void **state) {
    (void)state;
    /* Half of all in one bin: two targets fall on it, the classes do not. */
    double value[60];
    for (int i = 0; i < 60; i++)
        value[i] = i < 50 ? 0.001 * i : 1 + i;
    mirti_class_options options = {.method = MIRTI_CLASS_DALENIUS_HODGES, .levels = 5, .bins = 10};
    mirti_breaks breaks = breaks_of(options, value, NULL, 60);
    assert_int_equal(breaks.levels, 3); /* only three bins are occupied */
    for (int j = 0; j < breaks.levels; j++)
        assert_true(breaks.count[j] > 0);
}

/* ------------------------------------------------------------------------ the simple methods -- */

static void test_quantiles(void **state) {
    (void)state;
    const double value[] = {9, 1, 4, NAN, 7, 3, 8};
    mirti_class_options options = {.method = MIRTI_CLASS_QUANTILE, .levels = 3};
    mirti_breaks breaks = breaks_of(options, value, NULL, 7);
    /* sorted 1 3 4 7 8 9; ranks 5/3 and 10/3: 3 + 2/3 and 7 + 1/3 */
    assert_near(breaks.limit[1], 3 + 2.0 / 3, 1e-15);
    assert_near(breaks.limit[2], 7 + 1.0 / 3, 1e-15);
    assert_int_equal(breaks.count[0] * 100 + breaks.count[1] * 10 + breaks.count[2], 222);

    /* Weights are children: the longer list 1 1 1 1 1 2 3 3, ranks 7/2. */
    const double few[] = {3, 1, 2}, weight[] = {2, 5, 1};
    options.levels = 2;
    options.weighted = true;
    breaks = breaks_of(options, few, weight, 3);
    assert_near(breaks.limit[1], 1, 0);
    assert_near(breaks.weight[0], 5, 0);
}

static void test_quantiles_of_ties(void **state) {
    (void)state;
    const double value[] = {0, 0, 0, 0, 0, 0, 0, 1, 2, 0};
    mirti_class_options options = {.method = MIRTI_CLASS_QUANTILE, .levels = 4};
    mirti_breaks breaks = breaks_of(options, value, NULL, 10);
    assert_int_equal(breaks.levels, 2); /* equal values never part: quartiles 0, 0, 0.0 + ... */
    assert_int_equal(breaks.count[0], 8);
    assert_int_equal(breaks.count[1], 2);
}

static void test_equal_and_deviation(void **state) {
    (void)state;
    const double value[] = {0, 1, 2, 3, 10};
    mirti_class_options options = {.method = MIRTI_CLASS_EQUAL, .levels = 4};
    mirti_breaks breaks = breaks_of(options, value, NULL, 5);
    assert_near(breaks.limit[1], 2.5, 0);
    assert_near(breaks.limit[3], 7.5, 0);
    assert_int_equal(breaks.count[1], 1);
    assert_int_equal(breaks.count[2], 0); /* an equal interval may be empty: it stays */

    options = (mirti_class_options){.method = MIRTI_CLASS_STD_DEV, .levels = 3};
    breaks = breaks_of(options, value, NULL, 5);
    double deviation = sqrt((3.2 * 3.2 + 2.2 * 2.2 + 1.2 * 1.2 + 0.2 * 0.2 + 6.8 * 6.8) / 4);
    assert_near(breaks.limit[1], 3.2 - deviation / 2, 1e-14);
    assert_near(breaks.limit[2], 3.2 + deviation / 2, 1e-14);
    /* A break below all values: the class is empty, the limits still ascend. */
    options.levels = 9;
    breaks = breaks_of(options, value, NULL, 5);
    assert_int_equal(breaks.levels, 5); /* never more than there are values */
    const double lopsided[] = {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 100};
    breaks = breaks_of(options, lopsided, NULL, 10);
    assert_int_equal(breaks.count[0], 0);
    for (int j = 0; j < breaks.levels; j++)
        assert_true(breaks.limit[j] <= breaks.limit[j + 1]);
}

static void test_fixed(void **state) {
    (void)state;
    double at[] = {0.05, 0.1};
    const double value[] = {0.05, 0.051, 0.1, 0.2, 0.01};
    mirti_class_options options = {.method = MIRTI_CLASS_FIXED, .levels = 3, .breaks = at};
    mirti_breaks breaks = breaks_of(options, value, NULL, 5);
    assert_int_equal(breaks.count[0] * 100 + breaks.count[1] * 10 + breaks.count[2], 221);
    assert_int_equal(mirti_breaks_class(&breaks, 0.05), 0); /* closed on the right */
    assert_int_equal(mirti_breaks_class(&breaks, -3), 0);
    assert_int_equal(mirti_breaks_class(&breaks, 3), 2);
    assert_int_equal(mirti_breaks_class(&breaks, NAN), -1);
    /* All above: the lower classes are empty but there. */
    const double high[] = {0.5, 0.6};
    breaks = breaks_of(options, high, NULL, 2);
    assert_int_equal(breaks.levels, 3);
    assert_int_equal(breaks.count[2], 2);
    assert_int_equal(mirti_breaks_class(&breaks, 0.5), 2);
    at[1] = 0.05;
    mirti_error err = {0};
    assert_int_equal(mirti_breaks_find(&options, value, NULL, 5, &breaks, &err), MIRTI_ERROR_USAGE);
}

/* ---------------------------------------------------------------------- what holds for all -- */

static const mirti_class_method methods[] = {MIRTI_CLASS_DALENIUS_HODGES, MIRTI_CLASS_FISHER_JENKS,
                                             MIRTI_CLASS_QUANTILE, MIRTI_CLASS_EQUAL,
                                             MIRTI_CLASS_STD_DEV};

static void test_order_does_not_matter(void **state) {
    (void)state;
    enum { N = 500 };
    double value[N], weight[N], turned[N], turned_weight[N];
    mirti_rng rng = mirti_rng_at(5, 1, 0);
    for (int i = 0; i < N; i++) {
        value[i] = mirti_rng_below(&rng, 90) / 90.0;
        weight[i] = mirti_rng_uniform(&rng);
        turned[N - 1 - i] = value[i];
        turned_weight[N - 1 - i] = weight[i];
    }
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
        mirti_class_options options = {.method = methods[m], .levels = 4};
        mirti_breaks there = breaks_of(options, value, weight, N);
        mirti_breaks back = breaks_of(options, turned, turned_weight, N);
        for (int j = 0; j <= there.levels; j++)
            assert_true(there.limit[j] == back.limit[j]); /* to the last bit */
        assert_true(there.gvf == back.gvf);
        int64_t total = 0;
        for (int j = 0; j < there.levels; j++)
            total += there.count[j];
        assert_int_equal(total, N);
    }
}

static void test_little_to_class(void **state) {
    (void)state;
    const double same[] = {0.3, 0.3, NAN, 0.3}, two[] = {1, 2, 1, 2};
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
        mirti_class_options options = {.method = methods[m], .levels = 3};
        mirti_breaks breaks = breaks_of(options, same, NULL, 4);
        assert_int_equal(breaks.levels, 1);
        assert_int_equal(breaks.count[0], 3);
        assert_true(breaks.gvf == 1 && breaks.limit[0] == 0.3 && breaks.limit[1] == 0.3);
        breaks = breaks_of(options, two, NULL, 4);
        assert_int_equal(breaks.levels, 2);
        assert_int_equal(breaks.count[0], 2);
    }
}

static void test_dirt_is_refused(void **state) {
    (void)state;
    mirti_breaks breaks;
    mirti_error err = {0};
    mirti_class_options options = {.method = MIRTI_CLASS_FISHER_JENKS, .levels = 3};
    const double value[] = {1, 2, INFINITY}, fine[] = {1, 2, 3};
    const double minus[] = {1, -1, 1}, none[] = {0, 0, 0}, lost[] = {1, NAN, 1};
    const double nothing[] = {NAN, NAN};
    assert_int_equal(mirti_breaks_find(&options, value, NULL, 3, &breaks, &err), MIRTI_ERROR_USAGE);
    assert_int_equal(mirti_breaks_find(&options, fine, minus, 3, &breaks, &err), MIRTI_ERROR_USAGE);
    assert_int_equal(mirti_breaks_find(&options, fine, lost, 3, &breaks, &err), MIRTI_ERROR_USAGE);
    assert_int_equal(mirti_breaks_find(&options, fine, none, 3, &breaks, &err), MIRTI_ERROR_USAGE);
    assert_int_equal(mirti_breaks_find(&options, nothing, NULL, 2, &breaks, &err),
                     MIRTI_ERROR_USAGE);
    assert_int_equal(mirti_breaks_find(&options, nothing, NULL, 0, &breaks, &err),
                     MIRTI_ERROR_USAGE);
    options.levels = 10;
    assert_int_equal(mirti_breaks_find(&options, fine, NULL, 3, &breaks, &err), MIRTI_ERROR_USAGE);
}

static mirti_status class_some(mirti_error *err) {
    const double value[] = {3, 1, 4, 1, 5, 9, 2, 6};
    mirti_breaks breaks;
    mirti_class_options options = {.method = MIRTI_CLASS_FISHER_JENKS, .levels = 3};
    MIRTI_TRY(mirti_breaks_find(&options, value, NULL, 8, &breaks, err));
    options.method = MIRTI_CLASS_DALENIUS_HODGES;
    return mirti_breaks_find(&options, value, NULL, 8, &breaks, err);
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_without_memory(class_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_natural_breaks_are_the_optimum),
        cmocka_unit_test(test_a_far_value_does_not_blind),
        cmocka_unit_test(test_equally_good_partitions),
        cmocka_unit_test(test_many_values),
        cmocka_unit_test(test_the_textbook),
        cmocka_unit_test(test_equally_close_bins),
        cmocka_unit_test(test_no_class_is_empty),
        cmocka_unit_test(test_quantiles),
        cmocka_unit_test(test_quantiles_of_ties),
        cmocka_unit_test(test_equal_and_deviation),
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_little_to_class),
        cmocka_unit_test(test_dirt_is_refused),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
