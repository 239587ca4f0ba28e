/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Model files: the shipped model read back key by key, and what is said of files that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mirti/spec.h"
#include "spec_cases.h"

/* ------------------------------------------------------------------------- the shipped model -- */

static mirti_model_spec *read_shipped(void) {
    mirti_model_spec *model = NULL;
    mirti_error err = {0};
    char text[1500];
    if (mirti_model_spec_read(MIRTI_SOURCE_DIR "/models/mx-adolescent-work.yaml", &model, &err)) {
        mirti_error_format(&err, text, sizeof text);
        fail_msg("%s", text);
    }
    return model;
}

static void test_shipped_model_has_its_predictors(void **state) {
    (void)state;
    mirti_model_spec *model = read_shipped();
    static const struct {
        const char *name;
        mirti_predictor_kind kind;
        bool actionable;
    } expected[] = {
        {"age", MIRTI_PREDICTOR_CATEGORY, false},
        {"sex", MIRTI_PREDICTOR_CATEGORY, false},
        {"not_attending", MIRTI_PREDICTOR_BINARY, true},
        {"indigenous", MIRTI_PREDICTOR_BINARY, false},
        {"dirt_floor", MIRTI_PREDICTOR_BINARY, true},
        {"no_piped_water", MIRTI_PREDICTOR_BINARY, true},
        {"no_drainage", MIRTI_PREDICTOR_BINARY, true},
        {"internet", MIRTI_PREDICTOR_BINARY, true},
        {"mobile_phone", MIRTI_PREDICTOR_BINARY, true},
        {"car", MIRTI_PREDICTOR_BINARY, false},
    };
    assert_string_equal(model->name, "mx-adolescent-work");
    assert_string_equal(model->outcome, "works");
    assert_string_equal(mirti_localized_get(&model->outcome_label, "es", "?"), "trabaja");
    assert_string_equal(mirti_localized_get(&model->population, "en", "?"),
                        "adolescents aged 12 to 17");
    assert_int_equal(model->predictors, 10);
    for (int i = 0; i < 10; i++) {
        assert_string_equal(model->predictor[i].name, expected[i].name);
        assert_int_equal(model->predictor[i].kind, expected[i].kind);
        assert_int_equal(model->predictor[i].actionable, expected[i].actionable);
    }
    const mirti_predictor *sex = &model->predictor[1];
    assert_int_equal(sex->levels, 2);
    assert_string_equal(sex->level[1], "man");
    assert_string_equal(mirti_predictor_level(sex, 1, "es"), "hombre");
    assert_string_equal(mirti_predictor_level(sex, 1, "en"), "man");
    assert_int_equal(sex->reference, 0);
    const mirti_predictor *internet =
        &model->predictor[mirti_model_spec_predictor(model, "internet")];
    assert_string_equal(mirti_localized_get(&internet->lack, "es", "?"), "viviendas sin internet");
    assert_int_equal(mirti_model_spec_predictor(model, "none"), -1);

    assert_int_equal(model->terms, 11);
    assert_int_equal(model->term[0].order, 1);
    assert_int_equal(model->term[2].order, 2);
    assert_int_equal(model->term[2].predictor[0], 0);
    assert_int_equal(model->term[2].predictor[1], 1);
    assert_int_equal(model->term[10].predictor[0], 9);
    mirti_model_spec_free(model);
}

static void test_shipped_survey_source(void **state) {
    (void)state;
    mirti_model_spec *model = read_shipped();
    assert_int_equal(model->sources, 2);
    int index = mirti_model_spec_source(model, "enigh-2016");
    assert_int_equal(index, 0);
    const mirti_source_block *survey = &model->source[index];
    assert_int_equal(survey->kind, MIRTI_SOURCE_SURVEY);
    assert_string_equal(survey->filter.text, "edad BETWEEN 12 AND 17");
    assert_string_equal(survey->outcome.text, "trabaja = '1'");
    assert_string_equal(survey->weight.text, "factor");
    assert_string_equal(survey->stratum.text, "est_dis");
    assert_string_equal(survey->psu.text, "upm");
    assert_null(survey->fpc.text);
    assert_string_equal(survey->area.text, "SUBSTR(ubica_geo, 1, 5)");
    assert_string_equal(survey->parent_area.text, "SUBSTR(ubica_geo, 1, 2)");
    assert_int_equal(survey->missing_rules, 1);
    assert_string_equal(survey->missing[0].column, "mat_pisos");
    assert_string_equal(survey->missing[0].code[0], "&");
    assert_string_equal(mirti_localized_get(&survey->missing[0].reason, "en", "?"), "not answered");
    assert_string_equal(survey->predictor[0].text,
                        "CASE WHEN edad < 15 THEN '12-14' ELSE '15-17' END");
    assert_string_equal(survey->predictor[9].text, "num_auto > 0");
    assert_null(survey->household.key.text);
    for (int i = 0; i < model->predictors; i++) {
        assert_non_null(survey->predictor[i].text);
        assert_int_equal(survey->predictor[i].place.column > 1, true);
    }
    mirti_model_spec_free(model);
}

