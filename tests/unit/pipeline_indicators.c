/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Direct estimates of a small survey, found by hand: which rows are in which domain, which are in
 * none, what is missing, and what cannot be asked. That the errors are those of the design is shown
 * against R (tests/oracle/indicators.R). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/pipeline.h"
#include <stdio.h>
#include <string.h>

static char folder[64];

static const char model[] =
    "mirti-model: 1\n"
    "name: m\n"
    "outcome: {name: works, label: {es: trabaja, en: works}}\n"
    "predictors:\n"
    "  age: {kind: category, levels: [child, teen, adult]}\n"
    "  poor: {kind: binary, label: {es: pobre, en: poor}}\n"
    "  rooms: {kind: number}\n"
    "terms: [age, poor]\n"
    "sources:\n"
    "  s:\n"
    "    kind: survey\n"
    "    filter: a < 18\n"
    "    outcome: y = '1'\n"
    "    weight: w\n"
    "    area: g\n"
    "    predictors: {age: 'CASE WHEN a < 12 THEN ''child'' WHEN a < 15 THEN "
    "''teen'' ELSE ''other'' END', poor: p = '1', rooms: r}\n"
    "    indicators:\n"
    "      tall: {value: h > 100, among: p = '1'}\n"
    "      density: {value: h, per: r}\n"
    "      heads: {value: \"1\", statistic: total}\n";

/* Rows: six children in two areas; one of 40, alone in the third; one whose area is not known. */
static const char survey[] = "a,y,w,g,p,r,h\n"
                             "10,1,2,01,1,1,90\n"
                             "11,0,3,01,1,2,110\n"
                             "13,1,5,01,0,2,120\n"
                             "14,0,4,02,1,1,\n"
                             "16,,1,02,0,3,130\n"
                             "12,0,6,02,0,2,115\n"
                             "40,1,9,03,1,1,170\n"
                             "12,1,2,,0,4,100\n";

static void put(const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fwrite(text, 1, strlen(text), file) == strlen(text));
    assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "pipeline-indicators-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    put("model.yaml", model);
    put("survey.csv", survey);
    put("mirti.yaml", "mirti-project: 1\nname: p\nlanguage: en\nmodel: model.yaml\n"
                      "survey: {file: survey.csv, source: s}\n");
    return 0;
}

static int clear_folder(void **state) {
    (void)state;
    static const char *const name[] = {"model.yaml", "survey.csv", "mirti.yaml"};
    char path[128];
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, name[i]);
        remove(path);
    }
    return rmdir(folder);
}

static mirti_status ask(const mirti_indicators_options *asked, mirti_indicators **out,
                        mirti_error *err) {
    char project[128];
    snprintf(project, sizeof project, "%s/mirti.yaml", folder);
    const mirti_run_options options = {.project = project, .threads = 1};
    mirti_run *run = NULL;
    *out = NULL;
    mirti_status status = mirti_run_open(&options, &run, err);
    if (status == MIRTI_OK) status = mirti_run_indicators(run, asked, out, err);
    /* Texts of the model file are the run's: only numbers are looked at afterwards. */
    mirti_run_free(run);
    return status;
}

static mirti_indicators *ask_well(mirti_indicators_options asked) {
    mirti_indicators *out;
    mirti_error err = {0};
    if (ask(&asked, &out, &err) != MIRTI_OK) fail_msg("%s %s", err.message, err.excerpt);
    return out;
}

static void test_rows_are_in_their_domains(void **state) {
    (void)state;
    mirti_indicators *all = ask_well((mirti_indicators_options){.of = "works", .by = "area"});
    assert_int_equal(all->domains, 3);
    assert_string_equal(all->domain[0], "01");
    assert_string_equal(all->domain[2], "03");
    const mirti_survey_estimate *e = all->estimate;
    assert_true(e[0].value == 0.7 && e[0].rows == 3 && e[0].weight == 10); /* (2 + 5) / 10 */
    assert_true(e[1].value == 0 && e[1].rows == 2);
    assert_true(isnan(e[1].lo) && e[1].se == 0);
    assert_true(isnan(e[2].value) && e[2].rows == 0);
    assert_string_equal(mirti_indicators_quality(&e[1]), "poor");
    assert_string_equal(mirti_indicators_quality(&e[2]), "missing: no sample");
    assert_int_equal(all->elsewhere, 1);            /* who lives nobody knows where */
    assert_int_equal(all->indicator[0].unknown, 1); /* and whose work is not known */
    assert_true(all->indicator[0].proportion);
    mirti_indicators_free(all);
}

static void test_levels_that_nobody_has_are_there(void **state) {
    (void)state;
    mirti_indicators *all = ask_well((mirti_indicators_options){.of = "works", .by = "age,poor"});
    assert_int_equal(all->domains, 6);
    const mirti_survey_estimate *e = all->estimate;
    assert_int_equal(e[0].rows, 0);      /* a child, not poor */
    assert_true(e[1].value == 0.4);      /* a child, poor: 2 / 5 */
    assert_true(e[2].value == 7 / 13.0); /* a teen, not poor: of 5, 6 and 2 */
    assert_int_equal(e[4].rows + e[5].rows, 0);
    assert_int_equal(all->elsewhere, 1); /* 'other' is no level */
    mirti_indicators_free(all);
}

