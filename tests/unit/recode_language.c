/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What expressions mean: a table of expressions with inputs and results. What expressions must be
 * refused: tests/unit/recode_errors.c.
 */
#include "recode_harness.h"

typedef struct example {
    const char *given, *text, *want;
} example;

#define ROW "a=5;b=12;z=0;e=;code=07;t=Peñón;bad=N/D;f=2.50;n#=5;m#=;p?=1;q?=0;u?="

static const example literals[] = {
    {ROW, "1", "1"},
    {ROW, "1.50", "1.5"},
    {ROW, ".5", "0.5"},
    {ROW, "1e3", "1000"},
    {ROW, "2E-1", "0.2"},
    {ROW, "'x'", "'x'"},
    {ROW, "''", "''"},
    {ROW, "'it''s'", "'it's'"},
    {ROW, "TRUE", "TRUE"},
    {ROW, "false", "FALSE"},
    {ROW, "NULL", "NULL"},
    {ROW, "/* a comment */ 1 /* and another */", "1"},
    {ROW, "a", "'5'"},
    {ROW, "\"a\"", "'5'"},
    {ROW, "A", "'5'"},
    {ROW, "e", "NULL"},
    {ROW, "n", "5"},
    {ROW, "m", "NULL"},
    {ROW, "p", "TRUE"},
    {ROW, "u", "NULL"},
    {"sch.wide=Yes", "sch.wide = 'Yes'", "TRUE"},
    {"año=2020", "año = 2020", "TRUE"},
    {"a b=1;select=2", "\"a b\" || \"select\"", "'12'"},
};

static const example arithmetic[] = {
    {ROW, "1 + 2 * 3", "7"},
    {ROW, "(1 + 2) * 3", "9"},
    {ROW, "10 - 4 - 3", "3"},
    {ROW, "2 * 3 % 4", "2"},
    {ROW, "7 / 2", "3.5"},
    {ROW, "-7 % 3", "-1"},
    {ROW, "7 % -3", "1"},
    {ROW, "- -3", "3"},
    {ROW, "+a", "5"},
    {ROW, "-a", "-5"},
    {ROW, "a + b", "17"},
    {ROW, "a * f", "12.5"},
    {ROW, "a / z", "NULL"},
    {ROW, "0 / 0", "NULL"},
    {ROW, "a % z", "NULL"},
    {ROW, "a + e", "NULL"},
    {ROW, "a + bad", "NULL"},
    {ROW, "n + 1", "6"},
    {ROW, "m + 1", "NULL"},
    {ROW, "code + 0", "7"},
    {ROW, "NULL + 1", "NULL"},
    {ROW, "1e308 * 10", "NULL"},
    {ROW, "(a = 5) + (b = 12) + (z = 1)", "2"},
    {ROW, "-(a = 5)", "-1"},
    {ROW, "9007199254740993 - 1", "9007199254740991"},
    {ROW, "0.1 + 0.2 = 0.3", "FALSE"},
    {"x= 12 ", "x + 1", "13"},
    {"x=+12", "x + 1", "13"},
    {"x=1.5e2", "x + 1", "151"},
    {"x=1,5", "x + 1", "NULL"},
    {"x=0x10", "x + 1", "NULL"},
    {"x=nan", "x + 1", "NULL"},
    {"x=inf", "x + 1", "NULL"},
    {"x=123456789012345", "x + 0", "123456789012345"},
    {"x=1234567890123456", "x + 0", "1234567890123456"},
    {"x=12345678901234567890", "x + 0", "1.2345678901234567e+19"},
};

