/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole files, folders and paths. Results are written through output.c. */
#include "mirti/base.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

const char *mirti_base_errno_text(int code) {
    switch (code) {
    case ENOENT: return "no such file or folder";
    case EACCES:
    case EPERM: return "permission denied";
    case ENOSPC: return "no space left on the disk";
    case EDQUOT: return "disk quota exceeded";
    case EROFS: return "the file system is read-only";
    case EISDIR: return "it is a folder";
    case ENOTDIR: return "a part of the path is not a folder";
    case EEXIST: return "it exists already";
    case ENAMETOOLONG: return "the name is too long";
    case EMFILE:
    case ENFILE: return "too many open files";
    case EFBIG: return "the file is too large for the file system";
    case EIO: return "the disk reports an error";
    case ELOOP: return "too many symbolic links";
    case ENOMEM: return "memory ran out";
    case EPIPE: return "the reader at the other end has gone";
    default: return "the operating system refuses";
    }
}

static mirti_status fail_input(mirti_error *err, const char *path, const char *what, int code) {
    mirti_fail(err, MIRTI_ERROR_INPUT, "%s: %s", what, mirti_base_errno_text(code));
    mirti_fail_at(err, path, 0, 0, NULL, NULL);
    if (code == ENOENT) mirti_fail_remedy(err, "Check the path and the working folder.");
    return MIRTI_ERROR_INPUT;
}

mirti_status mirti_file_read(const char *path, char **data, size_t *size, mirti_error *err) {
    *data = NULL;
    *size = 0;
    FILE *file = fopen(path, "rb");
    if (file == NULL) return fail_input(err, path, "cannot be opened", errno);
    /* Read until the end rather than trust a size: pipes and /proc have none. */
    size_t room = 65536;
    size_t used = 0;
    char *buffer = mirti_resize(NULL, room, 1);
    mirti_status status = MIRTI_OK;
    while (buffer != NULL) {
        used += fread(buffer + used, 1, room - used - 1, file);
        if (ferror(file)) {
            status = fail_input(err, path, "cannot be read", errno);
            break;
        }
        if (feof(file)) break;
        char *larger = mirti_resize(buffer, room, 2);
        if (larger == NULL) {
            mirti_free(buffer);
            buffer = NULL;
            break;
        }
        buffer = larger;
        room *= 2;
    }
    fclose(file);
    if (buffer == NULL) return mirti_fail_memory(err, "a file");
    if (status != MIRTI_OK) {
        mirti_free(buffer);
        return status;
    }
    buffer[used] = '\0';
    *data = buffer;
    *size = used;
    return MIRTI_OK;
}

/* Makes one folder; being there already is fine. Returns an errno or 0. */
static int make_one(const char *path) {
    if (mkdir(path, 0777) == 0) return 0;
    int code = errno;
    struct stat found;
    if (stat(path, &found) == 0) return S_ISDIR(found.st_mode) ? 0 : ENOTDIR;
    return code;
}

mirti_status mirti_directory_make(const char *path, mirti_error *err) {
    char *work = mirti_strdup(path);
    if (work == NULL) return mirti_fail_memory(err, "a path");
    int code = 0;
    for (char *p = work + 1; *work != '\0' && *p != '\0' && code == 0; p++) {
        if (*p != '/') continue;
        *p = '\0';
        code = make_one(work);
        *p = '/';
    }
    if (code == 0) code = make_one(work);
    mirti_free(work);
    if (code == 0) return MIRTI_OK;
    mirti_fail(err, MIRTI_ERROR_OUTPUT, "the folder cannot be made: %s",
               mirti_base_errno_text(code));
    mirti_fail_at(err, path, 0, 0, NULL, NULL);
    return MIRTI_ERROR_OUTPUT;
}

char *mirti_path_join(const char *directory, const char *name) {
    if (directory == NULL || directory[0] == '\0' || name[0] == '/') return mirti_strdup(name);
    mirti_text path = {0};
    mirti_text_puts(&path, directory);
    if (directory[strlen(directory) - 1] != '/') mirti_text_puts(&path, "/");
    mirti_text_puts(&path, name);
    if (path.failed) mirti_text_reset(&path);
    return path.data;
}

char *mirti_path_directory(const char *path) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return mirti_strdup(".");
    if (slash == path) return mirti_strdup("/");
    mirti_text directory = {0};
    mirti_text_add(&directory, path, (size_t)(slash - path));
    if (directory.failed) mirti_text_reset(&directory);
    return directory.data;
}
