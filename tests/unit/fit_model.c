/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fitted model: moments of its columns, and model.json there and back. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "fit_example.h"
#include "mirti/fit.h"

enum { ROWS = 240, COLUMNS = 10 };

/* A survey of 24 PSUs in 4 strata whose values come from a counter: nothing random, all of it
 * there. */
static char source_name[] = "invented-2020";

/* What the example is fitted with; a test that changes it puts it back. */
static mirti_fit_choice choice;
static bool by_replicates;

static mirti_status fit_example(mirti_model **out, mirti_error *err) {
    static char psu_text[ROWS][8];
    mirti_str stratum[ROWS], psu[ROWS];
    double weight[ROWS], y[ROWS], x[ROWS * COLUMNS];
    uint8_t in[ROWS];
    mirti_survey_design *design = NULL;
    mirti_survey_replicates *replicates = NULL;
    mirti_terms *terms = NULL;
    example_spec.fit = choice;
    mirti_source_block source = {.name = source_name};
    *out = NULL;
    mirti_status status = mirti_terms_new(&example_spec, &terms, err);
    if (status != MIRTI_OK) goto done;
    for (int i = 0; i < ROWS; i++) {
        uint32_t random = (uint32_t)i * 2654435761u;
        snprintf(psu_text[i], sizeof psu_text[i], "%d", i / 10);
        psu[i] = mirti_str_of(psu_text[i]);
        stratum[i] = mirti_str_of(i / 60 == 0 ? "a" : i / 60 == 1 ? "b" : i / 60 == 2 ? "c" : "d");
        weight[i] = 1 + (random >> 20) % 9;
        double value[] = {(random >> 16) % 3, (random >> 11) % 2, (random >> 13) % 5 == 0,
                          (double)((random >> 7) % 100) / 10};
        mirti_terms_row(terms, value, x + i * COLUMNS);
        y[i] = (uint32_t)i * 40503u % 997 < 300 + 100 * value[0] + 100 * value[1];
        in[i] = i % 11 != 0;
    }
    status = mirti_survey_design_new(ROWS, weight, stratum, psu, true, NULL, MIRTI_LONELY_ADJUST,
                                     &design, err);
    if (status == MIRTI_OK && by_replicates)
        status =
            mirti_survey_replicates_new(design, MIRTI_REPLICATE_JKN, 0, 0, 0, &replicates, err);
    if (status == MIRTI_OK)
        status = mirti_model_fit(&example_spec, &source, design, x, y, in,
                                 &(mirti_model_options){.replicates = replicates, .threads = 1},
                                 out, err);
done:
    mirti_terms_free(terms);
    mirti_survey_replicates_free(replicates);
    mirti_survey_design_free(design);
    return status;
}

static mirti_model *example_model(void) {
    mirti_model *model;
    mirti_error err = {0};
    if (fit_example(&model, &err) != MIRTI_OK) fail_msg("%s", err.message);
    return model;
}

static char *example_json(void) {
    mirti_model *model = example_model();
    mirti_text text = {0};
    assert_int_equal(mirti_model_to_json(model, &text, NULL), MIRTI_OK);
    mirti_model_free(model);
    return text.data;
}

static void assert_same_numbers(const double *a, const double *b, int count) {
    for (int i = 0; i < count; i++)
        assert_true(a[i] == b[i]);
}

