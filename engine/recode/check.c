/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is this an expression at all? Asked when a model file is read, long before the data are: a
 * parenthesis that is not closed needs no census to be found.
 */
#include "syntax.h"

mirti_status mirti_expression_check(const char *text, const mirti_expression_origin *origin,
                                    mirti_error *err) {
    if (!text) return mirti_fail(err, MIRTI_ERROR_USAGE, "no expression was given");
    mirti_recode_source source = {.text = mirti_str_of(text)};
    if (origin) {
        source.file = origin->file;
        source.name = origin->name;
        source.line = origin->line;
        source.column = origin->column;
    }
    mirti_arena arena = {0};
    mirti_recode_ast *tree;
    mirti_status status = mirti_recode_parse(&source, &arena, &tree, err);
    mirti_arena_reset(&arena);
    return status;
}
