/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file recode.h
 * The expression language that turns columns of a file into variables of a model.
 *
 * SQL-like, three-valued, typed: `edad BETWEEN 12 AND 17 AND sexo = '1'`,
 * `CASE WHEN num_auto > 0 THEN 1 ELSE 0 END`, `ENTIDAD || MUN`. An expression is compiled once
 * against the columns at hand and evaluated batch by batch, a column at a time. Grammar, types and
 * every function: docs/expressions.md, whose examples are run as tests.
 *
 * A column read from a text file is *raw*: it stays text (codes keep their leading zeros) and is
 * read as a number where the expression asks for one; what is no number there is missing, and
 * counted.
 *
 *     mirti_scope *scope = NULL;
 *     mirti_expr *age = NULL;
 *     MIRTI_TRY(mirti_scope_new(mirti_source_fields(source, &n), n, &scope, err));
 *     MIRTI_TRY(mirti_expr_compile(scope, "edad BETWEEN 12 AND 17", MIRTI_TYPE_TRUTH, NULL, &age,
 * err)); mirti_scope_columns(scope, column, &count);     // what the source must deliver
 *     MIRTI_TRY(mirti_expr_eval(age, &batch, &arena, &result, &notes, err));
 */
#ifndef MIRTI_RECODE_H
#define MIRTI_RECODE_H

#include "mirti/base.h"
#include "mirti/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Names that expressions of one block may use: the columns of a table, and named expressions added
 * before or after (cycles are refused when compiled). Lookup of names is case-insensitive, exact
 * first. */
typedef struct mirti_scope mirti_scope;

/** Where an expression was written, for messages; all may be NULL or 0. */
typedef struct mirti_expression_origin {
    const char *file;
    int64_t line, column; ///< of the expression's first character
    const char *name;     ///< of the variable it defines
} mirti_expression_origin;

/** Checks the syntax of an expression, or of a map without a value, without knowing any columns.
 * INPUT with a place and a caret as from mirti_expr_compile. `origin` may be NULL. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_expression_check(const char *text,
                                                             const mirti_expression_origin *origin,
                                                             mirti_error *err);

MIRTI_API MIRTI_MUST_USE mirti_status mirti_scope_new(const mirti_field *field, int fields,
                                                      mirti_scope **out, mirti_error *err);
MIRTI_API void mirti_scope_free(mirti_scope *scope);
/** Declares codes that mean missing, in one column or (column NULL) in all. Compared as text,
 * trimmed; in a numeric column as numbers. INPUT if there is no such column. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_scope_missing(mirti_scope *scope, const char *column,
                                                          char *const *codes, int count,
                                                          mirti_error *err);
/** Adds a named expression (compiled on first use). It may use columns, constants and other named
 * expressions, whatever the order in which they are added; its own name means the column of that
 * name. A text that is a MAP without a value defines a named map, used like a function. INPUT if
 * the name is defined already. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_scope_define(mirti_scope *scope, const char *name,
                                                         const char *text,
                                                         const mirti_expression_origin *origin,
                                                         mirti_error *err);
/** Adds a name that stands for a constant raw value (NULL: missing), as the levels of a published
 * cell do. May be called again for the same name: what is compiled afterwards sees the new value.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_scope_constant(mirti_scope *scope, const char *name,
                                                           const char *value, mirti_error *err);

/** An expression and where it was written; `text` NULL: not given. */
typedef struct mirti_household_expression {
    const char *text;
    mirti_expression_origin origin;
} mirti_household_expression;

/** How the persons of a file form households. Texts are needed only during the call. */
typedef struct mirti_household {
    mirti_household_expression key;          ///< consecutive rows with the same key are a household
    mirti_household_expression relationship; ///< to the head, as a code; for head() and spouse()
    int heads, spouses;
    char *const *head;   ///< [heads] codes of the head
    char *const *spouse; ///< [spouses] codes of the head's partner
    mirti_household_expression
        person; ///< identifier within the household; for mother() and father()
    mirti_household_expression mother; ///< identifier of the mother
    mirti_household_expression father; ///< identifier of the father
} mirti_household;

/** Makes `head(x)`, `spouse(x)`, `mother(x)`, `father(x)` and `hh_...(x)` available to what is
 * compiled afterwards. Batches given to evaluation must then hold whole households: read them
 * through a mirti_household_reader. USAGE when called twice or without a key. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_scope_household(mirti_scope *scope,
                                                            const mirti_household *household,
                                                            mirti_error *err);

/** A compiled expression; valid as long as its scope. */
typedef struct mirti_expr mirti_expr;
/** Compiles `text`; `want` RAW accepts any type, another type converts or is an error with a caret.
 * For TRUTH a raw or numeric expression is taken as 1 = true, 0 = false. The error's line and
 * column are those of the file if `origin` has them, else those within the expression. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_expr_compile(mirti_scope *scope, const char *text,
                                                         mirti_type want,
                                                         const mirti_expression_origin *origin,
                                                         mirti_expr **out, mirti_error *err);
MIRTI_API void mirti_expr_free(mirti_expr *expr);
MIRTI_API mirti_type mirti_expr_type(const mirti_expr *expr);
/** Whether the expression, or a named one it uses, reads the column with this index. */
MIRTI_API bool mirti_expr_uses(const mirti_expr *expr, int column);
/** Indices (into the scope's columns) of what the expressions compiled so far use, ascending: what
 * a source needs to deliver. `*count` in: room; out: needed. */
