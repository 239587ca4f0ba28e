/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text functions. Positions and lengths count characters (code points), not bytes.
 *
 * Results that are a piece of their argument (TRIM, SUBSTR, RIGHT) are views of it and cost no
 * memory; those that are made (||, UPPER, LPAD, REPLACE ...) live in the arena of the evaluation.
 */
#include "node.h"

#include <math.h>
#include <string.h>

/** Longest text that an expression may make: `a || a` of `b || b` of ... must not eat the machine.
 */
#define LONGEST_TEXT ((size_t)1 << 20)
/** Most characters LPAD and RPAD make: a width of 1e9 is a mistake, not a wish. */
#define WIDEST_PAD 10000

static bool is_tail(char c) {
    return ((unsigned char)c & 0xC0U) == 0x80U;
}

/** Byte offset of character `index` (0-based), at most the size. */
static size_t offset_of(mirti_str text, int64_t index) {
    size_t at = 0;
    while (index > 0 && at < text.size) {
        at++;
        while (at < text.size && is_tail(text.data[at]))
            at++;
        index--;
    }
    return at;
}

static mirti_str piece(mirti_str text, size_t from, size_t to) {
    return (mirti_str){text.data + from, to - from};
}

/** A double as a position: cut towards zero and kept within what positions can be. */
static int64_t position(double x) {
    return (int64_t)fmax(-1e15, fmin(1e15, trunc(x)));
}

/** Characters `start` .. `start + count − 1`, counted from 1; a negative start counts from the end.
 */
static mirti_str substring(mirti_str text, double start_at, double length) {
    int64_t start = position(start_at), count = position(length);
    if (start < 0) start += 1 + (int64_t)mirti_utf8_length(text);
    if (start < 1) {
        count += start - 1;
        start = 1;
    }
    if (count <= 0) return piece(text, 0, 0);
    size_t from = offset_of(text, start - 1);
    mirti_str rest = piece(text, from, text.size);
    return piece(rest, 0, offset_of(rest, count));
}

static mirti_str last_characters(mirti_str text, double length) {
    int64_t skip = (int64_t)mirti_utf8_length(text) - position(length);
    if (position(length) <= 0) return piece(text, text.size, text.size);
    return piece(text, offset_of(text, skip), text.size);
}

/** A copy of the builder's text in the arena. */
static mirti_str keep(mirti_recode_scratch *scratch) {
    mirti_str text = {scratch->text.data ? scratch->text.data : "", scratch->text.size};
    bool fits = !scratch->text.failed && text.size <= LONGEST_TEXT;
    char *copy = !fits ? NULL : mirti_arena_copy(scratch->arena, text.data, text.size);
    if (!copy) {
        scratch->failed = true;
        return (mirti_str){"", 0};
    }
    return (mirti_str){copy, text.size};
}

static mirti_str concat(mirti_str a, mirti_str b, mirti_recode_scratch *scratch) {
    if (a.size == 0) return b;
    if (b.size == 0) return a;
    bool fits = a.size + b.size <= LONGEST_TEXT;
    char *made = fits ? mirti_arena_new(scratch->arena, a.size + b.size + 1) : NULL;
    if (!made) {
        scratch->failed = true;
        return (mirti_str){"", 0};
    }
    memcpy(made, a.data, a.size);
    memcpy(made + a.size, b.data, b.size);
    made[a.size + b.size] = '\0';
    return (mirti_str){made, a.size + b.size};
}

/** Fills up to `width` characters with `pad`; a longer text is never cut. */
static mirti_str pad_to(mirti_str text, double width, mirti_str pad, bool left,
                        mirti_recode_scratch *scratch) {
    int64_t missing = position(width) - (int64_t)mirti_utf8_length(text);
    if (missing <= 0 || pad.size == 0) return text;
    if (missing > WIDEST_PAD) missing = WIDEST_PAD;
    scratch->text.size = 0;
    if (!left) mirti_text_add(&scratch->text, text.data, text.size);
    size_t at = 0;
    while (missing-- > 0) {
        size_t next = at + offset_of(piece(pad, at, pad.size), 1);
        mirti_text_add(&scratch->text, pad.data + at, next - at);
        at = next == pad.size ? 0 : next;
    }
    if (left) mirti_text_add(&scratch->text, text.data, text.size);
    return keep(scratch);
}

static mirti_str replace(mirti_str text, mirti_str what, mirti_str with,
                         mirti_recode_scratch *scratch) {
    if (what.size == 0 || what.size > text.size) return text;
    scratch->text.size = 0;
    for (size_t i = 0; i < text.size && scratch->text.size <= LONGEST_TEXT;) {
        if (text.size - i >= what.size && memcmp(text.data + i, what.data, what.size) == 0) {
            mirti_text_add(&scratch->text, with.data, with.size);
            i += what.size;
        } else {
            mirti_text_add(&scratch->text, text.data + i++, 1);
        }
    }
    return keep(scratch);
}

