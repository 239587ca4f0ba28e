/* SPDX-License-Identifier: GPL-3.0-or-later */
/* State by state: what the survey says by itself, with its interval, and what the model says – of
 * the same children, of them when it was fitted without their state, and from the census. */
#include "plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double row_height = 15, label_size = 9.5, widest_label = 190;

typedef struct wording {
    const char *title, *subtitle, *direct, *modelled, *left_out, *census, *x;
} wording;

static const wording words[] = {
    {"¿Coincide el modelo con la encuesta, estado por estado?",
     "El modelo cae dentro del intervalo de la encuesta en %d de %d; ajustado sin el propio "
     "estado, en "
     "%d.",
     "encuesta, con intervalo de %.0f %%", "modelo", "modelo ajustado sin el estado",
     "modelo aplicado al censo", "Proporción: %s"},
    {"Does the model agree with the survey, state by state?",
     "The model is within the survey's interval in %d of %d; fitted without the state itself, in "
     "%d.",
     "survey, with %.0f %% interval", "model", "model fitted without the state",
     "model applied to the census", "Share: %s"},
};

typedef struct scene {
    const mirti_figure_input *input;
    const mirti_area_check **row; /* by direct rate, the highest first */
    int32_t rows;
    bool census;
} scene;

static int by_rate(const void *a, const void *b) {
    const mirti_area_check *const *left = a, *const *right = b;
    double difference = (*right)->direct.value - (*left)->direct.value;
    if (difference != 0) return difference > 0 ? 1 : -1;
    return strcmp((*left)->code, (*right)->code);
}

static const char *label_of(const mirti_area_check *area) {
    return area->name && area->name[0] ? area->name : area->code;
}

static double highest(const scene *s) {
    double most = 0;
    for (int32_t k = 0; k < s->rows; k++) {
        const mirti_area_check *a = s->row[k];
        const double value[] = {a->direct.value, a->direct.hi, a->modelled, a->left_out, a->census};
        for (int i = 0; i < 5; i++)
            if (!isnan(value[i])) most = fmax(most, value[i]);
    }
    return most;
}

static void mark_at(mirti_plot *plot, double value, double y, mirti_mark mark, mirti_ink ink,
                    double size) {
    if (!isnan(value)) mirti_plot_mark(plot, mirti_plot_x(plot, value), y, mark, ink, size);
}

static void draw_row(mirti_plot *plot, const mirti_area_check *area, double y) {
    const mirti_lettering how = {.size = label_size,
                                 .ink = MIRTI_INK_TEXT,
                                 .across = 1,
                                 .down = 0.5,
                                 .room = widest_label,
                                 .lines = 1};
    mirti_plot_text(plot, plot->left - 8, y, label_of(area), &how);
    if (!isnan(area->direct.lo))
        mirti_plot_rule(plot, mirti_plot_x(plot, area->direct.lo), y,
                        mirti_plot_x(plot, area->direct.hi), y, MIRTI_INK_TEXT, 1.4, false);
    mark_at(plot, area->direct.value, y, MIRTI_MARK_DOT, MIRTI_INK_TEXT, 7);
    mark_at(plot, area->left_out, y, MIRTI_MARK_RING, MIRTI_INK_ORANGE, 9.5);
    mark_at(plot, area->modelled, y, MIRTI_MARK_DIAMOND, MIRTI_INK_BLUE, 5.5);
    /* a little below the others, so that it hides none */
    mark_at(plot, area->census, y + 4, MIRTI_MARK_TRIANGLE, MIRTI_INK_GREEN, 6.5);
}

static void draw_page(mirti_plot *plot, const scene *s) {
    const mirti_figure_input *input = s->input;
    const mirti_area_checks *areas = input->validation->areas;
    const wording *w = &words[strcmp(input->language, "en") == 0];
    char subtitle[300], direct[120], source[600];
    snprintf(subtitle, sizeof subtitle, w->subtitle, (int)areas->within, (int)areas->compared,
             (int)areas->left_out_within);
    snprintf(direct, sizeof direct, w->direct, 100 * input->validation->confidence);
    mirti_figure_source(input, source, sizeof source);
    const mirti_legend legend[] = {
        {direct, MIRTI_MARK_DOT, MIRTI_INK_TEXT, true, false},
        {w->modelled, MIRTI_MARK_DIAMOND, MIRTI_INK_BLUE, false, false},
        {w->left_out, MIRTI_MARK_RING, MIRTI_INK_ORANGE, false, false},
        {w->census, MIRTI_MARK_TRIANGLE, MIRTI_INK_GREEN, false, false},
    };
    mirti_plot_page(plot, w->title, subtitle, legend, s->census ? 4 : 3, source);
}

static void draw(mirti_plot *plot, const void *context) {
    const scene *s = context;
    char title[200];
    draw_page(plot, s);
    double label = 0;
    for (int32_t k = 0; k < s->rows; k++)
        label = fmax(label, mirti_plot_text_width(plot, label_of(s->row[k]), label_size, false));
    plot->left += fmin(label, widest_label) + 10;
    plot->bottom -= 36;
    plot->x = mirti_axis_round(0, highest(s), 7);
    double step = (plot->bottom - plot->top) / s->rows;
    for (int32_t k = 1; k < s->rows; k += 2) {
        mirti_plot_ink(plot, MIRTI_INK_BAND);
        cairo_rectangle(plot->cairo, plot->left, plot->top + k * step, plot->right - plot->left,
                        step);
        cairo_fill(plot->cairo);
    }
    snprintf(title, sizeof title, words[strcmp(s->input->language, "en") == 0].x,
             s->input->outcome);
    mirti_plot_axis_x(plot, MIRTI_TICKS_PERCENT, title);
    for (int32_t k = 0; k < s->rows; k++)
        draw_row(plot, s->row[k], plot->top + (k + 0.5) * step);
}

mirti_status mirti_figure_states(const mirti_figure_input *input, mirti_picture_format format,
                                 mirti_text *out, mirti_error *err) {
    const mirti_area_checks *areas = input->validation->areas;
    scene s = {.input = input, .rows = areas->areas};
    s.row = mirti_new((size_t)areas->areas, sizeof *s.row);
    if (!s.row) return mirti_fail_memory(err, "a picture");
    for (int32_t k = 0; k < s.rows; k++) {
        s.row[k] = &areas->area[k];
        s.census = s.census || !isnan(areas->area[k].census);
    }
    qsort(s.row, (size_t)s.rows, sizeof *s.row, by_rate);
    double height = 160 + row_height * fmax(s.rows, 4);
    mirti_status status = mirti_plot_render(660, height, draw, &s, format, out, err);
    mirti_free(s.row);
    return status;
}
