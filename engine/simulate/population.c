/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Everybody is drawn once, in pieces: some small localities, or a stretch of a large one. Threads
 * work on the pieces of a round side by side, each into buffers of its own, while one of them puts
 * the pieces of the round before together, in their order. So the files are the same for any number
 * of threads, and memory is that of two rounds, however many people there are.
 */
#include "population.h"

#include "census_file.h"
#include "iter.h"

enum { PIECES = 8, DWELLINGS_OF_PIECE = 1536, LOCALITIES_OF_PIECE = 128 };

/* Localities [first, first + count) from end to end, or dwellings [from, to) of one. */
typedef struct piece {
    int32_t first, count;
    int64_t from, to;
    mirti_simulate_tally *tally; /* [LOCALITIES_OF_PIECE] */
    mirti_simulate_buffer persons, dwellings;
    int64_t person_rows, dwelling_rows;
} piece;

typedef struct work {
    const mirti_simulate_country *country;
    const mirti_simulate_odds *odds;
    mirti_simulate_population *out;
    struct round {
        piece piece[PIECES];
        int count;
    } round[2];
    struct round *drawn, *done; /* at work; complete and to be put together */
    /* Where the next piece begins. */
    int32_t locality;
    int64_t dwelling;
    /* Tallies of the municipality whose pieces are coming in. */
    mirti_simulate_tally *local;
    mirti_simulate_iter iter;
    mirti_simulate_stream persons, dwellings;
} work;

/* ------------------------------------------------------------------------------------- pieces -- */

/* Empty homes, beside the inhabited ones that are drawn. */
static void count_empty(const mirti_simulate_country *country, int32_t locality,
                        mirti_simulate_tally *tally) {
    int64_t dwellings = country->locality[locality].dwellings;
    mirti_rng rng = mirti_rng_at(country->options.seed, MIRTI_SIMULATE_FOR_ANSWERS,
                                 (UINT64_C(1) << 41) + (uint64_t)locality);
    tally->dwelling[DWELLING_EMPTY] += dwellings * (60 + mirti_rng_below(&rng, 160)) / 1000;
    tally->dwelling[DWELLING_TEMPORARY] += dwellings * (20 + mirti_rng_below(&rng, 80)) / 1000;
}

static mirti_status draw_stretch(const work *w, piece *p, int32_t locality, int64_t from,
                                 int64_t to, mirti_simulate_tally *tally, mirti_error *err) {
    const mirti_simulate_country *country = w->country;
    const mirti_simulate_locality *l = &country->locality[locality];
    if (from == 0) count_empty(country, locality, tally);
    int64_t upm = -1;
    int32_t factor = 0;
    for (int64_t i = from; i < to; i++) {
        mirti_simulate_dwelling home;
        mirti_simulate_dwelling_draw(country, w->odds, locality, i, &home);
        mirti_simulate_tally_dwelling(tally, &home);
        int64_t own = mirti_simulate_upm_of(l, i);
        if (own != upm) {
            upm = own;
            factor = mirti_simulate_census_factor(country, locality, upm);
        }
        if (factor == 0) continue;
        mirti_simulate_place_in_census place = {l->first_dwelling + i + 1, l->first_upm + upm,
                                                factor};
        if (!mirti_simulate_census_rows(country, locality, i, &place, &home, &p->persons,
                                        &p->dwellings))
            return mirti_fail_memory(err, "rows of the census");
        p->dwelling_rows++;
        p->person_rows += home.persons;
    }
    return MIRTI_OK;
}

static mirti_status put_together(work *w, const struct round *done, mirti_error *err);

/* Item 0 is the round before; the others are pieces of this one. */
static mirti_status work_on(int64_t first, int64_t last, void *context, mirti_error *err) {
    work *w = context;
    for (int64_t i = first; i < last; i++) {
        if (i == 0) {
            MIRTI_TRY(put_together(w, w->done, err));
            continue;
        }
        piece *p = &w->drawn->piece[i - 1];
        p->persons.size = p->dwellings.size = 0;
        p->person_rows = p->dwelling_rows = 0;
        memset(p->tally, 0, (size_t)p->count * sizeof *p->tally);
        for (int32_t k = 0; k < p->count; k++) {
            int64_t to = p->count == 1 ? p->to : w->country->locality[p->first + k].dwellings;
            MIRTI_TRY(draw_stretch(w, p, p->first + k, p->count == 1 ? p->from : 0, to,
                                   &p->tally[k], err));
        }
    }
    return MIRTI_OK;
}

