/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files a run reads, with size and checksum, so that a result can be traced to the very bytes
 * it came from. A shapefile is several files, and so is a pattern; a database has no bytes to sum,
 * and is named without its password. */
#include "run.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool plain_file(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* An input by its name; `file` NULL: it has no bytes of its own. */
static mirti_status add(mirti_run *run, const char *role, const char *name, const char *file,
                        mirti_error *err) {
    mirti_run_input *grown = mirti_resize(run->input, (size_t)run->inputs + 1, sizeof *grown);
    if (!grown) return mirti_fail_memory(err, "the list of inputs");
    run->input = grown;
    mirti_run_input *input = &grown[run->inputs];
    *input = (mirti_run_input){.role = mirti_strdup(role), .name = mirti_strdup(name), .bytes = -1};
    run->inputs++;
    if (!input->role || !input->name) return mirti_fail_memory(err, "the list of inputs");
    if (!file || !plain_file(file)) return MIRTI_OK;
    return mirti_sha256_file(file, input->sha256, &input->bytes, err);
}

/* The files of one path of the project, which is `written` there and `path` from here. */
typedef struct named_path {
    mirti_run *run;
    const char *role, *written, *path;
} named_path;

/* A file is named as the project would name it: without the folder of the data. What a pattern did
 * not bring forth keeps its name as written, with the member of an archive. */
static mirti_status add_file(const char *file, const char *shown, void *context, mirti_error *err) {
    const named_path *of = context;
    size_t folder = strlen(of->path) - strlen(of->written);
    bool pattern = file && strcmp(file, of->path) != 0 && strpbrk(of->written, "*?[") &&
                   strncmp(file, of->path, folder) == 0;
    const char *name = pattern ? file + folder : file ? of->written : shown;
    return add(of->run, of->role, name, file, err);
}

static mirti_status add_files(mirti_run *run, const char *role, const char *written,
                              const char *path, mirti_error *err) {
    named_path of = {run, role, written, path};
    return mirti_source_files(path, add_file, &of, err);
}

/* The parts that lie beside a `.shp`, in a fixed order; absent ones are skipped. */
static mirti_status add_shapefile(mirti_run *run, const char *role, const char *name,
                                  const char *path, mirti_error *err) {
    static const char *const part[] = {"cpg", "dbf", "prj", "shp", "shx"};
    size_t n = strlen(path), m = strlen(name);
    char *p = mirti_strdup(path), *q = mirti_strdup(name);
    mirti_status status = p && q ? MIRTI_OK : mirti_fail_memory(err, "the list of inputs");
    for (size_t i = 0; status == MIRTI_OK && i < sizeof part / sizeof part[0]; i++) {
        memcpy(p + n - 3, part[i], 3);
        memcpy(q + m - 3, part[i], 3);
        if (plain_file(p)) status = add(run, role, q, p, err);
    }
    mirti_free(p);
    mirti_free(q);
    return status;
}

static mirti_status add_input(mirti_run *run, const char *role, const mirti_input *input,
                              mirti_error *err) {
    if (!input->path) return MIRTI_OK;
    char *path = NULL;
    MIRTI_TRY(mirti_project_input_path(run->project, run->options.data, input, &path, err));
    size_t n = strlen(path);
    bool shapefile = n > 4 && strcasecmp(path + n - 4, ".shp") == 0 && plain_file(path);
    mirti_status status = shapefile ? add_shapefile(run, role, input->path, path, err)
                                    : add_files(run, role, input->path, path, err);
    mirti_free(path);
    return status;
}

/* The file of a section and those of the tables joined to it. */
static mirti_status add_section(mirti_run *run, const char *role, const mirti_input *input,
                                mirti_error *err) {
    MIRTI_TRY(add_input(run, role, input, err));
    for (int i = 0; i < input->tables; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s:%s", role, input->table[i].name);
        const mirti_input table = {.path = input->table[i].path, .place = input->table[i].place};
        MIRTI_TRY(add_input(run, name, &table, err));
    }
    return MIRTI_OK;
}

mirti_status mirti_run_list_inputs(mirti_run *run, mirti_error *err) {
    const mirti_project *project = run->project;
    char *model = NULL;
    const char *slash = strrchr(project->path, '/');
    MIRTI_TRY(add(run, "project", slash ? slash + 1 : project->path, project->path, err));
    MIRTI_TRY(mirti_project_model_path(project, &model, err));
    mirti_status status = add(run, "model", project->model, model, err);
    mirti_free(model);
    MIRTI_TRY(status);
    MIRTI_TRY(add_section(run, "survey", &project->survey, err));
    MIRTI_TRY(add_section(run, "census", &project->census, err));
    for (int i = 0; i < project->boundaries; i++) {
        char role[80];
        snprintf(role, sizeof role, "boundaries:%s", project->boundary[i].kind);
        MIRTI_TRY(add_input(run, role, &project->boundary[i].file, err));
    }
    return MIRTI_OK;
}
