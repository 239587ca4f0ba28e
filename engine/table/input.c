/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bytes of a file, wherever it lies: on the disk, in memory, or where GDAL's virtual files reach
 * (in a gzip or zip archive, read in place and never unpacked).
 */
#define _LARGEFILE64_SOURCE /* VSIStatBufL is a struct stat64 */
#include <cpl_error.h>
#include <cpl_vsi.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "internal.h"

struct mirti_table_input {
    char *shown;      /* what messages call it */
    FILE *file;       /* on the disk */
    gzFile gzip;      /* on the disk, compressed */
    VSILFILE *remote; /* through GDAL */
    mirti_str memory; /* data not NULL: in memory */
    int64_t at;       /* offset of the next byte */
    int64_t size;

    /* conversion to UTF-8 on the way, if any */
    const mirti_encoding *encoding;
    char *raw; /* [RAW_SIZE] bytes of the file */
    size_t raw_from, raw_to;
};

enum { RAW_SIZE = 16 * 1024 };

static mirti_status fail_open(const char *path, const char *why, mirti_error *err) {
    mirti_fail(err, MIRTI_ERROR_INPUT, "cannot be opened: %s", why);
    mirti_fail_at(err, path, 0, 0, NULL, NULL);
    mirti_fail_remedy(err, "Check the path, the working folder and the permissions.");
    return MIRTI_ERROR_INPUT;
}

static const char *reason(int code) {
    switch (code) {
    case ENOENT: return "no such file or folder";
    case EACCES: return "permission denied";
    case EISDIR: return "it is a folder";
    case EMFILE: return "too many open files";
    default: return "the operating system refuses";
    }
}

static mirti_status open_disk(mirti_table_input *input, const char *path, mirti_error *err) {
    struct stat found;
    input->file = fopen(path, "rb");
    if (input->file == NULL) return fail_open(input->shown, reason(errno), err);
    if (fstat(fileno(input->file), &found) != 0) return fail_open(input->shown, reason(errno), err);
    if (S_ISDIR(found.st_mode)) return fail_open(input->shown, reason(EISDIR), err);
    if (S_ISREG(found.st_mode)) input->size = (int64_t)found.st_size;
    setvbuf(input->file, NULL, _IONBF, 0); /* readers bring buffers of their own */
    return MIRTI_OK;
}

static mirti_status open_gzip(mirti_table_input *input, const char *path, mirti_error *err) {
    enum { GZIP_BUFFER = 256 * 1024 };
    input->gzip = gzopen(path, "rb");
    if (input->gzip == NULL) return fail_open(input->shown, reason(errno), err);
    (void)gzbuffer(input->gzip, GZIP_BUFFER);
    return MIRTI_OK;
}

static mirti_status open_remote(mirti_table_input *input, const char *path, mirti_error *err) {
    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
    input->remote = VSIFOpenL(path, "rb");
    char why[256];
    snprintf(why, sizeof why, "%s",
             CPLGetLastErrorMsg()[0] != '\0' ? CPLGetLastErrorMsg() : "no such file or member");
    VSIStatBufL found;
    if (input->remote != NULL && VSIStatL(path, &found) == 0) input->size = (int64_t)found.st_size;
    CPLPopErrorHandler();
    return input->remote != NULL ? MIRTI_OK : fail_open(input->shown, why, err);
}

mirti_status mirti_table_input_open(const char *path, const char *shown, mirti_table_input **out,
                                    mirti_error *err) {
    *out = NULL;
    mirti_table_input *input = mirti_new(1, sizeof *input);
    if (input == NULL) return mirti_fail_memory(err, "a file");
    input->shown = mirti_strdup(shown);
    mirti_status status = MIRTI_OK;
    if (input->shown == NULL) {
        status = mirti_fail_memory(err, "a path");
    } else if (strncmp(path, "/vsi", 4) == 0) {
        status = open_remote(input, path, err);
    } else if (mirti_table_ends_with(path, ".gz")) {
        status = open_gzip(input, path, err);
    } else {
        status = open_disk(input, path, err);
    }
    if (status != MIRTI_OK) {
        mirti_table_input_close(input);
        return status;
    }
    *out = input;
    return MIRTI_OK;
}

mirti_status mirti_table_input_memory(mirti_str bytes, const char *name, mirti_table_input **out,
                                      mirti_error *err) {
    *out = NULL;
    mirti_table_input *input = mirti_new(1, sizeof *input);
    if (input == NULL) return mirti_fail_memory(err, "a text");
    input->shown = mirti_strdup(name);
    if (input->shown == NULL) {
        mirti_free(input);
        return mirti_fail_memory(err, "a path");
    }
    input->memory = bytes.data != NULL ? bytes : mirti_str_of("");
    input->size = (int64_t)bytes.size;
    *out = input;
    return MIRTI_OK;
}

static mirti_status fail_read(const mirti_table_input *input, mirti_error *err) {
    mirti_fail(err, MIRTI_ERROR_INPUT, "cannot be read beyond byte %lld", (long long)input->at);
    mirti_fail_at(err, input->shown, 0, 0, NULL, NULL);
    mirti_fail_remedy(err, "The file or its disk may be damaged; fetch it again.");
    return MIRTI_ERROR_INPUT;
}

bool mirti_table_input_is_flat(const mirti_table_input *input) {
    if (input->encoding != NULL) return false;
    return input->memory.data != NULL || (input->file != NULL && input->size > 0);
}

