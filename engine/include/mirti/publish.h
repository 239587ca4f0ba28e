/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file publish.h
 * What leaves the house as text: the ranked CSV and the manifest of a run.
 */
#ifndef MIRTI_PUBLISH_H
#define MIRTI_PUBLISH_H

#include "mirti/base.h"
#include "mirti/predict.h"

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

#ifdef __cplusplus
}
#endif
#endif
