/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file of a cube from anybody, its checksum made right so that the reader gets past it: what it
 * accepts is a cube, which prints as it was read, can be merged with itself and made into areas;
 * all else is an error.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mirti/census.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert, but in every build. */
static void must(bool holds) {
    if (!holds) abort();
}

static void use(mirti_cube *cube, const char *bytes, size_t size) {
    mirti_text print = {0};
    mirti_error err = {0};
    must(mirti_cube_print(cube, &print, &err) == MIRTI_OK);
    must(print.size == size && memcmp(print.data, bytes, size) == 0);
    mirti_text_reset(&print);

    const mirti_cube *both[2] = {cube, cube};
    mirti_cube *sum = NULL;
    mirti_status status = mirti_cube_merge(both, 2, &sum, &err);
    must(status == MIRTI_OK || status == MIRTI_ERROR_INPUT); /* sums beyond 64 bits */
    if (sum) must(sum->cells == cube->cells && sum->patterns <= cube->patterns);
    mirti_cube_free(sum);

    mirti_areas *areas = NULL;
    must(mirti_areas_from_cube(cube, &areas, &err) == MIRTI_OK);
    mirti_areas_free(areas);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *bytes = malloc(size + 65);
    if (!bytes) return 0;
    memcpy(bytes, data, size);
    mirti_sha256(bytes, size, bytes + size);
    mirti_cube *cube = NULL;
    mirti_error err = {0};
    mirti_status status = mirti_cube_parse(bytes, size + 64, "fuzz.cube", &cube, &err);
    must((status == MIRTI_OK) == (cube != NULL));
    if (cube) {
        use(cube, bytes, size + 64);
    } else {
        must(status == MIRTI_ERROR_INPUT && err.message[0] != '\0');
        must(strcmp(err.file, "fuzz.cube") == 0);
    }
    free(bytes);
    return 0;
}
