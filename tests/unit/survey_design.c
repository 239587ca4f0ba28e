/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sample design: numbering of strata and units, its checks, and what it says of bad input. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/survey.h"

enum { MOST = 12 };

static void as_strs(const char *const *text, int count, mirti_str *out) {
    for (int i = 0; i < count; i++)
        out[i] = mirti_str_of(text[i]);
}

static const double ones[MOST] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static void test_units_are_ordered_by_name_whatever_the_rows(void **state) {
    (void)state;
    const char *const strata[] = {"b", "a", "b", "a", "b"};
    const char *const psus[] = {"2", "9", "1", "10", "2"};
    mirti_str stratum[5], psu[5];
    as_strs(strata, 5, stratum);
    as_strs(psus, 5, psu);
    mirti_survey_design *design;
    mirti_error err = {0};
    assert_int_equal(mirti_survey_design_new(5, ones, stratum, psu, true, NULL, MIRTI_LONELY_FAIL,
                                             &design, &err),
                     MIRTI_OK);
    assert_int_equal(design->strata, 2);
    assert_int_equal(design->psus, 4);
    assert_string_equal(design->stratum_name[0], "a");
    assert_string_equal(design->psu_name[0], "10");
    assert_string_equal(design->psu_name[1], "9");
    assert_string_equal(design->psu_name[2], "1");
    const int32_t expected_psu[] = {3, 1, 2, 0, 3};
    const int32_t expected_stratum[] = {0, 0, 1, 1};
    assert_memory_equal(design->psu, expected_psu, sizeof expected_psu);
    assert_memory_equal(design->psu_stratum, expected_stratum, sizeof expected_stratum);
    assert_int_equal(design->stratum_psus[0], 2);
    assert_int_equal(mirti_survey_design_df(design), 2);
    mirti_survey_design_free(design);
}

static void test_many_units_keep_their_numbers(void **state) {
    (void)state;
    enum { ROWS = 5000 };
    mirti_str *psu = mirti_new(ROWS, sizeof *psu);
    char(*text)[16] = mirti_new(ROWS, sizeof *text);
    double *weight = mirti_new(ROWS, sizeof *weight);
    for (int i = 0; i < ROWS; i++) {
        snprintf(text[i], sizeof text[i], "%04d", (i * 7919) % 2500);
        psu[i] = mirti_str_of(text[i]);
        weight[i] = 1;
    }
    mirti_survey_design *design;
    assert_int_equal(mirti_survey_design_new(ROWS, weight, NULL, psu, true, NULL, MIRTI_LONELY_FAIL,
                                             &design, NULL),
                     MIRTI_OK);
    assert_int_equal(design->psus, 2500);
    for (int i = 0; i < ROWS; i++)
        assert_int_equal(design->psu[i], (i * 7919) % 2500);
    mirti_survey_design_free(design);
    mirti_free(psu);
    mirti_free(text);
    mirti_free(weight);
}

static void test_rows_are_units_without_psus(void **state) {
    (void)state;
    mirti_survey_design *design;
    assert_int_equal(
        mirti_survey_design_new(4, ones, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL, &design, NULL),
        MIRTI_OK);
    assert_int_equal(design->strata, 1);
    assert_int_equal(design->psus, 4);
    assert_null(design->psu_name);
    for (int32_t i = 0; i < 4; i++)
        assert_int_equal(design->psu[i], i);
    mirti_survey_design_free(design);
}

/* Makes a design that must be refused, and checks what is said. */
static void assert_refused(int64_t rows, const double *weight, const char *const *strata,
                           const char *const *psus, bool nested, const double *fpc,
                           mirti_lonely_psu lonely, mirti_status expected, const char *part) {
    mirti_str stratum[MOST], psu[MOST];
    if (strata) as_strs(strata, (int)rows, stratum);
    if (psus) as_strs(psus, (int)rows, psu);
    mirti_survey_design *design = (mirti_survey_design *)&design;
    mirti_error err = {0};
    assert_int_equal(mirti_survey_design_new(rows, weight, strata ? stratum : NULL,
                                             psus ? psu : NULL, nested, fpc, lonely, &design, &err),
                     expected);
    assert_null(design);
    assert_int_equal(err.status, expected);
    if (!strstr(err.message, part)) fail_msg("'%s' is not in '%s'", part, err.message);
}

