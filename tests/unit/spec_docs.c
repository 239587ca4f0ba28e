/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reference documentation and the files we ship, against the reader: every key of the tables is
 * documented and every documented key exists; every YAML example is read; so is every model in
 * models/ and every project in examples/, each project together with its model.
 *
 * An example of the documentation is either a complete file, or some top-level blocks; these are
 * tried in place of the same blocks of the page's first, complete example.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mirti/spec.h"
#include "spec/keys.h"

typedef struct page {
    const char *path;
    const char *header; /* what a complete example begins with */
    mirti_status (*parse)(const char *text, size_t size, const char *path, mirti_error *err);
    const mirti_spec_table *const *table;
    int tables;
} page;

static mirti_status parse_model(const char *text, size_t size, const char *path, mirti_error *err) {
    mirti_model_spec *model;
    mirti_status status = mirti_model_spec_parse(text, size, path, &model, err);
    mirti_model_spec_free(model);
    return status;
}

static mirti_status parse_project(const char *text, size_t size, const char *path,
                                  mirti_error *err) {
    mirti_project *project;
    mirti_status status = mirti_project_parse(text, size, path, &project, err);
    mirti_project_free(project);
    return status;
}

static page model_page(void) {
    page p = {MIRTI_SOURCE_DIR "/docs/model-file.md", "mirti-model:", parse_model, NULL, 0};
    p.table = mirti_spec_model_tables(&p.tables);
    return p;
}

static page index_page(void) {
    page p = {MIRTI_SOURCE_DIR "/docs/index-file.md", "mirti-index:", parse_model, NULL, 0};
    p.table = mirti_spec_index_tables(&p.tables);
    return p;
}

static page project_page(void) {
    page p = {MIRTI_SOURCE_DIR "/docs/project-file.md", "mirti-project:", parse_project, NULL, 0};
    p.table = mirti_spec_project_tables(&p.tables);
    return p;
}

static void fail_with(const mirti_error *err, const char *text) {
    char said[2000];
    mirti_error_format(err, said, sizeof said);
    fail_msg("%s\nin:\n%s", said, text);
}

static char *load(const char *path) {
    char *text = NULL;
    size_t size;
    mirti_error err = {0};
    if (mirti_file_read(path, &text, &size, &err) != MIRTI_OK) fail_with(&err, path);
    return text;
}

/* -------------------------------------------------------------------------------------- keys -- */

static void check_tables_are_documented(page p) {
    char *text = load(p.path);
    int missing = 0;
    for (int t = 0; t < p.tables; t++) {
        for (int k = 0; k < p.table[t]->count; k++) {
            const mirti_spec_key *key = &p.table[t]->key[k];
            char cell[100];
            snprintf(cell, sizeof cell, "`%s`", key->name);
            if (strstr(text, cell) == NULL) {
                print_error("%s: %s has the key '%s', which is not documented\n", p.path,
                            p.table[t]->block, key->name);
                missing++;
            }
            for (int c = 0; key->choices != NULL && key->choices[c] != NULL; c++) {
                snprintf(cell, sizeof cell, "`%s`", key->choices[c]);
                if (strstr(text, cell) != NULL) continue;
                print_error("%s: '%s' of '%s' is not documented\n", p.path, key->choices[c],
                            key->name);
                missing++;
            }
        }
    }
    assert_int_equal(missing, 0);
    mirti_free(text);
}

static bool is_key(page p, const char *name, size_t size) {
    for (int t = 0; t < p.tables; t++)
        for (int k = 0; k < p.table[t]->count; k++)
            if (strlen(p.table[t]->key[k].name) == size &&
                memcmp(p.table[t]->key[k].name, name, size) == 0)
                return true;
    return false;
}

