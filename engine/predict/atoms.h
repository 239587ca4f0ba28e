/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The children of an area as a few kinds, each with its share w and its odds of *not* being in the
 * outcome, o = e^{−xᵀβ}. An effect u of the area moves all odds by one factor, so that its risk is
 *
 *     p(u) = Σ w / (1 + o e^{−u}):
 *
 * one exponential for an area and an effect, and none for a child. A bootstrap asks for some ten
 * million of these sums.
 */
#ifndef MIRTI_PREDICT_ATOMS_H
#define MIRTI_PREDICT_ATOMS_H

#include "internal.h"

/** Points for the spread within a cell: fewer than for the published risk, because a bootstrap asks
 * for differences of two risks, whose errors are the same. */
enum { MIRTI_ATOMS_POINTS = 9, MIRTI_ATOMS_LANES = 4 };

/** An area being described; room for the largest. */
typedef struct mirti_atoms {
    size_t count;  ///< a multiple of the lanes: filled up with kinds of share zero
    double *share; ///< [count]
    double *odds;  ///< [count]
    /* of aggregates: what the odds are made of, whatever β is */
    int cells;
    double *part;     ///< [cells] share of the area's children
    double *row;      ///< [cells × p]
    double *triangle; ///< [cells × p(p+1)/2]
    double *memory;   ///< all of these
} mirti_atoms;

/** The most kinds that any area of `base` has. */
size_t mirti_atoms_most(const mirti_predict_base *base);
/** Room for an area of `base` with at most so many. */
mirti_status mirti_atoms_make(mirti_atoms *atoms, const mirti_predict_base *base, size_t most,
                              mirti_error *err);
void mirti_atoms_reset(mirti_atoms *atoms);

/** Takes in what does not depend on β: call for an area before its odds are asked for. */
void mirti_atoms_describe(mirti_atoms *atoms, const mirti_predict_base *base,
                          mirti_predict_scratch *scratch, int64_t i);

/** Odds of the area described, of aggregates at `beta`. `point` and `weight`
 * [MIRTI_ATOMS_POINTS]: normal rule. */
void mirti_atoms_of_cells(mirti_atoms *atoms, int columns, const double *beta, const double *point,
                          const double *weight);
/** The same of persons: `odds` [patterns] of the cube at some β. */
void mirti_atoms_of_persons(mirti_atoms *atoms, const mirti_predict_persons *persons, int64_t i,
                            const double *odds);

/** p(u) with `factor` = e^{−u}. */
double mirti_atoms_risk(const mirti_atoms *atoms, double factor);

#endif
