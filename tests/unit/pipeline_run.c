/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole run on a small country: what is written, that nothing is written where something fails,
 * that former results are not lost, and that the numbers are those of the formula. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "pipeline_example.h"

static char folder[512];

static const char *in_folder(const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text) {
    FILE *file = fopen(in_folder(name), "wb");
    assert_non_null(file);
    assert_true(fwrite(text, 1, strlen(text), file) == strlen(text));
    assert_int_equal(fclose(file), 0);
}

static int make_country(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "pipeline-run-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    put("model.yaml", example_model);
    put("mirti.yaml", example_project);
    put("survey.csv", example_survey);
    put("census.csv", example_census);
    put("map.geojson", example_map);
    return 0;
}

static int clear_country(void **state) {
    (void)state;
    static const char *const name[] = {"out/areas.gpkg", "out/municipality.csv", "out/model.json",
                                       "out/run.json",   "out/support.csv",      "model.yaml",
                                       "mirti.yaml",     "survey.csv",           "census.csv",
                                       "map.geojson"};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
        remove(in_folder(name[i]));
    rmdir(in_folder("out"));
    return rmdir(folder);
}

static mirti_status run_project(bool overwrite, int threads, mirti_run **out, mirti_error *err) {
    char project[600], output[600];
    snprintf(project, sizeof project, "%s/mirti.yaml", folder);
    snprintf(output, sizeof output, "%s/out", folder);
    const mirti_run_options options = {
        .project = project, .overwrite = overwrite, .threads = threads};
    *out = NULL;
    mirti_status status = mirti_run_open(&options, out, err);
    if (status == MIRTI_OK) status = mirti_run_read(*out, err);
    if (status == MIRTI_OK) status = mirti_run_compute(*out, err);
    if (status == MIRTI_OK) status = mirti_run_write(*out, output, err);
    return status;
}

static mirti_run *run_well(bool overwrite, int threads) {
    mirti_run *run = NULL;
    mirti_error err = {0};
    if (run_project(overwrite, threads, &run, &err) != MIRTI_OK)
        fail_msg("%s %s", err.message, err.file);
    return run;
}

static bool there(const char *name) {
    return access(in_folder(name), F_OK) == 0;
}

/* Mean of the logistic function over a normal distribution, by the trapezoidal rule: its error is
 * far below that of the quadrature it checks (12 points and more give 1e-7 at these spreads). */
static double mean_risk(double mean, double spread) {
    double sum = 0;
    for (int i = -4000; i <= 4000; i++) {
        double z = i / 400.0;
        sum += exp(-z * z / 2) / (1 + exp(-(mean + spread * z)));
    }
    return sum / 400 / sqrt(2 * acos(-1.0));
}

static void test_risks_are_those_of_the_formula(void **state) {
    (void)state;
    mirti_run *run = run_well(false, 2);
    const mirti_results *r = run->layer[0].results;
    const double *b = run->model->logit->beta;
    assert_int_equal(r->count, 4);
    /* Álamo: 100 girls, 120 boys, a tenth of them poor, which spreads the linear predictor. */
    double spread = fabs(b[2]) * sqrt(0.1 * 0.9);
    double girl = mean_risk(b[0] + b[2] * 0.1, spread);
    double boy = mean_risk(b[0] + b[1] + b[2] * 0.1, spread);
    assert_true(fabs(r->risk[0] - (100 * girl + 120 * boy) / 220) < 1e-6);
    assert_true(r->children[0] == 220);
    assert_true(isnan(r->risk[2]));
    assert_string_equal(mirti_results_quality(r, 2), "missing: suppressed");
    assert_int_equal(r->rank[2], 0);
    assert_int_equal(run->layer[0].join->joined, 3);
    assert_int_equal(run->layer[0].join->unmatched_results, 1);  /* Sabino has no polygon */
    assert_int_equal(run->layer[0].join->unmatched_features, 1); /* Isla has no census */
    mirti_run_free(run);
}

static void test_all_results_are_there(void **state) {
    (void)state;
    mirti_run_free(run_well(false, 2));
    assert_true(there("out/areas.gpkg") && there("out/municipality.csv") &&
                there("out/support.csv") && there("out/model.json") && there("out/run.json"));
    assert_false(there("out/.mirti-partial"));
}

