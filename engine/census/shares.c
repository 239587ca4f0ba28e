/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the figures of one row to the children and shares of one area.
 *
 * For each enumerated cell – children of one sex and age group, say – every predictor gets its
 * share: 1 or 0 where the cell fixes it, the cell's own published share where there is one, else
 * the share published for the area as a whole. Shares are laid out as mirti_terms_expected_row
 * reads them.
 */
#include "areas.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* How far a share may lie beyond [0, 1] for rounding of its quotient alone. */
static const double slack = 1e-9;
/* Shares of a category may miss 1 by what rounding of published percentages makes of it. */
static const double category_slack = 0.005;

typedef struct filling {
    const mirti_census_figures *f;
    const mirti_census_values *values;
    int64_t i;
    mirti_area_missing *reason;
    const char **column;
    mirti_error *err;
} filling;

static mirti_status bad_value(const filling *a, int figure, double value, const char *what) {
    const mirti_census_figure *f = &a->f->figure[figure];
    char text[32];
    mirti_number_print(value, text);
    mirti_status status = mirti_fail(a->err, MIRTI_ERROR_INPUT, "%s", what);
    mirti_fail_at(a->err, a->values->batch->file,
                  mirti_batch_row(a->values->batch, a->values->row[a->i]), 0, f->name, text);
    mirti_fail_remedy(a->err, "Look at its expression in %s, line %lld, and at the row.",
                      a->f->spec->path, (long long)f->place.line);
    return status;
}

/* The figure's value; NaN and a reason where it is missing. */
static double take(const filling *a, int figure) {
    const mirti_column *column = &a->values->figure[figure];
    if (column->valid[a->i]) return column->number[a->i];
    const char *name;
    mirti_area_missing reason = mirti_census_why_missing(a->f, figure, a->values, a->i, &name);
    /* The first reason stays, unless a later one says more. */
    if (*a->reason == MIRTI_AREA_COMPLETE ||
        (*a->reason == MIRTI_AREA_NOT_AVAILABLE && reason == MIRTI_AREA_SUPPRESSED)) {
        *a->reason = reason;
        *a->column = name;
    }
    return NAN;
}

static mirti_status take_share(const filling *a, int figure, double *share) {
    double value = take(a, figure);
    if (value < -slack || value > 1 + slack)
        return bad_value(a, figure, value, "a share must lie between 0 and 1");
    *share = isnan(value) ? value : fmin(fmax(value, 0), 1);
    return MIRTI_OK;
}

/* The shares of a category's levels: all given, or all but one. */
static mirti_status take_levels(const filling *a, int k, double *share) {
    const mirti_predictor *predictor = &a->f->terms->predictor[k];
    const int *figure = a->f->common + mirti_terms_share_offset(a->f->terms, k);
    int rest = -1, last = -1;
    double sum = 0;
    for (int l = 0; l < predictor->levels; l++) {
        if (figure[l] < 0) {
            rest = l;
            continue;
        }
        MIRTI_TRY(take_share(a, figure[l], &share[l]));
        sum += share[l];
        last = figure[l];
    }
    if (rest >= 0) {
        if (sum > 1 + category_slack)
            return bad_value(a, last, sum, "the shares of a category add up to more than 1");
        share[rest] = fmax(0, 1 - sum);
        sum += share[rest];
    }
    if (fabs(sum - 1) > category_slack)
        return bad_value(a, last, sum, "the shares of a category do not add up to 1");
    for (int l = 0; l < predictor->levels; l++)
        share[l] /= sum;
    return MIRTI_OK;
}

static mirti_status fill_predictor(const filling *a, int c, int k, double *share) {
    const mirti_census_figures *f = a->f;
    const mirti_predictor *predictor = &f->terms->predictor[k];
    int level = f->block->cell[c].level[k], own = f->own[c * f->terms->predictors + k];
    bool category = predictor->kind == MIRTI_PREDICTOR_CATEGORY;
    if (level >= 0) {
        share[category ? level : 0] = category ? 1 : level;
        return MIRTI_OK;
    }
    if (category) return take_levels(a, k, share);
    int figure = own >= 0 ? own : f->common[mirti_terms_share_offset(f->terms, k)];
    if (predictor->kind == MIRTI_PREDICTOR_BINARY) return take_share(a, figure, share);
    share[0] = take(a, figure);
    return MIRTI_OK;
}

mirti_status mirti_census_area_fill(const mirti_census_figures *figures,
                                    const mirti_census_values *values, int64_t i, double *children,
                                    double *share, mirti_area_missing *reason, const char **column,
                                    mirti_error *err) {
    *reason = MIRTI_AREA_COMPLETE;
    *column = NULL;
    const filling a = {figures, values, i, reason, column, err};
    int cells = figures->block->cells, predictors = figures->terms->predictors;
    int length = mirti_terms_share_offset(figures->terms, predictors);
    memset(share, 0, (size_t)cells * (size_t)length * sizeof *share);
    double total = 0;
    for (int c = 0; c < cells; c++) {
        children[c] = take(&a, figures->children[c]);
        if (children[c] < 0)
            return bad_value(&a, figures->children[c], children[c],
                             "a number of children cannot be negative");
        total += children[c];
    }
    if (*reason == MIRTI_AREA_COMPLETE && total == 0) *reason = MIRTI_AREA_NO_CHILDREN;
    for (int c = 0; c < cells; c++) {
        if (!(children[c] > 0)) continue;
        for (int k = 0; k < predictors; k++)
            if (figures->used[k])
                MIRTI_TRY(fill_predictor(&a, c, k,
                                         share + (size_t)c * (size_t)length +
                                             mirti_terms_share_offset(figures->terms, k)));
    }
    return MIRTI_OK;
}
