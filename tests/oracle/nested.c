/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Areas within parents against lme4::glmer and, with weights, Laplace's method written plainly in
 * R: reads the cases that nested.R wrote in this test run. The tolerances are those of the
 * optimisers there.
 */
#include "cases.h"

#include "mirti/fit.h"

static char names_text[3][4] = {"one", "age", "arm"};
static char *names[3] = {names_text[0], names_text[1], names_text[2]};

static void *array(size_t count, size_t size) {
    void *block = mirti_new(count, size);
    if (!block) cases_die("memory", "");
    return block;
}

static void need(cases *in, mirti_status status, const mirti_error *err) {
    if (status == MIRTI_OK) return;
    fprintf(stderr, "%s: %s\n", in->name, err->message);
    exit(1);
}

static void compare_all(cases *in, const char *key, const double *value, size_t count,
                        double tolerance) {
    double *expected = cases_vector(in, key, count);
    for (size_t i = 0; i < count; i++)
        cases_compare(in, key, value[i], expected[i], tolerance, 1);
    free(expected);
}

static void run_case(cases *in) {
    cases_word(in);
    snprintf(in->name, sizeof in->name, "%s", in->word);
    cases_expect(in, "shape");
    size_t n = (size_t)cases_integer(in), p = (size_t)cases_integer(in);
    if (p != 3) cases_die("three columns", "");
    mirti_arena words = {0};
    mirti_str *parent = array(n, sizeof *parent), *area = array(n, sizeof *area);
    double *y = array(n, sizeof *y), *x = array(n * p, sizeof *x), *w = array(n, sizeof *w);
    for (size_t i = 0; i < n; i++) {
        cases_word(in);
        parent[i] = mirti_str_of(mirti_arena_copy(&words, in->word, strlen(in->word)));
        cases_word(in);
        area[i] = mirti_str_of(mirti_arena_copy(&words, in->word, strlen(in->word)));
        y[i] = cases_number(in);
        w[i] = cases_number(in);
        for (size_t j = 0; j < p; j++)
            x[i * p + j] = cases_number(in);
    }
    mirti_error err = {0};
    mirti_survey_design *design;
    mirti_nested *fit;
    need(in,
         mirti_survey_design_new((int64_t)n, w, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL, &design,
                                 &err),
         &err);
    need(in, mirti_nested_fit(design, x, (int)p, y, NULL, area, parent, names, NULL, &fit, &err),
         &err);
    compare_all(in, "beta", fit->beta, p, 1e-5);
    compare_all(in, "sigma", (const double[]){fit->sigma_area, fit->sigma_parent}, 2, 1e-4);
    double *loglik = cases_vector(in, "loglik", 1);
    cases_compare(in, "log-likelihood", fit->loglik - loglik[0], 0, 1e-6, 1);
    free(loglik);
    compare_all(in, "parents", fit->parent_effect, (size_t)fit->parents, 1e-4);
    compare_all(in, "effects", fit->effect, (size_t)fit->areas, 1e-4);
    compare_all(in, "effects_sd", fit->effect_sd, (size_t)fit->areas, 1e-4);
    compare_all(in, "parents_sd", fit->parent_effect_sd, (size_t)fit->parents, 1e-4);
    cases_expect(in, "end");
    printf("%-20s %4d areas in %2d parents, sigmas %.4f %.4f, %2d steps\n", in->name,
           (int)fit->areas, (int)fit->parents, fit->sigma_area, fit->sigma_parent, fit->iterations);
    mirti_nested_free(fit);
    mirti_survey_design_free(design);
    mirti_free(parent);
    mirti_free(area);
    mirti_free(y);
    mirti_free(x);
    mirti_free(w);
    mirti_arena_reset(&words);
}

int main(int argc, char **argv) {
    cases in;
    cases_open(&in, argc, argv);
    while (cases_word(&in)) {
        if (strcmp(in.word, "case") != 0) cases_die("case", in.word);
        run_case(&in);
    }
    return cases_close(&in);
}
