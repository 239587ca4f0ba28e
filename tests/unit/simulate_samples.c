/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two samples of a country, drawn again and again: weighted totals come out right on average,
 * and those of dwellings exactly; and the people are the same whoever asks for them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "simulate/census_file.h"
#include "simulate/children.h"
#include "simulate/country.h"
#include "simulate/survey.h"

static mirti_simulate_country country;
static mirti_simulate_odds odds;

/* What is totalled: children aged 5 to 17, and those of them who work, by dwelling. */
typedef struct home_count {
    uint8_t children, working;
} home_count;
static home_count *home; /* by locality and dwelling */
static int64_t *first;   /* [localities] index of its first dwelling */
static double children, working;

static int set_up(void **state) {
    (void)state;
    const mirti_country_options options = {
        .directory = "unused", .states = 3, .municipalities = 30, .persons = 9000, .seed = 77};
    if (mirti_simulate_plan(&options, &country, NULL) != MIRTI_OK) return -1;
    mirti_simulate_odds_make(&odds);
    home = calloc((size_t)country.dwellings, sizeof *home);
    first = calloc((size_t)country.localities, sizeof *first);
    if (home == NULL || first == NULL) return -1;
    int64_t at = 0;
    for (int32_t i = 0; i < country.localities; i++) {
        first[i] = at;
        for (int64_t k = 0; k < country.locality[i].dwellings; k++, at++) {
            mirti_simulate_dwelling one;
            mirti_simulate_dwelling_draw(&country, &odds, i, k, &one);
            for (int p = 0; p < one.persons; p++) {
                if (one.person[p].age < 5 || one.person[p].age > 17) continue;
                home[at].children++;
                home[at].working = (uint8_t)(home[at].working + one.person[p].works);
            }
            children += home[at].children;
            working += home[at].working;
        }
    }
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    mirti_simulate_country_reset(&country);
    free(home);
    free(first);
    return 0;
}

/* Mean and its standard error over replicates. */
typedef struct replicates {
    int count;
    double sum, square;
} replicates;

static void add(replicates *r, double value) {
    r->count++;
    r->sum += value;
    r->square += value * value;
}

/* Within four standard errors: one run in sixteen thousand would fail by chance, and this one does
 * not, because its seeds are fixed. */
static void assert_unbiased(const replicates *r, double truth) {
    double mean = r->sum / r->count;
    double variance = (r->square - r->count * mean * mean) / (r->count - 1);
    double error = sqrt(variance / r->count);
    if (fabs(mean - truth) > 4.0 * error)
        fail_msg("mean %g, truth %g, standard error %g", mean, truth, error);
    assert_true(error < 0.02 * truth); /* or the test could not see anything */
}

static void check_survey_totals(uint64_t samples, int64_t visits, bool informative) {
    replicates total = {0}, working_total = {0};
    mirti_simulate_country again = country; /* the same plan, other samples */
    again.options.survey_dwellings = visits;
    again.options.informative = informative;
    double unweighted = 0.0, unweighted_working = 0.0;
    for (uint64_t seed = 0; seed < samples; seed++) {
        again.survey_seed = 1000 + seed;
        mirti_simulate_survey survey;
        double dwellings = 0.0, sum = 0.0, working_sum = 0.0;
        assert_int_equal(mirti_simulate_survey_draw(&again, &survey, NULL), MIRTI_OK);
        for (int64_t i = 0; i < survey.psus; i++) {
            const mirti_simulate_psu *psu = &survey.psu[i];
            mirti_simulate_visit visit[MIRTI_SIMULATE_VISITS_MAX];
            int count = mirti_simulate_survey_visits(&again, &odds, psu, visit);
            for (int v = 0; v < count; v++) {
                int64_t number = visit[v].number;
                assert_true(number >= psu->first_dwelling &&
                            number < psu->first_dwelling + psu->dwellings);
                assert_true(v == 0 || number > visit[v - 1].number);
                assert_int_equal(mirti_simulate_upm_of(&country.locality[psu->locality], number),
                                 psu->upm);
                const home_count *h = &home[first[psu->locality] + number];
                dwellings += visit[v].weight;
                sum += visit[v].weight * h->children;
                working_sum += visit[v].weight * h->working;
                unweighted += h->children;
                unweighted_working += h->working;
            }
        }
        /* Each stratum's weights add up to its dwellings: rounding of some thousand additions. */
        if (!informative) assert_true(fabs(dwellings / (double)country.dwellings - 1.0) < 1e-10);
        add(&total, sum);
        add(&working_total, working_sum);
        mirti_simulate_survey_reset(&survey);
    }
    assert_unbiased(&total, children);
    assert_unbiased(&working_total, working);
    /* What weights are for. */
    double rate = working / children, naive = unweighted_working / unweighted;
    if (informative) assert_true(naive > 1.2 * rate);
}

