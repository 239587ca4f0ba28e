/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `area_model:` of a project: learn from direct estimates by area instead of from persons. */
#include "project.h"

static const char *const scale_names[] = {
    [MIRTI_SCALE_LOGIT] = "logit", [MIRTI_SCALE_ARCSINE] = "arcsine", NULL};
static const char *const variance_names[] = {"direct", "smoothed", NULL};

#define CHOICE(member) offsetof(mirti_area_choice, member)
static const mirti_spec_key area_model_keys[] = {
    {.name = "scale",
     .type = MIRTI_KEY_CHOICE,
     .choices = scale_names,
     .at = CHOICE(scale),
     .meaning = "the scale on which direct estimates are modelled: logit or arcsine"},
    {.name = "variance",
     .type = MIRTI_KEY_CHOICE,
     .choices = variance_names,
     .at = CHOICE(smoothed),
     .meaning = "whose variance they have: their own, or one smoothed over areas"},
    {.name = "least_rows",
     .type = MIRTI_KEY_INTEGER,
     .low = 1,
     .high = 1000000,
     .at = CHOICE(least_rows),
     .meaning = "the sample rows from which on a direct estimate is used"},
};
MIRTI_SPEC_TABLE(mirti_spec_area_model_table, "the area model of a project", area_model_keys);

mirti_status mirti_spec_read_area_model(mirti_spec_reader *r, const mirti_spec_node *node,
                                        void *object) {
    mirti_area_choice *choice = &((mirti_project *)object)->area_model;
    choice->wanted = true;
    choice->place = node->place;
    return mirti_spec_read_keys(r, &mirti_spec_area_model_table, node, choice);
}
