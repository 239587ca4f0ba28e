/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether the numbers of a validation with effects of areas are true: samples are drawn again and
 * again from a mixed logit, all effects anew each time, fitted and validated; then children whom
 * nobody asked are drawn, in the same areas and in areas that the survey did not visit.
 *
 *   property_validate [SAMPLES [CHILDREN [SIGMA [check]]]]
 *
 * 36 areas of 6 larger ones, 4 PSUs of each, so many children of each PSU (10), standard deviation
 * of effects SIGMA (0.7). Prints with Monte Carlo errors: the AUC in the sample, with PSUs left
 * out, with larger areas left out, and of the fitted model among new children of the same areas and
 * of new ones, by which the former are judged; the slope of the calibration; how often Archer and
 * Lemeshow's test finds misfit at 5 % of a model that is true, in the sample and with PSUs left
 * out. With `check` it fails unless, within three errors, what is left out is no further than a
 * hundredth from what new children give, and closer than what the sample gives; the slope in the
 * sample is above 1; the test rejects more often in the sample than with PSUs left out, and there
 * in less than one sample of ten.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirti/validate.h"

enum { PARENTS = 6, AREAS = 36, PSUS = 4, MOST = 40, ROWS = AREAS * PSUS * MOST, P = 3, NEW = 100 };
enum { NEW_ROWS = AREAS * NEW };
static const double truth[P] = {-1.6, 0.9, 0.7};
static char one[] = "(intercept)", two[] = "out", three[] = "poverty";
static char *names[P] = {one, two, three};
static int term_of[P] = {-1, 0, 1};
static mirti_terms terms = {.columns = P, .name = names, .term_of = term_of, .terms = 2};

typedef struct children {
    int64_t rows;
    double x[ROWS * P], y[ROWS], weight[ROWS];
    char *area[ROWS], *parent[ROWS];
    mirti_str psu[ROWS], code[ROWS];
} children;

static char area_text[AREAS][8], parent_text[PARENTS][4], psu_text[AREAS * PSUS][8];

/* A number over samples, and its Monte Carlo error. */
typedef struct tally {
    double sum, squares;
} tally;
enum {
    IN_SAMPLE,
    PSUS_OUT,
    AREAS_OUT,
    SAME_AREAS,
    NEW_AREAS,
    SLOPE_SAMPLE,
    SLOPE_PSUS,
    MISFIT_SAMPLE,
    MISFIT_PSUS,
    MISFIT_TRAITS,
    OF_SAMPLE, /* distances from what new children give */
    OF_PSUS,
    OF_AREAS,
    NUMBERS
};

