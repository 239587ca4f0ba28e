/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What effects of states add where the survey was not: samples are drawn again and again from
 * municipalities within states, all effects drawn anew each time, and fitted with effects of
 * municipalities alone and with municipalities within states.
 *
 *   property_nested [SAMPLES [REPLICATES [FIRST [AREA_PCT [STATE_PCT [check]]]]]]
 *
 * In 18 of 24 states 5 of 15 municipalities are in the survey, with 20 children each; σ is AREA_PCT
 * hundredths between municipalities, 40 if not given, and STATE_PCT between states, 70; FIRST is
 * the seed of the first sample, 1. Prints for municipalities in the survey, for others in its
 * states, and for those of other states the root of the mean squared error of risks in points, the
 * share of 95 % intervals that hold the truth, and their mean width, each by both models with the
 * Monte Carlo error. Then, of the nested model, intervals where the states of the survey are
 * benchmarked to their true rate with an error of one point; and, with what municipalities of a
 * state do not know of it shared between them, and as if it were each one's own, the share of true
 * ranks within rank_lo and rank_hi and the mean width of that range. With REPLICATES, intervals by
 * that many replicates of the bootstrap, too, of effects of states alone (of which these are the
 * truth where AREA_PCT is 0) and of both, and their mean squared error, estimated over true.
 *
 * With `check` it fails unless, for the second class, the nested model's mean squared error is
 * smaller by more than three Monte Carlo errors of the difference, its intervals are shorter, and
 * it holds the truth in 91 % to 97 %, within three errors: that σ is estimated, from 18 states, is
 * not in the interval; benchmarked intervals, and ranges of ranks in every class, hold it in 90 %
 * and more; and the bootstrap's in 92 % to 98 %, within three errors, in every class.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirti/risk.h"
#include "nested_country.h"

enum { DRAWS = 1000 };

/* Of one model in one class: means over areas, summed over samples, and their squares. */
typedef struct tally {
    double square, square2, held, held2, width, claimed;
} tally;

/* Of ranks drawn in one way, in one class: as above. */
typedef struct rank_tally {
    double held, held2, width;
} rank_tally;

/* All that is counted; of [2] the first is of errors shared, the second as if none were. */
typedef struct tallies {
    tally of_area[CLASSES], of_parent[CLASSES], of_nested[CLASSES], benchmarked[CLASSES];
    tally parent_boot[CLASSES], nested_boot[CLASSES];
    rank_tally rank[2][CLASSES];
    int no_area, no_state; /* samples in which a σ is estimated as 0 */
    double gain, gain2;    /* in mean squared error, of the second class, and its square */
} tallies;

/* True ranks within the ranges, and how wide these are. */
static void count_ranks(mirti_results *r, const mirti_logit *logit, const sample *s,
                        rank_tally t[CLASSES]) {
    const mirti_simulate_options options = {
        .draws = DRAWS, .seed = 7, .confidence = .95, .top = AREAS / 10};
    mirti_error err = {0};
    must(mirti_results_rank(r, &err), &err);
    must(mirti_results_simulate(r, logit, NULL, NULL, &options, &err), &err);
    double held[CLASSES] = {0}, areas[CLASSES] = {0}, width[CLASSES] = {0};
    for (int a = 0; a < AREAS; a++) {
        int64_t rank = 1;
        for (int b = 0; b < AREAS; b++)
            rank += s->risk[b] > s->risk[a];
        int k = class_of(a);
        areas[k]++;
        held[k] += r->rank_lo[a] <= rank && rank <= r->rank_hi[a];
        width[k] += (double)(r->rank_hi[a] - r->rank_lo[a] + 1);
    }
    for (int k = 0; k < CLASSES; k++) {
        t[k].held += held[k] / areas[k];
        t[k].held2 += held[k] * held[k] / (areas[k] * areas[k]);
        t[k].width += width[k] / areas[k];
    }
}

/* What areas share becomes every area's own. */
static void share_nothing(mirti_results *r) {
    for (int64_t i = 0; i < r->count; i++)
        for (int e = 0; e < MIRTI_SHARED_ERRORS; e++) {
            r->own_se[i] = hypot(r->own_se[i], r->shared_se[e][i]);
            r->shared_se[e][i] = 0;
        }
}

