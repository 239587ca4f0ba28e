/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why here: contributions add up, and the words are those of the model file. */
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

typedef struct setting {
    small_model m;
    small_areas a;
    mirti_results *results;
    mirti_contributions *c;
} setting;

static mirti_status make(setting *s, mirti_error *err) {
    memset(s, 0, sizeof *s);
    const mirti_predict_options options = {.confidence = .95, .dispersion = false, .threads = 1};
    small_areas_make(&s->a);
    MIRTI_TRY(small_model_make(&s->m, err));
    MIRTI_TRY(mirti_predict_areas(&s->m.model, &s->a.areas, &options, &s->results, err));
    return mirti_contributions_new(&s->m.model, &s->a.areas, &s->c, err);
}

static void forget(setting *s) {
    mirti_contributions_free(s->c);
    mirti_results_free(s->results);
    small_model_forget(&s->m);
}

enum { AGE, SEX, OUT, FLOOR, WATER, ROOMS, PREDICTORS };

static void test_they_add_up(void **state) {
    (void)state;
    setting s;
    assert_int_equal(make(&s, NULL), MIRTI_OK);
    for (int i = 0; i < 3; i++) {
        double gap = 0, sum = 0;
        for (int j = 0; j < P; j++)
            gap += predict_beta[j] * (s.c->mean[i * P + j] - s.c->reference[j]);
        for (int k = 0; k < PREDICTORS; k++)
            sum += s.c->contribution[i * PREDICTORS + k];
        assert_near(sum, gap, 1e-14);
    }
    assert_true(isnan(s.c->contribution[3 * PREDICTORS])); /* a suppressed area */
    /* By hand: the reference is the mean over 160 + 1,800 + 7 children. */
    double out = (100 * .1 + 60 * .3 + 1000 * .02 + 800 * .1 + 7 * .2) / 1967;
    assert_near(s.c->reference[4], out, 1e-15);
    assert_near(s.c->mean[4], (10 + 18) / 160.0, 1e-15);
    /* out:floor counts for both halves, age:floor for floor alone. */
    double here = (100 * .1 * .3 + 60 * .3 * .3) / 160, there = 0;
    there = (100 * .1 * .3 + 60 * .3 * .3 + 7 * .2 * .8) / 1967;
    assert_near(s.c->contribution[OUT], 1.4 * (28 / 160.0 - out) - .4 * (here - there) / 2, 1e-14);
    forget(&s);
}

static void test_groups(void **state) {
    (void)state;
    setting s;
    assert_int_equal(make(&s, NULL), MIRTI_OK);
    const uint8_t second[AREAS] = {0, 1, 0, 1}, none[AREAS] = {0, 0, 0, 1};
    double mean[P], contribution[PREDICTORS], sum = 0;
    mirti_contributions_mean(s.c, &s.a.areas, second, mean);
    for (int j = 0; j < P; j++)
        assert_near(mean[j], s.c->mean[P + j], 1e-15); /* the suppressed one does not count */
    mirti_contributions_between(&s.m.model, s.c->mean, mean, contribution);
    for (int k = 0; k < PREDICTORS; k++)
        sum += contribution[k];
    double gap = 0;
    for (int j = 0; j < P; j++)
        gap += predict_beta[j] * (s.c->mean[j] - mean[j]);
    assert_near(sum, gap, 1e-14);
    mirti_contributions_mean(s.c, &s.a.areas, none, mean);
    assert_true(isnan(mean[0]));
    forget(&s);
}

static void test_the_words(void **state) {
    (void)state;
    setting s;
    assert_int_equal(make(&s, NULL), MIRTI_OK);
    assert_int_equal(mirti_results_factors(s.results, s.c, &s.m.model, "es", NULL), MIRTI_OK);
    /* Area 3: 80 % dirt floors, 20 % out of school, fewer rooms, of which more would be less risk.
     */
    assert_true(s.c->contribution[2 * PREDICTORS + ROOMS] > 0);
    assert_true(s.c->contribution[2 * PREDICTORS + WATER] > 0); /* but not actionable */
    char *const *factor[3] = {s.results->factor[0], s.results->factor[1], s.results->factor[2]};
    assert_string_equal(factor[0][2], "rooms"); /* .15 · 2.9: the strongest; its only label */
    assert_string_equal(factor[1][2], "piso de tierra");
    assert_string_equal(factor[2][2], "fuera de la escuela");
    /* Area 2 has less of all that raises the risk, and more rooms. */
    assert_null(factor[0][1]);
    assert_null(factor[0][3]); /* suppressed: nothing is said */
    assert_int_equal(mirti_results_factors(s.results, s.c, &s.m.model, "en", NULL), MIRTI_OK);
    assert_string_equal(factor[2][2], "out of school");
    forget(&s);
}

/* Without drainage lowers the risk, say: an area with hardly any such dwellings is at more risk for
 * it, but "without drainage" would be untrue of it. */
static void test_no_untrue_words(void **state) {
    (void)state;
    setting s;
    assert_int_equal(make(&s, NULL), MIRTI_OK);
    s.m.beta[5] = -.5;
    mirti_predictor *floor = &s.m.model.terms->predictor[FLOOR];
    const int words = floor->lack.count;
    floor->lack.count = 0;
    mirti_contributions *again;
    assert_int_equal(mirti_contributions_new(&s.m.model, &s.a.areas, &again, NULL), MIRTI_OK);
    assert_true(again->contribution[PREDICTORS + FLOOR] > 0);
    assert_int_equal(mirti_results_factors(s.results, again, &s.m.model, "es", NULL), MIRTI_OK);
    for (int f = 0; f < 3; f++) {
        const char *factor = s.results->factor[f][1];
        assert_true(factor == NULL || strcmp(factor, "piso de tierra") != 0);
    }
    floor->lack.count = words;
    mirti_contributions_free(again);
    forget(&s);
}

static void test_too_little_of_it(void **state) {
    (void)state;
    setting s;
    mirti_error err = {0};
    assert_int_equal(make(&s, &err), MIRTI_OK);
    s.m.beta[5] = -.5; /* now little of it is the risk */
    mirti_contributions *again;
    assert_int_equal(mirti_contributions_new(&s.m.model, &s.a.areas, &again, &err), MIRTI_OK);
    assert_int_equal(mirti_results_factors(s.results, again, &s.m.model, "es", &err), MIRTI_OK);
    assert_string_equal(s.results->factor[0][1], "piso firme");
    mirti_contributions_free(again);
    forget(&s);
}

static mirti_status explain_some(mirti_error *err) {
    setting s;
    mirti_status status = make(&s, err);
    if (status == MIRTI_OK) status = mirti_results_factors(s.results, s.c, &s.m.model, "es", err);
    forget(&s);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_without_memory(explain_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_they_add_up),      cmocka_unit_test(test_groups),
        cmocka_unit_test(test_the_words),        cmocka_unit_test(test_no_untrue_words),
        cmocka_unit_test(test_too_little_of_it), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
