/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mixed logit: quadrature, boundary, determinism, results by area, and what it refuses. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "fit/mixed.h"
#include "mixed_sample.h"

static mirti_status fit_it(const sample *s, const uint8_t *in, const mirti_mixed_options *options,
                           mirti_mixed **out, mirti_error *err) {
    mirti_survey_design *design;
    *out = NULL;
    MIRTI_TRY(mirti_survey_design_new(s->rows, s->weight, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL,
                                      &design, err));
    mirti_status status =
        mirti_mixed_fit(design, s->x, COLUMNS, s->y, in, s->area, names, options, out, err);
    mirti_survey_design_free(design);
    return status;
}

static mirti_mixed *fit_well(const sample *s, const mirti_mixed_options *options) {
    mirti_mixed *fit;
    mirti_error err = {0};
    if (fit_it(s, NULL, options, &fit, &err) != MIRTI_OK) fail_msg("%s", err.message);
    return fit;
}

static void test_quadrature_is_exact_for_polynomials(void **state) {
    (void)state;
    double node[31], weight[31];
    for (int n = 1; n <= 31; n++) {
        assert_int_equal(mirti_fit_hermite(n, node, weight, NULL), MIRTI_OK);
        double moment = sqrt(3.14159265358979323846); /* ∫ t^k e^{−t²} dt: Γ((k+1)/2), k even */
        for (int k = 0; k <= 2 * n - 1 && k <= 20; k++) {
            double sum = 0, size = 0;
            for (int i = 0; i < n; i++) {
                sum += weight[i] * pow(node[i], k);
                size += weight[i] * pow(fabs(node[i]), k);
            }
            if (k > 0 && k % 2 == 0) moment *= (k - 1) / 2.0;
            double expected = k % 2 == 0 ? moment : 0;
            if (!(fabs(sum - expected) <= 1e-12 * fmax(size, expected)))
                fail_msg("n %d, t^%d: %.17g is not %.17g", n, k, sum, expected);
        }
        for (int i = 1; i < n; i++)
            assert_true(node[i] > node[i - 1]);
    }
}

static void test_the_truth_is_found(void **state) {
    (void)state;
    static sample s;
    draw(&s, MOST, 100, 0.8, 5);
    mirti_mixed *fit = fit_well(&s, NULL);
    assert_int_equal(fit->quadrature, 7);
    assert_int_equal(fit->areas, 100);
    assert_false(fit->boundary);
    /* within three standard errors */
    const double truth[] = {-2, 0.1, 0.5, 0.8};
    for (int j = 0; j < 4; j++) {
        double value = j < 3 ? fit->beta[j] : fit->sigma;
        assert_true(fabs(value - truth[j]) < 3 * sqrt(fit->covariance[j * 4 + j]));
    }
    mirti_mixed_free(fit);
}

static void test_no_difference_between_areas_is_a_result(void **state) {
    (void)state;
    static sample s;
    draw(&s, 1200, 40, 0, 12);
    mirti_mixed_options options = {.scaling = MIRTI_SCALING_UNIT};
    mirti_mixed *fit = fit_well(&s, &options);
    assert_true(fit->boundary);
    assert_true(fit->sigma == 0);
    assert_true(isnan(fit->covariance[15]) && isnan(fit->covariance[3]));
    for (int a = 0; a < fit->areas; a++)
        assert_true(fit->mean[a] == 0 && fit->sd[a] == 0);
    /* It is the plain logit of equal weights. */
    for (int i = 0; i < s.rows; i++)
        s.weight[i] = 1;
    mirti_survey_design *design;
    mirti_logit *plain;
    assert_int_equal(mirti_survey_design_new(s.rows, s.weight, NULL, NULL, true, NULL,
                                             MIRTI_LONELY_FAIL, &design, NULL),
                     MIRTI_OK);
    assert_int_equal(mirti_logit_fit(design, s.x, COLUMNS, s.y, NULL, names, &plain, NULL),
                     MIRTI_OK);
    for (int j = 0; j < 3; j++)
        assert_true(fabs(fit->beta[j] - plain->beta[j]) < 1e-7);
    assert_true(fabs(-2 * fit->loglik - plain->deviance) < 1e-8);
    mirti_logit_free(plain);
    mirti_survey_design_free(design);
    mirti_mixed_free(fit);
}

