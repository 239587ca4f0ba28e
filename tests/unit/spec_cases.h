/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Expectation tables for spec files: a file that is right, one piece of it replaced, and what must
 * be said of it: where, and which words message and remedy hold. Include after cmocka.h.
 */
#ifndef MIRTI_TEST_SPEC_CASES_H
#define MIRTI_TEST_SPEC_CASES_H

#include <stdio.h>
#include <string.h>

#include "mirti/base.h"

typedef struct spec_case {
    const char *piece, *replacement; /* the first occurrence of `piece` is replaced */
    int line, column;                /* where the error must point to */
    const char *message, *remedy;    /* words that each must hold; "" = anything */
} spec_case;

/* Reads and frees. */
typedef mirti_status (*spec_parse_fn)(const char *text, size_t size, mirti_error *err);

static inline void check_spec_cases(const char *good, const char *path, spec_parse_fn parse,
                                    const spec_case *cases, int count) {
    int wrong = 0;
    for (int i = 0; i < count; i++) {
        const spec_case *c = &cases[i];
        char text[8192];
        const char *at = strstr(good, c->piece);
        if (at == NULL) fail_msg("case %d: '%s' is not in the file", i, c->piece);
        size_t size = (size_t)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good,
                                       c->replacement, at + strlen(c->piece));
        assert_true(size < sizeof text);
        mirti_error err = {0};
        mirti_status status = parse(text, size, &err);
        if (status == MIRTI_ERROR_INPUT && err.status == status && strcmp(err.file, path) == 0 &&
            err.line == c->line && err.column == c->column &&
            strstr(err.message, c->message) != NULL && strstr(err.remedy, c->remedy) != NULL)
            continue;
        char said[2000];
        mirti_error_format(&err, said, sizeof said);
        print_error(
            "case %d: '%s' for '%s'\n  expected %s:%d:%d: ...%s... / ...%s...\n  got      %s\n", i,
            c->replacement, c->piece, path, c->line, c->column, c->message, c->remedy,
            status == MIRTI_OK ? "no error" : said);
        wrong++;
        /* Nobody has to look at the error: it must be the same without one. */
        assert_int_equal(parse(text, size, NULL), status);
    }
    assert_int_equal(wrong, 0);
}

#endif
