/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a text stands in its file, to the line and column of its first character.
 *
 * libyaml marks where a scalar begins with all that belongs to it: an anchor, a quote, the `|` of a
 * block whose text is some lines below. Whoever finds a mistake in an expression wants the text
 * itself. And of a text over several lines YAML gives the lines joined; here they are kept as they
 * stand, so that places within the text are places in the file. (In quotes they are not: there are
 * escapes, and nobody writes expressions so.)
 *
 * Columns count characters (code points), as libyaml's marks do.
 */
#include "lines.h"

#include <string.h>

typedef struct cursor {
    size_t byte;
    mirti_place place;
} cursor;

/* Bytes of the line break at `byte` as YAML 1.1 knows them, 0 if there is none. */
static size_t line_break(const mirti_spec_lines *lines, size_t byte) {
    const char *p = lines->text + byte;
    size_t left = lines->size - byte;
    if (left >= 2 && memcmp(p, "\r\n", 2) == 0) return 2;
    if (left >= 1 && (*p == '\r' || *p == '\n')) return 1;
    if (left >= 2 && memcmp(p, "\xC2\x85", 2) == 0) return 2; /* next line */
    if (left >= 3 && (memcmp(p, "\xE2\x80\xA8", 3) == 0 || memcmp(p, "\xE2\x80\xA9", 3) == 0))
        return 3; /* line separator, paragraph separator */
    return 0;
}

static bool at_end(const mirti_spec_lines *lines, const cursor *c) {
    return c->byte >= lines->size;
}

/* One character, or one line break, further; not at the end. */
static void step(const mirti_spec_lines *lines, cursor *c) {
    size_t bytes = line_break(lines, c->byte);
    if (bytes > 0) {
        c->byte += bytes;
        c->place = (mirti_place){.line = c->place.line + 1, .column = 1};
        return;
    }
    do
        c->byte++;
    while (c->byte < lines->size && ((unsigned char)lines->text[c->byte] & 0xC0) == 0x80);
    c->place.column++;
}

mirti_place mirti_spec_place_of_byte(const mirti_spec_lines *lines, size_t offset) {
    cursor c = {.place = {.line = 1, .column = 1}};
    while (!at_end(lines, &c) && c.byte < offset)
        step(lines, &c);
    return c.place;
}

static bool is_before(mirti_place a, mirti_place b) {
    return a.line < b.line || (a.line == b.line && a.column < b.column);
}

static void step_to(const mirti_spec_lines *lines, cursor *c, mirti_place place) {
    while (!at_end(lines, c) && is_before(c->place, place))
        step(lines, c);
}

/* The cursor at a place. Its line is remembered: lines only ever grow, so that the file is walked
 * once however many texts it has. */
static cursor cursor_at(mirti_spec_lines *lines, mirti_place place) {
    cursor c = {.byte = lines->line_start, .place = {.line = lines->line + 1, .column = 1}};
    step_to(lines, &c, (mirti_place){.line = place.line, .column = 1});
    if (c.place.line == place.line) {
        lines->line_start = c.byte;
        lines->line = c.place.line - 1;
    }
    step_to(lines, &c, place);
    return c;
}

/* Letters, digits, '_' and '-': what libyaml takes for the name of an anchor. */
static bool is_in_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/* Goes on from `&name` or `!` to what they stand before, perhaps lines and comments below. */
static void skip_properties(const mirti_spec_lines *lines, cursor *c) {
    while (!at_end(lines, c)) {
        char first = lines->text[c->byte];
        if (first == '&' || first == '!') {
            do
                step(lines, c);
            while (!at_end(lines, c) && is_in_name(lines->text[c->byte]));
        } else if (first == '#') {
            while (!at_end(lines, c) && line_break(lines, c->byte) == 0)
                step(lines, c);
        } else if (line_break(lines, c->byte) > 0 || first == ' ' || first == '\t') {
            step(lines, c);
        } else {
            return;
        }
    }
}

/* Copies bytes, every kind of line break as '\n'. */
static char *copy_lines(const mirti_spec_lines *lines, size_t begin, size_t end,
                        mirti_arena *arena) {
    char *copy = mirti_arena_new(arena, end - begin + 1);
    if (copy == NULL) return NULL;
    size_t used = 0;
    for (size_t p = begin; p < end;) {
        size_t bytes = line_break(lines, p);
        copy[used++] = bytes > 0 ? '\n' : lines->text[p];
        p += bytes > 0 ? bytes : 1;
    }
    copy[used] = '\0';
    return copy;
}

bool mirti_spec_locate(mirti_spec_lines *lines, const mirti_spec_extent *extent, mirti_arena *arena,
                       mirti_spec_node *node) {
    node->text_place = node->place;
    if (extent->properties) {
        cursor c = cursor_at(lines, node->place);
        skip_properties(lines, &c);
        node->text_place = c.place;
    }
    if (extent->quotes) node->text_place.column++;
    if (extent->quotes || (!extent->block && extent->end.line == node->text_place.line))
        return true;
    if (extent->block)
        node->text_place = (mirti_place){.line = node->text_place.line + 1, .column = 1};
    cursor begin = cursor_at(lines, node->text_place);
    while (extent->block && !at_end(lines, &begin) &&
           (line_break(lines, begin.byte) > 0 || lines->text[begin.byte] == ' '))
        step(lines, &begin);
    node->text_place = begin.place;
    cursor end = begin;
    step_to(lines, &end, extent->end);
    node->source = copy_lines(lines, begin.byte, end.byte, arena);
    return node->source != NULL;
}