static void test_the_gradient_is_that_of_the_approximation(void **state) {
    (void)state;
    static sample s;
    draw(&s, 300, 40, 1, 3);
    mirti_survey_design *design;
    assert_int_equal(mirti_survey_design_new(s.rows, s.weight, NULL, NULL, true, NULL,
                                             MIRTI_LONELY_FAIL, &design, NULL),
                     MIRTI_OK);
    mirti_fit_problem problem = {
        .design = design, .x = s.x, .p = COLUMNS, .y = s.y, .name = names, .threads = 1};
    assert_int_equal(mirti_fit_problem_prepare(&problem, NULL, NULL), MIRTI_OK);
    for (int nodes = 1; nodes <= 4; nodes++) { /* the fewer, the more the rule's moving matters */
        mirti_mixed_options options = {.quadrature = nodes, .threads = 1};
        mirti_mixed_data data;
        assert_int_equal(mirti_mixed_data_open(&problem, NULL, s.area, &options, &data, NULL),
                         MIRTI_OK);
        double at[4] = {-0.8, 0.4, 0.3, 1.3}, gradient[4], high, low;
        mirti_mixed_out out = {.gradient = gradient}, nothing = {0};
        assert_int_equal(mirti_mixed_evaluate(&data, at, &out, &high, NULL), MIRTI_OK);
        for (int j = 0; j < 4; j++) {
            double width = 1e-4, middle = at[j];
            at[j] = middle + width;
            assert_int_equal(mirti_mixed_evaluate(&data, at, &nothing, &high, NULL), MIRTI_OK);
            at[j] = middle - width;
            assert_int_equal(mirti_mixed_evaluate(&data, at, &nothing, &low, NULL), MIRTI_OK);
            at[j] = middle;
            double slope = (high - low) / (2 * width);
            if (fabs(slope - gradient[j]) > 1e-6 * fmax(1, fabs(slope)))
                fail_msg("%d nodes, parameter %d: %.12g is not %.12g", nodes, j, gradient[j],
                         slope);
        }
        mirti_mixed_data_reset(&data);
    }
    mirti_fit_problem_reset(&problem);
    mirti_survey_design_free(design);
}

static void test_areas_tell_of_their_effect(void **state) {
    (void)state;
    static sample s;
    draw(&s, 800, 40, 1, 9);
    for (int i = 0; i < s.rows; i++) { /* everybody works in one area, nobody in another */
        if (strcmp(s.text[i], "a0003") == 0) s.y[i] = 1;
        if (strcmp(s.text[i], "a0004") == 0) s.y[i] = 0;
    }
    mirti_mixed_options options = {.quadrature = 1};
    mirti_mixed *fit = fit_well(&s, &options);
    assert_true(fit->uniform_areas >= 2);
    assert_int_equal(fit->points, 7);
    assert_string_equal(fit->area[3], "a0003");
    assert_true(fit->mean[3] > fit->sigma && fit->mean[4] < -fit->sigma);
    int64_t rows = 0;
    for (int a = 0; a < fit->areas; a++) {
        double sum = 0;
        for (int q = 0; q < fit->points; q++)
            sum += fit->probability[a * fit->points + q];
        assert_true(fabs(sum - 1) < 1e-14);
        assert_true(fit->sd[a] > 0 && fit->sd[a] < fit->sigma);
        rows += fit->area_rows[a];
    }
    assert_int_equal(rows, fit->rows);
    mirti_mixed_free(fit);
}

static void assert_same(const mirti_mixed *a, const mirti_mixed *b) {
    assert_memory_equal(a->beta, b->beta, COLUMNS * sizeof(double));
    assert_memory_equal(a->covariance, b->covariance, 16 * sizeof(double));
    assert_memory_equal(&a->sigma, &b->sigma, sizeof a->sigma);
    assert_memory_equal(&a->loglik, &b->loglik, sizeof a->loglik);
    assert_memory_equal(a->mean, b->mean, (size_t)a->areas * sizeof(double));
}

