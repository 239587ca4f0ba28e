/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A YAML file as a tree in which every node knows where it stands. See document.c. */
#ifndef MIRTI_SPEC_DOCUMENT_H
#define MIRTI_SPEC_DOCUMENT_H

#include "mirti/spec.h"

/* What a spec file may be at most. Real ones stay far below; what goes beyond is no spec, or an
 * attempt to make the reader choke. */
enum {
    MIRTI_SPEC_MAX_BYTES = 1 << 20,
    MIRTI_SPEC_MAX_DEPTH = 24,
    MIRTI_SPEC_MAX_NODES = 100000, /* with every alias written out */
    MIRTI_SPEC_MAX_KEYS = 1000,    /* of one mapping */
    MIRTI_SPEC_MAX_ANCHORS = 200
};

typedef enum mirti_spec_node_kind {
    MIRTI_NODE_TEXT, /* YAML: scalar; always text here, the reader of a key decides what it means */
    MIRTI_NODE_LIST, /* YAML: sequence */
    MIRTI_NODE_MAP   /* YAML: mapping */
} mirti_spec_node_kind;

typedef struct mirti_spec_node mirti_spec_node;

/* One member of a list (`key` NULL) or of a map (`key` a text, different from all other keys). */
typedef struct mirti_spec_entry {
    const mirti_spec_node *key;
    const mirti_spec_node *value;
    struct mirti_spec_entry *next;
} mirti_spec_entry;

struct mirti_spec_node {
    mirti_spec_node_kind kind;
    mirti_place place;      /* where the node begins */
    mirti_place text_place; /* text: where its first character stands */
    const char *text;       /* text: UTF-8, NUL-terminated, no NUL inside */
    const char *source; /* text over several lines, unquoted: as it stands in the file, or NULL */
    bool quoted;        /* text: written in quotes or as a block */
    bool complete;      /* all of it has been read: an alias may stand for it */
    int count;          /* members */
    mirti_spec_entry *first; /* in the order written; NULL when empty */
    mirti_spec_entry *last;
    size_t expanded; /* nodes below and itself with every alias written out */
};

/* Reads `size` bytes of YAML; nodes and texts live in `arena`. `path` is for messages only. */
mirti_status mirti_spec_document_parse(const char *text, size_t size, const char *path,
                                       mirti_arena *arena, const mirti_spec_node **root,
                                       mirti_error *err);

/* Reads a file within the limits above; `*text` is freed with mirti_free. */
mirti_status mirti_spec_document_load(const char *path, char **text, size_t *size,
                                      mirti_error *err);

#endif
