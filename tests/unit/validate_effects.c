/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Validation of a model with effects of areas where the answer is known by hand: probabilities that
 * prediction would give, places that are not known, areas without their PSUs. Against lme4:
 * tests/oracle/validate_effects.R.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/validate.h"
#include "mixed_sample.h"

enum { ROWS = 480, AREAS = 16, PARENTS = 4 };

static int term_of[] = {-1, 0, 1};
static mirti_terms terms = {.columns = COLUMNS, .name = names, .term_of = term_of, .terms = 2};

/* The sample with its codes, and the three models of its places. */
typedef struct survey {
    sample s;
    char parent_text[ROWS][8], psu_text[ROWS][8];
    mirti_str parent[ROWS], psu[ROWS];
    char *area_code[ROWS], *parent_code[ROWS];
    mirti_survey_design *design;
    mirti_model model;
    mirti_mixed *of_areas, *of_parents;
    mirti_nested *nested;
} survey;

static void need(mirti_status status, const mirti_error *err) {
    if (status != MIRTI_OK) fail_msg("%s", err->message);
}

static void assert_near(double value, double expected, double allowed) {
    if (!(fabs(value - expected) <= allowed)) fail_msg("%.17g is not %.17g", value, expected);
}

static void make(survey *v, int rows, int areas) {
    memset(v, 0, sizeof *v);
    draw(&v->s, rows, areas, 0.8, 17);
    for (int i = 0; i < rows; i++) {
        int area = atoi(v->s.text[i] + 1);
        snprintf(v->parent_text[i], 8, "p%d", area % PARENTS);
        snprintf(v->psu_text[i], 8, "%d", area * 3 + i % 3);
        v->parent[i] = mirti_str_of(v->parent_text[i]);
        v->psu[i] = mirti_str_of(v->psu_text[i]);
        v->area_code[i] = v->s.text[i];
        v->parent_code[i] = v->parent_text[i];
    }
    mirti_error err = {0};
    const mirti_mixed_options options = {.threads = 1};
    const double *x = v->s.x, *y = v->s.y;
    need(mirti_survey_design_new(rows, v->s.weight, NULL, v->psu, false, NULL, MIRTI_LONELY_FAIL,
                                 &v->design, &err),
         &err);
    need(mirti_logit_fit(v->design, x, COLUMNS, y, NULL, names, &v->model.logit, &err), &err);
    need(mirti_mixed_fit(v->design, x, COLUMNS, y, NULL, v->s.area, names, &options, &v->of_areas,
                         &err),
         &err);
    need(mirti_mixed_fit(v->design, x, COLUMNS, y, NULL, v->parent, names, &options, &v->of_parents,
                         &err),
         &err);
    need(mirti_nested_fit(v->design, x, COLUMNS, y, NULL, v->s.area, v->parent, names, &options,
                          &v->nested, &err),
         &err);
    v->model.terms = &terms;
}

static void forget(survey *v) {
    mirti_nested_free(v->nested);
    mirti_mixed_free(v->of_parents);
    mirti_mixed_free(v->of_areas);
    mirti_logit_free(v->model.logit);
    mirti_survey_design_free(v->design);
}

static mirti_validate_effects effects_of(const survey *v, mirti_effects_level level) {
    const bool nested = level == MIRTI_EFFECTS_NESTED;
    return (mirti_validate_effects){.mixed = nested                          ? NULL
                                             : level == MIRTI_EFFECTS_PARENT ? v->of_parents
                                                                             : v->of_areas,
                                    .nested = nested ? v->nested : NULL,
                                    .area = level == MIRTI_EFFECTS_PARENT ? NULL : v->area_code,
                                    .parent = level == MIRTI_EFFECTS_AREA ? NULL : v->parent_code};
}

static mirti_validation *validate(const survey *v, const mirti_validate_effects *effects,
                                  int threads) {
    const mirti_validate_options options = {
        .confidence = 0.95, .folds = 3, .seed = 5, .threads = threads, .effects = effects};
    mirti_error err = {0};
    mirti_validation *out = NULL;
    need(mirti_validate(v->design, &v->model, v->s.x, v->s.y, NULL, v->parent_code, &options, &out,
                        &err),
         &err);
    return out;
}

