/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A country is there as a whole or not at all. Nothing that somebody else put into its folder is
 * touched: the files of an older country are known by its country.json, and only they are replaced.
 */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char marker_name[] = "country.json";
/* Precedes the list in country.json; each file stands on a line of its own. */
static const char list_key[] = "\"files\": [";

static mirti_status fail_path(mirti_error *err, const char *path, const char *what) {
    mirti_fail(err, MIRTI_ERROR_OUTPUT, "%s: %s", what, strerror(errno));
    mirti_fail_at(err, path, 0, 0, NULL, NULL);
    return MIRTI_ERROR_OUTPUT;
}

static mirti_status add_name(mirti_simulate_files *files, const char *name, mirti_error *err) {
    if (files->count == files->room) {
        int64_t room = files->room == 0 ? 64 : 2 * files->room;
        char **grown = mirti_resize(files->name, (size_t)room, sizeof *grown);
        if (grown == NULL) return mirti_fail_memory(err, "the list of a country's files");
        files->name = grown;
        files->room = room;
    }
    files->name[files->count] = mirti_strdup(name);
    if (files->name[files->count] == NULL)
        return mirti_fail_memory(err, "the list of a country's files");
    files->count++;
    return MIRTI_OK;
}

/* Removes one level of folders and the files in them: what .unfinished can contain. */
static void remove_tree(const char *path, int depth) {
    DIR *folder = opendir(path);
    if (folder == NULL) return;
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char *inner = mirti_path_join(path, entry->d_name);
        if (inner == NULL) continue;
        if (unlink(inner) != 0 && depth > 0) remove_tree(inner, depth - 1);
        mirti_free(inner);
    }
    closedir(folder);
    rmdir(path);
}

/* How many entries a folder has besides an unfinished country; −1 when there is no such folder. */
static int entries_of(const char *path) {
    DIR *folder = opendir(path);
    if (folder == NULL) return -1;
    int count = 0;
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                 strcmp(entry->d_name, ".unfinished") != 0;
    closedir(folder);
    return count;
}

static mirti_status look_at(const char *directory, bool overwrite, mirti_error *err) {
    int entries = entries_of(directory);
    if (entries < 0 && errno != ENOENT)
        return fail_path(err, directory, "the folder cannot be read");
    if (entries <= 0) return MIRTI_OK;
    char *marker = mirti_path_join(directory, marker_name);
    if (marker == NULL) return mirti_fail_memory(err, "a path");
    bool country = access(marker, F_OK) == 0;
    mirti_free(marker);
    if (country && overwrite) return MIRTI_OK;
    mirti_fail(err, MIRTI_ERROR_USAGE, "%s",
               country ? "there is a simulated country in this folder already"
                       : "the folder is not empty, and what is in it is no simulated country");
    mirti_fail_at(err, directory, 0, 0, NULL, NULL);
    mirti_fail_remedy(err, "%s",
                      country ? "Give --overwrite to replace it, or another folder."
                              : "Give a folder that is empty or not there yet.");
    return MIRTI_ERROR_USAGE;
}

mirti_status mirti_simulate_files_begin(mirti_simulate_files *files, const char *directory,
                                        bool overwrite, mirti_error *err) {
    *files = (mirti_simulate_files){0};
    if (directory == NULL || directory[0] == '\0')
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a simulated country needs a folder");
    MIRTI_TRY(look_at(directory, overwrite, err));
    files->made_directory = access(directory, F_OK) != 0;
    MIRTI_TRY(mirti_directory_make(directory, err));
    files->directory = mirti_strdup(directory);
    files->unfinished = mirti_path_join(directory, ".unfinished");
    if (files->directory == NULL || files->unfinished == NULL)
        return mirti_fail_memory(err, "a path");
    remove_tree(files->unfinished, 1);
    return mirti_directory_make(files->unfinished, err);
}

/* The folder part of `name` inside `root`, made if need be. */
static mirti_status make_folder(const char *root, const char *name, mirti_error *err) {
    const char *slash = strrchr(name, '/');
    if (slash == NULL) return MIRTI_OK;
    char folder[256];
    size_t size = (size_t)(slash - name);
    if (size >= sizeof folder) return mirti_fail(err, MIRTI_ERROR_INTERNAL, "a name is too long");
    memcpy(folder, name, size);
    folder[size] = '\0';
    char *path = mirti_path_join(root, folder);
    if (path == NULL) return mirti_fail_memory(err, "a path");
    mirti_status status = mirti_directory_make(path, err);
    mirti_free(path);
    return status;
}

mirti_status mirti_simulate_files_path(mirti_simulate_files *files, const char *name, char **path,
                                       mirti_error *err) {
    MIRTI_TRY(make_folder(files->unfinished, name, err));
    MIRTI_TRY(add_name(files, name, err));
    *path = mirti_path_join(files->unfinished, name);
    return *path == NULL ? mirti_fail_memory(err, "a path") : MIRTI_OK;
}

