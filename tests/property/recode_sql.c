/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random expressions, evaluated by the engine and by SQLite.
 *
 *   property_recode_sql SQLITE3 SCRIPT SEED COUNT
 *
 * A table of numbers, texts and missing values is drawn, then COUNT expressions, each with a
 * spelling for either side. Where both have the same precedence, parentheses are left out by
 * chance, so that the parsers are compared as well. What the two languages define differently
 * (division of integers, case in LIKE, text compared with numbers) is spelled so that the same is
 * meant.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirti/recode.h"

enum {
    ROWS = 60,
    NUMBERS = 3,
    TEXTS = 3,
    HOUSEHOLD = NUMBERS + TEXTS,
    RELATIONSHIP,
    COLUMNS,
    LONGEST = 1 << 15
};

/** How tightly an expression binds; an operand that binds less tightly than its operator asks for
 * gets parentheses. */
enum { LOOSE_OR, LOOSE_AND, LOOSE_NOT, COMPARED, SUMMED, MULTIPLIED, ATOM };

/** The random numbers, and whether the expression in hand stands within a household function, where
 * SQL allows no other. */
typedef struct drawer {
    mirti_rng rng;
    bool within;
} drawer;

static uint32_t below(drawer *d, uint32_t n) {
    return mirti_rng_below(&d->rng, n);
}

/** An expression in both spellings. */
typedef struct pair {
    char engine[LONGEST], sql[LONGEST];
    int binds;
} pair;

typedef struct table {
    char cell[COLUMNS][ROWS][16];
    mirti_str text[COLUMNS][ROWS];
    uint8_t valid[COLUMNS][ROWS];
    mirti_column column[COLUMNS];
    mirti_field field[COLUMNS];
    mirti_batch batch;
} table;

static char names[COLUMNS][4] = {"n1", "n2", "n3", "t1", "t2", "t3", "hh", "rel"};

/* ---------------------------------------------------------------------------------------- table -- */

static void draw_table(table *t, drawer *rng) {
    static const char *const words[] = {"",    "a", "b",   "ab", "ba", "aab", "ñ",
                                        "aña", "B", "a b", " a", "a%", "a_b", "1"};
    int household = 0, left = 0, heads = 0;
    for (int i = 0; i < ROWS; i++, left--) {
        if (left == 0) {
            household++;
            left = 1 + (int)below(rng, 5);
            heads = 0;
        }
        /* At most one head, somewhere. */
        bool head = heads == 0 && below(rng, 2) == 0;
        heads += head;
        snprintf(t->cell[HOUSEHOLD][i], 16, "h%d", household);
        snprintf(t->cell[RELATIONSHIP][i], 16, "%d", head ? 1 : 3);
    }
    for (int c = 0; c < COLUMNS; c++) {
        for (int i = 0; c < HOUSEHOLD && i < ROWS; i++) {
            t->valid[c][i] = below(rng, 5) > 0;
            if (c < NUMBERS) {
                int x = (int)below(rng, 25) - 8;
                snprintf(t->cell[c][i], 16, below(rng, 4) ? "%d" : "%d.5", x);
                if (x == 7) snprintf(t->cell[c][i], 16, " 07");
            } else {
                snprintf(t->cell[c][i], 16, "%s", words[below(rng, sizeof words / sizeof *words)]);
            }
        }
        for (int i = 0; i < ROWS; i++) {
            if (c >= HOUSEHOLD) t->valid[c][i] = 1;
            t->text[c][i] = mirti_str_of(t->cell[c][i]);
        }
        t->field[c] = (mirti_field){.name = names[c], .type = MIRTI_TYPE_RAW};
        t->column[c] = (mirti_column){
            .type = MIRTI_TYPE_RAW, .rows = ROWS, .valid = t->valid[c], .text = t->text[c]};
    }
    t->batch = (mirti_batch){
        .first_row = 1, .rows = ROWS, .columns = COLUMNS, .column = t->column, .file = "drawn"};
}

