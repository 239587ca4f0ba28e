/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The comparison with every digit, for run.json. */
#include "internal.h"

#include <math.h>

static const char *kind_name(mirti_predictor_kind kind) {
    switch (kind) {
    case MIRTI_PREDICTOR_CATEGORY: return "category";
    case MIRTI_PREDICTOR_BINARY: return "binary";
    case MIRTI_PREDICTOR_NUMBER: break;
    }
    return "number";
}

static void add_spread(mirti_json *json, const char *key, const mirti_support_spread *spread) {
    if (isnan(spread->sd)) return;
    mirti_json_object(json, key);
    mirti_json_number(json, "sd", spread->sd);
    mirti_json_number(json, "least", spread->least);
    mirti_json_numbers(json, "quartiles", spread->quartile, 3);
    mirti_json_number(json, "most", spread->most);
    mirti_json_end(json);
}

static void add_line(mirti_json *json, const mirti_predictor *predictor,
                     const mirti_support_line *line) {
    mirti_json_object(json, NULL);
    if (line->level >= 0) mirti_json_string(json, "level", predictor->level[line->level]);
    mirti_json_number(json, "survey", line->survey);
    mirti_json_number(json, "survey_se", line->survey_se);
    mirti_json_number(json, "census", line->census);
    mirti_json_end(json);
}

static void add_predictor(mirti_json *json, const mirti_predictor *predictor,
                          const mirti_support_predictor *p) {
    mirti_json_object(json, NULL);
    mirti_json_string(json, "predictor", predictor->name);
    mirti_json_string(json, "kind", kind_name(predictor->kind));
    mirti_json_number(json, "difference", p->difference);
    mirti_json_number(json, "f", p->f);
    mirti_json_number(json, "p", p->p);
    mirti_json_boolean(json, "flagged", p->flagged);
    mirti_json_array(json, "compared");
    for (int l = 0; l < p->lines; l++)
        add_line(json, predictor, &p->line[l]);
    mirti_json_end(json);
    add_spread(json, "survey", &p->survey);
    add_spread(json, "census", &p->census);
    if (!isnan(p->outside)) mirti_json_number(json, "outside_survey_range", p->outside);
    mirti_json_integer(json, "areas_beyond", p->beyond);
    mirti_json_end(json);
}

void mirti_support_json(const mirti_support *support, const mirti_terms *terms, const char *key,
                        mirti_json *json) {
    mirti_json_object(json, key);
    mirti_json_number(json, "limit", support->options.limit);
    mirti_json_integer(json, "flagged", mirti_support_flagged(support));
    mirti_json_array(json, "predictors");
    for (int v = 0; v < support->predictors; v++)
        add_predictor(json, &terms->predictor[support->predictor[v].predictor],
                      &support->predictor[v]);
    mirti_json_end(json);
    mirti_json_string(json, "beyond_what", support->groups_are_areas ? "areas" : "psus");
    mirti_json_integer(json, "beyond_groups", support->groups);
    mirti_json_number(json, "unseen_limit", support->options.unseen);
    mirti_json_number(json, "unseen", support->unseen_share);
    mirti_json_integer(json, "areas_with_more_unseen", support->unseen_areas);
    mirti_json_end(json);
}
