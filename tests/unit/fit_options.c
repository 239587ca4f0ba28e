/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Other links, penalties, replicate variance and Wald tests against closed forms. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/fit.h"

enum { MOST = 400 };

static char name_intercept[] = "(intercept)", name_farm[] = "farm";
static char *names[] = {name_intercept, name_farm};

typedef struct sample {
    int rows;
    double x[2 * MOST], y[MOST], weight[MOST];
    mirti_survey_design *design;
} sample;

/* A 2×2 table: without the trait `zeros0` and `ones0`, with it `zeros1` and `ones1`. */
static sample table(int zeros0, int ones0, int zeros1, int ones1) {
    sample s = {0};
    const int count[] = {zeros0, ones0, zeros1, ones1};
    for (int cell = 0; cell < 4; cell++)
        for (int k = 0; k < count[cell]; k++, s.rows++) {
            s.x[2 * s.rows] = 1;
            s.x[2 * s.rows + 1] = cell >= 2;
            s.y[s.rows] = cell % 2;
            s.weight[s.rows] = 1;
        }
    assert_int_equal(mirti_survey_design_new(s.rows, s.weight, NULL, NULL, true, NULL,
                                             MIRTI_LONELY_FAIL, &s.design, NULL),
                     MIRTI_OK);
    return s;
}

static mirti_logit *fit_well(const sample *s, const mirti_logit_options *options) {
    mirti_logit *fit;
    mirti_error err = {0};
    if (mirti_logit_fit_with(s->design, s->x, 2, s->y, NULL, names, options, &fit, &err) !=
        MIRTI_OK)
        fail_msg("%s", err.message);
    return fit;
}

