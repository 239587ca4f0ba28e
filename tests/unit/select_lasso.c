/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lasso path: the conditions of its minimum by plain sums, what it does with columns that are
 * of no use, and that nobody can tell how many threads made it. tests/oracle/select compares it
 * with glmnet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "select_sample.h"

static const double usual[] = {1, 0.8, 0, 0};

static void groups_of(const sample *s, int *group) {
    for (int j = 0; j < s->terms->columns; j++)
        group[j] = s->terms->term_of[j];
}

static mirti_lasso *path_with(const sample *s, const uint8_t *free_terms,
                              const mirti_lasso_options *options) {
    int group[16];
    mirti_lasso *lasso;
    mirti_error err = {0};
    groups_of(s, group);
    if (mirti_lasso_fit(&s->data, group, s->terms->terms, free_terms, options, &lasso, &err) !=
        MIRTI_OK)
        fail_msg("%s", err.message);
    return lasso;
}

/* Weighted covariance of columns a and b, and of column a with the residual y − p: plain sums. */
typedef struct moments {
    double covariance[16][16], gradient[16], residual;
} moments;

static moments sum_up(const sample *s, const double *beta) {
    moments m = {0};
    double total = 0, mean[16] = {0};
    int p = s->terms->columns;
    for (int64_t i = 0; i < s->rows; i++)
        total += s->weight[i];
    for (int64_t i = 0; i < s->rows; i++)
        for (int j = 0; j < p; j++)
            mean[j] += s->weight[i] / total * s->x[i * p + j];
    for (int64_t i = 0; i < s->rows; i++) {
        const double *x = s->x + i * p;
        double eta = 0, w = s->weight[i] / total;
        for (int j = 0; j < p; j++)
            eta += beta[j] * x[j];
        double residual = s->y[i] - 1 / (1 + exp(-eta));
        m.residual += w * residual;
        for (int j = 0; j < p; j++) {
            m.gradient[j] += w * residual * (x[j] - mean[j]);
            for (int k = 0; k < p; k++)
                m.covariance[j][k] += w * (x[j] - mean[j]) * (x[k] - mean[k]);
        }
    }
    return m;
}

/*
 * Of a group g with S = its covariance matrix: where β_g = 0, gᵀS⁻¹g ≤ (λ√d)², and else
 * gradient = λ√d Sβ/(βᵀSβ)^½. Groups here have one column or two.
 */
static void check_group(const moments *m, const double *beta, const int *column, int width,
                        double lambda, bool is_free, double slack) {
    double limit = is_free ? 0 : lambda * sqrt(width), size = 0, effect[2] = {0, 0};
    for (int a = 0; a < width; a++)
        for (int b = 0; b < width; b++)
            effect[a] += m->covariance[column[a]][column[b]] * beta[column[b]];
    for (int a = 0; a < width; a++)
        size += beta[column[a]] * effect[a];
    size = sqrt(size);
    for (int a = 0; a < width && (size > 0 || is_free); a++) {
        double sd = sqrt(m->covariance[column[a]][column[a]]);
        double wanted = is_free ? 0 : limit * effect[a] / size;
        assert_true(fabs(m->gradient[column[a]] - wanted) <= slack * sd);
    }
    if (size > 0 || is_free) return;
    const double *g = m->gradient;
    double a = m->covariance[column[0]][column[0]], length;
    if (width == 1) {
        length = g[column[0]] * g[column[0]] / a;
    } else {
        double b = m->covariance[column[0]][column[1]], c = m->covariance[column[1]][column[1]];
        double u = g[column[0]], v = g[column[1]];
        length = (c * u * u - 2 * b * u * v + a * v * v) / (a * c - b * b);
    }
    assert_true(sqrt(length) <= limit + slack);
}

static void check_conditions(const sample *s, const mirti_lasso *lasso, const uint8_t *free_terms) {
    for (int l = 0; l < lasso->lambdas; l++) {
        const double *beta = lasso->beta + l * lasso->columns;
        moments m = sum_up(s, beta);
        /* The path promises 1e-9 of λ_max; what libm and another order of sums differ by is less.
         */
        double slack = 2e-9 * lasso->lambda_max;
        assert_true(lasso->kkt[l] <= 1e-9);
        assert_true(fabs(m.residual) <= slack);
        for (int t = 0; t < lasso->groups; t++) {
            int column[4], width = 0;
            for (int j = 1; j < lasso->columns; j++)
                if (s->terms->term_of[j] == t) column[width++] = j;
            check_group(&m, beta, column, width, lasso->lambda[l], free_terms && free_terms[t],
                        slack);
            bool in = false;
            for (int k = 0; k < width; k++)
                in = in || beta[column[k]] != 0;
            assert_int_equal(in, lasso->active[l * lasso->groups + t]);
        }
    }
}

