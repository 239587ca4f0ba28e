/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is counted of batches that threads work on in any order, added up in the order of the table:
 * the first case of each kind is the first in the table. */
#ifndef MIRTI_CENSUS_LEDGER_H
#define MIRTI_CENSUS_LEDGER_H

#include <pthread.h>

#include "mirti/census.h"

/** What is counted of one batch. */
typedef struct mirti_census_page {
    mirti_row_count rows;
    mirti_recode_notes notes;
    int64_t number;
    struct mirti_census_page *next;
} mirti_census_page;

typedef struct mirti_census_ledger {
    mirti_census_page sum;      ///< of the batches before `next`
    mirti_census_page *waiting; ///< by number: those whose predecessors are not there yet
    int64_t next;
    pthread_mutex_t lock;
} mirti_census_ledger;

MIRTI_MUST_USE mirti_status mirti_census_ledger_make(mirti_census_ledger *ledger, mirti_error *err);
/** Enters the page of batch `number`, each once, and takes it over. Threads may do so side by side.
 */
void mirti_census_ledger_enter(mirti_census_ledger *ledger, mirti_census_page *page,
                               int64_t number);
/** Only of a ledger that was made. */
void mirti_census_ledger_reset(mirti_census_ledger *ledger);

/** Counts `rows` under the words of a reason; not in their sum. In block.c. */
void mirti_census_drop_rows(mirti_row_count *count, const char *text, int64_t rows);
/** Adds the counts of later rows; in block.c. */
void mirti_census_count_rows(mirti_row_count *into, const mirti_row_count *from);

#endif
