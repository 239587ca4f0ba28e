/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Types: what may stand where, and what is converted without being asked.
 *
 * Four kinds of value meet here. RAW is text as a file has it, which may be a code or a number: it
 * is read as a number where one is needed and compared as text with text. TEXT, NUMBER and TRUTH
 * are what they say. Without being asked, RAW becomes a number or a text, a number becomes text
 * where texts are joined, and a truth becomes 0 or 1 in arithmetic. Nothing else: `SUBSTR(x, 1, 2)
 * + 1` must say CAST, because a code that silently becomes a number is how leading zeros are lost.
 *
 * Comparisons that SQL would answer, but not as their author meant, are refused with the remedy: `x
 * = NULL`;
 * `<` between two raw columns or a raw column and '5', which as text puts '10' before '5'; text
 * against a number.
 */
#include "compile.h"

#include <string.h>

const char *mirti_recode_kind_name(mirti_recode_kind kind) {
    switch (kind) {
    case KIND_RAW: return "a raw value";
    case KIND_TEXT: return "text";
    case KIND_NUMBER: return "a number";
    case KIND_TRUTH: return "a condition";
    case KIND_NULL: return "NULL";
    }
    return "a value";
}

mirti_status mirti_recode_make_with(mirti_recode_compiler *c, mirti_recode_node node,
                                    mirti_recode_node **out) {
    *out = mirti_recode_intern(c->scope, &node);
    return *out ? MIRTI_OK : mirti_fail_memory(c->err, "an expression");
}

mirti_status mirti_recode_make(mirti_recode_compiler *c, mirti_recode_op op, mirti_recode_kind kind,
                               mirti_recode_node *a, mirti_recode_node *b, mirti_recode_node *d,
                               mirti_recode_node **out) {
    mirti_recode_node node = {.op = op, .kind = kind, .arg = {a, b, d}};
    node.args = d ? 3 : b ? 2 : a ? 1 : 0;
    return mirti_recode_make_with(c, node, out);
}

static mirti_status null_of(mirti_recode_compiler *c, mirti_recode_kind kind,
                            mirti_recode_node **out) {
    *out = mirti_recode_constant_null(c->scope, kind);
    return *out ? MIRTI_OK : mirti_fail_memory(c->err, "an expression");
}

/* ------------------------------------------------------------------------------- conversion -- */

mirti_status mirti_recode_as_number(mirti_recode_compiler *c, mirti_recode_value value,
                                    mirti_recode_node **out) {
    mirti_status status;
    switch (value.node->kind) {
    case KIND_NUMBER: *out = value.node; return MIRTI_OK;
    case KIND_RAW:
        return mirti_recode_make(c, OP_TO_NUMBER, KIND_NUMBER, value.node, NULL, NULL, out);
    case KIND_TRUTH:
        return mirti_recode_make(c, OP_FROM_TRUTH, KIND_NUMBER, value.node, NULL, NULL, out);
    case KIND_NULL: return null_of(c, KIND_NUMBER, out);
    case KIND_TEXT: break;
    }
    status = mirti_recode_fail(c->err, c->source, value.ast->at,
                               "a number is needed here, and this is text");
    if (value.ast->kind == AST_TEXT)
        mirti_fail_remedy(c->err, "write the number without quotes");
    else
        mirti_fail_remedy(c->err, "write CAST(... AS NUMBER) if it holds a number");
    return status;
}

mirti_status mirti_recode_as_text(mirti_recode_compiler *c, mirti_recode_value value,
                                  mirti_recode_node **out) {
    mirti_status status;
    switch (value.node->kind) {
    case KIND_RAW:
    case KIND_TEXT: *out = value.node; return MIRTI_OK;
    case KIND_NUMBER:
        return mirti_recode_make(c, OP_TO_TEXT, KIND_TEXT, value.node, NULL, NULL, out);
    case KIND_NULL: return null_of(c, KIND_TEXT, out);
    case KIND_TRUTH: break;
    }
    status = mirti_recode_fail(c->err, c->source, value.ast->at,
                               "text is needed here, and this is a condition");
    mirti_fail_remedy(c->err,
                      "say which texts stand for true and false: IF(condition, 'yes', 'no')");
    return status;
}

mirti_status mirti_recode_as_truth(mirti_recode_compiler *c, mirti_recode_value value,
                                   mirti_recode_node **out) {
    if (value.node->kind == KIND_TRUTH) {
        *out = value.node;
        return MIRTI_OK;
    }
    if (value.node->kind == KIND_NULL) return null_of(c, KIND_TRUTH, out);
    mirti_status status = mirti_recode_fail(c->err, c->source, value.ast->at,
                                            "a condition is needed here, and this is %s",
                                            mirti_recode_kind_name(value.node->kind));
    mirti_fail_remedy(c->err, "say what makes it true, such as `= '1'` or `> 0`");
    return status;
}

