/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The compiler: walks the syntax tree, finds names, checks types and builds nodes.
 *
 * BETWEEN, CASE, simple CASE and IN over non-constants are turned into comparisons, AND, OR and
 * SELECT, so that the kernels stay few. A named expression is compiled when first used and its node
 * reused afterwards.
 */
#include "compile.h"

#include <string.h>

/** A remedy built from a text; the text is released. */
static void remedy_from(mirti_recode_compiler *c, mirti_text *text) {
    if (text->data && text->size > 0) mirti_fail_remedy(c->err, "%s", text->data);
    mirti_text_reset(text);
}

static int shown(mirti_str text) {
    size_t size = text.size > 80 ? 80 : text.size;
    while (size > 0 && size < text.size && ((unsigned char)text.data[size] & 0xC0U) == 0x80U)
        size--;
    return (int)size;
}

/* ------------------------------------------------------------------------------------ names -- */

mirti_status mirti_recode_definition_parse(mirti_recode_compiler *c, int index) {
    mirti_recode_definition *d = &c->scope->definition[index];
    if (d->ast) return MIRTI_OK;
    mirti_recode_ast *ast = NULL;
    MIRTI_TRY(mirti_recode_parse(&d->source, &c->scope->arena, &ast, c->err));
    d->ast = ast;
    return MIRTI_OK;
}

static mirti_status circle(mirti_recode_compiler *c, const mirti_recode_ast *ast, int index) {
    mirti_text chain = {0};
    int from = 0;
    while (from < c->chain_count && c->chain[from] != index)
        from++;
    for (int i = from; i < c->chain_count; i++) {
        const mirti_recode_definition *d = &c->scope->definition[c->chain[i]];
        mirti_text_add(&chain, d->name.data, d->name.size);
        mirti_text_puts(&chain, " -> ");
    }
    mirti_text_add(&chain, c->scope->definition[index].name.data,
                   c->scope->definition[index].name.size);
    mirti_status status =
        mirti_recode_fail(c->err, c->source, ast->at, "the definitions go in a circle: %s",
                          chain.data ? chain.data : "");
    mirti_text_reset(&chain);
    mirti_fail_remedy(c->err, "let one of them refer to columns of the file instead");
    return status;
}

static mirti_status lower_definition(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                     int index, mirti_recode_node **out) {
    mirti_recode_definition *d = &c->scope->definition[index];
    if (d->constant) {
        *out = d->null ? mirti_recode_constant_null(c->scope, KIND_RAW)
                       : mirti_recode_constant_text(c->scope, KIND_RAW, d->value);
        return *out ? MIRTI_OK : mirti_fail_memory(c->err, "an expression");
    }
    if (d->state == STATE_DONE) {
        *out = d->node;
        return MIRTI_OK;
    }
    if (d->state == STATE_COMPILING) return circle(c, ast, index);
    int most = (int)(sizeof c->chain / sizeof *c->chain);
    if (c->chain_count == most)
        return mirti_recode_fail(c->err, c->source, ast->at,
                                 "named expressions use one another more than %d deep", most);
    MIRTI_TRY(mirti_recode_definition_parse(c, index));
    if (d->ast->kind == AST_MAP && !d->ast->subject) {
        mirti_status status =
            mirti_recode_fail(c->err, c->source, ast->at, "'%.*s' is a map and needs a value",
                              shown(d->name), d->name.data);
        mirti_fail_remedy(c->err, "write %.*s(column)", shown(d->name), d->name.data);
        return status;
    }
    const mirti_recode_source *source = c->source;
    int self = c->self;
    c->source = &d->source;
    c->self = index;
    c->chain[c->chain_count++] = index;
    d->state = STATE_COMPILING;
    mirti_status status = mirti_recode_lower(c, d->ast, out);
    d->state = status == MIRTI_OK ? STATE_DONE : STATE_NEW;
    d->node = status == MIRTI_OK ? *out : NULL;
    c->chain_count--;
    c->self = self;
    c->source = source;
    return status;
}

