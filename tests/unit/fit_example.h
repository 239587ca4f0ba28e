/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small model with every kind of predictor and two interactions, for tests of the fit room. */
#ifndef MIRTI_TEST_FIT_EXAMPLE_H
#define MIRTI_TEST_FIT_EXAMPLE_H

#include "mirti/spec.h"

/* A text that may stand where the structures hold text of their own. */
#define TEXT(text) ((char[]){text})

static char *example_ages[] = {TEXT("5-11"), TEXT("12-14"), TEXT("15-17")};
static char *example_sexes[] = {TEXT("woman"), TEXT("man")};
static char *example_languages[] = {TEXT("es"), TEXT("en")};
static char *example_farm_label[] = {TEXT("trabajo agrícola"), TEXT("farm work")};
static char *example_woman_label[] = {TEXT("mujer"), TEXT("woman")};
/* One level has words of its own in two languages, the other none. */
static mirti_localized example_sex_labels[] = {{2, example_languages, example_woman_label}, {0}};
static mirti_predictor example_predictors[] = {
    {.name = TEXT("age"),
     .kind = MIRTI_PREDICTOR_CATEGORY,
     .levels = 3,
     .level = example_ages,
     .reference = 1},
    {.name = TEXT("sex"),
     .kind = MIRTI_PREDICTOR_CATEGORY,
     .levels = 2,
     .level = example_sexes,
     .level_label = example_sex_labels},
    {.name = TEXT("farm"),
     .kind = MIRTI_PREDICTOR_BINARY,
     .actionable = true,
     .label = {2, example_languages, example_farm_label},
     .factor = {1, example_languages, example_farm_label},
     .lack = {1, example_languages, example_farm_label}},
    {.name = TEXT("income"), .kind = MIRTI_PREDICTOR_NUMBER},
};
static mirti_term example_term_list[] = {
    {.order = 1, .predictor = {0}},    {.order = 1, .predictor = {1}},
    {.order = 1, .predictor = {2}},    {.order = 1, .predictor = {3}},
    {.order = 2, .predictor = {0, 1}}, {.order = 2, .predictor = {2, 0}},
};
static mirti_model_spec example_spec = {
    .name = TEXT("example"),
    .outcome = TEXT("works"),
    .predictors = 4,
    .predictor = example_predictors,
    .terms = 6,
    .term = example_term_list,
};

#endif
