/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How often the true predictors are found, and how much noise comes along: surveys of 3,000
 * children in 200 PSUs of 20 strata, drawn again and again from a known truth. Of 25 candidates 5
 * matter. Of the 20 that do not, 10 are traits of children and 10 are traits of places, which all
 * children of a PSU share, and PSUs differ beyond all traits (σ = 0.8 on the logit scale). Every
 * way to choose goes through the same samples: with the design – PSUs left out, variances between
 * PSUs – and without it, as if rows had been drawn one by one.
 *
 *   bench_select_study [SAMPLES [THREADS]]
 *
 * Prints the table that docs/selection.md shows (100 samples). Nothing is asserted.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirti/select.h"

enum {
    STRATA = 20,
    PSUS = 10, /* in a stratum */
    CHILDREN = 15,
    ROWS = STRATA * PSUS * CHILDREN,
    TRUE_TERMS = 5,
    OWN_NOISE = 10,
    PLACE_NOISE = 10,
    TERMS = TRUE_TERMS + OWN_NOISE + PLACE_NOISE,
    COLUMNS = TERMS + 1,
    NAME = 12
};

/* Three traits of children, two of places. */
static const double effect[TRUE_TERMS] = {0.8, 0.6, -0.5, 0.8, -0.6};

static bool is_of_places(int term) {
    return term == 3 || term == 4 || term >= TRUE_TERMS + OWN_NOISE;
}

typedef struct way {
    const char *name;
    mirti_select_options options;
    bool design; /* else as if every row had been drawn by itself */
} way;

static const way ways[] = {
    {"lasso, PSUs left out, `--lambda 1se`", {.method = MIRTI_SELECT_LASSO}, true},
    {"lasso, PSUs left out, `--lambda min`", {.method = MIRTI_SELECT_LASSO}, true},
    {"forward, `p`", {.method = MIRTI_SELECT_FORWARD}, true},
    {"backward, `p`", {.method = MIRTI_SELECT_BACKWARD}, true},
    {"forward, `daic`", {.method = MIRTI_SELECT_FORWARD, .criterion = MIRTI_SELECT_DAIC}, true},
    {"lasso, rows left out, 1se", {.method = MIRTI_SELECT_LASSO}, false},
    {"lasso, rows left out, min", {.method = MIRTI_SELECT_LASSO}, false},
    {"forward, p without the design", {.method = MIRTI_SELECT_FORWARD}, false},
    {"forward, AIC without the design",
     {.method = MIRTI_SELECT_FORWARD, .criterion = MIRTI_SELECT_DAIC},
     false},
};
enum { WAYS = sizeof ways / sizeof *ways, FOLDS = 10 };

typedef struct tally {
    int found, own, place; /* terms chosen: of the true ones, of noise of both kinds */
} tally;

typedef struct sample {
    double x[ROWS * COLUMNS], y[ROWS], weight[ROWS];
    char label[ROWS][2][NAME];
    mirti_str stratum[ROWS], psu[ROWS];
} sample;

typedef struct study {
    mirti_terms terms;
    tally *result; /* [samples × WAYS] */
} study;

static double trait(mirti_rng *rng, int term) {
    return term % 2 == 0 ? mirti_rng_normal(rng) : mirti_rng_uniform(rng) < 0.4;
}

static void draw(sample *s, uint64_t number) {
    mirti_rng rng = mirti_rng_at(2015, 77, number);
    double place[TERMS], u = 0, of_psu = 1;
    for (int i = 0; i < ROWS; i++) {
        int psu = i / CHILDREN;
        double *x = s->x + i * COLUMNS, eta = -1.3;
        if (i % CHILDREN == 0) {
            for (int t = 0; t < TERMS; t++)
                place[t] = trait(&rng, t);
            u = 0.8 * mirti_rng_normal(&rng);
            of_psu = mirti_exact_exp(0.5 * mirti_rng_normal(&rng));
        }
        x[0] = 1;
        for (int t = 0; t < TERMS; t++) {
            x[t + 1] = is_of_places(t) ? place[t] : trait(&rng, t);
            if (t < TRUE_TERMS) eta += effect[t] * x[t + 1];
        }
        s->y[i] = mirti_rng_uniform(&rng) < mirti_logistic(eta + u);
        s->weight[i] = of_psu;
        snprintf(s->label[i][0], NAME, "h%d", psu / PSUS);
        snprintf(s->label[i][1], NAME, "c%d", psu);
        s->stratum[i] = mirti_str_of(s->label[i][0]);
        s->psu[i] = mirti_str_of(s->label[i][1]);
    }
}

static tally count_terms(const bool *chosen, const uint8_t *active) {
    tally out = {0};
    for (int t = 0; t < TERMS; t++) {
        if (chosen ? !chosen[t] : !active[t]) continue;
        out.found += t < TRUE_TERMS;
        out.own += t >= TRUE_TERMS && !is_of_places(t);
        out.place += t >= TRUE_TERMS && is_of_places(t);
    }
    return out;
}

