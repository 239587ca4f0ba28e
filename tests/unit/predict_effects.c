/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Effects of areas: empirical best where the area has a sample, the spread of areas elsewhere,
 * against sums over points by hand and integrals by fine trapezoids. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "predict_model.h"

enum { POINTS = 3 };
static char first[] = "001", parent[] = "09", last[] = "999";
static char *const codes[] = {first, parent, last};
static const double point[] = {-.2, .1, .5, -.6, -.5, -.3, 0, 1, 2};
static const double probability[] = {.2, .5, .3, .1, .6, .3, .3, .3, .4};
static const mirti_area_effects effects = {
    .sigma = .7,
    .level = {
        {.count = 3, .code = codes, .points = POINTS, .point = point, .probability = probability}}};

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g is not %.17g", value, expected);
}

typedef struct setting {
    small_model m;
    small_areas a;
    mirti_results *r;
} setting;

static mirti_status make(setting *s, const mirti_area_effects *with, mirti_error *err) {
    memset(s, 0, sizeof *s);
    small_areas_make(&s->a);
    static char *parents[AREAS] = {NULL, NULL, parent, NULL};
    s->a.areas.parent_code = parents;
    MIRTI_TRY(small_model_make(&s->m, err));
    const mirti_predict_options options = {
        .confidence = .95, .dispersion = true, .threads = 1, .effects = with};
    return mirti_predict_areas(&s->m.model, &s->a.areas, &options, &s->r, err);
}

static void forget(setting *s) {
    mirti_results_free(s->r);
    small_model_forget(&s->m);
}

/* Risks and gradients when all areas have the same known effect: a shifted intercept. */
static void shifted(double u, double risk[3], double gradient[3][P]) {
    setting s;
    assert_int_equal(make(&s, NULL, NULL), MIRTI_OK);
    mirti_results_free(s.r);
    s.m.beta[0] += u;
    const mirti_predict_options options = {.confidence = .95, .dispersion = true, .threads = 1};
    assert_int_equal(mirti_predict_areas(&s.m.model, &s.a.areas, &options, &s.r, NULL), MIRTI_OK);
    memcpy(risk, s.r->risk, 3 * sizeof *risk);
    memcpy(gradient, s.r->gradient, 3 * P * sizeof(double));
    forget(&s);
}

static void test_areas_of_the_sample(void **state) {
    (void)state;
    setting s;
    assert_int_equal(make(&s, &effects, NULL), MIRTI_OK);
    double risk[3], gradient[3][P], mean[3] = {0}, square[3] = {0}, slope[3][P] = {{0}};
    for (int q = 0; q < POINTS; q++)
        for (int i = 0; i < 3; i += 2) { /* 001 by its code, 003 by its parent 09 */
            int at = (i == 0 ? 0 : POINTS) + q;
            shifted(point[at], risk, gradient);
            mean[i] += probability[at] * risk[i];
            square[i] += probability[at] * risk[i] * risk[i];
            for (int j = 0; j < P; j++)
                slope[i][j] += probability[at] * gradient[i][j];
        }
    for (int i = 0; i < 3; i += 2) {
        assert_near(s.r->risk[i], mean[i], 1e-14);
        /* as a part of 09 the third area would share it with others */
        double error = i == 0 ? s.r->own_se[i] : s.r->shared_se[MIRTI_SHARED_AREA][i];
        assert_near(error, sqrt(square[i] - mean[i] * mean[i]), 1e-9);
        double variance = error * error;
        for (int j = 0; j < P; j++) {
            assert_near(s.r->gradient[i * P + j], slope[i][j], 1e-14);
            for (int l = 0; l < P; l++)
                variance += slope[i][j] * s.m.covariance[j * P + l] * slope[i][l];
        }
        assert_near(s.r->risk_se[i], sqrt(variance), 1e-13);
        assert_int_equal(s.r->method[i], MIRTI_METHOD_EB);
    }
    forget(&s);
}

