/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Survey and census beside each other, on a few rows that can be reckoned by hand; the oracle
 * (tests/oracle/support.R) has the large ones. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/support.h"
#include "predict_model.h"

/* Twenty children in two towns, ten each: age, sex, out, floor, water, rooms. Nobody is both old
 * and out of school; nobody has no water; rooms are 1 to 4. */
enum { ROWS = 20, PREDICTORS = 6 };
static const double rows_of_survey[ROWS][PREDICTORS] = {
    {0, 0, 0, 0, 0, 2}, {0, 1, 0, 0, 0, 2}, {0, 0, 1, 0, 0, 2}, {0, 1, 1, 1, 0, 1},
    {1, 0, 0, 1, 1, 1}, {1, 1, 0, 0, 0, 2}, {1, 0, 0, 0, 1, 3}, {1, 1, 0, 0, 0, 2},
    {0, 0, 0, 0, 0, 2}, {0, 1, 0, 0, 0, 2}, {0, 0, 0, 0, 0, 4}, {0, 1, 0, 0, 0, 3},
    {0, 0, 1, 0, 1, 2}, {0, 1, 1, 0, 0, 2}, {1, 0, 0, 0, 0, 2}, {1, 1, 0, 0, 0, 2},
    {1, 0, 0, 0, 0, 2}, {1, 1, 0, 0, 1, 2}, {1, 0, 0, 0, 0, 2}, {1, 1, 0, 0, 0, 2}};

typedef struct setting {
    small_model m;
    small_areas a;
    mirti_survey_design *design;
    uint8_t in[ROWS];
    double value[ROWS][PREDICTORS];
    char *area[ROWS];
    mirti_support *support;
} setting;

static const mirti_support_options options = {.limit = .25, .unseen = .1, .confidence = .95};

static mirti_status survey_make(setting *s, mirti_error *err) {
    static char town[2][4] = {"001", "002"};
    static const char digits[] = "0123456789";
    double weight[ROWS];
    mirti_str psu[ROWS];
    for (int i = 0; i < ROWS; i++) {
        weight[i] = 1 + i % 2;
        psu[i] = (mirti_str){digits + i / 4, 1};
        s->in[i] = 1;
        s->area[i] = town[i / 10];
        memcpy(s->value[i], rows_of_survey[i], sizeof s->value[i]);
    }
    return mirti_survey_design_new(ROWS, weight, NULL, psu, false, NULL, MIRTI_LONELY_FAIL,
                                   &s->design, err);
}

static mirti_status compare(setting *s, const mirti_areas *areas, bool with_areas,
                            mirti_error *err) {
    const mirti_support_sample sample = {s->design, s->in, s->value[0],
                                         with_areas ? s->area : NULL};
    return mirti_support_new(s->m.model.terms, &sample, areas, &options, &s->support, err);
}

static void make(setting *s) {
    mirti_error err = {0};
    memset(s, 0, sizeof *s);
    if (small_model_make(&s->m, &err) != MIRTI_OK) fail_msg("%s", err.message);
    if (survey_make(s, &err) != MIRTI_OK) fail_msg("%s", err.message);
    small_areas_make(&s->a);
}

static void forget(setting *s) {
    mirti_support_free(s->support);
    mirti_survey_design_free(s->design);
    small_model_forget(&s->m);
}

static void assert_near(double value, double expected) {
    /* a few sums of small numbers in another order */
    if (!(fabs(value - expected) <= 1e-12)) fail_msg("%.17g is not %.17g", value, expected);
}

