/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counting people and dwellings. */
#include "tally.h"

static void count_person(mirti_simulate_tally *t, const mirti_simulate_dwelling *home,
                         const mirti_simulate_person *p) {
    int sex = p->man, age = p->age;
    t->by_age[sex][age]++;
    t->trait[p->born_here ? TRAIT_BORN_HERE : TRAIT_BORN_ELSEWHERE][sex]++;
    if (age >= 5) t->trait[p->lived_here ? TRAIT_LIVED_HERE : TRAIT_LIVED_ELSEWHERE][sex]++;
    if (p->indigenous) {
        t->trait[TRAIT_LANGUAGE_3][sex]++;
        t->trait[p->spanish ? TRAIT_LANGUAGE_3_SPANISH : TRAIT_LANGUAGE_3_ONLY][sex]++;
        if (age >= 5) {
            t->trait[TRAIT_LANGUAGE_5][sex]++;
            t->trait[p->spanish ? TRAIT_LANGUAGE_5_SPANISH : TRAIT_LANGUAGE_5_ONLY][sex]++;
        }
    }
    t->trait[TRAIT_INDIGENOUS_HOUSEHOLD][sex] += home->indigenous;
    t->trait[TRAIT_AFRO][sex] += p->afro;
    if (p->difficulty == 0) {
        t->trait[TRAIT_NO_DIFFICULTY][sex]++;
    } else if (p->difficulty_kind == 6) {
        t->trait[TRAIT_MENTAL][sex]++;
    } else if (p->difficulty == 1) {
        t->trait[TRAIT_LIMITATION][sex]++;
        t->trait[TRAIT_LIMITED_SEE + p->difficulty_kind][sex]++;
    } else {
        t->trait[TRAIT_DISABILITY][sex]++;
        t->trait[TRAIT_DISABLED_SEE + p->difficulty_kind][sex]++;
    }
    t->trait[TRAIT_INSURANCE_1 + p->insurance - 1][sex]++;
    if (p->insurance != 9) t->trait[TRAIT_INSURED][sex]++;
    t->trait[TRAIT_CATHOLIC + p->religion][sex]++;
    t->trait[TRAIT_BY_HEAD][home->person[0].man]++;
    if (age >= 3 && age < MIRTI_SIMULATE_SCHOOL_AGES && !p->attending) t->out_of_school[sex][age]++;
}

static void count_schooling(mirti_simulate_tally *t, const mirti_simulate_person *p) {
    int sex = p->man, years = p->schooling;
    if (p->age >= 8 && p->age <= 14 && !p->literate) t->trait[TRAIT_ILLITERATE_8_14][sex]++;
    if (p->age < 15) return;
    t->trait[TRAIT_ILLITERATE_15][sex] += !p->literate;
    if (years <= 9)
        t->trait[years == 0   ? TRAIT_NO_SCHOOLING_15
                 : years < 6  ? TRAIT_PRIMARY_BEGUN_15
                 : years == 6 ? TRAIT_PRIMARY_DONE_15
                 : years < 9  ? TRAIT_SECONDARY_BEGUN_15
                              : TRAIT_SECONDARY_DONE_15][sex]++;
    else if (p->age >= 18)
        t->trait[TRAIT_BEYOND_BASIC_18][sex]++;
    t->trait[TRAIT_SCHOOL_YEARS_15][sex] += years;
}

static void count_grown(mirti_simulate_tally *t, const mirti_simulate_person *p) {
    int sex = p->man;
    if (p->age < 12) return;
    bool active = p->activity == MIRTI_SIMULATE_WORKING || p->activity == MIRTI_SIMULATE_SEEKING;
    t->trait[active ? TRAIT_ACTIVE : TRAIT_INACTIVE][sex]++;
    if (active)
        t->trait[p->activity == MIRTI_SIMULATE_WORKING ? TRAIT_WORKING : TRAIT_SEEKING][sex]++;
    t->trait[p->marital == 8                      ? TRAIT_SINGLE
             : p->marital >= 2 && p->marital <= 4 ? TRAIT_WAS_IN_UNION
                                                  : TRAIT_IN_UNION][sex]++;
    t->trait[TRAIT_BIRTHS_12][sex] += p->births;
}

