/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files that read CSV share.
 *
 *   csv.c         opening: encoding, delimiter, header; who reads which row
 *   csv_libcsv.c  the reference reader, libcsv: reads whatever can be read, refuses with a reason
 *   csv_scan.c    the fast reader: rows about whose meaning there is no doubt
 *   csv_piece.c   a piece of a file read ahead of its turn
 *   csv_index.c   where delimiters, line ends and doubts are, sixty-four bytes at a time
 */
#ifndef MIRTI_TABLE_CSV_READER_H
#define MIRTI_TABLE_CSV_READER_H

#include <csv.h>

#include "internal.h"

/* -------------------------------------------------------------------------------------- index -- */

enum {
    INDEX_SIZE = 64 * 1024, /* bytes that are indexed at a time, at most */
    INDEX_BLOCKS = INDEX_SIZE / 64,
    INDEX_PADDING = 64 /* bytes behind the text that may be read, whatever they are */
};

/* Bit k of word b speaks of byte 64 b + k. */
typedef struct mirti_table_index {
    uint64_t delimiter[INDEX_BLOCKS];  /* delimiters outside quotes */
    uint64_t line_end[INDEX_BLOCKS];   /* CR and LF outside quotes */
    uint32_t before[INDEX_BLOCKS + 1]; /* delimiters before the block */
    size_t size;                       /* bytes indexed */
    size_t doubt; /* first byte that makes a row doubtful; `size` if there is none. What comes after
                     it may be indexed wrongly. */
    bool ascii;   /* nothing beyond ASCII */
    bool quotes;  /* there are quotes */
} mirti_table_index;

/* Indexes text that begins at the beginning of a row. */
void mirti_table_index_fill(mirti_table_index *index, const char *text, size_t size,
                            char delimiter);
/* The same in plain C, for machines without vector instructions: gives the same. */
void mirti_table_index_fill_plainly(mirti_table_index *index, const char *text, size_t size,
                                    char delimiter);

/* ------------------------------------------------------------------------------------- reader -- */

typedef struct mirti_table_csv {
    mirti_table_reader base;
    mirti_table_input *input;
    mirti_table_decoder decoder;
    mirti_encoding *converted; /* what the input converts from, or NULL */
    char *buffer;              /* with INDEX_PADDING bytes more than are ever filled */
    size_t from, to;           /* what of the buffer is still to be parsed */
    struct csv_parser parser;
    char delimiter;
    bool parser_ready;
    bool input_ended, finished;

    /* the row being read */
    bool surplus;  /* a field beyond the header's holds something */
    bool row_done; /* a row has ended since this was last cleared */
    bool header_done;
    bool only_libcsv;             /* the fast reader is not to be used */
    int64_t row;                  /* record number, 1 = the header */
    mirti_table_builder *builder; /* NULL while the header is read */
    mirti_error *err;
    mirti_status status;
    int fields;   /* so far */
    int last_end; /* character that ended the former row, −1 if a field came since */

    /* the fast reader */
    int wanted;               /* columns that are delivered */
    int *want;                /* [wanted] their places in the file, ascending */
    mirti_table_index *index; /* of the buffer from `indexed` on */
    size_t indexed;
    size_t ahead; /* bytes to index next time: few after a doubt, more and more after */
    int64_t stop; /* offset in the file behind which no row is begun; INT64_MAX: none */
    bool unsound; /* of a piece: a row could not be read beyond doubt */

    /* the header */
    mirti_text names; /* of the columns, one after the other, as bytes of the file */
    size_t *name_end; /* [name_room] */
    size_t name_room;
} mirti_table_csv;

/* Puts unread bytes first and reads more behind them. */
mirti_status mirti_table_csv_refill(mirti_table_csv *csv, mirti_error *err);

/* Offset in the file of the next byte to be parsed. */
int64_t mirti_table_csv_offset(const mirti_table_csv *csv);
/* The columns that are wanted, ascending: for the fast reader. */
mirti_status mirti_table_csv_want(mirti_table_csv *csv, const mirti_table_builder *builder,
                                  mirti_error *err);
extern const mirti_table_pieces_class mirti_table_csv_pieces;

/* Initialises libcsv. */
mirti_status mirti_table_csv_start(mirti_table_csv *csv, mirti_error *err);
/* Gives libcsv what the buffer holds of the next `rows` line ends; at the end of the input it is
 * told so, and `finished` set. */
mirti_status mirti_table_csv_feed(mirti_table_csv *csv, int64_t rows);
/* Counts a line with nothing in it, or the second half of a CRLF, ended by `end`. */
void mirti_table_csv_blank_line(mirti_table_csv *csv, int end);

/* Reads rows until the batch is full, the buffer holds no further whole row, or one is doubtful;
 * then
 * `*doubtful` is set, and `from` is at its beginning. */
mirti_status mirti_table_csv_scan(mirti_table_csv *csv, bool *doubtful);

#endif
