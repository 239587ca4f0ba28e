/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The households of a batch and who is who in them. Memory is the session's arena.
 */
#ifndef MIRTI_RECODE_MEMBERS_H
#define MIRTI_RECODE_MEMBERS_H

#include "evaluate.h"

/** A person's identifier and row. */
typedef struct mirti_recode_identifier mirti_recode_identifier;

/** The households of a batch. */
typedef struct mirti_recode_members {
    int64_t rows;
    int64_t count;
    int64_t *first;                  ///< [count + 1] first row of each
    bool *none;                      ///< [count] a person without a key
    int64_t *head;                   ///< [count] row, −1 = none; NULL if not asked for
    int64_t *spouse;                 ///< the same
    int64_t *mother;                 ///< [rows] row, −1 = none; NULL if not asked for
    int64_t *father;                 ///< the same
    mirti_recode_identifier *person; ///< of all households, sorted within each; NULL until needed
    int64_t *person_first;           ///< [count + 1] where each household's persons begin
    mirti_column part[PART_COUNT];
} mirti_recode_members;

/** Finds where households begin; `rows` and the key must be there. Notes persons without a key. */
mirti_status mirti_recode_find_households(const mirti_recode_session *s, mirti_recode_members *h,
                                          mirti_error *err);
/** The first person of each household whose relationship is among the codes. With `head`, notes
 * households without one or with several. */
mirti_status mirti_recode_find_by_code(const mirti_recode_session *s, const mirti_recode_members *h,
                                       const mirti_recode_codes *codes, bool head, int64_t **out,
                                       mirti_error *err);
/** Sorts the persons of each household by identifier. Notes identifiers that stand twice. */
mirti_status mirti_recode_find_persons(const mirti_recode_session *s, mirti_recode_members *h,
                                       mirti_error *err);
/** For every person, the row of the household whose identifier is the person's `parent`. */
mirti_status mirti_recode_find_parents(const mirti_recode_session *s, mirti_recode_members *h,
                                       mirti_recode_part parent, int64_t **out, mirti_error *err);

#endif
