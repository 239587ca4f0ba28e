/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One row a person, in the columns and codes of the census: woman 3 and man 1; yes and no as 1/3,
 * 1/2, 5/6 or 7/8 by question; blank where a question does not apply. What the household does not
 * know of itself (means of transport, causes) is answered here, from a stream of its own, so that
 * it has no part in anything else. Nobody refuses to answer.
 */
#include "census_file.h"

const char mirti_simulate_person_header[] =
    "ENT,MUN,LOC50K,ID_VIV,ID_PERSONA,COBERTURA,ESTRATO,UPM,FACTOR,CLAVIVP,NUMPER,SEXO,EDAD,"
    "PARENTESCO,IDENT_MADRE,IDENT_PADRE,ENT_PAIS_NAC,NACIONALIDAD,SERSALUD,AFRODES,REGIS_NAC,"
    "DHSERSAL1,DHSERSAL2,RELIGION,DIS_VER,DIS_OIR,DIS_CAMINAR,DIS_RECORDAR,DIS_BANARSE,DIS_HABLAR,"
    "DIS_MENTAL,CAU_VER,CAU_OIR,CAU_CAMINAR,CAU_RECORDAR,CAU_BANARSE,CAU_HABLAR,CAU_MENTAL,HLENGUA,"
    "QDIALECT_INALI,HESPANOL,ELENGUA,PERTE_INDIGENA,ASISTEN,MUN_ASI,ENT_PAIS_ASI,TIE_TRASLADO_ESCU,"
    "MED_TRASLADO_ESC1,MED_TRASLADO_ESC2,MED_TRASLADO_ESC3,NIVACAD,ESCOLARI,NOMCAR_C,ALFABET,"
    "ESCOACUM,ENT_PAIS_RES_5A,MUN_RES_5A,CAUSA_MIG,CAUSA_MIG_V,SITUA_CONYUGAL,IDENT_PAREJA,CONACT,"
    "OCUPACION_C,SITTRA,AGUINALDO,VACACIONES,SERVICIO_MEDICO,UTILIDADES,INCAP_SUELDO,SAR_AFORE,"
    "CREDITO_VIVIENDA,INGTRMEN,HORTRA,ACTIVIDADES_C,MUN_TRAB,ENT_PAIS_TRAB,TIE_TRASLADO_TRAB,"
    "MED_TRASLADO_TRAB1,MED_TRASLADO_TRAB2,MED_TRASLADO_TRAB3,HIJOS_NAC_VIVOS,HIJOS_FALLECIDOS,"
    "HIJOS_SOBREVIV,FECHA_NAC_M,FECHA_NAC_A,SOBREVIVENCIA,IDENT_HIJO,EDAD_MORIR_D,EDAD_MORIR_M,"
    "EDAD_MORIR_A,EDAD_MORIR_TD,TAMLOC\r\n";
const char mirti_simulate_dwelling_header[] =
    "ENT,MUN,LOC50K,ID_VIV,COBERTURA,ESTRATO,UPM,FACTOR,CLAVIVP,PAREDES,TECHOS,PISOS,COCINA,"
    "CUADORM,"
    "TOTCUART,COMBUSTIBLE,ELECTRICIDAD,AGUA_ENTUBADA,ABA_AGUA_ENTU,ABA_AGUA_NO_ENTU,TINACO,"
    "CISTERNA,"
    "SERSAN,CONAGUA,DRENAJE,REFRIGERADOR,LAVADORA,HORNO,AUTOPROP,MOTOCICLETA,BICICLETA,RADIO,"
    "TELEVISOR,COMPUTADORA,TELEFONO,CELULAR,INTERNET,SERV_TV_PAGA,SERV_PEL_PAGA,CON_VJUEGOS,"
    "TENENCIA,NUMPERS,JEFE_SEXO,JEFE_EDAD,INGTRHOG,TAMLOC\r\n";

