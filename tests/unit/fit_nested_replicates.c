/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bootstrap of the nested logit: the pairs of σ that replicates are drawn from, that their
 * refits are the fits of their outcomes, and that neither threads nor failures change anything. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "fit/replicates.h"
#include "nested_sample.h"

enum { B = 24, AREAS = 6 };

static const world here = {23, AREAS, {-2, 0.15}, 10, 3, true};

typedef struct fitted {
    mirti_survey_design *design;
    mirti_nested *fit;
    mirti_mixed_replicates *r;
} fitted;

static mirti_status make(const sample *s, const mirti_replicate_options *bootstrap, fitted *f,
                         mirti_error *err) {
    *f = (fitted){0};
    const mirti_mixed_options of_fit = {.threads = bootstrap->threads};
    MIRTI_TRY(mirti_survey_design_new(s->rows, s->weight, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL,
                                      &f->design, err));
    MIRTI_TRY(mirti_nested_fit(f->design, s->x, COLUMNS, s->y, NULL, s->area, s->parent, names,
                               &of_fit, &f->fit, err));
    return mirti_nested_replicate(f->design, s->x, s->y, NULL, s->area, s->parent, names, f->fit,
                                  bootstrap, &f->r, err);
}

static void forget(fitted *f) {
    mirti_mixed_replicates_free(f->r);
    mirti_nested_free(f->fit);
    mirti_survey_design_free(f->design);
}

static fitted make_well(const sample *s, const mirti_replicate_options *bootstrap) {
    fitted f;
    mirti_error err = {0};
    if (make(s, bootstrap, &f, &err) != MIRTI_OK) fail_msg("%s", err.message);
    return f;
}

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g is not %.17g", value, expected);
}

/* The outcomes of replicate b, area by area. */
static void draw_again(const sample *s, const fitted *f, int b, double *y) {
    for (int32_t a = 0; a < f->fit->areas; a++) {
        const char *area = f->fit->area[a], *parent = f->fit->parent[f->fit->area_parent[a]];
        double u = mirti_nested_replicate_effect(f->r, area, parent, b);
        mirti_rng rng = mirti_replicate_outcomes(f->r->seed, area, b);
        for (int i = 0; i < s->rows; i++)
            if (mirti_str_equal(s->area[i], mirti_str_of(area)))
                y[i] = mirti_replicate_outcome(&rng, s->x + i * COLUMNS,
                                               f->r->true_beta + b * COLUMNS, COLUMNS, u);
    }
}

/* The outcomes of a replicate fitted from scratch give what its refit gave: within 0.02 standard
 * errors, for a refit stops at a hundredth. Near zero the likelihood is flat in σ. */
static void test_refits_are_fits_of_their_outcomes(void **state) {
    (void)state;
    static sample s;
    draw(&here, &s, MOST, 20, 0.7, 0.8);
    fitted f = make_well(&s, &(mirti_replicate_options){.replicates = B, .seed = 9});
    assert_int_equal(f.r->failed, 0);
    for (int b = 0; b < B; b += 5) {
        double y[MOST];
        mirti_nested *again;
        mirti_error err = {0};
        draw_again(&s, &f, b, y);
        if (mirti_nested_fit(f.design, s.x, COLUMNS, y, NULL, s.area, s.parent, names, NULL, &again,
                             &err) != MIRTI_OK)
            fail_msg("%s", err.message);
        const double *v = again->model_covariance;
        for (int j = 0; j < COLUMNS; j++)
            assert_near(f.r->beta[b * COLUMNS + j], again->beta[j], 0.02 * sqrt(v[j * 5]));
        assert_near(f.r->sigma[b], again->sigma_area,
                    again->sigma_area > 0.3 ? 0.02 * sqrt(v[10]) : 0.05);
        assert_near(f.r->sigma_parent[b], again->sigma_parent,
                    again->sigma_parent > 0.3 ? 0.02 * sqrt(v[15]) : 0.05);
        bool both = again->sigma_area > 0.3 && again->sigma_parent > 0.3;
        for (int32_t a = 0; both && a < again->areas; a++) {
            assert_near(f.r->effect[b * again->areas + a], again->effect[a], 0.02);
            assert_near(f.r->effect_sd[b * again->areas + a], again->effect_sd[a], 0.01);
            assert_near(f.r->effect_own_sd[b * again->areas + a], again->effect_own_sd[a], 0.01);
        }
        for (int32_t g = 0; both && g < again->parents; g++) {
            int at = b * again->parents + g;
            assert_near(f.r->parent_effect[at], again->parent_effect[g], 0.02);
            assert_near(f.r->parent_effect_sd[at], again->parent_effect_sd[g], 0.01);
        }
        mirti_nested_free(again);
    }
    forget(&f);
}

/* σ of areas ascends through its quantiles; those of parents are spread over theirs. */
static void test_sigmas_are_what_the_sample_allows(void **state) {
    (void)state;
    static sample s;
    draw(&here, &s, MOST, 20, 0.7, 0.8);
    fitted f = make_well(&s, &(mirti_replicate_options){.replicates = B, .seed = 9});
    double of_area = sqrt(f.fit->model_covariance[10]),
           of_parent = sqrt(f.fit->model_covariance[15]);
    double least = 10, most = 0, sum = 0;
    for (int b = 0; b < B; b++) {
        assert_true(b == 0 || f.r->true_sigma[b] > f.r->true_sigma[b - 1]);
        least = fmin(least, f.r->true_sigma_parent[b]);
        most = fmax(most, f.r->true_sigma_parent[b]);
        sum += f.r->true_sigma_parent[b] / B;
        for (int j = 0; j < COLUMNS; j++)
            assert_near(f.r->true_beta[b * COLUMNS + j], f.fit->beta[j],
                        sqrt(f.fit->model_covariance[j * 5]));
    }
    assert_near(f.r->true_sigma[B / 2], f.fit->sigma_area, of_area);
    assert_near(sum, f.fit->sigma_parent, of_parent);
    /* The quantiles 1/48 and 47/48 of a normal are two standard deviations away. */
    assert_true(f.r->true_sigma[0] < f.fit->sigma_area - of_area);
    assert_true(f.r->true_sigma[B - 1] > f.fit->sigma_area + of_area);
    assert_true(least < f.fit->sigma_parent - of_parent);
    assert_true(most > f.fit->sigma_parent + of_parent);
    forget(&f);
}

