/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a validation by name, and what they have in common: how a column of the model is
 * called in a language, and the line that says where the data come from. */
#include "plot.h"

#include <stdio.h>
#include <string.h>

typedef mirti_status (*figure_fn)(const mirti_figure_input *input, mirti_picture_format format,
                                  mirti_text *out, mirti_error *err);
static const struct {
    const char *name;
    figure_fn make;
} figures[MIRTI_FIGURES] = {
    [MIRTI_FIGURE_ROC] = {"roc", mirti_figure_roc},
    [MIRTI_FIGURE_CALIBRATION] = {"calibration", mirti_figure_calibration},
    [MIRTI_FIGURE_STATES] = {"states", mirti_figure_states},
    [MIRTI_FIGURE_COEFFICIENTS] = {"coefficients", mirti_figure_coefficients},
};

const char *mirti_figure_name(mirti_figure figure) {
    return figures[figure].name;
}

bool mirti_figure_applies(mirti_figure figure, const mirti_figure_input *input) {
    const mirti_area_checks *areas = input->validation->areas;
    return figure != MIRTI_FIGURE_STATES || (areas && areas->areas > 0);
}

mirti_status mirti_figure_make(mirti_figure figure, const mirti_figure_input *input,
                               mirti_picture_format format, mirti_text *out, mirti_error *err) {
    return figures[figure].make(input, format, out, err);
}

void mirti_figure_source(const mirti_figure_input *input, char *text, size_t size) {
    bool english = strcmp(input->language, "en") == 0;
    snprintf(text, size, "%s: %s. %s: %s. mirti %s", english ? "Source" : "Fuente", input->source,
             english ? "Model" : "Modelo", input->title, mirti_version());
}

/* A predictor, with the level that the column stands for. */
static void add_factor(const mirti_predictor *predictor, int level, const char *language,
                       mirti_text *out) {
    mirti_text_puts(out, mirti_localized_get(&predictor->label, language, predictor->name));
    if (level >= 0)
        mirti_text_printf(out, ": %s", mirti_predictor_level(predictor, level, language));
}

void mirti_column_label(const mirti_terms *terms, int column, const char *language,
                        mirti_text *out) {
    const mirti_terms_factor *factor = &terms->factor[column];
    if (factor->count == 0)
        mirti_text_puts(out, strcmp(language, "en") == 0 ? "(intercept)" : "(constante)");
    for (int f = 0; f < factor->count; f++) {
        if (f > 0) mirti_text_puts(out, " × ");
        add_factor(&terms->predictor[factor->predictor[f]], factor->level[f], language, out);
    }
}

void mirti_term_label(const mirti_terms *terms, int term, const char *language, mirti_text *out) {
    const mirti_term *t = &terms->term[term];
    for (int f = 0; f < t->order; f++) {
        if (f > 0) mirti_text_puts(out, " × ");
        add_factor(&terms->predictor[t->predictor[f]], -1, language, out);
    }
}
