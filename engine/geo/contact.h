/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the two ways of finding neighbours share.
 */
#ifndef MIRTI_GEO_CONTACT_H
#define MIRTI_GEO_CONTACT_H

#include "mirti/geo.h"

/** Two features beside each other. */
typedef struct mirti_geo_pair {
    int64_t a, b;
} mirti_geo_pair;

/** Rows of neighbours from pairs in ascending order, each pair once, a < b. */
mirti_status mirti_geo_neighbours_of_pairs(int64_t count, const mirti_geo_pair *pair, int64_t pairs,
                                           mirti_neighbours **out, mirti_error *err);
/** An empty table for `count` features and `total` neighbours; NULL on no memory. */
mirti_neighbours *mirti_geo_neighbours_new(int64_t count, int64_t total);
/** The k nearest features of each. */
mirti_status mirti_geo_nearest(const mirti_boundaries *boundaries, int k, mirti_neighbours **out,
                               mirti_error *err);

#endif
