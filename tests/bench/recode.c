/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast expressions are: persons as in a census, twelve columns, the filter and the predictors
 * of a model, and household features. Prints nanoseconds per person and expression, of the quickest
 * batch, because other programs disturb the rest; nothing is asserted.
 *
 *   bench_recode [BATCHES]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mirti/recode.h"

enum { ROWS = 4096, COLUMNS = 12 };

static const char *const names[COLUMNS] = {"id_viv",     "numper",      "sexo",    "edad",
                                           "parentesco", "ident_madre", "hlengua", "asisten",
                                           "escolari",   "piso",        "agua",    "conact"};

typedef struct persons {
    char cell[COLUMNS][ROWS][16];
    mirti_str text[COLUMNS][ROWS];
    uint8_t valid[COLUMNS][ROWS];
    mirti_column column[COLUMNS];
    mirti_field field[COLUMNS];
    char name[COLUMNS][16];
    mirti_batch batch;
} persons;

static void put(persons *p, int column, int row, const char *form, int value) {
    snprintf(p->cell[column][row], sizeof p->cell[column][row], form, value);
    p->text[column][row] = mirti_str_of(p->cell[column][row]);
    p->valid[column][row] = p->cell[column][row][0] != '\0';
}

static void fill(persons *p) {
    mirti_rng rng = mirti_rng_at(1, 1, 1);
    int household = 0, person = 0, size = 0;
    for (int i = 0; i < ROWS; i++) {
        if (person == size) {
            household++;
            person = 0;
            size = 1 + (int)mirti_rng_below(&rng, 7);
        }
        person++;
        int age = person < 3 ? 20 + (int)mirti_rng_below(&rng, 60) : (int)mirti_rng_below(&rng, 25);
        put(p, 0, i, "320550%06d", household);
        put(p, 1, i, "%d", person);
        put(p, 2, i, "%d", mirti_rng_below(&rng, 2) ? 1 : 3);
        put(p, 3, i, "%d", age);
        put(p, 4, i, "%d", person == 1 ? 101 : person == 2 ? 201 : 301);
        put(p, 5, i, "%d", person > 2 ? 2 : 96);
        put(p, 6, i, "%d", mirti_rng_below(&rng, 10) ? 3 : 1);
        put(p, 7, i, age < 3 ? "%.0d" : "%d", age < 3 ? 0 : 5 + 2 * (int)mirti_rng_below(&rng, 2));
        put(p, 8, i, "%d", (int)mirti_rng_below(&rng, 20));
        put(p, 9, i, "%d", 1 + (int)mirti_rng_below(&rng, 3));
        put(p, 10, i, "%d", 1 + (int)mirti_rng_below(&rng, 7));
        put(p, 11, i, age < 12 ? "%.0d" : "%d", age < 12 ? 0 : 10 + (int)mirti_rng_below(&rng, 10));
    }
    for (int c = 0; c < COLUMNS; c++) {
        snprintf(p->name[c], sizeof p->name[c], "%s", names[c]);
        p->field[c] = (mirti_field){.name = p->name[c], .type = MIRTI_TYPE_RAW};
        p->column[c] = (mirti_column){
            .type = MIRTI_TYPE_RAW, .rows = ROWS, .valid = p->valid[c], .text = p->text[c]};
    }
    p->batch = (mirti_batch){
        .first_row = 2, .rows = ROWS, .columns = COLUMNS, .column = p->column, .file = "persons"};
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/** What is measured: expressions that are evaluated together. */
typedef struct workload {
    const char *title;
    const char *text[12];
} workload;

static const workload workloads[] = {
    {"code = 'x'", {"sexo = '1'"}},
    {"number = n", {"sexo = 1"}},
    {"number between", {"edad BETWEEN 12 AND 17"}},
    {"IN texts", {"agua IN ('1', '2', '3')"}},
    {"IN numbers", {"agua IN (1, 2, 3)"}},
    {"arithmetic", {"(edad - 12) * 0.25 + escolari / 2"}},
    {"CASE to text", {"CASE WHEN edad < 15 THEN '12-14' ELSE '15-17' END"}},
    {"MAP to text",
     {"MAP(edad, 0..11 -> '0-11', 12..14 -> '12-14', 15..17 -> '15-17', ELSE '18+')"}},
    {"join", {"id_viv || numper"}},
    {"LPAD", {"LPAD(numper, 3, '0')"}},
    {"a model: filter and ten variables",
     {"edad BETWEEN 12 AND 17", "CASE WHEN edad < 15 THEN '12-14' ELSE '15-17' END",
      "CASE sexo WHEN '1' THEN 'man' WHEN '3' THEN 'woman' END", "asisten = '7'", "hlengua = '1'",
      "piso = '1'", "agua NOT IN ('1', '2')", "conact BETWEEN 10 AND 16",
      "NULLIF(escolari, 99) + 0", "LEFT(id_viv, 5)", "edad >= 15 AND conact = 10"}},
    {"household features",
     {"head(NULLIF(escolari, 99))", "hh_count(edad < 5)", "mother(escolari)", "hh_mean(edad)"}},
};

static void measure(const persons *p, const workload *w, int batches) {
    char head[] = "101", spouse[] = "201";
    char *heads[] = {head}, *spouses[] = {spouse};
    const mirti_household h = {.key = {.text = "id_viv"},
                               .relationship = {.text = "parentesco"},
                               .heads = 1,
                               .head = heads,
                               .spouses = 1,
                               .spouse = spouses,
                               .person = {.text = "numper"},
                               .mother = {.text = "ident_madre"}};
    mirti_scope *scope = NULL;
    mirti_expr *expr[12] = {NULL};
    mirti_arena arena = {0};
    mirti_recode_notes notes = {0};
    mirti_error err = {0};
    int count = 0;
    double known = 0;
    mirti_status status = mirti_scope_new(p->field, COLUMNS, &scope, &err);
    if (status == MIRTI_OK) status = mirti_scope_household(scope, &h, &err);
    for (; status == MIRTI_OK && count < 12 && w->text[count]; count++)
        status =
            mirti_expr_compile(scope, w->text[count], MIRTI_TYPE_RAW, NULL, &expr[count], &err);
    double best = 1e9;
    for (int b = 0; b < batches && status == MIRTI_OK; b++) {
        mirti_column out[12];
        double start = seconds();
        mirti_arena_rewind(&arena);
        status = mirti_expr_eval_many((const mirti_expr *const *)expr, count, &p->batch, NULL, 0,
                                      &arena, out, &notes, &err);
        double time = seconds() - start;
        if (time < best) best = time;
        known += status == MIRTI_OK ? out[0].valid[b % ROWS] : 0;
    }
    if (status != MIRTI_OK) {
        printf("%s: %s\n", w->title, err.message);
    } else {
        printf(
            "%-36s %7.2f ns per person, %6.2f per person and expression, %7.1f million persons/s\n",
            w->title, best / ROWS * 1e9, best / ROWS / count * 1e9, ROWS / best * 1e-6);
    }
    for (int i = 0; i < count; i++)
        mirti_expr_free(expr[i]);
    mirti_arena_reset(&arena);
    mirti_scope_free(scope);
    if (known < 0) puts("impossible");
}

int main(int argc, char **argv) {
    static persons p;
    int batches = argc > 1 ? atoi(argv[1]) : 500;
    fill(&p);
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++)
        measure(&p, &workloads[i], batches);
    return 0;
}
