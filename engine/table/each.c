/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Batches worked on side by side. Reading is quick and has an order; what is done with the rows is
 * slow and has none. So the threads take turns at pulling a batch, each into memory of its own, and
 * work at the same time. When something fails no further batch is pulled; those before it are
 * finished, and the error of the lowest is the one returned, whatever the number of threads.
 */
#include <pthread.h>

#include "internal.h"

enum { MOST_WORKERS = 256 };

typedef struct job {
    mirti_batch_pull pull;
    void *from;
    mirti_batch_work work;
    void *context;
    pthread_mutex_t lock; /* guards what follows, and the pulling */
    int64_t next;         /* number of the next batch */
    bool stop;            /* the end, or a failure: pull no more */
    int64_t failed;       /* number of the lowest batch that failed, −1: none */
    mirti_status status;  /* its */
    mirti_error *err;     /* the caller's, or NULL */
} job;

/* With the lock held. */
static void record(job *shared, int64_t number, mirti_status status, const mirti_error *err) {
    shared->stop = true;
    if (shared->failed >= 0 && shared->failed <= number) return;
    shared->failed = number;
    shared->status = status;
    if (shared->err != NULL) *shared->err = *err;
}

/* The next batch and its number; false when there is nothing more to do. */
static bool take(job *shared, mirti_batch *batch, int64_t *number) {
    mirti_error err = {0};
    pthread_mutex_lock(&shared->lock);
    bool more = !shared->stop;
    if (more) {
        *number = shared->next++;
        mirti_status status = shared->pull(shared->from, batch, &err);
        if (status != MIRTI_OK) record(shared, *number, status, &err);
        if (batch->rows == 0) shared->stop = true;
        more = status == MIRTI_OK && batch->rows > 0;
    }
    pthread_mutex_unlock(&shared->lock);
    return more;
}

static mirti_status run_worker(int64_t first, int64_t last, void *context, mirti_error *unused) {
    (void)last, (void)unused; /* failures are recorded by batch, not by worker */
    job *shared = context;
    mirti_batch batch = {0};
    int64_t number = 0;
    while (take(shared, &batch, &number)) {
        mirti_error err = {0};
        mirti_status status = shared->work(&batch, number, (int)first, shared->context, &err);
        if (status == MIRTI_OK) continue;
        pthread_mutex_lock(&shared->lock);
        record(shared, number, status, &err);
        pthread_mutex_unlock(&shared->lock);
    }
    mirti_batch_reset(&batch);
    return MIRTI_OK;
}

mirti_status mirti_batches_each(mirti_batch_pull pull, void *from, int threads,
                                mirti_batch_work work, void *context, mirti_error *err) {
    job shared = {
        .pull = pull, .from = from, .work = work, .context = context, .failed = -1, .err = err};
    if (threads < 1) threads = mirti_threads_available();
    if (threads > MOST_WORKERS) threads = MOST_WORKERS;
    if (pthread_mutex_init(&shared.lock, NULL) != 0)
        return mirti_fail(err, MIRTI_ERROR_INTERNAL, "a lock could not be made");
    mirti_status status = mirti_parallel_range(threads, 1, threads, run_worker, &shared, err);
    pthread_mutex_destroy(&shared.lock);
    if (status != MIRTI_OK) return status;
    return shared.failed >= 0 ? shared.status : MIRTI_OK;
}

static mirti_status pull_source(void *from, mirti_batch *batch, mirti_error *err) {
    return mirti_source_next(from, batch, err);
}

mirti_status mirti_source_each(mirti_source *source, int threads, mirti_batch_work work,
                               void *context, mirti_error *err) {
    return mirti_batches_each(pull_source, source, threads, work, context, err);
}
