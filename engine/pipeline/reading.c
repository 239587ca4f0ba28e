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

/* In Spanish, by what it is: the reader's own words may tell more, such as a name. */
static const struct {
    const char *id, *es;
} spanish[] = {
    {"encoding", "la codificación no está declarada; se dedujo de los bytes del archivo"},
    {"mixed-encodings", "los archivos de esta tabla tienen codificaciones distintas"},
    {"unknown-encoding", "no se conoce la codificación que dice el archivo .cpg"},
    {"lying-encoding", "el archivo declara esta codificación, pero sus bytes son de otra, con la "
                       "que se leyó"},
    {"encoding-ignored", "archivos así dicen ellos mismos su codificación; no se usó la declarada"},
    {"delimiter", "el separador se dedujo de las primeras filas"},
    {"ragged-row", "filas con más o menos campos que el encabezado: se descartaron"},
    {"blank-row", "renglones en blanco que se saltaron"},
    {"surplus-blank", "filas con campos en blanco de más, que se ignoraron"},
    {"cut-character", "el campo es demasiado angosto para su texto; se descartó medio carácter"},
    {"wide-number", "un número de tantas cifras no se lee exacto; una clave va en un campo de "
                    "texto"},
    {"unnamed-column", "una columna sin nombre se llama por su lugar"},
    {"duplicate-column", "el nombre de columna se repite; la segunda recibe otro"},
    {"bad-catalogue", "no se pueden leer las etiquetas de valores"},
    {"join-empty", "filas no tienen ninguna en la tabla que se unió"},
    {"join-unmatched", "filas no encontraron nada en la tabla que se unió"},
    {"join-blank-key", "filas tienen la llave en blanco y no se pueden unir con nada"},
    {"join-duplicate", "filas de la tabla unida repiten una llave; cuenta la primera"},
    {"join-unused", "llaves de la tabla unida no son de ninguna fila"},
    {"not-a-number", "valores cuentan como faltantes: se pide un número y no lo son"},
    {"outside-map", "valores cuentan como faltantes: su código no está en el MAP"},
    {"not-a-truth", "valores cuentan como faltantes: se pide una condición y no son ni 0 ni 1"},
    {"no-household", "personas no pertenecen a ningún hogar: sin llave"},
    {"no-head", "hogares no tienen jefa ni jefe"},
    {"several-heads", "hogares tienen varias jefaturas; se toma la primera"},
    {"duplicate-person", "personas tienen un identificador que se repite en su hogar"},
    {"split-household", "hogares aparecen de nuevo después de otros: el archivo no está ordenado "
                        "por hogar, o la llave no los distingue"},
};

const char *mirti_run_notice_words(const mirti_run_notice *notice, const char *language) {
    for (size_t i = 0; mirti_language_is_spanish(language) && i < sizeof spanish / sizeof *spanish;
         i++)
        if (strcmp(notice->id, spanish[i].id) == 0) return spanish[i].es;
    return notice->message;
}

static void tell_reasons(const mirti_run *run, const mirti_drop_reason *reason, int count,
                         const char *role, const char *what) {
    for (int i = 0; i < count; i++) {
        char why[MIRTI_REASON_WORDS];
        mirti_reason_words(reason[i].text, run->language, why);
        mirti_log(run->options.listener, MIRTI_LOG_INFO,
                  mirti_language_is_spanish(run->language)
                      ? "%s: %lld %s: %s (la primera, en la fila %lld%s%s)"
                      : "%s: %lld %s: %s (first in row %lld%s%s)",
                  role, (long long)reason[i].rows, what, why, (long long)reason[i].first_row,
                  reason[i].first_value[0] ? ": " : "", reason[i].first_value);
    }
}

/* The reader of a file has said its own as it came. */
static void tell_recoded(const mirti_run *run, const mirti_run_reading *reading, const char *role) {
    const mirti_run_reading own = {.notes = reading->notes};
    mirti_run_notice notice[MIRTI_RUN_NOTICES_MAX];
    int count = mirti_run_notices(&own, notice);
    for (int i = 0; i < count; i++)
        mirti_log(
            run->options.listener, MIRTI_LOG_WARNING,
            mirti_language_is_spanish(run->language) ? "%s: %lld %s (primera: fila %lld, %s = '%s')"
                                                     : "%s: %lld %s (first: row %lld, %s = '%s')",
            role, (long long)notice[i].count, mirti_run_notice_words(&notice[i], run->language),
            (long long)notice[i].row, notice[i].column, notice[i].value);
}

static const char *role_in_spanish(const char *role) {
    if (strcmp(role, "survey") == 0) return "encuesta";
    return strcmp(role, "census") == 0 ? "censo" : mirti_run_noun("es", role, 2);
}

void mirti_run_tell_reading(const mirti_run *run, const mirti_run_reading *reading,
                            const mirti_row_count *count, const char *role) {
    const bool es = mirti_language_is_spanish(run->language);
    if (es) role = role_in_spanish(role);
    for (int i = 0; reading && i < reading->report.notes; i++)
        mirti_log(run->options.listener, MIRTI_LOG_INFO, "%s: %s (%lld)", role,
                  reading->report.note[i].message, (long long)reading->report.note[i].count);
    tell_reasons(run, count->reason, count->reasons, role, es ? "filas sin usar" : "rows not used");
    tell_reasons(run, count->note, count->notes, role, es ? "filas corregidas" : "rows put right");
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
        "Rows: %s read = %s used + %s outside of what is studied + %s dropped.\n",
        "Filas: %s leídas = %s usadas + %s fuera de lo que se estudia + %s sin usar.\n"};
    static const char *const first[2] = {"  %s: %s (first in row %lld%s%s)\n",
                                         "  %s: %s (la primera, en la fila %lld%s%s)\n"};
    const int language = mirti_language_is_spanish(run->language);
    mirti_text_printf(out, line[language], mirti_run_thousands((double)count->read).text,
                      mirti_run_thousands((double)count->used).text,
                      mirti_run_thousands((double)count->outside).text,
                      mirti_run_thousands((double)count->dropped).text);
    for (int i = 0; i < count->reasons; i++) {
        const mirti_drop_reason *reason = &count->reason[i];
        char why[MIRTI_REASON_WORDS];
        mirti_reason_words(reason->text, run->language, why);
        mirti_text_printf(out, first[language], mirti_run_thousands((double)reason->rows).text, why,
                          (long long)reason->first_row, reason->first_value[0] ? ": " : "",
                          reason->first_value);
    }
}
