/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file table.h
 * Any table of a statistical office, batch by batch, in constant memory.
 *
 * A *source* reads one table, wherever it lies: CSV (any delimiter, quotes, encodings; plain,
 * `.gz`, in a `.zip`), DBF, XLSX, ODS, GeoPackage, SQLite, PostgreSQL (through OGR), SPSS, Stata
 * and SAS (through ReadStat). Several files with the same columns (one per state) are read as one
 * table.
 *
 *     mirti_source *source = NULL;
 *     mirti_batch batch = {0};
 *     MIRTI_TRY(mirti_source_open(&(mirti_source_options){.path = "Personas31.CSV"}, &source,
 * err)); int wanted[] = {mirti_source_find(source, "EDAD"), mirti_source_find(source, "SEXO")};
 *     status = mirti_source_select(source, wanted, 2, err);
 *     while (status == MIRTI_OK && (status = mirti_source_next(source, &batch, err)) == MIRTI_OK &&
 *            batch.rows > 0)
 *         use(batch.column[wanted[0]].text, batch.rows);
 *     mirti_batch_reset(&batch);
 *     mirti_source_close(source);
 *
 * **Values are raw**: every reader delivers a value as the text that the file has (of a binary
 * number, the shortest decimal that reads back the same), so that codes keep their leading zeros
 * and one expression serves the CSV, the DBF and the SPSS edition of a survey alike. It becomes a
 * number where an expression asks for one.
 *
 * **Missing** has three kinds. *Blank*: an empty cell, or nothing but blanks; `valid` is 0, the
 * text is empty. *Declared by the file*: SPSS user-missing, Stata `.a`; `valid` is 0 and the text
 * keeps the code (option `keep_declared_missing`: `valid` stays 1). *Declared by the model*: codes
 * such as 99 or
 * `*` that a model file lists; that is the recode room's affair, here they are ordinary values.
 */
#ifndef MIRTI_TABLE_H
#define MIRTI_TABLE_H

#include "mirti/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------- the data -- */

typedef enum mirti_type {
    MIRTI_TYPE_RAW,    ///< text as the file has it; becomes a number where one is asked for
    MIRTI_TYPE_TEXT,   ///< text
    MIRTI_TYPE_NUMBER, ///< double
    MIRTI_TYPE_TRUTH   ///< 0 or 1
} mirti_type;

/** Values of one column; of the three data arrays exactly the one that `type` names is there. A
 * column that was not selected has rows = 0 and no arrays. */
typedef struct mirti_column {
    mirti_type type;
    int64_t rows;
    uint8_t *valid;  ///< [rows] 1 present, 0 missing
    mirti_str *text; ///< [rows] RAW and TEXT; UTF-8; never NULL data, also where missing
    double *number;  ///< [rows] NUMBER; unspecified where missing
    uint8_t *truth;  ///< [rows] TRUTH; unspecified where missing
} mirti_column;

/** Some thousand consecutive rows of one file. Zero-initialise; everything in it lives in `arena`
 * and is valid until the next mirti_source_next or mirti_batch_reset. */
typedef struct mirti_batch {
    int64_t
        first_row; ///< record number in the file of row 0; the header, if there is one, is row 1
    int64_t rows;  ///< 0: the table has ended
    int columns;   ///< as many as the source has fields, selected or not
    mirti_column *column;
    mirti_arena arena;
    int64_t *row_number; ///< [rows] record numbers where they are not consecutive, else NULL
    const char *file;    ///< the file these rows come from, as messages name it
} mirti_batch;

/** Record number of a batch's row in its file, for messages. */
static inline int64_t mirti_batch_row(const mirti_batch *batch, int64_t row) {
    return batch->row_number != NULL ? batch->row_number[row] : batch->first_row + row;
}
/** Releases what the batch holds; it may be used again. */
MIRTI_API void mirti_batch_reset(mirti_batch *batch);

/** A column of a source: what its file says of it. */
typedef struct mirti_field {
    char *name; ///< UTF-8, trimmed, unique
    mirti_type type;
    char *label; ///< variable label of SPSS, Stata, SAS; NULL elsewhere
} mirti_field;

/** A code and what it stands for. */
typedef struct mirti_value_label {
    char *value; ///< as the column delivers it
    char *label;
} mirti_value_label;

