/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Functions that look at other persons of the household: head(x), mother(x), hh_sum(x) ...
 *
 * They are computed for all rows of a batch before the expressions that use them, those without
 * such a function inside first, then those that contain one, and so on. A household is a run of
 * consecutive rows with the same key; a person without a key belongs to none, and has no household
 * values.
 */
#include <string.h>

#include "compile.h"
#include "members.h"

/* --------------------------------------------------------------------------- what they take -- */

static void copy_value(const mirti_column *from, int64_t row, mirti_recode_vector *to, int64_t i) {
    bool valid = row >= 0 && from->valid[row];
    to->valid[i] = valid ? 1 : 0;
    if (to->number) to->number[i] = valid ? from->number[row] : 0;
    if (to->truth) to->truth[i] = valid ? from->truth[row] : 0;
    if (to->text) to->text[i] = valid ? from->text[row] : (mirti_str){"", 0};
}

/** head, spouse: one row per household; mother, father: one per person. */
static void take_person(const mirti_recode_members *h, const int64_t *of_household,
                        const int64_t *of_person, const mirti_column *x, mirti_recode_vector *out) {
    for (int64_t g = 0; g < h->count; g++)
        for (int64_t i = h->first[g]; i < h->first[g + 1]; i++) {
            int64_t row = of_household ? of_household[g] : of_person[i];
            copy_value(x, h->none[g] ? -1 : row, out, i);
        }
}

/** Number of rows with a value, and of those that are true. */
static void count_truths(const mirti_column *x, int64_t from, int64_t to, int64_t *known,
                         int64_t *true_ones) {
    *known = *true_ones = 0;
    for (int64_t i = from; i < to; i++) {
        *known += x->valid[i];
        *true_ones += x->truth[i];
    }
}

/** hh_count, and hh_any and hh_all as the OR and the AND over the persons. */
static void take_truths(const mirti_recode_members *h, int across, const mirti_column *x,
                        mirti_recode_vector *out) {
    for (int64_t g = 0; g < h->count; g++) {
        int64_t from = h->first[g], to = h->first[g + 1], known, yes;
        count_truths(x, from, to, &known, &yes);
        bool any = yes > 0, all_known = known == to - from, some_false = yes < known;
        for (int64_t i = from; i < to; i++) {
            out->valid[i] = !h->none[g];
            if (across == ACROSS_COUNT) {
                out->number[i] = (double)yes;
            } else if (across == ACROSS_ANY) {
                out->valid[i] = !h->none[g] && (any || all_known);
                out->truth[i] = out->valid[i] && any;
            } else {
                out->valid[i] = !h->none[g] && (some_false || all_known);
                out->truth[i] = out->valid[i] && !some_false;
            }
        }
    }
}

/** hh_sum, hh_mean, hh_min, hh_max over the persons whose value is known; missing if there is none.
 */
static void take_numbers(const mirti_recode_members *h, int across, const mirti_column *x,
                         mirti_recode_vector *out) {
    for (int64_t g = 0; g < h->count; g++) {
        int64_t from = h->first[g], to = h->first[g + 1], known = 0;
        double sum = 0, least = 0, most = 0;
        for (int64_t i = from; i < to; i++) {
            if (!x->valid[i]) continue;
            double value = x->number[i];
            least = known == 0 || value < least ? value : least;
            most = known == 0 || value > most ? value : most;
            sum += value;
            known++;
        }
        double result = across == ACROSS_MIN   ? least
                        : across == ACROSS_MAX ? most
                        : across == ACROSS_SUM ? sum
                                               : sum / (double)(known > 0 ? known : 1);
        /* A sum may overflow: what is not finite is missing, as everywhere. */
        bool valid = known > 0 && !h->none[g] && result - result == 0;
        for (int64_t i = from; i < to; i++) {
            out->valid[i] = valid ? 1 : 0;
            out->number[i] = valid ? result : 0;
        }
    }
}

static mirti_status take(const mirti_recode_session *s, mirti_recode_members *h,
                         const mirti_recode_node *node, const mirti_column *x,
                         mirti_recode_vector *out, mirti_error *err) {
    const mirti_recode_household *known = &s->scope->household;
    if (!mirti_recode_new_vector(s->arena, node->kind, h->rows, out))
        return mirti_fail_memory(err, "households");
    switch (node->detail) {
    case ACROSS_HEAD:
        if (!h->head) MIRTI_TRY(mirti_recode_find_by_code(s, h, &known->head, true, &h->head, err));
        take_person(h, h->head, NULL, x, out);
        break;
    case ACROSS_SPOUSE:
        if (!h->spouse)
            MIRTI_TRY(mirti_recode_find_by_code(s, h, &known->spouse, false, &h->spouse, err));
        take_person(h, h->spouse, NULL, x, out);
        break;
    case ACROSS_MOTHER:
        if (!h->mother) MIRTI_TRY(mirti_recode_find_parents(s, h, PART_MOTHER, &h->mother, err));
        take_person(h, NULL, h->mother, x, out);
        break;
    case ACROSS_FATHER:
        if (!h->father) MIRTI_TRY(mirti_recode_find_parents(s, h, PART_FATHER, &h->father, err));
        take_person(h, NULL, h->father, x, out);
        break;
    case ACROSS_COUNT:
    case ACROSS_ANY:
    case ACROSS_ALL: take_truths(h, node->detail, x, out); break;
    default: take_numbers(h, node->detail, x, out); break;
    }
    return MIRTI_OK;
}