enum { BYTES_OF_PERSON = 640, BYTES_OF_DWELLING = 320, CENSUS_YEAR = 2020 };

int64_t mirti_simulate_upm_of(const mirti_simulate_locality *locality, int64_t dwelling) {
    return dwelling * locality->upms / locality->dwellings;
}

int32_t mirti_simulate_census_factor(const mirti_simulate_country *country, int32_t locality,
                                     int64_t upm) {
    const mirti_simulate_locality *l = &country->locality[locality];
    if (l->taken_whole) return 1;
    int32_t k = country->municipality[l->municipality].interval;
    return (l->sample_upm + upm) % k == 0 ? k : 0;
}

/* ---------------------------------------------------------------------------------- what both -- */

/* Keys and design, the same for a dwelling and its persons. */
typedef struct keys {
    char before[40]; /* ENT … ID_VIV */
    char after[48];  /* COBERTURA … FACTOR */
    size_t before_size, after_size;
} keys;

static void make_keys(const mirti_simulate_country *country, int32_t locality,
                      const mirti_simulate_place_in_census *place, keys *out) {
    const mirti_simulate_locality *l = &country->locality[locality];
    const mirti_simulate_municipality *m = &country->municipality[l->municipality];
    uint64_t state = (uint64_t)country->state[m->state].code, own = (uint64_t)m->code;
    bool large = l->size_class >= 4; /* 50,000 inhabitants and more are told apart */
    mirti_simulate_buffer a = {out->before, 0, sizeof out->before};
    mirti_simulate_put_code(&a, state, 2);
    mirti_simulate_put_char(&a, ',');
    mirti_simulate_put_code(&a, own, 3);
    mirti_simulate_put_char(&a, ',');
    mirti_simulate_put_code(&a, large ? (uint64_t)l->code : 0, 4);
    mirti_simulate_put_char(&a, ',');
    mirti_simulate_put_code(&a, state, 2);
    mirti_simulate_put_code(&a, own, 3);
    mirti_simulate_put_code(&a, (uint64_t)place->number, 7);
    out->before_size = a.size;
    mirti_simulate_buffer b = {out->after, 0, sizeof out->after};
    mirti_simulate_put_field(&b, l->taken_whole ? 1 : m->scarce ? 3 : 2);
    mirti_simulate_put_char(&b, ',');
    mirti_simulate_put_code(&b, state, 2);
    mirti_simulate_put_char(&b, '-');
    mirti_simulate_put_code(&b, own, 3);
    mirti_simulate_put_char(&b, '-');
    mirti_simulate_put_code(&b, large ? (uint64_t)l->code : 0, 4);
    mirti_simulate_put_char(&b, '-');
    /* 00 a large locality, 01 what was asked as a whole, 02 … 04 the other size classes. */
    mirti_simulate_put_code(&b, large ? 0 : l->taken_whole ? 1 : (uint64_t)l->size_class + 1, 2);
    mirti_simulate_put_field(&b, (unsigned)place->upm);
    mirti_simulate_put_field(&b, (unsigned)place->factor);
    out->after_size = b.size;
}

/* Answers that nothing depends on, from one draw: byte `i` of it, 0 … 255. */
typedef struct answers {
    uint32_t word[4];
} answers;
static answers draw_answers(mirti_rng *rng) {
    answers a;
    for (int i = 0; i < 4; i++)
        a.word[i] = mirti_rng_u32(rng);
    return a;
}
static unsigned answer(const answers *a, int i) {
    return a->word[i / 4] >> (8 * (i % 4)) & 255;
}

static unsigned yes_no(bool yes, unsigned first) {
    return yes ? first : first + 1;
}
/* The most common answer in most cases, else one of a few others. */
static unsigned mostly(unsigned draw, unsigned common, unsigned other, unsigned others) {
    return draw < 180 ? common : other + draw % others;
}

/* -------------------------------------------------------------------------------- the person -- */

