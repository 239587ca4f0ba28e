/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of the rows that were read, as commands that read data print it. */
#include "command.h"
#include "mirti/pipeline.h"

#include <stdio.h>

/* "(first: persons.csv row 7, sex = '9')", as far as it is known. */
static void print_first(const char *file, int64_t row, const char *column, const char *value) {
    if (row > 0) {
        printf(" (first: %s%srow %lld", file, file[0] ? " " : "", (long long)row);
        if (value[0]) printf(", %s%s%s", column, column[0] ? " = " : "", value);
        printf(")");
    }
    printf("\n");
}

static void print_reasons(const mirti_drop_reason *reason, int count) {
    for (int i = 0; i < count; i++) {
        printf("%-14s   %lld: %s", "", (long long)reason[i].rows, reason[i].text);
        print_first(reason[i].first_file, reason[i].first_row, "", reason[i].first_value);
    }
}

int cli_print_rows(const char *role, const mirti_row_count *count) {
    printf("%-14s %lld rows read = %lld used + %lld outside + %lld dropped\n", role,
           (long long)count->read, (long long)count->used, (long long)count->outside,
           (long long)count->dropped);
    print_reasons(count->reason, count->reasons);
    print_reasons(count->note, count->notes);
    return count->dropped > 0 || count->notes > 0;
}

int cli_print_notices(const mirti_run_reading *reading) {
    mirti_run_notice notice[MIRTI_RUN_NOTICES_MAX];
    int count = mirti_run_notices(reading, notice), odd = 0;
    for (int i = 0; i < count; i++) {
        printf("%-14s   %lld: %s", "", (long long)notice[i].count, notice[i].message);
        print_first(notice[i].file, notice[i].row, notice[i].column, notice[i].value);
        odd |= notice[i].odd;
    }
    return odd;
}
