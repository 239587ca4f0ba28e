/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The coefficients, as odds ratios with their intervals on a scale of ratios; of links that know no
 * odds, as they are. Those whose interval holds "no effect" are hollow. */
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double row_height = 21, tall_row_height = 29, label_size = 9.5, widest_label = 250,
                    number_room = 118;

/* A label with more is likely to need two lines. */
enum { LETTERS_OF_A_LINE = 42 };

typedef struct wording {
    const char *title, *subtitle, *with_effects, *ratios, *estimates, *raises, *lowers, *unsure,
        *odds, *plain;
} wording;

static const wording words[] = {
    {"¿Qué rasgos acompañan un riesgo mayor o menor?",
     "Condición: %s. Asociaciones, no causas; cada rasgo a igualdad de los demás, con intervalo de "
     "%.0f %%.",
     "Condición: %s. Asociaciones, no causas; dentro de un área, cada rasgo a igualdad de los "
     "demás, con intervalo de %.0f %%.",
     "Razón de momios (1 = sin diferencia; 2 = el doble)", "Coeficiente (0 = sin diferencia)",
     "más riesgo", "menos riesgo", "el intervalo incluye «sin diferencia»", "razón de momios",
     "coeficiente"},
    {"Which traits go with a higher or lower risk?",
     "Outcome: %s. Associations, not causes; each trait with the others held equal, with %.0f %% "
     "interval.",
     "Outcome: %s. Associations, not causes; within an area, each trait with the others held "
     "equal, with %.0f %% interval.",
     "Odds ratio (1 = no difference; 2 = twice the odds)", "Coefficient (0 = no difference)",
     "higher risk", "lower risk", "the interval includes \"no difference\"", "odds ratio",
     "coefficient"},
};

typedef struct scene {
    const mirti_figure_input *input;
    const wording *w;
    double t; /* quantile of the intervals */
    bool odds;
} scene;

static double beta(const scene *s, int j) {
    return s->input->model->logit->beta[j];
}
static double spread(const scene *s, int j) {
    const mirti_logit *fit = s->input->model->logit;
    return s->t * sqrt(fit->covariance[j * fit->columns + j]);
}

/* Round ratios whose logarithms lie in the axis, at most about nine of them. */
static void draw_ratio_axis(mirti_plot *plot, const char *title) {
    static const double ratio[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 0.75, 1,  1.5,
                                   2,    3,    4,    5,   6,   8,    10,  20,   50, 100};
    static const bool coarse[] = {true, false, false, true, true,  false, true, false, true, false,
                                  true, false, false, true, false, false, true, true,  true, true};
    mirti_lettering how = {.size = 9, .ink = MIRTI_INK_MUTED, .across = 0.5};
    bool narrow = plot->x.high - plot->x.low < 2.6;
    for (size_t k = 0; k < sizeof ratio / sizeof ratio[0]; k++) {
        double at = mirti_exact_log(ratio[k]);
        if (at < plot->x.low || at > plot->x.high || (!narrow && !coarse[k])) continue;
        char label[32];
        mirti_number_print(ratio[k], label);
        double x = mirti_plot_x(plot, at);
        mirti_plot_rule(plot, x, plot->top, x, plot->bottom, MIRTI_INK_GRID, 1, false);
        mirti_plot_text(plot, x, plot->bottom + 5, label, &how);
    }
    how.size = 10;
    mirti_plot_text(plot, (plot->left + plot->right) / 2, plot->bottom + 20, title, &how);
}

/* An axis around all intervals and "no difference". */
static mirti_axis span(const scene *s) {
    double low = -0.1, high = 0.1;
    for (int j = 1; j < s->input->model->logit->columns; j++) {
        low = fmin(low, beta(s, j) - spread(s, j));
        high = fmax(high, beta(s, j) + spread(s, j));
    }
    if (!s->odds) return mirti_axis_round(low, high, 7);
    double air = 0.04 * (high - low);
    return (mirti_axis){low - air, high + air, 1};
}