static void test_survey_totals(void **state) {
    (void)state;
    check_survey_totals(300, 0, false);
}

/* So many that blocks are drawn twice. */
static void test_totals_of_a_dense_survey(void **state) {
    (void)state;
    check_survey_totals(60, country.dwellings * 2 / 3, false);
}

static void test_totals_of_an_informative_survey(void **state) {
    (void)state;
    check_survey_totals(100, 0, true);
}

static void test_survey_design(void **state) {
    (void)state;
    mirti_simulate_survey survey;
    assert_int_equal(mirti_simulate_survey_draw(&country, &survey, NULL), MIRTI_OK);
    assert_in_range(survey.strata, country.states + 1, 4 * country.states);
    int64_t *psus = calloc((size_t)survey.strata + 1, sizeof *psus);
    assert_non_null(psus);
    for (int64_t i = 0; i < survey.psus; i++) {
        assert_in_range(survey.psu[i].stratum, 1, survey.strata);
        psus[survey.psu[i].stratum]++;
        assert_int_equal(survey.psu[i].number, i + 1);
    }
    for (int32_t i = 1; i <= survey.strata; i++)
        assert_true(psus[i] >= 2); /* a variance can be estimated */
    free(psus);
    mirti_simulate_survey_reset(&survey);
}

/* The census draws its sample while the country is planned, so the plan is made anew: a country of
 * the same kind each time, and the ratio of the weighted to the true number of dwellings. */
static void test_census_weights(void **state) {
    (void)state;
    replicates ratio = {0}, rows = {0};
    for (uint64_t seed = 0; seed < 60; seed++) {
        const mirti_country_options options = {.directory = "unused",
                                               .states = 2,
                                               .municipalities = 12,
                                               .persons = 6000,
                                               .seed = 500 + seed};
        mirti_simulate_country other;
        assert_int_equal(mirti_simulate_plan(&options, &other, NULL), MIRTI_OK);
        double weighted = 0.0, taken = 0.0;
        for (int32_t i = 0; i < other.localities; i++) {
            for (int64_t k = 0; k < other.locality[i].dwellings; k++) {
                int32_t factor = mirti_simulate_census_factor(
                    &other, i, mirti_simulate_upm_of(&other.locality[i], k));
                weighted += factor;
                taken += factor > 0;
                if (other.locality[i].taken_whole) assert_int_equal(factor, 1);
            }
        }
        add(&ratio, weighted / (double)other.dwellings);
        add(&rows, taken * other.household_size / 6000.0);
        mirti_simulate_country_reset(&other);
    }
    assert_unbiased(&ratio, 1.0);
    /* As many rows as were asked for, give or take a twentieth. */
    assert_true(fabs(rows.sum / rows.count - 1.0) < 0.05);
}

static void test_households_are_the_same_in_any_order(void **state) {
    (void)state;
    mirti_simulate_dwelling there, back;
    memset(&there, 0, sizeof there);
    memset(&back, 0, sizeof back);
    for (int32_t i = country.localities - 1; i >= 0; i -= 7) {
        mirti_simulate_dwelling_draw(&country, &odds, i, 0, &there);
        mirti_simulate_dwelling_draw(&country, &odds, 0, 1, &back);
        mirti_simulate_dwelling_draw(&country, &odds, i, 0, &back);
        assert_int_equal(there.persons, back.persons);
        assert_memory_equal(there.person, back.person,
                            (size_t)there.persons * sizeof *there.person);
    }
}

