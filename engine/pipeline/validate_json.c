/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The validation as JSON; docs/validation.md says what each member is. Names are stable. */
#include "run.h"
#include "verdict.h"

#include "mirti/publish.h"

#include <math.h>
#include <stdio.h>

/* Points of a curve in a file: enough for a picture of any size. */
static const double curve_step = 0.005;

static void put_measure(mirti_json *json, const char *key, const mirti_measure *m) {
    mirti_json_object(json, key);
    mirti_json_number(json, "value", m->value);
    mirti_json_number(json, "se", m->se);
    mirti_json_number(json, "lo", m->lo);
    mirti_json_number(json, "hi", m->hi);
    mirti_json_end(json);
}

static void put_estimate(mirti_json *json, const char *key, const mirti_survey_estimate *e) {
    const mirti_measure m = {e->value, e->se, e->lo, e->hi};
    put_measure(json, key, &m);
}

static void put_measures(mirti_json *json, const mirti_auc *auc, const mirti_brier *brier,
                         const mirti_calibration *calibration) {
    put_measure(json, "auc", &auc->auc);
    put_measure(json, "brier", &brier->brier);
    put_measure(json, "brier_scaled", &brier->scaled);
    put_measure(json, "calibration_intercept", &calibration->intercept);
    put_measure(json, "calibration_slope", &calibration->slope);
}

