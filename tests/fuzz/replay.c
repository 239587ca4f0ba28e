/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs files, or all files of folders, once through a fuzzing harness: the corpus as a test, in any
 * build and without libFuzzer.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirti/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay_file(const char *path) {
    char *data;
    size_t size;
    mirti_error err = {0};
    if (mirti_file_read(path, &data, &size, &err) != MIRTI_OK) {
        fprintf(stderr, "%s: %s\n", path, err.message);
        exit(1);
    }
    /* An exact copy, so that a sanitizer sees a byte read beyond the end. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL) abort();
    memcpy(exact, data, size);
    mirti_free(data);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv) {
    int files = 0;
    for (int i = 1; i < argc; i++) {
        struct dirent **entry;
        int count = scandir(argv[i], &entry, NULL, alphasort);
        if (count < 0) {
            replay_file(argv[i]);
            files++;
            continue;
        }
        for (int k = 0; k < count; k++) {
            if (entry[k]->d_name[0] != '.') {
                char *path = mirti_path_join(argv[i], entry[k]->d_name);
                if (path == NULL) abort();
                replay_file(path);
                mirti_free(path);
                files++;
            }
            free(entry[k]);
        }
        free(entry);
    }
    printf("%d inputs\n", files);
    return files > 0 ? 0 : 1;
}
