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
    char crs_note[224];      ///< what makes one doubt the system; "" if nothing does
    char crs[64];            ///< "EPSG:6372", or "" when unknown to EPSG
    char crs_name[128];      ///< "Mexico ITRF2008 / LCC"; "" when the file says nothing of it
    char encoding[96]; ///< how attribute text was read: "ISO-8859-1 (.cpg says «ISO 88591»)"
} mirti_boundaries_info;
enum { MIRTI_ENCODING_WORDS = 112 };
/** How the text was read, as people are told it in their language. */
MIRTI_API void mirti_boundaries_encoding_words(const mirti_boundaries_info *info,
                                               const char *language,
                                               char out[MIRTI_ENCODING_WORDS]);

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

/** Areas in square kilometres on the ellipsoid of the CRS, edges taken as geodesics between
 * vertices (Karney 2013, by PROJ): the same whatever the projection. `km2` is [count]; NaN for
 * points, for features without geometry, and where the CRS is unknown. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_boundaries_areas(const mirti_boundaries *boundaries,
                                                             double *km2, mirti_error *err);
/** Their sum; NaN when none is known. */
MIRTI_API MIRTI_MUST_USE mirti_status
mirti_boundaries_total_area(const mirti_boundaries *boundaries, double *km2, mirti_error *err);

/** Which feature belongs to which result, and what did not join on either side. */
typedef struct mirti_join {
    int64_t joined;
    int64_t *feature;          ///< [results] index of the feature, −1 = none
    int64_t unmatched_results; ///< results without a boundary
    int64_t unmatched_features;
    int64_t *unmatched_result;  ///< indices
    int64_t *unmatched_feature; ///< indices
    /** Features under a parent that no result has, such as the rest of the country in a run for one
     * state: neither joined nor unmatched, and not on the map. Only where codes begin with their
     * parent's. */
    int64_t elsewhere;
    /** Newer boundaries that were split from an area with a result carry its scores; filled by
     * mirti_join_carry. */
    int64_t carried;
    int64_t *carries; ///< [unmatched_features] index of that result, −1 = none; NULL = not sought
} mirti_join;

MIRTI_API MIRTI_MUST_USE mirti_status mirti_join_by_code(const mirti_results *results,
                                                         const mirti_boundaries *boundaries,
                                                         mirti_join **out, mirti_error *err);
MIRTI_API void mirti_join_free(mirti_join *join);
/** Which area came from which: splits between the year of some scores and that of some boundaries.
 */
typedef struct mirti_lineage mirti_lineage;
/** Finds, for boundaries without a result, the one area with a result that `lineage` says they were
 * split from, through several splits if need be. Of those made from several areas nothing is
 * carried. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_join_carry(mirti_join *join,
                                                       const mirti_results *results,
                                                       const mirti_boundaries *boundaries,
                                                       const mirti_lineage *lineage,
                                                       mirti_error *err);

struct mirti_hotspots; /* below */

/** One layer of areas.gpkg. */
typedef struct mirti_layer {
    const mirti_results *results;
    const mirti_boundaries *boundaries;
    const mirti_join *join;
    const char *title; ///< for gpkg_contents and the legend
    const char *description;
    const struct mirti_hotspots *hotspots; ///< of the boundaries; NULL: none were looked for
} mirti_layer;

/**
 * Writes a GeoPackage (journal DELETE, fixed dates, deterministic bytes) with one layer per kind,
 * its CRS, all columns of the output contract, field aliases and a default style (QML and SLD in
 * layer_styles) that QGIS opens as a map of the levels. Complete or not there. Results without a
 * boundary keep their row, without geometry; boundaries without a result appear with quality
 * `missing: not in census`, or
 * carry the scores of the area they were split from (quality `carried: CODE`, without children and
 * rank).
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_geopackage_write(const char *path, bool overwrite,
                                                             const mirti_layer *layer, int layers,
                                                             const char *language,
                                                             mirti_error *err);

/* -------------------------------------------------------------------------------- neighbours -- */

