/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing JSON: layout, quoting, numbers, and misuse. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "mirti/base.h"

static void build(mirti_json *json) {
    const double row[] = {1, 0.1, -2.5, NAN, 1e300, 6, 7, 8, 9};
    mirti_json_object(json, NULL);
    mirti_json_string(json, "code", "09002");
    mirti_json_string(json, "name", "«\"Peñón\"\\\n\t\x01»");
    mirti_json_string(json, "bad", "a\xF3\xC3");
    mirti_json_string(json, "none", NULL);
    mirti_json_integer(json, "rows", INT64_MIN);
    mirti_json_number(json, "tenth", 0.1);
    mirti_json_number(json, "infinite", INFINITY);
    mirti_json_boolean(json, "joined", true);
    mirti_json_numbers(json, "row", row, 9);
    mirti_json_numbers(json, "empty", row, 0);
    mirti_json_array(json, "list");
    mirti_json_end(json);
    mirti_json_array(json, "nested");
    mirti_json_object(json, NULL);
    mirti_json_null(json, "x");
    mirti_json_end(json);
    mirti_json_boolean(json, NULL, false);
    mirti_json_end(json);
    mirti_json_end(json);
}

static void test_the_whole_layout(void **state) {
    (void)state;
    mirti_json json = {0};
    mirti_error err = {0};
    build(&json);
    assert_int_equal(mirti_json_finish(&json, &err), MIRTI_OK);
    assert_string_equal(json.text.data, "{\n"
                                        "  \"code\": \"09002\",\n"
                                        "  \"name\": \"«\\\"Peñón\\\"\\\\\\n\\t\\u0001»\",\n"
                                        "  \"bad\": \"a\uFFFD\uFFFD\",\n"
                                        "  \"none\": null,\n"
                                        "  \"rows\": -9223372036854775808,\n"
                                        "  \"tenth\": 0.1,\n"
                                        "  \"infinite\": null,\n"
                                        "  \"joined\": true,\n"
                                        "  \"row\": [1, 0.1, -2.5, null, 1e+300, 6, 7, 8,\n"
                                        "    9],\n"
                                        "  \"empty\": [],\n"
                                        "  \"list\": [],\n"
                                        "  \"nested\": [\n"
                                        "    {\n"
                                        "      \"x\": null\n"
                                        "    },\n"
                                        "    false\n"
                                        "  ]\n"
                                        "}\n");
    mirti_json_reset(&json);
}

static void expect_misuse(mirti_json *json) {
    mirti_error err = {0};
    assert_int_equal(mirti_json_finish(json, &err), MIRTI_ERROR_INTERNAL);
    mirti_json_reset(json);
}

static void test_misuse_is_found(void **state) {
    (void)state;
    mirti_json json = {0};
    expect_misuse(&json); /* nothing at all */
    mirti_json_object(&json, NULL);
    expect_misuse(&json); /* not ended */
    mirti_json_end(&json);
    expect_misuse(&json); /* ended too often */
    mirti_json_object(&json, NULL);
    mirti_json_null(&json, NULL);
    mirti_json_end(&json);
    expect_misuse(&json); /* a member without key */
    mirti_json_array(&json, NULL);
    mirti_json_null(&json, "key");
    mirti_json_end(&json);
    expect_misuse(&json); /* an element with key */
    mirti_json_null(&json, NULL);
    mirti_json_null(&json, NULL);
    expect_misuse(&json); /* two documents */
    for (int i = 0; i < 40; i++)
        mirti_json_array(&json, NULL);
    for (int i = 0; i < 40; i++)
        mirti_json_end(&json);
    expect_misuse(&json); /* too deep */
}

static mirti_status build_and_finish(mirti_error *err) {
    mirti_json json = {0};
    build(&json);
    mirti_status status = mirti_json_finish(&json, err);
    mirti_json_reset(&json);
    return status;
}

static void test_memory_may_run_out(void **state) {
    (void)state;
    assert_true(assert_survives_without_memory(build_and_finish) > 0);
}

static void test_a_full_disk_is_reported(void **state) {
    (void)state;
    if (access("/dev/full", W_OK) != 0) skip();
    mirti_json json = {0};
    mirti_error err = {0};
    build(&json);
    assert_int_equal(mirti_json_write(&json, "/dev/full", true, &err), MIRTI_ERROR_OUTPUT);
    assert_string_equal(err.file, "/dev/full");
    mirti_json_reset(&json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_whole_layout),
        cmocka_unit_test(test_misuse_is_found),
        cmocka_unit_test(test_memory_may_run_out),
        cmocka_unit_test(test_a_full_disk_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
