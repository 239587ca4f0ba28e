/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a figure is missing. An area without numbers is not dropped: it stays in the results with its
 * reason, and officials ask for the reason first. Suppression (few dwellings, confidentiality) is
 * told from what was never collected or does not apply. */
#include "areas.h"

#include <string.h>
#include <strings.h>

/* Asterisks are the mark of suppression in all published tables; otherwise the model file's own
 * words decide, in the languages it is written in. */
static bool means_suppressed(const mirti_missing_rule *rule, mirti_str code) {
    size_t asterisks = 0;
    while (asterisks < code.size && code.data[asterisks] == '*')
        asterisks++;
    if (code.size > 0 && asterisks == code.size) return true;
    static const char *const word[] = {"suppress", "suprim", "confiden"};
    for (int i = 0; i < rule->reason.count; i++)
        for (size_t w = 0; w < sizeof word / sizeof *word; w++)
            for (const char *at = rule->reason.text[i]; *at; at++)
                if (strncasecmp(at, word[w], strlen(word[w])) == 0) return true;
    return false;
}

static mirti_area_missing reason_of(const mirti_source_block *block, const char *column,
                                    mirti_str value) {
    for (int r = 0; r < block->missing_rules; r++) {
        const mirti_missing_rule *rule = &block->missing[r];
        if (rule->column && strcasecmp(rule->column, column) != 0) continue;
        for (int c = 0; c < rule->codes; c++)
            if (mirti_str_is(value, rule->code[c]))
                return means_suppressed(rule, value) ? MIRTI_AREA_SUPPRESSED
                                                     : MIRTI_AREA_NOT_AVAILABLE;
    }
    return MIRTI_AREA_COMPLETE;
}

mirti_area_missing mirti_census_why_missing(const mirti_census_figures *figures, int f,
                                            const mirti_census_values *values, int64_t i,
                                            const char **column) {
    const mirti_batch *batch = values->batch;
    const mirti_expr *expr = figures->figure[f].expr;
    mirti_area_missing reason = MIRTI_AREA_NOT_AVAILABLE;
    *column = NULL;
    for (int c = 0; c < batch->columns; c++) {
        if (!batch->column[c].text || !mirti_expr_uses(expr, c)) continue;
        const char *name = figures->field[c].name;
        mirti_str value = mirti_str_trim(batch->column[c].text[values->row[i]]);
        mirti_area_missing found = reason_of(figures->block, name, value);
        bool blank = !batch->column[c].valid[values->row[i]] || value.size == 0;
        if (found == MIRTI_AREA_COMPLETE && !blank) continue;
        if (found == MIRTI_AREA_SUPPRESSED || !*column) {
            *column = name;
            reason = found == MIRTI_AREA_COMPLETE ? MIRTI_AREA_NOT_AVAILABLE : found;
        }
        if (found == MIRTI_AREA_SUPPRESSED) break; /* it explains more than a blank does */
    }
    if (!*column) *column = figures->figure[f].name; /* a quotient of nothing, say */
    return reason;
}
