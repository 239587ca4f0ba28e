/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The plan of a country, held in memory: its land as a grid of cells, its municipalities and
 * localities with what is true of them. It does not hold people: households are drawn from it one
 * by one (household.h), as often as they are needed, always the same.
 *
 * Lengths are whole centimetres in EPSG:6372; shares are probabilities in 1/2³²
 * (mirti_simulate_cut).
 */
#ifndef MIRTI_SIMULATE_COUNTRY_H
#define MIRTI_SIMULATE_COUNTRY_H

#include "mirti/simulate.h"

/* Every use of random numbers has a purpose of its own, so that none disturbs another. */
enum {
    MIRTI_SIMULATE_FOR_RELIEF = 0x5100,
    MIRTI_SIMULATE_FOR_VERTEX,
    MIRTI_SIMULATE_FOR_EDGE,
    MIRTI_SIMULATE_FOR_TERRITORY,
    MIRTI_SIMULATE_FOR_FIELD,
    MIRTI_SIMULATE_FOR_SETTLING,
    MIRTI_SIMULATE_FOR_EFFECT,
    MIRTI_SIMULATE_FOR_NAMES,
    MIRTI_SIMULATE_FOR_TOWN,
    MIRTI_SIMULATE_FOR_HOUSEHOLD,
    MIRTI_SIMULATE_FOR_ANSWERS,
    MIRTI_SIMULATE_FOR_CENSUS_SAMPLE,
    MIRTI_SIMULATE_FOR_SURVEY_SAMPLE,
    MIRTI_SIMULATE_FOR_PROGRAMMES
};

/* ------------------------------------------------------------------------------------- land --- */

/*
 * Land is made of hexagonal cells, pointed ends up, in rows; odd rows are shifted by half a cell to
 * the right. In such a grid exactly three cells meet at every corner, so that the outline of any
 * set of cells is made of closed curves that never touch themselves or each other: polygons built
 * from it tile by construction.
 */
typedef struct mirti_simulate_land {
    uint64_t seed;
    int32_t columns, rows;
    int64_t origin_x, origin_y; /* centimetres: centre of cell 0 */
    int64_t cells;              /* columns × rows */
    int64_t land_cells;
    int32_t *municipality; /* [cells] −1 = sea */
    int32_t *locality;     /* [cells] the locality whose territory it is; −1 = sea */
    uint8_t *town;         /* [cells] 1 = covered by the locality's streets */
} mirti_simulate_land;

enum { MIRTI_SIMULATE_NEIGHBOURS = 6 };
/* A country has this many times the persons of its census sample. */
enum { MIRTI_SIMULATE_POPULATION_TIMES = 4 };
enum { /* centimetres: a cell is 4.4 km wide and has 16.8 km² */
       MIRTI_SIMULATE_CELL_WIDTH = 440000,
       MIRTI_SIMULATE_CELL_ROW = 381051,   /* distance of rows: width × √3/2 */
       MIRTI_SIMULATE_CELL_RADIUS = 254034 /* centre to corner: width / √3 */
};

typedef struct mirti_simulate_point {
    int64_t x, y;
} mirti_simulate_point;

/* Neighbour `side` (0 north-west, 1 west, 2 south-west, 3 south-east, 4 east, 5 north-east) of a
 * cell, −1 outside the grid. Side i lies between corners i and i+1 (mod 6), counted against the
 * clock from the north corner. */
int64_t mirti_simulate_neighbour(const mirti_simulate_land *land, int64_t cell, int side);
/* Number of a cell's corner; the three cells that share a corner give it the same number. */
int64_t mirti_simulate_corner(const mirti_simulate_land *land, int64_t cell, int corner);
/* Where a corner is: the regular grid, shaken. */
mirti_simulate_point mirti_simulate_corner_place(const mirti_simulate_land *land, int64_t corner);
mirti_simulate_point mirti_simulate_cell_centre(const mirti_simulate_land *land, int64_t cell);

/* ------------------------------------------------------------------------------ the country --- */

typedef struct mirti_simulate_state {
    char name[64];
    int32_t code; /* 1, 2, ... in alphabetical order */
    int32_t first_municipality, municipalities;
} mirti_simulate_state;