static void test_shipped_aggregates_source(void **state) {
    (void)state;
    mirti_model_spec *model = read_shipped();
    const mirti_source_block *iter = &model->source[mirti_model_spec_source(model, "iter-2020")];
    assert_int_equal(iter->kind, MIRTI_SOURCE_AGGREGATES);
    assert_int_equal(iter->missing_rules, 2);
    assert_null(iter->missing[0].column);
    assert_string_equal(iter->missing[0].code[0], "*");
    assert_string_equal(iter->missing[1].code[0], "N/D");
    assert_string_equal(mirti_localized_get(&iter->missing[1].reason, "es", "?"), "no disponible");
    assert_int_equal(iter->code_columns, 3);
    assert_string_equal(iter->code_column[2].column, "LOC");
    assert_int_equal(iter->code_column[2].width, 4);

    assert_int_equal(iter->areas, 2);
    assert_string_equal(iter->area_rule[0].kind, "municipality");
    assert_string_equal(iter->area_rule[0].where.text, "MUN <> '000' AND LOC = '0000'");
    assert_int_equal(iter->area_rule[0].code_width, 5);
    assert_null(iter->area_rule[0].longitude.text);
    assert_string_equal(iter->area_rule[1].code.text, "ENTIDAD || MUN || LOC");
    assert_string_equal(iter->area_rule[1].parent_name.text, "NOM_MUN");
    assert_string_equal(iter->area_rule[1].latitude.text, "LATITUD");

    assert_int_equal(iter->cells, 4);
    const mirti_cell *boys = &iter->cell[3];
    assert_string_equal(boys->children.text, "P_15A17_M");
    assert_int_equal(boys->level[0], 1);
    assert_int_equal(boys->level[1], 1);
    assert_int_equal(boys->level[2], -1);
    assert_string_equal(boys->share[2].text, "1 - P15A17A_M / P_15A17_M");
    assert_null(boys->share[3].text);

    assert_int_equal(iter->shares, 7);
    assert_int_equal(iter->share[0].predictor, 3);
    assert_int_equal(iter->share[0].level, -1);
    assert_string_equal(iter->share[6].expression.text, "VPH_AUTOM / VIVPARH_CV");
    mirti_model_spec_free(model);
}

/* --------------------------------------------------------------------------- places of texts -- */

static void test_places_point_at_the_first_character(void **state) {
    (void)state;
    static const char text[] = "mirti-model: 1\n"
                               "name: m\n"
                               "outcome: {name: y}\n"
                               "predictors: {x: {kind: binary}}\n"
                               "terms: [x]\n"
                               "sources:\n"
                               "  s:\n"
                               "    kind: survey\n"
                               "    outcome: \"  y = 1\"\n"
                               "    weight: >-\n"
                               "      w *\n"
                               "      2\n"
                               "    stratum: 'estrato'\n"
                               "    psu: |\n"
                               "\n"
                               "       upm\n"
                               "    area: SUBSTR(á,\n"
                               "          1, 2) # a comment\n"
                               "    predictors: {x: á = 1}\n";
    mirti_model_spec *model;
    mirti_error err = {0};
    assert_int_equal(mirti_model_spec_parse(text, sizeof text - 1, "m.yaml", &model, &err),
                     MIRTI_OK);
    const mirti_source_block *s = &model->source[0];
    assert_string_equal(s->outcome.text, "y = 1");
    assert_int_equal(s->outcome.place.line, 9);
    assert_int_equal(s->outcome.place.column, 17);
    assert_string_equal(s->weight.text, "w *\n      2");
    assert_int_equal(s->weight.place.line, 11);
    assert_int_equal(s->weight.place.column, 7);
    assert_int_equal(s->stratum.place.column, 15);
    assert_int_equal(s->psu.place.line, 16);
    assert_int_equal(s->psu.place.column, 8);
    assert_string_equal(s->area.text, "SUBSTR(á,\n          1, 2)");
    assert_int_equal(s->area.place.line, 17);
    assert_int_equal(s->area.place.column, 11);
    assert_int_equal(s->predictor[0].place.line, 19);
    assert_int_equal(s->predictor[0].place.column, 21);
    mirti_model_spec_free(model);
}

