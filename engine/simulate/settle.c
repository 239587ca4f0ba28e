/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * People come to the land. Municipalities get their latent traits from smooth surfaces, so that
 * neighbours are alike, and their populations from a lognormal law with a capital in every state;
 * localities follow in each by rank and size, down to the one- and two-dwelling hamlets that a
 * census lists but does not publish.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "children.h"
#include "country.h"
#include "grow.h"
#include "household.h"

enum { DWELLINGS_PER_UPM = 24 };

/* ---------------------------------------------------------------------------- municipalities --- */

static void standardise(double *value, int32_t count) {
    mirti_sum sum = {0}, square = {0};
    for (int32_t i = 0; i < count; i++)
        mirti_sum_add(&sum, value[i]);
    double mean = mirti_sum_value(&sum) / (double)count;
    for (int32_t i = 0; i < count; i++)
        mirti_sum_add(&square, (value[i] - mean) * (value[i] - mean));
    double deviation = sqrt(mirti_sum_value(&square) / (double)count);
    for (int32_t i = 0; i < count; i++)
        value[i] = deviation > 0.0 ? (value[i] - mean) / deviation : 0.0;
}

/* Each state's largest municipality by nature becomes its capital: several times larger still. */
static void raise_capitals(mirti_simulate_country *country) {
    for (int32_t s = 0; s < country->states; s++) {
        const mirti_simulate_state *state = &country->state[s];
        mirti_simulate_municipality *largest = NULL;
        for (int32_t i = 0; i < state->municipalities; i++) {
            mirti_simulate_municipality *m = &country->municipality[state->first_municipality + i];
            if (largest == NULL || m->weight > largest->weight) largest = m;
        }
        if (largest != NULL) largest->weight *= 2.5;
    }
}

static mirti_status draw_municipalities(mirti_simulate_country *country, mirti_error *err) {
    const mirti_simulate_land *land = &country->land;
    uint64_t seed = country->options.seed;
    int32_t count = country->municipalities;
    double radius = sqrt((double)land->land_cells / 3.141592653589793) * MIRTI_SIMULATE_CELL_WIDTH;
    double *field = mirti_new((size_t)count * 3, sizeof *field);
    if (field == NULL) return mirti_fail_memory(err, "the traits of municipalities");
    double *poverty = field, *indigenous = field + count, *farming = field + 2 * (int64_t)count;
    for (int32_t i = 0; i < count; i++) {
        mirti_simulate_point at = mirti_simulate_cell_centre(land, country->municipality[i].seat);
        double x = (double)at.x / radius, y = (double)at.y / radius;
        poverty[i] = mirti_simulate_noise(seed, MIRTI_SIMULATE_FOR_FIELD, 1, 1.5 * x, 1.5 * y, 4);
        indigenous[i] =
            mirti_simulate_noise(seed, MIRTI_SIMULATE_FOR_FIELD, 2, 1.2 * x, 1.2 * y, 3);
        farming[i] = mirti_simulate_noise(seed, MIRTI_SIMULATE_FOR_FIELD, 3, 2.0 * x, 2.0 * y, 3);
    }
    standardise(poverty, count);
    standardise(indigenous, count);
    standardise(farming, count);
    for (int32_t i = 0; i < count; i++) {
        mirti_simulate_municipality *m = &country->municipality[i];
        mirti_rng rng = mirti_rng_at(seed, MIRTI_SIMULATE_FOR_SETTLING, (uint64_t)i);
        double size = mirti_rng_normal(&rng);
        m->weight = mirti_exact_exp(1.0 * size) * sqrt((double)m->cells);
        m->poverty = 0.85 * poverty[i] + 0.35 * mirti_rng_normal(&rng) - 0.3 * size;
        m->indigenous = mirti_logistic(-3.4 + 1.5 * indigenous[i] + 0.6 * m->poverty);
        m->agriculture = mirti_logistic(0.2 + 0.4 * m->poverty + 0.6 * farming[i]);
        mirti_rng effect = mirti_rng_at(seed, MIRTI_SIMULATE_FOR_EFFECT, (uint64_t)i);
        m->effect = country->truth.sigma_municipality * mirti_rng_normal(&effect);
    }
    raise_capitals(country);
    for (int32_t s = 0; s < country->states; s++) { /* the poorer half of each state */
        const mirti_simulate_state *state = &country->state[s];
        for (int32_t i = 0; i < state->municipalities; i++) {
            mirti_simulate_municipality *m = &country->municipality[state->first_municipality + i];
            int32_t poorer = 0;
            for (int32_t k = 0; k < state->municipalities; k++)
                poorer += country->municipality[state->first_municipality + k].poverty > m->poverty;
            m->poor_stratum = 2 * poorer < state->municipalities;
        }
    }
    mirti_free(field);
    return MIRTI_OK;
}

