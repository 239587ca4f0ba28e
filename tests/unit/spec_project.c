/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Project files: what is read, what is the default, what is said of mistakes, and of what a project
 * refers to: sources of its model, files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "mirti/spec.h"
#include "spec_cases.h"

static const char good[] = "mirti-project: 1\n"                            /*  1 */
                           "name: p\n"                                     /*  2 */
                           "model: m.yaml\n"                               /*  3 */
                           "survey:\n"                                     /*  4 */
                           "  file: s.csv\n"                               /*  5 */
                           "  source: wave\n"                              /*  6 */
                           "census:\n"                                     /*  7 */
                           "  file: c.csv\n"                               /*  8 */
                           "  source: areas\n"                             /*  9 */
                           "boundaries:\n"                                 /* 10 */
                           "  municipality: {file: b.shp}\n"               /* 11 */
                           "classes:\n"                                    /* 12 */
                           "  method: fixed\n"                             /* 13 */
                           "  breaks: [0.1, 0.25]\n"                       /* 14 */
                           "  labels: [low, {es: medio, en: mid}, high]\n" /* 15 */
                           "confidence: 0.9\n"                             /* 16 */
                           "seed: 7\n";                                    /* 17 */

static mirti_project *read_text(const char *text) {
    mirti_project *project;
    mirti_error err = {0};
    if (mirti_project_parse(text, strlen(text), "dir/p.yaml", &project, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    return project;
}

static void test_what_is_written_is_read(void **state) {
    (void)state;
    mirti_project *p = read_text(good);
    assert_string_equal(p->path, "dir/p.yaml");
    assert_string_equal(p->name, "p");
    assert_string_equal(p->model, "m.yaml");
    assert_int_equal(p->model_place.line, 3);
    assert_int_equal(p->model_place.column, 8);
    assert_string_equal(p->survey.path, "s.csv");
    assert_string_equal(p->survey.source, "wave");
    assert_int_equal(p->survey.place.line, 5);
    assert_int_equal(p->survey.source_place.line, 6);
    assert_int_equal(p->survey.source_place.column, 11);
    assert_string_equal(p->census.path, "c.csv");
    assert_int_equal(p->boundaries, 1);
    assert_string_equal(p->boundary[0].kind, "municipality");
    assert_string_equal(p->boundary[0].file.path, "b.shp");
    assert_int_equal(p->boundary[0].place.line, 11);
    assert_int_equal(p->classes.method, MIRTI_CLASS_FIXED);
    assert_int_equal(p->classes.levels, 3);
    assert_true(p->classes.breaks[1] == 0.25);
    assert_string_equal(mirti_localized_get(&p->classes.label[1], "es", "?"), "medio");
    assert_string_equal(mirti_localized_get(&p->classes.label[2], "es", "?"), "high");
    assert_true(p->confidence == 0.9);
    assert_true(p->seed == 7);
    mirti_project_free(p);
}

static void test_defaults(void **state) {
    (void)state;
    mirti_project *p =
        read_text("mirti-project: 1\nname: p\nmodel: m\nsurvey: {file: s, source: a}\n"
                  "census: {file: c, source: b, delimiter: tab}\n"
                  "boundaries: {locality: {file: b}}\n");
    assert_string_equal(p->language, "es");
    assert_int_equal(p->lonely_psu, MIRTI_LONELY_FAIL);
    assert_int_equal(p->variance.method, MIRTI_VARIANCE_LINEARISED);
    assert_int_equal(p->classes.method, MIRTI_CLASS_DALENIUS_HODGES);
    assert_int_equal(p->classes.levels, 3);
    assert_int_equal(p->classes.bins, 100);
    assert_false(p->classes.by_children);
    assert_false(p->classes.weighted);
    assert_false(p->classes.within_parent);
    assert_null(p->classes.label);
    assert_true(p->confidence == 0.95);
    assert_true(p->seed == 1);
    assert_false(p->benchmark);
    assert_int_equal(p->bootstrap, 0);
    assert_false(p->area_model.wanted);
    assert_string_equal(p->boundary[0].code, "CVEGEO");
    assert_string_equal(p->boundary[0].name, "NOMGEO");
    assert_null(p->boundary[0].crs);
    assert_null(p->survey.encoding);
    assert_null(p->survey.delimiter);
    assert_string_equal(p->census.delimiter, "\t");
    mirti_project_free(p);
}

static void test_choices_are_the_enums(void **state) {
    (void)state;
    static const struct {
        const char *name;
        mirti_lonely_psu lonely_psu;
    } lonely[] = {{"fail", MIRTI_LONELY_FAIL},
                  {"remove", MIRTI_LONELY_REMOVE},
                  {"adjust", MIRTI_LONELY_ADJUST},
                  {"average", MIRTI_LONELY_AVERAGE},
                  {"certainty", MIRTI_LONELY_CERTAINTY}};
    static const struct {
        const char *name;
        mirti_class_method method;
    } methods[] = {{"dalenius-hodges", MIRTI_CLASS_DALENIUS_HODGES},
                   {"fisher-jenks", MIRTI_CLASS_FISHER_JENKS},
                   {"quantile", MIRTI_CLASS_QUANTILE},
                   {"equal", MIRTI_CLASS_EQUAL},
                   {"std-dev", MIRTI_CLASS_STD_DEV}};
    for (int i = 0; i < 5; i++) {
        char text[400];
        snprintf(text, sizeof text,
                 "mirti-project: 1\nname: p\nmodel: m\n"
                 "survey: {file: s, source: a, lonely_psu: %s}\ncensus: {file: c, source: b}\n"
                 "classes: {method: %s, of: at_risk, within: parent, weighted: yes}\n",
                 lonely[i].name, methods[i].name);
        mirti_project *p = read_text(text);
        assert_int_equal(p->lonely_psu, lonely[i].lonely_psu);
        assert_int_equal(p->classes.method, methods[i].method);
        assert_true(p->classes.by_children && p->classes.within_parent && p->classes.weighted);
        assert_int_equal(p->classes.levels, 3);
        mirti_project_free(p);
    }
}

/* ----------------------------------------------------------------------------- what is wrong -- */

static mirti_status parse(const char *text, size_t size, mirti_error *err) {
    mirti_project *project;
    mirti_status status = mirti_project_parse(text, size, "p.yaml", &project, err);
    if (status != MIRTI_OK) assert_null(project);
    mirti_project_free(project);
    return status;
}

static const spec_case cases[] = {
    {"mirti-project: 1", "mirti-model: 1", 1, 1, "this is a model file", "mirti-project: 1"},
    {"mirti-project: 1", "[]", 2, 1, "not valid YAML", ""},
    {"mirti-project: 1\nname: p\nmodel: m.yaml\nsurvey", "- mirti-project: 1\nsurvey", 2, 1,
     "not valid YAML", "Indent"},
    {"model: m.yaml\n", "", 1, 1, "needs the key 'model'", "relative to the project file"},
    {"model: m.yaml", "modelo: m.yaml", 3, 1, "no key 'modelo'", "'model'"},
    {"name: p", "name: p\nlanguage: Spanish", 3, 11, "'Spanish' is not a language", "es, en"},
    {"  file: s.csv\n", "", 5, 3, "the survey of a project needs the key 'file'", ""},
    {"  source: wave\n", "", 5, 3, "needs the key 'source'", "model's source"},
    {"source: wave", "source: wave\n  lonely_psu: adjusted", 7, 15, "must be fail, remove, adjust",
     "'adjust'"},
    {"source: wave", "source: wave\n  variance: linear", 7, 13, "must be linearised, jk1, jkn",
     "'linearised'"},
    {"source: wave", "source: wave\n  variance: {replicates: 9}", 7, 13,
     "the variance of a survey needs the key 'method'", ""},
    {"source: wave", "source: wave\n  variance: bootstrap", 7, 13,
     "the method bootstrap needs 'replicates'", "{method: bootstrap, replicates: 500}"},
    {"source: wave", "source: wave\n  variance: {method: fay}", 7, 13, "the method fay needs 'rho'",
     "{method: fay, rho: 0.3}"},
    {"source: wave", "source: wave\n  variance: {method: jkn, replicates: 9}", 7, 27,
     "the method jkn has no 'replicates'", "Only bootstrap has it"},
    {"source: wave", "source: wave\n  variance: {method: brr, rho: 0.3}", 7, 27,
     "the method brr has no 'rho'", "Only fay"},
    {"source: wave", "source: wave\n  variance: {method: fay, rho: 1}", 7, 32,
     "must be a number from 0 to 0.99", ""},
    {"source: wave", "source: wave\n  variance: {method: bootstrap, replicates: 1}", 7, 45,
     "a whole number from 2", ""},
    {"source: areas", "source: areas\n  variance: jkn", 10, 3, "has no key 'variance'", ""},
    {"source: wave", "source: wave\n  delimiter: ab", 7, 14, "one character", "tab"},
    {"source: wave", "source: wave\n  tables: jobs.csv", 7, 11, "a block of keys", ""},
    {"source: wave", "source: wave\n  tables: {jobs: [a]}", 7, 18, "single value", ""},
    {"source: wave", "source: wave\n  delimiter: [',']", 7, 14, "single value", ""},
    {"source: areas", "source: areas\n  lonely_psu: adjust", 10, 3,
     "the census of a project has no key 'lonely_psu'", ""},
    {"{file: b.shp}", "{code: CVE}", 11, 17, "needs the key 'file'", ""},
    {"{file: b.shp}", "b.shp", 11, 17, "a block of keys, but here is a single value", "file: ..."},
    {"method: fixed", "method: jenks", 13, 11, "dalenius-hodges, fisher-jenks", ""},
    {"method: fixed", "method: quantile", 14, 11, "'breaks' are given", "method: fixed"},
    {"  breaks: [0.1, 0.25]\n", "", 13, 3, "needs 'breaks'", "[0.1, 0.2]"},
    {"[0.1, 0.25]", "[0.1, 0.1]", 14, 17, "must ascend", ""},
    {"[0.1, 0.25]", "[0.1, 25]", 14, 17, "a number from 0 to 1", ""},
    {"[0.1, 0.25]", "[0.1, '0,25']", 14, 18, "a number from 0 to 1", "point"},
    {"[0.1, 0.25]", "[0.1]", 15, 11, "'labels' is for 3 levels, but there are 2", ""},
    {"method: fixed", "method: fixed\n  levels: 4", 15, 11,
     "'breaks' is for 3 levels, but there are 4", ""},
    {"method: fixed", "method: fixed\n  levels: 10", 14, 11, "from 2 to 9", ""},
    {"[0.1, 0.25]", "[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]", 14, 11,
     "'breaks' is for 10 levels; there can be 2 to 9", ""},
    {"method: fixed", "method: fixed\n  of: children", 14, 7, "must be risk, at_risk or index", ""},
    {"confidence: 0.9", "confidence: 95", 16, 13, "a number from 0.5 to 0.9999", ""},
    {"confidence: 0.9", "confidence: nan", 16, 13, "a number from", ""},
    {"seed: 7", "seed: -1", 17, 7, "a whole number from 0", ""},
    {"seed: 7", "seed: 1e3", 17, 7, "a whole number from 0", ""},
    {"seed: 7", "seed: 7\nbootstrap: 200", 18, 1, "effects of areas, which are not asked for",
     "area_effects: true"},
    {"seed: 7", "seed: 7\narea_effects: true\nbootstrap: 5", 19, 1, "a bootstrap of 5 replicates",
     "20 are the fewest"},
    {"seed: 7", "seed: 7\narea_effects: true\nbootstrap: 1e3", 19, 12, "a whole number from 0 to",
     ""},
    {"seed: 7", "seed: 7\narea_effects: maybe", 18, 15, "must be false, true, no or yes", ""},
    {"seed: 7", "seed: 7\narea_effects: {level: state}", 18, 23, "must be area, parent or nested",
     ""},
    {"seed: 7", "seed: 7\narea_effects: {quadrature: 32}", 18, 28, "a whole number from 1 to 31",
     ""},
    {"seed: 7", "seed: 7\narea_effects: {weight_scaling: raw}", 18, 32,
     "must be size, effective, none or unit", ""},
    {"seed: 7", "seed: 7\narea_effects: {levels: nested}", 18, 16, "has no key 'levels'", "level"},
    {"seed: 7", "seed: 7\narea_effects: {level: nested, quadrature: 7}", 18, 43, "not with 7 nodes",
     "'quadrature' out"},
    {"seed: 7", "seed: 7\narea_model: {scale: identity}", 18, 21, "must be logit or arcsine", ""},
    {"seed: 7", "seed: 7\narea_model: {variance: own}", 18, 24, "must be direct or smoothed", ""},
    {"seed: 7", "seed: 7\narea_model: {least_rows: 0}", 18, 26, "a whole number from 1", ""},
    {"seed: 7", "seed: 7\narea_model: {terms: [x]}", 18, 14, "has no key 'terms'", ""},
    {"seed: 7", "seed: 7\nbenchmark: maybe", 18, 12, "must be false, true, no or yes", ""},
};

static void test_what_is_wrong_is_said_where_it_is(void **state) {
    (void)state;
    check_spec_cases(good, "p.yaml", parse, cases, (int)(sizeof cases / sizeof cases[0]));
}

static void test_effects_of_areas(void **state) {
    (void)state;
    static const struct {
        const char *text;
        mirti_effects_choice expected;
        int bootstrap;
    } asked[] = {
        {"", {.scaling = MIRTI_SCALING_EFFECTIVE}, 0},
        {"area_effects: no\n", {.scaling = MIRTI_SCALING_EFFECTIVE}, 0},
        {"area_effects: true\n", {.wanted = true, .scaling = MIRTI_SCALING_EFFECTIVE}, 200},
        {"area_effects: {}\n", {.wanted = true, .scaling = MIRTI_SCALING_EFFECTIVE}, 200},
        {"area_effects: {}\nbootstrap: 0\n",
         {.wanted = true, .scaling = MIRTI_SCALING_EFFECTIVE},
         0},
        {"area_effects: {level: parent, quadrature: 15, weight_scaling: unit}\nbootstrap: 40\n",
         {true, MIRTI_EFFECTS_PARENT, 15, MIRTI_SCALING_UNIT, {0}},
         40},
        {"area_effects: {level: nested, quadrature: 1, weight_scaling: size}\n",
         {true, MIRTI_EFFECTS_NESTED, 1, MIRTI_SCALING_SIZE, {0}},
         200},
    };
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        char text[400];
        snprintf(text, sizeof text,
                 "mirti-project: 1\nname: p\nmodel: m\nsurvey: {file: s, source: a}\n"
                 "census: {file: c, source: b}\n%s",
                 asked[i].text);
        mirti_project *p = read_text(text);
        const mirti_effects_choice *expected = &asked[i].expected;
        assert_int_equal(p->area_effects.wanted, expected->wanted);
        assert_int_equal(p->area_effects.level, expected->level);
        assert_int_equal(p->area_effects.quadrature, expected->quadrature);
        assert_int_equal(p->area_effects.scaling, expected->scaling);
        assert_int_equal(p->bootstrap, asked[i].bootstrap);
        mirti_project_free(p);
    }
}

/* --------------------------------------------------------------------- project and its model -- */

static const char model_text[] =
    "mirti-model: 1\nname: m\noutcome: {name: w}\npredictors: {x: {kind: binary}}\nterms: [x]\n"
    "sources:\n"
    "  wave: {kind: survey, outcome: w, predictors: {x: x}}\n"
    "  persons: {kind: census, area: a, area_kind: district, predictors: {x: x}}\n"
    "  areas: {kind: aggregates, areas: {municipality: {code: c}, locality: {code: c}},\n"
    "          cells: [{children: n, x: s}]}\n"
    "  placed: {kind: survey, outcome: w, area: a, predictors: {x: x}}\n"
    "  rates: {kind: estimates, area: a, area_kind: district, estimate: e, se: s}\n";

static mirti_status check_model(const char *text, const char *model_file, mirti_error *err) {
    mirti_model_spec *model;
    mirti_project *project = read_text(text);
    assert_int_equal(mirti_model_spec_parse(model_file, strlen(model_file), "m.yaml", &model, err),
                     MIRTI_OK);
    mirti_status status = mirti_project_check(project, model, err);
    mirti_model_spec_free(model);
    mirti_project_free(project);
    return status;
}

static mirti_status check(const char *text, mirti_error *err) {
    return check_model(text, model_text, err);
}

static mirti_status check_with(const char *piece, const char *replacement, mirti_error *err) {
    char text[2000];
    const char *at = strstr(good, piece);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, replacement,
             at + strlen(piece));
    return check(text, err);
}

