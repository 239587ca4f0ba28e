/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns of the output contract: their names are a promise. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "predict_model.h"

static const char *const promised[] = {
    "code",       "name",     "parent_code", "parent_name", "children", "risk",
    "risk_se",    "risk_lo",  "risk_hi",     "risk_cv",     "at_risk",  "at_risk_lo",
    "at_risk_hi", "level",    "level_prob",  "rank",        "rank_lo",  "rank_hi",
    "factor_1",   "factor_2", "factor_3",    "method",      "quality"};
enum { PROMISED = sizeof promised / sizeof *promised };

static void test_names_are_a_promise(void **state) {
    (void)state;
    int count;
    const mirti_output_column *column = mirti_output_columns(&count);
    assert_int_equal(count, PROMISED);
    for (int c = 0; c < count; c++) {
        assert_string_equal(column[c].name, promised[c]);
        assert_true(column[c].alias_es[0] && column[c].alias_en[0]);
        assert_true(mirti_utf8_valid(mirti_str_of(column[c].alias_es), NULL));
    }
}

static int at(const char *name) {
    int c = 0;
    while (c < PROMISED && strcmp(promised[c], name) != 0)
        c++;
    return c;
}

static void test_cells(void **state) {
    (void)state;
    small_model m;
    small_areas a;
    mirti_results *r;
    const mirti_predict_options options = {.confidence = .95, .dispersion = false, .threads = 1};
    assert_int_equal(small_model_make(&m, NULL), MIRTI_OK);
    small_areas_make(&a);
    assert_int_equal(mirti_predict_areas(&m.model, &a.areas, &options, &r, NULL), MIRTI_OK);
    int count;
    const mirti_output_column *column = mirti_output_columns(&count);
    const char *text;
    double number;
    for (int64_t i = 0; i < r->count; i++)
        for (int c = 0; c < count; c++) { /* exactly one kind is filled, and never the other */
            mirti_output_cell(r, i, c, &text, &number);
            if (column[c].type == MIRTI_OUTPUT_TEXT)
                assert_true(isnan(number));
            else
                assert_null(text);
        }
    mirti_output_cell(r, 0, at("risk"), &text, &number);
    assert_true(number == r->risk[0]);
    mirti_output_cell(r, 0, at("code"), &text, &number);
    assert_string_equal(text, "001");
    mirti_output_cell(r, 0, at("method"), &text, &number);
    assert_string_equal(text, "aggregate");
    mirti_output_cell(r, 3, at("method"), &text, &number);
    assert_null(text);
    mirti_output_cell(r, 3, at("quality"), &text, &number);
    assert_string_equal(text, "missing: suppressed");
    mirti_output_cell(r, 0, at("rank"), &text, &number);
    assert_true(isnan(number)); /* none yet: empty, not zero */
    mirti_output_cell(r, 0, at("level"), &text, &number);
    assert_null(text);
    r->rank_hi[0] = 17;
    mirti_output_cell(r, 0, at("rank_hi"), &text, &number);
    assert_true(number == 17);

    r->risk_cv[0] = .1499;
    assert_string_equal(mirti_results_quality(r, 0), "good");
    r->risk_cv[0] = .15;
    assert_string_equal(mirti_results_quality(r, 0), "fair");
    r->risk_cv[0] = .3;
    assert_string_equal(mirti_results_quality(r, 0), "poor");
    mirti_results_free(r);
    small_model_forget(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_a_promise),
        cmocka_unit_test(test_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
