/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Joins: one row, many rows, keys that match nothing or twice, either way of finding; and against a
 * join by brute force on random tables.
 */
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

static char folder[] = "table_join.XXXXXX";

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

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Values of every type as text: numbers shortest, truths T and F. */
static mirti_status dump_joined(mirti_source *source, mirti_text *out, mirti_error *err) {
    mirti_batch batch = {0};
    mirti_status status;
    int fields = 0;
    const mirti_field *field = mirti_source_fields(source, &fields);
    while ((status = mirti_source_next(source, &batch, err)) == MIRTI_OK && batch.rows > 0) {
        assert_int_equal(batch.columns, fields);
        for (int64_t row = 0; row < batch.rows; row++) {
            for (int i = 0; i < batch.columns; i++) {
                const mirti_column *column = &batch.column[i];
                if (column->rows == 0) continue;
                assert_int_equal(column->type, field[i].type);
                if (i > 0) mirti_text_puts(out, "|");
                if (!column->valid[row]) {
                    mirti_text_puts(out, "~");
                } else if (column->type == MIRTI_TYPE_NUMBER) {
                    mirti_text_number(out, column->number[row]);
                } else if (column->type == MIRTI_TYPE_TRUTH) {
                    mirti_text_puts(out, column->truth[row] ? "T" : "F");
                } else {
                    mirti_text_add(out, column->text[row].data, column->text[row].size);
                }
            }
            mirti_text_puts(out, "\n");
        }
    }
    mirti_batch_reset(&batch);
    return status;
}

static const char persons[] = "viv,per,edad\n01,1,40\n01,2,8\n03,1,30\n04,1,50\n,1,9\n";
static const char dwellings[] = "viv,piso,edad\n01,1,old\n02,2,new\n03,,new\n";

static void test_one_row(void **state) {
    (void)state;
    write_file("viviendas.csv", dwellings);
    static const mirti_join_way ways[] = {MIRTI_JOIN_AUTO, MIRTI_JOIN_HASH, MIRTI_JOIN_MERGE};
    for (size_t w = 0; w < 3; w++) {
        mirti_source *source = NULL;
        mirti_text out = {0};
        mirti_error err = {0};
        mirti_source_options other = {.path = "viviendas.csv"};
        mirti_join_options join = {.name = "viviendas",
                                   .other = &other,
                                   .keys = 1,
                                   .key = (const char *[]){"viv"},
                                   .way = ways[w]};
        mirti_source_options options = {.path = "persons.csv", .batch_rows = 2};
        assert_int_equal(mirti_source_open_text(mirti_str_of(persons), &options, &source, &err),
                         MIRTI_OK);
        assert_int_equal(mirti_source_join(source, &join, &err), MIRTI_OK);
        dump_names(source, &out);
        assert_int_equal(dump_joined(source, &out, &err), MIRTI_OK);
        assert_string_equal(out.data, "viv,per,edad,piso,viviendas.edad\n"
                                      "01|1|40|1|old\n01|2|8|1|old\n03|1|30|~|new\n04|1|50|~|~\n"
                                      "~|1|9|~|~\n");
        const mirti_source_note *note = find_note(source, "join-unmatched");
        assert_int_equal(note->count, 1);
        assert_int_equal(note->first_row, 5);
        assert_string_equal(note->value, "04");
        assert_string_equal(note->field, "viviendas");
        assert_string_equal(note->file, "persons.csv");
        assert_int_equal(find_note(source, "join-blank-key")->first_row, 6);
        assert_int_equal(find_note(source, "join-unused")->count, 1);
        assert_string_equal(find_note(source, "join-unused")->value, "02");
        assert_null(find_note(source, "join-duplicate"));
        mirti_text_reset(&out);
        mirti_source_close(source);
    }
}

static mirti_status at_least_20(const mirti_batch *batch, uint8_t *keep, void *context,
                                mirti_error *err) {
    (void)err;
    const mirti_column *hours = &batch->column[*(const int *)context];
    for (int64_t i = 0; i < batch->rows; i++) {
        double value = 0;
        keep[i] = hours->valid[i] && mirti_number_parse(hours->text[i], &value) && value >= 20;
    }
    return MIRTI_OK;
}

