/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The comparison from end to end, and how predictors become lines: one for every level of a
 * category, one for the share with a trait, one for a mean. */
#include "internal.h"

#include <math.h>

static int lines_of(const mirti_predictor *predictor) {
    return predictor->kind == MIRTI_PREDICTOR_CATEGORY ? predictor->levels : 1;
}

mirti_status mirti_support_layout_make(mirti_support_layout *layout, const mirti_terms *terms,
                                       mirti_error *err) {
    *layout = (mirti_support_layout){.terms = terms};
    const size_t most = (size_t)terms->predictors + 1;
    layout->predictor = mirti_new(most, sizeof *layout->predictor);
    layout->first = mirti_new(most, sizeof *layout->first);
    if (!layout->predictor || !layout->first) {
        mirti_support_layout_reset(layout);
        return mirti_fail_memory(err, "the comparison of survey and census");
    }
    for (int k = 0; k < terms->predictors; k++) {
        if (!mirti_terms_use(terms, k)) continue;
        layout->predictor[layout->predictors++] = k;
        layout->lines += lines_of(&terms->predictor[k]);
        layout->first[layout->predictors] = layout->lines;
    }
    return MIRTI_OK;
}

void mirti_support_layout_reset(mirti_support_layout *layout) {
    mirti_free(layout->predictor);
    mirti_free(layout->first);
    *layout = (mirti_support_layout){0};
}

void mirti_support_lines(const mirti_support_layout *layout, const double *value, double *line) {
    for (int v = 0; v < layout->predictors; v++) {
        const mirti_predictor *predictor = &layout->terms->predictor[layout->predictor[v]];
        double *at = line + layout->first[v];
        if (predictor->kind != MIRTI_PREDICTOR_CATEGORY) {
            *at = value[v];
            continue;
        }
        for (int l = 0; l < predictor->levels; l++)
            at[l] = l == (int)value[v];
    }
}

/* The support with its lines, nothing filled in. */
static mirti_status prepare(const mirti_support_layout *layout, const mirti_areas *areas,
                            const mirti_support_options *options, mirti_support **out,
                            mirti_error *err) {
    mirti_support *s = *out = mirti_new(1, sizeof *s);
    if (!s) return mirti_fail_memory(err, "the comparison of survey and census");
    s->options = *options;
    s->areas = areas->count;
    s->predictor = mirti_new((size_t)layout->predictors, sizeof *s->predictor);
    s->unseen = mirti_new((size_t)areas->count, sizeof *s->unseen);
    s->beyond = mirti_new((size_t)areas->count * (size_t)layout->predictors, sizeof *s->beyond);
    if (!s->predictor || !s->unseen || !s->beyond)
        return mirti_fail_memory(err, "the comparison of survey and census");
    const mirti_support_spread unknown = {NAN, NAN, {NAN, NAN, NAN}, NAN};
    for (int v = 0; v < layout->predictors; v++) {
        mirti_support_predictor *p = &s->predictor[s->predictors++];
        *p = (mirti_support_predictor){.predictor = layout->predictor[v],
                                       .lines = layout->first[v + 1] - layout->first[v],
                                       .survey = unknown,
                                       .census = unknown,
                                       .outside = NAN};
        p->line = mirti_new((size_t)p->lines, sizeof *p->line);
        if (!p->line) return mirti_fail_memory(err, "the comparison of survey and census");
        bool category = layout->terms->predictor[p->predictor].kind == MIRTI_PREDICTOR_CATEGORY;
        for (int l = 0; l < p->lines; l++)
            p->line[l].level = category ? l : -1;
    }
    return MIRTI_OK;
}

static mirti_status compare(const mirti_support_layout *layout, const mirti_support_sample *sample,
                            const mirti_areas *areas, mirti_support *support, mirti_error *err) {
    double *covariance = NULL, *scratch = NULL;
    mirti_support_reader reader = {0};
    mirti_survey_reach reach;
    mirti_status status;
    MIRTI_TRY_GOTO(status, mirti_support_survey(layout, sample, support, &covariance, err), done);
    MIRTI_TRY_GOTO(status, mirti_support_reader_make(&reader, layout, areas, err), done);
    MIRTI_TRY_GOTO(status, mirti_support_census(&reader, support, err), done);
    MIRTI_TRY_GOTO(status, mirti_survey_design_reach(sample->design, sample->in, &reach, err),
                   done);
    const size_t lines = (size_t)layout->lines;
    scratch = mirti_new(lines * lines + 2 * lines + 1, sizeof *scratch);
    if (!scratch) {
        status = mirti_fail_memory(err, "the comparison of survey and census");
        goto done;
    }
    mirti_support_compare(layout, covariance, reach.df, support, scratch);
    MIRTI_TRY_GOTO(status, mirti_support_unseen(layout, sample, &reader, support, err), done);
    status = mirti_support_beyond(layout, sample, &reader, support, err);
done:
    mirti_support_reader_reset(&reader);
    mirti_free(covariance);
    mirti_free(scratch);
    return status;
}

mirti_status mirti_support_new(const mirti_terms *terms, const mirti_support_sample *sample,
                               const mirti_areas *areas, const mirti_support_options *options,
                               mirti_support **out, mirti_error *err) {
    mirti_support_layout layout;
    mirti_support *support = NULL;
    *out = NULL;
    MIRTI_TRY(mirti_support_layout_make(&layout, terms, err));
    mirti_status status = prepare(&layout, areas, options, &support, err);
    if (status == MIRTI_OK) status = compare(&layout, sample, areas, support, err);
    mirti_support_layout_reset(&layout);
    if (status == MIRTI_OK)
        *out = support;
    else
        mirti_support_free(support);
    return status;
}

void mirti_support_free(mirti_support *support) {
    if (!support) return;
    for (int v = 0; v < support->predictors; v++)
        mirti_free(support->predictor[v].line);
    mirti_free(support->predictor);
    mirti_free(support->unseen);
    mirti_free(support->beyond);
    mirti_free(support);
}

int mirti_support_flagged(const mirti_support *support) {
    int flagged = 0;
    for (int v = 0; v < support->predictors; v++)
        flagged += support->predictor[v].flagged;
    return flagged;
}