static void write_table(const table *t, FILE *script) {
    fputs("PRAGMA case_sensitive_like = ON;\n.nullvalue NULL\n.mode list\n", script);
    fputs("CREATE TABLE t(n1 REAL, n2 REAL, n3 REAL, t1 TEXT, t2 TEXT, t3 TEXT, hh TEXT, rel "
          "TEXT);\nBEGIN;\n",
          script);
    for (int i = 0; i < ROWS; i++) {
        fputs("INSERT INTO t VALUES(", script);
        for (int c = 0; c < COLUMNS; c++) {
            const char *quote = c < NUMBERS ? "" : "'";
            if (c > 0) fputs(", ", script);
            if (t->valid[c][i])
                fprintf(script, "%s%s%s", quote, t->cell[c][i], quote);
            else
                fputs("NULL", script);
        }
        fputs(");\n", script);
    }
    fputs("COMMIT;\n", script);
}

/* ------------------------------------------------------------------------------------ expressions -- */

static void draw_number(drawer *rng, int depth, pair *out);
static void draw_text(drawer *rng, int depth, pair *out);
static void draw_truth(drawer *rng, int depth, pair *out);

/** Formats both spellings. `%s` stands for the operands, in order. */
static void spell(pair *out, int binds, const char *engine, const char *sql, const pair *a,
                  const pair *b, const pair *c) {
    snprintf(out->engine, LONGEST, engine, a ? a->engine : "", b ? b->engine : "",
             c ? c->engine : "");
    snprintf(out->sql, LONGEST, sql, a ? a->sql : "", b ? b->sql : "", c ? c->sql : "");
    out->binds = binds;
}

/** Puts parentheses where they are needed, and sometimes where they are not. */
static void operand(drawer *rng, pair *p, int binds) {
    if (p->binds >= binds && below(rng, 4) > 0) return;
    pair *copy = malloc(sizeof *copy);
    *copy = *p;
    spell(p, ATOM, "(%s)", "(%s)", copy, NULL, NULL);
    free(copy);
}

/** Three operands of an expression. */
typedef struct operands {
    pair a, b, c;
} operands;

static void number_leaf(drawer *rng, pair *out) {
    char engine[32], sql[32];
    int x = (int)below(rng, 12);
    if (below(rng, 3) > 0) {
        const char *name = names[below(rng, NUMBERS)];
        /* A raw column is a number only where one is asked for. */
        snprintf(engine, sizeof engine, "CAST(%s AS NUMBER)", name);
        spell(out, ATOM, engine, name, NULL, NULL, NULL);
        return;
    }
    snprintf(engine, sizeof engine, below(rng, 3) ? "%d" : "%d.5", x);
    snprintf(sql, sizeof sql, strchr(engine, '.') ? "%s" : "%s.0", engine);
    spell(out, ATOM, engine, sql, NULL, NULL, NULL);
}

#define OVER " OVER (PARTITION BY hh)"

/** A function over the household, of a number. */
static void household_number(drawer *rng, int depth, pair *out) {
    static const char *const engine[] = {"hh_sum(%s)", "hh_mean(%s)", "hh_min(%s)", "hh_max(%s)",
                                         "head(%s)"};
    static const char *const sql[] = {"sum(%s)" OVER, "avg(%s)" OVER, "min(%s)" OVER,
                                      "max(%s)" OVER, "max(CASE WHEN rel = '1' THEN %s END)" OVER};
    pair *x = malloc(sizeof *x);
    uint32_t kind = below(rng, 6);
    rng->within = true;
    if (kind < 5) {
        draw_number(rng, depth - 1, x);
        spell(out, ATOM, engine[kind], sql[kind], x, NULL, NULL);
    } else {
        draw_truth(rng, depth - 1, x);
        spell(out, ATOM, "hh_count(%s)", "(count(CASE WHEN %s THEN 1 END)" OVER " * 1.0)", x, NULL,
              NULL);
    }
    rng->within = false;
    free(x);
}

