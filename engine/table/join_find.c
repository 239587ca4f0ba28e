/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finding the rows of a key. A table that is small, or not sorted, is read once and held in a hash
 * table. A large one that is sorted by its key (dwellings, as statistical offices deliver them) is
 * not held at all: it is read beside the source, each in its order. Whether it is sorted is not
 * believed but looked at beforehand, keys only; and should the source turn out not to be, the other
 * table goes into a hash table after all.
 */
#include <string.h>

#include "join.h"

enum { LARGE = 64 * 1024 * 1024 }; /* bytes of a file from which on merging is worth a look */

/* Multiplication and folding, eight bytes at a time; only good spreading is asked of it. */
static uint64_t hash_of(mirti_str key) {
    uint64_t hash = UINT64_C(0x9E3779B97F4A7C15) ^ key.size;
    for (size_t i = 0; i < key.size; i += 8) {
        uint64_t word = 0;
        memcpy(&word, key.data + i, key.size - i < 8 ? key.size - i : 8);
        hash = (hash ^ word) * UINT64_C(0xD6E8FEB86659FD93);
        hash ^= hash >> 32;
    }
    return hash * UINT64_C(0xD6E8FEB86659FD93);
}

/* ------------------------------------------------------------------------- reading the other table -- */

/* The next row of the other table is batch row `at`; false at the end. */
static mirti_status next_row(mirti_table_join *join, bool filter, bool *more, mirti_error *err) {
    *more = true;
    if (join->at + 1 < join->batch.rows) {
        join->at++;
        return MIRTI_OK;
    }
    MIRTI_TRY(mirti_source_next(join->other, &join->batch, err));
    join->at = 0;
    *more = join->batch.rows > 0;
    return *more && filter ? mirti_join_group_filter(join, err) : MIRTI_OK;
}

static void close_other(mirti_table_join *join) {
    mirti_source_close(join->other);
    join->other = NULL;
    mirti_batch_reset(&join->batch);
    join->at = 0;
}

/* Reads the keys from beginning to end; a blank key is out of order wherever it stands. */
static mirti_status look_whether_sorted(mirti_table_join *join, bool *sorted, mirti_error *err) {
    mirti_text key = {0}, former = {0};
    bool more = true;
    *sorted = true;
    mirti_status status = mirti_join_open_other(join, true, err);
    while (status == MIRTI_OK && *sorted) {
        status = next_row(join, false, &more, err);
        if (status != MIRTI_OK || !more) break;
        key.size = 0;
        *sorted = mirti_join_key(&join->batch, join->at, join->other_key, join->key_width,
                                 join->keys, &key) &&
                  mirti_str_compare((mirti_str){former.data, former.size},
                                    (mirti_str){key.data, key.size}) <= 0;
        former.size = 0;
        mirti_text_add(&former, key.data, key.size);
        if (key.failed || former.failed) status = mirti_fail_memory(err, "a key");
    }
    mirti_text_reset(&key);
    mirti_text_reset(&former);
    close_other(join);
    return status;
}

/* ------------------------------------------------------------------------------------- hashing -- */

static mirti_status grow(mirti_table_join *join, mirti_error *err) {
    if (join->groups == join->group_room) {
        int64_t room = join->group_room == 0 ? 1024 : 2 * join->group_room;
        mirti_join_group *group = mirti_resize(join->group, (size_t)room, sizeof *group);
        if (group == NULL) return mirti_fail_memory(err, "a table to be joined");
        join->group = group;
        join->group_room = room;
    }
    if ((uint64_t)join->groups * 3 < join->slots * 2) return MIRTI_OK; /* at most two thirds full */
    if (join->groups >= INT32_MAX)
        return mirti_fail(err, MIRTI_ERROR_INPUT, "the table to be joined has too many keys");
    uint64_t slots = join->slots == 0 ? 2048 : 2 * join->slots;
    uint32_t *slot = mirti_new(slots, sizeof *slot);
    if (slot == NULL) return mirti_fail_memory(err, "a table to be joined");
    for (int64_t i = 0; i < join->groups; i++) {
        uint64_t at = join->group[i].hash & (slots - 1);
        while (slot[at] != 0)
            at = (at + 1) & (slots - 1);
        slot[at] = (uint32_t)i + 1;
    }
    mirti_free(join->slot);
    join->slot = slot;
    join->slots = slots;
    return MIRTI_OK;
}

/* The slot of a key: of its group, or the free one where it belongs. */
static uint64_t slot_of(const mirti_table_join *join, mirti_str key, uint64_t hash) {
    uint64_t at = hash & (join->slots - 1);
    while (join->slot[at] != 0) {
        const mirti_join_group *group = &join->group[join->slot[at] - 1];
        if (group->hash == hash && mirti_str_equal(group->key, key)) break;
        at = (at + 1) & (join->slots - 1);
    }
    return at;
}

static mirti_status add_row(mirti_table_join *join, mirti_str key, mirti_error *err) {
    MIRTI_TRY(grow(join, err));
    uint64_t hash = hash_of(key);
    uint64_t at = slot_of(join, key, hash);
    if (join->slot[at] == 0) {
        mirti_join_group *fresh = &join->group[join->groups];
        *fresh = (mirti_join_group){.hash = hash};
        MIRTI_TRY(mirti_join_group_begin(join, fresh, &join->arena, key, err));
        join->groups++;
        join->slot[at] = (uint32_t)join->groups;
    }
    return mirti_join_group_add(join, &join->group[join->slot[at] - 1], &join->arena, err);
}