static void put_groups(mirti_json *json, const mirti_goodness *g) {
    mirti_json_number(json, "calibration_error", g->gap);
    mirti_json_array(json, "groups");
    for (int k = 0; k < g->groups; k++) {
        const mirti_risk_group *group = &g->group[k];
        mirti_json_object(json, NULL);
        mirti_json_integer(json, "children", group->observed.rows);
        mirti_json_number(json, "lowest", group->lowest);
        mirti_json_number(json, "highest", group->highest);
        mirti_json_number(json, "predicted", group->predicted);
        put_estimate(json, "observed", &group->observed);
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

/* NULL: none that says anything. */
static void put_goodness(mirti_json *json, const mirti_goodness *g) {
    if (!g) {
        mirti_json_null(json, "archer_lemeshow");
        return;
    }
    mirti_json_object(json, "archer_lemeshow");
    mirti_json_number(json, "f", g->f);
    mirti_json_number(json, "df1", g->df1);
    mirti_json_number(json, "df2", g->df2);
    mirti_json_number(json, "p", g->p);
    mirti_json_end(json);
}

static void put_thresholds(mirti_json *json, const mirti_thresholds *all) {
    mirti_json_number(json, "youden_threshold", all->count > 0 ? all->youden : (double)NAN);
    mirti_json_array(json, "thresholds");
    for (int k = 0; k < all->count; k++) {
        const mirti_threshold *t = &all->at[k];
        mirti_json_object(json, NULL);
        mirti_json_number(json, "threshold", t->threshold);
        mirti_json_number(json, "flagged", t->flagged);
        put_estimate(json, "sensitivity", &t->sensitivity);
        put_estimate(json, "specificity", &t->specificity);
        put_estimate(json, "positive_predictive_value", &t->positive_predictive);
        put_estimate(json, "negative_predictive_value", &t->negative_predictive);
        mirti_json_end(json);
    }
    mirti_json_end(json);
}

static void put_point(mirti_json *json, const mirti_roc *roc, int64_t k) {
    const double point[] = {roc->threshold[k], roc->false_alarm[k], roc->sensitivity[k],
                            roc->flagged[k]};
    mirti_json_numbers(json, NULL, point, 4);
}

/* The curve, without points that lie closer together than anybody could see. */
static void put_roc(mirti_json *json, const char *key, const mirti_roc *roc) {
    mirti_json_object(json, key);
    mirti_json_array(json, "columns");
    mirti_json_string(json, NULL, "threshold");
    mirti_json_string(json, NULL, "false_alarm");
    mirti_json_string(json, NULL, "sensitivity");
    mirti_json_string(json, NULL, "flagged");
    mirti_json_end(json);
    mirti_json_array(json, "points");
    double last = -1;
    for (int64_t k = 0; k < roc->points; k++) {
        double way = roc->false_alarm[k] + roc->sensitivity[k];
        if (way - last < curve_step && k < roc->points - 1) continue;
        put_point(json, roc, k);
        last = way;
    }
    mirti_json_end(json);
    mirti_json_end(json);
}

static void put_fold(mirti_json *json, const char *name, const mirti_fold *fold) {
    mirti_json_object(json, NULL);
    mirti_json_string(json, "fold", name);
    mirti_json_integer(json, "children", fold->rows);
    mirti_json_integer(json, "psus", fold->psus);
    mirti_json_string(json, "failure", fold->failure);
    mirti_json_number(json, "observed", fold->observed);
    mirti_json_number(json, "predicted", fold->predicted);
    mirti_json_number(json, "auc", fold->auc);
    mirti_json_number(json, "brier", fold->brier);
    mirti_json_number(json, "calibration_slope", fold->slope);
    mirti_json_end(json);
}

/* Folds are called by their number, or by the code of the area. */
static void put_folds(mirti_json *json, const mirti_cross_validation *cross,
                      const mirti_area_checks *areas) {
    mirti_json_array(json, "folds");
    for (int32_t k = 0; k < cross->folds; k++) {
        char number[16];
        snprintf(number, sizeof number, "%d", (int)k + 1);
        put_fold(json, areas ? areas->area[k].code : number, &cross->fold[k]);
    }
    mirti_json_end(json);
}

static void put_cross(mirti_json *json, const mirti_validation *v,
                      const mirti_cross_validation *cross) {
    mirti_json_integer(json, "failed", cross->failed);
    if (v->effects) mirti_json_number(json, "known_effects", cross->known_share);
    put_measures(json, &cross->auc, &cross->brier, &cross->calibration);
}

static void put_unseen(mirti_json *json, const mirti_validation *v) {
    mirti_json_object(json, "leave_psus_out");
    put_cross(json, v, v->by_psu);
    put_goodness(json, &v->by_psu_goodness);
    put_groups(json, &v->by_psu_goodness);
    put_thresholds(json, &v->by_psu_thresholds);
    if (v->by_psu_roc) put_roc(json, "roc", v->by_psu_roc);
    put_folds(json, v->by_psu, NULL);
    mirti_json_end(json);
    if (!v->by_area) {
        mirti_json_null(json, "leave_areas_out");
        return;
    }
    mirti_json_object(json, "leave_areas_out");
    put_cross(json, v, v->by_area);
    put_folds(json, v->by_area, v->areas);
    mirti_json_end(json);
}

/* The model's effects of areas, and what traits tell without them. */
static void put_effects(mirti_json *json, const mirti_run *run) {
    const mirti_validation *v = run->validation;
    if (!v->effects) {
        mirti_json_null(json, "area_effects");
        mirti_json_null(json, "traits");
        return;
    }
    mirti_json_object(json, "area_effects");
    mirti_run_effects_json(run, json);
    mirti_json_end(json);
    mirti_json_object(json, "traits");
    put_measures(json, &v->traits_auc, &v->traits_brier, &v->traits_calibration);
    mirti_json_end(json);
}

static void put_inflation(mirti_json *json, const mirti_run *run) {
    const mirti_terms *terms = run->model->terms;
    mirti_json_array(json, "variance_inflation");
    for (int t = 0; t < run->validation->terms; t++) {
        const mirti_inflation *f = &run->validation->inflation[t];
        mirti_text label = {0};
        mirti_term_label(terms, t, run->language, &label);
        mirti_json_object(json, NULL);
        mirti_json_array(json, "term");
        for (int k = 0; k < terms->term[t].order; k++)
            mirti_json_string(json, NULL, terms->predictor[terms->term[t].predictor[k]].name);
        mirti_json_end(json);
        mirti_json_string(json, "label", label.data);
        mirti_json_integer(json, "columns", f->columns);
        mirti_json_number(json, "gvif", f->gvif);
        mirti_json_number(json, "gvif_scaled", f->scaled);
        mirti_json_end(json);
        mirti_text_reset(&label);
    }
    mirti_json_end(json);
}

static void put_areas(mirti_json *json, const mirti_area_checks *areas) {
    if (!areas) {
        mirti_json_null(json, "areas");
        return;
    }
    mirti_json_object(json, "areas");
    mirti_json_integer(json, "compared", areas->compared);
    mirti_json_integer(json, "within", areas->within);
    mirti_json_integer(json, "left_out_within", areas->left_out_within);
    mirti_json_array(json, "areas");
    for (int32_t k = 0; k < areas->areas; k++) {
        const mirti_area_check *a = &areas->area[k];
        mirti_json_object(json, NULL);
        mirti_json_string(json, "code", a->code);
        mirti_json_string(json, "name", a->name);
        mirti_json_integer(json, "children", a->direct.rows);
        put_estimate(json, "direct", &a->direct);
        mirti_json_number(json, "modelled", a->modelled);
        put_measure(json, "difference", &a->difference);
        mirti_json_number(json, "z", a->z);
        mirti_json_boolean(json, "within", a->within);
        mirti_json_number(json, "left_out", a->left_out);
        mirti_json_number(json, "census", a->census);
        mirti_json_number(json, "census_se", a->census_se);
        mirti_json_end(json);
    }
    mirti_json_end(json);
    mirti_json_end(json);
}

static void put_verdicts(mirti_json *json, const mirti_validation *v) {
    mirti_json_object(json, "verdicts");
    for (int q = 0; q < MIRTI_QUESTIONS; q++) {
        const char *word = mirti_verdict_word(mirti_verdict_of(v, (mirti_question)q));
        mirti_json_string(json, mirti_question_name((mirti_question)q), word);
    }
    mirti_json_end(json);
}

static void put_head(mirti_json *json, const mirti_run *run) {
    const mirti_validation *v = run->validation;
    mirti_json_integer(json, "mirti-validation", 1);
    mirti_json_string(json, "program", mirti_version());
    mirti_json_string(json, "model", run->model->name);
    mirti_json_string(json, "outcome", run->model->outcome);
    mirti_json_string(json, "survey_source", run->model->survey_source);
    mirti_json_number(json, "confidence", v->confidence);
    char seed[24];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)v->seed);
    mirti_json_string(json, "seed", seed);
    mirti_json_object(json, "design");
    mirti_json_integer(json, "children", v->reach.rows);
    mirti_json_number(json, "weight", v->reach.weight);
    mirti_json_integer(json, "strata", v->reach.strata);
    mirti_json_integer(json, "psus", v->reach.psus);
    mirti_json_integer(json, "df", v->reach.df);
    mirti_json_end(json);
    put_estimate(json, "rate", &v->rate);
}

mirti_status mirti_run_validation_json(const mirti_run *run, mirti_text *out, mirti_error *err) {
    const mirti_validation *v = run->validation;
    mirti_json json = {0};
    mirti_json_object(&json, NULL);
    put_head(&json, run);
    put_verdicts(&json, v);
    mirti_json_object(&json, "sample");
    put_measures(&json, &v->auc, &v->brier, &v->calibration);
    put_goodness(&json, v->effects ? NULL : &v->goodness);
    put_groups(&json, &v->goodness);
    put_thresholds(&json, &v->thresholds);
    put_roc(&json, "roc", v->roc);
    mirti_json_end(&json);
    put_effects(&json, run);
    put_unseen(&json, v);
    put_areas(&json, v->areas);
    put_inflation(&json, run);
    mirti_json_end(&json);
    mirti_status status = mirti_json_finish(&json, err);
    if (status == MIRTI_OK) {
        mirti_text_add(out, json.text.data, json.text.size);
        if (out->failed) status = mirti_fail_memory(err, "the validation");
    }
    mirti_json_reset(&json);
    return status;
}