static void test_both_sides(void **state) {
    (void)state;
    setting s;
    mirti_error err = {0};
    make(&s);
    if (compare(&s, &s.a.areas, true, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_int_equal(s.support->predictors, PREDICTORS);
    /* Weights 1, 2, 1, 2 ...: men weigh twice as much. The third town has seven children in the
     * first cell, the fourth has no figures. */
    const mirti_support_predictor *sex = &s.support->predictor[1];
    assert_near(sex->line[1].survey, 2. / 3);
    assert_near(sex->line[1].census, .5);
    const mirti_support_predictor *out = &s.support->predictor[2];
    const double p = 6. / 30, q = (100 * .1 + 60 * .3 + 1000 * .02 + 800 * .1 + 7 * .2) / 1967;
    assert_near(out->line[0].survey, p);
    assert_near(out->line[0].census, q);
    assert_near(out->difference, fabs(p - q) / sqrt((p * (1 - p) + q * (1 - q)) / 2));
    /* Of rooms only means are published: the survey's spread stands for the census's. */
    const mirti_support_predictor *rooms = &s.support->predictor[5];
    double sum = 0, square = 0;
    for (int i = 0; i < ROWS; i++)
        sum += (1 + i % 2) * rows_of_survey[i][5];
    for (int i = 0; i < ROWS; i++)
        square += (1 + i % 2) * pow(rows_of_survey[i][5] - sum / 30, 2);
    const double mean = (160 * 2.5 + 1800 * 4 + 7) / 1967;
    assert_near(rooms->line[0].survey, sum / 30);
    assert_near(rooms->line[0].census, mean);
    assert_near(rooms->survey.sd, sqrt(square / 30));
    assert_near(rooms->difference, (mean - sum / 30) / sqrt(square / 30));
    assert_true(isnan(rooms->census.sd) && isnan(rooms->outside));
    assert_true(rooms->survey.least == 1 && rooms->survey.most == 4 &&
                rooms->survey.quartile[1] == 2);
    assert_true(rooms->flagged);
    forget(&s);
}

/* Yang and Dalton for three levels, where S⁻¹ can be written down. */
static void test_a_category_of_three(void **state) {
    (void)state;
    setting s;
    mirti_error err = {0};
    make(&s);
    if (compare(&s, &s.a.areas, true, &err) != MIRTI_OK) fail_msg("%s", err.message);
    const mirti_support_line *l = s.support->predictor[4].line;
    const double a = (l[0].survey * (1 - l[0].survey) + l[0].census * (1 - l[0].census)) / 2;
    const double b = -(l[0].survey * l[1].survey + l[0].census * l[1].census) / 2;
    const double c = (l[1].survey * (1 - l[1].survey) + l[1].census * (1 - l[1].census)) / 2;
    const double d = l[0].census - l[0].survey, e = l[1].census - l[1].survey;
    assert_near(s.support->predictor[4].difference,
                sqrt((c * d * d - 2 * b * d * e + a * e * e) / (a * c - b * b)));
    assert_near(l[0].census + l[1].census + l[2].census, 1);
    assert_near(l[2].survey, 0); /* a level that nobody in the survey has */
    assert_true(l[2].census > 0);
    /* It has no chance of its own in the survey: such a difference is not by chance. */
    assert_true(s.support->predictor[4].p >= 0 && s.support->predictor[4].p < 1);
    forget(&s);
}

static void test_what_nobody_has(void **state) {
    (void)state;
    setting s;
    mirti_error err = {0};
    make(&s);
    for (int i = 0; i < ROWS; i++)
        s.value[i][3] = 0; /* the survey has met no dirt floor */
    if (compare(&s, &s.a.areas, true, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_true(s.support->predictor[3].p == 0); /* no chance of the survey makes that */
    mirti_support_free(s.support);
    for (int i = 0; i < AREAS * CELLS; i++)
        s.a.share[i * S + 5] = 1; /* and the census has nothing else */
    if (compare(&s, &s.a.areas, true, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_true(isinf(s.support->predictor[3].difference) && s.support->predictor[3].flagged);
    mirti_support_free(s.support);
    for (int i = 0; i < AREAS * CELLS; i++)
        s.a.share[i * S + 5] = 0; /* nor has the census */
    if (compare(&s, &s.a.areas, true, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_near(s.support->predictor[3].difference, 0);
    assert_near(s.support->predictor[3].p, 1);
    assert_false(s.support->predictor[3].flagged);
    forget(&s);
}

/* A difference that so small a survey makes by chance is not flagged. */
static void test_chance_is_no_change(void **state) {
    (void)state;
    setting s;
    mirti_error err = {0};
    make(&s);
    if (compare(&s, &s.a.areas, true, &err) != MIRTI_OK) fail_msg("%s", err.message);
    const mirti_support_predictor *out = &s.support->predictor[2];
    assert_true(out->difference > options.limit && out->p > .05);
    assert_false(out->flagged);
    forget(&s);
}

static void test_cells_without_a_case(void **state) {
    (void)state;
    setting s;
    mirti_error err = {0};
    make(&s);
    if (compare(&s, &s.a.areas, true, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_near(s.support->unseen[0], 0);
    mirti_support_free(s.support);
    for (int i = 0; i < ROWS; i++)
        s.value[i][0] = 0; /* a survey of the young only */
    if (compare(&s, &s.a.areas, true, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_near(s.support->unseen[0], 60. / 160); /* the old */
    assert_near(s.support->unseen[1], 800. / 1800);
    assert_near(s.support->unseen[2], 0);
    assert_true(isnan(s.support->unseen[3]));
    assert_near(s.support->unseen_share, 860. / 1967);
    assert_int_equal(s.support->unseen_areas, 2);
    forget(&s);
}

static void test_beyond_the_survey_s_towns(void **state) {
    (void)state;
    setting s;
    mirti_error err = {0};
    make(&s);
    if (compare(&s, &s.a.areas, true, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_int_equal(s.support->groups, 2);
    assert_true(s.support->groups_are_areas);
    /* The survey's towns have 2.07 and 2.27 rooms a child, the census's 2.5, 4 and 1; the third has
     * too few children to say so. */
    assert_int_equal(s.support->beyond[0 * PREDICTORS + 5], 1);
    assert_int_equal(s.support->beyond[1 * PREDICTORS + 5], 1);
    assert_int_equal(s.support->beyond[2 * PREDICTORS + 5], 0);
    assert_int_equal(s.support->beyond[3 * PREDICTORS + 5], 0);
    assert_int_equal(s.support->predictor[5].beyond, 2);
    mirti_support_free(s.support);
    /* Its PSUs have four rows: no group is large enough to compare with. */
    if (compare(&s, &s.a.areas, false, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_int_equal(s.support->groups, 0);
    assert_int_equal(s.support->predictor[5].beyond, 0);
    forget(&s);
}

/* Two areas: a girl like those of the survey and a youth out of school, unlike them all, of whom
 * there are three; and one with nine rooms. */
static mirti_status cube_make(mirti_areas **out, mirti_error *err) {
    static const double pattern[3][PREDICTORS] = {
        {0, 0, 0, 0, 0, 2}, {0, 0, 0, 0, 0, 9}, {1, 1, 1, 0, 0, 2}};
    static const mirti_cube_cell cell[] = {
        {0, 0, 1, 1000000}, {0, 2, 2, 3000000}, {1, 1, 1, 2000000}};
    static char kind[] = "town", none[] = "", code[2][4] = {"001", "002"};
    static char variable[PREDICTORS][8] = {"a", "s", "o", "f", "w", "r"};
    *out = NULL;
    mirti_cube *c = mirti_new(1, sizeof *c);
    if (!c) return mirti_fail_memory(err, "a cube");
    *c = (mirti_cube){
        .kind = kind, .variables = PREDICTORS, .areas = 2, .places = 2, .patterns = 3, .cells = 3};
    c->variable = mirti_new(PREDICTORS, sizeof *c->variable);
    c->code = mirti_new(2, sizeof *c->code);
    c->parent = mirti_new(2, sizeof *c->parent);
    c->place = mirti_new(2, sizeof *c->place);
    c->value = mirti_new(3 * (size_t)PREDICTORS, sizeof *c->value);
    c->cell = mirti_new(3, sizeof *c->cell);
    if (!c->variable || !c->code || !c->parent || !c->place || !c->value || !c->cell) {
        mirti_cube_free(c);
        return mirti_fail_memory(err, "a cube");
    }
    for (int v = 0; v < PREDICTORS; v++)
        c->variable[v] = variable[v];
    for (int a = 0; a < 2; a++) {
        c->code[a] = code[a];
        c->parent[a] = none;
        c->place[a] = (mirti_cube_place){a, none, none};
    }
    memcpy(c->value, pattern, sizeof pattern);
    memcpy(c->cell, cell, sizeof cell);
    return mirti_areas_from_cube(c, out, err);
}

static void test_persons_unlike_any(void **state) {
    (void)state;
    setting s;
    mirti_areas *areas;
    mirti_error err = {0};
    make(&s);
    if (cube_make(&areas, &err) != MIRTI_OK) fail_msg("%s", err.message);
    if (compare(&s, areas, true, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_near(s.support->unseen[0], 3. / 4);
    assert_near(s.support->unseen[1], 1); /* nobody in the survey has nine rooms */
    assert_near(s.support->unseen_share, 5. / 6);
    assert_int_equal(s.support->unseen_areas, 2);
    const mirti_support_predictor *rooms = &s.support->predictor[5];
    assert_near(rooms->outside, 2. / 6);
    assert_near(rooms->line[0].census, 26. / 6);
    assert_true(rooms->census.least == 2 && rooms->census.quartile[1] == 2 &&
                rooms->census.quartile[2] == 9 && rooms->census.most == 9);
    mirti_areas_free(areas);
    forget(&s);
}

static void test_the_table_in_both_languages(void **state) {
    (void)state;
    setting s;
    mirti_text text = {0};
    mirti_error err = {0};
    make(&s);
    if (compare(&s, &s.a.areas, true, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_int_equal(mirti_support_table(s.support, s.m.model.terms, "es", &text, &err), MIRTI_OK);
    assert_non_null(strstr(text.data, "\n  edad  "));
    assert_non_null(strstr(text.data, "66.7 % ("));
    assert_non_null(strstr(text.data, " *\n    encuesta: desviación "));
    mirti_text_reset(&text);
    assert_int_equal(mirti_support_table(s.support, s.m.model.terms, "en", &text, &err), MIRTI_OK);
    assert_non_null(
        strstr(text.data, "  rooms: areas beyond what any area of the survey has: 2\n"));
    mirti_text_reset(&text);
    forget(&s);
}

static mirti_status everything(mirti_error *err) {
    static setting s;
    mirti_areas *areas = NULL;
    mirti_text text = {0};
    memset(&s, 0, sizeof s);
    mirti_status status = small_model_make(&s.m, err);
    if (status == MIRTI_OK) status = survey_make(&s, err);
    if (status == MIRTI_OK) status = cube_make(&areas, err);
    if (status == MIRTI_OK) status = compare(&s, areas, true, err);
    if (status == MIRTI_OK)
        status = mirti_support_table(s.support, s.m.model.terms, "es", &text, err);
    small_areas_make(&s.a);
    mirti_support_free(s.support);
    s.support = NULL;
    if (status == MIRTI_OK) status = compare(&s, &s.a.areas, true, err);
    mirti_text_reset(&text);
    mirti_areas_free(areas);
    forget(&s);
    return status;
}

static void test_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(everything) > 40);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_sides),
        cmocka_unit_test(test_a_category_of_three),
        cmocka_unit_test(test_what_nobody_has),
        cmocka_unit_test(test_chance_is_no_change),
        cmocka_unit_test(test_cells_without_a_case),
        cmocka_unit_test(test_beyond_the_survey_s_towns),
        cmocka_unit_test(test_persons_unlike_any),
        cmocka_unit_test(test_the_table_in_both_languages),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
