/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small kit for pictures that go into a report: a page with title, subtitle, legend and source, a
 * plotting area with axes, and marks on it. A figure is a function that draws on a page; the kit
 * turns it into PNG or SVG, the same bytes every time.
 *
 * Lengths are points of 1/72 inch, from the upper left corner. What lies on the plotting area is
 * given in the units of its axes. Colours are those of Okabe and Ito (2008), which people with any
 * kind of colour vision tell apart; shape always says the same as colour.
 */
#ifndef MIRTI_PUBLISH_PLOT_H
#define MIRTI_PUBLISH_PLOT_H

#include "mirti/publish.h"

#include <cairo.h>
#include <pango/pangocairo.h>

typedef enum mirti_ink {
    MIRTI_INK_TEXT,
    MIRTI_INK_MUTED, ///< second rank: labels of axes, subtitles
    MIRTI_INK_LINE,  ///< axes and zero lines
    MIRTI_INK_GRID,
    MIRTI_INK_BAND, ///< every other row of a long list
    MIRTI_INK_BLUE,
    MIRTI_INK_ORANGE,
    MIRTI_INK_GREEN
} mirti_ink;

typedef enum mirti_mark {
    MIRTI_MARK_NONE,
    MIRTI_MARK_DOT,
    MIRTI_MARK_RING,
    MIRTI_MARK_DIAMOND,
    MIRTI_MARK_TRIANGLE
} mirti_mark;

/** One direction of the plotting area, and where its labels stand. */
typedef struct mirti_axis {
    double low, high; ///< units at the two ends
    double step;      ///< between ticks, from low
} mirti_axis;

typedef struct mirti_plot {
    cairo_t *cairo;
    PangoLayout *layout;
    double width, height;            ///< of the page
    double left, top, right, bottom; ///< of the plotting area
    mirti_axis x, y;
    bool no_memory; ///< a figure sets it where it could not say all it should
} mirti_plot;

/** Draws a figure on a page. */
typedef void (*mirti_plot_fn)(mirti_plot *plot, const void *context);

/** Makes the picture; appends its bytes to `out`. */
MIRTI_MUST_USE mirti_status mirti_plot_render(double width, double height, mirti_plot_fn draw,
                                              const void *context, mirti_picture_format format,
                                              mirti_text *out, mirti_error *err);

/* -------------------------------------------------------------------------------------- text -- */

/** How a text looks and where it stands around its point. */
typedef struct mirti_lettering {
    double size;
    mirti_ink ink;
    double across;      ///< 0: begins at the point; ½: centred; 1: ends there
    double down;        ///< 0: hangs from the point; ½: centred; 1: stands on it
    double room;        ///< widest line, 0: any; what is longer is wrapped ...
    int lines;          ///< ... to so many lines, 0: any; what is longer still is cut
    bool bold, upright; ///< upright: read from below
    bool on_white;      ///< hides grid and lines beneath
} mirti_lettering;

/** Returns the height that the text takes. */
double mirti_plot_text(mirti_plot *plot, double x, double y, const char *text,
                       const mirti_lettering *how);
double mirti_plot_text_width(mirti_plot *plot, const char *text, double size, bool bold);

/* -------------------------------------------------------------------------------- page, axes -- */

/** An entry of the legend: a mark, a line, or both. */
typedef struct mirti_legend {
    const char *label;
    mirti_mark mark;
    mirti_ink ink;
    bool line, dashed;
} mirti_legend;

/** Title and subtitle at the head, the legend under them, the source at the foot. Leaves what
 * remains, less margins, as plotting area: for the labels of axes move its edges inwards. */
void mirti_plot_page(mirti_plot *plot, const char *title, const char *subtitle,
                     const mirti_legend *legend, int entries, const char *source);

/** An axis that holds low .. high, with about `ticks` ticks at round figures. */
mirti_axis mirti_axis_round(double low, double high, int ticks);
/** How ticks are labelled: as they are, or as per cent. */
typedef enum mirti_tick_format { MIRTI_TICKS_PLAIN, MIRTI_TICKS_PERCENT } mirti_tick_format;
/** Grid lines, tick labels and title of the horizontal and of the vertical axis. */
void mirti_plot_axis_x(mirti_plot *plot, mirti_tick_format format, const char *title);
void mirti_plot_axis_y(mirti_plot *plot, mirti_tick_format format, const char *title);

/** Units of the axes to the page. */
double mirti_plot_x(const mirti_plot *plot, double x);
double mirti_plot_y(const mirti_plot *plot, double y);

/* ------------------------------------------------------------------------------------- marks -- */

void mirti_plot_ink(mirti_plot *plot, mirti_ink ink);
/** A line between two places of the page. */
void mirti_plot_rule(mirti_plot *plot, double x0, double y0, double x1, double y1, mirti_ink ink,
                     double thickness, bool dashed);
/** A curve through points in units of the axes. */
void mirti_plot_curve(mirti_plot *plot, const double *x, const double *y, int64_t count,
                      mirti_ink ink, double thickness, bool dashed);
/** A mark at a place of the page, on white so that it stands out of lines beneath. */
void mirti_plot_mark(mirti_plot *plot, double x, double y, mirti_mark mark, mirti_ink ink,
                     double size);

/* ----------------------------------------------------------------------------------- figures -- */

mirti_status mirti_figure_roc(const mirti_figure_input *input, mirti_picture_format format,
                              mirti_text *out, mirti_error *err);
mirti_status mirti_figure_calibration(const mirti_figure_input *input, mirti_picture_format format,
                                      mirti_text *out, mirti_error *err);
mirti_status mirti_figure_states(const mirti_figure_input *input, mirti_picture_format format,
                                 mirti_text *out, mirti_error *err);
mirti_status mirti_figure_coefficients(const mirti_figure_input *input, mirti_picture_format format,
                                       mirti_text *out, mirti_error *err);
/** The source line of all figures. */
void mirti_figure_source(const mirti_figure_input *input, char *text, size_t size);

#endif
