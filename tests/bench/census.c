/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scan of a census: persons in CSV, 84 columns of which twelve are used; a filter by age, seven
 * predictors written as expressions, a logit score, and weighted sums by municipality. The same
 * with two predictors that look at the household: its head's schooling, its children under five.
 * tests/bench/census_scan runs it beside DuckDB and R data.table on the same file.
 *
 *   bench_census write FILE ROWS          makes the file: households of four, one after the other
 *   bench_census scan FILE THREADS        prints "seconds N" and, per municipality, persons and
 *                                         expected cases
 *   bench_census households FILE THREADS  the same with the predictors of households
 *   bench_census count FILE               prints "seconds N": every byte read, every delimiter
 *                                         counted
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mirti/recode.h"
#include "mirti/table.h"

enum { COLUMNS = 84, MUNICIPALITIES = 1000, MOST_THREADS = 64 };

static const char *const names[] = {"ENT",      "MUN",    "ID_VIV",     "ID_PERSONA", "FACTOR",
                                    "SEXO",     "EDAD",   "PARENTESCO", "HLENGUA",    "ASISTEN",
                                    "ESCOACUM", "CONACT", "PISOS",      "INTERNET"};
enum { NAMED = sizeof names / sizeof *names };

/* Those of households come last. */
static const struct predictor {
    const char *text;
    mirti_type type;
    double coefficient;
} predictors[] = {{"SEXO = '3'", MIRTI_TYPE_TRUTH, -0.7},
                  {"EDAD >= 12", MIRTI_TYPE_TRUTH, 1.4},
                  {"HLENGUA = '1'", MIRTI_TYPE_TRUTH, 0.3},
                  {"ASISTEN = '3'", MIRTI_TYPE_TRUTH, 1.1},
                  {"COALESCE(ESCOACUM < 6, FALSE)", MIRTI_TYPE_TRUTH, 0.4},
                  {"PISOS = '1'", MIRTI_TYPE_TRUTH, 0.5},
                  {"INTERNET = '7'", MIRTI_TYPE_TRUTH, -0.2},
                  {"COALESCE(head(ESCOACUM) < 6, FALSE)", MIRTI_TYPE_TRUTH, 0.3},
                  {"hh_count(EDAD < 5)", MIRTI_TYPE_NUMBER, 0.15}};
enum { ALL_PREDICTORS = sizeof predictors / sizeof *predictors, OF_PERSONS = ALL_PREDICTORS - 2 };
static const double intercept = -3.0;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int die(const mirti_error *err) {
    char text[1500];
    mirti_error_format(err, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    return 1;
}

/* ------------------------------------------------------------------------------------- writing -- */

static void write_person(FILE *file, mirti_rng *rng, long row) {
    bool head = row % 4 == 0;
    int age = head ? 15 + (int)mirti_rng_below(rng, 75) : (int)mirti_rng_below(rng, 60);
    int relation = head ? 101 : 201 + 100 * (int)mirti_rng_below(rng, 2);
    fprintf(file, "31,%03ld,31055%07ld,31055%07ld%05ld,%d,%d,%03d,%d,%d", row / 400 % 106 + 1,
            row / 4, row / 4, row % 4 + 1, 1 + (int)mirti_rng_below(rng, 60),
            mirti_rng_below(rng, 2) ? 1 : 3, age, relation, mirti_rng_below(rng, 5) ? 3 : 1);
    if (age < 3) fputs(",,", file);
    if (age >= 3)
        fprintf(file, ",%d,%02d", mirti_rng_below(rng, 4) ? 1 : 3, (int)mirti_rng_below(rng, 20));
    if (age < 12) fputs(",", file);
    if (age >= 12) fprintf(file, ",%d", 10 + (int)mirti_rng_below(rng, 10));
    fprintf(file, ",%d,%d", 1 + (int)mirti_rng_below(rng, 3), 7 + (int)mirti_rng_below(rng, 2));
    for (int i = NAMED; i < COLUMNS; i++) {
        uint32_t kind = mirti_rng_below(rng, 10);
        fprintf(file, kind == 0 ? "," : kind == 1 ? ",%04d" : ",%d", (int)mirti_rng_below(rng, 9));
    }
    fputs("\n", file);
}

static int write_census(const char *path, long rows) {
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        return 1;
    }
    for (int i = 0; i < COLUMNS; i++) {
        if (i < NAMED) fprintf(file, "%s%s", i > 0 ? "," : "", names[i]);
        if (i >= NAMED) fprintf(file, ",C%d", i);
    }
    fputs("\n", file);
    mirti_rng rng = mirti_rng_at(1, 2, 3);
    for (long row = 0; row < rows; row++)
        write_person(file, &rng, row);
    return fclose(file) == 0 ? 0 : 1;
}

