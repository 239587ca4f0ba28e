/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Open addressing with linear probing, at most half full. Numbers follow the order of first sight
 * and never the hash, so that nothing that is written depends on it. */
#include "index.h"

#include <string.h>

/* Eight bytes at a time, with a final mix, so that the low bits, which choose the slot, depend on
 * all bytes. */
static uint64_t hash_of(const char *data, size_t size) {
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ size;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, data + i, 8);
        h = (h ^ word) * UINT64_C(0xd6e8feb86659fd93);
        h ^= h >> 32;
    }
    for (; i < size; i++)
        h = (h ^ (unsigned char)data[i]) * UINT64_C(0x100000001b3);
    h = (h ^ (h >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return h ^ (h >> 32);
}

static bool is_key(const mirti_census_key *key, const void *data, size_t size) {
    return key->size == size && memcmp(key->data, data, size) == 0;
}

static bool make_room(mirti_census_index *index) {
    if (index->count == index->room) {
        int64_t room = index->room > 0 ? 2 * index->room : 256;
        mirti_census_key *key = mirti_resize(index->key, (size_t)room, sizeof *key);
        if (!key) return false;
        index->key = key;
        index->room = room;
    }
    if (2 * (index->count + 1) <= index->slots) return true;
    int64_t slots = index->slots > 0 ? 2 * index->slots : 1024;
    int32_t *slot = mirti_new((size_t)slots, sizeof *slot);
    if (!slot) return false;
    for (int64_t k = 0; k < index->count; k++) {
        int64_t at = (int64_t)(index->key[k].hash & (uint64_t)(slots - 1));
        while (slot[at] != 0)
            at = (at + 1) & (slots - 1);
        slot[at] = (int32_t)(k + 1);
    }
    mirti_free(index->slot);
    index->slot = slot;
    index->slots = slots;
    return true;
}

int64_t mirti_census_intern(mirti_census_index *index, const void *data, size_t size) {
    /* A census is sorted: whoever comes next mostly lives where the one before did. */
    if (index->last < index->count && is_key(&index->key[index->last], data, size))
        return index->last;
    uint64_t hash = hash_of(data, size);
    if (!make_room(index)) return -1;
    int64_t at = (int64_t)(hash & (uint64_t)(index->slots - 1));
    for (; index->slot[at] != 0; at = (at + 1) & (index->slots - 1)) {
        const mirti_census_key *key = &index->key[index->slot[at] - 1];
        if (key->hash == hash && is_key(key, data, size)) return index->last = index->slot[at] - 1;
    }
    if (index->count >= INT32_MAX - 1) return -1;
    char *copy = mirti_arena_copy(&index->arena, data, size);
    if (!copy) return -1;
    index->key[index->count] = (mirti_census_key){copy, size, hash};
    index->slot[at] = (int32_t)(index->count + 1);
    return index->last = index->count++;
}

void mirti_census_index_reset(mirti_census_index *index) {
    mirti_arena_reset(&index->arena);
    mirti_free(index->key);
    mirti_free(index->slot);
    *index = (mirti_census_index){0};
}
