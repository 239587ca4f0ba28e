/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A tiny survey with effects of areas, all that the engine makes of it – fit, empirical-best risks
 * and their bootstrap – and all that it was made from, written for effects.R, which does the same
 * by other means and compares.
 *
 *     oracle_effects SIGMA_PCT NODES SEED
 *
 * σ is SIGMA_PCT hundredths, NODES those of the quadrature. A line is a name and its numbers. Of
 * AREAS areas the first SAMPLED are in the survey. The census is given twice: as a cube of
 * patterns, and as counts and shares of two cells, whose spread is to be corrected for.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirti/predict.h"

enum { P = 3, AREAS = 12, SAMPLED = 8, ROWS = 150, PATTERNS = 4, CELLS = 2, SHARES = 2, B = 8 };
static const double truth[P] = {-1.2, 0.9, 0.7};
static const char model_text[] = "mirti-model: 1\n"
                                 "name: tiny\n"
                                 "outcome: {name: works}\n"
                                 "predictors:\n"
                                 "  old: {kind: binary}\n"
                                 "  out: {kind: binary}\n"
                                 "terms: [old, out]\n"
                                 "sources:\n"
                                 "  persons:\n"
                                 "    kind: survey\n"
                                 "    outcome: Y\n"
                                 "    predictors: {old: A, out: B}\n";

typedef struct world {
    int nodes;
    double sigma;
    uint64_t seed;
    mirti_model_spec *spec;
    mirti_terms *terms;
    double x[ROWS * P], y[ROWS], weight[ROWS];
    int place[ROWS];
    mirti_str area[ROWS];
    char code[AREAS][4];
    char *codes[AREAS];
    double children[AREAS * CELLS], share[AREAS * CELLS * SHARES];
    mirti_survey_design *design;
    mirti_mixed *fit;
    mirti_mixed_replicates *replicates;
} world;

