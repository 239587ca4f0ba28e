/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text, the error object, memory and arenas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/base.h"

static void test_utf8(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        int bad_at; /* −1: well-formed */
    } cases[] = {
        {"", -1},
        {"Yucatán, Peñón", -1},
        {"\xF0\x9F\x97\xBA", -1},
        {"\xEF\xBF\xBF", -1},
        {"\xF4\x8F\xBF\xBF", -1},
        {"\xED\x9F\xBF", -1},
        {"abc\xFF", 3},
        {"12345678\x80", 8}, /* after a whole word of ASCII */
        {"\xC0\x80", 0},     /* overlong NUL */
        {"\xC1\xBF", 0},
        {"\xE0\x9F\xBF", 0}, /* overlong */
        {"\xF0\x8F\xBF\xBF", 0},
        {"\xED\xA0\x80", 0},     /* surrogate */
        {"\xF4\x90\x80\x80", 0}, /* above U+10FFFF */
        {"\xF5\x80\x80\x80", 0},
        {"a\xC3", 1}, /* cut off */
        {"\xE2\x82", 0},
        {"\xF0\x9F\x97", 0},
        {"\xC3\x28", 0},
        {"\xE2\x28\xA1", 0},
        {"Le\xF3n", 2}, /* Latin-1 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t bad = 99;
        bool ok = mirti_utf8_valid(mirti_str_of(cases[i].bytes), &bad);
        assert_int_equal(ok, cases[i].bad_at < 0);
        if (!ok) assert_int_equal(bad, cases[i].bad_at);
        assert_int_equal(mirti_utf8_valid(mirti_str_of(cases[i].bytes), NULL), ok);
    }
    assert_int_equal(mirti_utf8_length(mirti_str_of("Peñón")), 5);
}

static void test_views(void **state) {
    (void)state;
    assert_int_equal(mirti_str_of(NULL).size, 0);
    assert_true(mirti_str_is(mirti_str_trim(mirti_str_of(" \t\xC2\xA0 a b\xC2\xA0\t ")), "a b"));
    assert_int_equal(mirti_str_trim(mirti_str_of(" \xC2\xA0 ")).size, 0);
    /* A trailing byte of another character is not a no-break space. */
    assert_true(mirti_str_is(mirti_str_trim(mirti_str_of("\xE0\xAA\xA0")), "\xE0\xAA\xA0"));
    assert_int_equal(mirti_str_compare(mirti_str_of("ab"), mirti_str_of("abc")), -1);
    assert_int_equal(mirti_str_compare(mirti_str_of("b"), mirti_str_of("abc")), 1);
    assert_int_equal(mirti_str_compare(mirti_str_of("\xC3\xA1"), mirti_str_of("z")), 1);
    assert_int_equal(mirti_str_compare(mirti_str_of(""), (mirti_str){NULL, 0}), 0);
}

static void test_names_fold(void **state) {
    (void)state;
    static const struct {
        const char *name, *folded;
    } cases[] = {
        {"Peñón de los Baños", "penon de los banos"},
        {"  DR.  BELISARIO   DOMÍNGUEZ ", "dr belisario dominguez"},
        {"San Juan-Chamula", "san juan chamula"},
        {"O'Higgins", "ohiggins"},
        {"O’Higgins", "ohiggins"},
        {"Acambay de Ruíz Castañeda (1ª sección)", "acambay de ruiz castaneda 1a seccion"},
        {"Pen\xCC\x83on", "penon"}, /* n with a combining tilde */
        {"ﬁn", "fin"},
        {"STRASSE", "strasse"},
        {"Straße", "strasse"},
        {"", ""},
        {"...", ""},
        {"Le\xF3n", "le n"}, /* not UTF-8: never a crash */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *folded = mirti_name_fold(mirti_str_of(cases[i].name));
        assert_non_null(folded);
        assert_string_equal(folded, cases[i].folded);
        mirti_free(folded);
    }
}

