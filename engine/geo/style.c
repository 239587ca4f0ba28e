/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the map looks like before anybody touches it. Its legend is read in meetings, so it says
 * the range of risk behind each level and how many areas are in it; its colours run from light to
 * dark, so that more risk is more ink in print, in grey, and for every eye.
 */
#include "style.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const uint32_t NO_DATA = 0xD3D6DA;

uint32_t mirti_geo_level_colour(int level, int levels) {
    /* From parchment to dark wine; lightness falls in nearly equal steps. */
    static const uint32_t ramp[] = {0xFCEBCF, 0xF8C08A, 0xE98A57, 0xC24A3F, 0x7C1630};
    enum { STEPS = sizeof ramp / sizeof *ramp - 1 };
    if (levels < 2) return ramp[STEPS / 2];
    double place = (double)level / (double)(levels - 1) * STEPS;
    int step = (int)place < STEPS ? (int)place : STEPS - 1;
    uint32_t colour = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        double from = (double)((ramp[step] >> shift) & 0xFF);
        double to = (double)((ramp[step + 1] >> shift) & 0xFF);
        colour |= (uint32_t)lround(from + (place - step) * (to - from)) << shift;
    }
    return colour;
}

/* ------------------------------------------------------------------------------ the legend -- */

/* Lowest and highest risk among the areas of each level, and their number. */
typedef struct spread {
    double low, high;
    int64_t count;
} spread;

static void spread_of(const mirti_results *results, spread *of) {
    for (int k = 0; k < results->levels; k++)
        of[k] = (spread){INFINITY, -INFINITY, 0};
    for (int64_t i = 0; i < results->count; i++) {
        int k = results->level[i];
        if (k < 0 || k >= results->levels) continue;
        of[k].count++;
        of[k].low = fmin(of[k].low, results->risk[i]);
        of[k].high = fmax(of[k].high, results->risk[i]);
    }
}

/* Levels of the number at risk, or levels within each state, overlap in risk: then a range of risk
 * would be a wrong promise. */
static bool ranges_part(const spread *of, int levels) {
    double below = -INFINITY;
    for (int k = 0; k < levels; k++) {
        if (of[k].count == 0) continue;
        if (of[k].low <= below) return false;
        below = of[k].high;
    }
    return true;
}

static void level_label(const char *name, const spread *of, bool with_range, char label[160]) {
    char low[352], high[352], initial = name[0];
    if (initial >= 'a' && initial <= 'z') initial = (char)(initial - 'a' + 'A');
    const char *rest = name[0] ? name + 1 : "";
    if (!with_range || of->count == 0) {
        snprintf(label, 160, "%c%.96s (%lld)", initial, rest, (long long)of->count);
        return;
    }
    mirti_number_print_fixed(100.0 * of->low, 1, low);
    mirti_number_print_fixed(100.0 * of->high, 1, high);
    snprintf(label, 160, "%c%.96s: %.8s–%.8s %% (%lld)", initial, rest, low, high,
             (long long)of->count);
}

void mirti_geo_legend_make(const mirti_layer *layer, const char *language, mirti_geo_legend *out) {
    const mirti_results *results = layer->results;
    spread of[MIRTI_GEO_LEGEND_ROOM];
    *out = (mirti_geo_legend){0};
    int levels = results->levels < MIRTI_GEO_LEGEND_ROOM ? results->levels : 0;
    spread_of(results, of);
    bool with_range = ranges_part(of, levels);
    int64_t classed = 0;
    for (int k = levels - 1; k >= 0; k--) {
        mirti_geo_class *entry = &out->entry[out->count++];
        entry->value = results->level_name[k];
        entry->colour = mirti_geo_level_colour(k, levels);
        level_label(results->level_name[k], &of[k], with_range, entry->label);
        classed += of[k].count;
    }
    int64_t rows = results->count + (layer->join ? layer->join->unmatched_features : 0);
    if (classed == rows && levels > 0) return;
    mirti_geo_class *entry = &out->entry[out->count++];
    entry->colour = NO_DATA;
    snprintf(entry->label, sizeof entry->label, "%s (%lld)",
             mirti_geo_spanish(language) ? "Sin dato" : "No data", (long long)(rows - classed));
}

/* -------------------------------------------------------------------------------------- xml -- */

