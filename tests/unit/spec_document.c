/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * YAML as a tree: places, aliases and merges, and the limits that keep a hostile file from costing
 * more than its bytes. And what was most likely meant by a mistyped name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "mirti/spec.h"
#include "spec/document.h"
#include "spec/keys.h"

/* A document that is released after the test. */
typedef struct tree {
    mirti_arena arena;
    const mirti_spec_node *root;
    mirti_error err;
    mirti_status status;
} tree;

static tree parse_bytes(const char *text, size_t size) {
    tree t = {0};
    t.status = mirti_spec_document_parse(text, size, "t.yaml", &t.arena, &t.root, &t.err);
    if (t.status == MIRTI_OK)
        assert_non_null(t.root);
    else
        assert_null(t.root);
    return t;
}

static tree parse(const char *text) {
    return parse_bytes(text, strlen(text));
}

static const char *text_of(const tree *t, const char *outer, const char *inner) {
    const mirti_spec_node *node = mirti_spec_get(t->root, outer);
    if (node != NULL && inner != NULL) node = mirti_spec_get(node, inner);
    return node != NULL ? node->text : NULL;
}

static void assert_refused(const char *text, size_t size, int line, int column,
                           const char *message) {
    tree t = parse_bytes(text, size);
    assert_int_equal(t.status, MIRTI_ERROR_INPUT);
    if (strstr(t.err.message, message) == NULL) fail_msg("%s", t.err.message);
    assert_string_equal(t.err.file, "t.yaml");
    assert_int_equal(t.err.line, line);
    assert_int_equal(t.err.column, column);
    mirti_arena_reset(&t.arena);
}

/* ------------------------------------------------------------------------------------- texts -- */

static void test_scalars_stay_text(void **state) {
    (void)state;
    tree t = parse("a: 0010\nb: no\nc: ~\nd: 1e3\ne: ''\nf: \"\\u00e1\\t\"\n");
    assert_int_equal(t.status, MIRTI_OK);
    assert_string_equal(text_of(&t, "a", NULL), "0010");
    assert_string_equal(text_of(&t, "b", NULL), "no");
    assert_string_equal(text_of(&t, "c", NULL), "~");
    assert_string_equal(text_of(&t, "d", NULL), "1e3");
    assert_string_equal(text_of(&t, "e", NULL), "");
    assert_string_equal(text_of(&t, "f", NULL), "á\t");
    assert_false(mirti_spec_get(t.root, "a")->quoted);
    assert_true(mirti_spec_get(t.root, "e")->quoted);
    mirti_arena_reset(&t.arena);
}

static void assert_text_at(const tree *t, const char *key, int line, int column) {
    const mirti_spec_node *node = mirti_spec_get(t->root, key);
    assert_non_null(node);
    assert_int_equal(node->text_place.line, line);
    assert_int_equal(node->text_place.column, column);
}

static void test_text_begins_after_what_stands_before_it(void **state) {
    (void)state;
    tree t = parse("a: &x text\n"
                   "b: &y 'text'\n"
                   "c: &z # a comment\n"
                   "\n"
                   "   text over\n"
                   "   lines\n"
                   "d: ! &n |\n"
                   "   text\n"
                   "e: >2-\n"
                   "     text\n");
    assert_int_equal(t.status, MIRTI_OK);
    assert_text_at(&t, "a", 1, 7);
    assert_text_at(&t, "b", 2, 8);
    assert_text_at(&t, "c", 5, 4);
    assert_string_equal(mirti_spec_get(t.root, "c")->source, "text over\n   lines");
    assert_text_at(&t, "d", 8, 4);
    assert_text_at(&t, "e", 10, 6);
    assert_string_equal(mirti_spec_get(t.root, "e")->text, "   text");
    mirti_arena_reset(&t.arena);
}

static void test_byte_order_mark_and_windows_lines(void **state) {
    (void)state;
    tree t = parse("\xEF\xBB\xBF"
                   "a: 1\r\nb:\r\n  ñ: x\r\n");
    assert_int_equal(t.status, MIRTI_OK);
    assert_string_equal(text_of(&t, "b", "ñ"), "x");
    assert_int_equal(mirti_spec_key_place(t.root, "a").column, 1);
    const mirti_spec_node *x = mirti_spec_get(mirti_spec_get(t.root, "b"), "ñ");
    assert_int_equal(x->place.line, 3);
    assert_int_equal(x->place.column, 6);
    mirti_arena_reset(&t.arena);
}

