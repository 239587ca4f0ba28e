/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two halves of the indicators share: the plan, made of the question before the survey is
 * read, and the estimates, made after. */
#ifndef PIPELINE_INDICATORS_H
#define PIPELINE_INDICATORS_H

#include "run.h"

enum { MIRTI_INDICATORS_MOST = 400, MIRTI_INDICATORS_MOST_DOMAINS = 1000000 };

/* What domains are made by. */
typedef enum indicators_by_kind {
    BY_AREA,
    BY_PARENT_AREA,
    BY_PREDICTOR, ///< its levels are known, whatever the sample has
    BY_EXPRESSION ///< the values that the sample has
} indicators_by_kind;

typedef struct indicators_by {
    indicators_by_kind kind;
    int predictor;
    int extra; ///< place among the extras; −1 for areas
} indicators_by;

/* One indicator: places of its expressions among the extras, −1 for none. */
typedef struct indicators_ask {
    int value, among, per;
    int predictor; ///< whose level it counts; −1: none
    int level;
} indicators_ask;

typedef struct indicators_plan {
    int bys;
    indicators_by by[MIRTI_INDICATORS_BY];
    int asks;
    indicators_ask *ask; ///< [asks], as many as out->indicators
    int extras;
    mirti_sample_extra *extra;
    mirti_arena texts;
} indicators_plan;

/* Fills the plan, and of `out` what is known before the survey is read: names, labels, statistics.
 * USAGE or INPUT when something is asked that the project does not have. */
mirti_status mirti_indicators_plan_make(const mirti_run *run,
                                        const mirti_indicators_options *options,
                                        indicators_plan *plan, mirti_indicators *out,
                                        mirti_error *err);
void mirti_indicators_plan_reset(indicators_plan *plan);

#endif
