/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links, penalties, replicate weights, Wald tests, totals and ratios against R: reads the cases
 * that links.R wrote in this test run.
 */
#include "cases.h"

#include "mirti/fit.h"
#include "mirti/survey.h"

typedef struct sample {
    int64_t rows;
    int columns;
    double tolerance, scale;
    int32_t replicates;
    mirti_replicate_kind kind;
    bool replicated;
    mirti_lonely_psu policy;
    mirti_logit_options options;
    mirti_str *stratum, *psu;
    double *weight, *y, *x, *age, *replicate;
    char **name;
    mirti_arena words;
} sample;

static void *array(size_t count, size_t size) {
    void *block = mirti_new(count, size);
    if (!block) cases_die("memory", "");
    return block;
}

static int choice(cases *in, const char *const *names, int count) {
    cases_word(in);
    for (int i = 0; i < count; i++)
        if (strcmp(in->word, names[i]) == 0) return i;
    cases_die("a known word", in->word);
    return 0;
}

static void read_options(cases *in, sample *s) {
    static const char *const links[] = {"logit", "probit", "cloglog"};
    static const char *const penalties[] = {"none", "firth", "ridge"};
    static const char *const policies[] = {"fail", "remove", "adjust", "average", "certainty"};
    static const char *const kinds[] = {"jk1", "jkn", "given", "none"};
    static const mirti_replicate_kind kind_of[] = {MIRTI_REPLICATE_JK1, MIRTI_REPLICATE_JKN,
                                                   MIRTI_REPLICATE_GIVEN, MIRTI_REPLICATE_GIVEN};
    cases_expect(in, "link");
    s->options.link = (mirti_link)choice(in, links, 3);
    cases_expect(in, "penalty");
    s->options.penalty = (mirti_penalty)choice(in, penalties, 3);
    cases_expect(in, "ridge");
    s->options.ridge = cases_number(in);
    cases_expect(in, "policy");
    s->policy = (mirti_lonely_psu)choice(in, policies, 5);
    cases_expect(in, "replicates");
    int kind = choice(in, kinds, 4);
    s->replicated = kind < 3;
    s->kind = kind_of[kind];
    s->replicates = (int32_t)cases_integer(in);
    s->scale = cases_number(in);
}

static mirti_str keep(sample *s, const char *word) {
    char *copy = mirti_arena_copy(&s->words, word, strlen(word));
    if (!copy) cases_die("memory", "");
    return mirti_str_of(copy);
}

static void read_sample(cases *in, sample *s) {
    memset(s, 0, sizeof *s);
    read_options(in, s);
    cases_expect(in, "shape");
    s->rows = cases_integer(in);
    s->columns = (int)cases_integer(in);
    cases_expect(in, "tolerance");
    s->tolerance = cases_number(in);
    size_t n = (size_t)s->rows, p = (size_t)s->columns, r = (size_t)s->replicates;
    s->stratum = array(n, sizeof *s->stratum);
    s->psu = array(n, sizeof *s->psu);
    s->weight = array(n, sizeof(double));
    s->y = array(n, sizeof(double));
    s->x = array(n * p, sizeof(double));
    s->age = array(n, sizeof(double));
    s->replicate = array(n * r, sizeof(double));
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
        s->y[i] = cases_number(in);
        for (size_t j = 0; j < p; j++)
            s->x[i * p + j] = cases_number(in);
        s->age[i] = s->x[i * p + 1];
        for (size_t k = 0; k < r; k++)
            s->replicate[i * r + k] = cases_number(in);
    }
}

static void free_sample(sample *s) {
    for (int j = 0; j < s->columns; j++)
        mirti_free(s->name[j]);
    void *blocks[] = {s->stratum, s->psu, s->weight, s->y, s->x, s->age, s->replicate, s->name};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
    mirti_arena_reset(&s->words);
}

static void need(cases *in, mirti_status status, const mirti_error *err) {
    if (status == MIRTI_OK) return;
    fprintf(stderr, "%s: %s\n", in->name, err->message);
    exit(1);
}

/* `key count numbers...`, as many as there are (the rest NaN). */
static size_t read_some(cases *in, const char *key, double *value, size_t room) {
    cases_expect(in, key);
    size_t count = (size_t)cases_integer(in);
    if (count > room) cases_die(key, "too long");
    for (size_t i = 0; i < count; i++)
        value[i] = cases_number(in);
    return count;
}

