/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Work shared among threads so that the result never depends on how many there are. Chunks are cut
 * by size alone and handed out in increasing order from one counter. When a chunk fails no further
 * ones are begun; all lower ones had already been, and are finished, so the lowest failure is
 * always the same one.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "mirti/base.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

enum { MOST_THREADS = 256 };

int mirti_threads_available(void) {
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        int count = CPU_COUNT(&set);
        if (count > 0) return count;
    }
#endif
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : (int)online;
}

typedef struct job {
    int64_t count, chunk, chunks;
    mirti_range_fn work;
    void *context;
    atomic_int_least64_t next; /* chunk to hand out */
    atomic_bool stop;          /* something failed: begin nothing new */
    pthread_mutex_t lock;      /* guards what follows */
    int64_t failed_chunk;      /* lowest that failed, or -1 */
    mirti_status failed_status;
    mirti_error *err; /* the caller's; may be NULL */
} job;

static void record_failure(job *shared, int64_t chunk, mirti_status status,
                           const mirti_error *err) {
    pthread_mutex_lock(&shared->lock);
    if (shared->failed_chunk < 0 || chunk < shared->failed_chunk) {
        shared->failed_chunk = chunk;
        shared->failed_status = status;
        if (shared->err != NULL) *shared->err = *err;
    }
    pthread_mutex_unlock(&shared->lock);
}

static void *run_chunks(void *argument) {
    job *shared = argument;
    while (!atomic_load(&shared->stop)) {
        int64_t chunk = atomic_fetch_add(&shared->next, 1);
        if (chunk >= shared->chunks) break;
        int64_t first = chunk * shared->chunk;
        int64_t last =
            shared->count - first < shared->chunk ? shared->count : first + shared->chunk;
        mirti_error err = {0};
        mirti_status status = shared->work(first, last, shared->context, &err);
        if (status != MIRTI_OK) {
            atomic_store(&shared->stop, true);
            if (err.status != status) err.status = status;
            record_failure(shared, chunk, status, &err);
        }
    }
    return NULL;
}

mirti_status mirti_parallel_range(int64_t count, int64_t chunk, int threads, mirti_range_fn work,
                                  void *context, mirti_error *err) {
    if (count < 0 || chunk < 1)
        return mirti_fail(err, MIRTI_ERROR_INTERNAL, "a range of %lld in chunks of %lld",
                          (long long)count, (long long)chunk);
    job shared = {.count = count,
                  .chunk = chunk,
                  .chunks = count / chunk + (count % chunk != 0),
                  .work = work,
                  .context = context,
                  .failed_chunk = -1,
                  .err = err};
    atomic_init(&shared.next, 0);
    atomic_init(&shared.stop, false);
    if (threads < 1) threads = mirti_threads_available();
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    if (threads > shared.chunks) threads = (int)shared.chunks;
    if (pthread_mutex_init(&shared.lock, NULL) != 0)
        return mirti_fail(err, MIRTI_ERROR_INTERNAL, "a lock could not be made");

    /* The caller works too. If the system refuses a thread the others do its share. */
    pthread_t helpers[MOST_THREADS];
    int started = 0;
    while (started < threads - 1 &&
           pthread_create(&helpers[started], NULL, run_chunks, &shared) == 0)
        started++;
    run_chunks(&shared);
    for (int i = 0; i < started; i++)
        pthread_join(helpers[i], NULL);
    pthread_mutex_destroy(&shared.lock);
    return shared.failed_chunk >= 0 ? shared.failed_status : MIRTI_OK;
}

static mirti_status run_task(int64_t first, int64_t last, void *context, mirti_error *err) {
    const mirti_task *tasks = context;
    for (int64_t i = first; i < last; i++)
        MIRTI_TRY(tasks[i].run(tasks[i].context, err));
    return MIRTI_OK;
}

mirti_status mirti_parallel_tasks(const mirti_task *tasks, int count, int threads,
                                  mirti_error *err) {
    return mirti_parallel_range(count, 1, threads, run_task, (void *)(uintptr_t)tasks, err);
}
