/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Terms and design rows: names, contrasts, interactions, expected rows of published cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "fit_example.h"
#include "mirti/fit.h"

static mirti_terms *example_terms(void) {
    mirti_terms *terms;
    mirti_error err = {0};
    if (mirti_terms_new(&example_spec, &terms, &err) != MIRTI_OK) fail_msg("%s", err.message);
    return terms;
}

static void test_columns_and_their_names(void **state) {
    (void)state;
    static const char *const expected[] = {
        "(intercept)",    "age[5-11]",      "age[15-17]",         "sex[man]",
        "farm",           "income",         "age[5-11]:sex[man]", "age[15-17]:sex[man]",
        "farm:age[5-11]", "farm:age[15-17]"};
    static const int term_of[] = {-1, 0, 0, 1, 2, 3, 4, 4, 5, 5};
    mirti_terms *terms = example_terms();
    assert_int_equal(terms->columns, 10);
    for (int j = 0; j < terms->columns; j++) {
        assert_string_equal(terms->name[j], expected[j]);
        assert_int_equal(terms->term_of[j], term_of[j]);
    }
    assert_string_equal(terms->predictor[2].label.text[0], "trabajo agrícola");
    mirti_terms_free(terms);
}

static void test_rows(void **state) {
    (void)state;
    mirti_terms *terms = example_terms();
    double row[10];
    /* 15-17, man, farm, 2.5: levels of age are 5-11, 12-14 (reference), 15-17 */
    mirti_terms_row(terms, (const double[]){2, 1, 1, 2.5}, row);
    assert_memory_equal(row, ((const double[]){1, 0, 1, 1, 1, 2.5, 0, 1, 0, 1}), sizeof row);
    mirti_terms_row(terms, (const double[]){1, 0, 0, -1}, row);
    assert_memory_equal(row, ((const double[]){1, 0, 0, 0, 0, -1, 0, 0, 0, 0}), sizeof row);
    mirti_terms_free(terms);
}

static void test_expected_rows(void **state) {
    (void)state;
    mirti_terms *terms = example_terms();
    static const int offsets[] = {0, 3, 5, 6, 7};
    for (int k = 0; k <= 4; k++)
        assert_int_equal(mirti_terms_share_offset(terms, k), offsets[k]);
    double row[10];
    /* A cell of boys of 5-11, a quarter on farms, mean income 4. */
    mirti_terms_expected_row(terms, (const double[]){1, 0, 0, 0, 1, .25, 4}, row);
    assert_memory_equal(row, ((const double[]){1, 1, 0, 1, .25, 4, 1, 0, .25, 0}), sizeof row);
    /* Shares on both sides of an interaction multiply. */
    mirti_terms_expected_row(terms, (const double[]){.5, .25, .25, .5, .5, .5, 4}, row);
    assert_memory_equal(row, ((const double[]){1, .5, .25, .5, .5, 4, .25, .125, .25, .125}),
                        sizeof row);
    mirti_terms_free(terms);
}

static void test_a_row_is_the_expectation_of_certainty(void **state) {
    (void)state;
    mirti_terms *terms = example_terms();
    double row[10], expected[10];
    for (int age = 0; age < 3; age++)
        for (int sex = 0; sex < 2; sex++)
            for (int farm = 0; farm < 2; farm++) {
                double share[7] = {0};
                share[age] = share[3 + sex] = 1;
                share[5] = farm;
                share[6] = 1.5;
                mirti_terms_row(terms, (const double[]){age, sex, farm, 1.5}, row);
                mirti_terms_expected_row(terms, share, expected);
                assert_memory_equal(row, expected, sizeof row);
            }
    mirti_terms_free(terms);
}

static void test_impossible_terms(void **state) {
    (void)state;
    mirti_terms *terms;
    mirti_error err = {0};
    mirti_term term = {.order = 1, .predictor = {9}};
    mirti_model_spec spec = example_spec;
    spec.terms = 1;
    spec.term = &term;
    assert_int_equal(mirti_terms_new(&spec, &terms, &err), MIRTI_ERROR_USAGE);
    assert_null(terms);
    term = (mirti_term){.order = 5};
    assert_int_equal(mirti_terms_new(&spec, &terms, &err), MIRTI_ERROR_USAGE);
    char *many[100];
    for (int l = 0; l < 100; l++)
        many[l] = example_ages[0];
    mirti_predictor wide = {.name = example_ages[0], .levels = 100, .level = many};
    mirti_predictor both[] = {wide, wide};
    term = (mirti_term){.order = 2, .predictor = {0, 1}};
    spec = (mirti_model_spec){.predictors = 2, .predictor = both, .terms = 1, .term = &term};
    assert_int_equal(mirti_terms_new(&spec, &terms, &err), MIRTI_ERROR_USAGE);
    assert_non_null(strstr(err.message, "more than 5000 columns"));
    mirti_predictor single = example_spec.predictor[0];
    single.levels = 1;
    single.reference = 0;
    spec = (mirti_model_spec){.predictors = 1, .predictor = &single};
    assert_int_equal(mirti_terms_new(&spec, &terms, &err), MIRTI_ERROR_USAGE);
    assert_non_null(strstr(err.message, "'age'"));
}

static mirti_status make_terms(mirti_error *err) {
    mirti_terms *terms;
    MIRTI_TRY(mirti_terms_new(&example_spec, &terms, err));
    mirti_terms_free(terms);
    return MIRTI_OK;
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(make_terms) > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_and_their_names),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_expected_rows),
        cmocka_unit_test(test_a_row_is_the_expectation_of_certainty),
        cmocka_unit_test(test_impossible_terms),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