static void test_texts_grow(void **state) {
    (void)state;
    mirti_text text = {0};
    char expected[4000] = "";
    for (int i = 0; i < 300; i++) {
        mirti_text_printf(&text, "%d;", i);
        snprintf(expected + strlen(expected), 16, "%d;", i);
    }
    assert_string_equal(text.data, expected);
    mirti_text_printf(&text, "%0999d", 7); /* longer than the inner buffer */
    assert_int_equal(text.size, strlen(expected) + 999);
    assert_int_equal(text.data[text.size - 1], '7');
    mirti_text_reset(&text);
    mirti_text_number(&text, 0.1);
    assert_string_equal(text.data, "0.1");
    mirti_text_reset(&text);
    assert_null(text.data);
}

/* ------------------------------------------------------------------------------------- errors -- */

static void test_error_formats(void **state) {
    (void)state;
    mirti_error err = {0};
    char text[600];
    mirti_fail(&err, MIRTI_ERROR_INPUT, "the %s is %d", "age", 200);
    mirti_error_format(&err, text, sizeof text);
    assert_string_equal(text, "the age is 200");
    mirti_fail_at(&err, "a.csv", 17, 0, "EDAD", "200");
    mirti_fail_remedy(&err, "Declare %d.", 999);
    int length = mirti_error_format(&err, text, sizeof text);
    assert_string_equal(text, "a.csv:17: the age is 200 (EDAD = \"200\")\nDeclare 999.");
    assert_int_equal(length, strlen(text));
    char small[10];
    assert_int_equal(mirti_error_format(&err, small, sizeof small), length);
    assert_string_equal(small, "a.csv:17:");
    assert_int_equal(mirti_error_format(&err, NULL, 0), length);
    /* A new failure clears the old one; its arguments may lie inside. */
    mirti_fail(&err, MIRTI_ERROR_MODEL, "again: %s", err.message);
    mirti_error_format(&err, text, sizeof text);
    assert_string_equal(text, "again: the age is 200");
    assert_int_equal(mirti_fail(NULL, MIRTI_ERROR_MODEL, "no one listens"), MIRTI_ERROR_MODEL);
    assert_int_not_equal(mirti_fail_at(NULL, "a", 1, 1, "b", "c"), MIRTI_OK);
}

static void test_error_text_is_utf8(void **state) {
    (void)state;
    mirti_error err = {0};
    mirti_fail(&err, MIRTI_ERROR_INPUT, "x");
    mirti_fail_at(&err, NULL, 0, 0, NULL, "Le\xF3n\n\x01");
    assert_string_equal(err.value, "Le\xEF\xBF\xBDn  ");
    /* Cut on a character boundary: 63 two-byte characters fit into 127 bytes, not half of one more.
     */
    char many[301];
    for (int i = 0; i < 150; i++)
        memcpy(many + 2 * i, "ñ", 2);
    many[300] = '\0';
    mirti_fail_at(&err, NULL, 0, 0, NULL, many);
    assert_int_equal(strlen(err.value), 126);
    assert_true(mirti_utf8_valid(mirti_str_of(err.value), NULL));
}

static void test_statuses(void **state) {
    (void)state;
    static const int exits[] = {0, 2, 3, 4, 5, 70, 130, 70};
    for (int i = 0; i <= MIRTI_ERROR_INTERNAL; i++) {
        assert_int_equal(mirti_status_exit((mirti_status)i), exits[i]);
        assert_true(strlen(mirti_status_name((mirti_status)i)) > 3);
    }
}

/* ------------------------------------------------------------------------------------- memory -- */

