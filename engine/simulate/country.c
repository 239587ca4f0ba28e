/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From options to the plan of a country. */
#include "country.h"

enum { STATES = 8, MUNICIPALITIES_PER_STATE = 20, MOST_STATES = 99, MOST_PER_STATE = 570 };
enum { PERSONS_PER_MUNICIPALITY = 750, FEWEST_PERSONS = 100 };
static const int64_t most_persons = 1000000000;

static mirti_status refuse(mirti_error *err, const char *option, int64_t value, const char *why,
                           const char *remedy) {
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    mirti_fail(err, MIRTI_ERROR_USAGE, "%s", why);
    mirti_fail_at(err, NULL, 0, 0, option, text);
    mirti_fail_remedy(err, "%s", remedy);
    return MIRTI_ERROR_USAGE;
}

/* Fills in what the caller left open, and refuses what cannot be. */
static mirti_status complete_options(const mirti_country_options *given,
                                     mirti_country_options *full, mirti_error *err) {
    *full = *given;
    if (given->states < 0 || given->states > MOST_STATES)
        return refuse(err, "states", given->states, "a country has from 1 to 99 states",
                      "State codes have two digits.");
    if (given->municipalities < 0 || given->municipalities > (int64_t)MOST_STATES * MOST_PER_STATE)
        return refuse(err, "municipalities", given->municipalities,
                      "a country has at least one municipality, and at most 570 in each state",
                      "Ask for fewer municipalities.");
    if (given->persons < 0 || given->persons > most_persons)
        return refuse(err, "persons", given->persons,
                      "the census file has from 1 to 1,000,000,000 persons", "Ask for fewer.");
    if (given->survey_dwellings < 0)
        return refuse(err, "survey dwellings", given->survey_dwellings,
                      "a survey cannot visit fewer than no dwellings", "Leave it open.");
    if (full->states == 0)
        full->states = full->municipalities > 0 && full->municipalities < STATES
                           ? full->municipalities
                       : full->municipalities > (int64_t)STATES * 100 ? 32
                                                                      : STATES;
    if (full->municipalities == 0) full->municipalities = full->states * MUNICIPALITIES_PER_STATE;
    if (full->municipalities < full->states)
        return refuse(err, "municipalities", full->municipalities,
                      "there are fewer municipalities than states",
                      "Every state needs at least one: raise municipalities or lower states.");
    if (full->municipalities > full->states * MOST_PER_STATE)
        return refuse(err, "municipalities", full->municipalities,
                      "there are more than 570 municipalities a state",
                      "Raise states or lower municipalities.");
    if (full->persons == 0) full->persons = full->municipalities * PERSONS_PER_MUNICIPALITY;
    if (full->persons < full->municipalities * FEWEST_PERSONS)
        return refuse(err, "persons", full->persons,
                      "there would be fewer than 100 persons a municipality",
                      "Raise persons or lower municipalities.");
    return MIRTI_OK;
}

static mirti_status plan(mirti_simulate_country *country, mirti_error *err) {
    const mirti_country_options *options = &country->options;
    country->states = (int32_t)options->states;
    country->municipalities = (int32_t)options->municipalities;
    country->state = mirti_new((size_t)country->states, sizeof *country->state);
    country->municipality =
        mirti_new((size_t)country->municipalities, sizeof *country->municipality);
    if (country->state == NULL || country->municipality == NULL)
        return mirti_fail_memory(err, "the plan of a simulated country");
    MIRTI_TRY(mirti_simulate_land_make(country, err));
    MIRTI_TRY(mirti_simulate_name(country, err));
    MIRTI_TRY(mirti_simulate_settle(country, err));
    return mirti_simulate_name_localities(country, err);
}

mirti_status mirti_simulate_plan(const mirti_country_options *options,
                                 mirti_simulate_country *country, mirti_error *err) {
    *country = (mirti_simulate_country){0};
    MIRTI_TRY(complete_options(options, &country->options, err));
    country->survey_seed = options->seed;
    country->truth = options->truth != NULL ? *options->truth : mirti_country_truth_default();
    mirti_status status = plan(country, err);
    if (status != MIRTI_OK) mirti_simulate_country_reset(country);
    return status;
}

mirti_status mirti_simulate_options_check(const mirti_country_options *options, mirti_error *err) {
    mirti_country_options full;
    return complete_options(options, &full, err);
}

void mirti_simulate_country_reset(mirti_simulate_country *country) {
    mirti_free(country->land.municipality);
    mirti_free(country->land.locality);
    mirti_free(country->land.town);
    mirti_free(country->state);
    mirti_free(country->municipality);
    mirti_free(country->locality);
    *country = (mirti_simulate_country){0};
}
