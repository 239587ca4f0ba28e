/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every reader of a source block begins with – the scope its expressions are compiled in – and
 * what it ends with: the count of rows read, used, outside and dropped, by reason. */
#include "ledger.h"

#include <stdio.h>
#include <string.h>

/* An expression of the household block; `name` is its key in the model file. */
static mirti_household_expression household_part(const mirti_model_spec *spec, const char *name,
                                                 const mirti_expression_text *text) {
    return (mirti_household_expression){text->text,
                                        {spec->path, text->place.line, text->place.column, name}};
}

static mirti_status declare_household(const mirti_model_spec *spec, const mirti_source_block *block,
                                      mirti_scope *scope, mirti_error *err) {
    const mirti_household_rule *rule = &block->household;
    if (!rule->key.text) return MIRTI_OK;
    const mirti_household household = {
        .key = household_part(spec, "key", &rule->key),
        .relationship = household_part(spec, "relationship", &rule->relationship),
        .heads = rule->heads,
        .head = rule->head,
        .spouses = rule->spouses,
        .spouse = rule->spouse,
        .person = household_part(spec, "person", &rule->person),
        .mother = household_part(spec, "mother", &rule->mother),
        .father = household_part(spec, "father", &rule->father),
    };
    return mirti_scope_household(scope, &household, err);
}

mirti_status mirti_source_block_scope(const mirti_model_spec *spec, const mirti_source_block *block,
                                      const mirti_field *field, int fields, mirti_scope **out,
                                      mirti_error *err) {
    *out = NULL;
    mirti_scope *scope = NULL;
    mirti_status status;
    MIRTI_TRY_GOTO(status, mirti_scope_new(field, fields, &scope, err), fail);
    for (int i = 0; i < block->missing_rules; i++) {
        const mirti_missing_rule *rule = &block->missing[i];
        status = mirti_scope_missing(scope, rule->column, rule->code, rule->codes, err);
        if (status != MIRTI_OK) {
            mirti_fail_at(err, spec->path, rule->place.line, rule->place.column, rule->column,
                          NULL);
            goto fail;
        }
    }
    for (int i = 0; i < block->helpers; i++) {
        const mirti_named_expression *helper = &block->helper[i];
        const mirti_place *place = &helper->expression.place;
        const mirti_expression_origin origin = {spec->path, place->line, place->column,
                                                helper->name};
        MIRTI_TRY_GOTO(
            status, mirti_scope_define(scope, helper->name, helper->expression.text, &origin, err),
            fail);
    }
    MIRTI_TRY_GOTO(status, declare_household(spec, block, scope, err), fail);
    *out = scope;
    return MIRTI_OK;
fail:
    mirti_scope_free(scope);
    return status;
}

/* Counts `rows` under `text`; what comes when the list is full is counted under its last entry. */
static void tally(mirti_drop_reason *list, int room, int *used, const char *text, const char *file,
                  int64_t row, mirti_str value, int64_t rows) {
    int r = 0;
    while (r < *used && strcmp(list[r].text, text) != 0)
        r++;
    if (r == room) {
        r = room - 1; /* more kinds of dirt than anybody reads: the last gathers them */
    } else if (r == *used) {
        mirti_drop_reason *reason = &list[(*used)++];
        if (r == room - 1)
            mirti_reason_text(MIRTI_REASON_OTHER, NULL, reason->text);
        else
            snprintf(reason->text, sizeof reason->text, "%s", text);
        const char *folder = file ? strrchr(file, '/') : NULL;
        snprintf(reason->first_file, sizeof reason->first_file, "%s",
                 folder ? folder + 1
                 : file ? file
                        : "");
        reason->first_row = row;
        size_t limit = sizeof reason->first_value - 1;
        size_t size = value.size < limit ? value.size : limit;
        size_t bad_at; /* a text cut within a character ends before it */
        if (size > 0 && !mirti_utf8_valid((mirti_str){value.data, size}, &bad_at)) size = bad_at;
        if (size > 0) memcpy(reason->first_value, value.data, size);
        reason->first_value[size] = '\0';
    }
    list[r].rows += rows;
}

void mirti_census_drop_rows(mirti_row_count *count, const char *text, int64_t rows) {
    enum { ROOM = sizeof count->reason / sizeof count->reason[0] };
    tally(count->reason, ROOM, &count->reasons, text, NULL, 0, (mirti_str){0}, rows);
}

void mirti_row_count_drop(mirti_row_count *count, mirti_reason reason, const char *name,
                          const char *file, int64_t row, mirti_str value) {
    enum { ROOM = sizeof count->reason / sizeof count->reason[0] };
    char text[MIRTI_REASON_TEXT];
    mirti_reason_text(reason, name, text);
    tally(count->reason, ROOM, &count->reasons, text, file, row, value, 1);
    count->dropped++;
}

void mirti_row_count_note(mirti_row_count *count, mirti_reason reason, const char *name,
                          const char *file, int64_t row, mirti_str value) {
    enum { ROOM = sizeof count->note / sizeof count->note[0] };
    char text[MIRTI_REASON_TEXT];
    mirti_reason_text(reason, name, text);
    tally(count->note, ROOM, &count->notes, text, file, row, value, 1);
}

void mirti_census_count_rows(mirti_row_count *into, const mirti_row_count *from) {
    enum {
        REASONS = sizeof into->reason / sizeof into->reason[0],
        NOTES = sizeof into->note / sizeof into->note[0]
    };
    into->read += from->read;
    into->used += from->used;
    into->outside += from->outside;
    into->dropped += from->dropped;
    for (int i = 0; i < from->reasons; i++)
        tally(into->reason, REASONS, &into->reasons, from->reason[i].text,
              from->reason[i].first_file, from->reason[i].first_row,
              mirti_str_of(from->reason[i].first_value), from->reason[i].rows);
    for (int i = 0; i < from->notes; i++)
        tally(into->note, NOTES, &into->notes, from->note[i].text, from->note[i].first_file,
              from->note[i].first_row, mirti_str_of(from->note[i].first_value), from->note[i].rows);
}
