/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV read in pieces by several threads: whatever the size of the pieces, down to one byte, the
 * rows, notes and errors are those that libcsv gives in one go. Also run under the thread
 * sanitizer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "table_whole.h"

/* Every oddity twice or more, so that every cut falls before, into and behind it. */
static const struct {
    const char *what;
    const char *text;
    size_t size;
} cases[] = {
#define CASE(what, text)                                                                           \
    { what, text, sizeof text - 1 }
    CASE("plain", "a,b,c\n1,2,3\n4,5,6\n,,\n7,8,9\n10,11,12\n"),
    CASE("no line end at the end", "a,b\n1,2\n3,4\n5,6"),
    CASE("CRLF", "a,b\r\n1,2\r\n33,44\r\n\r\n5,6\r\n7,8\r\n"),
    CASE("CR", "a,b\r1,2\r3,4\r\r5,6\r"),
    CASE("mixed line ends", "a,b\n1,2\r\n3,4\r5,6\n\r7,8\r\n\n9,0\n"),
    CASE("line ends in quotes",
         "a,b\n\"1\n\",\"\n2\n\"\n3,4\n\"\n\n\n\",5\n6,7\n8,9\n\"a\nb\",\n1,2\n"),
    CASE("CRLF in quotes", "a,b\r\n\"1\r\n1\",2\r\n3,\"\r\n\"\r\n4,\"\n\"\r\n5,6\r\n7,8\r\n"),
    CASE("delimiters in quotes", "a,b\n\",\",\",,\"\n\"\"\"\",\"x\"\"y\"\n\",\n,\",2\n3,4\n5,6\n"),
    CASE("mark", "\xEF\xBB\xBFid,b\n1,2\n3,\xC3\xB1\n5,6\n7,8\n"),
    CASE("NUL", "a,b\n1,2\n3,4\n5,\0\n7,8\n"),
    CASE("ragged", "a,b\n1,2\n3\n4,5\n6,7,8\n9,0\n1,2,\n3,4\n5\n6,7\n8,9\n"),
    CASE("ragged at the end", "a,b\n1,2\n3,4\n5,6\n7"),
    CASE("open quote", "a,b\n1,2\n3,4\n5,\"6\n7,8\n9,0\n"),
    CASE("stray quotes", "a,b\n1,2\"\n3\"4,\"5\"6\n7,8\n\"9\" ,0\n1,2\n3,4\n"),
    CASE("blank lines", "a,b\n\n1,2\n\n\n3,4\n  \n5,6\n7,8\n\n"),
    CASE("a blank line behind a CR", "[\r\t\n\n\n\r1\t4\r2\r"),
    CASE("blanks", "a,b\n 1 ,\t2\n\" 3\", \"4\"\n  ,\"  \"\n5,6\n7,8\n"),
    CASE("UTF-8, not declared", "a,b\n1,\xC3\xA1\n3,4\n5,\xC3\xB1\n7,8\n9,0\n"),
    CASE("Windows-1252, not declared", "a,b\n1,2\n3,4\n5,6\n7,\xE1\n9,\xF1\n1,2\n"),
    CASE("semicolons", "a;b\n1;2,5\n3;4\n5;6\n7;8\n"),
    CASE("one column", "a\n1\n2\n\n3\n\"\"\n4\n5\n"),
    CASE("only a header", "a,b\n"),
    CASE("only a header, unfinished", "a,b"),
    CASE("UTF-16", "\xFF\xFE"
                   "a\0,\0b\0\n\0001\0,\0002\0\n\0003\0,\0004\0\n\0"),
#undef CASE
};

