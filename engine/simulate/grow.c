/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dijkstra's algorithm from many seeds at once, on whole-number costs, with ties broken by node and
 * region, so that the result does not depend on how the heap happens to be arranged.
 */
#include "grow.h"

enum { MOST_NEIGHBOURS = 512, FARTHEST = 24 };

static bool before(const mirti_simulate_step *a, const mirti_simulate_step *b) {
    if (a->cost != b->cost) return a->cost < b->cost;
    if (a->node != b->node) return a->node < b->node;
    return a->region < b->region;
}

bool mirti_simulate_heap_push(mirti_simulate_heap *heap, mirti_simulate_step step) {
    if (heap->count == heap->room) {
        int64_t room = heap->room == 0 ? 1024 : 2 * heap->room;
        mirti_simulate_step *grown = mirti_resize(heap->step, (size_t)room, sizeof *grown);
        if (grown == NULL) return false;
        heap->step = grown;
        heap->room = room;
    }
    int64_t at = heap->count++;
    while (at > 0 && before(&step, &heap->step[(at - 1) / 2])) {
        heap->step[at] = heap->step[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap->step[at] = step;
    return true;
}

mirti_simulate_step mirti_simulate_heap_pop(mirti_simulate_heap *heap) {
    mirti_simulate_step top = heap->step[0];
    mirti_simulate_step last = heap->step[--heap->count];
    int64_t at = 0;
    for (;;) {
        int64_t child = 2 * at + 1;
        if (child >= heap->count) break;
        if (child + 1 < heap->count && before(&heap->step[child + 1], &heap->step[child])) child++;
        if (!before(&heap->step[child], &last)) break;
        heap->step[at] = heap->step[child];
        at = child;
    }
    if (heap->count > 0) heap->step[at] = last;
    return top;
}

mirti_status mirti_simulate_grow(const mirti_simulate_graph *graph, const int64_t *seed,
                                 const uint32_t *slowness, int32_t seeds, int32_t *label,
                                 mirti_error *err) {
    mirti_simulate_heap queue = {0};
    mirti_status status = MIRTI_OK;
    for (int32_t i = 0; i < seeds && status == MIRTI_OK; i++)
        if (!mirti_simulate_heap_push(&queue, (mirti_simulate_step){0, seed[i], i}))
            status = mirti_fail_memory(err, "the territories of a simulated country");
    while (queue.count > 0 && status == MIRTI_OK) {
        mirti_simulate_step now = mirti_simulate_heap_pop(&queue);
        if (label[now.node] != MIRTI_SIMULATE_OPEN) continue;
        label[now.node] = now.region;
        int64_t next[MOST_NEIGHBOURS];
        int count = graph->neighbours(graph->context, now.node, next, MOST_NEIGHBOURS);
        for (int i = 0; i < count && status == MIRTI_OK; i++) {
            if (label[next[i]] != MIRTI_SIMULATE_OPEN) continue;
            uint64_t cost =
                now.cost + (uint64_t)graph->cost[next[i]] * (uint64_t)slowness[now.region];
            if (!mirti_simulate_heap_push(&queue, (mirti_simulate_step){cost, next[i], now.region}))
                status = mirti_fail_memory(err, "the territories of a simulated country");
        }
    }
    mirti_free(queue.step);
    return status;
}

/* Lowers the distances around a new seed, breadth first, as far as FARTHEST steps. */
static void spread(const mirti_simulate_graph *graph, int64_t from, uint8_t *distance,
                   int64_t *queue) {
    int64_t first = 0, last = 0;
    distance[from] = 0;
    queue[last++] = from;
    while (first < last) {
        int64_t node = queue[first++];
        if (distance[node] >= FARTHEST) continue;
        int64_t next[MOST_NEIGHBOURS];
        int count = graph->neighbours(graph->context, node, next, MOST_NEIGHBOURS);
        for (int i = 0; i < count; i++) {
            if (distance[next[i]] <= distance[node] + 1) continue;
            distance[next[i]] = (uint8_t)(distance[node] + 1);
            queue[last++] = next[i];
        }
    }
}

mirti_status mirti_simulate_scatter(const mirti_simulate_graph *graph, const int64_t *order,
                                    int64_t candidates, const uint32_t *spacing, int32_t seeds,
                                    int64_t *seed, mirti_error *err) {
    uint8_t *distance = mirti_new((size_t)graph->nodes, sizeof *distance);
    int64_t *queue = mirti_new((size_t)graph->nodes, sizeof *queue);
    mirti_status status = MIRTI_OK;
    int32_t found = 0;
    if (distance == NULL || queue == NULL) {
        status = mirti_fail_memory(err, "the seats of a simulated country");
    } else if (candidates < seeds) {
        status = mirti_fail(err, MIRTI_ERROR_INTERNAL, "%lld seats for %lld places",
                            (long long)seeds, (long long)candidates);
    } else {
        for (int64_t i = 0; i < graph->nodes; i++)
            distance[i] = FARTHEST + 1;
        /* In sixteenths of a step; the last round takes whoever is left. */
        for (uint32_t shrink = 16 * 16; found < seeds; shrink = shrink * 7 / 8) {
            for (int64_t i = 0; i < candidates && found < seeds; i++) {
                int64_t node = order[i];
                uint32_t wanted = (uint32_t)((uint64_t)spacing[node] * shrink / 256);
                if (distance[node] == 0 || (uint32_t)distance[node] * 16 < wanted) continue;
                seed[found++] = node;
                spread(graph, node, distance, queue);
            }
        }
    }
    mirti_free(distance);
    mirti_free(queue);
    return status;
}

void mirti_simulate_shuffle(mirti_rng *rng, int64_t *order, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        order[i] = i;
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t j = (int64_t)mirti_rng_below(rng, (uint32_t)(i + 1));
        int64_t swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}
