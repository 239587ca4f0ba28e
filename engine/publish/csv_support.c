/* SPDX-License-Identifier: GPL-3.0-or-later */
/* support.csv: how far the survey speaks of each area. A file of its own, because the columns of
 * the ranked list are a promise. */
#include "csv.h"

#include <math.h>

static void add_number(mirti_text *line, double value) {
    mirti_text_puts(line, ",");
    if (isfinite(value)) mirti_text_number(line, value);
}

static void add_beyond(mirti_text *line, const mirti_terms *terms, const mirti_support *support,
                       int64_t area) {
    const uint8_t *beyond = support->beyond + area * support->predictors;
    const char *between = ",";
    for (int v = 0; v < support->predictors; v++) {
        if (!beyond[v]) continue;
        mirti_text_printf(line, "%s%s", between,
                          terms->predictor[support->predictor[v].predictor].name);
        between = " ";
    }
    if (*between == ',') mirti_text_puts(line, between);
}

static mirti_status write_rows(mirti_output *output, const mirti_terms *terms,
                               const mirti_support_rows *rows, mirti_error *err) {
    const mirti_results *results = rows->results;
    mirti_text line = {0};
    mirti_status status = MIRTI_OK;
    for (int64_t a = 0; a < rows->support->areas && status == MIRTI_OK; a++) {
        mirti_csv_field(&line, results->kind, false);
        mirti_text_puts(&line, ",");
        mirti_csv_field(&line, results->code[a], true);
        mirti_text_puts(&line, ",");
        if (results->name[a]) mirti_csv_field(&line, results->name[a], false);
        add_number(&line, results->children[a]);
        add_number(&line, rows->support->unseen[a]);
        add_beyond(&line, terms, rows->support, a);
        mirti_text_puts(&line, "\r\n");
        status = mirti_csv_put(output, &line, err);
    }
    mirti_text_reset(&line);
    return status;
}

mirti_status mirti_csv_write_support(const char *path, bool overwrite, const mirti_terms *terms,
                                     const mirti_support_rows *rows, int count, mirti_error *err) {
    mirti_output output = {0};
    mirti_text head = {0};
    MIRTI_TRY(mirti_output_begin(&output, path, overwrite, false, err));
    mirti_text_puts(&head, "layer,code,name,children,unseen,beyond\r\n");
    mirti_status status = mirti_csv_put(&output, &head, err);
    mirti_text_reset(&head);
    for (int i = 0; i < count && status == MIRTI_OK; i++)
        status = write_rows(&output, terms, &rows[i], err);
    if (status == MIRTI_OK) return mirti_output_commit(&output, err);
    mirti_output_discard(&output);
    return status;
}
