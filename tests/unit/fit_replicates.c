/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parametric bootstrap of the mixed logit: what replicates are drawn from, that their refits
 * are the fits of their outcomes, and that neither threads nor failures change anything. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mixed_sample.h"

enum { B = 24 };

typedef struct fitted {
    mirti_survey_design *design;
    mirti_mixed *fit;
    mirti_mixed_replicates *r;
} fitted;

static mirti_status make(const sample *s, const mirti_mixed_options *options,
                         const mirti_replicate_options *bootstrap, fitted *f, mirti_error *err) {
    *f = (fitted){0};
    MIRTI_TRY(mirti_survey_design_new(s->rows, s->weight, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL,
                                      &f->design, err));
    MIRTI_TRY(mirti_mixed_fit(f->design, s->x, COLUMNS, s->y, NULL, s->area, names, options,
                              &f->fit, err));
    return mirti_mixed_replicate(f->design, s->x, s->y, NULL, s->area, names, f->fit, bootstrap,
                                 &f->r, err);
}

static void forget(fitted *f) {
    mirti_mixed_replicates_free(f->r);
    mirti_mixed_free(f->fit);
    mirti_survey_design_free(f->design);
}

static fitted make_well(const sample *s, const mirti_mixed_options *options,
                        const mirti_replicate_options *bootstrap) {
    fitted f;
    mirti_error err = {0};
    if (make(s, options, bootstrap, &f, &err) != MIRTI_OK) fail_msg("%s", err.message);
    return f;
}

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g is not %.17g", value, expected);
}

/* The outcomes of a replicate fitted from scratch give what its refit gave: within 0.02 standard
 * errors, for a refit stops at a hundredth; and the same points of the posteriors. */
static void check_refits(int quadrature) {
    static sample s;
    draw(&s, MOST, 30, 0.8, 5);
    const mirti_mixed_options options = {.quadrature = quadrature};
    fitted f = make_well(&s, &options, &(mirti_replicate_options){.replicates = B, .seed = 9});
    assert_int_equal(f.r->failed, 0);
    assert_int_equal(f.r->points, 7);
    for (int b = 0; b < B; b += 5) {
        double y[MOST];
        mirti_mixed *again;
        mirti_error err = {0};
        assert_int_equal(
            mirti_mixed_replicate_outcomes(f.r, f.fit, b, s.x, NULL, s.area, s.rows, y, &err),
            MIRTI_OK);
        if (mirti_mixed_fit(f.design, s.x, COLUMNS, y, NULL, s.area, names, &options, &again,
                            &err) != MIRTI_OK)
            fail_msg("%s", err.message);
        for (int j = 0; j < COLUMNS; j++)
            assert_near(f.r->beta[b * COLUMNS + j], again->beta[j],
                        0.02 * sqrt(again->model_covariance[j * 5]));
        /* Near zero the likelihood is flat in sigma, and the place of its top matters as little. */
        assert_near(f.r->sigma[b], again->sigma,
                    again->sigma > 0.3 ? 0.02 * sqrt(again->model_covariance[15]) : 0.05);
        for (int q = 0; again->sigma > 0.3 && q < again->areas * again->points; q++) {
            int at = b * again->areas * again->points + q;
            assert_near(f.r->point[at], again->point[q], 0.02);
            assert_near(f.r->probability[at], again->probability[q], 1e-3);
        }
        mirti_mixed_free(again);
    }
    forget(&f);
}

static void test_refits_are_fits_of_their_outcomes(void **state) {
    (void)state;
    check_refits(7);
}

static void test_refits_by_laplace(void **state) {
    (void)state;
    check_refits(1);
}

