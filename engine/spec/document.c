/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the bytes of a YAML file to a tree of nodes.
 *
 * libyaml delivers events (a scalar, the start of a list ...) with their marks; here they become
 * nodes that keep their place, so that whoever reads a key later can say where it stands. All
 * scalars stay text: whether `0010` or `no` is a code, a number or a truth value is known only to
 * the reader of the key, and codes must not lose their zeros.
 *
 * A spec file may come from anywhere. Size, depth, number of nodes and keys are bounded; an alias
 * is a second reference to one node, so that it costs nothing here, but it counts with all that it
 * stands for: a file that would be huge when written out ("billion laughs") is refused. An alias
 * inside the node that it names is refused as well, so the tree has no cycles. YAML's merge key
 * `<<` is understood, since a new wave of a survey is the former with a few lines changed.
 */
#include "document.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <yaml.h>

#include "lines.h"

typedef struct anchor {
    const char *name;
    mirti_spec_node *node;
    struct anchor *next; /* the one before it: the latest definition of a name is found first */
} anchor;

typedef struct composer {
    yaml_parser_t parser;
    mirti_spec_lines lines;
    const char *path;
    mirti_arena *arena;
    anchor *anchors;
    int anchor_count;
    mirti_error *err;
} composer;

static mirti_place place_of(yaml_mark_t mark) {
    return (mirti_place){.line = (int64_t)mark.line + 1, .column = (int64_t)mark.column + 1};
}

static mirti_status fail(composer *c, mirti_place at, const char *format, ...) MIRTI_PRINTF(3, 4);
static mirti_status fail(composer *c, mirti_place at, const char *format, ...) {
    char message[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    mirti_fail(c->err, MIRTI_ERROR_INPUT, "%s", message);
    mirti_fail_at(c->err, c->path, at.line, at.column, NULL, NULL);
    return MIRTI_ERROR_INPUT;
}

static mirti_status fail_memory(composer *c) {
    mirti_fail_memory(c->err, "a model or project file");
    mirti_fail_at(c->err, c->path, 0, 0, NULL, NULL);
    return MIRTI_ERROR_MEMORY;
}

static void *zeroed(composer *c, size_t bytes) {
    void *block = mirti_arena_new(c->arena, bytes);
    if (block != NULL) memset(block, 0, bytes);
    return block;
}

/* ------------------------------------------------------------------------ syntax, for people -- */

/* What libyaml says in terms of its grammar, and what the writer of the file most likely did. */
static const struct advice {
    const char *problem; /* how libyaml's message begins */
    const char *remedy;
} advices[] = {
    {"mapping values are not allowed", "Indent the lines of one block alike, and put a text in "
                                       "quotes if it contains a colon followed "
                                       "by a blank."},
    {"did not find expected alphabetic or numeric character",
     "'*' and '&' have a meaning in YAML: put a code or text that begins with one in quotes."},
    {"did not find expected key",
     "Indent the keys of one block alike; a text that begins with a quote ends with it: put the "
     "whole of it in double quotes (\"'01' || MUN\")."},
    {"found character that cannot start any token",
     "YAML is indented with blanks, never with tabs; a text that begins with '%', '@' or '`' must "
     "be in quotes."},
    {"found a tab character", "YAML is indented with blanks, never with tabs."},
    {"did not find expected '-' indicator", "Indent the items of one list alike."},
    {"did not find expected ',' or",
     "A list or block in brackets needs commas between its members and a closing bracket; put a "
     "text with commas or brackets, such as \"SUBSTR(x, 1, 2)\", in quotes there."},
    {"could not find expected ':'", "A key ends with a colon and a blank: 'name: value'."},
    {"found unexpected end of stream", "A quote that was opened is not closed."},
    {"found undefined tag handle", "A text that begins with '!' must be in quotes."},
    {"found unknown escape character",
     "In double quotes a backslash begins an escape; use single quotes."},
    {"control characters are not allowed", "Save the file as plain UTF-8 text."},
    {"block sequence entries are not allowed",
     "A list begins on the line after its key, one '-' per item."},
};

static mirti_status fail_syntax(composer *c) {
    const yaml_parser_t *parser = &c->parser;
    if (parser->error == YAML_MEMORY_ERROR) return fail_memory(c);
    const char *problem = parser->problem != NULL ? parser->problem : "unreadable";
    mirti_place at = place_of(parser->problem_mark);
    if (parser->error == YAML_READER_ERROR)
        at = mirti_spec_place_of_byte(&c->lines, parser->problem_offset);
    if (parser->context != NULL)
        fail(c, at, "not valid YAML: %s (%s that begins at line %lld)", problem, parser->context,
             (long long)parser->context_mark.line + 1);
    else
        fail(c, at, "not valid YAML: %s", problem);
    const char *remedy = NULL;
    for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++)
        if (strncmp(problem, advices[i].problem, strlen(advices[i].problem)) == 0)
            remedy = advices[i].remedy;
    if (remedy != NULL) mirti_fail_remedy(c->err, "%s", remedy);
    return MIRTI_ERROR_INPUT;
}

