/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SPSS, Stata and SAS, in files written by ReadStat's own writers: values, labels, the kinds of
 * missing, encodings, broken files. The parser has a thread of its own: also run under the thread
 * sanitizer.
 */
#include <readstat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "table_support.h"

static char folder[] = "table_stat.XXXXXX";

static int set_up(void **state) {
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return chdir("..") == 0 && system(command) == 0 ? 0 : -1;
}

static ssize_t write_bytes(const void *data, size_t size, void *context) {
    return (ssize_t)fwrite(data, 1, size, context);
}

typedef readstat_error_t (*begin)(readstat_writer_t *writer, void *context, long rows);

/* cve (text), edad (number, 98–99 missing in SPSS, labels), fac (number); `rows` rows. Row i: cve =
 * i with five digits, edad = i mod 100, fac = i/8; every tenth fac is missing. */
static void write_survey(const char *path, begin begin_writing, readstat_compress_t compression,
                         bool spss, bool tagged, long rows) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    readstat_writer_t *writer = readstat_writer_init();
    readstat_set_data_writer(writer, write_bytes);
    assert_int_equal(readstat_writer_set_compression(writer, compression), READSTAT_OK);
    readstat_label_set_t *labels = NULL;
    bool por = begin_writing == readstat_begin_writing_por; /* whose writer knows capitals only */
    if (spss || tagged) {
        labels = readstat_add_label_set(writer, READSTAT_TYPE_DOUBLE, "edades");
        readstat_label_double_value(labels, 98, "No sabe");
        readstat_label_double_value(labels, 99, "No respondió");
    }
    readstat_variable_t *cve =
        readstat_add_variable(writer, por ? "CVE" : "cve", READSTAT_TYPE_STRING, 5);
    if (!por) readstat_variable_set_label(cve, "Clave de la vivienda, con año");
    readstat_variable_t *edad =
        readstat_add_variable(writer, por ? "EDAD" : "edad", READSTAT_TYPE_DOUBLE, 8);
    if (labels != NULL) readstat_variable_set_label_set(edad, labels);
    if (spss) readstat_variable_add_missing_double_range(edad, 98, 99);
    readstat_variable_t *fac =
        readstat_add_variable(writer, por ? "FAC" : "fac", READSTAT_TYPE_DOUBLE, 8);
    assert_int_equal(begin_writing(writer, file, rows), READSTAT_OK);
    for (long i = 1; i <= rows; i++) {
        char text[16];
        snprintf(text, sizeof text, "%05ld", i);
        readstat_begin_row(writer);
        readstat_insert_string_value(writer, cve, text);
        if (tagged && i % 100 == 98) {
            readstat_insert_tagged_missing_value(writer, edad, 'b');
        } else {
            readstat_insert_double_value(writer, edad, (double)(i % 100));
        }
        if (i % 10 == 0) {
            readstat_insert_missing_value(writer, fac);
        } else {
            readstat_insert_double_value(writer, fac, (double)i / 8);
        }
        assert_int_equal(readstat_end_row(writer), READSTAT_OK);
    }
    assert_int_equal(readstat_end_writing(writer), READSTAT_OK);
    readstat_writer_free(writer);
    fclose(file);
}

/* What the table above must read as. */
static void expect_survey(mirti_text *out, bool declared_missing, bool tagged, long rows) {
    mirti_text_puts(out, "cve,edad,fac\n");
    for (long i = 1; i <= rows; i++) {
        mirti_text_printf(out, "%ld:%05ld|", i, i);
        if (tagged && i % 100 == 98) {
            mirti_text_puts(out, "~.b");
        } else {
            mirti_text_printf(out, "%s%ld", declared_missing && i % 100 >= 98 ? "~" : "", i % 100);
        }
        mirti_text_puts(out, "|");
        if (i % 10 == 0) {
            mirti_text_puts(out, "~\n");
        } else { /* eighths are exact decimals */
            char digits[64];
            snprintf(digits, sizeof digits, "%.3f", (double)i / 8);
            size_t size = strlen(digits);
            while (digits[size - 1] == '0')
                size--;
            if (digits[size - 1] == '.') size--;
            mirti_text_add(out, digits, size);
            mirti_text_puts(out, "\n");
        }
    }
}

