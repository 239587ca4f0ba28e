/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prediction from the persons of a cube against sums by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "predict_model.h"

static void assert_near(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance)) fail_msg("%.17g is not %.17g", value, expected);
}

enum { PATTERNS = 3, VARIABLES = 6 };
/* age, sex, out, floor, water, rooms */
static const double patterns[PATTERNS * VARIABLES] = {0, 0, 0, 0, 0, 2, /* a girl, well off */
                                                      1, 1, 0, 1, 1, 1, /* a youth, dirt floor */
                                                      1, 1, 1, 1, 2, 3};
static const double row[PATTERNS][P] = {{1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0},
                                        {1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0},
                                        {1, 1, 1, 1, 1, 1, 0, 1, 3, 1, 1}};

/* Two areas. The first has two strata: a with PSUs 1, 2, 3, b with one; the second one PSU. */
static mirti_status cube_make(bool design, mirti_areas **out, mirti_error *err) {
    static char kind[] = "municipality", model[] = "small", source[] = "persons", none[] = "";
    static const char *const variable[VARIABLES] = {
        "age=young|old", "sex=woman|man",          "out=0|1",
        "floor=0|1",     "water=inside|plot|none", "rooms=number"};
    static char code[2][6] = {"01001", "01002"}, parent[] = "01";
    static char stratum[2][2] = {"a", "b"}, psu[3][2] = {"1", "2", "3"};
    static const mirti_cube_cell with[] = {{0, 0, 1, 2500000}, {0, 1, 2, 5000000},
                                           {1, 0, 1, 4000000}, {2, 2, 1, 1000000},
                                           {3, 1, 1, 3000000}, {4, 2, 1, 1000000}};
    static const mirti_cube_cell without[] = {
        {0, 0, 2, 6500000}, {0, 1, 3, 8000000}, {0, 2, 1, 1000000}, {1, 2, 1, 1000000}};
    *out = NULL;
    mirti_cube *c = mirti_new(1, sizeof *c);
    if (!c) return mirti_fail_memory(err, "a cube");
    *c = (mirti_cube){.kind = kind, .model = model, .source = source, .design = design};
    c->variable = mirti_new(VARIABLES, sizeof *c->variable);
    c->code = mirti_new(2, sizeof *c->code);
    c->parent = mirti_new(2, sizeof *c->parent);
    c->place = mirti_new(5, sizeof *c->place);
    c->value = mirti_new(PATTERNS * VARIABLES, sizeof *c->value);
    c->cell = mirti_new(6, sizeof *c->cell);
    if (!c->variable || !c->code || !c->parent || !c->place || !c->value || !c->cell) {
        mirti_cube_free(c);
        return mirti_fail_memory(err, "a cube");
    }
    memcpy(c->variable, variable, sizeof variable);
    memcpy(c->value, patterns, sizeof patterns);
    c->variables = VARIABLES;
    c->patterns = PATTERNS;
    c->areas = 2;
    for (int a = 0; a < 2; a++) {
        c->code[a] = code[a];
        c->parent[a] = parent;
        c->place[a] = (mirti_cube_place){a, none, none};
    }
    c->places = design ? 5 : 2;
    c->cells = design ? 6 : 4;
    for (int i = 0; design && i < 5; i++)
        c->place[i] = (mirti_cube_place){i == 4, stratum[i == 3], psu[i < 3 ? i : 0]};
    memcpy(c->cell, design ? with : without, (size_t)c->cells * sizeof *c->cell);
    return mirti_areas_from_cube(c, out, err);
}

typedef struct setting {
    small_model m;
    mirti_areas *areas;
    mirti_results *r;
} setting;

static const mirti_predict_options options = {.confidence = .95, .dispersion = true, .threads = 1};

static mirti_status make(setting *s, bool design, mirti_error *err) {
    memset(s, 0, sizeof *s);
    MIRTI_TRY(small_model_make(&s->m, err));
    MIRTI_TRY(cube_make(design, &s->areas, err));
    return mirti_predict_areas(&s->m.model, s->areas, &options, &s->r, err);
}

static void forget(setting *s) {
    mirti_results_free(s->r);
    mirti_areas_free(s->areas);
    small_model_forget(&s->m);
}

static double predictor_of(int pattern) {
    double mean = 0;
    for (int j = 0; j < P; j++)
        mean += row[pattern][j] * predict_beta[j];
    return mean;
}

static double risk_of(int pattern) {
    return 1 / (1 + exp(-predictor_of(pattern)));
}

