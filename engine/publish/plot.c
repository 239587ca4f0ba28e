/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text, page, axes and marks: what every figure is put together from. */
#include "plot.h"

#include <math.h>
#include <stdio.h>

static const char font[] = "DejaVu Sans";
static const double margin = 18;
static const double title_size = 15, subtitle_size = 10.5, small_size = 9;

static const struct {
    double red, green, blue;
} colour[] = {
    [MIRTI_INK_TEXT] = {0.13, 0.13, 0.13},    [MIRTI_INK_MUTED] = {0.38, 0.38, 0.38},
    [MIRTI_INK_LINE] = {0.60, 0.60, 0.60},    [MIRTI_INK_GRID] = {0.89, 0.89, 0.89},
    [MIRTI_INK_BAND] = {0.965, 0.965, 0.965}, [MIRTI_INK_BLUE] = {0.0, 0.447, 0.698},
    [MIRTI_INK_ORANGE] = {0.835, 0.369, 0.0}, [MIRTI_INK_GREEN] = {0.0, 0.62, 0.451},
};

void mirti_plot_ink(mirti_plot *plot, mirti_ink ink) {
    cairo_set_source_rgb(plot->cairo, colour[ink].red, colour[ink].green, colour[ink].blue);
}

/* -------------------------------------------------------------------------------------- text -- */

