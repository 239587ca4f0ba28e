/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of direct estimates on its way to results: what is read, what is not learned from and
 * said, what is an error. That the numbers are right is shown against R
 * (tests/oracle/area_model.R). */
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
    "outcome: {name: works}\n"
    "predictors: {poor: {kind: binary, actionable: true}}\n"
    "terms: [poor]\n"
    "sources:\n"
    "  d: {kind: estimates, area: code, filter: kind = 'm', estimate: p / 100, "
    "se: se / 100, rows: n, missing: [{codes: ['-']}], code_widths: {code: 2}}\n"
    "  c:\n"
    "    kind: aggregates\n"
    "    missing: [{codes: ['*'], reason: suppressed}]\n"
    "    areas: {municipality: {code: code}, locality: {where: code = 'x', code: code}}\n"
    "    cells: [{children: n, poor: poor}]\n";

static const char project[] = "mirti-project: 1\n"
                              "name: p\n"
                              "language: en\n"
                              "model: model.yaml\n"
                              "survey: {file: direct.csv, source: d}\n"
                              "census: {file: census.csv, source: c}\n"
                              "classes: {method: equal}\n"
                              "area_model: {least_rows: 20}\n";

static const char census[] = "code,n,poor\n"
                             "01,100,0.1\n02,200,0.2\n03,300,0.3\n04,400,0.15\n05,500,0.4\n"
                             "06,600,0.25\n07,700,*\n08,800,0.35\n09,900,0.3\n10,100,0.2\n"
                             "11,200,0.45\n12,300,0.12\n";

/* 1 lost its zero; 4 has few rows; 7 has no traits; 8 has no estimate, 9 is zero; 99 is elsewhere.
 */
static const char direct[] = "code,kind,p,se,n\n"
                             "1,m,5,1,80\n02,m,9,2,70\n03,m,14,2.5,60\n04,m,30,9,12\n05,m,22,3,50\n"
                             "06,m,11,2,40\n07,m,20,3,40\n08,m,-,,\n09,m,0,0,30\n99,m,10,2,40\n"
                             "10,state,50,1,900\n11,m,28,4,45\n12,m,7,2,50\n";

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
    snprintf(folder, sizeof folder, "pipeline-area-model-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    put("model.yaml", model);
    put("mirti.yaml", project);
    put("census.csv", census);
    put("direct.csv", direct);
    return 0;
}

static int clear_folder(void **state) {
    (void)state;
    static const char *const name[] = {"model.yaml", "mirti.yaml", "census.csv", "direct.csv"};
    char path[128];
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, name[i]);
        remove(path);
    }
    return rmdir(folder);
}

static mirti_status run(mirti_run **out, mirti_error *err) {
    char path[128];
    snprintf(path, sizeof path, "%s/mirti.yaml", folder);
    const mirti_run_options options = {.project = path, .threads = 1};
    *out = NULL;
    MIRTI_TRY(mirti_run_open(&options, out, err));
    MIRTI_TRY(mirti_run_read(*out, err));
    return mirti_run_compute(*out, err);
}

static void test_areas_are_learned_from_or_counted(void **state) {
    (void)state;
    mirti_run *r;
    mirti_error err = {0};
    if (run(&r, &err) != MIRTI_OK) fail_msg("%s %s", err.message, err.file);
    assert_int_equal(r->layers, 1); /* of localities there are no estimates */
    assert_int_equal(r->area_count.estimates, 11);
    assert_int_equal(r->area_count.not_in_census, 1);
    assert_int_equal(r->area_count.without_traits, 1);
    assert_int_equal(r->direct->count.outside, 1);
    assert_int_equal(r->direct->count.dropped, 1);
    const mirti_area_model *m = r->area_model;
    assert_int_equal(m->areas, 11);
    assert_int_equal(m->fit->used, 7);
    assert_int_equal(m->few, 1);
    assert_int_equal(m->unusable, 1);
    assert_false(m->options.smoothed); /* the file has errors of its own */
    const mirti_results *results = r->layer[0].results;
    static const char *const quality_missing = "missing: suppressed";
    for (int64_t i = 0; i < results->count; i++) {
        bool used = i == 0 || i == 1 || i == 2 || i == 4 || i == 5 || i >= 10;
        if (i == 6) {
            assert_true(isnan(results->risk[i]));
            assert_string_equal(mirti_results_quality(results, i), quality_missing);
            continue;
        }
        assert_int_equal(results->method[i], used ? MIRTI_METHOD_EB : MIRTI_METHOD_SYNTHETIC);
        assert_true(results->risk[i] > 0 && results->risk[i] < 1);
        assert_true(results->risk_lo[i] < results->risk[i] &&
                    results->risk[i] < results->risk_hi[i]);
        /* What moves with β and what is the area's own make up the error. */
        double shared = 0;
        const double *g = results->gradient + i * results->columns;
        for (int j = 0; j < results->columns; j++)
            for (int k = 0; k < results->columns; k++)
                shared += g[j] * m->fit->covariance[j * results->columns + k] * g[k];
        double all = shared + results->own_se[i] * results->own_se[i];
        assert_true(fabs(sqrt(all) - results->risk_se[i]) < 1e-12);
    }
    assert_true(fabs(m->estimate[0] - 0.05) < 1e-15 && fabs(m->se[0] - 0.01) < 1e-15);
    mirti_run_free(r);
}

