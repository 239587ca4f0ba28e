/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors of risks by the bootstrap, against sums by hand over replicates that are made by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "predict_model.h"

enum { POINTS = 3, SAMPLED = 2, B = 16 };
static char first[] = "001", last[] = "999";
static char *const codes[] = {first, last};
static const double point[] = {-.2, .1, .5, 0, 1, 2};
static const double probability[] = {.2, .5, .3, .3, .3, .4};
static const mirti_area_effects effects = {.sigma = .7,
                                           .level = {{.count = SAMPLED,
                                                      .code = codes,
                                                      .points = POINTS,
                                                      .point = point,
                                                      .probability = probability}}};
static const mirti_area_effects no_spread = {.sigma = 0,
                                             .level = {{.count = SAMPLED,
                                                        .code = codes,
                                                        .points = POINTS,
                                                        .point = point,
                                                        .probability = probability}}};

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g is not %.17g", value, expected);
}

/* Replicates that differ from the model in every way; one of them has no fit. */
typedef struct by_hand {
    double true_beta[B * P], true_sigma[B], beta[B * P], sigma[B];
    double point[B * SAMPLED * POINTS], probability[B * SAMPLED * POINTS];
    mirti_mixed_replicates r;
} by_hand;

static void by_hand_make(by_hand *h) {
    for (int b = 0; b < B; b++) {
        for (int j = 0; j < P; j++) {
            h->true_beta[b * P + j] = predict_beta[j] * (1 + .02 * cos(b));
            h->beta[b * P + j] = predict_beta[j] * (1 + .05 * cos(3 * b + j));
        }
        h->true_sigma[b] = .3 + .02 * b;
        h->sigma[b] = b == 5 ? NAN : .7 + .1 * cos(b);
        for (int q = 0; q < SAMPLED * POINTS; q++) {
            h->point[b * SAMPLED * POINTS + q] = point[q] + .3 * cos(b + q);
            h->probability[b * SAMPLED * POINTS + q] = probability[q];
        }
    }
    h->r = (mirti_mixed_replicates){.count = B,
                                    .seed = 17,
                                    .columns = P,
                                    .areas = SAMPLED,
                                    .points = POINTS,
                                    .true_beta = h->true_beta,
                                    .true_sigma = h->true_sigma,
                                    .beta = h->beta,
                                    .sigma = h->sigma,
                                    .point = h->point,
                                    .probability = h->probability,
                                    .failed = 1};
}

typedef struct setting {
    small_model m;
    small_areas a;
    by_hand h;
    mirti_results *r;
    mirti_bootstrap_report report;
} setting;

static mirti_predict_options options_of(const mirti_area_effects *with, int threads) {
    return (mirti_predict_options){
        .confidence = .9, .dispersion = true, .threads = threads, .effects = with};
}

static mirti_status make(setting *s, const mirti_area_effects *with, int threads,
                         const mirti_listener *listener, mirti_error *err) {
    memset(s, 0, sizeof *s);
    small_areas_make(&s->a);
    by_hand_make(&s->h);
    MIRTI_TRY(small_model_make(&s->m, err));
    mirti_predict_options options = options_of(with, threads);
    MIRTI_TRY(mirti_predict_areas(&s->m.model, &s->a.areas, &options, &s->r, err));
    return mirti_results_bootstrap(s->r, &s->m.model, &s->a.areas, &s->h.r, &options, listener,
                                   &s->report, err);
}

static void forget(setting *s) {
    mirti_results_free(s->r);
    small_model_forget(&s->m);
}

/* Risk of area i when β is this and the effect u, by the published prediction. */
static double risk_at(setting *s, int i, const double *beta, double u) {
    mirti_results *r;
    mirti_predict_options options = options_of(NULL, 1);
    memcpy(s->m.beta, beta, sizeof s->m.beta);
    s->m.beta[0] += u;
    assert_int_equal(mirti_predict_areas(&s->m.model, &s->a.areas, &options, &r, NULL), MIRTI_OK);
    double risk = r->risk[i];
    mirti_results_free(r);
    return risk;
}

/* What replicate b predicts for area i: 0 has a sample, 1 has none. */
static double predicted(setting *s, int i, int b) {
    const double *beta = s->h.beta + b * P;
    double risk = 0, step = .5;
    for (int q = 0; i == 0 && q < POINTS; q++) {
        int at = b * SAMPLED * POINTS + q;
        risk += s->h.probability[at] * risk_at(s, i, beta, s->h.point[at]);
    }
    for (double z = -5; i > 0 && z <= 5; z += step)
        risk +=
            step * exp(-z * z / 2) / sqrt(2 * acos(-1)) * risk_at(s, i, beta, s->h.sigma[b] * z);
    return risk;
}

