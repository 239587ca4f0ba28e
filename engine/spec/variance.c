/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `variance:` of a project's survey: where standard errors come from. The name of a method alone,
 * or a block with what the method asks for besides.
 */
#include "keys.h"

static const char *const methods[] = {[MIRTI_VARIANCE_LINEARISED] = "linearised",
                                      [MIRTI_VARIANCE_JK1] = "jk1",
                                      [MIRTI_VARIANCE_JKN] = "jkn",
                                      [MIRTI_VARIANCE_BRR] = "brr",
                                      [MIRTI_VARIANCE_FAY] = "fay",
                                      [MIRTI_VARIANCE_BOOTSTRAP] = "bootstrap",
                                      [MIRTI_VARIANCE_GIVEN] = "given",
                                      NULL};

static const mirti_spec_key keys[] = {
    {.name = "method",
     .type = MIRTI_KEY_CHOICE,
     .required = true,
     .choices = methods,
     .at = offsetof(mirti_variance_choice, method),
     .meaning = "linearised, jk1, jkn, brr, fay, bootstrap or given"},
    {.name = "replicates",
     .type = MIRTI_KEY_INTEGER,
     .low = 2,
     .high = 100000,
     .at = offsetof(mirti_variance_choice, replicates),
     .meaning = "how many replicates the bootstrap draws"},
    {.name = "rho",
     .type = MIRTI_KEY_NUMBER,
     .low = 0,
     .high = 0.99,
     .at = offsetof(mirti_variance_choice, rho),
     .meaning = "what Fay's method leaves of the weights of the half that is left out"},
};
MIRTI_SPEC_TABLE(mirti_spec_variance_table, "the variance of a survey", keys);

const char *mirti_variance_name(mirti_variance_method method) {
    return methods[method];
}

/* An option belongs to one method, which needs it. */
static mirti_status check_option(mirti_spec_reader *r, const mirti_spec_node *node,
                                 const mirti_variance_choice *variance, const char *option,
                                 mirti_variance_method owner, const char *example) {
    bool given = node->kind == MIRTI_NODE_MAP && mirti_spec_get(node, option) != NULL;
    if (given == (variance->method == owner)) return MIRTI_OK;
    if (given) {
        mirti_spec_fail(r, mirti_spec_key_place(node, option), "the method %s has no '%s'",
                        methods[variance->method], option);
        mirti_fail_remedy(r->err, "Only %s has it.", methods[owner]);
    } else {
        mirti_spec_fail(r, variance->place, "the method %s needs '%s'", methods[owner], option);
        mirti_fail_remedy(r->err, "Write '{method: %s, %s: %s}'.", methods[owner], option, example);
    }
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_spec_read_variance(mirti_spec_reader *r, const mirti_spec_node *node,
                                      mirti_variance_choice *variance) {
    int method = 0;
    variance->place = node->place;
    if (node->kind == MIRTI_NODE_MAP) {
        MIRTI_TRY(mirti_spec_read_keys(r, &mirti_spec_variance_table, node, variance));
    } else {
        MIRTI_TRY(mirti_spec_choice(r, node, "variance", methods, &method));
        variance->method = (mirti_variance_method)method;
        variance->place = node->text_place;
    }
    MIRTI_TRY(check_option(r, node, variance, "replicates", MIRTI_VARIANCE_BOOTSTRAP, "500"));
    return check_option(r, node, variance, "rho", MIRTI_VARIANCE_FAY, "0.3");
}
