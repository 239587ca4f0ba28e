/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coordinates as statistical offices print them: decimal, or degrees, minutes and seconds with
 * whatever marks the office or its spreadsheet uses, and the hemisphere as a sign or a letter. */
#include "mirti/census.h"

#include <math.h>
#include <string.h>

/* Marks that may follow degrees, minutes and seconds. */
static const char *const degree_marks[] = {"°", "º", "˚", "*", "d", NULL};
static const char *const minute_marks[] = {"'", "′", "’", "´", "m", NULL};
static const char *const second_marks[] = {"\"", "″", "”", "''", "´´", "s", NULL};
static const char *const *const marks[3] = {degree_marks, minute_marks, second_marks};

static mirti_str after(mirti_str text, size_t bytes) {
    return mirti_str_trim((mirti_str){text.data + bytes, text.size - bytes});
}

/* Length of the mark the text begins with; 0 if none of the list. The longest wins. */
static size_t mark_length(mirti_str text, const char *const *list) {
    size_t best = 0;
    for (; *list; list++) {
        size_t size = strlen(*list);
        if (size > best && size <= text.size && memcmp(text.data, *list, size) == 0) best = size;
    }
    return best;
}

/* Takes digits with at most one point off the front; sign and exponent do not belong here. */
static bool take_number(mirti_str *text, double *value) {
    size_t size = 0;
    while (size < text->size &&
           ((text->data[size] >= '0' && text->data[size] <= '9') || text->data[size] == '.'))
        size++;
    if (size == 0 || !mirti_number_parse((mirti_str){text->data, size}, value)) return false;
    *text = after(*text, size);
    return true;
}

/* Takes a hemisphere off the end: west and south count negative; oeste is the Spanish west. */
static double take_hemisphere(mirti_str *text) {
    if (text->size == 0) return 0;
    char last = text->data[text->size - 1];
    bool negative = last && strchr("WwOoSs", last), positive = last && strchr("EeNn", last);
    if (!negative && !positive) return 0;
    *text = mirti_str_trim((mirti_str){text->data, text->size - 1});
    return negative ? -1 : 1;
}

bool mirti_coordinate_parse(mirti_str text, double limit, double *degrees) {
    text = mirti_str_trim(text);
    double sign = take_hemisphere(&text);
    if (text.size > 0 && (text.data[0] == '-' || text.data[0] == '+')) {
        if (sign != 0) return false; /* both a sign and a letter: which one is meant? */
        sign = text.data[0] == '-' ? -1 : 1;
        text = after(text, 1);
    }
    double total = 0, unit = 1;
    bool fraction = false; /* only the last part may have one */
    int part = 0;
    do {
        double value;
        if (fraction || !take_number(&text, &value) || (part > 0 && value >= 60)) return false;
        fraction = value != floor(value);
        total += value / unit;
        unit *= 60;
        size_t mark = mark_length(text, marks[part]);
        if (mark == 0 && text.size > 0) return false;
        if (mark > 0) text = after(text, mark);
        part++;
    } while (text.size > 0 && part < 3);
    if (text.size > 0 || total > limit) return false;
    *degrees = sign < 0 ? -total : total;
    return true;
}
