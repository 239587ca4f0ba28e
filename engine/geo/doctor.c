/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The join doctor: what joins two lists of areas, how, and what does not.
 *
 * Both sides become rows with a code that has its zeros, a key of their parent, and their name in
 * three readings (name.c). Then one treatment after the other is tried on those that are still
 * alone, from the safest to the boldest; each treatment sorts both sides by a key and joins what is
 * alone under it on both. Nothing is joined on mere likeness: for what remains the nearest names
 * under the same parent are listed, and a person decides.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codes.h"
#include "mirti/geo.h"
#include "name.h"

/* Candidates below this are noise. */
static const double CANDIDATE_FROM = 0.6;

/* One side, ready to be compared. */
typedef struct side {
    const mirti_roster *roster;
    int64_t count;
    const char **code;   ///< trimmed; "" = none
    const char **padded; ///< with zeros put back where there are digits only
    const char **parent; ///< folded parent name or parent code; "" = unknown
    mirti_geo_name *name;
    int64_t *partner; ///< row of the other side; −1 = alone
    mirti_match_kind *kind;
    mirti_arena arena;
} side;

static const char *entry(const char *const *array, int64_t i) {
    return array && array[i] ? array[i] : "";
}

static const char *trimmed(mirti_arena *arena, const char *text) {
    mirti_str part = mirti_str_trim(mirti_str_of(text));
    return mirti_arena_copy(arena, part.data, part.size);
}

static int longest_code(const mirti_roster *roster) {
    size_t longest = 0;
    for (int64_t i = 0; i < roster->count; i++) {
        size_t size = mirti_str_trim(mirti_str_of(entry(roster->code, i))).size;
        if (size > longest) longest = size;
    }
    return (int)longest;
}

static const char *padded(mirti_arena *arena, const char *code, int width) {
    size_t size = strlen(code);
    if (size == 0 || size >= (size_t)width || strspn(code, "0123456789") != size) return code;
    size_t zeros = (size_t)width - size;
    char *out = mirti_arena_new(arena, (size_t)width + 1);
    if (!out) return NULL;
    memset(out, '0', zeros);
    memcpy(out + zeros, code, size + 1);
    return out;
}

static bool has(const char *const *array, int64_t count) {
    for (int64_t i = 0; array && i < count; i++)
        if (array[i] && array[i][0]) return true;
    return false;
}

/* How both sides can say which parent a row has; the same for both, or not comparable. */
typedef enum parent_by { PARENT_UNKNOWN, PARENT_BY_CODE, PARENT_BY_NAME } parent_by;

static bool knows_parent_code(const mirti_roster *r, const mirti_diagnosis_options *options) {
    return has(r->parent_code, r->count) || (options->parent_digits > 0 && has(r->code, r->count));
}

static parent_by choose_parent(const mirti_roster *left, const mirti_roster *right,
                               const mirti_diagnosis_options *options) {
    if (knows_parent_code(left, options) && knows_parent_code(right, options))
        return PARENT_BY_CODE;
    if (has(left->parent_name, left->count) && has(right->parent_name, right->count))
        return PARENT_BY_NAME;
    return PARENT_UNKNOWN;
}

static const char *parent_key(side *s, int64_t i, parent_by by,
                              const mirti_diagnosis_options *options) {
    if (by == PARENT_BY_NAME) {
        mirti_geo_name name;
        if (!mirti_geo_name_read(&s->arena, entry(s->roster->parent_name, i), &name)) return NULL;
        return name.core;
    }
    if (by != PARENT_BY_CODE) return "";
    size_t digits = options->parent_digits > 0 ? (size_t)options->parent_digits : 0;
    const char *code = s->padded[i];
    if (digits > 0 && strlen(code) > digits) return mirti_arena_copy(&s->arena, code, digits);
    code = trimmed(&s->arena, entry(s->roster->parent_code, i));
    return code ? padded(&s->arena, code, (int)digits) : NULL;
}

