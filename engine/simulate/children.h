/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The true model: what makes a child work in a simulated country. */
#ifndef MIRTI_SIMULATE_CHILDREN_H
#define MIRTI_SIMULATE_CHILDREN_H

#include "household.h"

/* log(p / (1 − p)), held within ±8. */
double mirti_simulate_log_odds(double share);
/* The linear predictor of person `index` of a dwelling. */
double mirti_simulate_child_predictor(const mirti_country_truth *truth,
                                      const mirti_simulate_locality *locality,
                                      const mirti_simulate_dwelling *home, int index);
/* Sets risk and works, and with them the child's activity and sector. */
void mirti_simulate_child_draw(const mirti_simulate_country *country,
                               const mirti_simulate_locality *locality,
                               mirti_simulate_dwelling *home, int index, mirti_rng *rng);

#endif
