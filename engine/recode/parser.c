/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A Pratt parser: an expression is a primary followed by operators that bind at least as tightly as
 * the caller asks. The grammar is in docs/expressions.md. Two traps of SQL are closed here:
 * comparisons do not chain (`1 < x < 5` would compare a truth value with 5), and NOT needs
 * parentheses inside a comparison.
 */
#include "syntax.h"

#include <string.h>

/** How tightly operators bind, loosest first. */
enum {
    BIND_OR = 1,
    BIND_AND,
    BIND_NOT,
    BIND_COMPARE,
    BIND_CONCAT,
    BIND_SUM,
    BIND_PRODUCT,
    BIND_SIGN
};

typedef struct parser {
    const mirti_recode_source *source;
    mirti_arena *arena;
    mirti_recode_token token; ///< the next one, not yet consumed
    size_t at;                ///< behind it
    int depth;                ///< of the recursion
    mirti_error *err;
} parser;

/** A growing list of children. */
typedef struct list {
    mirti_recode_ast **item;
    int count, room;
} list;

static mirti_status parse_expression(parser *p, int bind, mirti_recode_ast **out);

static mirti_status advance(parser *p) {
    return mirti_recode_lex(p->source, p->arena, &p->at, &p->token, p->err);
}

static bool at_word(const parser *p, const char *word) {
    return p->token.kind == TOKEN_NAME && mirti_recode_same_word(p->token.text, word);
}

/** "unexpected X, expected Y" at the next token. */
static mirti_status unexpected(parser *p, const char *expected) {
    const char *comma = expected ? "; expected " : "";
    if (!expected) expected = "";
    if (p->token.kind == TOKEN_END)
        return mirti_recode_fail(p->err, p->source, p->source->text.size,
                                 "the expression ends too early%s%s", comma, expected);
    int size = p->token.size > 40 ? 40 : (int)p->token.size;
    const char *text = p->source->text.data + p->token.at;
    while (size > 0 && size < (int)p->token.size && ((unsigned char)text[size] & 0xC0U) == 0x80U)
        size--;
    /* A text token brings its own quotes. */
    const char *quote = p->token.kind == TOKEN_TEXT ? "" : "'";
    return mirti_recode_fail(p->err, p->source, p->token.at, "unexpected %s%.*s%s%s%s%s", quote,
                             size, text, size < (int)p->token.size ? "..." : "", quote, comma,
                             expected);
}

static mirti_status expect(parser *p, mirti_recode_token_kind kind, const char *what) {
    if (p->token.kind != kind) return unexpected(p, what);
    return advance(p);
}

static mirti_status expect_word(parser *p, const char *word) {
    if (!at_word(p, word)) return unexpected(p, word);
    return advance(p);
}

static mirti_status new_node(parser *p, mirti_recode_ast_kind kind, size_t at,
                             mirti_recode_ast **out) {
    mirti_recode_ast *node = mirti_arena_new(p->arena, sizeof *node);
    if (!node) return mirti_fail_memory(p->err, "an expression");
    *node = (mirti_recode_ast){.kind = kind, .at = at, .depth = 1};
    *out = node;
    return MIRTI_OK;
}

static mirti_status append(parser *p, list *l, mirti_recode_ast *node) {
    if (l->count == l->room) {
        int room = l->room ? 2 * l->room : 4;
        mirti_recode_ast **grown =
            mirti_arena_new(p->arena, (size_t)room * sizeof(mirti_recode_ast *));
        if (!grown) return mirti_fail_memory(p->err, "an expression");
        if (l->count > 0) memcpy(grown, l->item, (size_t)l->count * sizeof *grown);
        l->item = grown;
        l->room = room;
    }
    l->item[l->count++] = node;
    return MIRTI_OK;
}

/** Makes `l` the children of `node`; refuses trees too deep for the recursion that will walk them.
 */
