/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Batches that never cut a household.
 *
 * A source delivers some thousand rows at a time, and the last household of a batch is usually not
 * at its end. The reader holds the rows of that household back (they are copied: the batch's memory
 * is reused) and puts them before the rows of the next batch. It reads one batch ahead, so that it
 * knows where a file ends. It also remembers a hash of every key seen: a key that comes again later
 * means that the file is not sorted by household, or that the key is not unique, and is counted.
 * Eight bytes per household, so a national census of five million households costs under 100 MB.
 */
#include "compile.h"
#include "evaluate.h"

#include <string.h>

/** More persons than this with the same key are no household but a wrong key. */
#define LARGEST_HOUSEHOLD 50000

/** An open-addressing set of hashes; 0 marks an empty place. */
typedef struct hash_set {
    uint64_t *place;
    size_t room, used;
} hash_set;

struct mirti_household_reader {
    mirti_source *source;
    mirti_scope *scope;
    mirti_expr *key;
    mirti_batch ahead; ///< the next batch of the source
    bool started;
    mirti_batch held; ///< rows of the unfinished household, copied
    char *held_key;   ///< its key, in held.arena; NULL = missing
    mirti_arena scratch;
    hash_set seen; ///< keys of this file
    mirti_recode_notes notes;
};

/* -------------------------------------------------------------------------------- keys seen -- */

/** FNV-1a with a final mix; never 0. */
static uint64_t hash_key(mirti_str key) {
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < key.size; i++)
        h = (h ^ (unsigned char)key.data[i]) * UINT64_C(1099511628211);
    h ^= h >> 32;
    h *= UINT64_C(0xD6E8FEB86659FD93);
    h ^= h >> 32;
    return h ? h : 1;
}

/** Puts a hash into a table with room for it; false if it was there already. */
static bool insert(hash_set *set, uint64_t hash) {
    size_t at = (size_t)hash & (set->room - 1);
    while (set->place[at] != 0) {
        if (set->place[at] == hash) return false;
        at = (at + 1) & (set->room - 1);
    }
    set->place[at] = hash;
    set->used++;
    return true;
}

static mirti_status grow(hash_set *set, mirti_error *err) {
    if (set->room > 0 && set->used < set->room - set->room / 4) return MIRTI_OK;
    hash_set larger = {.room = set->room ? 2 * set->room : 4096};
    larger.place = mirti_new(larger.room, sizeof *larger.place);
    if (!larger.place) return mirti_fail_memory(err, "the households seen");
    for (size_t i = 0; i < set->room; i++)
        if (set->place[i] != 0) insert(&larger, set->place[i]);
    mirti_free(set->place);
    *set = larger;
    return MIRTI_OK;
}

/** Remembers a household that begins at a row, and notes it if its key was there before. */
static mirti_status see(mirti_household_reader *r, mirti_str key, const mirti_batch *batch,
                        int64_t row, mirti_error *err) {
    MIRTI_TRY(grow(&r->seen, err));
    if (insert(&r->seen, hash_key(key))) return MIRTI_OK;
    mirti_recode_note_add(&r->notes.split_household, r->scope, batch, row,
                          mirti_recode_column_below(r->scope->household.node[PART_KEY]), key);
    return MIRTI_OK;
}

/* ---------------------------------------------------------------------------------- copying -- */

static mirti_status copy_column(mirti_arena *arena, const mirti_column *from, int64_t first,
                                int64_t n, bool deep, mirti_column *to, int64_t at,
                                mirti_error *err) {
    memcpy(to->valid + at, from->valid + first, (size_t)n);
    if (to->number) memcpy(to->number + at, from->number + first, (size_t)n * sizeof *to->number);
    if (to->truth) memcpy(to->truth + at, from->truth + first, (size_t)n);
    for (int64_t i = 0; to->text && i < n; i++) {
        mirti_str text = from->text[first + i];
        if (deep) {
            text.data = mirti_arena_copy(arena, text.data, text.size);
            if (!text.data) return mirti_fail_memory(err, "a household");
        }
        to->text[at + i] = text;
    }
    return MIRTI_OK;
}

/** `to` becomes `a` and rows [first, last) of `b`, in `arena`; texts of `a`, and with `deep` those
 * of `b`, are copied too. */
