/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A generated sample of areas that differ, for tests of the mixed logit and its bootstrap. */
#ifndef MIRTI_TEST_MIXED_SAMPLE_H
#define MIRTI_TEST_MIXED_SAMPLE_H

#include <stdio.h>

#include "mirti/fit.h"

enum { MOST = 2000, COLUMNS = 3 };

typedef struct sample {
    int rows;
    double x[MOST * COLUMNS], y[MOST], weight[MOST];
    char text[MOST][8];
    mirti_str area[MOST];
} sample;

static char name_intercept[] = "(intercept)", name_age[] = "age", name_farm[] = "farm";
static char *names[] = {name_intercept, name_age, name_farm};

/* Areas differ with standard deviation sigma; drawn by the engine's own generator. */
static void draw(sample *s, int rows, int areas, double sigma, uint64_t seed) {
    mirti_rng of_areas = mirti_rng_at(seed, 1, 0), of_rows = mirti_rng_at(seed, 2, 0);
    double u[MOST];
    for (int a = 0; a < areas; a++)
        u[a] = sigma * mirti_rng_normal(&of_areas);
    s->rows = rows;
    for (int i = 0; i < rows; i++) {
        int a = (int)mirti_rng_below(&of_rows, (uint32_t)areas);
        double *x = s->x + COLUMNS * i;
        x[0] = 1;
        x[1] = 5 + mirti_rng_below(&of_rows, 13);
        x[2] = mirti_rng_uniform(&of_rows) < 0.3;
        double p = mirti_logistic(-2 + 0.1 * x[1] + 0.5 * x[2] + u[a]);
        s->y[i] = mirti_rng_uniform(&of_rows) < p;
        s->weight[i] = 0.5 + mirti_rng_uniform(&of_rows);
        snprintf(s->text[i], sizeof s->text[i], "a%04d", a);
        s->area[i] = mirti_str_of(s->text[i]);
    }
}

#endif
