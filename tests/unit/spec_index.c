/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Index files: what is read, what is the default, what is said of mistakes, and of projects that
 * ask of an index what only a model has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mirti/spec.h"
#include "spec_cases.h"

static const char good[] = "mirti-index: 1\n"                              /*  1 */
                           "name: i\n"                                     /*  2 */
                           "normalise: rank\n"                             /*  3 */
                           "weights: given\n"                              /*  4 */
                           "dimensions:\n"                                 /*  5 */
                           "  school: {label: {es: escuela}, weight: 2}\n" /*  6 */
                           "  home: {}\n"                                  /*  7 */
                           "indicators:\n"                                 /*  8 */
                           "  absent:\n"                                   /*  9 */
                           "    more_is: worse\n"                          /* 10 */
                           "    dimension: school\n"                       /* 11 */
                           "    weight: 3\n"                               /* 12 */
                           "    actionable: true\n"                        /* 13 */
                           "  internet:\n"                                 /* 14 */
                           "    more_is: better\n"                         /* 15 */
                           "    dimension: home\n"                         /* 16 */
                           "    weight: 1\n"                               /* 17 */
                           "    factor: offline\n"                         /* 18 */
                           "sources:\n"                                    /* 19 */
                           "  c:\n"                                        /* 20 */
                           "    kind: aggregates\n"                        /* 21 */
                           "    define: {homes: H1 + H2}\n"                /* 22 */
                           "    areas:\n"                                  /* 23 */
                           "      municipality: {code: CODE}\n"            /* 24 */
                           "    children: GIRLS + BOYS\n"                  /* 25 */
                           "    indicators:\n"                             /* 26 */
                           "      absent: OUT / (GIRLS + BOYS)\n"          /* 27 */
                           "      internet: NET / homes\n";                /* 28 */

