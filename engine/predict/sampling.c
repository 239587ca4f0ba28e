/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the PSUs of a census that is itself a sample say of an area's risk. The risk is a ratio of
 * two weighted totals; linearised and on the logit scale, a PSU c adds
 *
 *     z_c = Σ_{i in c} w_i (p_i − R) / (W R (1 − R)),
 *
 * and a stratum has the variance v = (1 − Σa²)⁻¹ Σ_c f̄_c (z_c − z̄)², with f̄_c the share of its
 * children that PSU c does not show, a_c = f̄_c / Σ f̄ and z̄ = Σ a_c z_c (Deville's estimator,
 * in Matei and Tillé 2005; with equal shares it is f̄ n/(n − 1) Σ (z_c − z̄)²).
 *
 * R is estimated from the same PSUs, whose number of children differs: v is too small then, by half
 * where one of two PSUs has six in seven of the children. How much so is found as Bell and
 * McCaffrey (2002) do, by what v is on average when errors e_c of variance g_c are independent
 * between PSUs: z_c = e_c − q_c Σ e, q_c = Σ_{i in c} w_i / W, whence
 *
 *     E v = Σf̄ (1 − Σa²)⁻¹ [Σ a g − Σ a² g − 2 Σ a (q − q̄) g + G Σ a (q − q̄)²],  G = Σ g,
 *
 * while the error of the logit is Σ f̄ g. Both are linear in g, and g in the correlation ρ of a
 * PSU's children: g_c = (1 − ρ) Σ w_i² / W² + ρ (Σ w_i)² / W² times the variance of their logits.
 * Oracle: tests/oracle/census_sample.R.
 */
#include "sampling.h"

#include <math.h>
#include <string.h>

/* Weights that make a PSU's children this much more than were seen say that all were seen. */
static const double rounding = 1e-3;

/* A PSU of an area. */
typedef struct psu {
    double count, weight;
    double squares; /* Σ w²; within a cell of the cube weights are taken as equal */
    double risk;    /* Σ w p */
} psu;

/* The PSU whose cells begin at `c`; returns where the next one begins. */
static int64_t read_psu(const mirti_predict_persons *persons, int64_t c, int64_t last, psu *out) {
    const mirti_cube_cell *cell = persons->cube->cell;
    int32_t place = cell[c].place;
    *out = (psu){0};
    for (; c < last && cell[c].place == place; c++) {
        double weight = (double)cell[c].weight / 1e6, count = (double)cell[c].persons;
        out->count += count;
        out->weight += weight;
        out->squares += weight * weight / count;
        out->risk += weight * persons->at[cell[c].pattern].prob;
    }
    return c;
}

/* An area as a whole. */
typedef struct area {
    double weight, count, risk; /* risk: of all */
    double unit;                /* R (1 − R) */
    double spread;              /* mean (p − R)² */
    mirti_predict_expected all; /* G */
} area;

static area read_area(const mirti_predict_persons *persons, int64_t i) {
    area a = {0};
    psu u;
    double square = 0;
    int64_t last = persons->first[i + 1];
    for (int64_t c = persons->first[i]; c < last;) {
        c = read_psu(persons, c, last, &u);
        a.weight += u.weight;
        a.count += u.count;
        a.risk += u.risk;
        a.all.apart += u.squares;
        a.all.alike += u.weight * u.weight;
    }
    a.risk /= a.weight;
    a.unit = a.risk * (1 - a.risk);
    a.all.apart /= a.weight * a.weight;
    a.all.alike /= a.weight * a.weight;
    for (int64_t c = persons->first[i]; c < last; c++) {
        const mirti_cube_cell *cell = &persons->cube->cell[c];
        double from = persons->at[cell->pattern].prob - a.risk;
        square += (double)cell->weight / 1e6 * from * from;
    }
    a.spread = square / a.weight;
    return a;
}

/* Sums over the PSUs of a stratum, each with its f̄. */
typedef struct sums {
    int64_t drawn;
    double f, f2, fz, fzz, fq, fqq;
    mirti_predict_expected fg, ffg, fqg;
} sums;

static void add_expected(mirti_predict_expected *to, double times, mirti_predict_expected g) {
    to->apart += times * g.apart;
    to->alike += times * g.alike;
}

static void add_psu(sums *s, const psu *u, const area *a, double f) {
    double q = u->weight / a->weight, z = (u->risk / a->weight - q * a->risk) / a->unit;
    mirti_predict_expected g = {u->squares / (a->weight * a->weight), q * q};
    s->drawn += f > 0;
    s->f += f;
    s->f2 += f * f;
    s->fz += f * z;
    s->fzz += f * z * z;
    s->fq += f * q;
    s->fqq += f * q * q;
    add_expected(&s->fg, f, g);
    add_expected(&s->ffg, f * f, g);
    add_expected(&s->fqg, f * q, g);
}

static double expected_of(const sums *s, double fg, double ffg, double fqg, double all) {
    double q = s->fq / s->f;
    double own = fg - ffg / s->f, leverage = fqg - q * fg, common = s->fqq - q * s->fq;
    return (own - 2 * leverage + all * common) / (1 - s->f2 / (s->f * s->f));
}

static mirti_predict_stratum stratum_of(const sums *s, int64_t i, const area *a) {
    double spread = fmax(0, s->fzz - s->fz * s->fz / s->f) / (1 - s->f2 / (s->f * s->f));
    return (mirti_predict_stratum){
        .area = i,
        .df = s->drawn - 1,
        .variance = spread,
        .expected = {expected_of(s, s->fg.apart, s->ffg.apart, s->fqg.apart, a->all.apart),
                     expected_of(s, s->fg.alike, s->ffg.alike, s->fqg.alike, a->all.alike)}};
}

/* ----------------------------------------------------------------------------- all the areas -- */

