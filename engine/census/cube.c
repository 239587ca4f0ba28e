/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cube itself: sums by place and pattern, brought into canonical order – areas by code, places
 * by area, stratum and PSU, patterns by their values, cells by place and pattern – so that the same
 * persons give the same cube whatever order they came in, in one piece or in many. */
#include "cube.h"

#include <stdlib.h>
#include <string.h>

bool mirti_cube_uses(const mirti_terms *terms, int k) {
    for (int t = 0; t < terms->terms; t++)
        for (int f = 0; f < terms->term[t].order; f++)
            if (terms->term[t].predictor[f] == k) return true;
    return false;
}

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
        if (!mirti_cube_uses(terms, k)) continue;
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
    mirti_census_index_reset(&builder->cell);
    mirti_free(builder->parent);
    mirti_free(builder->sum);
    *builder = (mirti_cube_builder){0};
}

/* The area's number; −1 with a status. */
static int64_t add_area(mirti_cube_builder *b, const mirti_cube_where *where, mirti_status *status,
                        mirti_error *err) {
    int64_t before = b->area.count;
    int64_t area = mirti_census_intern(&b->area, where->code.data, where->code.size);
    *status = MIRTI_OK;
    if (area >= 0 && area < before) { /* seen before: it must lie where it lay */
        if (mirti_str_is(where->parent, b->parent[area])) return area;
        *status = mirti_fail(err, MIRTI_ERROR_INPUT,
                             "area %.*s lies in two larger areas: '%s' and '%.*s'",
                             (int)where->code.size, where->code.data, b->parent[area],
                             (int)where->parent.size, where->parent.data);
        return -1;
    }
    if (area >= b->parents) {
        int64_t room = b->parents > 0 ? 2 * b->parents : 256;
        char **grown = mirti_resize(b->parent, (size_t)room, sizeof *grown);
        if (grown) {
            b->parent = grown;
            b->parents = room;
        }
    }
    char *parent = NULL;
    if (area >= 0 && area < b->parents)
        parent = mirti_arena_copy(&b->cube->texts, where->parent.data, where->parent.size);
    if (!parent) {
        *status = mirti_fail_memory(err, "the areas of the cube");
        return -1;
    }
    b->parent[area] = parent;
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

static bool add_exactly(int64_t *sum, int64_t value) {
    if (value < 0 || *sum > INT64_MAX - value) return false;
    *sum += value;
    return true;
}

mirti_status mirti_cube_builder_add(mirti_cube_builder *b, const mirti_cube_where *where,
                                    const double *value, int64_t persons, int64_t weight,
                                    mirti_error *err) {
    mirti_status status;
    int64_t area = add_area(b, where, &status, err);
    if (area < 0) return status;
    int64_t place = add_place(b, where, area);
    int64_t pattern =
        mirti_census_intern(&b->pattern, value, (size_t)b->cube->variables * sizeof *value);
    if (place < 0 || pattern < 0) return mirti_fail_memory(err, "the patterns of the cube");
    const int32_t key[2] = {(int32_t)place, (int32_t)pattern};
    int64_t before = b->cell.count, cell = mirti_census_intern(&b->cell, key, sizeof key);
    if (cell < 0) return mirti_fail_memory(err, "the cells of the cube");
    if (cell >= b->sums) {
        int64_t room = b->sums > 0 ? 2 * b->sums : 1024;
        void *grown = mirti_resize(b->sum, (size_t)room, sizeof *b->sum);
        if (!grown) return mirti_fail_memory(err, "the cells of the cube");
        b->sum = grown;
        b->sums = room;
    }
    if (cell == before) b->sum[cell] = (struct mirti_cube_sum){0};
    if (add_exactly(&b->sum[cell].persons, persons) && add_exactly(&b->sum[cell].weight, weight))
        return MIRTI_OK;
    return mirti_fail(err, MIRTI_ERROR_INPUT,
                      "the weights of area %.*s add up to more than a cell of the cube can hold",
                      (int)where->code.size, where->code.data);
}

/* ------------------------------------------------------------------------------------ ordering -- */

/* One thing to be ordered: by its own text or numbers. */
typedef struct item {
    int64_t old;
    const char *text[2];
    int32_t number[2];
    const double *value;
    int values;
} item;

static int compare(const void *a, const void *b) {
    const item *left = a, *right = b;
    for (int n = 0; n < 2; n++)
        if (left->number[n] != right->number[n]) return left->number[n] < right->number[n] ? -1 : 1;
    for (int t = 0; t < 2; t++) {
        int order = left->text[t] ? strcmp(left->text[t], right->text[t]) : 0;
        if (order != 0) return order;
    }
    for (int v = 0; v < left->values; v++)
        if (left->value[v] != right->value[v]) return left->value[v] < right->value[v] ? -1 : 1;
    return 0;
}

/* Sorts the items and fills `rank` [count], the new number of each old one. */
static void order(item *list, int64_t count, int32_t *rank) {
    qsort(list, (size_t)count, sizeof *list, compare);
    for (int64_t i = 0; rank && i < count; i++)
        rank[list[i].old] = (int32_t)i;
}

typedef struct ordering {
    mirti_cube_builder *b;
    mirti_cube *cube;
    item *list;
    int32_t *area, *place, *pattern; /* new numbers of old ones */
} ordering;

static mirti_status order_areas(ordering *o, mirti_error *err) {
    mirti_cube *cube = o->cube;
    cube->areas = o->b->area.count;
    cube->code = mirti_new((size_t)cube->areas, sizeof *cube->code);
    cube->parent = mirti_new((size_t)cube->areas, sizeof *cube->parent);
    if (!cube->code || !cube->parent) return mirti_fail_memory(err, "the areas of the cube");
    for (int64_t i = 0; i < cube->areas; i++)
        o->list[i] = (item){.old = i, .text = {o->b->area.key[i].data, ""}};
    order(o->list, cube->areas, o->area);
    for (int64_t i = 0; i < cube->areas; i++) {
        const mirti_census_key *key = &o->b->area.key[o->list[i].old];
        cube->code[i] = mirti_arena_copy(&cube->texts, key->data, key->size);
        cube->parent[i] = o->b->parent[o->list[i].old];
        if (!cube->code[i]) return mirti_fail_memory(err, "the areas of the cube");
    }
    return MIRTI_OK;
}

static mirti_status order_places(ordering *o, mirti_error *err) {
    mirti_cube *cube = o->cube;
    cube->places = o->b->place.count;
    cube->place = mirti_new((size_t)cube->places, sizeof *cube->place);
    if (!cube->place) return mirti_fail_memory(err, "the places of the cube");
    for (int64_t i = 0; i < cube->places; i++) {
        const mirti_census_key *key = &o->b->place.key[i];
        uint32_t head[2];
        memcpy(head, key->data, sizeof head);
        const char *rest = key->data + sizeof head;
        char *stratum = mirti_arena_copy(&cube->texts, rest, head[1]);
        char *psu =
            mirti_arena_copy(&cube->texts, rest + head[1], key->size - sizeof head - head[1]);
        if (!stratum || !psu) return mirti_fail_memory(err, "the places of the cube");
        o->list[i] = (item){.old = i, .text = {stratum, psu}, .number = {o->area[head[0]], 0}};
    }
    order(o->list, cube->places, o->place);
    for (int64_t i = 0; i < cube->places; i++)
        cube->place[i] = (mirti_cube_place){o->list[i].number[0], (char *)o->list[i].text[0],
                                            (char *)o->list[i].text[1]};
    return MIRTI_OK;
}

static mirti_status order_patterns(ordering *o, mirti_error *err) {
    mirti_cube *cube = o->cube;
    size_t variables = (size_t)cube->variables;
    cube->patterns = o->b->pattern.count;
    cube->value = mirti_new((size_t)cube->patterns * variables, sizeof *cube->value);
    if (!cube->value) return mirti_fail_memory(err, "the patterns of the cube");
    for (int64_t i = 0; i < cube->patterns; i++) /* keys are aligned as arenas are */
        o->list[i] = (item){.old = i,
                            .value = (const double *)(const void *)o->b->pattern.key[i].data,
                            .values = cube->variables};
    order(o->list, cube->patterns, o->pattern);
    for (int64_t i = 0; i < cube->patterns; i++)
        if (variables > 0)
            memcpy(cube->value + (size_t)i * variables, o->list[i].value,
                   variables * sizeof *cube->value);
    return MIRTI_OK;
}

static int compare_cells(const void *a, const void *b) {
    const mirti_cube_cell *left = a, *right = b;
    if (left->place != right->place) return left->place < right->place ? -1 : 1;
    return (left->pattern > right->pattern) - (left->pattern < right->pattern);
}

static mirti_status order_cells(ordering *o, mirti_error *err) {
    mirti_cube *cube = o->cube;
    cube->cells = o->b->cell.count;
    cube->cell = mirti_new((size_t)cube->cells, sizeof *cube->cell);
    if (!cube->cell) return mirti_fail_memory(err, "the cells of the cube");
    for (int64_t i = 0; i < cube->cells; i++) {
        int32_t key[2];
        memcpy(key, o->b->cell.key[i].data, sizeof key);
        cube->cell[i] = (mirti_cube_cell){o->place[key[0]], o->pattern[key[1]],
                                          o->b->sum[i].persons, o->b->sum[i].weight};
    }
    qsort(cube->cell, (size_t)cube->cells, sizeof *cube->cell, compare_cells);
    return MIRTI_OK;
}

static int compare_reasons(const void *a, const void *b) {
    const mirti_drop_reason *left = a, *right = b;
    return strcmp(left->text, right->text);
}

mirti_status mirti_cube_builder_finish(mirti_cube_builder *b, mirti_cube **out, mirti_error *err) {
    *out = NULL;
    int64_t most = b->area.count;
    if (b->place.count > most) most = b->place.count;
    if (b->pattern.count > most) most = b->pattern.count;
    ordering o = {.b = b,
                  .cube = b->cube,
                  .list = mirti_new((size_t)most, sizeof *o.list),
                  .area = mirti_new((size_t)b->area.count, sizeof *o.area),
                  .place = mirti_new((size_t)b->place.count, sizeof *o.place),
                  .pattern = mirti_new((size_t)b->pattern.count, sizeof *o.pattern)};
    mirti_status status = o.list && o.area && o.place && o.pattern
                              ? MIRTI_OK
                              : mirti_fail_memory(err, "the order of the cube");
    if (status == MIRTI_OK) status = order_areas(&o, err);
    if (status == MIRTI_OK) status = order_places(&o, err);
    if (status == MIRTI_OK) status = order_patterns(&o, err);
    if (status == MIRTI_OK) status = order_cells(&o, err);
    mirti_free(o.list);
    mirti_free(o.area);
    mirti_free(o.place);
    mirti_free(o.pattern);
    if (status == MIRTI_OK) {
        int64_t persons = 0, weight = 0; /* sums over any cells stay within 64 bits */
        for (int64_t i = 0; status == MIRTI_OK && i < b->cube->cells; i++)
            if (!add_exactly(&persons, b->cube->cell[i].persons) ||
                !add_exactly(&weight, b->cube->cell[i].weight))
                status = mirti_fail(err, MIRTI_ERROR_INPUT,
                                    "the weights of the cube add up to more than it can hold");
    }
    if (status == MIRTI_OK) {
        mirti_row_count *rows = &b->cube->rows;
        qsort(rows->reason, (size_t)rows->reasons, sizeof *rows->reason, compare_reasons);
        *out = b->cube;
        b->cube = NULL;
    }
    mirti_cube_builder_reset(b);
    return status;
}

/* ------------------------------------------------------------------------------------- merging -- */

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
    bool ok = add_exactly(&rows->read, part->read) && add_exactly(&rows->used, part->used) &&
              add_exactly(&rows->outside, part->outside) && part->dropped >= 0 &&
              rows->dropped <= INT64_MAX - part->dropped;
    for (int r = 0; ok && r < part->reasons; r++) {
        const mirti_drop_reason *reason = &part->reason[r];
        mirti_row_count_drop(rows, reason->text, 0, (mirti_str){0});
        rows->dropped--;
        int k = 0; /* where it was counted: under its own name, or the last, which gathers them */
        while (k + 1 < rows->reasons && strcmp(rows->reason[k].text, reason->text) != 0)
            k++;
        rows->reason[k].rows--;
        ok = add_exactly(&rows->reason[k].rows, reason->rows);
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
        const mirti_cube_where where = {mirti_str_of(part->code[place->area]),
                                        mirti_str_of(part->parent[place->area]),
                                        mirti_str_of(place->stratum), mirti_str_of(place->psu)};
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
