/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers as text, the same in every locale. Reading is correctly rounded: where mantissa and power
 * of ten are both exact in a double, one multiplication or division rounds once and is exact
 * (Clinger 1990); that covers nearly every field of a table. Everything else is rewritten without a
 * decimal point, which leaves nothing for a locale to decide, and given to strtod.
 */
#include "mirti/base.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { LARGEST_EXACT_POWER = 22 };

/* No double needs more than 767 significant digits to be told from its neighbours and their
 * midpoints; what follows only matters by being zero or not. */
enum { DIGITS_THAT_MATTER = 770 };

/* A decimal taken apart: ±0.d₁d₂d₃… without leading zeros, as ±(digits) × 10^exponent. */
typedef struct decimal {
    bool negative;
    uint64_t mantissa; /* the first 19 significant digits */
    int digits;        /* significant digits seen, capped at DIGITS_THAT_MATTER + 1 */
    int64_t exponent;  /* power of ten of the last digit counted */
    const char *first; /* first significant digit, NULL if the value is zero */
    const char *end;   /* end of the digits (and point) */
} decimal;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Splits the text; false when it is not a decimal number. */
static bool take_apart(mirti_str text, decimal *d) {
    const char *p = text.data;
    const char *end = text.data + text.size;
    *d = (decimal){0};
    if (p < end && (*p == '-' || *p == '+')) d->negative = *p++ == '-';
    bool seen = false;
    bool point = false;
    for (; p < end; p++) {
        if (*p == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(*p)) break;
        seen = true;
        if (d->first == NULL && *p != '0') d->first = p;
        if (d->first == NULL) {
            if (point) d->exponent--;
        } else if (d->digits < DIGITS_THAT_MATTER) {
            if (d->digits < 19) d->mantissa = d->mantissa * 10 + (uint64_t)(*p - '0');
            d->digits++;
            if (point) d->exponent--;
        } else if (!point) {
            d->exponent++;
        }
    }
    d->end = p;
    if (!seen) return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        bool negative = false;
        if (p < end && (*p == '-' || *p == '+')) negative = *p++ == '-';
        if (p == end || !is_digit(*p)) return false;
        int64_t exponent = 0;
        for (; p < end && is_digit(*p); p++)
            if (exponent < 100000000) exponent = exponent * 10 + (*p - '0');
        d->exponent += negative ? -exponent : exponent;
    }
    return p == end;
}

/* The general case: the significant digits as an integer with an exponent, for strtod. */
static double by_strtod(const decimal *d) {
    char digits[DIGITS_THAT_MATTER + 32];
    int count = 0;
    int64_t exponent = d->exponent;
    bool more = false;
    for (const char *p = d->first; p < d->end; p++) {
        if (*p == '.') continue;
        if (count < DIGITS_THAT_MATTER) {
            digits[count++] = *p;
        } else if (*p != '0') {
            more = true;
        }
    }
    if (more) { /* something beyond: one digit more tips an exact tie the right way */
        digits[count++] = '1';
        exponent--;
    }
    if (exponent > 99999) exponent = 99999;
    if (exponent < -99999) exponent = -99999;
    snprintf(digits + count, sizeof digits - (size_t)count, "e%d", (int)exponent);
    return strtod(digits, NULL);
}

bool mirti_number_parse(mirti_str text, double *value) {
    text = mirti_str_trim(text);
    decimal d;
    if (!take_apart(text, &d)) return false;
    double result;
    if (d.first == NULL) {
        result = 0.0;
    } else if (d.digits <= 19 && d.mantissa <= (UINT64_C(1) << 53) &&
               d.exponent >= -LARGEST_EXACT_POWER && d.exponent <= LARGEST_EXACT_POWER) {
        result = (double)d.mantissa;
        if (d.exponent < 0) {
            result /= exact_powers[-d.exponent];
        } else {
            result *= exact_powers[d.exponent];
        }
    } else {
        result = by_strtod(&d);
        if (isinf(result)) return false;
    }
    *value = d.negative ? -result : result;
    return true;
}

