/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The validation as text for the people who decide whether to trust the model: five questions, for
 * each the numbers and, in plain words, what they mean. The sentences are in validate_words.c. */
#include "run.h"
#include "validate_words.h"
#include "verdict.h"

#include "mirti/publish.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    AREA_COLUMNS = MIRTI_VALIDATION_AREA,
    THRESHOLD_COLUMNS = MIRTI_VALIDATION_THRESHOLD,
    LONGEST_NAME = 32
};

typedef mirti_validation_words wording;

/* "0.779 (0.771–0.787)", at `scale`; a dash where there is none. */
typedef struct shown {
    char text[96];
} shown;

static shown show(double value, double lo, double hi, double scale, int decimals) {
    shown s = {"–"};
    if (isnan(value)) return s;
    char part[3][352]; /* never "-0.00" */
    mirti_number_print_fixed(scale * value, decimals, part[0]);
    mirti_number_print_fixed(scale * lo, decimals, part[1]);
    mirti_number_print_fixed(scale * hi, decimals, part[2]);
    const char *between = lo < 0 ? "; " : "–"; /* a dash before a minus would be hard to read */
    if (isnan(lo))
        snprintf(s.text, sizeof s.text, "%.30s", part[0]);
    else
        snprintf(s.text, sizeof s.text, "%.30s (%.20s%s%.20s)", part[0], part[1], between, part[2]);
    return s;
}

static shown show_measure(const mirti_measure *m, double scale, int decimals) {
    return show(m->value, m->lo, m->hi, scale, decimals);
}

/* How a table is laid out: columns with their widths; those in `left` begin at the left. */
typedef struct layout {
    int columns;
    int width[AREA_COLUMNS];
    bool left[AREA_COLUMNS];
} layout;

static void put_cells(mirti_text *out, const layout *table, const char *const *cell) {
    for (int k = 0; k < table->columns; k++) {
        int room = table->width[k] - (int)mirti_utf8_length(mirti_str_of(cell[k]));
        if (room < 0) room = 0;
        bool left = table->left[k];
        mirti_text_printf(out, "  %*s%s%*s", left ? 0 : room, "", cell[k], left ? room : 0, "");
    }
}

static void put_row(mirti_text *out, const layout *table, const char *const *cell) {
    put_cells(out, table, cell);
    mirti_text_puts(out, "\n");
}

/* What the numbers above it mean. */
static void tell_verdict(mirti_text *out, const char *meaning) {
    if (meaning[0]) mirti_text_printf(out, "  → %s\n", meaning);
}

static void tell_measure(mirti_text *out, const char *label, const mirti_measure *m) {
    mirti_text_puts(out, "  ");
    mirti_run_column(out, label, 28);
    mirti_text_printf(out, "%s\n", show_measure(m, 1, 3).text);
}

/* Folds that could not be fitted. */
static void tell_failures(const wording *w, const mirti_cross_validation *cross,
                          const mirti_area_checks *areas, mirti_text *out) {
    for (int32_t k = 0; cross && k < cross->folds; k++) {
        if (!cross->fold[k].failure) continue;
        char number[16];
        snprintf(number, sizeof number, "%d", (int)k + 1);
        mirti_text_printf(out, w->failed, areas ? w->area : w->fold,
                          areas ? areas->area[k].code : number, cross->fold[k].failure);
    }
}

static void tell_discrimination(const mirti_validation *v, const wording *w, mirti_text *out) {
    mirti_text_puts(out, w->discrimination);
    mirti_text_puts(out, "  AUC\n");
    tell_measure(out, w->sample, &v->auc.auc);
    if (v->effects) tell_measure(out, w->traits, &v->traits_auc.auc);
    tell_measure(out, w->unseen, &v->by_psu->auc.auc);
    if (v->by_area) tell_measure(out, w->elsewhere, &v->by_area->auc.auc);
    tell_failures(w, v->by_psu, NULL, out);
    tell_failures(w, v->by_area, v->areas, out);
    if (!isnan(v->by_psu->auc.auc.value))
        mirti_text_printf(out, w->pairs, 100 * v->by_psu->auc.auc.value);
    tell_verdict(out, w->discriminates[mirti_verdict_of(v, MIRTI_QUESTION_DISCRIMINATION)]);
    if (!v->by_psu_roc) return;
    mirti_text_printf(out, w->captured, 100 * mirti_roc_captured(v->by_psu_roc, 0.1),
                      100 * mirti_roc_captured(v->by_psu_roc, 0.2),
                      100 * mirti_roc_captured(v->by_psu_roc, 0.3));
}

