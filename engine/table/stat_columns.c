/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a file of SPSS, Stata or SAS says of its columns: names, labels, value labels, and values
 * that count as missing. Value labels stand in named sets that come in the file before or after the
 * columns that use them, so both are collected first and joined at the end.
 */
#include <float.h>
#include <math.h>
#include <string.h>

#include "stat.h"

typedef struct column {
    char *name, *label, *set; /* name of its set of value labels; NULL: none */
    int width, decimals;
    bool numeric;
    int missing_ranges;
    mirti_missing_range *missing;
} column;

typedef struct labelled {
    const char *set;
    mirti_value_label label;
} labelled;

typedef struct collection {
    mirti_table_reader *reader;
    const mirti_table_stat_input *io;
    mirti_arena *arena; /* the reader's */
    int columns, column_room;
    column *column;
    int labels, label_room;
    labelled *label;
    bool failed; /* memory ran out */
    char message[256];
} collection;

/* Base 30 has no exact 0.375: what the file meant is the nearest number of 15 digits. */
static mirti_str rounded(double number, char digits[32]) {
    mirti_text text = {0};
    mirti_text_printf(&text, "%.15g", number);
    double back = number;
    if (!text.failed) (void)mirti_number_parse((mirti_str){text.data, text.size}, &back);
    mirti_text_reset(&text);
    int size = mirti_number_print(back, digits);
    return (mirti_str){digits, (size_t)size};
}

mirti_str mirti_table_stat_text(const mirti_table_stat_input *io, readstat_value_t value,
                                char digits[32]) {
    if (readstat_value_is_system_missing(value)) return (mirti_str){"", 0};
    if (readstat_value_is_tagged_missing(value)) {
        digits[0] = '.';
        digits[1] = readstat_value_tag(value);
        digits[2] = '\0';
        return (mirti_str){digits, 2};
    }
    if (readstat_value_type_class(value) == READSTAT_TYPE_CLASS_STRING)
        return mirti_str_of(readstat_string_value(value));
    int size = mirti_number_print(readstat_double_value(value), digits);
    if (io->base_30 && size > 15) return rounded(readstat_double_value(value), digits);
    return (mirti_str){digits, (size_t)size};
}

static char *keep(collection *c, mirti_str text) {
    char *copy = mirti_arena_copy(c->arena, text.data, text.size);
    if (copy == NULL) c->failed = true;
    return copy;
}

static char *keep_value(collection *c, readstat_value_t value) {
    char digits[32];
    return keep(c, mirti_table_stat_text(c->io, value, digits));
}

/* The end of a range: SPSS writes LOWEST and HIGHEST as the largest doubles. */
static char *keep_end(collection *c, readstat_value_t value) {
    if (readstat_value_type_class(value) == READSTAT_TYPE_CLASS_NUMERIC) {
        double number = readstat_double_value(value);
        if (number <= -DBL_MAX / 2) return keep(c, mirti_str_of("-inf"));
        if (number >= DBL_MAX / 2) return keep(c, mirti_str_of("inf"));
    }
    return keep_value(c, value);
}

/* Room for one more element. */
static bool grow(void **array, int count, int *room, size_t size) {
    if (count < *room) return true;
    int larger = *room == 0 ? 64 : 2 * *room;
    void *grown = mirti_resize(*array, (size_t)larger, size);
    if (grown == NULL) return false;
    *array = grown;
    *room = larger;
    return true;
}

/* ---------------------------------------------------------------------------------- callbacks -- */

static int on_metadata(readstat_metadata_t *metadata, void *context) {
    collection *c = context;
    mirti_source_report *report = &c->reader->context->report;
    const char *encoding = readstat_get_file_encoding(metadata);
    if (report->encoding[0] == '\0')
        snprintf(report->encoding, sizeof report->encoding, "%s",
                 encoding != NULL ? encoding : "UTF-8");
    return READSTAT_HANDLER_OK;
}

