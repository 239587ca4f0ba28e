/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person sees while the engine works: warnings as they come, a progress bar with the time
 * that is left on a terminal, nothing of it elsewhere. All of it goes to stderr. Ctrl-C reaches the
 * engine as a wish to stop, so that it can leave without a trace; a second one ends the program. */
#include "command.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number) {
    interrupted = 1;
    signal(signal_number, SIG_DFL);
}

static void erase(cli_terminal *terminal) {
    if (terminal->drawn) fputs("\r\033[K", stderr);
    terminal->drawn = false;
}

/* A stage begins, or begins again (the next file is read): time is told from here. */
static void begin_stage(cli_terminal *terminal, const char *stage, double part, double t) {
    snprintf(terminal->stage, sizeof terminal->stage, "%s", stage);
    terminal->begun = terminal->last = t;
    terminal->first = part;
}

static void draw_bar(const cli_terminal *terminal, double part, double t) {
    enum { WIDTH = 30 };
    int full = (int)(part * WIDTH);
    fprintf(stderr, "\r\033[K%s [", terminal->stage);
    for (int i = 0; i < WIDTH; i++)
        fputc(i < full ? '#' : '.', stderr);
    fprintf(stderr, "] %3.0f %%", 100 * part);
    double left = mirti_seconds_left(t - terminal->begun, terminal->first, part);
    if (!isnan(left)) fprintf(stderr, ", this step %.0f s more", left);
}

static bool show_progress(void *context, const char *stage, double done, double total) {
    cli_terminal *terminal = context;
    if (interrupted) return false;
    if (!terminal->bar) return true;
    double t = now(), part = total > 0 && done < total ? done / total : total > 0;
    if (strncmp(stage, terminal->stage, sizeof terminal->stage - 1) != 0 ||
        part < terminal->first) {
        begin_stage(terminal, stage, part, t);
        return true;
    }
    if (t - terminal->last < 0.1) return true;
    terminal->last = t;
    terminal->drawn = true;
    if (total > 0)
        draw_bar(terminal, part, t);
    else
        fprintf(stderr, "\r\033[K%s: %.0f", stage, done);
    return true;
}

static void show_log(void *context, mirti_log_level level, const char *message) {
    cli_terminal *terminal = context;
    if (terminal->quiet && level > MIRTI_LOG_ERROR) return;
    if (!terminal->verbose && level > MIRTI_LOG_WARNING) return;
    erase(terminal);
    static const char *const word[2][4] = {{"error: ", "warning: ", "", ""},
                                           {"error: ", "aviso: ", "", ""}};
    fprintf(stderr, "%s%s\n", word[terminal->spanish][level], message);
}

mirti_listener cli_terminal_listener(cli_terminal *terminal, const cli_arguments *arguments) {
    *terminal = (cli_terminal){.bar = !arguments->quiet && isatty(STDERR_FILENO),
                               .verbose = arguments->verbose,
                               .quiet = arguments->quiet};
    signal(SIGINT, interrupt);
    signal(SIGTERM, interrupt);
    return (mirti_listener){.progress = show_progress, .log = show_log, .context = terminal};
}

void cli_terminal_finish(cli_terminal *terminal) {
    erase(terminal);
}

int cli_fail(const mirti_error *err) {
    char text[4096];
    mirti_error_format(err, text, sizeof text);
    fprintf(stderr, "mirti: %s\n", text);
    return mirti_status_exit(err->status);
}

int cli_finish_stdout(int status) {
    bool failed = fflush(stdout) != 0 || ferror(stdout) || fclose(stdout) != 0;
    if (failed && status == 0) {
        fprintf(stderr, "mirti: standard output could not be written\n");
        return mirti_status_exit(MIRTI_ERROR_OUTPUT);
    }
    return status;
}

mirti_status cli_write_file(const mirti_text *text, const char *path, bool overwrite,
                            mirti_error *err) {
    mirti_output output = {0};
    MIRTI_TRY(mirti_output_begin(&output, path, overwrite, false, err));
    fwrite(text->data, 1, text->size, output.stream);
    return mirti_output_commit(&output, err);
}
