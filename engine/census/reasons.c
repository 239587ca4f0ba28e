/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why rows are not used, or what was put right in them, in words. Files (run.json, cubes) hold the
 * English words, which programs may look for; people are told in their language. The words of both
 * stand side by side, and whoever counts a row takes them from here, so that none lacks the other.
 */
#include "mirti/census.h"

#include <stdio.h>
#include <string.h>

enum { TEXT = MIRTI_REASON_TEXT };

/* %s is the name of a variable or column. */
static const struct {
    const char *en, *es;
} words[MIRTI_REASONS] = {
    [MIRTI_REASON_WEIGHT_ZERO] = {"the weight is zero", "el factor de expansión es cero"},
    [MIRTI_REASON_AREA_UNKNOWN] = {"the area is not known", "no se sabe en qué área está"},
    [MIRTI_REASON_NO_ESTIMATE] = {"there is no estimate", "no hay estimación"},
    [MIRTI_REASON_OUTCOME_MISSING] = {"outcome %s is missing", "falta el dato de la condición %s"},
    [MIRTI_REASON_PREDICTOR_MISSING] = {"predictor %s is missing", "falta el dato del rasgo %s"},
    [MIRTI_REASON_PREDICTOR_LEVEL] = {"predictor %s is none of its levels",
                                      "el rasgo %s no tiene ninguno de sus niveles"},
    [MIRTI_REASON_PREDICTOR_INFINITE] = {"predictor %s is not finite",
                                         "el rasgo %s no es un número finito"},
    [MIRTI_REASON_OTHER] = {"other reasons", "otros motivos"},
    [MIRTI_REASON_ZEROS] = {"leading zeros put back: code in column %s",
                            "se repusieron ceros a la izquierda: clave en la columna %s"},
    [MIRTI_REASON_COORDINATE] = {"coordinate not understood, left out",
                                 "coordenada que no se entiende; se omite"},
};

/* A form with the name in its place. */
static void fill(const char *form, const char *name, size_t length, char *out, size_t size) {
    const char *gap = strstr(form, "%s");
    if (gap)
        snprintf(out, size, "%.*s%.*s%s", (int)(gap - form), form, (int)length, name, gap + 2);
    else
        snprintf(out, size, "%s", form);
}

void mirti_reason_text(mirti_reason reason, const char *name, char out[TEXT]) {
    fill(words[reason].en, name ? name : "", name ? strlen(name) : 0, out, TEXT);
}

/* Whether `text` is the form with some name: where that begins, and its length. */
static bool fits(const char *text, const char *form, const char **name, size_t *length) {
    const char *gap = strstr(form, "%s");
    *name = "";
    *length = 0;
    if (!gap) return strcmp(text, form) == 0;
    size_t all = strlen(text), before = (size_t)(gap - form), after = strlen(gap + 2);
    if (all < before + after || strncmp(text, form, before) != 0 ||
        strcmp(text + all - after, gap + 2) != 0)
        return false;
    *name = text + before;
    *length = all - before - after;
    return true;
}

void mirti_reason_words(const char *text, const char *language, char out[MIRTI_REASON_WORDS]) {
    const char *name;
    size_t length;
    for (int r = 0; r < MIRTI_REASONS && mirti_language_is_spanish(language); r++) {
        if (!fits(text, words[r].en, &name, &length)) continue;
        fill(words[r].es, name, length, out, MIRTI_REASON_WORDS);
        return;
    }
    snprintf(out, MIRTI_REASON_WORDS, "%s", text);
}
