/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The join doctor's findings, as a table for people and as JSON for programs. The table begins
 * with what everybody wants to know (how many join), and then lists only what needs a look.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "language.h"
#include "mirti/geo.h"

static const struct {
    const char *id, *en, *es;
} kinds[MIRTI_MATCH_KINDS] = {
    [MIRTI_MATCH_CODE] = {"code", "by code", "por clave"},
    [MIRTI_MATCH_PADDED] = {"padded", "by code, zeros put back", "por clave, con ceros repuestos"},
    [MIRTI_MATCH_LINEAGE] = {"lineage", "by lineage", "por origen"},
    [MIRTI_MATCH_NAME] = {"name", "by name", "por nombre"},
    [MIRTI_MATCH_SPELLING] = {"spelling", "by name, spelling evened",
                              "por nombre, grafía unificada"},
    [MIRTI_MATCH_DUPLICATE] = {"duplicate", "duplicate code", "clave repetida"},
    [MIRTI_MATCH_NONE] = {"none", "alone", "sin pareja"},
};

static const char *entry(const char *const *array, int64_t i) {
    return array && i >= 0 && array[i] ? array[i] : "";
}

/* A place as people know it: «15114 Villa Victoria, México». */
static void place(mirti_text *out, const mirti_roster *r, int64_t i) {
    const char *code = entry(r->code, i), *name = entry(r->name, i);
    const char *parent = entry(r->parent_name, i);
    mirti_text_printf(out, "%s%s%s%s%s", code, code[0] && name[0] ? " " : "", name,
                      parent[0] ? ", " : "", parent);
    if (!code[0] && !name[0]) mirti_text_printf(out, "#%lld", (long long)i + 1);
}

static void summary(const mirti_diagnosis *d, bool spanish, mirti_text *out) {
    const char *left = d->left.label ? d->left.label : "A";
    const char *right = d->right.label ? d->right.label : "B";
    int64_t joined =
        d->left.count - d->of_kind[MIRTI_MATCH_NONE] - d->of_kind[MIRTI_MATCH_DUPLICATE];
    if (spanish)
        mirti_text_printf(out, "%lld de %lld áreas de %s se unen con las %lld de %s.\n",
                          (long long)joined, (long long)d->left.count, left,
                          (long long)d->right.count, right);
    else
        mirti_text_printf(out, "%lld of %lld areas of %s join the %lld of %s.\n", (long long)joined,
                          (long long)d->left.count, left, (long long)d->right.count, right);
    for (int k = 0; k < MIRTI_MATCH_KINDS; k++)
        if (d->of_kind[k] > 0)
            mirti_text_printf(out, "  %7lld  %s\n", (long long)d->of_kind[k],
                              spanish ? kinds[k].es : kinds[k].en);
    const struct {
        int64_t count;
        const char *en, *es;
    } others[] = {
        {d->right_lineage, "more of %s by lineage", "más de %s por origen"},
        {d->right_alone, "of %s are alone", "de %s sin pareja"},
        {d->right_duplicates, "of %s repeat a code", "de %s repiten una clave"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i].count == 0) continue;
        const char *form = spanish ? others[i].es : others[i].en;
        const char *slot = strstr(form, "%s");
        mirti_text_printf(out, "  %7lld  %.*s%s%s\n", (long long)others[i].count,
                          (int)(slot - form), form, right, slot + 2);
    }
}

static bool shown_in(const mirti_match *m, int section) {
    switch (section) {
    case 0: return m->kind <= MIRTI_MATCH_PADDED && m->similarity < MIRTI_OTHER_NAME_BELOW;
    case 1: return m->kind == MIRTI_MATCH_LINEAGE;
    case 2: return m->kind == MIRTI_MATCH_SPELLING;
    case 3: return m->kind == MIRTI_MATCH_DUPLICATE;
    case 4: return m->kind == MIRTI_MATCH_NONE && m->left >= 0;
    default: return m->kind == MIRTI_MATCH_NONE && m->left < 0;
    }
}

static void line(const mirti_diagnosis *d, const mirti_match *m, bool spanish, mirti_text *out) {
    mirti_text_puts(out, "  ");
    if (m->left >= 0 && m->right >= 0) {
        place(out, &d->left, m->left);
        mirti_text_puts(out, "  ↔  ");
        place(out, &d->right, m->right);
    } else {
        place(out, m->left >= 0 ? &d->left : &d->right, m->left >= 0 ? m->left : m->right);
    }
    for (int i = 0; i < m->candidates; i++) {
        mirti_text_puts(out, i > 0 ? "; " : spanish ? "  ¿" : "  perhaps ");
        place(out, m->left >= 0 ? &d->right : &d->left, m->candidate[i].index);
        mirti_text_printf(out, " (%d %%)", (int)lround(100.0 * m->candidate[i].similarity));
    }
    mirti_text_puts(out, m->candidates > 0 ? "?\n" : "\n");
}

