/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two files that read SPSS, Stata and SAS share. */
#ifndef MIRTI_TABLE_STAT_H
#define MIRTI_TABLE_STAT_H

#include <readstat.h>

#include "internal.h"

typedef struct mirti_table_stat mirti_table_stat;

/* One of ReadStat's parsers. */
typedef readstat_error_t (*mirti_table_stat_parse)(readstat_parser_t *parser, const char *path,
                                                   void *context);

/* Where ReadStat gets its bytes. */
typedef struct mirti_table_stat_input {
    mirti_table_input *input;
    mirti_encoding *declared; /* by the caller, or NULL */
    const char *encoding;     /* its name, or NULL */
    int64_t *bytes;           /* counter, or NULL */
    bool base_30;             /* SPSS portable: numbers are text to base 30, good for 15 digits */
} mirti_table_stat_input;

/* A parser that reads from `io`; NULL on no memory. */
readstat_parser_t *mirti_table_stat_parser(mirti_table_stat_input *io, const char *encoding);
/* Columns, labels and declared missing values of a file, into `reader`. */
mirti_status mirti_table_stat_columns(mirti_table_reader *reader, mirti_table_stat_input *io,
                                      mirti_table_stat_parse parse, const char *path,
                                      mirti_error *err);
/* A value as raw text; system missing is empty, tagged missing is ".a". `digits` holds numbers. */
mirti_str mirti_table_stat_text(const mirti_table_stat_input *io, readstat_value_t value,
                                char digits[32]);
/* Puts what ReadStat reports into our error object. */
mirti_status mirti_table_stat_fail(const char *shown, readstat_error_t result, const char *message,
                                   mirti_error *err);

#endif
