/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Designs, direct estimates and logits against R package `survey`: reads the cases that survey.R
 * wrote in this test run. 1e-8 relative is asked for everywhere; what is left are the different
 * orders of summing, and Newton's last step against iteratively reweighted least squares.
 */
#include "cases.h"

#include "mirti/fit.h"
#include "mirti/survey.h"

static const double tolerance = 1e-8;

typedef struct sample {
    int64_t rows;
    int columns;
    bool fpc, two_stages;
    mirti_lonely_psu lonely;
    mirti_str *stratum, *psu, *ssu;
    double *weight, *fraction, *fraction2, *y, *x;
    uint8_t *in, *domain;
    char **name;
    mirti_arena words;
} sample;

static void *array(size_t count, size_t size) {
    void *block = mirti_new(count, size);
    if (!block) cases_die("memory", "");
    return block;
}

static mirti_str keep(sample *s, const char *word) {
    char *copy = mirti_arena_copy(&s->words, word, strlen(word));
    if (!copy) cases_die("memory", "");
    return mirti_str_of(copy);
}

static mirti_lonely_psu policy(const char *word) {
    static const char *const names[] = {"fail", "remove", "adjust", "average", "certainty"};
    for (int i = 0; i < 5; i++)
        if (strcmp(word, names[i]) == 0) return (mirti_lonely_psu)i;
    cases_die("a policy", word);
    return MIRTI_LONELY_FAIL;
}

static void read_sample(cases *in, sample *s) {
    memset(s, 0, sizeof *s);
    cases_expect(in, "lonely");
    cases_word(in);
    s->lonely = policy(in->word);
    cases_expect(in, "shape");
    s->rows = cases_integer(in);
    s->columns = (int)cases_integer(in);
    s->fpc = cases_integer(in) != 0;
    s->two_stages = cases_integer(in) != 0;
    size_t n = (size_t)s->rows, p = (size_t)s->columns;
    s->stratum = array(n, sizeof *s->stratum);
    s->psu = array(n, sizeof *s->psu);
    s->ssu = array(n, sizeof *s->ssu);
    s->weight = array(n, sizeof(double));
    s->fraction = array(n, sizeof(double));
    s->fraction2 = array(n, sizeof(double));
    s->y = array(n, sizeof(double));
    s->x = array(n * p, sizeof(double));
    s->in = array(n, 1);
    s->domain = array(n, 1);
    s->name = array(p, sizeof *s->name);
    cases_expect(in, "names");
    for (size_t j = 0; j < p; j++) {
        cases_word(in);
        s->name[j] = mirti_strdup(in->word);
    }
    for (size_t i = 0; i < n; i++) {
        cases_word(in);
        s->stratum[i] = keep(s, in->word);
        cases_word(in);
        s->psu[i] = keep(s, in->word);
        s->weight[i] = cases_number(in);
        s->fraction[i] = cases_number(in);
        cases_word(in);
        s->ssu[i] = keep(s, in->word);
        s->fraction2[i] = cases_number(in);
        s->in[i] = cases_integer(in) != 0;
        s->domain[i] = cases_integer(in) != 0;
        s->y[i] = cases_number(in);
        for (size_t j = 0; j < p; j++)
            s->x[i * p + j] = cases_number(in);
    }
}

static void free_sample(sample *s) {
    for (int j = 0; j < s->columns; j++)
        mirti_free(s->name[j]);
    void *blocks[] = {s->stratum, s->psu, s->ssu, s->weight, s->fraction, s->fraction2,
                      s->y,       s->x,   s->in,  s->domain, s->name};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
    mirti_arena_reset(&s->words);
}

static void need(cases *in, mirti_status status, const mirti_error *err) {
    if (status == MIRTI_OK) return;
    fprintf(stderr, "%s: %s\n", in->name, err->message);
    exit(1);
}

static void compare_mean(cases *in, const char *key, const mirti_survey_design *design,
                         const double *y, const uint8_t *domain) {
    mirti_error err = {0};
    mirti_survey_estimate mean;
    need(in, mirti_survey_mean(design, y, domain, 0.95, &mean, &err), &err);
    double *expected = cases_vector(in, key, 6);
    const double values[] = {mean.value, mean.se, mean.lo, mean.hi, mean.deff, mean.df};
    const char *const what[] = {"value", "se", "lo", "hi", "deff", "df"};
    char text[64];
    for (int i = 0; i < 6; i++) {
        snprintf(text, sizeof text, "%s %s", key, what[i]);
        cases_compare(in, text, values[i], expected[i], tolerance, 0);
    }
    free(expected);
}

static void compare_fit(cases *in, const sample *s, const mirti_logit *fit) {
    size_t p = (size_t)s->columns;
    double *beta = cases_vector(in, "beta", p), *covariance = cases_vector(in, "covariance", p * p);
    double *rest = cases_vector(in, "fit", 4);
    char text[600];
    for (size_t j = 0; j < p; j++) {
        double se = sqrt(covariance[j * p + j]);
        snprintf(text, sizeof text, "beta of %s", s->name[j]);
        cases_compare(in, text, fit->beta[j], beta[j], tolerance, 0);
        snprintf(text, sizeof text, "se of %s", s->name[j]);
        cases_compare(in, text, sqrt(fit->covariance[j * p + j]), se, tolerance, 0);
        for (size_t k = 0; k < j; k++) {
            snprintf(text, sizeof text, "covariance of %s and %s", s->name[j], s->name[k]);
            cases_compare(in, text, fit->covariance[j * p + k], covariance[j * p + k], tolerance,
                          se * sqrt(covariance[k * p + k]));
        }
    }
    cases_compare(in, "df", fit->df, rest[0], tolerance, 0);
    cases_compare(in, "df_residual", fit->df_residual, rest[1], tolerance, 0);
    cases_compare(in, "deviance", fit->deviance, rest[2], tolerance, 0);
    cases_compare(in, "null deviance", fit->null_deviance, rest[3], tolerance, 0);
    free(beta);
    free(covariance);
    free(rest);
}

static void run_case(cases *in) {
    cases_word(in);
    snprintf(in->name, sizeof in->name, "%s", in->word);
    sample s;
    read_sample(in, &s);
    mirti_error err = {0};
    mirti_survey_design *design = NULL;
    mirti_logit *fit = NULL;
    need(in,
         mirti_survey_design_new(s.rows, s.weight, s.stratum, s.psu, true,
                                 s.fpc ? s.fraction : NULL, s.lonely, &design, &err),
         &err);
    if (s.two_stages)
        need(in, mirti_survey_design_second_stage(design, s.ssu, s.fraction2, &err), &err);
    need(in, mirti_logit_fit(design, s.x, s.columns, s.y, s.in, s.name, &fit, &err), &err);
    compare_fit(in, &s, fit);
    compare_mean(in, "mean", design, s.y, s.in);
    compare_mean(in, "domain", design, s.y, s.domain);
    cases_expect(in, "end");
    printf("%-45s %6lld rows, %2d columns, %2d steps\n", in->name, (long long)s.rows, s.columns,
           fit->iterations);
    mirti_logit_free(fit);
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