static const struct {
    const char *path;
    begin begin_writing;
    readstat_compress_t compression;
    bool spss, tagged;
} kinds[] = {
    {"t.sav", readstat_begin_writing_sav, READSTAT_COMPRESS_NONE, true, false},
    {"c.sav", readstat_begin_writing_sav, READSTAT_COMPRESS_ROWS, true, false},
    {"t.zsav", readstat_begin_writing_sav, READSTAT_COMPRESS_BINARY, true, false},
    {"t.dta", readstat_begin_writing_dta, READSTAT_COMPRESS_NONE, false, true},
    {"t.xpt", readstat_begin_writing_xport, READSTAT_COMPRESS_NONE, false, false},
    {"t.sas7bdat", readstat_begin_writing_sas7bdat, READSTAT_COMPRESS_NONE, false, false},
    {"t.por", readstat_begin_writing_por, READSTAT_COMPRESS_NONE, false, false},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void write_kind(size_t k, long rows) {
    write_survey(kinds[k].path, kinds[k].begin_writing, kinds[k].compression, kinds[k].spss,
                 kinds[k].tagged, rows);
}

static void test_values(void **state) {
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        static const int64_t batches[] = {0, 1, 7, 250, 1000};
        for (size_t b = 0; b < 5; b++) {
            write_kind(k, 250);
            mirti_text out = {0}, expected = {0};
            mirti_error err = {0};
            mirti_source_report report;
            mirti_source_options options = {.path = kinds[k].path, .batch_rows = batches[b]};
            if (dump_table(&options, &out, &report, &err) != MIRTI_OK)
                fail_msg("%s: %s", kinds[k].path, err.message);
            expect_survey(&expected, kinds[k].spss, kinds[k].tagged, 250);
            if (strcmp(kinds[k].path, "t.por") == 0) /* this format writes names in capitals */
                memcpy(expected.data, "CVE,EDAD,FAC", 12);
            assert_string_equal(out.data, expected.data);
            assert_int_equal(report.rows, 250);
            assert_true(report.bytes > 0);
            mirti_text_reset(&out);
            mirti_text_reset(&expected);
        }
    }
}

static void test_meaning(void **state) {
    (void)state;
    write_kind(0, 3);
    mirti_source *source = NULL;
    assert_int_equal(mirti_source_open(&(mirti_source_options){.path = "t.sav"}, &source, NULL),
                     MIRTI_OK);
    const mirti_field *field = mirti_source_fields(source, NULL);
    assert_string_equal(field[0].label, "Clave de la vivienda, con año");
    assert_null(field[1].label);
    const mirti_field_meaning *edad = mirti_source_meaning(source, 1);
    assert_int_equal(edad->labels, 2);
    assert_string_equal(edad->label[0].value, "98");
    assert_string_equal(edad->label[0].label, "No sabe");
    assert_string_equal(edad->label[1].label, "No respondió");
    assert_int_equal(edad->missing_ranges, 1);
    assert_string_equal(edad->missing[0].low, "98");
    assert_string_equal(edad->missing[0].high, "99");
    assert_true(edad->numeric);
    assert_false(mirti_source_meaning(source, 0)->numeric);
    assert_int_equal(mirti_source_meaning(source, 0)->labels, 0);
    assert_string_equal(mirti_source_report_get(source)->format, "SPSS");
    mirti_source_close(source);
    /* Stata: labels, and none of the ranges that only SPSS has. */
    write_kind(3, 3);
    assert_int_equal(mirti_source_open(&(mirti_source_options){.path = "t.dta"}, &source, NULL),
                     MIRTI_OK);
    assert_int_equal(mirti_source_meaning(source, 1)->labels, 2);
    assert_string_equal(mirti_source_meaning(source, 1)->label[1].value, "99");
    assert_int_equal(mirti_source_meaning(source, 1)->missing_ranges, 0);
    mirti_source_close(source);
}

/* The value labels of SAS lie in a file of their own. */
static void write_catalogue(const char *path) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    readstat_writer_t *writer = readstat_writer_init();
    readstat_set_data_writer(writer, write_bytes);
    readstat_label_set_t *labels = readstat_add_label_set(writer, READSTAT_TYPE_DOUBLE, "SEXO");
    readstat_label_double_value(labels, 1, "Hombre");
    readstat_label_double_value(labels, 3, "Mujer");
    assert_int_equal(readstat_begin_writing_sas7bcat(writer, file), READSTAT_OK);
    assert_int_equal(readstat_end_writing(writer), READSTAT_OK);
    readstat_writer_free(writer);
    fclose(file);
}