/* ----------------------------------------------------------------------------- what is wrong -- */

/* A small model that is right. Each case replaces one piece of it, so that it shows only that. */
static const char good[] = "mirti-model: 1\n"                                           /*  1 */
                           "name: m\n"                                                  /*  2 */
                           "outcome: {name: works}\n"                                   /*  3 */
                           "predictors:\n"                                              /*  4 */
                           "  age: {kind: category, levels: [young, old]}\n"            /*  5 */
                           "  sex: {kind: category, levels: [woman, man]}\n"            /*  6 */
                           "  floor: {kind: category, levels: [dirt, cement, other]}\n" /*  7 */
                           "  rural: {kind: binary}\n"                                  /*  8 */
                           "  schooling: {kind: number}\n"                              /*  9 */
                           "terms: [age, sex, age:sex, floor, rural, schooling]\n"      /* 10 */
                           "sources:\n"                                                 /* 11 */
                           "  wave:\n"                                                  /* 12 */
                           "    kind: survey\n"                                         /* 13 */
                           "    outcome: w = 1\n"                                       /* 14 */
                           "    predictors:\n"                                          /* 15 */
                           "      age: a\n"                                             /* 16 */
                           "      sex: s\n"                                             /* 17 */
                           "      floor: f\n"                                           /* 18 */
                           "      rural: r\n"                                           /* 19 */
                           "      schooling: e\n"                                       /* 20 */
                           "  areas:\n"                                                 /* 21 */
                           "    kind: aggregates\n"                                     /* 22 */
                           "    areas:\n"                                               /* 23 */
                           "      municipality: {code: C}\n"                            /* 24 */
                           "    cells:\n"                                               /* 25 */
                           "      - {age: young, sex: woman, children: A, rural: R1}\n" /* 26 */
                           "      - {age: young, sex: man, children: B}\n"              /* 27 */
                           "      - {age: old, sex: woman, children: C}\n"              /* 28 */
                           "      - {age: old, sex: man, children: D}\n"                /* 29 */
                           "    shares:\n"                                              /* 30 */
                           "      floor: {dirt: F1, cement: F2}\n"                      /* 31 */
                           "      rural: R / P\n"                                       /* 32 */
                           "      schooling: E\n";                                      /* 33 */

static mirti_status parse(const char *text, size_t size, mirti_error *err) {
    mirti_model_spec *model;
    mirti_status status = mirti_model_spec_parse(text, size, "m.yaml", &model, err);
    if (status != MIRTI_OK) assert_null(model);
    mirti_model_spec_free(model);
    return status;
}