static void household_truth(drawer *rng, int depth, pair *out) {
    pair *x = malloc(sizeof *x);
    rng->within = true;
    draw_truth(rng, depth - 1, x);
    rng->within = false;
    bool any = below(rng, 2) == 0;
    snprintf(out->engine, LONGEST, any ? "hh_any(%s)" : "hh_all(%s)", x->engine);
    snprintf(out->sql, LONGEST,
             "CASE WHEN %s(%s)" OVER " = %d THEN %d WHEN count(%s)" OVER " = count(*)" OVER
             " THEN %d ELSE NULL END",
             any ? "max" : "min", x->sql, any, any, x->sql, !any);
    out->binds = ATOM;
    free(x);
}

static void draw_number(drawer *rng, int depth, pair *out) {
    if (depth > 1 && !rng->within && below(rng, 8) == 0) {
        household_number(rng, depth, out);
        return;
    }
    if (depth <= 0) {
        number_leaf(rng, out);
        return;
    }
    operands *o = malloc(sizeof *o);
    uint32_t kind = below(rng, 16);
    if (kind < 5) {
        static const char *const signs[] = {"%s + %s", "%s - %s", "%s * %s", "%s / %s", "%s - %s"};
        int binds = kind < 2 || kind == 4 ? SUMMED : MULTIPLIED;
        draw_number(rng, depth - 1, &o->a);
        draw_number(rng, depth - 1, &o->b);
        operand(rng, &o->a, binds);
        operand(rng, &o->b, binds + 1);
        spell(out, binds, signs[kind], signs[kind], &o->a, &o->b, NULL);
    } else if (kind < 9) {
        static const char *const engine[] = {"ABS(%s)", "ROUND(%s)", "SIGN(%s)", "- (%s)"};
        static const char *const sql[] = {"abs(%s)", "round(%s)", "(sign(%s) * 1.0)", "- (%s)"};
        draw_number(rng, depth - 1, &o->a);
        spell(out, kind == 8 ? MULTIPLIED : ATOM, engine[kind - 5], sql[kind - 5], &o->a, NULL,
              NULL);
    } else if (kind < 12) {
        static const char *const engine[] = {"COALESCE(%s, %s)", "LEAST(%s, %s)",
                                             "GREATEST(%s, %s)"};
        static const char *const sql[] = {"coalesce(%s, %s)", "min(%s, %s)", "max(%s, %s)"};
        draw_number(rng, depth - 1, &o->a);
        draw_number(rng, depth - 1, &o->b);
        spell(out, ATOM, engine[kind - 9], sql[kind - 9], &o->a, &o->b, NULL);
    } else if (kind == 12) {
        draw_text(rng, depth - 1, &o->a);
        spell(out, ATOM, "LENGTH(%s)", "(length(%s) * 1.0)", &o->a, NULL, NULL);
    } else if (kind == 13) {
        draw_truth(rng, depth - 1, &o->a);
        spell(out, SUMMED, "(%s) + 0", "(%s) + 0.0", &o->a, NULL, NULL);
    } else if (kind == 14) {
        draw_number(rng, depth - 1, &o->a);
        draw_number(rng, depth - 1, &o->b);
        spell(out, ATOM, "NULLIF(%s, %s)", "nullif(%s, %s)", &o->a, &o->b, NULL);
    } else {
        draw_truth(rng, depth - 1, &o->a);
        draw_number(rng, depth - 1, &o->b);
        draw_number(rng, depth - 1, &o->c);
        spell(out, ATOM, "CASE WHEN %s THEN %s ELSE %s END", "CASE WHEN %s THEN %s ELSE %s END",
              &o->a, &o->b, &o->c);
    }
    free(o);
}

