/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The area-level model where its answer has a closed form, and what it refuses. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/fit.h"

enum { AREAS = 12 };

static char name_constant[] = "(constant)", name_poverty[] = "poverty";
static char *names[] = {name_constant, name_poverty};
static const double direct[AREAS] = {3.1, 4.7, 2.2, 5.9, 4.4, 3.8, 6.1, 2.9, 4.0, 5.2, 3.3, 4.9};

static void assert_close(double value, double expected, double relative) {
    if (!(fabs(value - expected) <= relative * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", value, expected);
}

/* Equal sampling variances, a constant only: A is what the estimates vary beyond ψ. */
static void test_equal_variances(void **state) {
    (void)state;
    double psi[AREAS], z[AREAS], mean = 0, square = 0;
    for (int a = 0; a < AREAS; a++) {
        psi[a] = 0.5;
        z[a] = 1;
        mean += direct[a] / AREAS;
    }
    for (int a = 0; a < AREAS; a++)
        square += (direct[a] - mean) * (direct[a] - mean);
    double variance = square / (AREAS - 1);
    mirti_fay_herriot *fit;
    assert_int_equal(mirti_fay_herriot_fit(AREAS, direct, psi, z, 1, names, MIRTI_SCALE_IDENTITY,
                                           0.95, &fit, NULL),
                     MIRTI_OK);
    assert_close(fit->variance, variance - 0.5, 1e-10);
    assert_close(fit->beta[0], mean, 1e-14);
    double share = fit->variance / variance, rest = 1 - share;
    for (int a = 0; a < AREAS; a++) {
        assert_close(fit->value[a], mean + share * (direct[a] - mean), 1e-13);
        assert_close(fit->mse[a],
                     share * 0.5 + rest * rest * variance / AREAS +
                         2 * (0.25 / pow(variance, 3)) * 2 * variance * variance / AREAS,
                     1e-12);
    }
    mirti_fay_herriot_free(fit);
}

static void test_no_more_than_chance(void **state) {
    (void)state;
    double psi[AREAS], z[AREAS];
    for (int a = 0; a < AREAS; a++) {
        psi[a] = 50;
        z[a] = 1;
    }
    mirti_fay_herriot *fit;
    assert_int_equal(mirti_fay_herriot_fit(AREAS, direct, psi, z, 1, names, MIRTI_SCALE_IDENTITY,
                                           0.95, &fit, NULL),
                     MIRTI_OK);
    assert_true(fit->boundary && fit->variance == 0);
    for (int a = 0; a < AREAS; a++) {
        assert_true(fit->shrinkage[a] == 0);
        assert_close(fit->value[a], fit->beta[0], 1e-14);
        assert_true(fit->mse[a] > 0);
    }
    mirti_fay_herriot_free(fit);
}

static void test_proportions_stay_proportions(void **state) {
    (void)state;
    double p[AREAS], v[AREAS], z[AREAS * 2];
    for (int a = 0; a < AREAS; a++) {
        p[a] = a == 4 ? 0 : a == 7 ? NAN : direct[a] / 40;
        v[a] = p[a] * (1 - p[a]) / 60;
        z[2 * a] = 1;
        z[2 * a + 1] = a % 5;
    }
    for (int scale = MIRTI_SCALE_LOGIT; scale <= MIRTI_SCALE_ARCSINE; scale++) {
        mirti_fay_herriot *fit;
        assert_int_equal(mirti_fay_herriot_fit(AREAS, p, v, z, 2, names, (mirti_area_scale)scale,
                                               0.95, &fit, NULL),
                         MIRTI_OK);
        assert_int_equal(fit->used, AREAS - 2);
        assert_int_equal(fit->unusable, 1); /* the zero, which has no variance */
        for (int a = 0; a < AREAS; a++) {
            assert_true(fit->lo[a] >= 0 && fit->lo[a] < fit->value[a]);
            assert_true(fit->value[a] < fit->hi[a] && fit->hi[a] < 1);
            if (a == 4 || a == 7) assert_true(fit->shrinkage[a] == 0);
        }
        mirti_fay_herriot_free(fit);
    }
}

static mirti_status refuse(const double *v, const double *z, int p, mirti_error *err) {
    mirti_fay_herriot *fit;
    mirti_status status =
        mirti_fay_herriot_fit(AREAS, direct, v, z, p, names, MIRTI_SCALE_IDENTITY, 0.95, &fit, err);
    mirti_fay_herriot_free(fit);
    return status;
}

static void test_what_is_refused(void **state) {
    (void)state;
    double v[AREAS], z[AREAS * 2];
    for (int a = 0; a < AREAS; a++) {
        v[a] = a < 3 ? 1 : 0;
        z[2 * a] = 1;
        z[2 * a + 1] = a;
    }
    mirti_error err = {0};
    assert_int_equal(refuse(v, z, 2, &err), MIRTI_ERROR_MODEL);
    assert_non_null(strstr(err.message, "3 areas have a usable direct estimate"));
    for (int a = 0; a < AREAS; a++) {
        v[a] = 1;
        z[2 * a + 1] = -2;
    }
    assert_int_equal(refuse(v, z, 2, &err), MIRTI_ERROR_MODEL);
    assert_non_null(strstr(err.message, "column poverty is a combination"));
    z[2 * 5 + 1] = NAN;
    assert_int_equal(refuse(v, z, 2, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "area 6"));
    assert_int_equal(refuse(v, z, 0, &err), MIRTI_ERROR_USAGE);
}

static mirti_status fit_some(mirti_error *err) {
    double v[AREAS], z[AREAS];
    for (int a = 0; a < AREAS; a++)
        v[a] = z[a] = 1;
    return refuse(v, z, 1, err);
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(fit_some) > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_variances),
        cmocka_unit_test(test_no_more_than_chance),
        cmocka_unit_test(test_proportions_stay_proportions),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