static const spec_case cases[] = {
    /* the file */
    {"mirti-model: 1\n", "", 1, 1, "'mirti-model' is missing", "mirti-model: 1"},
    {"mirti-model: 1", "mirti-project: 1", 1, 1, "this is a project file", "mirti-model: 1"},
    {"mirti-model: 1", "mirti-model: 2", 1, 14, "format 2", "newer version"},
    {"mirti-model: 1", "mirti-model: one", 1, 14, "whole number", ""},
    {"name: m", "nome: m", 2, 1, "a model file has no key 'nome'", "Did you mean 'name'?"},
    {"name: m", "name: m\nname: n", 3, 1, "'name' is here twice; it was first given at line 2", ""},
    {"name: m", "name: [m]", 2, 7, "'name' is a single value, but here is a list", ""},
    {"name: m", "name:", 2, 6, "'name' has no value", ""},
    {"name: m", "name: niñez", 2, 7, "letters without accents", "label"},
    {"name: m\n", "", 1, 1, "a model file needs the key 'name'", "a short name"},
    {"name: m", "name: \"m\\0\"", 2, 7, "NUL", ""},
    {"name: m", "name: m\ntitle: {pt_BR: t}", 3, 9, "'pt_BR' is not a language", ""},
    {"name: m", "name: m\ntitle: {pt-B: t}", 3, 9, "'pt-B' is not a language", ""},
    {"name: m", "name: m\ntitle: {e: t}", 3, 9, "'e' is not a language", ""},
    {"name: m", "name: m\ntitle: {español: t}", 3, 9, "'español' is not a language", "es: ..."},
    {"name: m", "name: m\ntitle: {es: [t]}", 3, 13, "'es' is a single value", ""},
    {"name: m", "name: !tag m", 2, 7, "tags", "quotes"},
    {"name: m", "? [a]\n: b", 2, 3, "a key must be a plain text", ""},
    /* the fit */
    {"name: m", "name: m\nfit: probit", 3, 6, "the fit is a block of keys", "link: ..."},
    {"name: m", "name: m\nfit: {link: logistic}", 3, 13, "must be logit, probit or cloglog",
     "'logit'"},
    {"name: m", "name: m\nfit: {penalty: lasso}", 3, 16, "must be none, firth or ridge", ""},
    {"name: m", "name: m\nfit: {penalty: ridge}", 3, 7, "the penalty ridge needs 'ridge'",
     "'ridge: 1'"},
    {"name: m", "name: m\nfit: {ridge: 1}", 3, 7, "nothing without 'penalty: ridge'", ""},
    {"name: m", "name: m\nfit: {penalty: ridge, ridge: -1}", 3, 30, "must be a number from", ""},
    {"name: m", "name: m\nfit: {link: probit, penalty: firth}", 3, 21,
     "Firth's penalty goes with the link logit, not with probit", "penalty: ridge"},
    /* YAML itself */
    {"name: m", "name: m\n\tx: 1", 3, 1, "not valid YAML", "blanks"},
    {"name: m", "name: a: b", 2, 8, "not valid YAML: mapping values", "quotes"},
    {"name: m", "name: 'm", 34, 1, "not valid YAML", "quote"},
    {"name: m", "name: *m", 2, 7, "alias '*m' refers to nothing", "&m"},
    {"name: m", "name: &a [*a]", 2, 11, "inside what it refers to", ""},
    {"name: m", "--- {}\n", 2, 1, "second document", ""},
    {"name: m", "name: \xF1", 2, 7, "not encoded as UTF-8", "UTF-8"},
    {"outcome: {name: works}", "outcome: [[[[[[[[[[[[[[[[[[[[[[[[[[]", 3, 33, "too deeply", ""},
    /* outcome and predictors */
    {"{name: works}", "works", 3, 10, "the outcome is a block of keys, but here is a single value",
     "name: ..."},
    {"{name: works}", "{label: works}", 3, 10, "the outcome needs the key 'name'", ""},
    {"name: works", "name: age", 5, 3, "'age' is the outcome", ""},
    {"predictors:\n  age", "predictros:\n  age", 4, 1, "no key 'predictros'", "'predictors'"},
    {"kind: category, levels: [young, old]", "kind: categories, levels: [young, old]", 5, 15,
     "must be category, binary or number", "'category'"},
    {"levels: [young, old]", "levels: [young]", 5, 25, "at least two levels", "binary"},
    {"levels: [young, old]", "levels: [young, young]", 5, 41, "twice", ""},
    {"levels: [young, old]", "levels: {young: old}", 5, 33, "'levels' is a list, but", "- item"},
    {", levels: [young, old]", "", 5, 8, "at least two levels", ""},
    {"old]}", "old], reference: oldest}", 5, 58, "no level 'oldest'", "young, old"},
    {"old]}", "old], level_labels: [joven]}", 5, 61, "2 levels and 1 level_labels",
     "one label for each"},
    {"old]}", "old], level_labels: joven}", 5, 61, "'level_labels' is a list, but", "- item"},
    {"rural: {kind: binary}", "rural: {kind: binary, levels: [a, b]}", 8, 25, "has no 'levels'",
     "category"},
    {"rural: {kind: binary}", "rural: {kind: binary, level_labels: [a, b]}", 8, 25,
     "has no 'level_labels'", "category"},
    {"rural: {kind: binary}", "rural: {kind: binary, actionable: si}", 8, 37, "true", ""},
    {"    outcome: w = 1", "    tables: {t: {keys: k}}\n    outcome: w = 1", 14, 18,
     "a table of a source has no key 'keys'", "'key'"},
    {"    outcome: w = 1", "    tables: {t: {other_key: k}}\n    outcome: w = 1", 14, 17,
     "needs the key 'key'", "belong together"},
    {"    outcome: w = 1", "    tables: {t: {key: k, other_key: [a, b]}}\n    outcome: w = 1", 14,
     26, "'other_key' names 2 columns and 'key' 1", ""},
    {"    outcome: w = 1", "    tables: {t: {key: k, values: {v: {how: sum}}}}\n    outcome: w = 1",
     14, 35, "of which column is 'v' the sum?", "column:"},
    {"    outcome: w = 1",
     "    tables: {t: {key: k, values: {v: {how: exists, column: c}}}}\n    outcome: w = 1", 14, 35,
     "counts rows", "Leave 'column' out"},
    {"    outcome: w = 1",
     "    tables: {t: {key: k, values: {v: {how: mean}}}}\n    outcome: w = 1", 14, 44,
     "exists, count, sum", ""},
    {"    outcome: w = 1",
     "    tables: {t: {key: k, values: {2v: {how: exists}}}}\n    outcome: w = 1", 14, 35,
     "cannot be the name of a column", ""},
    {"rural: {kind: binary}", "2rural: {kind: binary}", 8, 3, "cannot be the name of a predictor",
     "letters"},
    {"[age, sex, age:sex, floor, rural, schooling]", "[]", 10, 8, "'terms' is empty", ""},
    /* terms */
    {"terms: [age,", "terms: [agee,", 10, 9, "no predictor 'agee'", "Did you mean 'age'?"},
    {"age:sex", "age:sexo", 10, 23, "no predictor 'sexo'", "Did you mean 'sex'?"},
    {"age:sex", "age: sex", 10, 19, "a predictor, or several with colons", "without blanks"},
    {"age:sex", "age*sex", 10, 19, "no predictor 'age*sex'", "colon"},
    {"age:sex", "age:age", 10, 23, "has 'age' twice", ""},
    {"age:sex,", "age:sex, sex:age,", 10, 28, "'sex:age' is here twice", ""},
    {"age:sex", "age:sex:floor:rural:schooling", 10, 39, "at most 4", ""},
    {"[age, sex, age:sex, floor, rural, schooling]", "age", 10, 8, "'terms' is a list", "- item"},
    /* sources */
    {"kind: survey", "kind: surveys", 13, 11, "must be survey, census, aggregates or", "'survey'"},
    {"    kind: survey\n", "", 13, 5, "needs the key 'kind'", "survey, census, aggregates"},
    {"outcome: w = 1", "cells: []", 14, 5, "kind survey, which has no key 'cells'",
     "kind aggregates have it"},
    {"    outcome: w = 1\n", "", 13, 5, "needs the key 'outcome'", "true where"},
    {"outcome: w = 1", "outcome: w 1", 14, 16, "expected an operator", ""},
    {"outcome: w = 1", "outcome: (w = 1", 14, 20, "expected ')'", ""},
    {"outcome: w = 1", "outcome: >-\n      w IN\n        ('1',, '2')", 16, 14, "", ""},
    {"outcome: w = 1", "outcome: 'it''s'", 14, 17, "", ""},
    {"      rural: R / P\n", "      rural: R /\n", 32, 17, "", ""},
    {"outcome: w = 1", "outcome: {w: 1}", 14, 14, "'outcome' is an expression", "double quotes"},
    {"      sex: s\n", "", 16, 7, "no expression for predictor 'sex'", "sex: expression"},
    {"      sex: s\n", "      sexo: s\n", 17, 7, "no predictor 'sexo'", "'sex'"},
    {"      sex: s\n", "      sex:\n", 17, 11, "'sex' has no value", ""},
    {"    outcome: w", "    missing: {a: b}\n    outcome: w", 14, 14, "'missing' is a list", ""},
    {"    outcome: w", "    missing: [{code: b}]\n    outcome: w", 14, 16, "no key 'code'",
     "'codes'"},
    {"    outcome: w", "    missing: [{codes: [*]}]\n    outcome: w", 14, 25, "not valid YAML",
     "in quotes"},
    {"    outcome: w", "    code_widths: {E: two}\n    outcome: w", 14, 22, "1 to 64", ""},
    {"    outcome: w", "    define: {age: a}\n    outcome: w", 14, 14, "name of a predictor", ""},
    {"    outcome: w", "    define: {a b: a}\n    outcome: w", 14, 14, "cannot be the name", ""},
    {"    outcome: w", "    household: {head: [1], key: k}\n    outcome: w", 14, 17,
     "nothing without 'relationship'", ""},
    {"    outcome: w",
     "    household: {key: k, relationship: r, head: [1], spouse: [2, 1]}\n    outcome: w", 14, 53,
     "both head and spouse", ""},
    {"    outcome: w", "    household: {relationship: r}\n    outcome: w", 14, 16,
     "needs the key 'key'", ""},
    {"    outcome: w", "    ssu: u\n    outcome: w", 14, 5, "nothing without 'ssu_fpc'",
     "PSUs alone"},
    {"    outcome: w", "    ssu_fpc: n\n    outcome: w", 14, 5, "nothing without 'fpc'", ""},
    {"    outcome: w", "    replicates: {columns: W_*}\n    outcome: w", 14, 17,
     "the replicates of a survey needs the key 'scale'", "as the producer states it"},
    {"    outcome: w", "    replicates: {columns: W_*, scale: 0}\n    outcome: w", 14, 39,
     "must be a number from", ""},
    {"    outcome: w",
     "    replicates: {columns: [a, b], scale: 1, rscales: [1, 2, 3]}\n    outcome: w", 14, 54,
     "'rscales' are for 3 replicates, but there are 2", ""},
    {"    outcome: w", "    replicates: {columns: [a, a], scale: 1}\n    outcome: w", 14, 31,
     "'columns' twice", ""},
    {"  wave:\n", "  d: {kind: estimates, area: a, estimate: e}\n  wave:\n", 12, 6,
     "the estimates have no error", "'se', 'variance' and 'cv'"},
    {"  wave:\n", "  d: {kind: estimates, area: a, estimate: e, se: s, cv: c}\n  wave:\n", 12, 6,
     "given 2 times", ""},
    {"  wave:\n", "  d: {kind: estimates, estimate: e, se: s}\n  wave:\n", 12, 6,
     "needs the key 'area'", ""},
    {"    outcome: w", "    se: s\n    outcome: w", 14, 5, "kind survey, which has no key 'se'",
     "Sources of kind estimates"},
    {"    outcome: w", "    indicators: {}\n    outcome: w", 14, 17, "'indicators' is empty", ""},
    {"    outcome: w", "    indicators: {a: {per: x}}\n    outcome: w", 14, 21,
     "an indicator of a survey needs the key 'value'", "is counted"},
    {"    outcome: w", "    indicators: {a: {value: x, statistic: sum}}\n    outcome: w", 14, 43,
     "must be mean or total", ""},
    {"    outcome: w", "    indicators: {a: {value: x, per: y, statistic: mean}}\n    outcome: w",
     14, 40, "'a' has a denominator", "Leave out 'statistic'"},
    {"    outcome: w", "    indicators: {sex: {value: x}}\n    outcome: w", 14, 18,
     "the model has 'sex' already", "another name"},
    {"    outcome: w", "    indicators: {2a: {value: x}}\n    outcome: w", 14, 18,
     "cannot be the name of an indicator", ""},
    {"    outcome: w", "    indicators: {a: {value: x +}}\n    outcome: w", 14, 32, "", ""},
    /* areas, cells and shares */
    {"{code: C}", "{name: N}", 24, 21, "a kind of area needs the key 'code'", "official code"},
    {"{code: C}", "{code: C, code_width: 0}", 24, 43, "1 to 64", ""},
    {"{code: C}", "{code: C, longitude: L}", 24, 21, "together", ""},
    {"municipality: {", "Área: {", 24, 7, "letters without accents", ""},
    {"{age: young, sex: woman, children: A, rural: R1}",
     "{age: young, sex: girl, children: A, rural: R1}", 26, 27, "no level 'girl'", "woman, man"},
    {"{age: young, sex: woman, children: A, rural: R1}", "{age: young, sexo: woman, children: A}",
     26, 22, "no predictor 'sexo'", "'sex'"},
    {"{age: young, sex: woman, children: A, rural: R1}", "{age: young, sex: woman, chidren: A}", 26,
     34, "a cell has no key 'chidren'", "'children'"},
    {"children: A, ", "", 26, 9, "a cell needs the key 'children'", "number of children"},
    {"{age: young, sex: woman, children: A, rural: R1}",
     "{age: {young: Y}, sex: woman, children: A}", 26, 15, "a cell fixes one level", "shares"},
    {"      - {age: old, sex: man, children: D}\n", "", 25, 5,
     "no cell holds the children of age old, sex man", "Add the cell"},
    {"{age: old, sex: man, children: D}", "{age: old, children: D}", 29, 9, "line 28", "differ"},
    {"{age: old, sex: man, children: D}", "{age: old, sex: woman, children: D}", 29, 9,
     "counted twice", ""},
    {"      rural: R / P\n", "", 27, 9, "how many children of this cell have 'rural'", "shares"},
    {"floor: {dirt: F1, cement: F2}", "floor: F", 31, 14, "'floor' is a category", "floor: {dirt:"},
    {"floor: {dirt: F1, cement: F2}", "floor: {dirt: F1}", 31, 14, "3 levels, and 1 of them", ""},
    {"floor: {dirt: F1, cement: F2}", "floor: {dirt: F1, cment: F2}", 31, 25, "no level 'cment'",
     "'cement'"},
    {"      schooling: E\n", "      age: {old: A}\n      schooling: E\n", 33, 18, "never used", ""},
    {"    areas:\n      municipality: {code: C}\n", "    areas: [C]\n", 23, 12,
     "'areas' is a block of keys, but here is a list", "key: value"},
    {"    areas:\n      municipality: {code: C}\n", "    areas: C\n", 23, 12,
     "'areas' is a block of keys, but here is a single value", ""},
    {"children: A, rural: R1", "children: A, rural: true", 25, 5,
     "of age young, sex woman, rural false", "Add the cell"},
    {"children: A, rural: R1", "children: A, rural: no", 25, 5, "sex woman, rural true", ""},
    {"age:sex", "age:floor:rural", 10, 19, "cannot be computed from source 'areas'",
     "not published"},
};

