/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sentences of a validation, those of both languages side by side in one table. */
#ifndef PIPELINE_VALIDATE_WORDS_H
#define PIPELINE_VALIDATE_WORDS_H

/** Columns of the tables of larger areas and of thresholds. */
enum { MIRTI_VALIDATION_AREA = 9, MIRTI_VALIDATION_THRESHOLD = 6 };

/** Arrays of five are by mirti_verdict. */
typedef struct mirti_validation_words {
    const char *language;
    const char *head, *design, *judged, *effects;
    const char *discrimination, *traits, *sample, *unseen, *elsewhere, *pairs, *captured,
        *discriminates[5];
    const char *calibration, *slope, *intercept, *brier, *says, *calibrated[5], *groups;
    const char *fit, *unseen_fit, *fits[5];
    const char *thresholds, *unseen_thresholds, *threshold_columns[MIRTI_VALIDATION_THRESHOLD],
        *threshold_words, *youden, *rate;
    const char *collinearity, *inflation_columns, *collinear[5];
    const char *areas, *within, *areas_with_effects, *agree[5],
        *area_columns[MIRTI_VALIDATION_AREA], *no_areas, *outside, *failed, *fold, *area;
} mirti_validation_words;

/** Those of a language. */
const mirti_validation_words *mirti_validation_words_in(const char *language);

#endif