static mirti_status join(mirti_arena *arena, const mirti_batch *a, const mirti_batch *b,
                         int64_t first, int64_t last, bool deep, mirti_batch *to,
                         mirti_error *err) {
    int64_t rows = a->rows + last - first;
    size_t room = (size_t)(rows > 0 ? rows : 1);
    mirti_batch made = {.rows = rows, .columns = b->columns, .file = b->file};
    made.first_row = a->rows > 0 ? mirti_batch_row(a, 0) : mirti_batch_row(b, first);
    made.column =
        mirti_arena_new(arena, (size_t)(b->columns > 0 ? b->columns : 1) * sizeof *made.column);
    made.row_number = mirti_arena_new(arena, room * sizeof *made.row_number);
    if (!made.column || !made.row_number) return mirti_fail_memory(err, "a household");
    for (int64_t i = 0; i < rows; i++)
        made.row_number[i] =
            i < a->rows ? mirti_batch_row(a, i) : mirti_batch_row(b, first + i - a->rows);
    for (int c = 0; c < b->columns; c++) {
        const mirti_column *from = &b->column[c];
        mirti_recode_vector v = {0};
        made.column[c] = (mirti_column){.type = from->type};
        if (from->rows == 0) continue;
        if (!mirti_recode_new_vector(arena, (mirti_recode_kind)from->type, rows, &v))
            return mirti_fail_memory(err, "a household");
        made.column[c] = (mirti_column){from->type, rows, v.valid, v.text, v.number, v.truth};
        if (a->rows > 0)
            MIRTI_TRY(copy_column(arena, &a->column[c], 0, a->rows, true, &made.column[c], 0, err));
        MIRTI_TRY(
            copy_column(arena, from, first, last - first, deep, &made.column[c], a->rows, err));
    }
    made.arena = to->arena;
    *to = made;
    return MIRTI_OK;
}

/* ---------------------------------------------------------------------------------- reading -- */

static bool same_key(const mirti_column *key, int64_t i) {
    return key->valid[i] && key->valid[i - 1] && mirti_str_equal(key->text[i], key->text[i - 1]);
}

/** Remembers the households that begin in rows [0, last), and the one held back. */
static mirti_status see_all(mirti_household_reader *r, const mirti_batch *batch,
                            const mirti_column *key, bool continued, int64_t last,
                            mirti_error *err) {
    if (r->held.rows > 0 && r->held_key)
        MIRTI_TRY(see(r, mirti_str_of(r->held_key), &r->held, 0, err));
    for (int64_t i = 0; i < last; i++) {
        bool begins = i == 0 ? !continued : !same_key(key, i);
        if (begins && key->valid[i]) MIRTI_TRY(see(r, key->text[i], batch, i, err));
    }
    return MIRTI_OK;
}

/** Holds back rows [first, end) of the batch; with `and_held` behind those already held. */
static mirti_status hold(mirti_household_reader *r, const mirti_batch *batch,
                         const mirti_column *key, int64_t first, bool and_held, mirti_error *err) {
    mirti_batch fresh = {0};
    const mirti_batch none = {0};
    char *name = NULL;
    mirti_arena arena = {0};
    mirti_status status = MIRTI_OK;
    if (batch->rows > first) {
        status =
            join(&arena, and_held ? &r->held : &none, batch, first, batch->rows, true, &fresh, err);
        if (status == MIRTI_OK && key->valid[batch->rows - 1]) {
            mirti_str text = key->text[batch->rows - 1];
            name = mirti_arena_copy(&arena, text.data, text.size);
            if (!name) status = mirti_fail_memory(err, "a household");
        }
    }
    if (status != MIRTI_OK) {
        mirti_arena_reset(&arena);
        return status;
    }
    mirti_arena_reset(&r->held.arena);
    r->held = fresh;
    r->held.arena = arena;
    r->held_key = name;
    return MIRTI_OK;
}

/** Rows [0, last) of the batch behind what is held become the batch. */
static mirti_status release(mirti_household_reader *r, mirti_batch *batch, int64_t last,
                            mirti_error *err) {
    if (r->held.rows > 0) return join(&batch->arena, &r->held, batch, 0, last, false, batch, err);
    batch->rows = last;
    for (int c = 0; c < batch->columns; c++)
        if (batch->column[c].rows > 0) batch->column[c].rows = last;
    return MIRTI_OK;
}

static mirti_status too_large(const mirti_household_reader *r, const mirti_batch *batch,
                              mirti_error *err) {
    int column = mirti_recode_column_below(r->scope->household.node[PART_KEY]);
    mirti_status status =
        mirti_fail(err, MIRTI_ERROR_INPUT,
                   "more than %d persons in a row have the same household key", LARGEST_HOUSEHOLD);
    mirti_fail_at(err, batch->file, mirti_batch_row(&r->held, 0), 0,
                  column >= 0 ? r->scope->column[column].name.data : NULL, r->held_key);
    mirti_fail_remedy(err,
                      "let `key` of the household name the columns that tell households apart");
    return status;
}

