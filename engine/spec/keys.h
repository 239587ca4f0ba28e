/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which keys a block of a spec file may have, as tables: name, type, whether required, range, where
 * the value goes, and one sentence for people. One function reads any block by its table; the same
 * tables tell the tests what the reference documentation must mention. See keys.c.
 */
#ifndef MIRTI_SPEC_KEYS_H
#define MIRTI_SPEC_KEYS_H

#include "document.h"

/* What is being read, and where results and errors go. */
typedef struct mirti_spec_reader {
    const char *path;
    mirti_arena *arena; /* of the result; the tree lives there too, so texts are not copied */
    mirti_error *err;
    mirti_model_spec *model;     /* model files */
    mirti_source_block *source;  /* the source block that is being read */
    const mirti_spec_node *root; /* of the whole file */
} mirti_spec_reader;

typedef enum mirti_spec_type {
    MIRTI_KEY_TEXT,  /* char *: not empty */
    MIRTI_KEY_NAME,  /* char *: letters, digits, '_' and, inside, '-' */
    MIRTI_KEY_TEXTS, /* char **, and the count in an int at `count_at`: a list, or a single text */
    MIRTI_KEY_LOCALIZED,  /* mirti_localized: a text, or one per language */
    MIRTI_KEY_EXPRESSION, /* mirti_expression_text */
    MIRTI_KEY_FLAG,       /* bool */
    MIRTI_KEY_INTEGER,    /* int within [low, high] */
    MIRTI_KEY_WHOLE,      /* uint64_t within [low, high] */
    MIRTI_KEY_NUMBER,     /* double within [low, high] */
    MIRTI_KEY_CHOICE,     /* an enum: the index of the name in `choices` */
    MIRTI_KEY_OWN         /* whatever `read` makes of it */
} mirti_spec_type;

typedef struct mirti_spec_key {
    const char *name;
    mirti_spec_type type;
    bool required;
    size_t at;       /* offset of the member in the object */
    size_t count_at; /* TEXTS: offset of the count */
    double low, high;
    const char *const *choices; /* CHOICE: names, NULL at the end */
    mirti_status (*read)(mirti_spec_reader *r, const mirti_spec_node *value, void *object);
    const char *meaning; /* one sentence, shown where the key is missing */
} mirti_spec_key;

typedef struct mirti_spec_table {
    const char *block; /* what the block is, after "of": "a model file", "a predictor" */
    const mirti_spec_key *key;
    int count;
} mirti_spec_table;

#define MIRTI_SPEC_TABLE(name, text, keys)                                                         \
    const mirti_spec_table name = {                                                                \
        .block = (text), .key = (keys), .count = (int)(sizeof(keys) / sizeof((keys)[0]))}

/* Reads a map by its table into `object`. All keys are checked first, in the order of the file;
 * then they are read in the order of the table, so that a key may rely on those above it. */
mirti_status mirti_spec_read_keys(mirti_spec_reader *r, const mirti_spec_table *table,
                                  const mirti_spec_node *map, void *object);
/* The value of a key, NULL when the map has it not; `key_place` may be NULL. */
const mirti_spec_node *mirti_spec_get(const mirti_spec_node *map, const char *key);
/* The place of a key, or of the map when it has it not. */
mirti_place mirti_spec_key_place(const mirti_spec_node *map, const char *key);

/* Fills the error with a message and a place; returns MIRTI_ERROR_INPUT. */
mirti_status mirti_spec_fail(mirti_spec_reader *r, mirti_place at, const char *format, ...)
    MIRTI_PRINTF(3, 4);
mirti_status mirti_spec_fail_memory(mirti_spec_reader *r);
/* Adds to the error what could have been meant: the nearest of `names`, else all of them. */
void mirti_spec_suggest(mirti_spec_reader *r, const char *written, const char *const *names,
                        int count);

/* Zeroed memory that lives as long as the result. */
void *mirti_spec_new(mirti_spec_reader *r, size_t count, size_t size);

/* Readers of single values; `what` names the value in messages. */
mirti_status mirti_spec_text(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                             char **out);
mirti_status mirti_spec_name(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                             char **out);
mirti_status mirti_spec_texts(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                              char ***out, int *count);
mirti_status mirti_spec_localized(mirti_spec_reader *r, const mirti_spec_node *node,
                                  const char *what, mirti_localized *out);
mirti_status mirti_spec_expression(mirti_spec_reader *r, const mirti_spec_node *node,
                                   const char *what, mirti_expression_text *out);
mirti_status mirti_spec_integer(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                                int64_t low, int64_t high, int64_t *out);
mirti_status mirti_spec_number(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                               double low, double high, double *out);
/* false, true, no or yes. */
mirti_status mirti_spec_flag(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                             bool *out);
mirti_status mirti_spec_choice(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                               const char *const *choices, int *out);
/* The node must be a map (or a list) with at least one member. */
mirti_status mirti_spec_map(mirti_spec_reader *r, const mirti_spec_node *node, const char *what);
mirti_status mirti_spec_list(mirti_spec_reader *r, const mirti_spec_node *node, const char *what);
/* An identifier of the expression language: letters, digits, '_', no digit first. */
bool mirti_spec_is_identifier(const char *name);
/* The first key says what the file is and for which version of the format it was written. */
mirti_status mirti_spec_check_header(mirti_spec_reader *r, const char *header, const char *other,
                                     const char *other_what);

/* `variance:` of a project's survey. */
mirti_status mirti_spec_read_variance(mirti_spec_reader *r, const mirti_spec_node *node,
                                      mirti_variance_choice *variance);
extern const mirti_spec_table mirti_spec_variance_table;

/* Edit distance of two texts in bytes, ignoring ASCII case; a swap of neighbours counts one. */
size_t mirti_spec_distance(const char *a, const char *b);
/* Index of the name that `written` was most likely meant to be, −1 when none is near. */
int mirti_spec_nearest(const char *written, const char *const *names, int count);

/* Every table there is, for the test of the documentation. */
const mirti_spec_table *const *mirti_spec_model_tables(int *count);
const mirti_spec_table *const *mirti_spec_index_tables(int *count);
const mirti_spec_table *const *mirti_spec_project_tables(int *count);

#endif
