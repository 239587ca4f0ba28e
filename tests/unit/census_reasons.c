/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every reason has words in both languages, by which it is found again; other texts stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "mirti/census.h"

static void test_every_reason_in_both_languages(void **state) {
    (void)state;
    for (int r = 0; r < MIRTI_REASONS; r++) {
        char text[MIRTI_REASON_TEXT], en[MIRTI_REASON_WORDS], es[MIRTI_REASON_WORDS];
        mirti_reason_text((mirti_reason)r, "está_ahí", text);
        assert_true(strlen(text) > 5);
        mirti_reason_words(text, "en", en);
        mirti_reason_words(text, "es", es);
        assert_string_equal(text, en);
        assert_string_not_equal(text, es);
        assert_true(strlen(es) > 5);
        assert_int_equal(strstr(text, "está_ahí") != NULL, strstr(es, "está_ahí") != NULL);
        assert_null(strstr(es, "%"));
    }
}

static void test_names_that_look_like_reasons(void **state) {
    (void)state;
    char text[MIRTI_REASON_TEXT], words[MIRTI_REASON_WORDS];
    mirti_reason_text(MIRTI_REASON_PREDICTOR_MISSING, "is missing", text);
    mirti_reason_words(text, "es", words);
    assert_string_equal(words, "falta el dato del rasgo is missing");
    mirti_reason_text(MIRTI_REASON_OUTCOME_MISSING, NULL, text);
    assert_string_equal(text, "outcome  is missing");
}

static void test_other_texts_stay(void **state) {
    (void)state;
    static const char *const texts[] = {"", "predictor", "the weight is zero!", "outcome %s",
                                        "predictor is missing"};
    char words[MIRTI_REASON_WORDS], lengthy[400], cut[MIRTI_REASON_TEXT];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        mirti_reason_words(texts[i], "es", words);
        assert_string_equal(words, texts[i]);
    }
    /* A name that leaves no room for the end is cut, and then no text of ours. */
    memset(lengthy, 'x', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = '\0';
    mirti_reason_text(MIRTI_REASON_PREDICTOR_MISSING, lengthy, cut);
    assert_int_equal(strlen(cut), MIRTI_REASON_TEXT - 1);
    mirti_reason_words(cut, "es", words);
    assert_string_equal(words, cut);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_reason_in_both_languages),
        cmocka_unit_test(test_names_that_look_like_reasons),
        cmocka_unit_test(test_other_texts_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
