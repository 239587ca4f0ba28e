/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Choices between values (CASE, IF, COALESCE) and lookups in constant tables (IN, MAP).
 */
#include "node.h"

#include <math.h>
#include <string.h>

/** Takes a where `pick` is 1 and b elsewhere. */
static void choose(mirti_recode_kind kind, const uint8_t *pick, const mirti_recode_vector *a,
                   const mirti_recode_vector *b, mirti_recode_vector *out, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        out->valid[i] = pick[i] ? a->valid[i] : b->valid[i];
    switch (kind) {
    case KIND_NUMBER:
        for (int64_t i = 0; i < n; i++)
            out->number[i] = pick[i] ? a->number[i] : b->number[i];
        break;
    case KIND_TRUTH:
        for (int64_t i = 0; i < n; i++)
            out->truth[i] = pick[i] ? a->truth[i] : b->truth[i];
        break;
    default:
        for (int64_t i = 0; i < n; i++)
            out->text[i] = pick[i] ? a->text[i] : b->text[i];
        break;
    }
}

void mirti_recode_apply_choice(const mirti_recode_node *node,
                               const mirti_recode_vector *const arg[3], mirti_recode_vector *out,
                               int64_t n) {
    if (node->op == OP_SELECT)
        choose(node->kind, arg[0]->truth, arg[1], arg[2], out, n);
    else
        choose(node->kind, arg[0]->valid, arg[0], arg[1], out, n);
}

/* --------------------------------------------------------------------------------------- IN -- */

static bool in_numbers(const mirti_recode_set *set, double x) {
    if (set->dense && x >= 0 && x < set->dense_count) return x == floor(x) && set->dense[(int)x];
    if (set->dense) return false;
    int low = 0, high = set->count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (set->number[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->count && set->number[low] == x;
}

/** Position of `x` in ascending texts, or −1. Short lists are scanned: sizes differ or one memcmp
 * decides. */
static int find_text(const mirti_str *text, int count, mirti_str x) {
    if (count <= 8) {
        for (int i = 0; i < count; i++)
            if (text[i].size == x.size &&
                (x.size == 0 || memcmp(text[i].data, x.data, x.size) == 0))
                return i;
        return -1;
    }
    int low = 0, high = count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (mirti_str_compare(text[middle], x) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && mirti_str_equal(text[low], x) ? low : -1;
}

static bool in_texts(const mirti_recode_set *set, mirti_str x) {
    if (x.size == 1) return set->byte[(unsigned char)x.data[0]];
    return find_text(set->text, set->count, x) >= 0;
}

/** What is not found is false, or unknown when NULL is in the list. */
static void apply_in(const mirti_recode_node *node, const mirti_recode_vector *x,
                     mirti_recode_vector *out, int64_t n) {
    const mirti_recode_set *set = node->table;
    uint8_t known_if_absent = set->null ? 0 : 1;
    for (int64_t i = 0; i < n; i++) {
        uint8_t v = x->valid[i];
        bool found = v && (node->op == OP_IN_NUMBER ? in_numbers(set, x->number[i])
                                                    : in_texts(set, x->text[i]));
        out->truth[i] = found;
        out->valid[i] = (uint8_t)(v & (found | known_if_absent));
    }
}

/* -------------------------------------------------------------------------------------- MAP -- */

static int map_number(const mirti_recode_map *map, double x) {
    if (map->dense && x >= 0 && x < map->dense_count && x == floor(x)) return map->dense[(int)x];
    int low = 0, high = map->count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (map->high[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low < map->count && map->low[low] <= x ? map->value[low] : -1;
}

static int map_text(const mirti_recode_map *map, mirti_str x) {
    if (x.size == 1) return map->byte[(unsigned char)x.data[0]];
    int at = find_text(map->text, map->count, x);
    return at >= 0 ? map->value[at] : -1;
}

static bool apply_map(const mirti_recode_node *node, const mirti_recode_vector *x,
                      mirti_recode_vector *out, int64_t n, uint8_t *bad) {
    const mirti_recode_map *map = node->table;
    bool any = false;
    for (int64_t i = 0; i < n; i++) {
        int value = map->null;
        bad[i] = 0;
        if (x->valid[i]) {
            value = node->op == OP_MAP_NUMBER ? map_number(map, x->number[i])
                                              : map_text(map, x->text[i]);
            if (value < 0) value = map->otherwise;
            if (value < 0) bad[i] = 1, any = true;
        }
        out->valid[i] = value >= 0 ? map->valid[value] : 0;
        if (node->kind == KIND_NUMBER)
            out->number[i] = value >= 0 ? map->value_number[value] : 0;
        else if (node->kind == KIND_TRUTH)
            out->truth[i] = out->valid[i] && map->value_number[value] != 0;
        else
            out->text[i] = out->valid[i] ? map->value_text[value] : (mirti_str){"", 0};
    }
    return any;
}

bool mirti_recode_apply_table(const mirti_recode_node *node,
                              const mirti_recode_vector *const arg[3], mirti_recode_vector *out,
                              int64_t n, uint8_t *bad) {
    if (node->op == OP_MAP_NUMBER || node->op == OP_MAP_TEXT)
        return apply_map(node, arg[0], out, n, bad);
    apply_in(node, arg[0], out, n);
    return false;
}
