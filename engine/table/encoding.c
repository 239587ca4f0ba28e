/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Character encodings by any of the names that statistical offices give them. Sets of one byte per
 * character are turned into a table of 128 code points once, by asking iconv for each; Latin-1 and
 * Windows-1252, which are nearly all there is, have theirs built in. Only the multi-byte sets of
 * East Asia and UTF-16 go through iconv as they are read.
 *
 * As in browsers, ISO-8859-1 is read as Windows-1252 where the latter has a character: the bytes
 * 0x80–0x9F are control characters in the standard and quotation marks in every real file.
 */
#include "mirti/table.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "internal.h"

typedef enum kind { KIND_UTF8, KIND_TABLE, KIND_ICONV } kind;

struct mirti_encoding {
    kind kind;
    char name[48];
    uint16_t table[128];
    iconv_t converter; /* KIND_ICONV */
};

/* Windows-1252 0x80–0x9F; 0 = undefined. The upper half from 0xA0 equals Latin-1. */
static const uint16_t windows_1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

/* Lower-case letters and digits of a name, all else dropped. */
static void simplify(const char *name, char *simple, size_t room) {
    size_t used = 0;
    for (; *name != '\0' && used + 1 < room; name++) {
        char c = *name;
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) simple[used++] = c;
    }
    simple[used] = '\0';
}

static bool only_digits(const char *text) {
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* The official name of a spelling; false when the name must go to iconv as it is. */
static bool official_name(const char *given, char *name, size_t room) {
    static const struct {
        const char *simple, *official;
    } spellings[] = {
        {"utf8", "UTF-8"},         {"utf8bom", "UTF-8"},         {"utf8sig", "UTF-8"},
        {"65001", "UTF-8"},        {"cp65001", "UTF-8"},         {"ascii", "UTF-8"},
        {"usascii", "UTF-8"},      {"latin1", "ISO-8859-1"},     {"l1", "ISO-8859-1"},
        {"ansi", "Windows-1252"},  {"ansi1252", "Windows-1252"}, {"oem", "CP850"},
        {"macroman", "MACINTOSH"}, {"mac", "MACINTOSH"},         {"unicode", "UTF-16"},
    };
    char simple[32];
    simplify(given, simple, sizeof simple);
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        if (strcmp(simple, spellings[i].simple) != 0) continue;
        snprintf(name, room, "%s", spellings[i].official);
        return true;
    }
    /* "ISO 88591", "iso_8859-15", "88591" ... */
    const char *digits = strncmp(simple, "iso", 3) == 0 ? simple + 3 : simple;
    if (strncmp(digits, "8859", 4) == 0 && only_digits(digits) && strlen(digits) > 4) {
        snprintf(name, room, "ISO-8859-%s", digits + 4);
        return true;
    }
    /* Code pages: "850", "cp850", "IBM-850", "windows-1250" ... */
    static const char *const prefixes[] = {"", "cp", "ibm", "dos", "codepage", "windows", "win"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t length = strlen(prefixes[i]);
        if (strncmp(simple, prefixes[i], length) != 0) continue;
        const char *page = simple + length;
        if (!only_digits(page) || strlen(page) < 3 || strlen(page) > 5) continue;
        snprintf(name, room, "%s%s", strncmp(page, "125", 3) == 0 ? "Windows-" : "CP", page);
        return true;
    }
    return false;
}

static void fill_latin1(mirti_encoding *encoding, bool strict_1252) {
    for (int i = 0; i < 128; i++) {
        uint16_t code = (uint16_t)(128 + i);
        if (i < 32 && (strict_1252 || windows_1252[i] != 0)) code = windows_1252[i];
        encoding->table[i] = code;
    }
    encoding->kind = KIND_TABLE;
}

/* The code point of well-formed UTF-8, at most three bytes long; 0 for anything else. */
static uint16_t code_point(const unsigned char *bytes, size_t size) {
    if (size == 1 && bytes[0] < 0x80) return bytes[0];
    if (size == 2) return (uint16_t)((bytes[0] & 0x1F) << 6 | (bytes[1] & 0x3F));
    if (size == 3)
        return (uint16_t)((bytes[0] & 0x0F) << 12 | (bytes[1] & 0x3F) << 6 | (bytes[2] & 0x3F));
    return 0;
}

