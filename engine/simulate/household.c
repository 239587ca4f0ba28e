/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who lives in a dwelling. Wealth comes first, around the level of the place; head, partner and the
 * mother's history of births follow, then whoever else lives there; then schooling and work of the
 * grown-ups; then the children's school and, last, whether a child works, by the true model alone.
 * Rates were set by eye so that the margins look like a middle-income country's; nothing was
 * fitted.
 */
#include "household.h"

#include <string.h>

#include "children.h"

/* What the drawing of one dwelling shares. */
typedef struct scene {
    const mirti_simulate_country *country;
    const mirti_simulate_municipality *municipality;
    const mirti_simulate_locality *locality;
    const mirti_simulate_odds *odds;
    mirti_rng rng;
    mirti_simulate_dwelling *home;
    double z;   /* wealth of the household */
    double urb; /* urbanity of the place, centred */
} scene;

void mirti_simulate_odds_make(mirti_simulate_odds *odds) {
    for (int i = 0; i <= 2 * MIRTI_SIMULATE_ODDS_STEPS * MIRTI_SIMULATE_ODDS_REACH; i++) {
        double x = (double)i / MIRTI_SIMULATE_ODDS_STEPS - MIRTI_SIMULATE_ODDS_REACH;
        odds->cut[i] = mirti_simulate_cut(mirti_logistic(x));
    }
}

/* True with log-odds `x`. */
static bool chance(scene *s, double x) {
    double step = (x + MIRTI_SIMULATE_ODDS_REACH) * MIRTI_SIMULATE_ODDS_STEPS + 0.5;
    int last = 2 * MIRTI_SIMULATE_ODDS_STEPS * MIRTI_SIMULATE_ODDS_REACH;
    int index = step < 0.0 ? 0 : step > (double)last ? last : (int)step;
    return mirti_rng_u32(&s->rng) < s->odds->cut[index];
}
/* True in `per_mille` of 1000 cases. */
static bool sometimes(scene *s, uint32_t per_mille) {
    return mirti_rng_u32(&s->rng) < per_mille * UINT32_C(4294967);
}
static int below(scene *s, uint32_t n) {
    return (int)((uint64_t)mirti_rng_u32(&s->rng) * n >> 32);
}

static mirti_simulate_person *enter(scene *s, uint16_t relationship, int age, bool man) {
    mirti_simulate_dwelling *home = s->home;
    if (home->persons == MIRTI_SIMULATE_HOUSEHOLD_MAX) return NULL;
    mirti_simulate_person *person = &home->person[home->persons++];
    memset(person, 0, sizeof *person);
    person->relationship = relationship;
    person->age = (uint8_t)(age > MIRTI_SIMULATE_AGE_MAX ? MIRTI_SIMULATE_AGE_MAX
                            : age < 0                    ? 0
                                                         : age);
    person->man = man;
    return person;
}

static uint8_t number_of(const scene *s, const mirti_simulate_person *person) {
    return (uint8_t)(person - s->home->person + 1);
}

/* -------------------------------------------------------------------------------- the family -- */

static int head_age(scene *s) {
    /* Heads of household by age, per mille: 15–19, 20–24, …, 85–94. */
    static const uint16_t share[] = {8, 48, 92, 112, 118, 116, 108, 98, 84, 70, 54, 41, 28, 15, 8};
    int draw = below(s, 1000), group = 0;
    while (group < 14 && draw >= share[group]) {
        draw -= share[group];
        group++;
    }
    return 15 + 5 * group + below(s, group == 14 ? 10 : 5);
}

static void marry(mirti_simulate_person *a, mirti_simulate_person *b, uint8_t na, uint8_t nb,
                  uint8_t marital) {
    a->partner = nb;
    b->partner = na;
    a->marital = b->marital = marital;
}

static uint8_t kind_of_union(scene *s, int age) {
    int draw = below(s, 100);
    int free_union = age < 30 ? 60 : age < 45 ? 35 : 18;
    return (uint8_t)(draw < free_union ? 1 : draw < free_union + 15 ? 5 : draw < 97 ? 7 : 6);
}

/* A woman's births: how many, and the ages of those children today, eldest first. */
static int births_of(scene *s, int woman_age, double z, int *age, int room) {
    int first = 16 + below(s, 6);
    first += below(s, z > 0.0 ? 8 : 4);
    double cohort = woman_age > 80 ? 40.0 : woman_age < 30 ? -10.0 : (double)woman_age - 40.0;
    double more = 1.60 - 0.45 * z + 0.028 * cohort + (s->home->indigenous ? 0.3 : 0.0);
    int count = 0;
    if (!chance(s, 2.5 - 0.2 * z)) return 0;
    for (int at = first; at <= 44 && at < woman_age + 1 && count < room; at += 2 + below(s, 4)) {
        if (at > woman_age) break;
        age[count++] = woman_age - at;
        if (!chance(s, more - 0.55 * (double)(count - 1))) break;
    }
    return count;
}