/** One batch of the source: what of it is complete becomes the batch. `*again`: nothing is yet. */
static mirti_status advance(mirti_household_reader *r, mirti_batch *batch, bool *again,
                            mirti_error *err) {
    bool last_of_file = r->ahead.rows == 0 || strcmp(r->ahead.file ? r->ahead.file : "",
                                                     batch->file ? batch->file : "") != 0;
    mirti_column key = {0};
    mirti_arena_rewind(&r->scratch);
    MIRTI_TRY(mirti_expr_eval(r->key, batch, &r->scratch, &key, NULL, err));
    bool continued =
        r->held.rows > 0 && r->held_key && key.valid[0] && mirti_str_is(key.text[0], r->held_key);
    int64_t cut = batch->rows;
    if (!last_of_file)
        for (cut = batch->rows - 1; cut > 0 && same_key(&key, cut);)
            cut--;
    *again = cut == 0 && (continued || r->held.rows == 0);
    if (*again) {
        MIRTI_TRY(hold(r, batch, &key, 0, true, err));
        return r->held.rows > LARGEST_HOUSEHOLD ? too_large(r, batch, err) : MIRTI_OK;
    }
    MIRTI_TRY(see_all(r, batch, &key, continued, cut, err));
    if (last_of_file) {
        MIRTI_TRY(release(r, batch, cut, err));
        mirti_free(r->seen.place);
        r->seen = (hash_set){0};
        return hold(r, batch, &key, batch->rows, false, err);
    }
    /* First the copy of what is held back, then the batch is cut. */
    mirti_household_reader former = *r;
    r->held.arena = (mirti_arena){0};
    mirti_status status = hold(r, batch, &key, cut, false, err);
    if (status == MIRTI_OK) status = release(&former, batch, cut, err);
    mirti_arena_reset(&former.held.arena);
    return status;
}

mirti_status mirti_household_reader_next(mirti_household_reader *r, mirti_batch *batch,
                                         mirti_error *err) {
    if (!r->started) {
        r->started = true;
        MIRTI_TRY(mirti_source_next(r->source, &r->ahead, err));
    }
    for (bool again = true; again;) {
        mirti_batch swap = *batch;
        *batch = r->ahead;
        r->ahead = swap;
        if (batch->rows == 0) {
            /* The last household of a file is never held back: the source has ended. */
            r->ahead.rows = 0;
            return MIRTI_OK;
        }
        MIRTI_TRY(mirti_source_next(r->source, &r->ahead, err));
        MIRTI_TRY(advance(r, batch, &again, err));
    }
    mirti_arena_rewind(&r->scratch);
    return mirti_recode_count_households(r->scope, batch, &r->scratch, &r->notes, err);
}

/* ------------------------------------------------------------------------------------- life -- */

mirti_status mirti_household_reader_new(mirti_source *source, mirti_scope *scope,
                                        mirti_household_reader **out, mirti_error *err) {
    *out = NULL;
    if (!scope->household.declared)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "nothing is said of households");
    mirti_recode_compiler c = {.scope = scope, .self = -1, .err = err};
    /* What the declaration says of households is checked, whether an expression needs it or not. */
    for (int p = PART_KEY; p <= PART_PERSON; p++)
        if (scope->household.given[p])
            MIRTI_TRY(mirti_recode_household_part(&c, (mirti_recode_part)p));
    mirti_household_reader *r = mirti_new(1, sizeof *r);
    if (!r) return mirti_fail_memory(err, "a reader of households");
    r->source = source;
    r->scope = scope;
    mirti_status status =
        mirti_recode_expr_of(scope, scope->household.node[PART_KEY], &r->key, err);
    if (status != MIRTI_OK) {
        mirti_free(r);
        return status;
    }
    *out = r;
    return MIRTI_OK;
}

const mirti_recode_notes *mirti_household_reader_notes(const mirti_household_reader *reader) {
    return &reader->notes;
}

void mirti_household_reader_free(mirti_household_reader *reader) {
    if (!reader) return;
    mirti_batch_reset(&reader->ahead);
    mirti_arena_reset(&reader->held.arena);
    mirti_arena_reset(&reader->scratch);
    mirti_free(reader->seen.place);
    mirti_expr_free(reader->key);
    mirti_free(reader);
}