static void test_errors_are_those_of_replicates(void **state) {
    (void)state;
    static setting s;
    assert_int_equal(make(&s, &effects, 1, NULL, NULL), MIRTI_OK);
    assert_int_equal(s.report.replicates, B);
    assert_int_equal(s.report.failed, 1);
    for (int i = 0; i < 2; i++) {
        double square = 0, n = B - 1;
        for (int b = 0; b < B; b++) {
            if (b == 5) continue;
            double u = mirti_mixed_replicate_effect(&s.h.r, s.a.code[i], b);
            double error = predicted(&s, i, b) - risk_at(&s, i, s.h.true_beta + b * P, u);
            square += error * error;
        }
        /* Nine points within cells instead of 24, on both sides of the difference. */
        assert_near(s.r->risk_se[i], sqrt(square / n), 1e-4 * s.r->risk_se[i]);
        assert_true(s.r->risk_lo[i] < s.r->risk[i] && s.r->risk[i] < s.r->risk_hi[i]);
        assert_near(s.r->risk_cv[i], s.r->risk_se[i] / s.r->risk[i], 1e-15);
    }
    assert_true(isnan(s.r->risk[3]) && isnan(s.r->risk_se[3]));
    forget(&s);
}

/* Of the truths of replicates, carried to the published risk, the interval holds the share that it
 * is asked to: 90 % of 15 in two areas, give or take what studentising by the others adds. */
/* Effects of parents: an area in parent 001 errs as area 001 does that has the effect itself. Two
 * levels at once are not what replicates are of. */
static void test_effects_of_parents(void **state) {
    (void)state;
    static char town[] = "town";
    static setting s, own;
    mirti_area_effects of_parents = {.sigma = .7, .kind = town};
    of_parents.level[1] = effects.level[0];
    assert_int_equal(make(&own, &effects, 1, NULL, NULL), MIRTI_OK);
    assert_int_equal(make(&s, &effects, 1, NULL, NULL), MIRTI_OK);
    mirti_results_free(s.r);
    static char *parents[AREAS] = {first};
    s.a.areas.parent_code = parents;
    mirti_predict_options options = options_of(&of_parents, 2);
    assert_int_equal(mirti_predict_areas(&s.m.model, &s.a.areas, &options, &s.r, NULL), MIRTI_OK);
    assert_int_equal(mirti_results_bootstrap(s.r, &s.m.model, &s.a.areas, &s.h.r, &options, NULL,
                                             &s.report, NULL),
                     MIRTI_OK);
    assert_true(s.r->risk[0] == own.r->risk[0] && s.r->risk_se[0] == own.r->risk_se[0]);
    of_parents.level[0] = effects.level[0];
    assert_int_equal(mirti_results_bootstrap(s.r, &s.m.model, &s.a.areas, &s.h.r, &options, NULL,
                                             &s.report, NULL),
                     MIRTI_ERROR_USAGE);
    forget(&s);
    forget(&own);
}

/* What replicate b of a nested logit predicts for an area whose effect is normal. */
static double normally_predicted(setting *s, int i, int b, double mean, double sd) {
    double risk = 0, step = .5;
    for (double z = -5; z <= 5; z += step)
        risk += step * exp(-z * z / 2) / sqrt(2 * acos(-1)) *
                risk_at(s, i, s->h.beta + b * P, mean + sd * z);
    return risk;
}

/* Areas within parents: 001 has a sample, 002 lies in its parent, 003 in another one. The fit has
 * its areas in another order than codes are in. */
