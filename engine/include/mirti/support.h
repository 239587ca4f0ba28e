/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file support.h
 * Whether the survey has seen what the census asks of it. A model that is carried to places unlike
 * those it learned from is a guess, however small its standard errors. So before a prediction is
 * believed, every predictor's distribution is laid side by side in survey and census, and for every
 * area it is said how many of its children are unlike any child of the survey.
 */
#ifndef MIRTI_SUPPORT_H
#define MIRTI_SUPPORT_H

#include "mirti/base.h"
#include "mirti/census.h"
#include "mirti/fit.h"
#include "mirti/survey.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The survey as the model learned from it; borrowed. */
typedef struct mirti_support_sample {
    const mirti_survey_design *design;
    const uint8_t *in;   ///< [rows] the rows that the model learns from
    const double *value; ///< [rows × predictors of the terms] level index, 0 or 1, or number
    char *const *area;   ///< [rows] code of the child's area, NULL where unknown; NULL: the survey
                         ///< has none, and PSUs stand for areas
} mirti_support_sample;

typedef struct mirti_support_options {
    double limit;      ///< of the standardised difference, beyond which a predictor is flagged
    double unseen;     ///< share of children unlike any of the survey, beyond which an area is
    double confidence; ///< with which a difference must be more than the survey's chance
} mirti_support_options;

/** One number to compare: the share of a category's level, the share with a trait, or a mean. */
typedef struct mirti_support_line {
    int level; ///< of a category; −1 otherwise
    double survey, survey_se, census;
} mirti_support_line;

/** How a number is spread; NaN where it cannot be known (published means say nothing of it). */
typedef struct mirti_support_spread {
    double sd, least, quartile[3], most;
} mirti_support_spread;

typedef struct mirti_support_predictor {
    int predictor; ///< index among the predictors of the terms
    int lines;
    mirti_support_line *line; ///< [lines]
    double difference;        ///< standardised, ≥ 0; infinite where neither side varies
    double f, p;              ///< Wald test that the survey comes from the census's distribution
    bool flagged; ///< the difference is beyond the limit and more than the survey's chance
    mirti_support_spread survey, census; ///< of a number; NaN for others
    double outside; ///< of a number in a census of persons: share of children beyond the survey's
                    ///< least and most; NaN otherwise
    int64_t beyond; ///< areas whose mean is beyond those of the survey's groups
} mirti_support_predictor;

/** Survey and census beside each other for one kind of area. */
typedef struct mirti_support {
    mirti_support_options options;
    int predictors; ///< those that terms use
    mirti_support_predictor *predictor;
    int64_t groups; ///< areas (or PSUs) of the survey with MIRTI_SUPPORT_CHILDREN rows or more
    bool groups_are_areas;
    int64_t areas;
    double *unseen;  ///< [areas] share of children unlike any of the survey; NaN without children
    uint8_t *beyond; ///< [areas × predictors] 1: the area's mean is beyond the survey's groups
    double unseen_share;  ///< of all children
    int64_t unseen_areas; ///< with more than options.unseen
} mirti_support;

/** An area or a group of fewer children says nothing by its mean. */
enum { MIRTI_SUPPORT_CHILDREN = 10 };

/**
 * Compares the survey with the areas of a census.
 *
 * The difference of a share or a mean is |census − survey| / √((s²_survey + s²_census)/2) (Austin
 * 2009, Stat. Med. 28, 3083–3107), with s² = p(1−p) for a share; that of a category is √(dᵀS⁻¹d), d
 * the differences of its shares and S the mean of both multinomial covariances (Yang and Dalton
 * 2012, SAS Global Forum 335). Of published means the census's spread is unknown, and the survey's
 * stands for it. The survey's standard errors are linearised; the census is taken as exact.
 *
 * A child of a census of persons is *unseen* when no row of the survey has the same levels of all
 * categories and yes/no traits, or a number of it lies beyond the survey's range. Of published
 * aggregates the cell is known but not the child: unseen are the children of cells whose fixed
 * levels no row of the survey has. In both, an area is *beyond* the survey in a predictor when its
 * mean (share) is smaller or larger than in every area of the survey, groups and areas of fewer
 * than MIRTI_SUPPORT_CHILDREN rows or children left out.
 *
 * Statuses: MEMORY, and what mirti_survey_total_covariance has. Oracle: R svymean, pf, quadratic
 * forms (tests/oracle/support.R).
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_support_new(const mirti_terms *terms,
                                                        const mirti_support_sample *sample,
                                                        const mirti_areas *areas,
                                                        const mirti_support_options *options,
                                                        mirti_support **out, mirti_error *err);
MIRTI_API void mirti_support_free(mirti_support *support);
/** How many predictors are flagged. */
MIRTI_API int mirti_support_flagged(const mirti_support *support);
/** The table for people: every predictor in survey and census; what is flagged has a mark. In
 * Spanish or English. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_support_table(const mirti_support *support,
                                                          const mirti_terms *terms,
                                                          const char *language, mirti_text *out,
                                                          mirti_error *err);
/** The same with every digit, as an object under `key`. */
MIRTI_API void mirti_support_json(const mirti_support *support, const mirti_terms *terms,
                                  const char *key, mirti_json *json);

#ifdef __cplusplus
}
#endif
#endif
