/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ROC curve: what share of the children with the outcome is found for what share of false
 * alarms, in the sample that the model learned from and among children that it had not seen. */
#include "plot.h"

#include <stdio.h>
#include <string.h>

typedef struct wording {
    const char *title, *subtitle, *sample, *unseen, *chance, *x, *y, *youden;
} wording;

static const wording words[] = {
    {"¿Distingue el modelo quién está en la condición?",
     "Condición: %s. Cuanto más se acerca la curva a la esquina superior izquierda, mejor.",
     "en la muestra: AUC %.3f (%.3f–%.3f)", "fuera de muestra: AUC %.3f (%.3f–%.3f)",
     "al azar: AUC 0.5", "Falsas alarmas: señalados entre quienes no están en la condición",
     "Sensibilidad: señalados entre quienes sí están",
     "Punto de Youden: señalar desde un riesgo\nde %.0f %% encuentra a %.0f de cada 100,\ncon %.0f "
     "falsas alarmas de cada 100"},
    {"Does the model tell who has the outcome?",
     "Outcome: %s. The nearer the curve comes to the upper left corner, the better.",
     "in the sample: AUC %.3f (%.3f–%.3f)", "out of sample: AUC %.3f (%.3f–%.3f)",
     "by chance: AUC 0.5", "False alarms: flagged among those without the outcome",
     "Sensitivity: flagged among those with it",
     "Youden's point: flagging from a risk of\n%.0f %% finds %.0f of 100,\nwith %.0f false alarms "
     "in "
     "100"},
};

static void draw(mirti_plot *plot, const void *context) {
    const mirti_figure_input *input = context;
    const mirti_validation *v = input->validation;
    const wording *w = &words[strcmp(input->language, "en") == 0];
    char subtitle[300], sample[120], unseen[120], source[600], youden[300];
    snprintf(subtitle, sizeof subtitle, w->subtitle, input->outcome);
    const mirti_measure *in = &v->auc.auc, *out = &v->by_psu->auc.auc;
    snprintf(sample, sizeof sample, w->sample, in->value, in->lo, in->hi);
    snprintf(unseen, sizeof unseen, w->unseen, out->value, out->lo, out->hi);
    mirti_figure_source(input, source, sizeof source);
    const mirti_legend legend[] = {
        {sample, MIRTI_MARK_NONE, MIRTI_INK_BLUE, true, false},
        {unseen, MIRTI_MARK_NONE, MIRTI_INK_ORANGE, true, true},
        {w->chance, MIRTI_MARK_NONE, MIRTI_INK_LINE, true, false},
    };
    mirti_plot_page(plot, w->title, subtitle, legend, 3, source);
    plot->left += 48;
    plot->bottom -= 36;
    double side = plot->bottom - plot->top; /* a square, whatever the head took */
    if (plot->left + side < plot->right) plot->right = plot->left + side;
    plot->x = plot->y = (mirti_axis){0, 1, 0.2};
    mirti_plot_axis_x(plot, MIRTI_TICKS_PERCENT, w->x);
    mirti_plot_axis_y(plot, MIRTI_TICKS_PERCENT, w->y);
    mirti_plot_rule(plot, plot->left, plot->bottom, plot->right, plot->top, MIRTI_INK_LINE, 1.2,
                    false);
    const mirti_roc *roc = v->roc, *other = v->by_psu_roc;
    mirti_plot_curve(plot, roc->false_alarm, roc->sensitivity, roc->points, MIRTI_INK_BLUE, 2.2,
                     false);
    if (other)
        mirti_plot_curve(plot, other->false_alarm, other->sensitivity, other->points,
                         MIRTI_INK_ORANGE, 1.8, true);
    /* With effects of areas, the curve in the sample has seen what it is asked for. */
    const bool unseen_counts = v->effects && other;
    if (unseen_counts) roc = other;
    int64_t best = roc->youden;
    double x = mirti_plot_x(plot, roc->false_alarm[best]);
    double y = mirti_plot_y(plot, roc->sensitivity[best]);
    snprintf(youden, sizeof youden, w->youden, 100 * roc->threshold[best],
             100 * roc->sensitivity[best], 100 * roc->false_alarm[best]);
    const mirti_lettering how = {.size = 9.5, .ink = MIRTI_INK_TEXT, .on_white = true};
    mirti_plot_mark(plot, x, y, MIRTI_MARK_DOT, unseen_counts ? MIRTI_INK_ORANGE : MIRTI_INK_BLUE,
                    9);
    mirti_plot_text(plot, x + 14, y + 6, youden, &how);
}

mirti_status mirti_figure_roc(const mirti_figure_input *input, mirti_picture_format format,
                              mirti_text *out, mirti_error *err) {
    return mirti_plot_render(600, 640, draw, input, format, out, err);
}