/* σ ascends through the quantiles of what the sample allows, whose middle is near the estimate. */
static void test_sigma_is_what_the_sample_allows(void **state) {
    (void)state;
    static sample s;
    draw(&s, MOST, 30, 0.8, 5);
    fitted f = make_well(&s, NULL, &(mirti_replicate_options){.replicates = B, .seed = 9});
    double sd = sqrt(f.fit->model_covariance[15]);
    for (int b = 1; b < B; b++)
        assert_true(f.r->true_sigma[b] > f.r->true_sigma[b - 1]);
    assert_near(f.r->true_sigma[B / 2], f.fit->sigma, sd);
    /* The quantiles 1/48 and 47/48 of a normal are two standard deviations away. */
    assert_true(f.r->true_sigma[0] < f.fit->sigma - sd);
    assert_true(f.r->true_sigma[B - 1] > f.fit->sigma + sd);
    for (int b = 0; b < B; b++) /* β goes with its σ: further from zero where areas differ more */
        for (int j = 0; j < COLUMNS; j++)
            assert_near(f.r->true_beta[b * COLUMNS + j], f.fit->beta[j],
                        sqrt(f.fit->model_covariance[j * 5]));
    forget(&f);
}

static void test_an_estimate_of_zero_is_not_the_last_word(void **state) {
    (void)state;
    static sample s;
    draw(&s, 400, 20, 0, 3);
    const mirti_mixed_options unit = {.scaling = MIRTI_SCALING_UNIT};
    fitted f = make_well(&s, &unit, &(mirti_replicate_options){.replicates = B, .seed = 9});
    assert_true(f.fit->boundary);
    assert_true(f.r->true_sigma[0] > 0 && f.r->true_sigma[B - 1] > 0.2);
    assert_int_equal(f.r->failed, 0);
    forget(&f);
}

/* Effects are standard normal times σ, and an area's own, in the survey or not. */
static void test_effects_are_drawn(void **state) {
    (void)state;
    double sigma[400];
    for (int b = 0; b < 400; b++)
        sigma[b] = 2;
    const mirti_mixed_replicates r = {.count = 400, .seed = 3, .true_sigma = sigma};
    double sum = 0, square = 0, product = 0;
    for (int b = 0; b < 400; b++) {
        double u = mirti_mixed_replicate_effect(&r, "09002", b);
        assert_true(u == mirti_mixed_replicate_effect(&r, "09002", b));
        sum += u;
        square += u * u;
        product += u * mirti_mixed_replicate_effect(&r, "09003", b);
    }
    /* within four standard errors */
    assert_near(sum / 400, 0, 4 * 2 / 20.0);
    assert_near(square / 400, 4, 4 * 4 * sqrt(2) / 20);
    assert_near(product / 400, 0, 4 * 4 / 20.0);
}

static bool same(const double *left, const double *right, size_t count) {
    return memcmp(left, right, count * sizeof *left) == 0;
}

static void test_the_same_bits_for_any_number_of_threads(void **state) {
    (void)state;
    static sample s;
    draw(&s, 600, 20, 0.5, 7);
    fitted one =
        make_well(&s, NULL, &(mirti_replicate_options){.replicates = B, .seed = 4, .threads = 1});
    for (int threads = 2; threads <= 3; threads++) {
        const mirti_replicate_options options = {.replicates = B, .seed = 4, .threads = threads};
        fitted many = make_well(&s, NULL, &options);
        size_t each = (size_t)one.r->areas * (size_t)one.r->points;
        assert_true(same(one.r->beta, many.r->beta, B * COLUMNS));
        assert_true(same(one.r->true_beta, many.r->true_beta, B * COLUMNS));
        assert_true(same(one.r->sigma, many.r->sigma, B));
        assert_true(same(one.r->true_sigma, many.r->true_sigma, B));
        assert_true(same(one.r->point, many.r->point, B * each));
        assert_true(same(one.r->probability, many.r->probability, B * each));
        forget(&many);
    }
    forget(&one);
}

/* Where the outcome is rare and areas are few, replicates without it have no fit: an error that
 * says so. */
