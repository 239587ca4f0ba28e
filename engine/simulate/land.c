/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lie of the land: where the coast runs, and how the country falls into municipalities and
 * states. A relief of smooth noise, highest in the middle, is flooded until as many cells are left
 * as the municipalities need; municipalities grow from scattered seats, and states from scattered
 * municipalities, each at its own speed, so that some come out many times larger than others.
 */
#include <math.h>
#include <string.h>

#include "country.h"
#include "grow.h"

enum { CELLS_PER_MUNICIPALITY = 48, MARGIN = 3 };

/* ------------------------------------------------------------------------------------- coast -- */

static int cell_neighbours(const void *context, int64_t node, int64_t *out, int room) {
    const mirti_simulate_land *land = context;
    int count = 0;
    for (int side = 0; side < MIRTI_SIMULATE_NEIGHBOURS && count < room; side++) {
        int64_t next = mirti_simulate_neighbour(land, node, side);
        if (next >= 0) out[count++] = next;
    }
    return count;
}

/* Neighbours on land only. */
static int land_neighbours(const void *context, int64_t node, int64_t *out, int room) {
    const mirti_simulate_land *land = context;
    int count = 0;
    for (int side = 0; side < MIRTI_SIMULATE_NEIGHBOURS && count < room; side++) {
        int64_t next = mirti_simulate_neighbour(land, node, side);
        if (next >= 0 && land->municipality[next] != MIRTI_SIMULATE_CLOSED) out[count++] = next;
    }
    return count;
}

static bool in_margin(const mirti_simulate_land *land, int64_t cell) {
    int64_t row = cell / land->columns, column = cell % land->columns;
    return row < MARGIN || column < MARGIN || row >= land->rows - MARGIN ||
           column >= land->columns - MARGIN;
}

/* Centre of a cell in units of the radius that the whole country would have as a disc. */
static void relative_place(const mirti_simulate_land *land, int64_t cell, double radius, double *x,
                           double *y) {
    int64_t row = cell / land->columns, column = cell % land->columns;
    *x = ((double)column + 0.5 * (double)(row & 1) - 0.5 * (double)land->columns) / radius;
    *y = ((double)row - 0.5 * (double)land->rows) * 0.8660254037844386 / radius;
}

static double relief(const mirti_simulate_land *land, int64_t cell, double radius, double turn) {
    double x, y;
    relative_place(land, cell, radius, &x, &y);
    /* A long country, in any direction. */
    double along = x * mirti_exact_cos_turn(turn) + y * mirti_exact_cos_turn(turn - 0.25);
    double across = y * mirti_exact_cos_turn(turn) - x * mirti_exact_cos_turn(turn - 0.25);
    double slope = 0.55 * along * along + 1.5 * across * across;
    return 0.42 *
               mirti_simulate_noise(land->seed, MIRTI_SIMULATE_FOR_RELIEF, 0, 1.3 * x, 1.3 * y, 6) -
           slope;
}

/* The order in which a rising country leaves the sea: whole numbers, the higher the earlier. */
static uint64_t depth_of(double height) {
    double depth = (16.0 - height) * 4294967296.0;
    return depth > 0.0 ? (uint64_t)depth : 0;
}

/* Lets `wanted` cells rise, from the middle of the grid, always the highest neighbour of what is
 * dry already: one piece of land. */