/* Asks iconv for every byte alone. False when the encoding is not one byte per character over
 * ASCII. */
static bool fill_table(iconv_t converter, uint16_t table[128]) {
    for (int b = 1; b < 256; b++) {
        char in = (char)b;
        unsigned char out[16];
        char *from = &in, *to = (char *)out;
        size_t in_left = 1, out_left = sizeof out;
        iconv(converter, NULL, NULL, NULL, NULL);
        if (iconv(converter, &from, &in_left, &to, &out_left) == (size_t)-1) {
            if (errno == EINVAL || b < 128) return false; /* part of a longer character */
            table[b - 128] = 0;
            continue;
        }
        uint16_t code = code_point(out, sizeof out - out_left);
        if (b >= 128) {
            table[b - 128] = code;
        } else if (code != b) {
            return false;
        }
    }
    return true;
}

static mirti_status fail_unknown(mirti_error *err, const char *name) {
    mirti_fail(err, MIRTI_ERROR_INPUT, "the encoding is not known");
    mirti_fail_at(err, NULL, 0, 0, "encoding", name);
    mirti_fail_remedy(err, "Name one such as UTF-8, ISO-8859-1, Windows-1252, CP850 or MacRoman.");
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_encoding_find(const char *name, mirti_encoding **out, mirti_error *err) {
    *out = NULL;
    mirti_encoding *encoding = mirti_new(1, sizeof *encoding);
    if (encoding == NULL) return mirti_fail_memory(err, "an encoding");
    if (!official_name(name, encoding->name, sizeof encoding->name))
        snprintf(encoding->name, sizeof encoding->name, "%s", name);
    if (strcmp(encoding->name, "UTF-8") == 0) {
        encoding->kind = KIND_UTF8;
    } else if (strcmp(encoding->name, "ISO-8859-1") == 0) {
        fill_latin1(encoding, false);
    } else if (strcmp(encoding->name, "Windows-1252") == 0) {
        fill_latin1(encoding, true);
    } else {
        /* A slash would be an instruction to iconv ("//IGNORE"), not part of a name; */
        /* and an empty name would mean the locale's encoding. */
        bool nameless = strcspn(name, "/") != strlen(name) || name[0] == '\0' || strlen(name) >= 48;
        iconv_t converter = nameless ? (iconv_t)-1 : iconv_open("UTF-8", encoding->name);
        if (converter == (iconv_t)-1) {
            mirti_free(encoding);
            return fail_unknown(err, name);
        }
        if (fill_table(converter, encoding->table)) {
            iconv_close(converter);
            encoding->kind = KIND_TABLE;
        } else {
            encoding->kind = KIND_ICONV;
            encoding->converter = converter;
        }
    }
    *out = encoding;
    return MIRTI_OK;
}

const char *mirti_encoding_name(const mirti_encoding *encoding) {
    return encoding->name;
}

void mirti_encoding_free(mirti_encoding *encoding) {
    if (encoding == NULL) return;
    if (encoding->kind == KIND_ICONV) iconv_close(encoding->converter);
    mirti_free(encoding);
}

const uint16_t *mirti_table_encoding_table(const mirti_encoding *encoding) {
    return encoding->kind == KIND_TABLE ? encoding->table : NULL;
}

bool mirti_table_encoding_is_plain(const mirti_encoding *encoding) {
    return encoding->kind != KIND_ICONV;
}

size_t mirti_table_encoding_convert(const mirti_encoding *encoding, char **from, size_t *from_left,
                                    char **to, size_t *to_left) {
    return iconv(encoding->converter, from, from_left, to, to_left);
}

bool mirti_table_encoding_is_utf8(const mirti_encoding *encoding) {
    return encoding->kind == KIND_UTF8;
}

/* ---------------------------------------------------------------------------------- decoding -- */

static void add_code_point(mirti_text *out, uint16_t code) {
    char bytes[3];
    size_t size;
    if (code < 0x80) {
        bytes[0] = (char)code;
        size = 1;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xC0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 0x3F));
        size = 2;
    } else {
        bytes[0] = (char)(0xE0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3F));
        bytes[2] = (char)(0x80 | (code & 0x3F));
        size = 3;
    }
    mirti_text_add(out, bytes, size);
}