static void text_leaf(drawer *rng, pair *out) {
    static const char *const literals[] = {"'a'", "'b'", "'ab'", "''", "'ñ'", "'it''s'"};
    char engine[32];
    if (below(rng, 3) > 0) {
        const char *name = names[NUMBERS + below(rng, TEXTS)];
        snprintf(engine, sizeof engine, "CAST(%s AS TEXT)", name);
        spell(out, ATOM, engine, name, NULL, NULL, NULL);
        return;
    }
    const char *literal = literals[below(rng, sizeof literals / sizeof *literals)];
    spell(out, ATOM, literal, literal, NULL, NULL, NULL);
}

static void draw_text(drawer *rng, int depth, pair *out) {
    if (depth <= 0) {
        text_leaf(rng, out);
        return;
    }
    operands *o = malloc(sizeof *o);
    uint32_t kind = below(rng, 9);
    draw_text(rng, depth - 1, &o->a);
    if (kind < 2) {
        draw_text(rng, depth - 1, &o->b);
        operand(rng, &o->a, ATOM);
        operand(rng, &o->b, ATOM);
        spell(out, ATOM, "(%s || %s)", "(%s || %s)", &o->a, &o->b, NULL);
    } else if (kind == 2) {
        spell(out, ATOM, "TRIM(%s)", "trim(%s)", &o->a, NULL, NULL);
    } else if (kind == 3) {
        char form[64];
        snprintf(form, sizeof form, "SUBSTR(%%s, %d, %d)", (int)below(rng, 7) - 2,
                 (int)below(rng, 4));
        spell(out, ATOM, form, form, &o->a, NULL, NULL);
    } else if (kind == 4) {
        draw_text(rng, 0, &o->b);
        spell(out, ATOM, "REPLACE(%s, 'a', %s)", "replace(%s, 'a', %s)", &o->a, &o->b, NULL);
    } else if (kind == 5) {
        draw_text(rng, depth - 1, &o->b);
        spell(out, ATOM, "COALESCE(%s, %s)", "coalesce(%s, %s)", &o->a, &o->b, NULL);
    } else if (kind == 6) {
        draw_number(rng, 0, &o->b);
        snprintf(out->engine, LONGEST,
                 "MAP(%s, 1 -> 'one', 2|3 -> 'b', 4..9 -> NULL, NULL -> 'none', ELSE 'else')",
                 o->b.engine);
        snprintf(out->sql, LONGEST,
                 "CASE WHEN %s = 1 THEN 'one' WHEN %s IN (2, 3) THEN 'b' WHEN %s BETWEEN 4 AND 9 "
                 "THEN NULL "
                 "WHEN %s IS NULL THEN 'none' ELSE 'else' END",
                 o->b.sql, o->b.sql, o->b.sql, o->b.sql);
        out->binds = ATOM;
    } else {
        draw_truth(rng, depth - 1, &o->b);
        draw_text(rng, depth - 1, &o->c);
        spell(out, ATOM, "IF(%s, %s, %s)", "iif(%s, %s, %s)", &o->b, &o->a, &o->c);
    }
    free(o);
}

