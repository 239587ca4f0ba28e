/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The indicators of a survey: what its yearbook prints besides the outcome of the model, such as
 * the share of children who work and do not go to school. Each is one expression, of whom it is
 * told, and whether it is a mean, a total or a ratio; `mirti indicators` estimates them.
 */
#include <string.h>

#include "model.h"

static const char *const statistics[] = {
    [MIRTI_INDICATOR_MEAN] = "mean", [MIRTI_INDICATOR_TOTAL] = "total", NULL};

#define INDICATOR(member) offsetof(mirti_indicator_rule, member)
static const mirti_spec_key indicator_keys[] = {
    {.name = "label",
     .type = MIRTI_KEY_LOCALIZED,
     .at = INDICATOR(label),
     .meaning = "the indicator as people read it"},
    {.name = "value",
     .type = MIRTI_KEY_EXPRESSION,
     .required = true,
     .at = INDICATOR(value),
     .meaning = "what is counted (a condition) or measured (a number)"},
    {.name = "among",
     .type = MIRTI_KEY_EXPRESSION,
     .at = INDICATOR(among),
     .meaning = "of whom it is told; all rows that 'filter' leaves, if not given"},
    {.name = "per",
     .type = MIRTI_KEY_EXPRESSION,
     .at = INDICATOR(per),
     .meaning = "the denominator of a ratio"},
    {.name = "statistic",
     .type = MIRTI_KEY_CHOICE,
     .choices = statistics,
     .at = INDICATOR(statistic),
     .meaning = "mean or total"},
};
MIRTI_SPEC_TABLE(mirti_spec_survey_indicator_table, "an indicator of a survey", indicator_keys);

mirti_status mirti_spec_read_indicators(mirti_spec_reader *r, const mirti_spec_node *node,
                                        void *object) {
    mirti_source_block *source = object;
    MIRTI_TRY(mirti_spec_map(r, node, "indicators"));
    source->indicator = mirti_spec_new(r, (size_t)node->count, sizeof *source->indicator);
    if (source->indicator == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        mirti_indicator_rule *indicator = &source->indicator[source->indicators++];
        MIRTI_TRY(mirti_spec_check_identifier(r, e->key, "indicator"));
        if (strcmp(e->key->text, r->model->outcome) == 0 ||
            mirti_model_spec_predictor(r->model, e->key->text) >= 0) {
            mirti_spec_fail(r, e->key->place, "the model has '%s' already", e->key->text);
            mirti_fail_remedy(r->err, "Outcome and predictors are estimated without being named "
                                      "here; another indicator needs another name.");
            return MIRTI_ERROR_INPUT;
        }
        MIRTI_TRY(mirti_spec_text(r, e->key, "indicators", &indicator->name));
        MIRTI_TRY(mirti_spec_read_keys(r, &mirti_spec_survey_indicator_table, e->value, indicator));
        indicator->place = e->key->place;
        if (indicator->per.text == NULL || mirti_spec_get(e->value, "statistic") == NULL) continue;
        mirti_spec_fail(r, mirti_spec_key_place(e->value, "statistic"),
                        "'%s' has a denominator ('per') and is a ratio", indicator->name);
        mirti_fail_remedy(r->err, "Leave out 'statistic', or 'per'.");
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}
