/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where high risks stand together: Moran's I for the map as a whole (Cliff and Ord 1981), local
 * Moran (Anselin 1995) and Getis–Ord Gi* (Ord and Getis 1995) for each area, significance by
 * conditional permutation, and control of the false-discovery rate (Benjamini and Hochberg 1995),
 * because two thousand tests at 5 % would find a hundred clusters where there are none.
 *
 * Weights are row-standardised: a neighbour of one who has k weighs 1/k. Areas without a value are
 * taken out of everybody's neighbours. The oracle is R package spdep (tests/oracle/neighbours.R).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mirti/geo.h"

/* Purposes of the random numbers of this file, as base.h wants them. */
enum { PURPOSE_LOCAL = 0x6C6D6F72, PURPOSE_GLOBAL = 0x676D6F72, CHUNK = 64 };

/* The areas that take part, and who is beside whom among them. */
typedef struct field {
    int64_t count; ///< with a value
    int64_t *area; ///< [count] index of the feature
    double *z;     ///< [count] value − mean
    int64_t *first, *neighbour;
    int64_t linked; ///< with at least one neighbour
    double m2, m4;  ///< mean square and fourth power of z
    int most;       ///< neighbours of one area at most
} field;

typedef struct work {
    const field *f;
    const mirti_hotspot_options *options;
    mirti_hotspots *out;
    double *replicate; ///< [permutations] Moran's I of each permuted map
} work;

/* ------------------------------------------------------------------------------ preparation -- */

/* It has a value, and somebody to be compared with. */
static bool takes_part(const mirti_neighbours *n, const double *value, int64_t i) {
    if (!isfinite(value[i])) return false;
    for (int64_t e = n->first[i]; e < n->first[i + 1]; e++)
        if (isfinite(value[n->neighbour[e]])) return true;
    return false;
}

static bool make_field(const mirti_neighbours *n, const double *value, field *f) {
    int64_t *place = mirti_new((size_t)n->count, sizeof *place);
    f->area = mirti_new((size_t)n->count, sizeof *f->area);
    f->z = mirti_new((size_t)n->count, sizeof *f->z);
    f->first = mirti_new((size_t)n->count + 1, sizeof *f->first);
    f->neighbour = mirti_new((size_t)n->first[n->count], sizeof *f->neighbour);
    if (!place || !f->area || !f->z || !f->first || !f->neighbour) {
        mirti_free(place);
        return false;
    }
    mirti_sum sum = {0};
    for (int64_t i = 0; i < n->count; i++) {
        place[i] = takes_part(n, value, i) ? f->count : -1;
        if (place[i] < 0) continue;
        f->area[f->count++] = i;
        mirti_sum_add(&sum, value[i]);
    }
    double mean = f->count > 0 ? mirti_sum_value(&sum) / (double)f->count : 0.0;
    mirti_sum second = {0}, fourth = {0};
    int64_t total = 0;
    for (int64_t k = 0; k < f->count; k++) {
        int64_t i = f->area[k];
        double z = f->z[k] = value[i] - mean;
        mirti_sum_add(&second, z * z);
        mirti_sum_add(&fourth, z * z * z * z);
        f->first[k] = total;
        for (int64_t e = n->first[i]; e < n->first[i + 1]; e++)
            if (place[n->neighbour[e]] >= 0) f->neighbour[total++] = place[n->neighbour[e]];
        f->linked += total > f->first[k];
        if (total - f->first[k] > f->most) f->most = (int)(total - f->first[k]);
    }
    f->first[f->count] = total;
    f->m2 = f->count > 0 ? mirti_sum_value(&second) / (double)f->count : 0.0;
    f->m4 = f->count > 0 ? mirti_sum_value(&fourth) / (double)f->count : 0.0;
    mirti_free(place);
    return true;
}

static void free_field(field *f) {
    mirti_free(f->area);
    mirti_free(f->z);
    mirti_free(f->first);
    mirti_free(f->neighbour);
}

static int64_t degree(const field *f, int64_t k) {
    return f->first[k + 1] - f->first[k];
}

