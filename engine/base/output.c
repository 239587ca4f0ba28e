/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A result is either complete in its place or not there. It is written beside its place under a
 * hidden name with the same ending (libraries choose a format by it), flushed and synced to the
 * disk, and only then renamed. A run that is killed leaves the former result untouched.
 */
#include "mirti/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"

static mirti_status fail_output(mirti_error *err, const char *path, const char *what, int code) {
    mirti_fail(err, MIRTI_ERROR_OUTPUT, "%s: %s", what, mirti_base_errno_text(code));
    mirti_fail_at(err, path, 0, 0, NULL, NULL);
    if (code == ENOSPC || code == EDQUOT)
        mirti_fail_remedy(err,
                          "Make room on the disk and run again; nothing was left half-written.");
    return MIRTI_ERROR_OUTPUT;
}

/* The final place: of a symbolic link its target, so that the link survives. NULL on no memory. */
static char *final_path(const char *path) {
    struct stat found;
    if (lstat(path, &found) == 0 && S_ISLNK(found.st_mode)) {
        char *resolved = realpath(path, NULL);
        if (resolved != NULL) {
            char *copy = mirti_strdup(resolved);
            free(resolved);
            return copy;
        }
    }
    return mirti_strdup(path);
}

/* `folder/.name.PID-N.ending` */
static char *temporary_name(const char *path, int attempt) {
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    if (dot == NULL || dot == name) dot = name + strlen(name);
    mirti_text text = {0};
    mirti_text_add(&text, path, (size_t)(name - path));
    mirti_text_puts(&text, ".");
    mirti_text_add(&text, name, (size_t)(dot - name));
    mirti_text_printf(&text, ".%ld-%d%s", (long)getpid(), attempt, dot);
    if (text.failed) mirti_text_reset(&text);
    return text.data;
}

/* A name that nobody uses, claimed by creating it. */
static mirti_status claim_temporary(mirti_output *output, bool by_name, mirti_error *err) {
    enum { MOST_ATTEMPTS = 1000 };
    for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        char *name = temporary_name(output->path, attempt);
        if (name == NULL) return mirti_fail_memory(err, "a path");
        int descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor < 0) {
            int code = errno;
            mirti_free(name);
            if (code == EEXIST) continue;
            return fail_output(err, output->path, "cannot be written", code);
        }
        output->temporary = name;
        if (by_name) { /* libraries insist on creating it themselves */
            close(descriptor);
            unlink(name);
            return MIRTI_OK;
        }
        output->stream = fdopen(descriptor, "wb");
        if (output->stream != NULL) return MIRTI_OK;
        int code = errno;
        close(descriptor);
        return fail_output(err, output->path, "cannot be written", code);
    }
    return fail_output(err, output->path, "no temporary name is free beside it", EEXIST);
}

static mirti_status fail_exists(mirti_error *err, const char *path) {
    mirti_fail(err, MIRTI_ERROR_USAGE, "exists already and is not overwritten unasked");
    mirti_fail_at(err, path, 0, 0, NULL, NULL);
    mirti_fail_remedy(err, "Choose another name, or ask for it to be overwritten (--overwrite).");
    return MIRTI_ERROR_USAGE;
}

static mirti_status begin(mirti_output *output, bool by_name, mirti_error *err) {
    struct stat found;
    if (stat(output->path, &found) != 0) return claim_temporary(output, by_name, err);
    if (S_ISDIR(found.st_mode)) {
        mirti_fail(err, MIRTI_ERROR_USAGE, "is a folder, where a file is to be written");
        return mirti_fail_at(err, output->path, 0, 0, NULL, NULL), MIRTI_ERROR_USAGE;
    }
    if (S_ISREG(found.st_mode)) {
        if (!output->overwrite) return fail_exists(err, output->path);
        return claim_temporary(output, by_name, err);
    }
    if (by_name) {
        mirti_fail(err, MIRTI_ERROR_USAGE,
                   "is a device or a pipe, and this kind of result needs a file");
        return mirti_fail_at(err, output->path, 0, 0, NULL, NULL), MIRTI_ERROR_USAGE;
    }
    output->in_place = true;
    output->stream = fopen(output->path, "wb");
    if (output->stream == NULL) return fail_output(err, output->path, "cannot be written", errno);
    return MIRTI_OK;
}

mirti_status mirti_output_begin(mirti_output *output, const char *path, bool overwrite,
                                bool by_name, mirti_error *err) {
    *output = (mirti_output){.overwrite = overwrite};
    output->path = final_path(path);
    if (output->path == NULL) return mirti_fail_memory(err, "a path");
    mirti_status status = begin(output, by_name, err);
    if (status != MIRTI_OK) mirti_output_discard(output);
    return status;
}

/* Makes the rename itself durable. Some file systems refuse to sync a folder: then it is their
 * affair. */
static void sync_directory(const char *path) {
    char *directory = mirti_path_directory(path);
    if (directory == NULL) return;
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mirti_free(directory);
    if (descriptor < 0) return;
    (void)fsync(descriptor);
    close(descriptor);
}

/* Flushes and syncs what was written; returns an errno or 0. The stream is closed in any case. */
static int finish_stream(mirti_output *output) {
    int code = 0;
    errno = 0;
    if (fflush(output->stream) != 0 || ferror(output->stream)) code = errno != 0 ? errno : EIO;
    if (code == 0 && !output->in_place && fsync(fileno(output->stream)) != 0) code = errno;
    if (fclose(output->stream) != 0 && code == 0) code = errno != 0 ? errno : EIO;
    output->stream = NULL;
    return code;
}

/* The same for what a library wrote under the temporary name. */
static int finish_named(const mirti_output *output) {
    int descriptor = open(output->temporary, O_RDWR | O_CLOEXEC);
    if (descriptor < 0) return errno;
    int code = fsync(descriptor) != 0 ? errno : 0;
    if (close(descriptor) != 0 && code == 0) code = errno;
    return code;
}

mirti_status mirti_output_commit(mirti_output *output, mirti_error *err) {
    if (output->path == NULL)
        return mirti_fail(err, MIRTI_ERROR_INTERNAL,
                          "an output was committed that was never begun");
    mirti_status status = MIRTI_OK;
    int code = output->stream != NULL ? finish_stream(output) : finish_named(output);
    struct stat found;
    if (code != 0) {
        status = fail_output(err, output->path, "could not be written completely", code);
    } else if (!output->in_place) {
        if (!output->overwrite && lstat(output->path, &found) == 0) {
            status = fail_exists(err, output->path); /* came into being while we worked */
        } else if (rename(output->temporary, output->path) != 0) {
            status = fail_output(err, output->path, "could not be put in its place", errno);
        } else {
            sync_directory(output->path);
        }
    }
    mirti_output_discard(output);
    return status;
}

void mirti_output_discard(mirti_output *output) {
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    if (output->stream != NULL) fclose(output->stream);
    /* Without allocating: this is also the way out when memory has run out. */
    for (size_t i = 0; output->temporary != NULL && i < sizeof endings / sizeof *endings; i++) {
        char name[PATH_MAX + 16];
        int length = snprintf(name, sizeof name, "%s%s", output->temporary, endings[i]);
        if (length > 0 && (size_t)length < sizeof name) unlink(name); /* usually not there */
    }
    mirti_free(output->temporary);
    mirti_free(output->path);
    *output = (mirti_output){0};
}
