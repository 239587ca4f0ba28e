/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file recode.h
 * The expression language that turns columns of a file into variables of a model.
 *
 * SQL-like, three-valued, typed: `edad BETWEEN 12 AND 17 AND sexo = '1'`,
 * `CASE WHEN num_auto > 0 THEN 1 ELSE 0 END`, `ENTIDAD || MUN`. An expression is compiled once against
 * the columns at hand and evaluated batch by batch, a column at a time. Grammar, types and every
 * function: docs/expressions.md, whose examples are run as tests.
 *
 * A column read from a text file is *raw*: it stays text (codes keep their leading zeros) and is
 * read as a number where the expression asks for one; what is no number there is missing, and counted.
 */
#ifndef MIRTI_RECODE_H
#define MIRTI_RECODE_H

#include "mirti/base.h"
#include "mirti/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Names that expressions of one block may use: the columns of a table, and named expressions added
 * before or after (cycles are refused when compiled). Lookup of names is case-insensitive, exact first. */
typedef struct mirti_scope mirti_scope;

/** Where an expression was written, for messages; all may be NULL or 0. */
typedef struct mirti_expression_origin {
    const char *file;
    int64_t line, column; ///< of the expression's first character
    const char *name;     ///< of the variable it defines
} mirti_expression_origin;

MIRTI_API MIRTI_MUST_USE mirti_status mirti_scope_new(const mirti_field *field, int fields, mirti_scope **out, mirti_error *err);
MIRTI_API void mirti_scope_free(mirti_scope *scope);
/** Declares codes that mean missing, in one column or (column NULL) in all. Compared as text, trimmed. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_scope_missing(mirti_scope *scope, const char *column, char *const *codes, int count, mirti_error *err);
/** Adds a named expression (compiled on first use). */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_scope_define(mirti_scope *scope, const char *name, const char *text, const mirti_expression_origin *origin, mirti_error *err);
/** Adds a name that stands for a constant text, as the levels of a published cell do. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_scope_constant(mirti_scope *scope, const char *name, const char *value, mirti_error *err);

/** A compiled expression; valid as long as its scope. */
typedef struct mirti_expr mirti_expr;
/** Compiles `text`; `want` RAW accepts any type, another type converts or is an error with a caret. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_expr_compile(mirti_scope *scope, const char *text, mirti_type want, const mirti_expression_origin *origin, mirti_expr **out, mirti_error *err);
MIRTI_API void mirti_expr_free(mirti_expr *expr);
MIRTI_API mirti_type mirti_expr_type(const mirti_expr *expr);
/** Indices (into the scope's columns) of what the expressions compiled so far use, ascending: what a
 * source needs to deliver. `*count` in: room; out: needed. */
MIRTI_API void mirti_scope_columns(const mirti_scope *scope, int *columns, int *count);

/** Things noticed while evaluating, counted, with the first case kept. */
typedef struct mirti_recode_notes {
    int64_t not_a_number; ///< values read as missing because a number was asked for
    char first_column[128], first_value[128];
    int64_t first_row;
} mirti_recode_notes;

/**
 * Evaluates on a batch whose columns are those of the scope (columns not selected may be empty).
 * `*out` gets its arrays from `arena` and stays valid until that is rewound. `notes` may be NULL.
 * Thread-safe for one expr as long as arena and notes are not shared.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_expr_eval(const mirti_expr *expr, const mirti_batch *batch, mirti_arena *arena, mirti_column *out, mirti_recode_notes *notes, mirti_error *err);

#ifdef __cplusplus
}
#endif
#endif