/* "F8.2": decimals behind the point. */
static int decimals_of(const char *format) {
    const char *point = format != NULL ? strrchr(format, '.') : NULL;
    int decimals = 0;
    for (const char *p = point != NULL ? point + 1 : ""; *p >= '0' && *p <= '9'; p++)
        decimals = 10 * decimals + (*p - '0');
    return decimals > 40 ? 40 : decimals;
}

static int on_variable(int index, readstat_variable_t *variable, const char *set, void *context) {
    (void)index;
    collection *c = context;
    void *array = c->column;
    if (!grow(&array, c->columns, &c->column_room, sizeof *c->column)) {
        c->failed = true;
        return READSTAT_HANDLER_ABORT;
    }
    c->column = array;
    const char *label = readstat_variable_get_label(variable);
    column *one = &c->column[c->columns++];
    *one = (column){.width = readstat_variable_get_display_width(variable),
                    .decimals = decimals_of(readstat_variable_get_format(variable)),
                    .numeric =
                        readstat_variable_get_type_class(variable) == READSTAT_TYPE_CLASS_NUMERIC,
                    .missing_ranges = readstat_variable_get_missing_ranges_count(variable)};
    one->name = keep(c, mirti_str_of(readstat_variable_get_name(variable)));
    if (label != NULL && label[0] != '\0') one->label = keep(c, mirti_str_of(label));
    if (set != NULL) one->set = keep(c, mirti_str_of(set));
    one->missing = mirti_arena_new(c->arena, (size_t)one->missing_ranges * sizeof *one->missing);
    if (one->missing == NULL) c->failed = true;
    for (int i = 0; i < one->missing_ranges && !c->failed; i++) {
        one->missing[i].low = keep_end(c, readstat_variable_get_missing_range_lo(variable, i));
        one->missing[i].high = keep_end(c, readstat_variable_get_missing_range_hi(variable, i));
    }
    return c->failed ? READSTAT_HANDLER_ABORT : READSTAT_HANDLER_OK;
}

static int on_value_label(const char *set, readstat_value_t value, const char *label,
                          void *context) {
    collection *c = context;
    void *array = c->label;
    if (!grow(&array, c->labels, &c->label_room, sizeof *c->label)) {
        c->failed = true;
        return READSTAT_HANDLER_ABORT;
    }
    c->label = array;
    c->label[c->labels++] =
        (labelled){.set = keep(c, mirti_str_of(set)),
                   .label = {keep_value(c, value), keep(c, mirti_str_of(label))}};
    return c->failed ? READSTAT_HANDLER_ABORT : READSTAT_HANDLER_OK;
}

static void on_error(const char *message, void *context) {
    collection *c = context;
    snprintf(c->message, sizeof c->message, "%s", message);
}

/* ------------------------------------------------------------------------------------- joining -- */

static mirti_status join_labels(const collection *c, const column *one,
                                mirti_field_meaning *meaning, mirti_error *err) {
    if (one->set == NULL) return MIRTI_OK;
    int count = 0;
    for (int i = 0; i < c->labels; i++)
        if (strcmp(c->label[i].set, one->set) == 0) count++;
    mirti_value_label *label = mirti_arena_new(c->arena, (size_t)count * sizeof *label);
    if (label == NULL) return mirti_fail_memory(err, "value labels");
    meaning->label = label;
    for (int i = 0; i < c->labels; i++)
        if (strcmp(c->label[i].set, one->set) == 0) label[meaning->labels++] = c->label[i].label;
    return MIRTI_OK;
}