static void escaped(mirti_text *out, const char *text) {
    for (; *text; text++) {
        switch (*text) {
        case '&': mirti_text_puts(out, "&amp;"); break;
        case '<': mirti_text_puts(out, "&lt;"); break;
        case '>': mirti_text_puts(out, "&gt;"); break;
        case '"': mirti_text_puts(out, "&quot;"); break;
        case '\t':
        case '\n':
        case '\r': mirti_text_printf(out, "&#%d;", *text); break;
        default:
            /* Other control characters do not exist in XML 1.0. */
            if ((unsigned char)*text >= 0x20) mirti_text_add(out, text, 1);
        }
    }
}

/* One property of a symbol, as QGIS 3.22 and later read it and as those before did. */
typedef struct property {
    const char *key, *value;
} property;

static void symbol_layer(mirti_text *out, const char *class, const property *list, size_t count) {
    mirti_text_printf(out, "   <layer class=\"%s\" enabled=\"1\" locked=\"0\" pass=\"0\">\n",
                      class);
    mirti_text_puts(out, "    <Option type=\"Map\">\n");
    for (size_t i = 0; i < count; i++)
        mirti_text_printf(out, "     <Option type=\"QString\" name=\"%s\" value=\"%s\"/>\n",
                          list[i].key, list[i].value);
    mirti_text_puts(out, "    </Option>\n");
    for (size_t i = 0; i < count; i++)
        mirti_text_printf(out, "    <prop k=\"%s\" v=\"%s\"/>\n", list[i].key, list[i].value);
    mirti_text_puts(out, "   </layer>\n");
}

/* «r,g,b,255» of a colour moved by `share` towards another. */
static void rgba(uint32_t colour, uint32_t towards, double share, char out[24]) {
    unsigned part[3];
    for (int i = 0; i < 3; i++) {
        double from = (double)(colour >> (16 - 8 * i) & 0xFF);
        double to = (double)(towards >> (16 - 8 * i) & 0xFF);
        part[i] = (unsigned)lround(from + share * (to - from));
    }
    snprintf(out, 24, "%u,%u,%u,255", part[0] & 0xFF, part[1] & 0xFF, part[2] & 0xFF);
}

/* Borders must show between two areas of the same level without darkening a country of small
 * ones: a shade darker than a light fill, a shade lighter than a dark one. */
static void border_of(uint32_t colour, char out[24]) {
    bool dark = (colour >> 8 & 0xFF) < 0x60;
    rgba(colour, dark ? 0xFFFFFF : 0x5A2A1C, 0.3, out);
}

static void symbol(mirti_text *out, int number, uint32_t colour, bool points) {
    char fill[24], border[24];
    rgba(colour, colour, 0.0, fill);
    border_of(colour, border);
    mirti_text_printf(out,
                      "  <symbol type=\"%s\" name=\"%d\" alpha=\"1\" clip_to_extent=\"1\" "
                      "force_rhr=\"0\">\n",
                      points ? "marker" : "fill", number);
    if (points) {
        const property marker[] = {{"color", fill},           {"name", "circle"},
                                   {"size", "1.8"},           {"size_unit", "MM"},
                                   {"outline_color", border}, {"outline_style", "solid"},
                                   {"outline_width", "0.12"}, {"outline_width_unit", "MM"}};
        symbol_layer(out, "SimpleMarker", marker, sizeof marker / sizeof *marker);
    } else {
        const property area[] = {{"color", fill},           {"style", "solid"},
                                 {"outline_color", border}, {"outline_style", "solid"},
                                 {"outline_width", "0.09"}, {"outline_width_unit", "MM"},
                                 {"joinstyle", "round"}};
        symbol_layer(out, "SimpleFill", area, sizeof area / sizeof *area);
    }
    mirti_text_puts(out, "  </symbol>\n");
}

static void renderer(mirti_text *out, const mirti_geo_legend *legend, bool points) {
    mirti_text_puts(out, " <renderer-v2 type=\"categorizedSymbol\" attr=\"level\" "
                         "symbollevels=\"0\" forceraster=\"0\" enableorderby=\"0\" "
                         "referencescale=\"-1\">\n  <categories>\n");
    for (int i = 0; i < legend->count; i++) {
        mirti_text_puts(out, "   <category render=\"true\" value=\"");
        if (legend->entry[i].value) escaped(out, legend->entry[i].value);
        mirti_text_printf(out, "\" symbol=\"%d\" label=\"", i);
        escaped(out, legend->entry[i].label);
        mirti_text_puts(out, "\"/>\n");
    }
    mirti_text_puts(out, "  </categories>\n  <symbols>\n");
    for (int i = 0; i < legend->count; i++)
        symbol(out, i, legend->entry[i].colour, points);
    mirti_text_puts(out, "  </symbols>\n  <rotation/>\n  <sizescale/>\n </renderer-v2>\n");
}