static mirti_status adopt(parser *p, mirti_recode_ast *node, const list *l) {
    node->child = l->item;
    node->children = l->count;
    for (int i = 0; i < l->count; i++)
        if (l->item[i]->depth >= node->depth) node->depth = l->item[i]->depth + 1;
    if (node->depth > MIRTI_RECODE_MAX_DEPTH) {
        mirti_status status = mirti_recode_fail(p->err, p->source, node->at,
                                                "the expression nests more than %d levels deep",
                                                MIRTI_RECODE_MAX_DEPTH);
        mirti_fail_remedy(p->err, "use IN for a long list of values, MAP for a long CASE, or name "
                                  "parts of it as helpers");
        return status;
    }
    return MIRTI_OK;
}

/* --------------------------------------------------------------------------------- literals -- */

/** A literal: number with optional sign, text, NULL, TRUE, FALSE. `*out` stays NULL if there is
 * none. */
static mirti_status parse_literal(parser *p, mirti_recode_ast **out) {
    mirti_recode_token t = p->token;
    *out = NULL;
    if (t.kind == TOKEN_MINUS) {
        size_t at = p->at;
        mirti_recode_token sign = t;
        MIRTI_TRY(advance(p));
        if (p->token.kind != TOKEN_NUMBER) {
            p->token = sign;
            p->at = at;
            return MIRTI_OK;
        }
        MIRTI_TRY(new_node(p, AST_NUMBER, sign.at, out));
        (*out)->number = -p->token.number;
        return advance(p);
    }
    if (t.kind == TOKEN_NUMBER) {
        MIRTI_TRY(new_node(p, AST_NUMBER, t.at, out));
        (*out)->number = t.number;
    } else if (t.kind == TOKEN_TEXT) {
        MIRTI_TRY(new_node(p, AST_TEXT, t.at, out));
        (*out)->text = t.text;
    } else if (at_word(p, "NULL")) {
        MIRTI_TRY(new_node(p, AST_NULL, t.at, out));
    } else if (at_word(p, "TRUE") || at_word(p, "FALSE")) {
        MIRTI_TRY(new_node(p, AST_TRUTH, t.at, out));
        (*out)->number = at_word(p, "TRUE") ? 1 : 0;
    } else {
        return MIRTI_OK;
    }
    return advance(p);
}

/* -------------------------------------------------------------------------- CASE, MAP, CAST -- */

static mirti_status parse_case(parser *p, mirti_recode_ast **out) {
    list l = {0};
    mirti_recode_ast *part = NULL;
    MIRTI_TRY(new_node(p, AST_CASE, p->token.at, out));
    MIRTI_TRY(advance(p));
    if (!at_word(p, "WHEN")) {
        if (at_word(p, "END") || at_word(p, "ELSE")) return unexpected(p, "WHEN");
        MIRTI_TRY(parse_expression(p, 0, &part));
        MIRTI_TRY(append(p, &l, part));
        (*out)->subject = true;
    }
    do {
        MIRTI_TRY(expect_word(p, "WHEN"));
        MIRTI_TRY(parse_expression(p, 0, &part));
        MIRTI_TRY(append(p, &l, part));
        MIRTI_TRY(expect_word(p, "THEN"));
        MIRTI_TRY(parse_expression(p, 0, &part));
        MIRTI_TRY(append(p, &l, part));
    } while (at_word(p, "WHEN"));
    if (at_word(p, "ELSE")) {
        MIRTI_TRY(advance(p));
        MIRTI_TRY(parse_expression(p, 0, &part));
        MIRTI_TRY(append(p, &l, part));
        (*out)->otherwise = true;
    }
    if (!at_word(p, "END")) return unexpected(p, (*out)->otherwise ? "END" : "WHEN, ELSE or END");
    MIRTI_TRY(advance(p));
    return adopt(p, *out, &l);
}

static mirti_status append_entry(parser *p, mirti_recode_ast *map, int *room,
                                 mirti_recode_entry entry) {
    if (map->entries == *room) {
        *room = *room ? 2 * *room : 8;
        mirti_recode_entry *grown = mirti_arena_new(p->arena, (size_t)*room * sizeof *grown);
        if (!grown) return mirti_fail_memory(p->err, "an expression");
        if (map->entries > 0) memcpy(grown, map->entry, (size_t)map->entries * sizeof *grown);
        map->entry = grown;
    }
    map->entry[map->entries++] = entry;
    return MIRTI_OK;
}

