/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encodings: their names, their letters (against iconv), what is made of broken bytes. */
#include <iconv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/table.h"

static void test_spellings(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"UTF-8", "UTF-8"},
        {"utf8", "UTF-8"},
        {"Utf 8", "UTF-8"},
        {"65001", "UTF-8"},
        {"ISO 88591", "ISO-8859-1"}, /* INEGI */
        {"ISO-8859-1", "ISO-8859-1"},
        {"iso8859_1", "ISO-8859-1"},
        {"88591", "ISO-8859-1"},
        {"Latin1", "ISO-8859-1"},
        {"ISO88592", "ISO-8859-2"},
        {"8859-15", "ISO-8859-15"},
        {"ANSI 1252", "Windows-1252"},
        {"1252", "Windows-1252"},
        {"cp1252", "Windows-1252"},
        {"WINDOWS-1252", "Windows-1252"},
        {"ANSI", "Windows-1252"},
        {"CP1250", "Windows-1250"},
        {"850", "CP850"},
        {"IBM850", "CP850"},
        {"cp437", "CP437"},
        {"MacRoman", "MACINTOSH"},
        {"us-ascii", "UTF-8"},
        {"Big5", "Big5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mirti_encoding *encoding = NULL;
        if (mirti_encoding_find(cases[i][0], &encoding, NULL) != MIRTI_OK)
            fail_msg("%s is not found", cases[i][0]);
        assert_string_equal(mirti_encoding_name(encoding), cases[i][1]);
        mirti_encoding_free(encoding);
    }
    static const char *const unknown[] = {
        "", "klingon", "UTF-8//IGNORE", "a name far longer than any encoding has ever been given"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        mirti_encoding *encoding = NULL;
        mirti_error err = {0};
        assert_int_equal(mirti_encoding_find(unknown[i], &encoding, &err), MIRTI_ERROR_INPUT);
        assert_null(encoding);
        assert_string_equal(err.field, "encoding");
    }
    mirti_encoding_free(NULL);
}

/* Every byte of every one-byte set as iconv has it. ISO-8859-1 is Windows-1252 where that has
 * letters. */
static void test_letters_as_iconv(void **state) {
    (void)state;
    static const char *const sets[][2] = {{"Windows-1252", "WINDOWS-1252"},
                                          {"ISO-8859-1", "WINDOWS-1252"},
                                          {"CP850", "CP850"},
                                          {"CP437", "CP437"},
                                          {"MacRoman", "MACINTOSH"},
                                          {"ISO-8859-15", "ISO-8859-15"},
                                          {"1251", "WINDOWS-1251"},
                                          {"ISO-8859-5", "ISO-8859-5"}};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        mirti_encoding *encoding = NULL;
        assert_int_equal(mirti_encoding_find(sets[i][0], &encoding, NULL), MIRTI_OK);
        iconv_t oracle = iconv_open("UTF-8", sets[i][1]);
        assert_true(oracle != (iconv_t)-1);
        for (int b = 1; b < 256; b++) {
            char in[] = {'<', (char)b, '>'}, expected[16] = "";
            char *from = in, *to = expected;
            size_t left = 3, room = sizeof expected - 1;
            iconv(oracle, NULL, NULL, NULL, NULL);
            bool defined = iconv(oracle, &from, &left, &to, &room) != (size_t)-1;
            bool latin1 = strcmp(sets[i][0], "ISO-8859-1") == 0;
            mirti_text out = {0};
            size_t bad = 99;
            mirti_status status =
                mirti_encoding_decode(encoding, (mirti_str){in, 3}, &out, &bad, NULL);
            if (defined) {
                assert_int_equal(status, MIRTI_OK);
                assert_string_equal(out.data, expected);
            } else if (!latin1) {
                assert_int_equal(status, MIRTI_ERROR_INPUT);
                assert_int_equal(bad, 1);
                assert_int_equal(out.size, 0);
            }
            mirti_text_reset(&out);
        }
        iconv_close(oracle);
        mirti_encoding_free(encoding);
    }
}

static void test_multi_byte(void **state) {
    (void)state;
    mirti_encoding *encoding = NULL;
    mirti_text out = {0};
    assert_int_equal(mirti_encoding_find("GBK", &encoding, NULL), MIRTI_OK);
    assert_int_equal(mirti_encoding_decode(encoding,
                                           mirti_str_of("a\xD6\xD0"
                                                        "b"),
                                           &out, NULL, NULL),
                     MIRTI_OK);
    assert_string_equal(out.data, "a中b");
    size_t bad = 0;
    assert_int_equal(mirti_encoding_decode(encoding, mirti_str_of("ok\xD6"), &out, &bad, NULL),
                     MIRTI_ERROR_INPUT);
    assert_int_equal(bad, 2);
    assert_string_equal(out.data, "a中b"); /* nothing is appended then */
    mirti_text_reset(&out);
    mirti_encoding_free(encoding);
}

