/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vulnerability indices against R's `scale`, `rank` and `prcomp`: reads the cases that index.R
 * wrote in this test run. */
#include "cases.h"

#include "mirti/risk.h"

/* Sums of some hundred terms, and eigenvectors whose eigenvalues lie well apart. */
static const double tolerance = 1e-11;

/* The index file that a case describes. */
static mirti_model_spec *spec_of(cases *in, const char *normalise, const char *weights, int n,
                                 int first, const double *better, const double *given,
                                 const double *dimension) {
    mirti_text text = {0};
    bool is_given = strcmp(weights, "given") == 0;
    mirti_text_printf(&text,
                      "mirti-index: 1\nname: i\nnormalise: %s\nweights: %s\n"
                      "dimensions: {a: {weight: %.17g}, b: {weight: %.17g}}\nindicators:\n",
                      normalise, weights, dimension[0], dimension[1]);
    for (int k = 0; k < n; k++) {
        mirti_text_printf(&text, "  x%d: {more_is: %s, dimension: %s", k,
                          better[k] > 0 ? "better" : "worse", k < first ? "a" : "b");
        if (is_given) mirti_text_printf(&text, ", weight: %.17g", given[k]);
        mirti_text_puts(&text, "}\n");
    }
    mirti_text_puts(&text, "sources:\n  c:\n    kind: aggregates\n    areas: {m: {code: C}}\n"
                           "    children: N\n    indicators:\n");
    for (int k = 0; k < n; k++)
        mirti_text_printf(&text, "      x%d: X%d\n", k, k);
    mirti_model_spec *spec;
    mirti_error err = {0};
    if (mirti_model_spec_parse(text.data, text.size, "case", &spec, &err) != MIRTI_OK)
        cases_die(err.message, in->name);
    mirti_text_reset(&text);
    return spec;
}

static void compare(cases *in, const mirti_index *index) {
    double *weight = cases_vector(in, "weights", (size_t)index->indicators);
    double *explained = cases_vector(in, "explained", (size_t)index->dimensions);
    double *value = cases_vector(in, "index", (size_t)index->count);
    for (int k = 0; k < index->indicators; k++)
        cases_compare(in, "weight", index->weight[k], weight[k], tolerance, 0.1);
    for (int d = 0; d < index->dimensions; d++)
        if (explained[d] > 0)
            cases_compare(in, "explained", index->explained[d], explained[d], tolerance, 1);
    for (int64_t i = 0; i < index->count; i++)
        cases_compare(in, "index", index->value[i], value[i], tolerance, 100);
    free(weight);
    free(explained);
    free(value);
}

static void one_case(cases *in) {
    in->name[0] = '\0';
    while (cases_word(in) && strcmp(in->word, "method") != 0)
        snprintf(in->name + strlen(in->name), sizeof in->name - strlen(in->name), "%s ", in->word);
    char normalise[32], weights[32];
    cases_word(in);
    snprintf(normalise, sizeof normalise, "%s", in->word);
    cases_word(in);
    snprintf(weights, sizeof weights, "%s", in->word);
    int64_t count = cases_integer(in);
    int n = (int)cases_integer(in), first = (int)cases_integer(in);
    double *better = cases_vector(in, "better", (size_t)n);
    double *given = cases_vector(in, "given", (size_t)n);
    double *dimension = cases_vector(in, "dimensions", 2);
    double *value = cases_vector(in, "values", (size_t)count * (size_t)n);
    mirti_model_spec *spec = spec_of(in, normalise, weights, n, first, better, given, dimension);
    mirti_index *index;
    mirti_error err = {0};
    if (mirti_index_compute(spec, value, count, &index, &err) != MIRTI_OK)
        cases_die(err.message, in->name);
    compare(in, index);
    cases_expect(in, "end");
    mirti_index_free(index);
    mirti_model_spec_free(spec);
    free(better);
    free(given);
    free(dimension);
    free(value);
}

int main(int argc, char **argv) {
    cases in;
    cases_open(&in, argc, argv);
    while (cases_word(&in)) {
        if (strcmp(in.word, "case") != 0) cases_die("case", in.word);
        one_case(&in);
    }
    return cases_close(&in);
}
