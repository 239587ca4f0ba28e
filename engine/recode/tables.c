/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * IN and MAP: lists of constants turned into sorted tables, and for small whole numbers into an
 * array that is looked up directly.
 */
#include "compile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** Whole numbers from 0 to below this get a direct array. */
#define DENSE_LIMIT 4096

static int compare_numbers(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int compare_texts(const void *a, const void *b) {
    return mirti_str_compare(*(const mirti_str *)a, *(const mirti_str *)b);
}

static bool is_dense(double value) {
    return value >= 0 && value < DENSE_LIMIT && value == floor(value);
}

/* --------------------------------------------------------------------------------------- IN -- */

static mirti_status fill_set(mirti_recode_compiler *c, mirti_recode_node *const *item, int items,
                             mirti_recode_kind kind, mirti_recode_set **out) {
    mirti_arena *arena = &c->scope->arena;
    mirti_recode_set *set = mirti_arena_new(arena, sizeof *set);
    if (!set) return mirti_fail_memory(c->err, "a list");
    *set = (mirti_recode_set){0};
    set->number = mirti_arena_new(arena, (size_t)items * sizeof *set->number);
    set->text = mirti_arena_new(arena, (size_t)items * sizeof *set->text);
    if (!set->number || !set->text) return mirti_fail_memory(c->err, "a list");
    bool dense = kind == KIND_NUMBER;
    double most = 0;
    for (int i = 0; i < items; i++) {
        if (item[i]->null) {
            set->null = true;
        } else if (kind == KIND_NUMBER) {
            dense = dense && is_dense(item[i]->number);
            if (item[i]->number > most) most = item[i]->number;
            set->number[set->count++] = item[i]->number;
        } else {
            mirti_str text = item[i]->text;
            if (text.size == 1) set->byte[(unsigned char)text.data[0]] = true;
            set->text[set->count++] = text;
        }
    }
    if (kind == KIND_NUMBER)
        qsort(set->number, (size_t)set->count, sizeof *set->number, compare_numbers);
    else
        qsort(set->text, (size_t)set->count, sizeof *set->text, compare_texts);
    if (dense) {
        set->dense_count = (int)most + 1;
        set->dense = mirti_arena_new(arena, (size_t)set->dense_count);
        if (!set->dense) return mirti_fail_memory(c->err, "a list");
        memset(set->dense, 0, (size_t)set->dense_count);
        for (int i = 0; i < set->count; i++)
            set->dense[(int)set->number[i]] = 1;
    }
    *out = set;
    return MIRTI_OK;
}

/** x IN (a, b) as x = a OR x = b, for lists that are not all constants. */
static mirti_status in_as_or(mirti_recode_compiler *c, const mirti_recode_value *value, int values,
                             mirti_recode_node **out) {
    *out = NULL;
    for (int i = 1; i < values; i++) {
        mirti_recode_node *same = NULL;
        if (value[i].node->kind == KIND_NULL) {
            same = mirti_recode_constant_null(c->scope, KIND_TRUTH);
            if (!same) return mirti_fail_memory(c->err, "a list");
        } else {
            MIRTI_TRY(
                mirti_recode_comparison(c, TOKEN_EQ, value[i].ast->at, value[0], value[i], &same));
        }
        if (*out)
            MIRTI_TRY(mirti_recode_make(c, OP_OR, KIND_TRUTH, *out, same, NULL, out));
        else
            *out = same;
    }
    return MIRTI_OK;
}

mirti_status mirti_recode_lower_in(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                   mirti_recode_node **out) {
    int values = ast->children;
    mirti_recode_value *value = mirti_arena_new(&c->scope->arena, (size_t)values * sizeof *value);
    mirti_recode_node **item =
        mirti_arena_new(&c->scope->arena, (size_t)values * sizeof(mirti_recode_node *));
    if (!value || !item) return mirti_fail_memory(c->err, "a list");
    bool constant = true, known = false;
    mirti_recode_kind kind = KIND_TEXT;
    for (int i = 0; i < values; i++) {
        value[i].ast = ast->child[i];
        MIRTI_TRY(mirti_recode_lower(c, ast->child[i], &value[i].node));
        if (i > 0) constant = constant && value[i].node->op == OP_CONSTANT;
    }
    for (int i = 1; i < values; i++) {
        mirti_recode_kind one = KIND_TEXT;
        if (value[i].node->kind == KIND_NULL && value[0].node->kind != KIND_NULL) continue;
        MIRTI_TRY(mirti_recode_common(c, TOKEN_EQ, value[i].ast->at, value[0], value[i], &one));
        if (known && one != kind) {
            mirti_status status = mirti_recode_fail(c->err, c->source, value[i].ast->at,
                                                    "the list mixes numbers and texts");
            mirti_fail_remedy(c->err, "put all of them in quotes to compare as text, or none");
            return status;
        }
        kind = one;
        known = true;
    }
    if (!constant) return in_as_or(c, value, values, out);
    mirti_recode_set *set = NULL;
    mirti_recode_node *sought = NULL;
    for (int i = 1; i < values; i++)
        MIRTI_TRY(mirti_recode_as_kind(c, value[i], kind, &item[i - 1]));
    MIRTI_TRY(fill_set(c, item, values - 1, kind, &set));
    MIRTI_TRY(mirti_recode_as_kind(c, value[0], kind, &sought));
    mirti_recode_node node = {.op = kind == KIND_NUMBER ? OP_IN_NUMBER : OP_IN_TEXT,
                              .kind = KIND_TRUTH,
                              .args = 1,
                              .arg = {sought},
                              .table = set};
    return mirti_recode_make_with(c, node, out);
}

/* -------------------------------------------------------------------------------------- MAP -- */

/** A key while the table is sorted. */
typedef struct key {
    double low, high;
    mirti_str text;
    int value;
    const mirti_recode_ast *ast;
} key;

static int compare_number_keys(const void *a, const void *b) {
    return compare_numbers(&((const key *)a)->low, &((const key *)b)->low);
}

static int compare_text_keys(const void *a, const void *b) {
    return mirti_str_compare(((const key *)a)->text, ((const key *)b)->text);
}

/** Kind of the keys (all numbers or all texts) and of the results. */
static mirti_status map_kinds(mirti_recode_compiler *c, const mirti_recode_source *source,
                              const mirti_recode_ast *ast, mirti_recode_kind *keys,
                              mirti_recode_kind *values) {
    static const mirti_recode_kind kind_of[] = {[AST_NULL] = KIND_NULL,
                                                [AST_NUMBER] = KIND_NUMBER,
                                                [AST_TEXT] = KIND_TEXT,
                                                [AST_TRUTH] = KIND_TRUTH};
    *keys = *values = KIND_NULL;
    for (int i = 0; i < ast->entries; i++) {
        const mirti_recode_entry *e = &ast->entry[i];
        bool clash = false;
        mirti_recode_kind former = *values, kind = e->low ? kind_of[e->low->kind] : KIND_NULL;
        if (kind == KIND_TRUTH)
            return mirti_recode_fail(c->err, source, e->low->at,
                                     "a map has numbers or texts as keys");
        if (kind != KIND_NULL && *keys != KIND_NULL && kind != *keys) {
            mirti_status status =
                mirti_recode_fail(c->err, source, e->low->at, "the keys mix numbers and texts");
            mirti_fail_remedy(c->err, "put all of them in quotes to compare as text, or none");
            return status;
        }
        if (kind != KIND_NULL) *keys = kind;
        *values = mirti_recode_unify(former, kind_of[e->value->kind], &clash);
        if (clash)
            return mirti_recode_fail(
                c->err, source, e->value->at, "this result is %s, those before it are %s",
                mirti_recode_kind_name(kind_of[e->value->kind]), mirti_recode_kind_name(former));
    }
    if (*keys == KIND_NULL) return mirti_recode_fail(c->err, source, ast->at, "the map has no key");
    return MIRTI_OK;
}

static mirti_status fill_keys(mirti_recode_compiler *c, const mirti_recode_source *source,
                              const mirti_recode_ast *ast, mirti_recode_map *map, key *k) {
    for (int i = 0; i < ast->entries; i++) {
        const mirti_recode_entry *e = &ast->entry[i];
        map->valid[i] = e->value->kind != AST_NULL;
        map->value_text[i] = e->value->text;
        map->value_number[i] = e->value->number;
        if (!e->low) {
            map->otherwise = i;
        } else if (e->low->kind == AST_NULL) {
            if (map->null >= 0)
                return mirti_recode_fail(c->err, source, e->low->at,
                                         "this key stands twice in the map");
            map->null = i;
        } else {
            if (e->high && e->high->number < e->low->number)
                return mirti_recode_fail(c->err, source, e->low->at,
                                         "the range goes from high to low");
            k[map->count++] = (key){e->low->number, (e->high ? e->high : e->low)->number,
                                    e->low->text, i, e->low};
        }
    }
    return MIRTI_OK;
}

static mirti_status fill_dense(mirti_recode_compiler *c, mirti_recode_map *map) {
    double most = 0;
    for (int i = 0; i < map->count; i++) {
        if (!is_dense(map->low[i]) || !is_dense(map->high[i])) return MIRTI_OK;
        /* 12..14 also covers 12.5, which a direct array cannot say. */
        if (map->high[i] > most) most = map->high[i];
    }
    map->dense_count = (int)most + 1;
    map->dense = mirti_arena_new(&c->scope->arena, (size_t)map->dense_count * sizeof *map->dense);
    if (!map->dense) return mirti_fail_memory(c->err, "a map");
    for (int i = 0; i < map->dense_count; i++)
        map->dense[i] = -1;
    for (int i = 0; i < map->count; i++)
        for (int v = (int)map->low[i]; v <= (int)map->high[i]; v++)
            map->dense[v] = map->value[i];
    return MIRTI_OK;
}

static mirti_status build_map(mirti_recode_compiler *c, const mirti_recode_source *source,
                              const mirti_recode_ast *ast, bool numbers, mirti_recode_map **out) {
    mirti_arena *arena = &c->scope->arena;
    size_t n = (size_t)ast->entries;
    mirti_recode_map *map = mirti_arena_new(arena, sizeof *map);
    key *k = mirti_arena_new(arena, n * sizeof *k);
    if (!map || !k) return mirti_fail_memory(c->err, "a map");
    *map = (mirti_recode_map){.otherwise = -1, .null = -1};
    for (int i = 0; i < 256; i++)
        map->byte[i] = -1;
    map->low = mirti_arena_new(arena, n * sizeof *map->low);
    map->high = mirti_arena_new(arena, n * sizeof *map->high);
    map->text = mirti_arena_new(arena, n * sizeof *map->text);
    map->value = mirti_arena_new(arena, n * sizeof *map->value);
    map->valid = mirti_arena_new(arena, n);
    map->value_text = mirti_arena_new(arena, n * sizeof *map->value_text);
    map->value_number = mirti_arena_new(arena, n * sizeof *map->value_number);
    if (!map->low || !map->high || !map->text || !map->value || !map->valid || !map->value_text ||
        !map->value_number)
        return mirti_fail_memory(c->err, "a map");
    MIRTI_TRY(fill_keys(c, source, ast, map, k));
    qsort(k, (size_t)map->count, sizeof *k, numbers ? compare_number_keys : compare_text_keys);
    for (int i = 0; i < map->count; i++) {
        map->low[i] = k[i].low;
        map->high[i] = k[i].high;
        map->text[i] = k[i].text;
        map->value[i] = k[i].value;
        if (!numbers && k[i].text.size == 1)
            map->byte[(unsigned char)k[i].text.data[0]] = k[i].value;
        bool twice = i > 0 && (numbers ? k[i].low <= k[i - 1].high
                                       : mirti_str_equal(k[i].text, k[i - 1].text));
        if (twice) {
            const mirti_recode_ast *later =
                k[i].ast->at > k[i - 1].ast->at ? k[i].ast : k[i - 1].ast;
            return mirti_recode_fail(c->err, source, later->at, "this key stands twice in the map");
        }
    }
    *out = map;
    return numbers ? fill_dense(c, map) : MIRTI_OK;
}

mirti_status mirti_recode_lower_map(mirti_recode_compiler *c, const mirti_recode_ast *ast,
                                    const mirti_recode_source *source, mirti_recode_value value,
                                    mirti_recode_node **out) {
    mirti_recode_kind keys = KIND_NULL, values = KIND_NULL;
    mirti_recode_map *map = NULL;
    mirti_recode_node *subject = NULL;
    MIRTI_TRY(map_kinds(c, source, ast, &keys, &values));
    if (keys == KIND_TEXT && value.node->kind == KIND_NUMBER) {
        mirti_status status =
            mirti_recode_fail(c->err, c->source, value.ast->at,
                              "the keys of the map are texts, and this is a number");
        mirti_fail_remedy(c->err, "write the keys without quotes");
        return status;
    }
    MIRTI_TRY(mirti_recode_as_kind(c, value, keys, &subject));
    MIRTI_TRY(build_map(c, source, ast, keys == KIND_NUMBER, &map));
    mirti_recode_node node = {.op = keys == KIND_NUMBER ? OP_MAP_NUMBER : OP_MAP_TEXT,
                              .kind = values == KIND_NULL ? KIND_RAW : values,
                              .args = 1,
                              .arg = {subject},
                              .table = map};
    return mirti_recode_make_with(c, node, out);
}