static void test_sources_are_in_the_model_and_of_the_right_kind(void **state) {
    (void)state;
    mirti_error err = {0};
    assert_int_equal(check(good, &err), MIRTI_OK);
    assert_int_equal(check_with("source: wave", "source: wve", &err), MIRTI_ERROR_INPUT);
    assert_string_equal(err.file, "dir/p.yaml");
    assert_int_equal(err.line, 6);
    assert_int_equal(err.column, 11);
    assert_non_null(strstr(err.message, "no source 'wve'"));
    assert_non_null(strstr(err.remedy, "wave, persons, areas"));
    assert_int_equal(check_with("source: wave", "source: areas", &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "of the survey is not a survey"));
    assert_int_equal(check_with("source: areas", "source: wave", &err), MIRTI_ERROR_INPUT);
    assert_int_equal(err.line, 9);
    assert_non_null(strstr(err.message, "of the census is itself a survey"));
}

static void test_variance_names(void **state) {
    (void)state;
    static const char *const names[] = {"linearised", "jk1",       "jkn",  "brr",
                                        "fay",        "bootstrap", "given"};
    for (int i = 0; i <= MIRTI_VARIANCE_GIVEN; i++) {
        char text[400];
        bool fay = i == MIRTI_VARIANCE_FAY, bootstrap = i == MIRTI_VARIANCE_BOOTSTRAP;
        snprintf(text, sizeof text,
                 "mirti-project: 1\nname: p\nmodel: m\nsurvey: {file: s, source: a, variance: "
                 "{method: %s%s}}\ncensus: {file: c, source: b}\n",
                 names[i],
                 fay         ? ", rho: 0.3"
                 : bootstrap ? ", replicates: 40"
                             : "");
        mirti_project *p = read_text(text);
        assert_int_equal(p->variance.method, i);
        assert_string_equal(mirti_variance_name(p->variance.method), names[i]);
        assert_true(p->variance.rho == (fay ? 0.3 : 0));
        assert_int_equal(p->variance.replicates, bootstrap ? 40 : 0);
        mirti_project_free(p);
    }
}

