/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The written form of an expression: source text, tokens and the syntax tree.
 *
 * Nothing here knows columns or types; that is compile.h. All trees live in an arena of the scope
 * and keep byte offsets into the source, so that every later message can point at the place with a
 * caret.
 */
#ifndef MIRTI_RECODE_SYNTAX_H
#define MIRTI_RECODE_SYNTAX_H

#include "mirti/recode.h"

/** How deep expressions may nest, helpers included: bounds the recursion of parser and compiler. */
#define MIRTI_RECODE_MAX_DEPTH 500

/** An expression as written, and where. Lives as long as what was compiled from it. */
typedef struct mirti_recode_source {
    mirti_str text;       ///< NUL-terminated
    const char *file;     ///< nullable
    const char *name;     ///< of the variable; nullable
    int64_t line, column; ///< of the first character; 0 = unknown
} mirti_recode_source;

/** Fills `err` with a message that points at bytes [at, at + size) of the source. */
mirti_status mirti_recode_fail(mirti_error *err, const mirti_recode_source *source, size_t at,
                               const char *format, ...) MIRTI_PRINTF(4, 5);

typedef enum mirti_recode_token_kind {
    TOKEN_END,
    TOKEN_NUMBER,
    TOKEN_TEXT,   ///< 'text'
    TOKEN_NAME,   ///< bare: keyword, function or column
    TOKEN_QUOTED, ///< "name"
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_PERCENT,
    TOKEN_CONCAT, ///< ||
    TOKEN_BAR,    ///< | between the keys of a map
    TOKEN_ARROW,  ///< ->
    TOKEN_RANGE,  ///< ..
    TOKEN_EQ,     ///< = or ==; the six comparisons stay together and in this order
    TOKEN_NE,
    TOKEN_LT,
    TOKEN_LE,
    TOKEN_GT,
    TOKEN_GE
} mirti_recode_token_kind;

typedef struct mirti_recode_token {
    mirti_recode_token_kind kind;
    size_t at, size; ///< bytes of the source
    mirti_str text;  ///< unescaped content of TEXT and QUOTED, spelling of NAME
    double number;
} mirti_recode_token;

/** Reads the token that starts at or after `*at` and moves `*at` behind it. */
mirti_status mirti_recode_lex(const mirti_recode_source *source, mirti_arena *arena, size_t *at,
                              mirti_recode_token *token, mirti_error *err);

typedef enum mirti_recode_ast_kind {
    AST_NULL,
    AST_NUMBER,  ///< number
    AST_TEXT,    ///< text
    AST_TRUTH,   ///< number is 0 or 1
    AST_NAME,    ///< text; quoted
    AST_NEGATE,  ///< child 0
    AST_NOT,     ///< child 0
    AST_BINARY,  ///< op (a token kind), children 0 and 1
    AST_AND,     ///< children 0 and 1
    AST_OR,      ///< children 0 and 1
    AST_IS,      ///< child 0; what, negated
    AST_IN,      ///< child 0 is sought in the others; negated
    AST_BETWEEN, ///< children: value, low, high; negated
    AST_LIKE,    ///< children: value, pattern [, escape]; negated; fold = ILIKE
    AST_CASE,    ///< children: [subject], then (when, then)*, [else]
    AST_CALL,    ///< text = function, children = arguments
    AST_CAST,    ///< child 0 to type
    AST_MAP      ///< children: [subject]; entries
} mirti_recode_ast_kind;

typedef enum mirti_recode_is { IS_NULL, IS_TRUE, IS_FALSE } mirti_recode_is;

/** One key of a map, and what it becomes. Literals only. */
typedef struct mirti_recode_entry {
    struct mirti_recode_ast *low, *high; ///< high NULL: a single key; low NULL: ELSE
    struct mirti_recode_ast *value;
} mirti_recode_entry;

typedef struct mirti_recode_ast {
    mirti_recode_ast_kind kind;
    int depth;
    size_t at; ///< where a message about this node points: its operator or first byte
    int children;
    struct mirti_recode_ast **child;
    int op; ///< token kind (BINARY) or mirti_recode_is (IS) or mirti_type (CAST)
    bool negated, quoted, fold, subject, otherwise;
    double number;
    mirti_str text;
    int entries;
    mirti_recode_entry *entry;
} mirti_recode_ast;

/** Parses the whole source. */
mirti_status mirti_recode_parse(const mirti_recode_source *source, mirti_arena *arena,
                                mirti_recode_ast **out, mirti_error *err);

/** ASCII case-insensitive equality, as for keywords, functions and names. */
bool mirti_recode_same_word(mirti_str a, const char *b);
/** True for words that cannot be bare names. */
bool mirti_recode_reserved(mirti_str word);

#endif
