/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Validation of models with effects of areas against lme4::glmer fitted without the folds and
 * integrals on a grid in R: reads the cases that validate_effects.R wrote in this test run. 5e-5 is
 * asked for: that is how well lme4's optimiser knows σ (see mixed.R), and what is left by the seven
 * nodes over an area's effect.
 */
#include "cases.h"

#include "mirti/validate.h"

static const double tolerance = 5e-5;
enum { COLUMNS = 3 };

static char names_text[COLUMNS][4] = {"one", "age", "arm"};
static char *names[COLUMNS] = {names_text[0], names_text[1], names_text[2]};
static int term_of[COLUMNS] = {-1, 0, 1};
static mirti_terms terms = {.columns = COLUMNS, .name = names, .term_of = term_of, .terms = 2};

typedef struct sample {
    size_t rows;
    int nodes, folds;
    size_t parents;
    char level[16];
    mirti_str *stratum, *psu;
    double *weight, *y, *x;
    char **area, **parent;
    int32_t *fold;
    mirti_arena words;
    mirti_survey_design *design;
    mirti_model model;
    mirti_validate_effects effects;
    mirti_mixed *mixed;
    mirti_nested *nested;
} sample;

static void *array(size_t count, size_t size) {
    void *block = mirti_new(count, size);
    if (!block) cases_die("memory", "");
    return block;
}

static char *word(cases *in, sample *s) {
    cases_word(in);
    if (strcmp(in->word, "-") == 0) return NULL; /* not known */
    char *copy = mirti_arena_copy(&s->words, in->word, strlen(in->word));
    if (!copy) cases_die("memory", "");
    return copy;
}

static void need(cases *in, mirti_status status, const mirti_error *err) {
    if (status == MIRTI_OK) return;
    fprintf(stderr, "%s: %s\n", in->name, err->message);
    exit(1);
}

static void read_sample(cases *in, sample *s) {
    memset(s, 0, sizeof *s);
    cases_expect(in, "shape");
    s->rows = (size_t)cases_integer(in);
    cases_word(in);
    snprintf(s->level, sizeof s->level, "%.15s", in->word);
    s->nodes = (int)cases_integer(in);
    s->folds = (int)cases_integer(in);
    s->parents = (size_t)cases_integer(in);
    s->stratum = array(s->rows, sizeof *s->stratum);
    s->psu = array(s->rows, sizeof *s->psu);
    s->weight = array(s->rows, sizeof(double));
    s->y = array(s->rows, sizeof(double));
    s->x = array(s->rows * COLUMNS, sizeof(double));
    s->area = array(s->rows, sizeof *s->area);
    s->parent = array(s->rows, sizeof *s->parent);
    s->fold = array(s->rows, sizeof *s->fold);
    for (size_t i = 0; i < s->rows; i++) {
        s->stratum[i] = mirti_str_of(word(in, s));
        s->psu[i] = mirti_str_of(word(in, s));
        s->weight[i] = cases_number(in);
        s->y[i] = cases_number(in);
        s->area[i] = word(in, s);
        s->parent[i] = word(in, s);
        s->fold[i] = (int32_t)cases_integer(in);
        s->x[i * COLUMNS] = 1;
        s->x[i * COLUMNS + 1] = cases_number(in);
        s->x[i * COLUMNS + 2] = cases_number(in);
    }
}

/* The model as a run fits it, but that every child counts once: lme4 knows no weights. */
static void fit_sample(cases *in, sample *s) {
    mirti_error err = {0};
    const mirti_mixed_options options = {.quadrature = s->nodes, .scaling = MIRTI_SCALING_UNIT};
    const bool parents = strcmp(s->level, "area") != 0, areas = strcmp(s->level, "parent") != 0;
    need(in,
         mirti_survey_design_new((int64_t)s->rows, s->weight, s->stratum, s->psu, true, NULL,
                                 MIRTI_LONELY_ADJUST, &s->design, &err),
         &err);
    need(in, mirti_logit_fit(s->design, s->x, COLUMNS, s->y, NULL, names, &s->model.logit, &err),
         &err);
    s->model.terms = &terms;
    mirti_str *area = array(s->rows, sizeof *area), *parent = array(s->rows, sizeof *parent);
    uint8_t *placed = array(s->rows, 1);
    for (size_t i = 0; i < s->rows; i++) {
        placed[i] = (!areas || s->area[i]) && (!parents || s->parent[i]);
        area[i] = mirti_str_of(s->area[i] ? s->area[i] : "");
        parent[i] = mirti_str_of(s->parent[i] ? s->parent[i] : "");
    }
    if (areas && parents)
        need(in,
             mirti_nested_fit(s->design, s->x, COLUMNS, s->y, placed, area, parent, names, &options,
                              &s->nested, &err),
             &err);
    else
        need(in,
             mirti_mixed_fit(s->design, s->x, COLUMNS, s->y, placed, areas ? area : parent, names,
                             &options, &s->mixed, &err),
             &err);
    s->effects = (mirti_validate_effects){.mixed = s->mixed,
                                          .nested = s->nested,
                                          .area = areas ? s->area : NULL,
                                          .parent = parents ? s->parent : NULL,
                                          .quadrature = s->nodes,
                                          .scaling = MIRTI_SCALING_UNIT};
    mirti_free(area);
    mirti_free(parent);
    mirti_free(placed);
}