static const example comparison[] = {
    {ROW, "a = 5", "TRUE"},
    {ROW, "a == 5", "TRUE"},
    {ROW, "a = '5'", "TRUE"},
    {ROW, "a <> 5", "FALSE"},
    {ROW, "a != 4", "TRUE"},
    {ROW, "a < 6", "TRUE"},
    {ROW, "a <= 5", "TRUE"},
    {ROW, "a > 5", "FALSE"},
    {ROW, "a >= 5", "TRUE"},
    {ROW, "5 = a", "TRUE"},
    {ROW, "4 < a", "TRUE"},
    {ROW, "5 <= a", "TRUE"},
    {ROW, "6 > a", "TRUE"},
    {ROW, "6 >= a", "TRUE"},
    {ROW, "6 < a", "FALSE"},
    {ROW, "'5' = a", "TRUE"},
    {ROW, "'6' <> a", "TRUE"},
    {ROW, "b > 5", "TRUE"},
    {ROW, "code = 7", "TRUE"},
    {ROW, "code = '7'", "FALSE"},
    {ROW, "code = '07'", "TRUE"},
    {ROW, "f = 2.5", "TRUE"},
    {ROW, "f = '2.5'", "FALSE"},
    {ROW, "a = b", "FALSE"},
    {"x=1;y=01", "x = y", "FALSE"},
    {"x=1;y=01", "x = CAST(y AS NUMBER)", "TRUE"},
    {"x=9;y=10", "x < CAST(y AS NUMBER)", "TRUE"},
    {"x=9;y=10", "CAST(x AS TEXT) < CAST(y AS TEXT)", "FALSE"},
    {"x=0005", "x >= '0001' AND x <= '0999'", "TRUE"},
    {"x=b", "x > 'a'", "TRUE"},
    {"x=ñ", "x > 'z'", "TRUE"},
    {"x=ab", "x > 'a'", "TRUE"},
    {ROW, "e = 5", "NULL"},
    {ROW, "e = '5'", "NULL"},
    {ROW, "e <> '5'", "NULL"},
    {ROW, "bad = 5", "NULL"},
    {ROW, "bad = 'N/D'", "TRUE"},
    {ROW, "n = 5", "TRUE"},
    {ROW, "n = a", "TRUE"},
    {ROW, "p = TRUE", "TRUE"},
    {ROW, "p = q", "FALSE"},
    {ROW, "p = 1", "TRUE"},
    {ROW, "u = TRUE", "NULL"},
    {ROW, "(a = 5) = (b = 12)", "TRUE"},
    {ROW, "TRUE > FALSE", "TRUE"},
};

static const example logic[] = {
    {ROW, "NOT a = 5", "FALSE"},
    {ROW, "NOT NOT p", "TRUE"},
    {ROW, "a = 5 AND b = 12 OR z = 1", "TRUE"},
    {ROW, "z = 1 AND b = 1 OR a = 5", "TRUE"},
    {ROW, "a = 5 OR b = 1 AND z = 1", "TRUE"},
    {ROW, "NOT q AND p", "TRUE"},
    {ROW, "e IS NULL", "TRUE"},
    {ROW, "a IS NULL", "FALSE"},
    {ROW, "a IS NOT NULL", "TRUE"},
    {ROW, "bad IS NULL", "FALSE"},
    {ROW, "bad + 1 IS NULL", "TRUE"},
    {ROW, "NULL IS NULL", "TRUE"},
    {ROW, "u IS NULL", "TRUE"},
    {ROW, "p IS TRUE", "TRUE"},
    {ROW, "q IS TRUE", "FALSE"},
    {ROW, "u IS TRUE", "FALSE"},
    {ROW, "u IS NOT TRUE", "TRUE"},
    {ROW, "q IS FALSE", "TRUE"},
    {ROW, "u IS FALSE", "FALSE"},
    {ROW, "u IS NOT FALSE", "TRUE"},
    {ROW, "(e = 1) IS NOT TRUE", "TRUE"},
    {ROW, "TRUE AND u", "NULL"},
    {ROW, "FALSE AND u", "FALSE"},
    {ROW, "TRUE OR u", "TRUE"},
};