typedef struct reading {
    mirti_predict_psus *psus;
    const mirti_predict_persons *persons;
    int64_t *first; /* [areas + 1] room for the strata of each among psus->stratum */
    int64_t *found; /* [areas] how many of them are filled */
    bool correct;
} reading;

static double not_shown(const reading *r, const psu *u) {
    double f = 1 - u->count / u->weight;
    return !r->correct ? 1 : f > rounding ? f : 0;
}

static void read_strata(const reading *r, int64_t i, const area *a) {
    const mirti_cube *cube = r->persons->cube;
    mirti_predict_expected *expected = &r->psus->expected[i];
    int64_t last = r->persons->first[i + 1];
    sums s = {0};
    for (int64_t c = r->persons->first[i]; c < last;) {
        const char *stratum = cube->place[cube->cell[c].place].stratum;
        psu u;
        c = read_psu(r->persons, c, last, &u);
        add_psu(&s, &u, a, not_shown(r, &u));
        if (c < last && strcmp(cube->place[cube->cell[c].place].stratum, stratum) == 0) continue;
        add_expected(expected, 1, s.fg);
        if (s.drawn > 1) {
            mirti_predict_stratum found = stratum_of(&s, i, a);
            if (found.expected.apart > 0 && found.expected.alike > 0)
                r->psus->stratum[r->first[i] + r->found[i]++] = found;
        }
        s = (sums){0};
    }
}

static mirti_status read_range(int64_t first, int64_t last, void *context, mirti_error *err) {
    const reading *r = context;
    (void)err;
    for (int64_t i = first; i < last; i++) {
        if (r->persons->first[i] == r->persons->first[i + 1]) continue;
        const area a = read_area(r->persons, i);
        if (!(a.unit > 0)) continue;
        r->psus->count[i] = a.count;
        r->psus->spread[i] = a.spread / (a.unit * a.unit);
        read_strata(r, i, &a);
    }
    return MIRTI_OK;
}

/* A stratum has at least one place. */
static void make_space(const reading *r) {
    const mirti_cube *cube = r->persons->cube;
    for (int64_t k = 0; k < cube->places; k++) {
        const mirti_cube_place *place = &cube->place[k];
        bool begins = k == 0 || place->area != place[-1].area ||
                      strcmp(place->stratum, place[-1].stratum) != 0;
        r->first[place->area + 1] += begins;
    }
    for (int64_t i = 0; i < cube->areas; i++)
        r->first[i + 1] += r->first[i];
}

/* Closes the gaps that strata with a single PSU left. */
static void pack(const reading *r) {
    mirti_predict_psus *psus = r->psus;
    for (int64_t i = 0; i < psus->areas; i++)
        for (int64_t h = 0; h < r->found[i]; h++)
            psus->stratum[psus->strata++] = psus->stratum[r->first[i] + h];
}

mirti_status mirti_predict_psus_make(mirti_predict_psus *psus, const mirti_predict_persons *persons,
                                     bool correct, int threads, mirti_error *err) {
    size_t areas = (size_t)persons->cube->areas;
    *psus = (mirti_predict_psus){.areas = persons->cube->areas};
    reading r = {psus, persons, mirti_new(areas + 1, sizeof *r.first),
                 mirti_new(areas, sizeof *r.found), correct};
    psus->expected = mirti_new(areas, sizeof *psus->expected);
    psus->spread = mirti_new(areas, sizeof *psus->spread);
    psus->count = mirti_new(areas, sizeof *psus->count);
    bool room = r.first && r.found && psus->expected && psus->spread && psus->count;
    if (room) {
        make_space(&r);
        psus->stratum = mirti_new((size_t)r.first[areas], sizeof *psus->stratum);
    }
    mirti_status status;
    if (room && psus->stratum)
        status = mirti_parallel_range(psus->areas, 64, threads, read_range, &r, err);
    else
        status = mirti_fail_memory(err, "the PSUs of the census");
    if (status == MIRTI_OK) pack(&r);
    mirti_free(r.first);
    mirti_free(r.found);
    if (status != MIRTI_OK) mirti_predict_psus_reset(psus);
    return status;
}

void mirti_predict_psus_reset(mirti_predict_psus *psus) {
    mirti_free(psus->stratum);
    mirti_free(psus->expected);
    mirti_free(psus->spread);
    mirti_free(psus->count);
    *psus = (mirti_predict_psus){0};
}

/* ------------------------------------------------------------------------- the census's sample -- */

/* Whether weights say how many children each stands for: none of a PSU stands for less than itself,
 * as some would if weights had been scaled to a mean of one. */
static bool weights_count(const mirti_predict_persons *persons, mirti_census_sample *sample) {
    double seen = 0, all = 0;
    bool count = true;
    psu u;
    for (int64_t c = 0; c < persons->cube->cells;) {
        c = read_psu(persons, c, persons->cube->cells, &u);
        count = count && u.weight >= u.count * (1 - rounding);
        seen += u.count;
        all += u.weight;
    }
    sample->fraction = seen / all;
    return count;
}

mirti_status mirti_predict_sample(const mirti_predict_base *base, int threads,
                                  mirti_results *results, mirti_error *err) {
    const mirti_cube *cube = base->areas->cube;
    mirti_census_sample *sample = &results->sample;
    if (!cube || !cube->design || cube->cells == 0) return MIRTI_OK;
    sample->design = true;
    sample->corrected = weights_count(&base->persons, sample);
    mirti_predict_psus psus;
    MIRTI_TRY(mirti_predict_psus_make(&psus, &base->persons, sample->corrected, threads, err));
    mirti_status status =
        mirti_predict_moderate(&psus, sample, results->sample_se, results->sample_df, err);
    mirti_predict_psus_reset(&psus);
    return status;
}
