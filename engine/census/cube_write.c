/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of a cube: little-endian, in the cube's canonical order, ending in its own checksum. Its
 * layout, byte by byte, is docs/cube-file.md. What happened to depend on the order of reading –
 * first rows of dropped reasons, repaired codes – is left out, so that merging gives equal bytes.
 */
#include "cube.h"

#include <string.h>

static void put_u32(mirti_text *out, uint32_t value) {
    char bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (char)(unsigned char)(value >> 8 * i & 255);
    mirti_text_add(out, bytes, sizeof bytes);
}

static void put_u64(mirti_text *out, uint64_t value) {
    put_u32(out, (uint32_t)(value & UINT32_MAX));
    put_u32(out, (uint32_t)(value >> 32));
}

static void put_i64(mirti_text *out, int64_t value) {
    put_u64(out, (uint64_t)value);
}

static void put_double(mirti_text *out, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_u64(out, bits);
}

static void put_text(mirti_text *out, const char *text) {
    size_t size = strlen(text);
    put_u32(out, (uint32_t)size);
    mirti_text_add(out, text, size);
}

mirti_status mirti_cube_print(const mirti_cube *cube, mirti_text *out, mirti_error *err) {
    size_t begin = out->size;
    mirti_text_add(out, "MIRTICUB", 8);
    put_u32(out, 1);
    put_u32(out, cube->design ? 1 : 0);
    put_text(out, cube->kind);
    put_text(out, cube->model);
    put_text(out, cube->source);
    put_u32(out, (uint32_t)cube->variables);
    for (int v = 0; v < cube->variables; v++)
        put_text(out, cube->variable[v]);
    put_i64(out, cube->rows.read);
    put_i64(out, cube->rows.used);
    put_i64(out, cube->rows.outside);
    put_u32(out, (uint32_t)cube->rows.reasons);
    for (int r = 0; r < cube->rows.reasons; r++) {
        put_text(out, cube->rows.reason[r].text);
        put_i64(out, cube->rows.reason[r].rows);
    }
    put_i64(out, cube->areas);
    for (int64_t a = 0; a < cube->areas; a++) {
        put_text(out, cube->code[a]);
        put_text(out, cube->parent[a]);
    }
    put_i64(out, cube->places);
    for (int64_t i = 0; i < cube->places; i++) {
        put_u32(out, (uint32_t)cube->place[i].area);
        put_text(out, cube->place[i].stratum);
        put_text(out, cube->place[i].psu);
    }
    put_i64(out, cube->patterns);
    for (int64_t i = 0; i < cube->patterns * cube->variables; i++)
        put_double(out, cube->value[i]);
    put_i64(out, cube->cells);
    for (int64_t i = 0; i < cube->cells; i++) {
        put_u32(out, (uint32_t)cube->cell[i].place);
        put_u32(out, (uint32_t)cube->cell[i].pattern);
        put_i64(out, cube->cell[i].persons);
        put_i64(out, cube->cell[i].weight);
    }
    if (out->failed) return mirti_fail_memory(err, "the bytes of the cube");
    char hex[65];
    mirti_sha256(out->data + begin, out->size - begin, hex);
    mirti_text_add(out, hex, 64);
    return out->failed ? mirti_fail_memory(err, "the bytes of the cube") : MIRTI_OK;
}

mirti_status mirti_cube_write(const mirti_cube *cube, const char *path, bool overwrite,
                              mirti_error *err) {
    mirti_text bytes = {0};
    mirti_output output = {0};
    mirti_status status = mirti_cube_print(cube, &bytes, err);
    if (status == MIRTI_OK) status = mirti_output_begin(&output, path, overwrite, false, err);
    if (status == MIRTI_OK) {
        if (fwrite(bytes.data, 1, bytes.size, output.stream) == bytes.size) {
            status = mirti_output_commit(&output, err);
        } else {
            mirti_output_discard(&output);
            status = mirti_fail(err, MIRTI_ERROR_OUTPUT, "the cube could not be written");
            mirti_fail_at(err, path, 0, 0, NULL, NULL);
        }
    }
    mirti_text_reset(&bytes);
    return status;
}
