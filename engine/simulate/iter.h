/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published results by locality, laid out as INEGI's ITER 2020. */
#ifndef MIRTI_SIMULATE_ITER_H
#define MIRTI_SIMULATE_ITER_H

#include "buffer.h"
#include "files.h"
#include "tally.h"

enum { MIRTI_SIMULATE_ITER_COLUMNS = 277 };

typedef enum mirti_simulate_iter_kind {
    AGES,              /* persons from a to b years */
    PERSONS,           /* trait a */
    PADDED,            /* the same, padded with blanks to nine places, as some columns are */
    OUT_OF_SCHOOL,     /* persons from a to b years who do not attend school */
    IN_SCHOOL,         /* who do */
    DWELLINGS,         /* dwelling trait a */
    DWELLINGS_WITHOUT, /* inhabited dwellings without it */
    THREE_ROOMS,
    ALL_DWELLINGS, /* empty ones too */
    MEN_PER_WOMEN, /* means and ratios, two decimals */
    MEAN_BIRTHS,
    MEAN_SCHOOLING,
    PER_DWELLING,
    PER_ROOM,
    SIZE_CLASS
} mirti_simulate_iter_kind;

typedef struct mirti_simulate_iter_column {
    const char *name;
    mirti_simulate_iter_kind kind;
    int16_t a, b;
    int16_t sex; /* 0 women, 1 men, −1 both */
} mirti_simulate_iter_column;

extern const mirti_simulate_iter_column mirti_simulate_iter_columns[MIRTI_SIMULATE_ITER_COLUMNS];

/* The file in the making. Rows of states wait for the nation's, rows of localities for their
 * municipality's. */
typedef struct mirti_simulate_iter {
    const mirti_simulate_country *country;
    mirti_simulate_tally nation[3]; /* all; of one-dwelling localities; of two-dwelling ones */
    mirti_simulate_tally state[3];
    mirti_simulate_buffer body;           /* rows of finished states */
    mirti_simulate_buffer municipalities; /* rows of the state at hand */
} mirti_simulate_iter;

/* Takes the tallies of all localities of a municipality, in their order. */
mirti_status mirti_simulate_iter_municipality(mirti_simulate_iter *iter, int32_t municipality,
                                              const mirti_simulate_tally *locality,
                                              mirti_error *err);
/* After the last municipality of a state. */
mirti_status mirti_simulate_iter_state(mirti_simulate_iter *iter, int32_t state, mirti_error *err);
/* Writes the file. */
mirti_status mirti_simulate_iter_write(mirti_simulate_iter *iter, mirti_simulate_files *files,
                                       const char *name, mirti_error *err);
void mirti_simulate_iter_reset(mirti_simulate_iter *iter);

#endif
