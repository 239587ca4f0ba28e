/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How sure levels and ranks are. A rank is a comparison with all other areas, and their errors are
 * not independent: a coefficient that is too high lifts all areas where its trait is common. So β
 * is drawn from N(β̂, V), each draw moves every area at once, and each draw is ranked.
 *
 * An area moves along its gradient on the logit scale, logit p* = logit p + gᵀ(β* − β̂)/(p(1−p)):
 * the same approximation that its interval is made of, so that interval, level and rank agree.
 * Errors that areas share – of one uncertain total to which they were benchmarked, of the effect of
 * their state, of that of the municipality of which they are localities – are drawn once for all
 * that share them.
 *
 * Draw d uses stream d of the counter-based generator: results do not depend on who computed what.
 */
#include "internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PURPOSE_COEFFICIENTS = 0x52414e4b, PURPOSE_OWN = 0x4f574e45 };
static const uint32_t purpose_shared[MIRTI_SHARED_ERRORS] = {0x53484152, 0x53484150, 0x53484141};
static const int64_t most_ranks = INT64_C(64) << 20; /* of 32 bits: 256 MiB */

typedef struct simulation {
    const mirti_results *results;
    int64_t areas; /* with a risk */
    int64_t *area; /* [areas] their indices */
    int p;
    int draws, ranked;                   /* the first `ranked` draws are ranked */
    double *moves;                       /* [draws × p] β* − β̂ */
    int32_t groups[MIRTI_SHARED_ERRORS]; /* how many different errors of each kind */
    double *shared[MIRTI_SHARED_ERRORS]; /* each [draws × groups], standard normal */
    double *slope;                       /* [areas × p] of the logit by β */
    double *centre;     /* [areas] logit of the risk; ±infinite at 0 and 1, where nothing moves */
    double *spread;     /* [areas × kinds of shared errors] on the logit scale */
    double *own;        /* [areas] of the area's own error on the logit scale */
    uint32_t *rank;     /* [ranked × areas] */
    double *low, *high; /* [areas] logits between which the area keeps its level */
    mirti_results *out;
    const mirti_simulate_options *options;
} simulation;

/* ---------------------------------------------------------------------------------- the draws -- */

/* Lower triangle L with L Lᵀ = V; columns without variance become zero. */
static mirti_status factorise(const mirti_logit *fit, double *lower, mirti_error *err) {
    int p = fit->columns;
    for (int j = 0; j < p; j++) {
        double pivot = fit->covariance[j * p + j], limit = 1e-10 * fabs(pivot);
        for (int k = 0; k < j; k++)
            pivot -= lower[j * p + k] * lower[j * p + k];
        if (!(pivot >= -limit))
            return mirti_fail(err, MIRTI_ERROR_MODEL,
                              "the covariance of the coefficients is no covariance matrix (column "
                              "%d)",
                              j + 1);
        double root = pivot > limit ? sqrt(pivot) : 0;
        lower[j * p + j] = root;
        for (int i = j + 1; i < p; i++) {
            double rest = fit->covariance[i * p + j];
            for (int k = 0; k < j; k++)
                rest -= lower[i * p + k] * lower[j * p + k];
            lower[i * p + j] = root > 0 ? rest / root : 0;
        }
    }
    return MIRTI_OK;
}

static void draw_shared(simulation *s, int d) {
    for (int e = 0; e < MIRTI_SHARED_ERRORS; e++) {
        mirti_rng rng = mirti_rng_at(s->options->seed, purpose_shared[e], (uint64_t)d);
        double *shared = s->shared[e] + (int64_t)d * s->groups[e];
        for (int32_t g = 0; g < s->groups[e]; g++)
            shared[g] = mirti_rng_normal(&rng);
    }
}

