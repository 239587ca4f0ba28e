/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leading zeros of official codes. A file that was opened and saved in a spreadsheet has lost them,
 * and nothing joins any more – the most frequent failure of all such work. Where the model file
 * declares how wide a column's codes are, they are put back, column by column and before anything
 * is put together from them: only there is it certain where they belong. */
#include "mirti/census.h"

#include <string.h>

mirti_status mirti_source_block_codes(const mirti_model_spec *spec, const mirti_source_block *block,
                                      const mirti_source *source, mirti_error *err) {
    for (int i = 0; i < block->code_columns; i++) {
        const mirti_code_column *code = &block->code_column[i];
        if (mirti_source_find(source, code->column) >= 0) continue;
        mirti_status status =
            mirti_fail(err, MIRTI_ERROR_INPUT,
                       "the file has no column '%s', whose code width is declared", code->column);
        mirti_fail_at(err, spec->path, code->place.line, code->place.column, "code_widths",
                      code->column);
        return status;
    }
    return MIRTI_OK;
}

static bool digits(mirti_str text) {
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9') return false;
    return text.size > 0;
}

mirti_status mirti_source_block_repair(const mirti_source_block *block, const mirti_source *source,
                                       mirti_batch *batch, mirti_row_count *count,
                                       mirti_error *err) {
    for (int i = 0; i < block->code_columns; i++) {
        const mirti_code_column *code = &block->code_column[i];
        int at = mirti_source_find(source, code->column);
        if (at < 0 || code->width <= 0 || !batch->column[at].text) continue;
        mirti_column *column = &batch->column[at];
        size_t width = (size_t)code->width;
        for (int64_t r = 0; r < column->rows; r++) {
            mirti_str old = mirti_str_trim(column->text[r]);
            if (!column->valid[r] || old.size >= width || !digits(old)) continue;
            char *padded = mirti_arena_new(&batch->arena, width);
            if (!padded) return mirti_fail_memory(err, "the codes of areas");
            memset(padded, '0', width - old.size);
            memcpy(padded + (width - old.size), old.data, old.size);
            mirti_row_count_note(count, MIRTI_REASON_ZEROS, code->column, batch->file,
                                 mirti_batch_row(batch, r), old);
            column->text[r] = (mirti_str){padded, width};
        }
    }
    return MIRTI_OK;
}
