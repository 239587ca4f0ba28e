/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What expressions are refused, where the caret stands, and what the message says.
 */
#include "recode_harness.h"

#define ROW "edad=15;sexo=1;EDAD_2=3;fac=2;FAC=3;t#=1;p?=1"

typedef struct refusal {
    const char *text;
    int64_t column;
    const char *part;
} refusal;

static const refusal refusals[] = {
    /* written wrongly */
    {"", 1, "the expression is empty"},
    {"   ", 4, "the expression is empty"},
    {"edad >", 7, "ends too early; expected a value"},
    {"edad = )", 8, "unexpected ')'"},
    {"(edad = 1", 10, "expected ')'"},
    {"edad = 1)", 9, "unexpected ')'"},
    {"edad sexo", 6, "unexpected 'sexo'; expected an operator or the end"},
    {"edad '1'", 6, "unexpected '1'; expected an operator"},
    {"edad = 'x", 8, "the text is never closed"},
    {"edad = \"x", 8, "the quoted name is never closed"},
    {"edad = \"\"", 8, "cannot be empty"},
    {"edad /* x", 6, "the comment is never closed"},
    {"edad ? 1", 6, "unexpected character '?'"},
    {"edad \x07 1", 6, "unexpected control character (code 7)"},
    {"MAP(edad, 1 -> 'a', edad -> 'b')", 21, "expected a key of the map or ELSE"},
    {"MAP(edad, NULL -> 'a', 2 -> 'b', NULL -> 'c')", 34, "this key stands twice"},
    {"edad + 'ñññññññññññññññññññññññññññññññññññññññññññññññññ' "
     "'ñññññññññññññññññññññññññññññññññññññ'",
     60, "..."},
    {"NOT p || 'x'", 5, "text is needed here"},
    {"p AND IF(p, p, 'x')", 16, "this is text, and the other result is a condition"},
    {"'x' LIKE 'y' ESCAPE '\xE2\x82\xAC\xE2\x82\xAC'", 21, "exactly one character"},
    {"edad = 1;", 9, "unexpected character ';'"},
    {"edad = \xE2\x80\x98"
     "1\xE2\x80\x99",
     8, "write ' instead"},
    {"edad \xE2\x89\xA5 1", 6, "write >= instead"},
    {"edad = 12abc", 8, "a number runs into a name"},
    {"edad = 1e999", 8, "out of range"},
    {"1 < edad < 5", 10, "comparisons cannot be chained"},
    {"edad = 1 IS NULL", 10, "comparisons cannot be chained"},
    {"edad = NOT p", 8, "NOT must stand in parentheses"},
    {"edad IN 1", 9, "expected '('"},
    {"edad IN ()", 10, "expected a value"},
    {"edad NOT 1", 10, "expected IN, BETWEEN or LIKE"},
    {"edad BETWEEN 1 OR 2", 16, "expected AND"},
    {"edad IS 5", 9, "expected NULL, NOT NULL, TRUE or FALSE"},
    {"edad LIKE 'x' ESCAPE 'ab'", 22, "exactly one character"},
    {"CASE END", 6, "expected WHEN"},
    {"CASE WHEN edad = 1 END", 20, "expected THEN"},
    {"CASE WHEN edad = 1 THEN 2", 26, "expected WHEN, ELSE or END"},
    {"CASE WHEN edad = 1 THEN 2 ELSE 3", 33, "expected END"},
    {"CAST(edad AS INTEGER)", 14, "expected TEXT or NUMBER"},
    {"CAST(edad)", 10, "expected AS"},
    {"MAP(edad)", 9, "expected ',' and the keys of the map"},
    {"MAP(edad, 1 'x')", 13, "expected '->'"},
    {"MAP(edad, 1 -> sexo)", 16, "expected a literal"},
    {"MAP(edad, ELSE 1)", 1, "the map has no key"},
    {"MAP(edad, 1 -> 'a', ELSE 'b', 2 -> 'c')", 29, "expected ',' or ')'"},
    {"MAP(edad, 'a'..'b' -> 1)", 11, "a range of a map goes from a number to a number"},
    {"case", 5, "ends too early"},
    {"when = 1", 1, "a column of that name is written in double quotes: \"when\""},
    /* unknown names */
    {"edda > 1", 1, "there is no column or name 'edda'"},
    {"edda > 1", 1, "did you mean edad?"},
    {"xxxxxx > 1", 1, "there is no column or name 'xxxxxx'"},
    {"sexo = \"hombre\"", 8, "a text is written in single quotes"},
    {"fAc > 1", 1, "fits several names"},
    {"\"Edad\" > 1", 1, "there is no column or name 'Edad'"},
    {"SUBTSR(edad, 1)", 1, "there is no function 'SUBTSR'"},
    {"SUBTSR(edad, 1)", 1, "did you mean SUBSTR"},
    {"edad(1)", 1, "there is no function 'edad'"},
    /* counts */
    {"ABS()", 1, "ABS takes 1 argument, not 0"},
    {"SUBSTR(edad)", 1, "SUBSTR takes 2 to 3 arguments, not 1"},
    {"NULLIF(edad, 1, 2)", 1, "NULLIF takes 2 arguments, not 3"},
    {"COALESCE()", 1, "COALESCE takes at least 1 argument, not 0"},
    /* types */
    {"edad = NULL", 6, "write IS NULL"},
    {"CASE edad WHEN NULL THEN 1 END", 16, "write IS NULL"},
    {"edad AND sexo = 1", 1, "a condition is needed here, and this is a raw value"},
    {"sexo = 1 OR 'x'", 13, "a condition is needed here, and this is text"},
    {"NOT 1", 5, "a condition is needed here, and this is a number"},
    {"CASE WHEN edad THEN 1 END", 11, "a condition is needed here"},
    {"IF(edad, 1, 2)", 4, "a condition is needed here"},
    {"edad IS TRUE", 1, "a condition is needed here"},
    {"'a' + 1", 1, "write the number without quotes"},
    {"SUBSTR(edad, 1, 2) + 1", 1, "CAST(... AS NUMBER)"},
    {"SUBSTR(edad, 1, 2) = 1", 20, "a number cannot be compared with text"},
    {"edad + 1 = '5'", 10, "a number cannot be compared with text"},
    {"t = '1'", 3, "a number cannot be compared with text"},
    {"edad < sexo", 6, "two raw values have no order"},
    {"edad > '5'", 6, "is a number meant?"},
    {"'5' < edad", 5, "is a number meant?"},
    {"edad BETWEEN '5' AND '9'", 14, "is a number meant?"},
    {"edad IN (1, '2')", 13, "the list mixes numbers and texts"},
    {"p = 'x'", 3, "a condition cannot be compared with text"},
    {"p || 'x'", 1, "text is needed here, and this is a condition"},
    {"CASE WHEN p THEN 1 ELSE 'x' END", 25, "this result is text, those before it are a number"},
    {"IF(p, 1, 'x')", 10, "this is text, and the other result is a number"},
    {"COALESCE(1, 'x')", 13, "this is text, and what stands before it is a number"},
    {"MAP(edad, 1 -> 'a', '2' -> 'b')", 21, "the keys mix numbers and texts"},
    {"MAP(edad, 1 -> 'a', 2 -> 3)", 26, "this result is a number"},
    {"MAP(edad, 1 -> 'a', 1 -> 'b')", 21, "this key stands twice"},
    {"MAP(edad, 1..5 -> 'a', 3 -> 'b')", 24, "this key stands twice"},
    {"MAP(edad, 'x' -> 'a', 'x' -> 'b')", 23, "this key stands twice"},
    {"MAP(edad, 5..1 -> 'a')", 11, "the range goes from high to low"},
    {"MAP(edad + 1, '1' -> 'a')", 10, "the keys of the map are texts, and this is a number"},
    {"MAP(1 -> 'a')", 1, "the map has no value to map"},
    {"MAP(edad, TRUE -> 1)", 11, "a map has numbers or texts as keys"},
};

