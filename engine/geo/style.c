/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The legend of the map. It is read in meetings, so it says
 * the range of risk (or of the index) behind each level and how many areas are in it; its colours
 * run from light to dark, so that more risk is more ink in print, in grey, and for every eye.
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

static void spread_of(const mirti_layer *layer, spread *of) {
    const mirti_results *results = layer->results;
    const mirti_join *join = layer->join;
    for (int k = 0; k < results->levels; k++)
        of[k] = (spread){INFINITY, -INFINITY, 0};
    for (int64_t i = 0; i < results->count; i++) {
        int k = results->level[i];
        if (k < 0 || k >= results->levels) continue;
        of[k].count++;
        of[k].low = fmin(of[k].low, mirti_results_score(results, i));
        of[k].high = fmax(of[k].high, mirti_results_score(results, i));
    }
    /* What was split from an area is drawn with its level. */
    for (int64_t i = 0; join && join->carries && i < join->unmatched_features; i++) {
        int64_t from = join->carries[i];
        if (from >= 0 && results->level[from] >= 0) of[results->level[from]].count++;
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

static void level_label(const char *name, const spread *of, bool with_range, bool index,
                        char label[160]) {
    char low[352], high[352], initial = name[0];
    if (initial >= 'a' && initial <= 'z') initial = (char)(initial - 'a' + 'A');
    const char *rest = name[0] ? name + 1 : "";
    if (!with_range || of->count == 0) {
        snprintf(label, 160, "%c%.96s (%lld)", initial, rest, (long long)of->count);
        return;
    }
    double scale = index ? 1.0 : 100.0; /* a risk is told in per cent, an index has no unit */
    mirti_number_print_fixed(scale * of->low, 1, low);
    mirti_number_print_fixed(scale * of->high, 1, high);
    snprintf(label, 160, "%c%.96s: %.8s–%.8s%s (%lld)", initial, rest, low, high, index ? "" : " %",
             (long long)of->count);
}

void mirti_geo_legend_make(const mirti_layer *layer, const char *language, mirti_geo_legend *out) {
    const mirti_results *results = layer->results;
    spread of[MIRTI_GEO_LEGEND_ROOM];
    *out = (mirti_geo_legend){
        .column = "level", .hotspots = layer->hotspots != NULL, .results = results};
    int levels = results->levels < MIRTI_GEO_LEGEND_ROOM ? results->levels : 0;
    spread_of(layer, of);
    bool with_range = ranges_part(of, levels);
    int64_t classed = 0;
    for (int k = levels - 1; k >= 0; k--) {
        mirti_geo_class *entry = &out->entry[out->count++];
        entry->value = results->level_name[k];
        entry->colour = mirti_geo_level_colour(k, levels);
        level_label(results->level_name[k], &of[k], with_range, results->index != NULL,
                    entry->label);
        classed += of[k].count;
    }
    int64_t rows = results->count + (layer->join ? layer->join->unmatched_features : 0);
    if (classed == rows && levels > 0) return;
    mirti_geo_class *entry = &out->entry[out->count++];
    entry->colour = NO_DATA;
    snprintf(entry->label, sizeof entry->label, "%s (%lld)",
             mirti_geo_spanish(language) ? "Sin dato" : "No data", (long long)(rows - classed));
}

/* --------------------------------------------------------------------------------- hot spots -- */

const mirti_output_column *mirti_geo_hotspot_columns(int *count) {
    static const mirti_output_column columns[] = {
        {"hotspot", MIRTI_OUTPUT_TEXT, "Agrupamiento", "Cluster"},
        {"hotspot_q", MIRTI_OUTPUT_REAL, "Significancia del agrupamiento (q)",
         "Significance of the cluster (q)"},
        {"gi_star", MIRTI_OUTPUT_REAL, "Gi* de Getis y Ord", "Getis–Ord Gi*"},
        {"local_moran", MIRTI_OUTPUT_REAL, "Moran local", "Local Moran"}};
    *count = (int)(sizeof columns / sizeof *columns);
    return columns;
}

static const struct {
    const char *es, *en;
    uint32_t colour; /* warm for high, cold for low, pale for those unlike their neighbours */
} clusters[] = {[MIRTI_CLUSTER_NONE] = {NULL, NULL, 0xECECEC},
                [MIRTI_CLUSTER_HIGH_HIGH] = {"alto entre altos", "high among high", 0x9E1B32},
                [MIRTI_CLUSTER_LOW_LOW] = {"bajo entre bajos", "low among low", 0x2C5F8A},
                [MIRTI_CLUSTER_HIGH_LOW] = {"alto entre bajos", "high among low", 0xF0A37E},
                [MIRTI_CLUSTER_LOW_HIGH] = {"bajo entre altos", "low among high", 0x9CC3DC}};

const char *mirti_geo_cluster_name(mirti_cluster cluster, const char *language) {
    return mirti_geo_spanish(language) ? clusters[cluster].es : clusters[cluster].en;
}

void mirti_geo_hotspot_legend(const mirti_layer *layer, const char *language,
                              mirti_geo_legend *out) {
    static const mirti_cluster order[] = {MIRTI_CLUSTER_HIGH_HIGH, MIRTI_CLUSTER_HIGH_LOW,
                                          MIRTI_CLUSTER_LOW_HIGH, MIRTI_CLUSTER_LOW_LOW,
                                          MIRTI_CLUSTER_NONE};
    int64_t count[sizeof clusters / sizeof *clusters] = {0};
    *out = (mirti_geo_legend){.column = "hotspot", .hotspots = true, .results = layer->results};
    for (int64_t i = 0; i < layer->results->count; i++) {
        int64_t f = layer->join->feature[i];
        count[f >= 0 ? layer->hotspots->cluster[f] : MIRTI_CLUSTER_NONE]++;
    }
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        mirti_geo_class *entry = &out->entry[out->count++];
        entry->value = mirti_geo_cluster_name(order[k], language);
        entry->colour = clusters[order[k]].colour;
        if (entry->value)
            snprintf(entry->label, sizeof entry->label, "%c%s (%lld)", entry->value[0] - 'a' + 'A',
                     entry->value + 1, (long long)count[order[k]]);
        else
            snprintf(entry->label, sizeof entry->label, "%s",
                     mirti_geo_spanish(language) ? "Sin patrón" : "No pattern");
    }
}

/* -------------------------------------------------------------------------------------- xml -- */

void mirti_geo_xml_escape(mirti_text *out, const char *text) {
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
