/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The model that is judged, with effects of areas or without (judged.h). With them a child's
 * probability is what prediction takes for the children of its area: the mean of σ(xᵀβ + u) over
 * what the sample says of u – of the area (empirical best), else of its larger area – or over
 * N(0, σ²) where the sample says nothing (synthetic). A fold left out is not in the sample: an area
 * all of whose PSUs are in it is predicted as one that the survey did not visit.
 *
 * Oracle: lme4::glmer fitted without the folds, and integrals on a grid in R
 * (tests/oracle/validate_effects.R).
 */
#include "judged.h"

#include <string.h>

static mirti_status take_codes(char *const *code, int64_t rows, mirti_str **out, mirti_error *err) {
    *out = NULL;
    if (!code) return MIRTI_OK;
    *out = mirti_new((size_t)rows, sizeof **out);
    if (!*out) return mirti_fail_memory(err, "the places of children");
    for (int64_t i = 0; i < rows; i++)
        (*out)[i] = mirti_str_of(code[i] ? code[i] : "");
    return MIRTI_OK;
}

mirti_status mirti_validate_places_make(const mirti_validate_effects *effects, int64_t rows,
                                        mirti_validate_places *out, mirti_error *err) {
    *out = (mirti_validate_places){0};
    if (!effects) return MIRTI_OK;
    mirti_status status = take_codes(effects->area, rows, &out->area, err);
    if (status == MIRTI_OK) status = take_codes(effects->parent, rows, &out->parent, err);
    if (status != MIRTI_OK) mirti_validate_places_reset(out);
    return status;
}

void mirti_validate_places_reset(mirti_validate_places *places) {
    mirti_free(places->area);
    mirti_free(places->parent);
    *places = (mirti_validate_places){0};
}

/* ------------------------------------------------------------------------------------- fitted -- */

static mirti_status take_effects(const mirti_validate_effects *codes, const mirti_mixed *mixed,
                                 const mirti_nested *nested, mirti_validate_judged *out,
                                 mirti_error *err) {
    out->codes = codes;
    if (nested) {
        out->beta = nested->beta;
        MIRTI_TRY(mirti_area_effects_of_nested(nested, &out->effects, err));
    } else {
        out->beta = mixed->beta;
        mirti_area_effects_of_mixed(mixed, !codes->area, &out->effects);
    }
    mirti_area_effects_unknown(&out->effects, &out->unknown);
    return MIRTI_OK;
}

mirti_status mirti_validate_judged_given(const mirti_model *model,
                                         const mirti_validate_effects *effects,
                                         mirti_validate_judged *out, mirti_error *err) {
    *out = (mirti_validate_judged){.fit = model->logit, .beta = model->logit->beta};
    return effects ? take_effects(effects, effects->mixed, effects->nested, out, err) : MIRTI_OK;
}

static mirti_status fit_logit(const mirti_validate_task *t, const uint8_t *in,
                              mirti_validate_judged *out, mirti_error *err) {
    const mirti_logit *like = t->model->logit;
    const mirti_logit_options options = {
        .link = like->link, .penalty = like->penalty, .ridge = like->ridge, .threads = 1};
    MIRTI_TRY(mirti_logit_fit_with(t->design, t->x, like->columns, t->y, in, t->model->terms->name,
                                   &options, &out->own_logit, err));
    out->fit = out->own_logit;
    out->beta = out->own_logit->beta;
    return MIRTI_OK;
}

static mirti_status fit_effects(const mirti_validate_task *t, uint8_t *in,
                                mirti_validate_judged *out, mirti_error *err) {
    const mirti_validate_places *places = t->places;
    const mirti_mixed_options options = {
        .quadrature = t->effects->quadrature, .scaling = t->effects->scaling, .threads = 1};
    const int p = t->model->logit->columns;
    for (int64_t i = 0; i < t->design->rows; i++)
        in[i] = in[i] && (!places->area || places->area[i].size > 0) &&
                (!places->parent || places->parent[i].size > 0);
    out->fit = t->model->logit;
    if (places->area && places->parent)
        MIRTI_TRY(mirti_nested_fit(t->design, t->x, p, t->y, in, places->area, places->parent,
                                   t->model->terms->name, &options, &out->own_nested, err));
    else
        MIRTI_TRY(mirti_mixed_fit(t->design, t->x, p, t->y, in,
                                  places->area ? places->area : places->parent,
                                  t->model->terms->name, &options, &out->own_mixed, err));
    return take_effects(t->effects, out->own_mixed, out->own_nested, out, err);
}

mirti_status mirti_validate_judged_fit(const mirti_validate_task *task, uint8_t *in,
                                       mirti_validate_judged *out, mirti_error *err) {
    *out = (mirti_validate_judged){0};
    return task->effects ? fit_effects(task, in, out, err) : fit_logit(task, in, out, err);
}

void mirti_validate_judged_reset(mirti_validate_judged *judged) {
    mirti_area_effects_reset(&judged->effects);
    mirti_logit_free(judged->own_logit);
    mirti_mixed_free(judged->own_mixed);
    mirti_nested_free(judged->own_nested);
    *judged = (mirti_validate_judged){0};
}

/* ------------------------------------------------------------------------------- probabilities -- */

static double mean_over(const mirti_effect_points *effect, double eta) {
    double sum = 0;
    for (int q = 0; q < effect->points; q++)
        sum += effect->probability[q] * mirti_logistic(eta + effect->point[q]);
    return sum;
}

static double predictor_of(const mirti_validate_judged *judged, const double *x) {
    double eta = 0;
    for (int j = 0; j < judged->fit->columns; j++)
        eta += judged->beta[j] * x[j];
    return eta;
}

/* Neighbours are in one area, mostly. */
static bool is_here(const mirti_validate_judged *judged, const char *area, const char *parent) {
    return judged->here.points > 0 && judged->area == area && judged->parent == parent;
}

double mirti_validate_judged_probability(mirti_validate_judged *judged, int64_t row,
                                         const double *x, bool *known) {
    const mirti_validate_effects *codes = judged->codes;
    if (known) *known = false;
    if (!codes) return mirti_model_probability(judged->fit, judged->beta, x);
    const char *area = codes->area ? codes->area[row] : NULL;
    const char *parent = codes->parent ? codes->parent[row] : NULL;
    if (!is_here(judged, area, parent)) {
        judged->here = judged->unknown;
        mirti_area_effects_at(&judged->effects, area, parent, &judged->here);
        judged->area = area;
        judged->parent = parent;
    }
    if (known) *known = judged->here.known;
    return mean_over(&judged->here, predictor_of(judged, x));
}

double mirti_validate_judged_traits(const mirti_validate_judged *judged, const double *x) {
    if (!judged->codes) return mirti_model_probability(judged->fit, judged->beta, x);
    return mean_over(&judged->unknown, predictor_of(judged, x));
}
