/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the census's microdata, laid out as the extended questionnaire of the Censo 2020. */
#ifndef MIRTI_SIMULATE_CENSUS_FILE_H
#define MIRTI_SIMULATE_CENSUS_FILE_H

#include "buffer.h"
#include "household.h"

extern const char mirti_simulate_person_header[];
extern const char mirti_simulate_dwelling_header[];

/* Where a dwelling stands in the census's sample. */
typedef struct mirti_simulate_place_in_census {
    int64_t number; /* within the municipality, from 1 */
    int64_t upm;    /* within the municipality, from 1 */
    int32_t factor;
} mirti_simulate_place_in_census;

/* UPM (0-based within the locality) of a dwelling; the weight it has if it is in the sample, else
 * 0. */
int64_t mirti_simulate_upm_of(const mirti_simulate_locality *locality, int64_t dwelling);
int32_t mirti_simulate_census_factor(const mirti_simulate_country *country, int32_t locality,
                                     int64_t upm);

/* Appends the rows of a dwelling and of its persons. False when memory runs out. */
bool mirti_simulate_census_rows(const mirti_simulate_country *country, int32_t locality,
                                int64_t dwelling, const mirti_simulate_place_in_census *place,
                                const mirti_simulate_dwelling *home, mirti_simulate_buffer *persons,
                                mirti_simulate_buffer *dwellings);

#endif