static void test_threads_and_row_order_do_not_matter(void **state) {
    (void)state;
    static sample s, sorted;
    draw(&s, 1500, 70, 0.7, 21);
    mirti_mixed_options one = {.threads = 1}, three = {.threads = 3};
    mirti_mixed *a = fit_well(&s, &one), *b = fit_well(&s, &three);
    assert_same(a, b);
    mirti_mixed_free(b);
    sorted.rows = 0;
    for (int area = 0; area < 70; area++) {
        char code[8];
        snprintf(code, sizeof code, "a%04d", area);
        for (int i = 0; i < s.rows; i++) {
            if (strcmp(s.text[i], code) != 0) continue;
            int to = sorted.rows++;
            memcpy(sorted.x + COLUMNS * to, s.x + COLUMNS * i, COLUMNS * sizeof(double));
            sorted.y[to] = s.y[i];
            sorted.weight[to] = s.weight[i];
            memcpy(sorted.text[to], s.text[i], sizeof s.text[i]);
            sorted.area[to] = mirti_str_of(sorted.text[to]);
        }
    }
    b = fit_well(&sorted, &one);
    for (int j = 0; j < COLUMNS; j++)
        assert_true(fabs(a->beta[j] - b->beta[j]) < 1e-10 * fabs(a->beta[j]));
    mirti_mixed_free(a);
    mirti_mixed_free(b);
}

static void test_what_is_refused(void **state) {
    (void)state;
    static sample s;
    draw(&s, 400, 20, 0.5, 2);
    mirti_mixed *fit;
    mirti_error err = {0};
    mirti_mixed_options many = {.quadrature = 99};
    assert_int_equal(fit_it(&s, NULL, &many, &fit, &err), MIRTI_ERROR_USAGE);
    s.area[6].size = 0;
    assert_int_equal(fit_it(&s, NULL, NULL, &fit, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "row 7 of the sample has no area"));
    uint8_t in[MOST];
    memset(in, 1, sizeof in);
    in[6] = 0;
    assert_int_equal(fit_it(&s, in, NULL, &fit, &err), MIRTI_OK);
    assert_int_equal(fit->rows, 399);
    mirti_mixed_free(fit);
    s.area[6].size = 5;

    static double area_weight[MOST];
    for (int i = 0; i < s.rows; i++)
        area_weight[i] = 1;
    area_weight[9] = 2;
    mirti_mixed_options uneven = {.area_weight = area_weight};
    assert_int_equal(fit_it(&s, NULL, &uneven, &fit, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "area weight"));

    for (int i = 0; i < s.rows; i++)
        if (s.x[COLUMNS * i + 2] == 1) s.y[i] = 1;
    assert_int_equal(fit_it(&s, NULL, NULL, &fit, &err), MIRTI_ERROR_MODEL);
    assert_non_null(strstr(err.message, "farm (separation)"));

    draw(&s, 400, 1, 0.5, 2);
    assert_int_equal(fit_it(&s, NULL, NULL, &fit, &err), MIRTI_ERROR_MODEL);
    assert_non_null(strstr(err.message, "one area"));

    draw(&s, 400, 20, 0.5, 2);
    for (int i = 0; i < s.rows; i++) /* areas are all or nothing */
        s.y[i] = s.text[i][4] % 2;
    assert_int_equal(fit_it(&s, NULL, NULL, &fit, &err), MIRTI_ERROR_MODEL);
    assert_non_null(strstr(err.message, "almost without error"));
}

static bool stop_at_third(void *context, const char *stage, double done, double total) {
    int *calls = context;
    (void)stage;
    (void)done;
    (void)total;
    return ++*calls < 3;
}

static void test_it_can_be_cancelled(void **state) {
    (void)state;
    static sample s;
    draw(&s, 400, 20, 0.5, 2);
    int calls = 0;
    mirti_listener listener = {.progress = stop_at_third, .context = &calls};
    mirti_mixed_options options = {.listener = &listener};
    mirti_mixed *fit;
    assert_int_equal(fit_it(&s, NULL, &options, &fit, NULL), MIRTI_ERROR_CANCELLED);
    assert_null(fit);
}

static mirti_status fit_small(mirti_error *err) {
    static sample s;
    draw(&s, 200, 12, 0.7, 4);
    mirti_mixed *fit;
    mirti_mixed_options options = {.quadrature = 1, .threads = 1};
    MIRTI_TRY(fit_it(&s, NULL, &options, &fit, err));
    mirti_mixed_free(fit);
    return MIRTI_OK;
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(fit_small) > 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quadrature_is_exact_for_polynomials),
        cmocka_unit_test(test_the_truth_is_found),
        cmocka_unit_test(test_no_difference_between_areas_is_a_result),
        cmocka_unit_test(test_the_gradient_is_that_of_the_approximation),
        cmocka_unit_test(test_areas_tell_of_their_effect),
        cmocka_unit_test(test_threads_and_row_order_do_not_matter),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_it_can_be_cancelled),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