static void test_an_estimate_of_zero_is_not_the_last_word(void **state) {
    (void)state;
    static sample s;
    for (int both = 0; both < 2; both++) {
        draw(&here, &s, 500, 8, 0, 0);
        int seen[8 * AREAS] = {0};
        for (int i = 0; i < s.rows; i++) { /* areas as alike as they can be, and states or not */
            int area = atoi(s.text[i][1] + 1), of_four = both || area / AREAS % 2 ? 2 : 1;
            s.weight[i] = 1;
            s.y[i] = seen[area]++ % 4 < of_four;
        }
        fitted f = make_well(&s, &(mirti_replicate_options){.replicates = B, .seed = 9});
        assert_true(f.fit->area_boundary && f.fit->parent_boundary == both);
        assert_true(f.r->true_sigma[0] > 0 && f.r->true_sigma[B - 1] > 0.2);
        for (int b = 0; b < B; b++)
            assert_true(f.r->true_sigma_parent[b] > 0);
        assert_int_equal(f.r->failed, 0);
        forget(&f);
    }
}

static bool same(const double *left, const double *right, size_t count) {
    return memcmp(left, right, count * sizeof *left) == 0;
}

static void test_the_same_bits_for_any_number_of_threads(void **state) {
    (void)state;
    static sample s;
    draw(&here, &s, 600, 8, 0.5, 0.6);
    fitted one =
        make_well(&s, &(mirti_replicate_options){.replicates = B, .seed = 4, .threads = 1});
    for (int threads = 2; threads <= 3; threads++) {
        const mirti_replicate_options options = {.replicates = B, .seed = 4, .threads = threads};
        fitted many = make_well(&s, &options);
        size_t areas = (size_t)one.r->areas, parents = (size_t)one.r->parents;
        assert_true(same(one.r->beta, many.r->beta, B * COLUMNS));
        assert_true(same(one.r->true_beta, many.r->true_beta, B * COLUMNS));
        assert_true(same(one.r->sigma, many.r->sigma, B));
        assert_true(same(one.r->true_sigma_parent, many.r->true_sigma_parent, B));
        assert_true(same(one.r->effect, many.r->effect, B * areas));
        assert_true(same(one.r->parent_effect_sd, many.r->parent_effect_sd, B * parents));
        forget(&many);
    }
    forget(&one);
}

static bool stop_after(void *context, const char *stage, double done, double total) {
    int *left = context;
    if (strcmp(stage, "bootstrap, refits") != 0) return true;
    assert_true(done >= 1 && done <= total && total == B);
    return (*left)-- > 0;
}

static void test_cancelling_and_wrong_use(void **state) {
    (void)state;
    static sample s, other;
    draw(&here, &s, 300, 5, 0.5, 0.5);
    int left = 5;
    const mirti_listener listener = {.progress = stop_after, .context = &left};
    const mirti_replicate_options watched = {
        .replicates = B, .seed = 4, .threads = 1, .listener = &listener};
    fitted f;
    mirti_error err = {0};
    assert_int_equal(make(&s, &watched, &f, &err), MIRTI_ERROR_CANCELLED);
    assert_int_equal(left, -1);
    assert_null(f.r);
    const mirti_replicate_options one = {.replicates = 1}, some = {.replicates = B};
    assert_int_equal(mirti_nested_replicate(f.design, s.x, s.y, NULL, s.area, s.parent, names,
                                            f.fit, &one, &f.r, &err),
                     MIRTI_ERROR_USAGE);
    draw(&here, &other, 200, 5, 0.5, 0.5);
    mirti_survey_design *design;
    assert_int_equal(mirti_survey_design_new(other.rows, other.weight, NULL, NULL, true, NULL,
                                             MIRTI_LONELY_FAIL, &design, &err),
                     MIRTI_OK);
    assert_int_equal(mirti_nested_replicate(design, other.x, other.y, NULL, other.area,
                                            other.parent, names, f.fit, &some, &f.r, &err),
                     MIRTI_ERROR_USAGE);
    assert_non_null(strstr(err.message, "not fitted to this sample"));
    mirti_survey_design_free(design);
    forget(&f);
}

static mirti_status replicate_some(mirti_error *err) {
    static sample s;
    draw(&here, &s, 100, 8, 1, 1);
    fitted f;
    const mirti_replicate_options options = {.replicates = 2, .seed = 4, .threads = 1};
    mirti_status status = make(&s, &options, &f, err);
    forget(&f);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_here_and_there(replicate_some, 30);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refits_are_fits_of_their_outcomes),
        cmocka_unit_test(test_sigmas_are_what_the_sample_allows),
        cmocka_unit_test(test_an_estimate_of_zero_is_not_the_last_word),
        cmocka_unit_test(test_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(test_cancelling_and_wrong_use),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
