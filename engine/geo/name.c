/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * «Sta. Ma. Xalapa», «SANTA MARÍA JALAPA» and «Santa María de Xalapa» are one place. Names are
 * brought to a common form in steps: folding (base room), abbreviations written out, articles and
 * prepositions dropped, and spellings evened that Spanish and the Nahuatl, Maya and Mixtec names in
 * its orthography exchange freely: x and j, z and s and soft c, hard c and qu and k, hu and gu
 * before a vowel, v and b, ll and y, silent h, doubled letters. The result is no word of any
 * language; it is only ever compared, under the same parent area, and only believed where it is
 * unique on both sides.
 */
#include "name.h"

#include <string.h>

static const struct {
    const char *from, *to; /* both in folded form; "" drops the word */
} words[] = {
    {"a", ""},
    {"al", ""},
    {"c", ""},
    {"cap", "capitan"},
    {"cd", "ciudad"},
    {"cnel", "coronel"},
    {"col", "colonia"},
    {"de", ""},
    {"del", ""},
    {"dr", "doctor"},
    {"dra", "doctora"},
    {"e", ""},
    {"ej", "ejido"},
    {"el", ""},
    {"fco", "francisco"},
    {"fracc", "fraccionamiento"},
    {"gpe", "guadalupe"},
    {"gral", "general"},
    {"h", "heroica"},
    {"hca", "heroica"},
    {"hda", "hacienda"},
    {"ing", "ingeniero"},
    {"la", ""},
    {"las", ""},
    {"lic", "licenciado"},
    {"los", ""},
    {"ma", "maria"},
    {"mpio", "municipio"},
    {"ntra", "nuestra"},
    {"pdte", "presidente"},
    {"pob", "poblado"},
    {"pres", "presidente"},
    {"prof", "profesor"},
    {"rcho", "rancho"},
    {"sn", "san"},
    {"sra", "senora"},
    {"sta", "santa"},
    {"sto", "santo"},
    {"y", ""},
};

static const char *const honours[] = {"alcaldia",  "ciudad", "delegacion", "heroica",
                                      "municipio", "puerto", "villa"};

static mirti_str next_word(const char **at) {
    while (**at == ' ')
        ++*at;
    mirti_str word = {*at, strcspn(*at, " ")};
    *at += word.size;
    return word;
}

static mirti_str written_out(mirti_str word) {
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (mirti_str_is(word, words[i].from)) return mirti_str_of(words[i].to);
    return word;
}

static bool is_honour(mirti_str word) {
    for (size_t i = 0; i < sizeof honours / sizeof *honours; i++)
        if (mirti_str_is(word, honours[i])) return true;
    return false;
}

static bool is_vowel(char c) {
    return c != '\0' && strchr("aeiou", c) != NULL;
}

/* One sound of `word` from position `i`; returns how many letters it takes. */
static size_t sound(mirti_str word, size_t i, char *out) {
    char c = word.data[i];
    char next = i + 1 < word.size ? word.data[i + 1] : '\0';
    char after = i + 2 < word.size ? word.data[i + 2] : '\0';
    *out = c;
    switch (c) {
    case 'x': *out = 'j'; return 1;
    case 's':
        if (next == 'h') {
            *out = 'j';
            return 2;
        }
        return 1;
    case 't':
        if (next == 'z' || next == 's') {
            *out = 's';
            return 2;
        }
        return 1;
    case 'z': *out = 's'; return 1;
    case 'c':
        if (next == 'h') {
            *out = '+'; /* a sound of its own */
            return 2;
        }
        *out = next == 'e' || next == 'i' ? 's' : 'k';
        return 1;
    case 'q': *out = 'k'; return next == 'u' && is_vowel(after) ? 2 : 1;
    case 'h':
    case 'g':
        if (next == 'u' && is_vowel(after) && !(c == 'g' && (after == 'e' || after == 'i'))) {
            *out = 'w';
            return 2;
        }
        if (c == 'h') *out = '\0';
        if (c == 'g' && (next == 'e' || next == 'i')) *out = 'j';
        return 1;
    case 'v': *out = 'b'; return 1;
    case 'l':
        if (next == 'l') {
            *out = 'i';
            return 2;
        }
        return 1;
    case 'y': *out = 'i'; return 1;
    default: return 1;
    }
}

static void add_sounds(mirti_text *key, mirti_str word) {
    char last = ' ';
    if (key->size > 0) mirti_text_add(key, " ", 1);
    for (size_t i = 0; i < word.size;) {
        char c;
        i += sound(word, i, &c);
        if (c != '\0' && c != last) mirti_text_add(key, &c, 1);
        if (c != '\0') last = c;
    }
}

/* The evened spelling, with or without honours. A name of nothing else keeps them. */
static char *evened(mirti_arena *arena, const char *folded, bool keep_honours) {
    mirti_text key = {0};
    mirti_text_add(&key, "", 0);
    for (const char *at = folded; *at;) {
        mirti_str word = written_out(next_word(&at));
        if (word.size > 0 && (keep_honours || !is_honour(word))) add_sounds(&key, word);
    }
    char *out = key.failed ? NULL : mirti_arena_copy(arena, key.data ? key.data : "", key.size);
    mirti_text_reset(&key);
    if (out && out[0] == '\0' && !keep_honours) return evened(arena, folded, true);
    return out;
}

bool mirti_geo_name_read(mirti_arena *arena, const char *name, mirti_geo_name *out) {
    char *folded = mirti_name_fold(mirti_str_of(name ? name : ""));
    *out = (mirti_geo_name){0};
    if (!folded) return false;
    out->folded = mirti_arena_copy(arena, folded, strlen(folded));
    out->spelled = evened(arena, folded, true);
    out->core = evened(arena, folded, false);
    mirti_free(folded);
    return out->folded && out->spelled && out->core;
}

double mirti_geo_similarity(const char *a, const char *b) {
    enum { LONGEST = 127 };
    size_t n = strnlen(a, LONGEST), m = strnlen(b, LONGEST);
    if (n == 0 && m == 0) return 1.0;
    /* Three rows of the table of edit distances: two before, one before, this one. */
    unsigned char row[3][LONGEST + 1];
    for (size_t j = 0; j <= m; j++)
        row[0][j] = (unsigned char)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned char *now = row[i % 3];
        const unsigned char *before = row[(i + 2) % 3], *earlier = row[(i + 1) % 3];
        now[0] = (unsigned char)i;
        for (size_t j = 1; j <= m; j++) {
            int best = before[j - 1] + (a[i - 1] != b[j - 1]);
            if (before[j] + 1 < best) best = before[j] + 1;
            if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                earlier[j - 2] + 1 < best)
                best = earlier[j - 2] + 1;
            now[j] = (unsigned char)best;
        }
    }
    return 1.0 - (double)row[n % 3][m] / (double)(n > m ? n : m);
}
