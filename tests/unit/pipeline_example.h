/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small model, its survey, its census and its map, as texts: what the tests of the pipeline room
 * walk through. Include after cmocka.h.
 */
#ifndef MIRTI_TEST_PIPELINE_EXAMPLE_H
#define MIRTI_TEST_PIPELINE_EXAMPLE_H

#include <stdio.h>
#include <string.h>

#include "mirti/pipeline.h"

static const char example_model[] =
    "mirti-model: 1\n"
    "name: example\n"
    "population: {es: menores de 12 a 17 años, en: aged 12 to 17}\n"
    "outcome: {name: works}\n"
    "predictors:\n"
    "  sex: {kind: category, levels: [girl, boy]}\n"
    "  poor: {kind: binary}\n"
    "terms: [sex, poor]\n"
    "sources:\n"
    "  survey:\n"
    "    kind: survey\n"
    "    filter: age BETWEEN 12 AND 17\n"
    "    outcome: works = '1'\n"
    "    weight: w\n"
    "    stratum: st\n"
    "    psu: psu\n"
    "    psu_nested: true\n"
    "    missing:\n"
    "      - {columns: [poor], codes: ['9']}\n"
    "    predictors:\n"
    "      sex: MAP(sex, '1' -> 'boy', '2' -> 'girl', '3' -> 'other')\n"
    "      poor: poor = '1'\n"
    "  census:\n"
    "    kind: aggregates\n"
    "    missing: [{codes: ['*'], reason: suppressed}]\n"
    "    areas:\n"
    "      municipality: {code: code, code_width: 3, name: name}\n"
    "    cells:\n"
    "      - {sex: girl, children: girls}\n"
    "      - {sex: boy, children: boys}\n"
    "    shares: {poor: poor / (girls + boys)}\n";

static const char example_project[] = "mirti-project: 1\n"
                                      "name: example\n"
                                      "title: {es: Ejemplo, en: Example}\n"
                                      "language: en\n"
                                      "model: model.yaml\n"
                                      "survey: {file: survey.csv, source: survey}\n"
                                      "census: {file: census.csv, source: census}\n"
                                      "boundaries:\n"
                                      "  municipality: {file: map.geojson, code: id, name: label}\n"
                                      "classes: {method: equal, levels: 2}\n";

/* Sixteen children: two strata of two PSUs; works more often where sex is boy or poor is 1. The
 * last two rows are a person of 40 and a child whose `poor` is not known. */
static const char example_survey[] =
    "age,works,w,st,psu,sex,poor\n"
    "12,0,10,a,1,2,0\n13,0,10,a,1,2,1\n14,1,12,a,1,1,1\n15,0,10,a,1,1,0\n"
    "12,1,10,a,2,2,1\n13,0,11,a,2,2,0\n14,0,10,a,2,1,0\n15,1,10,a,2,1,1\n"
    "16,0,20,b,1,2,0\n17,1,20,b,1,2,0\n16,1,25,b,1,1,1\n17,1,20,b,1,1,0\n"
    "16,0,20,b,2,2,1\n17,0,20,b,2,2,0\n16,0,20,b,2,1,1\n17,1,20,b,2,1,0\n"
    "40,0,20,b,2,2,0\n15,1,10,a,2,1,9\n";

static const char example_census[] = "code,name,girls,boys,poor\n"
                                     "001,Álamo,100,120,22\n"
                                     "002,Nogal,50,40,60\n"
                                     "003,Encino,*,*,*\n"
                                     "004,Sabino,10,0,5\n";

static const char example_map[] =
    "{\"type\":\"FeatureCollection\",\"features\":["
    "{\"type\":\"Feature\",\"properties\":{\"id\":\"001\",\"label\":\"Álamo\"},\"geometry\":{"
    "\"type\":"
    "\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}},"
    "{\"type\":\"Feature\",\"properties\":{\"id\":\"002\",\"label\":\"Nogal\"},\"geometry\":{"
    "\"type\":"
    "\"Polygon\",\"coordinates\":[[[1,0],[2,0],[2,1],[1,1],[1,0]]]}},"
    "{\"type\":\"Feature\",\"properties\":{\"id\":\"003\",\"label\":\"Encino\"},\"geometry\":{"
    "\"type\":"
    "\"Polygon\",\"coordinates\":[[[2,0],[3,0],[3,1],[2,1],[2,0]]]}},"
    "{\"type\":\"Feature\",\"properties\":{\"id\":\"999\",\"label\":\"Isla\"},\"geometry\":{"
    "\"type\":"
    "\"Polygon\",\"coordinates\":[[[4,0],[5,0],[5,1],[4,1],[4,0]]]}}]}\n";

/* `text` with the first occurrence of `piece` replaced; static buffer. */
static inline const char *example_with(const char *text, const char *piece,
                                       const char *replacement) {
    static char changed[8192];
    const char *at = strstr(text, piece);
    if (!at) fail_msg("'%s' is not in the example", piece);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, replacement,
             at + strlen(piece));
    return changed;
}

#endif