/* Names, once one is near enough to read them. */
static void labels(mirti_text *out, bool points) {
    mirti_text_printf(
        out,
        " <labeling type=\"simple\">\n  <settings>\n"
        "   <text-style fieldName=\"name\" isExpression=\"0\" fontSize=\"7\" "
        "fontSizeUnit=\"Point\" "
        "textColor=\"45,35,35,255\" textOpacity=\"1\">\n"
        "    <text-buffer bufferDraw=\"1\" bufferSize=\"0.6\" bufferSizeUnits=\"MM\" "
        "bufferColor=\"255,255,255,255\" bufferOpacity=\"0.8\"/>\n   </text-style>\n"
        "   <placement placement=\"%d\" dist=\"0.5\" distUnits=\"MM\" priority=\"5\"/>\n"
        "   <rendering drawLabels=\"1\" scaleVisibility=\"1\" scaleMin=\"1\" scaleMax=\"%d\" "
        "obstacle=\"1\" fontMinPixelSize=\"3\" fontMaxPixelSize=\"10000\" limitNumLabels=\"0\" "
        "maxNumLabels=\"2000\"/>\n  </settings>\n </labeling>\n",
        points ? 6 : 1, points ? 150000 : 1000000);
}

/* What a click or a pause over an area tells. */
static void map_tip(mirti_text *out, bool spanish) {
    static const char es[] =
        "<b>[% \"name\" %]</b>[% coalesce(', ' || \"parent_name\", '') %] ([% \"code\" %])<br>"
        "[% if(\"risk\" is null, 'Sin dato: ' || coalesce(\"quality\", ''), "
        "'Riesgo ' || \"level\" || ': ' || format_number(100 * \"risk\", 1) || ' %' || "
        "coalesce(' (' || format_number(100 * \"risk_lo\", 1) || ' a ' || "
        "format_number(100 * \"risk_hi\", 1) || ' %)', '')) %]<br>"
        "[% coalesce('Lugar ' || \"rank\" || ', ' || format_number(\"at_risk\", 0) || ' de ' || "
        "format_number(\"children\", 0) || ' en riesgo', '') %]";
    static const char en[] =
        "<b>[% \"name\" %]</b>[% coalesce(', ' || \"parent_name\", '') %] ([% \"code\" %])<br>"
        "[% if(\"risk\" is null, 'No data: ' || coalesce(\"quality\", ''), "
        "'Risk ' || \"level\" || ': ' || format_number(100 * \"risk\", 1) || ' %' || "
        "coalesce(' (' || format_number(100 * \"risk_lo\", 1) || ' to ' || "
        "format_number(100 * \"risk_hi\", 1) || ' %)', '')) %]<br>"
        "[% coalesce('Rank ' || \"rank\" || ', ' || format_number(\"at_risk\", 0) || ' of ' || "
        "format_number(\"children\", 0) || ' at risk', '') %]";
    mirti_text_puts(out, " <mapTip>");
    escaped(out, spanish ? es : en);
    mirti_text_puts(out, "</mapTip>\n");
}

static void aliases(mirti_text *out, bool spanish) {
    int count;
    const mirti_output_column *column = mirti_output_columns(&count);
    mirti_text_puts(out, " <aliases>\n");
    for (int i = 0; i < count; i++) {
        const char *alias = spanish ? column[i].alias_es : column[i].alias_en;
        mirti_text_printf(out, "  <alias index=\"%d\" field=\"%s\" name=\"", i + 1, column[i].name);
        escaped(out, alias ? alias : column[i].name);
        mirti_text_puts(out, "\"/>\n");
    }
    mirti_text_puts(out, " </aliases>\n");
}

void mirti_geo_style_qml(const mirti_geo_legend *legend, const char *language, bool points,
                         mirti_text *out) {
    bool spanish = mirti_geo_spanish(language);
    mirti_text_puts(out, "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
                         "<qgis version=\"3.22.0\" labelsEnabled=\"1\" readOnly=\"0\" "
                         "simplifyDrawingHints=\"1\" simplifyLocal=\"1\" simplifyDrawingTol=\"1\" "
                         "simplifyAlgorithm=\"0\" simplifyMaxScale=\"1\">\n");
    renderer(out, legend, points);
    labels(out, points);
    mirti_text_puts(out, " <blendMode>0</blendMode>\n <featureBlendMode>0</featureBlendMode>\n"
                         " <layerOpacity>1</layerOpacity>\n"
                         " <legend type=\"default-vector\" showLabelLegend=\"0\"/>\n");
    aliases(out, spanish);
    mirti_text_puts(out, " <previewExpression>\"name\"</previewExpression>\n");
    map_tip(out, spanish);
    mirti_text_printf(out, " <layerGeometryType>%d</layerGeometryType>\n</qgis>\n", points ? 0 : 2);
}