static mirti_status draw_moves(simulation *s, const mirti_logit *fit, mirti_error *err) {
    int p = s->p;
    double *lower = mirti_new((size_t)p * (size_t)p, sizeof *lower);
    double *normal = mirti_new((size_t)p, sizeof *normal);
    mirti_status status = lower && normal ? factorise(fit, lower, err)
                                          : mirti_fail_memory(err, "the draws of coefficients");
    for (int d = 0; status == MIRTI_OK && d < s->draws; d++) {
        mirti_rng rng = mirti_rng_at(s->options->seed, PURPOSE_COEFFICIENTS, (uint64_t)d);
        for (int j = 0; j < p; j++)
            normal[j] = mirti_rng_normal(&rng);
        double *move = s->moves + (size_t)d * (size_t)p;
        for (int j = 0; j < p; j++)
            for (int k = 0; k <= j; k++)
                move[j] += lower[j * p + k] * normal[k];
        draw_shared(s, d);
    }
    mirti_free(lower);
    mirti_free(normal);
    return status;
}

/* Logit of area k's risk in draw d. */
static double drawn(const simulation *s, int64_t k, int d) {
    const double *slope = s->slope + k * s->p, *move = s->moves + (int64_t)d * s->p;
    double value = s->centre[k];
    for (int j = 0; j < s->p; j++)
        value += slope[j] * move[j];
    for (int e = 0; e < MIRTI_SHARED_ERRORS; e++) {
        double spread = s->spread[k * MIRTI_SHARED_ERRORS + e];
        if (spread == 0) continue;
        int32_t group = s->results->shared[e][s->area[k]];
        value += spread * s->shared[e][(int64_t)d * s->groups[e] + group];
    }
    if (s->own[k] != 0) {
        uint64_t stream = (uint64_t)s->area[k] * (uint64_t)s->draws + (uint64_t)d;
        mirti_rng rng = mirti_rng_at(s->options->seed, PURPOSE_OWN, stream);
        value += s->own[k] * mirti_rng_normal(&rng);
    }
    return value;
}

/* ----------------------------------------------------------------------------------- the ranks -- */

typedef struct keyed {
    uint64_t key;
    uint32_t area;
} keyed;

/* Ascending keys are descending values; equal values have equal keys. */
static uint64_t key_of(double value) {
    uint64_t bits;
    value += 0.0; /* −0 becomes 0 */
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? bits : ~bits & ~(UINT64_C(1) << 63);
}

/* Radix sort by bytes, from the lowest; bytes that all keys share are passed over. */
static keyed *sort(keyed *list, keyed *other, int64_t count) {
    for (int shift = 0; shift < 64; shift += 8) {
        int64_t start[257] = {0};
        for (int64_t i = 0; i < count; i++)
            start[(list[i].key >> shift & 255) + 1]++;
        if (count > 0 && start[(list[0].key >> shift & 255) + 1] == count) continue;
        for (int b = 0; b < 256; b++)
            start[b + 1] += start[b];
        for (int64_t i = 0; i < count; i++)
            other[start[list[i].key >> shift & 255]++] = list[i];
        keyed *swap = list;
        list = other;
        other = swap;
    }
    return list;
}

static mirti_status rank_draws(int64_t first, int64_t last, void *context, mirti_error *err) {
    const simulation *s = context;
    keyed *list = mirti_new((size_t)s->areas, 2 * sizeof *list);
    if (!list) return mirti_fail_memory(err, "the simulated ranks");
    for (int64_t d = first; d < last; d++) {
        for (int64_t k = 0; k < s->areas; k++)
            list[k] = (keyed){key_of(drawn(s, k, (int)d)), (uint32_t)k};
        const keyed *sorted = sort(list, list + s->areas, s->areas);
        uint32_t *rank = s->rank + d * s->areas;
        for (int64_t i = 0; i < s->areas; i++)
            rank[sorted[i].area] = i > 0 && sorted[i].key == sorted[i - 1].key
                                       ? rank[sorted[i - 1].area]
                                       : (uint32_t)i + 1;
    }
    mirti_free(list);
    return MIRTI_OK;
}

