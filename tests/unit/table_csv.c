/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV: what must be read how (expectation tables in both directions), what must be refused and
 * where, and that neither the size of batches nor buffers nor lack of memory changes anything.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "table/internal.h"
#include "table_support.h"

typedef struct reading {
    const char *name, *csv, *table;
} reading;

static const reading readings[] = {
    {"plain", "a,b\n1,2\n", "a,b\n2:1|2\n"},
    {"no newline at the end", "a,b\n1,2", "a,b\n2:1|2\n"},
    {"CRLF", "a,b\r\n1,2\r\n3,4\r\n", "a,b\n2:1|2\n3:3|4\n"},
    {"CR alone", "a,b\r1,2\r3,4\r", "a,b\n2:1|2\n3:3|4\n"},
    {"leading zeros stay", "cve\n00031\n", "cve\n2:00031\n"},
    {"blank is missing", "a,b,c\n,\"\",  \n", "a,b,c\n2:~|~|~\n"},
    {"quoted blanks are missing too", "a,b\n\"  \",x\n", "a,b\n2:~|x\n"},
    {"codes of missing are values here", "a,b\n*,N/D\n", "a,b\n2:*|N/D\n"},
    {"quotes", "a,b\n\"x,y\",\"say \"\"yes\"\"\"\n", "a,b\n2:x,y|say \"yes\"\n"},
    {"newline in a value", "a,b\n\"x\ny\",2\n3,4\n", "a,b\n2:x\ny|2\n3:3|4\n"},
    {"coordinates of ITER", "LON,LAT\n\"102°17'45.768\"\" W\",x\n",
     "LON,LAT\n2:102°17'45.768\" W|x\n"},
    {"blanks around are dropped, inside quotes kept", "a,b\n 1 ,\" 2 \"\n", "a,b\n2:1| 2 \n"},
    {"byte order mark",
     "\xEF\xBB\xBF"
     "a,b\n1,2\n",
     "a,b\n2:1|2\n"},
    {"byte order mark and quotes", "\xEF\xBB\xBF\"a\",b\n1,2\n", "a,b\n2:1|2\n"},
    {"semicolon", "a;b\n1,5;2\n2,5;3\n", "a,b\n2:1,5|2\n3:2,5|3\n"},
    {"tab", "a\tb\n1\t2\n", "a,b\n2:1|2\n"},
    {"an empty value between tabs", "a\tb\tc\n1\t\t3\n", "a,b,c\n2:1|~|3\n"},
    {"bar", "a|b\n1|2\n", "a,b\n2:1|2\n"},
    {"commas in names do not make a delimiter", "a;b\nx, y, z;1\nu;2\nv, w;3\n",
     "a,b\n2:x, y, z|1\n3:u|2\n4:v, w|3\n"},
    {"one column", "a\n1\n2\n", "a\n2:1\n3:2\n"},
    {"blank lines are not rows", "a,b\n\n1,2\n\r\n\n3,4\n\n", "a,b\n3:1|2\n6:3|4\n"},
    {"header only", "a,b\n", "a,b\n"},
    {"header only, no newline", "a,b", "a,b\n"},
    {"names are trimmed", " a ,\" b\"\n1,2\n", "a,b\n2:1|2\n"},
    {"names repeated or absent", "a,,a,a\n1,2,3,4\n", "a,column_2,a_2,a_3\n2:1|2|3|4\n"},
    {"a made name may exist", "a_2,a,a\n1,2,3\n", "a_2,a,a_3\n2:1|2|3\n"},
    {"blank fields beyond the header", "a,b\n1,2,\n3,4,,\n", "a,b\n2:1|2\n3:3|4\n"},
    {"UTF-8", "a\nYucatán\n", "a\n2:Yucatán\n"},
    {"Latin-1, not declared", "a\nYucat\xE1n\nPe\xF1on\n", "a\n2:Yucatán\n3:Peñon\n"},
    {"Windows-1252, not declared", "a\n\x93x\x94 \x80\n", "a\n2:“x” €\n"},
    {"Latin-1 in the header", "A\xD1O\n1\n", "AÑO\n2:1\n"},
};

