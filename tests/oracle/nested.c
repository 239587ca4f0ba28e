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

/* A sample as R wrote it, and its design. */
typedef struct sample {
    size_t n, p;
    mirti_arena words;
    mirti_str *parent, *area;
    double *y, *x, *w;
    mirti_survey_design *design;
} sample;

static sample read_sample(cases *in) {
    sample s = {0};
    mirti_error err = {0};
    cases_word(in);
    snprintf(in->name, sizeof in->name, "%s", in->word);
    cases_expect(in, "shape");
    s.n = (size_t)cases_integer(in);
    s.p = (size_t)cases_integer(in);
    if (s.p != 3) cases_die("three columns", "");
    s.parent = array(s.n, sizeof *s.parent);
    s.area = array(s.n, sizeof *s.area);
    s.y = array(s.n, sizeof *s.y);
    s.x = array(s.n * s.p, sizeof *s.x);
    s.w = array(s.n, sizeof *s.w);
    for (size_t i = 0; i < s.n; i++) {
        cases_word(in);
        s.parent[i] = mirti_str_of(mirti_arena_copy(&s.words, in->word, strlen(in->word)));
        cases_word(in);
        s.area[i] = mirti_str_of(mirti_arena_copy(&s.words, in->word, strlen(in->word)));
        s.y[i] = cases_number(in);
        s.w[i] = cases_number(in);
        for (size_t j = 0; j < s.p; j++)
            s.x[i * s.p + j] = cases_number(in);
    }
    need(in,
         mirti_survey_design_new((int64_t)s.n, s.w, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL,
                                 &s.design, &err),
         &err);
    return s;
}

static void forget_sample(sample *s) {
    mirti_survey_design_free(s->design);
    void *blocks[] = {s->parent, s->area, s->y, s->x, s->w};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
    mirti_arena_reset(&s->words);
}

static mirti_nested *fit_sample(cases *in, const sample *s) {
    mirti_error err = {0};
    mirti_nested *fit;
    need(in,
         mirti_nested_fit(s->design, s->x, (int)s->p, s->y, NULL, s->area, s->parent, names, NULL,
                          &fit, &err),
         &err);
    return fit;
}

static void run_case(cases *in) {
    sample s = read_sample(in);
    mirti_nested *fit = fit_sample(in, &s);
    size_t p = s.p;
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
    forget_sample(&s);
}

/* R's log density on its grid of NODES × NODES pairs of σ, bilinear between. */
enum { NODES = 97, FINE = 4000 };
typedef struct surface {
    const double *area, *parent, *value;
} surface;

static int split(const double *grid, double at, double *t) {
    double position = fmin(at / grid[1], NODES - 1.000001);
    *t = position - floor(position);
    return (int)floor(position);
}

/* With the prior √σ of each. */
static double density_at(const surface *f, double area, double parent) {
    double t, u;
    int i = split(f->area, area, &t), j = split(f->parent, parent, &u);
    const double *v = f->value + i * NODES + j;
    return sqrt(area * parent) *
           exp((1 - t) * ((1 - u) * v[0] + u * v[1]) + t * ((1 - u) * v[NODES] + u * v[NODES + 1]));
}

/* The share of σ_parent below `at` where σ_area is this; the whole into *all. */
static double parents_below(const surface *f, double area, double at, int fine, double *all) {
    double below = 0, width = f->parent[NODES - 1] / fine;
    *all = 0;
    for (int k = 0; k < fine; k++) {
        double here = density_at(f, area, (k + 0.5) * width);
        *all += here * width;
        if ((k + 0.5) * width < at) below += here * width;
    }
    return below / *all;
}

static double areas_below(const surface *f, double at, int fine) {
    double below = 0, all = 0, width = f->area[NODES - 1] / fine, whole;
    for (int k = 0; k < fine; k++) {
        (void)parents_below(f, (k + 0.5) * width, 0, 200, &whole);
        all += whole;
        if ((k + 0.5) * width < at) below += whole;
    }
    return below / all;
}

/* The pairs of σ that replicates are drawn from have the ranks that they are to have. Steps of 0.6
 * standard errors, linear between, and a Hessian by β that leaves out how Laplace's determinant
 * changes: 0.03 of a rank. */
static void run_replicates(cases *in) {
    enum { B = 32 };
    sample s = read_sample(in);
    mirti_error err = {0};
    mirti_nested *fit = fit_sample(in, &s);
    mirti_mixed_replicates *r;
    const mirti_replicate_options options = {.replicates = B, .seed = 1};
    need(in,
         mirti_nested_replicate(s.design, s.x, s.y, NULL, s.area, s.parent, names, fit, &options,
                                &r, &err),
         &err);
    double *area = cases_vector(in, "area_grid", NODES);
    double *parent = cases_vector(in, "parent_grid", NODES);
    double *value = cases_vector(in, "log_density", NODES * NODES);
    double *share = cases_vector(in, "share", B), *other = cases_vector(in, "other", B), all;
    const surface f = {area, parent, value};
    for (int b = 0; b < B; b++) {
        cases_compare(in, "rank of sigma_area", areas_below(&f, r->true_sigma[b], 1000), share[b],
                      0.03, 1);
        cases_compare(in, "rank of sigma_parent given it",
                      parents_below(&f, r->true_sigma[b], r->true_sigma_parent[b], FINE, &all),
                      other[b], 0.03, 1);
    }
    cases_expect(in, "end");
    printf("%-20s sigmas %.4f %.4f; replicates of areas with %.2f to %.2f\n", in->name,
           fit->sigma_area, fit->sigma_parent, r->true_sigma[0], r->true_sigma[B - 1]);
    double *blocks[] = {area, parent, value, share, other};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    mirti_mixed_replicates_free(r);
    mirti_nested_free(fit);
    forget_sample(&s);
}

int main(int argc, char **argv) {
    cases in;
    cases_open(&in, argc, argv);
    while (cases_word(&in)) {
        if (strcmp(in.word, "case") == 0)
            run_case(&in);
        else if (strcmp(in.word, "replicates") == 0)
            run_replicates(&in);
        else
            cases_die("case", in.word);
    }
    return cases_close(&in);
}