static const example membership[] = {
    {ROW, "a IN (1, 5)", "TRUE"},
    {ROW, "a IN ('1', '5')", "TRUE"},
    {ROW, "code IN (7)", "TRUE"},
    {ROW, "code IN ('7')", "FALSE"},
    {ROW, "a NOT IN (1, 5)", "FALSE"},
    {ROW, "a NOT IN (1, 2)", "TRUE"},
    {ROW, "NOT a IN (1, 2)", "TRUE"},
    {ROW, "e IN (1, 2)", "NULL"},
    {ROW, "e NOT IN ('1')", "NULL"},
    {ROW, "a IN (1, NULL)", "NULL"},
    {ROW, "a IN (5, NULL)", "TRUE"},
    {ROW, "a NOT IN (1, NULL)", "NULL"},
    {ROW, "a IN ('1', NULL)", "NULL"},
    {ROW, "f IN (2.5, 3)", "TRUE"},
    {ROW, "f IN (2, 3)", "FALSE"},
    {ROW, "-a IN (-5)", "TRUE"},
    {ROW, "a IN (1, 2, 3, 4, 6, 7, 8, 9, 10, 11)", "FALSE"},
    {ROW, "b IN (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12)", "TRUE"},
    {ROW, "code IN ('01','02','03','04','05','06','07','08','09','10')", "TRUE"},
    {ROW, "code IN ('01','02','03','04','05','06','08','09','10','11')", "FALSE"},
    {ROW, "b IN (a + 7, 3)", "TRUE"},
    {ROW, "a IN (b, '5')", "TRUE"},
    {ROW, "a IN (b, NULL)", "NULL"},
    {ROW, "1e9 IN (1000000000)", "TRUE"},
    {ROW, "a + 1e9 IN (1000000005, -3)", "TRUE"},
    {ROW, "a BETWEEN 1 AND 5", "TRUE"},
    {ROW, "a BETWEEN 6 AND 9", "FALSE"},
    {ROW, "a NOT BETWEEN 6 AND 9", "TRUE"},
    {ROW, "a BETWEEN 5 AND 1", "FALSE"},
    {ROW, "a BETWEEN CAST(e AS NUMBER) AND 3", "FALSE"},
    {ROW, "e BETWEEN 1 AND 3", "NULL"},
    {ROW, "a + 1 BETWEEN 1 AND 3 + 3 AND TRUE", "TRUE"},
    {ROW, "code BETWEEN '01' AND '09'", "TRUE"},
    {ROW, "t LIKE 'Pe%'", "TRUE"},
    {ROW, "t LIKE 'Pe_ón'", "TRUE"},
    {ROW, "t LIKE 'pe%'", "FALSE"},
    {ROW, "t ILIKE 'PEÑ%'", "TRUE"},
    {ROW, "t NOT LIKE '%n'", "FALSE"},
    {ROW, "t LIKE '%e%n'", "TRUE"},
    {ROW, "t LIKE ''", "FALSE"},
    {ROW, "'' LIKE '%'", "TRUE"},
    {ROW, "'a€%' LIKE '_€€%' ESCAPE '€'", "TRUE"},
    {ROW, "'a€%' LIKE 'a€€€%' ESCAPE '€'", "TRUE"},
    {ROW, "'a\xF0\x9F\x91\xB6' LIKE 'a_'", "TRUE"},
    {ROW, "NULL LIKE 'a'", "NULL"},
    {ROW, "NULL || 'a'", "NULL"},
    {ROW, "'' LIKE '_'", "FALSE"},
    {ROW, "'a%b' LIKE 'a!%b' ESCAPE '!'", "TRUE"},
    {ROW, "'axb' LIKE 'a!%b' ESCAPE '!'", "FALSE"},
    {ROW, "'a_b' LIKE 'a!_%' ESCAPE '!'", "TRUE"},
    {ROW, "'aab' LIKE '%ab'", "TRUE"},
    {ROW, "'abab' LIKE '%a_'", "TRUE"},
    {ROW, "e LIKE '%'", "NULL"},
};