static bool still_at_home(scene *s, int age) {
    if (age < 15) return sometimes(s, 970);
    if (age < 18) return sometimes(s, 930);
    if (age < 22) return sometimes(s, 830);
    if (age < 26) return sometimes(s, 650);
    if (age < 31) return sometimes(s, 430);
    if (age < 40) return sometimes(s, 200);
    return sometimes(s, 70);
}

enum { BIRTHS_MAX = 12 };

/* The children of a woman who live here. */
static void add_children(scene *s, uint8_t mother, uint8_t father, uint16_t relationship) {
    int age[BIRTHS_MAX];
    mirti_simulate_person *woman = &s->home->person[mother - 1];
    int births = births_of(s, woman->age, s->z, age, BIRTHS_MAX);
    woman->births = (uint8_t)births;
    for (int i = 0; i < births; i++) {
        if (!still_at_home(s, age[i])) continue;
        mirti_simulate_person *child = enter(s, relationship, age[i], sometimes(s, 512));
        if (child == NULL) return;
        child->mother = mother;
        child->father = father;
    }
}

/* Grown daughters, and sons with a partner, who brought up children in their parents' house. */
static void add_grandchildren(scene *s) {
    int family = s->home->persons;
    for (int i = 1; i < family; i++) {
        mirti_simulate_person *child = &s->home->person[i];
        if (child->relationship != MIRTI_SIMULATE_CHILD || child->age < 18) continue;
        if (!chance(s, child->man ? -2.1 - 0.3 * s->z : -1.2 - 0.4 * s->z)) continue;
        uint8_t own = number_of(s, child), other = 0;
        if (child->man || sometimes(s, 400)) {
            int years = child->age + (child->man ? -3 : 0) + below(s, 5);
            mirti_simulate_person *in_law =
                enter(s, MIRTI_SIMULATE_CHILD_IN_LAW, years, !child->man);
            if (in_law == NULL) return;
            if (in_law->age < 17) in_law->age = 17;
            other = number_of(s, in_law);
            marry(child, in_law, own, other, 1);
        }
        add_children(s, child->man ? other : own, child->man ? own : other,
                     MIRTI_SIMULATE_GRANDCHILD);
    }
}

/* Somebody from `youngest` years on, within a span, a man in `men` of 1000 cases. One draw a
 * statement: C leaves open in which order the parts of an expression are worked out. */
static mirti_simulate_person *enter_anybody(scene *s, uint16_t relationship, int youngest,
                                            uint32_t span, uint32_t men) {
    int age = youngest + below(s, span);
    bool man = sometimes(s, men);
    return enter(s, relationship, age, man);
}

static void add_others(scene *s) {
    const mirti_simulate_person *head = &s->home->person[0];
    int age = head->age;
    if (age < 62 && sometimes(s, 45)) {
        mirti_simulate_person *parent = enter_anybody(s, MIRTI_SIMULATE_PARENT, age + 20, 15, 250);
        if (parent != NULL && !parent->man) parent->births = (uint8_t)(2 + below(s, 6));
        if (parent != NULL && parent->man)
            s->home->person[0].father = number_of(s, parent);
        else if (parent != NULL)
            s->home->person[0].mother = number_of(s, parent);
    }
    if (sometimes(s, 55))
        enter_anybody(s, MIRTI_SIMULATE_SIBLING, age < 20 ? 10 : age - 8, 16, 550);
    if (sometimes(s, 50)) enter_anybody(s, MIRTI_SIMULATE_NEPHEW, 3, 22, 500);
    if (sometimes(s, 15)) enter_anybody(s, MIRTI_SIMULATE_UNRELATED, 14, 45, 400);
}

