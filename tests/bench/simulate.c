/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How fast a country is made, how that grows with its people, and how much memory it takes: each
 * size twice the one before, in a process of its own, with the files on whatever disk FOLDER is on.
 * Prints; nothing is asserted.
 *
 *   bench_simulate [PERSONS [DOUBLINGS [MUNICIPALITIES [FOLDER]]]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mirti/simulate.h"

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Binary logarithm of a ratio, near enough for an exponent: by halving and squaring. */
static double log2_of(double ratio) {
    double whole = 0.0, part = 0.0, step = 0.5;
    while (ratio >= 2.0) {
        ratio /= 2.0;
        whole += 1.0;
    }
    while (ratio < 1.0) {
        ratio *= 2.0;
        whole -= 1.0;
    }
    for (int i = 0; i < 20; i++, step /= 2.0) {
        ratio *= ratio;
        if (ratio < 2.0) continue;
        ratio /= 2.0;
        part += step;
    }
    return whole + part;
}

/* What the child process tells: how much it made, how long it took. */
typedef struct measure {
    mirti_country_summary made;
    double seconds;
    long peak_kb;
} measure;

static void make(const mirti_country_options *options, int pipe_end) {
    measure m = {0};
    mirti_error err = {0};
    double begun = now();
    if (mirti_simulate(options, NULL, &m.made, &err) != MIRTI_OK) {
        char text[2048];
        mirti_error_format(&err, text, sizeof text);
        fprintf(stderr, "%s\n", text);
        _exit(1);
    }
    m.seconds = now() - begun;
    _exit(write(pipe_end, &m, sizeof m) == (ssize_t)sizeof m ? 0 : 1);
}

static bool run(const mirti_country_options *options, measure *out) {
    int ends[2], status = 1;
    struct rusage usage;
    if (pipe(ends) != 0) return false;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) make(options, ends[1]);
    close(ends[1]);
    bool told = child > 0 && read(ends[0], out, sizeof *out) == (ssize_t)sizeof *out;
    close(ends[0]);
    if (child > 0) wait4(child, &status, 0, &usage);
    if (told) out->peak_kb = usage.ru_maxrss;
    return told && status == 0;
}

int main(int argc, char **argv) {
    mirti_country_options options = {.persons = argc > 1 ? atoll(argv[1]) : 500000,
                                     .municipalities = argc > 3 ? atoll(argv[3]) : 800,
                                     .seed = 1,
                                     .overwrite = true};
    int doublings = argc > 2 ? atoi(argv[2]) : 2;
    char folder[] = "bench_simulate.XXXXXX", place[4096];
    if (argc > 4 && chdir(argv[4]) != 0) {
        perror(argv[4]);
        return 1;
    }
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return 1;
    }
    snprintf(place, sizeof place, "%s/country", folder);
    options.directory = place;
    double before = 0.0;
    int failed = 0;
    printf("%12s %12s %9s %12s %12s %9s %9s\n", "rows", "people", "seconds", "rows/s", "people/s",
           "peak MB", "exponent");
    for (int i = 0; i <= doublings && !failed; i++, options.persons *= 2) {
        measure m;
        failed = !run(&options, &m);
        if (failed) break;
        printf("%12lld %12lld %9.2f %12.0f %12.0f %9.1f ", (long long)m.made.person_rows,
               (long long)m.made.population, m.seconds, (double)m.made.person_rows / m.seconds,
               (double)m.made.population / m.seconds, (double)m.peak_kb / 1024.0);
        if (before > 0.0)
            printf("%9.2f\n", log2_of(m.seconds / before));
        else
            printf("%9s\n", "");
        before = m.seconds;
    }
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command) != 0 || failed;
}
