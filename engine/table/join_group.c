/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rows of the other table that have one key. Where one row was promised its values are kept as
 * text, and a second row is only counted; where many are expected each is reduced at once to
 * running sums, smallest and largest values and counts, so that their number does not matter.
 */
#include <string.h>

#include "join.h"

mirti_status mirti_join_group_begin(mirti_table_join *join, mirti_join_group *group,
                                    mirti_arena *arena, mirti_str key, mirti_error *err) {
    *group = (mirti_join_group){.hash = group->hash};
    char *copy = mirti_arena_copy(arena, key.data, key.size);
    size_t bytes = join->values > 0 ? (size_t)join->values * sizeof *group->sum
                                    : (size_t)join->columns * sizeof *group->text;
    void *values = mirti_arena_new(arena, bytes);
    if (copy == NULL || values == NULL) return mirti_fail_memory(err, "a table to be joined");
    memset(values, 0, bytes);
    group->key = (mirti_str){copy, key.size};
    if (join->values > 0) {
        group->sum = values;
    } else {
        group->text = values;
    }
    return MIRTI_OK;
}

static mirti_status keep_texts(mirti_table_join *join, mirti_join_group *group, mirti_arena *arena,
                               mirti_error *err) {
    size_t total = 0;
    for (int i = 0; i < join->columns; i++)
        total += join->batch.column[join->column[i]].text[join->at].size;
    char *pool = mirti_arena_new(arena, total);
    if (pool == NULL) return mirti_fail_memory(err, "a table to be joined");
    for (int i = 0; i < join->columns; i++) {
        const mirti_column *column = &join->batch.column[join->column[i]];
        mirti_str text = column->text[join->at];
        if (!column->valid[join->at]) continue;
        if (text.size > 0) memcpy(pool, text.data, text.size);
        group->text[i] = (mirti_str){pool, text.size};
        pool += text.size;
    }
    return MIRTI_OK;
}

static void reduce(mirti_table_join *join, mirti_join_group *group) {
    for (int i = 0; i < join->values; i++) {
        mirti_join_sum *sum = &group->sum[i];
        if (!join->keep[i * join->kept_rows + join->at]) continue;
        if (join->value_column[i] >= 0) {
            const mirti_column *column = &join->batch.column[join->value_column[i]];
            double number;
            if (!column->valid[join->at] || !mirti_number_parse(column->text[join->at], &number))
                continue;
            mirti_sum_add(&sum->sum, number);
            bool first = sum->count == 0;
            bool less = number < sum->extreme;
            if (first || less == (join->value[i].how == MIRTI_REDUCE_MIN)) sum->extreme = number;
        }
        sum->count++;
    }
}

mirti_status mirti_join_group_add(mirti_table_join *join, mirti_join_group *group,
                                  mirti_arena *arena, mirti_error *err) {
    int64_t row = mirti_batch_row(&join->batch, join->at);
    if (group->row == 0) {
        group->row = row;
        if (join->values == 0) return keep_texts(join, group, arena, err);
    } else if (join->values == 0) {
        mirti_join_note(&join->duplicate, row, join->batch.file, group->key);
    }
    if (join->values > 0) reduce(join, group);
    return MIRTI_OK;
}

mirti_status mirti_join_group_filter(mirti_table_join *join, mirti_error *err) {
    if (join->values == 0) return MIRTI_OK;
    size_t rows = (size_t)join->batch.rows;
    uint8_t *keep = mirti_resize(join->keep, (size_t)join->values * rows, 1);
    if (keep == NULL) return mirti_fail_memory(err, "a table to be joined");
    join->keep = keep;
    join->kept_rows = join->batch.rows;
    for (int i = 0; i < join->values; i++) {
        const mirti_join_value *value = &join->value[i];
        uint8_t *mine = keep + (size_t)i * rows;
        memset(mine, 1, rows);
        if (value->where != NULL)
            MIRTI_TRY(value->where(&join->batch, mine, value->where_context, err));
    }
    return MIRTI_OK;
}