static double predictor_of(const survey *v, const double *beta, int i) {
    return beta[0] + beta[1] * v->s.x[COLUMNS * i + 1] + beta[2] * v->s.x[COLUMNS * i + 2];
}

/* ∫ logistic(η + u) φ(u; σ²) du by a fine trapezoid. */
static double over_normal(double eta, double sigma) {
    double sum = 0, all = 0;
    for (int k = -800; k <= 800; k++) {
        double z = k / 100.0, weight = exp(-z * z / 2);
        sum += weight / (1 + exp(-(eta + sigma * z)));
        all += weight;
    }
    return sum / all;
}

/* A child's probability is what the points of its area say, and by traits alone an integral. */
static void test_probabilities_in_the_sample(void **state) {
    (void)state;
    static survey v;
    make(&v, ROWS, AREAS);
    const mirti_validate_effects effects = effects_of(&v, MIRTI_EFFECTS_AREA);
    mirti_validation *all = validate(&v, &effects, 2);
    const mirti_mixed *m = v.of_areas;
    assert_true(all->effects && m->sigma > 0.4);
    for (int i = 0; i < ROWS; i++) {
        int a = 0;
        while (strcmp(m->area[a], v.s.text[i]) != 0)
            a++;
        double eta = predictor_of(&v, m->beta, i), p = 0;
        for (int q = a * m->points; q < (a + 1) * m->points; q++)
            p += m->probability[q] / (1 + exp(-(eta + m->point[q])));
        assert_near(all->p[i], p, 1e-12);
        assert_near(all->traits[i], over_normal(eta, m->sigma), 1e-8);
    }
    /* What areas say tells more than traits, less so where they are asked about themselves unseen,
     * and nothing of places that are left out whole. */
    assert_true(all->traits_auc.auc.value < all->by_psu->auc.auc.value);
    assert_true(all->by_psu->auc.auc.value < all->auc.auc.value);
    assert_true(all->by_psu->known_share > 0.7 && all->by_area->known_share == 0);
    mirti_validation_free(all);
    forget(&v);
}

/* Without effects nothing is said of them. */
static void test_a_regression_alone(void **state) {
    (void)state;
    static survey v;
    make(&v, ROWS, AREAS);
    mirti_validation *all = validate(&v, NULL, 1);
    assert_false(all->effects);
    assert_null(all->traits);
    assert_true(all->by_psu->known_share == 0);
    assert_int_equal(all->by_psu_thresholds.count, all->thresholds.count);
    for (int i = 0; i < ROWS; i++)
        assert_near(all->p[i], 1 / (1 + exp(-predictor_of(&v, v.model.logit->beta, i))), 1e-12);
    mirti_validation_free(all);
    forget(&v);
}

/* An area all of whose PSUs are left out is one that the survey did not visit: of areas alone
 * nothing is known of it, with their parents something is. */
static void test_an_area_left_out(void **state) {
    (void)state;
    static survey v;
    static int32_t fold_of[ROWS];
    make(&v, ROWS, AREAS);
    for (int i = 0; i < ROWS; i++)
        fold_of[i] = strcmp(v.s.text[i], "a0003") == 0 ? 0 : 1 + i % 3;
    const mirti_effects_level levels[] = {MIRTI_EFFECTS_AREA, MIRTI_EFFECTS_NESTED};
    for (int l = 0; l < 2; l++) {
        const mirti_validate_effects effects = effects_of(&v, levels[l]);
        const mirti_validate_options options = {
            .confidence = 0.95, .threads = 1, .effects = &effects};
        mirti_error err = {0};
        mirti_cross_validation *cross;
        need(mirti_cross_validate(v.design, &v.model, v.s.x, v.s.y, NULL, fold_of, 4, &options,
                                  &cross, &err),
             &err);
        for (int i = 0; i < ROWS; i++)
            assert_int_equal(cross->known[i], fold_of[i] > 0 || l == 1);
        mirti_cross_validation_free(cross);
    }
    forget(&v);
}

