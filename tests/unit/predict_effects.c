/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects of areas: empirical best where the area has a sample, the spread of areas elsewhere,
 * against sums over points by hand and integrals by fine trapezoids. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "predict_model.h"

enum { POINTS = 3 };
static char first[] = "001", parent[] = "09", last[] = "999";
static char *const codes[] = {first, parent, last};
static const double point[] = {-.2, .1, .5, -.6, -.5, -.3, 0, 1, 2};
static const double probability[] = {.2, .5, .3, .1, .6, .3, .3, .3, .4};
static const mirti_area_effects effects = {.7, 3, codes, POINTS, point, probability};

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g is not %.17g", value, expected);
}

typedef struct setting {
    small_model m;
    small_areas a;
    mirti_results *r;
} setting;

static mirti_status make(setting *s, const mirti_area_effects *with, mirti_error *err) {
    memset(s, 0, sizeof *s);
    small_areas_make(&s->a);
    static char *parents[AREAS] = {NULL, NULL, parent, NULL};
    s->a.areas.parent_code = parents;
    MIRTI_TRY(small_model_make(&s->m, err));
    const mirti_predict_options options = {
        .confidence = .95, .dispersion = true, .threads = 1, .effects = with};
    return mirti_predict_areas(&s->m.model, &s->a.areas, &options, &s->r, err);
}

static void forget(setting *s) {
    mirti_results_free(s->r);
    small_model_forget(&s->m);
}

/* Risks and gradients when all areas have the same known effect: a shifted intercept. */
static void shifted(double u, double risk[3], double gradient[3][P]) {
    setting s;
    assert_int_equal(make(&s, NULL, NULL), MIRTI_OK);
    mirti_results_free(s.r);
    s.m.beta[0] += u;
    const mirti_predict_options options = {.confidence = .95, .dispersion = true, .threads = 1};
    assert_int_equal(mirti_predict_areas(&s.m.model, &s.a.areas, &options, &s.r, NULL), MIRTI_OK);
    memcpy(risk, s.r->risk, 3 * sizeof *risk);
    memcpy(gradient, s.r->gradient, 3 * P * sizeof(double));
    forget(&s);
}

static void test_areas_of_the_sample(void **state) {
    (void)state;
    setting s;
    assert_int_equal(make(&s, &effects, NULL), MIRTI_OK);
    double risk[3], gradient[3][P], mean[3] = {0}, square[3] = {0}, slope[3][P] = {{0}};
    for (int q = 0; q < POINTS; q++)
        for (int i = 0; i < 3; i += 2) { /* 001 by its code, 003 by its parent 09 */
            int at = (i == 0 ? 0 : POINTS) + q;
            shifted(point[at], risk, gradient);
            mean[i] += probability[at] * risk[i];
            square[i] += probability[at] * risk[i] * risk[i];
            for (int j = 0; j < P; j++)
                slope[i][j] += probability[at] * gradient[i][j];
        }
    for (int i = 0; i < 3; i += 2) {
        assert_near(s.r->risk[i], mean[i], 1e-14);
        assert_near(s.r->own_se[i], sqrt(square[i] - mean[i] * mean[i]), 1e-9);
        double variance = s.r->own_se[i] * s.r->own_se[i];
        for (int j = 0; j < P; j++) {
            assert_near(s.r->gradient[i * P + j], slope[i][j], 1e-14);
            for (int l = 0; l < P; l++)
                variance += slope[i][j] * s.m.covariance[j * P + l] * slope[i][l];
        }
        assert_near(s.r->risk_se[i], sqrt(variance), 1e-13);
        assert_int_equal(s.r->method[i], MIRTI_METHOD_EB);
    }
    forget(&s);
}

static void test_areas_outside_the_sample(void **state) {
    (void)state;
    setting s;
    assert_int_equal(make(&s, &effects, NULL), MIRTI_OK);
    double mean = 0, square = 0, step = .02, gradient[3][P], risk[3];
    for (double z = -8; z <= 8; z += step) {
        double weight = step * exp(-z * z / 2) / sqrt(2 * acos(-1));
        shifted(.7 * z, risk, gradient);
        mean += weight * risk[1];
        square += weight * risk[1] * risk[1];
    }
    assert_near(s.r->risk[1], mean, 1e-8); /* fifteen points */
    assert_near(s.r->own_se[1], sqrt(square - mean * mean), 1e-6);
    assert_int_equal(s.r->method[1], MIRTI_METHOD_SYNTHETIC);
    assert_true(isnan(s.r->risk[3]) && s.r->method[3] == MIRTI_METHOD_NONE);
    forget(&s);
}

static void test_no_spread_no_effects(void **state) {
    (void)state;
    setting s, plain;
    const mirti_area_effects none = {0, 3, codes, POINTS, point, probability};
    assert_int_equal(make(&s, &none, NULL), MIRTI_OK);
    assert_int_equal(make(&plain, NULL, NULL), MIRTI_OK);
    for (int i = 0; i < 3; i++) {
        assert_true(s.r->risk[i] == plain.r->risk[i] && s.r->risk_se[i] == plain.r->risk_se[i]);
        assert_int_equal(s.r->method[i], MIRTI_METHOD_AGGREGATE);
    }
    forget(&s);
    forget(&plain);
}

static void test_benchmark_keeps_them(void **state) {
    (void)state;
    setting s;
    assert_int_equal(make(&s, &effects, NULL), MIRTI_OK);
    const int32_t group_of[AREAS] = {0, 0, 0, -1};
    mirti_benchmark_group group[1] = {{.rate = .25}};
    const mirti_predict_options options = {
        .confidence = .95, .dispersion = true, .threads = 1, .effects = &effects};
    double before = s.r->risk[0] / s.r->risk[2];
    assert_int_equal(
        mirti_results_benchmark(s.r, &s.m.model, &s.a.areas, group_of, group, 1, &options, NULL),
        MIRTI_OK);
    assert_near((s.r->at_risk[0] + s.r->at_risk[1] + s.r->at_risk[2]) / 1967, .25, 1e-12);
    assert_true((s.r->risk[0] < s.r->risk[2]) == (before < 1)); /* in their order still */
    assert_true(s.r->own_se[0] > 0 && s.r->risk_se[0] >= s.r->own_se[0]);
    forget(&s);
}

static mirti_status predict_some(mirti_error *err) {
    setting s;
    mirti_status status = make(&s, &effects, err);
    forget(&s);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_without_memory(predict_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_areas_of_the_sample),
        cmocka_unit_test(test_areas_outside_the_sample),
        cmocka_unit_test(test_no_spread_no_effects),
        cmocka_unit_test(test_benchmark_keeps_them),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