static void draw_comparison(drawer *rng, int depth, pair *out) {
    static const char *const compare[] = {"%s = %s",  "%s <> %s", "%s < %s",
                                          "%s <= %s", "%s > %s",  "%s >= %s"};
    operands *o = malloc(sizeof *o);
    uint32_t kind = below(rng, 7), sign = below(rng, 6);
    bool texts = below(rng, 2) == 0;
    void (*draw)(drawer *, int, pair *) = texts ? draw_text : draw_number;
    draw(rng, depth - 1, &o->a);
    operand(rng, &o->a, SUMMED);
    if (kind < 3) {
        draw(rng, depth - 1, &o->b);
        operand(rng, &o->b, SUMMED);
        spell(out, COMPARED, compare[sign], compare[sign], &o->a, &o->b, NULL);
    } else if (kind == 3) {
        const char *form = sign < 3 ? "%s BETWEEN %s AND %s" : "%s NOT BETWEEN %s AND %s";
        draw(rng, depth - 1, &o->b);
        draw(rng, depth - 1, &o->c);
        operand(rng, &o->b, SUMMED);
        operand(rng, &o->c, SUMMED);
        spell(out, COMPARED, form, form, &o->a, &o->b, &o->c);
    } else if (kind == 4) {
        static const char *const lists[2][3] = {
            {"%s IN (1, 2.5, -3, 7)", "%s NOT IN (0, 1, 5)", "%s IN (3, NULL, 4)"},
            {"%s IN ('a', 'ab', '')", "%s NOT IN ('a', 'b')", "%s NOT IN ('ba', NULL)"}};
        spell(out, COMPARED, lists[texts][sign / 2], lists[texts][sign / 2], &o->a, NULL, NULL);
    } else if (kind == 5) {
        const char *form = sign < 3 ? "%s IS NULL" : "%s IS NOT NULL";
        spell(out, COMPARED, form, form, &o->a, NULL, NULL);
    } else {
        static const char *const like[] = {
            "%s LIKE 'a%%'",  "%s LIKE '%%a%%b%%'",         "%s NOT LIKE '_b'",
            "%s LIKE '_%%_'", "%s LIKE '%%!%%' ESCAPE '!'", "%s LIKE '%%!_b' ESCAPE '!'"};
        draw_text(rng, depth - 1, &o->a);
        operand(rng, &o->a, SUMMED);
        spell(out, COMPARED, like[sign], like[sign], &o->a, NULL, NULL);
    }
    free(o);
}

static void draw_truth(drawer *rng, int depth, pair *out) {
    if (depth > 1 && !rng->within && below(rng, 8) == 0) {
        household_truth(rng, depth, out);
        return;
    }
    uint32_t kind = below(rng, 8);
    if (depth <= 1 || kind < 3) {
        draw_comparison(rng, depth, out);
        return;
    }
    operands *o = malloc(sizeof *o);
    draw_truth(rng, depth - 1, &o->a);
    if (kind < 6) {
        bool and = kind < 5;
        draw_truth(rng, depth - 1, &o->b);
        operand(rng, &o->a, and? LOOSE_AND : LOOSE_OR);
        operand(rng, &o->b, and? LOOSE_NOT : LOOSE_AND);
        spell(out, and? LOOSE_AND : LOOSE_OR, and? "%s AND %s" : "%s OR %s",
              and? "%s AND %s" : "%s OR %s", &o->a, &o->b, NULL);
    } else if (kind == 6) {
        operand(rng, &o->a, LOOSE_NOT);
        spell(out, LOOSE_NOT, "NOT %s", "NOT %s", &o->a, NULL, NULL);
    } else {
        static const char *const is[] = {"(%s) IS TRUE", "(%s) IS NOT TRUE", "(%s) IS FALSE",
                                         "(%s) IS NOT FALSE"};
        const char *form = is[below(rng, 4)];
        spell(out, COMPARED, form, form, &o->a, NULL, NULL);
    }
    free(o);
}

/* ------------------------------------------------------------------------------------ comparing -- */

/** SQLite prints 15 significant digits: agreement to 1e-13 is agreement. */
static bool same_number(double a, const char *sql) {
    char *end = NULL;
    double b = strtod(sql, &end);
    return *sql && *end == '\0' && fabs(a - b) <= 1e-13 * fmax(1, fabs(b));
}

static bool same(const mirti_column *column, int64_t i, const char *sql) {
    if (!column->valid[i]) return strcmp(sql, "NULL") == 0;
    if (column->type == MIRTI_TYPE_NUMBER) return same_number(column->number[i], sql);
    if (column->type == MIRTI_TYPE_TRUTH) return same_number(column->truth[i], sql);
    return mirti_str_is(column->text[i], sql);
}

