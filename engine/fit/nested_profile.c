/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The distribution of the two σ of nested intercepts given the sample, as mixed_profile.c has it of
 * one: the likelihood integrated over β by Laplace's method,
 *
 *     log p(σ_a, σ_s | y) = max_β ℓ(β, σ_a, σ_s) − ½ log |I_ββ(σ_a, σ_s)| + constant,
 *
 * times the prior √σ_a √σ_s, half way between flat in each σ and flat in its square; the dip that
 * one level is calibrated with is not known for pairs. It is computed on a
 * lattice that starts at the pair next to the estimate and grows on each of its four sides until
 * the density has fallen to e^{−8} there; between pairs its logarithm and β are bilinear.
 */
#include "nested_profile.h"

#include <math.h>
#include <string.h>

enum { MOST_STEPS = 60, MIDDLE = MIRTI_LATTICE / 2 };
static const double least_density = -8; /* beyond it lie less than 0.1 % */
static const double step_share = 0.6;   /* of a standard error between pairs */
static const double least_gain = 1e-7;  /* of the log-likelihood, in a search over β */

typedef struct grower {
    mirti_nested_search s;
    mirti_nested_profile *out;
    const mirti_listener *listener;
    double highest;
    int pairs;
} grower;

static double sigma_at(const mirti_nested_profile *p, int axis, int i) {
    return p->step[axis] * (p->centre[axis] + i - MIDDLE);
}

static size_t place_of(int i, int j) {
    return (size_t)i * MIRTI_LATTICE + (size_t)j;
}

/* The top over β at the pair (i, j), from the β at s->a.at. */
static mirti_status add_pair(grower *g, int i, int j, mirti_error *err) {
    mirti_nested_profile *out = g->out;
    mirti_ascent *a = &g->s.a;
    size_t p = out->columns;
    double log_determinant, gain;
    MIRTI_TRY(mirti_progress(g->listener, "bootstrap, sigmas", ++g->pairs, 0, err));
    a->at[p] = sigma_at(out, 0, i);
    a->at[p + 1] = sigma_at(out, 1, j);
    a->free = p;
    MIRTI_TRY(mirti_nested_search_prepare(&g->s, &log_determinant, err));
    if (mirti_ascent_promise(a) > least_gain) {
        for (int step = 0; step < MOST_STEPS; step++) {
            MIRTI_TRY(mirti_ascent_step(a, &gain, err));
            if (gain < least_gain) break;
        }
        MIRTI_TRY(mirti_nested_search_prepare(&g->s, &log_determinant, err));
    }
    out->density[place_of(i, j)] = a->value - log_determinant / 2;
    memcpy(out->beta + place_of(i, j) * p, a->at, p * sizeof *a->at);
    g->highest = fmax(g->highest, out->density[place_of(i, j)]);
    return MIRTI_OK;
}

/* The end of the window on an axis, upwards or downwards. */
static int end_of(const mirti_nested_profile *p, int axis, bool up) {
    return up ? p->high[axis] : p->low[axis];
}

static size_t on_line(int axis, int at, int along) {
    return axis == 0 ? place_of(at, along) : place_of(along, at);
}

/* Whether the window must and can grow on a side. */
static bool must_grow(const grower *g, int axis, bool up) {
    const mirti_nested_profile *p = g->out;
    int at = end_of(p, axis, up), other = 1 - axis;
    if (up ? at == MIRTI_LATTICE - 1 : at == 0 || sigma_at(p, axis, at) <= 0) return false;
    for (int along = p->low[other]; along <= p->high[other]; along++)
        if (p->density[on_line(axis, at, along)] > g->highest + least_density) return true;
    return false;
}

/* One line more; each of its pairs starts from its neighbour's β. */
static mirti_status grow(grower *g, int axis, bool up, mirti_error *err) {
    mirti_nested_profile *p = g->out;
    int from = end_of(p, axis, up), to = up ? from + 1 : from - 1, other = 1 - axis;
    for (int along = p->low[other]; along <= p->high[other]; along++) {
        memcpy(g->s.a.at, p->beta + on_line(axis, from, along) * p->columns,
               p->columns * sizeof *p->beta);
        MIRTI_TRY(add_pair(g, axis == 0 ? to : along, axis == 0 ? along : to, err));
    }
    if (up)
        p->high[axis] = to;
    else
        p->low[axis] = to;
    return MIRTI_OK;
}

static mirti_status grow_all(grower *g, mirti_error *err) {
    for (bool grown = true; grown;) {
        grown = false;
        for (int side = 0; side < 4; side++) {
            if (!must_grow(g, side / 2, side % 2)) continue;
            MIRTI_TRY(grow(g, side / 2, side % 2, err));
            grown = true;
        }
    }
    return MIRTI_OK;
}

/* ½ log σ. At zero, what gives the first stretch its share (mixed_profile.c). */
static double log_prior(double sigma, double step) {
    if (sigma > 0) return mirti_exact_log(sigma) / 2;
    return mirti_exact_log(0.4172) + mirti_exact_log(step) / 2;
}

static void add_prior(const grower *g) {
    mirti_nested_profile *p = g->out;
    for (int i = p->low[0]; i <= p->high[0]; i++)
        for (int j = p->low[1]; j <= p->high[1]; j++)
            p->density[place_of(i, j)] += log_prior(sigma_at(p, 0, i), p->step[0]) +
                                          log_prior(sigma_at(p, 1, j), p->step[1]) - g->highest;
}