static void draw_family(scene *s) {
    int age = head_age(s);
    bool man = !chance(s, age < 30 ? -1.35 : age < 60 ? -0.85 : -0.35);
    mirti_simulate_person *head = enter(s, MIRTI_SIMULATE_HEAD, age, man);
    double with = man ? (age < 22 ? 0.2 : age < 30 ? 1.3 : age < 70 ? 2.1 : 1.0) : -1.3;
    uint8_t mother = man ? 0 : 1, father = man ? 1 : 0;
    if (chance(s, with)) {
        int years = age + (man ? 2 - below(s, 8) : 5 - below(s, 8));
        mirti_simulate_person *partner =
            enter(s, MIRTI_SIMULATE_SPOUSE, years < 16 ? 16 : years, !man);
        marry(head, partner, 1, 2, kind_of_union(s, age));
        *(man ? &mother : &father) = 2;
    }
    if (mother != 0) {
        add_children(s, mother, father, MIRTI_SIMULATE_CHILD);
    } else if (age > 28 && sometimes(s, 180)) { /* a father on his own */
        int count = 1 + below(s, 2);
        for (int i = 0; i < count; i++) {
            int years = age - 24 - below(s, 8) - 3 * i;
            mirti_simulate_person *child =
                enter(s, MIRTI_SIMULATE_CHILD, years < 0 ? 0 : years % 26, sometimes(s, 550));
            if (child != NULL) child->father = 1;
        }
    }
    add_grandchildren(s);
    add_others(s);
}

/* ---------------------------------------------------------------------------------- everyone -- */

/* Years of schooling of those who left school: steps that people stop at. */
static int years_of_schooling(scene *s, int age, bool indigenous) {
    static const double reached[] = {3.9, 2.9, 2.0, 0.75, -0.35, -1.6, -3.9};
    static const uint8_t years[] = {0, 3, 6, 9, 12, 16, 18, 20};
    double base = -0.45 + 0.85 * s->z + 0.5 * s->urb - (indigenous ? 0.7 : 0.0);
    if (age > 30) base -= 0.050 * (double)(age - 30);
    /* One draw against falling cuts. */
    uint32_t draw = mirti_rng_u32(&s->rng);
    int level = 0;
    while (level < 7) {
        double step =
            (reached[level] + base + MIRTI_SIMULATE_ODDS_REACH) * MIRTI_SIMULATE_ODDS_STEPS + 0.5;
        int last = 2 * MIRTI_SIMULATE_ODDS_STEPS * MIRTI_SIMULATE_ODDS_REACH;
        int index = step < 0.0 ? 0 : step > (double)last ? last : (int)step;
        if (draw >= s->odds->cut[index]) break;
        level++;
    }
    return years[level];
}

static void attend_school(scene *s, mirti_simulate_person *person) {
    static const float by_age[] = {-0.3F, 1.7F,  3.0F,  4.3F,  4.4F,  4.4F,  4.3F,  4.2F,  4.0F,
                                   3.4F,  3.0F,  2.5F,  1.8F,  1.4F,  1.0F,  0.1F,  -0.2F, -0.4F,
                                   -0.7F, -1.1F, -1.6F, -2.0F, -2.4F, -2.7F, -3.0F, -3.2F, -3.4F};
    int age = person->age;
    if (age < 3) return;
    double x = age < 30 ? (double)by_age[age - 3] : -5.0;
    if (age > 11 && person->partner != 0) x -= 3.0;
    person->attending = chance(s, x + 0.6 * s->z + 0.3 * s->urb - (person->indigenous ? 0.3 : 0.0));
    int due = age - 6;
    if (due < 0) due = 0;
    if (person->attending) {
        int behind = sometimes(s, 160) ? 1 : 0;
        person->schooling = (uint8_t)(due > 16 ? 16 : due > behind ? due - behind : 0);
    } else {
        int years = years_of_schooling(s, age, person->indigenous);
        person->schooling = (uint8_t)(years > due ? due : years);
    }
    if (age >= 8)
        person->literate = person->schooling >= 3 || chance(s, age < 15                ? 1.6
                                                               : person->schooling > 0 ? 1.0
                                                                                       : -1.8);
}

