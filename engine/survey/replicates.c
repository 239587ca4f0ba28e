/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replicate weights: the sample's own spread shown by leaving parts of it out. All methods work on
 * whole PSUs, so a replicate is a factor per PSU. Half-samples are chosen by the rows of a Hadamard
 * matrix (McCarthy 1969, Int. Stat. Rev. 37), each of whose columns, but the first, is balanced
 * against every other, so that strata do not mix in the variance of a total; Fay's variant perturbs
 * instead of dropping (Judkins 1990, J. Off. Stat. 6). The bootstrap draws n_h − 1 PSUs with
 * replacement and rescales (Rao, Wu and Yue 1992, Survey Methodology 18). Oracle: R survey's
 * as.svrepdesign, and svrepdesign for weights that come with the data.
 */
#include "mirti/survey.h"

#include <math.h>
#include <string.h>

static const uint32_t purpose_bootstrap = 0x53425331; /* "SBS1" */

static double fraction_of(const mirti_survey_design *design, int32_t stratum) {
    return design->fpc ? design->fpc[stratum] : 0;
}

/* Is nothing of a stratum to be replicated: one PSU, which was taken with certainty? */
static bool is_whole(const mirti_survey_design *design, int32_t stratum) {
    return 1 - fraction_of(design, stratum) < 1e-7;
}

static mirti_status make_room(const mirti_survey_design *design, int32_t count,
                              mirti_survey_replicates *replicates, mirti_error *err) {
    size_t cells = (size_t)design->psus * (size_t)count;
    replicates->count = count;
    replicates->rscale = mirti_new((size_t)count, sizeof(double));
    replicates->factor = mirti_new(cells, sizeof(double));
    if (!replicates->rscale || !replicates->factor)
        return mirti_fail_memory(err, "replicate weights");
    for (size_t i = 0; i < cells; i++)
        replicates->factor[i] = 1;
    for (int32_t r = 0; r < count; r++)
        replicates->rscale[r] = 1;
    return MIRTI_OK;
}

/* ---------------------------------------------------------------------------------- jackknife -- */

/* Is a PSU left out in turn? The only one of its stratum is so under `adjust` alone. */
static bool has_turn(const mirti_survey_design *design, int32_t stratum) {
    return design->stratum_psus[stratum] > 1 ||
           (design->lonely == MIRTI_LONELY_ADJUST && !is_whole(design, stratum));
}

/* There are as many replicates as PSUs, so they are not written out: a replicate is the PSU that it
 * leaves out. */
static mirti_status make_jackknife(const mirti_survey_design *design,
                                   mirti_survey_replicates *replicates, mirti_error *err) {
    int32_t count = 0;
    for (int32_t c = 0; c < design->psus; c++)
        count += has_turn(design, design->psu_stratum[c]);
    if (count == 0)
        return mirti_fail(err, MIRTI_ERROR_MODEL,
                          "no stratum has two PSUs, so there is nothing to leave out in turn");
    replicates->count = count;
    replicates->rscale = mirti_new((size_t)count, sizeof(double));
    replicates->left_out = mirti_new((size_t)count, sizeof(int32_t));
    if (!replicates->rscale || !replicates->left_out)
        return mirti_fail_memory(err, "replicate weights");
    int32_t r = 0;
    for (int32_t c = 0; c < design->psus; c++) {
        int32_t h = design->psu_stratum[c];
        if (!has_turn(design, h)) continue;
        double n = design->stratum_psus[h], strata = design->strata;
        replicates->left_out[r] = c;
        replicates->rscale[r] =
            n > 1 ? (1 - fraction_of(design, h)) * (n - 1) / n : (strata - 1) / strata;
        r++;
    }
    replicates->scale = design->lonely == MIRTI_LONELY_AVERAGE ? (double)design->psus / count : 1;
    return MIRTI_OK;
}

/* What the jackknife multiplies a PSU's weights with: those left take over from the one left out,
 * within its stratum, or (where it was alone there) everywhere. */
static double jackknife_factor(const mirti_survey_design *design, int32_t left_out, int32_t psu) {
    int32_t h = design->psu_stratum[left_out];
    double n = design->stratum_psus[h], strata = design->strata;
    if (psu == left_out) return 0;
    if (n == 1) return strata / (strata - 1);
    return design->psu_stratum[psu] == h ? n / (n - 1) : 1;
}

/* -------------------------------------------------------------------------------- half-samples -- */

/* Quadratic residue modulo an odd prime q: 1, −1, or 0 for 0. */
static int legendre(int64_t a, int64_t q) {
    a %= q;
    if (a < 0) a += q;
    if (a == 0) return 0;
    int64_t power = 1, base = a;
    for (int64_t e = (q - 1) / 2; e > 0; e /= 2) {
        if (e % 2 == 1) power = power * base % q;
        base = base * base % q;
    }
    return power == 1 ? 1 : -1;
}

static bool is_prime(int64_t q) {
    if (q < 3 || q % 2 == 0) return false;
    for (int64_t d = 3; d * d <= q; d += 2)
        if (q % d == 0) return false;
    return true;
}

