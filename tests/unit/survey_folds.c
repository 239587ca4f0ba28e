/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folds that leave whole PSUs out: balanced, complete, and the same for the same seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/survey.h"

enum { STRATA = 9, MOST_PSUS = 8, ROWS = STRATA * MOST_PSUS * 3 };

/* Strata of 1 to 8 PSUs of three rows. */
typedef struct sample {
    int rows;
    char text[ROWS][2][8];
    mirti_str stratum[ROWS], psu[ROWS];
    double weight[ROWS];
    uint8_t in[ROWS];
} sample;

static void make(sample *s) {
    s->rows = 0;
    for (int h = 0; h < STRATA; h++)
        for (int c = 0; c < 1 + (5 * h) % MOST_PSUS; c++)
            for (int k = 0; k < 3; k++) {
                int i = s->rows++;
                snprintf(s->text[i][0], 8, "h%d", h);
                snprintf(s->text[i][1], 8, "c%d", c);
                s->stratum[i] = mirti_str_of(s->text[i][0]);
                s->psu[i] = mirti_str_of(s->text[i][1]);
                s->weight[i] = 1;
                s->in[i] = 1;
            }
}

static mirti_survey_design *design_of(const sample *s) {
    mirti_survey_design *design;
    mirti_error err = {0};
    if (mirti_survey_design_new(s->rows, s->weight, s->stratum, s->psu, true, NULL,
                                MIRTI_LONELY_ADJUST, &design, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    return design;
}

static void deal(const mirti_survey_design *design, const uint8_t *in, int folds, uint64_t seed,
                 int32_t *fold) {
    mirti_error err = {0};
    if (mirti_survey_folds(design, in, folds, seed, fold, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
}

/* Largest minus smallest number of PSUs of a fold, in stratum h or (h < 0) in all. */
static int imbalance(const mirti_survey_design *design, const int32_t *fold, int folds, int h) {
    int least = design->psus, most = 0;
    for (int k = 0; k < folds; k++) {
        int count = 0;
        for (int32_t c = 0; c < design->psus; c++)
            count += fold[c] == k && (h < 0 || design->psu_stratum[c] == h);
        least = count < least ? count : least;
        most = count > most ? count : most;
    }
    return most - least;
}

static void test_folds_are_balanced(void **state) {
    (void)state;
    static sample s;
    make(&s);
    mirti_survey_design *design = design_of(&s);
    int32_t fold[STRATA * MOST_PSUS];
    for (int folds = 2; folds <= 11; folds += 3) {
        deal(design, NULL, folds, 7, fold);
        for (int32_t c = 0; c < design->psus; c++)
            assert_in_range(fold[c], 0, folds - 1);
        for (int h = -1; h < STRATA; h++)
            assert_true(imbalance(design, fold, folds, h) <= 1);
    }
    mirti_survey_design_free(design);
}

static void test_psus_outside_the_population_have_no_fold(void **state) {
    (void)state;
    static sample s;
    make(&s);
    mirti_survey_design *design = design_of(&s);
    int32_t fold[STRATA * MOST_PSUS];
    for (int i = 0; i < s.rows; i++)
        s.in[i] = design->psu[i] % 4 != 1 && i % 3 == 0;
    deal(design, s.in, 3, 7, fold);
    for (int32_t c = 0; c < design->psus; c++)
        assert_int_equal(fold[c] < 0, c % 4 == 1);
    for (int h = -1; h < STRATA; h++)
        assert_true(imbalance(design, fold, 3, h) <= 1);
    mirti_survey_design_free(design);
}

/* Chance, not order: also a PSU that is alone in its stratum meets each fold in a good part of the
 * draws (the chances are near 1/3, not exactly, since the strata's sizes allow only some sums). */
static void test_every_psu_meets_every_fold(void **state) {
    (void)state;
    static sample s;
    make(&s);
    mirti_survey_design *design = design_of(&s);
    enum { DRAWS = 300 };
    int32_t fold[STRATA * MOST_PSUS], again[STRATA * MOST_PSUS];
    int met[3] = {0};
    int32_t chosen = design->psus - 1; /* alone in its stratum */
    for (int draw = 0; draw < DRAWS; draw++) {
        deal(design, NULL, 3, (uint64_t)draw, fold);
        met[fold[chosen]]++;
    }
    for (int k = 0; k < 3; k++)
        assert_true(met[k] > DRAWS / 6);
    deal(design, NULL, 3, DRAWS - 1, again);
    assert_memory_equal(fold, again, (size_t)design->psus * sizeof *fold);
    mirti_survey_design_free(design);
}

static void test_errors(void **state) {
    (void)state;
    static sample s;
    make(&s);
    mirti_survey_design *design = design_of(&s);
    int32_t fold[STRATA * MOST_PSUS];
    mirti_error err = {0};
    assert_int_equal(mirti_survey_folds(design, NULL, 1, 1, fold, &err), MIRTI_ERROR_USAGE);
    assert_int_equal(mirti_survey_folds(design, NULL, design->psus + 1, 1, fold, &err),
                     MIRTI_ERROR_MODEL);
    assert_non_null(strstr(err.remedy, "fewer folds"));
    mirti_survey_design_free(design);
}

static mirti_survey_design *shared_design;

static mirti_status deal_once(mirti_error *err) {
    int32_t fold[STRATA * MOST_PSUS];
    return mirti_survey_folds(shared_design, NULL, 2, 1, fold, err);
}

static void test_memory_may_run_out(void **state) {
    (void)state;
    static sample s;
    make(&s);
    shared_design = design_of(&s);
    assert_int_equal(assert_survives_without_memory(deal_once), 1);
    mirti_survey_design_free(shared_design);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folds_are_balanced),
        cmocka_unit_test(test_psus_outside_the_population_have_no_fold),
        cmocka_unit_test(test_every_psu_meets_every_fold),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
