/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shapefiles carry names in whatever encoding their maker used. A companion file (.cpg) may say
 * which, in any spelling; it may be missing; and it may lie. The bytes themselves are the better
 * witness: text that is well-formed UTF-8 and has accents is UTF-8 (the odds of Latin-1 text being
 * so by chance vanish after a few names), and in a single-byte encoding the bytes above 0x7F must
 * come out as letters, because names are made of letters. So the claim of the file is believed
 * exactly as long as its bytes agree with it, and whatever is decided is said.
 */
#include "encoding.h"
#include "language.h"
#include "mirti/geo.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

void mirti_geo_bytes_add(mirti_geo_bytes *bytes, mirti_str text) {
    bool high = false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bytes->count[c]++;
        if (c < 0x80) continue;
        bytes->high++;
        high = true;
    }
    if (high && !mirti_utf8_valid(text, NULL)) bytes->utf8 = false;
}

bool mirti_geo_charset_of(const char *spelling, char charset[32]) {
    static const struct {
        const char *key, *charset;
    } known[] = {
        {"UTF8", "UTF-8"},        {"65001", "UTF-8"},         {"88591", "ISO-8859-1"},
        {"LATIN1", "ISO-8859-1"}, {"885915", "ISO-8859-15"},  {"LATIN9", "ISO-8859-15"},
        {"1252", "WINDOWS-1252"}, {"ANSI", "WINDOWS-1252"},   {"WESTERN", "WINDOWS-1252"},
        {"850", "CP850"},         {"437", "CP437"},           {"88592", "ISO-8859-2"},
        {"1250", "WINDOWS-1250"}, {"MACINTOSH", "MACINTOSH"}, {"10000", "MACINTOSH"},
        {"ASCII", "US-ASCII"},    {"USASCII", "US-ASCII"},
    };
    static const char *const prefixes[] = {"ISO", "CP", "IBM", "OEM", "WINDOWS", "ANSI", "LDID"};
    char key[32];
    size_t n = 0;
    for (; *spelling && n + 1 < sizeof key; spelling++)
        if (isalnum((unsigned char)*spelling)) key[n++] = (char)toupper((unsigned char)*spelling);
    key[n] = '\0';
    const char *rest = key;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t length = strlen(prefixes[i]);
        if (strncmp(rest, prefixes[i], length) == 0 && isdigit((unsigned char)rest[length])) {
            rest += length;
            break;
        }
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(rest, known[i].key) != 0) continue;
        snprintf(charset, 32, "%s", known[i].charset);
        return true;
    }
    return false;
}

/* The code pages of dBase's language driver that occur where names have accents. */
static const char *charset_of_driver(int driver) {
    switch (driver) {
    case 0x01:
    case 0x09:
    case 0x0B:
    case 0x0D:
    case 0x0F:
    case 0x11:
    case 0x15:
    case 0x1B: return "CP437";
    case 0x02:
    case 0x0A:
    case 0x0E:
    case 0x10:
    case 0x12:
    case 0x14:
    case 0x16:
    case 0x1D:
    case 0x25:
    case 0x37: return "CP850";
    case 0x03:
    case 0x57:
    case 0x58:
    case 0x59: return "WINDOWS-1252";
    default: return NULL;
    }
}

/* True when the two bytes are a Latin letter, ª, º or ’ in UTF-8 beyond ASCII. */
static bool is_letter(const unsigned char *utf8, size_t size) {
    if (size == 2 && utf8[0] == 0xC3) return utf8[1] != 0x97 && utf8[1] != 0xB7; /* not × ÷ */
    if (size == 2 && utf8[0] == 0xC2) return utf8[1] == 0xAA || utf8[1] == 0xBA;
    if (size == 2) return utf8[0] == 0xC4 || utf8[0] == 0xC5; /* Latin Extended-A */
    return size == 3 && memcmp(utf8, "\xE2\x80\x99", 3) == 0;
}

/* Share of the bytes above 0x7F that come out as letters in a single-byte charset; −1 when this
 * machine does not know the charset. */
static double letters(const char *charset, const mirti_geo_bytes *bytes) {
    iconv_t converter = iconv_open("UTF-8", charset);
    if (converter == (iconv_t)-1) return -1.0;
    int64_t good = 0;
    for (int c = 0x80; c < 0x100; c++) {
        char in = (char)c, out[8];
        char *from = &in, *to = out;
        size_t left = 1, room = sizeof out;
        if (bytes->count[c] == 0 || iconv(converter, &from, &left, &to, &room) == (size_t)-1)
            continue;
        if (is_letter((unsigned char *)out, sizeof out - room)) good += bytes->count[c];
    }
    iconv_close(converter);
    return bytes->high > 0 ? (double)good / (double)bytes->high : 1.0;
}

static void decide(mirti_geo_encoding *out, const char *charset, const char *why) {
    snprintf(out->charset, sizeof out->charset, "%s", charset);
    if (why[0])
        snprintf(out->reason, sizeof out->reason, "%s (%s)", charset, why);
    else
        snprintf(out->reason, sizeof out->reason, "%s", charset);
}

