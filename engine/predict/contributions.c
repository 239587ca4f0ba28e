/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why here: what each predictor adds to the linear predictor of an area compared with the children
 * of the whole country, and the words for the strongest that policy can change.
 *
 * Contributions are on the scale of the linear predictor, where they add up exactly; on the scale
 * of risks they would not. They describe the model, and are no effects of what one might do.
 */
#include "internal.h"

#include <math.h>
#include <string.h>

/* Mean design row of an area's children. */
static void mean_row(const mirti_terms *terms, const mirti_areas *areas, int64_t i, double *row,
                     double *mean) {
    int p = terms->columns;
    double total = 0;
    for (int c = 0; c < areas->cells; c++)
        total += areas->children[i * areas->cells + c];
    for (int j = 0; j < p; j++)
        mean[j] = 0;
    for (int c = 0; c < areas->cells; c++) {
        int64_t at = i * areas->cells + c;
        if (!(areas->children[at] > 0)) continue;
        mirti_terms_expected_row(terms, areas->share + at * areas->shares, row);
        for (int j = 0; j < p; j++)
            mean[j] += areas->children[at] / total * row[j];
    }
}

static double children_of(const mirti_areas *areas, int64_t i) {
    double total = 0;
    for (int c = 0; c < areas->cells; c++)
        total += areas->children[i * areas->cells + c];
    return total;
}

void mirti_contributions_mean(const mirti_contributions *contributions, const mirti_areas *areas,
                              const uint8_t *in, double *mean) {
    int p = contributions->columns;
    for (int j = 0; j < p; j++) {
        mirti_sum sum = {0}, weight = {0};
        for (int64_t i = 0; i < areas->count; i++) {
            if ((in && !in[i]) || areas->missing[i] != MIRTI_AREA_COMPLETE) continue;
            double children = children_of(areas, i);
            mirti_sum_add(&sum, children * contributions->mean[i * p + j]);
            mirti_sum_add(&weight, children);
        }
        double whole = mirti_sum_value(&weight);
        mean[j] = whole > 0 ? mirti_sum_value(&sum) / whole : NAN;
    }
}

void mirti_contributions_between(const mirti_model *model, const double *here, const double *there,
                                 double *contribution) {
    const mirti_terms *terms = model->terms;
    for (int k = 0; k < terms->predictors; k++)
        contribution[k] = 0;
    for (int j = 0; j < terms->columns; j++) {
        const mirti_terms_factor *factor = &terms->factor[j];
        int actionable = 0;
        for (int f = 0; f < factor->count; f++)
            actionable += terms->predictor[factor->predictor[f]].actionable;
        double whole = model->logit->beta[j] * (here[j] - there[j]);
        for (int f = 0; f < factor->count; f++) {
            int k = factor->predictor[f];
            if (actionable > 0 && !terms->predictor[k].actionable) continue;
            contribution[k] += whole / (actionable > 0 ? actionable : factor->count);
        }
    }
}

static mirti_status fill(const mirti_model *model, const mirti_areas *areas, mirti_contributions *c,
                         mirti_error *err) {
    mirti_predict_persons persons = {0};
    double *row = mirti_new((size_t)c->columns, sizeof *row);
    if (!row) return mirti_fail_memory(err, "the contributions of predictors");
    mirti_status status = MIRTI_OK;
    if (areas->cube) status = mirti_predict_persons_make(&persons, model, areas->cube, err);
    for (int64_t i = 0; i < areas->count && status == MIRTI_OK; i++) {
        double *mean = c->mean + i * c->columns;
        if (areas->missing[i] == MIRTI_AREA_COMPLETE) {
            if (areas->cube)
                mirti_predict_persons_mean(&persons, i, mean);
            else
                mean_row(model->terms, areas, i, row, mean);
            continue;
        }
        for (int j = 0; j < c->columns; j++)
            mean[j] = NAN;
    }
    mirti_free(row);
    mirti_predict_persons_reset(&persons);
    if (status != MIRTI_OK) return status;
    mirti_contributions_mean(c, areas, NULL, c->reference);
    for (int64_t i = 0; i < areas->count; i++)
        mirti_contributions_between(model, c->mean + i * c->columns, c->reference,
                                    c->contribution + i * c->predictors);
    return MIRTI_OK;
}

