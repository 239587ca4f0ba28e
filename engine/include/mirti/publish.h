/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file publish.h
 * What leaves the house for people: the ranked CSV of a run, and the pictures of a validation.
 */
#ifndef MIRTI_PUBLISH_H
#define MIRTI_PUBLISH_H

#include "mirti/base.h"
#include "mirti/predict.h"
#include "mirti/support.h"
#include "mirti/validate.h"

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

/* ---------------------------------------------------------------------------------- pictures -- */

typedef enum mirti_picture_format { MIRTI_PICTURE_PNG, MIRTI_PICTURE_SVG } mirti_picture_format;

/** What a picture of a validation is made from; borrowed. */
typedef struct mirti_figure_input {
    const mirti_validation *validation;
    const mirti_model *model;
    const char *language; ///< "es" or "en"
    const char *title;    ///< of the model
    const char *source;   ///< of the data, for the foot of the picture
    const char *outcome;  ///< as people call it
} mirti_figure_input;

typedef enum mirti_figure {
    MIRTI_FIGURE_ROC,
    MIRTI_FIGURE_CALIBRATION,
    MIRTI_FIGURE_STATES, ///< applies only where the survey knows larger areas
    MIRTI_FIGURE_COEFFICIENTS,
    MIRTI_FIGURES
} mirti_figure;

/** "roc", "calibration", "states", "coefficients": names of files, without ending. */
MIRTI_API const char *mirti_figure_name(mirti_figure figure);
MIRTI_API bool mirti_figure_applies(mirti_figure figure, const mirti_figure_input *input);
/** Draws a picture and appends its bytes to `out`: no dates in them, the same every time. Letters
 * are DejaVu Sans; in SVG they are outlines. MEMORY; INTERNAL when cairo cannot draw. */
MIRTI_API MIRTI_MUST_USE mirti_status mirti_figure_make(mirti_figure figure,
                                                        const mirti_figure_input *input,
                                                        mirti_picture_format format,
                                                        mirti_text *out, mirti_error *err);

/** What a design column or a term is called in a language: labels of its predictors, and levels. */
MIRTI_API void mirti_column_label(const mirti_terms *terms, int column, const char *language,
                                  mirti_text *out);
MIRTI_API void mirti_term_label(const mirti_terms *terms, int term, const char *language,
                                mirti_text *out);

/** Name and version of this room's third parties (cairo, pango: 2); returns how many entries it
 * filled. */
MIRTI_API int mirti_publish_libraries(mirti_library *library);

#ifdef __cplusplus
}
#endif
#endif
