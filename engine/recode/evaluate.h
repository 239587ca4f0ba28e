/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the parts of evaluation share: a session on one batch, the machine that walks it, notes, and
 * what household functions take from other rows.
 */
#ifndef MIRTI_RECODE_EVALUATE_H
#define MIRTI_RECODE_EVALUATE_H

#include "scope.h"

/** Rows that are computed together: small enough for the first-level cache. */
enum { MIRTI_RECODE_CHUNK = 1024 };

/** One call of mirti_expr_eval or mirti_expr_eval_many. */
typedef struct mirti_recode_session {
    const mirti_scope *scope;
    const mirti_batch *batch;
    mirti_arena *arena;
    mirti_recode_notes *notes;   ///< nullable
    mirti_recode_notes *strange; ///< nullable: notes about the households themselves
    mirti_recode_vector
        *across; ///< [nodes of the scope] all rows of the batch, for household functions
} mirti_recode_session;

/** One program on chosen rows. All arrays are per node of the program. */
typedef struct mirti_recode_machine {
    const mirti_recode_session *session;
    const mirti_recode_program *program;
    const int64_t *rows; ///< selected rows; NULL: all
    mirti_recode_vector *vector;
    mirti_recode_vector *buffer; ///< own memory of a node, where it needs some
    uint8_t **bad;               ///< NULL for nodes that note nothing
    bool *bad_here;              ///< bad has a 1 in this chunk
    uint8_t **demand;            ///< NULL until a chunk needs it
    mirti_recode_scratch scratch;
} mirti_recode_machine;

/** Evaluates a program; household functions in it must be in session->across already. */
mirti_status mirti_recode_run(const mirti_recode_session *session,
                              const mirti_recode_program *program, const int64_t *rows,
                              int64_t selected, mirti_column *out, mirti_error *err);
/** Fills session->across with the household functions that the roots need (across.c). */
mirti_status mirti_recode_run_across(mirti_recode_session *session, mirti_recode_node *const *root,
                                     int roots, mirti_error *err);
/** Notes what is strange about households, as far as their parts are compiled: persons without a
 * key, no head or several, an identifier twice (across.c). */
mirti_status mirti_recode_count_households(const mirti_scope *scope, const mirti_batch *batch,
                                           mirti_arena *arena, mirti_recode_notes *notes,
                                           mirti_error *err);
/** Counts the bad values of one chunk that decide something (notes.c). */
mirti_status mirti_recode_note_chunk(mirti_recode_machine *m, int64_t first, int64_t n,
                                     mirti_error *err);
/** Notes of batches that come in any order: the first case of each is that of the lowest batch. */
typedef struct mirti_recode_notes_by_batch {
    mirti_recode_notes sum;
    int64_t first[8]; ///< batch of the first case of each note
} mirti_recode_notes_by_batch;
void mirti_recode_notes_merge_batch(mirti_recode_notes_by_batch *into,
                                    const mirti_recode_notes *from, int64_t number);
/** Adds one case to a note. `column` −1: none. */
void mirti_recode_note_add(mirti_recode_note *note, const mirti_scope *scope,
                           const mirti_batch *batch, int64_t row, int column, mirti_str value);
/** The column that a value comes from, looking through first arguments; −1 for none. */
int mirti_recode_column_below(const mirti_recode_node *node);
/** A vector of `rows` rows; false when memory runs out. */
bool mirti_recode_new_vector(mirti_arena *arena, mirti_recode_kind kind, int64_t rows,
                             mirti_recode_vector *out);

#endif