typedef struct mirti_simulate_municipality {
    char name[96];
    int32_t state; /* index */
    int32_t code;  /* 1, 2, ... within the state, in alphabetical order */
    int64_t seat;  /* cell of its seat */
    int64_t cells;
    double poverty;     /* latent, standardised: 0 average, 1 = one standard deviation poorer */
    double indigenous;  /* share of households, 0–1 */
    double agriculture; /* share of employed heads in its countryside, 0–1 */
    double effect;      /* u_a of the true model */
    double weight;      /* relative population */
    int64_t dwellings;
    int32_t first_locality, localities;
    int32_t interval;     /* census: one of `interval` UPMs is taken where not all are */
    bool scarce;          /* census: its sample is too small to stand for it (COBERTURA 3) */
    int32_t poor_stratum; /* survey: 1 if poorer than the median of its state */
} mirti_simulate_municipality;

typedef struct mirti_simulate_locality {
    char name[96];
    int32_t municipality; /* index */
    int32_t code;         /* 1, 2, ... within the municipality; 1 is the seat */
    int64_t cell;
    mirti_simulate_point place;
    int32_t longitude_ms, latitude_ms; /* thousandths of a second of arc, east and north */
    int32_t altitude_m;
    double poverty, urbanity; /* latent; urbanity 0 hamlet … 1 city */
    double effect;            /* u_municipality + u_locality */
    int64_t dwellings;        /* inhabited */
    int64_t first_dwelling;   /* within the municipality */
    int64_t first_upm;        /* within the municipality, from 1 */
    int32_t upms;
    int64_t sample_upm; /* census: its first UPM in the order in which every k-th is taken */
    uint8_t size_class; /* TAMLOC of microdata, 1–5, by expected population */
    bool taken_whole;   /* census: everybody is asked the long questionnaire */
} mirti_simulate_locality;

typedef struct mirti_simulate_country {
    mirti_country_options options; /* with nothing left at 0 */
    mirti_country_truth truth;
    uint64_t survey_seed; /* of the survey's sample: the country's own, but for tests */
    mirti_simulate_land land;
    int32_t states, municipalities, localities;
    mirti_simulate_state *state;
    mirti_simulate_municipality *municipality; /* by state and code */
    mirti_simulate_locality *locality;         /* by municipality and code */
    int64_t dwellings;
    double household_size; /* expected */
} mirti_simulate_country;

/* A probability as a cut for mirti_rng_u32: the draw is below it with that probability. */
uint32_t mirti_simulate_cut(double probability);
/* Smooth noise with unit variance, about; `octaves` of it, the first `scale_cells` cells wide. */
double mirti_simulate_noise(uint64_t seed, uint32_t purpose, uint32_t field, double x, double y,
                            int octaves);

/* Lays out land, municipalities and states of a country whose options are set (land.c). */
mirti_status mirti_simulate_land_make(mirti_simulate_country *country, mirti_error *err);
/* Gives them people, localities and latent traits (settle.c). */
mirti_status mirti_simulate_settle(mirti_simulate_country *country, mirti_error *err);
/* Decides who fills in the census's long questionnaire (census_sample.c). */
void mirti_simulate_census_sample_plan(mirti_simulate_country *country);
/* Names everything and numbers it in alphabetical order (names.c). */
mirti_status mirti_simulate_name(mirti_simulate_country *country, mirti_error *err);
/* Names of localities; after they are settled. */
mirti_status mirti_simulate_name_localities(mirti_simulate_country *country, mirti_error *err);
/* All of the above. */
mirti_status mirti_simulate_plan(const mirti_country_options *options,
                                 mirti_simulate_country *country, mirti_error *err);
/* USAGE for options that make no sense. */
mirti_status mirti_simulate_options_check(const mirti_country_options *options, mirti_error *err);
void mirti_simulate_country_reset(mirti_simulate_country *country);

/* -------------------------------------------------------------------------------- projection --- */

/* EPSG:6372 (Lambert conformal conic, GRS 80) by IEEE basic operations; degrees and centimetres. */
void mirti_simulate_project(double longitude_deg, double latitude_deg, double *x_cm, double *y_cm);
void mirti_simulate_unproject(double x_cm, double y_cm, double *longitude_deg,
                              double *latitude_deg);

#endif
