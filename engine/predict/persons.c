/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Prediction from persons: p_a = Σ_k W_ak σ(x_kᵀβ) / Σ_k W_ak over the patterns of the cube, σ the
 * inverse of the model's link. There are hundreds of cells for each pattern, so σ is computed once
 * for each pattern at the fitted β; what an area then takes are two products a cell and those of
 * the gradient.
 */
#include "internal.h"

#include <math.h>
#include <string.h>

static double predictor_of(const mirti_predict_persons *persons, int32_t pattern,
                           const double *beta) {
    const double *row = persons->row + (int64_t)pattern * persons->columns;
    double mean = 0;
    for (int j = 0; j < persons->columns; j++)
        mean += row[j] * beta[j];
    return mean;
}

mirti_status mirti_predict_persons_make(mirti_predict_persons *persons, const mirti_model *model,
                                        const mirti_cube *cube, mirti_error *err) {
    const mirti_terms *terms = model->terms;
    int p = terms->columns;
    *persons = (mirti_predict_persons){.cube = cube, .link = model->logit->link, .columns = p};
    MIRTI_TRY(mirti_cube_check(cube, terms, err));
    int *at = mirti_new((size_t)terms->predictors, sizeof *at);
    double *value = mirti_new((size_t)terms->predictors, sizeof *value);
    persons->row = mirti_new((size_t)cube->patterns * (size_t)p, sizeof *persons->row);
    persons->first = mirti_new((size_t)cube->areas + 1, sizeof *persons->first);
    mirti_status status = MIRTI_OK;
    persons->beta = mirti_new((size_t)p, sizeof *persons->beta);
    persons->at = mirti_new((size_t)cube->patterns, sizeof *persons->at);
    if (!at || !value || !persons->row || !persons->first || !persons->beta || !persons->at) {
        status = mirti_fail_memory(err, "the persons of the cube");
        goto done;
    }
    /* The cube has the predictors that terms use, in the order of the model. */
    int variables = 0;
    for (int t = 0; t < terms->terms; t++)
        for (int f = 0; f < terms->term[t].order; f++)
            at[terms->term[t].predictor[f]] = 1;
    for (int k = 0; k < terms->predictors; k++)
        at[k] = at[k] ? variables++ : -1;
    for (int64_t i = 0; i < cube->patterns; i++) {
        for (int k = 0; k < terms->predictors; k++)
            value[k] = at[k] < 0 ? 0 : cube->value[i * cube->variables + at[k]];
        mirti_terms_row(terms, value, persons->row + i * p);
    }
    for (int64_t i = 0; i < cube->patterns; i++)
        persons->at[i] =
            mirti_link_at(persons->link, predictor_of(persons, (int32_t)i, model->logit->beta));
    memcpy(persons->beta, model->logit->beta, (size_t)p * sizeof *persons->beta);
    for (int64_t c = 0; c < cube->cells; c++)
        persons->first[cube->place[cube->cell[c].place].area + 1]++;
    for (int64_t a = 0; a < cube->areas; a++)
        persons->first[a + 1] += persons->first[a];
done:
    mirti_free(at);
    mirti_free(value);
    if (status != MIRTI_OK) mirti_predict_persons_reset(persons);
    return status;
}

void mirti_predict_persons_reset(mirti_predict_persons *persons) {
    mirti_free(persons->row);
    mirti_free(persons->first);
    mirti_free(persons->beta);
    mirti_free(persons->at);
    *persons = (mirti_predict_persons){0};
}

/* The table of patterns, if it is of these coefficients; else NULL. */
static const mirti_link_value *known_at(const mirti_predict_persons *persons, const double *beta) {
    size_t bytes = (size_t)persons->columns * sizeof *beta;
    return memcmp(persons->beta, beta, bytes) == 0 ? persons->at : NULL;
}

static mirti_link_value value_of(const mirti_predict_persons *persons, int32_t pattern,
                                 const double *beta, const mirti_link_value *known) {
    if (known) return known[pattern];
    return mirti_link_at(persons->link, predictor_of(persons, pattern, beta));
}

/* Exact below 2⁵³ millionths, nine thousand million persons. */
static double weight_of(const mirti_predict_persons *persons, int64_t i) {
    int64_t sum = 0;
    for (int64_t c = persons->first[i]; c < persons->first[i + 1]; c++)
        sum += persons->cube->cell[c].weight;
    return (double)sum;
}

double mirti_predict_persons_area(const mirti_predict_persons *persons, int64_t i,
                                  const double *beta, double times, double *gradient) {
    const mirti_link_value *known = known_at(persons, beta);
    double all = weight_of(persons, i);
    mirti_sum risk = {0};
    for (int64_t c = persons->first[i]; c < persons->first[i + 1]; c++) {
        const mirti_cube_cell *cell = &persons->cube->cell[c];
        double part = (double)cell->weight / all;
        const mirti_link_value at = value_of(persons, cell->pattern, beta, known);
        mirti_sum_add(&risk, part * at.prob);
        const double *row = persons->row + (int64_t)cell->pattern * persons->columns;
        for (int j = 0; gradient && j < persons->columns; j++)
            gradient[j] += times * part * at.slope * row[j];
    }
    return mirti_sum_value(&risk);
}

void mirti_predict_persons_mean(const mirti_predict_persons *persons, int64_t i, double *mean) {
    double all = weight_of(persons, i);
    for (int j = 0; j < persons->columns; j++)
        mean[j] = 0;
    for (int64_t c = persons->first[i]; c < persons->first[i + 1]; c++) {
        const mirti_cube_cell *cell = &persons->cube->cell[c];
        const double *row = persons->row + (int64_t)cell->pattern * persons->columns;
        for (int j = 0; j < persons->columns; j++)
            mean[j] += (double)cell->weight / all * row[j];
    }
}
