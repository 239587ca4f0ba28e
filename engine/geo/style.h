/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The default style of a layer: a map of the levels, with a legend that says what each one means.
 */
#ifndef MIRTI_GEO_STYLE_H
#define MIRTI_GEO_STYLE_H

#include "language.h"
#include "mirti/geo.h"

enum { MIRTI_GEO_LEGEND_ROOM = 10 };

/** One entry of the legend. */
typedef struct mirti_geo_class {
    const char *value; ///< of the column; NULL = areas without one
    char label[160];   ///< «Alto: 21.3–35.0 % (443)»
    uint32_t colour;   ///< 0xRRGGBB
} mirti_geo_class;

/** The legend, highest level first, areas without a level last (only if there are any). */
typedef struct mirti_geo_legend {
    const char *column;           ///< "level" or "hotspot"
    bool hotspots;                ///< the layer has the columns of hot spots
    const mirti_results *results; ///< of the layer
    int count;
    mirti_geo_class entry[MIRTI_GEO_LEGEND_ROOM];
} mirti_geo_legend;

/** Colour of one of `levels` levels, 0 = lowest: light to dark, in equal steps of lightness, so
 * that it survives a photocopier and every kind of colour blindness. */
uint32_t mirti_geo_level_colour(int level, int levels);

void mirti_geo_legend_make(const mirti_layer *layer, const char *language, mirti_geo_legend *out);
/** What a layer is made of. */
typedef enum mirti_geo_shape { MIRTI_GEO_AREAS, MIRTI_GEO_POINTS, MIRTI_GEO_BOTH } mirti_geo_shape;

/** QGIS's own style (3.x). */
void mirti_geo_style_qml(const mirti_geo_legend *legend, const char *language,
                         mirti_geo_shape shape, mirti_text *out);
/** OGC Styled Layer Descriptor 1.1, for every other program. */
void mirti_geo_style_sld(const mirti_geo_legend *legend, const char *layer, const char *title,
                         mirti_geo_shape shape, mirti_text *out);

/** Appends a text as XML wants it, in content and attributes alike. */
void mirti_geo_xml_escape(mirti_text *out, const char *text);

/** The columns of hot spots, behind those of the output contract. */
const mirti_output_column *mirti_geo_hotspot_columns(int *count);
/** Name of a cluster in the user's language; NULL for none. */
const char *mirti_geo_cluster_name(mirti_cluster cluster, const char *language);
/** The legend of a map of hot spots. */
void mirti_geo_hotspot_legend(const mirti_layer *layer, const char *language,
                              mirti_geo_legend *out);

#endif
