/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reader of a sample does with expressions that are not the model's own, and with
 * replicate weights. */
#ifndef PIPELINE_SAMPLE_H
#define PIPELINE_SAMPLE_H

#include "mirti/pipeline.h"

/* Takes them over from the options. */
mirti_status mirti_sample_extras_copy(mirti_sample *sample, const mirti_sample_options *options,
                                      mirti_error *err);
/* Compiles them into the next places of a group of expressions that are evaluated together. */
mirti_status mirti_sample_extras_compile(mirti_sample *sample, mirti_scope *scope,
                                         mirti_expr **group, int *count, mirti_error *err);
/* Makes room for `room` rows. */
mirti_status mirti_sample_extras_grow(mirti_sample *sample, int64_t room, mirti_error *err);
/* Takes over `rows` new rows from row `first` of the sample on, of which `chosen` columns hold
 * those `selected`, at the places `row` of the batch. */
mirti_status mirti_sample_extras_fill(mirti_sample *sample, const mirti_column *chosen,
                                      const int64_t *row, int64_t selected, int64_t first,
                                      int64_t rows, mirti_error *err);
void mirti_sample_extras_free(mirti_sample *sample);

/* Replicate weights (replicates.c): `expression[r]` names column r of the file. */
typedef struct mirti_sample_replicates {
    int count;
    mirti_expression_text *expression; /* [count] */
    int first;                         /* of the columns after evaluation */
    double *weight;                    /* [rows × count] */
} mirti_sample_replicates;

/* Finds the columns of the file that the block's `replicates` are: as written, those of a pattern
 * in the order of the file. Texts live in `arena`. INPUT with the place in the model file. */
MIRTI_MUST_USE mirti_status mirti_sample_replicates_find(mirti_sample_replicates *replicates,
                                                         const mirti_model_spec *spec,
                                                         const mirti_source_block *block,
                                                         const mirti_field *field, int fields,
                                                         mirti_arena *arena, mirti_error *err);
/* Takes over row i of a batch as row `row` of the sample, whose weight is `weight`. */
MIRTI_MUST_USE mirti_status mirti_sample_replicates_add(
    mirti_sample_replicates *replicates, const mirti_source_block *block, const mirti_column *all,
    const mirti_batch *batch, int64_t i, int64_t row, double weight, mirti_error *err);
/* Fills sample->replicates as the options ask, once the design is there. */
MIRTI_MUST_USE mirti_status mirti_sample_replicates_make(const mirti_sample_replicates *replicates,
                                                         mirti_sample *sample,
                                                         const mirti_source_block *block,
                                                         const mirti_sample_options *options,
                                                         mirti_error *err);

/* Where rows of the sample stand in their files (sample_where.c). */
typedef struct mirti_sample_run { /* consecutive records of one file */
    int64_t sample_row, row; /* of the first: in the sample from 0, in the file as messages count */
    const char *file;
} mirti_sample_run;
typedef struct mirti_sample_where {
    int64_t runs, room;
    mirti_sample_run *run;
    mirti_arena names;
} mirti_sample_where;
/* The rows of a batch become those of the sample from `first` on. */
MIRTI_MUST_USE mirti_status mirti_sample_where_add(mirti_sample_where *where,
                                                   const mirti_batch *batch, int64_t first,
                                                   mirti_error *err);
/* Puts file and record in the place of a row of the sample, counted from 1, where `err` names one.
 */
void mirti_sample_where_tell(const mirti_sample_where *where, mirti_error *err);
void mirti_sample_where_reset(mirti_sample_where *where);

/* A part of the design is not known in a row. */
mirti_status mirti_sample_design_unknown(const mirti_batch *batch, int64_t i, const char *what,
                                         const char *expression, mirti_error *err);

#endif
