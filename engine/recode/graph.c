/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The graph of nodes: equal nodes are one, and what can be computed once and for all is.
 *
 * Folding applies the very kernels that evaluation uses, to one row of constants, so that a
 * constant expression cannot come out differently from the same expression on data.
 */
#include "scope.h"

#include <string.h>

static uint64_t mix(uint64_t h, uint64_t v) {
    h ^= v + UINT64_C(0x9E3779B97F4A7C15) + (h << 6) + (h >> 2);
    return h * UINT64_C(0xFF51AFD7ED558CCD);
}

static uint64_t bits(double value) {
    uint64_t b;
    memcpy(&b, &value, sizeof b);
    return b;
}

static uint64_t hash(const mirti_recode_node *n) {
    uint64_t h = mix((uint64_t)n->op, (uint64_t)n->kind);
    for (int i = 0; i < n->args; i++)
        h = mix(h, (uint64_t)n->arg[i]->id + 1);
    h = mix(h, (uint64_t)n->column);
    h = mix(h, (uint64_t)n->detail);
    h = mix(h, bits(n->number));
    h = mix(h, (uint64_t)(uintptr_t)n->table);
    for (size_t i = 0; i < n->text.size; i++)
        h = mix(h, (unsigned char)n->text.data[i]);
    return h ^ (h >> 32);
}

static bool equal(const mirti_recode_node *a, const mirti_recode_node *b) {
    if (a->op != b->op || a->kind != b->kind || a->args != b->args || a->column != b->column ||
        a->detail != b->detail || a->null != b->null || bits(a->number) != bits(b->number) ||
        a->table != b->table || !mirti_str_equal(a->text, b->text))
        return false;
    for (int i = 0; i < a->args; i++)
        if (a->arg[i] != b->arg[i]) return false;
    return true;
}

mirti_recode_node *mirti_recode_constant_number(mirti_scope *scope, double value) {
    return mirti_recode_intern(
        scope, &(mirti_recode_node){.op = OP_CONSTANT, .kind = KIND_NUMBER, .number = value});
}

mirti_recode_node *mirti_recode_constant_truth(mirti_scope *scope, bool value) {
    return mirti_recode_intern(
        scope,
        &(mirti_recode_node){.op = OP_CONSTANT, .kind = KIND_TRUTH, .number = value ? 1 : 0});
}

mirti_recode_node *mirti_recode_constant_text(mirti_scope *scope, mirti_recode_kind kind,
                                              mirti_str value) {
    return mirti_recode_intern(
        scope, &(mirti_recode_node){.op = OP_CONSTANT, .kind = kind, .text = value});
}

mirti_recode_node *mirti_recode_constant_null(mirti_scope *scope, mirti_recode_kind kind) {
    return mirti_recode_intern(scope,
                               &(mirti_recode_node){.op = OP_CONSTANT, .kind = kind, .null = true});
}

static mirti_recode_node *fold(mirti_scope *scope, const mirti_recode_node *node) {
    struct row {
        uint8_t valid, truth;
        mirti_str text;
        double number;
        mirti_recode_vector vector;
    } row[4];
    const mirti_recode_vector *arg[3] = {0};
    for (int i = 0; i < 4; i++) {
        row[i].valid = row[i].truth = 0;
        row[i].text = (mirti_str){"", 0};
        row[i].number = 0;
        row[i].vector =
            (mirti_recode_vector){&row[i].valid, &row[i].text, &row[i].number, &row[i].truth};
        if (i == 3 || i >= node->args) continue;
        const mirti_recode_node *a = node->arg[i];
        row[i].valid = a->null ? 0 : 1;
        row[i].number = a->number;
        row[i].truth = !a->null && a->number != 0;
        if (a->text.data) row[i].text = a->text;
        arg[i] = &row[i].vector;
    }
    uint8_t bad = 0;
    mirti_recode_scratch scratch = {.arena = &scope->arena};
    mirti_recode_apply(node, arg, &row[3].vector, 1, &bad, &scratch);
    mirti_text_reset(&scratch.text);
    if (scratch.failed) return NULL;
    if (!row[3].valid) return mirti_recode_constant_null(scope, node->kind);
    if (node->kind == KIND_NUMBER) return mirti_recode_constant_number(scope, row[3].number);
    if (node->kind == KIND_TRUTH) return mirti_recode_constant_truth(scope, row[3].truth != 0);
    return mirti_recode_constant_text(scope, node->kind, row[3].text);
}

/** A node that stands for `node` without computing it, where the constant among its arguments
 * decides. */
static mirti_recode_node *simplify(const mirti_recode_node *node) {
    mirti_recode_node *a = node->args > 0 ? node->arg[0] : NULL,
                      *b = node->args > 1 ? node->arg[1] : NULL;
    bool a_known = a && a->op == OP_CONSTANT && !a->null,
         b_known = b && b->op == OP_CONSTANT && !b->null;
    switch (node->op) {
    case OP_AND:
        if (a_known) return a->number != 0 ? b : a;
        if (b_known && b->number != 0) return a;
        return NULL;
    case OP_OR:
        if (a_known) return a->number != 0 ? a : b;
        if (b_known && b->number == 0) return a;
        return NULL;
    case OP_SELECT:
        if (a->op == OP_CONSTANT) return a_known && a->number != 0 ? b : node->arg[2];
        return b == node->arg[2] ? b : NULL;
    case OP_COALESCE:
        if (a->op == OP_CONSTANT) return a->null ? b : a;
        return NULL;
    default: return NULL;
    }
}