/* -------------------------------------------------------------------------------------- sld -- */

static void sld_filter(mirti_text *out, const char *value) {
    mirti_text_puts(out, "     <ogc:Filter>");
    if (value) {
        mirti_text_puts(out, "<ogc:PropertyIsEqualTo><ogc:PropertyName>level</ogc:PropertyName>"
                             "<ogc:Literal>");
        escaped(out, value);
        mirti_text_puts(out, "</ogc:Literal></ogc:PropertyIsEqualTo>");
    } else {
        mirti_text_puts(out, "<ogc:PropertyIsNull><ogc:PropertyName>level</ogc:PropertyName>"
                             "</ogc:PropertyIsNull>");
    }
    mirti_text_puts(out, "</ogc:Filter>\n");
}

static void sld_symbolizer(mirti_text *out, uint32_t colour, bool points) {
    if (points) {
        mirti_text_printf(out,
                          "     <se:PointSymbolizer><se:Graphic><se:Mark>"
                          "<se:WellKnownName>circle</se:WellKnownName><se:Fill>"
                          "<se:SvgParameter name=\"fill\">#%06x</se:SvgParameter></se:Fill>"
                          "<se:Stroke><se:SvgParameter name=\"stroke\">#3c3c3c</se:SvgParameter>"
                          "<se:SvgParameter name=\"stroke-width\">0.4</se:SvgParameter>"
                          "</se:Stroke></se:Mark><se:Size>6</se:Size></se:Graphic>"
                          "</se:PointSymbolizer>\n",
                          (unsigned)colour);
        return;
    }
    mirti_text_printf(out,
                      "     <se:PolygonSymbolizer><se:Fill>"
                      "<se:SvgParameter name=\"fill\">#%06x</se:SvgParameter></se:Fill>"
                      "<se:Stroke><se:SvgParameter name=\"stroke\">#5c4033</se:SvgParameter>"
                      "<se:SvgParameter name=\"stroke-opacity\">0.35</se:SvgParameter>"
                      "<se:SvgParameter name=\"stroke-width\">0.25</se:SvgParameter>"
                      "</se:Stroke></se:PolygonSymbolizer>\n",
                      (unsigned)colour);
}

void mirti_geo_style_sld(const mirti_geo_legend *legend, const char *layer, const char *title,
                         bool points, mirti_text *out) {
    mirti_text_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                         "<StyledLayerDescriptor xmlns=\"http://www.opengis.net/sld\" "
                         "xmlns:ogc=\"http://www.opengis.net/ogc\" "
                         "xmlns:se=\"http://www.opengis.net/se\" "
                         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                         "xsi:schemaLocation=\"http://www.opengis.net/sld "
                         "http://schemas.opengis.net/sld/1.1.0/StyledLayerDescriptor.xsd\" "
                         "version=\"1.1.0\">\n <NamedLayer>\n  <se:Name>");
    escaped(out, layer);
    mirti_text_puts(out, "</se:Name>\n  <UserStyle>\n   <se:Name>");
    escaped(out, layer);
    mirti_text_puts(out, "</se:Name>\n   <se:Description><se:Title>");
    escaped(out, title);
    mirti_text_puts(out, "</se:Title></se:Description>\n   <se:FeatureTypeStyle>\n");
    for (int i = 0; i < legend->count; i++) {
        mirti_text_puts(out, "    <se:Rule>\n     <se:Name>");
        escaped(out, legend->entry[i].label);
        mirti_text_puts(out, "</se:Name>\n     <se:Description><se:Title>");
        escaped(out, legend->entry[i].label);
        mirti_text_puts(out, "</se:Title></se:Description>\n");
        sld_filter(out, legend->entry[i].value);
        sld_symbolizer(out, legend->entry[i].colour, points);
        mirti_text_puts(out, "    </se:Rule>\n");
    }
    mirti_text_puts(out, "   </se:FeatureTypeStyle>\n  </UserStyle>\n </NamedLayer>\n"
                         "</StyledLayerDescriptor>\n");
}