MIRTI_API void mirti_scope_columns(const mirti_scope *scope, int *columns, int *count);

/** One kind of thing noticed while evaluating: how often, and the first case. */
typedef struct mirti_recode_note {
    int64_t count;          ///< values
    int64_t first_row;      ///< record number in its file
    char first_file[256];   ///< as the batch names it
    char first_column[128]; ///< column the value comes from; empty if from none
    char first_value[128];
} mirti_recode_note;

/** Values that became missing because they were not what an expression asked for. Only values that
 * decide something are counted: not those in a branch of a CASE that is not taken. Zero-initialise.
 */
typedef struct mirti_recode_notes {
    mirti_recode_note not_a_number; ///< a number was asked for and the text is none
    mirti_recode_note outside_map;  ///< a code that is no key of its MAP, which has no ELSE
    mirti_recode_note not_a_truth;  ///< a condition was asked for and the number is neither 0 nor 1
    /* Only from a mirti_household_reader, so that each is counted once: */
    mirti_recode_note no_household;     ///< persons without a household key
    mirti_recode_note no_head;          ///< households without a head, where heads are declared
    mirti_recode_note several_heads;    ///< households with more than one head: the first is taken
    mirti_recode_note duplicate_person; ///< identifiers that stand twice: the first is taken
    mirti_recode_note split_household;  ///< keys that come again after other households
} mirti_recode_notes;

/** Adds the notes of one part of a file to those of another; the earlier first case stays. */
MIRTI_API void mirti_recode_notes_merge(mirti_recode_notes *into, const mirti_recode_notes *from);

/**
 * Evaluates on a batch whose columns are those of the scope (columns not selected may be empty).
 * `*out` gets its arrays from `arena`; texts may be views into the batch or the scope: all is valid
 * until the arena is rewound, the batch replaced or the scope freed. Numbers are always finite
 * where valid; truth is 0 where it is missing. `notes` may be NULL; they are added to. MEMORY and
 * INTERNAL (a column of the batch is not what the scope was told) are the only errors. Thread-safe
 * as long as arena and notes are not shared and the scope is not changed meanwhile.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_expr_eval(const mirti_expr *expr,
                                                      const mirti_batch *batch, mirti_arena *arena,
                                                      mirti_column *out, mirti_recode_notes *notes,
                                                      mirti_error *err);
/**
 * Evaluates several expressions of one scope together, which computes what they share only once
 * (and counts a bad value once): the way to recode a file. `rows` (nullable: all) are the
 * `selected` rows of the batch wanted, ascending; `out[i]` then has `selected` rows. Evaluate the
 * filter first and the variables on the rows it leaves.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_expr_eval_many(const mirti_expr *const *expr, int count,
                                                           const mirti_batch *batch,
                                                           const int64_t *rows, int64_t selected,
                                                           mirti_arena *arena, mirti_column *out,
                                                           mirti_recode_notes *notes,
                                                           mirti_error *err);

/**
 * Delivers the rows of a source in batches that never cut a household: what a batch of the source
 * leaves unfinished is held back and comes with the next.
 *
 *     MIRTI_TRY(mirti_household_reader_new(source, scope, &reader, err));
 *     // select the columns of mirti_scope_columns, which now include the key's
 *     while ((status = mirti_household_reader_next(reader, &batch, err)) == MIRTI_OK && batch.rows
 * > 0) ...
 */
typedef struct mirti_household_reader mirti_household_reader;

/** Compiles the scope's household key; before mirti_source_select, so that the key's columns are
 * among those of mirti_scope_columns. Source and scope must outlive the reader. USAGE without a
 * declared household. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_household_reader_new(mirti_source *source,
                                                                 mirti_scope *scope,
                                                                 mirti_household_reader **out,
                                                                 mirti_error *err);
/** As mirti_source_next, with whole households; one file's last household is never joined with the
 * next file's first. INPUT when more rows than any household has share a key. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_household_reader_next(mirti_household_reader *reader,
                                                                  mirti_batch *batch,
                                                                  mirti_error *err);
/** Goes through all households on up to `threads` threads, as mirti_source_each_group does. Instead
 * of mirti_household_reader_next; what the reader notices is the same. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_household_reader_each(mirti_household_reader *reader,
                                                                  int threads,
                                                                  mirti_batch_work work,
                                                                  void *context, mirti_error *err);
/** What the reader noticed so far: the notes about households. Bad values are noted by evaluation.
 */
MIRTI_API const mirti_recode_notes *
mirti_household_reader_notes(const mirti_household_reader *reader);
/** NULL is fine. The source stays open. */
MIRTI_API void mirti_household_reader_free(mirti_household_reader *reader);

#ifdef __cplusplus
}
#endif
#endif