static void test_nested_effects(void **state) {
    (void)state;
    static char town[] = "town", state_a[] = "A", state_b[] = "B";
    static char *const parents[SAMPLED] = {state_a, state_b}, *const one[] = {state_a};
    static const int32_t swapped[SAMPLED] = {1, 0};
    static char *parent_of[AREAS] = {state_a, state_a, state_b, state_a};
    static setting s;
    double truth[B], found[B], effect[B * SAMPLED], sd[B * SAMPLED], own[B * SAMPLED], above[B],
        above_sd[B];
    for (int b = 0; b < B; b++) {
        truth[b] = .5 - .01 * b;
        found[b] = .4 + .1 * cos(2 * b);
        for (int a = 0; a < SAMPLED; a++) {
            effect[b * SAMPLED + a] = .3 * cos(b + 2 * a);
            sd[b * SAMPLED + a] = .2 + .05 * a;
            own[b * SAMPLED + a] = .1 + .003 * b;
        }
        above[b] = .2 * cos(4 * b);
        above_sd[b] = .25;
    }
    const mirti_area_effects nested = {.sigma = .7,
                                       .of_parent = .5,
                                       .level = {{.count = SAMPLED,
                                                  .code = codes,
                                                  .points = POINTS,
                                                  .point = point,
                                                  .probability = probability,
                                                  .parent = parents,
                                                  .place = swapped},
                                                 {.count = 1,
                                                  .code = one,
                                                  .points = POINTS,
                                                  .point = point,
                                                  .probability = probability,
                                                  .parent = one}},
                                       .kind = town};
    assert_int_equal(make(&s, &effects, 1, NULL, NULL), MIRTI_OK);
    mirti_results_free(s.r);
    s.a.areas.parent_code = parent_of;
    s.h.r.points = 0;
    s.h.r.parents = 1;
    s.h.r.true_sigma_parent = truth;
    s.h.r.sigma_parent = found;
    s.h.r.effect = effect;
    s.h.r.effect_sd = sd;
    s.h.r.effect_own_sd = own;
    s.h.r.parent_effect = above;
    s.h.r.parent_effect_sd = above_sd;
    mirti_predict_options options = options_of(&nested, 2);
    assert_int_equal(mirti_predict_areas(&s.m.model, &s.a.areas, &options, &s.r, NULL), MIRTI_OK);
    assert_int_equal(mirti_results_bootstrap(s.r, &s.m.model, &s.a.areas, &s.h.r, &options, NULL,
                                             &s.report, NULL),
                     MIRTI_OK);
    for (int i = 0; i < 3; i++) {
        double square = 0, part = 0;
        for (int b = 0; b < B; b++) {
            if (b == 5) continue;
            double u = mirti_nested_replicate_effect(&s.h.r, s.a.code[i], parent_of[i], b);
            double mean = i == 0 ? effect[b * SAMPLED + 1] : i == 1 ? above[b] : 0;
            double spread = i == 0   ? sd[b * SAMPLED + 1]
                            : i == 1 ? hypot(above_sd[b], s.h.sigma[b])
                                     : hypot(s.h.sigma[b], found[b]);
            double error = normally_predicted(&s, i, b, mean, spread) -
                           risk_at(&s, i, s.h.true_beta + b * P, u);
            square += error * error;
            double of_area = i == 0 ? own[b * SAMPLED + 1] : s.h.sigma[b];
            part += 1 - of_area * of_area / (spread * spread);
        }
        /* Nine points within cells instead of 24, on both sides of the difference. */
        assert_near(s.r->risk_se[i], sqrt(square / (B - 1)), 2e-4 * s.r->risk_se[i]);
        double parent_se = s.r->shared_se[MIRTI_SHARED_PARENT][i];
        double share = parent_se * parent_se + s.r->own_se[i] * s.r->own_se[i];
        assert_near(parent_se * parent_se / share, part / (B - 1), 1e-12);
        assert_int_equal(s.r->shared[MIRTI_SHARED_PARENT][i], i / 2);
    }
    s.h.r.parents = 2; /* not those of the effects */
    assert_int_equal(mirti_results_bootstrap(s.r, &s.m.model, &s.a.areas, &s.h.r, &options, NULL,
                                             &s.report, NULL),
                     MIRTI_ERROR_USAGE);
    forget(&s);
}

