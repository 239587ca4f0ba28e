/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sample design: which rows were drawn together (PSUs), from which parts of the population
 * (strata), with what chance (weights) and out of how many (finite-population correction). Built
 * once, checked thoroughly, and kept whole: a subpopulation never drops a row from it.
 */
#include "mirti/survey.h"

#include <math.h>
#include <string.h>

#include "labels.h"

enum { NAMES_IN_MESSAGE = 5 };

static mirti_status check_weights(int64_t rows, const double *weight, mirti_error *err) {
    for (int64_t i = 0; i < rows; i++) {
        if (isfinite(weight[i]) && weight[i] >= 0) continue;
        char value[32] = "not a number";
        if (!isnan(weight[i])) mirti_number_print(weight[i], value);
        mirti_status status = mirti_fail(
            err, MIRTI_ERROR_INPUT,
            "row %lld of the sample has the weight %s; weights must be numbers, and not negative",
            (long long)i + 1, value);
        mirti_fail_remedy(err, "A row that stands for nobody is left out by the source's filter.");
        mirti_fail_at(err, NULL, i + 1, 0, "weight", value);
        return status;
    }
    return MIRTI_OK;
}

/* Copies of names that outlive the caller's rows. */
static char **keep_names(mirti_arena *arena, const mirti_str *name, int32_t count) {
    char **kept = mirti_new((size_t)count, sizeof *kept);
    if (!kept) return NULL;
    for (int32_t i = 0; i < count; i++) {
        kept[i] = mirti_arena_copy(arena, name[i].data, name[i].size);
        if (!kept[i]) {
            mirti_free(kept);
            return NULL;
        }
    }
    return kept;
}

/* Labels that claim to be unique in the whole sample: the same one in two strata is an error. */
static mirti_status check_not_nested(const mirti_survey_design *design, const mirti_str *psu,
                                     mirti_error *err) {
    mirti_survey_labels labels;
    MIRTI_TRY(mirti_survey_labels_number(design->rows, NULL, psu, "PSU", &labels, err));
    mirti_status status = MIRTI_OK;
    int32_t *seen_in = mirti_new((size_t)labels.count, sizeof *seen_in);
    if (!seen_in) {
        mirti_survey_labels_reset(&labels);
        return mirti_fail_memory(err, "the PSUs of the sample design");
    }
    for (int64_t i = 0; i < design->rows && status == MIRTI_OK; i++) {
        int32_t *first = &seen_in[labels.of_row[i]]; /* stratum + 1; 0 = not seen */
        int32_t stratum = design->psu_stratum[design->psu[i]];
        if (*first == 0) *first = stratum + 1;
        if (*first == stratum + 1) continue;
        status = mirti_fail(
            err, MIRTI_ERROR_INPUT,
            "PSU '%.*s' is in stratum '%s' and, in row %lld of the sample, in stratum '%s'",
            (int)psu[i].size, psu[i].data, design->stratum_name[*first - 1], (long long)i + 1,
            design->stratum_name[stratum]);
        mirti_fail_at(err, NULL, i + 1, 0, NULL, NULL);
        mirti_fail_remedy(err, "If PSUs are numbered anew in every stratum, say so: "
                               "'psu_nested: true'.");
    }
    mirti_free(seen_in);
    mirti_survey_labels_reset(&labels);
    return status;
}

/*
 * Reads a finite-population correction [rows] as sampling fractions by group (stratum or PSU).
 * `sampled` [groups] is the number of units in the sample. Which of the two kinds of value stands
 * in the column is decided once for the whole of it, as R `survey` does: a stratum with one PSU in
 * the population has the number 1, and that is no fraction.
 */
