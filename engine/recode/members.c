/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finding households in a batch: where each begins, who is its head, who is whose mother.
 *
 * A household is a run of consecutive rows with the same key; a person without a key belongs to
 * none. Persons are sought by their identifier in a sorted index of the household, so that a home
 * for ten thousand is no trouble; the index also shows identifiers that stand twice.
 */
#include "members.h"

#include <stdlib.h>
#include <string.h>

mirti_status mirti_recode_find_households(const mirti_recode_session *s, mirti_recode_members *h,
                                          mirti_error *err) {
    const mirti_column *key = &h->part[PART_KEY];
    h->first = mirti_arena_new(s->arena, (size_t)(h->rows + 1) * sizeof *h->first);
    h->none = mirti_arena_new(s->arena, (size_t)(h->rows + 1) * sizeof *h->none);
    if (!h->first || !h->none) return mirti_fail_memory(err, "households");
    for (int64_t i = 0; i < h->rows; i++) {
        bool same = i > 0 && key->valid[i] && key->valid[i - 1] &&
                    mirti_str_equal(key->text[i], key->text[i - 1]);
        if (same) continue;
        h->none[h->count] = !key->valid[i];
        h->first[h->count++] = i;
        if (!key->valid[i] && s->strange)
            mirti_recode_note_add(&s->strange->no_household, s->scope, s->batch, i,
                                  mirti_recode_column_below(s->scope->household.node[PART_KEY]),
                                  (mirti_str){"", 0});
    }
    h->first[h->count] = h->rows;
    return MIRTI_OK;
}

/** The first person of each household whose relationship is among the codes. */
mirti_status mirti_recode_find_by_code(const mirti_recode_session *s, const mirti_recode_members *h,
                                       const mirti_recode_codes *codes, bool head, int64_t **out,
                                       mirti_error *err) {
    const mirti_column *relationship = &h->part[PART_RELATIONSHIP], *key = &h->part[PART_KEY];
    int64_t *found = mirti_arena_new(s->arena, (size_t)(h->count + 1) * sizeof *found);
    if (!found) return mirti_fail_memory(err, "households");
    int column = mirti_recode_column_below(s->scope->household.node[PART_KEY]);
    for (int64_t g = 0; g < h->count; g++) {
        int hits = 0;
        found[g] = -1;
        for (int64_t i = h->first[g]; i < h->first[g + 1]; i++) {
            if (!relationship->valid[i]) continue;
            if (!mirti_recode_is_code(codes, mirti_str_trim(relationship->text[i]))) continue;
            if (hits++ == 0) found[g] = i;
        }
        if (!head || !s->strange || h->none[g] || hits == 1) continue;
        mirti_recode_note_add(hits == 0 ? &s->strange->no_head : &s->strange->several_heads,
                              s->scope, s->batch, h->first[g], column, key->text[h->first[g]]);
    }
    *out = found;
    return MIRTI_OK;
}

/** An identifier as written, and as a number where it is one: '01' is person 1. */
struct mirti_recode_identifier {
    mirti_str text;
    double number;
    bool numeric;
    int64_t row;
};
typedef mirti_recode_identifier identifier;

static bool read_identifier(const mirti_column *column, int64_t i, identifier *out) {
    if (!column->valid[i]) return false;
    out->text = mirti_str_trim(column->text[i]);
    out->numeric = mirti_recode_read_number(out->text, &out->number) > 0;
    out->row = i;
    return out->text.size > 0;
}

/** Numbers before texts; 0 for the same person. */
static int compare_persons(const identifier *a, const identifier *b) {
    if (a->numeric != b->numeric) return a->numeric ? -1 : 1;
    if (!a->numeric) return mirti_str_compare(a->text, b->text);
    return (a->number > b->number) - (a->number < b->number);
}

/** For qsort: the same person's rows in their order. */
static int compare_rows(const void *left, const void *right) {
    const identifier *a = left, *b = right;
    int order = compare_persons(a, b);
    return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

mirti_status mirti_recode_find_persons(const mirti_recode_session *s, mirti_recode_members *h,
                                       mirti_error *err) {
    h->person = mirti_arena_new(s->arena, (size_t)(h->rows + 1) * sizeof *h->person);
    h->person_first = mirti_arena_new(s->arena, (size_t)(h->count + 1) * sizeof *h->person_first);
    if (!h->person || !h->person_first) return mirti_fail_memory(err, "households");
    int column = mirti_recode_column_below(s->scope->household.node[PART_PERSON]);
    int64_t n = 0;
    for (int64_t g = 0; g < h->count; g++) {
        int64_t first = n;
        bool sorted = true;
        h->person_first[g] = first;
        for (int64_t i = h->first[g]; i < h->first[g + 1]; i++) {
            if (h->none[g] || !read_identifier(&h->part[PART_PERSON], i, &h->person[n])) continue;
            if (n > first && compare_persons(&h->person[n - 1], &h->person[n]) > 0) sorted = false;
            n++;
        }
        /* Persons nearly always stand in order. */
        if (!sorted) qsort(h->person + first, (size_t)(n - first), sizeof *h->person, compare_rows);
        for (int64_t k = first + 1; s->strange && k < n; k++)
            if (compare_persons(&h->person[k - 1], &h->person[k]) == 0)
                mirti_recode_note_add(&s->strange->duplicate_person, s->scope, s->batch,
                                      h->person[k].row, column, h->person[k].text);
    }
    h->person_first[h->count] = n;
    return MIRTI_OK;
}

/** The first row of household `g` with this identifier; −1 for none. */
static int64_t find_person(const mirti_recode_members *h, int64_t g, const identifier *sought) {
    int64_t low = h->person_first[g], end = h->person_first[g + 1], high = end;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (compare_persons(&h->person[middle], sought) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && compare_persons(&h->person[low], sought) == 0 ? h->person[low].row : -1;
}

mirti_status mirti_recode_find_parents(const mirti_recode_session *s, mirti_recode_members *h,
                                       mirti_recode_part parent, int64_t **out, mirti_error *err) {
    int64_t *found = mirti_arena_new(s->arena, (size_t)(h->rows + 1) * sizeof *found);
    if (!found) return mirti_fail_memory(err, "households");
    if (!h->person) MIRTI_TRY(mirti_recode_find_persons(s, h, err));
    for (int64_t g = 0; g < h->count; g++) {
        for (int64_t i = h->first[g]; i < h->first[g + 1]; i++) {
            identifier sought = {0};
            found[i] =
                read_identifier(&h->part[parent], i, &sought) ? find_person(h, g, &sought) : -1;
        }
    }
    *out = found;
    return MIRTI_OK;
}
