/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was noticed while an input was read – by the reader of its file, by the expressions, by
 * whoever puts households together – brought into one list, so that screen and run.json cannot tell
 * different things. */
#include "run.h"

#include <stdio.h>
#include <string.h>

mirti_status mirti_run_reading_keep(mirti_run_reading *reading, const mirti_source *source,
                                    const mirti_recode_notes *notes, mirti_error *err) {
    mirti_run_reading_reset(reading);
    reading->report = *mirti_source_report_get(source);
    const size_t count = (size_t)reading->report.notes;
    mirti_source_note *copy = mirti_new(count, sizeof *copy);
    if (!copy) {
        *reading = (mirti_run_reading){0};
        return mirti_fail_memory(err, "what was noticed");
    }
    if (count > 0) memcpy(copy, reading->report.note, count * sizeof *copy);
    reading->report.note = copy;
    if (notes) reading->notes = *notes;
    return MIRTI_OK;
}

void mirti_run_reading_reset(mirti_run_reading *reading) {
    mirti_free((void *)reading->report.note);
    *reading = (mirti_run_reading){0};
}

/* Folders are this machine's affair. */
static const char *name_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* What is said because it was found by looking, or is as common as it is harmless. */
static bool is_harmless(const char *id) {
    static const char *const harmless[] = {"encoding",   "delimiter",   "blank-row",
                                           "join-empty", "join-unused", "surplus-blank"};
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (strcmp(id, harmless[i]) == 0) return true;
    return false;
}

int mirti_run_notices(const mirti_run_reading *reading, mirti_run_notice *out) {
    const struct {
        const char *id, *message;
        const mirti_recode_note *note;
    } recoded[] = {
        {"not-a-number", "values count as missing because a number is asked for and they are none",
         &reading->notes.not_a_number},
        {"outside-map", "values count as missing because their code is not in its MAP",
         &reading->notes.outside_map},
        {"not-a-truth",
         "values count as missing because a condition is asked for and they are neither 0 nor 1",
         &reading->notes.not_a_truth},
        {"no-household", "persons belong to no household: no key", &reading->notes.no_household},
        {"no-head", "households have no head", &reading->notes.no_head},
        {"several-heads", "households have several heads, of whom the first is taken",
         &reading->notes.several_heads},
        {"duplicate-person", "persons have an identifier that stands twice in their household",
         &reading->notes.duplicate_person},
        {"split-household",
         "households come again after others: the file is not sorted by household, or the key does "
         "not tell them apart",
         &reading->notes.split_household},
    };
    int count = 0;
    for (int i = 0; i < reading->report.notes && count < MIRTI_RUN_NOTICES_MAX; i++) {
        const mirti_source_note *note = &reading->report.note[i];
        out[count++] = (mirti_run_notice){note->id,    note->message,       !is_harmless(note->id),
                                          note->count, name_of(note->file), note->field,
                                          note->value, note->first_row};
    }
    for (size_t i = 0; i < sizeof recoded / sizeof *recoded && count < MIRTI_RUN_NOTICES_MAX; i++) {
        const mirti_recode_note *note = recoded[i].note;
        if (note->count == 0) continue;
        out[count++] = (mirti_run_notice){recoded[i].id,
                                          recoded[i].message,
                                          true,
                                          note->count,
                                          name_of(note->first_file),
                                          note->first_column,
                                          note->first_value,
                                          note->first_row};
    }
    return count;
}

static void tell_reasons(const mirti_run *run, const mirti_drop_reason *reason, int count,
                         const char *role, const char *what) {
    for (int i = 0; i < count; i++) {
        mirti_log(run->options.listener, MIRTI_LOG_INFO, "%s: %lld %s: %s (first in row %lld%s%s)",
                  role, (long long)reason[i].rows, what, reason[i].text,
                  (long long)reason[i].first_row, reason[i].first_value[0] ? ": " : "",
                  reason[i].first_value);
    }
}

/* The reader of a file has said its own as it came. */
static void tell_recoded(const mirti_run *run, const mirti_run_reading *reading, const char *role) {
    const mirti_run_reading recoded = {.notes = reading->notes};
    mirti_run_notice notice[MIRTI_RUN_NOTICES_MAX];
    int count = mirti_run_notices(&recoded, notice);
    for (int i = 0; i < count; i++)
        mirti_log(run->options.listener, MIRTI_LOG_WARNING,
                  "%s: %lld %s (first: row %lld, %s = '%s')", role, (long long)notice[i].count,
                  notice[i].message, (long long)notice[i].row, notice[i].column, notice[i].value);
}

void mirti_run_tell_reading(const mirti_run *run, const mirti_run_reading *reading,
                            const mirti_row_count *count, const char *role) {
    for (int i = 0; reading && i < reading->report.notes; i++)
        mirti_log(run->options.listener, MIRTI_LOG_INFO, "%s: %s (%lld)", role,
                  reading->report.note[i].message, (long long)reading->report.note[i].count);
    tell_reasons(run, count->reason, count->reasons, role, "rows not used");
    tell_reasons(run, count->note, count->notes, role, "rows put right");
    if (reading) tell_recoded(run, reading, role);
}

void mirti_run_reading_json(const mirti_run_reading *reading, mirti_json *json) {
    const mirti_source_report *report = &reading->report;
    const char delimiter[2] = {report->delimiter, '\0'};
    mirti_run_notice notice[MIRTI_RUN_NOTICES_MAX];
    int count = mirti_run_notices(reading, notice);
    if (report->format[0]) {
        mirti_json_object(json, "read");
        mirti_json_string(json, "format", report->format);
        mirti_json_string(json, "encoding", report->encoding);
        mirti_json_boolean(json, "encoding_detected", report->encoding_detected);
        if (report->delimiter) mirti_json_string(json, "delimiter", delimiter);
        mirti_json_integer(json, "files", report->files);
        mirti_json_end(json);
    }
    mirti_json_array(json, "noticed");
    for (int i = 0; i < count; i++) {
        mirti_json_object(json, NULL);
        mirti_json_string(json, "what", notice[i].id);
        mirti_json_string(json, "message", notice[i].message);
        mirti_json_integer(json, "count", notice[i].count);
        mirti_json_string(json, "first_file", notice[i].file);
        mirti_json_integer(json, "first_row", notice[i].row);
        mirti_json_string(json, "first_column", notice[i].column);
        mirti_json_string(json, "first_value", notice[i].value);
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

void mirti_run_tell_count(const mirti_run *run, const mirti_row_count *count, mirti_text *out) {
    static const char *const line[2] = {
        "Filas: %s leídas = %s usadas + %s fuera de lo que se estudia + %s sin usar.\n",
        "Rows: %s read = %s used + %s outside of what is studied + %s dropped.\n"};
    static const char *const first[2] = {"  %s: %s (la primera, en la fila %lld%s%s)\n",
                                         "  %s: %s (first in row %lld%s%s)\n"};
    const int language = strcmp(run->language, "en") == 0;
    mirti_text_printf(out, line[language], mirti_run_thousands((double)count->read).text,
                      mirti_run_thousands((double)count->used).text,
                      mirti_run_thousands((double)count->outside).text,
                      mirti_run_thousands((double)count->dropped).text);
    for (int i = 0; i < count->reasons; i++) {
        const mirti_drop_reason *reason = &count->reason[i];
        mirti_text_printf(out, first[language], mirti_run_thousands((double)reason->rows).text,
                          reason->text, (long long)reason->first_row,
                          reason->first_value[0] ? ": " : "", reason->first_value);
    }
}