static mirti_status lower_name(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                               mirti_recode_node **out) {
    int index = -1;
    mirti_recode_found found =
        mirti_recode_lookup(c->scope, ast->text, ast->quoted, c->self, &index);
    /* Inside its own definition a name means the column behind it; without one, it is a circle. */
    if (found == FOUND_NOTHING && c->self >= 0)
        found = mirti_recode_lookup(c->scope, ast->text, ast->quoted, -1, &index);
    mirti_status status;
    switch (found) {
    case FOUND_DEFINITION: return lower_definition(c, ast, index, out);
    case FOUND_COLUMN: {
        mirti_recode_column *column = &c->scope->column[index];
        column->used = true;
        mirti_recode_node node = {
            .op = OP_COLUMN, .kind = (mirti_recode_kind)column->type, .column = index};
        return mirti_recode_make_with(c, node, out);
    }
    case FOUND_SEVERAL:
        status = mirti_recode_fail(c->err, c->source, ast->at,
                                   "'%.*s' fits several names that differ by case",
                                   shown(ast->text), ast->text.data);
        mirti_fail_remedy(c->err, "spell it exactly");
        return status;
    case FOUND_NOTHING: break;
    }
    status = mirti_recode_fail(c->err, c->source, ast->at, "there is no column or name '%.*s'",
                               shown(ast->text), ast->text.data);
    mirti_text text = {0};
    mirti_recode_suggest_name(c->scope, ast->text, &text);
    if (ast->quoted && text.size == 0)
        mirti_text_puts(&text, "double quotes are for names; a text is written in single quotes");
    remedy_from(c, &text);
    return status;
}

/* -------------------------------------------------------------------------------- operators -- */

static mirti_status lower_value(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                mirti_recode_value *out) {
    out->ast = ast;
    return mirti_recode_lower(c, ast, &out->node);
}

static mirti_status lower_truth(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                mirti_recode_node **out) {
    mirti_recode_value value = {0};
    MIRTI_TRY(lower_value(c, ast, &value));
    return mirti_recode_as_truth(c, value, out);
}

static mirti_status negate(mirti_recode_compiler *c, bool negated, mirti_recode_node **node) {
    return negated ? mirti_recode_make(c, OP_NOT, KIND_TRUTH, *node, NULL, NULL, node) : MIRTI_OK;
}

static mirti_status lower_binary(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                 mirti_recode_node **out) {
    mirti_recode_value left = {0}, right = {0};
    mirti_recode_node *a = NULL, *b = NULL;
    mirti_recode_op op;
    MIRTI_TRY(lower_value(c, ast->child[0], &left));
    MIRTI_TRY(lower_value(c, ast->child[1], &right));
    switch (ast->op) {
    case TOKEN_CONCAT:
        MIRTI_TRY(mirti_recode_as_text(c, left, &a));
        MIRTI_TRY(mirti_recode_as_text(c, right, &b));
        return mirti_recode_make(c, OP_CONCAT, KIND_TEXT, a, b, NULL, out);
    case TOKEN_PLUS: op = OP_ADD; break;
    case TOKEN_MINUS: op = OP_SUBTRACT; break;
    case TOKEN_STAR: op = OP_MULTIPLY; break;
    case TOKEN_SLASH: op = OP_DIVIDE; break;
    case TOKEN_PERCENT: op = OP_MODULO; break;
    default: return mirti_recode_comparison(c, ast->op, ast->at, left, right, out);
    }
    MIRTI_TRY(mirti_recode_as_number(c, left, &a));
    MIRTI_TRY(mirti_recode_as_number(c, right, &b));
    return mirti_recode_make(c, op, KIND_NUMBER, a, b, NULL, out);
}

static mirti_status lower_is(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                             mirti_recode_node **out) {
    mirti_recode_node *node = NULL;
    if (ast->op == IS_NULL)
        MIRTI_TRY(mirti_recode_lower(c, ast->child[0], &node));
    else
        MIRTI_TRY(lower_truth(c, ast->child[0], &node));
    mirti_recode_op op = ast->op == IS_NULL   ? OP_IS_NULL
                         : ast->op == IS_TRUE ? OP_IS_TRUE
                                              : OP_IS_FALSE;
    MIRTI_TRY(mirti_recode_make(c, op, KIND_TRUTH, node, NULL, NULL, out));
    return negate(c, ast->negated, out);
}