bool mirti_table_input_at(const mirti_table_input *input, int64_t offset, void *buffer, size_t size,
                          size_t *got) {
    *got = 0;
    if (!mirti_table_input_is_flat(input) || offset < 0) return false;
    if (input->memory.data != NULL) {
        if (offset > (int64_t)input->memory.size) return false;
        size_t left = input->memory.size - (size_t)offset;
        *got = size < left ? size : left;
        if (*got > 0) memcpy(buffer, input->memory.data + offset, *got);
        return true;
    }
    while (*got < size) {
        ssize_t part = pread(fileno(input->file), (char *)buffer + *got, size - *got,
                             (off_t)offset + (off_t)*got);
        if (part < 0) return false;
        if (part == 0) break;
        *got += (size_t)part;
    }
    return true;
}

static mirti_status read_raw(mirti_table_input *input, void *buffer, size_t size, size_t *got,
                             mirti_error *err) {
    *got = 0;
    if (input->memory.data != NULL) {
        size_t left = input->memory.size - (size_t)input->at;
        *got = size < left ? size : left;
        if (*got > 0) memcpy(buffer, input->memory.data + input->at, *got);
    } else if (input->file != NULL) {
        *got = fread(buffer, 1, size, input->file);
        if (*got == 0 && ferror(input->file)) return fail_read(input, err);
    } else if (input->gzip != NULL) {
        int result = gzread(input->gzip, buffer, size < INT_MAX ? (unsigned)size : INT_MAX);
        int code = Z_OK;
        if (result <= 0) (void)gzerror(input->gzip, &code);
        if (result < 0 || code != Z_OK) return fail_read(input, err); /* Z_BUF_ERROR: cut off */
        *got = (size_t)result;
    } else {
        CPLPushErrorHandler(CPLQuietErrorHandler);
        CPLErrorReset();
        *got = VSIFReadL(buffer, 1, size, input->remote);
        bool damaged =
            *got == 0 && (CPLGetLastErrorType() >= CE_Failure || !VSIFEofL(input->remote));
        CPLPopErrorHandler();
        if (damaged) return fail_read(input, err);
    }
    input->at += (int64_t)*got;
    return MIRTI_OK;
}

mirti_status mirti_table_input_convert(mirti_table_input *input, const mirti_encoding *encoding,
                                       mirti_error *err) {
    input->raw = mirti_new(RAW_SIZE, 1);
    if (input->raw == NULL) return mirti_fail_memory(err, "a file in conversion");
    input->encoding = encoding;
    return mirti_table_input_seek(input, 0, err);
}

static mirti_status fail_conversion(const mirti_table_input *input, mirti_error *err) {
    mirti_fail(err, MIRTI_ERROR_INPUT, "the text is not valid %s near byte %lld",
               mirti_encoding_name(input->encoding),
               (long long)(input->at - (int64_t)(input->raw_to - input->raw_from)));
    mirti_fail_at(err, input->shown, 0, 0, NULL, NULL);
    mirti_fail_remedy(err, "Declare the right encoding; else the file is damaged or cut off here.");
    return MIRTI_ERROR_INPUT;
}

static mirti_status read_converted(mirti_table_input *input, char *buffer, size_t size, size_t *got,
                                   mirti_error *err) {
    char *to = buffer;
    size_t left = size;
    while (to == buffer) {
        size_t more = 0;
        size_t kept = input->raw_to - input->raw_from;
        memmove(input->raw, input->raw + input->raw_from, kept); /* part of a character */
        input->raw_from = 0;
        MIRTI_TRY(read_raw(input, input->raw + kept, RAW_SIZE - kept, &more, err));
        input->raw_to = kept + more;
        if (input->raw_to == 0) break;
        char *from = input->raw;
        size_t from_left = input->raw_to;
        size_t result =
            mirti_table_encoding_convert(input->encoding, &from, &from_left, &to, &left);
        input->raw_from = input->raw_to - from_left;
        /* E2BIG: the rest next time. EINVAL: half a character, wrong only at the end of the file.
         */
        bool half = result == (size_t)-1 && errno == EINVAL;
        if (result == (size_t)-1 && errno != E2BIG && (!half || more == 0))
            return fail_conversion(input, err);
    }
    *got = size - left;
    return MIRTI_OK;
}

mirti_status mirti_table_input_read(mirti_table_input *input, void *buffer, size_t size,
                                    size_t *got, mirti_error *err) {
    *got = 0;
    if (input->encoding != NULL) return read_converted(input, buffer, size, got, err);
    return read_raw(input, buffer, size, got, err);
}

mirti_status mirti_table_input_seek(mirti_table_input *input, int64_t offset, mirti_error *err) {
    int result = 0;
    if (input->memory.data != NULL) {
        result = offset < 0 || offset > (int64_t)input->memory.size ? -1 : 0;
    } else if (input->file != NULL) {
        result = fseeko(input->file, (off_t)offset, SEEK_SET);
    } else if (input->gzip != NULL) {
        result = gzseek(input->gzip, (z_off_t)offset, SEEK_SET) < 0 ? -1 : 0;
    } else {
        result = VSIFSeekL(input->remote, (vsi_l_offset)offset, SEEK_SET);
    }
    if (result != 0) return fail_read(input, err);
    input->at = offset;
    return MIRTI_OK;
}

int64_t mirti_table_input_tell(const mirti_table_input *input) {
    /* Of a compressed file the place in the file itself: progress is measured against its size. */
    if (input->gzip != NULL) return (int64_t)gzoffset(input->gzip);
    return input->at;
}

int64_t mirti_table_input_size(const mirti_table_input *input) {
    return input->size;
}

void mirti_table_input_close(mirti_table_input *input) {
    if (input == NULL) return;
    if (input->file != NULL) fclose(input->file);
    if (input->gzip != NULL) gzclose(input->gzip);
    if (input->remote != NULL) VSIFCloseL(input->remote);
    mirti_free(input->raw);
    mirti_free(input->shown);
    mirti_free(input);
}
