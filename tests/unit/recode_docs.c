/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs the examples of docs/expressions.md: what the page says is what the program does. The page
 * itself says how its examples are to be read.
 */
#include "recode_harness.h"

#include "recode/compile.h"

#define ARROW   "\xE2\x86\x92" /* → result */
#define REFUSED "\xE2\x9C\x97" /* ✗ message */

enum { LONGEST = 1024 };

/** What the block at hand has set up. */
typedef struct block {
    char given[LONGEST];
    char define[16][2][LONGEST];
    int defines;
    mirti_text table; ///< of a households block
} block;

typedef struct counts {
    int results, refusals, households;
} counts;

static char *trimmed(char *text) {
    while (*text == ' ')
        text++;
    for (char *end = text + strlen(text); end > text && end[-1] == ' ';)
        *--end = '\0';
    return text;
}

/** `a = 1; b = ` as the harness wants it: `a=1;b=`. A value keeps one blank before it beyond the
 * first. */
static void set_given(block *b, char *text) {
    size_t used = 0;
    for (char *part = text; part && *part;) {
        char *next = strchr(part, ';'), *equal = strchr(part, '=');
        assert_non_null(equal);
        if (next) *next++ = '\0';
        *equal++ = '\0';
        if (*equal == ' ') equal++;
        for (char *end = equal + strlen(equal); end > equal && end[-1] == ' ' && next;)
            *--end = '\0';
        used += (size_t)snprintf(b->given + used, LONGEST - used, "%s%s=%s", used ? ";" : "",
                                 trimmed(part), equal);
        part = next;
    }
    b->defines = 0;
}

static void set_define(block *b, char *text) {
    char *equal = strchr(text, '=');
    assert_non_null(equal);
    assert_true(b->defines < 16);
    *equal++ = '\0';
    snprintf(b->define[b->defines][0], LONGEST, "%s", trimmed(text));
    snprintf(b->define[b->defines++][1], LONGEST, "%s", trimmed(equal));
}

static mirti_scope *scope_of(const block *b, const harness_row *row) {
    mirti_scope *scope = NULL;
    assert_int_equal(mirti_scope_new(row->field, row->columns, &scope, NULL), MIRTI_OK);
    for (int i = 0; i < b->defines; i++)
        assert_int_equal(mirti_scope_define(scope, b->define[i][0], b->define[i][1], NULL, NULL),
                         MIRTI_OK);
    return scope;
}

/** Texts are printed with quotes inside doubled, as literals are written. */
static void quote(char *text) {
    char copy[LONGEST];
    size_t size = strlen(text), used = 0;
    if (size < 2 || text[0] != '\'') return;
    for (size_t i = 0; i < size; i++) {
        copy[used++] = text[i];
        if (text[i] == '\'' && i > 0 && i + 1 < size) copy[used++] = '\'';
    }
    copy[used] = '\0';
    memcpy(text, copy, used + 1);
}

static void run_example(const block *b, const char *expression, const char *want, bool refused) {
    harness_row row;
    char got[LONGEST] = "", message[2 * LONGEST] = "";
    mirti_error err = {0};
    harness_row_set(&row, b->given);
    mirti_scope *scope = scope_of(b, &row);
    mirti_status status =
        harness_eval_in(scope, &row, expression, MIRTI_TYPE_RAW, got, sizeof got, NULL, &err);
    if (status != MIRTI_OK) mirti_error_format(&err, message, sizeof message);
    mirti_scope_free(scope);
    quote(got);
    if (refused ? !strstr(message, want) : status != MIRTI_OK || strcmp(got, want) != 0)
        fail_msg("docs/expressions.md says\n%s %s %s\nbut it is %s%s", expression,
                 refused ? REFUSED : ARROW, want, got, message);
}

