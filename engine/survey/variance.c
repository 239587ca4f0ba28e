/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The variance of estimated totals under a sample design, by linearisation (Binder 1983, Int. Stat.
 * Rev. 51): what varies between samples is which PSUs were drawn, so the variance is that of the
 * weighted totals of PSUs around the mean of their stratum,
 *
 *     B = Σ_h (1−f_h) n_h/(n_h−1) Σ_c (z_hc − z̄_h)(z_hc − z̄_h)ᵀ,
 *
 * and, where the sample within PSUs has a finite-population correction too, the second-stage term
 * Σ_h f_h Σ_c (1−f_hc) m_hc/(m_hc−1) Σ_k (z_hck − z̄_hc)(…)ᵀ (Särndal, Swensson and Wretman 1992,
 * sec. 4.3). PSUs with no member of the subpopulation have z = 0 and count in n_h.
 * Oracle: R survey::svyrecvar (tests/oracle), for every policy on lonely PSUs.
 */
#include "mirti/survey.h"

#include <string.h>

/* One group of sampled units (the PSUs of a stratum, or the second-stage units of a PSU). */
typedef struct group {
    const double *total; /* [count × p] */
    int32_t count;
    double fraction; /* sampled, f */
    double factor;   /* what its contribution is multiplied with */
} group;

/* Adds factor · (1−f) n/(n−1) Σ (z − z̄)(z − z̄)ᵀ to the upper triangle of `covariance`. */
static void add_spread(const group *g, int p, double *mean, double *deviation, double *covariance) {
    double n = (double)g->count;
    memset(mean, 0, (size_t)p * sizeof *mean);
    for (int32_t c = 0; c < g->count; c++)
        for (int j = 0; j < p; j++)
            mean[j] += g->total[(size_t)c * (size_t)p + (size_t)j];
    for (int j = 0; j < p; j++)
        mean[j] /= n;
    double scale = g->factor * (1 - g->fraction) * n / (n - 1);
    for (int32_t c = 0; c < g->count; c++) {
        const double *total = g->total + (size_t)c * (size_t)p;
        for (int j = 0; j < p; j++)
            deviation[j] = total[j] - mean[j];
        for (int j = 0; j < p; j++) {
            double left = scale * deviation[j];
            double *row = covariance + (size_t)j * (size_t)p;
            for (int k = j; k < p; k++)
                row[k] += left * deviation[k];
        }
    }
}

/* A lonely unit under the policy `adjust`: its deviation from the grand mean of totals. Scores of a
 * linearised estimator add up to zero, so the grand mean is zero and the deviation the total. */
static void add_lonely(const group *g, int p, double *covariance) {
    double scale = g->factor * (1 - g->fraction);
    for (int j = 0; j < p; j++)
        for (int k = j; k < p; k++)
            covariance[(size_t)j * (size_t)p + (size_t)k] += scale * g->total[j] * g->total[k];
}

/* Contribution of a group; false if it is lonely and the policy has to average it away. */
static bool add_group(const group *g, mirti_lonely_psu lonely, int p, double *mean,
                      double *deviation, double *covariance) {
    if (1 - g->fraction < 1e-7) return true; /* all units were taken: nothing varies */
    if (g->count > 1) {
        add_spread(g, p, mean, deviation, covariance);
        return true;
    }
    if (lonely == MIRTI_LONELY_ADJUST) add_lonely(g, p, covariance);
    return lonely != MIRTI_LONELY_AVERAGE;
}

static mirti_status first_stage(const mirti_survey_design *design, const double *psu_total, int p,
                                const uint8_t *present, double *work, double *covariance,
                                mirti_error *err) {
    int32_t counted = 0, estimated = 0;
    int32_t first = 0;
    for (int32_t h = 0; h < design->strata; first += design->stratum_psus[h], h++) {
        if (present && !present[h]) continue;
        group stratum = {psu_total + (size_t)first * (size_t)p, design->stratum_psus[h],
                         design->fpc ? design->fpc[h] : 0, 1};
        counted++;
        estimated += add_group(&stratum, design->lonely, p, work, work + p, covariance);
    }
    if (estimated == counted) return MIRTI_OK;
    if (estimated == 0) {
        mirti_status status = mirti_fail(
            err, MIRTI_ERROR_MODEL,
            "every stratum has only one PSU, so there is none whose variance could be averaged");
        mirti_fail_remedy(err, "Merge strata, or choose 'lonely_psu: adjust'.");
        return status;
    }
    double scale = (double)counted / (double)estimated;
    for (size_t i = 0; i < (size_t)p * (size_t)p; i++)
        covariance[i] *= scale;
    return MIRTI_OK;
}