static void test_refusals(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        harness_refuse(ROW, refusals[i].text, refusals[i].column, refusals[i].part);
}

/** The whole message, as a person sees it. */
static void expect_message(const mirti_error *err, const char *want) {
    char message[2048];
    mirti_error_format(err, message, sizeof message);
    assert_string_equal(message, want);
}

static void test_caret(void **state) {
    (void)state;
    char got[64];
    mirti_error err = {0};
    harness_eval(ROW, "edad BETWEEN 12 AND )", got, sizeof got, NULL, &err);
    expect_message(&err, "line 1:21: unexpected ')'; expected a value\n"
                         "  edad BETWEEN 12 AND )\n"
                         "                      ^");
    harness_eval(ROW, "sexo = '1'\n  AND edda > 3", got, sizeof got, NULL, &err);
    expect_message(&err, "line 2:7: there is no column or name 'edda'\n"
                         "    AND edda > 3\n"
                         "        ^\n"
                         "did you mean edad?");
    /* The caret counts characters, not bytes. */
    harness_eval(ROW, "'niñez' = año", got, sizeof got, NULL, &err);
    expect_message(&err, "line 1:11: there is no column or name 'año'\n"
                         "  'niñez' = año\n"
                         "            ^");
}

static void test_long_line(void **state) {
    (void)state;
    char text[4000] = "", got[64], message[2048];
    mirti_error err = {0};
    for (int i = 0; i < 300; i++)
        strcat(text, i % 2 ? "ñ" : "x");
    strcat(text, " = 1");
    assert_int_equal(harness_eval(ROW, text, got, sizeof got, NULL, &err), MIRTI_ERROR_INPUT);
    assert_true(mirti_utf8_valid(mirti_str_of(err.excerpt), NULL));
    strcpy(text, "sexo = '1'");
    for (int i = 0; i < 100; i++)
        strcat(text, " AND sexo = '1'");
    strcat(text, " AND edda");
    for (int i = 0; i < 100; i++)
        strcat(text, " + 1");
    assert_int_equal(harness_eval(ROW, text, got, sizeof got, NULL, &err), MIRTI_ERROR_INPUT);
    mirti_error_format(&err, message, sizeof message);
    assert_int_equal(err.column, 1516);
    const char *line = strchr(message, '\n') + 1, *caret = strchr(line, '^');
    const char *below = strrchr(caret - 1, '\n');
    for (below = caret; below[-1] != '\n';)
        below--;
    assert_memory_equal(line + (caret - below), "edda", 4);
    assert_true(strlen(err.excerpt) < 250);
}

