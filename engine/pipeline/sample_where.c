/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where in its files a row of the sample stands. The design is made when all rows are there; what
 * is wrong with one of them has to be told by file and row all the same. Rows come in runs of
 * consecutive records of one file, of which there are few, so runs are kept and not rows. */
#include "sample.h"

#include <string.h>

/* Whether row `row` of the file continues the last run. */
static bool continues(const mirti_sample_where *where, const char *file, int64_t sample_row,
                      int64_t row) {
    if (where->runs == 0) return false;
    const mirti_sample_run *last = &where->run[where->runs - 1];
    return strcmp(last->file, file) == 0 && row - last->row == sample_row - last->sample_row;
}

static mirti_status begin_run(mirti_sample_where *where, const char *file, int64_t sample_row,
                              int64_t row, mirti_error *err) {
    if (where->runs == where->room) {
        int64_t room = where->room ? 2 * where->room : 16;
        void *grown = mirti_resize(where->run, (size_t)room, sizeof *where->run);
        if (!grown) return mirti_fail_memory(err, "the survey");
        where->run = grown;
        where->room = room;
    }
    const mirti_sample_run *last = where->runs > 0 ? &where->run[where->runs - 1] : NULL;
    const char *kept = last && strcmp(last->file, file) == 0
                           ? last->file
                           : mirti_arena_copy(&where->names, file, strlen(file));
    if (!kept) return mirti_fail_memory(err, "the survey");
    where->run[where->runs++] = (mirti_sample_run){sample_row, row, kept};
    return MIRTI_OK;
}

mirti_status mirti_sample_where_add(mirti_sample_where *where, const mirti_batch *batch,
                                    int64_t first, mirti_error *err) {
    const char *file = batch->file ? batch->file : "";
    for (int64_t i = 0; i < batch->rows; i++) {
        int64_t row = mirti_batch_row(batch, i);
        if (!continues(where, file, first + i, row))
            MIRTI_TRY(begin_run(where, file, first + i, row, err));
        if (!batch->row_number) break; /* the rest of the batch is consecutive */
    }
    return MIRTI_OK;
}

void mirti_sample_where_tell(const mirti_sample_where *where, mirti_error *err) {
    if (!err || err->line < 1 || err->file[0]) return;
    int64_t sample_row = err->line - 1, run = where->runs - 1;
    while (run >= 0 && where->run[run].sample_row > sample_row)
        run--;
    if (run < 0) return;
    const mirti_sample_run *r = &where->run[run];
    mirti_fail_at(err, r->file, r->row + sample_row - r->sample_row, 0, NULL, NULL);
}

void mirti_sample_where_reset(mirti_sample_where *where) {
    mirti_free(where->run);
    mirti_arena_reset(&where->names);
    *where = (mirti_sample_where){0};
}
