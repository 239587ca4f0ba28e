/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the table room share. From the bytes up:
 *
 *   input    bytes of a file, wherever it lies
 *   reader   one file of one format: its columns, its rows
 *   builder  the batch that a reader fills: text decoded, blanks marked missing
 *   source   several files as one table, selection, report: the public face
 */
#ifndef MIRTI_TABLE_INTERNAL_H
#define MIRTI_TABLE_INTERNAL_H

#include "mirti/table.h"

/* ------------------------------------------------------------------------------------- input -- */

typedef struct mirti_table_input mirti_table_input;

/* Opens a plain file, or whatever GDAL's virtual files reach if `path` begins with /vsi. `shown` is
 * what messages call it. */
mirti_status mirti_table_input_open(const char *path, const char *shown, mirti_table_input **out,
                                    mirti_error *err);
/* Bytes in memory, which must outlive the input. */
mirti_status mirti_table_input_memory(mirti_str bytes, const char *name, mirti_table_input **out,
                                      mirti_error *err);
/* Up to `size` bytes; `*got` = 0 at the end only. */
mirti_status mirti_table_input_read(mirti_table_input *input, void *buffer, size_t size,
                                    size_t *got, mirti_error *err);
/* From here on the bytes come as UTF-8, converted from an encoding that is not plain. The input
 * reads from its beginning; offsets and size stay those of the file. The encoding must outlive it.
 */
mirti_status mirti_table_input_convert(mirti_table_input *input, const mirti_encoding *encoding,
                                       mirti_error *err);
/* Moves to an absolute offset. */
mirti_status mirti_table_input_seek(mirti_table_input *input, int64_t offset, mirti_error *err);
/* Up to `size` bytes from an offset, whatever was read before and without moving; several threads
 * may do so at once. False where the input is no plain bytes of a disk or of memory, or on failure.
 */
bool mirti_table_input_at(const mirti_table_input *input, int64_t offset, void *buffer, size_t size,
                          size_t *got);
/* True where that can be done: the size is known, and offsets are those of the text. */
bool mirti_table_input_is_flat(const mirti_table_input *input);
/* Offset reached in the file (of a gzip file: in the compressed one). */
int64_t mirti_table_input_tell(const mirti_table_input *input);
/* Size in bytes, 0 when it cannot be known without reading (gzip). */
int64_t mirti_table_input_size(const mirti_table_input *input);
void mirti_table_input_close(mirti_table_input *input);

/* ------------------------------------------------------------------------------------- paths -- */

typedef struct mirti_table_paths {
    int count;
    char **path;  /* [count] as GDAL or fopen take it */
    char **shown; /* [count] as messages name it */
} mirti_table_paths;

/* Expands patterns, archives and members, in byte order of names within each pattern. */
mirti_status mirti_table_paths_expand(const mirti_source_options *options, mirti_table_paths *out,
                                      mirti_error *err);
/* One path that stands for itself. */
mirti_status mirti_table_paths_single(const char *path, mirti_table_paths *out, mirti_error *err);
void mirti_table_paths_reset(mirti_table_paths *paths);
/* True when the text ends so, whatever the case (ASCII). */
bool mirti_table_ends_with(const char *text, const char *ending);
/* Equal whatever the case (ASCII only, never the locale's). */
bool mirti_table_same_name(const char *a, const char *b);
/* `*`, `?` and `[...]` as in a shell, byte by byte. */
bool mirti_table_matches(const char *pattern, const char *text);
/* Names of the files inside a zip archive, sorted; through GDAL. */
mirti_status mirti_table_zip_members(const char *archive, mirti_table_paths *out, mirti_error *err);

/* ---------------------------------------------------------------------------------- encoding -- */

/* Code points of the bytes 128..255 where one byte is one character, else NULL; 0 = undefined. */
const uint16_t *mirti_table_encoding_table(const mirti_encoding *encoding);
/* True when text in it can be cut at ASCII bytes before decoding: UTF-8 and all one-byte sets. */
bool mirti_table_encoding_is_plain(const mirti_encoding *encoding);
bool mirti_table_encoding_is_utf8(const mirti_encoding *encoding);
/* iconv from an encoding that is not plain to UTF-8, with its state from call to call. */
size_t mirti_table_encoding_convert(const mirti_encoding *encoding, char **from, size_t *from_left,
                                    char **to, size_t *to_left);

/* ----------------------------------------------------------------------------------- context -- */

enum { MIRTI_TABLE_NOTES = 64 /* kinds of notes: there are fewer ids than that */ };

/* What all readers of a source may use: its options, its report. */
typedef struct mirti_table_context {
    const char *encoding; /* declared by the caller, or NULL */
    const char *layer;
    const char *format;
    char delimiter;
    bool drop_bad_rows, keep_declared_missing;
    const mirti_listener *listener;
    mirti_source_report report;
    mirti_source_note *note; /* [report.notes] */
    mirti_str memory;        /* CSV text in memory; data NULL for files */
} mirti_table_context;

