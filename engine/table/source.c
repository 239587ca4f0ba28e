/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The source: one table made of one or several files. The first file's columns are the table's;
 * those of the others are found by name, so that their order may differ. Files are opened one at a
 * time.
 */
#include <string.h>
#include <sys/stat.h>

#include "join.h"

enum { DEFAULT_ROWS = 4096, MOST_CELLS = 1 << 20, FEWEST_ROWS = 256 };

struct mirti_source {
    mirti_table_context context;
    char *encoding, *layer, *format; /* what the context points to */
    mirti_table_paths paths;
    int current;                /* index of the open file */
    mirti_table_reader *reader; /* of the open file; NULL after the last */
    int fields;                 /* with those of joined tables */
    int own_fields;             /* the table's own, which come first */
    mirti_field *field;
    mirti_field_meaning *meaning;
    int joins;
    mirti_table_join **join;
    bool reported;     /* what the joins counted is in the report */
    mirti_arena arena; /* names and labels */
    bool *wanted;      /* [fields] */
    int *slot;         /* [columns of the open file] → column of the table, −1 not wanted */
    int slots;
    int64_t batch_rows; /* as asked for; 0: our choice */
    bool started;
};

/* ----------------------------------------------------------------------------------- opening -- */

typedef mirti_status (*opener)(mirti_table_context *context, const char *path, const char *shown,
                               mirti_table_reader **out, mirti_error *err);

static opener opener_by_ending(const char *path) {
    static const struct {
        const char *ending;
        opener open;
    } endings[] = {
        {".csv", mirti_table_csv_open},    {".tsv", mirti_table_csv_open},
        {".txt", mirti_table_csv_open},    {".tab", mirti_table_csv_open},
        {".dat", mirti_table_csv_open},    {".csv.gz", mirti_table_csv_open},
        {".tsv.gz", mirti_table_csv_open}, {".txt.gz", mirti_table_csv_open},
        {".dbf", mirti_table_ogr_open},    {".shp", mirti_table_ogr_open},
        {".gpkg", mirti_table_ogr_open},   {".sqlite", mirti_table_ogr_open},
        {".db", mirti_table_ogr_open},     {".sqlite3", mirti_table_ogr_open},
        {".xlsx", mirti_table_ogr_open},   {".xlsm", mirti_table_ogr_open},
        {".xls", mirti_table_ogr_open},    {".ods", mirti_table_ogr_open},
        {".sav", mirti_table_stat_open},   {".zsav", mirti_table_stat_open},
        {".por", mirti_table_stat_open},   {".dta", mirti_table_stat_open},
        {".xpt", mirti_table_stat_open},   {".sas7bdat", mirti_table_stat_open},
    };
    if (strncmp(path, "PG:", 3) == 0 || strncmp(path, "postgresql://", 13) == 0)
        return mirti_table_ogr_open;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (mirti_table_ends_with(path, endings[i].ending)) return endings[i].open;
    return NULL;
}

static mirti_status choose_opener(const mirti_table_context *context, const char *path,
                                  const char *shown, opener *out, mirti_error *err) {
    static const struct {
        const char *format;
        opener open;
    } formats[] = {{"csv", mirti_table_csv_open},
                   {"libcsv", mirti_table_csv_open},
                   {"ogr", mirti_table_ogr_open},
                   {"readstat", mirti_table_stat_open}};
    *out = NULL;
    if (context->format == NULL) {
        *out = opener_by_ending(path);
    } else {
        for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
            if (mirti_table_same_name(formats[i].format, context->format)) *out = formats[i].open;
    }
    if (*out != NULL) return MIRTI_OK;
    mirti_fail(err, MIRTI_ERROR_INPUT, "the kind of file is not known by its ending");
    mirti_fail_at(err, shown, 0, 0, NULL, context->format);
    mirti_fail_remedy(err, "Readable are csv, tsv, txt (also .gz, .zip), dbf, xlsx, ods, gpkg, "
                           "sqlite, sav, dta, sas7bdat, xpt, por; or name the format.");
    return MIRTI_ERROR_INPUT;
}