static void test_there_and_back(void **state) {
    (void)state;
    mirti_model *model = example_model(), *back;
    char *json = example_json();
    mirti_error err = {0};
    if (mirti_model_parse(json, strlen(json), "model.json", &back, &err) != MIRTI_OK)
        fail_msg("%s %s", err.field, err.message);
    assert_string_equal(back->name, "example");
    assert_string_equal(back->outcome, "works");
    assert_string_equal(back->survey_source, "invented-2020");
    assert_int_equal(back->lonely, MIRTI_LONELY_ADJUST);
    assert_int_equal(back->terms->columns, COLUMNS);
    assert_int_equal(back->terms->term[5].predictor[1], 0);
    assert_int_equal(back->terms->predictor[0].reference, 1);
    assert_true(back->terms->predictor[2].actionable);
    assert_string_equal(back->terms->predictor[2].lack.language[0], "es");
    const mirti_predictor *sex = &back->terms->predictor[1];
    assert_string_equal(mirti_predictor_level(sex, 0, "es"), "mujer");
    assert_string_equal(mirti_predictor_level(sex, 1, "es"), "man"); /* for want of a label */
    assert_null(back->terms->predictor[0].level_label);
    assert_same_numbers(back->logit->beta, model->logit->beta, COLUMNS);
    assert_same_numbers(back->logit->covariance, model->logit->covariance, COLUMNS * COLUMNS);
    assert_same_numbers(back->column_mean, model->column_mean, COLUMNS);
    assert_same_numbers(back->column_correlation, model->column_correlation, COLUMNS * COLUMNS);
    assert_int_equal(back->logit->df_residual, model->logit->df_residual);
    assert_true(back->logit->deviance == model->logit->deviance);
    assert_true(back->mean.value == model->mean.value && back->mean.hi == model->mean.hi);

    mirti_text again = {0};
    assert_int_equal(mirti_model_to_json(back, &again, NULL), MIRTI_OK);
    assert_string_equal(again.data, json);
    mirti_text_reset(&again);
    mirti_free(json);
    mirti_model_free(model);
    mirti_model_free(back);
}

static void test_the_table_is_right(void **state) {
    (void)state;
    mirti_model *model = example_model();
    char *json = example_json(), number[40], line[80];
    mirti_number_print(sqrt(model->logit->covariance[3 * COLUMNS + 3]), number);
    snprintf(line, sizeof line, "\"se\": %s", number);
    assert_non_null(strstr(json, line));
    mirti_number_print(mirti_exact_exp(model->logit->beta[3]), number);
    snprintf(line, sizeof line, "\"odds_ratio\": %s", number);
    assert_non_null(strstr(json, line));
    mirti_free(json);
    mirti_model_free(model);
}

static void assert_there_and_back(mirti_model **out) {
    mirti_model *model = example_model();
    mirti_text text = {0}, again = {0};
    mirti_error err = {0};
    assert_int_equal(mirti_model_to_json(model, &text, NULL), MIRTI_OK);
    if (mirti_model_parse(text.data, text.size, "model.json", out, &err) != MIRTI_OK)
        fail_msg("%s %s", err.field, err.message);
    assert_int_equal(mirti_model_to_json(*out, &again, NULL), MIRTI_OK);
    assert_string_equal(again.data, text.data);
    mirti_text_reset(&text);
    mirti_text_reset(&again);
    mirti_model_free(model);
}

static void test_how_it_was_estimated_comes_back(void **state) {
    (void)state;
    mirti_model *back;
    choice = (mirti_fit_choice){
        .link = MIRTI_LINK_PROBIT, .penalty = MIRTI_PENALTY_RIDGE, .ridge = 0.25};
    by_replicates = true;
    assert_there_and_back(&back);
    assert_int_equal(back->logit->link, MIRTI_LINK_PROBIT);
    assert_int_equal(back->logit->penalty, MIRTI_PENALTY_RIDGE);
    assert_true(back->logit->ridge == 0.25);
    assert_int_equal(back->logit->variance, MIRTI_VARIANCE_JKN);
    assert_int_equal(back->logit->replicates, 24);
    mirti_model_free(back);
    choice = (mirti_fit_choice){.link = MIRTI_LINK_CLOGLOG};
    by_replicates = false;
    assert_there_and_back(&back);
    assert_int_equal(back->logit->link, MIRTI_LINK_CLOGLOG);
    assert_int_equal(back->logit->variance, MIRTI_VARIANCE_LINEARISED);
    mirti_model_free(back);
    choice = (mirti_fit_choice){0};
}

/* A term's F is that of its coefficients; of one coefficient it is t². */
static void test_terms_are_tested(void **state) {
    (void)state;
    mirti_model *model = example_model();
    mirti_wald age, sex, both;
    bool chosen[COLUMNS] = {false, true, true};
    assert_int_equal(mirti_model_wald(model, 0, &age, NULL), MIRTI_OK);
    assert_int_equal(mirti_logit_wald(model->logit, chosen, &both, NULL), MIRTI_OK);
    assert_true(age.q == 2 && age.f == both.f && age.p == both.p);
    assert_int_equal(mirti_model_wald(model, 1, &sex, NULL), MIRTI_OK);
    double t = model->logit->beta[3] / sqrt(model->logit->covariance[3 * COLUMNS + 3]);
    assert_true(sex.q == 1 && fabs(sex.f / (t * t) - 1) < 1e-12);
    char *json = example_json(), number[40], line[80];
    mirti_number_print(age.f, number);
    snprintf(line, sizeof line, "\"f\": %s", number);
    assert_non_null(strstr(json, line));
    mirti_free(json);
    mirti_model_free(model);
}

