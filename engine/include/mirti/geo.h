/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file geo.h
 * Boundaries, the join of results to them by code, and the GeoPackage that opens as a finished map.
 */
#ifndef MIRTI_GEO_H
#define MIRTI_GEO_H

#include "mirti/base.h"
#include "mirti/predict.h"
#include "mirti/risk.h"
#include "mirti/spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Features of one boundary layer, geometries included; opaque. */
typedef struct mirti_boundaries mirti_boundaries;

/** What was found while reading: all for run.json and the screen. */
typedef struct mirti_boundaries_info {
    int64_t features;
    int64_t repaired; ///< invalid geometries made valid
    int64_t without_code, without_geometry;
    int64_t padded_codes;    ///< codes that had lost their leading zeros
    int64_t duplicate_codes; ///< features whose code was there already (parts are merged)
    bool crs_contradicts;    ///< the file names an EPSG code but describes something else
    char crs[64];            ///< "EPSG:6372", or "" when unknown to EPSG
    char crs_name[128];      ///< "Mexico ITRF2008 / LCC"; "" when the file says nothing of it
    char encoding[96]; ///< how attribute text was read: "ISO-8859-1 (.cpg says «ISO 88591»)"
} mirti_boundaries_info;

/** Reads a layer (any OGR vector format). `path` is resolved by the caller. Codes are text; a
 * numeric code column is padded to `code_width` when that is > 0. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_boundaries_read(const char *path,
                                                            const mirti_boundary_input *input,
                                                            int code_width, mirti_boundaries **out,
                                                            mirti_boundaries_info *info,
                                                            mirti_error *err);
MIRTI_API void mirti_boundaries_free(mirti_boundaries *boundaries);
MIRTI_API int64_t mirti_boundaries_count(const mirti_boundaries *boundaries);
MIRTI_API const char *mirti_boundaries_code(const mirti_boundaries *boundaries, int64_t feature);
MIRTI_API const char *mirti_boundaries_name(const mirti_boundaries *boundaries, int64_t feature);

/** Which feature belongs to which result, and what did not join on either side. */
typedef struct mirti_join {
    int64_t joined;
    int64_t *feature;          ///< [results] index of the feature, −1 = none
    int64_t unmatched_results; ///< results without a boundary
    int64_t unmatched_features;
    int64_t *unmatched_result;  ///< indices
    int64_t *unmatched_feature; ///< indices
} mirti_join;

MIRTI_API MIRTI_MUST_USE mirti_status mirti_join_by_code(const mirti_results *results,
                                                         const mirti_boundaries *boundaries,
                                                         mirti_join **out, mirti_error *err);
MIRTI_API void mirti_join_free(mirti_join *join);

/** One layer of areas.gpkg. */
typedef struct mirti_layer {
    const mirti_results *results;
    const mirti_boundaries *boundaries;
    const mirti_join *join;
    const char *title; ///< for gpkg_contents and the legend
    const char *description;
} mirti_layer;

/**
 * Writes a GeoPackage (journal DELETE, fixed dates, deterministic bytes) with one layer per kind,
 * its CRS, all columns of the output contract, field aliases and a default style (QML and SLD in
 * layer_styles) that QGIS opens as a map of the levels. Complete or not there. Results without a
 * boundary keep their row, without geometry; boundaries without a result appear with quality
 * `missing: not in census`.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_geopackage_write(const char *path, bool overwrite,
                                                             const mirti_layer *layer, int layers,
                                                             const char *language,
                                                             mirti_error *err);

/** Name and version of this room's third parties (PROJ); returns how many entries it filled. */
MIRTI_API int mirti_geo_libraries(mirti_library *library);

#ifdef __cplusplus
}
#endif
#endif
