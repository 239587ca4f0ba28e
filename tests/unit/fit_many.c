/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Elementary functions of many numbers at once, against the C library's and against themselves one
 * at a time. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fit/many.h"

enum { COUNT = 4001 };

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g is not %.17g", value, expected);
}

static void test_exp(void **state) {
    (void)state;
    static double x[COUNT], out[COUNT];
    for (int i = 0; i < COUNT; i++)
        x[i] = (i - COUNT / 2) * .35;
    mirti_fit_exp(x, COUNT, out);
    for (int i = 0; i < COUNT; i++) {
        double one, expected = exp(x[i]);
        assert_near(out[i], expected, 1e-14 * expected);
        mirti_fit_exp(x + i, 1, &one);
        assert_true(one == out[i]);
    }
    assert_true(out[COUNT / 2] == 1);
}

static void test_log(void **state) {
    (void)state;
    static double x[COUNT], out[COUNT];
    for (int i = 0; i < COUNT; i++)
        x[i] = i < 2000 ? 1 + i * .001 : exp((i - 2000) * .35);
    mirti_fit_log(x, COUNT, out);
    for (int i = 0; i < COUNT; i++) {
        double one, expected = log(x[i]);
        assert_near(out[i], expected, 1e-15 * fmax(1, expected));
        mirti_fit_log(x + i, 1, &one);
        assert_true(one == out[i]);
    }
    assert_true(out[0] == 0);
}

static void test_dot(void **state) {
    (void)state;
    double a[11], b[11];
    for (int i = 0; i < 11; i++) {
        a[i] = i + 1;
        b[i] = 2 * i - 3;
    }
    double expected = 0; /* whole numbers: exact in any order */
    for (size_t n = 0; n <= 11; n++) {
        assert_true(mirti_fit_dot(a, b, n) == expected);
        if (n < 11) expected += a[n] * b[n];
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exp),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_dot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