/* Benchmarks the areas of each state to its true rate with an error of which the standard deviation
 * is known. */
static void benchmark(const country *c, const sample *s, const mirti_model *model,
                      const mirti_predict_options *options, mirti_results *r) {
    int32_t group_of[AREAS];
    mirti_benchmark_group group[SEEN_STATES];
    mirti_error err = {0};
    for (int g = 0; g < SEEN_STATES; g++)
        group[g] = (mirti_benchmark_group){.rate_se = benchmark_se, .shared = -1};
    for (int a = 0; a < AREAS; a++) {
        group_of[a] = a / IN_STATE < SEEN_STATES ? a / IN_STATE : -1;
        if (group_of[a] >= 0) group[group_of[a]].rate += s->risk[a] / IN_STATE;
    }
    for (int g = 0; g < SEEN_STATES; g++)
        group[g].rate = fmax(0.01, group[g].rate + benchmark_se * s->benchmark[g]);
    must(mirti_results_benchmark(r, model, &c->areas, group_of, group, SEEN_STATES, options, &err),
         &err);
}

/* Adds results to a tally; `square` receives the classes' mean squared errors. */
static void count(const mirti_results *r, const sample *s, tally t[CLASSES],
                  double square[CLASSES]) {
    double held[CLASSES] = {0}, width[CLASSES] = {0}, areas[CLASSES] = {0}, claimed[CLASSES] = {0};
    memset(square, 0, CLASSES * sizeof *square);
    for (int a = 0; a < AREAS; a++) {
        int k = class_of(a);
        double error = r->risk[a] - s->risk[a];
        areas[k]++;
        square[k] += error * error;
        held[k] += r->risk_lo[a] <= s->risk[a] && s->risk[a] <= r->risk_hi[a];
        width[k] += r->risk_hi[a] - r->risk_lo[a];
        claimed[k] += r->risk_se[a] * r->risk_se[a];
    }
    for (int k = 0; k < CLASSES; k++) {
        square[k] /= areas[k];
        t[k].square += square[k];
        t[k].square2 += square[k] * square[k];
        t[k].held += held[k] / areas[k];
        t[k].held2 += held[k] * held[k] / (areas[k] * areas[k]);
        t[k].width += width[k] / areas[k];
        t[k].claimed += claimed[k] / areas[k];
    }
}

static mirti_results *predict(const country *c, const mirti_model *model,
                              const mirti_predict_options *options) {
    mirti_error err = {0};
    mirti_results *r;
    must(mirti_predict_areas(model, &c->areas, options, &r, &err), &err);
    return r;
}

/* Ranks where what is shared is shared and where it is not, and benchmarked risks. */
static void count_nested(const country *c, const sample *s, const mirti_model *model,
                         const mirti_predict_options *options, tallies *t) {
    for (int apart = 0; apart < 2; apart++) {
        mirti_results *r = predict(c, model, options);
        double square[CLASSES];
        if (apart) share_nothing(r);
        count_ranks(r, model->logit, s, t->rank[apart]);
        benchmark(c, s, model, options, r);
        if (!apart) count(r, s, t->benchmarked, square);
        mirti_results_free(r);
    }
}

/* A fit of one of the models, and where its results are counted. */
typedef struct fitted {
    double *beta;
    const double *covariance; /* [size × size], β in its corner */
    int size;
    const mirti_area_effects *effects;
    const mirti_mixed_replicates *replicates; /* NULL: no bootstrap */
    tally *plain, *boot;                      /* each [CLASSES] */
    bool nested;
} fitted;