/* The effects of areas and parents are standard normal times their σ, and independent. */
static void test_nested_effects_are_drawn(void **state) {
    (void)state;
    double one[400], two[400], none[400] = {0};
    for (int b = 0; b < 400; b++) {
        one[b] = 1;
        two[b] = 2;
    }
    const mirti_mixed_replicates both = {
        .count = 400, .seed = 3, .true_sigma = one, .true_sigma_parent = two};
    const mirti_mixed_replicates parents = {
        .count = 400, .seed = 3, .true_sigma = none, .true_sigma_parent = two};
    double square = 0, product = 0, apart = 0;
    for (int b = 0; b < 400; b++) {
        double u = mirti_nested_replicate_effect(&both, "09002", "09", b);
        square += u * u;
        product += u * mirti_nested_replicate_effect(&both, "09003", "09", b);
        apart += u * mirti_nested_replicate_effect(&both, "09002", "10", b);
        assert_true(mirti_nested_replicate_effect(&parents, "09002", "09", b) ==
                    mirti_nested_replicate_effect(&parents, "09003", "09", b));
    }
    /* within four standard errors; of the product of two with covariance c: √((25 + c²)/400) */
    assert_near(square / 400, 5, 4 * 5 * sqrt(2) / 20);
    assert_near(product / 400, 4, 4 * sqrt(41) / 20);
    assert_near(apart / 400, 1, 4 * sqrt(26) / 20);
}

static void test_intervals_reach_as_far_as_errors(void **state) {
    (void)state;
    static setting s;
    assert_int_equal(make(&s, &effects, 1, NULL, NULL), MIRTI_OK);
    assert_true(s.report.sampled_lo < -1 && s.report.sampled_hi > 1);
    assert_true(s.report.other_lo < -1 && s.report.other_hi > 1);
    int held = 0;
    for (int i = 0; i < 2; i++) {
        double lo = mirti_logit_of(s.r->risk_lo[i]), hi = mirti_logit_of(s.r->risk_hi[i]);
        double centre = mirti_logit_of(s.r->risk[i]);
        for (int b = 0; b < B; b++) {
            if (b == 5) continue;
            double u = mirti_mixed_replicate_effect(&s.h.r, s.a.code[i], b);
            double error = mirti_logit_of(risk_at(&s, i, s.h.true_beta + b * P, u)) -
                           mirti_logit_of(predicted(&s, i, b));
            held += lo <= centre + error && centre + error <= hi;
        }
    }
    assert_true(held >= 25 && held <= 29); /* of 30; 27 are expected */
    forget(&s);
}

/* What β explains stays with the gradients; the rest is the area's own. */
static void test_parts_add_up(void **state) {
    (void)state;
    static setting s;
    assert_int_equal(make(&s, &effects, 1, NULL, NULL), MIRTI_OK);
    for (int i = 0; i < 3; i++) {
        double explained = 0;
        const double *g = s.r->gradient + i * P;
        for (int j = 0; j < P; j++)
            for (int l = 0; l < P; l++)
                explained += g[j] * s.m.covariance[j * P + l] * g[l];
        double square = s.r->risk_se[i] * s.r->risk_se[i];
        assert_near(s.r->own_se[i] * s.r->own_se[i], fmax(0, square - explained), 1e-12);
    }
    forget(&s);
}

/* A census that is a sample: its error is added, and reaches as far as its own t quantile says. */
static void test_error_of_the_census(void **state) {
    (void)state;
    static setting s, plain;
    assert_int_equal(make(&plain, &effects, 1, NULL, NULL), MIRTI_OK);
    assert_int_equal(make(&s, &effects, 1, NULL, NULL), MIRTI_OK);
    s.r->sample_se[0] = .4;
    s.r->sample_df[0] = 7.5;
    mirti_predict_options options = options_of(&effects, 1);
    assert_int_equal(mirti_results_bootstrap(s.r, &s.m.model, &s.a.areas, &s.h.r, &options, NULL,
                                             &s.report, NULL),
                     MIRTI_OK);
    double risk = s.r->risk[0], unit = risk * (1 - risk), se = plain.r->risk_se[0];
    assert_near(s.r->risk_se[0], hypot(se, .4 * unit), 1e-14);
    /* Ends are at mean + quantile · spread of the errors of replicates. */
    double lo = plain.r->reach_lo[0] * se / unit, hi = plain.r->reach_hi[0] * se / unit;
    double spread = (hi - lo) / (s.report.sampled_hi - s.report.sampled_lo);
    double mean = lo - s.report.sampled_lo * spread, t = mirti_survey_t_quantile(.9, 7.5) * .4;
    double from = mirti_logit_of(risk) + mean;
    assert_near(mirti_logit_of(s.r->risk_lo[0]), from - hypot(lo - mean, t), 1e-9);
    assert_near(mirti_logit_of(s.r->risk_hi[0]), from + hypot(hi - mean, t), 1e-9);
    assert_true(s.r->risk_se[1] == plain.r->risk_se[1]);
    assert_true(s.r->risk_lo[1] == plain.r->risk_lo[1]);
    forget(&s);
    forget(&plain);
}