static void test_weights_must_be_numbers_and_not_negative(void **state) {
    (void)state;
    const double bad[] = {-3, NAN, INFINITY};
    const char *const said[] = {"row 2 of the sample has the weight -3;",
                                "the weight not a number;", "the weight inf;"};
    for (int i = 0; i < 3; i++) {
        double weight[3] = {1, bad[i], 1};
        assert_refused(3, weight, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL, MIRTI_ERROR_INPUT,
                       said[i]);
    }
    assert_refused(0, ones, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL, MIRTI_ERROR_INPUT,
                   "no rows");
}

static void test_missing_labels_name_their_row(void **state) {
    (void)state;
    const char *const strata[] = {"a", "a", ""}, *const psus[] = {"1", "", "3"};
    assert_refused(3, ones, strata, NULL, true, NULL, MIRTI_LONELY_FAIL, MIRTI_ERROR_INPUT,
                   "row 3 of the sample has no stratum");
    assert_refused(3, ones, NULL, psus, true, NULL, MIRTI_LONELY_FAIL, MIRTI_ERROR_INPUT,
                   "row 2 of the sample has no PSU");
}

static void test_psu_in_two_strata(void **state) {
    (void)state;
    const char *const strata[] = {"north", "north", "south", "south"};
    const char *const psus[] = {"1", "2", "2", "3"};
    assert_refused(4, ones, strata, psus, false, NULL, MIRTI_LONELY_FAIL, MIRTI_ERROR_INPUT,
                   "PSU '2' is in stratum 'north' and, in row");
    mirti_str stratum[4], psu[4];
    as_strs(strata, 4, stratum);
    as_strs(psus, 4, psu);
    mirti_survey_design *design;
    assert_int_equal(mirti_survey_design_new(4, ones, stratum, psu, true, NULL, MIRTI_LONELY_FAIL,
                                             &design, NULL),
                     MIRTI_OK);
    assert_int_equal(design->psus, 4);
    mirti_survey_design_free(design);
}

static void test_lonely_psu_is_refused_by_name(void **state) {
    (void)state;
    const char *const strata[] = {"a", "a", "b", "c", "c"}, *const psus[] = {"1", "2", "1", "1",
                                                                             "1"};
    assert_refused(5, ones, strata, psus, true, NULL, MIRTI_LONELY_FAIL, MIRTI_ERROR_MODEL,
                   "2 of 3 strata have only one PSU ('b', 'c')");
    mirti_str stratum[5], psu[5];
    as_strs(strata, 5, stratum);
    as_strs(psus, 5, psu);
    mirti_survey_design *design;
    assert_int_equal(mirti_survey_design_new(5, ones, stratum, psu, true, NULL, MIRTI_LONELY_ADJUST,
                                             &design, NULL),
                     MIRTI_OK);
    assert_int_equal(design->lonely_strata, 2);
    mirti_survey_design_free(design);
}

static void test_a_whole_stratum_is_not_lonely(void **state) {
    (void)state;
    const char *const strata[] = {"a", "a", "b"};
    const double numbers[] = {10, 10, 1};
    mirti_str stratum[3];
    as_strs(strata, 3, stratum);
    mirti_survey_design *design;
    assert_int_equal(mirti_survey_design_new(3, ones, stratum, NULL, true, numbers,
                                             MIRTI_LONELY_FAIL, &design, NULL),
                     MIRTI_OK);
    assert_int_equal(design->lonely_strata, 0);
    assert_true(design->fpc[0] == 0.2 && design->fpc[1] == 1.0);
    mirti_survey_design_free(design);
}

