/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The expression compiler and its evaluation, on any text.
 *
 * The input is an expression, and behind bytes of value 1 the named expressions d1, d2, d3 that it
 * may use. What is refused must be refused with a message; what is compiled must give, on a small
 * file of persons, values that keep the promises of the header, and the same values when only some
 * rows are asked for.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirti/recode.h"

/** Stops with what was found. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "broken promise: %s\n", #condition);                                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

enum { ROWS = 7, TEXTS = 8, COLUMNS = TEXTS + 2, LONGEST = 4096 };

static const char *const cells[ROWS][TEXTS] = {
    {"1", "1", "1", "40", "1", "Peñón", "", "x y"},
    {"1", "2", "2", "38", "3", "", "", "%"},
    {"1", "3", "3", "14", "1", "aab", "2", "1e3"},
    {"1", "4", "3", "N/D", "9", "İ", "2", "-0"},
    {"2", "1", "1", "99", "", "1.50", "", "a_b"},
    {"", "1", "1", "12", "1", " 12 ", "", "\xF0\x9F\x91\xB6"},
    {"3", "1", "3", "007", "3", "9007199254740993", "1", ""},
};

/** The file of persons; its memory is the caller's. */
typedef struct persons {
    char name[COLUMNS][8];
    mirti_field field[COLUMNS];
    mirti_column column[COLUMNS];
    mirti_str text[TEXTS][ROWS];
    uint8_t valid[COLUMNS][ROWS], truth[ROWS];
    double number[ROWS];
    mirti_batch batch;
} persons;

static void fill(persons *p) {
    static const char *const names[COLUMNS] = {"hh",     "num",   "rel",   "edad",   "sexo",
                                               "nombre", "madre", "blank", "number", "truth"};
    for (int c = 0; c < COLUMNS; c++) {
        mirti_type type = c < TEXTS    ? MIRTI_TYPE_RAW
                          : c == TEXTS ? MIRTI_TYPE_NUMBER
                                       : MIRTI_TYPE_TRUTH;
        snprintf(p->name[c], sizeof p->name[c], "%s", names[c]);
        p->field[c] = (mirti_field){.name = p->name[c], .type = type};
        p->column[c] = (mirti_column){.type = type, .rows = ROWS, .valid = p->valid[c]};
        for (int i = 0; i < ROWS; i++) {
            p->valid[c][i] = c < TEXTS ? cells[i][c][0] != '\0' : i != 3;
            if (c < TEXTS) p->text[c][i] = mirti_str_of(cells[i][c]);
            p->number[i] = i * 1.5 - 3;
            p->truth[i] = (i & 1) != 0;
        }
        if (c < TEXTS) p->column[c].text = p->text[c];
        if (type == MIRTI_TYPE_NUMBER) p->column[c].number = p->number;
        if (type == MIRTI_TYPE_TRUTH) p->column[c].truth = p->truth;
    }
    p->batch = (mirti_batch){
        .first_row = 2, .rows = ROWS, .columns = COLUMNS, .column = p->column, .file = "persons"};
}

/** What the header promises of every error. */
static void check_error(mirti_status status, const mirti_error *err) {
    char message[4096];
    MUST(status == MIRTI_ERROR_INPUT || status == MIRTI_ERROR_MEMORY);
    MUST(err->status == status && err->message[0] != '\0');
    MUST(mirti_utf8_valid(mirti_str_of(err->message), NULL));
    MUST(mirti_utf8_valid(mirti_str_of(err->excerpt), NULL));
    MUST(mirti_utf8_valid(mirti_str_of(err->remedy), NULL));
    if (status == MIRTI_ERROR_INPUT && err->excerpt[0]) MUST(strchr(err->excerpt, '^') != NULL);
    mirti_error_format(err, message, sizeof message);
}

static void check_column(const mirti_column *c, mirti_type type, int64_t rows) {
    MUST(c->type == type && c->rows == rows);
    for (int64_t i = 0; i < rows; i++) {
        MUST(c->valid[i] <= 1);
        if (c->number && c->valid[i]) MUST(isfinite(c->number[i]));
        if (c->truth) MUST(c->truth[i] <= c->valid[i]);
        if (c->text) MUST(c->text[i].data != NULL && mirti_utf8_valid(c->text[i], NULL));
    }
}

static void check_same(const mirti_column *a, int64_t i, const mirti_column *b, int64_t k) {
    MUST(a->valid[i] == b->valid[k]);
    if (!a->valid[i]) return;
    if (a->number) MUST(a->number[i] == b->number[k]);
    if (a->truth) MUST(a->truth[i] == b->truth[k]);
    if (a->text) MUST(mirti_str_equal(a->text[i], b->text[k]));
}

static void evaluate(const mirti_expr *expr, const persons *p) {
    static const int64_t rows[] = {1, 2, 5};
    mirti_arena arena = {0};
    mirti_column all = {0}, some = {0};
    mirti_recode_notes notes = {0};
    mirti_error err = {0};
    mirti_status status = mirti_expr_eval(expr, &p->batch, &arena, &all, &notes, &err);
    if (status != MIRTI_OK) {
        check_error(status, &err); /* only texts that grow too long */
        mirti_arena_reset(&arena);
        return;
    }
    check_column(&all, mirti_expr_type(expr), ROWS);
    if (mirti_expr_eval_many(&expr, 1, &p->batch, rows, 3, &arena, &some, NULL, &err) == MIRTI_OK) {
        check_column(&some, mirti_expr_type(expr), 3);
        for (int64_t k = 0; k < 3; k++)
            check_same(&all, rows[k], &some, k);
    }
    mirti_arena_reset(&arena);
}

static mirti_status declare_household(mirti_scope *scope) {
    char head[] = "1", spouse[] = "2";
    char *heads[] = {head}, *spouses[] = {spouse};
    const mirti_household h = {.key = {.text = "hh"},
                               .relationship = {.text = "rel"},
                               .heads = 1,
                               .head = heads,
                               .spouses = 1,
                               .spouse = spouses,
                               .person = {.text = "num"},
                               .mother = {.text = "madre"}};
    return mirti_scope_household(scope, &h, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[LONGEST + 1], name[8];
    char missing[] = "99";
    char *codes[] = {missing};
    persons p;
    mirti_scope *scope = NULL;
    if (size > LONGEST) return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    fill(&p);
    MUST(mirti_scope_new(p.field, COLUMNS, &scope, NULL) == MIRTI_OK);
    MUST(mirti_scope_missing(scope, "edad", codes, 1, NULL) == MIRTI_OK);
    MUST(declare_household(scope) == MIRTI_OK);
    char *part = strchr(text, 1);
    if (part) *part++ = '\0';
    for (int i = 1; part && i < 100; i++) {
        char *next = strchr(part, 1);
        if (next) *next++ = '\0';
        snprintf(name, sizeof name, "d%d", i);
        MUST(mirti_scope_define(scope, name, part, NULL, NULL) == MIRTI_OK);
        part = next;
    }
    for (int want = MIRTI_TYPE_RAW; want <= MIRTI_TYPE_TRUTH; want++) {
        mirti_expr *expr = NULL;
        mirti_error err = {0};
        mirti_status status = mirti_expr_compile(scope, text, (mirti_type)want, NULL, &expr, &err);
        MUST((status == MIRTI_OK) == (expr != NULL));
        if (status == MIRTI_OK)
            evaluate(expr, &p);
        else
            check_error(status, &err);
        if (expr && want != MIRTI_TYPE_RAW) MUST(mirti_expr_type(expr) == (mirti_type)want);
        mirti_expr_free(expr);
    }
    mirti_scope_free(scope);
    return 0;
}
