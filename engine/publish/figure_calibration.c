/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calibration: when the model says one in five, is it one in five? Groups of children of similar
 * risk, as a model that had not seen them predicted it, against what the survey found. */
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct wording {
    const char *title, *subtitle, *groups, *sample, *perfect, *x, *y, *note;
} wording;

static const wording words[] = {
    {"¿Son ciertas las probabilidades del modelo?",
     "Condición: %s. Cada punto reúne a niñas, niños y adolescentes de riesgo parecido; sobre la "
     "diagonal, lo previsto es lo observado.",
     "fuera de muestra, con intervalo de %.0f %%", "en la muestra", "previsto = observado",
     "Riesgo previsto por el modelo", "Proporción observada en la encuesta",
     "Fuera de muestra:\npendiente %.2f (%.2f–%.2f), ideal 1\nconstante %+.2f (%+.2f a %+.2f), "
     "ideal "
     "0"},
    {"Are the model's probabilities true?",
     "Outcome: %s. Each point is a group of children of similar risk; on the diagonal, what is "
     "predicted is what is observed.",
     "out of sample, with %.0f %% interval", "in the sample", "predicted = observed",
     "Risk predicted by the model", "Share observed in the survey",
     "Out of sample:\nslope %.2f (%.2f–%.2f), ideal 1\nintercept %+.2f (%+.2f to %+.2f), ideal 0"},
};

/* The largest number that is drawn. */
static double highest(const mirti_goodness *g) {
    double most = 0;
    for (int k = 0; k < g->groups; k++) {
        const mirti_risk_group *group = &g->group[k];
        most = fmax(most, fmax(group->predicted, group->observed.value));
        if (!isnan(group->observed.hi)) most = fmax(most, group->observed.hi);
    }
    return most;
}

static void draw_groups(mirti_plot *plot, const mirti_goodness *g, mirti_mark mark, mirti_ink ink,
                        bool intervals) {
    for (int k = 0; k < g->groups; k++) {
        const mirti_risk_group *group = &g->group[k];
        double x = mirti_plot_x(plot, group->predicted);
        if (intervals && !isnan(group->observed.lo))
            mirti_plot_rule(plot, x, mirti_plot_y(plot, group->observed.lo), x,
                            mirti_plot_y(plot, group->observed.hi), ink, 1.6, false);
        mirti_plot_mark(plot, x, mirti_plot_y(plot, group->observed.value), mark, ink, 8);
    }
}

static void draw(mirti_plot *plot, const void *context) {
    const mirti_figure_input *input = context;
    const mirti_validation *v = input->validation;
    const wording *w = &words[strcmp(input->language, "en") == 0];
    char subtitle[400], groups[120], source[600], note[300];
    snprintf(subtitle, sizeof subtitle, w->subtitle, input->outcome);
    snprintf(groups, sizeof groups, w->groups, 100 * v->confidence);
    mirti_figure_source(input, source, sizeof source);
    const mirti_legend legend[] = {
        {groups, MIRTI_MARK_DOT, MIRTI_INK_ORANGE, true, false},
        {w->sample, MIRTI_MARK_RING, MIRTI_INK_BLUE, false, false},
        {w->perfect, MIRTI_MARK_NONE, MIRTI_INK_LINE, true, false},
    };
    mirti_plot_page(plot, w->title, subtitle, legend, 3, source);
    plot->left += 48;
    plot->bottom -= 36;
    double side = plot->bottom - plot->top;
    if (plot->left + side < plot->right) plot->right = plot->left + side;
    plot->x = plot->y =
        mirti_axis_round(0, fmax(highest(&v->goodness), highest(&v->by_psu_goodness)), 6);
    mirti_plot_axis_x(plot, MIRTI_TICKS_PERCENT, w->x);
    mirti_plot_axis_y(plot, MIRTI_TICKS_PERCENT, w->y);
    mirti_plot_rule(plot, plot->left, plot->bottom, plot->right, plot->top, MIRTI_INK_LINE, 1.2,
                    false);
    draw_groups(plot, &v->goodness, MIRTI_MARK_RING, MIRTI_INK_BLUE, false);
    draw_groups(plot, &v->by_psu_goodness, MIRTI_MARK_DOT, MIRTI_INK_ORANGE, true);
    const mirti_calibration *c = &v->by_psu->calibration;
    snprintf(note, sizeof note, w->note, c->slope.value, c->slope.lo, c->slope.hi,
             c->intercept.value, c->intercept.lo, c->intercept.hi);
    const mirti_lettering how = {.size = 9.5, .ink = MIRTI_INK_TEXT, .on_white = true};
    mirti_plot_text(plot, plot->left + 14, plot->top + 10, note, &how);
}

mirti_status mirti_figure_calibration(const mirti_figure_input *input, mirti_picture_format format,
                                      mirti_text *out, mirti_error *err) {
    return mirti_plot_render(600, 650, draw, input, format, out, err);
}
