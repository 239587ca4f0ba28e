/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the area-level model share. */
#ifndef MIRTI_FIT_FAY_HERRIOT_H
#define MIRTI_FIT_FAY_HERRIOT_H

#include "mirti/fit.h"

/** The areas with a usable estimate, on the model's scale, and what was found at the variance A
 * that was tried last. Columns are scaled, so that their squares add up to about one. */
typedef struct mirti_fay_herriot_areas {
    int64_t areas;
    int p;
    double *y, *psi;  /* [areas] */
    const double **z; /* [areas] rows of the caller's matrix */
    double *scale;    /* [p] of columns */
    double *moment;   /* [3 × p × p] ZᵀV⁻¹Z, ZᵀV⁻²Z, ZᵀV⁻³Z */
    double *q;        /* [p × p] Q = (ZᵀV⁻¹Z)⁻¹ */
    double *b, *work; /* [p], [2 × p × p] */
    double loglik, score, information;
} mirti_fay_herriot_areas;

/** What is wanted of all areas, as mirti_fay_herriot_fit_sampling is given it. */
typedef struct mirti_fay_herriot_wish {
    const double *estimate, *sampling, *z; /* [areas], [areas], [areas × p] */
    double confidence;
} mirti_fay_herriot_wish;

/* Whether an estimate can be used; its transform. */
bool mirti_fay_herriot_usable(mirti_area_scale scale, double estimate, double sampling);
double mirti_fay_herriot_transform(mirti_area_scale scale, double p);

/* Regression coefficients (of scaled columns), restricted log-likelihood without its constant,
 * score and information at A. Returns the column that depends on others, or −1. */
int mirti_fay_herriot_evaluate(mirti_fay_herriot_areas *data, double a);

/* Fills what `fit` says of the predictive distribution, from its variance A on. MEMORY. */
mirti_status mirti_fay_herriot_predict(mirti_fay_herriot_areas *data,
                                       const mirti_fay_herriot_wish *wish, mirti_fay_herriot *fit,
                                       mirti_error *err);

#endif