/* All sizes of pieces up to `most`. */
static void compare(const char *what, mirti_str csv, int64_t most,
                    const mirti_source_options *options, bool select) {
    whole reference;
    mirti_source_options libcsv = *options;
    libcsv.format = "libcsv";
    whole_read(csv, &libcsv, select, 1, 0, &reference);
    for (int64_t piece = 1; piece <= most; piece++)
        for (int threads = 1; threads <= 3; threads += 2) {
            whole pieces;
            whole_read(csv, options, select, threads, piece, &pieces);
            if (!whole_same(&reference, &pieces))
                fail_msg("%s: pieces of %d bytes, %d threads\n%.*s%.*s%.*s\n-- instead of --\n"
                         "%.*s%.*s%.*s",
                         what, (int)piece, threads, (int)pieces.rows.size, pieces.rows.data,
                         (int)pieces.report.size, pieces.report.data, (int)pieces.error.size,
                         pieces.error.data, (int)reference.rows.size, reference.rows.data,
                         (int)reference.report.size, reference.report.data,
                         (int)reference.error.size, reference.error.data);
            whole_reset(&pieces);
        }
    whole_reset(&reference);
}

static void test_all_sizes(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int choice = 0; choice < 8; choice++) {
            mirti_source_options options = {
                .path = "case.csv", .drop_bad_rows = (choice & 1) != 0, .batch_rows = choice & 2};
            compare(cases[i].what, (mirti_str){cases[i].text, cases[i].size},
                    (int64_t)cases[i].size + 1, &options, (choice & 4) != 0);
        }
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Several files on the disk as one table: another order of columns, another delimiter and encoding,
 * no line end at the end, one without rows. */
static void test_files(void **state) {
    (void)state;
    static const char *const more[] = {"pieces_2.csv", "pieces_3.csv", "pieces_4.csv"};
    write_file("pieces_1.csv", "a,b\r\n1,2\r\n\"3\r\n\",4\r\n5,6\r\n7,8\r\n9,0");
    write_file("pieces_2.csv", "b;c;a\n2;x;\xF1\n\n4;y;3\n6;z;5\n");
    write_file("pieces_3.csv", "a,b\n");
    write_file("pieces_4.csv", "b,a\n2,1\n4,3\n6,5\n\"8\",\"7\"");
    for (int64_t rows = 0; rows < 4; rows++) {
        const mirti_source_options options = {
            .path = "pieces_1.csv", .more = more, .more_count = 3, .batch_rows = rows};
        compare("files", (mirti_str){NULL, 0}, 50, &options, false);
    }
    remove("pieces_1.csv");
    for (int i = 0; i < 3; i++)
        remove(more[i]);
}

/* A file of some hundred kilobytes: buffers, margins and rows longer than they are. */
static void write_long(mirti_text *csv, int64_t rows, uint64_t seed) {
    mirti_rng rng = mirti_rng_at(seed, 0, 0);
    mirti_text_puts(csv, "id,text,number\n");
    for (int64_t row = 0; row < rows; row++) {
        uint32_t kind = mirti_rng_below(&rng, 1000);
        mirti_text_printf(csv, "%06lld,", (long long)row);
        if (kind < 100) mirti_text_printf(csv, "\"line\n%u,\"\"quoted\"\"\n\"", kind);
        if (kind >= 100 && kind < 110)
            for (int i = 0; i < 20000; i++)
                mirti_text_puts(csv, "long ");
        if (kind >= 110) mirti_text_printf(csv, "%u", kind);
        mirti_text_puts(csv, kind == 999 ? ",1,2\n" : kind == 998 ? ",\n\n" : ",17\r\n");
    }
}

static void test_long_file(void **state) {
    (void)state;
    static const int64_t sizes[] = {1000, 4096, 65536, 100000, 262144};
    mirti_text csv = {0};
    write_long(&csv, 3000, 7);
    assert_false(csv.failed);
    mirti_source_options options = {.path = "long.csv", .drop_bad_rows = true};
    whole reference;
    options.format = "libcsv";
    whole_read((mirti_str){csv.data, csv.size}, &options, false, 1, 0, &reference);
    assert_int_equal(reference.error.size, 0);
    options.format = "csv";
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int threads = 1; threads <= 4; threads++) {
            whole pieces;
            whole_read((mirti_str){csv.data, csv.size}, &options, false, threads, sizes[i],
                       &pieces);
            assert_true(whole_same(&reference, &pieces));
            whole_reset(&pieces);
        }
    whole_reset(&reference);
    mirti_text_reset(&csv);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_sizes),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_long_file),
    };
    return cmocka_run_group_tests_name("table: CSV in pieces", tests, NULL, NULL);
}
