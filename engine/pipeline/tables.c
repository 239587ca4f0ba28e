/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Joins to a source the tables that its block of the model asks for: the model knows keys and
 * conditions, the project the files. Conditions are expressions over the other table; they are
 * compiled here and live as long as the source.
 */
#include "run.h"

#include <string.h>

/* A condition on rows of another table. */
typedef struct condition {
    mirti_scope *scope;
    mirti_expr *expr;
    mirti_arena arena;
    int columns;
    const char **column; /* [columns] names of those it reads, in names */
    mirti_arena names;
} condition;

static void free_condition(void *context) {
    condition *c = context;
    if (!c) return;
    mirti_expr_free(c->expr);
    mirti_scope_free(c->scope);
    mirti_arena_reset(&c->arena);
    mirti_arena_reset(&c->names);
    mirti_free(c);
}

/* What is not known to be true does not count. */
static mirti_status apply(const mirti_batch *batch, uint8_t *keep, void *context,
                          mirti_error *err) {
    condition *c = context;
    mirti_column truth;
    mirti_arena_rewind(&c->arena);
    MIRTI_TRY(mirti_expr_eval(c->expr, batch, &c->arena, &truth, NULL, err));
    for (int64_t i = 0; i < batch->rows; i++)
        keep[i] = truth.valid[i] & truth.truth[i];
    return MIRTI_OK;
}

/* The names of the columns that the condition reads: indices may change, names do not. */
static mirti_status name_columns(condition *c, const mirti_field *field, int fields,
                                 mirti_error *err) {
    c->column = mirti_arena_new(&c->names, (size_t)fields * sizeof *c->column);
    if (!c->column) return mirti_fail_memory(err, "a condition");
    for (int i = 0; i < fields; i++) {
        if (!mirti_expr_uses(c->expr, i)) continue;
        c->column[c->columns] = mirti_arena_copy(&c->names, field[i].name, strlen(field[i].name));
        if (!c->column[c->columns++]) return mirti_fail_memory(err, "a condition");
    }
    return MIRTI_OK;
}

static mirti_status compile(const mirti_run *run, const mirti_table_value *value,
                            const mirti_source *other, condition **out, mirti_error *err) {
    const mirti_expression_origin origin = {.file = run->spec->path,
                                            .line = value->where.place.line,
                                            .column = value->where.place.column,
                                            .name = value->name};
    int fields = 0;
    const mirti_field *field = mirti_source_fields(other, &fields);
    condition *c = mirti_new(1, sizeof *c);
    if (!c) return mirti_fail_memory(err, "a condition");
    mirti_status status = mirti_scope_new(field, fields, &c->scope, err);
    if (status == MIRTI_OK)
        status = mirti_expr_compile(c->scope, value->where.text, MIRTI_TYPE_TRUTH, &origin,
                                    &c->expr, err);
    if (status == MIRTI_OK) status = name_columns(c, field, fields, err);
    if (status == MIRTI_OK) {
        *out = c;
    } else {
        free_condition(c);
    }
    return status;
}

static mirti_status describe_values(const mirti_run *run, const mirti_table_rule *rule,
                                    const mirti_source_options *options, mirti_join_value *value,
                                    mirti_error *err) {
    mirti_source *other = NULL;
    MIRTI_TRY(mirti_source_open(options, &other, err));
    mirti_status status = MIRTI_OK;
    for (int i = 0; status == MIRTI_OK && i < rule->values; i++) {
        const mirti_table_value *from = &rule->value[i];
        value[i] = (mirti_join_value){.name = from->name, .how = from->how, .column = from->column};
        condition *c = NULL;
        if (from->where.text) status = compile(run, from, other, &c, err);
        if (!c) continue;
        value[i].where = apply;
        value[i].where_context = c;
        value[i].where_free = free_condition;
        value[i].where_column = c->column;
        value[i].where_columns = c->columns;
    }
    mirti_source_close(other);
    return status;
}

/* The widths of the key's columns, where the source declares them as codes. */
static void find_widths(const mirti_source_block *block, const mirti_table_rule *rule, int *width) {
    for (int i = 0; i < rule->keys; i++)
        for (int k = 0; k < block->code_columns; k++)
            if (strcmp(block->code_column[k].column, rule->key[i]) == 0)
                width[i] = block->code_column[k].width;
}

static mirti_status join_table(const mirti_run *run, const mirti_source_block *block,
                               const mirti_table_rule *rule, const mirti_source_options *options,
                               mirti_source *source, mirti_error *err) {
    mirti_join_value *value = mirti_new((size_t)rule->values, sizeof *value);
    int *width = mirti_new((size_t)rule->keys, sizeof *width);
    mirti_status status =
        value && width ? MIRTI_OK : mirti_fail_memory(err, "a table to be joined");
    if (status == MIRTI_OK && rule->values > 0)
        status = describe_values(run, rule, options, value, err);
    if (status == MIRTI_OK) {
        find_widths(block, rule, width);
        const mirti_join_options join = {
            .name = rule->name,
            .other = options,
            .keys = rule->keys,
            .key = (const char *const *)rule->key,
            .other_key = rule->other_keys > 0 ? (const char *const *)rule->other_key : NULL,
            .key_width = width,
            .value = value,
            .values = rule->values};
        status = mirti_source_join(source, &join, err);
    }
    for (int i = 0; status != MIRTI_OK && value && i < rule->values; i++)
        free_condition(value[i].where_context); /* else the source has them */
    mirti_free(value);
    mirti_free(width);
    return status;
}

static const mirti_input_table *find_table(const mirti_input *input, const char *name) {
    for (int i = 0; i < input->tables; i++)
        if (strcmp(input->table[i].name, name) == 0) return &input->table[i];
    return NULL;
}

mirti_status mirti_run_join_tables(const mirti_run *run, const mirti_input *input,
                                   mirti_source *source, mirti_error *err) {
    int index = mirti_model_spec_source(run->spec, input->source);
    const mirti_source_block *block = index >= 0 ? &run->spec->source[index] : NULL;
    for (int i = 0; block && i < block->tables; i++) {
        const mirti_table_rule *rule = &block->table[i];
        const mirti_input_table *table = find_table(input, rule->name);
        if (!table) {
            mirti_fail(err, MIRTI_ERROR_INPUT, "source '%s' joins table '%s', which has no file",
                       block->name, rule->name);
            mirti_fail_at(err, run->project->path, input->source_place.line,
                          input->source_place.column, NULL, NULL);
            mirti_fail_remedy(err, "Name it here, as in tables: {%s: FILE}.", rule->name);
            return MIRTI_ERROR_INPUT;
        }
        const mirti_input file = {.path = table->path, .place = table->place};
        char *path = NULL;
        MIRTI_TRY(mirti_project_input_path(run->project, run->options.data, &file, &path, err));
        const mirti_source_options options = {.path = path, .encoding = input->encoding};
        mirti_status status = join_table(run, block, rule, &options, source, err);
        mirti_free(path);
        MIRTI_TRY(status);
    }
    return MIRTI_OK;
}
