/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Batches worked on side by side.
 *
 * A table has an order, and what is done with its rows takes time. So threads draw numbers, as in a
 * shop: whoever holds a number may read ahead (a piece of a file of which it supposes where it
 * begins, see csv_piece.c), then waits for its turn, in which nothing is done but what needs the
 * order: to see whether reading ahead began at the right row, to number the batches, to join other
 * tables; and then works on its batches while the next has his turn. What cannot be read ahead (a
 * compressed file, a database) is read in turn, and only the work is shared.
 *
 * When something fails nobody's turn comes any more; batches whose turn has been are finished, and
 * the error of the lowest is the one returned, whatever the number of threads. Pieces are cut by
 * size alone: also the batches are the same for any number of threads.
 */
#include <pthread.h>

#include "internal.h"

enum { MOST_WORKERS = 256 };

typedef struct job {
    mirti_batch_pull pull;    /* the next batch in turn, */
    void *from;               /* from here */
    mirti_source *source;     /* what may be read ahead, or NULL */
    int64_t piece;            /* bytes */
    mirti_table_carry *carry; /* NULL: batches end where they end */
    mirti_batch_work work;
    void *context;
    pthread_mutex_t lock; /* guards what follows, and all that is done in turn */
    pthread_cond_t turned;
    int64_t numbers;         /* drawn */
    int64_t turn;            /* the number whose turn it is */
    int64_t plan;            /* how often a file was cut into pieces */
    int64_t begin, cut, end; /* where it was last: begins, is cut next, ends */
    int64_t batches;         /* numbered */
    bool stop;               /* the end, or a failure: no further turns */
    int64_t failed;          /* number of the lowest batch that failed, −1: none */
    mirti_status status;     /* its */
    mirti_error *err;        /* the caller's, or NULL */
} job;

/* What one worker holds. */
typedef struct ticket {
    int64_t number, plan;
    bool ahead; /* there is a piece to be read ahead */
    mirti_table_piece piece;
    int64_t first_batch; /* number of the first of its batches */
} ticket;

/* With the lock held. */
static void record(job *shared, int64_t number, mirti_status status, const mirti_error *err) {
    shared->stop = true;
    if (shared->failed >= 0 && shared->failed <= number) return;
    shared->failed = number;
    shared->status = status;
    if (shared->err != NULL) *shared->err = *err;
}

/* Cuts what is left of the open file into pieces, if it is more than one. In turn. */
static void make_plan(job *shared) {
    int64_t from, to;
    if (shared->source == NULL || !mirti_table_source_rest(shared->source, &from, &to)) return;
    if (to - from <= shared->piece) return;
    shared->plan++;
    shared->begin = shared->cut = from;
    shared->end = to;
}

/* A number, and the piece that goes with it. False when there is nothing more to do. */
static bool draw(job *shared, ticket *mine) {
    mirti_error err = {0};
    mirti_status status = MIRTI_OK;
    pthread_mutex_lock(&shared->lock);
    bool more = !shared->stop;
    if (more) {
        mine->number = shared->numbers++;
        mine->plan = shared->plan;
        mine->ahead = shared->cut < shared->end;
    }
    if (more && mine->ahead) {
        mine->piece.from = shared->cut;
        mine->piece.first = shared->cut == shared->begin;
        bool rest = shared->end - shared->cut <= shared->piece;
        mine->piece.to = shared->cut = rest ? shared->end : shared->cut + shared->piece;
        status = mirti_table_source_prepare(shared->source, &mine->piece, &err);
    }
    if (status != MIRTI_OK) {
        record(shared, shared->batches, status, &err);
        pthread_cond_broadcast(&shared->turned);
    }
    pthread_mutex_unlock(&shared->lock);
    return more && status == MIRTI_OK;
}

static mirti_status settle(job *shared, ticket *mine, mirti_error *err) {
    mirti_table_piece *piece = &mine->piece;
    if (mine->ahead) {
        MIRTI_TRY(mirti_table_source_settle(shared->source, piece, err));
        bool rows = piece->batches > 0 && shared->carry != NULL;
        return rows ? mirti_table_carry_on(shared->carry, piece, err) : MIRTI_OK;
    }
    piece->batches = 0;
    if (mine->plan != shared->plan) return MIRTI_OK; /* pieces have been cut since */
    mirti_batch *batch;
    MIRTI_TRY(mirti_table_piece_add(piece, &batch, err));
    MIRTI_TRY(shared->pull(shared->from, batch, err));
    piece->batches = batch->rows > 0;
    if (piece->batches == 0) shared->stop = true;
    if (shared->carry != NULL) MIRTI_TRY(mirti_table_carry_on(shared->carry, piece, err));
    make_plan(shared);
    return MIRTI_OK;
}

