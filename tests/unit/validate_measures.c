/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Validation where the answer is known by hand or by brute force: ties, constant predictions, one
 * class only, larger areas without children, folds that cannot be fitted. Against R: tests/oracle.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/validate.h"

enum { STRATA = 6, PSUS = 5, ROWS_OF_PSU = 12, ROWS = STRATA * PSUS * ROWS_OF_PSU, COLUMNS = 4 };

/* A generated survey: a number, a category of three levels; areas of two strata each. */
typedef struct sample {
    char text[ROWS][2][8];
    mirti_str stratum[ROWS], psu[ROWS];
    double weight[ROWS], y[ROWS], p[ROWS], x[ROWS * COLUMNS];
    uint8_t in[ROWS];
    char *area[ROWS];
    mirti_survey_design *design;
} sample;

static char area_a[] = "01", area_b[] = "02", area_c[] = "10";
static char *const area_code[] = {area_a, area_b, area_c};
static char name_0[] = "(intercept)", name_1[] = "income", name_2[] = "kind[b]",
            name_3[] = "kind[c]";
static char *column_name[] = {name_0, name_1, name_2, name_3};
static int term_of[] = {-1, 0, 1, 1};
static mirti_terms terms = {
    .columns = COLUMNS, .name = column_name, .term_of = term_of, .terms = 2};

