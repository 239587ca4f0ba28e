/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the writer and the reader of model.json share. */
#ifndef MIRTI_FIT_MODEL_JSON_H
#define MIRTI_FIT_MODEL_JSON_H

#include "mirti/fit.h"

/* Raised when a member changes its meaning or one that readers need is added. */
enum { MIRTI_FIT_MODEL_VERSION = 1 };

/* Indexed by mirti_predictor_kind and mirti_lonely_psu. */
/* `predictors` and `terms`. */
void mirti_fit_write_terms(mirti_json *json, const mirti_terms *terms);

extern const char *const mirti_fit_kind_name[3];
extern const char *const mirti_fit_lonely_name[5];

#endif