typedef struct row {
    const mirti_simulate_country *country;
    const mirti_simulate_locality *locality;
    const mirti_simulate_dwelling *home;
    const mirti_simulate_person *person;
    unsigned state, municipality;
    answers said;
    mirti_simulate_buffer *out;
} row;

static void put_parent(const row *r, uint8_t number, int i) {
    unsigned elsewhere = answer(&r->said, i) < 2U * r->person->age ? 97 : 96;
    mirti_simulate_put_field(r->out, number != 0 ? number : elsewhere);
}

/* Another state of the country, or another country if there is none. */
static unsigned elsewhere(const row *r, unsigned draw) {
    unsigned states = (unsigned)r->country->states;
    if (states < 2 || draw < 8) return 221;
    unsigned other = 1 + draw % (states - 1);
    return other >= r->state ? other + 1 : other;
}

static void put_origin(const row *r) {
    static const unsigned religion[] = {1101, 1331, 2801, 3101};
    const mirti_simulate_person *p = r->person;
    mirti_simulate_buffer *out = r->out;
    mirti_simulate_put_field(out, p->born_here ? r->state : elsewhere(r, answer(&r->said, 2)));
    mirti_simulate_put_field(out, 1);
    mirti_simulate_put_field(out, p->insurance == 9 ? 7 : p->insurance);
    mirti_simulate_put_field(out, p->afro ? 1 : 3);
    mirti_simulate_put_field(out, 1);
    mirti_simulate_put_field(out, p->insurance);
    mirti_simulate_put_blanks(out, 1);
    mirti_simulate_put_field(out, religion[p->religion]);
}

static void put_difficulties(const row *r) {
    const mirti_simulate_person *p = r->person;
    unsigned cause = 1 + answer(&r->said, 3) % 5;
    for (int kind = 0; kind < 6; kind++) {
        bool has = p->difficulty != 0 && p->difficulty_kind == kind;
        unsigned degree = p->difficulty == 1 ? 2 : 3 + (answer(&r->said, 4) & 1U);
        mirti_simulate_put_field(r->out, has ? degree : 1);
    }
    mirti_simulate_put_field(r->out, yes_no(p->difficulty != 0 && p->difficulty_kind == 6, 5));
    for (int kind = 0; kind < 7; kind++) {
        if (p->difficulty != 0 && p->difficulty_kind == kind)
            mirti_simulate_put_field(r->out, cause);
        else
            mirti_simulate_put_blanks(r->out, 1);
    }
}

static void put_language_and_school(const row *r) {
    const mirti_simulate_person *p = r->person;
    mirti_simulate_buffer *out = r->out;
    if (p->age < 3) {
        mirti_simulate_put_blanks(out, 15);
        mirti_simulate_put_blanks(out, 2); /* ALFABET, ESCOACUM */
        return;
    }
    mirti_simulate_put_field(out, p->indigenous ? 1 : 3);
    if (p->indigenous) {
        mirti_simulate_put_field(out, 501 + r->municipality % 12);
        mirti_simulate_put_field(out, p->spanish ? 1 : 3);
        mirti_simulate_put_blanks(out, 1);
    } else {
        mirti_simulate_put_blanks(out, 2);
        mirti_simulate_put_field(out, r->home->indigenous ? 5 : 7);
    }
    mirti_simulate_put_field(out, r->home->indigenous ? 1 : 3);
    mirti_simulate_put_field(out, p->attending ? 1 : 3);
    if (p->attending) {
        mirti_simulate_put_field(out, r->municipality);
        mirti_simulate_put_field(out, r->state);
        mirti_simulate_put_field(out, mostly(answer(&r->said, 5), 1, 2, 3));
        mirti_simulate_put_field(out, mostly(answer(&r->said, 6), 1, 6, 6));
        mirti_simulate_put_blanks(out, 2);
    } else {
        mirti_simulate_put_blanks(out, 6);
    }
    unsigned years = p->schooling;
    unsigned level = years == 0    ? 0
                     : years <= 6  ? 2
                     : years <= 9  ? 3
                     : years <= 12 ? 4
                     : years <= 17 ? 11
                                   : 13;
    unsigned grade = years == 0    ? 0
                     : years <= 6  ? years
                     : years <= 9  ? years - 6
                     : years <= 12 ? years - 9
                     : years <= 17 ? years - 12
                                   : years - 16;
    mirti_simulate_put_field(out, level);
    mirti_simulate_put_field(out, grade);
    if (years > 12)
        mirti_simulate_put_field(out, 311 + answer(&r->said, 7));
    else
        mirti_simulate_put_blanks(out, 1);
    if (p->age < 5)
        mirti_simulate_put_blanks(out, 1);
    else
        mirti_simulate_put_field(out, p->literate || (p->age < 8 && years > 0) ? 1 : 3);
    mirti_simulate_put_field(out, years);
}

