/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Functions: one row of a table each, with how many arguments of which type they take. Those that
 * are only other ways of writing something (COALESCE, NULLIF, IF, LEFT ...) are turned into it
 * here.
 */
#include "compile.h"

#include <string.h>

typedef mirti_status (*rewrite)(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                mirti_recode_value *argument, mirti_recode_node **out);

/** Arguments of a signature: 'n' number, 't' text, 'c' condition, '*' anything. */
typedef struct function {
    const char *name;
    int least, most;
    const char *takes;
    mirti_recode_op op; ///< where `as` is NULL
    mirti_recode_kind gives;
    rewrite as;
} function;

static mirti_status make_coalesce(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                  mirti_recode_value *argument, mirti_recode_node **out) {
    bool clash = false;
    mirti_recode_kind kind = KIND_NULL;
    for (int i = 0; i < ast->children; i++) {
        kind = mirti_recode_unify(kind, argument[i].node->kind, &clash);
        if (clash)
            return mirti_recode_fail(c->err, c->source, argument[i].ast->at,
                                     "this is %s, and what stands before it is %s",
                                     mirti_recode_kind_name(argument[i].node->kind),
                                     mirti_recode_kind_name(kind));
    }
    for (int i = ast->children - 1; i >= 0; i--) {
        mirti_recode_node *node = NULL;
        MIRTI_TRY(mirti_recode_as_kind(c, argument[i], kind, &node));
        if (i == ast->children - 1)
            *out = node;
        else
            MIRTI_TRY(mirti_recode_make(c, OP_COALESCE, kind, node, *out, NULL, out));
    }
    return MIRTI_OK;
}

/** NULLIF(a, b): a, but missing where a = b. */
static mirti_status make_nullif(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                mirti_recode_value *argument, mirti_recode_node **out) {
    mirti_recode_node *same = NULL, *null = NULL;
    MIRTI_TRY(mirti_recode_comparison(c, TOKEN_EQ, ast->at, argument[0], argument[1], &same));
    null = mirti_recode_constant_null(c->scope, argument[0].node->kind);
    if (!null) return mirti_fail_memory(c->err, "an expression");
    return mirti_recode_make(c, OP_SELECT, argument[0].node->kind, same, null, argument[0].node,
                             out);
}

/** IF(condition, then [, else]). */
static mirti_status make_if(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                            mirti_recode_value *argument, mirti_recode_node **out) {
    bool clash = false;
    mirti_recode_node *condition = NULL, *then = NULL, *otherwise = NULL;
    mirti_recode_kind kind = argument[1].node->kind;
    if (ast->children > 2) kind = mirti_recode_unify(kind, argument[2].node->kind, &clash);
    if (clash)
        return mirti_recode_fail(
            c->err, c->source, argument[2].ast->at, "this is %s, and the other result is %s",
            mirti_recode_kind_name(argument[2].node->kind), mirti_recode_kind_name(kind));
    MIRTI_TRY(mirti_recode_as_truth(c, argument[0], &condition));
    MIRTI_TRY(mirti_recode_as_kind(c, argument[1], kind, &then));
    if (ast->children > 2) {
        MIRTI_TRY(mirti_recode_as_kind(c, argument[2], kind, &otherwise));
    } else {
        otherwise = mirti_recode_constant_null(c->scope, kind);
        if (!otherwise) return mirti_fail_memory(c->err, "an expression");
    }
    return mirti_recode_make(c, OP_SELECT, kind, condition, then, otherwise, out);
}

/** LEFT(text, n) is SUBSTR(text, 1, n). */
static mirti_status make_left(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                              mirti_recode_value *argument, mirti_recode_node **out) {
    (void)ast;
    mirti_recode_node *text = NULL, *count = NULL, *one = mirti_recode_constant_number(c->scope, 1);
    if (!one) return mirti_fail_memory(c->err, "an expression");
    MIRTI_TRY(mirti_recode_as_text(c, argument[0], &text));
    MIRTI_TRY(mirti_recode_as_number(c, argument[1], &count));
    return mirti_recode_make(c, OP_SUBSTR, KIND_TEXT, text, one, count, out);
}

