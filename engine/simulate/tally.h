/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is counted of the people of a place: enough to print every column of a published census
 * table, and the truth about its children. A tally is a row of whole numbers; places add up by
 * adding them.
 */
#ifndef MIRTI_SIMULATE_TALLY_H
#define MIRTI_SIMULATE_TALLY_H

#include "household.h"

/* Persons by sex: each takes two places, women and men. */
typedef enum mirti_simulate_trait {
    TRAIT_BORN_HERE,
    TRAIT_BORN_ELSEWHERE,
    TRAIT_LIVED_HERE,
    TRAIT_LIVED_ELSEWHERE,
    TRAIT_LANGUAGE_3,
    TRAIT_LANGUAGE_3_ONLY,
    TRAIT_LANGUAGE_3_SPANISH,
    TRAIT_LANGUAGE_5,
    TRAIT_LANGUAGE_5_ONLY,
    TRAIT_LANGUAGE_5_SPANISH,
    TRAIT_INDIGENOUS_HOUSEHOLD,
    TRAIT_AFRO,
    TRAIT_NO_DIFFICULTY,
    TRAIT_LIMITATION,
    TRAIT_LIMITED_SEE, /* the next six follow difficulty_kind */
    TRAIT_LIMITED_HEAR,
    TRAIT_LIMITED_WALK,
    TRAIT_LIMITED_REMEMBER,
    TRAIT_LIMITED_BATHE,
    TRAIT_LIMITED_SPEAK,
    TRAIT_MENTAL,
    TRAIT_DISABILITY,
    TRAIT_DISABLED_SEE,
    TRAIT_DISABLED_HEAR,
    TRAIT_DISABLED_WALK,
    TRAIT_DISABLED_REMEMBER,
    TRAIT_DISABLED_BATHE,
    TRAIT_DISABLED_SPEAK,
    TRAIT_ILLITERATE_8_14,
    TRAIT_ILLITERATE_15,
    TRAIT_NO_SCHOOLING_15,
    TRAIT_PRIMARY_BEGUN_15,
    TRAIT_PRIMARY_DONE_15,
    TRAIT_SECONDARY_BEGUN_15,
    TRAIT_SECONDARY_DONE_15,
    TRAIT_BEYOND_BASIC_18,
    TRAIT_SCHOOL_YEARS_15, /* a sum of years */
    TRAIT_ACTIVE,
    TRAIT_INACTIVE,
    TRAIT_WORKING,
    TRAIT_SEEKING,
    TRAIT_INSURED, /* the next nine follow insurance 1 … 9 */
    TRAIT_INSURANCE_1,
    TRAIT_INSURANCE_2,
    TRAIT_INSURANCE_3,
    TRAIT_INSURANCE_4,
    TRAIT_INSURANCE_5,
    TRAIT_INSURANCE_6,
    TRAIT_INSURANCE_7,
    TRAIT_INSURANCE_8,
    TRAIT_INSURANCE_9,
    TRAIT_SINGLE,
    TRAIT_IN_UNION,
    TRAIT_WAS_IN_UNION,
    TRAIT_CATHOLIC, /* the next three follow religion */
    TRAIT_EVANGELICAL,
    TRAIT_OTHER_RELIGION,
    TRAIT_NO_RELIGION,
    TRAIT_BIRTHS_12, /* a sum of children ever born */
    TRAIT_BY_HEAD,   /* persons by the sex of the head, not their own */
    TRAITS
} mirti_simulate_trait;

typedef enum mirti_simulate_dwelling_trait {
    DWELLING_ALL,
    DWELLING_EMPTY,
    DWELLING_TEMPORARY,
    DWELLING_HEAD_WOMAN,
    DWELLING_EARTH_FLOOR,
    DWELLING_ONE_BEDROOM,
    DWELLING_ONE_ROOM,
    DWELLING_TWO_ROOMS,
    DWELLING_ROOMS, /* a sum of rooms */
    DWELLING_ELECTRICITY,
    DWELLING_WATER,
    DWELLING_PUBLIC_WATER,
    DWELLING_TANK,
    DWELLING_CISTERN,
    DWELLING_TOILET,
    DWELLING_LATRINE,
    DWELLING_DRAINAGE,
    DWELLING_ALL_SERVICES,
    DWELLING_NO_SERVICES,
    DWELLING_DRAINED_TOILET,
    DWELLING_NO_VEHICLE,
    DWELLING_NO_GOODS,
    DWELLING_REFRIGERATOR,
    DWELLING_WASHER,
    DWELLING_MICROWAVE,
    DWELLING_CAR,
    DWELLING_MOTORCYCLE,
    DWELLING_BICYCLE,
    DWELLING_RADIO,
    DWELLING_TELEVISION,
    DWELLING_COMPUTER,
    DWELLING_TELEPHONE,
    DWELLING_MOBILE,
    DWELLING_INTERNET,
    DWELLING_PAY_TV,
    DWELLING_STREAMING,
    DWELLING_CONSOLE,
    DWELLING_NO_BROADCAST,
    DWELLING_NO_PHONE,
    DWELLING_NO_COMPUTER,
    DWELLING_NO_MEDIA,
    DWELLING_TRAITS
} mirti_simulate_dwelling_trait;

enum { MIRTI_SIMULATE_AGES = MIRTI_SIMULATE_AGE_MAX + 1, MIRTI_SIMULATE_SCHOOL_AGES = 25 };
/* Groups of children for the truth. */
enum { CHILDREN_5, CHILDREN_6_11, CHILDREN_12_17, CHILDREN_GROUPS };

typedef struct mirti_simulate_tally {
    int64_t by_age[2][MIRTI_SIMULATE_AGES];
    int64_t out_of_school[2][MIRTI_SIMULATE_SCHOOL_AGES]; /* by age, from 3 on */
    int64_t trait[TRAITS][2];
    int64_t dwelling[DWELLING_TRAITS];
    int64_t children[CHILDREN_GROUPS];
    int64_t working[CHILDREN_GROUPS];
    int64_t risk[CHILDREN_GROUPS]; /* sum of true probabilities in 1/2³² */
} mirti_simulate_tally;

void mirti_simulate_tally_dwelling(mirti_simulate_tally *tally,
                                   const mirti_simulate_dwelling *home);
/* tally += more */
void mirti_simulate_tally_add(mirti_simulate_tally *tally, const mirti_simulate_tally *more);
/* Persons from `first` to `last` years of a sex; −1 = both. */
int64_t mirti_simulate_tally_ages(const mirti_simulate_tally *tally, int first, int last, int sex);

#endif