static const example choice[] = {
    {ROW, "CASE WHEN a = 5 THEN 'x' ELSE 'y' END", "'x'"},
    {ROW, "CASE WHEN a = 4 THEN 'x' ELSE 'y' END", "'y'"},
    {ROW, "CASE WHEN e = 4 THEN 'x' ELSE 'y' END", "'y'"},
    {ROW, "CASE WHEN a = 4 THEN 'x' END", "NULL"},
    {ROW, "CASE WHEN a = 4 THEN 1 WHEN b = 12 THEN 2 WHEN TRUE THEN 3 END", "2"},
    {ROW, "CASE a WHEN '4' THEN 'four' WHEN '5' THEN 'five' END", "'five'"},
    {ROW, "CASE a WHEN 4 THEN 'four' WHEN 5.0 THEN 'five' END", "'five'"},
    {ROW, "CASE e WHEN '4' THEN 'four' ELSE 'other' END", "'other'"},
    {ROW, "CASE WHEN a = 5 THEN NULL ELSE 1 END", "NULL"},
    {ROW, "CASE WHEN a = 5 THEN a ELSE '0' END", "'5'"},
    {ROW, "CASE WHEN a = 5 THEN a ELSE 0 END", "5"},
    {ROW, "CASE WHEN a = 5 THEN code END", "'07'"},
    {ROW, "CASE WHEN a = 5 THEN TRUE ELSE FALSE END", "TRUE"},
    {ROW, "CASE WHEN a = 5 THEN TRUE ELSE 0 END", "1"},
    {ROW, "CASE WHEN CASE WHEN a = 5 THEN p END THEN 'in' END", "'in'"},
    {ROW, "COALESCE(e, a)", "'5'"},
    {ROW, "COALESCE(e, 0)", "0"},
    {ROW, "COALESCE(a, 0)", "5"},
    {ROW, "COALESCE(bad, 0)", "0"},
    {ROW, "COALESCE(bad, '0')", "'N/D'"},
    {ROW, "COALESCE(e, e)", "NULL"},
    {ROW, "COALESCE(NULL, NULL, 3)", "3"},
    {ROW, "COALESCE(u, FALSE)", "FALSE"},
    {ROW, "IFNULL(e, 7)", "7"},
    {ROW, "NULLIF(a, 5)", "NULL"},
    {ROW, "NULLIF(a, 4)", "'5'"},
    {ROW, "NULLIF(code, '7')", "'07'"},
    {ROW, "NULLIF(code, 7)", "NULL"},
    {ROW, "NULLIF(e, 7)", "NULL"},
    {ROW, "IF(a = 5, 1, 2)", "1"},
    {ROW, "IIF(e = 5, 1, 2)", "2"},
    {ROW, "IF(e = 5, 1)", "NULL"},
    {ROW, "MAP(a, 5 -> 'five', 6 -> 'six')", "'five'"},
    {ROW, "MAP(a, '5' -> 'five', '6' -> 'six')", "'five'"},
    {ROW, "MAP(code, '7' -> 1, '07' -> 2)", "2"},
    {ROW, "MAP(code, 7 -> 1)", "1"},
    {ROW, "MAP(a, 1|5 -> 'odd', 2|4 -> 'even')", "'odd'"},
    {ROW, "MAP(b, 12..14 -> '12-14', 15..17 -> '15-17')", "'12-14'"},
    {ROW, "MAP(b + 2.5, 12..14 -> '12-14', 14.1 .. 17 -> '15-17')", "'15-17'"},
    {ROW, "MAP(b + 5, 12..14|20 -> 'x', 15..17 -> 'y')", "'y'"},
    {ROW, "MAP(a, 1 -> 'one')", "NULL"},
    {ROW, "MAP(a, 1 -> 'one', ELSE 'other')", "'other'"},
    {ROW, "MAP(e, 1 -> 'one', ELSE 'other')", "NULL"},
    {ROW, "MAP(e, 1 -> 'one', NULL -> 'blank', ELSE 'other')", "'blank'"},
    {ROW, "MAP(a, 5 -> NULL, ELSE 'other')", "NULL"},
    {ROW, "MAP(a, 5 -> TRUE, 6 -> FALSE)", "TRUE"},
    {ROW, "MAP(a, 5 -> TRUE, 6 -> 0)", "1"},
    {ROW, "MAP(-a, -5 -> 'minus')", "'minus'"},
    {ROW, "MAP(-a, -6..-4 -> 'minus')", "'minus'"},
    {ROW, "MAP(a * 1000, 4999..5001 -> 'far')", "'far'"},
    {ROW, "MAP(a + 0.5, 1..9 -> 'in')", "'in'"},
    {ROW, "MAP(p, 1 -> 'yes', 0 -> 'no')", "'yes'"},
};

