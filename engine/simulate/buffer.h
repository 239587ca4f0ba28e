/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text of a table in the making: large, grown in steps, with small numbers printed by hand, because
 * a census file has a thousand million of them.
 */
#ifndef MIRTI_SIMULATE_BUFFER_H
#define MIRTI_SIMULATE_BUFFER_H

#include <string.h>

#include "mirti/base.h"

/* Zero-initialise. After a failed `reserve` nothing may be put. */
typedef struct mirti_simulate_buffer {
    char *data;
    size_t size, room;
} mirti_simulate_buffer;

/* Room for `bytes` more. */
static inline bool mirti_simulate_reserve(mirti_simulate_buffer *buffer, size_t bytes) {
    if (buffer->room - buffer->size >= bytes) return true;
    size_t room =
        buffer->room * 2 > buffer->size + bytes ? buffer->room * 2 : buffer->size + bytes + 4096;
    char *grown = mirti_resize(buffer->data, room, 1);
    if (grown == NULL) return false;
    buffer->data = grown;
    buffer->room = room;
    return true;
}

static inline void mirti_simulate_put_char(mirti_simulate_buffer *buffer, char c) {
    buffer->data[buffer->size++] = c;
}

static inline void mirti_simulate_put(mirti_simulate_buffer *buffer, const char *text,
                                      size_t size) {
    memcpy(buffer->data + buffer->size, text, size);
    buffer->size += size;
}

static inline void mirti_simulate_puts(mirti_simulate_buffer *buffer, const char *text) {
    mirti_simulate_put(buffer, text, strlen(text));
}

/* `value` with leading zeros to `width` digits. */
static inline void mirti_simulate_put_code(mirti_simulate_buffer *buffer, uint64_t value,
                                           int width) {
    for (int i = width - 1; i >= 0; i--) {
        buffer->data[buffer->size + (size_t)i] = (char)('0' + (int)(value % 10));
        value /= 10;
    }
    buffer->size += (size_t)width;
}

static inline void mirti_simulate_put_number(mirti_simulate_buffer *buffer, uint64_t value) {
    int width = 1;
    for (uint64_t rest = value; rest >= 10; rest /= 10)
        width++;
    mirti_simulate_put_code(buffer, value, width);
}

/* A comma, then a number below 10 or any. */
static inline void mirti_simulate_put_field(mirti_simulate_buffer *buffer, unsigned value) {
    mirti_simulate_put_char(buffer, ',');
    if (value < 10)
        mirti_simulate_put_char(buffer, (char)('0' + (int)value));
    else
        mirti_simulate_put_number(buffer, value);
}

static inline void mirti_simulate_put_blanks(mirti_simulate_buffer *buffer, int fields) {
    memset(buffer->data + buffer->size, ',', (size_t)fields);
    buffer->size += (size_t)fields;
}

/* Quoted as CSV wants it when it has a comma or a quote. */
void mirti_simulate_put_text(mirti_simulate_buffer *buffer, const char *text);

static inline void mirti_simulate_buffer_reset(mirti_simulate_buffer *buffer) {
    mirti_free(buffer->data);
    *buffer = (mirti_simulate_buffer){0};
}

#endif
