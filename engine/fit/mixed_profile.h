/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much the sample knows of σ. Its estimate alone is a poor guide to prediction errors where few
 * areas were seen: it may even be zero while areas differ. See mixed_profile.c.
 */
#ifndef MIRTI_FIT_MIXED_PROFILE_H
#define MIRTI_FIT_MIXED_PROFILE_H

#include "mixed_search.h"

enum { MIRTI_PROFILE_MOST = 64 };

typedef struct mirti_mixed_profile {
    int nodes;
    size_t size;       /* k = p + 1 */
    double *parameter; /* [nodes × k] β̂(σ) of standardised columns, and σ, ascending */
    double *inverse;   /* [nodes × k × k] rough covariance there */
    double *density;   /* [nodes] log of what the data say of σ, the largest being 0 */
    double visible;    /* v: the σ that the sample can just see, the scale of the prior */
    double *below; /* [(nodes − 1) × parts] mass of the distribution, prior and all, below the
                      end of each part of a step between nodes */
} mirti_mixed_profile;

/* Follows the top over β up and down from σ̂, the last of `top` [k]. The data's rule stays. */
mirti_status mirti_mixed_profile_open(mirti_mixed_data *data, const double *top,
                                      const mirti_listener *listener, mirti_mixed_profile *profile,
                                      mirti_error *err);
void mirti_mixed_profile_reset(mirti_mixed_profile *profile);

/* Parameters [k] at the quantile of σ that `share` of its distribution lies below; returns the
 * nearest node, of which the covariance is. */
int mirti_mixed_profile_quantile(const mirti_mixed_profile *profile, double share,
                                 double *parameter);

#endif