static void test_sizes_do_not_wrap(void **state) {
    (void)state;
    assert_null(mirti_new(SIZE_MAX / 2, 3));
    assert_null(mirti_new(SIZE_MAX, 1));
    assert_null(mirti_resize(NULL, SIZE_MAX / 4, 8));
    mirti_arena arena = {0};
    assert_null(mirti_arena_new(&arena, SIZE_MAX - 8));
    assert_null(mirti_arena_copy(&arena, "", SIZE_MAX));
    mirti_arena_reset(&arena);
    char *nothing = mirti_new(0, 8);
    assert_non_null(nothing);
    mirti_free(nothing);
    mirti_free(NULL);
    assert_null(mirti_strdup(NULL));
}

static void test_arena(void **state) {
    (void)state;
    mirti_arena arena = {0};
    unsigned char *piece[500];
    size_t size[500];
    for (int round = 0; round < 3; round++) {
        size_t total = 0;
        for (int i = 0; i < 500; i++) {
            size[i] = (size_t)((i * 7919) % 3000);
            piece[i] = mirti_arena_new(&arena, size[i]);
            assert_non_null(piece[i]);
            assert_int_equal((uintptr_t)piece[i] % 16, 0);
            memset(piece[i], i & 255, size[i]);
            total += size[i];
        }
        for (int i = 0; i < 500; i++) /* none overlaps another */
            for (size_t k = 0; k < size[i]; k++)
                assert_int_equal(piece[i][k], i & 255);
        assert_true(arena.used >= total);
        mirti_arena_rewind(&arena);
        assert_int_equal(arena.used, 0);
    }
    assert_string_equal(mirti_arena_copy(&arena, "abcdef", 3), "abc");
    mirti_arena_reset(&arena);
    assert_null(arena.head);
}

/* A second round of the same work finds all its memory in the block that was kept. */
static void test_arena_settles(void **state) {
    (void)state;
    failing_memory memory = {-1, 0, 0};
    mirti_memory_hooks hooks = {failing_allocate, failing_reallocate, failing_release, &memory};
    mirti_memory_set_hooks(&hooks);
    mirti_arena arena = {0};
    for (int round = 0; round < 12; round++) {
        for (int i = 0; i < 100; i++)
            assert_non_null(mirti_arena_new(&arena, 1000));
        mirti_arena_rewind(&arena);
    }
    memory.granted = 0; /* from now on there is none to be had */
    for (int i = 0; i < 100; i++)
        assert_non_null(mirti_arena_new(&arena, 1000));
    mirti_arena_reset(&arena);
    mirti_memory_set_hooks(NULL);
    assert_int_equal(memory.live, 0);
}

static mirti_status fold_and_print(mirti_error *err) {
    char *folded =
        mirti_name_fold(mirti_str_of("Una localidad de nombre bastante largo, con acentós "
                                     "y otras cosas que no caben en sesenta y cuatro"));
    mirti_text text = {0};
    mirti_text_printf(&text, "%0300d", 1);
    mirti_text_puts(&text, "and more");
    mirti_arena arena = {0};
    bool ok = folded != NULL && !text.failed && mirti_arena_new(&arena, 100000) != NULL &&
              mirti_arena_new(&arena, 100000) != NULL;
    char *joined = mirti_path_join("a", "b");
    char *directory = mirti_path_directory("a/b");
    char *copy = mirti_strdup("x");
    ok = ok && joined != NULL && directory != NULL && copy != NULL;
    mirti_free(joined);
    mirti_free(directory);
    mirti_free(copy);
    mirti_free(folded);
    mirti_text_reset(&text);
    mirti_arena_reset(&arena);
    return ok ? MIRTI_OK : mirti_fail_memory(err, "the work");
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(fold_and_print) >= 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),           cmocka_unit_test(test_views),
        cmocka_unit_test(test_names_fold),     cmocka_unit_test(test_texts_grow),
        cmocka_unit_test(test_error_formats),  cmocka_unit_test(test_error_text_is_utf8),
        cmocka_unit_test(test_statuses),       cmocka_unit_test(test_sizes_do_not_wrap),
        cmocka_unit_test(test_arena),          cmocka_unit_test(test_arena_settles),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests_name("base: text, errors, memory", tests, NULL, NULL);
}