/* Predicts and adds to the tallies. */
static void count_model(const country *c, const sample *s, const fitted *f, tallies *t,
                        double square[CLASSES]) {
    double covariance[P * P], unused[CLASSES];
    for (int j = 0; j < P; j++)
        memcpy(covariance + j * P, f->covariance + j * f->size, P * sizeof *f->covariance);
    mirti_logit logit = {.columns = P, .beta = f->beta, .covariance = covariance, .df = ROWS};
    mirti_model model = {.terms = c->terms, .logit = &logit};
    const mirti_predict_options options = {.confidence = .95, .effects = f->effects};
    mirti_results *r = predict(c, &model, &options);
    count(r, s, f->plain, square);
    if (f->replicates) {
        mirti_bootstrap_report report;
        mirti_error err = {0};
        must(mirti_results_bootstrap(r, &model, &c->areas, f->replicates, &options, NULL, &report,
                                     &err),
             &err);
        count(r, s, f->boot, unused);
    }
    mirti_results_free(r);
    if (f->nested) count_nested(c, s, &model, &options, t);
}

static char intercept[] = "(intercept)", out_of_school[] = "out";
static char *const names[P] = {intercept, out_of_school};

/* Effects of areas, or of their parents, alone. */
static void measure_mixed(const country *c, const setting *with, const mirti_survey_design *design,
                          const sample *s, bool parents, tallies *t, double square[CLASSES]) {
    mirti_error err = {0};
    mirti_mixed *fit;
    mirti_mixed_replicates *replicates = NULL;
    mirti_area_effects effects;
    const mirti_str *code = parents ? s->state : s->area;
    must(mirti_mixed_fit(design, s->x, P, s->y, NULL, code, names, NULL, &fit, &err), &err);
    mirti_area_effects_of_mixed(fit, parents, &effects);
    effects.kind = c->areas.kind;
    const mirti_replicate_options options = {.replicates = with->replicates, .seed = s->seed};
    if (parents && with->replicates > 0)
        must(mirti_mixed_replicate(design, s->x, s->y, NULL, code, names, fit, &options,
                                   &replicates, &err),
             &err);
    const fitted f = {.beta = fit->beta,
                      .covariance = fit->covariance,
                      .size = P + 1,
                      .effects = &effects,
                      .replicates = replicates,
                      .plain = parents ? t->of_parent : t->of_area,
                      .boot = t->parent_boot};
    count_model(c, s, &f, t, square);
    mirti_mixed_replicates_free(replicates);
    mirti_mixed_free(fit);
}

static void measure_nested(const country *c, const setting *with, const mirti_survey_design *design,
                           const sample *s, tallies *t, double square[CLASSES]) {
    mirti_error err = {0};
    mirti_nested *fit;
    mirti_mixed_replicates *replicates = NULL;
    mirti_area_effects effects;
    must(mirti_nested_fit(design, s->x, P, s->y, NULL, s->area, s->state, names, NULL, &fit, &err),
         &err);
    must(mirti_area_effects_of_nested(fit, &effects, &err), &err);
    effects.kind = c->areas.kind;
    const mirti_replicate_options options = {.replicates = with->replicates, .seed = s->seed};
    if (with->replicates > 0)
        must(mirti_nested_replicate(design, s->x, s->y, NULL, s->area, s->state, names, fit,
                                    &options, &replicates, &err),
             &err);
    const fitted f = {.beta = fit->beta,
                      .covariance = fit->covariance,
                      .size = P + 2,
                      .effects = &effects,
                      .replicates = replicates,
                      .plain = t->of_nested,
                      .boot = t->nested_boot,
                      .nested = true};
    count_model(c, s, &f, t, square);
    t->no_area += fit->area_boundary;
    t->no_state += fit->parent_boundary;
    mirti_mixed_replicates_free(replicates);
    mirti_area_effects_reset(&effects);
    mirti_nested_free(fit);
}

static void measure(const country *c, const setting *with, const sample *s, tallies *t) {
    mirti_error err = {0};
    mirti_survey_design *design;
    double plain[CLASSES], within[CLASSES], unused[CLASSES];
    must(mirti_survey_design_new(ROWS, s->weight, NULL, NULL, true, NULL, MIRTI_LONELY_FAIL,
                                 &design, &err),
         &err);
    measure_mixed(c, with, design, s, false, t, plain);
    if (with->replicates > 0) measure_mixed(c, with, design, s, true, t, unused);
    measure_nested(c, with, design, s, t, within);
    t->gain += plain[1] - within[1];
    t->gain2 += (plain[1] - within[1]) * (plain[1] - within[1]);
    mirti_survey_design_free(design);
}