/* Cuts up to PIECES pieces from where the last round ended, none across a state. */
static void cut_pieces(work *w, struct round *next, int32_t last_locality) {
    const mirti_simulate_country *country = w->country;
    next->count = 0;
    while (next->count < PIECES && w->locality < last_locality) {
        piece *p = &next->piece[next->count++];
        const mirti_simulate_locality *l = &country->locality[w->locality];
        p->first = w->locality;
        p->count = 1;
        p->from = w->dwelling;
        if (l->dwellings - p->from > DWELLINGS_OF_PIECE) {
            p->to = w->dwelling += DWELLINGS_OF_PIECE;
            continue;
        }
        p->to = l->dwellings;
        int64_t size = p->to - p->from;
        w->locality++;
        w->dwelling = 0;
        if (p->from > 0) continue;
        while (w->locality < last_locality && p->count < LOCALITIES_OF_PIECE &&
               size + country->locality[w->locality].dwellings <= DWELLINGS_OF_PIECE) {
            size += country->locality[w->locality++].dwellings;
            p->count++;
        }
    }
}

/* ----------------------------------------------------------------------------- putting together -- */

static void add_truth(mirti_simulate_truth_row *row, const mirti_simulate_tally *t) {
    row->persons += mirti_simulate_tally_ages(t, 0, MIRTI_SIMULATE_AGE_MAX, -1);
    row->dwellings += t->dwelling[DWELLING_ALL];
    for (int g = 0; g < CHILDREN_GROUPS; g++) {
        row->children[g] += t->children[g];
        row->working[g] += t->working[g];
        row->risk[g] += t->risk[g];
    }
    for (int age = 6; age <= 17; age++)
        row->out_of_school_6_17 += t->out_of_school[0][age] + t->out_of_school[1][age];
}

/* A locality is complete; its municipality may be. */
static mirti_status finish_locality(work *w, int32_t locality, mirti_error *err) {
    const mirti_simulate_country *country = w->country;
    int32_t index = country->locality[locality].municipality;
    const mirti_simulate_municipality *m = &country->municipality[index];
    const mirti_simulate_tally *tally = &w->local[locality - m->first_locality];
    add_truth(&w->out->locality[locality], tally);
    add_truth(&w->out->municipality[index], tally);
    if (locality + 1 < m->first_locality + m->localities) return MIRTI_OK;
    MIRTI_TRY(mirti_simulate_iter_municipality(&w->iter, index, w->local, err));
    memset(w->local, 0, (size_t)m->localities * sizeof *w->local);
    return MIRTI_OK;
}

static mirti_status put_together(work *w, const struct round *done, mirti_error *err) {
    for (int i = 0; i < done->count; i++) {
        const piece *p = &done->piece[i];
        MIRTI_TRY(mirti_simulate_stream_write(&w->persons, p->persons.data, p->persons.size, err));
        MIRTI_TRY(
            mirti_simulate_stream_write(&w->dwellings, p->dwellings.data, p->dwellings.size, err));
        w->out->person_rows += p->person_rows;
        w->out->dwelling_rows += p->dwelling_rows;
        for (int32_t k = 0; k < p->count; k++) {
            int32_t locality = p->first + k;
            const mirti_simulate_locality *l = &w->country->locality[locality];
            int32_t first = w->country->municipality[l->municipality].first_locality;
            mirti_simulate_tally_add(&w->local[locality - first], &p->tally[k]);
            if (p->count > 1 || p->to == l->dwellings) MIRTI_TRY(finish_locality(w, locality, err));
        }
    }
    return MIRTI_OK;
}

/* ------------------------------------------------------------------------------------- states -- */

