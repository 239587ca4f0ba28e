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

/* Equal sampling variances ψ, and two columns that have nothing to do with each other. */
typedef struct balanced {
    double psi[AREAS], z[AREAS * 2], mean, contrast, square; /* square: S, about the regression */
} balanced;

static balanced make_balanced(double psi) {
    balanced made = {0};
    for (int a = 0; a < AREAS; a++) {
        made.psi[a] = psi;
        made.z[2 * a] = 1;
        made.z[2 * a + 1] = a % 2 ? 1 : -1;
        made.mean += direct[a] / AREAS;
        made.contrast += made.z[2 * a + 1] * direct[a] / AREAS;
    }
    for (int a = 0; a < AREAS; a++) {
        double rest = direct[a] - made.mean - made.z[2 * a + 1] * made.contrast;
        made.square += rest * rest;
    }
    return made;
}

static double regression(const balanced *made, int a) {
    return made->mean + made->z[2 * a + 1] * made->contrast;
}

static mirti_fay_herriot *fit_balanced(const balanced *made) {
    mirti_fay_herriot *fit;
    assert_int_equal(mirti_fay_herriot_fit(AREAS, direct, made->psi, made->z, 2, names,
                                           MIRTI_SCALE_IDENTITY, 0.95, &fit, NULL),
                     MIRTI_OK);
    return fit;
}

/* A is what the estimates vary beyond ψ. */
static void test_equal_variances(void **state) {
    (void)state;
    balanced made = make_balanced(0.5);
    mirti_fay_herriot *fit = fit_balanced(&made);
    double variance = made.square / (AREAS - 2);
    assert_close(fit->variance, variance - 0.5, 1e-10);
    assert_close(fit->beta[0], made.mean, 1e-14);
    assert_close(fit->beta[1], made.contrast, 1e-14);
    double share = fit->variance / variance, rest = 1 - share;
    for (int a = 0; a < AREAS; a++) {
        double expected = regression(&made, a);
        assert_close(fit->eblup[a], expected + share * (direct[a] - expected), 1e-13);
        assert_close(fit->mse[a],
                     share * 0.5 + rest * rest * 2 * variance / AREAS +
                         2 * (0.25 / pow(variance, 3)) * 2 * variance * variance / AREAS,
                     1e-12);
    }
    mirti_fay_herriot_free(fit);
}

static void test_no_more_than_chance(void **state) {
    (void)state;
    balanced made = make_balanced(50);
    mirti_fay_herriot *fit = fit_balanced(&made);
    assert_true(fit->boundary && fit->variance == 0);
    for (int a = 0; a < AREAS; a++) {
        assert_true(fit->shrinkage[a] == 0);
        assert_close(fit->eblup[a], regression(&made, a), 1e-13);
        assert_true(fit->mse[a] > 0);
    }
    mirti_fay_herriot_free(fit);
}

/* The incomplete gamma function P(n, x) of a whole n: e^−x Σ xⁱ/i! from i = n. */
static double incomplete_gamma(int n, double x) {
    double term = exp(-x), sum = 0;
    for (int i = 1; i < n + 500; i++) {
        term *= x / i;
        if (i >= n) sum += term;
    }
    return sum;
}

/* How much of the predictive distribution lies below t, by brute force: V = A + ψ = S/2x with x of
 * the density below. */
static double below(const balanced *made, int a, double t) {
    enum { STEPS = 20000 };
    double psi = made->psi[a], top = made->square / (2 * psi), all = 0, sum = 0;
    double expected = regression(made, a);
    for (int k = 0; k < STEPS; k++) {
        double x = top * (k + 0.5) / STEPS, v = made->square / (2 * x), rest = psi / v;
        double density = pow(x, (AREAS - 2) / 2.0 - 2) * exp(-x);
        double centre = direct[a] - rest * (direct[a] - expected);
        double variance = (1 - rest) * psi + rest * rest * 2 * v / AREAS;
        all += density;
        sum += density * 0.5 * erfc((centre - t) / sqrt(2 * variance));
    }
    return sum / all;
}

/* With ψ equal and A's prior flat, x = S/2(A + ψ) has the density x^(ν−1) e^−x, ν = (m − p)/2 − 1,
 * up to S/2ψ, from which the moments of 1 − γ = ψ/(A + ψ) = 2ψx/S follow (Morris 1983). */
static void test_variance_is_not_known(void **state) {
    (void)state;
    enum { NU = (AREAS - 2) / 2 - 1 };
    for (double psi = 0.05; psi < 100; psi *= 10) {
        balanced made = make_balanced(psi);
        mirti_fay_herriot *fit = fit_balanced(&made);
        double top = made.square / (2 * psi), all = incomplete_gamma(NU, top);
        double one = NU * incomplete_gamma(NU + 1, top) / all / top; /* E (1 − γ) */
        double two = NU * (NU + 1) * incomplete_gamma(NU + 2, top) / all / (top * top);
        for (int a = 0; a < AREAS; a++) {
            double expected = regression(&made, a), off = direct[a] - expected;
            assert_close(fit->weight[a], 1 - one, 1e-9);
            assert_close(fit->value[a], expected + (1 - one) * off, 1e-9);
            assert_close(fit->sd[a] * fit->sd[a],
                         psi - psi * one + psi * one * 2 / AREAS + off * off * (two - one * one),
                         1e-9);
            assert_close(fit->se[a], fit->sd[a], 1e-15);
            if (a > 1) continue;
            assert_close(below(&made, a, fit->lo[a]), 0.025, 1e-7);
            assert_close(below(&made, a, fit->hi[a]), 0.975, 1e-7);
        }
        mirti_fay_herriot_free(fit);
    }
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
        cmocka_unit_test(test_variance_is_not_known),
        cmocka_unit_test(test_proportions_stay_proportions),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