static void free_sample(sample *s) {
    mirti_mixed_free(s->mixed);
    mirti_nested_free(s->nested);
    mirti_logit_free(s->model.logit);
    mirti_survey_design_free(s->design);
    void *blocks[] = {s->stratum, s->psu, s->weight, s->y, s->x, s->area, s->parent, s->fold};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
    mirti_arena_reset(&s->words);
}

static void compare(cases *in, const char *key, const double *value, size_t count, double scale) {
    double *expected = cases_vector(in, key, count);
    for (size_t k = 0; k < count; k++) {
        char what[64];
        snprintf(what, sizeof what, "%s, number %zu", key, k + 1);
        cases_compare(in, what, value[k], expected[k], tolerance, scale);
    }
    free(expected);
}

static void compare_measures(cases *in, const char *key, const mirti_auc *auc,
                             const mirti_brier *brier, const mirti_calibration *calibration) {
    const double value[] = {auc->auc.value,
                            auc->auc.se,
                            brier->brier.value,
                            brier->brier.se,
                            calibration->intercept.value,
                            calibration->intercept.se,
                            calibration->slope.value,
                            calibration->slope.se};
    /* Errors are some hundredths: to a thousandth of themselves. */
    compare(in, key, value, sizeof value / sizeof *value, 0.1);
}

static void check_areas(cases *in, const mirti_validation *v, size_t parents) {
    double *rate = array(2 * parents, sizeof *rate);
    if ((size_t)v->areas->areas != parents) cases_die("larger areas", "another number");
    for (size_t k = 0; k < parents; k++) {
        rate[k] = v->areas->area[k].modelled;
        rate[parents + k] = v->areas->area[k].left_out;
    }
    compare(in, "modelled", rate, parents, 0.1);
    compare(in, "left_out", rate + parents, parents, 0.1);
    mirti_free(rate);
}

static void run_case(cases *in) {
    cases_word(in);
    snprintf(in->name, sizeof in->name, "%.200s", in->word);
    sample s;
    read_sample(in, &s);
    fit_sample(in, &s);
    mirti_error err = {0};
    mirti_validate_options options = {.confidence = 0.95, .folds = 2, .effects = &s.effects};
    mirti_validation *v;
    mirti_cross_validation *unseen;
    need(in, mirti_validate(s.design, &s.model, s.x, s.y, NULL, s.parent, &options, &v, &err),
         &err);
    need(in,
         mirti_cross_validate(s.design, &s.model, s.x, s.y, NULL, s.fold, s.folds, &options,
                              &unseen, &err),
         &err);
    double *known = array(s.rows, sizeof *known);
    for (size_t i = 0; i < s.rows; i++)
        known[i] = unseen->known[i];
    compare(in, "sample", v->p, s.rows, 1);
    compare(in, "traits", v->traits, s.rows, 1);
    compare(in, "out_of_sample", unseen->p, s.rows, 1);
    compare(in, "known", known, s.rows, 1);
    compare(in, "areas_out", v->by_area->p, s.rows, 1);
    compare_measures(in, "sample_measures", &v->auc, &v->brier, &v->calibration);
    compare_measures(in, "traits_measures", &v->traits_auc, &v->traits_brier,
                     &v->traits_calibration);
    compare_measures(in, "out_of_sample_measures", &unseen->auc, &unseen->brier,
                     &unseen->calibration);
    compare_measures(in, "areas_out_measures", &v->by_area->auc, &v->by_area->brier,
                     &v->by_area->calibration);
    check_areas(in, v, s.parents);
    cases_expect(in, "end");
    mirti_free(known);
    mirti_validation_free(v);
    mirti_cross_validation_free(unseen);
    free_sample(&s);
}

int main(int argc, char **argv) {
    cases in;
    cases_open(&in, argc, argv);
    while (cases_word(&in)) {
        if (strcmp(in.word, "case") != 0) cases_die("case", in.word);
        run_case(&in);
    }
    return cases_close(&in);
}
