/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cubes of parts added up: of files that were made apart, or of what several threads made of one.
 */
#include "cube.h"
#include "ledger.h"

#include <string.h>

static mirti_status check_same(const mirti_cube *a, const mirti_cube *b, mirti_error *err) {
    const char *what = NULL;
    if (strcmp(a->kind, b->kind) != 0) what = "kinds of area";
    if (strcmp(a->model, b->model) != 0) what = "models";
    if (strcmp(a->source, b->source) != 0) what = "sources";
    if (a->design != b->design) what = "designs: one keeps strata and PSUs, the other does not";
    if (a->variables != b->variables) what = "variables";
    for (int v = 0; !what && v < a->variables; v++)
        if (strcmp(a->variable[v], b->variable[v]) != 0) what = "variables";
    if (!what) return MIRTI_OK;
    return mirti_fail(err, MIRTI_ERROR_INPUT,
                      "these cubes cannot be added: they are of different %s", what);
}

static mirti_status begin_as(mirti_cube_builder *b, const mirti_cube *like, mirti_error *err) {
    MIRTI_TRY(mirti_cube_builder_make(b, err));
    mirti_cube *cube = b->cube;
    cube->kind = mirti_arena_copy(&cube->texts, like->kind, strlen(like->kind));
    cube->model = mirti_arena_copy(&cube->texts, like->model, strlen(like->model));
    cube->source = mirti_arena_copy(&cube->texts, like->source, strlen(like->source));
    cube->design = like->design;
    cube->variable = mirti_new((size_t)like->variables, sizeof *cube->variable);
    bool ok = cube->kind && cube->model && cube->source && cube->variable;
    for (int v = 0; ok && v < like->variables; v++) {
        cube->variable[v] =
            mirti_arena_copy(&cube->texts, like->variable[v], strlen(like->variable[v]));
        ok = cube->variable[v] != NULL;
        cube->variables = v + 1;
    }
    return ok ? MIRTI_OK : mirti_fail_memory(err, "the cube");
}

static mirti_status add_rows(mirti_row_count *rows, const mirti_row_count *part, mirti_error *err) {
    bool ok = mirti_cube_add(&rows->read, part->read) && mirti_cube_add(&rows->used, part->used) &&
              mirti_cube_add(&rows->outside, part->outside) && part->dropped >= 0 &&
              rows->dropped <= INT64_MAX - part->dropped;
    for (int r = 0; ok && r < part->reasons; r++) {
        const mirti_drop_reason *reason = &part->reason[r];
        mirti_census_drop_rows(rows, reason->text, 0);
        int k = 0; /* where it was counted: under its own name, or the last, which gathers them */
        while (k + 1 < rows->reasons && strcmp(rows->reason[k].text, reason->text) != 0)
            k++;
        ok = mirti_cube_add(&rows->reason[k].rows, reason->rows);
        rows->dropped += reason->rows;
    }
    return ok ? MIRTI_OK
              : mirti_fail(err, MIRTI_ERROR_INPUT,
                           "these cubes count more rows than can be counted");
}

static mirti_status add_cube(mirti_cube_builder *b, const mirti_cube *part, mirti_error *err) {
    for (int64_t c = 0; c < part->cells; c++) {
        const mirti_cube_cell *cell = &part->cell[c];
        const mirti_cube_place *place = &part->place[cell->place];
        const mirti_cube_where where = {.code = mirti_str_of(part->code[place->area]),
                                        .parent = mirti_str_of(part->parent[place->area]),
                                        .stratum = mirti_str_of(place->stratum),
                                        .psu = mirti_str_of(place->psu)};
        MIRTI_TRY(mirti_cube_builder_add(b, &where,
                                         part->value + (int64_t)cell->pattern * part->variables,
                                         cell->persons, cell->weight, err));
    }
    return add_rows(&b->cube->rows, &part->rows, err);
}

mirti_status mirti_cube_merge(const mirti_cube *const *part, int parts, mirti_cube **out,
                              mirti_error *err) {
    *out = NULL;
    if (parts < 1) return mirti_fail(err, MIRTI_ERROR_USAGE, "there is no cube to merge");
    mirti_cube_builder b = {0};
    mirti_status status = begin_as(&b, part[0], err);
    for (int k = 0; k < parts && status == MIRTI_OK; k++) {
        status = check_same(part[0], part[k], err);
        if (status == MIRTI_OK) status = add_cube(&b, part[k], err);
    }
    if (status == MIRTI_OK) return mirti_cube_builder_finish(&b, out, err);
    mirti_cube_builder_reset(&b);
    return status;
}

mirti_status mirti_cube_builder_merge(mirti_cube_builder *into, const mirti_cube_builder *from,
                                      mirti_error *err) {
    for (int64_t c = 0; c < from->cells; c++) {
        const mirti_cube_cell *cell = &from->cell[c];
        const mirti_census_key *place = &from->place.key[cell->place];
        uint32_t head[2];
        memcpy(head, place->data, sizeof head);
        const char *code = from->area.key[head[0]].data, *rest = place->data + sizeof head;
        const mirti_cube_where where = {
            .code = mirti_str_of(code),
            .parent = mirti_str_of(code + strlen(code) + 1),
            .stratum = {rest, head[1]},
            .psu = {rest + head[1], place->size - sizeof head - head[1]},
            .seen = from->seen[head[0]]};
        const double *value = (const double *)(const void *)from->pattern.key[cell->pattern].data;
        MIRTI_TRY(mirti_cube_builder_add(into, &where, value, cell->persons, cell->weight, err));
    }
    return MIRTI_OK;
}