static void test_risk_and_error_of_the_model(void **state) {
    (void)state;
    setting s;
    assert_int_equal(make(&s, false, NULL), MIRTI_OK);
    double p[PATTERNS], w[PATTERNS] = {6.5, 8, 1}, g[P] = {0}, risk = 0, variance = 0;
    for (int k = 0; k < PATTERNS; k++) {
        p[k] = risk_of(k);
        risk += w[k] * p[k] / 15.5;
        for (int j = 0; j < P; j++)
            g[j] += w[k] / 15.5 * p[k] * (1 - p[k]) * row[k][j];
    }
    for (int j = 0; j < P; j++)
        for (int l = 0; l < P; l++)
            variance += g[j] * s.m.covariance[j * P + l] * g[l];
    assert_near(s.r->risk[0], risk, 1e-14);
    assert_near(s.r->risk[1], p[2], 1e-14);
    assert_near(s.r->children[0], 15.5, 0);
    assert_near(s.r->risk_se[0], sqrt(variance), 1e-14);
    assert_true(s.r->own_se[0] == 0); /* everybody was counted, or nobody said otherwise */
    assert_int_equal(s.r->method[0], MIRTI_METHOD_SYNTHETIC);
    assert_string_equal(s.r->parent_code[1], "01");
    forget(&s);
}

/*
 * The variance of area 01001's risk from the census's sample, by hand, with these probabilities. Of
 * its stratum a PSUs 1 and 2 are a sample (3 of 7.5 children, 1 of 4), PSU 3 is there whole;
 * stratum b has a single PSU, 1 of 3. One degree of freedom in all of the census: the area's own
 * estimate is all there is, and children of a PSU count as no more alike than others.
 */
static double variance_of_the_census(const double *p, double risk) {
    enum { PSUS = 4 };
    const double weight[PSUS] = {7.5, 4, 1, 3}, hidden[2] = {1 - 3 / 7.5, 1 - 1 / 4.};
    const double g[PSUS] = {2.5 * 2.5 + 2 * 2.5 * 2.5, 16, 1, 9}; /* Σ w²; times W² */
    const double all = 15.5, share = hidden[0] / (hidden[0] + hidden[1]);
    double z[2] = {(2.5 * (p[0] - risk) + 5 * (p[1] - risk)) / all, 4 * (p[0] - risk) / all};
    /* Two PSUs: v = k (z_1 − z_2)², and z_1 − z_2 = e_1 − e_2 − (q_1 − q_2) Σ e. */
    double k = (hidden[0] + hidden[1]) * share * (1 - share) /
               (1 - share * share - (1 - share) * (1 - share));
    double v = k * (z[0] - z[1]) * (z[0] - z[1]), expected = 0;
    for (int c = 0; c < PSUS; c++) {
        double times = (c == 0) - (c == 1) - (weight[0] - weight[1]) / all;
        expected += k * times * times * g[c] / (all * all);
    }
    double error = (hidden[0] * g[0] + hidden[1] * g[1] + (1 - 1 / 3.) * g[3]) / (all * all);
    return v / expected * error;
}

static void test_error_of_the_census(void **state) {
    (void)state;
    setting s, plain;
    assert_int_equal(make(&s, true, NULL), MIRTI_OK);
    assert_int_equal(make(&plain, false, NULL), MIRTI_OK);
    assert_near(s.r->risk[0], plain.r->risk[0], 1e-14);
    double risk = s.r->risk[0], p[PATTERNS] = {risk_of(0), risk_of(1), risk_of(2)};
    double variance = variance_of_the_census(p, risk);
    assert_near(s.r->own_se[0], sqrt(variance), 1e-12);
    assert_near(s.r->sample_se[0], sqrt(variance) / (risk * (1 - risk)), 1e-12);
    assert_near(s.r->risk_se[0], hypot(plain.r->risk_se[0], sqrt(variance)), 1e-12);
    assert_true(s.r->own_se[1] == 0); /* its only child counts for itself */
    assert_true(s.r->risk_se[1] == plain.r->risk_se[1] && s.r->risk_lo[1] == plain.r->risk_lo[1]);
    assert_true(s.r->sample.design && s.r->sample.corrected && !plain.r->sample.design);
    assert_near(s.r->sample.fraction, 7 / 16.5, 1e-15);
    assert_int_equal(s.r->sample.areas, 1);
    assert_int_equal(s.r->sample.df, 1);
    /* Welch and Satterthwaite: of the fit's degrees of freedom and the one of the census. */
    double census = variance / (s.r->risk_se[0] * s.r->risk_se[0]), rest = 1 - census;
    double df = 1 / (rest * rest / s.m.logit.df + census * census);
    double reach = mirti_survey_t_quantile(.95, df) * s.r->risk_se[0] / (risk * (1 - risk));
    assert_near(mirti_logit_of(s.r->risk_hi[0]) - mirti_logit_of(risk), reach, 1e-9);
    forget(&s);
    forget(&plain);
}

