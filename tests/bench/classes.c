/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long natural breaks take: n values (a mixture of two logit-normals, as risks are, drawn by
 * the counter-based generator) into five classes. Prints the seconds of the fastest of three rounds
 * and, with a file name, writes the values for a peer. See tests/bench/classes. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mirti/risk.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv) {
    const int64_t n = argc > 1 ? atoll(argv[1]) : 200000;
    double *value = malloc((size_t)n * sizeof *value);
    if (!value || n < 1) return 1;
    for (int64_t i = 0; i < n; i++) {
        mirti_rng rng = mirti_rng_at(1, 1, (uint64_t)i);
        double high = mirti_rng_uniform(&rng) < 0.2;
        value[i] = mirti_logistic(-2 + 1.2 * high + 0.6 * mirti_rng_normal(&rng));
    }
    const mirti_class_options options = {.method = MIRTI_CLASS_FISHER_JENKS, .levels = 5};
    mirti_breaks breaks;
    double best = 1e9;
    for (int round = 0; round < 3; round++) {
        double begun = now();
        if (mirti_breaks_find(&options, value, NULL, n, &breaks, NULL) != MIRTI_OK) return 1;
        double taken = now() - begun;
        if (taken < best) best = taken;
    }
    printf("%lld %.4f", (long long)n, best);
    for (int l = 0; l <= breaks.levels; l++)
        printf(" %.9g", breaks.limit[l]);
    printf("\n");
    FILE *file = argc > 2 ? fopen(argv[2], "w") : NULL;
    for (int64_t i = 0; file && i < n; i++)
        fprintf(file, "%.17g\n", value[i]);
    free(value);
    return file && fclose(file) != 0;
}