/* The first cells of tables headed "| key |" name keys in backquotes. */
static void check_documented_keys_exist(page p) {
    char *text = load(p.path);
    bool inside = false;
    int wrong = 0;
    int seen = 0;
    for (char *line = text, *next; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL) *next++ = '\0';
        if (line[0] != '|') inside = false;
        if (strncmp(line, "| key |", 7) == 0) inside = true;
        if (!inside) continue;
        char *end = strchr(line + 1, '|');
        assert_non_null(end);
        for (char *open = strchr(line, '`'); open != NULL && open < end;) {
            char *close = strchr(open + 1, '`');
            assert_non_null(close);
            seen++;
            if (!is_key(p, open + 1, (size_t)(close - open - 1))) {
                print_error("%s: there is no key %.*s\n", p.path, (int)(close - open + 1), open);
                wrong++;
            }
            open = strchr(close + 1, '`');
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(seen > 10);
    mirti_free(text);
}

static void test_every_key_is_documented(void **state) {
    (void)state;
    check_tables_are_documented(model_page());
    check_tables_are_documented(index_page());
    check_tables_are_documented(project_page());
}

static void test_every_documented_key_exists(void **state) {
    (void)state;
    check_documented_keys_exist(model_page());
    check_documented_keys_exist(index_page());
    check_documented_keys_exist(project_page());
}

/* ---------------------------------------------------------------------------------- examples -- */

/* Whether `line` begins a top-level block, and which. */
static size_t key_size(const char *line) {
    size_t size = strspn(line, "abcdefghijklmnopqrstuvwxyz-");
    return size > 0 && line[size] == ':' ? size : 0;
}

static bool has_block(const char *text, const char *key, size_t size) {
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (key_size(line) == size && memcmp(line, key, size) == 0) return true;
        line = strchr(line, '\n');
        if (line != NULL) line++;
    }
    return false;
}

/* `base` without the blocks that `part` has, and then `part`. */
static char *replace_blocks(const char *base, const char *part) {
    mirti_text out = {0};
    bool keep = true;
    for (const char *line = base; *line != '\0';) {
        const char *end = strchr(line, '\n');
        size_t size = key_size(line);
        if (size > 0) keep = !has_block(part, line, size);
        size_t length = end != NULL ? (size_t)(end - line) + 1 : strlen(line);
        if (keep) mirti_text_add(&out, line, length);
        line += length;
    }
    mirti_text_puts(&out, part);
    assert_false(out.failed);
    return out.data;
}

static void check_examples(page p) {
    char *text = load(p.path);
    char *base = NULL;
    int examples = 0;
    for (char *open = strstr(text, "```yaml\n"); open != NULL;) {
        char *begin = open + strlen("```yaml\n");
        char *end = strstr(begin, "```");
        assert_non_null(end);
        open = strstr(end + 3, "```yaml\n");
        *end = '\0';
        bool complete = strncmp(begin, p.header, strlen(p.header)) == 0;
        if (base == NULL) assert_true(complete);
        char *whole = complete || base == NULL ? mirti_strdup(begin) : replace_blocks(base, begin);
        mirti_error err = {0};
        if (p.parse(whole, strlen(whole), "example", &err) != MIRTI_OK) fail_with(&err, whole);
        examples++;
        if (base == NULL)
            base = whole;
        else
            mirti_free(whole);
    }
    assert_true(examples >= 4);
    mirti_free(base);
    mirti_free(text);
}

static void test_every_example_is_read(void **state) {
    (void)state;
    check_examples(model_page());
    check_examples(index_page());
    check_examples(project_page());
}

/* ----------------------------------------------------------------------------- shipped files -- */

static void check_shipped_project(const char *path) {
    mirti_project *project;
    mirti_model_spec *model;
    char *model_path;
    mirti_error err = {0};
    if (mirti_project_read(path, &project, &err) != MIRTI_OK) fail_with(&err, path);
    if (mirti_project_model_path(project, &model_path, &err) != MIRTI_OK) fail_with(&err, path);
    if (mirti_model_spec_read(model_path, &model, &err) != MIRTI_OK) fail_with(&err, path);
    if (mirti_project_check(project, model, &err) != MIRTI_OK) fail_with(&err, path);
    mirti_free(model_path);
    mirti_model_spec_free(model);
    mirti_project_free(project);
}

static void test_everything_shipped_is_read(void **state) {
    (void)state;
    glob_t found;
    assert_int_equal(glob(MIRTI_SOURCE_DIR "/models/*.yaml", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        mirti_model_spec *model;
        mirti_error err = {0};
        if (mirti_model_spec_read(found.gl_pathv[i], &model, &err) != MIRTI_OK)
            fail_with(&err, found.gl_pathv[i]);
        mirti_model_spec_free(model);
    }
    globfree(&found);
    assert_int_equal(glob(MIRTI_SOURCE_DIR "/examples/*/mirti.yaml", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        check_shipped_project(found.gl_pathv[i]);
    globfree(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_key_is_documented),
        cmocka_unit_test(test_every_documented_key_exists),
        cmocka_unit_test(test_every_example_is_read),
        cmocka_unit_test(test_everything_shipped_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