static void take_up_work(scene *s, mirti_simulate_person *person) {
    int age = person->age;
    if (age < 12) return;
    double x;
    if (person->man)
        x = age < 20 ? 0.2 : age < 60 ? 2.4 : age < 70 ? 0.5 : age < 80 ? -0.8 : -2.4;
    else
        x = age < 20 ? -0.4 : age < 60 ? 0.5 : age < 70 ? -0.8 : -2.4;
    x += 0.03 * (double)(person->schooling - 9);
    if (person->attending) x -= 1.8;
    if (person->man == 0 && person->partner != 0) x -= 0.35;
    if (age < 18) x = -20.0; /* children: by the true model, later */
    if (chance(s, x)) {
        person->activity = MIRTI_SIMULATE_WORKING;
        double field = -1.2 + 2.6 * s->municipality->agriculture - 2.4 * (s->urb + 0.4) -
                       0.35 * s->z - 0.09 * (double)(person->schooling - 9) -
                       (person->man ? 0.0 : 1.6);
        person->sector = chance(s, field)                        ? MIRTI_SIMULATE_AGRICULTURE
                         : sometimes(s, person->man ? 330 : 200) ? MIRTI_SIMULATE_INDUSTRY
                                                                 : MIRTI_SIMULATE_SERVICES;
    } else if (person->attending) {
        person->activity = MIRTI_SIMULATE_STUDENT;
    } else if (age >= 18 && age < 65 && sometimes(s, person->man ? 160 : 12)) {
        person->activity = MIRTI_SIMULATE_SEEKING;
    } else if (age >= 60 && sometimes(s, person->man ? 550 : 180)) {
        person->activity = MIRTI_SIMULATE_RETIRED;
    } else if (!person->man) {
        person->activity = MIRTI_SIMULATE_HOUSEWORK;
    } else {
        person->activity =
            age > 70 || sometimes(s, 200) ? MIRTI_SIMULATE_UNABLE : MIRTI_SIMULATE_OTHERWISE;
    }
}

static void settle_marriage(scene *s, mirti_simulate_person *person) {
    if (person->age < 12 || person->partner != 0) return;
    int age = person->age;
    if (age < 18 || chance(s, age < 25 ? 2.6 : age < 35 ? 1.0 : age < 50 ? -0.2 : -1.4))
        person->marital = 8; /* single */
    else
        person->marital = (uint8_t)(sometimes(s, age < 60 ? 100 : 650) ? 4 /* widowed */
                                    : sometimes(s, 300)                ? 3 /* divorced */
                                                                       : 2);              /* separated */
}

/* Traits that no model here uses, but that published results count. */
static void draw_background(scene *s, mirti_simulate_person *person, uint8_t insurance,
                            uint8_t religion, bool afro) {
    int age = person->age;
    person->insurance = sometimes(s, 880) ? insurance : 9;
    person->religion = religion;
    person->afro = afro;
    person->born_here = sometimes(s, age < 15 ? 940 : 820);
    person->lived_here = age >= 5 && sometimes(s, age < 40 ? 950 : 982);
    if (chance(s, -3.9 + 0.055 * (double)age - 0.15 * s->z)) {
        person->difficulty = sometimes(s, 320) ? 2 : 1;
        person->difficulty_kind = (uint8_t)below(s, 7);
    }
    if (!person->man && age >= 12 && person->births == 0 && age > 20 && person->partner == 0 &&
        sometimes(s, age < 30 ? 250 : 600))
        person->births = (uint8_t)(1 + below(s, age < 30 ? 2 : 4));
}

static uint8_t household_insurance(scene *s) {
    if (chance(s, -0.1 + 0.75 * s->z + 0.6 * s->urb)) {
        int draw = below(s, 100);
        return (uint8_t)(draw < 80 ? 1 : draw < 93 ? 2 : draw < 96 ? 3 : draw < 97 ? 4 : 7);
    }
    int draw = below(s, 100);
    return (uint8_t)(draw < 64 ? 5 : draw < 68 ? 6 : draw < 70 ? 8 : 9);
}

/* ------------------------------------------------------------------------------- the dwelling -- */