static mirti_str change_case(mirti_str text, bool upper, mirti_recode_scratch *scratch) {
    scratch->text.size = 0;
    if (upper)
        mirti_utf8_upper(text, &scratch->text);
    else
        mirti_utf8_lower(text, &scratch->text);
    return keep(scratch);
}

static mirti_str fold_name(mirti_str text, mirti_recode_scratch *scratch) {
    char *folded = mirti_name_fold(text);
    char *copy = folded ? mirti_arena_copy(scratch->arena, folded, strlen(folded)) : NULL;
    mirti_str result = {copy ? copy : "", copy ? strlen(copy) : 0};
    if (!copy) scratch->failed = true;
    mirti_free(folded);
    return result;
}

static mirti_str trim(mirti_recode_op op, mirti_str text) {
    mirti_str inside = mirti_str_trim(text);
    if (op == OP_TRIM || inside.size == 0) return inside;
    size_t from = (size_t)(inside.data - text.data);
    return op == OP_LTRIM ? piece(text, from, text.size) : piece(text, 0, from + inside.size);
}

/* ------------------------------------------------------------------------------------- LIKE -- */

/** Decodes the character at `*at` and moves on; a stray byte counts as one character. */
static int next_character(mirti_str text, size_t *at) {
    unsigned char a = (unsigned char)text.data[(*at)++];
    if (a < 0x80) return a;
    int code = a < 0xE0 ? a & 0x1F : a < 0xF0 ? a & 0x0F : a & 0x07;
    while (*at < text.size && is_tail(text.data[*at]))
        code = code * 64 + ((unsigned char)text.data[(*at)++] & 0x3F);
    return code;
}

bool mirti_recode_like(mirti_str text, mirti_str pattern, int escape) {
    /* The usual two pointers with one way back: to the last %, one character further. */
    size_t t = 0, p = 0, back_t = 0, back_p = 0;
    bool can_go_back = false;
    while (t < text.size) {
        bool match = false;
        if (p < pattern.size) {
            size_t after = p, next = t;
            int want = next_character(pattern, &after);
            if (escape != 0 && want == escape && after < pattern.size) {
                want = next_character(pattern, &after);
                match = next_character(text, &next) == want;
            } else if (want == '%') {
                can_go_back = true;
                back_p = p = after;
                back_t = t;
                continue;
            } else {
                match = next_character(text, &next) == want || want == '_';
            }
            if (match) {
                t = next;
                p = after;
            }
        }
        if (match) continue;
        if (!can_go_back) return false;
        next_character(text, &back_t);
        t = back_t;
        p = back_p;
    }
    while (p < pattern.size && pattern.data[p] == '%' && escape != '%')
        p++;
    return p == pattern.size;
}

/* ------------------------------------------------------------------------------- everything -- */

static mirti_str one_text(const mirti_recode_node *node, const mirti_recode_vector *const arg[3],
                          int64_t i, mirti_recode_scratch *scratch) {
    mirti_str text = arg[0]->text[i];
    switch (node->op) {
    case OP_CONCAT: return concat(text, arg[1]->text[i], scratch);
    case OP_UPPER: return change_case(text, true, scratch);
    case OP_LOWER: return change_case(text, false, scratch);
    case OP_FOLD: return fold_name(text, scratch);
    case OP_TRIM:
    case OP_LTRIM:
    case OP_RTRIM: return trim(node->op, text);
    case OP_SUBSTR:
        return substring(text, arg[1]->number[i], node->args > 2 ? arg[2]->number[i] : 1e15);
    case OP_RIGHT: return last_characters(text, arg[1]->number[i]);
    case OP_LPAD:
    case OP_RPAD:
        return pad_to(text, arg[1]->number[i], arg[2]->text[i], node->op == OP_LPAD, scratch);
    case OP_REPLACE: return replace(text, arg[1]->text[i], arg[2]->text[i], scratch);
    default: return text;
    }
}

void mirti_recode_apply_text(const mirti_recode_node *node, const mirti_recode_vector *const arg[3],
                             mirti_recode_vector *out, int64_t n, mirti_recode_scratch *scratch) {
    for (int64_t i = 0; i < n; i++) {
        uint8_t v = arg[0]->valid[i];
        for (int k = 1; k < node->args; k++)
            v &= arg[k]->valid[i];
        out->valid[i] = v;
        if (node->op == OP_LIKE)
            out->truth[i] = v && mirti_recode_like(arg[0]->text[i], arg[1]->text[i], node->detail);
        else if (node->op == OP_LENGTH)
            out->number[i] = v ? (double)mirti_utf8_length(arg[0]->text[i]) : 0;
        else
            out->text[i] = v ? one_text(node, arg, i, scratch) : (mirti_str){"", 0};
    }
}