/** Values from `low` to `high` (texts as the column delivers them) that the file declares missing;
 * the two are equal for a single code. Infinite ends are `-inf` and `inf`. */
typedef struct mirti_missing_range {
    char *low, *high;
} mirti_missing_range;

/** What a statistical package's file says of a column besides its name. */
typedef struct mirti_field_meaning {
    int labels;
    const mirti_value_label *label; ///< [labels] in the order of the file
    int missing_ranges;
    const mirti_missing_range *missing; ///< [missing_ranges]
    int width,
        decimals; ///< as the file declares; 0 = not declared. A DBF number of width 5 may be a code
    bool numeric; ///< held as a binary or DBF number: leading zeros could not survive in the file
} mirti_field_meaning;

/* -------------------------------------------------------------------------------- the source -- */

typedef struct mirti_source mirti_source;

/** What to read and how. Zero-initialise; only `path` is needed. Texts need to live only during
 * open. */
typedef struct mirti_source_options {
    /** File; pattern with `*`, `?`, `[...]` for many files as one; member(s) of a zip as
     * `data.zip/Personas*.CSV`; a GDAL name (`/vsizip/...`); `PG:dbname=... host=...`. */
    const char *path;
    const char *const *more; ///< [more_count] further paths, read after `path` as if one file
    int more_count;
    const char *format;   ///< "csv", "ogr", "readstat"; NULL: by the ending
    const char *encoding; ///< such as "ISO-8859-1"; NULL: what the file says, or detected and said
    char delimiter;       ///< of CSV; 0: detected among comma, semicolon, tab, bar
    const char *layer;    ///< layer, sheet or table of a file with several; NULL: the only one
    bool drop_bad_rows;   ///< rows with the wrong number of fields are dropped and counted, not an
                          ///< error
    bool keep_declared_missing; ///< user-missing values of SPSS, Stata, SAS count as present
    int64_t batch_rows;         ///< rows of a batch at most; 0: 4096
    const mirti_listener
        *listener; ///< told of progress (bytes) and of what is detected; must outlive
} mirti_source_options;

/** Called for a file: `file` is NULL for what is none on the disk (a database, a `/vsi...` path),
 * `shown` how messages name it, a connection without its password. */
typedef mirti_status mirti_file_visit(const char *file, const char *shown, void *context,
                                      mirti_error *err);
/** Visits, in the order in which a source reads them, the files that a path stands for: those that
 * a pattern matches, of a member of an archive the archive. Ends with the first failure of `visit`.
 * INPUT when a pattern matches nothing. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_source_files(const char *path, mirti_file_visit *visit,
                                                         void *context, mirti_error *err);

/** Opens, reads the header and detects what is not given. INPUT with file, row, column and remedy
 * when the file is missing, unreadable or not what it claims to be. The caller owns `*out`. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_source_open(const mirti_source_options *options,
                                                        mirti_source **out, mirti_error *err);
/** The same for CSV text in memory, which must outlive the source; `options->path` only names it.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_source_open_text(mirti_str csv,
                                                             const mirti_source_options *options,
                                                             mirti_source **out, mirti_error *err);
/** The columns; valid until close. */
MIRTI_API const mirti_field *mirti_source_fields(const mirti_source *source, int *count);
/** Index of a column: exact name first, then whatever the case (ASCII); −1 when there is none. */
MIRTI_API int mirti_source_find(const mirti_source *source, const char *name);
/** Labels and declared missing values of a column; never NULL. */
MIRTI_API const mirti_field_meaning *mirti_source_meaning(const mirti_source *source, int column);
/** Chooses the columns to deliver (indices, any order, duplicates are fine); until then all are.
 * Before the first mirti_source_next. Fewer columns are faster. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_source_select(mirti_source *source, const int *columns,
                                                          int count, mirti_error *err);
/** The next rows, in the order of the file; `batch->rows` = 0 at the end. A batch never spans two
 * files. After an error only close is allowed. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_source_next(mirti_source *source, mirti_batch *batch,
                                                        mirti_error *err);
/** NULL is fine. */
MIRTI_API void mirti_source_close(mirti_source *source);

