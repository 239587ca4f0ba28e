/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated ranks and levels against closed forms and against draws ranked by brute force. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/risk.h"

enum { N = 40, P = 2 };

/* Areas with risks .05, .06 ...; column 0 moves all alike, column 1 every other area only. */
typedef struct country {
    mirti_results results;
    mirti_logit fit;
    double risk[N], at_risk[N], children[N], level_prob[N], top_prob[N], gradient[N * P];
    double shared_se[MIRTI_SHARED_ERRORS][N], own_se[N], covariance[P * P];
    int32_t shared[MIRTI_SHARED_ERRORS][N];
    int level[N];
    int64_t rank[N], rank_lo[N], rank_hi[N];
    char *parent[N];
} country;

static void make(country *c, double common, double own) {
    static char north[] = "01", south[] = "02";
    memset(c, 0, sizeof *c);
    for (int i = 0; i < N; i++) {
        c->risk[i] = i == 7 ? NAN : .05 + .01 * i;
        c->children[i] = 100 + i;
        c->at_risk[i] = c->risk[i] * c->children[i];
        double scale = c->risk[i] * (1 - c->risk[i]); /* unit steps on the logit scale */
        c->gradient[i * P] = i == 7 ? 0 : scale;
        c->gradient[i * P + 1] = i == 7 ? 0 : (i % 2) * scale;
        c->level_prob[i] = c->top_prob[i] = NAN;
        c->shared[0][i] = c->shared[1][i] = c->shared[2][i] = -1;
        c->parent[i] = i < N / 2 ? north : south;
    }
    c->covariance[0] = common * common;
    c->covariance[3] = own * own;
    c->fit = (mirti_logit){.columns = P, .covariance = c->covariance};
    c->results = (mirti_results){.count = N,
                                 .risk = c->risk,
                                 .at_risk = c->at_risk,
                                 .children = c->children,
                                 .level = c->level,
                                 .level_prob = c->level_prob,
                                 .top_prob = c->top_prob,
                                 .rank = c->rank,
                                 .rank_lo = c->rank_lo,
                                 .rank_hi = c->rank_hi,
                                 .parent_code = c->parent,
                                 .columns = P,
                                 .gradient = c->gradient,
                                 .shared = {c->shared[0], c->shared[1], c->shared[2]},
                                 .shared_se = {c->shared_se[0], c->shared_se[1], c->shared_se[2]},
                                 .own_se = c->own_se};
}

static mirti_status simulate(country *c, mirti_class_options classes,
                             mirti_simulate_options options, mirti_error *err) {
    mirti_class_report *report = NULL;
    mirti_status status = mirti_results_rank(&c->results, err);
    if (status == MIRTI_OK)
        status = mirti_results_classify(&c->results, &classes, "es", &report, err);
    if (status == MIRTI_OK)
        status = mirti_results_simulate(&c->results, &c->fit, &classes, report, &options, err);
    mirti_class_report_free(report);
    for (int j = 0; j < c->results.levels; j++)
        mirti_free(c->results.level_name[j]);
    mirti_free(c->results.level_name);
    c->results.level_name = NULL;
    c->results.levels = 0;
    return status;
}

static double at[] = {.15, .30};
static const mirti_class_options fixed = {.method = MIRTI_CLASS_FIXED, .levels = 3, .breaks = at};
static const mirti_simulate_options usual = {
    .draws = 4000, .seed = 3, .confidence = .95, .threads = 1};

static double normal_below(double x) {
    return erfc(-x / sqrt(2)) / 2;
}

static double logit(double p) {
    return log(p / (1 - p));
}

static void test_nothing_moves(void **state) {
    (void)state;
    country c;
    make(&c, 0, 0);
    assert_int_equal(simulate(&c, fixed, usual, NULL), MIRTI_OK);
    for (int i = 0; i < N; i++) {
        if (i == 7) continue;
        assert_int_equal(c.rank_lo[i], c.rank[i]);
        assert_int_equal(c.rank_hi[i], c.rank[i]);
        assert_true(c.level_prob[i] == 1);
        assert_true(c.top_prob[i] == (c.level[i] == 2)); /* as many as are high */
    }
    assert_int_equal(c.rank_lo[7], 0);
    assert_true(isnan(c.level_prob[7]) && isnan(c.top_prob[7]));
}

