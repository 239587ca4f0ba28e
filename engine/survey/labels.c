/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers labels of strata and sampling units: one pass through a hash table gives every distinct
 * (parent, label) a provisional number, sorting those few gives the final ones.
 */
#include "labels.h"

#include <stdlib.h>

typedef struct unit {
    mirti_str name;
    int32_t parent;
    int32_t provisional;
    int64_t row; /* where it was first seen; orders units without a name */
} unit;

typedef struct label_table {
    int32_t *slot; /* [room] index into `units`, or −1 */
    size_t room;   /* a power of two */
    unit *units;
    int32_t count, unit_room;
} label_table;

/* FNV-1a over the parent's number and the label's bytes. */
static uint64_t hash_of(int32_t parent, mirti_str name) {
    uint64_t hash = UINT64_C(14695981039346656037) ^ (uint64_t)(uint32_t)parent;
    hash *= UINT64_C(1099511628211);
    for (size_t i = 0; i < name.size; i++) {
        hash ^= (unsigned char)name.data[i];
        hash *= UINT64_C(1099511628211);
    }
    return hash ^ (hash >> 29);
}

static size_t find_slot(const label_table *table, int32_t parent, mirti_str name) {
    size_t mask = table->room - 1;
    size_t at = (size_t)hash_of(parent, name) & mask;
    while (table->slot[at] >= 0) {
        const unit *candidate = &table->units[table->slot[at]];
        if (candidate->parent == parent && mirti_str_equal(candidate->name, name)) break;
        at = (at + 1) & mask;
    }
    return at;
}

static bool rehash(label_table *table, size_t room) {
    int32_t *slot = mirti_new(room, sizeof *slot);
    if (!slot) return false;
    for (size_t i = 0; i < room; i++)
        slot[i] = -1;
    mirti_free(table->slot);
    table->slot = slot;
    table->room = room;
    for (int32_t i = 0; i < table->count; i++)
        table->slot[find_slot(table, table->units[i].parent, table->units[i].name)] = i;
    return true;
}

/* Appends a unit; −1 when memory runs out. */
static int32_t append(label_table *table, int32_t parent, mirti_str name, int64_t row) {
    if (table->count == table->unit_room) {
        int32_t room = table->unit_room == 0              ? 256
                       : table->unit_room > INT32_MAX / 2 ? INT32_MAX
                                                          : table->unit_room * 2;
        unit *units = mirti_resize(table->units, (size_t)room, sizeof *units);
        if (!units) return -1;
        table->units = units;
        table->unit_room = room;
    }
    table->units[table->count] = (unit){name, parent, table->count, row};
    return table->count++;
}

/* Number of (parent, name), given on first sight; −1 when memory runs out. */
static int32_t number_of(label_table *table, int32_t parent, mirti_str name, int64_t row) {
    if (table->room == 0 || (size_t)table->count >= table->room / 2)
        if (!rehash(table, table->room == 0 ? 1024 : table->room * 2)) return -1;
    size_t at = find_slot(table, parent, name);
    if (table->slot[at] >= 0) return table->slot[at];
    int32_t number = append(table, parent, name, row);
    if (number >= 0) table->slot[at] = number;
    return number;
}

static int compare_units(const void *left, const void *right) {
    const unit *a = left, *b = right;
    if (a->parent != b->parent) return a->parent < b->parent ? -1 : 1;
    int order = mirti_str_compare(a->name, b->name);
    if (order != 0) return order;
    return a->row < b->row ? -1 : a->row > b->row;
}

mirti_status mirti_survey_labels_number(int64_t rows, const int32_t *parent, const mirti_str *label,
                                        const char *what, mirti_survey_labels *out,
                                        mirti_error *err) {
    *out = (mirti_survey_labels){0};
    mirti_status status = MIRTI_OK;
    label_table table = {0};
    int32_t *final_number = NULL;
    if (rows > INT32_MAX)
        return mirti_fail(err, MIRTI_ERROR_INPUT, "the sample has more than %d rows", INT32_MAX);
    out->of_row = mirti_new((size_t)rows, sizeof *out->of_row);
    if (!out->of_row) goto no_memory;
    for (int64_t i = 0; i < rows; i++) {
        int32_t above = parent ? parent[i] : 0;
        if (label && label[i].size == 0) {
            status = mirti_fail(err, MIRTI_ERROR_INPUT,
                                "row %lld of the sample has no %s, so its place in the sample "
                                "design is unknown",
                                (long long)i + 1, what);
            mirti_fail_at(err, NULL, i + 1, 0, NULL, NULL);
            mirti_fail_remedy(err, "Fill it in, or leave the row out by the source's filter.");
            goto done;
        }
        int32_t number = label ? number_of(&table, above, label[i], i)
                               : append(&table, above, (mirti_str){0}, i);
        if (number < 0) goto no_memory;
        out->of_row[i] = number;
    }

    if (table.count > 0)
        qsort(table.units, (size_t)table.count, sizeof *table.units, compare_units);
    out->count = table.count;
    out->parent = mirti_new((size_t)table.count, sizeof *out->parent);
    if (label) out->name = mirti_new((size_t)table.count, sizeof *out->name);
    final_number = mirti_new((size_t)table.count, sizeof *final_number);
    if (!out->parent || (label && !out->name) || !final_number) goto no_memory;
    for (int32_t i = 0; i < table.count; i++) {
        out->parent[i] = table.units[i].parent;
        if (label) out->name[i] = table.units[i].name;
        final_number[table.units[i].provisional] = i;
    }
    for (int64_t i = 0; i < rows; i++)
        out->of_row[i] = final_number[out->of_row[i]];
    goto done;

no_memory:
    status = mirti_fail_memory(err, "the units of the sample design");
done:
    mirti_free(final_number);
    mirti_free(table.slot);
    mirti_free(table.units);
    if (status != MIRTI_OK) mirti_survey_labels_reset(out);
    return status;
}

void mirti_survey_labels_reset(mirti_survey_labels *labels) {
    mirti_free(labels->parent);
    mirti_free(labels->name);
    mirti_free(labels->of_row);
    *labels = (mirti_survey_labels){0};
}