static mirti_status dump_text(mirti_str csv, const mirti_source_options *options, mirti_text *out,
                              mirti_error *err) {
    mirti_source *source = NULL;
    mirti_status status = mirti_source_open_text(csv, options, &source, err);
    if (status == MIRTI_OK) {
        dump_names(source, out);
        status = dump_rows(source, out, err);
    }
    mirti_source_close(source);
    return status;
}

static void test_readings(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof readings / sizeof *readings; i++) {
        for (int64_t rows = 0; rows < 4; rows++) { /* batches of our choice, and of 1, 2, 3 rows */
            mirti_source_options options = {.batch_rows = rows};
            mirti_text out = {0};
            mirti_error err = {0};
            mirti_status status = dump_text(mirti_str_of(readings[i].csv), &options, &out, &err);
            if (status != MIRTI_OK) fail_msg("%s: %s", readings[i].name, err.message);
            if (strcmp(out.data, readings[i].table) != 0)
                fail_msg("%s, batches of %d:\n%s", readings[i].name, (int)rows, out.data);
            mirti_text_reset(&out);
        }
    }
}

typedef struct refusal {
    const char *name;
    mirti_str csv;
    mirti_source_options options;
    int64_t row;
    const char *field, *value, *message;
} refusal;

#define BYTES(literal)                                                                             \
    { literal, sizeof(literal) - 1 }

static const refusal refusals[] = {
    {"empty", BYTES(""), {0}, 0, "", "", "empty"},
    {"only a mark", BYTES("\xEF\xBB\xBF"), {0}, 0, "", "", "empty"},
    {"only blank lines", BYTES("\n\n"), {0}, 0, "", "", "empty"},
    {"row too short",
     BYTES("a,b,c\n1,2,3\n4,5\n"),
     {0},
     3,
     "b",
     "",
     "2 fields where the header has 3"},
    {"row too long",
     BYTES("a,b\n1,2\n3,4\n5,6,7\n"),
     {0},
     4,
     "b",
     "",
     "3 fields where the header has 2"},
    {"row counted with blank lines", BYTES("a,b\n\n\n5\n"), {0}, 4, "a", "", "1 fields"},
    {"row counted with newlines in values",
     BYTES("a,b\n\"x\ny\nz\",2\n5\n"),
     {0},
     3,
     "a",
     "",
     "1 fields"},
    {"quote never closed", BYTES("a,b\n1,2\n3,\"x\n4,5\n"), {0}, 3, "b", "", "never closed"},
    {"quote never closed in the header", BYTES("a,\"b\n1,2\n"), {0}, 1, "", "", "never closed"},
    {"NUL", BYTES("a,b\n1,2\n3,\0\n"), {0}, 3, "b", "", "NUL"},
    {"declared UTF-8 is not",
     BYTES("a,b\n1,2\nx,Le\xF3n\n"),
     {.encoding = "UTF-8"},
     3,
     "b",
     "Le\xEF\xBF\xBDn",
     "not valid UTF-8"},
    {"marked UTF-8 is not",
     BYTES("\xEF\xBB\xBF"
           "a,b\nx,Le\xF3n\n"),
     {0},
     2,
     "b",
     "Le\xEF\xBF\xBDn",
     "not valid UTF-8"},
    {"header is not what is declared",
     BYTES("a,A\xD1O\n1,2\n"),
     {.encoding = "utf8"},
     1,
     "",
     "A\xEF\xBF\xBDO",
     "not valid UTF-8"},
    {"undefined in Windows-1252",
     BYTES("a\nx\x81\n"),
     {0},
     2,
     "a",
     "x\xEF\xBF\xBD",
     "not valid Windows-1252"},
    {"unknown encoding",
     BYTES("a\n1\n"),
     {.encoding = "klingon"},
     0,
     "encoding",
     "klingon",
     "not known"},
};