static void tell_groups(const mirti_goodness *g, const wording *w, mirti_text *out) {
    mirti_text_puts(out, w->groups);
    for (int k = 0; k < g->groups; k++) {
        const mirti_risk_group *group = &g->group[k];
        const mirti_survey_estimate *o = &group->observed;
        mirti_text_printf(out, "  %5.1f – %5.1f %%   %10s   %7.1f %%   %s\n", 100 * group->lowest,
                          100 * group->highest, mirti_run_thousands((double)o->rows).text,
                          100 * group->predicted, show(o->value, o->lo, o->hi, 100, 1).text);
    }
}

static void tell_calibration(const mirti_validation *v, const wording *w, mirti_text *out) {
    const mirti_calibration *unseen = &v->by_psu->calibration;
    mirti_text_puts(out, w->calibration);
    mirti_text_printf(out, "  %s\n", w->unseen);
    tell_measure(out, w->slope, &unseen->slope);
    tell_measure(out, w->intercept, &unseen->intercept);
    tell_measure(out, w->brier, &v->by_psu->brier.brier);
    if (v->by_area) {
        mirti_text_printf(out, "  %s\n", w->elsewhere);
        tell_measure(out, w->slope, &v->by_area->calibration.slope);
        tell_measure(out, w->intercept, &v->by_area->calibration.intercept);
        tell_measure(out, w->brier, &v->by_area->brier.brier);
    }
    mirti_text_printf(out, w->says, 100 * v->by_psu->brier.scaled.value);
    tell_verdict(out, w->calibrated[mirti_verdict_of(v, MIRTI_QUESTION_CALIBRATION)]);
    tell_groups(&v->by_psu_goodness, w, out);
}

static void tell_fit(const mirti_validation *v, const wording *w, mirti_text *out) {
    const mirti_goodness *g = v->effects ? &v->by_psu_goodness : &v->goodness;
    mirti_text_puts(out, v->effects ? w->unseen_fit : w->fit);
    if (!isnan(g->p))
        mirti_text_printf(out, "  F(%.0f, %.0f) = %.3f, p = %.4f\n", g->df1, g->df2, g->f, g->p);
    tell_verdict(out, w->fits[mirti_verdict_of(v, MIRTI_QUESTION_FIT)]);
}

static void tell_thresholds(const mirti_validation *v, const wording *w, mirti_text *out) {
    static const layout table = {.columns = THRESHOLD_COLUMNS, .width = {8, 11, 13, 14, 7, 7}};
    const mirti_thresholds *all = v->effects ? &v->by_psu_thresholds : &v->thresholds;
    mirti_text_puts(out, v->effects ? w->unseen_thresholds : w->thresholds);
    put_row(out, &table, w->threshold_columns);
    for (int k = 0; k < all->count; k++) {
        const mirti_threshold *t = &all->at[k];
        const double value[] = {t->threshold,
                                t->flagged,
                                t->sensitivity.value,
                                t->specificity.value,
                                t->positive_predictive.value,
                                t->negative_predictive.value};
        char text[THRESHOLD_COLUMNS][32];
        const char *cell[THRESHOLD_COLUMNS];
        for (int c = 0; c < THRESHOLD_COLUMNS; c++) {
            snprintf(text[c], sizeof text[c], "–");
            if (!isnan(value[c])) snprintf(text[c], sizeof text[c], "%.1f %%", 100 * value[c]);
            cell[c] = text[c];
        }
        put_cells(out, &table, cell);
        if (t->threshold == all->youden) mirti_text_puts(out, w->youden);
        if (t->threshold == v->rate.value) mirti_text_puts(out, w->rate);
        mirti_text_puts(out, "\n");
    }
    mirti_text_puts(out, w->threshold_words);
}

static void tell_collinearity(const mirti_run *run, const wording *w, mirti_text *out) {
    const mirti_validation *v = run->validation;
    mirti_text_puts(out, w->collinearity);
    mirti_text_printf(out, w->inflation_columns, "");
    for (int t = 0; t < v->terms; t++) {
        mirti_text label = {0};
        mirti_term_label(run->model->terms, t, run->language, &label);
        if (label.failed) out->failed = true;
        mirti_text_puts(out, "  ");
        mirti_run_column(out, label.data ? label.data : "", 52);
        mirti_text_printf(out, "  %8d %6.2f\n", v->inflation[t].columns, v->inflation[t].scaled);
        mirti_text_reset(&label);
    }
    tell_verdict(out, w->collinear[mirti_verdict_of(v, MIRTI_QUESTION_COLLINEARITY)]);
}