/* A whole CSV in an encoding where the bytes of a comma may be part of a letter. */
static void test_whole_files(void **state) {
    (void)state;
    static const char *const encodings[][2] = {{"UTF-16LE", NULL},     {"UTF-16BE", NULL},
                                               {"UTF-16LE", "UTF-16"}, {"SHIFT_JIS", "Shift_JIS"},
                                               {"GB18030", "gb18030"}, {"UTF-32LE", "UTF-32LE"}};
    mirti_text table = {0};
    mirti_text_puts(&table, "clave,nombre\n");
    for (int i = 0; i < 20000; i++)
        mirti_text_printf(&table, "%05d,東京 %d ソ表\n", i, i); /* ソ and 表 end in a backslash */
    for (size_t k = 0; k < sizeof encodings / sizeof *encodings; k++) {
        size_t room = 8 * table.size, left = room, from_left = table.size;
        char *bytes = mirti_new(room, 1);
        assert_non_null(bytes);
        char *to = bytes, *from = table.data;
        if (strcmp(encodings[k][0], "UTF-16LE") == 0) memcpy(to, "\xFF\xFE", 2), to += 2, left -= 2;
        if (strcmp(encodings[k][0], "UTF-16BE") == 0) memcpy(to, "\xFE\xFF", 2), to += 2, left -= 2;
        iconv_t oracle = iconv_open(encodings[k][0], "UTF-8");
        assert_true(oracle != (iconv_t)-1);
        assert_true(iconv(oracle, &from, &from_left, &to, &left) != (size_t)-1);
        iconv_close(oracle);
        mirti_source *source = NULL;
        mirti_batch batch = {0};
        mirti_error err = {0};
        mirti_source_options options = {.path = "x.csv", .encoding = encodings[k][1]};
        if (mirti_source_open_text((mirti_str){bytes, room - left}, &options, &source, &err) !=
            MIRTI_OK)
            fail_msg("%s: %s", encodings[k][0], err.message);
        int row = 0;
        for (;;) {
            if (mirti_source_next(source, &batch, &err) != MIRTI_OK) fail_msg("%s", err.message);
            if (batch.rows == 0) break;
            for (int64_t i = 0; i < batch.rows; i++, row++) {
                char code[16], name[64];
                snprintf(code, sizeof code, "%05d", row);
                snprintf(name, sizeof name, "東京 %d ソ表", row);
                assert_true(mirti_str_is(batch.column[0].text[i], code));
                assert_true(mirti_str_is(batch.column[1].text[i], name));
            }
        }
        assert_int_equal(row, 20000);
        const mirti_source_report *report = mirti_source_report_get(source);
        assert_int_equal(report->bytes, room - left);
        assert_int_equal(report->encoding_detected, encodings[k][1] == NULL);
        mirti_source_close(source);
        /* Cut off inside a character: an error that names the row. */
        assert_int_equal(
            mirti_source_open_text((mirti_str){bytes, room - left - 3}, &options, &source, NULL),
            MIRTI_OK);
        mirti_status status = MIRTI_OK;
        do {
            status = mirti_source_next(source, &batch, &err);
        } while (status == MIRTI_OK && batch.rows > 0);
        if (encodings[k][0][0] == 'U') {
            assert_int_equal(status, MIRTI_ERROR_INPUT);
            assert_true(err.line >= 20000);
            assert_non_null(strstr(err.message, "UTF-"));
        }
        mirti_batch_reset(&batch);
        mirti_source_close(source);
        mirti_free(bytes);
    }
    mirti_text_reset(&table);
}

static void test_guess(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"plain", ""},
        {"", ""},
        {"ñ", "UTF-8"},
        {"Le\xF3n", "Windows-1252"},
        {"ñ\xC3", "UTF-8"}, /* cut off at the end */
        {"ñ\xE2\x82", "UTF-8"},
        {"\xE2\x82\xC3", "Windows-1252"}, /* not cut off: followed by another lead */
        {"Bogot\xE1", "UTF-8"},           /* cannot be told: a lead byte at the very end */
        {"Bogot\xE1 ", "Windows-1252"},
        {"ñ and \xF1.", "Windows-1252"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(mirti_encoding_guess(mirti_str_of(cases[i][0])), cases[i][1]) != 0)
            fail_msg("%s", cases[i][0]);
}

static mirti_status find_and_decode(mirti_error *err) {
    mirti_encoding *encoding = NULL;
    mirti_text out = {0};
    mirti_status status = mirti_encoding_find("CP850", &encoding, err);
    if (status == MIRTI_OK)
        status = mirti_encoding_decode(encoding, mirti_str_of("\xA4\xA0"), &out, NULL, err);
    mirti_text_reset(&out);
    mirti_encoding_free(encoding);
    return status;
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(find_and_decode) >= 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings),  cmocka_unit_test(test_letters_as_iconv),
        cmocka_unit_test(test_multi_byte), cmocka_unit_test(test_whole_files),
        cmocka_unit_test(test_guess),      cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests_name("table: encodings", tests, NULL, NULL);
}