static void put_migration_and_union(const row *r) {
    const mirti_simulate_person *p = r->person;
    mirti_simulate_buffer *out = r->out;
    if (p->age < 5) {
        mirti_simulate_put_blanks(out, 4);
    } else if (p->lived_here) {
        mirti_simulate_put_field(out, r->state);
        mirti_simulate_put_field(out, r->municipality);
        mirti_simulate_put_blanks(out, 2);
    } else {
        unsigned cause = 1 + answer(&r->said, 8) % 6;
        mirti_simulate_put_field(out, elsewhere(r, answer(&r->said, 9)));
        mirti_simulate_put_blanks(out, 1);
        mirti_simulate_put_field(out, cause);
        mirti_simulate_put_field(out, 100 * cause + 1);
    }
    if (p->age < 12) {
        mirti_simulate_put_blanks(out, 2);
        return;
    }
    mirti_simulate_put_field(out, p->marital);
    if (p->partner != 0)
        mirti_simulate_put_field(out, p->partner);
    else
        mirti_simulate_put_blanks(out, 1);
}

static void put_work(const row *r) {
    static const unsigned farming[] = {1110, 1121, 1129};
    static const unsigned trades[] = {2361, 2399, 3110, 3360},
                          services[] = {4611, 4612, 7221, 8140};
    static const unsigned first[] = {1, 3, 5, 7, 1, 3, 5};
    const mirti_simulate_person *p = r->person;
    mirti_simulate_buffer *out = r->out;
    if (p->age < 12) {
        mirti_simulate_put_blanks(out, 19);
        return;
    }
    mirti_simulate_put_field(out, p->activity);
    if (p->activity != MIRTI_SIMULATE_WORKING) {
        mirti_simulate_put_blanks(out, 18);
        return;
    }
    unsigned draw = answer(&r->said, 10);
    bool farm = p->sector == MIRTI_SIMULATE_AGRICULTURE;
    bool unpaid = p->age < 18 ? draw < (farm ? 170U : 80U) : draw < 10;
    bool employee = !unpaid && (farm ? draw < 90 : draw < 190);
    mirti_simulate_put_field(out, farm                ? 611 + draw % 3
                                  : p->schooling > 12 ? 211 + draw % 60
                                                      : 411 + draw % 4);
    mirti_simulate_put_field(out, unpaid ? 6 : employee ? (farm ? 2 : 1) : draw < 230 ? 5 : 3);
    bool covered = p->insurance <= 4;
    for (int i = 0; i < 7; i++) {
        if (employee)
            mirti_simulate_put_field(
                out, yes_no(covered && answer(&r->said, 11) % 8 != (unsigned)i, first[i]));
        else
            mirti_simulate_put_blanks(out, 1);
    }
    unsigned income = unpaid ? 0
                             : 43 * (40 + answer(&r->said, 12) / 2 + 8U * p->schooling) *
                                   (p->age < 18 ? 1 : 2) / (farm ? 2 : 1);
    mirti_simulate_put_field(out, income);
    mirti_simulate_put_field(out, p->attending ? 12 + answer(&r->said, 13) % 16
                                               : mostly(answer(&r->said, 13), 48, 25, 45));
    mirti_simulate_put_field(out, farm                                   ? farming[draw % 3]
                                  : p->sector == MIRTI_SIMULATE_INDUSTRY ? trades[draw % 4]
                                                                         : services[draw % 4]);
    mirti_simulate_put_field(out, r->municipality);
    mirti_simulate_put_field(out, r->state);
    mirti_simulate_put_field(out, mostly(answer(&r->said, 14), 1, 2, 4));
    mirti_simulate_put_field(out, mostly(answer(&r->said, 14), 1, 6, 6));
    mirti_simulate_put_blanks(out, 2);
}

