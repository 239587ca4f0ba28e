/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Choices of terms: what may be tried and in which order, what is set aside and why, and that the
 * record says what happened. tests/oracle/select compares searches with R. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "select_sample.h"

static const double usual[] = {1, 0.8, 0, 0}, together[] = {0, 0, 0, 4};

static mirti_choice *choose(const sample *s, const mirti_select_options *options) {
    mirti_choice *choice;
    mirti_error err = {0};
    if (mirti_select(&s->data, s->terms, options, &choice, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    return choice;
}

static const mirti_select_trial *trial_of(const mirti_select_step *step, int term) {
    for (int k = 0; k < step->trials; k++)
        if (step->trial[k].term == term) return &step->trial[k];
    return NULL;
}

static int taken(const mirti_choice *choice, int s) {
    const mirti_select_step *step = &choice->step[s];
    return step->chosen < 0 ? -1 : step->trial[step->chosen].term;
}

static void assert_says(const char *text, const char *words) {
    if (!strstr(text, words)) fail_msg("'%s' is not said in:\n%s", words, text);
}

static void test_an_interaction_waits_for_its_parts(void **state) {
    (void)state;
    sample s = sample_make(together, 0);
    const mirti_select_options options = {.method = MIRTI_SELECT_FORWARD};
    mirti_choice *choice = choose(&s, &options);
    assert_string_equal(choice->term[TERM_FARM_WATER], "farm:water");
    assert_int_equal(choice->step[0].trials, 4);
    assert_null(trial_of(&choice->step[0], TERM_FARM_WATER));
    assert_true(choice->chosen[TERM_FARM] && choice->chosen[TERM_WATER]);
    assert_true(choice->chosen[TERM_FARM_WATER]);
    assert_false(choice->brought[TERM_FARM]);
    assert_int_equal(taken(choice, 2), TERM_FARM_WATER);
    assert_int_equal(trial_of(&choice->step[0], TERM_KIND)->df, 2);
    assert_int_equal(taken(choice, choice->steps - 1), -1);
    mirti_choice_free(choice);

    /* Leaving is the other way round. */
    const mirti_select_options back = {.method = MIRTI_SELECT_BACKWARD};
    choice = choose(&s, &back);
    assert_null(trial_of(&choice->step[0], TERM_FARM));
    assert_non_null(trial_of(&choice->step[0], TERM_FARM_WATER));
    assert_true(choice->chosen[TERM_FARM_WATER] && choice->chosen[TERM_FARM]);
    mirti_choice_free(choice);
    sample_free(&s);
}

static void test_the_lasso_is_given_the_parts(void **state) {
    (void)state;
    sample s = sample_make(together, 0);
    const mirti_select_options options = {.method = MIRTI_SELECT_LASSO};
    mirti_choice *choice = choose(&s, &options);
    assert_int_equal(choice->criterion, MIRTI_SELECT_CV);
    assert_int_equal(choice->at, choice->lasso->sparse);
    assert_true(choice->chosen[TERM_FARM_WATER]);
    assert_true(choice->chosen[TERM_FARM] && choice->chosen[TERM_WATER]);
    const uint8_t *active = choice->lasso->active + choice->at * SAMPLE_TERMS;
    assert_int_equal(choice->brought[TERM_FARM], !active[TERM_FARM]);
    assert_true(choice->brought[TERM_FARM] || choice->brought[TERM_WATER]);
    mirti_text text = {0};
    assert_int_equal(mirti_choice_table(choice, "en", &text, NULL), MIRTI_OK);
    assert_says(text.data, "chosen, since an interaction needs it");
    assert_says(text.data, "+farm:water");
    assert_says(text.data, "terms: [farm:water, ");
    assert_says(text.data, "too sure");
    mirti_text_reset(&text);
    mirti_choice_free(choice);

    const mirti_select_options best = {.method = MIRTI_SELECT_LASSO, .best = true};
    choice = choose(&s, &best);
    assert_int_equal(choice->at, choice->lasso->best);
    mirti_choice_free(choice);
    sample_free(&s);
}

/* The fit of the choice is the fit of those terms. */
static void test_the_chosen_terms_are_fitted_as_any_model(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    bool keep[SAMPLE_TERMS] = {[TERM_WATER] = true};
    const mirti_select_options options = {.method = MIRTI_SELECT_FORWARD, .keep = keep};
    mirti_choice *choice = choose(&s, &options);
    assert_true(choice->chosen[TERM_WATER] && choice->keep[TERM_WATER]);
    assert_null(trial_of(&choice->step[0], TERM_WATER));
    size_t q = (size_t)choice->columns, p = (size_t)s.terms->columns;
    double *x = mirti_new((size_t)s.rows * q, sizeof *x);
    for (size_t i = 0; i < (size_t)s.rows; i++)
        for (size_t k = 0; k < q; k++)
            x[i * q + k] = s.x[i * p + (size_t)choice->column[k]];
    mirti_logit *fit;
    assert_int_equal(mirti_logit_fit(s.design, x, (int)q, s.y, NULL, choice->name, &fit, NULL),
                     MIRTI_OK);
    assert_memory_equal(fit->beta, choice->fit->beta, q * sizeof(double));
    assert_memory_equal(fit->covariance, choice->fit->covariance, q * q * sizeof(double));
    mirti_logit_free(fit);
    mirti_free(x);
    mirti_choice_free(choice);
    sample_free(&s);
}

/* income is what farm and water make together, and a little else: it comes first and must leave. */
static void test_what_has_become_idle_leaves(void **state) {
    (void)state;
    const double both[] = {0, 1.6, 1.6, 0};
    sample s = sample_make(both, 0);
    mirti_rng rng = mirti_rng_at(9, 1, 0);
    for (int64_t i = 0; i < s.rows; i++)
        s.value[4 * i + 3] =
            s.value[4 * i + 1] + s.value[4 * i + 2] + 0.25 * mirti_rng_normal(&rng);
    sample_fill_rows(&s);
    const mirti_select_options options = {.method = MIRTI_SELECT_BOTH};
    mirti_choice *choice = choose(&s, &options);
    assert_int_equal(taken(choice, 0), TERM_INCOME);
    bool left = false;
    for (int k = 0; k < choice->steps; k++)
        if (taken(choice, k) == TERM_INCOME && !choice->step[k].trial[choice->step[k].chosen].add)
            left = true;
    assert_true(left);
    assert_false(choice->chosen[TERM_INCOME]);
    assert_true(choice->chosen[TERM_FARM] && choice->chosen[TERM_WATER]);
    mirti_choice_free(choice);

    const mirti_select_options by_aic = {.method = MIRTI_SELECT_BOTH,
                                         .criterion = MIRTI_SELECT_DAIC};
    choice = choose(&s, &by_aic);
    assert_int_equal(taken(choice, 0), TERM_INCOME);
    assert_false(choice->chosen[TERM_INCOME]);
    for (int k = 1; k < choice->steps; k++)
        assert_true(choice->step[k].value < choice->step[k - 1].value);
    mirti_choice_free(choice);
    sample_free(&s);
}

static void test_hopeless_terms_are_set_aside(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    for (int64_t i = 0; i < s.rows; i++) {
        s.value[4 * i + 2] = 1;                  /* water is everywhere */
        if (s.y[i] == 0) s.value[4 * i + 1] = 0; /* and all on farms work */
    }
    sample_fill_rows(&s);
    for (int method = MIRTI_SELECT_LASSO; method <= MIRTI_SELECT_BOTH; method++) {
        const mirti_select_options options = {.method = (mirti_select_method)method, .best = true};
        mirti_choice *choice = choose(&s, &options);
        assert_says(choice->set_aside[TERM_WATER], "water is 1 in all 360 rows");
        assert_says(choice->set_aside[TERM_FARM], "separation");
        assert_non_null(choice->set_aside[TERM_FARM_WATER]);
        assert_null(choice->set_aside[TERM_KIND]);
        assert_false(choice->chosen[TERM_WATER] || choice->chosen[TERM_FARM]);
        mirti_text text = {0};
        assert_int_equal(mirti_choice_table(choice, "en", &text, NULL), MIRTI_OK);
        assert_says(text.data, "set aside: water is 1");
        mirti_text_reset(&text);
        mirti_choice_free(choice);
    }
    /* What is to be kept has to be possible. */
    bool keep[SAMPLE_TERMS] = {[TERM_WATER] = true};
    const mirti_select_options options = {.method = MIRTI_SELECT_FORWARD, .keep = keep};
    mirti_choice *choice;
    mirti_error err = {0};
    assert_int_equal(mirti_select(&s.data, s.terms, &options, &choice, &err), MIRTI_ERROR_MODEL);
    assert_null(choice);
    assert_says(err.message, "water is 1");
    sample_free(&s);
}

static void test_twins_do_not_both_come_in(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    for (int64_t i = 0; i < s.rows; i++)
        s.value[4 * i + 3] = 100 * s.value[4 * i + 1]; /* income is farm */
    sample_fill_rows(&s);
    mirti_select_options options = {.method = MIRTI_SELECT_FORWARD};
    mirti_choice *choice = choose(&s, &options);
    assert_true(choice->chosen[TERM_FARM] && !choice->chosen[TERM_INCOME]); /* the first wins */
    const mirti_select_step *last = &choice->step[choice->steps - 1];
    assert_says(trial_of(last, TERM_INCOME)->problem, "income is determined by farm");
    mirti_choice_free(choice);

    options.method = MIRTI_SELECT_BACKWARD;
    choice = choose(&s, &options);
    assert_says(choice->set_aside[TERM_INCOME], "income is determined by farm");
    assert_true(choice->chosen[TERM_FARM]);
    mirti_choice_free(choice);

    options.method = MIRTI_SELECT_LASSO;
    options.best = true;
    choice = choose(&s, &options);
    assert_true(choice->chosen[TERM_FARM] != choice->chosen[TERM_INCOME]);
    assert_non_null(choice->fit);
    mirti_choice_free(choice);
    sample_free(&s);
}

/* farm + income > 1 is what works: each alone leaves doubt, both leave none. */
static void test_a_choice_that_cannot_be_fitted_says_so(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    mirti_rng rng = mirti_rng_at(11, 1, 0);
    for (int64_t i = 0; i < s.rows; i++) {
        s.value[4 * i + 3] = 1.4 * mirti_rng_uniform(&rng) - 0.2;
        s.y[i] = s.value[4 * i + 1] + s.value[4 * i + 3] > 1;
    }
    sample_fill_rows(&s);
    const mirti_select_options options = {.method = MIRTI_SELECT_LASSO, .best = true};
    mirti_choice *choice = choose(&s, &options);
    assert_true(choice->chosen[TERM_FARM] && choice->chosen[TERM_INCOME]);
    assert_null(choice->fit);
    assert_says(choice->fit_problem, "separation");
    mirti_text text = {0};
    assert_int_equal(mirti_choice_table(choice, "en", &text, NULL), MIRTI_OK);
    assert_says(text.data, "cannot be fitted together");
    mirti_text_reset(&text);
    mirti_choice_free(choice);
    for (int criterion = MIRTI_SELECT_P; criterion <= MIRTI_SELECT_CV; criterion++) {
        const mirti_select_options steps = {.method = MIRTI_SELECT_FORWARD,
                                            .criterion = (mirti_select_criterion)criterion};
        choice = choose(&s, &steps);
        const mirti_select_trial *trial = trial_of(&choice->step[1], TERM_FARM);
        if (!trial) trial = trial_of(&choice->step[1], TERM_INCOME);
        assert_says(trial->problem, "separation");
        assert_non_null(choice->fit);
        mirti_choice_free(choice);
    }
    sample_free(&s);
}

/* The criterion of a step by left-out PSUs, by fits of the fit room and plain sums. */
static void test_left_out_deviance_of_a_step(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    const mirti_select_options options = {.method = MIRTI_SELECT_FORWARD,
                                          .criterion = MIRTI_SELECT_CV};
    mirti_choice *choice = choose(&s, &options);
    const mirti_select_trial *trial = trial_of(&choice->step[0], TERM_FARM);
    double *x = mirti_new(2 * (size_t)s.rows, sizeof *x), sum = 0, total = 0;
    uint8_t in[SAMPLE_STRATA * SAMPLE_PSUS * SAMPLE_ROWS];
    char *names[] = {s.terms->name[0], s.terms->name[4]};
    for (int k = 0; k < 4; k++) {
        mirti_logit *fit;
        for (int64_t i = 0; i < s.rows; i++) {
            in[i] = s.fold[s.design->psu[i]] != k;
            x[2 * i] = 1;
            x[2 * i + 1] = s.value[4 * i + 1];
        }
        assert_int_equal(mirti_logit_fit(s.design, x, 2, s.y, in, names, &fit, NULL), MIRTI_OK);
        for (int64_t i = 0; i < s.rows; i++) {
            double eta = fit->beta[0] + fit->beta[1] * x[2 * i + 1];
            if (in[i]) continue;
            sum += s.weight[i] * 2 * log1p(exp(s.y[i] == 1 ? -eta : eta));
            total += s.weight[i];
        }
        mirti_logit_free(fit);
    }
    assert_close(trial->value, sum / total, 1e-10);
    assert_true(trial->se > 0);
    mirti_free(x);
    mirti_choice_free(choice);
    sample_free(&s);
}

static void test_any_number_of_threads_writes_the_same(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    for (int method = MIRTI_SELECT_LASSO; method <= MIRTI_SELECT_BOTH; method++) {
        mirti_json json[2] = {0};
        for (int k = 0; k < 2; k++) {
            const mirti_select_options options = {.method = (mirti_select_method)method,
                                                  .criterion = MIRTI_SELECT_CV,
                                                  .lasso = {.threads = k == 0 ? 1 : 3}};
            mirti_choice *choice = choose(&s, &options);
            mirti_json_object(&json[k], NULL);
            mirti_choice_to_json(choice, &json[k]);
            mirti_json_end(&json[k]);
            assert_int_equal(mirti_json_finish(&json[k], NULL), MIRTI_OK);
            mirti_choice_free(choice);
        }
        assert_string_equal(json[0].text.data, json[1].text.data);
        assert_says(json[0].text.data, method == MIRTI_SELECT_LASSO ? "\"path\"" : "\"steps\"");
        for (int k = 0; k < 2; k++)
            mirti_json_reset(&json[k]);
    }
    sample_free(&s);
}

static void test_nothing_to_choose(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    bool keep[SAMPLE_TERMS] = {true, true, true, true, true};
    for (int method = MIRTI_SELECT_LASSO; method <= MIRTI_SELECT_BOTH; method++) {
        const mirti_select_options options = {.method = (mirti_select_method)method, .keep = keep};
        mirti_choice *choice = choose(&s, &options);
        assert_int_equal(choice->columns, s.terms->columns);
        mirti_text text = {0};
        assert_int_equal(mirti_choice_table(choice, "en", &text, NULL), MIRTI_OK);
        assert_says(text.data, "terms: [farm:water, kind, farm, water, income]");
        mirti_text_reset(&text);
        mirti_choice_free(choice);
    }
    sample_free(&s);
}

static void assert_refused(const sample *s, const mirti_select_options *options,
                           const char *words) {
    mirti_choice *choice;
    mirti_error err = {0};
    assert_int_equal(mirti_select(&s->data, s->terms, options, &choice, &err), MIRTI_ERROR_USAGE);
    assert_says(err.message, words);
}

static void test_what_makes_no_sense_is_refused(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    const mirti_select_options crossed = {
        .method = MIRTI_SELECT_BOTH, .p_enter = 0.2, .p_remove = 0.1};
    assert_refused(&s, &crossed, "the first not above the second");
    s.data.fold = NULL;
    const mirti_select_options lasso = {.method = MIRTI_SELECT_LASSO};
    assert_refused(&s, &lasso, "needs the parts");
    s.data.columns--;
    const mirti_select_options forward = {.method = MIRTI_SELECT_FORWARD};
    assert_refused(&s, &forward, "columns");
    s.data.columns++;
    const mirti_logit_options ridge = {.penalty = MIRTI_PENALTY_RIDGE, .ridge = 1};
    mirti_logit *fit;
    double daic;
    assert_int_equal(mirti_logit_fit_with(s.design, s.x, s.terms->columns, s.y, NULL, s.terms->name,
                                          &ridge, &fit, NULL),
                     MIRTI_OK);
    assert_int_equal(mirti_logit_daic(fit, s.design, s.x, NULL, &daic, NULL, NULL),
                     MIRTI_ERROR_USAGE);
    mirti_logit_free(fit);
    sample_free(&s);
}

/* With one row in each PSU, no strata and equal weights, the design is what the ordinary AIC takes
 * it for: the trace is close to the number of coefficients. */
static void test_daic_is_near_aic_without_a_design(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    mirti_survey_design *simple;
    mirti_logit *fit;
    double daic, effective;
    for (int64_t i = 0; i < s.rows; i++)
        s.weight[i] = 1;
    assert_int_equal(mirti_survey_design_new(s.rows, s.weight, NULL, NULL, true, NULL,
                                             MIRTI_LONELY_FAIL, &simple, NULL),
                     MIRTI_OK);
    assert_int_equal(
        mirti_logit_fit(simple, s.x, s.terms->columns, s.y, NULL, s.terms->name, &fit, NULL),
        MIRTI_OK);
    assert_int_equal(mirti_logit_daic(fit, simple, s.x, NULL, &daic, &effective, NULL), MIRTI_OK);
    assert_true(fabs(effective - (s.terms->columns - 1)) < 0.5);
    assert_close(daic, fit->deviance + 2 * effective, 1e-14);
    mirti_logit_free(fit);
    mirti_survey_design_free(simple);
    sample_free(&s);
}

static bool stop_at_once(void *context, const char *stage, double done, double total) {
    (void)context;
    (void)stage;
    (void)done;
    (void)total;
    return false;
}

static void test_it_can_be_stopped(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    const mirti_listener listener = {.progress = stop_at_once};
    for (int method = MIRTI_SELECT_LASSO; method <= MIRTI_SELECT_BOTH; method++) {
        const mirti_select_options options = {.method = (mirti_select_method)method,
                                              .lasso = {.listener = &listener}};
        mirti_choice *choice;
        assert_int_equal(mirti_select(&s.data, s.terms, &options, &choice, NULL),
                         MIRTI_ERROR_CANCELLED);
        assert_null(choice);
    }
    sample_free(&s);
}

static sample *shared;
static mirti_select_options shared_options;

static mirti_status whole_choice(mirti_error *err) {
    mirti_choice *choice;
    mirti_text text = {0};
    mirti_json json = {0};
    mirti_status status = mirti_select(&shared->data, shared->terms, &shared_options, &choice, err);
    if (status == MIRTI_OK) status = mirti_choice_table(choice, "en", &text, err);
    if (status == MIRTI_OK) {
        mirti_json_object(&json, NULL);
        mirti_choice_to_json(choice, &json);
        mirti_json_end(&json);
        status = mirti_json_finish(&json, err);
    }
    mirti_json_reset(&json);
    mirti_text_reset(&text);
    mirti_choice_free(choice);
    return status;
}

static void test_memory_may_run_out_anywhere(void **state) {
    (void)state;
    sample s = sample_make(usual, 0);
    shared = &s;
    for (int64_t i = 0; i < s.rows; i++)
        s.value[4 * i + 3] = s.value[4 * i + 1]; /* a term that is set aside, and one that fails */
    sample_fill_rows(&s);
    const mirti_select_options cases[] = {
        {.method = MIRTI_SELECT_LASSO, .lasso = {.lambdas = 3, .threads = 1}},
        {.method = MIRTI_SELECT_BACKWARD, .lasso = {.threads = 1}},
        {.method = MIRTI_SELECT_FORWARD, .criterion = MIRTI_SELECT_DAIC, .lasso = {.threads = 1}},
        {.method = MIRTI_SELECT_BOTH, .criterion = MIRTI_SELECT_CV, .lasso = {.threads = 1}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        shared_options = cases[k];
        assert_true(assert_survives_without_memory(whole_choice) > 50);
    }
    sample_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_interaction_waits_for_its_parts),
        cmocka_unit_test(test_the_lasso_is_given_the_parts),
        cmocka_unit_test(test_the_chosen_terms_are_fitted_as_any_model),
        cmocka_unit_test(test_what_has_become_idle_leaves),
        cmocka_unit_test(test_hopeless_terms_are_set_aside),
        cmocka_unit_test(test_twins_do_not_both_come_in),
        cmocka_unit_test(test_a_choice_that_cannot_be_fitted_says_so),
        cmocka_unit_test(test_left_out_deviance_of_a_step),
        cmocka_unit_test(test_any_number_of_threads_writes_the_same),
        cmocka_unit_test(test_nothing_to_choose),
        cmocka_unit_test(test_what_makes_no_sense_is_refused),
        cmocka_unit_test(test_daic_is_near_aic_without_a_design),
        cmocka_unit_test(test_it_can_be_stopped),
        cmocka_unit_test(test_memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
