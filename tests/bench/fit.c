/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long fits take, and how that grows. Invents children in PSUs and areas (20 columns, half of
 * them numbers, half 0/1), fits the logit with its linearised variance and the mixed logit by
 * Laplace and by seven nodes, and doubles rows, columns and areas to print the exponent of the
 * growth.
 *
 *   bench_fit [ROWS [COLUMNS [AREAS [CSV]]]]
 *
 * With CSV the sample is written there for tests/bench/fit.R, which does the same in R.
 */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mirti/fit.h"

enum { ROUNDS = 3, NAME = 12, PSU_ROWS = 20, PSUS_IN_STRATUM = 50 };

typedef struct sample {
    int64_t rows;
    int columns;
    double *x, *y, *weight;
    char (*label)[3][NAME]; /* stratum, PSU, area */
    mirti_str *stratum, *psu, *area;
    char (*name_text)[NAME];
    char **name;
} sample;

static void *array(size_t count, size_t size) {
    void *block = mirti_new(count, size);
    if (block) return block;
    fprintf(stderr, "out of memory\n");
    exit(70);
}

static sample invent(int64_t rows, int columns, int areas) {
    sample s = {.rows = rows, .columns = columns};
    size_t n = (size_t)rows, p = (size_t)columns;
    s.x = array(n * p, sizeof(double));
    s.y = array(n, sizeof(double));
    s.weight = array(n, sizeof(double));
    s.label = array(n, sizeof *s.label);
    s.stratum = array(n, sizeof *s.stratum);
    s.psu = array(n, sizeof *s.psu);
    s.area = array(n, sizeof *s.area);
    s.name_text = array(p, sizeof *s.name_text);
    s.name = array(p, sizeof *s.name);
    double *u = array((size_t)areas, sizeof *u);
    mirti_rng rng = mirti_rng_at(20, 1, 0);
    for (int a = 0; a < areas; a++)
        u[a] = 0.6 * mirti_rng_normal(&rng);
    for (size_t j = 0; j < p; j++) {
        snprintf(s.name_text[j], NAME, "x%d", (int)j);
        s.name[j] = s.name_text[j];
    }
    for (size_t i = 0; i < n; i++) {
        int psu = (int)(i / PSU_ROWS), area = psu % areas;
        double eta = -2 + u[area];
        for (size_t j = 0; j < p; j++) {
            double v = j == 0       ? 1
                       : j % 2 == 1 ? mirti_rng_normal(&rng)
                                    : mirti_rng_uniform(&rng) < 0.3;
            s.x[i * p + j] = v;
            if (j > 0) eta += 0.4 * ((int)(j % 3) - 1) * v;
        }
        s.y[i] = mirti_rng_uniform(&rng) < mirti_logistic(eta);
        s.weight[i] = mirti_exact_exp(0.5 * mirti_rng_normal(&rng));
        snprintf(s.label[i][0], NAME, "h%d", psu / PSUS_IN_STRATUM);
        snprintf(s.label[i][1], NAME, "c%d", psu);
        snprintf(s.label[i][2], NAME, "a%d", area);
        s.stratum[i] = mirti_str_of(s.label[i][0]);
        s.psu[i] = mirti_str_of(s.label[i][1]);
        s.area[i] = mirti_str_of(s.label[i][2]);
    }
    mirti_free(u);
    return s;
}

static void forget(sample *s) {
    void *blocks[] = {s->x,   s->y,    s->weight,    s->label, s->stratum,
                      s->psu, s->area, s->name_text, s->name};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
}

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

typedef enum task { TASK_DESIGN, TASK_LOGIT, TASK_LAPLACE, TASK_SEVEN } task;

