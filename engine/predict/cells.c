/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The risk of children of whom only shares are known.
 *
 * Putting shares into the inverse link σ (of a logit, the logistic function) gives the risk of a
 * child with average traits, not the average risk: with risks around a tenth, where the function
 * bends upwards, that is too low (Jensen). Children of a cell differ; their linear predictors have
 * mean μ = x̄ᵀβ and variance s² = βᵀCβ, with
 *
 *     C_kl = ρ_kl √(x̄_k(1−x̄_k) x̄_l(1−x̄_l)),
 *
 * the spread of 0/1 columns that their shares imply and the correlations ρ of the columns within
 * PSUs of the survey. The cell's risk is ∫ σ(μ + s z) φ(z) dz by Gauss–Hermite, as if the linear
 * predictors were normal.
 *
 * What the cell itself says goes before the survey's correlations. Where it fixes a factor (all are
 * 15 to 17 years old), the column `age:floor` is the column `floor`, and varies as that does. Two
 * levels of one category exclude each other: C_kl = −x̄_k x̄_l, exactly. A number counts as the same
 * for all children of the cell, for a published mean says nothing of its spread.
 *
 * The gradient follows from Stein's lemma without a division by s:
 * ∂p/∂β = x̄ E σ′(μ + sZ) + Cβ E σ″(μ + sZ).
 *
 * Oracles: numbers drawn from correlated 0/1 traits; difference quotients (tests/unit); R's
 * integrate() (tests/oracle).
 */
#include "internal.h"

#include <math.h>
#include <string.h>

static bool same_factor(const mirti_terms_factor *a, int f, const mirti_terms_factor *b, int g) {
    return a->predictor[f] == b->predictor[g] && a->level[f] == b->level[g];
}

/* Whether column `b` is made of exactly those factors of `a` that are in the mask. */
static bool made_of(const mirti_terms_factor *a, unsigned mask, const mirti_terms_factor *b) {
    int kept = 0;
    for (int f = 0; f < a->count; f++) {
        if (!(mask >> f & 1)) continue;
        bool found = false;
        for (int g = 0; g < b->count; g++)
            found = found || same_factor(a, f, b, g);
        if (!found) return false;
        kept++;
    }
    return kept == b->count;
}

static bool excludes(const mirti_terms_factor *a, const mirti_terms_factor *b) {
    for (int f = 0; f < a->count; f++)
        for (int g = 0; g < b->count; g++)
            if (a->level[f] >= 0 && a->predictor[f] == b->predictor[g] &&
                a->level[f] != b->level[g])
                return true;
    return false;
}

mirti_status mirti_predict_cells_make(mirti_predict_cells *cells, const mirti_model *model,
                                      bool dispersion, mirti_error *err) {
    const mirti_terms *terms = model->terms;
    int p = terms->columns;
    *cells = (mirti_predict_cells){.model = model, .dispersion = dispersion, .columns = p};
    bool steep = model->logit->link == MIRTI_LINK_CLOGLOG;
    cells->points = steep ? MIRTI_PREDICT_GRID : MIRTI_PREDICT_POINTS;
    (steep ? mirti_predict_normal_grid : mirti_predict_normal_rule)(cells->points, cells->point,
                                                                    cells->weight);
    cells->alone = mirti_new((size_t)p * 16, sizeof *cells->alone);
    cells->exclusive = mirti_new((size_t)p * (size_t)p, sizeof *cells->exclusive);
    if (!cells->alone || !cells->exclusive) {
        mirti_predict_cells_reset(cells);
        return mirti_fail_memory(err, "the prediction of cells");
    }
    for (int j = 0; j < p; j++) {
        const mirti_terms_factor *factor = &terms->factor[j];
        for (unsigned mask = 0; mask < 16; mask++) {
            cells->alone[j * 16 + (int)mask] = -1;
            for (int l = p - 1; l >= 0; l--)
                if (made_of(factor, mask, &terms->factor[l])) cells->alone[j * 16 + (int)mask] = l;
        }
        for (int l = 0; l < p; l++)
            cells->exclusive[j * p + l] = excludes(factor, &terms->factor[l]);
    }
    return MIRTI_OK;
}

void mirti_predict_cells_reset(mirti_predict_cells *cells) {
    mirti_free(cells->alone);
    mirti_free(cells->exclusive);
    *cells = (mirti_predict_cells){0};
}

mirti_status mirti_predict_scratch_make(mirti_predict_scratch *scratch, int columns,
                                        mirti_error *err) {
    size_t p = (size_t)columns;
    *scratch = (mirti_predict_scratch){
        mirti_new(p, sizeof *scratch->row), mirti_new(p, sizeof *scratch->deviation),
        mirti_new(p, sizeof *scratch->spread), mirti_new(p, sizeof *scratch->stands_for),
        mirti_new(p, sizeof *scratch->beta)};
    if (scratch->row && scratch->deviation && scratch->spread && scratch->stands_for &&
        scratch->beta)
        return MIRTI_OK;
    mirti_predict_scratch_reset(scratch);
    return mirti_fail_memory(err, "the prediction of cells");
}

