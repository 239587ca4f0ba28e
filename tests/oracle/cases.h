/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading what the R scripts of this folder write: words and numbers separated by blanks. The files
 * are made in the same test run, so anything unexpected ends the program with a message.
 */
#ifndef MIRTI_ORACLE_CASES_H
#define MIRTI_ORACLE_CASES_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirti/base.h"

typedef struct cases {
    FILE *file;
    char word[256];
    int done, failed; /* comparisons */
    char name[256];   /* of the case at hand */
    double worst;     /* relative difference, in units of the tolerance */
    char worst_at[600];
} cases;

static inline void cases_die(const char *what, const char *word) {
    fprintf(stderr, "the cases cannot be read: %s (%s)\n", what, word);
    exit(2);
}

/* Opens the file named on the command line, or says that it is skipped. */
static inline void cases_open(cases *in, int argc, char **argv) {
    memset(in, 0, sizeof *in);
    if (argc != 2) cases_die("usage: program FILE", "");
    in->file = fopen(argv[1], "r");
    if (in->file) return;
    printf("SKIP: %s is not there; R did not run\n", argv[1]);
    exit(77);
}

static inline bool cases_word(cases *in) {
    return fscanf(in->file, "%255s", in->word) == 1;
}

static inline void cases_expect(cases *in, const char *key) {
    if (!cases_word(in) || strcmp(in->word, key) != 0) cases_die(key, in->word);
}

static inline double cases_number(cases *in) {
    if (!cases_word(in)) cases_die("a number", "end of file");
    char *end;
    double value = strtod(in->word, &end);
    if (*end) cases_die("a number", in->word);
    return value;
}

static inline int64_t cases_integer(cases *in) {
    return (int64_t)cases_number(in);
}

/* `key count numbers...`; the caller frees. */
static inline double *cases_vector(cases *in, const char *key, size_t count) {
    cases_expect(in, key);
    if ((size_t)cases_integer(in) != count) cases_die(key, "another length");
    double *value = malloc((count > 0 ? count : 1) * sizeof *value);
    if (!value) cases_die("memory", "");
    for (size_t i = 0; i < count; i++)
        value[i] = cases_number(in);
    return value;
}

/* |value − expected| ≤ tolerance · max(|expected|, scale). */
static inline void cases_compare(cases *in, const char *what, double value, double expected,
                                 double tolerance, double scale) {
    in->done++;
    if (isnan(expected) && isnan(value)) return;
    double off = fabs(value - expected) / (tolerance * fmax(fabs(expected), scale));
    if (value == expected) off = 0;
    if (!(off <= in->worst)) {
        in->worst = off;
        snprintf(in->worst_at, sizeof in->worst_at, "%s, %s", in->name, what);
    }
    if (off <= 1) return;
    in->failed++;
    fprintf(stderr, "%s: %s is %.17g, expected %.17g\n", in->name, what, value, expected);
}

/* The program's exit status. */
static inline int cases_close(cases *in) {
    fclose(in->file);
    printf("%d comparisons, %d failed; the largest difference is %.2g of what is allowed (%s)\n",
           in->done, in->failed, in->worst, in->worst_at);
    if (in->done == 0) fprintf(stderr, "there was nothing to compare\n");
    return in->failed > 0 || in->done == 0;
}

#endif
