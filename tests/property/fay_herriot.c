/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether intervals of the area-level model hold the truth where A is estimated badly: estimates
 * are drawn again and again from the model, with regression, effects and sampling errors anew each
 * time.
 *
 *   property_fay_herriot [SAMPLES [AREAS [COLUMNS [RATIO [SEED [check]]]]]]
 *
 * AREAS have an estimate, a third as many and six have none; sampling variances are lognormal with
 * median 1 and σ 0.8, the variance between areas is RATIO. Prints for both kinds of area the share
 * of 95 % intervals that hold the truth, with its Monte Carlo error, and their mean width; and the
 * same for normal intervals that take A for known (eblup, mse). With `check` it fails unless the
 * former hold the truth in at least 94 %, within three errors, and more often than the latter.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirti/fit.h"

enum { WITH, WITHOUT, KINDS };

typedef struct setting {
    int64_t used, areas;
    int columns;
    double between;
} setting;

/* Sums over samples of what one sample says: share held, its square, width. */
typedef struct tally {
    double held, held2, width;
} tally;

static void *array(int64_t count) {
    void *block = mirti_new((size_t)count, sizeof(double));
    if (!block) exit(3);
    return block;
}

typedef struct sample {
    double *truth, *estimate, *variance, *z;
} sample;

static void draw(const setting *s, uint64_t seed, sample *d) {
    mirti_rng rng = mirti_rng_at(seed, 0, 0);
    for (int64_t a = 0; a < s->areas; a++) {
        double expected = 0;
        for (int j = 0; j < s->columns; j++) {
            d->z[a * s->columns + j] = j == 0 ? 1 : mirti_rng_normal(&rng);
            expected += d->z[a * s->columns + j];
        }
        d->truth[a] = expected + sqrt(s->between) * mirti_rng_normal(&rng);
        d->variance[a] = mirti_exact_exp(0.8 * mirti_rng_normal(&rng));
        d->estimate[a] = d->truth[a] + sqrt(d->variance[a]) * mirti_rng_normal(&rng);
        if (a >= s->used) d->estimate[a] = d->variance[a] = (double)NAN;
    }
}

static void add(tally *t, double held, double width, double areas) {
    t->held += held / areas;
    t->held2 += held / areas * (held / areas);
    t->width += width / areas;
}

static void measure(const setting *s, const sample *d, char *const *name, tally *averaged,
                    tally *known) {
    mirti_fay_herriot *fit;
    mirti_error err = {0};
    if (mirti_fay_herriot_fit(s->areas, d->estimate, d->variance, d->z, s->columns, name,
                              MIRTI_SCALE_IDENTITY, 0.95, &fit, &err) != MIRTI_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    for (int kind = 0; kind < KINDS; kind++) {
        int64_t first = kind == WITH ? 0 : s->used, after = kind == WITH ? s->used : s->areas;
        double held = 0, width = 0, held_known = 0, width_known = 0;
        for (int64_t a = first; a < after; a++) {
            double reach = 1.959963984540054 * sqrt(fit->mse[a]);
            held += fit->lo[a] <= d->truth[a] && d->truth[a] <= fit->hi[a];
            width += fit->hi[a] - fit->lo[a];
            held_known += fabs(d->truth[a] - fit->eblup[a]) <= reach;
            width_known += 2 * reach;
        }
        add(&averaged[kind], held, width, (double)(after - first));
        add(&known[kind], held_known, width_known, (double)(after - first));
    }
    mirti_fay_herriot_free(fit);
}

static double error_of(const tally *t, double n) {
    double mean = t->held / n;
    return sqrt(fmax(0, t->held2 / n - mean * mean) / (n - 1));
}

static void tell(const char *what, const tally *t, double n) {
    printf("  %-22s held %5.1f %% ± %.1f, width %6.2f\n", what, 100 * t->held / n,
           100 * error_of(t, n), t->width / n);
}

static double number_of(int argc, char **argv, int i, double otherwise) {
    return argc > i ? strtod(argv[i], NULL) : otherwise;
}

int main(int argc, char **argv) {
    double samples = number_of(argc, argv, 1, 200), seed = number_of(argc, argv, 5, 1);
    setting s = {.used = (int64_t)number_of(argc, argv, 2, 12),
                 .columns = (int)number_of(argc, argv, 3, 2),
                 .between = number_of(argc, argv, 4, 0.5)};
    s.areas = s.used + s.used / 3 + 6;
    if (samples < 2 || s.columns < 1 || s.used < s.columns + 5 || !(s.between >= 0)) return 2;
    sample d = {array(s.areas), array(s.areas), array(s.areas), array(s.areas * s.columns)};
    static char text[] = "z";
    char **name = array(s.columns);
    for (int j = 0; j < s.columns; j++)
        name[j] = text;
    tally averaged[KINDS] = {{0}}, known[KINDS] = {{0}};
    for (int i = 0; i < (int)samples; i++) {
        draw(&s, (uint64_t)seed + (uint64_t)i, &d);
        measure(&s, &d, name, averaged, known);
    }
    bool good = true;
    for (int kind = 0; kind < KINDS; kind++) {
        puts(kind == WITH ? "areas with an estimate:" : "areas without:");
        tell("A averaged over", &averaged[kind], samples);
        tell("A taken for known", &known[kind], samples);
        good = good && averaged[kind].held > known[kind].held &&
               averaged[kind].held / samples + 3 * error_of(&averaged[kind], samples) >= 0.94;
    }
    double *all[] = {d.truth, d.estimate, d.variance, d.z};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mirti_free(all[i]);
    mirti_free(name);
    return argc > 6 && strcmp(argv[6], "check") == 0 && !good;
}