static void test_indicators_of_the_model_file(void **state) {
    (void)state;
    mirti_indicators *all = ask_well((mirti_indicators_options){0});
    assert_int_equal(all->indicators, 4); /* and the outcome first */
    assert_int_equal(all->domains, 1);
    const mirti_survey_estimate *e = all->estimate;
    assert_true(fabs(e[0].value - 9 / 22.0) < 1e-15); /* 2 + 5 + 2 of 22 whose work is known */
    assert_true(e[1].value == 0.6);                   /* of two poor of known height: 3 / 5 */
    assert_int_equal(all->indicator[1].unknown, 1);
    /* Σ w h / Σ w r over seven children less the one of unknown height. */
    assert_true(fabs(e[2].value -
                     (180.0 + 330 + 600 + 130 + 690 + 200) / (2 + 6 + 10 + 3 + 12 + 8)) < 1e-13);
    assert_true(all->indicator[2].statistic == MIRTI_SURVEY_RATIO);
    assert_true(e[3].value == 23);
    mirti_indicators_free(all);
}

static void test_lists_and_expressions(void **state) {
    (void)state;
    /* Commas within parentheses and quotes separate nothing. */
    mirti_indicators *all = ask_well((mirti_indicators_options){
        .of = "p IN ('1', '2') , h,\tCASE WHEN g = ',' THEN 1 ELSE 0 END",
        .by = "r,a < 13",
        .among = "a <> 16"});
    assert_int_equal(all->indicators, 3);
    assert_int_equal(all->bys, 2);
    assert_int_equal(all->domains, 8); /* r is 1, 2, 3, 4 in this order; and no, yes */
    assert_string_equal(all->domain[0], "1");
    assert_string_equal(all->domain[14], "4");
    assert_int_equal(all->estimate[0].rows, 1); /* r = 1, not below 13: the one of 14 */
    assert_false(all->indicator[1].proportion);
    assert_true(all->indicator[2].proportion);
    mirti_indicators_free(all);
    all = ask_well((mirti_indicators_options){.of = "age", .total = true, .predictors = true});
    assert_int_equal(all->indicators, 8); /* three levels twice, poor, rooms */
    assert_true(all->estimate[0].value == 5 && all->estimate[1].value == 17);
    assert_true(all->estimate[2].value == 0);
    mirti_indicators_free(all);
}

static void test_what_cannot_be_asked(void **state) {
    (void)state;
    const struct {
        mirti_indicators_options asked;
        mirti_status status;
        const char *says;
    } cases[] = {
        {{.by = "parent_area"}, MIRTI_ERROR_INPUT, "no 'parent_area'"},
        {{.of = "nothing"}, MIRTI_ERROR_INPUT, "no column or name 'nothing'"},
        {{.by = "("}, MIRTI_ERROR_INPUT, ""},
        {{.by = "CASE WHEN a > 90 THEN 1 END"}, MIRTI_ERROR_INPUT, "no row of the survey has"},
        {{.per = "r", .total = true}, MIRTI_ERROR_USAGE, "no total"},
        {{.of = "tall", .among = "r > 1"}, MIRTI_ERROR_USAGE, "says itself of whom"},
        {{.by = "a,a,a,a,a,a,a,a,a"}, MIRTI_ERROR_USAGE, "at most 8"},
        {{.by = "a,a,a,a,a,a,a,a"}, MIRTI_ERROR_USAGE, "more than 1000000 domains"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mirti_indicators *out;
        mirti_error err = {0};
        assert_int_equal(ask(&cases[i].asked, &out, &err), cases[i].status);
        assert_null(out);
        if (!strstr(err.message, cases[i].says)) fail_msg("%zu: %s", i, err.message);
    }
}

static mirti_status estimate_and_print(mirti_error *err) {
    char project[128];
    snprintf(project, sizeof project, "%s/mirti.yaml", folder);
    const mirti_run_options options = {.project = project, .threads = 1};
    const mirti_indicators_options asked = {.of = "tall,density,age,h + 1", .by = "area,r > 1"};
    mirti_run *run = NULL;
    mirti_indicators *all = NULL;
    mirti_text text = {0};
    mirti_status status = mirti_run_open(&options, &run, err);
    if (status == MIRTI_OK) status = mirti_run_indicators(run, &asked, &all, err);
    if (status == MIRTI_OK) status = mirti_indicators_table(all, "en", &text, err);
    if (status == MIRTI_OK) status = mirti_indicators_json(all, &text, err);
    if (status == MIRTI_OK) status = mirti_indicators_csv(all, &text, err);
    mirti_text_reset(&text);
    mirti_indicators_free(all);
    mirti_run_free(run);
    return status;
}

static void test_memory_runs_out(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(estimate_and_print) > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_in_their_domains),
        cmocka_unit_test(test_levels_that_nobody_has_are_there),
        cmocka_unit_test(test_indicators_of_the_model_file),
        cmocka_unit_test(test_lists_and_expressions),
        cmocka_unit_test(test_what_cannot_be_asked),
        cmocka_unit_test(test_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, make_folder, clear_folder);
}
