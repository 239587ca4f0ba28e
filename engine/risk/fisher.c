/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Natural breaks: the partition of sorted values into k classes with the least sum of squares
 * within classes (Fisher 1958, JASA 53; known to map makers by Jenks). The optimum, not an
 * approximation, and no sample of the values: 200,000 values take a fraction of a second.
 *
 * The classes of an optimal partition are intervals of the sorted values, so that
 *
 *     best_q(i) = max over j < i of best_{q−1}(j) + gain(j, i)
 *
 * finds the best q classes of the first i values, with gain(j, i) = S²/W of the values j .. i−1,
 * the class's part of the sum of squares *between* classes (which is largest where that within is
 * least; S the weighted sum of deviations from the grand mean, W the weights). The best j moves up
 * with i – gain satisfies the quadrangle inequality – so the best j of the middle i halves the
 * search of both sides: O(k n log n) in place of the O(k n²) of the textbook.
 *
 * S and W come from prefix sums, whose difference would lose what matters when one far value dwarfs
 * all others. They are therefore kept in pairs of doubles (about 32 digits), with error-free sums
 * and products (Dekker 1971, Knuth 1969). Most candidates are refused by a comparison in single
 * doubles whose error is bounded.
 *
 * Of several equally good partitions the one whose upper classes begin lowest is taken.
 * Oracles: every partition of small sets (tests/unit), R classInt (tests/oracle).
 */
#include "internal.h"

/* high + low, |low| at most half a unit in the last place of high. */
typedef struct pair {
    double high, low;
} pair;

static pair sum_of(double a, double b) {
    double high = a + b, part = high - a;
    return (pair){high, (a - (high - part)) + (b - part)};
}

static pair renormalised(double high, double low) {
    double sum = high + low;
    return (pair){sum, low - (sum - high)};
}

/* Splits into halves of 26 bits whose products are exact (Veltkamp). */
static pair halves(double a) {
    double shifted = 134217729.0 * a; /* 2²⁷ + 1 */
    double high = shifted - (shifted - a);
    return (pair){high, a - high};
}

static pair product_of(double a, double b) {
    double product = a * b;
    pair x = halves(a), y = halves(b);
    double low = ((x.high * y.high - product) + x.high * y.low + x.low * y.high) + x.low * y.low;
    return (pair){product, low};
}

static pair add(pair a, pair b) {
    pair high = sum_of(a.high, b.high);
    return renormalised(high.high, high.low + (a.low + b.low));
}

static pair subtract(pair a, pair b) {
    return add(a, (pair){-b.high, -b.low});
}

static bool greater(pair a, pair b) {
    return a.high > b.high || (a.high == b.high && a.low > b.low);
}

/* s²/w */
static pair square_by(pair s, pair w) {
    pair square = product_of(s.high, s.high);
    square = renormalised(square.high, square.low + 2 * s.high * s.low);
    double quotient = square.high / w.high;
    pair back = product_of(quotient, w.high);
    double rest = (square.high - back.high) - back.low + square.low - quotient * w.low;
    return renormalised(quotient, rest / w.high);
}

typedef struct search {
    const pair *weight; /* [n + 1] prefix sums of weights */
    const pair *spread; /* [n + 1] prefix sums of weighted deviations from the mean */
    const pair *before; /* [n + 1] best of one class fewer */
    pair *best;         /* [n + 1] */
    int64_t *begin;     /* [n + 1] where the last class of that best begins */
} search;

/* Finds the best beginning, within from .. to, of the last class when it ends before `end`. */
static void settle(const search *s, int64_t end, int64_t from, int64_t to) {
    if (to > end - 1) to = end - 1;
    pair best = {-1, 0};
    int64_t begin = from;
    for (int64_t j = from; j <= to; j++) {
        pair sum = subtract(s->spread[end], s->spread[j]);
        pair weight = subtract(s->weight[end], s->weight[j]);
        if (!(weight.high > 0)) weight = (pair){1, 0}; /* no weight, no spread: nothing gained */
        /* All terms are positive, so this is right to some units in the last place. */
        double rough = s->before[j].high + sum.high * sum.high / weight.high;
        if (rough * (1 + 1e-14) < best.high) continue;
        pair value = add(s->before[j], square_by(sum, weight));
        if (greater(value, best)) {
            best = value;
            begin = j;
        }
    }
    s->best[end] = best;
    s->begin[end] = begin;
}

/* Settles the ends low .. high, whose last classes begin within from .. to. */
static void settle_range(const search *s, int64_t low, int64_t high, int64_t from, int64_t to) {
    while (low <= high) {
        int64_t middle = low + (high - low) / 2;
        settle(s, middle, from, to);
        settle_range(s, low, middle - 1, from, s->begin[middle]);
        low = middle + 1;
        from = s->begin[middle];
    }
}

static void sum_up(const mirti_risk_values *values, pair *weight, pair *spread) {
    int64_t n = values->count;
    mirti_sum sum = {0};
    for (int64_t i = 0; i < n; i++)
        mirti_sum_add(&sum, values->weight[i] * values->value[i]);
    double mean = mirti_sum_value(&sum) / values->total_weight;
    for (int64_t i = 0; i < n; i++) {
        pair deviation = sum_of(values->value[i], -mean);
        pair part = product_of(values->weight[i], deviation.high);
        part = renormalised(part.high, part.low + values->weight[i] * deviation.low);
        spread[i + 1] = add(spread[i], part);
        weight[i + 1] = add(weight[i], (pair){values->weight[i], 0});
    }
}

mirti_status mirti_risk_fisher(const mirti_risk_values *values, int levels, int64_t *first,
                               mirti_error *err) {
    int64_t n = values->count;
    size_t room = (size_t)n + 1;
    mirti_status status = MIRTI_OK;
    pair *weight = mirti_new(room, sizeof *weight), *spread = mirti_new(room, sizeof *spread);
    pair *before = mirti_new(room, sizeof *before), *best = mirti_new(room, sizeof *best);
    int64_t *begin = mirti_new(room * (size_t)levels, sizeof *begin); /* [levels][n + 1] */
    if (!weight || !spread || !before || !best || !begin) {
        status = mirti_fail_memory(err, "the search for natural breaks");
        goto done;
    }
    sum_up(values, weight, spread);
    search s = {weight, spread, before, best, begin};
    for (int64_t end = 1; end <= n; end++) /* one class: all of it; before[] is still zero */
        settle(&s, end, 0, 0);
    for (int q = 2; q <= levels; q++) {
        pair *swap = best;
        best = before;
        before = swap;
        s = (search){weight, spread, before, best, begin + (size_t)(q - 1) * room};
        if (q < levels)
            settle_range(&s, q, n - (levels - q), q - 1, n - 1);
        else
            settle(&s, n, q - 1, n - 1);
    }
    int64_t end = n;
    for (int q = levels; q >= 1; q--)
        end = first[q - 1] = begin[(size_t)(q - 1) * room + (size_t)end];
done:
    mirti_free(weight);
    mirti_free(spread);
    mirti_free(before);
    mirti_free(best);
    mirti_free(begin);
    return status;
}
