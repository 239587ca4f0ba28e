/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A main for harnesses where libFuzzer is not linked: runs the files named, and those in the
 * folders named.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path) {
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(1 << 20);
    if (!file || !data) {
        perror(path);
        free(data);
        if (file) fclose(file);
        return 1;
    }
    size_t size = fread(data, 1, 1 << 20, file);
    fclose(file);
    /* A block of exactly this size, so that a sanitizer sees a byte too many. */
    uint8_t *exact = realloc(data, size > 0 ? size : 1);
    LLVMFuzzerTestOneInput(exact ? exact : data, size);
    free(exact ? exact : data);
    return 0;
}

int main(int argc, char **argv) {
    int files = 0, failed = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (!folder) {
            failed += replay_file(argv[i]);
            files++;
            continue;
        }
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            char path[4096];
            if (entry->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            failed += replay_file(path);
            files++;
        }
        closedir(folder);
    }
    printf("%d inputs survived\n", files);
    return failed > 0 || files == 0 ? 1 : 0;
}