static void test_refusals(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        const refusal *r = &refusals[i];
        mirti_source_options options = r->options;
        options.path = "d/file.csv";
        mirti_text out = {0};
        mirti_error err = {0};
        mirti_status status = dump_text(r->csv, &options, &out, &err);
        mirti_text_reset(&out);
        if (status != MIRTI_ERROR_INPUT || err.status != status)
            fail_msg("%s: status %d", r->name, (int)status);
        if (strstr(err.message, r->message) == NULL) fail_msg("%s: %s", r->name, err.message);
        if (err.line != r->row || strcmp(err.field, r->field) != 0 ||
            strcmp(err.value, r->value) != 0)
            fail_msg("%s: row %d field %s value %s", r->name, (int)err.line, err.field, err.value);
        assert_string_equal(err.file, "d/file.csv");
        if (strcmp(r->message, "empty") != 0) assert_true(strlen(err.remedy) > 10);
        assert_int_equal(dump_text(r->csv, &options, &out, NULL), MIRTI_ERROR_INPUT);
        mirti_text_reset(&out);
    }
}

/* A quote that is opened early in a large file must be found by its size, not by filling memory. */
static void test_open_quote_in_a_large_file(void **state) {
    (void)state;
    size_t size = 8 * 1024 * 1024;
    char *csv = malloc(size);
    assert_non_null(csv);
    memcpy(csv, "a,b\n1,\"", 7);
    for (size_t i = 7; i < size; i++)
        csv[i] = i % 50 == 0 ? '\n' : 'x';
    mirti_text out = {0};
    mirti_error err = {0};
    assert_int_equal(dump_text((mirti_str){csv, size}, NULL, &out, &err), MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "never closed"));
    assert_int_equal(err.line, 2);
    assert_string_equal(err.field, "b");
    mirti_text_reset(&out);
    free(csv);
}

static void test_bad_rows_can_be_dropped(void **state) {
    (void)state;
    mirti_source_options options = {.path = "f.csv", .drop_bad_rows = true};
    mirti_source *source = NULL;
    mirti_text out = {0};
    mirti_error err = {0};
    assert_int_equal(mirti_source_open_text(mirti_str_of("a,b\n1,2\n3\n4,5,6\n7,8\n9\n"), &options,
                                            &source, &err),
                     MIRTI_OK);
    assert_int_equal(dump_rows(source, &out, &err), MIRTI_OK);
    assert_string_equal(out.data, "2:1|2\n5:7|8\n");
    const mirti_source_report *report = mirti_source_report_get(source);
    assert_int_equal(report->rows, 2);
    assert_int_equal(report->dropped, 3);
    const mirti_source_note *note = find_note(source, "ragged-row");
    assert_non_null(note);
    assert_int_equal(note->count, 3);
    assert_int_equal(note->first_row, 3);
    assert_string_equal(note->field, "a");
    assert_string_equal(note->file, "f.csv");
    mirti_text_reset(&out);
    mirti_source_close(source);
}

static void test_selection(void **state) {
    (void)state;
    mirti_source *source = NULL;
    mirti_error err = {0};
    const char *csv = "Edad,SEXO,edad,nom\n1,2,3,Le\xF3n\n4,5,6,\n";
    assert_int_equal(mirti_source_open_text(mirti_str_of(csv), NULL, &source, &err), MIRTI_OK);
    assert_int_equal(mirti_source_find(source, "edad"), 2); /* exact before whatever the case */
    assert_int_equal(mirti_source_find(source, "EDAD"), 0);
    assert_int_equal(mirti_source_find(source, "sexo"), 1);
    assert_int_equal(mirti_source_find(source, "nothing"), -1);
    int wanted[] = {3, 1, 3};
    assert_int_equal(mirti_source_select(source, wanted, 3, &err), MIRTI_OK);
    mirti_text out = {0};
    assert_int_equal(dump_rows(source, &out, &err), MIRTI_OK);
    assert_string_equal(out.data, "2:2|León\n3:5|~\n");
    mirti_text_reset(&out);
    assert_int_equal(mirti_source_select(source, wanted, 1, &err), MIRTI_ERROR_INTERNAL);
    mirti_source_close(source);
    /* What is not selected is not decoded, and cannot fail. */
    mirti_source_options utf8 = {.encoding = "UTF-8"};
    assert_int_equal(mirti_source_open_text(mirti_str_of(csv), &utf8, &source, &err), MIRTI_OK);
    assert_int_equal(mirti_source_select(source, (int[]){1}, 1, &err), MIRTI_OK);
    assert_int_equal(dump_rows(source, &out, &err), MIRTI_OK);
    assert_string_equal(out.data, "2:2\n3:5\n");
    mirti_text_reset(&out);
    mirti_source_close(source);
    assert_int_equal(mirti_source_open_text(mirti_str_of(csv), NULL, &source, &err), MIRTI_OK);
    assert_int_equal(mirti_source_select(source, (int[]){4}, 1, &err), MIRTI_ERROR_INTERNAL);
    assert_int_equal(mirti_source_select(source, NULL, 0, &err), MIRTI_OK); /* rows are counted */
    assert_int_equal(dump_rows(source, &out, &err), MIRTI_OK);
    assert_string_equal(out.data, "2:\n3:\n");
    mirti_text_reset(&out);
    mirti_source_close(source);
}

