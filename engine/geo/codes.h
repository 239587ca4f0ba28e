/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Codes in order: the common ground of joining, merging and looking up.
 */
#ifndef MIRTI_GEO_CODES_H
#define MIRTI_GEO_CODES_H

#include "mirti/base.h"

/** A code and the row that it came from. */
typedef struct mirti_geo_coded {
    const char *code; ///< borrowed; never NULL
    int64_t index;
} mirti_geo_coded;

/** The codes in byte order, equal ones by index; freed with mirti_free. NULL on no memory. */
mirti_geo_coded *mirti_geo_codes_sort(const char *const *code, int64_t count);
/** Index of the first row with that code in what `codes_sort` gave; −1 when there is none. */
int64_t mirti_geo_codes_find(const mirti_geo_coded *sorted, int64_t count, const char *code);

#endif
