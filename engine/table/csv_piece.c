/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A piece of a CSV file, read ahead of its turn by a thread of its own.
 *
 * The trouble with CSV is that a line end inside quotes looks like any other: where a row begins
 * can only be known from the beginning of the file. So a piece *supposes* that the first line feed
 * behind the place where the file was cut ends a row, reads on from there, and stops behind the
 * first line feed after the next cut. That it stands outside quotes it knows from its own index, if
 * only it began rightly; and the next piece supposes the very same line feed. Hence, when its turn
 * comes, one comparison tells whether a piece was right: it must begin where the rows before it
 * ended. By induction from the header no supposition is left.
 *
 * What is read this way is what csv_scan.c is sure of. A blank line, a row with another number of
 * fields, a stray quote, a byte that is no letter of the encoding, an encoding that is yet to be
 * found, a row that is cut off: the piece calls itself unsound, everything it made is thrown away,
 * and the file's own reader, with libcsv behind it, reads those rows as if nothing had been (to the
 * line end that the next piece supposes, so that things may go on from there).
 *
 * Guaranteed: the rows, notes and errors are those of reading in one go, whatever the number of
 * threads and the size of pieces (tests/unit/table_pieces.c tries all sizes, tests/fuzz/fuzz_csv.c
 * any bytes). Not guaranteed: that a file with something unusual on every page is read any faster.
 */
#include <string.h>

#include "csv_reader.h"

enum {
    SPILL = 4 * 1024,           /* read beyond the cut, for the row that crosses it */
    MOST_SPILL = 2 * INDEX_SIZE /* and at most; a longer row is nothing for the fast reader */
};

/* The piece's own reader: what the file's reader knows, a buffer, and notes that nobody reads. */
typedef struct piece_reader {
    mirti_table_csv csv;
    mirti_table_context context;
    size_t room;    /* of the buffer, without its padding */
    bool undecided; /* the file's encoding is not known yet: what the decoder finds is its own */
} piece_reader;

static void forget_encoding(piece_reader *own) {
    if (own->undecided) mirti_table_decoder_reset(&own->csv.decoder);
    own->undecided = false;
}

/* Rows from the buffer, which holds the piece; the first doubt is the end. */
static mirti_status read_sound_rows(mirti_table_reader *reader, mirti_table_builder *builder,
                                    bool *ended, mirti_error *err) {
    mirti_table_csv *csv = (mirti_table_csv *)reader;
    csv->builder = builder;
    csv->err = err;
    MIRTI_TRY(mirti_table_csv_want(csv, builder, err));
    bool doubtful = false;
    MIRTI_TRY(mirti_table_csv_scan(csv, &doubtful));
    *ended = doubtful || csv->from == csv->to || !mirti_table_builder_full(builder);
    if (*ended && csv->from < csv->to) csv->unsound = true;
    return MIRTI_OK;
}

static void close_piece(mirti_table_reader *reader) {
    piece_reader *own = (piece_reader *)reader;
    forget_encoding(own);
    mirti_free(own->csv.want);
    mirti_free(own->csv.index);
    mirti_free(own->csv.buffer);
    mirti_free(own->context.note);
    mirti_free(own);
}

static const mirti_table_reader_class piece_class = {read_sound_rows, close_piece, NULL};

static bool find_rest(const mirti_table_reader *reader, int64_t *from, int64_t *to) {
    const mirti_table_csv *csv = (const mirti_table_csv *)reader;
    if (csv->only_libcsv || csv->finished || !mirti_table_input_is_flat(csv->input)) return false;
    *from = mirti_table_csv_offset(csv);
    *to = mirti_table_input_size(csv->input);
    return true;
}

static mirti_status make_reader(mirti_table_piece *piece, mirti_error *err) {
    if (piece->reader != NULL) return MIRTI_OK;
    piece_reader *own = mirti_new(1, sizeof *own);
    if (own == NULL) return mirti_fail_memory(err, "a reader");
    piece->reader = &own->csv.base;
    own->csv.base.class = &piece_class;
    own->csv.index = mirti_new(1, sizeof *own->csv.index);
    own->context.note = mirti_new(MIRTI_TABLE_NOTES, sizeof *own->context.note);
    return own->csv.index != NULL && own->context.note != NULL ? MIRTI_OK
                                                               : mirti_fail_memory(err, "a reader");
}

