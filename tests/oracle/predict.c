/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Risks of areas from published shares, their errors and 90 % intervals, against R: reads the case
 * that predict.R wrote in this test run. */
#include "cases.h"

#include "mirti/predict.h"

/* Risks: integrate() is asked for 1e-12 and Gauss–Hermite gives 1e-9 at the spreads that occur
 * here. Errors: R's extrapolated difference quotients are right to about 1e-9. */
static const double risk_tolerance = 1e-8, error_tolerance = 1e-8;

static const char model_text[] =
    "mirti-model: 1\n"
    "name: drawn\n"
    "outcome: {name: works}\n"
    "predictors:\n"
    "  age: {kind: category, levels: [young, old], reference: young}\n"
    "  sex: {kind: category, levels: [woman, man], reference: woman}\n"
    "  out: {kind: binary}\n"
    "  floor: {kind: binary}\n"
    "  water: {kind: category, levels: [inside, plot, none], reference: inside}\n"
    "terms: [age, sex, out, floor, water, 'age:sex']\n"
    "sources:\n"
    "  persons:\n"
    "    kind: survey\n"
    "    outcome: Y\n"
    "    predictors: {age: A, sex: S, out: O, floor: F, water: W}\n";

enum { CELLS = 4, SHARES = 9 };

static void one_area(cases *in, const mirti_model *model, int64_t number) {
    char kind[] = "area", code[] = "1", *codes[] = {code}, *none[] = {NULL};
    mirti_area_missing missing[] = {MIRTI_AREA_COMPLETE};
    double *children = cases_vector(in, "children", CELLS);
    double *share = cases_vector(in, "shares", CELLS * SHARES);
    const mirti_areas areas = {.kind = kind,
                               .count = 1,
                               .cells = CELLS,
                               .shares = SHARES,
                               .code = codes,
                               .name = none,
                               .parent_code = none,
                               .parent_name = none,
                               .children = children,
                               .share = share,
                               .missing = missing,
                               .missing_column = none};
    for (int dispersion = 0; dispersion < 2; dispersion++) {
        double *expected = cases_vector(in, "expected", 4);
        snprintf(in->name, sizeof in->name, "area %lld, %s", (long long)number,
                 dispersion ? "corrected" : "plain");
        mirti_results *results;
        mirti_error err = {0};
        const mirti_predict_options options = {
            .confidence = .90, .dispersion = dispersion == 1, .threads = 1};
        if (mirti_predict_areas(model, &areas, &options, &results, &err) != MIRTI_OK)
            cases_die(err.message, in->name);
        cases_compare(in, "risk", results->risk[0], expected[0], risk_tolerance, 0);
        cases_compare(in, "standard error", results->risk_se[0], expected[1], error_tolerance, 0);
        cases_compare(in, "lower limit", results->risk_lo[0], expected[2], error_tolerance, 0);
        cases_compare(in, "upper limit", results->risk_hi[0], expected[3], error_tolerance, 0);
        mirti_results_free(results);
        free(expected);
    }
    free(children);
    free(share);
}

int main(int argc, char **argv) {
    cases in;
    cases_open(&in, argc, argv);
    mirti_model_spec *spec = NULL;
    mirti_terms *terms = NULL;
    mirti_error err = {0};
    if (mirti_model_spec_parse(model_text, sizeof model_text - 1, "drawn.yaml", &spec, &err) !=
            MIRTI_OK ||
        mirti_terms_new(spec, &terms, &err) != MIRTI_OK)
        cases_die(err.message, "the model");
    cases_expect(&in, "model");
    size_t p = (size_t)cases_integer(&in);
    if ((int)p != terms->columns) cases_die("another number of columns", "");
    double *beta = cases_vector(&in, "beta", p),
           *covariance = cases_vector(&in, "covariance", p * p),
           *correlation = cases_vector(&in, "correlation", p * p);
    cases_expect(&in, "df");
    mirti_logit logit = {.columns = (int)p,
                         .beta = beta,
                         .covariance = covariance,
                         .df = (int32_t)cases_integer(&in)};
    const mirti_model model = {.terms = terms, .logit = &logit, .column_correlation = correlation};
    cases_expect(&in, "areas");
    int64_t areas = cases_integer(&in);
    for (int64_t a = 0; a < areas; a++)
        one_area(&in, &model, a + 1);
    cases_expect(&in, "end");
    free(beta);
    free(covariance);
    free(correlation);
    mirti_terms_free(terms);
    mirti_model_spec_free(spec);
    return cases_close(&in);
}
