/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The mixed logit against lme4::glmer (unit weights, same quadrature) and against a slow reference
 * in R (survey weights): reads the cases that mixed.R wrote in this test run. A case brings its own
 * tolerances: those of the reference's own optimiser.
 */
#include "cases.h"

#include "mirti/fit.h"

typedef struct sample {
    int64_t rows;
    int columns, nodes, scaling;
    bool weighted_areas;
    mirti_str *area;
    double *weight, *area_weight, *y, *x;
    char **name;
    mirti_arena words;
} sample;

static void *array(size_t count, size_t size) {
    void *block = mirti_new(count, size);
    if (!block) cases_die("memory", "");
    return block;
}

static void read_sample(cases *in, sample *s) {
    memset(s, 0, sizeof *s);
    cases_expect(in, "shape");
    s->rows = cases_integer(in);
    s->columns = (int)cases_integer(in);
    s->nodes = (int)cases_integer(in);
    s->scaling = (int)cases_integer(in);
    s->weighted_areas = cases_integer(in) != 0;
    size_t n = (size_t)s->rows, p = (size_t)s->columns;
    s->area = array(n, sizeof *s->area);
    s->weight = array(n, sizeof(double));
    s->area_weight = array(n, sizeof(double));
    s->y = array(n, sizeof(double));
    s->x = array(n * p, sizeof(double));
    s->name = array(p, sizeof *s->name);
    cases_expect(in, "names");
    for (size_t j = 0; j < p; j++) {
        cases_word(in);
        s->name[j] = mirti_strdup(in->word);
    }
    for (size_t i = 0; i < n; i++) {
        cases_word(in);
        s->area[i] = mirti_str_of(mirti_arena_copy(&s->words, in->word, strlen(in->word)));
        s->weight[i] = cases_number(in);
        s->area_weight[i] = cases_number(in);
        s->y[i] = cases_number(in);
        for (size_t j = 0; j < p; j++)
            s->x[i * p + j] = cases_number(in);
    }
}

static void free_sample(sample *s) {
    for (int j = 0; j < s->columns; j++)
        mirti_free(s->name[j]);
    void *blocks[] = {s->area, s->weight, s->area_weight, s->y, s->x, s->name};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
    mirti_arena_reset(&s->words);
}

static void need(cases *in, mirti_status status, const mirti_error *err) {
    if (status == MIRTI_OK) return;
    fprintf(stderr, "%s: %s\n", in->name, err->message);
    exit(1);
}

/* A covariance matrix, or none. */
static void compare_covariance(cases *in, const char *key, const double *covariance, size_t k,
                               double tolerance) {
    cases_expect(in, key);
    size_t count = (size_t)cases_integer(in);
    if (count != 0 && count != k * k) cases_die(key, "another length");
    double *expected = array(count, sizeof *expected);
    for (size_t i = 0; i < count; i++)
        expected[i] = cases_number(in);
    for (size_t i = 0; i < k && count > 0; i++)
        for (size_t j = 0; j < k; j++)
            cases_compare(in, key, covariance[i * k + j], expected[i * k + j], tolerance,
                          sqrt(expected[i * k + i] * expected[j * k + j]));
    mirti_free(expected);
}

static void compare_fit(cases *in, const sample *s, const mirti_mixed *fit) {
    size_t p = (size_t)s->columns;
    double *tolerance = cases_vector(in, "tolerance", 4);
    double *beta = cases_vector(in, "beta", p);
    double *sigma = cases_vector(in, "sigma", 1), *loglik = cases_vector(in, "loglik", 1);
    char text[300];
    for (size_t j = 0; j < p; j++) {
        snprintf(text, sizeof text, "beta of %s", s->name[j]);
        cases_compare(in, text, fit->beta[j], beta[j], tolerance[0], 1);
    }
    cases_compare(in, "sigma", fit->sigma, sigma[0], tolerance[1], 1);
    /* absolute: the number grows with the sample */
    cases_compare(in, "log-likelihood", fit->loglik - loglik[0], 0, tolerance[2], 1);
    compare_covariance(in, "model", fit->model_covariance, p + 1, tolerance[3]);
    compare_covariance(in, "robust", fit->covariance, p + 1, tolerance[3]);
    free(tolerance);
    free(beta);
    free(sigma);
    free(loglik);
}

static void run_case(cases *in) {
    cases_word(in);
    snprintf(in->name, sizeof in->name, "%s", in->word);
    sample s;
    read_sample(in, &s);
    mirti_error err = {0};
    mirti_survey_design *design = NULL;
    mirti_mixed *fit = NULL;
    mirti_mixed_options options = {.quadrature = s.nodes,
                                   .scaling = (mirti_weight_scaling)s.scaling,
                                   .area_weight = s.weighted_areas ? s.area_weight : NULL};
    need(in,
         mirti_survey_design_new(s.rows, s.weight, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL,
                                 &design, &err),
         &err);
    need(in,
         mirti_mixed_fit(design, s.x, s.columns, s.y, NULL, s.area, s.name, &options, &fit, &err),
         &err);
    compare_fit(in, &s, fit);
    cases_expect(in, "end");
    printf("%-25s %5lld rows, %3d areas (%d with one outcome), %2d nodes, %2d steps, sigma %.4f\n",
           in->name, (long long)s.rows, (int)fit->areas, (int)fit->uniform_areas, s.nodes,
           fit->iterations, fit->sigma);
    mirti_mixed_free(fit);
    mirti_survey_design_free(design);
    free_sample(&s);
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