/* Mean of the neighbours' z. */
static double lag(const field *f, const double *z, int64_t k) {
    double sum = 0.0;
    for (int64_t e = f->first[k]; e < f->first[k + 1]; e++)
        sum += z[f->neighbour[e]];
    return sum / (double)degree(f, k);
}

/* ------------------------------------------------------------------------------- the whole -- */

/* I = (n / S0) Σ_i z_i lag_i / Σ z²; with row-standardised weights S0 is the number of areas that
 * have neighbours: all, but for the odd one of unsymmetric neighbours whose own have no value. */
static double moran_of(const field *f, const double *z) {
    mirti_sum sum = {0};
    for (int64_t k = 0; k < f->count; k++)
        if (degree(f, k) > 0) mirti_sum_add(&sum, z[k] * lag(f, z, k));
    return mirti_sum_value(&sum) / ((double)f->linked * f->m2);
}

/* True when b is a neighbour of a. */
static bool beside(const field *f, int64_t a, int64_t b) {
    int64_t low = f->first[a], high = f->first[a + 1];
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (f->neighbour[middle] < b)
            low = middle + 1;
        else
            high = middle;
    }
    return low < f->first[a + 1] && f->neighbour[low] == b;
}

/* Variance under randomisation (Cliff and Ord 1981, eq. 2.37), with S0 = Σ w, S1 = ½ Σ (w_ij +
 * w_ji)², S2 = Σ_i (w_i. + w_.i)² and the kurtosis b2 = m4 / m2². */
static double moran_variance(const field *f, double expected) {
    double n = (double)f->count, s0 = (double)f->linked, s1 = 0.0, s2 = 0.0;
    double *into = mirti_new((size_t)f->count, sizeof *into);
    if (!into) return NAN;
    for (int64_t k = 0; k < f->count; k++)
        for (int64_t e = f->first[k]; e < f->first[k + 1]; e++) {
            int64_t other = f->neighbour[e];
            double w = 1.0 / (double)degree(f, k);
            into[other] += w;
            /* A pair in both directions comes twice, each time with half of (w_ij + w_ji)². */
            bool mutual = beside(f, other, k);
            double both = w + (mutual ? 1.0 / (double)degree(f, other) : 0.0);
            s1 += (mutual ? 0.5 : 1.0) * both * both;
        }
    for (int64_t k = 0; k < f->count; k++) {
        double both = (degree(f, k) > 0 ? 1.0 : 0.0) + into[k];
        s2 += both * both;
    }
    mirti_free(into);
    double b2 = f->m4 / (f->m2 * f->m2);
    double square = (n * ((n * n - 3.0 * n + 3.0) * s1 - n * s2 + 3.0 * s0 * s0) -
                     b2 * (n * (n - 1.0) * s1 - 2.0 * n * s2 + 6.0 * s0 * s0)) /
                    ((n - 1.0) * (n - 2.0) * (n - 3.0) * s0 * s0);
    return square - expected * expected;
}

static mirti_status permute_maps(int64_t first, int64_t last, void *context, mirti_error *err) {
    work *w = context;
    const field *f = w->f;
    double *z = mirti_new((size_t)f->count, sizeof *z);
    if (!z) return mirti_fail_memory(err, "a permutation");
    for (int64_t r = first; r < last; r++) {
        mirti_rng rng = mirti_rng_at(w->options->seed, PURPOSE_GLOBAL, (uint64_t)r);
        memcpy(z, f->z, (size_t)f->count * sizeof *z);
        for (int64_t k = f->count - 1; k > 0; k--) {
            int64_t other = (int64_t)mirti_rng_below(&rng, (uint32_t)(k + 1));
            double swap = z[k];
            z[k] = z[other];
            z[other] = swap;
        }
        w->replicate[r] = moran_of(f, z);
    }
    mirti_free(z);
    return MIRTI_OK;
}

