/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Results made by hand: what a room after `predict` gets to see, without a survey or a census.
 */
#ifndef MIRTI_TEST_GEO_RESULTS_H
#define MIRTI_TEST_GEO_RESULTS_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mirti/predict.h"

static inline void *zeros(size_t count, size_t size) {
    void *block = calloc(count ? count : 1, size);
    if (!block) abort();
    return block;
}

static inline double *missing_numbers(size_t count) {
    double *number = zeros(count, sizeof *number);
    for (size_t i = 0; i < count; i++)
        number[i] = NAN;
    return number;
}

/* `count` areas without code, name or any number; three levels called bajo, medio, alto. */
static inline mirti_results *made_results(int64_t count) {
    size_t n = (size_t)count;
    mirti_results *r = zeros(1, sizeof *r);
    double **numbers[] = {&r->children,   &r->risk,      &r->risk_se, &r->risk_lo,
                          &r->risk_hi,    &r->risk_cv,   &r->at_risk, &r->at_risk_lo,
                          &r->at_risk_hi, &r->level_prob};
    char ***texts[] = {&r->code,      &r->name,      &r->parent_code, &r->parent_name,
                       &r->factor[0], &r->factor[1], &r->factor[2]};
    int64_t **ranks[] = {&r->rank, &r->rank_lo, &r->rank_hi};
    r->kind = strdup("municipality");
    r->count = count;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *numbers[i] = missing_numbers(n);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = zeros(n, sizeof(char *));
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        *ranks[i] = zeros(n, sizeof(int64_t));
    r->level = zeros(n, sizeof *r->level);
    r->method = zeros(n, sizeof *r->method);
    r->missing = zeros(n, sizeof *r->missing);
    for (size_t i = 0; i < n; i++)
        r->level[i] = -1;
    r->levels = 3;
    r->level_name = zeros(3, sizeof(char *));
    r->level_name[0] = strdup("bajo");
    r->level_name[1] = strdup("medio");
    r->level_name[2] = strdup("alto");
    return r;
}

/* Gives area i a code, a name and numbers that hang together. */
static inline void made_area(mirti_results *r, int64_t i, const char *code, const char *name,
                             double risk, int level) {
    r->code[i] = strdup(code);
    r->name[i] = strdup(name);
    r->parent_code[i] = strndup(code, 2);
    r->children[i] = 1000.0;
    r->method[i] = MIRTI_METHOD_AGGREGATE;
    r->risk[i] = risk;
    r->risk_se[i] = 0.02;
    r->risk_lo[i] = risk - 0.04;
    r->risk_hi[i] = risk + 0.04;
    r->risk_cv[i] = 0.02 / risk;
    r->at_risk[i] = 1000.0 * risk;
    r->at_risk_lo[i] = 1000.0 * (risk - 0.04);
    r->at_risk_hi[i] = 1000.0 * (risk + 0.04);
    r->level[i] = level;
}

static inline void free_texts(char **text, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        free(text[i]);
    free(text);
}

static inline void free_results(mirti_results *r) {
    double *numbers[] = {r->children, r->risk,    r->risk_se,    r->risk_lo,    r->risk_hi,
                         r->risk_cv,  r->at_risk, r->at_risk_lo, r->at_risk_hi, r->level_prob};
    char **texts[] = {r->code,      r->name,      r->parent_code, r->parent_name,
                      r->factor[0], r->factor[1], r->factor[2]};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        free(numbers[i]);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free_texts(texts[i], r->count);
    free_texts(r->level_name, r->levels);
    free(r->rank);
    free(r->rank_lo);
    free(r->rank_hi);
    free(r->level);
    free(r->method);
    free(r->missing);
    free(r->kind);
    free(r);
}

#endif