/** Gives the next batch, as mirti_source_next does; `rows` = 0 at the end. */
typedef mirti_status (*mirti_batch_pull)(void *from, mirti_batch *batch, mirti_error *err);
/** Works on a batch, which until it returns is its own. `number` counts the batches from 0 in the
 * order of the table; `worker`, below the number of threads, says whose memory may be used without
 * a lock. */
typedef mirti_status (*mirti_batch_work)(mirti_batch *batch, int64_t number, int worker,
                                         void *context, mirti_error *err);
/**
 * Goes through all batches on up to `threads` threads (below 1: as many as there are processors).
 * They are pulled one at a time, in order, and worked on side by side; the order of the work is not
 * fixed, so that results must be added where order does not matter (exact sums) or kept by
 * `number`. The error of the lowest batch is returned, whether it came of pulling or of working.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_batches_each(mirti_batch_pull pull, void *from,
                                                         int threads, mirti_batch_work work,
                                                         void *context, mirti_error *err);
/** The same for the batches of a source. Plain CSV on the disk is also read side by side, in
 * pieces; where batches end differs from mirti_source_next, but not with the number of threads. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_source_each(mirti_source *source, int threads,
                                                        mirti_batch_work work, void *context,
                                                        mirti_error *err);

/** Tells where a batch is cut so that what belongs together stays together: rows from `*last` on
 * are held back and come before those of the next batch (`*last` 0: all of them); `*continues`: row
 * 0 belongs with what is held back. Called in the order of the table; `new_file`: the batch is the
 * first of its file, and nothing is held back. */
typedef mirti_status (*mirti_batch_cut)(const mirti_batch *batch, bool new_file, int64_t *last,
                                        bool *continues, void *context, mirti_error *err);
/** As mirti_source_each, but what `cut` says belongs together is never in two batches. What is held
 * back at the end of a file is delivered by itself. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_source_each_group(mirti_source *source, int threads,
                                                              mirti_batch_cut cut,
                                                              void *cut_context,
                                                              mirti_batch_work work, void *context,
                                                              mirti_error *err);
/** Adds rows from `first` on of another batch of the same table, with a copy of their texts. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_batch_append(mirti_batch *to, const mirti_batch *batch,
                                                         int64_t first, mirti_error *err);
/** Puts the rows of `before`, with a copy of their texts, before rows [0, last) of the batch; the
 * rest of it is left out. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_batch_prepend(mirti_batch *batch,
                                                          const mirti_batch *before, int64_t last,
                                                          mirti_error *err);

/** Something noticed while reading: how often, and the first case. */
typedef struct mirti_source_note {
    const char *id; ///< stable: "blank-row", "ragged-row", "duplicate-column", "encoding" ...
    int64_t count;
    int64_t first_row; ///< 0 if it concerns the file as a whole
    char file[256];    ///< of the first case
    char field[128], value[128];
    char message[256]; ///< one sentence
} mirti_source_note;

/** What was read so far: for the manifest. */
typedef struct mirti_source_report {
    char format[32];        ///< "CSV", "ESRI Shapefile", "SPSS" ...
    char encoding[48];      ///< in which the text was; "" while nothing but ASCII was seen
    bool encoding_detected; ///< found by looking at the bytes, not declared
    char delimiter;         ///< of CSV, else 0
    int64_t files;          ///< begun so far
    int64_t bytes;          ///< read so far; 0 where unknown (databases)
    int64_t total_bytes;    ///< of all files; 0 where unknown
    int64_t rows;           ///< delivered
    int64_t dropped;        ///< bad rows left out (only with drop_bad_rows)
    int notes;
    const mirti_source_note *note; ///< [notes]
} mirti_source_report;

/** Valid until the next call with this source. */
MIRTI_API const mirti_source_report *mirti_source_report_get(const mirti_source *source);

/* ------------------------------------------------------------------------------------ joining -- */

/** What is made of the rows of the other table that have a row's key. */
typedef enum mirti_reduction {
    MIRTI_REDUCE_EXISTS, ///< TRUTH: is there one?
    MIRTI_REDUCE_COUNT,  ///< NUMBER: how many?
    MIRTI_REDUCE_SUM,    ///< NUMBER: sum of the numbers in a column; missing when there are none
    MIRTI_REDUCE_MIN,    ///< NUMBER: the smallest; missing when there are none
    MIRTI_REDUCE_MAX     ///< NUMBER: the largest; missing when there are none
} mirti_reduction;

