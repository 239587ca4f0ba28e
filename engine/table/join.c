/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Another table joined to a source: its columns become columns of the source. Surveys come as
 * several tables (persons, dwellings, jobs); a key of one or several columns says what belongs
 * together.
 */
#include <string.h>

#include "join.h"

/* ---------------------------------------------------------------------------------------- keys -- */

static bool only_digits(mirti_str text) {
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9') return false;
    return text.size > 0;
}

bool mirti_join_key(const mirti_batch *batch, int64_t row, const int *column, const int *width,
                    int keys, mirti_text *out) {
    bool whole = true;
    for (int i = 0; i < keys; i++) {
        const mirti_column *part = &batch->column[column[i]];
        mirti_str text = mirti_str_trim(part->text[row]);
        if (!part->valid[row] || text.size == 0) whole = false;
        if (i > 0) mirti_text_add(out, "\x1f", 1);
        if (width[i] > 0 && only_digits(text))
            for (size_t k = text.size; k < (size_t)width[i]; k++)
                mirti_text_add(out, "0", 1);
        mirti_text_add(out, text.data, text.size);
    }
    return whole;
}

void mirti_join_note(mirti_join_count *count, int64_t row, const char *file, mirti_str key) {
    if (count->count < 0) return; /* not known any more */
    if (count->count++ > 0) return;
    count->row = row;
    snprintf(count->file, sizeof count->file, "%s", file != NULL ? file : "");
    size_t size = key.size < sizeof count->key - 1 ? key.size : sizeof count->key - 1;
    for (size_t i = 0; i < size; i++) /* parts are shown with a blank between them */
        count->key[i] = key.data[i] == '\x1f' ? ' ' : key.data[i];
    count->key[size] = '\0';
}

/* ----------------------------------------------------------------------------- the other table -- */

static mirti_status add_column(mirti_source *other, const char *name, int *column, int *count,
                               mirti_error *err) {
    int found = mirti_source_find(other, name);
    if (found < 0) {
        mirti_fail(err, MIRTI_ERROR_INPUT, "the table to be joined has no such column");
        mirti_fail_at(err, mirti_table_source_shown(other), 1, 0, name, NULL);
        return MIRTI_ERROR_INPUT;
    }
    column[(*count)++] = found;
    return MIRTI_OK;
}

static mirti_status select_columns(mirti_table_join *join, bool keys_only, mirti_error *err) {
    size_t room = (size_t)join->keys + (size_t)join->columns;
    for (int i = 0; i < join->values; i++)
        room += 1 + (size_t)join->value[i].where_columns;
    int *column = mirti_new(room, sizeof *column);
    if (column == NULL) return mirti_fail_memory(err, "the columns of a table");
    mirti_status status = MIRTI_OK;
    int count = 0;
    for (int i = 0; i < join->keys; i++)
        column[count++] = join->other_key[i];
    for (int i = 0; i < join->columns && !keys_only; i++)
        column[count++] = join->column[i];
    for (int i = 0; i < join->values && !keys_only; i++) {
        if (join->value_column[i] >= 0) column[count++] = join->value_column[i];
        for (int k = 0; k < join->value[i].where_columns && status == MIRTI_OK; k++)
            status = add_column(join->other, join->value[i].where_column[k], column, &count, err);
    }
    if (status == MIRTI_OK) status = mirti_source_select(join->other, column, count, err);
    mirti_free(column);
    return status;
}

mirti_status mirti_join_open_other(mirti_table_join *join, bool keys_only, mirti_error *err) {
    MIRTI_TRY(mirti_source_open(&join->other_options, &join->other, err));
    return select_columns(join, keys_only, err);
}

/* ------------------------------------------------------------------------------------ describing -- */

static char *keep(mirti_table_join *join, const char *text) {
    return text == NULL ? NULL : mirti_arena_copy(&join->arena, text, strlen(text));
}

/* A list of texts, kept; false on no memory. */
static bool keep_list(mirti_table_join *join, const char *const *list, int count,
                      const char *const **out) {
    const char **copy = mirti_arena_new(&join->arena, (size_t)count * sizeof *copy);
    if (copy == NULL) return false;
    for (int i = 0; i < count; i++) {
        copy[i] = keep(join, list[i]);
        if (copy[i] == NULL) return false;
    }
    *out = copy;
    return true;
}