static mirti_status parse_map_value(parser *p, mirti_recode_ast **value) {
    MIRTI_TRY(parse_literal(p, value));
    if (!*value) {
        mirti_status status = unexpected(p, "a literal");
        mirti_fail_remedy(p->err, "a map gives texts, numbers, TRUE, FALSE or NULL; for computed "
                                  "results use CASE");
        return status;
    }
    return MIRTI_OK;
}

/** key ['..' key] ('|' key ['..' key])* '->' value, the first literal already read. */
static mirti_status parse_entry(parser *p, mirti_recode_ast *map, int *room,
                                mirti_recode_ast *first) {
    int from = map->entries;
    for (;;) {
        mirti_recode_entry entry = {.low = first};
        if (p->token.kind == TOKEN_RANGE) {
            MIRTI_TRY(advance(p));
            MIRTI_TRY(parse_literal(p, &entry.high));
            if (!entry.high) return unexpected(p, "the end of the range");
            if (entry.low->kind != AST_NUMBER || entry.high->kind != AST_NUMBER)
                return mirti_recode_fail(p->err, p->source, entry.low->at,
                                         "a range of a map goes from a number to a number");
        }
        MIRTI_TRY(append_entry(p, map, room, entry));
        if (p->token.kind != TOKEN_BAR) break;
        MIRTI_TRY(advance(p));
        MIRTI_TRY(parse_literal(p, &first));
        if (!first) return unexpected(p, "another key of the map");
    }
    mirti_recode_ast *value = NULL;
    MIRTI_TRY(expect(p, TOKEN_ARROW, "'->' and what the key becomes"));
    MIRTI_TRY(parse_map_value(p, &value));
    for (int i = from; i < map->entries; i++)
        map->entry[i].value = value;
    return MIRTI_OK;
}

static mirti_status parse_map(parser *p, mirti_recode_ast **out) {
    list l = {0};
    int room = 0;
    mirti_recode_ast *first = NULL;
    MIRTI_TRY(new_node(p, AST_MAP, p->token.at, out));
    MIRTI_TRY(advance(p));
    MIRTI_TRY(expect(p, TOKEN_OPEN, "'('"));
    /* Without a subject, the first thing is a literal followed by what only a key has behind it. */
    mirti_recode_token token = p->token;
    size_t at = p->at;
    MIRTI_TRY(parse_literal(p, &first));
    bool keyed = first && (p->token.kind == TOKEN_ARROW || p->token.kind == TOKEN_RANGE ||
                           p->token.kind == TOKEN_BAR);
    if (!keyed) {
        mirti_recode_ast *subject = NULL;
        p->token = token;
        p->at = at;
        MIRTI_TRY(parse_expression(p, 0, &subject));
        MIRTI_TRY(append(p, &l, subject));
        (*out)->subject = true;
        MIRTI_TRY(expect(p, TOKEN_COMMA, "',' and the keys of the map"));
        MIRTI_TRY(parse_literal(p, &first));
    }
    for (;;) {
        if (first) {
            MIRTI_TRY(parse_entry(p, *out, &room, first));
        } else if (at_word(p, "ELSE")) {
            mirti_recode_entry entry = {0};
            MIRTI_TRY(advance(p));
            MIRTI_TRY(parse_map_value(p, &entry.value));
            MIRTI_TRY(append_entry(p, *out, &room, entry));
            break;
        } else {
            return unexpected(p, "a key of the map or ELSE");
        }
        if (p->token.kind != TOKEN_COMMA) break;
        MIRTI_TRY(advance(p));
        MIRTI_TRY(parse_literal(p, &first));
    }
    MIRTI_TRY(expect(p, TOKEN_CLOSE, "',' or ')'"));
    return adopt(p, *out, &l);
}