/* Removes the files that an older country.json lists, and it first of all. */
static mirti_status remove_old(const mirti_simulate_files *files, const char *marker,
                               mirti_error *err) {
    if (access(marker, F_OK) != 0) return MIRTI_OK;
    char *text = NULL;
    size_t size = 0;
    MIRTI_TRY(mirti_file_read(marker, &text, &size, err));
    mirti_status status = MIRTI_OK;
    if (unlink(marker) != 0) status = fail_path(err, marker, "the old country cannot be removed");
    char *at = strstr(text, list_key);
    char *end = at == NULL ? NULL : strchr(at, ']');
    if (end != NULL) *end = '\0';
    for (at = at == NULL ? NULL : strchr(at, '['); status == MIRTI_OK && at != NULL;) {
        char *open = strchr(at, '"');
        char *close = open == NULL ? NULL : strchr(open + 1, '"');
        if (close == NULL) break;
        *close = '\0';
        /* Only names of our own making: nothing that leads out of the folder. */
        if (open[1] != '/' && strstr(open + 1, "..") == NULL) {
            char *path = mirti_path_join(files->directory, open + 1);
            if (path == NULL)
                status = mirti_fail_memory(err, "a path");
            else if (unlink(path) != 0 && errno != ENOENT)
                status = fail_path(err, path, "a file of the old country cannot be removed");
            mirti_free(path);
        }
        at = close + 1;
    }
    mirti_free(text);
    return status;
}

static mirti_status move_file(const mirti_simulate_files *files, const char *name,
                              mirti_error *err) {
    MIRTI_TRY(make_folder(files->directory, name, err));
    char *from = mirti_path_join(files->unfinished, name);
    char *to = mirti_path_join(files->directory, name);
    mirti_status status = MIRTI_OK;
    if (from == NULL || to == NULL)
        status = mirti_fail_memory(err, "a path");
    else if (rename(from, to) != 0)
        status = fail_path(err, to, "the file cannot be moved to its place");
    mirti_free(from);
    mirti_free(to);
    return status;
}

mirti_status mirti_simulate_files_finish(mirti_simulate_files *files, mirti_json *marker,
                                         mirti_error *err) {
    char *place = mirti_path_join(files->directory, marker_name);
    if (place == NULL) return mirti_fail_memory(err, "a path");
    mirti_status status = remove_old(files, place, err);
    for (int64_t i = 0; i < files->count && status == MIRTI_OK; i++)
        status = move_file(files, files->name[i], err);
    if (status == MIRTI_OK) {
        mirti_json_array(marker, "files");
        for (int64_t i = 0; i < files->count; i++)
            mirti_json_string(marker, NULL, files->name[i]);
        mirti_json_end(marker);
        mirti_json_end(marker);
        status = mirti_json_write(marker, place, false, err);
    }
    if (status == MIRTI_OK) files->made_directory = false;
    mirti_free(place);
    return status;
}

void mirti_simulate_files_end(mirti_simulate_files *files) {
    if (files->unfinished != NULL) remove_tree(files->unfinished, 1);
    if (files->made_directory && files->directory != NULL) rmdir(files->directory);
    for (int64_t i = 0; i < files->count; i++)
        mirti_free(files->name[i]);
    mirti_free(files->name);
    mirti_free(files->directory);
    mirti_free(files->unfinished);
    *files = (mirti_simulate_files){0};
}

/* ------------------------------------------------------------------------------------ streams -- */

mirti_status mirti_simulate_stream_open(mirti_simulate_stream *stream, mirti_simulate_files *files,
                                        const char *name, mirti_error *err) {
    *stream = (mirti_simulate_stream){0};
    MIRTI_TRY(mirti_simulate_files_path(files, name, &stream->path, err));
    stream->file = fopen(stream->path, "wb");
    if (stream->file != NULL) {
        setvbuf(stream->file, NULL, _IONBF, 0); /* pieces are large already */
        return MIRTI_OK;
    }
    mirti_status status = fail_path(err, stream->path, "the file cannot be made");
    mirti_free(stream->path);
    stream->path = NULL;
    return status;
}

mirti_status mirti_simulate_stream_write(mirti_simulate_stream *stream, const char *data,
                                         size_t size, mirti_error *err) {
    if (size == 0 || fwrite(data, 1, size, stream->file) == size) return MIRTI_OK;
    return fail_path(err, stream->path, "the file cannot be written");
}

mirti_status mirti_simulate_stream_close(mirti_simulate_stream *stream, mirti_status status,
                                         mirti_error *err) {
    if (stream->file != NULL && fclose(stream->file) != 0 && status == MIRTI_OK)
        status = fail_path(err, stream->path, "the file cannot be written");
    mirti_free(stream->path);
    *stream = (mirti_simulate_stream){0};
    return status;
}
