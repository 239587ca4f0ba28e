/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text: views of bytes, UTF-8, names folded for comparison, and texts under construction. Inside
 * the engine all text is UTF-8; readers convert at the door.
 */
#include "mirti/base.h"

#include <locale.h>
#include <string.h>
#include <utf8proc.h>

#include "internal.h"

mirti_str mirti_str_of(const char *text) {
    return (mirti_str){.data = text != NULL ? text : "", .size = text != NULL ? strlen(text) : 0};
}

bool mirti_str_equal(mirti_str a, mirti_str b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool mirti_str_is(mirti_str a, const char *text) {
    return mirti_str_equal(a, mirti_str_of(text));
}

int mirti_str_compare(mirti_str a, mirti_str b) {
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    if (order != 0) return order < 0 ? -1 : 1;
    return a.size == b.size ? 0 : (a.size < b.size ? -1 : 1);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

mirti_str mirti_str_trim(mirti_str a) {
    for (;;) {
        if (a.size > 0 && is_blank(a.data[0])) {
            a.data++;
            a.size--;
        } else if (a.size > 1 && memcmp(a.data, "\xC2\xA0", 2) == 0) { /* no-break space */
            a.data += 2;
            a.size -= 2;
        } else {
            break;
        }
    }
    for (;;) {
        if (a.size > 0 && is_blank(a.data[a.size - 1])) {
            a.size--;
        } else if (a.size > 1 && memcmp(a.data + a.size - 2, "\xC2\xA0", 2) == 0) {
            a.size -= 2;
        } else {
            break;
        }
    }
    return a;
}

/* ------------------------------------------------------------------------------------- UTF-8 -- */

static bool is_tail(char c) {
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Table 3-7 of the Unicode Standard: no overlong forms, no surrogates, nothing above U+10FFFF. */
size_t mirti_base_utf8_step(const char *data, size_t size) {
    unsigned char a = (unsigned char)data[0];
    unsigned char b = size > 1 ? (unsigned char)data[1] : 0;
    if (a < 0x80) return 1;
    if (a < 0xC2) return 0;
    if (a < 0xE0) return size > 1 && is_tail(data[1]) ? 2 : 0;
    if (a < 0xF0) {
        if (size < 3 || !is_tail(data[1]) || !is_tail(data[2])) return 0;
        if (a == 0xE0 && b < 0xA0) return 0;
        if (a == 0xED && b > 0x9F) return 0;
        return 3;
    }
    if (a > 0xF4 || size < 4 || !is_tail(data[1]) || !is_tail(data[2]) || !is_tail(data[3]))
        return 0;
    if (a == 0xF0 && b < 0x90) return 0;
    if (a == 0xF4 && b > 0x8F) return 0;
    return 4;
}

bool mirti_utf8_valid(mirti_str text, size_t *bad_at) {
    size_t i = 0;
    while (i < text.size) {
        /* Nearly everything in a table is ASCII: eight bytes at a time. */
        uint64_t word;
        if (text.size - i >= sizeof word) {
            memcpy(&word, text.data + i, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof word;
                continue;
            }
        }
        size_t step = mirti_base_utf8_step(text.data + i, text.size - i);
        if (step == 0) {
            if (bad_at != NULL) *bad_at = i;
            return false;
        }
        i += step;
    }
    return true;
}

size_t mirti_utf8_length(mirti_str text) {
    size_t length = 0;
    for (size_t i = 0; i < text.size; i++)
        if (!is_tail(text.data[i])) length++;
    return length;
}

bool mirti_language_is_spanish(const char *language) {
    return language && strncmp(language, "en", 2) != 0;
}

/* ------------------------------------------------------------------------------ name folding -- */

typedef enum kind { KIND_KEEP, KIND_BLANK, KIND_NOTHING } kind;

/* Letters and digits stay; apostrophes vanish («D'Angelo» = «DAngelo»); all else separates words.
 */
static kind kind_of(utf8proc_int32_t code) {
    if (code == '\'' || code == '`' || code == 0xB4 || code == 0x2BC || code == 0x2018 ||
        code == 0x2019)
        return KIND_NOTHING;
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return KIND_KEEP;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF: return KIND_NOTHING;
    default: return KIND_BLANK;
    }
}

static void fold_code(mirti_text *folded, bool *gap, utf8proc_int32_t code) {
    switch (kind_of(code)) {
    case KIND_NOTHING: break;
    case KIND_BLANK: *gap = folded->size > 0; break;
    case KIND_KEEP: {
        utf8proc_uint8_t bytes[4];
        utf8proc_ssize_t size = utf8proc_encode_char(code, bytes);
        if (*gap) mirti_text_add(folded, " ", 1);
        *gap = false;
        mirti_text_add(folded, (const char *)bytes, (size_t)size);
        break;
    }
    }
}

char *mirti_name_fold(mirti_str name) {
    enum { LONGEST_DECOMPOSITION = 32 };
    const utf8proc_option_t options = (utf8proc_option_t)(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                                          UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK);
    mirti_text folded = {0};
    bool gap = false;
    mirti_text_add(&folded, "", 0); /* an empty name folds to "", not to NULL */
    for (size_t i = 0; i < name.size;) {
        utf8proc_int32_t code = -1;
        utf8proc_ssize_t step = utf8proc_iterate((const utf8proc_uint8_t *)name.data + i,
                                                 (utf8proc_ssize_t)(name.size - i), &code);
        if (step <= 0) { /* not UTF-8: separates, like punctuation */
            gap = folded.size > 0;
            i++;
            continue;
        }
        i += (size_t)step;
        if (kind_of(code) == KIND_NOTHING) continue; /* before U+00B4 decomposes into a blank */
        utf8proc_int32_t parts[LONGEST_DECOMPOSITION];
        int boundary = 0;
        utf8proc_ssize_t count =
            utf8proc_decompose_char(code, parts, LONGEST_DECOMPOSITION, options, &boundary);
        if (count > LONGEST_DECOMPOSITION) count = LONGEST_DECOMPOSITION;
        for (utf8proc_ssize_t k = 0; k < count; k++)
            fold_code(&folded, &gap, parts[k]);
    }
    if (folded.failed) {
        mirti_text_reset(&folded);
        return NULL;
    }
    return folded.data;
}

/* ------------------------------------------------------------------ texts under construction -- */

int mirti_base_format(char *buffer, size_t size, const char *format, va_list arguments) {
    /* In glibc and musl the C locale object is static: newlocale neither allocates nor reads files.
     */
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t former = c_locale != (locale_t)0 ? uselocale(c_locale) : (locale_t)0;
    int length = vsnprintf(buffer, size, format, arguments);
    if (c_locale != (locale_t)0) {
        uselocale(former);
        freelocale(c_locale);
    }
    return length;
}

/* Makes room for `more` bytes and a NUL. */
static bool reserve(mirti_text *text, size_t more) {
    if (text->failed) return false;
    if (more > (size_t)PTRDIFF_MAX - text->size - 1) {
        text->failed = true;
        return false;
    }
    size_t needed = text->size + more + 1;
    if (needed <= text->room) return true;
    size_t room = text->room < 64 ? 64 : text->room + text->room / 2;
    if (room < needed) room = needed;
    char *data = mirti_resize(text->data, room, 1);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->room = room;
    return true;
}

void mirti_text_add(mirti_text *text, const char *data, size_t size) {
    if (!reserve(text, size)) return;
    if (size > 0) memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = '\0';
}

void mirti_text_puts(mirti_text *text, const char *string) {
    mirti_text_add(text, string, strlen(string));
}

void mirti_text_printf(mirti_text *text, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    char small[256];
    int length = mirti_base_format(small, sizeof small, format, arguments);
    if (length < 0) {
        text->failed = true;
    } else if ((size_t)length < sizeof small) {
        mirti_text_add(text, small, (size_t)length);
    } else if (reserve(text, (size_t)length)) {
        mirti_base_format(text->data + text->size, (size_t)length + 1, format, again);
        text->size += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

void mirti_text_number(mirti_text *text, double value) {
    char digits[32];
    int length = mirti_number_print(value, digits);
    mirti_text_add(text, digits, (size_t)length);
}

void mirti_text_reset(mirti_text *text) {
    mirti_free(text->data);
    *text = (mirti_text){0};
}

/* -------------------------------------------------------------------------------------- case -- */

static void map_case(mirti_str text, mirti_text *out, utf8proc_int32_t (*map)(utf8proc_int32_t)) {
    for (size_t i = 0; i < text.size;) {
        utf8proc_int32_t code = -1;
        utf8proc_ssize_t step = utf8proc_iterate((const utf8proc_uint8_t *)text.data + i,
                                                 (utf8proc_ssize_t)(text.size - i), &code);
        if (step <= 0) {
            mirti_text_add(out, text.data + i, 1);
            i++;
            continue;
        }
        utf8proc_uint8_t bytes[4];
        utf8proc_ssize_t size = utf8proc_encode_char(map(code), bytes);
        mirti_text_add(out, (const char *)bytes, (size_t)size);
        i += (size_t)step;
    }
}

void mirti_utf8_upper(mirti_str text, mirti_text *out) {
    map_case(text, out, utf8proc_toupper);
}

void mirti_utf8_lower(mirti_str text, mirti_text *out) {
    map_case(text, out, utf8proc_tolower);
}
