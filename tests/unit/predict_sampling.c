/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What areas have in common of a census's sampling error, where it is known what must come out. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "predict/sampling.h"

enum { AREAS = 40 };

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g is not %.17g", value, expected);
}

/* Forty areas with two strata each, of 1 + area % 5 degrees of freedom and PSUs of many sizes. */
typedef struct setting {
    mirti_predict_stratum stratum[2 * AREAS];
    mirti_predict_expected expected[AREAS];
    double spread[AREAS], count[AREAS], se[AREAS], df[AREAS];
    mirti_predict_psus psus;
    mirti_census_sample sample;
} setting;

static void make(setting *s, double apart, double alike) {
    memset(s, 0, sizeof *s);
    for (int h = 0; h < 2 * AREAS; h++) {
        int area = h / 2;
        mirti_predict_expected e = {.1 / (1 + area % 7), .1 / (1 + area % 7) * (2 + h % 9)};
        s->stratum[h] = (mirti_predict_stratum){.area = area,
                                                .df = 1 + area % 5,
                                                .variance = apart * e.apart + alike * e.alike,
                                                .expected = e};
        s->expected[area].apart += e.apart;
        s->expected[area].alike += e.alike;
        s->spread[area] = .5 + .01 * area;
        s->count[area] = 10;
    }
    s->psus = (mirti_predict_psus){AREAS, 2 * AREAS, s->stratum, s->expected, s->spread, s->count};
}

static void moderate(setting *s) {
    s->sample = (mirti_census_sample){0};
    assert_int_equal(mirti_predict_moderate(&s->psus, &s->sample, s->se, s->df, NULL), MIRTI_OK);
}

static void test_log_gamma(void **state) {
    (void)state;
    for (int k = 0; k < 130; k++) {
        double x = .5 * pow(1.07, k);
        assert_near(mirti_predict_log_gamma(x), lgamma(x), 1e-13 * fmax(1, x * log(x + 2)));
    }
    assert_near(mirti_predict_log_gamma(.5), log(acos(-1)) / 2, 1e-13);
}

/* Variances that are what a variance of 2 and a correlation of 0.15 make them: both are found,
 * areas do not differ, and each knows what all of them do. */
static void test_what_is_so_is_found(void **state) {
    (void)state;
    setting s;
    make(&s, 1.7, .3);
    moderate(&s);
    assert_near(s.sample.rho, .15, 1e-9);
    assert_near(s.sample.spread, 2, 1e-8);
    assert_int_equal(s.sample.df, 2 * (1 + 2 + 3 + 4 + 5) * AREAS / 5);
    assert_int_equal(s.sample.areas, AREAS);
    assert_true(s.sample.prior_df > .99 * (double)s.sample.df);
    for (int a = 0; a < AREAS; a++) {
        assert_near(s.se[a] * s.se[a], 1.7 * s.expected[a].apart + .3 * s.expected[a].alike, 1e-8);
        assert_near(s.df[a], (double)s.sample.df, .02 * s.df[a]);
    }
}

/* A correlation is never below zero; PSUs of one child have none. */
static void test_correlations_at_the_boundary(void **state) {
    (void)state;
    setting s;
    make(&s, 2, -.1);
    moderate(&s);
    assert_true(s.sample.rho == 0 && s.sample.spread > 0);
    make(&s, 0, .4);
    moderate(&s);
    assert_near(s.sample.rho, 1, 1e-12);
    assert_near(s.sample.spread, .4, 1e-9);
    make(&s, 2, 0);
    for (int h = 0; h < 2 * AREAS; h++)
        s.stratum[h].expected.alike = s.stratum[h].expected.apart;
    moderate(&s);
    assert_true(s.sample.rho == 0);
    assert_near(s.sample.spread, 2, 1e-8);
}

/* Areas that differ by a factor of a hundred keep what is their own; those without two PSUs have
 * what is between. */
static void test_areas_that_differ(void **state) {
    (void)state;
    setting s;
    make(&s, 1, 0);
    for (int h = 0; h < 2 * AREAS; h++) {
        s.stratum[h].variance *= h / 2 % 2 ? 10 : .1;
        s.stratum[h].df = h < 4 ? 0 : 50;
    }
    moderate(&s);
    assert_true(s.sample.prior_df < 3);
    for (int a = 0; a < AREAS; a++) {
        double phi = s.se[a] * s.se[a] / s.expected[a].apart;
        assert_true(a < 2 ? phi > .1 && phi < 10 : a % 2 ? phi > 9 : phi < .15);
        assert_near(s.df[a], s.sample.prior_df + (a < 2 ? 0 : 100), 1e-9);
    }
}

/* One area: it knows what it knows. */
static void test_a_single_area(void **state) {
    (void)state;
    setting s;
    make(&s, 1, 0);
    s.psus.areas = s.psus.strata = 1;
    s.stratum[0].df = 3;
    moderate(&s);
    assert_near(s.sample.spread, 1, 1e-9);
    assert_near(s.df[0], 3, 0);
    s.stratum[0].df = 1;
    moderate(&s);
    assert_near(s.df[0], 1, 0);
    assert_near(s.sample.prior_df, 1, 1e-9);
}

/* No stratum with two PSUs: the spread of 400 children within 40 areas, as if drawn one by one. */
static void test_no_stratum_with_two_psus(void **state) {
    (void)state;
    setting s;
    make(&s, 1, 0);
    s.psus.strata = 0;
    moderate(&s);
    double mean = (.5 + .5 + .01 * (AREAS - 1)) / 2;
    assert_near(s.sample.spread, mean * 10 / 9, 1e-12);
    assert_int_equal(s.sample.df, 0);
    for (int a = 0; a < AREAS; a++) {
        assert_near(s.se[a] * s.se[a], s.sample.spread * s.expected[a].apart, 1e-12);
        assert_near(s.df[a], 9 * AREAS, 1e-9);
    }
    for (int a = 0; a < AREAS; a++)
        s.count[a] = 1; /* not even that */
    moderate(&s);
    for (int a = 0; a < AREAS; a++)
        assert_true(s.se[a] == 0 && s.df[a] == 1);
}

/* Everybody is alike, or nobody was left out: no error, and nothing that is not a number. */
static void test_nothing_differs(void **state) {
    (void)state;
    setting s;
    make(&s, 0, 0);
    moderate(&s);
    for (int a = 0; a < AREAS; a++)
        assert_true(s.se[a] == 0 && s.df[a] >= 1);
    make(&s, 0, 0);
    s.stratum[7].variance = .2; /* but for one */
    moderate(&s);
    for (int a = 0; a < AREAS; a++)
        assert_true(isfinite(s.se[a]) && s.se[a] >= 0 && s.df[a] >= 1);
    assert_true(s.se[3] > s.se[2]);
    make(&s, 1, 0);
    memset(s.expected, 0, sizeof s.expected);
    s.psus.strata = 0;
    moderate(&s);
    assert_int_equal(s.sample.areas, 0);
    for (int a = 0; a < AREAS; a++)
        assert_true(s.se[a] == 0);
}

static mirti_status moderate_some(mirti_error *err) {
    static setting s;
    make(&s, 1.7, .3);
    return mirti_predict_moderate(&s.psus, &s.sample, s.se, s.df, err);
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_without_memory(moderate_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_gamma),
        cmocka_unit_test(test_what_is_so_is_found),
        cmocka_unit_test(test_correlations_at_the_boundary),
        cmocka_unit_test(test_areas_that_differ),
        cmocka_unit_test(test_a_single_area),
        cmocka_unit_test(test_no_stratum_with_two_psus),
        cmocka_unit_test(test_nothing_differs),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
