/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ranked CSV: order, quoting, empty cells, and what happens when it cannot be written. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "geo_results.h"
#include "mirti/publish.h"

static const char path[] = "publish_csv_test.csv";

static char *written(const mirti_results *results, bool bom) {
    mirti_error err = {0};
    char *text;
    size_t size;
    mirti_status status = mirti_csv_write(path, true, bom, results, &err);
    if (status != MIRTI_OK) print_message("%s\n", err.message);
    assert_int_equal(status, MIRTI_OK);
    assert_int_equal(mirti_file_read(path, &text, &size, &err), MIRTI_OK);
    assert_int_equal(strlen(text), size);
    unlink(path);
    return text;
}

/* Line `number` (0 = header) without its CRLF, in a static buffer. */
static const char *line_of(const char *text, int number) {
    static char line[1024];
    for (; number > 0; number--)
        text = strstr(text, "\r\n") + 2;
    size_t size = (size_t)(strstr(text, "\r\n") - text);
    memcpy(line, text, size);
    line[size] = '\0';
    return line;
}

static void test_sorted_by_rank_then_code_unranked_last(void **state) {
    (void)state;
    mirti_results *results = made_results(5);
    made_area(results, 0, "01005", "E", 0.1, 0);
    made_area(results, 1, "01002", "B", 0.3, 1);
    made_area(results, 2, "01001", "A", 0.3, 1);
    made_area(results, 3, "01004", "D", 0.5, 2);
    made_area(results, 4, "01003", "C", 0.1, 0);
    const int64_t rank[] = {0, 2, 2, 1, 0};
    memcpy(results->rank, rank, sizeof rank);
    char *text = written(results, false);
    const char *expected[] = {"\"01004\"", "\"01001\"", "\"01002\"", "\"01003\"", "\"01005\""};
    for (int i = 0; i < 5; i++)
        assert_memory_equal(line_of(text, i + 1), expected[i], 7);
    mirti_free(text);
    free_results(results);
}

static void test_text_is_quoted_where_it_must_be_and_codes_always(void **state) {
    (void)state;
    mirti_results *results = made_results(4);
    made_area(results, 0, "01001", "Dr. \"Belisario\" Domínguez", 0.25, 1);
    made_area(results, 1, "01002", "Uno, dos", 0.25, 1);
    made_area(results, 2, "01003", "a\nb", 0.25, 1);
    made_area(results, 3, "01004", " Peñón", 0.25, 1);
    char *text = written(results, true);
    assert_memory_equal(text,
                        "\xEF\xBB\xBF"
                        "code,name,parent_code,parent_name,children,risk,",
                        50);
    const char *expected[] = {"\"01001\",\"Dr. \"\"Belisario\"\" Domínguez\",\"01\",,1000,0.25",
                              "\"01002\",\"Uno, dos\",\"01\",,1000,0.25",
                              "\"01003\",\"a\nb\",\"01\",,1000,0.25",
                              "\"01004\",\" Peñón\",\"01\",,1000,0.25"};
    for (int i = 0; i < 4; i++)
        assert_memory_equal(line_of(text, i + 1), expected[i], strlen(expected[i]));
    mirti_free(text);
    free_results(results);
}

static void test_every_line_has_every_column(void **state) {
    (void)state;
    mirti_results *results = made_results(1);
    int count;
    const mirti_output_column *column = mirti_output_columns(&count);
    char *text = written(results, false);
    char header[1024] = "";
    for (int i = 0; i < count; i++) {
        if (i > 0) strcat(header, ",");
        strcat(header, column[i].name);
    }
    assert_string_equal(line_of(text, 0), header);
    int commas = 0;
    for (const char *c = line_of(text, 1); *c; c++)
        commas += *c == ',';
    assert_int_equal(commas, count - 1);
    assert_null(strstr(text, "nan"));
    mirti_free(text);
    free_results(results);
}

static void test_a_full_disk_leaves_nothing(void **state) {
    (void)state;
    enum { MANY = 2000 };
    mirti_results *results = made_results(MANY);
    for (int64_t i = 0; i < MANY; i++)
        made_area(results, i, "01001", "A", 0.1, 0);
    struct rlimit before, small;
    mirti_error err = {0};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*old)(int) = signal(SIGXFSZ, SIG_IGN);
    small = before;
    small.rlim_cur = 30000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    mirti_status status = mirti_csv_write(path, false, false, results, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, old);
    assert_int_equal(status, MIRTI_ERROR_OUTPUT);
    assert_non_null(strstr(err.file, path));
    assert_int_not_equal(access(path, F_OK), 0);
    free_results(results);
}

static void test_nothing_is_overwritten_unasked(void **state) {
    (void)state;
    mirti_results *results = made_results(0);
    mirti_error err = {0};
    assert_int_equal(mirti_csv_write(path, false, false, results, &err), MIRTI_OK);
    assert_int_equal(mirti_csv_write(path, false, false, results, &err), MIRTI_ERROR_USAGE);
    unlink(path);
    free_results(results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorted_by_rank_then_code_unranked_last),
        cmocka_unit_test(test_text_is_quoted_where_it_must_be_and_codes_always),
        cmocka_unit_test(test_every_line_has_every_column),
        cmocka_unit_test(test_a_full_disk_leaves_nothing),
        cmocka_unit_test(test_nothing_is_overwritten_unasked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
