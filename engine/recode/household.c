/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Households in a scope: what the source says of them, and the compilation of functions that look
 * at other persons of the household.
 */
#include "compile.h"

#include <string.h>

mirti_status mirti_scope_household(mirti_scope *scope, const mirti_household *household,
                                   mirti_error *err) {
    mirti_recode_household *h = &scope->household;
    const mirti_household_expression *part[PART_COUNT] = {
        [PART_KEY] = &household->key,       [PART_RELATIONSHIP] = &household->relationship,
        [PART_PERSON] = &household->person, [PART_MOTHER] = &household->mother,
        [PART_FATHER] = &household->father,
    };
    if (h->declared) return mirti_fail(err, MIRTI_ERROR_USAGE, "the household is declared twice");
    if (!household->key.text) return mirti_fail(err, MIRTI_ERROR_USAGE, "a household needs a key");
    for (int i = 0; i < PART_COUNT; i++) {
        h->given[i] = part[i]->text != NULL;
        if (!h->given[i]) continue;
        MIRTI_TRY(
            mirti_recode_source_make(scope, part[i]->text, &part[i]->origin, &h->source[i], err));
    }
    MIRTI_TRY(mirti_recode_codes_add(scope, &h->head, household->head, household->heads, err));
    MIRTI_TRY(
        mirti_recode_codes_add(scope, &h->spouse, household->spouse, household->spouses, err));
    h->declared = true;
    return MIRTI_OK;
}

const mirti_recode_part *mirti_recode_household_needs(int across) {
    static const mirti_recode_part key[] = {PART_KEY, PART_COUNT},
                                   relationship[] = {PART_KEY, PART_RELATIONSHIP, PART_COUNT},
                                   mother[] = {PART_KEY, PART_PERSON, PART_MOTHER, PART_COUNT},
                                   father[] = {PART_KEY, PART_PERSON, PART_FATHER, PART_COUNT};
    switch (across) {
    case ACROSS_HEAD:
    case ACROSS_SPOUSE: return relationship;
    case ACROSS_MOTHER: return mother;
    case ACROSS_FATHER: return father;
    default: return key;
    }
}

mirti_status mirti_recode_household_part(mirti_recode_compiler *c, mirti_recode_part part) {
    mirti_recode_household *h = &c->scope->household;
    if (h->node[part]) return MIRTI_OK;
    mirti_recode_compiler own = {.scope = c->scope,
                                 .source = &h->source[part],
                                 .self = -1,
                                 .depth = c->depth,
                                 .in_household = true,
                                 .err = c->err};
    mirti_recode_ast *ast = NULL;
    mirti_recode_value value = {0};
    mirti_recode_node *node = NULL;
    /* Named expressions in work outside must be found to be so inside, too. */
    memcpy(own.chain, c->chain, sizeof own.chain);
    own.chain_count = c->chain_count;
    MIRTI_TRY(mirti_recode_parse(own.source, &c->scope->arena, &ast, c->err));
    value.ast = ast;
    MIRTI_TRY(mirti_recode_lower(&own, ast, &value.node));
    MIRTI_TRY(mirti_recode_as_text(&own, value, &node));
    h->node[part] = node;
    return MIRTI_OK;
}

/** That the source's household block says what the function needs. */
static mirti_status check_given(mirti_recode_compiler *c, const mirti_recode_ast *ast, int across) {
    static const char *const said[PART_COUNT] = {"key", "relationship", "person", "mother",
                                                 "father"};
    const mirti_recode_household *h = &c->scope->household;
    const char *lacking = NULL;
    for (const mirti_recode_part *p = mirti_recode_household_needs(across); *p != PART_COUNT; p++)
        if (!h->given[*p] && !lacking) lacking = said[*p];
    if (across == ACROSS_HEAD && !lacking && h->head.count == 0) lacking = "head";
    if (across == ACROSS_SPOUSE && !lacking && h->spouse.count == 0) lacking = "spouse";
    if (h->declared && !lacking) return MIRTI_OK;
    mirti_status status;
    int size = (int)ast->text.size;
    if (!h->declared)
        status = mirti_recode_fail(c->err, c->source, ast->at,
                                   "%.*s looks at other persons, but nothing is said of households",
                                   size, ast->text.data);
    else
        status = mirti_recode_fail(c->err, c->source, ast->at, "%.*s needs `%s` of the household",
                                   size, ast->text.data, lacking);
    mirti_fail_remedy(c->err, "say it in the `household:` block of the source");
    return status;
}

mirti_status mirti_recode_lower_across(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                       int across, mirti_recode_value *argument,
                                       mirti_recode_node **out) {
    if (c->in_household)
        return mirti_recode_fail(c->err, c->source, ast->at,
                                 "the household's own expressions cannot look at other persons");
    MIRTI_TRY(check_given(c, ast, across));
    for (const mirti_recode_part *p = mirti_recode_household_needs(across); *p != PART_COUNT; p++)
        MIRTI_TRY(mirti_recode_household_part(c, *p));
    mirti_recode_node node = {.op = OP_HOUSEHOLD, .args = 1, .detail = across};
    switch (across) {
    case ACROSS_HEAD:
    case ACROSS_SPOUSE:
    case ACROSS_MOTHER:
    case ACROSS_FATHER:
        node.arg[0] = argument[0].node;
        if (node.arg[0]->kind == KIND_NULL) {
            *out = node.arg[0];
            return MIRTI_OK;
        }
        node.kind = node.arg[0]->kind;
        break;
    case ACROSS_COUNT:
        node.kind = KIND_NUMBER;
        if (ast->children > 0) {
            MIRTI_TRY(mirti_recode_as_truth(c, argument[0], &node.arg[0]));
        } else {
            node.arg[0] = mirti_recode_constant_truth(c->scope, true);
            if (!node.arg[0]) return mirti_fail_memory(c->err, "an expression");
        }
        break;
    case ACROSS_ANY:
    case ACROSS_ALL:
        node.kind = KIND_TRUTH;
        MIRTI_TRY(mirti_recode_as_truth(c, argument[0], &node.arg[0]));
        break;
    default:
        node.kind = KIND_NUMBER;
        MIRTI_TRY(mirti_recode_as_number(c, argument[0], &node.arg[0]));
        break;
    }
    return mirti_recode_make_with(c, node, out);
}