static mirti_status global_moran(work *w, mirti_error *err) {
    const field *f = w->f;
    mirti_moran *m = &w->out->global;
    /* For one p of the whole map a thousand are enough; with localities, more would take long. */
    int permutations = w->options->permutations < 999 ? w->options->permutations : 999;
    *m = (mirti_moran){f->count, NAN, NAN, NAN, NAN, NAN, NAN};
    if (f->count < 4 || f->linked == 0 || !(f->m2 > 0.0)) return MIRTI_OK;
    m->i = moran_of(f, f->z);
    m->expected = -1.0 / ((double)f->count - 1.0);
    m->variance = moran_variance(f, m->expected);
    m->z = (m->i - m->expected) / sqrt(m->variance);
    m->p_normal = 0.5 * erfc(m->z / sqrt(2.0));
    if (permutations < 1) return MIRTI_OK;
    w->replicate = mirti_new((size_t)permutations, sizeof *w->replicate);
    if (!w->replicate) return mirti_fail_memory(err, "the permutations");
    mirti_status status =
        mirti_parallel_range(permutations, 8, w->options->threads, permute_maps, w, err);
    int64_t larger = 0;
    for (int r = 0; r < permutations; r++)
        larger += w->replicate[r] >= m->i;
    mirti_free(w->replicate);
    m->p_permutation = ((double)larger + 1.0) / ((double)permutations + 1.0);
    return status;
}

/* -------------------------------------------------------------------------------- each area -- */

/* Gi* as a standard score: (Σ_j w_ij x_j − W_i x̄) / (s √((n S1_i − W_i²) / (n − 1))), the area
 * itself among its neighbours, equal weights; in terms of z the mean is zero. Scaling the weights
 * of an area changes nothing. */
static double gi_star(const field *f, int64_t k) {
    double n = (double)f->count, w = (double)degree(f, k) + 1.0;
    double sum = f->z[k] + lag(f, f->z, k) * (double)degree(f, k);
    return sum / (sqrt(f->m2) * sqrt((n * w - w * w) / (n - 1.0)));
}

/* Draws `count` different areas other than `self`, in order of drawing. */
static void draw(mirti_rng *rng, int64_t areas, int64_t self, int count, int64_t *out) {
    for (int drawn = 0; drawn < count;) {
        int64_t one = (int64_t)mirti_rng_below(rng, (uint32_t)(areas - 1));
        one += one >= self;
        bool again = false;
        for (int i = 0; i < drawn && !again; i++)
            again = out[i] == one;
        if (!again) out[drawn++] = one;
    }
}

/* Two-sided: twice the smaller tail of the neighbours' mean when the area keeps its value and its
 * neighbours are drawn from all others. Drawing ends early where both tails have been hit ENOUGH
 * times, when p is near enough to 1 that nobody needs it sharper (Besag and Clifford 1991: p is
 * then ENOUGH / draws); so most areas take a hundred draws, and those that matter take all. */
static double conditional_p(const field *f, int64_t k, const mirti_hotspot_options *options,
                            int64_t *drawn) {
    enum { ENOUGH = 50 };
    mirti_rng rng = mirti_rng_at(options->seed, PURPOSE_LOCAL, (uint64_t)f->area[k]);
    int count = (int)degree(f, k);
    double observed = lag(f, f->z, k);
    int64_t above = 0, below = 0;
    for (int r = 1; r <= options->permutations; r++) {
        double sum = 0.0;
        draw(&rng, f->count, k, count, drawn);
        for (int i = 0; i < count; i++)
            sum += f->z[drawn[i]];
        above += sum / count >= observed;
        below += sum / count <= observed;
        if (above >= ENOUGH && below >= ENOUGH) return fmin(1.0, 2.0 * ENOUGH / (double)r);
    }
    double tail = (double)(above < below ? above : below) + 1.0;
    return fmin(1.0, 2.0 * tail / ((double)options->permutations + 1.0));
}

static mirti_status local_range(int64_t first, int64_t last, void *context, mirti_error *err) {
    work *w = context;
    const field *f = w->f;
    int64_t *drawn = mirti_new((size_t)f->most, sizeof *drawn);
    if (!drawn) return mirti_fail_memory(err, "a permutation");
    for (int64_t k = first; k < last; k++) {
        int64_t i = f->area[k];
        if (degree(f, k) == 0) continue;
        w->out->moran[i] = f->z[k] * lag(f, f->z, k) / f->m2;
        w->out->gi[i] = gi_star(f, k);
        if (w->options->permutations > 0 && degree(f, k) < f->count - 1)
            w->out->p[i] = conditional_p(f, k, w->options, drawn);
    }
    mirti_free(drawn);
    return MIRTI_OK;
}

