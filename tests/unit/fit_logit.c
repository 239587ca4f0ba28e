/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The logit against closed forms, and what is said where there is no answer. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/fit.h"

enum { MOST_ROWS = 400, MOST_COLUMNS = 6 };

/* A sample under construction: simple random, equal or given weights. */
typedef struct sample {
    int rows, columns;
    double x[MOST_ROWS * MOST_COLUMNS], y[MOST_ROWS], weight[MOST_ROWS];
    uint8_t in[MOST_ROWS];
    char *name[MOST_COLUMNS];
} sample;

static void add(sample *s, int times, double weight, double y, const double *x) {
    for (int k = 0; k < times; k++, s->rows++) {
        memcpy(s->x + s->rows * s->columns, x, (size_t)s->columns * sizeof *x);
        s->y[s->rows] = y;
        s->weight[s->rows] = weight;
        s->in[s->rows] = 1;
    }
}

/* Text that may be changed, as the engine's structures have it. */
static char name_intercept[] = "(intercept)", name_farm[] = "farm", name_year[] = "year",
            name_girls[] = "girls", name_boys[] = "boys", name_age[] = "age",
            name_age_12[] = "age[12-14]", name_age_15[] = "age[15-17]", name_a[] = "a",
            name_b[] = "b", name_other[] = "other", name_rural[] = "rural", name_copy[] = "copy",
            name_sum[] = "sum";

static mirti_status fit_it(const sample *s, mirti_logit **out, mirti_error *err) {
    mirti_survey_design *design;
    *out = NULL;
    MIRTI_TRY(mirti_survey_design_new(s->rows, s->weight, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL,
                                      &design, err));
    mirti_status status = mirti_logit_fit(design, s->x, s->columns, s->y, s->in, s->name, out, err);
    mirti_survey_design_free(design);
    return status;
}

static mirti_logit *fit_well(const sample *s) {
    mirti_logit *fit;
    mirti_error err = {0};
    if (fit_it(s, &fit, &err) != MIRTI_OK) fail_msg("%s", err.message);
    return fit;
}