static mirti_status read_fpc(int64_t rows, const double *fpc, const int32_t *group_of_unit,
                             const int32_t *unit, int32_t groups, const int32_t *sampled,
                             const char *what, double *fraction, mirti_error *err) {
    bool numbers = false;
    int64_t small_row = -1;
    for (int64_t i = 0; i < rows; i++) {
        if (fpc[i] > 1) numbers = true;
        if (small_row < 0 && fpc[i] < 1) small_row = i;
        if (isnan(fpc[i]) || fpc[i] < 0) {
            char value[32] = "not a number";
            if (!isnan(fpc[i])) mirti_number_print(fpc[i], value);
            mirti_status status =
                mirti_fail(err, MIRTI_ERROR_INPUT,
                           "row %lld of the sample has %s as finite-population correction",
                           (long long)i + 1, value);
            mirti_fail_at(err, NULL, i + 1, 0, NULL, NULL);
            mirti_fail_remedy(err, "Give the number of units in the population, or the fraction "
                                   "of them that was sampled.");
            return status;
        }
    }
    if (numbers && small_row >= 0) {
        mirti_status status = mirti_fail(
            err, MIRTI_ERROR_INPUT,
            "finite-population corrections mix numbers of units with fractions (row %lld is "
            "below 1)",
            (long long)small_row + 1);
        mirti_fail_at(err, NULL, small_row + 1, 0, NULL, NULL);
        mirti_fail_remedy(err, "Give either numbers of units or fractions in all rows.");
        return status;
    }
    for (int32_t g = 0; g < groups; g++)
        fraction[g] = NAN;
    for (int64_t i = 0; i < rows; i++) {
        int32_t group = group_of_unit ? group_of_unit[unit[i]] : unit[i];
        double f = numbers ? (double)sampled[group] / fpc[i] : fpc[i];
        if (isnan(fraction[group])) fraction[group] = f;
        if (fraction[group] == f && f <= 1) continue;
        mirti_status status =
            f > 1 ? mirti_fail(err, MIRTI_ERROR_INPUT,
                               "row %lld of the sample says that its %s has fewer units in the "
                               "population than in the sample (%d)",
                               (long long)i + 1, what, (int)sampled[group])
                  : mirti_fail(err, MIRTI_ERROR_INPUT,
                               "the finite-population correction of row %lld differs from that of "
                               "an earlier row of the same %s",
                               (long long)i + 1, what);
        mirti_fail_at(err, NULL, i + 1, 0, NULL, NULL);
        return status;
    }
    return MIRTI_OK;
}

/* A fraction this near 1 is all of them; the same limit as in R `survey`. */
static bool taken_whole(const double *fraction, int32_t group) {
    return fraction && 1 - fraction[group] < 1e-7;
}

static mirti_status lonely_failure(const mirti_survey_design *design, mirti_error *err) {
    mirti_text names = {0};
    int32_t named = 0;
    for (int32_t h = 0; h < design->strata && named < NAMES_IN_MESSAGE; h++) {
        if (design->stratum_psus[h] != 1 || taken_whole(design->fpc, h)) continue;
        mirti_text_printf(&names, "%s'%s'", named > 0 ? ", " : "",
                          design->stratum_name ? design->stratum_name[h] : "(all)");
        named++;
    }
    if (names.failed) {
        mirti_text_reset(&names);
        return mirti_fail_memory(err, "names of strata");
    }
    mirti_status status = mirti_fail(
        err, MIRTI_ERROR_MODEL,
        "%d of %d strata have only one PSU (%s%s), so their variance cannot be estimated",
        (int)design->lonely_strata, (int)design->strata, names.data,
        design->lonely_strata > named ? ", ..." : "");
    mirti_fail_remedy(err,
                      "Choose what such strata contribute with 'lonely_psu': adjust (deviation "
                      "from the grand mean), average (that of the other strata), remove, or "
                      "certainty; or merge them with a neighbouring stratum.");
    mirti_text_reset(&names);
    return status;
}