static void test_areas_outside_the_sample(void **state) {
    (void)state;
    setting s;
    assert_int_equal(make(&s, &effects, NULL), MIRTI_OK);
    double mean = 0, square = 0, step = .02, gradient[3][P], risk[3];
    for (double z = -8; z <= 8; z += step) {
        double weight = step * exp(-z * z / 2) / sqrt(2 * acos(-1));
        shifted(.7 * z, risk, gradient);
        mean += weight * risk[1];
        square += weight * risk[1] * risk[1];
    }
    assert_near(s.r->risk[1], mean, 1e-8); /* fifteen points */
    assert_near(s.r->own_se[1], sqrt(square - mean * mean), 1e-6);
    assert_int_equal(s.r->method[1], MIRTI_METHOD_SYNTHETIC);
    assert_true(isnan(s.r->risk[3]) && s.r->method[3] == MIRTI_METHOD_NONE);
    forget(&s);
}

static void test_no_spread_no_effects(void **state) {
    (void)state;
    setting s, plain;
    mirti_area_effects none = effects;
    none.sigma = 0;
    assert_int_equal(make(&s, &none, NULL), MIRTI_OK);
    assert_int_equal(make(&plain, NULL, NULL), MIRTI_OK);
    for (int i = 0; i < 3; i++) {
        assert_true(s.r->risk[i] == plain.r->risk[i] && s.r->risk_se[i] == plain.r->risk_se[i]);
        assert_int_equal(s.r->method[i], MIRTI_METHOD_AGGREGATE);
    }
    forget(&s);
    forget(&plain);
}

/* Predicts with effects whose two levels and kind are given; the areas are `kind`, and their
 * parents' parents as `larger` says. */
static void predict_levels(setting *s, const mirti_area_effects *with, char *kind) {
    memset(s, 0, sizeof *s);
    small_areas_make(&s->a);
    static char *parents[AREAS] = {last, parent, parent, NULL};
    s->a.areas.parent_code = parents;
    s->a.areas.kind = kind;
    assert_int_equal(small_model_make(&s->m, NULL), MIRTI_OK);
    const mirti_predict_options options = {
        .confidence = .95, .dispersion = true, .threads = 1, .effects = with};
    assert_int_equal(mirti_predict_areas(&s->m.model, &s->a.areas, &options, &s->r, NULL),
                     MIRTI_OK);
}

/* The risk of an area over the points of effect `at`. */
static double over_points(int area, int at) {
    double risk[3], gradient[3][P], mean = 0;
    for (int q = at * POINTS; q < (at + 1) * POINTS; q++) {
        shifted(point[q], risk, gradient);
        mean += probability[q] * risk[area];
    }
    return mean;
}

static void test_two_levels(void **state) {
    (void)state;
    static char municipality[] = "municipality", locality[] = "locality";
    static char *own[] = {first};     /* an area with a sample: effect 0 */
    static char *states[] = {parent}; /* its state: effect 1 */
    mirti_area_effects two = {.sigma = .7,
                              .level = {{.count = 1,
                                         .code = own,
                                         .points = POINTS,
                                         .point = point,
                                         .probability = probability},
                                        {.count = 1,
                                         .code = states,
                                         .points = POINTS,
                                         .point = point + POINTS,
                                         .probability = probability + POINTS}},
                              .kind = municipality};
    setting s;
    predict_levels(&s, &two, municipality);
    assert_near(s.r->risk[0], over_points(0, 0), 1e-14); /* by its own */
    assert_near(s.r->risk[1], over_points(1, 1), 1e-14); /* by its state */
    assert_near(s.r->risk[2], over_points(2, 1), 1e-14);
    assert_int_equal(s.r->method[1], MIRTI_METHOD_EB);
    forget(&s);

    /* Localities: the first lies in municipality 999, which no level knows, of state 09. */
    small_areas above;
    small_areas_make(&above);
    static char *above_code[AREAS] = {last, first, first, first};
    static char *above_parent[AREAS] = {parent, NULL, NULL, NULL};
    above.areas.code = above_code;
    above.areas.parent_code = above_parent;
    own[0] = last; /* or it has a sample */
    predict_levels(&s, &two, locality);
    assert_near(s.r->risk[0], over_points(0, 0), 1e-14); /* by its municipality */
    forget(&s);
    own[0] = locality; /* no code of an area: the municipality has no sample */
    two.larger = &above.areas;
    predict_levels(&s, &two, locality);
    assert_near(s.r->risk[0], over_points(0, 1), 1e-14); /* by its municipality's state */
    forget(&s);
    two.larger = NULL;
    predict_levels(&s, &two, locality);
    assert_int_equal(s.r->method[0], MIRTI_METHOD_SYNTHETIC); /* whose state is not known */
    forget(&s);
}

