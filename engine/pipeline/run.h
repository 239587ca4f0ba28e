/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the pipeline room share. */
#ifndef PIPELINE_RUN_H
#define PIPELINE_RUN_H

#include "mirti/pipeline.h"

/** Seconds of a steady clock. */
double mirti_run_clock(void);
/** Fills run->input with every file the run reads, its size and checksum. */
mirti_status mirti_run_list_inputs(mirti_run *run, mirti_error *err);
/** What a kind of area is called in a language: "municipio", "localidades". */
const char *mirti_run_noun(const char *language, const char *kind, int64_t count);

/** A whole number with commas, as both Mexican Spanish and English write it. */
typedef struct mirti_run_number {
    char text[32];
} mirti_run_number;
mirti_run_number mirti_run_thousands(double value);

#endif