static void assert_close(double value, double expected, double relative) {
    if (!(fabs(value - expected) <= relative * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", value, expected);
}

static void test_links_of_a_table(void **state) {
    (void)state;
    sample s = table(70, 30, 35, 45);
    mirti_logit_options probit = {.link = MIRTI_LINK_PROBIT},
                        cloglog = {.link = MIRTI_LINK_CLOGLOG};
    mirti_logit *fit = fit_well(&s, &probit);
    assert_close(fit->beta[0], -0.52440051270804078, 1e-12);               /* Φ⁻¹(0.3) */
    assert_close(fit->beta[0] + fit->beta[1], 0.15731068461017067, 1e-12); /* Φ⁻¹(0.5625) */
    mirti_logit_free(fit);
    fit = fit_well(&s, &cloglog);
    assert_close(fit->beta[0], log(-log(0.7)), 1e-12);
    assert_close(fit->beta[0] + fit->beta[1], log(-log(0.4375)), 1e-12);
    assert_int_equal(fit->link, MIRTI_LINK_CLOGLOG);
    mirti_logit_free(fit);
    mirti_survey_design_free(s.design);
}

static void test_firth_adds_half_a_case_to_every_cell(void **state) {
    (void)state;
    mirti_logit_options options = {.penalty = MIRTI_PENALTY_FIRTH};
    sample s = table(70, 30, 35, 45);
    mirti_logit *fit = fit_well(&s, &options);
    assert_close(fit->beta[0], log(30.5 / 70.5), 1e-12);
    assert_close(fit->beta[0] + fit->beta[1], log(45.5 / 35.5), 1e-12);
    mirti_logit_free(fit);
    mirti_survey_design_free(s.design);
    s = table(50, 20, 0, 12); /* separated: finite all the same */
    fit = fit_well(&s, &options);
    assert_close(fit->beta[0] + fit->beta[1], log(12.5 / 0.5), 1e-12);
    assert_true(isfinite(fit->covariance[3]));
    mirti_logit_free(fit);
    mirti_survey_design_free(s.design);
}

static void test_a_ridge_shrinks(void **state) {
    (void)state;
    sample s = table(70, 30, 35, 45);
    mirti_logit *free_fit = fit_well(&s, NULL);
    double last = free_fit->beta[1];
    static const double lambdas[] = {1e-6, 1e-4, 1e-2, 1, 1e2, 1e4, 1e6};
    for (size_t i = 0; i < sizeof lambdas / sizeof *lambdas; i++) {
        double lambda = lambdas[i];
        mirti_logit_options options = {.penalty = MIRTI_PENALTY_RIDGE, .ridge = lambda};
        mirti_logit *fit = fit_well(&s, &options);
        assert_true(fit->beta[1] > 0 && fit->beta[1] < last);
        if (lambda < 1e-5) assert_close(fit->beta[1], last, 1e-6);
        last = fit->beta[1];
        mirti_logit_free(fit);
    }
    assert_true(last < 1e-3);
    mirti_logit_free(free_fit);
    mirti_survey_design_free(s.design);
}

static void test_the_jackknife_of_rows(void **state) {
    (void)state;
    /* Of a saturated table the linearised variance is its n/(n−1) multiple of the model's; the
     * jackknife is near it, and exact for what it is: replayed by hand. */
    sample s = table(12, 8, 7, 13);
    mirti_survey_replicates *replicates;
    assert_int_equal(
        mirti_survey_replicates_new(s.design, MIRTI_REPLICATE_JK1, 0, 0, 0, &replicates, NULL),
        MIRTI_OK);
    mirti_logit_options options = {.replicates = replicates, .threads = 2};
    mirti_logit *fit = fit_well(&s, &options);
    const double cells[] = {12, 8, 7, 13};
    double n = s.rows, mean = 0, square = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int cell = 0; cell < 2; cell++) { /* rows with the trait leave the intercept alone */
            double zeros = cells[0] - (cell == 0), ones = cells[1] - (cell == 1);
            double b = log(ones / zeros);
            if (pass == 0) mean += cells[cell] * b / n;
            if (pass == 1) square += cells[cell] * (b - mean) * (b - mean);
            if (cell == 1) {
                double rest = n - cells[0] - cells[1], whole = log(cells[1] / cells[0]);
                if (pass == 0) mean += rest * whole / n;
                if (pass == 1) square += rest * (whole - mean) * (whole - mean);
            }
        }
    assert_close(fit->covariance[0], (n - 1) / n * square, 1e-10);
    mirti_logit_free(fit);
    mirti_survey_replicates_free(replicates);
    mirti_survey_design_free(s.design);
}

static void test_a_replicate_without_an_answer(void **state) {
    (void)state;
    sample s = table(12, 8, 7, 1); /* leave the one out, and the trait separates */
    mirti_survey_replicates *replicates;
    assert_int_equal(
        mirti_survey_replicates_new(s.design, MIRTI_REPLICATE_JK1, 0, 0, 0, &replicates, NULL),
        MIRTI_OK);
    mirti_logit_options options = {.replicates = replicates};
    mirti_logit *fit;
    mirti_error err = {0};
    assert_int_equal(mirti_logit_fit_with(s.design, s.x, 2, s.y, NULL, names, &options, &fit, &err),
                     MIRTI_ERROR_MODEL);
    assert_non_null(strstr(err.message, "replicate 28"));
    mirti_survey_replicates_free(replicates);
    mirti_survey_design_free(s.design);
}

/* Stops after some replicates, and counts how often it was asked. */
typedef struct stop {
    int after, heard;
    double done, total;
} stop;

static bool stop_there(void *context, const char *stage, double done, double total) {
    stop *here = context;
    assert_string_equal(stage, "replicates");
    here->heard++;
    here->done = done;
    here->total = total;
    return here->heard < here->after;
}

static void test_replicates_can_be_stopped(void **state) {
    (void)state;
    sample s = table(12, 8, 7, 13);
    mirti_survey_replicates *replicates;
    assert_int_equal(
        mirti_survey_replicates_new(s.design, MIRTI_REPLICATE_JK1, 0, 0, 0, &replicates, NULL),
        MIRTI_OK);
    for (int threads = 1; threads <= 2; threads++) {
        stop here = {.after = 7};
        const mirti_listener listener = {.progress = stop_there, .context = &here};
        mirti_logit_options options = {
            .replicates = replicates, .threads = threads, .listener = &listener};
        mirti_logit *fit;
        mirti_error err = {0};
        assert_int_equal(
            mirti_logit_fit_with(s.design, s.x, 2, s.y, NULL, names, &options, &fit, &err),
            MIRTI_ERROR_CANCELLED);
        assert_null(fit);
        assert_true(here.heard >= 7 && here.heard < 40);
        here = (stop){.after = 1000}; /* and if nobody stops it, all are told of */
        fit = fit_well(&s, &options);
        assert_int_equal(here.heard, 40);
        assert_true(here.total == 40);
        mirti_logit_free(fit);
    }
    mirti_survey_replicates_free(replicates);
    mirti_survey_design_free(s.design);
}

static void test_replicates_are_the_same_bits_by_any_threads(void **state) {
    (void)state;
    sample s = table(12, 8, 7, 13);
    mirti_survey_replicates *replicates;
    assert_int_equal(mirti_survey_replicates_new(s.design, MIRTI_REPLICATE_BOOTSTRAP, 50, 0, 3,
                                                 &replicates, NULL),
                     MIRTI_OK);
    mirti_logit_options options = {.replicates = replicates, .threads = 1};
    mirti_logit *one = fit_well(&s, &options);
    options.threads = 3;
    mirti_logit *three = fit_well(&s, &options);
    assert_memory_equal(one->covariance, three->covariance, 4 * sizeof(double));
    mirti_logit_free(one);
    mirti_logit_free(three);
    mirti_survey_replicates_free(replicates);
    mirti_survey_design_free(s.design);
}

static void test_a_wald_test_of_one_is_t_squared(void **state) {
    (void)state;
    sample s = table(70, 30, 35, 45);
    mirti_logit *fit = fit_well(&s, NULL);
    mirti_wald wald;
    assert_int_equal(mirti_logit_wald(fit, (const bool[]){false, true}, &wald, NULL), MIRTI_OK);
    assert_close(wald.f, fit->beta[1] * fit->beta[1] / fit->covariance[3], 1e-13);
    assert_int_equal(wald.q, 1);
    assert_int_equal(wald.df, 178);
    assert_int_equal(mirti_logit_wald(fit, (const bool[]){true, true}, &wald, NULL), MIRTI_OK);
    const double *v = fit->covariance, *b = fit->beta;
    double determinant = v[0] * v[3] - v[1] * v[1];
    double expected =
        (b[0] * b[0] * v[3] - 2 * b[0] * b[1] * v[1] + b[1] * b[1] * v[0]) / determinant / 2;
    assert_close(wald.f, expected, 1e-12);
    assert_int_equal(mirti_logit_wald(fit, (const bool[]){false, false}, &wald, NULL),
                     MIRTI_ERROR_USAGE);
    mirti_logit_free(fit);
    mirti_survey_design_free(s.design);
}

static void test_options_that_make_no_sense(void **state) {
    (void)state;
    sample s = table(70, 30, 35, 45);
    const mirti_logit_options wrong[] = {
        {.link = MIRTI_LINK_PROBIT, .penalty = MIRTI_PENALTY_FIRTH},
        {.penalty = MIRTI_PENALTY_RIDGE},
        {.penalty = MIRTI_PENALTY_RIDGE, .ridge = NAN},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        mirti_logit *fit;
        assert_int_equal(
            mirti_logit_fit_with(s.design, s.x, 2, s.y, NULL, names, &wrong[i], &fit, NULL),
            MIRTI_ERROR_USAGE);
        assert_null(fit);
    }
    mirti_survey_design_free(s.design);
}

static mirti_status fit_all_ways(mirti_error *err) {
    double x[80], y[40], weight[40];
    for (int i = 0; i < 40; i++) {
        x[2 * i] = 1;
        x[2 * i + 1] = i % 2;
        y[i] = i % 5 < 2;
        weight[i] = 1;
    }
    mirti_survey_design *design;
    MIRTI_TRY(mirti_survey_design_new(40, weight, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL,
                                      &design, err));
    mirti_survey_replicates *replicates = NULL;
    mirti_logit *fit = NULL;
    mirti_wald wald;
    mirti_status status =
        mirti_survey_replicates_new(design, MIRTI_REPLICATE_BOOTSTRAP, 3, 0, 1, &replicates, err);
    mirti_logit_options options = {
        .penalty = MIRTI_PENALTY_FIRTH, .replicates = replicates, .threads = 1};
    if (status == MIRTI_OK)
        status = mirti_logit_fit_with(design, x, 2, y, NULL, names, &options, &fit, err);
    if (status == MIRTI_OK) status = mirti_logit_wald(fit, (const bool[]){false, true}, &wald, err);
    mirti_logit_free(fit);
    mirti_survey_replicates_free(replicates);
    mirti_survey_design_free(design);
    return status;
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(fit_all_ways) > 40);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links_of_a_table),
        cmocka_unit_test(test_firth_adds_half_a_case_to_every_cell),
        cmocka_unit_test(test_a_ridge_shrinks),
        cmocka_unit_test(test_the_jackknife_of_rows),
        cmocka_unit_test(test_a_replicate_without_an_answer),
        cmocka_unit_test(test_replicates_can_be_stopped),
        cmocka_unit_test(test_replicates_are_the_same_bits_by_any_threads),
        cmocka_unit_test(test_a_wald_test_of_one_is_t_squared),
        cmocka_unit_test(test_options_that_make_no_sense),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