static mirti_status prepare(const mirti_table_reader *reader, mirti_table_piece *piece,
                            mirti_error *err) {
    const mirti_table_csv *csv = (const mirti_table_csv *)reader;
    MIRTI_TRY(make_reader(piece, err));
    piece_reader *own = (piece_reader *)piece->reader;
    mirti_table_csv *mine = &own->csv;
    forget_encoding(own);
    mine->base.context = &own->context;
    mine->base.shown = csv->base.shown;
    mine->base.fields = csv->base.fields;
    mine->base.field = csv->base.field;
    mine->decoder = csv->decoder;
    own->undecided = csv->decoder.encoding == NULL;
    mine->delimiter = csv->delimiter;
    mine->last_end = piece->first ? csv->last_end : '\n';
    mirti_free(mine->want);
    mine->want = NULL;
    mine->wanted = 0;
    return MIRTI_OK;
}

/* Bytes [from, from + size) of the file into the buffer; `*got` may be less at its end. */
static bool fetch(const mirti_table_csv *csv, piece_reader *own, int64_t from, size_t size,
                  size_t *got) {
    if (size > own->room) {
        char *buffer = mirti_resize(own->csv.buffer, size + INDEX_PADDING, 1);
        if (buffer == NULL) return false;
        memset(buffer + size, 0, INDEX_PADDING);
        own->csv.buffer = buffer;
        own->room = size;
    }
    return mirti_table_input_at(csv->input, from, own->csv.buffer, size, got);
}

/* Behind the last line feed in text[from, to); `from` if there is none. */
static size_t behind_last_line(const char *text, size_t from, size_t to) {
    while (to > from && text[to - 1] != '\n')
        to--;
    return to;
}

/* Where in the buffer the rows of the piece end; 0 when that is not within reach. */
static size_t find_end(const mirti_table_csv *csv, const mirti_table_piece *piece,
                       piece_reader *own) {
    const size_t cut = (size_t)(piece->to - piece->from);
    const bool last = piece->to == mirti_table_input_size(csv->input);
    for (size_t spill = SPILL; spill <= MOST_SPILL; spill *= 8) {
        size_t got = 0;
        if (!fetch(csv, own, piece->from, cut + spill, &got) || got < cut) return 0;
        if (last) return got == cut ? behind_last_line(own->csv.buffer, 0, cut) : 0;
        const char *feed = memchr(own->csv.buffer + cut, '\n', got - cut);
        if (feed != NULL) return (size_t)(feed + 1 - own->csv.buffer);
        if (got < cut + spill) return 0;
    }
    return 0;
}

static bool load(const mirti_table_reader *reader, mirti_table_piece *piece) {
    const mirti_table_csv *csv = (const mirti_table_csv *)reader;
    piece_reader *own = (piece_reader *)piece->reader;
    mirti_table_csv *mine = &own->csv;
    size_t end = find_end(csv, piece, own), begin = 0;
    if (end == 0) return false;
    if (!piece->first) {
        const char *feed = memchr(mine->buffer, '\n', end);
        if (feed == NULL) return false;
        begin = (size_t)(feed + 1 - mine->buffer);
    }
    piece->begin = piece->from + (int64_t)begin;
    piece->end = piece->from + (int64_t)end;
    mine->from = begin;
    mine->to = end;
    mine->row = 1; /* the file's reader knows how many were before */
    mine->index->size = 0;
    mine->indexed = 0;
    mine->ahead = INDEX_SIZE;
    mine->stop = INT64_MAX;
    mine->unsound = false;
    mine->status = MIRTI_OK;
    own->context.report = (mirti_source_report){0};
    return true;
}

static bool is_sound(const mirti_table_piece *piece) {
    const piece_reader *own = (const piece_reader *)piece->reader;
    const mirti_table_csv *mine = &own->csv;
    /* A decoder that made up its mind has also left a note. */
    return !mine->unsound && mine->from == mine->to && own->context.report.notes == 0;
}

static mirti_status skip(mirti_table_reader *reader, const mirti_table_piece *piece,
                         mirti_error *err) {
    mirti_table_csv *csv = (mirti_table_csv *)reader;
    int64_t before = mirti_table_input_tell(csv->input);
    csv->from = csv->to = 0;
    csv->index->size = 0;
    for (int i = 0; i < piece->batches; i++)
        piece->batch[i].first_row += csv->row - 1;
    csv->row += piece->rows;
    if (piece->end > piece->begin) csv->last_end = '\n';
    MIRTI_TRY(mirti_table_input_seek(csv->input, piece->end, err));
    csv->base.context->report.bytes += piece->end - before;
    return MIRTI_OK;
}

static void stop(mirti_table_reader *reader, int64_t offset) {
    ((mirti_table_csv *)reader)->stop = offset;
}

const mirti_table_pieces_class mirti_table_csv_pieces = {find_rest, prepare, load,
                                                         is_sound,  skip,    stop};
