/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a survey file to the rows of a fit: what is in, what is outside, what is dropped and why,
 * and which mistakes of the design are errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "pipeline_example.h"

/* Reads the example's survey by a model, both changed as a test wants them. */
static mirti_status read_by(const char *model, const char *survey,
                            const mirti_sample_options *sample_options, mirti_sample **out,
                            mirti_error *err) {
    mirti_model_spec *spec = NULL;
    mirti_terms *terms = NULL;
    mirti_source *source = NULL;
    *out = NULL;
    const mirti_source_options options = {.path = "survey.csv"};
    mirti_status status = mirti_model_spec_parse(model, strlen(model), "model.yaml", &spec, err);
    if (status == MIRTI_OK) status = mirti_terms_new(spec, &terms, err);
    if (status == MIRTI_OK) {
        status = mirti_source_open_text(mirti_str_of(survey), &options, &source, err);
    }
    if (status == MIRTI_OK) {
        status = mirti_sample_read(spec, &spec->source[0], terms, source, sample_options, NULL, out,
                                   err);
    }
    mirti_source_close(source);
    mirti_terms_free(terms);
    mirti_model_spec_free(spec);
    return status;
}

static mirti_status read_sample(const char *survey, mirti_sample **out, mirti_error *err) {
    return read_by(example_model, survey, NULL, out, err);
}