static void assert_close(double value, double expected, double relative) {
    if (!(fabs(value - expected) <= relative * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", value, expected);
}

/* Working: 30 of 100 without the trait, 45 of 80 with it. */
static sample two_by_two(void) {
    sample s = {.columns = 2, .name = {name_intercept, name_farm}};
    add(&s, 70, 1, 0, (const double[]){1, 0});
    add(&s, 30, 1, 1, (const double[]){1, 0});
    add(&s, 35, 1, 0, (const double[]){1, 1});
    add(&s, 45, 1, 1, (const double[]){1, 1});
    return s;
}

static void test_a_table_gives_log_odds(void **state) {
    (void)state;
    sample s = two_by_two();
    mirti_logit *fit = fit_well(&s);
    assert_close(fit->beta[0], log(30.0 / 70), 1e-14);
    assert_close(fit->beta[1], log(45.0 / 35) - log(30.0 / 70), 1e-14);
    /* The robust variance of a saturated table is the model's, times n/(n−1). */
    double n = 180, first = 1.0 / 30 + 1.0 / 70, second = 1.0 / 45 + 1.0 / 35;
    assert_close(fit->covariance[0], first * n / (n - 1), 1e-14);
    assert_close(fit->covariance[3], (first + second) * n / (n - 1), 1e-14);
    assert_close(fit->covariance[1], -first * n / (n - 1), 1e-14);
    assert_true(fit->covariance[1] == fit->covariance[2]);
    double loglik = 30 * log(.3) + 70 * log(.7) + 45 * log(.5625) + 35 * log(.4375);
    assert_close(fit->deviance, -2 * loglik, 1e-13);
    assert_close(fit->null_deviance, -2 * (75 * log(75.0 / 180) + 105 * log(105.0 / 180)), 1e-13);
    assert_int_equal(fit->df, 179);
    assert_int_equal(fit->df_residual, 178);
    mirti_logit_free(fit);
}

static void test_weights_count_rows_in_the_estimate(void **state) {
    (void)state;
    sample s = {.columns = 2, .name = {name_intercept, name_farm}};
    add(&s, 7, 10, 0, (const double[]){1, 0});
    add(&s, 3, 10, 1, (const double[]){1, 0});
    add(&s, 5, 7, 0, (const double[]){1, 1});
    add(&s, 9, 5, 1, (const double[]){1, 1});
    mirti_logit *fit = fit_well(&s);
    assert_close(fit->beta[0], log(30.0 / 70), 1e-14);
    assert_close(fit->beta[1], log(45.0 / 35) - log(30.0 / 70), 1e-14);
    mirti_logit_free(fit);
}

static void test_rows_outside_are_not_read(void **state) {
    (void)state;
    sample s = two_by_two(), with_more = s;
    add(&with_more, 5, 3, NAN, (const double[]){NAN, NAN});
    for (int i = s.rows; i < with_more.rows; i++)
        with_more.in[i] = 0;
    mirti_logit *fit = fit_well(&s), *same = fit_well(&with_more);
    assert_memory_equal(fit->beta, same->beta, 2 * sizeof(double));
    assert_int_equal(same->rows, 180);
    /* But they are part of the sample: n/(n−1) knows them. */
    assert_close(same->covariance[0] / fit->covariance[0], (185.0 / 184) / (180.0 / 179), 1e-14);
    mirti_logit_free(fit);
    mirti_logit_free(same);
}

/* y must not be told by the columns: a little of everything. */
static sample scattered(double shift, double unit) {
    sample s = {.columns = 3, .name = {name_intercept, name_year, name_farm}};
    for (int i = 0; i < 300; i++) {
        double year = shift + unit * (double)(i % 10), farm = (i / 10) % 3 == 0;
        add(&s, 1, 1 + i % 7, i * 7919 % 13 < 4 + i % 10 / 2 - (farm > 0 ? 2 : 0),
            (const double[]){1, year, farm});
    }
    return s;
}

static void test_units_of_measurement_do_not_matter(void **state) {
    (void)state;
    sample plain = scattered(0, 1), shifted = scattered(2016, 1), scaled = scattered(0, 1e-6);
    mirti_logit *a = fit_well(&plain), *b = fit_well(&shifted), *c = fit_well(&scaled);
    assert_close(b->beta[1], a->beta[1], 1e-12);
    assert_close(b->beta[0], a->beta[0] - 2016 * a->beta[1], 1e-11);
    assert_close(sqrt(b->covariance[4]), sqrt(a->covariance[4]), 1e-12);
    assert_close(c->beta[1] * 1e-6, a->beta[1], 1e-12);
    assert_close(sqrt(c->covariance[4]) * 1e-6, sqrt(a->covariance[4]), 1e-12);
    assert_close(c->beta[2], a->beta[2], 1e-12);
    mirti_logit_free(a);
    mirti_logit_free(b);
    mirti_logit_free(c);
}

static void test_the_score_is_zero(void **state) {
    (void)state;
    sample s = scattered(3, 0.25);
    mirti_logit *fit = fit_well(&s);
    for (int j = 0; j < 3; j++) {
        double score = 0, size = 0;
        for (int i = 0; i < s.rows; i++) {
            const double *x = s.x + 3 * i;
            double eta = fit->beta[0] * x[0] + fit->beta[1] * x[1] + fit->beta[2] * x[2];
            double term = s.weight[i] * x[j] * (s.y[i] - 1 / (1 + exp(-eta)));
            score += term;
            size += fabs(term);
        }
        assert_true(fabs(score) < 1e-13 * size);
    }
    mirti_logit_free(fit);
}

static void test_without_an_intercept(void **state) {
    (void)state;
    sample s = {.columns = 2, .name = {name_girls, name_boys}};
    add(&s, 6, 1, 0, (const double[]){1, 0});
    add(&s, 2, 1, 1, (const double[]){1, 0});
    add(&s, 5, 1, 0, (const double[]){0, 1});
    add(&s, 4, 1, 1, (const double[]){0, 1});
    mirti_logit *fit = fit_well(&s);
    assert_close(fit->beta[0], log(2.0 / 6), 1e-14);
    assert_close(fit->beta[1], log(4.0 / 5), 1e-14);
    mirti_logit_free(fit);
}

static void assert_said(const sample *s, mirti_status expected, const char *const *parts) {
    mirti_logit *fit;
    mirti_error err = {0};
    mirti_status status = fit_it(s, &fit, &err);
    if (status != expected) fail_msg("%s: %s", mirti_status_name(status), err.message);
    assert_null(fit);
    assert_int_equal(err.status, expected);
    for (; *parts; parts++)
        if (!strstr(err.message, *parts)) fail_msg("'%s' is not in '%s'", *parts, err.message);
    assert_true(err.remedy[0] != '\0');
}
#define SAYS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_separation_by_one_level(void **state) {
    (void)state;
    sample s = two_by_two();
    for (int i = 0; i < s.rows; i++) /* nobody with the trait works */
        if (s.x[2 * i + 1] == 1) s.y[i] = 0;
    assert_said(&s, MIRTI_ERROR_MODEL,
                SAYS("the outcome is 0 in all 80 rows of the survey with farm = 1",
                     "no finite estimate of the effect of farm (separation)"));
    for (int i = 0; i < s.rows; i++)
        s.y[i] = s.x[2 * i + 1] == 0 ? 1 : i % 2;
    assert_said(&s, MIRTI_ERROR_MODEL, SAYS("the outcome is 1 in all 100 rows", "farm = 0"));
    for (int i = 0; i < s.rows; i++)
        s.y[i] = s.x[2 * i + 1];
    assert_said(&s, MIRTI_ERROR_MODEL, SAYS("in 180 rows", "without error", "effect of farm"));
}

static void test_separation_by_a_number(void **state) {
    (void)state;
    sample s = {.columns = 3, .name = {name_intercept, name_age, name_farm}};
    for (int i = 0; i < 120; i++)
        add(&s, 1, 1, i % 12 + 5 > 9, (const double[]){1, i % 12 + 5, i % 7 == 0});
    assert_said(&s, MIRTI_ERROR_MODEL, SAYS("without error", "effect of age (separation)"));
}

static void test_separation_by_the_reference_level(void **state) {
    (void)state;
    /* Nobody works at the reference level, which has no column of its own. */
    sample s = {.columns = 4, .name = {name_intercept, name_age_12, name_age_15, name_farm}};
    for (int i = 0; i < 360; i++) {
        int age = i % 3;
        add(&s, 1, 1 + i % 5, age > 0 && (i * 7919 % 17) < 8,
            (const double[]){1, age == 1, age == 2, i % 4 == 0});
    }
    assert_said(&s, MIRTI_ERROR_MODEL,
                SAYS("the outcome is 0 in all 120 rows of the survey with age[12-14] = 0 and "
                     "age[15-17] = 0, ",
                     "effect of age[12-14] and age[15-17] (separation)"));
}

static void test_separation_by_a_combination(void **state) {
    (void)state;
    /* Told by a + b > 1 only. */
    sample s = {.columns = 4, .name = {name_intercept, name_a, name_b, name_other}};
    for (int i = 0; i < 200; i++) {
        double a = (double)(i * 37 % 101) / 100, b = (double)(i * 53 % 97) / 96;
        add(&s, 1, 1, a + b > 1, (const double[]){1, a, b, i % 5 == 0});
    }
    assert_said(&s, MIRTI_ERROR_MODEL, SAYS("without error", "effect of a and b (separation)"));
}

static void test_rare_is_not_separated(void **state) {
    (void)state;
    sample s = {.columns = 2, .name = {name_intercept, name_farm}};
    add(&s, 1, 1, 1, (const double[]){1, 0});
    add(&s, 1, 1e7, 0, (const double[]){1, 0});
    add(&s, 1, 1e-3, 1, (const double[]){1, 1});
    add(&s, 1, 1e6, 0, (const double[]){1, 1});
    mirti_logit *fit = fit_well(&s);
    assert_close(fit->beta[0], -log(1e7), 1e-9);
    assert_close(fit->beta[1], -log(1e9) + log(1e7), 1e-9);
    mirti_logit_free(fit);
}

static void test_columns_that_repeat_others(void **state) {
    (void)state;
    sample s = {.columns = 5, .name = {name_intercept, name_rural, name_farm, name_copy, name_sum}};
    for (int i = 0; i < 300; i++) {
        double rural = i % 2, farm = i % 3 == 0;
        add(&s, 1, 1 + i % 4, (i * 7919 % 11) < 5, (const double[]){1, rural, farm, 1 - rural, 0});
    }
    assert_said(&s, MIRTI_ERROR_MODEL, SAYS("sum is 0 in all 300 rows"));
    for (int i = 0; i < 300; i++)
        s.x[5 * i + 4] = i % 7;
    assert_said(&s, MIRTI_ERROR_MODEL, SAYS("copy is determined by rural"));
    for (int i = 0; i < 300; i++) {
        s.x[5 * i + 3] = i % 7;
        s.x[5 * i + 4] = 3 * s.x[5 * i + 1] - 0.1 * s.x[5 * i + 3] + 11;
    }
    assert_said(&s, MIRTI_ERROR_MODEL, SAYS("sum is an exact combination of rural and copy"));
}

static void test_an_outcome_without_variation(void **state) {
    (void)state;
    sample s = two_by_two();
    for (int i = 0; i < s.rows; i++)
        s.y[i] = 1;
    assert_said(&s, MIRTI_ERROR_MODEL, SAYS("the outcome is 1 in all 180 rows"));
}

static void test_bad_values_name_their_row(void **state) {
    (void)state;
    sample s = two_by_two();
    s.x[2 * 17 + 1] = NAN;
    assert_said(&s, MIRTI_ERROR_INPUT,
                SAYS("row 18 of the sample has not a number in column farm"));
    s = two_by_two();
    s.y[4] = 0.5;
    assert_said(&s, MIRTI_ERROR_INPUT, SAYS("row 5 of the sample has 0.5 in the outcome"));
    s = two_by_two();
    memset(s.in, 0, sizeof s.in);
    assert_said(&s, MIRTI_ERROR_INPUT, SAYS("no row of the population"));
}

static mirti_status fit_scattered(mirti_error *err) {
    sample s = scattered(0, 1);
    mirti_logit *fit;
    MIRTI_TRY(fit_it(&s, &fit, err));
    mirti_logit_free(fit);
    return MIRTI_OK;
}

static mirti_status find_combination(mirti_error *err) {
    sample s = {.columns = 3, .name = {name_intercept, name_a, name_b}};
    for (int i = 0; i < 200; i++) {
        double a = (double)(i * 37 % 101) / 100, b = (double)(i * 53 % 97) / 96;
        add(&s, 1, 1, a + b > 1, (const double[]){1, a, b});
    }
    mirti_logit *fit;
    mirti_status status = fit_it(&s, &fit, err);
    return status == MIRTI_ERROR_MODEL ? MIRTI_OK : status;
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(fit_scattered) > 10);
    assert_true(assert_survives_without_memory(find_combination) > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table_gives_log_odds),
        cmocka_unit_test(test_weights_count_rows_in_the_estimate),
        cmocka_unit_test(test_rows_outside_are_not_read),
        cmocka_unit_test(test_units_of_measurement_do_not_matter),
        cmocka_unit_test(test_the_score_is_zero),
        cmocka_unit_test(test_without_an_intercept),
        cmocka_unit_test(test_separation_by_one_level),
        cmocka_unit_test(test_separation_by_a_number),
        cmocka_unit_test(test_separation_by_the_reference_level),
        cmocka_unit_test(test_separation_by_a_combination),
        cmocka_unit_test(test_rare_is_not_separated),
        cmocka_unit_test(test_columns_that_repeat_others),
        cmocka_unit_test(test_an_outcome_without_variation),
        cmocka_unit_test(test_bad_values_name_their_row),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
