/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Notes: values that became missing because they were not what an expression asked for.
 *
 * All nodes are computed for all rows, also those in the branch of a CASE that is not taken; but in
 * `CASE WHEN x <> 'N/D' THEN x + 1 END` the text N/D is not asked to be a number. So in the rare
 * chunk where a noting node found something, this walk goes from the results back to the columns
 * and marks which rows of which node were asked for at all; only those are counted.
 */
#include "evaluate.h"

#include <string.h>

/** Marks as asked for, in argument `k` of node `at`, the rows of `mask`. */
static void ask(mirti_recode_machine *m, int at, int k, const uint8_t *mask, int64_t n) {
    uint8_t *demand = m->demand[m->program->arg[at][k]];
    for (int64_t i = 0; i < n; i++)
        demand[i] |= mask[i];
}

/** Passes the demand for node `at` on to its arguments. */
static void pass_on(mirti_recode_machine *m, int at, int64_t n) {
    const mirti_recode_node *node = m->program->node[at];
    const mirti_recode_vector *first = node->args > 0 ? &m->vector[m->program->arg[at][0]] : NULL;
    const uint8_t *demand = m->demand[at];
    uint8_t mask[MIRTI_RECODE_CHUNK];
    for (int k = 0; k < node->args; k++) {
        const uint8_t *asked = mask;
        for (int64_t i = 0; i < n; i++) {
            uint8_t needed = 1;
            if (node->op == OP_AND && k == 1) needed = !(first->valid[i] && !first->truth[i]);
            if (node->op == OP_OR && k == 1) needed = !first->truth[i];
            if (node->op == OP_SELECT && k == 1) needed = first->truth[i];
            if (node->op == OP_SELECT && k == 2) needed = !first->truth[i];
            if (node->op == OP_COALESCE && k == 1) needed = !first->valid[i];
            mask[i] = demand[i] & needed;
        }
        ask(m, at, k, asked, n);
    }
}

int mirti_recode_column_below(const mirti_recode_node *node) {
    while (node->op != OP_COLUMN && node->args > 0)
        node = node->arg[0];
    return node->op == OP_COLUMN ? node->column : -1;
}

static void copy_cut(char *to, size_t room, mirti_str text) {
    size_t size = text.size < room - 1 ? text.size : room - 1;
    while (size > 0 && size < text.size && ((unsigned char)text.data[size] & 0xC0U) == 0x80U)
        size--;
    memcpy(to, text.data, size);
    to[size] = '\0';
}

void mirti_recode_note_add(mirti_recode_note *note, const mirti_scope *scope,
                           const mirti_batch *batch, int64_t row, int column, mirti_str value) {
    const char *file = batch->file ? batch->file : "";
    int64_t number = mirti_batch_row(batch, row);
    note->count++;
    if (note->count > 1 && (number >= note->first_row || strcmp(note->first_file, file) != 0))
        return;
    note->first_row = number;
    copy_cut(note->first_file, sizeof note->first_file, mirti_str_of(file));
    copy_cut(note->first_value, sizeof note->first_value, value);
    copy_cut(note->first_column, sizeof note->first_column,
             column >= 0 ? scope->column[column].name : (mirti_str){"", 0});
}

/** Counts the bad rows of one node that were asked for. */
static void take_notes(mirti_recode_machine *m, int at, int64_t first, int64_t n) {
    const mirti_recode_node *node = m->program->node[at];
    mirti_recode_notes *notes = m->session->notes;
    mirti_recode_note *note = node->op == OP_TO_NUMBER  ? &notes->not_a_number
                              : node->op == OP_TO_TRUTH ? &notes->not_a_truth
                                                        : &notes->outside_map;
    const mirti_recode_vector *value = &m->vector[m->program->arg[at][0]];
    int column = mirti_recode_column_below(node);
    for (int64_t i = 0; i < n; i++) {
        if (!(m->bad[at][i] & m->demand[at][i])) continue;
        char digits[32];
        mirti_str text = {digits, 0};
        if (value->text)
            text = value->text[i];
        else
            text.size = (size_t)mirti_number_print(value->number[i], digits);
        mirti_recode_note_add(note, m->session->scope, m->session->batch,
                              m->rows ? m->rows[first + i] : first + i, column, text);
    }
}

mirti_status mirti_recode_note_chunk(mirti_recode_machine *m, int64_t first, int64_t n,
                                     mirti_error *err) {
    mirti_arena *arena = m->session->arena;
    int count = m->program->count;
    if (!m->demand) {
        m->demand = mirti_arena_new(arena, (size_t)count * sizeof *m->demand);
        uint8_t *all =
            m->demand ? mirti_arena_new(arena, (size_t)count * MIRTI_RECODE_CHUNK) : NULL;
        if (!all) return mirti_fail_memory(err, "values");
        for (int i = 0; i < count; i++)
            m->demand[i] = all + (size_t)i * MIRTI_RECODE_CHUNK;
    }
    for (int i = 0; i < count; i++)
        memset(m->demand[i], 0, (size_t)n);
    for (int i = 0; i < m->program->roots; i++)
        memset(m->demand[m->program->root[i]], 1, (size_t)n);
    for (int i = count - 1; i >= 0; i--) {
        if (!m->program->node[i]->noting) continue;
        if (m->bad_here[i]) take_notes(m, i, first, n);
        pass_on(m, i, n);
    }
    return MIRTI_OK;
}

static void merge_note(mirti_recode_note *into, const mirti_recode_note *from) {
    int64_t count = into->count + from->count;
    bool earlier =
        from->count > 0 && (into->count == 0 || (from->first_row < into->first_row &&
                                                 strcmp(from->first_file, into->first_file) == 0));
    if (earlier) *into = *from;
    into->count = count;
}

void mirti_recode_notes_merge(mirti_recode_notes *into, const mirti_recode_notes *from) {
    merge_note(&into->not_a_number, &from->not_a_number);
    merge_note(&into->outside_map, &from->outside_map);
    merge_note(&into->not_a_truth, &from->not_a_truth);
    merge_note(&into->no_household, &from->no_household);
    merge_note(&into->no_head, &from->no_head);
    merge_note(&into->several_heads, &from->several_heads);
    merge_note(&into->duplicate_person, &from->duplicate_person);
    merge_note(&into->split_household, &from->split_household);
}

void mirti_recode_notes_merge_batch(mirti_recode_notes_by_batch *into,
                                    const mirti_recode_notes *from, int64_t number) {
    mirti_recode_notes *sum = &into->sum;
    mirti_recode_note *to[] = {&sum->not_a_number,     &sum->outside_map,    &sum->not_a_truth,
                               &sum->no_household,     &sum->no_head,        &sum->several_heads,
                               &sum->duplicate_person, &sum->split_household};
    const mirti_recode_note *of[] = {
        &from->not_a_number, &from->outside_map,   &from->not_a_truth,      &from->no_household,
        &from->no_head,      &from->several_heads, &from->duplicate_person, &from->split_household};
    for (size_t k = 0; k < sizeof to / sizeof *to; k++) {
        if (of[k]->count == 0) continue;
        int64_t count = to[k]->count + of[k]->count;
        if (to[k]->count == 0 || number < into->first[k]) {
            *to[k] = *of[k];
            into->first[k] = number;
        }
        to[k]->count = count;
    }
}
