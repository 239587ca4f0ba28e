/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From labels of strata and sampling units to consecutive numbers. A label counts within its parent
 * (a PSU within its stratum), so the key is the pair. Numbers are given by (parent, label in byte
 * order): they do not depend on the order of the rows.
 */
#ifndef MIRTI_SURVEY_LABELS_H
#define MIRTI_SURVEY_LABELS_H

#include "mirti/base.h"

typedef struct mirti_survey_labels {
    int32_t count;
    int32_t *parent; /* [count] */
    mirti_str *name; /* [count], borrowed from the caller's rows */
    int32_t *of_row; /* [rows] */
} mirti_survey_labels;

/* `parent` [rows] (NULL: all 0) and `label` [rows] (NULL: every row is a unit of its own, and
 * `name` stays NULL). `what` names the unit in messages. An empty label is an error that names the
 * row. */
mirti_status mirti_survey_labels_number(int64_t rows, const int32_t *parent, const mirti_str *label,
                                        const char *what, mirti_survey_labels *out,
                                        mirti_error *err);
void mirti_survey_labels_reset(mirti_survey_labels *labels);

#endif
