/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How the sample is drawn. Strata: each state's urban and rural localities, each of these in
 * municipalities poorer and better off than the state's median. Primary units (UPM): blocks of up
 * to 24 dwellings of a locality, drawn within the stratum with probability proportional to their
 * dwellings, systematically from a random start. Second stage: up to ten dwellings of each,
 * all equally likely. With S dwellings in the stratum, n draws and m of M dwellings visited, a
 * dwelling is expected n M/S × m/M times, so its weight is S/(n m); a unit hit twice counts twice.
 */
#include "survey.h"

#include <math.h>
#include <stdlib.h>

enum {
    DWELLINGS_PER_PSU = MIRTI_SIMULATE_VISITS_MAX,
    DWELLINGS_PER_UPM_MAX = 32,
    FEWEST_UPMS = 8,
    FEWEST_PSUS = 4,
    FEW_DWELLINGS = 3000,
    DEFAULT_DWELLINGS = 9000
};

/* A stratum in the making: key = state × 4 + rural × 2 + poor, or fewer of these distinctions. */
typedef struct stratum {
    int64_t upms, dwellings;
    int32_t number; /* in the file, from 1; 0 = has nobody */
    int64_t draws;
} stratum;

static int32_t cell_of(const mirti_simulate_country *country, const mirti_simulate_locality *l) {
    const mirti_simulate_municipality *m = &country->municipality[l->municipality];
    return m->state * 4 + (l->size_class == 1 ? 2 : 0) + m->poor_stratum;
}

/* Cells with too few units join their neighbour: first the poor and the better off of the same kind
 * of place, then town and country. */
static void merge_cells(const stratum *cell, int32_t states, int32_t *stratum_of) {
    for (int32_t s = 0; s < states; s++) {
        const stratum *c = cell + 4 * s;
        int32_t *to = stratum_of + 4 * s;
        for (int i = 0; i < 4; i++)
            to[i] = 4 * s + i;
        for (int i = 0; i < 4; i += 2)
            if (c[i].upms < FEWEST_UPMS || c[i + 1].upms < FEWEST_UPMS) to[i + 1] = to[i];
        if (c[0].upms + c[1].upms < FEWEST_UPMS || c[2].upms + c[3].upms < FEWEST_UPMS)
            to[1] = to[2] = to[3] = to[0];
    }
}

/* Shares the draws among strata in proportion to their dwellings, none with fewer than four. */
static void allocate(stratum *s, int32_t cells, int64_t visits, int64_t dwellings) {
    for (int32_t i = 0; i < cells; i++) {
        if (s[i].dwellings == 0) continue;
        s[i].draws = visits * s[i].dwellings / (dwellings * DWELLINGS_PER_PSU);
        if (s[i].draws < FEWEST_PSUS) s[i].draws = FEWEST_PSUS;
        if (s[i].draws > s[i].upms) s[i].draws = s[i].upms;
    }
}

static mirti_status add_psu(mirti_simulate_survey *survey, int64_t *room, mirti_simulate_psu psu,
                            mirti_error *err) {
    if (survey->psus == *room) {
        int64_t more = *room == 0 ? 1024 : 2 * *room;
        mirti_simulate_psu *grown = mirti_resize(survey->psu, (size_t)more, sizeof *grown);
        if (grown == NULL) return mirti_fail_memory(err, "the survey of a simulated country");
        survey->psu = grown;
        *room = more;
    }
    survey->psu[survey->psus++] = psu;
    return MIRTI_OK;
}

/*
 * Systematic draw: the dwellings of the stratum in a row, a hand that comes down every S/n of them
 * from a random start. In whole numbers: hand k at (start + k S)/n, start in [0, S).
 */
static mirti_status draw_stratum(const mirti_simulate_country *country, const stratum *all,
                                 const int32_t *stratum_of, int32_t key,
                                 mirti_simulate_survey *survey, int64_t *room, mirti_error *err) {
    const stratum *s = &all[key];
    mirti_rng rng =
        mirti_rng_at(country->survey_seed, MIRTI_SIMULATE_FOR_SURVEY_SAMPLE, (uint64_t)key);
    int64_t start = (int64_t)(mirti_rng_u64(&rng) % (uint64_t)s->dwellings);
    int64_t passed = 0, hand = 0;
    int32_t state = key / 4;
    const mirti_simulate_state *home = &country->state[state];
    for (int32_t i = 0; i < home->municipalities; i++) {
        const mirti_simulate_municipality *m = &country->municipality[home->first_municipality + i];
        for (int32_t k = 0; k < m->localities; k++) {
            int32_t index = m->first_locality + k;
            const mirti_simulate_locality *l = &country->locality[index];
            if (stratum_of[cell_of(country, l)] != key) continue;
            for (int64_t u = 0; u < l->upms; u++) {
                /* The dwellings d with floor(d × upms / dwellings) = u. */
                int64_t first = (u * l->dwellings + l->upms - 1) / l->upms;
                int64_t after = ((u + 1) * l->dwellings + l->upms - 1) / l->upms;
                int64_t size = after - first, hits = 0;
                while (hand < s->draws &&
                       start + hand * s->dwellings < (passed + size) * s->draws) {
                    hits++;
                    hand++;
                }
                passed += size;
                if (hits == 0) continue;
                int64_t visited = size < DWELLINGS_PER_PSU ? size : DWELLINGS_PER_PSU;
                mirti_simulate_psu psu = {
                    .stratum = s->number,
                    .locality = index,
                    .upm = u,
                    .first_dwelling = first,
                    .dwellings = size,
                    .number = (int32_t)survey->psus + 1,
                    .visited = (int32_t)visited,
                    .weight = (double)(s->dwellings * hits) / (double)(s->draws * visited),
                };
                MIRTI_TRY(add_psu(survey, room, psu, err));
                survey->dwellings += visited;
            }
        }
    }
    return MIRTI_OK;
}

