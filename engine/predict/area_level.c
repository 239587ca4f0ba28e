/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Results of an area-level model: the empirical best predictor where the survey has a usable direct
 * estimate, the regression alone elsewhere. Both move with β, by what the regression weighs in
 * them: (1 − E γ) z_a and z_a; what is left of the predictive variance is the area's own. So that
 * ranks drawn from them have the errors that the intervals have.
 */
#include "internal.h"

#include <math.h>
#include <string.h>

/* dp/dt where the risk is p and t its transform. */
static double slope(mirti_area_scale scale, double p) {
    if (scale == MIRTI_SCALE_LOGIT) return p * (1 - p);
    return scale == MIRTI_SCALE_ARCSINE ? 2 * sqrt(p * (1 - p)) : 1;
}

static double leverage(const mirti_fay_herriot *fit, const double *z) {
    double sum = 0;
    for (int j = 0; j < fit->columns; j++)
        for (int k = 0; k < fit->columns; k++)
            sum += z[j] * fit->covariance[j * fit->columns + k] * z[k];
    return sum;
}

static void fill(const mirti_area_model *model, int64_t a, const double *z, mirti_results *r,
                 int64_t i) {
    const mirti_fay_herriot *fit = model->fit;
    double risk = fit->value[a], along = slope(fit->scale, risk), weight = 1 - fit->weight[a];
    double shared = weight * weight * leverage(fit, z);
    r->risk[i] = risk;
    r->risk_se[i] = fit->se[a];
    r->risk_cv[i] = r->risk_se[i] / risk;
    r->risk_lo[i] = fit->lo[a];
    r->risk_hi[i] = fit->hi[a];
    r->at_risk[i] = r->children[i] * risk;
    r->at_risk_lo[i] = r->children[i] * fit->lo[a];
    r->at_risk_hi[i] = r->children[i] * fit->hi[a];
    r->own_se[i] = sqrt(fmax(fit->sd[a] * fit->sd[a] - shared, 0)) * along;
    for (int j = 0; j < fit->columns; j++)
        r->gradient[i * fit->columns + j] = weight * z[j] * along;
    r->method[i] = isnan(model->sampling[a]) ? MIRTI_METHOD_SYNTHETIC : MIRTI_METHOD_EB;
}

mirti_status mirti_results_of_area_model(const mirti_area_model *model, const mirti_areas *areas,
                                         const int64_t *place, const double *z, mirti_results **out,
                                         mirti_error *err) {
    MIRTI_TRY(mirti_results_new(areas, out, err));
    mirti_results *r = *out;
    r->columns = model->fit->columns;
    size_t p = (size_t)r->columns;
    r->gradient = mirti_new((size_t)r->count * p, sizeof *r->gradient);
    if (!r->gradient) {
        mirti_results_free(r);
        *out = NULL;
        return mirti_fail_memory(err, "the results");
    }
    for (int64_t i = 0; i < r->count; i++)
        if (place[i] >= 0) fill(model, place[i], z + (size_t)i * p, r, i);
    return MIRTI_OK;
}