/* Counts something noticed; the first case of an id is kept, and told to the listener. */
void mirti_table_note(mirti_table_context *context, mirti_log_level level, const char *id,
                      const char *file, int64_t row, const char *field, const char *value,
                      const char *format, ...) MIRTI_PRINTF(8, 9);

/* The same for something counted elsewhere; every call is a note of its own. */
void mirti_table_note_count(mirti_table_context *context, mirti_log_level level, const char *id,
                            int64_t count, const char *file, int64_t row, const char *field,
                            const char *value, const char *message);

/* ----------------------------------------------------------------------------------- decoder -- */

/* The encoding of one file. Undecided until a byte beyond ASCII comes: then it is UTF-8 if the
 * bytes are well-formed UTF-8, else Windows-1252. What was read before is ASCII and right either
 * way. */
typedef struct mirti_table_decoder {
    mirti_encoding *encoding; /* NULL: undecided */
    const uint16_t *table;    /* of a one-byte set, else NULL */
    const char *file;         /* for messages */
} mirti_table_decoder;

/* Sets the encoding by name (NULL: undecided) and puts it into the report. */
mirti_status mirti_table_decoder_set(mirti_table_decoder *decoder, mirti_table_context *context,
                                     const char *name, bool detected, mirti_error *err);
void mirti_table_decoder_reset(mirti_table_decoder *decoder);
/* One text, decoded and appended; for headers. */
mirti_status mirti_table_decode(mirti_table_decoder *decoder, mirti_table_context *context,
                                mirti_str bytes, mirti_text *out, mirti_error *err);

/* ----------------------------------------------------------------------------------- builder -- */

/* A batch being filled. Columns of the file are sent to columns of the source through `slot`. */
typedef struct mirti_table_builder {
    mirti_table_context *context;
    mirti_batch *batch;
    const int *slot; /* [slots] column of the source, or −1: not wanted */
    int slots;
    int64_t limit;    /* rows after which the batch is full */
    int64_t capacity; /* rows for which there is room now */
    int64_t *row_number;
    bool gap; /* row numbers are not consecutive */
    char *pool;
    size_t pool_left;
} mirti_table_builder;

/* Makes room in an emptied batch. `slot` must be set. */
mirti_status mirti_table_builder_begin(mirti_table_builder *builder, mirti_error *err);
/* Puts a value into the current row: bytes in the decoder's encoding (decoder NULL: UTF-8 already).
 */
mirti_status mirti_table_put(mirti_table_builder *builder, mirti_table_decoder *decoder, int column,
                             const char *data, size_t size, mirti_error *err);
/* The same for a value that the file declares missing: its text is kept, it is not valid. */
mirti_status mirti_table_put_missing(mirti_table_builder *builder, int column, const char *data,
                                     size_t size, mirti_error *err);
/* The same for a number. */
mirti_status mirti_table_put_number(mirti_table_builder *builder, int column, double value,
                                    mirti_error *err);
/* Ends the row; `row` is its record number. Rows not ended are overwritten by the next. */
mirti_status mirti_table_end_row(mirti_table_builder *builder, int64_t row, mirti_error *err);
/* Hands the rows over. */
void mirti_table_builder_finish(mirti_table_builder *builder);

/* A further piece of at least `size` bytes for the text of the batch. */
bool mirti_table_pool_grow(mirti_table_builder *builder, size_t size);
/* `size` bytes of the batch's text; NULL on no memory. */
static inline char *mirti_table_pool(mirti_table_builder *builder, size_t size) {
    if (size > builder->pool_left && !mirti_table_pool_grow(builder, size)) return NULL;
    char *taken = builder->pool;
    builder->pool += size;
    builder->pool_left -= size;
    return taken;
}

static inline bool mirti_table_builder_full(const mirti_table_builder *builder) {
    return builder->batch->rows >= builder->limit;
}

/* ------------------------------------------------------------------------------------ reader -- */

typedef struct mirti_table_reader mirti_table_reader;

/* A stretch of a file that one thread reads ahead of its turn, and the batches it became. Zero-
 * initialise; a thread uses one again and again. See each.c. */
typedef struct mirti_table_piece {
    int64_t from, to;   /* offsets at which the file was cut */
    bool first;         /* a row begins at `from`; else the first that begins behind it is meant */
    bool sound;         /* nothing out of the ordinary was met; then: */
    int64_t begin, end; /* offsets of its first row and behind its last */
    int64_t rows;       /* and their number */
    mirti_table_reader *reader; /* its own, over the bytes of the piece */
    mirti_batch *batch;         /* [room], the first `batches` of them filled */
    int batches, room;
} mirti_table_piece;

