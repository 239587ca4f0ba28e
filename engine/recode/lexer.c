/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tokens of the expression language.
 *
 * Bytes of 0x80 and above belong to names, so that a column may be called `año`; but characters
 * that word processors put in the place of quotes, minus and comparison signs are recognised and
 * named in the message, because that is how many expressions arrive.
 */
#include "syntax.h"

#include <string.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool starts_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool mirti_recode_same_word(mirti_str a, const char *b) {
    for (size_t i = 0; i < a.size; i++)
        if (b[i] == '\0' || lower(a.data[i]) != lower(b[i])) return false;
    return b[a.size] == '\0';
}

bool mirti_recode_reserved(mirti_str word) {
    static const char *const words[] = {"AND",    "AS",    "BETWEEN", "CASE", "CAST", "ELSE", "END",
                                        "ESCAPE", "FALSE", "ILIKE",   "IN",   "IS",   "LIKE", "MAP",
                                        "NOT",    "NULL",  "OR",      "THEN", "TRUE", "WHEN"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (mirti_recode_same_word(word, words[i])) return true;
    return false;
}

/** Characters that look like something of the language and are not. */
static const struct lookalike {
    const char *utf8, *instead;
} lookalikes[] = {
    {"\xE2\x80\x98", "'"},
    {"\xE2\x80\x99", "'"},
    {"\xE2\x80\x9C", "' for text, \" for names"},
    {"\xE2\x80\x9D", "' for text, \" for names"},
    {"\xC2\xAB", "'"},
    {"\xC2\xBB", "'"},
    {"\xC2\xB4", "'"},
    {"\xE2\x89\xA4", "<="},
    {"\xE2\x89\xA5", ">="},
    {"\xE2\x89\xA0", "<>"},
    {"\xE2\x88\x92", "-"},
    {"\xE2\x80\x93", "-"},
    {"\xE2\x80\x94", "-"},
    {"\xC3\x97", "*"},
    {"\xC3\xB7", "/"},
    {"\xE2\x86\x92", "->"},
    {"\xE2\x80\xA6", ".."},
    {"\xC2\xA0", "an ordinary blank"},
};

static const struct lookalike *find_lookalike(const char *at) {
    for (size_t i = 0; i < sizeof lookalikes / sizeof *lookalikes; i++)
        if (strncmp(at, lookalikes[i].utf8, strlen(lookalikes[i].utf8)) == 0) return &lookalikes[i];
    return NULL;
}

/** Bytes of the character at `at`, for quoting it in a message; the source is valid UTF-8. */
static int character_size(const char *at) {
    unsigned char c = (unsigned char)*at;
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

static mirti_status fail_character(const mirti_recode_source *source, size_t at, mirti_error *err) {
    const char *c = source->text.data + at;
    const struct lookalike *look = find_lookalike(c);
    mirti_status status;
    if ((unsigned char)*c < ' ')
        status = mirti_recode_fail(err, source, at, "unexpected control character (code %d)", *c);
    else
        status =
            mirti_recode_fail(err, source, at, "unexpected character '%.*s'", character_size(c), c);
    if (look) mirti_fail_remedy(err, "write %s instead", look->instead);
    return status;
}

/** Content between quotes, a doubled quote standing for one. */
static mirti_status lex_quoted(const mirti_recode_source *source, mirti_arena *arena, size_t *at,
                               mirti_recode_token *token, mirti_error *err) {
    const char *text = source->text.data, quote = text[*at];
    size_t i = *at + 1;
    while (text[i] != '\0' && !(text[i] == quote && text[i + 1] != quote))
        i += text[i] == quote ? 2 : 1;
    if (text[i] == '\0') {
        mirti_status status = mirti_recode_fail(err, source, *at, "the %s is never closed",
                                                quote == '\'' ? "text" : "quoted name");
        mirti_fail_remedy(err, "end it with %c; a %c inside is written twice", quote, quote);
        return status;
    }
    char *copy = mirti_arena_new(arena, i - *at);
    if (!copy) return mirti_fail_memory(err, "an expression");
    size_t size = 0;
    for (size_t k = *at + 1; k < i; k++) {
        copy[size++] = text[k];
        if (text[k] == quote) k++;
    }
    copy[size] = '\0';
    token->kind = quote == '\'' ? TOKEN_TEXT : TOKEN_QUOTED;
    token->text = (mirti_str){copy, size};
    token->size = i + 1 - *at;
    *at = i + 1;
    if (token->kind == TOKEN_QUOTED && size == 0)
        return mirti_recode_fail(err, source, token->at, "a quoted name cannot be empty");
    return MIRTI_OK;
}

static mirti_status lex_number(const mirti_recode_source *source, size_t *at,
                               mirti_recode_token *token, mirti_error *err) {
    const char *text = source->text.data;
    size_t i = *at;
    while (is_digit(text[i]))
        i++;
    /* In `1..5` the dots belong to the range. */
    if (text[i] == '.' && text[i + 1] != '.')
        for (i++; is_digit(text[i]);)
            i++;
    if (text[i] == 'e' || text[i] == 'E') {
        size_t k = i + 1;
        if (text[k] == '+' || text[k] == '-') k++;
        if (is_digit(text[k]))
            for (i = k; is_digit(text[i]);)
                i++;
    }
    token->kind = TOKEN_NUMBER;
    token->size = i - *at;
    token->text = (mirti_str){text + *at, token->size};
    if (starts_name(text[i]) && !find_lookalike(text + i)) {
        mirti_status status = mirti_recode_fail(err, source, *at, "a number runs into a name");
        mirti_fail_remedy(err, "put a blank between them, or double quotes around a column's name "
                               "that starts with a digit");
        return status;
    }
    if (!mirti_number_parse(token->text, &token->number))
        return mirti_recode_fail(err, source, *at, "the number is out of range");
    *at = i;
    return MIRTI_OK;
}

/** Names may contain dots between name characters (`sch.wide`), but never two in a row. */
static void lex_name(const mirti_recode_source *source, size_t *at, mirti_recode_token *token) {
    const char *text = source->text.data;
    size_t i = *at;
    while (
        (starts_name(text[i]) && !((unsigned char)text[i] >= 0x80 && find_lookalike(text + i))) ||
        is_digit(text[i]) ||
        (text[i] == '.' && (starts_name(text[i + 1]) || is_digit(text[i + 1]))))
        i += (unsigned char)text[i] >= 0x80 ? (size_t)character_size(text + i) : 1;
    token->kind = TOKEN_NAME;
    token->size = i - *at;
    token->text = (mirti_str){text + *at, token->size};
    *at = i;
}

static const struct symbol {
    const char *spelling;
    mirti_recode_token_kind kind;
} symbols[] = {
    /* longer spellings first */
    {"||", TOKEN_CONCAT}, {"->", TOKEN_ARROW}, {"..", TOKEN_RANGE},  {"==", TOKEN_EQ},
    {"<>", TOKEN_NE},     {"!=", TOKEN_NE},    {"<=", TOKEN_LE},     {">=", TOKEN_GE},
    {"=", TOKEN_EQ},      {"<", TOKEN_LT},     {">", TOKEN_GT},      {"(", TOKEN_OPEN},
    {")", TOKEN_CLOSE},   {",", TOKEN_COMMA},  {"+", TOKEN_PLUS},    {"-", TOKEN_MINUS},
    {"*", TOKEN_STAR},    {"/", TOKEN_SLASH},  {"%", TOKEN_PERCENT}, {"|", TOKEN_BAR},
};

mirti_status mirti_recode_lex(const mirti_recode_source *source, mirti_arena *arena, size_t *at,
                              mirti_recode_token *token, mirti_error *err) {
    const char *text = source->text.data;
    for (;;) {
        while (is_blank(text[*at]))
            (*at)++;
        if (text[*at] != '/' || text[*at + 1] != '*') break;
        const char *end = strstr(text + *at + 2, "*/");
        if (!end) return mirti_recode_fail(err, source, *at, "the comment is never closed");
        *at = (size_t)(end - text) + 2;
    }
    *token = (mirti_recode_token){.kind = TOKEN_END, .at = *at};
    char c = text[*at];
    if (c == '\0') return MIRTI_OK;
    if (c == '\'' || c == '"') return lex_quoted(source, arena, at, token, err);
    if (is_digit(c) || (c == '.' && is_digit(text[*at + 1])))
        return lex_number(source, at, token, err);
    if (starts_name(c) && !find_lookalike(text + *at)) {
        lex_name(source, at, token);
        return MIRTI_OK;
    }
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        size_t size = strlen(symbols[i].spelling);
        if (strncmp(text + *at, symbols[i].spelling, size) != 0) continue;
        token->kind = symbols[i].kind;
        token->size = size;
        token->text = (mirti_str){text + *at, size};
        *at += size;
        return MIRTI_OK;
    }
    return fail_character(source, *at, err);
}