static void test_a_municipality_is_no_state(void **state) {
    (void)state;
    /* Municipality 001 shares its code with a state: it has its own state's effect or none. */
    static char municipality[] = "municipality";
    static char *states[] = {first};
    const mirti_area_effects of_states = {.sigma = .7,
                                          .level = {{0},
                                                    {.count = 1,
                                                     .code = states,
                                                     .points = POINTS,
                                                     .point = point,
                                                     .probability = probability}},
                                          .kind = municipality};
    setting s;
    predict_levels(&s, &of_states, municipality);
    assert_int_equal(s.r->method[0], MIRTI_METHOD_SYNTHETIC);
    forget(&s);
    /* Nor is state 09, where the second and third lie, the municipality 09 of the sample. */
    static char *areas[] = {parent};
    const mirti_area_effects of_areas = {.sigma = .7,
                                         .level = {{.count = 1,
                                                    .code = areas,
                                                    .points = POINTS,
                                                    .point = point,
                                                    .probability = probability}},
                                         .kind = municipality};
    predict_levels(&s, &of_areas, municipality);
    assert_int_equal(s.r->method[1], MIRTI_METHOD_SYNTHETIC);
    forget(&s);
}

/* Which of the results share an error of kind e, as letters: 'a' for the first, '-' for none. */
static void assert_shared(const setting *s, mirti_shared_error e, const char *expected) {
    char found[AREAS] = "";
    for (int i = 0; i < AREAS - 1; i++)
        found[i] = s->r->shared_se[e][i] == 0 ? '-' : (char)('a' + s->r->shared[e][i]);
    assert_string_equal(found, expected);
}

/* The part of the risk's variance that comes from the coefficients. */
static double of_beta(const setting *s, int i) {
    const double *gradient = s->r->gradient + i * P;
    double variance = 0;
    for (int j = 0; j < P; j++)
        for (int l = 0; l < P; l++)
            variance += gradient[j] * s->m.covariance[j * P + l] * gradient[l];
    return variance;
}

/* Variances over u by the results: all, and the part shared with the parent's areas. */
static void assert_parts(const setting *s, int i, double of_parent, double of_area) {
    double parent_se = s->r->shared_se[MIRTI_SHARED_PARENT][i],
           area_se = s->r->shared_se[MIRTI_SHARED_AREA][i], own = s->r->own_se[i];
    double all = parent_se * parent_se + area_se * area_se + own * own;
    assert_near(parent_se * parent_se, of_parent * all, 1e-15);
    assert_near(area_se * area_se, of_area * all, 1e-15);
    assert_near(s->r->risk_se[i] * s->r->risk_se[i], of_beta(s, i) + all, 1e-15);
}

