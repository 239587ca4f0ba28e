/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Aggregate mode: the risk of an area of which the census publishes counts and shares.
 *
 * p_a = Σ_c N_ac p_ac / Σ_c N_ac over the enumerated cells (sex × age, say), p_ac from the shares
 * of the cell (cells.c). Its standard error is gᵀVg with g the gradient of p_a by β and V the
 * linearised covariance of the fit: it tells how sure the coefficients make us, not how well the
 * model fits an area. Intervals are computed on the logit scale, so that they stay within 0 and 1.
 * Oracles: R predict(svyglm) with its covariance (tests/oracle); difference quotients (tests/unit).
 */
#include "internal.h"

#include <math.h>

typedef struct run {
    const mirti_predict_cells *cells;
    const mirti_areas *areas;
    mirti_results *results;
    double t;
} run;

double mirti_predict_standard_error(const mirti_logit *fit, const double *g, double own) {
    double variance = own * own;
    int p = fit->columns;
    for (int j = 0; j < p; j++) {
        double part = 0;
        for (int l = 0; l < p; l++)
            part += fit->covariance[j * p + l] * g[l];
        variance += g[j] * part;
    }
    return variance > 0 ? sqrt(variance) : 0;
}

double mirti_predict_area(const mirti_predict_cells *cells, mirti_predict_scratch *scratch,
                          const mirti_areas *areas, int64_t i, const double *beta,
                          double *gradient) {
    mirti_sum risk = {0}, all = {0};
    for (int c = 0; c < areas->cells; c++)
        mirti_sum_add(&all, areas->children[i * areas->cells + c]);
    for (int j = 0; gradient && j < cells->columns; j++)
        gradient[j] = 0;
    for (int c = 0; c < areas->cells; c++) {
        int64_t at = i * areas->cells + c;
        double part = areas->children[at] / mirti_sum_value(&all);
        if (!(part > 0)) continue;
        mirti_sum_add(&risk,
                      part * mirti_predict_cell(cells, scratch, areas->share + at * areas->shares,
                                                beta, part, gradient));
    }
    return mirti_sum_value(&risk);
}

static void predict_one(const run *r, mirti_predict_scratch *scratch, int64_t i) {
    const mirti_logit *fit = r->cells->model->logit;
    mirti_results *results = r->results;
    if (r->areas->missing[i] != MIRTI_AREA_COMPLETE) return;
    double *gradient = results->gradient + i * fit->columns;
    results->risk[i] = mirti_predict_area(r->cells, scratch, r->areas, i, fit->beta, gradient);
    results->method[i] = MIRTI_METHOD_AGGREGATE;
    mirti_predict_finish(results, i, mirti_predict_standard_error(fit, gradient, 0), r->t);
}

static mirti_status predict_range(int64_t first, int64_t last, void *context, mirti_error *err) {
    const run *r = context;
    mirti_predict_scratch scratch;
    MIRTI_TRY(mirti_predict_scratch_make(&scratch, r->cells->columns, err));
    for (int64_t i = first; i < last; i++)
        predict_one(r, &scratch, i);
    mirti_predict_scratch_reset(&scratch);
    return MIRTI_OK;
}

mirti_status mirti_predict_areas(const mirti_model *model, const mirti_areas *areas,
                                 const mirti_predict_options *options, mirti_results **out,
                                 mirti_error *err) {
    *out = NULL;
    if (areas->shares != mirti_terms_share_offset(model->terms, model->terms->predictors))
        return mirti_fail(err, MIRTI_ERROR_MODEL,
                          "the areas were read for another model: they have %d shares in a cell",
                          areas->shares);
    mirti_predict_cells cells;
    mirti_results *results = NULL;
    mirti_status status;
    MIRTI_TRY(mirti_predict_cells_make(&cells, model, options->dispersion, err));
    MIRTI_TRY_GOTO(status, mirti_results_new(areas, &results, err), done);
    results->columns = cells.columns;
    results->gradient =
        mirti_new((size_t)areas->count * (size_t)cells.columns, sizeof *results->gradient);
    if (!results->gradient) {
        status = mirti_fail_memory(err, "the gradients of areas");
        goto done;
    }
    run r = {&cells, areas, results,
             mirti_survey_t_quantile(options->confidence, model->logit->df)};
    status = mirti_parallel_range(areas->count, 256, options->threads, predict_range, &r, err);
done:
    mirti_predict_cells_reset(&cells);
    if (status == MIRTI_OK)
        *out = results;
    else
        mirti_results_free(results);
    return status;
}
