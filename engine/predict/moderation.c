/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Variances of areas with a handful of PSUs, moderated by what all areas show together.
 *
 * The error of an area's logit is φ_a (V_a0 (1 − ρ) + V_a1 ρ): V as sampling.c has it, φ_a the
 * variance of the children's logits there. Two things are the areas' in common. ρ, how alike
 * children of a PSU are: the strata's variances are held against what is expected of them at
 * correlations between 0 and 1, by the deviance of a gamma distribution, as variances want it
 * (their own is 2 mean²/df). And how much φ differs: with d_a degrees of freedom an area's own
 * estimate is φ̂_a = Σ_h d_h v_h/E_h / d_a, and, as Smyth (2004) has it,
 *
 *     φ̂_a | φ_a ~ φ_a χ²(d_a)/d_a,   1/φ_a ~ χ²(d₀)/(d₀ φ₀),   so that φ̂_a/φ₀ ~ F(d_a, d₀).
 *
 * d₀ and φ₀ are those of greatest likelihood (Smyth's moments of log φ̂ would hang on estimates next
 * to nothing, which one degree of freedom often gives). What is known of φ_a is then
 * (d₀ φ₀ + d_a φ̂_a)/(d₀ + d_a), on d₀ + d_a degrees of freedom, though never on more than Σ d.
 *
 * Where no stratum of any area has two PSUs, nothing of this can be seen: children count as if they
 * had been drawn one by one, and φ₀ is their spread within areas.
 */
#include <math.h>

#include "sampling.h"

enum { STEPS = 60, HALVINGS = 44 };

/* A slope that is rounding: PSUs of one child each say nothing of how alike children are. */
static const double flat = 1e-12;

static double at_rho(mirti_predict_expected e, double rho) {
    return (1 - rho) * e.apart + rho * e.alike;
}

double mirti_predict_log_gamma(double x) {
    double below = 1;
    while (x < 16) {
        below *= x;
        x += 1;
    }
    double inverse = 1 / x, square = inverse * inverse;
    double series =
        inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)));
    static const double half_log_two_pi = 0.91893853320467274178;
    return (x - 0.5) * mirti_exact_log(x) - x + half_log_two_pi + series - mirti_exact_log(below);
}

/* ----------------------------------------------------------------- how alike children of a PSU are */

/* Half the slope, at a correlation, of the deviance of strata's variances about their means φ m,
 * m = (1 − ρ) E₀ + ρ E₁, with the φ that fits best: Σ d m′/m − Σ d Σ d v m′/m² / Σ d v/m. */
static double slope_at(const mirti_predict_psus *psus, double rho) {
    mirti_sum df = {0}, common = {0}, ratio = {0}, moved = {0};
    for (int64_t h = 0; h < psus->strata; h++) {
        const mirti_predict_stratum *s = &psus->stratum[h];
        double mean = at_rho(s->expected, rho), d = (double)s->df;
        double change = (s->expected.alike - s->expected.apart) / mean;
        mirti_sum_add(&df, d);
        mirti_sum_add(&common, d * change);
        mirti_sum_add(&ratio, d * s->variance / mean);
        mirti_sum_add(&moved, d * s->variance / mean * change);
    }
    double all = mirti_sum_value(&ratio);
    if (!(all > 0)) return 0; /* no PSU differs from another */
    return mirti_sum_value(&common) - mirti_sum_value(&df) * mirti_sum_value(&moved) / all;
}