mirti_status mirti_contributions_new(const mirti_model *model, const mirti_areas *areas,
                                     mirti_contributions **out, mirti_error *err) {
    *out = NULL;
    mirti_contributions *c = mirti_new(1, sizeof *c);
    if (!c) return mirti_fail_memory(err, "the contributions of predictors");
    c->count = areas->count;
    c->columns = model->terms->columns;
    c->predictors = model->terms->predictors;
    size_t count = (size_t)c->count, p = (size_t)c->columns;
    c->mean = mirti_new(count * p, sizeof *c->mean);
    c->reference = mirti_new(p, sizeof *c->reference);
    c->contribution = mirti_new(count * (size_t)c->predictors, sizeof *c->contribution);
    mirti_status status = c->mean && c->reference && c->contribution
                              ? fill(model, areas, c, err)
                              : mirti_fail_memory(err, "the contributions of predictors");
    if (status == MIRTI_OK)
        *out = c;
    else
        mirti_contributions_free(c);
    return status;
}

void mirti_contributions_free(mirti_contributions *c) {
    if (!c) return;
    mirti_free(c->mean);
    mirti_free(c->reference);
    mirti_free(c->contribution);
    mirti_free(c);
}

/* --------------------------------------------------------------------------------- the words -- */

/* Whether the area has more of the predictor than the reference. A category has more where its
 * levels other than the reference level are more frequent. */
static bool has_more(const mirti_terms *terms, const mirti_contributions *c, int64_t i, int k) {
    double more = 0;
    for (int j = 0; j < c->columns; j++)
        if (terms->factor[j].count == 1 && terms->factor[j].predictor[0] == k)
            more += c->mean[i * c->columns + j] - c->reference[j];
    return more > 0;
}

/* NULL: there are no true words for it. "Dwellings without drainage" is a lie of an area that has
 * hardly any; a label, which takes no side, is not. */
static const char *words_for(const mirti_predictor *predictor, bool more, const char *language) {
    const char *label = mirti_localized_get(&predictor->label, language, predictor->name);
    if (more) return mirti_localized_get(&predictor->factor, language, label);
    return mirti_localized_get(&predictor->lack, language, predictor->factor.count ? NULL : label);
}

static mirti_status name_factors(mirti_results *results, const mirti_contributions *c,
                                 const mirti_terms *terms, int64_t i, const char *language,
                                 mirti_error *err) {
    int chosen[3] = {-1, -1, -1};
    const double *contribution = c->contribution + i * c->predictors;
    for (int k = 0; k < c->predictors; k++) {
        if (!terms->predictor[k].actionable || !(contribution[k] > 0)) continue;
        if (!words_for(&terms->predictor[k], has_more(terms, c, i, k), language)) continue;
        int new = k; /* the strongest three, the earlier in the model file first on a tie */
        for (int f = 0; f < 3 && new >= 0; f++) {
            if (chosen[f] >= 0 && contribution[chosen[f]] >= contribution[new]) continue;
            int pushed = chosen[f];
            chosen[f] = new;
            new = pushed;
        }
    }
    for (int f = 0; f < 3; f++) {
        mirti_free(results->factor[f][i]);
        results->factor[f][i] = NULL;
        if (chosen[f] < 0) continue;
        const mirti_predictor *predictor = &terms->predictor[chosen[f]];
        bool more = has_more(terms, c, i, chosen[f]);
        results->factor[f][i] = mirti_strdup(words_for(predictor, more, language));
        if (!results->factor[f][i]) return mirti_fail_memory(err, "the factors of risk");
    }
    return MIRTI_OK;
}

mirti_status mirti_results_factors(mirti_results *results, const mirti_contributions *contributions,
                                   const mirti_model *model, const char *language,
                                   mirti_error *err) {
    if (results->count != contributions->count)
        return mirti_fail(err, MIRTI_ERROR_USAGE, "the contributions are of other areas");
    for (int64_t i = 0; i < results->count; i++)
        if (!isnan(results->risk[i]))
            MIRTI_TRY(name_factors(results, contributions, model->terms, i, language, err));
    return MIRTI_OK;
}