static void test_many_rows(void **state) {
    (void)state;
    write_file("trabajos.csv",
               "viv,per,horas,pago\n01,1,40,100.5\n01,1,10,50\n03,1,x,\n09,9,1,1\n");
    static const mirti_join_way ways[] = {MIRTI_JOIN_HASH, MIRTI_JOIN_MERGE};
    for (size_t w = 0; w < 2; w++) {
        mirti_source *source = NULL;
        mirti_text out = {0};
        mirti_error err = {0};
        int hours = 2;
        mirti_source_options other = {.path = "trabajos.csv", .batch_rows = 1};
        mirti_join_value values[] = {
            {.name = "trabaja", .how = MIRTI_REDUCE_EXISTS},
            {.name = "trabajos", .how = MIRTI_REDUCE_COUNT},
            {.name = "pago", .how = MIRTI_REDUCE_SUM, .column = "pago"},
            {.name = "menos", .how = MIRTI_REDUCE_MIN, .column = "horas"},
            {.name = "mas", .how = MIRTI_REDUCE_MAX, .column = "horas"},
            {.name = "largos",
             .how = MIRTI_REDUCE_COUNT,
             .where = at_least_20,
             .where_context = &hours,
             .where_column = (const char *[]){"horas"},
             .where_columns = 1},
        };
        mirti_join_options join = {.name = "trabajos",
                                   .other = &other,
                                   .keys = 2,
                                   .key = (const char *[]){"viv", "per"},
                                   .value = values,
                                   .values = 6,
                                   .way = ways[w]};
        assert_int_equal(mirti_source_open_text(mirti_str_of(persons), NULL, &source, &err),
                         MIRTI_OK);
        assert_int_equal(mirti_source_join(source, &join, &err), MIRTI_OK);
        if (dump_joined(source, &out, &err) != MIRTI_OK) fail_msg("%s", err.message);
        assert_string_equal(out.data,
                            "01|1|40|T|2|150.5|10|40|1\n01|2|8|F|0|~|~|~|0\n"
                            "03|1|30|T|1|~|~|~|0\n04|1|50|F|0|~|~|~|0\n~|1|9|F|0|~|~|~|0\n");
        assert_int_equal(find_note(source, "join-empty")->count, 2);
        assert_string_equal(find_note(source, "join-empty")->value, "01 2");
        assert_int_equal(find_note(source, "join-unused")->count, 1);
        mirti_text_reset(&out);
        mirti_source_close(source);
    }
}

static void test_duplicates(void **state) {
    (void)state;
    write_file("dobles.csv", "viv,piso\n01,1\n01,2\n03,3\n03,4\n03,5\n");
    for (int way = MIRTI_JOIN_HASH; way <= MIRTI_JOIN_MERGE; way++) {
        mirti_source *source = NULL;
        mirti_text out = {0};
        mirti_source_options other = {.path = "dobles.csv"};
        mirti_join_options join = {.name = "d",
                                   .other = &other,
                                   .keys = 1,
                                   .key = (const char *[]){"viv"},
                                   .way = (mirti_join_way)way};
        assert_int_equal(mirti_source_open_text(mirti_str_of("viv\n01\n03\n"), NULL, &source, NULL),
                         MIRTI_OK);
        assert_int_equal(mirti_source_join(source, &join, NULL), MIRTI_OK);
        assert_int_equal(dump_joined(source, &out, NULL), MIRTI_OK);
        assert_string_equal(out.data, "01|1\n03|3\n");
        const mirti_source_note *note = find_note(source, "join-duplicate");
        assert_int_equal(note->count, 3);
        assert_int_equal(note->first_row, 3);
        assert_string_equal(note->value, "01");
        assert_string_equal(note->file, "dobles.csv");
        mirti_text_reset(&out);
        mirti_source_close(source);
    }
}

/* One table has lost its leading zeros, the other not. */
static void test_width(void **state) {
    (void)state;
    write_file("ceros.csv", "ENT,MUN,x\n31,007,a\n32,055,b\n");
    mirti_source *source = NULL;
    mirti_text out = {0};
    mirti_error err = {0};
    mirti_source_options other = {.path = "ceros.csv"};
    mirti_join_options join = {
        .name = "c", .other = &other, .keys = 2, .key = (const char *[]){"ent", "mun"}};
    const char *csv = "ent,mun\n31,7\n32,55\n";
    assert_int_equal(mirti_source_open_text(mirti_str_of(csv), NULL, &source, NULL), MIRTI_OK);
    assert_int_equal(mirti_source_join(source, &join, &err), MIRTI_OK);
    assert_int_equal(dump_joined(source, &out, &err),
                     MIRTI_ERROR_INPUT); /* nothing at all matched */
    assert_non_null(strstr(err.message, "not one row"));
    assert_string_equal(err.value, "31 7");
    assert_non_null(strstr(err.remedy, "width"));
    mirti_text_reset(&out);
    mirti_source_close(source);
    join.key_width = (const int[]){2, 3};
    assert_int_equal(mirti_source_open_text(mirti_str_of(csv), NULL, &source, NULL), MIRTI_OK);
    assert_int_equal(mirti_source_join(source, &join, &err), MIRTI_OK);
    assert_int_equal(dump_joined(source, &out, &err), MIRTI_OK);
    assert_string_equal(out.data, "31|7|a\n32|55|b\n");
    mirti_text_reset(&out);
    mirti_source_close(source);
}