static mirti_status parse_cast(parser *p, mirti_recode_ast **out) {
    list l = {0};
    mirti_recode_ast *value = NULL;
    MIRTI_TRY(new_node(p, AST_CAST, p->token.at, out));
    MIRTI_TRY(advance(p));
    MIRTI_TRY(expect(p, TOKEN_OPEN, "'('"));
    MIRTI_TRY(parse_expression(p, 0, &value));
    MIRTI_TRY(append(p, &l, value));
    MIRTI_TRY(expect_word(p, "AS"));
    if (at_word(p, "TEXT"))
        (*out)->op = MIRTI_TYPE_TEXT;
    else if (at_word(p, "NUMBER"))
        (*out)->op = MIRTI_TYPE_NUMBER;
    else
        return unexpected(p, "TEXT or NUMBER");
    MIRTI_TRY(advance(p));
    MIRTI_TRY(expect(p, TOKEN_CLOSE, "')'"));
    return adopt(p, *out, &l);
}

/* -------------------------------------------------------------------------------- primaries -- */

static mirti_status parse_arguments(parser *p, mirti_recode_ast *call) {
    list l = {0};
    MIRTI_TRY(advance(p));
    if (p->token.kind != TOKEN_CLOSE) {
        for (;;) {
            mirti_recode_ast *argument = NULL;
            MIRTI_TRY(parse_expression(p, 0, &argument));
            MIRTI_TRY(append(p, &l, argument));
            if (p->token.kind != TOKEN_COMMA) break;
            MIRTI_TRY(advance(p));
        }
    }
    MIRTI_TRY(expect(p, TOKEN_CLOSE, "',' or ')'"));
    return adopt(p, call, &l);
}

static mirti_status parse_primary(parser *p, mirti_recode_ast **out) {
    mirti_recode_token t = p->token;
    if (t.kind == TOKEN_OPEN) {
        MIRTI_TRY(advance(p));
        MIRTI_TRY(parse_expression(p, 0, out));
        return expect(p, TOKEN_CLOSE, "')'");
    }
    if (t.kind == TOKEN_NUMBER || t.kind == TOKEN_TEXT || at_word(p, "NULL") ||
        at_word(p, "TRUE") || at_word(p, "FALSE"))
        return parse_literal(p, out);
    if (at_word(p, "CASE")) return parse_case(p, out);
    if (at_word(p, "MAP")) return parse_map(p, out);
    if (at_word(p, "CAST")) return parse_cast(p, out);
    if (t.kind == TOKEN_QUOTED || (t.kind == TOKEN_NAME && !mirti_recode_reserved(t.text))) {
        MIRTI_TRY(advance(p));
        bool call = t.kind == TOKEN_NAME && p->token.kind == TOKEN_OPEN;
        MIRTI_TRY(new_node(p, call ? AST_CALL : AST_NAME, t.at, out));
        (*out)->text = t.text;
        (*out)->quoted = t.kind == TOKEN_QUOTED;
        return call ? parse_arguments(p, *out) : MIRTI_OK;
    }
    mirti_status status = unexpected(p, "a value");
    if (t.kind == TOKEN_NAME)
        mirti_fail_remedy(p->err, "a column of that name is written in double quotes: \"%.*s\"",
                          t.text.size > 60 ? 60 : (int)t.text.size, t.text.data);
    return status;
}

static mirti_status parse_prefix(parser *p, int bind, mirti_recode_ast **out) {
    list l = {0};
    mirti_recode_ast *operand = NULL;
    size_t at = p->token.at;
    if (at_word(p, "NOT")) {
        if (bind > BIND_NOT)
            return mirti_recode_fail(p->err, p->source, at, "NOT must stand in parentheses here");
        MIRTI_TRY(advance(p));
        MIRTI_TRY(parse_expression(p, BIND_NOT, &operand));
        MIRTI_TRY(append(p, &l, operand));
        MIRTI_TRY(new_node(p, AST_NOT, at, out));
        return adopt(p, *out, &l);
    }
    if (p->token.kind == TOKEN_MINUS || p->token.kind == TOKEN_PLUS) {
        bool minus = p->token.kind == TOKEN_MINUS;
        MIRTI_TRY(advance(p));
        MIRTI_TRY(parse_expression(p, BIND_SIGN, &operand));
        if (!minus) {
            /* +x is x as a number: 0 + x keeps the type check in one place. */
            mirti_recode_ast *zero = NULL;
            MIRTI_TRY(new_node(p, AST_NUMBER, at, &zero));
            MIRTI_TRY(append(p, &l, zero));
        }
        MIRTI_TRY(append(p, &l, operand));
        MIRTI_TRY(new_node(p, minus ? AST_NEGATE : AST_BINARY, at, out));
        (*out)->op = TOKEN_PLUS;
        return adopt(p, *out, &l);
    }
    return parse_primary(p, out);
}

