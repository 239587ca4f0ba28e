/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names that nobody bears and everybody could: roots put together from syllables, with saints,
 * trees and hills around them as Spanish puts them. All letters exist in Latin-1, because
 * shapefiles of statistical offices do not know others. Within its parent no name comes twice,
 * whatever its case and accents, and codes follow the alphabet, as official ones once did.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "country.h"

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof *(list)))
#define ANY(list)   ((list)[mirti_rng_below(rng, COUNT(list))])

static const char *const beginnings[] = {
    "Al", "Ar", "Bal", "Be",  "Bo",  "Cal", "Cam", "Car", "Ces", "Co",  "Chi", "Da",
    "El", "Es", "Fa",  "Ga",  "Gua", "Hor", "I",   "Ja",  "Jo",  "La",  "Lo",  "Lu",
    "Ma", "Mo", "Mon", "Na",  "No",  "O",   "Or",  "Pa",  "Por", "Qui", "Ra",  "Ri",
    "Ro", "Sa", "Se",  "So",  "Tal", "Tel", "To",  "Tri", "U",   "Va",  "Vi",  "Ya",
    "Yu", "Za", "Zu",  "Val", "Ber", "Cha", "Du",  "Ira", "Nu",  "Sal", "Tor", "Zar"};
static const char *const middles[] = {"ba",  "be", "ca", "co", "da",  "de",  "di", "ga",
                                      "gue", "la", "le", "li", "lla", "lo",  "ma", "mi",
                                      "mo",  "na", "ni", "ño", "pa",  "que", "ra", "re",
                                      "ri",  "sa", "te", "ti", "to",  "va",  "ve", "za"};
static const char *const endings[] = {
    "rán",    "lán",  "tín",    "drés",  "lara", "guaña", "ñales", "ranco", "luco",  "mira",
    "nillas", "cedo", "dero",   "quil",  "ñón",  "jillo", "reña",  "varro", "sola",  "mbra",
    "ndera",  "rcos", "llanes", "zuela", "bria", "lún",   "pán",   "gón",   "rique", "tales",
    "veda",   "nzas", "ñera",   "líz",   "rena", "lina",  "broso", "ndín",  "yala",  "mera"};
static const char *const saints[] = {
    "San Andrés",    "San Antonio",  "San Bartolomé", "San Benito",    "San Cristóbal",
    "San Esteban",   "San Felipe",   "San Francisco", "San Gabriel",   "San Ignacio",
    "San Isidro",    "San Jerónimo", "San José",      "San Juan",      "San Lorenzo",
    "San Lucas",     "San Marcos",   "San Martín",    "San Mateo",     "San Miguel",
    "San Nicolás",   "San Pablo",    "San Pedro",     "San Rafael",    "San Ramón",
    "San Sebastián", "San Vicente",  "Santa Ana",     "Santa Bárbara", "Santa Catarina",
    "Santa Cecilia", "Santa Clara",  "Santa Elena",   "Santa Inés",    "Santa Lucía",
    "Santa María",   "Santa Rita",   "Santa Rosa",    "Santiago",      "Santo Tomás"};
static const char *const plural_things[] = {"Ángeles",     "Cedros",  "Fresnos",  "Llanos",
                                            "Manantiales", "Molinos", "Naranjos", "Pinos",
                                            "Reyes",       "Ríos",    "Robles",   "Vientos"};
static const char *const hills[] = {"Cerro", "Llano", "Monte", "Paso", "Puerto", "Río", "Valle"};
static const char *const hill_adjectives[] = {"Alto",   "Blanco", "Bravo", "Colorado",
                                              "Grande", "Hondo",  "Nuevo", "Verde"};
static const char *const stones[] = {"Agua", "Arena", "Laguna", "Loma", "Peña", "Piedra", "Sierra"};
static const char *const stone_adjectives[] = {"Alta",  "Blanca", "Clara", "Fría",
                                               "Larga", "Negra",  "Nueva", "Verde"};
