/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where in the bytes of a YAML file a text stands. See lines.c. */
#ifndef MIRTI_SPEC_LINES_H
#define MIRTI_SPEC_LINES_H

#include "document.h"

/* The bytes of a file, and how far they were followed. Zero-initialise what is not given. */
typedef struct mirti_spec_lines {
    const char *text; /* UTF-8 */
    size_t size;
    size_t line_start; /* of the line followed last, counted from 0 ... */
    int64_t line;      /* ... and its number, counted from 0 */
} mirti_spec_lines;

/* Line and column of a byte. */
mirti_place mirti_spec_place_of_byte(const mirti_spec_lines *lines, size_t offset);

typedef struct mirti_spec_extent {
    mirti_place end; /* where YAML says that it ends */
    bool properties; /* an anchor or tag stands before it */
    bool quotes;     /* in single or double quotes */
    bool block;      /* below `|` or `>` */
} mirti_spec_extent;

/* Completes a text node that is not empty and whose place is set: `text_place` and, for a text over
 * several lines that is not in quotes, `source`. Nodes come in the order of the file. False when
 * memory runs out. */
bool mirti_spec_locate(mirti_spec_lines *lines, const mirti_spec_extent *extent, mirti_arena *arena,
                       mirti_spec_node *node);

#endif