/* Everybody counted, PSUs or not; and weights of which some are below one, which say nothing of how
 * many children there are: nobody counts as there whole then. */
static void test_weights(void **state) {
    (void)state;
    setting s;
    assert_int_equal(make(&s, true, NULL), MIRTI_OK);
    mirti_cube *cube = s.areas->cube;
    for (int64_t c = 0; c < cube->cells; c++)
        cube->cell[c].weight = 1000000 * cube->cell[c].persons;
    mirti_results_free(s.r);
    assert_int_equal(mirti_predict_areas(&s.m.model, s.areas, &options, &s.r, NULL), MIRTI_OK);
    assert_true(s.r->own_se[0] == 0 && s.r->own_se[1] == 0);
    assert_true(s.r->sample.corrected && s.r->sample.areas == 0 && s.r->sample.fraction == 1);
    cube->cell[3].weight = 900000;
    mirti_results_free(s.r);
    assert_int_equal(mirti_predict_areas(&s.m.model, s.areas, &options, &s.r, NULL), MIRTI_OK);
    assert_true(!s.r->sample.corrected && s.r->sample.df == 2);
    assert_true(s.r->own_se[0] > 0 && s.r->own_se[1] > 0);
    forget(&s);
}

static void test_benchmark_and_contributions(void **state) {
    (void)state;
    setting s;
    mirti_contributions *c;
    mirti_error err = {0};
    assert_int_equal(make(&s, true, NULL), MIRTI_OK);
    double own = s.r->own_se[0];
    assert_int_equal(mirti_contributions_new(&s.m.model, s.areas, &c, &err), MIRTI_OK);
    for (int j = 0; j < P; j++)
        assert_near(c->mean[j], (6.5 * row[0][j] + 8 * row[1][j] + row[2][j]) / 15.5, 1e-14);
    mirti_contributions_free(c);
    const int32_t group_of[2] = {0, 0};
    mirti_benchmark_group group[1] = {{.rate = .3, .rate_se = .01}};
    assert_int_equal(
        mirti_results_benchmark(s.r, &s.m.model, s.areas, group_of, group, 1, &options, &err),
        MIRTI_OK);
    assert_near((15.5 * s.r->risk[0] + s.r->risk[1]) / 16.5, .3, 1e-12);
    assert_true(s.r->risk_se[0] > own); /* what the census does not know stays unknown */
    forget(&s);
}

/* The complementary log-log by libm: p = 1 − exp(−exp η), p′ = exp(η − exp η). */
static void test_another_link(void **state) {
    (void)state;
    setting s;
    assert_int_equal(make(&s, true, NULL), MIRTI_OK);
    mirti_results_free(s.r);
    s.m.logit.link = MIRTI_LINK_CLOGLOG;
    assert_int_equal(mirti_predict_areas(&s.m.model, s.areas, &options, &s.r, NULL), MIRTI_OK);
    double p[PATTERNS], w[PATTERNS] = {6.5, 8, 1}, slope = 0, risk = 0;
    for (int k = 0; k < PATTERNS; k++) {
        double eta = predictor_of(k);
        p[k] = -expm1(-exp(eta));
        risk += w[k] * p[k] / 15.5;
        slope += w[k] / 15.5 * exp(eta - exp(eta));
    }
    assert_near(s.r->risk[0], risk, 1e-14);
    assert_near(s.r->gradient[0], slope, 1e-14); /* by the intercept */
    assert_near(s.r->own_se[0], sqrt(variance_of_the_census(p, risk)), 1e-12);
    forget(&s);
}

static void test_another_model(void **state) {
    (void)state;
    setting s;
    mirti_error err = {0};
    mirti_results *r;
    assert_int_equal(make(&s, false, NULL), MIRTI_OK);
    static char other[] = "floor=0|1|2";
    s.areas->cube->variable[3] = other;
    assert_int_equal(mirti_predict_areas(&s.m.model, s.areas, &options, &r, &err),
                     MIRTI_ERROR_MODEL);
    assert_non_null(strstr(err.message, "floor=0|1"));
    forget(&s);
}

static mirti_status predict_some(mirti_error *err) {
    setting s;
    mirti_contributions *c = NULL;
    mirti_status status = make(&s, true, err);
    if (status == MIRTI_OK) status = mirti_contributions_new(&s.m.model, s.areas, &c, err);
    mirti_contributions_free(c);
    forget(&s);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_without_memory(predict_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_risk_and_error_of_the_model),
        cmocka_unit_test(test_error_of_the_census),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_benchmark_and_contributions),
        cmocka_unit_test(test_another_link),
        cmocka_unit_test(test_another_model),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