/*
 * Entry (i, j) of a Hadamard matrix of order `order` = 2^k (q + 1): Sylvester's doubling of Paley's
 * first construction, for a prime q ≡ 3 mod 4 (Paley 1933), or of the matrix (1) where q is 0. Its
 * first row and column are made all ones.
 */
static int raw_entry(int64_t i, int64_t j, int64_t q) {
    int64_t core = q == 0 ? 1 : q + 1;
    int64_t high = (i / core) & (j / core);
    int sign = 1;
    for (; high > 0; high &= high - 1)
        sign = -sign;
    i %= core;
    j %= core;
    if (q == 0 || i == 0) return sign;
    if (j == 0) return -sign;
    int residue = legendre(i - j, q);
    return sign * (i == j ? 1 : residue);
}

static int hadamard_entry(int64_t i, int64_t j, int64_t q) {
    return raw_entry(i, j, q) * raw_entry(0, j, q) * raw_entry(i, 0, q) * raw_entry(0, 0, q);
}

/* The smallest order above `least` that these constructions give, and its prime. */
static int64_t hadamard_order(int64_t least, int64_t *prime) {
    int64_t best = 1;
    *prime = 0;
    while (best < least)
        best *= 2;
    for (int64_t scale = 1; 4 * scale <= best; scale *= 2)
        for (int64_t core = 4; core * scale < best; core += 4)
            if (core * scale >= least && is_prime(core - 1)) {
                best = core * scale;
                *prime = core - 1;
            }
    return best;
}

static mirti_status make_half_samples(const mirti_survey_design *design, double rho,
                                      mirti_survey_replicates *replicates, mirti_error *err) {
    for (int32_t h = 0; h < design->strata; h++) {
        if (design->stratum_psus[h] == 2) continue;
        mirti_status status = mirti_fail(
            err, MIRTI_ERROR_MODEL,
            "balanced half-samples need two PSUs in every stratum; stratum '%s' has %d",
            design->stratum_name ? design->stratum_name[h] : "(all)", (int)design->stratum_psus[h]);
        mirti_fail_remedy(err, "Use the jackknife (JKn) or the bootstrap.");
        return status;
    }
    if (design->fpc)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "balanced half-samples know no finite-population correction");
    int64_t prime, order = hadamard_order((int64_t)design->strata + 1, &prime);
    MIRTI_TRY(make_room(design, (int32_t)order, replicates, err));
    for (int32_t c = 0; c < design->psus; c++) {
        int64_t h = design->psu_stratum[c];
        bool second = c % 2 == 1;
        for (int64_t r = 0; r < order; r++) {
            bool plus = (hadamard_entry(r, h + 1, prime) > 0) != second;
            replicates->factor[c * order + r] = plus ? 2 - rho : rho;
        }
    }
    replicates->scale = 1 / ((double)order * (1 - rho) * (1 - rho));
    return MIRTI_OK;
}

/* ---------------------------------------------------------------------------------- bootstrap -- */

static mirti_status make_bootstrap(const mirti_survey_design *design, int32_t count, uint64_t seed,
                                   mirti_survey_replicates *replicates, mirti_error *err) {
    if (count < 2)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "a bootstrap needs two replicates or more");
    MIRTI_TRY(make_room(design, count, replicates, err));
    for (int32_t r = 0; r < count; r++) {
        mirti_rng rng = mirti_rng_at(seed, purpose_bootstrap, (uint64_t)r);
        int32_t first = 0;
        for (int32_t h = 0; h < design->strata; first += design->stratum_psus[h], h++) {
            int32_t n = design->stratum_psus[h];
            if (n < 2) continue;
            double pull = sqrt(1 - fraction_of(design, h));
            double *factor = replicates->factor + (size_t)first * (size_t)count + r;
            for (int32_t c = 0; c < n; c++)
                factor[(size_t)c * (size_t)count] = 1 - pull;
            for (int32_t draw = 0; draw < n - 1; draw++) {
                uint32_t c = mirti_rng_below(&rng, (uint32_t)n);
                factor[(size_t)c * (size_t)count] += pull * n / (n - 1);
            }
        }
    }
    replicates->scale = 1.0 / (count - 1);
    return MIRTI_OK;
}