static void make(sample *s) {
    mirti_rng rng = mirti_rng_at(3, 1, 4);
    for (int i = 0; i < ROWS; i++) {
        int h = i / ROWS_OF_PSU / PSUS, c = i / ROWS_OF_PSU % PSUS;
        snprintf(s->text[i][0], 8, "h%d", h);
        snprintf(s->text[i][1], 8, "c%d", c);
        s->stratum[i] = mirti_str_of(s->text[i][0]);
        s->psu[i] = mirti_str_of(s->text[i][1]);
        s->area[i] = area_code[h / 2];
        s->weight[i] = 1 + 3 * mirti_rng_uniform(&rng);
        uint32_t kind = mirti_rng_below(&rng, 3);
        double *x = s->x + i * COLUMNS, income = mirti_rng_normal(&rng);
        x[0] = 1;
        x[1] = income;
        x[2] = kind == 1;
        x[3] = kind == 2;
        double p = mirti_logistic(-1 - income + 0.8 * x[2] - 0.5 * x[3]);
        s->y[i] = mirti_rng_uniform(&rng) < p;
        s->p[i] = round(10 * p) / 10; /* ties */
        s->in[i] = i % 7 != 3;
    }
    mirti_error err = {0};
    if (mirti_survey_design_new(ROWS, s->weight, s->stratum, s->psu, true, NULL, MIRTI_LONELY_FAIL,
                                &s->design, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
}

static void assert_close(double value, double expected, double allowed) {
    if (!(fabs(value - expected) <= allowed)) fail_msg("%.17g is not %.17g", value, expected);
}

static void need(mirti_status status, const mirti_error *err) {
    if (status != MIRTI_OK) fail_msg("%s", err->message);
}

static mirti_auc auc_of(const sample *s, const double *score, const double *y) {
    mirti_auc auc;
    mirti_error err = {0};
    need(mirti_auc_estimate(s->design, score, y, s->in, 0.95, &auc, &err), &err);
    return auc;
}

static void test_auc_counts_pairs(void **state) {
    (void)state;
    static sample s;
    make(&s);
    double won = 0, all = 0;
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < ROWS; j++) {
            if (!s.in[i] || !s.in[j] || s.y[i] != 1 || s.y[j] != 0) continue;
            double w = s.weight[i] * s.weight[j];
            won += w * ((s.p[i] > s.p[j]) + 0.5 * (s.p[i] == s.p[j]));
            all += w;
        }
    mirti_auc auc = auc_of(&s, s.p, s.y);
    assert_close(auc.auc.value, won / all, 1e-13);
    assert_true(auc.auc.lo < auc.auc.value && auc.auc.value < auc.auc.hi && auc.auc.hi < 1);
    /* The score counts by its order alone, and turned round it tells the opposite. */
    static double turned[ROWS];
    for (int i = 0; i < ROWS; i++)
        turned[i] = -1000 * s.p[i];
    mirti_auc other = auc_of(&s, turned, s.y);
    assert_close(other.auc.value, 1 - auc.auc.value, 1e-13);
    assert_close(other.auc.se, auc.auc.se, 1e-13);
    mirti_survey_design_free(s.design);
}

static void test_constant_and_perfect_predictions(void **state) {
    (void)state;
    static sample s;
    static double constant[ROWS];
    make(&s);
    for (int i = 0; i < ROWS; i++)
        constant[i] = 0.3;
    mirti_auc auc = auc_of(&s, constant, s.y);
    assert_close(auc.auc.value, 0.5, 1e-14);
    assert_close(auc.auc.se, 0, 1e-14);
    auc = auc_of(&s, s.y, s.y);
    assert_close(auc.auc.value, 1, 1e-14);
    assert_true(isnan(auc.auc.lo));

    mirti_error err = {0};
    mirti_roc *roc;
    need(mirti_roc_new(s.design, constant, s.y, s.in, &roc, &err), &err);
    assert_int_equal(roc->points, 2);
    mirti_roc_free(roc);
    mirti_goodness g;
    need(mirti_goodness_test(s.design, constant, s.y, s.in, 10, 0.95, &g, &err), &err);
    assert_int_equal(g.groups, 1);
    assert_true(isnan(g.p));
    mirti_goodness_reset(&g);
    mirti_calibration calibration;
    need(mirti_calibration_estimate(s.design, constant, s.y, s.in, 0.95, &calibration, &err), &err);
    assert_true(isnan(calibration.slope.value)); /* nothing to stretch */
    mirti_survey_estimate rate;
    need(mirti_survey_mean(s.design, s.y, s.in, 0.95, &rate, &err), &err);
    assert_close(calibration.intercept.value, mirti_logit_of(rate.value) - mirti_logit_of(0.3),
                 1e-12);
    mirti_survey_design_free(s.design);
}

static void test_one_class_only(void **state) {
    (void)state;
    static sample s;
    static double none[ROWS];
    make(&s);
    mirti_auc auc = auc_of(&s, s.p, none);
    assert_true(isnan(auc.auc.value) && isnan(auc.auc.se));
    assert_int_equal(auc.positive, 0);
    mirti_error err = {0};
    mirti_brier brier;
    need(mirti_brier_estimate(s.design, s.p, none, s.in, 0.95, &brier, &err), &err);
    assert_true(brier.brier.value > 0 && isnan(brier.scaled.value));
    mirti_calibration calibration;
    need(mirti_calibration_estimate(s.design, s.p, none, s.in, 0.95, &calibration, &err), &err);
    assert_true(isnan(calibration.intercept.value) && isnan(calibration.slope.value));
    mirti_roc *roc;
    assert_int_equal(mirti_roc_new(s.design, s.p, none, s.in, &roc, &err), MIRTI_ERROR_MODEL);
    assert_null(roc);
    mirti_survey_design_free(s.design);
}

static void test_roc_ends_and_youden(void **state) {
    (void)state;
    static sample s;
    make(&s);
    mirti_error err = {0};
    mirti_roc *roc;
    need(mirti_roc_new(s.design, s.p, s.y, s.in, &roc, &err), &err);
    assert_true(roc->sensitivity[0] == 0 && roc->false_alarm[0] == 0 && isinf(roc->threshold[0]));
    int64_t last = roc->points - 1;
    assert_true(roc->sensitivity[last] == 1 && roc->false_alarm[last] == 1);
    double area = 0;
    for (int64_t k = 1; k <= last; k++) {
        assert_true(roc->threshold[k] < roc->threshold[k - 1]);
        area += (roc->false_alarm[k] - roc->false_alarm[k - 1]) *
                (roc->sensitivity[k] + roc->sensitivity[k - 1]) / 2;
        assert_true(roc->sensitivity[k] - roc->false_alarm[k] <=
                    roc->sensitivity[roc->youden] - roc->false_alarm[roc->youden]);
    }
    assert_close(area, auc_of(&s, s.p, s.y).auc.value, 1e-13); /* the trapezium under the curve */
    const double at = roc->threshold[roc->youden];
    mirti_threshold t;
    need(mirti_thresholds_estimate(s.design, s.p, s.y, s.in, 0.95, &at, 1, &t, &err), &err);
    assert_close(t.sensitivity.value, roc->sensitivity[roc->youden], 1e-13);
    assert_close(1 - t.specificity.value, roc->false_alarm[roc->youden], 1e-13);
    assert_close(t.flagged, roc->flagged[roc->youden], 1e-13);
    mirti_roc_free(roc);
    mirti_survey_design_free(s.design);
}

static mirti_model *fit(const sample *s, mirti_model *model) {
    mirti_error err = {0};
    *model = (mirti_model){.terms = &terms};
    need(mirti_logit_fit(s->design, s->x, COLUMNS, s->y, s->in, column_name, &model->logit, &err),
         &err);
    return model;
}

/* The probabilities of a plain logit are calibrated in its own sample by its score equations. */
static void test_logit_is_calibrated_in_its_sample(void **state) {
    (void)state;
    static sample s;
    make(&s);
    mirti_model model;
    fit(&s, &model);
    for (int i = 0; i < ROWS; i++)
        s.p[i] = mirti_model_probability(model.logit, model.logit->beta, s.x + i * COLUMNS);
    mirti_error err = {0};
    mirti_calibration c;
    need(mirti_calibration_estimate(s.design, s.p, s.y, s.in, 0.95, &c, &err), &err);
    assert_close(c.intercept.value, 0, 1e-10);
    assert_close(c.slope.value, 1, 1e-10);
    mirti_goodness g;
    need(mirti_goodness_test(s.design, s.p, s.y, s.in, 5, 0.95, &g, &err), &err);
    assert_int_equal(g.groups, 5);
    for (int k = 1; k < g.groups; k++)
        assert_true(g.group[k].lowest > g.group[k - 1].highest);
    assert_true(g.p > 0.001); /* the model is the one that made the data */
    mirti_goodness_reset(&g);
    mirti_logit_free(model.logit);
    mirti_survey_design_free(s.design);
}

static void test_areas(void **state) {
    (void)state;
    static sample s;
    make(&s);
    for (int i = 0; i < ROWS; i++) {
        if (s.area[i] == area_b) s.in[i] = 0; /* an area without a child */
        if (i % 50 == 0) s.area[i] = NULL;    /* a child in no known area */
    }
    mirti_error err = {0};
    mirti_area_checks *checks;
    need(mirti_area_checks_new(s.design, s.p, s.y, s.in, s.area, 0.95, &checks, &err), &err);
    assert_int_equal(checks->areas, 2);
    assert_string_equal(checks->area[0].code, "01");
    assert_string_equal(checks->area[1].code, "10");
    for (int i = 0; i < ROWS; i++)
        assert_int_equal(checks->area_of[i] < 0, !s.in[i] || !s.area[i]);
    double y = 0, p = 0, w = 0;
    for (int i = 0; i < ROWS; i++) {
        if (checks->area_of[i] != 1) continue;
        y += s.weight[i] * s.y[i];
        p += s.weight[i] * s.p[i];
        w += s.weight[i];
    }
    assert_close(checks->area[1].direct.value, y / w, 1e-14);
    assert_close(checks->area[1].modelled, p / w, 1e-14);
    assert_close(checks->area[1].difference.value, (p - y) / w, 1e-14);
    mirti_area_checks_free(checks);
    for (int i = 0; i < ROWS; i++)
        s.area[i] = NULL;
    need(mirti_area_checks_new(s.design, s.p, s.y, s.in, s.area, 0.95, &checks, &err), &err);
    assert_int_equal(checks->areas, 0);
    mirti_area_checks_free(checks);
    mirti_survey_design_free(s.design);
}

/* Without the one area where kind c occurs, its column is constant: named, not hidden. */
static void test_a_fold_that_cannot_be_fitted_is_named(void **state) {
    (void)state;
    static sample s;
    static int32_t fold_of[ROWS];
    make(&s);
    for (int i = 0; i < ROWS; i++) {
        fold_of[i] = s.area[i] == area_a ? 0 : s.area[i] == area_b ? 1 : 2;
        if (fold_of[i] != 1) s.x[i * COLUMNS + 3] = 0;
    }
    mirti_model model;
    fit(&s, &model);
    mirti_error err = {0};
    mirti_cross_validation *cross;
    const mirti_validate_options options = {.confidence = 0.95, .threads = 1};
    need(mirti_cross_validate(s.design, &model, s.x, s.y, s.in, fold_of, 3, &options, &cross, &err),
         &err);
    assert_int_equal(cross->failed, 1);
    assert_non_null(cross->fold[1].failure);
    assert_non_null(strstr(cross->fold[1].failure, "kind[c]"));
    assert_true(isnan(cross->fold[1].predicted) && !isnan(cross->fold[1].observed));
    for (int i = 0; i < ROWS; i++)
        assert_int_equal(isnan(cross->p[i]), !s.in[i] || fold_of[i] == 1);
    mirti_cross_validation_free(cross);
    for (int i = 0; i < ROWS; i++)
        fold_of[i] = 1; /* all in one fold: nothing is left to learn from */
    assert_int_not_equal(
        mirti_cross_validate(s.design, &model, s.x, s.y, s.in, fold_of, 2, &options, &cross, &err),
        MIRTI_OK);
    mirti_logit_free(model.logit);
    mirti_survey_design_free(s.design);
}

static mirti_validation *validate(const sample *s, const mirti_model *model, int threads) {
    const mirti_validate_options options = {
        .confidence = 0.95, .folds = 4, .seed = 9, .threads = threads};
    mirti_error err = {0};
    mirti_validation *v = NULL;
    need(mirti_validate(s->design, model, s->x, s->y, s->in, s->area, &options, &v, &err), &err);
    return v;
}

static void test_any_number_of_threads(void **state) {
    (void)state;
    static sample s;
    make(&s);
    mirti_model model;
    fit(&s, &model);
    mirti_validation *one = validate(&s, &model, 1), *four = validate(&s, &model, 4);
    assert_memory_equal(one->by_psu->p, four->by_psu->p, sizeof s.p);
    assert_memory_equal(one->by_area->p, four->by_area->p, sizeof s.p);
    assert_int_equal(one->by_psu->folds, 4);
    assert_int_equal(one->areas->areas, 3);
    /* What was not seen is told worse than what was. */
    assert_true(one->by_psu->auc.auc.value < one->auc.auc.value);
    assert_true(one->by_psu->brier.brier.value > one->brier.brier.value);
    for (int k = 0; k < 4; k++)
        assert_true(one->by_psu->fold[k].observed > 0 && one->by_psu->fold[k].predicted > 0);
    mirti_validation_free(one);
    mirti_validation_free(four);
    mirti_logit_free(model.logit);
    mirti_survey_design_free(s.design);
}

/* Independent columns inflate nothing; a copy with noise does, by 1/(1 − r²). */
static void test_inflation(void **state) {
    (void)state;
    static sample s;
    static int own_term[] = {-1, 0, 1, 2};
    make(&s);
    double xx = 0, xz = 0, zz = 0, x1 = 0, z1 = 0, w = 0;
    for (int i = 0; i < ROWS; i++) {
        double *x = s.x + i * COLUMNS;
        x[2] = x[1] + 0.3 * sin(i);
        x[3] = i % 2;
        if (!s.in[i]) continue;
        w += s.weight[i];
        x1 += s.weight[i] * x[1];
        z1 += s.weight[i] * x[2];
        xx += s.weight[i] * x[1] * x[1];
        xz += s.weight[i] * x[1] * x[2];
        zz += s.weight[i] * x[2] * x[2];
    }
    mirti_terms three = terms;
    three.term_of = own_term;
    three.terms = 3;
    mirti_error err = {0};
    mirti_inflation inflation[3];
    need(mirti_inflation_factors(s.design, &three, s.x, s.in, inflation, &err), &err);
    double r = (xz - x1 * z1 / w) / sqrt((xx - x1 * x1 / w) * (zz - z1 * z1 / w));
    assert_close(inflation[0].gvif, 1 / (1 - r * r), 0.02 * inflation[0].gvif); /* x[3] by chance */
    assert_true(inflation[0].gvif > 5 && inflation[2].gvif < 1.05 && inflation[2].gvif >= 1);
    for (int i = 0; i < ROWS; i++)
        s.x[i * COLUMNS + 2] = s.x[i * COLUMNS + 1];
    need(mirti_inflation_factors(s.design, &three, s.x, s.in, inflation, &err), &err);
    assert_true(isinf(inflation[0].gvif));
    mirti_survey_design_free(s.design);
}

static void test_bad_values_are_named(void **state) {
    (void)state;
    static sample s;
    make(&s);
    mirti_error err = {0};
    mirti_auc auc;
    s.in[20] = 1;
    s.p[20] = (double)NAN;
    assert_int_equal(mirti_auc_estimate(s.design, s.p, s.y, s.in, 0.95, &auc, &err),
                     MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "21"));
    s.p[20] = 0.5;
    s.y[20] = 0.5;
    assert_int_equal(mirti_auc_estimate(s.design, s.p, s.y, s.in, 0.95, &auc, &err),
                     MIRTI_ERROR_INPUT);
    mirti_goodness g;
    s.y[20] = 1;
    assert_int_equal(mirti_goodness_test(s.design, s.p, s.y, s.in, 1, 0.95, &g, &err),
                     MIRTI_ERROR_USAGE);
    mirti_survey_design_free(s.design);
}