static void compare_fit(cases *in, const sample *s, const mirti_logit *fit) {
    size_t p = (size_t)s->columns;
    double *expected = array(p * p, sizeof *expected);
    char text[300];
    if (read_some(in, "beta", expected, p) != p) cases_die("beta", "too short");
    for (size_t j = 0; j < p; j++) {
        snprintf(text, sizeof text, "beta of %s", s->name[j]);
        cases_compare(in, text, fit->beta[j], expected[j], s->tolerance, 1e-2);
    }
    size_t count = read_some(in, "covariance", expected, p * p);
    for (size_t i = 0; i < p && count > 0; i++)
        for (size_t j = 0; j < p; j++) {
            snprintf(text, sizeof text, "covariance of %s and %s", s->name[i], s->name[j]);
            cases_compare(in, text, fit->covariance[i * p + j], expected[i * p + j], s->tolerance,
                          sqrt(expected[i * p + i] * expected[j * p + j]));
        }
    count = read_some(in, "wald", expected, 2);
    if (count > 0) {
        bool chosen[64] = {false};
        for (size_t j = 0; j < p; j++)
            chosen[j] = strncmp(s->name[j], "kind", 4) == 0;
        mirti_error err = {0};
        mirti_wald wald;
        need(in, mirti_logit_wald(fit, chosen, &wald, &err), &err);
        cases_compare(in, "F", wald.f, expected[0], 10 * s->tolerance, 0);
        if (count > 1) cases_compare(in, "p of F", wald.p, expected[1], 10 * s->tolerance, 0);
    }
    mirti_free(expected);
}

static void compare_estimate(cases *in, const char *key, const sample *s,
                             const mirti_survey_design *design,
                             const mirti_survey_replicates *replicates,
                             mirti_survey_statistic statistic) {
    double expected[2];
    if (read_some(in, key, expected, 2) == 0) return;
    mirti_error err = {0};
    mirti_survey_estimate estimate;
    need(in,
         mirti_survey_estimates(design, replicates, statistic, s->y,
                                statistic == MIRTI_SURVEY_RATIO ? s->age : NULL, NULL, 1, 0.95,
                                &estimate, &err),
         &err);
    cases_compare(in, key, estimate.value, expected[0], s->tolerance, 0);
    cases_compare(in, key, estimate.se, expected[1], s->tolerance, 0);
}

static void run_case(cases *in) {
    cases_word(in);
    snprintf(in->name, sizeof in->name, "%s", in->word);
    sample s;
    read_sample(in, &s);
    mirti_error err = {0};
    mirti_survey_design *design = NULL;
    mirti_survey_replicates *replicates = NULL;
    mirti_logit *fit = NULL;
    need(in,
         mirti_survey_design_new(s.rows, s.weight, s.stratum, s.psu, true, NULL, s.policy, &design,
                                 &err),
         &err);
    if (s.replicated && s.kind == MIRTI_REPLICATE_GIVEN) {
        double *rscale = cases_vector(in, "rscales", (size_t)s.replicates);
        need(in,
             mirti_survey_replicates_given(design, s.replicate, s.replicates, s.scale, rscale,
                                           false, &replicates, &err),
             &err);
        free(rscale);
    } else if (s.replicated) {
        need(in, mirti_survey_replicates_new(design, s.kind, 0, 0, 0, &replicates, &err), &err);
    }
    s.options.replicates = replicates;
    need(in,
         mirti_logit_fit_with(design, s.x, s.columns, s.y, NULL, s.name, &s.options, &fit, &err),
         &err);
    compare_fit(in, &s, fit);
    compare_estimate(in, "mean", &s, design, replicates, MIRTI_SURVEY_MEAN);
    compare_estimate(in, "total", &s, design, replicates, MIRTI_SURVEY_TOTAL);
    compare_estimate(in, "ratio", &s, design, replicates, MIRTI_SURVEY_RATIO);
    cases_expect(in, "end");
    printf("%-20s %4lld rows, %3d replicates, %2d steps\n", in->name, (long long)s.rows,
           replicates ? (int)replicates->count : 0, fit->iterations);
    mirti_logit_free(fit);
    mirti_survey_replicates_free(replicates);
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
