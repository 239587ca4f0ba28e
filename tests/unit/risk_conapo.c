/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grades of marginalisation that CONAPO publishes for every municipality of Mexico, by the
 * cumulative √f rule. CONAPO does not say into how many bins it cuts the range; with 21 (2020) and
 * 63 (2010) each of the thousands of grades comes out, which four breaks on the wrong bins could
 * not do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mirti/risk.h"
#include "mirti/table.h"

enum { ROOM = 3000 };
static const char *const grade[] = {"Muy alto", "Alto", "Medio", "Bajo", "Muy bajo"};

/* Reads index and grade of every municipality; returns their number, −1 where there are no data. */
static int64_t read_year(int year, double *value, int *published) {
    const char *data = getenv("MIRTI_REAL_DATA");
    if (!data) return -1;
    char path[1024], index[32], name[32];
    snprintf(path, sizeof path, "%s/reference/conapo_imm_%d.csv", data, year);
    snprintf(index, sizeof index, "IM_%d", year);
    snprintf(name, sizeof name, "GM_%d", year);
    mirti_source *source;
    mirti_batch batch = {0};
    mirti_error err = {0};
    if (mirti_source_open(&(mirti_source_options){.path = path}, &source, &err) != MIRTI_OK)
        fail_msg("%s", err.message);
    int at = mirti_source_find(source, index), grade_at = mirti_source_find(source, name);
    assert_true(at >= 0 && grade_at >= 0);
    int64_t count = 0;
    while (mirti_source_next(source, &batch, &err) == MIRTI_OK && batch.rows > 0)
        for (int64_t i = 0; i < batch.rows; i++) {
            if (!mirti_number_parse(batch.column[at].text[i], &value[count])) continue;
            published[count] = -1;
            for (int g = 0; g < 5; g++)
                if (mirti_str_is(batch.column[grade_at].text[i], grade[g])) published[count] = g;
            assert_true(published[count] >= 0 && count < ROOM - 1);
            count++;
        }
    mirti_batch_reset(&batch);
    mirti_source_close(source);
    return count;
}

static void compare(int year, int bins, int64_t municipalities) {
    static double value[ROOM];
    static int published[ROOM];
    int64_t count = read_year(year, value, published);
    if (count < 0) {
        print_message("MIRTI_REAL_DATA is not set\n");
        skip();
    }
    assert_int_equal(count, municipalities);
    mirti_class_options options = {
        .method = MIRTI_CLASS_DALENIUS_HODGES, .levels = 5, .bins = bins};
    mirti_breaks breaks;
    assert_int_equal(mirti_breaks_find(&options, value, NULL, count, &breaks, NULL), MIRTI_OK);
    for (int64_t i = 0; i < count; i++)
        if (mirti_breaks_class(&breaks, value[i]) != published[i])
            fail_msg("%.6f is of grade %s in %d", value[i], grade[published[i]], year);
}

static void test_2020(void **state) {
    (void)state;
    compare(2020, 21, 2469);
}

static void test_2010(void **state) {
    (void)state;
    compare(2010, 63, 2456);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_2020),
        cmocka_unit_test(test_2010),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