static void test_finite_population_corrections_are_checked(void **state) {
    (void)state;
    const char *const strata[] = {"a", "a", "b", "b"};
    const double uneven[] = {10, 11, 9, 9}, mixed[] = {10, 10, 0.5, 0.5},
                 few[] = {10, 10, 1.5, 1.5}, unknown[] = {0.1, 0.1, NAN, 0.2},
                 negative[] = {0.1, 0.1, 0.2, -0.2};
    const struct {
        const double *fpc;
        const char *said;
    } cases[] = {{uneven, "row 2 differs from that of an earlier row of the same stratum"},
                 {mixed, "mix numbers of units with fractions (row 3"},
                 {few, "row 3 of the sample says that its stratum has fewer units"},
                 {unknown, "row 3 of the sample has not a number"},
                 {negative, "row 4 of the sample has -0.2"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(4, ones, strata, NULL, true, cases[i].fpc, MIRTI_LONELY_FAIL,
                       MIRTI_ERROR_INPUT, cases[i].said);
}

static void test_second_stage_needs_both_corrections(void **state) {
    (void)state;
    mirti_survey_design *design;
    assert_int_equal(
        mirti_survey_design_new(4, ones, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL, &design, NULL),
        MIRTI_OK);
    const double whole[] = {1, 1, 1, 1};
    mirti_error err = {0};
    assert_int_equal(mirti_survey_design_second_stage(design, NULL, whole, &err),
                     MIRTI_ERROR_USAGE);
    assert_non_null(strstr(err.message, "both stages"));
    mirti_survey_design_free(design);
}

static void test_reach_of_a_subpopulation(void **state) {
    (void)state;
    const char *const strata[] = {"a", "a", "b", "b", "c", "c"};
    const char *const psus[] = {"1", "2", "1", "2", "1", "2"};
    mirti_str stratum[6], psu[6];
    as_strs(strata, 6, stratum);
    as_strs(psus, 6, psu);
    const double weight[] = {1, 2, 4, 8, 16, 32};
    const uint8_t in[] = {1, 1, 0, 1, 0, 0};
    mirti_survey_design *design;
    assert_int_equal(mirti_survey_design_new(6, weight, stratum, psu, true, NULL, MIRTI_LONELY_FAIL,
                                             &design, NULL),
                     MIRTI_OK);
    mirti_survey_reach reach;
    assert_int_equal(mirti_survey_design_reach(design, in, &reach, NULL), MIRTI_OK);
    assert_int_equal(reach.rows, 3);
    assert_int_equal(reach.psus, 3);
    assert_int_equal(reach.strata, 2);
    assert_int_equal(reach.df, 1);
    assert_true(reach.weight == 11);
    mirti_survey_design_free(design);
}

static mirti_status build_two_stages(mirti_error *err) {
    const char *const strata[] = {"a", "a", "a", "a", "b", "b", "b", "b"};
    const char *const psus[] = {"1", "1", "2", "2", "1", "1", "2", "2"};
    const char *const ssus[] = {"1", "2", "1", "2", "1", "2", "1", "2"};
    const double fpc[] = {.5, .5, .5, .5, .2, .2, .2, .2};
    mirti_str stratum[8], psu[8], ssu[8];
    as_strs(strata, 8, stratum);
    as_strs(psus, 8, psu);
    as_strs(ssus, 8, ssu);
    mirti_survey_design *design;
    MIRTI_TRY(
        mirti_survey_design_new(8, ones, stratum, psu, true, fpc, MIRTI_LONELY_FAIL, &design, err));
    mirti_status status = mirti_survey_design_second_stage(design, ssu, fpc, err);
    if (status == MIRTI_OK) {
        mirti_survey_estimate mean;
        const double y[] = {1, 0, 1, 1, 0, 0, 1, 0};
        const uint8_t in[] = {1, 1, 1, 1, 1, 1, 1, 0};
        status = mirti_survey_mean(design, y, in, 0.95, &mean, err);
    }
    mirti_survey_design_free(design);
    return status;
}

static mirti_status build_with_unique_labels(mirti_error *err) {
    const char *const strata[] = {"a", "a", "b", "b"}, *const psus[] = {"1", "2", "3", "4"};
    mirti_str stratum[4], psu[4];
    as_strs(strata, 4, stratum);
    as_strs(psus, 4, psu);
    mirti_survey_design *design;
    MIRTI_TRY(mirti_survey_design_new(4, ones, stratum, psu, false, NULL, MIRTI_LONELY_FAIL,
                                      &design, err));
    mirti_survey_design_free(design);
    return MIRTI_OK;
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(build_two_stages) > 10);
    assert_true(assert_survives_without_memory(build_with_unique_labels) > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units_are_ordered_by_name_whatever_the_rows),
        cmocka_unit_test(test_many_units_keep_their_numbers),
        cmocka_unit_test(test_rows_are_units_without_psus),
        cmocka_unit_test(test_weights_must_be_numbers_and_not_negative),
        cmocka_unit_test(test_missing_labels_name_their_row),
        cmocka_unit_test(test_psu_in_two_strata),
        cmocka_unit_test(test_lonely_psu_is_refused_by_name),
        cmocka_unit_test(test_a_whole_stratum_is_not_lonely),
        cmocka_unit_test(test_finite_population_corrections_are_checked),
        cmocka_unit_test(test_second_stage_needs_both_corrections),
        cmocka_unit_test(test_reach_of_a_subpopulation),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