static void run_household(const block *b, const char *expression, const char *want) {
    char head_code[] = "1", spouse_code[] = "2", print[128];
    char *head[] = {head_code}, *spouse[] = {spouse_code};
    const mirti_source_options options = {.path = "example.csv"};
    const mirti_household h = {.key = {.text = "hh"},
                               .relationship = {.text = "rel"},
                               .heads = 1,
                               .head = head,
                               .spouses = 1,
                               .spouse = spouse,
                               .person = {.text = "num"},
                               .mother = {.text = "madre"},
                               .father = {.text = "padre"}};
    mirti_source *source = NULL;
    mirti_scope *scope = NULL;
    mirti_expr *expr = NULL;
    mirti_batch batch = {0};
    mirti_column out = {0};
    mirti_arena arena = {0};
    mirti_text got = {0};
    mirti_error err = {0};
    int fields = 0;
    assert_int_equal(
        mirti_source_open_text((mirti_str){b->table.data, b->table.size}, &options, &source, &err),
        MIRTI_OK);
    const mirti_field *field = mirti_source_fields(source, &fields);
    assert_int_equal(mirti_scope_new(field, fields, &scope, &err), MIRTI_OK);
    assert_int_equal(mirti_scope_household(scope, &h, &err), MIRTI_OK);
    if (mirti_expr_compile(scope, expression, MIRTI_TYPE_RAW, NULL, &expr, &err) != MIRTI_OK)
        fail_msg("docs/expressions.md: %s: %s", expression, err.message);
    assert_int_equal(mirti_source_next(source, &batch, &err), MIRTI_OK);
    assert_int_equal(mirti_expr_eval(expr, &batch, &arena, &out, NULL, &err), MIRTI_OK);
    for (int64_t i = 0; i < batch.rows; i++) {
        harness_print(&out, i, print, sizeof print);
        if (i > 0) mirti_text_puts(&got, " ");
        mirti_text_puts(&got, print);
    }
    if (strcmp(got.data, want) != 0)
        fail_msg("docs/expressions.md says\n%s " ARROW " %s\nbut it is %s", expression, want,
                 got.data);
    mirti_text_reset(&got);
    mirti_arena_reset(&arena);
    mirti_batch_reset(&batch);
    mirti_expr_free(expr);
    mirti_scope_free(scope);
    mirti_source_close(source);
}

/** One line of a block of examples. */
static void run_line(block *b, bool households, char *line, counts *n) {
    char *arrow = strstr(line, ARROW), *refused = strstr(line, REFUSED);
    if (!households && strncmp(line, "given ", 6) == 0) {
        set_given(b, line + 6);
    } else if (!households && strncmp(line, "define ", 7) == 0) {
        set_define(b, line + 7);
    } else if (arrow || refused) {
        char *mark = arrow ? arrow : refused;
        *mark = '\0';
        char *expression = trimmed(line), *want = trimmed(mark + strlen(ARROW));
        if (households)
            run_household(b, expression, want), n->households++;
        else
            run_example(b, expression, want, !arrow), arrow ? n->results++ : n->refusals++;
    } else if (households) {
        mirti_text_puts(&b->table, line);
        mirti_text_puts(&b->table, "\n");
    } else if (*trimmed(line)) {
        fail_msg("docs/expressions.md: what is this? %s", line);
    }
}

static void test_examples(void **state) {
    (void)state;
    static block b;
    char *page = NULL;
    size_t size = 0;
    counts n = {0};
    enum { OUTSIDE, EXAMPLES, HOUSEHOLDS, OTHER } where = OUTSIDE;
    assert_int_equal(mirti_file_read(MIRTI_SOURCE_DIR "/docs/expressions.md", &page, &size, NULL),
                     MIRTI_OK);
    for (char *line = page; line && *line;) {
        char *next = strchr(line, '\n');
        if (next) *next++ = '\0';
        if (strncmp(line, "```", 3) == 0) {
            where = where != OUTSIDE                     ? OUTSIDE
                    : strcmp(line, "```expr") == 0       ? EXAMPLES
                    : strcmp(line, "```households") == 0 ? HOUSEHOLDS
                                                         : OTHER;
            mirti_text_reset(&b.table);
            b = (block){0};
        } else if (where == EXAMPLES || where == HOUSEHOLDS) {
            run_line(&b, where == HOUSEHOLDS, line, &n);
        }
        line = next;
    }
    mirti_free(page);
    print_message("%d results, %d refusals, %d household expressions\n", n.results, n.refusals,
                  n.households);
    assert_true(n.results > 120 && n.refusals > 12 && n.households > 10);
}

/** Every function has an example: its name stands before a parenthesis inside a block. */
static void test_all_functions(void **state) {
    (void)state;
    char *page = NULL;
    size_t size = 0;
    int functions = 0;
    assert_int_equal(mirti_file_read(MIRTI_SOURCE_DIR "/docs/expressions.md", &page, &size, NULL),
                     MIRTI_OK);
    for (const char *name; (name = mirti_recode_function_name(functions)) != NULL; functions++) {
        bool found = false, inside = false;
        size_t length = strlen(name);
        for (const char *at = page; *at && !found; at++) {
            bool starts = at == page || at[-1] == '\n';
            if (starts && strncmp(at, "```", 3) == 0) inside = !inside;
            found = inside && at[length] == '(' &&
                    mirti_recode_same_word((mirti_str){at, length}, name) &&
                    !(at[-1] >= 'A' && at[-1] <= 'z');
        }
        if (!found) fail_msg("docs/expressions.md has no example of %s", name);
    }
    assert_true(functions > 40);
    mirti_free(page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_all_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
