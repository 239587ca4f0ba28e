/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * People: one dwelling with its household, drawn from the locality's latent traits. A pure function
 * of (country, locality, dwelling), so that census, published results and survey meet the same
 * people, whoever asks, in whatever order.
 */
#ifndef MIRTI_SIMULATE_HOUSEHOLD_H
#define MIRTI_SIMULATE_HOUSEHOLD_H

#include "country.h"

enum { MIRTI_SIMULATE_HOUSEHOLD_MAX = 24, MIRTI_SIMULATE_AGE_MAX = 100 };

/* Relationship to the head, in the census's codes. */
enum {
    MIRTI_SIMULATE_HEAD = 101,
    MIRTI_SIMULATE_SPOUSE = 201,
    MIRTI_SIMULATE_CHILD = 301,
    MIRTI_SIMULATE_PARENT = 401,
    MIRTI_SIMULATE_SIBLING = 403,
    MIRTI_SIMULATE_GRANDCHILD = 408,
    MIRTI_SIMULATE_NEPHEW = 413,
    MIRTI_SIMULATE_CHILD_IN_LAW = 418,
    MIRTI_SIMULATE_UNRELATED = 501
};

/* Condition of activity, in the census's codes; 0 below 12 years of age. */
enum {
    MIRTI_SIMULATE_WORKING = 10,
    MIRTI_SIMULATE_SEEKING = 30,
    MIRTI_SIMULATE_RETIRED = 40,
    MIRTI_SIMULATE_STUDENT = 50,
    MIRTI_SIMULATE_HOUSEWORK = 60,
    MIRTI_SIMULATE_UNABLE = 70,
    MIRTI_SIMULATE_OTHERWISE = 80
};

enum { MIRTI_SIMULATE_AGRICULTURE = 1, MIRTI_SIMULATE_INDUSTRY, MIRTI_SIMULATE_SERVICES };

typedef struct mirti_simulate_person {
    uint16_t relationship;
    uint8_t age;
    uint8_t man;            /* 0 woman, 1 man: also the index of tallies by sex */
    uint8_t mother, father; /* number within the household from 1; 0 = lives elsewhere or dead */
    uint8_t partner;
    uint8_t marital;             /* the census's code; 0 below 12 */
    uint8_t indigenous, spanish; /* speaks; from 3 years on */
    uint8_t attending;           /* from 3 years on */
    uint8_t schooling;           /* years */
    uint8_t literate;            /* from 8 years on */
    uint8_t activity;
    uint8_t sector;                /* of the working; else 0 */
    uint8_t insurance;             /* 1 … 8 as the census has them, 9 none */
    uint8_t born_here, lived_here; /* in this state: at birth, five years ago */
    uint8_t religion;              /* 0 Catholic, 1 evangelical, 2 other, 3 none */
    uint8_t afro;
    uint8_t difficulty;      /* 0 none, 1 some (limitation), 2 much (disability) */
    uint8_t difficulty_kind; /* 0 see, 1 hear, 2 walk, 3 remember, 4 bathe, 5 speak, 6 mental */
    uint8_t births;          /* children ever born, women from 12 on */
    uint8_t works;           /* the outcome, 5 to 17 years */
    uint32_t risk;           /* its true probability in 1/2³² */
} mirti_simulate_person;

typedef struct mirti_simulate_dwelling {
    int persons;
    mirti_simulate_person person[MIRTI_SIMULATE_HOUSEHOLD_MAX]; /* the head first */
    double wealth;      /* latent: about standard normal in an average place */
    uint8_t indigenous; /* head or partner speaks an indigenous language */
    uint8_t bedrooms, rooms;
    uint8_t floor; /* 1 earth, 2 cement, 3 wood or tiles */
    uint8_t water; /* 1 in the dwelling, 2 on the premises, 3 none */
    uint8_t water_public;
    uint8_t toilet; /* 1 toilet, 2 latrine, 3 none */
    uint8_t toilet_water;
    uint8_t drainage; /* 1 network, 2 septic tank, 3 ravine, 4 river, 5 none */
    uint8_t electricity, tank, cistern;
    uint8_t refrigerator, washer, microwave, car, motorcycle, bicycle, radio, television;
    uint8_t computer, telephone, mobile, internet, pay_tv, streaming, console;
} mirti_simulate_dwelling;

/* Cuts of the logistic function on a fine grid, made once: a trait with log-odds x. */
enum { MIRTI_SIMULATE_ODDS_STEPS = 64, MIRTI_SIMULATE_ODDS_REACH = 10 };
typedef struct mirti_simulate_odds {
    uint32_t cut[2 * MIRTI_SIMULATE_ODDS_STEPS * MIRTI_SIMULATE_ODDS_REACH + 1];
} mirti_simulate_odds;
void mirti_simulate_odds_make(mirti_simulate_odds *odds);

void mirti_simulate_dwelling_draw(const mirti_simulate_country *country,
                                  const mirti_simulate_odds *odds, int32_t locality, int64_t number,
                                  mirti_simulate_dwelling *out);

#endif
