/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a piece of work again and again, each time with one more allocation granted before memory
 * "runs out", until it succeeds. Every run before must report MIRTI_ERROR_MEMORY, and no run may
 * leave a block behind. Include after cmocka.h.
 */
#ifndef MIRTI_TEST_FAILING_MEMORY_H
#define MIRTI_TEST_FAILING_MEMORY_H

#include <stdlib.h>

#include "mirti/base.h"

typedef struct failing_memory {
    long granted; /* allocations still granted; negative: all */
    long live;    /* blocks not yet released */
    long taken;   /* allocations made */
} failing_memory;

static inline void *failing_reallocate(void *block, size_t bytes, void *context) {
    failing_memory *memory = context;
    if (memory->granted == 0) return NULL;
    if (memory->granted > 0) memory->granted--;
    void *fresh = realloc(block, bytes > 0 ? bytes : 1);
    if (fresh && !block) memory->live++;
    memory->taken++;
    return fresh;
}

static inline void *failing_allocate(size_t bytes, void *context) {
    return failing_reallocate(NULL, bytes, context);
}

static inline void failing_release(void *block, void *context) {
    failing_memory *memory = context;
    if (!block) return;
    memory->live--;
    free(block);
}

/* Does the work once; true if it came to its end. `*taken` (nullable) receives its allocations. */
static inline bool survives_with(mirti_status (*work)(mirti_error *err), long granted,
                                 long *taken) {
    failing_memory memory = {granted, 0, 0};
    mirti_memory_hooks hooks = {failing_allocate, failing_reallocate, failing_release, &memory};
    mirti_memory_set_hooks(&hooks);
    mirti_error err = {0};
    mirti_status status = work(&err);
    mirti_memory_set_hooks(NULL);
    assert_int_equal(memory.live, 0);
    if (taken) *taken = memory.taken;
    if (status == MIRTI_OK) return true;
    if (status != MIRTI_ERROR_MEMORY) print_message("%s\n", err.message);
    assert_int_equal(status, MIRTI_ERROR_MEMORY);
    assert_int_equal(err.status, MIRTI_ERROR_MEMORY);
    return false;
}

/* `work` cleans up behind itself, whatever comes out. Returns how many allocations it makes. */
static inline long assert_survives_without_memory(mirti_status (*work)(mirti_error *err)) {
    for (long granted = 0; granted < 100000; granted++)
        if (survives_with(work, granted, NULL)) return granted;
    fail_msg("the work never came to its end");
    return -1;
}

/* The same of work that does the like some thousand times between its beginning and its end: with
 * each of the first and the last `ends` allocations failing, and one in ends² of the others. */
static inline void assert_survives_here_and_there(mirti_status (*work)(mirti_error *err),
                                                  long ends) {
    long all;
    assert_true(survives_with(work, -1, &all));
    for (long granted = 0; granted < all; granted++)
        if (granted < ends || granted >= all - ends || granted % (ends * ends) == 0)
            assert_false(survives_with(work, granted, NULL));
}

#endif