static bool keep_options(mirti_table_join *join, const mirti_source_options *other) {
    mirti_source_options *mine = &join->other_options;
    *mine = *other;
    mine->listener = NULL; /* progress is that of the source */
    mine->path = keep(join, other->path);
    mine->format = keep(join, other->format);
    mine->encoding = keep(join, other->encoding);
    mine->layer = keep(join, other->layer);
    return (other->path == NULL) == (mine->path == NULL) &&
           (other->format == NULL) == (mine->format == NULL) &&
           (other->encoding == NULL) == (mine->encoding == NULL) &&
           (other->layer == NULL) == (mine->layer == NULL) &&
           keep_list(join, other->more, other->more_count, &mine->more);
}

static bool keep_values(mirti_table_join *join, const mirti_join_options *options) {
    join->values = options->values;
    join->value = mirti_arena_new(&join->arena, (size_t)options->values * sizeof *join->value);
    join->value_column =
        mirti_arena_new(&join->arena, (size_t)options->values * sizeof *join->value_column);
    if (join->value == NULL || join->value_column == NULL) return false;
    for (int i = 0; i < options->values; i++) {
        const mirti_join_value *value = &options->value[i];
        join->value[i] = *value;
        join->value[i].name = keep(join, value->name);
        join->value[i].column = keep(join, value->column);
        if (join->value[i].name == NULL ||
            (value->column != NULL && join->value[i].column == NULL) ||
            !keep_list(join, value->where_column, value->where_columns,
                       &join->value[i].where_column))
            return false;
    }
    return true;
}

static mirti_status find_column(const mirti_source *source, const char *name, int *out,
                                mirti_error *err) {
    *out = mirti_source_find(source, name);
    if (*out >= 0 && mirti_source_fields(source, NULL)[*out].type == MIRTI_TYPE_RAW)
        return MIRTI_OK;
    mirti_fail(err, MIRTI_ERROR_INPUT, "%s",
               *out < 0 ? "the table has no such column, by which it is to be joined"
                        : "a value made by a join is no key for another");
    mirti_fail_at(err, mirti_table_source_shown(source), 1, 0, name, NULL);
    mirti_fail_remedy(err, "Check the spelling, and which of the tables has it.");
    return MIRTI_ERROR_INPUT;
}

static mirti_status find_keys(mirti_table_join *join, const mirti_source *source,
                              const mirti_join_options *options, mirti_error *err) {
    size_t keys = (size_t)options->keys;
    join->keys = options->keys;
    join->key = mirti_arena_new(&join->arena, keys * sizeof *join->key);
    join->other_key = mirti_arena_new(&join->arena, keys * sizeof *join->other_key);
    join->key_width = mirti_arena_new(&join->arena, keys * sizeof *join->key_width);
    if (join->key == NULL || join->other_key == NULL || join->key_width == NULL)
        return mirti_fail_memory(err, "the key of a table");
    for (int i = 0; i < join->keys; i++) {
        const char *other = options->other_key != NULL ? options->other_key[i] : options->key[i];
        MIRTI_TRY(find_column(source, options->key[i], &join->key[i], err));
        MIRTI_TRY(find_column(join->other, other, &join->other_key[i], err));
        join->key_width[i] = options->key_width != NULL ? options->key_width[i] : 0;
    }
    return MIRTI_OK;
}

static bool is_key(const mirti_table_join *join, int column) {
    for (int i = 0; i < join->keys; i++)
        if (join->other_key[i] == column) return true;
    return false;
}

static mirti_status find_columns(mirti_table_join *join, mirti_error *err) {
    int count = 0;
    (void)mirti_source_fields(join->other, &count);
    for (int i = 0; i < join->values; i++) {
        const mirti_join_value *value = &join->value[i];
        join->value_column[i] = -1;
        bool needed = value->how != MIRTI_REDUCE_EXISTS && value->how != MIRTI_REDUCE_COUNT;
        if (needed && value->column == NULL)
            return mirti_fail(err, MIRTI_ERROR_USAGE, "%s: of which column?", value->name);
        if (needed) MIRTI_TRY(find_column(join->other, value->column, &join->value_column[i], err));
    }
    if (join->values > 0) return MIRTI_OK;
    join->column = mirti_arena_new(&join->arena, (size_t)count * sizeof *join->column);
    join->target = mirti_arena_new(&join->arena, (size_t)count * sizeof *join->target);
    if (join->column == NULL || join->target == NULL)
        return mirti_fail_memory(err, "the columns of a table");
    for (int i = 0; i < count; i++)
        if (!is_key(join, i)) join->column[join->columns++] = i;
    return MIRTI_OK;
}