static void test_what_is_shared(void **state) {
    (void)state;
    static char municipality[] = "municipality", locality[] = "locality";
    static char *own[] = {first}, *states[] = {parent, last}, *own_states[] = {last};
    static const double of_area[] = {.25}, of_state[] = {.75, .5};
    mirti_area_effects nested = {.sigma = .7,
                                 .of_parent = .1,
                                 .level = {{.count = 1,
                                            .code = own,
                                            .points = POINTS,
                                            .point = point,
                                            .probability = probability,
                                            .parent = own_states,
                                            .of_parent = of_area},
                                           {.count = 0,
                                            .code = states,
                                            .points = POINTS,
                                            .point = point,
                                            .probability = probability,
                                            .of_parent = of_state}},
                                 .kind = municipality};
    setting s; /* municipalities: the first has a sample; of state 999; two of state 09 */
    predict_levels(&s, &nested, municipality);
    assert_shared(&s, MIRTI_SHARED_PARENT, "baa");
    assert_shared(&s, MIRTI_SHARED_AREA, "---");
    assert_parts(&s, 0, .25, 0);
    assert_parts(&s, 1, .1, 0); /* its state was not in the survey */
    forget(&s);
    nested.level[1].count = 2;
    predict_levels(&s, &nested, municipality);
    assert_parts(&s, 2, .75, 0);
    forget(&s);

    /* Localities: one of 999, two of 09; as municipalities these lie in states 09 and 999. */
    small_areas above;
    small_areas_make(&above);
    static char *above_code[AREAS] = {last, parent, first, first};
    static char *above_parent[AREAS] = {parent, last, NULL, NULL};
    above.areas.code = above_code;
    above.areas.parent_code = above_parent;
    nested.larger = &above.areas;
    nested.level[0].count = 0;
    nested.level[1].count = 1; /* found in 09 itself by the parent's code; in 999 by its state */
    predict_levels(&s, &nested, locality);
    assert_shared(&s, MIRTI_SHARED_PARENT, "aaa");
    assert_shared(&s, MIRTI_SHARED_AREA, "a--");
    assert_parts(&s, 0, .75, .25);
    forget(&s);
    nested.level[1].count = 0; /* nothing is known: parts of two areas, of two states */
    predict_levels(&s, &nested, locality);
    assert_shared(&s, MIRTI_SHARED_PARENT, "abb");
    assert_shared(&s, MIRTI_SHARED_AREA, "baa");
    assert_parts(&s, 1, .1, .9);
    forget(&s);
}

/* Of a nested logit: modes and variances as its formulas say, points as a normal's. */
static void test_of_a_nested_logit(void **state) {
    (void)state;
    char b[] = "b", a[] = "a", c[] = "c", two[] = "2", one[] = "1";
    char *area[] = {b, a, c}, *parents[] = {two, one};
    double effect[] = {.3, -.2, .9}, effect_sd[] = {.1, .2, 0}, of_parent[] = {.4, .5},
           parent_sd[] = {.3, 0}, own_sd[] = {.06, .2, 0};
    int32_t of[] = {0, 1, 1};
    mirti_nested nested = {.sigma_area = .4,
                           .sigma_parent = .3,
                           .areas = 3,
                           .parents = 2,
                           .area = area,
                           .parent = parents,
                           .effect = effect,
                           .effect_sd = effect_sd,
                           .effect_own_sd = own_sd,
                           .area_parent = of,
                           .parent_effect = of_parent,
                           .parent_effect_sd = parent_sd};
    /* of the variance: the parent's part, .01 − .0036 of .01 in b, .09 of .25 in parent 2 */
    static const double of_parent_part[2][3] = {{0, .64, 0}, {0, .36, 0}};
    static const char *const parent_of[2][3] = {{"1", "2", "1"}, {"1", "2", ""}};
    static const double mean[2][3] = {{-.2, .3, .9}, {.5, .4, 0}},
                        sd[2][3] = {{.2, .1, 0}, {.4, .5, 0}};
    mirti_area_effects out;
    assert_int_equal(mirti_area_effects_of_nested(&nested, &out, NULL), MIRTI_OK);
    assert_near(out.sigma, .5, 1e-15);
    assert_near(out.of_parent, .36, 1e-15);
    assert_string_equal(out.level[0].code[0], "a");
    assert_string_equal(out.level[1].code[0], "1");
    for (int l = 0; l < 2; l++)
        for (int64_t i = 0; i < out.level[l].count; i++) {
            double sum = 0, square = 0, all = 0;
            for (int64_t q = i * out.level[l].points; q < (i + 1) * out.level[l].points; q++) {
                double u = out.level[l].point[q], weight = out.level[l].probability[q];
                all += weight;
                sum += weight * u;
                square += weight * u * u;
            }
            assert_near(all, 1, 1e-14);
            assert_near(sum, mean[l][i], 1e-14);
            assert_near(square - sum * sum, sd[l][i] * sd[l][i], 1e-13);
            assert_near(out.level[l].of_parent[i], of_parent_part[l][i], 1e-15);
            assert_string_equal(out.level[l].parent[i], parent_of[l][i]);
        }
    mirti_area_effects_reset(&out);
    area[1] = b; /* one code in two parents */
    mirti_error err = {0};
    assert_int_equal(mirti_area_effects_of_nested(&nested, &out, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "'b' in two larger areas"));
}

