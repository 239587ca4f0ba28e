/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files of a country in the making: all of them lie in a folder `.unfinished` inside the
 * country's own until every one is complete; then they move to their places, and `country.json`,
 * which lists them, comes last.
 */
#ifndef MIRTI_SIMULATE_FILES_H
#define MIRTI_SIMULATE_FILES_H

#include <stdio.h>

#include "mirti/base.h"

typedef struct mirti_simulate_files {
    char *directory;  /* of the country */
    char *unfinished; /* directory/.unfinished */
    char **name;      /* [count] relative to the directory, with '/' */
    int64_t count, room;
    bool made_directory;
} mirti_simulate_files;

/* Looks at the folder and makes what is missing; see mirti_simulate for what is refused. */
mirti_status mirti_simulate_files_begin(mirti_simulate_files *files, const char *directory,
                                        bool overwrite, mirti_error *err);
/* Puts `name` on the list and gives its path in the unfinished folder; mirti_free. */
mirti_status mirti_simulate_files_path(mirti_simulate_files *files, const char *name, char **path,
                                       mirti_error *err);
/* Moves everything to its place. `marker` is the text of country.json without its list of files,
 * which is added. */
mirti_status mirti_simulate_files_finish(mirti_simulate_files *files, mirti_json *marker,
                                         mirti_error *err);
/* Frees; what is unfinished is removed. */
void mirti_simulate_files_end(mirti_simulate_files *files);

/* A text file written in large pieces. Zero-initialise. */
typedef struct mirti_simulate_stream {
    FILE *file;
    char *path;
} mirti_simulate_stream;

mirti_status mirti_simulate_stream_open(mirti_simulate_stream *stream, mirti_simulate_files *files,
                                        const char *name, mirti_error *err);
mirti_status mirti_simulate_stream_write(mirti_simulate_stream *stream, const char *data,
                                         size_t size, mirti_error *err);
/* Also on failure; the first error wins. */
mirti_status mirti_simulate_stream_close(mirti_simulate_stream *stream, mirti_status status,
                                         mirti_error *err);

#endif