static const char *const masculine[] = {
    "Aguacate",    "Álamo",  "Amate",    "Bajío",   "Capulín",  "Cedral",  "Encino",  "Fresno",
    "Guayabo",     "Huerto", "Limón",    "Mango",   "Mezquite", "Molino",  "Naranjo", "Nogal",
    "Ojo de Agua", "Ocote",  "Pedregal", "Pino",    "Potrero",  "Refugio", "Rincón",  "Roble",
    "Rosario",     "Salto",  "Saúz",     "Tepozán", "Tigre",    "Zapote",  "Mirador", "Porvenir"};
static const char *const feminine[] = {
    "Barranca", "Cañada",    "Capilla",  "Ceiba",    "Ciénega",    "Concepción", "Cruz",
    "Cumbre",   "Esperanza", "Estancia", "Garita",   "Haciendita", "Higuera",    "Joya",
    "Laguna",   "Loma",      "Luz",      "Mesa",     "Montaña",    "Palma",      "Paz",
    "Peña",     "Purísima",  "Soledad",  "Trinidad", "Unión",      "Ventana",    "Victoria",
    "Vuelta",   "Zanja",     "Ladera",   "Huerta"};

static void add(char *name, size_t size, const char *text) {
    size_t used = strlen(name);
    if (used < size) snprintf(name + used, size - used, "%s", text);
}

static void add_root(mirti_rng *rng, char *name, size_t size) {
    const char *beginning = ANY(beginnings), *ending = ANY(endings);
    add(name, size, beginning);
    /* Two consonants want a vowel before them, and an l no other. */
    bool open = strchr("aeiouIOU", beginning[strlen(beginning) - 1]) != NULL;
    bool crowded = strncmp(ending, "mb", 2) == 0 || strncmp(ending, "nd", 2) == 0 ||
                   strncmp(ending, "nz", 2) == 0 || strncmp(ending, "rc", 2) == 0 ||
                   ending[0] == 'l' || ending[0] == 'r';
    if ((crowded && !open) || mirti_rng_below(rng, 100) < 40) {
        const char *middle = ANY(middles);
        while (!open && (middle[0] == 'l' || middle[0] == 'r'))
            middle = ANY(middles);
        add(name, size, middle);
    }
    add(name, size, ending);
}

static void state_name(mirti_rng *rng, char *name, size_t size) {
    uint32_t kind = mirti_rng_below(rng, 100);
    if (kind < 12) add(name, size, "Nueva ");
    add_root(rng, name, size);
    if (kind >= 12 && kind < 20) add(name, size, " del Norte");
    if (kind >= 20 && kind < 28) add(name, size, " del Sur");
}

static void municipality_name(mirti_rng *rng, char *name, size_t size) {
    uint32_t kind = mirti_rng_below(rng, 100);
    if (kind < 52) {
        add_root(rng, name, size);
    } else if (kind < 74) {
        add(name, size, ANY(saints));
        add(name, size, " ");
        add_root(rng, name, size);
    } else if (kind < 80) {
        add(name, size, kind < 77 ? "Villa de " : "Valle de ");
        add_root(rng, name, size);
    } else if (kind < 88) {
        add_root(rng, name, size);
        add(name, size, " de los ");
        add(name, size, ANY(plural_things));
    } else if (kind < 92) {
        add(name, size, ANY(hills));
        add(name, size, " ");
        add(name, size, ANY(hill_adjectives));
    } else if (kind < 96) {
        add(name, size, ANY(stones));
        add(name, size, " ");
        add(name, size, ANY(stone_adjectives));
    } else {
        add_root(rng, name, size);
        add(name, size,
            kind == 96   ? " el Alto"
            : kind == 97 ? " el Grande"
            : kind == 98 ? " el Viejo"
                         : " del Río");
    }
}

