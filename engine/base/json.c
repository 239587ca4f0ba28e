/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON, written only: what models, manifests and reports leave for machines. A document is built in
 * memory in the order of the calls and written in one piece, so that the same calls give the same
 * bytes and a failed run leaves no half of a file. Reading JSON is left to a library.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mirti/base.h"

enum { MAXIMUM_DEPTH = 32, NUMBERS_PER_LINE = 8 };

static void indent(mirti_json *json) {
    mirti_text_add(&json->text, "\n", 1);
    for (int i = 0; i < json->depth; i++)
        mirti_text_add(&json->text, "  ", 2);
}

/* Length of the well-formed UTF-8 sequence that starts here, 0 if there is none. */
static size_t sequence_length(mirti_str text) {
    unsigned char lead = (unsigned char)text.data[0];
    size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length > text.size) return 0;
    return mirti_utf8_valid((mirti_str){text.data, length}, NULL) ? length : 0;
}

static void quoted(mirti_text *text, mirti_str value) {
    mirti_text_add(text, "\"", 1);
    while (value.size > 0) {
        unsigned char c = (unsigned char)value.data[0];
        size_t length = sequence_length(value);
        if (length == 0) {
            mirti_text_puts(text, "\xEF\xBF\xBD");
            length = 1;
        } else if (c == '"' || c == '\\') {
            mirti_text_printf(text, "\\%c", c);
        } else if (c == '\n') {
            mirti_text_puts(text, "\\n");
        } else if (c == '\t') {
            mirti_text_puts(text, "\\t");
        } else if (c < 0x20 || c == 0x7F) {
            mirti_text_printf(text, "\\u%04x", (unsigned)c);
        } else {
            mirti_text_add(text, value.data, length);
        }
        value.data += length;
        value.size -= length;
    }
    mirti_text_add(text, "\"", 1);
}

/* Everything that stands before a value: comma, line break, key. */
static void begin_value(mirti_json *json, const char *key) {
    if (json->depth == 0) {
        if (key || json->text.size > 0) json->misused = true;
        return;
    }
    int top = json->depth - 1;
    if ((key != NULL) != (json->kind[top] == '{')) json->misused = true;
    if (json->has_member[top]) mirti_text_add(&json->text, ",", 1);
    json->has_member[top] = true;
    indent(json);
    if (!key) return;
    quoted(&json->text, mirti_str_of(key));
    mirti_text_add(&json->text, ": ", 2);
}

static void open_container(mirti_json *json, const char *key, char kind) {
    begin_value(json, key);
    if (json->depth == MAXIMUM_DEPTH) {
        json->misused = true;
        return;
    }
    mirti_text_add(&json->text, &kind, 1);
    json->kind[json->depth] = kind;
    json->has_member[json->depth] = false;
    json->depth++;
}

void mirti_json_object(mirti_json *json, const char *key) {
    open_container(json, key, '{');
}

void mirti_json_array(mirti_json *json, const char *key) {
    open_container(json, key, '[');
}

void mirti_json_end(mirti_json *json) {
    if (json->depth == 0) {
        json->misused = true;
        return;
    }
    json->depth--;
    if (json->has_member[json->depth]) indent(json);
    mirti_text_add(&json->text, json->kind[json->depth] == '{' ? "}" : "]", 1);
}

void mirti_json_str(mirti_json *json, const char *key, mirti_str value) {
    begin_value(json, key);
    quoted(&json->text, value);
}

void mirti_json_string(mirti_json *json, const char *key, const char *value) {
    if (value)
        mirti_json_str(json, key, mirti_str_of(value));
    else
        mirti_json_null(json, key);
}

static void number(mirti_text *text, double value) {
    if (isfinite(value))
        mirti_text_number(text, value);
    else
        mirti_text_puts(text, "null");
}

void mirti_json_number(mirti_json *json, const char *key, double value) {
    begin_value(json, key);
    number(&json->text, value);
}

void mirti_json_integer(mirti_json *json, const char *key, int64_t value) {
    begin_value(json, key);
    mirti_text_printf(&json->text, "%lld", (long long)value);
}

void mirti_json_boolean(mirti_json *json, const char *key, bool value) {
    begin_value(json, key);
    mirti_text_puts(&json->text, value ? "true" : "false");
}

void mirti_json_null(mirti_json *json, const char *key) {
    begin_value(json, key);
    mirti_text_puts(&json->text, "null");
}

void mirti_json_numbers(mirti_json *json, const char *key, const double *value, int64_t count) {
    begin_value(json, key);
    mirti_text_add(&json->text, "[", 1);
    json->depth++; /* only for the indentation of continued lines */
    for (int64_t i = 0; i < count; i++) {
        if (i > 0) mirti_text_add(&json->text, ",", 1);
        if (i > 0 && i % NUMBERS_PER_LINE == 0)
            indent(json);
        else if (i > 0)
            mirti_text_add(&json->text, " ", 1);
        number(&json->text, value[i]);
    }
    json->depth--;
    mirti_text_add(&json->text, "]", 1);
}

mirti_status mirti_json_finish(mirti_json *json, mirti_error *err) {
    if (json->misused || json->depth != 0 || (json->text.size == 0 && !json->text.failed))
        return mirti_fail(err, MIRTI_ERROR_INTERNAL, "a JSON document was built out of order");
    mirti_text_add(&json->text, "\n", 1);
    if (json->text.failed) return mirti_fail_memory(err, "a JSON document");
    return MIRTI_OK;
}

mirti_status mirti_json_write(mirti_json *json, const char *path, bool overwrite,
                              mirti_error *err) {
    MIRTI_TRY(mirti_json_finish(json, err));
    mirti_output output = {0};
    MIRTI_TRY(mirti_output_begin(&output, path, overwrite, false, err));
    size_t written = fwrite(json->text.data, 1, json->text.size, output.stream);
    if (written != json->text.size) {
        mirti_output_discard(&output);
        mirti_status status = mirti_fail(err, MIRTI_ERROR_OUTPUT, "the file could not be written");
        mirti_fail_at(err, path, 0, 0, NULL, NULL);
        mirti_fail_remedy(err, "Look whether the disk is full.");
        return status;
    }
    return mirti_output_commit(&output, err);
}

void mirti_json_reset(mirti_json *json) {
    mirti_text_reset(&json->text);
    *json = (mirti_json){0};
}
