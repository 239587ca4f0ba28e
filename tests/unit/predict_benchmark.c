/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Benchmarking: the total is met, probabilities stay such, and errors follow β and the target, by
 * difference quotients through the whole of it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "predict_model.h"

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g is not %.17g", value, expected);
}

static const mirti_predict_options options = {.confidence = .95, .dispersion = true, .threads = 1};
/* Areas 1 and 3 are one state, 2 another; the suppressed one belongs to the first too. */
static const int32_t state_of[AREAS] = {0, 1, 0, 0};

typedef struct setting {
    small_model m;
    small_areas a;
    mirti_results *r;
} setting;

static mirti_status make_with(setting *s, mirti_link link, mirti_error *err) {
    memset(s, 0, sizeof *s);
    small_areas_make(&s->a);
    MIRTI_TRY(small_model_make(&s->m, err));
    s->m.logit.link = link;
    return mirti_predict_areas(&s->m.model, &s->a.areas, &options, &s->r, err);
}

static mirti_status make(setting *s, mirti_error *err) {
    return make_with(s, MIRTI_LINK_LOGIT, err);
}

static void forget(setting *s) {
    mirti_results_free(s->r);
    small_model_forget(&s->m);
}

static void benchmark(setting *s, mirti_benchmark_group *group, int32_t groups) {
    mirti_error err = {0};
    if (mirti_results_benchmark(s->r, &s->m.model, &s->a.areas, state_of, group, groups, &options,
                                &err) != MIRTI_OK)
        fail_msg("%s", err.message);
}

static void totals_are_met(mirti_link link) {
    static const double rates[] = {1e-6, .01, .2, .5, .9, .999};
    for (size_t k = 0; k < sizeof rates / sizeof *rates; k++) {
        setting s;
        assert_int_equal(make_with(&s, link, NULL), MIRTI_OK);
        double old = s.r->risk[1];
        mirti_benchmark_group group[2] = {{.code = "01", .rate = rates[k]}, {.rate = NAN}};
        double before = (s.r->at_risk[0] + s.r->at_risk[2]) / 167;
        benchmark(&s, group, 2);
        assert_near((s.r->at_risk[0] + s.r->at_risk[2]) / 167 / rates[k], 1, 1e-12);
        assert_true(s.r->risk[0] > 0 && s.r->risk[0] < 1 && s.r->risk[2] > 0 && s.r->risk[2] < 1);
        assert_int_equal(group[0].areas, 2);
        assert_near(group[0].children, 167, 0);
        assert_near(group[0].before, before, 1e-15);
        assert_true((group[0].shift > 0) == (rates[k] > before));
        assert_true(s.r->risk[1] == old); /* no rate, no change */
        assert_true(group[1].shift == 0 && isnan(s.r->risk[3]));
        forget(&s);
    }
}

static void test_totals_are_met(void **state) {
    (void)state;
    totals_are_met(MIRTI_LINK_LOGIT);
    totals_are_met(MIRTI_LINK_PROBIT);
    totals_are_met(MIRTI_LINK_CLOGLOG);
}

static void test_its_own_rate_changes_nothing(void **state) {
    (void)state;
    setting s, plain;
    assert_int_equal(make(&s, NULL), MIRTI_OK);
    assert_int_equal(make(&plain, NULL), MIRTI_OK);
    mirti_benchmark_group group[2] = {{.rate = (s.r->at_risk[0] + s.r->at_risk[2]) / 167},
                                      {.rate = s.r->risk[1]}};
    benchmark(&s, group, 2);
    for (int i = 0; i < 3; i++)
        assert_near(s.r->risk[i], plain.r->risk[i], 1e-14);
    assert_near(group[0].shift, 0, 1e-13);
    /* A state that is one area, with a rate beyond doubt: nothing is left to err. */
    assert_near(s.r->risk_se[1], 0, 1e-9);
    assert_near(s.r->risk_lo[1], s.r->risk[1], 1e-8);
    forget(&s);
    forget(&plain);
}

/* Benchmarks anew after β_j or the rate was changed, and returns the risk of area i. */
static double risk_when(int j, double step, double rate_step, int i) {
    setting s;
    assert_int_equal(make(&s, NULL), MIRTI_OK);
    mirti_results_free(s.r);
    if (j >= 0) s.m.beta[j] += step;
    assert_int_equal(mirti_predict_areas(&s.m.model, &s.a.areas, &options, &s.r, NULL), MIRTI_OK);
    mirti_benchmark_group group[1] = {{.rate = .25 + rate_step}};
    benchmark(&s, group, 1);
    double risk = s.r->risk[i];
    forget(&s);
    return risk;
}

