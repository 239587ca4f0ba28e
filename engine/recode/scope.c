/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names: columns with their missing codes, named expressions and constants, and what to say of a
 * name that is none of them.
 */
#include "compile.h"

#include <string.h>

static mirti_str hold(mirti_scope *scope, const char *data, size_t size) {
    char *copy = mirti_arena_copy(&scope->arena, data, size);
    return (mirti_str){copy, copy ? size : 0};
}

mirti_status mirti_scope_new(const mirti_field *field, int fields, mirti_scope **out,
                             mirti_error *err) {
    *out = NULL;
    mirti_scope *scope = mirti_new(1, sizeof *scope);
    if (!scope) return mirti_fail_memory(err, "the names of a table");
    scope->columns = fields;
    scope->column = mirti_new((size_t)(fields > 0 ? fields : 1), sizeof *scope->column);
    if (!scope->column) goto memory;
    for (int i = 0; i < fields; i++) {
        const char *name = field[i].name ? field[i].name : "";
        scope->column[i].name = hold(scope, name, strlen(name));
        scope->column[i].type = field[i].type;
        if (!scope->column[i].name.data) goto memory;
    }
    *out = scope;
    return MIRTI_OK;
memory:
    mirti_scope_free(scope);
    return mirti_fail_memory(err, "the names of a table");
}

void mirti_scope_free(mirti_scope *scope) {
    if (!scope) return;
    mirti_arena_reset(&scope->arena);
    for (int i = 0; scope->column && i < scope->columns; i++)
        mirti_free(scope->column[i].missing.text);
    mirti_free(scope->missing.text);
    mirti_free(scope->household.head.text);
    mirti_free(scope->household.spouse.text);
    mirti_free(scope->column);
    mirti_free(scope->definition);
    mirti_free(scope);
}

void mirti_scope_columns(const mirti_scope *scope, int *columns, int *count) {
    int room = columns ? *count : 0, used = 0;
    for (int i = 0; i < scope->columns; i++) {
        if (!scope->column[i].used) continue;
        if (used < room) columns[used] = i;
        used++;
    }
    *count = used;
}

/* ------------------------------------------------------------------------------ definitions -- */

static mirti_status add_definition(mirti_scope *scope, const char *name,
                                   const mirti_expression_origin *origin,
                                   mirti_recode_definition **out, mirti_error *err) {
    if (!name || !*name)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a named expression needs a name");
    for (int i = 0; i < scope->definitions; i++) {
        if (!mirti_str_is(scope->definition[i].name, name)) continue;
        mirti_status status = mirti_fail(err, MIRTI_ERROR_INPUT, "'%s' is defined twice", name);
        if (origin)
            mirti_fail_at(err, origin->file, origin->line, origin->column, origin->name, NULL);
        return status;
    }
    if (scope->definitions == scope->definitions_room) {
        int room = scope->definitions_room ? 2 * scope->definitions_room : 16;
        mirti_recode_definition *grown =
            mirti_resize(scope->definition, (size_t)room, sizeof *scope->definition);
        if (!grown) return mirti_fail_memory(err, "a named expression");
        scope->definition = grown;
        scope->definitions_room = room;
    }
    mirti_recode_definition *d = &scope->definition[scope->definitions];
    *d = (mirti_recode_definition){.name = hold(scope, name, strlen(name))};
    if (!d->name.data) return mirti_fail_memory(err, "a named expression");
    *out = d;
    return MIRTI_OK;
}

mirti_status mirti_recode_source_make(mirti_scope *scope, const char *text,
                                      const mirti_expression_origin *origin,
                                      mirti_recode_source *out, mirti_error *err) {
    *out = (mirti_recode_source){0};
    if (!text) return mirti_fail(err, MIRTI_ERROR_USAGE, "an expression without text");
    out->text = hold(scope, text, strlen(text));
    if (!out->text.data) return mirti_fail_memory(err, "an expression");
    if (!origin) return MIRTI_OK;
    out->line = origin->line;
    out->column = origin->column;
    if (origin->file) out->file = hold(scope, origin->file, strlen(origin->file)).data;
    if (origin->name) out->name = hold(scope, origin->name, strlen(origin->name)).data;
    if ((origin->file && !out->file) || (origin->name && !out->name))
        return mirti_fail_memory(err, "an expression");
    return MIRTI_OK;
}