static mirti_status do_task(const sample *s, task what, int threads, mirti_error *err) {
    mirti_survey_design *design;
    MIRTI_TRY(mirti_survey_design_new(s->rows, s->weight, s->stratum, s->psu, true, NULL,
                                      MIRTI_LONELY_ADJUST, &design, err));
    mirti_status status = MIRTI_OK;
    if (what == TASK_LOGIT) {
        mirti_logit_options options = {.threads = threads};
        mirti_logit *fit = NULL;
        status = mirti_logit_fit_with(design, s->x, s->columns, s->y, NULL, s->name, &options, &fit,
                                      err);
        mirti_logit_free(fit);
    } else if (what != TASK_DESIGN) {
        mirti_mixed_options options = {.threads = threads,
                                       .quadrature = what == TASK_LAPLACE ? 1 : 7};
        mirti_mixed *fit = NULL;
        status = mirti_mixed_fit(design, s->x, s->columns, s->y, NULL, s->area, s->name, &options,
                                 &fit, err);
        mirti_mixed_free(fit);
    }
    mirti_survey_design_free(design);
    return status;
}

/* Seconds, the best of three rounds. */
static double measure(const sample *s, task what, int threads) {
    double best = INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
        mirti_error err = {0};
        double begun = now();
        if (do_task(s, what, threads, &err) != MIRTI_OK) {
            fprintf(stderr, "%s\n", err.message);
            exit(1);
        }
        best = fmin(best, now() - begun);
    }
    return best;
}

static void write_csv(const sample *s, const char *path) {
    FILE *file = fopen(path, "w");
    if (!file) {
        perror(path);
        exit(5);
    }
    fprintf(file, "stratum,psu,area,w,y");
    for (int j = 1; j < s->columns; j++)
        fprintf(file, ",x%d", j);
    for (int64_t i = 0; i < s->rows; i++) {
        fprintf(file, "\n%s,%s,%s,%.17g,%g", s->label[i][0], s->label[i][1], s->label[i][2],
                s->weight[i], s->y[i]);
        for (int j = 1; j < s->columns; j++)
            fprintf(file, ",%.17g", s->x[i * s->columns + j]);
    }
    fputc('\n', file);
    if (fclose(file) != 0) {
        perror(path);
        exit(5);
    }
}

/* The argument at `index`, or what stands in for it; −1 if it is no number. */
static int64_t number_at(int argc, char **argv, int index, int64_t otherwise) {
    int64_t value;
    if (argc <= index) return otherwise;
    return mirti_integer_parse(mirti_str_of(argv[index]), &value) ? value : -1;
}

int main(int argc, char **argv) {
    static const char *const title[] = {"design alone", "logit, linearised variance",
                                        "mixed logit, Laplace", "mixed logit, 7 nodes"};
    static const char *const key[] = {"design", "logit", "laplace", "seven"};
    int64_t rows = number_at(argc, argv, 1, 100000);
    int columns = (int)number_at(argc, argv, 2, 20), areas = (int)number_at(argc, argv, 3, 1000);
    if (rows < 100 || columns < 2 || areas < 2) {
        fprintf(stderr, "usage: bench_fit [ROWS [COLUMNS [AREAS [CSV]]]]\n");
        return 2;
    }
    sample base = invent(rows, columns, areas), more_rows = invent(2 * rows, columns, areas),
           more_columns = invent(rows, 2 * columns, areas),
           more_areas = invent(rows, columns, 2 * areas);
    if (argc > 4) write_csv(&base, argv[4]);
    printf("%lld rows, %d columns, %d areas; best of %d\n", (long long)rows, columns, areas,
           ROUNDS);
    printf("%-28s %10s %10s   growth when doubled: rows, columns, areas\n", "", "1 thread",
           "2 threads");
    for (task what = TASK_DESIGN; what <= TASK_SEVEN; what++) {
        double one = measure(&base, what, 1), two = measure(&base, what, 2);
        printf("%-28s %8.1f ms %8.1f ms   ^%.2f ^%.2f ^%.2f\n", title[what], 1e3 * one, 1e3 * two,
               log2(measure(&more_rows, what, 2) / two),
               log2(measure(&more_columns, what, 2) / two),
               log2(measure(&more_areas, what, 2) / two));
        printf("seconds: %s %.6f\n", key[what], two);
    }
    forget(&base);
    forget(&more_rows);
    forget(&more_columns);
    forget(&more_areas);
    return 0;
}