static mirti_status build(mirti_survey_design *design, const double *weight,
                          const mirti_str *stratum, const mirti_str *psu, bool psu_nested,
                          const double *fpc, mirti_survey_labels *strata, mirti_survey_labels *psus,
                          mirti_error *err) {
    int64_t rows = design->rows;
    MIRTI_TRY(check_weights(rows, weight, err));
    design->weight = mirti_new((size_t)rows, sizeof *design->weight);
    if (!design->weight) return mirti_fail_memory(err, "the weights");
    memcpy(design->weight, weight, (size_t)rows * sizeof *weight);

    if (stratum) {
        MIRTI_TRY(mirti_survey_labels_number(rows, NULL, stratum, "stratum", strata, err));
        design->strata = strata->count;
        design->stratum_name = keep_names(&design->names, strata->name, strata->count);
        if (!design->stratum_name) return mirti_fail_memory(err, "names of strata");
    } else {
        design->strata = 1;
    }
    MIRTI_TRY(mirti_survey_labels_number(rows, strata->of_row, psu, "PSU", psus, err));
    design->psus = psus->count;
    if (psu) {
        design->psu_name = keep_names(&design->names, psus->name, psus->count);
        if (!design->psu_name) return mirti_fail_memory(err, "names of PSUs");
    }
    design->psu = psus->of_row;
    psus->of_row = NULL;
    design->psu_stratum = psus->parent;
    psus->parent = NULL;

    design->stratum_psus = mirti_new((size_t)design->strata, sizeof *design->stratum_psus);
    if (!design->stratum_psus) return mirti_fail_memory(err, "the strata");
    for (int32_t c = 0; c < design->psus; c++)
        design->stratum_psus[design->psu_stratum[c]]++;
    if (stratum && psu && !psu_nested) MIRTI_TRY(check_not_nested(design, psu, err));

    if (fpc) {
        design->fpc = mirti_new((size_t)design->strata, sizeof *design->fpc);
        if (!design->fpc) return mirti_fail_memory(err, "the finite-population correction");
        MIRTI_TRY(read_fpc(rows, fpc, design->psu_stratum, design->psu, design->strata,
                           design->stratum_psus, "stratum", design->fpc, err));
    }
    for (int32_t h = 0; h < design->strata; h++)
        if (design->stratum_psus[h] == 1 && !taken_whole(design->fpc, h)) design->lonely_strata++;
    if (design->lonely == MIRTI_LONELY_FAIL && design->lonely_strata > 0)
        return lonely_failure(design, err);
    return MIRTI_OK;
}

mirti_status mirti_survey_design_new(int64_t rows, const double *weight, const mirti_str *stratum,
                                     const mirti_str *psu, bool psu_nested, const double *fpc,
                                     mirti_lonely_psu lonely, mirti_survey_design **out,
                                     mirti_error *err) {
    *out = NULL;
    if (rows < 1)
        return mirti_fail(err, MIRTI_ERROR_INPUT, "the sample has no rows of the population");
    mirti_survey_design *design = mirti_new(1, sizeof *design);
    if (!design) return mirti_fail_memory(err, "the sample design");
    design->rows = rows;
    design->lonely = lonely;
    mirti_survey_labels strata = {0}, psus = {0};
    mirti_status status = build(design, weight, stratum, psu, psu_nested, fpc, &strata, &psus, err);
    mirti_survey_labels_reset(&strata);
    mirti_survey_labels_reset(&psus);
    if (status != MIRTI_OK) {
        mirti_survey_design_free(design);
        return status;
    }
    *out = design;
    return MIRTI_OK;
}

