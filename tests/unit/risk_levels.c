/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Levels and ranks of a table of results. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/risk.h"

enum { N = 9 };

/* Two states of four and two areas with a risk, one of a single area; one area and one whole state
 * without. */
typedef struct country {
    mirti_results results;
    char *parent[N];
    double risk[N], at_risk[N], children[N];
    int level[N];
    int64_t rank[N];
} country;

static void make(country *c) {
    static char north[] = "01", south[] = "02", island[] = "03", sea[] = "04";
    char *const parent[N] = {south, north, north, south, north, north, island, sea, north};
    const double risk[N] = {.30, .05, .10, .20, .05, .40, .25, NAN, NAN};
    const double children[N] = {100, 1000, 10, 10, 400, 10, 20, 0, 0};
    memset(c, 0, sizeof *c);
    for (int i = 0; i < N; i++) {
        c->parent[i] = parent[i];
        c->risk[i] = risk[i];
        c->children[i] = children[i];
        c->at_risk[i] = risk[i] * children[i];
    }
    c->results = (mirti_results){.count = N,
                                 .parent_code = c->parent,
                                 .risk = c->risk,
                                 .at_risk = c->at_risk,
                                 .children = c->children,
                                 .level = c->level,
                                 .rank = c->rank};
}

static void forget(country *c) {
    for (int j = 0; j < c->results.levels; j++)
        mirti_free(c->results.level_name[j]);
    mirti_free(c->results.level_name);
}

static mirti_class_report *classify(country *c, mirti_class_options options, const char *language) {
    mirti_class_report *report;
    mirti_error err = {0};
    if (mirti_results_classify(&c->results, &options, language, &report, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    return report;
}

static void assert_levels(const country *c, const char *expected) {
    char found[N + 1] = {0};
    for (int i = 0; i < N; i++)
        found[i] = c->level[i] < 0 ? '-' : (char)('0' + c->level[i]);
    assert_string_equal(found, expected);
}

static void test_the_nation(void **state) {
    (void)state;
    country c;
    make(&c);
    double at[] = {.05, .25};
    mirti_class_options options = {.method = MIRTI_CLASS_FIXED, .levels = 3, .breaks = at};
    mirti_class_report *report = classify(&c, options, "es");
    assert_levels(&c, "2011021--");
    assert_int_equal(report->groups, 1);
    assert_null(report->parent_code[0]);
    assert_int_equal(report->breaks[0].count[0], 2);
    assert_string_equal(c.results.level_name[0], "bajo");
    assert_string_equal(c.results.level_name[2], "alto");
    mirti_class_report_free(report);
    forget(&c);
}

static void test_within_states(void **state) {
    (void)state;
    country c;
    make(&c);
    mirti_class_options options = {
        .method = MIRTI_CLASS_FISHER_JENKS, .levels = 3, .within_parent = true};
    mirti_class_report *report = classify(&c, options, "en");
    /* north: {.05 .05} {.10} {.40}; south has two values: lowest and highest; island one: middle */
    assert_levels(&c, "2010021--");
    assert_int_equal(report->groups, 3); /* the state without any risk has no breaks */
    assert_string_equal(report->parent_code[0], "01");
    assert_string_equal(report->parent_code[2], "03");
    assert_int_equal(report->breaks[1].levels, 2);
    assert_string_equal(c.results.level_name[1], "medium");
    mirti_class_report_free(report);
    forget(&c);
}

static void test_by_number_and_weighted(void **state) {
    (void)state;
    country c;
    make(&c);
    double at[] = {10};
    mirti_class_options options = {
        .method = MIRTI_CLASS_FIXED, .levels = 2, .breaks = at, .by_children = true};
    mirti_class_report *report = classify(&c, options, "en");
    assert_levels(&c, "1100100--");
    mirti_class_report_free(report);
    forget(&c);
}

static void test_weights_are_children(void **state) {
    (void)state;
    country c;
    make(&c);
    /* Half of the 1,550 children live where the risk is .05: the median child's value. */
    mirti_class_options options = {.method = MIRTI_CLASS_QUANTILE, .levels = 2, .weighted = true};
    mirti_class_report *report = classify(&c, options, "es");
    assert_levels(&c, "1011011--");
    assert_true(report->breaks[0].limit[1] == .05);
    assert_true(report->breaks[0].weight[0] == 1400);
    mirti_class_report_free(report);
    forget(&c);
}

static void test_names_of_levels(void **state) {
    (void)state;
    country c;
    make(&c);
    char es[] = "es", en[] = "en", low[] = "verde", low_en[] = "green", high[] = "rojo";
    char high_en[] = "red";
    char *language[] = {es, en}, *text[][2] = {{low, low_en}, {high, high_en}};
    mirti_localized label[2] = {{2, language, text[0]}, {2, language, text[1]}};
    mirti_class_options options = {.method = MIRTI_CLASS_EQUAL, .levels = 2, .label = label};
    mirti_class_report_free(classify(&c, options, "en"));
    assert_string_equal(c.results.level_name[1], "red");
    options = (mirti_class_options){.method = MIRTI_CLASS_EQUAL, .levels = 5};
    mirti_class_report_free(classify(&c, options, "es"));
    assert_int_equal(c.results.levels, 5);
    assert_string_equal(c.results.level_name[0], "muy bajo");
    assert_string_equal(c.results.level_name[4], "muy alto");
    options.levels = 7;
    mirti_class_report_free(classify(&c, options, "es"));
    assert_string_equal(c.results.level_name[6], "7");
    forget(&c);
}

static void test_nothing_to_class(void **state) {
    (void)state;
    country c;
    make(&c);
    for (int i = 0; i < N; i++)
        c.risk[i] = NAN;
    mirti_class_options options = {.method = MIRTI_CLASS_FISHER_JENKS, .levels = 3};
    mirti_class_report *report = classify(&c, options, "es");
    assert_int_equal(report->groups, 0);
    assert_levels(&c, "---------");
    mirti_class_report_free(report);
    forget(&c);
}

static void test_ranks(void **state) {
    (void)state;
    country c;
    make(&c);
    assert_int_equal(mirti_results_rank(&c.results, NULL), MIRTI_OK);
    const int64_t expected[N] = {2, 6, 5, 4, 6, 1, 3, 0, 0};
    for (int i = 0; i < N; i++)
        assert_int_equal(c.rank[i], expected[i]);
}

static mirti_status class_and_rank(mirti_error *err) {
    country c;
    make(&c);
    mirti_class_report *report = NULL;
    mirti_class_options options = {
        .method = MIRTI_CLASS_DALENIUS_HODGES, .levels = 3, .within_parent = true};
    mirti_status status = mirti_results_classify(&c.results, &options, "es", &report, err);
    if (status == MIRTI_OK) status = mirti_results_rank(&c.results, err);
    mirti_class_report_free(report);
    forget(&c);
    return status;
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_without_memory(class_and_rank);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_nation),
        cmocka_unit_test(test_within_states),
        cmocka_unit_test(test_by_number_and_weighted),
        cmocka_unit_test(test_weights_are_children),
        cmocka_unit_test(test_names_of_levels),
        cmocka_unit_test(test_nothing_to_class),
        cmocka_unit_test(test_ranks),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
