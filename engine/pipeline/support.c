/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run says of its support: the whole table for `mirti check`, and in the summary only what
 * one should know before believing the map. */
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Whether somebody should look at a layer's support. */
static bool is_odd(const mirti_support *support) {
    return support && (mirti_support_flagged(support) > 0 || support->unseen_areas > 0);
}

mirti_status mirti_run_support(const mirti_run *run, mirti_text *out, bool *found,
                               mirti_error *err) {
    *found = false;
    for (int i = 0; i < run->layers; i++) {
        const mirti_support *support = run->layer[i].support;
        if (!support) continue;
        *found = *found || is_odd(support);
        if (run->layers > 1)
            mirti_text_printf(
                out, "%s: ", mirti_run_noun(run->language, run->layer[i].results->kind, 2));
        MIRTI_TRY(mirti_support_table(support, run->terms, run->language, out, err));
    }
    return MIRTI_OK;
}

static const char *const flagged[2] = {
    "La encuesta y el censo no se parecen en: %s. El modelo se aplica a una población distinta de "
    "la que "
    "aprendió, o la encuesta y el censo no miden lo mismo; `mirti check` muestra la comparación.\n",
    "Survey and census are unlike in: %s. The model is carried to a population other than the one "
    "it "
    "learned from, or the two do not measure the same; `mirti check` shows the comparison.\n"};
static const char *const unseen[2] = {
    "En %s %s más de %g %% de las niñas y niños no se parecen a nadie de la encuesta (support.csv "
    "dice dónde).\n",
    "In %s %s more than %g %% of children are like nobody in the survey (support.csv tells "
    "where).\n"};

/* "internet (32.1 → 52.0 %)", of the line that differs most. */
static void name_difference(mirti_text *out, const mirti_predictor *predictor,
                            const mirti_support_predictor *p, const char *language) {
    const mirti_support_line *most = &p->line[0];
    for (int l = 1; l < p->lines; l++)
        if (fabs(p->line[l].census - p->line[l].survey) > fabs(most->census - most->survey))
            most = &p->line[l];
    const bool share = predictor->kind != MIRTI_PREDICTOR_NUMBER;
    const double unit = share ? 100 : 1;
    mirti_text_puts(out, mirti_localized_get(&predictor->label, language, predictor->name));
    if (most->level >= 0)
        mirti_text_printf(out, " %s", mirti_predictor_level(predictor, most->level, language));
    mirti_text_printf(out, " (%.1f → %.1f%s)", unit * most->survey, unit * most->census,
                      share ? " %" : "");
}

void mirti_run_tell_support(const mirti_run *run, const mirti_run_layer *layer, mirti_text *out) {
    const mirti_support *support = layer->support;
    const int language = strcmp(run->language, "en") == 0;
    if (!is_odd(support)) return;
    mirti_text names = {0};
    for (int v = 0; v < support->predictors; v++) {
        const mirti_support_predictor *p = &support->predictor[v];
        if (!p->flagged) continue;
        if (names.size > 0) mirti_text_puts(&names, "; ");
        name_difference(&names, &run->terms->predictor[p->predictor], p, run->language);
    }
    out->failed = out->failed || names.failed;
    if (names.size > 0) mirti_text_printf(out, flagged[language], names.data);
    mirti_text_reset(&names);
    if (support->unseen_areas > 0)
        mirti_text_printf(
            out, unseen[language], mirti_run_thousands((double)support->unseen_areas).text,
            mirti_run_noun(run->language, layer->results->kind, support->unseen_areas),
            100 * support->options.unseen);
}