static const char *name_of(const mirti_area_check *area) {
    return area->name && area->name[0] ? area->name : area->code;
}

static void print_cell(char cell[32], const char *format, int decimals, double value) {
    if (!isnan(value)) snprintf(cell, 32, format, decimals, value);
}

static void tell_area(const mirti_area_check *a, const mirti_fold *fold, const layout *table,
                      mirti_text *out) {
    char number[5][32] = {"", "", "", "", ""};
    char modelled[32];
    snprintf(modelled, sizeof modelled, "%.1f%s", 100 * a->modelled, a->within ? " " : "*");
    print_cell(number[0], "%+.*f", 1, 100 * a->difference.value);
    print_cell(number[1], "%+.*f", 1, a->z);
    print_cell(number[2], "%.*f", 1, 100 * a->left_out);
    print_cell(number[3], "%.*f", 2, fold ? fold->auc : (double)NAN);
    print_cell(number[4], "%.*f", 1, 100 * a->census);
    const mirti_run_number children = mirti_run_thousands((double)a->direct.rows);
    const shown direct = show(a->direct.value, a->direct.lo, a->direct.hi, 100, 1);
    const char *const cell[AREA_COLUMNS] = {a->name && a->name[0] ? a->name : a->code,
                                            children.text,
                                            direct.text,
                                            modelled,
                                            number[0],
                                            number[1],
                                            number[2],
                                            number[3],
                                            number[4]};
    put_row(out, table, cell);
}

static void tell_areas(const mirti_validation *v, const wording *w, mirti_text *out) {
    mirti_text_puts(out, w->areas);
    if (!v->areas || v->areas->areas == 0) {
        mirti_text_puts(out, w->no_areas);
        return;
    }
    const mirti_area_checks *areas = v->areas;
    mirti_text_printf(out, w->within, (int)areas->within, (int)areas->compared,
                      (int)areas->left_out_within);
    if (v->effects) mirti_text_puts(out, w->areas_with_effects);
    tell_verdict(out, w->agree[mirti_verdict_of(v, MIRTI_QUESTION_AREAS)]);
    layout table = {.columns = AREA_COLUMNS,
                    .width = {6, 8, 18, 7, 6, 6, 7, 5, 6},
                    .left = {true, false, true}};
    for (int32_t k = 0; k < areas->areas; k++) {
        int length = (int)mirti_utf8_length(mirti_str_of(name_of(&areas->area[k])));
        if (length > table.width[0]) table.width[0] = length < LONGEST_NAME ? length : LONGEST_NAME;
    }
    put_row(out, &table, w->area_columns);
    for (int32_t k = 0; k < areas->areas; k++)
        tell_area(&areas->area[k], v->by_area ? &v->by_area->fold[k] : NULL, &table, out);
    mirti_text_puts(out, w->outside);
}

static void tell_head(const mirti_run *run, const wording *w, mirti_text *out) {
    const mirti_validation *v = run->validation;
    const mirti_model_spec *spec = run->spec;
    mirti_text_printf(
        out, w->head, mirti_localized_get(&spec->title, run->language, spec->name),
        mirti_localized_get(&run->survey_block->title, run->language, run->survey_block->name));
    mirti_text_printf(out, w->design, mirti_run_thousands((double)v->reach.rows).text,
                      mirti_run_thousands(v->reach.strata).text,
                      mirti_run_thousands(v->reach.psus).text,
                      mirti_localized_get(&spec->outcome_label, run->language, spec->outcome),
                      100 * v->rate.value, 100 * v->rate.lo, 100 * v->rate.hi);
    mirti_text_printf(out, w->judged, 100 * v->confidence, (int)v->by_psu->folds);
    if (v->effects)
        mirti_text_printf(out, w->effects, mirti_run_effects_level(run),
                          100 * v->by_psu->known_share);
}

mirti_status mirti_run_validation_text(const mirti_run *run, mirti_text *out, mirti_error *err) {
    const mirti_validation *v = run->validation;
    const wording *w = mirti_validation_words_in(run->language);
    tell_head(run, w, out);
    tell_discrimination(v, w, out);
    tell_calibration(v, w, out);
    tell_fit(v, w, out);
    tell_thresholds(v, w, out);
    tell_collinearity(run, w, out);
    tell_areas(v, w, out);
    return out->failed ? mirti_fail_memory(err, "the validation") : MIRTI_OK;
}