static void test_selection_and_chain(void **state) {
    (void)state;
    write_file("viviendas.csv", dwellings);
    write_file("pisos.csv", "codigo,nombre\n1,tierra\n2,cemento\n");
    mirti_source *source = NULL;
    mirti_text out = {0};
    mirti_source_options first = {.path = "viviendas.csv"}, second = {.path = "pisos.csv"};
    mirti_join_options one = {
        .name = "v", .other = &first, .keys = 1, .key = (const char *[]){"viv"}};
    mirti_join_options two = {.name = "p",
                              .other = &second,
                              .keys = 1,
                              .key = (const char *[]){"piso"},
                              .other_key = (const char *[]){"codigo"}};
    assert_int_equal(mirti_source_open_text(mirti_str_of(persons), NULL, &source, NULL), MIRTI_OK);
    assert_int_equal(mirti_source_join(source, &one, NULL), MIRTI_OK);
    assert_int_equal(mirti_source_join(source, &two, NULL), MIRTI_OK);
    dump_names(source, &out);
    int wanted = mirti_source_find(source, "nombre"); /* brings both keys with it */
    assert_int_equal(mirti_source_select(source, &wanted, 1, NULL), MIRTI_OK);
    assert_int_equal(dump_joined(source, &out, NULL), MIRTI_OK);
    assert_string_equal(out.data, "viv,per,edad,piso,v.edad,nombre\n"
                                  "01|1|tierra\n01|1|tierra\n03|~|~\n04|~|~\n~|~|~\n");
    mirti_text_reset(&out);
    mirti_source_close(source);
    /* Of a join nobody wants anything from, nothing is read. */
    assert_int_equal(mirti_source_open_text(mirti_str_of(persons), NULL, &source, NULL), MIRTI_OK);
    assert_int_equal(mirti_source_join(source, &one, NULL), MIRTI_OK);
    unlink("viviendas.csv");
    assert_int_equal(mirti_source_select(source, (int[]){1}, 1, NULL), MIRTI_OK);
    assert_int_equal(dump_joined(source, &out, NULL), MIRTI_OK);
    mirti_text_reset(&out);
    mirti_source_close(source);
}

static void test_refusals(void **state) {
    (void)state;
    write_file("viviendas.csv", dwellings);
    mirti_source *source = NULL;
    mirti_error err = {0};
    mirti_source_options other = {.path = "viviendas.csv"};
    mirti_join_options join = {
        .name = "v", .other = &other, .keys = 1, .key = (const char *[]){"nada"}};
    assert_int_equal(mirti_source_open_text(mirti_str_of(persons), NULL, &source, NULL), MIRTI_OK);
    assert_int_equal(mirti_source_join(source, &join, &err), MIRTI_ERROR_INPUT);
    assert_string_equal(err.field, "nada");
    join.key = (const char *[]){"per"}; /* the source has it, the other table not */
    assert_int_equal(mirti_source_join(source, &join, &err), MIRTI_ERROR_INPUT);
    assert_string_equal(err.file, "viviendas.csv");
    other.path = "absent.csv";
    assert_int_equal(mirti_source_join(source, &join, &err), MIRTI_ERROR_INPUT);
    assert_string_equal(err.file, "absent.csv");
    join.keys = 0;
    assert_int_equal(mirti_source_join(source, &join, &err), MIRTI_ERROR_USAGE);
    mirti_source_close(source);
    /* An error in the other table is an error of the reading. */
    write_file("mala.csv", "viv,x\n01,1\n02\n");
    other.path = "mala.csv";
    join.keys = 1;
    join.key = (const char *[]){"viv"};
    assert_int_equal(mirti_source_open_text(mirti_str_of(persons), NULL, &source, NULL), MIRTI_OK);
    assert_int_equal(mirti_source_join(source, &join, &err), MIRTI_OK);
    mirti_batch batch = {0};
    assert_int_equal(mirti_source_next(source, &batch, &err), MIRTI_ERROR_INPUT);
    assert_string_equal(err.file, "mala.csv");
    assert_int_equal(err.line, 3);
    mirti_batch_reset(&batch);
    mirti_source_close(source);
}