mirti_status mirti_scope_define(mirti_scope *scope, const char *name, const char *text,
                                const mirti_expression_origin *origin, mirti_error *err) {
    mirti_recode_definition *d = NULL;
    MIRTI_TRY(add_definition(scope, name, origin, &d, err));
    MIRTI_TRY(mirti_recode_source_make(scope, text, origin, &d->source, err));
    if (!d->source.name) d->source.name = d->name.data;
    scope->definitions++;
    return MIRTI_OK;
}

mirti_status mirti_scope_constant(mirti_scope *scope, const char *name, const char *value,
                                  mirti_error *err) {
    mirti_recode_definition *d = NULL;
    for (int i = 0; i < scope->definitions && name; i++)
        if (scope->definition[i].constant && mirti_str_is(scope->definition[i].name, name))
            d = &scope->definition[i];
    bool added = !d;
    if (!d) MIRTI_TRY(add_definition(scope, name, NULL, &d, err));
    mirti_str copy = hold(scope, value ? value : "", value ? strlen(value) : 0);
    if (!copy.data) return mirti_fail_memory(err, "a constant");
    d->constant = true;
    d->value = copy;
    d->null = !value;
    if (added) scope->definitions++;
    /* What was compiled before keeps the old value; named expressions are compiled anew. */
    for (int i = 0; i < scope->definitions; i++) {
        scope->definition[i].node = NULL;
        scope->definition[i].state = STATE_NEW;
    }
    return MIRTI_OK;
}

/* ----------------------------------------------------------------------------------- lookup -- */

static int lower_byte(char c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : (unsigned char)c;
}

static bool same(mirti_str a, mirti_str b, bool exact) {
    if (exact || a.size != b.size) return mirti_str_equal(a, b);
    for (size_t i = 0; i < a.size; i++)
        if (lower_byte(a.data[i]) != lower_byte(b.data[i])) return false;
    return true;
}

mirti_recode_found mirti_recode_lookup(const mirti_scope *scope, mirti_str name, bool exact,
                                       int self, int *index) {
    for (int pass = 0; pass < (exact ? 1 : 2); pass++) {
        int hits = 0;
        for (int i = 0; i < scope->definitions; i++)
            if (i != self && same(scope->definition[i].name, name, pass == 0)) *index = i, hits++;
        if (hits > 0) return hits == 1 ? FOUND_DEFINITION : FOUND_SEVERAL;
        for (int i = 0; i < scope->columns; i++)
            if (same(scope->column[i].name, name, pass == 0)) *index = i, hits++;
        if (hits > 0) return hits == 1 ? FOUND_COLUMN : FOUND_SEVERAL;
    }
    return FOUND_NOTHING;
}

/* ------------------------------------------------------------------------------ suggestions -- */

enum { LONGEST_NAME = 64 };

/** Levenshtein distance of bytes, whatever the case; names longer than LONGEST_NAME are far away.
 */
static int distance(mirti_str a, mirti_str b) {
    int row[LONGEST_NAME + 1];
    if (a.size > LONGEST_NAME || b.size > LONGEST_NAME) return LONGEST_NAME;
    for (int j = 0; j <= (int)b.size; j++)
        row[j] = j;
    for (int i = 1; i <= (int)a.size; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= (int)b.size; j++) {
            int change =
                diagonal + (lower_byte(a.data[i - 1]) != lower_byte(b.data[j - 1]) ? 1 : 0);
            int best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            diagonal = row[j];
            row[j] = change < best ? change : best;
        }
    }
    return row[b.size];
}

