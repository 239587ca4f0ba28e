/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that read a project file share. */
#ifndef MIRTI_SPEC_PROJECT_H
#define MIRTI_SPEC_PROJECT_H

#include "keys.h"

/* `area_model:` of a project, into a mirti_project. */
mirti_status mirti_spec_read_area_model(mirti_spec_reader *r, const mirti_spec_node *node,
                                        void *project);
extern const mirti_spec_table mirti_spec_area_model_table;

/* `area_effects:` of a project, into a mirti_project. */
mirti_status mirti_spec_read_effects(mirti_spec_reader *r, const mirti_spec_node *node,
                                     void *project);
extern const mirti_spec_table mirti_spec_effects_table;

#endif