/** LEAST and GREATEST of two or more. */
static mirti_status make_extreme(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                 mirti_recode_value *argument, mirti_recode_node **out) {
    mirti_recode_op op = mirti_recode_same_word(ast->text, "LEAST") ? OP_LEAST : OP_GREATEST;
    MIRTI_TRY(mirti_recode_as_number(c, argument[0], out));
    for (int i = 1; i < ast->children; i++) {
        mirti_recode_node *node = NULL;
        MIRTI_TRY(mirti_recode_as_number(c, argument[i], &node));
        MIRTI_TRY(mirti_recode_make(c, op, KIND_NUMBER, *out, node, NULL, out));
    }
    return MIRTI_OK;
}

/** ROUND(x [, decimals]). */
static mirti_status make_round(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                               mirti_recode_value *argument, mirti_recode_node **out) {
    mirti_recode_node *value = NULL, *digits = mirti_recode_constant_number(c->scope, 0);
    if (!digits) return mirti_fail_memory(c->err, "an expression");
    MIRTI_TRY(mirti_recode_as_number(c, argument[0], &value));
    if (ast->children > 1) MIRTI_TRY(mirti_recode_as_number(c, argument[1], &digits));
    return mirti_recode_make(c, OP_ROUND, KIND_NUMBER, value, digits, NULL, out);
}

/** LPAD and RPAD (text, width [, pad]). */
static mirti_status make_pad(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                             mirti_recode_value *argument, mirti_recode_node **out) {
    mirti_recode_op op = mirti_recode_same_word(ast->text, "LPAD") ? OP_LPAD : OP_RPAD;
    mirti_recode_node *text = NULL, *width = NULL, *pad = NULL;
    MIRTI_TRY(mirti_recode_as_text(c, argument[0], &text));
    MIRTI_TRY(mirti_recode_as_number(c, argument[1], &width));
    if (ast->children > 2) {
        MIRTI_TRY(mirti_recode_as_text(c, argument[2], &pad));
    } else {
        pad = mirti_recode_constant_text(c->scope, KIND_TEXT, mirti_str_of(" "));
        if (!pad) return mirti_fail_memory(c->err, "an expression");
    }
    return mirti_recode_make(c, op, KIND_TEXT, text, width, pad, out);
}

static mirti_status make_across(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                mirti_recode_value *argument, mirti_recode_node **out) {
    static const char *const names[] = {"HEAD",     "SPOUSE", "MOTHER", "FATHER",
                                        "HH_COUNT", "HH_ANY", "HH_ALL", "HH_SUM",
                                        "HH_MEAN",  "HH_MIN", "HH_MAX"};
    int across = 0;
    while (!mirti_recode_same_word(ast->text, names[across]))
        across++;
    return mirti_recode_lower_across(c, ast, across, argument, out);
}

#define MANY 1000