/* A woman's children, and the youngest of them who lives here. */
static void put_births(const row *r) {
    const mirti_simulate_person *p = r->person;
    mirti_simulate_buffer *out = r->out;
    if (p->man || p->age < 12) {
        mirti_simulate_put_blanks(out, 11);
        return;
    }
    mirti_simulate_put_field(out, p->births);
    if (p->births == 0) {
        mirti_simulate_put_blanks(out, 10);
        return;
    }
    uint8_t own = (uint8_t)(p - r->home->person + 1);
    int here = 0, youngest = -1;
    for (int i = 0; i < r->home->persons; i++) {
        if (r->home->person[i].mother != own) continue;
        here++;
        if (youngest < 0 || r->home->person[i].age <= r->home->person[youngest].age) youngest = i;
    }
    unsigned lost = p->births > here && answer(&r->said, 15) < 12U * p->births ? 1 : 0;
    mirti_simulate_put_field(out, lost);
    mirti_simulate_put_field(out, p->births - lost);
    if (youngest < 0) {
        mirti_simulate_put_blanks(out, 8);
        return;
    }
    mirti_simulate_put_field(out, 1 + answer(&r->said, 1) % 12);
    mirti_simulate_put_field(out, CENSUS_YEAR - (unsigned)r->home->person[youngest].age);
    mirti_simulate_put_field(out, 1);
    mirti_simulate_put_field(out, (unsigned)youngest + 1);
    mirti_simulate_put_blanks(out, 4);
}

static void put_person(const row *r, const keys *k, int number) {
    const mirti_simulate_person *p = r->person;
    mirti_simulate_buffer *out = r->out;
    mirti_simulate_put(out, k->before, k->before_size);
    mirti_simulate_put_char(out, ',');
    mirti_simulate_put(out, k->before + k->before_size - 12, 12); /* ID_VIV begins ID_PERSONA */
    mirti_simulate_put_code(out, (uint64_t)number, 5);
    mirti_simulate_put(out, k->after, k->after_size);
    mirti_simulate_put_field(out, 1);
    mirti_simulate_put_field(out, (unsigned)number);
    mirti_simulate_put_field(out, p->man ? 1 : 3);
    mirti_simulate_put_field(out, p->age);
    mirti_simulate_put_field(out, p->relationship);
    put_parent(r, p->mother, 0);
    put_parent(r, p->father, 1);
    put_origin(r);
    put_difficulties(r);
    put_language_and_school(r);
    put_migration_and_union(r);
    put_work(r);
    put_births(r);
    mirti_simulate_put_field(out, r->locality->size_class);
    mirti_simulate_puts(out, "\r\n");
}

/* ------------------------------------------------------------------------------ the dwelling -- */