/* -------------------------------------------------------------------------------- operators -- */

static bool is_comparison(mirti_recode_token_kind kind) {
    return kind >= TOKEN_EQ && kind <= TOKEN_GE;
}

/** How tightly the operator at the next token binds; 0 if there is none. */
static int binding(const parser *p) {
    switch (p->token.kind) {
    case TOKEN_CONCAT: return BIND_CONCAT;
    case TOKEN_PLUS:
    case TOKEN_MINUS: return BIND_SUM;
    case TOKEN_STAR:
    case TOKEN_SLASH:
    case TOKEN_PERCENT: return BIND_PRODUCT;
    case TOKEN_NAME:
        if (at_word(p, "OR")) return BIND_OR;
        if (at_word(p, "AND")) return BIND_AND;
        if (at_word(p, "IS") || at_word(p, "IN") || at_word(p, "BETWEEN") || at_word(p, "LIKE") ||
            at_word(p, "ILIKE") || at_word(p, "NOT"))
            return BIND_COMPARE;
        return 0;
    default: return is_comparison(p->token.kind) ? BIND_COMPARE : 0;
    }
}

static mirti_status parse_is(parser *p, mirti_recode_ast *node) {
    MIRTI_TRY(advance(p));
    if (at_word(p, "NOT")) {
        node->negated = true;
        MIRTI_TRY(advance(p));
    }
    if (at_word(p, "NULL"))
        node->op = IS_NULL;
    else if (at_word(p, "TRUE"))
        node->op = IS_TRUE;
    else if (at_word(p, "FALSE"))
        node->op = IS_FALSE;
    else
        return unexpected(p,
                          node->negated ? "NULL, TRUE or FALSE" : "NULL, NOT NULL, TRUE or FALSE");
    node->kind = AST_IS;
    return advance(p);
}

static mirti_status parse_in(parser *p, mirti_recode_ast *node, list *l) {
    node->kind = AST_IN;
    MIRTI_TRY(advance(p));
    MIRTI_TRY(expect(p, TOKEN_OPEN, "'(' and a list of values"));
    for (;;) {
        mirti_recode_ast *item = NULL;
        MIRTI_TRY(parse_expression(p, 0, &item));
        MIRTI_TRY(append(p, l, item));
        if (p->token.kind != TOKEN_COMMA) break;
        MIRTI_TRY(advance(p));
    }
    return expect(p, TOKEN_CLOSE, "',' or ')'");
}

static mirti_status parse_between(parser *p, mirti_recode_ast *node, list *l) {
    mirti_recode_ast *bound = NULL;
    node->kind = AST_BETWEEN;
    MIRTI_TRY(advance(p));
    MIRTI_TRY(parse_expression(p, BIND_CONCAT, &bound));
    MIRTI_TRY(append(p, l, bound));
    MIRTI_TRY(expect_word(p, "AND"));
    MIRTI_TRY(parse_expression(p, BIND_CONCAT, &bound));
    return append(p, l, bound);
}

static mirti_status parse_like(parser *p, mirti_recode_ast *node, list *l) {
    mirti_recode_ast *part = NULL;
    node->kind = AST_LIKE;
    node->fold = at_word(p, "ILIKE");
    MIRTI_TRY(advance(p));
    MIRTI_TRY(parse_expression(p, BIND_CONCAT, &part));
    MIRTI_TRY(append(p, l, part));
    if (!at_word(p, "ESCAPE")) return MIRTI_OK;
    MIRTI_TRY(advance(p));
    if (p->token.kind != TOKEN_TEXT) return unexpected(p, "one character in single quotes");
    MIRTI_TRY(parse_literal(p, &part));
    if (mirti_utf8_length(part->text) != 1)
        return mirti_recode_fail(p->err, p->source, part->at, "ESCAPE takes exactly one character");
    return append(p, l, part);
}