void mirti_diagnosis_text(const mirti_diagnosis *d, const char *language, int64_t rows,
                          mirti_text *out) {
    static const struct {
        const char *en, *es;
    } titles[] = {
        {"Same code, quite different names: look at these",
         "Misma clave, nombres muy distintos: revisar"},
        {"Joined because one was split from the other", "Unidas porque una se separó de la otra"},
        {"Joined by an evened spelling", "Unidas con la grafía unificada"},
        {"Codes that stood there before: not joined", "Claves que ya estaban: no se unen"},
        {"Alone on the left", "Sin pareja, de la primera"},
        {"Alone on the right", "Sin pareja, de la segunda"},
    };
    bool spanish = mirti_geo_spanish(language);
    summary(d, spanish, out);
    for (int section = 0; section < (int)(sizeof titles / sizeof *titles); section++) {
        int64_t seen = 0;
        for (int64_t i = 0; i < d->count; i++) {
            if (!shown_in(&d->match[i], section)) continue;
            if (seen++ == 0)
                mirti_text_printf(out, "\n%s:\n",
                                  spanish ? titles[section].es : titles[section].en);
            if (rows == 0 || seen <= rows) line(d, &d->match[i], spanish, out);
        }
        if (rows > 0 && seen > rows)
            mirti_text_printf(out, spanish ? "  ... y %lld más\n" : "  ... and %lld more\n",
                              (long long)(seen - rows));
    }
}

/* -------------------------------------------------------------------------------------- json -- */

static void optional_text(mirti_json *json, const char *key, const char *text) {
    if (text[0]) mirti_json_string(json, key, text);
}

static void json_place(mirti_json *json, const char *key, const mirti_roster *r, int64_t i) {
    if (i < 0) {
        mirti_json_null(json, key);
        return;
    }
    mirti_json_object(json, key);
    mirti_json_integer(json, "row", i + 1);
    optional_text(json, "code", entry(r->code, i));
    optional_text(json, "name", entry(r->name, i));
    optional_text(json, "parent_code", entry(r->parent_code, i));
    optional_text(json, "parent_name", entry(r->parent_name, i));
    mirti_json_end(json);
}

static void json_match(const mirti_diagnosis *d, const mirti_match *m, mirti_json *json) {
    mirti_json_object(json, NULL);
    mirti_json_string(json, "kind", kinds[m->kind].id);
    json_place(json, "left", &d->left, m->left);
    json_place(json, "right", &d->right, m->right);
    if (isfinite(m->similarity)) mirti_json_number(json, "name_similarity", m->similarity);
    if (m->candidates > 0) {
        mirti_json_array(json, "candidates");
        for (int i = 0; i < m->candidates; i++) {
            mirti_json_object(json, NULL);
            json_place(json, "area", m->left >= 0 ? &d->right : &d->left, m->candidate[i].index);
            mirti_json_number(json, "name_similarity", m->candidate[i].similarity);
            mirti_json_end(json);
        }
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

void mirti_diagnosis_json(const mirti_diagnosis *d, const char *key, mirti_json *json) {
    mirti_json_object(json, key);
    mirti_json_string(json, "left", d->left.label);
    mirti_json_string(json, "right", d->right.label);
    mirti_json_integer(json, "left_rows", d->left.count);
    mirti_json_integer(json, "right_rows", d->right.count);
    mirti_json_object(json, "left_by_kind");
    for (int k = 0; k < MIRTI_MATCH_KINDS; k++)
        mirti_json_integer(json, kinds[k].id, d->of_kind[k]);
    mirti_json_end(json);
    mirti_json_integer(json, "right_by_lineage", d->right_lineage);
    mirti_json_integer(json, "right_alone", d->right_alone);
    mirti_json_integer(json, "right_duplicates", d->right_duplicates);
    mirti_json_integer(json, "other_name", d->other_name);
    mirti_json_boolean(json, "clean", mirti_diagnosis_clean(d));
    mirti_json_array(json, "matches");
    for (int64_t i = 0; i < d->count; i++)
        json_match(d, &d->match[i], json);
    mirti_json_end(json);
    mirti_json_end(json);
}
