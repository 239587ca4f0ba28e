/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coordinates as offices print them, in both directions: what is read, and what is refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mirti/census.h"

static const struct {
    const char *text;
    double limit, degrees;
} accepted[] = {
    {"89°40'51.191\" W", 180, -(89 + 40 / 60.0 + 51.191 / 3600)}, /* ITER 2020 */
    {"102°17'45.768\" W", 180, -(102 + 17 / 60.0 + 45.768 / 3600)},
    {"21°52'47.362\" N", 90, 21 + 52 / 60.0 + 47.362 / 3600},
    {"  89°40'51.191\"W ", 180, -(89 + 40 / 60.0 + 51.191 / 3600)},
    {"89° 40′ 51″ O", 180, -(89 + 40 / 60.0 + 51 / 3600.0)}, /* oeste */
    {"89º40´51´´ w", 180, -(89 + 40 / 60.0 + 51 / 3600.0)},
    {"33°27'S", 90, -33.45},
    {"33° E", 180, 33},
    {"-89.681", 180, -89.681},
    {"+12.5", 90, 12.5},
    {"12.5 N", 90, 12.5},
    {"0", 90, 0},
    {"180", 180, 180},
};

static const char *const refused[] = {
    "",        " ",       "W",          "abc",       "91",           "1e1", "12,5",
    "-12.5 S", "10°60'N", "10°20'60\"", "10.5°20'N", "10°20'30\"40", "--1", "10'20°",
    "1021745", "1.2.3",   "10 20 N",    "N/D",       "10°20'30\" X"};

static void test_accepted(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        double degrees = NAN;
        if (!mirti_coordinate_parse(mirti_str_of(accepted[i].text), accepted[i].limit, &degrees))
            fail_msg("'%s' is refused", accepted[i].text);
        if (!(fabs(degrees - accepted[i].degrees) <
              1e-12)) /* some roundings of numbers below 180 */
            fail_msg("'%s' is read as %.15g", accepted[i].text, degrees);
    }
}

static void test_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        double degrees;
        if (mirti_coordinate_parse(mirti_str_of(refused[i]), 90, &degrees))
            fail_msg("'%s' is read as %g", refused[i], degrees);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
