/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file publish.h
 * What leaves the house as text: the ranked CSV and the manifest of a run.
 */
#ifndef MIRTI_PUBLISH_H
#define MIRTI_PUBLISH_H

#include "mirti/base.h"
#include "mirti/predict.h"
#include "mirti/support.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Adds a field of a CSV: in quotes where RFC 4180 asks for them, or `always`. */
MIRTI_API void mirti_csv_field(mirti_text *line, const char *text, bool always);

/** Writes the ranked CSV: UTF-8 (with BOM if `bom`), RFC 4180, sorted by rank then code, unranked
 * last. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_csv_write(const char *path, bool overwrite, bool bom,
                                                      const mirti_results *results,
                                                      mirti_error *err);

/** One kind of area, and how far the survey speaks of each. */
typedef struct mirti_support_rows {
    const mirti_results *results;
    const mirti_support *support; ///< of the same areas
} mirti_support_rows;

/**
 * Writes how far the survey speaks of each area, RFC 4180 in UTF-8, in the order of the areas:
 * `layer` (the kind of area), `code`, `name`, `children`, `unseen` (share of them unlike any of the
 * survey, empty where there are none) and `beyond` (names of predictors whose mean lies beyond
 * those of the survey's places, with blanks between).
 */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_csv_write_support(const char *path, bool overwrite,
                                                              const mirti_terms *terms,
                                                              const mirti_support_rows *rows,
                                                              int count, mirti_error *err);

#ifdef __cplusplus
}
#endif
#endif