static int active_at(const mirti_lasso *lasso, int l) {
    int count = 0;
    for (int t = 0; t < lasso->groups; t++)
        count += lasso->active[l * lasso->groups + t];
    return count;
}

static void test_every_point_is_a_minimum(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    mirti_lasso *lasso = path_with(&s, NULL, NULL);
    assert_int_equal(lasso->lambdas, 100);
    assert_close(lasso->lambda[99], 1e-4 * lasso->lambda[0], 1e-12);
    assert_int_equal(active_at(lasso, 0), 0);
    assert_true(active_at(lasso, 1) > 0);
    assert_int_equal(active_at(lasso, 99), SAMPLE_TERMS);
    check_conditions(&s, lasso, NULL);
    for (int l = 1; l < lasso->lambdas; l++)
        assert_true(lasso->deviance[l] <= lasso->deviance[l - 1] + 1e-12);
    mirti_lasso_free(lasso);
    sample_free(&s);
}

static void test_free_groups_are_always_in(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    uint8_t free_terms[SAMPLE_TERMS] = {0};
    free_terms[TERM_KIND] = 1;
    const mirti_lasso_options options = {.lambdas = 20};
    mirti_lasso *lasso = path_with(&s, free_terms, &options);
    assert_int_equal(active_at(lasso, 0), 1);
    assert_true(lasso->active[TERM_KIND]);
    check_conditions(&s, lasso, free_terms);
    mirti_lasso_free(lasso);
    sample_free(&s);
}

static void test_the_reference_level_does_not_matter(void **state) {
    (void)state;
    mirti_lasso *path[2];
    for (int reference = 0; reference < 2; reference++) {
        sample s = sample_make(usual, 2 * reference);
        path[reference] = path_with(&s, NULL, NULL);
        sample_free(&s);
    }
    assert_close(path[0]->lambda_max, path[1]->lambda_max, 1e-12);
    for (int l = 0; l < 100; l++) {
        /* both are minima to 1e-9 of λ_max, in folds to 1e-7 */
        assert_close(path[0]->deviance[l], path[1]->deviance[l], 1e-9);
        assert_close(path[0]->cv_deviance[l], path[1]->cv_deviance[l], 1e-7);
        assert_memory_equal(path[0]->active + l * SAMPLE_TERMS, path[1]->active + l * SAMPLE_TERMS,
                            SAMPLE_TERMS);
    }
    for (int k = 0; k < 2; k++)
        mirti_lasso_free(path[k]);
}

static void test_without_a_penalty_it_is_the_logit(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    const double lambda[] = {1e-12};
    const mirti_lasso_options options = {.lambdas = 1, .lambda = lambda};
    mirti_lasso *lasso = path_with(&s, NULL, &options);
    mirti_logit *fit;
    assert_int_equal(
        mirti_logit_fit(s.design, s.x, s.terms->columns, s.y, NULL, s.terms->name, &fit, NULL),
        MIRTI_OK);
    moments m = sum_up(&s, fit->beta);
    for (int j = 0; j < fit->columns; j++) /* per standard deviation, as the conditions hold to */
        assert_true(fabs(lasso->beta[j] - fit->beta[j]) * (j == 0 ? 1 : sqrt(m.covariance[j][j])) <
                    1e-7);
    assert_close(lasso->deviance[0] * (double)s.rows, fit->deviance, 1e-12);
    mirti_logit_free(fit);
    mirti_lasso_free(lasso);
    sample_free(&s);
}

static void test_columns_of_no_use(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    int p = s.terms->columns;
    for (int64_t i = 0; i < s.rows; i++) {
        s.value[4 * i + 2] = 1;                      /* water is everywhere */
        if (s.value[4 * i] == 1) s.value[4 * i] = 0; /* and nobody of kind b */
        s.value[4 * i + 3] = s.value[4 * i + 1];     /* income is farm */
    }
    sample_fill_rows(&s);
    mirti_lasso *lasso = path_with(&s, NULL, NULL);
    const double df[SAMPLE_TERMS] = {1, 1, 1, 0, 1};
    for (int t = 0; t < SAMPLE_TERMS; t++)
        assert_true(lasso->group_df[t] == df[t]);
    for (int l = 0; l < lasso->lambdas; l++) {
        assert_false(lasso->active[l * SAMPLE_TERMS + TERM_WATER]);
        for (int j = 0; j < p; j++)
            assert_true(isfinite(lasso->beta[l * p + j]));
    }
    /* farm:water is farm, and so is income: which of them has the effect is open, how much is not.
     */
    double effect = 0;
    for (int j = 1; j < p; j++)
        if (s.terms->term_of[j] != TERM_KIND) effect += lasso->beta[50 * p + j];
    assert_true(effect > 0.1);
    assert_int_equal(active_at(lasso, 99), 2);
    mirti_lasso_free(lasso);
    sample_free(&s);
}