/** Who is beside whom: compressed rows, each in ascending order. */
typedef struct mirti_neighbours {
    int64_t count;      ///< features
    int64_t *first;     ///< [count + 1] where each row begins
    int64_t *neighbour; ///< [first[count]] features
    int64_t islands;    ///< features without any
    double tolerance;   ///< that was used, in units of the CRS
} mirti_neighbours;

/**
 * Neighbours from the geometries themselves. Contiguity: a vertex of one boundary lies on the
 * boundary of the other, or not farther from it than `tolerance` (units of the CRS; negative: a
 * ten-millionth of the extent), so that slivers and vertices that only one side has do no harm.
 * Nearest: `k` of them by centroid, along the sphere where the CRS is geographic; of equally near
 * ones the first. USAGE: contiguity asked of points, or k < 1.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_neighbours_find(const mirti_boundaries *boundaries,
                                                            mirti_neighbours_kind kind, int k,
                                                            double tolerance,
                                                            mirti_neighbours **out,
                                                            mirti_error *err);
MIRTI_API void mirti_neighbours_free(mirti_neighbours *neighbours);

/** Is a value like that of its neighbours? Moran's I with row-standardised weights (Cliff and Ord
 * 1981); areas without a value or without neighbours take no part. */
typedef struct mirti_moran {
    int64_t areas;      ///< that took part
    double i;           ///< NaN when fewer than four areas take part or all values are equal
    double expected;    ///< −1/(areas − 1)
    double variance;    ///< under randomisation
    double z, p_normal; ///< standard score; one-sided, of more likeness than chance
    double
        p_permutation; ///< (1 + permutations at least as large) / (permutations + 1); NaN without
} mirti_moran;

typedef enum mirti_cluster {
    MIRTI_CLUSTER_NONE,      ///< not significant
    MIRTI_CLUSTER_HIGH_HIGH, ///< high among high: a hot spot
    MIRTI_CLUSTER_LOW_LOW,
    MIRTI_CLUSTER_HIGH_LOW, ///< high among low
    MIRTI_CLUSTER_LOW_HIGH
} mirti_cluster;

typedef struct mirti_hotspot_options {
    /** Of each area's neighbours, at most; such as 9999: the smallest p is 2 / (permutations + 1),
     * and with too few of them false discovery is controlled by finding nothing. */
    int permutations;
    double false_discovery; ///< share of false clusters among those reported, such as 0.05
    uint64_t seed;
    int threads;
} mirti_hotspot_options;

/** Local statistics; arrays are [count] of the neighbours, NaN where a value or all neighbours'
 * values miss. */
typedef struct mirti_hotspots {
    int64_t count;
    mirti_moran global;
    double *moran; ///< local Moran (Anselin 1995): z_i / m2 · Σ_j w_ij z_j, m2 = Σ z² / n
    double
        *gi; ///< Getis–Ord Gi* (Ord and Getis 1995) as a standard score; the area itself included
    double *p; ///< two-sided, by conditional permutation: of the mean of the neighbours
    double *q; ///< p after Benjamini and Hochberg (1995): significant where q <= false_discovery
    mirti_cluster *cluster;
} mirti_hotspots;

/**
 * Clusters of `value` ([count] of the neighbours, NaN = none). The same bits for any number of
 * threads and on any machine: permutations are drawn by (seed, area). Oracle: R package spdep.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_hotspots_find(const mirti_neighbours *neighbours,
                                                          const double *value,
                                                          const mirti_hotspot_options *options,
                                                          mirti_hotspots **out, mirti_error *err);
MIRTI_API void mirti_hotspots_free(mirti_hotspots *hotspots);

/** Name and version of this room's third parties (PROJ); returns how many entries it filled. */
MIRTI_API int mirti_geo_libraries(mirti_library *library);

/* ----------------------------------------------------------------------------------- lineage -- */