/* -------------------------------------------------------------------------------- localities --- */

static int32_t localities_of(const mirti_simulate_country *country, int32_t index) {
    const mirti_simulate_municipality *m = &country->municipality[index];
    mirti_rng rng = mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_SETTLING,
                                 (UINT64_C(1) << 32) + (uint64_t)index);
    int64_t wanted = m->cells * (250 + (int64_t)mirti_rng_below(&rng, 300)) / 1000;
    if (wanted > m->cells) wanted = m->cells;
    return wanted < 1 ? 1 : wanted > 900 ? 900 : (int32_t)wanted;
}

/* A municipality's cells as a graph of their own. */
typedef struct domain {
    const mirti_simulate_land *land;
    const int64_t *cell; /* [count] ascending */
    int64_t count;
} domain;

static int64_t domain_index(const domain *d, int64_t cell) {
    int64_t low = 0, high = d->count - 1;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (d->cell[middle] < cell)
            low = middle + 1;
        else
            high = middle;
    }
    return d->cell[low] == cell ? low : -1;
}

static int domain_neighbours(const void *context, int64_t node, int64_t *out, int room) {
    const domain *d = context;
    int count = 0;
    for (int side = 0; side < MIRTI_SIMULATE_NEIGHBOURS && count < room; side++) {
        int64_t next = mirti_simulate_neighbour(d->land, d->cell[node], side);
        int64_t index = next < 0 ? -1 : domain_index(d, next);
        if (index >= 0) out[count++] = index;
    }
    return count;
}

/* Working space for the municipality at hand. */
typedef struct bench {
    int64_t *order, *seed;
    uint32_t *spacing, *cost, *slowness;
    int32_t *label;
} bench;

static void place_locality(mirti_simulate_country *country, mirti_simulate_locality *locality,
                           mirti_rng *rng) {
    const mirti_simulate_land *land = &country->land;
    mirti_simulate_point centre = mirti_simulate_cell_centre(land, locality->cell);
    const int32_t reach = MIRTI_SIMULATE_CELL_RADIUS / 10 * 3;
    centre.x += (int64_t)mirti_rng_below(rng, (uint32_t)(2 * reach + 1)) - reach;
    centre.y += (int64_t)mirti_rng_below(rng, (uint32_t)(2 * reach + 1)) - reach;
    /* Published in thousandths of a second; the place is what these say, to the centimetre. */
    double longitude, latitude, x, y;
    mirti_simulate_unproject((double)centre.x, (double)centre.y, &longitude, &latitude);
    locality->longitude_ms = (int32_t)floor(longitude * 3600000.0 + 0.5);
    locality->latitude_ms = (int32_t)floor(latitude * 3600000.0 + 0.5);
    mirti_simulate_project((double)locality->longitude_ms / 3600000.0,
                           (double)locality->latitude_ms / 3600000.0, &x, &y);
    locality->place = (mirti_simulate_point){(int64_t)floor(x + 0.5), (int64_t)floor(y + 0.5)};
    double hill = mirti_simulate_noise(land->seed, MIRTI_SIMULATE_FOR_RELIEF, 9,
                                       (double)centre.x / 2e7, (double)centre.y / 2e7, 5);
    double metres = 900.0 + 700.0 * hill;
    locality->altitude_m = metres < 3.0 ? 3 : (int32_t)metres;
}

/* Puts a municipality's localities on its cells and gives each a territory around it. */
static mirti_status place_localities(mirti_simulate_country *country, int32_t index,
                                     const domain *cells, bench *space, mirti_error *err) {
    mirti_simulate_municipality *m = &country->municipality[index];
    mirti_rng rng = mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_SETTLING,
                                 (UINT64_C(2) << 32) + (uint64_t)index);
    mirti_simulate_shuffle(&rng, space->order, cells->count);
    int64_t seat = domain_index(cells, m->seat);
    for (int64_t i = 0; i < cells->count; i++) {
        if (space->order[i] == seat) { /* the seat is chosen first */
            space->order[i] = space->order[0];
            space->order[0] = seat;
        }
        space->spacing[i] = 32;
        space->cost[i] = 100 + mirti_rng_below(&rng, 60);
        space->label[i] = MIRTI_SIMULATE_OPEN;
    }
    mirti_simulate_graph graph = {cells->count, domain_neighbours, cells, space->cost};
    MIRTI_TRY(mirti_simulate_scatter(&graph, space->order, cells->count, space->spacing,
                                     m->localities, space->seed, err));
    for (int32_t k = 0; k < m->localities; k++)
        space->slowness[k] = k == 0 ? 4 : k < 4 ? 7 : 9;
    MIRTI_TRY(mirti_simulate_grow(&graph, space->seed, space->slowness, m->localities, space->label,
                                  err));
    for (int64_t i = 0; i < cells->count; i++)
        country->land.locality[cells->cell[i]] = m->first_locality + space->label[i];
    for (int32_t k = 0; k < m->localities; k++) {
        mirti_simulate_locality *locality = &country->locality[m->first_locality + k];
        locality->municipality = index;
        locality->code = k + 1;
        locality->cell = cells->cell[space->seed[k]];
        place_locality(country, locality, &rng);
    }
    return MIRTI_OK;
}

