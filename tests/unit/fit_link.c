/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links by their definitions in libm, derivatives by difference quotients, and there and back. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mirti/fit.h"

static const mirti_link all[] = {MIRTI_LINK_LOGIT, MIRTI_LINK_PROBIT, MIRTI_LINK_CLOGLOG};

static double by_libm(mirti_link link, double eta) {
    if (link == MIRTI_LINK_PROBIT) return 0.5 * erfc(-eta / sqrt(2));
    if (link == MIRTI_LINK_CLOGLOG) return -expm1(-exp(eta));
    return eta < 0 ? exp(eta) / (1 + exp(eta)) : 1 / (1 + exp(-eta));
}

static void assert_relative(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance * fabs(expected)))
        fail_msg("%.17g is not %.17g", value, expected);
}

static void test_probabilities(void **state) {
    (void)state;
    for (size_t l = 0; l < sizeof all / sizeof *all; l++)
        for (double eta = -30; eta <= 30; eta += 0.0371) {
            double p = by_libm(all[l], eta);
            /* exp(−η²/2) of a probit loses an ulp for every unit of η²/2: 450 at 30 */
            double tolerance = all[l] == MIRTI_LINK_PROBIT && eta < -8 ? 4e-13 : 5e-14;
            assert_relative(mirti_link_inverse(all[l], eta), p, tolerance);
            assert_true(mirti_link_inverse(all[l], eta) == mirti_link_at(all[l], eta).prob);
        }
}

/* A central difference errs by step² f‴/6, some 1e-9, and by rounding / step, some 1e-11. */
static void test_derivatives(void **state) {
    (void)state;
    const double step = 1e-5;
    for (size_t l = 0; l < sizeof all / sizeof *all; l++)
        for (double eta = -6; eta <= 6; eta += 0.0371) {
            mirti_link_value at = mirti_link_at(all[l], eta);
            mirti_link_value up = mirti_link_at(all[l], eta + step);
            mirti_link_value down = mirti_link_at(all[l], eta - step);
            assert_true(fabs(at.slope - (up.prob - down.prob) / (2 * step)) < 1e-9);
            assert_true(fabs(at.curve - (up.slope - down.slope) / (2 * step)) < 1e-9);
        }
}

static void test_there_and_back(void **state) {
    (void)state;
    for (size_t l = 0; l < sizeof all / sizeof *all; l++) {
        for (double p = 1e-12; p < 1; p = p < 0.01 ? p * 3 : p + 0.01)
            assert_relative(mirti_link_inverse(all[l], mirti_link_of(all[l], p)), p, 1e-11);
        assert_true(isinf(mirti_link_of(all[l], 0)) && mirti_link_of(all[l], 0) < 0);
        assert_true(isinf(mirti_link_of(all[l], 1)) && mirti_link_of(all[l], 1) > 0);
    }
}

static void test_far_out(void **state) {
    (void)state;
    for (size_t l = 0; l < sizeof all / sizeof *all; l++)
        for (int side = -1; side <= 1; side += 2) {
            mirti_link_value at = mirti_link_at(all[l], side * 800.0);
            assert_true(at.prob == (side > 0));
            assert_true(at.slope == 0 && at.curve == 0);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probabilities),
        cmocka_unit_test(test_derivatives),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_far_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