void mirti_recode_nearest_offer(mirti_recode_nearest *nearest, mirti_str name,
                                mirti_str candidate) {
    int d = distance(name, candidate);
    int limit = name.size < 3 ? 1 : 1 + (int)name.size / 3;
    if (d > limit) return;
    int room = (int)(sizeof nearest->best / sizeof *nearest->best), at = nearest->count;
    while (at > 0 && nearest->best[at - 1].distance > d)
        at--;
    if (at == room) return;
    if (nearest->count < room) nearest->count++;
    for (int i = nearest->count - 1; i > at; i--)
        nearest->best[i] = nearest->best[i - 1];
    nearest->best[at].name = candidate;
    nearest->best[at].distance = d;
}

void mirti_recode_nearest_print(const mirti_recode_nearest *nearest, mirti_text *out) {
    for (int i = 0; i < nearest->count; i++) {
        mirti_text_puts(out, i == 0 ? "did you mean " : i + 1 < nearest->count ? ", " : " or ");
        mirti_text_add(out, nearest->best[i].name.data, nearest->best[i].name.size);
    }
    if (nearest->count > 0) mirti_text_puts(out, "?");
}

void mirti_recode_suggest_name(const mirti_scope *scope, mirti_str name, mirti_text *out) {
    mirti_recode_nearest nearest = {0};
    for (int i = 0; i < scope->definitions; i++)
        mirti_recode_nearest_offer(&nearest, name, scope->definition[i].name);
    for (int i = 0; i < scope->columns; i++)
        mirti_recode_nearest_offer(&nearest, name, scope->column[i].name);
    mirti_recode_nearest_print(&nearest, out);
}

/* ---------------------------------------------------------------------------- missing codes -- */

bool mirti_recode_is_code(const mirti_recode_codes *codes, mirti_str trimmed) {
    if ((codes->sizes >> (trimmed.size < 63 ? trimmed.size : 63) & 1) == 0) return false;
    for (int i = 0; i < codes->count; i++)
        if (mirti_str_equal(codes->text[i], trimmed)) return true;
    return false;
}

mirti_status mirti_recode_codes_add(mirti_scope *scope, mirti_recode_codes *into,
                                    char *const *codes, int count, mirti_error *err) {
    for (int i = 0; i < count; i++) {
        mirti_str code = mirti_str_trim(mirti_str_of(codes[i]));
        if (into->count == into->room) {
            int room = into->room ? 2 * into->room : 8;
            mirti_str *grown = mirti_resize(into->text, (size_t)room, sizeof *grown);
            if (!grown) return mirti_fail_memory(err, "missing codes");
            into->text = grown;
            into->room = room;
        }
        code = hold(scope, code.data, code.size);
        if (!code.data) return mirti_fail_memory(err, "missing codes");
        into->text[into->count++] = code;
        into->sizes |= UINT64_C(1) << (code.size < 63 ? code.size : 63);
    }
    return MIRTI_OK;
}

mirti_status mirti_scope_missing(mirti_scope *scope, const char *column, char *const *codes,
                                 int count, mirti_error *err) {
    if (!column) return mirti_recode_codes_add(scope, &scope->missing, codes, count, err);
    int index = -1, hits = 0;
    for (int pass = 0; pass < 2 && hits == 0; pass++)
        for (int i = 0; i < scope->columns; i++)
            if (same(scope->column[i].name, mirti_str_of(column), pass == 0)) index = i, hits++;
    if (hits == 1)
        return mirti_recode_codes_add(scope, &scope->column[index].missing, codes, count, err);
    mirti_status status =
        hits == 0
            ? mirti_fail(err, MIRTI_ERROR_INPUT,
                         "missing codes are declared for '%s', which is no column", column)
            : mirti_fail(err, MIRTI_ERROR_INPUT,
                         "missing codes are declared for '%s', which fits several columns", column);
    mirti_recode_nearest nearest = {0};
    mirti_text text = {0};
    for (int i = 0; i < scope->columns; i++)
        mirti_recode_nearest_offer(&nearest, mirti_str_of(column), scope->column[i].name);
    mirti_recode_nearest_print(&nearest, &text);
    if (text.data && text.size > 0) mirti_fail_remedy(err, "%s", text.data);
    mirti_text_reset(&text);
    return status;
}