static mirti_status make(grower *g, const double *top, mirti_error *err) {
    mirti_nested_profile *out = g->out;
    size_t p = out->columns, k = p + 2;
    memcpy(g->s.a.at, top, k * sizeof *top);
    for (size_t axis = 0; axis < 2; axis++)
        g->s.a.at[p + axis] = fmax(top[p + axis], 0.05);
    MIRTI_TRY(mirti_nested_search_prepare(&g->s, NULL, err));
    for (size_t axis = 0; axis < 2; axis++) {
        double information = g->s.information[(p + axis) * k + p + axis];
        out->step[axis] = step_share / sqrt(fmax(information, 1e-4));
        out->centre[axis] = (int)floor(top[p + axis] / out->step[axis] + 0.5);
        out->low[axis] = out->high[axis] = MIDDLE;
    }
    g->highest = -INFINITY;
    MIRTI_TRY(add_pair(g, MIDDLE, MIDDLE, err));
    MIRTI_TRY(grow_all(g, err));
    add_prior(g);
    return MIRTI_OK;
}

mirti_status mirti_nested_profile_open(mirti_mixed_data *data, const double *top,
                                       const mirti_listener *listener,
                                       mirti_nested_profile *profile, mirti_error *err) {
    size_t p = (size_t)data->p, pairs = (size_t)MIRTI_LATTICE * MIRTI_LATTICE;
    *profile = (mirti_nested_profile){.columns = p};
    profile->beta = mirti_new(pairs * p, sizeof(double));
    profile->density = mirti_new(pairs, sizeof(double));
    grower g = {.out = profile, .listener = listener};
    mirti_status status = profile->beta && profile->density
                              ? mirti_nested_search_open(&g.s, data, err)
                              : mirti_fail_memory(err, "the distribution of the sigmas");
    if (status == MIRTI_OK) status = make(&g, top, err);
    mirti_nested_search_reset(&g.s);
    if (status != MIRTI_OK) mirti_nested_profile_reset(profile);
    return status;
}

void mirti_nested_profile_reset(mirti_nested_profile *profile) {
    mirti_free(profile->beta);
    mirti_free(profile->density);
    *profile = (mirti_nested_profile){0};
}

/* ---------------------------------------------------------------------------------- quantiles -- */

/* ∫ e^{a + (b−a)t} dt over [0, t]. */
static double area_below(double a, double b, double t) {
    double rise = (b - a) * t;
    double mean = fabs(rise) < 1e-6 ? 1 + rise / 2 : (mirti_exact_exp(rise) - 1) / rise;
    return t * mirti_exact_exp(a) * mean;
}

static double whole_area(const double *density, int count) {
    double all = 0;
    for (int i = 0; i + 1 < count; i++)
        all += area_below(density[i], density[i + 1], 1);
    return all;
}

/* Where `share` of the area under e^density is below, on values that are one apart. */
static double quantile(const double *density, int count, double share) {
    if (count < 2) return 0;
    double left = share * whole_area(density, count);
    int i = 0;
    for (; i + 2 < count; i++) {
        double here = area_below(density[i], density[i + 1], 1);
        if (left <= here) break;
        left -= here;
    }
    double low = 0, high = 1; /* bisection: the same bits everywhere */
    for (int halving = 0; halving < 50; halving++) {
        double t = (low + high) / 2;
        if (area_below(density[i], density[i + 1], t) < left)
            low = t;
        else
            high = t;
    }
    return i + (low + high) / 2;
}

/* The place before a position and how far it is from there to the next. */
static int split(double position, int count, double *t) {
    int i = (int)floor(position);
    if (i > count - 2) i = count > 1 ? count - 2 : 0;
    *t = position - i;
    return i;
}

void mirti_nested_profile_at(const mirti_nested_profile *profile, double share, double other,
                             double *parameter) {
    size_t p = profile->columns;
    int rows = profile->high[0] - profile->low[0] + 1,
        columns = profile->high[1] - profile->low[1] + 1;
    const double *corner = profile->density + place_of(profile->low[0], profile->low[1]);
    double line[MIRTI_LATTICE], t[2];
    for (int i = 0; i < rows; i++)
        line[i] = mirti_exact_log(whole_area(corner + place_of(i, 0), columns));
    double position = quantile(line, rows, share);
    parameter[p] = profile->step[0] * (profile->centre[0] + profile->low[0] - MIDDLE + position);
    int i = split(position, rows, &t[0]), next = rows > 1;
    for (int j = 0; j < columns; j++)
        line[j] = (1 - t[0]) * corner[place_of(i, j)] + t[0] * corner[place_of(i + next, j)];
    position = quantile(line, columns, other);
    parameter[p + 1] =
        profile->step[1] * (profile->centre[1] + profile->low[1] - MIDDLE + position);
    int j = split(position, columns, &t[1]), after = columns > 1;
    const double *beta = profile->beta + place_of(profile->low[0] + i, profile->low[1] + j) * p;
    for (size_t c = 0; c < p; c++) {
        double here = beta[c], beside = beta[place_of(0, after) * p + c];
        double below = beta[place_of(next, 0) * p + c],
               across = beta[place_of(next, after) * p + c];
        parameter[c] = (1 - t[0]) * ((1 - t[1]) * here + t[1] * beside) +
                       t[0] * ((1 - t[1]) * below + t[1] * across);
    }
}
