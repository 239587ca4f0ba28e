/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a model is estimated: `fit:` of a model file, which says what its coefficients mean, and
 * `replicates:` of a survey, the replicate weights that its producer ships with it.
 */
#include <string.h>

#include "model.h"

/* -------------------------------------------------------------------------- link and penalty -- */

static const char *const links[] = {[MIRTI_LINK_LOGIT] = "logit",
                                    [MIRTI_LINK_PROBIT] = "probit",
                                    [MIRTI_LINK_CLOGLOG] = "cloglog",
                                    NULL};
static const char *const penalties[] = {[MIRTI_PENALTY_NONE] = "none",
                                        [MIRTI_PENALTY_FIRTH] = "firth",
                                        [MIRTI_PENALTY_RIDGE] = "ridge",
                                        NULL};

const char *mirti_link_name(mirti_link link) {
    return links[link];
}

const char *mirti_penalty_name(mirti_penalty penalty) {
    return penalties[penalty];
}

static const mirti_spec_key fit_keys[] = {
    {.name = "link",
     .type = MIRTI_KEY_CHOICE,
     .choices = links,
     .at = offsetof(mirti_fit_choice, link),
     .meaning = "what ties the probability to the linear predictor: logit, probit or cloglog"},
    {.name = "penalty",
     .type = MIRTI_KEY_CHOICE,
     .choices = penalties,
     .at = offsetof(mirti_fit_choice, penalty),
     .meaning = "what keeps coefficients finite where the data do not: none, firth or ridge"},
    {.name = "ridge",
     .type = MIRTI_KEY_NUMBER,
     .low = 1e-9,
     .high = 1e9,
     .at = offsetof(mirti_fit_choice, ridge),
     .meaning = "how strong the penalty ridge is"},
};
MIRTI_SPEC_TABLE(mirti_spec_fit_table, "the fit", fit_keys);

mirti_status mirti_spec_read_fit(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_fit_choice *fit = &((mirti_model_spec *)object)->fit;
    fit->place = node->place;
    MIRTI_TRY(mirti_spec_read_keys(r, &mirti_spec_fit_table, node, fit));
    bool ridge = fit->penalty == MIRTI_PENALTY_RIDGE;
    if (ridge && fit->ridge == 0) {
        mirti_spec_fail(r, mirti_spec_key_place(node, "penalty"),
                        "the penalty ridge needs 'ridge'");
        mirti_fail_remedy(r->err, "Write how strong it is: 'ridge: 1'.");
        return MIRTI_ERROR_INPUT;
    }
    if (!ridge && fit->ridge != 0) {
        mirti_spec_fail(r, mirti_spec_key_place(node, "ridge"),
                        "'ridge' means nothing without 'penalty: ridge'");
        return MIRTI_ERROR_INPUT;
    }
    if (fit->penalty != MIRTI_PENALTY_FIRTH || fit->link == MIRTI_LINK_LOGIT) return MIRTI_OK;
    mirti_spec_fail(r, mirti_spec_key_place(node, "penalty"),
                    "Firth's penalty goes with the link logit, not with %s", links[fit->link]);
    mirti_fail_remedy(r->err, "Write 'penalty: ridge' with 'ridge: 1', or 'link: logit'.");
    return MIRTI_ERROR_INPUT;
}

/* ------------------------------------------------------------------------- replicate weights -- */

static mirti_status read_rscales(mirti_spec_reader *r, const mirti_spec_node *node, void *object) {
    mirti_replicate_columns *replicates = object;
    MIRTI_TRY(mirti_spec_list(r, node, "rscales"));
    replicates->rscale = mirti_spec_new(r, (size_t)node->count, sizeof *replicates->rscale);
    if (replicates->rscale == NULL) return mirti_spec_fail_memory(r);
    replicates->rscales_place = node->place;
    for (const mirti_spec_entry *e = node->first; e != NULL; e = e->next)
        MIRTI_TRY(mirti_spec_number(r, e->value, "rscales", 0, 1e9,
                                    &replicates->rscale[replicates->rscales++]));
    return MIRTI_OK;
}

#define REPLICATES(member) offsetof(mirti_replicate_columns, member)
static const mirti_spec_key replicate_keys[] = {
    {.name = "columns",
     .type = MIRTI_KEY_TEXTS,
     .required = true,
     .at = REPLICATES(column),
     .count_at = REPLICATES(columns),
     .meaning = "the columns of replicate weights: their names, or a pattern such as W_*"},
    {.name = "scale",
     .type = MIRTI_KEY_NUMBER,
     .required = true,
     .low = 1e-12,
     .high = 1e9,
     .at = REPLICATES(scale),
     .meaning = "what the sum of squared deviations is multiplied with, as the producer states it"},
    {.name = "rscales",
     .type = MIRTI_KEY_OWN,
     .read = read_rscales,
     .meaning = "the same for each replicate; without it all are 1"},
    {.name = "mse",
     .type = MIRTI_KEY_FLAG,
     .at = REPLICATES(mse),
     .meaning = "whether deviations are from the full sample's estimate, not from the mean"},
    {.name = "factors",
     .type = MIRTI_KEY_FLAG,
     .at = REPLICATES(factors),
     .meaning = "whether the columns multiply the weight, and are no weights themselves"},
};
MIRTI_SPEC_TABLE(mirti_spec_replicates_table, "the replicates of a survey", replicate_keys);

mirti_status mirti_spec_read_replicates(mirti_spec_reader *r, const mirti_spec_node *node,
                                        void *object) {
    mirti_replicate_columns *replicates = &((mirti_source_block *)object)->replicates;
    MIRTI_TRY(mirti_spec_read_keys(r, &mirti_spec_replicates_table, node, replicates));
    replicates->place = mirti_spec_key_place(node, "columns");
    bool pattern = false; /* how many there are is known when the file is opened */
    for (int i = 0; i < replicates->columns; i++)
        pattern = pattern || strchr(replicates->column[i], '*') != NULL;
    if (pattern || replicates->rscales == 0 || replicates->rscales == replicates->columns)
        return MIRTI_OK;
    return mirti_spec_fail(r, replicates->rscales_place,
                           "'rscales' are for %d replicates, but there are %d", replicates->rscales,
                           replicates->columns);
}