static mirti_status lower_between(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                  mirti_recode_node **out) {
    mirti_recode_value part[3] = {0};
    mirti_recode_node *low = NULL, *high = NULL;
    for (int i = 0; i < 3; i++)
        MIRTI_TRY(lower_value(c, ast->child[i], &part[i]));
    MIRTI_TRY(mirti_recode_comparison(c, TOKEN_GE, part[1].ast->at, part[0], part[1], &low));
    MIRTI_TRY(mirti_recode_comparison(c, TOKEN_LE, part[2].ast->at, part[0], part[2], &high));
    MIRTI_TRY(mirti_recode_make(c, OP_AND, KIND_TRUTH, low, high, NULL, out));
    return negate(c, ast->negated, out);
}

/** The code point of the one character of a text. */
static int code_point(mirti_str text) {
    unsigned char a = (unsigned char)text.data[0];
    if (a < 0x80) return a;
    int code = a < 0xE0 ? a & 0x1F : a < 0xF0 ? a & 0x0F : a & 0x07;
    for (size_t i = 1; i < text.size; i++)
        code = code * 64 + ((unsigned char)text.data[i] & 0x3F);
    return code;
}

static mirti_status lower_like(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                               mirti_recode_node **out) {
    mirti_recode_value value = {0}, pattern = {0};
    mirti_recode_node node = {.op = OP_LIKE, .kind = KIND_TRUTH, .args = 2};
    MIRTI_TRY(lower_value(c, ast->child[0], &value));
    MIRTI_TRY(lower_value(c, ast->child[1], &pattern));
    MIRTI_TRY(mirti_recode_as_text(c, value, &node.arg[0]));
    MIRTI_TRY(mirti_recode_as_text(c, pattern, &node.arg[1]));
    for (int i = 0; ast->fold && i < 2; i++)
        MIRTI_TRY(mirti_recode_make(c, OP_LOWER, KIND_TEXT, node.arg[i], NULL, NULL, &node.arg[i]));
    if (ast->children > 2) node.detail = code_point(ast->child[2]->text);
    MIRTI_TRY(mirti_recode_make_with(c, node, out));
    return negate(c, ast->negated, out);
}

/* ------------------------------------------------------------------------------------- CASE -- */

/** The kind of all results of a CASE. */
static mirti_status case_kind(mirti_recode_compiler *c, const mirti_recode_value *result,
                              int results, mirti_recode_kind *kind) {
    bool clash = false;
    *kind = KIND_NULL;
    for (int i = 0; i < results; i++) {
        mirti_recode_kind former = *kind;
        *kind = mirti_recode_unify(former, result[i].node->kind, &clash);
        if (!clash) continue;
        mirti_status status = mirti_recode_fail(
            c->err, c->source, result[i].ast->at, "this result is %s, those before it are %s",
            mirti_recode_kind_name(result[i].node->kind), mirti_recode_kind_name(former));
        mirti_fail_remedy(
            c->err,
            "all results of a CASE are of one type; CAST(... AS TEXT) or CAST(... AS NUMBER) "
            "converts");
        return status;
    }
    return MIRTI_OK;
}