static int compare_ranks(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* Range of ranks and chance of the top from the ranks of one area, which it sorts. */
static void sum_up_ranks(const simulation *s, int64_t k, uint32_t *rank) {
    mirti_results *out = s->out;
    int64_t i = s->area[k], n = s->ranked, within = 0;
    qsort(rank, (size_t)n, sizeof *rank, compare_ranks);
    while (within < n && rank[within] <= out->top)
        within++;
    out->top_prob[i] = (double)within / (double)n;
    /* The outer draws of either tail are left out. */
    int64_t outer = (int64_t)floor((1 - s->options->confidence) / 2 * (double)n);
    int64_t low = rank[outer], high = rank[n - 1 - outer];
    out->rank_lo[i] = low < out->rank[i] ? low : out->rank[i];
    out->rank_hi[i] = high > out->rank[i] ? high : out->rank[i];
}

static mirti_status sum_up_areas(int64_t first, int64_t last, void *context, mirti_error *err) {
    const simulation *s = context;
    uint32_t *rank = mirti_new((size_t)s->ranked, sizeof *rank);
    if (!rank) return mirti_fail_memory(err, "the simulated ranks");
    for (int64_t k = first; k < last; k++) {
        int inside = 0;
        for (int d = 0; d < s->draws; d++) {
            double value = drawn(s, k, d);
            inside += value > s->low[k] && value <= s->high[k];
        }
        if (s->out->level[s->area[k]] >= 0)
            s->out->level_prob[s->area[k]] = (double)inside / s->draws;
        for (int d = 0; d < s->ranked; d++)
            rank[d] = s->rank[(int64_t)d * s->areas + k];
        sum_up_ranks(s, k, rank);
    }
    mirti_free(rank);
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------- set-up -- */

/* The breaks of the area's group; NULL when it was not classed. */
static const mirti_breaks *breaks_of(const mirti_class_report *report, const mirti_results *results,
                                     int64_t i) {
    if (!report || report->groups == 0 || results->level[i] < 0) return NULL;
    if (!report->parent_code[0]) return &report->breaks[0];
    const char *code = results->parent_code[i] ? results->parent_code[i] : "";
    int low = 0, high = report->groups - 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (strcmp(report->parent_code[middle], code) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return strcmp(report->parent_code[low], code) == 0 ? &report->breaks[low] : NULL;
}

/* A limit of levels as a logit of the area's risk. */
static double limit_logit(double limit, bool by_children, double children) {
    double risk = by_children ? limit / children : limit;
    if (risk <= 0) return -INFINITY;
    return risk >= 1 ? INFINITY : mirti_logit_of(risk);
}

static void describe_area(simulation *s, int64_t k, const mirti_class_options *classes,
                          const mirti_class_report *report) {
    const mirti_results *r = s->results;
    int64_t i = s->area[k];
    double risk = r->risk[i], scale = risk * (1 - risk);
    s->centre[k] = mirti_logit_of(risk);
    for (int e = 0; e < MIRTI_SHARED_ERRORS; e++)
        s->spread[k * MIRTI_SHARED_ERRORS + e] =
            scale > 0 && r->shared[e][i] >= 0 ? r->shared_se[e][i] / scale : 0;
    s->own[k] = scale > 0 ? r->own_se[i] / scale : 0;
    for (int j = 0; j < s->p; j++)
        s->slope[k * s->p + j] = scale > 0 ? r->gradient[i * s->p + j] / scale : 0;
    s->low[k] = -INFINITY;
    s->high[k] = INFINITY;
    const mirti_breaks *breaks = breaks_of(report, r, i);
    if (!breaks) return;
    int class = mirti_breaks_class(breaks, classes->by_children ? r->at_risk[i] : risk);
    if (class > 0)
        s->low[k] = limit_logit(breaks->limit[class], classes->by_children, r->children[i]);
    if (class < breaks->levels - 1)
        s->high[k] = limit_logit(breaks->limit[class + 1], classes->by_children, r->children[i]);
    /* The area's own value lies in its class; the logit of a limit may be a rounding off. */
    if (s->high[k] < s->centre[k]) s->high[k] = s->centre[k];
}

static mirti_status prepare(simulation *s, const mirti_logit *fit, mirti_error *err) {
    const mirti_results *r = s->results;
    s->area = mirti_new((size_t)r->count, sizeof *s->area);
    if (!s->area) return mirti_fail_memory(err, "the simulation");
    int64_t highest = 0;
    for (int64_t i = 0; i < r->count; i++) {
        if (isnan(r->risk[i])) continue;
        s->area[s->areas++] = i;
        highest += r->levels > 0 && r->level[i] == r->levels - 1;
        for (int e = 0; e < MIRTI_SHARED_ERRORS; e++)
            if (r->shared_se[e][i] != 0 && r->shared[e][i] >= s->groups[e])
                s->groups[e] = r->shared[e][i] + 1;
    }
    s->out->top = s->options->top > 0 ? s->options->top : highest;
    int64_t fits = s->areas > 0 ? most_ranks / s->areas : s->draws;
    s->ranked = fits < s->draws ? (int)(fits > 100 ? fits : 100) : s->draws;
    if (s->ranked > s->draws) s->ranked = s->draws;
    size_t areas = (size_t)s->areas, p = (size_t)s->p, draws = (size_t)s->draws;
    s->moves = mirti_new(draws * p, sizeof *s->moves);
    bool ok = true;
    for (int e = 0; e < MIRTI_SHARED_ERRORS; e++) {
        s->shared[e] = mirti_new(draws * (size_t)s->groups[e], sizeof *s->shared[e]);
        ok = ok && s->shared[e];
    }
    s->slope = mirti_new(areas * p, sizeof *s->slope);
    s->centre = mirti_new(areas, sizeof *s->centre);
    s->spread = mirti_new(areas * MIRTI_SHARED_ERRORS, sizeof *s->spread);
    s->own = mirti_new(areas, sizeof *s->own);
    s->rank = mirti_new(areas * (size_t)s->ranked, sizeof *s->rank);
    s->low = mirti_new(areas, sizeof *s->low);
    s->high = mirti_new(areas, sizeof *s->high);
    if (!ok || !s->moves || !s->slope || !s->centre || !s->spread || !s->own || !s->rank ||
        !s->low || !s->high)
        return mirti_fail_memory(err, "the simulation");
    return draw_moves(s, fit, err);
}

static void forget(simulation *s) {
    mirti_free(s->area);
    mirti_free(s->moves);
    for (int e = 0; e < MIRTI_SHARED_ERRORS; e++)
        mirti_free(s->shared[e]);
    mirti_free(s->slope);
    mirti_free(s->centre);
    mirti_free(s->spread);
    mirti_free(s->own);
    mirti_free(s->rank);
    mirti_free(s->low);
    mirti_free(s->high);
}

mirti_status mirti_results_simulate(mirti_results *results, const mirti_logit *fit,
                                    const mirti_class_options *classes,
                                    const mirti_class_report *report,
                                    const mirti_simulate_options *options, mirti_error *err) {
    if (!results->gradient || results->columns != fit->columns)
        return mirti_fail(err, MIRTI_ERROR_USAGE,
                          "these results have no gradients by the model's %d coefficients",
                          fit->columns);
    if (options->draws < 0 || !(options->confidence > 0 && options->confidence < 1))
        return mirti_fail(err, MIRTI_ERROR_USAGE, "%d draws and confidence %g make no simulation",
                          options->draws, options->confidence);
    simulation s = {.results = results,
                    .out = results,
                    .p = fit->columns,
                    .draws = options->draws > 0 ? options->draws : 1000,
                    .options = options};
    mirti_status status;
    MIRTI_TRY_GOTO(status, prepare(&s, fit, err), done);
    for (int64_t k = 0; k < s.areas; k++)
        describe_area(&s, k, classes, report);
    MIRTI_TRY_GOTO(status,
                   mirti_parallel_range(s.ranked, 16, options->threads, rank_draws, &s, err), done);
    status = mirti_parallel_range(s.areas, 256, options->threads, sum_up_areas, &s, err);
done:
    forget(&s);
    return status;
}
