/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Batches that never cut a household.
 *
 * A source delivers some thousand rows at a time, and the last household of a batch is usually not
 * at its end. The reader holds the rows of that household back (they are copied: the batch's memory
 * is reused) and puts them before the rows of the next batch. It reads one batch ahead, so that it
 * knows where a file ends. It also remembers a hash of every key seen: a key that comes again later
 * means that the file is not sorted by household, or that the key is not unique, and is counted.
 * Nine to twelve bytes per household, so a national census of five million costs some 50 MB.
 */
#include "compile.h"
#include "evaluate.h"

#include <pthread.h>
#include <string.h>

/** More persons than this with the same key are no household but a wrong key. */
#define LARGEST_HOUSEHOLD 50000

/** An open-addressing set of hashes; 0 marks an empty place. */
typedef struct hash_set {
    uint64_t *place;
    uint32_t room, used;
} hash_set;

/** Keys are dealt to so many sets by their first bits: growing, which for a moment needs the old
 * and the new places, then concerns a small part at a time. */
enum { SET_BITS = 6, SETS = 1 << SET_BITS };

struct mirti_household_reader {
    mirti_source *source;
    mirti_scope *scope;
    mirti_expr *key;
    mirti_batch ahead; ///< the next batch of the source
    bool started;
    mirti_batch held; ///< rows of the unfinished household, copied
    char *held_key;   ///< its key, in held.arena; NULL = missing
    mirti_arena scratch;
    hash_set seen[SETS]; ///< keys of this file
    mirti_recode_notes notes;
    /* side by side only: */
    mirti_text last_key; ///< of the last row met
    bool has_last_key;
    int64_t together; ///< rows that have had it
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
    uint32_t at = (uint32_t)(((hash & UINT32_MAX) * set->room) >> 32);
    while (set->place[at] != 0) {
        if (set->place[at] == hash) return false;
        at = at + 1 < set->room ? at + 1 : 0;
    }
    set->place[at] = hash;
    set->used++;
    return true;
}

static mirti_status grow(hash_set *set, mirti_error *err) {
    if (set->used < set->room - set->room / 8) return MIRTI_OK;
    hash_set larger = {.room = set->room ? set->room + set->room / 4 : 64};
    if (larger.room > UINT32_MAX / 2) return mirti_fail_memory(err, "the households seen");
    larger.place = mirti_new(larger.room, sizeof *larger.place);
    if (!larger.place) return mirti_fail_memory(err, "the households seen");
    for (uint32_t i = 0; i < set->room; i++)
        if (set->place[i] != 0) insert(&larger, set->place[i]);
    mirti_free(set->place);
    *set = larger;
    return MIRTI_OK;
}

/** A new file has households of its own. */
static void forget(mirti_household_reader *r) {
    for (int s = 0; s < SETS; s++) {
        mirti_free(r->seen[s].place);
        r->seen[s] = (hash_set){0};
    }
}