mirti_recode_kind mirti_recode_unify(mirti_recode_kind a, mirti_recode_kind b, bool *clash) {
    if (a == b || b == KIND_NULL) return a;
    if (a == KIND_NULL) return b;
    if (a == KIND_RAW && (b == KIND_TEXT || b == KIND_NUMBER)) return b;
    if (b == KIND_RAW && (a == KIND_TEXT || a == KIND_NUMBER)) return a;
    if ((a == KIND_NUMBER && b == KIND_TRUTH) || (a == KIND_TRUTH && b == KIND_NUMBER))
        return KIND_NUMBER;
    *clash = true;
    return a;
}

mirti_status mirti_recode_as_kind(mirti_recode_compiler *c, mirti_recode_value value,
                                  mirti_recode_kind kind, mirti_recode_node **out) {
    if (value.node->kind == KIND_NULL) return null_of(c, kind, out);
    switch (kind) {
    case KIND_NUMBER: return mirti_recode_as_number(c, value, out);
    case KIND_TRUTH: return mirti_recode_as_truth(c, value, out);
    case KIND_TEXT: return mirti_recode_as_text(c, value, out);
    case KIND_RAW:
    case KIND_NULL: break;
    }
    *out = value.node;
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------- comparison -- */

/** True for '5' or '10.5', which as text would not stand where a number does; false for '0512'. */
static bool looks_like_number(const mirti_recode_value *v) {
    double value;
    char digits[32];
    if (v->node->op != OP_CONSTANT || v->node->null || !mirti_number_parse(v->node->text, &value))
        return false;
    mirti_number_print(value, digits);
    return mirti_str_is(v->node->text, digits);
}

static mirti_status refuse(mirti_recode_compiler *c, size_t at, const char *what,
                           const char *remedy) {
    mirti_status status = mirti_recode_fail(c->err, c->source, at, "%s", what);
    mirti_fail_remedy(c->err, "%s", remedy);
    return status;
}

mirti_status mirti_recode_common(mirti_recode_compiler *c, int op, size_t at,
                                 mirti_recode_value left, mirti_recode_value right,
                                 mirti_recode_kind *kind) {
    mirti_recode_kind a = left.node->kind, b = right.node->kind;
    bool ordered = op != TOKEN_EQ && op != TOKEN_NE;
    if (a == KIND_NULL || b == KIND_NULL)
        return refuse(c, at, "a comparison with NULL is neither true nor false",
                      "write IS NULL or IS NOT NULL");
    if (a == KIND_TRUTH || b == KIND_TRUTH) {
        mirti_recode_kind other = a == KIND_TRUTH ? b : a;
        if (other == KIND_RAW || other == KIND_TEXT)
            return refuse(
                c, at, "a condition cannot be compared with text",
                "a condition can be used as it is, with NOT, or compared with TRUE, FALSE, 1 or 0");
        *kind = KIND_NUMBER;
    } else if (a == KIND_NUMBER || b == KIND_NUMBER) {
        if (a == KIND_TEXT || b == KIND_TEXT)
            return refuse(c, at, "a number cannot be compared with text",
                          "put both in quotes to compare as text ('01' is not '1'), none to "
                          "compare as numbers; "
                          "CAST(... AS NUMBER) or CAST(... AS TEXT) converts");
        *kind = KIND_NUMBER;
    } else {
        if (ordered && a == KIND_RAW && b == KIND_RAW)
            return refuse(c, at, "two raw values have no order: as text '10' comes before '9'",
                          "write CAST(... AS NUMBER) around one of them, or CAST(... AS TEXT) if "
                          "text is meant");
        if (ordered && ((a == KIND_RAW && looks_like_number(&right)) ||
                        (b == KIND_RAW && looks_like_number(&left))))
            return refuse(c, at, "as text '10' comes before '9'; is a number meant?",
                          "write the number without quotes, or CAST(... AS TEXT) around the column "
                          "if text is "
                          "meant");
        *kind = KIND_TEXT;
    }
    return MIRTI_OK;
}

mirti_status mirti_recode_comparison(mirti_recode_compiler *c, int op, size_t at,
                                     mirti_recode_value left, mirti_recode_value right,
                                     mirti_recode_node **out) {
    mirti_recode_kind kind = KIND_TEXT;
    mirti_recode_node *a = NULL, *b = NULL;
    MIRTI_TRY(mirti_recode_common(c, op, at, left, right, &kind));
    MIRTI_TRY(mirti_recode_as_kind(c, left, kind, &a));
    MIRTI_TRY(mirti_recode_as_kind(c, right, kind, &b));
    if (a->op == OP_CONSTANT && b->op != OP_CONSTANT) {
        /* Constants go to the right: the kernels are quickest there, and `1 = x` is `x = 1`. */
        static const int mirrored[] = {TOKEN_EQ, TOKEN_NE, TOKEN_GT, TOKEN_GE, TOKEN_LT, TOKEN_LE};
        mirti_recode_node *swap = a;
        a = b;
        b = swap;
        op = mirrored[op - TOKEN_EQ];
    }
    mirti_recode_node node = {.op = kind == KIND_NUMBER ? OP_COMPARE_NUMBER : OP_COMPARE_TEXT,
                              .kind = KIND_TRUTH,
                              .args = 2,
                              .arg = {a, b},
                              .detail = op};
    return mirti_recode_make_with(c, node, out);
}