/* A twelfth of all dwellings; in small countries more, or there would be too few children at work
 * to learn from; in large ones not more than such surveys have. */
static int64_t default_visits(int64_t dwellings) {
    int64_t few = dwellings / 3 < FEW_DWELLINGS ? dwellings / 3 : FEW_DWELLINGS;
    int64_t visits = dwellings / 12 > few ? dwellings / 12 : few;
    return visits < DEFAULT_DWELLINGS ? visits : DEFAULT_DWELLINGS;
}

mirti_status mirti_simulate_survey_draw(const mirti_simulate_country *country,
                                        mirti_simulate_survey *survey, mirti_error *err) {
    *survey = (mirti_simulate_survey){0};
    int32_t cells = 4 * country->states;
    stratum *cell = mirti_new((size_t)cells, sizeof *cell);
    stratum *merged = mirti_new((size_t)cells, sizeof *merged);
    int32_t *stratum_of = mirti_new((size_t)cells, sizeof *stratum_of);
    mirti_status status = MIRTI_OK;
    if (cell == NULL || merged == NULL || stratum_of == NULL)
        status = mirti_fail_memory(err, "the survey of a simulated country");
    if (status == MIRTI_OK) {
        for (int32_t i = 0; i < country->localities; i++) {
            const mirti_simulate_locality *l = &country->locality[i];
            stratum *own = &cell[cell_of(country, l)];
            own->upms += l->upms;
            own->dwellings += l->dwellings;
        }
        merge_cells(cell, country->states, stratum_of);
        for (int32_t i = 0; i < cells; i++) {
            merged[stratum_of[i]].upms += cell[i].upms;
            merged[stratum_of[i]].dwellings += cell[i].dwellings;
        }
        for (int32_t i = 0; i < cells; i++)
            if (merged[i].dwellings > 0) merged[i].number = ++survey->strata;
        int64_t visits = country->options.survey_dwellings;
        if (visits == 0) visits = default_visits(country->dwellings);
        allocate(merged, cells, visits, country->dwellings);
    }
    int64_t room = 0;
    for (int32_t i = 0; i < cells && status == MIRTI_OK; i++)
        if (merged[i].dwellings > 0)
            status = draw_stratum(country, merged, stratum_of, i, survey, &room, err);
    mirti_free(cell);
    mirti_free(merged);
    mirti_free(stratum_of);
    if (status != MIRTI_OK) mirti_simulate_survey_reset(survey);
    return status;
}

/* All dwellings equally likely: selection sampling (Knuth 1997, algorithm S), each in turn, with
 * what is left to choose. */
static int visit_any(mirti_rng *rng, const mirti_simulate_psu *psu, mirti_simulate_visit *visit) {
    int chosen = 0;
    for (int64_t i = 0; i < psu->dwellings && chosen < psu->visited; i++) {
        uint32_t left = (uint32_t)(psu->dwellings - i);
        if (mirti_rng_below(rng, left) < (uint32_t)(psu->visited - chosen))
            visit[chosen++] = (mirti_simulate_visit){psu->first_dwelling + i, psu->weight};
    }
    return chosen;
}

static bool has_working_child(const mirti_simulate_dwelling *home) {
    for (int i = 0; i < home->persons; i++)
        if (home->person[i].works) return true;
    return false;
}

/*
 * A dwelling with a working child counts twice: systematic, with probability proportional to this
 * size. With A the sum of sizes over the M dwellings, one of size a is expected m a/A times and not
 * m/M, so that its weight is the usual one times A/(M a), and twice that where it is hit twice.
 */
static int visit_working(const mirti_simulate_country *country, const mirti_simulate_odds *odds,
                         mirti_rng *rng, const mirti_simulate_psu *psu,
                         mirti_simulate_visit *visit) {
    uint8_t size[DWELLINGS_PER_UPM_MAX];
    int64_t all = 0, passed = 0, hand = 0;
    for (int64_t i = 0; i < psu->dwellings; i++) {
        mirti_simulate_dwelling home;
        mirti_simulate_dwelling_draw(country, odds, psu->locality, psu->first_dwelling + i, &home);
        size[i] = has_working_child(&home) ? 2 : 1;
        all += size[i];
    }
    int64_t start = (int64_t)mirti_rng_below(rng, (uint32_t)all);
    int chosen = 0;
    for (int64_t i = 0; i < psu->dwellings; i++) {
        int64_t hits = 0;
        passed += size[i];
        while (hand < psu->visited && start + hand * all < passed * psu->visited) {
            hits++;
            hand++;
        }
        if (hits == 0) continue;
        double share = (double)(all * hits) / (double)(psu->dwellings * size[i]);
        visit[chosen++] = (mirti_simulate_visit){psu->first_dwelling + i, psu->weight * share};
    }
    return chosen;
}

int mirti_simulate_survey_visits(const mirti_simulate_country *country,
                                 const mirti_simulate_odds *odds, const mirti_simulate_psu *psu,
                                 mirti_simulate_visit visit[MIRTI_SIMULATE_VISITS_MAX]) {
    mirti_rng rng = mirti_rng_at(country->survey_seed, MIRTI_SIMULATE_FOR_SURVEY_SAMPLE,
                                 (UINT64_C(1) << 32) + (uint64_t)psu->number);
    /* Where all are visited there is nothing to choose. */
    if (country->options.informative && psu->visited < psu->dwellings)
        return visit_working(country, odds, &rng, psu, visit);
    return visit_any(&rng, psu, visit);
}

void mirti_simulate_survey_reset(mirti_simulate_survey *survey) {
    mirti_free(survey->psu);
    *survey = (mirti_simulate_survey){0};
}