static void count_dwelling(int64_t *d, const mirti_simulate_dwelling *home) {
    bool water = home->water != 3, drained = home->drainage != 5;
    bool phone = home->telephone || home->mobile;
    d[DWELLING_ALL]++;
    d[DWELLING_HEAD_WOMAN] += !home->person[0].man;
    d[DWELLING_EARTH_FLOOR] += home->floor == 1;
    d[DWELLING_ONE_BEDROOM] += home->bedrooms == 1;
    d[DWELLING_ONE_ROOM] += home->rooms == 1;
    d[DWELLING_TWO_ROOMS] += home->rooms == 2;
    d[DWELLING_ROOMS] += home->rooms;
    d[DWELLING_ELECTRICITY] += home->electricity;
    d[DWELLING_WATER] += water;
    d[DWELLING_PUBLIC_WATER] += home->water_public;
    d[DWELLING_TANK] += home->tank;
    d[DWELLING_CISTERN] += home->cistern;
    d[DWELLING_TOILET] += home->toilet == 1;
    d[DWELLING_LATRINE] += home->toilet == 2;
    d[DWELLING_DRAINAGE] += drained;
    d[DWELLING_ALL_SERVICES] += home->electricity && home->water_public && drained;
    d[DWELLING_NO_SERVICES] += !home->electricity && !water && !drained;
    d[DWELLING_DRAINED_TOILET] += drained && home->toilet_water;
    d[DWELLING_NO_VEHICLE] += !home->car && !home->motorcycle;
    d[DWELLING_NO_GOODS] += !home->refrigerator && !home->washer && !home->microwave &&
                            !home->car && !home->motorcycle && !home->bicycle && !home->radio &&
                            !home->television && !home->computer && !phone && !home->internet &&
                            !home->console;
    d[DWELLING_REFRIGERATOR] += home->refrigerator;
    d[DWELLING_WASHER] += home->washer;
    d[DWELLING_MICROWAVE] += home->microwave;
    d[DWELLING_CAR] += home->car;
    d[DWELLING_MOTORCYCLE] += home->motorcycle;
    d[DWELLING_BICYCLE] += home->bicycle;
    d[DWELLING_RADIO] += home->radio;
    d[DWELLING_TELEVISION] += home->television;
    d[DWELLING_COMPUTER] += home->computer;
    d[DWELLING_TELEPHONE] += home->telephone;
    d[DWELLING_MOBILE] += home->mobile;
    d[DWELLING_INTERNET] += home->internet;
    d[DWELLING_PAY_TV] += home->pay_tv;
    d[DWELLING_STREAMING] += home->streaming;
    d[DWELLING_CONSOLE] += home->console;
    d[DWELLING_NO_BROADCAST] += !home->radio && !home->television;
    d[DWELLING_NO_PHONE] += !phone;
    d[DWELLING_NO_COMPUTER] += !home->computer && !home->internet;
    d[DWELLING_NO_MEDIA] +=
        !home->radio && !home->television && !home->computer && !phone && !home->internet;
}

void mirti_simulate_tally_dwelling(mirti_simulate_tally *tally,
                                   const mirti_simulate_dwelling *home) {
    count_dwelling(tally->dwelling, home);
    for (int i = 0; i < home->persons; i++) {
        const mirti_simulate_person *p = &home->person[i];
        count_person(tally, home, p);
        count_schooling(tally, p);
        count_grown(tally, p);
        if (p->age < 5 || p->age > 17) continue;
        int group = p->age == 5 ? CHILDREN_5 : p->age < 12 ? CHILDREN_6_11 : CHILDREN_12_17;
        tally->children[group]++;
        tally->working[group] += p->works;
        tally->risk[group] += p->risk;
    }
}

void mirti_simulate_tally_add(mirti_simulate_tally *tally, const mirti_simulate_tally *more) {
    /* A struct of nothing but int64_t. */
    int64_t *to = (int64_t *)tally;
    const int64_t *from = (const int64_t *)more;
    for (size_t i = 0; i < sizeof *tally / sizeof *to; i++)
        to[i] += from[i];
}

int64_t mirti_simulate_tally_ages(const mirti_simulate_tally *tally, int first, int last, int sex) {
    int64_t sum = 0;
    if (last > MIRTI_SIMULATE_AGE_MAX) last = MIRTI_SIMULATE_AGE_MAX;
    for (int age = first; age <= last; age++) {
        if (sex != 1) sum += tally->by_age[0][age];
        if (sex != 0) sum += tally->by_age[1][age];
    }
    return sum;
}
