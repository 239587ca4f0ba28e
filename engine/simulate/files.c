/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A country is there as a whole or not at all. Nothing that somebody else put into its folder is
 * touched: the files of an older country are known by its country.json, and only they are replaced.
 */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

/* Removes a folder with its files and, `depth` deep, its folders. Needs no memory of ours, because
 * it may be running out that brought us here. */
static void remove_tree(int parent, const char *name, int depth) {
    int place = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    DIR *folder = place < 0 ? NULL : fdopendir(place);
    if (folder == NULL) {
        if (place >= 0) close(place);
        return;
    }
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (unlinkat(place, entry->d_name, 0) != 0 && depth > 0)
            remove_tree(place, entry->d_name, depth - 1);
    }
    closedir(folder);
    unlinkat(parent, name, AT_REMOVEDIR);
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
    files->directory = mirti_strdup(directory);
    files->unfinished = mirti_path_join(directory, ".unfinished");
    if (files->directory == NULL || files->unfinished == NULL)
        return mirti_fail_memory(err, "a path");
    files->made_directory = access(directory, F_OK) != 0;
    MIRTI_TRY(mirti_directory_make(directory, err));
    remove_tree(AT_FDCWD, files->unfinished, 1);
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

/* ----------------------------------------------------------------------------------- the end -- */

/*
 * Everything that can fail for want of memory comes first; then files are only removed and renamed,
 * by paths on the stack.
 */
enum { LONGEST_PATH = 4096 };

static bool path_of(char *path, const char *root, const char *name) {
    int size = snprintf(path, LONGEST_PATH, "%s/%s", root, name);
    return size > 0 && size < LONGEST_PATH;
}

/* Removes the files that the text of an older country.json lists, and it first of all. */
static mirti_status remove_old(const mirti_simulate_files *files, char *text, mirti_error *err) {
    char path[LONGEST_PATH];
    if (!path_of(path, files->directory, marker_name) || unlink(path) != 0)
        return fail_path(err, path, "the old country cannot be removed");
    char *at = strstr(text, list_key);
    char *end = at == NULL ? NULL : strchr(at, ']');
    if (end == NULL) return MIRTI_OK;
    *end = '\0';
    at += sizeof list_key - 1;
    for (;;) {
        char *open = strchr(at, '"');
        char *close = open == NULL ? NULL : strchr(open + 1, '"');
        if (close == NULL) return MIRTI_OK;
        *close = '\0';
        at = close + 1;
        /* Only names of our own making: nothing that leads out of the folder. */
        if (open[1] == '/' || strstr(open + 1, "..") != NULL) continue;
        if (!path_of(path, files->directory, open + 1)) continue;
        if (unlink(path) != 0 && errno != ENOENT)
            return fail_path(err, path, "a file of the old country cannot be removed");
    }
}

static mirti_status move_file(const mirti_simulate_files *files, const char *name,
                              mirti_error *err) {
    char from[LONGEST_PATH], to[LONGEST_PATH];
    errno = ENAMETOOLONG;
    if (path_of(from, files->unfinished, name) && path_of(to, files->directory, name) &&
        rename(from, to) == 0)
        return MIRTI_OK;
    return fail_path(err, name, "the file cannot be moved to its place");
}

/* Takes back what was moved and the folders that were made for it. */
static void take_back(const mirti_simulate_files *files, int64_t moved) {
    char path[LONGEST_PATH];
    for (int64_t i = 0; i < files->count; i++) {
        if (!path_of(path, files->directory, files->name[i])) continue;
        if (i < moved) unlink(path);
        char *slash = strrchr(path, '/');
        *slash = '\0';
        if (strchr(files->name[i], '/') != NULL) rmdir(path); /* unless something else is there */
    }
}

static mirti_status write_marker(const mirti_simulate_files *files, mirti_json *marker,
                                 mirti_error *err) {
    mirti_json_array(marker, "files");
    for (int64_t i = 0; i < files->count; i++)
        mirti_json_string(marker, NULL, files->name[i]);
    mirti_json_end(marker);
    mirti_json_end(marker);
    char *path = mirti_path_join(files->unfinished, marker_name);
    if (path == NULL) return mirti_fail_memory(err, "a path");
    mirti_status status = mirti_json_write(marker, path, false, err);
    mirti_free(path);
    return status;
}

/* The text of the country.json that is there; NULL if none is. */
static mirti_status read_old(const mirti_simulate_files *files, char **text, mirti_error *err) {
    char path[LONGEST_PATH];
    size_t size;
    *text = NULL;
    if (!path_of(path, files->directory, marker_name) || access(path, F_OK) != 0) return MIRTI_OK;
    return mirti_file_read(path, text, &size, err);
}

mirti_status mirti_simulate_files_finish(mirti_simulate_files *files, mirti_json *marker,
                                         mirti_error *err) {
    char *old = NULL;
    int64_t moved = 0;
    mirti_status status = write_marker(files, marker, err);
    if (status == MIRTI_OK) status = read_old(files, &old, err);
    for (int64_t i = 0; i < files->count && status == MIRTI_OK; i++)
        status = make_folder(files->directory, files->name[i], err);
    if (status == MIRTI_OK && old != NULL) status = remove_old(files, old, err);
    while (moved < files->count && status == MIRTI_OK)
        status = move_file(files, files->name[moved++], err);
    if (status == MIRTI_OK) status = move_file(files, marker_name, err);
    if (status == MIRTI_OK)
        files->made_directory = false;
    else
        take_back(files, moved);
    mirti_free(old);
    return status;
}

void mirti_simulate_files_end(mirti_simulate_files *files) {
    if (files->unfinished != NULL) remove_tree(AT_FDCWD, files->unfinished, 1);
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