static void test_encoding_is_said(void **state) {
    (void)state;
    static const struct {
        const char *csv, *declared, *encoding;
        bool detected, noted;
    } cases[] = {
        {"a\nx\n", NULL, "", false, false},
        {"a\nñ\n", NULL, "UTF-8", true, true},
        {"a\n\xF1\n", NULL, "Windows-1252", true, true},
        {"a\n\xF1\n", "latin1", "ISO-8859-1", false, false},
        {"a\n\xA4\n", "cp850", "CP850", false, false},
        {"\xEF\xBB\xBF"
         "a\nx\n",
         NULL, "UTF-8", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mirti_source *source = NULL;
        mirti_source_options options = {.encoding = cases[i].declared};
        mirti_text out = {0};
        assert_int_equal(
            mirti_source_open_text(mirti_str_of(cases[i].csv), &options, &source, NULL), MIRTI_OK);
        assert_int_equal(dump_rows(source, &out, NULL), MIRTI_OK);
        if (strchr(cases[i].csv, 'x') == NULL) assert_string_equal(out.data, "2:ñ\n");
        const mirti_source_report *report = mirti_source_report_get(source);
        assert_string_equal(report->encoding, cases[i].encoding);
        assert_int_equal(report->encoding_detected, cases[i].detected);
        assert_int_equal(find_note(source, "encoding") != NULL, cases[i].noted);
        mirti_text_reset(&out);
        mirti_source_close(source);
    }
}

/* The first letter beyond ASCII may come long after the beginning was looked at. */
static void test_encoding_is_found_late(void **state) {
    (void)state;
    for (int latin = 0; latin < 2; latin++) {
        mirti_text csv = {0}, out = {0};
        mirti_text_puts(&csv, "a,b\n");
        for (int i = 0; i < 60000; i++)
            mirti_text_printf(&csv, "%d,plain\n", i);
        mirti_text_puts(&csv, latin ? "x,Le\xF3n\n" : "x,León\n");
        assert_int_equal(dump_text((mirti_str){csv.data, csv.size}, NULL, &out, NULL), MIRTI_OK);
        assert_non_null(strstr(out.data, "\n60002:x|León\n"));
        mirti_text_reset(&csv);
        mirti_text_reset(&out);
    }
    /* Both in one file: not a matter of guessing any more. */
    mirti_text out = {0};
    mirti_error err = {0};
    assert_int_equal(dump_text(mirti_str_of("a\nñ\nLe\xF3n\n"), NULL, &out, &err), MIRTI_OK);
    mirti_text_reset(&out);
    mirti_text csv = {0};
    mirti_text_puts(&csv, "a\nñ\n");
    for (int i = 0; i < 60000; i++)
        mirti_text_puts(&csv, "plain\n");
    mirti_text_puts(&csv, "Le\xF3n\n");
    assert_int_equal(dump_text((mirti_str){csv.data, csv.size}, NULL, &out, &err),
                     MIRTI_ERROR_INPUT);
    assert_int_equal(err.line, 60003);
    mirti_text_reset(&csv);
    mirti_text_reset(&out);
}

/* Values as long as the buffer, at every offset to it. */
static void test_values_across_buffers(void **state) {
    (void)state;
    for (int shift = 0; shift < 40; shift++) {
        mirti_text csv = {0}, expected = {0}, out = {0};
        mirti_text_puts(&csv, "a,b\n");
        mirti_text_puts(&expected, "a,b\n");
        int64_t row = 2;
        for (int i = 0; i < 3; i++, row++) {
            int length = 65536 - 20 + shift;
            mirti_text_puts(&csv, "\"");
            mirti_text_printf(&expected, "%d:", (int)row);
            for (int k = 0; k < length / 2; k++) {
                mirti_text_puts(&csv, "\"\""); /* doubled quotes are where buffers hurt */
                mirti_text_puts(&expected, "\"");
            }
            mirti_text_puts(&csv, "\",ñ\r\n");
            mirti_text_puts(&expected, "|ñ\n");
        }
        assert_int_equal(dump_text((mirti_str){csv.data, csv.size}, NULL, &out, NULL), MIRTI_OK);
        assert_string_equal(out.data, expected.data);
        mirti_text_reset(&csv);
        mirti_text_reset(&expected);
        mirti_text_reset(&out);
    }
}

/* Random tables, written by the rules of RFC 4180 and read back. */
static void test_round_trip(void **state) {
    (void)state;
    static const char *const pieces[] = {"a", "\"", ",", "\n", "\r\n", ";",
                                         "ñ", "0",  "'", "|",  "\t"};
    mirti_rng rng = mirti_rng_at(77, 1, 0);
    for (int trial = 0; trial < 300; trial++) {
        mirti_text csv = {0}, expected = {0}, out = {0};
        int columns = 1 + (int)mirti_rng_below(&rng, 5), rows = (int)mirti_rng_below(&rng, 40);
        const char *end = trial % 2 == 0 ? "\n" : "\r\n";
        for (int i = 0; i < columns; i++)
            mirti_text_printf(&csv, "%sc%d", i > 0 ? "," : "", i);
        mirti_text_add(&expected, csv.data, csv.size);
        mirti_text_puts(&expected, "\n");
        mirti_text_puts(&csv, end);
        for (int r = 0; r < rows; r++) {
            mirti_text_printf(&expected, "%d:", r + 2);
            for (int i = 0; i < columns; i++) {
                mirti_text value = {0};
                mirti_text_puts(&value, "v"); /* never blank: missing has its own test */
                for (uint32_t k = mirti_rng_below(&rng, 8); k > 0; k--)
                    mirti_text_puts(&value, pieces[mirti_rng_below(&rng, 11)]);
                mirti_text_puts(&csv, i > 0 ? ",\"" : "\"");
                for (size_t k = 0; k < value.size; k++)
                    mirti_text_printf(&csv, value.data[k] == '"' ? "\"\"" : "%c", value.data[k]);
                mirti_text_puts(&csv, "\"");
                mirti_text_printf(&expected, "%s%s", i > 0 ? "|" : "", value.data);
                mirti_text_reset(&value);
            }
            mirti_text_puts(&csv, end);
            mirti_text_puts(&expected, "\n");
        }
        mirti_source_options options = {.batch_rows = 1 + mirti_rng_below(&rng, 9),
                                        .delimiter = ','};
        mirti_error err = {0};
        mirti_status status = dump_text((mirti_str){csv.data, csv.size}, &options, &out, &err);
        if (status != MIRTI_OK) fail_msg("%s in\n%s", err.message, csv.data);
        assert_string_equal(out.data, expected.data);
        mirti_text_reset(&csv);
        mirti_text_reset(&expected);
        mirti_text_reset(&out);
    }
}

/* Nasty pieces in random order: the fast reader and libcsv must agree on every row and every error.
 */
static void test_fast_as_libcsv(void **state) {
    (void)state;
    static const char *const pieces[] = {"a",  "1",  ",",    ",",     "\n",   "\r\n",
                                         "\r", "\"", "\"\"", "\",\"", "\n\"", "\"\n",
                                         " ",  "\t", "ñ",    "\xF1",  ";",    "long value "};
    enum { PIECES = sizeof pieces / sizeof *pieces };
    mirti_rng rng = mirti_rng_at(4096, 2, 0);
    for (int trial = 0; trial < 20000; trial++) {
        mirti_text csv = {0}, fast = {0}, reference = {0};
        mirti_text_puts(&csv, trial % 3 == 0 ? "a,b\n" : trial % 3 == 1 ? "a\n" : "\"a\",b,c\r\n");
        uint32_t length = mirti_rng_below(&rng, trial % 100 == 0 ? 30000 : 60);
        /* Mostly well-formed rows when long, so that the buffer's end falls into any place of one.
         */
        for (uint32_t k = 0; k < length; k++)
            mirti_text_puts(&csv, length > 60 && k % 5 > 0
                                      ? (trial % 3 == 1 ? "12345\n" : "\"7\",x\n")
                                      : pieces[mirti_rng_below(&rng, PIECES)]);
        mirti_source_options options = {.path = "f.csv",
                                        .delimiter = ',',
                                        .drop_bad_rows = trial % 2 == 0,
                                        .batch_rows = mirti_rng_below(&rng, 4)};
        mirti_error fast_err = {0}, reference_err = {0};
        mirti_str text = {csv.data, csv.size};
        mirti_status status = dump_text(text, &options, &fast, &fast_err);
        options.format = "libcsv";
        assert_int_equal(dump_text(text, &options, &reference, &reference_err), status);
        if (fast.size != reference.size || strcmp(fast.data, reference.data) != 0)
            fail_msg("of\n%s\nfast\n%s\nlibcsv\n%s", csv.data, fast.data, reference.data);
        assert_memory_equal(&fast_err, &reference_err, sizeof fast_err);
        mirti_text_reset(&csv);
        mirti_text_reset(&fast);
        mirti_text_reset(&reference);
    }
}

static void test_delimiter_sniffed(void **state) {
    (void)state;
    static const struct {
        const char *sample;
        char delimiter;
    } cases[] = {{"a,b\n1,2\n", ','},
                 {"a;b\n1;2\n", ';'},
                 {"a\tb\n1\t2\n", '\t'},
                 {"a|b\n1|2\n", '|'},
                 {"a\n1\n", ','},
                 {"", ','},
                 {"id;x\n1;1,5\n2;2,5\n", ';'},
                 {"\"a;b\",c\n\"1;2\",3\n", ','},
                 {"\"a\"\"b;c\",d\n1,2\n", ','},
                 {"nombre, completo;edad\nx;1\n", ';'},
                 {"a,b,c;d\n1,2,3;4\n", ','}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(mirti_table_sniff_delimiter(mirti_str_of(cases[i].sample)),
                         cases[i].delimiter);
}

static bool never_go_on(void *context, const char *stage, double done, double total) {
    (void)context, (void)stage, (void)done, (void)total;
    return false;
}

static void test_cancelled(void **state) {
    (void)state;
    mirti_listener listener = {never_go_on, NULL, NULL};
    mirti_source_options options = {.listener = &listener};
    mirti_text out = {0};
    assert_int_equal(dump_text(mirti_str_of("a\n1\n"), &options, &out, NULL),
                     MIRTI_ERROR_CANCELLED);
    mirti_text_reset(&out);
}

static mirti_status read_a_table(mirti_error *err) {
    mirti_text csv = {0};
    mirti_source *source = NULL;
    mirti_batch batch = {0};
    mirti_text_puts(&csv, "a;b;a;;A\xD1O\n");
    for (int i = 0; i < 300; i++)
        mirti_text_printf(&csv, "%d;\"Le\xF3n\";x;\"a\"\"b\";\n", i);
    mirti_status status = csv.failed ? mirti_fail_memory(err, "the test") : MIRTI_OK;
    if (status == MIRTI_OK)
        status = mirti_source_open_text((mirti_str){csv.data, csv.size},
                                        &(mirti_source_options){.batch_rows = 100}, &source, err);
    int64_t rows = 0;
    while (status == MIRTI_OK) {
        status = mirti_source_next(source, &batch, err);
        if (batch.rows == 0) break;
        rows += batch.rows;
    }
    if (status == MIRTI_OK) assert_int_equal(rows, 300);
    mirti_batch_reset(&batch);
    mirti_source_close(source);
    mirti_text_reset(&csv);
    return status;
}

static void test_without_memory(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(read_a_table) > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readings),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_open_quote_in_a_large_file),
        cmocka_unit_test(test_bad_rows_can_be_dropped),
        cmocka_unit_test(test_selection),
        cmocka_unit_test(test_encoding_is_said),
        cmocka_unit_test(test_encoding_is_found_late),
        cmocka_unit_test(test_values_across_buffers),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_fast_as_libcsv),
        cmocka_unit_test(test_delimiter_sniffed),
        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests_name("table: CSV", tests, NULL, NULL);
}