static void must(mirti_status status, const mirti_error *err) {
    if (status == MIRTI_OK) return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

static void name_places(void) {
    for (int a = 0; a < AREAS; a++)
        snprintf(area_text[a], sizeof area_text[a], "%03d", a);
    for (int g = 0; g < PARENTS; g++)
        snprintf(parent_text[g], sizeof parent_text[g], "%d", g);
    for (int k = 0; k < AREAS * PSUS; k++)
        snprintf(psu_text[k], sizeof psu_text[k], "%d", k);
}

static double predictor_of(const double *beta, const double *x) {
    return beta[0] * x[0] + beta[1] * x[1] + beta[2] * x[2];
}

static void add_child(children *c, int area, int psu, double u, mirti_rng *rng) {
    int64_t i = c->rows++;
    double *x = c->x + i * P;
    x[0] = 1;
    x[1] = mirti_rng_uniform(rng) < 0.3;
    x[2] = mirti_rng_normal(rng);
    c->y[i] = mirti_rng_uniform(rng) < mirti_logistic(predictor_of(truth, x) + u);
    c->weight[i] = 1;
    c->area[i] = area_text[area];
    c->parent[i] = parent_text[area % PARENTS];
    c->psu[i] = mirti_str_of(psu_text[psu]);
    c->code[i] = mirti_str_of(area_text[area]);
}

/* A sample, and new children: of the same areas, and of others with effects of their own. */
static void draw(uint64_t seed, int size, double sigma, children *sample, children *same,
                 children *other) {
    sample->rows = same->rows = other->rows = 0;
    for (int a = 0; a < AREAS; a++) {
        mirti_rng rng = mirti_rng_at(seed, 1, (uint64_t)a);
        double u = sigma * mirti_rng_normal(&rng), v = sigma * mirti_rng_normal(&rng);
        for (int i = 0; i < PSUS * size; i++)
            add_child(sample, a, a * PSUS + i / size, u, &rng);
        for (int i = 0; i < NEW; i++) {
            add_child(same, a, a, u, &rng);
            add_child(other, a, a, v, &rng);
        }
    }
}

static mirti_survey_design *design_of(const children *c) {
    mirti_error err = {0};
    mirti_survey_design *design;
    must(mirti_survey_design_new(c->rows, c->weight, NULL, c->psu, false, NULL, MIRTI_LONELY_FAIL,
                                 &design, &err),
         &err);
    return design;
}

/* Of what the model says of new children: with what it knows of their areas, or without. */
static double auc_of(const children *c, const mirti_mixed *mixed, bool known) {
    static double p[NEW_ROWS];
    mirti_area_effects effects;
    mirti_effect_points unknown, u;
    mirti_error err = {0};
    mirti_auc auc;
    mirti_area_effects_of_mixed(mixed, false, &effects);
    mirti_area_effects_unknown(&effects, &unknown);
    for (int64_t i = 0; i < c->rows; i++) {
        u = unknown;
        if (known) mirti_area_effects_at(&effects, c->area[i], NULL, &u);
        p[i] = 0;
        for (int q = 0; q < u.points; q++)
            p[i] += u.probability[q] *
                    mirti_logistic(predictor_of(mixed->beta, c->x + i * P) + u.point[q]);
    }
    mirti_survey_design *design = design_of(c);
    must(mirti_auc_estimate(design, p, c->y, NULL, 0.95, &auc, &err), &err);
    mirti_survey_design_free(design);
    return auc.auc.value;
}

static void measure(const children *sample, const children *same, const children *other,
                    uint64_t seed, double number[NUMBERS]) {
    mirti_error err = {0};
    mirti_mixed *mixed;
    mirti_logit *logit;
    mirti_validation *v;
    mirti_survey_design *design = design_of(sample);
    must(mirti_logit_fit(design, sample->x, P, sample->y, NULL, names, &logit, &err), &err);
    must(mirti_mixed_fit(design, sample->x, P, sample->y, NULL, sample->code, names, NULL, &mixed,
                         &err),
         &err);
    mirti_model model = {.terms = &terms, .logit = logit};
    const mirti_validate_effects effects = {.mixed = mixed, .area = sample->area};
    const mirti_validate_options options = {
        .confidence = 0.95, .seed = seed, .effects = &effects, .threads = 1};
    must(mirti_validate(design, &model, sample->x, sample->y, NULL, sample->parent, &options, &v,
                        &err),
         &err);
    number[IN_SAMPLE] = v->auc.auc.value;
    number[PSUS_OUT] = v->by_psu->auc.auc.value;
    number[AREAS_OUT] = v->by_area->auc.auc.value;
    number[SAME_AREAS] = auc_of(same, mixed, true);
    number[NEW_AREAS] = auc_of(other, mixed, false);
    number[SLOPE_SAMPLE] = v->calibration.slope.value;
    number[SLOPE_PSUS] = v->by_psu->calibration.slope.value;
    number[MISFIT_SAMPLE] = v->goodness.p < 0.05;
    number[MISFIT_PSUS] = v->by_psu_goodness.p < 0.05;
    mirti_goodness traits;
    must(mirti_goodness_test(design, v->traits, sample->y, NULL, 10, 0.95, &traits, &err), &err);
    number[MISFIT_TRAITS] = traits.p < 0.05;
    mirti_goodness_reset(&traits);
    number[OF_SAMPLE] = number[IN_SAMPLE] - number[SAME_AREAS];
    number[OF_PSUS] = number[PSUS_OUT] - number[SAME_AREAS];
    number[OF_AREAS] = number[AREAS_OUT] - number[NEW_AREAS];
    mirti_validation_free(v);
    mirti_mixed_free(mixed);
    mirti_logit_free(logit);
    mirti_survey_design_free(design);
}

static double mean(const tally *t, int samples) {
    return t->sum / samples;
}

static double error(const tally *t, int samples) {
    double m = mean(t, samples);
    return sqrt(fmax(0, t->squares / samples - m * m) / (samples - 1));
}

static void print(const char *what, const tally *t, int samples) {
    printf("%-44s %8.4f ± %.4f\n", what, mean(t, samples), error(t, samples));
}

static bool check(const tally *t, int samples) {
    const double slack = 0.01;
    bool fine = true;
    for (int k = OF_PSUS; k <= OF_AREAS; k++)
        fine = fine && fabs(mean(&t[k], samples)) < slack + 3 * error(&t[k], samples);
    fine = fine && mean(&t[OF_SAMPLE], samples) - 3 * error(&t[OF_SAMPLE], samples) >
                       fabs(mean(&t[OF_PSUS], samples));
    fine = fine && mean(&t[SLOPE_SAMPLE], samples) - 3 * error(&t[SLOPE_SAMPLE], samples) > 1;
    fine = fine && mean(&t[MISFIT_SAMPLE], samples) > mean(&t[MISFIT_PSUS], samples);
    return fine && mean(&t[MISFIT_PSUS], samples) < 0.1 + 3 * error(&t[MISFIT_PSUS], samples);
}

int main(int argc, char **argv) {
    static children sample, same, other;
    const int samples = argc > 1 ? atoi(argv[1]) : 100, size = argc > 2 ? atoi(argv[2]) : 10;
    const double sigma = argc > 3 ? strtod(argv[3], NULL) : 0.7;
    if (samples < 2 || size < 2 || size > MOST) {
        fprintf(stderr, "usage: property_validate [SAMPLES [CHILDREN, 2 to %d [SIGMA]]]\n", MOST);
        return 2;
    }
    tally t[NUMBERS] = {{0, 0}};
    name_places();
    for (int s = 0; s < samples; s++) {
        double number[NUMBERS];
        draw((uint64_t)s + 1, size, sigma, &sample, &same, &other);
        measure(&sample, &same, &other, (uint64_t)s, number);
        for (int k = 0; k < NUMBERS; k++) {
            t[k].sum += number[k];
            t[k].squares += number[k] * number[k];
        }
    }
    print("AUC in the sample", &t[IN_SAMPLE], samples);
    print("AUC with PSUs left out", &t[PSUS_OUT], samples);
    print("AUC among new children of the same areas", &t[SAME_AREAS], samples);
    print("AUC with larger areas left out", &t[AREAS_OUT], samples);
    print("AUC among children of new areas", &t[NEW_AREAS], samples);
    print("slope in the sample", &t[SLOPE_SAMPLE], samples);
    print("slope with PSUs left out", &t[SLOPE_PSUS], samples);
    print("misfit found in the sample", &t[MISFIT_SAMPLE], samples);
    print("misfit found with PSUs left out", &t[MISFIT_PSUS], samples);
    print("misfit found by traits alone", &t[MISFIT_TRAITS], samples);
    print("distance of the sample's AUC", &t[OF_SAMPLE], samples);
    print("distance with PSUs left out", &t[OF_PSUS], samples);
    print("distance with larger areas left out", &t[OF_AREAS], samples);
    if (argc > 4 && strcmp(argv[4], "check") == 0 && !check(t, samples)) {
        fprintf(stderr, "that is not as it should be\n");
        return 1;
    }
    return 0;
}
