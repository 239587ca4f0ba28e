/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The error object. Messages are formatted under the C locale whatever the host program chose,
 * since a number in a message must look the same everywhere. Whatever goes into the object comes
 * out as well-formed UTF-8: values are shown as they stand in a file, and files contain anything.
 */
#include "mirti/base.h"

#include <string.h>

#include "internal.h"

/* Copies `text` so that the result is UTF-8 and ends on a character boundary: every byte that is
 * not part of a well-formed character becomes U+FFFD. With `one_line`, control characters become
 * blanks. */
static void copy_clean(char *target, size_t room, const char *text, bool one_line) {
    static const char replacement[] = "\xEF\xBF\xBD";
    size_t used = 0;
    size_t size = strlen(text);
    for (size_t i = 0; i < size;) {
        size_t length = mirti_base_utf8_step(text + i, size - i);
        const char *from = length == 0 ? replacement : text + i;
        size_t bytes = length == 0 ? 3 : length;
        if (used + bytes + 1 > room) break;
        memcpy(target + used, from, bytes);
        if (one_line && bytes == 1 && ((unsigned char)*from < 0x20 || *from == 0x7f))
            target[used] = ' ';
        used += bytes;
        i += length == 0 ? 1 : length;
    }
    target[used] = '\0';
}

mirti_status mirti_fail(mirti_error *err, mirti_status status, const char *format, ...) {
    if (err == NULL) return status;
    /* The arguments may point into *err: format aside, then clear. */
    char text[2 * sizeof err->message];
    va_list arguments;
    va_start(arguments, format);
    mirti_base_format(text, sizeof text, format, arguments);
    va_end(arguments);
    *err = (mirti_error){.status = status};
    copy_clean(err->message, sizeof err->message, text, false);
    return status;
}

mirti_status mirti_fail_at(mirti_error *err, const char *file, int64_t line, int64_t column,
                           const char *field, const char *value) {
    if (err == NULL) return MIRTI_ERROR_INTERNAL;
    if (file != NULL) copy_clean(err->file, sizeof err->file, file, true);
    if (line > 0) err->line = line;
    if (column > 0) err->column = column;
    if (field != NULL) copy_clean(err->field, sizeof err->field, field, true);
    if (value != NULL) copy_clean(err->value, sizeof err->value, value, true);
    return err->status;
}

void mirti_fail_remedy(mirti_error *err, const char *format, ...) {
    if (err == NULL) return;
    char text[2 * sizeof err->remedy];
    va_list arguments;
    va_start(arguments, format);
    mirti_base_format(text, sizeof text, format, arguments);
    va_end(arguments);
    copy_clean(err->remedy, sizeof err->remedy, text, false);
}

mirti_status mirti_fail_memory(mirti_error *err, const char *what) {
    return mirti_fail(err, MIRTI_ERROR_MEMORY, "memory ran out while holding %s", what);
}

/* Appends to buffer as snprintf would: what does not fit is counted, not written. */
static void append(char *buffer, size_t size, size_t *used, const char *text) {
    size_t length = strlen(text);
    if (*used < size) {
        size_t room = size - *used - 1;
        size_t bytes = length < room ? length : room;
        memcpy(buffer + *used, text, bytes);
        buffer[*used + bytes] = '\0';
    }
    *used += length;
}

int mirti_error_format(const mirti_error *err, char *buffer, size_t size) {
    size_t used = 0;
    char number[32];
    if (size > 0) buffer[0] = '\0';
    if (err == NULL) return 0;
    if (err->file[0] != '\0') {
        append(buffer, size, &used, err->file);
        append(buffer, size, &used, ":");
    }
    if (err->line > 0) {
        if (err->file[0] == '\0') append(buffer, size, &used, "line ");
        snprintf(number, sizeof number, "%lld:", (long long)err->line);
        append(buffer, size, &used, number);
    }
    if (err->line > 0 && err->column > 0) {
        snprintf(number, sizeof number, "%lld:", (long long)err->column);
        append(buffer, size, &used, number);
    }
    if (used > 0) append(buffer, size, &used, " ");
    append(buffer, size, &used,
           err->message[0] != '\0' ? err->message : mirti_status_name(err->status));
    if (err->field[0] != '\0' || err->value[0] != '\0') {
        append(buffer, size, &used, " (");
        append(buffer, size, &used, err->field);
        if (err->field[0] != '\0' && err->value[0] != '\0') append(buffer, size, &used, " = ");
        if (err->value[0] != '\0') {
            append(buffer, size, &used, "\"");
            append(buffer, size, &used, err->value);
            append(buffer, size, &used, "\"");
        }
        append(buffer, size, &used, ")");
    }
    if (err->excerpt[0] != '\0') {
        append(buffer, size, &used, "\n");
        append(buffer, size, &used, err->excerpt);
    }
    if (err->remedy[0] != '\0') {
        append(buffer, size, &used, "\n");
        append(buffer, size, &used, err->remedy);
    }
    return (int)used;
}

const char *mirti_status_name(mirti_status status) {
    switch (status) {
    case MIRTI_OK: return "no error";
    case MIRTI_ERROR_USAGE: return "usage error";
    case MIRTI_ERROR_INPUT: return "input error";
    case MIRTI_ERROR_MODEL: return "model error";
    case MIRTI_ERROR_OUTPUT: return "output error";
    case MIRTI_ERROR_MEMORY: return "out of memory";
    case MIRTI_ERROR_CANCELLED: return "cancelled";
    case MIRTI_ERROR_INTERNAL: return "internal error";
    }
    return "unknown status";
}

int mirti_status_exit(mirti_status status) {
    switch (status) {
    case MIRTI_OK: return 0;
    case MIRTI_ERROR_USAGE: return 2;
    case MIRTI_ERROR_INPUT: return 3;
    case MIRTI_ERROR_MODEL: return 4;
    case MIRTI_ERROR_OUTPUT: return 5;
    case MIRTI_ERROR_CANCELLED: return 130;
    case MIRTI_ERROR_MEMORY:
    case MIRTI_ERROR_INTERNAL: break;
    }
    return 70;
}
