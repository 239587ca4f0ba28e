/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SPSS, Stata and SAS through ReadStat: rows. Columns, labels and declared missing values are read
 * at opening (stat_columns.c).
 *
 * ReadStat pushes values at a callback until the file ends, while a source is pulled batch by
 * batch. So the parser runs in a thread of its own, and the two take turns: while one works the
 * other waits. There is no buffer between them; the parser fills the very batch that the caller
 * asked for.
 */
#include <pthread.h>
#include <readstat.h>
#include <string.h>

#include "stat.h"

typedef enum whose { TURN_OF_CALLER, TURN_OF_PARSER } whose;

struct mirti_table_stat {
    mirti_table_reader base;
    char *path;
    mirti_table_stat_parse parse;
    mirti_table_stat_input input;

    pthread_t thread;
    bool started;         /* there is a thread to be joined */
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    whose turn;
    bool cancelled; /* the caller wants no more */
    bool finished;  /* the parser has returned */

    /* touched by whoever has the turn */
    mirti_table_builder *builder;
    mirti_error *err;
    mirti_status status;
    readstat_error_t result;
    int last_wanted; /* column with which a row ends */
    char message[256];
};

/* ---------------------------------------------------------------------------------- input of rows -- */

static int io_open(const char *path, void *context) {
    (void)path, (void)context; /* it is open */
    return 0;
}

static int io_close(void *context) {
    (void)context; /* whoever opened it closes it */
    return 0;
}

static readstat_off_t io_seek(readstat_off_t offset, readstat_io_flags_t whence, void *context) {
    mirti_table_stat_input *io = context;
    int64_t from = 0;
    if (whence == READSTAT_SEEK_CUR) from = mirti_table_input_tell(io->input);
    if (whence == READSTAT_SEEK_END) from = mirti_table_input_size(io->input);
    if (mirti_table_input_seek(io->input, from + (int64_t)offset, NULL) != MIRTI_OK) return -1;
    return (readstat_off_t)(from + (int64_t)offset);
}

static ssize_t io_read(void *buffer, size_t size, void *context) {
    mirti_table_stat_input *io = context;
    size_t used = 0;
    size_t got = 1;
    while (used < size && got > 0) {
        if (mirti_table_input_read(io->input, (char *)buffer + used, size - used, &got, NULL) !=
            MIRTI_OK)
            return -1;
        used += got;
    }
    if (io->bytes != NULL) *io->bytes += (int64_t)used;
    return (ssize_t)used;
}

static readstat_error_t io_update(long file_size, readstat_progress_handler progress, void *user,
                                  void *context) {
    (void)file_size, (void)progress, (void)user, (void)context;
    return READSTAT_OK;
}

readstat_parser_t *mirti_table_stat_parser(mirti_table_stat_input *io, const char *encoding) {
    readstat_parser_t *parser = readstat_parser_init();
    if (parser == NULL) return NULL;
    readstat_set_open_handler(parser, io_open);
    readstat_set_close_handler(parser, io_close);
    readstat_set_seek_handler(parser, io_seek);
    readstat_set_read_handler(parser, io_read);
    readstat_set_update_handler(parser, io_update);
    readstat_set_io_ctx(parser, io);
    if (encoding != NULL) readstat_set_file_character_encoding(parser, encoding);
    return parser;
}

/* -------------------------------------------------------------------------------------- turns -- */

static void give_turn(mirti_table_stat *stat, whose to) {
    pthread_mutex_lock(&stat->lock);
    stat->turn = to;
    pthread_cond_signal(&stat->changed);
    pthread_mutex_unlock(&stat->lock);
}

/* False when there is nothing more to be done. */
static bool await_turn(mirti_table_stat *stat, whose mine) {
    pthread_mutex_lock(&stat->lock);
    while (stat->turn != mine)
        pthread_cond_wait(&stat->changed, &stat->lock);
    bool go_on = !stat->cancelled;
    pthread_mutex_unlock(&stat->lock);
    return go_on;
}

/* ------------------------------------------------------------------------- in the parser's thread -- */

static int on_variable(int index, readstat_variable_t *variable, const char *labels,
                       void *context) {
    (void)variable, (void)labels;
    const mirti_table_stat *stat = context;
    const mirti_table_builder *builder = stat->builder;
    /* Without any column wanted the first is parsed all the same: rows are counted by it. */
    bool wanted = index < builder->slots && builder->slot[index] >= 0;
    return wanted || index == stat->last_wanted ? READSTAT_HANDLER_OK
                                                : READSTAT_HANDLER_SKIP_VARIABLE;
}