static void furnish(scene *s) {
    mirti_simulate_dwelling *home = s->home;
    double z = s->z, urb = s->urb;
    home->floor = chance(s, -3.2 - 1.3 * z - 1.2 * urb)   ? 1
                  : chance(s, -0.4 + 0.9 * z + 0.6 * urb) ? 3
                                                          : 2;
    home->water = chance(s, 1.3 + 0.9 * z + 2.0 * urb)   ? 1
                  : chance(s, 1.0 + 0.4 * z + 1.0 * urb) ? 2
                                                         : 3;
    home->water_public = home->water != 3 && chance(s, 2.4 + 0.2 * z + 1.5 * urb);
    home->toilet = chance(s, 3.4 + 0.8 * z + 0.6 * urb) ? 1 : sometimes(s, 550) ? 2 : 3;
    home->toilet_water = home->toilet == 1 && home->water != 3 && chance(s, 1.4 + 0.9 * z + urb);
    if (!chance(s, 2.7 + 0.9 * z + 2.2 * urb))
        home->drainage = 5;
    else if (chance(s, 0.9 + 4.0 * urb))
        home->drainage = 1;
    else
        home->drainage = sometimes(s, 900) ? 2 : sometimes(s, 600) ? 3 : 4;
    home->electricity = chance(s, 4.9 + 0.9 * z + 0.8 * urb);
    bool power = home->electricity;
    home->tank = chance(s, 0.3 + 0.4 * z + 0.6 * urb);
    home->cistern = chance(s, -1.6 + 0.6 * z + 0.8 * urb);
    home->refrigerator = power && chance(s, 2.2 + 1.2 * z + 0.8 * urb);
    home->washer = power && chance(s, 1.1 + 1.0 * z + 0.9 * urb);
    home->microwave = power && chance(s, -0.4 + 1.1 * z + 1.2 * urb);
    home->car = chance(s, -0.3 + 1.0 * z + 0.3 * urb);
    home->motorcycle = chance(s, -1.7 - 0.3 * urb);
    home->bicycle = chance(s, -1.1 + 0.1 * z - 0.2 * urb);
    home->radio = chance(s, 0.7 + 0.4 * z + 0.3 * urb);
    home->television = power && chance(s, 2.6 + 1.0 * z + 0.8 * urb);
    home->computer = power && chance(s, -0.8 + 1.4 * z + 1.2 * urb);
    home->telephone = chance(s, -0.8 + 1.0 * z + 1.6 * urb);
    home->mobile = chance(s, 2.2 + 1.0 * z + 1.0 * urb);
    home->internet = power && chance(s, 0.0 + 1.3 * z + 1.9 * urb);
    home->pay_tv = home->television && chance(s, -0.3 + 0.7 * z + 0.5 * urb);
    home->streaming = home->internet && chance(s, -1.2 + 1.0 * z + 0.8 * urb);
    home->console = power && chance(s, -2.4 + 1.1 * z + 1.1 * urb);
    int bedrooms = 1;
    while (bedrooms < 5 && chance(s, (bedrooms == 1 ? 0.4 : -0.9) + 0.45 * z))
        bedrooms++;
    home->bedrooms = (uint8_t)bedrooms;
    int others = chance(s, 2.0 + 0.5 * z) ? 1 : 0;
    if (chance(s, 0.6 + 0.7 * z)) others++;
    if (chance(s, -1.8 + 0.8 * z)) others++;
    home->rooms = (uint8_t)(bedrooms + others);
}

void mirti_simulate_dwelling_draw(const mirti_simulate_country *country,
                                  const mirti_simulate_odds *odds, int32_t locality, int64_t number,
                                  mirti_simulate_dwelling *out) {
    const mirti_simulate_locality *place = &country->locality[locality];
    scene s = {
        .country = country,
        .municipality = &country->municipality[place->municipality],
        .locality = place,
        .odds = odds,
        .rng = mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_HOUSEHOLD,
                            (uint64_t)locality << 32 | (uint64_t)number),
        .home = out,
        .urb = place->urbanity - 0.4,
    };
    out->persons = 0;
    /* The sum of four uniforms is normal enough, and whole-number arithmetic. */
    uint64_t sum = 0;
    for (int i = 0; i < 4; i++)
        sum += mirti_rng_u32(&s.rng) >> 8;
    s.z =
        ((double)sum * (1.0 / 16777216.0) - 2.0) * 1.4722431864335457 - 0.15 - 0.8 * place->poverty;
    out->wealth = s.z;
    double share = s.municipality->indigenous;
    out->indigenous = chance(&s, mirti_simulate_log_odds(share) - 0.5 * s.z - 0.8 * s.urb + 0.2);
    furnish(&s);
    draw_family(&s);
    uint8_t insurance = household_insurance(&s);
    uint8_t religion = sometimes(&s, 790) ? 0 : sometimes(&s, 520) ? 1 : sometimes(&s, 30) ? 2 : 3;
    bool afro = sometimes(&s, 20);
    for (int i = 0; i < out->persons; i++) {
        mirti_simulate_person *person = &out->person[i];
        if (person->age >= 3 && out->indigenous) {
            person->indigenous = sometimes(&s, person->age < 18 ? 720 : 930);
            person->spanish = !person->indigenous || sometimes(&s, person->age < 6 ? 650 : 900);
        } else {
            person->spanish = person->age >= 3;
        }
        attend_school(&s, person);
        take_up_work(&s, person);
        settle_marriage(&s, person);
        draw_background(&s, person, insurance, religion, afro);
    }
    for (int i = 0; i < out->persons; i++)
        if (out->person[i].age >= 5 && out->person[i].age <= 17)
            mirti_simulate_child_draw(country, place, out, i, &s.rng);
}