static void test_former_results_are_kept(void **state) {
    (void)state;
    mirti_run_free(run_well(false, 1));
    mirti_run *run = NULL;
    mirti_error err = {0};
    assert_int_equal(run_project(false, 1, &run, &err), MIRTI_ERROR_USAGE);
    assert_non_null(strstr(err.remedy, "--overwrite"));
    mirti_run_free(run);
    char before[65], after[65];
    int64_t bytes;
    assert_int_equal(mirti_sha256_file(in_folder("out/municipality.csv"), before, &bytes, NULL),
                     MIRTI_OK);
    /* A census that turns out bad: the old results stay as they were. */
    put("census.csv", example_with(example_census, "50,40", "50,many"));
    assert_int_equal(run_project(true, 1, &run, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.file, "census.csv"));
    assert_int_equal(err.line, 3);
    mirti_run_free(run);
    assert_int_equal(mirti_sha256_file(in_folder("out/municipality.csv"), after, &bytes, NULL),
                     MIRTI_OK);
    assert_string_equal(before, after);
    assert_false(there("out/.mirti-partial"));
}

static void test_a_failed_run_leaves_nothing(void **state) {
    (void)state;
    put("census.csv", example_with(example_census, "50,40", "50,many"));
    mirti_run *run = NULL;
    mirti_error err = {0};
    assert_int_equal(run_project(false, 2, &run, &err), MIRTI_ERROR_INPUT);
    mirti_run_free(run);
    assert_false(there("out"));
}

/* A place where a folder cannot be made: the message names it, and nothing is left. */
static void test_an_output_that_cannot_be(void **state) {
    (void)state;
    char project[600];
    snprintf(project, sizeof project, "%s/mirti.yaml", folder);
    const mirti_run_options options = {.project = project, .threads = 1};
    mirti_run *run = NULL;
    mirti_error err = {0};
    assert_int_equal(mirti_run_open(&options, &run, &err), MIRTI_OK);
    assert_int_equal(mirti_run_read(run, &err), MIRTI_OK);
    assert_int_equal(mirti_run_compute(run, &err), MIRTI_OK);
    assert_int_equal(mirti_run_write(run, in_folder("survey.csv"), &err), MIRTI_ERROR_OUTPUT);
    assert_non_null(strstr(err.file, "survey.csv"));
    mirti_run_free(run);
}

static bool stop(void *context, const char *stage, double done, double total) {
    (void)stage, (void)done, (void)total;
    return --*(int *)context > 0;
}

/* Whoever stops the run, at whatever moment, finds no trace of it. */
static void test_cancelled_without_a_trace(void **state) {
    (void)state;
    char project[600], output[600];
    snprintf(project, sizeof project, "%s/mirti.yaml", folder);
    snprintf(output, sizeof output, "%s/out", folder);
    for (int patience = 1; patience < 100; patience++) {
        int left = patience;
        const mirti_listener listener = {.progress = stop, .context = &left};
        const mirti_run_options options = {.project = project, .threads = 1, .listener = &listener};
        mirti_run *run = NULL;
        mirti_error err = {0};
        mirti_status status = mirti_run_open(&options, &run, &err);
        if (status == MIRTI_OK) status = mirti_run_read(run, &err);
        if (status == MIRTI_OK) status = mirti_run_compute(run, &err);
        if (status == MIRTI_OK) status = mirti_run_write(run, output, &err);
        mirti_run_free(run);
        if (status == MIRTI_OK) {
            assert_true(patience > 3); /* it was asked, and more than once */
            return;
        }
        assert_int_equal(status, MIRTI_ERROR_CANCELLED);
        assert_false(there("out"));
    }
    fail_msg("the run never came to its end");
}

static void test_the_summary_speaks_the_language(void **state) {
    (void)state;
    mirti_run *run = run_well(true, 1);
    mirti_text text = {0};
    assert_int_equal(mirti_run_summary(run, "out", &text, NULL), MIRTI_OK);
    assert_non_null(strstr(text.data, "3 municipalities with a result (of 4)"));
    assert_non_null(strstr(text.data, "1 municipality (figures suppressed for confidentiality)"));
    assert_non_null(strstr(text.data, "3 of 4 municipalities"));
    mirti_text_reset(&text);
    run->language = "es";
    assert_int_equal(mirti_run_summary(run, NULL, &text, NULL), MIRTI_OK);
    assert_non_null(strstr(text.data, "3 municipios con resultado (de 4)"));
    assert_null(strstr(text.data, "areas.gpkg"));
    mirti_text_reset(&text);
    mirti_run_free(run);
}

int main(void) {
#define ON_A_COUNTRY(test) cmocka_unit_test_setup_teardown(test, make_country, clear_country)
    const struct CMUnitTest tests[] = {
        ON_A_COUNTRY(test_risks_are_those_of_the_formula),
        ON_A_COUNTRY(test_all_results_are_there),
        ON_A_COUNTRY(test_former_results_are_kept),
        ON_A_COUNTRY(test_a_failed_run_leaves_nothing),
        ON_A_COUNTRY(test_an_output_that_cannot_be),
        ON_A_COUNTRY(test_cancelled_without_a_trace),
        ON_A_COUNTRY(test_the_summary_speaks_the_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