static int fail_value(mirti_table_stat *stat, int64_t row, int column) {
    mirti_fail_at(stat->err, stat->base.shown, row, 0, stat->base.field[column].name, NULL);
    return READSTAT_HANDLER_ABORT;
}

static int on_value(int index, readstat_variable_t *variable, readstat_value_t value,
                    void *context) {
    mirti_table_stat *stat = context;
    int column = readstat_variable_get_index(variable);
    int64_t row = (int64_t)index + 1;
    char digits[32];
    mirti_str text = mirti_table_stat_text(&stat->input, value, digits);
    bool missing = readstat_value_is_tagged_missing(value) ||
                   readstat_value_is_defined_missing(value, variable);
    stat->status =
        missing && !stat->base.context->keep_declared_missing
            ? mirti_table_put_missing(stat->builder, column, text.data, text.size, stat->err)
            : mirti_table_put(stat->builder, NULL, column, text.data, text.size, stat->err);
    if (stat->status != MIRTI_OK) return fail_value(stat, row, column);
    if (column != stat->last_wanted) return READSTAT_HANDLER_OK;
    stat->status = mirti_table_end_row(stat->builder, row, stat->err);
    if (stat->status != MIRTI_OK) return fail_value(stat, row, column);
    if (!mirti_table_builder_full(stat->builder)) return READSTAT_HANDLER_OK;
    give_turn(stat, TURN_OF_CALLER);
    return await_turn(stat, TURN_OF_PARSER) ? READSTAT_HANDLER_OK : READSTAT_HANDLER_ABORT;
}

static void on_error(const char *message, void *context) {
    mirti_table_stat *stat = context;
    snprintf(stat->message, sizeof stat->message, "%s", message);
}

static void parse_rows(mirti_table_stat *stat) {
    readstat_parser_t *parser = mirti_table_stat_parser(&stat->input, stat->input.encoding);
    if (parser == NULL) {
        stat->result = READSTAT_ERROR_MALLOC;
        return;
    }
    readstat_set_variable_handler(parser, on_variable);
    readstat_set_value_handler(parser, on_value);
    readstat_set_error_handler(parser, on_error);
    stat->result = stat->parse(parser, stat->path, stat);
    readstat_parser_free(parser);
}

static void *run_parser(void *context) {
    mirti_table_stat *stat = context;
    if (await_turn(stat, TURN_OF_PARSER)) parse_rows(stat);
    pthread_mutex_lock(&stat->lock);
    stat->finished = true;
    stat->turn = TURN_OF_CALLER;
    pthread_cond_signal(&stat->changed);
    pthread_mutex_unlock(&stat->lock);
    return NULL;
}

/* ------------------------------------------------------------------------- in the caller's thread -- */

mirti_status mirti_table_stat_fail(const char *shown, readstat_error_t result, const char *message,
                                   mirti_error *err) {
    if (result == READSTAT_ERROR_MALLOC)
        return mirti_fail_memory(err, "a file of a statistical package");
    mirti_fail(err, MIRTI_ERROR_INPUT, "cannot be read: %s%s%s", readstat_error_message(result),
               message[0] != '\0' ? "; " : "", message);
    mirti_fail_at(err, shown, 0, 0, NULL, NULL);
    if (result == READSTAT_ERROR_CONVERT_BAD_STRING || result == READSTAT_ERROR_CONVERT ||
        result == READSTAT_ERROR_UNSUPPORTED_CHARSET) {
        mirti_fail_remedy(err,
                          "The file does not say its encoding rightly: declare it, for example "
                          "encoding: Windows-1252.");
    } else {
        mirti_fail_remedy(err,
                          "Check that the file is what its ending says, and that it is whole.");
    }
    return MIRTI_ERROR_INPUT;
}

static mirti_status start(mirti_table_stat *stat, mirti_error *err) {
    stat->last_wanted = 0;
    for (int i = 0; i < stat->builder->slots; i++)
        if (stat->builder->slot[i] >= 0) stat->last_wanted = i;
    stat->input.bytes = &stat->base.context->report.bytes;
    MIRTI_TRY(mirti_table_input_seek(stat->input.input, 0, err));
    if (pthread_create(&stat->thread, NULL, run_parser, stat) != 0)
        return mirti_fail(err, MIRTI_ERROR_MEMORY, "a thread could not be started");
    stat->started = true;
    return MIRTI_OK;
}