static void test_separation_is_held_by_the_penalty(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    for (int64_t i = 0; i < s.rows; i++) {
        if (s.y[i] == 0) s.value[4 * i + 1] = 0; /* all on farms work */
        if (s.value[4 * i] == 1) s.y[i] = 0;     /* nobody of kind b does */
        if (s.y[i] == 0) s.value[4 * i + 1] = 0;
    }
    sample_fill_rows(&s);
    const mirti_lasso_options options = {.lambdas = 40, .ratio = 1e-3};
    mirti_lasso *lasso = path_with(&s, NULL, &options);
    check_conditions(&s, lasso, NULL);
    int p = s.terms->columns;
    assert_true(fabs(lasso->beta[39 * p + 4]) > fabs(lasso->beta[20 * p + 4]));
    mirti_lasso_free(lasso);
    sample_free(&s);
}

/* Folds by strata of one PSU each. */
static void test_one_psu_in_each_stratum(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    static char label[SAMPLE_STRATA * SAMPLE_PSUS][8];
    mirti_str stratum[SAMPLE_STRATA * SAMPLE_PSUS * SAMPLE_ROWS];
    for (int64_t i = 0; i < s.rows; i++) {
        snprintf(label[i / SAMPLE_ROWS], 8, "%d", (int)(i / SAMPLE_ROWS));
        stratum[i] = mirti_str_of(label[i / SAMPLE_ROWS]);
    }
    mirti_survey_design_free(s.design);
    assert_int_equal(mirti_survey_design_new(s.rows, s.weight, stratum, stratum, true, NULL,
                                             MIRTI_LONELY_CERTAINTY, &s.design, NULL),
                     MIRTI_OK);
    assert_int_equal(mirti_survey_folds(s.design, NULL, 4, 7, s.fold, NULL), MIRTI_OK);
    s.data.design = s.design;
    mirti_lasso *lasso = path_with(&s, NULL, NULL);
    assert_true(lasso->best > 0 && lasso->sparse <= lasso->best);
    mirti_lasso_free(lasso);
    sample_free(&s);
}

static void test_any_number_of_threads_gives_the_same_bits(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    mirti_lasso *path[2];
    for (int k = 0; k < 2; k++) {
        const mirti_lasso_options options = {.threads = k == 0 ? 1 : 3};
        path[k] = path_with(&s, NULL, &options);
    }
    size_t count = (size_t)path[0]->lambdas;
    assert_memory_equal(path[0]->beta, path[1]->beta,
                        count * (size_t)path[0]->columns * sizeof(double));
    assert_memory_equal(path[0]->cv_deviance, path[1]->cv_deviance, count * sizeof(double));
    assert_memory_equal(path[0]->cv_se, path[1]->cv_se, count * sizeof(double));
    for (int k = 0; k < 2; k++)
        mirti_lasso_free(path[k]);
    sample_free(&s);
}

/* A fold's deviance is judged on rows that its fit has not seen: a path without that fold's rows in
 * the data must predict them equally well. */
static void test_left_out_means_left_out(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    const double lambda[] = {0.02};
    const mirti_lasso_options options = {.lambdas = 1, .lambda = lambda};
    mirti_lasso *all = path_with(&s, NULL, &options);
    double sum = 0, total = 0;
    uint8_t in[SAMPLE_STRATA * SAMPLE_PSUS * SAMPLE_ROWS];
    s.data.fold = NULL;
    s.data.in = in;
    int p = s.terms->columns;
    for (int k = 0; k < 4; k++) {
        for (int64_t i = 0; i < s.rows; i++)
            in[i] = s.fold[s.design->psu[i]] != k;
        mirti_lasso *part = path_with(&s, NULL, &options);
        assert_null(part->cv_deviance);
        for (int64_t i = 0; i < s.rows; i++) {
            double eta = 0;
            for (int j = 0; j < p; j++)
                eta += part->beta[j] * s.x[i * p + j];
            if (in[i]) continue;
            sum += s.weight[i] * 2 * log1p(exp(s.y[i] == 1 ? -eta : eta));
            total += s.weight[i];
        }
        mirti_lasso_free(part);
    }
    assert_close(all->cv_deviance[0], sum / total, 1e-7); /* the fold's minimum is to 1e-7 */
    mirti_lasso_free(all);
    sample_free(&s);
}