static mirti_model_spec *read_text(const char *text) {
    mirti_model_spec *spec;
    mirti_error err = {0};
    if (mirti_model_spec_parse(text, strlen(text), "i.yaml", &spec, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    return spec;
}

static void test_what_is_written_is_read(void **state) {
    (void)state;
    mirti_model_spec *spec = read_text(good);
    const mirti_index_spec *index = spec->index;
    assert_non_null(index);
    assert_null(spec->outcome);
    assert_int_equal(index->scale, MIRTI_INDEX_RANK);
    assert_int_equal(index->weights, MIRTI_INDEX_GIVEN);
    assert_int_equal(index->dimensions, 2);
    assert_string_equal(index->dimension[0].name, "school");
    assert_string_equal(mirti_localized_get(&index->dimension[0].label, "es", "?"), "escuela");
    assert_true(index->dimension[0].weight == 2 && index->dimension[1].weight == 1);
    assert_int_equal(spec->predictors, 2);
    assert_string_equal(spec->predictor[1].name, "internet");
    assert_int_equal(spec->predictor[1].kind, MIRTI_PREDICTOR_NUMBER);
    assert_true(spec->predictor[0].actionable && !spec->predictor[1].actionable);
    assert_string_equal(mirti_localized_get(&spec->predictor[1].factor, "es", "?"), "offline");
    assert_true(!index->indicator[0].more_is_better && index->indicator[1].more_is_better);
    assert_int_equal(index->indicator[1].dimension, 1);
    assert_true(index->indicator[0].weight == 3);
    const mirti_source_block *source = &spec->source[0];
    assert_int_equal(source->kind, MIRTI_SOURCE_AGGREGATES);
    assert_int_equal(source->cells, 1);
    assert_string_equal(source->cell[0].children.text, "GIRLS + BOYS");
    assert_int_equal(source->shares, 2);
    assert_int_equal(source->share[1].predictor, 1);
    assert_string_equal(source->share[1].expression.text, "NET / homes");
    assert_int_equal(source->share[1].expression.place.line, 28);
    mirti_model_spec_free(spec);
}

static void test_defaults(void **state) {
    (void)state;
    mirti_model_spec *spec =
        read_text("mirti-index: 1\nname: i\nindicators:\n  a: {more_is: worse}\n"
                  "sources:\n  c:\n    kind: aggregates\n    areas: {m: {code: C}}\n"
                  "    children: N\n    indicators: {a: A}\n");
    assert_int_equal(spec->index->scale, MIRTI_INDEX_MIN_MAX);
    assert_int_equal(spec->index->weights, MIRTI_INDEX_EQUAL);
    assert_int_equal(spec->index->dimensions, 1);
    assert_string_equal(spec->index->dimension[0].name, "");
    assert_true(spec->index->dimension[0].weight == 1);
    assert_true(spec->index->indicator[0].weight == 1);
    mirti_model_spec_free(spec);
}

static mirti_status parse_good(const char *text, size_t size, mirti_error *err) {
    mirti_model_spec *spec;
    mirti_status status = mirti_model_spec_parse(text, size, "i.yaml", &spec, err);
    mirti_model_spec_free(spec);
    return status;
}

static const spec_case cases[] = {
    {"mirti-index: 1", "mirti-index: 2", 1, 14, "format 2", "mirti-index: 1"},
    {"name: i\n", "", 1, 1, "needs the key 'name'", "name"},
    {"normalise: rank", "normalise: zz", 3, 12, "must be min-max, z or rank", ""},
    {"weights: given", "weights: pca", 4, 10, "must be equal, given or first-component", ""},
    {"weights: given", "weights: equal", 12, 5, "has a weight, but weights are not given",
     "weights: given"},
    {"    weight: 3\n", "", 10, 5, "indicator 'absent' needs the key 'weight'", "given"},
    {"weight: 3", "weight: 0", 12, 13, "", ""},
    {"weight: 3", "weight: -1", 12, 13, "", ""},
    {"more_is: worse", "more_is: bad", 10, 14, "must be worse or better", ""},
    {"    more_is: worse\n", "", 10, 5, "needs the key 'more_is'", "worse"},
    {"dimension: school", "dimension: schol", 11, 16, "no dimension 'schol'", "school"},
    {"    dimension: school\n", "", 10, 5, "'absent' needs the key 'dimension'", "one of them"},
    {"dimension: home", "dimension: school", 7, 3, "no indicator belongs to dimension 'home'", ""},
    {"  absent:\n    more", "  ab-sent:\n    more", 9, 3, "cannot be the name of a", "letters"},
    {"  home: {}", "  ho-me: {}", 7, 3, "cannot be the name of a", "letters"},
    {"actionable", "actionble", 13, 5, "has no key 'actionble'", "actionable"},
    {"kind: aggregates", "kind: census", 21, 11, "is of kind census", "kind: aggregates"},
    {"define: {homes", "define: {absent", 22, 14, "is the name of an indicator", "indicators"},
    {"    children: GIRLS + BOYS\n", "", 21, 5, "needs the key 'children'", "number of children"},
    {"      absent: OUT / (GIRLS + BOYS)\n", "", 27, 7, "no expression for indicator 'absent'",
     "absent: expression"},
    {"      internet: NET", "      intrnet: NET", 28, 7, "the index has no indicator 'intrnet'",
     "internet"},
    {"children: GIRLS + BOYS", "cells: []", 25, 5, "has no key 'cells'", ""},
    {"sources:", "outcome: {name: w}\nsources:", 19, 1, "an index file has no key 'outcome'", ""},
};

static void test_what_is_wrong_is_said_where_it_is(void **state) {
    (void)state;
    check_spec_cases(good, "i.yaml", parse_good, cases, sizeof cases / sizeof cases[0]);
}

static void test_a_dimension_without_dimensions(void **state) {
    (void)state;
    const char *text = "mirti-index: 1\nname: i\nindicators:\n  a: {more_is: worse, dimension: d}\n"
                       "sources: {}\n";
    mirti_model_spec *spec;
    mirti_error err = {0};
    assert_int_equal(mirti_model_spec_parse(text, strlen(text), "i.yaml", &spec, &err),
                     MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.remedy, "leave this key out"));
}

/* ------------------------------------------------------------------------ projects of an index -- */

#define PROJECT "mirti-project: 1\nname: p\nmodel: i.yaml\ncensus: {file: c.csv, source: c}\n"

static void check_project(const mirti_model_spec *spec, const char *more, const char *message,
                          const char *remedy) {
    char text[1000];
    mirti_project *project;
    mirti_error err = {0};
    snprintf(text, sizeof text, PROJECT "%s", more);
    if (mirti_project_parse(text, strlen(text), "p.yaml", &project, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    mirti_status status = mirti_project_check(project, spec, &err);
    mirti_project_free(project);
    if (message == NULL) {
        if (status != MIRTI_OK) fail_msg("%s", err.message);
        return;
    }
    assert_int_equal(status, MIRTI_ERROR_INPUT);
    assert_int_equal(err.line, 3);
    if (!strstr(err.message, message) || !strstr(err.remedy, remedy))
        fail_msg("'%s' / '%s' of: %s", err.message, err.remedy, more);
}

static void test_what_a_project_may_ask_of_an_index(void **state) {
    (void)state;
    mirti_model_spec *spec = read_text(good);
    check_project(spec, "", NULL, NULL);
    check_project(spec, "classes: {levels: 4}\n", NULL, NULL);
    check_project(spec, "classes: {method: fixed, of: index, breaks: [20, 40.5]}\n", NULL, NULL);
    check_project(spec, "classes: {method: fixed, breaks: [0.2]}\n", "those of a risk",
                  "of: index");
    check_project(spec, "classes: {of: at_risk}\n", "number of children at risk", "of: index");
    check_project(spec, "survey: {file: s.csv, source: c}\n", "learns from no survey", "survey");
    check_project(spec, "benchmark: true\n", "direct estimates", "benchmark");
    mirti_model_spec_free(spec);
}

static void test_a_model_needs_a_survey(void **state) {
    (void)state;
    mirti_model_spec *model = NULL;
    mirti_error err = {0};
    if (mirti_model_spec_read(MIRTI_SOURCE_DIR "/models/mx-adolescent-work.yaml", &model, &err) !=
        MIRTI_OK)
        fail_msg("%s", err.message);
    check_project(model, "", "learns from a survey", "index file");
    check_project(model, "survey: {file: s.csv, source: enigh-2016}\nclasses: {of: index}\n",
                  "levels are to be those of an index", "of: risk");
    mirti_model_spec_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_what_is_wrong_is_said_where_it_is),
        cmocka_unit_test(test_a_dimension_without_dimensions),
        cmocka_unit_test(test_what_a_project_may_ask_of_an_index),
        cmocka_unit_test(test_a_model_needs_a_survey),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
