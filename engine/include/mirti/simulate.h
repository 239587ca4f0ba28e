/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file simulate.h
 * A whole synthetic country with known truth, for trying, teaching and testing without anybody's
 * data: boundaries, census microdata, published results by locality, a household survey, a list of
 * programmes, the true risk of every area, and a project that runs.
 *
 *     mirti_country_options options = {.directory = "country", .seed = 7};
 *     mirti_country_summary summary;
 *     mirti_status status = mirti_simulate(&options, NULL, &summary, &err);
 *
 * Everything is a function of the options: the same options give the same files on any machine and
 * with any number of threads. Random numbers are counter-based; what decides anything, and every
 * digit that is printed, comes from integers and from IEEE basic operations. How the country is
 * made, what its files hold and what is not realistic about it: docs/simulate.md.
 */
#ifndef MIRTI_SIMULATE_H
#define MIRTI_SIMULATE_H

#include "mirti/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How the probability follows from the linear predictor. */
typedef enum mirti_country_link {
    MIRTI_COUNTRY_LOGIT,
    MIRTI_COUNTRY_CLOGLOG ///< 1 − exp(−exp(η)): a wrong link for a logit model
} mirti_country_link;

/**
 * The true model of a child's work: η = intercept + Σ coefficients + u_municipality + u_locality,
 * both u normal and independent. All on the scale of the linear predictor; 0 leaves a part out. The
 * reference child is a girl of 12 to 14 who attends school and has none of the traits.
 */
typedef struct mirti_country_truth {
    mirti_country_link link;
    double intercept;
    double age_5, age_6_11, age_15_17; ///< instead of 12–14
    double man, man_6_11, man_15_17;   ///< man_6_11 holds for age 5 too
    double not_attending, indigenous;  ///< of the child
    double dirt_floor, no_piped_water, no_drainage, internet, mobile_phone,
        car;                 ///< of the dwelling
    double head_schooling;   ///< per year of schooling of the head of household above 9
    double head_agriculture; ///< head of household works in agriculture
    double sigma_municipality, sigma_locality; ///< standard deviations of the two u
} mirti_country_truth;

/** What a country is made with when the caller says nothing else: the predictors of the shipped
 * models hold, the head of household plays no part, sigma_municipality is 0.3, sigma_locality 0. */
MIRTI_API mirti_country_truth mirti_country_truth_default(void);

/** Sets one number of the truth by its name, such as "sigma_municipality" or "head_schooling".
 * USAGE when there is no such name. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_country_truth_set(mirti_country_truth *truth,
                                                              const char *name, double value,
                                                              mirti_error *err);
/** Name of number `index` of the truth, NULL beyond the last; the value into `*value` (nullable).
 */
MIRTI_API const char *mirti_country_truth_name(const mirti_country_truth *truth, int index,
                                               double *value);

/** What to make. Zero-initialise; only `directory` is needed. */
typedef struct mirti_country_options {
    const char *directory;    ///< made if it is not there
    int64_t states;           ///< 1 to 99; 0: 8, or fewer when there are fewer municipalities
    int64_t municipalities;   ///< at least one a state and at most 570 a state; 0: 20 a state
    int64_t persons;          ///< rows of the person file, about; 0: 750 a municipality
    int64_t survey_dwellings; ///< dwellings of the survey's sample; 0: about 9,000, fewer in small
                              ///< countries
    uint64_t seed;
    int threads;    ///< below 1: as many as there are processors
    bool overwrite; ///< replace the files of a country that is there already
    /** The survey visits a dwelling where a child works twice as readily as another of its block,
     * and its weights say so: analyses that leave them out are wrong. */
    bool informative;
    bool full_count; ///< the person file holds everybody, with weight 1; else it is a sample
    const mirti_country_truth *truth; ///< NULL: mirti_country_truth_default
} mirti_country_options;

/** What was made. */
typedef struct mirti_country_summary {
    int64_t states, municipalities, localities;
    int64_t population, dwellings;             ///< of the country
    int64_t person_rows, dwelling_rows;        ///< of the census files
    int64_t survey_dwellings, survey_children; ///< of the survey: dwellings visited, rows
    int64_t children;                          ///< aged 6 to 17
    int64_t working;                           ///< of these, how many work
} mirti_country_summary;

/**
 * Makes the country. Memory does not grow with the number of persons: it is some 100 bytes for each
 * cell of land (48 a municipality), about 1.5 kB for each locality, whose published row waits for
 * the nation's, and a few megabytes for each thread.
 *
 * The files appear in `directory` when all of them are complete; until then they lie in
 * `directory/.unfinished`, which is removed when something fails. A folder that holds anything else
 * is left alone: USAGE, unless it is a simulated country and `overwrite` is set; then the files of
 * the old one, as its `country.json` lists them, are replaced, and whatever else lies there stays.
 * `summary` and `listener` may be NULL. Statuses: USAGE for options that make no sense, OUTPUT,
 * MEMORY, CANCELLED.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_simulate(const mirti_country_options *options,
                                                     const mirti_listener *listener,
                                                     mirti_country_summary *summary,
                                                     mirti_error *err);

#ifdef __cplusplus
}
#endif
#endif
