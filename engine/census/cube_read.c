/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the file of a cube. Nothing in it is believed: every length is held against what is left of
 * the file before memory is asked for, every index against what it points into, and the order
 * against the canonical one, so that whatever has the right checksum and is read is a cube. */
#include "cube.h"

#include <math.h>
#include <string.h>

typedef struct reader {
    const unsigned char *data;
    size_t size, at;
    const char *wrong; /* the first thing that is not as it must be; NULL = all well */
    bool no_memory;
    mirti_cube *cube;
    char nothing[1]; /* the text of a cube that is not well; it does not outlive the reading */
} reader;

static bool well(const reader *r) {
    return !r->wrong && !r->no_memory;
}

static void expect(reader *r, bool holds, const char *wrong) {
    if (!holds && !r->wrong) r->wrong = wrong;
}

static const unsigned char *take(reader *r, size_t bytes) {
    static const unsigned char nothing[8] = {0};
    if (!well(r) || bytes > r->size - r->at) {
        expect(r, false, "it ends too early");
        return nothing;
    }
    r->at += bytes;
    return r->data + r->at - bytes;
}

static uint32_t take_u32(reader *r) {
    const unsigned char *b = take(r, 4);
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static uint64_t take_u64(reader *r) {
    uint64_t low = take_u32(r), high = take_u32(r);
    return low | high << 32;
}

static int64_t take_count(reader *r) {
    uint64_t value = take_u64(r);
    expect(r, value <= INT64_MAX, "a count is negative");
    return well(r) ? (int64_t)value : 0;
}

/* A number of records of at least `bytes` each, which must fit what is left. */
static int64_t take_length(reader *r, size_t bytes) {
    int64_t count = take_count(r);
    expect(r, (uint64_t)count <= (r->size - r->at) / bytes && count < INT32_MAX,
           "it ends too early");
    return well(r) ? count : 0;
}

static char *take_text(reader *r) {
    uint32_t size = take_u32(r);
    const unsigned char *bytes = take(r, size);
    if (!well(r)) return r->nothing;
    mirti_str text = {(const char *)bytes, size};
    expect(r, mirti_utf8_valid(text, NULL) && memchr(bytes, 0, size) == NULL,
           "a text is not UTF-8");
    char *copy = mirti_arena_copy(&r->cube->texts, text.data, text.size);
    if (!copy) r->no_memory = true;
    return copy ? copy : r->nothing;
}

static void *array(reader *r, int64_t count, size_t size) {
    void *block = mirti_new((size_t)count, size);
    if (!block) r->no_memory = true;
    return block;
}

static void read_head(reader *r) {
    mirti_cube *cube = r->cube;
    expect(r, r->size >= 8 && memcmp(take(r, 8), "MIRTICUB", 8) == 0, "it is no cube of mirti");
    uint32_t version = take_u32(r);
    expect(r, version == 1, "it is of another version of the format");
    uint32_t flags = take_u32(r);
    expect(r, flags <= 1, "it is of another version of the format");
    cube->design = flags & 1;
    cube->kind = take_text(r);
    cube->model = take_text(r);
    cube->source = take_text(r);
    uint32_t variables = take_u32(r);
    expect(r, variables <= (r->size - r->at) / 4 && variables < 100000, "it ends too early");
    if (!well(r)) return;
    cube->variable = array(r, variables, sizeof *cube->variable);
    for (uint32_t v = 0; v < variables && well(r); v++, cube->variables++)
        cube->variable[v] = take_text(r);
}

static void read_rows(reader *r) {
    enum { ROOM = sizeof r->cube->rows.reason / sizeof r->cube->rows.reason[0] };
    mirti_row_count *rows = &r->cube->rows;
    rows->read = take_count(r);
    rows->used = take_count(r);
    rows->outside = take_count(r);
    uint32_t reasons = take_u32(r);
    expect(r, reasons <= ROOM, "it has too many reasons");
    for (uint32_t k = 0; k < reasons && well(r); k++, rows->reasons++) {
        mirti_drop_reason *reason = &rows->reason[k];
        const char *text = take_text(r);
        expect(r, strlen(text) < sizeof reason->text, "a reason is too long");
        if (well(r)) memcpy(reason->text, text, strlen(text) + 1);
        reason->rows = take_count(r);
        expect(r, reason->rows <= INT64_MAX - rows->dropped, "a count is too large");
        expect(r, k == 0 || strcmp(rows->reason[k - 1].text, reason->text) < 0,
               "its reasons are out of order");
        if (well(r)) rows->dropped += reason->rows;
    }
}

static void read_places(reader *r) {
    mirti_cube *cube = r->cube;
    cube->areas = take_length(r, 8);
    if (!well(r)) return;
    cube->code = array(r, cube->areas, sizeof *cube->code);
    cube->parent = array(r, cube->areas, sizeof *cube->parent);
    for (int64_t a = 0; a < cube->areas && well(r); a++) {
        cube->code[a] = take_text(r);
        cube->parent[a] = take_text(r);
        expect(r, a == 0 || strcmp(cube->code[a - 1], cube->code[a]) < 0,
               "its areas are out of order");
    }
    cube->places = take_length(r, 12);
    if (!well(r)) return;
    cube->place = array(r, cube->places, sizeof *cube->place);
    for (int64_t i = 0; i < cube->places && well(r); i++) {
        mirti_cube_place *place = &cube->place[i];
        uint32_t area = take_u32(r);
        expect(r, area < (uint64_t)cube->areas, "a place lies in no area");
        place->area = (int32_t)area;
        place->stratum = take_text(r);
        place->psu = take_text(r);
        expect(r, cube->design || (place->stratum[0] == '\0' && place->psu[0] == '\0'),
               "a place has a PSU, though it has no design");
        if (i == 0 || !well(r)) continue;
        const mirti_cube_place *before = place - 1;
        int order = (before->area > place->area) - (before->area < place->area);
        if (order == 0) order = strcmp(before->stratum, place->stratum);
        if (order == 0) order = strcmp(before->psu, place->psu);
        expect(r, order < 0, "its places are out of order");
    }
}

static void read_patterns(reader *r) {
    mirti_cube *cube = r->cube;
    size_t bytes = 8 * (size_t)cube->variables;
    cube->patterns = bytes > 0 ? take_length(r, bytes) : take_count(r);
    expect(r, bytes > 0 || cube->patterns <= 1, "its patterns are out of order");
    if (!well(r)) return;
    cube->value = array(r, cube->patterns * cube->variables, sizeof *cube->value);
    for (int64_t i = 0; i < cube->patterns && well(r); i++) {
        double *value = cube->value + i * cube->variables;
        int order = i == 0 ? -1 : 0;
        for (int v = 0; v < cube->variables; v++) {
            uint64_t bits = take_u64(r);
            memcpy(&value[v], &bits, sizeof bits);
            expect(r, isfinite(value[v]), "a value is not finite");
            if (order == 0 && well(r)) {
                double before = value[v - cube->variables];
                order = (before > value[v]) - (before < value[v]);
            }
        }
        expect(r, order < 0 || cube->variables == 0, "its patterns are out of order");
    }
}

static void read_cells(reader *r) {
    mirti_cube *cube = r->cube;
    cube->cells = take_length(r, 24);
    if (!well(r)) return;
    cube->cell = array(r, cube->cells, sizeof *cube->cell);
    int64_t persons = 0, weight = 0; /* sums over any cells stay within 64 bits */
    for (int64_t i = 0; i < cube->cells && well(r); i++) {
        mirti_cube_cell *cell = &cube->cell[i];
        uint32_t place = take_u32(r), pattern = take_u32(r);
        expect(r, place < (uint64_t)cube->places && pattern < (uint64_t)cube->patterns,
               "a cell points nowhere");
        cell->place = (int32_t)place;
        cell->pattern = (int32_t)pattern;
        cell->persons = take_count(r);
        cell->weight = take_count(r);
        expect(r, cell->persons <= INT64_MAX - persons && cell->weight <= INT64_MAX - weight,
               "its weights add up to too much");
        if (!well(r)) break;
        persons += cell->persons;
        weight += cell->weight;
        if (i == 0 || !well(r)) continue;
        const mirti_cube_cell *before = cell - 1;
        expect(r,
               before->place < cell->place ||
                   (before->place == cell->place && before->pattern < cell->pattern),
               "its cells are out of order");
    }
}

/* Levels that are no levels would be read beyond the shares of a category. */
static void check_values(reader *r) {
    const mirti_cube *cube = r->cube;
    for (int v = 0; v < cube->variables && well(r); v++) {
        const char *meaning = strchr(cube->variable[v], '=');
        expect(r, meaning != NULL, "a variable does not say what its values mean");
        if (!meaning || strcmp(meaning, "=number") == 0) continue;
        int levels = 1;
        for (const char *c = meaning; *c; c++)
            levels += *c == '|';
        for (int64_t i = 0; i < cube->patterns; i++) {
            double value = cube->value[i * cube->variables + v];
            expect(r, value >= 0 && value < levels && value == floor(value),
                   "a pattern has a level that its variable has not");
        }
    }
}

mirti_status mirti_cube_parse(const char *data, size_t size, const char *path, mirti_cube **out,
                              mirti_error *err) {
    *out = NULL;
    reader r = {.data = (const unsigned char *)data,
                .size = size > 64 ? size - 64 : 0,
                .cube = mirti_new(1, sizeof *r.cube)};
    if (!r.cube) return mirti_fail_memory(err, "the cube");
    read_head(&r);
    if (well(&r)) { /* of what is no cube at all a checksum says nothing */
        char hex[65];
        mirti_sha256(data, r.size, hex);
        expect(&r, memcmp(hex, data + r.size, 64) == 0,
               "it is damaged or cut off: its checksum is not that of its contents");
    }
    if (well(&r)) read_rows(&r);
    if (well(&r)) read_places(&r);
    if (well(&r)) read_patterns(&r);
    if (well(&r)) read_cells(&r);
    if (well(&r)) check_values(&r);
    if (well(&r)) expect(&r, r.at == r.size, "it goes on after its end");
    if (well(&r)) {
        *out = r.cube;
        return MIRTI_OK;
    }
    mirti_cube_free(r.cube);
    if (r.no_memory) return mirti_fail_memory(err, "the cube");
    mirti_status status =
        mirti_fail(err, MIRTI_ERROR_INPUT, "this cube cannot be used: %s", r.wrong);
    mirti_fail_at(err, path, 0, 0, NULL, NULL);
    mirti_fail_remedy(err, "Make it anew with `mirti cube`.");
    return status;
}

mirti_status mirti_cube_read(const char *path, mirti_cube **out, mirti_error *err) {
    *out = NULL;
    char *data;
    size_t size;
    MIRTI_TRY(mirti_file_read(path, &data, &size, err));
    mirti_status status = mirti_cube_parse(data, size, path, out, err);
    mirti_free(data);
    return status;
}
