/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes small shapefiles byte by byte, with whatever text, .cpg, .prj and rings a test wants:
 * what no honest library would write. Include after cmocka.h.
 */
#ifndef MIRTI_TEST_GEO_SHAPEFILE_H
#define MIRTI_TEST_GEO_SHAPEFILE_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RING_ROOM = 12, TEXT_WIDTH = 60 };

/* A record: code, name as raw bytes, one ring (closed by the writer); points == 0: no geometry. */
typedef struct shape {
    const char *code, *name;
    int points;
    double ring[RING_ROOM][2];
} shape;

typedef struct shapefile {
    const char *prj, *cpg; /* NULL: no such file */
    unsigned char language_driver;
    char code_type; /* 'C' or 'N' */
    int count;
    const shape *shapes;
} shapefile;

static inline void put_little(FILE *f, uint32_t v) {
    for (int i = 0; i < 4; i++)
        fputc((int)(v >> (8 * i) & 0xFF), f);
}

static inline void put_big(FILE *f, uint32_t v) {
    for (int i = 3; i >= 0; i--)
        fputc((int)(v >> (8 * i) & 0xFF), f);
}

static inline void put_double(FILE *f, double v) {
    uint64_t bits;
    memcpy(&bits, &v, 8);
    put_little(f, (uint32_t)bits);
    put_little(f, (uint32_t)(bits >> 32));
}

static inline FILE *create(const char *base, const char *ending) {
    char path[512];
    snprintf(path, sizeof path, "%s%s", base, ending);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    return f;
}

static inline void put_text_file(const char *base, const char *ending, const char *text) {
    if (!text) return;
    FILE *f = create(base, ending);
    fputs(text, f);
    fclose(f);
}

static inline int content_bytes(const shape *s) {
    return s->points == 0 ? 4 : 4 + 32 + 4 + 4 + 4 + 16 * (s->points + 1);
}

static inline void put_header(FILE *f, int bytes) {
    put_big(f, 9994);
    for (int i = 0; i < 5; i++)
        put_big(f, 0);
    put_big(f, (uint32_t)bytes / 2);
    put_little(f, 1000);
    put_little(f, 5);
    const double box[] = {0, 0, 100, 100, 0, 0, 0, 0};
    for (int i = 0; i < 8; i++)
        put_double(f, box[i]);
}

static inline void put_polygon(FILE *f, const shape *s) {
    if (s->points == 0) {
        put_little(f, 0);
        return;
    }
    double box[4] = {1e300, 1e300, -1e300, -1e300};
    for (int i = 0; i < s->points; i++)
        for (int k = 0; k < 2; k++) {
            if (s->ring[i][k] < box[k]) box[k] = s->ring[i][k];
            if (s->ring[i][k] > box[k + 2]) box[k + 2] = s->ring[i][k];
        }
    put_little(f, 5);
    for (int i = 0; i < 4; i++)
        put_double(f, box[i]);
    put_little(f, 1);
    put_little(f, (uint32_t)s->points + 1);
    put_little(f, 0);
    for (int i = 0; i <= s->points; i++)
        for (int k = 0; k < 2; k++)
            put_double(f, s->ring[i % s->points][k]);
}

static inline void put_dbf(const char *base, const shapefile *file) {
    FILE *f = create(base, ".dbf");
    const char *const names[] = {"CVEGEO", "NOMGEO"};
    const int widths[] = {9, TEXT_WIDTH};
    fputc(3, f);
    fputc(126, f), fputc(1, f), fputc(1, f);
    put_little(f, (uint32_t)file->count);
    fputc(97, f), fputc(0, f); /* bytes of the header */
    fputc(1 + 9 + TEXT_WIDTH, f), fputc(0, f);
    for (int i = 12; i < 32; i++)
        fputc(i == 29 ? file->language_driver : 0, f);
    for (int c = 0; c < 2; c++) {
        char name[11] = {0};
        memcpy(name, names[c], 6);
        fwrite(name, 1, 11, f);
        fputc(c == 0 ? file->code_type : 'C', f);
        put_little(f, 0);
        fputc(widths[c], f);
        for (int i = 17; i < 32; i++)
            fputc(0, f);
    }
    fputc(13, f);
    for (int i = 0; i < file->count; i++) {
        char row[1 + 9 + TEXT_WIDTH];
        memset(row, ' ', sizeof row);
        memcpy(row + 1, file->shapes[i].code, strnlen(file->shapes[i].code, 9));
        memcpy(row + 10, file->shapes[i].name, strnlen(file->shapes[i].name, TEXT_WIDTH));
        fwrite(row, 1, sizeof row, f);
    }
    fputc(26, f);
    fclose(f);
}

/* Writes BASE.shp and what belongs to it. */
static inline void write_shapefile(const char *base, const shapefile *file) {
    int total = 100;
    for (int i = 0; i < file->count; i++)
        total += 8 + content_bytes(&file->shapes[i]);
    FILE *shp = create(base, ".shp"), *shx = create(base, ".shx");
    put_header(shp, total);
    put_header(shx, 100 + 8 * file->count);
    int offset = 100;
    for (int i = 0; i < file->count; i++) {
        int bytes = content_bytes(&file->shapes[i]);
        put_big(shp, (uint32_t)i + 1);
        put_big(shp, (uint32_t)bytes / 2);
        put_polygon(shp, &file->shapes[i]);
        put_big(shx, (uint32_t)offset / 2);
        put_big(shx, (uint32_t)bytes / 2);
        offset += 8 + bytes;
    }
    fclose(shp);
    fclose(shx);
    put_dbf(base, file);
    put_text_file(base, ".prj", file->prj);
    put_text_file(base, ".cpg", file->cpg);
}

/* A fresh folder for one test; `path_in` names a file of it in a static buffer. */
static char scratch[] = "/tmp/mirti-geo-XXXXXX";

static inline int make_scratch(void **state) {
    (void)state;
    return mkdtemp(scratch) ? 0 : -1;
}

static inline int remove_scratch(void **state) {
    (void)state;
    DIR *folder = opendir(scratch);
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", scratch, entry->d_name);
        if (entry->d_name[0] != '.') unlink(path);
    }
    if (folder) closedir(folder);
    return rmdir(scratch);
}

static inline const char *path_in(const char *name) {
    static char path[4][256];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", scratch, name);
    return path[next];
}

#endif
