/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fast CSV reader against libcsv: whatever the bytes, both deliver the same rows, the same
 * notes and the same error in the same place, in one go or in pieces that several threads read
 * ahead. And the vectorised index against the plain one.
 *
 * The first byte of an input chooses the options, the second how often the rest is repeated, so
 * that rows also fall across the ends of buffers; both, and the size, how large a piece is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/table_whole.h"
#include "table/csv_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert, but in every build. */
static void must(bool holds) {
    if (!holds) abort();
}

static void compare_readers(mirti_str csv, uint8_t choice, size_t piece) {
    static const char delimiters[] = {0, ',', ';', '\t'};
    mirti_source_options options = {.path = "fuzz.csv",
                                    .format = "csv",
                                    .delimiter = delimiters[choice & 3],
                                    .drop_bad_rows = (choice & 4) != 0,
                                    .encoding = (choice & 8) != 0 ? "UTF-8" : NULL,
                                    .batch_rows = choice >> 4 & 7};
    bool select = (choice & 128) != 0;
    whole fast, pieces, reference;
    whole_read(csv, &options, select, 1, 0, &fast);
    whole_read(csv, &options, select, 1 + choice % 3, (int64_t)piece, &pieces);
    options.format = "libcsv";
    whole_read(csv, &options, select, 1, 0, &reference);
    must(whole_same(&fast, &reference));
    must(whole_same(&pieces, &reference));
    whole_reset(&fast);
    whole_reset(&pieces);
    whole_reset(&reference);
}

static void compare_indices(mirti_str csv, char delimiter) {
    mirti_table_index *fast = calloc(2, sizeof *fast);
    char *padded = calloc(csv.size + INDEX_PADDING, 1);
    must(fast != NULL && padded != NULL);
    mirti_table_index *plain = fast + 1;
    if (csv.size > 0) memcpy(padded, csv.data, csv.size);
    memset(padded + csv.size, '"', INDEX_PADDING); /* what lies behind must not matter */
    size_t size = csv.size < INDEX_SIZE ? csv.size : INDEX_SIZE;
    mirti_table_index_fill(fast, padded, size, delimiter);
    mirti_table_index_fill_plainly(plain, padded, size, delimiter);
    must(memcmp(fast, plain, sizeof *fast) == 0);
    must(fast->doubt <= fast->size && fast->size == size);
    free(padded);
    free(fast);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > 20000) return 0;
    mirti_str body = {(const char *)data + 2, size - 2};
    size_t times = data[1] < 200 ? 1 : (size_t)data[1] - 198;
    if (times * body.size > 400000) times = 1;
    mirti_text csv = {0};
    for (size_t i = 0; i < times; i++)
        mirti_text_add(&csv, body.data, body.size);
    must(!csv.failed);
    compare_indices((mirti_str){csv.data, csv.size}, ',');
    /* At most some fifty pieces, of any size: the seams are what matters. */
    size_t piece = 1 + csv.size / 50 + (size_t)(data[0] + 7 * data[1]) * (1 + csv.size) / 16384;
    compare_readers((mirti_str){csv.data, csv.size}, data[0], piece);
    mirti_text_reset(&csv);
    return 0;
}
