/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * make_map BOUNDARIES OUTPUT.gpkg LANGUAGE [places|hotspots]
 *
 * Writes areas.gpkg for whatever boundaries, with made-up results: every level occurs, every 50th
 * area has no result, one result has no boundary, and one boundary has no result. With `places`
 * every third result has no boundary but a place on the map, and the layer is called locality. With
 * `hotspots` it says where risks stand together.
 */
#include <stdio.h>

#include "geo_results.h"
#include "mirti/geo.h"

static int complain(const mirti_error *err) {
    char text[2048];
    mirti_error_format(err, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    return mirti_status_exit(err->status);
}

/* Risks that run through all values several times, so that neighbours are alike. */
static mirti_results *results_for(const mirti_boundaries *boundaries) {
    int64_t count = mirti_boundaries_count(boundaries);
    mirti_results *results = made_results(count);
    for (int64_t i = 0; i + 1 < count; i++) {
        double risk = 0.25 + 0.2 * sin((double)i * 40.0 / (double)count);
        made_area(results, i, mirti_boundaries_code(boundaries, i),
                  mirti_boundaries_name(boundaries, i), risk,
                  risk < 0.15   ? 0
                  : risk < 0.30 ? 1
                                : 2);
        results->rank[i] = i + 1;
        if (i % 50 != 49) continue;
        results->risk[i] = NAN;
        results->level[i] = -1;
        results->rank[i] = 0;
        results->missing[i] = MIRTI_AREA_SUPPRESSED;
    }
    made_area(results, count - 1, "99999", "Without boundary", 0.4, 2);
    return results;
}

/* Every third becomes a place without a boundary, at a point somewhere in the country. */
static void make_places(mirti_results *results) {
    size_t count = (size_t)results->count;
    free(results->kind);
    results->kind = strdup("locality");
    results->longitude = missing_numbers(count);
    results->latitude = missing_numbers(count);
    for (size_t i = 0; i < count; i++) {
        size_t column = i % 6, row = i / 6;
        results->longitude[i] = -102.0 + 0.05 * (double)column;
        results->latitude[i] = 19.2 + 0.01 * (double)row;
        if (i % 3 == 0) results->code[i][0] = 'P';
    }
}

/* Clusters of risks that rise from the first feature to the last; NULL and an error otherwise. */
static mirti_hotspots *hotspots_of(const mirti_boundaries *boundaries, mirti_results *results,
                                   mirti_error *err) {
    for (int64_t i = 0; i < results->count; i++)
        results->risk[i] = 0.1 + 0.5 * (double)i / (double)results->count;
    const mirti_hotspot_options options = {
        .permutations = 999, .false_discovery = 0.2, .seed = 1, .threads = 1};
    mirti_neighbours *neighbours;
    mirti_hotspots *hotspots = NULL;
    if (mirti_neighbours_find(boundaries, MIRTI_NEIGHBOURS_QUEEN, 0, -1, &neighbours, err) !=
        MIRTI_OK)
        return NULL;
    if (mirti_hotspots_find(neighbours, results->risk, &options, &hotspots, err) != MIRTI_OK)
        hotspots = NULL;
    mirti_neighbours_free(neighbours);
    return hotspots;
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 5) return 2;
    const mirti_boundary_input input = {.code = (char[]){"CVEGEO"}, .name = (char[]){"NOMGEO"}};
    mirti_boundaries *boundaries;
    mirti_join *join;
    mirti_error err = {0};
    if (mirti_boundaries_read(argv[1], &input, 5, &boundaries, NULL, &err) != MIRTI_OK)
        return complain(&err);
    mirti_results *results = results_for(boundaries);
    if (argc == 5 && strcmp(argv[4], "places") == 0) make_places(results);
    mirti_hotspots *hotspots = NULL;
    if (argc == 5 && strcmp(argv[4], "hotspots") == 0 &&
        !(hotspots = hotspots_of(boundaries, results, &err)))
        return complain(&err);
    int code = 0;
    if (mirti_join_by_code(results, boundaries, &join, &err) == MIRTI_OK) {
        const mirti_layer layer = {.results = results,
                                   .boundaries = boundaries,
                                   .join = join,
                                   .title = "Riesgo de trabajo adolescente",
                                   .description = "Three levels «<&>»",
                                   .hotspots = hotspots};
        if (mirti_geopackage_write(argv[2], true, &layer, 1, argv[3], &err) != MIRTI_OK)
            code = complain(&err);
        mirti_join_free(join);
    }
    mirti_hotspots_free(hotspots);
    free(results->longitude);
    free(results->latitude);
    free_results(results);
    mirti_boundaries_free(boundaries);
    return code;
}
