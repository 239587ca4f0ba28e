/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is true of a simulated country, and the programmes that reach it. */
#ifndef MIRTI_SIMULATE_TRUTH_H
#define MIRTI_SIMULATE_TRUTH_H

#include "population.h"

/* truth/municipality.csv, truth/locality.csv, truth/model.json. */
mirti_status mirti_simulate_truth_write(const mirti_simulate_country *country,
                                        const mirti_simulate_population *population,
                                        mirti_simulate_files *files, mirti_error *err);
/* programmes/programas.csv */
mirti_status mirti_simulate_programmes_write(const mirti_simulate_country *country,
                                             const mirti_simulate_population *population,
                                             mirti_simulate_files *files, mirti_error *err);
/* The true model as members of an object that is open. */
void mirti_simulate_truth_describe(const mirti_country_truth *truth, mirti_json *json);

#endif