/* σ estimated as zero: risks are those of the logit, their errors are not. */
static void test_no_spread(void **state) {
    (void)state;
    static setting s;
    assert_int_equal(make(&s, &no_spread, 1, NULL, NULL), MIRTI_OK);
    mirti_results *plain;
    mirti_predict_options options = options_of(NULL, 1);
    assert_int_equal(mirti_predict_areas(&s.m.model, &s.a.areas, &options, &plain, NULL), MIRTI_OK);
    for (int i = 0; i < 3; i++) {
        assert_true(s.r->risk[i] == plain->risk[i]);
        assert_true(s.r->risk_se[i] > plain->risk_se[i]);
    }
    mirti_results_free(plain);
    forget(&s);
}

/* Benchmarking moves risks; intervals reach as far in standard errors of the logit as before. */
static void test_benchmark_keeps_the_reach(void **state) {
    (void)state;
    static setting s;
    assert_int_equal(make(&s, &effects, 1, NULL, NULL), MIRTI_OK);
    const int32_t group_of[AREAS] = {0, 0, 0, -1};
    mirti_benchmark_group group[1] = {{.rate = .25}};
    const mirti_predict_options options = options_of(&effects, 1);
    assert_int_equal(
        mirti_results_benchmark(s.r, &s.m.model, &s.a.areas, group_of, group, 1, &options, NULL),
        MIRTI_OK);
    for (int i = 0; i < 3; i++) {
        double unit = s.r->risk_se[i] / (s.r->risk[i] * (1 - s.r->risk[i]));
        double centre = mirti_logit_of(s.r->risk[i]);
        assert_near((mirti_logit_of(s.r->risk_hi[i]) - centre) / unit, s.r->reach_hi[i], 1e-9);
        assert_near((mirti_logit_of(s.r->risk_lo[i]) - centre) / unit, s.r->reach_lo[i], 1e-9);
    }
    forget(&s);
}

static void test_the_same_bits_for_any_number_of_threads(void **state) {
    (void)state;
    static setting one, many;
    assert_int_equal(make(&one, &effects, 1, NULL, NULL), MIRTI_OK);
    for (int threads = 2; threads <= 3; threads++) {
        assert_int_equal(make(&many, &effects, threads, NULL, NULL), MIRTI_OK);
        for (int i = 0; i < 3; i++) {
            assert_true(one.r->risk_se[i] == many.r->risk_se[i]);
            assert_true(one.r->risk_lo[i] == many.r->risk_lo[i]);
            assert_true(one.r->risk_hi[i] == many.r->risk_hi[i]);
        }
        forget(&many);
    }
    forget(&one);
}

static bool refuse(void *context, const char *stage, double done, double total) {
    int *calls = context;
    assert_string_equal(stage, "bootstrap, areas");
    assert_true(done > 0 && done <= total && total == B);
    ++*calls;
    return false;
}

static void test_cancelling_and_wrong_use(void **state) {
    (void)state;
    static setting s;
    int calls = 0;
    mirti_error err = {0};
    const mirti_listener listener = {.progress = refuse, .context = &calls};
    assert_int_equal(make(&s, &effects, 1, &listener, &err), MIRTI_ERROR_CANCELLED);
    assert_int_equal(calls, 1);
    mirti_predict_options options = options_of(NULL, 1); /* without effects */
    assert_int_equal(mirti_results_bootstrap(s.r, &s.m.model, &s.a.areas, &s.h.r, &options, NULL,
                                             &s.report, &err),
                     MIRTI_ERROR_USAGE);
    forget(&s);
}

static mirti_status bootstrap_some(mirti_error *err) {
    static setting s;
    mirti_status status = make(&s, &effects, 1, NULL, err);
    forget(&s);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_without_memory(bootstrap_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_are_those_of_replicates),
        cmocka_unit_test(test_effects_of_parents),
        cmocka_unit_test(test_nested_effects),
        cmocka_unit_test(test_nested_effects_are_drawn),
        cmocka_unit_test(test_intervals_reach_as_far_as_errors),
        cmocka_unit_test(test_parts_add_up),
        cmocka_unit_test(test_error_of_the_census),
        cmocka_unit_test(test_no_spread),
        cmocka_unit_test(test_benchmark_keeps_the_reach),
        cmocka_unit_test(test_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(test_cancelling_and_wrong_use),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
