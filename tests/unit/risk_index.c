/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The vulnerability index against closed forms: normalisations, directions, weights, dimensions,
 * ties, missing figures; what must hold of any index; what has none. Principal components of many
 * indicators are compared with R in tests/oracle/index.c.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/risk.h"

/* A few operations on numbers around one. */
static const double tolerance = 1e-12;

/* An index of up to four indicators; `head` are its first lines, `indicator` [n] what stands in
 * the braces of each. */
static mirti_model_spec *make_spec(const char *head, const char *const *indicator, int n) {
    char text[2000];
    int size = snprintf(text, sizeof text, "mirti-index: 1\nname: i\n%sindicators:\n", head);
    for (int k = 0; k < n; k++)
        size += snprintf(text + size, sizeof text - (size_t)size, "  x%d: {%s}\n", k, indicator[k]);
    size += snprintf(text + size, sizeof text - (size_t)size,
                     "sources:\n  c:\n    kind: aggregates\n    areas: {a: {code: C}}\n"
                     "    children: N\n    indicators: {");
    for (int k = 0; k < n; k++)
        size +=
            snprintf(text + size, sizeof text - (size_t)size, "%sx%d: X%d", k ? ", " : "", k, k);
    size += snprintf(text + size, sizeof text - (size_t)size, "}\n");
    mirti_model_spec *spec;
    mirti_error err = {0};
    if (mirti_model_spec_parse(text, (size_t)size, "i.yaml", &spec, &err) != MIRTI_OK)
        fail_msg("%s in\n%s", err.message, text);
    return spec;
}