static const example numbers[] = {
    {ROW, "ABS(-3.5)", "3.5"},
    {ROW, "SIGN(-2)", "-1"},
    {ROW, "SIGN(0)", "0"},
    {ROW, "FLOOR(2.7)", "2"},
    {ROW, "FLOOR(-2.1)", "-3"},
    {ROW, "CEIL(2.1)", "3"},
    {ROW, "CEILING(-2.7)", "-2"},
    {ROW, "TRUNC(-2.7)", "-2"},
    {ROW, "ROUND(2.5)", "3"},
    {ROW, "ROUND(-2.5)", "-3"},
    {ROW, "ROUND(2.346, 2)", "2.35"},
    {ROW, "ROUND(1234, -2)", "1200"},
    {ROW, "ROUND(1e300, 3)", "1e+300"},
    {ROW, "SQRT(9)", "3"},
    {ROW, "SQRT(-1)", "NULL"},
    {ROW, "LN(1)", "0"},
    {ROW, "LN(0)", "NULL"},
    {ROW, "LOG10(1000)", "3"},
    {ROW, "EXP(0)", "1"},
    {ROW, "EXP(1000)", "NULL"},
    {ROW, "POWER(2, 10)", "1024"},
    {ROW, "POWER(-1, 0.5)", "NULL"},
    {ROW, "MOD(7, 4)", "3"},
    {ROW, "LEAST(3, a, 9)", "3"},
    {ROW, "GREATEST(3, a, 9)", "9"},
    {ROW, "LEAST(3, e)", "NULL"},
    {ROW, "GREATEST(a)", "5"},
    {ROW, "ABS(e)", "NULL"},
};

static const example texts[] = {
    {ROW, "a || b", "'512'"},
    {ROW, "a || e", "NULL"},
    {ROW, "code || '-' || t", "'07-Peñón'"},
    {ROW, "1 + 1 || 'x'", "'2x'"},
    {ROW, "'n' || 2.50", "'n2.5'"},
    {ROW, "LENGTH(t)", "5"},
    {ROW, "LENGTH('')", "0"},
    {ROW, "UPPER(t)", "'PEÑÓN'"},
    {ROW, "LOWER('ÁRBOL')", "'árbol'"},
    {ROW, "FOLD('  Sta. María-Ñ ')", "'sta maria n'"},
    {ROW, "TRIM('  x ')", "'x'"},
    {ROW, "LTRIM('  x ')", "'x '"},
    {ROW, "RTRIM('  x ')", "'  x'"},
    {ROW, "SUBSTR(t, 1, 3)", "'Peñ'"},
    {ROW, "SUBSTR(t, 4)", "'ón'"},
    {ROW, "SUBSTR(t, -2)", "'ón'"},
    {ROW, "SUBSTR(t, -2, 1)", "'ó'"},
    {ROW, "SUBSTR(t, 0, 2)", "'P'"},
    {ROW, "SUBSTR(t, -7, 4)", "'Pe'"},
    {ROW, "SUBSTR(t, 9, 2)", "''"},
    {ROW, "SUBSTR(t, 2, 0)", "''"},
    {ROW, "SUBSTR(t, 2, -1)", "''"},
    {ROW, "SUBSTR(t, 1, 1e300)", "'Peñón'"},
    {ROW, "SUBSTRING(t, e, 2)", "NULL"},
    {ROW, "LEFT(t, 2)", "'Pe'"},
    {ROW, "RIGHT(t, 2)", "'ón'"},
    {ROW, "RIGHT(t, 9)", "'Peñón'"},
    {ROW, "RIGHT(t, 0)", "''"},
    {ROW, "LPAD(a, 3, '0')", "'005'"},
    {ROW, "LPAD(100 * a + b, 5, '0')", "'00512'"},
    {ROW, "LPAD(t, 3, '0')", "'Peñón'"},
    {ROW, "LPAD(a, 4, 'ñe')", "'ñeñ5'"},
    {ROW, "LPAD(a, 3)", "'  5'"},
    {ROW, "RPAD(a, 3, '0')", "'500'"},
    {ROW, "REPLACE(t, 'ñó', 'xx')", "'Pexxn'"},
    {ROW, "REPLACE('aaa', 'aa', 'b')", "'ba'"},
    {ROW, "REPLACE('abc', '', 'x')", "'abc'"},
    {ROW, "REPLACE('1,5', ',', '.') = '1.5'", "TRUE"},
    {ROW, "CAST(REPLACE('1,5', ',', '.') AS NUMBER) + 1", "2.5"},
    {ROW, "CAST(a AS NUMBER)", "5"},
    {ROW, "CAST(code AS TEXT)", "'07'"},
    {ROW, "CAST(12.50 AS TEXT)", "'12.5'"},
    {ROW, "CAST(100000 AS TEXT)", "'100000'"},
    {ROW, "CAST(320550000128 AS TEXT)", "'320550000128'"},
    {ROW, "CAST('abc' AS NUMBER)", "NULL"},
    {ROW, "CAST(a = 5 AS NUMBER)", "1"},
    {ROW, "CAST(bad AS NUMBER)", "NULL"},
};