static void locality_name(mirti_rng *rng, char *name, size_t size) {
    uint32_t kind = mirti_rng_below(rng, 100);
    if (kind < 24) {
        add(name, size, "El ");
        add(name, size, ANY(masculine));
    } else if (kind < 48) {
        add(name, size, "La ");
        add(name, size, ANY(feminine));
    } else if (kind < 56) {
        add(name, size, "Los ");
        add(name, size, ANY(plural_things));
    } else if (kind < 72) {
        add(name, size, ANY(saints));
    } else if (kind < 84) {
        add_root(rng, name, size);
    } else if (kind < 90) {
        add(name, size, ANY(hills));
        add(name, size, " ");
        add(name, size, ANY(hill_adjectives));
    } else if (kind < 96) {
        add(name, size, ANY(stones));
        add(name, size, " ");
        add(name, size, ANY(stone_adjectives));
    } else {
        add(name, size, ANY(saints));
        add(name, size, " [Rancho]");
    }
}

/* Text by which names are compared and put in order: no case, no accents. */
typedef struct folded {
    char *key;
    int32_t index;
} folded;

static int compare_folded(const void *a, const void *b) {
    const folded *left = a, *right = b;
    int order = strcmp(left->key, right->key);
    return order != 0 ? order : left->index < right->index ? -1 : left->index > right->index;
}

typedef void (*name_maker)(mirti_rng *rng, char *name, size_t size);

static bool is_taken(const folded *known, int32_t count, const char *key) {
    for (int32_t i = 0; i < count; i++)
        if (strcmp(known[i].key, key) == 0) return true;
    return false;
}

/* Draws a name that is not yet among the first `count` of `known`, and adds it there. */
static mirti_status draw_name(mirti_rng *rng, name_maker make, char *name, size_t size,
                              folded *known, int32_t count, mirti_error *err) {
    for (int attempt = 0;; attempt++) {
        name[0] = '\0';
        make(rng, name, size);
        if (attempt >= 20) { /* short names run out: a longer one then */
            add(name, size, " de ");
            add_root(rng, name, size);
        }
        char *key = mirti_name_fold(mirti_str_of(name));
        if (key == NULL) return mirti_fail_memory(err, "the names of a simulated country");
        if (!is_taken(known, count, key)) {
            known[count] = (folded){key, count};
            return MIRTI_OK;
        }
        mirti_free(key);
    }
}

static void forget(folded *known, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        mirti_free(known[i].key);
}

/* ---------------------------------------------------------------------------------- the order -- */

/* Sorts the states and gives each municipality the new index of its own. */
static mirti_status name_states(mirti_simulate_country *country, folded *known, mirti_error *err) {
    mirti_rng rng = mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_NAMES, 0);
    int32_t count = country->states, named = 0;
    mirti_simulate_state *sorted = mirti_new((size_t)count, sizeof *sorted);
    int32_t *now = mirti_new((size_t)count, sizeof *now);
    mirti_status status = MIRTI_OK;
    if (sorted == NULL || now == NULL)
        status = mirti_fail_memory(err, "the names of a simulated country");
    for (; named < count && status == MIRTI_OK; named++) {
        mirti_simulate_state *state = &country->state[named];
        status = draw_name(&rng, state_name, state->name, sizeof state->name, known, named, err);
        if (status != MIRTI_OK) break;
    }
    if (status == MIRTI_OK) {
        qsort(known, (size_t)count, sizeof *known, compare_folded);
        for (int32_t i = 0; i < count; i++) {
            sorted[i] = country->state[known[i].index];
            sorted[i].code = i + 1;
            now[known[i].index] = i;
        }
        memcpy(country->state, sorted, (size_t)count * sizeof *sorted);
        for (int32_t i = 0; i < country->municipalities; i++)
            country->municipality[i].state = now[country->municipality[i].state];
    }
    forget(known, named);
    mirti_free(sorted);
    mirti_free(now);
    return status;
}

