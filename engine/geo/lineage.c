/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lineage of areas: a small table of who was split from whom, sorted by code.
 */
#include <stdlib.h>
#include <string.h>

#include "mirti/geo.h"
#include "mirti/table.h"

enum { DEEPEST = 16 };

typedef struct descent {
    const char *code, *from;
    int64_t order; ///< row in the file
} descent;

struct mirti_lineage {
    int64_t count, room;
    descent *row; ///< [count] by code, then by place in the file
    mirti_arena arena;
};

static int compare(const void *a, const void *b) {
    const descent *x = a, *y = b;
    int order = strcmp(x->code, y->code);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static mirti_status add(mirti_lineage *lineage, mirti_str code, mirti_str from, mirti_error *err) {
    if (lineage->count == lineage->room) {
        int64_t room = lineage->room ? 2 * lineage->room : 64;
        descent *row = mirti_resize(lineage->row, (size_t)room, sizeof *row);
        if (!row) return mirti_fail_memory(err, "the lineage table");
        lineage->row = row;
        lineage->room = room;
    }
    code = mirti_str_trim(code);
    from = mirti_str_trim(from);
    descent *row = &lineage->row[lineage->count];
    row->code = mirti_arena_copy(&lineage->arena, code.data, code.size);
    row->from = mirti_arena_copy(&lineage->arena, from.data, from.size);
    row->order = lineage->count++;
    return row->code && row->from ? MIRTI_OK : mirti_fail_memory(err, "the lineage table");
}

static mirti_status read_rows(mirti_lineage *lineage, mirti_source *source, const char *path,
                              mirti_error *err) {
    mirti_batch batch = {0};
    int wanted[] = {mirti_source_find(source, "code"), mirti_source_find(source, "from_code")};
    for (int i = 0; i < 2; i++) {
        if (wanted[i] >= 0) continue;
        mirti_fail(err, MIRTI_ERROR_INPUT, "a lineage table has the columns code and from_code");
        mirti_fail_at(err, path, 1, 0, i == 0 ? "code" : "from_code", NULL);
        return MIRTI_ERROR_INPUT;
    }
    mirti_status status = mirti_source_select(source, wanted, 2, err);
    while (status == MIRTI_OK && (status = mirti_source_next(source, &batch, err)) == MIRTI_OK &&
           batch.rows > 0) {
        for (int64_t i = 0; i < batch.rows && status == MIRTI_OK; i++) {
            const mirti_column *code = &batch.column[wanted[0]], *from = &batch.column[wanted[1]];
            if (code->valid[i] && from->valid[i]) {
                status = add(lineage, code->text[i], from->text[i], err);
            } else {
                mirti_fail(err, MIRTI_ERROR_INPUT, "a row of the lineage table lacks a code");
                mirti_fail_at(err, path, mirti_batch_row(&batch, i), 0,
                              code->valid[i] ? "from_code" : "code", NULL);
                status = MIRTI_ERROR_INPUT;
            }
        }
    }
    mirti_batch_reset(&batch);
    return status;
}

/* False when going from parent to parent never ends. */
static bool ends(const mirti_lineage *lineage, const char *code, int depth) {
    const char *parent[DEEPEST];
    if (depth > DEEPEST) return false;
    int parents = mirti_lineage_parents(lineage, code, parent, DEEPEST);
    for (int i = 0; i < parents && i < DEEPEST; i++)
        if (!ends(lineage, parent[i], depth + 1)) return false;
    return true;
}

static mirti_status check(const mirti_lineage *lineage, const char *path, mirti_error *err) {
    for (int64_t i = 0; i < lineage->count; i++) {
        if (ends(lineage, lineage->row[i].code, 0)) continue;
        mirti_fail(err, MIRTI_ERROR_INPUT, "this area would descend from itself");
        mirti_fail_at(err, path, lineage->row[i].order + 2, 0, "code", lineage->row[i].code);
        return MIRTI_ERROR_INPUT;
    }
    return MIRTI_OK;
}

mirti_status mirti_lineage_read(const char *path, mirti_lineage **out, mirti_error *err) {
    mirti_source *source = NULL;
    *out = NULL;
    mirti_lineage *lineage = mirti_new(1, sizeof *lineage);
    if (!lineage) return mirti_fail_memory(err, "the lineage table");
    mirti_status status = mirti_source_open(&(mirti_source_options){.path = path}, &source, err);
    if (status == MIRTI_OK) status = read_rows(lineage, source, path, err);
    mirti_source_close(source);
    if (status == MIRTI_OK && lineage->count > 0)
        qsort(lineage->row, (size_t)lineage->count, sizeof *lineage->row, compare);
    if (status == MIRTI_OK) status = check(lineage, path, err);
    if (status == MIRTI_OK)
        *out = lineage;
    else
        mirti_lineage_free(lineage);
    return status;
}

void mirti_lineage_free(mirti_lineage *lineage) {
    if (!lineage) return;
    mirti_free(lineage->row);
    mirti_arena_reset(&lineage->arena);
    mirti_free(lineage);
}

int mirti_lineage_parents(const mirti_lineage *lineage, const char *code, const char **parent,
                          int room) {
    int64_t low = 0, high = lineage->count;
    int found = 0;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (strcmp(lineage->row[middle].code, code) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < lineage->count && strcmp(lineage->row[low].code, code) == 0; low++, found++)
        if (found < room) parent[found] = lineage->row[low].from;
    return found;
}
