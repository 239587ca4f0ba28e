/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading one side of a join from whatever file has it. Offices write the same code in one column,
 * in two or in three, with and without zeros; here it becomes one text.
 */
#include <ctype.h>
#include <string.h>

#include "mirti/geo.h"
#include "mirti/table.h"

enum { MOST_PARTS = 4 };

/* A value put together from columns. */
typedef struct recipe {
    int parts;
    int column[MOST_PARTS];
    int width[MOST_PARTS]; ///< 0 = as it is
} recipe;

/* What mirti_roster points into; `roster` must stay the first member. */
typedef struct roster_file {
    mirti_roster roster;
    char **text[4]; ///< code, name, parent_code, parent_name
    int64_t room;
    mirti_arena arena;
} roster_file;

/* What the four are called where nobody says so: the first whose columns are all there. A file with
 * a column for localities is tried as one of localities; INEGI's municipal tables have the column
 * too, with nothing but zeros, and come out empty: then it is one of municipalities. */
enum { LEVELS = 2, MOST_USUAL = 5 };
static const char *const usual[LEVELS][4][MOST_USUAL] = {
    {{"ENTIDAD:2+MUN:3+LOC:4", "CVE_ENT:2+CVE_MUN:3+CVE_LOC:4", "cve_agee:2+cve_agem:3+cve_loc:4"},
     {"NOM_LOC", "NOMGEO", "name"},
     {"ENTIDAD:2+MUN:3", "CVE_ENT:2+CVE_MUN:3", "cve_agee:2+cve_agem:3"},
     {"NOM_MUN", "nom_agem"}},
    {{"CVEGEO", "ENTIDAD:2+MUN:3", "CVE_ENT:2+CVE_MUN:3", "code"},
     {"NOMGEO", "NOM_MUN", "nom_agem", "name"},
     {"CVE_ENT:2", "cve_agee:2", "ENTIDAD:2", "parent_code"},
     {"NOM_ENT", "nom_agee", "parent_name"}}};

/* Reads `A:2+B:3` against the columns of the source; false when one is missing. */
static bool parse(const mirti_source *source, const char *text, recipe *out) {
    *out = (recipe){0};
    while (*text) {
        char name[128];
        size_t size = strcspn(text, "+:");
        if (out->parts == MOST_PARTS || size == 0 || size >= sizeof name) return false;
        memcpy(name, text, size);
        name[size] = '\0';
        text += size;
        int width = 0;
        if (*text == ':')
            for (text++; isdigit((unsigned char)*text); text++)
                width = width * 10 + (*text - '0');
        if (width > 64 || (*text != '\0' && *text != '+')) return false;
        if (*text == '+') text++;
        out->column[out->parts] = mirti_source_find(source, name);
        if (out->column[out->parts] < 0) return false;
        out->width[out->parts++] = width;
    }
    return out->parts > 0;
}

static mirti_status fail_column(const mirti_source *source, const char *path, const char *given,
                                mirti_error *err) {
    int count;
    const mirti_field *field = mirti_source_fields(source, &count);
    mirti_text names = {0};
    for (int i = 0; i < count && i < 40; i++)
        mirti_text_printf(&names, "%s%s", i ? ", " : "", field[i].name);
    mirti_fail(err, MIRTI_ERROR_INPUT, "the file has no such column; it has: %s%s",
               names.data ? names.data : "none", count > 40 ? " ..." : "");
    mirti_fail_at(err, path, 0, 0, given, NULL);
    mirti_text_reset(&names);
    return MIRTI_ERROR_INPUT;
}

static mirti_status find(const mirti_source *source, const char *path, const char *given,
                         const char *const names[MOST_USUAL], recipe *out, mirti_error *err) {
    if (given) {
        if (parse(source, given, out)) return MIRTI_OK;
        return fail_column(source, path, given, err);
    }
    for (int i = 0; i < MOST_USUAL && names[i]; i++)
        if (parse(source, names[i], out)) return MIRTI_OK;
    *out = (recipe){0};
    return MIRTI_OK;
}

/* CONAPO's CVE_MUN is the whole code, INEGI's a part of it: the first value tells. */
static void whole_code(const mirti_batch *batch, recipe *code) {
    if (code->parts < 2 || batch->rows == 0) return;
    const mirti_column *second = &batch->column[code->column[1]];
    if (mirti_str_trim(second->text[0]).size <= (size_t)code->width[1]) return;
    code->column[0] = code->column[1];
    code->width[0] = code->width[0] + code->width[1];
    code->parts = 1;
}

/* A part that stands for no place of its own: zeros for a total, and in ITER the sums of the
 * localities of one and of two dwellings, which are listed one by one as well. */
static bool no_place(mirti_str part, int width) {
    size_t zeros = 0;
    while (zeros < part.size && part.data[zeros] == '0')
        zeros++;
    return zeros == part.size ||
           (width == 4 && (mirti_str_is(part, "9998") || mirti_str_is(part, "9999")));
}

/* Puts a value together; "" when a part is missing. `*total`: it is no place of its own. */
static char *compose(mirti_arena *arena, const mirti_batch *batch, const recipe *r, int64_t i,
                     bool *total) {
    char value[512];
    size_t size = 0;
    for (int p = 0; p < r->parts; p++) {
        const mirti_column *column = &batch->column[r->column[p]];
        mirti_str part = mirti_str_trim(column->text[i]);
        if (!column->valid[i]) return mirti_arena_copy(arena, "", 0);
        if (r->width[p] > 0 && no_place(part, r->width[p])) *total = true;
        for (size_t k = part.size; k < (size_t)r->width[p] && size + 1 < sizeof value; k++)
            value[size++] = '0';
        for (size_t k = 0; k < part.size && size + 1 < sizeof value; k++)
            value[size++] = part.data[k];
    }
    return mirti_arena_copy(arena, value, size);
}

