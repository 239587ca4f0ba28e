/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions over a survey's rows beside the model's own: what indicators are made of. They are
 * compiled and evaluated together with the outcome and the predictors, on the rows that the filter
 * leaves, and kept row by row; what is unknown there stays unknown here. */
#include "sample.h"

#include <math.h>

mirti_status mirti_sample_extras_compile(mirti_sample *sample, mirti_scope *scope,
                                         mirti_expr **group, int *count, mirti_error *err) {
    for (int i = 0; i < sample->extras; i++) {
        mirti_sample_extra *extra = &sample->extra[i];
        mirti_expr *expr = NULL;
        MIRTI_TRY(mirti_expr_compile(scope, extra->text, extra->want, &extra->origin, &expr, err));
        extra->place = (*count)++;
        group[extra->place] = expr;
        extra->type = mirti_expr_type(expr);
        if (extra->type == MIRTI_TYPE_RAW) extra->type = MIRTI_TYPE_TEXT;
    }
    return MIRTI_OK;
}

mirti_status mirti_sample_extras_grow(mirti_sample *sample, int64_t room, mirti_error *err) {
    for (int i = 0; i < sample->extras; i++) {
        mirti_sample_extra *extra = &sample->extra[i];
        bool text = extra->type == MIRTI_TYPE_TEXT;
        void *grown =
            text ? (void *)mirti_resize(extra->code, (size_t)room, sizeof *extra->code)
                 : (void *)mirti_resize(extra->number, (size_t)room, sizeof *extra->number);
        if (!grown) return mirti_fail_memory(err, "the survey");
        if (text)
            extra->code = grown;
        else
            extra->number = grown;
    }
    return MIRTI_OK;
}

/* Texts of neighbours are often the same, and then kept once. */
static mirti_status keep(mirti_sample *sample, mirti_str text, const char *last, char **out,
                         mirti_error *err) {
    if (last && mirti_str_equal(mirti_str_of(last), text)) {
        *out = (char *)last;
        return MIRTI_OK;
    }
    *out = mirti_arena_copy(&sample->arena, text.data, text.size);
    return *out ? MIRTI_OK : mirti_fail_memory(err, "the survey");
}

static mirti_status fill(mirti_sample *sample, mirti_sample_extra *extra,
                         const mirti_column *column, const int64_t *row, int64_t selected,
                         int64_t first, mirti_error *err) {
    char *last = NULL;
    for (int64_t j = 0; j < selected; j++) {
        if (!column->valid[j]) continue;
        int64_t at = first + row[j];
        if (extra->type == MIRTI_TYPE_TEXT) {
            MIRTI_TRY(keep(sample, column->text[j], last, &extra->code[at], err));
            last = extra->code[at];
        } else {
            extra->number[at] =
                extra->type == MIRTI_TYPE_TRUTH ? column->truth[j] : column->number[j];
        }
    }
    return MIRTI_OK;
}

mirti_status mirti_sample_extras_fill(mirti_sample *sample, const mirti_column *chosen,
                                      const int64_t *row, int64_t selected, int64_t first,
                                      int64_t rows, mirti_error *err) {
    for (int k = 0; k < sample->extras; k++) {
        mirti_sample_extra *extra = &sample->extra[k];
        for (int64_t i = first; i < first + rows; i++) {
            if (extra->type == MIRTI_TYPE_TEXT)
                extra->code[i] = NULL;
            else
                extra->number[i] = NAN;
        }
        MIRTI_TRY(fill(sample, extra, &chosen[extra->place], row, selected, first, err));
    }
    return MIRTI_OK;
}

void mirti_sample_extras_free(mirti_sample *sample) {
    for (int i = 0; i < sample->extras; i++) {
        mirti_free(sample->extra[i].number);
        mirti_free(sample->extra[i].code);
    }
    mirti_free(sample->extra);
}

mirti_status mirti_sample_extras_copy(mirti_sample *sample, const mirti_sample_options *options,
                                      mirti_error *err) {
    const mirti_sample_extra *extra = options->extra;
    sample->extra = mirti_new((size_t)options->extras, sizeof *sample->extra);
    if (!sample->extra) return mirti_fail_memory(err, "the survey");
    for (int i = 0; i < options->extras; i++)
        sample->extra[i] = (mirti_sample_extra){
            .text = extra[i].text, .origin = extra[i].origin, .want = extra[i].want};
    sample->extras = options->extras;
    return MIRTI_OK;
}
