/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Areas that differ beyond their traits: the mixed logit fitted on the survey's areas, and how it
 * takes the logit's place in prediction. */
#include "run.h"

#include <string.h>

/* Rows of the fit that say in which area they are; others cannot tell areas apart. */
typedef struct placed {
    mirti_str *area; /* [rows] */
    uint8_t *in;     /* [rows] */
    int64_t lost;    /* children without one */
} placed;

static mirti_status place(const mirti_sample *s, placed *out, mirti_error *err) {
    *out =
        (placed){mirti_new((size_t)s->rows, sizeof *out->area), mirti_new((size_t)s->rows, 1), 0};
    if (!out->area || !out->in) return mirti_fail_memory(err, "the effects of areas");
    for (int64_t i = 0; i < s->rows; i++) {
        out->area[i] = mirti_str_of(s->area[i]);
        out->in[i] = s->in[i] && out->area[i].size > 0;
        out->lost += s->in[i] && !out->in[i];
    }
    return MIRTI_OK;
}

static void forget(placed *rows) {
    mirti_free(rows->area);
    mirti_free(rows->in);
}

static mirti_status fit(mirti_run *run, const placed *rows, mirti_error *err) {
    const mirti_sample *s = run->sample;
    if (rows->lost > 0)
        mirti_log(run->options.listener, MIRTI_LOG_WARNING,
                  "%lld children of the survey are in no known area, and say nothing of how areas "
                  "differ",
                  (long long)rows->lost);
    /* Unequal weights scaled to the number of rows would pass for differences between areas. */
    const mirti_mixed_options options = {.scaling = MIRTI_SCALING_EFFECTIVE,
                                         .threads = run->options.threads,
                                         .listener = run->options.listener};
    return mirti_mixed_fit(s->design, s->x, s->columns, s->y, rows->in, rows->area,
                           run->terms->name, &options, &run->mixed, err);
}

mirti_status mirti_run_fit_effects(mirti_run *run, mirti_error *err) {
    const mirti_sample *s = run->sample;
    if (!s->area) {
        mirti_status status = mirti_fail(
            err, MIRTI_ERROR_INPUT,
            "areas cannot be told apart: the survey's source does not say where a child lives");
        mirti_fail_at(err, run->project->path, 0, 0, "area_effects", NULL);
        mirti_fail_remedy(err, "Give `area` in the model's source of the survey, or set "
                               "`area_effects: false`.");
        return status;
    }
    placed rows;
    mirti_status status = place(s, &rows, err);
    if (status == MIRTI_OK) status = fit(run, &rows, err);
    forget(&rows);
    if (status == MIRTI_OK && run->mixed->boundary)
        mirti_log(run->options.listener, MIRTI_LOG_INFO,
                  "areas do not differ beyond their traits, as far as the survey can tell");
    return status;
}

mirti_status mirti_run_replicate(mirti_run *run, mirti_error *err) {
    const mirti_sample *s = run->sample;
    const mirti_replicate_options options = {.replicates = (int)run->project->bootstrap,
                                             .seed = run->seed,
                                             .threads = run->options.threads,
                                             .listener = run->options.listener};
    placed rows;
    mirti_status status = place(s, &rows, err);
    if (status == MIRTI_OK)
        status = mirti_mixed_replicate(s->design, s->x, s->y, rows.in, rows.area, run->terms->name,
                                       run->mixed, &options, &run->replicates, err);
    forget(&rows);
    if (status == MIRTI_OK && run->replicates->failed > 0)
        mirti_log(run->options.listener, MIRTI_LOG_WARNING,
                  "%d of %d bootstrap replicates have no fit and are left out",
                  run->replicates->failed, run->replicates->count);
    return status;
}

mirti_status mirti_run_predictor_make(const mirti_run *run, mirti_run_predictor *out,
                                      mirti_error *err) {
    *out = (mirti_run_predictor){.model = *run->model, .logit = *run->model->logit};
    const mirti_mixed *mixed = run->mixed;
    if (!mixed) return MIRTI_OK;
    size_t p = (size_t)mixed->columns;
    out->covariance = mirti_new(p * p, sizeof *out->covariance);
    if (!out->covariance) return mirti_fail_memory(err, "the effects of areas");
    for (size_t j = 0; j < p; j++)
        memcpy(out->covariance + j * p, mixed->covariance + j * (p + 1), p * sizeof(double));
    out->logit.beta = mixed->beta;
    out->logit.covariance = out->covariance;
    out->model.logit = &out->logit;
    out->effects = (mirti_area_effects){.sigma = mixed->sigma,
                                        .areas = mixed->areas,
                                        .code = mixed->area,
                                        .points = mixed->points,
                                        .point = mixed->point,
                                        .probability = mixed->probability};
    return MIRTI_OK;
}

void mirti_run_predictor_reset(mirti_run_predictor *predictor) {
    mirti_free(predictor->covariance);
    predictor->covariance = NULL;
}
