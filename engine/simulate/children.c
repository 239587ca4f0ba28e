/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one place where the outcome is made. A child works with probability g(η), η linear in traits
 * that the files record, plus the effects of municipality and locality; nothing else of the
 * household has a way in. The probability is kept in 1/2³², so that sums of true risks are whole
 * numbers.
 */
#include "children.h"

#include <stddef.h>
#include <string.h>

mirti_country_truth mirti_country_truth_default(void) {
    return (mirti_country_truth){
        .link = MIRTI_COUNTRY_LOGIT,
        .intercept = -2.9,
        .age_5 = -2.6,
        .age_6_11 = -1.5,
        .age_15_17 = 0.9,
        .man = 0.6,
        .man_6_11 = -0.2,
        .man_15_17 = 0.25,
        .not_attending = 1.5,
        .indigenous = 0.45,
        .dirt_floor = 0.3,
        .no_piped_water = 0.3,
        .no_drainage = 0.35,
        .internet = -0.45,
        .mobile_phone = -0.2,
        .car = -0.15,
        .sigma_municipality = 0.3,
    };
}

/* The numbers of the truth under their names. */
static const struct {
    const char *name;
    size_t offset;
} parts[] = {
#define PART(name)                                                                                 \
    { #name, offsetof(mirti_country_truth, name) }
    PART(intercept),
    PART(age_5),
    PART(age_6_11),
    PART(age_15_17),
    PART(man),
    PART(man_6_11),
    PART(man_15_17),
    PART(not_attending),
    PART(indigenous),
    PART(dirt_floor),
    PART(no_piped_water),
    PART(no_drainage),
    PART(internet),
    PART(mobile_phone),
    PART(car),
    PART(head_schooling),
    PART(head_agriculture),
    PART(sigma_municipality),
    PART(sigma_locality),
#undef PART
};
enum { PARTS = sizeof parts / sizeof *parts };

const char *mirti_country_truth_name(const mirti_country_truth *truth, int index, double *value) {
    if (index < 0 || index >= PARTS) return NULL;
    if (value != NULL) memcpy(value, (const char *)truth + parts[index].offset, sizeof *value);
    return parts[index].name;
}

mirti_status mirti_country_truth_set(mirti_country_truth *truth, const char *name, double value,
                                     mirti_error *err) {
    for (int i = 0; i < PARTS; i++) {
        if (strcmp(parts[i].name, name) != 0) continue;
        memcpy((char *)truth + parts[i].offset, &value, sizeof value);
        return MIRTI_OK;
    }
    mirti_fail(err, MIRTI_ERROR_USAGE, "the true model has no part of this name");
    mirti_fail_at(err, NULL, 0, 0, "truth", name);
    mirti_fail_remedy(err, "truth/model.json of a simulated country lists the names.");
    return MIRTI_ERROR_USAGE;
}

double mirti_simulate_log_odds(double share) {
    if (share < 0.00034) return -8.0;
    if (share > 0.99966) return 8.0;
    return mirti_exact_log(share / (1.0 - share));
}

double mirti_simulate_child_predictor(const mirti_country_truth *truth,
                                      const mirti_simulate_locality *locality,
                                      const mirti_simulate_dwelling *home, int index) {
    const mirti_simulate_person *child = &home->person[index];
    const mirti_simulate_person *head = &home->person[0];
    double eta = truth->intercept + locality->effect;
    if (child->man) eta += truth->man;
    if (child->age < 12) {
        eta += child->age < 6 ? truth->age_5 : truth->age_6_11;
        if (child->man) eta += truth->man_6_11;
    } else if (child->age > 14) {
        eta += truth->age_15_17;
        if (child->man) eta += truth->man_15_17;
    }
    if (!child->attending) eta += truth->not_attending;
    if (child->indigenous) eta += truth->indigenous;
    if (home->floor == 1) eta += truth->dirt_floor;
    if (home->water == 3) eta += truth->no_piped_water;
    if (home->drainage == 5) eta += truth->no_drainage;
    if (home->internet) eta += truth->internet;
    if (home->mobile) eta += truth->mobile_phone;
    if (home->car) eta += truth->car;
    eta += truth->head_schooling * (double)(head->schooling - 9);
    if (head->sector == MIRTI_SIMULATE_AGRICULTURE) eta += truth->head_agriculture;
    return eta;
}

static double probability(mirti_country_link link, double eta) {
    if (link == MIRTI_COUNTRY_CLOGLOG) return 1.0 - mirti_exact_exp(-mirti_exact_exp(eta));
    return mirti_logistic(eta);
}

void mirti_simulate_child_draw(const mirti_simulate_country *country,
                               const mirti_simulate_locality *locality,
                               mirti_simulate_dwelling *home, int index, mirti_rng *rng) {
    mirti_simulate_person *child = &home->person[index];
    double eta = mirti_simulate_child_predictor(&country->truth, locality, home, index);
    child->risk = mirti_simulate_cut(probability(country->truth.link, eta));
    child->works = mirti_rng_u32(rng) < child->risk;
    if (child->age < 12 || !child->works) return;
    child->activity = MIRTI_SIMULATE_WORKING;
    uint32_t draw = mirti_rng_below(rng, 100);
    child->sector = draw < (home->person[0].sector == MIRTI_SIMULATE_AGRICULTURE ? 70U : 15U)
                        ? MIRTI_SIMULATE_AGRICULTURE
                    : draw < 80U ? MIRTI_SIMULATE_SERVICES
                                 : MIRTI_SIMULATE_INDUSTRY;
}
