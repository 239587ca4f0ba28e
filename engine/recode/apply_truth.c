/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Comparisons and three-valued logic on vectors.
 *
 * A truth is two bytes: `valid`, and `truth` that is 0 wherever valid is 0. Kleene's tables then
 * are a few bitwise operations per row: AND is true where both are true, false where one is false,
 * and unknown otherwise.
 */
#include "node.h"

#include <string.h>

#define COMPARE(KIND, TEST)                                                                        \
    case KIND:                                                                                     \
        for (int64_t i = 0; i < n; i++) {                                                          \
            uint8_t v = va[i] & vb[i];                                                             \
            valid[i] = v;                                                                          \
            truth[i] = (uint8_t)(v & (TEST));                                                      \
        }                                                                                          \
        break;

static void compare_number(const mirti_recode_node *node, const mirti_recode_vector *const arg[3],
                           mirti_recode_vector *out, int64_t n) {
    const uint8_t *va = arg[0]->valid, *vb = arg[1]->valid;
    const double *a = arg[0]->number, *b = arg[1]->number;
    uint8_t *valid = out->valid, *truth = out->truth;
    switch (node->detail) {
        COMPARE(TOKEN_EQ, a[i] == b[i])
        COMPARE(TOKEN_NE, a[i] != b[i])
        COMPARE(TOKEN_LT, a[i] < b[i])
        COMPARE(TOKEN_LE, a[i] <= b[i])
        COMPARE(TOKEN_GT, a[i] > b[i])
        COMPARE(TOKEN_GE, a[i] >= b[i])
    default: break;
    }
}

/** x = 'text' and x <> 'text': the comparison of nearly every model, with one-byte codes first of
 * all. */
static void equal_constant(const mirti_recode_vector *x, mirti_str constant, bool negated,
                           mirti_recode_vector *out, int64_t n) {
    const mirti_str *text = x->text;
    const uint8_t flip = negated ? 1 : 0;
    if (constant.size == 1) {
        const char code = constant.data[0];
        for (int64_t i = 0; i < n; i++) {
            uint8_t v = x->valid[i], same = text[i].size == 1 && text[i].data[0] == code;
            out->valid[i] = v;
            out->truth[i] = (uint8_t)(v & (same ^ flip));
        }
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        uint8_t v = x->valid[i];
        uint8_t same =
            text[i].size == constant.size &&
            (constant.size == 0 || memcmp(text[i].data, constant.data, constant.size) == 0);
        out->valid[i] = v;
        out->truth[i] = (uint8_t)(v & (same ^ flip));
    }
}

static void compare_text(const mirti_recode_node *node, const mirti_recode_vector *const arg[3],
                         mirti_recode_vector *out, int64_t n) {
    const uint8_t *va = arg[0]->valid, *vb = arg[1]->valid;
    const mirti_str *a = arg[0]->text, *b = arg[1]->text;
    uint8_t *valid = out->valid, *truth = out->truth;
    const mirti_recode_node *constant = node->arg[1];
    if (constant->op == OP_CONSTANT && !constant->null &&
        (node->detail == TOKEN_EQ || node->detail == TOKEN_NE)) {
        equal_constant(arg[0], constant->text, node->detail == TOKEN_NE, out, n);
        return;
    }
    switch (node->detail) {
        COMPARE(TOKEN_EQ, v && mirti_str_equal(a[i], b[i]))
        COMPARE(TOKEN_NE, v && !mirti_str_equal(a[i], b[i]))
        COMPARE(TOKEN_LT, v && mirti_str_compare(a[i], b[i]) < 0)
        COMPARE(TOKEN_LE, v && mirti_str_compare(a[i], b[i]) <= 0)
        COMPARE(TOKEN_GT, v && mirti_str_compare(a[i], b[i]) > 0)
        COMPARE(TOKEN_GE, v && mirti_str_compare(a[i], b[i]) >= 0)
    default: break;
    }
}

static void apply_and(const mirti_recode_vector *a, const mirti_recode_vector *b,
                      mirti_recode_vector *out, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        uint8_t t = a->truth[i] & b->truth[i];
        uint8_t f =
            (uint8_t)((a->valid[i] & (a->truth[i] ^ 1)) | (b->valid[i] & (b->truth[i] ^ 1)));
        out->truth[i] = t;
        out->valid[i] = t | f;
    }
}

static void apply_or(const mirti_recode_vector *a, const mirti_recode_vector *b,
                     mirti_recode_vector *out, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        uint8_t t = a->truth[i] | b->truth[i];
        uint8_t f =
            (uint8_t)((a->valid[i] & (a->truth[i] ^ 1)) & (b->valid[i] & (b->truth[i] ^ 1)));
        out->truth[i] = t;
        out->valid[i] = t | f;
    }
}

void mirti_recode_apply_truth(const mirti_recode_node *node,
                              const mirti_recode_vector *const arg[3], mirti_recode_vector *out,
                              int64_t n) {
    const uint8_t *valid = arg[0]->valid, *truth = arg[0]->truth;
    switch (node->op) {
    case OP_COMPARE_NUMBER: compare_number(node, arg, out, n); break;
    case OP_COMPARE_TEXT: compare_text(node, arg, out, n); break;
    case OP_AND: apply_and(arg[0], arg[1], out, n); break;
    case OP_OR: apply_or(arg[0], arg[1], out, n); break;
    case OP_NOT:
        for (int64_t i = 0; i < n; i++) {
            out->valid[i] = valid[i];
            out->truth[i] = (uint8_t)(valid[i] & (truth[i] ^ 1));
        }
        break;
    case OP_IS_NULL:
        for (int64_t i = 0; i < n; i++) {
            out->valid[i] = 1;
            out->truth[i] = valid[i] ^ 1;
        }
        break;
    case OP_IS_TRUE:
        for (int64_t i = 0; i < n; i++) {
            out->valid[i] = 1;
            out->truth[i] = truth[i];
        }
        break;
    case OP_IS_FALSE:
        for (int64_t i = 0; i < n; i++) {
            out->valid[i] = 1;
            out->truth[i] = (uint8_t)(valid[i] & (truth[i] ^ 1));
        }
        break;
    default: break;
    }
}