mirti_status mirti_survey_design_second_stage(mirti_survey_design *design, const mirti_str *ssu,
                                              const double *fpc, mirti_error *err) {
    if (!design->fpc || !fpc || design->ssu) {
        mirti_status status = mirti_fail(
            err, MIRTI_ERROR_USAGE,
            design->ssu ? "the design has a second stage already"
                        : "a second stage needs finite-population corrections of both stages; "
                          "without them PSUs count as drawn with replacement, and how rows were "
                          "drawn within them does not enter the variance");
        return status;
    }
    mirti_survey_labels labels;
    MIRTI_TRY(mirti_survey_labels_number(design->rows, design->psu, ssu, "second-stage unit",
                                         &labels, err));
    mirti_status status = MIRTI_OK;
    int32_t *psu_ssus = mirti_new((size_t)design->psus, sizeof *psu_ssus);
    double *fraction = mirti_new((size_t)design->psus, sizeof *fraction);
    if (!psu_ssus || !fraction) {
        status = mirti_fail_memory(err, "the second stage of the sample design");
        goto failed;
    }
    for (int32_t k = 0; k < labels.count; k++)
        psu_ssus[labels.parent[k]]++;
    MIRTI_TRY_GOTO(status,
                   read_fpc(design->rows, fpc, NULL, design->psu, design->psus, psu_ssus, "PSU",
                            fraction, err),
                   failed);
    for (int32_t c = 0; c < design->psus && design->lonely == MIRTI_LONELY_FAIL; c++) {
        if (psu_ssus[c] != 1 || taken_whole(fraction, c)) continue;
        status = mirti_fail(err, MIRTI_ERROR_MODEL,
                            "PSU '%s' has one second-stage unit, so the variance within it cannot "
                            "be estimated",
                            design->psu_name ? design->psu_name[c] : "");
        mirti_fail_remedy(err, "Choose what such PSUs contribute with 'lonely_psu': adjust, remove "
                               "or certainty.");
        goto failed;
    }
    design->ssus = labels.count;
    design->ssu = labels.of_row;
    labels.of_row = NULL;
    design->ssu_psu = labels.parent;
    labels.parent = NULL;
    design->psu_ssus = psu_ssus;
    design->fpc2 = fraction;
    mirti_survey_labels_reset(&labels);
    return MIRTI_OK;

failed:
    mirti_free(psu_ssus);
    mirti_free(fraction);
    mirti_survey_labels_reset(&labels);
    return status;
}

void mirti_survey_design_free(mirti_survey_design *design) {
    if (!design) return;
    mirti_free(design->weight);
    mirti_free(design->psu);
    mirti_free(design->psu_stratum);
    mirti_free(design->stratum_psus);
    mirti_free(design->fpc);
    mirti_free(design->stratum_name);
    mirti_free(design->psu_name);
    mirti_free(design->ssu);
    mirti_free(design->ssu_psu);
    mirti_free(design->psu_ssus);
    mirti_free(design->fpc2);
    mirti_arena_reset(&design->names);
    mirti_free(design);
}

int32_t mirti_survey_design_df(const mirti_survey_design *design) {
    return design->psus - design->strata;
}

int32_t mirti_survey_design_units(const mirti_survey_design *design, const int32_t **unit) {
    *unit = design->ssu ? design->ssu : design->psu;
    return design->ssu ? design->ssus : design->psus;
}

mirti_status mirti_survey_design_reach(const mirti_survey_design *design, const uint8_t *in,
                                       mirti_survey_reach *out, mirti_error *err) {
    *out = (mirti_survey_reach){0};
    uint8_t *psu_seen = mirti_new((size_t)design->psus, 1);
    uint8_t *stratum_seen = mirti_new((size_t)design->strata, 1);
    if (!psu_seen || !stratum_seen) {
        mirti_free(psu_seen);
        mirti_free(stratum_seen);
        return mirti_fail_memory(err, "the reach of a subpopulation");
    }
    mirti_sum weight = {0};
    for (int64_t i = 0; i < design->rows; i++) {
        if ((in && !in[i]) || !(design->weight[i] > 0)) continue;
        out->rows++;
        mirti_sum_add(&weight, design->weight[i]);
        psu_seen[design->psu[i]] = 1;
    }
    for (int32_t c = 0; c < design->psus; c++) {
        if (!psu_seen[c]) continue;
        out->psus++;
        stratum_seen[design->psu_stratum[c]] = 1;
    }
    for (int32_t h = 0; h < design->strata; h++)
        out->strata += stratum_seen[h];
    out->df = out->psus - out->strata;
    out->weight = mirti_sum_value(&weight);
    mirti_free(psu_seen);
    mirti_free(stratum_seen);
    return MIRTI_OK;
}