/* ---------------------------------------------------------------------------- false discovery -- */

typedef struct ranked {
    double p;
    int64_t area;
} ranked;

static int compare_p(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    return (x->area > y->area) - (x->area < y->area);
}

/* q of the r-th smallest of m: the least of p_s m / s over s ≥ r. */
static mirti_status adjust(const double *p, int64_t count, double *q, mirti_error *err) {
    ranked *order = mirti_new((size_t)count, sizeof *order);
    int64_t m = 0;
    if (!order) return mirti_fail_memory(err, "the false-discovery control");
    for (int64_t i = 0; i < count; i++)
        if (isfinite(p[i])) order[m++] = (ranked){p[i], i};
    if (m > 0) qsort(order, (size_t)m, sizeof *order, compare_p);
    double least = 1.0;
    for (int64_t r = m - 1; r >= 0; r--) {
        least = fmin(least, order[r].p * (double)m / (double)(r + 1));
        q[order[r].area] = least;
    }
    mirti_free(order);
    return MIRTI_OK;
}

static void name_clusters(const work *w) {
    const field *f = w->f;
    for (int64_t k = 0; k < f->count; k++) {
        int64_t i = f->area[k];
        if (!(w->out->q[i] <= w->options->false_discovery)) continue;
        bool high = f->z[k] > 0.0, among_high = lag(f, f->z, k) > 0.0;
        w->out->cluster[i] = high ? (among_high ? MIRTI_CLUSTER_HIGH_HIGH : MIRTI_CLUSTER_HIGH_LOW)
                                  : (among_high ? MIRTI_CLUSTER_LOW_HIGH : MIRTI_CLUSTER_LOW_LOW);
    }
}

/* ------------------------------------------------------------------------------- the public -- */

static mirti_hotspots *hotspots_new(int64_t count) {
    mirti_hotspots *h = mirti_new(1, sizeof *h);
    if (!h) return NULL;
    h->count = count;
    double **const arrays[] = {&h->moran, &h->gi, &h->p, &h->q};
    for (size_t a = 0; a < sizeof arrays / sizeof *arrays; a++) {
        *arrays[a] = mirti_new((size_t)count, sizeof **arrays[a]);
        for (int64_t i = 0; *arrays[a] && i < count; i++)
            (*arrays[a])[i] = NAN;
    }
    h->cluster = mirti_new((size_t)count, sizeof *h->cluster);
    if (h->moran && h->gi && h->p && h->q && h->cluster) return h;
    mirti_hotspots_free(h);
    return NULL;
}

mirti_status mirti_hotspots_find(const mirti_neighbours *neighbours, const double *value,
                                 const mirti_hotspot_options *options, mirti_hotspots **out,
                                 mirti_error *err) {
    field f = {0};
    *out = NULL;
    mirti_hotspots *h = hotspots_new(neighbours->count);
    if (!h || !make_field(neighbours, value, &f)) {
        free_field(&f);
        mirti_hotspots_free(h);
        return mirti_fail_memory(err, "the hot spots");
    }
    work w = {&f, options, h, NULL};
    mirti_status status = global_moran(&w, err);
    if (status == MIRTI_OK && f.m2 > 0.0)
        status = mirti_parallel_range(f.count, CHUNK, options->threads, local_range, &w, err);
    if (status == MIRTI_OK) status = adjust(h->p, h->count, h->q, err);
    if (status == MIRTI_OK) name_clusters(&w);
    free_field(&f);
    if (status == MIRTI_OK)
        *out = h;
    else
        mirti_hotspots_free(h);
    return status;
}

void mirti_hotspots_free(mirti_hotspots *h) {
    if (!h) return;
    mirti_free(h->moran);
    mirti_free(h->gi);
    mirti_free(h->p);
    mirti_free(h->q);
    mirti_free(h->cluster);
    mirti_free(h);
}