/** Remembers a household that begins at a row, and notes it if its key was there before. */
static mirti_status see(mirti_household_reader *r, mirti_str key, const mirti_batch *batch,
                        int64_t row, mirti_error *err) {
    uint64_t hash = hash_key(key);
    hash_set *set = &r->seen[hash >> (64 - SET_BITS)];
    MIRTI_TRY(grow(set, err));
    if (insert(set, hash)) return MIRTI_OK;
    mirti_recode_note_add(&r->notes.split_household, r->scope, batch, row,
                          mirti_recode_column_below(r->scope->household.node[PART_KEY]), key);
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

/** Holds back rows [first, end) of the batch, behind those already held. */
static mirti_status hold(mirti_household_reader *r, const mirti_batch *batch,
                         const mirti_column *key, int64_t first, mirti_error *err) {
    r->held_key = NULL;
    if (batch->rows == first) return MIRTI_OK;
    MIRTI_TRY(mirti_batch_append(&r->held, batch, first, err));
    if (!key->valid[batch->rows - 1]) return MIRTI_OK;
    mirti_str text = key->text[batch->rows - 1];
    r->held_key = mirti_arena_copy(&r->held.arena, text.data, text.size);
    return r->held_key ? MIRTI_OK : mirti_fail_memory(err, "a household");
}

static mirti_status too_large(const mirti_household_reader *r, const mirti_batch *batch,
                              int64_t row, const char *key, mirti_error *err) {
    int column = mirti_recode_column_below(r->scope->household.node[PART_KEY]);
    mirti_status status =
        mirti_fail(err, MIRTI_ERROR_INPUT,
                   "more than %d persons in a row have the same household key", LARGEST_HOUSEHOLD);
    mirti_fail_at(err, batch->file, row, 0, column >= 0 ? r->scope->column[column].name.data : NULL,
                  key);
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
        MIRTI_TRY(hold(r, batch, &key, 0, err));
        if (r->held.rows <= LARGEST_HOUSEHOLD) return MIRTI_OK;
        return too_large(r, batch, mirti_batch_row(&r->held, 0), r->held_key, err);
    }
    MIRTI_TRY(see_all(r, batch, &key, continued, cut, err));
    if (last_of_file) forget(r);
    /* First the copy of what is held back, then the batch is cut. */
    mirti_batch former = r->held;
    r->held = (mirti_batch){0};
    mirti_status status = hold(r, batch, &key, cut, err);
    if (status == MIRTI_OK) status = mirti_batch_prepend(batch, &former, cut, err);
    mirti_batch_reset(&former);
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

/* ----------------------------------------------------------------------------- side by side -- */

enum { MOST_WORKERS = 256 };

typedef struct job {
    mirti_household_reader *reader;
    mirti_batch_work work;
    void *context;
    mirti_arena arena[MOST_WORKERS];
    pthread_mutex_t lock; ///< guards what follows
    mirti_recode_notes_by_batch notes;
} job;

/** Where the last household of a batch begins: it may go on in the next. In turn. */
static mirti_status cut_households(const mirti_batch *batch, bool new_file, int64_t *last,
                                   bool *continues, void *context, mirti_error *err) {
    mirti_household_reader *r = ((job *)context)->reader;
    mirti_column key = {0};
    mirti_arena_rewind(&r->scratch);
    MIRTI_TRY(mirti_expr_eval(r->key, batch, &r->scratch, &key, NULL, err));
    if (new_file) {
        forget(r);
        r->has_last_key = false;
    }
    *continues = r->has_last_key && key.valid[0] &&
                 mirti_str_equal(key.text[0], (mirti_str){r->last_key.data, r->last_key.size});
    *last = batch->rows - 1;
    while (*last > 0 && same_key(&key, *last))
        (*last)--;
    for (int64_t i = *continues ? 1 : 0; i < batch->rows; i++)
        if (key.valid[i] && (i == 0 || !same_key(&key, i)))
            MIRTI_TRY(see(r, key.text[i], batch, i, err));
    r->together = (*continues && *last == 0 ? r->together : 0) + batch->rows - *last;
    mirti_str text = key.text[batch->rows - 1];
    r->has_last_key = key.valid[batch->rows - 1] != 0;
    r->last_key.size = 0;
    mirti_text_add(&r->last_key, text.data, text.size);
    if (r->last_key.failed) return mirti_fail_memory(err, "a household");
    if (r->together <= LARGEST_HOUSEHOLD) return MIRTI_OK;
    return too_large(r, batch, mirti_batch_row(batch, batch->rows - 1) - r->together + 1,
                     r->last_key.data, err);
}

static mirti_status work_on(mirti_batch *batch, int64_t number, int worker, void *context,
                            mirti_error *err) {
    job *j = context;
    mirti_arena *arena = &j->arena[worker];
    mirti_recode_notes notes = {0};
    mirti_arena_rewind(arena);
    MIRTI_TRY(mirti_recode_count_households(j->reader->scope, batch, arena, &notes, err));
    pthread_mutex_lock(&j->lock);
    mirti_recode_notes_merge_batch(&j->notes, &notes, number);
    pthread_mutex_unlock(&j->lock);
    return j->work(batch, number, worker, j->context, err);
}

mirti_status mirti_household_reader_each(mirti_household_reader *reader, int threads,
                                         mirti_batch_work work, void *context, mirti_error *err) {
    job *j = mirti_new(1, sizeof *j);
    if (!j) return mirti_fail_memory(err, "a reader of households");
    *j = (job){.reader = reader, .work = work, .context = context};
    mirti_status status = pthread_mutex_init(&j->lock, NULL) == 0
                              ? MIRTI_OK
                              : mirti_fail(err, MIRTI_ERROR_INTERNAL, "a lock could not be made");
    if (status == MIRTI_OK) {
        if (threads < 1) threads = mirti_threads_available();
        if (threads > MOST_WORKERS) threads = MOST_WORKERS;
        status =
            mirti_source_each_group(reader->source, threads, cut_households, j, work_on, j, err);
        mirti_recode_notes_merge(&reader->notes, &j->notes.sum);
        pthread_mutex_destroy(&j->lock);
    }
    for (int w = 0; w < MOST_WORKERS; w++)
        mirti_arena_reset(&j->arena[w]);
    mirti_free(j);
    return status;
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
    mirti_batch_reset(&reader->held);
    mirti_text_reset(&reader->last_key);
    mirti_arena_reset(&reader->scratch);
    forget(reader);
    mirti_expr_free(reader->key);
    mirti_free(reader);
}