/* What a survey's source or its fit does not allow, at the place where the project asks for it. */
static void test_variance_and_effects_go_with_the_model(void **state) {
    (void)state;
    static const struct {
        const char *project, *source, *fit; /* added to `survey:`, to the source, to the model */
        int line, column;                   /* 0: all is well */
        const char *message, *remedy;
    } asked[] = {
        {"variance: jkn", "stratum: st", "", 0, 0, "", ""},
        {"variance: given", "replicates: {columns: W_*, scale: 1}", "", 0, 0, "", ""},
        {"variance: linearised", "fpc: n, ssu_fpc: m", "", 0, 0, "", ""},
        {"variance: given", "weight: w", "", 7, 13, "brings no replicate weights", "'replicates'"},
        {"variance: jk1", "stratum: st", "", 7, 13, "has strata", "'jkn'"},
        {"variance: brr", "fpc: n", "", 7, 13, "finite-population corrections", "'jkn'"},
        {"variance: {method: fay, rho: 0.5}", "fpc: n", "", 7, 13, "'fay'", "'fpc'"},
        {"variance: {method: bootstrap, replicates: 9}", "fpc: n, ssu_fpc: m", "", 7, 13,
         "second stage", "'linearised'"},
        {"lonely_psu: adjust\narea_effects: yes", "area: a", "", 0, 0, "", ""},
        {"lonely_psu: adjust\narea_effects: no", "area: a", "fit: {link: probit}\n", 0, 0, "", ""},
        {"lonely_psu: adjust\narea_effects: yes", "area: a", "fit: {link: probit}\n", 8, 1,
         "the model has another link", "leave 'link' out"},
        {"lonely_psu: adjust\narea_effects: yes", "area: a", "fit: {penalty: firth}\n", 8, 1,
         "with a penalty", "leave 'penalty' out"},
        {"lonely_psu: adjust\narea_effects: yes", "weight: w", "", 8, 1, "has no 'area'",
         "'area_effects: false'"},
        {"lonely_psu: adjust\narea_effects: {level: parent}", "area: a", "", 8, 1,
         "has no 'parent_area'", "another 'level'"},
        {"lonely_psu: adjust\narea_effects: {level: parent}", "parent_area: s", "", 0, 0, "", ""},
        {"lonely_psu: adjust\narea_effects: {level: nested}", "parent_area: s", "", 8, 1,
         "has no 'area'", "another 'level'"},
        {"lonely_psu: adjust\narea_effects: {level: nested}", "area: a, parent_area: s", "", 0, 0,
         "", ""},
    };
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        char project[1000], model[2000];
        const char *at = strstr(good, "census:"),
                   *wave = strstr(model_text, "outcome: w, predictors");
        const char *sources = strstr(model_text, "sources:");
        snprintf(project, sizeof project, "%.*s  %s\n%s", (int)(at - good), good, asked[i].project,
                 at);
        snprintf(model, sizeof model, "%.*s%s%.*s%s, %s", (int)(sources - model_text), model_text,
                 asked[i].fit, (int)(wave - sources), sources, asked[i].source, wave);
        mirti_error err = {0};
        mirti_status status = check_model(project, model, &err);
        assert_int_equal(status, asked[i].line == 0 ? MIRTI_OK : MIRTI_ERROR_INPUT);
        assert_int_equal(err.line, asked[i].line);
        assert_int_equal(err.column, asked[i].column);
        if (!strstr(err.message, asked[i].message) || !strstr(err.remedy, asked[i].remedy))
            fail_msg("%s / %s", err.message, err.remedy);
        if (asked[i].line > 0) assert_string_equal(err.file, "dir/p.yaml");
    }
}