static const function functions[] = {
    {"ABS", 1, 1, "n", OP_ABS, KIND_NUMBER, NULL},
    {"CEIL", 1, 1, "n", OP_CEIL, KIND_NUMBER, NULL},
    {"CEILING", 1, 1, "n", OP_CEIL, KIND_NUMBER, NULL},
    {"COALESCE", 1, MANY, "*", OP_COUNT, KIND_NULL, make_coalesce},
    {"EXP", 1, 1, "n", OP_EXP, KIND_NUMBER, NULL},
    {"FATHER", 1, 1, "*", OP_COUNT, KIND_NULL, make_across},
    {"FLOOR", 1, 1, "n", OP_FLOOR, KIND_NUMBER, NULL},
    {"FOLD", 1, 1, "t", OP_FOLD, KIND_TEXT, NULL},
    {"GREATEST", 1, MANY, "n", OP_COUNT, KIND_NULL, make_extreme},
    {"HEAD", 1, 1, "*", OP_COUNT, KIND_NULL, make_across},
    {"HH_ALL", 1, 1, "*", OP_COUNT, KIND_NULL, make_across},
    {"HH_ANY", 1, 1, "*", OP_COUNT, KIND_NULL, make_across},
    {"HH_COUNT", 0, 1, "*", OP_COUNT, KIND_NULL, make_across},
    {"HH_MAX", 1, 1, "*", OP_COUNT, KIND_NULL, make_across},
    {"HH_MEAN", 1, 1, "*", OP_COUNT, KIND_NULL, make_across},
    {"HH_MIN", 1, 1, "*", OP_COUNT, KIND_NULL, make_across},
    {"HH_SUM", 1, 1, "*", OP_COUNT, KIND_NULL, make_across},
    {"IF", 2, 3, "*", OP_COUNT, KIND_NULL, make_if},
    {"IFNULL", 2, 2, "*", OP_COUNT, KIND_NULL, make_coalesce},
    {"IIF", 2, 3, "*", OP_COUNT, KIND_NULL, make_if},
    {"LEAST", 1, MANY, "n", OP_COUNT, KIND_NULL, make_extreme},
    {"LEFT", 2, 2, "tn", OP_COUNT, KIND_NULL, make_left},
    {"LENGTH", 1, 1, "t", OP_LENGTH, KIND_NUMBER, NULL},
    {"LN", 1, 1, "n", OP_LN, KIND_NUMBER, NULL},
    {"LOG10", 1, 1, "n", OP_LOG10, KIND_NUMBER, NULL},
    {"LOWER", 1, 1, "t", OP_LOWER, KIND_TEXT, NULL},
    {"LPAD", 2, 3, "tnt", OP_COUNT, KIND_NULL, make_pad},
    {"LTRIM", 1, 1, "t", OP_LTRIM, KIND_TEXT, NULL},
    {"MOD", 2, 2, "nn", OP_MODULO, KIND_NUMBER, NULL},
    {"MOTHER", 1, 1, "*", OP_COUNT, KIND_NULL, make_across},
    {"NULLIF", 2, 2, "*", OP_COUNT, KIND_NULL, make_nullif},
    {"POWER", 2, 2, "nn", OP_POWER, KIND_NUMBER, NULL},
    {"REPLACE", 3, 3, "ttt", OP_REPLACE, KIND_TEXT, NULL},
    {"RIGHT", 2, 2, "tn", OP_RIGHT, KIND_TEXT, NULL},
    {"ROUND", 1, 2, "nn", OP_COUNT, KIND_NULL, make_round},
    {"RPAD", 2, 3, "tnt", OP_COUNT, KIND_NULL, make_pad},
    {"RTRIM", 1, 1, "t", OP_RTRIM, KIND_TEXT, NULL},
    {"SIGN", 1, 1, "n", OP_SIGN, KIND_NUMBER, NULL},
    {"SPOUSE", 1, 1, "*", OP_COUNT, KIND_NULL, make_across},
    {"SQRT", 1, 1, "n", OP_SQRT, KIND_NUMBER, NULL},
    {"SUBSTR", 2, 3, "tnn", OP_SUBSTR, KIND_TEXT, NULL},
    {"SUBSTRING", 2, 3, "tnn", OP_SUBSTR, KIND_TEXT, NULL},
    {"TRIM", 1, 1, "t", OP_TRIM, KIND_TEXT, NULL},
    {"TRUNC", 1, 1, "n", OP_TRUNC, KIND_NUMBER, NULL},
    {"UPPER", 1, 1, "t", OP_UPPER, KIND_TEXT, NULL},
};

void mirti_recode_suggest_function(mirti_str name, mirti_text *out) {
    mirti_recode_nearest nearest = {0};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        mirti_recode_nearest_offer(&nearest, name, mirti_str_of(functions[i].name));
    mirti_recode_nearest_offer(&nearest, name, mirti_str_of("MAP"));
    mirti_recode_nearest_offer(&nearest, name, mirti_str_of("CAST"));
    mirti_recode_nearest_print(&nearest, out);
}

