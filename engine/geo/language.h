/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The two languages in which this room speaks to people.
 */
#ifndef MIRTI_GEO_LANGUAGE_H
#define MIRTI_GEO_LANGUAGE_H

#include <stdbool.h>
#include <string.h>

/** True when the user's language is a Spanish one ("es", "es-MX" ...); NULL is none. */
static inline bool mirti_geo_spanish(const char *language) {
    return language && strncmp(language, "es", 2) == 0;
}

#endif
