/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sums of a cube brought into canonical order – areas by code, places by area, stratum and PSU,
 * patterns by their values, cells by place and pattern – so that the same persons give the same
 * cube whatever order they came in, in one piece or in many. */
#include "cube.h"

#include <stdlib.h>
#include <string.h>

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

/* Of the areas [first, last), which have one code, the one that was seen second; and the first. */
static int64_t second_seen(const ordering *o, int64_t first, int64_t last, int64_t *earliest) {
    const mirti_cube_seen *seen = o->b->seen;
    int64_t least = first, second = -1;
    for (int64_t i = first + 1; i < last; i++)
        if (mirti_cube_seen_before(&seen[o->list[i].old], &seen[o->list[least].old])) least = i;
    for (int64_t i = first; i < last; i++)
        if (i != least && (second < 0 || mirti_cube_seen_before(&seen[o->list[i].old],
                                                                &seen[o->list[second].old])))
            second = i;
    *earliest = least;
    return second;
}

/* An area must lie where it lay: the list, in order, has every code once. */
static mirti_status check_areas(const ordering *o, mirti_error *err) {
    int64_t wrong = -1, before = -1;
    for (int64_t i = 0, last; i < o->cube->areas; i = last) {
        for (last = i + 1; last < o->cube->areas; last++)
            if (strcmp(o->list[i].text[0], o->list[last].text[0]) != 0) break;
        if (last == i + 1) continue;
        int64_t earliest, second = second_seen(o, i, last, &earliest);
        if (wrong >= 0 && !mirti_cube_seen_before(&o->b->seen[o->list[second].old],
                                                  &o->b->seen[o->list[wrong].old]))
            continue;
        wrong = second;
        before = earliest;
    }
    if (wrong < 0) return MIRTI_OK;
    mirti_fail(err, MIRTI_ERROR_INPUT, "area %s lies in two larger areas: '%s' and '%s'",
               o->list[wrong].text[0], o->list[before].text[1], o->list[wrong].text[1]);
    const mirti_cube_seen *seen = &o->b->seen[o->list[wrong].old];
    mirti_fail_at(err, seen->file, seen->row, 0, NULL, NULL);
    return MIRTI_ERROR_INPUT;
}

static mirti_status order_areas(ordering *o, mirti_error *err) {
    mirti_cube *cube = o->cube;
    cube->areas = o->b->area.count;
    cube->code = mirti_new((size_t)cube->areas, sizeof *cube->code);
    cube->parent = mirti_new((size_t)cube->areas, sizeof *cube->parent);
    if (!cube->code || !cube->parent) return mirti_fail_memory(err, "the areas of the cube");
    for (int64_t i = 0; i < cube->areas; i++) {
        const char *code = o->b->area.key[i].data;
        o->list[i] = (item){.old = i, .text = {code, code + strlen(code) + 1}};
    }
    order(o->list, cube->areas, o->area);
    for (int64_t i = 0; i < cube->areas; i++) {
        const char *code = o->list[i].text[0], *parent = o->list[i].text[1];
        cube->code[i] = mirti_arena_copy(&cube->texts, code, strlen(code));
        cube->parent[i] = mirti_arena_copy(&cube->texts, parent, strlen(parent));
        if (!cube->code[i] || !cube->parent[i])
            return mirti_fail_memory(err, "the areas of the cube");
    }
    return check_areas(o, err);
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

/* The table becomes the list. */
static void order_cells(ordering *o) {
    mirti_cube *cube = o->cube;
    mirti_free(o->b->slot);
    o->b->slot = NULL;
    cube->cells = o->b->cells;
    cube->cell = o->b->cell;
    o->b->cell = NULL;
    for (int64_t i = 0; i < cube->cells; i++) {
        cube->cell[i].place = o->place[cube->cell[i].place];
        cube->cell[i].pattern = o->pattern[cube->cell[i].pattern];
    }
    if (cube->cells > 0) qsort(cube->cell, (size_t)cube->cells, sizeof *cube->cell, compare_cells);
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
    if (status == MIRTI_OK) order_cells(&o);
    mirti_free(o.list);
    mirti_free(o.area);
    mirti_free(o.place);
    mirti_free(o.pattern);
    if (status == MIRTI_OK) {
        int64_t persons = 0, weight = 0; /* sums over any cells stay within 64 bits */
        for (int64_t i = 0; status == MIRTI_OK && i < b->cube->cells; i++)
            if (!mirti_cube_add(&persons, b->cube->cell[i].persons) ||
                !mirti_cube_add(&weight, b->cube->cell[i].weight))
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
