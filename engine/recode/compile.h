/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From syntax tree to typed nodes: what the parts of the compiler share.
 */
#ifndef MIRTI_RECODE_COMPILE_H
#define MIRTI_RECODE_COMPILE_H

#include "scope.h"

/** The compilation of one expression and of the named ones it needs. */
typedef struct mirti_recode_compiler {
    mirti_scope *scope;
    const mirti_recode_source *source; ///< of the expression in hand; changes within named ones
    int self;                          ///< index of the definition in hand; −1 = none
    int depth;
    int chain[64]; ///< definitions being compiled, outermost first
    int chain_count;
    bool in_household; ///< the household's own expressions cannot look at other persons
    mirti_error *err;
} mirti_recode_compiler;

/** An operand: its node and the tree it came from, for messages. */
typedef struct mirti_recode_value {
    mirti_recode_node *node;
    const mirti_recode_ast *ast;
} mirti_recode_value;

/** Compiles a tree to a node. */
mirti_status mirti_recode_lower(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                mirti_recode_node **out);

/* Types (type.c). Each returns an error with a caret where the value does not fit. */

mirti_status mirti_recode_as_number(mirti_recode_compiler *c, mirti_recode_value value,
                                    mirti_recode_node **out);
/** Raw text stays raw: what comes out may be KIND_RAW or KIND_TEXT. */
mirti_status mirti_recode_as_text(mirti_recode_compiler *c, mirti_recode_value value,
                                  mirti_recode_node **out);
mirti_status mirti_recode_as_truth(mirti_recode_compiler *c, mirti_recode_value value,
                                   mirti_recode_node **out);
/** The kind that both can become, for branches and lists. `clash` is set where there is none. */
mirti_recode_kind mirti_recode_unify(mirti_recode_kind a, mirti_recode_kind b, bool *clash);
/** Converts to the outcome of mirti_recode_unify. */
mirti_status mirti_recode_as_kind(mirti_recode_compiler *c, mirti_recode_value value,
                                  mirti_recode_kind kind, mirti_recode_node **out);
/** One comparison; `at` is where messages point, `op` a token kind. */
mirti_status mirti_recode_comparison(mirti_recode_compiler *c, int op, size_t at,
                                     mirti_recode_value left, mirti_recode_value right,
                                     mirti_recode_node **out);
/** How both sides of an equality are compared: KIND_NUMBER or KIND_TEXT. */
mirti_status mirti_recode_common(mirti_recode_compiler *c, int op, size_t at,
                                 mirti_recode_value left, mirti_recode_value right,
                                 mirti_recode_kind *kind);
/** "text", "a number", ... for messages. */
const char *mirti_recode_kind_name(mirti_recode_kind kind);

/* Nodes (type.c). */

/** Interns a node of up to three arguments (NULL: not there). */
mirti_status mirti_recode_make(mirti_recode_compiler *c, mirti_recode_op op, mirti_recode_kind kind,
                               mirti_recode_node *a, mirti_recode_node *b, mirti_recode_node *d,
                               mirti_recode_node **out);
/** The same with a detail and a table. */
mirti_status mirti_recode_make_with(mirti_recode_compiler *c, mirti_recode_node node,
                                    mirti_recode_node **out);

/* Functions (function.c) and tables (tables.c). */

mirti_status mirti_recode_lower_call(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                     mirti_recode_node **out);
mirti_status mirti_recode_lower_in(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                   mirti_recode_node **out);
/** Applies the map written at `map` (in `source`) to a value. */
mirti_status mirti_recode_lower_map(mirti_recode_compiler *c, const mirti_recode_ast *map,
                                    const mirti_recode_source *source, mirti_recode_value value,
                                    mirti_recode_node **out);

/** Name of a function by its place in the table; NULL behind the last. */
const char *mirti_recode_function_name(int index);

/* Households (household.c). */

/** head(x), hh_sum(x) ...: `across` is a mirti_recode_across. */
mirti_status mirti_recode_lower_across(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                       int across, mirti_recode_value *argument,
                                       mirti_recode_node **out);
/** Compiles one of the household's own expressions if that was not done yet. */
mirti_status mirti_recode_household_part(mirti_recode_compiler *c, mirti_recode_part part);
/** Which of them a function needs, ended by PART_COUNT. */
const mirti_recode_part *mirti_recode_household_needs(int across);

/** An expression around a node. */
mirti_status mirti_recode_expr_of(mirti_scope *scope, mirti_recode_node *root, mirti_expr **out,
                                  mirti_error *err);
/** The syntax tree of a definition, parsed when first asked for. */
mirti_status mirti_recode_definition_parse(mirti_recode_compiler *c, int index);
/** Copies text and origin into the scope (scope.c). */
mirti_status mirti_recode_source_make(mirti_scope *scope, const char *text,
                                      const mirti_expression_origin *origin,
                                      mirti_recode_source *out, mirti_error *err);

#endif
