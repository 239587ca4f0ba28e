/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who fills in the census's long questionnaire. In small localities and in small municipalities
 * everybody does; elsewhere one of k blocks of dwellings, k a whole number, so that weights are.
 * The k are chosen so that about as many persons answer as were asked for.
 */
#include <math.h>

#include "country.h"

enum { FEWEST_UPMS = 4, SCARCE_FROM_UPMS = 40, SCARCE_TIMES = 5 };

/* Localities below this many dwellings are asked as a whole: as many as fit into two fifths of the
 * dwellings that are wanted. */
static int64_t whole_below(const mirti_simulate_country *country, double wanted) {
    static const int64_t steps[] = {3, 8, 16, 24, 40, 60, 100, 150, 250, 400};
    if (country->options.full_count) return INT64_MAX;
    int64_t threshold = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int64_t below = 0;
        for (int32_t k = 0; k < country->localities; k++)
            if (country->locality[k].dwellings < steps[i]) below += country->locality[k].dwellings;
        if ((double)below > 0.4 * wanted) break;
        threshold = steps[i];
    }
    return threshold;
}

/* What a municipality has besides the localities that are asked as a whole. */
typedef struct sampled {
    int64_t upms, dwellings;
} sampled;

static sampled sampled_part(const mirti_simulate_country *country, int32_t index) {
    const mirti_simulate_municipality *m = &country->municipality[index];
    sampled r = {0};
    for (int32_t k = 0; k < m->localities; k++) {
        const mirti_simulate_locality *l = &country->locality[m->first_locality + k];
        if (l->taken_whole) continue;
        r.upms += l->upms;
        r.dwellings += l->dwellings;
    }
    return r;
}

/* The share of its blocks that a municipality needs to be seen at all, or the country's, if larger.
 */
static double rate_of(sampled r, double rate) {
    double least = r.upms <= FEWEST_UPMS ? 1.0 : (double)FEWEST_UPMS / (double)r.upms;
    return rate > least ? rate : least;
}

/* The country's rate with which `wanted` dwellings are taken: by halving, as the sum grows with it.
 */
static double find_rate(const mirti_simulate_country *country, double wanted) {
    double low = 0.0, high = 1.0;
    for (int round = 0; round < 30; round++) {
        double rate = 0.5 * (low + high), taken = 0.0;
        for (int32_t i = 0; i < country->municipalities; i++) {
            sampled r = sampled_part(country, i);
            double whole = (double)(country->municipality[i].dwellings - r.dwellings);
            taken += whole + (double)r.dwellings * rate_of(r, rate);
        }
        if (taken > wanted)
            high = rate;
        else
            low = rate;
    }
    return high;
}

/* Blocks of a municipality in the order in which every k-th is taken: one after the other within a
 * size class, each class from a random start; large localities are strata of their own. */
static void order_upms(mirti_simulate_country *country, int32_t index, mirti_rng *rng) {
    const mirti_simulate_municipality *m = &country->municipality[index];
    int64_t next[6];
    for (int i = 0; i < 6; i++)
        next[i] = (int64_t)mirti_rng_below(rng, (uint32_t)m->interval);
    for (int32_t k = 0; k < m->localities; k++) {
        mirti_simulate_locality *l = &country->locality[m->first_locality + k];
        if (l->taken_whole) continue;
        if (l->size_class >= 4) {
            l->sample_upm = (int64_t)mirti_rng_below(rng, (uint32_t)m->interval);
        } else {
            l->sample_upm = next[l->size_class];
            next[l->size_class] += l->upms;
        }
    }
}

static void plan_municipality(mirti_simulate_country *country, int32_t index, double country_rate) {
    mirti_simulate_municipality *m = &country->municipality[index];
    mirti_rng rng =
        mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_CENSUS_SAMPLE, (uint64_t)index);
    sampled r = sampled_part(country, index);
    double rate = rate_of(r, country_rate);
    /* Between 1/k and 1/(k + 1), so that the mean rate is the one wanted. */
    double k = floor(1.0 / rate);
    double upper = 1.0 / k, lower = 1.0 / (k + 1.0);
    bool coarse = mirti_rng_uniform(&rng) * (upper - lower) < upper - rate;
    m->interval = (int32_t)k + (coarse ? 1 : 0);
    /* In some of the larger ones the work was hardly begun. */
    m->scarce = mirti_rng_below(&rng, 30) == 0 && m->interval > 1 && r.upms >= SCARCE_FROM_UPMS;
    if (m->scarce) m->interval *= SCARCE_TIMES;
    if (m->interval == 1)
        for (int32_t i = 0; i < m->localities; i++)
            country->locality[m->first_locality + i].taken_whole = true;
    order_upms(country, index, &rng);
}

void mirti_simulate_census_sample_plan(mirti_simulate_country *country) {
    double wanted = (double)country->options.persons / country->household_size;
    int64_t threshold = whole_below(country, wanted);
    for (int32_t k = 0; k < country->localities; k++)
        country->locality[k].taken_whole = country->locality[k].dwellings < threshold;
    double rate = find_rate(country, wanted);
    for (int32_t i = 0; i < country->municipalities; i++)
        plan_municipality(country, i, rate);
}
