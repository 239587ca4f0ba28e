/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The style as an OGC Styled Layer Descriptor 1.1 (Symbology Encoding), for programs that do not
 * read QGIS's own: map servers, and QGIS itself by hand. A layer of areas and points is drawn as
 * points throughout, since a rule cannot ask for the kind of geometry.
 */
#include "style.h"

static void sld_filter(mirti_text *out, const char *value) {
    mirti_text_puts(out, "     <ogc:Filter>");
    if (value) {
        mirti_text_puts(out, "<ogc:PropertyIsEqualTo><ogc:PropertyName>level</ogc:PropertyName>"
                             "<ogc:Literal>");
        mirti_geo_xml_escape(out, value);
        mirti_text_puts(out, "</ogc:Literal></ogc:PropertyIsEqualTo>");
    } else {
        mirti_text_puts(out, "<ogc:PropertyIsNull><ogc:PropertyName>level</ogc:PropertyName>"
                             "</ogc:PropertyIsNull>");
    }
    mirti_text_puts(out, "</ogc:Filter>\n");
}

static void point_symbolizer(mirti_text *out, uint32_t colour) {
    mirti_text_printf(out,
                      "     <se:PointSymbolizer><se:Graphic><se:Mark>"
                      "<se:WellKnownName>circle</se:WellKnownName><se:Fill>"
                      "<se:SvgParameter name=\"fill\">#%06x</se:SvgParameter></se:Fill>"
                      "<se:Stroke><se:SvgParameter name=\"stroke\">#3c3c3c</se:SvgParameter>"
                      "<se:SvgParameter name=\"stroke-width\">0.4</se:SvgParameter>"
                      "</se:Stroke></se:Mark><se:Size>6</se:Size></se:Graphic>"
                      "</se:PointSymbolizer>\n",
                      (unsigned)colour);
}

static void area_symbolizer(mirti_text *out, uint32_t colour) {
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
                         mirti_geo_shape shape, mirti_text *out) {
    mirti_text_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                         "<StyledLayerDescriptor xmlns=\"http://www.opengis.net/sld\" "
                         "xmlns:ogc=\"http://www.opengis.net/ogc\" "
                         "xmlns:se=\"http://www.opengis.net/se\" "
                         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
                         "xsi:schemaLocation=\"http://www.opengis.net/sld "
                         "http://schemas.opengis.net/sld/1.1.0/StyledLayerDescriptor.xsd\" "
                         "version=\"1.1.0\">\n <NamedLayer>\n  <se:Name>");
    mirti_geo_xml_escape(out, layer);
    mirti_text_puts(out, "</se:Name>\n  <UserStyle>\n   <se:Name>");
    mirti_geo_xml_escape(out, layer);
    mirti_text_puts(out, "</se:Name>\n   <se:Description><se:Title>");
    mirti_geo_xml_escape(out, title);
    mirti_text_puts(out, "</se:Title></se:Description>\n   <se:FeatureTypeStyle>\n");
    for (int i = 0; i < legend->count; i++) {
        mirti_text_puts(out, "    <se:Rule>\n     <se:Name>");
        mirti_geo_xml_escape(out, legend->entry[i].label);
        mirti_text_puts(out, "</se:Name>\n     <se:Description><se:Title>");
        mirti_geo_xml_escape(out, legend->entry[i].label);
        mirti_text_puts(out, "</se:Title></se:Description>\n");
        sld_filter(out, legend->entry[i].value);
        /* A point symbolizer would also mark the middle of areas. */
        if (shape == MIRTI_GEO_AREAS)
            area_symbolizer(out, legend->entry[i].colour);
        else
            point_symbolizer(out, legend->entry[i].colour);
        mirti_text_puts(out, "    </se:Rule>\n");
    }
    mirti_text_puts(out, "   </se:FeatureTypeStyle>\n  </UserStyle>\n </NamedLayer>\n"
                         "</StyledLayerDescriptor>\n");
}