/* YAML 1.1 has five kinds of line break; lines are counted as libyaml does. */
static void test_every_kind_of_line_break(void **state) {
    (void)state;
    tree t = parse("a: 1\rb: 2\xC2\x85"
                   "c: 3\xE2\x80\xA8"
                   "d: 4\xE2\x80\xA9"
                   "e: |\r\n  one\r  two\xC2\x85  three\n");
    assert_int_equal(t.status, MIRTI_OK);
    assert_text_at(&t, "d", 4, 4);
    assert_text_at(&t, "e", 6, 3);
    assert_string_equal(mirti_spec_get(t.root, "e")->source, "one\n  two\n  three\n");
    mirti_arena_reset(&t.arena);
}

static void test_encoding(void **state) {
    (void)state;
    assert_refused("a: 1\nb: ni\xF1o\n", 13, 2, 6, "not encoded as UTF-8");
    assert_refused("\xFF\xFE"
                   "a\0:\0",
                   6, 1, 1, "not encoded as UTF-8");
    assert_refused("á: \xC3", 5, 1, 4, "not encoded as UTF-8");
    assert_refused("a: \0 b", 6, 1, 4, "control characters");
    assert_refused("", 0, 1, 1, "empty");
    assert_refused("# only a comment\n", 17, 1, 1, "empty");
}

/* ------------------------------------------------------------------------ aliases and merges -- */

static void test_alias_is_the_same_node(void **state) {
    (void)state;
    tree t = parse("a: &x {k: v}\nb: *x\nc: [*x, *x]\nx: &x later\nd: *x\n");
    assert_int_equal(t.status, MIRTI_OK);
    assert_ptr_equal(mirti_spec_get(t.root, "a"), mirti_spec_get(t.root, "b"));
    assert_string_equal(text_of(&t, "d", NULL), "later");
    mirti_arena_reset(&t.arena);
}

static void test_merge_takes_over_what_is_not_there(void **state) {
    (void)state;
    tree t = parse("one: &one {a: 1, b: 1}\n"
                   "two: &two {b: 2, c: 2}\n"
                   "both: {b: own, <<: [*one, *two]}\n"
                   "chain: {<<: *two, d: {<<: *one}}\n"
                   "'<<': not a merge\n");
    assert_int_equal(t.status, MIRTI_OK);
    assert_string_equal(text_of(&t, "both", "a"), "1");
    assert_string_equal(text_of(&t, "both", "b"), "own");
    assert_string_equal(text_of(&t, "both", "c"), "2");
    assert_int_equal(mirti_spec_get(t.root, "both")->count, 3);
    assert_string_equal(text_of(&t, "chain", "c"), "2");
    assert_string_equal(text_of(&t, "<<", NULL), "not a merge");
    mirti_arena_reset(&t.arena);
    assert_refused("a: {<<: text}\n", 14, 1, 9, "takes over");
    assert_refused("a: {<<: {b: 1}, <<: {c: 1}}\n", 28, 1, 17, "twice");
}

/* ------------------------------------------------------------------------------------ limits -- */

static void test_billion_laughs(void **state) {
    (void)state;
    mirti_text text = {0};
    mirti_text_puts(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 10; i++) {
        mirti_text_printf(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++)
            mirti_text_printf(&text, "%s*a%d", k > 0 ? ", " : "", i - 1);
        mirti_text_puts(&text, "]\n");
    }
    /* 11 nodes, 111, 1 111, 11 111 are fine; the tenth list of a4 would reach 111 111. */
    assert_refused(text.data, text.size, 5, 55, "too large once its aliases are written out");
    mirti_text_reset(&text);
}

/* Merges take no nodes of their own: what they go through must count all the same. */
static void test_merges_count(void **state) {
    (void)state;
    mirti_text text = {0};
    mirti_text_puts(&text, "a: &a {");
    for (int i = 0; i < 900; i++)
        mirti_text_printf(&text, "k%d: v, ", i);
    mirti_text_puts(&text, "}\nlist: &list [");
    for (int i = 0; i < 50; i++)
        mirti_text_puts(&text, "*a, ");
    mirti_text_puts(&text, "]\nb: {<<: *list}\n");
    assert_refused(text.data, text.size, 3, 4, "aliases");
    mirti_text_reset(&text);
}

static void test_depth(void **state) {
    (void)state;
    char text[200] = "a: ";
    for (int i = 3; i < 150; i++)
        text[i] = '[';
    assert_refused(text, 150, 1, 3 + MIRTI_SPEC_MAX_DEPTH, "nested too deeply");
    assert_refused("a: &x [*x]", 10, 1, 8, "inside what it refers to");
}