/** One column made by a join of many rows to one. */
typedef struct mirti_join_value {
    const char *name; ///< of the new column
    mirti_reduction how;
    const char *column; ///< of the other table, for SUM, MIN, MAX; what is no number is left out
    /** Which rows of the other table count: sets keep[i] to 1 or 0 for each row of the batch. NULL:
     * all. The batch has the columns named in `where_column`. */
    mirti_status (*where)(const mirti_batch *batch, uint8_t *keep, void *context, mirti_error *err);
    void *where_context;
    /** Called with `where_context` when the source is closed, once the join was made; NULL:
     * nothing. */
    void (*where_free)(void *context);
    const char *const *where_column; ///< [where_columns]
    int where_columns;
} mirti_join_value;

/** How the other table is gone through. */
typedef enum mirti_join_way {
    MIRTI_JOIN_AUTO, ///< a large table that is sorted by its key is merged, any other is held in
                     ///< memory
    MIRTI_JOIN_HASH, ///< held in memory
    MIRTI_JOIN_MERGE ///< merged where it is sorted, whatever its size
} mirti_join_way;

/** Another table to be joined to a source: dwellings to persons, jobs to persons. */
typedef struct mirti_join_options {
    const char *name; ///< short, for messages and clashing names: "viviendas"
    const mirti_source_options *other;
    int keys;
    const char *const *key;       ///< [keys] columns of the source
    const char *const *other_key; ///< [keys] columns of the other table; NULL: of the same names
    /** [keys] characters of a code; codes of digits that are shorter get their leading zeros back,
     * in both tables. 0: as it is. NULL: all as they are. */
    const int *key_width;
    /** Many rows to one value: [values] columns to make. 0: at most one row is promised for a key,
     * and all columns of the other table but its key are added. */
    const mirti_join_value *value;
    int values;
    mirti_join_way way;
} mirti_join_options;

/**
 * Adds the columns of another table to a source, before any mirti_source_select and
 * mirti_source_next. A column whose name the source has already is called `name.column`. A row
 * whose key the other table lacks has them missing (EXISTS: false, COUNT: 0). The key's own columns
 * are read even if not selected.
 *
 * Keys are compared as text. Noted are, with the first case: `join-unmatched` rows of the source,
 * `join-blank-key` rows with a part of the key blank, `join-duplicate` rows of the other table
 * where one was promised (the first is taken), `join-unused` rows of the other table. A join to one
 * row in which nothing at all matched is an error.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_source_join(mirti_source *source,
                                                        const mirti_join_options *options,
                                                        mirti_error *err);

/* ------------------------------------------------------------------------------- encodings -- */

/** A character encoding in which the bytes below 128 are ASCII. Obtained by name, released by free.
 */
typedef struct mirti_encoding mirti_encoding;

/** Finds an encoding by any of its spellings: case, blanks, `-` and `_` do not count, so that
 * INEGI's "ISO 88591" is ISO-8859-1; "ANSI" and "1252" are Windows-1252. INPUT when it is unknown.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_encoding_find(const char *name, mirti_encoding **out,
                                                          mirti_error *err);
/** Official name, such as "UTF-8", "ISO-8859-1", "Windows-1252". */
MIRTI_API const char *mirti_encoding_name(const mirti_encoding *encoding);
MIRTI_API void mirti_encoding_free(mirti_encoding *encoding);
/** Appends `bytes` as UTF-8. INPUT, with `*bad_at` (nullable) the offset, for bytes that the
 * encoding does not have; nothing is appended then. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_encoding_decode(const mirti_encoding *encoding,
                                                            mirti_str bytes, mirti_text *out,
                                                            size_t *bad_at, mirti_error *err);
/** What these bytes most likely are: "UTF-8" when they are well-formed UTF-8 beyond ASCII,
 * "Windows-1252" when they are not, "" when they are ASCII only. A character cut off at the end is
 * forgiven. */
MIRTI_API const char *mirti_encoding_guess(mirti_str bytes);

/** Name and version of this room's third parties (libcsv, GDAL: 2); returns how many entries it
 * filled. */
MIRTI_API int mirti_table_libraries(mirti_library *library);

#ifdef __cplusplus
}
#endif
#endif