static mirti_status open_current(mirti_source *source, mirti_error *err) {
    const char *path = source->paths.path[source->current];
    const char *shown = source->paths.shown[source->current];
    opener open = mirti_table_csv_open;
    if (source->context.memory.data == NULL)
        MIRTI_TRY(choose_opener(&source->context, path, shown, &open, err));
    MIRTI_TRY(open(&source->context, path, shown, &source->reader, err));
    source->context.report.files++;
    return MIRTI_OK;
}

static char *copy_text(mirti_source *source, const char *text) {
    return mirti_arena_copy(&source->arena, text, strlen(text));
}

/* Copies what the first file says of its columns: it is closed before the last file is read. */
static mirti_status copy_fields(mirti_source *source, mirti_error *err) {
    const mirti_table_reader *reader = source->reader;
    size_t count = (size_t)reader->fields;
    source->fields = reader->fields;
    source->own_fields = reader->fields;
    source->field = mirti_arena_new(&source->arena, count * sizeof *source->field);
    source->meaning = mirti_arena_new(&source->arena, count * sizeof *source->meaning);
    source->wanted = mirti_arena_new(&source->arena, count * sizeof *source->wanted);
    bool ok = source->field != NULL && source->meaning != NULL && source->wanted != NULL;
    for (size_t i = 0; ok && i < count; i++) {
        const mirti_field *field = &reader->field[i];
        const mirti_field_meaning *meaning = &reader->meaning[i];
        source->wanted[i] = true;
        source->field[i] = *field;
        source->meaning[i] = *meaning;
        source->field[i].name = copy_text(source, field->name);
        if (field->label != NULL) source->field[i].label = copy_text(source, field->label);
        mirti_value_label *label =
            mirti_arena_new(&source->arena, (size_t)meaning->labels * sizeof *label);
        mirti_missing_range *missing =
            mirti_arena_new(&source->arena, (size_t)meaning->missing_ranges * sizeof *missing);
        ok = source->field[i].name != NULL && label != NULL && missing != NULL;
        for (int k = 0; ok && k < meaning->labels; k++) {
            label[k].value = copy_text(source, meaning->label[k].value);
            label[k].label = copy_text(source, meaning->label[k].label);
            ok = label[k].value != NULL && label[k].label != NULL;
        }
        for (int k = 0; ok && k < meaning->missing_ranges; k++) {
            missing[k].low = copy_text(source, meaning->missing[k].low);
            missing[k].high = copy_text(source, meaning->missing[k].high);
            ok = missing[k].low != NULL && missing[k].high != NULL;
        }
        source->meaning[i].label = label;
        source->meaning[i].missing = missing;
    }
    return ok ? MIRTI_OK : mirti_fail_memory(err, "the columns of a table");
}

/* Sum of the sizes of the files on the disk, for progress; 0 if one cannot be known. */
static int64_t total_size(const mirti_table_paths *paths) {
    int64_t total = 0;
    for (int i = 0; i < paths->count; i++) {
        struct stat found;
        if (stat(paths->path[i], &found) != 0 || !S_ISREG(found.st_mode)) return 0;
        total += (int64_t)found.st_size;
    }
    return total;
}

static mirti_status open_source(mirti_source *source, const mirti_source_options *options,
                                mirti_error *err) {
    mirti_table_context *context = &source->context;
    source->encoding = mirti_strdup(options->encoding);
    source->layer = mirti_strdup(options->layer);
    source->format = mirti_strdup(options->format);
    context->note = mirti_new(MIRTI_TABLE_NOTES, sizeof *context->note);
    if (context->note == NULL || (options->encoding != NULL && source->encoding == NULL) ||
        (options->layer != NULL && source->layer == NULL) ||
        (options->format != NULL && source->format == NULL))
        return mirti_fail_memory(err, "a source");
    context->encoding = source->encoding;
    context->layer = source->layer;
    context->format = source->format;
    context->delimiter = options->delimiter;
    context->drop_bad_rows = options->drop_bad_rows;
    context->keep_declared_missing = options->keep_declared_missing;
    context->listener = options->listener;
    source->batch_rows = options->batch_rows;
    if (context->memory.data != NULL) {
        const char *name = options->path != NULL ? options->path : "(text)";
        MIRTI_TRY(mirti_table_paths_single(name, &source->paths, err));
        context->report.total_bytes = (int64_t)context->memory.size;
    } else {
        MIRTI_TRY(mirti_table_paths_expand(options, &source->paths, err));
        context->report.total_bytes = total_size(&source->paths);
    }
    MIRTI_TRY(open_current(source, err));
    return copy_fields(source, err);
}