static void must(mirti_status status, const mirti_error *err) {
    if (status == MIRTI_OK) return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static void *array(size_t count, size_t size) {
    void *block = mirti_new(count, size);
    if (!block) exit(70);
    return block;
}

static void put(const char *name, const double *value, int64_t count) {
    fputs(name, stdout);
    for (int64_t i = 0; i < count; i++)
        printf(" %.17g", value[i]);
    putchar('\n');
}

static void put_one(const char *name, double value) {
    put(name, &value, 1);
}

/* -------------------------------------------------------------------------------- the sample -- */

static void make_sample(world *w) {
    for (int a = 0; a < AREAS; a++) {
        snprintf(w->code[a], sizeof w->code[a], "m%02d", a);
        w->codes[a] = w->code[a];
    }
    mirti_rng rng = mirti_rng_at(w->seed, 1, 0);
    double u[SAMPLED];
    for (int a = 0; a < SAMPLED; a++)
        u[a] = w->sigma * mirti_rng_normal(&rng);
    for (int i = 0; i < ROWS; i++) {
        int a = i < 2 * SAMPLED ? i % SAMPLED : (int)mirti_rng_below(&rng, SAMPLED);
        double *x = w->x + (ptrdiff_t)i * P, eta = u[a];
        x[0] = 1;
        x[1] = mirti_rng_uniform(&rng) < 0.5;
        x[2] = mirti_rng_uniform(&rng) < 0.3;
        for (int j = 0; j < P; j++)
            eta += truth[j] * x[j];
        w->y[i] = mirti_rng_uniform(&rng) < mirti_logistic(eta);
        w->weight[i] = exp(0.5 * mirti_rng_normal(&rng));
        w->place[i] = a;
        w->area[i] = mirti_str_of(w->code[a]);
    }
}

static void put_sample(const world *w) {
    double place[ROWS];
    for (int i = 0; i < ROWS; i++)
        place[i] = w->place[i] + 1;
    put_one("nodes", w->nodes);
    put("x", w->x, (int64_t)ROWS * P);
    put("y", w->y, ROWS);
    put("weight", w->weight, ROWS);
    put("area", place, ROWS);
}

static void fit(world *w, mirti_error *err) {
    static char name[P][16] = {"(intercept)", "old", "out"};
    char *names[P] = {name[0], name[1], name[2]};
    must(mirti_survey_design_new(ROWS, w->weight, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL,
                                 &w->design, err),
         err);
    const mirti_mixed_options options = {.quadrature = w->nodes,
                                         .scaling = MIRTI_SCALING_EFFECTIVE};
    must(mirti_mixed_fit(w->design, w->x, P, w->y, NULL, w->area, names, &options, &w->fit, err),
         err);
    const mirti_replicate_options with = {.replicates = B, .seed = w->seed};
    must(mirti_mixed_replicate(w->design, w->x, w->y, NULL, w->area, names, w->fit, &with,
                               &w->replicates, err),
         err);
}

static void put_fit(const world *w, mirti_error *err) {
    const mirti_mixed_replicates *r = w->replicates;
    put("beta", w->fit->beta, P);
    put_one("sigma", w->fit->sigma);
    put("covariance", w->fit->covariance, (P + 1) * (P + 1));
    put("true_beta", r->true_beta, B * P);
    put("true_sigma", r->true_sigma, B);
    put("refit_beta", r->beta, B * P);
    put("refit_sigma", r->sigma, B);
    double effect[B * AREAS], y[B * ROWS];
    for (int b = 0; b < B; b++) {
        for (int a = 0; a < AREAS; a++)
            effect[b * AREAS + a] = mirti_mixed_replicate_effect(r, w->code[a], b);
        must(mirti_mixed_replicate_outcomes(r, w->fit, b, w->x, NULL, w->area, ROWS, y + b * ROWS,
                                            err),
             err);
    }
    put("effect", effect, (int64_t)B * AREAS);
    put("outcome", y, (int64_t)B * ROWS);
}

/* ---------------------------------------------------------------------------------- the areas -- */

/* Shares of the patterns (old, out) = 00, 01, 10, 11. */
static void make_census(world *w, mirti_areas **out, mirti_error *err) {
    static char kind[] = "municipality", model[] = "tiny", source[] = "persons", none[] = "";
    static const char *const variable[] = {"old=0|1", "out=0|1"};
    static const double value[PATTERNS * (P - 1)] = {0, 0, 0, 1, 1, 0, 1, 1};
    mirti_cube *c = array(1, sizeof *c);
    *c = (mirti_cube){.kind = kind, .model = model, .source = source};
    c->variables = P - 1;
    c->variable = array(P - 1, sizeof *c->variable);
    memcpy(c->variable, variable, sizeof variable);
    c->patterns = PATTERNS;
    c->value = array(PATTERNS * (P - 1), sizeof *c->value);
    memcpy(c->value, value, sizeof value);
    c->areas = c->places = AREAS;
    c->code = array(AREAS, sizeof *c->code);
    c->parent = array(AREAS, sizeof *c->parent);
    c->place = array(AREAS, sizeof *c->place);
    c->cell = array((size_t)AREAS * PATTERNS, sizeof *c->cell);
    mirti_rng rng = mirti_rng_at(w->seed, 2, 0);
    for (int a = 0; a < AREAS; a++) {
        c->code[a] = w->code[a];
        c->parent[a] = none;
        c->place[a] = (mirti_cube_place){a, none, none};
        for (int k = 0; k < PATTERNS; k++)
            c->cell[c->cells++] =
                (mirti_cube_cell){a, k, 1, 1000000 * (1 + (int64_t)mirti_rng_below(&rng, 500))};
        for (int k = 0; k < CELLS; k++)
            w->children[a * CELLS + k] = 1 + (double)mirti_rng_below(&rng, 300);
        for (int k = 0; k < CELLS * SHARES; k++)
            w->share[a * CELLS * SHARES + k] = 0.05 + 0.6 * mirti_rng_uniform(&rng);
    }
    double weight[AREAS * PATTERNS];
    for (int64_t i = 0; i < c->cells; i++)
        weight[i] = (double)c->cell[i].weight;
    put("pattern_weight", weight, c->cells);
    put("cell_children", w->children, AREAS * CELLS);
    put("cell_share", w->share, (int64_t)AREAS * CELLS * SHARES);
    must(mirti_areas_from_cube(c, out, err), err);
}

static void put_of(const char *what, const char *name, const double *value, int64_t count) {
    printf("%s_", what);
    put(name, value, count);
}

/* Risks before and after the bootstrap, under names that begin with `what`. */
static void predict(const world *w, const char *what, const mirti_areas *areas, mirti_error *err) {
    double covariance[P * P], correlation[P * P] = {1, 0, 0, 0, 1, 0.25, 0, 0.25, 1};
    for (size_t j = 0; j < P; j++)
        memcpy(covariance + j * P, w->fit->covariance + j * (P + 1), P * sizeof(double));
    mirti_logit logit = {
        .columns = P, .beta = w->fit->beta, .covariance = covariance, .df = ROWS - 1};
    const mirti_model model = {
        .terms = w->terms, .logit = &logit, .column_correlation = correlation};
    mirti_area_effects effects;
    mirti_area_effects_of_mixed(w->fit, false, &effects);
    const mirti_predict_options options = {
        .confidence = .95, .dispersion = true, .effects = &effects};
    mirti_results *r;
    mirti_bootstrap_report report;
    must(mirti_predict_areas(&model, areas, &options, &r, err), err);
    put_of(what, "risk", r->risk, AREAS);
    put_of(what, "own", r->own_se, AREAS);
    put_of(what, "se", r->risk_se, AREAS);
    must(mirti_results_bootstrap(r, &model, areas, w->replicates, &options, NULL, &report, err),
         err);
    const double quantile[] = {report.sampled_lo, report.sampled_hi, report.other_lo,
                               report.other_hi};
    put_of(what, "rmse", r->risk_se, AREAS);
    put_of(what, "low", r->risk_lo, AREAS);
    put_of(what, "high", r->risk_hi, AREAS);
    put_of(what, "quantile", quantile, 4);
    mirti_results_free(r);
}

static void predict_both(world *w, mirti_error *err) {
    static char kind[] = "municipality";
    char *none[AREAS] = {NULL};
    mirti_area_missing missing[AREAS] = {MIRTI_AREA_COMPLETE};
    for (int a = 0; a < AREAS; a++)
        missing[a] = MIRTI_AREA_COMPLETE;
    mirti_areas *census;
    make_census(w, &census, err);
    const mirti_areas published = {.kind = kind,
                                   .count = AREAS,
                                   .cells = CELLS,
                                   .shares = SHARES,
                                   .code = w->codes,
                                   .name = none,
                                   .parent_code = none,
                                   .parent_name = none,
                                   .children = w->children,
                                   .share = w->share,
                                   .missing = missing,
                                   .missing_column = none};
    predict(w, "cube", census, err);
    predict(w, "shares", &published, err);
    mirti_areas_free(census);
}

int main(int argc, char **argv) {
    static world w;
    mirti_error err = {0};
    if (argc != 4) return 2;
    w.sigma = atoi(argv[1]) / 100.0;
    w.nodes = atoi(argv[2]);
    w.seed = (uint64_t)atoi(argv[3]);
    must(mirti_model_spec_parse(model_text, sizeof model_text - 1, "tiny.yaml", &w.spec, &err),
         &err);
    must(mirti_terms_new(w.spec, &w.terms, &err), &err);
    make_sample(&w);
    put_sample(&w);
    fit(&w, &err);
    put_fit(&w, &err);
    predict_both(&w, &err);
    mirti_mixed_replicates_free(w.replicates);
    mirti_mixed_free(w.fit);
    mirti_survey_design_free(w.design);
    mirti_terms_free(w.terms);
    mirti_model_spec_free(w.spec);
    return 0;
}