/* ------------------------------------------------------------------------------------ scanning -- */

/* What one thread adds up. Whole numbers, so that no order matters: risks in billionths. */
typedef struct sums {
    int64_t persons[MUNICIPALITIES], risk[MUNICIPALITIES];
    mirti_arena arena;
} sums;

typedef struct scan {
    mirti_expr *filter;
    int predictors;
    mirti_expr *expr[ALL_PREDICTORS + 2]; /* municipality, weight, predictors */
    sums *worker;
} scan;

static mirti_status add_batch(mirti_batch *batch, int64_t number, int worker, void *context,
                              mirti_error *err) {
    (void)number;
    const scan *s = context;
    sums *mine = &s->worker[worker];
    mirti_column filter, value[ALL_PREDICTORS + 2];
    mirti_arena_rewind(&mine->arena);
    MIRTI_TRY(mirti_expr_eval(s->filter, batch, &mine->arena, &filter, NULL, err));
    int64_t *row = mirti_arena_new(&mine->arena, (size_t)batch->rows * sizeof *row);
    if (!row) return mirti_fail_memory(err, "rows");
    int64_t rows = 0;
    for (int64_t i = 0; i < batch->rows; i++) {
        row[rows] = i;
        rows += filter.valid[i] & filter.truth[i];
    }
    MIRTI_TRY(mirti_expr_eval_many((const mirti_expr *const *)s->expr, s->predictors + 2, batch,
                                   row, rows, &mine->arena, value, NULL, err));
    for (int64_t i = 0; i < rows; i++) {
        double score = intercept;
        for (int k = 0; k < s->predictors; k++) {
            const mirti_column *x = &value[2 + k];
            score +=
                predictors[k].coefficient * (x->truth ? x->truth[i] & x->valid[i] : x->number[i]);
        }
        int municipality = (int)value[0].number[i];
        int64_t weight = (int64_t)value[1].number[i];
        mine->persons[municipality] += weight;
        mine->risk[municipality] += weight * (int64_t)(1e9 * mirti_logistic(score) + 0.5);
    }
    return MIRTI_OK;
}

static mirti_status declare_household(mirti_scope *scope, mirti_error *err) {
    char head[] = "101";
    char *heads[] = {head};
    const mirti_household household = {.key = {.text = "ID_VIV"},
                                       .relationship = {.text = "PARENTESCO"},
                                       .heads = 1,
                                       .head = heads};
    return mirti_scope_household(scope, &household, err);
}

static mirti_status compile(scan *s, mirti_source *source, mirti_scope **scope, mirti_error *err) {
    int count = 0;
    const mirti_field *field = mirti_source_fields(source, &count);
    MIRTI_TRY(mirti_scope_new(field, count, scope, err));
    if (s->predictors > OF_PERSONS) MIRTI_TRY(declare_household(*scope, err));
    MIRTI_TRY(mirti_expr_compile(*scope, "EDAD BETWEEN 5 AND 17", MIRTI_TYPE_TRUTH, NULL,
                                 &s->filter, err));
    MIRTI_TRY(mirti_expr_compile(*scope, "MUN", MIRTI_TYPE_NUMBER, NULL, &s->expr[0], err));
    MIRTI_TRY(mirti_expr_compile(*scope, "FACTOR", MIRTI_TYPE_NUMBER, NULL, &s->expr[1], err));
    for (int k = 0; k < s->predictors; k++)
        MIRTI_TRY(mirti_expr_compile(*scope, predictors[k].text, predictors[k].type, NULL,
                                     &s->expr[2 + k], err));
    return MIRTI_OK;
}

