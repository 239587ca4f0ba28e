/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the map looks like in QGIS before anybody touches it: QGIS's own style document (QML), which
 * a GeoPackage carries in its table layer_styles. Levels in colours from light to dark, so that
 * more risk is more ink in print, in grey, and for every eye; thin borders; names once one is
 * near; field names as a person would say them; and a few words when the pointer rests on an area.
 */
#include <math.h>
#include <stdio.h>

#include "style.h"

/* One property of a symbol, as QGIS 3.22 and later read it and as those before did. */
typedef struct property {
    const char *key, *value;
} property;

static void properties(mirti_text *out, const property *list, size_t count) {
    mirti_text_puts(out, "    <Option type=\"Map\">\n");
    for (size_t i = 0; i < count; i++)
        mirti_text_printf(out, "     <Option type=\"QString\" name=\"%s\" value=\"%s\"/>\n",
                          list[i].key, list[i].value);
    mirti_text_puts(out, "    </Option>\n");
    for (size_t i = 0; i < count; i++)
        mirti_text_printf(out, "    <prop k=\"%s\" v=\"%s\"/>\n", list[i].key, list[i].value);
}

static void begin_layer(mirti_text *out, const char *class) {
    mirti_text_printf(out, "   <layer class=\"%s\" enabled=\"1\" locked=\"0\" pass=\"0\">\n",
                      class);
}

static void end_layer(mirti_text *out) {
    mirti_text_puts(out, "   </layer>\n");
}

static void begin_symbol(mirti_text *out, const char *type, const char *name) {
    mirti_text_printf(out,
                      "  <symbol type=\"%s\" name=\"%s\" alpha=\"1\" clip_to_extent=\"1\" "
                      "force_rhr=\"0\">\n",
                      type, name);
}