/* Which ratio there is, and what is said of link, penalty and variance. */
static void test_the_printed_table(void **state) {
    (void)state;
    static const struct {
        mirti_fit_choice fit;
        const char *there, *and, *not_there;
    } cases[] = {
        {{0}, "odds ratio", "logit; linearised standard errors", "hazard"},
        {{.link = MIRTI_LINK_CLOGLOG}, "interval of hazard ratio", "cloglog; linearised", "odds"},
        {{.link = MIRTI_LINK_PROBIT, .penalty = MIRTI_PENALTY_RIDGE, .ridge = 0.5},
         "interval of coefficient",
         "probit, ridge 0.5; linearised",
         "ratio"},
        {{.penalty = MIRTI_PENALTY_FIRTH}, "odds ratio", "logit, Firth's penalty", "ridge"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        choice = cases[i].fit;
        mirti_model *model = example_model();
        mirti_text text = {0};
        assert_int_equal(mirti_model_table(model, 0.95, "en", &text, NULL), MIRTI_OK);
        assert_non_null(strstr(text.data, cases[i].there));
        assert_non_null(strstr(text.data, cases[i].and));
        assert_null(strstr(text.data, cases[i].not_there));
        assert_non_null(strstr(text.data, "Wald tests"));
        assert_non_null(strstr(text.data, "\nfarm:age "));
        mirti_text_reset(&text);
        mirti_model_free(model);
    }
    choice = (mirti_fit_choice){0};
}

/* Replaces the first `from` after `anchor` and expects the file to be refused. */
static void assert_refused(const char *anchor, const char *from, const char *to,
                           const char *field) {
    char *json = example_json();
    char *at = strstr(json, anchor);
    if (at) at = strstr(at, from);
    if (!at) fail_msg("'%s' after '%s' is not in the file", from, anchor);
    mirti_text changed = {0};
    mirti_text_add(&changed, json, (size_t)(at - json));
    mirti_text_puts(&changed, to);
    mirti_text_puts(&changed, at + strlen(from));
    mirti_model *model;
    mirti_error err = {0};
    assert_int_equal(mirti_model_parse(changed.data, changed.size, "model.json", &model, &err),
                     MIRTI_ERROR_INPUT);
    assert_null(model);
    assert_string_equal(err.file, "model.json");
    if (strcmp(err.field, field) != 0) fail_msg("'%s' instead of '%s'", err.field, field);
    mirti_text_reset(&changed);
    mirti_free(json);
}

static void test_a_damaged_file_is_refused_by_member(void **state) {
    (void)state;
    assert_refused("{", "mirti-fitted-model\": 1", "mirti-fitted-model\": 7", "mirti-fitted-model");
    assert_refused("{", "\"outcome\"", "\"income\"", "outcome");
    assert_refused("{", "\"adjust\"", "\"adapt\"", "lonely_psu");
    assert_refused("\"rate\"", "\"value\": ", "\"value\": null, \"was\": ", "rate.value");
    assert_refused("\"predictors\"", "\"category\"", "\"colour\"", "predictors[0].kind");
    assert_refused("\"predictors\"", "\"reference\": \"12-14\"", "\"reference\": \"12\"",
                   "predictors[0].reference");
    assert_refused("\"predictors\"", "\"name\": \"farm\"", "\"name\": 5", "predictors[2].name");
    assert_refused("\"predictors\"", "\"actionable\": true", "\"actionable\": 1",
                   "predictors[2].actionable");
    assert_refused("\"terms\"", "\"sex\"", "\"gender\"", "terms[1]");
    assert_refused("\"fit\"", "\"logit\"", "\"logistic\"", "fit.link");
    assert_refused("\"fit\"", "\"penalty\": \"none\"", "\"penalty\": \"ridge\"", "fit.ridge");
    assert_refused("\"fit\"", "\"ridge\": null", "\"ridge\": \"no\"", "fit.ridge");
    assert_refused("\"fit\"", "\"linearised\"", "\"linear\"", "fit.variance");
    assert_refused("\"fit\"", "\"replicates\": 0", "\"replicates\": 0.5", "fit.replicates");
    assert_refused("\"fit\"", "\"rows\": ", "\"rows\": 0.5, \"was\": ", "fit.rows");
    assert_refused("\"fit\"", "\"psus\": ", "\"psus\": 9999999999, \"was\": ", "fit.psus");
    assert_refused("\"coefficients\"", "\"name\": \"sex[man]\"", "\"name\": \"sex\"",
                   "coefficients[3].name");
    assert_refused("\"coefficients\"",
                   "\"estimate\": ", "\"estimate\": \"x\", \"was\": ", "coefficients[0].estimate");
    assert_refused("\"covariance\"", "[\n    [", "[\n    [1, ", "covariance[0]");
    assert_refused("\"covariance\"", "\"covariance\"", "\"variance\"", "covariance");
}

static void test_what_is_no_model(void **state) {
    (void)state;
    static const char *const texts[] = {"", "{", "[]", "{\"a\": 1}", "{\"a\": 1, \"a\": 2}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        mirti_model *model;
        mirti_error err = {0};
        assert_int_equal(mirti_model_parse(texts[i], strlen(texts[i]), "model.json", &model, &err),
                         MIRTI_ERROR_INPUT);
        assert_string_equal(err.file, "model.json");
    }
    mirti_model *model;
    mirti_error err = {0};
    assert_int_equal(mirti_model_read("/nowhere/model.json", &model, &err), MIRTI_ERROR_INPUT);
    assert_string_equal(err.file, "/nowhere/model.json");
}

static void test_moments_within_psus(void **state) {
    (void)state;
    /* Two PSUs. Across them a and b fall together, within them they rise together; c differs
     * between PSUs only. */
    const double weight[] = {1, 1, 2, 1, 1, 2};
    const char *const psus[] = {"p", "p", "p", "q", "q", "q"};
    const double x[] = {1, 0,  10, .1, 1, 1,  12, .1, 1, 2,  14, .1,
                        1, 20, 3,  .3, 1, 21, 5,  .3, 1, 22, 7,  .3};
    mirti_str psu[6];
    for (int i = 0; i < 6; i++)
        psu[i] = mirti_str_of(psus[i]);
    mirti_survey_design *design;
    assert_int_equal(
        mirti_survey_design_new(6, weight, NULL, psu, true, NULL, MIRTI_LONELY_FAIL, &design, NULL),
        MIRTI_OK);
    double mean[4], correlation[16];
    assert_int_equal(mirti_columns_moments(design, x, 4, NULL, mean, correlation, NULL), MIRTI_OK);
    assert_true(fabs(mean[1] - (0 + 1 + 4 + 20 + 21 + 44) / 8.0) < 1e-14);
    assert_true(fabs(correlation[1 * 4 + 2] - 1) < 1e-14);
    for (int j = 0; j < 4; j++) {
        assert_true(correlation[j * 4 + j] == 1);
        if (j != 3) assert_true(correlation[j * 4 + 3] == 0);
        if (j != 0) assert_true(correlation[j] == 0);
    }
    mirti_survey_design_free(design);
}

static mirti_status write_and_free(mirti_error *err) {
    mirti_model *model;
    MIRTI_TRY(fit_example(&model, err));
    mirti_text text = {0};
    mirti_status status = mirti_model_to_json(model, &text, err);
    mirti_text_reset(&text);
    mirti_model_free(model);
    return status;
}

static char *parsed; /* the file that parse_and_free reads */
static mirti_status parse_and_free(mirti_error *err) {
    mirti_model *model;
    MIRTI_TRY(mirti_model_parse(parsed, strlen(parsed), "model.json", &model, err));
    mirti_model_free(model);
    return MIRTI_OK;
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(write_and_free) > 40);
    char *json = example_json();
    parsed = strdup(json);
    mirti_free(json);
    assert_true(assert_survives_without_memory(parse_and_free) > 40);
    free(parsed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_the_table_is_right),
        cmocka_unit_test(test_how_it_was_estimated_comes_back),
        cmocka_unit_test(test_terms_are_tested),
        cmocka_unit_test(test_the_printed_table),
        cmocka_unit_test(test_a_damaged_file_is_refused_by_member),
        cmocka_unit_test(test_what_is_no_model),
        cmocka_unit_test(test_moments_within_psus),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