/* Offset of the first byte that the table lacks, or `bytes.size`. */
static size_t first_undefined(const uint16_t table[128], mirti_str bytes) {
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char b = (unsigned char)bytes.data[i];
        if (b >= 128 && table[b - 128] == 0) return i;
    }
    return bytes.size;
}

/* Appends what iconv makes of the bytes; returns the offset where it stopped. */
static size_t convert(iconv_t converter, mirti_str bytes, mirti_text *out) {
    char *from = (char *)(uintptr_t)bytes.data;
    size_t left = bytes.size;
    iconv(converter, NULL, NULL, NULL, NULL);
    while (left > 0) {
        char buffer[1024];
        char *to = buffer;
        size_t room = sizeof buffer;
        size_t result = iconv(converter, &from, &left, &to, &room);
        mirti_text_add(out, buffer, sizeof buffer - room);
        if (result == (size_t)-1 && errno != E2BIG) break;
    }
    return bytes.size - left;
}

mirti_status mirti_encoding_decode(const mirti_encoding *encoding, mirti_str bytes, mirti_text *out,
                                   size_t *bad_at, mirti_error *err) {
    size_t bad = bytes.size;
    size_t before = out->size;
    switch (encoding->kind) {
    case KIND_UTF8:
        if (mirti_utf8_valid(bytes, &bad)) bad = bytes.size;
        if (bad == bytes.size) mirti_text_add(out, bytes.data, bytes.size);
        break;
    case KIND_TABLE:
        bad = first_undefined(encoding->table, bytes);
        for (size_t i = 0; bad == bytes.size && i < bytes.size; i++) {
            unsigned char b = (unsigned char)bytes.data[i];
            add_code_point(out, b < 128 ? b : encoding->table[b - 128]);
        }
        if (bytes.size == 0) mirti_text_add(out, "", 0);
        break;
    case KIND_ICONV:
        mirti_text_add(out, "", 0);
        bad = convert(encoding->converter, bytes, out);
        if (bad < bytes.size && !out->failed) {
            out->size = before;
            out->data[before] = '\0';
        }
        break;
    }
    if (out->failed) return mirti_fail_memory(err, "a text");
    if (bad == bytes.size) return MIRTI_OK;
    if (bad_at != NULL) *bad_at = bad;
    return mirti_fail(err, MIRTI_ERROR_INPUT, "byte 0x%02X at offset %zu is not %s",
                      (unsigned)(unsigned char)bytes.data[bad], bad, encoding->name);
}

const char *mirti_encoding_guess(mirti_str bytes) {
    bool beyond_ascii = false;
    for (size_t i = 0; i < bytes.size && !beyond_ascii; i++)
        beyond_ascii = (unsigned char)bytes.data[i] >= 0x80;
    if (!beyond_ascii) return "";
    size_t bad = 0;
    if (mirti_utf8_valid(bytes, &bad)) return "UTF-8";
    /* A sample may end inside a character: then the last lead byte is among the last three, has too
     * few bytes behind it, and nothing but continuation bytes follow. */
    if (bytes.size - bad < 4 && (unsigned char)bytes.data[bad] >= 0xC2 &&
        (unsigned char)bytes.data[bad] <= 0xF4) {
        unsigned char lead = (unsigned char)bytes.data[bad];
        size_t needed = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        bool cut_off = bytes.size - bad < needed;
        for (size_t i = bad + 1; i < bytes.size; i++)
            if (((unsigned char)bytes.data[i] & 0xC0) != 0x80) cut_off = false;
        if (cut_off) return "UTF-8";
    }
    return "Windows-1252";
}
