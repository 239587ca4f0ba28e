/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A census of persons: its cube, built from the microdata or read from a file made of them before,
 * and the areas that come of it. */
#include "run.h"

#include <stdio.h>
#include <string.h>

/* Whether the path is a file that begins as a cube does. */
static bool is_cube(const char *path) {
    char head[8] = {0};
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    bool yes = fread(head, 1, sizeof head, file) == sizeof head && memcmp(head, "MIRTICUB", 8) == 0;
    fclose(file);
    return yes;
}

static mirti_status build(const mirti_run *run, mirti_run_reading *reading, mirti_cube **out,
                          mirti_error *err) {
    const mirti_source_block *block = run->census_block;
    const mirti_cube_options options = {.design = block->psu.text != NULL,
                                        .threads = run->options.threads};
    mirti_source *source = NULL;
    mirti_recode_notes notes = {0};
    MIRTI_TRY(mirti_run_open_source(run, &run->project->census, &source, err));
    mirti_status status = mirti_cube_build(run->spec, block, run->terms, source, &options,
                                           run->options.listener, out, &notes, err);
    if (status == MIRTI_OK) status = mirti_run_reading_keep(reading, source, &notes, err);
    mirti_source_close(source);
    return status;
}

static mirti_status open_cube(const mirti_run *run, mirti_run_reading *reading, mirti_cube **out,
                              mirti_error *err) {
    *out = NULL;
    if (!run->census_block || run->census_block->kind != MIRTI_SOURCE_CENSUS) {
        mirti_status status =
            mirti_fail(err, MIRTI_ERROR_INPUT, "the project's census is not one of persons");
        mirti_fail_at(err, run->project->path, 0, 0, "census", NULL);
        mirti_fail_remedy(err, "name a source of kind census under `census:`");
        return status;
    }
    char *path = NULL;
    MIRTI_TRY(mirti_project_input_path(run->project, run->options.data, &run->project->census,
                                       &path, err));
    mirti_status status = MIRTI_OK;
    if (is_cube(path)) {
        status = mirti_cube_read(path, out, err);
        if (status == MIRTI_OK) status = mirti_cube_check(*out, run->terms, err);
        if (status != MIRTI_OK) {
            mirti_fail_at(err, path, 0, 0, NULL, NULL);
            mirti_cube_free(*out);
            *out = NULL;
        }
    } else {
        status = build(run, reading, out, err);
    }
    mirti_free(path);
    return status;
}

mirti_status mirti_run_cube(const mirti_run *run, mirti_cube **out, mirti_error *err) {
    mirti_run_reading reading = {0};
    mirti_status status = open_cube(run, &reading, out, err);
    if (status == MIRTI_OK) mirti_run_tell_reading(run, &reading, &(*out)->rows, "census");
    mirti_run_reading_reset(&reading);
    return status;
}

mirti_status mirti_run_read_persons(mirti_run *run, mirti_run_layer *layer, mirti_error *err) {
    mirti_cube *cube;
    MIRTI_TRY(open_cube(run, &run->census_reading, &cube, err));
    layer->count = cube->rows;
    return mirti_areas_from_cube(cube, &layer->areas, err);
}

mirti_status mirti_run_name_areas(mirti_run_layer *layer, mirti_error *err) {
    mirti_results *r = layer->results;
    if (!layer->join || !layer->boundaries) return MIRTI_OK;
    for (int64_t i = 0; i < r->count; i++) {
        int64_t feature = layer->join->feature[i];
        if (r->name[i] || feature < 0) continue;
        const char *name = mirti_boundaries_name(layer->boundaries, feature);
        if (name && !(r->name[i] = mirti_strdup(name)))
            return mirti_fail_memory(err, "the names of areas");
    }
    return MIRTI_OK;
}
