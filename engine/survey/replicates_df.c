/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many degrees of freedom a variance by replicates has. Where the program made the replicates
 * it knows the PSUs and strata that they came from. Of weights that come with a survey the rank
 * tells: R columns of which some follow from others have fewer directions to vary in. Oracle: R
 * survey's degf on svrepdesign objects and their subsets.
 */
#include "mirti/survey.h"

#include <math.h>
#include <string.h>

/* What is left of a row after elimination counts as nothing below this share of it. */
static const double negligible = 1e-7;

/* Rows that are reduced to a one at their pivot and zeros at the pivots before. */
typedef struct basis {
    size_t columns, rank;
    double *row;   /* [columns × columns] */
    size_t *pivot; /* [columns] */
} basis;

/* Takes a row in if it does not follow from those before; overwrites it. */
static void add_row(basis *b, double *row) {
    double largest = 0, left = 0;
    size_t pivot = 0;
    for (size_t j = 0; j < b->columns; j++)
        largest = fmax(largest, fabs(row[j]));
    for (size_t k = 0; k < b->rank; k++) {
        const double *known = b->row + k * b->columns;
        double factor = row[b->pivot[k]];
        if (factor == 0) continue;
        for (size_t j = 0; j < b->columns; j++)
            row[j] -= factor * known[j];
        row[b->pivot[k]] = 0;
    }
    for (size_t j = 0; j < b->columns; j++)
        if (fabs(row[j]) > left) {
            left = fabs(row[j]);
            pivot = j;
        }
    if (!(left > negligible * largest)) return;
    double *into = b->row + b->rank * b->columns;
    for (size_t j = 0; j < b->columns; j++)
        into[j] = row[j] / row[pivot];
    b->pivot[b->rank++] = pivot;
}

/* Rank of the weights, each row by its weight: that changes no rank, and rows of a PSU, which the
 * file has together, are then the same and looked at once. */
static mirti_status rank_of(const mirti_survey_design *design,
                            const mirti_survey_replicates *replicates, const uint8_t *in,
                            size_t *rank, mirti_error *err) {
    size_t columns = (size_t)replicates->count;
    basis b = {.columns = columns};
    b.row = mirti_new(columns * columns, sizeof *b.row);
    b.pivot = mirti_new(columns, sizeof *b.pivot);
    double *row = mirti_new(columns, sizeof *row), *last = mirti_new(columns, sizeof *last);
    mirti_status status = MIRTI_OK;
    if (!b.row || !b.pivot || !row || !last)
        status = mirti_fail_memory(err, "the rank of replicate weights");
    for (int64_t i = 0; status == MIRTI_OK && i < design->rows && b.rank < columns; i++) {
        if (in && !in[i]) continue;
        for (size_t j = 0; j < columns; j++)
            row[j] = replicates->given[(size_t)i * columns + j] / design->weight[i];
        if (memcmp(row, last, columns * sizeof *row) == 0) continue;
        memcpy(last, row, columns * sizeof *row);
        add_row(&b, row);
    }
    *rank = b.rank;
    mirti_free(b.row);
    mirti_free(b.pivot);
    mirti_free(row);
    mirti_free(last);
    return status;
}

mirti_status mirti_survey_replicates_df(const mirti_survey_design *design,
                                        const mirti_survey_replicates *replicates,
                                        const uint8_t *in, int32_t *df, mirti_error *err) {
    *df = 0;
    if (replicates->given) {
        size_t rank = 0;
        MIRTI_TRY(rank_of(design, replicates, in, &rank, err));
        *df = rank > 0 ? (int32_t)rank - 1 : 0;
        return MIRTI_OK;
    }
    mirti_survey_reach reach;
    MIRTI_TRY(mirti_survey_design_reach(design, in, &reach, err));
    *df = reach.df < replicates->count - 1 ? reach.df : replicates->count - 1;
    return MIRTI_OK;
}