static double find_rho(const mirti_predict_psus *psus) {
    double low = 0, high = 1;
    if (slope_at(psus, low) >= -flat * (double)psus->strata) return low;
    if (slope_at(psus, high) <= 0) return high;
    for (int step = 0; step < HALVINGS; step++) {
        double middle = (low + high) / 2;
        if (slope_at(psus, middle) < 0)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

/* --------------------------------------------------------------------- how much areas differ -- */

typedef struct evidence {
    int64_t count; /* areas with a degree of freedom */
    double *df, *phi;
    double all; /* Σ d */
} evidence;

/* φ₀ of greatest likelihood for a d₀: Σ (d + d₀) φ₀ / (d₀ φ₀ + d φ̂) = n, which grows with φ₀.
 * Newton's steps in log φ₀, none longer than one. */
static double prior_spread(const evidence *e, double prior, double start) {
    double spread = start;
    for (int step = 0; step < STEPS; step++) {
        mirti_sum value = {0}, slope = {0};
        for (int64_t a = 0; a < e->count; a++) {
            double own = e->df[a] * e->phi[a], below = prior * spread + own;
            double part = (e->df[a] + prior) * spread / below;
            mirti_sum_add(&value, part - 1);
            mirti_sum_add(&slope, part * own / below);
        }
        double change = -mirti_sum_value(&value) / mirti_sum_value(&slope);
        change = fmin(fmax(change, -1), 1);
        spread *= mirti_exact_exp(change);
        if (fabs(change) < 1e-13) break;
    }
    return spread;
}

/* Of all φ̂ under F(d, d₀) φ₀, up to what does not depend on either. */
static double log_likelihood(const evidence *e, double prior, double spread) {
    double half = prior / 2, nothing = mirti_predict_log_gamma(half);
    mirti_sum sum = {0};
    for (int64_t a = 0; a < e->count; a++) {
        double d = e->df[a], ratio = d * e->phi[a] / (prior * spread);
        mirti_sum_add(&sum, mirti_predict_log_gamma(half + d / 2) - nothing);
        mirti_sum_add(&sum, -d / 2 * mirti_exact_log(prior * spread));
        mirti_sum_add(&sum, -(half + d / 2) * mirti_exact_log(1 + ratio));
    }
    return mirti_sum_value(&sum);
}

/* d₀ between 1 and Σ d, by golden sections of its logarithm. */
static void find_prior(const evidence *e, mirti_census_sample *sample) {
    static const double golden = 0.61803398874989484820;
    mirti_sum own = {0};
    for (int64_t a = 0; a < e->count; a++)
        mirti_sum_add(&own, e->df[a] * e->phi[a]);
    double start = mirti_sum_value(&own) / e->all, low = 0, high = mirti_exact_log(e->all);
    sample->prior_df = e->all;
    sample->spread = start;
    if (!(start > 0)) return;
    double value[2] = {0}, at[2] = {high - golden * (high - low), low + golden * (high - low)};
    for (int step = 0, changed = -1; step < HALVINGS; step++) {
        for (int k = 0; k < 2; k++) {
            if (changed >= 0 && k != changed) continue;
            double prior = mirti_exact_exp(at[k]);
            value[k] = log_likelihood(e, prior, prior_spread(e, prior, start));
        }
        changed = value[0] > value[1] ? 0 : 1;
        if (changed == 0) {
            high = at[1];
            at[1] = at[0];
            value[1] = value[0];
            at[0] = high - golden * (high - low);
        } else {
            low = at[0];
            at[0] = at[1];
            value[0] = value[1];
            at[1] = low + golden * (high - low);
        }
    }
    sample->prior_df = mirti_exact_exp((low + high) / 2);
    sample->spread = prior_spread(e, sample->prior_df, start);
}

/* ------------------------------------------------------------------------------------ all -- */

/* Own estimates φ̂_a and their degrees of freedom [areas]; 0 where there are none. */
static void own_estimates(const mirti_predict_psus *psus, double rho, double *phi, double *df) {
    for (int64_t h = 0; h < psus->strata; h++) {
        const mirti_predict_stratum *s = &psus->stratum[h];
        df[s->area] += (double)s->df;
        phi[s->area] += (double)s->df * s->variance / at_rho(s->expected, rho);
    }
    for (int64_t a = 0; a < psus->areas; a++)
        if (df[a] > 0) phi[a] /= df[a];
}

/* Children within areas, as if there were no PSUs. */
static void without_evidence(const mirti_predict_psus *psus, mirti_census_sample *sample) {
    mirti_sum square = {0}, df = {0};
    for (int64_t a = 0; a < psus->areas; a++) {
        if (!(psus->count[a] > 1)) continue;
        mirti_sum_add(&square, psus->count[a] * psus->spread[a]);
        mirti_sum_add(&df, psus->count[a] - 1);
    }
    double all = mirti_sum_value(&df);
    sample->spread = all > 0 ? mirti_sum_value(&square) / all : 0;
    sample->prior_df = fmax(all, 1);
}

static void moderate(const mirti_predict_psus *psus, const mirti_census_sample *sample,
                     const double *phi, double *se, double *df) {
    double prior = sample->prior_df, most = sample->df > 0 ? (double)sample->df : prior;
    for (int64_t a = 0; a < psus->areas; a++) {
        double all = prior + df[a];
        double spread = (prior * sample->spread + df[a] * phi[a]) / all;
        se[a] = sqrt(spread * at_rho(psus->expected[a], sample->rho));
        df[a] = fmin(all, most);
    }
}

mirti_status mirti_predict_moderate(const mirti_predict_psus *psus, mirti_census_sample *sample,
                                    double *se, double *df, mirti_error *err) {
    size_t areas = (size_t)psus->areas;
    double *phi = mirti_new(areas, sizeof *phi);
    evidence e = {.df = mirti_new(areas, sizeof *e.df), .phi = mirti_new(areas, sizeof *e.phi)};
    bool room = phi && e.df && e.phi;
    if (room) {
        for (int64_t a = 0; a < psus->areas; a++)
            df[a] = 0;
        sample->rho = psus->strata > 0 ? find_rho(psus) : 0;
        own_estimates(psus, sample->rho, phi, df);
        for (int64_t a = 0; a < psus->areas; a++) {
            sample->areas += psus->expected[a].apart > 0;
            if (!(df[a] > 0)) continue;
            e.df[e.count] = df[a];
            e.phi[e.count++] = phi[a];
            e.all += df[a];
        }
        sample->df = (int64_t)e.all;
        if (e.count > 0)
            find_prior(&e, sample);
        else
            without_evidence(psus, sample);
        moderate(psus, sample, phi, se, df);
    }
    mirti_free(phi);
    mirti_free(e.df);
    mirti_free(e.phi);
    return room ? MIRTI_OK : mirti_fail_memory(err, "the variances of areas");
}