static void test_rows_are_accounted_for(void **state) {
    (void)state;
    mirti_sample *sample = NULL;
    mirti_error err = {0};
    if (read_sample(example_survey, &sample, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_int_equal(sample->count.read, 18);
    assert_int_equal(sample->count.used, 16);
    assert_int_equal(sample->count.outside, 1);
    assert_int_equal(sample->count.dropped, 1);
    assert_int_equal(sample->count.reasons, 1);
    assert_string_equal(sample->count.reason[0].text, "predictor poor is missing");
    assert_int_equal(sample->count.reason[0].first_row, 19); /* the header is row 1 */
    /* The person of 40 and the child not known stay in the design, but not in the fit. */
    assert_int_equal(sample->rows, 18);
    assert_int_equal(sample->design->rows, 18);
    assert_int_equal(sample->design->psus, 4);
    assert_int_equal(sample->design->strata, 2);
    assert_int_equal(sample->in[15], 1);
    assert_int_equal(sample->in[16], 0);
    assert_int_equal(sample->in[17], 0);
    mirti_sample_free(sample);
}

static void test_rows_become_design_rows(void **state) {
    (void)state;
    mirti_sample *sample = NULL;
    mirti_error err = {0};
    if (read_sample(example_survey, &sample, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_int_equal(sample->columns, 3); /* intercept, sex[boy], poor */
    const double expected[4][3] = {{1, 0, 0}, {1, 0, 1}, {1, 1, 1}, {1, 1, 0}};
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 3; j++)
            assert_true(sample->x[3 * i + j] == expected[i][j]);
    }
    assert_true(sample->y[2] == 1 && sample->y[3] == 0);
    assert_true(sample->design->weight[2] == 12);
    mirti_sample_free(sample);
}

static void assert_same_design(const mirti_sample *a, const mirti_sample *b) {
    assert_int_equal(a->design->strata, b->design->strata);
    assert_int_equal(a->design->psus, b->design->psus);
    assert_memory_equal(a->in, b->in, (size_t)a->rows);
    assert_memory_equal(a->x, b->x, (size_t)(a->rows * a->columns) * sizeof *a->x);
    mirti_survey_reach one, other;
    assert_int_equal(mirti_survey_design_reach(a->design, a->in, &one, NULL), MIRTI_OK);
    assert_int_equal(mirti_survey_design_reach(b->design, b->in, &other, NULL), MIRTI_OK);
    assert_true(one.rows == other.rows && one.df == other.df && one.weight == other.weight);
}

/* A weight of zero does to a row what the filter does, as in R's svydesign: out of the fit, and its
 * PSU stays. */
static void test_a_weight_of_zero_leaves_the_design(void **state) {
    (void)state;
    mirti_sample *zero = NULL, *outside = NULL;
    mirti_error err = {0};
    if (read_sample(example_with(example_survey, "15,0,10,a,1,1,0", "15,0,0,a,1,1,0"), &zero,
                    &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    if (read_sample(example_with(example_survey, "15,0,10,a,1,1,0", "35,0,10,a,1,1,0"), &outside,
                    &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    assert_same_design(zero, outside);
    assert_int_equal(zero->count.dropped, 2);
    assert_string_equal(zero->count.reason[0].text, "the weight is zero");
    assert_int_equal(zero->count.reason[0].first_row, 5);
    assert_int_equal(zero->count.read,
                     zero->count.used + zero->count.outside + zero->count.dropped);
    mirti_sample_free(zero);
    mirti_sample_free(outside);
}

static void test_a_code_outside_the_levels_is_dropped_and_shown(void **state) {
    (void)state;
    mirti_sample *sample = NULL;
    mirti_error err = {0};
    const char *survey = example_with(example_survey, "15,0,10,a,1,1,0", "15,0,10,a,1,3,0");
    if (read_sample(survey, &sample, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_int_equal(sample->count.used, 15);
    assert_int_equal(sample->count.dropped, 2);
    assert_string_equal(sample->count.reason[0].text, "predictor sex is none of its levels");
    assert_string_equal(sample->count.reason[0].first_value, "other");
    assert_int_equal(sample->count.reason[0].first_row, 5);
    mirti_sample_free(sample);
}

/* A change of one row, and what must be said of it. */
typedef struct design_case {
    const char *piece, *replacement, *field, *value;
    int64_t row;
} design_case;

static void test_the_design_must_be_known(void **state) {
    (void)state;
    const design_case cases[] = {
        {"13,0,10,a,1,2,1", "13,0,,a,1,2,1", "w", "", 3},
        {"13,0,10,a,1,2,1", "13,0,-4,a,1,2,1", "w", "-4", 3},
        {"13,0,10,a,1,2,1", "13,0,much,a,1,2,1", "w", "much", 3},
        {"13,0,10,a,1,2,1", "13,0,10,,1,2,1", "st", "", 3},
        {"13,0,10,a,1,2,1", "13,0,10,a,,2,1", "psu", "", 3},
        {"40,0,20,b,2,2,0", "40,0,,b,2,2,0", "w", "", 18}, /* outside the population, too */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mirti_sample *sample = NULL;
        mirti_error err = {0};
        const char *survey = example_with(example_survey, cases[i].piece, cases[i].replacement);
        assert_int_equal(read_sample(survey, &sample, &err), MIRTI_ERROR_INPUT);
        assert_null(sample);
        assert_string_equal(err.file, "survey.csv");
        assert_int_equal(err.line, cases[i].row);
        assert_string_equal(err.field, cases[i].field);
        assert_string_equal(err.value, cases[i].value);
        assert_true(err.remedy[0] != '\0');
    }
}

/* ---------------------------------------------------------------------------- replicate weights -- */

/* Three replicate weights in columns that a pattern finds, and one that is none. */
static const char replicated[] = "age,works,w,st,psu,sex,poor,R_1,R_2,other,R_10\n"
                                 "12,0,10,a,1,2,0,0,20,9,10\n13,1,10,a,1,2,1,0,20,9,11\n"
                                 "14,1,12,a,2,1,1,24,0,9,12\n15,0,10,a,2,1,0,20,0,9,13\n"
                                 "40,0,20,a,2,2,0,40,0,9,20\n";

static const char *with_replicates(const char *block) {
    static char added[300];
    snprintf(added, sizeof added, "    psu: psu\n    replicates: %s\n", block);
    return example_with(example_model, "    psu: psu\n", added);
}

static const mirti_sample_options as_given = {.lonely = MIRTI_LONELY_ADJUST,
                                              .variance = {.method = MIRTI_VARIANCE_GIVEN}};

static void test_replicate_weights_are_taken_from_columns(void **state) {
    (void)state;
    mirti_sample *s = NULL;
    mirti_error err = {0};
    const char *model = with_replicates("{columns: R_*, scale: 0.5, rscales: [1, 2, 3], mse: yes}");
    if (read_by(model, replicated, &as_given, &s, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_int_equal(s->replicates->count, 3);
    assert_true(s->replicates->scale == 0.5 && s->replicates->mse);
    assert_true(s->replicates->rscale[2] == 3);
    const double expected[5][3] = {{0, 20, 10}, {0, 20, 11}, {24, 0, 12}, {20, 0, 13}, {40, 0, 20}};
    for (int r = 0; r < 3; r++) {
        double weight[5];
        mirti_survey_replicate_weights(s->design, s->replicates, r, weight);
        for (int i = 0; i < 5; i++)
            assert_true(weight[i] == expected[i][r]);
    }
    mirti_sample_free(s);
    /* the same as factors, in the order in which they are named */
    model = with_replicates("{columns: [R_10, R_1], scale: 1, factors: yes}");
    assert_int_equal(read_by(model, replicated, &as_given, &s, &err), MIRTI_OK);
    double weight[5];
    mirti_survey_replicate_weights(s->design, s->replicates, 0, weight);
    assert_true(weight[2] == 12.0 * 12 && weight[4] == 20.0 * 20);
    mirti_sample_free(s);
    /* who does not ask for them does not get them */
    assert_int_equal(read_by(model, replicated, NULL, &s, &err), MIRTI_OK);
    assert_null(s->replicates);
    mirti_sample_free(s);
}

static void test_replicate_weights_that_cannot_be(void **state) {
    (void)state;
    static const struct {
        const char *block, *piece, *replacement;
        const char *file, *message;
        int64_t line;
        const char *value;
    } cases[] = {
        {"{columns: W*, scale: 1}", "12", "12", "model.yaml", "no column of replicate weights 'W*'",
         17, ""},
        {"{columns: R_1*, scale: 1}", "R_10", "S_10", "model.yaml", "one column", 17, ""},
        {"{columns: R_*, scale: 1, rscales: [1, 1]}", "12", "12", "model.yaml",
         "'rscales' are for 2 replicates, but the survey's file has 3", 17, ""},
        {"{columns: R_*, scale: 1}", ",20,9,11", ",,9,11", "survey.csv", "replicates is not known",
         3, ""},
        {"{columns: R_*, scale: 1}", ",20,9,11", ",-20,9,11", "survey.csv",
         "zero or a positive number", 3, "-20"},
        {"{columns: R_*, scale: 1}", ",40,0,9,20", ",x,0,9,20", "survey.csv",
         "replicates is not known", 6, "x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char model[4000];
        snprintf(model, sizeof model, "%s", with_replicates(cases[i].block));
        mirti_sample *s = NULL;
        mirti_error err = {0};
        const char *survey = example_with(replicated, cases[i].piece, cases[i].replacement);
        assert_int_equal(read_by(model, survey, &as_given, &s, &err), MIRTI_ERROR_INPUT);
        assert_null(s);
        assert_string_equal(err.file, cases[i].file);
        if (!strstr(err.message, cases[i].message)) fail_msg("%s", err.message);
        assert_int_equal(err.line, cases[i].line);
        assert_string_equal(err.value, cases[i].value);
    }
}

/* What the design cannot give is said at the place where the project asks for it. */
static void test_replicates_that_cannot_be_made(void **state) {
    (void)state;
    const mirti_sample_options halves = {
        .lonely = MIRTI_LONELY_ADJUST,
        .variance = {.method = MIRTI_VARIANCE_BRR, .place = {7, 13}},
        .project = "mirti.yaml"};
    mirti_sample *s = NULL;
    mirti_error err = {0};
    const char *survey = example_with(example_survey, "40,0,20,b,2", "40,0,20,b,3");
    assert_int_equal(read_by(example_model, survey, &halves, &s, &err), MIRTI_ERROR_MODEL);
    assert_non_null(strstr(err.message, "stratum 'b' has 3"));
    assert_string_equal(err.file, "mirti.yaml");
    assert_true(err.line == 7 && err.column == 13);
    assert_int_equal(read_by(example_model, example_survey, &halves, &s, &err), MIRTI_OK);
    assert_int_equal(s->replicates->kind, MIRTI_REPLICATE_BRR);
    mirti_sample_free(s);
}

static void test_nobody_of_the_population(void **state) {
    (void)state;
    mirti_sample *sample = NULL;
    mirti_error err = {0};
    assert_int_equal(read_sample("age,works,w,st,psu,sex,poor\n40,0,20,b,2,2,0\n", &sample, &err),
                     MIRTI_ERROR_MODEL);
    assert_non_null(strstr(err.message, "not one belongs to the model's population"));
}

static void test_an_unknown_column_points_into_the_model(void **state) {
    (void)state;
    mirti_sample *sample = NULL;
    mirti_error err = {0};
    assert_int_equal(
        read_sample("age,works,weight,st,psu,sex,poor\n12,0,1,a,1,1,1\n", &sample, &err),
        MIRTI_ERROR_INPUT);
    assert_string_equal(err.file, "model.yaml");
    assert_int_equal(err.line, 14);
    assert_int_equal(err.column, 13);
}

static mirti_status read_and_free(mirti_error *err) {
    mirti_sample *sample = NULL;
    mirti_status status = read_sample(example_survey, &sample, err);
    mirti_sample_free(sample);
    return status;
}

static mirti_status replicate_and_free(mirti_error *err) {
    mirti_sample *sample = NULL;
    mirti_status status =
        read_by(with_replicates("{columns: R_*, scale: 1}"), replicated, &as_given, &sample, err);
    mirti_sample_free(sample);
    return status;
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(replicate_and_free) > 20);
    assert_true(assert_survives_without_memory(read_and_free) > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_accounted_for),
        cmocka_unit_test(test_rows_become_design_rows),
        cmocka_unit_test(test_a_weight_of_zero_leaves_the_design),
        cmocka_unit_test(test_a_code_outside_the_levels_is_dropped_and_shown),
        cmocka_unit_test(test_the_design_must_be_known),
        cmocka_unit_test(test_replicate_weights_are_taken_from_columns),
        cmocka_unit_test(test_replicate_weights_that_cannot_be),
        cmocka_unit_test(test_replicates_that_cannot_be_made),
        cmocka_unit_test(test_nobody_of_the_population),
        cmocka_unit_test(test_an_unknown_column_points_into_the_model),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
