/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The random generator against the known answers of its authors (Random123, kat_vectors), and the
 * distributions against what they must be.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/internal.h"
#include "mirti/base.h"

static void test_known_answers(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], answer[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t block[4];
        for (int k = 0; k < 4; k++)
            block[k] = cases[i].counter[k];
        mirti_base_philox(block, cases[i].key[0], cases[i].key[1]);
        for (int k = 0; k < 4; k++)
            assert_int_equal(block[k], cases[i].answer[k]);
    }
}

/* Seed, purpose, stream and place each go where the file's comment says, and nowhere else. */
static void test_layout(void **state) {
    (void)state;
    mirti_rng rng =
        mirti_rng_at(UINT64_C(0x299f31d0a4093822), 0x85a308d3, UINT64_C(0x0370734413198a2e));
    rng.counter = 0x243f6a88;
    assert_int_equal(mirti_rng_u32(&rng), 0xd16cfe09);
    assert_int_equal(mirti_rng_u32(&rng), 0x94fdcceb);
    assert_true(mirti_rng_u64(&rng) == UINT64_C(0x24126ea15001e420));
    assert_int_equal(rng.counter, 0x243f6a89);
}

static void test_uniform(void **state) {
    (void)state;
    enum { DRAWS = 200000, BINS = 64 };
    mirti_rng rng = mirti_rng_at(1, 2, 3);
    int bin[BINS] = {0};
    for (int i = 0; i < DRAWS; i++) {
        double u = mirti_rng_uniform(&rng);
        assert_true(u > 0 && u < 1);
        bin[(int)(u * BINS)]++;
    }
    /* χ² with 63 degrees of freedom: beyond 120 once in 50,000 seeds; the seed is fixed */
    double chi2 = 0, expected = (double)DRAWS / BINS;
    for (int i = 0; i < BINS; i++)
        chi2 += (bin[i] - expected) * (bin[i] - expected) / expected;
    assert_true(chi2 > 25 && chi2 < 120);
}

static void test_below(void **state) {
    (void)state;
    mirti_rng rng = mirti_rng_at(9, 0, 0);
    assert_int_equal(mirti_rng_below(&rng, 1), 0);
    int count[7] = {0};
    for (int i = 0; i < 70000; i++) {
        uint32_t k = mirti_rng_below(&rng, 7);
        assert_true(k < 7);
        count[k]++;
    }
    for (int i = 0; i < 7; i++) /* 10,000 ± 5 standard deviations of 93 */
        assert_true(count[i] > 9535 && count[i] < 10465);
    /* With n = 3·2³⁰ plain multiplication would give every third value twice as often. */
    int64_t low = 0;
    for (int i = 0; i < 60000; i++)
        low += mirti_rng_below(&rng, UINT32_C(3) << 30) % 3 == 0;
    assert_true(low > 19400 && low < 20600); /* 20,000 ± 5 standard deviations of 115 */
}

static void test_normal(void **state) {
    (void)state;
    enum { DRAWS = 400000 };
    mirti_rng rng = mirti_rng_at(2024, 5, 6);
    double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
    int beyond = 0;
    for (int i = 0; i < DRAWS; i++) {
        double z = mirti_rng_normal(&rng);
        assert_true(isfinite(z));
        m1 += z;
        m2 += z * z;
        m3 += z * z * z;
        m4 += z * z * z * z;
        beyond += fabs(z) > 1.959963984540054;
    }
    /* five standard errors: sd of the moments is 1, √2, √15, √96 over √n */
    double se = 1 / sqrt(DRAWS);
    assert_true(fabs(m1 / DRAWS) < 5 * se);
    assert_true(fabs(m2 / DRAWS - 1) < 5 * sqrt(2) * se);
    assert_true(fabs(m3 / DRAWS) < 5 * sqrt(15) * se);
    assert_true(fabs(m4 / DRAWS - 3) < 5 * sqrt(96) * se);
    assert_true(fabs((double)beyond / DRAWS - 0.05) < 5 * sqrt(0.05 * 0.95) * se);
}

/* Different streams and purposes share no block; the same place gives the same draw. */
static void test_streams_are_apart(void **state) {
    (void)state;
    for (uint32_t k = 1; k < 64; k++) {
        mirti_rng a = mirti_rng_at(1, 0, 0);
        mirti_rng b = mirti_rng_at(1, k, 0), c = mirti_rng_at(1, 0, k),
                  d = mirti_rng_at(1 + k, 0, 0);
        uint64_t first = mirti_rng_u64(&a);
        assert_true(first != mirti_rng_u64(&b));
        assert_true(first != mirti_rng_u64(&c));
        assert_true(first != mirti_rng_u64(&d));
        mirti_rng again = mirti_rng_at(1, 0, 0);
        assert_true(first == mirti_rng_u64(&again));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers), cmocka_unit_test(test_layout),
        cmocka_unit_test(test_uniform),       cmocka_unit_test(test_below),
        cmocka_unit_test(test_normal),        cmocka_unit_test(test_streams_are_apart),
    };
    return cmocka_run_group_tests_name("base: random", tests, NULL, NULL);
}