static mirti_status raise_cells(mirti_simulate_land *land, int64_t wanted, double radius,
                                uint8_t *seen, mirti_error *err) {
    mirti_rng rng = mirti_rng_at(land->seed, MIRTI_SIMULATE_FOR_RELIEF, UINT64_MAX);
    double turn = mirti_rng_uniform(&rng);
    mirti_simulate_heap shore = {0};
    int64_t middle = land->rows / 2 * land->columns + land->columns / 2;
    bool room = mirti_simulate_heap_push(&shore, (mirti_simulate_step){.node = middle});
    seen[middle] = 1;
    for (int64_t dry = 0; room && shore.count > 0 && dry < wanted; dry++) {
        int64_t cell = mirti_simulate_heap_pop(&shore).node;
        land->municipality[cell] = MIRTI_SIMULATE_OPEN;
        for (int side = 0; side < MIRTI_SIMULATE_NEIGHBOURS && room; side++) {
            int64_t next = mirti_simulate_neighbour(land, cell, side);
            if (next < 0 || seen[next] || in_margin(land, next)) continue;
            seen[next] = 1;
            mirti_simulate_step step = {.cost = depth_of(relief(land, next, radius, turn)),
                                        .node = next};
            room = mirti_simulate_heap_push(&shore, step);
        }
    }
    mirti_free(shore.step);
    return room ? MIRTI_OK : mirti_fail_memory(err, "the land of a simulated country");
}

/* The sea comes in from the margin; what it does not reach is no sea. */
static mirti_status fill_lakes(mirti_simulate_land *land, uint8_t *sea, mirti_error *err) {
    int64_t *queue = mirti_new((size_t)land->cells, sizeof *queue);
    if (queue == NULL) return mirti_fail_memory(err, "the land of a simulated country");
    int64_t first = 0, last = 0;
    queue[last++] = 0;
    sea[0] = 1;
    while (first < last) {
        int64_t cell = queue[first++];
        for (int side = 0; side < MIRTI_SIMULATE_NEIGHBOURS; side++) {
            int64_t next = mirti_simulate_neighbour(land, cell, side);
            if (next < 0 || sea[next] || land->municipality[next] == MIRTI_SIMULATE_OPEN) continue;
            sea[next] = 1;
            queue[last++] = next;
        }
    }
    land->land_cells = 0;
    for (int64_t i = 0; i < land->cells; i++) {
        if (!sea[i]) land->municipality[i] = MIRTI_SIMULATE_OPEN;
        land->land_cells += land->municipality[i] == MIRTI_SIMULATE_OPEN;
    }
    mirti_free(queue);
    return MIRTI_OK;
}

static mirti_status raise_land(mirti_simulate_land *land, int64_t wanted, double radius,
                               mirti_error *err) {
    uint8_t *mark = mirti_new((size_t)land->cells, 1);
    if (mark == NULL) return mirti_fail_memory(err, "the land of a simulated country");
    for (int64_t i = 0; i < land->cells; i++)
        land->municipality[i] = MIRTI_SIMULATE_CLOSED;
    mirti_status status = raise_cells(land, wanted, radius, mark, err);
    memset(mark, 0, (size_t)land->cells);
    if (status == MIRTI_OK) status = fill_lakes(land, mark, err);
    mirti_free(mark);
    return status;
}

/* ----------------------------------------------------------------------------- municipalities -- */

