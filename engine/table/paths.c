/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From what the user wrote to the files to read: patterns, archives and their members. Names
 * are put in byte order, never the locale's, so that the rows come in the same order on any
 * machine.
 */
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool mirti_table_same_name(const char *a, const char *b) {
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool mirti_table_ends_with(const char *text, const char *ending) {
    size_t size = strlen(text);
    size_t tail = strlen(ending);
    return size >= tail && mirti_table_same_name(text + size - tail, ending);
}

/* One `[...]`: sets `*after` behind it and tells whether `c` is in it. False and no `*after` when
 * the bracket is never closed. */
static bool in_bracket(const char *pattern, char c, const char **after) {
    const char *p = pattern + 1;
    bool negated = *p == '!' || *p == '^';
    if (negated) p++;
    bool found = false;
    const char *first = p;
    for (; *p != '\0' && (*p != ']' || p == first); p++) {
        if (p[1] == '-' && p[2] != ']' && p[2] != '\0') {
            if ((unsigned char)c >= (unsigned char)p[0] && (unsigned char)c <= (unsigned char)p[2])
                found = true;
            p += 2;
        } else if (*p == c) {
            found = true;
        }
    }
    if (*p == '\0') return false;
    *after = p + 1;
    return found != negated;
}

bool mirti_table_matches(const char *pattern, const char *text) {
    const char *star = NULL; /* last `*` and where in the text it was tried */
    const char *tried = NULL;
    while (*text != '\0') {
        const char *next = pattern + 1;
        bool ok = false;
        if (*pattern == '*') {
            star = pattern++;
            tried = text;
            continue;
        }
        if (*pattern == '[') {
            const char *after = NULL;
            ok = in_bracket(pattern, *text, &after);
            if (after != NULL) {
                next = after;
            } else {
                ok = *text == '[';
            }
        } else if (*pattern != '\0') {
            ok = *pattern == '?' || *pattern == *text;
        }
        if (ok) {
            pattern = next;
            text++;
        } else if (star != NULL) { /* let the star swallow one more */
            pattern = star + 1;
            text = ++tried;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* ---------------------------------------------------------------------------------- the list -- */

void mirti_table_paths_reset(mirti_table_paths *paths) {
    for (int i = 0; i < paths->count; i++) {
        mirti_free(paths->path[i]);
        mirti_free(paths->shown[i]);
    }
    mirti_free(paths->path);
    mirti_free(paths->shown);
    *paths = (mirti_table_paths){0};
}

static mirti_status add(mirti_table_paths *paths, const char *path, const char *shown,
                        mirti_error *err) {
    size_t count = (size_t)paths->count + 1;
    char **more = mirti_resize(paths->path, count, sizeof *more);
    if (more != NULL) paths->path = more;
    char **more_shown = more != NULL ? mirti_resize(paths->shown, count, sizeof *more) : NULL;
    if (more_shown != NULL) paths->shown = more_shown;
    char *copy = more_shown != NULL ? mirti_strdup(path) : NULL;
    char *shown_copy = copy != NULL ? mirti_strdup(shown) : NULL;
    if (shown_copy == NULL) {
        mirti_free(copy);
        return mirti_fail_memory(err, "a path");
    }
    paths->path[paths->count] = copy;
    paths->shown[paths->count] = shown_copy;
    paths->count++;
    return MIRTI_OK;
}

mirti_status mirti_table_paths_single(const char *path, mirti_table_paths *out, mirti_error *err) {
    *out = (mirti_table_paths){0};
    return add(out, path, path, err);
}

/* As `add`, with the path made of a prefix and a rest. */
static mirti_status add_joined(mirti_table_paths *paths, const char *prefix, const char *middle,
                               const char *rest, const char *shown, mirti_error *err) {
    mirti_text path = {0};
    mirti_text_printf(&path, "%s%s%s", prefix, middle, rest);
    mirti_status status =
        path.failed ? mirti_fail_memory(err, "a path") : add(paths, path.data, shown, err);
    mirti_text_reset(&path);
    return status;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has_wildcard(const char *text) {
    return strpbrk(text, "*?[") != NULL;
}

/* Names on the disk that a pattern stands for, in byte order. A name without wildcards, or one that
 * exists as it is written, stands for itself. */
static mirti_status expand_disk(const char *pattern, mirti_table_paths *out, mirti_error *err) {
    struct stat found;
    if (!has_wildcard(pattern) || stat(pattern, &found) == 0)
        return add(out, pattern, pattern, err);
    glob_t names;
    int result = glob(pattern, GLOB_NOSORT, NULL, &names);
    if (result == GLOB_NOSPACE) return mirti_fail_memory(err, "names of files");
    mirti_status status = MIRTI_OK;
    if (result != 0 || names.gl_pathc == 0) {
        status = mirti_fail(err, MIRTI_ERROR_INPUT, "no file matches the pattern");
        mirti_fail_at(err, pattern, 0, 0, NULL, NULL);
        mirti_fail_remedy(err, "Check the folder and the spelling; upper and lower case differ.");
    } else {
        qsort(names.gl_pathv, names.gl_pathc, sizeof *names.gl_pathv, by_bytes);
        for (size_t i = 0; i < names.gl_pathc && status == MIRTI_OK; i++)
            status = add(out, names.gl_pathv[i], names.gl_pathv[i], err);
    }
    if (result == 0) globfree(&names);
    return status;
}

/* ---------------------------------------------------------------------------------- archives -- */

mirti_status mirti_table_zip_members(const char *archive, mirti_table_paths *out,
                                     mirti_error *err) {
    mirti_text folder = {0};
    mirti_text_printf(&folder, "/vsizip/{%s}", archive);
    if (folder.failed) return mirti_fail_memory(err, "a path");
    CPLPushErrorHandler(CPLQuietErrorHandler);
    char **names = VSIReadDirRecursive(folder.data);
    CPLPopErrorHandler();
    mirti_text_reset(&folder);
    int count = CSLCount(names);
    if (count == 0) {
        CSLDestroy(names);
        mirti_fail(err, MIRTI_ERROR_INPUT, "is not a zip archive, or an empty or damaged one");
        mirti_fail_at(err, archive, 0, 0, NULL, NULL);
        mirti_fail_remedy(err, "Check the path, or fetch the file again.");
        return MIRTI_ERROR_INPUT;
    }
    qsort(names, (size_t)count, sizeof *names, by_bytes);
    mirti_status status = MIRTI_OK;
    for (int i = 0; i < count && status == MIRTI_OK; i++) {
        size_t size = strlen(names[i]);
        if (size > 0 && names[i][size - 1] != '/') status = add(out, names[i], names[i], err);
    }
    CSLDestroy(names);
    return status;
}

/* Files that hold tables, as against read-me files, metadata and the side files of a shapefile. */
static bool is_table_name(const char *name) {
    static const char *const endings[] = {".csv",      ".tsv", ".txt", ".dbf",  ".sav",
                                          ".zsav",     ".por", ".dta", ".xlsx", ".ods",
                                          ".sas7bdat", ".xpt", ".xls", ".gpkg", ".sqlite"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (mirti_table_ends_with(name, endings[i])) return true;
    return false;
}

static mirti_status fail_members(const char *archive, const mirti_table_paths *members,
                                 const char *what, mirti_error *err) {
    mirti_text list = {0};
    for (int i = 0; i < members->count && i < 8; i++)
        mirti_text_printf(&list, "%s%s", i > 0 ? ", " : "", members->path[i]);
    if (members->count > 8) mirti_text_puts(&list, ", ...");
    mirti_fail(err, MIRTI_ERROR_INPUT, "%s; its members are: %s", what,
               list.failed || list.data == NULL ? "" : list.data);
    mirti_fail_at(err, archive, 0, 0, NULL, NULL);
    mirti_fail_remedy(err, "Name the member behind the archive, as in %s/%s.", archive,
                      members->count > 0 ? members->path[0] : "member.csv");
    mirti_text_reset(&list);
    return MIRTI_ERROR_INPUT;
}

/* `wanted`: pattern for members, matched against the whole name or, without a slash in it, the last
 * part; NULL: the only table. */
static mirti_status expand_archive(const char *archive, const char *wanted, mirti_table_paths *out,
                                   mirti_error *err) {
    mirti_table_paths members = {0};
    mirti_status status = mirti_table_zip_members(archive, &members, err);
    int found = 0;
    for (int i = 0; i < members.count && status == MIRTI_OK; i++) {
        const char *name = members.path[i];
        const char *slash = strrchr(name, '/');
        const char *part = slash != NULL ? slash + 1 : name;
        bool take = wanted == NULL
                        ? is_table_name(name)
                        : strcmp(wanted, name) == 0 || mirti_table_matches(wanted, name) ||
                              (strchr(wanted, '/') == NULL && mirti_table_matches(wanted, part));
        if (!take) continue;
        found++;
        mirti_text prefix = {0}, shown = {0};
        mirti_text_printf(&prefix, "/vsizip/{%s}/", archive);
        mirti_text_printf(&shown, "%s/%s", archive, name);
        status = prefix.failed || shown.failed
                     ? mirti_fail_memory(err, "a path")
                     : add_joined(out, prefix.data, "", name, shown.data, err);
        mirti_text_reset(&prefix);
        mirti_text_reset(&shown);
    }
    if (status == MIRTI_OK && found == 0)
        status = fail_members(archive, &members,
                              wanted != NULL ? "no member of the archive matches"
                                             : "the archive holds no table",
                              err);
    if (status == MIRTI_OK && wanted == NULL && found > 1)
        status = fail_members(archive, &members, "the archive holds several tables", err);
    mirti_table_paths_reset(&members);
    return status;
}

/* End of the first path part that ends in ".zip", or NULL. */
static const char *end_of_archive(const char *path) {
    for (const char *p = path; *p != '\0'; p++) {
        if (*p != '.' || lower(p[1]) != 'z' || lower(p[2]) != 'i' || lower(p[3]) != 'p') continue;
        if (p[4] == '\0' || p[4] == '/') return p + 4;
    }
    return NULL;
}

static bool is_connection(const char *path) {
    return strncmp(path, "PG:", 3) == 0 || strncmp(path, "postgresql://", 13) == 0;
}

/* A connection without its password. */
static mirti_status add_connection(mirti_table_paths *out, const char *path, mirti_error *err) {
    mirti_text shown = {0};
    for (const char *p = path; *p != '\0';) {
        if (strncmp(p, "password=", 9) == 0) {
            mirti_text_puts(&shown, "password=***");
            p += 9;
            if (*p == '\'') {
                for (p++; *p != '\0' && *p != '\''; p++)
                    if (*p == '\\' && p[1] != '\0') p++;
                if (*p == '\'') p++;
            } else {
                while (*p != '\0' && *p != ' ')
                    p++;
            }
        } else {
            mirti_text_add(&shown, p++, 1);
        }
    }
    mirti_status status =
        shown.failed ? mirti_fail_memory(err, "a path") : add(out, path, shown.data, err);
    mirti_text_reset(&shown);
    return status;
}

static mirti_status expand_one(const char *path, mirti_table_paths *out, mirti_error *err) {
    if (is_connection(path)) return add_connection(out, path, err);
    if (strncmp(path, "/vsi", 4) == 0) return add(out, path, path, err);
    mirti_table_paths found = {0};
    mirti_status status;
    const char *end = end_of_archive(path);
    if (end != NULL) {
        mirti_text archives = {0};
        mirti_text_add(&archives, path, (size_t)(end - path));
        status = archives.failed ? mirti_fail_memory(err, "a path")
                                 : expand_disk(archives.data, &found, err);
        for (int i = 0; i < found.count && status == MIRTI_OK; i++)
            status = expand_archive(found.path[i], *end == '/' && end[1] != '\0' ? end + 1 : NULL,
                                    out, err);
        mirti_text_reset(&archives);
    } else {
        status = expand_disk(path, &found, err);
        for (int i = 0; i < found.count && status == MIRTI_OK; i++)
            status = add(out, found.path[i], found.path[i], err);
    }
    mirti_table_paths_reset(&found);
    return status;
}

mirti_status mirti_source_files(const char *path, mirti_file_visit *visit, void *context,
                                mirti_error *err) {
    mirti_table_paths found = {0};
    mirti_text disk = {0};
    mirti_status status;
    bool connection = is_connection(path);
    if (connection || strncmp(path, "/vsi", 4) == 0) {
        status = expand_one(path, &found, err);
    } else {
        const char *end = end_of_archive(path);
        mirti_text_add(&disk, path, end ? (size_t)(end - path) : strlen(path));
        status =
            disk.failed ? mirti_fail_memory(err, "a path") : expand_disk(disk.data, &found, err);
    }
    bool plain = disk.size > 0;
    mirti_text_reset(&disk);
    for (int i = 0; i < found.count && status == MIRTI_OK; i++)
        status = visit(plain ? found.path[i] : NULL, found.shown[i], context, err);
    mirti_table_paths_reset(&found);
    return status;
}

mirti_status mirti_table_paths_expand(const mirti_source_options *options, mirti_table_paths *out,
                                      mirti_error *err) {
    *out = (mirti_table_paths){0};
    if (options->path == NULL || options->path[0] == '\0')
        return mirti_fail(err, MIRTI_ERROR_USAGE, "no file was named");
    mirti_status status = expand_one(options->path, out, err);
    for (int i = 0; i < options->more_count && status == MIRTI_OK; i++)
        status = expand_one(options->more[i], out, err);
    if (status != MIRTI_OK) mirti_table_paths_reset(out);
    return status;
}