static mirti_status second_stage(const mirti_survey_design *design, const double *ssu_total, int p,
                                 double *work, double *covariance, mirti_error *err) {
    int32_t first = 0;
    for (int32_t c = 0; c < design->psus; first += design->psu_ssus[c], c++) {
        group psu = {ssu_total + (size_t)first * (size_t)p, design->psu_ssus[c], design->fpc2[c],
                     design->fpc[design->psu_stratum[c]]};
        if (add_group(&psu, design->lonely, p, work, work + p, covariance)) continue;
        mirti_status status =
            mirti_fail(err, MIRTI_ERROR_MODEL,
                       "PSU '%s' has one second-stage unit; averaging is not defined there",
                       design->psu_name ? design->psu_name[c] : "");
        mirti_fail_remedy(err, "Choose 'lonely_psu: adjust', remove or certainty.");
        return status;
    }
    return MIRTI_OK;
}

mirti_status mirti_survey_unit_covariance(const mirti_survey_design *design,
                                          const double *unit_total, int p, const uint8_t *present,
                                          double *covariance, mirti_error *err) {
    size_t columns = (size_t)p;
    mirti_status status = MIRTI_OK;
    memset(covariance, 0, columns * columns * sizeof *covariance);
    double *psu_total = NULL;
    double *work = mirti_new(2 * columns, sizeof *work);
    if (design->ssu) psu_total = mirti_new((size_t)design->psus * columns, sizeof *psu_total);
    if (!work || (design->ssu && !psu_total)) {
        status = mirti_fail_memory(err, "totals of PSUs");
        goto done;
    }
    for (int32_t k = 0; psu_total && k < design->ssus; k++)
        for (size_t j = 0; j < columns; j++)
            psu_total[(size_t)design->ssu_psu[k] * columns + j] +=
                unit_total[(size_t)k * columns + j];
    MIRTI_TRY_GOTO(
        status,
        first_stage(design, psu_total ? psu_total : unit_total, p, present, work, covariance, err),
        done);
    if (design->ssu)
        MIRTI_TRY_GOTO(status, second_stage(design, unit_total, p, work, covariance, err), done);
    for (size_t j = 0; j < columns; j++)
        for (size_t k = 0; k < j; k++)
            covariance[j * columns + k] = covariance[k * columns + j];
done:
    mirti_free(psu_total);
    mirti_free(work);
    return status;
}

mirti_status mirti_survey_total_covariance(const mirti_survey_design *design, const double *scores,
                                           int p, const uint8_t *in, double *covariance,
                                           mirti_error *err) {
    const int32_t *unit;
    int32_t units = mirti_survey_design_units(design, &unit);
    size_t columns = (size_t)p;
    double *total = mirti_new((size_t)units * columns, sizeof *total);
    uint8_t *present = in ? mirti_new((size_t)design->strata, 1) : NULL;
    mirti_status status;
    if (!total || (in && !present)) {
        status = mirti_fail_memory(err, "totals of sampling units");
        goto done;
    }
    for (int64_t i = 0; i < design->rows; i++) {
        if (in && !in[i]) continue;
        if (present) present[design->psu_stratum[design->psu[i]]] = 1;
        double *into = total + (size_t)unit[i] * columns;
        const double *row = scores + (size_t)i * columns;
        for (size_t j = 0; j < columns; j++)
            into[j] += row[j];
    }
    status = mirti_survey_unit_covariance(design, total, p, present, covariance, err);
done:
    mirti_free(total);
    mirti_free(present);
    return status;
}
