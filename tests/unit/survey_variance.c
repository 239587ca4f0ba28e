/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The variance of totals and means against closed forms worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mirti/survey.h"

#define CLOSE 1e-13

static void assert_close(double value, double expected, double relative) {
    if (!(fabs(value - expected) <= relative * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", value, expected);
}

/* Stratum a: totals 1, 3. Stratum b: 2, 4, 9. Stratum c, alone: 7. One row per PSU but the last of
 * b, whose 9 comes in two rows. */
enum { ROWS = 7 };
static const char *const strata[ROWS] = {"a", "b", "c", "b", "b", "a", "b"};
static const char *const psus[ROWS] = {"1", "1", "1", "2", "3", "2", "3"};
static const double scores[ROWS] = {1, 2, 7, 4, 5, 3, 4};
static const double ones[ROWS] = {1, 1, 1, 1, 1, 1, 1};

static mirti_survey_design *design_of(mirti_lonely_psu lonely, const double *fpc) {
    mirti_str stratum[ROWS], psu[ROWS];
    for (int i = 0; i < ROWS; i++) {
        stratum[i] = mirti_str_of(strata[i]);
        psu[i] = mirti_str_of(psus[i]);
    }
    mirti_survey_design *design;
    mirti_error err = {0};
    if (mirti_survey_design_new(ROWS, ones, stratum, psu, true, fpc, lonely, &design, &err) !=
        MIRTI_OK)
        fail_msg("%s", err.message);
    return design;
}

static double variance(mirti_lonely_psu lonely, const double *fpc, const uint8_t *in) {
    mirti_survey_design *design = design_of(lonely, fpc);
    double value = -1;
    assert_int_equal(mirti_survey_total_covariance(design, scores, 1, in, &value, NULL), MIRTI_OK);
    mirti_survey_design_free(design);
    return value;
}

static void test_policies_on_a_lonely_psu(void **state) {
    (void)state;
    /* a: 2/1 · (1 + 1) = 4; b: 3/2 · (9 + 1 + 16) = 39 */
    assert_close(variance(MIRTI_LONELY_REMOVE, NULL, NULL), 43, CLOSE);
    assert_close(variance(MIRTI_LONELY_CERTAINTY, NULL, NULL), 43, CLOSE);
    assert_close(variance(MIRTI_LONELY_ADJUST, NULL, NULL), 43 + 49, CLOSE);
    assert_close(variance(MIRTI_LONELY_AVERAGE, NULL, NULL), 43 * 3.0 / 2.0, CLOSE);
}

static void test_finite_population_correction(void **state) {
    (void)state;
    const double fraction[ROWS] = {.5, .25, .1, .25, .25, .5, .25};
    assert_close(variance(MIRTI_LONELY_ADJUST, fraction, NULL), .5 * 4 + .75 * 39 + .9 * 49, CLOSE);
    /* Everything of c was taken: it is not lonely, for every policy. */
    const double numbers[ROWS] = {4, 12, 1, 12, 12, 4, 12};
    assert_close(variance(MIRTI_LONELY_FAIL, numbers, NULL), .5 * 4 + .75 * 39, CLOSE);
    assert_close(variance(MIRTI_LONELY_AVERAGE, numbers, NULL), .5 * 4 + .75 * 39, CLOSE);
}

static void test_a_subpopulation_keeps_the_design(void **state) {
    (void)state;
    /* Without the third PSU of b its totals are 2, 4, 0 around 2: 3/2 · (0 + 4 + 4) = 12. */
    const uint8_t in[ROWS] = {1, 1, 1, 1, 0, 1, 0};
    assert_close(variance(MIRTI_LONELY_REMOVE, NULL, in), 4 + 12, CLOSE);
    /* With members in a and c only, c gets the contribution of a. */
    const uint8_t few[ROWS] = {1, 0, 1, 0, 0, 1, 0};
    assert_close(variance(MIRTI_LONELY_AVERAGE, NULL, few), 8, CLOSE);
}

static void test_nothing_to_average(void **state) {
    (void)state;
    const uint8_t only_c[ROWS] = {0, 0, 1, 0, 0, 0, 0};
    mirti_survey_design *design = design_of(MIRTI_LONELY_AVERAGE, NULL);
    double value;
    mirti_error err = {0};
    assert_int_equal(mirti_survey_total_covariance(design, scores, 1, only_c, &value, &err),
                     MIRTI_ERROR_MODEL);
    assert_non_null(strstr(err.message, "only one PSU"));
    mirti_survey_design_free(design);
}

static void test_covariance_of_several_totals(void **state) {
    (void)state;
    mirti_survey_design *design = design_of(MIRTI_LONELY_ADJUST, NULL);
    double two[ROWS * 2], covariance[4];
    for (int i = 0; i < ROWS; i++) {
        two[2 * i] = scores[i];
        two[2 * i + 1] = 1 - 2 * scores[i]; /* so that cov = −2 var + cov(z, n) */
    }
    double counts[ROWS * 2], with_counts[4];
    for (int i = 0; i < ROWS; i++) {
        counts[2 * i] = scores[i];
        counts[2 * i + 1] = 1;
    }
    assert_int_equal(mirti_survey_total_covariance(design, two, 2, NULL, covariance, NULL),
                     MIRTI_OK);
    assert_int_equal(mirti_survey_total_covariance(design, counts, 2, NULL, with_counts, NULL),
                     MIRTI_OK);
    assert_close(covariance[0], 92, CLOSE);
    assert_true(covariance[1] == covariance[2]);
    assert_close(covariance[1], -2 * 92 + with_counts[1], CLOSE);
    assert_close(covariance[3], 4 * 92 - 4 * with_counts[1] + with_counts[3], CLOSE);
    mirti_survey_design_free(design);
}

static void test_second_stage(void **state) {
    (void)state;
    /* Two of four PSUs, two of three rows in each. Totals 1+3 = 4 and 2+8 = 10.
     * First stage: (1−½) · 2 · (9 + 9) = 18. Second, times ½:
     * (1−⅔) · 2 · (1 + 1) = 4/3 and (1−⅔) · 2 · (9 + 9) = 12. */
    const char *const names[] = {"p", "p", "q", "q"};
    mirti_str psu[4];
    for (int i = 0; i < 4; i++)
        psu[i] = mirti_str_of(names[i]);
    const double n1[] = {4, 4, 4, 4}, n2[] = {3, 3, 3, 3}, z[] = {1, 3, 2, 8};
    mirti_survey_design *design;
    assert_int_equal(
        mirti_survey_design_new(4, ones, NULL, psu, true, n1, MIRTI_LONELY_FAIL, &design, NULL),
        MIRTI_OK);
    assert_int_equal(mirti_survey_design_second_stage(design, NULL, n2, NULL), MIRTI_OK);
    double value;
    assert_int_equal(mirti_survey_total_covariance(design, z, 1, NULL, &value, NULL), MIRTI_OK);
    assert_close(value, 18 + 0.5 * (4.0 / 3.0 + 12), CLOSE);
    mirti_survey_design_free(design);
}

static mirti_survey_design *simple_sample(int64_t rows, const double *weight, const double *fpc) {
    mirti_survey_design *design;
    assert_int_equal(mirti_survey_design_new(rows, weight, NULL, NULL, true, fpc, MIRTI_LONELY_FAIL,
                                             &design, NULL),
                     MIRTI_OK);
    return design;
}

static void test_mean_of_a_simple_random_sample(void **state) {
    (void)state;
    const double y[] = {1, 2, 3, 4, 5}, numbers[] = {10, 10, 10, 10, 10};
    mirti_survey_estimate mean;
    mirti_survey_design *design = simple_sample(5, ones, NULL);
    assert_int_equal(mirti_survey_mean(design, y, NULL, 0.95, &mean, NULL), MIRTI_OK);
    assert_close(mean.value, 3, CLOSE);
    assert_close(mean.se, sqrt(2.5 / 5), CLOSE); /* s²/n */
    assert_close(mean.deff, 1, CLOSE);
    assert_close(mean.cv, sqrt(0.5) / 3, CLOSE);
    assert_int_equal(mean.df, 4);
    /* t(0.975, 4) from published tables */
    assert_close(mean.hi, 3 + 2.7764451051977987 * sqrt(0.5), 1e-12);
    assert_close(mean.lo, 3 - 2.7764451051977987 * sqrt(0.5), 1e-12);
    mirti_survey_design_free(design);

    design = simple_sample(5, ones, numbers);
    assert_int_equal(mirti_survey_mean(design, y, NULL, 0.95, &mean, NULL), MIRTI_OK);
    assert_close(mean.se, sqrt(0.25), CLOSE);
    assert_close(mean.deff, 0.5, CLOSE);
    mirti_survey_design_free(design);
}

static void test_proportion(void **state) {
    (void)state;
    const double y[] = {1, 1, 1, 0, 0, 0, 0, 0, 0, 0}, weight[] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    mirti_survey_design *design = simple_sample(10, weight, NULL);
    mirti_survey_estimate mean;
    assert_int_equal(mirti_survey_mean(design, y, NULL, 0.95, &mean, NULL), MIRTI_OK);
    double se = sqrt(0.3 * 0.7 / 9), t = 2.2621571627982051, logit = log(0.3 / 0.7);
    assert_close(mean.value, 0.3, CLOSE);
    assert_close(mean.se, se, CLOSE);
    assert_close(mean.lo, 1 / (1 + exp(-(logit - t * se / 0.21))), 1e-12);
    assert_close(mean.hi, 1 / (1 + exp(-(logit + t * se / 0.21))), 1e-12);
    assert_close(mean.weight, 20, CLOSE);

    const uint8_t none_of_them[] = {0, 0, 0, 1, 1, 1, 0, 0, 0, 0};
    assert_int_equal(mirti_survey_mean(design, y, none_of_them, 0.95, &mean, NULL), MIRTI_OK);
    assert_true(mean.value == 0 && mean.se == 0 && isnan(mean.lo) && isnan(mean.hi));
    assert_true(isnan(mean.cv) && isnan(mean.deff));
    mirti_survey_design_free(design);
}

static void test_bad_requests(void **state) {
    (void)state;
    const double y[] = {1, 2, NAN, 4, 5};
    const uint8_t nobody[] = {0, 0, 0, 0, 0}, without[] = {1, 1, 0, 1, 1};
    mirti_survey_design *design = simple_sample(5, ones, NULL);
    mirti_survey_estimate mean;
    mirti_error err = {0};
    assert_int_equal(mirti_survey_mean(design, y, NULL, 0.95, &mean, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "row 3 of the sample has the value not a number"));
    assert_int_equal(mirti_survey_mean(design, y, nobody, 0.95, &mean, &err), MIRTI_ERROR_INPUT);
    assert_int_equal(mirti_survey_mean(design, y, without, 1.5, &mean, &err), MIRTI_ERROR_USAGE);
    assert_int_equal(mirti_survey_mean(design, y, without, 0.95, &mean, &err), MIRTI_OK);
    assert_close(mean.value, 3, CLOSE);
    mirti_survey_design_free(design);
    assert_true(isnan(mirti_survey_t_quantile(0.95, 0)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policies_on_a_lonely_psu),
        cmocka_unit_test(test_finite_population_correction),
        cmocka_unit_test(test_a_subpopulation_keeps_the_design),
        cmocka_unit_test(test_nothing_to_average),
        cmocka_unit_test(test_covariance_of_several_totals),
        cmocka_unit_test(test_second_stage),
        cmocka_unit_test(test_mean_of_a_simple_random_sample),
        cmocka_unit_test(test_proportion),
        cmocka_unit_test(test_bad_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
