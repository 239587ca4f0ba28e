/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reader of a sample does with expressions that are not the model's own. */
#ifndef PIPELINE_SAMPLE_H
#define PIPELINE_SAMPLE_H

#include "mirti/pipeline.h"

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

#endif