static void test_replicates_without_a_fit(void **state) {
    (void)state;
    static sample s;
    draw(&s, 60, 6, 0.5, 2);
    for (int i = 0; i < s.rows; i++)
        s.y[i] = i == 7 || i == 20;
    fitted f;
    mirti_error err = {0};
    const mirti_replicate_options options = {.replicates = B, .seed = 1};
    assert_int_equal(make(&s, NULL, &options, &f, &err), MIRTI_ERROR_MODEL);
    assert_non_null(strstr(err.message, "bootstrap replicates have no fit"));
    assert_non_null(strstr(err.remedy, "larger areas"));
    forget(&f);
}

typedef struct watch {
    int calls, most;
} watch;

static bool stop_after(void *context, const char *stage, double done, double total) {
    watch *w = context;
    if (strcmp(stage, "bootstrap, refits") != 0) return true;
    assert_true(done >= 1 && done <= total && total == B);
    return ++w->calls <= w->most;
}

static void test_progress_and_cancelling(void **state) {
    (void)state;
    static sample s;
    draw(&s, 300, 10, 0.5, 7);
    watch w = {0, 5};
    const mirti_listener listener = {.progress = stop_after, .context = &w};
    mirti_replicate_options options = {
        .replicates = B, .seed = 4, .threads = 1, .listener = &listener};
    fitted f;
    mirti_error err = {0};
    assert_int_equal(make(&s, NULL, &options, &f, &err), MIRTI_ERROR_CANCELLED);
    assert_int_equal(w.calls, 6);
    assert_null(f.r);
    forget(&f);
    w = (watch){0, 1000};
    f = make_well(&s, NULL, &options);
    assert_int_equal(w.calls, B);
    forget(&f);
}

static void test_wrong_use(void **state) {
    (void)state;
    static sample s, other;
    draw(&s, 300, 10, 0.5, 7);
    fitted f;
    mirti_error err = {0};
    const mirti_replicate_options one = {.replicates = 1};
    assert_int_equal(make(&s, NULL, &one, &f, &err), MIRTI_ERROR_USAGE);
    draw(&other, 200, 10, 0.5, 7);
    mirti_survey_design *design;
    assert_int_equal(mirti_survey_design_new(other.rows, other.weight, NULL, NULL, true, NULL,
                                             MIRTI_LONELY_FAIL, &design, &err),
                     MIRTI_OK);
    const mirti_replicate_options some = {.replicates = B};
    mirti_mixed_replicates *r;
    assert_int_equal(mirti_mixed_replicate(design, other.x, other.y, NULL, other.area, names, f.fit,
                                           &some, &r, &err),
                     MIRTI_ERROR_USAGE);
    assert_non_null(strstr(err.message, "not fitted to this sample"));
    mirti_survey_design_free(design);
    forget(&f);
}

static mirti_status replicate_some(mirti_error *err) {
    static sample s;
    draw(&s, 120, 4, 0.8, 11);
    fitted f;
    const mirti_replicate_options options = {.replicates = 2, .seed = 4, .threads = 1};
    const mirti_mixed_options of_fit = {.threads = 1};
    mirti_status status = make(&s, &of_fit, &options, &f, err);
    double y[MOST];
    if (status == MIRTI_OK)
        status = mirti_mixed_replicate_outcomes(f.r, f.fit, 0, s.x, NULL, s.area, s.rows, y, err);
    forget(&f);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_without_memory(replicate_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refits_are_fits_of_their_outcomes),
        cmocka_unit_test(test_refits_by_laplace),
        cmocka_unit_test(test_sigma_is_what_the_sample_allows),
        cmocka_unit_test(test_an_estimate_of_zero_is_not_the_last_word),
        cmocka_unit_test(test_effects_are_drawn),
        cmocka_unit_test(test_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(test_replicates_without_a_fit),
        cmocka_unit_test(test_progress_and_cancelling),
        cmocka_unit_test(test_wrong_use),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
