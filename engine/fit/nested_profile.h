/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much the sample knows of the two σ of nested intercepts: mixed_profile.h for a pair. */
#ifndef MIRTI_FIT_NESTED_PROFILE_H
#define MIRTI_FIT_NESTED_PROFILE_H

#include "nested.h"

/* A lattice of pairs (σ_area, σ_parent) around the estimate; of the MIRTI_LATTICE² places those of
 * a window are used. */
enum { MIRTI_LATTICE = 49 };

typedef struct mirti_nested_profile {
    size_t columns;      /* p */
    double step[2];      /* between values of σ_area and of σ_parent */
    int centre[2];       /* steps from zero to the middle of the lattice */
    int low[2], high[2]; /* the window's ends, inclusive */
    double *beta;        /* [lattice × lattice × p] β̂ of standardised columns at each pair */
    double *density; /* [lattice × lattice] log of what the data say of it, the largest being 0 */
} mirti_nested_profile;

/* Around the estimate, the last two of `top` [p + 2], as far as the density reaches. */
mirti_status mirti_nested_profile_open(mirti_mixed_data *data, const double *top,
                                       const mirti_listener *listener,
                                       mirti_nested_profile *profile, mirti_error *err);
void mirti_nested_profile_reset(mirti_nested_profile *profile);

/* Parameters [p + 2] at the σ_area below which `share` of its distribution lies, and the σ_parent
 * below which, given that, `other` of its distribution lies. */
void mirti_nested_profile_at(const mirti_nested_profile *profile, double share, double other,
                             double *parameter);

#endif