static void test_numbers_of_keys_and_anchors(void **state) {
    (void)state;
    mirti_text text = {0};
    for (int i = 0; i <= MIRTI_SPEC_MAX_KEYS; i++)
        mirti_text_printf(&text, "k%d: v\n", i);
    assert_refused(text.data, text.size, MIRTI_SPEC_MAX_KEYS + 1, 1, "too many keys");
    mirti_text_reset(&text);
    mirti_text_puts(&text, "- a\n");
    for (int i = 0; i <= MIRTI_SPEC_MAX_ANCHORS; i++)
        mirti_text_printf(&text, "- &a%d x\n", i);
    assert_refused(text.data, text.size, MIRTI_SPEC_MAX_ANCHORS + 2, 3, "too many anchors");
    mirti_text_reset(&text);
}

static void test_size(void **state) {
    (void)state;
    char *text = mirti_new(MIRTI_SPEC_MAX_BYTES + 2, 1);
    assert_non_null(text);
    memset(text, '#', MIRTI_SPEC_MAX_BYTES + 1);
    assert_refused(text, MIRTI_SPEC_MAX_BYTES + 1, 0, 0, "too large");

    FILE *file = fopen("spec_large.yaml", "wb");
    assert_non_null(file);
    fwrite(text, 1, MIRTI_SPEC_MAX_BYTES + 1, file);
    fclose(file);
    mirti_free(text);
    mirti_error err = {0};
    size_t size;
    assert_int_equal(mirti_spec_document_load("spec_large.yaml", &text, &size, &err),
                     MIRTI_ERROR_INPUT);
    assert_string_equal(err.file, "spec_large.yaml");
    unlink("spec_large.yaml");
}

static void test_what_is_no_file(void **state) {
    (void)state;
    static const struct {
        const char *path, *message;
    } cases[] = {{"/dev/zero", "not a file"}, {".", "not a file"}, {"none.yaml", "no such file"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mirti_model_spec *model;
        mirti_error err = {0};
        assert_int_equal(mirti_model_spec_read(cases[i].path, &model, &err), MIRTI_ERROR_INPUT);
        assert_null(model);
        assert_string_equal(err.file, cases[i].path);
        if (strstr(err.message, cases[i].message) == NULL) fail_msg("%s", err.message);
    }
}

/* ---------------------------------------------------------------------------- what was meant -- */

static void test_distance(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {{"", "", 0},
                 {"", "abc", 3},
                 {"abc", "abc", 0},
                 {"ABC", "abc", 0},
                 {"predictros", "predictors", 1}, /* a swap */
                 {"sexo", "sex", 1},
                 {"kitten", "sitting", 3},
                 {"ca", "abc", 3}, /* no edit within a swap: the restricted distance */
                 {"weight", "height", 1},
                 {"a", "b", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(mirti_spec_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(mirti_spec_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
    char text[200];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(mirti_spec_distance(text, ""), 64); /* longer texts are cut */
}

static void test_nearest(void **state) {
    (void)state;
    static const char *const names[] = {"predictors", "terms", "sources", "name"};
    assert_int_equal(mirti_spec_nearest("predictros", names, 4), 0);
    assert_int_equal(mirti_spec_nearest("term", names, 4), 1);
    assert_int_equal(mirti_spec_nearest("Sources", names, 4), 2);
    assert_int_equal(mirti_spec_nearest("fuentes", names, 4), -1);
    assert_int_equal(mirti_spec_nearest("x", names, 4), -1);
    assert_int_equal(mirti_spec_nearest("x", names, 0), -1);
}

static void test_localized(void **state) {
    (void)state;
    char *languages[] = {(char[]){"pt"}, (char[]){"en"}, (char[]){""}};
    char *texts[] = {(char[]){"um"}, (char[]){"one"}, (char[]){"1"}};
    mirti_localized all = {3, languages, texts};
    mirti_localized two = {2, languages, texts};
    mirti_localized one = {1, languages, texts};
    assert_string_equal(mirti_localized_get(&all, "pt", "-"), "um");
    assert_string_equal(mirti_localized_get(&all, "es", "-"), "1");
    assert_string_equal(mirti_localized_get(&two, "es", "-"), "one");
    assert_string_equal(mirti_localized_get(&one, "es", "-"), "um");
    assert_string_equal(mirti_localized_get(&one, NULL, "-"), "um");
    assert_string_equal(mirti_localized_get(&(mirti_localized){0}, "es", "-"), "-");
    assert_string_equal(mirti_localized_get(NULL, "es", "-"), "-");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars_stay_text),
        cmocka_unit_test(test_text_begins_after_what_stands_before_it),
        cmocka_unit_test(test_byte_order_mark_and_windows_lines),
        cmocka_unit_test(test_every_kind_of_line_break),
        cmocka_unit_test(test_encoding),
        cmocka_unit_test(test_alias_is_the_same_node),
        cmocka_unit_test(test_merge_takes_over_what_is_not_there),
        cmocka_unit_test(test_billion_laughs),
        cmocka_unit_test(test_merges_count),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_numbers_of_keys_and_anchors),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_what_is_no_file),
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_localized),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