/* ---------------------------------------------------------------------------------- running -- */

/** All household functions below the roots, by id; also those inside others. */
static mirti_status collect(const mirti_recode_session *s, mirti_recode_node *const *root,
                            int roots, mirti_recode_node ***out, int *count, mirti_error *err) {
    size_t nodes = (size_t)s->scope->nodes;
    mirti_recode_node **by_id = mirti_arena_new(s->arena, nodes * sizeof(mirti_recode_node *));
    if (!by_id) return mirti_fail_memory(err, "a program");
    memset(by_id, 0, nodes * sizeof(mirti_recode_node *));
    for (int i = 0; i < roots; i++)
        by_id[root[i]->id] = root[i];
    for (int id = (int)nodes - 1; id >= 0; id--)
        for (int k = 0; by_id[id] && k < by_id[id]->args; k++)
            by_id[by_id[id]->arg[k]->id] = by_id[id]->arg[k];
    *count = 0;
    for (size_t id = 0; id < nodes; id++)
        if (by_id[id] && by_id[id]->op == OP_HOUSEHOLD) by_id[(*count)++] = by_id[id];
    *out = by_id;
    return MIRTI_OK;
}

/** Evaluates roots on all rows of the batch. */
static mirti_status run_all(mirti_recode_session *s, mirti_recode_node *const *root, int roots,
                            mirti_column *out, mirti_error *err) {
    mirti_recode_program program = {0};
    MIRTI_TRY(mirti_recode_plan(s->scope, root, roots, s->arena, &program, err));
    return mirti_recode_run(s, &program, NULL, s->batch->rows, out, err);
}

/** Evaluates the household's own expressions that the functions need. */
static mirti_status run_parts(mirti_recode_session *s, mirti_recode_node *const *node, int nodes,
                              mirti_recode_members *h, mirti_error *err) {
    bool needed[PART_COUNT] = {false};
    mirti_recode_node *root[PART_COUNT];
    mirti_column column[PART_COUNT];
    int roots = 0;
    for (int i = 0; i < nodes; i++)
        for (const mirti_recode_part *p = mirti_recode_household_needs(node[i]->detail);
             *p != PART_COUNT; p++)
            needed[*p] = true;
    for (int p = 0; p < PART_COUNT; p++)
        if (needed[p]) root[roots++] = s->scope->household.node[p];
    MIRTI_TRY(run_all(s, root, roots, column, err));
    for (int p = PART_COUNT - 1; p >= 0; p--)
        if (needed[p]) h->part[p] = column[--roots];
    return MIRTI_OK;
}

mirti_status mirti_recode_run_across(mirti_recode_session *s, mirti_recode_node *const *root,
                                     int roots, mirti_error *err) {
    mirti_recode_members h = {.rows = s->batch->rows};
    mirti_recode_node **node = NULL;
    int count = 0, deepest = 0;
    MIRTI_TRY(collect(s, root, roots, &node, &count, err));
    s->across = mirti_arena_new(s->arena, (size_t)s->scope->nodes * sizeof *s->across);
    mirti_recode_node **argument =
        mirti_arena_new(s->arena, (size_t)count * sizeof(mirti_recode_node *));
    mirti_column *value = mirti_arena_new(s->arena, (size_t)count * sizeof *value);
    if (!s->across || !argument || !value) return mirti_fail_memory(err, "households");
    MIRTI_TRY(run_parts(s, node, count, &h, err));
    MIRTI_TRY(mirti_recode_find_households(s, &h, err));
    for (int i = 0; i < count; i++)
        if (node[i]->level > deepest) deepest = node[i]->level;
    for (int level = 1; level <= deepest; level++) {
        int arguments = 0;
        for (int i = 0; i < count; i++)
            if (node[i]->level == level) argument[arguments++] = node[i]->arg[0];
        if (arguments == 0) continue;
        MIRTI_TRY(run_all(s, argument, arguments, value, err));
        arguments = 0;
        for (int i = 0; i < count; i++)
            if (node[i]->level == level)
                MIRTI_TRY(take(s, &h, node[i], &value[arguments++], &s->across[node[i]->id], err));
    }
    return MIRTI_OK;
}

mirti_status mirti_recode_count_households(const mirti_scope *scope, const mirti_batch *batch,
                                           mirti_arena *arena, mirti_recode_notes *notes,
                                           mirti_error *err) {
    mirti_recode_session s = {.scope = scope, .batch = batch, .arena = arena, .strange = notes};
    const mirti_recode_household *known = &scope->household;
    mirti_recode_members h = {.rows = batch->rows};
    mirti_recode_node *root[PART_COUNT];
    mirti_column column[PART_COUNT];
    int roots = 0;
    for (int p = PART_KEY; p <= PART_PERSON; p++)
        if (known->node[p]) root[roots++] = known->node[p];
    MIRTI_TRY(run_all(&s, root, roots, column, err));
    for (int p = PART_PERSON; p >= PART_KEY; p--)
        if (known->node[p]) h.part[p] = column[--roots];
    MIRTI_TRY(mirti_recode_find_households(&s, &h, err));
    if (known->node[PART_RELATIONSHIP] && known->head.count > 0)
        MIRTI_TRY(mirti_recode_find_by_code(&s, &h, &known->head, true, &h.head, err));
    if (known->node[PART_PERSON]) MIRTI_TRY(mirti_recode_find_persons(&s, &h, err));
    return MIRTI_OK;
}