static void test_what_is_no_estimate_is_an_error(void **state) {
    (void)state;
    const struct {
        const char *file, *text, *says;
    } cases[] = {
        {"direct.csv", "code,kind,p,se,n\n01,m,105,1,80\n", "a rate from 0 to 1"},
        {"direct.csv", "code,kind,p,se,n\n01,m,5,-1,80\n", "a number from 0"},
        {"direct.csv", "code,kind,p,se,n\n,m,5,1,80\n", "of no area"},
        {"direct.csv", "code,kind,p,se,n\n01,m,5,1,80\n1,m,5,1,80\n", "'01' has two"},
        {"direct.csv", "code,kind,p,se,n\n77,m,5,1,80\n", "no area of the survey (such as '77')"},
        {"direct.csv", "code,kind,p,se,n\n01,m,5,1,80\n02,m,6,1,80\n", "columns need at least"},
        {"direct.csv", "code,kind,p,se\n01,m,5,1\n", "no column or name 'n'"},
        {"mirti.yaml",
         "mirti-project: 1\nname: p\nmodel: model.yaml\nsurvey: {file: direct.csv, source: d}\n",
         "no census with areas"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mirti_run *r;
        mirti_error err = {0};
        put(cases[i].file, cases[i].text);
        mirti_status status = run(&r, &err);
        mirti_run_free(r);
        put("direct.csv", direct);
        put("mirti.yaml", project);
        if (!strstr(err.message, cases[i].says)) fail_msg("%zu: %s", i, err.message);
        assert_true(status == MIRTI_ERROR_INPUT || status == MIRTI_ERROR_MODEL);
        if (i < 4) assert_non_null(strstr(err.file, "direct.csv"));
    }
}

static void put_project(const char *area_model) {
    char text[400];
    snprintf(text, sizeof text,
             "mirti-project: 1\nname: p\nmodel: model.yaml\n"
             "survey: {file: direct.csv, source: d}\ncensus: {file: census.csv, source: c}\n"
             "classes: {method: equal}\narea_model: %s\n",
             area_model);
    put("mirti.yaml", text);
}

static void test_few_rows_make_poor_variances(void **state) {
    (void)state;
    mirti_run *r;
    mirti_error err = {0};
    put_project("{variance: direct}");
    if (run(&r, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_int_equal(r->area_model->fit->used, 7); /* neither the zero nor the one of 12 rows */
    mirti_run_free(r);
    put("mirti.yaml", project);
}

static void test_smoothing_needs_rows(void **state) {
    (void)state;
    mirti_run *r;
    mirti_error err = {0};
    put_project("{variance: smoothed}");
    if (run(&r, &err) != MIRTI_OK) fail_msg("%s", err.message);
    assert_int_equal(r->area_model->fit->used, 9); /* with the zero, and the one of 12 rows */
    assert_true(r->area_model->deff > 0);
    mirti_run_free(r);
    put("direct.csv", "code,kind,p,se,n\n01,m,5,1,\n02,m,6,1,80\n03,m,6,1,80\n04,m,6,1,80\n");
    assert_int_equal(run(&r, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "how many rows the estimate of area '01'"));
    mirti_run_free(r);
    put("direct.csv", direct);
    put("mirti.yaml", project);
}

static mirti_status everything(mirti_error *err) {
    mirti_run *r;
    mirti_text text = {0};
    mirti_status status = run(&r, err);
    if (status == MIRTI_OK) status = mirti_run_summary(r, NULL, &text, err);
    if (status == MIRTI_OK) status = mirti_run_model_table(r, &text, err);
    if (status == MIRTI_OK) status = mirti_run_model_json(r, &text, err);
    if (status == MIRTI_OK) status = mirti_run_explain(r, "02", false, &text, err);
    mirti_text_reset(&text);
    mirti_run_free(r);
    return status;
}

static void test_memory_runs_out(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(everything) > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_areas_are_learned_from_or_counted),
        cmocka_unit_test(test_what_is_no_estimate_is_an_error),
        cmocka_unit_test(test_few_rows_make_poor_variances),
        cmocka_unit_test(test_smoothing_needs_rows),
        cmocka_unit_test(test_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, make_folder, clear_folder);
}