static void end_symbol(mirti_text *out) {
    mirti_text_puts(out, "  </symbol>\n");
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

/* Places without a level are many and small: they must not drown the others. */
static void marker_layer(mirti_text *out, const mirti_geo_class *entry) {
    uint32_t colour = entry->colour;
    char fill[24], border[24];
    rgba(colour, colour, 0.0, fill);
    border_of(colour, border);
    const property marker[] = {{"color", fill},
                               {"name", "circle"},
                               {"size", entry->value ? "1.6" : "0.8"},
                               {"size_unit", "MM"},
                               {"outline_color", border},
                               {"outline_style", "solid"},
                               {"outline_width", "0.12"},
                               {"outline_width_unit", "MM"}};
    begin_layer(out, "SimpleMarker");
    properties(out, marker, sizeof marker / sizeof *marker);
    end_layer(out);
}

static void fill_layer(mirti_text *out, uint32_t colour) {
    char fill[24], border[24];
    rgba(colour, colour, 0.0, fill);
    border_of(colour, border);
    const property area[] = {{"color", fill},           {"style", "solid"},
                             {"outline_color", border}, {"outline_style", "solid"},
                             {"outline_width", "0.09"}, {"outline_width_unit", "MM"},
                             {"joinstyle", "round"}};
    begin_layer(out, "SimpleFill");
    properties(out, area, sizeof area / sizeof *area);
    end_layer(out);
}

/* A mark in the middle of an area that is too small to be seen: from far, a town with a polygon
 * looks like one that is only a point. */
static void centre_layer(mirti_text *out, const mirti_geo_class *entry, const char *symbol_name) {
    char name[32];
    const property centre[] = {{"point_on_surface", "1"}, {"point_on_all_parts", "0"}};
    snprintf(name, sizeof name, "@%s@1", symbol_name);
    begin_layer(out, "CentroidFill");
    properties(out, centre, sizeof centre / sizeof *centre);
    mirti_text_puts(out, "    <data_defined_properties>\n     <Option type=\"Map\">\n"
                         "      <Option type=\"QString\" name=\"name\" value=\"\"/>\n"
                         "      <Option type=\"Map\" name=\"properties\">\n"
                         "       <Option type=\"Map\" name=\"enabled\">\n"
                         "        <Option type=\"bool\" name=\"active\" value=\"true\"/>\n"
                         "        <Option type=\"QString\" name=\"expression\" "
                         "value=\"@map_scale &gt; 200000\"/>\n"
                         "        <Option type=\"int\" name=\"type\" value=\"3\"/>\n"
                         "       </Option>\n      </Option>\n"
                         "      <Option type=\"QString\" name=\"type\" value=\"collection\"/>\n"
                         "     </Option>\n    </data_defined_properties>\n");
    begin_symbol(out, "marker", name);
    marker_layer(out, entry);
    end_symbol(out);
    end_layer(out);
}

/* The number of a symbol as its name; those of points come after those of areas. */
static void symbols(mirti_text *out, const mirti_geo_legend *legend, mirti_geo_shape shape) {
    char name[16];
    int number = 0;
    mirti_text_puts(out, "  <symbols>\n");
    for (int i = 0; i < legend->count && shape != MIRTI_GEO_POINTS; i++) {
        snprintf(name, sizeof name, "%d", number++);
        begin_symbol(out, "fill", name);
        fill_layer(out, legend->entry[i].colour);
        if (shape == MIRTI_GEO_BOTH) centre_layer(out, &legend->entry[i], name);
        end_symbol(out);
    }
    for (int i = 0; i < legend->count && shape != MIRTI_GEO_AREAS; i++) {
        snprintf(name, sizeof name, "%d", number++);
        begin_symbol(out, "marker", name);
        marker_layer(out, &legend->entry[i]);
        end_symbol(out);
    }
    mirti_text_puts(out, "  </symbols>\n");
}

static void categories(mirti_text *out, const mirti_geo_legend *legend, mirti_geo_shape shape) {
    mirti_text_printf(out,
                      " <renderer-v2 type=\"categorizedSymbol\" attr=\"%s\" "
                      "symbollevels=\"0\" forceraster=\"0\" enableorderby=\"0\" "
                      "referencescale=\"-1\">\n  <categories>\n",
                      legend->column);
    for (int i = 0; i < legend->count; i++) {
        mirti_text_puts(out, "   <category render=\"true\" value=\"");
        if (legend->entry[i].value) mirti_geo_xml_escape(out, legend->entry[i].value);
        mirti_text_printf(out, "\" symbol=\"%d\" label=\"", i);
        mirti_geo_xml_escape(out, legend->entry[i].label);
        mirti_text_puts(out, "\"/>\n");
    }
    mirti_text_puts(out, "  </categories>\n");
    symbols(out, legend, shape);
    mirti_text_puts(out, "  <rotation/>\n  <sizescale/>\n </renderer-v2>\n");
}

/* `"level" = 'alto'`, quotes doubled as QGIS's expressions want it, or `"level" IS NULL`. */
static void level_filter(mirti_text *out, const char *value) {
    mirti_text text = {0};
    mirti_text_puts(&text, value ? "\"level\" = '" : "\"level\" IS NULL");
    for (const char *c = value; c && *c; c++) {
        if (*c == '\'') mirti_text_add(&text, "'", 1);
        mirti_text_add(&text, c, 1);
    }
    if (value) mirti_text_puts(&text, "'");
    if (text.failed)
        out->failed = true;
    else
        mirti_geo_xml_escape(out, text.data);
    mirti_text_reset(&text);
}

/* A layer of areas and points: QGIS shows each kind as a layer of its own, both with this style,
 * and a symbol is for one kind only. Rules choose by the area of the geometry, which
 * points have none of. */
static void rules(mirti_text *out, const mirti_geo_legend *legend, bool spanish) {
    static const struct {
        const char *filter, *es, *en;
    } kinds[] = {{"area($geometry) &gt; 0", "Con polígono", "With a polygon"},
                 {"area($geometry) IS NULL", "Como punto", "As a point"}};
    mirti_text_puts(out, " <renderer-v2 type=\"RuleRenderer\" symbollevels=\"0\" forceraster=\"0\" "
                         "enableorderby=\"0\" referencescale=\"-1\">\n  <rules key=\"{root}\">\n");
    for (int k = 0; k < 2; k++) {
        mirti_text_printf(out, "   <rule key=\"{kind-%d}\" filter=\"%s\" label=\"%s\">\n", k,
                          kinds[k].filter, spanish ? kinds[k].es : kinds[k].en);
        for (int i = 0; i < legend->count; i++) {
            mirti_text_printf(out, "    <rule key=\"{level-%d-%d}\" symbol=\"%d\" filter=\"", k, i,
                              k * legend->count + i);
            level_filter(out, legend->entry[i].value);
            mirti_text_puts(out, "\" label=\"");
            mirti_geo_xml_escape(out, legend->entry[i].label);
            mirti_text_puts(out, "\"/>\n");
        }
        mirti_text_puts(out, "   </rule>\n");
    }
    mirti_text_puts(out, "  </rules>\n");
    symbols(out, legend, MIRTI_GEO_BOTH);
    mirti_text_puts(out, " </renderer-v2>\n");
}

/* Names, once one is near enough to read them. */
static void labels(mirti_text *out, mirti_geo_shape shape) {
    /* Over an area, beside a point, around the middle where there are both. */
    static const int placement[] = {
        [MIRTI_GEO_AREAS] = 1, [MIRTI_GEO_POINTS] = 6, [MIRTI_GEO_BOTH] = 0};
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
        placement[shape], shape == MIRTI_GEO_AREAS ? 1000000 : 150000);
}

