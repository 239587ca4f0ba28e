/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The model that is judged: a regression alone, or one with effects of areas. It is fitted to some
 * rows of the sample, and says the probability of any row.
 */
#ifndef MIRTI_VALIDATE_JUDGED_H
#define MIRTI_VALIDATE_JUDGED_H

#include "mirti/predict.h"

#include "internal.h"

/** Codes of the rows as the fits want them, made once for all folds; both NULL without effects. */
typedef struct mirti_validate_places {
    mirti_str *area, *parent; ///< [rows] or NULL
} mirti_validate_places;

MIRTI_MUST_USE mirti_status mirti_validate_places_make(const mirti_validate_effects *effects,
                                                       int64_t rows, mirti_validate_places *out,
                                                       mirti_error *err);
void mirti_validate_places_reset(mirti_validate_places *places);

/** What a model says of a row. Zero-initialise; reset when done. */
typedef struct mirti_validate_judged {
    const mirti_logit *fit;              ///< link and number of columns
    const double *beta;                  ///< [p]
    const mirti_validate_effects *codes; ///< where rows are; NULL: a regression alone
    mirti_area_effects effects;
    mirti_effect_points unknown, here; ///< N(0, σ²), and of the row asked for last
    const char *area, *parent;         ///< codes of that row
    mirti_logit *own_logit;
    mirti_mixed *own_mixed;
    mirti_nested *own_nested;
} mirti_validate_judged;

/** The model as it was fitted to the whole sample: a view of what is given. */
MIRTI_MUST_USE mirti_status mirti_validate_judged_given(const mirti_model *model,
                                                        const mirti_validate_effects *effects,
                                                        mirti_validate_judged *out,
                                                        mirti_error *err);

/** The same model fitted to other rows. */
typedef struct mirti_validate_task {
    const mirti_survey_design *design;
    const mirti_model *model;
    const double *x, *y;
    const mirti_validate_effects *effects;
    const mirti_validate_places *places;
} mirti_validate_task;

/** `in` [rows] is what it is fitted to, and changed: rows without a place say nothing of effects.
 * MODEL where it cannot be fitted. */
MIRTI_MUST_USE mirti_status mirti_validate_judged_fit(const mirti_validate_task *task, uint8_t *in,
                                                      mirti_validate_judged *out, mirti_error *err);
void mirti_validate_judged_reset(mirti_validate_judged *judged);

/** Probability of a row with the design row `x` [p]: with effects, its mean over what is known of
 * the effect of its area, else of its larger area, else over N(0, σ²). `known` (nullable): whether
 * anything was. */
double mirti_validate_judged_probability(mirti_validate_judged *judged, int64_t row,
                                         const double *x, bool *known);
/** The same by traits alone: with effects, the mean over N(0, σ²). */
double mirti_validate_judged_traits(const mirti_validate_judged *judged, const double *x);

#endif