static mirti_index *compute(const mirti_model_spec *spec, const double *value, int64_t count) {
    mirti_index *index;
    mirti_error err = {0};
    if (mirti_index_compute(spec, value, count, &index, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    return index;
}

static void check_values(const char *head, const char *const *indicator, int n, const double *value,
                         int64_t count, const double *expected) {
    mirti_model_spec *spec = make_spec(head, indicator, n);
    mirti_index *index = compute(spec, value, count);
    for (int64_t i = 0; i < count; i++) {
        bool same = isnan(expected[i]) ? isnan(index->value[i])
                                       : fabs(index->value[i] - expected[i]) < 100 * tolerance;
        if (!same)
            fail_msg("%s area %d: %.15g, expected %.15g", head, (int)i, index->value[i],
                     expected[i]);
    }
    mirti_index_free(index);
    mirti_model_spec_free(spec);
}

static const char *const worse_better[] = {"more_is: worse", "more_is: better"};

static void test_min_max_and_direction(void **state) {
    (void)state;
    /* x0 from 0 to 4, x1 from 10 to 20 and better */
    const double value[] = {0, 20, 4, 10, 1, 15, 2, 20};
    const double expected[] = {0, 100, 50 * (0.25 + 0.5), 50 * 0.5};
    check_values("normalise: min-max\n", worse_better, 2, value, 4, expected);
}

static void test_ranks_share_ties(void **state) {
    (void)state;
    /* x0: mid-ranks 1, 2.5, 2.5, 4, 5; x1, better: mid-ranks 4, 4, 4, 2, 1 */
    const double value[] = {-5, 7, 0, 7, 0, 7, 3, 6, 1000, 1};
    const double expected[] = {50 * (0 + 1 - 0.75), 50 * (0.375 + 0.25), 50 * (0.375 + 0.25),
                               50 * (0.75 + 0.75), 50 * (1 + 1)};
    check_values("normalise: rank\n", worse_better, 2, value, 5, expected);
}

static void test_z_scores_run_from_best_to_worst(void **state) {
    (void)state;
    /* One indicator: z is linear, and the index is min-max. Two: by hand with n − 1. */
    const char *const one[] = {"more_is: worse"};
    const double single[] = {2, 4, 10};
    const double expected_single[] = {0, 25, 100};
    check_values("normalise: z\n", one, 1, single, 3, expected_single);
    /* x0 = 1, 2, 3 (sd 1); x1 = 0, 0, 3 and better (mean 1, sd √3) */
    const double value[] = {1, 0, 2, 0, 3, 3};
    double r = 1 / sqrt(3), raw[] = {-1 + r, 0 + r, 1 - 2 * r};
    const double expected[] = {0, 100 * (raw[1] - raw[0]) / (raw[1] - raw[0]),
                               100 * (raw[2] - raw[0]) / (raw[1] - raw[0])};
    check_values("normalise: z\n", worse_better, 2, value, 3, expected);
}

static void test_what_is_said_of_indicators(void **state) {
    (void)state;
    mirti_model_spec *spec = make_spec("", worse_better, 2);
    const double value[] = {1, 0, NAN, 9, 2, 0, 3, 3};
    mirti_index *index = compute(spec, value, 4);
    assert_true(index->count == 4 && index->areas == 3);
    assert_true(index->least[0] == 1 && index->most[0] == 3 && index->mean[0] == 2);
    assert_true(fabs(index->sd[0] - 1) < tolerance); /* divided by n − 1, as R's sd() */
    assert_true(fabs(index->sd[1] - sqrt(3)) < tolerance);
    assert_true(index->points == 100 && isnan(index->explained[0]));
    assert_true(fabs(index->centre[1] - 2.0 / 3) < tolerance);
    mirti_index_free(index);
    mirti_model_spec_free(spec);
}

static void test_missing_areas_count_in_nothing(void **state) {
    (void)state;
    /* The second area has the greatest x0, but no x1: the scale ends at 4. */
    const double value[] = {0, 20, 900, NAN, 4, 10, 2, 15, NAN, NAN};
    const double expected[] = {0, NAN, 100, 50, NAN};
    check_values("", worse_better, 2, value, 5, expected);
}

static void test_weights_and_dimensions(void **state) {
    (void)state;
    const char *const given[] = {"more_is: worse, weight: 3, dimension: a",
                                 "more_is: worse, weight: 1, dimension: a",
                                 "more_is: worse, weight: 9, dimension: b"};
    const double value[] = {0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1};
    const double expected[] = {0, 100, 100 * 0.4 * 0.75, 100 * 0.4 * 0.25, 100 * 0.6};
    check_values("weights: given\ndimensions: {a: {weight: 2}, b: {weight: 3}}\n", given, 3, value,
                 5, expected);
    const char *const equal[] = {"more_is: worse, dimension: a", "more_is: worse, dimension: a",
                                 "more_is: worse, dimension: b"};
    const double halves[] = {0, 100, 25, 25, 50};
    check_values("dimensions: {a: {}, b: {}}\n", equal, 3, value, 5, halves);
}

static void test_first_component_of_two_is_their_mean(void **state) {
    (void)state;
    /* The correlation matrix (1 r; r 1) has the vector (1, 1) and the value 1 + r. */
    mirti_model_spec *spec = make_spec("weights: first-component\n", worse_better, 2);
    const double value[] = {1, 9, 2, 4, 3, 6, 5, 1};
    mirti_index *index = compute(spec, value, 4);
    assert_true(fabs(index->weight[0] - 0.5) < tolerance);
    assert_true(fabs(index->weight[1] - 0.5) < tolerance);
    double r = -((1 - 2.75) * 4 + (2 - 2.75) * -1 + (3 - 2.75) * 1 + (5 - 2.75) * -4) /
               sqrt(8.75 * 34); /* x1 is turned */
    assert_true(fabs(index->explained[0] - (1 + r) / 2) < tolerance);
    mirti_index_free(index);
    mirti_model_spec_free(spec);
}

static void test_contributions_add_up(void **state) {
    (void)state;
    static const char *const heads[] = {"", "normalise: z\n", "normalise: rank\n"};
    const double value[] = {1, 9, 2, 4, 3, 6, 5, 1, NAN, 3};
    for (int h = 0; h < 3; h++) {
        mirti_model_spec *spec = make_spec(heads[h], worse_better, 2);
        mirti_index *index = compute(spec, value, 5);
        double mean = 0;
        for (int64_t i = 0; i < 4; i++)
            mean += index->value[i] / 4;
        for (int64_t i = 0; i < 4; i++) {
            double sum =
                mirti_index_contribution(index, i, 0) + mirti_index_contribution(index, i, 1);
            assert_true(fabs(sum - (index->value[i] - mean)) < 100 * tolerance);
        }
        mirti_index_free(index);
        mirti_model_spec_free(spec);
    }
}

/* The order of areas and the unit of an indicator change nothing; more of a bad thing never lowers
 * the index. */
static void test_what_holds_of_any_index(void **state) {
    (void)state;
    static const char *const heads[] = {"", "normalise: rank\n", "normalise: z\n",
                                        "weights: first-component\n"};
    const double value[] = {1, 9, 2, 4, 3, 6, 5, 1, 4, 4};
    for (int h = 0; h < 4; h++) {
        mirti_model_spec *spec = make_spec(heads[h], worse_better, 2);
        double turned[10], scaled[10];
        for (int i = 0; i < 5; i++)
            for (int k = 0; k < 2; k++) {
                turned[2 * (4 - i) + k] = value[2 * i + k];
                scaled[2 * i + k] = k == 0 ? 100 * value[2 * i] - 7 : value[2 * i + 1] / 8;
            }
        mirti_index *a = compute(spec, value, 5), *b = compute(spec, turned, 5),
                    *c = compute(spec, scaled, 5);
        double least = INFINITY, most = -INFINITY;
        for (int i = 0; i < 5; i++) {
            assert_true(fabs(a->value[i] - b->value[4 - i]) < 100 * tolerance);
            assert_true(fabs(a->value[i] - c->value[i]) < 1000 * tolerance);
            least = fmin(least, a->value[i]);
            most = fmax(most, a->value[i]);
        }
        assert_true(least >= 0 && most <= 100);
        double more[10];
        memcpy(more, value, sizeof more);
        more[4] = 3.5; /* x0 of the third area, still within its range and order */
        mirti_index *d = compute(spec, more, 5);
        if (h < 2) assert_true(d->value[2] >= a->value[2]);
        mirti_index_free(a);
        mirti_index_free(b);
        mirti_index_free(c);
        mirti_index_free(d);
        mirti_model_spec_free(spec);
    }
}

static void check_refused(const char *head, const double *value, int64_t count, const char *said) {
    mirti_model_spec *spec = make_spec(head, worse_better, 2);
    mirti_index *index;
    mirti_error err = {0};
    assert_int_equal(mirti_index_compute(spec, value, count, &index, &err), MIRTI_ERROR_MODEL);
    assert_null(index);
    if (!strstr(err.message, said)) fail_msg("'%s' is not in '%s'", said, err.message);
    assert_true(err.remedy[0] != '\0' || strstr(said, "cancel"));
    mirti_model_spec_free(spec);
}

static void test_what_has_no_index(void **state) {
    (void)state;
    const double constant[] = {1, 5, 2, 5, 3, 5};
    const double single[] = {1, 5, NAN, 6};
    const double opposed[] = {1, 1, 2, 2, 3, 4}; /* turned, x1 falls where x0 rises */
    const double square[] = {0, 0, 0, 1, 1, 0, 1, 1};
    const double cancelling[] = {1, 1, 2, 2, 3, 3};
    check_refused("", constant, 3, "'x1' is the same in all 3 areas: 5");
    check_refused("", single, 2, "1 have all their indicators");
    check_refused("weights: first-component\n", opposed, 3, "moves against the others");
    check_refused("weights: first-component\n", square, 4, "no first component");
    check_refused("normalise: z\n", cancelling, 3, "cancel out");
}

static mirti_status use_everything(mirti_error *err) {
    const double value[] = {1, 9, 2, 4, 3, 6, 5, 1};
    char code[] = "1", *codes[] = {code, code, code, code};
    double children[] = {5, 5, 5, 5}, share[8];
    mirti_area_missing missing[4] = {MIRTI_AREA_COMPLETE};
    memcpy(share, value, sizeof share);
    mirti_areas areas = {.kind = code,
                         .count = 4,
                         .cells = 1,
                         .shares = 2,
                         .code = codes,
                         .name = codes,
                         .parent_code = codes,
                         .parent_name = codes,
                         .children = children,
                         .share = share,
                         .missing = missing};
    char *columns[4] = {NULL};
    areas.missing_column = columns;
    static const char text[] = "mirti-index: 1\nname: i\nweights: first-component\nindicators:\n"
                               "  x: {more_is: worse, actionable: true}\n"
                               "  y: {more_is: better, actionable: true, factor: z}\nsources:\n"
                               "  c:\n    kind: aggregates\n    areas: {a: {code: C}}\n"
                               "    children: N\n    indicators: {x: X, y: Y}\n";
    mirti_model_spec *spec;
    MIRTI_TRY(mirti_model_spec_parse(text, strlen(text), "i.yaml", &spec, err));
    mirti_results *results = NULL;
    mirti_index *index = NULL;
    mirti_agreement agreement;
    mirti_status status = mirti_results_of_index(spec, &areas, "es", &results, &index, err);
    if (status == MIRTI_OK) {
        assert_true(isnan(results->risk[3]) && isnan(results->at_risk[3]));
        assert_true(results->index[3] == 100);
        assert_int_equal(results->method[3], MIRTI_METHOD_INDEX);
        assert_string_equal(results->factor[0][3], "x"); /* 1 − 7/16 above the mean */
        assert_string_equal(results->factor[1][3], "z"); /* 1 − 8/16 */
        assert_null(results->factor[2][3]);
        assert_null(mirti_results_quality(results, 3));
        status = mirti_agreement_find(index->value, value, 4, &agreement, err);
    }
    mirti_results_free(results);
    mirti_index_free(index);
    mirti_model_spec_free(spec);
    return status;
}

static void test_memory_runs_out(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(use_everything) > 20);
}

static void test_agreement(void **state) {
    (void)state;
    mirti_agreement agreement;
    mirti_error err = {0};
    /* Ranks of b: 1, 2.5, 2.5, 4 against 1, 2, 3, 4: Σd = Σ(ra−2.5)(rb−2.5) = 4.5, Σrb² = 4.5 */
    const double a[] = {1, 2, 3, 10, NAN, 4}, b[] = {5, 6, 6, 9, 1, INFINITY};
    assert_int_equal(mirti_agreement_find(a, b, 6, &agreement, &err), MIRTI_OK);
    assert_int_equal(agreement.pairs, 4);
    assert_true(fabs(agreement.spearman - 4.5 / sqrt(5 * 4.5)) < tolerance);
    assert_true(fabs(agreement.pearson - 21 / sqrt(50.0 * 9)) < tolerance);
    const double same[] = {3, 3, 3, 3, 3, 3};
    assert_int_equal(mirti_agreement_find(a, same, 6, &agreement, &err), MIRTI_OK);
    assert_true(isnan(agreement.spearman) && isnan(agreement.pearson));
    assert_int_equal(mirti_agreement_find(a, b, 0, &agreement, &err), MIRTI_OK);
    assert_true(agreement.pairs == 0 && isnan(agreement.spearman));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_min_max_and_direction),
        cmocka_unit_test(test_ranks_share_ties),
        cmocka_unit_test(test_z_scores_run_from_best_to_worst),
        cmocka_unit_test(test_what_is_said_of_indicators),
        cmocka_unit_test(test_missing_areas_count_in_nothing),
        cmocka_unit_test(test_weights_and_dimensions),
        cmocka_unit_test(test_first_component_of_two_is_their_mean),
        cmocka_unit_test(test_contributions_add_up),
        cmocka_unit_test(test_what_holds_of_any_index),
        cmocka_unit_test(test_what_has_no_index),
        cmocka_unit_test(test_agreement),
        cmocka_unit_test(test_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
