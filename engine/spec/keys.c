/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading a block by its table of keys: nothing unknown, nothing twice (the document sees to that),
 * nothing required left out, every value of its type. The single values are read in values.c.
 */
#include "keys.h"

#include <stdio.h>
#include <string.h>

enum { MOST_KEYS = 40 }; /* of one table */

mirti_status mirti_spec_fail(mirti_spec_reader *r, mirti_place at, const char *format, ...) {
    char message[sizeof r->err->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    mirti_fail(r->err, MIRTI_ERROR_INPUT, "%s", message);
    mirti_fail_at(r->err, r->path, at.line, at.column, NULL, NULL);
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_spec_fail_memory(mirti_spec_reader *r) {
    mirti_fail_memory(r->err, "a model or project file");
    mirti_fail_at(r->err, r->path, 0, 0, NULL, NULL);
    return MIRTI_ERROR_MEMORY;
}

void *mirti_spec_new(mirti_spec_reader *r, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) return NULL;
    void *block = mirti_arena_new(r->arena, count * size);
    if (block != NULL) memset(block, 0, count * size);
    return block;
}

const mirti_spec_node *mirti_spec_get(const mirti_spec_node *map, const char *key) {
    if (map->kind != MIRTI_NODE_MAP) return NULL;
    for (const mirti_spec_entry *e = map->first; e != NULL; e = e->next)
        if (strcmp(e->key->text, key) == 0) return e->value;
    return NULL;
}

mirti_place mirti_spec_key_place(const mirti_spec_node *map, const char *key) {
    if (map->kind == MIRTI_NODE_MAP)
        for (const mirti_spec_entry *e = map->first; e != NULL; e = e->next)
            if (strcmp(e->key->text, key) == 0) return e->key->place;
    return map->place;
}

/* --------------------------------------------------------------------------- blocks by table -- */

static const mirti_spec_key *find_key(const mirti_spec_table *table, const char *name) {
    for (int i = 0; i < table->count; i++)
        if (strcmp(table->key[i].name, name) == 0) return &table->key[i];
    return NULL;
}

static mirti_status check_known(mirti_spec_reader *r, const mirti_spec_table *table,
                                const mirti_spec_node *map) {
    for (const mirti_spec_entry *e = map->first; e != NULL; e = e->next) {
        if (find_key(table, e->key->text) != NULL) continue;
        const char *names[MOST_KEYS];
        int count = table->count < MOST_KEYS ? table->count : MOST_KEYS;
        for (int i = 0; i < count; i++)
            names[i] = table->key[i].name;
        mirti_spec_fail(r, e->key->place, "%s has no key '%.80s'", table->block, e->key->text);
        mirti_spec_suggest(r, e->key->text, names, count);
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}

/* Stores an enum by its index: enums are ints to every compiler we support. */
static mirti_status read_choice(mirti_spec_reader *r, const mirti_spec_key *key,
                                const mirti_spec_node *node, void *member) {
    int choice;
    _Static_assert(sizeof(mirti_source_kind) == sizeof choice, "enums are as wide as int");
    MIRTI_TRY(mirti_spec_choice(r, node, key->name, key->choices, &choice));
    memcpy(member, &choice, sizeof choice);
    return MIRTI_OK;
}

static mirti_status read_whole(mirti_spec_reader *r, const mirti_spec_key *key,
                               const mirti_spec_node *node, void *member) {
    int64_t value;
    MIRTI_TRY(
        mirti_spec_integer(r, node, key->name, (int64_t)key->low, (int64_t)key->high, &value));
    if (key->type == MIRTI_KEY_INTEGER)
        *(int *)member = (int)value;
    else
        *(uint64_t *)member = (uint64_t)value;
    return MIRTI_OK;
}

mirti_status mirti_spec_flag(mirti_spec_reader *r, const mirti_spec_node *node, const char *key,
                             bool *out) {
    static const char *const names[] = {"false", "true", "no", "yes", NULL};
    int choice;
    MIRTI_TRY(mirti_spec_choice(r, node, key, names, &choice));
    *out = choice % 2 == 1;
    return MIRTI_OK;
}

static mirti_status read_key(mirti_spec_reader *r, const mirti_spec_key *key,
                             const mirti_spec_node *node, void *object) {
    char *member = (char *)object + key->at;
    switch (key->type) {
    case MIRTI_KEY_TEXT: return mirti_spec_text(r, node, key->name, (char **)(void *)member);
    case MIRTI_KEY_NAME: return mirti_spec_name(r, node, key->name, (char **)(void *)member);
    case MIRTI_KEY_TEXTS:
        return mirti_spec_texts(r, node, key->name, (char ***)(void *)member,
                                (int *)(void *)((char *)object + key->count_at));
    case MIRTI_KEY_LOCALIZED:
        return mirti_spec_localized(r, node, key->name, (mirti_localized *)(void *)member);
    case MIRTI_KEY_EXPRESSION:
        return mirti_spec_expression(r, node, key->name, (mirti_expression_text *)(void *)member);
    case MIRTI_KEY_FLAG: return mirti_spec_flag(r, node, key->name, (bool *)(void *)member);
    case MIRTI_KEY_INTEGER:
    case MIRTI_KEY_WHOLE: return read_whole(r, key, node, member);
    case MIRTI_KEY_NUMBER:
        return mirti_spec_number(r, node, key->name, key->low, key->high, (double *)(void *)member);
    case MIRTI_KEY_CHOICE: return read_choice(r, key, node, member);
    case MIRTI_KEY_OWN: break;
    }
    return key->read != NULL ? key->read(r, node, object) : MIRTI_OK;
}

mirti_status mirti_spec_read_keys(mirti_spec_reader *r, const mirti_spec_table *table,
                                  const mirti_spec_node *map, void *object) {
    if (map->kind != MIRTI_NODE_MAP) {
        mirti_spec_fail(r, map->place, "%s is a block of keys, but here is %s", table->block,
                        map->kind == MIRTI_NODE_LIST ? "a list" : "a single value");
        mirti_fail_remedy(r->err, "Write 'key: value', one per line, for example '%s: ...'.",
                          table->key[0].name);
        return MIRTI_ERROR_INPUT;
    }
    MIRTI_TRY(check_known(r, table, map));
    for (int i = 0; i < table->count; i++) {
        const mirti_spec_key *key = &table->key[i];
        const mirti_spec_node *value = mirti_spec_get(map, key->name);
        if (value != NULL) {
            MIRTI_TRY(read_key(r, key, value, object));
        } else if (key->required) {
            mirti_spec_fail(r, map->place, "%s needs the key '%s'", table->block, key->name);
            mirti_fail_remedy(r->err, "%s: %s", key->name, key->meaning);
            return MIRTI_ERROR_INPUT;
        }
    }
    return MIRTI_OK;
}

mirti_status mirti_spec_check_header(mirti_spec_reader *r, const char *header, const char *other,
                                     const char *other_what) {
    const mirti_spec_node *root = r->root;
    int64_t version;
    if (root->kind != MIRTI_NODE_MAP)
        return mirti_spec_fail(r, root->place, "the file does not begin with '%s: 1'", header);
    const mirti_spec_node *node = mirti_spec_get(root, header);
    if (node == NULL) {
        bool is_other = mirti_spec_get(root, other) != NULL;
        mirti_spec_fail(r, root->place, is_other ? "this is %s" : "the key '%s' is missing",
                        is_other ? other_what : header);
        mirti_fail_remedy(r->err,
                          is_other ? "Give a file that begins with '%s: 1'."
                                   : "The file begins with '%s: 1'.",
                          header);
        return MIRTI_ERROR_INPUT;
    }
    MIRTI_TRY(mirti_spec_integer(r, node, header, 1, 1000000, &version));
    if (version != 1) {
        mirti_spec_fail(r, node->text_place,
                        "the file is of format %lld, which this version (%s) "
                        "does not know",
                        (long long)version, mirti_version());
        mirti_fail_remedy(r->err, "Use a newer version of mirti, or write '%s: 1'.", header);
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}