/** Reads a lineage table: columns `code` and `from_code`, others are for people
 * (shapefiles/README.md of the project). A code may come from several. INPUT when an area descends
 * from itself. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_lineage_read(const char *path, mirti_lineage **out,
                                                         mirti_error *err);
MIRTI_API void mirti_lineage_free(mirti_lineage *lineage);
/** The areas from which `code` was made directly, in the order of the file: their number, and at
 * most `room` of them in `parent` (borrowed). 0 for an area that was always there. */
MIRTI_API int mirti_lineage_parents(const mirti_lineage *lineage, const char *code,
                                    const char **parent, int room);

/* ------------------------------------------------------------------------------- join doctor -- */

/** One side of a join: areas with what is known of them. All is borrowed; arrays and entries may be
 * NULL. */
typedef struct mirti_roster {
    const char *label; ///< for people: the name of the file
    int64_t count;
    const char *const *code, *const *name, *const *parent_code, *const *parent_name; ///< [count]
} mirti_roster;

/** A roster read from a table. */
typedef struct mirti_roster_options {
    const char *path;             ///< any table or boundary file that table.h or OGR reads
    const char *layer, *encoding; ///< NULL: the only one; by the file, or detected
    /** Columns. A code in several columns is written with their widths, `ENTIDAD:2+MUN:3`: each
     * part is padded with zeros and they are put together. NULL: guessed from the names that
     * Mexican offices use (CVEGEO; CVE_ENT, CVE_MUN; ENTIDAD, MUN ...), parts first. */
    const char *code, *name, *parent_code, *parent_name;
} mirti_roster_options;

/** Reads a roster; the arrays belong to `*out`, freed with mirti_roster_free. Rows of totals (a
 * part of the code that is nothing but zeros) are left out. INPUT when neither code nor name is
 * found. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_roster_read(const mirti_roster_options *options,
                                                        mirti_roster **out, mirti_error *err);
MIRTI_API void mirti_roster_free(mirti_roster *roster);

typedef enum mirti_match_kind {
    MIRTI_MATCH_CODE,    ///< the same code
    MIRTI_MATCH_PADDED,  ///< the same code once leading zeros are put back
    MIRTI_MATCH_LINEAGE, ///< one was split from the other
    MIRTI_MATCH_NAME, ///< the same name under the same parent, but for case, accents, punctuation
    MIRTI_MATCH_SPELLING, ///< the same but for abbreviations, articles, honours, spellings (x and j
                          ///< ...)
    MIRTI_MATCH_DUPLICATE, ///< its code stood on the same side before: not joined
    MIRTI_MATCH_NONE       ///< alone
} mirti_match_kind;
enum { MIRTI_MATCH_KINDS = MIRTI_MATCH_NONE + 1, MIRTI_MATCH_CANDIDATES = 3 };

/** A name that is less like its counterpart under the same code than this deserves a look. */
#define MIRTI_OTHER_NAME_BELOW 0.5

/** An area that might be meant. */
typedef struct mirti_candidate {
    int64_t index;     ///< on the other side
    double similarity; ///< of names, 0..1
} mirti_candidate;

typedef struct mirti_match {
    int64_t left, right; ///< rows; −1 = nobody
    mirti_match_kind kind;
    double similarity; ///< of the two names, 0..1; NaN where one is not known
    int candidates;    ///< for those that are alone, most similar first
    mirti_candidate candidate[MIRTI_MATCH_CANDIDATES];
} mirti_match;

typedef struct mirti_diagnosis_options {
    int code_width; ///< characters of an official code; 0: that of the longest on either side
    /** Leading characters of a code that are its parent's; 0: 2 of codes of 5, 5 of codes of 9
     * (Mexico), else none; negative: none. */
    int parent_digits;
    const mirti_lineage *lineage; ///< NULL: none
} mirti_diagnosis_options;

