/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * All memory of the engine passes through here, so that a test can count it and make it fail; and
 * arenas, for the many small things that live exactly as long as a batch of rows or a run.
 */
#include "mirti/base.h"

#include <stdlib.h>
#include <string.h>

/* The one piece of process-wide state of the engine; set before anything else or never. */
static mirti_memory_hooks hooks;

void mirti_memory_set_hooks(const mirti_memory_hooks *given) {
    hooks = given != NULL ? *given : (mirti_memory_hooks){0};
}

/* Product of the two, at least 1; false when it cannot be an object's size. */
static bool bytes_of(size_t count, size_t size, size_t *bytes) {
    if (size != 0 && count > (size_t)PTRDIFF_MAX / size) return false;
    *bytes = count * size;
    if (*bytes == 0) *bytes = 1;
    return true;
}

void *mirti_new(size_t count, size_t size) {
    size_t bytes;
    if (!bytes_of(count, size, &bytes)) return NULL;
    if (hooks.allocate == NULL) return calloc(1, bytes);
    void *block = hooks.allocate(bytes, hooks.context);
    if (block != NULL) memset(block, 0, bytes);
    return block;
}

void *mirti_resize(void *block, size_t count, size_t size) {
    size_t bytes;
    if (!bytes_of(count, size, &bytes)) return NULL;
    if (hooks.reallocate == NULL) return realloc(block, bytes);
    return hooks.reallocate(block, bytes, hooks.context);
}

void mirti_free(void *block) {
    if (block == NULL) return;
    if (hooks.release == NULL) {
        free(block);
    } else {
        hooks.release(block, hooks.context);
    }
}

char *mirti_strdup(const char *text) {
    if (text == NULL) return NULL;
    size_t size = strlen(text) + 1;
    char *copy = mirti_resize(NULL, size, 1);
    if (copy != NULL) memcpy(copy, text, size);
    return copy;
}

/* ------------------------------------------------------------------------------------ arenas -- */

enum { ALIGNMENT = 16, FIRST_BLOCK = 16 * 1024, LARGEST_STEP = 4 * 1024 * 1024 };

struct mirti_arena_block {
    struct mirti_arena_block *next;
    size_t size; /* bytes of data */
    size_t used; /* bytes of it handed out */
};

/* Where a block's data begin, counted from the block itself. */
static const size_t data_offset =
    (sizeof(struct mirti_arena_block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;

void *mirti_arena_new(mirti_arena *arena, size_t bytes) {
    if (bytes > (size_t)PTRDIFF_MAX - data_offset - ALIGNMENT) return NULL;
    size_t rounded = bytes == 0 ? ALIGNMENT : (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct mirti_arena_block *block = arena->head;
    if (block == NULL || block->size - block->used < rounded) {
        size_t size = block == NULL ? FIRST_BLOCK : 2 * block->size;
        if (size > LARGEST_STEP) size = LARGEST_STEP;
        if (size < rounded) size = rounded;
        block = mirti_resize(NULL, data_offset + size, 1);
        if (block == NULL) return NULL;
        *block = (struct mirti_arena_block){.next = arena->head, .size = size};
        arena->head = block;
    }
    void *data = (char *)block + data_offset + block->used;
    block->used += rounded;
    arena->used += rounded;
    return data;
}

char *mirti_arena_copy(mirti_arena *arena, const char *data, size_t size) {
    if (size == SIZE_MAX) return NULL;
    char *copy = mirti_arena_new(arena, size + 1);
    if (copy == NULL) return NULL;
    if (size > 0) memcpy(copy, data, size);
    copy[size] = '\0';
    return copy;
}

void mirti_arena_rewind(mirti_arena *arena) {
    struct mirti_arena_block *largest = arena->head;
    for (struct mirti_arena_block *block = arena->head; block != NULL; block = block->next)
        if (block->size > largest->size) largest = block;
    for (struct mirti_arena_block *block = arena->head, *next; block != NULL; block = next) {
        next = block->next;
        if (block != largest) mirti_free(block);
    }
    if (largest != NULL) {
        largest->next = NULL;
        largest->used = 0;
    }
    *arena = (mirti_arena){.head = largest};
}

void mirti_arena_reset(mirti_arena *arena) {
    for (struct mirti_arena_block *block = arena->head, *next; block != NULL; block = next) {
        next = block->next;
        mirti_free(block);
    }
    *arena = (mirti_arena){0};
}
