/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The encoding of attribute text: what a file says of itself, what its bytes say, and who is right.
 */
#ifndef MIRTI_GEO_ENCODING_H
#define MIRTI_GEO_ENCODING_H

#include <iconv.h>

#include "mirti/base.h"

/** How often each byte above 0x7F stands in the text, and whether all of it is UTF-8. Start with
 * `{.utf8 = true}`. */
typedef struct mirti_geo_bytes {
    int64_t count[256];
    int64_t high; ///< bytes above 0x7F
    bool utf8;    ///< no text so far that was not well-formed
} mirti_geo_bytes;

void mirti_geo_bytes_add(mirti_geo_bytes *bytes, mirti_str text);

/** A decision, with the words that explain it. */
typedef struct mirti_geo_encoding {
    char charset[32]; ///< for iconv: "UTF-8", "ISO-8859-1", "WINDOWS-1252", "CP850" ...
    char reason[96];  ///< for people, such as "ISO-8859-1 (.cpg says «ISO 88591»)"
} mirti_geo_encoding;

/**
 * Decides. `declared`: what the project says (wins; NULL if it says nothing). `companion`: content
 * of the .cpg (NULL if there is none). `language_driver`: byte 29 of the .dbf, 0 if unknown.
 * INPUT when `declared` is a name that nobody knows.
 */
mirti_status mirti_geo_encoding_choose(const char *declared, const char *companion,
                                       int language_driver, const mirti_geo_bytes *bytes,
                                       mirti_geo_encoding *out, mirti_error *err);

/** The charset behind one of the many spellings of its name: «ISO 88591», «ANSI 1252», «utf8» ...;
 * false when it is none that we know. */
bool mirti_geo_charset_of(const char *spelling, char charset[32]);

/** Decodes into the arena, trimmed of blanks at the end. Bytes that mean nothing in the charset
 * become U+FFFD. NULL on no memory. */
char *mirti_geo_decode(mirti_arena *arena, iconv_t converter, mirti_str text);

#endif
