/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lasso paths, their cross-validation and stepwise searches against R: reads the cases that
 * select.R wrote in this test run.
 */
#include "cases.h"

#include "mirti/select.h"

enum { TERMS = 16, COLUMNS = 40, NAME = 40 };

typedef struct sample {
    int64_t rows;
    int columns, terms; /* columns without the intercept */
    char term_text[TERMS][NAME];
    int width[TERMS];
    mirti_term term[TERMS];
    int term_of[COLUMNS];
    mirti_predictor predictor[TERMS];
    mirti_terms model; /* what a search reads of it */
    char *name[COLUMNS];
    mirti_str *stratum, *psu;
    double *weight, *y, *x;
    int32_t *row_fold, *fold;
    mirti_survey_design *design;
    mirti_select_data data;
    mirti_arena words;
} sample;

static void *array(size_t count, size_t size) {
    void *block = mirti_new(count, size);
    if (!block) cases_die("memory", "");
    return block;
}

static void need(cases *in, mirti_status status, const mirti_error *err) {
    if (status == MIRTI_OK) return;
    fprintf(stderr, "%s: %s\n", in->name, err->message);
    exit(1);
}

static char *keep(sample *s, const char *word) {
    char *copy = mirti_arena_copy(&s->words, word, strlen(word));
    if (!copy) cases_die("memory", "");
    return copy;
}

/* Terms written as "a" or "a:b"; predictors are known by the names of main effects. */
static void read_terms(cases *in, sample *s) {
    cases_expect(in, "terms");
    for (int t = 0; t < s->terms; t++) {
        cases_word(in);
        snprintf(s->term_text[t], NAME, "%.39s", in->word);
        s->predictor[t].name = s->term_text[t];
    }
    for (int t = 0; t < s->terms; t++) {
        char text[NAME];
        snprintf(text, sizeof text, "%s", s->term_text[t]);
        for (char *part = strtok(text, ":"); part; part = strtok(NULL, ":"))
            for (int k = 0; k < s->terms; k++)
                if (strcmp(part, s->term_text[k]) == 0)
                    s->term[t].predictor[s->term[t].order++] = k;
    }
    cases_expect(in, "widths");
    int column = 1;
    s->term_of[0] = -1;
    for (int t = 0; t < s->terms; t++) {
        s->width[t] = (int)cases_integer(in);
        for (int k = 0; k < s->width[t]; k++)
            s->term_of[column++] = t;
    }
    for (int j = 0; j <= s->columns; j++) {
        char text[NAME];
        snprintf(text, sizeof text, "column%d", j);
        s->name[j] = keep(s, text);
    }
    s->model = (mirti_terms){.columns = s->columns + 1,
                             .name = s->name,
                             .predictors = s->terms,
                             .predictor = s->predictor,
                             .term_of = s->term_of,
                             .terms = s->terms,
                             .term = s->term};
}

static void read_sample(cases *in, sample *s) {
    memset(s, 0, sizeof *s);
    cases_word(in);
    snprintf(in->name, sizeof in->name, "%s", in->word);
    cases_expect(in, "shape");
    s->rows = cases_integer(in);
    s->columns = (int)cases_integer(in);
    s->terms = (int)cases_integer(in);
    if (s->columns >= COLUMNS || s->terms > TERMS) cases_die("columns", "too many");
    read_terms(in, s);
    size_t n = (size_t)s->rows, p = (size_t)s->columns + 1;
    s->stratum = array(n, sizeof *s->stratum);
    s->psu = array(n, sizeof *s->psu);
    s->weight = array(n, sizeof(double));
    s->y = array(n, sizeof(double));
    s->x = array(n * p, sizeof(double));
    s->row_fold = array(n, sizeof *s->row_fold);
    int folds = 0;
    for (size_t i = 0; i < n; i++) {
        cases_word(in);
        s->stratum[i] = mirti_str_of(keep(s, in->word));
        cases_word(in);
        s->psu[i] = mirti_str_of(keep(s, in->word));
        s->weight[i] = cases_number(in);
        s->row_fold[i] = (int32_t)cases_integer(in);
        if (s->row_fold[i] >= folds) folds = s->row_fold[i] + 1;
        s->y[i] = cases_number(in);
        s->x[i * p] = 1;
        for (size_t j = 1; j < p; j++)
            s->x[i * p + j] = cases_number(in);
    }
    mirti_error err = {0};
    need(in,
         mirti_survey_design_new(s->rows, s->weight, s->stratum, s->psu, true, NULL,
                                 MIRTI_LONELY_ADJUST, &s->design, &err),
         &err);
    s->fold = array((size_t)s->design->psus, sizeof *s->fold);
    for (size_t i = 0; i < n; i++)
        s->fold[s->design->psu[i]] = s->row_fold[i];
    s->data = (mirti_select_data){.design = s->design,
                                  .x = s->x,
                                  .columns = s->columns + 1,
                                  .y = s->y,
                                  .name = s->name,
                                  .fold = s->fold,
                                  .folds = folds};
}

static void free_sample(sample *s) {
    mirti_survey_design_free(s->design);
    void *blocks[] = {s->stratum, s->psu, s->weight, s->y, s->x, s->row_fold, s->fold};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        mirti_free(blocks[i]);
    mirti_arena_reset(&s->words);
}

/*
 * Coefficients are compared per standard deviation of their column: to 1e-6 of what moves the
 * linear predictor by one. glmnet itself stops at an objective that changes by less than 1e-14 of
 * the null deviance, which leaves some 1e-7 in coefficients.
 */
static const double coefficient_tolerance = 1e-6, deviance_tolerance = 1e-7;