static void assert_refused(const sample *s, const mirti_lasso_options *options, mirti_status status,
                           const char *words) {
    int group[16];
    mirti_lasso *lasso;
    mirti_error err = {0};
    groups_of(s, group);
    assert_int_equal(mirti_lasso_fit(&s->data, group, s->terms->terms, NULL, options, &lasso, &err),
                     status);
    assert_null(lasso);
    if (!strstr(err.message, words)) fail_msg("'%s' does not say '%s'", err.message, words);
}

static void test_what_makes_no_sense_is_refused(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    const double rising[] = {0.1, 0.2};
    const mirti_lasso_options bad_lambda = {.lambdas = 2, .lambda = rising},
                              bad_ratio = {.ratio = 1};
    assert_refused(&s, &bad_lambda, MIRTI_ERROR_USAGE, "decrease");
    assert_refused(&s, &bad_ratio, MIRTI_ERROR_USAGE, "share");
    s.data.folds = 5;
    assert_refused(&s, NULL, MIRTI_ERROR_USAGE, "part 5");
    s.data.folds = 3;
    assert_refused(&s, NULL, MIRTI_ERROR_USAGE, "part 4 of 3");
    s.data.folds = 4;
    s.y[3] = 0.5;
    assert_refused(&s, NULL, MIRTI_ERROR_INPUT, "row 4 of the sample has 0.5 in the outcome");
    s.y[3] = 0;
    s.x[s.terms->columns + 2] = (double)NAN;
    assert_refused(&s, NULL, MIRTI_ERROR_INPUT, "row 2");
    s.x[s.terms->columns + 2] = 0;
    s.x[0] = 2;
    assert_refused(&s, NULL, MIRTI_ERROR_USAGE, "intercept");
    s.x[0] = 1;
    memset(s.y, 0, (size_t)s.rows * sizeof *s.y);
    assert_refused(&s, NULL, MIRTI_ERROR_MODEL, "does not vary");
    for (int64_t i = 0; i < s.rows; i++)
        s.y[i] = s.fold[s.design->psu[i]] == 2;
    assert_refused(&s, NULL, MIRTI_ERROR_MODEL, "part 3");
    sample_free(&s);
}

static bool stop_soon(void *context, const char *stage, double done, double total) {
    (void)stage;
    *(double *)context = total;
    return done < 10;
}

static void test_it_can_be_stopped(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    double total = 0;
    const mirti_listener listener = {.progress = stop_soon, .context = &total};
    const mirti_lasso_options options = {.listener = &listener, .threads = 2};
    assert_refused(&s, &options, MIRTI_ERROR_CANCELLED, "lasso");
    assert_true(total == 500);
    sample_free(&s);
}

static sample *shared;

static mirti_status short_path(mirti_error *err) {
    int group[16];
    groups_of(shared, group);
    const mirti_lasso_options options = {.lambdas = 3, .threads = 1};
    mirti_lasso *lasso;
    mirti_status status =
        mirti_lasso_fit(&shared->data, group, SAMPLE_TERMS, NULL, &options, &lasso, err);
    mirti_lasso_free(lasso);
    return status;
}

static void test_memory_may_run_out_anywhere(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    shared = &s;
    assert_true(assert_survives_without_memory(short_path) > 50);
    sample_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_point_is_a_minimum),
        cmocka_unit_test(test_free_groups_are_always_in),
        cmocka_unit_test(test_the_reference_level_does_not_matter),
        cmocka_unit_test(test_without_a_penalty_it_is_the_logit),
        cmocka_unit_test(test_columns_of_no_use),
        cmocka_unit_test(test_separation_is_held_by_the_penalty),
        cmocka_unit_test(test_one_psu_in_each_stratum),
        cmocka_unit_test(test_any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(test_left_out_means_left_out),
        cmocka_unit_test(test_what_makes_no_sense_is_refused),
        cmocka_unit_test(test_it_can_be_stopped),
        cmocka_unit_test(test_memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