const char *mirti_recode_function_name(int index) {
    int count = (int)(sizeof functions / sizeof *functions);
    return index >= 0 && index < count ? functions[index].name : NULL;
}

static mirti_status unknown_function(mirti_recode_compiler *c, const mirti_recode_ast *ast) {
    int size = ast->text.size > 60 ? 60 : (int)ast->text.size;
    mirti_text text = {0};
    mirti_status status = mirti_recode_fail(c->err, c->source, ast->at,
                                            "there is no function '%.*s'", size, ast->text.data);
    mirti_recode_suggest_function(ast->text, &text);
    if (text.data && text.size > 0) mirti_fail_remedy(c->err, "%s", text.data);
    mirti_text_reset(&text);
    return status;
}

static mirti_status check_count(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                const function *f) {
    if (ast->children >= f->least && ast->children <= f->most) return MIRTI_OK;
    if (f->most == MANY)
        return mirti_recode_fail(c->err, c->source, ast->at,
                                 "%s takes at least %d argument%s, not %d", f->name, f->least,
                                 f->least == 1 ? "" : "s", ast->children);
    if (f->least == f->most)
        return mirti_recode_fail(c->err, c->source, ast->at, "%s takes %d argument%s, not %d",
                                 f->name, f->least, f->least == 1 ? "" : "s", ast->children);
    return mirti_recode_fail(c->err, c->source, ast->at, "%s takes %d to %d arguments, not %d",
                             f->name, f->least, f->most, ast->children);
}

/** A named map applied like a function: `yesno(asisten)`. */
static mirti_status call_map(mirti_recode_compiler *c, const mirti_recode_ast *ast, bool *called,
                             mirti_recode_node **out) {
    int index = -1;
    *called = false;
    if (mirti_recode_lookup(c->scope, ast->text, false, c->self, &index) != FOUND_DEFINITION)
        return MIRTI_OK;
    if (c->scope->definition[index].constant) return MIRTI_OK;
    MIRTI_TRY(mirti_recode_definition_parse(c, index));
    const mirti_recode_definition *d = &c->scope->definition[index];
    if (d->ast->kind != AST_MAP || d->ast->subject) return MIRTI_OK;
    *called = true;
    if (ast->children != 1)
        return mirti_recode_fail(c->err, c->source, ast->at, "a map takes one value, not %d",
                                 ast->children);
    mirti_recode_value value = {NULL, ast->child[0]};
    MIRTI_TRY(mirti_recode_lower(c, value.ast, &value.node));
    return mirti_recode_lower_map(c, d->ast, &c->scope->definition[index].source, value, out);
}

mirti_status mirti_recode_lower_call(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                     mirti_recode_node **out) {
    const function *f = NULL;
    for (size_t i = 0; i < sizeof functions / sizeof *functions && !f; i++)
        if (mirti_recode_same_word(ast->text, functions[i].name)) f = &functions[i];
    if (!f) {
        bool called = false;
        MIRTI_TRY(call_map(c, ast, &called, out));
        return called ? MIRTI_OK : unknown_function(c, ast);
    }
    MIRTI_TRY(check_count(c, ast, f));
    mirti_recode_value *argument =
        mirti_arena_new(&c->scope->arena, (size_t)ast->children * sizeof *argument);
    if (!argument) return mirti_fail_memory(c->err, "an expression");
    for (int i = 0; i < ast->children; i++) {
        argument[i].ast = ast->child[i];
        MIRTI_TRY(mirti_recode_lower(c, ast->child[i], &argument[i].node));
    }
    if (f->as) return f->as(c, ast, argument, out);
    mirti_recode_node *arg[3] = {NULL, NULL, NULL};
    for (int i = 0; i < ast->children; i++) {
        if (f->takes[i] == 'n')
            MIRTI_TRY(mirti_recode_as_number(c, argument[i], &arg[i]));
        else
            MIRTI_TRY(mirti_recode_as_text(c, argument[i], &arg[i]));
    }
    return mirti_recode_make(c, f->op, f->gives, arg[0], arg[1], arg[2], out);
}