static mirti_status select_columns(const mirti_scope *scope, mirti_source *source,
                                   mirti_error *err) {
    int count = COLUMNS, column[COLUMNS];
    mirti_scope_columns(scope, column, &count);
    return mirti_source_select(source, column, count, err);
}

static mirti_status read_all(scan *s, mirti_source *source, mirti_scope *scope, int threads,
                             mirti_error *err) {
    if (s->predictors == OF_PERSONS) {
        MIRTI_TRY(select_columns(scope, source, err));
        return mirti_source_each(source, threads, add_batch, s, err);
    }
    mirti_household_reader *reader;
    MIRTI_TRY(mirti_household_reader_new(source, scope, &reader, err));
    mirti_status status = select_columns(scope, source, err);
    if (status == MIRTI_OK)
        status = mirti_household_reader_each(reader, threads, add_batch, s, err);
    mirti_household_reader_free(reader);
    return status;
}

static void print_sums(const scan *s) {
    for (int m = 0; m < MUNICIPALITIES; m++) {
        int64_t persons = 0, risk = 0;
        for (int w = 0; w < MOST_THREADS; w++) {
            persons += s->worker[w].persons[m];
            risk += s->worker[w].risk[m];
        }
        if (persons > 0) printf("%d %lld %.4f\n", m, (long long)persons, (double)risk / 1e9);
    }
}

static int scan_census(const char *path, int count, int threads) {
    scan s = {.predictors = count, .worker = calloc(MOST_THREADS, sizeof *s.worker)};
    mirti_source *source = NULL;
    mirti_scope *scope = NULL;
    mirti_error err = {0};
    double begin = now();
    mirti_status status =
        s.worker ? mirti_source_open(&(mirti_source_options){.path = path}, &source, &err)
                 : mirti_fail_memory(&err, "sums");
    if (status == MIRTI_OK) status = compile(&s, source, &scope, &err);
    if (status == MIRTI_OK) status = read_all(&s, source, scope, threads, &err);
    printf("seconds %.3f\n", now() - begin);
    if (status == MIRTI_OK) print_sums(&s);
    for (int w = 0; s.worker && w < MOST_THREADS; w++)
        mirti_arena_reset(&s.worker[w].arena);
    mirti_expr_free(s.filter);
    for (int k = 0; k < s.predictors + 2; k++)
        mirti_expr_free(s.expr[k]);
    mirti_scope_free(scope);
    mirti_source_close(source);
    free(s.worker);
    return status == MIRTI_OK ? 0 : die(&err);
}

/* Nobody reads a file faster than this loop, which the compiler makes of vector instructions. */
static int count_delimiters(const char *path) {
    enum { PIECE = 1 << 18 };
    static char buffer[PIECE];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return 1;
    }
    setvbuf(file, NULL, _IONBF, 0);
    double begin = now();
    int64_t count = 0;
    size_t got;
    while ((got = fread(buffer, 1, PIECE, file)) > 0) {
        int piece = 0;
        for (size_t i = 0; i < got; i++)
            piece += buffer[i] == ',';
        count += piece;
    }
    printf("seconds %.3f\n%lld delimiters\n", now() - begin, (long long)count);
    fclose(file);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "write") == 0)
        return write_census(argv[2], strtol(argv[3], NULL, 10));
    if (argc == 4 && strcmp(argv[1], "scan") == 0)
        return scan_census(argv[2], OF_PERSONS, (int)strtol(argv[3], NULL, 10));
    if (argc == 4 && strcmp(argv[1], "households") == 0)
        return scan_census(argv[2], ALL_PREDICTORS, (int)strtol(argv[3], NULL, 10));
    if (argc == 3 && strcmp(argv[1], "count") == 0) return count_delimiters(argv[2]);
    fputs("usage: bench_census write FILE ROWS | scan FILE THREADS | households FILE THREADS |\n"
          "                    count FILE\n",
          stderr);
    return 2;
}
