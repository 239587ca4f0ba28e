/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Single values of a spec file: texts, names, texts in several languages, expressions, numbers,
 * choices. Every scalar of the tree is text; here it is read as what its key asks for, or refused
 * with its place, its value and what would be right.
 */
#include <string.h>

#include "keys.h"
#include "mirti/recode.h"

/* As mirti_spec_fail, with key and value beside the message. */
static mirti_status fail_value(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                               const char *message) {
    mirti_spec_fail(r, node->text_place, "%s", message);
    mirti_fail_at(r->err, NULL, 0, 0, what, node->text);
    return MIRTI_ERROR_INPUT;
}

static mirti_status expect_text(mirti_spec_reader *r, const mirti_spec_node *node,
                                const char *what) {
    if (node->kind == MIRTI_NODE_TEXT) {
        if (node->text[strspn(node->text, " \t\r\n")] != '\0') return MIRTI_OK;
        return mirti_spec_fail(r, node->place, "'%.80s' has no value", what);
    }
    return mirti_spec_fail(r, node->place, "'%.80s' is a single value, but here is a %s", what,
                           node->kind == MIRTI_NODE_LIST ? "list" : "block of keys");
}

mirti_status mirti_spec_map(mirti_spec_reader *r, const mirti_spec_node *node, const char *what) {
    if (node->kind != MIRTI_NODE_MAP) {
        mirti_spec_fail(r, node->place, "'%.80s' is a block of keys, but here is %s", what,
                        node->kind == MIRTI_NODE_LIST ? "a list" : "a single value");
        mirti_fail_remedy(r->err, "Write 'key: value' below it, one per line, indented.");
        return MIRTI_ERROR_INPUT;
    }
    if (node->count == 0) return mirti_spec_fail(r, node->place, "'%.80s' is empty", what);
    return MIRTI_OK;
}

mirti_status mirti_spec_list(mirti_spec_reader *r, const mirti_spec_node *node, const char *what) {
    if (node->kind != MIRTI_NODE_LIST) {
        mirti_spec_fail(r, node->place, "'%.80s' is a list, but here is a %s", what,
                        node->kind == MIRTI_NODE_MAP ? "block of keys" : "single value");
        mirti_fail_remedy(r->err, "Write [one, two], or one '- item' per line.");
        return MIRTI_ERROR_INPUT;
    }
    if (node->count == 0) return mirti_spec_fail(r, node->place, "'%.80s' is empty", what);
    return MIRTI_OK;
}