static void set_font(mirti_plot *plot, double size, bool bold) {
    PangoFontDescription *description = pango_font_description_new();
    pango_font_description_set_family_static(description, font);
    pango_font_description_set_absolute_size(description, size * PANGO_SCALE);
    pango_font_description_set_weight(description, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(plot->layout, description);
    pango_font_description_free(description);
}

static void set_lines(mirti_plot *plot, const mirti_lettering *how) {
    pango_layout_set_width(plot->layout, how->room > 0 ? (int)(how->room * PANGO_SCALE) : -1);
    pango_layout_set_ellipsize(plot->layout, how->lines == 0   ? PANGO_ELLIPSIZE_NONE
                                             : how->lines == 1 ? PANGO_ELLIPSIZE_MIDDLE
                                                               : PANGO_ELLIPSIZE_END);
    pango_layout_set_height(plot->layout, how->lines == 0 ? -1 : -how->lines);
    pango_layout_set_alignment(plot->layout, how->across == 0   ? PANGO_ALIGN_LEFT
                                             : how->across == 1 ? PANGO_ALIGN_RIGHT
                                                                : PANGO_ALIGN_CENTER);
}

double mirti_plot_text(mirti_plot *plot, double x, double y, const char *text,
                       const mirti_lettering *how) {
    set_font(plot, how->size, how->bold);
    set_lines(plot, how);
    pango_layout_set_text(plot->layout, text, -1);
    PangoRectangle box;
    pango_layout_get_extents(plot->layout, NULL, &box);
    double width = (double)box.width / PANGO_SCALE, height = (double)box.height / PANGO_SCALE;
    double inset = (double)box.x / PANGO_SCALE; /* of lines that end before a wide box does */
    cairo_save(plot->cairo);
    cairo_translate(plot->cairo, x, y);
    if (how->upright) cairo_rotate(plot->cairo, -G_PI_2);
    if (how->on_white) {
        cairo_set_source_rgb(plot->cairo, 1, 1, 1);
        cairo_rectangle(plot->cairo, -how->across * width - 3, -how->down * height - 2, width + 6,
                        height + 4);
        cairo_fill(plot->cairo);
    }
    mirti_plot_ink(plot, how->ink);
    cairo_move_to(plot->cairo, -how->across * width - inset, -how->down * height);
    pango_cairo_show_layout(plot->cairo, plot->layout);
    cairo_restore(plot->cairo);
    return height;
}

double mirti_plot_text_width(mirti_plot *plot, const char *text, double size, bool bold) {
    set_font(plot, size, bold);
    pango_layout_set_width(plot->layout, -1);
    pango_layout_set_ellipsize(plot->layout, PANGO_ELLIPSIZE_NONE);
    pango_layout_set_text(plot->layout, text, -1);
    PangoRectangle box;
    pango_layout_get_extents(plot->layout, NULL, &box);
    return (double)box.width / PANGO_SCALE;
}

/* -------------------------------------------------------------------------------------- page -- */

/* Entries side by side, on as many lines as they need; returns the height. */
static double draw_legend(mirti_plot *plot, double top, const mirti_legend *legend, int entries) {
    static const double symbol = 26, gap = 18, line = 16;
    double x = margin, y = top + line / 2;
    for (int k = 0; k < entries; k++) {
        double width = symbol + mirti_plot_text_width(plot, legend[k].label, small_size, false);
        if (x > margin && x + width > plot->width - margin) {
            x = margin;
            y += line;
        }
        if (legend[k].line)
            mirti_plot_rule(plot, x, y, x + symbol - 6, y, legend[k].ink, 2, legend[k].dashed);
        mirti_plot_mark(plot, x + (symbol - 6) / 2, y, legend[k].mark, legend[k].ink, 7);
        const mirti_lettering how = {.size = small_size, .ink = MIRTI_INK_TEXT, .down = 0.5};
        mirti_plot_text(plot, x + symbol, y, legend[k].label, &how);
        x += width + gap;
    }
    return entries > 0 ? y + line / 2 - top : 0;
}

void mirti_plot_page(mirti_plot *plot, const char *title, const char *subtitle,
                     const mirti_legend *legend, int entries, const char *source) {
    double room = plot->width - 2 * margin, y = margin;
    mirti_lettering how = {.size = title_size, .ink = MIRTI_INK_TEXT, .room = room, .bold = true};
    y += mirti_plot_text(plot, margin, y, title, &how) + 4;
    how = (mirti_lettering){.size = subtitle_size, .ink = MIRTI_INK_MUTED, .room = room};
    y += mirti_plot_text(plot, margin, y, subtitle, &how) + 8;
    y += draw_legend(plot, y, legend, entries);
    how = (mirti_lettering){.size = small_size, .ink = MIRTI_INK_MUTED, .room = room, .down = 1};
    double foot = mirti_plot_text(plot, margin, plot->height - margin + 4, source, &how);
    plot->left = margin;
    plot->right = plot->width - margin;
    plot->top = y + 10;
    plot->bottom = plot->height - margin - foot - 4;
}

/* -------------------------------------------------------------------------------------- axes -- */

mirti_axis mirti_axis_round(double low, double high, int ticks) {
    static const double steps[] = {1, 2, 2.5, 5, 10};
    double span = high > low ? high - low : 1, power = 1;
    while (power * ticks > span)
        power /= 10;
    while (10 * power * ticks < span)
        power *= 10;
    mirti_axis axis = {.step = 10 * power};
    for (int k = 0; k < 5; k++) {
        if (steps[k] * power * ticks < span * (1 - 1e-9)) continue;
        axis.step = steps[k] * power;
        break;
    }
    axis.low = floor(low / axis.step + 1e-9) * axis.step;
    axis.high = ceil(high / axis.step - 1e-9) * axis.step;
    return axis;
}

double mirti_plot_x(const mirti_plot *plot, double x) {
    return plot->left +
           (x - plot->x.low) / (plot->x.high - plot->x.low) * (plot->right - plot->left);
}

double mirti_plot_y(const mirti_plot *plot, double y) {
    return plot->bottom -
           (y - plot->y.low) / (plot->y.high - plot->y.low) * (plot->bottom - plot->top);
}

/* A tick's label with as many decimals as the step needs. */
static void tick_label(double value, double step, mirti_tick_format format, char *label,
                       size_t size) {
    char number[352];
    double scale = format == MIRTI_TICKS_PERCENT ? 100 : 1;
    int decimals = 0;
    double rest = step * scale;
    while (decimals < 6 && fabs(rest - round(rest)) > 1e-6) {
        rest *= 10;
        decimals++;
    }
    mirti_number_print_fixed(value * scale, decimals, number);
    snprintf(label, size, "%.40s%s", number, format == MIRTI_TICKS_PERCENT ? " %" : "");
}

/* Ticks are counted, not added up: the last one is where it belongs. */
static int tick_count(const mirti_axis *axis) {
    return 1 + (int)floor((axis->high - axis->low) / axis->step + 1e-6);
}

void mirti_plot_axis_x(mirti_plot *plot, mirti_tick_format format, const char *title) {
    mirti_lettering how = {.size = small_size, .ink = MIRTI_INK_MUTED, .across = 0.5};
    for (int k = 0; k < tick_count(&plot->x); k++) {
        double value = plot->x.low + k * plot->x.step, x = mirti_plot_x(plot, value);
        char label[64];
        tick_label(value, plot->x.step, format, label, sizeof label);
        mirti_plot_rule(plot, x, plot->top, x, plot->bottom, MIRTI_INK_GRID, 1, false);
        mirti_plot_text(plot, x, plot->bottom + 5, label, &how);
    }
    mirti_plot_rule(plot, plot->left, plot->bottom, plot->right, plot->bottom, MIRTI_INK_LINE, 1,
                    false);
    how.size = subtitle_size - 0.5;
    mirti_plot_text(plot, (plot->left + plot->right) / 2, plot->bottom + 20, title, &how);
}

void mirti_plot_axis_y(mirti_plot *plot, mirti_tick_format format, const char *title) {
    mirti_lettering how = {.size = small_size, .ink = MIRTI_INK_MUTED, .across = 1, .down = 0.5};
    for (int k = 0; k < tick_count(&plot->y); k++) {
        double value = plot->y.low + k * plot->y.step, y = mirti_plot_y(plot, value);
        char label[64];
        tick_label(value, plot->y.step, format, label, sizeof label);
        mirti_plot_rule(plot, plot->left, y, plot->right, y, MIRTI_INK_GRID, 1, false);
        mirti_plot_text(plot, plot->left - 6, y, label, &how);
    }
    mirti_plot_rule(plot, plot->left, plot->top, plot->left, plot->bottom, MIRTI_INK_LINE, 1,
                    false);
    how = (mirti_lettering){.size = subtitle_size - 0.5,
                            .ink = MIRTI_INK_MUTED,
                            .across = 0.5,
                            .down = 0.5,
                            .upright = true};
    mirti_plot_text(plot, margin + 6, (plot->top + plot->bottom) / 2, title, &how);
}

/* ------------------------------------------------------------------------------------- marks -- */

static void set_dashes(mirti_plot *plot, bool dashed) {
    static const double dash[] = {5, 3};
    cairo_set_dash(plot->cairo, dash, dashed ? 2 : 0, 0);
}

void mirti_plot_rule(mirti_plot *plot, double x0, double y0, double x1, double y1, mirti_ink ink,
                     double thickness, bool dashed) {
    mirti_plot_ink(plot, ink);
    set_dashes(plot, dashed);
    cairo_set_line_width(plot->cairo, thickness);
    cairo_move_to(plot->cairo, x0, y0);
    cairo_line_to(plot->cairo, x1, y1);
    cairo_stroke(plot->cairo);
}

void mirti_plot_curve(mirti_plot *plot, const double *x, const double *y, int64_t count,
                      mirti_ink ink, double thickness, bool dashed) {
    if (count == 0) return;
    mirti_plot_ink(plot, ink);
    set_dashes(plot, dashed);
    cairo_set_line_width(plot->cairo, thickness);
    cairo_set_line_join(plot->cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_move_to(plot->cairo, mirti_plot_x(plot, x[0]), mirti_plot_y(plot, y[0]));
    for (int64_t k = 1; k < count; k++)
        cairo_line_to(plot->cairo, mirti_plot_x(plot, x[k]), mirti_plot_y(plot, y[k]));
    cairo_stroke(plot->cairo);
}

static void outline(cairo_t *cairo, double x, double y, mirti_mark mark, double size) {
    double r = size / 2;
    cairo_new_path(cairo);
    if (mark == MIRTI_MARK_DOT || mark == MIRTI_MARK_RING) {
        cairo_arc(cairo, x, y, r, 0, 2 * G_PI);
        return;
    }
    double wide = mark == MIRTI_MARK_DIAMOND ? 1.15 * r : 1.1 * r;
    cairo_move_to(cairo, x, y - 1.15 * r);
    if (mark == MIRTI_MARK_DIAMOND) {
        cairo_line_to(cairo, x + wide, y);
        cairo_line_to(cairo, x, y + 1.15 * r);
        cairo_line_to(cairo, x - wide, y);
    } else {
        cairo_line_to(cairo, x + wide, y + 0.9 * r);
        cairo_line_to(cairo, x - wide, y + 0.9 * r);
    }
    cairo_close_path(cairo);
}

void mirti_plot_mark(mirti_plot *plot, double x, double y, mirti_mark mark, mirti_ink ink,
                     double size) {
    if (mark == MIRTI_MARK_NONE) return;
    bool hollow = mark == MIRTI_MARK_RING;
    outline(plot->cairo, x, y, mark, size);
    set_dashes(plot, false);
    cairo_set_source_rgb(plot->cairo, 1, 1, 1);
    if (hollow) {
        cairo_fill_preserve(plot->cairo);
    } else { /* a thin white rim */
        cairo_set_line_width(plot->cairo, 1.6);
        cairo_stroke_preserve(plot->cairo);
    }
    mirti_plot_ink(plot, ink);
    cairo_set_line_width(plot->cairo, 1.5);
    if (hollow)
        cairo_stroke(plot->cairo);
    else
        cairo_fill(plot->cairo);
}