/* One way to choose; of the lasso its other rule as well, which is the next way. */
static mirti_status choose(const study *all, const sample *s, const way *how,
                           const mirti_survey_design *design, uint64_t seed, tally *out,
                           mirti_error *err) {
    mirti_choice *choice = NULL;
    int32_t *fold = mirti_new((size_t)design->psus, sizeof *fold);
    if (!fold) return mirti_fail_memory(err, "folds");
    mirti_select_options options = how->options;
    options.lasso.threads = 1;
    mirti_select_data data = {.design = design,
                              .x = s->x,
                              .columns = COLUMNS,
                              .y = s->y,
                              .name = all->terms.name,
                              .fold = fold,
                              .folds = FOLDS};
    mirti_status status = mirti_survey_folds(design, NULL, FOLDS, seed, fold, err);
    if (status == MIRTI_OK) status = mirti_select(&data, &all->terms, &options, &choice, err);
    if (status == MIRTI_OK) out[0] = count_terms(choice->chosen, NULL);
    if (status == MIRTI_OK && choice->lasso)
        out[1] = count_terms(NULL, choice->lasso->active + choice->lasso->best * TERMS);
    mirti_choice_free(choice);
    mirti_free(fold);
    return status;
}

static mirti_status one_sample(const study *all, uint64_t number, mirti_error *err) {
    sample *s = mirti_new(1, sizeof *s);
    if (!s) return mirti_fail_memory(err, "a sample");
    draw(s, number);
    mirti_survey_design *design[2] = {NULL, NULL};
    mirti_status status = mirti_survey_design_new(ROWS, s->weight, NULL, NULL, true, NULL,
                                                  MIRTI_LONELY_FAIL, &design[0], err);
    if (status == MIRTI_OK)
        status = mirti_survey_design_new(ROWS, s->weight, s->stratum, s->psu, true, NULL,
                                         MIRTI_LONELY_FAIL, &design[1], err);
    for (int w = 0; w < WAYS && status == MIRTI_OK;
         w += ways[w].options.method == MIRTI_SELECT_LASSO ? 2 : 1)
        status = choose(all, s, &ways[w], design[ways[w].design], number,
                        &all->result[number * WAYS + (uint64_t)w], err);
    mirti_survey_design_free(design[0]);
    mirti_survey_design_free(design[1]);
    mirti_free(s);
    return status;
}

static mirti_status work(int64_t first, int64_t last, void *context, mirti_error *err) {
    for (int64_t number = first; number < last; number++)
        MIRTI_TRY(one_sample(context, (uint64_t)number, err));
    return MIRTI_OK;
}

static void print_table(const study *all, int64_t samples) {
    printf("| way to choose | all %d found | found of %d | noise of children, of %d | noise of "
           "places, "
           "of %d | exactly the truth |\n|---|---|---|---|---|---|\n",
           TRUE_TERMS, TRUE_TERMS, OWN_NOISE, PLACE_NOISE);
    for (int w = 0; w < WAYS; w++) {
        double whole = 0, exact = 0, found = 0, own = 0, place = 0, n = (double)samples;
        for (int64_t k = 0; k < samples; k++) {
            const tally *t = &all->result[k * WAYS + w];
            whole += t->found == TRUE_TERMS;
            exact += t->found == TRUE_TERMS && t->own + t->place == 0;
            found += t->found;
            own += t->own;
            place += t->place;
        }
        printf("| %s | %.0f %% | %.2f | %.2f | %.2f | %.0f %% |\n", ways[w].name, 100 * whole / n,
               found / n, own / n, place / n, 100 * exact / n);
    }
}

int main(int argc, char **argv) {
    int64_t samples = 100, threads = 0;
    if ((argc > 1 && !mirti_integer_parse(mirti_str_of(argv[1]), &samples)) ||
        (argc > 2 && !mirti_integer_parse(mirti_str_of(argv[2]), &threads)) || samples < 1) {
        fprintf(stderr, "usage: bench_select_study [SAMPLES [THREADS]]\n");
        return 2;
    }
    static char text[COLUMNS][NAME];
    static char *name[COLUMNS];
    static int term_of[COLUMNS];
    static mirti_predictor predictor[TERMS];
    static mirti_term term[TERMS];
    for (int j = 0; j < COLUMNS; j++) {
        snprintf(text[j], NAME, "x%d", j);
        name[j] = text[j];
        term_of[j] = j - 1;
    }
    for (int t = 0; t < TERMS; t++) {
        predictor[t].name = text[t + 1];
        term[t] = (mirti_term){.order = 1, .predictor = {t}};
    }
    study all = {.terms = {.columns = COLUMNS,
                           .name = name,
                           .predictors = TERMS,
                           .predictor = predictor,
                           .term_of = term_of,
                           .terms = TERMS,
                           .term = term}};
    all.result = calloc((size_t)samples * WAYS, sizeof *all.result);
    if (!all.result) return 70;
    mirti_error err = {0};
    mirti_status status = mirti_parallel_range(samples, 1, (int)threads, work, &all, &err);
    if (status == MIRTI_OK)
        print_table(&all, samples);
    else
        fprintf(stderr, "%s\n", err.message);
    free(all.result);
    return mirti_status_exit(status);
}