static mirti_status lower_case(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                               mirti_recode_node **out) {
    int first = ast->subject ? 1 : 0, last = ast->children - (ast->otherwise ? 1 : 0);
    int branches = (last - first) / 2, results = branches + (ast->otherwise ? 1 : 0);
    mirti_recode_value subject = {0};
    mirti_recode_kind kind = KIND_NULL;
    mirti_recode_node **when =
        mirti_arena_new(&c->scope->arena, (size_t)branches * sizeof(mirti_recode_node *));
    mirti_recode_value *result =
        mirti_arena_new(&c->scope->arena, (size_t)results * sizeof *result);
    if (!when || !result) return mirti_fail_memory(c->err, "an expression");
    if (ast->subject) MIRTI_TRY(lower_value(c, ast->child[0], &subject));
    for (int i = 0; i < branches; i++) {
        mirti_recode_value value = {0};
        MIRTI_TRY(lower_value(c, ast->child[first + 2 * i], &value));
        if (ast->subject)
            MIRTI_TRY(
                mirti_recode_comparison(c, TOKEN_EQ, value.ast->at, subject, value, &when[i]));
        else
            MIRTI_TRY(mirti_recode_as_truth(c, value, &when[i]));
        MIRTI_TRY(lower_value(c, ast->child[first + 2 * i + 1], &result[i]));
    }
    if (ast->otherwise) MIRTI_TRY(lower_value(c, ast->child[last], &result[branches]));
    MIRTI_TRY(case_kind(c, result, results, &kind));
    if (ast->otherwise)
        MIRTI_TRY(mirti_recode_as_kind(c, result[branches], kind, out));
    else if (!(*out = mirti_recode_constant_null(c->scope, kind)))
        return mirti_fail_memory(c->err, "an expression");
    for (int i = branches - 1; i >= 0; i--) {
        mirti_recode_node *node = NULL;
        MIRTI_TRY(mirti_recode_as_kind(c, result[i], kind, &node));
        MIRTI_TRY(mirti_recode_make(c, OP_SELECT, kind, when[i], node, *out, out));
    }
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------- everything -- */

static mirti_status lower_cast(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                               mirti_recode_node **out) {
    mirti_recode_value value = {0};
    MIRTI_TRY(lower_value(c, ast->child[0], &value));
    if (ast->op == MIRTI_TYPE_NUMBER) {
        if (value.node->kind == KIND_TEXT)
            return mirti_recode_make(c, OP_TO_NUMBER, KIND_NUMBER, value.node, NULL, NULL, out);
        return mirti_recode_as_number(c, value, out);
    }
    if (value.node->kind == KIND_RAW) {
        /* Raw and text are the same bytes; joining with nothing changes the kind alone. */
        mirti_recode_node *empty =
            mirti_recode_constant_text(c->scope, KIND_TEXT, mirti_str_of(""));
        if (!empty) return mirti_fail_memory(c->err, "an expression");
        return mirti_recode_make(c, OP_CONCAT, KIND_TEXT, value.node, empty, NULL, out);
    }
    return mirti_recode_as_text(c, value, out);
}

static mirti_status lower_literal(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                  mirti_recode_node **out) {
    switch (ast->kind) {
    case AST_NUMBER: *out = mirti_recode_constant_number(c->scope, ast->number); break;
    case AST_TEXT: *out = mirti_recode_constant_text(c->scope, KIND_TEXT, ast->text); break;
    case AST_TRUTH: *out = mirti_recode_constant_truth(c->scope, ast->number != 0); break;
    default: *out = mirti_recode_constant_null(c->scope, KIND_NULL); break;
    }
    return *out ? MIRTI_OK : mirti_fail_memory(c->err, "an expression");
}

static mirti_status lower_map(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                              mirti_recode_node **out) {
    mirti_recode_value value = {0};
    if (!ast->subject) {
        mirti_status status =
            mirti_recode_fail(c->err, c->source, ast->at, "the map has no value to map");
        mirti_fail_remedy(
            c->err, "write MAP(column, ...); a map without a value must be named, to be used as "
                    "name(column)");
        return status;
    }
    MIRTI_TRY(lower_value(c, ast->child[0], &value));
    return mirti_recode_lower_map(c, ast, c->source, value, out);
}

static mirti_status lower_any(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                              mirti_recode_node **out) {
    mirti_recode_value value = {0};
    mirti_recode_node *a = NULL, *b = NULL;
    switch (ast->kind) {
    case AST_NULL:
    case AST_NUMBER:
    case AST_TEXT:
    case AST_TRUTH: return lower_literal(c, ast, out);
    case AST_NAME: return lower_name(c, ast, out);
    case AST_NEGATE:
        MIRTI_TRY(lower_value(c, ast->child[0], &value));
        MIRTI_TRY(mirti_recode_as_number(c, value, &a));
        return mirti_recode_make(c, OP_NEGATE, KIND_NUMBER, a, NULL, NULL, out);
    case AST_NOT: MIRTI_TRY(lower_truth(c, ast->child[0], out)); return negate(c, true, out);
    case AST_AND:
    case AST_OR:
        MIRTI_TRY(lower_truth(c, ast->child[0], &a));
        MIRTI_TRY(lower_truth(c, ast->child[1], &b));
        return mirti_recode_make(c, ast->kind == AST_AND ? OP_AND : OP_OR, KIND_TRUTH, a, b, NULL,
                                 out);
    case AST_BINARY: return lower_binary(c, ast, out);
    case AST_IS: return lower_is(c, ast, out);
    case AST_IN: MIRTI_TRY(mirti_recode_lower_in(c, ast, out)); return negate(c, ast->negated, out);
    case AST_BETWEEN: return lower_between(c, ast, out);
    case AST_LIKE: return lower_like(c, ast, out);
    case AST_CASE: return lower_case(c, ast, out);
    case AST_CALL: return mirti_recode_lower_call(c, ast, out);
    case AST_CAST: return lower_cast(c, ast, out);
    case AST_MAP: return lower_map(c, ast, out);
    }
    return mirti_fail(c->err, MIRTI_ERROR_INTERNAL, "an expression of unknown kind");
}

mirti_status mirti_recode_lower(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                mirti_recode_node **out) {
    if (++c->depth > 2 * MIRTI_RECODE_MAX_DEPTH)
        return mirti_recode_fail(c->err, c->source, ast->at,
                                 "the named expressions nest too deeply");
    mirti_status status = lower_any(c, ast, out);
    c->depth--;
    return status;
}

/* ------------------------------------------------------------------------------- public face -- */

/** Converts the whole expression to what the caller wants. */
static mirti_status finish(mirti_recode_compiler *c, mirti_recode_value value, mirti_type want,
                           mirti_recode_node **out) {
    mirti_recode_node *number = NULL;
    switch (want) {
    case MIRTI_TYPE_NUMBER: return mirti_recode_as_number(c, value, out);
    case MIRTI_TYPE_TEXT: return mirti_recode_as_text(c, value, out);
    case MIRTI_TYPE_TRUTH:
        /* A column of zeros and ones may stand for a condition; any other value is noted. */
        if (value.node->kind != KIND_RAW && value.node->kind != KIND_NUMBER)
            return mirti_recode_as_truth(c, value, out);
        MIRTI_TRY(mirti_recode_as_number(c, value, &number));
        return mirti_recode_make(c, OP_TO_TRUTH, KIND_TRUTH, number, NULL, NULL, out);
    case MIRTI_TYPE_RAW: break;
    }
    return mirti_recode_as_kind(c, value,
                                value.node->kind == KIND_NULL ? KIND_RAW : value.node->kind, out);
}

mirti_status mirti_recode_expr_of(mirti_scope *scope, mirti_recode_node *root, mirti_expr **out,
                                  mirti_error *err) {
    mirti_expr *expr = mirti_new(1, sizeof *expr);
    if (!expr) return mirti_fail_memory(err, "an expression");
    expr->scope = scope;
    expr->root = root;
    expr->type = root->kind == KIND_NULL ? MIRTI_TYPE_RAW : (mirti_type)root->kind;
    mirti_status status = mirti_recode_plan(scope, &root, 1, &scope->arena, &expr->program, err);
    if (status == MIRTI_OK)
        status = mirti_recode_columns_below(scope, root, &scope->arena, &expr->uses, err);
    if (status != MIRTI_OK) {
        mirti_free(expr);
        return status;
    }
    *out = expr;
    return MIRTI_OK;
}

mirti_status mirti_expr_compile(mirti_scope *scope, const char *text, mirti_type want,
                                const mirti_expression_origin *origin, mirti_expr **out,
                                mirti_error *err) {
    *out = NULL;
    mirti_recode_source *source = mirti_arena_new(&scope->arena, sizeof *source);
    if (!source) return mirti_fail_memory(err, "an expression");
    MIRTI_TRY(mirti_recode_source_make(scope, text, origin, source, err));
    mirti_recode_compiler c = {.scope = scope, .source = source, .self = -1, .err = err};
    mirti_recode_ast *ast = NULL;
    mirti_recode_value value = {0};
    mirti_recode_node *root = NULL;
    MIRTI_TRY(mirti_recode_parse(source, &scope->arena, &ast, err));
    MIRTI_TRY(lower_value(&c, ast, &value));
    MIRTI_TRY(finish(&c, value, want, &root));
    MIRTI_TRY(mirti_recode_expr_of(scope, root, out, err));
    if (want != MIRTI_TYPE_RAW) (*out)->type = want;
    return MIRTI_OK;
}

void mirti_expr_free(mirti_expr *expr) {
    mirti_free(expr);
}

mirti_type mirti_expr_type(const mirti_expr *expr) {
    return expr->type;
}

bool mirti_expr_uses(const mirti_expr *expr, int column) {
    return column >= 0 && column < expr->scope->columns && expr->uses[column];
}