static void bench_reset(bench *space) {
    mirti_free(space->order);
    mirti_free(space->seed);
    mirti_free(space->spacing);
    mirti_free(space->cost);
    mirti_free(space->slowness);
    mirti_free(space->label);
}

static bool bench_make(bench *space, int64_t cells) {
    size_t room = (size_t)cells + 1;
    space->order = mirti_new(room, sizeof *space->order);
    space->seed = mirti_new(room, sizeof *space->seed);
    space->spacing = mirti_new(room, sizeof *space->spacing);
    space->cost = mirti_new(room, sizeof *space->cost);
    space->slowness = mirti_new(room, sizeof *space->slowness);
    space->label = mirti_new(room, sizeof *space->label);
    return space->order != NULL && space->seed != NULL && space->spacing != NULL &&
           space->cost != NULL && space->slowness != NULL && space->label != NULL;
}

static mirti_status found_localities(mirti_simulate_country *country, mirti_error *err) {
    const mirti_simulate_land *land = &country->land;
    int32_t count = country->municipalities;
    int64_t total = 0, most = 0;
    for (int32_t i = 0; i < count; i++) {
        mirti_simulate_municipality *m = &country->municipality[i];
        m->localities = localities_of(country, i);
        m->first_locality = (int32_t)total;
        total += m->localities;
        if (m->cells > most) most = m->cells;
    }
    bench space = {0};
    int64_t *cell = mirti_new((size_t)land->land_cells, sizeof *cell);
    int64_t *first = mirti_new((size_t)count + 1, sizeof *first);
    country->localities = (int32_t)total;
    country->locality = mirti_new((size_t)total, sizeof *country->locality);
    mirti_status status = MIRTI_OK;
    if (cell == NULL || first == NULL || country->locality == NULL || !bench_make(&space, most))
        status = mirti_fail_memory(err, "the localities of a simulated country");
    if (status == MIRTI_OK) {
        int64_t at = 0;
        for (int32_t i = 0; i < count; i++) {
            first[i] = at;
            at += country->municipality[i].cells;
        }
        for (int64_t i = 0; i < land->cells; i++)
            if (land->municipality[i] >= 0)
                cell[first[land->municipality[i]]++] = i;
            else
                country->land.locality[i] = -1;
        for (int32_t i = 0; i < count && status == MIRTI_OK; i++) {
            int64_t cells = country->municipality[i].cells;
            domain own = {land, cell + first[i] - cells, cells};
            status = place_localities(country, i, &own, &space, err);
        }
    }
    mirti_free(cell);
    mirti_free(first);
    bench_reset(&space);
    return status;
}

/* --------------------------------------------------------------------------------- dwellings --- */

/* A municipality's dwellings over its localities: two fifths of these are hamlets of one or two;
 * the others follow a rank-size law, the seat well ahead. */
static void share_dwellings(mirti_simulate_country *country, int32_t index) {
    mirti_simulate_municipality *m = &country->municipality[index];
    mirti_simulate_locality *locality = &country->locality[m->first_locality];
    mirti_rng rng = mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_SETTLING,
                                 (UINT64_C(3) << 32) + (uint64_t)index);
    int64_t left = m->dwellings;
    int32_t proper = m->localities - m->localities * 2 / 5;
    for (int32_t k = proper; k < m->localities; k++) {
        locality[k].dwellings = 1 + (int64_t)(mirti_rng_below(&rng, 10) < 4);
        left -= locality[k].dwellings;
    }
    double sum = 0.0;
    for (int32_t k = 0; k < proper; k++) {
        double share = 1.0 / ((double)(k + 1) * sqrt((double)(k + 1)));
        share *= 0.6 + 0.8 * mirti_rng_uniform(&rng);
        if (k == 0) share *= 1.0 + 0.08 * sqrt((double)m->dwellings);
        locality[k].poverty = share; /* kept here for a moment */
        sum += share;
    }
    int64_t given = 0;
    for (int32_t k = proper - 1; k > 0; k--) {
        int64_t part = (int64_t)((double)left * locality[k].poverty / sum);
        locality[k].dwellings = part < 3 ? 3 : part;
        given += locality[k].dwellings;
    }
    locality[0].dwellings = left - given < 3 ? 3 : left - given;
}

