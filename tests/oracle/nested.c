/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Areas within parents against lme4::glmer and, with weights, Laplace's method written plainly in
 * R: reads the cases that nested.R wrote in this test run. The tolerances are those of the
 * optimisers there. Then the areas of a small census are predicted and ranked, and compared with
 * draws from the dense joint normal of all their effects.
 */
#include "cases.h"

#include "mirti/risk.h"

static const char model_text[] =
    "mirti-model: 1\n"
    "name: small\n"
    "outcome: {name: works}\n"
    "predictors: {age: {kind: number}, farm: {kind: binary}}\n"
    "terms: [age, farm]\n"
    "sources:\n"
    "  persons: {kind: survey, outcome: Y, predictors: {age: A, farm: F}}\n";
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

/* Covariances of an area's effect with those of the other areas of its parent, added up. */
static double with_others(const mirti_nested *fit, int32_t area) {
    double sum = 0, sd = fit->effect_sd[area], own = fit->effect_own_sd[area];
    for (int32_t b = 0; b < fit->areas; b++)
        if (b != area && fit->area_parent[b] == fit->area_parent[area])
            sum += sqrt(fmax(0, fit->effect_sd[b] * fit->effect_sd[b] -
                                    fit->effect_own_sd[b] * fit->effect_own_sd[b]));
    return sum * sqrt(fmax(0, sd * sd - own * own));
}

static void compare_joint(cases *in, const mirti_nested *fit) {
    compare_all(in, "own_sd", fit->effect_own_sd, (size_t)fit->areas, 1e-4);
    double *sum = array((size_t)fit->areas, sizeof *sum);
    for (int32_t a = 0; a < fit->areas; a++)
        sum[a] = with_others(fit, a);
    compare_all(in, "with_others", sum, (size_t)fit->areas, 1e-4);
    mirti_free(sum);
}

static void compare_ranks(cases *in, const mirti_results *r) {
    size_t n = (size_t)r->count;
    double *other = array(n, sizeof *other);
    for (size_t i = 0; i < n; i++) { /* β is taken as known here */
        double parent_se = r->shared_se[MIRTI_SHARED_PARENT][i];
        other[i] = sqrt(parent_se * parent_se + r->own_se[i] * r->own_se[i]);
    }
    compare_all(in, "risk", r->risk, n, 1e-4);
    compare_all(in, "error", other, n, 1e-4);
    mirti_free(other);
    compare_all(in, "top", r->top_prob, n, 4.5 * sqrt(2 * .25 / 20000)); /* two sets of draws */
    double *limit[4];
    for (int q = 0; q < 4; q++)
        limit[q] =
            cases_vector(in, (const char *const[]){"lo_from", "lo_to", "hi_from", "hi_to"}[q], n);
    for (size_t i = 0; i < n; i++) {
        double lo = (double)r->rank_lo[i], hi = (double)r->rank_hi[i];
        cases_compare(in, "rank_lo", lo, fmin(fmax(lo, limit[0][i]), limit[1][i]), 1e-9, 1);
        cases_compare(in, "rank_hi", hi, fmin(fmax(hi, limit[2][i]), limit[3][i]), 1e-9, 1);
    }
    for (int q = 0; q < 4; q++)
        free(limit[q]);
}

/* Predicts and ranks with coefficients that are taken as known: what is compared are effects. */
static void rank_areas(cases *in, const mirti_areas *areas, const mirti_nested *fit) {
    mirti_error err = {0};
    mirti_model_spec *spec;
    mirti_terms *terms;
    mirti_results *r;
    mirti_area_effects effects;
    double none[9] = {0};
    need(in, mirti_model_spec_parse(model_text, sizeof model_text - 1, "small.yaml", &spec, &err),
         &err);
    need(in, mirti_terms_new(spec, &terms, &err), &err);
    need(in, mirti_area_effects_of_nested(fit, &effects, &err), &err);
    effects.kind = areas->kind;
    mirti_logit logit = {.columns = 3, .beta = fit->beta, .covariance = none, .df = 100};
    mirti_model model = {.terms = terms, .logit = &logit};
    const mirti_predict_options options = {.confidence = .95, .effects = &effects};
    need(in, mirti_predict_areas(&model, areas, &options, &r, &err), &err);
    need(in, mirti_results_rank(r, &err), &err);
    const mirti_simulate_options draws = {
        .draws = 20000, .seed = 5, .confidence = .95, .top = areas->count / 5};
    need(in, mirti_results_simulate(r, &logit, NULL, NULL, &draws, &err), &err);
    compare_ranks(in, r);
    mirti_results_free(r);
    mirti_area_effects_reset(&effects);
    mirti_terms_free(terms);
    mirti_model_spec_free(spec);
}

static void run_census(cases *in, const mirti_nested *fit) {
    static char kind[] = "municipality";
    cases_expect(in, "census");
    size_t n = (size_t)cases_integer(in);
    mirti_arena words = {0};
    mirti_areas areas = {.kind = kind, .count = (int64_t)n, .cells = 1, .shares = 2};
    char **code = array(n, sizeof *code), **parent = array(n, sizeof *parent);
    char **empty = array(n, sizeof *empty);
    double *children = array(n, sizeof *children), *share = array(2 * n, sizeof *share);
    areas.code = code;
    areas.parent_code = parent;
    areas.name = areas.parent_name = areas.missing_column = empty;
    areas.children = children;
    areas.share = share;
    areas.missing = array(n, sizeof *areas.missing);
    for (size_t i = 0; i < n; i++) {
        cases_word(in);
        parent[i] = mirti_arena_copy(&words, in->word, strlen(in->word));
        cases_word(in);
        code[i] = mirti_arena_copy(&words, in->word, strlen(in->word));
        share[2 * i] = cases_number(in);
        share[2 * i + 1] = cases_number(in);
        children[i] = 100;
    }
    rank_areas(in, &areas, fit);
    void *blocks[] = {code, parent, empty, children, share, areas.missing};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
    mirti_arena_reset(&words);
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
    compare_joint(in, fit);
    run_census(in, fit);
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