/* Random tables, sorted or not, both ways, against two nested loops. */
static void test_against_brute_force(void **state) {
    (void)state;
    enum { MOST = 60 };
    mirti_rng rng = mirti_rng_at(31, 4, 1);
    for (int trial = 0; trial < 600; trial++) {
        int rows = (int)mirti_rng_below(&rng, MOST), others = (int)mirti_rng_below(&rng, MOST);
        int key[MOST], other_key[MOST], value[MOST];
        uint32_t range = 1 + mirti_rng_below(&rng, 50);
        for (int i = 0; i < rows; i++)
            key[i] = (int)mirti_rng_below(&rng, range);
        for (int i = 0; i < others; i++) {
            other_key[i] = (int)mirti_rng_below(&rng, range);
            value[i] = (int)mirti_rng_below(&rng, 100);
        }
        /* Sorted: both, only the other table, or neither. */
        for (int i = 1; i < rows && trial % 3 == 0; i++)
            for (int k = i; k > 0 && key[k - 1] > key[k]; k--) {
                int swap = key[k];
                key[k] = key[k - 1];
                key[k - 1] = swap;
            }
        for (int i = 1; i < others && trial % 3 <= 1; i++)
            for (int k = i; k > 0 && other_key[k - 1] > other_key[k]; k--) {
                int swap = other_key[k];
                other_key[k] = other_key[k - 1];
                other_key[k - 1] = swap;
            }
        mirti_text csv = {0}, file = {0}, expected = {0}, out = {0};
        mirti_text_puts(&csv, "k\n");
        mirti_text_puts(&file, "k,v\n");
        for (int i = 0; i < rows; i++)
            mirti_text_printf(&csv, "%03d\n", key[i]);
        for (int i = 0; i < others; i++)
            mirti_text_printf(&file, "%03d,%d\n", other_key[i], value[i]);
        int unmatched = 0;
        for (int i = 0; i < rows; i++) {
            int count = 0, sum = 0, least = 1000;
            for (int k = 0; k < others; k++) {
                if (other_key[k] != key[i]) continue;
                count++;
                sum += value[k];
                if (value[k] < least) least = value[k];
            }
            unmatched += count == 0;
            mirti_text_printf(&expected, "%03d|%d|", key[i], count);
            if (count > 0) mirti_text_printf(&expected, "%d|%d\n", sum, least);
            if (count == 0) mirti_text_puts(&expected, "~|~\n");
        }
        write_file("other.csv", file.data);
        mirti_source_options other = {.path = "other.csv", .batch_rows = 1 + trial % 7};
        mirti_join_value values[] = {{.name = "n", .how = MIRTI_REDUCE_COUNT},
                                     {.name = "s", .how = MIRTI_REDUCE_SUM, .column = "v"},
                                     {.name = "m", .how = MIRTI_REDUCE_MIN, .column = "v"}};
        mirti_join_options join = {.name = "o",
                                   .other = &other,
                                   .keys = 1,
                                   .key = (const char *[]){"k"},
                                   .value = values,
                                   .values = 3,
                                   .way = trial % 2 == 0 ? MIRTI_JOIN_MERGE : MIRTI_JOIN_HASH};
        mirti_source_options options = {.batch_rows = 1 + trial % 5, .delimiter = ','};
        mirti_source *source = NULL;
        mirti_error err = {0};
        assert_int_equal(
            mirti_source_open_text((mirti_str){csv.data, csv.size}, &options, &source, &err),
            MIRTI_OK);
        assert_int_equal(mirti_source_join(source, &join, &err), MIRTI_OK);
        if (dump_joined(source, &out, &err) != MIRTI_OK) fail_msg("%s", err.message);
        assert_string_equal(out.data != NULL ? out.data : "",
                            expected.data != NULL ? expected.data : "");
        const mirti_source_note *note = find_note(source, "join-empty");
        assert_int_equal(note != NULL ? note->count : 0, unmatched);
        mirti_source_close(source);
        mirti_text_reset(&csv);
        mirti_text_reset(&file);
        mirti_text_reset(&expected);
        mirti_text_reset(&out);
    }
}

static mirti_join_way way_without_memory;

static mirti_status join_a_table(mirti_error *err) {
    mirti_source *source = NULL;
    mirti_batch batch = {0};
    mirti_source_options other = {.path = "memoria.csv"};
    mirti_join_options join = {.name = "v",
                               .other = &other,
                               .keys = 1,
                               .key = (const char *[]){"viv"},
                               .way = way_without_memory};
    mirti_status status = mirti_source_open_text(mirti_str_of(persons), NULL, &source, err);
    if (status == MIRTI_OK) status = mirti_source_join(source, &join, err);
    do {
        if (status == MIRTI_OK) status = mirti_source_next(source, &batch, err);
    } while (status == MIRTI_OK && batch.rows > 0);
    mirti_batch_reset(&batch);
    mirti_source_close(source);
    return status;
}

static void test_without_memory(void **state) {
    (void)state;
    write_file("memoria.csv", dwellings);
    way_without_memory = MIRTI_JOIN_HASH;
    assert_true(assert_survives_without_memory(join_a_table) > 20);
    way_without_memory = MIRTI_JOIN_MERGE;
    assert_true(assert_survives_without_memory(join_a_table) > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_row),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_selection_and_chain),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_against_brute_force),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests_name("table: joins", tests, set_up, tear_down);
}