static mirti_status describe(mirti_table_join *join, mirti_source *source,
                             const mirti_join_options *options, mirti_error *err) {
    if (options->keys < 1 || options->name == NULL || options->other == NULL)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a join needs a name, a table and a key");
    join->way = options->way;
    join->name = keep(join, options->name);
    if (join->name == NULL || !keep_options(join, options->other) || !keep_values(join, options))
        return mirti_fail_memory(err, "a table to be joined");
    MIRTI_TRY(mirti_source_open(&join->other_options, &join->other, err));
    MIRTI_TRY(find_keys(join, source, options, err));
    MIRTI_TRY(find_columns(join, err));
    MIRTI_TRY(mirti_table_source_extend(source, join, err));
    mirti_source_close(join->other);
    join->other = NULL;
    return MIRTI_OK;
}

mirti_status mirti_source_join(mirti_source *source, const mirti_join_options *options,
                               mirti_error *err) {
    mirti_table_join *join = mirti_new(1, sizeof *join);
    if (join == NULL) return mirti_fail_memory(err, "a table to be joined");
    mirti_status status = describe(join, source, options, err);
    if (status != MIRTI_OK) mirti_table_join_free(join); /* else the source has it */
    return status;
}

void mirti_table_join_free(mirti_table_join *join) {
    if (join == NULL) return;
    for (int i = 0; join->adopted && i < join->values; i++)
        if (join->value[i].where_free != NULL)
            join->value[i].where_free(join->value[i].where_context);
    mirti_source_close(join->other);
    mirti_batch_reset(&join->batch);
    mirti_arena_reset(&join->group_arena);
    mirti_arena_reset(&join->arena);
    mirti_text_reset(&join->last_key);
    mirti_free(join->keep);
    mirti_free(join->group);
    mirti_free(join->slot);
    mirti_free(join);
}

/* -------------------------------------------------------------------------------------- filling -- */

static bool make_column(mirti_batch *batch, mirti_column *column, mirti_type type) {
    size_t rows = (size_t)batch->rows;
    column->type = type;
    column->rows = batch->rows;
    column->valid = mirti_arena_new(&batch->arena, rows);
    if (type == MIRTI_TYPE_RAW) {
        column->text = mirti_arena_new(&batch->arena, rows * sizeof *column->text);
        return column->valid != NULL && column->text != NULL;
    }
    if (type == MIRTI_TYPE_TRUTH) {
        column->truth = mirti_arena_new(&batch->arena, rows);
        return column->valid != NULL && column->truth != NULL;
    }
    column->number = mirti_arena_new(&batch->arena, rows * sizeof *column->number);
    return column->valid != NULL && column->number != NULL;
}

static mirti_status fill_texts(const mirti_table_join *join, const mirti_join_group *group,
                               mirti_batch *batch, int64_t row, mirti_error *err) {
    for (int i = 0; i < join->columns; i++) {
        mirti_column *column = &batch->column[join->target[i]];
        mirti_str text = group != NULL ? group->text[i] : (mirti_str){NULL, 0};
        column->valid[row] = text.data != NULL;
        if (text.data != NULL && join->merging) { /* the group will not outlive its turn */
            text.data = mirti_arena_copy(&batch->arena, text.data, text.size);
            if (text.data == NULL) return mirti_fail_memory(err, "rows of a table");
        }
        column->text[row] = text.data != NULL ? text : (mirti_str){"", 0};
    }
    return MIRTI_OK;
}

static void fill_values(const mirti_table_join *join, const mirti_join_group *group,
                        mirti_batch *batch, int64_t row) {
    static const mirti_join_sum nothing;
    for (int i = 0; i < join->values; i++) {
        mirti_column *column = &batch->column[join->first_field + i];
        const mirti_join_sum *sum = group != NULL ? &group->sum[i] : &nothing;
        column->valid[row] = 1;
        switch (join->value[i].how) {
        case MIRTI_REDUCE_EXISTS: column->truth[row] = sum->count > 0; continue;
        case MIRTI_REDUCE_COUNT: column->number[row] = (double)sum->count; continue;
        case MIRTI_REDUCE_SUM: column->number[row] = mirti_sum_value(&sum->sum); break;
        case MIRTI_REDUCE_MIN:
        case MIRTI_REDUCE_MAX: column->number[row] = sum->extreme; break;
        }
        column->valid[row] = sum->count > 0;
    }
}