static void test_what_is_wrong_is_said_where_it_is(void **state) {
    (void)state;
    mirti_error err = {0};
    assert_int_equal(parse(good, sizeof good - 1, &err), MIRTI_OK);
    check_spec_cases(good, "m.yaml", parse, cases, (int)(sizeof cases / sizeof cases[0]));
}

/* Replacements that leave the model right. */
static void test_what_is_right_is_accepted(void **state) {
    (void)state;
    static const struct {
        const char *piece, *replacement;
    } accepted[] = {
        {"name: m", "name: m\ntitle: {pt-BR: t, es-419: u, en: v}\ndescription: plain"},
        {"kind: binary", "kind: binary, actionable: no"},
        {"[young, old]", "[young, old], reference: old"},
        {"[young, old]", "[young, old], level_labels: [{es: joven}, mayor]"},
        {"age:sex", "sex:age"},
        /* what no term uses needs no expression */
        {"  rural: {kind: binary}\n", "  rural: {kind: binary}\n  spare: {kind: binary}\n"},
        {"schooling: E", "schooling: E\n"},
        /* a number by cell, a category complete in all levels, one predictor fixed by some cells */
        {"{age: young, sex: man, children: B}",
         "{age: young, sex: man, children: B, schooling: X}"},
        {"{dirt: F1, cement: F2}", "{dirt: F1, cement: F2, other: F3}"},
        {"{age: old, sex: man, children: D}",
         "{age: old, sex: man, rural: yes, children: D}\n"
         "      - {age: old, sex: man, rural: 0, children: E}"},
        {"      - {age: old, sex: woman, children: C}\n      - {age: old, sex: man, children: D}\n",
         "      - {age: old, sex: woman, children: C, rural: 1 - R / C}\n"
         "      - {sex: man, age: old, children: D}\n"},
        {"    outcome: w = 1",
         "    tables:\n      dwellings: {key: k}\n      jobs: {key: [k, p], other_key: [a, b],\n"
         "        values: {worked: {how: exists, where: h > 0}, hours: {how: sum, column: h}}}\n"
         "    outcome: w = 1"},
        {"    outcome: w = 1",
         "    missing: [{codes: ['*', N/D], reason: r}, {columns: a, codes: 9}]\n"
         "    define: {grades: \"MAP ('1' -> 0, '2' -> 6)\"}\n    psu_nested: true\n"
         "    household: {key: k, person: p, mother: m}\n    outcome: w = 1"},
    };
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        char text[8192];
        const char *at = strstr(good, accepted[i].piece);
        assert_non_null(at);
        size_t size = (size_t)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good,
                                       accepted[i].replacement, at + strlen(accepted[i].piece));
        mirti_error err = {0};
        if (parse(text, size, &err) != MIRTI_OK)
            fail_msg("%s: %lld:%lld: %s", accepted[i].replacement, (long long)err.line,
                     (long long)err.column, err.message);
    }
}