/* Who does not say where it lives does not tell of areas, and is predicted by traits. */
static void test_a_place_that_is_not_known(void **state) {
    (void)state;
    static survey v;
    make(&v, ROWS, AREAS);
    for (int i = 0; i < ROWS; i += 9)
        v.area_code[i] = NULL;
    const mirti_validate_effects effects = effects_of(&v, MIRTI_EFFECTS_AREA);
    mirti_validation *all = validate(&v, &effects, 1);
    for (int i = 0; i < ROWS; i += 9) {
        assert_true(all->p[i] == all->traits[i]);
        assert_int_equal(all->by_psu->known[i], 0);
    }
    mirti_validation_free(all);
    forget(&v);
}

static void test_any_number_of_threads(void **state) {
    (void)state;
    static survey v;
    make(&v, ROWS, AREAS);
    for (int level = MIRTI_EFFECTS_AREA; level <= MIRTI_EFFECTS_NESTED; level++) {
        const mirti_validate_effects effects = effects_of(&v, (mirti_effects_level)level);
        mirti_validation *one = validate(&v, &effects, 1), *four = validate(&v, &effects, 4);
        assert_memory_equal(one->p, four->p, ROWS * sizeof(double));
        assert_memory_equal(one->by_psu->p, four->by_psu->p, ROWS * sizeof(double));
        assert_memory_equal(one->by_area->p, four->by_area->p, ROWS * sizeof(double));
        mirti_validation_free(one);
        mirti_validation_free(four);
    }
    forget(&v);
}

/* With one larger area left of two, the nested model cannot be fitted: said, not hidden. */
static void test_a_fold_that_leaves_one_parent(void **state) {
    (void)state;
    static survey v;
    static int32_t fold_of[ROWS];
    make(&v, ROWS, AREAS);
    for (int i = 0; i < ROWS; i++)
        fold_of[i] = strcmp(v.parent_text[i], "p0") == 0 ? 0 : 1;
    const mirti_validate_effects effects = effects_of(&v, MIRTI_EFFECTS_NESTED);
    const mirti_validate_options options = {.confidence = 0.95, .threads = 1, .effects = &effects};
    mirti_error err = {0};
    mirti_cross_validation *cross;
    need(mirti_cross_validate(v.design, &v.model, v.s.x, v.s.y, NULL, fold_of, 2, &options, &cross,
                              &err),
         &err);
    assert_int_equal(cross->failed, 1);
    assert_non_null(strstr(cross->fold[1].failure, "one parent"));
    assert_null(cross->fold[0].failure);
    mirti_cross_validation_free(cross);
    forget(&v);
}

static survey shared;

static mirti_status validate_once(mirti_error *err) {
    const mirti_validate_effects effects = effects_of(&shared, MIRTI_EFFECTS_AREA);
    const mirti_validate_options options = {
        .confidence = 0.95, .folds = 2, .groups = 3, .threads = 1, .effects = &effects};
    mirti_validation *v = NULL;
    mirti_status status = mirti_validate(shared.design, &shared.model, shared.s.x, shared.s.y, NULL,
                                         NULL, &options, &v, err);
    mirti_validation_free(v);
    return status;
}

/* One fit of areas within larger areas is all that it is about. */
static mirti_status leave_some_out(mirti_error *err) {
    static int32_t fold_of[ROWS];
    const mirti_validate_effects effects = effects_of(&shared, MIRTI_EFFECTS_NESTED);
    const mirti_validate_options options = {.confidence = 0.95, .threads = 1, .effects = &effects};
    mirti_cross_validation *cross = NULL;
    for (int i = 0; i < ROWS; i++)
        fold_of[i] = i % 3 == 0 ? 0 : -1;
    mirti_status status = mirti_cross_validate(shared.design, &shared.model, shared.s.x, shared.s.y,
                                               NULL, fold_of, 1, &options, &cross, err);
    mirti_cross_validation_free(cross);
    return status;
}

static void test_memory_may_run_out(void **state) {
    (void)state;
    make(&shared, 100, 6);
    assert_true(assert_survives_without_memory(validate_once) > 50);
    assert_true(assert_survives_without_memory(leave_some_out) > 20);
    forget(&shared);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probabilities_in_the_sample),
        cmocka_unit_test(test_a_regression_alone),
        cmocka_unit_test(test_an_area_left_out),
        cmocka_unit_test(test_a_place_that_is_not_known),
        cmocka_unit_test(test_any_number_of_threads),
        cmocka_unit_test(test_a_fold_that_leaves_one_parent),
        cmocka_unit_test(test_memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
