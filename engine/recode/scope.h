/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside a scope: the names that expressions may use, and the graph of what was compiled from them.
 */
#ifndef MIRTI_RECODE_SCOPE_H
#define MIRTI_RECODE_SCOPE_H

#include "node.h"

/** Codes that mean missing: compared as trimmed text in raw and text columns, as numbers in
 * numeric. */
typedef struct mirti_recode_codes {
    int count, room;
    mirti_str *text;
    uint64_t sizes; ///< bit min(size, 63) is set where a code of that size exists
} mirti_recode_codes;

typedef struct mirti_recode_column {
    mirti_str name;
    mirti_type type;
    bool used;
    mirti_recode_codes missing;
} mirti_recode_column;

typedef enum mirti_recode_state { STATE_NEW, STATE_COMPILING, STATE_DONE } mirti_recode_state;

/** A named expression, a named map (a MAP without subject) or a constant. */
typedef struct mirti_recode_definition {
    mirti_str name;
    bool constant;
    mirti_str value; ///< constants
    bool null;
    mirti_recode_source source;
    mirti_recode_ast *ast; ///< NULL until parsed
    mirti_recode_state state;
    mirti_recode_node *node; ///< NULL until compiled
} mirti_recode_definition;

/** What is known of households. Expressions are compiled when a function needs them. */
typedef enum mirti_recode_part {
    PART_KEY,
    PART_RELATIONSHIP,
    PART_PERSON,
    PART_MOTHER,
    PART_FATHER,
    PART_COUNT
} mirti_recode_part;

typedef struct mirti_recode_household {
    bool declared;
    bool given[PART_COUNT];
    mirti_recode_source source[PART_COUNT];
    mirti_recode_node *node[PART_COUNT]; ///< NULL until compiled
    mirti_recode_codes head, spouse;
} mirti_recode_household;

enum { MIRTI_RECODE_BUCKETS = 1024 };

struct mirti_scope {
    mirti_arena arena;
    int columns;
    mirti_recode_column *column;
    mirti_recode_codes missing; ///< in every column
    mirti_recode_household household;
    int definitions, definitions_room;
    mirti_recode_definition *definition; ///< its own block: grows
    int nodes;
    mirti_recode_node *bucket[MIRTI_RECODE_BUCKETS];
};

/** Nodes in the order of their ids, and where each finds its arguments. */
typedef struct mirti_recode_program {
    int count;
    mirti_recode_node **node;
    int (*arg)[3];
    int roots;
    int *root;
} mirti_recode_program;

struct mirti_expr {
    mirti_scope *scope;
    mirti_recode_node *root;
    mirti_type type;
    mirti_recode_program program;
    bool *uses; ///< [columns of the scope] read by it, also within household functions
};

typedef enum mirti_recode_found {
    FOUND_NOTHING,
    FOUND_COLUMN,
    FOUND_DEFINITION,
    FOUND_SEVERAL
} mirti_recode_found;

/** Looks a name up: definitions before columns, exact spelling before case-insensitive. A
 * definition that is being compiled and has its own name in hand sees the column behind it: `self`
 * is its index or −1. */
mirti_recode_found mirti_recode_lookup(const mirti_scope *scope, mirti_str name, bool exact,
                                       int self, int *index);
/** Appends "; nearest: a, b, c" to nothing or to the names that resemble `name`. */
void mirti_recode_suggest_name(const mirti_scope *scope, mirti_str name, mirti_text *out);
/** The same for functions (function.c). */
void mirti_recode_suggest_function(mirti_str name, mirti_text *out);
/** Up to three candidates nearest to a name, for suggestions. Zero-initialise. */
typedef struct mirti_recode_nearest {
    int count;
    struct {
        mirti_str name;
        int distance;
    } best[3];
} mirti_recode_nearest;
void mirti_recode_nearest_offer(mirti_recode_nearest *nearest, mirti_str name, mirti_str candidate);
void mirti_recode_nearest_print(const mirti_recode_nearest *nearest, mirti_text *out);

/** A node from the graph: an equal one that exists, the folded constant, or a new one. NULL: no
 * memory. */
mirti_recode_node *mirti_recode_intern(mirti_scope *scope, const mirti_recode_node *node);
mirti_recode_node *mirti_recode_constant_number(mirti_scope *scope, double value);
mirti_recode_node *mirti_recode_constant_truth(mirti_scope *scope, bool value);
mirti_recode_node *mirti_recode_constant_text(mirti_scope *scope, mirti_recode_kind kind,
                                              mirti_str value);
mirti_recode_node *mirti_recode_constant_null(mirti_scope *scope, mirti_recode_kind kind);

/** True when `trimmed` is one of the codes. */
bool mirti_recode_is_code(const mirti_recode_codes *codes, mirti_str trimmed);
/** Adds codes, trimmed. */
mirti_status mirti_recode_codes_add(mirti_scope *scope, mirti_recode_codes *into,
                                    char *const *codes, int count, mirti_error *err);

/** Lists what `roots` need. Memory from `arena`. */
mirti_status mirti_recode_plan(const mirti_scope *scope, mirti_recode_node *const *root, int roots,
                               mirti_arena *arena, mirti_recode_program *out, mirti_error *err);

/** Which columns a node reads, at any depth. Memory from `arena`. */
mirti_status mirti_recode_columns_below(const mirti_scope *scope, mirti_recode_node *root,
                                        mirti_arena *arena, bool **out, mirti_error *err);

#endif
