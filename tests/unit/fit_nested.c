/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Areas within parents: gradient, boundaries, determinism, effects, and what is refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "fit/nested.h"
#include "mirti/fit.h"
#include "nested_sample.h"

enum { AREAS = 8 };

static const world here = {17, AREAS, {-0.5, 0.6}, 0, 1, false};

static mirti_survey_design *design_of(const sample *s) {
    mirti_survey_design *design;
    assert_int_equal(mirti_survey_design_new(s->rows, s->weight, NULL, NULL, true, NULL,
                                             MIRTI_LONELY_FAIL, &design, NULL),
                     MIRTI_OK);
    return design;
}

static mirti_nested *fit_well(const sample *s, const mirti_mixed_options *options) {
    mirti_survey_design *design = design_of(s);
    mirti_nested *fit;
    mirti_error err = {0};
    if (mirti_nested_fit(design, s->x, COLUMNS, s->y, NULL, s->area, s->parent, names, options,
                         &fit, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    mirti_survey_design_free(design);
    return fit;
}

static void test_the_gradient_is_exact(void **state) {
    (void)state;
    static sample s;
    draw(&here, &s, 300, 6, 0.8, 0.6);
    mirti_survey_design *design = design_of(&s);
    mirti_fit_problem problem = {
        .design = design, .x = s.x, .p = COLUMNS, .y = s.y, .name = names, .threads = 1};
    assert_int_equal(mirti_fit_problem_prepare(&problem, NULL, NULL), MIRTI_OK);
    mirti_mixed_options options = {.quadrature = 1, .threads = 1};
    mirti_mixed_data data;
    assert_int_equal(mirti_mixed_data_open(&problem, s.parent, s.area, &options, &data, NULL),
                     MIRTI_OK);
    assert_int_equal(data.parents, 6);
    assert_int_equal(data.areas, 48);
    for (int swapped = 0; swapped < 2; swapped++) {
        mirti_nested_problem nested = {&data, swapped, s.rows, data.areas};
        double at[4] = {-0.3, 0.4, 0.9, -0.7}, gradient[4], high, low;
        mirti_nested_out out = {.gradient = gradient}, nothing = {0};
        assert_int_equal(mirti_nested_evaluate(&nested, at, &out, &high, NULL), MIRTI_OK);
        for (int j = 0; j < 4; j++) {
            double width = 1e-4, middle = at[j];
            at[j] = middle + width;
            assert_int_equal(mirti_nested_evaluate(&nested, at, &nothing, &high, NULL), MIRTI_OK);
            at[j] = middle - width;
            assert_int_equal(mirti_nested_evaluate(&nested, at, &nothing, &low, NULL), MIRTI_OK);
            at[j] = middle;
            double slope = (high - low) / (2 * width);
            if (fabs(slope - gradient[j]) > 1e-6 * fmax(1, fabs(slope)))
                fail_msg("parameter %d: %.12g is not %.12g", j, gradient[j], slope);
        }
    }
    mirti_mixed_data_reset(&data);
    mirti_fit_problem_reset(&problem);
    mirti_survey_design_free(design);
}

static void test_without_parents_it_is_the_mixed_logit(void **state) {
    (void)state;
    static sample s;
    draw(&here, &s, 1500, 12, 0.9, 0);
    static char code[MOST][16];
    static mirti_str whole[MOST];
    for (int i = 0; i < s.rows; i++) {
        snprintf(code[i], sizeof code[i], "%s/%s", s.text[i][0], s.text[i][1]);
        whole[i] = mirti_str_of(code[i]);
    }
    mirti_mixed_options options = {.quadrature = 1};
    mirti_nested *fit = fit_well(&s, &options);
    assert_true(fit->parent_boundary && fit->sigma_parent == 0 && !fit->area_boundary);
    mirti_survey_design *design = design_of(&s);
    mirti_mixed *mixed;
    assert_int_equal(
        mirti_mixed_fit(design, s.x, COLUMNS, s.y, NULL, whole, names, &options, &mixed, NULL),
        MIRTI_OK);
    assert_true(fabs(fit->loglik - mixed->loglik) < 1e-7);
    assert_true(fabs(fit->sigma_area - mixed->sigma) < 1e-5);
    for (int j = 0; j < COLUMNS; j++)
        assert_true(fabs(fit->beta[j] - mixed->beta[j]) < 1e-5);
    assert_true(isnan(fit->covariance[15]) && isnan(fit->covariance[3]));
    assert_true(fit->covariance[10] > 0);
    mirti_mixed_free(mixed);
    mirti_survey_design_free(design);
    mirti_nested_free(fit);
}

static void test_effects(void **state) {
    (void)state;
    static sample s;
    draw(&here, &s, MOST, 12, 0.7, 0.9);
    mirti_nested *fit = fit_well(&s, NULL);
    assert_int_equal(fit->parents, 12);
    assert_int_equal(fit->areas, 12 * AREAS);
    assert_false(fit->parent_boundary || fit->area_boundary);
    int64_t rows = 0;
    double spread = hypot(fit->sigma_area, fit->sigma_parent);
    for (int a = 0; a < fit->areas; a++) {
        assert_true(fit->effect_sd[a] > 0 && fit->effect_sd[a] < spread);
        assert_int_equal(fit->area_parent[a], a / AREAS);
        rows += fit->area_rows[a];
    }
    assert_int_equal(rows, MOST);
    assert_string_equal(fit->parent[3], "s03");
    assert_string_equal(fit->area[AREAS], "00");
    for (int j = 0; j < 4; j++)
        assert_true(fit->covariance[j * 5] > 0 && fit->model_covariance[j * 5] > 0);
    mirti_nested_free(fit);
}

static void test_threads_do_not_matter(void **state) {
    (void)state;
    static sample s;
    draw(&here, &s, 1200, 9, 0.5, 0.5);
    mirti_mixed_options one = {.threads = 1}, three = {.threads = 3};
    mirti_nested *a = fit_well(&s, &one), *b = fit_well(&s, &three);
    assert_memory_equal(a->beta, b->beta, COLUMNS * sizeof(double));
    assert_memory_equal(a->covariance, b->covariance, 16 * sizeof(double));
    assert_memory_equal(a->effect, b->effect, (size_t)a->areas * sizeof(double));
    assert_true(a->sigma_parent == b->sigma_parent && a->loglik == b->loglik);
    mirti_nested_free(a);
    mirti_nested_free(b);
}

static void test_what_is_refused(void **state) {
    (void)state;
    static sample s;
    draw(&here, &s, 300, 5, 0.5, 0.5);
    mirti_survey_design *design = design_of(&s);
    mirti_nested *fit;
    mirti_error err = {0};
    mirti_mixed_options seven = {.quadrature = 7};
    assert_int_equal(mirti_nested_fit(design, s.x, COLUMNS, s.y, NULL, s.area, s.parent, names,
                                      &seven, &fit, &err),
                     MIRTI_ERROR_USAGE);
    s.parent[11].size = 0;
    assert_int_equal(mirti_nested_fit(design, s.x, COLUMNS, s.y, NULL, s.area, s.parent, names,
                                      NULL, &fit, &err),
                     MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "row 12 of the sample has no area"));
    for (int i = 0; i < s.rows; i++)
        s.parent[i] = mirti_str_of("one");
    assert_int_equal(mirti_nested_fit(design, s.x, COLUMNS, s.y, NULL, s.area, s.parent, names,
                                      NULL, &fit, &err),
                     MIRTI_ERROR_MODEL);
    assert_non_null(strstr(err.message, "one parent area"));
    assert_null(fit);
    mirti_survey_design_free(design);
}

static mirti_status fit_small(mirti_error *err) {
    static sample s;
    draw(&here, &s, 150, 4, 0.7, 0.7);
    mirti_survey_design *design;
    MIRTI_TRY(mirti_survey_design_new(s.rows, s.weight, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL,
                                      &design, err));
    mirti_nested *fit;
    mirti_mixed_options options = {.threads = 1};
    mirti_status status = mirti_nested_fit(design, s.x, COLUMNS, s.y, NULL, s.area, s.parent, names,
                                           &options, &fit, err);
    mirti_nested_free(fit);
    mirti_survey_design_free(design);
    return status;
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(fit_small) > 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_gradient_is_exact),
        cmocka_unit_test(test_without_parents_it_is_the_mixed_logit),
        cmocka_unit_test(test_effects),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