bool mirti_integer_parse(mirti_str text, int64_t *value) {
    text = mirti_str_trim(text);
    size_t i = 0;
    bool negative = false;
    if (text.size > 0 && (text.data[0] == '-' || text.data[0] == '+'))
        negative = text.data[i++] == '-';
    if (i == text.size) return false;
    const uint64_t limit = negative ? UINT64_C(1) << 63 : (uint64_t)INT64_MAX;
    uint64_t magnitude = 0;
    for (; i < text.size; i++) {
        if (!is_digit(text.data[i])) return false;
        uint64_t digit = (uint64_t)(text.data[i] - '0');
        if (magnitude > (limit - digit) / 10) return false;
        magnitude = magnitude * 10 + digit;
    }
    *value = negative ? (magnitude == limit ? INT64_MIN : -(int64_t)magnitude) : (int64_t)magnitude;
    return true;
}

/* ---------------------------------------------------------------------------------- printing -- */

/* Not-a-number and infinities; -1 when the value is an ordinary number. */
static int print_special(double value, char *buffer) {
    const char *word = isnan(value) ? "" : (value > 0 ? "inf" : "-inf");
    if (isfinite(value)) return -1;
    size_t size = strlen(word);
    memcpy(buffer, word, size + 1);
    return (int)size;
}

/* `precision` significant digits of |value| and its decimal exponent, without trailing zeros.
 * printf rounds correctly; whatever the locale puts between the digits is skipped. Returns their
 * number. */
static int significant_digits(double value, int precision, char *digits, int *exponent) {
    char text[64];
    snprintf(text, sizeof text, "%.*e", precision - 1, fabs(value));
    const char *p = text;
    int count = 0;
    for (; *p != 'e'; p++)
        if (is_digit(*p)) digits[count++] = *p;
    *exponent = (int)strtol(p + 1, NULL, 10);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return count;
}

/* Lays the digits out as C's %g does with 17 digits: plain from 1e-5 to 1e17, else with an
 * exponent. */
static int lay_out(bool negative, const char *digits, int count, int exponent, char *buffer) {
    char *p = buffer;
    if (negative) *p++ = '-';
    if (exponent < -5 || exponent >= 17) {
        *p++ = digits[0];
        if (count > 1) *p++ = '.';
        for (int i = 1; i < count; i++)
            *p++ = digits[i];
        p += snprintf(p, 8, "e%+03d", exponent);
    } else if (exponent < 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = -1; i > exponent; i--)
            *p++ = '0';
        for (int i = 0; i < count; i++)
            *p++ = digits[i];
    } else {
        for (int i = 0; i < count || i <= exponent; i++) {
            if (i == exponent + 1) *p++ = '.';
            *p++ = i < count ? digits[i] : '0';
        }
    }
    *p = '\0';
    return (int)(p - buffer);
}

int mirti_number_print(double value, char *buffer) {
    int length = print_special(value, buffer);
    if (length >= 0) return length;
    char digits[32];
    int exponent = 0;
    /* Any decimal of 15 digits survives a normal double, so if a shorter one exists 15 digits find
     * it. Subnormals have fewer bits: there the search begins at one digit. */
    int precision = value != 0.0 && fabs(value) < DBL_MIN ? 1 : 15;
    for (;; precision++) {
        int count = significant_digits(value, precision, digits, &exponent);
        length = lay_out(signbit(value) != 0, digits, count, exponent, buffer);
        double back;
        if (precision >= 17) return length;
        if (mirti_number_parse((mirti_str){buffer, (size_t)length}, &back) && back == value)
            return length;
    }
}

int mirti_number_print_fixed(double value, int decimals, char *buffer) {
    int length = print_special(value, buffer);
    if (length >= 0) return length;
    if (decimals < 0) decimals = 0;
    if (decimals > 40) decimals = 40;
    char text[400];
    snprintf(text, sizeof text, "%.*f", decimals, fabs(value));
    /* A locale may put anything between the digits: what is not a digit is the point. */
    char *p = buffer + 1; /* room for a sign */
    bool point = false;
    bool zero = true;
    for (const char *q = text; *q != '\0'; q++) {
        if (is_digit(*q)) {
            if (*q != '0') zero = false;
            *p++ = *q;
        } else if (!point) {
            point = true;
            *p++ = '.';
        }
    }
    *p = '\0';
    length = (int)(p - buffer - 1);
    if (value < 0 && !zero) {
        buffer[0] = '-';
        return length + 1;
    }
    memmove(buffer, buffer + 1, (size_t)length + 1);
    return length;
}
