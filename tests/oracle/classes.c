/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Breaks and their goodness of fit against R: reads the cases that classes.R wrote in this test
 * run. */
#include "cases.h"

#include "mirti/risk.h"

/* Both sides do a handful of operations on each value; sums of some hundred squares agree to 1e-13.
 */
static const double tolerance = 1e-12;

static mirti_class_method method_of(const char *word) {
    static const char *const name[] = {"dalenius-hodges", "fisher-jenks", "quantile", "equal",
                                       "std-dev"};
    for (int m = 0; m < 5; m++)
        if (strcmp(word, name[m]) == 0) return (mirti_class_method)m;
    cases_die("a method", word);
    return MIRTI_CLASS_FIXED;
}

/* `key count numbers...` of any length. */
static double *numbers(cases *in, const char *key, size_t *count) {
    cases_expect(in, key);
    *count = (size_t)cases_integer(in);
    double *value = malloc((*count + 1) * sizeof *value);
    if (!value) cases_die("memory", "");
    for (size_t i = 0; i < *count; i++)
        value[i] = cases_number(in);
    return value;
}

static void compare_breaks(cases *in, const mirti_breaks *breaks, const double *expected,
                           size_t count, double scale) {
    cases_compare(in, "number of breaks", breaks->levels - 1, (double)count, 1e-15, 1);
    if ((size_t)breaks->levels - 1 != count) return;
    for (size_t j = 0; j < count; j++)
        cases_compare(in, "break", breaks->limit[j + 1], expected[j], tolerance, scale);
}

/* Every one of our inner breaks is one of R's. */
static void compare_among(cases *in, const mirti_breaks *breaks, const double *expected,
                          size_t count, double scale) {
    for (int j = 1; j < breaks->levels; j++) {
        double nearest = NAN, value = breaks->limit[j];
        for (size_t i = 0; i < count; i++)
            if (!(fabs(nearest - value) <= fabs(expected[i] - value))) nearest = expected[i];
        cases_compare(in, "break", value, nearest, tolerance, scale);
    }
}

static void one_case(cases *in) {
    cases_word(in);
    snprintf(in->name, sizeof in->name, "%s", in->word);
    cases_expect(in, "method");
    cases_word(in);
    char method[32], kind[32];
    snprintf(method, sizeof method, "%s", in->word);
    mirti_class_options options = {.method = method_of(method)};
    options.levels = (int)cases_integer(in);
    options.bins = (int)cases_integer(in);
    size_t used = strlen(in->name);
    snprintf(in->name + used, sizeof in->name - used, ", %s, %d levels", method, options.levels);
    size_t n, weights, inner, one;
    double *value = numbers(in, "values", &n), *weight = numbers(in, "weights", &weights);
    cases_expect(in, "compare");
    cases_word(in);
    snprintf(kind, sizeof kind, "%s", in->word);
    double *expected = numbers(in, "breaks", &inner), *gvf = numbers(in, "gvf", &one);
    cases_expect(in, "end");

    mirti_breaks breaks;
    mirti_error err = {0};
    if (mirti_breaks_find(&options, value, weights ? weight : NULL, (int64_t)n, &breaks, &err) !=
        MIRTI_OK)
        cases_die(err.message, in->name);
    double scale = fabs(breaks.limit[breaks.levels] - breaks.limit[0]);
    if (strcmp(kind, "breaks") == 0) compare_breaks(in, &breaks, expected, inner, scale);
    if (strcmp(kind, "among") == 0) compare_among(in, &breaks, expected, inner, scale);
    cases_compare(in, "goodness of variance fit", breaks.gvf, gvf[0], tolerance, 1);
    free(value);
    free(weight);
    free(expected);
    free(gvf);
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