static void test_benchmark_keeps_them(void **state) {
    (void)state;
    setting s;
    assert_int_equal(make(&s, &effects, NULL), MIRTI_OK);
    const int32_t group_of[AREAS] = {0, 0, 0, -1};
    mirti_benchmark_group group[1] = {{.rate = .25}};
    const mirti_predict_options options = {
        .confidence = .95, .dispersion = true, .threads = 1, .effects = &effects};
    double before = s.r->risk[0] / s.r->risk[2];
    assert_int_equal(
        mirti_results_benchmark(s.r, &s.m.model, &s.a.areas, group_of, group, 1, &options, NULL),
        MIRTI_OK);
    assert_near((s.r->at_risk[0] + s.r->at_risk[1] + s.r->at_risk[2]) / 1967, .25, 1e-12);
    assert_true((s.r->risk[0] < s.r->risk[2]) == (before < 1)); /* in their order still */
    assert_true(s.r->own_se[0] > 0 && s.r->risk_se[0] >= s.r->own_se[0]);
    double area_se = s.r->shared_se[MIRTI_SHARED_AREA][2]; /* a part of area 09 */
    assert_near(s.r->risk_se[2], sqrt(of_beta(&s, 2) + area_se * area_se), 1e-15);
    assert_true(area_se > 0);
    forget(&s);
}

static mirti_status predict_some(mirti_error *err) {
    setting s;
    mirti_status status = make(&s, &effects, err);
    forget(&s);
    return status;
}

/* Effects of both levels, of parts whose parents are told apart: all that allocates. */
static mirti_status make_levels(mirti_error *err) {
    char *area[] = {first, last}, *parents[] = {parent};
    double zero[2] = {0};
    int32_t of[2] = {0};
    mirti_nested nested = {.sigma_area = .4,
                           .areas = 2,
                           .parents = 1,
                           .area = area,
                           .parent = parents,
                           .area_parent = of,
                           .effect = zero,
                           .effect_sd = zero,
                           .effect_own_sd = zero,
                           .parent_effect = zero,
                           .parent_effect_sd = zero};
    mirti_area_effects out;
    MIRTI_TRY(mirti_area_effects_of_nested(&nested, &out, err));
    small_areas above;
    small_areas_make(&above);
    out.larger = &above.areas;
    setting s;
    mirti_status status = make(&s, &out, err);
    forget(&s);
    mirti_area_effects_reset(&out);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_without_memory(predict_some);
    assert_true(assert_survives_without_memory(make_levels) > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_areas_of_the_sample),
        cmocka_unit_test(test_areas_outside_the_sample),
        cmocka_unit_test(test_no_spread_no_effects),
        cmocka_unit_test(test_two_levels),
        cmocka_unit_test(test_a_municipality_is_no_state),
        cmocka_unit_test(test_what_is_shared),
        cmocka_unit_test(test_of_a_nested_logit),
        cmocka_unit_test(test_benchmark_keeps_them),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
