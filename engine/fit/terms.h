/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a column of the design matrix is made of. */
#ifndef MIRTI_FIT_TERMS_H
#define MIRTI_FIT_TERMS_H

#include "mirti/fit.h"

/* The product of `count` factors: a predictor's value, or (level ≥ 0) whether a category has that
 * level. No factor: the intercept. */
typedef struct mirti_terms_factor {
    int count;
    int predictor[4];
    int level[4];
} mirti_terms_factor;

#endif
