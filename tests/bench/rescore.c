/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A new wave of the survey comes out: how long until the country has its new risks? The census is
 * not read again, since its cube is there. Invents a cube of 2,469 areas and a survey, and prints,
 * each the quickest of several rounds:
 *
 *   - the prediction of all areas from the cube, with gradients and standard errors;
 *   - reading the cube's file;
 *   - fitting the model on the survey anew, with its linearised variance, and predicting.
 *
 *   bench_rescore [CELLS [CHILDREN [ROUNDS]]]     default: about 300,000 cells, 30,000 children
 */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mirti/predict.h"

enum { AREAS = 2469, VARIABLES = 10, PATTERNS = 3 << (VARIABLES - 1), PSU_CHILDREN = 12 };

static const char model_text[] = "mirti-model: 1\n"
                                 "name: rescore\n"
                                 "outcome: {name: works}\n"
                                 "predictors:\n"
                                 "  age: {kind: category, levels: [6-11, 12-14, 15-17]}\n"
                                 "  man: {kind: binary}\n"
                                 "  out: {kind: binary, actionable: true}\n"
                                 "  indigenous: {kind: binary}\n"
                                 "  floor: {kind: binary, actionable: true}\n"
                                 "  water: {kind: binary, actionable: true}\n"
                                 "  drainage: {kind: binary, actionable: true}\n"
                                 "  internet: {kind: binary, actionable: true}\n"
                                 "  phone: {kind: binary}\n"
                                 "  car: {kind: binary}\n"
                                 "terms: [age, man, 'age:man', out, 'out:man', indigenous, floor, "
                                 "water, drainage, internet, phone, car]\n"
                                 "sources:\n"
                                 "  wave:\n"
                                 "    kind: survey\n"
                                 "    outcome: y\n"
                                 "    predictors: {age: a, man: b, out: b, indigenous: b, floor: "
                                 "b, water: b, drainage: b, internet: b, phone: b, car: b}\n";

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static void die(const mirti_error *err) {
    char text[1500];
    mirti_error_format(err, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    exit(1);
}

static void *array(size_t count, size_t size) {
    void *block = mirti_new(count, size);
    if (block) return block;
    fprintf(stderr, "out of memory\n");
    exit(70);
}

static char *text_of(mirti_arena *arena, const char *text) {
    char *copy = mirti_arena_copy(arena, text, strlen(text));
    if (copy) return copy;
    fprintf(stderr, "out of memory\n");
    exit(70);
}

/* ----------------------------------------------------------------------------------- inventing -- */

/* The values of pattern `i`; ascending with it. */
static void pattern_value(int i, double value[VARIABLES]) {
    for (int v = VARIABLES - 1; v > 0; v--, i >>= 1)
        value[v] = i & 1;
    value[0] = i;
}

static mirti_cube *invent_cube(int64_t cells, const mirti_model_spec *spec) {
    mirti_rng rng = mirti_rng_at(11, 1, 0);
    mirti_cube *c = array(1, sizeof *c);
    c->kind = text_of(&c->texts, "municipality");
    c->model = text_of(&c->texts, spec->name);
    c->source = text_of(&c->texts, "census");
    c->variables = VARIABLES;
    c->variable = array(VARIABLES, sizeof *c->variable);
    c->variable[0] = text_of(&c->texts, "age=6-11|12-14|15-17");
    for (int v = 1; v < VARIABLES; v++) {
        char text[64];
        snprintf(text, sizeof text, "%s=0|1", spec->predictor[v].name);
        c->variable[v] = text_of(&c->texts, text);
    }
    c->areas = c->places = AREAS;
    c->code = array(AREAS, sizeof *c->code);
    c->parent = array(AREAS, sizeof *c->parent);
    c->place = array(AREAS, sizeof *c->place);
    c->patterns = PATTERNS;
    c->value = array((size_t)PATTERNS * VARIABLES, sizeof *c->value);
    for (int i = 0; i < PATTERNS; i++)
        pattern_value(i, c->value + (size_t)i * VARIABLES);
    c->cell = array((size_t)AREAS * PATTERNS, sizeof *c->cell);
    uint32_t chance = (uint32_t)(cells * 1000000 / ((int64_t)AREAS * PATTERNS));
    for (int a = 0; a < AREAS; a++) {
        char code[8];
        snprintf(code, sizeof code, "%02d%03d", a / 100 + 1, a % 100 + 1);
        c->code[a] = text_of(&c->texts, code);
        c->parent[a] = mirti_arena_copy(&c->texts, code, 2);
        c->place[a] = (mirti_cube_place){a, text_of(&c->texts, ""), text_of(&c->texts, "")};
        for (int i = 0; i < PATTERNS; i++) {
            if (mirti_rng_below(&rng, 1000000) >= chance) continue;
            int64_t persons = 1 + mirti_rng_below(&rng, 40);
            c->cell[c->cells++] = (mirti_cube_cell){a, i, persons, persons * 4000000};
        }
    }
    return c;
}

typedef struct wave {
    mirti_survey_design *design;
    double *x, *y;
    uint8_t *in;
} wave;

static wave invent_wave(int64_t n, const mirti_terms *terms, mirti_error *err) {
    const size_t rows = (size_t)n, p = (size_t)terms->columns;
    wave w = {.x = array(rows * p, sizeof *w.x),
              .y = array(rows, sizeof *w.y),
              .in = array(rows, sizeof *w.in)};
    double *weight = array(rows, sizeof *weight);
    mirti_str *stratum = array(rows, sizeof *stratum), *psu = array(rows, sizeof *psu);
    char(*label)[2][16] = array(rows, sizeof *label);
    mirti_rng rng = mirti_rng_at(12, 1, 0);
    for (size_t i = 0; i < rows; i++) {
        double value[VARIABLES], eta = -3;
        pattern_value((int)mirti_rng_below(&rng, PATTERNS), value);
        mirti_terms_row(terms, value, w.x + i * p);
        for (size_t j = 1; j < p; j++)
            eta += 0.3 * w.x[i * p + j];
        w.y[i] = mirti_rng_uniform(&rng) < mirti_logistic(eta);
        w.in[i] = 1;
        weight[i] = 100 + mirti_rng_below(&rng, 900);
        snprintf(label[i][0], sizeof label[i][0], "%d", (int)(i / PSU_CHILDREN / 20));
        snprintf(label[i][1], sizeof label[i][1], "%d", (int)(i / PSU_CHILDREN));
        stratum[i] = mirti_str_of(label[i][0]);
        psu[i] = mirti_str_of(label[i][1]);
    }
    if (mirti_survey_design_new(n, weight, stratum, psu, true, NULL, MIRTI_LONELY_ADJUST, &w.design,
                                err) != MIRTI_OK)
        die(err);
    mirti_free(weight);
    mirti_free(stratum);
    mirti_free(psu);
    mirti_free(label);
    return w;
}

/* ----------------------------------------------------------------------------------- measuring -- */

static mirti_model *fit(const mirti_model_spec *spec, const wave *w) {
    mirti_model *model;
    mirti_error err = {0};
    if (mirti_model_fit(spec, &spec->source[0], w->design, w->x, w->y, w->in, NULL, &model, &err) !=
        MIRTI_OK)
        die(&err);
    return model;
}

static double predict(const mirti_model *model, const mirti_areas *areas, int threads) {
    const mirti_predict_options options = {
        .confidence = .95, .dispersion = true, .threads = threads};
    mirti_results *results;
    mirti_error err = {0};
    double begun = now();
    if (mirti_predict_areas(model, areas, &options, &results, &err) != MIRTI_OK) die(&err);
    double took = now() - begun;
    mirti_results_free(results);
    return took;
}

static double read_cube(const char *path) {
    mirti_cube *cube;
    mirti_error err = {0};
    double begun = now();
    if (mirti_cube_read(path, &cube, &err) != MIRTI_OK) die(&err);
    double took = now() - begun;
    mirti_cube_free(cube);
    return took;
}

static double write_cube(const mirti_cube *cube) {
    char path[] = "/tmp/mirti-rescore.XXXXXX";
    int file = mkstemp(path);
    mirti_error err = {0};
    if (file < 0) {
        perror(path);
        exit(5);
    }
    close(file);
    if (mirti_cube_write(cube, path, true, &err) != MIRTI_OK) die(&err);
    double best = INFINITY;
    for (int round = 0; round < 5; round++)
        best = fmin(best, read_cube(path));
    unlink(path);
    return best;
}

static void line(const char *what, double seconds) {
    printf("  %-52s %8.1f ms\n", what, 1e3 * seconds);
}

int main(int argc, char **argv) {
    int64_t cells = argc > 1 ? strtoll(argv[1], NULL, 10) : 300000;
    int64_t children = argc > 2 ? strtoll(argv[2], NULL, 10) : 30000;
    int rounds = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 9;
    mirti_model_spec *spec;
    mirti_terms *terms;
    mirti_areas *areas;
    mirti_error err = {0};
    if (mirti_model_spec_parse(model_text, sizeof model_text - 1, "rescore.yaml", &spec, &err) !=
            MIRTI_OK ||
        mirti_terms_new(spec, &terms, &err) != MIRTI_OK)
        die(&err);
    mirti_cube *cube = invent_cube(cells, spec);
    cells = cube->cells;
    double read = write_cube(cube);
    wave w = invent_wave(children, terms, &err);
    if (mirti_areas_from_cube(cube, &areas, &err) != MIRTI_OK) die(&err);
    mirti_model *model = fit(spec, &w);
    double one = INFINITY, two = INFINITY, fitting = INFINITY, again = INFINITY;
    for (int round = 0; round < rounds; round++) {
        one = fmin(one, predict(model, areas, 1));
        two = fmin(two, predict(model, areas, 2));
        double begun = now();
        mirti_model *fresh = fit(spec, &w);
        fitting = fmin(fitting, now() - begun);
        (void)predict(fresh, areas, 2);
        again = fmin(again, now() - begun);
        mirti_model_free(fresh);
    }
    printf("%d areas, %lld cells of %d patterns, %d coefficients; the quickest of %d rounds\n",
           AREAS, (long long)cells, PATTERNS, terms->columns, rounds);
    line("risks with gradients and errors, 1 thread", one);
    line("the same, 2 threads", two);
    line("reading the cube's file", read);
    printf("a wave of %lld children\n", (long long)children);
    line("fitted anew", fitting);
    line("fitted anew and the country rescored, 2 threads", again);
    mirti_model_free(model);
    mirti_areas_free(areas);
    mirti_survey_design_free(w.design);
    mirti_free(w.x);
    mirti_free(w.y);
    mirti_free(w.in);
    mirti_terms_free(terms);
    mirti_model_spec_free(spec);
    return 0;
}
