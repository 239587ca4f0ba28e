/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The limits between good and poor. AUC: 0.7, 0.8, 0.9 (Hosmer, Lemeshow and Sturdivant 2013, sec.
 * 5.2.4). Variance inflation: 5 and 10, on the scale of the usual VIF. The others are our own. */
#include "verdict.h"

#include <math.h>

static mirti_verdict discrimination(double auc) {
    if (isnan(auc)) return MIRTI_VERDICT_NONE;
    if (auc < 0.7) return MIRTI_VERDICT_POOR;
    if (auc < 0.8) return MIRTI_VERDICT_FAIR;
    return auc < 0.9 ? MIRTI_VERDICT_GOOD : MIRTI_VERDICT_EXCELLENT;
}

/* By how much the odds of all are off, and of those far from the middle. */
static mirti_verdict calibration(const mirti_calibration *c) {
    double level = fabs(c->intercept.value), slope = fabs(c->slope.value - 1);
    if (isnan(level) || isnan(slope)) return MIRTI_VERDICT_NONE;
    if (level <= 0.1 && slope <= 0.1) return MIRTI_VERDICT_GOOD;
    return level <= 0.25 && slope <= 0.2 ? MIRTI_VERDICT_FAIR : MIRTI_VERDICT_POOR;
}

static mirti_verdict fit(double p) {
    if (isnan(p)) return MIRTI_VERDICT_NONE;
    if (p >= 0.05) return MIRTI_VERDICT_GOOD;
    return p >= 0.01 ? MIRTI_VERDICT_FAIR : MIRTI_VERDICT_POOR;
}

static mirti_verdict collinearity(const mirti_validation *v) {
    double most = 1;
    for (int t = 0; t < v->terms; t++)
        most = fmax(most, v->inflation[t].scaled);
    if (most < 5) return MIRTI_VERDICT_GOOD;
    return most < 10 ? MIRTI_VERDICT_FAIR : MIRTI_VERDICT_POOR;
}

static mirti_verdict areas(const mirti_area_checks *checks) {
    if (!checks || checks->compared == 0) return MIRTI_VERDICT_NONE;
    double share = (double)checks->within / checks->compared;
    if (share >= 0.9) return MIRTI_VERDICT_GOOD;
    return share >= 0.7 ? MIRTI_VERDICT_FAIR : MIRTI_VERDICT_POOR;
}

mirti_verdict mirti_verdict_of(const mirti_validation *v, mirti_question question) {
    switch (question) {
    case MIRTI_QUESTION_DISCRIMINATION: return discrimination(v->by_psu->auc.auc.value);
    case MIRTI_QUESTION_CALIBRATION: return calibration(&v->by_psu->calibration);
    case MIRTI_QUESTION_FIT:
        /* with effects, only where a child's outcome has not told its area's */
        return fit(v->effects ? v->by_psu_goodness.p : v->goodness.p);
    case MIRTI_QUESTION_COLLINEARITY: return collinearity(v);
    case MIRTI_QUESTION_AREAS: return areas(v->areas);
    case MIRTI_QUESTIONS: break;
    }
    return MIRTI_VERDICT_NONE;
}

const char *mirti_question_name(mirti_question question) {
    static const char *const name[] = {"discrimination", "calibration", "fit", "collinearity",
                                       "areas"};
    return name[question];
}

const char *mirti_verdict_word(mirti_verdict verdict) {
    static const char *const word[] = {NULL, "poor", "fair", "good", "excellent"};
    return word[verdict];
}