static bool make_side(side *s, const mirti_roster *roster, int width, parent_by by,
                      const mirti_diagnosis_options *options) {
    size_t n = (size_t)roster->count;
    s->roster = roster;
    s->count = roster->count;
    s->code = mirti_new(n, sizeof *s->code);
    s->padded = mirti_new(n, sizeof *s->padded);
    s->parent = mirti_new(n, sizeof *s->parent);
    s->name = mirti_new(n, sizeof *s->name);
    s->partner = mirti_new(n, sizeof *s->partner);
    s->kind = mirti_new(n, sizeof *s->kind);
    if (!s->code || !s->padded || !s->parent || !s->name || !s->partner || !s->kind) return false;
    for (int64_t i = 0; i < s->count; i++) {
        s->partner[i] = -1;
        s->kind[i] = MIRTI_MATCH_NONE;
        s->code[i] = trimmed(&s->arena, entry(roster->code, i));
        if (!s->code[i]) return false;
        s->padded[i] = padded(&s->arena, s->code[i], width);
        if (!s->padded[i] || !mirti_geo_name_read(&s->arena, entry(roster->name, i), &s->name[i]))
            return false;
        s->parent[i] = parent_key(s, i, by, options);
        if (!s->parent[i]) return false;
    }
    return true;
}

static void free_side(side *s) {
    mirti_free(s->code);
    mirti_free(s->padded);
    mirti_free(s->parent);
    mirti_free(s->name);
    mirti_free(s->partner);
    mirti_free(s->kind);
    mirti_arena_reset(&s->arena);
}

/* ------------------------------------------------------------------------- the treatments -- */

/* What a treatment compares: the parent (or nothing) and a text. */
typedef struct keyed {
    const char *parent, *text;
    int64_t index;
} keyed;

typedef enum reading { BY_CODE, BY_PADDED, BY_FOLDED, BY_SPELLED, BY_CORE } reading;

static int compare_keys(const keyed *x, const keyed *y) {
    int order = strcmp(x->parent, y->parent);
    return order ? order : strcmp(x->text, y->text);
}

