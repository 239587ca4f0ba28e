/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Regions grown from seeds over a graph, as territories grow: each spreads along the cheapest way,
 * at its own speed, until it meets another. What comes out is connected by construction.
 */
#ifndef MIRTI_SIMULATE_GROW_H
#define MIRTI_SIMULATE_GROW_H

#include "mirti/base.h"

/* What comes next: the cheapest step, the lowest node and region among equals. */
typedef struct mirti_simulate_step {
    uint64_t cost;
    int64_t node;
    int32_t region;
} mirti_simulate_step;

/* Steps to come; zero-initialise, and mirti_free(heap.step) at the end. */
typedef struct mirti_simulate_heap {
    mirti_simulate_step *step;
    int64_t count, room;
} mirti_simulate_heap;
/* False when memory runs out. */
bool mirti_simulate_heap_push(mirti_simulate_heap *heap, mirti_simulate_step step);
/* Of a heap that is not empty. */
mirti_simulate_step mirti_simulate_heap_pop(mirti_simulate_heap *heap);

enum { MIRTI_SIMULATE_CLOSED = -2, MIRTI_SIMULATE_OPEN = -1 };

/* The graph: neighbours of a node, and what it costs to enter it (any positive number). */
typedef struct mirti_simulate_graph {
    int64_t nodes;
    /* Writes up to `room` neighbours and returns their number. */
    int (*neighbours)(const void *context, int64_t node, int64_t *out, int room);
    const void *context;
    const uint32_t *cost; /* [nodes] */
} mirti_simulate_graph;

/* Labels every OPEN node that a seed can reach with the index of the seed whose region takes it.
 * `seed[i]` must be open; `slowness[i]` (8 = normal) multiplies the costs of region i. */
mirti_status mirti_simulate_grow(const mirti_simulate_graph *graph, const int64_t *seed,
                                 const uint32_t *slowness, int32_t seeds, int32_t *label,
                                 mirti_error *err);

/* Chooses `seeds` open nodes, spread out: candidates in the order given are taken when no other is
 * nearer than spacing[node] / 16 × s steps, with s shrunk until enough are found. */
mirti_status mirti_simulate_scatter(const mirti_simulate_graph *graph, const int64_t *order,
                                    int64_t candidates, const uint32_t *spacing, int32_t seeds,
                                    int64_t *seed, mirti_error *err);

/* The numbers 0 … count−1 in random order. */
void mirti_simulate_shuffle(mirti_rng *rng, int64_t *order, int64_t count);

#endif
