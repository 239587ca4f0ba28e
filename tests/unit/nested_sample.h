/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A generated sample of areas within parents, for tests of the nested logit and its bootstrap. */
#ifndef MIRTI_TEST_NESTED_SAMPLE_H
#define MIRTI_TEST_NESTED_SAMPLE_H

#include <stdio.h>

#include "mirti/fit.h"

enum { MOST = 2400, COLUMNS = 2 };

typedef struct sample {
    int rows;
    double x[MOST * COLUMNS], y[MOST], weight[MOST];
    char text[MOST][2][8];
    mirti_str parent[MOST], area[MOST];
} sample;

static char name_intercept[] = "(intercept)", name_age[] = "age";
static char *names[] = {name_intercept, name_age};

/* Where samples come from. */
typedef struct world {
    uint64_t seed;
    int areas; /* of each parent, at most 8 */
    double beta[COLUMNS], age, age_sd;
    bool unique; /* whether codes of areas are, or begin anew in every parent */
} world;

/* Effects of areas and of at most 64 parents have the standard deviations given; drawn by the
 * engine's own generator. */
static void draw(const world *w, sample *s, int rows, int parents, double of_area,
                 double of_parent) {
    mirti_rng of_levels = mirti_rng_at(w->seed, 1, 0), of_rows = mirti_rng_at(w->seed, 2, 0);
    double u[64 * 8], v[64];
    for (int g = 0; g < parents; g++) {
        v[g] = of_parent * mirti_rng_normal(&of_levels);
        for (int a = 0; a < w->areas; a++)
            u[g * w->areas + a] = of_area * mirti_rng_normal(&of_levels);
    }
    s->rows = rows;
    for (int i = 0; i < rows; i++) {
        int area = (int)mirti_rng_below(&of_rows, (uint32_t)(parents * w->areas));
        int parent = area / w->areas;
        double *x = s->x + 2 * i;
        x[0] = 1;
        x[1] = w->age + w->age_sd * mirti_rng_normal(&of_rows);
        double eta = w->beta[0] + w->beta[1] * x[1] + u[area] + v[parent];
        s->y[i] = mirti_rng_uniform(&of_rows) < mirti_logistic(eta);
        s->weight[i] = 0.5 + mirti_rng_uniform(&of_rows);
        snprintf(s->text[i][0], 8, "s%02d", parent);
        if (w->unique)
            snprintf(s->text[i][1], 8, "m%03d", area);
        else
            snprintf(s->text[i][1], 8, "%02d", area % w->areas);
        s->parent[i] = mirti_str_of(s->text[i][0]);
        s->area[i] = mirti_str_of(s->text[i][1]);
    }
}

#endif