static mirti_status write_state(work *w, int32_t index, mirti_simulate_files *files,
                                const mirti_listener *listener, mirti_error *err) {
    const mirti_simulate_country *country = w->country;
    const mirti_simulate_state *state = &country->state[index];
    const mirti_simulate_municipality *last =
        &country->municipality[state->first_municipality + state->municipalities - 1];
    char name[64];
    snprintf(name, sizeof name, "census/Personas%02d.CSV", (int)state->code);
    MIRTI_TRY(mirti_simulate_stream_open(&w->persons, files, name, err));
    snprintf(name, sizeof name, "census/Viviendas%02d.CSV", (int)state->code);
    mirti_status status = mirti_simulate_stream_open(&w->dwellings, files, name, err);
    if (status == MIRTI_OK)
        status = mirti_simulate_stream_write(&w->persons, mirti_simulate_person_header,
                                             strlen(mirti_simulate_person_header), err);
    if (status == MIRTI_OK)
        status = mirti_simulate_stream_write(&w->dwellings, mirti_simulate_dwelling_header,
                                             strlen(mirti_simulate_dwelling_header), err);
    w->drawn = &w->round[0];
    w->done = &w->round[1];
    w->done->count = 0;
    do {
        cut_pieces(w, w->drawn, last->first_locality + last->localities);
        if (status == MIRTI_OK)
            status = mirti_parallel_range(w->drawn->count + 1, 1, country->options.threads, work_on,
                                          w, err);
        if (status == MIRTI_OK)
            status = mirti_progress(listener, "people", (double)w->locality,
                                    (double)country->localities, err);
        struct round *swap = w->drawn;
        w->drawn = w->done;
        w->done = swap;
    } while (status == MIRTI_OK && w->done->count > 0);
    status = mirti_simulate_stream_close(&w->persons, status, err);
    status = mirti_simulate_stream_close(&w->dwellings, status, err);
    return status == MIRTI_OK ? mirti_simulate_iter_state(&w->iter, index, err) : status;
}

static bool make_room(work *w) {
    int32_t most = 1;
    for (int32_t i = 0; i < w->country->municipalities; i++)
        if (w->country->municipality[i].localities > most)
            most = w->country->municipality[i].localities;
    w->local = mirti_new((size_t)most, sizeof *w->local);
    bool made = w->local != NULL;
    for (int i = 0; i < 2 * PIECES; i++) {
        piece *p = &w->round[i / PIECES].piece[i % PIECES];
        p->tally = mirti_new(LOCALITIES_OF_PIECE, sizeof *p->tally);
        made = made && p->tally != NULL;
    }
    w->out->municipality =
        mirti_new((size_t)w->country->municipalities, sizeof *w->out->municipality);
    w->out->locality = mirti_new((size_t)w->country->localities, sizeof *w->out->locality);
    return made && w->out->municipality != NULL && w->out->locality != NULL;
}

mirti_status mirti_simulate_population_write(const mirti_simulate_country *country,
                                             const mirti_simulate_odds *odds,
                                             mirti_simulate_files *files,
                                             mirti_simulate_population *out,
                                             const mirti_listener *listener, mirti_error *err) {
    *out = (mirti_simulate_population){0};
    work *w = mirti_new(1, sizeof *w);
    if (w == NULL) return mirti_fail_memory(err, "the people of a simulated country");
    w->country = w->iter.country = country;
    w->odds = odds;
    w->out = out;
    mirti_status status =
        make_room(w) ? MIRTI_OK : mirti_fail_memory(err, "the people of a simulated country");
    for (int32_t i = 0; i < country->states && status == MIRTI_OK; i++)
        status = write_state(w, i, files, listener, err);
    if (status == MIRTI_OK)
        status = mirti_simulate_iter_write(&w->iter, files, "census/iter.csv", err);
    for (int i = 0; i < 2 * PIECES; i++) {
        piece *p = &w->round[i / PIECES].piece[i % PIECES];
        mirti_free(p->tally);
        mirti_simulate_buffer_reset(&p->persons);
        mirti_simulate_buffer_reset(&p->dwellings);
    }
    mirti_simulate_iter_reset(&w->iter);
    mirti_free(w->local);
    mirti_free(w);
    return status;
}

void mirti_simulate_population_reset(mirti_simulate_population *population) {
    mirti_free(population->municipality);
    mirti_free(population->locality);
    *population = (mirti_simulate_population){0};
}