static mirti_status describe(const collection *c, mirti_error *err) {
    mirti_table_reader *reader = c->reader;
    if (c->columns == 0) {
        mirti_fail(err, MIRTI_ERROR_INPUT, "the file has no columns");
        mirti_fail_at(err, reader->shown, 0, 0, NULL, NULL);
        return MIRTI_ERROR_INPUT;
    }
    mirti_str *name = mirti_new((size_t)c->columns, sizeof *name);
    if (name == NULL) return mirti_fail_memory(err, "the columns of a table");
    for (int i = 0; i < c->columns; i++)
        name[i] = mirti_str_of(c->column[i].name);
    mirti_status status = mirti_table_name_fields(reader, name, c->columns, err);
    mirti_free(name);
    for (int i = 0; i < c->columns && status == MIRTI_OK; i++) {
        const column *one = &c->column[i];
        mirti_field_meaning *meaning = &reader->meaning[i];
        reader->field[i].label = one->label;
        meaning->width = one->width;
        meaning->decimals = one->decimals;
        meaning->numeric = one->numeric;
        meaning->missing_ranges = one->missing_ranges;
        meaning->missing = one->missing;
        status = join_labels(c, one, meaning, err);
    }
    return status;
}

/* Parses once with all handlers; what fails is left to the caller. */
static readstat_error_t collect(collection *c, mirti_table_stat_input *io,
                                mirti_table_stat_parse parse, const char *path) {
    readstat_parser_t *parser = mirti_table_stat_parser(io, io->encoding);
    if (parser == NULL) return READSTAT_ERROR_MALLOC;
    readstat_set_metadata_handler(parser, on_metadata);
    readstat_set_variable_handler(parser, on_variable);
    readstat_set_value_label_handler(parser, on_value_label);
    readstat_set_error_handler(parser, on_error);
    readstat_error_t result = parse(parser, path, c);
    readstat_parser_free(parser);
    return result;
}

/* SAS keeps value labels in a catalogue beside the data, called like them or "formats". That there
 * is none is no error, and one that cannot be read is only said: the data are whole without it. */
static mirti_status read_catalogue(collection *c, const mirti_table_stat_input *io,
                                   const char *path, mirti_error *err) {
    const char *slash = strrchr(path, '/');
    size_t folder = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    size_t stem = strlen(path) - strlen(".sas7bdat");
    for (int i = 0; i < 2; i++) {
        mirti_text name = {0};
        mirti_text_add(&name, path, i == 0 ? stem : folder);
        mirti_text_puts(&name, i == 0 ? ".sas7bcat" : "formats.sas7bcat");
        if (name.failed) return mirti_fail_memory(err, "a path");
        mirti_table_stat_input catalogue = {.encoding = io->encoding};
        mirti_status status = mirti_table_input_open(name.data, name.data, &catalogue.input, NULL);
        readstat_error_t result = READSTAT_OK;
        if (status == MIRTI_OK) result = collect(c, &catalogue, readstat_parse_sas7bcat, name.data);
        mirti_table_input_close(catalogue.input);
        if (result != READSTAT_OK && !c->failed)
            mirti_table_note(c->reader->context, MIRTI_LOG_WARNING, "bad-catalogue", name.data, 0,
                             NULL, NULL, "the value labels cannot be read: %s",
                             readstat_error_message(result));
        mirti_text_reset(&name);
        if (status == MIRTI_ERROR_MEMORY) return mirti_fail_memory(err, "value labels");
        if (status == MIRTI_OK) break;
    }
    return MIRTI_OK;
}

mirti_status mirti_table_stat_columns(mirti_table_reader *reader, mirti_table_stat_input *io,
                                      mirti_table_stat_parse parse, const char *path,
                                      mirti_error *err) {
    collection c = {.reader = reader, .io = io, .arena = &reader->arena};
    readstat_error_t result = collect(&c, io, parse, path);
    mirti_status status = MIRTI_OK;
    if (result == READSTAT_OK && parse == readstat_parse_sas7bdat)
        status = read_catalogue(&c, io, path, err);
    if (c.failed) {
        status = mirti_fail_memory(err, "the columns of a table");
    } else if (result != READSTAT_OK) {
        status = mirti_table_stat_fail(reader->shown, result, c.message, err);
    } else if (status == MIRTI_OK) {
        status = describe(&c, err);
    }
    mirti_free(c.column);
    mirti_free(c.label);
    return status;
}
