/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small model and areas made by hand, for the tests of prediction. Include after cmocka.h. */
#ifndef MIRTI_TEST_PREDICT_MODEL_H
#define MIRTI_TEST_PREDICT_MODEL_H

#include <math.h>
#include <string.h>

#include "mirti/predict.h"

/* Columns: 0 (intercept), 1 age[old], 2 sex[man], 3 age[old]:sex[man], 4 out, 5 floor, 6
 * water[plot], 7 water[none], 8 rooms, 9 age[old]:floor, 10 out:floor. Shares: young old | woman
 * man | out | floor | inside plot none | rooms. */
static const char predict_model_text[] =
    "mirti-model: 1\n"
    "name: small\n"
    "outcome: {name: works}\n"
    "predictors:\n"
    "  age: {kind: category, levels: [young, old], reference: young, label: {es: edad}}\n"
    "  sex: {kind: category, levels: [woman, man], reference: woman}\n"
    "  out: {kind: binary, actionable: true, factor: {es: fuera de la escuela, en: out of "
    "school}}\n"
    "  floor: {kind: binary, actionable: true, factor: {es: piso de tierra}, lack: {es: piso "
    "firme}}\n"
    "  water: {kind: category, levels: [inside, plot, none], reference: inside}\n"
    "  rooms: {kind: number, actionable: true, label: {en: rooms}}\n"
    "terms: [age, sex, 'age:sex', out, floor, water, rooms, 'age:floor', 'out:floor']\n"
    "sources:\n"
    "  persons:\n"
    "    kind: survey\n"
    "    outcome: Y\n"
    "    predictors: {age: A, sex: S, out: O, floor: F, water: W, rooms: R}\n";

enum { P = 11, S = 10 };

/* A symmetric matrix with a positive diagonal, dominant: a covariance. */
static const double predict_beta[P] = {-2.5, .9, .6, .3, 1.4, .5, .2, .7, -.15, .25, -.4};

typedef struct small_model {
    mirti_model_spec *spec;
    mirti_model model;
    mirti_logit logit;
    double beta[P], covariance[P * P], mean[P], correlation[P * P];
} small_model;

static inline mirti_status small_model_make(small_model *m, mirti_error *err) {
    memset(m, 0, sizeof *m);
    MIRTI_TRY(mirti_model_spec_parse(predict_model_text, sizeof predict_model_text - 1,
                                     "small.yaml", &m->spec, err));
    MIRTI_TRY(mirti_terms_new(m->spec, &m->model.terms, err));
    for (int j = 0; j < P; j++) {
        m->beta[j] = predict_beta[j];
        for (int l = 0; l < P; l++) {
            m->covariance[j * P + l] = (j == l ? .01 : .0004 * cos(j * l)) / (1 + .1 * (j + l));
            m->correlation[j * P + l] = j == l ? 1 : .15 * cos(1 + j + l);
        }
    }
    m->logit = (mirti_logit){.columns = P, .beta = m->beta, .covariance = m->covariance, .df = 30};
    m->model.logit = &m->logit;
    m->model.column_mean = m->mean;
    m->model.column_correlation = m->correlation;
    return MIRTI_OK;
}

static inline void small_model_forget(small_model *m) {
    mirti_terms_free(m->model.terms);
    mirti_model_spec_free(m->spec);
}

enum { AREAS = 4, CELLS = 2 };

typedef struct small_areas {
    mirti_areas areas;
    char *code[AREAS], *none[AREAS], *column[AREAS];
    double children[AREAS * CELLS], share[AREAS * CELLS * S];
    mirti_area_missing missing[AREAS];
} small_areas;

static inline void small_areas_make(small_areas *a) {
    static char kind[] = "town";
    static char code[AREAS][4] = {"001", "002", "003", "004"};
    static char column[] = "YF";
    static const double share[AREAS * CELLS][S] = {
        {1, 0, .5, .5, .1, .3, .6, .3, .1, 2.5},  {0, 1, .5, .5, .3, .3, .6, .3, .1, 2.5},
        {1, 0, .5, .5, .02, 0, .9, .1, 0, 4},     {0, 1, .5, .5, .1, 0, .9, .1, 0, 4},
        {1, 0, .5, .5, .2, .8, .2, .2, .6, 1},    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        {1, 0, .5, .5, NAN, .3, .6, .3, .1, 2.5}, {0, 1, .5, .5, .3, .3, .6, .3, .1, 2.5},
    };
    static const double children[AREAS * CELLS] = {100, 60, 1000, 800, 7, 0, 10, NAN};
    memset(a, 0, sizeof *a);
    memcpy(a->share, share, sizeof share);
    memcpy(a->children, children, sizeof children);
    for (int i = 0; i < AREAS; i++)
        a->code[i] = code[i];
    a->missing[3] = MIRTI_AREA_SUPPRESSED;
    a->column[3] = column;
    a->areas = (mirti_areas){.kind = kind,
                             .count = AREAS,
                             .cells = CELLS,
                             .shares = S,
                             .code = a->code,
                             .name = a->none,
                             .parent_code = a->none,
                             .parent_name = a->none,
                             .children = a->children,
                             .share = a->share,
                             .missing = a->missing,
                             .missing_column = a->column};
}

#endif