mirti_status mirti_survey_replicates_new(const mirti_survey_design *design,
                                         mirti_replicate_kind kind, int32_t count, double rho,
                                         uint64_t seed, mirti_survey_replicates **out,
                                         mirti_error *err) {
    *out = NULL;
    if (kind == MIRTI_REPLICATE_JK1 && design->strata > 1)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "JK1 is for designs without strata; this one has %d: use JKn",
                          (int)design->strata);
    if (kind == MIRTI_REPLICATE_FAY && !(rho >= 0 && rho < 1))
        return mirti_fail(err, MIRTI_ERROR_USAGE, "Fay's rho is %g; it is from 0 up to 1", rho);
    mirti_survey_replicates *replicates = mirti_new(1, sizeof *replicates);
    if (!replicates) return mirti_fail_memory(err, "replicate weights");
    replicates->kind = kind;
    mirti_status status;
    switch (kind) {
    case MIRTI_REPLICATE_JK1:
    case MIRTI_REPLICATE_JKN: status = make_jackknife(design, replicates, err); break;
    case MIRTI_REPLICATE_BRR: status = make_half_samples(design, 0, replicates, err); break;
    case MIRTI_REPLICATE_FAY: status = make_half_samples(design, rho, replicates, err); break;
    case MIRTI_REPLICATE_BOOTSTRAP:
        status = make_bootstrap(design, count, seed, replicates, err);
        break;
    default:
        status = mirti_fail(err, MIRTI_ERROR_USAGE, "given weights are taken, not made");
        break;
    }
    if (status != MIRTI_OK) {
        mirti_survey_replicates_free(replicates);
        return status;
    }
    *out = replicates;
    return MIRTI_OK;
}

mirti_status mirti_survey_replicates_given(const mirti_survey_design *design, const double *weight,
                                           int32_t count, double scale, const double *rscale,
                                           bool mse, mirti_survey_replicates **out,
                                           mirti_error *err) {
    *out = NULL;
    size_t columns = (size_t)count, cells = (size_t)design->rows * columns;
    if (count < 2 || !(scale > 0))
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "replicate weights need two columns or more and a positive scale");
    for (size_t i = 0; i < cells; i++)
        if (!(isfinite(weight[i]) && weight[i] >= 0))
            return mirti_fail(err, MIRTI_ERROR_INPUT,
                              "row %lld of the sample has no usable weight in replicate %lld",
                              (long long)(i / columns) + 1, (long long)(i % columns) + 1);
    mirti_survey_replicates *replicates = mirti_new(1, sizeof *replicates);
    if (!replicates) return mirti_fail_memory(err, "replicate weights");
    replicates->kind = MIRTI_REPLICATE_GIVEN;
    replicates->count = count;
    replicates->scale = scale;
    replicates->mse = mse;
    replicates->rscale = mirti_new(columns, sizeof(double));
    replicates->given = mirti_new(cells, sizeof(double));
    if (!replicates->rscale || !replicates->given) {
        mirti_survey_replicates_free(replicates);
        return mirti_fail_memory(err, "replicate weights");
    }
    for (size_t r = 0; r < columns; r++)
        replicates->rscale[r] = rscale ? rscale[r] : 1;
    memcpy(replicates->given, weight, cells * sizeof *weight);
    *out = replicates;
    return MIRTI_OK;
}

void mirti_survey_replicates_free(mirti_survey_replicates *replicates) {
    if (!replicates) return;
    mirti_free(replicates->rscale);
    mirti_free(replicates->left_out);
    mirti_free(replicates->factor);
    mirti_free(replicates->given);
    mirti_free(replicates);
}

void mirti_survey_replicate_weights(const mirti_survey_design *design,
                                    const mirti_survey_replicates *replicates, int32_t r,
                                    double *weight) {
    size_t count = (size_t)replicates->count, column = (size_t)r;
    for (size_t i = 0; i < (size_t)design->rows; i++) {
        int32_t psu = design->psu[i];
        if (replicates->given)
            weight[i] = replicates->given[i * count + column];
        else if (replicates->left_out)
            weight[i] = design->weight[i] * jackknife_factor(design, replicates->left_out[r], psu);
        else
            weight[i] = design->weight[i] * replicates->factor[(size_t)psu * count + column];
    }
}

mirti_status mirti_survey_replicate_covariance(const mirti_survey_replicates *replicates,
                                               const double *theta, const double *full, int p,
                                               double *covariance, mirti_error *err) {
    size_t columns = (size_t)p, count = (size_t)replicates->count;
    double *centre = mirti_new(columns, sizeof *centre);
    if (!centre) return mirti_fail_memory(err, "the spread of replicates");
    size_t counted = 0;
    for (size_t r = 0; r < count; r++) {
        if (!(replicates->rscale[r] > 0)) continue;
        counted++;
        for (size_t j = 0; j < columns; j++)
            centre[j] += theta[r * columns + j];
    }
    for (size_t j = 0; j < columns; j++)
        centre[j] = replicates->mse ? full[j] : centre[j] / (double)counted;
    memset(covariance, 0, columns * columns * sizeof *covariance);
    for (size_t r = 0; r < count; r++)
        for (size_t j = 0; j < columns; j++) {
            double left =
                replicates->scale * replicates->rscale[r] * (theta[r * columns + j] - centre[j]);
            for (size_t k = j; k < columns; k++)
                covariance[j * columns + k] += left * (theta[r * columns + k] - centre[k]);
        }
    for (size_t j = 0; j < columns; j++)
        for (size_t k = 0; k < j; k++)
            covariance[j * columns + k] = covariance[k * columns + j];
    mirti_free(centre);
    return MIRTI_OK;
}