static void test_boundaries_are_of_a_kind_the_census_knows(void **state) {
    (void)state;
    mirti_error err = {0};
    assert_int_equal(check_with("municipality:", "locality:", &err), MIRTI_OK);
    assert_int_equal(check_with("municipality:", "district:", &err), MIRTI_ERROR_INPUT);
    assert_int_equal(err.line, 11);
    assert_int_equal(err.column, 3);
    assert_non_null(strstr(err.remedy, "municipality, locality"));
    assert_int_equal(check_with("source: areas", "source: persons", &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.remedy, "It knows: district."));
}

static void test_an_area_model_needs_areas_and_stands_alone(void **state) {
    (void)state;
    static const struct {
        const char *source, *keys, *says;
    } asked[] = {
        {"wave", "area_model: {}", "in which area a child of the survey lives"},
        {"placed", "area_model: {}", NULL},
        {"placed", "area_model: {}\narea_effects: true", "lets areas differ by itself"},
        {"placed", "area_model: {}\nbenchmark: true", "is not benchmarked"},
        {"rates", "benchmark: true", "is not benchmarked"},
        {"rates", "seed: 1", "no areas of the kind"},
    };
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        mirti_error err = {0};
        char text[600];
        snprintf(text, sizeof text,
                 "mirti-project: 1\nname: p\nmodel: m\nsurvey: {file: s, source: %s}\n"
                 "census: {file: c, source: areas}\n%s\n",
                 asked[i].source, asked[i].keys);
        mirti_status status = check(text, &err);
        if (asked[i].says && !strstr(err.message, asked[i].says)) fail_msg("%s", err.message);
        assert_int_equal(status, asked[i].says ? MIRTI_ERROR_INPUT : MIRTI_OK);
    }
}

