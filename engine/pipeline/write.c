/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The results of a run reach their folder together: everything is written to a folder beside them
 * first and moved into place when all of it is complete. A run that fails or is interrupted leaves
 * the former results as they were. */
#include "run.h"

#include "mirti/publish.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 32 };

/* Names of the result files, in the order they are written. */
typedef struct file_list {
    char name[FILES_MAX][96];
    int count;
} file_list;

static const char *list(file_list *files, const char *name, const char *ending) {
    char *place = files->name[files->count++];
    snprintf(place, sizeof files->name[0], "%s%s", name, ending);
    return place;
}

static mirti_status path_of(const char *directory, const char *name, char **out, mirti_error *err) {
    *out = mirti_path_join(directory, name);
    return *out ? MIRTI_OK : mirti_fail_memory(err, "a path");
}

static mirti_status write_text(const char *path, const mirti_text *text, mirti_error *err) {
    mirti_output output = {0};
    MIRTI_TRY(mirti_output_begin(&output, path, true, false, err));
    if (fwrite(text->data, 1, text->size, output.stream) != text->size) {
        mirti_status status =
            mirti_fail(err, MIRTI_ERROR_OUTPUT, "could not write: %s", strerror(errno));
        mirti_fail_at(err, path, 0, 0, NULL, NULL);
        mirti_output_discard(&output);
        return status;
    }
    return mirti_output_commit(&output, err);
}

/* Each layer is called as the project is, and by its kind of area. */
static mirti_status title_layers(const mirti_run *run, mirti_layer *layer, int layers,
                                 mirti_text *titles, mirti_error *err) {
    const char *title =
        mirti_localized_get(&run->project->title, run->language, run->project->name);
    size_t offset[FILES_MAX];
    for (int i = 0; i < layers; i++) {
        offset[i] = titles->size;
        mirti_text_printf(titles, "%s: %s", title,
                          mirti_run_noun(run->language, layer[i].results->kind, 2));
        mirti_text_add(titles, "", 1);
    }
    if (titles->failed) return mirti_fail_memory(err, "the titles");
    for (int i = 0; i < layers; i++)
        layer[i].title = titles->data + offset[i];
    return MIRTI_OK;
}

static mirti_status write_geopackage(const mirti_run *run, const char *path, mirti_error *err) {
    mirti_layer layer[FILES_MAX];
    mirti_text titles = {0};
    int layers = 0;
    for (int i = 0; i < run->layers; i++) {
        const mirti_run_layer *from = &run->layer[i];
        if (!from->boundaries) continue;
        layer[layers++] = (mirti_layer){
            .results = from->results,
            .boundaries = from->boundaries,
            .join = from->join,
            .hotspots = from->hotspots,
            .description = mirti_localized_get(&run->spec->title, run->language, run->spec->name),
        };
    }
    mirti_status status = title_layers(run, layer, layers, &titles, err);
    if (status == MIRTI_OK) {
        status = mirti_geopackage_write(path, true, layer, layers, run->language, err);
    }
    mirti_text_reset(&titles);
    return status;
}

static bool has_map(const mirti_run *run) {
    for (int i = 0; i < run->layers; i++) {
        if (run->layer[i].boundary) return true;
    }
    return false;
}

static mirti_status write_model(const mirti_run *run, const char *path, mirti_error *err) {
    mirti_text text = {0};
    mirti_status status = run->spec->index ? mirti_run_index_json(run, &text, err)
                                           : mirti_model_to_json(run->model, &text, err);
    if (status == MIRTI_OK) status = write_text(path, &text, err);
    mirti_text_reset(&text);
    return status;
}

static mirti_status write_manifest(const mirti_run *run, const char *path, mirti_error *err) {
    mirti_text text = {0};
    mirti_status status = mirti_run_manifest(run, &text, err);
    if (status == MIRTI_OK) status = write_text(path, &text, err);
    mirti_text_reset(&text);
    return status;
}