/** Evaluates one expression and compares it with the next ROWS lines of SQLite's output. */
static bool compare(const table *t, const pair *p, FILE *answers, int64_t *known) {
    mirti_scope *scope = NULL;
    mirti_expr *expr = NULL;
    mirti_arena arena = {0};
    mirti_column out = {0};
    mirti_error err = {0};
    char line[LONGEST];
    char code[] = "1";
    char *codes[] = {code};
    const mirti_household household = {
        .key = {.text = "hh"}, .relationship = {.text = "rel"}, .heads = 1, .head = codes};
    bool good =
        mirti_scope_new(t->field, COLUMNS, &scope, &err) == MIRTI_OK &&
        mirti_scope_household(scope, &household, &err) == MIRTI_OK &&
        mirti_expr_compile(scope, p->engine, MIRTI_TYPE_RAW, NULL, &expr, &err) == MIRTI_OK &&
        mirti_expr_eval(expr, &t->batch, &arena, &out, NULL, &err) == MIRTI_OK;
    if (!good) {
        mirti_error_format(&err, line, sizeof line);
        printf("%s\n%s\n", p->engine, line);
    }
    for (int64_t i = 0; i < ROWS; i++) {
        if (!fgets(line, sizeof line, answers)) {
            printf("SQLite stopped at %s\n", p->sql);
            good = false;
            break;
        }
        line[strcspn(line, "\n")] = '\0';
        if (!good) continue;
        *known += out.valid[i];
        if (same(&out, i, line)) continue;
        printf("%s\nSQLite: %s\nrow %d: SQLite has %s, the engine ", p->engine, p->sql, (int)i,
               line);
        if (!out.valid[i])
            printf("NULL\n");
        else if (out.type == MIRTI_TYPE_NUMBER)
            printf("%.17g\n", out.number[i]);
        else if (out.type == MIRTI_TYPE_TRUTH)
            printf("%d\n", out.truth[i]);
        else
            printf("'%.*s'\n", (int)out.text[i].size, out.text[i].data);
        good = false;
    }
    mirti_arena_reset(&arena);
    mirti_expr_free(expr);
    mirti_scope_free(scope);
    return good;
}

static void draw(drawer *rng, int index, pair *p) {
    int depth = 1 + (int)below(rng, 4);
    if (index % 3 == 0)
        draw_number(rng, depth, p);
    else if (index % 3 == 1)
        draw_text(rng, depth, p);
    else
        draw_truth(rng, depth, p);
}

int main(int argc, char **argv) {
    static table t;
    if (argc != 5) {
        fprintf(stderr, "usage: property_recode_sql SQLITE3 SCRIPT SEED COUNT\n");
        return 2;
    }
    uint64_t seed = strtoull(argv[3], NULL, 10);
    int count = atoi(argv[4]), wrong = 0;
    int64_t known = 0;
    drawer rng = {mirti_rng_at(seed, 1, 0), false};
    pair *p = malloc(sizeof *p);
    FILE *script = fopen(argv[2], "w");
    if (!p || !script) return 1;
    draw_table(&t, &rng);
    write_table(&t, script);
    for (int i = 0; i < count; i++) {
        rng = (drawer){mirti_rng_at(seed, 2, (uint64_t)i), false};
        draw(&rng, i, p);
        fprintf(script, "SELECT %s FROM t ORDER BY rowid;\n", p->sql);
    }
    if (fclose(script) != 0) return 1;
    char command[4096];
    snprintf(command, sizeof command, "'%s' -batch :memory: < '%s'", argv[1], argv[2]);
    FILE *answers = popen(command, "r");
    if (!answers) return 1;
    for (int i = 0; i < count && wrong < 5; i++) {
        rng = (drawer){mirti_rng_at(seed, 2, (uint64_t)i), false};
        draw(&rng, i, p);
        if (!compare(&t, p, answers, &known)) wrong++;
    }
    pclose(answers);
    free(p);
    printf("%d expressions on %d rows, %lld values known, %d wrong\n", count, ROWS,
           (long long)known, wrong);
    /* A test that compares only missing values proves nothing. */
    return wrong == 0 && known > (int64_t)count * ROWS / 3 ? 0 : 1;
}