static void draw_row(mirti_plot *plot, const scene *s, int j, double y) {
    double b = beta(s, j), half = spread(s, j);
    bool unsure = !(fabs(b) > half);
    mirti_ink ink = unsure ? MIRTI_INK_MUTED : b > 0 ? MIRTI_INK_ORANGE : MIRTI_INK_BLUE;
    mirti_text label = {0};
    mirti_column_label(s->input->model->terms, j, s->input->language, &label);
    mirti_lettering how = {.size = label_size,
                           .ink = MIRTI_INK_TEXT,
                           .across = 1,
                           .down = 0.5,
                           .room = widest_label,
                           .lines = 2};
    mirti_plot_text(plot, plot->left - 10, y, label.data ? label.data : "", &how);
    plot->no_memory = plot->no_memory || label.failed;
    mirti_text_reset(&label);
    mirti_plot_rule(plot, mirti_plot_x(plot, b - half), y, mirti_plot_x(plot, b + half), y, ink,
                    1.8, false);
    mirti_plot_mark(plot, mirti_plot_x(plot, b), y, unsure ? MIRTI_MARK_RING : MIRTI_MARK_DOT, ink,
                    8.5);
    char number[80];
    if (s->odds)
        snprintf(number, sizeof number, "%.2f (%.2f–%.2f)", mirti_exact_exp(b),
                 mirti_exact_exp(b - half), mirti_exact_exp(b + half));
    else
        snprintf(number, sizeof number, "%.2f (%.2f; %.2f)", b, b - half, b + half);
    how = (mirti_lettering){.size = 9, .ink = MIRTI_INK_MUTED, .across = 1, .down = 0.5};
    mirti_plot_text(plot, plot->width - 18, y, number, &how);
}

static double label_room(mirti_plot *plot, const scene *s) {
    double room = 0;
    for (int j = 1; j < s->input->model->logit->columns; j++) {
        mirti_text label = {0};
        mirti_column_label(s->input->model->terms, j, s->input->language, &label);
        if (label.data)
            room = fmax(room, mirti_plot_text_width(plot, label.data, label_size, false));
        mirti_text_reset(&label);
    }
    return fmin(room, widest_label);
}

static void draw(mirti_plot *plot, const void *context) {
    const scene *s = context;
    const wording *w = s->w;
    char subtitle[400], source[600];
    const mirti_validation *v = s->input->validation;
    snprintf(subtitle, sizeof subtitle, v->effects ? w->with_effects : w->subtitle,
             s->input->outcome, 100 * v->confidence);
    mirti_figure_source(s->input, source, sizeof source);
    const mirti_legend legend[] = {
        {w->raises, MIRTI_MARK_DOT, MIRTI_INK_ORANGE, true, false},
        {w->lowers, MIRTI_MARK_DOT, MIRTI_INK_BLUE, true, false},
        {w->unsure, MIRTI_MARK_RING, MIRTI_INK_MUTED, true, false},
    };
    mirti_plot_page(plot, w->title, subtitle, legend, 3, source);
    plot->left += label_room(plot, s) + 12;
    plot->right -= number_room;
    plot->bottom -= 36;
    plot->x = span(s);
    int rows = s->input->model->logit->columns - 1;
    double step = (plot->bottom - plot->top) / rows;
    if (s->odds)
        draw_ratio_axis(plot, w->ratios);
    else
        mirti_plot_axis_x(plot, MIRTI_TICKS_PLAIN, w->estimates);
    double none = mirti_plot_x(plot, 0);
    mirti_plot_rule(plot, none, plot->top, none, plot->bottom, MIRTI_INK_LINE, 1.4, false);
    const mirti_lettering head = {.size = 9, .ink = MIRTI_INK_MUTED, .across = 1, .down = 1};
    mirti_plot_text(plot, plot->width - 18, plot->top + 1, s->odds ? w->odds : w->plain, &head);
    for (int j = 1; j <= rows; j++)
        draw_row(plot, s, j, plot->top + (j - 0.5) * step);
}

static mirti_status longest_label(const mirti_figure_input *input, size_t *longest,
                                  mirti_error *err) {
    for (int j = 1; j < input->model->logit->columns; j++) {
        mirti_text label = {0};
        mirti_column_label(input->model->terms, j, input->language, &label);
        size_t letters = label.failed ? 0 : mirti_utf8_length(mirti_str_of(label.data));
        bool failed = label.failed;
        mirti_text_reset(&label);
        if (failed) return mirti_fail_memory(err, "a picture");
        if (letters > *longest) *longest = letters;
    }
    return MIRTI_OK;
}

mirti_status mirti_figure_coefficients(const mirti_figure_input *input, mirti_picture_format format,
                                       mirti_text *out, mirti_error *err) {
    const mirti_logit *fit = input->model->logit;
    size_t longest = 0;
    MIRTI_TRY(longest_label(input, &longest, err));
    const scene s = {input, &words[strcmp(input->language, "en") == 0],
                     mirti_survey_t_quantile(input->validation->confidence,
                                             fit->df_residual > 0 ? fit->df_residual : 1),
                     fit->link == MIRTI_LINK_LOGIT};
    double row = longest > LETTERS_OF_A_LINE ? tall_row_height : row_height;
    double height = 170 + row * fmax(fit->columns - 1, 3);
    return mirti_plot_render(700, height, draw, &s, format, out, err);
}