static mirti_status read_rows(mirti_table_reader *reader, mirti_table_builder *builder, bool *ended,
                              mirti_error *err) {
    mirti_table_stat *stat = (mirti_table_stat *)reader;
    stat->builder = builder;
    stat->err = err;
    if (!stat->started) MIRTI_TRY(start(stat, err));
    give_turn(stat, TURN_OF_PARSER);
    (void)await_turn(stat, TURN_OF_CALLER);
    *ended = stat->finished;
    if (stat->status != MIRTI_OK) return stat->status;
    if (!stat->finished || stat->result == READSTAT_OK) return MIRTI_OK;
    mirti_status status = mirti_table_stat_fail(stat->base.shown, stat->result, stat->message, err);
    mirti_fail_at(err, NULL, builder->batch->first_row + builder->batch->rows, 0, NULL, NULL);
    return status;
}

static void close_reader(mirti_table_reader *reader) {
    mirti_table_stat *stat = (mirti_table_stat *)reader;
    if (stat->started) {
        pthread_mutex_lock(&stat->lock);
        stat->cancelled = true;
        stat->turn = TURN_OF_PARSER;
        pthread_cond_signal(&stat->changed);
        pthread_mutex_unlock(&stat->lock);
        pthread_join(stat->thread, NULL);
    }
    pthread_cond_destroy(&stat->changed);
    pthread_mutex_destroy(&stat->lock);
    mirti_table_input_close(stat->input.input);
    mirti_encoding_free(stat->input.declared);
    mirti_arena_reset(&stat->base.arena);
    mirti_free(stat->path);
    mirti_free(stat);
}

static mirti_table_stat_parse parse_by_ending(const char *path, const char **name) {
    static const struct {
        const char *ending, *name;
        mirti_table_stat_parse parse;
    } kinds[] = {
        {".sav", "SPSS", readstat_parse_sav},
        {".zsav", "SPSS", readstat_parse_sav},
        {".por", "SPSS portable", readstat_parse_por},
        {".dta", "Stata", readstat_parse_dta},
        {".sas7bdat", "SAS", readstat_parse_sas7bdat},
        {".xpt", "SAS transport", readstat_parse_xport},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!mirti_table_ends_with(path, kinds[i].ending)) continue;
        *name = kinds[i].name;
        return kinds[i].parse;
    }
    return NULL;
}

static mirti_status open_file(mirti_table_stat *stat, const char *path, mirti_error *err) {
    mirti_table_context *context = stat->base.context;
    const char *name = NULL;
    stat->path = mirti_strdup(path);
    if (stat->path == NULL) return mirti_fail_memory(err, "a path");
    stat->parse = parse_by_ending(path, &name);
    if (stat->parse == NULL) {
        mirti_fail(err, MIRTI_ERROR_INPUT, "no format of SPSS, Stata or SAS has this ending");
        mirti_fail_at(err, stat->base.shown, 0, 0, NULL, NULL);
        return MIRTI_ERROR_INPUT;
    }
    stat->input.base_30 = stat->parse == readstat_parse_por;
    snprintf(context->report.format, sizeof context->report.format, "%s", name);
    if (context->encoding != NULL) {
        mirti_status status = mirti_encoding_find(context->encoding, &stat->input.declared, err);
        if (status != MIRTI_OK) {
            mirti_fail_at(err, stat->base.shown, 0, 0, NULL, NULL);
            return status;
        }
        stat->input.encoding = mirti_encoding_name(stat->input.declared);
    }
    MIRTI_TRY(mirti_table_input_open(path, stat->base.shown, &stat->input.input, err));
    stat->base.total_bytes = mirti_table_input_size(stat->input.input);
    return mirti_table_stat_columns(&stat->base, &stat->input, stat->parse, stat->path, err);
}

static const mirti_table_reader_class stat_class = {read_rows, close_reader, NULL};

mirti_status mirti_table_stat_open(mirti_table_context *context, const char *path,
                                   const char *shown, mirti_table_reader **out, mirti_error *err) {
    *out = NULL;
    mirti_table_stat *stat = mirti_new(1, sizeof *stat);
    if (stat == NULL) return mirti_fail_memory(err, "a reader");
    stat->base = (mirti_table_reader){.class = &stat_class, .context = context, .shown = shown};
    if (pthread_mutex_init(&stat->lock, NULL) != 0) {
        mirti_free(stat);
        return mirti_fail(err, MIRTI_ERROR_INTERNAL, "a lock could not be made");
    }
    pthread_cond_init(&stat->changed, NULL);
    mirti_status status = open_file(stat, path, err);
    if (status != MIRTI_OK) {
        close_reader(&stat->base);
        return status;
    }
    *out = &stat->base;
    return MIRTI_OK;
}
