/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which delimiter a CSV file uses. The first rows are split by each candidate, quotes respected;
 * right is the one that splits every row into the same number of fields, the more the better. A
 * comma inside a name does not occur equally often in every row; a delimiter does.
 */
#include "internal.h"

enum { MOST_ROWS = 50 };

typedef struct tally {
    int rows;
    int64_t first_fields; /* of the first row */
    int agreeing;         /* rows with as many fields as the first */
} tally;

static void end_row(tally *t, int64_t fields) {
    if (t->rows == 0) t->first_fields = fields;
    if (fields == t->first_fields) t->agreeing++;
    t->rows++;
}

static tally split(mirti_str sample, char delimiter) {
    tally t = {0};
    int64_t fields = 1;
    bool quoted = false;
    bool empty = true;
    for (size_t i = 0; i < sample.size && t.rows < MOST_ROWS; i++) {
        char c = sample.data[i];
        if (c == '"') {
            quoted = !quoted; /* a doubled quote closes and opens again: no harm */
            empty = false;
        } else if (!quoted && (c == '\n' || c == '\r')) {
            if (!empty) end_row(&t, fields);
            fields = 1;
            empty = true;
        } else {
            if (!quoted && c == delimiter) fields++;
            empty = false;
        }
    }
    /* The last row counts only if nothing else does: the sample may cut it. */
    if (t.rows == 0 && !empty) end_row(&t, fields);
    return t;
}

char mirti_table_sniff_delimiter(mirti_str sample) {
    static const char candidates[] = {',', ';', '\t', '|'};
    char best = ',';
    double best_score = 0;
    for (size_t i = 0; i < sizeof candidates; i++) {
        tally t = split(sample, candidates[i]);
        if (t.rows == 0 || t.first_fields < 2) continue;
        double agreement = (double)t.agreeing / t.rows;
        /* Evenness first; the number of fields decides among the even ones. */
        double score = agreement * agreement * agreement * (double)t.first_fields;
        if (score > best_score) {
            best = candidates[i];
            best_score = score;
        }
    }
    return best;
}
