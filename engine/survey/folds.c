/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Folds of cross-validation that respect the design: children of one PSU resemble each other, so a
 * fold that leaves out single children would let a model see their neighbours, and look better than
 * it is. Whole PSUs are left out, spread evenly over the strata, so that every fold is a small
 * sample of the same design (Wieczorek, Guerin and McMahon 2022, Stat 11, e454).
 *
 * Within a stratum the PSUs are shuffled and dealt one by one to the folds, like cards; the next
 * stratum goes on where the last one ended, so that the folds stay equal in the whole too. The
 * order of the strata is shuffled first, so that the fold of a stratum's only PSU is left to chance
 * as well.
 */
#include "mirti/survey.h"

static const uint32_t purpose_folds = 0x666f6c64; /* "fold" */

static void shuffle(int32_t *psu, int32_t count, mirti_rng *rng) {
    for (int32_t i = count - 1; i > 0; i--) {
        int32_t j = (int32_t)mirti_rng_below(rng, (uint32_t)i + 1);
        int32_t moved = psu[i];
        psu[i] = psu[j];
        psu[j] = moved;
    }
}

/* Scratch of one deal. */
typedef struct table {
    int32_t *order; /* [strata] shuffled */
    int32_t *first; /* [strata] a stratum's first PSU */
    int32_t *hand;  /* [psus] those of a stratum that are dealt */
} table;

/* Deals the PSUs that `fold` marks with 0. Returns how many there were. */
static int32_t deal(const mirti_survey_design *design, const table *t, int32_t folds, uint64_t seed,
                    int32_t *fold) {
    int32_t dealt = 0;
    for (int32_t h = 0, next = 0; h < design->strata; next += design->stratum_psus[h], h++) {
        t->order[h] = h;
        t->first[h] = next;
    }
    mirti_rng rng = mirti_rng_at(seed, purpose_folds, 0);
    shuffle(t->order, design->strata, &rng);
    for (int32_t turn = 0; turn < design->strata; turn++) {
        int32_t h = t->order[turn], count = 0;
        for (int32_t c = t->first[h]; c < t->first[h] + design->stratum_psus[h]; c++)
            if (fold[c] == 0) t->hand[count++] = c;
        rng = mirti_rng_at(seed, purpose_folds, 1 + (uint64_t)h);
        shuffle(t->hand, count, &rng);
        for (int32_t i = 0; i < count; i++)
            fold[t->hand[i]] = dealt++ % folds;
    }
    return dealt;
}

mirti_status mirti_survey_folds(const mirti_survey_design *design, const uint8_t *in, int32_t folds,
                                uint64_t seed, int32_t *fold, mirti_error *err) {
    if (folds < 2)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "cross-validation needs two folds or more, not %d", (int)folds);
    int32_t *scratch =
        mirti_new(2 * (size_t)design->strata + (size_t)design->psus, sizeof *scratch);
    if (!scratch) return mirti_fail_memory(err, "the folds of cross-validation");
    const table t = {scratch, scratch + design->strata, scratch + 2 * (size_t)design->strata};
    for (int32_t c = 0; c < design->psus; c++)
        fold[c] = -1;
    for (int64_t i = 0; i < design->rows; i++)
        if (!in || in[i]) fold[design->psu[i]] = 0;
    int32_t dealt = deal(design, &t, folds, seed, fold);
    mirti_free(scratch);
    if (dealt >= folds) return MIRTI_OK;
    mirti_status status =
        mirti_fail(err, MIRTI_ERROR_MODEL,
                   "%d folds cannot be made of %d PSUs: whole PSUs are left out together",
                   (int)folds, (int)dealt);
    mirti_fail_remedy(err, "Ask for fewer folds.");
    return status;
}
