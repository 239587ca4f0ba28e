/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole population, once through: census files, published results, truth. */
#ifndef MIRTI_SIMULATE_POPULATION_H
#define MIRTI_SIMULATE_POPULATION_H

#include "files.h"
#include "tally.h"

/* What is kept of an area for the files of truth and programmes. */
typedef struct mirti_simulate_truth_row {
    int64_t persons, dwellings;
    int64_t children[CHILDREN_GROUPS], working[CHILDREN_GROUPS], risk[CHILDREN_GROUPS];
    int64_t out_of_school_6_17;
} mirti_simulate_truth_row;

typedef struct mirti_simulate_population {
    mirti_simulate_truth_row *municipality; /* [municipalities] */
    mirti_simulate_truth_row *locality;     /* [localities] */
    int64_t person_rows, dwelling_rows;
} mirti_simulate_population;

/* Draws everybody, writes census/PersonasNN.CSV, ViviendasNN.CSV and iter.csv. */
mirti_status mirti_simulate_population_write(const mirti_simulate_country *country,
                                             const mirti_simulate_odds *odds,
                                             mirti_simulate_files *files,
                                             mirti_simulate_population *out,
                                             const mirti_listener *listener, mirti_error *err);
void mirti_simulate_population_reset(mirti_simulate_population *population);

#endif
