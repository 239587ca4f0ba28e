/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast maps are: boundaries read and written, neighbours, hot spots, the join doctor. On a
 * made-up country of SIDE × SIDE squares with wavy sides, or on the boundaries that are given.
 * Prints the quickest of five rounds and, for writing, the ratio to reading; nothing is asserted.
 *
 *   bench_geo [SIDE | BOUNDARIES]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "geo_results.h"
#include "mirti/geo.h"

enum { ROUNDS = 5, BENDS = 12 };

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void check(mirti_status status, const mirti_error *err) {
    if (status == MIRTI_OK) return;
    fprintf(stderr, "%s\n", err->message);
    exit(1);
}

/* Both squares beside a side bend it alike. */
static void side(FILE *f, double x, double y, double dx, double dy, bool last) {
    for (int k = 0; k < BENDS + last; k++) {
        double t = (double)k / BENDS, bend = 120.0 * sin(2 * 3.14159265358979 * t);
        double px = x + t * dx - bend * (dy != 0), py = y + t * dy + bend * (dx != 0);
        fprintf(f, "[%.3f,%.3f]%s", px, py, last && k == BENDS ? "" : ",");
    }
}

static void write_country(const char *path, int sides) {
    FILE *f = fopen(path, "w");
    if (!f) exit(1);
    fputs("{\"type\":\"FeatureCollection\",\"crs\":{\"type\":\"name\",\"properties\":{\"name\":"
          "\"urn:ogc:def:crs:EPSG::6372\"}},\"features\":[",
          f);
    for (int i = 0; i < sides * sides; i++) {
        int column = i % sides, row = i / sides;
        double x = 2000000 + 5000.0 * column, y = 700000 + 5000.0 * row;
        fprintf(
            f,
            "%s{\"type\":\"Feature\",\"properties\":{\"CVEGEO\":\"%06d\",\"NOMGEO\":\"Peñón %d\"},"
            "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[",
            i ? "," : "", i, i);
        side(f, x, y, 5000, 0, false);
        side(f, x + 5000, y, 0, 5000, false);
        side(f, x + 5000, y + 5000, -5000, 0, false);
        side(f, x, y + 5000, 0, -5000, true);
        fputs("]]}}", f);
    }
    fputs("]}", f);
    fclose(f);
}

static mirti_results *results_for(const mirti_boundaries *b) {
    int64_t count = mirti_boundaries_count(b);
    mirti_results *results = made_results(count);
    for (int64_t i = 0; i < count; i++) {
        double risk = 0.25 + 0.2 * sin((double)i * 0.01);
        made_area(results, i, mirti_boundaries_code(b, i), mirti_boundaries_name(b, i), risk,
                  risk < 0.2   ? 0
                  : risk < 0.3 ? 1
                               : 2);
    }
    return results;
}

typedef struct times {
    double read, write, neighbours, hotspots, doctor;
} times;

static void least(double *place, double begun) {
    double took = seconds() - begun;
    if (*place == 0.0 || took < *place) *place = took;
}

static void one_round(const char *path, const char *output, times *t) {
    const mirti_boundary_input input = {.code = (char[]){"CVEGEO"}, .name = (char[]){"NOMGEO"}};
    const mirti_hotspot_options hot = {
        .permutations = 9999, .false_discovery = 0.05, .seed = 1, .threads = 2};
    mirti_boundaries *b;
    mirti_join *join;
    mirti_neighbours *neighbours;
    mirti_hotspots *hotspots;
    mirti_diagnosis *diagnosis;
    mirti_error err = {0};
    double begun = seconds();
    check(mirti_boundaries_read(path, &input, 0, &b, NULL, &err), &err);
    least(&t->read, begun);
    mirti_results *results = results_for(b);
    check(mirti_join_by_code(results, b, &join, &err), &err);
    const mirti_layer layer = {.results = results, .boundaries = b, .join = join};
    begun = seconds();
    check(mirti_geopackage_write(output, true, &layer, 1, "es", &err), &err);
    least(&t->write, begun);
    begun = seconds();
    check(mirti_neighbours_find(b, MIRTI_NEIGHBOURS_QUEEN, 0, -1, &neighbours, &err), &err);
    least(&t->neighbours, begun);
    begun = seconds();
    check(mirti_hotspots_find(neighbours, results->risk, &hot, &hotspots, &err), &err);
    least(&t->hotspots, begun);
    const mirti_roster left = {.count = results->count,
                               .name = (const char *const *)results->name,
                               .parent_code = (const char *const *)results->parent_code};
    const mirti_roster right = {.count = results->count,
                                .code = (const char *const *)results->code,
                                .name = (const char *const *)results->name,
                                .parent_code = (const char *const *)results->parent_code};
    const mirti_diagnosis_options options = {.parent_digits = -1};
    begun = seconds();
    check(mirti_diagnose(&left, &right, &options, &diagnosis, &err), &err);
    least(&t->doctor, begun);
    mirti_diagnosis_free(diagnosis);
    mirti_hotspots_free(hotspots);
    mirti_neighbours_free(neighbours);
    mirti_join_free(join);
    free_results(results);
    mirti_boundaries_free(b);
}

int main(int argc, char **argv) {
    char made[] = "/tmp/mirti-bench-XXXXXX.geojson", output[] = "/tmp/mirti-bench-XXXXXX.gpkg";
    int sides = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 50;
    const char *path = sides > 0 ? made : argv[1];
    close(mkstemps(output, 5));
    if (sides > 0) {
        close(mkstemps(made, 8));
        write_country(made, sides);
    }
    times t = {0};
    for (int round = 0; round < ROUNDS; round++)
        one_round(path, output, &t);
    if (sides > 0) unlink(made);
    unlink(output);
    printf("boundaries read            %8.1f ms\n", 1e3 * t.read);
    printf("areas.gpkg written         %8.1f ms   %.1f times reading\n", 1e3 * t.write,
           t.write / t.read);
    printf("neighbours by contiguity   %8.1f ms\n", 1e3 * t.neighbours);
    printf("hot spots, 2 threads       %8.1f ms\n", 1e3 * t.hotspots);
    printf("join doctor, names only    %8.1f ms\n", 1e3 * t.doctor);
    return 0;
}