/* How a file is read in pieces. */
typedef struct mirti_table_pieces_class {
    /* Offset at which the reader's next row begins and the file's size; false where it cannot be
     * read in pieces. */
    bool (*rest)(const mirti_table_reader *reader, int64_t *from, int64_t *to);
    /* Makes the piece's own reader, as the file's is now. In turn. */
    mirti_status (*prepare)(const mirti_table_reader *reader, mirti_table_piece *piece,
                            mirti_error *err);
    /* Fetches the bytes; sets begin and end. Side by side. False when no rows can be told. */
    bool (*load)(const mirti_table_reader *reader, mirti_table_piece *piece);
    /* After its reader was read to its end: was all in order? */
    bool (*is_sound)(const mirti_table_piece *piece);
    /* Moves the file's reader behind the rows of the piece. In turn. */
    mirti_status (*skip)(mirti_table_reader *reader, const mirti_table_piece *piece,
                         mirti_error *err);
    /* From here on reading ends with the first row that ends at or behind an offset. */
    void (*stop)(mirti_table_reader *reader, int64_t offset);
} mirti_table_pieces_class;

typedef struct mirti_table_reader_class {
    /* Rows into the builder until it is full or the file ends (then `*ended`). */
    mirti_status (*read)(mirti_table_reader *reader, mirti_table_builder *builder, bool *ended,
                         mirti_error *err);
    void (*close)(mirti_table_reader *reader);
    const mirti_table_pieces_class *pieces; /* NULL: only in one go */
} mirti_table_reader_class;

/* One file of one format. The first member of every reader. */
struct mirti_table_reader {
    const mirti_table_reader_class *class;
    mirti_table_context *context;
    const char *shown; /* the file as messages name it; the source's */
    int fields;
    mirti_field *field;           /* [fields], owned by the reader's arena */
    mirti_field_meaning *meaning; /* [fields] */
    mirti_arena arena;            /* names and labels */
    int64_t total_bytes;          /* 0: unknown */
};

mirti_status mirti_table_csv_open(mirti_table_context *context, const char *path, const char *shown,
                                  mirti_table_reader **out, mirti_error *err);
mirti_status mirti_table_ogr_open(mirti_table_context *context, const char *path, const char *shown,
                                  mirti_table_reader **out, mirti_error *err);
mirti_status mirti_table_stat_open(mirti_table_context *context, const char *path,
                                   const char *shown, mirti_table_reader **out, mirti_error *err);

/* ------------------------------------------------------------------------------------ source -- */

/* Settles which columns are read; before the first of the following. */
mirti_status mirti_table_source_begin(mirti_source *source, mirti_error *err);
/* Offsets of what is left of the open file, if that can be read in pieces. */
bool mirti_table_source_rest(const mirti_source *source, int64_t *from, int64_t *to);
/* In turn, before a piece is read: what its reading needs to know. */
mirti_status mirti_table_source_prepare(mirti_source *source, mirti_table_piece *piece,
                                        mirti_error *err);
/* Reads a piece ahead of its turn. Threads may do so side by side. */
void mirti_table_source_read_ahead(const mirti_source *source, mirti_table_piece *piece);
/* In turn: the batches of the piece as they come next in the table. If reading ahead has not begun
 * where the rows before ended, or met anything unusual, the rows are read anew by the file's own
 * reader. */
mirti_status mirti_table_source_settle(mirti_source *source, mirti_table_piece *piece,
                                       mirti_error *err);
/* A further batch of a piece, to be filled and then counted by the caller. */
mirti_status mirti_table_piece_add(mirti_table_piece *piece, mirti_batch **out, mirti_error *err);
void mirti_table_piece_reset(mirti_table_piece *piece);

/* Rows held back from one batch to the next; see carry.c. */
typedef struct mirti_table_carry {
    mirti_batch_cut cut;
    void *context;
    mirti_batch held;
    const char *file; /* of the last batch */
} mirti_table_carry;

/* In turn: what of the piece's batches, which come next in the table (none: the end), is delivered.
 */
mirti_status mirti_table_carry_on(mirti_table_carry *carry, mirti_table_piece *piece,
                                  mirti_error *err);

enum { MIRTI_TABLE_PIECE = 256 * 1024 }; /* bytes of a piece */
/* mirti_source_each, or with `carry` mirti_source_each_group, with another size of pieces; for
 * tests.
 */
mirti_status mirti_table_each(mirti_source *source, int threads, int64_t piece,
                              mirti_table_carry *carry, mirti_batch_work work, void *context,
                              mirti_error *err);

/* Gives the columns their final names: trimmed; blank ones become column_N, repeated ones name_2.
 */
mirti_status mirti_table_name_fields(mirti_table_reader *reader, const mirti_str *name, int count,
                                     mirti_error *err);

/* Sets the encoding of a DBF file (or the one of a shapefile) by what is said of it and by its
 * bytes. */
mirti_status mirti_table_dbf_encoding(mirti_table_context *context, const char *path,
                                      mirti_table_decoder *decoder, mirti_error *err);

/* Delimiter of CSV text by its first rows: the one that splits them most and most evenly. */
char mirti_table_sniff_delimiter(mirti_str sample);

#endif