static void test_sas_catalogue(void **state) {
    (void)state;
    FILE *file = fopen("c.sas7bdat", "wb");
    assert_non_null(file);
    readstat_writer_t *writer = readstat_writer_init();
    readstat_set_data_writer(writer, write_bytes);
    readstat_variable_t *sexo = readstat_add_variable(writer, "sexo", READSTAT_TYPE_DOUBLE, 8);
    readstat_variable_set_format(sexo, "SEXO");
    assert_int_equal(readstat_begin_writing_sas7bdat(writer, file, 1), READSTAT_OK);
    readstat_begin_row(writer);
    readstat_insert_double_value(writer, sexo, 3);
    readstat_end_row(writer);
    assert_int_equal(readstat_end_writing(writer), READSTAT_OK);
    readstat_writer_free(writer);
    fclose(file);
    static const char *const catalogues[] = {"c.sas7bcat", "formats.sas7bcat"};
    for (int i = 0; i < 3; i++) { /* called like the data, called "formats", and none */
        if (i < 2) write_catalogue(catalogues[i]);
        mirti_source *source = NULL;
        assert_int_equal(
            mirti_source_open(&(mirti_source_options){.path = "c.sas7bdat"}, &source, NULL),
            MIRTI_OK);
        const mirti_field_meaning *meaning = mirti_source_meaning(source, 0);
        assert_int_equal(meaning->labels, i < 2 ? 2 : 0);
        if (i < 2) {
            assert_string_equal(meaning->label[1].value, "3");
            assert_string_equal(meaning->label[1].label, "Mujer");
        }
        assert_null(find_note(source, "bad-catalogue"));
        mirti_source_close(source);
        if (i < 2) unlink(catalogues[i]);
    }
    /* One that is broken costs the labels, not the data, and is said. */
    file = fopen("c.sas7bcat", "wb");
    assert_non_null(file);
    fputs("nothing of the kind", file);
    fclose(file);
    mirti_source *source = NULL;
    mirti_text out = {0};
    assert_int_equal(
        mirti_source_open(&(mirti_source_options){.path = "c.sas7bdat"}, &source, NULL), MIRTI_OK);
    assert_non_null(find_note(source, "bad-catalogue"));
    assert_int_equal(dump_rows(source, &out, NULL), MIRTI_OK);
    assert_string_equal(out.data, "1:3\n");
    mirti_text_reset(&out);
    mirti_source_close(source);
    unlink("c.sas7bcat");
}

static void test_declared_missing_may_be_kept(void **state) {
    (void)state;
    write_kind(0, 99);
    mirti_text out = {0};
    mirti_source_options options = {.path = "t.sav", .keep_declared_missing = true};
    assert_int_equal(dump_table(&options, &out, NULL, NULL), MIRTI_OK);
    assert_non_null(strstr(out.data, "\n98:00098|98|12.25\n"));
    assert_non_null(strstr(out.data, "\n90:00090|90|~\n")); /* system missing stays missing */
    mirti_text_reset(&out);
}

static void test_selection(void **state) {
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        write_kind(k, 20);
        for (int wanted = 0; wanted < 3; wanted++) {
            mirti_source *source = NULL;
            mirti_text out = {0};
            assert_int_equal(
                mirti_source_open(&(mirti_source_options){.path = kinds[k].path}, &source, NULL),
                MIRTI_OK);
            assert_int_equal(mirti_source_select(source, &wanted, 1, NULL), MIRTI_OK);
            assert_int_equal(dump_rows(source, &out, NULL), MIRTI_OK);
            static const char *const ends[] = {"\n17:00017\n", "\n17:17\n", "\n17:2.125\n"};
            assert_non_null(strstr(out.data, ends[wanted]));
            assert_int_equal(mirti_source_report_get(source)->rows, 20);
            mirti_text_reset(&out);
            mirti_source_close(source);
        }
        mirti_source *source = NULL; /* nothing wanted: rows are counted */
        mirti_batch batch = {0};
        assert_int_equal(
            mirti_source_open(&(mirti_source_options){.path = kinds[k].path}, &source, NULL),
            MIRTI_OK);
        assert_int_equal(mirti_source_select(source, NULL, 0, NULL), MIRTI_OK);
        assert_int_equal(mirti_source_next(source, &batch, NULL), MIRTI_OK);
        assert_int_equal(batch.rows, 20);
        mirti_batch_reset(&batch);
        mirti_source_close(source);
    }
}

/* The caller may have enough at any time: the parser's thread must go too. */
static void test_closed_early(void **state) {
    (void)state;
    write_kind(0, 500);
    for (int batches = 0; batches < 4; batches++) {
        mirti_source *source = NULL;
        mirti_batch batch = {0};
        mirti_source_options options = {.path = "t.sav", .batch_rows = 10};
        assert_int_equal(mirti_source_open(&options, &source, NULL), MIRTI_OK);
        for (int i = 0; i < batches; i++) {
            assert_int_equal(mirti_source_next(source, &batch, NULL), MIRTI_OK);
            assert_int_equal(batch.rows, 10);
            assert_int_equal(batch.first_row, 10 * i + 1);
        }
        mirti_batch_reset(&batch);
        mirti_source_close(source);
    }
}