static void test_all_move_together(void **state) {
    (void)state;
    country c;
    make(&c, .4, 0);
    assert_int_equal(simulate(&c, fixed, usual, NULL), MIRTI_OK);
    for (int i = 0; i < N; i++) {
        if (i == 7) continue;
        assert_int_equal(c.rank_lo[i], c.rank[i]); /* errors in common change no rank */
        assert_int_equal(c.rank_hi[i], c.rank[i]);
        double low = c.level[i] > 0 ? logit(at[c.level[i] - 1]) : -INFINITY;
        double high = c.level[i] < 2 ? logit(at[c.level[i]]) : INFINITY;
        double centre = logit(c.risk[i]);
        double expected = normal_below((high - centre) / .4) - normal_below((low - centre) / .4);
        /* Four standard errors of a proportion of 4,000 draws. */
        if (!(fabs(c.level_prob[i] - expected) < 4 * .5 / sqrt(4000)))
            fail_msg("area %d: %g, not %g", i, c.level_prob[i], expected);
    }
}

enum { DRAWS = 4000 };

/* Ranks and the chance of the first five from draws of all areas, ranked by brute force. */
static void assert_ranked(const country *c, double value[DRAWS][N]) {
    for (int i = 0; i < N; i++) {
        if (i == 7) continue;
        int count[N + 1] = {0}, top = 0;
        for (int d = 0; d < DRAWS; d++) {
            int rank = 1;
            for (int k = 0; k < N; k++)
                rank += value[d][k] > value[d][i];
            count[rank]++;
            top += rank <= 5;
        }
        int low = 0, high = N, below = 0, above = 0;
        while (below + count[low] <= DRAWS / 40)
            below += count[low++];
        while (above + count[high] <= DRAWS / 40)
            above += count[high--];
        assert_true(labs((long)c->rank_lo[i] - low) <= 1); /* another sample may be a rank off */
        assert_true(labs((long)c->rank_hi[i] - high) <= 1);
        assert_true(fabs(c->top_prob[i] - (double)top / DRAWS) < .045);
        assert_true(c->rank_lo[i] <= c->rank[i] && c->rank[i] <= c->rank_hi[i]);
    }
}

static void test_some_move(void **state) {
    (void)state;
    country c;
    make(&c, .2, .5);
    mirti_simulate_options options = usual;
    options.top = 5;
    assert_int_equal(simulate(&c, fixed, options, NULL), MIRTI_OK);
    static double value[DRAWS][N]; /* the same model with other draws */
    mirti_rng rng = mirti_rng_at(99, 1, 0);
    for (int d = 0; d < DRAWS; d++) {
        double a = .2 * mirti_rng_normal(&rng), b = .5 * mirti_rng_normal(&rng);
        for (int i = 0; i < N; i++)
            value[d][i] = i == 7 ? -INFINITY : logit(c.risk[i]) + a + (i % 2) * b;
    }
    assert_ranked(&c, value);
    assert_true(c.rank_hi[20] - c.rank_lo[20] > 8);
}

static void test_parents_and_areas_are_shared(void **state) {
    (void)state;
    country c;
    make(&c, 0, 0);
    for (int i = 0; i < N; i++) { /* five states, every third area without; twenty pairs */
        double scale = c.risk[i] * (1 - c.risk[i]);
        c.shared[MIRTI_SHARED_PARENT][i] = i % 3 == 0 ? -1 : i % 5;
        c.shared_se[MIRTI_SHARED_PARENT][i] = i % 3 == 0 ? 0 : (i % 4 - 1) * .3 * scale;
        c.shared[MIRTI_SHARED_AREA][i] = i % 20;
        c.shared_se[MIRTI_SHARED_AREA][i] = .2 * scale;
        c.own_se[i] = .05 * scale;
    }
    mirti_simulate_options options = usual;
    options.top = 5;
    assert_int_equal(simulate(&c, fixed, options, NULL), MIRTI_OK);
    static double value[DRAWS][N];
    mirti_rng rng = mirti_rng_at(98, 1, 0);
    for (int d = 0; d < DRAWS; d++) {
        double of_state[5], of_pair[20];
        for (int g = 0; g < 5; g++)
            of_state[g] = .3 * mirti_rng_normal(&rng);
        for (int g = 0; g < 20; g++)
            of_pair[g] = .2 * mirti_rng_normal(&rng);
        for (int i = 0; i < N; i++) {
            double moved = of_pair[i % 20] + .05 * mirti_rng_normal(&rng);
            if (i % 3 != 0) moved += (i % 4 - 1) * of_state[i % 5];
            value[d][i] = i == 7 ? -INFINITY : logit(c.risk[i]) + moved;
        }
    }
    assert_ranked(&c, value);
}

