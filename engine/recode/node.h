/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The compiled form of expressions: a directed acyclic graph of typed operations, shared by all
 * expressions of a scope.
 *
 * Equal operations on equal arguments are one node (hash-consing), so that `edad`, read as a number
 * in ten expressions, is parsed once per row. A node is made after its arguments; ascending ids are
 * therefore an order in which everything can be computed, and a program is just a sorted list of
 * nodes.
 */
#ifndef MIRTI_RECODE_NODE_H
#define MIRTI_RECODE_NODE_H

#include "syntax.h"

/** What a value is. RAW is text that still may be read as a number. */
typedef enum mirti_recode_kind {
    KIND_RAW = MIRTI_TYPE_RAW,
    KIND_TEXT = MIRTI_TYPE_TEXT,
    KIND_NUMBER = MIRTI_TYPE_NUMBER,
    KIND_TRUTH = MIRTI_TYPE_TRUTH,
    KIND_NULL ///< the literal NULL, which fits everywhere
} mirti_recode_kind;

typedef enum mirti_recode_op {
    OP_COLUMN,   ///< column
    OP_CONSTANT, ///< null, number (also truth), text
    /* between kinds */
    OP_TO_NUMBER, ///< text; what is no number is missing and noted
    OP_TO_TEXT,   ///< number
    OP_TO_TRUTH,  ///< number: 0 and 1; anything else is missing and noted
    OP_FROM_TRUTH,
    /* number → number */
    OP_NEGATE,
    OP_ABS,
    OP_SIGN,
    OP_FLOOR,
    OP_CEIL,
    OP_TRUNC,
    OP_SQRT,
    OP_EXP,
    OP_LN,
    OP_LOG10,
    /* number, number → number */
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_MODULO,
    OP_POWER,
    OP_ROUND,
    OP_LEAST,
    OP_GREATEST,
    /* comparisons; detail is the token kind */
    OP_COMPARE_NUMBER,
    OP_COMPARE_TEXT,
    OP_IN_NUMBER, ///< table is a set
    OP_IN_TEXT,
    OP_LIKE, ///< detail: escape character as code point, 0 = none
    /* truth */
    OP_AND,
    OP_OR,
    OP_NOT,
    OP_IS_NULL, ///< any kind
    OP_IS_TRUE,
    OP_IS_FALSE,
    /* choice, any kind */
    OP_SELECT,     ///< condition true ? arg 1 : arg 2
    OP_COALESCE,   ///< arg 0 unless missing, else arg 1
    OP_MAP_NUMBER, ///< table is a map
    OP_MAP_TEXT,
    /* text */
    OP_CONCAT,
    OP_LENGTH,
    OP_UPPER,
    OP_LOWER,
    OP_FOLD,
    OP_TRIM,
    OP_LTRIM,
    OP_RTRIM,
    OP_SUBSTR, ///< text, start [, length]
    OP_RIGHT,
    OP_LPAD,
    OP_RPAD,
    OP_REPLACE,
    /* across the rows of a household; detail is a mirti_recode_across */
    OP_HOUSEHOLD,
    OP_COUNT
} mirti_recode_op;

/** What a household function takes from the persons of the household. */
typedef enum mirti_recode_across {
    ACROSS_HEAD,
    ACROSS_SPOUSE,
    ACROSS_MOTHER,
    ACROSS_FATHER,
    ACROSS_COUNT,
    ACROSS_ANY,
    ACROSS_ALL,
    ACROSS_SUM,
    ACROSS_MEAN,
    ACROSS_MIN,
    ACROSS_MAX
} mirti_recode_across;

typedef struct mirti_recode_node {
    int id;
    mirti_recode_op op;
    mirti_recode_kind kind;
    int level;   ///< how many household functions are nested in it
    bool noting; ///< it, or something below it, may find a value worth a note
    int args;
    struct mirti_recode_node *arg[3];
    int column;
    int detail;
    bool null;
    double number;
    mirti_str text;
    const void *table;
    struct mirti_recode_node *same_hash;
} mirti_recode_node;

/** The constants of `x IN (...)`. */
typedef struct mirti_recode_set {
    int count;
    double *number;  ///< ascending
    mirti_str *text; ///< ascending
    bool byte[256];  ///< texts of one byte, as most codes are
    uint8_t *dense;  ///< [dense_count] membership of the whole numbers from 0 on; NULL if not used
    int dense_count;
    bool null; ///< NULL is in the list: what is not found is then unknown
} mirti_recode_set;

/** The keys of MAP and what they become. */
typedef struct mirti_recode_map {
    int count;
    double *low, *high; ///< [count] disjoint, ascending
    mirti_str *text;    ///< [count] ascending
    int byte[256];      ///< value of the texts of one byte, −1 = no key
    int *value;         ///< [count] index of the value
    int *dense;         ///< [dense_count] value of the whole numbers from 0 on, −1 = no key
    int dense_count;
    int otherwise;  ///< value of ELSE; −1 = none: missing and noted
    int null;       ///< value of NULL; −1 = none: missing
    uint8_t *valid; ///< values
    mirti_str *value_text;
    double *value_number; ///< also truth
} mirti_recode_map;

/** A piece of a column in work: `valid` is 1 or 0 per row; what stands where it is 0 means nothing,
 * except that truth is 0 there. */
typedef struct mirti_recode_vector {
    uint8_t *valid;
    mirti_str *text;
    double *number;
    uint8_t *truth;
} mirti_recode_vector;

/** What applying one node needs besides its arguments. */
typedef struct mirti_recode_scratch {
    mirti_arena *arena; ///< for texts that are made
    mirti_text text;    ///< reused builder
    bool failed;        ///< memory ran out
} mirti_recode_scratch;

/** Applies a node (not a column or constant) to `n` rows. `bad` receives 1 where a noting node
 * found a value to be noted; returns true if there is any. */
bool mirti_recode_apply(const mirti_recode_node *node, const mirti_recode_vector *const arg[3],
                        mirti_recode_vector *out, int64_t n, uint8_t *bad,
                        mirti_recode_scratch *scratch);

/** The parts of mirti_recode_apply; each returns as it does. */
void mirti_recode_apply_number(const mirti_recode_node *node,
                               const mirti_recode_vector *const arg[3], mirti_recode_vector *out,
                               int64_t n);
void mirti_recode_apply_truth(const mirti_recode_node *node,
                              const mirti_recode_vector *const arg[3], mirti_recode_vector *out,
                              int64_t n);
void mirti_recode_apply_text(const mirti_recode_node *node, const mirti_recode_vector *const arg[3],
                             mirti_recode_vector *out, int64_t n, mirti_recode_scratch *scratch);
void mirti_recode_apply_choice(const mirti_recode_node *node,
                               const mirti_recode_vector *const arg[3], mirti_recode_vector *out,
                               int64_t n);
bool mirti_recode_apply_table(const mirti_recode_node *node,
                              const mirti_recode_vector *const arg[3], mirti_recode_vector *out,
                              int64_t n, uint8_t *bad);
bool mirti_recode_apply_cast(const mirti_recode_node *node, const mirti_recode_vector *const arg[3],
                             mirti_recode_vector *out, int64_t n, uint8_t *bad,
                             mirti_recode_scratch *scratch);
/** LIKE for one text; `escape` is a code point or 0. */
bool mirti_recode_like(mirti_str text, mirti_str pattern, int escape);
/** Reads a raw text as a number: 1 read, 0 blank, −1 something else. */
int mirti_recode_read_number(mirti_str text, double *value);

#endif
