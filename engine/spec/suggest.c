/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * "Did you mean ...": the nearest of a few names to a mistyped one, by the edit distance that
 * counts an insertion, a deletion, a substitution and a swap of neighbours as one each (optimal
 * string alignment). A name is near when at most a third of its letters differ.
 */
#include <string.h>

#include "keys.h"

enum { LONGEST = 64 }; /* of names compared; longer ones are cut, nobody mistypes so far out */

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

size_t mirti_spec_distance(const char *a, const char *b) {
    size_t rows[3][LONGEST + 1];
    size_t m = smaller(strlen(a), LONGEST);
    size_t n = smaller(strlen(b), LONGEST);
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t *now = rows[i % 3];
        const size_t *before = rows[(i + 2) % 3];
        const size_t *earlier = rows[(i + 1) % 3]; /* two letters ago; used from i = 2 on */
        now[0] = i;
        for (size_t j = 1; j <= n; j++) {
            char x = lower(a[i - 1]);
            char y = lower(b[j - 1]);
            now[j] = smaller(before[j] + 1, now[j - 1] + 1);
            now[j] = smaller(now[j], before[j - 1] + (x != y ? 1 : 0));
            if (i > 1 && j > 1 && x == lower(b[j - 2]) && lower(a[i - 2]) == y)
                now[j] = smaller(now[j], earlier[j - 2] + 1);
        }
    }
    return rows[m % 3][n];
}

int mirti_spec_nearest(const char *written, const char *const *names, int count) {
    int best = -1;
    size_t best_distance = 0;
    for (int i = 0; i < count; i++) {
        size_t distance = mirti_spec_distance(written, names[i]);
        size_t longer = strlen(written) > strlen(names[i]) ? strlen(written) : strlen(names[i]);
        if (distance * 3 > longer + 2) continue;
        if (best < 0 || distance < best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    return best;
}

void mirti_spec_suggest(mirti_spec_reader *r, const char *written, const char *const *names,
                        int count) {
    int nearest = mirti_spec_nearest(written, names, count);
    if (nearest >= 0) {
        mirti_fail_remedy(r->err, "Did you mean '%s'?", names[nearest]);
        return;
    }
    mirti_text all = {0};
    for (int i = 0; i < count; i++)
        mirti_text_printf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
    if (!all.failed && count > 0) mirti_fail_remedy(r->err, "Known here: %s.", all.data);
    mirti_text_reset(&all);
}