static mirti_status load(mirti_table_join *join, mirti_error *err) {
    mirti_text key = {0};
    bool more = true;
    mirti_status status = grow(join, err);
    if (status == MIRTI_OK) status = mirti_join_open_other(join, false, err);
    while (status == MIRTI_OK) {
        status = next_row(join, true, &more, err);
        if (status != MIRTI_OK || !more) break;
        key.size = 0;
        bool whole = mirti_join_key(&join->batch, join->at, join->other_key, join->key_width,
                                    join->keys, &key);
        if (key.failed) {
            status = mirti_fail_memory(err, "a key");
        } else if (whole) {
            status = add_row(join, (mirti_str){key.data, key.size}, err);
        } else { /* no row can ask for it */
            mirti_join_note(&join->unused, mirti_batch_row(&join->batch, join->at),
                            join->batch.file, (mirti_str){key.data, key.size});
        }
    }
    mirti_text_reset(&key);
    close_other(join);
    return status;
}

/* ------------------------------------------------------------------------------------- merging -- */

/* Reads the next group; the row that ended the former one is batch row `at`. */
static mirti_status next_group(mirti_table_join *join, mirti_error *err) {
    if (join->has_current && !join->current.used)
        mirti_join_note(&join->unused, join->current.row, join->batch.file, join->current.key);
    join->has_current = false;
    if (join->batch.rows == 0) return MIRTI_OK; /* the end */
    mirti_text key = {0};
    (void)mirti_join_key(&join->batch, join->at, join->other_key, join->key_width, join->keys,
                         &key); /* sorted, and so not blank */
    mirti_arena_rewind(&join->group_arena);
    mirti_status status = key.failed
                              ? mirti_fail_memory(err, "a key")
                              : mirti_join_group_begin(join, &join->current, &join->group_arena,
                                                       (mirti_str){key.data, key.size}, err);
    bool more = true;
    bool same = true;
    while (status == MIRTI_OK && more && same) {
        status = mirti_join_group_add(join, &join->current, &join->group_arena, err);
        if (status == MIRTI_OK) status = next_row(join, true, &more, err);
        if (status != MIRTI_OK || !more) break;
        key.size = 0;
        (void)mirti_join_key(&join->batch, join->at, join->other_key, join->key_width, join->keys,
                             &key);
        if (key.failed) status = mirti_fail_memory(err, "a key");
        same = mirti_str_equal((mirti_str){key.data, key.size}, join->current.key);
    }
    mirti_text_reset(&key);
    join->has_current = status == MIRTI_OK;
    return status;
}

static mirti_status begin_merge(mirti_table_join *join, mirti_error *err) {
    bool more = false;
    MIRTI_TRY(mirti_join_open_other(join, false, err));
    MIRTI_TRY(next_row(join, true, &more, err));
    join->merging = true;
    return next_group(join, err);
}

/* The source is not sorted after all: what was merged so far stays right, the rest is looked up.
 * What has been asked for so far is not known any more, so that unused rows are not counted. */
static mirti_status give_up_merging(mirti_table_join *join, mirti_error *err) {
    close_other(join);
    join->merging = false;
    join->has_current = false;
    join->duplicate = (mirti_join_count){0};
    join->unused = (mirti_join_count){.count = -1};
    return load(join, err);
}

static mirti_status find_merging(mirti_table_join *join, mirti_str key, mirti_join_group **out,
                                 mirti_error *err) {
    while (join->has_current && mirti_str_compare(join->current.key, key) < 0)
        MIRTI_TRY(next_group(join, err));
    if (join->has_current && mirti_str_equal(join->current.key, key)) *out = &join->current;
    join->last_key.size = 0;
    mirti_text_add(&join->last_key, key.data, key.size);
    return join->last_key.failed ? mirti_fail_memory(err, "a key") : MIRTI_OK;
}

/* ----------------------------------------------------------------------------------- both ways -- */

static mirti_status begin(mirti_table_join *join, mirti_error *err) {
    join->ready = true;
    bool look = join->way == MIRTI_JOIN_MERGE;
    if (join->way == MIRTI_JOIN_AUTO) {
        MIRTI_TRY(mirti_join_open_other(join, true, err));
        int64_t size = mirti_source_report_get(join->other)->total_bytes;
        look = size == 0 || size > LARGE; /* 0: in an archive or a database, and perhaps large */
        close_other(join);
    }
    bool sorted = false;
    if (look) MIRTI_TRY(look_whether_sorted(join, &sorted, err));
    return sorted ? begin_merge(join, err) : load(join, err);
}

mirti_status mirti_join_find(mirti_table_join *join, mirti_str key, mirti_join_group **out,
                             mirti_error *err) {
    *out = NULL;
    if (!join->ready) MIRTI_TRY(begin(join, err));
    if (join->merging &&
        mirti_str_compare(key, (mirti_str){join->last_key.data, join->last_key.size}) < 0)
        MIRTI_TRY(give_up_merging(join, err));
    if (join->merging) {
        MIRTI_TRY(find_merging(join, key, out, err));
    } else {
        uint64_t at = slot_of(join, key, hash_of(key));
        if (join->slot[at] != 0) *out = &join->group[join->slot[at] - 1];
    }
    if (*out != NULL) (*out)->used = true;
    return MIRTI_OK;
}

mirti_status mirti_join_finish(mirti_table_join *join, mirti_error *err) {
    if (!join->ready) MIRTI_TRY(begin(join, err));
    while (join->merging && join->has_current)
        MIRTI_TRY(next_group(join, err));
    for (int64_t i = 0; i < join->groups && join->unused.count >= 0; i++)
        if (!join->group[i].used)
            mirti_join_note(&join->unused, join->group[i].row, join->other_options.path,
                            join->group[i].key);
    return MIRTI_OK;
}