static mirti_status next_event(composer *c, yaml_event_t *event) {
    if (!yaml_parser_parse(&c->parser, event)) return fail_syntax(c);
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------- nodes -- */

static mirti_spec_node *new_node(composer *c, mirti_spec_node_kind kind, mirti_place place) {
    mirti_spec_node *node = zeroed(c, sizeof *node);
    if (node == NULL) return NULL;
    node->kind = kind;
    node->place = place;
    node->text_place = place;
    node->expanded = 1;
    return node;
}

/* Counts what a node refers to as if it were written out there. */
static mirti_status count_expanded(composer *c, mirti_spec_node *node, size_t more,
                                   mirti_place at) {
    node->expanded += more; /* both are below the limit: no overflow */
    if (node->expanded <= MIRTI_SPEC_MAX_NODES) return MIRTI_OK;
    fail(c, at, "the file is too large once its aliases are written out");
    mirti_fail_remedy(c->err, "A model or project file has at most %d values.",
                      MIRTI_SPEC_MAX_NODES);
    return MIRTI_ERROR_INPUT;
}

static mirti_status append(composer *c, mirti_spec_node *parent, const mirti_spec_node *key,
                           const mirti_spec_node *value, mirti_place at) {
    mirti_spec_entry *entry = zeroed(c, sizeof *entry);
    if (entry == NULL) return fail_memory(c);
    entry->key = key;
    entry->value = value;
    if (parent->last != NULL)
        parent->last->next = entry;
    else
        parent->first = entry;
    parent->last = entry;
    parent->count++;
    return count_expanded(c, parent, value->expanded + (key != NULL ? 1 : 0), at);
}

static const mirti_spec_entry *find(const mirti_spec_node *map, const char *key) {
    for (const mirti_spec_entry *e = map->first; e != NULL; e = e->next)
        if (strcmp(e->key->text, key) == 0) return e;
    return NULL;
}

static mirti_status remember(composer *c, const yaml_char_t *name, mirti_spec_node *node) {
    if (name == NULL) return MIRTI_OK;
    if (++c->anchor_count > MIRTI_SPEC_MAX_ANCHORS)
        return fail(c, node->place, "too many anchors (&name) in one file");
    anchor *a = zeroed(c, sizeof *a);
    if (a == NULL) return fail_memory(c);
    a->name = mirti_arena_copy(c->arena, (const char *)name, strlen((const char *)name));
    if (a->name == NULL) return fail_memory(c);
    a->node = node;
    a->next = c->anchors;
    c->anchors = a;
    return MIRTI_OK;
}

static mirti_status resolve(composer *c, const yaml_event_t *event, const mirti_spec_node **out) {
    const char *name = (const char *)event->data.alias.anchor;
    mirti_place at = place_of(event->start_mark);
    const anchor *a = c->anchors;
    while (a != NULL && strcmp(a->name, name) != 0)
        a = a->next;
    if (a == NULL) {
        fail(c, at, "the alias '*%.60s' refers to nothing above it", name);
        mirti_fail_remedy(c->err,
                          "Name a block with &%.60s where it is written first; if you mean "
                          "the text itself, put it in quotes.",
                          name);
        return MIRTI_ERROR_INPUT;
    }
    if (!a->node->complete)
        return fail(c, at, "the alias '*%.60s' stands inside what it refers to", name);
    *out = a->node;
    return MIRTI_OK;
}

static mirti_status refuse_tag(composer *c, const yaml_event_t *event, const yaml_char_t *tag) {
    if (tag == NULL || strcmp((const char *)tag, "!") == 0) return MIRTI_OK;
    fail(c, place_of(event->start_mark), "YAML tags (!name) have no meaning in this file");
    mirti_fail_remedy(c->err, "Put a text that begins with '!' in quotes.");
    return MIRTI_ERROR_INPUT;
}

/* Takes over what a merged map has and `map` has not. */
static mirti_status merge_one(composer *c, mirti_spec_node *map, const mirti_spec_node *from,
                              mirti_place at) {
    if (from->kind != MIRTI_NODE_MAP)
        return fail(c, at, "'<<' takes over the keys of another block: its value is '*name'");
    for (const mirti_spec_entry *e = from->first; e != NULL; e = e->next) {
        if (find(map, e->key->text) != NULL) continue;
        if (map->count >= MIRTI_SPEC_MAX_KEYS) return fail(c, at, "too many keys in one block");
        MIRTI_TRY(append(c, map, e->key, e->value, at));
    }
    return MIRTI_OK;
}

static mirti_status merge(composer *c, mirti_spec_node *map, const mirti_spec_node *from,
                          mirti_place at) {
    MIRTI_TRY(count_expanded(c, map, from->expanded, at));
    if (from->kind != MIRTI_NODE_LIST) return merge_one(c, map, from, at);
    for (const mirti_spec_entry *e = from->first; e != NULL; e = e->next)
        MIRTI_TRY(merge_one(c, map, e->value, at));
    return MIRTI_OK;
}

static mirti_status compose(composer *c, const yaml_event_t *event, int depth,
                            const mirti_spec_node **out);

/* The next node, or NULL at the end of the collection that is being read. `at`: where it is written
 * or, by an alias, referred to. */
static mirti_status compose_next(composer *c, int depth, const mirti_spec_node **out,
                                 mirti_place *at) {
    yaml_event_t event;
    *out = NULL;
    MIRTI_TRY(next_event(c, &event));
    mirti_status status = MIRTI_OK;
    *at = place_of(event.start_mark);
    if (event.type != YAML_SEQUENCE_END_EVENT && event.type != YAML_MAPPING_END_EVENT)
        status = compose(c, &event, depth, out);
    yaml_event_delete(&event);
    return status;
}

static mirti_status compose_text(composer *c, const yaml_event_t *event, mirti_spec_node *node) {
    const char *value = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    yaml_scalar_style_t style = event->data.scalar.style;
    mirti_spec_extent extent = {
        .end = place_of(event->end_mark),
        .properties = event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL,
        .quotes =
            style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE,
        .block = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE};
    if (length > 0 && !mirti_spec_locate(&c->lines, &extent, c->arena, node)) return fail_memory(c);
    if (memchr(value, '\0', length) != NULL)
        return fail(c, node->place, "a text may not contain the character NUL (\\0)");
    node->text = mirti_arena_copy(c->arena, value, length);
    if (node->text == NULL) return fail_memory(c);
    node->quoted = style != YAML_PLAIN_SCALAR_STYLE;
    return MIRTI_OK;
}

static mirti_status compose_list(composer *c, int depth, mirti_spec_node *node) {
    for (;;) {
        const mirti_spec_node *item;
        mirti_place at;
        MIRTI_TRY(compose_next(c, depth + 1, &item, &at));
        if (item == NULL) return MIRTI_OK;
        MIRTI_TRY(append(c, node, NULL, item, at));
    }
}

static mirti_status check_key(composer *c, const mirti_spec_node *map, const mirti_spec_node *key) {
    if (key->kind != MIRTI_NODE_TEXT)
        return fail(c, key->place, "a key must be a plain text, not a list or block");
    if (map->count >= MIRTI_SPEC_MAX_KEYS) return fail(c, key->place, "too many keys in one block");
    const mirti_spec_entry *same = find(map, key->text);
    if (same == NULL) return MIRTI_OK;
    fail(c, key->place, "the key '%.80s' is here twice; it was first given at line %lld", key->text,
         (long long)same->key->place.line);
    mirti_fail_remedy(c->err, "Remove one of the two.");
    return MIRTI_ERROR_INPUT;
}

static mirti_status compose_map(composer *c, int depth, mirti_spec_node *node) {
    const mirti_spec_node *merged = NULL;
    mirti_place merged_at = {0};
    for (;;) {
        const mirti_spec_node *key, *value;
        mirti_place at;
        MIRTI_TRY(compose_next(c, depth + 1, &key, &at));
        if (key == NULL) break;
        MIRTI_TRY(check_key(c, node, key));
        MIRTI_TRY(compose_next(c, depth + 1, &value, &at));
        if (value == NULL) return fail(c, key->place, "a key without a value"); /* not reached */
        if (!key->quoted && strcmp(key->text, "<<") == 0) {
            if (merged != NULL)
                return fail(c, key->place, "the key '<<' is here twice; write '<<: [*one, *two]'");
            merged = value;
            merged_at = at;
        } else {
            MIRTI_TRY(append(c, node, key, value, at));
        }
    }
    return merged != NULL ? merge(c, node, merged, merged_at) : MIRTI_OK;
}

static mirti_status compose(composer *c, const yaml_event_t *event, int depth,
                            const mirti_spec_node **out) {
    mirti_place at = place_of(event->start_mark);
    *out = NULL;
    if (event->type == YAML_ALIAS_EVENT) return resolve(c, event, out);
    if (depth > MIRTI_SPEC_MAX_DEPTH) return fail(c, at, "blocks are nested too deeply");
    mirti_spec_node *node;
    if (event->type == YAML_SCALAR_EVENT) {
        MIRTI_TRY(refuse_tag(c, event, event->data.scalar.tag));
        if ((node = new_node(c, MIRTI_NODE_TEXT, at)) == NULL) return fail_memory(c);
        MIRTI_TRY(compose_text(c, event, node));
        MIRTI_TRY(remember(c, event->data.scalar.anchor, node));
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        MIRTI_TRY(refuse_tag(c, event, event->data.sequence_start.tag));
        if ((node = new_node(c, MIRTI_NODE_LIST, at)) == NULL) return fail_memory(c);
        MIRTI_TRY(remember(c, event->data.sequence_start.anchor, node));
        MIRTI_TRY(compose_list(c, depth, node));
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        MIRTI_TRY(refuse_tag(c, event, event->data.mapping_start.tag));
        if ((node = new_node(c, MIRTI_NODE_MAP, at)) == NULL) return fail_memory(c);
        MIRTI_TRY(remember(c, event->data.mapping_start.anchor, node));
        MIRTI_TRY(compose_map(c, depth, node));
    } else {
        return fail(c, at, "nothing was found where a value should be"); /* not reached */
    }
    node->complete = true;
    *out = node;
    return MIRTI_OK;
}

/* -------------------------------------------------------------------------------- the stream -- */

/* Stream start, document start, the root, document end, stream end: one document and no more. */
static mirti_status compose_stream(composer *c, const mirti_spec_node **root) {
    bool done = false;
    while (!done) {
        yaml_event_t event;
        MIRTI_TRY(next_event(c, &event));
        mirti_status status = MIRTI_OK;
        switch (event.type) {
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_END_EVENT: break;
        case YAML_STREAM_END_EVENT: done = true; break;
        case YAML_DOCUMENT_START_EVENT:
            if (*root != NULL)
                status = fail(c, place_of(event.start_mark),
                              "a second document begins here ('---'); a file holds one");
            break;
        default: status = compose(c, &event, 1, root); break;
        }
        yaml_event_delete(&event);
        MIRTI_TRY(status);
    }
    if (*root == NULL) return fail(c, (mirti_place){1, 1}, "the file is empty");
    return MIRTI_OK;
}

/* YAML may be UTF-16 too; we want one encoding, and bad bytes named before libyaml sees them. */
static mirti_status check_encoding(composer *c) {
    size_t bad;
    if (mirti_utf8_valid((mirti_str){.data = c->lines.text, .size = c->lines.size}, &bad))
        return MIRTI_OK;
    fail(c, mirti_spec_place_of_byte(&c->lines, bad), "the file is not encoded as UTF-8");
    mirti_fail_remedy(c->err, "Save it as UTF-8 (not as Latin-1, ANSI or UTF-16).");
    return MIRTI_ERROR_INPUT;
}

static mirti_status fail_size(mirti_error *err, const char *path) {
    mirti_fail(err, MIRTI_ERROR_INPUT, "too large for a model or project file (limit: 1 MiB)");
    mirti_fail_at(err, path, 0, 0, NULL, NULL);
    mirti_fail_remedy(err, "Is this the file you mean? Data go in files of their own.");
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_spec_document_parse(const char *text, size_t size, const char *path,
                                       mirti_arena *arena, const mirti_spec_node **root,
                                       mirti_error *err) {
    *root = NULL;
    if (size > MIRTI_SPEC_MAX_BYTES) return fail_size(err, path);
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) { /* a byte order mark is no content */
        text += 3;
        size -= 3;
    }
    composer c = {.lines = {.text = text, .size = size}, .path = path, .arena = arena, .err = err};
    MIRTI_TRY(check_encoding(&c));
    if (!yaml_parser_initialize(&c.parser)) return fail_memory(&c);
    yaml_parser_set_encoding(&c.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&c.parser, (const unsigned char *)text, size);
    mirti_status status = compose_stream(&c, root);
    yaml_parser_delete(&c.parser);
    if (status != MIRTI_OK) *root = NULL;
    return status;
}

mirti_status mirti_spec_document_load(const char *path, char **text, size_t *size,
                                      mirti_error *err) {
    struct stat information;
    *text = NULL;
    *size = 0;
    /* A census given by mistake is not read whole to be refused; devices have no end at all. */
    if (stat(path, &information) == 0) {
        if (!S_ISREG(information.st_mode) && !S_ISFIFO(information.st_mode)) {
            mirti_fail(err, MIRTI_ERROR_INPUT, "not a file");
            mirti_fail_at(err, path, 0, 0, NULL, NULL);
            mirti_fail_remedy(err, "Give the path of a model or project file (.yaml).");
            return MIRTI_ERROR_INPUT;
        }
        if (S_ISREG(information.st_mode) && information.st_size > MIRTI_SPEC_MAX_BYTES)
            return fail_size(err, path);
    }
    return mirti_file_read(path, text, size, err);
}
