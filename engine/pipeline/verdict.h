/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From measures to words: for each question that an official would ask of a model, one of a few
 * answers. The limits are conventions, not laws; docs/validation.md gives them with their sources.
 */
#ifndef PIPELINE_VERDICT_H
#define PIPELINE_VERDICT_H

#include "mirti/validate.h"

typedef enum mirti_question {
    MIRTI_QUESTION_DISCRIMINATION, ///< AUC out of sample
    MIRTI_QUESTION_CALIBRATION,    ///< intercept and slope out of sample
    MIRTI_QUESTION_FIT,            ///< Archer and Lemeshow
    MIRTI_QUESTION_COLLINEARITY,   ///< the largest scaled GVIF
    MIRTI_QUESTION_AREAS,          ///< larger areas within the survey's interval
    MIRTI_QUESTIONS
} mirti_question;

typedef enum mirti_verdict {
    MIRTI_VERDICT_NONE, ///< not known
    MIRTI_VERDICT_POOR,
    MIRTI_VERDICT_FAIR,
    MIRTI_VERDICT_GOOD,
    MIRTI_VERDICT_EXCELLENT
} mirti_verdict;

mirti_verdict mirti_verdict_of(const mirti_validation *v, mirti_question question);
/** "discrimination", "calibration", ... and "poor", "fair", ...; NULL where not known. */
const char *mirti_question_name(mirti_question question);
const char *mirti_verdict_word(mirti_verdict verdict);

#endif