void mirti_predict_scratch_reset(mirti_predict_scratch *scratch) {
    mirti_free(scratch->row);
    mirti_free(scratch->deviation);
    mirti_free(scratch->spread);
    mirti_free(scratch->stands_for);
    mirti_free(scratch->beta);
    *scratch = (mirti_predict_scratch){0};
}

/* Standard deviation of column j in the cell, and the column it stands for there. */
static void describe_column(const mirti_predict_cells *cells, mirti_predict_scratch *scratch,
                            const double *share, int j) {
    const mirti_terms *terms = cells->model->terms;
    const mirti_terms_factor *factor = &terms->factor[j];
    double mean = scratch->row[j], scale = 1; /* of what varies: a 0/1 product times a number */
    unsigned mask = 0;
    for (int f = 0; f < factor->count; f++) {
        int at = mirti_terms_share_offset(terms, factor->predictor[f]);
        double s = share[factor->level[f] < 0 ? at : at + factor->level[f]];
        if (terms->predictor[factor->predictor[f]].kind == MIRTI_PREDICTOR_NUMBER)
            scale *= s;
        else if (s < 1)
            mask |= 1u << f;
    }
    double variance = mean * (scale - mean);
    scratch->deviation[j] = variance > 0 ? copysign(sqrt(variance), scale) : 0;
    int alone = cells->alone[j * 16 + (int)mask];
    scratch->stands_for[j] = alone >= 0 ? alone : j;
}

/* Covariance of columns j and l in the cell. */
static double covariance(const mirti_predict_cells *cells, const mirti_predict_scratch *scratch,
                         int j, int l) {
    int a = scratch->stands_for[j], b = scratch->stands_for[l], p = cells->columns;
    if (cells->exclusive[a * p + b]) return -scratch->row[j] * scratch->row[l];
    double correlation = a == b ? 1 : cells->model->column_correlation[a * p + b];
    return correlation * scratch->deviation[j] * scratch->deviation[l];
}

/* Fills spread = Cβ; returns s² = βᵀCβ. */
static double disperse(const mirti_predict_cells *cells, mirti_predict_scratch *scratch,
                       const double *share, const double *beta) {
    int p = cells->columns;
    for (int j = 0; j < p; j++) {
        describe_column(cells, scratch, share, j);
        scratch->spread[j] = 0;
    }
    for (int j = 0; j < p; j++) {
        if (scratch->deviation[j] == 0) continue;
        for (int l = j; l < p; l++) {
            if (scratch->deviation[l] == 0) continue;
            double both = covariance(cells, scratch, j, l);
            scratch->spread[j] += both * beta[l];
            if (l > j) scratch->spread[l] += both * beta[j];
        }
    }
    double variance = 0;
    for (int j = 0; j < p; j++)
        variance += beta[j] * scratch->spread[j];
    return variance;
}

void mirti_predict_cell_moments(const mirti_predict_cells *cells, mirti_predict_scratch *scratch,
                                const double *share, double *row, double *triangle) {
    int p = cells->columns;
    mirti_terms_expected_row(cells->model->terms, share, scratch->row);
    memcpy(row, scratch->row, (size_t)p * sizeof *row);
    for (int j = 0; j < p && cells->dispersion; j++)
        describe_column(cells, scratch, share, j);
    for (int j = 0; j < p; j++)
        for (int l = j; l < p; l++) {
            bool varies =
                cells->dispersion && scratch->deviation[j] != 0 && scratch->deviation[l] != 0;
            *triangle++ = varies ? covariance(cells, scratch, j, l) : 0;
        }
}

/* Means of probability, slope and curvature over linear predictors N(mean, variance). A probit has
 * them in closed form, E Φ(μ + sZ) = Φ(μ/√(1+s²)), and its derivatives by μ. */
static mirti_link_value mean_over_spread(const mirti_predict_cells *cells, double mean,
                                         double variance) {
    mirti_link link = cells->model->logit->link;
    if (link == MIRTI_LINK_PROBIT) {
        double scale = 1 / sqrt(1 + variance);
        mirti_link_value at = mirti_link_at(link, mean * scale);
        return (mirti_link_value){at.prob, at.slope * scale, at.curve * scale * scale};
    }
    return mirti_link_mean(link, mean, sqrt(variance), cells->points, cells->point, cells->weight);
}

double mirti_predict_cell(const mirti_predict_cells *cells, mirti_predict_scratch *scratch,
                          const double *share, const double *beta, double times, double *gradient) {
    int p = cells->columns;
    mirti_terms_expected_row(cells->model->terms, share, scratch->row);
    double mean = 0;
    for (int j = 0; j < p; j++)
        mean += scratch->row[j] * beta[j];
    double variance = cells->dispersion ? disperse(cells, scratch, share, beta) : 0;
    if (!(variance > 0)) { /* nothing varies, or correlations that cannot be together */
        mirti_link_value at = mirti_link_at(cells->model->logit->link, mean);
        if (gradient)
            for (int j = 0; j < p; j++)
                gradient[j] += times * at.slope * scratch->row[j];
        return at.prob;
    }
    mirti_link_value at = mean_over_spread(cells, mean, variance);
    if (gradient)
        for (int j = 0; j < p; j++)
            gradient[j] += times * (scratch->row[j] * at.slope + scratch->spread[j] * at.curve);
    return at.prob;
}
