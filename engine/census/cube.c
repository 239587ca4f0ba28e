/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cube itself: persons added up by place and pattern as they come. */
#include "cube.h"

#include <string.h>

char *mirti_cube_variable(const mirti_predictor *predictor, mirti_arena *arena) {
    mirti_text text = {0};
    mirti_text_printf(&text, "%s=", predictor->name);
    if (predictor->kind == MIRTI_PREDICTOR_NUMBER) mirti_text_puts(&text, "number");
    if (predictor->kind == MIRTI_PREDICTOR_BINARY) mirti_text_puts(&text, "0|1");
    for (int l = 0; predictor->kind == MIRTI_PREDICTOR_CATEGORY && l < predictor->levels; l++)
        mirti_text_printf(&text, "%s%s", l > 0 ? "|" : "", predictor->level[l]);
    char *copy = text.failed ? NULL : mirti_arena_copy(arena, text.data, text.size);
    mirti_text_reset(&text);
    return copy;
}

mirti_status mirti_cube_check(const mirti_cube *cube, const mirti_terms *terms, mirti_error *err) {
    mirti_arena arena = {0};
    mirti_status status = MIRTI_OK;
    int at = 0;
    for (int k = 0; k < terms->predictors && status == MIRTI_OK; k++) {
        if (!mirti_terms_use(terms, k)) continue;
        const char *wanted = mirti_cube_variable(&terms->predictor[k], &arena);
        if (!wanted)
            status = mirti_fail_memory(err, "the variables of a cube");
        else if (at >= cube->variables || strcmp(cube->variable[at], wanted) != 0)
            status = mirti_fail(err, MIRTI_ERROR_MODEL,
                                "the cube was made for another model: it has '%s' where the model "
                                "has '%s'",
                                at < cube->variables ? cube->variable[at] : "nothing", wanted);
        at++;
    }
    if (status == MIRTI_OK && at != cube->variables)
        status = mirti_fail(err, MIRTI_ERROR_MODEL,
                            "the cube was made for another model, which has '%s' too",
                            cube->variable[at]);
    if (status == MIRTI_ERROR_MODEL)
        mirti_fail_remedy(err, "Make the cube anew from the census with this model.");
    mirti_arena_reset(&arena);
    return status;
}

void mirti_cube_free(mirti_cube *cube) {
    if (!cube) return;
    mirti_free(cube->variable);
    mirti_free(cube->code);
    mirti_free(cube->parent);
    mirti_free(cube->place);
    mirti_free(cube->value);
    mirti_free(cube->cell);
    mirti_arena_reset(&cube->texts);
    mirti_free(cube);
}

/* ------------------------------------------------------------------------------------- adding -- */

mirti_status mirti_cube_builder_make(mirti_cube_builder *builder, mirti_error *err) {
    *builder = (mirti_cube_builder){.cube = mirti_new(1, sizeof *builder->cube)};
    return builder->cube ? MIRTI_OK : mirti_fail_memory(err, "the cube");
}

void mirti_cube_builder_reset(mirti_cube_builder *builder) {
    mirti_cube_free(builder->cube);
    mirti_census_index_reset(&builder->area);
    mirti_census_index_reset(&builder->pattern);
    mirti_census_index_reset(&builder->place);
    mirti_free(builder->seen);
    mirti_free(builder->cell);
    mirti_free(builder->slot);
    *builder = (mirti_cube_builder){0};
}

/* The area's number; −1 when memory runs out. Its key is the code, a zero and the code of the area
 * in which it lies: should it lie in two, that is found in the end, whoever saw them first. */
static int64_t add_area(mirti_cube_builder *b, const mirti_cube_where *where) {
    char fixed[256], *key = fixed;
    size_t size = where->code.size + 1 + where->parent.size;
    if (size > sizeof fixed) key = mirti_new(size, 1);
    if (!key) return -1;
    memcpy(key, where->code.data, where->code.size);
    key[where->code.size] = '\0';
    if (where->parent.size > 0)
        memcpy(key + where->code.size + 1, where->parent.data, where->parent.size);
    int64_t before = b->area.count, area = mirti_census_intern(&b->area, key, size);
    if (key != fixed) mirti_free(key);
    if (area >= b->seen_room) {
        int64_t room = b->seen_room > 0 ? 2 * b->seen_room : 256;
        mirti_cube_seen *grown = mirti_resize(b->seen, (size_t)room, sizeof *grown);
        if (!grown) return -1;
        b->seen = grown;
        b->seen_room = room;
    }
    if (area < 0) return -1;
    if (area == before || mirti_cube_seen_before(&where->seen, &b->seen[area]))
        b->seen[area] = where->seen;
    return area;
}

