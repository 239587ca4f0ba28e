/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real PostgreSQL server (tests/lib/with-postgres): tables, queries, what goes wrong. */
#include <gdal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "table_support.h"

static const char *server;

static int set_up(void **state) {
    (void)state;
    server = getenv("MIRTI_TEST_POSTGRES");
    if (server == NULL) return 0;
    GDALAllRegister();
    GDALDatasetH dataset = GDALOpenEx(server, GDAL_OF_VECTOR | GDAL_OF_UPDATE, NULL, NULL, NULL);
    if (dataset == NULL) return -1;
    static const char *const statements[] = {
        "CREATE TABLE persona (id_persona text, edad smallint, factor bigint, peso numeric(12,3),"
        " medida double precision, nombre varchar(20), si boolean, dia date)",
        "INSERT INTO persona VALUES"
        " ('00032055000012801', 7, 9007199254740993, 12.500, 0.1, 'Peñón', true, '2020-03-15'),"
        " ('00032055000012802', NULL, NULL, NULL, NULL, '', false, NULL)",
        "CREATE TABLE muchas AS SELECT i AS n, to_char(i, 'FM00000') AS cve"
        " FROM generate_series(1, 10000) AS i",
        "CREATE VIEW menores AS SELECT id_persona, edad FROM persona WHERE edad < 18",
    };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        GDALDatasetReleaseResultSet(dataset,
                                    GDALDatasetExecuteSQL(dataset, statements[i], NULL, NULL));
    GDALClose(dataset);
    return 0;
}

#define NEEDS_SERVER()                                                                             \
    do {                                                                                           \
        if (server == NULL) {                                                                      \
            print_message("no PostgreSQL server: MIRTI_TEST_POSTGRES is not set\n");               \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

static void assert_table(const char *layer, const char *expected) {
    mirti_text out = {0};
    mirti_error err = {0};
    mirti_source_options options = {.path = server, .layer = layer};
    if (dump_table(&options, &out, NULL, &err) != MIRTI_OK) fail_msg("%s: %s", layer, err.message);
    assert_string_equal(out.data, expected);
    mirti_text_reset(&out);
}

static void test_tables(void **state) {
    (void)state;
    NEEDS_SERVER();
    assert_table("persona", "id_persona,edad,factor,peso,medida,nombre,si,dia\n"
                            "1:00032055000012801|7|9007199254740993|12.5|0.1|Peñón|1|2020-03-15\n"
                            "2:00032055000012802|~|~|~|~|~|0|~\n");
    assert_table("menores", "id_persona,edad\n1:00032055000012801|7\n");
    assert_table("SELECT count(*) AS n, sum(edad) AS edades FROM persona", "n,edades\n1:2|7\n");
}

static void test_many_rows(void **state) {
    (void)state;
    NEEDS_SERVER();
    mirti_source *source = NULL;
    mirti_batch batch = {0};
    mirti_source_options options = {.path = server, .layer = "muchas"};
    assert_int_equal(mirti_source_open(&options, &source, NULL), MIRTI_OK);
    int column = mirti_source_find(source, "cve");
    assert_int_equal(mirti_source_select(source, &column, 1, NULL), MIRTI_OK);
    int64_t rows = 0, sum = 0;
    for (;;) {
        assert_int_equal(mirti_source_next(source, &batch, NULL), MIRTI_OK);
        if (batch.rows == 0) break;
        for (int64_t i = 0; i < batch.rows; i++) {
            int64_t n = 0;
            assert_int_equal(batch.column[column].text[i].size, 5);
            assert_true(mirti_integer_parse(batch.column[column].text[i], &n));
            sum += n;
        }
        rows += batch.rows;
    }
    assert_int_equal(rows, 10000);
    assert_int_equal(sum, 50005000);
    mirti_batch_reset(&batch);
    mirti_source_close(source);
}

static void assert_fails(const char *path, const char *layer, const char *part) {
    mirti_source *source = NULL;
    mirti_error err = {0};
    mirti_source_options options = {.path = path, .layer = layer};
    assert_int_equal(mirti_source_open(&options, &source, &err), MIRTI_ERROR_INPUT);
    if (strstr(err.message, part) == NULL) fail_msg("%s", err.message);
    assert_null(strstr(err.message, "secret"));
    assert_null(strstr(err.file, "secret"));
}

static void test_failures(void **state) {
    (void)state;
    NEEDS_SERVER();
    assert_fails(server, NULL, "muchas");
    assert_fails(server, "nada", "no such layer");
    assert_fails(server, "SELECT nonsense FROM persona", "nonsense");
    assert_fails("PG:host=/nowhere user=x dbname=y password=secret", NULL, "cannot be opened");
    assert_fails("PG:host=/nowhere password='se \\' secret' dbname=y", NULL, "cannot be opened");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests_name("table: PostgreSQL", tests, set_up, NULL);
}
