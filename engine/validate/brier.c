/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Accuracy: Brier's (1950) score B = Σ w (y − p)² / Σ w, a weighted mean like any other, and the
 * same scaled by what the overall rate alone would have: S = 1 − B / (ȳ(1 − ȳ)) (Steyerberg et al.
 * 2010). The error of S by linearisation, dS = −dB/R + B (1 − 2ȳ)/R² dȳ with R = ȳ(1 − ȳ).
 * Oracle: R svymean and svycontrast (tests/oracle/validate.R).
 */
#include "internal.h"

static mirti_status scaled(const mirti_survey_design *design, const double *square, const double *y,
                           const uint8_t *in, double confidence, const mirti_survey_estimate *brier,
                           double *influence, mirti_measure *out, mirti_error *err) {
    mirti_survey_estimate rate;
    MIRTI_TRY(mirti_survey_mean(design, y, in, confidence, &rate, err));
    double spread = rate.value * (1 - rate.value), se;
    *out = mirti_validate_none();
    if (!(spread > 0)) return MIRTI_OK;
    double pull = brier->value * (1 - 2 * rate.value) / (spread * spread);
    for (int64_t i = 0; i < design->rows; i++) {
        if (!mirti_validate_counts(in, i)) continue;
        influence[i] = design->weight[i] / rate.weight *
                       (pull * (y[i] - rate.value) - (square[i] - brier->value) / spread);
    }
    MIRTI_TRY(mirti_validate_error(design, influence, in, &se, err));
    *out = mirti_validate_measure(1 - brier->value / spread, se, confidence, rate.df);
    return MIRTI_OK;
}

mirti_status mirti_brier_estimate(const mirti_survey_design *design, const double *p,
                                  const double *y, const uint8_t *in, double confidence,
                                  mirti_brier *out, mirti_error *err) {
    double *square = mirti_new(2 * (size_t)design->rows, sizeof *square);
    if (!square) return mirti_fail_memory(err, "Brier's score");
    for (int64_t i = 0; i < design->rows; i++)
        if (mirti_validate_counts(in, i)) square[i] = (y[i] - p[i]) * (y[i] - p[i]);
    mirti_survey_estimate brier;
    mirti_status status = mirti_survey_mean(design, square, in, confidence, &brier, err);
    if (status == MIRTI_OK) {
        out->brier = mirti_validate_measure(brier.value, brier.se, confidence, brier.df);
        status = scaled(design, square, y, in, confidence, &brier, square + design->rows,
                        &out->scaled, err);
    }
    mirti_free(square);
    return status;
}
