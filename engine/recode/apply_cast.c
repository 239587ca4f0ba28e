/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between text, numbers and truth.
 *
 * Reading numbers is where a census spends its time. Nearly all of them are whole numbers of a few
 * digits, which are exact in a double and are read here without the general parser; everything else
 * (signs, decimals, blanks around) goes to mirti_number_parse, which rounds correctly.
 */
#include "node.h"

#include <string.h>

int mirti_recode_read_number(mirti_str text, double *value) {
    size_t size = text.size;
    if (size - 1 < 15) { /* 1 to 15 digits: below 2^53 */
        int64_t whole = 0;
        size_t i = 0;
        for (; i < size; i++) {
            unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';
            if (digit > 9) break;
            whole = whole * 10 + (int64_t)digit;
        }
        if (i == size) {
            *value = (double)whole;
            return 1;
        }
    }
    *value = 0;
    text = mirti_str_trim(text);
    if (text.size == 0) return 0;
    if (mirti_number_parse(text, value)) return 1;
    *value = 0;
    return -1;
}

static bool to_number(const mirti_recode_vector *x, mirti_recode_vector *out, int64_t n,
                      uint8_t *bad) {
    uint8_t any = 0;
    for (int64_t i = 0; i < n; i++) {
        int read = 0;
        double value = 0;
        if (x->valid[i]) read = mirti_recode_read_number(x->text[i], &value);
        out->number[i] = value;
        out->valid[i] = read > 0;
        bad[i] = read < 0;
        any |= bad[i];
    }
    return any != 0;
}

static bool to_truth(const mirti_recode_vector *x, mirti_recode_vector *out, int64_t n,
                     uint8_t *bad) {
    uint8_t any = 0;
    for (int64_t i = 0; i < n; i++) {
        uint8_t v = x->valid[i], one = x->number[i] == 1, zero = x->number[i] == 0;
        out->truth[i] = v & one;
        out->valid[i] = (uint8_t)(v & (one | zero));
        bad[i] = (uint8_t)(v & (out->valid[i] ^ 1));
        any |= bad[i];
    }
    return any != 0;
}

static void to_text(const mirti_recode_vector *x, mirti_recode_vector *out, int64_t n,
                    mirti_recode_scratch *scratch) {
    char digits[32];
    for (int64_t i = 0; i < n; i++) {
        out->valid[i] = x->valid[i];
        out->text[i] = (mirti_str){"", 0};
        if (!x->valid[i]) continue;
        int size = mirti_number_print(x->number[i], digits);
        char *copy = mirti_arena_copy(scratch->arena, digits, (size_t)size);
        if (!copy)
            scratch->failed = true;
        else
            out->text[i] = (mirti_str){copy, (size_t)size};
    }
}

bool mirti_recode_apply_cast(const mirti_recode_node *node, const mirti_recode_vector *const arg[3],
                             mirti_recode_vector *out, int64_t n, uint8_t *bad,
                             mirti_recode_scratch *scratch) {
    switch (node->op) {
    case OP_TO_NUMBER: return to_number(arg[0], out, n, bad);
    case OP_TO_TRUTH: return to_truth(arg[0], out, n, bad);
    case OP_TO_TEXT: to_text(arg[0], out, n, scratch); break;
    default: /* OP_FROM_TRUTH */
        for (int64_t i = 0; i < n; i++) {
            out->valid[i] = arg[0]->valid[i];
            out->number[i] = arg[0]->truth[i];
        }
        break;
    }
    return false;
}
