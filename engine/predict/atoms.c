/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Areas as kinds of children: see atoms.h. */
#include "atoms.h"

#include <math.h>

size_t mirti_atoms_most(const mirti_predict_base *base) {
    const mirti_areas *areas = base->areas;
    if (!areas->cube) return (size_t)areas->cells * MIRTI_ATOMS_POINTS;
    int64_t most = 0;
    for (int64_t i = 0; i < areas->count; i++) {
        int64_t here = base->persons.first[i + 1] - base->persons.first[i];
        if (here > most) most = here;
    }
    return (size_t)most;
}

mirti_status mirti_atoms_make(mirti_atoms *atoms, const mirti_predict_base *base, size_t most,
                              mirti_error *err) {
    size_t p = (size_t)base->model->logit->columns;
    size_t cells = base->areas->cube ? 0 : (size_t)base->areas->cells;
    most += MIRTI_ATOMS_LANES; /* filled up */
    *atoms = (mirti_atoms){
        .memory = mirti_new(2 * most + cells * (1 + p + p * (p + 1) / 2), sizeof *atoms->memory)};
    if (!atoms->memory) return mirti_fail_memory(err, "the children of an area");
    atoms->share = atoms->memory;
    atoms->odds = atoms->share + most;
    atoms->part = atoms->odds + most;
    atoms->row = atoms->part + cells;
    atoms->triangle = atoms->row + cells * p;
    return MIRTI_OK;
}

void mirti_atoms_reset(mirti_atoms *atoms) {
    mirti_free(atoms->memory);
    *atoms = (mirti_atoms){0};
}

static void fill_up(mirti_atoms *atoms) {
    while (atoms->count % MIRTI_ATOMS_LANES > 0) {
        atoms->share[atoms->count] = 0;
        atoms->odds[atoms->count++] = 0;
    }
}

static void describe_persons(mirti_atoms *atoms, const mirti_predict_persons *persons, int64_t i) {
    int64_t all = 0; /* whole millionths: exact */
    for (int64_t c = persons->first[i]; c < persons->first[i + 1]; c++)
        all += persons->cube->cell[c].weight;
    atoms->count = 0;
    for (int64_t c = persons->first[i]; c < persons->first[i + 1]; c++)
        atoms->share[atoms->count++] = (double)persons->cube->cell[c].weight / (double)all;
    fill_up(atoms);
}

void mirti_atoms_describe(mirti_atoms *atoms, const mirti_predict_base *base,
                          mirti_predict_scratch *scratch, int64_t i) {
    const mirti_areas *areas = base->areas;
    if (areas->cube) {
        describe_persons(atoms, &base->persons, i);
        return;
    }
    size_t p = (size_t)base->model->logit->columns;
    mirti_sum all = {0};
    for (int c = 0; c < areas->cells; c++)
        mirti_sum_add(&all, areas->children[i * areas->cells + c]);
    atoms->cells = 0;
    for (int c = 0; c < areas->cells; c++) {
        int64_t at = i * areas->cells + c;
        double part = areas->children[at] / mirti_sum_value(&all);
        if (!(part > 0)) continue;
        size_t cell = (size_t)atoms->cells++;
        atoms->part[cell] = part;
        mirti_predict_cell_moments(&base->cells, scratch, areas->share + at * areas->shares,
                                   atoms->row + cell * p,
                                   atoms->triangle + cell * (p * (p + 1) / 2));
    }
}

void mirti_atoms_of_cells(mirti_atoms *atoms, int columns, const double *beta, const double *point,
                          const double *weight) {
    const double *row = atoms->row, *triangle = atoms->triangle;
    atoms->count = 0;
    for (int c = 0; c < atoms->cells; c++, row += columns) {
        double mean = 0, variance = 0;
        for (int j = 0; j < columns; j++) {
            double along = *triangle++ * beta[j] / 2;
            for (int l = j + 1; l < columns; l++)
                along += *triangle++ * beta[l];
            mean += row[j] * beta[j];
            variance += 2 * beta[j] * along;
        }
        double middle = mirti_exact_exp(-mean), deviation = variance > 0 ? sqrt(variance) : 0;
        int points = variance > 0 ? MIRTI_ATOMS_POINTS : 1;
        for (int q = 0; q < points; q++) {
            atoms->share[atoms->count] = atoms->part[c] * (points > 1 ? weight[q] : 1);
            atoms->odds[atoms->count++] =
                points > 1 ? middle * mirti_exact_exp(-deviation * point[q]) : middle;
        }
    }
    fill_up(atoms);
}

void mirti_atoms_of_persons(mirti_atoms *atoms, const mirti_predict_persons *persons, int64_t i,
                            const double *odds) {
    const mirti_cube_cell *cell = persons->cube->cell + persons->first[i];
    int64_t count = persons->first[i + 1] - persons->first[i];
    for (int64_t c = 0; c < count; c++)
        atoms->odds[c] = odds[cell[c].pattern];
}

double mirti_atoms_risk(const mirti_atoms *atoms, double factor) {
    double lane[MIRTI_ATOMS_LANES] = {0};
    const double *share = atoms->share, *odds = atoms->odds;
    for (size_t k = 0; k < atoms->count; k += MIRTI_ATOMS_LANES)
        for (size_t l = 0; l < MIRTI_ATOMS_LANES; l++)
            lane[l] += share[k + l] / (1 + odds[k + l] * factor);
    return (lane[0] + lane[1]) + (lane[2] + lane[3]);
}
