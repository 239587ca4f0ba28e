/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tables that belong to a source: surveys come as persons, dwellings, jobs. A model file says by
 * which key their rows belong together and what is made of many rows; the project says which files
 * they are.
 */
#include <string.h>

#include "model.h"

static const char *const reductions[] = {
    [MIRTI_REDUCE_EXISTS] = "exists", [MIRTI_REDUCE_COUNT] = "count", [MIRTI_REDUCE_SUM] = "sum",
    [MIRTI_REDUCE_MIN] = "min",       [MIRTI_REDUCE_MAX] = "max",     NULL};

#define VALUE(member) offsetof(mirti_table_value, member)
static const mirti_spec_key value_keys[] = {
    {.name = "how",
     .type = MIRTI_KEY_CHOICE,
     .required = true,
     .choices = reductions,
     .at = VALUE(how),
     .meaning = "exists, count, sum, min or max"},
    {.name = "column",
     .type = MIRTI_KEY_TEXT,
     .at = VALUE(column),
     .meaning = "the column of the other table whose numbers are summed or compared"},
    {.name = "where",
     .type = MIRTI_KEY_EXPRESSION,
     .at = VALUE(where),
     .meaning = "which rows of the other table count"},
};
MIRTI_SPEC_TABLE(mirti_spec_table_value_table, "a value of a joined table", value_keys);

static mirti_status read_values(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_table_rule *rule = object;
    MIRTI_TRY(mirti_spec_map(r, node, "values"));
    rule->value = mirti_spec_new(r, (size_t)node->count, sizeof *rule->value);
    if (rule->value == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        mirti_table_value *value = &rule->value[rule->values++];
        MIRTI_TRY(mirti_spec_check_identifier(r, e->key, "column"));
        MIRTI_TRY(mirti_spec_text(r, e->key, "values", &value->name));
        MIRTI_TRY(mirti_spec_read_keys(r, &mirti_spec_table_value_table, e->value, value));
        value->place = e->key->place;
        bool needed = value->how != MIRTI_REDUCE_EXISTS && value->how != MIRTI_REDUCE_COUNT;
        if (needed == (value->column != NULL)) continue;
        mirti_spec_fail(r, e->key->place,
                        needed ? "of which column is '%s' the %s?"
                               : "'%s' counts rows (%s), and no column has a part in that",
                        value->name, reductions[value->how]);
        mirti_fail_remedy(r->err, needed ? "Add 'column:'." : "Leave 'column' out.");
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}

#define RULE(member) offsetof(mirti_table_rule, member)
static const mirti_spec_key table_keys[] = {
    {.name = "key",
     .type = MIRTI_KEY_TEXTS,
     .required = true,
     .at = RULE(key),
     .count_at = RULE(keys),
     .meaning = "the columns by which rows belong together"},
    {.name = "other_key",
     .type = MIRTI_KEY_TEXTS,
     .at = RULE(other_key),
     .count_at = RULE(other_keys),
     .meaning = "what these columns are called in the other table"},
    {.name = "values",
     .type = MIRTI_KEY_OWN,
     .read = read_values,
     .meaning = "the columns to be made of many rows"},
};
MIRTI_SPEC_TABLE(mirti_spec_joined_table, "a table of a source", table_keys);

mirti_status mirti_spec_read_tables(mirti_spec_reader *r, const mirti_spec_node *node,
                                    void *object) {
    mirti_source_block *source = object;
    MIRTI_TRY(mirti_spec_map(r, node, "tables"));
    source->table = mirti_spec_new(r, (size_t)node->count, sizeof *source->table);
    if (source->table == NULL) return mirti_spec_fail_memory(r);
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next) {
        mirti_table_rule *rule = &source->table[source->tables++];
        MIRTI_TRY(mirti_spec_name(r, e->key, "tables", &rule->name));
        MIRTI_TRY(mirti_spec_map(r, e->value, rule->name));
        MIRTI_TRY(mirti_spec_read_keys(r, &mirti_spec_joined_table, e->value, rule));
        rule->place = e->key->place;
        if (rule->other_keys == 0 || rule->other_keys == rule->keys) continue;
        return mirti_spec_fail(r, mirti_spec_key_place(e->value, "other_key"),
                               "'other_key' names %d columns and 'key' %d", rule->other_keys,
                               rule->keys);
    }
    return MIRTI_OK;
}
