/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the CSVs of a run share beside the public mirti_csv_field: how a line reaches the file. */
#ifndef PUBLISH_CSV_H
#define PUBLISH_CSV_H

#include "mirti/publish.h"

/** Writes what has come together in `line` and empties it. */
MIRTI_MUST_USE mirti_status mirti_csv_put(mirti_output *output, mirti_text *line, mirti_error *err);

#endif
