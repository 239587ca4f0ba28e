/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Joining another table to a source: what its files share.
 *
 *   join.c        the public call; which columns; keys; filling the columns of a batch
 *   join_group.c  the rows of one key, packed or reduced
 *   join_find.c   finding the group of a key: in a hash table, or by merging two sorted tables
 */
#ifndef MIRTI_TABLE_JOIN_H
#define MIRTI_TABLE_JOIN_H

#include "internal.h"

/* Running value of one reduction. */
typedef struct mirti_join_sum {
    mirti_sum sum;
    double extreme; /* MIN, MAX */
    int64_t count;  /* rows that count; for SUM, MIN, MAX those with a number */
} mirti_join_sum;

/* The rows of the other table that have one key. */
typedef struct mirti_join_group {
    mirti_str key;
    uint64_t hash;
    bool used;           /* a row of the source has asked for it */
    int64_t row;         /* record number of its first row */
    mirti_str *text;     /* [columns] one row: its values; data NULL where missing */
    mirti_join_sum *sum; /* [values] many rows: reduced */
} mirti_join_group;

/* Something to be counted, with its first case. */
typedef struct mirti_join_count {
    int64_t count, row;
    char key[128], file[256];
} mirti_join_count;

typedef struct mirti_table_join {
    mirti_arena arena; /* names, options, and in a hash join all groups */
    const char *name;
    mirti_source_options other_options; /* texts in the arena */
    mirti_join_way way;
    int keys;
    int *key, *other_key; /* [keys] columns in either table */
    int *key_width;       /* [keys] 0: as it is */
    int columns;          /* one row: columns added, later those of them that are wanted */
    int *column;          /* [columns] in the other table */
    int *target;          /* [columns] in the source */
    int values;           /* many rows: columns made */
    mirti_join_value *value;
    int *value_column; /* [values] in the other table, −1: none */
    int first_field;   /* of the source: where the columns of this join begin */
    int added;         /* and how many there are, wanted or not */

    /* finding */
    bool adopted; /* the source has it: contexts of conditions are its own */
    bool ready;
    bool merging;
    mirti_source *other; /* merging: being read */
    mirti_batch batch;   /* of the other table */
    int64_t at;          /* row of it that comes next */
    uint8_t *keep;       /* [values × kept_rows] rows of the batch that count */
    int64_t kept_rows;
    mirti_arena group_arena; /* merging: of the current group */
    mirti_join_group current;
    bool has_current;
    mirti_text last_key;     /* of the source: to notice that it is not sorted after all */
    mirti_join_group *group; /* hash: [groups] */
    int64_t groups, group_room;
    uint32_t *slot; /* hash: index + 1 of a group, 0 free; [slots], a power of two */
    uint64_t slots;

    mirti_join_count unmatched, blank, duplicate, unused;
    int64_t matched;
} mirti_table_join;

/* The key of a row as one text, parts divided by an unprintable byte; false when a part is blank.
 */
bool mirti_join_key(const mirti_batch *batch, int64_t row, const int *column, const int *width,
                    int keys, mirti_text *out);
/* Counts, keeping the first case. */
void mirti_join_note(mirti_join_count *count, int64_t row, const char *file, mirti_str key);

/* Begins a group in `arena`. */
mirti_status mirti_join_group_begin(mirti_table_join *join, mirti_join_group *group,
                                    mirti_arena *arena, mirti_str key, mirti_error *err);
/* Takes the row `at` of the other table's batch into it. */
mirti_status mirti_join_group_add(mirti_table_join *join, mirti_join_group *group,
                                  mirti_arena *arena, mirti_error *err);
/* Finds out which rows of a new batch of the other table count. */
mirti_status mirti_join_group_filter(mirti_table_join *join, mirti_error *err);

/* Opens the other table with the columns that are needed: all, or only those of the key. */
mirti_status mirti_join_open_other(mirti_table_join *join, bool keys_only, mirti_error *err);
/* The group of a key of the source, or NULL; valid until the next call when merging. */
mirti_status mirti_join_find(mirti_table_join *join, mirti_str key, mirti_join_group **out,
                             mirti_error *err);
/* After the source's last row: counts what nobody asked for. */
mirti_status mirti_join_finish(mirti_table_join *join, mirti_error *err);

/* Before the first row: leaves out added columns that are not wanted; `wanted` by field of the
 * source. */
void mirti_table_join_restrict(mirti_table_join *join, const bool *wanted);
/* Fills the columns of the join in a batch of the source. */
mirti_status mirti_table_join_fill(mirti_table_join *join, mirti_batch *batch, mirti_error *err);
/* At the end of the source: into the report's notes. */
mirti_status mirti_table_join_report(mirti_table_join *join, mirti_table_context *context,
                                     mirti_error *err);
void mirti_table_join_free(mirti_table_join *join);
/* Type of the i-th column that it adds. */
mirti_type mirti_table_join_type(const mirti_table_join *join, int i);

/* In source.c. Adds the columns of a join and takes it over. */
mirti_status mirti_table_source_extend(mirti_source *source, mirti_table_join *join,
                                       mirti_error *err);
/* The file that is open, as messages name it. */
const char *mirti_table_source_shown(const mirti_source *source);

#endif
