/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Area-level models against dense algebra in R: reads the cases that fay_herriot.R wrote in this
 * test run.
 */
#include "cases.h"

#include "mirti/fit.h"

static char names_text[3][4] = {"z1", "z2", "z3"};
static char *names[3] = {names_text[0], names_text[1], names_text[2]};

static void *array(size_t count, size_t size) {
    void *block = mirti_new(count, size);
    if (!block) cases_die("memory", "");
    return block;
}

static void compare_all(cases *in, const char *key, const double *value, size_t count,
                        double tolerance, double scale) {
    double *expected = cases_vector(in, key, count);
    for (size_t i = 0; i < count; i++)
        cases_compare(in, key, value[i], expected[i], tolerance, scale);
    free(expected);
}

static void run_case(cases *in) {
    cases_word(in);
    snprintf(in->name, sizeof in->name, "%s", in->word);
    cases_expect(in, "shape");
    size_t n = (size_t)cases_integer(in), p = (size_t)cases_integer(in);
    mirti_area_scale scale = (mirti_area_scale)cases_integer(in);
    if (p != 3) cases_die("three columns", "");
    double *estimate = array(n, sizeof *estimate), *variance = array(n, sizeof *variance);
    double *z = array(n * p, sizeof *z);
    for (size_t i = 0; i < n; i++) {
        estimate[i] = cases_number(in);
        variance[i] = cases_number(in);
        for (size_t j = 0; j < p; j++)
            z[i * p + j] = cases_number(in);
    }
    mirti_error err = {0};
    mirti_fay_herriot *fit;
    if (mirti_fay_herriot_fit((int64_t)n, estimate, variance, z, (int)p, names, scale, 0.95, &fit,
                              &err) != MIRTI_OK) {
        fprintf(stderr, "%s: %s\n", in->name, err.message);
        exit(1);
    }
    compare_all(in, "beta", fit->beta, p, 1e-8, 1e-6);
    compare_all(in, "covariance", fit->covariance, p * p, 1e-8, 1e-8);
    compare_all(in, "variance", &fit->variance, 1, 1e-8, 1e-6);
    compare_all(in, "loglik", &fit->loglik, 1, 1e-10, 1);
    compare_all(in, "eblup", fit->eblup, n, 1e-8, 1e-6);
    compare_all(in, "mse", fit->mse, n, 1e-8, 0);
    compare_all(in, "shrinkage", fit->shrinkage, n, 1e-8, 1e-6);
    compare_all(in, "value", fit->value, n, 1e-8, 0);
    compare_all(in, "sd", fit->sd, n, 1e-8, 0);
    compare_all(in, "se", fit->se, n, 1e-8, 0);
    compare_all(in, "lo", fit->lo, n, 1e-8, 1e-6);
    compare_all(in, "hi", fit->hi, n, 1e-8, 0);
    compare_all(in, "weight", fit->weight, n, 1e-8, 1e-6);
    cases_expect(in, "end");
    printf("%-25s %3d areas, %3d used, %d unusable, variance %.5f%s, %d steps\n", in->name, (int)n,
           (int)fit->used, (int)fit->unusable, fit->variance, fit->boundary ? " (boundary)" : "",
           fit->iterations);
    mirti_fay_herriot_free(fit);
    mirti_free(estimate);
    mirti_free(variance);
    mirti_free(z);
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
