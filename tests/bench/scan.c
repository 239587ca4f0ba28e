/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast CSV is read: a persons file as of a census, 84 columns, of which twelve are wanted.
 * Beside each other, on the same bytes in memory: a bare count of delimiters, the fast reader, and
 * libcsv. Prints megabytes per second of the quickest of several runs, because other programs
 * disturb the rest, and the ratios; nothing is asserted.
 *
 *   bench_scan [ROWS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mirti/table.h"

enum { COLUMNS = 84, WANTED = 12, RUNS = 5 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Codes as in a census: two ids of 12 and 17 digits, then mostly one digit, some three, some blank.
 */
static void write_persons(mirti_text *csv, long rows) {
    mirti_rng rng = mirti_rng_at(1, 2, 3);
    for (int i = 0; i < COLUMNS; i++)
        mirti_text_printf(csv, "%sC%d", i > 0 ? "," : "", i);
    mirti_text_puts(csv, "\n");
    for (long row = 0; row < rows; row++) {
        mirti_text_printf(csv, "31,%03ld,%012ld,%017ld", row % 106, row / 4, row);
        for (int i = 4; i < COLUMNS; i++) {
            uint32_t kind = mirti_rng_below(&rng, 10);
            int value = (int)mirti_rng_below(&rng, 9);
            mirti_text_printf(csv, kind == 0 ? "," : kind == 1 ? ",%03d" : ",%d", value);
        }
        mirti_text_puts(csv, "\n");
    }
}

static double count_delimiters(mirti_str csv, int64_t *found) {
    double begin = now();
    int64_t count = 0;
    for (size_t i = 0; i < csv.size; i++)
        count += csv.data[i] == ',';
    *found = count;
    return now() - begin;
}

static double read_rows(mirti_str csv, const char *format, int wanted, int64_t *rows) {
    mirti_source *source = NULL;
    mirti_batch batch = {0};
    mirti_error err = {0};
    int column[COLUMNS];
    for (int i = 0; i < wanted; i++)
        column[i] = i * COLUMNS / wanted;
    double begin = now();
    mirti_source_options options = {.path = "persons.csv", .format = format};
    mirti_status status = mirti_source_open_text(csv, &options, &source, &err);
    if (status == MIRTI_OK) status = mirti_source_select(source, column, wanted, &err);
    *rows = 0;
    while (status == MIRTI_OK) {
        status = mirti_source_next(source, &batch, &err);
        if (batch.rows == 0) break;
        *rows += batch.rows;
    }
    double time = now() - begin;
    mirti_batch_reset(&batch);
    mirti_source_close(source);
    if (status != MIRTI_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    return time;
}

static double quickest_read(mirti_str csv, const char *format, int wanted) {
    double best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        int64_t rows = 0;
        double time = read_rows(csv, format, wanted, &rows);
        if (time < best) best = time;
    }
    return best;
}

int main(int argc, char **argv) {
    long rows = argc > 1 ? strtol(argv[1], NULL, 10) : 200000;
    mirti_text text = {0};
    write_persons(&text, rows);
    if (text.failed) return 1;
    mirti_str csv = {text.data, text.size};
    double megabytes = (double)csv.size / 1e6, count = 1e9;
    int64_t found = 0;
    for (int run = 0; run < RUNS; run++) {
        double time = count_delimiters(csv, &found);
        if (time < count) count = time;
    }
    double few = quickest_read(csv, "csv", WANTED), all = quickest_read(csv, "csv", COLUMNS);
    double reference = quickest_read(csv, "libcsv", WANTED);
    printf("%ld rows of %d columns, %.0f MB, %lld delimiters\n", rows, COLUMNS, megabytes,
           (long long)found);
    printf("  %-34s %7.0f MB/s\n", "bare count of delimiters", megabytes / count);
    printf("  %-34s %7.0f MB/s  %5.2f of the bare count\n", "fast reader, 12 columns",
           megabytes / few, count / few);
    printf("  %-34s %7.0f MB/s  %5.2f of the bare count\n", "fast reader, 84 columns",
           megabytes / all, count / all);
    printf("  %-34s %7.0f MB/s  %5.1f times slower than the fast reader\n", "libcsv, 12 columns",
           megabytes / reference, reference / few);
    mirti_text_reset(&text);
    return 0;
}