static mirti_status grow_municipalities(mirti_simulate_country *country, double radius,
                                        mirti_error *err) {
    mirti_simulate_land *land = &country->land;
    mirti_rng rng = mirti_rng_at(land->seed, MIRTI_SIMULATE_FOR_TERRITORY, 0);
    int32_t count = country->municipalities;
    int64_t *order = mirti_new((size_t)land->cells, sizeof *order);
    uint32_t *spacing = mirti_new((size_t)land->cells, sizeof *spacing);
    uint32_t *cost = mirti_new((size_t)land->cells, sizeof *cost);
    int64_t *seat = mirti_new((size_t)count, sizeof *seat);
    uint32_t *slowness = mirti_new((size_t)count, sizeof *slowness);
    mirti_status status = MIRTI_OK;
    if (order == NULL || spacing == NULL || cost == NULL || seat == NULL || slowness == NULL) {
        status = mirti_fail_memory(err, "the municipalities of a simulated country");
        goto done;
    }
    mirti_simulate_shuffle(&rng, order, land->cells);
    int64_t candidates = 0;
    for (int64_t i = 0; i < land->cells; i++)
        if (land->municipality[order[i]] == MIRTI_SIMULATE_OPEN) order[candidates++] = order[i];
    for (int64_t i = 0; i < land->cells; i++) {
        double x, y;
        relative_place(land, i, radius, &x, &y);
        /* Crowded here, spread out there: seats 4 to 12 cells apart. */
        double crowd =
            mirti_simulate_noise(land->seed, MIRTI_SIMULATE_FOR_TERRITORY, 1, 1.6 * x, 1.6 * y, 3);
        double apart = 6.5 * mirti_exact_exp(0.35 * crowd);
        spacing[i] = (uint32_t)(16.0 * (apart < 3.0 ? 3.0 : apart > 14.0 ? 14.0 : apart));
        cost[i] = 100 + mirti_rng_below(&rng, 150);
    }
    for (int32_t i = 0; i < count; i++)
        slowness[i] = 5 + mirti_rng_below(&rng, 8);
    mirti_simulate_graph graph = {land->cells, land_neighbours, land, cost};
    status = mirti_simulate_scatter(&graph, order, candidates, spacing, count, seat, err);
    if (status == MIRTI_OK)
        status = mirti_simulate_grow(&graph, seat, slowness, count, land->municipality, err);
    if (status == MIRTI_OK) {
        for (int32_t i = 0; i < count; i++)
            country->municipality[i].seat = seat[i];
        for (int64_t i = 0; i < land->cells; i++)
            if (land->municipality[i] >= 0) country->municipality[land->municipality[i]].cells++;
    }
done:
    mirti_free(order);
    mirti_free(spacing);
    mirti_free(cost);
    mirti_free(seat);
    mirti_free(slowness);
    return status;
}

/* ------------------------------------------------------------------------------------- states -- */

/* Which municipalities adjoin: neighbours of i are to[start[i] .. start[i + 1]). */
typedef struct adjacency {
    int64_t *start;
    int32_t *to;
} adjacency;

static int municipal_neighbours(const void *context, int64_t node, int64_t *out, int room) {
    const adjacency *graph = context;
    int count = 0;
    for (int64_t k = graph->start[node]; k < graph->start[node + 1] && count < room; k++)
        out[count++] = graph->to[k];
    return count;
}

/* Pairs may come several times, which does no harm. */
static mirti_status find_adjacency(const mirti_simulate_country *country, adjacency *graph,
                                   mirti_error *err) {
    const mirti_simulate_land *land = &country->land;
    graph->start = mirti_new((size_t)country->municipalities + 2, sizeof *graph->start);
    if (graph->start == NULL) return mirti_fail_memory(err, "the municipalities' neighbours");
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t cell = 0; cell < land->cells; cell++) {
            int32_t here = land->municipality[cell];
            if (here < 0) continue;
            int64_t next[MIRTI_SIMULATE_NEIGHBOURS];
            int count = cell_neighbours(land, cell, next, MIRTI_SIMULATE_NEIGHBOURS);
            int32_t said = -1; /* most cells border on one other municipality */
            for (int i = 0; i < count; i++) {
                int32_t there = land->municipality[next[i]];
                if (there < 0 || there == here || there == said) continue;
                said = there;
                if (pass == 0)
                    graph->start[here + 2]++;
                else
                    graph->to[graph->start[here + 1]++] = there;
            }
        }
        if (pass == 1) break;
        for (int32_t i = 0; i < country->municipalities; i++)
            graph->start[i + 2] += graph->start[i + 1];
        graph->to =
            mirti_new((size_t)graph->start[country->municipalities + 1] + 1, sizeof *graph->to);
        if (graph->to == NULL) return mirti_fail_memory(err, "the municipalities' neighbours");
    }
    return MIRTI_OK;
}

