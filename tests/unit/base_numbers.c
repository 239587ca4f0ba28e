/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers as text, sums, exact functions. Oracles: libc's strtod and printf in the C locale, libm,
 * integer arithmetic.
 */
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mirti/base.h"

/* Small deterministic generator of the test's own (xorshift64*), independent of what is tested. */
static uint64_t next_bits(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

static double of_bits(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Every decimal of any length that printf can make must read as libc reads it, to the last bit. */
static void test_parse_as_libc(void **state) {
    (void)state;
    static const char *const formats[] = {"%.17g", "%.15g", "%.6e",  "%.25e",
                                          "%.3f",  "%.0f",  "%.800e"};
    uint64_t seed = 42;
    for (int i = 0; i < 20000; i++) {
        double x = of_bits(next_bits(&seed));
        if (!isfinite(x)) continue;
        if (i % 3 == 0) x = (double)(int64_t)next_bits(&seed) / 1e6; /* as in tables */
        char text[1500];
        snprintf(text, sizeof text, formats[i % 7], x);
        double mine = -1;
        double theirs = strtod(text, NULL);
        bool ok = mirti_number_parse(mirti_str_of(text), &mine);
        if (isinf(theirs)) {
            assert_false(ok);
            continue;
        }
        assert_true(ok);
        if (bits_of(mine) != bits_of(theirs)) fail_msg("%s", text);
    }
}

static void test_parse_hard_cases(void **state) {
    (void)state;
    /* Halfway between 1 and 1 + 2⁻⁵², exactly, and a trace above it: ties go to even, the trace up.
     */
    static const char tie[] = "1.00000000000000011102230246251565404236316680908203125";
    char above[900];
    memset(above, '0', sizeof above);
    memcpy(above, tie, sizeof tie - 1);
    above[sizeof above - 2] = '1';
    above[sizeof above - 1] = '\0';
    double value;
    assert_true(mirti_number_parse(mirti_str_of(tie), &value));
    assert_true(value == 1.0);
    assert_true(mirti_number_parse(mirti_str_of(above), &value));
    assert_true(value == 1.0 + DBL_EPSILON);
    static const struct {
        const char *text;
        double value;
    } good[] = {{" 12 ", 12},
                {"\t-3.5", -3.5},
                {"+.5", 0.5},
                {"5.", 5},
                {"1e3", 1000},
                {"1E-3", 0.001},
                {"007", 7},
                {"0e99999999999", 0},
                {"1e-99999999999", 0},
                {"\xC2\xA0"
                 "8",
                 8},
                {"4.9e-324", 4.9e-324},
                {"1.7976931348623157e308", DBL_MAX},
                {"9007199254740993", 9007199254740992.0}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!mirti_number_parse(mirti_str_of(good[i].text), &value) || value != good[i].value)
            fail_msg("%s", good[i].text);
    }
    static const char *const bad[] = {"",    " ",    ".",     "-",   "e5",      "1e",    "1e+",
                                      "1 2", "0x10", "inf",   "nan", "1,5",     "1.2.3", "*",
                                      "N/D", "--1",  "1e999", "12a", "\xD9\xA1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (mirti_number_parse(mirti_str_of(bad[i]), &value)) fail_msg("%s", bad[i]);
    assert_false(mirti_number_parse((mirti_str){"1\0002", 3}, &value));
}

static void test_parse_negative_zero(void **state) {
    (void)state;
    double value;
    assert_true(mirti_number_parse(mirti_str_of("-0"), &value));
    assert_true(value == 0.0 && signbit(value));
}

static void test_integers(void **state) {
    (void)state;
    int64_t value = 0;
    assert_true(mirti_integer_parse(mirti_str_of("-9223372036854775808"), &value));
    assert_true(value == INT64_MIN);
    assert_true(mirti_integer_parse(mirti_str_of(" 9223372036854775807"), &value));
    assert_true(value == INT64_MAX);
    assert_true(mirti_integer_parse(mirti_str_of("+0031"), &value));
    assert_int_equal(value, 31);
    static const char *const bad[] = {
        "9223372036854775808", "-9223372036854775809", "", "-", "1.0", "1e3", "12 3",
        "18446744073709551616"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (mirti_integer_parse(mirti_str_of(bad[i]), &value)) fail_msg("%s", bad[i]);
}

/* Reads back to the same bits, and no shorter decimal does. */
static void test_print_shortest(void **state) {
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 20000; i++) {
        double x = of_bits(next_bits(&seed));
        if (!isfinite(x)) continue;
        if (i % 4 == 1)
            x = of_bits(next_bits(&seed) & UINT64_C(0x000FFFFFFFFFFFFF)); /* subnormal */
        if (i % 4 == 2) x = (double)(next_bits(&seed) % 100000) / 100;
        char text[32], rival[64];
        int length = mirti_number_print(x, text);
        assert_int_equal(length, strlen(text));
        assert_true(bits_of(strtod(text, NULL)) == bits_of(x));
        int digits = 0;
        bool leading = true;
        for (const char *p = text; *p != '\0' && *p != 'e'; p++) {
            if (*p < '0' || *p > '9' || (leading && *p == '0')) continue;
            leading = false;
            digits++;
        }
        int fewer = digits - 1;
        if (fewer >= 1 && strpbrk(text, "e.") != NULL) {
            snprintf(rival, sizeof rival, "%.*e", fewer - 1, x);
            if (strtod(rival, NULL) == x) fail_msg("%s is longer than %s", text, rival);
        }
    }
}

static void test_print_forms(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "-0"},
                 {1, "1"},
                 {0.1, "0.1"},
                 {123456789, "123456789"},
                 {1e15, "1000000000000000"},
                 {1e22, "1e+22"},
                 {1e-7, "1e-07"},
                 {5e-324, "5e-324"},
                 {-2.5, "-2.5"},
                 {100, "100"},
                 {DBL_MAX, "1.7976931348623157e+308"},
                 {NAN, ""},
                 {INFINITY, "inf"},
                 {-INFINITY, "-inf"},
                 {0.3 - 0.1, "0.19999999999999998"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        mirti_number_print(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_print_fixed(void **state) {
    (void)state;
    char mine[352], theirs[400];
    uint64_t seed = 11;
    for (int i = 0; i < 5000; i++) {
        double x = of_bits(next_bits(&seed));
        if (!isfinite(x)) continue;
        if (i % 2 == 0) x = (double)(int64_t)(next_bits(&seed) % 2000000) / 1000 - 1000;
        int decimals = i % 8;
        int length = mirti_number_print_fixed(x, decimals, mine);
        snprintf(theirs, sizeof theirs, "%.*f", decimals, x);
        const char *expected = theirs;
        if (theirs[0] == '-' && theirs[strspn(theirs, "-0.")] == '\0') expected++; /* "-0.00" */
        assert_string_equal(mine, expected);
        assert_int_equal(length, strlen(mine));
    }
    mirti_number_print_fixed(-0.001, 2, mine);
    assert_string_equal(mine, "0.00");
    mirti_number_print_fixed(DBL_MAX, 99, mine); /* the longest there is still fits */
    assert_int_equal(strlen(mine), 309 + 1 + 40);
    assert_int_equal(mirti_number_print_fixed(NAN, 2, mine), 0);
}

/* The host program may speak German. Where the locale is not installed this shows nothing: say so.
 */
static void test_locale_does_not_matter(void **state) {
    (void)state;
    static const char *const commas[] = {"de_DE.UTF-8", "es_ES.UTF-8", "fr_FR.UTF-8", "de_DE.utf8"};
    bool found = false;
    for (size_t i = 0; i < sizeof commas / sizeof *commas && !found; i++)
        found = setlocale(LC_ALL, commas[i]) != NULL;
    if (!found && system("localedef -i de_DE -f UTF-8 ./de_DE.UTF-8 >localedef.log 2>&1") >= 0) {
        setenv("LOCPATH", ".", 1);
        found = setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
    }
    if (found) assert_string_equal(localeconv()->decimal_point, ",");
    if (!found) {
        print_message("no locale with a decimal comma is installed\n");
        skip();
    }
    char text[352];
    double value = 0;
    mirti_number_print(1234.5, text);
    assert_string_equal(text, "1234.5");
    mirti_number_print_fixed(1234.5, 2, text);
    assert_string_equal(text, "1234.50");
    assert_true(mirti_number_parse(mirti_str_of("123456789012345678901.5"), &value));
    assert_true(value == 123456789012345678901.5);
    mirti_error err = {0};
    mirti_fail(&err, MIRTI_ERROR_INPUT, "%.2f", 0.5);
    setlocale(LC_ALL, "C");
    assert_string_equal(err.message, "0.50");
}

static void test_sums(void **state) {
    (void)state;
    mirti_sum sum = {0};
    /* Neumaier's example, which Kahan's sum gets wrong. */
    static const double terms[] = {1.0, 1e100, 1.0, -1e100};
    for (int i = 0; i < 4; i++)
        mirti_sum_add(&sum, terms[i]);
    assert_true(mirti_sum_value(&sum) == 2.0);
    sum = (mirti_sum){0};
    for (int i = 0; i < 10000000; i++)
        mirti_sum_add(&sum, 0.1);
    /* ten million times the double nearest 0.1, rounded once */
    assert_true(mirti_sum_value(&sum) == 1000000.0);
    sum = (mirti_sum){0};
    mirti_sum_add(&sum, INFINITY);
    mirti_sum_add(&sum, 1);
    assert_true(isinf(mirti_sum_value(&sum)));
}

/* libm is right to about one unit in the last place; 1e-14 is what the header promises. */
static void test_exact_functions(void **state) {
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < 200000; i++) {
        double u = (double)(next_bits(&seed) >> 11) * 0x1p-53;
        double x = (u - 0.5) * 1400;
        if (fabs(mirti_exact_exp(x) / exp(x) - 1) > 1e-14) fail_msg("exp %.17g", x);
        double y = of_bits(next_bits(&seed) & INT64_MAX);
        if (i % 2 == 0) y = 0.5 + u; /* around one, where the logarithm vanishes */
        if (isfinite(y) && y > 0 && y != 1) {
            double ours = mirti_exact_log(y), theirs = log(y);
            if (fabs(ours - theirs) > 1e-14 * fabs(theirs)) fail_msg("log %.17g", y);
        }
        /* cos(2πt) by libm through a reduction that is exact: t in eighths of a turn */
        double t = u / 8;
        double c = cos(2 * 3.14159265358979323846 * t), s = sin(2 * 3.14159265358979323846 * t);
        assert_true(fabs(mirti_exact_cos_turn(t) - c) < 1e-14);
        assert_true(fabs(mirti_exact_cos_turn(0.25 + t) + s) < 1e-14);
        assert_true(fabs(mirti_exact_cos_turn(-t) - c) < 1e-14);
        assert_true(fabs(mirti_exact_cos_turn(1.0 - t) - c) < 1e-14);
    }
}

static void test_exact_special_values(void **state) {
    (void)state;
    assert_true(mirti_exact_exp(0) == 1.0);
    assert_true(mirti_exact_exp(-INFINITY) == 0.0);
    assert_true(isinf(mirti_exact_exp(710)));
    assert_true(isfinite(mirti_exact_exp(709.7)));
    assert_true(mirti_exact_exp(-745) == 5e-324);
    assert_true(mirti_exact_exp(-746) == 0.0);
    assert_true(isnan(mirti_exact_exp(NAN)));
    assert_true(mirti_exact_log(1) == 0.0);
    assert_true(isinf(mirti_exact_log(0)) && mirti_exact_log(0) < 0);
    assert_true(isnan(mirti_exact_log(-1)));
    assert_true(isinf(mirti_exact_log(INFINITY)));
    assert_true(fabs(mirti_exact_log(5e-324) / log(5e-324) - 1) < 1e-14);
    assert_true(mirti_exact_cos_turn(0) == 1.0);
    assert_true(mirti_exact_cos_turn(0.25) == 0.0);
    assert_true(mirti_exact_cos_turn(0.5) == -1.0);
    assert_true(mirti_exact_cos_turn(0.75) == 0.0);
    assert_true(mirti_exact_cos_turn(123456789.5) == -1.0);
    assert_true(isnan(mirti_exact_cos_turn(INFINITY)));
}

/* The very bits, computed once and written down: another machine or compiler must give the same. */
static void test_exact_bits(void **state) {
    (void)state;
    uint64_t fold = UINT64_C(1469598103934665603);
    for (int i = -600; i <= 600; i++) {
        double x = (double)i / 7;
        double values[] = {mirti_exact_exp(x), mirti_exact_log(fabs(x) + 0.01),
                           mirti_exact_cos_turn(x), mirti_logistic(x)};
        for (int k = 0; k < 4; k++)
            fold = (fold ^ bits_of(values[k])) * UINT64_C(1099511628211);
    }
    assert_true(fold == UINT64_C(0xa9df7f6dca85cf05));
    for (int i = -600; i <= 600; i++)
        fold = (fold ^ bits_of(mirti_normal_cdf((double)i / 15))) * UINT64_C(1099511628211);
    for (int i = 1; i < 100; i++)
        fold = (fold ^ bits_of(mirti_normal_quantile(i / 100.0))) * UINT64_C(1099511628211);
    assert_true(fold == UINT64_C(0xdb32972b02dcd504));
}

static void test_logistic(void **state) {
    (void)state;
    assert_true(mirti_logistic(0) == 0.5);
    assert_true(mirti_logistic(800) == 1.0);
    assert_true(mirti_logistic(-800) == 0.0);
    assert_true(mirti_logistic(-40) > 0 && fabs(mirti_logistic(-40) / exp(-40) - 1) < 1e-14);
    assert_true(isinf(mirti_logit_of(1)) && isinf(mirti_logit_of(0)));
    for (double x = -30; x <= 15; x += 0.37) /* beyond, 1−p has too few digits to come back */
        assert_true(fabs(mirti_logit_of(mirti_logistic(x)) - x) < 1e-9);
}

/* libm's erfc is right to an ulp or two; x²/2 in the exponent costs as many as x²/2 is large. */
static void test_normal(void **state) {
    (void)state;
    for (double x = -37; x <= 37; x += 0.013) {
        double expected = 0.5 * erfc(-x / sqrt(2));
        assert_true(fabs(mirti_normal_cdf(x) / expected - 1) < 1e-13 + 4e-16 * x * x);
        assert_true(mirti_normal_cdf(x) <= mirti_normal_cdf(x + 0.013));
    }
    assert_true(mirti_normal_cdf(0) == 0.5);
    assert_true(mirti_normal_cdf(-INFINITY) == 0 && mirti_normal_cdf(INFINITY) == 1);
    assert_true(isnan(mirti_normal_cdf(NAN)) && isnan(mirti_normal_quantile(NAN)));
    assert_true(fabs(mirti_normal_density(1) - exp(-0.5) / sqrt(2 * acos(-1))) < 1e-16);
    assert_true(isinf(mirti_normal_quantile(0)) && mirti_normal_quantile(0) < 0);
    assert_true(isinf(mirti_normal_quantile(1)) && mirti_normal_quantile(1) > 0);
    assert_true(isnan(mirti_normal_quantile(1.5)));
    /* R: qnorm(c(0.025, 0.3, 0.975, 1e-10, 1e-300), lower.tail = TRUE) */
    const double p[] = {0.025, 0.3, 0.975, 1e-10, 1e-300};
    const double q[] = {-1.9599639845400538, -0.52440051270804067, 1.9599639845400536,
                        -6.3613409024040557, -37.047096299361201};
    for (int i = 0; i < 5; i++)
        assert_true(fabs(mirti_normal_quantile(p[i]) - q[i]) < 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_as_libc),
        cmocka_unit_test(test_parse_hard_cases),
        cmocka_unit_test(test_parse_negative_zero),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_print_shortest),
        cmocka_unit_test(test_print_forms),
        cmocka_unit_test(test_print_fixed),
        cmocka_unit_test(test_locale_does_not_matter),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_exact_functions),
        cmocka_unit_test(test_exact_special_values),
        cmocka_unit_test(test_exact_bits),
        cmocka_unit_test(test_logistic),
        cmocka_unit_test(test_normal),
    };
    return cmocka_run_group_tests_name("base: numbers", tests, NULL, NULL);
}
