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
} failing_memory;

static inline void *failing_reallocate(void *block, size_t bytes, void *context) {
    failing_memory *memory = context;
    if (memory->granted == 0) return NULL;
    if (memory->granted > 0) memory->granted--;
    void *fresh = realloc(block, bytes > 0 ? bytes : 1);
    if (fresh && !block) memory->live++;
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

/* `work` cleans up behind itself, whatever comes out. Returns how many allocations it makes. */
static inline long assert_survives_without_memory(mirti_status (*work)(mirti_error *err)) {
    for (long granted = 0; granted < 100000; granted++) {
        failing_memory memory = {granted, 0};
        mirti_memory_hooks hooks = {failing_allocate, failing_reallocate, failing_release, &memory};
        mirti_memory_set_hooks(&hooks);
        mirti_error err = {0};
        mirti_status status = work(&err);
        mirti_memory_set_hooks(NULL);
        assert_int_equal(memory.live, 0);
        if (status == MIRTI_OK) return granted;
        if (status != MIRTI_ERROR_MEMORY) print_message("%s\n", err.message);
        assert_int_equal(status, MIRTI_ERROR_MEMORY);
        assert_int_equal(err.status, MIRTI_ERROR_MEMORY);
    }
    fail_msg("the work never came to its end");
    return -1;
}

#endif