static mirti_status open_any(mirti_str memory, const mirti_source_options *options,
                             mirti_source **out, mirti_error *err) {
    *out = NULL;
    mirti_source *source = mirti_new(1, sizeof *source);
    if (source == NULL) return mirti_fail_memory(err, "a source");
    source->context.memory = memory;
    mirti_status status = open_source(source, options, err);
    if (status != MIRTI_OK) {
        mirti_source_close(source);
        return status;
    }
    *out = source;
    return MIRTI_OK;
}

mirti_status mirti_source_open(const mirti_source_options *options, mirti_source **out,
                               mirti_error *err) {
    return open_any((mirti_str){NULL, 0}, options, out, err);
}

mirti_status mirti_source_open_text(mirti_str csv, const mirti_source_options *options,
                                    mirti_source **out, mirti_error *err) {
    static const mirti_source_options none;
    if (csv.data == NULL) csv = mirti_str_of("");
    return open_any(csv, options != NULL ? options : &none, out, err);
}

void mirti_source_close(mirti_source *source) {
    if (source == NULL) return;
    for (int i = 0; i < source->joins; i++)
        mirti_table_join_free(source->join[i]);
    mirti_free(source->join);
    if (source->reader != NULL) source->reader->class->close(source->reader);
    mirti_table_paths_reset(&source->paths);
    mirti_free(source->context.note);
    mirti_free(source->encoding);
    mirti_free(source->layer);
    mirti_free(source->format);
    mirti_free(source->slot);
    mirti_arena_reset(&source->arena);
    mirti_free(source);
}

/* ----------------------------------------------------------------------------------- columns -- */

const mirti_field *mirti_source_fields(const mirti_source *source, int *count) {
    if (count != NULL) *count = source->fields;
    return source->field;
}

/* Exact first, then whatever the case. */
static int find_field(const mirti_field *field, int fields, const char *name) {
    for (int i = 0; i < fields; i++)
        if (strcmp(field[i].name, name) == 0) return i;
    for (int i = 0; i < fields; i++)
        if (mirti_table_same_name(field[i].name, name)) return i;
    return -1;
}

int mirti_source_find(const mirti_source *source, const char *name) {
    return find_field(source->field, source->fields, name);
}

const mirti_field_meaning *mirti_source_meaning(const mirti_source *source, int column) {
    return &source->meaning[column];
}