static void test_households_make_sense(void **state) {
    (void)state;
    int64_t persons = 0, partners = 0;
    for (int32_t i = 0; i < country.localities; i++) {
        mirti_simulate_dwelling h;
        mirti_simulate_dwelling_draw(&country, &odds, i, country.locality[i].dwellings - 1, &h);
        assert_in_range(h.persons, 1, MIRTI_SIMULATE_HOUSEHOLD_MAX);
        assert_int_equal(h.person[0].relationship, MIRTI_SIMULATE_HEAD);
        assert_true(h.rooms >= h.bedrooms && h.bedrooms >= 1);
        for (int k = 0; k < h.persons; k++) {
            const mirti_simulate_person *p = &h.person[k];
            persons++;
            if (k > 0) assert_int_not_equal(p->relationship, MIRTI_SIMULATE_HEAD);
            if (p->mother != 0) {
                const mirti_simulate_person *mother = &h.person[p->mother - 1];
                assert_int_equal(mother->man, 0);
                assert_true(mother->age >= p->age + 13);
                if (p->relationship != MIRTI_SIMULATE_HEAD) assert_true(mother->births > 0);
            }
            if (p->father != 0) assert_int_equal(h.person[p->father - 1].man, 1);
            if (p->partner != 0) {
                partners++;
                assert_int_equal(h.person[p->partner - 1].partner, k + 1);
                assert_int_not_equal(h.person[p->partner - 1].man, p->man);
            }
            assert_true(p->schooling == 0 || p->schooling <= p->age - 5);
            assert_true(p->age < 12 ? p->activity == 0 && p->marital == 0
                                    : p->activity != 0 && p->marital != 0);
            if (p->age < 5 || p->age > 17) {
                assert_int_equal(p->risk, 0);
            } else {
                assert_true(p->risk > 0);
                if (p->age >= 12)
                    assert_true((p->activity == MIRTI_SIMULATE_WORKING) == (p->works == 1));
            }
        }
    }
    assert_true(partners > persons / 4);
}

/* The probability that was used is the one that the coefficients say. */
static void test_true_model(void **state) {
    (void)state;
    const mirti_country_truth *t = &country.truth;
    int checked = 0;
    for (int32_t i = 0; i < country.localities; i++) {
        mirti_simulate_dwelling h;
        mirti_simulate_dwelling_draw(&country, &odds, i, 0, &h);
        for (int k = 0; k < h.persons; k++) {
            const mirti_simulate_person *p = &h.person[k];
            if (p->age < 5 || p->age > 17) continue;
            double eta = t->intercept + country.locality[i].effect;
            eta += p->age == 5   ? t->age_5
                   : p->age < 12 ? t->age_6_11
                   : p->age > 14 ? t->age_15_17
                                 : 0;
            eta += p->man ? t->man + (p->age < 12   ? t->man_6_11
                                      : p->age > 14 ? t->man_15_17
                                                    : 0)
                          : 0;
            eta += (p->attending ? 0 : t->not_attending) + (p->indigenous ? t->indigenous : 0);
            eta += (h.floor == 1 ? t->dirt_floor : 0) + (h.water == 3 ? t->no_piped_water : 0) +
                   (h.drainage == 5 ? t->no_drainage : 0) + (h.internet ? t->internet : 0) +
                   (h.mobile ? t->mobile_phone : 0) + (h.car ? t->car : 0);
            /* Kept in 1/2³². */
            assert_true(fabs(p->risk / 4294967296.0 - 1.0 / (1.0 + exp(-eta))) < 1e-9);
            checked++;
        }
    }
    assert_true(checked > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_survey_totals),
        cmocka_unit_test(test_totals_of_a_dense_survey),
        cmocka_unit_test(test_totals_of_an_informative_survey),
        cmocka_unit_test(test_survey_design),
        cmocka_unit_test(test_census_weights),
        cmocka_unit_test(test_households_are_the_same_in_any_order),
        cmocka_unit_test(test_households_make_sense),
        cmocka_unit_test(test_true_model),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
