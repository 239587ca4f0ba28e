/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that read a model file share. */
#ifndef MIRTI_SPEC_MODEL_H
#define MIRTI_SPEC_MODEL_H

#include "keys.h"

enum { MIRTI_SPEC_MAX_PREDICTORS = 200 }; /* or indicators of an index */

/* `sources:` of a model file, into a mirti_model_spec whose predictors and terms are read. */
mirti_status mirti_spec_read_sources(mirti_spec_reader *r, const mirti_spec_node *node,
                                     void *model);

/* `fit:` of a model file, into a mirti_model_spec; `replicates:` of a survey, into a
 * mirti_source_block: see fit.c. */
mirti_status mirti_spec_read_fit(mirti_spec_reader *r, const mirti_spec_node *node, void *model);
mirti_status mirti_spec_read_replicates(mirti_spec_reader *r, const mirti_spec_node *node,
                                        void *source);

/* `areas:`, `cells:` and `shares:` of an aggregates source, into a mirti_source_block. */
mirti_status mirti_spec_read_areas(mirti_spec_reader *r, const mirti_spec_node *node, void *source);
mirti_status mirti_spec_read_cells(mirti_spec_reader *r, const mirti_spec_node *node, void *source);
mirti_status mirti_spec_read_shares(mirti_spec_reader *r, const mirti_spec_node *node,
                                    void *source);
/* What cells and shares must be together: see cells_check.c. `map` is the source block. */
mirti_status mirti_spec_check_cells(mirti_spec_reader *r, const mirti_spec_node *map,
                                    const mirti_source_block *source);

/* `tables:` of a source, into a mirti_source_block. */
mirti_status mirti_spec_read_tables(mirti_spec_reader *r, const mirti_spec_node *node,
                                    void *source);

/* `indicators:` of a survey, into a mirti_source_block. */
mirti_status mirti_spec_read_indicators(mirti_spec_reader *r, const mirti_spec_node *node,
                                        void *source);

/* A name that expressions and outputs can use as it is. */
mirti_status mirti_spec_check_identifier(mirti_spec_reader *r, const mirti_spec_node *key,
                                         const char *what);
/* Prepares the model for an index, then reads it. */
mirti_status mirti_spec_read_index(mirti_spec_reader *r, mirti_model_spec *model);
/* What its predictors are called: "predictor" or "indicator". */
const char *mirti_spec_predictor_noun(const mirti_spec_reader *r);

/* Index of a level of a category by name, −1 when there is none. */
int mirti_spec_level(const mirti_predictor *predictor, const char *name);
/* Error: no such predictor, with what could have been meant. */
mirti_status mirti_spec_fail_predictor(mirti_spec_reader *r, mirti_place at, const char *written);
/* Error: no such level. */
mirti_status mirti_spec_fail_level(mirti_spec_reader *r, mirti_place at,
                                   const mirti_predictor *predictor, const char *written);
/* Whether a term uses the predictor. */
bool mirti_spec_is_used(const mirti_model_spec *model, int predictor);

extern const mirti_spec_table mirti_spec_survey_table, mirti_spec_census_table,
    mirti_spec_aggregates_table, mirti_spec_missing_table, mirti_spec_household_table,
    mirti_spec_area_table, mirti_spec_cell_table, mirti_spec_index_source_table,
    mirti_spec_joined_table, mirti_spec_table_value_table, mirti_spec_survey_indicator_table,
    mirti_spec_fit_table, mirti_spec_replicates_table, mirti_spec_estimates_table;

#endif