mirti_status mirti_source_select(mirti_source *source, const int *columns, int count,
                                 mirti_error *err) {
    if (source->started)
        return mirti_fail(err, MIRTI_ERROR_INTERNAL, "columns chosen after reading began");
    for (int i = 0; i < source->fields; i++)
        source->wanted[i] = false;
    for (int i = 0; i < count; i++) {
        if (columns[i] < 0 || columns[i] >= source->fields)
            return mirti_fail(err, MIRTI_ERROR_INTERNAL, "column %d of %d was chosen", columns[i],
                              source->fields);
        source->wanted[columns[i]] = true;
    }
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------- joining -- */

const char *mirti_table_source_shown(const mirti_source *source) {
    return source->paths.shown[source->current];
}

/* The name under which a column of a joined table is known: its own, or with the table's before it.
 */
static char *joined_name(mirti_source *source, const mirti_table_join *join, const char *name) {
    if (mirti_source_find(source, name) < 0) return copy_text(source, name);
    mirti_text text = {0};
    mirti_text_printf(&text, "%s.%s", join->name, name);
    char *copy = text.failed ? NULL : mirti_arena_copy(&source->arena, text.data, text.size);
    mirti_text_reset(&text);
    return copy;
}

/* Longer arrays of columns, with what the shorter ones hold. */
static mirti_status make_columns(mirti_source *source, int more, mirti_error *err) {
    size_t old = (size_t)source->fields;
    size_t count = old + (size_t)more;
    mirti_field *field = mirti_arena_new(&source->arena, count * sizeof *field);
    mirti_field_meaning *meaning = mirti_arena_new(&source->arena, count * sizeof *meaning);
    bool *wanted = mirti_arena_new(&source->arena, count * sizeof *wanted);
    if (field == NULL || meaning == NULL || wanted == NULL)
        return mirti_fail_memory(err, "the columns of a table");
    memcpy(field, source->field, old * sizeof *field);
    memcpy(meaning, source->meaning, old * sizeof *meaning);
    memcpy(wanted, source->wanted, old * sizeof *wanted);
    memset(meaning + old, 0, (size_t)more * sizeof *meaning);
    source->field = field;
    source->meaning = meaning;
    source->wanted = wanted;
    return MIRTI_OK;
}

mirti_status mirti_table_source_extend(mirti_source *source, mirti_table_join *join,
                                       mirti_error *err) {
    if (source->started)
        return mirti_fail(err, MIRTI_ERROR_INTERNAL, "a table joined after reading began");
    int more = join->values > 0 ? join->values : join->columns;
    const mirti_field *other = mirti_source_fields(join->other, NULL);
    mirti_table_join **list =
        mirti_resize(source->join, (size_t)source->joins + 1, sizeof *source->join);
    if (list == NULL) return mirti_fail_memory(err, "a table to be joined");
    source->join = list;
    MIRTI_TRY(make_columns(source, more, err));
    int before = source->fields;
    join->first_field = before;
    join->added = more;
    for (int i = 0; i < more; i++) {
        const mirti_field *from = join->values > 0 ? NULL : &other[join->column[i]];
        const char *name = from != NULL ? from->name : join->value[i].name;
        mirti_field *field = &source->field[source->fields];
        *field = (mirti_field){.name = joined_name(source, join, name),
                               .type = mirti_table_join_type(join, i)};
        if (from != NULL && from->label != NULL) field->label = copy_text(source, from->label);
        if (field->name == NULL || (from != NULL && from->label != NULL && field->label == NULL)) {
            source->fields = before;
            return mirti_fail_memory(err, "the columns of a table");
        }
        source->wanted[source->fields++] = true;
    }
    source->join[source->joins++] = join;
    join->adopted = true;
    return MIRTI_OK;
}

/* True when a column of the join is wanted; else it is left out as if it had never been asked for.
 */
static bool is_wanted(const mirti_source *source, const mirti_table_join *join) {
    for (int i = 0; i < join->added; i++)
        if (source->wanted[join->first_field + i]) return true;
    return false;
}

static void want_keys(mirti_source *source) {
    /* Backwards: the key of a later join may be a column of an earlier one. */
    for (int i = source->joins - 1; i >= 0; i--)
        for (int k = 0; is_wanted(source, source->join[i]) && k < source->join[i]->keys; k++)
            source->wanted[source->join[i]->key[k]] = true;
}

static mirti_status fill_joins(mirti_source *source, mirti_batch *batch, mirti_error *err) {
    for (int i = 0; i < source->joins; i++)
        if (is_wanted(source, source->join[i]))
            MIRTI_TRY(mirti_table_join_fill(source->join[i], batch, err));
    return MIRTI_OK;
}

static mirti_status report_joins(mirti_source *source, mirti_error *err) {
    if (source->reported) return MIRTI_OK;
    source->reported = true;
    for (int i = 0; i < source->joins; i++)
        if (is_wanted(source, source->join[i]))
            MIRTI_TRY(mirti_table_join_report(source->join[i], &source->context, err));
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------ columns of files -- */

/* Where the columns of the open file go. A wanted column that the file lacks is an error. */
static mirti_status map_columns(mirti_source *source, mirti_error *err) {
    const mirti_table_reader *reader = source->reader;
    mirti_free(source->slot);
    source->slots = reader->fields;
    source->slot = mirti_new((size_t)reader->fields, sizeof *source->slot);
    if (source->slot == NULL) return mirti_fail_memory(err, "the columns of a table");
    for (int i = 0; i < reader->fields; i++)
        source->slot[i] = -1;
    for (int i = 0; i < source->own_fields; i++) {
        if (!source->wanted[i]) continue;
        int found = source->current == 0 && i < reader->fields
                        ? i
                        : find_field(reader->field, reader->fields, source->field[i].name);
        if (found < 0) {
            mirti_fail(err, MIRTI_ERROR_INPUT, "the column is missing here, but %s has it",
                       source->paths.shown[0]);
            mirti_fail_at(err, reader->shown, 1, 0, source->field[i].name, NULL);
            mirti_fail_remedy(err, "All files of one table need the columns that are used.");
            return MIRTI_ERROR_INPUT;
        }
        source->slot[found] = i;
    }
    return MIRTI_OK;
}

/* ----------------------------------------------------------------------------------- reading -- */

/* With hundreds of columns a batch has fewer rows, so that its size stays bounded. */
static int64_t rows_of_batch(const mirti_source *source) {
    if (source->batch_rows > 0) return source->batch_rows;
    int64_t columns = 0;
    for (int i = 0; i < source->fields; i++)
        if (source->wanted[i]) columns++;
    int64_t rows = columns > 0 ? MOST_CELLS / columns : DEFAULT_ROWS;
    if (rows < FEWEST_ROWS) rows = FEWEST_ROWS;
    return rows < DEFAULT_ROWS ? rows : DEFAULT_ROWS;
}

static mirti_status begin_batch(const mirti_source *source, mirti_batch *batch, mirti_error *err) {
    mirti_arena_rewind(&batch->arena);
    mirti_arena arena = batch->arena;
    *batch = (mirti_batch){.arena = arena, .columns = source->fields};
    size_t bytes = (size_t)source->fields * sizeof *batch->column;
    batch->column = mirti_arena_new(&batch->arena, bytes);
    if (batch->column == NULL) return mirti_fail_memory(err, "rows of a table");
    memset(batch->column, 0, bytes);
    return MIRTI_OK;
}

mirti_status mirti_table_source_begin(mirti_source *source, mirti_error *err) {
    if (source->started) return MIRTI_OK;
    want_keys(source);
    for (int i = 0; i < source->joins; i++)
        mirti_table_join_restrict(source->join[i], source->wanted);
    MIRTI_TRY(map_columns(source, err));
    source->started = true;
    return MIRTI_OK;
}

/* Rows of a reader, of the open file or of a piece of it, into a batch. */
static mirti_status read_batch(const mirti_source *source, mirti_table_reader *reader,
                               mirti_batch *batch, bool *ended, mirti_error *err) {
    mirti_table_builder builder = {.context = reader->context,
                                   .batch = batch,
                                   .slot = source->slot,
                                   .slots = source->slots,
                                   .limit = rows_of_batch(source)};
    MIRTI_TRY(begin_batch(source, batch, err));
    batch->file = reader->shown;
    MIRTI_TRY(mirti_table_builder_begin(&builder, err));
    MIRTI_TRY(reader->class->read(reader, &builder, ended, err));
    mirti_table_builder_finish(&builder);
    return MIRTI_OK;
}

/* A batch is ready to be delivered. */
static mirti_status finish_batch(mirti_source *source, mirti_batch *batch, mirti_error *err) {
    mirti_source_report *report = &source->context.report;
    report->rows += batch->rows;
    MIRTI_TRY(fill_joins(source, batch, err));
    return mirti_progress(source->context.listener, "reading", (double)report->bytes,
                          (double)report->total_bytes, err);
}

static mirti_status open_next(mirti_source *source, mirti_error *err) {
    source->reader->class->close(source->reader);
    source->reader = NULL;
    if (source->current + 1 == source->paths.count) return MIRTI_OK;
    source->current++;
    MIRTI_TRY(open_current(source, err));
    return map_columns(source, err);
}

mirti_status mirti_source_next(mirti_source *source, mirti_batch *batch, mirti_error *err) {
    batch->rows = 0;
    MIRTI_TRY(mirti_table_source_begin(source, err));
    while (source->reader != NULL) {
        bool ended = false;
        MIRTI_TRY(read_batch(source, source->reader, batch, &ended, err));
        if (ended) MIRTI_TRY(open_next(source, err));
        if (batch->rows > 0) return finish_batch(source, batch, err);
    }
    MIRTI_TRY(begin_batch(source, batch, err));
    MIRTI_TRY(report_joins(source, err));
    return finish_batch(source, batch, err);
}

/* ---------------------------------------------------------------------------------- in pieces -- */

bool mirti_table_source_rest(const mirti_source *source, int64_t *from, int64_t *to) {
    const mirti_table_reader *reader = source->reader;
    if (reader == NULL || reader->class->pieces == NULL) return false;
    return reader->class->pieces->rest(reader, from, to);
}

mirti_status mirti_table_source_prepare(mirti_source *source, mirti_table_piece *piece,
                                        mirti_error *err) {
    return source->reader->class->pieces->prepare(source->reader, piece, err);
}

mirti_status mirti_table_piece_add(mirti_table_piece *piece, mirti_batch **out, mirti_error *err) {
    if (piece->batches == piece->room) {
        int room = piece->room == 0 ? 4 : 2 * piece->room;
        mirti_batch *grown = mirti_resize(piece->batch, (size_t)room, sizeof *grown);
        if (grown == NULL) return mirti_fail_memory(err, "batches of a table");
        memset(grown + piece->room, 0, (size_t)(room - piece->room) * sizeof *grown);
        piece->batch = grown;
        piece->room = room;
    }
    *out = &piece->batch[piece->batches];
    return MIRTI_OK;
}

/* Batches of a reader up to its end, or to where it is told to stop. */
static mirti_status read_piece(const mirti_source *source, mirti_table_reader *reader,
                               mirti_table_piece *piece, mirti_error *err) {
    piece->batches = 0;
    piece->rows = 0;
    for (bool ended = false; !ended;) {
        mirti_batch *batch;
        MIRTI_TRY(mirti_table_piece_add(piece, &batch, err));
        MIRTI_TRY(read_batch(source, reader, batch, &ended, err));
        if (batch->rows == 0) break;
        piece->rows += batch->rows;
        piece->batches++;
    }
    return MIRTI_OK;
}

void mirti_table_source_read_ahead(const mirti_source *source, mirti_table_piece *piece) {
    const mirti_table_reader *reader = source->reader;
    piece->sound = reader->class->pieces->load(reader, piece) &&
                   read_piece(source, piece->reader, piece, NULL) == MIRTI_OK &&
                   reader->class->pieces->is_sound(piece);
}

/* The rows of a piece by the file's own reader, which need not have come to its beginning. */
static mirti_status read_anew(mirti_source *source, mirti_table_piece *piece, mirti_error *err) {
    const mirti_table_pieces_class *pieces = source->reader->class->pieces;
    pieces->stop(source->reader, piece->to + 1);
    mirti_status status = read_piece(source, source->reader, piece, err);
    pieces->stop(source->reader, INT64_MAX);
    return status;
}

mirti_status mirti_table_source_settle(mirti_source *source, mirti_table_piece *piece,
                                       mirti_error *err) {
    int64_t from = 0, to = 0;
    bool right =
        piece->sound && mirti_table_source_rest(source, &from, &to) && from == piece->begin;
    if (right) {
        MIRTI_TRY(source->reader->class->pieces->skip(source->reader, piece, err));
    } else {
        MIRTI_TRY(read_anew(source, piece, err));
    }
    for (int i = 0; i < piece->batches; i++)
        MIRTI_TRY(finish_batch(source, &piece->batch[i], err));
    return MIRTI_OK;
}

void mirti_table_piece_reset(mirti_table_piece *piece) {
    for (int i = 0; i < piece->room; i++)
        mirti_batch_reset(&piece->batch[i]);
    mirti_free(piece->batch);
    if (piece->reader != NULL) piece->reader->class->close(piece->reader);
    *piece = (mirti_table_piece){0};
}

const mirti_source_report *mirti_source_report_get(const mirti_source *source) {
    mirti_source_report *report = &((mirti_source *)(uintptr_t)source)->context.report;
    report->note = source->context.note;
    return report;
}