/* Why there is no result, as `quality` says it, in Spanish. */
#define WHY_ES                                                                                     \
    "case when \"quality\" = 'missing: suppressed' then 'cifras suprimidas por confidencialidad' " \
    "when \"quality\" = 'missing: not available' then 'cifras no disponibles' "                    \
    "when \"quality\" = 'missing: no children' then 'sin población de esa edad' "                 \
    "when \"quality\" = 'missing: not in census' then 'no está en el censo' else "                \
    "coalesce(\"quality\", '') end"

/* What an area says of itself when it is pointed at. */
static void map_tip(mirti_text *out, bool index, bool spanish) {
    static const char index_es[] =
        "<b>[% \"name\" %]</b>[% coalesce(', ' || \"parent_name\", '') %] ([% \"code\" %])<br>"
        "[% if(\"index\" is null, 'Sin dato: ' || " WHY_ES ", "
        "'Vulnerabilidad ' || \"level\" || ': ' || format_number(\"index\", 1) || ' de 100') "
        "%]<br>"
        "[% coalesce('Lugar ' || \"rank\", '') %]";
    static const char index_en[] =
        "<b>[% \"name\" %]</b>[% coalesce(', ' || \"parent_name\", '') %] ([% \"code\" %])<br>"
        "[% if(\"index\" is null, 'No data: ' || coalesce(\"quality\", ''), "
        "'Vulnerability ' || \"level\" || ': ' || format_number(\"index\", 1) || ' of 100') %]<br>"
        "[% coalesce('Rank ' || \"rank\", '') %]";
    static const char es[] =
        "<b>[% \"name\" %]</b>[% coalesce(', ' || \"parent_name\", '') %] ([% \"code\" %])<br>"
        "[% if(\"risk\" is null, 'Sin dato: ' || " WHY_ES ", "
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
    if (index)
        mirti_geo_xml_escape(out, spanish ? index_es : index_en);
    else
        mirti_geo_xml_escape(out, spanish ? es : en);
    mirti_text_puts(out, "</mapTip>\n");
}

static void add_aliases(mirti_text *out, const mirti_output_column *column, int count, int first,
                        bool spanish) {
    for (int i = 0; i < count; i++) {
        const char *alias = spanish ? column[i].alias_es : column[i].alias_en;
        mirti_text_printf(out, "  <alias index=\"%d\" field=\"%s\" name=\"", first + i,
                          column[i].name);
        mirti_geo_xml_escape(out, alias ? alias : column[i].name);
        mirti_text_puts(out, "\"/>\n");
    }
}

/* Column 0 is the row number. */
static void aliases(mirti_text *out, const mirti_geo_legend *legend, bool spanish) {
    int count, more;
    const mirti_output_column *column = mirti_results_columns(legend->results, &count);
    const mirti_output_column *behind = mirti_geo_hotspot_columns(&more);
    mirti_text_puts(out, " <aliases>\n");
    add_aliases(out, column, count, 1, spanish);
    if (legend->hotspots) add_aliases(out, behind, more, 1 + count, spanish);
    mirti_text_puts(out, " </aliases>\n");
}

void mirti_geo_style_qml(const mirti_geo_legend *legend, const char *language,
                         mirti_geo_shape shape, mirti_text *out) {
    bool spanish = mirti_geo_spanish(language);
    mirti_text_puts(out, "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
                         "<qgis version=\"3.22.0\" labelsEnabled=\"1\" readOnly=\"0\" "
                         "simplifyDrawingHints=\"1\" simplifyLocal=\"1\" simplifyDrawingTol=\"1\" "
                         "simplifyAlgorithm=\"0\" simplifyMaxScale=\"1\">\n");
    if (shape == MIRTI_GEO_BOTH)
        rules(out, legend, spanish);
    else
        categories(out, legend, shape);
    labels(out, shape);
    mirti_text_puts(out, " <blendMode>0</blendMode>\n <featureBlendMode>0</featureBlendMode>\n"
                         " <layerOpacity>1</layerOpacity>\n"
                         " <legend type=\"default-vector\" showLabelLegend=\"0\"/>\n");
    aliases(out, legend, spanish);
    mirti_text_puts(out, " <previewExpression>\"name\"</previewExpression>\n");
    map_tip(out, legend->results->index != NULL, spanish);
    /* Without it QGIS takes the style for any kind of geometry. */
    if (shape != MIRTI_GEO_BOTH)
        mirti_text_printf(out, " <layerGeometryType>%d</layerGeometryType>\n",
                          shape == MIRTI_GEO_POINTS ? 0 : 2);
    mirti_text_puts(out, "</qgis>\n");
}