static int compare_keyed(const void *a, const void *b) {
    const keyed *x = a, *y = b;
    int order = compare_keys(x, y);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static const char *text_of(const side *s, int64_t i, reading by) {
    switch (by) {
    case BY_CODE: return s->code[i];
    case BY_PADDED: return s->padded[i];
    case BY_FOLDED: return s->name[i].folded;
    case BY_SPELLED: return s->name[i].spelled;
    case BY_CORE: return s->name[i].core;
    }
    return "";
}

/* Those still alone that have the text at all, in order. */
static int64_t collect(const side *s, reading by, keyed *out) {
    int64_t n = 0;
    for (int64_t i = 0; i < s->count; i++) {
        const char *text = text_of(s, i, by);
        if (s->kind[i] != MIRTI_MATCH_NONE || text[0] == '\0') continue;
        out[n++] = (keyed){by <= BY_PADDED ? "" : s->parent[i], text, i};
    }
    if (n > 0) qsort(out, (size_t)n, sizeof *out, compare_keyed);
    return n;
}

static int64_t run_end(const keyed *key, int64_t count, int64_t from) {
    int64_t end = from + 1;
    while (end < count && compare_keys(&key[from], &key[end]) == 0)
        end++;
    return end;
}

/* Joins what has the same key on both sides. Codes that occur twice: the first joins and the
 * others are duplicates; names that occur twice join nobody. */
static void treat(side *left, side *right, reading by, mirti_match_kind kind, keyed *l, keyed *r) {
    int64_t ln = collect(left, by, l), rn = collect(right, by, r);
    for (int64_t i = 0, j = 0; i < ln && j < rn;) {
        int order = compare_keys(&l[i], &r[j]);
        int64_t i_end = order <= 0 ? run_end(l, ln, i) : i;
        int64_t j_end = order >= 0 ? run_end(r, rn, j) : j;
        bool unique = i_end - i == 1 && j_end - j == 1;
        if (order == 0 && (by <= BY_PADDED || unique)) {
            left->partner[l[i].index] = r[j].index;
            right->partner[r[j].index] = l[i].index;
            left->kind[l[i].index] = right->kind[r[j].index] = kind;
        }
        i = i_end;
        j = j_end;
    }
}

/* A code that stood on the same side before. */
static void mark_duplicates(side *s, reading by, keyed *key) {
    int64_t n = collect(s, by, key);
    for (int64_t i = 0; i < n;) {
        int64_t end = run_end(key, n, i);
        for (int64_t k = i + 1; k < end; k++)
            s->kind[key[k].index] = MIRTI_MATCH_DUPLICATE;
        i = end;
    }
}

/* The row of `codes` that is the nearest ancestor of `code`; −1 when none is there. */
static int64_t ancestor(const mirti_lineage *lineage, const mirti_geo_coded *codes, int64_t count,
                        const char *code, int depth) {
    enum { MOST_PARENTS = 8, DEEPEST = 16 };
    const char *parent[MOST_PARENTS];
    int parents = depth < DEEPEST ? mirti_lineage_parents(lineage, code, parent, MOST_PARENTS) : 0;
    for (int i = 0; i < parents && i < MOST_PARENTS; i++) {
        int64_t found = mirti_geo_codes_find(codes, count, parent[i]);
        if (found < 0) found = ancestor(lineage, codes, count, parent[i], depth + 1);
        if (found >= 0) return found;
    }
    return -1;
}

/* Those alone on `young` whose ancestor stands on `old`. */
static mirti_status treat_lineage(side *young, side *old, const mirti_lineage *lineage,
                                  mirti_error *err) {
    mirti_geo_coded *codes = mirti_geo_codes_sort(old->padded, old->count);
    if (!codes) return mirti_fail_memory(err, "the join doctor");
    for (int64_t i = 0; i < young->count; i++) {
        if (young->kind[i] != MIRTI_MATCH_NONE || young->padded[i][0] == '\0') continue;
        int64_t found = ancestor(lineage, codes, old->count, young->padded[i], 0);
        if (found < 0) continue;
        young->partner[i] = found;
        young->kind[i] = MIRTI_MATCH_LINEAGE;
        if (old->kind[found] != MIRTI_MATCH_NONE) continue;
        old->partner[found] = i;
        old->kind[found] = MIRTI_MATCH_LINEAGE;
    }
    mirti_free(codes);
    return MIRTI_OK;
}

static mirti_status treat_all(side *left, side *right, const mirti_diagnosis_options *options,
                              mirti_error *err) {
    keyed *l = mirti_new((size_t)left->count, sizeof *l);
    keyed *r = mirti_new((size_t)right->count, sizeof *r);
    mirti_status status = l && r ? MIRTI_OK : mirti_fail_memory(err, "the join doctor");
    if (status == MIRTI_OK) {
        mark_duplicates(left, BY_CODE, l);
        mark_duplicates(right, BY_CODE, r);
        treat(left, right, BY_CODE, MIRTI_MATCH_CODE, l, r);
        treat(left, right, BY_PADDED, MIRTI_MATCH_PADDED, l, r);
    }
    if (status == MIRTI_OK && options->lineage)
        status = treat_lineage(left, right, options->lineage, err);
    if (status == MIRTI_OK && options->lineage)
        status = treat_lineage(right, left, options->lineage, err);
    if (status == MIRTI_OK) {
        treat(left, right, BY_FOLDED, MIRTI_MATCH_NAME, l, r);
        treat(left, right, BY_SPELLED, MIRTI_MATCH_SPELLING, l, r);
        treat(left, right, BY_CORE, MIRTI_MATCH_SPELLING, l, r);
    }
    mirti_free(l);
    mirti_free(r);
    return status;
}

/* ------------------------------------------------------------------------------ the findings -- */

static void offer(mirti_match *match, int64_t index, double similarity) {
    int at = match->candidates;
    while (at > 0 && match->candidate[at - 1].similarity < similarity)
        at--;
    if (at >= MIRTI_MATCH_CANDIDATES) return;
    if (match->candidates < MIRTI_MATCH_CANDIDATES) match->candidates++;
    for (int k = match->candidates - 1; k > at; k--)
        match->candidate[k] = match->candidate[k - 1];
    match->candidate[at] = (mirti_candidate){index, similarity};
}

/* Of two names that are known; one that contains the other («Pisté», «Pisté de Chichén Itzá») is
 * its longer or older form. */
static double likeness(const side *left, int64_t i, const side *right, int64_t j) {
    if (j < 0 || left->name[i].spelled[0] == '\0' || right->name[j].spelled[0] == '\0') return NAN;
    const char *a = left->name[i].core, *b = right->name[j].core;
    double similarity = fmax(mirti_geo_similarity(left->name[i].spelled, right->name[j].spelled),
                             mirti_geo_similarity(a, b));
    return strstr(a, b) || strstr(b, a) ? fmax(similarity, 0.9) : similarity;
}

/* The most similar names among those alone on the other side, under the same parent. */
static void find_candidates(const side *own, int64_t i, const side *other, mirti_match *match) {
    for (int64_t j = 0; j < other->count; j++) {
        if (other->kind[j] != MIRTI_MATCH_NONE || strcmp(own->parent[i], other->parent[j]) != 0)
            continue;
        double similarity = likeness(own, i, other, j);
        if (similarity >= CANDIDATE_FROM) offer(match, j, similarity);
    }
}

static void collect_findings(const side *left, const side *right, mirti_diagnosis *d) {
    for (int64_t i = 0; i < left->count; i++) {
        mirti_match *match = &d->match[d->count++];
        *match = (mirti_match){.left = i, .right = left->partner[i], .kind = left->kind[i]};
        match->similarity = likeness(left, i, right, match->right);
        d->of_kind[match->kind]++;
        if (match->kind == MIRTI_MATCH_NONE) find_candidates(left, i, right, match);
        if (match->kind <= MIRTI_MATCH_PADDED && match->similarity < MIRTI_OTHER_NAME_BELOW)
            d->other_name++;
    }
    for (int64_t j = 0; j < right->count; j++) {
        int64_t partner = right->partner[j];
        if (partner >= 0 && left->partner[partner] == j) continue; /* listed with its left */
        mirti_match *match = &d->match[d->count++];
        *match =
            (mirti_match){.left = partner, .right = j, .kind = right->kind[j], .similarity = NAN};
        d->right_alone += match->kind == MIRTI_MATCH_NONE;
        d->right_lineage += match->kind == MIRTI_MATCH_LINEAGE;
        d->right_duplicates += match->kind == MIRTI_MATCH_DUPLICATE;
        if (match->kind == MIRTI_MATCH_NONE) find_candidates(right, j, left, match);
    }
}

mirti_status mirti_diagnose(const mirti_roster *left, const mirti_roster *right,
                            const mirti_diagnosis_options *options, mirti_diagnosis **out,
                            mirti_error *err) {
    side l = {0}, r = {0};
    *out = NULL;
    int width = options->code_width;
    if (width <= 0) {
        int of_left = longest_code(left), of_right = longest_code(right);
        width = of_left > of_right ? of_left : of_right;
    }
    mirti_diagnosis_options resolved = *options;
    /* Mexico's codes: 2 digits of the state, 3 of the municipality, 4 of the locality. */
    if (resolved.parent_digits == 0) resolved.parent_digits = width == 9 ? 5 : width == 5 ? 2 : 0;
    options = &resolved;
    parent_by by = choose_parent(left, right, options);
    mirti_diagnosis *d = mirti_new(1, sizeof *d);
    if (d) d->match = mirti_new((size_t)(left->count + right->count), sizeof *d->match);
    mirti_status status = MIRTI_OK;
    if (!d || !d->match || !make_side(&l, left, width, by, options) ||
        !make_side(&r, right, width, by, options))
        status = mirti_fail_memory(err, "the join doctor");
    if (status == MIRTI_OK) status = treat_all(&l, &r, options, err);
    if (status == MIRTI_OK) {
        d->left = *left;
        d->right = *right;
        collect_findings(&l, &r, d);
        *out = d;
    } else {
        mirti_diagnosis_free(d);
    }
    free_side(&l);
    free_side(&r);
    return status;
}

void mirti_diagnosis_free(mirti_diagnosis *diagnosis) {
    if (!diagnosis) return;
    mirti_free(diagnosis->match);
    mirti_free(diagnosis->owned);
    mirti_free(diagnosis);
}

bool mirti_diagnosis_clean(const mirti_diagnosis *d) {
    return d->of_kind[MIRTI_MATCH_NONE] == 0 && d->of_kind[MIRTI_MATCH_DUPLICATE] == 0 &&
           d->right_alone == 0 && d->right_duplicates == 0 && d->other_name == 0;
}
