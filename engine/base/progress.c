/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Progress and log: the engine's only ways to speak while it works. One lock keeps the promise that
 * a listener is never called by two threads at a time; it guards no state of the engine.
 */
#include "mirti/base.h"

#include <math.h>
#include <pthread.h>

#include "internal.h"

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

void mirti_log(const mirti_listener *listener, mirti_log_level level, const char *format, ...) {
    if (listener == NULL || listener->log == NULL) return;
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    mirti_base_format(text, sizeof text, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&one_at_a_time);
    listener->log(listener->context, level, text);
    pthread_mutex_unlock(&one_at_a_time);
}

mirti_status mirti_progress(const mirti_listener *listener, const char *stage, double done,
                            double total, mirti_error *err) {
    if (listener == NULL || listener->progress == NULL) return MIRTI_OK;
    pthread_mutex_lock(&one_at_a_time);
    bool go_on = listener->progress(listener->context, stage, done, total);
    pthread_mutex_unlock(&one_at_a_time);
    if (go_on) return MIRTI_OK;
    return mirti_fail(err, MIRTI_ERROR_CANCELLED, "stopped on request during: %s", stage);
}

double mirti_seconds_left(double spent, double first, double part) {
    double came = part - first;
    if (!(spent > 1 && came > 0.02)) return (double)NAN;
    return part < 1 ? spent * (1 - part) / came : 0;
}
