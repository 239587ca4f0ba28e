/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Neighbours and spatial statistics against R package `spdep`: reads the cases that neighbours.R
 * wrote in this test run. Neighbours must be the same to the last one; statistics agree to 1e-9
 * relative (sums in another order).
 */
#include "cases.h"

#include "mirti/geo.h"

static const double tolerance = 1e-9;

static void check(mirti_status status, const mirti_error *err) {
    if (status == MIRTI_OK) return;
    fprintf(stderr, "%s\n", err->message);
    exit(2);
}

static mirti_boundaries *read_boundaries(const char *path) {
    const mirti_boundary_input input = {.code = (char[]){"CVEGEO"}, .name = (char[]){"NOMGEO"}};
    mirti_boundaries *boundaries;
    mirti_error err = {0};
    check(mirti_boundaries_read(path, &input, 5, &boundaries, NULL, &err), &err);
    return boundaries;
}

/* R's neighbours as a table of ours. */
static mirti_neighbours expected_neighbours(cases *in, int64_t count) {
    mirti_neighbours n = {.count = count};
    double *degree = cases_vector(in, "degree", (size_t)count);
    n.first = calloc((size_t)count + 1, sizeof *n.first);
    for (int64_t i = 0; i < count; i++)
        n.first[i + 1] = n.first[i] + (int64_t)degree[i];
    double *list = cases_vector(in, "neighbour", (size_t)n.first[count]);
    n.neighbour = calloc((size_t)n.first[count] + 1, sizeof *n.neighbour);
    for (int64_t e = 0; e < n.first[count]; e++)
        n.neighbour[e] = (int64_t)list[e];
    free(degree);
    free(list);
    return n;
}

static bool beside(const mirti_neighbours *n, int64_t a, int64_t b) {
    for (int64_t e = n->first[a]; e < n->first[a + 1]; e++)
        if (n->neighbour[e] == b) return true;
    return false;
}

/* Every neighbour of `expected` is one of `found`, and the other way round unless `at_least`. */
static void compare_neighbours(cases *in, const mirti_neighbours *found,
                               const mirti_neighbours *expected, bool at_least) {
    int64_t missing = 0, more = 0;
    for (int64_t i = 0; i < expected->count; i++) {
        for (int64_t e = expected->first[i]; e < expected->first[i + 1]; e++)
            missing += !beside(found, i, expected->neighbour[e]);
        for (int64_t e = found->first[i]; e < found->first[i + 1]; e++)
            more += !beside(expected, i, found->neighbour[e]);
    }
    cases_compare(in, "missing neighbours", (double)missing, 0, tolerance, 1);
    if (at_least)
        printf("%s: %lld of %lld neighbours are found only where one side has no vertex\n",
               in->name, (long long)more, (long long)found->first[found->count]);
    else
        cases_compare(in, "wrong neighbours", (double)more, 0, tolerance, 1);
}

static void compare_statistics(cases *in, const mirti_neighbours *n) {
    double *value = cases_vector(in, "value", (size_t)n->count);
    double *moran = cases_vector(in, "moran", 6);
    double *local = cases_vector(in, "local", (size_t)n->count);
    double *gi = cases_vector(in, "gistar", (size_t)n->count);
    const mirti_hotspot_options options = {
        .permutations = 99, .false_discovery = 0.05, .seed = 1, .threads = 1};
    mirti_hotspots *h;
    mirti_error err = {0};
    check(mirti_hotspots_find(n, value, &options, &h, &err), &err);
    const double found[] = {(double)h->global.areas, h->global.i, h->global.expected,
                            h->global.variance,      h->global.z, h->global.p_normal};
    static const char *const names[] = {"areas", "I", "expectation", "variance", "z", "p"};
    for (int k = 0; k < 6; k++)
        cases_compare(in, names[k], found[k], moran[k], k == 5 ? 1e-6 : tolerance,
                      k == 5 ? 1e-12 : 0);
    for (int64_t i = 0; i < n->count; i++) {
        cases_compare(in, "local Moran", h->moran[i], local[i], tolerance, 0.01);
        cases_compare(in, "Gi*", h->gi[i], gi[i], tolerance, 0.01);
    }
    mirti_hotspots_free(h);
    free(value);
    free(moran);
    free(local);
    free(gi);
}

static void run_case(cases *in) {
    cases_word(in);
    snprintf(in->name, sizeof in->name, "%s", in->word);
    cases_expect(in, "file");
    cases_word(in);
    mirti_boundaries *boundaries = read_boundaries(in->word);
    cases_expect(in, "kind");
    cases_word(in);
    mirti_neighbours_kind kind = strcmp(in->word, "rook") == 0      ? MIRTI_NEIGHBOURS_ROOK
                                 : strcmp(in->word, "nearest") == 0 ? MIRTI_NEIGHBOURS_NEAREST
                                                                    : MIRTI_NEIGHBOURS_QUEEN;
    bool at_least = strcmp(in->word, "queen_at_least") == 0;
    int k = (int)cases_integer(in);
    double reach = cases_number(in);
    mirti_neighbours *found;
    mirti_error err = {0};
    check(mirti_neighbours_find(boundaries, kind, k, reach, &found, &err), &err);
    mirti_neighbours expected = expected_neighbours(in, mirti_boundaries_count(boundaries));
    compare_neighbours(in, found, &expected, at_least);
    compare_statistics(in, at_least ? &expected : found);
    cases_expect(in, "end");
    free(expected.first);
    free(expected.neighbour);
    mirti_neighbours_free(found);
    mirti_boundaries_free(boundaries);
}

int main(int argc, char **argv) {
    cases in;
    cases_open(&in, argc, argv);
    while (cases_word(&in)) {
        if (strcmp(in.word, "case") != 0) cases_die("case", in.word);
        run_case(&in);
    }
    return cases_close(&in);
}