/** What joins and how, and what does not. */
typedef struct mirti_diagnosis {
    mirti_roster left, right; ///< as given
    int64_t count;
    mirti_match *match; ///< [count] every left in its order, then every right that is still alone
    int64_t of_kind[MIRTI_MATCH_KINDS]; ///< lefts of each kind
    int64_t right_lineage;              ///< rights split from a left, which stands beside them
    int64_t right_alone;                ///< rights that nobody joins, lineage counted as joined
    int64_t right_duplicates;
    int64_t other_name; ///< joined by code although the names are quite different: look at them
    const char **owned; ///< arrays of a roster that nobody else keeps, freed with the diagnosis;
                        ///< NULL: there are none
} mirti_diagnosis;

/**
 * Joins two rosters as far as it is safe and says what is left. In this order: equal codes; codes
 * with their zeros put back; lineage; equal names and then evened spellings, only under the same
 * parent and only where the name is unique on both sides. What is merely similar is never joined
 * but listed as a candidate.
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_diagnose(const mirti_roster *left,
                                                     const mirti_roster *right,
                                                     const mirti_diagnosis_options *options,
                                                     mirti_diagnosis **out, mirti_error *err);
MIRTI_API void mirti_diagnosis_free(mirti_diagnosis *diagnosis);
/** True when every row of both sides joins, none twice, and no name contradicts. */
MIRTI_API bool mirti_diagnosis_clean(const mirti_diagnosis *diagnosis);
/** Appends the findings as a text for people in their language ("es..." or English); `rows`: at
 * most so many rows of each kind (0: all). */
MIRTI_API void mirti_diagnosis_text(const mirti_diagnosis *diagnosis, const char *language,
                                    int64_t rows, mirti_text *out);
/** The same as a JSON object, all rows, under `key` (NULL at the top or in an array). */
MIRTI_API void mirti_diagnosis_json(const mirti_diagnosis *diagnosis, const char *key,
                                    mirti_json *json);

/* ------------------------------------------------------------------------- writing boundaries -- */

typedef enum mirti_shape_kind { MIRTI_SHAPE_POLYGONS, MIRTI_SHAPE_POINTS } mirti_shape_kind;

/** A text column of a layer to be written. */
typedef struct mirti_shape_field {
    const char *name; ///< at most 10 characters, which is what a shapefile can hold
    int width;        ///< characters at most
} mirti_shape_field;

/** The geometry of one feature. A point has one ring of one pair; a polygon's first ring is the
 * outer one, the others are holes; rings are not closed by a repeated first point. */
typedef struct mirti_shape {
    int rings;
    const int64_t *ring_end; ///< [rings] index of the pair after the ring's last
    const double *xy;        ///< pairs x, y in the layer's CRS
} mirti_shape;

/** A file of boundaries in the making. Zero-initialise; `open`, then `begin` once for each layer
 * and `add` for each of its features, then `close`, also after a failure. */
typedef struct mirti_shape_file {
    void *dataset, *layer;
    char path[512];
    bool shapefile;
} mirti_shape_file;

/** Makes a shapefile (`.shp`, one layer, Latin-1) or a GeoPackage (`.gpkg`); a file that is there
 * is an error. The bytes do not depend on the day. Status OUTPUT. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_shape_file_open(mirti_shape_file *file,
                                                            const char *path, mirti_error *err);
/** Begins a layer in the CRS of an EPSG code. `title` is shown by readers of GeoPackages. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_shape_layer_begin(mirti_shape_file *file,
                                                              const char *name, const char *title,
                                                              mirti_shape_kind kind, int epsg,
                                                              const mirti_shape_field *field,
                                                              int fields, mirti_error *err);
/** Adds a feature to the layer begun last; `value[i]` is UTF-8 for its field i, NULL = none. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_shape_add(mirti_shape_file *file,
                                                      const char *const *value,
                                                      const mirti_shape *shape, mirti_error *err);
/** Writes what is left. `cpg`, when not NULL, is what a shapefile's `.cpg` shall say, in an
 * office's own spelling. Harmless on a file that was never opened. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_shape_file_close(mirti_shape_file *file,
                                                             const char *cpg, mirti_error *err);

#ifdef __cplusplus
}
#endif
#endif