static void check_lasso(cases *in, const sample *s) {
    cases_expect(in, "lasso");
    size_t lambdas = (size_t)cases_integer(in), p = (size_t)s->columns + 1;
    double *lambda = cases_vector(in, "lambda", lambdas);
    double *beta = cases_vector(in, "beta", lambdas * p);
    double *cvm = cases_vector(in, "cvm", lambdas), *cvsd = cases_vector(in, "cvsd", lambdas);
    double *chosen = cases_vector(in, "chosen", 2);
    int *group = array(p, sizeof *group);
    for (size_t j = 1; j < p; j++)
        group[j] = (int)j - 1;
    /* glmnet's own first λ is a rounding error away from ours. */
    const mirti_lasso_options options = {.lambdas = (int)lambdas, .lambda = lambda};
    mirti_error err = {0};
    mirti_lasso *lasso;
    need(in, mirti_lasso_fit(&s->data, group, s->columns, NULL, &options, &lasso, &err), &err);
    cases_compare(in, "lambda_max", lasso->lambda_max, lambda[0], 1e-10, 0);
    char text[300];
    for (size_t l = 0; l < lambdas; l++) {
        for (size_t j = 0; j < p; j++) {
            double sum = 0, square = 0, n = (double)s->rows;
            for (int64_t i = 0; i < s->rows; i++) {
                sum += s->x[(size_t)i * p + j] / n;
                square += s->x[(size_t)i * p + j] * s->x[(size_t)i * p + j] / n;
            }
            double scale = j == 0 ? 1 : 1 / sqrt(square - sum * sum);
            snprintf(text, sizeof text, "coefficient %d at lambda %d", (int)j, (int)l);
            cases_compare(in, text, lasso->beta[l * p + j], beta[l * p + j], coefficient_tolerance,
                          scale);
        }
        snprintf(text, sizeof text, "deviance left out at lambda %d", (int)l);
        cases_compare(in, text, lasso->cv_deviance[l], cvm[l], deviance_tolerance, 0);
        cases_compare(in, "its standard error", lasso->cv_se[l], cvsd[l], 1e-5, 0);
    }
    cases_compare(in, "smallest", lasso->best, chosen[0], 1e-12, 0);
    cases_compare(in, "within one se", lasso->sparse, chosen[1], 1e-12, 0);
    printf("%-10s %6lld rows: path of %d lambda, %d and %d chosen\n", in->name, (long long)s->rows,
           (int)lambdas, lasso->best, lasso->sparse);
    mirti_lasso_free(lasso);
    mirti_free(group);
    double *blocks[] = {lambda, beta, cvm, cvsd, chosen};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
}

/* F and p inherit the errors of a solved matrix; dAIC is a sum of its like. */
static void check_step(cases *in, const mirti_choice *choice, int s) {
    const mirti_select_step *step = &choice->step[s];
    cases_word(in); /* the move, in every trial too */
    bool add = strcmp(in->word, "add") == 0;
    int trials = (int)cases_integer(in), taken = (int)cases_integer(in);
    cases_compare(in, "trials", step->trials, trials, 1e-12, 0);
    int ours = step->chosen < 0 ? -1 : step->trial[step->chosen].term;
    cases_compare(in, "term taken", ours, taken, 1e-12, 0);
    for (int k = 0; k < trials; k++) {
        int term = (int)cases_integer(in);
        const mirti_select_trial *trial = &step->trial[k < step->trials ? k : 0];
        cases_compare(in, "term tried", trial->term, term, 1e-12, 0);
        if (trial->add != add) cases_die("the same move", choice->term[term]);
        char text[300];
        snprintf(text, sizeof text, "step %d, %s", s + 1, choice->term[term]);
        if (choice->criterion == MIRTI_SELECT_P) {
            cases_compare(in, text, trial->f, cases_number(in), 1e-7, 0);
            cases_compare(in, text, trial->p, cases_number(in), 1e-6, 1e-300);
        } else {
            cases_compare(in, text, trial->value, cases_number(in), 1e-9, 0);
        }
    }
}

static void check_search(cases *in, const sample *s) {
    cases_word(in);
    mirti_select_method method =
        strcmp(in->word, "forward") == 0 ? MIRTI_SELECT_FORWARD : MIRTI_SELECT_BACKWARD;
    cases_word(in);
    mirti_select_criterion criterion =
        strcmp(in->word, "p") == 0 ? MIRTI_SELECT_P : MIRTI_SELECT_DAIC;
    const mirti_select_options options = {.method = method, .criterion = criterion};
    mirti_error err = {0};
    mirti_choice *choice;
    need(in, mirti_select(&s->data, &s->model, &options, &choice, &err), &err);
    int steps = 0;
    while (cases_word(in) && strcmp(in->word, "step") == 0) {
        if (steps >= choice->steps) cases_die("as many steps", "fewer");
        check_step(in, choice, steps++);
    }
    if (strcmp(in->word, "end_search") != 0) cases_die("end_search", in->word);
    cases_compare(in, "steps", choice->steps, steps, 1e-12, 0);
    printf("%-10s %s by %s: %d steps\n", in->name,
           method == MIRTI_SELECT_FORWARD ? "forward" : "backward",
           criterion == MIRTI_SELECT_P ? "p" : "dAIC", choice->steps);
    mirti_choice_free(choice);
}

static void run_case(cases *in) {
    sample *s = array(1, sizeof *s);
    read_sample(in, s);
    check_lasso(in, s);
    while (cases_word(in) && strcmp(in->word, "search") == 0)
        check_search(in, s);
    if (strcmp(in->word, "end") != 0) cases_die("end", in->word);
    free_sample(s);
    mirti_free(s);
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