static void test_benchmarked_groups_share_their_error(void **state) {
    (void)state;
    country c;
    make(&c, 0, 0);
    for (int i = 0; i < N; i++) { /* the lower half moves as one, the upper stays */
        c.shared[0][i] = i < N / 2 ? 0 : -1;
        c.shared_se[0][i] = i < N / 2 ? .3 * c.risk[i] * (1 - c.risk[i]) : 0;
    }
    assert_int_equal(simulate(&c, fixed, usual, NULL), MIRTI_OK);
    assert_true(c.rank_hi[0] == N - 1 && c.rank_lo[0] >= N - 3);
    assert_true(c.rank_lo[19] < c.rank[19] - 3); /* may pass many of the upper half ... */
    assert_int_equal(c.rank_hi[19], c.rank[19]); /* ... but none of its own */
    double expected = normal_below((logit(.15) - logit(c.risk[9])) / .3);
    assert_true(fabs(c.level_prob[9] - expected) < .032);
}

static void test_an_error_of_its_own(void **state) {
    (void)state;
    country c;
    make(&c, 0, 0);
    c.own_se[20] = .3 * c.risk[20] * (1 - c.risk[20]);
    assert_int_equal(simulate(&c, fixed, usual, NULL), MIRTI_OK);
    assert_true(c.rank_lo[20] < c.rank[20] - 5 && c.rank_hi[20] > c.rank[20] + 5);
    assert_int_equal(c.rank_hi[25] - c.rank_lo[25], 1); /* passed by that one only */
    double centre = logit(c.risk[20]);
    double expected =
        normal_below((logit(.30) - centre) / .3) - normal_below((logit(.15) - centre) / .3);
    assert_true(fabs(c.level_prob[20] - expected) < .032);
}

static void test_by_number_and_within_parents(void **state) {
    (void)state;
    country c;
    make(&c, .3, 0);
    mirti_class_options options = {
        .method = MIRTI_CLASS_QUANTILE, .levels = 2, .by_children = true, .within_parent = true};
    assert_int_equal(simulate(&c, options, usual, NULL), MIRTI_OK);
    double least = 1, most = 0;
    for (int i = 0; i < N; i++) {
        if (i == 7) continue;
        if (c.level_prob[i] < least) least = c.level_prob[i];
        if (c.level_prob[i] > most) most = c.level_prob[i];
    }
    assert_true(least > .4 && least < .62); /* next to its state's median */
    assert_true(most > .95);                /* far from it */
}

static void test_threads_and_seeds(void **state) {
    (void)state;
    country one, three, other;
    mirti_simulate_options options = usual;
    make(&one, .2, .5);
    make(&three, .2, .5);
    make(&other, .2, .5);
    assert_int_equal(simulate(&one, fixed, options, NULL), MIRTI_OK);
    options.threads = 3;
    assert_int_equal(simulate(&three, fixed, options, NULL), MIRTI_OK);
    options.seed = 4;
    assert_int_equal(simulate(&other, fixed, options, NULL), MIRTI_OK);
    assert_memory_equal(one.level_prob, three.level_prob, sizeof one.level_prob);
    assert_memory_equal(one.rank_lo, three.rank_lo, sizeof one.rank_lo);
    assert_memory_not_equal(one.level_prob, other.level_prob, sizeof one.level_prob);
}

static void test_no_covariance_matrix(void **state) {
    (void)state;
    country c;
    mirti_error err = {0};
    make(&c, .2, .5);
    c.covariance[1] = c.covariance[2] = .2; /* correlation 2 */
    assert_int_equal(simulate(&c, fixed, usual, &err), MIRTI_ERROR_MODEL);
    make(&c, .2, .5);
    c.covariance[1] = c.covariance[2] = .1; /* correlation 1: fine */
    assert_int_equal(simulate(&c, fixed, usual, &err), MIRTI_OK);
}

static mirti_status simulate_some(mirti_error *err) {
    country c;
    make(&c, .2, .5);
    mirti_simulate_options options = usual;
    options.draws = 20;
    return simulate(&c, fixed, options, err);
}

static void test_no_memory(void **state) {
    (void)state;
    assert_survives_without_memory(simulate_some);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_moves),
        cmocka_unit_test(test_all_move_together),
        cmocka_unit_test(test_some_move),
        cmocka_unit_test(test_parents_and_areas_are_shared),
        cmocka_unit_test(test_benchmarked_groups_share_their_error),
        cmocka_unit_test(test_an_error_of_its_own),
        cmocka_unit_test(test_by_number_and_within_parents),
        cmocka_unit_test(test_threads_and_seeds),
        cmocka_unit_test(test_no_covariance_matrix),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
