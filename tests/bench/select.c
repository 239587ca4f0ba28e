/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long a lasso path with its cross-validation takes: 100 λ, 10 folds of whole PSUs, on children
 * who are invented twice, with numbers (every design row its own) and with 0/1 traits of which the
 * first few make some thousand different rows, as in a real survey. Also a forward search by Wald
 * tests.
 *
 *   bench_select [ROWS [COLUMNS [FOLDER]]]
 *
 * With FOLDER the samples are written there for tests/bench/select.R, which does the same by
 * cv.glmnet.
 */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mirti/select.h"

enum { PSU_ROWS = 15, PSUS_IN_STRATUM = 40, FOLDS = 10, NAME = 12, MOST_COLUMNS = 200 };

typedef struct sample {
    int64_t rows;
    int columns; /* with the intercept */
    double *x, *y, *weight;
    char (*label)[2][NAME];
    mirti_str *stratum, *psu;
    char name_text[MOST_COLUMNS + 1][NAME];
    char *name[MOST_COLUMNS + 1];
    mirti_survey_design *design;
    int32_t *fold;
} sample;

static void need(mirti_status status, const mirti_error *err) {
    if (status == MIRTI_OK) return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static void *array(size_t count, size_t size) {
    void *block = mirti_new(count, size);
    if (block) return block;
    fprintf(stderr, "out of memory\n");
    exit(70);
}

/* 0/1 traits depend on each other as those of dwellings do, so that few combinations are common. */
static double value_of(mirti_rng *rng, bool numbers, double wealth) {
    if (numbers) return mirti_rng_normal(rng);
    return mirti_rng_uniform(rng) < mirti_logistic(4 * (wealth - 0.7)) ? 1 : 0;
}

static void invent(sample *s, int64_t rows, int columns, bool numbers) {
    *s = (sample){.rows = rows, .columns = columns + 1};
    size_t n = (size_t)rows, p = (size_t)s->columns;
    s->x = array(n * p, sizeof(double));
    s->y = array(n, sizeof(double));
    s->weight = array(n, sizeof(double));
    s->label = array(n, sizeof *s->label);
    s->stratum = array(n, sizeof *s->stratum);
    s->psu = array(n, sizeof *s->psu);
    for (size_t j = 0; j < p; j++) {
        snprintf(s->name_text[j], NAME, "x%d", (int)j);
        s->name[j] = s->name_text[j];
    }
    mirti_rng rng = mirti_rng_at(30, 1, numbers);
    double u = 0;
    for (size_t i = 0; i < n; i++) {
        int psu = (int)(i / PSU_ROWS);
        if (i % PSU_ROWS == 0) u = 0.5 * mirti_rng_normal(&rng);
        double wealth = mirti_rng_normal(&rng) - 1, eta = -1.5 + u;
        for (size_t j = 0; j < p; j++) {
            double v = j == 0 ? 1 : value_of(&rng, numbers, wealth);
            s->x[i * p + j] = v;
            if (j > 0 && j % 2 == 1) eta += 0.6 / (double)j * v;
        }
        s->y[i] = mirti_rng_uniform(&rng) < mirti_logistic(eta);
        s->weight[i] = mirti_exact_exp(0.5 * mirti_rng_normal(&rng));
        snprintf(s->label[i][0], NAME, "h%d", psu / PSUS_IN_STRATUM);
        snprintf(s->label[i][1], NAME, "c%d", psu);
        s->stratum[i] = mirti_str_of(s->label[i][0]);
        s->psu[i] = mirti_str_of(s->label[i][1]);
    }
    mirti_error err = {0};
    need(mirti_survey_design_new(rows, s->weight, s->stratum, s->psu, true, NULL,
                                 MIRTI_LONELY_ADJUST, &s->design, &err),
         &err);
    s->fold = array((size_t)s->design->psus, sizeof *s->fold);
    need(mirti_survey_folds(s->design, NULL, FOLDS, 1, s->fold, &err), &err);
}

static void forget(sample *s) {
    mirti_survey_design_free(s->design);
    void *blocks[] = {s->x, s->y, s->weight, s->label, s->stratum, s->psu, s->fold};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
}

/* Of the wall, and of the processor: on a busy machine only the latter is ours alone. */
static double now(clockid_t of) {
    struct timespec at;
    clock_gettime(of, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static mirti_select_data data_of(const sample *s) {
    return (mirti_select_data){.design = s->design,
                               .x = s->x,
                               .columns = s->columns,
                               .y = s->y,
                               .name = s->name,
                               .fold = s->fold,
                               .folds = FOLDS};
}

static double measure_path(const sample *s, int threads, clockid_t of) {
    int group[MOST_COLUMNS + 1];
    for (int j = 0; j < s->columns; j++)
        group[j] = j - 1;
    const mirti_select_data data = data_of(s);
    const mirti_lasso_options options = {.threads = threads};
    mirti_error err = {0};
    mirti_lasso *lasso;
    double begun = now(of);
    need(mirti_lasso_fit(&data, group, s->columns - 1, NULL, &options, &lasso, &err), &err);
    double seconds = now(of) - begun;
    mirti_lasso_free(lasso);
    return seconds;
}

static double measure_forward(const sample *s, int threads, clockid_t of) {
    mirti_predictor predictor[MOST_COLUMNS] = {0};
    mirti_term term[MOST_COLUMNS];
    int term_of[MOST_COLUMNS + 1];
    mirti_terms terms = {.columns = s->columns,
                         .name = (char **)(uintptr_t)s->name,
                         .predictors = s->columns - 1,
                         .predictor = predictor,
                         .term_of = term_of,
                         .terms = s->columns - 1,
                         .term = term};
    for (int t = 0; t < terms.terms; t++) {
        predictor[t].name = s->name[t + 1];
        term[t] = (mirti_term){.order = 1, .predictor = {t}};
    }
    for (int j = 0; j < s->columns; j++)
        term_of[j] = j - 1;
    const mirti_select_data data = data_of(s);
    const mirti_select_options options = {.method = MIRTI_SELECT_FORWARD,
                                          .lasso = {.threads = threads}};
    mirti_error err = {0};
    mirti_choice *choice;
    double begun = now(of);
    need(mirti_select(&data, &terms, &options, &choice, &err), &err);
    double seconds = now(of) - begun;
    mirti_choice_free(choice);
    return seconds;
}

static void write_csv(const sample *s, const char *folder, const char *name) {
    char *path = mirti_path_join(folder, name);
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) {
        perror(folder);
        exit(5);
    }
    fprintf(file, "fold,w,y");
    for (int j = 1; j < s->columns; j++)
        fprintf(file, ",x%d", j);
    for (int64_t i = 0; i < s->rows; i++) {
        fprintf(file, "\n%d,%.17g,%g", s->fold[s->design->psu[i]] + 1, s->weight[i], s->y[i]);
        for (int j = 1; j < s->columns; j++)
            fprintf(file, ",%.17g", s->x[i * s->columns + j]);
    }
    fputc('\n', file);
    if (fclose(file) != 0) {
        perror(path);
        exit(5);
    }
    mirti_free(path);
}

/* The argument at `index`, or what stands in for it; −1 if it is no number. */
static int64_t number_at(int argc, char **argv, int index, int64_t otherwise) {
    int64_t value;
    if (argc <= index) return otherwise;
    return mirti_integer_parse(mirti_str_of(argv[index]), &value) ? value : -1;
}

int main(int argc, char **argv) {
    static const char *const name[] = {"traits", "numbers"};
    int64_t rows = number_at(argc, argv, 1, 30000), columns = number_at(argc, argv, 2, 20);
    if (rows < 1000 || columns < 2 || columns > MOST_COLUMNS) {
        fprintf(stderr, "usage: bench_select [ROWS [COLUMNS [FOLDER]]]\n");
        return 2;
    }
    printf("%lld rows, %d columns: 100 lambda, %d folds\n", (long long)rows, (int)columns, FOLDS);
    for (int numbers = 0; numbers < 2; numbers++) {
        sample *s = array(1, sizeof *s);
        char file[32];
        invent(s, rows, (int)columns, numbers == 1);
        snprintf(file, sizeof file, "%s.csv", name[numbers]);
        if (argc > 3) write_csv(s, argv[3], file);
        double cpu = measure_path(s, 1, CLOCK_PROCESS_CPUTIME_ID);
        double wall = measure_path(s, 2, CLOCK_MONOTONIC);
        double steps = measure_forward(s, 1, CLOCK_PROCESS_CPUTIME_ID);
        printf(
            "%-8s path %6.2f s of processor with 1 thread, %6.2f s of the wall with 2; forward by "
            "p %6.2f s of processor\n",
            name[numbers], cpu, wall, steps);
        printf("seconds: %s %.6f\n", name[numbers], cpu);
        forget(s);
        mirti_free(s);
    }
    return 0;
}