static void check(const example *table, size_t count) {
    for (size_t i = 0; i < count; i++)
        harness_expect(table[i].given, table[i].text, table[i].want);
}
#define CHECK(table) check(table, sizeof table / sizeof *table)

static void test_literals(void **state) {
    (void)state;
    CHECK(literals);
}
static void test_arithmetic(void **state) {
    (void)state;
    CHECK(arithmetic);
}
static void test_comparison(void **state) {
    (void)state;
    CHECK(comparison);
}
static void test_logic(void **state) {
    (void)state;
    CHECK(logic);
}
static void test_membership(void **state) {
    (void)state;
    CHECK(membership);
}
static void test_choice(void **state) {
    (void)state;
    CHECK(choice);
}
static void test_numbers(void **state) {
    (void)state;
    CHECK(numbers);
}
static void test_texts(void **state) {
    (void)state;
    CHECK(texts);
}

/** Kleene's tables, all nine cases of each connective, written down and not computed. */
static void test_truth_tables(void **state) {
    static const struct {
        const char *a, *b, *both, *either;
    } kleene[] = {
        {"1", "1", "TRUE", "TRUE"},  {"1", "0", "FALSE", "TRUE"},  {"1", "", "NULL", "TRUE"},
        {"0", "1", "FALSE", "TRUE"}, {"0", "0", "FALSE", "FALSE"}, {"0", "", "FALSE", "NULL"},
        {"", "1", "NULL", "TRUE"},   {"", "0", "FALSE", "NULL"},   {"", "", "NULL", "NULL"},
    };
    static const struct {
        const char *a, *not, *null, *is_true, *is_false;
    } unary[] = {{"1", "FALSE", "FALSE", "TRUE", "FALSE"},
                 {"0", "TRUE", "FALSE", "FALSE", "TRUE"},
                 {"", "NULL", "TRUE", "FALSE", "FALSE"}};
    char given[64];
    (void)state;
    for (size_t i = 0; i < sizeof kleene / sizeof *kleene; i++) {
        snprintf(given, sizeof given, "a?=%s;b?=%s", kleene[i].a, kleene[i].b);
        harness_expect(given, "a AND b", kleene[i].both);
        harness_expect(given, "a OR b", kleene[i].either);
        harness_expect(given, "NOT (NOT a OR NOT b)", kleene[i].both);
        harness_expect(given, "NOT (NOT a AND NOT b)", kleene[i].either);
    }
    for (size_t i = 0; i < sizeof unary / sizeof *unary; i++) {
        snprintf(given, sizeof given, "a?=%s", unary[i].a);
        harness_expect(given, "NOT a", unary[i].not );
        harness_expect(given, "a IS NULL", unary[i].null);
        harness_expect(given, "a IS TRUE", unary[i].is_true);
        harness_expect(given, "a IS FALSE", unary[i].is_false);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literals),     cmocka_unit_test(test_arithmetic),
        cmocka_unit_test(test_comparison),   cmocka_unit_test(test_logic),
        cmocka_unit_test(test_membership),   cmocka_unit_test(test_choice),
        cmocka_unit_test(test_numbers),      cmocka_unit_test(test_texts),
        cmocka_unit_test(test_truth_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
