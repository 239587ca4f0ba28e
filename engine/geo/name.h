/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of places as people write them, made comparable.
 */
#ifndef MIRTI_GEO_NAME_H
#define MIRTI_GEO_NAME_H

#include "mirti/base.h"

/** Three readings of one name, each coarser than the one before. Strings are in the arena. */
typedef struct mirti_geo_name {
    const char *folded;  ///< case, accents and punctuation gone: «sta maria del oro»
    const char *spelled; ///< abbreviations written out, little words gone, spellings evened
    const char *core;    ///< honours such as Heroica, Villa, Ciudad gone as well
} mirti_geo_name;

/** False when memory ran out. */
bool mirti_geo_name_read(mirti_arena *arena, const char *name, mirti_geo_name *out);

/** 1 for equal texts, 0 for texts with nothing in common: 1 − edits / length of the longer, where
 * an edit inserts, deletes or changes a byte or swaps two neighbours (optimal string alignment).
 * Texts longer than 127 bytes are compared by their first 127. */
double mirti_geo_similarity(const char *a, const char *b);

#endif