static mirti_status grow(roster_file *file, mirti_error *err) {
    if (file->roster.count < file->room) return MIRTI_OK;
    int64_t room = file->room ? 2 * file->room : 1024;
    for (int k = 0; k < 4; k++) {
        char **text = mirti_resize(file->text[k], (size_t)room, sizeof *text);
        if (!text) return mirti_fail_memory(err, "a list of areas");
        file->text[k] = text;
    }
    file->room = room;
    return MIRTI_OK;
}

static mirti_status read_batch(roster_file *file, const mirti_batch *batch, const recipe of[4],
                               mirti_error *err) {
    for (int64_t i = 0; i < batch->rows; i++) {
        bool total = false, ignored;
        char *value[4];
        MIRTI_TRY(grow(file, err));
        for (int k = 0; k < 4; k++) {
            value[k] = compose(&file->arena, batch, &of[k], i, k == 0 ? &total : &ignored);
            if (!value[k]) return mirti_fail_memory(err, "a list of areas");
        }
        if (total || (value[0][0] == '\0' && value[1][0] == '\0')) continue;
        for (int k = 0; k < 4; k++)
            file->text[k][file->roster.count] = value[k];
        file->roster.count++;
    }
    return MIRTI_OK;
}

static mirti_status find_all(const mirti_source *source, const mirti_roster_options *o, int level,
                             recipe of[4], mirti_error *err) {
    const char *const given[4] = {o->code, o->name, o->parent_code, o->parent_name};
    for (int k = 0; k < 4; k++)
        MIRTI_TRY(find(source, o->path, given[k], usual[level][k], &of[k], err));
    if (of[0].parts > 0 || of[1].parts > 0) return MIRTI_OK;
    mirti_fail(err, MIRTI_ERROR_INPUT, "neither a code nor a name of areas was found in the file");
    mirti_fail_at(err, o->path, 0, 0, NULL, NULL);
    mirti_fail_remedy(err, "Say which columns they are, for example ENTIDAD:2+MUN:3 for a code in "
                           "two columns.");
    return MIRTI_ERROR_INPUT;
}

static mirti_status read_rows(roster_file *file, mirti_source *source,
                              const mirti_roster_options *o, int level, mirti_error *err) {
    recipe of[4];
    int wanted[4 * MOST_PARTS], count = 0;
    mirti_batch batch = {0};
    MIRTI_TRY(find(source, o->path, o->code, usual[level][0], &of[0], err));
    if (level == 0 && of[0].parts == 0) return MIRTI_OK; /* no localities here */
    MIRTI_TRY(find_all(source, o, level, of, err));
    for (int k = 0; k < 4; k++)
        for (int p = 0; p < of[k].parts; p++)
            wanted[count++] = of[k].column[p];
    mirti_status status = mirti_source_select(source, wanted, count, err);
    for (bool first = true; status == MIRTI_OK; first = false) {
        status = mirti_source_next(source, &batch, err);
        if (status != MIRTI_OK || batch.rows == 0) break;
        if (first && !o->code) whole_code(&batch, &of[0]);
        status = read_batch(file, &batch, of, err);
    }
    mirti_batch_reset(&batch);
    return status;
}

static mirti_status read_level(roster_file *file, const mirti_roster_options *o, int level,
                               mirti_error *err) {
    mirti_source *source = NULL;
    mirti_source_options options = {.path = o->path, .layer = o->layer, .encoding = o->encoding};
    MIRTI_TRY(mirti_source_open(&options, &source, err));
    mirti_status status = read_rows(file, source, o, level, err);
    mirti_source_close(source);
    return status;
}

mirti_status mirti_roster_read(const mirti_roster_options *options, mirti_roster **out,
                               mirti_error *err) {
    *out = NULL;
    roster_file *file = mirti_new(1, sizeof *file);
    if (!file) return mirti_fail_memory(err, "a list of areas");
    const char *slash = strrchr(options->path, '/');
    const char *label = slash ? slash + 1 : options->path;
    file->roster.label = mirti_arena_copy(&file->arena, label, strlen(label));
    mirti_status status = file->roster.label ? MIRTI_OK : mirti_fail_memory(err, "a list of areas");
    for (int level = options->code ? LEVELS - 1 : 0;
         level < LEVELS && status == MIRTI_OK && file->roster.count == 0; level++)
        status = read_level(file, options, level, err);
    if (status != MIRTI_OK) {
        mirti_roster_free(&file->roster);
        return status;
    }
    file->roster.code = (const char *const *)file->text[0];
    file->roster.name = (const char *const *)file->text[1];
    file->roster.parent_code = (const char *const *)file->text[2];
    file->roster.parent_name = (const char *const *)file->text[3];
    *out = &file->roster;
    return MIRTI_OK;
}

void mirti_roster_free(mirti_roster *roster) {
    roster_file *file = (roster_file *)roster;
    if (!file) return;
    for (int k = 0; k < 4; k++)
        mirti_free(file->text[k]);
    mirti_arena_reset(&file->arena);
    mirti_free(file);
}