/* Waits for the turn and takes it. False when it has not come, or came to nothing. */
static bool take_turn(job *shared, ticket *mine) {
    mirti_error err = {0};
    pthread_mutex_lock(&shared->lock);
    while (shared->turn != mine->number && !shared->stop)
        pthread_cond_wait(&shared->turned, &shared->lock);
    bool done = !shared->stop;
    if (done) {
        mirti_status status = settle(shared, mine, &err);
        if (status != MIRTI_OK) record(shared, shared->batches, status, &err);
        done = status == MIRTI_OK;
    }
    if (done) {
        mine->first_batch = shared->batches;
        shared->batches += mine->piece.batches;
    }
    shared->turn++;
    pthread_cond_broadcast(&shared->turned);
    pthread_mutex_unlock(&shared->lock);
    return done;
}

static void work_on(job *shared, const ticket *mine, int worker) {
    for (int i = 0; i < mine->piece.batches; i++) {
        mirti_error err = {0};
        const int64_t number = mine->first_batch + i;
        mirti_status status =
            shared->work(&mine->piece.batch[i], number, worker, shared->context, &err);
        if (status == MIRTI_OK) continue;
        pthread_mutex_lock(&shared->lock);
        record(shared, number, status, &err);
        pthread_cond_broadcast(&shared->turned);
        pthread_mutex_unlock(&shared->lock);
        break;
    }
}

static mirti_status run_worker(int64_t first, int64_t last, void *context, mirti_error *unused) {
    (void)last, (void)unused; /* failures are recorded by batch, not by worker */
    job *shared = context;
    ticket mine = {0};
    while (draw(shared, &mine)) {
        if (mine.ahead) mirti_table_source_read_ahead(shared->source, &mine.piece);
        if (!take_turn(shared, &mine)) break;
        work_on(shared, &mine, (int)first);
    }
    mirti_table_piece_reset(&mine.piece);
    return MIRTI_OK;
}

static mirti_status run(job *shared, int threads, mirti_error *err) {
    shared->failed = -1;
    shared->err = err;
    if (threads < 1) threads = mirti_threads_available();
    if (threads > MOST_WORKERS) threads = MOST_WORKERS;
    if (pthread_mutex_init(&shared->lock, NULL) != 0)
        return mirti_fail(err, MIRTI_ERROR_INTERNAL, "a lock could not be made");
    mirti_status status = MIRTI_OK;
    if (pthread_cond_init(&shared->turned, NULL) != 0) {
        status = mirti_fail(err, MIRTI_ERROR_INTERNAL, "a lock could not be made");
    } else {
        make_plan(shared);
        status = mirti_parallel_range(threads, 1, threads, run_worker, shared, err);
        pthread_cond_destroy(&shared->turned);
    }
    pthread_mutex_destroy(&shared->lock);
    if (status != MIRTI_OK) return status;
    return shared->failed >= 0 ? shared->status : MIRTI_OK;
}

mirti_status mirti_batches_each(mirti_batch_pull pull, void *from, int threads,
                                mirti_batch_work work, void *context, mirti_error *err) {
    job shared = {.pull = pull, .from = from, .work = work, .context = context};
    return run(&shared, threads, err);
}

static mirti_status pull_source(void *from, mirti_batch *batch, mirti_error *err) {
    return mirti_source_next(from, batch, err);
}

mirti_status mirti_table_each(mirti_source *source, int threads, int64_t piece,
                              mirti_table_carry *carry, mirti_batch_work work, void *context,
                              mirti_error *err) {
    job shared = {.pull = pull_source,
                  .from = source,
                  .source = source,
                  .piece = piece,
                  .carry = carry,
                  .work = work,
                  .context = context};
    MIRTI_TRY(mirti_table_source_begin(source, err));
    return run(&shared, threads, err);
}

mirti_status mirti_source_each(mirti_source *source, int threads, mirti_batch_work work,
                               void *context, mirti_error *err) {
    return mirti_table_each(source, threads, MIRTI_TABLE_PIECE, NULL, work, context, err);
}

mirti_status mirti_source_each_group(mirti_source *source, int threads, mirti_batch_cut cut,
                                     void *cut_context, mirti_batch_work work, void *context,
                                     mirti_error *err) {
    mirti_table_carry carry = {.cut = cut, .context = cut_context};
    mirti_status status =
        mirti_table_each(source, threads, MIRTI_TABLE_PIECE, &carry, work, context, err);
    mirti_batch_reset(&carry.held);
    return status;
}