/* ------------------------------------------------------------------------------------- paths -- */

static void touch(const char *path) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

static void test_paths(void **state) {
    (void)state;
    mirti_error err = {0};
    char *path;
    assert_int_equal(mirti_directory_make("spec_paths/project", &err), MIRTI_OK);
    assert_int_equal(mirti_directory_make("spec_paths/data", &err), MIRTI_OK);
    touch("spec_paths/project/m.yaml");
    touch("spec_paths/project/s.csv");
    touch("spec_paths/data/c.csv");
    mirti_project *p;
    assert_int_equal(mirti_project_parse(good, strlen(good), "spec_paths/project/p.yaml", &p, &err),
                     MIRTI_OK);

    assert_int_equal(mirti_project_model_path(p, &path, &err), MIRTI_OK);
    assert_int_equal(access(path, R_OK), 0);
    mirti_free(path);
    assert_int_equal(mirti_project_input_path(p, NULL, &p->survey, &path, &err), MIRTI_OK);
    assert_int_equal(access(path, R_OK), 0);
    mirti_free(path);
    assert_int_equal(mirti_project_input_path(p, "spec_paths/data", &p->census, &path, &err),
                     MIRTI_OK);
    assert_int_equal(access(path, R_OK), 0);
    mirti_free(path);

    assert_int_equal(mirti_project_input_path(p, "spec_paths/data", &p->survey, &path, &err),
                     MIRTI_ERROR_INPUT);
    assert_null(path);
    assert_int_equal(err.line, 5);
    assert_int_equal(err.column, 9);
    assert_non_null(strstr(err.message, "spec_paths/data/s.csv"));
    assert_non_null(strstr(err.remedy, "--data"));
    unlink("spec_paths/project/m.yaml");
    assert_int_equal(mirti_project_model_path(p, &path, &err), MIRTI_ERROR_INPUT);
    assert_int_equal(err.line, 3);
    mirti_project_free(p);
    unlink("spec_paths/project/s.csv");
    unlink("spec_paths/data/c.csv");
    rmdir("spec_paths/project");
    rmdir("spec_paths/data");
    rmdir("spec_paths");

    static const char *const left_to_readers[] = {"/vsizip/a.zip/b.csv", "PG:dbname=x", "s*.csv"};
    p = read_text(good);
    for (int i = 0; i < 3; i++) {
        mirti_input input = {.path = (char *)(size_t)left_to_readers[i]};
        assert_int_equal(mirti_project_input_path(p, "nowhere", &input, &path, &err), MIRTI_OK);
        mirti_free(path);
    }
    mirti_project_free(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_choices_are_the_enums),
        cmocka_unit_test(test_what_is_wrong_is_said_where_it_is),
        cmocka_unit_test(test_sources_are_in_the_model_and_of_the_right_kind),
        cmocka_unit_test(test_variance_names),
        cmocka_unit_test(test_effects_of_areas),
        cmocka_unit_test(test_variance_and_effects_go_with_the_model),
        cmocka_unit_test(test_an_area_model_needs_areas_and_stands_alone),
        cmocka_unit_test(test_boundaries_are_of_a_kind_the_census_knows),
        cmocka_unit_test(test_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
