/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A country of municipalities within states, the same in every sample, and samples of it whose
 * effects are drawn anew. */
#ifndef MIRTI_TEST_NESTED_COUNTRY_H
#define MIRTI_TEST_NESTED_COUNTRY_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "mirti/predict.h"

enum {
    STATES = 24,
    SEEN_STATES = 18,
    IN_STATE = 15,
    SEEN_IN_STATE = 5,
    CHILDREN = 20,
    AREAS = STATES * IN_STATE,
    ROWS = SEEN_STATES * SEEN_IN_STATE * CHILDREN,
    P = 2,
    CLASSES = 3
};
static const double truth[P] = {-1.8, 0.9};
static const double benchmark_se = 0.01;
static const char model_text[] = "mirti-model: 1\n"
                                 "name: small\n"
                                 "outcome: {name: works}\n"
                                 "predictors: {out: {kind: binary}}\n"
                                 "terms: [out]\n"
                                 "sources:\n"
                                 "  persons: {kind: survey, outcome: Y, predictors: {out: C}}\n";

/* Codes and the traits of areas' children, the same in every sample. */
typedef struct country {
    char area_text[AREAS][8], state_text[AREAS][4];
    char *code[AREAS], *parent[AREAS], *none[AREAS];
    double children[AREAS * 2], share[AREAS * 2]; /* two cells: those in school, those out */
    mirti_area_missing missing[AREAS];
    mirti_areas areas;
    mirti_terms *terms;
} country;

typedef struct sample {
    double x[ROWS * P], y[ROWS], weight[ROWS];
    mirti_str area[ROWS], state[ROWS];
    double risk[AREAS];
    uint64_t seed;
    double benchmark[SEEN_STATES]; /* standard normal */
} sample;

/* What is asked for. */
typedef struct setting {
    int samples, replicates, first;
    double sigma_area, sigma_state;
} setting;

static inline void must(mirti_status status, const mirti_error *err) {
    if (status == MIRTI_OK) return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static inline bool is_seen(int a) {
    return a / IN_STATE < SEEN_STATES && a % IN_STATE < SEEN_IN_STATE;
}

static inline int class_of(int a) {
    return is_seen(a) ? 0 : a / IN_STATE < SEEN_STATES ? 1 : 2;
}

static inline void make_country(country *c) {
    static char kind[] = "municipality";
    for (int a = 0; a < AREAS; a++) {
        mirti_rng rng = mirti_rng_at(1, 1, (uint64_t)a);
        double out = 0.1 + 0.4 * mirti_rng_uniform(&rng);
        snprintf(c->state_text[a], sizeof c->state_text[a], "%02d", a / IN_STATE);
        snprintf(c->area_text[a], sizeof c->area_text[a], "%02d%03d", a / IN_STATE, a % IN_STATE);
        c->code[a] = c->area_text[a];
        c->parent[a] = c->state_text[a];
        c->children[2 * a] = 1000 * (1 - out);
        c->children[2 * a + 1] = 1000 * out;
        c->share[2 * a + 1] = 1;
    }
    c->areas = (mirti_areas){.kind = kind,
                             .count = AREAS,
                             .cells = 2,
                             .shares = 1,
                             .code = c->code,
                             .name = c->none,
                             .parent_code = c->parent,
                             .parent_name = c->none,
                             .children = c->children,
                             .share = c->share,
                             .missing = c->missing,
                             .missing_column = c->none};
}

static inline double probability(double out, double u) {
    return 1 / (1 + exp(-(truth[0] + truth[1] * out + u)));
}

static inline void draw(const country *c, const setting *with, uint64_t seed, sample *s) {
    int row = 0;
    s->seed = seed;
    double of_state = 0;
    mirti_rng of_benchmark = mirti_rng_at(seed, 3, 0);
    for (int g = 0; g < SEEN_STATES; g++)
        s->benchmark[g] = mirti_rng_normal(&of_benchmark);
    for (int a = 0; a < AREAS; a++) {
        mirti_rng rng = mirti_rng_at(seed, 2, (uint64_t)a);
        if (a % IN_STATE == 0) of_state = with->sigma_state * mirti_rng_normal(&rng);
        double u = of_state + with->sigma_area * mirti_rng_normal(&rng);
        double out = c->children[2 * a + 1] / 1000;
        s->risk[a] = (1 - out) * probability(0, u) + out * probability(1, u);
        for (int i = 0; is_seen(a) && i < CHILDREN; i++, row++) {
            double is_out = mirti_rng_uniform(&rng) < out;
            s->x[row * P] = 1;
            s->x[row * P + 1] = is_out;
            s->y[row] = mirti_rng_uniform(&rng) < probability(is_out, u);
            s->weight[row] = 1;
            s->area[row] = mirti_str_of(c->code[a]);
            s->state[row] = mirti_str_of(c->parent[a]);
        }
    }
}

#endif