void mirti_boundaries_encoding_words(const mirti_boundaries_info *info, const char *language,
                                     char out[MIRTI_ENCODING_WORDS]) {
    static const struct {
        const char *en, *es;
    } words[] = {{" (.cpg says ", " (.cpg dice "},
                 {" (no .cpg", " (sin .cpg"},
                 {" (as .cpg says", " (como dice .cpg"},
                 {" (no accents at all", " (sin acento alguno"},
                 {" (as the project says", " (como dice el proyecto"}};
    snprintf(out, MIRTI_ENCODING_WORDS, "%s", info->encoding);
    for (size_t i = 0; mirti_geo_spanish(language) && i < sizeof words / sizeof *words; i++) {
        const char *found = strstr(info->encoding, words[i].en);
        if (!found) continue;
        snprintf(out, MIRTI_ENCODING_WORDS, "%.*s%s%s", (int)(found - info->encoding),
                 info->encoding, words[i].es, found + strlen(words[i].en));
        return;
    }
}

/* First line of the .cpg, short enough to be shown. */
static void shown(const char *companion, char out[24]) {
    mirti_str line = mirti_str_of(companion ? companion : "");
    if (line.size > 3 && memcmp(line.data, "\xEF\xBB\xBF", 3) == 0) line.data += 3, line.size -= 3;
    size_t n = 0;
    for (size_t i = 0; i < line.size && n + 1 < 24; i++) {
        unsigned char c = (unsigned char)line.data[i];
        if (c == '\r' || c == '\n') break;
        out[n++] = c >= 0x20 && c < 0x7F ? (char)c : '?';
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}

mirti_status mirti_geo_encoding_choose(const char *declared, const char *companion,
                                       int language_driver, const mirti_geo_bytes *bytes,
                                       mirti_geo_encoding *out, mirti_error *err) {
    char charset[32], said[24], why[64];
    if (declared) {
        if (!mirti_geo_charset_of(declared, charset)) snprintf(charset, 32, "%s", declared);
        iconv_t probe = iconv_open("UTF-8", charset);
        if (probe == (iconv_t)-1) {
            mirti_fail(err, MIRTI_ERROR_INPUT, "the encoding is none that is known");
            mirti_fail_at(err, NULL, 0, 0, "encoding", declared);
            mirti_fail_remedy(err, "Write for example UTF-8, ISO-8859-1, Windows-1252 or CP850; or "
                                   "nothing, and it is found out.");
            return MIRTI_ERROR_INPUT;
        }
        iconv_close(probe);
        decide(out, charset, "as the project says");
        return MIRTI_OK;
    }
    shown(companion, said);
    bool claimed = companion && mirti_geo_charset_of(said, charset);
    if (companion)
        snprintf(why, sizeof why, ".cpg says «%s»", said);
    else
        snprintf(why, sizeof why, "no .cpg");
    if (bytes->high == 0) {
        decide(out, claimed ? charset : "US-ASCII",
               !claimed                     ? "no accents at all"
               : strcmp(said, charset) == 0 ? "as .cpg says"
                                            : why);
        return MIRTI_OK;
    }
    if (bytes->utf8) {
        decide(out, "UTF-8", strcmp(said, "UTF-8") == 0 ? "as .cpg says" : why);
        return MIRTI_OK;
    }
    /* A single-byte encoding: the claim, then the .dbf's own byte, then what is usual. */
    const char *driver = charset_of_driver(language_driver);
    const char *candidates[] = {claimed ? charset : NULL,
                                driver,
                                "ISO-8859-1",
                                "WINDOWS-1252",
                                "CP850",
                                "CP437",
                                "MACINTOSH"};
    const char *best = NULL;
    double best_share = -1.0;
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
        if (!candidates[i] || strcmp(candidates[i], "UTF-8") == 0) continue;
        double share = letters(candidates[i], bytes);
        /* Whoever comes later must be clearly better, not better by one odd byte. */
        if (share < 0.0 || (best && share < best_share + 0.1)) continue;
        best = candidates[i];
        best_share = share;
    }
    /* Windows-1252 is ISO-8859-1 with letters and quotes where the latter has control characters,
     * which nobody puts into a name. */
    if (strcmp(best, "ISO-8859-1") == 0)
        for (int c = 0x80; c < 0xA0; c++)
            if (bytes->count[c] > 0) best = "WINDOWS-1252";
    decide(out, best, strcmp(said, best) == 0 ? "as .cpg says" : why);
    return MIRTI_OK;
}

char *mirti_geo_decode(mirti_arena *arena, iconv_t converter, mirti_str text) {
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\0'))
        text.size--;
    /* A byte becomes at most three bytes of UTF-8, in every charset that is a single-byte one and
     * in UTF-8 with replacements. */
    size_t room = 3 * text.size;
    char *out = mirti_arena_new(arena, room + 1);
    if (!out) return NULL;
    /* iconv promises not to change its input; its prototype predates const. */
    char *from, *to = out;
    memcpy(&from, &text.data, sizeof from);
    size_t left = text.size;
    iconv(converter, NULL, NULL, NULL, NULL);
    while (left > 0 && iconv(converter, &from, &left, &to, &room) == (size_t)-1) {
        if (errno == E2BIG || room < 3) break;
        memcpy(to, "\xEF\xBF\xBD", 3);
        to += 3;
        room -= 3;
        from++;
        left--;
    }
    *to = '\0';
    return out;
}