static void test_errors_by_difference_quotients(void **state) {
    (void)state;
    setting s;
    const double step = 1e-5;
    assert_int_equal(make(&s, NULL), MIRTI_OK);
    mirti_benchmark_group group[1] = {{.rate = .25, .rate_se = .02}};
    benchmark(&s, group, 1);
    for (int i = 0; i < 3; i += 2) {
        for (int j = 0; j < P; j++)
            assert_near(s.r->gradient[i * P + j],
                        (risk_when(j, step, 0, i) - risk_when(j, -step, 0, i)) / (2 * step), 1e-8);
        double by_rate = (risk_when(-1, 0, step, i) - risk_when(-1, 0, -step, i)) / (2 * step);
        assert_near(s.r->shared_se[MIRTI_SHARED_BENCHMARK][i], .02 * by_rate, 1e-9);
        assert_int_equal(s.r->shared[MIRTI_SHARED_BENCHMARK][i], 0);
        double variance =
            s.r->shared_se[MIRTI_SHARED_BENCHMARK][i] * s.r->shared_se[MIRTI_SHARED_BENCHMARK][i];
        for (int j = 0; j < P; j++)
            for (int l = 0; l < P; l++)
                variance +=
                    s.r->gradient[i * P + j] * s.m.covariance[j * P + l] * s.r->gradient[i * P + l];
        assert_near(s.r->risk_se[i], sqrt(variance), 1e-14);
    }
    assert_int_equal(s.r->shared[MIRTI_SHARED_BENCHMARK][1], -1);
    /* Together the state errs as its rate does: Σ N dp = N dt. */
    double together = (160 * s.r->shared_se[MIRTI_SHARED_BENCHMARK][0] +
                       7 * s.r->shared_se[MIRTI_SHARED_BENCHMARK][2]) /
                      167;
    assert_near(together, .02, 1e-12);
    forget(&s);
}

static void test_a_target_of_the_same_model(void **state) {
    (void)state;
    /* Localities to their municipality, whose risk follows β and a state's error: together they err
     * exactly as it does. */
    setting s;
    assert_int_equal(make(&s, NULL), MIRTI_OK);
    double gradient[P];
    for (int j = 0; j < P; j++)
        gradient[j] = .01 * (j + 1);
    mirti_benchmark_group group[1] = {
        {.rate = .3, .gradient = gradient, .shared = 5, .shared_se = .015}};
    benchmark(&s, group, 1);
    for (int j = 0; j < P; j++)
        assert_near((160 * s.r->gradient[j] + 7 * s.r->gradient[2 * P + j]) / 167, gradient[j],
                    1e-13);
    assert_int_equal(s.r->shared[MIRTI_SHARED_BENCHMARK][0], 5);
    assert_near((160 * s.r->shared_se[MIRTI_SHARED_BENCHMARK][0] +
                 7 * s.r->shared_se[MIRTI_SHARED_BENCHMARK][2]) /
                    167,
                .015, 1e-13);
    forget(&s);
}

static void test_rates_that_cannot_be(void **state) {
    (void)state;
    setting s;
    mirti_error err = {0};
    assert_int_equal(make(&s, NULL), MIRTI_OK);
    static const double rates[] = {0, 1, -.1, 1.5};
    for (size_t k = 0; k < 4; k++) {
        mirti_benchmark_group group[1] = {{.code = "09", .rate = rates[k]}};
        assert_int_equal(mirti_results_benchmark(s.r, &s.m.model, &s.a.areas, state_of, group, 1,
                                                 &options, &err),
                         MIRTI_ERROR_USAGE);
        assert_non_null(strstr(err.message, "09"));
    }
    /* A group of nobody. */
    const int32_t nowhere[AREAS] = {-1, -1, -1, 0};
    mirti_benchmark_group group[1] = {{.rate = .2}};
    assert_int_equal(
        mirti_results_benchmark(s.r, &s.m.model, &s.a.areas, nowhere, group, 1, &options, &err),
        MIRTI_OK);
    assert_true(isnan(group[0].before) && group[0].areas == 0);
    forget(&s);
}

static mirti_status benchmark_some(mirti_error *err) {
    setting s;
    mirti_benchmark_group group[1] = {{.rate = .25, .rate_se = .02}};
    mirti_status status = make(&s, err);
    if (status == MIRTI_OK)
        status =
            mirti_results_benchmark(s.r, &s.m.model, &s.a.areas, state_of, group, 1, &options, err);
    forget(&s);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_without_memory(benchmark_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_totals_are_met),
        cmocka_unit_test(test_its_own_rate_changes_nothing),
        cmocka_unit_test(test_errors_by_difference_quotients),
        cmocka_unit_test(test_a_target_of_the_same_model),
        cmocka_unit_test(test_rates_that_cannot_be),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