static void test_origin(void **state) {
    (void)state;
    const mirti_expression_origin origin = {"model.yaml", 12, 20, "age"};
    const mirti_field field = {.name = (char[]){"edad"}, .type = MIRTI_TYPE_RAW};
    mirti_scope *scope = NULL;
    mirti_expr *expr = NULL;
    mirti_error err = {0};
    assert_int_equal(mirti_scope_new(&field, 1, &scope, &err), MIRTI_OK);
    assert_int_equal(
        mirti_expr_compile(scope, "edad > edda", MIRTI_TYPE_TRUTH, &origin, &expr, &err),
        MIRTI_ERROR_INPUT);
    expect_message(&err, "model.yaml:12:27: there is no column or name 'edda' (age)\n"
                         "  edad > edda\n"
                         "         ^\n"
                         "did you mean edad?");
    /* Later lines of a block keep their indentation. */
    assert_int_equal(
        mirti_expr_compile(scope, "edad\n     > edda", MIRTI_TYPE_TRUTH, &origin, &expr, &err),
        MIRTI_ERROR_INPUT);
    assert_int_equal(err.line, 13);
    assert_int_equal(err.column, 8);
    /* What is wanted decides, too. */
    assert_int_equal(mirti_expr_compile(scope, "'x'", MIRTI_TYPE_NUMBER, &origin, &expr, &err),
                     MIRTI_ERROR_INPUT);
    assert_int_equal(err.column, 20);
    assert_int_equal(mirti_expr_compile(scope, "edad > 1", MIRTI_TYPE_TEXT, &origin, &expr, &err),
                     MIRTI_ERROR_INPUT);
    assert_int_equal(mirti_expr_compile(scope, "\xff", MIRTI_TYPE_TEXT, &origin, &expr, &err),
                     MIRTI_ERROR_INPUT);
    assert_int_equal(mirti_expr_compile(scope, NULL, MIRTI_TYPE_TEXT, NULL, &expr, NULL),
                     MIRTI_ERROR_USAGE);
    assert_null(expr);
    mirti_scope_free(scope);
}

/** What can be said without data: the syntax, not the names. */
static void test_check(void **state) {
    (void)state;
    const mirti_expression_origin origin = {"model.yaml", 3, 5, "sex"};
    mirti_error err = {0};
    assert_int_equal(mirti_expression_check("no_such_column = 1", &origin, &err), MIRTI_OK);
    assert_int_equal(mirti_expression_check("no_such_column = ", &origin, &err), MIRTI_ERROR_INPUT);
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 5 + 17);
    assert_string_equal(err.field, "sex");
    assert_int_equal(mirti_expression_check(NULL, NULL, NULL), MIRTI_ERROR_USAGE);
    assert_int_equal(mirti_expression_check("(1", NULL, NULL), MIRTI_ERROR_INPUT);
}

/** Depth is bounded, however it is reached, and long lists are no depth. */
static void test_depth(void **state) {
    (void)state;
    enum { DEEP = 20000 };
    static char text[DEEP * 8 + 100];
    char got[64];
    mirti_error err = {0};
    memset(text, '(', DEEP);
    strcpy(text + DEEP, "1");
    assert_int_equal(harness_eval(ROW, text, got, sizeof got, NULL, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "levels deep"));
    memset(text, '-', DEEP);
    assert_int_equal(harness_eval(ROW, text, got, sizeof got, NULL, &err), MIRTI_ERROR_INPUT);
    char *at = text;
    at += sprintf(at, "1");
    for (int i = 0; i < DEEP; i++)
        at += sprintf(at, " + 1");
    assert_int_equal(harness_eval(ROW, text, got, sizeof got, NULL, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "levels deep"));
    at = text + sprintf(text, "edad IN (1");
    for (int i = 0; i < DEEP; i++)
        at += sprintf(at, ", %d", i);
    sprintf(at, ")");
    assert_int_equal(harness_eval(ROW, text, got, sizeof got, NULL, &err), MIRTI_OK);
    assert_string_equal(got, "TRUE");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),  cmocka_unit_test(test_caret),
        cmocka_unit_test(test_long_line), cmocka_unit_test(test_origin),
        cmocka_unit_test(test_depth),     cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