static void assert_too_many(mirti_text *text, const char *message) {
    mirti_error err = {0};
    assert_false(text->failed);
    assert_int_equal(parse(text->data, text->size, &err), MIRTI_ERROR_INPUT);
    if (strstr(err.message, message) == NULL) fail_msg("%s", err.message);
    mirti_text_reset(text);
}

static void test_a_model_has_an_end(void **state) {
    (void)state;
    static const char head[] = "mirti-model: 1\nname: m\noutcome: {name: y}\npredictors:\n";
    mirti_text text = {0};
    mirti_text_puts(&text, head);
    for (int i = 0; i < 201; i++)
        mirti_text_printf(&text, "  x%d: {kind: binary}\n", i);
    mirti_text_puts(&text, "terms: [x0]\nsources: {s: {kind: survey}}\n");
    assert_too_many(&text, "at most 200 predictors");

    mirti_text_printf(&text, "%s  x: {kind: binary}\nterms:\n", head);
    for (int i = 0; i < 1001; i++)
        mirti_text_puts(&text, "  - x\n");
    mirti_text_puts(&text, "sources: {s: {kind: survey}}\n");
    assert_too_many(&text, "at most 1000 terms");

    static const char areas[] = "sources:\n  s:\n    kind: aggregates\n"
                                "    areas: {municipality: {code: C}}\n    cells:\n";
    mirti_text_printf(&text, "%s  x: {kind: binary}\nterms: [x]\n%s", head, areas);
    for (int i = 0; i < 1001; i++)
        mirti_text_puts(&text, "    - {children: A}\n");
    assert_too_many(&text, "at most 1000 cells");

    mirti_text_puts(&text, head);
    for (int i = 0; i < 13; i++)
        mirti_text_printf(&text, "  x%d: {kind: binary}\n", i);
    mirti_text_printf(&text, "terms: [x0]\n%s    - {children: A", areas);
    for (int i = 0; i < 13; i++)
        mirti_text_printf(&text, ", x%d: true", i);
    mirti_text_puts(&text, "}\n");
    assert_too_many(&text, "more than 4096 groups");
}

static void test_what_is_no_block_of_keys(void **state) {
    (void)state;
    static const char *const texts[] = {"- mirti-model: 1\n", "mirti-model\n"};
    for (int i = 0; i < 2; i++) {
        mirti_error err = {0};
        assert_int_equal(parse(texts[i], strlen(texts[i]), &err), MIRTI_ERROR_INPUT);
        assert_non_null(strstr(err.message, "does not begin with 'mirti-model: 1'"));
        assert_int_equal(err.line, 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped_model_has_its_predictors),
        cmocka_unit_test(test_shipped_survey_source),
        cmocka_unit_test(test_shipped_aggregates_source),
        cmocka_unit_test(test_places_point_at_the_first_character),
        cmocka_unit_test(test_what_is_wrong_is_said_where_it_is),
        cmocka_unit_test(test_what_is_right_is_accepted),
        cmocka_unit_test(test_a_model_has_an_end),
        cmocka_unit_test(test_what_is_no_block_of_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