/* Old Stata files do not say their encoding. */
static void test_encoding_declared(void **state) {
    (void)state;
    FILE *file = fopen("old.dta", "wb");
    assert_non_null(file);
    readstat_writer_t *writer = readstat_writer_init();
    readstat_set_data_writer(writer, write_bytes);
    readstat_writer_set_file_format_version(writer, 114);
    readstat_variable_t *nom = readstat_add_variable(writer, "nom", READSTAT_TYPE_STRING, 10);
    assert_int_equal(readstat_begin_writing_dta(writer, file, 1), READSTAT_OK);
    readstat_begin_row(writer);
    readstat_insert_string_value(writer, nom, "Pe\xA4on"); /* CP850 */
    readstat_end_row(writer);
    readstat_end_writing(writer);
    readstat_writer_free(writer);
    fclose(file);
    mirti_text out = {0};
    mirti_source_options options = {.path = "old.dta", .encoding = "cp850"};
    assert_int_equal(dump_table(&options, &out, NULL, NULL), MIRTI_OK);
    assert_string_equal(out.data, "nom\n1:Peñon\n");
    mirti_text_reset(&out);
    options.encoding = "klingon";
    mirti_error err = {0};
    assert_int_equal(dump_table(&options, &out, NULL, &err), MIRTI_ERROR_INPUT);
    assert_string_equal(err.file, "old.dta");
    mirti_text_reset(&out);
}

/* Cut off anywhere: an error that names the file, never a short table in silence, never a crash. */
static void test_cut_off(void **state) {
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        if (strcmp(kinds[k].path, "t.xpt") == 0)
            continue; /* has no row count: any length is whole */
        write_kind(k, 2000);
        char *data = NULL;
        size_t size = 0;
        assert_int_equal(mirti_file_read(kinds[k].path, &data, &size, NULL), MIRTI_OK);
        char path[32];
        snprintf(path, sizeof path, "cut-%s", kinds[k].path);
        for (int part = 0; part < 10; part++) {
            FILE *file = fopen(path, "wb");
            assert_non_null(file);
            fwrite(data, 1, size * (size_t)part / 10, file);
            fclose(file);
            mirti_text out = {0};
            mirti_error err = {0};
            mirti_status status =
                dump_table(&(mirti_source_options){.path = path}, &out, NULL, &err);
            if (status != MIRTI_ERROR_INPUT)
                fail_msg("%s cut after %d tenths: status %d", kinds[k].path, part, (int)status);
            assert_string_equal(err.file, path);
            mirti_text_reset(&out);
        }
        mirti_free(data);
    }
}

static void test_not_what_it_says(void **state) {
    (void)state;
    FILE *file = fopen("x.sav", "wb");
    assert_non_null(file);
    fputs("a,b\n1,2\n", file);
    fclose(file);
    mirti_text out = {0};
    mirti_error err = {0};
    assert_int_equal(dump_table(&(mirti_source_options){.path = "x.sav"}, &out, NULL, &err),
                     MIRTI_ERROR_INPUT);
    assert_string_equal(err.file, "x.sav");
    assert_true(strlen(err.remedy) > 10);
    assert_int_equal(dump_table(&(mirti_source_options){.path = "absent.dta"}, &out, NULL, &err),
                     MIRTI_ERROR_INPUT);
    assert_non_null(strstr(err.message, "no such file"));
    mirti_text_reset(&out);
}

static mirti_status read_a_file(mirti_error *err) {
    mirti_source *source = NULL;
    mirti_batch batch = {0};
    mirti_source_options options = {.path = "oom.sav", .batch_rows = 100};
    mirti_status status = mirti_source_open(&options, &source, err);
    do {
        if (status == MIRTI_OK) status = mirti_source_next(source, &batch, err);
    } while (status == MIRTI_OK && batch.rows > 0);
    mirti_batch_reset(&batch);
    mirti_source_close(source);
    return status;
}

static void test_without_memory(void **state) {
    (void)state;
    write_survey("oom.sav", readstat_begin_writing_sav, READSTAT_COMPRESS_ROWS, true, false, 250);
    assert_true(assert_survives_without_memory(read_a_file) > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_meaning),
        cmocka_unit_test(test_sas_catalogue),
        cmocka_unit_test(test_declared_missing_may_be_kept),
        cmocka_unit_test(test_selection),
        cmocka_unit_test(test_closed_early),
        cmocka_unit_test(test_encoding_declared),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_not_what_it_says),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests_name("table: SPSS, Stata, SAS", tests, set_up, tear_down);
}