static void put_dwelling(const row *r, const keys *k) {
    const mirti_simulate_dwelling *h = r->home;
    mirti_simulate_buffer *out = r->out;
    unsigned draw = answer(&r->said, 0);
    mirti_simulate_put(out, k->before, k->before_size);
    mirti_simulate_put(out, k->after, k->after_size);
    mirti_simulate_put_field(out, 1);
    mirti_simulate_put_field(out, h->floor == 1 ? 3 + draw % 4 : 8);  /* walls */
    mirti_simulate_put_field(out, h->floor == 1 ? 3 + draw % 3 : 10); /* roof */
    mirti_simulate_put_field(out, h->floor);
    mirti_simulate_put_field(out, h->rooms > h->bedrooms ? 1 : 3);
    mirti_simulate_put_field(out, h->bedrooms);
    mirti_simulate_put_field(out, h->rooms);
    mirti_simulate_put_field(out, h->wealth < -1.0 || (h->floor == 1 && draw < 200) ? 1 : 2);
    mirti_simulate_put_field(out, h->electricity ? 1 : 3);
    mirti_simulate_put_field(out, h->water);
    if (h->water != 3) {
        mirti_simulate_put_field(out, h->water_public ? 1 : 2 + draw % 3);
        mirti_simulate_put_blanks(out, 1);
    } else {
        mirti_simulate_put_blanks(out, 1);
        mirti_simulate_put_field(out, 1 + draw % 6);
    }
    mirti_simulate_put_field(out, yes_no(h->tank, 1));
    mirti_simulate_put_field(out, yes_no(h->cistern, 3));
    mirti_simulate_put_field(out, h->toilet);
    if (h->toilet == 3)
        mirti_simulate_put_blanks(out, 1);
    else
        mirti_simulate_put_field(out, h->toilet_water ? 1 : 2 + (draw & 1U));
    mirti_simulate_put_field(out, h->drainage);
    const uint8_t goods[] = {h->refrigerator, h->washer,    h->microwave, h->car,
                             h->motorcycle,   h->bicycle,   h->radio,     h->television,
                             h->computer,     h->telephone, h->mobile,    h->internet,
                             h->pay_tv,       h->streaming, h->console};
    for (unsigned i = 0; i < sizeof goods; i++)
        mirti_simulate_put_field(out, yes_no(goods[i], 2 * (i % 4) + 1));
    mirti_simulate_put_field(out, mostly(answer(&r->said, 1), 1, 2, 3));
    mirti_simulate_put_field(out, (unsigned)h->persons);
    mirti_simulate_put_field(out, h->person[0].man ? 1 : 3);
    mirti_simulate_put_field(out, h->person[0].age);
    mirti_simulate_put_field(out, 430 * (4 + answer(&r->said, 2) / 4));
    mirti_simulate_put_field(out, r->locality->size_class);
    mirti_simulate_puts(out, "\r\n");
}

bool mirti_simulate_census_rows(const mirti_simulate_country *country, int32_t locality,
                                int64_t dwelling, const mirti_simulate_place_in_census *place,
                                const mirti_simulate_dwelling *home, mirti_simulate_buffer *persons,
                                mirti_simulate_buffer *dwellings) {
    const mirti_simulate_locality *l = &country->locality[locality];
    const mirti_simulate_municipality *m = &country->municipality[l->municipality];
    if (!mirti_simulate_reserve(dwellings, BYTES_OF_DWELLING) ||
        !mirti_simulate_reserve(persons, (size_t)home->persons * BYTES_OF_PERSON))
        return false;
    keys k;
    make_keys(country, locality, place, &k);
    mirti_rng rng = mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_ANSWERS,
                                 (uint64_t)locality << 32 | (uint64_t)dwelling);
    row r = {.country = country,
             .locality = l,
             .home = home,
             .state = (unsigned)country->state[m->state].code,
             .municipality = (unsigned)m->code,
             .said = draw_answers(&rng),
             .out = dwellings};
    put_dwelling(&r, &k);
    r.out = persons;
    for (int i = 0; i < home->persons; i++) {
        r.person = &home->person[i];
        r.said = draw_answers(&rng);
        put_person(&r, &k, i + 1);
    }
    return true;
}
