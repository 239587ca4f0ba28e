/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files a run writes, and what is in them: the map, a ranked list for each kind of area, the
 * fitted model and the manifest. They reach their folder together (stage.c). */
#include "run.h"

#include "mirti/publish.h"

#include <stdio.h>

/* Each layer is called as the project is, and by its kind of area. */
static mirti_status title_layers(const mirti_run *run, mirti_layer *layer, int layers,
                                 mirti_text *titles, mirti_error *err) {
    const char *title =
        mirti_localized_get(&run->project->title, run->language, run->project->name);
    size_t offset[MIRTI_RUN_FILES_MAX];
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
    mirti_layer layer[MIRTI_RUN_FILES_MAX];
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

mirti_status mirti_run_model_json(const mirti_run *run, mirti_text *out, mirti_error *err) {
    if (run->spec->index) return mirti_run_index_json(run, out, err);
    return run->area_model ? mirti_area_model_to_json(run->area_model, out, err)
                           : mirti_model_to_json(run->model, out, err);
}

mirti_status mirti_run_model_table(const mirti_run *run, mirti_text *out, mirti_error *err) {
    double confidence = run->project->confidence;
    if (run->area_model)
        return mirti_area_model_table(run->area_model, confidence, run->language, out, err);
    MIRTI_TRY(mirti_model_table(run->model, confidence, run->language, out, err));
    if (mirti_run_has_effects(run)) mirti_run_effects_table(run, out);
    return out->failed ? mirti_fail_memory(err, "the table of coefficients") : MIRTI_OK;
}

static mirti_status write_model(const mirti_run *run, const char *stage, mirti_error *err) {
    mirti_text text = {0};
    mirti_status status = mirti_run_model_json(run, &text, err);
    if (status == MIRTI_OK) status = mirti_run_write_text(stage, "model.json", &text, err);
    mirti_text_reset(&text);
    return status;
}

static mirti_status write_manifest(const mirti_run *run, const char *stage, mirti_error *err) {
    mirti_text text = {0};
    mirti_status status = mirti_run_manifest(run, &text, err);
    if (status == MIRTI_OK) status = mirti_run_write_text(stage, "run.json", &text, err);
    mirti_text_reset(&text);
    return status;
}

/* How far the survey speaks of each area, all kinds of area in one file. */
static mirti_status write_support(const mirti_run *run, const char *path, mirti_error *err) {
    mirti_support_rows rows[MIRTI_RUN_FILES_MAX];
    int count = 0;
    for (int i = 0; i < run->layers; i++)
        if (run->layer[i].support)
            rows[count++] = (mirti_support_rows){run->layer[i].results, run->layer[i].support};
    return mirti_csv_write_support(path, true, run->terms, rows, count, err);
}

/* Writes every result to `stage`. */
static mirti_status write_all(const mirti_run *run, const char *stage, mirti_error *err) {
    char *path = NULL;
    mirti_status status = MIRTI_OK;
    if (has_map(run)) {
        MIRTI_TRY(mirti_run_path(stage, "areas.gpkg", &path, err));
        status = write_geopackage(run, path, err);
        mirti_free(path);
        MIRTI_TRY(status);
    }
    for (int i = 0; i < run->layers; i++) {
        mirti_run_files one = {0};
        const char *name = mirti_run_files_add(&one, run->layer[i].rule->kind, ".csv");
        MIRTI_TRY(mirti_run_path(stage, name, &path, err));
        status = mirti_csv_write(path, true, false, run->layer[i].results, err);
        mirti_free(path);
        MIRTI_TRY(status);
    }
    if (!run->spec->index) {
        MIRTI_TRY(mirti_run_path(stage, "support.csv", &path, err));
        status = write_support(run, path, err);
        mirti_free(path);
        MIRTI_TRY(status);
    }
    MIRTI_TRY(write_model(run, stage, err));
    return write_manifest(run, stage, err);
}

/* What write_all will write, known before anything is. */
static void list_all(const mirti_run *run, mirti_run_files *files) {
    if (has_map(run)) mirti_run_files_add(files, "areas", ".gpkg");
    for (int i = 0; i < run->layers; i++)
        mirti_run_files_add(files, run->layer[i].rule->kind, ".csv");
    if (!run->spec->index) mirti_run_files_add(files, "support", ".csv");
    mirti_run_files_add(files, "model", ".json");
    mirti_run_files_add(files, "run", ".json");
}

mirti_status mirti_run_writable(const mirti_run *run, const char *directory, mirti_error *err) {
    mirti_run_files expected = {0};
    if (run->layers + 4 > MIRTI_RUN_FILES_MAX) {
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a run writes at most %d kinds of area",
                          MIRTI_RUN_FILES_MAX - 4);
    }
    list_all(run, &expected);
    return mirti_run_files_writable(run, directory, &expected, err);
}

mirti_status mirti_run_write(mirti_run *run, const char *directory, mirti_error *err) {
    double begun = mirti_run_clock();
    mirti_run_files files = {0};
    MIRTI_TRY(mirti_run_writable(run, directory, err));
    list_all(run, &files);
    mirti_status status = mirti_run_files_place(run, directory, &files, write_all, err);
    run->times.write = mirti_run_clock() - begun;
    return status;
}