/** The comparisons that are words: IS, IN, BETWEEN, LIKE, with or without NOT. */
static mirti_status parse_word_comparison(parser *p, mirti_recode_ast *node, list *l) {
    if (at_word(p, "IS")) return parse_is(p, node);
    if (at_word(p, "NOT")) {
        node->negated = true;
        MIRTI_TRY(advance(p));
    }
    if (at_word(p, "IN")) return parse_in(p, node, l);
    if (at_word(p, "BETWEEN")) return parse_between(p, node, l);
    if (at_word(p, "LIKE") || at_word(p, "ILIKE")) return parse_like(p, node, l);
    return unexpected(p, "IN, BETWEEN or LIKE");
}

static mirti_status parse_operator(parser *p, int bind, mirti_recode_ast **left) {
    list l = {0};
    mirti_recode_ast *node = NULL, *right = NULL;
    MIRTI_TRY(new_node(p, AST_BINARY, p->token.at, &node));
    MIRTI_TRY(append(p, &l, *left));
    if (bind == BIND_COMPARE && !is_comparison(p->token.kind)) {
        MIRTI_TRY(parse_word_comparison(p, node, &l));
    } else {
        node->kind = bind == BIND_OR ? AST_OR : bind == BIND_AND ? AST_AND : AST_BINARY;
        node->op = (int)p->token.kind;
        MIRTI_TRY(advance(p));
        MIRTI_TRY(parse_expression(p, bind + 1, &right));
        MIRTI_TRY(append(p, &l, right));
    }
    MIRTI_TRY(adopt(p, node, &l));
    *left = node;
    if (bind == BIND_COMPARE && binding(p) == BIND_COMPARE) {
        mirti_status status =
            mirti_recode_fail(p->err, p->source, p->token.at, "comparisons cannot be chained");
        mirti_fail_remedy(p->err,
                          "write `a < b AND b < c` or `b BETWEEN a AND c`; use parentheses to "
                          "compare the result of a comparison");
        return status;
    }
    return MIRTI_OK;
}

static mirti_status parse_expression(parser *p, int bind, mirti_recode_ast **out) {
    if (++p->depth > MIRTI_RECODE_MAX_DEPTH)
        return mirti_recode_fail(p->err, p->source, p->token.at,
                                 "the expression nests more than %d levels deep",
                                 MIRTI_RECODE_MAX_DEPTH);
    MIRTI_TRY(parse_prefix(p, bind, out));
    for (int b = binding(p); b > 0 && b >= bind; b = binding(p))
        MIRTI_TRY(parse_operator(p, b, out));
    p->depth--;
    return MIRTI_OK;
}

mirti_status mirti_recode_parse(const mirti_recode_source *source, mirti_arena *arena,
                                mirti_recode_ast **out, mirti_error *err) {
    size_t bad = 0;
    if (!mirti_utf8_valid(source->text, &bad)) {
        mirti_status status = mirti_fail(err, MIRTI_ERROR_INPUT,
                                         "the expression is not valid UTF-8 (byte %zu)", bad + 1);
        mirti_fail_at(err, source->file, source->line, source->column, source->name, NULL);
        return status;
    }
    parser p = {.source = source, .arena = arena, .err = err};
    MIRTI_TRY(advance(&p));
    if (p.token.kind == TOKEN_END)
        return mirti_recode_fail(err, source, source->text.size, "the expression is empty");
    MIRTI_TRY(parse_expression(&p, 0, out));
    if (p.token.kind == TOKEN_END) return MIRTI_OK;
    if (p.token.kind == TOKEN_NAME || p.token.kind == TOKEN_TEXT || p.token.kind == TOKEN_NUMBER ||
        p.token.kind == TOKEN_QUOTED)
        return unexpected(&p, "an operator or the end");
    return unexpected(&p, NULL);
}
