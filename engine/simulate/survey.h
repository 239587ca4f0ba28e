/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The household survey of a simulated country: a stratified two-stage sample of its dwellings. */
#ifndef MIRTI_SIMULATE_SURVEY_H
#define MIRTI_SIMULATE_SURVEY_H

#include "files.h"
#include "household.h"

/* A primary sampling unit that was drawn. */
typedef struct mirti_simulate_psu {
    int32_t stratum; /* from 1 */
    int32_t locality;
    int64_t upm;                       /* within the locality, from 0 */
    int64_t first_dwelling, dwellings; /* of it */
    int32_t number;                    /* in the file, from 1 */
    double weight;                     /* of each of its visited dwellings */
    int32_t visited;                   /* number of dwellings visited */
} mirti_simulate_psu;

typedef struct mirti_simulate_survey {
    int32_t strata;
    int64_t psus;
    mirti_simulate_psu *psu; /* [psus] by stratum */
    int64_t dwellings;       /* visited */
    int64_t rows;            /* children in the file */
} mirti_simulate_survey;

/* Draws the sample; needs no people, only how many dwellings there are. */
mirti_status mirti_simulate_survey_draw(const mirti_simulate_country *country,
                                        mirti_simulate_survey *survey, mirti_error *err);
enum { MIRTI_SIMULATE_VISITS_MAX = 10 };
/* A dwelling that is visited. */
typedef struct mirti_simulate_visit {
    int64_t number; /* within the locality */
    double weight;
} mirti_simulate_visit;
/* The dwellings of a PSU that are visited, ascending; returns their number. */
int mirti_simulate_survey_visits(const mirti_simulate_country *country,
                                 const mirti_simulate_odds *odds, const mirti_simulate_psu *psu,
                                 mirti_simulate_visit visit[MIRTI_SIMULATE_VISITS_MAX]);
/* Visits them and writes survey/encuesta.csv, a row for every child of 5 to 17. */
mirti_status mirti_simulate_survey_write(const mirti_simulate_country *country,
                                         const mirti_simulate_odds *odds,
                                         mirti_simulate_files *files, mirti_simulate_survey *survey,
                                         const mirti_listener *listener, mirti_error *err);
void mirti_simulate_survey_reset(mirti_simulate_survey *survey);

#endif