/* Latent traits and size class of a locality whose dwellings are known. */
static void characterise(mirti_simulate_country *country, int32_t index) {
    mirti_simulate_locality *l = &country->locality[index];
    const mirti_simulate_municipality *m = &country->municipality[l->municipality];
    mirti_rng rng = mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_SETTLING,
                                 (UINT64_C(4) << 32) + (uint64_t)index);
    double people = (double)l->dwellings * country->household_size;
    double size = (mirti_exact_log(people) - 4.6) * (1.0 / 6.9); /* 100 → 0, 100,000 → 1 */
    l->urbanity = size < 0.0 ? 0.0 : size > 1.0 ? 1.0 : size;
    l->poverty = 0.9 * m->poverty + 0.3 * mirti_rng_normal(&rng) - 0.9 * (l->urbanity - 0.4);
    mirti_rng effect = mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_EFFECT,
                                    (UINT64_C(1) << 32) + (uint64_t)index);
    l->effect = m->effect + country->truth.sigma_locality * mirti_rng_normal(&effect);
    l->size_class = people < 2500     ? 1
                    : people < 15000  ? 2
                    : people < 50000  ? 3
                    : people < 100000 ? 4
                                      : 5;
    l->upms = (int32_t)((l->dwellings + DWELLINGS_PER_UPM - 1) / DWELLINGS_PER_UPM);
}

static void count_dwellings(mirti_simulate_country *country, double dwellings) {
    mirti_sum weights = {0};
    for (int32_t i = 0; i < country->municipalities; i++)
        mirti_sum_add(&weights, country->municipality[i].weight);
    double scale = dwellings / mirti_sum_value(&weights);
    country->dwellings = 0;
    for (int32_t i = 0; i < country->municipalities; i++) {
        mirti_simulate_municipality *m = &country->municipality[i];
        int64_t least = 6 * (int64_t)m->localities;
        m->dwellings = (int64_t)(m->weight * scale);
        if (m->dwellings < least) m->dwellings = least;
        share_dwellings(country, i);
        m->dwellings = 0;
        int64_t upm = 1;
        for (int32_t k = 0; k < m->localities; k++) {
            mirti_simulate_locality *l = &country->locality[m->first_locality + k];
            characterise(country, m->first_locality + k);
            l->first_dwelling = m->dwellings;
            l->first_upm = upm;
            m->dwellings += l->dwellings;
            upm += l->upms;
        }
        country->dwellings += m->dwellings;
    }
}

/* Mean household size over a few thousand dwellings, spread over the country as people are. */
static mirti_status pilot(mirti_simulate_country *country, mirti_error *err) {
    mirti_simulate_odds *odds = mirti_new(1, sizeof *odds);
    if (odds == NULL) return mirti_fail_memory(err, "a trial of households");
    mirti_simulate_odds_make(odds);
    int64_t step = country->dwellings / 4000 + 1, next = 0, passed = 0, persons = 0, visited = 0;
    for (int32_t i = 0; i < country->localities; i++) {
        const mirti_simulate_locality *l = &country->locality[i];
        for (; next < passed + l->dwellings; next += step) {
            mirti_simulate_dwelling home;
            mirti_simulate_dwelling_draw(country, odds, i, next - passed, &home);
            persons += home.persons;
            visited++;
        }
        passed += l->dwellings;
    }
    mirti_free(odds);
    country->household_size = (double)persons / (double)visited;
    return MIRTI_OK;
}

mirti_status mirti_simulate_settle(mirti_simulate_country *country, mirti_error *err) {
    MIRTI_TRY(draw_municipalities(country, err));
    MIRTI_TRY(found_localities(country, err));
    double population = (double)country->options.persons *
                        (country->options.full_count ? 1.0 : MIRTI_SIMULATE_POPULATION_TIMES);
    country->household_size = 3.7;
    count_dwellings(country, population / country->household_size);
    MIRTI_TRY(pilot(country, err));
    count_dwellings(country, population / country->household_size);
    mirti_simulate_census_sample_plan(country);
    return MIRTI_OK;
}
