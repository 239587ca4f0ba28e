/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a drawing to the bytes of a PNG (two pixels a point) or SVG (letters as outlines, so that it
 * looks the same where the font is missing). Neither holds a date. Cairo names SVG surfaces by a
 * counter of the whole process; these names are numbered anew, so that the same picture is the same
 * bytes whatever was drawn before. Fontconfig finds the font, and reads its own configuration.
 */
#include "plot.h"

#include <cairo-svg.h>
#include <ctype.h>
#include <string.h>

enum { PIXELS_A_POINT = 2 };

static cairo_status_t append(void *context, const unsigned char *data, unsigned int size) {
    mirti_text *out = context;
    mirti_text_add(out, (const char *)data, size);
    return out->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

/* Letters without hinting: their shapes and places do not depend on the machine's settings. */
static void open_page(mirti_plot *plot, cairo_surface_t *surface) {
    plot->cairo = cairo_create(surface);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    PangoFontMap *fonts = pango_cairo_font_map_new(); /* not the one that the process shares */
    PangoContext *context = pango_font_map_create_context(fonts);
    plot->layout = pango_layout_new(context);
    pango_cairo_context_set_font_options(context, options);
    pango_cairo_context_set_resolution(context, 72);
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_context_set_language(context, pango_language_from_string("es"));
    pango_layout_context_changed(plot->layout);
    g_object_unref(context);
    g_object_unref(fonts);
    cairo_font_options_destroy(options);
}

static void draw_page(mirti_plot *plot, cairo_surface_t *surface, double scale, mirti_plot_fn draw,
                      const void *context) {
    open_page(plot, surface);
    cairo_scale(plot->cairo, scale, scale);
    cairo_set_source_rgb(plot->cairo, 1, 1, 1);
    cairo_paint(plot->cairo);
    draw(plot, context);
    g_object_unref(plot->layout);
    cairo_destroy(plot->cairo);
}

static cairo_status_t render_png(mirti_plot *plot, mirti_plot_fn draw, const void *context,
                                 mirti_text *out) {
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(plot->width * PIXELS_A_POINT),
                                   (int)(plot->height * PIXELS_A_POINT));
    draw_page(plot, surface, PIXELS_A_POINT, draw, context);
    cairo_status_t status = cairo_surface_status(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png_stream(surface, append, out);
    cairo_surface_destroy(surface);
    return status;
}

/* `surface12` becomes `page`: a document has one. */
static void rename_surface(const mirti_text *svg, mirti_text *out) {
    static const char counted[] = "\"surface";
    const size_t length = sizeof counted - 1;
    const char *from = svg->data, *place;
    while ((place = strstr(from, counted)) != NULL) {
        mirti_text_add(out, from, (size_t)(place - from));
        mirti_text_puts(out, "\"page");
        from = place + length;
        while (isdigit((unsigned char)*from))
            from++;
    }
    mirti_text_puts(out, from);
}

static cairo_status_t render_svg(mirti_plot *plot, mirti_plot_fn draw, const void *context,
                                 mirti_text *out) {
    mirti_text svg = {0};
    cairo_surface_t *surface =
        cairo_svg_surface_create_for_stream(append, &svg, plot->width, plot->height);
    draw_page(plot, surface, 1, draw, context);
    cairo_surface_finish(surface);
    cairo_status_t status = cairo_surface_status(surface);
    if (svg.failed) status = CAIRO_STATUS_NO_MEMORY;
    if (status == CAIRO_STATUS_SUCCESS && svg.data) rename_surface(&svg, out);
    cairo_surface_destroy(surface);
    mirti_text_reset(&svg);
    return status;
}

mirti_status mirti_plot_render(double width, double height, mirti_plot_fn draw, const void *context,
                               mirti_picture_format format, mirti_text *out, mirti_error *err) {
    mirti_plot plot = {.width = width, .height = height};
    cairo_status_t status = format == MIRTI_PICTURE_PNG ? render_png(&plot, draw, context, out)
                                                        : render_svg(&plot, draw, context, out);
    if (out->failed || plot.no_memory || status == CAIRO_STATUS_NO_MEMORY)
        return mirti_fail_memory(err, "a picture");
    if (status == CAIRO_STATUS_SUCCESS) return MIRTI_OK;
    return mirti_fail(err, MIRTI_ERROR_INTERNAL, "a picture could not be drawn: %s",
                      cairo_status_to_string(status));
}
