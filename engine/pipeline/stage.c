/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Result files reach their folder together: everything is written to a folder beside them first and
 * moved into place when all of it is complete. A run that fails or is interrupted leaves former
 * results as they were. */
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *mirti_run_files_add(mirti_run_files *files, const char *name, const char *ending) {
    char *place = files->name[files->count++];
    snprintf(place, sizeof files->name[0], "%s%s", name, ending);
    return place;
}

mirti_status mirti_run_path(const char *directory, const char *name, char **out, mirti_error *err) {
    *out = mirti_path_join(directory, name);
    return *out ? MIRTI_OK : mirti_fail_memory(err, "a path");
}

mirti_status mirti_run_write_text(const char *directory, const char *name, const mirti_text *text,
                                  mirti_error *err) {
    char *path = NULL;
    MIRTI_TRY(mirti_run_path(directory, name, &path, err));
    mirti_output output = {0};
    mirti_status status = mirti_output_begin(&output, path, true, false, err);
    if (status == MIRTI_OK && fwrite(text->data, 1, text->size, output.stream) != text->size) {
        status = mirti_fail(err, MIRTI_ERROR_OUTPUT, "could not write: %s", strerror(errno));
        mirti_fail_at(err, path, 0, 0, NULL, NULL);
        mirti_output_discard(&output);
    } else if (status == MIRTI_OK) {
        status = mirti_output_commit(&output, err);
    }
    mirti_free(path);
    return status;
}

mirti_status mirti_run_files_writable(const mirti_run *run, const char *directory,
                                      const mirti_run_files *files, mirti_error *err) {
    if (run->options.overwrite) return MIRTI_OK;
    for (int i = 0; i < files->count; i++) {
        char *path = NULL;
        MIRTI_TRY(mirti_run_path(directory, files->name[i], &path, err));
        bool there = access(path, F_OK) == 0;
        if (there) {
            mirti_fail(err, MIRTI_ERROR_USAGE, "the results of an earlier run are already there");
            mirti_fail_at(err, path, 0, 0, NULL, NULL);
            mirti_fail_remedy(err, "choose another --output folder, or say --overwrite");
        }
        mirti_free(path);
        if (there) return MIRTI_ERROR_USAGE;
    }
    return MIRTI_OK;
}

/* Moves the complete files into place. A rename within a folder's file system cannot stop half-way.
 */
static mirti_status move_all(const char *stage, const char *directory, const mirti_run_files *files,
                             mirti_error *err) {
    for (int i = 0; i < files->count; i++) {
        char *from = mirti_path_join(stage, files->name[i]);
        char *to = mirti_path_join(directory, files->name[i]);
        mirti_status status = MIRTI_OK;
        if (!from || !to) {
            status = mirti_fail_memory(err, "a path");
        } else if (rename(from, to) != 0) {
            status = mirti_fail(err, MIRTI_ERROR_OUTPUT, "could not move a result into place: %s",
                                strerror(errno));
            mirti_fail_at(err, to, 0, 0, NULL, NULL);
        }
        mirti_free(from);
        mirti_free(to);
        MIRTI_TRY(status);
    }
    return MIRTI_OK;
}

static void remove_stage(const char *stage, const mirti_run_files *files) {
    for (int i = 0; i < files->count; i++) {
        char *path = mirti_path_join(stage, files->name[i]);
        if (path) remove(path);
        mirti_free(path);
    }
    rmdir(stage);
}

mirti_status mirti_run_files_place(const mirti_run *run, const char *directory,
                                   const mirti_run_files *files, mirti_run_writer write,
                                   mirti_error *err) {
    MIRTI_TRY(mirti_run_files_writable(run, directory, files, err));
    struct stat info;
    bool new_directory = stat(directory, &info) != 0;
    char *stage = mirti_path_join(directory, ".mirti-partial");
    if (!stage) return mirti_fail_memory(err, "a path");
    mirti_status status = mirti_directory_make(stage, err);
    if (status == MIRTI_OK) status = write(run, stage, err);
    if (status == MIRTI_OK) status = mirti_progress(run->options.listener, "write", 1, 1, err);
    if (status == MIRTI_OK) status = move_all(stage, directory, files, err);
    remove_stage(stage, files);
    if (status != MIRTI_OK && new_directory) rmdir(directory);
    mirti_free(stage);
    return status;
}