static bool stop_at_once(void *context, const char *stage, double done, double total) {
    (void)context;
    (void)stage;
    (void)done;
    (void)total;
    return false;
}

static void test_cancelled(void **state) {
    (void)state;
    static sample s;
    make(&s);
    mirti_model model;
    fit(&s, &model);
    const mirti_listener listener = {.progress = stop_at_once};
    const mirti_validate_options options = {
        .confidence = 0.95, .folds = 4, .threads = 2, .listener = &listener};
    mirti_error err = {0};
    mirti_validation *v;
    assert_int_equal(mirti_validate(s.design, &model, s.x, s.y, s.in, s.area, &options, &v, &err),
                     MIRTI_ERROR_CANCELLED);
    assert_null(v);
    mirti_logit_free(model.logit);
    mirti_survey_design_free(s.design);
}

static sample shared;
static mirti_model shared_model;

static mirti_status validate_once(mirti_error *err) {
    const mirti_validate_options options = {
        .confidence = 0.95, .folds = 2, .groups = 3, .threads = 1};
    mirti_validation *v = NULL;
    mirti_status status = mirti_validate(shared.design, &shared_model, shared.x, shared.y,
                                         shared.in, shared.area, &options, &v, err);
    mirti_validation_free(v);
    return status;
}

static void test_memory_may_run_out(void **state) {
    (void)state;
    make(&shared);
    fit(&shared, &shared_model);
    assert_true(assert_survives_without_memory(validate_once) > 50);
    mirti_logit_free(shared_model.logit);
    mirti_survey_design_free(shared.design);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auc_counts_pairs),
        cmocka_unit_test(test_constant_and_perfect_predictions),
        cmocka_unit_test(test_one_class_only),
        cmocka_unit_test(test_roc_ends_and_youden),
        cmocka_unit_test(test_logit_is_calibrated_in_its_sample),
        cmocka_unit_test(test_areas),
        cmocka_unit_test(test_a_fold_that_cannot_be_fitted_is_named),
        cmocka_unit_test(test_any_number_of_threads),
        cmocka_unit_test(test_inflation),
        cmocka_unit_test(test_bad_values_are_named),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
