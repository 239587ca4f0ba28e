/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is noticed while reading, counted by kind with the first case; and the names of columns,
 * about which there is the first thing to notice.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* ------------------------------------------------------------------------------------- notes -- */

void mirti_table_note_count(mirti_table_context *context, mirti_log_level level, const char *id,
                            int64_t count, const char *file, int64_t row, const char *field,
                            const char *value, const char *message) {
    mirti_source_report *report = &context->report;
    if (report->notes == MIRTI_TABLE_NOTES) return; /* there are fewer ids than that */
    /* An error object cuts and cleans texts as needed; the note borrows that. */
    mirti_error clean = {0};
    mirti_fail(&clean, MIRTI_ERROR_INPUT, "%s", message);
    mirti_fail_at(&clean, file, row, 0, field, value);
    mirti_source_note *note = &context->note[report->notes++];
    *note = (mirti_source_note){.id = id, .count = count, .first_row = row};
    snprintf(note->message, sizeof note->message, "%.255s", clean.message);
    snprintf(note->file, sizeof note->file, "%.255s", clean.file);
    snprintf(note->field, sizeof note->field, "%.127s", clean.field);
    snprintf(note->value, sizeof note->value, "%.127s", clean.value);
    char line[1024];
    mirti_error_format(&clean, line, sizeof line);
    mirti_log(context->listener, level, "%s", line);
}

void mirti_table_note(mirti_table_context *context, mirti_log_level level, const char *id,
                      const char *file, int64_t row, const char *field, const char *value,
                      const char *format, ...) {
    for (int i = 0; i < context->report.notes; i++) {
        if (strcmp(context->note[i].id, id) != 0) continue;
        context->note[i].count++;
        return;
    }
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    mirti_table_note_count(context, level, id, 1, file, row, field, value, text);
}

/* ------------------------------------------------------------------------------ column names -- */

/* True when an earlier column has the name. */
static bool is_taken(const mirti_table_reader *reader, int count, const char *name) {
    for (int i = 0; i < count; i++)
        if (strcmp(reader->field[i].name, name) == 0) return true;
    return false;
}

static char *arena_printf(mirti_arena *arena, const char *stem, const char *link, int number) {
    mirti_text text = {0};
    mirti_text_printf(&text, "%s%s%d", stem, link, number);
    char *copy = text.failed ? NULL : mirti_arena_copy(arena, text.data, text.size);
    mirti_text_reset(&text);
    return copy;
}

mirti_status mirti_table_name_fields(mirti_table_reader *reader, const mirti_str *name, int count,
                                     mirti_error *err) {
    reader->field = mirti_arena_new(&reader->arena, (size_t)count * sizeof *reader->field);
    reader->meaning = mirti_arena_new(&reader->arena, (size_t)count * sizeof *reader->meaning);
    if (reader->field == NULL || reader->meaning == NULL)
        return mirti_fail_memory(err, "the columns of a table");
    memset(reader->meaning, 0, (size_t)count * sizeof *reader->meaning);
    reader->fields = count;
    for (int i = 0; i < count; i++) {
        mirti_str trimmed = mirti_str_trim(name[i]);
        char *final = trimmed.size > 0
                          ? mirti_arena_copy(&reader->arena, trimmed.data, trimmed.size)
                          : arena_printf(&reader->arena, "column", "_", i + 1);
        char *first = final;
        for (int k = 2; final != NULL && is_taken(reader, i, final); k++)
            final = arena_printf(&reader->arena, first, "_", k);
        if (final == NULL) return mirti_fail_memory(err, "the columns of a table");
        if (trimmed.size == 0)
            mirti_table_note(reader->context, MIRTI_LOG_DEBUG, "unnamed-column", reader->shown, 1,
                             final, NULL, "a column without a name is called by its position");
        if (final != first)
            mirti_table_note(
                reader->context, MIRTI_LOG_WARNING, "duplicate-column", reader->shown, 1, first,
                NULL, "the name occurs more than once; the further column is called %s", final);
        reader->field[i] = (mirti_field){.name = final, .type = MIRTI_TYPE_RAW};
    }
    return MIRTI_OK;
}