mirti_recode_node *mirti_recode_intern(mirti_scope *scope, const mirti_recode_node *node) {
    bool constant = node->args > 0 && node->op != OP_HOUSEHOLD;
    for (int i = 0; i < node->args; i++)
        constant = constant && node->arg[i]->op == OP_CONSTANT;
    if (constant) return fold(scope, node);
    mirti_recode_node *simple = simplify(node);
    if (simple) return simple;
    mirti_recode_node **bucket = &scope->bucket[hash(node) % MIRTI_RECODE_BUCKETS];
    for (mirti_recode_node *n = *bucket; n; n = n->same_hash)
        if (equal(n, node)) return n;
    mirti_recode_node *made = mirti_arena_new(&scope->arena, sizeof *made);
    if (!made) return NULL;
    *made = *node;
    made->id = scope->nodes++;
    made->noting = node->op == OP_TO_NUMBER || node->op == OP_TO_TRUTH ||
                   node->op == OP_MAP_NUMBER || node->op == OP_MAP_TEXT;
    /* What is below a household function is computed apart, with notes of its own. */
    for (int i = 0; i < node->args && node->op != OP_HOUSEHOLD; i++)
        made->noting = made->noting || node->arg[i]->noting;
    for (int i = 0; i < node->args; i++)
        if (node->arg[i]->level > made->level) made->level = node->arg[i]->level;
    if (node->op == OP_HOUSEHOLD) made->level++;
    made->same_hash = *bucket;
    *bucket = made;
    return made;
}

/* ------------------------------------------------------------------------------------- plan -- */

/** A household function stands in a program like a column: what it needs is computed before. */
static int arguments(const mirti_recode_node *node) {
    return node->op == OP_HOUSEHOLD ? 0 : node->args;
}

mirti_status mirti_recode_plan(const mirti_scope *scope, mirti_recode_node *const *root, int roots,
                               mirti_arena *arena, mirti_recode_program *out, mirti_error *err) {
    size_t nodes = (size_t)scope->nodes;
    mirti_recode_node **by_id = mirti_arena_new(arena, nodes * sizeof(mirti_recode_node *));
    int *place = mirti_arena_new(arena, nodes * sizeof *place);
    int *at = mirti_arena_new(arena, (size_t)roots * sizeof *at);
    if (!by_id || !place || !at) return mirti_fail_memory(err, "a program");
    memset(by_id, 0, nodes * sizeof(mirti_recode_node *));
    int last = -1, count = 0;
    for (int i = 0; i < roots; i++) {
        by_id[root[i]->id] = root[i];
        if (root[i]->id > last) last = root[i]->id;
    }
    /* Arguments have smaller ids than what uses them: one sweep from above marks all. */
    for (int id = last; id >= 0; id--) {
        if (!by_id[id]) continue;
        count++;
        for (int k = 0; k < arguments(by_id[id]); k++)
            by_id[by_id[id]->arg[k]->id] = by_id[id]->arg[k];
    }
    mirti_recode_program p = {.count = count, .roots = roots, .root = at};
    p.node = mirti_arena_new(arena, (size_t)count * sizeof(mirti_recode_node *));
    p.arg = mirti_arena_new(arena, (size_t)count * sizeof *p.arg);
    if (!p.node || !p.arg) return mirti_fail_memory(err, "a program");
    count = 0;
    for (int id = 0; id <= last; id++) {
        if (!by_id[id]) continue;
        place[id] = count;
        p.node[count] = by_id[id];
        for (int k = 0; k < 3; k++)
            p.arg[count][k] = k < arguments(by_id[id]) ? place[by_id[id]->arg[k]->id] : -1;
        count++;
    }
    for (int i = 0; i < roots; i++)
        at[i] = place[root[i]->id];
    *out = p;
    return MIRTI_OK;
}

mirti_status mirti_recode_columns_below(const mirti_scope *scope, mirti_recode_node *root,
                                        mirti_arena *arena, bool **out, mirti_error *err) {
    size_t nodes = (size_t)scope->nodes, columns = (size_t)scope->columns;
    bool *seen = mirti_arena_new(arena, nodes * sizeof *seen);
    mirti_recode_node **stack = mirti_arena_new(arena, nodes * sizeof(mirti_recode_node *));
    bool *used = mirti_arena_new(arena, columns * sizeof *used);
    if (!seen || !stack || !used) return mirti_fail_memory(err, "a program");
    memset(seen, 0, nodes * sizeof *seen);
    memset(used, 0, columns * sizeof *used);
    size_t height = 0;
    stack[height++] = root;
    seen[root->id] = true;
    while (height > 0) {
        const mirti_recode_node *node = stack[--height];
        if (node->op == OP_COLUMN) used[node->column] = true;
        for (int k = 0; k < node->args; k++) {
            if (seen[node->arg[k]->id]) continue;
            seen[node->arg[k]->id] = true;
            stack[height++] = node->arg[k];
        }
    }
    *out = used;
    return MIRTI_OK;
}
