/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Messages that point into an expression.
 *
 * The reader sees what is wrong, the line of the expression and a caret under the place. Where the
 * expression came from a file, the error also carries that file's line and column, so that an
 * editor can jump there: an expression over several lines keeps its indentation (mirti/spec.h), so
 * that columns count from the origin on the first line and from the start of the line on later
 * ones.
 */
#include "syntax.h"

#include <stdio.h>
#include <string.h>

/** Most characters of a line that are shown; a longer one is cut around the place. */
#define EXCERPT_WIDTH 96

static bool starts_character(char c) {
    return ((unsigned char)c & 0xC0U) != 0x80U;
}

static int64_t characters(const char *from, const char *to) {
    int64_t n = 0;
    for (; from < to; from++)
        n += starts_character(*from) ? 1 : 0;
    return n;
}

/** The line around `at` and a caret below, cut to EXCERPT_WIDTH characters and to the room at hand.
 */
static void excerpt(const mirti_recode_source *source, size_t at, char *out, size_t room) {
    const char *text = source->text.data, *end = text + source->text.size, *place = text + at;
    const char *first = place, *last = place;
    while (first > text && first[-1] != '\n')
        first--;
    while (last < end && *last != '\n')
        last++;
    bool cut_left = false;
    int64_t before = characters(first, place), all = before + characters(place, last);
    for (; before > EXCERPT_WIDTH / 2 && all > EXCERPT_WIDTH; before--, all--) {
        first++;
        while (!starts_character(*first))
            first++;
        cut_left = true;
    }
    for (; all > EXCERPT_WIDTH; all--) {
        last--;
        while (!starts_character(*last))
            last--;
    }
    /* A character takes up to four bytes: the caret's line must still fit. */
    while (last > place && (size_t)(last - first) + EXCERPT_WIDTH + 16 > room)
        last--;
    while (last > place && last < end && !starts_character(*last))
        last--;
    size_t used = 0;
    const char *lead = cut_left ? "  ..." : "  ";
    used += (size_t)snprintf(out, room, "%s", lead);
    size_t indent = used;
    for (const char *c = first; c < last && used + 1 < room; c++)
        out[used++] = (unsigned char)*c < ' ' ? ' ' : *c;
    if (used + 1 < room) out[used++] = '\n';
    indent += (size_t)characters(first, place);
    while (indent-- > 0 && used + 2 < room)
        out[used++] = ' ';
    if (used + 1 < room) out[used++] = '^';
    out[used] = '\0';
}

mirti_status mirti_recode_fail(mirti_error *err, const mirti_recode_source *source, size_t at,
                               const char *format, ...) {
    if (!err) return MIRTI_ERROR_INPUT;
    char message[sizeof err->message];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    mirti_fail(err, MIRTI_ERROR_INPUT, "%s", message);
    if (at > source->text.size) at = source->text.size;
    int64_t line = source->line, column = source->column, newlines = 0;
    const char *text = source->text.data, *from = text;
    for (const char *c = text; c < text + at; c++)
        if (*c == '\n') newlines++, from = c + 1;
    if (line > 0) line += newlines;
    if (line == 0 && column == 0) {
        /* No file: count within the expression itself. */
        line = newlines + 1;
        column = 1 + characters(from, text + at);
    } else if (column > 0) {
        column = (newlines ? 1 : column) + characters(from, text + at);
    }
    mirti_fail_at(err, source->file, line, column, source->name, NULL);
    excerpt(source, at, err->excerpt, sizeof err->excerpt);
    return MIRTI_ERROR_INPUT;
}