/* How far the survey speaks of each area, all kinds of area in one file. */
static mirti_status write_support(const mirti_run *run, const char *path, mirti_error *err) {
    mirti_support_rows rows[FILES_MAX];
    int count = 0;
    for (int i = 0; i < run->layers; i++)
        if (run->layer[i].support)
            rows[count++] = (mirti_support_rows){run->layer[i].results, run->layer[i].support};
    return mirti_csv_write_support(path, true, run->terms, rows, count, err);
}

/* Writes every result to `stage`, listing it. */
static mirti_status write_all(const mirti_run *run, const char *stage, file_list *files,
                              mirti_error *err) {
    char *path = NULL;
    mirti_status status = MIRTI_OK;
    if (has_map(run)) {
        MIRTI_TRY(path_of(stage, list(files, "areas", ".gpkg"), &path, err));
        status = write_geopackage(run, path, err);
        mirti_free(path);
        MIRTI_TRY(status);
    }
    for (int i = 0; i < run->layers; i++) {
        MIRTI_TRY(path_of(stage, list(files, run->layer[i].rule->kind, ".csv"), &path, err));
        status = mirti_csv_write(path, true, false, run->layer[i].results, err);
        mirti_free(path);
        MIRTI_TRY(status);
    }
    if (!run->spec->index) {
        MIRTI_TRY(path_of(stage, list(files, "support", ".csv"), &path, err));
        status = write_support(run, path, err);
        mirti_free(path);
        MIRTI_TRY(status);
    }
    MIRTI_TRY(path_of(stage, list(files, "model", ".json"), &path, err));
    status = write_model(run, path, err);
    mirti_free(path);
    MIRTI_TRY(status);
    MIRTI_TRY(path_of(stage, list(files, "run", ".json"), &path, err));
    status = write_manifest(run, path, err);
    mirti_free(path);
    return status;
}

/* What write_all will write, known before anything is. */
static void list_all(const mirti_run *run, file_list *files) {
    if (has_map(run)) list(files, "areas", ".gpkg");
    for (int i = 0; i < run->layers; i++)
        list(files, run->layer[i].rule->kind, ".csv");
    if (!run->spec->index) list(files, "support", ".csv");
    list(files, "model", ".json");
    list(files, "run", ".json");
}

static mirti_status refuse_existing(const mirti_run *run, const char *directory,
                                    const file_list *files, mirti_error *err) {
    if (run->options.overwrite) return MIRTI_OK;
    for (int i = 0; i < files->count; i++) {
        char *path = NULL;
        MIRTI_TRY(path_of(directory, files->name[i], &path, err));
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
static mirti_status move_all(const char *stage, const char *directory, const file_list *files,
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

static void remove_stage(const char *stage, const file_list *files) {
    for (int i = 0; i < files->count; i++) {
        char *path = mirti_path_join(stage, files->name[i]);
        if (path) remove(path);
        mirti_free(path);
    }
    rmdir(stage);
}

mirti_status mirti_run_writable(const mirti_run *run, const char *directory, mirti_error *err) {
    file_list expected = {0};
    if (run->layers + 4 > FILES_MAX) {
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a run writes at most %d kinds of area",
                          FILES_MAX - 4);
    }
    list_all(run, &expected);
    return refuse_existing(run, directory, &expected, err);
}

mirti_status mirti_run_write(mirti_run *run, const char *directory, mirti_error *err) {
    double begun = mirti_run_clock();
    file_list expected = {0}, written = {0};
    MIRTI_TRY(mirti_run_writable(run, directory, err));
    list_all(run, &expected);
    struct stat info;
    bool new_directory = stat(directory, &info) != 0;
    char *stage = mirti_path_join(directory, ".mirti-partial");
    if (!stage) return mirti_fail_memory(err, "a path");
    mirti_status status = mirti_directory_make(stage, err);
    if (status == MIRTI_OK) status = write_all(run, stage, &written, err);
    if (status == MIRTI_OK) status = mirti_progress(run->options.listener, "write", 1, 1, err);
    if (status == MIRTI_OK) status = move_all(stage, directory, &written, err);
    remove_stage(stage, &expected);
    if (status != MIRTI_OK && new_directory) rmdir(directory);
    mirti_free(stage);
    run->times.write = mirti_run_clock() - begun;
    return status;
}