static double error_of(double sum, double squares, double n) {
    double mean = sum / n;
    return sqrt(fmax(0, squares / n - mean * mean) / (n - 1));
}

static void tell(const tally *t, double n, const char *model) {
    double rmse = sqrt(t->square / n);
    printf(
        "  %-16s error %5.2f ± %.2f points, held %5.1f %% ± %.1f, width %5.1f points, MSE %.2f\n",
        model, 100 * rmse, 100 * error_of(t->square, t->square2, n) / (2 * rmse), 100 * t->held / n,
        100 * error_of(t->held, t->held2, n), 100 * t->width / n, t->claimed / t->square);
}

static void tell_class(const tallies *t, int k, double n, int replicates) {
    static const char *const what[CLASSES] = {
        "municipalities in the survey:", "others, in states of the survey:", "in other states:"};
    static const char *const how[2] = {"shared", "not shared"};
    puts(what[k]);
    tell(&t->of_area[k], n, "level: area");
    tell(&t->of_nested[k], n, "level: nested");
    if (k < 2) tell(&t->benchmarked[k], n, "benchmarked");
    if (replicates > 0) {
        tell(&t->of_parent[k], n, "level: parent");
        tell(&t->parent_boot[k], n, "  bootstrap");
        tell(&t->nested_boot[k], n, "nested bootstrap");
    }
    for (int apart = 0; apart < 2; apart++) {
        const rank_tally *r = &t->rank[apart][k];
        printf("  ranks, %-10s held %5.1f %% ± %.1f, width %5.1f of %d\n", how[apart],
               100 * r->held / n, 100 * error_of(r->held, r->held2, n), r->width / n, AREAS);
    }
}

static bool holds(const tally *t, double n, double least, double most) {
    double held = t->held / n, se = error_of(t->held, t->held2, n);
    return held + 3 * se >= least && held - 3 * se <= most;
}

static bool is_good(const tallies *t, double n, int replicates) {
    bool good = t->gain / n > 3 * error_of(t->gain, t->gain2, n) &&
                t->of_nested[1].width < t->of_area[1].width &&
                holds(&t->of_nested[1], n, 0.91, 0.97) && t->benchmarked[1].held / n > 0.9;
    for (int k = 0; k < CLASSES; k++) {
        good = good && t->rank[0][k].held / n > 0.9;
        if (replicates > 0) good = good && holds(&t->nested_boot[k], n, 0.92, 0.98);
    }
    return good;
}

static int number_at(int argc, char **argv, int index, int otherwise) {
    return argc > index ? atoi(argv[index]) : otherwise;
}

int main(int argc, char **argv) {
    static country c;
    static sample s;
    static tallies t;
    const setting with = {.samples = number_at(argc, argv, 1, 50),
                          .replicates = number_at(argc, argv, 2, 0),
                          .first = number_at(argc, argv, 3, 1),
                          .sigma_area = number_at(argc, argv, 4, 40) / 100.0,
                          .sigma_state = number_at(argc, argv, 5, 70) / 100.0};
    if (with.samples < 2) return 2;
    mirti_error err = {0};
    mirti_model_spec *spec;
    must(mirti_model_spec_parse(model_text, sizeof model_text - 1, "small.yaml", &spec, &err),
         &err);
    must(mirti_terms_new(spec, &c.terms, &err), &err);
    make_country(&c);
    for (int i = 0; i < with.samples; i++) {
        draw(&c, &with, (uint64_t)(with.first + i), &s);
        measure(&c, &with, &s, &t);
    }
    printf("%d samples, %d replicates; sigma of areas %.2f (estimated as 0 in %d), of states %.2f "
           "(%d)\n",
           with.samples, with.replicates, with.sigma_area, t.no_area, with.sigma_state, t.no_state);
    for (int k = 0; k < CLASSES; k++)
        tell_class(&t, k, with.samples, with.replicates);
    mirti_terms_free(c.terms);
    mirti_model_spec_free(spec);
    return argc > 6 && strcmp(argv[6], "check") == 0 && !is_good(&t, with.samples, with.replicates);
}