void mirti_table_join_restrict(mirti_table_join *join, const bool *wanted) {
    int kept = 0;
    for (int i = 0; i < join->columns; i++) {
        int field = join->first_field + i;
        if (!wanted[field]) continue;
        join->column[kept] = join->column[i];
        join->target[kept++] = field;
    }
    join->columns = kept;
}

mirti_type mirti_table_join_type(const mirti_table_join *join, int i) {
    if (join->values == 0) return MIRTI_TYPE_RAW;
    return join->value[i].how == MIRTI_REDUCE_EXISTS ? MIRTI_TYPE_TRUTH : MIRTI_TYPE_NUMBER;
}

mirti_status mirti_table_join_fill(mirti_table_join *join, mirti_batch *batch, mirti_error *err) {
    bool made = true;
    for (int i = 0; made && i < join->columns; i++)
        made = make_column(batch, &batch->column[join->target[i]], MIRTI_TYPE_RAW);
    for (int i = 0; made && i < join->values; i++)
        made = make_column(batch, &batch->column[join->first_field + i],
                           mirti_table_join_type(join, i));
    if (!made) return mirti_fail_memory(err, "rows of a table");
    mirti_text key = {0};
    mirti_status status = MIRTI_OK;
    for (int64_t row = 0; row < batch->rows && status == MIRTI_OK; row++) {
        key.size = 0;
        bool whole = mirti_join_key(batch, row, join->key, join->key_width, join->keys, &key);
        mirti_str text = {key.data, key.size};
        mirti_join_group *group = NULL;
        if (key.failed) {
            status = mirti_fail_memory(err, "a key");
            break;
        }
        if (whole) status = mirti_join_find(join, text, &group, err);
        if (status != MIRTI_OK) break;
        if (group != NULL) {
            join->matched++;
        } else {
            mirti_join_note(whole ? &join->unmatched : &join->blank, mirti_batch_row(batch, row),
                            batch->file, text);
        }
        fill_values(join, group, batch, row);
        status = fill_texts(join, group, batch, row, err);
    }
    mirti_text_reset(&key);
    return status;
}

/* ------------------------------------------------------------------------------------- reporting -- */

static void report(mirti_table_context *context, const mirti_table_join *join, const char *id,
                   mirti_log_level level, const mirti_join_count *count, const char *message) {
    if (count->count <= 0) return;
    mirti_table_note_count(context, level, id, count->count, count->file, count->row, join->name,
                           count->key, message);
}

mirti_status mirti_table_join_report(mirti_table_join *join, mirti_table_context *context,
                                     mirti_error *err) {
    MIRTI_TRY(mirti_join_finish(join, err));
    if (join->values > 0) /* a person without a job is nothing odd */
        report(context, join, "join-empty", MIRTI_LOG_INFO, &join->unmatched,
               "rows have none in the table that was joined");
    else
        report(context, join, "join-unmatched", MIRTI_LOG_WARNING, &join->unmatched,
               "rows found nothing in the table that was joined");
    report(context, join, "join-blank-key", MIRTI_LOG_WARNING, &join->blank,
           "rows have a blank key and can be joined to nothing");
    report(context, join, "join-duplicate", MIRTI_LOG_WARNING, &join->duplicate,
           "rows of the joined table have a key that came before; the first row counts");
    report(context, join, "join-unused", MIRTI_LOG_INFO, &join->unused,
           "keys of the joined table belong to no row");
    if (join->values > 0 || join->matched > 0 || join->unmatched.count == 0) return MIRTI_OK;
    mirti_fail(err, MIRTI_ERROR_INPUT, "not one row found anything in %s, which was joined by key",
               join->name);
    mirti_fail_at(err, join->unmatched.file, join->unmatched.row, 0, NULL, join->unmatched.key);
    mirti_fail_remedy(err,
                      "The keys of the two tables look different: compare this one with those "
                      "of the other table. Lost leading zeros come back by declaring its width.");
    return MIRTI_ERROR_INPUT;
}