static mirti_status grow_states(mirti_simulate_country *country, mirti_error *err) {
    mirti_rng rng = mirti_rng_at(country->land.seed, MIRTI_SIMULATE_FOR_TERRITORY, 1);
    int32_t count = country->municipalities, states = country->states;
    adjacency near = {0};
    int64_t *order = mirti_new((size_t)count, sizeof *order);
    uint32_t *spacing = mirti_new((size_t)count, sizeof *spacing);
    uint32_t *cost = mirti_new((size_t)count, sizeof *cost);
    int32_t *label = mirti_new((size_t)count, sizeof *label);
    int64_t *seed = mirti_new((size_t)states, sizeof *seed);
    uint32_t *slowness = mirti_new((size_t)states, sizeof *slowness);
    mirti_status status = MIRTI_OK;
    if (order == NULL || spacing == NULL || cost == NULL || label == NULL || seed == NULL ||
        slowness == NULL) {
        status = mirti_fail_memory(err, "the states of a simulated country");
        goto done;
    }
    MIRTI_TRY_GOTO(status, find_adjacency(country, &near, err), done);
    mirti_simulate_shuffle(&rng, order, count);
    double apart = sqrt((double)count / (double)states);
    for (int32_t i = 0; i < count; i++) {
        spacing[i] = (uint32_t)(16.0 * apart);
        cost[i] = 100 + mirti_rng_below(&rng, 60);
        label[i] = MIRTI_SIMULATE_OPEN;
    }
    for (int32_t i = 0; i < states; i++)
        slowness[i] = 6 + mirti_rng_below(&rng, 6);
    mirti_simulate_graph graph = {count, municipal_neighbours, &near, cost};
    MIRTI_TRY_GOTO(status, mirti_simulate_scatter(&graph, order, count, spacing, states, seed, err),
                   done);
    MIRTI_TRY_GOTO(status, mirti_simulate_grow(&graph, seed, slowness, states, label, err), done);
    for (int32_t i = 0; i < count; i++)
        country->municipality[i].state = label[i];
done:
    mirti_free(near.start);
    mirti_free(near.to);
    mirti_free(order);
    mirti_free(spacing);
    mirti_free(cost);
    mirti_free(label);
    mirti_free(seed);
    mirti_free(slowness);
    return status;
}

mirti_status mirti_simulate_land_make(mirti_simulate_country *country, mirti_error *err) {
    mirti_simulate_land *land = &country->land;
    int64_t wanted = (int64_t)country->municipalities * CELLS_PER_MUNICIPALITY;
    double radius = sqrt((double)wanted * (1.0 / 3.141592653589793) * 0.8660254037844386);
    land->seed = country->options.seed;
    land->columns = (int32_t)(4.6 * radius) + 4 * MARGIN;
    land->rows = (int32_t)(4.6 * radius / 0.8660254037844386) + 4 * MARGIN;
    land->cells = land->columns * land->rows;
    /* In the Pacific west of Mexico, whatever its size, so that nobody takes it for a part of it.
     */
    const int64_t east = 200000000, middle = 60000000;
    land->origin_x = east - land->columns * MIRTI_SIMULATE_CELL_WIDTH;
    land->origin_y = middle - land->rows / 2 * MIRTI_SIMULATE_CELL_ROW;
    land->municipality = mirti_new((size_t)land->cells, sizeof *land->municipality);
    land->locality = mirti_new((size_t)land->cells, sizeof *land->locality);
    land->town = mirti_new((size_t)land->cells, sizeof *land->town);
    if (land->municipality == NULL || land->locality == NULL || land->town == NULL)
        return mirti_fail_memory(err, "the land of a simulated country");
    MIRTI_TRY(raise_land(land, wanted, radius, err));
    MIRTI_TRY(grow_municipalities(country, radius, err));
    for (int64_t i = 0; i < land->cells; i++)
        if (land->municipality[i] < 0) land->municipality[i] = -1;
    return grow_states(country, err);
}
