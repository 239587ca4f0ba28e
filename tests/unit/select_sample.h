/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An invented survey for tests of the select room: PSUs in strata, a category of three levels, two
 * 0/1 traits, a number in an awkward unit, and what a test changes of it. Include after cmocka.h.
 */
#ifndef MIRTI_TEST_SELECT_SAMPLE_H
#define MIRTI_TEST_SELECT_SAMPLE_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mirti/select.h"

/* A text that may stand where the structures hold text of their own. */
#define TEXT(text) ((char[]){text})

enum {
    SAMPLE_STRATA = 6,
    SAMPLE_PSUS = 4, /* in a stratum */
    SAMPLE_ROWS = 15 /* in a PSU */
};

static char *sample_levels[] = {TEXT("a"), TEXT("b"), TEXT("c")};
static mirti_predictor sample_predictors[] = {
    {.name = TEXT("kind"), .kind = MIRTI_PREDICTOR_CATEGORY, .levels = 3, .level = sample_levels},
    {.name = TEXT("farm"), .kind = MIRTI_PREDICTOR_BINARY},
    {.name = TEXT("water"), .kind = MIRTI_PREDICTOR_BINARY},
    {.name = TEXT("income"), .kind = MIRTI_PREDICTOR_NUMBER},
};
/* farm:water stands before its parts, which must not matter. */
enum { TERM_FARM_WATER, TERM_KIND, TERM_FARM, TERM_WATER, TERM_INCOME, SAMPLE_TERMS };
static mirti_term sample_terms[] = {
    {.order = 2, .predictor = {1, 2}}, {.order = 1, .predictor = {0}},
    {.order = 1, .predictor = {1}},    {.order = 1, .predictor = {2}},
    {.order = 1, .predictor = {3}},
};

typedef struct sample {
    int64_t rows;
    mirti_terms *terms;
    double *value; /* [rows × 4] of predictors */
    double *x, *y, *weight;
    mirti_survey_design *design;
    int32_t *fold;
    mirti_select_data data;
} sample;

static inline void sample_fill_rows(sample *s) {
    for (int64_t i = 0; i < s->rows; i++)
        mirti_terms_row(s->terms, s->value + 4 * i, s->x + i * s->terms->columns);
}

/* Effects on the linear predictor: of kind c, farm, water, farm and water together. */
static inline sample sample_make(const double effect[4], int reference) {
    sample s = {.rows = SAMPLE_STRATA * SAMPLE_PSUS * SAMPLE_ROWS};
    size_t n = (size_t)s.rows;
    sample_predictors[0].reference = reference;
    const mirti_model_spec spec = {.predictors = 4,
                                   .predictor = sample_predictors,
                                   .terms = SAMPLE_TERMS,
                                   .term = sample_terms};
    assert_int_equal(mirti_terms_new(&spec, &s.terms, NULL), MIRTI_OK);
    s.value = mirti_new(4 * n, sizeof(double));
    s.x = mirti_new(n * (size_t)s.terms->columns, sizeof(double));
    s.y = mirti_new(n, sizeof(double));
    s.weight = mirti_new(n, sizeof(double));
    mirti_str *stratum = mirti_new(n, sizeof *stratum), *psu = mirti_new(n, sizeof *psu);
    static char label[SAMPLE_STRATA * SAMPLE_PSUS][8];
    mirti_rng rng = mirti_rng_at(4, 1, 0);
    double place = 0;
    for (size_t i = 0; i < n; i++) {
        size_t cluster = i / SAMPLE_ROWS;
        double *v = s.value + 4 * i;
        if (i % SAMPLE_ROWS == 0) place = 0.4 * mirti_rng_normal(&rng);
        v[0] = mirti_rng_below(&rng, 3);
        v[1] = mirti_rng_uniform(&rng) < 0.4;
        v[2] = mirti_rng_uniform(&rng) < 0.5;
        v[3] = floor(1e5 * mirti_rng_uniform(&rng));
        double eta = -1 + place + effect[0] * (v[0] == 2) + effect[1] * v[1] + effect[2] * v[2] +
                     effect[3] * v[1] * v[2];
        s.y[i] = mirti_rng_uniform(&rng) < mirti_logistic(eta);
        s.weight[i] = mirti_exact_exp(0.5 * mirti_rng_normal(&rng));
        snprintf(label[cluster], sizeof label[cluster], "%d", (int)cluster);
        stratum[i] = mirti_str_of(label[cluster / SAMPLE_PSUS]);
        psu[i] = mirti_str_of(label[cluster]);
    }
    sample_fill_rows(&s);
    assert_int_equal(mirti_survey_design_new(s.rows, s.weight, stratum, psu, true, NULL,
                                             MIRTI_LONELY_FAIL, &s.design, NULL),
                     MIRTI_OK);
    s.fold = mirti_new((size_t)s.design->psus, sizeof *s.fold);
    assert_int_equal(mirti_survey_folds(s.design, NULL, 4, 7, s.fold, NULL), MIRTI_OK);
    mirti_free(stratum);
    mirti_free(psu);
    s.data = (mirti_select_data){.design = s.design,
                                 .x = s.x,
                                 .columns = s.terms->columns,
                                 .y = s.y,
                                 .name = s.terms->name,
                                 .fold = s.fold,
                                 .folds = 4};
    return s;
}

static inline void sample_free(sample *s) {
    mirti_survey_design_free(s->design);
    mirti_terms_free(s->terms);
    void *blocks[] = {s->value, s->x, s->y, s->weight, s->fold};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
}

static inline void assert_close(double value, double expected, double tolerance) {
    if (!(fabs(value - expected) <= tolerance * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", value, expected);
}

#endif
