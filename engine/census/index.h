/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers for keys: each distinct key, whatever its bytes, gets the next number. */
#ifndef MIRTI_CENSUS_INDEX_H
#define MIRTI_CENSUS_INDEX_H

#include "mirti/base.h"

typedef struct mirti_census_key {
    const char *data;
    size_t size;
    uint64_t hash;
} mirti_census_key;

/** Zero-initialise. */
typedef struct mirti_census_index {
    mirti_arena arena; ///< owns the keys
    mirti_census_key *key;
    int64_t count, room;
    int64_t last;  ///< number that was given last
    int32_t *slot; ///< [slots] number + 1; 0 = free
    int64_t slots; ///< a power of two
} mirti_census_index;

/** The number of a key, new or old; −1 when memory or numbers (2³¹) run out. */
int64_t mirti_census_intern(mirti_census_index *index, const void *data, size_t size);
void mirti_census_index_reset(mirti_census_index *index);

#endif