/* The place's number: of the area itself, or of the PSU within it. Its key is the area's number
 * and, after it, the stratum's length, the stratum and the PSU. */
static int64_t add_place(mirti_cube_builder *b, const mirti_cube_where *where, int64_t area) {
    char fixed[256], *key = fixed;
    const uint32_t head[2] = {(uint32_t)area, b->cube->design ? (uint32_t)where->stratum.size : 0};
    size_t size = sizeof head;
    if (b->cube->design) size += where->stratum.size + where->psu.size;
    if (size > sizeof fixed) key = mirti_new(size, 1);
    if (!key) return -1;
    memcpy(key, head, sizeof head);
    if (b->cube->design) {
        memcpy(key + sizeof head, where->stratum.data, where->stratum.size);
        memcpy(key + sizeof head + where->stratum.size, where->psu.data, where->psu.size);
    }
    int64_t place = mirti_census_intern(&b->place, key, size);
    if (key != fixed) mirti_free(key);
    return place;
}

/* Of a sample with its PSUs there are millions of cells, so that they have a table of their own:
 * what it holds becomes the cube. */
static uint64_t hash_cell(int32_t place, int32_t pattern) {
    uint64_t h =
        ((uint64_t)(uint32_t)place << 32 | (uint32_t)pattern) * UINT64_C(0xd6e8feb86659fd93);
    return h ^ h >> 32;
}

static bool make_cell_room(mirti_cube_builder *b) {
    if (b->cells == b->cell_room) {
        int64_t room = b->cell_room > 0 ? 2 * b->cell_room : 1024;
        mirti_cube_cell *cell = mirti_resize(b->cell, (size_t)room, sizeof *cell);
        if (!cell) return false;
        b->cell = cell;
        b->cell_room = room;
    }
    if (2 * (b->cells + 1) <= b->slots) return true;
    int64_t slots = b->slots > 0 ? 2 * b->slots : 4096;
    int32_t *slot = mirti_new((size_t)slots, sizeof *slot);
    if (!slot) return false;
    for (int64_t c = 0; c < b->cells; c++) {
        uint64_t at = hash_cell(b->cell[c].place, b->cell[c].pattern) & (uint64_t)(slots - 1);
        while (slot[at] != 0)
            at = (at + 1) & (uint64_t)(slots - 1);
        slot[at] = (int32_t)(c + 1);
    }
    mirti_free(b->slot);
    b->slot = slot;
    b->slots = slots;
    return true;
}

/* The cell of a place and a pattern, new or old; NULL when memory or numbers (2³¹) run out. */
static mirti_cube_cell *find_cell(mirti_cube_builder *b, int32_t place, int32_t pattern) {
    if (!make_cell_room(b)) return NULL;
    uint64_t at = hash_cell(place, pattern) & (uint64_t)(b->slots - 1);
    for (; b->slot[at] != 0; at = (at + 1) & (uint64_t)(b->slots - 1)) {
        mirti_cube_cell *cell = &b->cell[b->slot[at] - 1];
        if (cell->place == place && cell->pattern == pattern) return cell;
    }
    if (b->cells >= INT32_MAX - 1) return NULL;
    mirti_cube_cell *cell = &b->cell[b->cells++];
    *cell = (mirti_cube_cell){.place = place, .pattern = pattern};
    b->slot[at] = (int32_t)b->cells;
    return cell;
}

mirti_status mirti_cube_builder_add(mirti_cube_builder *b, const mirti_cube_where *where,
                                    const double *value, int64_t persons, int64_t weight,
                                    mirti_error *err) {
    int64_t area = add_area(b, where);
    if (area < 0) return mirti_fail_memory(err, "the areas of the cube");
    int64_t place = add_place(b, where, area);
    int64_t pattern =
        mirti_census_intern(&b->pattern, value, (size_t)b->cube->variables * sizeof *value);
    if (place < 0 || pattern < 0) return mirti_fail_memory(err, "the patterns of the cube");
    mirti_cube_cell *cell = find_cell(b, (int32_t)place, (int32_t)pattern);
    if (!cell) return mirti_fail_memory(err, "the cells of the cube");
    if (mirti_cube_add(&cell->persons, persons) && mirti_cube_add(&cell->weight, weight))
        return MIRTI_OK;
    return mirti_fail(err, MIRTI_ERROR_INPUT,
                      "the weights of area %.*s add up to more than a cell of the cube can hold",
                      (int)where->code.size, where->code.data);
}
