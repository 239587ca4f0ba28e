/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long the bootstrap of empirical-best risks takes, refits and all, and how that grows. Invents
 * a national cube (areas of some hundred patterns of 0/1 traits each) and a survey of children in
 * 1,000 of its areas, fits the mixed logit by seven nodes and by Laplace, and bootstraps it.
 *
 *   bench_bootstrap [CHILDREN [COLUMNS [AREAS [REPLICATES]]]]
 *
 * default 100000 20 2469 200. Two areas in five are in the survey.
 */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mirti/predict.h"

enum { PATTERNS = 4000, CELLS = 250, NAME = 12 };

typedef struct size {
    int64_t children;
    int columns, areas, replicates;
} size;

/* A country and its survey. */
typedef struct world {
    size of;
    mirti_model_spec *spec;
    mirti_terms *terms;
    mirti_areas *census;
    double *row; /* [PATTERNS × columns] */
    double *x, *y, *weight;
    mirti_str *stratum, *psu, *area;
    char (*code)[NAME], (*place)[2][NAME];
} world;

static void *array(size_t count, size_t each) {
    void *block = mirti_new(count, each);
    if (block) return block;
    fprintf(stderr, "out of memory\n");
    exit(70);
}

static void must(mirti_status status, const mirti_error *err) {
    if (status == MIRTI_OK) return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static void make_spec(world *w, mirti_error *err) {
    mirti_text text = {0}, terms = {0}, sources = {0};
    mirti_text_puts(&text, "mirti-model: 1\nname: bench\noutcome: {name: works}\npredictors:\n");
    for (int j = 1; j < w->of.columns; j++) {
        mirti_text_printf(&text, "  x%d: {kind: binary}\n", j);
        mirti_text_printf(&terms, "%sx%d", j > 1 ? ", " : "", j);
        mirti_text_printf(&sources, "%sx%d: X%d", j > 1 ? ", " : "", j, j);
    }
    mirti_text_printf(
        &text, "terms: [%s]\nsources:\n  persons:\n    kind: survey\n    outcome: Y\n", terms.data);
    mirti_text_printf(&text, "    predictors: {%s}\n", sources.data);
    must(mirti_model_spec_parse(text.data, text.size, "bench.yaml", &w->spec, err), err);
    must(mirti_terms_new(w->spec, &w->terms, err), err);
    mirti_text_reset(&text);
    mirti_text_reset(&terms);
    mirti_text_reset(&sources);
}

/* All areas have CELLS patterns, each area others. */
static int pattern_of(int area, int cell) {
    return (int)(((int64_t)area * 37 + (int64_t)cell * (PATTERNS / CELLS)) % PATTERNS);
}

static int compare_cells(const void *left, const void *right) {
    return ((const mirti_cube_cell *)left)->pattern - ((const mirti_cube_cell *)right)->pattern;
}

static void make_census(world *w, mirti_error *err) {
    static char kind[] = "municipality", model[] = "bench", source[] = "persons", none[] = "";
    size_t areas = (size_t)w->of.areas, columns = (size_t)w->of.columns;
    mirti_cube *c = array(1, sizeof *c);
    *c = (mirti_cube){.kind = kind, .model = model, .source = source};
    c->variables = w->of.columns - 1;
    c->variable = array((size_t)c->variables, sizeof *c->variable);
    c->patterns = PATTERNS;
    c->value = array((size_t)PATTERNS * (size_t)c->variables, sizeof *c->value);
    w->row = array(PATTERNS * columns, sizeof *w->row);
    for (int j = 0; j < c->variables; j++) {
        char text[32];
        snprintf(text, sizeof text, "x%d=0|1", j + 1);
        c->variable[j] = mirti_arena_copy(&c->texts, text, strlen(text));
    }
    mirti_rng rng = mirti_rng_at(20, 1, 0);
    for (size_t k = 0; k < PATTERNS; k++) {
        w->row[k * columns] = 1;
        for (size_t j = 1; j < columns; j++)
            w->row[k * columns + j] = mirti_rng_uniform(&rng) < 0.3;
        memcpy(c->value + k * (columns - 1), w->row + k * columns + 1,
               (columns - 1) * sizeof(double));
    }
    w->code = array(areas, sizeof *w->code);
    c->areas = c->places = w->of.areas;
    c->code = array(areas, sizeof *c->code);
    c->parent = array(areas, sizeof *c->parent);
    c->place = array(areas, sizeof *c->place);
    c->cell = array(areas * CELLS, sizeof *c->cell);
    for (int a = 0; a < w->of.areas; a++) {
        snprintf(w->code[a], NAME, "m%07d", a);
        c->code[a] = w->code[a];
        c->parent[a] = none;
        c->place[a] = (mirti_cube_place){a, none, none};
        mirti_cube_cell *first = c->cell + c->cells;
        for (int k = 0; k < CELLS; k++)
            c->cell[c->cells++] = (mirti_cube_cell){
                a, pattern_of(a, k), 20, 1000000 * (1 + (int64_t)mirti_rng_below(&rng, 40))};
        qsort(first, CELLS, sizeof *first, compare_cells);
    }
    must(mirti_areas_from_cube(c, &w->census, err), err);
}

/* Children of two areas in five, 20 to a PSU. */
static void make_survey(world *w) {
    size_t n = (size_t)w->of.children, p = (size_t)w->of.columns;
    int sampled = w->of.areas * 2 / 5;
    w->x = array(n * p, sizeof(double));
    w->y = array(n, sizeof(double));
    w->weight = array(n, sizeof(double));
    w->stratum = array(n, sizeof(mirti_str));
    w->psu = array(n, sizeof(mirti_str));
    w->area = array(n, sizeof(mirti_str));
    w->place = array(n, sizeof *w->place);
    mirti_rng rng = mirti_rng_at(20, 2, 0);
    double *u = array((size_t)w->of.areas, sizeof *u);
    for (int a = 0; a < w->of.areas; a++)
        u[a] = 0.5 * mirti_rng_normal(&rng);
    for (size_t i = 0; i < n; i++) {
        int psu = (int)(i / 20), area = psu % sampled * 5 / 2;
        int pattern = pattern_of(area, (int)mirti_rng_below(&rng, CELLS));
        double eta = -2.5 + u[area];
        memcpy(w->x + i * p, w->row + (size_t)pattern * p, p * sizeof(double));
        for (size_t j = 1; j < p; j++)
            eta += 0.5 * ((int)(j % 3) - 1) * w->x[i * p + j];
        w->y[i] = mirti_rng_uniform(&rng) < mirti_logistic(eta);
        w->weight[i] = mirti_exact_exp(0.5 * mirti_rng_normal(&rng));
        snprintf(w->place[i][0], NAME, "h%d", psu / 50);
        snprintf(w->place[i][1], NAME, "c%d", psu);
        w->stratum[i] = mirti_str_of(w->place[i][0]);
        w->psu[i] = mirti_str_of(w->place[i][1]);
        w->area[i] = mirti_str_of(w->code[area]);
    }
    mirti_free(u);
}

static world invent(size of) {
    world w = {.of = of};
    mirti_error err = {0};
    make_spec(&w, &err);
    make_census(&w, &err);
    make_survey(&w);
    return w;
}

static void forget(world *w) {
    mirti_areas_free(w->census);
    mirti_terms_free(w->terms);
    mirti_model_spec_free(w->spec);
    void *blocks[] = {w->row, w->x,    w->y,    w->weight, w->stratum,
                      w->psu, w->area, w->code, w->place};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
}

static double seconds_of(clockid_t clock) {
    struct timespec at;
    clock_gettime(clock, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static double now(void) {
    return seconds_of(CLOCK_MONOTONIC);
}

typedef struct seconds {
    double fit, refits, areas;
    double busy;        /* processor time of both: it tells more where others use the machine */
    double evaluations; /* of a refit, on average */
    double checksum;    /* of the errors: the same for any number of threads */
} seconds;

static seconds measure(const world *w, int quadrature, int threads) {
    mirti_error err = {0};
    mirti_survey_design *design;
    must(mirti_survey_design_new(w->of.children, w->weight, w->stratum, w->psu, true, NULL,
                                 MIRTI_LONELY_ADJUST, &design, &err),
         &err);
    size_t p = (size_t)w->of.columns;
    double begun = now();
    const mirti_mixed_options options = {.quadrature = quadrature, .threads = threads};
    mirti_mixed *mixed;
    must(mirti_mixed_fit(design, w->x, w->of.columns, w->y, NULL, w->area, w->terms->name, &options,
                         &mixed, &err),
         &err);
    seconds spent = {.fit = now() - begun};
    begun = now();
    double busy = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    const mirti_replicate_options with = {
        .replicates = w->of.replicates, .seed = 1, .threads = threads};
    mirti_mixed_replicates *replicates;
    must(mirti_mixed_replicate(design, w->x, w->y, NULL, w->area, w->terms->name, mixed, &with,
                               &replicates, &err),
         &err);
    spent.refits = now() - begun;
    for (int b = 0; b < replicates->count; b++)
        spent.evaluations += (double)replicates->evaluations[b] / replicates->count;
    double *covariance = array(p * p, sizeof *covariance);
    for (size_t j = 0; j < p; j++)
        memcpy(covariance + j * p, mixed->covariance + j * (p + 1), p * sizeof *covariance);
    mirti_logit logit = {
        .columns = w->of.columns, .beta = mixed->beta, .covariance = covariance, .df = 1000};
    mirti_model model = {.terms = w->terms, .logit = &logit};
    mirti_area_effects effects;
    mirti_area_effects_of_mixed(mixed, false, &effects);
    const mirti_predict_options predict = {
        .confidence = .95, .threads = threads, .effects = &effects};
    mirti_results *results;
    must(mirti_predict_areas(&model, w->census, &predict, &results, &err), &err);
    mirti_bootstrap_report report;
    begun = now();
    must(mirti_results_bootstrap(results, &model, w->census, replicates, &predict, NULL, &report,
                                 &err),
         &err);
    spent.areas = now() - begun;
    spent.busy = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - busy;
    for (int64_t i = 0; i < results->count; i++)
        spent.checksum += results->risk_se[i];
    mirti_results_free(results);
    mirti_free(covariance);
    mirti_mixed_replicates_free(replicates);
    mirti_mixed_free(mixed);
    mirti_survey_design_free(design);
    return spent;
}

static double total(seconds s) {
    return s.refits + s.areas;
}

static double grown(size of, int quadrature) {
    world w = invent(of);
    double spent = total(measure(&w, quadrature, 2));
    forget(&w);
    return spent;
}

static void tell(size of, const char *what, int quadrature) {
    world w = invent(of);
    seconds one = measure(&w, quadrature, 1), two = measure(&w, quadrature, 2);
    forget(&w);
    const seconds *both[] = {&one, &two};
    for (int threads = 1; threads <= 2; threads++) {
        const seconds *t = both[threads - 1];
        printf("%-8s %d thread(s) %6.2f s, processor %6.2f s: refits %.2f (%.1f evaluations each), "
               "areas %.2f; one fit %.2f\n",
               what, threads, total(*t), t->busy, t->refits, t->evaluations, t->areas, t->fit);
    }
    printf("%-8s %s numbers with 1 and 2 threads\n", what,
           one.checksum == two.checksum ? "the same" : "OTHER");
    fflush(stdout);
    size more[4] = {of, of, of, of};
    more[0].children *= 2;
    more[1].columns *= 2;
    more[2].areas *= 2;
    more[3].replicates *= 2;
    printf("%-8s growth when doubled: children, columns, areas, replicates", what);
    for (int i = 0; i < 4; i++)
        printf(" ^%.2f", log2(grown(more[i], quadrature) / total(two)));
    printf("\nseconds: bootstrap-%s %.3f\n", what, total(two));
    fflush(stdout);
}

/* The argument at `index`, or what stands in for it; −1 if it is no number. */
static int64_t number_at(int argc, char **argv, int index, int64_t otherwise) {
    int64_t value;
    if (argc <= index) return otherwise;
    return mirti_integer_parse(mirti_str_of(argv[index]), &value) ? value : -1;
}

int main(int argc, char **argv) {
    size of = {number_at(argc, argv, 1, 100000), (int)number_at(argc, argv, 2, 20),
               (int)number_at(argc, argv, 3, 2469), (int)number_at(argc, argv, 4, 200)};
    if (of.children < 200 || of.columns < 2 || of.areas < 10 || of.replicates < 3) {
        fprintf(stderr, "usage: bench_bootstrap [CHILDREN [COLUMNS [AREAS [REPLICATES]]]]\n");
        return 2;
    }
    printf("%lld children in %d areas of %d with %d patterns each, %d columns, B = %d\n",
           (long long)of.children, of.areas * 2 / 5, of.areas, CELLS, of.columns, of.replicates);
    tell(of, "7 nodes", 7);
    tell(of, "Laplace", 1);
    return 0;
}
