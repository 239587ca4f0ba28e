/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Replicate weights and estimates by domain, against what theory says they must give. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/survey.h"

enum { MOST = 1200 };

/* Strata of `psus` PSUs of five rows; values from the engine's generator. */
typedef struct sample {
    int rows;
    char text[MOST][2][8];
    mirti_str stratum[MOST], psu[MOST];
    double weight[MOST], y[MOST], x[MOST];
} sample;

static void draw(sample *s, int strata, int psus) {
    mirti_rng rng = mirti_rng_at(8, 1, (uint64_t)(strata * 100 + psus));
    s->rows = strata * psus * 5;
    for (int i = 0; i < s->rows; i++) {
        snprintf(s->text[i][0], 8, "h%03d", i / 5 / psus);
        snprintf(s->text[i][1], 8, "c%02d", i / 5 % psus);
        s->stratum[i] = mirti_str_of(s->text[i][0]);
        s->psu[i] = mirti_str_of(s->text[i][1]);
        s->weight[i] = 1 + mirti_rng_uniform(&rng);
        s->x[i] = 1 + mirti_rng_uniform(&rng);
        s->y[i] = s->x[i] * (i / 5 % 3) + mirti_rng_normal(&rng);
    }
}

static mirti_survey_design *design_of(const sample *s, const double *fpc, mirti_lonely_psu lonely) {
    mirti_survey_design *design;
    mirti_error err = {0};
    if (mirti_survey_design_new(s->rows, s->weight, s->stratum, s->psu, true, fpc, lonely, &design,
                                &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    return design;
}

static double se_of(const mirti_survey_design *design, const mirti_survey_replicates *replicates,
                    mirti_survey_statistic statistic, const sample *s) {
    mirti_survey_estimate estimate;
    mirti_error err = {0};
    if (mirti_survey_estimates(design, replicates, statistic, s->y,
                               statistic == MIRTI_SURVEY_RATIO ? s->x : NULL, NULL, 1, 0.95,
                               &estimate, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    return estimate.se;
}

static void assert_close(double value, double expected, double relative) {
    if (!(fabs(value - expected) <= relative * fabs(expected)))
        fail_msg("%.17g is not %.17g", value, expected);
}

static mirti_survey_replicates *replicates_of(const mirti_survey_design *design,
                                              mirti_replicate_kind kind, int count, double rho) {
    mirti_survey_replicates *replicates;
    mirti_error err = {0};
    if (mirti_survey_replicates_new(design, kind, count, rho, 1, &replicates, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    return replicates;
}

/* Totals are linear, so full balance and the jackknife give their linearised variance exactly. */
static void test_totals_have_their_linearised_variance(void **state) {
    (void)state;
    static sample s;
    static const int strata[] = {1, 2, 3, 4, 7, 11, 12, 19, 20, 23, 35, 51, 100};
    for (size_t k = 0; k < sizeof strata / sizeof *strata; k++) {
        draw(&s, strata[k], 2);
        mirti_survey_design *design = design_of(&s, NULL, MIRTI_LONELY_FAIL);
        double exact = se_of(design, NULL, MIRTI_SURVEY_TOTAL, &s);
        const struct {
            mirti_replicate_kind kind;
            double rho;
        } methods[] = {
            {MIRTI_REPLICATE_BRR, 0}, {MIRTI_REPLICATE_FAY, 0.5}, {MIRTI_REPLICATE_JKN, 0}};
        for (int m = 0; m < 3; m++) {
            mirti_survey_replicates *replicates =
                replicates_of(design, methods[m].kind, 0, methods[m].rho);
            assert_close(se_of(design, replicates, MIRTI_SURVEY_TOTAL, &s), exact, 1e-12);
            /* Not many more half-samples than strata. */
            if (m < 2) assert_true(replicates->count <= strata[k] + 12);
            mirti_survey_replicates_free(replicates);
        }
        mirti_survey_design_free(design);
    }
}

static void test_the_jackknife_knows_the_finite_population(void **state) {
    (void)state;
    static sample s;
    draw(&s, 6, 4);
    static double fpc[MOST];
    for (int i = 0; i < s.rows; i++) {
        int stratum = i / 20;
        fpc[i] = 9 + stratum;
    }
    mirti_survey_design *design = design_of(&s, fpc, MIRTI_LONELY_FAIL);
    mirti_survey_replicates *replicates = replicates_of(design, MIRTI_REPLICATE_JKN, 0, 0);
    assert_close(se_of(design, replicates, MIRTI_SURVEY_TOTAL, &s),
                 se_of(design, NULL, MIRTI_SURVEY_TOTAL, &s), 1e-12);
    mirti_survey_replicates_free(replicates);
    mirti_error err = {0};
    assert_int_equal(
        mirti_survey_replicates_new(design, MIRTI_REPLICATE_BRR, 0, 0, 0, &replicates, &err),
        MIRTI_ERROR_MODEL); /* four PSUs */
    assert_non_null(strstr(err.message, "stratum 'h000' has 4"));
    mirti_survey_design_free(design);
}

static void test_the_bootstrap_comes_near(void **state) {
    (void)state;
    static sample s;
    draw(&s, 10, 6);
    static double fpc[MOST];
    for (int i = 0; i < s.rows; i++)
        fpc[i] = 0.3;
    for (int with_fpc = 0; with_fpc < 2; with_fpc++) {
        mirti_survey_design *design = design_of(&s, with_fpc ? fpc : NULL, MIRTI_LONELY_FAIL);
        mirti_survey_replicates *replicates =
            replicates_of(design, MIRTI_REPLICATE_BOOTSTRAP, 4000, 0);
        /* The relative error of a standard deviation of 4000 is 1/√8000: four of those. */
        assert_close(se_of(design, replicates, MIRTI_SURVEY_TOTAL, &s),
                     se_of(design, NULL, MIRTI_SURVEY_TOTAL, &s), 4 / sqrt(8000));
        assert_close(se_of(design, replicates, MIRTI_SURVEY_RATIO, &s),
                     se_of(design, NULL, MIRTI_SURVEY_RATIO, &s), 0.06);
        mirti_survey_replicates_free(replicates);
        mirti_survey_design_free(design);
    }
}

static void test_the_bootstrap_can_be_repeated(void **state) {
    (void)state;
    static sample s;
    draw(&s, 4, 5);
    mirti_survey_design *design = design_of(&s, NULL, MIRTI_LONELY_FAIL);
    mirti_survey_replicates *a = replicates_of(design, MIRTI_REPLICATE_BOOTSTRAP, 20, 0);
    mirti_survey_replicates *b = replicates_of(design, MIRTI_REPLICATE_BOOTSTRAP, 30, 0);
    static double first[MOST], second[MOST];
    for (int32_t r = 0; r < 20; r++) { /* replicate r is the same however many there are */
        mirti_survey_replicate_weights(design, a, r, first);
        mirti_survey_replicate_weights(design, b, r, second);
        assert_memory_equal(first, second, (size_t)s.rows * sizeof *first);
    }
    mirti_survey_replicates_free(a);
    mirti_survey_replicates_free(b);
    mirti_survey_design_free(design);
}

static void test_given_weights(void **state) {
    (void)state;
    static sample s;
    draw(&s, 5, 2);
    mirti_survey_design *design = design_of(&s, NULL, MIRTI_LONELY_FAIL);
    mirti_survey_replicates *made = replicates_of(design, MIRTI_REPLICATE_BRR, 0, 0), *given;
    int32_t count = made->count;
    static double weight[MOST], table[MOST * 16];
    for (int32_t r = 0; r < count; r++) {
        mirti_survey_replicate_weights(design, made, r, weight);
        for (int i = 0; i < s.rows; i++)
            table[i * count + r] = weight[i];
    }
    assert_int_equal(
        mirti_survey_replicates_given(design, table, count, 1.0 / count, NULL, true, &given, NULL),
        MIRTI_OK);
    assert_close(se_of(design, given, MIRTI_SURVEY_TOTAL, &s),
                 se_of(design, made, MIRTI_SURVEY_TOTAL, &s), 1e-12);
    mirti_survey_replicates_free(given);
    mirti_error err = {0};
    table[count * 3 + 2] = -1;
    assert_int_equal(
        mirti_survey_replicates_given(design, table, count, 1, NULL, true, &given, &err),
        MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "row 4 of the sample has no usable weight in replicate 3"));
    mirti_survey_replicates_free(made);
    mirti_survey_design_free(design);
}

static void test_domains(void **state) {
    (void)state;
    static sample s;
    draw(&s, 6, 3);
    mirti_survey_design *design = design_of(&s, NULL, MIRTI_LONELY_FAIL);
    static int32_t group[MOST];
    static uint8_t domain[MOST];
    for (int i = 0; i < s.rows; i++) {
        group[i] = i % 4 == 3 ? -1 : i % 4; /* and nobody in domain 3 */
        domain[i] = group[i] == 1;
        if (group[i] < 0) s.y[i] = NAN; /* not read */
    }
    mirti_survey_estimate by[4], one;
    assert_int_equal(
        mirti_survey_estimates(design, NULL, MIRTI_SURVEY_MEAN, s.y, NULL, group, 4, 0.9, by, NULL),
        MIRTI_OK);
    assert_int_equal(mirti_survey_mean(design, s.y, domain, 0.9, &one, NULL), MIRTI_OK);
    assert_memory_equal(&by[1], &one, sizeof one);
    assert_true(by[3].rows == 0 && isnan(by[3].value) && isnan(by[3].se));
    mirti_survey_replicates *replicates = replicates_of(design, MIRTI_REPLICATE_JKN, 0, 0);
    mirti_survey_estimate again[4];
    assert_int_equal(mirti_survey_estimates(design, replicates, MIRTI_SURVEY_MEAN, s.y, NULL, group,
                                            4, 0.9, again, NULL),
                     MIRTI_OK);
    assert_true(again[1].value == by[1].value);
    assert_close(again[1].se, by[1].se, 0.1); /* near, not equal: a mean is no total */
    mirti_survey_replicates_free(replicates);
    mirti_survey_design_free(design);
}

/* Of made replicates PSUs − strata, at most R − 1; of given ones the rank less 1, which for the
 * weights of a jackknife comes to the same. */
static void test_degrees_of_freedom(void **state) {
    (void)state;
    static sample s;
    draw(&s, 5, 3);
    mirti_survey_design *design = design_of(&s, NULL, MIRTI_LONELY_FAIL);
    mirti_survey_replicates *made = replicates_of(design, MIRTI_REPLICATE_JKN, 0, 0), *given;
    mirti_survey_replicates *few = replicates_of(design, MIRTI_REPLICATE_BOOTSTRAP, 7, 0);
    int32_t df;
    assert_int_equal(mirti_survey_replicates_df(design, made, NULL, &df, NULL), MIRTI_OK);
    assert_int_equal(df, 5 * (3 - 1));
    assert_int_equal(mirti_survey_replicates_df(design, few, NULL, &df, NULL), MIRTI_OK);
    assert_int_equal(df, 7 - 1);
    static double weight[MOST * 15], column[MOST];
    static uint8_t in[MOST];
    for (int32_t r = 0; r < 15; r++) {
        mirti_survey_replicate_weights(design, made, r, column);
        for (int i = 0; i < s.rows; i++)
            weight[i * 15 + r] = column[i];
    }
    assert_int_equal(
        mirti_survey_replicates_given(design, weight, 15, 1, NULL, false, &given, NULL), MIRTI_OK);
    assert_int_equal(mirti_survey_replicates_df(design, given, NULL, &df, NULL), MIRTI_OK);
    assert_int_equal(df, 5 * (3 - 1));
    /* The children of one stratum: its three PSUs alone. */
    for (int i = 0; i < s.rows; i++)
        in[i] = design->psu_stratum[design->psu[i]] == 2;
    assert_int_equal(mirti_survey_replicates_df(design, given, in, &df, NULL), MIRTI_OK);
    assert_int_equal(df, 3 - 1);
    mirti_survey_estimate mean;
    assert_int_equal(mirti_survey_mean_with(design, given, s.y, in, 0.95, &mean, NULL), MIRTI_OK);
    assert_int_equal(mean.df, 3 - 1);
    memset(in, 0, sizeof in);
    assert_int_equal(mirti_survey_mean_with(design, given, s.y, in, 0.95, &mean, NULL),
                     MIRTI_ERROR_INPUT);
    mirti_survey_replicates_free(made);
    mirti_survey_replicates_free(few);
    mirti_survey_replicates_free(given);
    mirti_survey_design_free(design);
}

static void test_what_is_refused(void **state) {
    (void)state;
    static sample s;
    draw(&s, 3, 2);
    mirti_survey_design *design = design_of(&s, NULL, MIRTI_LONELY_FAIL);
    mirti_survey_replicates *replicates;
    assert_int_equal(
        mirti_survey_replicates_new(design, MIRTI_REPLICATE_JK1, 0, 0, 0, &replicates, NULL),
        MIRTI_ERROR_USAGE);
    assert_int_equal(
        mirti_survey_replicates_new(design, MIRTI_REPLICATE_FAY, 0, 1, 0, &replicates, NULL),
        MIRTI_ERROR_USAGE);
    assert_int_equal(
        mirti_survey_replicates_new(design, MIRTI_REPLICATE_BOOTSTRAP, 1, 0, 0, &replicates, NULL),
        MIRTI_ERROR_USAGE);
    assert_int_equal(
        mirti_survey_replicates_new(design, MIRTI_REPLICATE_GIVEN, 9, 0, 0, &replicates, NULL),
        MIRTI_ERROR_USAGE);
    assert_null(replicates);
    mirti_survey_estimate estimate;
    assert_int_equal(mirti_survey_estimates(design, NULL, MIRTI_SURVEY_RATIO, s.y, NULL, NULL, 1,
                                            0.95, &estimate, NULL),
                     MIRTI_ERROR_USAGE);
    assert_int_equal(mirti_survey_estimates(design, NULL, MIRTI_SURVEY_MEAN, s.y, NULL, NULL, 2,
                                            0.95, &estimate, NULL),
                     MIRTI_ERROR_USAGE);
    mirti_survey_design_free(design);
}

static mirti_status everything(mirti_error *err) {
    static sample s;
    draw(&s, 3, 2);
    mirti_survey_design *design;
    mirti_survey_estimate estimate;
    MIRTI_TRY(mirti_survey_design_new(s.rows, s.weight, s.stratum, s.psu, true, NULL,
                                      MIRTI_LONELY_FAIL, &design, err));
    mirti_status status = MIRTI_OK;
    for (int kind = MIRTI_REPLICATE_JKN; kind <= MIRTI_REPLICATE_BOOTSTRAP; kind++) {
        mirti_survey_replicates *replicates = NULL;
        status = mirti_survey_replicates_new(design, (mirti_replicate_kind)kind, 5, 0, 0,
                                             &replicates, err);
        if (status == MIRTI_OK)
            status = mirti_survey_estimates(design, replicates, MIRTI_SURVEY_RATIO, s.y, s.x, NULL,
                                            1, 0.95, &estimate, err);
        mirti_survey_replicates_free(replicates);
        if (status != MIRTI_OK) break;
    }
    mirti_survey_design_free(design);
    return status;
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(everything) > 40);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_totals_have_their_linearised_variance),
        cmocka_unit_test(test_the_jackknife_knows_the_finite_population),
        cmocka_unit_test(test_the_bootstrap_comes_near),
        cmocka_unit_test(test_the_bootstrap_can_be_repeated),
        cmocka_unit_test(test_given_weights),
        cmocka_unit_test(test_domains),
        cmocka_unit_test(test_degrees_of_freedom),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
