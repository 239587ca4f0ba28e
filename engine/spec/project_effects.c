/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `area_effects:` of a project: whether areas differ beyond their traits, and at which level. A
 * truth value alone, or a block. */
#include "project.h"

static const char *const level_names[] = {[MIRTI_EFFECTS_AREA] = "area",
                                          [MIRTI_EFFECTS_PARENT] = "parent",
                                          [MIRTI_EFFECTS_NESTED] = "nested",
                                          NULL};
static const char *const scaling_names[] = {[MIRTI_SCALING_SIZE] = "size",
                                            [MIRTI_SCALING_EFFECTIVE] = "effective",
                                            [MIRTI_SCALING_NONE] = "none",
                                            [MIRTI_SCALING_UNIT] = "unit",
                                            NULL};

#define CHOICE(member) offsetof(mirti_effects_choice, member)
static const mirti_spec_key effects_keys[] = {
    {.name = "level",
     .type = MIRTI_KEY_CHOICE,
     .choices = level_names,
     .at = CHOICE(level),
     .meaning = "what differs: area, parent, or nested (areas within parents)"},
    {.name = "quadrature",
     .type = MIRTI_KEY_INTEGER,
     .low = 1,
     .high = 31,
     .at = CHOICE(quadrature),
     .meaning = "the nodes of the quadrature over an area's effect; 1 is Laplace's method"},
    {.name = "weight_scaling",
     .type = MIRTI_KEY_CHOICE,
     .choices = scaling_names,
     .at = CHOICE(scaling),
     .meaning = "how weights are scaled within an area: effective, size, none or unit"},
};
MIRTI_SPEC_TABLE(mirti_spec_effects_table, "the effects of areas", effects_keys);

const char *mirti_effects_level_name(mirti_effects_level level) {
    return level_names[level];
}

const char *mirti_weight_scaling_name(mirti_weight_scaling scaling) {
    return scaling_names[scaling];
}

mirti_status mirti_spec_read_effects(mirti_spec_reader *r, const mirti_spec_node *node,
                                     void *object) {
    mirti_effects_choice *choice = &((mirti_project *)object)->area_effects;
    if (node->kind != MIRTI_NODE_MAP)
        return mirti_spec_flag(r, node, "area_effects", &choice->wanted);
    choice->wanted = true;
    MIRTI_TRY(mirti_spec_read_keys(r, &mirti_spec_effects_table, node, choice));
    if (choice->level != MIRTI_EFFECTS_NESTED || choice->quadrature <= 1) return MIRTI_OK;
    mirti_spec_fail(r, mirti_spec_get(node, "quadrature")->text_place,
                    "areas within parents are fitted by Laplace's method, not with %d nodes",
                    choice->quadrature);
    mirti_fail_remedy(r->err, "Leave 'quadrature' out, or write 'level: area' or 'level: parent'.");
    return MIRTI_ERROR_INPUT;
}