/* Names the municipalities of every state, puts them in order of state and name, and renumbers the
 * land to match. */
static mirti_status name_municipalities(mirti_simulate_country *country, folded *known,
                                        mirti_error *err) {
    int32_t count = country->municipalities, placed = 0;
    mirti_simulate_municipality *sorted = mirti_new((size_t)count, sizeof *sorted);
    int32_t *now = mirti_new((size_t)count, sizeof *now);
    mirti_status status = MIRTI_OK;
    if (sorted == NULL || now == NULL)
        status = mirti_fail_memory(err, "the names of a simulated country");
    for (int32_t s = 0; s < country->states && status == MIRTI_OK; s++) {
        mirti_rng rng =
            mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_NAMES, (uint64_t)s + 1);
        int32_t here = 0;
        for (int32_t i = 0; i < count && status == MIRTI_OK; i++) {
            mirti_simulate_municipality *place = &country->municipality[i];
            if (place->state != s) continue;
            status = draw_name(&rng, municipality_name, place->name, sizeof place->name, known,
                               here, err);
            if (status == MIRTI_OK) known[here++].index = i;
        }
        if (status == MIRTI_OK) {
            qsort(known, (size_t)here, sizeof *known, compare_folded);
            country->state[s].first_municipality = placed;
            country->state[s].municipalities = here;
            for (int32_t k = 0; k < here; k++, placed++) {
                sorted[placed] = country->municipality[known[k].index];
                sorted[placed].code = k + 1;
                now[known[k].index] = placed;
            }
        }
        forget(known, here);
    }
    if (status == MIRTI_OK) {
        memcpy(country->municipality, sorted, (size_t)count * sizeof *sorted);
        for (int64_t i = 0; i < country->land.cells; i++)
            if (country->land.municipality[i] >= 0)
                country->land.municipality[i] = now[country->land.municipality[i]];
    }
    mirti_free(sorted);
    mirti_free(now);
    return status;
}

mirti_status mirti_simulate_name(mirti_simulate_country *country, mirti_error *err) {
    folded *known =
        mirti_new((size_t)country->municipalities + (size_t)country->states, sizeof *known);
    if (known == NULL) return mirti_fail_memory(err, "the names of a simulated country");
    mirti_status status = name_states(country, known, err);
    if (status == MIRTI_OK) status = name_municipalities(country, known, err);
    mirti_free(known);
    return status;
}

mirti_status mirti_simulate_name_localities(mirti_simulate_country *country, mirti_error *err) {
    int32_t most = 0;
    for (int32_t i = 0; i < country->municipalities; i++)
        if (country->municipality[i].localities > most) most = country->municipality[i].localities;
    folded *known = mirti_new((size_t)most + 1, sizeof *known);
    if (known == NULL) return mirti_fail_memory(err, "the names of a simulated country");
    mirti_status status = MIRTI_OK;
    for (int32_t m = 0; m < country->municipalities && status == MIRTI_OK; m++) {
        const mirti_simulate_municipality *place = &country->municipality[m];
        mirti_rng rng = mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_NAMES,
                                     (UINT64_C(1) << 32) + (uint64_t)m);
        int32_t named = 0;
        for (int32_t k = 0; k < place->localities && status == MIRTI_OK; k++) {
            mirti_simulate_locality *locality = &country->locality[place->first_locality + k];
            if (k == 0) { /* the seat is called like its municipality */
                snprintf(locality->name, sizeof locality->name, "%s", place->name);
                char *key = mirti_name_fold(mirti_str_of(locality->name));
                if (key == NULL)
                    status = mirti_fail_memory(err, "the names of a simulated country");
                else
                    known[named++] = (folded){key, 0};
                continue;
            }
            status = draw_name(&rng, locality_name, locality->name, sizeof locality->name, known,
                               named, err);
            if (status == MIRTI_OK) named++;
        }
        forget(known, named);
    }
    mirti_free(known);
    return status;
}