mirti_status mirti_spec_text(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                             char **out) {
    MIRTI_TRY(expect_text(r, node, what));
    size_t size = strlen(node->text);
    while (size > 0 && strchr(" \t\r\n", node->text[size - 1]) != NULL)
        size--; /* a block text ends with a line break */
    *out = mirti_arena_copy(r->arena, node->text, size);
    return *out != NULL ? MIRTI_OK : mirti_spec_fail_memory(r);
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool mirti_spec_is_identifier(const char *name) {
    if (!is_letter(name[0])) return false;
    for (const char *p = name; *p != '\0'; p++)
        if (!is_letter(*p) && !is_digit(*p)) return false;
    return strlen(name) <= 64;
}

mirti_status mirti_spec_name(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                             char **out) {
    MIRTI_TRY(mirti_spec_text(r, node, what, out));
    const char *name = *out;
    bool good = strlen(name) <= 64 && (is_letter(name[0]) || is_digit(name[0]));
    for (const char *p = name; *p != '\0'; p++)
        if (!is_letter(*p) && !is_digit(*p) && *p != '-') good = false;
    if (good) return MIRTI_OK;
    fail_value(r, node, what,
               "a name has letters without accents, digits, '_' and '-', at most 64");
    mirti_fail_remedy(r->err, "What people read goes under 'title' or 'label'.");
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_spec_texts(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                              char ***out, int *count) {
    int members = node->kind == MIRTI_NODE_TEXT ? 1 : node->count;
    if (node->kind != MIRTI_NODE_TEXT) MIRTI_TRY(mirti_spec_list(r, node, what));
    char **texts = mirti_spec_new(r, (size_t)members, sizeof *texts);
    if (texts == NULL) return mirti_spec_fail_memory(r);
    if (node->kind == MIRTI_NODE_TEXT) {
        MIRTI_TRY(mirti_spec_text(r, node, what, &texts[0]));
    } else {
        int i = 0;
        for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next, i++) {
            MIRTI_TRY(mirti_spec_text(r, e->value, what, &texts[i]));
            for (int j = 0; j < i; j++)
                if (strcmp(texts[i], texts[j]) == 0)
                    return mirti_spec_fail(r, e->value->text_place, "'%.80s' is in '%s' twice",
                                           texts[i], what);
        }
    }
    *out = texts;
    *count = members;
    return MIRTI_OK;
}

/* A language as BCP 47 writes the simple cases: es, en, pt-BR. */
static bool is_language(const char *text) {
    size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    if (letters < 2 || letters > 3) return false;
    if (text[letters] == '\0') return true;
    if (text[letters] != '-') return false;
    size_t rest = strlen(text + letters + 1);
    return rest >= 2 && rest <= 8 &&
           strspn(text + letters + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789") == rest;
}

mirti_status mirti_spec_localized(mirti_spec_reader *r, const mirti_spec_node *node,
                                  const char *what, mirti_localized *out) {
    bool plain = node->kind == MIRTI_NODE_TEXT;
    if (!plain) MIRTI_TRY(mirti_spec_map(r, node, what));
    size_t count = plain ? 1 : (size_t)node->count;
    out->language = mirti_spec_new(r, count, sizeof *out->language);
    out->text = mirti_spec_new(r, count, sizeof *out->text);
    if (out->language == NULL || out->text == NULL) return mirti_spec_fail_memory(r);
    if (plain) {
        out->language[0] = mirti_arena_copy(r->arena, "", 0);
        if (out->language[0] == NULL) return mirti_spec_fail_memory(r);
        MIRTI_TRY(mirti_spec_text(r, node, what, &out->text[0]));
    } else {
        int i = 0;
        for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next, i++) {
            if (!is_language(e->key->text)) {
                mirti_spec_fail(r, e->key->place, "'%.80s' is not a language", e->key->text);
                mirti_fail_remedy(r->err,
                                  "Write '%s: text', or one text per language: {es: ..., en: ...}; "
                                  "there, a text with a comma must be in quotes.",
                                  what);
                return MIRTI_ERROR_INPUT;
            }
            MIRTI_TRY(mirti_spec_text(r, e->key, what, &out->language[i]));
            MIRTI_TRY(mirti_spec_text(r, e->value, e->key->text, &out->text[i]));
        }
    }
    out->count = (int)count;
    return MIRTI_OK;
}

mirti_status mirti_spec_expression(mirti_spec_reader *r, const mirti_spec_node *node,
                                   const char *what, mirti_expression_text *out) {
    if (node->kind != MIRTI_NODE_TEXT) {
        mirti_spec_fail(r, node->place, "'%.80s' is an expression, but here is a %s", what,
                        node->kind == MIRTI_NODE_LIST ? "list" : "block of keys");
        mirti_fail_remedy(r->err, "If the expression has brackets or a colon, put all of it in "
                                  "double quotes.");
        return MIRTI_ERROR_INPUT;
    }
    mirti_spec_node as_written = *node;
    if (node->source != NULL) as_written.text = node->source;
    MIRTI_TRY(mirti_spec_text(r, &as_written, what, &out->text));
    out->place = node->text_place;
    /* The text begins where its first character does, whatever blanks stand before it in quotes. */
    size_t blanks = strspn(out->text, " ");
    out->text += blanks;
    out->place.column += (int64_t)blanks;
    mirti_expression_origin origin = {r->path, out->place.line, out->place.column, what};
    return mirti_expression_check(out->text, &origin, r->err);
}

mirti_status mirti_spec_integer(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                                int64_t low, int64_t high, int64_t *out) {
    MIRTI_TRY(expect_text(r, node, what));
    bool whole = mirti_integer_parse(mirti_str_of(node->text), out);
    if (whole && *out >= low && *out <= high) return MIRTI_OK;
    mirti_spec_fail(r, node->text_place, "must be a whole number from %lld to %lld", (long long)low,
                    (long long)high);
    mirti_fail_at(r->err, NULL, 0, 0, what, node->text);
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_spec_number(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                               double low, double high, double *out) {
    MIRTI_TRY(expect_text(r, node, what));
    bool number = mirti_number_parse(mirti_str_of(node->text), out);
    if (number && *out >= low && *out <= high) return MIRTI_OK;
    mirti_text message = {0};
    mirti_text_puts(&message, "must be a number from ");
    mirti_text_number(&message, low);
    mirti_text_puts(&message, " to ");
    mirti_text_number(&message, high);
    mirti_status status =
        message.failed ? mirti_spec_fail_memory(r) : fail_value(r, node, what, message.data);
    mirti_text_reset(&message);
    if (status == MIRTI_ERROR_INPUT && !number && strchr(node->text, ',') != NULL)
        mirti_fail_remedy(r->err, "Decimals are written with a point: 0.95.");
    return status;
}

mirti_status mirti_spec_choice(mirti_spec_reader *r, const mirti_spec_node *node, const char *what,
                               const char *const *choices, int *out) {
    MIRTI_TRY(expect_text(r, node, what));
    int count = 0;
    while (choices[count] != NULL) {
        if (strcmp(node->text, choices[count]) == 0) {
            *out = count;
            return MIRTI_OK;
        }
        count++;
    }
    mirti_text message = {0};
    mirti_text_puts(&message, "must be ");
    for (int i = 0; i < count; i++)
        mirti_text_printf(&message, "%s%s", i == 0 ? "" : (i == count - 1 ? " or " : ", "),
                          choices[i]);
    mirti_status status =
        message.failed ? mirti_spec_fail_memory(r) : fail_value(r, node, what, message.data);
    mirti_text_reset(&message);
    int nearest = mirti_spec_nearest(node->text, choices, count);
    if (status == MIRTI_ERROR_INPUT && nearest >= 0)
        mirti_fail_remedy(r->err, "Did you mean '%s'?", choices[nearest]);
    return status;
}

const char *mirti_localized_get(const mirti_localized *text, const char *language,
                                const char *fallback) {
    const char *plain = NULL;
    const char *english = NULL;
    if (text == NULL || text->count == 0) return fallback;
    for (int i = 0; i < text->count; i++) {
        if (language != NULL && strcmp(text->language[i], language) == 0) return text->text[i];
        if (text->language[i][0] == '\0') plain = text->text[i];
        if (strcmp(text->language[i], "en") == 0) english = text->text[i];
    }
    if (plain != NULL) return plain;
    return english != NULL ? english : text->text[0];
}
